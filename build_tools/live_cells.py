"""What Live needs to know of a notebook: the code of its cells, and which of them no browser can run."""

import ast
from pathlib import Path

from build_tools import notebook_facts

#: Packages that Python in a page lacks, by the name to tell. sklearn.datasets is there (live/sklearn).
ABSENT = {"tensorflow": "TensorFlow", "keras": "TensorFlow", "sklearn": "scikit-learn", "scipy": "SciPy"}
PRESENT = ("sklearn.datasets",)


def live_cells(path: Path) -> dict:
    """The page's cells for live.js: {"setup": code to run unseen, "cells": […], "notebook": without outputs}.

    A cell is {"id", "code", "alts": its figures' alternative texts, "needs": what it can't run without, or "", "makes":
    the names that it leaves to the cells below}. The first cell of each notebook fetches dlcore, which a page has.
    """
    notebook = notebook_facts.read(path)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][1:]
    unseen = ["".join(cell["source"]) for cell in code if "remove-cell" in tags(cell)]
    shown = [cell for cell in code if "remove-cell" not in tags(cell)]
    codes = ["".join(cell["source"]) for cell in shown]
    return {
        "setup": unseen,
        "cells": [
            {"id": cell["id"], "code": code, "alts": alts(cell), "needs": what, "makes": made(code)}
            for cell, code, what in zip(shown, codes, needed(codes))
        ],
        "notebook": without_outputs(notebook),
    }


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def alts(cell: dict) -> list[str]:
    image = cell["metadata"].get("mystnb", {}).get("image", {})
    return [image["alt"]] if "alt" in image else []


def without_outputs(notebook: dict) -> dict:
    """The notebook to download: code and text, nothing that was computed."""
    cells = []
    for cell in notebook["cells"]:
        kept = {**cell, "source": "".join(cell["source"])}
        if cell["cell_type"] == "code":
            kept |= {"outputs": [], "execution_count": None}
        cells.append(kept)
    metadata = {name: value for name, value in notebook["metadata"].items() if name in ("kernelspec", "language_info")}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def needed(codes: list[str]) -> list[str]:
    """For each cell, the package that it can't run without: what it uses was made with that package.

    An import alone can run: kernel.py lets it succeed, so that what stands beside it in a cell runs, too.
    """
    made_with, found = {}, []
    for code in codes:
        lacking, left = [], set()
        for statement in statements(code):
            imported = imports(statement)
            used, bound = names(statement)
            lacking += [made_with[name] for name in sorted(used) if name in made_with]
            for name in bound - imported.keys():
                made_with.pop(name, None)
            made_with |= imported
            left |= bound
        if lacking:  # it will not run, so whatever it makes is missing
            made_with |= dict.fromkeys(left, lacking[0])
        found.append(lacking[0] if lacking else "")
    return found


def made(code: str) -> list[str]:
    """The names that a cell's code leaves behind."""
    return sorted(set().union(*(names(statement)[1] for statement in statements(code))))


def statements(code: str) -> list[str]:
    """The code's outermost statements; what only IPython understands is left out."""
    lines = [line if not line.lstrip().startswith(("%", "!")) else "pass" for line in code.split("\n")]
    return [ast.unparse(node) for node in ast.parse("\n".join(lines)).body]


def imports(statement: str) -> dict[str, str]:
    """The names under which a statement imports something of an absent package, with that package's name."""
    found = {}
    for node in ast.walk(ast.parse(statement)):
        if isinstance(node, ast.Import):
            modules = [(alias.name, alias.asname or alias.name.split(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [(f"{node.module}.{alias.name}", alias.asname or alias.name) for alias in node.names]
        else:
            continue
        for module, name in modules:
            if module.split(".")[0] in ABSENT and not module.startswith(PRESENT):
                found[name] = ABSENT[module.split(".")[0]]
    return found


def names(statement: str) -> tuple[set[str], set[str]]:
    """(names of before that a statement uses, names that it leaves behind)."""
    scope = Scope()
    scope.visit(ast.parse(statement))
    return scope.used, scope.bound


class Scope(ast.NodeVisitor):
    """Walks code in the order in which it runs: which names does it use before it has made them itself?"""

    def __init__(self):
        self.used, self.bound = set(), set()

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load):
            self.used |= {node.id} - self.bound
        else:
            self.bound.add(node.id)

    def visit_Assign(self, node):
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AugAssign(self, node):
        self.visit(node.value)
        for name in ast.walk(node.target):
            if isinstance(name, ast.Name):
                self.used |= {name.id} - self.bound

    def visit_For(self, node):
        self.visit(node.iter)
        self.generic_visit(node)

    def visit_alias(self, node):
        self.bound.add(node.asname or node.name.split(".")[0])

    def visit_FunctionDef(self, node):
        for part in [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(part)
        self.inside(node.body, [arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)])
        self.bound.add(node.name)

    def visit_Lambda(self, node):
        self.inside([node.body], [arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)])

    def visit_ClassDef(self, node):
        for part in [*node.decorator_list, *node.bases]:
            self.visit(part)
        self.inside(node.body, [])
        self.bound.add(node.name)

    def visit_ListComp(self, node):
        targets = [name.id for each in node.generators for name in ast.walk(each.target) if isinstance(name, ast.Name)]
        self.inside([part for part in ast.iter_child_nodes(node)], targets)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def inside(self, parts, own):
        """A scope of its own, of which only what it uses from outside counts."""
        scope = Scope()
        scope.bound |= set(own)
        for part in parts:
            scope.visit(part)
        self.used |= scope.used - self.bound
