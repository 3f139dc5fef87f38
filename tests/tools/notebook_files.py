"""Small notebooks for the tests of the build tools."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def make_notebook(path: Path, *cells) -> Path:
    """Write a notebook; a text that starts with `# ` and a capital is a Markdown cell, another text code."""
    made = []
    for index, cell in enumerate(cells):
        if isinstance(cell, str):
            heading = cell[:2] == "# " and cell[2:3].isupper()
            cell = new_markdown_cell(cell) if heading else new_code_cell(cell)
        cell["id"] = f"cell-{index}"
        made.append(cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=made, metadata={"language_info": {"name": "python"}}), path)
    return path
