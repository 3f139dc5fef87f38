"""What a stored notebook says about itself: its widgets, and what it was executed with."""

import json
from pathlib import Path

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
#: Where a notebook's metadata keep what it was executed with.
EXECUTED = "executed_with"


def read(path: Path) -> dict:
    """A notebook as plain data.

    Raises:
        SystemExit: the file holds something else, such as the traces of a merge.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise SystemExit(f"{path} is no notebook, or a broken one: {error}") from None


def widget_states(notebook: dict) -> dict[str, dict]:
    """The stored state of each widget, by model id."""
    return notebook.get("metadata", {}).get("widgets", {}).get(STATE, {}).get("state", {})


def widget_views(notebook: dict) -> list[tuple[int, str]]:
    """(cell number, model id) of each widget that an output shows."""
    views = []
    for number, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            view = output.get("data", {}).get(VIEW)
            if view:
                views.append((number, view["model_id"]))
    return views


def widget_faults(path: Path) -> list[str]:
    """A sentence for each stored widget that a page without a kernel can't show."""
    notebook = read(path)
    states = widget_states(notebook)
    faults = []
    for number, model_id in widget_views(notebook):
        state = states.get(model_id)
        if state is None:
            faults.append(f"cell {number} shows a widget, but the notebook stores no state for it: run `make execute`")
        elif state.get("model_name") != "AnyModel":
            faults.append(
                f"cell {number} shows a {state.get('model_name', 'widget')}, which is no anywidget: "
                "the pages host only anywidgets (dlcore.widgets) without a kernel"
            )
    return faults


def executed_with(path: Path) -> str | None:
    """One sentence for the foot of the page, or None for a notebook that was not executed by `make execute`."""
    facts = read(path).get("metadata", {}).get(EXECUTED)
    if not facts:
        return None
    in_order = sorted(facts["versions"].items(), key=lambda item: (item[0] != "Python", item[0]))
    versions = ", ".join(f"{name} {version}" for name, version in in_order)
    cores = facts["cores"]
    return (
        f"Executed on {facts['date']} with {versions} on {facts['cpu']} ({cores} core{'s' * (cores != 1)}), "
        f"{facts['gpu'] or 'no GPU'}."
    )


def shortened(text: str, limit: int = 200) -> str:
    """`text` on one line, cut at a word where it is longer than `limit` characters."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0].rstrip(",;:") + " …"
