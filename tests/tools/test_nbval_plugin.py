"""nbval as `make test` runs it: a changed stored output is red, an approximate number is not, cascades are cut."""

import json
import os
import subprocess

import pytest
from nbformat.v4 import new_code_cell

from build_tools.execute_notebooks import execute
from build_tools.project import ROOT
from build_tools.run_tests import STAGES
from tests.tools.notebook_files import make_notebook


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The text of an executed notebook whose fourth cell depends on MNIST."""
    mnist = new_code_cell("print('rows', 60000)", metadata={"tags": ["nbval-ignore-output"]})
    cells = ["# Title", "x = 2", "print(x, '≈1.5%')", mnist, "import sys; print('warning', file=sys.stderr)"]
    path = make_notebook(tmp_path_factory.mktemp("nbval") / "a.ipynb", *cells)
    execute(path)
    return path.read_text(encoding="utf-8")


def nbval(folder, **env):
    """Run the notebooks' stage of `make test` over another folder."""
    (command,) = next(stage for stage in STAGES if stage.name == "notebooks").commands
    command = [part for part in command if part != "chapters"] + ["-p", "no:xdist", str(folder)]
    workers = command.index("-n")
    del command[workers : workers + 4]
    env = {**os.environ, **env}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def put(folder, text, old="", new="", tags=None):
    """Write the notebook after a replacement in its text."""
    assert old in text
    notebook = json.loads(text.replace(old, new))
    if tags:
        notebook["cells"][4]["metadata"]["tags"] = tags
    (folder / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return folder


def test_equal_outputs_and_other_approximate_numbers_are_green(tmp_path, stored):
    done = nbval(put(tmp_path, stored, "2 ≈1.5%\\n", "2 ≈23.75%\\n"))
    assert done.returncode == 0, done.stdout
    assert "ok   a: 5 cells" in done.stdout


def test_a_changed_output_is_red_and_what_follows_is_not_run(tmp_path, stored):
    done = nbval(put(tmp_path, stored, "2 ≈1.5%\\n", "3 ≈1.5%\\n"))
    assert done.returncode != 0
    assert "FAIL a: 2 cells, 2 not run" in done.stdout
    assert "Cell outputs differ" in done.stdout
    assert "1 failed, 2 passed, 2 skipped" in done.stdout


def test_a_failing_cell_is_red(tmp_path, stored):
    done = nbval(put(tmp_path, stored, "x = 2", "x = 2 / 0"))
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stdout
    assert "FAIL a: 1 cells, 3 not run" in done.stdout


@pytest.mark.parametrize("at_hand", [True, False])
def test_cells_of_mnist_are_compared_only_where_it_is_at_hand(tmp_path, stored, at_hand):
    (tmp_path / "patch").mkdir()
    (tmp_path / "patch" / "answer.py").write_text(
        f"from build_tools import nbval_plugin\nnbval_plugin.mnist_is_at_hand = lambda: {at_hand}\n"
    )
    folder = tmp_path / "book"
    folder.mkdir()
    put(folder, stored, "rows 60000\\n", "rows 1797\\n", tags=["mnist"])
    done = nbval(folder, PYTHONPATH=str(tmp_path / "patch"), PYTEST_ADDOPTS="-p answer")
    assert (done.returncode != 0) is at_hand, done.stdout
