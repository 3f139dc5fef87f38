"""What the tests of the build tools share."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from build_tools.project import CHAPTERS, TOOLS


@pytest.fixture
def write_notebook(tmp_path):
    """write_notebook(cell, …, name="a.ipynb") → its path; a cell is Markdown where it starts with `#`, else code."""

    def write(*cells, name="a.ipynb", folder=tmp_path):
        made = [new_markdown_cell(c) if c.startswith("# ") else new_code_cell(c) for c in cells]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=made), path)
        return path

    return write


@pytest.fixture
def template():
    """The chapter template as data, and the path of a chapter that it could become."""
    notebook = json.loads((TOOLS / "chapter_template.ipynb").read_text(encoding="utf-8"))
    return notebook, CHAPTERS / "foundations" / "template.ipynb"
