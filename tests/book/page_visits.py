"""Visits to built pages in Chromium: what a page asks for, says, weighs and shows, and how it answers the keyboard.

`Site` serves a folder; `Site.visit` opens one page as one kind of reader and waits until it stands still.
"""

import contextlib
import functools
import gzip
import http.server
import threading
import urllib.parse
from pathlib import Path

from build_tools.project import TOOLS

AXE = TOOLS / "node_modules" / "axe-core" / "axe.min.js"
#: All rules for WCAG 2.0 to 2.2, levels A and AA, and all that axe counts as good practice. None is left out.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PICTURES = {".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp", ".ico"}

SET = "async () => { await window.MathJax?.startup?.promise; await document.fonts.ready; }"
DRAWN = """() => {
    const views = document.querySelectorAll("script[type='application/vnd.jupyter.widget-view+json']").length;
    return !views || document.documentElement.dataset.dlWidgets === "ready";
}"""
# What is folded away is looked at, too, once it has faded in.
UNFOLD = """async () => {
    document.querySelectorAll("main details").forEach((d) => (d.open = true));
    const finite = document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime < Infinity);
    await Promise.all(finite.map((a) => a.finished.catch(() => null)));
}"""

RUN_AXE = """async (only) => {
    const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"]});
    return found.violations.flatMap((v) => v.nodes.map((n) => {
        const why = [...n.any, ...n.all, ...n.none].map((c) => c.message).join("; ");
        return `${v.impact} ${v.id}: ${n.html.replace(/\\s+/g, " ").slice(0, 160)} (${why.slice(0, 200)})`;
    }));
}"""

# Formulas that MathJax left as they were, or could not read.
UNSET = """() => {
    const short = (e) => e.textContent.trim().slice(0, 80);
    const raw = [...document.querySelectorAll("main .math")].filter((e) => !e.querySelector("mjx-container"));
    const wrong = [...document.querySelectorAll("main mjx-merror")];
    return [...raw.map((e) => `not set: ${short(e)}`), ...wrong.map((e) => `not understood: ${short(e)}`)];
}"""

# What reaches out of a page that scrolls sideways, the innermost elements; what scrolls in its own box does not.
TOO_WIDE = """(width) => {
    const page = document.documentElement.scrollWidth;
    if (page <= width) return [];
    const boxed = (e) => {
        const parent = e.parentElement;
        if (!parent || parent === document.body) return false;
        return /auto|scroll|hidden|clip/.test(getComputedStyle(parent).overflowX) || boxed(parent);
    };
    const right = (e) => Math.round(e.getBoundingClientRect().right);
    const shown = (e) => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden";
    const wide = [...document.body.querySelectorAll("*")].filter((e) => right(e) > width && shown(e) && !boxed(e));
    const inner = wide.filter((e) => !wide.some((other) => other !== e && e.contains(other)));
    const named = inner.slice(0, 5).map((e) => `${e.cloneNode(false).outerHTML.slice(0, 120)} reaches ${right(e)}`);
    return [`${page} pixels wide`, ...named];
}"""

# Code whose lines are longer than its box, which would have to be scrolled.
CUT_CODE = """() => [...document.querySelectorAll("div.cell_input pre")]
    .filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth)
    .map((e) => `${e.scrollWidth} of ${e.clientWidth} pixels: ${e.innerText.split("\\n")[0]}`)"""

# Surfaces with a light, opaque background of their own, pictures apart.
LIGHT_SURFACES = """() => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const light = (colour) => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return a > 128 && 0.2126 * r + 0.7152 * g + 0.0722 * b > 140;
    };
    return [...document.querySelectorAll("main *:not(img)")].filter((e) => {
        const box = e.getBoundingClientRect();
        return box.width * box.height > 10000 && light(getComputedStyle(e).backgroundColor);
    }).map((e) => e.cloneNode(false).outerHTML.slice(0, 160) + " " + getComputedStyle(e).backgroundColor);
}"""


class Site:
    """A folder of pages on a port of this machine."""

    def __init__(self, browser, folder: Path):
        self.browser, self.folder = browser, Path(folder)
        handler = functools.partial(Quiet, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_port}/"

    def close(self):
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()

    @contextlib.contextmanager
    def visit(self, page: str, *, dark=False, width=1280, files=False, calm=False, patience=20):
        """Open `page` ("chapters/start/welcome.html"), with what it asked for and said in `.requests`, `.problems`.

        dark, width, calm (reduced motion): the reader's settings. files: from the folder, by file://. patience: seconds
        that formulas and explorables may take.
        """
        base = self.folder.as_uri() + "/" if files else self.base
        motion, scheme = "reduce" if calm else "no-preference", "dark" if dark else "light"
        size = {"width": width, "height": 900}
        context = self.browser.new_context(viewport=size, color_scheme=scheme, reduced_motion=motion)
        tab = context.new_page()
        tab.requests, tab.problems = [], []
        tab.on("request", lambda request: tab.requests.append(request.url))
        tab.on("requestfailed", lambda request: tab.problems.append(f"{request.url} was not loaded"))
        tab.on("response", lambda r: r.status >= 400 and tab.problems.append(f"{r.url} answered {r.status}"))
        tab.on("pageerror", lambda error: tab.problems.append(f"error: {error}"))
        tab.on("console", lambda m: m.type in ("error", "warning") and tab.problems.append(f"{m.type}: {m.text}"))
        try:
            tab.goto(base + page, wait_until="load")
            settled(tab, patience)
            yield tab
        finally:
            context.close()

    def foreign(self, tab) -> list[str]:
        """What a page asked of other hosts."""
        own = (self.base, self.folder.as_uri(), "data:", "blob:", "about:")
        return [url for url in tab.requests if not url.startswith(own)]

    def weight(self, tab, pictures=False) -> dict[str, int]:
        """Gzipped bytes of everything that a first visit loads, by path; pictures only if asked for."""
        own = [url for url in tab.requests if url.startswith(self.base)]
        paths = {urllib.parse.unquote(urllib.parse.urlsplit(url).path)[1:] for url in own}
        files = {path: self.folder / path for path in paths if pictures or Path(path).suffix not in PICTURES}
        return {path: len(gzip.compress(file.read_bytes(), 6)) for path, file in files.items() if file.is_file()}


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, *_):
        """Nothing."""


def settled(tab, patience=20):
    """Wait until formulas are set, fonts are there and explorables are drawn; if they never are, that is a problem."""
    from playwright.sync_api import TimeoutError

    tab.evaluate(SET)
    try:
        tab.wait_for_function(DRAWN, timeout=1000 * patience)
    except TimeoutError:
        tab.problems.append(f"the explorables were not drawn within {patience} s")
    tab.wait_for_timeout(150)


def axe(tab, rules=None) -> list[str]:
    """What axe-core finds by all of RULES (or by the named rules), everything unfolded, one line an element."""
    tab.evaluate(UNFOLD)
    tab.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
    return tab.evaluate(RUN_AXE, only)


def unset_formulas(tab) -> list[str]:
    """Formulas that show as code."""
    return tab.evaluate(UNSET)


def too_wide(tab) -> list[str]:
    """What makes a page scroll sideways, the innermost elements."""
    tab.evaluate(UNFOLD)
    return tab.evaluate(TOO_WIDE, tab.viewport_size["width"])


def cut_code(tab) -> list[str]:
    """The code cells whose lines are longer than their box, each by its first line."""
    tab.evaluate(UNFOLD)
    return tab.evaluate(CUT_CODE)


def light_surfaces(tab) -> list[str]:
    """Large elements painted light."""
    tab.evaluate(UNFOLD)
    return tab.evaluate(LIGHT_SURFACES)
