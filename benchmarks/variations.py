"""What a chapter says of other settings than its own: its cells with one thing changed, run once and recorded.

    python -m benchmarks.variations [name …]

With --record, what the cells print is kept in dlcore/utils/records/variations.json, from which the chapter shows it.
"""

import argparse
import contextlib
import datetime
import io
import json
import os
import time
from pathlib import Path
from typing import NamedTuple

import matplotlib
import matplotlib.pyplot as plt

from build_tools.notebook_facts import read
from build_tools.project import ROOT
from dlcore import utils

RECORD = Path(utils.__file__).parent / "records" / "variations.json"


class Variation(NamedTuple):
    """A chapter with one thing changed, and the cells whose printing tells what comes of it."""

    chapter: str
    cell: str
    old: str
    new: str
    shown: tuple[str, ...]


LONG = "few, n_test, epochs = 12_000, 2_000, 1_000, "
VARIATIONS = {
    "fifteen epochs": Variation(
        "architectures/convolution", "data", LONG + "3", LONG + "15", ("experiment-table", "break-shuffled")
    ),
    "bundled digits": Variation(
        "architectures/convolution", "data", 'datasets.available("mnist")', "False", ("break-shuffled",)
    ),
    "rate 0.003": Variation("foundations/networks", "experiment-long", "rate=0.01", "rate=0.003", ("experiment-long",)),
    "rate 0.03": Variation("foundations/networks", "experiment-long", "rate=0.01", "rate=0.03", ("experiment-long",)),
    "8000 steps": Variation("foundations/networks", "experiment-train", "steps=800", "steps=8000", ("experiment-run",)),
}


def cells_to(notebook, last):
    """(id, code) of the cells that a reader without Keras would run, up to the cell called `last`."""
    for cell in notebook["cells"]:
        unneeded = {"remove-cell", "remove-input"} & set(cell["metadata"].get("tags", []))
        if cell["cell_type"] == "code" and not unneeded and not cell["id"].startswith("keras-"):
            yield cell["id"], "".join(cell["source"])
        if cell["id"] == last:
            return
    raise ValueError(f"there is no cell {last!r}")


def varied(variation, chapters=ROOT / "chapters"):
    """The lines that each shown cell prints when the chapter runs with the change.

    Raises:
        ValueError: a cell that the variation names isn't there, or doesn't hold the words that it changes just once.
    """
    printed, names, changed = {}, {}, 0
    for name, code in cells_to(read(chapters / f"{variation.chapter}.ipynb"), variation.shown[-1]):
        if name == variation.cell:
            changed = code.count(variation.old)
            code = code.replace(variation.old, variation.new)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(code, name, "exec"), names)  # the book's own cells
        plt.close("all")
        printed[name] = out.getvalue().splitlines()
    if changed != 1:
        raise ValueError(f"{variation.chapter}: the cell {variation.cell!r} holds {variation.old!r} {changed} times.")
    return {name: printed[name] for name in variation.shown}


def run(name):
    """A variation's record: what was changed, where and when it ran, what its cells print."""
    variation = VARIATIONS[name]
    facts = {
        "chapter": variation.chapter,
        "changed": f"{variation.old} → {variation.new}",
        "hardware": str(utils.hardware()),
        "date": f"{datetime.date.today():%Y-%m-%d}",
        "threads": int(os.environ.get("OMP_NUM_THREADS") or utils.hardware().cores),
    }
    start = time.perf_counter()
    printed = varied(variation)
    return {**facts, "seconds": round(time.perf_counter() - start), "printed": printed}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(VARIATIONS), metavar="name", help=", ".join(VARIATIONS))
    parser.add_argument("--record", action="store_true", help="keep what is printed, for the chapters")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(VARIATIONS)
    if unknown:
        parser.error(f"{', '.join(unknown)}: choose from {', '.join(VARIATIONS)}")
    matplotlib.use("agg")
    runs = json.loads(RECORD.read_text(encoding="utf-8"))["runs"] if RECORD.exists() else {}
    for name in asked.names:
        runs[name] = run(name)
        print(f"{name}: {runs[name]['changed']}, {runs[name]['seconds']} s")
        for lines in runs[name]["printed"].values():
            print(*lines, sep="\n")
        if asked.record:
            kept = {"command": "python -m benchmarks.variations --record", "runs": runs}
            RECORD.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
