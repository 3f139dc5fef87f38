/* A race of update rules down a surface over two weights. The whole race is computed at once, whenever its conditions
   change, and then shown up to the step that the reader has chosen. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const last = model.get("steps"), noise = model.get("noise"), given = model.get("learning_rates");
  const X = [-3.2, 3.2], Y = [-2.1, 2.1], RATES = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3], NEAR = 0.1, EPSILON = 1e-7;
  const first = Math.min(6, last); // so that there is a race to see before anything is pressed

  // ---------------------------------------------------------------- the rules: slopes and rate → change of the weights
  const both = (fn) => [fn(0), fn(1)];
  const blend = (rho, mean, now) => rho * mean + (1 - rho) * now;
  const push = (ahead) => () => {
    let v = [0, 0];
    return (g, rate, mu) => {
      v = both((k) => mu * v[k] - rate * g[k]);
      return ahead ? both((k) => mu * v[k] - rate * g[k]) : v;
    };
  };
  const RULES = {
    SGD: () => (g, rate) => both((k) => -rate * g[k]),
    momentum: push(false),
    Nesterov: push(true),
    Adagrad: () => {
      const a = [0.1, 0.1];
      return (g, rate) => both((k) => { a[k] += g[k] ** 2; return -rate * (g[k] / Math.sqrt(a[k] + EPSILON)); });
    },
    RMSprop: () => {
      const v = [0, 0];
      return (g, rate) => both((k) => { v[k] = blend(0.9, v[k], g[k] ** 2); return -rate * (g[k] / Math.sqrt(v[k] + EPSILON)); });
    },
    Adam: () => {
      const m = [0, 0], v = [0, 0];
      let t = 0;
      return (g, rate) => {
        t += 1;
        const alpha = (rate * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
        return both((k) => {
          m[k] = blend(0.9, m[k], g[k]);
          v[k] = blend(0.999, v[k], g[k] ** 2);
          return -alpha * (m[k] / (Math.sqrt(v[k]) + EPSILON));
        });
      };
    },
  };
  const LOOKS = {
    SGD: { role: "ink", shape: "M-5,-5L5,5M-5,5L5,-5", open: true }, momentum: { role: "input", shape: "M-5,-5H5V5H-5Z" },
    Nesterov: { role: "activation", shape: "M0,-6.5L6,5H-6Z" }, Adagrad: { role: "gradient", shape: "M0,6.5L6,-5H-6Z" },
    RMSprop: { role: "loss", shape: "M0,-7L6,0L0,7L-6,0Z" }, Adam: { role: "weight", shape: "M-6,0A6,6 0 1 1 6,0A6,6 0 1 1 -6,0Z" },
  };
  const NAMES = Object.keys(RULES);
  const mark = (name, parent) => {
    const { role, shape, open } = LOOKS[name];
    return f.svg("path", { d: shape, class: "dl-is-" + role, fill: open ? "none" : "currentColor", stroke: open ? "currentColor" : "var(--dl-paper)", "stroke-width": open ? 3 : 1.2 }, parent);
  };
  const short = (v) => (!Number.isFinite(v) ? "–" : Math.abs(v) >= 100 ? f.number(v, 0) : Math.abs(v) >= 10 ? f.number(v, 1) : f.number(v, 3));

  let surface, start, runs = {}, redraw = () => {}, moveRunners = () => {};
  const away = ([x, y]) => Math.min(...surface.lowest.map((p) => Math.hypot(x - p[0], y - p[1])));

  /** The way of one runner: places, losses, distances; the step it flew away at; the step it is there from. */
  function run(name) {
    const rate = Math.fround(Number(rates[name].value)); // in single precision, as dlcore and Keras keep it
    const rule = RULES[name](), sigma = Number(rough.value), way = [[...start]];
    let lost = null;
    for (let t = 0; t < last && lost === null; t++) {
      const w = way[t], g = surface.slope(...w).map((s, k) => s + sigma * noise[t][k]);
      const by = rule(g, rate, mu.value);
      way.push(both((k) => w[k] + by[k]));
      if (!(Math.hypot(...way[t + 1]) < 1000)) lost = t + 1;
    }
    const far = way.map(away), outside = far.findLastIndex((d) => d > NEAR);
    return { way, far, loss: way.map((w) => surface.loss(...w)), lost, there: lost === null && outside < last ? outside + 1 : null };
  }

  // ---------------------------------------------------------------- the drawing
  const back = f.svg("g"), ways = f.svg("g"), grip = f.svg("g");
  f.svg("circle", { r: 22, class: "dl-hit" }, grip);
  f.svg("circle", { r: 10, fill: "none", class: "dl-is-ink", stroke: "currentColor", "stroke-width": 2, "stroke-dasharray": "4 3" }, grip);
  let handle = null, px = (x) => x, py = (y) => -y, data = (x, y) => ({ x, y });
  const svg = f.fluid("The surface seen from above, with the ways of the runners", (width) => Math.round(width * 0.656), (width, height, stage) => {
    px = (x) => ((x - X[0]) / (X[1] - X[0])) * width;
    py = (y) => height - ((y - Y[0]) / (Y[1] - Y[0])) * height;
    data = (a, b) => ({ x: X[0] + (a / width) * (X[1] - X[0]), y: Y[0] + ((height - b) / height) * (Y[1] - Y[0]) });
    const id = f.uid();
    redraw = () => {
      back.replaceChildren();
      f.svg("rect", { x: 0, y: 0, width, height, rx: 6 }, f.svg("clipPath", { id }, back));
      f.svg("rect", { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 6, fill: "none", stroke: "var(--dl-rule)" }, back);
      const levels = Array.from({ length: 12 }, (_, k) => surface.top * ((k + 1) / 10) ** 2);
      f.setAttributes(dlContours(f, back, { px, py, box: { width, height } }, X, Y, surface.loss, levels), { class: "dl-is-muted" });
      for (const p of surface.lowest)
        f.svg("path", { d: "M-7,0H7M0,-7V7", transform: `translate(${px(p[0])} ${py(p[1])})`, class: "dl-is-muted", stroke: "currentColor", "stroke-width": 2 }, back);
      f.svg("text", { x: width - 10, y: height - 9, "text-anchor": "end", class: "dl-is-muted", text: "w₁ →" }, back);
      f.svg("text", { x: 10, y: 20, class: "dl-is-muted", text: "↑ w₂" }, back);
      f.setAttributes(grip, { transform: `translate(${px(start[0])} ${py(start[1])})` });
      f.setAttributes(ways, { "clip-path": `url(#${id})` });
      handle.refresh();
      moveRunners();
    };
    // The handle stays where it is while the rest is drawn anew: moved in the document it would lose the hand's grip.
    if (!grip.parentNode) stage.append(back, ways, grip);
    handle = handle || f.draggable(grip, {
      label: "the start", get: () => ({ x: start[0], y: start[1] }), set: (to) => { start = [to.x, to.y]; race(); },
      step: 0.05, bounds: { x: [-3, 3], y: [-2, 2] }, toData: (a, b) => data(a, b),
    });
    redraw();
  });
  svg.classList.add("dl-race");
  moveRunners = () => {
    ways.replaceChildren();
    const now = player ? player.value : first;
    for (const name of NAMES.filter((each) => shown[each].checked)) {
      const { way } = runs[name], until = way.slice(0, now + 1), at = until.at(-1);
      const seen = ([x, y]) => `${dlNear(px(x)).toFixed(1)},${dlNear(py(y)).toFixed(1)}`;
      const group = f.svg("g", { class: "dl-is-" + LOOKS[name].role, "data-runner": name }, ways);
      f.svg("polyline", { points: until.map(seen).join(" "), fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-opacity": 0.75 }, group);
      mark(name, f.svg("g", { transform: `translate(${seen(at)})` }, group));
    }
  };

  // ---------------------------------------------------------------- the table, which is also where the runners are set
  const table = f.make("table", "dl-race-table", f.drawing), rates = {}, shown = {}, cells = {};
  f.make("caption", "", table, `rate: the learning rate. to go: the distance to the lowest point, +. there: the step from which on it is never more than ${NEAR} away.`);
  const head = f.make("tr", "", f.make("thead", "", table)), body = f.make("tbody", "", table);
  for (const text of ["runner", "rate", "loss", "to go", "there"]) f.setAttributes(f.make("th", "", head, text), { scope: "col" });
  for (const name of NAMES) {
    const row = f.make("tr", "", body), first = f.setAttributes(f.make("th", "", row), { scope: "row" });
    const label = f.make("label", "dl-toggle", first);
    shown[name] = f.setAttributes(f.make("input", "", label), { type: "checkbox", "aria-label": `show ${name}` });
    shown[name].checked = true;
    shown[name].addEventListener("change", () => show());
    mark(name, f.svg("svg", { width: 18, height: 18, viewBox: "-9 -9 18 18", "aria-hidden": true }, label));
    f.make("span", "", label, name);
    rates[name] = f.select({ label: `learning rate of ${name}`, options: RATES.map((r) => [String(r), String(r)]), value: String(given[name]), parent: f.make("td", "", row) }, () => race());
    cells[name] = ["loss", "far", "there"].map(() => f.make("td", "", row));
  }

  // ---------------------------------------------------------------- the conditions
  const which = f.select({ label: "surface", options: Object.keys(dlSurfaces), value: model.get("surface") }, () => choose());
  const rough = f.select({ label: "noise in the slopes", options: [["0", "none"], ["0.3", "some (large batches)"], ["1.5", "much (small batches)"]], value: "0" }, () => race());
  const shared = f.select({ label: "all learning rates", options: [["", "as in the table"], ...RATES.map((r) => [String(r), String(r)])], value: "" }, (to) => {
    for (const name of NAMES) rates[name].value = to || String(given[name]);
    race();
  });
  const mu = f.slider({ label: "momentum μ", min: 0, max: 0.99, step: 0.01, value: 0.9 }, () => race());
  let player = null;
  player = f.player({ last, value: first, label: "step", delay: f.reducedMotion ? 900 : 90 }, () => show());

  function choose() { surface = dlSurfaces[which.value]; start = [...surface.start]; race(); }
  function race() {
    for (const name of NAMES) runs[name] = run(name);
    redraw();
    show();
  }
  function show() {
    const now = player ? player.value : first, at = {};
    for (const name of NAMES) {
      const { loss, far, lost, there } = runs[name], gone = lost !== null && now >= lost, t = Math.min(now, far.length - 1);
      at[name] = gone ? Infinity : far[t];
      cells[name][0].textContent = gone ? "–" : short(loss[t]);
      cells[name][1].textContent = gone ? "flown" : short(far[t]);
      cells[name][2].textContent = gone ? `at ${lost}` : there !== null && now >= there ? String(there) : "–";
    }
    moveRunners();
    const racing = NAMES.filter((name) => shown[name].checked).sort((a, b) => at[a] - at[b]);
    if (!racing.length) return f.say("Nobody races. Tick a runner in the table.");
    if (!now) return f.say(`${racing.length} ${racing.length === 1 ? "runner" : "runners"} at the start, ${short(at[racing[0]])} from the lowest point.`);
    const [nearest, farthest] = [racing[0], racing.at(-1)];
    const tell = (name, words) => (Number.isFinite(at[name]) ? `${words} ${name}, with ${short(at[name])} to go` : `${name} has flown away`);
    const ends = tell(nearest, "nearest is") + (racing.length > 1 ? `; ${tell(farthest, "farthest")}.` : ".");
    const arrived = racing.filter((name) => runs[name].there !== null && now >= runs[name].there).sort((a, b) => runs[a].there - runs[b].there);
    const who = arrived.length ? ` There so far: ${arrived.length} of ${racing.length}, ${arrived[0]} first, at step ${runs[arrived[0]].there}.` : "";
    f.say(`Step ${now}: ${ends}${who}`);
  }
  f.onReset(() => {
    for (const name of NAMES) { rates[name].value = String(given[name]); shown[name].checked = true; }
    player.value = first;
    choose();
  });
  choose();
}
export default { render };
