// The colour of each role, the same in all views of this page.

import { h } from "./dom.js";

const COLOURS = 10;
const known = new Map();

export function colour(role) {
  if (!known.has(role)) known.set(role, known.size % COLOURS);
  return `r${known.get(role)}`;
}

export const dot = (role) => h("i", { class: `dot ${colour(role)}`, "aria-hidden": "true" });

export const chip = (role) => h("span", { class: "role", title: role }, dot(role), role || "(no role)");
