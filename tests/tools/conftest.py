"""What the tests of the build tools share."""

import json

import pytest

from build_tools.project import CHAPTERS, TOOLS


@pytest.fixture
def template():
    """The chapter template as data, and the path of a chapter that it could become."""
    notebook = json.loads((TOOLS / "chapter_template.ipynb").read_text(encoding="utf-8"))
    return notebook, CHAPTERS / "foundations" / "template.ipynb"
