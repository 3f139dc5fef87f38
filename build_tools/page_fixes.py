"""Cures for what the theme gets wrong on every page, applied to the HTML as it is written."""

import re

from sphinx.application import Sphinx

#: (what it cures, pattern, replacement or function of a match)
CURES = [
    # 1.5 MB of script that draws icons which the theme's own style sheet and font draw as well.
    ("icon script", r"<script[^>]*/fontawesome\.js[^>]*></script>\s*", ""),
    # A button with a visible text needs no other name; a screen reader would hear the other one.
    ("search field's name", r'(<button class="btn search-button-field[^"]*"[^>]*?) aria-label="Search"', r"\1"),
    # What lies outside of every landmark is skipped by who moves from landmark to landmark.
    ("side bar", r'<div (?=[^>]*class="bd-sidebar-primary)', '<div role="complementary" aria-label="Contents" '),
    ("folded cell's name", r'<summary aria-label="Toggle hidden content">', "<summary>"),
    ("icons read aloud", r"<(i|span) class=\"(fa[srb]? |fa-solid |fa-brands )", r'<\1 aria-hidden="true" class="\2'),
    # A whole cell that is folded away is an exercise's solution; folded code made the figure or explorable under it.
    ("solution", r"(Show|Hide) code cell content", r"\1 the solution"),
    ("folded code", r"(Show|Hide) code cell source", r"\1 the code"),
    # Roles that are deprecated, or that don't fit the elements inside.
    ("bibliography", r' role="(?:list|doc-biblioentry|doc-backlink|doc-noteref)"', ""),
    # A place for the advertisements of a host that the book isn't on.
    ("advertisement", r'<div [^>]*id="ethical-ad-placement"[^>]*>\s*</div>', ""),
    ("empty footer", r'<footer class="bd-footer">\s*</footer>', ""),
    # An empty cell heads nothing; an address inside HTML has its & escaped.
    ("empty head", r'<th class="[^"]*">\s*(?:<p></p>)?\s*</th>', "<td></td>"),
    ("issue button", r'(href="[^"]*/issues/new\?[^"]*?)&(?=body=)', r"\1&amp;"),
    # Long code in a sentence or a table breaks between its parts, if it must.
    ("broken names", r'(?<=<span class="pre">)[^<]{20,}', lambda code: re.sub(r"(?<=[.(,=/_])(?=.)", "<wbr>", code[0])),
    # pages.js answers these buttons: the content security policy allows no script in an attribute.
    ("buttons' scripts", r' onclick="(?:toggleFullScreen|window\.print)\(\)"', ""),
    ("empty aside", r'<aside [^>]*id="bd-header-version-warning"[^>]*></aside>', ""),
]


def install(app: Sphinx) -> None:
    """Pass every page that the builder's templates render through `fixed`."""
    if app.builder.format != "html":
        return
    templates = app.builder.templates
    render = templates.render
    templates.render = lambda name, context: fixed(render(name, context))


def fixed(page: str) -> str:
    """The page with every cure applied."""
    for _, pattern, replacement in CURES:
        page = re.sub(pattern, replacement, page)
    return page
