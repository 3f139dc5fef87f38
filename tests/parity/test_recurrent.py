"""Recurrent layers against Keras: outputs, states, and the gradients of input, first states and every weight.

In float64, where Keras on TensorFlow rounds like NumPy: what differs is the order of sums, 1e-13 or so a step.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

import dlcore
from dlcore import Tensor, Variable, gradients, layers, ops

RNG = np.random.default_rng(0)
BATCH, TIME, FEATURES, UNITS = 3, 6, 4, 5
KINDS = ["SimpleRNN", "GRU", "LSTM"]
TOLERANCE = 1e-12


def outputs(y):
    return list(y) if isinstance(y, (list, tuple)) else [y]


def pair(make, x):
    """The same layer in both libraries, with the same random weights (biases, too)."""
    ours, theirs = make(layers), make(keras.layers)
    ours(x), theirs(x)
    assert [(v.name, v.shape) for v in ours.weights] == [(v.name, tuple(v.shape)) for v in theirs.weights]
    ours.set_weights([RNG.standard_normal(v.shape) for v in ours.weights])
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def held(ledger, name, what, make, x, states=(), tolerance=TOLERANCE):
    """Hold outputs and gradients of a layer, called with `x` and perhaps first states, against Keras's."""
    ours, theirs = pair(make, x)
    inputs = [Variable(a) for a in (x, *states)]
    keras_inputs = [tf.constant(a) for a in (x, *states)]
    with tf.GradientTape() as tape:
        tape.watch(keras_inputs)
        expected = outputs(theirs(keras_inputs[0], **({"initial_state": keras_inputs[1:]} if states else {})))
        g = [RNG.standard_normal(y.shape) for y in expected]
        loss = tf.add_n([tf.reduce_sum(y * a) for y, a in zip(expected, g)])
    keras_gradients = tape.gradient(loss, [*keras_inputs, *[v.value for v in theirs.trainable_variables]])
    found = outputs(ours(inputs[0], **({"initial_state": inputs[1:]} if states else {})))
    ledger.holds(name, f"output, {what}", found, expected, tolerance)
    loss = sum((ops.sum(y * a) for y, a in zip(found, g)), Tensor(0.0))
    ours_gradients = gradients(loss, [*inputs, *ours.trainable_variables])
    ledger.holds(name, f"gradients, {what}", ours_gradients, keras_gradients, tolerance)
    shape, expected = ours.compute_output_shape((None, *x.shape[1:])), theirs.compute_output_shape(x.shape)
    if isinstance(shape, list):
        assert [s[1:] for s in shape] == [tuple(s)[1:] for s in expected]
    else:
        assert shape[1:] == tuple(expected)[1:]


def sequences(time=TIME):
    return RNG.standard_normal((BATCH, time, FEATURES))


OPTIONS = [
    {},
    {"return_sequences": True},
    {"return_state": True},
    {"return_sequences": True, "return_state": True},
    {"go_backwards": True},
    {"go_backwards": True, "return_sequences": True, "return_state": True},
    {"use_bias": False, "return_sequences": True},
    {"activation": "softsign", "return_sequences": True, "return_state": True},
    {"activation": None},
    {"unroll": True},
]
GATED = [
    {"recurrent_activation": "tanh"},
    {"implementation": 1},
    {"activation": "sigmoid", "recurrent_activation": "hard_sigmoid", "return_sequences": True},
]
CASES = [(kind, o) for kind in KINDS for o in [*OPTIONS, *(GATED if kind != "SimpleRNN" else [])]]


@pytest.mark.parametrize("kind, options", CASES, ids=lambda v: v if isinstance(v, str) else str(v))
def test_layers(ledger, kind, options):
    what = ", ".join(f"{k}={v}" for k, v in options.items()) or "defaults"
    held(ledger, f"layers.{kind}", what, lambda L: getattr(L, kind)(UNITS, dtype="float64", **options), sequences())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("time", [1, 50])
def test_short_and_long_sequences(ledger, kind, time):
    make = lambda L: getattr(L, kind)(UNITS, dtype="float64", return_sequences=True)  # noqa: E731
    held(ledger, f"layers.{kind}", f"{time} steps", make, sequences(time))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"go_backwards": True, "return_sequences": True}, {"return_state": True}])
def test_first_states(ledger, kind, options):
    states = [RNG.standard_normal((BATCH, UNITS)) for _ in range(2 if kind == "LSTM" else 1)]
    make = lambda L: getattr(L, kind)(UNITS, dtype="float64", **options)  # noqa: E731
    held(ledger, f"layers.{kind}", f"initial_state, {options}", make, sequences(), states)


@pytest.mark.parametrize("kind, mode", [*[("LSTM", m) for m in ("concat", "sum", "mul", "ave", None)],
                                        ("SimpleRNN", "concat"), ("GRU", "sum")])  # fmt: skip
def test_both_ways(ledger, kind, mode):
    for options in ({}, {"return_sequences": True}, {"return_sequences": True, "return_state": True}):

        def make(L, options=options):
            inner = getattr(L, kind)(UNITS, dtype="float64", **options)
            return L.Bidirectional(inner, merge_mode=mode, dtype="float64")

        if mode is None and options.get("return_state"):
            x = sequences()  # Keras foretells the shapes of this one in another order than it gives them out
            ours, theirs = pair(make, x)
            ledger.holds("layers.Bidirectional", "outputs and states, not merged", outputs(ours(x)), theirs(x), 1e-12)
        else:
            held(ledger, "layers.Bidirectional", f"{kind}, {mode}, {options}", make, sequences())


def test_both_ways_from_given_states(ledger):
    states = [RNG.standard_normal((BATCH, UNITS)) for _ in range(4)]

    def make(L):
        return L.Bidirectional(L.LSTM(UNITS, dtype="float64", return_state=True), dtype="float64")

    held(ledger, "layers.Bidirectional", "initial_state", make, sequences(), states)


def test_another_layer_on_the_way_back(ledger):
    def make(L):
        back = L.LSTM(UNITS + 1, dtype="float64", go_backwards=True, activation="softsign")
        return L.Bidirectional(L.LSTM(UNITS, dtype="float64"), backward_layer=back, dtype="float64")

    held(ledger, "layers.Bidirectional", "backward_layer", make, sequences())


def test_time_distributed(ledger):
    def dense(L):
        return L.TimeDistributed(L.Dense(UNITS, "tanh", dtype="float64"), dtype="float64")

    def lstm(L):
        return L.TimeDistributed(L.LSTM(UNITS, dtype="float64"), dtype="float64")

    held(ledger, "layers.TimeDistributed", "Dense", dense, sequences())
    held(ledger, "layers.TimeDistributed", "LSTM", lstm, RNG.standard_normal((2, 3, TIME, FEATURES)))


def test_a_description_becomes_the_same_layer(ledger):
    def make(L):
        wrapper = L.Bidirectional(L.GRU(UNITS, dtype="float64"), merge_mode="sum", dtype="float64")
        description = {"module": "keras.layers", "class_name": "Bidirectional", "config": wrapper.get_config()}
        return L.deserialize(description)

    held(ledger, "layers.deserialize", "Bidirectional", make, sequences())


@pytest.mark.parametrize("kind", KINDS)
def test_operations(ledger, kind):
    """The whole sequence as one operation gives what Keras's layer gives."""
    name = {"SimpleRNN": "simple_rnn", "GRU": "gru", "LSTM": "lstm"}[kind]
    x = sequences()
    ours, theirs = pair(lambda L: getattr(L, kind)(UNITS, dtype="float64", return_sequences=True), x)
    states = [np.zeros((BATCH, UNITS))] * (2 if kind == "LSTM" else 1)
    y = getattr(ops, name)(x, *states, *ours.weights)
    ledger.holds(f"ops.{name}", "every step", y, theirs(x), TOLERANCE)


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_means_the_same(kind):
    """Masks come from different generators. What they have in common shows where each step gives out its input."""
    drawn = []
    for L in (layers, keras.layers):
        layer = getattr(L, kind)(2, activation="linear", dropout=0.25, return_sequences=True, use_bias=False)
        x = np.ones((400, 3, 1), "float32")
        layer(x)
        zero = [np.zeros(v.shape, "float32") for v in layer.weights]
        zero[0][:] = 1
        layer.set_weights(zero)
        y = np.asarray(layer(x, training=True))
        np.testing.assert_allclose(np.unique(y[:, 0].round(5)), np.unique(y[:, 0].round(5))[:2])
        dropped = (y == 0).all((1, 2))
        assert (dropped | (y != 0).all((1, 2))).all()  # a feature is gone at all steps of a sequence, or at none
        assert abs(dropped.mean() - 0.25) < 0.08
        drawn.append(y[~dropped][0])
        assert (np.asarray(layer(x)) != 0).all()
    np.testing.assert_allclose(*drawn, rtol=1e-5)


def test_training(ledger):
    """A whole training run: the three kinds one after the other, one of them both ways, and regularizers."""
    x, y = RNG.standard_normal((40, 7, 3)).astype("float32"), RNG.standard_normal((40, 1)).astype("float32")

    def model(package):
        L = package.layers
        first = L.GRU(6, return_sequences=True, kernel_regularizer="l2", recurrent_regularizer="l2")
        rest = [L.LSTM(5, return_sequences=True, bias_regularizer="l1"), L.SimpleRNN(4)]
        made = package.Sequential([package.Input((7, 3)), L.Bidirectional(first), *rest, L.Dense(1)])
        made.compile(package.optimizers.Adam(0.01), "mse")
        return made

    ours, theirs = model(dlcore), model(keras)
    ours.set_weights(theirs.get_weights())
    runs = [m.fit(x, y, batch_size=20, epochs=5, shuffle=False, verbose=0).history["loss"] for m in (ours, theirs)]
    # float32: ten steps of Adam carry differences of rounding on, the more so where a gradient is close to zero.
    ledger.holds("layers.LSTM", "loss of five epochs", *runs, 1e-5)
    ledger.holds("layers.LSTM", "weights after ten steps", ours.get_weights(), theirs.get_weights(), 1e-4)


def test_first_values_of_the_weights():
    for kind in KINDS:
        ours, theirs = getattr(layers, kind)(UNITS), getattr(keras.layers, kind)(UNITS)
        ours.build((None, None, FEATURES)), theirs.build((None, TIME, FEATURES))
        np.testing.assert_array_equal(ours.get_weights()[2], theirs.get_weights()[2])
        for name in ("kernel_initializer", "recurrent_initializer", "bias_initializer"):
            assert type(getattr(ours, name)).__name__ == type(getattr(theirs, name)).__name__
        config, keras_config = ours.get_config(), theirs.get_config()
        for name in set(config) - {"name", "dtype", "input_shape"}:
            if "initializer" not in name:
                assert config[name] == keras_config.get(name), name


@pytest.mark.parametrize("kind", KINDS)
def test_the_states_that_a_sequence_starts_from(ledger, kind):
    ours, theirs = (getattr(L, kind)(UNITS).get_initial_state(2) for L in (layers, keras.layers))
    ledger.holds(f"layers.{kind}", "get_initial_state", ours, theirs, 0)
