// A line of the last values: no axes, the newest value stands beside it as text.

import { h } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 28;

export class Series {
  constructor(length = 60) {
    this.length = length;
    this.values = [];
  }

  add(value) {
    this.values.push(value);
    if (this.values.length > this.length) this.values.shift();
  }

  // Of the last three looks, so that a pause between two batches is not a standstill.
  get recent() {
    const last = this.values.slice(-3);
    return last.length ? last.reduce((sum, value) => sum + value, 0) / last.length : 0;
  }

  chart() {
    const top = Math.max(1e-9, ...this.values);
    const step = WIDTH / (Math.max(this.values.length, 20) - 1);
    const from = WIDTH - step * (this.values.length - 1);
    const points = this.values.map((value, at) =>
      `${(from + at * step).toFixed(1)} ${(HEIGHT - 2 - (value / top) * (HEIGHT - 4)).toFixed(1)}`);
    const line = points.length > 1 ? `M${points.join("L")}` : "";
    const area = line ? `${line}L${WIDTH} ${HEIGHT}L${from.toFixed(1)} ${HEIGHT}Z` : "";
    return h("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true", preserveAspectRatio: "none" },
      h("path", { class: "area", d: area }), h("path", { class: "line", d: line }));
  }
}

export function tile(title, value, { tone, series, note } = {}) {
  return h("div", { class: "tile", "data-key": title, "data-tone": tone ?? null },
    h("dt", {}, title), h("dd", {}, value, note ? h("small", {}, note) : null), series ? series.chart() : null);
}
