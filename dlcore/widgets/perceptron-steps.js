/* The perceptron's rule, one example at a time. dlPerceptron computes what perceptron_steps in neuron.py computes. */

/** Rounded: with η = 0.1 a z that is zero on paper comes out as −3e−17, and the rule would take another way. */
const dlFires = (z) => (Math.round(z * 1e9) >= 0 ? 1 : 0);

function dlPerceptron(x, y, weights, bias, rate, rounds) {
  let w = [...weights], b = bias;
  const z = (p) => w[0] * p[0] + w[1] * p[1] + b;
  const state = () => [...w, b].map((v) => (Math.round(v * 1e9) / 1e9 + 0).toFixed(9)).join();
  const steps = [], seen = new Map([[state(), 0]]);
  for (let round = 1; round <= rounds; round++) {
    let clean = true;
    for (let example = 0; example < x.length; example++) {
      const before = { w, b, z: z(x[example]) };
      const prediction = dlFires(before.z), error = y[example] - prediction;
      w = w.map((v, k) => v + rate * error * x[example][k]);
      b += rate * error;
      clean = clean && error === 0;
      const mistakes = x.filter((p, i) => dlFires(z(p)) !== y[i]).length;
      steps.push({ example, round, prediction, error, before, w, b, mistakes });
    }
    if (clean) return { steps, end: ["solved", round] };
    if (seen.has(state())) return { steps, end: ["cycle", seen.get(state()), round] };
    seen.set(state(), round);
  }
  return { steps, end: ["open", rounds] };
}

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const sets = model.get("sets"), names = model.get("names");
  const start = { w: model.get("weights"), b: model.get("bias") };
  const short = (v) => dlShort(f, v), pair = (v) => `(${short(v[0])}, ${short(v[1])})`;
  let data, result, steps, points;

  // ---------------------------------------------------------------- the drawing
  const plane = dlPlane(f, { label: "The plane of inputs", names, redraw: () => draw() });
  const behind = plane.clipped();
  const old = f.svg("path", { fill: "none", class: "dl-is-muted", stroke: "currentColor", "stroke-width": 2, "stroke-dasharray": "6 6" }, behind);
  const line = f.svg("path", { fill: "none", class: "dl-is-weight", stroke: "currentColor", "stroke-width": 3 }, behind);
  const arrow = f.svg("path", { fill: "none", class: "dl-is-weight", stroke: "currentColor", "stroke-width": 3, "stroke-linecap": "round", "stroke-linejoin": "round" }, behind);
  const dots = plane.layer();
  const ring = f.svg("circle", { r: 16, fill: "none", style: "stroke: var(--dl-ink)", "stroke-width": 2 }, plane.layer());
  f.legend([
    { mark: "disc", role: "input", label: "class 1" },
    { mark: "square", role: "input", label: "class 0" },
    { mark: "cross", role: "loss", label: "mistake" },
    { mark: "ring", role: "ink", label: "current example" },
    { mark: "dash", role: "muted", label: "line before" },
    { mark: "line", role: "weight", label: "line and weights now" },
    { mark: "fill", role: "activation", label: "ŷ = 1" },
  ]);
  const showZ = f.formula(), showW = f.formula(), showB = f.formula();
  const chart = f.fluid("Mistakes after each step", () => 118, () => drawChart());
  chart.style.marginTop = "0.75rem";

  // ---------------------------------------------------------------- the controls
  const player = f.player({ last: 1, label: "step" }, () => draw());
  const dataSelect = sets.length > 1 ? f.select({ label: "data", options: sets.map((s, i) => [String(i), s.name]), value: "0" }, load) : null;
  const rates = [...new Set([0.1, 0.5, 1, model.get("learning_rate")])].sort((p, q) => p - q);
  const rate = f.select({ label: "learning rate η", options: rates.map(String), value: String(model.get("learning_rate")) }, load);

  function load() {
    player.pause();
    data = sets[dataSelect ? Number(dataSelect.value) : 0];
    result = dlPerceptron(data.x, data.y, start.w, start.b, Number(rate.value), model.get("rounds"));
    steps = result.steps;
    if (result.end[0] === "cycle") steps = [...steps, ...again(2)];
    player.last = steps.length;
    player.value = 0;
    plane.view(data.x);
    dots.replaceChildren();
    points = data.y.map((label) => dlPoint(f, dots, label, data.y.length));
    draw();
  }
  /** The cycle's steps once more, `times` times: a repetition is believed when it is seen. */
  function again(times) {
    const [, first, last] = result.end, n = data.x.length;
    const loop = result.steps.slice(first * n, last * n);
    return Array.from({ length: times }, (_, k) => loop.map((s) => ({ ...s, round: s.round + (k + 1) * (last - first) }))).flat();
  }

  function draw() {
    if (!data) return;
    const k = player.value, step = steps[k - 1];
    const { w, b } = step || start, eta = Number(rate.value);
    plane.paint(w, b, (z) => (z >= 0 ? 1 : 0));
    line.setAttribute("d", plane.line(w, b));
    old.setAttribute("d", step && step.error ? plane.line(step.before.w, step.before.b) : "");
    const foot = plane.foot(w, b, plane.middle), size = Math.hypot(...w);
    const reach = (0.45 * Math.min(...plane.reach)) / (size || 1);
    arrow.setAttribute("d", foot ? plane.arrow(plane.X(foot[0]), plane.Y(foot[1]), plane.X(foot[0] + reach * w[0]), plane.Y(foot[1] + reach * w[1])) : "");
    let wrong = 0;
    data.x.forEach((p, i) => {
      const mistaken = dlFires(w[0] * p[0] + w[1] * p[1] + b) !== data.y[i];
      wrong += mistaken;
      points[i].place(plane.X(p[0]), plane.Y(p[1]), mistaken);
    });
    ring.style.display = step ? "" : "none";
    if (step) f.setAttributes(ring, { cx: plane.X(data.x[step.example][0]), cy: plane.Y(data.x[step.example][1]) });
    work(step, eta);
    tell(step, wrong, k);
    drawChart();
  }
  function work(step, eta) {
    if (!step) {
      showZ(["activation", "ŷ"], " = 1 if ", ["weight", "w"], "·", ["input", "x"], " + ", ["weight", "b"], " ≥ 0, else 0");
      showW(["weight", "w ← w"], " + η (y − ŷ) ", ["input", "x"], ", now ", ["weight", "w = " + pair(start.w)]);
      showB(["weight", "b ← b"], " + η (y − ŷ), now ", ["weight", "b = " + short(start.b)]);
      return;
    }
    const x = data.x[step.example], { before, error } = step, signed = (v) => (v < 0 ? `(${short(v)})` : short(v));
    showZ(["weight", "w"], "·", ["input", "x"], " + ", ["weight", "b"], " = ",
      ["weight", short(before.w[0])], "·", ["input", signed(x[0])], " + ", ["weight", signed(before.w[1])], "·", ["input", signed(x[1])], " + ", ["weight", signed(before.b)],
      " = ", ["activation", short(before.z)], ", so ", ["activation", `ŷ = ${step.prediction}`], `, y = ${data.y[step.example]}, `, ["loss", `y − ŷ = ${short(error)}`]);
    showW(["weight", "w ← " + pair(before.w)], ` + ${short(eta)} · `, ["loss", signed(error)], " · ", ["input", pair(x)], " = ", ["weight", pair(step.w)]);
    showB(["weight", "b ← " + short(before.b)], ` + ${short(eta)} · `, ["loss", signed(error)], " = ", ["weight", short(step.b)]);
  }
  function tell(step, wrong, k) {
    const n = data.x.length, [kind, first, last] = result.end;
    const { w, b } = step || start;
    const unseen = plane.sees(w, b) ? "" : ` ${w.some(Boolean) ? "The line is outside the picture" : "With w = 0 there is no line"}: ŷ is ${b >= 0 ? 1 : 0} everywhere you see.`;
    const count = `${wrong} of ${n} wrong now.${unseen}`;
    if (!step) return f.say(`Start, before the first example. ${count}`);
    const still = data.x[step.example].every((v) => v === 0);  // an input of zeros has no say in the weights
    const moves = still ? "a mistake: the bias moves, the weights don't, for the input is 0." : "a mistake, weights and bias move.";
    const where = `Round ${step.round}, example ${step.example + 1}: ${step.error ? moves : "right, nothing moves."}`;
    if (kind === "solved" && k === steps.length) return f.say(`Round ${first} passed without a mistake: done.`);
    if (kind === "open" && k === steps.length) return f.say(`Stopped after ${first} rounds. ${count}`);
    if (kind === "cycle" && k >= last * n && (k - last * n) % ((last - first) * n) === 0) {
      const fewest = Math.min(...result.steps.slice(first * n).map((s) => s.mistakes));
      return f.say(`The weights ${pair(step.w)} and the bias ${short(step.b)} are those of ${first ? `the end of round ${first}` : "the start"} again: it goes round for ever, with never fewer than ${fewest} of ${n} wrong.`);
    }
    f.say(`${where} ${count}`);
  }

  /** Mistakes on all points after each step, with the cycle underlined. */
  function drawChart() {
    if (!data) return;
    const { width, height } = chart.viewBox.baseVal, n = data.x.length;
    const counts = steps.map((s) => s.mistakes), most = Math.max(...counts, 1);
    const left = 30, X = (k) => left + (k * (width - left - 10)) / steps.length, Y = (m) => 88 - (m * 62) / most;
    chart.replaceChildren();
    f.svg("text", { x: 0, y: 12, class: "dl-is-muted", "font-size": 13, text: "mistakes after each step" }, chart);
    for (const m of [0, most]) {
      f.svg("line", { x1: left, x2: width - 10, y1: Y(m), y2: Y(m), style: "stroke: var(--dl-rule)" }, chart);
      f.svg("text", { x: left - 8, y: Y(m) + 4, "text-anchor": "end", class: "dl-is-muted", "font-size": 13, text: String(m) }, chart);
    }
    if (result.end[0] === "cycle") {
      const [, first, last] = result.end, loop = (last - first) * n;
      for (let from = first * n; from < steps.length; from += loop) {
        f.svg("path", { d: `M ${X(from) + 2} 98 v 6 H ${X(from + loop) - 2} v -6`, fill: "none", class: "dl-is-muted", stroke: "currentColor" }, chart);
      }
      f.svg("text", { x: X(first * n) + 2, y: 117, class: "dl-is-muted", "font-size": 12, text: "the same again and again" }, chart);
    }
    const trace = (to) => counts.slice(0, to).map((m, i) => `${i ? "V" : "M " + X(0)} ${Y(m)} H ${X(i + 1)}`).join(" ");
    const k = player.value;
    f.svg("path", { d: trace(k), fill: "none", class: "dl-is-loss", stroke: "currentColor", "stroke-width": 2.5 }, chart);
    f.svg("line", { x1: X(k), x2: X(k), y1: 20, y2: 94, style: "stroke: var(--dl-ink)" }, chart);
  }
  f.onReset(load);
  load();
}
export default { render };
