"""A page with nothing on it but explorables, hosted as in the built book: from their stored state, without a kernel.

The fixture `browser` that `show` takes is in conftest.py.
"""

import json
from pathlib import Path

import pytest
from ipywidgets.embed import dependency_state

HOST = Path(__file__).parents[2] / "build_tools" / "assets" / "mini-host.js"


def page_of(*widgets, theme="light"):
    """The HTML of a page that shows these widgets, with every trait as the built book stores it."""
    states = json.dumps(
        {"version_major": 2, "version_minor": 0, "state": dependency_state(widgets, drop_defaults=False)}
    )
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
        f"<script>{HOST.read_text(encoding='utf-8')}</script></body></html>"
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
