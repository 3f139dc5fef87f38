"""The chapters' cells run as Live runs them: by its kernel, with its stand-ins, from the files that the book serves.

The experiments, which train for minutes, are left out, and so is what needs their results: `tests/book` executes them
as notebooks. What is tested here is what only Live does.
"""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from build_tools import live_assets
from build_tools.live_cells import live_cells, needed
from build_tools.project import chapter_name, notebooks

LEFT_OUT = "import keras\nkeras\n"  # what needs Keras is not run


def quick(path):
    """A page's cells, of which those of the experiment are marked as if they couldn't run."""
    page = live_cells(path)
    codes = [LEFT_OUT * cell["id"].startswith("experiment") + cell["code"] for cell in page["cells"]]
    for cell, what in zip(page["cells"], needed(codes)):
        cell["needs"] = what
    return page


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """For each chapter the cells that failed, with their errors."""
    folder = tmp_path_factory.mktemp("live")
    for name in live_assets.wheels(folder):
        with zipfile.ZipFile(folder / name) as archive:
            archive.extractall(folder / "site")
    files = [folder / f"{number}.json" for number in range(len(notebooks()))]
    for file, path in zip(files, notebooks()):
        live_assets.write_json(file, quick(path))
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / "live_run.py", folder / "site", *files],
        env={**os.environ, "DLCORE_DATA_DIR": "", "XDG_CACHE_HOME": str(folder)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(files), f"{notebooks()[len(told)]} ended the run:\n{done.stderr[-3000:]}"
    return dict(zip(notebooks(), told))


@pytest.mark.parametrize("path", notebooks(), ids=chapter_name)
def test_each_cell_that_a_page_can_run_does_run(failed, path):
    assert not failed[path], "\n".join(f"{cell}: {error}" for cell, error in failed[path].items())


@pytest.mark.parametrize("path", notebooks(), ids=chapter_name)
def test_a_page_can_run_the_imports_and_all_exercises(path):
    cells = live_cells(path)["cells"]
    imports = next(cell for cell in cells if "import numpy" in cell["code"])
    exercises = [cell for cell in cells if cell["id"].startswith("exercise")]
    assert len(exercises) > 8
    assert not [cell["id"] for cell in (imports, *exercises) if cell["needs"]]
