// Training played back: curves that grow and first-layer weights that change, from what was recorded.

// The last recording at or before a step: what was not recorded is not made up.
export const frameAt = (frames, step) => Math.max(0, frames.findLastIndex((at) => at <= step));

const percent = (v) => `${(100 * v).toFixed(v > 0.995 ? 2 : 1)}%`;
const plain = (v) => (v >= 100 ? v.toFixed(0) : v >= 0.01 || v === 0 ? v.toFixed(3) : v.toExponential(1).replace("-", "−"));

// About `count` round numbers between low and high.
export function ticks(low, high, count = 4) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((m) => m * power >= rough) * power;
  const marks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) marks.push(Number((i * step).toPrecision(12)));
  return marks;
}

// What the curves say at a step, in a sentence or two.
export function report(curves, at, step, last, unit) {
  const index = at.findLastIndex((a) => a <= step);
  if (index < 0) return `Before training: the weights are random numbers. Press Play to see what ${last} ${unit}${last === 1 ? "" : "s"} make of them.`;
  const parts = [];
  for (const kind of [...new Set(curves.map((c) => c.kind))]) {
    const show = curves.find((c) => c.kind === kind).share ? percent : plain;
    const values = curves.filter((c) => c.kind === kind).map((c) => `${show(c.values[index])} ${c.split === "validation" ? "in validation" : "in training"}`);
    parts.push(`${kind} ${values.join(", ")}`);
  }
  const held = curves.find((c) => c.kind === "loss" && c.split === "validation");
  let remark = "";
  if (held && index > 1) {
    const best = held.values.slice(0, index + 1).reduce((b, v, i, all) => (v < all[b] ? i : b), 0);
    if (best < index) remark = ` The validation loss was lowest at ${unit} ${at[best]} (${plain(held.values[best])}).`;
  }
  return `After ${unit} ${step}: ${parts.join("; ")}.${remark}`;
}

function render({ model, el }) {
  const f = dlFrame({ model, el });
  const curves = model.get("curves"), at = model.get("at"), unit = model.get("unit"), last = at.at(-1);
  const grid = f.make("div", "dl-playback", f.drawing);
  const kinds = [...new Set(curves.map((c) => c.kind))];
  const charts = f.make("div", "", grid);
  const panels = kinds.map((kind, i) => chart(kind, i === kinds.length - 1));
  f.legend([
    { mark: "line", role: "ink", label: "training" },
    ...(curves.some((c) => c.split === "validation") ? [{ mark: "dash", role: "ink", label: "validation" }] : []),
  ], charts);
  const frames = model.get("frames_at"), images = frames.length ? weightImages() : null;
  const player = f.player({ last, value: 0, label: unit, delay: Math.max(40, Math.min(700, 12000 / last)) }, () => show());
  f.onReset(() => { player.value = 0; show(); });

  function chart(kind, labelled) {
    const mine = curves.filter((c) => c.kind === kind), share = mine[0].share, role = kind === "loss" ? "loss" : "ink";
    const all = mine.flatMap((c) => c.values);
    const W = 340, H = labelled ? 196 : 168, box = { left: 46, right: W - 12, top: 26, bottom: H - (labelled ? 40 : 14) };
    let low = share ? Math.min(...all) : 0, high = share ? 1 : Math.max(...all) * 1.02;
    if (share) low = Math.max(0, low - 0.1 * (1 - low));
    const x = (v) => box.left + ((box.right - box.left) * v) / last;
    const y = (v) => box.bottom - ((box.bottom - box.top) * (v - low)) / (high - low || 1);
    const svg = f.svg("svg", { class: "dl-stage", viewBox: `0 0 ${W} ${H}`, role: "img" }, charts);
    f.svg("text", { x: 0, y: 14, class: "dl-playback-name", text: kind }, svg);
    const marks = ticks(low, high);
    const digits = Math.max(0, ...marks.map((m) => (String(share ? Number((100 * m).toPrecision(6)) : m).split(".")[1] || "").length));
    for (const mark of marks) {
      f.svg("line", { x1: box.left, x2: box.right, y1: y(mark), y2: y(mark), class: "dl-playback-rule" }, svg);
      f.svg("text", { x: box.left - 6, y: y(mark), dy: "0.35em", "text-anchor": "end", class: "dl-playback-tick", text: share ? `${(100 * mark).toFixed(digits)}%` : mark.toFixed(digits) }, svg);
    }
    if (labelled) {
      for (const mark of ticks(0, last, 6).filter(Number.isInteger)) f.svg("text", { x: x(mark), y: box.bottom + 17, "text-anchor": "middle", class: "dl-playback-tick", text: mark }, svg);
      f.svg("text", { x: (box.left + box.right) / 2, y: H - 5, "text-anchor": "middle", class: "dl-playback-tick", text: unit }, svg);
    }
    const now = f.svg("line", { y1: box.top, y2: box.bottom, class: "dl-playback-now" }, svg);
    const readout = f.svg("text", { x: box.right, y: 14, "text-anchor": "end", class: "dl-playback-read" }, svg);
    const lines = mine.map((c) => {
      const group = f.svg("g", { class: `dl-is-${role} dl-playback-${c.split}` }, svg);
      return { curve: c, path: f.svg("path", { class: "dl-playback-line" }, group), dot: f.svg("circle", { r: 4.5, class: "dl-playback-dot" }, group) };
    });
    const text = share ? percent : plain;
    return (step) => {
      const index = at.findLastIndex((a) => a <= step);
      f.setAttributes(now, { x1: x(step), x2: x(step) });
      for (const { curve, path, dot } of lines) {
        path.setAttribute("d", curve.values.slice(0, index + 1).map((v, i) => `${i ? "L" : "M"}${x(at[i]).toFixed(1)},${y(v).toFixed(1)}`).join(""));
        f.setAttributes(dot, { cx: x(at[index] ?? 0), cy: y(curve.values[index] ?? low), visibility: index < 0 ? "hidden" : "visible" });
      }
      readout.textContent = index < 0 ? "" : lines.map(({ curve }) => `${curve.split} ${text(curve.values[index])}`).join(" · ");
      svg.setAttribute("aria-label", `Curve of the ${kind} up to ${unit} ${step}. ${readout.textContent}`);
    };
  }

  function weightImages() {
    const [units, height, width] = model.get("image_shape"), values = dlBytes(model.get("weights"), Int8Array);
    const size = height * width, scale = model.get("weight_scale");
    const side = f.make("div", "", grid);
    const name = f.make("p", "dl-playback-name", side, `First-layer weights of ${units} units`);
    const tiles = f.make("div", "dl-playback-tiles", side);
    f.setAttributes(tiles, { role: "img", style: `--dl-columns: ${Math.ceil(Math.sqrt(units))}` });
    const canvases = Array.from({ length: units }, () => f.make("canvas", "", tiles));
    const legend = f.make("p", "dl-playback-key", side);
    let shown = -1;
    const draw = (step, again) => {
      const frame = frameAt(frames, step);
      if (frame === shown && !again) return;
      shown = frame;
      canvases.forEach((canvas, unit) => {
        const from = (frame * units + unit) * size;
        dlPaint(canvas, Array.from(values.subarray(from, from + size), (v) => v / 127), width, height, "weight");
      });
      const when = frames[frame] === 0 ? "before training" : `after ${unit} ${frames[frame]}`;
      name.textContent = `First-layer weights, ${when}`;
      tiles.setAttribute("aria-label", `The weights of ${units} units as images of ${height} by ${width}, ${when}.`);
    };
    for (const [role, label] of [["ink", `−${plain(scale)}`], ["paper", "0"], ["weight", `+${plain(scale)}`]]) {
      f.make("span", `dl-playback-swatch dl-playback-${role}`, legend).setAttribute("aria-hidden", "true");
      legend.append(label);
    }
    dlOnTheme(tiles, () => draw(player.value, true));
    return draw;
  }

  function show() {
    const step = player.value;
    panels.forEach((draw) => draw(step));
    images?.(step);
    f.say(report(curves, at, step, last, unit));
  }
  show();
}

export default { render };
