"""A page with nothing on it but explorables, hosted as in the built book: from their stored state, without a kernel.

And the hands and eyes of their tests: press a button, move a slider, read the numbers in a sentence.

The fixture `browser` that `show` takes is in conftest.py.
"""

import json
import re
from pathlib import Path

import pytest
from ipywidgets.embed import dependency_state

from build_tools import explorables

HOST = Path(__file__).parents[2] / "build_tools" / "assets" / "mini-host.js"
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
#: What a finger has to hit.
TARGETS = ".dl-controls button, .dl-controls select, .dl-controls input:not([type=checkbox]), summary"


def page_of(*widgets, theme="light"):
    """The HTML of a page that shows these widgets, with every trait as the built book stores it."""
    state = dependency_state(widgets, drop_defaults=False)
    scripts = "\n".join(explorables.take_code(state).values())
    states = json.dumps({"version_major": 2, "version_minor": 0, "state": state})
    views = "".join(
        '<div class="cell_output"><script type="application/vnd.jupyter.widget-view+json">'
        f"{json.dumps({'model_id': widget.model_id})}</script></div>"
        for widget in widgets
    )
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>Explorables</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>body { margin: 0 auto; padding: 16px; max-width: 760px; font: 16px/1.5 system-ui, sans-serif; }"
        "html[data-theme=dark] body { background: #121212 }</style></head>"
        f"<body><main><h1>Explorables</h1>{views}</main>"
        f'<script type="application/vnd.jupyter.widget-state+json">{states.replace("</", "<" + chr(92) + "/")}</script>'
        f"<script>{scripts}</script><script>{HOST.read_text(encoding='utf-8')}</script></body></html>"
    )


@pytest.fixture
def show(browser):
    """show(widget, …, width=1280, theme="light", touch=False) → a Playwright page; errors on it fail the test."""
    opened = []

    def show(*widgets, width=1280, height=900, theme="light", touch=False, **context):
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=touch, **context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
        page.set_content(page_of(*widgets, theme=theme))
        page.wait_for_selector("html[data-dl-widgets=ready]")
        page.wait_for_timeout(100)
        opened.append((context, page))
        return page

    yield show
    for context, page in opened:
        problems = page.problems
        context.close()
        assert not problems, problems


def status(page):
    """The sentence below the drawing."""
    return page.locator(".dl-status").inner_text()


def formula(page, row=0):
    """A line of formulas, as text."""
    return page.locator(".dl-formula").nth(row).inner_text()


def numbers(text):
    """All numbers in a text, "−3" and "1.7·10⁻⁵" included, but not those of names, as in w₁."""
    text = re.sub(r"·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: "e" + found[1].translate(POWERS), text).translate(POWERS)
    return [float(number) for number in re.findall(r"(?<![\w.])-?\d+\.?\d*(?:e-?\d+)?", text)]


def press(page, name, times=1):
    """Press a button, by its whole name."""
    for _ in range(times):
        page.get_by_role("button", name=name, exact=True).click()


def put(page, label, value):
    """Move a slider as the hand does: its value, then the event."""
    page.get_by_role("slider", name=label, exact=True).evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })) }", str(value)
    )


def fit_a_phone(page, targets=TARGETS):
    """Nothing is wider than the page, and what a finger has to hit is 44 px high."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert min(target.bounding_box()["height"] for target in page.locator(targets).all()) >= 44
