"""The benchmark measures what it says: the same network in each library, every contender named, the page its record."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import dlcore
from benchmarks import report
from benchmarks.contenders import CONTENDERS, train
from benchmarks.workloads import WORKLOADS
from build_tools.project import ROOT

RUN_WITHOUT_PACKAGE = """
from benchmarks import contenders, worker
contenders.CONTENDERS["x"] = contenders.Contender("", ("no_such_package",), None)
worker.main("W5", "x")
"""


def batch_of(name):
    workload = WORKLOADS[name]
    return workload.data(workload.batch)


def worker(*arguments, requests=""):
    """A worker's answers."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, input=requests, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", WORKLOADS)
def test_both_libraries_train_the_same_network(name):
    keras = pytest.importorskip("keras")
    x, y = (part[:4] for part in batch_of(name))
    ours, theirs = (WORKLOADS[name].network(library) for library in (dlcore, keras))
    theirs(x)
    ours.predict(x)
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in theirs.get_weights()]
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours.predict(x), np.asarray(theirs(x)), rtol=1e-4, atol=1e-5)
    assert type(ours.optimizer).__name__ == type(theirs.optimizer).__name__
    before = [w.copy() for w in ours.get_weights()]
    assert np.isfinite(ours.train_on_batch(x, y)).all()
    assert all((a != b).any() for a, b in zip(before, ours.get_weights()))


@pytest.mark.parametrize("name", ["W1", "W1b", "W5"])
def test_the_products_are_those_of_the_kernels(name):
    workload = WORKLOADS[name]
    kernels = [w.shape for w in workload.network(dlcore).get_weights() if w.ndim == 2]
    forward = {(1, workload.batch, *shape) for shape in kernels}
    gradients = {(1, n, workload.batch, m) for n, m in kernels} | {(1, workload.batch, m, n) for n, m in kernels[1:]}
    assert set(workload.products) == forward | gradients


def test_a_loop_takes_every_sample_once_an_epoch():
    workload = WORKLOADS["W1"]._replace(batch=5, steps=4)
    x = np.arange(20)
    seen = []
    assert train(lambda x, y: seen.extend(x) or 2.0, x, x, workload, n=8) == 2.0
    assert sorted(seen[:20]) == sorted(seen[20:]) == list(range(20))
    assert seen[:20] != seen[20:]


def test_a_worker_answers_with_time_and_memory():
    ready, first, second = worker("-m", "benchmarks.worker", "W5", "products", requests="2\n3\n")
    assert ready["imported"] is None or ready["imported"] <= first["peak"] <= second["peak"]
    assert first["seconds"] > 0


def test_a_missing_package_is_said():
    assert worker("-c", RUN_WITHOUT_PACKAGE) == [{"absent": "not installed: no_such_package"}]


def test_the_page_shows_the_record():
    record = json.loads(report.RECORD.read_text(encoding="utf-8"))
    assert list(record["workloads"]) == list(WORKLOADS)
    assert all(list(measured) == list(CONTENDERS) for measured in record["workloads"].values())
    assert report.PAGE.read_text(encoding="utf-8") == report.page(record), "run `python -m benchmarks.steps --page`"


def times(ms):
    return {"ms": ms, "fastest": 0.9 * ms, "slowest": 1.2 * ms}


def test_who_is_faster_is_said_with_a_reason():
    w1 = {"dlcore": times(2.0), "Keras": times(1.0), "PyTorch": times(3.0), "MyGrad": {"absent": "not written: x"}}
    text = report.faster({"W1": w1, "W2": {**w1, "Keras": times(1.9)}, "W3": w1})
    line = f"- **Keras** on W1 (0.50 of `dlcore`'s time), W3 (0.50 of `dlcore`'s time): {report.WHY['Keras']}\n"
    assert text == line + "\nToo close to call, as the turns of both overlap: Keras on W2 (0.95).\n"
    assert report.faster({"W1": {"dlcore": times(2.0), "products": times(1.0)}}) == "Nobody is.\n"
    assert set(report.WHY) == set(CONTENDERS) - {"dlcore", "products"}
    assert report.absences({"W1": w1}) == ["W1, MyGrad: not written: x"]
