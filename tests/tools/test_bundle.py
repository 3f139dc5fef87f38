"""The zip of the book: complete, the same on every run, and honest about what works without network."""

import hashlib
import json
import os
import zipfile

import pytest

from build_tools.bundle_book import NAME, contents, pack, readme


@pytest.fixture
def book(tmp_path):
    """A folder of pages and a folder of chapters, as small as can be."""
    site, chapters = tmp_path / "html", tmp_path / "chapters"
    live = site / "_static" / "live"
    live.mkdir(parents=True)
    (chapters / "start" / ".ipynb_checkpoints").mkdir(parents=True)
    (site / "index.html").write_text("<p>the book</p>")
    (site / ".buildinfo").write_text("records")
    (live / "dlcore-1.0-py3-none-any.whl").write_bytes(b"wheel")
    settings = {"packages": "https://host.org/pyodide/", "wheels": ["dlcore-1.0-py3-none-any.whl", "more.zip"]}
    (live / "settings.json").write_text(json.dumps(settings))
    (chapters / "start" / "a.ipynb").write_text("{}")
    (chapters / "start" / "b.md").write_text("# Terms")
    (chapters / "references.bib").write_text("")
    (chapters / "start" / ".ipynb_checkpoints" / "a.ipynb").write_text("{}")
    return site, chapters


def test_the_zip_holds_pages_notebooks_wheel_and_how_to_open_it(book, tmp_path):
    pack(*book, tmp_path / "book.zip")
    with zipfile.ZipFile(tmp_path / "book.zip") as archive:
        held = archive.namelist()
        told = archive.read(f"{NAME}/README.txt").decode()
    assert held == [
        f"{NAME}/{name}"
        for name in (
            "LICENSE",
            "README.txt",
            "book/_static/live/dlcore-1.0-py3-none-any.whl",
            "book/_static/live/settings.json",
            "book/index.html",
            "notebooks/start/a.ipynb",
            "notebooks/start/b.md",
        )
    ]
    named = [word.strip('"').removesuffix("[notebooks]") for word in told.split() if "/" in word and ":" not in word]
    assert "book/index.html" in named
    assert {name for name in named if name.startswith("book/")} <= set(contents(*book))


def test_a_second_run_gives_the_same_bytes_whenever_the_files_were_written(book, tmp_path):
    hashes = []
    for run in range(2):
        for path in book[0].rglob("*"):
            os.utime(path, (1_700_000_000 + run, 1_700_000_000 + run))
        pack(*book, tmp_path / "book.zip")
        hashes.append(hashlib.sha256((tmp_path / "book.zip").read_bytes()).hexdigest())
    assert hashes[0] == hashes[1]


def test_the_readme_says_whether_live_needs_the_network(book):
    site, _ = book
    assert "once from host.org" in readme(site) and "PYODIDE_DIST" in readme(site)
    settings = site / "_static" / "live" / "settings.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "packages": "packages/"}))
    assert "works without network" in readme(site) and "host.org" not in readme(site)
    assert "PYODIDE_DIST" not in readme(site)
