/* A stack of layers before training: the size of its answers, of the gradients, and one layer's answers in detail. */
const UNITS = 32, ROWS = 32, EPSILON = 1e-3;
const BENDS = {
  linear: [(z) => z, () => 1],
  sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (z, a) => a * (1 - a)],
  tanh: [Math.tanh, (z, a) => 1 - a * a],
  relu: [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
};

/** What became of a size, up to a factor: said of them (answers), and of it (the gradient). */
const CHANGES = [
  [0.01, "vanish", "vanishes"], [1 / 5, "shrink somewhat", "shrinks somewhat"], [5, "keep about their size", "keeps about its size"],
  [100, "grow somewhat", "grows somewhat"], [Infinity, "explode", "explodes"],
];
const dlChange = (factor) => CHANGES.find(([most]) => factor <= most);

/** Random numbers of a normal distribution, by mulberry32 and the formula of Box and Muller. */
function dlNormal(seed) {
  let state = Math.imul(seed, 0x9e3779b9);
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return (count) => Float64Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
}

/** Root of the mean square: the size of an array. */
const dlSize = (v) => Math.sqrt(v.reduce((sum, each) => sum + each * each, 0) / v.length);

/** x W, or x Wᵀ, for x of (rows, units). */
function dlTimes(x, w, turned = false) {
  const out = new Float64Array(ROWS * UNITS);
  for (let i = 0; i < ROWS; i++) for (let k = 0; k < UNITS; k++) {
    const v = x[i * UNITS + k];
    if (v !== 0) for (let j = 0; j < UNITS; j++) out[i * UNITS + j] += v * (turned ? w[j * UNITS + k] : w[k * UNITS + j]);
  }
  return out;
}

/** z with mean 0 and variance 1 down its columns ("batch") or along its rows ("layer"), and its gradient. */
function dlNormed(z, kind) {
  if (kind === "none") return [z, (g) => g];
  const lines = kind === "batch" ? UNITS : ROWS, n = kind === "batch" ? ROWS : UNITS;
  const at = (line, i) => (kind === "batch" ? i * UNITS + line : line * UNITS + i);
  const hat = new Float64Array(z.length), scale = new Float64Array(lines);
  for (let line = 0; line < lines; line++) {
    let mean = 0, variance = 0;
    for (let i = 0; i < n; i++) mean += z[at(line, i)] / n;
    for (let i = 0; i < n; i++) variance += (z[at(line, i)] - mean) ** 2 / n;
    scale[line] = 1 / Math.sqrt(variance + EPSILON);
    for (let i = 0; i < n; i++) hat[at(line, i)] = (z[at(line, i)] - mean) * scale[line];
  }
  return [hat, (g) => {
    const out = new Float64Array(g.length);
    for (let line = 0; line < lines; line++) {
      let mean = 0, along = 0;
      for (let i = 0; i < n; i++) { mean += g[at(line, i)] / n; along += (g[at(line, i)] * hat[at(line, i)]) / n; }
      for (let i = 0; i < n; i++) out[at(line, i)] = scale[line] * (g[at(line, i)] - mean - hat[at(line, i)] * along);
    }
    return out;
  }];
}

/** How alike the rows are: the cosine of the angle between two of them, in the mean over all pairs. */
function dlAlike(a) {
  const sum = new Float64Array(UNITS);
  for (let i = 0; i < ROWS; i++) {
    const row = a.subarray(i * UNITS, (i + 1) * UNITS), length = Math.hypot(...row);
    if (length > 0) row.forEach((v, j) => (sum[j] += v / length));
  }
  return (sum.reduce((total, v) => total + v * v, 0) - ROWS) / (ROWS * (ROWS - 1));
}

/** The whole stack: {answers: [array of each layer], gradients: [arriving at each], weights: [size of their gradient]}. */
function dlStack(draws, { depth, activation, spread, norm, residual }) {
  const [bend, slope] = BENDS[activation], answers = [draws.x], backs = [];
  for (let k = 0; k < depth; k++) {
    const x = answers[k], w = draws.layers[k].map((v) => v * spread);
    const [z, unnormed] = dlNormed(dlTimes(x, w), norm), a = z.map(bend);
    answers.push(residual ? a.map((v, i) => v + x[i]) : a);
    backs.push((g) => {
      const gz = unnormed(g.map((v, i) => v * slope(z[i], a[i]))), gx = dlTimes(gz, w, true), gw = new Float64Array(UNITS * UNITS);
      for (let i = 0; i < ROWS; i++) for (let p = 0; p < UNITS; p++) for (let q = 0; q < UNITS; q++) gw[p * UNITS + q] += (x[i * UNITS + p] * gz[i * UNITS + q]) / ROWS;
      return [residual ? gx.map((v, i) => v + g[i]) : gx, dlSize(gw)];
    });
  }
  const gradients = Array(depth + 1), weights = Array(depth + 1);
  gradients[depth] = draws.g;
  for (let k = depth; k > 0; k--) [gradients[k - 1], weights[k]] = backs[k - 1](gradients[k]);
  return { answers, gradients, weights };
}

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const first = { depth: model.get("depth"), spread: model.get("spread"), norm: model.get("norm"), activation: model.get("activation") };
  const STARTS = { glorot: Math.sqrt(1 / UNITS), he: Math.sqrt(2 / UNITS) };
  let seed = model.get("seed"), at = first.depth, draws, stack, sizes, redraw = () => {};

  function draw() {
    const normal = dlNormal(seed);
    const x = normal(ROWS * UNITS), g = normal(ROWS * UNITS), long = dlSize(g);
    draws = { x, g: g.map((v) => v / long), layers: [] };
    for (let k = 0; k < model.get("deepest"); k++) draws.layers.push(normal(UNITS * UNITS));
  }

  // ---------------------------------------------------------------- the drawing
  const back = f.svg("g"), marker = f.svg("g"), beside = f.svg("g");
  const rod = f.svg("line", { class: "dl-is-ink", stroke: "currentColor", "stroke-width": 1.5 }, marker);
  const touch = f.svg("rect", { width: 44, class: "dl-hit" }, marker);
  const knob = f.svg("circle", { r: 8, class: "dl-is-ink", fill: "currentColor", stroke: "var(--dl-paper)", "stroke-width": 2 }, marker);
  let handle = null, axes = { toX: (v) => v };
  f.fluid("Sizes layer by layer, and the answers of one layer", (width) => (width < 560 ? 560 : 370), (width, height, svg) => {
    const narrow = width < 560, tall = narrow ? 340 : height, wide = narrow ? width : width * 0.66;
    redraw = () => {
      back.replaceChildren();
      const logs = [...sizes.answers, ...sizes.gradients].filter((v) => v > 0).map(Math.log10);
      const low = Math.max(-24, 4 * Math.floor(Math.min(-4, ...logs) / 4)), high = Math.min(24, 4 * Math.ceil(Math.max(4, ...logs) / 4));
      const every = high - low > 16 ? 8 : 4, depth = depths.value, gap = depth > 20 ? 10 : depth > 8 ? 5 : depth > 4 ? 2 : 1;
      const ticks = (from, to, step) => Array.from({ length: Math.floor(to / step) - Math.ceil(from / step) + 1 }, (_, i) => (Math.ceil(from / step) + i) * step);
      axes = dlAxes(f, back, { left: 8, top: 0, width: wide - 8, height: tall, x: [-0.5, depth + 0.5], y: [low, high], xName: "layer (0: the input)", yName: "size, powers of ten", xTicks: ticks(0, depth, gap), yTicks: ticks(low, high, every) });
      f.svg("line", { x1: axes.box.x, x2: axes.box.x + axes.box.width, y1: axes.py(0), y2: axes.py(0), class: "dl-is-muted", stroke: "currentColor" }, back);
      for (const [name, role, dash] of [["answers", "activation", null], ["gradients", "gradient", "7 4"]]) {
        const group = f.svg("g", { class: `dl-is-${role}`, "clip-path": axes.clip, "data-curve": name }, back);
        const place = (v) => dlNear(axes.py(v > 0 ? Math.log10(v) : -400));
        f.svg("polyline", { points: sizes[name].map((v, k) => `${axes.px(k)},${place(v)}`).join(" "), fill: "none", stroke: "currentColor", "stroke-width": 2.5, "stroke-dasharray": dash }, group);
        sizes[name].forEach((v, k) => name === "answers"
          ? f.svg("circle", { cx: axes.px(k), cy: place(v), r: 3.2, fill: "currentColor" }, group)
          : f.svg("rect", { x: axes.px(k) - 3.2, y: place(v) - 3.2, width: 6.4, height: 6.4, fill: "var(--dl-paper)", stroke: "currentColor", "stroke-width": 1.6 }, group));
      }
      const x = axes.px(at), { y, height: deep } = axes.box;
      f.setAttributes(rod, { x1: x, x2: x, y1: y, y2: y + deep });
      f.setAttributes(touch, { x: x - 22, y, height: deep });
      f.setAttributes(knob, { cx: x, cy: y });
      histogram(narrow ? 0 : wide + 12, narrow ? tall + 8 : 0, narrow ? width : width - wide - 12, narrow ? height - tall - 8 : height);
      handle.refresh();
    };
    // The handle stays where it is while the rest is drawn anew: moved in the document it would lose the hand's grip.
    if (!marker.parentNode) svg.append(back, beside, marker);
    handle = handle || f.draggable(marker, {
      label: "layer to look at", get: () => ({ x: at }), set: (to) => { at = Math.round(to.x); show(); }, step: 1,
      bounds: { get x() { return [0, depths.value]; } }, toData: (x, y) => ({ x: axes.toX(x), y }),
    });
    redraw();
  });
  /** How the answers of the layer under the marker are spread, from −3 to 3 times their size. */
  function histogram(left, top, width, height) {
    beside.replaceChildren();
    const values = stack.answers[at], reach = 3 * sizes.answers[at] || 1, bins = Array(25).fill(0);
    for (const v of values) bins[f.clamp(Math.floor(((v + reach) / (2 * reach)) * 25), 0, 24)] += 1;
    const highest = Math.max(...bins), floor = top + height - 46, room = height - 82;
    f.svg("text", { x: left, y: top + 16, class: "dl-is-muted", text: at ? `answers of layer ${at}` : "the input" }, beside);
    bins.forEach((count, i) => f.svg("rect", { x: left + (i * width) / 25 + 1, y: floor - (count / highest) * room, width: width / 25 - 2, height: (count / highest) * room, class: "dl-is-activation", fill: "currentColor", "fill-opacity": 0.6, "data-bin": count }, beside));
    f.svg("line", { x1: left, x2: left + width, y1: floor, y2: floor, stroke: "var(--dl-muted)" }, beside);
    for (const [anchor, x, text] of [["start", left, "−" + dlBrief(f, reach)], ["middle", left + width / 2, "0"], ["end", left + width, dlBrief(f, reach)]])
      f.svg("text", { x, y: floor + 19, "text-anchor": anchor, class: "dl-is-muted", text }, beside);
  }

  f.legend([{ mark: "line", role: "activation", label: "answers, from left to right" }, { mark: "dash", role: "gradient", label: "gradient that arrives at them, from right to left" }]);
  const formula = f.formula();
  const depths = f.slider({ label: "depth", min: 1, max: model.get("deepest"), step: 1, value: first.depth, role: "ink" }, (v) => { at = Math.min(at, v); compute(); });
  const spreads = f.slider({ label: "spread σ", min: 0.01, max: 0.5, step: 0.001, value: first.spread, role: "weight" }, () => { starts.value = "own"; compute(); });
  const starts = f.select({ label: "start", options: [["own", "as the slider says"], ["glorot", "Glorot, σ = 0.177"], ["he", "He, σ = 0.250"]], value: "own" },
    (name) => { if (name in STARTS) spreads.value = STARTS[name].toFixed(3); compute(); });
  const bends = f.select({ label: "activation", options: Object.keys(BENDS), value: first.activation }, compute);
  const norms = f.select({ label: "normalisation", options: [["none", "none"], ["batch", "batch norm"], ["layer", "layer norm"]], value: first.norm }, compute);
  const around = f.toggle("a way around each layer", model.get("residual"), compute);
  f.button("Draw anew", () => { seed += 1; draw(); compute(); });

  function compute() {
    stack = dlStack(draws, { depth: depths.value, activation: bends.value, spread: STARTS[starts.value] ?? spreads.value, norm: norms.value, residual: around.value });
    sizes = { answers: stack.answers.map(dlSize), gradients: stack.gradients.map(dlSize) };
    show();
  }
  function show() {
    const depth = depths.value, up = sizes.answers[depth] / sizes.answers[0], down = sizes.gradients[0] / sizes.gradients[depth];
    formula(at ? `Layer ${at}: ` : "The input: ", ["activation", `answers ${dlBrief(f, sizes.answers[at])}`], `, two rows alike by ${f.number(dlAlike(stack.answers[at]), 2)}, `,
      ["gradient", `gradient ${dlBrief(f, sizes.gradients[at])}`], at ? ", " : "", at ? ["gradient", `of its weights ${dlBrief(f, stack.weights[at])}`] : "");
    redraw();
    const each = (v) => dlBrief(f, v ** (1 / depth));
    f.say(`The answers ${dlChange(up)[1]}: × ${dlBrief(f, up)} over ${depth} ${depth === 1 ? "layer" : "layers"}, × ${each(up)} a layer. The gradient ${dlChange(down)[2]}: × ${dlBrief(f, down)}, × ${each(down)} a layer.`);
  }
  f.onReset(() => { seed = model.get("seed"); at = first.depth; draw(); compute(); });
  draw();
  compute();
}
export default { render };
