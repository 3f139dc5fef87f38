"""Regularizers against Keras: what a weight costs, and what it adds to a model's loss and steps."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import dlcore
from dlcore import Sequential, Tensor, gradients, layers, ops, regularizers

W = np.random.default_rng(0).standard_normal((5, 4))
CASES = {
    "L1": [{}, {"l1": 0.3}],
    "L2": [{}, {"l2": 0.3}],
    "L1L2": [{}, {"l1": 0.2, "l2": 0.3}],
    "OrthogonalRegularizer": [{}, {"factor": 0.5}],
}


@pytest.mark.parametrize("name, arguments", [(name, a) for name, cases in CASES.items() for a in cases])
def test_costs_and_gradients(ledger, name, arguments):
    ours, theirs = getattr(regularizers, name)(**arguments), getattr(keras.regularizers, name)(**arguments)
    w = Tensor(W, requires_grad=True)
    cost = ours(w)
    keras_w = tf.Variable(W.astype("float32"))  # Keras keeps some of the factors in float32
    with tf.GradientTape() as tape:
        keras_cost = theirs(keras_w)
    ledger.holds(f"regularizers.{name}", "cost", cost, keras_cost, 1e-6)
    slope = tape.gradient(keras_cost, keras_w)
    theirs = np.zeros_like(W) if slope is None else slope  # Keras leaves a price of 0 out of the record
    ledger.holds(f"regularizers.{name}", "gradient", gradients(cost, [w])[0], theirs, 1e-6)


def test_columns(ledger):
    # Keras 3.15 divides columns by the lengths along the wrong axis and fails: held against the rows of the transpose.
    ours = regularizers.OrthogonalRegularizer(0.5, "columns")(W)
    theirs = keras.regularizers.OrthogonalRegularizer(0.5, "rows")(W.T.astype("float32"))
    ledger.holds("regularizers.OrthogonalRegularizer", "cost of columns", ours, theirs, 1e-6)


def test_names_are_those_of_keras(ledger):
    for name in ("l1", "l2", "L1", "L2", "L1L2", "OrthogonalRegularizer"):
        ours, theirs = regularizers.get(name), keras.regularizers.get(name)
        assert type(ours).__name__ == type(theirs).__name__
        for key, value in theirs.get_config().items():
            if key == "mode":
                assert ours.get_config()[key] == value
            else:
                ledger.holds("regularizers.get", f"{name}: {key}", ours.get_config()[key], value, 1e-7)


def test_reported_losses_and_weights_after_training(ledger):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((20, 4)).astype("float32"), rng.standard_normal((20, 1)).astype("float32")

    def model(package):
        reg, Dense = package.regularizers, package.layers.Dense
        first = Dense(6, "tanh", kernel_regularizer="l2", bias_regularizer=reg.l1(0.1))
        made = package.Sequential([package.Input((4,)), first, Dense(1, kernel_regularizer=reg.L1L2(0.01, 0.02))])
        made.compile(package.optimizers.SGD(0.05), "mse")
        return made

    ours, theirs = model(dlcore), model(keras)
    ours.set_weights(theirs.get_weights())
    ledger.holds("regularizers.L2", "losses of a model", ours.losses, theirs.losses, 1e-6)
    settings = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}
    ledger.holds("regularizers.L2", "loss of each epoch", ours.fit(x, y, **settings).history["loss"],
                 theirs.fit(x, y, **settings).history["loss"], 1e-6)  # fmt: skip
    ledger.holds("regularizers.L2", "weights after training", ours.get_weights(), theirs.get_weights(), 1e-6)
    ledger.holds("regularizers.L2", "evaluate", ours.evaluate(x, y, verbose=0), theirs.evaluate(x, y, verbose=0), 1e-6)


def test_add_loss(ledger):
    x, y = np.ones((4, 3), "float32"), np.zeros((4, 3), "float32")

    class Ours(layers.Layer):
        def call(self, x):
            self.add_loss(0.1 * ops.sum(ops.abs(x)))
            return x

    class Theirs(keras.layers.Layer):
        def call(self, x):
            self.add_loss(0.1 * keras.ops.sum(keras.ops.abs(x)))
            return x

    ours, theirs = Sequential([Ours()]), keras.Sequential([Theirs()])
    ours.compile("sgd", "mse")
    theirs.compile("sgd", "mse")
    ledger.holds("layers.Layer", "evaluate with add_loss", ours.evaluate(x, y, verbose=0),
                 theirs.evaluate(x, y, verbose=0), 1e-6)  # fmt: skip
