"""A reader's hands on Live: presses the button, writes into cells, reads what they show; and the servers behind it.

Without NumPy for the browser (PYODIDE_DIST unset) Live's Python is started bare, with it as the book starts it.
"""

import os
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from build_tools import live_assets, serve_book
from tests.book import page_files

PAGE = "chapters/foundations/neuron"
FIRST = "import collections\nnames = collections.Counter('abca')\nprint('first', len(names))"
CORE = {"packages": "packages/", "lock": "pyodide/pyodide-lock.json", "needed": [], "wheels": ["page-packages.zip"]}
with_numpy = pytest.mark.skipif("PYODIDE_DIST" not in os.environ, reason="PYODIDE_DIST names no NumPy for the browser")
with_figures = pytest.mark.skipif(
    not list(Path(os.environ.get("PYODIDE_DIST", os.devnull)).glob("matplotlib-*.whl")),
    reason="PYODIDE_DIST holds no matplotlib for the browser",
)


class Plain(serve_book.QuietHandler):
    """A server without the headers that give a page shared memory, as many hosts are."""

    def send_header(self, name, value):
        if not name.startswith("Cross-Origin"):
            super().send_header(name, value)


@pytest.fixture(scope="module")
def served():
    """served(handler) → the address of the built book behind that kind of server."""
    servers = []

    def serve(handler):
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(page_files.site()))))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield serve
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="module")
def addresses(served):
    return {"shared memory": served(serve_book.QuietHandler), "plain": served(Plain)}


@pytest.fixture(scope="module")
def with_dlcore(tmp_path_factory):
    """Live's files, with NumPy from PYODIDE_DIST."""
    folder = tmp_path_factory.mktemp("live") / "live"
    live_assets.lay_out(folder)
    return folder


@pytest.fixture
def visit(browser, addresses):
    """visit(page, server) → a tab in which a page stands, with Live not started."""
    opened = []

    def visit(page=PAGE, server="shared memory", files=None, **context):
        context = browser.new_context(viewport={"width": 1200, "height": 900}, accept_downloads=True, **context)
        opened.append(context)
        if files is None:
            context.route("**/live/settings.json", lambda route: route.fulfill(json=CORE))
        else:
            context.route("**/_static/live/packages/*", partial(from_folder, files))
            context.route("**/_static/live/settings.json", partial(from_folder, files))
        tab = context.new_page()
        tab.goto(f"{addresses[server]}/{page}.html")
        return tab

    yield visit
    for context in opened:
        context.close()


def from_folder(folder, route):
    """Answer a request with the file of that name."""
    found = list(folder.rglob(route.request.url.split("?")[0].split("/")[-1]))
    route.fulfill(path=found[0]) if found else route.fulfill(status=404)


def open_editors(tab):
    """Press Live and wait for the editors; Python may still be on its way."""
    tab.get_by_role("button", name="Live: run this page here").click()
    tab.wait_for_selector(".cm-content", timeout=60_000)
    return tab


def begin(tab):
    """Press Live and wait for Python."""
    open_editors(tab)
    tab.wait_for_selector("html[data-dl-live]", timeout=120_000)
    return tab


def say(tab):
    return tab.locator(".dl-live-say").inner_text()


def editor(tab, number):
    return tab.get_by_role("textbox", name=f"Code of cell {number}", exact=True)


def write(tab, number, code, key="Shift+Enter"):
    """Write code into a cell, in place of what stands there, and run it."""
    editor(tab, number).focus()
    tab.keyboard.press("Control+A")
    tab.keyboard.insert_text(code)
    tab.keyboard.press(key)


def shown(tab, number):
    """What a cell shows once it has run."""
    out = tab.locator(f".dl-live-out[aria-label='What cell {number} shows']")
    tab.wait_for_function("e => !e.closest('[aria-busy=true]')", arg=out.element_handle(), timeout=60_000)
    return out.inner_text() if out.is_visible() else ""
