// A trained convolutional network in the page: what each of its kernels makes of the digit that the reader draws.

// A pile of maps is {data, h, w, c}: channels last, as in Keras.
const pile = (h, w, c, data = new Float32Array(h * w * c)) => ({ h, w, c, data });

// How windows of k lie on n entries, as dlcore.ops.windows.lay_out says it.
const windows = (n, k, stride, padding) => {
  const missing = padding === "same" ? Math.max((Math.ceil(n / stride) - 1) * stride + k - n, 0) : 0;
  return { before: Math.floor(missing / 2), out: Math.floor((n + missing - k) / stride) + 1 };
};

function dlConv(layer, x) {
  const [kh, kw] = layer.size, [down, right] = layer.strides, n = layer.filters;
  const rows = windows(x.h, kh, down, layer.padding), columns = windows(x.w, kw, right, layer.padding);
  const y = pile(rows.out, columns.out, n), sum = new Float64Array(n);
  for (let i = 0; i < y.h; i++) for (let j = 0; j < y.w; j++) {
    sum.fill(0);
    for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++) {
      const a = i * down - rows.before + u, b = j * right - columns.before + v;
      if (a < 0 || b < 0 || a >= x.h || b >= x.w) continue;
      for (let c = 0; c < x.c; c++) {
        const value = x.data[(a * x.w + b) * x.c + c];
        if (value === 0) continue;
        const at = ((u * kw + v) * x.c + c) * n;
        for (let k = 0; k < n; k++) sum[k] += value * layer.kernel[at + k];
      }
    }
    for (let k = 0; k < n; k++) sum[k] = sum[k] * layer.scale[k] + layer.bias[k];
    y.data.set(ACTIVATIONS[layer.activation](sum), (i * y.w + j) * n);
  }
  return y;
}

function dlMaxPool(layer, x) {
  const [ph, pw] = layer.size, [down, right] = layer.strides;
  const rows = windows(x.h, ph, down, layer.padding), columns = windows(x.w, pw, right, layer.padding);
  const y = pile(rows.out, columns.out, x.c);
  y.data.fill(-Infinity);
  for (let i = 0; i < y.h; i++) for (let j = 0; j < y.w; j++) for (let u = 0; u < ph; u++) for (let v = 0; v < pw; v++) {
    const a = i * down - rows.before + u, b = j * right - columns.before + v;
    if (a < 0 || b < 0 || a >= x.h || b >= x.w) continue;
    for (let c = 0; c < x.c; c++) {
      const to = (i * y.w + j) * x.c + c;
      y.data[to] = Math.max(y.data[to], x.data[(a * x.w + b) * x.c + c]);
    }
  }
  return y;
}

const LAYERS = { conv: dlConv, pool: dlMaxPool, dense: (layer, x) => pile(1, 1, layer.units, dlDense(layer, x.data)) };

// The layers with their part of the bytes. `fan` is how many numbers one filter or unit has.
export function unpack(layers, kernels, scales, biases) {
  let k = 0, u = 0;
  return layers.map((layer) => {
    if (layer.kind === "pool") return layer;
    const n = layer.units ?? layer.filters, size = layer.fan * n;
    const whole = { ...layer, inputs: layer.fan, kernel: kernels.subarray(k, k + size), scale: scales.subarray(u, u + n), bias: biases.subarray(u, u + n) };
    k += size;
    u += n;
    return whole;
  });
}

// What every layer gives for a square image.
export function run(layers, image, size) {
  let x = pile(size, size, 1, image);
  return layers.map((layer) => (x = LAYERS[layer.kind](layer, x)));
}

// How far the cells of each layer see, down and across: [{size, jump, start}, the same], in pixels of the image.
export function fields(layers, size) {
  let seen = [0, 1].map(() => ({ n: size, size: 1, jump: 1, start: 0 }));
  return layers.filter((layer) => layer.kind !== "dense").map((layer) => (seen = seen.map((axis, a) => {
    const k = layer.size[a], stride = layer.strides[a], { before, out } = windows(axis.n, k, stride, layer.padding);
    return { n: out, size: axis.size + (k - 1) * axis.jump, jump: axis.jump * stride, start: axis.start - before * axis.jump };
  })));
}

// ---------------------------------------------------------------- the explorable

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const size = model.get("size"), full = model.get("ink"), classes = model.get("classes");
  const layers = unpack(model.get("layers"), dlBytes(model.get("kernels"), Int8Array), dlBytes(model.get("scales"), Float32Array), dlBytes(model.get("biases"), Float32Array));
  const sight = fields(layers, size), stages = layers.slice(0, sight.length);
  const counts = { conv: 0, pool: 0 };
  const names = stages.map((layer) => (layer.kind === "conv" ? `convolution ${++counts.conv}` : `pooling ${++counts.pool}`));
  const shapes = run(layers, new Float32Array(size * size), size);
  const chosen = { stage: 0, map: 0, row: 0, column: 0 };

  const panel = (parent, text, className) => {
    const box = f.make("div", className, parent);
    return { box, name: f.make("p", "dl-digit-name", box, text) };
  };
  const top = f.make("div", "dl-maps-top", f.drawing);
  const pad = dlDrawingPad(f, model, panel(top, "The digit", "dl-maps-pad").box, update);
  const answer = dlDigitAnswer(f, panel(top, "Probabilities", "").box, classes);

  const reach = Math.round(size / 4);
  const move = f.slider({ label: "move it to the right by (pixels)", min: -reach, max: reach, step: 1, value: 0, role: "input" }, () => update());
  move.element.classList.add("dl-maps-move");
  f.drawing.append(f.controls); // Clear and the examples belong right below the field
  const picker = f.make("div", "dl-maps-picker", f.drawing);
  const stageOf = f.select({ label: "show the maps after", options: names.map((name, i) => [String(i), `${name}: ${shapes[i].c} of ${shapes[i].h} × ${shapes[i].w}`]), value: "0", parent: picker },
    (value) => choose({ stage: Number(value), map: Math.min(chosen.map, shapes[value].c - 1) }));
  const sheet = f.make("div", "dl-maps-sheet", f.drawing);
  sheet.setAttribute("role", "radiogroup");

  const detail = f.make("div", "dl-maps-detail", f.drawing);
  const overlay = (parent, className) => {
    const field = f.make("div", "dl-maps-field", parent), canvas = f.make("canvas", "dl-maps-large", field);
    const svg = f.svg("svg", { class: "dl-maps-over", role: "group" }, field);
    return { canvas, svg, frame: f.svg("rect", { class: `dl-maps-frame ${className}` }, svg) };
  };
  const input = panel(detail, "What that place sees", ""), seen = overlay(input.box, "dl-is-weight");
  seen.svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  const weights = panel(detail, "Its weights", ""), weightCanvas = f.make("canvas", "dl-maps-weights", weights.box), weightNote = f.make("p", "dl-maps-note", weights.box);
  weightCanvas.setAttribute("role", "img");
  const large = panel(detail, "The map, large", ""), map = overlay(large.box, "dl-is-ink");

  // ---------------------------------------------------------------- a place in the map
  const bounds = { x: [0, 0], y: [0, 0] };
  const cell = f.draggable(map.frame, {
    label: "place in the map", get: () => ({ x: chosen.column, y: chosen.row }), set: ({ x, y }) => choose({ column: Math.round(x), row: Math.round(y) }),
    bounds, step: 1, text: ({ x, y }) => `row ${Math.round(y) + 1}, column ${Math.round(x) + 1}`,
  });
  f.setAttributes(map.frame, { width: 1, height: 1 });
  map.svg.addEventListener("pointerdown", (event) => {
    if (event.button || event.target === map.frame) return;
    const p = f.place(event, map.svg);
    choose({ column: f.clamp(Math.floor(p.x), ...bounds.x), row: f.clamp(Math.floor(p.y), ...bounds.y) });
    cell.grab(event);
  });

  // ---------------------------------------------------------------- the sheet of maps
  let tiles = [];
  function layTiles() {
    const { c, h, w } = shapes[chosen.stage];
    sheet.replaceChildren();
    sheet.setAttribute("aria-label", `${c} maps after ${names[chosen.stage]}`);
    tiles = Array.from({ length: c }, (_, k) => {
      const tile = f.make("button", "dl-maps-tile", sheet), canvas = f.make("canvas", "", tile);
      f.setAttributes(tile, { type: "button", role: "radio", "aria-label": `map ${k + 1}` });
      canvas.style.aspectRatio = `${w} / ${h}`;
      tile.addEventListener("click", () => choose({ map: k }));
      return { tile, canvas };
    });
    f.setAttributes(map.svg, { viewBox: `0 0 ${w} ${h}` });
    map.canvas.style.aspectRatio = `${w} / ${h}`;
    [bounds.x[1], bounds.y[1]] = [w - 1, h - 1];
  }
  sheet.addEventListener("keydown", (event) => {
    const across = getComputedStyle(sheet).gridTemplateColumns.split(" ").length;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
    if (!by) return;
    event.preventDefault();
    choose({ map: f.clamp(chosen.map + by, 0, tiles.length - 1) });
    tiles[chosen.map].tile.focus();
  });

  function choose(change) {
    const before = chosen.stage;
    Object.assign(chosen, change);
    if (chosen.stage !== before) {
      // The place stays where it was in the image, as well as the new maps' coarseness allows.
      const moved = (at, axis) => {
        const from = sight[before][axis], to = sight[chosen.stage][axis];
        return f.clamp(Math.round((from.start + at * from.jump + from.size / 2 - to.start - to.size / 2) / to.jump), 0, to.n - 1);
      };
      [chosen.row, chosen.column] = [moved(chosen.row, 0), moved(chosen.column, 1)];
      layTiles();
    }
    update();
  }

  // ---------------------------------------------------------------- drawing
  /** The image with every pixel so many columns further right; paper comes in. */
  const moved = (image, by) => image.map((_, i) => (i % size - by >= 0 && i % size - by < size ? image[i - by] : 0));
  const slice = ({ data, h, w, c }, k) => Float32Array.from({ length: h * w }, (_, i) => data[i * c + k]);
  function showWeights(layer) {
    weightCanvas.hidden = layer.kind === "pool";
    if (layer.kind === "pool") {
      weightNote.textContent = `None: each place keeps the largest of ${layer.size[0]} × ${layer.size[1]} numbers of the map before.`;
      return;
    }
    const [kh, kw] = layer.size, depth = layer.fan / (kh * kw), across = depth === 1 ? 1 : Math.ceil(Math.sqrt(depth * 1.4)), down = Math.ceil(depth / across);
    const width = across * (kw + 1) - 1, height = down * (kh + 1) - 1, cells = new Float32Array(width * height), n = layer.filters;
    let most = 1e-9;
    for (let i = 0; i < layer.fan; i++) most = Math.max(most, Math.abs(layer.kernel[i * n + chosen.map]));
    for (let d = 0; d < depth; d++) for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++)
      cells[(Math.floor(d / across) * (kh + 1) + u) * width + (d % across) * (kw + 1) + v] = layer.kernel[((u * kw + v) * depth + d) * n + chosen.map] / most;
    dlPaint(weightCanvas, cells, width, height, "weight", "muted");
    weightCanvas.style.aspectRatio = `${width} / ${height}`;
    const what = depth === 1 ? `${kh} × ${kw} weights` : `${depth} kernels of ${kh} × ${kw}, one for each map before`;
    weightCanvas.setAttribute("aria-label", what);
    weightNote.textContent = `${what}. In colour: adds; grey: takes away.`;
  }

  function update() {
    const { blank } = pad, image = moved(pad.image, move.value);
    pad.paint(blank);
    dlPaint(seen.canvas, image, size, size, "input");
    seen.canvas.setAttribute("role", "img");
    seen.canvas.setAttribute("aria-label", blank ? "An empty image" : pad.named);
    const outputs = run(layers, image.map((v) => v * full), size), pileNow = outputs[chosen.stage];
    const most = Math.max(1e-9, pileNow.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0));
    tiles.forEach(({ tile, canvas }, k) => {
      dlPaint(canvas, slice(pileNow, k).map((v) => v / most), pileNow.w, pileNow.h, "activation");
      f.setAttributes(tile, { "aria-checked": k === chosen.map ? "true" : "false", tabindex: k === chosen.map ? 0 : -1 });
    });
    const shown = slice(pileNow, chosen.map), value = shown[chosen.row * pileNow.w + chosen.column];
    const own = Math.max(1e-9, ...shown.map(Math.abs)); // large, a map has a scale of its own, so that a faint one shows
    dlPaint(map.canvas, shown.map((v) => v / own), pileNow.w, pileNow.h, "activation");
    f.setAttributes(map.frame, { x: chosen.column, y: chosen.row });
    cell.refresh();
    const [down, across] = sight[chosen.stage];
    f.setAttributes(seen.frame, { x: across.start + chosen.column * across.jump, y: down.start + chosen.row * down.jump, width: across.size, height: down.size });
    showWeights(stages[chosen.stage]);
    large.name.textContent = `Map ${chosen.map + 1}, large`;
    const verdict = answer(blank ? null : outputs.at(-1).data, pad);
    const place = `Map ${chosen.map + 1} after ${names[chosen.stage]}: ${f.number(value, 2)} at row ${chosen.row + 1}, column ${chosen.column + 1}, which sees ${down.size} × ${across.size} pixels.`;
    f.say(blank ? verdict : `${verdict} ${place}`);
  }

  function begin() {
    if (model.get("labels").length) pad.load(model.get("start"));
    // The place that answers most, of all first maps or of the one that was asked for.
    const { data, c, w } = run(layers, pad.image.map((v) => v * full), size)[0], asked = model.get("first_map");
    const top = data.reduce((best, v, i) => ((asked < 0 || i % c === asked) && (best < 0 || v > data[best]) ? i : best), -1);
    Object.assign(chosen, { stage: 0, map: top % c, row: Math.floor(top / c / w), column: Math.floor(top / c) % w });
    stageOf.value = "0";
    layTiles();
    update();
  }
  f.onReset(begin);
  begin();
}

export default { render };
