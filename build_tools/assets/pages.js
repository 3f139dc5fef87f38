/* What the theme's scripts leave undone on every page. */
(() => {
  "use strict";
  // Opened straight from a folder, a page may not read other files: results are listed without a summary.
  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS === "object") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // Sphinx looks an anchor up as a selector, where the dots of #dlcore.tensor.op would mean classes.
  if (typeof Search === "object") {
    const textOf = Search.htmlToText;
    Search.htmlToText = (html, anchor) => textOf(html, anchor && "#" + CSS.escape(anchor.slice(1)));
  }

  // The theme's buttons carry their scripts in attributes, which the content security policy would refuse.
  addEventListener("click", ({ target }) => {
    if (target.closest?.(".btn-fullscreen-button")) window.toggleFullScreen();
    if (target.closest?.(".btn-download-pdf-button")) window.print();
  });

  // Printed lines wrap, but those of a table drawn with lines would fall apart: it scrolls.
  function keepTablesWhole() {
    for (const pre of document.querySelectorAll("div.cell_output pre")) pre.classList.toggle("dl-table", /[│┃]/.test(pre.textContent));
  }

  // What scrolls sideways has to be reachable without a mouse.
  const SCROLLING = "div.highlight > pre, .pst-scrollable-table-container, div.math, mjx-container[display], dt.sig";
  function markScrolling() {
    for (const box of document.querySelectorAll(SCROLLING)) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }
  addEventListener("load", () => {
    keepTablesWhole();
    markScrolling();
    window.MathJax?.startup?.promise?.then(markScrolling);
  });
  addEventListener("resize", markScrolling);
})();
