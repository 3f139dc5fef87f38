/* What the theme's scripts leave undone on every page. */
(() => {
  "use strict";
  // Opened straight from a folder, a page may not read other files: results are listed without a summary.
  if (location.protocol === "file:" && window.DOCUMENTATION_OPTIONS) DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  document.addEventListener("DOMContentLoaded", () => {
    // What scrolls sideways has to be reachable without a mouse.
    for (const box of document.querySelectorAll("div.highlight > pre, .pst-scrollable-table-container, div.math")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  });
})();
