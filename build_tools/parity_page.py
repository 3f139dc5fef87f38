"""The page that lists how far each public name of dlcore is from Keras, made from what the parity tests measured.

python -m build_tools.parity_page            runs the parity tests and writes the page
python -m build_tools.parity_page --check    looks whether the last run's ledger and the page are complete and agree
"""

import argparse
import datetime
import importlib
import json
import os
import subprocess
import sys
from importlib.metadata import packages_distributions, version

from build_tools.project import BUILD, CHAPTERS, ROOT
from dlcore import utils

LEDGER = BUILD / "parity.json"
PAGE = CHAPTERS / "back-matter" / "parity.md"
#: The modules whose names are Keras's.
MODULES = [
    "layers", "activations", "losses", "metrics", "regularizers", "initializers", "optimizers", "optimizers.schedules",
    "callbacks", "ops",
]  # fmt: skip
MODELS = ["Model", "Sequential"]
#: Public names that no test holds against Keras, each with the reason.
EXCUSED = {
    "callbacks.EpochLines": "Prints, in words of its own; Keras's prints times, too.",
    "callbacks.ProgressBar": "Prints, in words of its own.",
    "activations.step": "Keras has no step function: nothing learns through it.",
    **dict.fromkeys(
        ["layers.PositionEmbedding", "layers.RotaryEmbedding", "layers.SinePositionEncoding"],
        "From KerasHub, a package of its own; held against the formula.",
    ),
}
#: Reasons that hold in every module.
EXCUSED_EVERYWHERE = {
    "get": "Finds the others by name.",
    "schedules": "A module: its names are listed below.",
    **dict.fromkeys(
        ["Callback", "Initializer", "Layer", "LearningRateSchedule", "Loss", "Metric", "Optimizer", "Regularizer"],
        "The base class.",
    ),
}
INTRO = """# Parity: how far `dlcore` is from Keras

Every public name that has a counterpart in Keras, with the largest difference that the tests found between the two:
in outputs, in gradients, in weights after training, from the same weights and inputs.
A difference is measured in units of the largest entry where that is above 1.
The last column is the most that the tests let pass.
Most comparisons are made in float64, where rounding leaves about 1e-16 an operation. Where Keras keeps a number in
float32 on the way, only about 1e-7 can be asked for; a whole training run adds up such differences, up to about 1e-4.
Initializers draw random numbers, each library its own: there the spread of the values is compared, not the values.

"""


def public_names() -> dict[str, list[str]]:
    """Section → the public names in it, as a dictionary sorts them."""
    names = {"Models": list(MODELS)}
    for module in MODULES:
        found = importlib.import_module(f"dlcore.{module}")
        names[f"`{module}`"] = [f"{module}.{name}" for name in sorted(found.__all__, key=str.lower)]
    return names


def excuse(name: str) -> str | None:
    """Why a name is not held against Keras, or None if it must be."""
    return EXCUSED.get(name) or EXCUSED_EVERYWHERE.get(short(name))


def missing(ledger: dict) -> list[str]:
    """Public names that no test compared and no sentence excuses."""
    return [name for names in public_names().values() for name in names if name not in ledger and not excuse(name)]


def page(ledger: dict) -> str:
    """The page as Markdown."""
    made = (
        f"Measured on {datetime.date.today():%Y-%m-%d} on {utils.hardware()}, with NumPy {version('numpy')}, "
        f"Keras {version('keras')} and TensorFlow {tensorflow_version()}, by `make parity`. "
        "Another processor rounds other last digits.\n"
    )
    return INTRO + made + "".join(section(title, names, ledger) for title, names in public_names().items())


def section(title: str, names: list[str], ledger: dict) -> str:
    rows = [f"\n## {title}\n\n| name | comparisons | largest difference | allowed |\n|---|---:|---:|---:|\n"]
    for name in names:
        entry = ledger.get(name)
        if entry:
            cells = f"{entry['comparisons']} | {number(entry['difference'])} | {number(entry['tolerance'])}"
            rows.append(f"| `{short(name)}` | {cells} |\n")
    excuses = [f"- `{short(name)}`: {excuse(name)}\n" for name in names if name not in ledger]
    if excuses:
        rows.append("\nNot compared:\n\n" + "".join(excuses))
    return "".join(rows)


def short(name: str) -> str:
    """The name without its module, which heads the section."""
    return name.rpartition(".")[2]


def number(x: float) -> str:
    return "0" if x == 0 else f"{x:.0e}".replace("e-0", "e-")


def tensorflow_version() -> str:
    """Without importing it; the package is called tensorflow-cpu where no GPU is of use."""
    return version(packages_distributions()["tensorflow"][0])


def faults(ledger: dict, text: str) -> list[str]:
    """What is missing in the ledger, or differs between it and the page: the names, or what is allowed."""
    found = [f"{name}: no test holds it against Keras, and no sentence in EXCUSED says why" for name in missing(ledger)]
    if stable(text) != stable(page(ledger)):
        found.append(f"{PAGE.relative_to(ROOT)} does not show what the tests hold now: run `make parity`")
    return found


def stable(text: str) -> list[tuple[str, str]]:
    """(name, allowed) of each row: what does not depend on the machine."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.startswith("| `")]
    return [(row[1], row[4]) for row in rows]


def run_tests() -> int:
    from build_tools.run_tests import ONE_THREAD, STAGES

    command = next(stage for stage in STAGES if stage.name == "parity").commands[0]

    return subprocess.run(command, cwd=ROOT, env={**ONE_THREAD, **os.environ}, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only look; exit 1 if something is missing or out of step")
    check = parser.parse_args().check
    if not check and run_tests():
        print("The parity tests failed; the page stays as it was.")
        return 1
    if not LEDGER.exists():
        print(f"There is no {LEDGER.relative_to(ROOT)}: run the parity tests with --ledger, as `make parity` does.")
        return 1
    ledger = json.loads(LEDGER.read_text(encoding="utf-8"))
    if not check:
        PAGE.write_text(page(ledger), encoding="utf-8")
    found = faults(ledger, PAGE.read_text(encoding="utf-8") if PAGE.exists() else "")
    print("\n".join(found) or f"All {len(ledger)} names are held against Keras, and the page agrees.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
