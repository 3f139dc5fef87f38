"""Recorded runs: they are found, they say where they come from, and the benchmark writes what the chapter reads."""

import json

import pytest

from benchmarks import mnist_cnn, variations
from build_tools.notebook_facts import read
from build_tools.project import ROOT
from dlcore import utils

NEEDED = {"version", "numpy", "hardware", "date", "load", "seed", "threads", "seconds", "training", "test", "accuracy"}


def test_a_record_names_what_it_was_measured_on():
    kept = utils.recorded("mnist_cnn")
    assert kept["command"] == "python -m benchmarks.mnist_cnn"
    assert set(kept["runs"]) == {"dlcore", "keras"}
    for run in kept["runs"].values():
        assert NEEDED <= set(run)
        assert len(run["seconds"]) == len(run["training"]) == len(run["test"]) <= 5
        assert run["accuracy"] == run["test"][-1] > 0.98, "the chapter promises over 98% within five epochs"


def test_an_unknown_record_is_named():
    with pytest.raises(ValueError, match="Unknown record 'mnist_cn'. Did you mean 'mnist_cnn'?"):
        utils.recorded("mnist_cn")


def test_a_new_run_replaces_only_its_own_librarys(tmp_path):
    path = tmp_path / "runs.json"
    mnist_cnn.record("keras", {"accuracy": 0.5}, path)
    mnist_cnn.record("dlcore", {"accuracy": 0.6}, path)
    mnist_cnn.record("keras", {"accuracy": 0.7}, path)
    assert json.loads(path.read_text()) == {
        "runs": {"keras": {"accuracy": 0.7}, "dlcore": {"accuracy": 0.6}},
        "command": "python -m benchmarks.mnist_cnn",
    }


def test_the_clock_keeps_each_epoch(capsys):
    import dlcore

    watch = mnist_cnn.clock(dlcore)
    watch.on_train_begin()
    for accuracy in (0.91234, 0.95):
        watch.on_epoch_begin(0)
        watch.on_epoch_end(0, {"accuracy": accuracy, "val_accuracy": accuracy + 0.01})
    assert watch.epochs["training"] == [0.9123, 0.95] and watch.epochs["test"] == [0.9223, 0.96]
    assert len(watch.epochs["seconds"]) == 2
    assert "training 95.00%, test 96.00%" in capsys.readouterr().out


@pytest.fixture
def short_chapter(tmp_path):
    cells = [
        ("data", "n = 3", []),
        ("bet", "raise SystemExit", ["remove-input"]),
        ("keras-model", "import no_such_library", []),
        ("table", "print(n, 'epochs')\nprint('done')", ["hide-input"]),
    ]
    code = [{"cell_type": "code", "id": name, "source": text, "metadata": {"tags": tags}} for name, text, tags in cells]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": code}))
    return tmp_path


def test_a_variation_is_the_chapter_with_one_thing_changed(short_chapter):
    varied = variations.varied(variations.Variation("a", "data", "3", "15", ("table",)), short_chapter)
    assert varied == {"table": ["15 epochs", "done"]}


@pytest.mark.parametrize(
    "cell, old, shown, said",
    [("data", "4", "table", "'data' holds '4' 0 times"), ("date", "3", "table", "'date' holds '3' 0 times"),
     ("data", "3", "tabel", "there is no cell 'tabel'")],
)  # fmt: skip
def test_a_variation_of_what_the_chapter_no_longer_has_is_refused(short_chapter, cell, old, shown, said):
    with pytest.raises(ValueError, match=said):
        variations.varied(variations.Variation("a", cell, old, "15", (shown,)), short_chapter)


@pytest.mark.parametrize("name", variations.VARIATIONS)
def test_each_variation_is_recorded_as_the_chapter_would_make_it(name):
    variation, kept = variations.VARIATIONS[name], utils.recorded("variations")
    notebook = read(ROOT / "chapters" / f"{variation.chapter}.ipynb")
    cells = dict(variations.cells_to(notebook, variation.shown[-1]))
    assert cells[variation.cell].count(variation.old) == 1 and set(variation.shown) <= set(cells)
    run = kept["runs"][name]
    assert run["changed"] == f"{variation.old} → {variation.new}" and run["hardware"] and run["date"]
    assert tuple(run["printed"]) == variation.shown and all(run["printed"].values())
