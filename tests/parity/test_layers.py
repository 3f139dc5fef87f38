"""Layers against Keras: the same weights and inputs give the same outputs, shapes, names and gradients."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import dlcore  # noqa: E402
from dlcore import Sequential, Variable, gradients, layers, ops  # noqa: E402

RNG = np.random.default_rng(0)
#: dlcore's layer, Keras's, a function of either library's `layers`, the input's shape
CASES = [
    ("Dense", lambda L: L.Dense(5), (4, 3)),
    ("Dense", lambda L: L.Dense(5, activation="relu", use_bias=False), (4, 3)),
    ("Dense", lambda L: L.Dense(2, "softmax", kernel_initializer="he_normal", bias_initializer="ones"), (4, 6, 3)),
    ("Activation", lambda L: L.Activation("elu"), (4, 3)),
    ("Activation", lambda L: L.Activation("softmax"), (4, 3)),
    ("Flatten", lambda L: L.Flatten(), (4, 3, 2)),
    ("Flatten", lambda L: L.Flatten(), (4,)),
    ("Reshape", lambda L: L.Reshape((3, -1)), (4, 6, 2)),
    ("Dropout", lambda L: L.Dropout(0.5), (4, 3)),
]


def pair(make, shape, dtype="float64"):
    """The layer from both libraries with the same weights, and an input."""
    x = RNG.standard_normal(shape).astype(dtype)
    ours, theirs = make(layers), make(keras.layers)
    ours.dtype, theirs.dtype_policy = np.dtype(dtype), keras.DTypePolicy(dtype)
    ours.build(shape)
    theirs.build(shape)
    values = [RNG.standard_normal(v.shape) for v in theirs.weights]
    ours.set_weights(values)
    theirs.set_weights(values)
    return ours, theirs, x


@pytest.mark.parametrize("name, make, shape", CASES)
def test_outputs_names_and_shapes(ledger, name, make, shape):
    ours, theirs, x = pair(make, shape)
    ledger.holds(f"layers.{name}", "output", ours(x), theirs(x), tolerance=1e-12)
    assert [(v.name, v.shape) for v in ours.weights] == [(v.name, tuple(v.shape)) for v in theirs.weights]
    assert ours.count_params() == theirs.count_params()
    assert ours.compute_output_shape((None, *shape[1:])) == tuple(theirs.compute_output_shape((None, *shape[1:])))
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")


@pytest.mark.parametrize("name, make, shape", CASES)
def test_gradients(ledger, name, make, shape):
    import tensorflow as tf

    ours, theirs, x = pair(make, shape)
    x = Variable(x)
    y = ours(x)
    g = RNG.standard_normal(y.shape)
    with tf.GradientTape() as tape:
        tx = tf.constant(x.data)
        tape.watch(tx)
        loss = tf.reduce_sum(theirs(tx) * g)
    expected = tape.gradient(loss, [tx, *theirs.trainable_variables])
    found = gradients(ops.sum(y * g), [x, *ours.trainable_variables])
    ledger.holds(f"layers.{name}", "gradients", found, expected, tolerance=1e-12)


def test_a_neuron_is_a_dense_layer_with_one_unit(ledger):
    ours, theirs = layers.Neuron(activation="sigmoid"), keras.layers.Dense(1, activation="sigmoid")
    x = RNG.standard_normal((4, 3)).astype("float32")
    ours(x), theirs(x)
    ours.set_weights(theirs.get_weights())
    ledger.holds("layers.Neuron", "output, against Dense(1)", ours(x), theirs(x), tolerance=1e-6)


def test_dropout_means_the_same():
    """Masks come from different generators; what is kept, what it is divided by and when it acts is the same."""
    x = np.full((100, 100), 3.0, "float32")
    for layer in (layers.Dropout(0.3, seed=1), keras.layers.Dropout(0.3, seed=1)):
        y = np.asarray(layer(x, training=True))
        np.testing.assert_allclose(np.unique(y), [0, 3 / 0.7], rtol=1e-6)
        assert abs((y == 0).mean() - 0.3) < 0.02
        np.testing.assert_array_equal(np.asarray(layer(x)), x)
        assert not np.asarray(type(layer)(1.0)(x, training=True)).any()


def test_configurations_name_the_same_arguments():
    for make in (lambda L: L.Dense(3, "relu"), lambda L: L.Dropout(0.1, seed=3), lambda L: L.Reshape((2, 2))):
        ours, theirs = make(layers).get_config(), make(keras.layers).get_config()
        for name in set(ours) - {"name", "dtype", "input_shape", "kernel_initializer", "bias_initializer"}:
            assert np.array_equal(ours[name], theirs[name]), name


def test_the_order_of_weights_in_a_model():
    def build(L, model):
        return model([L.Dense(4), L.Activation("relu"), L.Dense(2, use_bias=False), L.Dense(1)])

    x = np.ones((2, 3), "float32")
    ours, theirs = build(layers, Sequential), build(keras.layers, keras.Sequential)
    ours(x), theirs(x)
    assert [v.shape for v in ours.weights] == [tuple(v.shape) for v in theirs.weights]


def test_an_input_makes_the_weights_at_once(ledger):
    def made(L, model):
        whole = model([L.Input((4, 3), dtype="float64"), L.Dense(5), L.Flatten(), L.Dense(2)])
        return [*(np.array(v.shape) for v in whole.weights), np.array(whole.output_shape[1:])]

    shapes = made(layers, Sequential), made(keras.layers, keras.Sequential)
    ledger.holds("layers.Input", "shapes of weights and output", *shapes, tolerance=0)


@pytest.mark.parametrize("name", ["Dense", "Conv2D", "LSTM", "MultiHeadAttention"])
def test_activity_regularizers(ledger, name):
    """What is charged for the outputs, and what training makes of it, with a last batch that is smaller."""
    x = RNG.standard_normal((20, 6, 6, 2) if name == "Conv2D" else (20, 6, 2)).astype("float32")
    y = RNG.standard_normal((20, 1)).astype("float32")
    charged = {"activity_regularizer": "l2"}
    made = {
        "Dense": lambda L: L.Dense(3, "tanh", **charged),
        "Conv2D": lambda L: L.Conv2D(3, 3, activation="relu", **charged),
        "LSTM": lambda L: L.LSTM(3, **charged),
        "MultiHeadAttention": lambda L: L.MultiHeadAttention(2, 3, **charged),
    }[name]

    def model(package):
        L = package.layers

        class Charged(package.Model):
            def __init__(self):
                super().__init__()
                self.layer, self.flat, self.last = made(L), L.Flatten(), L.Dense(1)

            def call(self, x):
                return self.last(self.flat(self.layer(x, x) if name == "MultiHeadAttention" else self.layer(x)))

        whole = Charged()
        whole.compile(package.optimizers.SGD(0.05), "mse")
        whole(x)
        return whole

    ours, theirs = model(dlcore), model(keras)
    ours.set_weights(theirs.get_weights())
    ours(x), theirs(x)
    found, expected = (sorted(float(price) for price in m.losses) for m in (ours, theirs))
    ledger.holds(f"layers.{name}", "activity_regularizer", found, expected, tolerance=1e-6)
    settings = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}
    found, expected = (m.fit(x, y, **settings).history["loss"] for m in (ours, theirs))
    ledger.holds(f"layers.{name}", "loss with an activity_regularizer", found, expected, tolerance=1e-5)


OPEN = {
    "words": lambda L: [L.Input((None,), dtype="int32"), L.Embedding(20, 4), L.LSTM(3), L.Dense(1)],
    "tags": lambda L: [
        L.Input((None, 4)), L.Bidirectional(L.GRU(3, return_sequences=True)), L.TimeDistributed(L.Dense(2))
    ],
    "pieces": lambda L: [L.Input((None, 4)), L.Conv1D(5, 3, 2), L.LayerNormalization(), L.Flatten()],
    "images": lambda L: [
        L.InputLayer((None, None, 3)), L.Conv2D(4, 3, padding="SAME"), L.MaxPooling2D(), L.BatchNormalization()
    ],
    "pooled": lambda L: [L.Conv2D(4, 3, input_shape=(None, None, 3)), L.GlobalAveragePooling2D(), L.Dense(2)],
    "rows": lambda L: [L.Dense(3, input_dim=4), L.LeakyReLU(alpha=0.2), L.Dense(1)],
    "batches": lambda L: [L.Input(batch_shape=(5, None, 4)), L.Dense(3), L.LSTM(2)],
    "given": lambda L: [L.Embedding(3, 2, weights=[np.ones((3, 2))], input_length=4, input_shape=(None,))],
}  # fmt: skip


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.filterwarnings("ignore")
def test_shapes_that_are_open(name):
    ours, theirs = Sequential(OPEN[name](layers)), keras.Sequential(OPEN[name](keras.layers))
    assert (ours.input_shape, ours.output_shape) == (theirs.input_shape, theirs.output_shape)
    assert [v.shape for v in ours.weights] == [tuple(v.shape) for v in theirs.weights]
    ours.set_weights(theirs.get_weights())
    shape = [{0: 5}.get(i, n or 7) for i, n in enumerate(theirs.input_shape)]
    x = RNG.integers(0, 3, shape) if len(shape) == 2 and name != "rows" else RNG.standard_normal(shape)
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-5)
