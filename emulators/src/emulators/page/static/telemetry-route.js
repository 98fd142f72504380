// Where the page is: `#/`, `#/trace/<id>`, `#/map`, `#/map/<id>`, `#/metrics`, each with what is chosen as a query.

const VIEWS = { "": "list", trace: "trace", map: "map", metrics: "metrics" };

export function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [first, id] = path.split("/");
  return { view: VIEWS[first] ?? "list", id: id ? decodeURIComponent(id) : "", chosen: Object.fromEntries(new URLSearchParams(query)) };
}

export const toTrace = (id, span) => `#/trace/${encodeURIComponent(id)}${span ? `?span=${encodeURIComponent(span)}` : ""}`;

export const toMap = (id) => `#/map/${encodeURIComponent(id)}`;

// Changes what is chosen in the view, without a step in the browser's history.
export function choose(changes) {
  const { chosen } = route();
  const kept = Object.entries({ ...chosen, ...changes }).filter(([, value]) => value);
  const path = location.hash.split("?")[0] || "#/";
  history.replaceState(null, "", kept.length ? `${path}?${new URLSearchParams(kept)}` : path);
}

// `/?trace=<id>`, which is easy to print, is `/#/trace/<id>`.
export function followQuery() {
  const asked = new URLSearchParams(location.search).get("trace");
  if (asked) history.replaceState(null, "", `/${toTrace(asked)}`);
}
