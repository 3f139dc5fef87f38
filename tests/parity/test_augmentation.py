"""Augmentation against Keras: a factor whose lower and upper bound are equal leaves nothing to chance.

Keras reads images in float32 whatever their dtype. Places in them are rounded alike, so that even the nearest pixel
is the same one; cos and sin may differ by a last digit.
"""

from itertools import product

import numpy as np
import pytest

from dlcore import Variable, gradients, layers, ops, utils

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
SHAPES = [(2, 6, 6, 3), (1, 5, 12, 1), (2, 7, 4, 2), (1, 1, 6, 1), (1, 3, 1, 2)]
MODES = list(product(["reflect", "wrap", "constant", "nearest"], ["bilinear", "nearest"]))
RANDOM = ["RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom"]
#: layer → the factors it is made with.
FACTORS = {
    "RandomTranslation": [(0.5, -0.25), (-0.37, 0.61), (1, -1), (-0.9, 0.95), (0.0, 0.125), (-1 / 3, 2 / 3)],
    "RandomRotation": [(0.03,), (-0.1,), (0.36,), (0.77,), (-0.9,)],
    "RandomZoom": [(0.5,), (-0.5, 0.3), (1, -0.9), (0.77, 1), (-0.13, 0.0)],
}


def pinned(factors):
    return [(f, f) for f in factors]


@pytest.mark.parametrize("name", FACTORS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fill_mode, interpolation", MODES)
def test_images(ledger, name, shape, fill_mode, interpolation):
    x = RNG.standard_normal(shape).astype("float32")
    for factors in FACTORS[name]:
        settings = {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": 0.7}
        ours, theirs = (getattr(L, name)(*pinned(factors), **settings) for L in (layers, keras.layers))
        results = ours(x, training=True), theirs(x, training=True)
        what = f"output, {factors}, {shape}, {fill_mode}, {interpolation}"
        ledger.holds(f"layers.{name}", what, *results, tolerance=0 if interpolation == "nearest" else 1e-5)


@pytest.mark.parametrize("fill_mode", ["reflect", "wrap", "constant", "nearest"])
def test_no_motion(ledger, fill_mode):
    x = RNG.standard_normal((2, 5, 4, 3)).astype("float32")
    for name, factors in {"RandomTranslation": (0, 0), "RandomRotation": (0,), "RandomZoom": (0, None)}.items():
        ours, theirs = (getattr(L, name)(*factors, fill_mode=fill_mode) for L in (layers, keras.layers))
        ledger.holds(f"layers.{name}", "output, factor 0", ours(x, training=True), theirs(x, training=True), 0)


@pytest.mark.parametrize("mode", ["horizontal", "vertical", "horizontal_and_vertical"])
def test_flips(ledger, mode):
    """Which images are flipped is each library's chance; what can become of an image, and of its gradient, is not."""
    image, g = RNG.standard_normal((2, 3, 4, 2)).astype("float32")
    x, g = np.repeat(image[None], 100, axis=0), np.repeat(g[None], 100, axis=0)
    ours, theirs = (L.RandomFlip(mode, seed=1) for L in (layers, keras.layers))
    variable, constant = Variable(x), tf.constant(x)
    y = ours(variable, training=True)
    with tf.GradientTape() as tape:
        tape.watch(constant)
        z = theirs(constant, training=True)
        total = tf.reduce_sum(z * g)
    outcomes = [np.unique(each, axis=0) for each in (y.numpy(), z.numpy())]
    assert len(outcomes[0]) == 2
    ledger.holds("layers.RandomFlip", f"the images that come out, {mode}", *outcomes, tolerance=0)
    slopes = gradients(ops.sum(y * g), [variable])[0], tape.gradient(total, constant).numpy()
    ledger.holds("layers.RandomFlip", f"gradients, {mode}", *(np.unique(s, axis=0) for s in slopes), tolerance=0)


def test_gradients_of_shifts_by_whole_pixels(ledger):
    """For others TensorFlow's gradient is no slope: it moves the images of g back and mixes their pixels once more."""
    x, g = RNG.standard_normal((2, 2, 4, 5, 3)).astype("float32")
    ours, theirs = (L.RandomTranslation((0.25, 0.25), (-0.4, -0.4), "constant") for L in (layers, keras.layers))
    variable, constant = Variable(x), tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(constant)
        total = tf.reduce_sum(theirs(constant, training=True) * g)
    (found,) = gradients(ops.sum(ours(variable, training=True) * g), [variable])
    ledger.holds("layers.RandomTranslation", "gradients", found, tape.gradient(total, constant), tolerance=1e-6)


def test_noise(ledger):
    """Noise comes from different generators; its mean, its spread and when it acts are the same."""
    x = np.full((200, 500), 3.0, "float32")
    ours, theirs = (L.GaussianNoise(0.3, seed=1) for L in (layers, keras.layers))
    for y in (np.asarray(layer(x, training=True)) for layer in (ours, theirs)):
        assert abs(y.mean() - 3) < 0.005 and abs(y.std() - 0.3) < 0.005
        assert np.quantile((y - 3) / 0.3, [0.025, 0.975]) == pytest.approx([-1.96, 1.96], abs=0.03)
    ledger.holds("layers.GaussianNoise", "output outside of training", ours(x), theirs(x), tolerance=0)


def test_factors_are_spread_alike():
    """The shift is the same wherever it is read, so a ramp shows it."""
    ramp = np.tile(np.arange(10.0, dtype="float32"), (2000, 10, 1))[..., None]
    for factor in (0.2, (-0.3, 0.1)):
        ours, theirs = (L.RandomTranslation(0.0, factor, "nearest", seed=1) for L in (layers, keras.layers))
        shifts = [5 - np.asarray(layer(ramp, training=True))[:, 0, 5, 0] for layer in (ours, theirs)]
        parts = np.linspace(0, 1, 5)
        np.testing.assert_allclose(*(np.quantile(s, parts) for s in shifts), atol=0.2)


@pytest.mark.parametrize("name", RANDOM)
def test_outside_of_training_nothing_happens(ledger, name):
    x = RNG.standard_normal((2, 4, 5, 3)).astype("float32")
    factors = [0.5] * len(FACTORS.get(name, [()])[0])
    ours, theirs = (getattr(L, name)(*factors) for L in (layers, keras.layers))
    ledger.holds(f"layers.{name}", "outside of training", ours(x, training=False), theirs(x, training=False), 0)
    # Where nobody says whether it trains, Keras's layers act and dlcore's, like every other layer of both, do not.
    assert np.array_equal(ours(x).numpy(), x)


@pytest.mark.parametrize("name", [*RANDOM, "GaussianNoise"])
def test_configurations_name_the_same_arguments(name):
    arguments = {"RandomFlip": ("vertical",), "GaussianNoise": (0.5,)}.get(name) or pinned(FACTORS[name][1])
    ours, theirs = (getattr(L, name)(*arguments, seed=3).get_config() for L in (layers, keras.layers))
    for argument in theirs.keys() - {"name", "dtype", "data_format", "trainable"}:
        assert np.array_equal(ours[argument], theirs[argument]), argument


def test_whole_numbers_come_out_as_floats():
    pixels = np.arange(48, dtype="uint8").reshape(1, 4, 4, 3)
    for name in RANDOM:
        factors = pinned([0.25] * len(FACTORS.get(name, [()])[0]))
        results = [np.asarray(getattr(L, name)(*factors)(pixels, training=True)) for L in (layers, keras.layers)]
        assert results[0].dtype == results[1].dtype == np.float32
