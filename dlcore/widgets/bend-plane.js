/* A hidden layer as a map of the plane: the grid is turned and stretched by W, moved by b, bent by the activation. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const { number } = f;
  const x = model.get("points"), y = model.get("labels"), W = model.get("kernel");
  const start = { stage: model.get("stage"), b: model.get("bias"), angle: model.get("angle"), far: model.get("threshold") };
  const NAMES = ["the input plane", "times W", "plus b", "bent"];
  const bends = { relu: (z) => Math.max(z, 0), tanh: Math.tanh, "none, as it is": (z) => z };
  let stage = start.stage, b = start.b, angle = start.angle, far = start.far, ticking = null;

  // ---------------------------------------------------------------- the map, and how far it has gone
  /** Where a point of the input plane lies now: W first, then b, then the bend, each by a part from 0 to 1. */
  function moved([p, q]) {
    const part = (k) => f.clamp(stage - k, 0, 1), f3 = bends[bend.value];
    return [0, 1].map((j) => {
      const plain = [p, q][j], turned = p * W[0][j] + q * W[1][j];
      const z = plain + part(0) * (turned - plain) + part(1) * b;
      return z + part(2) * (f3(z) - z);
    });
  }
  const normal = () => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const score = (h) => { const v = normal(); return v[0] * h[0] + v[1] * h[1] - far; };
  /** Whether any line has all of one class on one side: try every direction. */
  function separable(places) {
    for (let k = 0; k < 720; k++) {
      const v = [Math.cos((k * Math.PI) / 360), Math.sin((k * Math.PI) / 360)];
      const along = places.map((p) => p[0] * v[0] + p[1] * v[1]);
      const least = Math.min(...along.filter((_, i) => y[i] === 1)), most = Math.max(...along.filter((_, i) => y[i] === 0));
      if (least > most + 1e-6) return true;
    }
    return false;
  }

  // ---------------------------------------------------------------- two planes, side by side
  const board = f.make("div", "dl-bend", f.drawing);
  const pane = (text) => { const box = f.make("div", "", board); f.make("p", "dl-bend-name", box, text); return box; };
  const boxes = [pane("The input plane"), pane("On its way through the layer")];
  const axes = ["x₁", "x₂"];
  const planes = [
    dlPlane(f, { label: "The input plane", names: ["x₁", "x₂"], redraw: () => draw() }),
    dlPlane(f, { label: "The plane on its way to the hidden layer's", names: axes, redraw: () => draw() }),
  ];
  planes.forEach((plane, k) => boxes[k].append(plane.svg));
  planes[0].view([[-0.25, -0.25], [1.25, 1.25]]);
  const yes = f.svg("path", { class: "dl-is-activation", fill: "currentColor", "fill-opacity": 0.3 }, planes[0].clipped());
  const grids = planes.map((plane) => f.svg("g", { class: "dl-is-muted", fill: "none", stroke: "currentColor", "stroke-width": 1.1, "stroke-opacity": 0.75 }, plane.clipped()));
  const behind = planes[1].clipped();
  const hit = f.svg("path", { fill: "transparent" }, behind);
  const line = f.svg("path", { fill: "none", class: "dl-is-weight", stroke: "currentColor", "stroke-width": 3, "pointer-events": "none" }, behind);
  const arrowGroup = planes[1].layer({ class: "dl-is-weight" });
  const arrow = f.svg("path", { fill: "none", stroke: "currentColor", "stroke-width": 3, "stroke-linecap": "round", "stroke-linejoin": "round", "pointer-events": "none" }, arrowGroup);
  const tip = f.svg("circle", { r: 18, class: "dl-hit" }, arrowGroup);
  const dots = planes.map((plane) => {
    const layer = plane.layer();
    layer.style.pointerEvents = "none";
    return x.map((p, i) => {
      const dot = dlPoint(f, layer, y[i], x.length);
      const up = p[1] > 0.5, right = p[0] > 0.5;
      f.svg("text", { x: right ? 12 : -12, y: up ? -9 : 20, "text-anchor": right ? "start" : "end", class: "dl-bend-label", text: p.join(", ") }, dot.group);
      return dot;
    });
  });
  f.legend([
    { mark: "disc", role: "input", label: "yes" }, { mark: "square", role: "input", label: "no" },
    { mark: "cross", role: "loss", label: "wrong side" }, { mark: "line", role: "weight", label: "your line, with its arrow" },
    { mark: "fill", role: "activation", label: "the answer is yes" },
  ]);
  const formula = f.formula();

  // ---------------------------------------------------------------- the controls
  const row = f.row("The way through the layer");
  const play = f.button("Play", () => (ticking === null ? run() : pause()), { parent: row, primary: true });
  const way = f.slider({ label: "through the layer", min: 0, max: 3, step: 0.05, value: start.stage, parent: row, role: "activation", format: told }, (v) => { pause(); stage = v; draw(); });
  way.element.classList.add("dl-wide");
  const bend = f.select({ label: "bend", options: Object.keys(bends), value: "relu", parent: row }, () => draw());
  const bias = f.slider({ label: "both biases b", min: -2, max: 1, step: 0.1, value: start.b, role: "weight" }, (v) => { b = v; draw(); });
  // What was dragged may lie between two steps of its slider, which shows the value itself.
  const turn = f.slider({ label: "direction of the arrow", min: -180, max: 180, step: 5, value: start.angle, role: "weight", format: () => number(angle, 0) + "°" }, (v) => { angle = v; draw(); });
  const off = f.slider({ label: "line’s distance", min: -3, max: 3, step: 0.05, value: start.far, role: "weight", format: () => number(far) }, (v) => { far = v; draw(); });

  function told(v) {
    const k = Math.min(Math.ceil(v), 3), part = v - k + 1;
    return k === 0 || part > 0.999 ? NAMES[k] : `${NAMES[k]}, ${Math.round(100 * part)}%`;
  }
  function pause() {
    cancelAnimationFrame(ticking);
    ticking = null;
    play.textContent = "Play";
  }
  /** From the input plane to the bent one; in three leaps where motion is not wanted. */
  function run() {
    if (stage >= 3) stage = 0;
    if (f.reducedMotion) { stage = Math.min(3, Math.floor(stage + 1.001)); way.value = stage; return draw(); }
    play.textContent = "Pause";
    let last = null;
    const tick = (now) => {
      if (!f.root.isConnected) return pause();
      if (last !== null) stage = Math.min(3, stage + (now - last) / 1600);
      last = now;
      way.value = stage;
      draw();
      if (stage >= 3) return pause();
      ticking = requestAnimationFrame(tick);
    };
    ticking = requestAnimationFrame(tick);
  }

  // ---------------------------------------------------------------- what can be dragged
  const lineHandle = f.draggable(hit, {
    label: "Your line, moves along its arrow", toData: planes[1].data, step: 0.05,
    get: () => { const v = normal(); return { x: far * v[0], y: far * v[1] }; },
    set: (p) => { const v = normal(); far = f.clamp(Math.round((p.x * v[0] + p.y * v[1]) * 100) / 100, -3, 3); draw(); },
    text: () => `distance from 0: ${number(far)}`,
  });
  const tipHandle = f.draggable(tip, {
    label: "Arrow's tip, turns the line", toData: planes[1].data, step: 0.1,
    get: () => { const v = normal(); return { x: (far + 0.9) * v[0], y: (far + 0.9) * v[1] }; },
    set: (p) => {
      const v = normal(), from = [far * v[0], far * v[1]];
      if (Math.hypot(p.x - from[0], p.y - from[1]) < 0.05) return;
      angle = Math.round((Math.atan2(p.y - from[1], p.x - from[0]) * 180) / Math.PI);
      // The line turns about the foot of its arrow.
      const w = normal();
      far = f.clamp(from[0] * w[0] + from[1] * w[1], -3, 3);
      draw();
    },
    text: () => `direction ${number(angle, 0)} degrees`,
  });

  // ---------------------------------------------------------------- drawing
  /** The second plane shows what the first one does at the start, and more while W stretches it; its axes are named after the stage. */
  function view() {
    const part = f.clamp(stage, 0, 1), low = -0.25 - 1.75 * part, high = 1.25 + 0.75 * part;
    const name = ["x", "xW", "z", "h"][Math.min(Math.ceil(stage), 3)];
    axes.splice(0, 2, ...["₁", "₂"].map((k) => (name === "xW" ? `(xW)${k}` : name + k)));
    planes[1].view([[low, low], [high, high]]);
  }
  /** The lines of the grid, a quarter apart; each of many short pieces, as it gets a kink. */
  const lines = [];
  for (let k = -2; k <= 6; k++) for (const across of [true, false])
    lines.push(Array.from({ length: 65 }, (_, i) => { const t = -0.5 + i / 32; return across ? [t, k / 4] : [k / 4, t]; }));
  const pathOf = (plane, points) => points.map(([p, q], i) => `${i ? "L" : "M"}${plane.X(p).toFixed(1)} ${plane.Y(q).toFixed(1)}`).join("");

  function draw() {
    if (!tipHandle) return;
    view();
    const v = normal(), places = x.map(moved);
    grids[0].replaceChildren();
    grids[1].replaceChildren();
    for (const points of lines) {
      f.svg("path", { d: pathOf(planes[0], points) }, grids[0]);
      f.svg("path", { d: pathOf(planes[1], points.map(moved)) }, grids[1]);
    }
    yes.setAttribute("d", region());
    planes[1].paint([40 * v[0], 40 * v[1]], -40 * far, (z) => (z >= 0 ? 1 : 0));
    const foot = [far * v[0], far * v[1]];
    line.setAttribute("d", planes[1].line(v, -far));
    hit.setAttribute("d", planes[1].band(v, -far, 34));
    const [fx, fy, tx, ty] = [planes[1].X(foot[0]), planes[1].Y(foot[1]), planes[1].X(foot[0] + 0.9 * v[0]), planes[1].Y(foot[1] + 0.9 * v[1])];
    arrow.setAttribute("d", planes[1].arrow(fx, fy, tx, ty));
    f.setAttributes(tip, { cx: tx, cy: ty });
    let wrong = 0;
    places.forEach((h, i) => {
      const mistaken = (score(h) >= 0 ? 1 : 0) !== y[i];
      wrong += mistaken;
      dots[0][i].place(planes[0].X(x[i][0]), planes[0].Y(x[i][1]), mistaken);
      dots[1][i].place(planes[1].X(h[0]), planes[1].Y(h[1]), mistaken);
    });
    formula(...x.flatMap((p, i) => [["input", `(${p.join(",\u00a0")})`], "\u00a0→\u00a0", ["activation", `(${places[i].map((h) => number(h)).join(",\u00a0")})`], i + 1 < x.length ? ";  " : ""]));
    const can = separable(places);
    const where = told(way.value);
    f.say(`${where[0].toUpperCase()}${where.slice(1)}. ${can ? "Some line separates the dots here." : "No line separates the dots here."} `
      + (wrong ? `Yours has ${wrong} of ${x.length} on the wrong side.` : "Yours does."));
    turn.value = angle;
    off.value = far;
    lineHandle.refresh();
    tipHandle.refresh();
  }
  /** The input plane where the answer is yes, as strips one above the other; between two cells the border lies where a straight line is zero. */
  function region() {
    const plane = planes[0], rows = 120, cells = 72, pieces = [];
    const at = (i, n, k) => plane.middle[k] - plane.reach[k] + (2 * plane.reach[k] * i) / n;
    for (let r = 0; r < rows; r++) {
      const q = at(r + 0.5, rows, 1), top = plane.Y(at(r + 1, rows, 1)), height = plane.Y(at(r, rows, 1)) - top + 0.3;
      const strip = (from, to) => pieces.push(`M${plane.X(from).toFixed(1)} ${top.toFixed(1)}H${plane.X(to).toFixed(1)}v${height.toFixed(1)}H${plane.X(from).toFixed(1)}Z`);
      let before = score(moved([at(0, cells, 0), q])), from = before >= 0 ? at(0, cells, 0) : null;
      for (let i = 1; i <= cells; i++) {
        const now = score(moved([at(i, cells, 0), q]));
        if (now >= 0 !== before >= 0) {
          const border = at(i - 1 + before / (before - now), cells, 0);
          if (from !== null) strip(from, border);
          from = now >= 0 ? border : null;
        }
        before = now;
      }
      if (from !== null) strip(from, at(cells, cells, 0));
    }
    return pieces.join("");
  }
  f.onReset(() => { pause(); ({ stage, b, angle, far } = start); draw(); });
  draw();
}
export default { render };
