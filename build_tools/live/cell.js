/* One cell of a page, live: its editor, its buttons and what it shows. */
import { editor } from "./editor.js";
import { harmless } from "./html.js";

const make = (tag, attributes = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
};
const button = (text, onclick, title = "") => make("button", { type: "button", className: "dl-live-button", textContent: text, title, onclick });

export class Cell {
  /**
   * given: {id, code, alts, needs, hidden} of the notebook; page: {run(cell, how), complete(text), store}.
   * The element in the page is div#cell-<id>.
   */
  constructor(given, number, page) {
    Object.assign(this, given, { number, page });
    this.element = document.getElementById(`cell-${given.id}`);
    this.stored = this.element.querySelector(".cell_output");
    this.count = make("span", { className: "dl-live-count", textContent: "not run" });
    const place = make("div", { className: "dl-live-editor" });
    this.runs = button("Run", () => page.run(this, "stay"), "Shift+Enter runs the cell and goes to the next one");
    this.resets = button("Reset", () => this.reset(), "Back to the book's code");
    this.out = make("div", { className: "dl-live-out", role: "group", ariaLabel: `What cell ${number} shows`, hidden: true });
    const tools = make("div", { className: "dl-live-tools" }, this.runs, this.resets, this.count);
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
    this.place(make("div", { className: "dl-live-cell" }, place, tools));
    this.stored ? this.stored.after(this.out) : this.element.append(this.out);
    this.resets.disabled = !this.edited;
  }

  /** Where the page shows code it gives way to the editor; where it hides the code, the editor is behind a summary. */
  place(live) {
    const input = this.element.querySelector(".cell_input");
    if (input) {
      input.hidden = true;
      input.after(live);
      return;
    }
    const fold = make("details", { className: "dl-live-fold" }, make("summary", { textContent: `Code of cell ${this.number}` }), live);
    this.element.prepend(fold);
  }

  get edited() {
    return this.editor.code !== this.code;
  }

  changed(code) {
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

  /** Before a run: what the book showed, or the last run, goes. */
  begin() {
    if (this.stored) this.stored.hidden = true;
    this.out.replaceChildren();
    this.out.hidden = false;
    this.editor.mark(null);
    this.count.textContent = "running …";
    this.element.ariaBusy = "true";
  }

  end(text) {
    this.count.textContent = text;
    this.element.ariaBusy = "false";
    this.out.hidden = !this.out.childElementCount;
    this.resets.disabled = false;
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
    } else if (solved) this.element.dispatchEvent(new CustomEvent("dl-solved", { bubbles: true })); // for progress.js
  }

  /** Text goes on where the last one ended; a carriage return starts its line anew, as a progress bar wants. */
  print(stream, text) {
    let pre = this.out.lastElementChild;
    if (pre?.dataset.stream !== stream) {
      pre = make("pre");
      pre.dataset.stream = stream;
      this.out.append(pre);
    }
    const lines = (pre.textContent + text).replaceAll("\r\n", "\n").split("\n");
    pre.textContent = lines.map((line) => line.replace(/\r+$/, "").split("\r").at(-1)).join("\n") + (text.endsWith("\r") ? "\r" : "");
  }
}
