"""Callbacks against Keras's: the same numbers lead to the same decisions."""

import csv
import inspect

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import dlcore  # noqa: E402

LIBRARIES = (dlcore, keras)
RNG = np.random.default_rng(1)
X = RNG.standard_normal((40, 3)).astype("float32")
Y = (X[:, :1] + 0.5).astype("float32")


def model(library, learning_rate=0.1):
    m = library.Sequential([library.Input((3,)), library.layers.Dense(1, kernel_initializer="ones")])
    eager = {"run_eagerly": True} if library is keras else {}  # building a graph would take longer than these steps
    m.compile(library.optimizers.SGD(learning_rate), "mse", metrics=["mae"], **eager)
    return m


def script(library, values):
    """A callback that replaces val_loss by given numbers."""

    class Script(library.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = values[epoch]

    return Script()


class Stand:
    """Stands in for a model: keeps what a callback asks of it."""

    stop_training = False

    def __init__(self, library, learning_rate):
        self.optimizer = library.optimizers.SGD(learning_rate)
        self.saved = []

    def get_weights(self):
        return []

    def set_weights(self, weights):
        pass

    def save(self, path, overwrite=True):
        self.saved.append(str(path).rpartition(".")[0])

    save_weights = save


def played(library, callback, values):
    """The stand-in and the logs after a callback has seen epochs with the given val_loss."""
    stand, seen = Stand(library, 1.0), []
    callback.set_model(stand)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        logs = {"val_loss": value}
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs)
        seen.append(logs)
        if stand.stop_training:
            break
    return stand, seen


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
def test_early_stopping(ledger, settings):
    for values in RNG.uniform(1, 4, (20, 12)).round(1).tolist():
        found = []
        for library in LIBRARIES:
            callback = library.callbacks.EarlyStopping(**{"mode": "min"} | settings)
            _, seen = played(library, callback, values)
            found.append([len(seen), callback.stopped_epoch, callback.best_epoch, callback.wait])
        ledger.holds("callbacks.EarlyStopping", "where it stops", *found, tolerance=0)


@pytest.mark.parametrize(
    "settings",
    [
        {"patience": 1},
        {"patience": 2, "factor": 0.5},
        {"patience": 1, "cooldown": 2, "factor": 0.5},
        {"patience": 0, "min_lr": 0.2, "factor": 0.5},
        {"patience": 1, "min_delta": 0.5, "mode": "max"},
    ],
)
def test_reduce_lr_on_plateau(ledger, settings):
    for values in RNG.uniform(1, 4, (20, 12)).round(1).tolist():
        found = []
        for library in LIBRARIES:
            callback = library.callbacks.ReduceLROnPlateau(**{"mode": "min"} | settings)
            _, seen = played(library, callback, values)
            found.append([logs["learning_rate"] for logs in seen])
        ledger.holds("callbacks.ReduceLROnPlateau", "learning rates", *found, tolerance=0)


@pytest.mark.parametrize(
    "schedule",
    [lambda epoch, rate: rate if epoch < 2 else rate * float(np.exp(-0.1)), lambda epoch: 1e-3 * 10 ** (epoch / 4)],
)
def test_learning_rate_scheduler(ledger, schedule):
    found = []
    for library in LIBRARIES:
        callback = library.callbacks.LearningRateScheduler(schedule)
        history = model(library).fit(X, Y, epochs=5, shuffle=False, verbose=0, callbacks=[callback]).history
        found.append([history["learning_rate"], history["loss"]])
    # The loss is a float32 mean in Keras.
    ledger.holds("callbacks.LearningRateScheduler", "learning rates and losses", *found, tolerance=1e-6)


@pytest.mark.parametrize("settings", [{}, {"save_best_only": True}, {"save_best_only": True, "mode": "max"}])
def test_model_checkpoint(ledger, settings):
    for values in RNG.uniform(1, 4, (5, 12)).round(1).tolist():
        found = []
        for library, ending in zip(LIBRARIES, ("npz", "keras")):
            callback = library.callbacks.ModelCheckpoint("{epoch}." + ending, **{"mode": "min"} | settings)
            stand, _ = played(library, callback, values)
            found.append([int(name) for name in stand.saved])
        ledger.holds("callbacks.ModelCheckpoint", "epochs that are saved", *found, tolerance=0)


def test_csv_logger(ledger, tmp_path):
    tables = []
    for library in LIBRARIES:
        path = str(tmp_path / f"{library.__name__}.csv")
        m = model(library)
        m.fit(X, Y, epochs=2, shuffle=False, verbose=0, callbacks=[library.callbacks.CSVLogger(path)])
        log = library.callbacks.CSVLogger(path, append=True)
        m.fit(X, Y, epochs=3, initial_epoch=2, shuffle=False, verbose=0, callbacks=[log])
        tables.append(list(csv.reader(open(path))))
    ours, theirs = tables
    assert ours[0] == theirs[0] and [len(row) for row in ours] == [len(row) for row in theirs]
    values = [[[float(cell.replace("NA", "nan")) for cell in row] for row in table[1:]] for table in tables]
    ledger.holds("callbacks.CSVLogger", "the table", *values, tolerance=1e-6)


def test_terminate_on_nan(ledger, capsys):
    y, ends = Y.copy(), []
    y[25] = np.nan
    for library in LIBRARIES:
        capsys.readouterr()
        callback = library.callbacks.TerminateOnNaN()
        history = model(library).fit(X, y, batch_size=10, epochs=3, shuffle=False, verbose=0, callbacks=[callback])
        assert capsys.readouterr().out == "Batch 2: Invalid loss, terminating training\n"
        ends.append([*history.epoch, *history.history["loss"]])
    ledger.holds("callbacks.TerminateOnNaN", "epochs and losses", *ends, tolerance=0)


def test_moments_and_what_is_told(ledger):
    """All callbacks are called at the same moments, in the same order, with logs of the same names."""
    names = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_") and "_batch_" in name]
    names += [f"on_{kind}_{end}" for kind in ("train", "test", "predict", "epoch") for end in ("begin", "end")]
    names = [name for name in names if name not in ("on_batch_begin", "on_batch_end")]
    assert set(names) <= set(dlcore.callbacks.MOMENTS)
    diaries = []
    for library in LIBRARIES:
        diary = []

        def note(name, diary=diary):
            def listener(*args, logs=None):
                told = logs if logs is not None else args[-1]
                diary.append((name, args[0] if isinstance(args[0], int) else None, sorted(told or {})))

            return listener

        callback = library.callbacks.LambdaCallback(**{name: note(name) for name in names})
        m = model(library)
        m.fit(X, Y, batch_size=20, epochs=2, validation_data=(X, Y), verbose=0, callbacks=[callback])
        m.evaluate(X, Y, batch_size=20, verbose=0, callbacks=[callback])
        m.predict(X, batch_size=20, verbose=0, callbacks=[callback])
        diaries.append(diary)
    assert diaries[0] == diaries[1]
    counts = [[sum(entry[0] == name for entry in diary) for name in names] for diary in diaries]
    for name in ("callbacks.Callback", "callbacks.LambdaCallback"):
        ledger.holds(name, "how often each method is called", *counts, tolerance=0)


def test_history(ledger):
    found = [
        model(library).fit(X, Y, epochs=5, initial_epoch=2, validation_split=0.25, shuffle=False, verbose=0)
        for library in LIBRARIES
    ]
    assert found[0].epoch == found[1].epoch == [2, 3, 4] and set(found[0].history) == set(found[1].history)
    values = [[history.history[name] for name in sorted(history.history)] for history in found]
    ledger.holds("callbacks.History", "all numbers", *values, tolerance=1e-6)


@pytest.mark.parametrize("name", [n for n in dlcore.callbacks.__all__ if hasattr(keras.callbacks, n)])
def test_arguments(name):
    ours, theirs = (
        {p.name: p.default for p in inspect.signature(getattr(library.callbacks, name)).parameters.values()
         if p.kind is not p.VAR_KEYWORD}
        for library in LIBRARIES
    )  # fmt: skip
    assert list(ours.items()) == list(theirs.items())
