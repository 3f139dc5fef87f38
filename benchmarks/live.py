"""What Live costs a reader: seconds from the press of its button until Python answers, megabytes, and how fast it is.

    make book PYODIDE_DIST=folder, then PYODIDE_DIST=folder python -m benchmarks.live

The training is that of an MLP 784-128-64-10 on 6,400 images of MNIST's size, batch 64, one epoch: in the page, and in
this interpreter with one thread, as the page has only one. Medians of several starts with an empty cache.
"""

import argparse
import os
import statistics
import threading
import time
from functools import partial
from http.server import ThreadingHTTPServer

from playwright.sync_api import sync_playwright

from build_tools import chromium, serve_book
from build_tools.project import HTML
from dlcore import utils

PAGE = "chapters/foundations/neuron.html"
TRAINING = """
import time
import numpy as np
from dlcore import Input, Sequential, layers

rng = np.random.default_rng(0)
x, y = rng.random((6400, 784), dtype=np.float32), rng.integers(0, 10, 6400)
model = Sequential([Input((784,)), layers.Dense(128, "relu"), layers.Dense(64, "relu"), layers.Dense(10, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, batch_size=64, epochs=1, verbose=0)
began = time.perf_counter()
model.fit(x, y, batch_size=64, epochs=1, verbose=0)
print(time.perf_counter() - began)
"""


def start(browser, address):
    """(a tab in which Python is ready, seconds that it took, megabytes loaded for it)"""
    tab = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    tab.goto(address)
    tab.wait_for_load_state("networkidle")
    loaded = []
    tab.on("response", lambda response: loaded.append(int(response.headers.get("content-length", 0))))
    tab.get_by_role("button", name="Live: run this page here").click()
    tab.wait_for_selector("html[data-dl-live]", timeout=120_000)
    return tab, float(tab.evaluate("document.documentElement.dataset.dlLive")), sum(loaded) / 1e6


def trained_in_page(tab):
    """Seconds of the training in the page."""
    tab.get_by_role("textbox", name="Code of cell 1", exact=True).focus()
    tab.keyboard.press("Control+A")
    tab.keyboard.insert_text(TRAINING)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_selector("#cell-imports[aria-busy=false] .dl-live-out pre", timeout=120_000)
    return float(tab.locator("#cell-imports .dl-live-out pre").inner_text())


def trained_here():
    """Seconds of the training in this interpreter."""
    told = []
    exec(TRAINING, {"print": told.append})
    return told[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        raise SystemExit("Give both one thread: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m benchmarks.live")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(serve_book.QuietHandler, directory=str(HTML)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ready, page, here = [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        for _ in range(repeats):
            tab, seconds, size = start(browser, f"http://127.0.0.1:{server.server_port}/{PAGE}")
            ready.append(seconds)
            page.append(trained_in_page(tab))
            tab.context.close()
            here.append(trained_here())
            time.sleep(0.5)
        version = browser.version
        browser.close()
    print(f"{utils.hardware()}; Chromium {version}; medians of {repeats}")
    print(f"ready {statistics.median(ready):.1f} s after the press, {size:.1f} MB loaded")
    in_page, native = statistics.median(page), statistics.median(here)
    print(f"an epoch: {in_page:.2f} s in the page, {native:.2f} s here, {in_page / native:.1f} times as long")


if __name__ == "__main__":
    main()
