"""What the built pages cost a reader, in weight and in time until a chapter answers, and what building them takes.

    python -m benchmarks.pages

Weight is gzipped, as servers send it: all that a first visit loads, figures apart and with them. Ready is the time from
asking for the page until formulas are set and every explorable is drawn, from this machine, with an empty cache: the
median of several loads, chapters taking turns.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from build_tools import chromium
from build_tools.project import ASSETS, HTML, ROOT
from dlcore import utils
from tests.book import page_files
from tests.book.page_visits import Site

#: Milliseconds from asking for a page until everything on it answers.
READY = """async () => {
    await window.MathJax?.startup?.promise;
    const views = document.querySelector("script[type='application/vnd.jupyter.widget-view+json']");
    while (views && document.documentElement.dataset.dlWidgets !== "ready") await new Promise(requestAnimationFrame);
    return performance.now();
}"""


def measure(browser, folder, repeats):
    """{chapter: (KB without figures, KB with them, milliseconds until ready)}"""
    site = Site(browser, folder)
    names = [page_files.name(path, folder) for path in page_files.chapters(folder)]
    times, weights = {name: [] for name in names}, {}
    for turn in range(repeats + 1):
        for name in names:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            tab = context.new_page()
            tab.requests = []
            tab.on("request", lambda request, tab=tab: tab.requests.append(request.url))
            tab.goto(site.base + name, wait_until="commit")
            tab.wait_for_load_state("domcontentloaded")
            ready = tab.evaluate(READY)
            tab.wait_for_load_state("networkidle")
            if turn:  # the first turn warms up
                times[name].append(ready)
            weights[name] = [sum(site.weight(tab, pictures=pictures).values()) / 1024 for pictures in (False, True)]
            context.close()
    site.close()
    return {name: (*weights[name], statistics.median(times[name])) for name in names}


def build_seconds():
    """Seconds to build a copy of the book from scratch, then after a change to one chapter, then unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "book"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "_build", "*.egg-info"))
        shutil.copytree(ASSETS, copy / "_build" / "assets")  # fetching is the network's time
        seconds = [build(copy)]
        with (copy / "chapters" / "back-matter" / "glossary.md").open("a") as page:
            page.write("\nOne more line.\n")
        return [*seconds, build(copy), build(copy)]


def build(folder):
    """Seconds of one build."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "build_tools.build_book"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="loads of each chapter (default 5)")
    parser.add_argument("--no-build", action="store_true", help="leave the builds out")
    arguments = parser.parse_args()
    path = chromium.executable()
    if path is None:
        raise SystemExit(chromium.MISSING)
    if not (HTML / "index.html").exists():
        raise SystemExit("There are no built pages: run `make book` first.")
    print(utils.hardware())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        print(f"Chromium {browser.version}; medians of {arguments.repeats} loads with an empty cache\n")
        print(f"{'':<44}{'weight (KB)':>12}{'with figures':>14}{'ready (ms)':>12}")
        for name, (bare, full, ready) in measure(browser, HTML, arguments.repeats).items():
            print(f"{name:<44}{bare:>12.0f}{full:>14.0f}{ready:>12.0f}")
        browser.close()
    if not arguments.no_build:
        scratch, changed, unchanged = build_seconds()
        print(f"\nbuild from scratch {scratch:.1f} s; one page changed {changed:.1f} s; unchanged {unchanged:.1f} s")


if __name__ == "__main__":
    main()
