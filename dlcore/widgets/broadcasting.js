/* Broadcasting seen: two shapes to edit, lined up from the right; axes of size 1 stretch, or NumPy's error is explained. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const MOST = [4, 5], SIGNS = { "+": (p, q) => p + q, "−": (p, q) => p - q, "×": (p, q) => p * q };
  const ROLES = { a: "input", b: "weight", result: "activation" };
  const first = { a: model.get("a"), b: model.get("b"), stage: model.get("stage") };
  const shape = { a: [...first.a], b: [...first.b] };
  let chosen = { x: 0, y: 0 }, stage = first.stage, note = "", redraw = () => {};

  // ---------------------------------------------------------------- the rule
  const padded = (s, n) => [...Array(n - s.length).fill(null), ...s];
  const count = (s) => s.reduce((product, size) => product * size, 1);
  const written = (s, gap = " ") => `(${s.join("," + gap)}${s.length === 1 ? "," : ""})`;
  /** One entry an axis, lined up from the right: the sizes in a and b (null where missing), what comes out, any clash. */
  function meet() {
    const n = Math.max(shape.a.length, shape.b.length), a = padded(shape.a, n), b = padded(shape.b, n);
    return a.map((size, i) => {
      const [p, q] = [size ?? 1, b[i] ?? 1];
      return { a: size, b: b[i], size: p === 1 ? q : p, clash: p !== q && p !== 1 && q !== 1 };
    });
  }
  function verdict({ a, b, size, clash }) {
    if (clash) return `${a} and ${b} clash: neither is 1`;
    const lacking = a === null ? "a" : b === null ? "b" : "";
    if (lacking) return `missing in ${lacking}: counts as 1${size > 1 ? `, stretches to ${size}` : ""}`;
    if (a === b) return "equal";
    return `${a === 1 ? "a" : "b"}’s 1 stretches to ${size}`;
  }
  /** Where an array's own number for a place of the result lies. */
  const source = (name, at) => padded(shape[name], 2).map((size, axis) => (size === null || size === 1 ? 0 : at[axis]));
  const number = (name, at) => {
    const [row, column] = source(name, at), columns = shape[name].at(-1) ?? 1;
    return (name === "a" ? 1 : 10) * (row * columns + column + 1);
  };
  const entry = (name, at) => `${name}${shape[name].length ? `[${source(name, at).slice(2 - shape[name].length).join(", ")}]` : ""}`;
  const plain = (v) => String(v).replace("-", "−");

  // ---------------------------------------------------------------- the drawing
  const table = f.make("table", "dl-shapes", f.drawing);
  const back = f.svg("g"), grip = f.svg("g");
  const ring = f.svg("rect", { fill: "none", class: "dl-is-ink", stroke: "currentColor", "stroke-width": 3, rx: 3 }, grip);
  const touch = f.svg("rect", { class: "dl-hit" }, grip);
  const bounds = { x: [0, 0], y: [0, 0] };
  let place = { left: 0, top: 0, cell: 30 };
  const narrow = (width) => width < 520;
  const cellOf = (width) => Math.floor(narrow(width) ? Math.min(32, (width - 30) / (2 * MOST[1])) : Math.min(38, (width - 72) / (3 * MOST[1])));
  const line = (width) => 30 + MOST[0] * cellOf(width);
  f.fluid("The two arrays and the result, cell by cell", (width) => (narrow(width) ? 2 * line(width) + 14 : line(width) + 6), (width, height, svg) => {
    const cell = cellOf(width);
    redraw = () => {
      back.replaceChildren();
      const axes = meet(), fits = !axes.some(({ clash }) => clash), out = axes.map(({ size }) => size);
      const box = (s) => padded(s, 2).map((size) => size ?? 1);
      const [rows, columns] = box(out), text = { y: 30 + cell / 2 + 6, "font-size": 18 };
      let left = 0, top = 30;
      for (const name of ["a", "b"]) {
        const own = box(shape[name]), stretched = stage > 0 && fits;
        grid(name, left, top, cell, own, stretched ? [rows, columns] : own, stretched);
        left += (stretched ? columns : own[1]) * cell + 36;
        if (name === "a") f.svg("text", { ...text, x: left - 18, "text-anchor": "middle", text: signs.value }, back);
      }
      if (narrow(width)) [left, top] = [28, 30 + line(width)];
      grip.style.visibility = fits && stage > 1 ? "visible" : "hidden";
      if (fits && stage > 1) {
        f.svg("text", { ...text, y: top + cell / 2 + 6, x: left - 18, "text-anchor": "middle", text: "=" }, back);
        grid("result", left, top, cell, [rows, columns], [rows, columns]);
        [bounds.x[1], bounds.y[1]] = [columns - 1, rows - 1];
        chosen = { x: Math.min(chosen.x, columns - 1), y: Math.min(chosen.y, rows - 1) };
        place = { left, top, cell };
        for (const part of [ring, touch]) f.setAttributes(part, { width: cell, height: cell, x: left + chosen.x * cell, y: top + chosen.y * cell });
      }
      handle.refresh();
    };
    // The handle stays where it is while the rest is drawn anew: moved in the document it would lose the hand's grip.
    if (!grip.parentNode) svg.append(back, grip);
    handle = handle || f.draggable(grip, {
      label: "the chosen cell of the result", get: () => ({ ...chosen }), bounds, step: 1,
      set: (to) => { chosen = { x: Math.round(to.x), y: Math.round(to.y) }; show(); },
      toData: (px, py) => ({ x: (px - place.left) / place.cell - 0.5, y: (py - place.top) / place.cell - 0.5 }),
      text: ({ x, y }) => `row ${y}, column ${x}`,
    });
    redraw();
  });
  let handle = null;

  /** An array: its own cells solid, copies dashed; copies slide out of the cell that they repeat. */
  function grid(name, left, top, cell, own, full, stretched) {
    const group = f.svg("g", { class: "dl-is-" + ROLES[name], "data-of": name }, back);
    const out = written(meet().map(({ size }) => size));
    const title = name === "result" ? `a ${signs.value} b  ${out}` : `${name}  ${written(shape[name])}`;
    f.svg("text", { x: left, y: top - 10, text: title }, group);
    for (let row = 0; row < full[0]; row++) for (let column = 0; column < full[1]; column++) {
      const ghost = row >= own[0] || column >= own[1], at = [row, column];
      const value = name === "result" ? SIGNS[signs.value](number("a", at), number("b", at)) : number(name, at);
      const marked = stage > 1 && !f.root.querySelector(".dl-clash") && row === chosen.y && column === chosen.x && name !== "result";
      const part = f.svg("g", ghost ? { class: "dl-slides" } : {}, group);
      f.svg("rect", {
        x: left + column * cell + 1.5, y: top + row * cell + 1.5, width: cell - 3, height: cell - 3, rx: 3, stroke: "currentColor",
        "stroke-width": marked ? 3 : 1.2, class: ghost ? "dl-ghost" : null, fill: ghost ? null : "currentColor", "fill-opacity": ghost ? null : 0.16,
      }, part);
      f.svg("text", {
        x: left + (column + 0.5) * cell, y: top + (row + 0.5) * cell + 5, "text-anchor": "middle", "font-size": String(value).length > 3 ? 11.5 : 14,
        class: ghost ? "dl-is-muted" : "dl-is-ink", text: plain(value),
      }, part);
      if (ghost && stretched && sliding) {
        const [fromRow, fromColumn] = [Math.min(row, own[0] - 1), Math.min(column, own[1] - 1)];
        part.setAttribute("transform", `translate(${(fromColumn - column) * cell} ${(fromRow - row) * cell})`);
        part.getBoundingClientRect(); // the browser notes where it starts
        part.style.transform = "translate(0px, 0px)";
      }
    }
  }
  let sliding = false;

  // ---------------------------------------------------------------- shapes, stages, words
  const formula = f.formula();
  const picks = {};
  let signs;
  for (const name of ["a", "b"]) {
    const none = ["", "no axis"], upTo = (most) => Array.from({ length: most }, (_, k) => [String(k + 1), String(k + 1)]);
    const [rows, columns] = padded(first[name], 2).map((size) => (size === null ? "" : String(size)));
    const parent = f.row(`Shape of ${name}`);
    picks[name] = {
      rows: f.select({ label: `${name}: rows`, options: [none, ...upTo(MOST[0])], value: rows, parent }, () => edit(name, "rows")),
      columns: f.select({ label: `${name}: columns`, options: [none, ...upTo(MOST[1])], value: columns, parent }, () => edit(name, "columns")),
    };
    if (name === "b") signs = f.select({ label: "operation", options: Object.keys(SIGNS), value: model.get("operation"), parent }, () => show());
  }
  const player = f.player({ last: 2, value: stage, label: "stage", delay: 1100 }, (value) => {
    sliding = value === 1 && stage === 0 && !f.reducedMotion;
    stage = value;
    show();
    sliding = false;
  });
  function edit(name, part) {
    const { rows, columns } = picks[name];
    if (rows.value && !columns.value) {
      note = part === "rows" ? ` Rows need columns: ${name} has one now.` : ` Without columns ${name} has no rows either: a single axis is the last one.`;
      part === "rows" ? (columns.value = "1") : (rows.value = "");
    }
    shape[name] = [rows.value, columns.value].filter(Boolean).map(Number);
    show();
    note = "";
  }
  function shapes(axes, fits) {
    table.replaceChildren();
    const head = f.make("tr", "", f.make("thead", "", table)), body = f.make("tbody", "", table);
    f.make("th", "", head, "shape");
    axes.forEach((_, i) => f.make("th", "", head, `axis ${i}`));
    for (const name of ["a", "b"]) {
      const row = f.make("tr", "dl-is-" + ROLES[name], body);
      f.make("th", "", row, `${name} ${written(shape[name])}`);
      for (const axis of axes) f.make("td", "", row, axis[name] === null ? "(1)" : String(axis[name]));
    }
    const row = f.make("tr", "", body), out = axes.map(({ size }) => size);
    f.make("th", "", row, fits ? written(out) : "no shape");
    for (const axis of axes) f.make("td", "dl-verdict" + (axis.clash ? " dl-clash" : ""), row, axis.clash ? verdict(axis) : `${axis.size}: ${verdict(axis)}`);
  }
  /** What somebody with these shapes probably wanted. */
  function cure() {
    const [short, long] = shape.a.length < shape.b.length ? ["a", "b"] : ["b", "a"];
    if (shape[short].length === 1 && shape[long].length === 2 && shape[short][0] === shape[long][0])
      return ` If ${short} holds one number for each row, give it the shape (${shape[short][0]}, 1).`;
    if (shape.a.length === 2 && shape.b.length === 2 && shape.a[0] === shape.b[1] && shape.a[1] === shape.b[0]) return " Is one of them lying on its side? .T turns it.";
    return " One of the two sizes has to be 1, or both equal.";
  }
  function show() {
    const axes = meet(), fits = !axes.some(({ clash }) => clash), out = axes.map(({ size }) => size);
    shapes(axes, fits);
    redraw();
    if (!fits) {
      formula(`ValueError: operands could not be broadcast together with shapes ${written(shape.a, "")} ${written(shape.b, "")}`);
      const clash = axes.findLastIndex((axis) => axis.clash);
      return f.say(`These two don’t fit. On axis ${clash}, ${axes[clash].a} numbers would have to meet ${axes[clash].b}.${cure()}${note}`);
    }
    if (stage > 1) {
      const at = [chosen.y, chosen.x], [p, q] = [number("a", at), number("b", at)];
      const index = out.length ? `[${at.slice(2 - out.length).join(", ")}]` : "";
      formula(["activation", `result${index}`], " = ", ["input", entry("a", at)], ` ${signs.value} `, ["weight", entry("b", at)], " = ",
        ["input", plain(p)], ` ${signs.value} `, ["weight", plain(q)], " = ", ["activation", plain(SIGNS[signs.value](p, q))]);
    } else formula(stage ? "Solid cells are stored. Dashed ones are copies: NumPy reads the same number again." : "Line the shapes up from the right.");
    const [na, nb, n] = [count(shape.a), count(shape.b), count(out)];
    const each = n > na && n > nb ? ` From ${na} and ${nb} numbers come ${n}: each meets each.` : "";
    const now = ["Lined up from the right.", "Copied to one shape.", "Number by number."][stage];
    f.say(`${now} Shapes ${written(shape.a)} and ${written(shape.b)} give ${written(out)}.${each}${each && na === nb ? " Was that meant?" : ""}${note}`);
  }
  f.onReset(() => {
    for (const name of ["a", "b"]) shape[name] = [...first[name]];
    [chosen, stage] = [{ x: 0, y: 0 }, first.stage];
    player.value = stage;
    show();
  });
  show();
}
export default { render };
