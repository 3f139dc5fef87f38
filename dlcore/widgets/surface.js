/* What the explorables that walk over a loss surface share: its contour lines, the walk, and the loss step by step. */

/** The contour lines of value(x, y) in a box of axes, by marching squares: each cell of a fine grid is crossed by a
    line wherever the surface passes the level between two of its corners. levels rise; higher ones are drawn fainter. */
function dlContours(f, svg, axes, [xLow, xHigh], [yLow, yHigh], value, levels) {
  const nx = 96, ny = Math.max(24, Math.round((96 * axes.box.height) / axes.box.width));
  const xs = Array.from({ length: nx + 1 }, (_, i) => xLow + (i / nx) * (xHigh - xLow));
  const ys = Array.from({ length: ny + 1 }, (_, j) => yLow + (j / ny) * (yHigh - yLow));
  const heights = ys.map((y) => xs.map((x) => value(x, y)));
  const group = f.svg("g", { class: "dl-is-loss", fill: "none", stroke: "currentColor", "aria-hidden": true }, svg);
  levels.forEach((level, rank) => {
    const parts = [];
    for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], crossed = [];
      for (let side = 0; side < 4; side++) {
        const [i0, j0] = corners[side], [i1, j1] = corners[(side + 1) % 4];
        const a = heights[j0][i0] - level, b = heights[j1][i1] - level;
        if (a < 0 === b < 0) continue;
        const t = a / (a - b);
        crossed.push(`${axes.px(xs[i0] + t * (xs[i1] - xs[i0])).toFixed(1)} ${axes.py(ys[j0] + t * (ys[j1] - ys[j0])).toFixed(1)}`);
      }
      for (let k = 0; k + 1 < crossed.length; k += 2) parts.push(`M${crossed[k]}L${crossed[k + 1]}`);
    }
    f.svg("path", { d: parts.join(""), "stroke-width": 1.4, "stroke-opacity": (0.75 - (0.5 * rank) / levels.length).toFixed(2) }, group);
  });
  return group;
}

/** A place in pixels that stays drawable when the walk has flown away. */
const dlNear = (at) => (Number.isFinite(at) ? Math.max(-5000, Math.min(5000, at)) : 5000);

/** The walk so far: a line with a dot for each step. places are [x, y] in data. */
function dlWalk(f, svg, axes, places) {
  const at = places.map(([x, y]) => [dlNear(axes.px(x)), dlNear(axes.py(y))]);
  const group = f.svg("g", { class: "dl-is-ink", "clip-path": axes.clip, "aria-hidden": true }, svg);
  f.svg("polyline", { points: at.map((p) => p.join(",")).join(" "), fill: "none", stroke: "currentColor", "stroke-width": 1.6, "data-steps": places.length - 1 }, group);
  for (const [cx, cy] of at) f.svg("circle", { cx, cy, r: 2.6, fill: "currentColor" }, group);
  return group;
}

/** An arrow between two places of the data, with a head as long as it can be. */
function dlArrow(f, svg, axes, from, to, attributes) {
  const [x1, y1] = [axes.px(from[0]), axes.py(from[1])], [x2, y2] = [dlNear(axes.px(to[0])), dlNear(axes.py(to[1]))];
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (!(length > 1)) return;
  const [u, v] = [(x2 - x1) / length, (y2 - y1) / length], head = Math.min(11, length);
  const wing = (s) => `${x2 - head * u + s * 0.5 * head * v} ${y2 - head * v - s * 0.5 * head * u}`;
  f.svg("path", { d: `M ${x1} ${y1} L ${x2} ${y2} M ${wing(1)} L ${x2} ${y2} L ${wing(-1)}`, fill: "none", stroke: "currentColor",
    "stroke-width": 2.8, "stroke-linecap": "round", "clip-path": axes.clip, class: "dl-is-gradient", ...attributes }, svg);
}

/** A learning rate or another number in as many digits as it needs: three that count. */
function dlBrief(f, value) {
  if (!Number.isFinite(value)) return "∞";
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 5e-4)) {
    const power = Math.floor(Math.log10(size)), digits = String(Math.abs(power)).replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);
    return `${f.number(value / 10 ** power, 1)}·10${power < 0 ? "⁻" : ""}${digits}`;
  }
  return f.number(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** A slider over a list of chosen numbers. */
function dlChoices(f, { label, values, value, format, role, parent }, onInput) {
  const nearest = (v) => values.reduce((best, each, i) => (Math.abs(each - v) < Math.abs(values[best] - v) ? i : best), 0);
  const slider = f.slider({ label, min: 0, max: values.length - 1, step: 1, value: nearest(value), format: (i) => format(values[i]), role, parent },
    (i) => onInput(values[i]));
  return { get value() { return values[slider.value]; }, set value(v) { slider.value = nearest(v); } };
}
