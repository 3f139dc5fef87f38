/* A neuron with two inputs: drag its line, its weights and the points. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const { number } = f;
  const sets = model.get("sets"), names = model.get("names");
  const start = { w: [...model.get("weights")], b: model.get("bias"), activation: model.get("activation"), loss: model.get("loss") };
  const soft = model.get("soft"), a = soft ? "a" : "ŷ";
  const activations = { sigmoid: (z) => 1 / (1 + Math.exp(-z)), step: (z) => (z >= 0 ? 1 : 0) };
  const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  const weightLimit = 5;
  let x, y, w, b, points, chosen = 0, pivot = [0, 0], stretch = 1, biasLimit = 10;

  const z = (p) => w[0] * p[0] + w[1] * p[1] + b;
  const round = (v) => Math.round(v * 100) / 100;

  // ---------------------------------------------------------------- the drawing
  const plane = dlPlane(f, { label: "The plane of inputs", names, redraw: () => { hold(plane.middle); draw(); } });
  const behind = plane.clipped();
  const lineHit = f.svg("path", { fill: "transparent" }, behind);
  const line = f.svg("path", { fill: "none", class: "dl-is-weight", stroke: "currentColor", "stroke-width": 3, "pointer-events": "none" }, behind);
  const dots = plane.layer();
  const ring = f.svg("circle", { r: 15, fill: "transparent", style: "stroke: var(--dl-ink)", "stroke-width": 2 }, plane.layer());
  const tipGroup = plane.layer({ class: "dl-is-weight" });
  const arrow = f.svg("path", { fill: "none", stroke: "currentColor", "stroke-width": 3, "stroke-linecap": "round", "stroke-linejoin": "round", "pointer-events": "none" }, tipGroup);
  const wText = f.svg("text", { text: "w", "font-weight": 700, "font-style": "italic", "font-size": 16, "text-anchor": "middle", "aria-hidden": true, style: "paint-order: stroke; stroke: var(--dl-paper); stroke-width: 3px" }, tipGroup);
  const halo = f.svg("circle", { r: 11, fill: "currentColor", opacity: 0.22, "pointer-events": "none" }, tipGroup);
  const foot = f.svg("circle", { r: 5, fill: "currentColor", "pointer-events": "none" }, tipGroup);
  const tip = f.svg("circle", { r: 22, fill: "transparent" }, tipGroup);
  f.legend([
    { mark: "disc", role: "input", label: "class 1" },
    { mark: "square", role: "input", label: "class 0" },
    { mark: "cross", role: "loss", label: "wrong side" },
    { mark: "line", role: "weight", label: "line z = 0 and weights w" },
    { mark: "fill", role: "activation", label: soft ? "activation a" : "answer yes, ŷ = 1" },
  ]);
  const showZ = f.formula(), showA = f.formula();

  // ---------------------------------------------------------------- the controls
  const limits = { min: -weightLimit, max: weightLimit, step: 0.01, role: "weight" };
  const sliders = [0, 1].map((k) => f.slider({ label: `weight w${"₁₂"[k]}`, value: start.w[k], ...limits }, (v) => { w[k] = v; hold(); draw(); }));
  const biasSlider = f.slider({ label: "bias b", ...limits, value: start.b }, (v) => { b = v; hold(); draw(); });
  const dataSelect = sets.length > 1 ? f.select({ label: "data", options: sets.map((s, i) => [String(i), s.name]), value: "0" }, () => { load(); draw(); }) : null;
  const activation = soft ? f.select({ label: "activation", options: ["sigmoid", "step"], value: start.activation }, () => draw()) : { value: "step" };
  const loss = soft ? f.select({ label: "loss", options: ["cross-entropy", "squared error"], value: start.loss }, () => draw()) : { value: "squared error" };
  const pointSlider = f.slider({ label: "point looked at", min: 1, max: 2, step: 1, value: 1, role: "input" }, (v) => choose(v - 1));
  f.button("Change its class", () => { y[chosen] = 1 - y[chosen]; makeDots(); draw(); });

  // ---------------------------------------------------------------- what can be dragged
  fresh();
  // The arrow stands on the pivot, a point of the line; turning the arrow turns the line about it.
  const lineHandle = f.draggable(lineHit, {
    label: "Line, moves the bias", toData: plane.data, step: 0.05,
    get: () => ({ x: pivot[0], y: pivot[1] }),
    set: (p) => { b = f.clamp(round(-(w[0] * p.x + w[1] * p.y)), -biasLimit, biasLimit); hold([p.x, p.y]); draw(); },
    text: () => `bias ${number(b)}`,
  });
  const tipHandle = f.draggable(tip, {
    label: "Arrow's tip, moves the weights", toData: plane.data, step: 0.05,
    get: () => ({ x: pivot[0] + stretch * w[0], y: pivot[1] + stretch * w[1] }),
    set: (p) => {
      w = [p.x, p.y].map((v, k) => f.clamp(round((v - pivot[k]) / stretch), -weightLimit, weightLimit));
      b = f.clamp(round(-(w[0] * pivot[0] + w[1] * pivot[1])), -biasLimit, biasLimit);
      hold();
      draw();
    },
    text: () => `weights ${number(w[0])} and ${number(w[1])}`,
  });
  const pointHandle = f.draggable(ring, {
    label: () => `Point ${chosen + 1} of ${x.length}, class ${y[chosen]}`, toData: plane.data, step: 0.05,
    get: () => ({ x: x[chosen][0], y: x[chosen][1] }),
    set: (p) => {
      x[chosen] = [p.x, p.y].map((v, k) => round(f.clamp(v, plane.middle[k] - plane.reach[k], plane.middle[k] + plane.reach[k])));
      draw();
    },
    text: (p) => `${names[0]} ${number(p.x)}, ${names[1]} ${number(p.y)}`,
  });
  ring.addEventListener("keydown", (event) => {
    const by = { PageDown: 1, PageUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    choose((chosen + by + x.length) % x.length);
  });

  // ---------------------------------------------------------------- state
  function load() {
    const data = sets[dataSelect ? Number(dataSelect.value) : 0];
    x = data.x.map((p) => [...p]);
    y = [...data.y];
    chosen = 0;
    pointSlider.max = x.length;
    const far = Math.max(...x.flat().map(Math.abs), 1);
    biasLimit = model.get("bias_limit") ?? Math.ceil(weightLimit * far * 1.5);
    f.setAttributes(biasSlider.input, { min: -biasLimit, max: biasLimit });
    plane.view(data.x);
    hold(plane.middle);
    makeDots();
  }
  function makeDots() {
    dots.replaceChildren();
    points = x.map((_, i) => {
      const point = dlPoint(f, dots, y[i], x.length);
      point.group.addEventListener("pointerdown", (event) => { choose(i); pointHandle.grab(event); });
      return point;
    });
  }
  function choose(i) {
    chosen = i;
    pointSlider.value = i + 1;
    draw();
  }
  /** Keeps the pivot on the line and in view, near where it was. */
  function hold(near = pivot) {
    stretch = (0.9 * Math.min(...plane.reach)) / weightLimit;
    const inside = near.map((v, k) => f.clamp(v, plane.middle[k] - 0.5 * plane.reach[k], plane.middle[k] + 0.5 * plane.reach[k]));
    pivot = plane.foot(w, b, inside) || inside;
  }

  function draw() {
    if (!x) return;
    const activate = activations[activation.value];
    const hard = activation.value === "step";
    if (soft) loss.input.options[0].disabled = hard;
    if (hard) loss.value = "squared error";

    plane.paint(w, b, activate);
    line.setAttribute("d", plane.line(w, b));
    lineHit.setAttribute("d", plane.band(w, b, 30));
    const [px, py, tx, ty] = [plane.X(pivot[0]), plane.Y(pivot[1]), plane.X(pivot[0] + stretch * w[0]), plane.Y(pivot[1] + stretch * w[1])];
    arrow.setAttribute("d", plane.arrow(px, py, tx, ty));
    const length = Math.hypot(tx - px, ty - py) || 1;
    f.setAttributes(wText, { x: tx + (20 * (tx - px)) / length, y: ty + (20 * (ty - py)) / length + 5 });
    for (const circle of [tip, halo]) f.setAttributes(circle, { cx: tx, cy: ty });
    f.setAttributes(foot, { cx: px, cy: py });

    const missed = [0, 0]; // of class 0, of class 1
    x.forEach((p, i) => {
      const mistaken = (z(p) >= 0 ? 1 : 0) !== y[i];
      missed[y[i]] += mistaken;
      points[i].place(plane.X(p[0]), plane.Y(p[1]), mistaken);
    });
    f.setAttributes(ring, { cx: plane.X(x[chosen][0]), cy: plane.Y(x[chosen][1]) });

    const cost = x.reduce((sum, p, i) => {
      const value = z(p);
      return sum + (loss.value === "cross-entropy" ? softplus(value) - y[i] * value : (activate(value) - y[i]) ** 2);
    }, 0) / x.length;
    const p = x[chosen], total = z(p), signed = (v) => (v < 0 ? `(${number(v)})` : number(v));
    showZ(["activation", "z"], " = ", ["weight", "w₁"], ["input", "x₁"], " + ", ["weight", "w₂"], ["input", "x₂"], " + ", ["weight", "b"],
      " = ", ["weight", number(w[0])], " · ", ["input", signed(p[0])], " + ", ["weight", signed(w[1])], " · ", ["input", signed(p[1])],
      " + ", ["weight", signed(b)], " = ", ["activation", number(total)]);
    showA(["activation", hard ? `${a} = step(z)` : "a = σ(z)"], " = ", ["activation", number(activate(total))], `, wanted y = ${y[chosen]}`);
    const wrong = missed[0] + missed[1];
    f.say(`${wrong} of ${x.length} on the wrong side${wrong ? `: ${missed[1]} of class 1, ${missed[0]} of class 0` : ""}.${soft ? ` Mean ${loss.value}: ${number(cost, 3)}.` : ""}`);

    sliders.forEach((slider, k) => (slider.value = w[k]));
    biasSlider.value = b;
    for (const handle of [lineHandle, tipHandle, pointHandle]) handle.refresh();
    f.setAttributes(lineHit, { "aria-valuenow": b, "aria-valuemin": -biasLimit, "aria-valuemax": biasLimit });
    model.set("weights", [...w]);
    model.set("bias", b);
    model.save_changes();
  }

  function fresh() {
    w = [...start.w];
    b = start.b;
    load();
  }
  f.onReset(() => { fresh(); draw(); });
  draw();
}
export default { render };
