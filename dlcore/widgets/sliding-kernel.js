// A kernel slid over a picture: at each place nine products and their sum, and the result that grows from the sums.

// How windows of k lie on n entries, as dlcore.ops.windows.lay_out says it: {before, after, out}.
export function layOut(n, k, stride, padding) {
  const missing = padding === "same" ? Math.max((Math.ceil(n / stride) - 1) * stride + k - n, 0) : 0;
  const before = Math.floor(missing / 2);
  return { before, after: missing - before, out: Math.floor((n + missing - k) / stride) + 1 };
}

// Every window of the picture times the kernel, summed: rows of numbers. Outside the picture is 0.
export function convolve(picture, kernel, stride, padding) {
  const rows = layOut(picture.length, kernel.length, stride, padding), columns = layOut(picture[0].length, kernel[0].length, stride, padding);
  const at = (i, j) => picture[i]?.[j] ?? 0;
  return Array.from({ length: rows.out }, (_, i) => Array.from({ length: columns.out }, (_, j) =>
    kernel.reduce((sum, line, u) => line.reduce((s, w, v) => s + w * at(i * stride - rows.before + u, j * stride - columns.before + v), sum), 0)));
}

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const pictures = model.get("pictures"), kernels = model.get("kernels"), first = model.get("start");
  const named = (list, name) => list.find((entry) => entry.name === name);
  const copy = (rows) => rows.map((row) => [...row]);
  let picture, kernel, stride, padding, result;
  let rows = { out: 1 }, columns = rows;

  /** Up to two digits after the point, and none that say nothing. */
  const plain = (value) => { const text = f.number(value, 2); return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text; };
  const tint = (role, share) => `fill: color-mix(in srgb, var(--dl-${role}) ${Math.round(55 * Math.min(1, Math.abs(share)))}%, var(--dl-paper))`;

  // ---------------------------------------------------------------- panels
  const grid = f.make("div", "dl-slide", f.drawing);
  const panel = (name, className) => {
    const box = f.make("div", className, grid);
    return { box, name: f.make("p", "dl-slide-name", box, name) };
  };
  const left = panel("Picture", "dl-slide-picture"), middle = f.make("div", "dl-slide-middle", grid), right = panel("Result", "dl-slide-result");
  const sheet = (parent, label) => {
    const svg = f.svg("svg", { class: "dl-slide-sheet", role: "group", "aria-label": label }, parent);
    return { svg, cells: f.svg("g", {}, svg) };
  };
  const seen = sheet(left.box, "The picture"), grown = sheet(right.box, "The result");
  const kernelBox = f.make("div", "", middle), productBox = f.make("div", "", middle);
  f.make("p", "dl-slide-name", kernelBox, "Kernel (type)");
  const kernelGrid = f.make("div", "dl-slide-kernel", kernelBox);
  f.make("p", "dl-slide-name", productBox, "Products");
  const products = sheet(productBox, "The products");
  const formula = f.formula();

  // ---------------------------------------------------------------- what can be taken hold of
  const player = f.player({ last: 1, label: "place", delay: 450, count: 1 }, () => show());
  const bounds = { x: [0, 0], y: [0, 0] };
  const place = () => ({ x: player.value % columns.out, y: Math.floor(player.value / columns.out) });
  const put = ({ x, y }) => { player.pause(); player.value = Math.round(y) * columns.out + Math.round(x); show(); };
  const spoken = ({ x, y }) => `row ${Math.round(y) + 1}, column ${Math.round(x) + 1}`;
  const frame = f.svg("rect", { class: "dl-slide-window dl-is-weight" }, seen.svg);
  const spot = f.svg("rect", { class: "dl-slide-window dl-is-activation", width: 1, height: 1 }, grown.svg);
  const handles = [
    f.draggable(frame, { label: "the window", get: place, set: put, bounds, step: 1, text: spoken, toData: (x, y) => ({ x: x / stride, y: y / stride }) }),
    f.draggable(spot, { label: "the result's entry", get: place, set: put, bounds, step: 1, text: spoken }),
  ];
  // A click anywhere on a sheet brings the window there.
  const jump = (svg, target) => svg.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.classList.contains("dl-draggable")) return;
    const p = f.place(event, svg), to = target(p);
    put({ x: f.clamp(to.x, ...bounds.x), y: f.clamp(to.y, ...bounds.y) });
  });
  jump(seen.svg, (p) => ({ x: (p.x - kernel[0].length / 2) / stride, y: (p.y - kernel.length / 2) / stride }));
  jump(grown.svg, (p) => ({ x: Math.floor(p.x), y: Math.floor(p.y) }));

  // ---------------------------------------------------------------- controls
  const choices = f.row("What slides over what");
  const chosenPicture = f.select({ label: "picture", options: pictures.map((p) => p.name), value: first.picture, parent: choices }, (name) => { picture = named(pictures, name).rows; anew(0); });
  const chosenKernel = f.select({ label: "kernel", options: [...kernels.map((k) => k.name), "your own"], value: first.kernel, parent: choices }, (name) => {
    if (named(kernels, name)) kernel = copy(named(kernels, name).rows);
    buildKernel();
    anew();
  });
  const chosenStride = f.select({ label: "stride", options: ["1", "2", "3"], value: String(first.stride), parent: choices }, (value) => { stride = Number(value); anew(0); });
  const chosenPadding = f.select({ label: "padding", options: ["valid", "same"], value: first.padding, parent: choices }, (value) => { padding = value; anew(0); });
  f.button("Slide to the end", () => { player.pause(); player.value = player.last; show(); }, { parent: choices });

  function buildKernel() {
    kernelGrid.replaceChildren();
    kernelGrid.style.gridTemplateColumns = `repeat(${kernel[0].length}, 1fr)`;
    kernel.forEach((line, u) => line.forEach((w, v) => {
      const input = f.make("input", "", kernelGrid);
      f.setAttributes(input, { type: "number", step: "any", "aria-label": `kernel, row ${u + 1}, column ${v + 1}` });
      input.value = Number(w.toFixed(2));
      input.addEventListener("input", () => {
        if (!Number.isFinite(input.valueAsNumber)) return;
        kernel[u][v] = f.clamp(input.valueAsNumber, -99, 99);
        chosenKernel.value = "your own";
        anew();
      });
    }));
  }

  // ---------------------------------------------------------------- drawing
  const cell = (parent, x, y, value, style, faint) => {
    f.svg("rect", { x, y, width: 1, height: 1, class: "dl-slide-cell" + (faint ? " dl-slide-faint" : ""), style }, parent);
    if (value === null) return;
    const text = plain(value);
    f.svg("text", { x: x + 0.5, y: y + 0.5, "font-size": text.length > 4 ? 0.3 : text.length > 2 ? 0.37 : 0.44, "text-anchor": "middle", "dominant-baseline": "central", text }, parent);
  };
  const fitTo = ({ svg }, height, width) => f.setAttributes(svg, { viewBox: `-0.06 -0.06 ${width + 0.12} ${height + 0.12}` });

  /** After a change of picture, kernel, stride or padding; the window goes to `to`, or stays where it is. */
  function anew(to = null) {
    const h = picture.length, w = picture[0].length;
    rows = layOut(h, kernel.length, stride, padding);
    columns = layOut(w, kernel[0].length, stride, padding);
    result = convolve(picture, kernel, stride, padding);
    bounds.x[1] = columns.out - 1;
    bounds.y[1] = rows.out - 1;
    player.pause();
    player.last = rows.out * columns.out - 1;
    player.value = to === null ? Math.min(player.value, player.last) : to;
    const most = Math.max(...picture.flat()) || 1;
    seen.cells.replaceChildren();
    fitTo(seen, rows.before + h + rows.after, columns.before + w + columns.after);
    for (let i = -rows.before; i < h + rows.after; i++)
      for (let j = -columns.before; j < w + columns.after; j++) {
        const inside = picture[i]?.[j] !== undefined, value = picture[i]?.[j] ?? 0;
        cell(seen.cells, j + columns.before, i + rows.before, value, tint("input", value / most), !inside);
      }
    f.setAttributes(frame, { width: kernel[0].length, height: kernel.length });
    fitTo(products, kernel.length, kernel[0].length);
    fitTo(grown, rows.out, columns.out);
    left.name.textContent = `Picture, ${h} × ${w}` + (rows.before + rows.after ? ", zeros around it" : "");
    show();
  }

  function show() {
    const { x, y } = place(), top = y * stride - rows.before, start = x * stride - columns.before;
    const terms = kernel.map((line, u) => line.map((w, v) => ({ w, x: picture[top + u]?.[start + v] ?? 0 })));
    const sum = result[y][x], most = Math.max(1e-9, ...result.flat().map(Math.abs)), strongest = Math.max(1e-9, ...terms.flat().map((t) => Math.abs(t.w * t.x)));
    f.setAttributes(frame, { x: x * stride, y: y * stride });
    f.setAttributes(spot, { x, y });
    handles.forEach((handle) => handle.refresh());
    products.cells.replaceChildren();
    terms.forEach((line, u) => line.forEach((t, v) => cell(products.cells, v, u, t.w * t.x, tint(t.w * t.x < 0 ? "muted" : "activation", (t.w * t.x) / strongest))));
    grown.cells.replaceChildren();
    result.forEach((line, i) => line.forEach((value, j) => {
      const done = i * columns.out + j <= player.value;
      cell(grown.cells, j, i, done ? value : null, done ? tint(value < 0 ? "muted" : "activation", value / most) : "fill: none", !done);
    }));
    right.name.textContent = `Result, ${rows.out} × ${columns.out}`;
    const pieces = [];
    for (const t of terms.flat()) {
      if (t.w === 0 || t.x === 0) continue;
      if (pieces.length) pieces.push(" + ");
      pieces.push(["weight", t.w < 0 ? `(${plain(t.w)})` : plain(t.w)], "·", ["input", plain(t.x)]);
    }
    formula(...(pieces.length ? pieces : ["nothing but zeros"]), " = ", ["activation", plain(sum)]);
    const size = (axis, n, k) => `(${n}${axis.before + axis.after ? ` + ${axis.before + axis.after}` : ""} − ${k}) / ${stride}${(n + axis.before + axis.after - k) % stride ? ", rounded down," : ""} + 1 = ${axis.out}`;
    f.say(`Row ${y + 1}, column ${x + 1} of the result: ${plain(sum)}. Its height: ${size(rows, picture.length, kernel.length)}.`);
    f.root.dataset.place = `${y},${x}`;
  }

  function begin() {
    picture = named(pictures, first.picture).rows;
    kernel = copy(named(kernels, first.kernel).rows);
    ({ stride, padding } = first);
    buildKernel();
    anew(first.at);
  }
  f.onReset(begin);
  begin();
}

export default { render };
