"""What there is to do on each page, for progress.js: the exercises, and the quizzes."""

import json
import re
from pathlib import Path

from build_tools import notebook_facts

#: A heading, by its text; the check that ends an exercise's cell, by the function that it checks; a cell with a quiz.
HEADING = re.compile(r"^#{2,3} +(.+)$", re.MULTILINE)
CHECK = re.compile(r"^exercises\.check(?:_value)?\(\s*(?:[\w.]+\(\s*)*(\w+)", re.MULTILINE)
QUIZ = re.compile(r"^(?:\w+ = )?widgets\.Quiz\(", re.MULTILINE)


def facts(notebook: dict) -> dict:
    """{"exercises": {the check's cell: the checked function's name}, "quizzes": [their cells]}; cells by their ids.

    An exercise stands under a heading `### Exercise …`. Its solution, which repeats the check, is tagged hide-cell.
    """
    exercises, quizzes, heading = {}, [], ""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heading = [heading, *HEADING.findall(source)][-1]
        elif cell["cell_type"] == "code" and not {"hide-cell", "remove-cell"} & set(cell["metadata"].get("tags", [])):
            check = CHECK.search(source)
            if check and heading.startswith("Exercise "):
                exercises[cell["id"]] = check[1]
            if QUIZ.search(source):
                quizzes.append(cell["id"])
    return {"exercises": exercises, "quizzes": quizzes}


def of_pages(notebooks: dict[str, Path]) -> dict[str, dict]:
    """The facts of each page, by its name; `notebooks` are the pages' names with their notebooks.

    Raises:
        ValueError: two exercises check functions of one name, by which a solved one is known.
    """
    found = {page: facts(notebook_facts.read(path)) for page, path in sorted(notebooks.items())}
    first = {}
    for page, told in found.items():
        for name in told["exercises"].values():
            if name in first:
                raise ValueError(
                    f"Two exercises check a function `{name}`, on {first[name]} and on {page}. A solved exercise is "
                    "remembered by its function's name: give one of them another."
                )
            first[name] = page
    return found


def as_script(found: dict[str, dict]) -> str:
    """The facts as a script: a page that is opened from a folder may load a script, but not read JSON."""
    return f"window.dlBook = {json.dumps(found)};\n"
