// What the first layer learned: its weights as pictures over a recorded training, and a digit sent through them.

// The recorded moments as layers: [[{inputs, units, kernel, bias}, …], …], real numbers again.
export function unpack(sizes, bytes, scales) {
  let from = 0;
  const take = (count, scale) => {
    const part = Float64Array.from(bytes.subarray(from, from + count), (v) => (v / 127) * scale);
    from += count;
    return part;
  };
  return scales.map((row) => sizes.slice(1).map((units, i) => ({
    inputs: sizes[i], units, kernel: take(sizes[i] * units, row[2 * i]), bias: take(units, row[2 * i + 1]),
  })));
}

// Scores of a layer for one input: the sum of inputs × weights, plus the bias, for each unit.
export function scores(layer, x) {
  const z = Float64Array.from(layer.bias);
  for (let i = 0; i < layer.inputs; i++) for (let u = 0; u < layer.units; u++) z[u] += x[i] * layer.kernel[i * layer.units + u];
  return z;
}

// What each layer gives: what is below zero is cut off, and the last layer's scores become shares that sum to 1.
export function run(layers, x) {
  const given = [];
  for (const layer of layers.slice(0, -1)) given.push((x = scores(layer, x).map((v) => Math.max(0, v))));
  const z = scores(layers.at(-1), x), top = Math.max(...z), e = z.map((v) => Math.exp(v - top));
  const sum = e.reduce((a, b) => a + b, 0);
  return [...given, e.map((v) => v / sum)];
}

const column = (layer, unit) => Array.from({ length: layer.inputs }, (_, i) => layer.kernel[i * layer.units + unit]);
const a = (name) => `${/^8/.test(name) ? "an" : "a"} ${name}`;
const percent = (v, digits = 0) => `${(100 * v).toFixed(digits)}%`;

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const sizes = model.get("sizes"), accuracy = model.get("accuracy"), labels = model.get("labels"), classes = model.get("classes");
  const [height, width] = model.get("image_shape"), full = model.get("full_colour"), epoch = model.get("unit");
  const moments = unpack(sizes, dlBytes(model.get("weights"), Int8Array), model.get("scales"));
  const pixels = Array.from(dlBytes(model.get("images"), Uint8Array), (v) => v / 255), size = height * width;
  const digits = labels.map((label, i) => ({ label, ink: pixels.slice(i * size, (i + 1) * size) }));
  const last = moments.length - 1;
  let chosen = 0, unit = 0;
  // The bars keep one scale through the whole training, so that their growth can be seen.
  const strongest = Math.max(1e-9, ...digits.map(({ ink }) => Math.max(...run(moments[last], ink)[0])));
  const now = () => moments[player.value];
  const when = (step) => (step ? `after ${epoch} ${step}` : "before training");
  const name = (parent) => f.make("p", "dl-learned-name", parent);

  // ---------------------------------------------------------------- the parts
  const grid = f.make("div", "dl-learned", f.drawing);
  const left = f.make("div", "", grid), heading = name(left), tiles = f.make("div", "dl-learned-tiles", left);
  f.setAttributes(tiles, { role: "group", "aria-label": "Units of the first layer" });
  const units = Array.from({ length: sizes[1] }, (_, u) => {
    const tile = f.make("button", "dl-learned-tile", tiles);
    tile.type = "button";
    const canvas = f.make("canvas", "", tile), foot = f.make("span", "dl-learned-foot", tile);
    f.make("span", "dl-learned-number", foot, u + 1);
    const bar = f.make("span", "", f.make("span", "dl-learned-track", foot));
    tile.addEventListener("click", () => { unit = u; show(); });
    return { tile, canvas, bar };
  });
  f.legend([
    { mark: "fill", role: "weight", label: "ink counts for it" },
    { mark: "fill", role: "ink", label: "against it" },
    { mark: "line", role: "activation", label: "what it gives for the digit" },
  ], left);
  left.append(f.controls); // right below the pictures, so that Play and what it changes are seen together on a phone
  const side = f.make("div", "dl-learned-side", grid), curve = chart(side);
  const answer = f.make("div", "", side), asked = name(answer), list = f.make("ul", "dl-learned-bars", answer);
  const bars = classes.map((c) => {
    const item = f.make("li", "", list);
    f.make("span", "dl-learned-class", item, c);
    const bar = f.make("span", "", f.make("span", "dl-learned-track", item));
    return { item, bar, value: f.make("span", "dl-learned-value", item) };
  });
  const working = f.make("div", "dl-learned-working", f.drawing);
  const [seen, weighed, products] = ["the digit", "× the unit's weights", "= their products"].map((text) => {
    const figure = f.make("div", "", working), canvas = f.make("canvas", "", figure);
    canvas.setAttribute("role", "img");
    f.make("span", "", figure, text);
    return canvas;
  });
  const write = f.formula();

  // ---------------------------------------------------------------- the controls
  const player = f.player({ last, value: 0, label: epoch, delay: 500 }, () => show());
  const row = f.row("The digit that is shown to the network");
  row.classList.add("dl-learned-digits");
  const choices = digits.map(({ label }, i) => {
    const button = f.button("", () => { chosen = i; show(); }, { parent: row });
    button.classList.add("dl-learned-digit");
    button.setAttribute("aria-label", labels.indexOf(label) === i ? a(classes[label]) : `another ${classes[label]}`);
    return { button, canvas: f.make("canvas", "", button) };
  });
  f.onReset(() => { player.value = 0; chosen = unit = 0; show(); });

  function chart(parent) {
    const W = 340, H = 176, box = { left: 44, right: W - 10, top: 28, bottom: H - 38 };
    const x = (v) => box.left + ((box.right - box.left) * v) / last, y = (v) => box.bottom - (box.bottom - box.top) * v;
    const svg = f.svg("svg", { class: "dl-stage", viewBox: `0 0 ${W} ${H}`, role: "img" }, parent);
    f.svg("text", { x: 0, y: 14, class: "dl-learned-title", text: "Test digits right" }, svg);
    for (const mark of [0, 0.5, 1]) {
      f.svg("line", { x1: box.left, x2: box.right, y1: y(mark), y2: y(mark), class: "dl-learned-rule" }, svg);
      f.svg("text", { x: box.left - 6, y: y(mark), dy: "0.35em", "text-anchor": "end", class: "dl-learned-tick", text: percent(mark) }, svg);
    }
    const every = Math.max(1, Math.round(last / 4));
    for (let mark = 0; mark <= last; mark += every) f.svg("text", { x: x(mark), y: box.bottom + 17, "text-anchor": "middle", class: "dl-learned-tick", text: mark }, svg);
    f.svg("text", { x: (box.left + box.right) / 2, y: H - 4, "text-anchor": "middle", class: "dl-learned-tick", text: epoch }, svg);
    const line = f.svg("path", { class: "dl-learned-line" }, svg), dot = f.svg("circle", { r: 5, class: "dl-learned-dot" }, svg);
    const read = f.svg("text", { x: box.right, y: 14, "text-anchor": "end", class: "dl-learned-read" }, svg);
    return (step) => {
      line.setAttribute("d", accuracy.slice(0, step + 1).map((v, i) => `${i ? "L" : "M"}${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(""));
      f.setAttributes(dot, { cx: x(step), cy: y(accuracy[step]) });
      read.textContent = percent(accuracy[step], 1);
      svg.setAttribute("aria-label", `Share of test digits that are right, up to ${epoch} ${step}: ${read.textContent}.`);
    };
  }

  // ---------------------------------------------------------------- what changes
  function paint() {
    const [first] = now(), { ink } = digits[chosen], weights = column(first, unit);
    units.forEach(({ canvas }, u) => dlPaint(canvas, column(first, u).map((v) => v / full), width, height, "weight"));
    choices.forEach(({ canvas }, i) => dlPaint(canvas, digits[i].ink, width, height, "input"));
    dlPaint(seen, ink, width, height, "input");
    dlPaint(weighed, weights.map((v) => v / full), width, height, "weight");
    dlPaint(products, weights.map((v, i) => (v * ink[i]) / full), width, height, "activation");
  }
  function show() {
    const step = player.value, { label, ink } = digits[chosen], layers = now();
    const given = run(layers, ink), hidden = given[0], shares = given.at(-1);
    const best = shares.indexOf(Math.max(...shares));
    heading.textContent = `First layer, ${when(step)}`;
    units.forEach(({ tile, bar }, u) => {
      bar.style.width = percent(Math.min(1, hidden[u] / strongest), 1);
      f.setAttributes(tile, { "aria-pressed": String(u === unit), "aria-label": `unit ${u + 1}, gives ${f.number(hidden[u])}` });
    });
    curve(step);
    asked.textContent = `What it makes of this ${classes[label]}`;
    bars.forEach(({ item, bar, value }, c) => {
      item.classList.toggle("dl-learned-first", c === best);
      bar.style.width = value.textContent = percent(shares[c]);
    });
    choices.forEach(({ button }, i) => button.setAttribute("aria-pressed", String(i === chosen)));
    const bias = layers[0].bias[unit], z = scores(layers[0], ink)[unit];
    seen.setAttribute("aria-label", `The digit, ${a(classes[label])}.`);
    weighed.setAttribute("aria-label", `The weights of unit ${unit + 1}, ${when(step)}.`);
    products.setAttribute("aria-label", "Ink times weight, pixel by pixel.");
    write(`Unit ${unit + 1}: all products together ${f.number(z - bias)}, with its `, ["weight", "bias"], ` ${f.number(bias)}: ${f.number(z)}. `,
      z > 0 ? "It passes on " : "Below zero, so it passes on ", ["activation", f.number(Math.max(0, z))], ".");
    const verdict = best === label ? "right" : "wrong";
    f.say(`${step ? `After ${epoch} ${step}` : "Before training"}: ${percent(accuracy[step], 1)} of the test digits are right. ` +
      `This ${classes[label]} is read as ${classes[best]} (${percent(shares[best])} sure): ${verdict}.`);
    paint();
  }
  show();
  dlOnTheme(tiles, paint);
}

export default { render };
