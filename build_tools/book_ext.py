"""What the book's pages need beyond Jupyter Book's settings, as one Sphinx extension.

It adds the style sheet, the widget host, local MathJax, the reader's progress, what each page was executed with, a
description for previews and cures for the theme's faults (page_fixes). Figures without alt text and widgets that can't
live in a page are refused.
"""

import html
import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from build_tools import docstrings, icons, live_assets, notebook_facts, page_fixes, progress_facts
from build_tools.project import ASSETS, TOOLS, config, pages_in_order
from dlcore import palette

logger = logging.getLogger(__name__)

#: live-button.js fills it; that it is there from the start keeps the text below from moving.
LIVE_BAR = '<div class="dl-live-bar" role="region" aria-label="Live"></div>'


def setup(app: Sphinx) -> dict:
    """Connect everything below to the build."""
    app.connect("config-inited", add_assets)
    app.connect("builder-inited", keep_heavy_modules_out)
    app.connect("builder-inited", page_fixes.install)
    app.connect("env-before-read-docs", check_widgets)
    app.connect("env-updated", write_progress_facts)
    app.connect("doctree-read", check_alt_texts)
    app.connect("doctree-read", name_cells)
    app.connect("doctree-read", head_rows_of_cards)
    app.connect("doctree-read", unwrap_blocks)
    app.connect("autodoc-process-docstring", docstrings.as_markup, priority=400)  # before napoleon
    app.connect("html-page-context", finish_page)
    app.connect("build-finished", icons.write_used_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_assets(app: Sphinx, settings) -> None:
    """Serve our own files and what fetch_assets laid out; none of it comes from another host."""
    settings.html_static_path = [*settings.html_static_path, str(TOOLS / "assets"), str(ASSETS)]
    ASSETS.mkdir(parents=True, exist_ok=True)
    (ASSETS / "palette.css").write_text(palette.css_variables(), encoding="utf-8")
    settings.html_css_files = [*settings.html_css_files, "palette.css", icons.STYLE, "book.css", "live/live.css"]
    settings.html_js_files = [
        *settings.html_js_files,
        "progress-book.js",
        "progress.js",
        ("pages.js", {"defer": "defer"}),
    ]
    settings.html_last_updated_fmt = None
    settings.mathjax_path = "mathjax/tex-mml-chtml.js"
    # The accessibility extras that MathJax fetches only when a reader opens its menu are not served.
    settings.mathjax3_config = {"options": {"enableMenu": False}, **(settings.mathjax3_config or {})}


def keep_heavy_modules_out(app: Sphinx) -> None:
    """codeautolink imports every module that the code on a page names; the pages need no TensorFlow for their links."""
    for name in ("tensorflow", "keras"):
        sys.modules.setdefault(name, None)


def check_widgets(app: Sphinx, env, docnames: list[str]) -> None:
    """Warn, and so fail the build, where a notebook stores a widget that mini-host.js can't show."""
    for docname in docnames:
        path = Path(env.doc2path(docname))
        if path.suffix == ".ipynb":
            for fault in notebook_facts.widget_faults(path):
                logger.warning(fault, location=docname)


def check_alt_texts(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, and so fail the build, about an image whose alt text is missing or is its file's name."""
    for image in doctree.findall(nodes.image):
        alt = image.get("alt", "").strip()
        if not alt or Path(alt).stem == Path(image["uri"]).stem or alt.startswith(("_build", "../")):
            logger.warning(
                f"the image {Path(image['uri']).name} has no alt text. A figure's cell carries it in its metadata: "
                '{"mystnb": {"image": {"alt": "what it shows"}}}; a Markdown image as ![what it shows](file).',
                location=image,
            )


def name_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Each cell's element gets the id `cell-` and the cell's own, by which Live finds it; a folded check warns."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    notebook = notebook_facts.read(path)
    checks = progress_facts.facts(notebook)["exercises"]
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            name = notebook["cells"][node["cell_index"]]["id"]
            node["ids"].append(f"cell-{name}")
            if name in checks:
                node["prompt_show"], node["prompt_hide"] = "Show the check (it gives the answer away)", "Hide the check"


def head_rows_of_cards(app: Sphinx, doctree: nodes.document) -> None:
    """A Markdown table has a head even where it is empty, as in a chapter's card: drop it and head the rows instead."""
    for table in list(doctree.findall(nodes.table)):
        for head in list(table.findall(nodes.thead)):
            if head.astext().strip():
                continue
            group = head.parent
            group.remove(head)
            next(iter(group.findall(nodes.colspec)))["stub"] = 1
            table["classes"].append("dl-card")


def unwrap_blocks(app: Sphinx, doctree: nodes.document) -> None:
    """autodoc wraps all that a docstring's `Returns:` holds in a paragraph; HTML allows no list inside of one."""
    for block in list(doctree.findall(lambda node: isinstance(node, nodes.definition_list | nodes.bullet_list))):
        while isinstance(block.parent, nodes.inline | nodes.paragraph):
            block.parent.parent.replace(block.parent, block.parent.children)


def write_progress_facts(app: Sphinx, env) -> None:
    """Put beside the pages what there is to do on each; warn, and so fail the build, where two exercises are one."""
    paths = {docname: Path(env.doc2path(docname)) for docname in env.found_docs}
    try:
        found = progress_facts.of_pages({docname: path for docname, path in paths.items() if path.suffix == ".ipynb"})
    except ValueError as error:
        logger.warning(str(error))
        return
    script = Path(app.outdir) / "_static" / "progress-book.js"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(progress_facts.as_script(found), encoding="utf-8")


def finish_page(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Add to one page its description and, if it is a notebook, the widget host, Live and what it was executed with."""
    body = context.get("body") or ""
    context["metatags"] = context.get("metatags", "") + social_tags(context, doctree)
    if doctree is None:
        return
    path = Path(app.env.doc2path(pagename))
    if path.suffix != ".ipynb":
        return
    app.add_js_file("mini-host.js", loading_method="defer")
    app.add_js_file(
        "live/live-button.js", loading_method="defer", **{"data-page": pagename, "data-loads": live_assets.to_load()}
    )
    context["body"] = body.replace("</h1>", f"</h1>\n{LIVE_BAR}", 1)
    if executed := notebook_facts.executed_with(path):
        context["body"] += f'<p class="dl-executed">{html.escape(executed)}</p>'


def social_tags(context: dict, doctree) -> str:
    """The <meta> tags that search engines and link previews read."""
    title = html.escape(re.sub("<[^>]*>", "", context.get("title", "")))
    site = html.escape(config()["title"])
    tags = [("property", "og:title", title), ("property", "og:site_name", site), ("property", "og:type", "article")]
    if doctree is not None:
        front = context["pagename"] == pages_in_order()[0]
        text = html.escape(notebook_facts.shortened(config()["description"] if front else page_summary(doctree)))
        tags += [("name", "description", text), ("property", "og:description", text)]
    return "\n" + "\n".join(f'<meta {kind}="{name}" content="{content}" />' for kind, name, content in tags)


def page_summary(doctree: nodes.document) -> str:
    """What the page promises: the card's row `Promise` where there is one, else its first paragraph."""
    for row in doctree.findall(nodes.row):
        cells = [entry.astext().strip() for entry in row.findall(nodes.entry)]
        if len(cells) == 2 and cells[0] == "Promise":
            return cells[1]
    for paragraph in doctree.findall(nodes.paragraph):
        if paragraph.astext().strip():
            return paragraph.astext()
    return ""
