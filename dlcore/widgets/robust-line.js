/* One point dragged away, and the lines that fit best by the mean squared, the mean absolute and the Huber loss. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const x = model.get("x"), odd = model.get("outlier"), delta0 = model.get("delta"), n = x.length;
  const xs = [...x], ys = [...model.get("y")];
  const [yLow, yHigh] = model.get("y_range"), wide = 0.06 * (Math.max(...x) - Math.min(...x));
  const reach = [Math.min(...x) - wide, Math.max(...x) + wide];
  const LINES = { MSE: null, Huber: "9 5", MAE: "2 4" };
  let lines = {}, redraw = () => {};

  // ---------------------------------------------------------------- the three fits, each exact
  /** Least squares with a weight for each point: the line {w, b}. */
  function leastSquares(weights, keep = () => true) {
    let s = 0, mx = 0, my = 0, sxx = 0, sxy = 0;
    for (let i = 0; i < n; i++) if (keep(i)) { s += weights[i]; mx += weights[i] * xs[i]; my += weights[i] * ys[i]; }
    mx /= s; my /= s;
    for (let i = 0; i < n; i++) if (keep(i)) { sxx += weights[i] * (xs[i] - mx) ** 2; sxy += weights[i] * (xs[i] - mx) * (ys[i] - my); }
    const w = sxx > 0 ? sxy / sxx : 0;
    return { w, b: my - w * mx };
  }
  const errors = ({ w, b }) => xs.map((v, i) => w * v + b - ys[i]);
  /** Some line of the smallest sum of |errors| goes through two of the points: try all pairs. */
  function leastAbsolute() {
    let best = null, lowest = Infinity;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) {
      if (xs[i] === xs[j]) continue;
      const w = (ys[j] - ys[i]) / (xs[j] - xs[i]), line = { w, b: ys[i] - w * xs[i] };
      const sum = errors(line).reduce((total, e) => total + Math.abs(e), 0);
      if (sum < lowest - 1e-12) [best, lowest] = [line, sum];
    }
    return best;
  }
  /** Huber's loss: least squares again and again, with the weight δ/|e| for the errors beyond δ. */
  function leastHuber(delta) {
    let line = leastSquares(xs.map(() => 1));
    for (let round = 0; round < 2000; round++) {
      const next = leastSquares(errors(line).map((e) => Math.min(1, delta / Math.max(Math.abs(e), 1e-12))));
      const moved = Math.abs(next.w - line.w) + Math.abs(next.b - line.b);
      line = next;
      if (moved < 1e-10) break;
    }
    return line;
  }

  // ---------------------------------------------------------------- the drawing
  const back = f.svg("g"), grip = f.svg("g");
  f.svg("circle", { r: 22, class: "dl-hit" }, grip);
  f.svg("circle", { r: 12, fill: "none", class: "dl-is-ink", stroke: "currentColor", "stroke-width": 2 }, grip);
  f.svg("circle", { r: 5.5, class: "dl-is-input", fill: "currentColor" }, grip);
  let handle = null, axes = { toX: (at) => at, toY: (at) => -at };
  f.fluid("The points and the three lines", (width) => (width < 560 ? 360 : 400), (width, height, svg) => {
    const span = (low, high, step) => Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, k) => (Math.ceil(low / step) + k) * step);
    const nice = (low, high) => [1, 2, 5, 10, 20, 50, 100].find((step) => (high - low) / step <= 6) || 500;
    redraw = () => {
      back.replaceChildren();
      axes = dlAxes(f, back, {
        left: 0, top: 0, width: width - 46, height, x: reach, y: [yLow, yHigh], xName: model.get("x_label"), yName: model.get("y_label"),
        xTicks: span(...reach, nice(...reach)), yTicks: span(yLow, yHigh, nice(yLow, yHigh)),
      });
      const across = ({ w, b }, attributes) => f.svg("line", {
        x1: axes.px(reach[0]), y1: axes.py(w * reach[0] + b), x2: axes.px(reach[1]), y2: axes.py(w * reach[1] + b),
        stroke: "currentColor", "clip-path": axes.clip, ...attributes }, back);
      across(lines.rest, { class: "dl-is-muted", "stroke-width": 1.2 });
      for (const [name, dash] of Object.entries(LINES)) across(lines[name], { class: "dl-is-weight", "stroke-width": 2.8, "stroke-dasharray": dash, "data-line": name });
      names();
      for (let i = 0; i < n; i++)
        if (i !== odd) f.svg("circle", { cx: axes.px(xs[i]), cy: axes.py(ys[i]), r: 5, class: "dl-is-input", fill: "currentColor" }, back);
      f.setAttributes(grip, { transform: `translate(${axes.px(xs[odd])} ${axes.py(ys[odd])})` });
      handle.refresh();
    };
    // The handle stays where it is while the rest is drawn anew: moved in the document it would lose the hand's grip.
    if (!grip.parentNode) svg.append(back, grip);
    handle = handle || f.draggable(grip, {
      label: "the ringed point",
      get: () => ({ x: xs[odd], y: ys[odd] }), set: (to) => { [xs[odd], ys[odd]] = [to.x, to.y]; show(); },
      step: 0.5, bounds: { x: [Math.min(...x), Math.max(...x)], y: [yLow, yHigh] },
      toData: (px, py) => ({ x: axes.toX(px), y: axes.toY(py) }),
    });
    redraw();
  });
  /** The lines' names beside their right ends, pushed apart where they would overlap. */
  function names() {
    const ends = Object.keys(LINES).map((name) => ({ name, at: axes.py(f.clamp(lines[name].w * reach[1] + lines[name].b, yLow, yHigh)) + 5 }));
    ends.sort((a, b) => a.at - b.at);
    for (let k = 1; k < ends.length; k++) ends[k].at = Math.max(ends[k].at, ends[k - 1].at + 16);
    const over = Math.max(0, ends.at(-1).at - (axes.box.y + axes.box.height + 5));
    for (const { name, at } of ends) f.svg("text", { x: axes.box.x + axes.box.width + 6, y: at - over, text: name }, back);
  }

  f.legend([
    { mark: "line", role: "weight", label: "MSE" }, { mark: "dash", role: "weight", label: "Huber" }, { mark: "dots", role: "weight", label: "MAE" },
    { mark: "thin", role: "muted", label: "least squares without the ringed point" },
  ]);
  const formula = f.formula();
  const deltas = f.slider({ label: "Huber’s δ", min: 0.5, max: 20, step: 0.5, value: delta0, role: "loss" }, () => show());
  function show() {
    const one = xs.map(() => 1);
    lines = { MSE: leastSquares(one), MAE: leastAbsolute(), Huber: leastHuber(deltas.value), rest: leastSquares(one, (i) => i !== odd) };
    const error = (name) => Math.abs(errors(lines[name])[odd]);
    formula("The ringed point pulls:  MSE ", ["gradient", f.number(2 * error("MSE"), 1)], ",  Huber ", ["gradient", f.number(Math.min(error("Huber"), deltas.value), 1)],
      ",  MAE ", ["gradient", error("MAE") > 1e-9 ? "1" : "up to 1"]);
    redraw();
    const steep = (name) => f.number(lines[name].w, 2);
    f.say(`Rise in a year: MSE ${steep("MSE")}, Huber ${steep("Huber")}, MAE ${steep("MAE")}. Without the ringed point: ${steep("rest")}.`);
  }
  f.onReset(() => { [xs[odd], ys[odd]] = [x[odd], model.get("y")[odd]]; show(); });
  show();
}
export default { render };
