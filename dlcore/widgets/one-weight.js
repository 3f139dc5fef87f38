/* One weight: the line ŷ = w·x through the data beside the loss L(w), with the slope under the ball. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const x = model.get("x"), y = model.get("y"), n = x.length;
  const [wLow, wHigh] = model.get("w_range"), wStart = model.get("w");
  const mean = (values) => values.reduce((sum, v) => sum + v, 0) / n;
  const loss = (w) => mean(x.map((xi, i) => (w * xi - y[i]) ** 2));
  const slope = (w) => 2 * mean(x.map((xi, i) => (w * xi - y[i]) * xi));
  const xHigh = 1.08 * Math.max(...x), yHigh = 1.15 * Math.max(...y);
  const lossHigh = 1.05 * Math.max(loss(wLow), loss(wHigh));
  let w = wStart, trail = [wStart], redraw = () => {};

  const label = (svg, text, attributes) => f.svg("text", { class: "dl-is-muted", fill: "currentColor", ...attributes, text }, svg);
  f.fluid("The measurements with the line, and the loss of every weight",
    (width) => (width < 560 ? 560 : 320),
    (width, height, svg) => {
      svg.replaceChildren();
      const side = width < 560 ? width : (width - 30) / 2, tall = width < 560 ? 265 : 320;
      const data = panel(svg, 0, 0, side, tall, [0, xHigh], [-0.2 * yHigh, yHigh], model.get("x_label"), model.get("y_label"));
      const hill = panel(svg, width < 560 ? 0 : side + 30, width < 560 ? 295 : 0, side, tall, [wLow, wHigh], [0, lossHigh], "weight w", "loss L(w)");

      for (let i = 0; i < n; i++)
        f.svg("circle", { cx: data.px(x[i]), cy: data.py(y[i]), r: 3.5, class: "dl-is-input", fill: "currentColor", "fill-opacity": 0.45 }, svg);
      const clip = f.uid();
      f.svg("rect", data.box, f.svg("clipPath", { id: clip }, svg));
      const line = f.svg("line", { class: "dl-is-weight", stroke: "currentColor", "stroke-width": 3, "clip-path": `url(#${clip})` }, svg);
      const broad = f.svg("line", { class: "dl-draggable", stroke: "transparent", "stroke-width": 30, "clip-path": `url(#${clip})` }, svg);
      const grip = f.svg("circle", { r: 11, class: "dl-is-weight", fill: "currentColor" }, svg);

      const curve = Array.from({ length: 81 }, (_, k) => wLow + (k / 80) * (wHigh - wLow));
      f.svg("polyline", { points: curve.map((v) => `${hill.px(v)},${hill.py(loss(v))}`).join(" "), fill: "none", class: "dl-is-loss", stroke: "currentColor", "stroke-width": 2.5 }, svg);
      const hillClip = f.uid();
      f.svg("rect", hill.box, f.svg("clipPath", { id: hillClip }, svg));
      const path = f.svg("polyline", { fill: "none", class: "dl-is-muted", stroke: "currentColor", "clip-path": `url(#${hillClip})` }, svg);
      const tangent = f.svg("line", { class: "dl-is-gradient", stroke: "currentColor", "stroke-width": 2.5, "stroke-dasharray": "7 5", "clip-path": `url(#${hillClip})` }, svg);
      const ball = f.svg("circle", { r: 9, class: "dl-is-loss", fill: "currentColor", stroke: "var(--dl-paper)", "stroke-width": 2 }, svg);

      // The grip sits on the line, near the right edge or, where the line leaves the picture earlier, near that place.
      const gripAt = () => {
        const at = Math.min(xHigh * 0.94, w > 0 ? (yHigh * 0.96) / w : w < 0 ? (-0.17 * yHigh) / w : Infinity);
        return { x: at, y: w * at };
      };
      const handle = f.draggable(grip, {
        label: "slope of the line, the weight w",
        get: () => ({ x: w, y: 0 }), set: (to) => choose(to.x), step: 0.01, bounds: { x: [wLow, wHigh] },
        toData: (px, py) => ({ x: data.toY(py) / Math.max(data.toX(px), 0.1 * xHigh), y: 0 }),
        text: (to) => `w = ${f.number(to.x, 2)}, loss ${f.number(loss(to.x), 3)}`,
      });
      broad.addEventListener("pointerdown", handle.grab);
      redraw = () => {
        const ends = { x1: data.px(0), y1: data.py(0), x2: data.px(xHigh), y2: data.py(w * xHigh) };
        f.setAttributes(line, ends);
        f.setAttributes(broad, ends);
        const at = gripAt();
        f.setAttributes(grip, { cx: data.px(at.x), cy: data.py(at.y) });
        f.setAttributes(path, { points: trail.slice(-14).map((v) => `${hill.px(v)},${hill.py(loss(v))}`).join(" ") });
        const shownW = f.clamp(w, wLow, wHigh), shownL = Math.min(loss(w), lossHigh);
        f.setAttributes(ball, { cx: hill.px(shownW), cy: hill.py(shownL) });
        const pixelSlope = (slope(w) * (hill.py(0) - hill.py(1))) / (hill.px(1) - hill.px(0));
        const half = 60 / Math.hypot(1, pixelSlope);
        f.setAttributes(tangent, {
          x1: hill.px(shownW) - half, y1: hill.py(shownL) + half * pixelSlope,
          x2: hill.px(shownW) + half, y2: hill.py(shownL) - half * pixelSlope,
        });
        handle.refresh();
      };
      redraw();
    });

  function panel(svg, left, top, width, height, [x0, x1], [y0, y1], xName, yName) {
    const box = { x: left + 34, y: top + 26, width: width - 44, height: height - 66 };
    f.svg("rect", { ...box, fill: "none", stroke: "var(--dl-rule)" }, svg);
    label(svg, yName, { x: left, y: top + 16 });
    label(svg, xName, { x: box.x + box.width, y: box.y + box.height + 36, "text-anchor": "end" });
    const px = (v) => box.x + ((v - x0) / (x1 - x0)) * box.width, py = (v) => box.y + box.height - ((v - y0) / (y1 - y0)) * box.height;
    for (const v of ticks(x0, x1)) label(svg, f.number(v, v % 1 ? 1 : 0), { x: px(v), y: box.y + box.height + 18, "text-anchor": "middle" });
    for (const v of ticks(y0, y1)) label(svg, f.number(v, v % 1 ? 1 : 0), { x: box.x - 5, y: py(v) + 5, "text-anchor": "end" });
    return {
      box, px, py,
      toX: (at) => x0 + ((at - box.x) / box.width) * (x1 - x0),
      toY: (at) => y0 + ((box.y + box.height - at) / box.height) * (y1 - y0),
    };
  }
  function ticks(low, high) {
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((s) => (high - low) / s <= 5) || 100;
    const first = Math.ceil(low / step);
    return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) => Math.round((first + k) * step * 10) / 10);
  }

  f.legend([
    { mark: "disc", role: "input", label: "a measurement" }, { mark: "line", role: "weight", label: "the machine's line, ŷ = w·x" },
    { mark: "line", role: "loss", label: "loss" }, { mark: "dash", role: "gradient", label: "its slope at w" },
  ]);
  const formula = f.formula();
  const weight = f.slider({ label: "weight w", min: wLow, max: wHigh, step: 0.01, value: wStart, role: "weight" }, (v) => choose(v));
  const rate = f.select({ label: "learning rate", options: model.get("learning_rates").map((r) => [String(r), String(r)]) }, () => show());
  f.button("One step downhill", () => walk(1), { primary: true });
  f.button("Ten steps", () => walk(10));

  function walk(count) {
    let before, g, by;
    for (let k = 0; k < count; k++) {
      before = w;
      g = slope(w);
      by = -Number(rate.value) * g;
      w = before + by;
      trail.push(w);
    }
    const factor = g < 0 ? `(${f.number(g, 2)})` : f.number(g, 2);
    show(`Step ${trail.length - 1}: the slope was ${f.number(g, 2)}, so w moved by −${rate.value} · ${factor} = ${f.number(by, 3)}, from ${f.number(before, 3)} to ${f.number(w, 3)}.` +
      (w < wLow || w > wHigh ? " That is outside the picture: the steps are too long." : ""));
  }
  function choose(value) { w = value; trail = [w]; show(); }
  function show(sentence) {
    weight.value = f.clamp(w, wLow, wHigh);
    formula("ŷ = ", ["weight", f.number(w, 3)], " · x,  loss ", ["loss", f.number(loss(w), 3)], ",  slope ", ["gradient", f.number(slope(w), 2)]);
    redraw();
    f.say(sentence || (Math.abs(slope(w)) < 0.2 ? "The slope is almost zero: this is the bottom of the valley." :
      slope(w) < 0 ? "The loss falls to the right: w should grow." : "The loss falls to the left: w should shrink."));
  }
  f.onReset(() => choose(wStart));
  show();
}
export default { render };
