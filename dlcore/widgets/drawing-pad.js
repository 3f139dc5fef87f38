// A field to draw on, by mouse, finger or keyboard, and the way from the drawing to a network's small image.

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

// ---------------------------------------------------------------- the field

// The field inside `parent`, with Clear and the examples among the controls. The model's traits size, box, centre,
// classes, examples and labels say what a drawing becomes. changed() is called after every change, at most once a
// frame. Returns {blank, image, loaded, penText, truth, paint}; call paint() first in changed().
function dlDrawingPad(f, model, parent, changed) {
  const size = model.get("size"), box = model.get("box"), centre = model.get("centre");
  const classes = model.get("classes"), labels = model.get("labels");
  const pixels = Float32Array.from(dlBytes(model.get("examples"), Uint8Array), (v) => v / 255);
  const example = (i) => pixels.subarray(i * size * size, (i + 1) * size * size);

  let ink = new Float32Array(SIDE * SIDE);
  let loaded = null; // the example on show, as long as nobody has drawn on it
  const pen = { x: SIDE / 2, y: SIDE / 4, down: false };

  const field = f.make("div", "dl-digit-field", parent);
  const canvas = f.make("canvas", "dl-digit-canvas", field);
  f.setAttributes(canvas, {
    tabindex: 0, role: "application", "aria-roledescription": "drawing field",
    "aria-label": "Drawing field. Arrow keys move the pen, with Shift further. Space lowers and lifts it. Delete clears.",
  });
  const hint = f.make("p", "dl-digit-hint", field, "draw here");
  hint.setAttribute("aria-hidden", "true");
  const cursor = f.make("span", "dl-digit-pen", field);
  cursor.setAttribute("aria-hidden", "true");

  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; changed(); });
  };

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
  function load(i) {
    ink = enlarge(example(i), size);
    loaded = i;
  }
  const row = f.row(labels.length ? "Clear, or load a test image" : "Clear");
  f.button("Clear", clear, { parent: row });
  const thumbnails = labels.map((label, i) => {
    const button = f.button("", () => {
      load(i);
      changed();
    }, { parent: row });
    button.classList.add("dl-digit-example");
    button.setAttribute("aria-label", `Load test image ${i + 1}, a ${classes[label]}`);
    f.make("canvas", "", button);
    return button;
  });
  const paintThumbnails = () => thumbnails.forEach((button, i) => dlPaint(button.firstChild, example(i), size, size, "ink"));
  f.onReset(() => { pen.x = SIDE / 2; pen.y = SIDE / 4; clear(); });
  dlOnTheme(field, () => { paintThumbnails(); changed(); });
  paintThumbnails();
  showPen();

  return {
    get blank() { return !ink.some((v) => v > 0.05); },
    /** What the network sees, 0 … 1: the example itself, or the drawing shrunk and centred. */
    get image() { return loaded === null ? prepare(ink, size, box, centre) : Float32Array.from(example(loaded)); },
    get loaded() { return loaded; },
    get penText() { return penText(); },
    load,
    /** The words for what is on show, and whether the network's answer is its label. */
    get named() { return loaded === null ? "Your drawing, shrunk and centred" : `Test image, labelled ${classes[labels[loaded]]}`; },
    truth: (answer) => (loaded === null ? "" : labels[loaded] === answer ? " Right: that is the label." : ` Wrong: the label is ${classes[labels[loaded]]}.`),
    paint(blank) {
      dlPaint(canvas, ink, SIDE, SIDE, "ink");
      hint.hidden = !blank;
      thumbnails.forEach((button, i) => button.setAttribute("aria-pressed", i === loaded));
    },
  };
}

// ---------------------------------------------------------------- the answer

// One bar for each class inside `parent`. Returns a function that shows probabilities, or null for an empty field, and
// gives the sentence for them.
function dlDigitAnswer(f, parent, classes) {
  const bars = f.make("ul", "dl-digit-bars", parent);
  const rows = classes.map((name) => {
    const row = f.make("li", "", bars);
    f.make("span", "dl-digit-class", row, name);
    const bar = f.make("span", "dl-digit-bar", f.make("span", "dl-digit-track", row));
    return { row, bar, value: f.make("span", "dl-digit-value", row) };
  });
  const percent = (p) => (p > 0.9995 ? "100%" : p < 0.0005 ? "0%" : `${(100 * p).toFixed(p < 0.0995 || p > 0.9 ? 1 : 0)}%`);
  return (chances, pad) => {
    const ranked = chances ? [...chances.keys()].sort((a, b) => chances[b] - chances[a]) : [];
    const [first, second] = ranked;
    rows.forEach(({ row, bar, value }, c) => {
      bar.style.width = `${chances ? 100 * chances[c] : 0}%`;
      value.textContent = chances ? percent(chances[c]) : "";
      row.classList.toggle("dl-digit-first", c === first);
    });
    f.root.dataset.says = chances ? classes[first] : "";
    if (!chances) return `Draw with mouse or finger. With the keyboard: arrows move the pen, Space lowers and lifts it. ${pad.penText}`.trim();
    const other = chances[second] < 0.001 ? ", and hardly anything else" : `, then ${classes[second]} (${percent(chances[second])})`;
    const guess = `${classes[first]} (${percent(chances[first])})${other}`;
    const verdict = chances[first] < 0.5 ? `The network is torn: ${guess}.` : `The network says ${guess}.`;
    return `${pad.penText} ${verdict}${pad.truth(first)}`.trim();
  };
}
