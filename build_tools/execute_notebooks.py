"""Executes notebooks and stores what they print, in the normal form. A second run changes no byte.

    python -m build_tools.execute_notebooks [foundations/neuron …]
    python -m build_tools.execute_notebooks --widgets          only put dlcore's current JavaScript into stored widgets

A notebook whose code and outputs are as stored keeps every byte, the date and versions at its foot too.
"""

import argparse
import datetime
import hashlib
import os
import platform
import sys
import time
from importlib import metadata
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from build_tools import setup_cell
from build_tools.normal_form import as_text, normalised, parsed
from build_tools.notebook_facts import EXECUTED
from build_tools.project import chapter_name, named_notebooks
from build_tools.same_outputs import first_difference
from build_tools.widget_code import refresh_widgets

#: Set before TensorFlow is imported, they keep its log lines out of stored outputs and its sums in one order.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "GRPC_VERBOSITY": "ERROR"}
#: What the book itself solves is not the reader's progress: nothing is remembered (dlcore/exercises/memory.py).
QUIET |= {"DLCORE_PROGRESS": ""}
VERSIONS = {"NumPy": ["numpy"], "Keras": ["keras"], "TensorFlow": ["tensorflow", "tensorflow-cpu"]}


def execute(path: Path, timeout: float = 600) -> str:
    """Execute one notebook and write it if anything changed. Returns a sentence that says what happened.

    Raises:
        SystemExit: a cell failed; the file stays as it was.
    """
    stored_text = path.read_text(encoding="utf-8")
    stored = parsed(stored_text)
    setup_cell.refresh(stored)
    stored = normalised(stored)
    require_mnist(stored, path)
    new = nbformat.from_dict(stored)
    run(new, path, timeout)
    if new.cells[0].get("outputs"):
        raise SystemExit(
            f"{chapter_name(path)}: dlcore is not in this environment. Run `make book`, which installs it."
        )
    code = code_digest(new)
    new.metadata[EXECUTED] = {**what_runs_here(), "code": code}
    new = normalised(new)
    if stored.metadata.get(EXECUTED, {}).get("code") != code:
        reason = "code changed"
    else:
        reason = first_difference(stored, new)
    result = as_text(new if reason else stored)
    if result == stored_text:
        return "unchanged"
    write_whole(path, result)
    return f"stored ({reason or 'form'})"


def require_mnist(notebook, path: Path) -> None:
    """Refuse to store outputs of the small stand-in data set where the chapter shows real MNIST."""
    if not any("mnist" in cell.metadata.get("tags", []) for cell in notebook.cells):
        return
    from dlcore import datasets

    if not datasets.available("mnist"):
        raise SystemExit(
            f"{chapter_name(path)}: its stored outputs are those of MNIST, which can't be had here. "
            "Set DLCORE_DATA_DIR to a folder that holds mnist.npz, or run this where the network can be reached."
        )


def run(notebook, path: Path, timeout: float) -> None:
    """Execute the notebook in its own folder, by this environment's Python."""
    os.environ.update(QUIET, JUPYTER_PREFER_ENV_PATH="1")
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=True,
        extra_arguments=["--log-level=ERROR"],
    )
    notebook.metadata.pop("widgets", None)
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise SystemExit(f"{chapter_name(path)}: a cell failed, the file stays as it was.\n{error}") from None


def write_whole(path: Path, text: str) -> None:
    """Replace the file in one step: an interruption leaves the old one."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def code_digest(notebook) -> str:
    """A short hash of all code but the set-up cell: outputs belong to the code with this hash."""
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code = ["".join(source).rstrip() for source in code]
    return hashlib.sha256("\n\0".join(code[1:]).encode()).hexdigest()[:16]


def what_runs_here() -> dict:
    """What this machine executes notebooks with, for the foot of the page."""
    from dlcore.utils import hardware

    versions = {"Python": platform.python_version()}
    for name, packages in VERSIONS.items():
        for package in packages:
            try:
                versions[name] = metadata.version(package)
                break
            except metadata.PackageNotFoundError:
                continue
    return {
        "date": datetime.date.today().isoformat(),
        "versions": versions,
        **hardware()._asdict(),
    }


def main() -> int:
    """Execute the named notebooks, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", help="such as foundations/neuron; none: all")
    parser.add_argument("--widgets", action="store_true", help="refresh stored widgets' code, execute nothing")
    arguments = parser.parse_args()
    failed = 0
    for path in named_notebooks(arguments.chapters):
        start = time.perf_counter()
        try:
            said = refresh_stored_widgets(path) if arguments.widgets else execute(path)
        except SystemExit as error:
            said, failed = str(error), failed + 1
        print(f"{chapter_name(path)}: {said} ({time.perf_counter() - start:.0f} s)", flush=True)
    return 1 if failed else 0


def refresh_stored_widgets(path: Path) -> str:
    """Put dlcore's current JavaScript and CSS into one notebook's stored widgets."""
    notebook = parsed(path.read_text(encoding="utf-8"))
    if not refresh_widgets(notebook):
        return "unchanged"
    write_whole(path, as_text(normalised(notebook)))
    return "widgets refreshed"


if __name__ == "__main__":
    sys.exit(main())
