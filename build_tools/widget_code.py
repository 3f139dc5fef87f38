"""Whether the JavaScript and CSS that notebooks store for their widgets are those that dlcore has now."""

import importlib

from build_tools.notebook_facts import widget_states


def current_code(widget_id: str) -> dict[str, str] | None:
    """`_esm` and `_css` of a widget class of dlcore, by the id that its state carries; None for other widgets."""
    module, _, name = widget_id.rpartition(".")
    if not module.startswith("dlcore"):
        return None
    try:
        widget = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return {"_esm": "", "_css": ""}
    return {"_esm": str(widget._esm), "_css": str(getattr(widget, "_css", ""))}


def stale_widgets(notebook: dict) -> list[str]:
    """The ids of stored widgets whose code differs from dlcore's current source."""
    stale = set()
    for record in widget_states(notebook).values():
        state = record["state"]
        widget_id = state.get("_anywidget_id", "")
        current = current_code(widget_id)
        if current and any(state.get(trait, "") != code for trait, code in current.items()):
            stale.add(widget_id)
    return sorted(stale)


def refresh_widgets(notebook: dict) -> bool:
    """Put dlcore's current code into the stored widgets; their data stay. Returns whether anything changed."""
    changed = False
    for record in widget_states(notebook).values():
        state = record["state"]
        for trait, code in (current_code(state.get("_anywidget_id", "")) or {}).items():
            if code and state.get(trait, "") != code:
                state[trait] = code
                changed = True
    return changed
