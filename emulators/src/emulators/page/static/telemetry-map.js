// The application map: roles and what they depend on, and the calls between them.

import { h, show, table } from "./dom.js";
import { number, plural } from "./format.js";
import { clock, lasting, percent } from "./lasting.js";
import { NODE, layout } from "./map-layout.js";
import { colour } from "./roles.js";
import { toTrace } from "./telemetry-route.js";

const FAILING = 0.1;
const KINDS = { role: "role", queue: "queue or topic", database: "database", http: "http", other: "dependency" };

export function drawMap(answer, { id }, at) {
  show(at("map-head"), head(answer, id));
  if (answer.error || !answer.nodes.length) {
    show(at("drawing"), h("p", { class: "empty" }, answer.error ?? (id ? "This transaction has no spans yet." : "Nothing came in the last hour.")));
    show(at("edges"), h("p", { class: "empty" }, "No calls."));
    return;
  }
  show(at("drawing"), drawing(answer), h("p", { class: "note" }, "Beside each arrow: how many calls, how long they take in the mean, and in red the part that failed. An arrow is red if a tenth or more failed, and dashed if it leads back to who asked."));
  show(at("edges"), edgesTable(answer));
}

function head({ since }, id) {
  const told = id
    ? [h("h2", {}, "Application map of one run"), h("a", { class: "button", href: toTrace(id) }, "Back to the run")]
    : [h("h2", {}, "Application map of the last hour")];
  return [h("div", { class: "title" }, told), h("ul", { class: "chips" }, id ? h("li", {}, "trace ", h("code", {}, id)) : h("li", {}, "since ", h("b", {}, since ? clock(since) : "–")))];
}

function drawing({ nodes, edges }) {
  const { places, routes, width, height } = layout(nodes, edges);
  return h("div", { class: "scroll map" },
    h("svg", { class: "drawn", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `Map of ${nodes.length} nodes and ${edges.length} calls; the table below says the same` },
      h("defs", {}, arrow("arrow", ""), arrow("arrow-failed", "failing")),
      routes.map((route) => edgePath(route)),
      routes.map((route) => edgeLabel(route)),
      nodes.map((node) => nodeBox(node, places.get(node.id)))));
}

function arrow(id, name) {
  return h("marker", { id, class: name || null, viewBox: "0 0 8 8", refX: "7", refY: "4", markerWidth: "9", markerHeight: "9", markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" }, h("path", { d: "M0 0L8 4L0 8Z" }));
}

function edgePath(route) {
  const failing = route.edge.failure_rate >= FAILING;
  const d = route.isBack ? backPath(route) : forwardPath(route.stops);
  return h("path", { class: `edge${failing ? " failing" : ""}${route.isBack ? " back" : ""}`, d, "marker-end": `url(#${failing ? "arrow-failed" : "arrow"})` });
}

const middle = ({ y, height }) => y + height / 2;

function forwardPath(stops) {
  let path = `M${stops[0].x + NODE.width} ${middle(stops[0])}`;
  for (let at = 1; at < stops.length; at += 1) {
    const [from, to] = [stops[at - 1].x + NODE.width, stops[at].x];
    const half = (from + to) / 2;
    path += `C${half} ${middle(stops[at - 1])} ${half} ${middle(stops[at])} ${to - (at === stops.length - 1 ? 2 : 0)} ${middle(stops[at])}`;
    if (at < stops.length - 1) path += `L${to + NODE.width} ${middle(stops[at])}`;
  }
  return path;
}

function backPath({ lane, ends: [start, end] }) {
  const [from, to] = [start.x + NODE.width / 2, end.x + NODE.width / 2 - 14];
  const bend = 14;
  return `M${from} ${start.y + start.height}V${lane - bend}Q${from} ${lane} ${from - bend} ${lane}H${to + bend}Q${to} ${lane} ${to} ${lane - bend}V${end.y + end.height + 2}`;
}

function edgeLabel(route) {
  const { edge } = route;
  const [x, y] = route.isBack ? [(route.ends[0].x + route.ends[1].x + NODE.width) / 2, route.lane] : labelPlace(route);
  const words = [`${number(edge.count)}×`, lasting(edge.mean_duration), edge.failures ? percent(edge.failure_rate) : null].filter(Boolean);
  const lines = route.isBack ? [words.join(" · ")] : words;
  return h("g", { class: "label" },
    lines.map((line, at) => h("text", { class: edge.failures && at === lines.length - 1 ? "failing" : null, x, y: y + 4 + (at - (lines.length - 1) / 2) * 13, "text-anchor": "middle" }, line)));
}

// On the part of the way where it is by itself: behind a node that many come from, before a node that many go to.
function labelPlace({ stops, spreads }) {
  const [start, end] = spreads ? stops.slice(0, 2) : stops.slice(-2);
  const part = spreads === null ? 0.5 : spreads ? 0.66 : 0.34;
  const rise = part * part * (3 - 2 * part);
  return [start.x + NODE.width + (end.x - start.x - NODE.width) * part, middle(start) + (middle(end) - middle(start)) * rise];
}

function nodeBox(node, { x, y }) {
  const [name, note] = names(node);
  const isRole = node.kind === "role";
  return h("g", { class: `node ${node.kind}${node.failure_rate >= FAILING ? " failing" : ""}`, "data-key": node.id },
    h("title", {}, `${node.name}\n${number(node.count)} calls, mean ${lasting(node.mean_duration)}, ${percent(node.failure_rate)} failed`),
    h("rect", { class: "box", x, y, width: NODE.width, height: NODE.height, rx: isRole ? 10 : 20 }),
    isRole ? h("rect", { class: colour(node.name), x: x + 8, y: y + 12, width: 4, height: NODE.height - 24, rx: 2 }) : null,
    h("foreignObject", { x: x + (isRole ? 20 : 14), y: y + 4, width: NODE.width - (isRole ? 26 : 24), height: NODE.height - 8 }, h("div", { class: "text" },
      h("span", { class: "soft" }, isRole && node.instances > 1 ? `role · ${number(node.instances)} instances` : KINDS[node.kind]),
      h("span", { class: "name" }, breakable(name)),
      node.failures ? h("span", { class: "bad" }, `${number(node.failures)} of ${number(node.count)} failed`) : h("span", { class: "soft" }, note))));
}

function names(node) {
  const at = node.kind === "queue" ? node.name.indexOf("/") : node.kind === "database" ? node.name.indexOf("|") : -1;
  if (at > 0) return [node.name.slice(at + 1), node.name.slice(0, at)];
  return [node.name || "(no name)", node.count ? `${plural(node.count, node.kind === "role" ? "request" : "call")} · ${lasting(node.mean_duration)}` : "begins runs"];
}

// A name may go on in a second line after a dot or a hyphen.
const breakable = (name) => name.split(/(?<=[.-])/).flatMap((part) => [part, h("wbr")]);

function edgesTable({ nodes, edges }) {
  const name = new Map(nodes.map((node) => [node.id, node.name]));
  if (!edges.length) return h("p", { class: "empty" }, "No calls.");
  return table({
    caption: "Calls between roles and what they depend on",
    key: (row) => `${row.from} ${row.to}`,
    rows: [...edges].sort((a, b) => b.count - a.count),
    columns: [
      { title: "From", of: (row) => h("span", { class: "place" }, name.get(row.from)) },
      { title: "To", wide: true, of: (row) => name.get(row.to) },
      { title: "Calls", number: true, of: (row) => number(row.count) },
      { title: "Mean duration", number: true, of: (row) => lasting(row.mean_duration) },
      { title: "Failed", number: true, of: (row) => h("span", { class: row.failures ? "bad" : "zero" }, number(row.failures)) },
      { title: "Failure rate", number: true, of: (row) => h("span", { class: row.failures ? "bad" : "zero" }, percent(row.failure_rate)) },
    ],
  });
}
