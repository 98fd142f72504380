// The page of the collector: which view is shown, and what it asks for once a second.

import { actions, copy, h, show } from "./dom.js";
import { ask, live, tellState } from "./live.js";
import { drawMap } from "./telemetry-map.js";
import { connect, listView } from "./telemetry-list.js";
import { metricsTable } from "./telemetry-metrics.js";
import { choose, followQuery, route, toTrace } from "./telemetry-route.js";
import { traceView, toggle } from "./telemetry-trace.js";

const at = (id) => document.getElementById(id);
const views = {
  list: { path: () => "/api/transactions", parameters: ({ chosen }) => ({ find: chosen.find, only: chosen.only ?? "runs" }), show: listView },
  trace: { path: ({ id }) => `/api/transactions/${encodeURIComponent(id)}`, parameters: ({ chosen }) => ({ find: chosen.find }), show: traceView },
  map: { path: () => "/api/map", parameters: ({ id }) => ({ trace: id }), show: drawMap },
  metrics: { path: () => "/api/metrics", parameters: () => ({}), show: metricsTable },
};
const RESTS = 4;
const known = { question: null, answer: null, rest: 0, shown: "" };

followQuery();

async function once() {
  const place = route();
  const view = views[place.view];
  const parameters = view.parameters(place);
  const question = JSON.stringify([view.path(place), parameters]);
  const changes = known.question === question ? known.answer.changes : "";
  if (known.question === question && performance.now() < known.rest) return; // A long look is followed by a long rest.
  const began = performance.now();
  const answer = await ask(view.path(place), { ...parameters, changes }).catch(gentle);
  known.rest = performance.now() + (performance.now() - began) * RESTS;
  if (JSON.stringify(route()) !== JSON.stringify(place)) return; // Somebody went on while it was asked for.
  if (answer.unchanged && known.shown === JSON.stringify(place)) return;
  if (!answer.unchanged) Object.assign(known, { question: answer.error ? null : question, answer });
  render(place);
}

function gentle(cause) {
  if (cause.constructor !== Error) throw cause;
  return { error: cause.message };
}

function render(place) {
  for (const name of Object.keys(views)) at(name).hidden = name !== place.view;
  show(at("views"), tab("Transactions", "#/", ["list", "trace"], place), tab("Application map", "#/map", ["map"], place), tab("Metrics", "#/metrics", ["metrics"], place));
  fill("find", place.chosen.find);
  fill("within", place.chosen.find);
  at("logs").checked = place.chosen.logs !== "off";
  if (place.view === "list" && !known.answer.error) {
    tellAbout(known.answer);
  }
  views[place.view].show(known.answer, place, at);
  known.shown = JSON.stringify(place);
}

function tellAbout(answer) {
  show(at("about"), h("span", { title: answer.data }, `${answer.version} · ${answer.data ?? "in memory only"}`));
  show(at("connect"), connect(answer));
}

function fill(id, value) {
  if (document.activeElement !== at(id)) at(id).value = value ?? "";
}

function tab(text, href, of, { view }) {
  return h("a", { href, "aria-current": of.includes(view) ? "page" : null }, text);
}

const refresh = live(once, tellState(at("state"), at("banner")));
const again = () => { if (known.answer) render(route()); };

actions({
  copy,
  only: ({ only }) => { choose({ only }); refresh(); },
  span: ({ id }) => { choose({ span: route().chosen.span === id ? "" : id }); again(); },
  close: () => { choose({ span: "" }); again(); },
  toggle: ({ id }) => { toggle(id); again(); },
  visit: ({ trace }) => { location.hash = toTrace(trace); },
});
for (const id of ["find", "within"]) at(id).addEventListener("input", () => { choose({ find: at(id).value }); refresh(); });
at("logs").addEventListener("change", () => { choose({ logs: at("logs").checked ? "" : "off" }); again(); });
window.addEventListener("hashchange", refresh);
window.addEventListener("resize", again);
// The first look at another view needs the addresses that only the list tells.
ask("/api/transactions", { only: "failed" }).then(tellAbout, () => {});
