"""Whole training runs against Keras: the same weights and batches give the same losses, metrics and weights."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import dlcore  # noqa: E402
from dlcore import callbacks  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.standard_normal((96, 12)).astype("float32")
LABELS = (np.abs(X[:, :4]).argmax(1)).astype("int32")
ONE_HOT = np.eye(4, dtype="float32")[LABELS]
NUMBERS = (X[:, :1] * X[:, 1:2]).astype("float32")

#: loss, metrics, units and activation of the last layer, targets
TASKS = {
    "sparse": ("sparse_categorical_crossentropy", ["accuracy"], 4, "softmax", LABELS),
    "categorical": ("categorical_crossentropy", ["accuracy"], 4, "softmax", ONE_HOT),
    "binary": ("binary_crossentropy", ["accuracy"], 1, "sigmoid", (LABELS[:, None] > 1).astype("float32")),
    "flat labels": ("binary_crossentropy", ["accuracy"], 1, "sigmoid", (LABELS > 1).astype("float32")),
    "regression": ("mse", ["mae"], 1, None, NUMBERS),
}


def build(library, loss, metrics, units, activation, optimizer):
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((12,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(16, activation="tanh"),
            layers.Dense(units, activation=activation),
        ]
    )
    # Building a graph takes Keras longer than these few steps without one.
    eager = {"run_eagerly": True} if library is keras else {}
    model.compile(optimizer=optimizer(library), loss=loss, metrics=metrics, **eager)
    return model


def twins(task, optimizer):
    loss, metrics, units, activation, y = TASKS[task]
    ours = build(dlcore, loss, metrics, units, activation, optimizer)
    theirs = build(keras, loss, metrics, units, activation, optimizer)
    ours.set_weights(theirs.get_weights())
    return ours, theirs, y


OPTIMIZERS = {
    "sgd": lambda library: library.optimizers.SGD(0.1, momentum=0.9),
    "rmsprop": lambda library: library.optimizers.RMSprop(0.003),
    "adam": lambda library: library.optimizers.Adam(0.003),
}


@pytest.mark.parametrize(
    "task, optimizer", [*((task, "adam") for task in TASKS), ("sparse", "sgd"), ("regression", "rmsprop")]
)
def test_a_training_run(task, optimizer):
    ours, theirs, y = twins(task, OPTIMIZERS[optimizer])
    settings = {"epochs": 4, "batch_size": 20, "shuffle": False, "verbose": 0, "validation_split": 0.25}
    a, b = ours.fit(X, y, **settings).history, theirs.fit(X, y, **settings).history
    assert set(a) == set(b)
    # Keras's float32 loop adds in another order, and its Adam rounds β's powers to float32: after 16 steps that
    # has grown to about 1e-5.
    for name in a:
        np.testing.assert_allclose(a[name], b[name], rtol=2e-4, atol=2e-5, err_msg=name)
    for x, z in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(x, z, rtol=0, atol=3e-4)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X, verbose=0), atol=3e-4)
    np.testing.assert_allclose(ours.evaluate(X, y, verbose=0), theirs.evaluate(X, y, verbose=0), rtol=3e-4, atol=1e-5)


def test_weights_of_samples_and_classes():
    for extra in ({"class_weight": {0: 2.0, 3: 0.5}}, {"sample_weight": np.linspace(0, 2, 96).astype("float32")}):
        ours, theirs, y = twins("sparse", OPTIMIZERS["sgd"])
        settings = {"epochs": 2, "batch_size": 20, "shuffle": False, "verbose": 0, **extra}
        a, b = ours.fit(X, y, **settings).history, theirs.fit(X, y, **settings).history
        np.testing.assert_allclose(a["loss"], b["loss"], rtol=1e-4)
        np.testing.assert_allclose(a["accuracy"], b["accuracy"], rtol=1e-6)


def test_train_on_batch_returns_the_same():
    ours, theirs, y = twins("sparse", OPTIMIZERS["sgd"])
    for rows in (slice(0, 30), slice(30, 50)):
        np.testing.assert_allclose(
            ours.train_on_batch(X[rows], y[rows]), theirs.train_on_batch(X[rows], y[rows]), rtol=1e-5
        )


class Diary:
    """Stands in for a model and keeps what a callback asks of it."""

    stop_training = False

    def get_weights(self):
        return []

    def set_weights(self, weights):
        pass


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"patience": 2},
        {"patience": 2, "min_delta": 0.5},
        {"patience": 1, "mode": "max"},
        {"patience": 3, "baseline": 2.0},
        {"patience": 2, "start_from_epoch": 4, "restore_best_weights": True},
    ],
)
def test_early_stopping_stops_in_the_same_epoch(settings):
    rng = np.random.default_rng(1)
    for _ in range(20):
        values = rng.uniform(1, 4, 12).round(1)
        stopped = []
        for library in (callbacks, keras.callbacks):
            callback, model = library.EarlyStopping(monitor="loss", **{"mode": "min"} | settings), Diary()
            callback.set_model(model)
            callback.on_train_begin()
            for epoch, value in enumerate(values):
                callback.on_epoch_end(epoch, {"loss": value})
                if model.stop_training:
                    break
            stopped.append((epoch, callback.stopped_epoch, callback.best_epoch, callback.wait))
        assert stopped[0] == stopped[1]


def test_fit_takes_the_arguments_of_keras_in_their_order():
    import inspect

    for method in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch"):
        ours = list(inspect.signature(getattr(dlcore.Sequential, method)).parameters.values())
        theirs = list(inspect.signature(getattr(keras.Sequential, method)).parameters.values())
        named = [p for p in ours if p.kind is not p.VAR_KEYWORD]
        names = [p.name for p in theirs]
        assert [p.name for p in named] == [n for n in names if n in {p.name for p in named}], method
        for p in named:
            assert p.default == inspect.signature(getattr(keras.Sequential, method)).parameters[p.name].default
