/* Two weights learn from batches: where the next step may lead, and the walk, for a chosen size of batch. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const x = model.get("x"), y = model.get("y"), n = x.length, LAST = model.get("steps");
  const X = model.get("x_range"), Y = model.get("y_range"), start = model.get("start"), best = model.get("best");
  const SIZES = model.get("batch_sizes"), RATES = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];
  let shuffle = 1, walk = [], cloud = [], redraw = () => {};

  const loss = (w1, w2) => x.reduce((sum, [a, b], i) => sum + (w1 * a + w2 * b - y[i]) ** 2, 0) / n;
  /** The gradient of the mean squared error over some rows. */
  function gradient([w1, w2], rows) {
    const g = [0, 0];
    for (const i of rows) {
      const e = w1 * x[i][0] + w2 * x[i][1] - y[i];
      g[0] += (2 * e * x[i][0]) / rows.length;
      g[1] += (2 * e * x[i][1]) / rows.length;
    }
    return g;
  }
  const everybody = y.map((_, i) => i), least = loss(...best);
  const away = (w) => Math.hypot(w[0] - best[0], w[1] - best[1]);

  // ---------------------------------------------------------------- batches
  /** A small generator of random numbers with a seed, so that Reset brings the same batches back. */
  function random(seed) {
    let state = seed * 0x9e3779b9;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  }
  function shuffled(draw) {
    const rows = [...everybody];
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(draw() * (i + 1));
      [rows[i], rows[j]] = [rows[j], rows[i]];
    }
    return rows;
  }
  /** The walk: batch after batch of a shuffled pile, shuffled anew when fewer than a batch are left. */
  function descend() {
    const m = sizes.value, rate = rates.value, draw = random(shuffle);
    let pile = [], w = [...start];
    walk = [];
    for (let k = 0; k <= LAST; k++) {
      if (pile.length < m) pile = shuffled(draw);
      const rows = pile.splice(0, m), g = gradient(w, rows);
      walk.push({ w, rows, g, full: gradient(w, everybody), loss: loss(...w) });
      w = [w[0] - rate * g[0], w[1] - rate * g[1]];
    }
  }
  /** The gradients of 60 other batches that might have been drawn at this place. */
  function others(w) {
    const draw = random(1000 + shuffle);
    return Array.from({ length: 60 }, () => gradient(w, shuffled(draw).slice(0, sizes.value)));
  }
  const apart = (a, b) => (180 / Math.PI) * Math.acos(f.clamp((a[0] * b[0] + a[1] * b[1]) / (Math.hypot(...a) * Math.hypot(...b)), -1, 1));

  // ---------------------------------------------------------------- the drawing
  const tall = (width) => ((width - 46) * (Y[1] - Y[0])) / (X[1] - X[0]) + 74;
  const wide = (width) => (width < 560 ? width - 8 : Math.min(width, 620));
  f.fluid("The loss for two weights, the walk, and where the next step may lead", (width) => tall(wide(width)), (width, height, svg) => {
    svg.replaceChildren();
    const tens = (low, high) => Array.from({ length: Math.floor(high / 20) - Math.ceil(low / 20) + 1 }, (_, k) => 20 * (Math.ceil(low / 20) + k));
    const axes = dlAxes(f, svg, { left: 0, top: 0, width: wide(width), height, x: X, y: Y, xName: model.get("x_label"), yName: model.get("y_label"), xTicks: tens(...X), yTicks: tens(...Y) });
    const top = Math.max(...X.flatMap((a) => Y.map((b) => loss(a, b)))) - least;
    dlContours(f, svg, axes, X, Y, loss, Array.from({ length: 12 }, (_, k) => least + top * ((k + 0.7) / 12) ** 2));
    f.svg("path", { d: `M ${axes.px(best[0]) - 6} ${axes.py(best[1]) - 6} l 12 12 m 0 -12 l -12 12`, class: "dl-is-weight", stroke: "currentColor", "stroke-width": 3 }, svg);
    const moving = f.svg("g", {}, svg);
    redraw = () => {
      moving.replaceChildren();
      const k = player.value, now = walk[k], rate = rates.value;
      const tip = (g) => [now.w[0] - rate * g[0], now.w[1] - rate * g[1]];
      const dots = f.svg("g", { class: "dl-is-gradient", "clip-path": axes.clip, "data-cloud": true }, moving);
      for (const [a, b] of cloud.map(tip)) f.svg("circle", { cx: dlNear(axes.px(a)), cy: dlNear(axes.py(b)), r: 3.2, fill: "currentColor", "fill-opacity": 0.4 }, dots);
      dlWalk(f, moving, axes, walk.slice(0, k + 1).map((p) => p.w));
      dlArrow(f, moving, axes, now.w, tip(now.full), { "stroke-dasharray": "6 4", "stroke-width": 2 });
      dlArrow(f, moving, axes, now.w, tip(now.g), {});
      f.svg("circle", { cx: dlNear(axes.px(now.w[0])), cy: dlNear(axes.py(now.w[1])), r: 7, class: "dl-is-loss", fill: "currentColor", stroke: "var(--dl-paper)", "stroke-width": 2, "clip-path": axes.clip }, moving);
    };
    redraw();
  });
  f.legend([
    { mark: "line", role: "gradient", label: "the next step, from this batch" }, { mark: "dash", role: "gradient", label: "from all examples" },
    { mark: "disc", role: "gradient", label: "from 60 other batches" }, { mark: "line", role: "ink", label: "the walk" }, { mark: "cross", role: "weight", label: "the best weights" },
  ]);
  const line = f.formula();
  const sizes = dlChoices(f, { label: "batch size m", values: SIZES, value: model.get("batch_size"), format: (m) => (m === n ? `all ${n}` : String(m)), role: "input" }, () => { descend(); show(); });
  const rates = dlChoices(f, { label: "learning rate η", values: RATES, value: model.get("learning_rate"), format: String, role: "gradient" }, () => { descend(); show(); });
  f.button("Shuffle anew", () => { shuffle += 1; descend(); show(); });
  const player = f.player({ last: LAST, value: 0, delay: 350 }, () => show());

  function show() {
    const k = player.value, now = walk[k], m = sizes.value;
    cloud = m < n ? others(now.w) : [];
    const off = cloud.reduce((sum, g) => sum + apart(g, now.full), 0) / cloud.length;
    line(`Step ${k}: `, ["weight", `w = (${now.w.map((v) => dlBrief(f, v)).join(", ")})`], ", loss of all ", ["loss", dlBrief(f, now.loss)], `, and ${dlBrief(f, away(now.w))} from the best weights. `,
      ["gradient", m < n ? `This batch points ${f.number(apart(now.g, now.full), 0)}° from the gradient of all; the 60 others, on average, ${f.number(off, 0)}°.` : "The batch is all examples."]);
    redraw();
    const looked = `${k * m} ${k * m === 1 ? "example" : "examples"} looked at in ${k} ${k === 1 ? "step" : "steps"}`;
    const mean = (from, to) => walk.slice(from, to).reduce((sum, p) => sum + away(p.w), 0) / (to - from);
    if (!k) f.say(m < n ? `The dots show where 60 batches of ${m} would lead: their mean is about the dashed arrow's tip.` : "With all examples in the batch there is nothing left to chance.");
    else if (!(now.loss < 100 * walk[0].loss)) f.say(`Flown away: ${looked}. The rate is too large for batches of ${m}.`);
    else if (k < 40) f.say(`${looked}. The distance to the best weights is ${dlBrief(f, away(now.w))}.`);
    else {
      const late = mean(k - 19, k + 1), earlier = mean(k - 39, k - 19);
      const rest = late < 0.8 * earlier ? ", and still coming nearer." : m < n ? ", and trembling there." : ".";
      f.say(`${looked}. Over the last 20 steps it was ${dlBrief(f, late)} from the best weights on average${rest}`);
    }
  }
  f.onReset(() => { shuffle = 1; descend(); show(); });
  descend();
  show();
}
export default { render };
