"""Who takes part. Each gives `run(n)`, which trains n steps on a workload, or says why it can't.

What a contender imports it imports when it is made, for each lives in a process of its own.
"""

import importlib
import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .workloads import WORKLOADS, Workload


class NotWrittenError(Exception):
    """The library lacks what the workload needs; the message says what."""


class Contender(NamedTuple):
    """`make(name of a workload)` gives run(n), in a process with this environment and after these imports."""

    what: str
    packages: tuple[str, ...]
    make: Callable
    environment: dict[str, str] = {}
    whole: bool = False  # whether it only runs as many steps as a workload asks for, as `fit` does


def fit(library: str, **settings):
    """Training as a user calls it: one call of fit. `settings` are of Keras's compile."""

    def make(name):
        workload = WORKLOADS[name]
        model = workload.network(importlib.import_module(library))
        for setting, value in settings.items():
            setattr(model, setting, value)
        x, y = workload.data(workload.samples)

        def run(n):
            model.fit(x, y, batch_size=workload.batch, epochs=workload.epochs, verbose=0)

        return run

    return make


def loop(library: str):
    """A training loop, written as the library's own examples are: samples in random order, the mean of the loss."""

    def make(name):
        workload = WORKLOADS[name]
        step = importlib.import_module(f".peers.{library}", __package__).step(name)
        x, y = workload.data(workload.samples)
        return lambda n: train(step, x, y, workload, n)

    return make


def train(step: Callable, x: np.ndarray, y: np.ndarray, workload: Workload, n: int) -> float:
    """n steps, epoch after epoch; the mean of the loss."""
    rng, total, left = np.random.default_rng(0), 0.0, n
    while left:
        order = rng.permutation(len(x))
        for i in range(min(left, workload.steps)):
            batch = order[i * workload.batch : (i + 1) * workload.batch]
            total += step(x[batch], y[batch])
            left -= 1
    return total / n


def products(name):
    """The matrix products of a step and nothing else, in NumPy: the time below which no NumPy program can get."""
    rng = np.random.default_rng(0)
    shapes = WORKLOADS[name].products
    made = {s: [rng.random((s[0], *ab), "float32") for ab in (s[1:3], s[2:4], (s[1], s[3]))] for s in set(shapes)}
    made = {s: [a[0] for a in arrays] if s[0] == 1 else arrays for s, arrays in made.items()}
    calls = [made[s] for s in shapes]

    def run(n):
        for _ in range(n):
            for a, b, out in calls:
                np.matmul(a, b, out=out)

    return run


TENSORFLOW = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
JAX = {"KERAS_BACKEND": "jax"}
CONTENDERS = {
    "dlcore": Contender("`fit`", ("dlcore",), fit("dlcore"), whole=True),
    "Keras": Contender(
        "`fit` on TensorFlow, default settings", ("keras", "tensorflow"), fit("keras"), TENSORFLOW, True
    ),
    "Keras, jit": Contender(
        "`fit` on TensorFlow with `jit_compile=True`",
        ("keras", "tensorflow"), fit("keras", jit_compile=True), TENSORFLOW, True,
    ),
    "Keras, JAX": Contender("`fit` on JAX", ("keras", "jax"), fit("keras"), JAX, True),
    "PyTorch": Contender("a loop, eager", ("torch",), loop("pytorch")),
    "MyGrad": Contender("a loop, Adam in NumPy", ("mygrad",), loop("mygrad")),
    "autograd": Contender("a loop, Adam in NumPy", ("autograd", "autograd.scipy.special"), loop("autograd")),
    "tinygrad": Contender("a loop under `TinyJit`, CPU", ("tinygrad",), loop("tinygrad"), {"DEV": "CPU"}),
    "products": Contender("its matrix products alone, NumPy: the limit", ("numpy",), products),
}  # fmt: skip


def environment(contender: Contender, threads: int) -> dict[str, str]:
    """What a contender's process gets: the settings of its libraries, and the same number of threads for each."""
    n = str(threads)
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC", "NUM_CPU_THREADS"]
    names += ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]
    return {**os.environ, **dict.fromkeys(names, n), "PYTHONHASHSEED": "0", **contender.environment}
