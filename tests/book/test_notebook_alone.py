"""One notebook alone in an empty folder, with a Python that has nothing: its first cell brings dlcore, every cell runs.

This is what a reader has on Colab. `ALONE=foundations/training` names another notebook than the default.
"""

import json
import os
import shutil
import subprocess
import sys
import venv

import nbformat
import pytest
from nbclient import NotebookClient

from build_tools.execute_notebooks import QUIET
from build_tools.project import ROOT, named_notebooks

pytestmark = pytest.mark.alone

NOTEBOOK = os.environ.get("ALONE", "foundations/backpropagation")
#: What pip builds dlcore from; a copy, so that building leaves nothing in the checkout.
SOURCES = ["dlcore", "pyproject.toml", "README.md", "LICENSE"]


@pytest.fixture
def address(tmp_path):
    """An address from which pip installs this checkout's dlcore."""
    copy = tmp_path / "source"
    copy.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    return copy.as_uri()


@pytest.fixture
def bare_python(tmp_path):
    """The interpreter of a new environment that holds a Jupyter kernel and nothing else."""
    venv.create(tmp_path / "bare", with_pip=True)
    python = tmp_path / "bare" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "ipykernel"]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"the package registry can't be reached:\n{done.stderr}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message.splitlines()[0])
    return python


@pytest.fixture
def kernel(tmp_path, bare_python, monkeypatch):
    """The name of a Jupyter kernel that runs the bare Python."""
    folder = tmp_path / "jupyter" / "kernels" / "bare"
    folder.mkdir(parents=True)
    command = [str(bare_python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    settings = {"argv": command, "display_name": "bare", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(settings))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    return "bare"


def test_a_notebook_alone_in_an_empty_folder_brings_dlcore_along_and_runs(tmp_path, address, kernel, monkeypatch):
    (path,) = named_notebooks([NOTEBOOK])
    empty = tmp_path / "empty"
    empty.mkdir()
    shutil.copy(path, empty)
    monkeypatch.setenv("DLCORE_SOURCE", address)
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)

    notebook = nbformat.read(empty / path.name, as_version=4)
    client = NotebookClient(notebook, kernel_name=kernel, timeout=900, resources={"metadata": {"path": str(empty)}})
    client.execute()

    brought = subprocess.run(
        [tmp_path / "bare" / "bin" / "python", "-c", "import dlcore; print(dlcore.__file__)"],
        capture_output=True,
        text=True,
        cwd=empty,
        check=True,
    )
    assert "site-packages" in brought.stdout, f"{sys.executable} was to run against an installed dlcore"
