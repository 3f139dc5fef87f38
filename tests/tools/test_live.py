"""Live's Python side: which cells a page can run, how its kernel runs them, and what the book serves for it."""

import importlib
import json
import sys
import time
import zipfile

import matplotlib.pyplot as plt
import pytest
import traitlets
from nbformat.v4 import new_code_cell, new_notebook

from build_tools import explorables, live_assets
from build_tools.live import kernel
from build_tools.live_cells import live_cells, names, needed

# ---------------------------------------------------------------- which cells a page can run


@pytest.mark.parametrize(
    ("codes", "needs"),
    [
        (["import numpy as np", "np.zeros(3)"], ["", ""]),
        (["import keras", "keras.layers.Dense(3)", "print(1)"], ["", "TensorFlow", ""]),
        (["import keras\nmodel = keras.Sequential()", "model.fit()"], ["TensorFlow", "TensorFlow"]),
        (["import keras\nm = keras.Model()", "m = 3", "print(m)"], ["TensorFlow", "", ""]),
        (["import keras", "def build():\n    return keras.Model()", "build()"], ["", "TensorFlow", "TensorFlow"]),
        (["import keras\nm = keras.Model()", "[m for m in range(3)]"], ["TensorFlow", ""]),
        (["import keras\nm = keras.Model()", "for m in range(3):\n    print(m)"], ["TensorFlow", ""]),
        (["import keras\nm = keras.Model()", "m += 1"], ["TensorFlow", "TensorFlow"]),
        (["import keras\nm = keras.Model()", "m = m + 1"], ["TensorFlow", "TensorFlow"]),
        (["import keras\nm = keras.Model()", "def f(m):\n    return m", "f(1)"], ["TensorFlow", "", ""]),
        (["import keras\nkeras.Model()\nx = 1", "print(x)"], ["TensorFlow", "TensorFlow"]),
        (["from scipy import optimize\nimport numpy as np", "optimize.root()", "np.pi"], ["", "SciPy", ""]),
        (["from sklearn.datasets import load_iris", "load_iris()"], ["", ""]),
        (["from sklearn.ensemble import Trees", "Trees()"], ["", "scikit-learn"]),
        (["%pip install keras", "print(1)"], ["", ""]),
    ],
)
def test_a_cell_needs_what_made_the_names_that_it_uses(codes, needs):
    assert needed(codes) == needs


def test_names_inside_of_functions_are_their_own():
    used, bound = names("def f(a, *b, c=d, **e):\n    g = a + h\n    return lambda i: i + g + j")
    assert bound == {"f"} and {"d", "h", "j"} <= used and not used & {"a", "b", "c", "e", "i"}


def test_a_page_s_cells_carry_code_and_alternative_texts_but_not_the_set_up(tmp_path):
    first = new_code_cell("import os", metadata={"tags": ["remove-cell"]})
    unseen = new_code_cell("x = 1", metadata={"tags": ["remove-cell"]})
    figure = new_code_cell("plt.show()", metadata={"mystnb": {"image": {"alt": "A line."}}})
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(new_notebook(cells=[first, unseen, figure])))
    told = live_cells(path)
    assert told["setup"] == ["x = 1"]
    assert [(cell["code"], cell["alts"]) for cell in told["cells"]] == [("plt.show()", ["A line."])]
    assert [cell["source"] for cell in told["notebook"]["cells"]] == ["import os", "x = 1", "plt.show()"]


def test_a_page_s_cell_tells_which_names_it_makes(tmp_path):
    code = "%pip install x\nimport numpy as np\na, (b, *c) = [i for i in range(3)]\ndef f(x):\n    y = x\n    return y"
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(new_notebook(cells=[new_code_cell("import os"), new_code_cell(code)])))
    assert live_cells(path)["cells"][0]["makes"] == ["a", "b", "c", "f", "np"]


# ---------------------------------------------------------------- the kernel


@pytest.fixture
def run(monkeypatch):
    """run(code, …) → everything that the cells show."""
    for name in ("IPython", "IPython.display"):
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setitem(sys.modules, "kernel", kernel)
    monkeypatch.setenv("MPLBACKEND", "agg")  # set again by the kernel, and so undone after the test
    shown = []
    python = kernel.Kernel(shown.append)

    def run(*codes):
        shown.clear()
        for number, code in enumerate(codes, start=1):
            python.run(code, f"cell {number}", ["An alternative text."])
        return shown

    run.python = python
    return run


def test_prints_and_the_last_value_are_shown_in_their_order(run):
    assert [s["text"] for s in run("print('a')\n1 + 1")] == ["a", "\n", "2\n"]
    assert run("x = 3;", "x;") == []
    assert run("None") == []


def test_names_live_on_from_cell_to_cell(run):
    assert run("def f():\n    return y", "y = 5", "f()")[-1]["text"] == "5\n"


def test_an_error_starts_at_the_cell_s_line_and_names_it(run):
    (error,) = run("def f(a):\n    return 1 / a\n\nf(0)")
    assert error["error"].startswith('Traceback (most recent call last):\n  File "<cell 1>", line 4')
    assert "return 1 / a" in error["error"] and "kernel.py" not in error["error"] and error["line"] == 2
    assert run("x = (")[0]["line"] == 1
    assert "SystemExit" in run("raise SystemExit")[0]["error"]
    assert run("raise KeyboardInterrupt")[0]["error"].startswith("Stopped.")


def test_what_no_page_has_fails_at_its_first_use(run, monkeypatch):
    monkeypatch.setattr(kernel.Absent, "packages", ("absent_package",))
    shown = run("import absent_package.layers as l\nfrom absent_package import models", "l.Dense(3)", "models.Model()")
    assert [s["error"].splitlines()[-1] for s in shown] == [
        "ModuleNotFoundError: absent_package.layers.Dense needs the package absent_package, which Python in a page "
        "lacks. Run this cell on Colab or on your machine.",
        "ModuleNotFoundError: absent_package.models.Model needs the package absent_package, which Python in a page "
        "lacks. Run this cell on Colab or on your machine.",
    ]
    assert not any("kernel.py" in s["error"] for s in shown)


def test_a_flood_of_printing_reaches_the_page_in_few_pieces_and_ends(run):
    shown = run("for i in range(100_000):\n    print(i)")
    text = "".join(s["text"] for s in shown)
    assert text.startswith("0\n1\n2\n") and text.endswith("… more was printed, and is not shown.")
    assert len(text) < 100_100
    assert len(run("for i in range(5_000):\n    print('x')", "print(1)")) < 2_000


def test_of_what_is_too_long_the_beginning_is_shown(run):
    for code in ("print('ab' * 100_000)", "list(range(100_000))"):
        (shown,) = run(code)
        assert shown["text"].startswith(("abab", "[0, 1")) and shown["text"].endswith("is not shown.")
        assert 100_000 <= len(shown["text"]) < 100_100


def test_a_syntax_error_is_told_in_a_few_lines_without_the_kernel_s_own(run):
    (shown,) = run("a = 1\nb = = 2")
    assert shown["line"] == 2 and shown["error"].count("SyntaxError") == 1
    assert "kernel.py" not in shown["error"] and "another exception" not in shown["error"]


def test_a_stop_before_the_cell_s_first_line_is_told_as_one(run):
    def stopped():
        raise KeyboardInterrupt
        yield

    assert run.python.run("print(1)", "cell 1", stopped()) is False
    assert run("print(2)")[0]["text"] == "2"


def test_leaving_is_no_way_to_end_and_a_package_that_is_missing_is_to_be_had_elsewhere(run):
    assert "Stop ends a cell" in run("exit()")[0]["error"]
    assert "on Colab or on your machine" in run("import no_such_package")[0]["error"]


def test_what_is_printed_comes_before_what_is_shown_after_it(run):
    code = "from IPython.display import HTML\nfor i in range(200):\n    print(i)\n"
    shown = run(code + "display(HTML('1'))\nprint('end')")
    kinds = ["html" if "html" in s else "text" for s in shown]
    assert "".join(s["text"] for s in shown[: kinds.index("html")]).endswith("199\n")


def test_input_says_that_a_page_cannot_ask(run):
    assert "can't ask" in run("input('name')")[0]["error"]


def test_where_matplotlib_is_missing_a_cell_that_draws_nothing_runs(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", kernel.StandIn("matplotlib.pyplot"))
    assert run("1 + 1") == [{"stream": "out", "text": "2\n"}]


def test_figures_are_shown_once_with_their_alternative_text(run):
    sys.modules["page_backend"] = importlib.import_module("build_tools.live.page_backend")
    before = plt.get_backend()
    plt.switch_backend("module://page_backend")
    try:
        shown = run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nprint('after')")
    finally:
        plt.switch_backend(before)
    figure, text = shown[:2]
    assert text["text"] == "after"
    assert figure["alt"] == "An alternative text." and figure["image"].startswith("iVBOR")
    assert run("1;") == []


def test_html_markdown_and_display_work_as_in_a_notebook(run):
    code = "from IPython.display import HTML, Markdown, display\ndisplay(HTML('<b>1</b>'))\n"
    shown = run(code + "Markdown('```python\\na < b\\n```')")
    assert [s["html"] for s in shown] == ["<b>1</b>", "<pre>a &lt; b\n</pre>"]


def test_the_page_is_told_an_exercise_s_verdict(run):
    check = "from dlcore import exercises\nexercises.check(abs, lambda x: {}, [-1.0])"
    assert [s["solved"] for s in run(check.format("-x")) if "solved" in s] == [True]
    assert [s["solved"] for s in run(check.format("x")) if "solved" in s] == [False]
    assert not [s for s in run("import types\ntypes.SimpleNamespace(solved='yes')", "True") if "solved" in s]


def test_magics_do_nothing_and_are_told_of(run):
    *told, value = run("%matplotlib inline\n%pip install x\nif True:\n    !ls\n3")
    assert value["text"] == "3\n"
    lines = "".join(each["text"] for each in told).splitlines()
    assert [line.split(" does")[0] for line in lines] == ["%pip install x", "!ls"]


def test_what_looks_like_a_magic_inside_of_python_is_python(run):
    assert run("(7\n % 4)")[-1]["text"] == "3\n"
    assert run('"""a\n%d""" % 5')[-1]["text"] == "'a\\n5'\n"


def test_completion_knows_names_and_attributes(run):
    run("import math\nmatter = 1")
    assert {"math", "matter"} <= set(run.python.complete("y = ma"))
    assert run.python.complete("math.sqr") == ["math.sqrt"]
    assert run.python.complete("") == []


def test_a_widget_shows_its_state_and_its_bytes(run):
    from build_tools.live.anywidget import AnyWidget

    class Shown(AnyWidget):
        _esm = "export default {}"
        size = traitlets.Int(3).tag(sync=True)
        ink = traitlets.Bytes(b"\x00\x01").tag(sync=True)
        own = traitlets.Int(4)

    run.python.names["shown"] = Shown()
    (widget,) = [s["widget"] for s in run("shown")]
    assert widget["state"] == {"_module": explorables.name_of("export default {}"), "_css": "", "size": 3}
    assert widget["buffers"] == [{"path": ["ink"], "encoding": "base64", "data": "AAE="}]


# ---------------------------------------------------------------- what the book serves


def test_the_stand_in_for_scikit_learn_gives_what_its_loaders_give(tmp_path, monkeypatch):
    import numpy as np
    import sklearn.datasets

    live_assets.wheels(tmp_path)
    with zipfile.ZipFile(tmp_path / "page-packages.zip") as archive:
        archive.extractall(tmp_path / "site")
        assert {"kernel.py", "anywidget.py", "traitlets/__init__.py"} <= set(archive.namelist())
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("stand_in", tmp_path / "site" / "sklearn" / "datasets.py")
    stand_in = module_from_spec(spec)
    spec.loader.exec_module(stand_in)
    for name in ("digits", "iris", "wine", "breast_cancer"):
        ours, theirs = getattr(stand_in, f"load_{name}")(), getattr(sklearn.datasets, f"load_{name}")()
        assert np.array_equal(ours.data, theirs.data) and np.array_equal(ours.target, theirs.target)
        assert list(ours.target_names) == list(theirs.target_names)
        assert name == "digits" or list(ours.feature_names) == list(theirs.feature_names)
    ours, theirs = stand_in.load_diabetes(scaled=False), sklearn.datasets.load_diabetes(scaled=False)
    assert np.allclose(ours.data, theirs.data) and np.array_equal(ours.target, theirs.target)
    assert ours.feature_names == theirs.feature_names


def test_the_wheel_holds_all_of_dlcore(tmp_path):
    wheel, _ = live_assets.wheels(tmp_path)
    with zipfile.ZipFile(tmp_path / wheel) as archive:
        held = set(archive.namelist())
    files = [p for p in (live_assets.ROOT / "dlcore").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert {p.relative_to(live_assets.ROOT).as_posix() for p in files} <= held


def test_the_same_code_makes_the_same_bytes(tmp_path):
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append({(tmp_path / name / file).read_bytes() for file in live_assets.wheels(tmp_path / name)})
        time.sleep(2.1)  # a zip counts in steps of two seconds
    assert made[0] == made[1]


def distribution(folder, *held):
    """A folder as PYODIDE_DIST names one: a lock file, and the files of some of its packages."""
    packages = {
        "numpy": {"file_name": "numpy.whl", "depends": []},
        "matplotlib": {"file_name": "matplotlib.whl", "depends": ["numpy", "pillow"]},
        "pillow": {"file_name": "pillow.whl", "depends": []},
    }
    (folder / "pyodide-lock.json").write_text(json.dumps({"packages": packages}))
    for name in held:
        (folder / f"{name}.whl").write_bytes(b"")
    return str(folder)


@pytest.mark.parametrize(
    ("packages", "told"),
    [
        ("https://a.example/v1/", "2 MB from this book, and numpy and matplotlib from a.example"),
        ("packages/", "2 MB from this book"),
    ],
)
def test_what_live_will_load_is_told_before(tmp_path, packages, told):
    (tmp_path / "settings.json").write_text(json.dumps({"packages": packages}))
    (tmp_path / "pyodide").mkdir()
    (tmp_path / "pyodide" / "python.wasm").write_bytes(bytes(2_000_000))
    assert live_assets.to_load(tmp_path) == told


def test_a_distribution_without_figures_is_told_of_and_one_without_numpy_refused(tmp_path, capsys):
    (tmp_path / "own").mkdir()
    distribution(tmp_path / "own", "numpy", "matplotlib")
    lock = json.loads((tmp_path / "own" / "pyodide-lock.json").read_text())
    assert live_assets.with_dependencies(["numpy", "matplotlib"], lock, tmp_path / "own") == ["numpy"]
    assert "lacks matplotlib" in capsys.readouterr().out
    (tmp_path / "own" / "numpy.whl").unlink()
    with pytest.raises(SystemExit, match="holds no NumPy"):
        live_assets.with_dependencies(["numpy"], lock, tmp_path / "own")
