"""The rules catch what they say: the template is whole, and each fault put into it is found in its cell."""

import copy
import re

import pytest

from build_tools import chapter_rules
from build_tools.chapter_rules import faults

SIGN = "\N{PARTY POPPER}"


def cell(notebook, name):
    """The cell with this id."""
    return next(c for c in notebook["cells"] if c["id"] == name)


def set_source(name, old, new):
    """A change to one cell's text; with `old` empty, `new` is added."""

    def change(notebook):
        source = "".join(cell(notebook, name)["source"])
        assert old in source
        cell(notebook, name)["source"] = [source.replace(old, new) if old else source + new]

    return change


def set_metadata(name, metadata):
    """Other metadata for one cell."""
    return lambda notebook: cell(notebook, name).update(metadata=metadata)


def drop(*names):
    """A chapter without these cells."""
    return lambda notebook: notebook.update(cells=[c for c in notebook["cells"] if c["id"] not in names])


def show_picture(notebook):
    """A cell that shows a figure and doesn't say what is on it."""
    made = cell(notebook, "problem-figure")
    made["outputs"] = [{"output_type": "display_data", "data": {"image/png": "…"}, "metadata": {}}]
    made["metadata"] = {}


FAULTS = [
    (set_source("set-up", "deep-learning-demystified", "someone"), 0, "not the current set-up cell"),
    (set_metadata("set-up", {}), 0, "tagged remove-cell"),
    (set_source("card", "# Title", "Title"), 1, "start with the title"),
    (set_source("card", "**Time**", "**Length**"), 1, "no row `Time`"),
    (set_source("card", "40 minutes", "short"), 1, "how many minutes"),
    (set_source("card", "explain …; write …; check …; measure …", "explain …"), 1, "1 objectives"),
    (set_source("card", "losses/regression.py", "nothing.py"), 1, "dlcore/nothing.py, which does not exist"),
    (set_source("predict", "## Predict", "## Guess"), 0, "the part `## Predict` is missing"),
    (set_source("predict", "## Predict", "## Guess"), "predict", "`## Guess` is none of the fixed parts"),
    (set_source("recap", "## Recap", "## Predict"), 0, "out of order or repeated"),
    (drop("predict-question"), "predict", "asks no question"),
    (drop("idea-explorable"), "idea", "no explorable"),
    (set_source("math", "shape", "size"), "math", "no table of symbols"),
    (drop("build-source"), "build", "does not show dlcore's own source"),
    (drop("check-gradient"), "check", "`Check it` has no code"),
    (drop("keras-parity"), "keras", "nothing against Keras"),
    (set_source("break-cure", "Cure", "End"), "break", "symptom, diagnosis and cure"),
    (set_metadata("quiz-questions", {}), "quiz-questions", "not tagged remove-input"),
    (set_source("exercise-2", "(easy)", "(nice)"), "exercise-2", "`### Exercise 2 (easy|medium|hard)"),
    (set_source("exercise-4", "(hard)", "(easy)"), "exercise-1", "from easy to hard"),
    (set_source("exercise-1-yours", "...", "return x"), "exercise-1", "no cell for the reader"),
    (drop("exercise-3-check"), "exercise-3", "no check cell"),
    (drop("exercise-3-hint"), "exercise-3", "no hint"),
    (set_metadata("exercise-3-check", {}), "exercise-3-check", "tag it hide-input"),
    (
        set_source("exercise-2-solution", "double_solution", "double"),
        "exercise-2-solution",
        "overwrites the reader's `double`",
    ),
    (drop("exercise-3-solution"), "exercise-3", "no solution"),
    (
        set_source("exercise-4-solution", "", "\nhalve = 0"),
        "exercise-4-solution",
        "makes `halve` anew, which the check",
    ),
    (set_source("exercise-1-solution", "exercises.check(", "print("), "exercise-1-solution", "no test executes it"),
    (drop("exercise-4", "exercise-4-yours"), "exercises", "has 3 exercises"),
    (set_source("quiz-questions", '"Not so, because …"', '""'), "quiz-questions", "does not say why"),
    (set_source("quiz-questions", 'why="Because …",', ""), "quiz-questions", "lacks `why=`"),
    (set_source("quiz-questions", "widgets.Question", "dict"), "quiz-questions", "has 0 questions"),
    (show_picture, "problem-figure", "needs alt text"),
    (show_picture, "problem-figure", "needs a caption"),
    (set_source("idea", "", "\n\n![x](picture.png)"), "idea", "picture.png needs alt text"),
    (set_source("build-yours", "", "\npass" * 16), "build-yours", "here at most 15"),
    (set_source("check-gradient", "", "\npass" * 50), "check-gradient", "here at most 45"),
    (set_source("check-gradient", "", f"\n{'x' * 81} = 1"), "check-gradient", "85 characters, at most 80 fit: xxx"),
    (set_source("recap", "glossary.md#loss", "glossary.md#lass"), "recap", "no term"),
    (set_source("idea", "", " [x](../nowhere/x.md)"), "idea", "leads to no file"),
    (set_source("recap", "goodfellow2016", "nobody1900"), "recap", "no entry 'nobody1900'"),
    (set_source("math", "", " As you can simply see."), "math", "says 'simply'"),
    (set_source("build-yours", "", "\n# obviously"), "build-yours", "says 'obviously'"),
    (set_source("idea", "", f" {SIGN}"), "idea", "emoji"),
    (set_source("idea", "", "\n\n```{note}\nx\n```"), "idea", "directive"),
    (set_source("idea", "", "\n\n:::{tip}\nx\n:::"), "idea", "directive"),
    (set_source("idea", "", " {doc}`x`"), "idea", "directive"),
]


def test_the_template_is_a_whole_chapter(template):
    notebook, path = template
    assert found(notebook, path) == []


def found(notebook, path):
    """The faults of the template in the place of a chapter; its example link to a chapter to come is no fault."""
    return [fault for fault in faults(notebook, path) if "the link to ../" not in fault or "nowhere" in fault]


@pytest.mark.parametrize(("change", "where", "expected"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_a_fault_is_found_in_its_cell(template, change, where, expected):
    notebook, path = copy.deepcopy(template[0]), template[1]
    number = where if isinstance(where, int) else next(i for i, c in enumerate(notebook["cells"]) if c["id"] == where)
    change(notebook)
    fitting = [fault for fault in found(notebook, path) if expected in fault]
    assert fitting, f"nothing like {expected!r} in {found(notebook, path)}"
    assert any(re.search(rf"cell {number}:", fault) for fault in fitting), fitting


def test_the_next_chapter_has_to_be_linked(template, tmp_path, monkeypatch):
    (tmp_path / "chapters").mkdir()
    for name in ("a", "b"):
        (tmp_path / "chapters" / f"{name}.ipynb").touch()
    monkeypatch.setattr(chapter_rules, "ROOT", tmp_path)
    monkeypatch.setattr(chapter_rules, "pages_in_order", lambda: ["chapters/a", "chapters/b"])
    assert chapter_rules.next_chapter(tmp_path / "chapters" / "a.ipynb") == "b"
    assert chapter_rules.next_chapter(tmp_path / "chapters" / "b.ipynb") is None
    assert any("next chapter, b.ipynb" in f for f in faults(template[0], tmp_path / "chapters" / "a.ipynb"))


def test_citations_and_maths_are_no_directives():
    assert not chapter_rules.DIRECTIVE.search("{cite:p}`a2016` and $\\hat{y}_{i}$ and `x` and {cite:t}`b`")
