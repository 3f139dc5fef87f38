/* Gradient descent on a surface of two weights: choose where to start and how long the steps are. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  // Each surface: its height, its slopes, its smallest curvature at a place, what is written below, and where to begin.
  const SURFACES = {
    bowl: {
      name: "bowl", formula: "L = ½ w₁² + ½ w₂²", start: [-2, 1.5], rate: 0.2,
      loss: (a, b) => (a * a + b * b) / 2, gradient: (a, b) => [a, b], least: () => 1,
    },
    ravine: {
      name: "ravine", formula: "L = ½ w₁² + 10 w₂²", start: [-2, 1.2], rate: 0.09,
      loss: (a, b) => (a * a) / 2 + 10 * b * b, gradient: (a, b) => [a, 20 * b], least: () => 1,
    },
    valleys: {
      name: "two valleys", formula: "L = (w₁² − 1)² + 0.3 w₁ + w₂² + 0.305", start: [0.6, 1.5], rate: 0.05,
      loss: (a, b) => (a * a - 1) ** 2 + 0.3 * a + b * b + 0.305429, gradient: (a, b) => [4 * a * (a * a - 1) + 0.3, 2 * b],
      least: (a) => Math.min(12 * a * a - 4, 2),
    },
    saddle: {
      name: "saddle", formula: "L = ½ (w₁ w₂ − 1)²", start: [-1.5, 1.5], rate: 0.2,
      loss: (a, b) => (a * b - 1) ** 2 / 2, gradient: (a, b) => [(a * b - 1) * b, (a * b - 1) * a],
      least: (a, b) => { const mean = (a * a + b * b) / 2; return mean - Math.hypot((a * a - b * b) / 2, 2 * a * b - 1); },
    },
  };
  const RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.09, 0.095, 0.1, 0.105, 0.11, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 1.9, 2, 2.1];
  const X = [-2.4, 2.4], Y = [-2, 2], LAST = model.get("steps");
  const here = () => SURFACES[kind.value], flat = 1e-3;
  let start = [...model.get("start")], walk = [], redraw = () => {}, handle = null, layout = () => {};
  let axes = { toX: (v) => v, toY: (v) => -v, px: (v) => v, py: (v) => -v };

  // ---------------------------------------------------------------- the walk
  /** All steps from the start, w ← w − η ∇L, until one is too far away to be drawn or computed. */
  function descend() {
    const { loss, gradient } = here(), rate = rates.value;
    walk = [];
    let w = [...start];
    for (let k = 0; k <= LAST; k++) {
      const g = gradient(...w);
      walk.push({ w, g, loss: loss(...w), size: Math.hypot(...g) });
      w = [w[0] - rate * g[0], w[1] - rate * g[1]];
      if (!w.every((v) => Math.abs(v) < 1e100)) w = [Infinity, Infinity];
    }
  }
  const counted = (k) => `${k} ${k === 1 ? "step" : "steps"}`;
  const gone = ({ w, loss }) => !Number.isFinite(loss) || Math.max(...w.map(Math.abs)) > 100;

  /** What became of the ball, up to step k, in a sentence. */
  function told(k) {
    const now = walk[k], before = walk[k - 1], deep = dlBrief(f, now.loss);
    const lost = walk.findIndex(gone), still = walk.findIndex((p) => p.size < flat);
    if (lost >= 0 && lost <= k) return `Flown away: after ${counted(lost)} it was more than 100 from the middle. Each step overshoots by more than the one before. The rate is too large here.`;
    if (now.size < flat) {
      if (here().least(...now.w) < -flat) return `Stuck after ${counted(still)}, and not at the bottom: at the saddle the slope is 0, though the surface falls away to two sides. Start a hair beside the line.`;
      if (now.loss > 0.01) return `Arrived after ${counted(still)}, in the shallower valley: the slope is 0, the loss stays at ${deep}. The step rule sees only the slope under it and can't know of the other valley.`;
      return `Arrived after ${counted(still)}: the slope is nearly 0 and the loss is ${deep}.`;
    }
    if (!k) return `At the start the loss is ${deep}. The arrow is the next step: against the gradient, and ${rates.value} times as long as it.`;
    const turned = now.g[0] * before.g[0] + now.g[1] * before.g[1] < 0, length = now.size / before.size;
    if (turned && length > 1.005) return `Step ${k}: it jumps to the other side, and each jump is ${dlBrief(f, length)} times as long as the one before. This will fly away, or find another place to rest.`;
    if (turned && length > 0.995) return `Step ${k}: from side to side, with jumps that hardly change: they may never end. The loss is ${deep}.`;
    if (turned) return `Step ${k}: it oscillates. Each step lands on the other side, and the jumps get shorter. The loss is ${deep}.`;
    const move = rates.value * now.size;
    if (now.loss > 2 * walk[0].loss) return `Step ${k}: the loss is ${deep}, more than at the start.`;
    if (move < 0.02) return `Step ${k}: it creeps. The slope still has the size ${dlBrief(f, now.size)}, but the next step moves it by only ${dlBrief(f, move)}.`;
    return `Step ${k}: on its way, the loss is ${deep}. The next step moves it by ${dlBrief(f, move)}.`;
  }

  // ---------------------------------------------------------------- the drawing
  const back = f.svg("g"), chart = f.svg("g"), trail = f.svg("g"), grip = f.svg("g");
  f.svg("circle", { r: 22, class: "dl-hit" }, grip);
  f.svg("circle", { r: 11, fill: "none", class: "dl-is-ink", stroke: "currentColor", "stroke-width": 2 }, grip);
  const levels = () => {
    let high = 0;
    for (const x of [...X, 0]) for (const y of [...Y, 0]) high = Math.max(high, here().loss(x, y));
    return Array.from({ length: 15 }, (_, k) => high * ((k + 0.6) / 15) ** 2.2);
  };
  f.fluid("The surface, seen from above, with the ball's path, and the loss after each step",
    (width) => (width < 560 ? tall(width - 8) + 235 : tall(0.6 * width)),
    (width, height, svg) => {
      const narrow = width < 560, side = narrow ? width - 8 : 0.6 * width, high = tall(side);
      let chartAxes;
      layout = () => {
        back.replaceChildren();
        axes = dlAxes(f, back, { left: 0, top: 0, width: side, height: high, x: X, y: Y, xName: "weight w₁", yName: "weight w₂", xTicks: [-2, -1, 0, 1, 2], yTicks: [-2, -1, 0, 1, 2] });
        dlContours(f, back, axes, X, Y, here().loss, levels());
        const ground = f.svg("rect", { ...axes.box, fill: "transparent", "data-ground": true }, back);
        ground.addEventListener("pointerdown", (event) => {
          if (event.button) return;
          const at = f.place(event, svg);
          choose([f.clamp(axes.toX(at.x), ...X), f.clamp(axes.toY(at.y), ...Y)]);
          handle.grab(event);
        });
        const box = { left: narrow ? 0 : side + 4, top: narrow ? high + 5 : 0, width: narrow ? width : width - side - 4, height: narrow ? 230 : high };
        chartAxes = dlAxes(f, back, { ...box, x: [0, LAST], y: [-6, 4], xName: "step", yName: "loss, as a power of 10", xTicks: [0, LAST / 2, LAST], yTicks: [-6, -4, -2, 0, 2, 4] });
        redraw();
      };
      redraw = () => {
        chart.replaceChildren();
        trail.replaceChildren();
        const k = player.value, past = walk.slice(0, k + 1), now = past[k], rate = rates.value;
        dlWalk(f, trail, axes, past.map((p) => p.w));
        if (!gone(now)) dlArrow(f, trail, axes, now.w, [now.w[0] - rate * now.g[0], now.w[1] - rate * now.g[1]], { "data-next": true });
        f.svg("circle", { cx: dlNear(axes.px(now.w[0])), cy: dlNear(axes.py(now.w[1])), r: 7, class: "dl-is-loss", fill: "currentColor", stroke: "var(--dl-paper)", "stroke-width": 2, "clip-path": axes.clip, "data-ball": true }, trail);
        const power = (loss) => f.clamp(Number.isFinite(loss) ? Math.log10(Math.max(loss, 1e-12)) : 12, -7, 5);
        f.svg("polyline", { points: past.map((p, i) => `${chartAxes.px(i)},${chartAxes.py(power(p.loss))}`).join(" "), fill: "none", class: "dl-is-loss", stroke: "currentColor", "stroke-width": 2.5, "clip-path": chartAxes.clip }, chart);
        f.svg("circle", { cx: chartAxes.px(k), cy: f.clamp(chartAxes.py(power(now.loss)), chartAxes.box.y, chartAxes.box.y + chartAxes.box.height), r: 5, class: "dl-is-loss", fill: "currentColor" }, chart);
        f.setAttributes(grip, { transform: `translate(${axes.px(start[0])} ${axes.py(start[1])})` });
        handle.refresh();
      };
      // The handle stays where it is while the rest is drawn anew: moved in the document it would lose the hand's grip.
      if (!grip.parentNode) svg.append(back, chart, trail, grip);
      handle = handle || f.draggable(grip, {
        label: "where the ball starts: weights w₁ and w₂",
        get: () => ({ x: start[0], y: start[1] }), set: (to) => choose([to.x, to.y]), step: 0.05, bounds: { x: X, y: Y },
        toData: (px, py) => ({ x: axes.toX(px), y: axes.toY(py) }),
        text: (to) => `w₁ ${f.number(to.x, 2)}, w₂ ${f.number(to.y, 2)}`,
      });
      layout();
    });
  /** A height for this width at which both axes have one scale, so that the steps cross the lines at right angles. */
  function tall(width) { return ((width - 46) * (Y[1] - Y[0])) / (X[1] - X[0]) + 74; }

  f.legend([
    { mark: "ring", role: "ink", label: "start: drag it, or click elsewhere" }, { mark: "disc", role: "loss", label: "the ball" },
    { mark: "line", role: "gradient", label: "its next step, −η · gradient" }, { mark: "line", role: "loss", label: "lines of equal loss" },
  ]);
  const line = f.formula();
  const kind = f.select({ label: "surface", options: Object.entries(SURFACES).map(([key, each]) => [key, each.name]), value: model.get("surface") }, () => {
    start = [...here().start];
    rates.value = here().rate;
    player.pause();
    player.value = 0;
    descend();
    layout();
    show();
  });
  const rates = dlChoices(f, { label: "learning rate η", values: RATES, value: model.get("learning_rate"), format: String, role: "gradient" }, () => { descend(); show(); });
  const player = f.player({ last: LAST, value: 0, delay: 350 }, () => show());

  function choose(to) { start = to; descend(); show(); }
  function show() {
    const k = player.value, now = walk[k];
    line(here().formula + ". At ", ["weight", `w = (${now.w.map((v) => dlBrief(f, v)).join(", ")})`], ": loss ", ["loss", dlBrief(f, now.loss)],
      ", gradient ", ["gradient", `(${now.g.map((v) => dlBrief(f, v)).join(", ")})`], ", next step ", ["gradient", `(${now.g.map((v) => dlBrief(f, -rates.value * v)).join(", ")})`]);
    redraw();
    f.say(told(k));
  }
  f.onReset(() => { start = [...model.get("start")]; descend(); layout(); show(); });
  descend();
  show();
}
export default { render };
