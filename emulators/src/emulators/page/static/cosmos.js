// The page of the Cosmos DB endpoint: containers, charges, requests, and the items of the container that was chosen.

import { Series, tile } from "./chart.js";
import { itemsTable } from "./items.js";
import { connect, emptyAccount } from "./cosmos-help.js";
import { actions, copy, h, show, table } from "./dom.js";
import { showFaults } from "./faults.js";
import { exactly, number, rate, span, when } from "./format.js";
import { ask, choose, chosen, live, tellState } from "./live.js";

const at = (id) => document.getElementById(id);
const opened = new Map();
const flow = { requests: new Series(), charge: new Series(), before: null };

async function once() {
  const { database, container, key, find, filter } = chosen();
  const items = container ? ask("items", { database, container, key, find }).catch(gentle) : null;
  const [overview, detail] = await Promise.all([ask("overview", { filter }), items]);
  measure(overview);
  showOverview(overview);
  showDetail(detail);
}

function gentle(cause) {
  if (cause.constructor !== Error) throw cause;
  return { error: cause.message };
}

function measure({ stats }) {
  const { before } = flow;
  const time = performance.now() / 1000;
  flow.before = { time, requests: stats.requests, charge: stats.request_charge };
  if (!before || stats.requests < before.requests) return;
  flow.requests.add((stats.requests - before.requests) / (time - before.time));
  flow.charge.add((stats.request_charge - before.charge) / (time - before.time));
}

function showOverview(overview) {
  showFaults(at("faults"), overview.faults);
  const { stats, databases, throttled } = overview;
  const failed = Object.entries(stats.by_status).reduce((sum, [status, count]) => sum + (status >= 500 ? count : 0), 0);
  show(at("about"), `${overview.version} · ${overview.data ?? "in memory only"} · ${overview.ranges.length} physical ranges`);
  show(at("connect"), connect(overview));
  show(at("tiles"),
    tile("Databases", number(databases.length)),
    tile("Containers", number(overview.existing)),
    tile("Requests", rate(flow.requests.recent), { note: " /s", series: flow.requests }),
    tile("Charge, estimated", rate(flow.charge.recent), { note: " RU/s", series: flow.charge }),
    tile("Charged in all", number(Math.round(stats.request_charge)), { note: " RU" }),
    tile("Throttled (429)", number(throttled), { tone: throttled ? "bad" : null }),
    failed ? tile("Failed (5xx)", number(failed), { tone: "bad" }) : null);
  show(at("containers"), overview.existing ? containersTable(overview) : emptyAccount(overview));
  show(at("kinds"), kindsTable(overview.kinds));
  show(at("failed"), requestsTable("Last errors", overview.failed, overview.now));
  show(at("recent"), requestsTable("Last requests", overview.recent, overview.now));
}

const more = (count) => (count > 10000 ? "10,000+" : number(count));

function containersTable({ containers, matching }) {
  const now = chosen();
  return [
    table({
      caption: "Containers",
      key: (row) => `${row.database}/${row.name}`,
      chosen: (row) => row.database === now.database && row.name === now.container,
      rows: containers,
      columns: [
        { title: "Container", wide: true, of: nameCell },
        { title: "Items", number: true, of: (row) => h("span", { class: row.items ? null : "zero" }, more(row.items)) },
        { title: "Partition key", extra: true, of: (row) => h("code", {}, row.paths.join(" ")) },
        { title: "Time to live", number: true, extra: true, of: (row) => ttl(row.ttl) },
        { title: "Throughput", number: true, extra: true, of: (row) => (row.throughput ? `${number(row.throughput)} RU/s` : h("span", { class: "none" }, "no limit")) },
        { title: "Requests", number: true, extra: true, of: (row) => number(row.requests) },
        { title: "Charge", number: true, of: (row) => `${number(Math.round(row.charge))} RU` },
        { title: "Throttled", number: true, extra: true, of: (row) => h("span", { class: row.throttled ? "bad" : "zero" }, number(row.throttled)) },
      ],
    }),
    matching ? null : h("p", { class: "empty" }, "No container has this in its name."),
    matching > containers.length ? h("p", { class: "note" }, `${number(matching - containers.length)} more: filter by name to see them.`) : null,
  ];
}

function nameCell({ database, name }) {
  return h("button", { type: "button", class: "entity", "data-do": "open", "data-database": database, "data-container": name },
    h("span", {}, h("span", { class: "in" }, `${database} / `), name));
}

function ttl(seconds) {
  if (seconds === null) return h("span", { class: "none" }, "off");
  return seconds === -1 ? "of each item" : span(seconds * 1000);
}

function showDetail(detail) {
  at("detail").hidden = !detail;
  at("main").classList.toggle("split", Boolean(detail));
  if (!detail) return;
  const { database, container } = chosen();
  show(at("detail-title"), `${database} / ${container}`);
  if (detail.error) {
    show(at("facts"));
    show(at("items"), h("p", { class: "empty" }, detail.error));
    return;
  }
  const chips = [
    ["partition key", detail.paths.join(" ")], ["time to live", ttl(detail.ttl)], ["items", more(detail.count)],
    ["throughput", detail.throughput ? `${number(detail.throughput)} RU/s` : "no limit"], ["indexing", detail.policy.indexingMode ?? "consistent"],
  ];
  show(at("facts"), h("ul", { class: "chips" }, chips.map(([name, value]) => h("li", {}, `${name} `, h("b", {}, value)))));
  show(at("keys"), detail.keys.map(({ key, count }) => h("option", { value: key }, number(count))));
  show(at("items"), itemsTable(detail, opened));
}

function kindsTable(kinds) {
  if (!kinds.length) return h("p", { class: "empty" }, "No item has been asked for yet.");
  return table({
    caption: "Requests for items and their estimated charges, by kind",
    key: (row) => row.kind,
    rows: kinds,
    columns: [
      { title: "Kind", wide: true, of: (row) => row.kind },
      { title: "Requests", number: true, of: (row) => number(row.requests) },
      { title: "Charge", number: true, of: (row) => `${number(row.charge)} RU` },
      { title: "Each", number: true, of: (row) => `${(row.charge / row.requests).toFixed(2)} RU` },
      { title: "Throttled", number: true, of: (row) => h("span", { class: row.throttled ? "bad" : "zero" }, number(row.throttled)) },
    ],
  });
}

function requestsTable(caption, rows, now) {
  if (!rows.length) return h("p", { class: "empty" }, "None yet.");
  return table({
    caption,
    key: (row) => `${row.at} ${row.method} ${row.path} ${row.charge}`,
    rows,
    columns: [
      { title: "Status", of: (row) => h("span", { class: `badge s${Math.floor(row.status / 100)}${row.status === 429 ? " throttled" : ""}` }, String(row.status)) },
      { title: "Request", wide: true, of: (row) => [h("code", {}, `${row.method} ${row.path}`), row.error ? h("div", { class: "gist" }, complaint(row.error)) : null] },
      { title: "Kind", of: (row) => row.kind },
      { title: "Charge", number: true, of: (row) => (row.charge ? row.charge.toFixed(2) : h("span", { class: "none" }, "–")) },
      { title: "When", of: (row) => h("time", { datetime: new Date(row.at).toISOString(), title: exactly(row.at) }, when(Math.min(row.at, now), now)) },
    ],
  });
}

// The innermost message of an error, which may be JSON inside of JSON, and cut.
function complaint(error) {
  const found = [...error.matchAll(/message\\*"\s*:\s*\\*"(?!Message: \{)((?:[^"\\]|\\+[^"\\])*)/g)];
  return (found.at(-1)?.[1] ?? error).split(/[\s,]*(?:\\r\\n)?ActivityId/)[0].slice(0, 240);
}

const refresh = live(once, tellState(at("state"), at("banner")));

async function toggle(data) {
  const name = `${data.pk} ${data.id}`;
  if (opened.delete(name)) return;
  const { database, container } = chosen();
  const answer = await ask("item", { database, container, key: data.pk, id: data.id }).catch(gentle);
  opened.set(name, answer.error ?? JSON.stringify(answer.item, null, 2));
}

actions({
  copy,
  open: ({ database, container }) => {
    choose({ database, container, key: "", find: "" });
    at("key").value = at("find").value = "";
    opened.clear();
    refresh();
  },
  close: () => { choose({ database: "", container: "", key: "", find: "" }); opened.clear(); refresh(); },
  expand: async (data) => { await toggle(data); refresh(); },
});
for (const id of ["filter", "key", "find"]) {
  at(id).value = chosen()[id] ?? "";
  at(id).addEventListener("input", () => { choose({ [id]: at(id).value }); refresh(); });
}
window.addEventListener("hashchange", refresh);
