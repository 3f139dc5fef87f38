"""Gives every built page a content security policy, and refuses a page that the policy would break.

A static host sends no headers of ours, so the policy stands in each page, as the first thing in its head. It allows
what the book itself serves, and no script that stands in a page: those that the theme and Sphinx's extensions write are
known by their text (INLINE) and become files; any other fails the build. Explorables' code becomes files, too. On pages
with Live it allows, besides, WebAssembly and the one configured address from which Pyodide's packages come.
What a policy in a page can't say (frame-ancestors) is left to who serves the book.
"""

import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

from build_tools import explorables

#: Pieces for the theme's developers that lie among its static files; no page leads there.
NO_PAGES = "_static"
LIVE = "live/live-button.js"
META = re.compile(r'\s*<meta [^>]*http-equiv="Content-Security-Policy"[^>]*>')
SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>\s*", re.DOTALL)
#: Inline scripts that may become files: (the file, what the script is for, its text as a pattern). Scripts for one file
#: are joined where the first of them stood; without a file a script is dropped.
INLINE = [
    (
        "colours",
        "the reader's choice of light or dark, before anything is painted",
        r"(document\.documentElement\.dataset\.(mode|theme) = localStorage\.getItem\(\"\2\"\) \|\| \"auto\";\s*){2}",
    ),
    ("settings", "words of the toggle buttons", r"let toggle(HintShow|HintHide|OpenOnPrint) = '\w+';"),
    ("settings", "what the toggle buttons fold", r"var togglebuttonSelector = '[\w., -]+';"),
    ("settings", "MathJax's settings", r"window\.MathJax = \{[^;<>]*\}"),
    ("settings", "the search page waits for Enter", r"DOCUMENTATION_OPTIONS\.search_as_you_type = false;"),
    (
        "",
        "only a menu of versions, which the book lacks, asks",
        r"DOCUMENTATION_OPTIONS\.pagename = '[\w/.-]+';",
    ),
    (
        "search",
        "the search page's field is ready to type in",
        r"// Activate the search field on page load\s+let searchInput = document\.querySelector\([^)]*\);\s+"
        r"if \(searchInput\) \{\s+searchInput\.focus\(\);\s+searchInput\.select\(\);\s+console\.log\([^)]*\);\s+\}",
    ),
]
#: Tags that bring something into the page, and the attributes that say from where. A plain link may lead anywhere.
LOADS = {
    "script": ["src"], "img": ["src", "srcset"], "source": ["src", "srcset"], "image": ["href", "xlink:href"],
    "use": ["href", "xlink:href"], "input": ["src", "formaction"], "button": ["formaction"], "form": ["action"],
    "a": ["ping"],
}  # fmt: skip
REFUSED_TAGS = {"iframe", "frame", "object", "embed", "base", "video", "audio"}
LOADING_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch"}
FOREIGN = re.compile(r"(^|,)\s*([a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
FOREIGN_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?((?:[a-z]+:)?//[^\"')\s]+)", re.IGNORECASE)


def guard(site: Path) -> None:
    """Give every page of a built site its policy and make files of the scripts in it. A second time changes nothing.

    Raises:
        SystemExit: pages hold what their policy would block; there is a sentence for each such thing.
    """
    settings = json.loads((site / "_static" / "live" / "settings.json").read_text(encoding="utf-8"))
    faults = foreign_styles(site)
    write_scripts(site / explorables.FOLDER, explorables.scripts_of_dlcore())
    for path in sorted(site.rglob("*.html")):
        page = path.relative_to(site)
        if NO_PAGES in page.parts:
            continue
        before = path.read_text(encoding="utf-8")
        text, inline = take_inline(before, "../" * (len(page.parts) - 1))
        write_scripts(site / "_static" / "inline", inline)
        try:
            text, modules = explorables.take_code_of_page(text)
            write_scripts(site / explorables.FOLDER, modules)
        except ValueError as error:
            faults.append(f"{page.as_posix()}: an explorable can't become a file of the site: {error}")
        text = with_policy(text, policy(settings["packages"] if LIVE in text else None))
        faults += [f"{page.as_posix()}: {fault}" for fault in blocked(text)]
        if not META.search(text):
            faults.append(f"{page.as_posix()}: it has no head, and so no policy.")
        if text != before:
            path.write_text(text, encoding="utf-8")
    if faults:
        raise SystemExit("\n".join([*faults, REFUSED]))


REFUSED = (
    "The book was not built: its content security policy would block what is above (build_tools/page_policy.py). "
    "Serve it from the book itself; a script belongs in a file."
)


def policy(packages: str | None) -> str:
    """The policy of a page; with Live, `packages` is where Python's packages come from, else None.

    Styles may stand in the page: MathJax, the editor and the theme write their own, notebooks' tables bring theirs, and
    no style can load anything from elsewhere. Pictures may be data: Live's figures are, and the theme's arrows.
    """
    live = packages is not None
    foreign = [packages] if live and "://" in packages else []
    allowed = {
        "default-src": ["'none'"],
        # WebAssembly is Python; it can do nothing that this page's other scripts can't.
        "script-src": ["'self'", *["'wasm-unsafe-eval'"] * live],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", *foreign],
        # A worker made from a blob has the page's policy; one from a file of its own would have none (python.js).
        "worker-src": ["blob:" if live else "'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in allowed.items())


def with_policy(page: str, content: str) -> str:
    """The page with the policy as the first thing in its head, in the place of one that it had."""
    meta = f'\n<meta http-equiv="Content-Security-Policy" content="{html.escape(content, quote=False)}">'
    return re.sub(r"<head(\s[^>]*)?>", lambda head: head[0] + meta, META.sub("", page), count=1)


def take_inline(page: str, root: str) -> tuple[str, dict[str, str]]:
    """The page with the inline scripts that we know as files, and these files' contents by their names.

    Args:
        page: HTML.
        root: the way from the page to the site's folder, such as "../".
    """
    joined, places = {}, []

    def take(match: re.Match) -> str:
        code = match["code"].strip()
        file = next((file for file, _, known in INLINE if re.fullmatch(known, code)), None)
        if file is None or re.search(r"\b(src|type)=", match["attributes"]):
            return match[0]
        first = file not in joined
        codes = joined.setdefault(file, [])
        if code not in codes:
            codes.append(code)
        if not file or not first:
            return ""
        places.append(file)
        return f"\0{file}\0"

    page = SCRIPT.sub(take, page)
    files = {}
    for file in places:
        text = "\n".join(joined[file]) + "\n"
        name = f"{file}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        files[name] = text
        page = page.replace(f"\0{file}\0", f'<script src="{root}_static/inline/{name}.js"></script>\n')
    return page, files


def write_scripts(folder: Path, scripts: dict[str, str]) -> None:
    """Write scripts by their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in scripts.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")


def foreign_styles(site: Path) -> list[str]:
    """A sentence for each thing that a style sheet of the site would load from another host."""
    found = []
    for path in sorted((site / "_static").rglob("*.css")):
        for address in FOREIGN_STYLE.findall(path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(site).as_posix()} loads {address} from another host.")
    return found


def blocked(page: str) -> list[str]:
    """A sentence for each thing in a page that its policy would block."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader.faults


class Reader(HTMLParser):
    """Reads a page for what its policy would block."""

    def __init__(self):
        super().__init__()
        self.faults, self.inside = [], None

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.inside = tag if tag == "style" or (tag == "script" and runs(given)) else None
        shown = " ".join(self.get_starttag_text().split())[:160]
        if tag in REFUSED_TAGS:
            self.faults.append(f"{shown} is not allowed.")
        for name, value in given.items():
            if name.startswith("on"):
                self.faults.append(f"{shown} has a script in its attribute {name}.")
            elif re.match(r"\s*javascript:", value, re.IGNORECASE):
                self.faults.append(f"{shown} has a script for an address.")
            elif name == "style":
                self.look_for_foreign(value)
        loads = [given.get(name, "") for name in LOADS.get(tag, [])]
        if tag == "link" and LOADING_LINKS & set(given.get("rel", "").lower().split()):
            loads.append(given.get("href", ""))
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            loads.append(given.get("content", "").partition("=")[2])
        self.faults += [f"{shown} asks another host for something." for each in loads if FOREIGN.search(each)]
        if tag in ("script", "link") and any(each.startswith(("data:", "blob:")) for each in loads):
            self.faults.append(f"{shown} holds in its address what belongs in a file.")

    def handle_data(self, data):
        if self.inside == "style":
            self.look_for_foreign(data)
        elif self.inside == "script" and data.strip():
            self.faults.append(f"an inline script that is not known: {' '.join(data.split())[:160]}")

    def handle_endtag(self, tag):
        self.inside = None

    def look_for_foreign(self, style):
        self.faults += [f"a style loads {address} from another host." for address in FOREIGN_STYLE.findall(style)]


def runs(script: dict[str, str]) -> bool:
    """Whether what stands in a script element, by its attributes, is code; JSON such as a widget's state is not."""
    return "src" not in script and "json" not in script.get("type", "")
