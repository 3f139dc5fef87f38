"""Puts the explorables' code into files of the site: a page runs no script that stands in the page itself.

A stored widget carries its JavaScript in its state, as Jupyter wants it. In a built page the state names a file
instead, `_static/explorables/<hash>.js`, and mini-host.js loads it. Live's Python names the same files, so an
explorable made from edited code is drawn, while code that is not the book's has no file and never runs.
"""

import hashlib
import json
import re
from pathlib import Path

from dlcore import widgets

FOLDER = Path("_static") / "explorables"
#: Not as a module: those don't load in a page that is opened straight from a folder.
SCRIPT = '(window.dlExplorables ??= {{}})["{name}"] = (() => {{\n"use strict";\n{code}\n}})();\n'
STATE = re.compile(r'(<script type="application/vnd.jupyter.widget-state\+json">)(.*?)(</script>)', re.DOTALL)


def name_of(module: str) -> str:
    """The name of a module's file; live/anywidget.py makes the same."""
    return hashlib.sha256(module.encode()).hexdigest()[:16]


def script(module: str) -> str:
    """An explorable's module as a script that hands what it exports by default to mini-host.js.

    Raises:
        ValueError: the module imports others, or has no default export.
    """
    code = re.sub(r"^export (?=(async )?function|const|let|class)", "", module, flags=re.MULTILINE)
    code, count = re.subn(r"^export default ", "return ", code, flags=re.MULTILINE)
    if count != 1 or re.search(r"^\s*(import|export)\b|\bimport\(", code, re.MULTILINE):
        raise ValueError("its code imports or exports more than one default, and a page loads no other module for it")
    return SCRIPT.format(name=name_of(module), code=code)


def take_code(states: dict[str, dict]) -> dict[str, str]:
    """Put a file's name in the place of each widget's code; returns the files' contents by these names."""
    found = {}
    for record in states.values():
        module = record["state"].pop("_esm", None)
        if module:
            record["state"]["_module"] = name_of(module)
            found[name_of(module)] = script(module)
    return found


def take_code_of_page(page: str) -> tuple[str, dict[str, str]]:
    """The page with files' names in the place of code, and these files' contents by their names."""
    found = {}

    def without_code(match: re.Match) -> str:
        stored = json.loads(match[2])
        found.update(take_code(stored["state"]))
        return match[1] + json.dumps(stored).replace("<", r"\u003c") + match[3]

    return STATE.sub(without_code, page), found


def scripts_of_dlcore() -> dict[str, str]:
    """The files of all explorables that Live's Python can make."""
    classes = [getattr(widgets, name) for name in widgets.__all__]
    codes = {str(each._esm) for each in classes if getattr(each, "script", "")}
    return {name_of(code): script(code) for code in codes}
