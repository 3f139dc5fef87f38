"""What was solved in notebooks on this machine: a small file of the solved functions' names, and nothing else.

    {"version": 1, "exercises": ["nand", "perceptron_step"]}

The book's pages export and import the same form. The file is ~/.dlcore/progress.json, or the one that the environment
variable DLCORE_PROGRESS names; where that is empty, as when the book's notebooks are executed, nothing is kept.
"""

import contextlib
import json
import os
import sys
from pathlib import Path

VERSION = 1
LARGEST = 200_000  # bytes; a longer file is not one of ours
CURE = "It is left as it is: repair it, or delete it to start anew."


def solved():
    """The names of the functions that passed a check in a notebook on this machine, in the order of the alphabet.

    Raises:
        ValueError: the file in which they are kept can't be read; it says which file, and what is wrong with it.
    """
    file = progress_file()
    return sorted(read(file)["exercises"]) if file else []


def remember(name):
    """Add a function's name to those solved. Whatever is wrong with the disk or the file, the check goes on."""
    with contextlib.suppress(Exception):
        file = progress_file()
        # A solution that a notebook brings along, or a function without a name, is nobody's work to remember.
        if not file or not in_a_notebook() or not name.isidentifier() or name.endswith("_solution"):
            return
        kept = read(file)
        if name not in kept["exercises"]:
            write(file, {**kept, "exercises": sorted([*kept["exercises"], name])})


def progress_file():
    """The path of the file, or None where nothing is to be kept."""
    named = os.environ.get("DLCORE_PROGRESS")
    if named is None:
        return Path.home() / ".dlcore" / "progress.json"
    return Path(named).expanduser() if named else None


def read(file):
    """What the file holds; where there is none, what an empty one would."""
    if not file.exists():
        return {"version": VERSION, "exercises": []}
    with file.open("rb") as opened:
        text = opened.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(f"{file} is larger than {LARGEST:,} bytes, so it is no file of solved exercises. {CURE}")
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} holds no JSON ({error}). {CURE}") from None
    if not isinstance(kept, dict) or kept.get("version") != VERSION:
        raise ValueError(f"{file} holds no solved exercises of version {VERSION}. {CURE}")
    names = kept.get("exercises", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"In {file}, 'exercises' is no list of names. {CURE}")
    return {**kept, "exercises": names}


def write(file, kept):
    """Replace the file in one step: who reads it meanwhile, or an interruption, finds the old one whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def in_a_notebook():
    """Whether this is a Jupyter kernel, here or on Colab; a script or a test solves no exercises."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
