"""Callbacks: what happens between the steps of `fit`, `evaluate` and `predict`."""

import math
import numbers
import sys
from pathlib import Path

import numpy as np

from .utils import absent, require_number, unknown

__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "EpochLines",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgressBar",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]
__getattr__ = absent(__name__, __all__)


class Callback:
    """Something that `fit` calls at fixed moments. Overwrite the methods that you need.

    Attributes:
        model: the model that is being trained.
        params: 'epochs', 'steps' (batches an epoch) and 'verbose' of this fit.
    """

    model = None
    params = None

    def set_model(self, model):
        """Called by `fit`: the model that is being trained."""
        self.model = model

    def set_params(self, params):
        """Called by `fit`: see `params` above."""
        self.params = params

    def on_train_begin(self, logs=None):
        """Before the first epoch."""

    def on_train_end(self, logs=None):
        """After the last epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Before an epoch; epochs count from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """After an epoch; logs holds its losses and metrics, those of the validation data as 'val_…'."""

    def on_train_batch_begin(self, batch, logs=None):
        """Before a training step; batches count from 0 in each epoch."""

    def on_train_batch_end(self, batch, logs=None):
        """After a training step; logs holds the means over the epoch so far."""

    def on_batch_begin(self, batch, logs=None):
        """An older name of on_train_batch_begin."""

    def on_batch_end(self, batch, logs=None):
        """An older name of on_train_batch_end."""

    def on_test_begin(self, logs=None):
        """Before data are measured: by `evaluate`, and by `fit` after an epoch."""

    def on_test_end(self, logs=None):
        """After data were measured; logs holds their losses and metrics."""

    def on_test_batch_begin(self, batch, logs=None):
        """Before a batch is measured."""

    def on_test_batch_end(self, batch, logs=None):
        """After a batch was measured; logs holds the means so far."""

    def on_predict_begin(self, logs=None):
        """Before the first batch of `predict`."""

    def on_predict_end(self, logs=None):
        """After the last batch of `predict`."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Before a batch of `predict`."""

    def on_predict_batch_end(self, batch, logs=None):
        """After a batch of `predict`; logs["outputs"] holds its outputs."""


MOMENTS = [name for name in vars(Callback) if name.startswith("on_")]


class CallbackList:
    """Calls each callback that overwrites a method, and no other: an empty call a batch would still cost time."""

    def __init__(self, callbacks, model, params):
        self.callbacks = callbacks
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"A callback is an object of a class made from callbacks.Callback, not {callback!r}.")
            callback.set_model(model)
            callback.set_params(params)
        self._listeners = {moment: self._overwritten(moment) for moment in MOMENTS}
        for end in ("begin", "end"):
            self._listeners[f"on_train_batch_{end}"] += self._listeners[f"on_batch_{end}"]

    def _overwritten(self, moment):
        """The methods for `moment` that are not the empty one of Callback."""
        methods = [getattr(callback, moment) for callback in self.callbacks]
        return [m for m in methods if getattr(m, "__func__", None) is not getattr(Callback, moment)]

    def listeners(self, moment):
        """The methods to call at `moment`, such as 'on_epoch_end'."""
        return self._listeners[moment]

    def call(self, moment, *args):
        for listener in self._listeners[moment]:
            listener(*args)


class History(Callback):
    """Keeps what each epoch reported; `fit` returns one.

    Attributes:
        history: name → list with a number for each epoch, for example history["val_loss"].
        epoch: the epochs' numbers.
    """

    def __init__(self):
        self.history = {}
        self.epoch = []

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


def line(logs):
    """'loss: 0.2931 - accuracy: 0.9153'; of a metric with several values the mean, as in Keras."""
    return " - ".join(f"{name}: {short(np.mean(value))}" for name, value in logs.items())


def short(v):
    """Four digits of a number, with an exponent where they would show nothing."""
    return f"{v:.4f}" if abs(v) > 1e-3 or v == 0 else f"{v:.4e}"


class EpochLines(Callback):
    """One line for each epoch, without times, so that the same run prints the same: `fit(verbose=2)`."""

    def on_epoch_end(self, epoch, logs=None):
        print(f"Epoch {epoch + 1}/{self.params['epochs']} - {line(logs or {})}")


class ProgressBar(Callback):
    """A bar for each epoch, drawn by tqdm: `fit(verbose=1)`. Without tqdm there is a line for each epoch."""

    def __init__(self):
        self.bar = None

    def on_epoch_begin(self, epoch, logs=None):
        self.bar = None
        try:
            from tqdm import tqdm
        except ImportError:
            return
        title = f"Epoch {epoch + 1}/{self.params['epochs']}"
        self.bar = tqdm(total=self.params["steps"], desc=title, unit="step", file=sys.stdout, dynamic_ncols=True)

    def on_train_batch_end(self, batch, logs=None):
        if self.bar is not None and self.bar.update(1):  # True when it was drawn anew, a few times a second
            self.bar.set_postfix_str(line(logs), refresh=False)

    def on_epoch_end(self, epoch, logs=None):
        if self.bar is None:
            EpochLines.on_epoch_end(self, epoch, logs)
        else:
            self.bar.set_postfix_str(line(logs))
            self.bar.close()

    def on_train_end(self, logs=None):
        if self.bar is not None:
            self.bar.close()


class _Monitor(Callback):
    """What EarlyStopping, ModelCheckpoint and ReduceLROnPlateau share: watching one number for improvement."""

    def __init__(self, monitor, mode, min_delta=0):
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"{type(self).__name__}: mode is 'auto', 'min' or 'max', but got {mode!r}.")
        self.monitor = monitor
        self.mode = direction(type(self).__name__, monitor) if mode == "auto" else mode
        self.min_delta = abs(min_delta)

    def current(self, logs):
        """The watched number out of an epoch's logs; None after an epoch that fit's validation_freq passes over."""
        if self.monitor in (logs or {}):
            value = logs[self.monitor]
            if np.ndim(value):
                hint = "compile with one that averages them, such as F1Score(average='macro')."
                raise ValueError(f"{type(self).__name__} watches one number, but '{self.monitor}' has several: {hint}")
            return value
        if self.monitor.startswith("val_") and self.model._run.skips_validation:
            return None
        hint = " Give fit validation_data or validation_split." if self.monitor.startswith("val_") else ""
        raise ValueError(
            f"{type(self).__name__} watches '{self.monitor}', but this fit reports only {', '.join(logs or {})}.{hint}"
        )

    def improves(self, value, best):
        """Whether `value` is better than `best`, by more than `min_delta`; NaN never is."""
        if best is None:
            return not math.isnan(value)
        return value > best + self.min_delta if self.mode == "max" else value < best - self.min_delta


UP = ("acc", "accuracy", "auc", "precision", "recall", "f1_score", "fbeta_score", "r2_score", "similarity")
DOWN = ("loss", "error", "mse", "mae", "mape", "msle", "entropy", "bce", "perplexity", "hinge", "divergence",
        "log_cosh", "logcosh", "poisson", "huber")  # fmt: skip


def direction(owner, monitor):
    """'max' or 'min': whether the larger or the smaller of two values of the number called `monitor` is better."""
    name = monitor.lower()
    if not name.endswith(UP + DOWN):
        raise ValueError(f"{owner}: is a larger or a smaller '{monitor}' better? Say mode='max' or mode='min'.")
    return "max" if name.endswith(UP) else "min"


class EarlyStopping(_Monitor):
    """Stops training when a number has not improved for some epochs.

    Args:
        monitor: which entry of the logs to watch.
        min_delta: how much better counts as better.
        patience: how many epochs without improvement to wait for the next one.
        verbose: 1 to print when it stops.
        mode: 'min', 'max', or 'auto' to tell from the name.
        baseline: a value that has to be beaten before patience starts again.
        restore_best_weights: whether to go back to the weights of the best epoch.
        start_from_epoch: how many epochs to let pass first.
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience = require_number("EarlyStopping: patience", patience, whole=True)
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        value = self.current(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.improves(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.improves(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                print(f"Restoring the weights from the end of the best epoch: {self.best_epoch + 1}")
            self.model.set_weights(self.best_weights)


class ReduceLROnPlateau(_Monitor):
    """Lowers the learning rate when a number has not improved for some epochs. The logs get 'learning_rate'.

    Args:
        monitor: which entry of the logs to watch.
        factor: what to multiply the learning rate by, below 1.
        patience: how many epochs without improvement to wait.
        verbose: 1 to print each change.
        mode: 'min', 'max', or 'auto' to tell from the name.
        min_delta: how much better counts as better.
        cooldown: how many epochs to wait after a change before counting again.
        min_lr: never lower than this.
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.factor = require_number("ReduceLROnPlateau: factor", factor, 0, 1, below=True)
        self.patience = require_number("ReduceLROnPlateau: patience", patience, whole=True)
        self.cooldown = require_number("ReduceLROnPlateau: cooldown", cooldown, whole=True)
        self.min_lr = require_number("ReduceLROnPlateau: min_lr", min_lr)
        self.verbose = verbose
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        self.best = None
        self.wait = 0
        self.cooldown_counter = 0

    def on_epoch_end(self, epoch, logs=None):
        optimizer = self.model.optimizer
        rate = logs["learning_rate"] = float(optimizer.learning_rate)
        value = self.current(logs)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best = value
            self.wait = 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience and rate > np.float32(self.min_lr):  # the rate is a float32, too
                optimizer.learning_rate = lower = max(rate * self.factor, self.min_lr)
                self.cooldown_counter = self.cooldown
                self.wait = 0
                if self.verbose:
                    print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau lowers the learning rate to {lower:g}")


class LearningRateScheduler(Callback):
    """Sets the learning rate at the start of each epoch. The logs get 'learning_rate'.

    Args:
        schedule: a function of (epoch, learning rate now), or of the epoch alone, that gives the learning rate;
            epochs count from 0.
        verbose: 1 to print each one.
    """

    def __init__(self, schedule, verbose=0):
        import inspect  # takes a while to load

        if not callable(schedule):
            raise TypeError(f"LearningRateScheduler: schedule is a function of (epoch, lr), but got {schedule!r}.")
        self.schedule = schedule
        try:
            inspect.signature(schedule).bind(0, 0.01)
            self.arguments = 2
        except TypeError:  # it takes the epoch alone
            self.arguments = 1
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        rate = self.schedule(*(epoch, float(self.model.optimizer.learning_rate))[: self.arguments])
        if not isinstance(rate, numbers.Real):
            raise ValueError(f"LearningRateScheduler: schedule gives a number, but gave {rate!r} for epoch {epoch}.")
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler sets the learning rate to {float(rate):g}")

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class TerminateOnNaN(Callback):
    """Ends training when the loss is NaN or infinite. Without it, `fit` stops with an error that looks for the cause.

    Args:
        raise_error: whether to end with a RuntimeError instead of `model.stop_training`.
    """

    def __init__(self, raise_error=False):
        self.raise_error = raise_error

    def on_train_batch_end(self, batch, logs=None):
        loss = logs.get("loss", 0.0)  # a train_step of one's own may report other numbers
        if math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"The loss of batch {batch} is {loss}: training ends.")
        print(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True


class LambdaCallback(Callback):
    """A callback from functions, for a line or two: LambdaCallback(on_epoch_end=lambda epoch, logs: print(logs)).

    Args:
        on_epoch_begin, on_epoch_end: functions of (epoch, logs).
        on_train_begin, on_train_end: functions of (logs).
        on_train_batch_begin, on_train_batch_end: functions of (batch, logs).
        others: a function for any other method of Callback, by its name.
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **others,
    ):
        given = {"on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin}
        given |= {"on_train_end": on_train_end, "on_train_batch_begin": on_train_batch_begin}
        given |= {"on_train_batch_end": on_train_batch_end, **others}
        for moment, function in given.items():
            if moment not in MOMENTS:
                raise TypeError(f"LambdaCallback: {unknown('moment', moment, MOMENTS)}")
            if function is not None:
                setattr(self, moment, function)


class CSVLogger(Callback):
    """Writes a row for each epoch to a CSV file: its number, counted from 0, and its logs in alphabetical order.

    Args:
        filename: where to.
        separator: what stands between two columns.
        append: whether to go on with a file that exists instead of replacing it.
    """

    def __init__(self, filename, separator=",", append=False):
        self.filename = Path(filename)
        self.separator = separator
        self.append = append

    def on_train_begin(self, logs=None):
        self.columns = None
        goes_on = self.append and self.filename.exists() and self.filename.stat().st_size > 0
        self.needs_header = not goes_on
        if not goes_on:
            self.filename.write_text("")

    def on_epoch_end(self, epoch, logs=None):
        import csv

        if self.columns is None:
            self.columns = sorted(logs)
            if not any(name.startswith("val_") for name in logs):  # a later epoch may be measured on validation data
                self.columns += [f"val_{name}" for name in self.columns]
        with self.filename.open("a", newline="") as file:
            writer = csv.writer(file, delimiter=self.separator)
            if self.needs_header:
                writer.writerow(["epoch", *self.columns])
                self.needs_header = False
            writer.writerow([epoch, *(logs.get(name, "NA") for name in self.columns)])


class ModelCheckpoint(_Monitor):
    """Saves the model, or its weights, after each epoch or after each better one.

    A file is replaced in one go when the new one is complete, so an interrupted run leaves the last good one.

    Args:
        filepath: where to; may have fields such as '{epoch:02d}-{val_loss:.3f}', with epochs counted from 1.
        monitor: which entry of the logs to watch for `save_best_only`.
        verbose: 1 to print what was saved.
        save_best_only: whether to save only when the watched number improves.
        save_weights_only: whether to leave out everything but the weights.
        mode: 'min', 'max', or 'auto' to tell from the name.
        save_freq: "epoch", or after how many steps to save; then the numbers are those of the epoch so far.
        initial_value_threshold: the value that the first saved model has to beat.
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode)
        if save_freq != "epoch":
            require_number("ModelCheckpoint: save_freq, if not 'epoch',", save_freq, 1, whole=True)
            if save_best_only and monitor.startswith("val_"):
                hint = "watch 'loss', say, or save each 'epoch'."
                raise ValueError(f"ModelCheckpoint: save_freq={save_freq} saves before '{monitor}' is known: {hint}")
        self.save_freq = save_freq
        self.epoch = self.steps = 0
        self.filepath = str(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.best = initial_value_threshold

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.save_freq != "epoch" and self.steps % self.save_freq == 0:
            self.save(logs, batch=batch + 1)

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch":
            self.save(logs)

    def save(self, logs, **fields):
        """Save the model, if it is the best so far or all are wanted."""
        if self.save_best_only:
            value = self.current(logs)
            if value is None or not self.improves(value, self.best):
                return
            self.best = value
        try:
            path = self.filepath.format(epoch=self.epoch + 1, **fields, **(logs or {}))
        except KeyError as field:
            raise ValueError(
                f"ModelCheckpoint: the file name {self.filepath!r} asks for {field}, "
                f"but there is only {', '.join(['epoch', *fields, *(logs or {})])}."
            ) from None
        except (ValueError, IndexError) as error:
            raise ValueError(f"ModelCheckpoint: the file name {self.filepath!r} can't be filled in: {error}.") from None
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write = self.model.save_weights if self.save_weights_only else self.model.save
        write(path)
        if self.verbose:
            print(f"Epoch {self.epoch + 1}: saved {path}")
