/* The probability slider: one prediction p = σ(z), what it costs under two losses, and how each loss pulls at z. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const LOSSES = {
    crossEntropy: { name: "cross-entropy", loss: (p, y) => -Math.log(y ? p : 1 - p), inP: (p, y) => (y ? -1 / p : 1 / (1 - p)) },
    squared: { name: "squared error", loss: (p, y) => (p - y) ** 2, inP: (p, y) => 2 * (p - y), dash: "8 5" },
  };
  const sigmoid = (z) => 1 / (1 + Math.exp(-z)), score = (p) => Math.log(p / (1 - p));
  const inZ = (kind, p, y) => kind.inP(p, y) * p * (1 - p);
  const LOW = 0.001, HIGH = 0.999, start = model.get("p"), first = String(model.get("truth"));
  const short = (v) => f.number(v, Math.abs(v) >= 10 ? 1 : Math.abs(v) >= 1 ? 2 : Math.abs(v) >= 0.01 ? 3 : 4);
  let z = { crossEntropy: score(start), squared: score(start) }, steps = 0, redraw = () => {};
  const y = () => Number(truth.value);
  const p = (key) => sigmoid(z[key]);

  f.fluid("The loss and its slope for every probability", (width) => (width < 560 ? 620 : 340), (width, height, svg) => {
    const narrow = width < 560, side = narrow ? width : (width - 26) / 2, tall = narrow ? 305 : 340;
    redraw = () => {
      back.replaceChildren();
      const axis = { width: side, height: tall, x: [0, 1], xTicks: [0, 0.25, 0.5, 0.75, 1], xName: "probability p of “yes”" };
      const cost = dlAxes(f, back, { ...axis, left: 0, top: 0, y: [0, 7], yTicks: [0, 2, 4, 6], yName: "loss" });
      const down = y() ? [-1.1, 0.15] : [-0.15, 1.1];
      const pull = dlAxes(f, back, { ...axis, left: narrow ? 0 : side + 26, top: narrow ? 315 : 0, y: down, yTicks: y() ? [-1, -0.5, 0] : [0, 0.5, 1], yName: "slope in the score z" });
      for (const [key, kind] of Object.entries(LOSSES)) {
        const look = { "stroke-dasharray": kind.dash };
        dlCurve(f, back, cost, [LOW / 2, 1 - LOW / 2], (v) => kind.loss(v, y()), { class: "dl-is-loss", ...look });
        dlCurve(f, back, pull, [0.00001, 0.99999], (v) => inZ(kind, v, y()), { class: "dl-is-gradient", ...look });
        const at = p(key);
        mark(back, pull.px(at), pull.py(inZ(kind, at, y())), "gradient", kind.dash);
        mark(back, cost.px(at), cost.py(Math.min(7, kind.loss(at, y()))), "loss", kind.dash);
      }
      place = cost;
      f.setAttributes(ball, { cx: cost.px(p("crossEntropy")), cy: cost.py(Math.min(7, LOSSES.crossEntropy.loss(p("crossEntropy"), y()))), r: 16 });
      handle.refresh();
    };
    // The handle stays where it is while the rest is drawn anew: moved in the document it would lose the hand's grip.
    if (!ball.parentNode) svg.append(back, ball);
    handle = handle || f.draggable(ball, {
      label: "probability p of yes, on the curve of the cross-entropy",
      get: () => ({ x: f.clamp(p("crossEntropy"), LOW, HIGH), y: 0 }), set: (to) => choose(to.x), step: 0.01, bounds: { x: [LOW, HIGH] },
      toData: (px) => ({ x: place.toX(px), y: 0 }),
      text: (to) => `p = ${f.number(to.x, 3)}`,
    });
    redraw();
  });
  /** A full disc for the cross-entropy, a hollow one for the squared error. */
  function mark(svg, cx, cy, role, hollow) {
    f.svg("circle", { cx, cy, r: 7, class: "dl-is-" + role, fill: hollow ? "var(--dl-paper)" : "currentColor", stroke: hollow ? "currentColor" : "var(--dl-paper)", "stroke-width": 2.5 }, svg);
  }
  const back = f.svg("g"), ball = f.svg("circle", { class: "dl-hit", "data-of": "cross-entropy" });
  let handle = null, place = { toX: () => start };

  f.legend([
    { mark: "line", role: "loss", label: "cross-entropy" }, { mark: "dash", role: "loss", label: "squared error" },
    { mark: "line", role: "gradient", label: "slope of the cross-entropy" }, { mark: "dash", role: "gradient", label: "slope of the squared error" },
  ]);
  const formulas = { crossEntropy: f.formula(), squared: f.formula() };
  const slider = f.slider({ label: "probability p of “yes”", min: LOW, max: HIGH, step: 0.001, value: start, role: "activation" }, (v) => choose(v));
  const truth = f.select({ label: "the truth", options: [["1", "yes, y = 1"], ["0", "no, y = 0"]], value: first }, () => choose(slider.value));
  const row = f.row("Steps downhill");
  for (const [count, label] of [[1, "One step each"], [10, "Ten steps"], [100, "A hundred"]])
    f.button(label, () => walk(count), { parent: row, primary: count === 1 });

  /** Both walk by themselves, z ← z − slope, each by its own loss. */
  function walk(count) {
    for (let k = 0; k < count; k++)
      for (const key of Object.keys(LOSSES)) z[key] -= inZ(LOSSES[key], p(key), y());
    steps += count;
    show();
  }
  function choose(value) {
    z = { crossEntropy: score(value), squared: score(value) };
    steps = 0;
    show();
  }
  function show() {
    slider.value = f.clamp(p("crossEntropy"), LOW, HIGH);
    for (const [key, kind] of Object.entries(LOSSES)) {
      const at = p(key), slope = kind.inP(at, y());
      formulas[key](`${kind.name}: p = `, ["activation", f.number(at, 3)], ", loss ", ["loss", short(kind.loss(at, y()))],
        `, slope in p ${short(slope)}, times p(1 − p) = ${short(at * (1 - at))}: slope in z `, ["gradient", short(inZ(kind, at, y()))]);
    }
    redraw();
    const right = (key) => f.number(y() ? p(key) : 1 - p(key), 3);
    const pulls = Object.values(LOSSES).map((kind) => Math.abs(inZ(kind, slider.value, y())));
    f.say(steps
      ? `After ${steps} ${steps === 1 ? "step" : "steps"} the truth is given ${right("crossEntropy")} by the one that follows the cross-entropy, and ${right("squared")} by the one that follows the squared error.`
      : `The truth is given ${right("crossEntropy")}. The cross-entropy pulls at z ${f.number(pulls[0] / pulls[1], 1)} times as hard as the squared error.`);
  }
  f.onReset(() => { choose(start); });
  show();
}
export default { render };
