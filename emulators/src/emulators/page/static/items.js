// The table of items.

import { h, table } from "./dom.js";
import { exactly, plural, size } from "./format.js";

export function itemsTable({ items, count, keys }, opened) {
  if (!items.length) {
    const text = count ? "No item fits: a partition key must be whole, and a text is found with regard to case." : "No items yet.";
    return h("p", { class: "empty" }, text);
  }
  return [
    table({
      caption: "Items, the last changed first",
      key: nameOf,
      rows: items,
      columns: [
        { title: "Id", of: (row) => expander(row, opened) },
        { title: "Partition key", of: (row) => row.shown_key },
        { title: "Item", wide: true, of: (row) => h("div", { class: "clamp" }, h("span", { class: "gist" }, row.gist)) },
        { title: "Changed", of: (row) => h("time", { datetime: new Date(row.changed).toISOString() }, exactly(row.changed).slice(0, 19)) },
        { title: "Size", number: true, of: (row) => size(row.size) },
      ],
      more: (row) => opened.has(nameOf(row)) && h("div", { class: "whole" },
        h("pre", { tabindex: "0", "aria-label": `Item ${row.id}` }, opened.get(nameOf(row)))),
    }),
    h("p", { class: "note" }, `${plural(items.length, "item")} of ${plural(keys.length, "partition key")} among the last changed. A look is not charged.`),
  ];
}

const nameOf = (row) => `${row.key} ${row.id}`;

function expander(row, opened) {
  return h("button", { type: "button", class: "expander", "data-do": "expand", "data-id": row.id,
    "data-pk": row.key, "aria-expanded": String(opened.has(nameOf(row))) }, row.id);
}
