"""What progress.js is told of each page: its exercises and quizzes."""

import json
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from build_tools import notebook_facts, progress_facts
from build_tools.project import chapter_name, notebooks


def code(name, source, *tags):
    return new_code_cell(source, id=name, metadata={"tags": list(tags)})


CHAPTER = [
    code("turn", "exercises.check(own, own, [1])", "hide-input"),
    new_markdown_cell("## Exercises\n\n### Exercise 1 (easy): a name"),
    code("yours", "def a(x):\n    ..."),
    code("one", "mistakes = {}\nexercises.check(\n    a, b, [1]\n)", "hide-input"),
    code("one-solution", "exercises.check(a_solution, b, [1])", "hide-cell"),
    new_markdown_cell("### Exercise 2 (hard): wrapped"),
    code("two", "exercises.check(named(utils.fit(c)), b)", "hide-input"),
    new_markdown_cell("## Quiz"),
    code("quiz", "widgets.Quiz(\n    widgets.Question('?'))", "remove-input"),
    code("after", "exercises.check(d, b)\nwidgets.Predict('?')"),
]


def test_an_exercise_is_its_check_s_cell_and_its_function_s_name():
    assert progress_facts.facts({"cells": CHAPTER}) == {"exercises": {"one": "a", "two": "c"}, "quizzes": ["quiz"]}


@pytest.mark.parametrize("path", notebooks(), ids=chapter_name)
def test_every_exercise_and_quiz_of_a_chapter_is_found(path):
    notebook = notebook_facts.read(path)
    found = progress_facts.facts(notebook)
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert len(found["exercises"]) == len(re.findall("^### Exercise ", text, re.MULTILINE)) > 0
    assert len(found["quizzes"]) == 1
    source = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    assert not [name for name in found["exercises"].values() if f"def {name}(" not in source]


def test_no_two_exercises_of_the_book_go_by_one_name():
    assert progress_facts.of_pages({chapter_name(path): path for path in notebooks()})


def test_two_exercises_by_one_name_are_refused(tmp_path):
    paths = {}
    for name in ("one", "two"):
        paths[name] = tmp_path / f"{name}.ipynb"
        paths[name].write_text(json.dumps({"cells": CHAPTER}))
    with pytest.raises(ValueError, match="function `a`, on one and on two"):
        progress_facts.of_pages(paths)


def test_the_script_sets_one_object():
    script = progress_facts.as_script({"a": progress_facts.facts({"cells": CHAPTER})})
    assert script.startswith("window.dlBook = {") and script.endswith("};\n")
    assert json.loads(script.removeprefix("window.dlBook = ").removesuffix(";\n"))["a"]["quizzes"] == ["quiz"]
