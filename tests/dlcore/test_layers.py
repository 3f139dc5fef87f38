"""Layers: one contract for every public layer, then what is special to each."""

import numpy as np
import pytest

from dlcore import Input, Model, Sequential, Variable, gradcheck, gradients, layers, load_model, ops
from dlcore.layers.base import Layer

RNG = np.random.default_rng(0)


def is_layer(thing):
    return isinstance(thing, type) and issubclass(thing, Layer)


class Whole(tuple):
    """The shape of an input of whole numbers from 0 to 6, for a layer that looks things up."""


class Several(tuple):
    """The inputs of a layer that is called with several: layer(query, value)."""


#: public layer → (how to make one, its input). A layer that is missing here fails test_every_public_layer….
#: An input is a shape for random floats, Whole(shape) for whole numbers, a list of inputs that is one argument
#: (layer([a, b])), or Several(inputs) for several arguments (layer(a, b)).
EXAMPLES = {
    "AveragePooling1D": (lambda **kw: layers.AveragePooling1D(2, **kw), (4, 6, 2)),
    "AveragePooling2D": (lambda **kw: layers.AveragePooling2D(2, **kw), (4, 4, 6, 2)),
    "Conv1D": (lambda **kw: layers.Conv1D(3, 3, padding="causal", activation="tanh", **kw), (4, 6, 2)),
    "Conv2D": (lambda **kw: layers.Conv2D(4, (3, 2), groups=2, activation="tanh", **kw), (4, 5, 4, 2)),
    "Conv2DTranspose": (lambda **kw: layers.Conv2DTranspose(3, 3, strides=2, activation="tanh", **kw), (4, 3, 2, 2)),
    "DepthwiseConv2D": (lambda **kw: layers.DepthwiseConv2D(2, depth_multiplier=2, **kw), (4, 3, 4, 2)),
    "GlobalAveragePooling1D": (lambda **kw: layers.GlobalAveragePooling1D(**kw), (4, 5, 3)),
    "GlobalAveragePooling2D": (lambda **kw: layers.GlobalAveragePooling2D(keepdims=True, **kw), (4, 3, 2, 3)),
    "GlobalMaxPooling1D": (lambda **kw: layers.GlobalMaxPooling1D(keepdims=True, **kw), (4, 5, 3)),
    "GlobalMaxPooling2D": (lambda **kw: layers.GlobalMaxPooling2D(**kw), (4, 3, 2, 3)),
    "MaxPooling1D": (lambda **kw: layers.MaxPooling1D(2, **kw), (4, 6, 2)),
    "MaxPooling2D": (lambda **kw: layers.MaxPooling2D((3, 2), strides=2, padding="same", **kw), (4, 5, 6, 2)),
    "UpSampling2D": (lambda **kw: layers.UpSampling2D((2, 3), interpolation="bilinear", **kw), (4, 2, 3, 2)),
    "ZeroPadding2D": (lambda **kw: layers.ZeroPadding2D(((1, 0), (2, 1)), **kw), (4, 2, 3, 2)),
    "Add": (lambda **kw: layers.Add(**kw), [(4, 3, 2), (4, 3, 1), (4, 2)]),
    "Concatenate": (lambda **kw: layers.Concatenate(**kw), [(4, 3, 2), (4, 3, 1)]),
    "Embedding": (lambda **kw: layers.Embedding(7, 3, **kw), Whole((4, 5))),
    "MultiHeadAttention": (lambda **kw: layers.MultiHeadAttention(2, 3, **kw), Several([(4, 3, 2), (4, 5, 6)])),
    "Multiply": (lambda **kw: layers.Multiply(**kw), [(4, 3), (4, 3)]),
    "Permute": (lambda **kw: layers.Permute((2, 1), **kw), (4, 3, 2)),
    "PositionEmbedding": (lambda **kw: layers.PositionEmbedding(5, **kw), (4, 3, 2)),
    "RotaryEmbedding": (lambda **kw: layers.RotaryEmbedding(**kw), (4, 3, 2)),
    "SinePositionEncoding": (lambda **kw: layers.SinePositionEncoding(**kw), (4, 3, 2)),
    "Activation": (lambda **kw: layers.Activation("tanh", **kw), (4, 3)),
    "Dense": (lambda **kw: layers.Dense(5, activation="tanh", **kw), (4, 3)),
    "Bidirectional": (lambda **kw: layers.Bidirectional(layers.GRU(2, dtype=kw.get("dtype")), **kw), (4, 3, 2)),
    "Dropout": (lambda **kw: layers.Dropout(0.5, **kw), (4, 3)),
    "Flatten": (lambda **kw: layers.Flatten(**kw), (4, 3, 2)),
    "GRU": (lambda **kw: layers.GRU(3, **kw), (4, 3, 2)),
    "LSTM": (lambda **kw: layers.LSTM(3, return_sequences=True, **kw), (4, 3, 2)),
    "Neuron": (lambda **kw: layers.Neuron(activation="sigmoid", **kw), (4, 3)),
    "SimpleRNN": (lambda **kw: layers.SimpleRNN(3, dropout=0.2, **kw), (4, 3, 2)),
    "TimeDistributed": (lambda **kw: layers.TimeDistributed(layers.Dense(3, dtype=kw.get("dtype")), **kw), (4, 3, 2)),
    "Reshape": (lambda **kw: layers.Reshape((2, -1), **kw), (4, 6)),
    "BatchNormalization": (lambda **kw: layers.BatchNormalization(**kw), (4, 3, 5)),
    "GroupNormalization": (lambda **kw: layers.GroupNormalization(2, **kw), (4, 3, 6)),
    "LayerNormalization": (lambda **kw: layers.LayerNormalization(**kw), (4, 3, 5)),
    "RMSNormalization": (lambda **kw: layers.RMSNormalization(**kw), (4, 3, 5)),
    "Capsule": (lambda **kw: layers.Capsule(3, 4, **kw), (4, 5, 2)),
    "GaussianNoise": (lambda **kw: layers.GaussianNoise(0.1, **kw), (4, 3)),
    "RandomFlip": (lambda **kw: layers.RandomFlip("horizontal", **kw), (4, 3, 4, 2)),
    "RandomRotation": (lambda **kw: layers.RandomRotation(0.1, "nearest", **kw), (4, 3, 4, 2)),
    "RandomTranslation": (lambda **kw: layers.RandomTranslation((-0.5, 0), 0.3, "constant", **kw), (4, 3, 4, 2)),
    "RandomZoom": (lambda **kw: layers.RandomZoom(0.2, (0.1, 0.2), "wrap", **kw), (4, 3, 4, 2)),
    "ELU": (lambda **kw: layers.ELU(0.7, **kw), (4, 3)),
    "LeakyReLU": (lambda **kw: layers.LeakyReLU(**kw), (4, 3)),
    "PReLU": (lambda **kw: layers.PReLU("ones", shared_axes=[1], **kw), (4, 3, 2)),
    "ReLU": (lambda **kw: layers.ReLU(negative_slope=0.1, threshold=0.2, **kw), (4, 3)),
    "Softmax": (lambda **kw: layers.Softmax(**kw), (4, 3)),
}
#: Layers whose output depends on the shape of the input only, not on its numbers.
LOOK_AT_THE_SHAPE = {"PositionEmbedding", "SinePositionEncoding"}
PUBLIC = sorted(n for n in layers.__all__ if is_layer(getattr(layers, n)) and n != "Layer")
contract = pytest.mark.parametrize("name", PUBLIC)


def example(kind, **kwargs):
    """A new layer and the list of arguments to call it with, the same at every call, whatever ran before."""
    make, given = EXAMPLES[kind]
    rng = np.random.default_rng(0)
    return make(**kwargs), [drawn(each, rng) for each in (given if isinstance(given, Several) else [given])]


def drawn(given, rng):
    if isinstance(given, list):
        return [drawn(each, rng) for each in given]
    return rng.integers(0, 7, given) if isinstance(given, Whole) else rng.standard_normal(given).astype("float32")


def map_arrays(function, x):
    """x, an array or a nested list of arrays, with each array replaced by function(array)."""
    return [map_arrays(function, each) for each in x] if isinstance(x, list) else function(x)


def leaves(x):
    return [a for each in x for a in leaves(each)] if isinstance(x, list) else [x]


def without_batch(x):
    """What `build` and `compute_output_shape` take for these arguments: shapes with None for the batch."""
    return map_arrays(lambda a: (None, *a.shape[1:]), x)


class Holding(Model):
    """A model of this one layer, whatever it is called with."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, *x):
        return self.layer(*x)


class Surrounded(Model):
    """A layer between Dense layers: one behind it, and one before each of its inputs where they can learn."""

    def __init__(self, layer, x, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer
        self.given = x
        self.before = [before(a, layer) for a in leaves(x)]
        self.behind = Sequential([layers.Flatten(), layers.Dense(1)])

    def call(self, *arrays):
        ready = (way(a) for way, a in zip(self.before, arrays))
        return self.behind(self.layer(*map_arrays(lambda _: next(ready), self.given)))


def before(a, layer):
    if a.dtype.kind == "i" or type(layer).__name__ in LOOK_AT_THE_SHAPE:
        return lambda x: x
    n = int(np.prod(a.shape[1:]))
    return Sequential([layers.Flatten(), layers.Dense(n), layers.Reshape(a.shape[1:])])


# ---------------------------------------------------------------- the contract


def test_every_public_layer_has_an_example():
    assert PUBLIC == sorted(EXAMPLES)


@contract
def test_build_makes_the_weights_that_the_first_call_would_make(name):
    layer, x = example(name)
    called, _ = example(name)
    layer.build(*without_batch(x))
    called(*x)
    assert layer.built and called.built
    assert [v.shape for v in layer.weights] == [v.shape for v in called.weights]
    assert layer.count_params() == sum(w.size for w in layer.get_weights())


@contract
def test_output_shape_is_foretold(name):
    layer, x = example(name)
    assert layer.compute_output_shape(*without_batch(x)) == (None, *layer(*x).shape[1:])
    assert layer(*x).shape[0] == len(leaves(x)[0])


@contract
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(name, dtype):
    layer, x = example(name, dtype=dtype)
    assert layer(*x).dtype == dtype
    assert all(v.dtype == dtype for v in layer.weights)


@contract
def test_weights_round_trip(name):
    layer, x = example(name)
    other, _ = example(name)
    y = layer(*x).numpy()
    other(*x)
    other.set_weights(layer.get_weights())
    np.testing.assert_array_equal(other(*x).numpy(), y)


@contract
def test_configuration_round_trip(name):
    layer, x = example(name, name="mine", trainable=False)
    twin = type(layer).from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    assert (twin.name, twin.trainable) == ("mine", False)
    assert twin(*x).shape == layer(*x).shape


@contract
def test_save_and_load(name, tmp_path):
    layer, x = example(name)
    one_array = len(x) == 1 and not isinstance(x[0], list)  # then the layer fits into a Sequential
    model = Sequential([layer]) if one_array else Holding(layer)
    y = model(*x).numpy()
    model.save(tmp_path / "model.npz")
    loaded = load_model(tmp_path / "model.npz", custom_objects={"Holding": Holding})
    np.testing.assert_array_equal(loaded(*x).numpy(), y)


@contract
def test_a_step_of_training_lowers_the_loss(name):
    layer, x = example(name)
    model = Surrounded(layer, x, seed=1)
    model.compile("sgd", "mse")
    x = leaves(x)
    x, y = x if len(x) > 1 else x[0], np.ones((len(x[0]), 1), "float32")
    before = model.evaluate(x, y, verbose=0)
    for _ in range(3):
        model.train_on_batch(x, y)
    assert model.evaluate(x, y, verbose=0) < before


@contract
def test_gradients_agree_with_differences(name):
    layer, x = example(name, dtype="float64")
    x = map_arrays(lambda a: a if a.dtype.kind == "i" else a.astype("float64"), x)
    g = RNG.standard_normal(layer(*x).shape)

    def from_inputs(*arrays):
        ways = iter(arrays)
        return layer(*map_arrays(lambda _: next(ways), x))

    if name not in LOOK_AT_THE_SHAPE and any(a.dtype.kind == "f" for a in leaves(x)):
        gradcheck.check(from_inputs, *leaves(x))

    def from_weights(*values):
        for v, value in zip(layer.trainable_variables, values):
            v.assign(value)
        return ops.sum(layer(*x) * g)

    if layer.trainable_variables:
        gradcheck.check(
            lambda *values: from_weights(*values).item(),
            *[v.numpy() for v in layer.trainable_variables],
            gradient=lambda *values: gradients(from_weights(*values), layer.trainable_variables),
        )


@contract
def test_unknown_and_left_out_arguments_are_refused(name):
    with pytest.raises(TypeError, match="Unknown argument 'nmae'. Did you mean 'name'?"):
        example(name, nmae="x")
    with pytest.raises(NotImplementedError, match="Keras has this argument, dlcore leaves it out"):
        example(name, autocast=False)


# ---------------------------------------------------------------- Layer


@pytest.mark.parametrize(
    "description, message",
    [
        ("Dense", "A layer's description is {'class_name': …, 'config': …}, but got 'Dense'"),
        ({"class_name": "Dense"}, "A layer's description is"),
        ({"class_name": "Desne", "config": {}}, "Unknown layer 'Desne'. Did you mean 'Dense'.*custom_objects"),
    ],
)
def test_a_description_that_is_none(description, message):
    with pytest.raises((TypeError, ValueError), match=message):
        layers.deserialize(description)


def test_names_count_up_as_in_keras():
    assert [layers.Dense(1).name, layers.Dense(1).name, layers.Dense(1, name="out").name] == ["dense", "dense_1", "out"]


def test_a_layer_of_ones_own():
    class Scale(layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")

        def call(self, x):
            return x * self.scale

    layer = Scale()
    np.testing.assert_array_equal(layer(np.full((2, 3), 7.0)).numpy(), np.full((2, 3), 7.0))
    assert [v.name for v in layer.trainable_variables] == ["scale"]
    (g,) = gradients(ops.sum(layer(np.ones((2, 3)))), layer.trainable_variables)
    np.testing.assert_array_equal(g, [2, 2, 2])


def test_layers_in_lists_and_dicts_and_bare_variables_are_found():
    class Many(layers.Layer):
        def __init__(self):
            super().__init__()
            self.blocks = []
            self.named = {"a": layers.Dense(2)}
            self.scale = Variable(np.ones(1, "float32"), name="scale")
            self.blocks.append(layers.Dense(3))

        def call(self, x):
            return self.blocks[0](self.named["a"](x)) * self.scale

    layer = Many()
    layer(np.ones((1, 4)))
    assert [v.shape for v in layer.weights] == [(1,), (2, 3), (3,), (4, 2), (2,)]


def test_trainable_weights_come_first_and_freezing_reaches_inside():
    class Inner(layers.Layer):
        def build(self, input_shape):
            self.average = self.add_weight((2,), "zeros", trainable=False, name="average")
            self.w = self.add_weight((2,), "zeros", name="w")

        def call(self, x):
            return x

    class Outer(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def call(self, x):
            return self.inner(x)

    layer = Outer()
    layer(np.ones((1, 2)))
    assert [v.name for v in layer.weights] == ["w", "average"]
    assert [v.name for v in layer.trainable_variables] == ["w"]
    layer.trainable = False
    assert layer.trainable_variables == [] and len(layer.non_trainable_variables) == 2
    assert not layer.inner.w.requires_grad
    layer.trainable = True
    assert layer.inner.w.requires_grad and not layer.inner.average.requires_grad


def test_a_layer_made_frozen_freezes_what_it_holds():
    class Block(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = layers.Dense(2)

        def call(self, x):
            return self.inner(x)

    class Whole(Model):
        def __init__(self):
            super().__init__(trainable=False)
            self.inner = layers.Dense(2)

        def call(self, x):
            return self.inner(x)

    late = Sequential([Input((3,))])
    late.trainable = False
    late.add(layers.Dense(2))
    for made in (Block(trainable=False), Whole(), Sequential([layers.Dense(2)], trainable=False), late):
        made(np.ones((1, 3)))
        assert made.trainable_variables == [] and len(made.weights) == 2


def test_a_first_call_that_fails_leaves_nothing_behind():
    def fails_for_the_bias(shape, dtype):
        if len(shape) == 1 and tries.append(shape) is None and len(tries) == 1:
            raise OSError("no numbers today")
        return np.ones(shape, dtype)

    tries, layer = [], layers.Dense(4, bias_initializer=fails_for_the_bias, kernel_regularizer="l2")
    with pytest.raises(OSError, match="no numbers"):
        layer(np.ones((1, 3)))
    layer(np.ones((1, 3)))
    assert [v.shape for v in layer.weights] == [(3, 4), (4,)] and len(layer.losses) == 1
    groups = layers.GroupNormalization(3)
    for _ in range(2):
        with pytest.raises(ValueError, match="GroupNormalization 'group_normalization"):
            groups(np.ones((2, 4)))


def test_an_input_by_name_is_refused_and_leaves_the_layer_usable():
    layer = layers.Dense(4)
    with pytest.raises(TypeError, match=r"its input goes first and without a name: layer\(x\)"):
        layer(inputs=np.ones((1, 3)))
    assert layer(np.ones((1, 3))).shape == (1, 4)


def test_training_reaches_layers_inside_unless_told_otherwise():
    class Twice(layers.Layer):
        def __init__(self):
            super().__init__()
            self.drop = layers.Dropout(1.0)

        def call(self, x):
            return self.drop(x) + self.drop(x, training=False)

    x = np.ones((1, 3))
    np.testing.assert_array_equal(Twice()(x, training=True).numpy(), [[1, 1, 1]])
    np.testing.assert_array_equal(Twice()(x).numpy(), [[2, 2, 2]])


def test_forgotten_super_init_is_named():
    class Broken(layers.Layer):
        def __init__(self):
            self.inner = layers.Dense(1)

    with pytest.raises(RuntimeError, match=r"Broken: call super\(\).__init__\(\) first"):
        Broken()(np.ones((1, 2)))


def test_set_weights_says_what_does_not_fit_and_changes_nothing():
    layer = layers.Dense(2, name="hidden")
    with pytest.raises(ValueError, match=r"Dense 'hidden': it has no weights yet"):
        layer.set_weights([])
    layer.build((None, 3))
    before = layer.get_weights()
    with pytest.raises(ValueError, match="it has 2 weights, but set_weights got 1"):
        layer.set_weights([np.zeros((3, 2))])
    with pytest.raises(ValueError, match=r"its weight 'bias' has shape \(2,\), but set_weights got \(3,\)"):
        layer.set_weights([np.zeros((3, 2)), np.zeros(3)])
    for now, then in zip(layer.get_weights(), before):
        np.testing.assert_array_equal(now, then)


def test_numbers_only():
    with pytest.raises(TypeError, match="Flatten 'flatten': its input can't be used: a tensor holds <U1 values"):
        layers.Flatten()(np.array([["a"]]))


# ---------------------------------------------------------------- each layer


def test_dense_computes_activation_of_xw_plus_b():
    layer = layers.Dense(2, activation="relu")
    layer.build((None, 3))
    w, b = np.array([[1, -1], [2, 0], [0, 3]], "float32"), np.array([0.5, -100], "float32")
    layer.set_weights([w, b])
    np.testing.assert_array_equal(layer(np.array([[1, 2, 3]])).numpy(), [[5.5, 0]])


def test_dense_takes_whole_numbers_and_more_axes():
    layer = layers.Dense(2)
    assert layer(np.ones((4, 5, 3), "uint8")).shape == (4, 5, 2)
    assert layer(np.ones((4, 3), "int64")).dtype == np.float32


def test_dense_names_a_wrong_last_axis():
    layer = layers.Dense(3, name="hidden")
    layer.build((None, 5))
    with pytest.raises(ValueError) as error:
        layer(np.ones((2, 6)))
    assert str(error.value) == (
        "Dense 'hidden': input (2, 6) has last axis 6, but its kernel (5, 3) was built for 5. "
        "Is a Flatten() missing before it?"
    )


@pytest.mark.parametrize("units", [0, -1, 2.5, "3", True, None])
def test_dense_refuses_units_that_are_no_number_of_outputs(units):
    with pytest.raises(ValueError, match="units, how many outputs it has, is a whole number from 1"):
        layers.Dense(units)


def test_dense_asks_for_the_batch_axis():
    with pytest.raises(ValueError, match=r"Is the batch axis missing\? One sample x goes in as x\[None, :\]"):
        layers.Dense(3)(np.ones(5))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: layers.Dense(3, "rellu"), "Unknown activation 'rellu'. Did you mean 'relu'?"),
        (lambda: layers.Dense(3, kernel_initializer="he_norml"), "Did you mean 'he_normal'?"),
        (lambda: layers.Dense(3, unit=4), "Dense: Unknown argument 'unit'. Did you mean 'units'?"),
        (lambda: layers.Dense(3, kernel_constraint="l2"), r"Dense\(kernel_constraint='l2'\): Keras has"),
        (lambda: layers.Dropout(1.5, name="d"), "Dropout 'd': rate, .* is a number from 0 to 1, but got 1"),
        (lambda: layers.Dropout("half"), "is a number from 0 to 1, but got 'half'"),
        (lambda: layers.Dense(3, ["relu"]), r"An activation is a name such as 'relu' .* but got \['relu'\]"),
        (lambda: layers.Dense(3, dtype="int32"), "Dense: dtype is a type of floats, .* but got 'int32'"),
        (lambda: layers.Dense(3, dtype="flaot32"), "but got 'flaot32'"),
        (lambda: layers.Dense(3, lambda x: None)(np.ones((1, 2))), "its call gave None. Is a `return` missing"),
        (lambda: layers.Dense(3, kernel_initializer=lambda shape, dtype: np.ones((2, 2)))(np.ones((1, 2))),
         r"kernel has shape \(2, 3\), but its initializer made \(2, 2\)"),
        (lambda: layers.Dense(3)([[1, 2], [3]]), "its input can't be used: a tensor needs rows of one length"),
        (lambda: layers.Dense(3)(None), "Is something missing"),
        (lambda: layers.Input((0,)), r"shape is that of one sample, such as \(784,\) .* but got \(0,\)"),
        (lambda: layers.Input("784"), "but got '784'"),
        (lambda: layers.Reshape((2.0, 2)), "target_shape is the shape of one sample"),
        (lambda: layers.Reshape((-2, -2)), "target_shape is the shape of one sample"),
        (lambda: layers.Dens, "dlcore.layers has no 'Dens'. Did you mean 'Dense'?"),
        (lambda: layers.Wavelet, "dlcore.layers has no 'Wavelet'. Known: "),
        (lambda: layers.Reshape((-1, -1)), "only one entry of target_shape may be -1"),
        (lambda: layers.Reshape((4,))(np.ones((2, 6))), r"\(6,\) holds 6 numbers, which don't fit into \(4,\)"),
        (lambda: layers.Flatten(data_format="channels_first"), "Keras has this argument, dlcore leaves it out"),
    ],
)  # fmt: skip
def test_bad_arguments(make, message):
    with pytest.raises((ValueError, TypeError, NotImplementedError, AttributeError), match=message):
        make()


def test_flatten_and_reshape_keep_the_order():
    x = np.arange(12.0).reshape(2, 3, 2)
    np.testing.assert_array_equal(layers.Flatten()(x).numpy(), x.reshape(2, 6))
    np.testing.assert_array_equal(layers.Reshape((2, -1))(x).numpy(), x.reshape(2, 2, 3))


def test_dropout_keeps_the_mean_and_does_nothing_outside_training():
    layer = layers.Dropout(0.25, seed=3)
    x = np.ones((200, 500), "float32")
    assert layer(x).data is x
    y = layer(x, training=True).numpy()
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.75], rtol=1e-6)
    assert abs((y == 0).mean() - 0.25) < 0.01
    assert abs(y.mean() - 1) < 0.01
    assert not np.array_equal(layer(x, training=True).numpy(), y)
    np.testing.assert_array_equal(layers.Dropout(0.25, seed=3)(x, training=True).numpy(), y)


def test_dropout_gradient_passes_where_the_number_passed():
    layer = layers.Dropout(0.5, seed=1)
    x = Variable(np.ones((4, 4)))
    y = layer(x, training=True)
    (g,) = gradients(ops.sum(y), [x])
    np.testing.assert_array_equal(g, y.numpy())


def test_dropout_noise_shape_drops_together():
    y = layers.Dropout(0.5, noise_shape=(None, 1), seed=1)(np.ones((50, 8)), training=True).numpy()
    assert {tuple(row) for row in y} == {(0.0,) * 8, (2.0,) * 8}


def test_dropout_takes_whole_numbers_and_refuses_a_noise_shape_of_other_axes():
    y = layers.Dropout(0.5, seed=1)(np.ones((50, 8), int), training=True).numpy()
    assert y.dtype == np.float32 and set(y.ravel()) == {0.0, 2.0}
    for wrong in [(None, 1, 1), (None,), (None, 3)]:
        with pytest.raises(ValueError, match="should have None or 1 for each axis of"):
            layers.Dropout(0.5, noise_shape=wrong)(np.ones((4, 6)), training=True)


def test_input_shape_in_the_first_layer_is_the_older_way():
    old = Sequential([layers.Dense(2, input_shape=(3,))])
    new = Sequential([Input((3,)), layers.Dense(2)])
    assert [v.shape for v in old.weights] == [v.shape for v in new.weights]


def test_input_is_no_tensor_to_call_layers_on():
    with pytest.raises(TypeError, match="dlcore has no functional models"):
        layers.Dense(2)(Input((3,)))


# ---------------------------------------------------------------- what Keras's layers take


@pytest.mark.parametrize("name", ["Dense", "Conv2D", "LSTM", "Embedding", "Activation", "MultiHeadAttention"])
def test_an_activity_regularizer_charges_each_sample_for_its_outputs(name):
    layer, x = example(name, activity_regularizer="l2")
    twin = type(layer).from_config(layer.get_config())
    assert twin.activity_regularizer.get_config() == {"l2": 0.01}
    y = layer(*x)
    prices = [price.item() for price in layer.losses]
    if name == "MultiHeadAttention":  # as in Keras, its four projections are charged, the last of them for y
        assert len(prices) == 4
    else:
        assert len(prices) == 1
    np.testing.assert_allclose(prices[-1], 0.01 * (y.numpy() ** 2).sum() / len(y), rtol=1e-5)
    layer(*x)
    assert len(layer.losses) == len(prices)


def test_charged_layers_are_not_done_on_the_way():
    def charged():
        conv = layers.Conv2D(2, 3, activation="relu", activity_regularizer="l1", kernel_initializer="ones")
        return Sequential([Input((6, 6, 1)), conv, layers.MaxPooling2D()])

    model, x = charged(), np.ones((3, 6, 6, 1), "float32")
    assert model.losses == []  # what was charged to find the shapes is no one's
    model(x)
    assert model.losses[0].item() == pytest.approx(0.01 * 9 * 4 * 4 * 2)


def test_inputs_by_name():
    class Difference(layers.Layer):
        def call(self, x, context, scale=1.0):
            return (x - context) * scale

    a, b = np.full((2, 3), 5.0), np.full((2, 3), 3.0)
    for y in (Difference()(x=a, context=b, scale=2.0), Difference()(a, context=b, scale=2.0)):
        np.testing.assert_array_equal(y.numpy(), np.full((2, 3), 4.0, "float32"))


def test_build_with_a_shape_for_each_input():
    class Match(layers.Layer):
        def build(self, query_shape, value_shape):
            self.w = self.add_weight((query_shape[-1], value_shape[-1]), "ones", name="w")

        def call(self, query, value):
            return ops.sum(ops.matmul(query, self.w) * value, axis=-1)

    q, v = np.ones((4, 2)), np.ones((4, 3))
    for layer, y in ((one := Match(), one(q, v)), (two := Match(), two(query=q, value=v))):
        assert layer.w.shape == (2, 3) and y.shape == (4,)


def test_a_dict_of_inputs_reaches_a_layer_of_ones_own():
    class Wide(layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight((input_shape["deep"][-1], 1), "ones", name="w")

        def call(self, inputs):
            return inputs["wide"] + ops.matmul(inputs["deep"], self.w)

    x = {"wide": np.ones((2, 1)), "deep": np.ones((2, 3))}
    layer = Wide()
    np.testing.assert_array_equal(layer(x).numpy(), np.full((2, 1), 4.0, "float32"))
    assert layer.compute_output_shape({"wide": (None, 1), "deep": (None, 3)}) == (None, 1)
    with pytest.raises(TypeError, match="input .*"):
        Wide()({"wide": x["wide"], "deep": "three"})
    with pytest.raises(ValueError, match="Dense 'd': it takes one tensor, but got a dict of 2"):
        layers.Dense(1, name="d")(x)


def test_super_get_config_leaves_out_what_ones_own_brings():
    class Mine(layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.num_units = units

        def get_config(self):
            return super().get_config() | {"units": self.num_units}

        def call(self, x):
            return x

    assert Mine.from_config(Mine(3, name="m").get_config()).get_config() == Mine(3, name="m").get_config()

    class Forgetful(layers.Layer):
        def __init__(self, units):
            super().__init__()

    with pytest.raises(NotImplementedError, match="'units' is not kept as an attribute, so it can't be saved"):
        Forgetful(3).get_config()


def test_older_ways_to_say_the_same():
    model = Sequential([layers.Dense(2, input_dim=3), layers.LeakyReLU(alpha=0.5)])
    assert model.input_shape == (None, 3) and model.layers[1].negative_slope == 0.5
    assert layers.Conv2D(2, 3, padding="SAME").padding == layers.MaxPooling2D(padding="Same").padding == "same"
    assert layers.Embedding(4, 2, input_length=5).get_config() == layers.Embedding(4, 2, name="embedding").get_config()
    with pytest.raises(TypeError, match="Unknown argument 'alpah'"):
        layers.LeakyReLU(alpah=0.5)


# ---------------------------------------------------------------- sizes that are open


def test_a_size_that_is_open_stays_open():
    shapes = {
        "Dense": (None, None, 5), "Conv1D": (None, None, 3), "LayerNormalization": (None, None, 3),
        "TimeDistributed": (None, None, 3), "Bidirectional": (None, 4), "GlobalMaxPooling1D": (None, 1, 3),
        "LSTM": (None, None, 3), "PositionEmbedding": (None, None, 3), "Flatten": (None, None),
        "RotaryEmbedding": (None, None, 4),
    }  # fmt: skip
    for name, shape in shapes.items():
        layer = EXAMPLES[name][0]()
        features = 4 if name == "RotaryEmbedding" else 3
        assert layer.compute_output_shape((None, None, features)) == shape, name
    assert EXAMPLES["Conv2D"][0]().compute_output_shape((None, None, 6, 2)) == (None, None, 5, 4)
    assert layers.Embedding(3, 2).compute_output_shape((None, None)) == (None, None, 2)
    cross = layers.MultiHeadAttention(2, 3)
    assert cross.compute_output_shape((None, None, 4), (None, 7, 2)) == (None, None, 4)


@pytest.mark.parametrize(
    "make, shape, message",
    [
        (lambda: layers.Dense(2, name="d"), (None, None), "Dense 'd': input .* known number of features"),
        (lambda: layers.PReLU(name="p"), (None, None, 2), "PReLU 'p': its weight 'alpha' would have the shape"),
        (lambda: layers.Reshape((7,), name="r"), (None, None), r"Reshape 'r': sizes in .*\(None, None\) are None, but "
         "it may need to know them. With 32 and 64 in their place: .* don't fit"),
    ],
)  # fmt: skip
def test_a_size_that_must_be_known(make, shape, message):
    layer = make()
    with pytest.raises(ValueError, match=f"(?s){message}"):
        layer.compute_output_shape(shape)
    assert layer.weights == []
