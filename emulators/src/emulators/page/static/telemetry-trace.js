// One run as an end-to-end transaction: what it is, the waterfall, and the span that was chosen.

import { h, show } from "./dom.js";
import { number, plural } from "./format.js";
import { clock, lasting } from "./lasting.js";
import { dot } from "./roles.js";
import { toMap } from "./telemetry-route.js";
import { spanDetail } from "./telemetry-span.js";
import { waterfall } from "./telemetry-waterfall.js";

const AXIS_PART = 0.6;
const SAGAS_SHOWN = 4;
const folded = new Set();

export function toggle(id) {
  if (!folded.delete(id)) folded.add(id);
}

export function traceView(answer, { id, chosen }, at) {
  const known = !answer.error;
  at("trace").classList.toggle("unknown", !known);
  if (!known) {
    show(at("head"), h("h2", {}, "Not here"), h("p", { class: "note" }, answer.error));
    show(at("roles"));
    show(at("waterfall"), h("p", { class: "empty" }, `Transaction ${id} appears here once its first span comes.`));
    at("detail").hidden = true;
    return;
  }
  show(at("head"), head(answer));
  show(at("roles"), answer.roles.map(({ role, spans, failures }) => h("li", { "data-key": role || "none" },
    dot(role), role || "(no role)", h("span", { class: failures ? "count bad" : "count" }, failures ? `${number(failures)} of ${number(spans)} failed` : number(spans)))));
  const row = chosen.span ? answer.rows.find((each) => each.span_id === chosen.span) : null;
  at("detail").hidden = !row;
  at("trace").classList.toggle("split", Boolean(row));
  if (row) show(at("detail"), spanDetail(row, answer));
  const width = at("waterfall").querySelector(".track")?.clientWidth || at("waterfall").clientWidth * AXIS_PART;
  show(at("waterfall"), waterfall(answer, { folded, chosen: chosen.span, logs: chosen.logs !== "off", find: chosen.find, width }));
}

function head(answer) {
  const facts = [
    ["start", clock(answer.start)], ["duration", lasting(answer.duration)], ["spans", number(answer.spans)],
    ["failed", number(answer.failures), answer.failures], ["exceptions", number(answer.exceptions), answer.exceptions], ["log lines", number(answer.logs)],
    answer.duplicates ? ["sent again", number(answer.duplicates)] : null,
    answer.missing ? ["not come yet", plural(answer.missing, "span")] : null,
    answer.orphans ? ["orphans", number(answer.orphans)] : null,
  ].filter(Boolean);
  return [
    h("div", { class: "title" },
      h("h2", {}, answer.sagas.slice(0, SAGAS_SHOWN).join(", ") || answer.name || "(no span has come yet)",
        answer.sagas.length ? h("small", {}, ` began by ${answer.name}`) : null),
      answer.has_root ? null : h("span", { class: "badge waiting" }, "root not come yet"),
      h("a", { class: "button", href: toMap(answer.trace_id) }, "Application map of this run")),
    h("ul", { class: "chips" },
      facts.map(([name, value, bad]) => h("li", { class: bad ? "failing" : null }, `${name} `, h("b", {}, value))),
      answer.instances.slice(0, 3).map((each) => h("li", { title: each }, "instance ", h("b", {}, each))),
      answer.instances.length > 3 ? h("li", {}, `${answer.instances.length - 3} more instances`) : null,
      h("li", {}, "trace ", h("code", {}, answer.trace_id))),
  ];
}
