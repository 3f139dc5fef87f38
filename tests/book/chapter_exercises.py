"""The exercises of the chapters, each with as much of its notebook as its check needs to run."""

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

from build_tools import live_cells, notebook_facts
from build_tools.project import notebooks


@dataclass
class Exercise:
    """One exercise: code to run first, the check itself, the names of the reader's function and of the solution."""

    chapter: str
    before: list[str]
    check: str
    reader: str
    solution: str = ""

    def __repr__(self):
        return f"{self.chapter} {self.reader}"


def all_exercises() -> list[Exercise]:
    """The exercises of all chapters."""
    return [exercise for path in notebooks() for exercise in exercises_of(path)]


def exercises_of(path: Path) -> list[Exercise]:
    """The exercises of one notebook. The solution of each is checked in the first folded cell after its own check."""
    before, found = [], []
    for cell in notebook_facts.read(path)["cells"][1:]:
        folded = {}
        for statement in live_cells.statements("".join(cell["source"])) if cell["cell_type"] == "code" else []:
            if not (name := checked(statement)):
                before.append(statement)
                folded |= dict.fromkeys(live_cells.names(statement)[1], statement)
            elif "hide-cell" not in live_cells.tags(cell):
                found.append(Exercise(path.stem, list(before), statement, name))
            else:
                found[-1].solution = name
                found[-1].before.append(folded[name])
    for exercise in found:
        exercise.before = cut(exercise.before, live_cells.names(exercise.check)[0] | {exercise.solution})
    return found


def checked(statement: str) -> str | None:
    """The function that a check is about, `check(f, …)` or `check(wrapped(f), …)`; None for other statements."""
    for node in ast.walk(ast.parse(statement)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "exercises.check":
            return [name.id for name in ast.walk(node.args[0]) if isinstance(name, ast.Name)][-1]
    return None


def cut(statements: list[str], wanted: set[str]) -> list[str]:
    """Those of the statements that make the wanted names, and what these are made from, and so on.

    What a function uses has to be there when it is called, and so counts as wanted, too.
    """
    wanted, kept = set(wanted), set()
    while True:
        missing, before = set(wanted), len(kept)
        for number in reversed(range(len(statements))):
            used, bound, changed = effects(statements[number])
            if (bound | changed) & missing:
                kept.add(number)
                missing = missing - bound | used
                if statements[number].startswith("def "):
                    wanted |= used
        if len(kept) == before:
            return [statements[number] for number in sorted(kept)]


@functools.cache
def effects(statement: str) -> tuple[set[str], set[str], set[str]]:
    """The names that a statement uses, those that it makes, and those of what it changes in place, as by `x += 1`."""
    places = []
    for node in ast.walk(ast.parse(statement)):
        if isinstance(node, ast.AugAssign):
            places.append(node.target)
        elif isinstance(node, ast.Assign):
            places += [place for place in node.targets if not isinstance(place, ast.Name)]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            places.append(node.value.func)
    changed = set()
    for place in places:
        while isinstance(place, (ast.Attribute, ast.Subscript)):
            place = place.value
        changed |= {place.id} if isinstance(place, ast.Name) else set()
    return *live_cells.names(statement), changed - {"plt", "utils", "print"}
