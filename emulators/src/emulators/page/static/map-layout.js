// Where the nodes of a map stand: in columns from left to right, in the direction of most calls.
//
// 1. Calls that lead back (a reply to who began) are found first; they run below all columns, in a lane each.
// 2. The column of a node is the longest way to it. A call over several columns passes them at a place of its own.
// 3. Within a column, nodes stand at the height of their neighbours, as far as that goes.

export const NODE = { width: 156, height: 80 };
const COLUMN_GAP = 80;
const ROW_GAP = 24;
const PASSAGE = 20;
const LANE = 40;
const MARGIN = 12;
const SWEEPS = 8;

// nodes: [{ id }], edges: [{ from, to }]; gives places by id, a way for each edge, and the size of the whole.
export function layout(nodes, edges) {
  const { forward, back } = directed(nodes, edges);
  const column = columns(nodes, forward);
  const { layers, ways } = withPassages(nodes, forward, column);
  order(layers, ways);
  const places = placed(layers);
  const depth = Math.max(0, ...[...places.values()].map((place) => place.y + place.height));
  const lanes = back.map((edge, index) => ({ edge, lane: depth + LANE * (index + 0.7), isBack: true, ends: [places.get(edge.from), places.get(edge.to)] }));
  const routes = ways.map(({ edge, stops }) => ({ edge, stops: stops.map((stop) => places.get(stop)), spreads: spreads(edge, forward) }));
  const width = MARGIN * 2 + layers.length * NODE.width + (layers.length - 1) * COLUMN_GAP;
  return { places, routes: [...routes, ...lanes], width, height: depth + MARGIN + (back.length ? LANE * back.length + 10 : 0) };
}

// Do more calls leave where an edge begins than arrive where it ends? Null if there is no difference.
function spreads(edge, edges) {
  const [leaving, arriving] = [edges.filter(({ from }) => from === edge.from).length, edges.filter(({ to }) => to === edge.to).length];
  return leaving === arriving ? null : leaving > arriving;
}

function directed(nodes, edges) {
  const next = new Map(nodes.map(({ id }) => [id, []]));
  const entered = new Map(nodes.map(({ id }) => [id, 0]));
  for (const edge of edges) {
    next.get(edge.from).push(edge);
    entered.set(edge.to, entered.get(edge.to) + 1);
  }
  const starts = [...nodes].sort((a, b) => Boolean(entered.get(a.id)) - Boolean(entered.get(b.id)) || next.get(b.id).length - next.get(a.id).length);
  const state = new Map();
  const back = new Set();
  const visit = (id) => {
    state.set(id, "open");
    for (const edge of next.get(id)) {
      if (state.get(edge.to) === "open") back.add(edge);
      else if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(id, "done");
  };
  for (const { id } of starts) if (!state.has(id)) visit(id);
  return { forward: edges.filter((edge) => !back.has(edge)), back: [...back] };
}

function columns(nodes, forward) {
  const column = new Map(nodes.map(({ id }) => [id, 0]));
  for (let changed = true; changed;) {
    changed = false;
    for (const { from, to } of forward) {
      if (column.get(to) <= column.get(from)) {
        column.set(to, column.get(from) + 1);
        changed = true;
      }
    }
  }
  return column;
}

function withPassages(nodes, forward, column) {
  const layers = Array.from({ length: Math.max(0, ...column.values()) + 1 }, () => []);
  for (const { id } of nodes) layers[column.get(id)].push({ id, height: NODE.height });
  const ways = forward.map((edge) => {
    const stops = [edge.from];
    for (let at = column.get(edge.from) + 1; at < column.get(edge.to); at += 1) {
      const id = `${edge.from} → ${edge.to} @ ${at}`;
      layers[at].push({ id, height: PASSAGE });
      stops.push(id);
    }
    return { edge, stops: [...stops, edge.to] };
  });
  return { layers, ways };
}

function order(layers, ways) {
  const before = new Map();
  const after = new Map();
  for (const { stops } of ways) {
    for (let at = 1; at < stops.length; at += 1) {
      after.set(stops[at - 1], [...(after.get(stops[at - 1]) ?? []), stops[at]]);
      before.set(stops[at], [...(before.get(stops[at]) ?? []), stops[at - 1]]);
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forth = sweep % 2 === 0;
    const rank = new Map(layers.flatMap((layer) => layer.map(({ id }, index) => [id, (index + 0.5) / layer.length])));
    for (const layer of forth ? layers : [...layers].reverse()) {
      const wish = new Map(layer.map(({ id }) => [id, mean(((forth ? before : after).get(id) ?? []).map((each) => rank.get(each))) ?? rank.get(id)]));
      layer.sort((a, b) => wish.get(a.id) - wish.get(b.id));
      layer.forEach(({ id }, index) => rank.set(id, (index + 0.5) / layer.length));
    }
  }
}

const mean = (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null);

function placed(layers) {
  const tall = layers.map((layer) => layer.reduce((sum, { height }) => sum + height, 0) + ROW_GAP * (layer.length - 1));
  const most = Math.max(0, ...tall);
  const places = new Map();
  layers.forEach((layer, at) => {
    let y = MARGIN + (most - tall[at]) / 2;
    for (const { id, height } of layer) {
      places.set(id, { x: MARGIN + at * (NODE.width + COLUMN_GAP), y, height });
      y += height + ROW_GAP;
    }
  });
  return places;
}
