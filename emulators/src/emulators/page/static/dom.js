// Elements from values, and an update in place that keeps focus, selection and scroll.
//
// 1. Text becomes text nodes, never markup: what a message says can't become part of the page.
// 2. Clicks are told by `data-do` attributes to one listener (see `actions`), so that an update loses no handlers.

const SVG = new Set(["svg", "path", "line", "rect", "circle", "text", "tspan", "g", "defs", "marker", "pattern", "title", "foreignObject"]);

export function h(tag, attributes, ...children) {
  const node = SVG.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false));
  return node;
}

export function show(target, ...nodes) {
  const wanted = nodes.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false);
  patchChildren(target, wanted.map((each) => (each instanceof Node ? each : document.createTextNode(each))));
}

function patchChildren(parent, wanted) {
  const keyed = new Map();
  for (const child of parent.children) if (child.dataset.key) keyed.set(child.dataset.key, child);
  let at = parent.firstChild;
  for (const node of wanted) {
    const key = node.dataset?.key;
    const old = key ? keyed.get(key) : at;
    if (!old || !alike(old, node)) {
      parent.insertBefore(node, at);
    } else {
      if (old === at) at = at.nextSibling;
      else parent.insertBefore(old, at);
      patch(old, node);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function alike(old, node) {
  return old.nodeName === node.nodeName && old.dataset?.key === node.dataset?.key;
}

function patch(old, node) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== node.data) old.data = node.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!node.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
  }
  for (const { name, value } of node.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  patchChildren(old, [...node.childNodes]);
}

// columns: [{ title, of: (row) => cell content, number, wide, extra: true }]; those that are extra go where room is short; `more`
// gives a row's second line or null.
export function table({ caption, columns, rows, key, chosen, more }) {
  const head = columns.map((column) => h("th", { scope: "col", class: classOf(column) }, column.title));
  const body = rows.flatMap((row) => {
    const cells = columns.map((column, at) =>
      h(at ? "td" : "th", { class: classOf(column), scope: at ? null : "row" }, column.of(row)));
    const line = h("tr", { "data-key": key(row), "aria-selected": chosen?.(row) ? "true" : null }, cells);
    const second = more?.(row);
    return second
      ? [line, h("tr", { class: "more", "data-key": `${key(row)} more` }, h("td", { colspan: columns.length }, second))]
      : [line];
  });
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}

function classOf(column) {
  return ["number", "wide", "extra"].filter((name) => column[name]).join(" ") || null;
}

export function actions(handlers) {
  document.addEventListener("click", (event) => {
    const source = event.target.closest("[data-do]");
    if (source) handlers[source.dataset.do]?.(source.dataset, source);
  });
}

export async function copy(data, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(data.text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it by hand";
  }
  setTimeout(() => { button.textContent = before; }, 1500);
}

export function copyable(text, label) {
  return h("div", { class: "copyable" },
    h("pre", { tabindex: "0" }, text),
    h("button", { type: "button", "data-do": "copy", "data-text": text, "aria-label": `Copy ${label}` }, "Copy"));
}
