// The table of metrics.

import { h, show, table } from "./dom.js";
import { number } from "./format.js";
import { clock, lasting } from "./lasting.js";
import { chip } from "./roles.js";

const FIGURE = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

// Seconds and milliseconds as durations; what is counted, which stands in braces, without them.
function figure(value, unit) {
  if (value === null) return h("span", { class: "none" }, "–");
  if (unit === "s" || unit === "ms") return value ? lasting(value * (unit === "s" ? 1e6 : 1e3)) : "0";
  return [FIGURE.format(value), /^[^{1]/.test(unit) ? ` ${unit}` : null];
}

// Counters and gauges are added up over instances; of what was measured the mean says more.
const isMeasured = (row) => row.least !== null || row.count > row.instances;
const valueOf = (row) => figure(isMeasured(row) ? row.value / (row.count || 1) : row.value, row.unit);

function nameCell(row) {
  const labels = Object.entries(row.labels).map(([name, value]) => `${name.replace(/^durable\./, "")}=${value}`);
  return [h("code", {}, row.name), labels.length ? h("small", {}, labels.join(" ")) : null];
}

export function metricsTable(answer, _place, at) {
  const rows = answer.metrics ?? [];
  show(at("points"), rows.length ? table({
    caption: "Metrics",
    key: (row) => `${row.name} ${row.role} ${JSON.stringify(row.labels)}`,
    rows,
    columns: [
      { title: "Metric", wide: true, of: nameCell },
      { title: "Role", of: (row) => chip(row.role) },
      { title: "Value, or mean", number: true, of: valueOf },
      { title: "Least", number: true, of: (row) => figure(row.least, row.unit) },
      { title: "Greatest", number: true, of: (row) => figure(row.greatest, row.unit) },
      { title: "Measurements", number: true, of: (row) => (isMeasured(row) ? number(row.count) : h("span", { class: "none" }, "–")) },
      { title: "Instances", number: true, of: (row) => number(row.instances) },
      { title: "Points", number: true, of: (row) => number(row.points) },
      { title: "Last", of: (row) => clock(row.at) },
    ],
  }) : h("p", { class: "empty" }, answer.error ?? "No metric has come yet."));
}
