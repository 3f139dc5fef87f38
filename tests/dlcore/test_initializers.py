"""Initializers: shapes, dtypes, spreads, seeds, names."""

import math

import numpy as np
import pytest

from dlcore import initializers
from dlcore.utils import set_random_seed

SHORT = {"normal": "random_normal", "uniform": "random_uniform", "one": "ones", "zero": "zeros"}
ALL = sorted(set(initializers._known) - set(SHORT))
RANDOM = [name for name in ALL if initializers._known[name].is_random]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_and_dtype(name, dtype):
    w = initializers.get(name)((6, 4), dtype=dtype)
    assert w.shape == (6, 4) and w.dtype == dtype
    assert initializers.get(name)((3, 3)).dtype == np.float32


def test_short_names():
    for short, name in SHORT.items():
        assert type(initializers.get(short)) is initializers._known[name]


@pytest.mark.parametrize("name", ALL)
def test_each_has_keras_s_two_names(name):
    assert getattr(initializers, name) is getattr(initializers, initializers._known[name].__name__)


@pytest.mark.parametrize("name", RANDOM)
def test_seeds(name):
    make = initializers._known[name]
    first = make(seed=3)
    np.testing.assert_array_equal(first((5, 4)), first((5, 4)))  # a whole number: the same at every call, as in Keras
    np.testing.assert_array_equal(first((5, 4)), make(seed=3)((5, 4)))
    assert not np.array_equal(first((5, 4)), make(seed=4)((5, 4)))
    going_on = make(seed=np.random.default_rng(3))
    assert not np.array_equal(going_on((5, 4)), going_on((5, 4)))
    np.testing.assert_array_equal(
        make()((5, 4), rng=np.random.default_rng(7)), make()((5, 4), rng=np.random.default_rng(7))
    )
    np.testing.assert_array_equal(first((5, 4), rng=np.random.default_rng(7)), first((5, 4)))  # its own seed wins
    set_random_seed(1)
    one = make()((5, 4))
    assert not np.array_equal(one, make()((5, 4)))
    set_random_seed(1)
    np.testing.assert_array_equal(one, make()((5, 4)))


SPREADS = {  # for a kernel (200, 300): standard deviation, and the largest absolute value
    "random_normal": (0.05, math.inf),
    "random_uniform": (0.05 / math.sqrt(3), 0.05),
    "truncated_normal": (0.05 * initializers.TRUNCATED, 0.1),
    "glorot_uniform": (math.sqrt(2 / 500), math.sqrt(6 / 500)),
    "glorot_normal": (math.sqrt(2 / 500), 2 * math.sqrt(2 / 500) / initializers.TRUNCATED),
    "he_uniform": (math.sqrt(2 / 200), math.sqrt(6 / 200)),
    "he_normal": (math.sqrt(2 / 200), 2 * math.sqrt(2 / 200) / initializers.TRUNCATED),
    "lecun_uniform": (math.sqrt(1 / 200), math.sqrt(3 / 200)),
    "lecun_normal": (math.sqrt(1 / 200), 2 * math.sqrt(1 / 200) / initializers.TRUNCATED),
    "variance_scaling": (math.sqrt(1 / 200), 2 * math.sqrt(1 / 200) / initializers.TRUNCATED),
    "orthogonal": (math.sqrt(1 / 300), math.inf),
}


@pytest.mark.parametrize("name", RANDOM)
def test_spread(name):
    w = initializers._known[name](seed=0)((200, 300), "float64")
    stddev, largest = SPREADS[name]
    assert abs(w.mean()) < 4 * stddev / math.sqrt(w.size)
    assert w.std() == pytest.approx(stddev, rel=0.01)
    assert np.abs(w).max() <= largest
    if largest < math.inf:
        assert np.abs(w).max() > 0.97 * largest


def test_a_convolution_counts_its_positions():
    assert initializers.fans((3, 5, 4, 8)) == (60, 120)
    assert initializers.fans((7,)) == (7, 7) and initializers.fans(()) == (1, 1)
    assert initializers.GlorotUniform(seed=0)(()).shape == ()
    w = initializers.VarianceScaling(3.0, "fan_out", "uniform", seed=0)((3, 3, 20, 30), "float64")
    assert w.std() == pytest.approx(math.sqrt(3 / 270), rel=0.02)
    assert initializers.VarianceScaling(distribution="untruncated_normal", seed=0)((50, 50)).max() > 0.3


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (2, 2, 3)])
def test_orthogonal(shape):
    w = initializers.Orthogonal(gain=2.0, seed=1)(shape, "float64").reshape(-1, shape[-1])
    small = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(small, 4 * np.eye(min(w.shape)), atol=1e-12)


def test_orthogonal_prefers_no_sign():
    signs = [np.sign(initializers.Orthogonal(seed=s)((2, 2))[0, 0]) for s in range(60)]
    assert -30 < sum(signs) < 30


def test_without_chance():
    assert initializers.Constant(2.5)((2,)).tolist() == [2.5, 2.5]
    assert initializers.Identity(gain=3.0)((2, 3)).tolist() == [[3, 0, 0], [0, 3, 0]]
    assert not initializers.Zeros()((2, 2)).any() and initializers.Ones()((2, 2)).all()


@pytest.mark.parametrize("name", ALL)
def test_config_makes_it_again(name):
    made = initializers.get(name)
    again = type(made)(**made.get_config())
    assert repr(again) == repr(made)


def test_ones_own_is_made_again_from_its_attributes():
    class Ramp(initializers.Initializer):
        def __init__(self, top):
            self.highest = top

    with pytest.raises(NotImplementedError, match="Ramp: the argument 'top' is not kept as an attribute"):
        Ramp(3).get_config()


def test_get():
    assert isinstance(initializers.get("he_normal"), initializers.HeNormal)
    assert isinstance(initializers.get("HeNormal"), initializers.HeNormal)
    assert isinstance(initializers.get(initializers.Ones), initializers.Ones)
    ones = initializers.Ones()
    assert initializers.get(ones) is ones and initializers.get(None) is None
    with pytest.raises(ValueError, match="Unknown initializer 'glorot_unifrom'. Did you mean 'glorot_uniform'?"):
        initializers.get("glorot_unifrom")
    with pytest.raises(ValueError, match="a name or a function"):
        initializers.get(0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: initializers.Identity()((2, 2, 2)), "two axes"),
        (lambda: initializers.RandomNormal(stddev=-1), "RandomNormal: stddev is a number from 0, but got -1"),
        (lambda: initializers.HeNormal(seed="a")((2, 2)), "seed is a whole number from 0, but got 'a'"),
        (lambda: initializers.Orthogonal()((2,)), "at least two axes"),
        (lambda: initializers.VarianceScaling(scale=0), "above 0"),
        (lambda: initializers.VarianceScaling(mode="fan_int"), "Did you mean 'fan_in'"),
        (lambda: initializers.VarianceScaling(distribution="unifrom"), "Did you mean 'uniform'"),
    ],
)
def test_bad_settings(call, message):
    with pytest.raises(ValueError, match=message):
        call()
