// Draw a digit; the network that was just trained classifies it, here, without a kernel.

const SIDE = 224; // the drawing's own grid, fine enough to be shrunk to any network's image
const UNIT = SIDE / 28; // one move of the keyboard's pen
const PEN = 1.25 * UNIT; // radius of a stroke: about as thick as those of MNIST

// ---------------------------------------------------------------- from a drawing to the network's image

// A stroke from (x0, y0) to (x1, y1): full ink within the pen's radius, fading over one pixel at its rim.
export function stroke(ink, x0, y0, x1, y1) {
  const dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy;
  const from = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - PEN - 1)), to = (a, b) => Math.min(SIDE - 1, Math.ceil(Math.max(a, b) + PEN + 1));
  for (let y = from(y0, y1); y <= to(y0, y1); y++) {
    for (let x = from(x0, x1); x <= to(x0, x1); x++) {
      const t = length2 ? Math.min(1, Math.max(0, ((x + 0.5 - x0) * dx + (y + 0.5 - y0) * dy) / length2)) : 0;
      const distance = Math.hypot(x + 0.5 - x0 - t * dx, y + 0.5 - y0 - t * dy);
      const level = Math.min(1, Math.max(0, PEN + 0.5 - distance));
      if (level > ink[y * SIDE + x]) ink[y * SIDE + x] = level;
    }
  }
}

// A small image as ink on the fine grid, each of its pixels a square.
export function enlarge(image, size) {
  const ink = new Float32Array(SIDE * SIDE), step = SIDE / size;
  for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) ink[y * SIDE + x] = image[Math.floor(y / step) * size + Math.floor(x / step)];
  return ink;
}

// As MNIST was made: cut the digit out, scale its longer side to `box` pixels by averaging, then put its
// centre of mass (or, for centre = "box", its bounding box) into the middle of size × size pixels.
export function prepare(ink, size, box, centre) {
  const image = new Float32Array(size * size);
  let left = SIDE, right = -1, top = SIDE, bottom = -1;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      if (ink[y * SIDE + x] < 0.05) continue;
      left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return image;
  const scale = Math.max(right - left + 1, bottom - top + 1) / box; // fine pixels in one of the network's
  let target = size / 2;
  let middle = { x: (left + right + 1) / 2, y: (top + bottom + 1) / 2 };
  if (centre === "mass") {
    let total = 0, mx = 0, my = 0;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const v = ink[y * SIDE + x];
        total += v; mx += v * (x + 0.5); my += v * (y + 0.5);
      }
    }
    middle = { x: mx / total, y: my / total };
    // MNIST counts pixels from 0 and puts the centre on number 14 of 28: its middle is half a pixel past the image's.
    target += 0.5;
  }
  // Each of the network's pixels is the mean of the ink below it; parts of fine pixels count in part.
  const overlap = (a, b, i) => Math.max(0, Math.min(b, i + 1) - Math.max(a, i));
  for (let j = 0; j < size; j++) {
    const y0 = middle.y + (j - target) * scale, y1 = y0 + scale;
    for (let i = 0; i < size; i++) {
      const x0 = middle.x + (i - target) * scale, x1 = x0 + scale;
      let sum = 0;
      for (let y = Math.max(0, Math.floor(y0)); y < Math.min(SIDE, y1); y++) {
        const rows = overlap(y0, y1, y);
        for (let x = Math.max(0, Math.floor(x0)); x < Math.min(SIDE, x1); x++) sum += ink[y * SIDE + x] * rows * overlap(x0, x1, x);
      }
      image[j * size + i] = sum / (scale * scale);
    }
  }
  const most = Math.max(...image);
  return image.map((v) => v / most);
}

// ---------------------------------------------------------------- the network

const each = (fn) => (z) => z.map(fn);
const ACTIVATIONS = {
  linear: (z) => z,
  relu: each((v) => Math.max(0, v)),
  leaky_relu: each((v) => (v > 0 ? v : 0.2 * v)),
  elu: each((v) => (v > 0 ? v : Math.expm1(v))),
  silu: each((v) => v / (1 + Math.exp(-v))),
  sigmoid: each((v) => 1 / (1 + Math.exp(-v))),
  tanh: each(Math.tanh),
  softmax: (z) => {
    const most = Math.max(...z), e = z.map((v) => Math.exp(v - most)), sum = e.reduce((a, b) => a + b);
    return e.map((v) => v / sum);
  },
};

// The layers with their part of the bytes.
export function unpack(layers, kernels, scales, biases) {
  let k = 0, u = 0;
  return layers.map(({ inputs, units, activation }) => {
    const layer = { inputs, units, activation, kernel: kernels.subarray(k, k + inputs * units), scale: scales.subarray(u, u + units), bias: biases.subarray(u, u + units) };
    k += inputs * units;
    u += units;
    return layer;
  });
}

// y = activation(x W + b), layer by layer; W = kernel · scale. Returns what every layer gives.
export function run(layers, x) {
  const outputs = [];
  for (const { inputs, units, activation, kernel, scale, bias } of layers) {
    const z = new Float64Array(units);
    for (let i = 0; i < inputs; i++) {
      if (x[i] === 0) continue;
      for (let u = 0; u < units; u++) z[u] += x[i] * kernel[i * units + u];
    }
    for (let u = 0; u < units; u++) z[u] = z[u] * scale[u] + bias[u];
    outputs.push((x = ACTIVATIONS[activation](z)));
  }
  return outputs;
}

// ---------------------------------------------------------------- the explorable

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const size = model.get("size"), full = model.get("ink"), box = model.get("box"), centre = model.get("centre");
  const classes = model.get("classes"), labels = model.get("labels");
  const layers = unpack(model.get("layers"), dlBytes(model.get("kernels"), Int8Array), dlBytes(model.get("scales"), Float32Array), dlBytes(model.get("biases"), Float32Array));
  const pixels = Float32Array.from(dlBytes(model.get("examples"), Uint8Array), (v) => v / 255);
  const example = (i) => pixels.subarray(i * size * size, (i + 1) * size * size);

  let ink = new Float32Array(SIDE * SIDE);
  let loaded = null; // the example on show, as long as nobody has drawn on it
  const pen = { x: SIDE / 2, y: SIDE / 4, down: false };

  const panel = (parent, text, className) => {
    const box = f.make("div", className, parent);
    f.make("p", "dl-digit-name", box, text);
    return box;
  };
  const grid = f.make("div", "dl-digit", f.drawing);
  const left = panel(grid, "Your drawing", "dl-digit-left");
  const field = f.make("div", "dl-digit-field", left);
  const canvas = f.make("canvas", "dl-digit-canvas", field);
  f.setAttributes(canvas, {
    tabindex: 0, role: "application", "aria-roledescription": "drawing field",
    "aria-label": "Drawing field. Arrow keys move the pen, with Shift further. Space lowers and lifts it. Delete clears.",
  });
  const hint = f.make("p", "dl-digit-hint", field, "draw here");
  hint.setAttribute("aria-hidden", "true");
  const cursor = f.make("span", "dl-digit-pen", field);
  cursor.setAttribute("aria-hidden", "true");

  const middle = f.make("div", "dl-digit-middle", grid);
  const seenBox = panel(middle, `It sees: ${size} × ${size}`);
  const seen = f.make("canvas", "dl-digit-seen", seenBox);
  seen.setAttribute("role", "img");
  const hidden = layers.slice(0, -1).map((layer, i) => {
    const canvas = f.make("canvas", "dl-digit-hidden", panel(middle, `${layer.units} hidden units`));
    canvas.setAttribute("role", "img");
    const columns = Math.ceil(Math.sqrt(layer.units * 3.5)), rows = Math.ceil(layer.units / columns);
    canvas.style.aspectRatio = `${columns} / ${rows}`;
    return { canvas, columns, rows };
  });

  const right = panel(grid, "Probabilities", "dl-digit-right");
  const bars = f.make("ul", "dl-digit-bars", right);
  const rows = classes.map((name) => {
    const row = f.make("li", "", bars);
    f.make("span", "dl-digit-class", row, name);
    const bar = f.make("span", "dl-digit-bar", f.make("span", "dl-digit-track", row));
    return { row, bar, value: f.make("span", "dl-digit-value", row) };
  });

  // ---------------------------------------------------------------- from ink to bars
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; update(); });
  };
  const percent = (p) => (p > 0.9995 ? "100%" : p < 0.0005 ? "0%" : `${(100 * p).toFixed(p < 0.0995 || p > 0.9 ? 1 : 0)}%`);

  function update() {
    const blank = !ink.some((v) => v > 0.05);
    const image = loaded === null ? prepare(ink, size, box, centre) : Float32Array.from(example(loaded));
    dlPaint(canvas, ink, SIDE, SIDE, "ink");
    dlPaint(seen, image, size, size, "input");
    const outputs = run(layers, image.map((v) => v * full)), chances = outputs.at(-1);
    hidden.forEach(({ canvas, columns, rows }, i) => {
      const most = Math.max(...outputs[i].map(Math.abs)) || 1, cells = new Float32Array(columns * rows);
      if (!blank) outputs[i].forEach((v, u) => (cells[u] = v / most));
      dlPaint(canvas, cells, columns, rows, "activation");
      canvas.setAttribute("aria-label", blank ? "Nothing yet" : `${outputs[i].filter((v) => v > 0).length} of ${outputs[i].length} units are above zero.`);
    });
    const ranked = [...chances.keys()].sort((a, b) => chances[b] - chances[a]), [first, second] = ranked;
    rows.forEach(({ row, bar, value }, c) => {
      const p = blank ? 0 : chances[c];
      bar.style.width = `${100 * p}%`;
      value.textContent = blank ? "" : percent(p);
      row.classList.toggle("dl-digit-first", !blank && c === first);
    });
    hint.hidden = !blank;
    seen.setAttribute("aria-label", blank ? "An empty image" : loaded === null ? "Your drawing, shrunk and centred" : `Test image, labelled ${classes[labels[loaded]]}`);
    f.root.dataset.says = blank ? "" : classes[first];
    thumbnails.forEach((button, i) => button.setAttribute("aria-pressed", i === loaded));
    if (blank) return f.say(`Draw with mouse or finger. With the keyboard: arrows move the pen, Space lowers and lifts it. ${penText()}`.trim());
    const other = chances[second] < 0.001 ? ", and hardly anything else" : `, then ${classes[second]} (${percent(chances[second])})`;
    const guess = `${classes[first]} (${percent(chances[first])})${other}`;
    const verdict = chances[first] < 0.5 ? `The network is torn: ${guess}.` : `The network says ${guess}.`;
    const truth = loaded === null ? "" : labels[loaded] === first ? " Right: that is the label." : ` Wrong: the label is ${classes[labels[loaded]]}.`;
    f.say(`${penText()} ${verdict}${truth}`.trim());
  }

  // ---------------------------------------------------------------- pen: pointer
  const at = (event) => {
    const r = canvas.getBoundingClientRect();
    return { x: ((event.clientX - r.left) / r.width) * SIDE, y: ((event.clientY - r.top) / r.height) * SIDE };
  };
  const line = (a, b) => { loaded = null; stroke(ink, a.x, a.y, b.x, b.y); soon(); };
  let hand = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    typing(false);
    hand = at(event);
    line(hand, hand);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!hand) return;
    for (const e of event.getCoalescedEvents?.() || [event]) {
      const next = at(e);
      line(hand, next);
      hand = next;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (hand = null));

  // ---------------------------------------------------------------- pen: keyboard
  let keys = false;
  function typing(on) {
    keys = on;
    if (!on) pen.down = false;
    showPen();
  }
  function showPen() {
    cursor.hidden = !keys;
    cursor.classList.toggle("dl-digit-down", pen.down);
    cursor.style.left = `${(100 * pen.x) / SIDE}%`;
    cursor.style.top = `${(100 * pen.y) / SIDE}%`;
  }
  const penText = () => (keys ? `Pen ${pen.down ? "down" : "up"}, row ${Math.round(pen.y / UNIT)}, column ${Math.round(pen.x / UNIT)} of 28.` : "");
  canvas.addEventListener("keydown", (event) => {
    const by = UNIT * (event.shiftKey ? 4 : 1);
    const move = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[event.key];
    if (!move && ![" ", "Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    keys = true;
    if (move) {
      const before = { x: pen.x, y: pen.y };
      pen.x = f.clamp(pen.x + move[0], UNIT, SIDE - UNIT);
      pen.y = f.clamp(pen.y + move[1], UNIT, SIDE - UNIT);
      if (pen.down) line(before, pen);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) line(pen, pen);
    } else clear();
    showPen();
    soon();
  });
  canvas.addEventListener("blur", () => typing(false));
  canvas.addEventListener("focus", () => { keys = canvas.matches(":focus-visible") && !hand; showPen(); });

  // ---------------------------------------------------------------- controls
  function clear() {
    ink.fill(0);
    loaded = null;
    pen.down = false;
    showPen();
    soon();
  }
  const row = f.row(labels.length ? "Clear, or load a test image" : "Clear");
  f.button("Clear", clear, { parent: row });
  const thumbnails = labels.map((label, i) => {
    const button = f.button("", () => {
      ink = enlarge(example(i), size);
      loaded = i;
      update();
    }, { parent: row });
    button.classList.add("dl-digit-example");
    button.setAttribute("aria-label", `Load test image ${i + 1}, a ${classes[label]}`);
    f.make("canvas", "", button);
    return button;
  });
  const paintThumbnails = () => thumbnails.forEach((button, i) => dlPaint(button.firstChild, example(i), size, size, "ink"));
  f.onReset(() => { pen.x = SIDE / 2; pen.y = SIDE / 4; clear(); });
  dlOnTheme(field, () => { paintThumbnails(); update(); });
  paintThumbnails();
  showPen();
  update();
}

export default { render };
