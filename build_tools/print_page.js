/* Run in a built page: waits until all is drawn, and returns the article as it now shows, fit to stand beside others in one
   document. `prefix` goes before its ids, `pages` are the pages' addresses with their prefixes, `online` is its address. */
async ({ prefix, pages, online }) => {
  const root = document.documentElement;
  const hasWidgets = document.querySelector('script[type="application/vnd.jupyter.widget-view+json"]');
  while (hasWidgets && root.dataset.dlWidgets !== "ready") await new Promise((done) => setTimeout(done, 20));
  await window.MathJax?.startup?.promise;
  const article = document.querySelector("article");
  const each = (selector, change) => article.querySelectorAll(selector).forEach(change);
  each("a.headerlink", (link) => link.remove());
  const title = article.querySelector("h1").textContent.trim();

  // A copy of a canvas is empty: its picture takes its place.
  each("canvas", (canvas) => {
    const picture = new Image();
    picture.src = canvas.toDataURL();
    picture.alt = canvas.getAttribute("aria-label") ?? "";
    picture.className = canvas.className;
    picture.style.cssText = canvas.style.cssText + `;width:${canvas.clientWidth}px;height:${canvas.clientHeight}px`;
    canvas.replaceWith(picture);
  });
  each("img", (image) => ((image.src = image.src), image.removeAttribute("loading"))); // the whole address

  // Nothing unfolds on paper: hints and solutions stand open, code that only drew or checked something goes.
  each("details.hide", (fold) => {
    if (!/solution/i.test(fold.querySelector("summary").textContent)) return fold.remove();
    fold.querySelector("summary").textContent = "Solution";
  });
  each("details", (fold) => (fold.open = true));
  each("script, .copybtn, .dl-live-bar, .dl-controls, .dl-button, .dl-live", (unused) => unused.remove());
  each(".dl-alternative p", (words) => (words.textContent = words.textContent.replace(/With the keyboard.*$/s, "")));
  each(".dl-host", (host) => {
    const line = Object.assign(document.createElement("p"), { className: "dl-online" });
    const where = Object.assign(document.createElement(online ? "a" : "b"), { textContent: title });
    if (online) where.href = online;
    line.append(online ? "It moves and answers online: " : "It moves and answers on the built page: ", where);
    (host.querySelector(".dl-frame") ?? host).append(line);
  });

  // Ids and links of one page stay apart from those of the others.
  each("a[href]", (link) => {
    const target = pages[link.href.split("#")[0]];
    if (target) link.setAttribute("href", "#" + target + (link.hash ? "-" + decodeURIComponent(link.hash.slice(1)) : ""));
    else if (link.protocol === "file:") link.removeAttribute("href");
  });
  const named = new Set(["id", "for", "aria-labelledby", "aria-describedby", "aria-controls"]);
  for (const element of article.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (named.has(name)) element.setAttribute(name, value.replace(/\S+/g, (id) => `${prefix}-${id}`));
      else if (value.includes("url(#")) element.setAttribute(name, value.replaceAll("url(#", `url(#${prefix}-`));
    }
  }
  article.id = prefix;
  const sheets = [...document.querySelectorAll("link[rel=stylesheet]")].map((link) => link.href);
  const styles = [...document.querySelectorAll("style")].map((style) => [...style.sheet.cssRules].map((rule) => rule.cssText).join("\n"));
  return { title, html: article.outerHTML, sheets, styles };
};
