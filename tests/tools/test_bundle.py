"""The zip of the book: complete, the same on every run, and honest about what works without network."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import urllib.request
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
    settings["needed"] = ["numpy", "matplotlib"]
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
            "serve.py",
        )
    ]
    named = [word.strip('"').removesuffix("[notebooks]") for word in told.split() if "/" in word and ":" not in word]
    assert "book/index.html" in named
    assert {name for name in named if name.startswith("book/")} <= set(contents(*book))
    assert "python serve.py" in told


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
    assert "PYODIDE_DIST" not in readme(site) and "don't run" not in readme(site)
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "needed": ["numpy"]}))
    assert "Cells that need matplotlib don't run" in readme(site)


def test_its_server_needs_python_alone_and_sends_the_headers_that_stop_needs(book, tmp_path):
    (book[0] / "code.mjs").write_text("1;")
    pack(*book, tmp_path / "book.zip")
    with zipfile.ZipFile(tmp_path / "book.zip") as archive:
        archive.extractall(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    server = [sys.executable, "-I", "-S", tmp_path / NAME / "serve.py", "--port", port]  # no packages, no settings
    with subprocess.Popen(server, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().split()[4]
            with urllib.request.urlopen(address) as answer:
                assert answer.read() == b"<p>the book</p>"
                assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
                assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
            with urllib.request.urlopen(f"{address}code.mjs") as answer:
                assert answer.headers["Content-Type"] == "text/javascript"
            again = subprocess.run(server, capture_output=True, text=True, check=False)
            assert again.returncode and f"--port {int(port) + 1}" in again.stderr
        finally:
            process.terminate()
