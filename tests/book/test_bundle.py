"""The whole book's zip, unpacked somewhere else and opened without network."""

import socket
import subprocess
import sys
import zipfile

import pytest

from build_tools.bundle_book import NAME, pack
from build_tools.project import CHAPTERS, pages_in_order
from tests.book.page_files import site

#: Live with Python's core alone, which is in every bundle.
CORE = {"packages": "packages/", "lock": "pyodide/pyodide-lock.json", "needed": [], "wheels": ["page-packages.zip"]}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The folder that a reader has after unpacking."""
    folder = tmp_path_factory.mktemp("away")
    pack(site(), CHAPTERS, folder / "book.zip")
    with zipfile.ZipFile(folder / "book.zip") as archive:
        archive.extractall(folder)
    return folder / NAME


def test_every_page_and_every_notebook_is_there(unpacked, browser):
    for page in pages_in_order():
        assert (unpacked / "book" / f"{page}.html").exists(), page
    notebooks = [path.relative_to(CHAPTERS) for path in CHAPTERS.rglob("*.ipynb")]
    for name in notebooks:
        assert (unpacked / "notebooks" / name).read_bytes() == (CHAPTERS / name).read_bytes()
    assert list((unpacked / "book" / "_static" / "live").glob("dlcore-*.whl"))


def test_opened_from_the_folder_a_page_shows_its_explorable_and_formulas(unpacked, browser):
    context = browser.new_context(offline=True)
    failed, foreign = [], []
    # What is still on its way when the next page is opened is given up, and not missing.
    context.on("requestfailed", lambda request: request.failure == "net::ERR_ABORTED" or failed.append(request.url))
    context.on("request", lambda request: request.url.startswith("http") and foreign.append(request.url))
    page = context.new_page()
    page.goto((unpacked / "book" / "index.html").as_uri())
    page.wait_for_url("**/chapters/start/welcome.html")
    page.goto((unpacked / "book" / "chapters" / "foundations" / "neuron.html").as_uri())
    page.wait_for_selector(".dl-host[data-ready] .dl-drawing svg", timeout=60_000)
    page.wait_for_selector("article mjx-container", state="attached", timeout=60_000)
    assert "could not be drawn" not in page.inner_text("article")
    assert not failed and not foreign
    context.close()


@pytest.fixture
def address(unpacked):
    """Where the server in the bundle shows the book."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-I", unpacked / "serve.py", "--port", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().split()[4]
        process.terminate()


def test_behind_its_own_server_live_runs_a_cell_and_could_stop_it(address, browser):
    context = browser.new_context()
    foreign = []
    context.on("request", lambda request: address in request.url or foreign.append(request.url))
    context.route("**/live/settings.json", lambda route: route.fulfill(json=CORE))
    page = context.new_page()
    page.goto(f"{address}chapters/foundations/neuron.html")
    page.get_by_role("button", name="Live: run this page here").click()
    page.wait_for_selector("html[data-dl-live]", timeout=120_000)
    assert page.evaluate("crossOriginIsolated")  # by which a running cell is stopped
    page.get_by_role("textbox", name="Code of cell 1", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("print(6 * 7)")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("() => document.querySelector('.dl-live-out')?.innerText.trim() === '42'", timeout=60_000)
    assert not [url for url in foreign if url.startswith("http")]
    context.close()
