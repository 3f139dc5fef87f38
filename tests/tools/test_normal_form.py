"""Whatever a notebook went through, its normal form is the same text."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from build_tools.normal_form import as_text, normalised, parsed
from build_tools.notebook_facts import STATE, VIEW


def view(model_id):
    """An output that shows a widget."""
    data = {VIEW: {"model_id": model_id, "version_major": 2, "version_minor": 0}, "text/plain": "a widget"}
    return new_output("display_data", data=data)


def widget_notebook(first, second, layout, unused):
    """A notebook with two widgets, one of which refers to a third, and one that no cell shows; under these ids."""
    cells = [
        new_code_cell("a", id="one", outputs=[view(first)]),
        new_code_cell("b", id="two", outputs=[view(second), view(first)]),
    ]
    states = {
        unused: {"model_name": "AnyModel", "state": {}},
        second: {"model_name": "AnyModel", "state": {"n": 2}},
        layout: {"model_name": "LayoutModel", "state": {}},
        first: {"model_name": "AnyModel", "state": {"n": 1, "layout": f"IPY_MODEL_{layout}"}},
    }
    return new_notebook(cells=cells, metadata={"widgets": {STATE: {"state": states, "version_major": 2}}})


def test_widgets_get_ids_from_their_cell_whatever_they_were_called():
    one = as_text(normalised(widget_notebook("a" * 32, "b" * 32, "c" * 32, "d" * 32)))
    two = as_text(normalised(widget_notebook("9" * 32, "3" * 32, "7" * 32, "1" * 32)))
    assert one == two


def test_widgets_keep_what_they_refer_to_and_lose_what_nobody_shows():
    made = normalised(widget_notebook("a" * 32, "b" * 32, "c" * 32, "d" * 32))
    states = made.metadata.widgets[STATE]["state"]
    assert len(states) == 3
    shown = made.cells[0].outputs[0].data[VIEW]["model_id"]
    assert states[shown]["state"]["n"] == 1
    assert states[shown]["state"]["layout"].removeprefix("IPY_MODEL_") in states
    assert made.cells[1].outputs[1].data[VIEW]["model_id"] == shown


def test_normal_form_is_its_own_normal_form():
    once = normalised(widget_notebook("a" * 32, "b" * 32, "c" * 32, "d" * 32))
    assert as_text(normalised(parsed(as_text(once)))) == as_text(once)


def test_what_belongs_to_one_run_or_one_editor_goes():
    cell = new_code_cell(
        "print(1)",
        id="x",
        execution_count=17,
        metadata={"execution": {"iopub.status.busy": "2026"}, "collapsed": True, "tags": ["b", "a"], "mystnb": {}},
        outputs=[
            new_output("stream", name="stdout", text="1\n"),
            new_output("stream", name="stderr", text="a warning"),
            new_output("stream", name="stdout", text="2\n"),
            new_output("execute_result", data={"text/plain": "3"}, execution_count=17),
        ],
    )
    notebook = new_notebook(cells=[cell], metadata={"colab": {}, "language_info": {"name": "python", "version": "3.9"}})
    made = normalised(notebook)
    assert made.cells[0].metadata == {"tags": ["a", "b"]}
    assert made.cells[0].execution_count == 1
    assert [output.get("text", output.get("execution_count")) for output in made.cells[0].outputs] == ["1\n2\n", 1]
    assert made.metadata.language_info == {"name": "python"}
    assert "colab" not in made.metadata


@pytest.mark.parametrize("bad", ["", "has space", "x" * 65])
def test_ids_stay_and_bad_or_repeated_ones_follow_from_the_content(bad):
    cells = [new_markdown_cell("# A", id="good"), new_markdown_cell("b", id="good"), new_markdown_cell("c", id="c")]
    notebook = new_notebook(cells=cells)
    notebook.cells[2]["id"] = bad
    text = json.dumps(notebook)
    ids = [cell.id for cell in normalised(parsed(text)).cells]
    assert ids[0] == "good"
    assert len(set(ids)) == 3
    assert ids == [cell.id for cell in normalised(parsed(text)).cells]


def test_two_cells_of_one_content_get_two_ids():
    notebook = new_notebook(cells=[new_markdown_cell("same") for _ in range(5)])
    for cell in notebook.cells:
        cell["id"] = "same"
    assert len({cell.id for cell in normalised(notebook).cells}) == 5


def test_the_text_is_sorted_json_with_one_line_end():
    text = as_text(normalised(new_notebook(cells=[new_code_cell("x = 'ü'", id="a")])))
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert "ü" in text
    assert list(json.loads(text)) == ["cells", "metadata", "nbformat", "nbformat_minor"]


@pytest.mark.parametrize(("tag", "outputs_hidden"), [("hide-cell", True), ("hide-input", None), ("remove-input", None)])
def test_what_the_page_folds_is_folded_in_the_editors_too(tag, outputs_hidden):
    cell = normalised(new_notebook(cells=[new_code_cell("1", id="a", metadata={"tags": [tag]})])).cells[0]
    assert cell.metadata.jupyter.source_hidden is True
    assert cell.metadata.jupyter.get("outputs_hidden") is outputs_hidden
    assert cell.metadata.cellView == "form"


def test_an_ordinary_cell_is_not_folded():
    cell = normalised(new_notebook(cells=[new_code_cell("1", id="a", metadata={"cellView": "form"})])).cells[0]
    assert dict(cell.metadata) == {}
