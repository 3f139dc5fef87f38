/* HTML that a cell shows. The page's content security policy runs no script in it and loads nothing for it from elsewhere;
   what that policy has no say in, such as a tag that leads the page to another address, is left out here. */
const LEFT_OUT = "base, embed, form, frame, iframe, link, meta, object, script";

/** The HTML as nodes to append. A template's content is inert, so nothing happens before it is cleaned. */
export function harmless(html) {
  const { content } = Object.assign(document.createElement("template"), { innerHTML: html });
  content.querySelectorAll(LEFT_OUT).forEach((element) => element.remove());
  content.querySelectorAll("a[href]").forEach((link) => Object.assign(link, { target: "_blank", rel: "noopener noreferrer" }));
  return content;
}
