/* A curve out of bumps, each of them two sigmoid units (a box) or three ReLU units (a tent) behind one input. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const { number } = f;
  const targets = Object.fromEntries(model.get("targets")), names = Object.keys(targets), start = model.get("bumps");
  const LOW = -0.6, HIGH = 1.2, MOST = 24;
  let bumps = [], chosen = 0, target = names[0], axes = { toX: (at) => at, toY: (at) => -at }, handle = null, refit = () => {};

  // ---------------------------------------------------------------- what the units compute
  const sigma = (z) => 1 / (1 + Math.exp(-z)), relu = (z) => Math.max(z, 0);
  /** The units of a bump, each with its weight in the sum: [weight, x → value]. */
  function units({ at, width, height }) {
    const left = at - width / 2, right = at + width / 2, s = steep.value;
    if (shape.value === "box") return [[height, (x) => sigma(s * (x - left))], [-height, (x) => sigma(s * (x - right))]];
    const slope = height / (width / 2);
    return [[slope, (x) => relu(x - left)], [-2 * slope, (x) => relu(x - at)], [slope, (x) => relu(x - right)]];
  }
  const sum = (parts, x) => parts.reduce((total, [weight, unit]) => total + weight * unit(x), 0);
  const all = () => bumps.flatMap(units);
  /** The target between its samples on 0 … 1. */
  function wanted(x) {
    const values = targets[target], place = f.clamp(x, 0, 1) * (values.length - 1), i = Math.min(Math.floor(place), values.length - 2);
    return values[i] + (place - i) * (values[i + 1] - values[i]);
  }

  // ---------------------------------------------------------------- the drawing
  const back = f.svg("g"), dots = f.svg("g"), grip = f.svg("g");
  f.svg("circle", { r: 22, class: "dl-hit" }, grip);
  f.svg("circle", { r: 11, fill: "none", class: "dl-is-ink", stroke: "currentColor", "stroke-width": 2 }, grip);
  f.fluid("The target, the network's curve and the bumps", (width) => (width < 560 ? 340 : 380), (width, height, svg) => {
    refit = () => {
      back.replaceChildren();
      axes = dlAxes(f, back, { left: 0, top: 0, width, height, x: [0, 1], y: [LOW, HIGH], xName: "input x", yName: "output",
        xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1], yTicks: [-0.5, 0, 0.5, 1] });
      curves();
    };
    // The handle stays in the document while the rest is drawn anew, or it would lose the hand's grip.
    if (!grip.parentNode) svg.append(back, dots, grip);
    handle = handle || f.draggable(grip, {
      label: () => `Bump ${chosen + 1} of ${bumps.length}`, step: 0.01, bounds: { x: [0, 1], y: [-0.5, 1.1] },
      get: () => ({ x: bumps[chosen].at, y: bumps[chosen].height }),
      set: (to) => { bumps[chosen].at = round(to.x); bumps[chosen].height = round(to.y); show(); },
      toData: (px, py) => ({ x: axes.toX(px), y: axes.toY(py) }),
      text: ({ x, y }) => `at ${number(x)}, height ${number(y)}`,
    });
    refit();
  });
  grip.addEventListener("keydown", (event) => {
    const by = { PageDown: 1, PageUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    choose((chosen + by + bumps.length) % bumps.length);
  });
  const round = (v) => Math.round(v * 100) / 100;

  function curves() {
    const draw = (value, attributes) => f.svg("path", { d: path(value), fill: "none", stroke: "currentColor", "clip-path": axes.clip, ...attributes }, back);
    draw(wanted, { class: "dl-is-input", "stroke-width": 7, "stroke-opacity": 0.35, "data-curve": "target" });
    const parts = bumps.map(units);
    parts.forEach((part, i) => { if (i !== chosen) draw((x) => sum(part, x), { class: "dl-is-weight", "stroke-width": 1.1, "stroke-opacity": 0.75 }); });
    if (inside.value) for (const [weight, unit] of parts[chosen]) draw((x) => weight * unit(x), { class: "dl-is-activation", "stroke-width": 2, "stroke-dasharray": "5 4" });
    draw((x) => sum(parts[chosen], x), { class: "dl-is-weight", "stroke-width": 2.4, "stroke-dasharray": "1 4", "stroke-linecap": "round" });
    const every = parts.flat();
    draw((x) => sum(every, x), { class: "dl-is-ink", "stroke-width": 2.4, "data-curve": "network" });
    bumps.forEach((bump, i) => f.setAttributes(dots.children[i], { transform: `translate(${axes.px(bump.at)} ${axes.py(bump.height)})` }));
    f.setAttributes(grip, { transform: `translate(${axes.px(bumps[chosen].at)} ${axes.py(bumps[chosen].height)})` });
    handle.refresh();
  }
  const path = (value) => {
    const points = Array.from({ length: 401 }, (_, k) => k / 400);
    return points.map((x, k) => `${k ? "L" : "M"}${axes.px(x).toFixed(1)} ${axes.py(f.clamp(value(x), -9, 9)).toFixed(1)}`).join("");
  };
  function makeDots() {
    dots.replaceChildren();
    bumps.forEach((_, i) => {
      const dot = f.svg("g", { class: "dl-draggable" }, dots);
      f.svg("circle", { r: bumps.length > 10 ? 12 : 20, class: "dl-hit" }, dot);
      f.svg("circle", { r: 5, class: "dl-is-weight", fill: "currentColor" }, dot);
      dot.addEventListener("pointerdown", (event) => { choose(i); handle.grab(event); });
    });
  }
  f.legend([
    { mark: "thick", role: "input", label: "target" }, { mark: "line", role: "ink", label: "the network" },
    { mark: "dots", role: "weight", label: "the chosen bump" }, { mark: "dash", role: "activation", label: "its units, times their weights" },
  ]);
  const formula = f.formula();

  // ---------------------------------------------------------------- the controls
  const row = f.row("Bumps");
  const add = f.button("Add a bump", () => {
    if (bumps.length >= MOST) return f.say(`${MOST} bumps are the most that fit in here.`);
    bumps.push({ at: free(), width: width.value, height: 0.3 });
    makeDots();
    choose(bumps.length - 1);
  }, { parent: row, primary: true });
  const remove = f.button("Remove it", () => {
    if (bumps.length < 2) return;
    bumps.splice(chosen, 1);
    makeDots();
    choose(Math.max(0, chosen - 1));
  }, { parent: row });
  const select = f.select({ label: "target", options: names, value: target, parent: row }, (name) => { target = name; show(); });
  const shape = f.select({ label: "made of", options: [["box", "two sigmoids"], ["tent", "three ReLUs"]], value: "box", parent: row }, () => show());
  const width = f.slider({ label: "width of this bump", min: 0.04, max: 0.6, step: 0.01, value: start[0][1], role: "weight" }, (v) => { bumps[chosen].width = v; show(); });
  const steep = f.slider({ label: "steepness", min: 10, max: 300, step: 5, value: model.get("steepness"), role: "activation" }, () => show());
  const even = f.slider({ label: "place evenly: bumps", min: 2, max: MOST, step: 1, value: 2 }, (count) => { placeEvenly(count); show(); });
  const inside = f.toggle("Show the chosen bump’s units", true, () => show());

  /** Midway between the two neighbours that are farthest apart, the ends counted in. */
  function free() {
    const places = [0, ...bumps.map((bump) => bump.at).sort((p, q) => p - q), 1];
    let best = 0;
    for (let k = 1; k + 1 < places.length; k++) if (places[k + 1] - places[k] > places[best + 1] - places[best] + 1e-9) best = k;
    return round((places[best] + places[best + 1]) / 2);
  }
  /** As many bumps, side by side from 0 to 1, each as high as the target there. Tents reach to their neighbours' tops. */
  function placeEvenly(count) {
    const gap = 1 / (count - 1);
    bumps = Array.from({ length: count }, (_, i) => ({ at: i * gap, width: shape.value === "box" ? gap : 2 * gap, height: wanted(i * gap) }));
    chosen = Math.floor(count / 2);
    makeDots();
  }
  function choose(i) {
    chosen = i;
    show();
  }

  function show() {
    const bump = bumps[chosen], left = bump.at - bump.width / 2, right = bump.at + bump.width / 2;
    const box = shape.value === "box", slope = bump.height / (bump.width / 2), minus = (v) => (v < 0 ? "+ " + number(-v) : "− " + number(v));
    const shift = (v) => ["weight", minus(v)];
    if (box) formula("bump = ", ["weight", number(bump.height)], ` · σ(${steep.value} (x `, shift(left), `)) `, ["weight", minus(bump.height)], ` · σ(${steep.value} (x `, shift(right), "))");
    else formula("bump = ", ["weight", number(slope)], " · (relu(x ", shift(left), ") − 2 relu(x ", shift(bump.at), ") + relu(x ", shift(right), "))");
    const parts = all(), gaps = Array.from({ length: 401 }, (_, k) => Math.abs(sum(parts, k / 400) - wanted(k / 400)));
    const hidden = parts.length, many = bumps.length === 1 ? "1 bump" : `${bumps.length} bumps`;
    f.say(`${many}, ${hidden} hidden units, ${3 * hidden + 1} parameters. Distance from the target: `
      + `${number(gaps.reduce((p, q) => p + q, 0) / gaps.length, 3)} on average, ${number(Math.max(...gaps), 3)} at most.`);
    width.value = bump.width;
    for (const control of [remove, add]) control.removeAttribute("aria-disabled");
    remove.setAttribute("aria-disabled", bumps.length < 2);
    add.setAttribute("aria-disabled", bumps.length >= MOST);
    refit();
  }
  function fresh() {
    bumps = start.map(([at, wide, height]) => ({ at, width: wide, height }));
    [chosen, target] = [0, names[0]];
    makeDots();
    show();
  }
  f.onReset(fresh);
  fresh();
}
export default { render };
