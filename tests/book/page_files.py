"""Checks of built pages that need no browser: links, figures, valid HTML, the line at the foot.

Each check takes the folder of a built site and returns its faults as sentences that name the page and the culprit.
"""

import functools
import os
import re
import urllib.parse
from pathlib import Path

import html5lib
import pytest
from bs4 import BeautifulSoup

from build_tools import chromium
from build_tools.project import HTML

#: Pieces for the theme's developers that its static files happen to hold; no page leads there.
NO_PAGES = {"_static"}
#: Where an address may stand, by tag.
ADDRESSES = {
    "a": "href", "area": "href", "link": "href", "img": "src", "script": "src", "source": "src", "iframe": "src",
    "video": "src", "audio": "src", "object": "data", "embed": "src", "image": "href", "use": "href",
}  # fmt: skip
FEWEST_WORDS = 4


def site() -> Path:
    """The folder of built pages: _build/html, or what BOOK_HTML names (a scratch build, say)."""
    folder = Path(os.environ.get("BOOK_HTML", HTML)).resolve()
    if not (folder / "index.html").exists():
        missing = f"no built pages in {folder.name}/: run `make book` first"
        pytest.fail(missing) if chromium.must_be_there() else pytest.skip(missing)
    return folder


def pages(folder: Path) -> list[Path]:
    """Every page of a site."""
    found = sorted(folder.rglob("*.html"))
    return [path for path in found if not NO_PAGES & set(path.relative_to(folder).parts)]


def name(path: Path, folder: Path) -> str:
    """A page's name in a fault."""
    return path.relative_to(folder).as_posix()


@functools.cache
def soup(path: Path) -> BeautifulSoup:
    """A page, parsed once for all checks."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def culprit(tag) -> str:
    """The opening tag, as it stands in the page."""
    return re.match(r"<[^>]*>?", str(tag)).group()[:160]


def ids(path: Path) -> set[str]:
    """What an address's fragment may name on a page."""
    named = {tag["name"] for tag in soup(path).find_all("a", attrs={"name": True})}
    return named | {tag["id"] for tag in soup(path).find_all(id=True)}


def dead_links(folder: Path) -> list[str]:
    """Addresses within the site that lead nowhere, and whatever a page would load from another host."""
    faults = []
    for path in pages(folder):
        for tag in soup(path).find_all(list(ADDRESSES)):
            address = tag.get(ADDRESSES[tag.name])
            if address is None or address.startswith(("data:", "mailto:")):
                continue
            parts = urllib.parse.urlsplit(address)
            if parts.scheme or parts.netloc:
                if tag.name != "a" and "canonical" not in tag.get("rel", []):
                    faults.append(f"{name(path, folder)}: {culprit(tag)} is loaded from another host")
                continue
            reason = leads_nowhere(path, parts, folder)
            if reason:
                text = " ".join(tag.get_text().split())[:60]
                faults.append(f"{name(path, folder)}: {address!r} ({tag.name} {text!r}) {reason}")
    return faults


def leads_nowhere(path: Path, parts: urllib.parse.SplitResult, folder: Path) -> str | None:
    """Why an address on the page `path` leads nowhere, or None."""
    target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return "names no file of the site"
    if not target.is_relative_to(folder):
        return "leaves the site's folder"
    anchor = urllib.parse.unquote(parts.fragment)
    if anchor and target.suffix == ".html" and anchor not in ids(target):
        return f"names an anchor that {name(target, folder)} lacks"
    return None


def mute_figures(folder: Path) -> list[str]:
    """Pictures without words: no alt text, one that says nothing, one in two figures, or no caption."""
    faults = []
    for path in pages(folder):
        seen = {}
        for image in soup(path).select("article img"):
            where = f"{name(path, folder)}: the image {Path(image['src']).name[:60]}"
            alt = " ".join(image.get("alt", "").split())
            reason = says_nothing(alt, image["src"])
            if reason:
                faults.append(f"{where} has {reason}")
            elif alt in seen and seen[alt] != image["src"]:
                faults.append(f"{where} has the alt text of {Path(seen[alt]).name}: {alt!r}")
            seen[alt] = image["src"]
            caption = image.find_parent("figure") and image.find_parent("figure").find("figcaption")
            if not caption or len(caption.get_text().split()) < FEWEST_WORDS:
                faults.append(f"{where} has no caption")
            elif alt and caption.get_text().strip().startswith(alt):
                faults.append(f"{where} has its caption for alt text: who hears one has heard the other")
    return faults


def says_nothing(alt: str, source: str) -> str | None:
    """What is wrong with an alt text, or None."""
    if not alt:
        return "no alt text"
    if Path(alt).stem == Path(source).stem or re.search(r"\.(png|svg|jpe?g|gif|webp)$|/|^<", alt):
        return f"a file's name or code for alt text: {alt!r}"
    if len(alt.split()) < FEWEST_WORDS:
        return f"an alt text of fewer than {FEWEST_WORDS} words: {alt!r}"
    return None


def invalid_html(folder: Path) -> list[str]:
    """What a strict parser objects to, by line, and ids that are given twice."""
    faults = []
    for path in pages(folder):
        text = path.read_text(encoding="utf-8")
        parser = html5lib.HTMLParser()
        parser.parse(text)
        for (line, column), code, data in parser.errors:
            near = text.splitlines()[line - 1][max(column - 80, 0) : column + 20].strip() if line else ""
            faults.append(f"{name(path, folder)}, line {line}: {code} {data or ''} near {near!r}")
        given = [tag["id"] for tag in soup(path).find_all(id=True)]
        faults += [
            f"{name(path, folder)}: the id {i!r} is given twice" for i in sorted(set(given)) if given.count(i) > 1
        ]
        if not soup(path).html or not soup(path).html.get("lang"):
            faults.append(f"{name(path, folder)}: <html> names no language")
        if not soup(path).title or not soup(path).title.get_text().strip():
            faults.append(f"{name(path, folder)}: no <title>")
    return faults


def chapters(folder: Path) -> list[Path]:
    """The pages made of notebooks. The sources lie where the build left its folder _build/html."""
    sources = folder.parents[1]
    return [path for path in pages(folder) if (sources / path.relative_to(folder)).with_suffix(".ipynb").exists()]


def unsigned_notebooks(folder: Path) -> list[str]:
    """Pages made of notebooks that don't end with the date, the versions and the machine they were executed with."""
    faults = []
    for path in chapters(folder):
        said = [" ".join(line.get_text().split()) for line in soup(path).select("article .dl-executed")]
        wanted = r"Executed on \d{4}-\d\d-\d\d with (?=.*Python [\d.]+)(?=.*NumPy [\d.]+).+ on .+ \(\d+ cores?\), .+\."
        if len(said) != 1 or not re.fullmatch(wanted, said[0]):
            faults.append(f"{name(path, folder)}: doesn't say what it was executed with, but {said}")
    return faults
