// Draw a digit; the network that was just trained classifies it, here, without a kernel.

// ---------------------------------------------------------------- the network

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

// What every layer gives, one after the other.
export function run(layers, x) {
  return layers.map((layer) => (x = dlDense(layer, x)));
}

// ---------------------------------------------------------------- the explorable

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const size = model.get("size"), full = model.get("ink"), classes = model.get("classes");
  const layers = unpack(model.get("layers"), dlBytes(model.get("kernels"), Int8Array), dlBytes(model.get("scales"), Float32Array), dlBytes(model.get("biases"), Float32Array));

  const panel = (parent, text, className) => {
    const box = f.make("div", className, parent);
    f.make("p", "dl-digit-name", box, text);
    return box;
  };
  const grid = f.make("div", "dl-digit", f.drawing);
  const left = panel(grid, "Your drawing", "dl-digit-left");
  const pad = dlDrawingPad(f, model, left, update);

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

  const answer = dlDigitAnswer(f, panel(grid, "Probabilities", "dl-digit-right"), classes);

  // ---------------------------------------------------------------- from ink to bars
  function update() {
    const { blank, image } = pad;
    pad.paint(blank);
    dlPaint(seen, image, size, size, "input");
    const outputs = run(layers, image.map((v) => v * full));
    hidden.forEach(({ canvas, columns, rows }, i) => {
      const most = Math.max(...outputs[i].map(Math.abs)) || 1, cells = new Float32Array(columns * rows);
      if (!blank) outputs[i].forEach((v, u) => (cells[u] = v / most));
      dlPaint(canvas, cells, columns, rows, "activation");
      canvas.setAttribute("aria-label", blank ? "Nothing yet" : `${outputs[i].filter((v) => v > 0).length} of ${outputs[i].length} units are above zero.`);
    });
    seen.setAttribute("aria-label", blank ? "An empty image" : pad.named);
    f.say(answer(blank ? null : outputs.at(-1), pad));
  }
  update();
}

export default { render };
