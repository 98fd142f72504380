// The span that was chosen: what it is, what it threw, what it logged, where its links lead.

import { h } from "./dom.js";
import { clock, lasting } from "./lasting.js";
import { chip } from "./roles.js";
import { toTrace } from "./telemetry-route.js";

const SEVERITIES = ["verbose", "info", "warning", "error", "critical"];

export function spanDetail(row, answer) {
  return [
    h("div", { class: "bar" }, h("h2", {}, row.is_missing ? "A span that has not come" : row.name),
      h("button", { type: "button", class: "quiet", "data-do": "close", "aria-label": "Close" }, "✕")),
    h("div", { class: "body" },
      row.is_missing ? h("p", { class: "note" }, `Spans name ${row.span_id} as their parent, but it has not come. A span comes when it ends: it may still be under way, its process may have died, or it was left out by sampling.`) : facts(row, answer),
      exceptions(row.logs), lines(row.logs), links(row, answer), attributes(row.attributes)),
  ];
}

function facts(row, answer) {
  const told = [
    ["role", chip(row.role)], ["instance", row.instance], ["kind", row.kind], ["type", row.type], ["target", row.target], ["source", row.origin],
    ["start", `${clock(answer.start + row.start)} (+${lasting(row.start)})`], ["duration", lasting(row.duration)],
    ["result", row.is_failed ? h("span", { class: "bad" }, row.code === "0" ? "failed" : `failed, ${row.code}`) : row.code === "0" ? "succeeded" : `succeeded, ${row.code}`],
    ["problem", row.problem && h("span", { class: "bad" }, row.problem)],
    ["span", h("code", {}, row.span_id)],
    ["parent", row.parent_id && h("a", { href: toTrace(answer.trace_id, row.parent_id) }, h("code", {}, row.parent_id))],
  ];
  return pairs(told.filter(([, value]) => value));
}

const pairs = (told) => h("dl", { class: "pairs" }, told.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

function exceptions(logs) {
  return logs.filter((log) => log.exception).map((log) => h("section", { class: "thrown" },
    h("h3", {}, log.exception), h("p", {}, log.message), log.stack ? h("pre", { tabindex: "0", "aria-label": "Stack" }, log.stack) : null));
}

function lines(logs) {
  const plain = logs.filter((log) => !log.exception);
  return plain.length ? h("section", {}, h("h3", {}, "Log lines"), plain.map((log) => h("p", { class: `log s${log.severity}` },
    h("span", { class: "severity" }, SEVERITIES[log.severity]), h("code", {}, `+${lasting(log.at)}`), ` ${log.message}`))) : null;
}

function links(row, { trace_id: here, rows: all }) {
  const names = new Map(all.map((each) => [each.span_id, each.name]));

  const rows = [...(row.links ?? []).map((each) => ["to", each]), ...row.linked_from.map((each) => ["from", each])];
  return rows.length ? h("section", {}, h("h3", {}, "Links"), h("ul", { class: "links" }, rows.map(([way, { trace_id, span_id }]) =>
    h("li", {}, `${way} `, h("a", { href: toTrace(trace_id, span_id) }, trace_id === here ? `${names.get(span_id) ?? span_id} in this run` : h("code", {}, trace_id)))))) : null;
}

function attributes(found) {
  const names = Object.keys(found ?? {}).sort();
  return names.length ? h("section", {}, h("h3", {}, "Attributes"), pairs(names.map((name) => [h("code", {}, name), String(found[name])]))) : null;
}
