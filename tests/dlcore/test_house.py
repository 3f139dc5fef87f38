"""The house: each module imports only from floors below it, and none grows too long to read."""

import ast
import io
import token
import tokenize
from pathlib import Path

import pytest

import dlcore

ROOT = Path(dlcore.__file__).parent
#: From the ground up, as in design/dlcore.md. Modules on one line may not import each other, except inside a package.
FLOORS = [
    ["palette", "utils"],
    ["scalar"],
    ["tensor"],
    ["ops"],
    ["gradcheck", "random", "backend"],
    ["initializers", "activations", "regularizers"],
    ["losses"],
    ["metrics"],
    ["layers"],
    ["optimizers"],
    ["callbacks"],
    ["saving"],
    ["training"],
    ["model"],
    ["models"],
    ["datasets", "exercises"],
    ["parity"],
    ["plots"],
    ["widgets"],
    ["__init__"],
]
ALONE = {"scalar"}  # stands alone: the first chapters read it before anything else
FILES = sorted(p for p in ROOT.rglob("*.py"))
BOOK = {"widgets", "exercises", "plots", "palette"}  # what chapters show with, as against what they show
CODE = [p for p in FILES if p.relative_to(ROOT).with_suffix("").parts[0] not in BOOK]
LONGEST_FILE, WHOLE = 350, 8450


def floor_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0]


def floor_of(name):
    return next((i for i, names in enumerate(FLOORS) if name in names), None)


def imported(path):
    """The top-level modules of dlcore that a file imports, wherever in the file it does."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - (node.level - 1)]
            target = [*base, *(node.module.split(".") if node.module else [])]
            yield from [target[0]] if target else [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "dlcore":
            rest = node.module.split(".")[1:]
            yield from rest[:1] or [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("dlcore.")]


def lines_of_code(path):
    """How many lines bear tokens: comments, docstrings and empty lines are free."""
    text = path.read_text(encoding="utf-8")
    docstrings = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            docstrings.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    free = {token.COMMENT, token.NL, token.NEWLINE, token.INDENT, token.DEDENT, token.ENDMARKER, token.ENCODING}
    lines = set()
    for t in tokenize.generate_tokens(io.StringIO(text).readline):
        if t.type not in free:
            lines.update(range(t.start[0], t.end[0] + 1))
    return len(lines - docstrings)


def test_every_module_has_a_floor():
    assert {floor_name(p) for p in FILES} <= {name for names in FLOORS for name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_come_from_below(path):
    own = floor_name(path)
    for name in imported(path):
        if name != own and floor_of(name) is not None:
            assert own not in ALONE, f"{own} stands alone, but imports {name}"
            assert floor_of(name) < floor_of(own), f"{own} imports {name}, which stands above or beside it"


def test_the_check_sees_every_form_of_import(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "layers").mkdir()
    inner = tmp_path / "layers" / "core.py"
    inner.write_text(
        "from .. import model\nfrom ..training import f\nfrom .base import g\nimport dlcore.plots\n"
        "def f():\n    from dlcore import parity\n    from dlcore.datasets.mnist import x\n"
    )
    assert list(imported(inner)) == ["model", "training", "layers", "plots", "parity", "datasets"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_is_too_long(path):
    assert lines_of_code(path) <= LONGEST_FILE


def test_the_whole_is_short():
    assert sum(lines_of_code(p) for p in CODE) <= WHOLE


def test_lines_of_code_leaves_comments_and_docstrings_out(tmp_path):
    file = tmp_path / "a.py"
    file.write_text('"""Doc\n\nstring."""\n\n# comment\nx = [\n    1,\n]\n\n\ndef f():\n    """One."""\n    return x\n')
    assert lines_of_code(file) == 5


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_global_random_state(path):
    allowed = {"default_rng", "Generator", "SeedSequence"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random":
            owner = node.value.value
            if isinstance(owner, ast.Name) and owner.id in ("np", "numpy"):
                assert node.attr in allowed, f"np.random.{node.attr} is shared by everyone: use a Generator"


def test_every_public_thing_has_a_docstring():
    for name in (
        "layers",
        "optimizers",
        "callbacks",
        "losses",
        "metrics",
        "activations",
        "initializers",
        "regularizers",
        "ops",
        "utils",
        "models",
        "saving",
        "random",
        "backend",
    ):
        module = getattr(dlcore, name)
        for public in getattr(module, "__all__", [n for n, v in vars(module).items() if isinstance(v, type)]):
            thing = getattr(module, public)
            if callable(thing) and not public.startswith("_"):
                assert thing.__doc__, f"dlcore.{name}.{public} has no docstring"
