"""`make execute`: outputs are stored in normal form, a second run changes no byte, a failing cell changes nothing."""

import json
import os

import nbformat
import pytest
from nbclient import NotebookClient

from build_tools import execute_notebooks, project, setup_cell
from build_tools.notebook_facts import EXECUTED, STATE, executed_with, widget_states
from build_tools.stored_rules import stored_faults
from build_tools.widget_code import refresh_widgets, stale_widgets
from tests.tools.notebook_files import make_notebook

CODE = "import sys, time\nprint('hello', '≈%f' % time.time())\nprint('noise', file=sys.stderr)"
QUIZ = 'from dlcore import widgets\n\nwidgets.Predict("Up?", right="Yes.", why="So.", wrong={"No.": "Look."})'


@pytest.fixture(scope="module")
def executed_once(tmp_path_factory):
    """The text of a notebook as `make execute` leaves it."""
    path = make_notebook(tmp_path_factory.mktemp("executed") / "a.ipynb", "# Title", CODE, "1 + 1", QUIZ)
    assert execute_notebooks.execute(path).startswith("stored")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def executed(executed_once, tmp_path):
    """A copy of that notebook, to be changed."""
    path = tmp_path / "a.ipynb"
    path.write_text(executed_once, encoding="utf-8")
    return path


def read(path):
    """A notebook as data."""
    return json.loads(path.read_text(encoding="utf-8"))


def change(path, function):
    """Store a notebook after a change."""
    notebook = read(path)
    function(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_a_kernel_remembers_what_its_reader_solves_but_not_what_make_execute_solves(tmp_path, monkeypatch):
    solved = "from dlcore import exercises\ndef double(x):\n    return 2 * x\nexercises.check(double, double, [1])"
    path = make_notebook(tmp_path / "a.ipynb", "# Title", solved)
    kept = tmp_path / "progress.json"
    monkeypatch.setenv("DLCORE_PROGRESS", str(kept))
    for name in execute_notebooks.QUIET:
        monkeypatch.setenv(name, os.environ.get(name, ""))  # set by execute, and so undone after the test
    execute_notebooks.execute(path)
    assert not kept.exists()
    monkeypatch.setenv("DLCORE_PROGRESS", str(kept))
    NotebookClient(nbformat.read(path, as_version=4), kernel_name="python3").execute()
    assert read(kept)["exercises"] == ["double"]


def test_outputs_are_stored_with_what_they_were_made_with_and_a_second_run_changes_no_byte(executed):
    notebook = nbformat.read(executed, as_version=4)
    setup, title, code, value, quiz = notebook.cells
    assert setup.source == setup_cell.setup_source()
    assert setup.metadata.tags == [setup_cell.TAG]
    assert not setup.outputs
    assert title.cell_type == "markdown"
    assert [output.name for output in code.outputs] == ["stdout"]
    assert value.outputs[0].data["text/plain"] == "2"
    assert [cell.execution_count for cell in (setup, code, value, quiz)] == [1, 2, 3, 4]
    assert len(widget_states(notebook)) >= 1
    facts = notebook.metadata[EXECUTED]
    assert set(facts["versions"]) >= {"Python", "NumPy"}
    assert facts["cpu"] in executed_with(executed)
    assert stored_faults(executed) == []

    before = executed.read_bytes()
    assert execute_notebooks.execute(executed) == "unchanged"
    assert executed.read_bytes() == before


def test_a_changed_output_and_changed_code_are_stored_and_prose_alone_keeps_the_outputs(executed):
    date = "2001-01-01"

    def older(notebook):
        notebook["metadata"][EXECUTED]["date"] = date

    change(executed, older)
    change(executed, lambda notebook: notebook["cells"][1].update(source=["# Another title"]))
    assert execute_notebooks.execute(executed) == "stored (form)"
    assert read(executed)["metadata"][EXECUTED]["date"] == date

    change(executed, lambda notebook: notebook["cells"][3]["outputs"][0]["data"].update({"text/plain": ["3"]}))
    assert "other text/plain" in execute_notebooks.execute(executed)
    assert read(executed)["metadata"][EXECUTED]["date"] != date

    change(executed, lambda notebook: notebook["cells"][3].update(source=["1 + 2"]))
    assert any("belong to other code" in fault for fault in stored_faults(executed))
    assert execute_notebooks.execute(executed) == "stored (code changed)"


def test_a_failing_cell_is_reported_and_the_file_stays(tmp_path):
    path = make_notebook(tmp_path / "a.ipynb", "# Title", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(SystemExit, match="(?s)a: a cell failed.*ZeroDivisionError"):
        execute_notebooks.execute(path)
    assert path.read_bytes() == before
    assert list(path.parent.glob("*.new")) == []


def test_the_command_goes_on_after_a_failing_notebook_and_exits_with_an_error(tmp_path, monkeypatch, capsys):
    paths = [make_notebook(tmp_path / "bad.ipynb", "1 / 0"), make_notebook(tmp_path / "good.ipynb", "1")]
    monkeypatch.setattr("sys.argv", ["execute_notebooks", *map(str, paths)])
    assert execute_notebooks.main() == 1
    said = capsys.readouterr().out
    assert "bad: bad: a cell failed" in said or "bad: a cell failed" in said
    assert "good: stored" in said


def test_outputs_of_mnist_are_not_replaced_by_those_of_a_stand_in(executed, monkeypatch):
    from dlcore import datasets

    change(executed, lambda notebook: notebook["cells"][2]["metadata"].update(tags=["mnist"]))
    monkeypatch.setattr(datasets, "available", lambda name: False)
    before = executed.read_bytes()
    with pytest.raises(SystemExit, match="DLCORE_DATA_DIR"):
        execute_notebooks.execute(executed)
    assert executed.read_bytes() == before


def test_stale_widget_code_is_found_and_can_be_refreshed_without_executing(executed):
    def age(notebook):
        for record in notebook["metadata"]["widgets"][STATE]["state"].values():
            if record["model_name"] == "AnyModel":
                record["state"]["_esm"] += "// old"

    change(executed, age)
    assert any("run `make execute" in fault and "not dlcore's current" in fault for fault in stored_faults(executed))
    notebook = read(executed)
    assert stale_widgets(notebook)
    assert refresh_widgets(notebook)
    assert not stale_widgets(notebook)
    assert "the widget" in execute_notebooks.execute(executed)
    assert stored_faults(executed) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda n: n["metadata"].pop(EXECUTED), "was not executed"),
        (lambda n: n["cells"][2].update(execution_count=None), "was never executed"),
        (lambda n: n["metadata"].pop("widgets"), "stores no state"),
        (lambda n: n["cells"][2].update(source=["import torch"]), "imports torch"),
        (lambda n: n["metadata"].update(colab={}), "not in the normal form"),
        (
            lambda n: n["cells"][2].update(
                outputs=[{"output_type": "error", "ename": "E", "evalue": "", "traceback": []}]
            ),
            "stores an error",
        ),
    ],
    ids=["foreign", "unrun", "no state", "import", "form", "error"],
)
def test_a_spoiled_notebook_is_found(executed, spoil, fault):
    change(executed, spoil)
    assert any(fault in found for found in stored_faults(executed)), stored_faults(executed)


def test_an_unknown_chapter_is_refused_with_the_known_ones(monkeypatch):
    monkeypatch.setattr(project, "notebooks", lambda: [project.CHAPTERS / "foundations" / "neuron.ipynb"])
    assert project.named_notebooks(["neuron"]) == project.named_notebooks(["foundations/neuron"])
    with pytest.raises(SystemExit, match="no chapter 'neurone'. The chapters are: foundations/neuron"):
        project.named_notebooks(["neurone"])


def test_the_address_stands_in_one_place():
    assert project.repository_url() in setup_cell.setup_source()
    assert setup_cell.setup_source().count("://") == 1
    assert "DLCORE_SOURCE" in setup_cell.setup_source()
