// A computational graph, drawn and stepped forward and backward; what is computed and said stands in graph-steps.js.

// ---------------------------------------------------------------- where each node is drawn

const WIRE = 0.24; // the room that a passing arrow takes, in lanes; a card takes one

// Every node gets a level (how many operations lie before it; an input stands right before its first use) and a lane.
// An operation stands between its inputs; an arrow that passes a level without a stop there gets a place of its own.
// size(id): the room that a card takes across, in lanes.
export function place(nodes, size = () => 1) {
  const byId = Object.fromEntries(nodes.map((n) => [n.id, n]));
  const isOp = (id) => Boolean(OPERATIONS[byId[id].op]);
  const level = {};
  for (const n of nodes) level[n.id] = isOp(n.id) ? 1 + Math.max(...n.inputs.map((i) => level[i])) : 0;
  for (const n of nodes) if (!isOp(n.id)) level[n.id] = Math.min(...nodes.filter((m) => m.inputs.includes(n.id)).map((m) => level[m.id])) - 1;

  const order = {}; // the order in which the result reaches the inputs keeps arrows from crossing
  let count = 0;
  const visit = (id) => {
    if (id in order) return order[id];
    const inputs = byId[id].inputs;
    return (order[id] = inputs.length ? inputs.map(visit).reduce((a, b) => a + b) / inputs.length : count++);
  };
  visit(nodes.at(-1).id);

  const lane = {}, via = {}, levels = 1 + Math.max(...Object.values(level));
  const key = (from, to) => `${from}>${to}`;
  for (let l = 0; l < levels; l++) {
    const items = [];
    for (const n of nodes) {
      if (level[n.id] === l) {
        const arrive = n.inputs.map((i) => via[key(i, n.id)]?.at(-1)?.lane ?? lane[i]);
        items.push({ id: n.id, order: order[n.id], size: size(n.id), lane: arrive.length ? arrive.reduce((a, b) => a + b) / arrive.length : null });
      }
      for (const i of new Set(n.inputs)) {
        if (!(level[i] < l && l < level[n.id])) continue;
        const stops = (via[key(i, n.id)] ||= []);
        const stop = { order: order[i], size: WIRE, lane: stops.at(-1)?.lane ?? lane[i] };
        stops.push(stop);
        items.push(stop);
      }
    }
    items.sort((a, b) => a.order - b.order);
    const fixed = items.findIndex((item) => item.lane !== null);
    const apart = (a, b) => (a.size + b.size) / 2;
    if (fixed < 0) items[0].lane = 0;
    for (let i = fixed - 1; i >= 0; i--) items[i].lane = items[i + 1].lane - apart(items[i], items[i + 1]);
    for (let i = 1; i < items.length; i++) items[i].lane = Math.max(items[i].lane ?? -Infinity, items[i - 1].lane + apart(items[i], items[i - 1]));
    for (const item of items) if (item.id) lane[item.id] = item.lane;
  }
  const stops = Object.values(via).flat();
  const first = Math.min(...Object.values(lane), ...stops.map((s) => s.lane));
  for (const id in lane) lane[id] -= first;
  for (const stop of stops) stop.lane -= first;
  const passes = Object.fromEntries(Object.entries(via).map(([k, list]) => [k, list.map((s) => s.lane)]));
  return { level, lane, passes, levels };
}

// ---------------------------------------------------------------- drawing

const CARD = { height: 70, letter: 7.6, least: 82 };

function cardText(node, byId) {
  const op = OPERATIONS[node.op];
  return op ? `${node.label} = ${op.formula(node.inputs.map((i) => byId[i].label), node.power)}` : node.label;
}

// Pixels for the cards and the points that each arrow passes; `down` lays the levels from top to bottom, for a phone.
function layOut(nodes, down) {
  const byId = Object.fromEntries(nodes.map((n) => [n.id, n])), width = {};
  for (const n of nodes) width[n.id] = Math.max(CARD.least, cardText(n, byId).length * CARD.letter + 18);
  const laneSize = down ? CARD.least + 8 : CARD.height + 14, between = down ? 34 : 54;
  const plan = place(nodes, (id) => (down ? (width[id] + 8) / laneSize : 1));
  const widest = (l) => Math.max(...nodes.filter((n) => plan.level[n.id] === l).map((n) => width[n.id]));
  const starts = [];
  let at = 0;
  for (let l = 0; l < plan.levels; l++) {
    const size = down ? CARD.height : widest(l);
    starts.push(at + size / 2);
    at += size + between;
  }
  const along = at - between;
  const middle = (l, lane) => (down ? { x: lane * laneSize, y: starts[l] } : { x: starts[l], y: lane * laneSize });
  const centre = {};
  for (const n of nodes) centre[n.id] = middle(plan.level[n.id], plan.lane[n.id]);
  const edge = (n, side) => (down ? centre[n.id].x + (side * width[n.id]) / 2 : centre[n.id].y + (side * CARD.height) / 2);
  const wires = Object.values(plan.passes).flat().map((lane) => lane * laneSize);
  const low = Math.min(...nodes.map((n) => edge(n, -1)), ...wires.map((w) => w - 12));
  const high = Math.max(...nodes.map((n) => edge(n, 1)), ...wires.map((w) => w + 12));
  const box = down ? { x: low, y: 0, width: high - low, height: along } : { x: 0, y: low, width: along, height: high - low };
  const arrows = [];
  for (const n of nodes) {
    // Arrows arrive side by side, in the order of the lanes that they come from.
    const arrive = n.inputs.map((i, k) => ({ i, k, lane: plan.passes[`${i}>${n.id}`]?.at(-1) ?? plan.lane[i] })).sort((a, b) => a.lane - b.lane);
    arrive.forEach(({ i, k }, nth) => {
      const shift = (nth - (n.inputs.length - 1) / 2) * 16;
      const passes = (plan.passes[`${i}>${n.id}`] || []).map((lane, j) => middle(plan.level[i] + 1 + j, lane));
      const from = down ? { x: centre[i].x, y: centre[i].y + CARD.height / 2 } : { x: centre[i].x + width[i] / 2, y: centre[i].y };
      const to = down ? { x: centre[n.id].x + shift * 1.4, y: centre[n.id].y - CARD.height / 2 } : { x: centre[n.id].x - width[n.id] / 2, y: centre[n.id].y + shift };
      arrows.push({ from: i, node: n.id, k, points: [from, ...passes, to] });
    });
  }
  return { box, centre, width, arrows, byId };
}

// A smooth path through points that leaves and arrives straight, and its middle, where the slope is written.
function curve(points, down) {
  const parts = [`M${points[0].x},${points[0].y}`];
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1], b = points[i];
    const half = down ? (b.y - a.y) / 2 : (b.x - a.x) / 2;
    parts.push(down ? `C${a.x},${a.y + half} ${b.x},${b.y - half} ${b.x},${b.y}` : `C${a.x + half},${a.y} ${b.x - half},${b.y} ${b.x},${b.y}`);
  }
  // Beside an arrow that is nearly straight, on the side it bends to: of two arrows between the same cards, one each.
  const a = points.at(-2), b = points.at(-1), bend = down ? b.x - a.x : b.y - a.y;
  const aside = Math.abs(bend) >= 12 ? 0 : bend > 0 ? 10 : down && bend === 0 ? 0 : -10;
  return { path: parts.join(""), middle: { x: (a.x + b.x) / 2 + (down ? aside : 0), y: (a.y + b.y) / 2 + (down ? 0 : aside) } };
}

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const graphs = model.get("graphs");
  const status = f.root.querySelector(".dl-status");
  const svg = f.svg("svg", { class: "dl-graph", role: "img" }, f.drawing);
  const write = f.formula();
  f.legend([
    { mark: "line", role: "ink", label: "forward: the value, at the top of each card" },
    { mark: "dash", role: "gradient", label: "backward: its gradient, as in ∂ 4 (how fast the result rises with it); ×2 on an arrow is a local slope" },
  ]);
  let graph, steps, given, parts, down;

  const player = f.player({ last: 1, delay: 1600 }, () => show());
  const choice = graphs.length > 1 && f.select({ label: "Graph", options: graphs.map((g, i) => [String(i), g.formula && g.formula !== g.name ? `${g.name}:  ${g.formula}` : g.name]), value: "0" }, () => load());
  if (choice) choice.element.classList.add("dl-graph-choice");
  const inputs = f.row("Values of the inputs");
  inputs.classList.add("dl-graph-inputs");
  f.onReset(() => load());

  function load() {
    player.pause();
    graph = graphs[choice ? Number(choice.value) : 0];
    steps = makeSteps(graph.nodes);
    given = {};
    inputs.replaceChildren();
    for (const node of graph.nodes.filter((n) => n.op === "input")) {
      const reach = Math.max(4, Math.ceil(2 * Math.abs(node.value)));
      const step = Number.isInteger(Number((node.value * 10).toFixed(9))) ? 0.1 : 0.01;
      f.slider({ label: node.label, min: -reach, max: reach, step, value: node.value, role: node.role, parent: inputs }, (v) => {
        given[node.id] = v;
        // After the whole walk a new input leads to a new forward walk, and the way back can be walked again.
        if (player.value >= player.last) player.value = steps.findIndex((s) => s.kind === "seed") - 1;
        show();
      });
    }
    player.last = steps.length - 1;
    player.value = 0;
    draw();
  }

  // The cards and arrows, once for each graph and width; `show` then fills in the numbers.
  function draw() {
    const room = f.drawing.clientWidth || 700;
    const wide = layOut(graph.nodes, false);
    down = wide.box.width * 0.86 > room;
    const plan = down ? layOut(graph.nodes, true) : wide, pad = 4;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `${plan.box.x - pad} ${plan.box.y - pad} ${plan.box.width + 2 * pad} ${plan.box.height + 2 * pad}`);
    svg.style.maxWidth = `${(plan.box.width + 2 * pad) * 1.08}px`;
    const heads = f.svg("defs", {}, svg);
    const id = f.uid();
    for (const [kind, role] of [["forward", "muted"], ["backward", "gradient"]]) {
      const head = f.svg("marker", { id: `${id}-${kind}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" }, heads);
      f.svg("path", { d: "M0,0 L10,5 L0,10 Z", fill: `var(--dl-${role})` }, head);
    }
    parts = { nodes: {}, arrows: [] };
    for (const arrow of plan.arrows) {
      const { path, middle } = curve(arrow.points, down);
      const group = f.svg("g", { class: "dl-graph-arrow" }, svg);
      f.svg("path", { d: path, class: "dl-graph-there", "marker-end": `url(#${id}-forward)` }, group);
      f.svg("path", { d: path, class: "dl-graph-return", "marker-start": `url(#${id}-backward)` }, group);
      const slope = f.svg("text", { x: middle.x, y: middle.y, dy: "0.35em", class: "dl-graph-slope" }, group);
      parts.arrows.push({ ...arrow, group, slope });
    }
    for (const node of graph.nodes) {
      const { x, y } = plan.centre[node.id], width = plan.width[node.id], top = y - CARD.height / 2, left = x - width / 2;
      const isOp = Boolean(OPERATIONS[node.op]);
      const group = f.svg("g", { class: `dl-graph-card dl-is-${node.role}${isOp ? "" : " dl-graph-leaf"}` }, svg);
      f.svg("rect", { x: left, y: top, width, height: CARD.height, rx: isOp ? 16 : 4, class: "dl-graph-box" }, group);
      const value = f.svg("text", { x, y: top + 17, class: "dl-graph-value" }, group);
      f.svg("text", { x, y: y + 5, class: "dl-graph-name", text: cardText(node, plan.byId) }, group);
      f.svg("rect", { x: left + 4, y: top + CARD.height - 24, width: width - 8, height: 20, rx: isOp ? 12 : 2, class: "dl-graph-gradbox" }, group);
      const grad = f.svg("text", { x, y: top + CARD.height - 9, class: "dl-graph-grad" }, group);
      parts.nodes[node.id] = { group, value, grad };
    }
    show();
  }

  function show() {
    const at = Math.min(player.value, steps.length - 1), step = steps[at], nodes = graph.nodes;
    const values = forward(nodes, given), { moves } = backward(nodes, values);
    const done = steps.slice(0, at + 1);
    const computed = new Set(done.filter((s) => s.kind === "forward").map((s) => s.id));
    const passed = moves.slice(0, done.filter((s) => s.kind === "backward").length);
    const seeded = done.some((s) => s.kind === "seed");
    const move = step.kind === "backward" ? moves[step.index] : null;
    const spoken = [];
    for (const node of nodes) {
      const part = parts.nodes[node.id], isOp = Boolean(OPERATIONS[node.op]);
      const known = !isOp || computed.has(node.id);
      const shares = passed.filter((m) => m.to === node.id), expected = moves.filter((m) => m.to === node.id).length;
      const grad = node === nodes.at(-1) ? (seeded ? 1 : null) : shares.length ? shares.at(-1).sum : null;
      const partial = grad !== null && shares.length < expected;
      part.value.textContent = known && node.op !== "const" ? number(values[node.id]) : "";
      part.grad.textContent = grad === null ? "" : `∂ ${number(grad)}${partial ? " +" : ""}`;
      part.group.classList.toggle("dl-on", known);
      part.group.classList.toggle("dl-graded", grad !== null);
      part.group.classList.toggle("dl-now", node.id === (move ? move.to : step.id) || (step.kind === "seed" && node === nodes.at(-1)));
      if (known && node.op !== "const") spoken.push(`${node.label} = ${number(values[node.id])}${grad === null || partial ? "" : `, gradient ${number(grad)}`}`);
    }
    for (const arrow of parts.arrows) {
      const taken = passed.find((m) => m.node === arrow.node && m.to === arrow.from && m.k === arrow.k);
      const now = move ? taken === move : step.kind === "forward" && arrow.node === step.id;
      arrow.group.classList.toggle("dl-on", computed.has(arrow.node));
      arrow.group.classList.toggle("dl-graded", Boolean(taken));
      arrow.group.classList.toggle("dl-now", Boolean(now));
      arrow.slope.textContent = taken ? `×${number(taken.slope)}` : "";
    }
    svg.setAttribute("aria-label", `${graph.name}. ${spoken.join("; ")}.`);
    const { equation, rule } = tell(nodes, step, given);
    write(...equation);
    f.say(`${equation.map((p) => (Array.isArray(p) ? p[1] : p)).join("")}. ${rule}`);
    status.textContent = rule; // the equation stands under the drawing, in colour
  }

  load();
  let before = f.drawing.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(f.drawing.clientWidth - before) < 8) return;
    before = f.drawing.clientWidth;
    draw();
  }).observe(f.drawing);
}

export default { render };
