"""Initializers against `keras.initializers`: the two draw other numbers, but from the same distribution."""

import inspect

import numpy as np
import pytest

from dlcore import initializers, utils

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")
stats = pytest.importorskip("scipy.stats")

SHORT = {"normal", "uniform", "one", "zero"}
NAMES = sorted(set(initializers._known) - SHORT)
RANDOM = [name for name in NAMES if initializers._known[name].is_random]
SHAPES = [(60, 90), (3, 3, 16, 32)]


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("shape", SHAPES)
def test_distribution(ledger, name, shape):
    """Kolmogorov and Smirnov's test, with fixed seeds: it finds a spread that is wrong by 6% here.

    The ledger keeps the quantiles, measured in standard deviations: of about 5,000 numbers they differ by chance.
    """
    ours = initializers._known[name](seed=1)(shape)
    theirs = keras.initializers.get({"class_name": type(initializers.get(name)).__name__, "config": {"seed": 1}})(shape)
    theirs = theirs.numpy()
    parts = np.linspace(0.1, 0.9, 9)
    quantiles = [np.quantile(values, parts) / theirs.std() for values in (ours, theirs)]
    ledger.holds(f"initializers.{initializers._known[name].__name__}", "quantiles", *quantiles, 0.08)
    assert stats.ks_2samp(ours.ravel(), theirs.ravel()).pvalue > 0.01
    if "normal" not in name and name not in ("orthogonal", "variance_scaling") or "truncated" in name:
        assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.01)  # the same bounds


@pytest.mark.parametrize("name", ["zeros", "ones", "constant", "identity"])
def test_values_without_chance(ledger, name):
    ours = initializers.get(name)
    theirs = getattr(keras.initializers, type(ours).__name__)()
    ledger.holds(f"initializers.{type(ours).__name__}", "values", ours((3, 4)), theirs((3, 4)), 0)


@pytest.mark.parametrize("name", NAMES)
def test_names_arguments_and_defaults(name):
    ours = initializers._known[name]
    theirs = getattr(keras.initializers, ours.__name__)
    our, their = inspect.signature(ours).parameters, inspect.signature(theirs).parameters
    assert getattr(keras.initializers, name) is theirs
    their = [p for p in their.values() if p.name not in ("input_axes", "output_axes")]  # for kernels of odd layouts
    our = [p for p in our.values() if p.kind is not p.VAR_KEYWORD]  # which refuses those two
    assert [(p.name, p.default) for p in our] == [(p.name, p.default) for p in their]


def test_short_names():
    for name in SHORT:
        assert type(keras.initializers.get(name)).__name__ == type(initializers.get(name)).__name__


@pytest.mark.parametrize("shape", [(), (7,), (4, 6), (3, 4, 6), (3, 5, 4, 6)])
def test_fans(shape):
    from keras.src.initializers.random_initializers import compute_fans

    assert initializers.fans(shape) == compute_fans(shape)
