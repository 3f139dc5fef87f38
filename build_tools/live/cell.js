/* One cell of a page, live: its editor, its buttons and what it shows. */
import { editor } from "./editor.js";
import { harmless } from "./html.js";

const make = (tag, attributes = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
};
const button = (text, what, onclick, title) => make("button", { type: "button", className: "dl-live-button", textContent: text, ariaLabel: `${text} ${what}`, title, onclick });

export class Cell {
  /**
   * given: {id, code, alts, needs, makes} of the notebook; page: {run(cell, how), check(cell), runTo(cell), maker(name, cell), complete(text), store, heard(text)}.
   * The element in the page is div#cell-<id>.
   */
  constructor(given, number, page) {
    Object.assign(this, given, { number, page });
    this.element = document.getElementById(`cell-${given.id}`);
    this.stored = this.element.querySelector(".cell_output");
    this.count = make("span", { className: "dl-live-count", textContent: "not run" });
    const place = make("div", { className: "dl-live-editor" });
    const checks = /^exercises\.check/m.test(this.code);
    this.runs = button(checks ? "Check" : "Run", `cell ${number}`, () => (checks ? page.check(this) : page.run(this, "stay")), "Shift+Enter runs the cell and goes to the next one");
    this.resets = button("Reset", `cell ${number}`, () => this.reset(), "Back to the book's code");
    this.out = make("div", { className: "dl-live-out", role: "group", ariaLabel: `What cell ${number} shows`, hidden: true });
    const tools = make("div", { className: "dl-live-tools" }, this.runs, this.resets, make("span", { textContent: `Cell ${number}:` }), this.count);
    const kept = page.store.read(this.id);
    this.editor = editor({
      parent: place,
      code: kept?.code ?? this.code,
      label: `Code of cell ${number}`,
      onChange: (code) => this.changed(code),
      onRun: (how) => page.run(this, how),
      complete: page.complete,
    });
    this.outdated = this.edited && kept.book !== this.code;
    if (this.outdated) this.count.textContent = "the book's code has changed since your edit: Reset shows it, undo brings yours back";
    if (this.needs) {
      this.runs.disabled = true;
      this.count.textContent = `needs ${this.needs}: below is what it showed when the book was made; run it on Colab or on your machine`;
    }
    this.place(place, tools);
    this.stored ? this.stored.after(this.out) : this.element.append(this.out);
    this.resets.disabled = !this.edited;
  }

  /**
   * Where the page shows code it gives way to the editor; where it hides the code, the editor is behind a summary. The
   * buttons of a cell whose code alone is folded stay in sight: nobody has to open a check, and its answer, to run it.
   */
  place(code, tools) {
    const input = this.element.querySelector(".cell_input");
    const live = make("div", { className: "dl-live-cell", role: "group", ariaLabel: `Cell ${this.number}` }, code);
    if (input) {
      input.hidden = true;
      input.after(live);
    } else {
      this.element.prepend(make("details", { className: "dl-live-fold" }, make("summary", { textContent: `Code of cell ${this.number}` }), live));
    }
    this.fold = live.closest("details");
    if (this.element.classList.contains("tag_hide-input")) {
      tools.classList.add("dl-live-cell");
      this.fold.after(tools);
    } else live.append(tools);
  }

  /** The focus goes to the code, or to the button where the code is folded away. */
  enter() {
    this.fold && !this.fold.open ? this.runs.focus() : this.editor.focus();
  }

  get edited() {
    return this.editor.code !== this.code;
  }

  /** Whether the code in the editor has not run, or not to its end. */
  get stale() {
    return !this.ran || this.tried !== this.editor.code;
  }

  changed(code) {
    if (this.ran && this.tried !== code) this.count.textContent = "changed since it was run";
    this.resets.disabled = !this.edited && this.out.hidden;
    this.page.store.write(this.id, code, this.code);
  }

  /** The book's code and the book's output again. */
  reset() {
    this.editor.code = this.code;
    this.editor.mark(null);
    this.editor.focus();
    this.out.hidden = true;
    if (this.stored) this.stored.hidden = false;
    this.count.textContent = "not run";
  }

  /** Until its turn comes. */
  wait() {
    this.waits = true;
    this.count.textContent = "waiting …";
    this.element.ariaBusy = "true";
  }

  /** Before a run: what the book showed, or the last run, goes. */
  begin() {
    if (this.stored) this.stored.hidden = true;
    this.out.replaceChildren();
    this.out.hidden = false;
    this.editor.mark(null);
    this.verdict = this.ran = false;
    this.tried = this.editor.code;
    this.count.textContent = "running …";
    this.element.ariaBusy = "true";
  }

  end(text) {
    this.count.textContent = text;
    this.element.ariaBusy = "false";
    this.out.hidden = !this.out.childElementCount;
    for (const pre of this.out.querySelectorAll("pre")) if (pre.scrollHeight > pre.clientHeight) pre.tabIndex = 0; // it scrolls by keyboard, too
    this.resets.disabled = false;
    this.page.heard(`Cell ${this.number}: ${this.verdict ? this.out.textContent.slice(0, 300) : text}`);
  }

  /** One thing that the cell shows, as kernel.py sends it. */
  show({ stream, text, html, image, alt, widget, error, line, solved }) {
    if (stream) this.print(stream, text);
    else if (html) this.out.append(make("div", { className: "dl-live-html" }, harmless(html)));
    else if (image) this.out.append(make("img", { src: `data:image/png;base64,${image}`, alt }));
    else if (widget) {
      const place = make("div");
      this.out.append(place);
      window.dlHost.draw(place, widget);
    } else if (error) {
      this.out.append(make("pre", { className: "dl-live-error", role: "alert", textContent: error }));
      this.editor.mark(line);
      this.hint(error);
    } else if (solved !== undefined) {
      this.verdict = true;
      if (solved) this.element.dispatchEvent(new CustomEvent("dl-solved", { bubbles: true })); // for progress.js
    }
  }

  /** Text goes on where the last one ended; a carriage return starts its line anew, as a progress bar wants. */
  print(stream, text) {
    let pre = this.out.lastElementChild;
    if (pre?.dataset.stream !== stream) {
      pre = make("pre", {}, "");
      pre.dataset.stream = stream;
      this.out.append(pre);
    }
    const lines = ((pre.line ?? "") + text).replaceAll("\r\n", "\n").split("\n");
    pre.line = lines.at(-1); // the line that is not at its end: all before it stay as they are
    const shown = lines.map((line) => line.replace(/\r+$/, "").split("\r").at(-1));
    if (!pre.last) pre.append((pre.last = new Text()));
    pre.last.data = shown[0];
    for (const line of shown.slice(1)) {
      pre.last.data += "\n";
      pre.append((pre.last = new Text(line)));
    }
  }

  /** Where a name is missing that a cell above makes: which one, and a button that runs what is above. */
  hint(error) {
    const name = error.match(/NameError: name '(\w+)' is not defined/)?.[1];
    const maker = name && this.page.maker(name, this);
    if (!maker) return;
    const text = make("p", {}, make("code", { textContent: name }), ` comes from cell ${maker.number}, which ${maker.tried === undefined ? "has not run" : "did not come to its end"}. `);
    this.out.append(text);
    text.append(button("Run the cells above", `cell ${this.number} and then this one`, () => this.page.runTo(this)));
  }
}
