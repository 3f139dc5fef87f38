"""Layers that change images at random: what becomes of a few numbers. tests/parity holds them against Keras."""

import numpy as np
import pytest

from dlcore import Input, Sequential, Variable, gradcheck, gradients, layers, load_model, ops

RNG = np.random.default_rng(0)
IMAGES = RNG.standard_normal((6, 4, 5, 2)).astype("float32")
#: Each layer twice: as it is used, and with every random number pinned.
AT_RANDOM = [
    lambda **kw: layers.GaussianNoise(0.5, **kw),
    lambda **kw: layers.RandomFlip(**kw),
    lambda **kw: layers.RandomTranslation(0.4, 0.3, **kw),
    lambda **kw: layers.RandomRotation(0.2, **kw),
    lambda **kw: layers.RandomZoom(0.5, **kw),
]
every_layer = pytest.mark.parametrize("make", AT_RANDOM, ids=lambda make: type(make()).__name__)


def row(layer, *numbers):
    """What becomes of an image with one row of these numbers, in training."""
    return layer(np.array(numbers, "float32").reshape(1, 1, -1, 1), training=True).numpy().ravel().tolist()


def pinned(f):
    return f, f


# ---------------------------------------------------------------- all of them


@every_layer
def test_nothing_happens_outside_of_training(make):
    layer = make()
    assert layer(IMAGES).data is IMAGES
    assert layer(IMAGES, training=False).data is IMAGES
    assert not np.array_equal(layer(IMAGES, training=True).numpy(), IMAGES)


@every_layer
def test_a_seed_makes_it_repeatable_and_each_batch_is_new(make):
    layer, twin = make(seed=3), make(seed=3)
    first, second = layer(IMAGES, training=True).numpy(), layer(IMAGES, training=True).numpy()
    np.testing.assert_array_equal(twin(IMAGES, training=True).numpy(), first)
    np.testing.assert_array_equal(twin(IMAGES, training=True).numpy(), second)
    assert not np.array_equal(first, second)
    assert not np.array_equal(make(seed=4)(IMAGES, training=True).numpy(), first)


@every_layer
def test_without_a_seed_the_model_s_decides(make):
    def through(seed):
        return Sequential([make(), layers.Flatten()], seed=seed)(IMAGES, training=True).numpy()

    np.testing.assert_array_equal(through(1), through(1))
    assert not np.array_equal(through(1), through(2))


@every_layer
def test_it_changes_no_other_layer_s_weights(make):
    def first_weights(*before):
        model = Sequential([*before, layers.Flatten(), layers.Dense(3)], seed=5)
        model(IMAGES, training=True)  # the layer before draws first
        return model.get_weights()[0]

    np.testing.assert_array_equal(first_weights(make()), first_weights())


@every_layer
def test_each_image_is_changed_in_its_own_way(make):
    y = make(seed=1)(np.repeat(IMAGES[:1], 50, axis=0), training=True).numpy()
    assert len(np.unique(y, axis=0)) == (2 if type(make()).__name__ == "RandomFlip" else 50)


@every_layer
def test_a_saved_model_draws_the_same_again(make, tmp_path):
    model = Sequential([Input(IMAGES.shape[1:]), make(seed=7)])
    model.save(tmp_path / "model.npz")
    y = model(IMAGES, training=True).numpy()
    np.testing.assert_array_equal(load_model(tmp_path / "model.npz")(IMAGES, training=True).numpy(), y)


@every_layer
def test_it_passes_gradients_on(make):
    gradcheck.check(lambda x: make(seed=3, dtype="float64")(x, training=True), IMAGES[:2])


@every_layer
def test_whole_numbers_become_floats_where_they_change(make):
    pixels = np.arange(40, dtype="uint8").reshape(1, 4, 5, 2)
    y = make(seed=1)(pixels, training=True)
    assert y.dtype == "float32"
    np.testing.assert_array_equal(y.numpy(), make(seed=1)(pixels.astype("float32"), training=True).numpy())


@every_layer
def test_no_images_stay_none(make):
    assert make()(IMAGES[:0], training=True).shape == (0, 4, 5, 2)


@every_layer
def test_what_is_not_a_number_stays_in_its_image(make):
    spoiled = np.concatenate([IMAGES[:1], np.full_like(IMAGES[:1], np.nan), IMAGES[2:]])
    y = make(seed=1)(spoiled, training=True).numpy()
    assert np.isnan(y[1]).all() and np.isfinite(np.delete(y, 1, axis=0)).all()


def test_fit_changes_the_images_and_predict_does_not():
    seen = []

    class Look(layers.Layer):
        def call(self, x):
            seen.append(x.numpy())
            return x

    model = Sequential([layers.RandomTranslation(0.5, 0.5), Look(), layers.Flatten(), layers.Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.predict(IMAGES, verbose=0)
    np.testing.assert_array_equal(seen[-1], IMAGES)
    model.fit(IMAGES, np.ones((6, 1)), epochs=2, shuffle=False, verbose=0)
    assert not np.array_equal(seen[-1], IMAGES) and not np.array_equal(seen[-1], seen[-2])


# ---------------------------------------------------------------- noise and flips


def test_noise_has_the_mean_0_and_the_deviation_asked_for():
    noise = layers.GaussianNoise(0.3, seed=1)(np.zeros((100, 1000)), training=True).numpy()
    assert abs(noise.mean()) < 0.003 and abs(noise.std() - 0.3) < 0.003
    assert layers.GaussianNoise(0)(IMAGES, training=True).data is IMAGES


@pytest.mark.parametrize("mode, axes", [("horizontal", 1), ("vertical", 0), ("horizontal_and_vertical", (0, 1))])
def test_half_of_the_images_are_flipped(mode, axes):
    image = np.arange(12.0).reshape(3, 4, 1)
    y = layers.RandomFlip(mode, seed=1)(np.repeat(image[None], 1000, axis=0), training=True).numpy()
    flipped = (y == np.flip(image, axes)).all(axis=(1, 2, 3))
    assert (flipped | (y == image).all(axis=(1, 2, 3))).all()
    assert abs(flipped.mean() - 0.5) < 0.05


# ---------------------------------------------------------------- what stands beyond the edge


@pytest.mark.parametrize(
    "fill_mode, right, left",
    [
        ("reflect", [2, 1, 1, 2], [3, 4, 4, 3]),
        ("wrap", [3, 4, 1, 2], [3, 4, 1, 2]),
        ("nearest", [1, 1, 1, 2], [3, 4, 4, 4]),
        ("constant", [9, 9, 1, 2], [3, 4, 9, 9]),
    ],
)
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_fill_modes(fill_mode, right, left, interpolation):
    settings = {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": 9}
    assert row(layers.RandomTranslation(0, pinned(0.5), **settings), 1, 2, 3, 4) == right
    assert row(layers.RandomTranslation(0, pinned(-0.5), **settings), 1, 2, 3, 4) == left


@pytest.mark.parametrize("pixels", range(-5, 6))
def test_shifts_by_whole_pixels(pixels):
    """Against NumPy's own ways to go on beyond an edge."""
    image = RNG.standard_normal((5, 3)).astype("float32")

    def shifted(fill_mode):
        layer = layers.RandomTranslation(pinned(pixels / 5), 0.0, fill_mode)
        return layer(image[None, ..., None], training=True).numpy()[0, ..., 0]

    for fill_mode, mode in {"reflect": "symmetric", "nearest": "edge", "constant": "constant"}.items():
        padded = np.pad(image, [(5, 5), (0, 0)], mode)
        np.testing.assert_array_equal(shifted(fill_mode), padded[5 - pixels : 10 - pixels])
    if abs(pixels) < 4:  # beyond, TensorFlow wraps to other places, and so does Keras
        np.testing.assert_array_equal(shifted("wrap"), np.roll(image, pixels, axis=0))


def test_height_moves_down_and_width_to_the_right():
    image = np.arange(1.0, 10).reshape(1, 3, 3, 1)
    y = layers.RandomTranslation(pinned(1 / 3), pinned(-1 / 3), "constant")(image, training=True).numpy()[0, ..., 0]
    np.testing.assert_allclose(y, [[0, 0, 0], [2, 3, 0], [5, 6, 0]], atol=1e-6)


# ---------------------------------------------------------------- places between pixels


def test_half_a_pixel_mixes_two():
    half = {"height_factor": 0, "width_factor": pinned(1 / 8)}
    assert row(layers.RandomTranslation(**half, fill_mode="nearest"), 1, 2, 3, 4) == [1, 1.5, 2.5, 3.5]
    assert row(layers.RandomTranslation(**half, fill_mode="constant"), 1, 2, 3, 4) == [0.5, 1.5, 2.5, 3.5]
    assert row(layers.RandomTranslation(**half, fill_mode="constant", fill_value=5), 1, 2, 3, 4) == [3, 1.5, 2.5, 3.5]


def test_the_nearest_of_two_equally_near_is_the_one_further_from_the_corner():
    half = {"height_factor": 0, "width_factor": pinned(1 / 8), "interpolation": "nearest"}
    assert row(layers.RandomTranslation(**half, fill_mode="nearest"), 1, 2, 3, 4) == [1, 2, 3, 4]
    assert row(layers.RandomTranslation(**half, fill_mode="constant", fill_value=9), 1, 2, 3, 4) == [9, 2, 3, 4]


@pytest.mark.parametrize("quarters", [-2, -1, 1, 2, 3])
def test_quarter_turns(quarters):
    images = RNG.standard_normal((2, 4, 4, 3))
    for interpolation in ("bilinear", "nearest"):
        layer = layers.RandomRotation(pinned(quarters / 4), "nearest", interpolation, dtype="float64")
        y = layer(images, training=True).numpy()
        np.testing.assert_allclose(y, np.rot90(images, quarters, axes=(1, 2)), atol=1e-5)


def test_no_motion_gives_the_same_bits():
    for layer in (layers.RandomRotation(0), layers.RandomZoom(0), layers.RandomTranslation(0, 0, "constant")):
        np.testing.assert_array_equal(layer(IMAGES, training=True).numpy(), IMAGES)


def test_zoom_in_and_out():
    assert row(layers.RandomZoom(0, pinned(-0.5)), 1, 2, 3, 4) == [1.75, 2.25, 2.75, 3.25]
    assert row(layers.RandomZoom(0, pinned(1), "constant"), 1, 2, 3, 4) == [0, 1.5, 3.5, 0]


def test_without_a_width_factor_shapes_are_kept():
    y = layers.RandomZoom(0.5, seed=1)(np.indices((9, 9)).transpose(1, 2, 0)[None] * 1.0, training=True).numpy()[0]
    np.testing.assert_allclose(y[..., 0], y[..., 1].T, rtol=1e-6)
    free = layers.RandomZoom(0.5, 0.5, seed=1)(np.indices((9, 9)).transpose(1, 2, 0)[None] * 1.0, training=True).numpy()
    assert not np.allclose(free[0, ..., 0], free[0, ..., 1].T, rtol=1e-2)


@pytest.mark.parametrize(
    "factor, low, high", [(0.2, -2, 2), ((0.1, 0.3), 1, 3), ((0.3, 0.1), 1, 3), ([-0.4, 0], -4, 0)]
)
def test_a_number_stands_for_both_directions(factor, low, high):
    ramp = np.tile(np.arange(10.0), (500, 1)).reshape(500, 1, 10, 1)
    y = layers.RandomTranslation(0, factor, "nearest", seed=1)(ramp, training=True).numpy()
    shifts = 5 - y[:, 0, 5, 0]
    assert low <= shifts.min() < low + 0.1 and high - 0.1 < shifts.max() <= high


@pytest.mark.parametrize("fill_mode", ["reflect", "wrap", "nearest", "constant"])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_gradients_go_back_to_the_pixels_that_were_read(fill_mode, interpolation):
    settings = {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": 2, "dtype": "float64"}
    for layer in (
        layers.RandomTranslation(pinned(0.3), pinned(-0.7), **settings),
        layers.RandomRotation(pinned(0.1), **settings),
        layers.RandomZoom(pinned(0.6), pinned(-0.3), **settings),
    ):
        gradcheck.check(lambda x: layer(x, training=True), IMAGES[:1])  # noqa: B023


def test_a_number_that_left_the_image_gets_no_gradient():
    x = Variable(np.ones((1, 1, 4, 1)))
    y = layers.RandomTranslation(0, pinned(0.5), "constant", dtype="float64")(x, training=True)
    np.testing.assert_array_equal(gradients(ops.sum(y), [x])[0].ravel(), [1, 1, 0, 0])


# ---------------------------------------------------------------- messages


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: layers.GaussianNoise(2, name="g"), "GaussianNoise 'g': stddev, .* is a number from 0 to 1, but got 2"),
        (lambda: layers.RandomFlip("horizontl"), "RandomFlip .*: Unknown mode 'horizontl'. Did you mean 'horizontal'"),
        (lambda: layers.RandomZoom(0.1, fill_mode="reflct"), "Unknown fill_mode 'reflct'. Did you mean 'reflect'?"),
        (lambda: layers.RandomRotation(0.1, interpolation="cubic"), "Unknown interpolation 'cubic'. Known: bil"),
        (lambda: layers.RandomRotation(45, name="r"), "RandomRotation 'r': factor is .* from -1 to 1, but got 45"),
        (lambda: layers.RandomRotation(None), "factor is a number from -1 to 1, but got None"),
        (lambda: layers.RandomTranslation(0.1, (0.1, 0.2, 0.3)),
         r"width_factor is a number or a pair \(lowest, highest\), but got \(0.1, 0.2, 0.3\)"),
        (lambda: layers.RandomTranslation([0.1], 0.1), r"height_factor is a number or a pair .* but got \[0.1\]"),
        (lambda: layers.RandomTranslation((0, "a"), 0.1), "height_factor is a number from -1 to 1, but got 'a'"),
        (lambda: layers.RandomZoom((-1, 0)), "height_factor is a number above -1 to 1, but got -1"),
        (lambda: layers.RandomZoom(0.1, (-1, 0)), "width_factor is a number above -1 to 1, but got -1"),
        (lambda: layers.RandomZoom(0.1, fill_value="black"), "fill_value is a number, but got 'black'"),
        (lambda: layers.RandomFlip(data_format="channels_first"), "RandomFlip.*dlcore leaves it out"),
        (lambda: layers.RandomFlip(bounding_box_format="xyxy"), "RandomFlip.*dlcore leaves it out"),
        (lambda: layers.RandomFlip(name="f")(np.ones((2, 28, 28))),
         r"RandomFlip 'f': input \(2, 28, 28\) should be \(batch, height, width, channels\). Is the channel axis miss"),
    ],
)  # fmt: skip
def test_messages(make, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        make()
