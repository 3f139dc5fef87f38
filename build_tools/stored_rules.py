"""What a stored notebook has to be: executed as it stands, in normal form, with dlcore's current widget code."""

import ast
import json
import re
import sys
from pathlib import Path

from build_tools.execute_notebooks import code_digest
from build_tools.normal_form import as_text, normalised, parsed
from build_tools.notebook_facts import EXECUTED, widget_faults
from build_tools.project import chapter_name
from build_tools.widget_code import stale_widgets

#: What `pip install dlcore[notebooks]` brings, and so what a notebook that lies alone can import.
IMPORTABLE = {"dlcore", "numpy", "scipy", "sklearn", "matplotlib", "keras", "tensorflow", *sys.stdlib_module_names}


def stored_faults(path: Path) -> list[str]:
    """One line a fault; most are cured by `make execute`."""
    text = Path(path).read_text(encoding="utf-8")
    notebook = json.loads(text)
    name = chapter_name(path)
    again = f"run `make execute CHAPTER={name}`"
    found = []
    executed = notebook["metadata"].get(EXECUTED)
    if executed is None:
        return [f"{name}: was not executed by the book's tool: {again}"]
    if executed["code"] != code_digest(notebook):
        found.append(f"its outputs belong to other code than its cells hold now: {again}")
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        if cell["execution_count"] is None and source.strip():
            found.append(f"cell {number} was never executed: {again}")
        if any(output["output_type"] == "error" for output in cell["outputs"]) and not raises(cell):
            found.append(f"cell {number} stores an error")
        found += [f"cell {number} imports {m}, which dlcore[notebooks] doesn't bring" for m in foreign_imports(source)]
    found += widget_faults(path)
    found += [
        f"the stored code of {widget} is not dlcore's current one: run `make execute` or `make widgets`"
        for widget in stale_widgets(notebook)
    ]
    if not found and as_text(normalised(parsed(text))) != text:
        found.append(f"is not in the normal form: {again}")
    return [f"{name}: {fault}" for fault in found]


def raises(cell: dict) -> bool:
    """Whether the cell is meant to fail."""
    return "raises-exception" in cell["metadata"].get("tags", [])


def foreign_imports(source: str) -> list[str]:
    """Modules that a cell imports and that a notebook alone would miss."""
    code = "\n".join("pass" if re.match(r"\s*[%!]", line) else line for line in source.splitlines())
    code = re.sub(r"^(\s+)pass$", r"\1pass", code, flags=re.MULTILINE)
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
    return sorted(name for name in names if name.partition(".")[0] not in IMPORTABLE)
