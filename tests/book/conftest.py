"""Marks of the book's tests, by which `make test` sorts them into stages."""

import pytest

from build_tools import chromium
from tests.book.explorable_page import show  # noqa: F401  fixtures for every test here
from tests.book.live_hands import addresses, served, visit, with_dlcore  # noqa: F401


def pytest_configure(config):
    """Name the marks."""
    config.addinivalue_line("markers", "alone: takes one notebook into an empty folder and installs what it needs")
    config.addinivalue_line("markers", "pages: looks at something in Chromium; every test that takes `browser` has it")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what needs a browser."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.pages)


@pytest.fixture(scope="session")
def browser():
    """Chromium, one for all tests. Without it they are skipped by name, and fail in CI."""
    path = chromium.executable()
    if path is None:
        pytest.fail(chromium.MISSING) if chromium.must_be_there() else pytest.skip(chromium.MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield started
        started.close()
