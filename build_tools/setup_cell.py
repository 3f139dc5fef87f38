"""The first cell of every notebook: it brings dlcore to Colab, or to any folder where the notebook lies alone."""

import re

from build_tools.project import repository_url

TEMPLATE = """\
# Brings dlcore where it is missing, as on Colab. What is installed there already stays as it is.
import importlib.util
import os

if importlib.util.find_spec("dlcore") is None:
    address = "git+{address}"
    source = os.environ.get("DLCORE_SOURCE", address)
    %pip install --quiet "dlcore[notebooks] @ {{source}}"
"""

TAG = "remove-cell"
ID = "set-up"


def setup_source() -> str:
    """The cell's code, with the address from _config.yml."""
    return TEMPLATE.format(address=repository_url()).rstrip("\n")


def is_setup_cell(cell: dict) -> bool:
    """Whether a cell is, or stands in for, the set-up cell."""
    return cell.get("id") == ID or re.search(r"find_spec\(.dlcore.\)", "".join(cell["source"])) is not None


def refresh(notebook) -> None:
    """Write the current set-up cell into the notebook, in front where it has none yet."""
    from nbformat.v4 import new_code_cell

    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "code" or not is_setup_cell(first):
        notebook.cells.insert(0, new_code_cell(id=ID))
        first = notebook.cells[0]
    first.id = ID
    first.source = setup_source()
    first.metadata["tags"] = sorted({*first.metadata.get("tags", []), TAG})
