// The waterfall: a line for each span, below its parent, with its bar on one axis of time; log lines between them.

import { h } from "./dom.js";
import { number } from "./format.js";
import { lasting, ticks } from "./lasting.js";
import { colour, dot } from "./roles.js";

const DEEPEST = 16;
const LOGS_SHOWN = 5;
const CHARACTER_WIDTH = 6.4;
const SEVERITIES = ["verbose", "info", "warning", "error", "critical"];

// `width` is that of the axis, in pixels.
export function waterfall(answer, { folded, chosen, logs, find, width }) {
  const whole = Math.max(1, answer.duration);
  const scale = { at: (time) => `${((time / whole) * 100).toFixed(3)}%`, part: (time) => time / whole, ticks: ticks(whole), gaps: answer.gaps, width, trace: answer.trace_id };
  const parents = new Set(answer.rows.filter((row, index) => answer.rows[index + 1]?.depth > row.depth).map((row) => row.span_id));
  const lines = visible(answer.rows, folded).flatMap((row) => [
    spanLine(row, scale, { chosen, isParent: parents.has(row.span_id), isFolded: folded.has(row.span_id) }),
    ...(logs ? logLines(row, scale) : []),
  ]);
  return [
    h("div", { class: "fall", role: "treegrid", "aria-label": "Spans of this run" }, axis(scale), lines),
    answer.matching ? null : h("p", { class: "empty" }, `No span of this run contains "${find}".`),
    answer.matching > answer.rows.length ? h("p", { class: "note" }, `The first ${number(answer.rows.length)} of ${number(answer.matching)} lines: search to see the others.`) : null,
    logs && answer.logs_outside.length ? outside(answer.logs_outside) : null,
  ];
}

function visible(rows, folded) {
  let under = Infinity;
  return rows.filter((row) => {
    if (row.depth > under) return false;
    under = folded.has(row.span_id) ? row.depth : Infinity;
    return true;
  });
}

function axis(scale) {
  const last = scale.ticks.at(-1);
  return h("div", { class: "line axis", role: "row" },
    h("div", { class: "what", role: "columnheader" }, "Span"),
    h("div", { class: "when", role: "columnheader", "aria-label": "Time" },
      h("svg", { class: "track" },
        scale.gaps.map((gap) => [shade(gap, scale), scale.part(gap.duration) > 0.08 ? h("text", { class: "pause", x: scale.at(gap.start + gap.duration / 2), y: "34", "text-anchor": "middle" }, `idle ${lasting(gap.duration)}`) : null]),
        scale.ticks.map((tick) => [
          h("line", { class: "tick", x1: scale.at(tick), x2: scale.at(tick), y1: "18", y2: "40" }),
          h("text", { x: scale.at(tick), y: "13", "text-anchor": tick === 0 ? "start" : tick === last && scale.part(tick) > 0.94 ? "end" : "middle" }, tick === 0 ? "0" : lasting(tick)),
        ]))));
}

const shade = (gap, scale) => h("rect", { class: "gap", x: scale.at(gap.start), width: scale.at(gap.duration), y: "0", height: "100%" });

function ground(scale) {
  return [scale.gaps.map((gap) => shade(gap, scale)), scale.ticks.map((tick) => h("line", { class: "tick", x1: scale.at(tick), x2: scale.at(tick), y1: "0", y2: "100%" }))];
}

function spanLine(row, scale, { chosen, isParent, isFolded }) {
  const failing = row.is_failed ? " failed" : "";
  return h("div", { class: `line span${failing}${row.is_missing ? " missing" : ""}`, role: "row", "aria-level": row.depth + 1, "data-key": row.span_id,
    "aria-selected": chosen === row.span_id ? "true" : null, "aria-expanded": isParent ? String(!isFolded) : null },
  h("div", { class: `what d${Math.min(row.depth, DEEPEST)}`, role: "gridcell" },
    isParent ? h("button", { type: "button", class: "fold", "data-do": "toggle", "data-id": row.span_id, "aria-expanded": String(!isFolded), "aria-label": `Children of ${row.name ?? row.span_id}` }) : h("i", { class: "fold" }),
    row.is_missing ? missingName(row) : name(row, scale.trace)),
  h("div", { class: "when", role: "gridcell", "data-do": "span", "data-id": row.span_id }, h("svg", { class: "track" }, ground(scale), bar(row, scale))));
}

function missingName(row) {
  return h("button", { type: "button", class: "name none", "data-do": "span", "data-id": row.span_id, title: `Span ${row.span_id}` },
    h("span", { class: "words" }, row.depth ? "parent has not come yet" : "root has not come yet"), h("span", { class: "gist" }, row.span_id));
}

function name(row, trace) {
  const elsewhere = [...row.links, ...row.linked_from].filter((link) => link.trace_id !== trace).length;
  const status = row.attributes["durable.status"];
  return [
    h("button", { type: "button", class: "name", "data-do": "span", "data-id": row.span_id, title: `${row.name}\n${row.role} · ${row.kind}` },
      dot(row.role), h("span", { class: "words" }, row.name)),
    row.is_orphan ? h("span", { class: "badge waiting", title: `Its parent ${row.parent_id} has not come` }, "orphan") : null,
    elsewhere ? h("span", { class: "badge", title: "Linked with other transactions" }, `⇄ ${elsewhere}`) : null,
    status ? h("span", { class: "badge", title: "durable.status" }, status) : null,
    h("span", { class: `badge kind-${row.kind}` }, row.kind),
  ];
}

function bar(row, scale) {
  const from = scale.part(row.start);
  const to = from + scale.part(row.duration);
  const told = lasting(row.duration);
  const beside = to > 0.88 ? (from > 0.12 ? { x: scale.at(row.start), dx: "-6", "text-anchor": "end" } : { x: scale.at(row.start), dx: "8", "text-anchor": "start", class: "inside" }) : { x: scale.at(row.start + row.duration), dx: "8", "text-anchor": "start" };
  const tone = row.is_missing ? "unknown" : `${colour(row.role)} ${row.kind}`;
  return [
    h("rect", { class: `bar-of ${tone}`, x: scale.at(row.start), width: scale.at(row.duration), y: "8", height: "14", rx: "3" }),
    h("rect", { class: `bar-least ${row.is_missing ? "unknown" : colour(row.role)}`, x: scale.at(row.start), width: "3", y: "8", height: "14", rx: "1" }),
    row.logs?.filter((log) => log.exception).map((log) => h("circle", { class: "thrown", cx: scale.at(log.at), cy: "15", r: "4.5" })),
    h("text", { y: "19", ...beside }, row.is_missing ? `at least ${told}` : told),
  ];
}

function logLines(row, scale) {
  const shown = row.logs.slice(0, LOGS_SHOWN);
  const more = row.logs.length - shown.length;
  return [
    ...shown.map((log, index) => h("div", { class: `line log s${log.severity}`, role: "row", "data-key": `${row.span_id} ${index}`, "aria-level": row.depth + 2 },
      h("div", { class: `what d${Math.min(row.depth + 1, DEEPEST)}`, role: "gridcell" },
        h("span", { class: "severity" }, log.exception ? "exception" : SEVERITIES[log.severity])),
      h("div", { class: "when", role: "gridcell", title: told(log) }, h("svg", { class: "track" }, ground(scale), moment(log, scale))))),
    more > 0 ? h("div", { class: "line log", role: "row", "data-key": `${row.span_id} more` }, h("div", { class: `what d${Math.min(row.depth + 1, DEEPEST)}`, role: "gridcell" },
      h("button", { type: "button", class: "name none", "data-do": "span", "data-id": row.span_id }, `${number(more)} more log lines`))) : null,
  ].filter(Boolean);
}

// The message stands beside its moment, on the side where there is more room.
function moment(log, scale) {
  const late = scale.part(log.at) > 0.5;
  const room = (late ? scale.part(log.at) : 1 - scale.part(log.at)) * scale.width - 20;
  return [
    h("circle", { class: "moment", cx: scale.at(log.at), cy: "11", r: "3" }),
    h("text", { x: scale.at(log.at), y: "15", dx: late ? "-9" : "9", "text-anchor": late ? "end" : "start" }, cut(told(log), Math.max(12, Math.floor(room / CHARACTER_WIDTH)))),
  ];
}

const told = ({ exception, message }) => (exception ? `${exception.split(".").at(-1)}: ${message}` : message);

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function outside(logs) {
  return h("div", { class: "outside" }, h("h3", {}, "Log lines of spans that have not come"),
    logs.slice(0, 50).map((log) => h("p", { class: `log s${log.severity}` }, h("span", { class: "severity" }, log.exception ? "exception" : SEVERITIES[log.severity]), h("code", {}, `+${lasting(log.at)}`), ` ${told(log)}`)));
}
