"""Bad input over all public layers: a clear error that names the layer, or the right result, and nothing else."""

import re

import numpy as np
import pytest

from dlcore import Sequential, layers

from .test_layers import EXAMPLES, Holding, Whole, contract, example, leaves, map_arrays

RNG = np.random.default_rng(0)
#: An error names the layer that met it: the one that was called, or one inside it.
NAMED = re.compile(r"^\w+ '\w+': ")

#: What is done to each array of a layer's input.
SPOILED = {
    "a single number": lambda a: a.ravel()[0],
    "one axis": lambda a: a.ravel(),
    "an axis too few": lambda a: a[..., 0],
    "an axis too many": lambda a: a[..., None],
    "three axes too many": lambda a: a[..., None, None, None],
    "no batch axis": lambda a: a[0],
    "twice the features": lambda a: np.concatenate([a, a], -1),
    "one feature": lambda a: a[..., :1],
    "no features": lambda a: a[..., :0],
    "nothing along axis 1": lambda a: a[:, :0],
    "one place along axis 1": lambda a: a[:, :1],
    "no samples": lambda a: a[:0],
    "text": lambda a: a.astype(str),
    "objects": lambda a: a.astype(object),
    "None": lambda a: None,
}


def result(layer, x, **kwargs):
    """The layer's output, or None if it refused with an error that names a layer."""
    try:
        return layer(*x, **kwargs)
    except (ValueError, TypeError) as error:
        assert NAMED.match(str(error)), f"{type(error).__name__} does not name the layer: {error}"
        return None


@contract
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize("what", SPOILED)
def test_spoiled_shapes(name, what, built, training):
    layer, x = example(name)
    if built:
        layer(*x)
    spoiled = map_arrays(SPOILED[what], x)
    y = result(layer, spoiled, training=training)
    if y is not None:
        # What went through is a result for this very input: as many samples, finite, and the same every time.
        first = leaves(spoiled)[0]
        assert y.dtype == "float32" and np.isfinite(y.data).all()
        assert np.shape(first)[:1] == y.shape[:1] or np.ndim(first) == 0
        np.testing.assert_array_equal(layer(*spoiled).data, layer(*spoiled).data)


@contract
@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "float16", "float64"])
def test_other_types_of_numbers(name, dtype):
    """Whole numbers and other floats give what the same numbers in float32 give; what only moves them keeps them."""
    layer, x = example(name)
    layer(*x)
    numbers = map_arrays(lambda a: (np.abs(np.round(a)) % (2 if dtype == "bool" else 7)).astype(dtype), x)
    y = layer(*numbers)
    assert y.dtype == "float32" or y.dtype == dtype and np.dtype(dtype).kind in "iub"
    np.testing.assert_allclose(y.data, layer(*map_arrays(lambda a: a.astype("float32"), numbers)).data, rtol=1e-6)


@contract
def test_complex_input(name):
    """It is refused, or goes through whole, as the complex step of the gradient check needs it."""
    layer, x = example(name)
    layer(*x)
    y = result(layer, map_arrays(lambda a: a + 0j, x))
    assert y is None or y.dtype.kind == "c" or name in {"PositionEmbedding", "SinePositionEncoding"}
    with pytest.raises(TypeError, match="complex numbers, but a model computes with real ones"):
        Holding(layer).predict([a + 0j for a in leaves(x)])


@contract
def test_no_samples_give_no_outputs(name):
    layer, x = example(name)
    y = layer(*x)
    empty = result(layer, map_arrays(lambda a: a[:0], x))
    assert empty is None or empty.shape == (0, *y.shape[1:])


@contract
@pytest.mark.parametrize("number", [np.nan, np.inf, 1e38])
def test_what_is_not_finite_stays_visible(name, number):
    """NaN in a sample shows in its output, and in no other sample's, or nowhere: never as an error or a warning."""
    layer, x = example(name)
    layer(*x)
    if isinstance(EXAMPLES[name][1], Whole):
        assert result(layer, map_arrays(lambda a: np.full(a.shape, number, "float32"), x)) is None
        return
    spoiled = map_arrays(lambda a: np.concatenate([a[:1] * np.float32(number), a[1:]]), x)
    with np.errstate(all="ignore"):
        y, whole = layer(*spoiled).data, layer(*x).data
    np.testing.assert_allclose(y[1:], whole[1:], rtol=1e-5, atol=1e-6)
    if np.isnan(number) and name not in {"PositionEmbedding", "SinePositionEncoding"}:
        assert np.isnan(y[0]).any()


@contract
def test_lists_of_the_wrong_length(name):
    layer, x = example(name)
    one = leaves(x)[0]
    merges = name in {"Add", "Concatenate", "Multiply"}
    for wrong in ([one], [one, one], [one, one[:2]]):
        y = result(layer, [wrong])
        assert y is None or merges
    for wrong in ([], [x[0], x[0], x[0], x[0]]):
        with pytest.raises(TypeError):
            layer(*wrong)


@contract
def test_shapes_that_nothing_can_be_built_for(name):
    shapes = {(): None, (None,): None, (3,): None, (None, None, None): None}
    for shape in shapes:
        layer, x = example(name)
        try:
            layer.build(*[shape] * len(x))
        except (ValueError, TypeError) as error:
            assert NAMED.match(str(error))
        assert all(n for v in layer.weights for n in v.shape)


def test_fit_names_the_batch_and_the_layer():
    x, y = RNG.standard_normal((40, 3)).astype("float32"), RNG.standard_normal((40, 1)).astype("float32")
    model = Sequential([layers.Dense(4, name="first"), layers.Dense(1, name="second")], seed=0)
    model.compile("sgd", "mse")
    spoiled = x.copy()
    spoiled[25, 1] = np.nan
    with pytest.raises(
        FloatingPointError, match="The loss of batch 1 in epoch 1 is nan.* The input x of this batch holds NaN"
    ):
        model.fit(spoiled, y, batch_size=20, shuffle=False, verbose=0)
    model.get_layer("second").activation = lambda t: t / 0.0
    with pytest.raises(FloatingPointError, match="It first appears in the output of <Dense 'second'>"):
        model.fit(x, y, verbose=0)


def test_an_error_inside_a_model_names_the_layer_not_the_model():
    model = Sequential([layers.Dense(4), layers.PReLU(name="slopes")])
    model(np.ones((2, 3)))
    with pytest.raises(ValueError, match="^PReLU 'slopes': input"):
        model.get_layer("slopes")(np.ones((2, 5)))
