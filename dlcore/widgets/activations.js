/* One input in every activation: the chosen curve large with its slope below it, all of them small beside it. */

// ---------------------------------------------------------------- the curves: z → [value, slope]
const sigma = (z) => 1 / (1 + Math.exp(-z));
const bell = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/* Φ(z), the share of a standard normal population below z: ½ + φ(z) (z + z³/3 + z⁵/15 + z⁷/105 + …). */
function below(z) {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let term = z, sum = z;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) sum += term *= (z * z) / odd;
  return 0.5 + bell(z) * sum;
}

const curves = {
  linear: (z) => [z, 1],
  step: (z) => [z >= 0 ? 1 : 0, 0],
  sigmoid: (z) => { const a = sigma(z); return [a, a * (1 - a)]; },
  tanh: (z) => { const a = Math.tanh(z); return [a, 1 - a * a]; },
  relu: (z) => (z > 0 ? [z, 1] : [0, 0]),
  leaky_relu: (z) => (z > 0 ? [z, 1] : [0.2 * z, 0.2]),
  elu: (z) => (z > 0 ? [z, 1] : [Math.expm1(z), Math.exp(z)]),
  gelu: (z) => { const phi = below(z); return [z * phi, phi + z * bell(z)]; },
  silu: (z) => { const s = sigma(z); return [z * s, s + z * s * (1 - s)]; },
};

/** Neurons in a row, each with weight 1 and bias 0: values go in one after the other, slopes multiply. */
function inRow(curve, z, length) {
  let a = z, slope = 1;
  for (let k = 0; k < length; k++) {
    const [value, local] = curve(a);
    a = value;
    slope *= local;
  }
  return [a, slope];
}

const FLAT = 0.05;

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const names = model.get("names"), limit = model.get("limit");
  const start = { z: model.get("z"), chosen: model.get("chosen"), row: model.get("row") };
  const now = { ...start };
  let draw = () => {}, follow = () => {};

  const at = (name, z) => inRow(curves[name], z, now.row);
  const sampled = (name, count) =>
    Array.from({ length: count + 1 }, (_, i) => { const z = -limit + (2 * limit * i) / count; return [z, ...at(name, z)]; });
  const shown = (v) => (v === 0 ? "0" : Math.abs(v) < 0.0005 ? "≈ 0" : f.number(v, 3));
  /** Joins points to a line, and lifts the pen where a step jumps. */
  const path = (points, x, y, jump = Infinity) =>
    points.map(([u, v], i) => `${i && Math.abs(v - points[i - 1][1]) < jump ? "L" : "M"}${x(u).toFixed(1)} ${y(v).toFixed(1)}`).join("");

  // ---------------------------------------------------------------- the chosen one, large
  const board = f.make("div", "dl-curves", f.drawing);
  const big = f.fluid("The chosen activation above, its slope below", () => 404, (width, height, svg) => {
    svg.replaceChildren();
    const left = 30, right = width - 10;
    const px = (z) => left + ((z + limit) / (2 * limit)) * (right - left);
    const panel = (top, bottom, low, high, name, ticks) => {
      const py = (v) => bottom - ((v - low) / (high - low)) * (bottom - top);
      const box = { x: left, y: top, width: right - left, height: bottom - top };
      f.svg("rect", { ...box, fill: "none", stroke: "var(--dl-rule)" }, svg);
      f.svg("line", { x1: left, x2: right, y1: py(0), y2: py(0), stroke: "var(--dl-rule)" }, svg);
      for (const v of ticks) f.svg("text", { x: left - 6, y: py(v) + 4, "text-anchor": "end", class: "dl-curves-tick", text: f.number(v, 0) }, svg);
      f.svg("text", { x: left, y: top - 7, class: "dl-curves-name", text: name }, svg);
      const clip = f.uid();
      f.svg("rect", box, f.svg("clipPath", { id: clip }, svg));
      return { py, top, bottom, shade: f.svg("g", { class: "dl-curves-shade" }, svg), clip: `url(#${clip})` };
    };
    const above = panel(24, 230, -1.4, 5.2, "value a", [-1, 0, 1, 2, 3, 4, 5]);
    const under = panel(266, 360, -0.25, 1.25, "slope", [0, 1]);
    for (const z of [-4, -2, 0, 2, 4])
      f.svg("text", { x: px(z), y: 378, "text-anchor": "middle", class: "dl-curves-tick", text: f.number(z, 0) }, svg);
    f.svg("text", { x: right, y: 398, "text-anchor": "end", class: "dl-curves-name", text: "input z" }, svg);

    const value = f.svg("path", { class: "dl-curves-line dl-is-activation", "clip-path": above.clip }, svg);
    const slope = f.svg("path", { class: "dl-curves-slope dl-is-gradient", "clip-path": under.clip }, svg);
    const tangent = f.svg("line", { class: "dl-curves-slope dl-is-gradient", "clip-path": above.clip }, svg);
    const mark = f.svg("line", { y1: above.top, y2: under.bottom, class: "dl-is-input", stroke: "currentColor", "stroke-width": 1.5 }, svg);
    const broad = f.svg("line", { y1: above.top, y2: under.bottom, class: "dl-draggable", stroke: "transparent", "stroke-width": 44 }, svg);
    const low = f.svg("circle", { r: 5, class: "dl-is-gradient", fill: "currentColor", stroke: "var(--dl-paper)", "stroke-width": 1.5, "pointer-events": "none" }, svg);
    const grip = f.svg("circle", { r: 10, class: "dl-is-activation", fill: "currentColor", stroke: "var(--dl-paper)", "stroke-width": 2 }, svg);
    const handle = f.draggable(grip, {
      label: "input z", step: 0.1, bounds: { x: [-limit, limit] },
      get: () => ({ x: now.z, y: 0 }), set: (to) => { now.z = Math.round(to.x * 100) / 100; show(); },
      toData: (x, y) => ({ x: ((x - left) / (right - left)) * 2 * limit - limit, y }),
      text: () => { const [a, s] = at(now.chosen, now.z); return `z ${f.number(now.z, 2)}: ${now.chosen} ${shown(a)}, slope ${shown(s)}`; },
    });
    broad.addEventListener("pointerdown", handle.grab);

    draw = () => {
      const points = sampled(now.chosen, 400);
      value.setAttribute("d", path(points.map(([z, a]) => [z, a]), px, above.py, 0.5));
      slope.setAttribute("d", path(points.map(([z, , s]) => [z, s]), px, under.py, 0.15));
      for (const { shade, top, bottom } of [above, under]) {
        shade.replaceChildren();
        const flat = points.map(([, , s]) => Math.abs(s) < FLAT);
        for (let i = 0, from = -1; i <= flat.length; i++) {
          if (flat[i] && from < 0) from = i;
          if (flat[i] || from < 0) continue;
          const [x, end] = [px(points[from][0]), px(points[i - 1][0])];
          f.svg("rect", { x, y: top, width: Math.max(0, end - x), height: bottom - top }, shade);
          from = -1;
        }
      }
      follow();
    };
    follow = () => {
      const [a, s] = at(now.chosen, now.z), x = px(now.z), y = above.py(f.clamp(a, -1.4, 5.2));
      const rise = (s * (above.py(0) - above.py(1))) / (px(1) - px(0)), half = 62 / Math.hypot(1, rise);
      f.setAttributes(tangent, { x1: x - half, y1: y + half * rise, x2: x + half, y2: y - half * rise });
      for (const line of [mark, broad]) f.setAttributes(line, { x1: x, x2: x });
      f.setAttributes(grip, { cx: x, cy: y });
      f.setAttributes(low, { cx: x, cy: under.py(s) });
      handle.refresh();
    };
    draw();
  });
  board.append(big);

  // ---------------------------------------------------------------- all of them, small
  const tiles = f.make("div", "dl-curves-tiles", board);
  f.setAttributes(tiles, { role: "group", "aria-label": "Activations at this z" });
  const small = names.map((name) => {
    const tile = f.make("button", "dl-curves-tile", tiles);
    tile.type = "button";
    f.make("b", "", tile, name);
    const svg = f.svg("svg", { viewBox: "0 0 100 44", "aria-hidden": "true" }, tile);
    const px = (z) => 2 + ((z + limit) / (2 * limit)) * 96, py = (v) => 42 - ((v + 1.2) / 4.2) * 40;
    f.svg("line", { x1: 2, x2: 98, y1: py(0), y2: py(0), stroke: "var(--dl-rule)" }, svg);
    const line = f.svg("path", { class: "dl-curves-line dl-is-activation" }, svg);
    const dot = f.svg("circle", { r: 4, class: "dl-is-input", fill: "currentColor" }, svg);
    const value = f.make("span", "dl-is-activation", tile), slope = f.make("span", "dl-is-gradient", tile);
    tile.addEventListener("click", () => { now.chosen = name; change(); });
    return {
      redraw() {
        line.setAttribute("d", path(sampled(name, 100).map(([z, a]) => [z, a]), px, py, 0.5));
        tile.setAttribute("aria-pressed", name === now.chosen);
      },
      show() {
        const [a, s] = at(name, now.z);
        f.setAttributes(dot, { cx: px(now.z), cy: f.clamp(py(a), 4, 40) });
        value.textContent = shown(a);
        f.write(slope, "slope ", f.make("span", Math.abs(s) < FLAT ? "dl-curves-flat" : "", null, shown(s)));
        return Math.abs(s) < FLAT ? name : null;
      },
    };
  });

  f.legend([
    { mark: "line", role: "activation", label: "value" }, { mark: "dash", role: "gradient", label: "slope" },
    { mark: "fill", role: "muted", label: "flat: slope between −0.05 and 0.05" },
  ]);
  const formula = f.formula();
  const row = f.slider({ label: "neurons in a row", min: 1, max: 10, step: 1, value: now.row, role: "weight" }, (v) => { now.row = v; change(); });

  function show() {
    follow();
    const flat = small.map((one) => one.show()).filter(Boolean), [a, s] = at(now.chosen, now.z);
    formula(["input", `z = ${f.number(now.z, 2)}`], now.row > 1 ? `, ${now.row} in a row: ` : ": ", now.chosen + " gives ",
      ["activation", shown(a)], ", slope ", ["gradient", shown(s)]);
    f.say(flat.length ? `Flat here: ${flat.join(", ")}. ${flat.length === 1 ? "It hardly passes" : "They hardly pass"} a change of z on.` :
      "None is flat here: every one of them passes a change of z on.");
  }
  function change() {
    draw();
    for (const one of small) one.redraw();
    show();
  }
  f.onReset(() => { Object.assign(now, start); row.value = now.row; change(); });
  change();
}
export default { render };
