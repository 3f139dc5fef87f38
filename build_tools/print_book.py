"""Prints the built book into one PDF: tagged, with bookmarks, explorables as pictures with a link to their page.

    python -m build_tools.print_book     builds the book and prints it into _build/deep-learning-demystified.pdf

Each page is opened, so that its formulas are set and its explorables drawn; what it then shows is taken into one
document, which Chromium prints. One document has one outline, one tree of tags, page numbers and links among its
chapters; PDFs that are joined afterwards lose these.
"""

import html
import io
import logging
import time
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

from build_tools import chromium
from build_tools.build_book import build
from build_tools.project import BUILD, ROOT, TOOLS, config, repository_url

TARGET = BUILD / "deep-learning-demystified.pdf"
#: Before the TeX of a formula, until its tag is told from a picture's; nobody sees or hears it.
FORMULA = "\u2063"
#: As wide as A4 less its margins, in CSS pixels: explorables draw themselves for the width that they find.
VIEWPORT = {"width": 720, "height": 1000}
TIMEOUT = 10 * 60_000  # ms; a busy machine takes its time
logging.getLogger("pypdf").setLevel(logging.ERROR)  # it remarks that Chromium counts an object more than it writes
DOCUMENT = """<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head><meta charset="utf-8"><title>{title}</title>
{styles}
</head>
<body class="dl-book"><main class="bd-content"><div class="bd-article">
<header class="dl-title-page"><h1>{title}</h1>
<p>{address}</p>
<p>Text and figures: CC BY 4.0. Code: MIT.</p>
<p>This is the book on paper. Explorables stand here as pictures, with a link to the page where they move.
Hints and solutions, folded on the pages, stand open. Code that is folded there because it only draws or checks
something is in the notebooks.</p></header>
<nav class="dl-contents"><h1>Contents</h1>
{contents}
</nav>
</div>
{articles}
</main></body></html>
"""
# Formulas and tables that are wider than the paper are made smaller.
FIT = """() => {
    for (const box of document.querySelectorAll("mjx-container[display], .bd-article table")) {
        const wide = Math.max(box.scrollWidth, box.getBoundingClientRect().width);
        const room = box.parentElement.clientWidth;
        if (wide > room + 1) box.style.zoom = room / wide;
    }
}"""
NUMBER = """numbers => document.querySelectorAll(".dl-contents [data-page]").forEach((place) => {
    place.textContent = numbers[place.dataset.page] ?? "";
})"""

HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => {
    const copy = heading.cloneNode(true);
    copy.querySelectorAll("mjx-container").forEach((formula) => formula.replaceWith(formula.ariaLabel.slice(1)));
    return copy.textContent.replace(/\\s+/g, " ").trim();
})"""


def parts(toc: Path = ROOT / "_toc.yml") -> list[tuple[str, list[str]]]:
    """The book's parts in reading order, each with its pages; the first page stands before the first part."""
    told = yaml.safe_load(toc.read_text(encoding="utf-8"))
    chapters = told.get("parts") or [{"caption": "", "chapters": told.get("chapters", [])}]
    found = [(part["caption"], [entry["file"] for entry in part["chapters"]]) for part in chapters]
    return [("", [told["root"]]), *found]


def online(page: str, repository: str) -> str | None:
    """A page's public address: the workflow publishes a repository on GitHub as GitHub Pages. None for other hosts."""
    address = urlsplit(repository)
    if address.netloc != "github.com":
        return None
    owner, name = address.path.strip("/").removesuffix(".git").split("/")
    return f"https://{owner}.github.io/{name}/{page}.html"


def taken(browser: Browser, site: Path, grouped: list[tuple[str, list[str]]], repository: str) -> list[dict]:
    """What each page shows once all is drawn: title, html, the addresses of its style sheets, and its own styles.

    A heading counts one level lower where its page stands in a part: the part's own heading is above it.

    Raises:
        SystemExit: a page asks for what it can't have.
    """
    script = (TOOLS / "print_page.js").read_text(encoding="utf-8")
    pages = [(page, 1 if caption else 0) for caption, group in grouped for page in group]
    prefixes = {(site / f"{page}.html").as_uri(): f"p{number}" for number, (page, _) in enumerate(pages, start=1)}
    context = browser.new_context(
        viewport=VIEWPORT, color_scheme="light", reduced_motion="reduce", device_scale_factor=2
    )
    context.set_default_timeout(TIMEOUT)
    found, failed = [], []
    context.on("requestfailed", lambda request: failed.append(request.url))
    for (page, depth), (address, prefix) in zip(pages, prefixes.items()):
        tab = context.new_page()
        tab.goto(address)
        told = {"prefix": prefix, "pages": prefixes, "online": online(page, repository), "depth": depth}
        found.append({**tab.evaluate(script, {**told, "formula": FORMULA}), "prefix": prefix})
        tab.close()
    context.close()
    if failed:
        raise SystemExit(f"The book can't be printed, as its pages lack {', '.join(sorted(set(failed)))}.")
    return found


def document(title: str, address: str, grouped: list[tuple[str, list[str]]], chapters: list[dict]) -> str:
    """The document with a title page, contents and all chapters."""
    sheets = dict.fromkeys(sheet for chapter in chapters for sheet in chapter["sheets"])
    styles = dict.fromkeys(style for chapter in chapters for style in chapter["styles"])
    lines = [f'<link rel="stylesheet" href="{html.escape(sheet)}">' for sheet in sheets]
    lines += [f"<style>{style}</style>" for style in styles]
    for chapter in chapters:
        running = chapter["title"].replace("\\", "").replace('"', '\\"')
        lines.append(f'<style>@page {chapter["prefix"]} {{ @top-right {{ content: "{running}" }} }}')
        lines.append(f".dl-{chapter['prefix']} {{ page: {chapter['prefix']} }}</style>")
    contents, articles, left = "", "", iter(chapters)
    for caption, pages in grouped:
        contents += f'<p class="dl-part">{html.escape(caption)}</p>\n<ol>\n' if caption else "<ol>\n"
        heading = f'<h1 class="dl-part">{html.escape(caption)}</h1>\n' if caption else ""
        for _, chapter in zip(pages, left):
            number = f'<span data-page="{chapter["prefix"]}"></span>'
            contents += f'<li><a href="#{chapter["prefix"]}">{html.escape(chapter["title"])}</a> {number}</li>\n'
            articles += f'<div class="bd-article dl-{chapter["prefix"]}">{heading}{chapter["html"]}</div>\n'
            heading = ""
        contents += "</ol>\n"
    return DOCUMENT.format(
        title=html.escape(title),
        address=html.escape(address),
        styles="\n".join(lines),
        contents=contents,
        articles=articles,
    )


def page_numbers(pdf: bytes) -> dict[str, int]:
    """On which page each thing stands that the document links to, by its id."""
    reader = PdfReader(io.BytesIO(pdf))
    places = reader.named_destinations.items()
    return {name.removeprefix("/"): reader.get_destination_page_number(place) + 1 for name, place in places}


def name_bookmarks(pdf: bytes, headings: list[str]) -> PdfWriter:
    """Give each bookmark its heading's words: Chromium runs a heading's lines together, and says one that begins a page
    twice.

    Raises:
        SystemExit: there are not as many bookmarks as headings.
    """
    writer = PdfWriter(clone_from=io.BytesIO(pdf))  # all else stays as Chromium wrote it
    found, waiting = [], [writer.root_object["/Outlines"].get("/First")]
    while waiting:
        item = waiting.pop()
        if item is not None:
            found.append(item.get_object())
            waiting += [item.get_object().get("/Next"), item.get_object().get("/First")]
    if len(found) != len(headings):
        raise SystemExit(f"The printed book has {len(headings)} headings, but {len(found)} bookmarks.")
    for item, heading in zip(found, headings):
        item[NameObject("/Title")] = TextStringObject(heading)
    return writer


def tag_formulas(writer: PdfWriter) -> None:
    """Chromium has one tag for all that has a text in its place; a formula's own tag keeps it apart from pictures."""
    waiting = [writer.root_object["/StructTreeRoot"]]
    while waiting:
        item = waiting.pop().get_object()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            if item.get("/S") == "/Figure" and item.get("/Alt", "").startswith(FORMULA):
                item[NameObject("/S")] = NameObject("/Formula")
                item[NameObject("/Alt")] = TextStringObject(item["/Alt"].removeprefix(FORMULA))
            waiting += [item["/K"]] if "/K" in item else []


def print_pages(browser: Browser, site: Path, toc: Path, target: Path) -> int:
    """Print the pages of `site` that `toc` names into `target`; returns the number of sheets."""
    grouped = parts(toc)
    chapters = taken(browser, site, grouped, repository_url())
    draft = target.with_suffix(".html")
    draft.write_text(document(config()["title"], repository_url(), grouped, chapters), encoding="utf-8")
    tab = browser.new_page(viewport=VIEWPORT, color_scheme="light")
    tab.set_default_timeout(TIMEOUT)
    tab.emulate_media(media="print")
    tab.goto(draft.as_uri())
    tab.evaluate(FIT)
    # Where chapters begin is known once they are laid out: the second printing's contents say it.
    tab.evaluate(NUMBER, page_numbers(tab.pdf(prefer_css_page_size=True)))
    pdf = tab.pdf(tagged=True, outline=True, prefer_css_page_size=True, print_background=True)
    writer = name_bookmarks(pdf, tab.evaluate(HEADINGS))
    tag_formulas(writer)
    tab.close()
    draft.unlink()
    writer.write(target)
    return len(writer.pages)


def main() -> None:
    """Build the book, print it, and say where it is."""
    path = chromium.executable()
    if path is None:
        raise SystemExit(f"The book can't be printed: {chromium.MISSING}.")
    BUILD.mkdir(exist_ok=True)
    site = build()
    start = time.perf_counter()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        sheets = print_pages(browser, site, ROOT / "_toc.yml", TARGET)
        browser.close()
    size = TARGET.stat().st_size / 1e6
    seconds = time.perf_counter() - start
    print(f"The book is printed: {TARGET.relative_to(ROOT)}, {sheets} pages, {size:.0f} MB ({seconds:.0f} s).")


if __name__ == "__main__":
    main()
