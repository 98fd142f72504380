// The page of the Service Bus endpoint: what exists, and what is in the entity that was chosen.

import { Series, tile } from "./chart.js";
import { actions, copy, h, show, table } from "./dom.js";
import { showFaults } from "./faults.js";
import { number, plural, rate, size, span } from "./format.js";
import { ask, choose, chosen, live, tellState } from "./live.js";
import { messagesTable, sessionsTable } from "./messages.js";
import { connect, emptyEntities } from "./servicebus-help.js";

const at = (id) => document.getElementById(id);
const expanded = new Set();
const flow = { in: new Series(), out: new Series(), before: null };

async function once() {
  const { entity, filter } = chosen();
  const [overview, detail] = await Promise.all([ask("overview", { filter }), entity ? askEntity() : null]);
  measure(overview);
  showOverview(overview);
  showDetail(detail, overview.now);
}

function askEntity() {
  const { entity, shelf, find, order } = chosen();
  return ask("entity", { name: entity, shelf: shelf === "sessions" ? "" : shelf, find, order }).catch((cause) => {
    if (cause.constructor !== Error) throw cause;
    return { error: cause.message };
  });
}

function measure({ now, flow: { accepted, held } }) {
  const { before } = flow;
  flow.before = { now, accepted, held };
  if (!before || now <= before.now || accepted < before.accepted) return;
  const seconds = (now - before.now) / 1000;
  const came = accepted - before.accepted;
  flow.in.add(came / seconds);
  flow.out.add(Math.max(0, came - (held - before.held)) / seconds);
}

function showOverview(overview) {
  showFaults(at("faults"), overview.faults);
  const { totals, connections } = overview;
  document.title = `${totals.dead_lettered ? `(${totals.dead_lettered} dead) ` : ""}Service Bus emulator`;
  show(at("about"), `${overview.version} · ${overview.data ?? "in memory only"}`);
  show(at("connect"), connect(overview));
  show(at("tiles"),
    tile("Active", number(totals.active)),
    tile("Scheduled", number(totals.scheduled)),
    tile("Deferred", number(totals.deferred)),
    tile("Dead-lettered", number(totals.dead_lettered), { tone: totals.dead_lettered ? "bad" : null }),
    totals.transfer_dead_lettered ? tile("Not forwarded", number(totals.transfer_dead_lettered), { tone: "bad" }) : null,
    tile("In", rate(flow.in.recent), { note: " /s", series: flow.in }),
    tile("Out", rate(flow.out.recent), { note: " /s", series: flow.out }),
    tile("Connections", number(connections.count)));
  show(at("entities"), overview.existing ? entitiesTable(overview) : emptyEntities(overview.connection_string));
  show(at("connections"), connectionsTable(connections));
}

function entitiesTable({ entities, matching, existing }) {
  const { entity } = chosen();
  const count = (name, tone) => ({
    title: name[0].toUpperCase() + name.slice(1).replace("_lettered", ""),
    number: true,
    extra: name === "deferred",
    of: (row) => figure(row[name], tone),
  });
  const hidden = matching - entities.length;
  return [
    table({
      caption: "Queues, topics and subscriptions",
      key: (row) => row.name,
      chosen: (row) => row.name.toLowerCase() === entity?.toLowerCase(),
      rows: entities,
      columns: [
        { title: "Name", wide: true, of: nameCell },
        count("active"), count("scheduled"), count("deferred"), count("dead_lettered", "bad"),
        { title: "Locked", number: true, extra: true, of: (row) => figure(row.locked) },
        { title: "Sessions", number: true, extra: true, of: (row) => figure(row.sessions) },
        { title: "Size", number: true, extra: true, of: (row) => (row.bytes ? size(row.bytes) : figure(row.bytes)) },
      ],
    }),
    matching ? null : h("p", { class: "empty" }, `None of the ${plural(existing, "entity").replace("entitys", "entities")} has this in its name.`),
    hidden > 0 ? h("p", { class: "note" }, `${number(hidden)} more: filter by name to see them.`) : null,
  ];
}

function nameCell(row) {
  const [topic, subscription] = row.name.split("/Subscriptions/");
  return h("button", { type: "button", class: `entity ${row.kind}`, "data-do": "open", "data-name": row.name, title: row.name },
    h("span", { class: `kind ${row.kind}` }, row.kind),
    subscription ? [h("span", { class: "of" }, `${topic} / `), subscription] : row.name);
}

function figure(value, tone) {
  if (value === undefined || value === null) return h("span", { class: "none" }, "–");
  return h("span", { class: value ? tone : "zero" }, number(value));
}

function showDetail(detail, now) {
  const section = at("detail");
  section.hidden = !detail;
  at("main").classList.toggle("split", Boolean(detail));
  if (!detail) return;
  show(at("detail-title"), chosen().entity.replace("/Subscriptions/", " / "));
  if (detail.error) {
    for (const id of ["facts", "shelves"]) show(at(id));
    show(at("messages"), h("p", { class: "empty" }, detail.error));
    return;
  }
  show(at("facts"), facts(detail));
  show(at("shelves"), tabs(detail));
  const sessions = chosen().shelf === "sessions";
  show(at("messages"), sessions ? sessionsTable(detail.sessions ?? [], now) : messagesTable(detail, now, expanded));
}

function facts({ settings, rules }) {
  return [
    h("ul", { class: "chips" }, settings.map(([name, value]) => h("li", {}, `${name} `, h("b", {}, setting(name, value))))),
    rules && h("ul", { class: "rules", "aria-label": "Rules" },
      rules.map((rule) => h("li", {}, h("b", {}, rule.name), " ", h("code", {}, rule.filter),
        rule.action ? [" then ", h("code", {}, rule.action)] : null))),
    rules && !rules.length ? h("p", { class: "note" }, "No rules: this subscription gets nothing.") : null,
  ];
}

function setting(name, value) {
  const spans = ["lock duration", "duplicate window", "time to live", "idle max"];
  if (spans.includes(name)) return span(Number(value));
  return { True: "yes" }[value] ?? value;
}

function tabs({ row }) {
  const { shelf = "active" } = chosen();
  const all = [
    ["active", "Active", row.active], ["locked", "Locked", row.locked], ["dead", "Dead letters", row.dead_lettered], ["scheduled", "Scheduled", row.scheduled],
    ["deferred", "Deferred", row.deferred], ["transfer", "Not forwarded", row.transfer_dead_lettered],
    ["sessions", "Sessions", row.sessions],
  ];
  const fitting = row.kind === "topic" ? all.filter(([name]) => name === "scheduled") : all;
  return fitting.filter(([name, , count]) => count || name === shelf || ["active", "dead", "scheduled"].includes(name))
    .map(([name, title, count]) => h("button",
      { type: "button", "data-key": name, "data-do": "shelf", "data-shelf": name, "aria-pressed": String(name === shelf) },
      title, " ", h("span", { class: name === "dead" && count ? "count bad" : "count" }, number(count ?? 0))));
}

function connectionsTable({ count, some }) {
  if (!count) return h("p", { class: "empty" }, "Nobody is connected.");
  return [
    table({
      caption: "Connections and their links",
      key: (row) => row.address,
      rows: some,
      columns: [
        { title: "Client", of: (row) => h("code", {}, row.client || "?") },
        { title: "Address", of: (row) => row.address },
        { title: "Links", wide: true, of: links },
      ],
    }),
    count > some.length ? h("p", { class: "note" }, `${number(count - some.length)} more.`) : null,
  ];
}

function links(row) {
  const shown = row.links.filter((link) => link.entity !== "$cbs" && !link.entity.endsWith("/$management"));
  if (!shown.length) return h("span", { class: "none" }, "none to an entity");
  const hidden = row.link_count - row.links.length;
  return h("ul", { class: "links" },
    shown.map((link) => h("li", { title: link.name }, `${link.role} `, h("b", {}, link.entity || "?"),
      link.session === null ? null : [", session ", h("b", {}, link.session || "(empty)")])),
    hidden > 0 ? h("li", {}, `${number(hidden)} more`) : null);
}

const refresh = live(once, tellState(at("state"), at("banner")));

actions({
  copy,
  open: ({ name }) => {
    const topic = at("entities").querySelector(`button.topic[data-name="${CSS.escape(name)}"]`);
    choose({ entity: name, shelf: topic ? "scheduled" : "", find: "" });
    at("find").value = "";
    expanded.clear();
    refresh();
  },
  close: () => { choose({ entity: "", shelf: "", find: "" }); refresh(); },
  shelf: ({ shelf }) => { choose({ shelf: shelf === "active" ? "" : shelf }); expanded.clear(); refresh(); },
  expand: ({ sequence }) => {
    if (!expanded.delete(sequence)) expanded.add(sequence);
    refresh();
  },
});
for (const id of ["filter", "find", "order"]) {
  at(id).value = chosen()[id] ?? "";
  at(id).addEventListener("input", () => { choose({ [id]: at(id).value }); refresh(); });
}
window.addEventListener("hashchange", refresh);
