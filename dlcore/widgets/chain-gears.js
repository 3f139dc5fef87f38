/* The chain rule as gears: x turns u, u turns y. A nudge of x shows as an arc on each dial; the ratios multiply. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  /* u and y as functions, their slopes, where x may go, and how many degrees of a dial one unit takes. */
  const CHAINS = {
    gears: { u: (x) => 2 * x, y: (u) => 3 * u, du: () => 2, dy: () => 3, range: [-1.5, 1.5], x: 0.5, turn: 90 },
    square: { u: (x) => 3 * x - 1.5, y: (u) => u * u, du: () => 3, dy: (u) => 2 * u, range: [-0.5, 1.5], x: 1, turn: 90 },
    miss: { u: (x) => 1 - x, y: (u) => -Math.log(u), du: () => -1, dy: (u) => -1 / u, range: [0, 0.65], x: 0.5, turn: 180 },
  };
  const STILL = 0.03; // smaller slopes count as 0
  const ROLES = { x: "weight", u: "activation", y: "loss" };
  const start = model.get("chain");
  let x = CHAINS[start].x, redraw = () => {}, frame = 0;
  const chain = () => CHAINS[picker.value];

  /** Values before and after the nudge, the measured ratios and the slopes. */
  function turned() {
    const { u, y, du, dy } = chain(), h = nudge.value, before = { x, u: u(x) }, after = { x: x + h, u: u(x + h) };
    [before.y, after.y] = [y(before.u), y(after.u)];
    const by = Object.fromEntries(["x", "u", "y"].map((name) => [name, after[name] - before[name]]));
    return { before, after, by, measured: [by.u / by.x, by.u ? by.y / by.u : 0, by.y / by.x], slopes: [du(x), dy(before.u), du(x) * dy(before.u)] };
  }

  // ---------------------------------------------------------------- the drawing
  const back = f.svg("g"), grip = f.svg("g");
  const bounds = { x: [...CHAINS[start].range] };
  let handle = null, middle = { x: 0, y: 0 };
  const touch = f.svg("circle", { class: "dl-hit" }, grip), knob = f.svg("circle", { r: 8, class: "dl-is-weight", fill: "currentColor", stroke: "var(--dl-paper)", "stroke-width": 2 }, grip);
  const faceOf = (width) => Math.min(62, width / 7), wheelOf = (width) => Math.min(32, width / 13);
  const polar = (centre, radius, degrees) => {
    const t = ((degrees - 90) * Math.PI) / 180;
    return { x: centre.x + radius * Math.cos(t), y: centre.y + radius * Math.sin(t) };
  };
  f.fluid("Three dials, and the chains between their wheels", (width) => 2 * faceOf(width) + 3.2 * wheelOf(width) + 70, (width, height, svg) => {
    const radius = faceOf(width), centres = [1 / 6, 1 / 2, 5 / 6].map((part) => ({ x: part * width, y: radius + 26 }));
    const floor = 2 * radius + 1.6 * wheelOf(width) + 42;
    redraw = () => {
      back.replaceChildren();
      const { before, by, slopes } = turned(), { turn } = chain();
      ["x", "u", "y"].forEach((name, i) => dial(name, centres[i], radius, before[name] * turn, by[name] * turn, before[name]));
      sprockets(centres.map(({ x: at }) => ({ x: at, y: floor })), slopes, before, wheelOf(width));
      middle = centres[0];
      const tip = polar(centres[0], radius, before.x * turn);
      for (const part of [touch, knob]) f.setAttributes(part, { cx: tip.x, cy: tip.y });
      touch.setAttribute("r", 22);
      handle.refresh();
    };
    // The handle stays where it is while the rest is drawn anew: moved in the document it would lose the hand's grip.
    if (!grip.parentNode) svg.append(back, grip);
    handle = handle || f.draggable(grip, {
      label: "the hand of x", get: () => ({ x }), set: (to) => { stop(); x = Math.round(100 * to.x) / 100; show(); }, step: 0.01, bounds,
      toData: (px, py) => ({ x: (Math.atan2(px - middle.x, middle.y - py) * 180) / Math.PI / chain().turn }),
      text: (to) => `x = ${f.number(to.x, 2)}`,
    });
    redraw();
  });
  /** A face with a hand, and the arc that the nudge turns it by. */
  function dial(name, centre, radius, angle, by, value) {
    const group = f.svg("g", { class: "dl-is-" + ROLES[name], "data-of": name }, back), swept = f.clamp(by, -359.9, 359.9);
    f.svg("circle", { cx: centre.x, cy: centre.y, r: radius, fill: "none", stroke: "var(--dl-rule)", "stroke-width": 2 }, group);
    const from = polar(centre, radius, angle), to = polar(centre, radius, angle + swept);
    const arc = `M ${centre.x} ${centre.y} L ${from.x} ${from.y} A ${radius} ${radius} 0 ${Math.abs(swept) > 180 ? 1 : 0} ${swept > 0 ? 1 : 0} ${to.x} ${to.y} Z`;
    f.svg("path", { d: arc, fill: "currentColor", "fill-opacity": 0.3 }, group);
    for (const [end, dash] of [[from, null], [to, "4 4"]])
      f.svg("line", { x1: centre.x, y1: centre.y, x2: end.x, y2: end.y, stroke: "currentColor", "stroke-width": 3, "stroke-dasharray": dash, "stroke-linecap": "round" }, group);
    f.svg("text", { x: centre.x, y: 16, "text-anchor": "middle", "font-size": 15, text: `${name} = ${f.number(value, 3)}` }, group);
  }
  /** A driving wheel is always as large; the driven one is as much smaller as it turns faster. */
  function sprockets(axles, slopes, before, size) {
    const { turn } = chain(), values = [before.x, before.u, before.y];
    for (const i of [0, 1]) {
      const ratio = slopes[i], driven = f.clamp(size / Math.max(Math.abs(ratio), 1e-6), 7, 1.6 * size);
      const [from, to] = [axles[i], axles[i + 1]], role = ["weight", "activation", "loss"];
      const group = f.svg("g", { class: "dl-is-muted" }, back);
      const lean = (to.x - from.x) ** 2, crossed = ratio < 0, still = Math.abs(ratio) < STILL;
      for (const side of [-1, 1]) {
        // Where a chain leaves two wheels of radii p and q: at the angle whose sine is (p ∓ q) / distance.
        const sine = (size - (crossed ? -1 : 1) * driven) / Math.sqrt(lean), cosine = Math.sqrt(Math.max(0, 1 - sine * sine));
        const far = crossed ? -side : side;
        f.svg("line", {
          x1: from.x + size * sine, y1: from.y + side * size * cosine, x2: to.x + (crossed ? -1 : 1) * driven * sine, y2: to.y + far * driven * cosine,
          stroke: "currentColor", "stroke-width": 3, "stroke-dasharray": still ? "2 7" : "6 2", "stroke-dashoffset": -side * size * values[i] * turn * (Math.PI / 180),
        }, group);
      }
      wheel(from, size, values[i] * turn, role[i]);
      wheel(to, driven, values[i + 1] * turn, role[i + 1]);
      const words = still ? "slope 0: stands still" : `× ${f.number(ratio, 2)}`;
      f.svg("text", { x: (from.x + to.x) / 2, y: from.y + 1.6 * size + 18, "text-anchor": "middle", class: "dl-is-gradient", "font-size": 15, text: words }, back);
    }
  }
  function wheel(centre, radius, angle, role) {
    const group = f.svg("g", { class: "dl-is-" + role, transform: `rotate(${angle.toFixed(2)} ${centre.x} ${centre.y})` }, back);
    f.svg("circle", { cx: centre.x, cy: centre.y, r: radius, fill: "none", stroke: "currentColor", "stroke-width": 4, "stroke-dasharray": "5 3" }, group);
    f.svg("line", { x1: centre.x, y1: centre.y, x2: centre.x, y2: centre.y - radius, stroke: "currentColor", "stroke-width": 2 }, group);
  }

  f.legend([
    { mark: "line", role: "ink", label: "hand: the value now" }, { mark: "fill", role: "ink", label: "arc: how far the nudge turns it" },
    { mark: "dash", role: "muted", label: "chain: the smaller the wheel it drives, the faster that turns (drawn at most 1.6 times as large)" },
  ]);
  const moves = f.formula(), ratios = f.formula(), slopes = f.formula();

  // ---------------------------------------------------------------- controls
  const labels = [["gears", "u = 2x, y = 3u"], ["square", "u = 3x − 1.5, y = u²"], ["miss", "u = 1 − x, y = −log u"]];
  const choice = f.row("Chain");
  const picker = f.select({ label: "chain", options: labels, value: start, parent: choice }, () => restart());
  const nudge = f.slider({ label: "nudge Δx", min: 0.01, max: 0.3, step: 0.01, value: model.get("nudge"), role: "weight", parent: choice }, () => show());
  nudge.element.classList.add("dl-wide");
  const row = f.row("Turn");
  f.button("Turn x by the nudge", () => roll(f.clamp(x + nudge.value, ...chain().range)), { parent: row, primary: true });
  f.button("Halve the nudge", () => { nudge.value = Math.max(0.01, Math.round(50 * nudge.value) / 100); show(); }, { parent: row });

  function stop() { cancelAnimationFrame(frame); frame = 0; }
  /** Lets x run to its new value, or jump there where motion is not wanted. */
  function roll(target) {
    stop();
    const from = x, begun = performance.now();
    const tick = (now) => {
      const part = f.reducedMotion ? 1 : f.clamp((now - begun) / 500, 0, 1);
      x = part === 1 ? target : from + part * (target - from);
      show();
      frame = part < 1 && f.root.isConnected ? requestAnimationFrame(tick) : 0;
    };
    tick(begun);
  }
  function restart() {
    stop();
    x = chain().x;
    [bounds.x[0], bounds.x[1]] = chain().range;
    show();
  }
  function show() {
    redraw();
    const { by, measured, slopes: exact } = turned(), n = (v) => f.number(v, 3);
    moves("the nudge: ", ["weight", `Δx = ${n(by.x)}`], " turns ", ["activation", `u by ${n(by.u)}`], " and ", ["loss", `y by ${n(by.y)}`]);
    ratios("measured: Δu/Δx · Δy/Δu = Δy/Δx:  ", ["gradient", `${n(measured[0])} · ${n(measured[1])} = ${n(measured[2])}`]);
    slopes("slopes here: du/dx · dy/du = dy/dx:  ", ["gradient", `${n(exact[0])} · ${n(exact[1])} = ${n(exact[2])}`]);
    const off = Math.abs(measured[2] - exact[2]);
    const still = Math.abs(exact[1]) < STILL ? "The slope is 0: at this x the wheel of y stands still, and y turns only as the nudge leads away from it. " : "";
    const next = nudge.value > 0.01 ? `Halve the nudge${still ? " and watch the arc of y" : ""}.` : "";
    const end = x >= chain().range[1] ? " x is at the end of its range: turn it back." : "";
    f.say((off < 5e-4
      ? "The ratios multiply, and they are the slopes, however large the nudge: these wheels keep their sizes."
      : `The ratios multiply. With this nudge the product is ${n(off)} off the slope, as the wheels change on the way. ${still}${next}`) + end);
  }
  f.onReset(restart);
  show();
}
export default { render };
