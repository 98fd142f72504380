// The faults that are set: whoever wonders what goes wrong shall see that it was asked for.

import { h, show, table } from "./dom.js";
import { number } from "./format.js";

export function showFaults(section, faults) {
  section.hidden = !faults.length;
  show(section.querySelector("div.content"), faults.length ? faultsTable(faults) : null);
}

function faultsTable(faults) {
  return table({
    caption: "Faults that are set",
    key: (row) => row.name,
    rows: faults,
    columns: [
      { title: "Name", of: (row) => row.name },
      { title: "Fault", wide: true, of: ({ name, seen, hits, over, ...fault }) => h("code", {}, JSON.stringify(fault)) },
      { title: "Occasions", number: true, of: (row) => number(row.seen) },
      { title: "Hits", number: true, of: (row) => h("span", { class: row.hits ? "bad" : "zero" }, number(row.hits)) },
      { title: "State", of: (row) => (row.over ? "over" : "set") },
    ],
  });
}
