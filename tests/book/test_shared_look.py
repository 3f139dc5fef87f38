"""What all chapters share, seen in a browser: panels and tables on a phone, the ring of a slider with the focus."""

import io

import matplotlib.image
import numpy as np
import pytest

from build_tools.project import TOOLS
from dlcore import parity, widgets

# Words that stand on more than one line, those with a hyphen apart, which may.
BROKEN = r"""() => {
    const walk = document.createTreeWalker(document.querySelector("table"), NodeFilter.SHOW_TEXT), broken = [];
    for (let node; (node = walk.nextNode()); )
        for (const word of node.data.matchAll(/[^\s-]+/g)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
        }
    return broken;
}"""


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_no_word_of_a_parity_panel_is_broken(browser, width):
    panel = parity.Panel("'sequential' in dlcore and in Keras: 1442 samples, 10 steps of Adam with batches of 32")
    panel.add("weights at the start", 1, 1, role="weight").add("gradient of batch_normalization_1 gamma (32,)", 1, 2)
    panel.add("gradient of dense kernel (784, 128)", np.ones(2), np.ones(2) + 1e-7, role="gradient")
    style = (
        "body { margin: 16px; font: 16px/1.5 sans-serif } .output { max-width: 100%; overflow-x: auto }"  # the theme's
    )
    book = (TOOLS / "assets" / "book.css").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.set_content(
        f"<style>{style}{book}</style><main class='bd-content'><article class='bd-article'><div class='cell_output'>"
        f"<div class='output text_html'>{panel._repr_html_()}</div></div></article></main>"
    )
    assert page.evaluate(BROKEN) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    frame, table = (page.locator(part).bounding_box() for part in (".dl-parity", "table"))
    assert table["x"] + table["width"] < frame["x"] + frame["width"], "the frame is as wide as its table"
    page.close()


def test_on_a_phone_a_wide_table_is_shaded_where_it_goes_on(browser):
    theme = "article { --pst-color-background: #fff; --dl-ink: #222 } tr { background: #fff }"
    sizes = ".pst-scrollable-table-container { width: 300px } table { width: 800px } td { height: 150px }"
    book = (TOOLS / "assets" / "book.css").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 400})
    page.set_content(
        f"<style>{theme}{sizes}{book}</style><article class='bd-article'><div class='pst-scrollable-table-container'>"
        "<table class='table'><tbody><tr><td>1</td></tr></tbody></table></div></article>"
    )
    frame = page.locator(".pst-scrollable-table-container")

    def sides(place):
        frame.evaluate(
            "(frame, place) => { frame.scrollLeft = place * (frame.scrollWidth - frame.clientWidth); }", place
        )
        row = matplotlib.image.imread(io.BytesIO(frame.screenshot()))[100, :, 0]
        return [bool(side < row[150] - 0.1) for side in (row[1], row[-2])]

    assert [sides(place) for place in (0, 0.5, 1)] == [[False, True], [True, True], [True, False]]
    page.close()


def test_the_ring_of_a_slider_leaves_its_label_alone(show):
    page = show(widgets.OptimizerRace(), height=1600)
    label, slider = page.locator(".dl-slider label").first, page.locator(".dl-slider input").first
    box = slider.bounding_box()
    track = {"x": box["x"], "y": box["y"] + 8, "width": box["width"], "height": box["height"] - 8}
    before = label.screenshot(), page.screenshot(clip=track)
    page.get_by_label("all learning rates").focus()
    page.keyboard.press("Tab")
    assert slider.evaluate("(e) => e === document.activeElement")
    assert label.screenshot() == before[0] and page.screenshot(clip=track) != before[1]
