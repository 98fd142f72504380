// The list of transactions, and how to send some.

import { tile } from "./chart.js";
import { copyable, h, show, table } from "./dom.js";
import { number, plural } from "./format.js";
import { clock, lasting } from "./lasting.js";
import { chip } from "./roles.js";
import { toTrace } from "./telemetry-route.js";

// What is chosen, its title, and the field that tells how many there are.
const CHOICES = [["runs", "Runs", "runs"], ["failed", "With failures", "failed"], ["all", "All", "traces"]];

export function listView(answer, { chosen }, at) {
  if (answer.error) {
    show(at("transactions"), h("p", { class: "empty" }, answer.error));
    return;
  }
  show(at("tiles"),
    tile("Runs", number(answer.runs)),
    tile("Transactions", number(answer.traces)),
    tile("With failures", number(answer.failed), { tone: answer.failed ? "bad" : null }),
    tile("Spans", number(answer.spans)),
    tile("Failed spans", number(answer.failures), { tone: answer.failures ? "bad" : null }),
    tile("Exceptions", number(answer.exceptions), { tone: answer.exceptions ? "bad" : null }),
    tile("Log lines", number(answer.logs)),
    tile("Spans sent again", number(answer.duplicates)));
  show(at("only"), CHOICES.map(([only, title, count]) => h("button", { type: "button", "data-do": "only", "data-only": only,
    "aria-pressed": String((chosen.only ?? "runs") === only) }, `${title} `, h("span", { class: "count" }, number(answer[count])))));
  show(at("transactions"), answer.traces ? transactionsTable(answer, chosen) : h("div", { class: "start" },
    h("h3", {}, "Nothing has come yet"), h("p", {}, "Tell a program where to send its telemetry, and start it:"), connect(answer)));
}

function transactionsTable({ transactions, matching }, chosen) {
  if (!matching) return h("p", { class: "empty" }, chosen.find ? `None of them contains "${chosen.find}".` : NONE[chosen.only ?? "runs"]);
  return [
    table({
      caption: "Transactions, the latest first",
      key: (row) => row.trace_id,
      rows: transactions,
      columns: [
        { title: "Transaction", wide: true, of: nameCell },
        { title: "Began by", of: (row) => chip(row.role) },
        { title: "Instances", of: instancesCell },
        { title: "Start", of: (row) => h("time", { datetime: new Date(row.start / 1000).toISOString() }, clock(row.start)) },
        { title: "Duration", number: true, of: (row) => lasting(row.duration) },
        { title: "Spans", number: true, of: (row) => number(row.spans) },
        { title: "Failures", number: true, of: (row) => h("span", { class: row.failures + row.exceptions ? "bad" : "zero" }, number(row.failures)) },
        { title: "Exceptions", number: true, of: (row) => h("span", { class: row.exceptions ? "bad" : "zero" }, number(row.exceptions)) },
      ],
    }),
    matching > transactions.length ? h("p", { class: "note" }, `${plural(matching - transactions.length, "earlier transaction")} not shown: search to find them.`) : null,
  ];
}

const NONE = {
  runs: "No run yet: a run is a transaction with a span that names its instance (durable.instance_id). All shows the others.",
  failed: "Nothing has failed.",
};

function nameCell(row) {
  return [
    h("a", { class: "name", href: toTrace(row.trace_id), title: row.name }, row.sagas.join(", ") || row.name || "(no span has come yet)"),
    row.has_root ? null : h("span", { class: "badge waiting", title: "The root span has not come: the run goes on, or who began it sends nothing" }, "root not come yet"),
    h("div", { class: "gist" }, row.sagas.length ? `${row.name} · ${row.trace_id.slice(0, 8)}…` : row.trace_id),
  ];
}

function instancesCell({ instances }) {
  if (!instances.length) return h("span", { class: "none" }, "–");
  const more = instances.length - 1;
  return h("span", { class: "instances", title: instances.join("\n") }, h("code", {}, instances[0]), more ? ` and ${more} more` : null);
}

// The address is the one by which this page was reached: in a container the collector knows another one.
export function connect({ url, connection_string }) {
  const setting = connection_string.replaceAll(url, location.origin);
  return [
    h("h3", {}, "OTLP over HTTP"), copyable(`OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}`, "the OTLP setting"),
    h("h3", {}, "Application Insights"), copyable(`APPLICATIONINSIGHTS_CONNECTION_STRING=${setting}`, "the connection string"),
    h("p", { class: "note" }, "One of them is enough; a program that sends by both is counted once."),
  ];
}
