"""The form in which notebooks are committed: the same content always gives the same bytes.

Cell ids stay, or follow from the content where they are missing; widgets are numbered by the cell that shows them;
metadata holds what the book reads and nothing else; execution counts run from 1; no stderr and no times are stored.
"""

import hashlib
import json
import re

import nbformat

from build_tools.notebook_facts import EXECUTED, STATE, VIEW

CELL_METADATA = {"tags", "mystnb"}
#: Tags of cells whose code the page does not show, or folds away.
FOLDED = {"remove-cell", "remove-input", "hide-input", "hide-cell"}
NOTEBOOK_METADATA = {EXECUTED, "widgets", "mystnb"}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def normalised(notebook) -> nbformat.NotebookNode:
    """A copy of the notebook in normal form."""
    notebook = nbformat.from_dict(json.loads(json.dumps(notebook)))
    give_ids(notebook.cells)
    count = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in CELL_METADATA and v})
        if "tags" in cell.metadata:
            cell.metadata.tags = sorted(set(cell.metadata.tags))
        cell.source = cell.source.rstrip()
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = normal_outputs(cell.outputs, count)
            fold(cell)
    kept = {k: v for k, v in notebook.metadata.items() if k in NOTEBOOK_METADATA}
    notebook.metadata = nbformat.from_dict({**kept, "kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return with_stable_widgets(notebook)


def fold(cell) -> None:
    """What is folded in the page is folded in JupyterLab and on Colab too: nobody reads a solution by accident."""
    tags = FOLDED.intersection(cell.metadata.get("tags", []))
    if tags:
        cell.metadata["cellView"] = "form"  # Colab's word for it
        cell.metadata["jupyter"] = {"source_hidden": True, **({"outputs_hidden": True} if "hide-cell" in tags else {})}


def parsed(text: str) -> nbformat.NotebookNode:
    """A notebook from its file's text. Ids are settled first: nbformat would replace repeated ones by random ones."""
    data = json.loads(text)
    give_ids(data["cells"])
    data["nbformat_minor"] = max(5, data.get("nbformat_minor", 5))
    return nbformat.reads(json.dumps(data), as_version=4)


def as_text(notebook) -> str:
    """The notebook as the text of its file."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def give_ids(cells) -> None:
    """Keep every valid id that is the first of its kind; derive the others from the cell's content."""
    taken = set()
    for cell in cells:
        name = cell.get("id", "")
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) or name in taken:
            digest = hashlib.sha256(f"{cell['cell_type']}\n{''.join(cell['source'])}".encode()).hexdigest()
            start = next(i for i in range(56) if digest[i : i + 8] not in taken)
            name = digest[start : start + 8]
        taken.add(name)
        cell["id"] = name


def normal_outputs(outputs: list, count: int) -> list:
    """One stream of stdout where it began, displays in their order, no stderr."""
    kept, stdout = [], None
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                continue
            if stdout is not None:
                stdout.text += output.text
                continue
            stdout = output
        if output.output_type == "execute_result":
            output.execution_count = count
        kept.append(output)
    return kept


def with_stable_widgets(notebook) -> nbformat.NotebookNode:
    """Keep the widgets that an output shows, with those they refer to, under ids made from the cell and their order."""
    states = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    new_ids: dict[str, str] = {}
    for cell in notebook.cells:
        shown = [output.data[VIEW]["model_id"] for output in cell.get("outputs", []) if VIEW in output.get("data", {})]
        queue = [model_id for model_id in shown if model_id in states]
        position = 0
        while queue:
            model_id = queue.pop(0)
            if model_id not in new_ids:
                new_ids[model_id] = hashlib.sha256(f"{cell.id}/{position}".encode()).hexdigest()[:32]
                position += 1
                queue += sorted_references(states[model_id], states)
    if not new_ids:
        notebook.metadata.pop("widgets", None)
        return notebook
    notebook.metadata.widgets[STATE]["state"] = {k: v for k, v in states.items() if k in new_ids}
    old = re.compile("|".join(map(re.escape, new_ids)))
    text = old.sub(lambda found: new_ids[found[0]], json.dumps(notebook))
    return nbformat.from_dict(json.loads(text))


def sorted_references(state: dict, states: dict) -> list[str]:
    """The models that a model's state refers to, in the order of the traits' names."""
    text = json.dumps(state, sort_keys=True)
    return [model_id for model_id in re.findall(r"IPY_MODEL_(\w+)", text) if model_id in states]
