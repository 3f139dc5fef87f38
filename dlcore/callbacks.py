"""Callbacks: what happens between the steps of `fit`."""

import math
import sys
from pathlib import Path

from .utils import absent, refuse, require_number

__all__ = ["Callback", "EarlyStopping", "EpochLines", "History", "ModelCheckpoint", "ProgressBar"]
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


class CallbackList:
    """Calls each callback that overwrites a method, and no other: an empty call a batch would still cost time."""

    def __init__(self, callbacks, model, params):
        self.callbacks = callbacks
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"A callback is an object of a class made from callbacks.Callback, not {callback!r}.")
            callback.set_model(model)
            callback.set_params(params)

    def listeners(self, moment):
        """The methods to call at `moment`, such as 'on_epoch_end'."""
        nothing = getattr(Callback, moment)
        return [getattr(c, moment) for c in self.callbacks if getattr(type(c), moment) is not nothing]

    def call(self, moment, *args):
        for listener in self.listeners(moment):
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
    """'loss: 0.2931 - accuracy: 0.9153', with an exponent where four digits would show nothing."""
    return " - ".join(f"{name}: {v:.4f}" if abs(v) > 1e-3 or v == 0 else f"{name}: {v:.4e}" for name, v in logs.items())


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
    """What EarlyStopping and ModelCheckpoint share: watching one number for improvement."""

    def __init__(self, monitor, mode, min_delta=0):
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"{type(self).__name__}: mode is 'auto', 'min' or 'max', but got {mode!r}.")
        if mode == "auto":
            words = ("acc", "accuracy", "auc", "precision", "recall", "f1_score", "r2_score")
            mode = "max" if monitor.removeprefix("val_").endswith(words) else "min"
        self.monitor = monitor
        self.mode = mode
        self.min_delta = abs(min_delta)

    def current(self, logs):
        """The watched number out of an epoch's logs."""
        if self.monitor in (logs or {}):
            return logs[self.monitor]
        hint = " Give fit validation_data or validation_split." if self.monitor.startswith("val_") else ""
        raise ValueError(
            f"{type(self).__name__} watches '{self.monitor}', but this fit reports only {', '.join(logs or {})}.{hint}"
        )

    def improves(self, value, best):
        """Whether `value` is better than `best`, by more than `min_delta`."""
        if best is None:
            return True
        return value > best + self.min_delta if self.mode == "max" else value < best - self.min_delta


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
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        value = self.current(logs)
        if epoch < self.start_from_epoch:
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
        refuse("ModelCheckpoint", {"save_freq": save_freq}, {"save_freq": "epoch"})
        super().__init__(monitor, mode)
        self.filepath = str(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.best = initial_value_threshold

    def on_epoch_end(self, epoch, logs=None):
        if self.save_best_only:
            value = self.current(logs)
            if math.isnan(value) or not self.improves(value, self.best):
                return
            self.best = value
        try:
            path = self.filepath.format(epoch=epoch + 1, **(logs or {}))
        except KeyError as field:
            raise ValueError(
                f"ModelCheckpoint: the file name {self.filepath!r} asks for {field}, "
                f"but there is only epoch, {', '.join(logs or {})}."
            ) from None
        except (ValueError, IndexError) as error:
            raise ValueError(f"ModelCheckpoint: the file name {self.filepath!r} can't be filled in: {error}.") from None
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saved {path}")
