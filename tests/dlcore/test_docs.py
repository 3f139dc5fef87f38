"""What is public has a docstring, stands in the API page, and the cheat sheet lists what there is."""

import importlib
import inspect
import re
import types
from pathlib import Path

import pytest

import dlcore
from dlcore import ops

ROOT = Path(dlcore.__file__).parents[1]
PAGES = ROOT / "chapters" / "back-matter"
#: What is public in a module that has no `__all__`.
WITHOUT_ALL = {"exercises": ["check", "check_value", "solved", "Verdict"]}
MODULES = [n for n in dlcore.__all__ if isinstance(getattr(dlcore, n), types.ModuleType)]
MODULES += ["tensor", "optimizers.schedules"]


def public_names():
    """'dlcore.layers.Dense' → the thing itself, for everything public that is no module."""
    found = {f"dlcore.{name}": getattr(dlcore, name) for name in dlcore.__all__}
    for module_name in MODULES:
        module = importlib.import_module(f"dlcore.{module_name}")
        for name in getattr(module, "__all__", None) or WITHOUT_ALL[module_name]:
            found[f"dlcore.{module_name}.{name}"] = getattr(module, name)
    for name in dlcore.datasets.__all__:  # a fetched data set is a module of its own
        module = getattr(dlcore.datasets, name)
        for function in sorted({"load_data", "default"} & set(dir(module))):
            found[f"dlcore.datasets.{name}.{function}"] = getattr(module, function)
    return {name: thing for name, thing in found.items() if not isinstance(thing, types.ModuleType)}


PUBLIC = public_names()


@pytest.mark.parametrize("name", [name for name, thing in PUBLIC.items() if callable(thing)])
def test_every_public_name_has_a_docstring(name):
    thing = PUBLIC[name]
    assert inspect.getdoc(thing), f"{name} has no docstring"
    if not isinstance(thing, type):
        return
    for method in (m for m in dir(thing) if not m.startswith("_")):
        owner = next(c for c in thing.__mro__ if method in vars(c))
        if owner.__module__.startswith("dlcore") and callable(getattr(thing, method)):
            assert inspect.getdoc(getattr(thing, method)), f"{name}.{method} has no docstring, nor has what it replaces"


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is(module):
    assert importlib.import_module(f"dlcore.{module}").__doc__


def in_page():
    text = (PAGES / "api.md").read_text(encoding="utf-8")
    return re.findall(r"^\.\. auto(?:class|function|data|exception):: (dlcore\.\S+)$", text, re.MULTILINE)


def thing_called(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def test_the_api_page_has_every_public_name_once():
    listed = in_page()
    assert len(listed) == len(set(listed))
    things = [thing_called(path) for path in listed]
    missing = [name for name, thing in PUBLIC.items() if not any(thing is each for each in things)]
    assert not missing, f"not in api.md: {', '.join(missing)}"


def test_the_api_page_has_nothing_that_is_not_public():
    extra = [path for path in in_page() if not any(thing_called(path) is thing for thing in PUBLIC.values())]
    assert not extra, f"in api.md, but in no __all__: {', '.join(extra)}"


# ---------------------------------------------------------------- the cheat sheet


def cheat_sheet_lists():
    """row → the names in backticks, of the table 'What dlcore has so far'."""
    text = (PAGES / "cheat-sheet.md").read_text(encoding="utf-8").partition("## What dlcore has so far")[2]
    rows = re.findall(r"^\| ([a-z ]+) \| (.*) \|$", text, re.MULTILINE)
    return {row.strip(): re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", names)) for row, names in rows}


def classes(module, base):
    return {n for n in module.__all__ if isinstance(getattr(module, n), type) and n != base}


def of_dlcore():
    d = dlcore
    return {
        "layers": classes(d.layers, "Layer"),
        "activations": set(d.activations.__all__) - {"get"},
        "losses": classes(d.losses, "Loss") - {"LossFunctionWrapper"},
        "metrics": classes(d.metrics, "Metric") - {"MeanMetricWrapper"},
        "optimizers": classes(d.optimizers, "Optimizer"),
        "schedules": classes(d.optimizers.schedules, "LearningRateSchedule"),
        "initializers": classes(d.initializers, "Initializer"),
        "regularizers": classes(d.regularizers, "Regularizer"),
        "callbacks": classes(d.callbacks, "Callback"),
        "operations": set(ops.__all__),
        "data sets": set(d.datasets.__all__) - {"available"},
    }


@pytest.mark.parametrize("row", of_dlcore())
def test_the_cheat_sheet_lists_what_there_is(row):
    listed = cheat_sheet_lists()[row]
    assert len(listed) == len(set(listed))
    assert set(listed) == of_dlcore()[row]


def test_the_cheat_sheet_has_no_other_list():
    assert set(cheat_sheet_lists()) == set(of_dlcore())


# ---------------------------------------------------------------- README and CONTRIBUTING


def code_block(text, language):
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1]


def test_the_example_of_the_readme_runs(capsys):
    names = {}
    exec(code_block((ROOT / "README.md").read_text(encoding="utf-8"), "python"), names)
    loss, accuracy = names["model"].evaluate(names["x_test"], names["y_test"], verbose=0)
    assert accuracy > 0.9


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_paths_and_commands_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"\bmake ([a-z]+)\b(?=`|$|  | [A-Z]+=)", text, re.MULTILINE):
        assert re.search(rf"^{command}:.*##", makefile, re.MULTILINE), f"{page}: there is no `make {command}`"
    paths = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|_\w+\.yml|\w+\.toml|Makefile)`", text)
    paths += re.findall(r"\]\(((?!http)[^)#]+)\)", text)
    made = {"_build/html/index.html", "_build/deep-learning-demystified.zip", "_build/deep-learning-demystified.pdf"}
    missing = [p for p in paths if "<" not in p and not (ROOT / p).exists() and p not in made | {"_build/html"}]
    assert not missing, f"{page} names what is not there: {missing}"


def test_tags_that_contributing_names_are_the_tags_in_use():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(remove-\w+|hide-\w+|nbval-[\w-]+|mnist)`", text)) - {"mnist.npz"}
    notebooks = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "chapters").rglob("*.ipynb"))
    assert named and all(f'"{tag}"' in notebooks for tag in named)
