/* The plane of the neuron's explorables: axes, points in two classes, a line with its weight arrow, soft shading. */

/** Numbers with as many decimals as they need, two at most. */
const dlShort = (f, value) => f.number(value, 2).replace(/\.?0+$/, "");

/** A point in the same form everywhere: class 1 a filled disc, class 0 a hollow square, larger where there are few.
    place(x, y, wrong) puts it at a pixel and crosses it out, behind the mark, so that its class stays to be seen. */
function dlPoint(f, parent, label, count) {
  const group = f.svg("g", { class: "dl-dot" }, parent);
  f.svg("circle", { r: count > 12 ? 11 : 22, class: "dl-hit" }, group);
  const shape = f.svg("g", { transform: `scale(${count > 12 ? 1 : 1.35})` }, group);
  const cross = f.svg("path", { d: "M -9 -9 L 9 9 M -9 9 L 9 -9", class: "dl-is-loss", stroke: "currentColor", "stroke-width": 2.4, "stroke-linecap": "round" }, shape);
  const style = label ? "fill: var(--dl-input); stroke: var(--dl-paper)" : "fill: var(--dl-paper); stroke: var(--dl-input)";
  if (label) f.svg("circle", { r: 5.5, style, "stroke-width": 1 }, shape);
  else f.svg("rect", { x: -4.5, y: -4.5, width: 9, height: 9, style, "stroke-width": 2 }, shape);
  const place = (x, y, wrong) => {
    f.setAttributes(group, { transform: `translate(${x} ${y})`, "data-wrong": wrong });
    cross.style.display = wrong ? "" : "none";
  };
  return { group, place };
}

/* plane.view([[x, y], …]) chooses what is seen; redraw(plane) is called whenever places change.
   X, Y turn data into pixels, data(px, py) turns pixels into data; both axes have one scale, so that the arrow
   stands on the line at a right angle. */
function dlPlane(f, { label, names, redraw }) {
  const plane = { scale: 1, middle: [0, 0], reach: [1, 1] };
  const id = f.uid();
  let size = [0, 0];
  plane.svg = f.fluid(label, (width) => (width < 480 ? width * 0.95 : Math.min(440, width * 0.58)), (width, height) => {
    size = [width, height];
    fit();
    redraw();
  });
  plane.svg.classList.add("dl-plane");
  const clip = f.svg("clipPath", { id }, f.svg("defs", {}, plane.svg));
  const window_ = f.svg("rect", { rx: 6 }, clip);
  plane.gradient = f.svg("linearGradient", { id: id + "-shade", gradientUnits: "userSpaceOnUse" }, plane.svg.firstChild);
  plane.ground = f.svg("rect", { rx: 6, fill: "none", style: "stroke: var(--dl-rule)" }, plane.svg);
  plane.shade = f.svg("rect", { rx: 6, fill: `url(#${id}-shade)` }, plane.svg);
  const grid = f.svg("g", { "aria-hidden": true }, plane.svg);
  plane.layer = (attributes = {}) => f.svg("g", attributes, plane.svg);
  plane.clipped = () => f.svg("g", { "clip-path": `url(#${id})` }, plane.svg);

  plane.X = (x) => size[0] / 2 + (x - plane.middle[0]) * plane.scale;
  plane.Y = (y) => size[1] / 2 - (y - plane.middle[1]) * plane.scale;
  plane.data = (px, py) => ({
    x: plane.middle[0] + (px - size[0] / 2) / plane.scale,
    y: plane.middle[1] - (py - size[1] / 2) / plane.scale,
  });
  let shown = [[0, 0]];
  plane.view = (points) => { shown = points; if (size[0]) fit(); };

  function fit() {
    const [width, height] = size;
    const low = [0, 1].map((k) => Math.min(...shown.map((p) => p[k])));
    const high = [0, 1].map((k) => Math.max(...shown.map((p) => p[k])));
    plane.middle = [0, 1].map((k) => (low[k] + high[k]) / 2);
    const room = (k) => Math.max(high[k] - low[k], 1e-6);
    plane.scale = Math.min((width - 2) / (room(0) * 1.3), (height - 2) / (room(1) * 1.45));
    plane.reach = [width / 2 / plane.scale, height / 2 / plane.scale];
    for (const box of [window_, plane.ground, plane.shade]) f.setAttributes(box, { x: 1, y: 1, width: width - 2, height: height - 2 });
    drawGrid(width, height);
  }
  function drawGrid(width, height) {
    grid.replaceChildren();
    const wish = 90 / plane.scale, power = 10 ** Math.floor(Math.log10(wish));
    const gap = [1, 2, 5, 10].map((m) => m * power).find((g) => g >= wish);
    const line = (attributes) => f.svg("line", { ...attributes, style: "stroke: var(--dl-rule)", "stroke-width": 1, opacity: 0.55 }, grid);
    const text = (attributes) => f.svg("text", { ...attributes, class: "dl-is-muted", "font-size": 13 }, grid);
    for (let x = Math.ceil((plane.middle[0] - plane.reach[0]) / gap) * gap; plane.X(x) < width; x += gap) {
      line({ x1: plane.X(x), x2: plane.X(x), y1: 1, y2: height - 1 });
      if (plane.X(x) > 34 && plane.X(x) < width - 90) text({ x: plane.X(x) + 4, y: height - 8, text: dlShort(f, x) });
    }
    for (let y = Math.ceil((plane.middle[1] - plane.reach[1]) / gap) * gap; plane.Y(y) > 0; y += gap) {
      if (plane.Y(y) > height - 24) continue;
      line({ y1: plane.Y(y), y2: plane.Y(y), x1: 1, x2: width - 1 });
      if (plane.Y(y) > 40 && plane.Y(y) < height - 30) text({ x: 8, y: plane.Y(y) - 5, text: dlShort(f, y) });
    }
    f.svg("text", { x: width - 10, y: height - 9, "text-anchor": "end", class: "dl-axis", text: names[0] + " →" }, grid);
    f.svg("text", { x: 10, y: 21, class: "dl-axis", text: "↑ " + names[1] }, grid);
  }

  /** The point of the line w·x + b = 0 nearest to p, or null where w is zero. */
  plane.foot = ([w1, w2], b, [x, y]) => {
    const square = w1 * w1 + w2 * w2;
    if (square < 1e-12) return null;
    const far = (w1 * x + w2 * y + b) / square;
    return [x - far * w1, y - far * w2];
  };
  /** Whether some of the line w·x + b = 0 can be seen: then z changes its sign between the corners. */
  plane.sees = (w, b) => {
    const z = w[0] * plane.middle[0] + w[1] * plane.middle[1] + b;
    return Math.abs(z) < Math.abs(w[0]) * plane.reach[0] + Math.abs(w[1]) * plane.reach[1];
  };
  /** The ends of the line w·x + b = 0 in pixels, far enough for any view; none where w is zero. */
  const ends = (w, b) => {
    const foot = plane.foot(w, b, plane.middle);
    if (!foot) return [];
    const length = 4 * (plane.reach[0] + plane.reach[1]) / Math.hypot(...w);
    return [-1, 1].map((s) => [plane.X(foot[0] - s * length * w[1]), plane.Y(foot[1] + s * length * w[0])]);
  };
  /** SVG path of the line. */
  plane.line = (w, b) => ends(w, b).map(([x, y], i) => `${i ? "L" : "M"} ${x} ${y}`).join(" ");
  /** SVG path of a band along the line, so many pixels wide: what a finger can hit. */
  plane.band = (w, b, wide) => {
    const [from, to] = ends(w, b);
    if (!to) return "";
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const aside = [(wide / 2) * (to[1] - from[1]) / length, (wide / 2) * (from[0] - to[0]) / length];
    const corner = ([x, y], s) => `${x + s * aside[0]} ${y + s * aside[1]}`;
    return `M ${corner(from, 1)} L ${corner(to, 1)} L ${corner(to, -1)} L ${corner(from, -1)} Z`;
  };
  /** SVG path of an arrow between two places in pixels. */
  plane.arrow = (x1, y1, x2, y2) => {
    const length = Math.hypot(x2 - x1, y2 - y1);
    if (length < 1) return "";
    const [u, v] = [(x2 - x1) / length, (y2 - y1) / length], head = Math.min(13, length);
    const wing = (s) => `${x2 - head * u + s * 0.5 * head * v} ${y2 - head * v - s * 0.5 * head * u}`;
    return `M ${x1} ${y1} L ${x2} ${y2} M ${wing(1)} L ${x2} ${y2} L ${wing(-1)}`;
  };
  /** Shades the plane by activate(z): a gradient along the weights, as z changes only along them. */
  plane.paint = (w, b, activate) => {
    const length = Math.hypot(...w), stops = [];
    const stop = (offset, z) => stops.push(`<stop offset="${offset}" style="stop-color: var(--dl-activation)" stop-opacity="${(0.34 * activate(z)).toFixed(3)}"/>`);
    if (length < 1e-6) {
      stop(0, b);
      f.setAttributes(plane.gradient, { x1: 0, y1: 0, x2: 1, y2: 0 });
    } else {
      const foot = plane.foot(w, b, plane.middle), z = 6;
      const at = (side) => [plane.X(foot[0] + (side * z * w[0]) / length ** 2), plane.Y(foot[1] + (side * z * w[1]) / length ** 2)];
      const [x1, y1] = at(-1), [x2, y2] = at(1);
      f.setAttributes(plane.gradient, { x1, y1, x2, y2 });
      for (let i = 0; i <= 24; i++) {
        if (i === 12) stop(0.5, -1e-9);
        stop(i / 24, (i / 12 - 1) * z);
      }
    }
    plane.gradient.innerHTML = stops.join("");
  };
  return plane;
}
