/* Axes that the explorables of the losses share: a box with ticks, and the way between data and pixels.
   x and y are [low, high]; ticks are put where the caller says. clip is the id of a clip path as large as the box. */
function dlAxes(f, svg, { left, top, width, height, x, y, xName, yName, xTicks, yTicks }) {
  const box = { x: left + 38, y: top + 28, width: width - 46, height: height - 74 };
  const label = (text, attributes) => f.svg("text", { class: "dl-is-muted", fill: "currentColor", ...attributes, text }, svg);
  const px = (v) => box.x + ((v - x[0]) / (x[1] - x[0])) * box.width;
  const py = (v) => box.y + box.height - ((v - y[0]) / (y[1] - y[0])) * box.height;
  f.svg("rect", { ...box, fill: "none", stroke: "var(--dl-rule)" }, svg);
  label(yName, { x: left, y: top + 16 });
  label(xName, { x: box.x + box.width, y: box.y + box.height + 40, "text-anchor": "end" });
  const plain = (v) => String(v).replace("-", "−");
  for (const v of xTicks) label(plain(v), { x: px(v), y: box.y + box.height + 19, "text-anchor": "middle" });
  for (const v of yTicks) {
    label(plain(v), { x: box.x - 6, y: py(v) + 5, "text-anchor": "end" });
    f.svg("line", { x1: box.x, x2: box.x + box.width, y1: py(v), y2: py(v), stroke: "var(--dl-rule)", "stroke-opacity": 0.7 }, svg);
  }
  const clip = f.uid();
  f.svg("rect", box, f.svg("clipPath", { id: clip }, svg));
  return {
    box, px, py, clip: `url(#${clip})`,
    toX: (at) => x[0] + ((at - box.x) / box.width) * (x[1] - x[0]),
    toY: (at) => y[0] + ((box.y + box.height - at) / box.height) * (y[1] - y[0]),
  };
}

/** A curve through values(t) for t from low to high. */
function dlCurve(f, svg, axes, [low, high], value, attributes) {
  const points = Array.from({ length: 201 }, (_, k) => low + (k / 200) * (high - low)).map((t) => `${axes.px(t)},${axes.py(value(t))}`);
  return f.svg("polyline", { points: points.join(" "), fill: "none", stroke: "currentColor", "stroke-width": 2.5, "clip-path": axes.clip, ...attributes }, svg);
}
