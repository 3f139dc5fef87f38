/* The frame that every explorable of the book stands in.

   const f = dlFrame({ model, el }) builds: title, what to try first, drawing, controls, status line, reset,
   and the same in words. It returns the few tools that explorables share, so that a slider, a handle to drag
   or a row of play buttons looks and behaves the same everywhere. Everything is an ordinary element with an
   accessible name; nothing needs a kernel or a library. */
function dlFrame({ model, el }) {
  const uid = () => "dl-" + (window.dlCount = (window.dlCount || 0) + 1);
  const make = (tag, className, parent, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  };
  const setAttributes = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "text") element.textContent = value;
      else if (value === null || value === undefined || value === false) element.removeAttribute(name);
      else element.setAttribute(name, value === true ? "" : value);
    }
    return element;
  };
  const part = (name) => model.get(name) || "";
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  // ---------------------------------------------------------------- the parts, top to bottom
  const root = make("div", "dl-frame", el);
  root.setAttribute("role", "group");
  const title = make("p", "dl-title", root, part("title"));
  title.id = uid();
  root.setAttribute("aria-labelledby", title.id);
  if (part("try_first")) {
    const line = make("p", "dl-try", root);
    make("b", "", line, "Try first ");
    line.append(part("try_first"));
  }
  const drawing = make("div", "dl-drawing", root);
  const controls = make("div", "dl-controls", root);
  const foot = make("div", "dl-foot", root);
  const status = make("p", "dl-status", foot);
  const resetButton = make("button", "dl-button dl-reset", foot, "Reset");
  resetButton.type = "button";
  resetButton.setAttribute("aria-label", "Reset: " + part("title"));
  const live = make("p", "dl-live", root);
  live.setAttribute("aria-live", "polite");
  if (part("alternative")) {
    const details = make("details", "dl-alternative", root);
    make("summary", "", details, "In words");
    for (const paragraph of part("alternative").split("\n\n")) make("p", "", details, paragraph);
  }

  const f = { root, drawing, controls, make, setAttributes, clamp, uid };
  f.reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** A number as the book prints it: fixed digits, a true minus, no "−0.00". */
  f.number = (value, digits = 2) => {
    const text = Math.abs(value).toFixed(digits);
    return value < 0 && Number(text) !== 0 ? "−" + text : text;
  };

  // ---------------------------------------------------------------- what is said
  // The sentence shows at once; a screen reader hears it when the hand rests, and never before it was touched.
  let touched = false, timer;
  for (const event of ["pointerdown", "keydown", "input"]) root.addEventListener(event, () => (touched = true), true);
  f.say = (text, spoken = text) => {
    status.textContent = text;
    clearTimeout(timer);
    if (touched) timer = setTimeout(() => (live.textContent = spoken), 400);
  };

  /** Fills an element with text pieces; ["weight", "w₁"] is a piece in a role's colour. */
  f.write = (element, ...pieces) => {
    element.replaceChildren(...pieces.map((piece) => (Array.isArray(piece) ? make("span", "dl-is-" + piece[0], null, piece[1]) : piece)));
    return element;
  };
  /** A line of working, in the colours of the roles, below the drawing. Returns a function that rewrites it. */
  f.formula = (parent = drawing) => {
    const line = make("p", "dl-formula", parent);
    return (...pieces) => f.write(line, ...pieces);
  };
  /** What the marks mean: [{mark: "line" | "dash" | "disc" | "square" | "ring" | "cross" | "fill", role, label}]. */
  f.legend = (items, parent = drawing) => {
    const list = make("ul", "dl-legend", parent);
    for (const { mark, role, label } of items) {
      const item = make("li", "", list);
      make("span", `dl-mark dl-mark-${mark} dl-is-${role}`, item).setAttribute("aria-hidden", "true");
      item.append(label);
    }
    return list;
  };

  // ---------------------------------------------------------------- controls
  const rewinds = [];
  const resets = [];
  f.onReset = (fn) => resets.push(fn);
  resetButton.addEventListener("click", () => [...rewinds, ...resets].forEach((fn) => fn()));

  /** A group of controls on a line of their own. */
  f.row = (label) => {
    const row = make("div", "dl-row", controls);
    if (label) setAttributes(row, { role: "group", "aria-label": label });
    return row;
  };
  f.button = (label, onClick, { parent = controls, primary = false } = {}) => {
    const button = make("button", "dl-button" + (primary ? " dl-primary" : ""), parent, label);
    button.type = "button";
    button.addEventListener("click", () => onClick(button));
    return button;
  };
  f.slider = ({ label, min, max, step = 0.1, value = min, format, role, parent = controls }, onInput) => {
    const digits = (String(step).split(".")[1] || "").length;
    const show = format || ((v) => f.number(v, digits));
    const box = make("div", "dl-slider" + (role ? " dl-is-" + role : ""), parent);
    const name = make("label", "", box, label);
    const shown = make("span", "dl-value", box);
    shown.setAttribute("aria-hidden", "true");
    const input = make("input", "", box);
    setAttributes(input, { type: "range", min, max, step, id: uid() });
    name.htmlFor = input.id;
    const refresh = () => {
      const low = Number(input.min), span = Number(input.max) - low;
      shown.textContent = show(Number(input.value));
      input.setAttribute("aria-valuetext", shown.textContent);
      const part = (v) => (span > 0 ? (100 * (v - low)) / span : 0);
      const ends = [part(Number(input.value)), part(clamp(0, low, low + span))].sort((p, q) => p - q);
      input.style.setProperty("--dl-from", ends[0] + "%");
      input.style.setProperty("--dl-to", ends[1] + "%");
    };
    const control = {
      element: box, input, name,
      get value() { return Number(input.value); },
      set value(v) { input.value = v; refresh(); },
      get max() { return Number(input.max); },
      set max(v) { input.max = v; refresh(); },
    };
    control.value = value;
    input.addEventListener("input", () => { refresh(); onInput?.(control.value); });
    rewinds.push(() => (control.value = value));
    return control;
  };
  /** options: ["a", "b"] or [["value", "label"], …] */
  f.select = ({ label, options, value, parent = controls }, onChange) => {
    const box = make("div", "dl-select", parent);
    const name = make("label", "", box, label);
    const input = make("select", "", box);
    input.id = name.htmlFor = uid();
    for (const option of options) {
      const [key, text] = Array.isArray(option) ? option : [option, option];
      make("option", "", input, text).value = key;
    }
    const first = value === undefined ? input.value : value;
    const control = { element: box, input, get value() { return input.value; }, set value(v) { input.value = v; } };
    control.value = first;
    input.addEventListener("change", () => onChange?.(control.value));
    rewinds.push(() => (control.value = first));
    return control;
  };
  f.toggle = (label, value, onChange, { parent = controls } = {}) => {
    const box = make("label", "dl-toggle", parent);
    const input = make("input", "", box);
    input.type = "checkbox";
    box.append(label);
    const control = { element: box, input, get value() { return input.checked; }, set value(v) { input.checked = v; } };
    control.value = value;
    input.addEventListener("change", () => onChange?.(control.value));
    rewinds.push(() => (control.value = value));
    return control;
  };

  /** Back, Play, Step, a slider over the steps 0 … last, and a pace. onStep(value) is called for every change.
      count: the number by which the first step is called. {value, last} get and set (setting calls nothing); pause() stops the play. */
  f.player = ({ last, value = 0, label = "step", delay = 700, count = 0 }, onStep) => {
    const row = f.row("Steps");
    let ticking = null;
    const go = (to) => { slider.value = clamp(to, 0, slider.max); refresh(); onStep(slider.value); };
    const pause = () => { clearInterval(ticking); ticking = null; refresh(); };
    const tick = () => {
      if (!root.isConnected) return pause();
      go(slider.value + 1);
      if (slider.value >= slider.max) pause();
    };
    const start = () => {
      if (slider.value >= slider.max) go(0);
      clearInterval(ticking);
      ticking = setInterval(tick, delay / Number(pace.value));
      refresh();
    };
    const back = f.button("Back", () => { pause(); go(slider.value - 1); }, { parent: row });
    const play = f.button("Play", () => (ticking === null ? start() : pause()), { parent: row, primary: true });
    const step = f.button("Step", () => { pause(); go(slider.value + 1); }, { parent: row });
    let slider; // its own text speaks of its end, so it is declared before it is made
    slider = f.slider({ label, min: 0, max: last, step: 1, value, parent: row, format: (v) => `${v + count} of ${(slider ? slider.max : last) + count}` },
      (v) => { pause(); go(v); });
    slider.element.classList.add("dl-wide");
    const pace = f.select({ label: "pace", options: [["0.5", "slow"], ["1", "normal"], ["4", "fast"]], value: "1", parent: row },
      () => ticking !== null && start());
    // A disabled button would drop the keyboard's focus, so the ends are only announced as such.
    function refresh() {
      play.textContent = ticking === null ? "Play" : "Pause";
      back.setAttribute("aria-disabled", slider.value <= 0);
      step.setAttribute("aria-disabled", slider.value >= slider.max);
    }
    rewinds.push(pause);
    resets.unshift(() => onStep(slider.value));
    slider.max = last;
    refresh();
    return {
      pause,
      get playing() { return ticking !== null; },
      get value() { return slider.value; },
      set value(v) { slider.value = v; refresh(); },
      get last() { return slider.max; },
      set last(v) { slider.max = v; refresh(); },
    };
  };

  // ---------------------------------------------------------------- drawing
  f.svg = (tag, attributes = {}, parent) => {
    const element = setAttributes(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
    if (parent) parent.append(element);
    return element;
  };
  /** An SVG that fills the frame's width; draw in 0 … width, 0 … height. */
  f.stage = (width, height, label) =>
    f.svg("svg", { class: "dl-stage", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label }, drawing);
  /** An SVG drawn in CSS pixels: draw(width, height) runs at once and whenever the frame's width changes. */
  f.fluid = (label, heightFor, draw) => {
    const svg = f.stage(300, 300, label);
    let drawn = 0;
    const fit = () => {
      const width = Math.round(svg.clientWidth || svg.getBoundingClientRect().width);
      if (!width || width === drawn) return;
      drawn = width;
      const height = Math.round(heightFor(width));
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      draw(width, height, svg);
    };
    new ResizeObserver(fit).observe(drawing);
    requestAnimationFrame(fit);
    return svg;
  };
  /** An event's place in the coordinates of an SVG's viewBox. */
  f.place = (event, svg) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());

  /** Makes an SVG element movable by pointer and by arrow keys (with Shift ten times as far).
      get() → {x, y} and set({x, y}) speak in data; toData(x, y) → {x, y} turns viewBox places into data.
      bounds = {x: [low, high], y: [low, high]}; without y it moves along x only.
      label and text ({x, y} → spoken value) may be functions. refresh() after a change from elsewhere;
      grab(event) takes a pointerdown that fell on something else. */
  f.draggable = (element, { label, get, set, bounds = {}, step = 0.1, toData = (x, y) => ({ x, y }), text }) => {
    const flat = Boolean(bounds.x && !bounds.y);
    const upward = toData(0, 0).y > toData(0, 1).y ? 1 : -1;
    const digits = (String(step).split(".")[1] || "").length;
    const spoken = text || (({ x, y }) => (flat ? f.number(x, digits) : `${f.number(x, digits)}, ${f.number(y, digits)}`));
    const plain = (x) => Number(x.toFixed(6)); // no exponents: a screen reader can't read them
    const refresh = () => {
      const now = get();
      setAttributes(element, {
        "aria-label": typeof label === "function" ? label() : label,
        "aria-valuenow": plain(now.x), "aria-valuemin": plain(bounds.x?.[0] ?? -1e6), "aria-valuemax": plain(bounds.x?.[1] ?? 1e6),
        "aria-valuetext": spoken(now),
      });
    };
    const move = (to) => {
      set({ x: bounds.x ? clamp(to.x, ...bounds.x) : to.x, y: bounds.y ? clamp(to.y, ...bounds.y) : to.y });
      refresh();
    };
    setAttributes(element, { role: "slider", tabindex: 0 });
    element.classList.add("dl-draggable");
    let grip = null;
    const at = (event) => { const p = f.place(event, element.ownerSVGElement); return toData(p.x, p.y); };
    const grab = (event) => {
      if (event.button) return;
      event.preventDefault();
      element.focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      const hand = at(event), now = get();
      grip = { x: now.x - hand.x, y: (now.y ?? 0) - hand.y };
      element.classList.add("dl-dragging");
    };
    element.addEventListener("pointerdown", grab);
    element.addEventListener("pointermove", (event) => {
      if (!grip) return;
      const hand = at(event);
      move({ x: hand.x + grip.x, y: hand.y + grip.y });
    });
    for (const end of ["pointerup", "pointercancel"])
      element.addEventListener(end, () => { grip = null; element.classList.remove("dl-dragging"); });
    element.addEventListener("keydown", (event) => {
      const by = step * (event.shiftKey ? 10 : 1);
      const keys = { ArrowRight: [by, 0], ArrowLeft: [-by, 0], ArrowUp: [0, by * upward], ArrowDown: [0, -by * upward] };
      if (flat) Object.assign(keys, { ArrowUp: [by, 0], ArrowDown: [-by, 0] });
      const now = get(), ends = flat ? { Home: bounds.x[0], End: bounds.x[1] } : {};
      if (!keys[event.key] && !(event.key in ends)) return;
      event.preventDefault();
      const [dx, dy] = keys[event.key] || [ends[event.key] - now.x, 0];
      move({ x: now.x + dx, y: (now.y ?? 0) + dy });
    });
    refresh();
    return { element, refresh, grab };
  };
  return f;
}
