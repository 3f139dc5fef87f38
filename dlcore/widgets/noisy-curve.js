/* Waves fitted to noisy points by least squares, for many draws of the points, and the errors over the number of waves.
   Every fit is exact: Householder reflections, no iterations. */

/** Reflections that turn the columns of A (rows × columns, rows ≥ columns, changed in place) into a triangle R above zeros. */
function dlTriangle(A) {
  const rows = A.length, columns = A[0].length, mirrors = [];
  for (let j = 0; j < columns; j++) {
    let length = 0;
    for (let i = j; i < rows; i++) length += A[i][j] ** 2;
    length = Math.sqrt(length) * (A[j][j] > 0 ? -1 : 1);
    const v = new Float64Array(rows);
    for (let i = j; i < rows; i++) v[i] = A[i][j];
    v[j] -= length;
    let square = 0;
    for (let i = j; i < rows; i++) square += v[i] ** 2;
    mirrors.push({ v, square, from: j });
    for (let k = j; k < columns; k++) {
      let dot = 0;
      for (let i = j; i < rows; i++) dot += v[i] * A[i][k];
      if (square > 0) for (let i = j; i < rows; i++) A[i][k] -= (2 * dot / square) * v[i];
    }
  }
  return mirrors;
}
/** Reflects the vector b in place at one mirror. */
function dlReflect({ v, square, from }, b) {
  let dot = 0;
  for (let i = from; i < b.length; i++) dot += v[i] * b[i];
  if (square > 0) for (let i = from; i < b.length; i++) b[i] -= (2 * dot / square) * v[i];
}
/** Least squares for the first 1, 2, … columns of A, each as a list of weights: one triangle serves them all. */
function dlFits(A, b) {
  const columns = A[0].length, mirrors = dlTriangle(A), fits = [];
  for (const mirror of mirrors) dlReflect(mirror, b);
  for (let p = 1; p <= columns; p++) {
    const w = new Float64Array(p);
    for (let j = p - 1; j >= 0; j--) {
      let rest = b[j];
      for (let k = j + 1; k < p; k++) rest -= A[j][k] * w[k];
      w[j] = rest / A[j][j];
    }
    fits.push(w);
  }
  return fits;
}
/** The shortest weights with A w = b, for fewer rows than columns. */
function dlShortest(A, b) {
  const n = A.length, p = A[0].length;
  const R = Array.from({ length: p }, (_, k) => Float64Array.from(A, (row) => row[k]));
  const mirrors = dlTriangle(R), w = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    let rest = b[i];
    for (let j = 0; j < i; j++) rest -= R[j][i] * w[j];
    w[i] = rest / R[i][i];
  }
  for (const mirror of mirrors.reverse()) dlReflect(mirror, w);
  return w;
}

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const truth = model.get("truth"), sigma = model.get("noise"), decays = model.get("decays");
  const places = model.get("places"), errors = model.get("errors"), draws = places.length, most = 40;
  const grid = Array.from({ length: 101 }, (_, i) => i / 100);
  const features = (t) => Float64Array.from({ length: most + 1 }, (_, k) => (k ? Math.cos(Math.PI * k * t) / k : 1));
  const curve = (t) => truth.reduce((sum, c, k) => sum + c * Math.cos(Math.PI * k * t), 0);
  const gridFeatures = grid.map(features), gridTruth = grid.map(curve);
  const dot = (row, w) => { let sum = 0; for (let k = 0; k < w.length; k++) sum += row[k] * w[k]; return sum; };
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  let chosen = 0, data = [], fits = [], train = [], test = [], redraw = () => {};

  // ---------------------------------------------------------------- the fits
  function fitAll() {
    const n = sliders.points.value, lambda = decays[sliders.decay.value], q = sliders.dropout.value;
    data = places.map((row, d) => Array.from({ length: n }, (_, i) => {
      const t = (i + row[i]) / n;
      return { t, y: curve(t) + sigma * errors[d][i], row: features(t) };
    }));
    fits = data.map((set) => {
      const rows = set.map((point) => point.row), y = set.map((point) => point.y);
      const price = (k) => n * lambda + (q / (1 - q)) * rows.reduce((sum, row) => sum + row[k] ** 2, 0); // from k = 1: the constant is free
      const free = lambda === 0 && q === 0, columns = free ? Math.min(n, most + 1) : most + 1;
      const stacked = rows.map((row) => row.slice(0, columns));
      if (!free) for (let k = 1; k < columns; k++) stacked.push(Float64Array.from({ length: columns }, (_, j) => (j === k ? Math.sqrt(price(k)) : 0)));
      const found = dlFits(stacked, Float64Array.from({ length: stacked.length }, (_, i) => (i < n ? y[i] : 0)));
      for (let p = columns + 1; p <= most + 1; p++) found.push(dlShortest(rows.map((row) => row.slice(0, p)), y));
      return found;
    });
    const errorOf = (p, rows, wanted, d) => mean(rows.map((row, i) => (dot(row, fits[d][p]) - wanted[i]) ** 2));
    const over = (one) => Array.from({ length: most + 1 }, (_, p) => mean(fits.map((_, d) => one(p, d))));
    train = over((p, d) => errorOf(p, data[d].map((point) => point.row), data[d].map((point) => point.y), d));
    test = over((p, d) => errorOf(p, gridFeatures, gridTruth, d) + sigma ** 2);
  }
  /** What the mean test error is made of: noise, the square of the bias, and the variance from draw to draw. */
  function parts(p) {
    const all = fits.map((fit) => gridFeatures.map((row) => dot(row, fit[p])));
    const middle = grid.map((_, i) => mean(all.map((line) => line[i])));
    return {
      bias: mean(middle.map((m, i) => (m - gridTruth[i]) ** 2)),
      variance: mean(middle.map((m, i) => mean(all.map((line) => (line[i] - m) ** 2)))),
    };
  }

  // ---------------------------------------------------------------- the drawing
  const back = f.svg("g"), grip = f.svg("g");
  f.svg("circle", { r: 22, class: "dl-hit" }, grip);
  f.svg("circle", { r: 8, class: "dl-is-loss", style: "fill: var(--dl-paper)", stroke: "currentColor", "stroke-width": 3 }, grip);
  let handle = null, right = { toX: (at) => at };
  const TOP = 1.2;
  f.fluid("The fits, and their errors over the number of waves", (width) => (width < 560 ? 620 : 340), (width, height, svg) => {
    const stacked = width < 560, wide = stacked ? width : width / 2 - 6, high = stacked ? height / 2 : height;
    redraw = () => {
      back.replaceChildren();
      const left = dlAxes(f, back, { left: 0, top: 0, width: wide, height: high, x: [0, 1], y: [-2.5, 2.5], xName: "t", yName: "y", xTicks: [0, 0.5, 1], yTicks: [-2, -1, 0, 1, 2] });
      right = dlAxes(f, back, { left: stacked ? 0 : width / 2 + 6, top: stacked ? high : 0, width: wide, height: high, x: [0, most], y: [0, TOP], xName: "waves", yName: "mean squared error", xTicks: [0, 10, 20, 30, 40], yTicks: [0, 0.4, 0.8, 1.2] });
      const path = (axes, pairs, attributes) => f.svg("polyline", { points: pairs.map(([x, y]) => `${axes.px(x).toFixed(1)},${axes.py(f.clamp(y, -50, 50)).toFixed(1)}`).join(" "), fill: "none", stroke: "currentColor", "clip-path": axes.clip, ...attributes }, back);
      const p = sliders.waves.value, line = (d) => grid.map((t, i) => [t, dot(gridFeatures[i], fits[d][p])]);
      for (let d = 0; d < draws; d++) if (d !== chosen) path(left, line(d), { class: "dl-is-weight dl-curve-draw", "stroke-width": 1 });
      path(left, grid.map((t, i) => [t, gridTruth[i]]), { class: "dl-is-ink", "stroke-width": 2, "stroke-dasharray": "2 4" });
      path(left, line(chosen), { class: "dl-is-weight", "stroke-width": 2.8, "data-line": "fit" });
      for (const { t, y } of data[chosen]) f.svg("circle", { cx: left.px(t), cy: left.py(f.clamp(y, -2.5, 2.5)), r: 4, class: "dl-is-input", fill: "currentColor" }, back);
      const full = data[0].length - 1;
      if (full <= most) path(right, [[full, 0], [full, TOP]], { class: "dl-is-muted dl-curve-guide", "stroke-width": 1.3 });
      path(right, train.map((e, k) => [k, e]), { class: "dl-is-loss", "stroke-width": 2.4, "data-line": "training" });
      path(right, test.map((e, k) => [k, e]), { class: "dl-is-loss", "stroke-width": 2.4, "stroke-dasharray": "7 4", "data-line": "test" });
      f.setAttributes(grip, { transform: `translate(${right.px(p)} ${right.py(Math.min(test[p], TOP))})` });
      handle.refresh();
    };
    // The ring stays where it is while the rest is drawn anew: moved in the document it would lose the hand's grip.
    if (!grip.parentNode) svg.append(back, grip);
    handle = handle || f.draggable(grip, {
      label: "number of waves, on the dashed curve", step: 1, bounds: { x: [0, most] },
      get: () => ({ x: sliders.waves.value }), set: ({ x }) => { sliders.waves.value = Math.round(x); show(false); },
      toData: (px) => ({ x: right.toX(px) }), text: ({ x }) => `${x} waves`,
    });
    redraw();
  });
  f.legend([
    { mark: "disc", role: "input", label: "training points" }, { mark: "line", role: "weight", label: "fit" }, { mark: "thin", role: "weight", label: "fits to other draws" },
    { mark: "dots", role: "ink", label: "the curve behind the points" }, { mark: "line", role: "loss", label: "training error" }, { mark: "dash", role: "loss", label: "test error" },
    { mark: "dots", role: "muted", label: "as many weights as points" },
  ]);
  const formula = f.formula();

  // ---------------------------------------------------------------- the controls
  const again = () => show(true), plain = (v) => (v === 0 ? "0" : String(v));
  const sliders = {
    waves: f.slider({ label: "waves (capacity)", min: 0, max: most, step: 1, value: model.get("waves"), role: "weight" }, () => show(false)),
    points: f.slider({ label: "training points", min: 8, max: 60, step: 1, value: model.get("points"), role: "input" }, again),
    decay: f.slider({ label: "weight decay λ", min: 0, max: decays.length - 1, step: 1, value: decays.indexOf(model.get("weight_decay")), role: "weight", format: (v) => plain(decays[v]) }, again),
    dropout: f.slider({ label: "dropout, rate q", min: 0, max: 0.9, step: 0.05, value: model.get("dropout"), role: "activation" }, again),
  };
  f.button("Other data", () => { chosen = (chosen + 1) % draws; show(false); });
  f.onReset(() => { chosen = 0; show(true); });

  function show(anew) {
    if (anew) fitAll();
    const p = sliders.waves.value, { bias, variance } = parts(p), best = test.indexOf(Math.min(...test));
    formula("test ", ["loss", f.number(test[p], 3)], `  =  noise ${f.number(sigma ** 2, 3)}  +  bias² ${f.number(bias, 3)}  +  variance ${f.number(variance, 3)}`);
    f.say(`${p + 1} ${p ? "weights" : "weight"}, ${sliders.points.value} points. Mean over ${draws} draws: training error ${f.number(train[p], 3)}, test error ${f.number(test[p], 3)}. ` +
      `Lowest test error: ${f.number(test[best], 3)}, at ${best} waves.`);
    redraw();
  }
  show(true);
}
export default { render };
