/* The button that starts Live on a page with code. All that Live needs is loaded when it is pressed. */
(() => {
  "use strict";
  const here = new URL("./", document.currentScript.src);
  const { page, loads } = document.currentScript.dataset;
  const FOLDER = "Live needs the book from a web server: type `make serve`, or `python serve.py` in the unpacked zip, or open the book at its address.";

  /** How many cells of this page the reader has edited (store.js). */
  function edited() {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(`dl-live:${page}:`)).length;
    } catch {
      return 0; // the browser's storage is off
    }
  }

  function begin() {
    const bar = document.querySelector(".dl-live-bar");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "dl-live-button dl-live-start", textContent: "Live: run this page here" });
    const say = Object.assign(document.createElement("p"), { className: "dl-live-say", role: "status" });
    button.addEventListener("click", async () => {
      if (location.protocol === "file:") return void (say.textContent = FOLDER);
      button.disabled = true;
      say.textContent = "Loading the editor …";
      try {
        await (await import(new URL("live.js", here))).start(page, bar);
      } catch (error) {
        button.disabled = false;
        say.textContent = `Live could not be started: ${error.message}. The page can be read as before.`;
      }
    });
    const edits = edited();
    say.textContent = `Loads ${loads}; your browser keeps it.`
      + (edits ? ` Your edits of ${edits === 1 ? "1 cell" : `${edits} cells`} are kept: press Live to see them.` : "");
    bar.append(button, say);
  }

  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", begin) : begin();
})();
