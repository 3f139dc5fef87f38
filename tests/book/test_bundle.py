"""The whole book's zip, unpacked somewhere else and opened without network."""

import zipfile

import pytest

from build_tools.bundle_book import NAME, pack
from build_tools.project import CHAPTERS, pages_in_order
from tests.book.page_files import site


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
    # An explorable's module is a blob, which is let go as soon as it is read.
    context.on("requestfailed", lambda request: request.url.startswith("blob:") or failed.append(request.url))
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
