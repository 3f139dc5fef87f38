"""Training: compile, fit, evaluate, predict. The loop itself is `_train_step`, and `fit` repeats it."""

import math

import numpy as np

from . import losses, optimizers
from . import metrics as measures  # `metrics` is an argument of compile
from .callbacks import CallbackList, EpochLines, History, ProgressBar, line
from .layers.base import watching
from .tensor import Tensor, as_array, gradients, no_grad, numbers
from .utils import refuse, require_number

# ---------------------------------------------------------------- data


def as_data(x, what):
    """Arrays for a model: one, or a list, tuple or dict of them for a model with several inputs."""
    if isinstance(x, dict):
        return {name: as_data(item, what) for name, item in x.items()}
    if isinstance(x, (list, tuple)) and any(isinstance(item, (np.ndarray, Tensor)) and item.ndim for item in x):
        return [as_data(item, what) for item in x]
    if hasattr(x, "__next__"):
        raise NotImplementedError(f"{what} is a generator, but dlcore trains on arrays. Collect it into arrays first.")
    array = numbers(x, what)
    if array.dtype.kind == "c":
        raise TypeError(f"{what} holds complex numbers, but a model computes with real ones.")
    if array.ndim == 0:
        raise ValueError(f"{what} is the single number {array}, but should hold one row for each sample.")
    return array


def leaves(data):
    """The arrays in `data`, one after the other."""
    if isinstance(data, dict):
        data = list(data.values())
    return [a for item in data for a in leaves(item)] if isinstance(data, list) else [data]


def pick(data, rows):
    """The given rows of every array in `data`."""
    if data is None:
        return None
    if isinstance(data, list):
        return [pick(item, rows) for item in data]
    if isinstance(data, dict):
        return {name: pick(item, rows) for name, item in data.items()}
    return data[rows] if isinstance(rows, slice) else data.take(rows, axis=0)


def checked(x, y, sample_weight, where):
    """(x, y, sample_weight) as arrays of one length, which is not zero."""
    if x is None:
        raise ValueError(f"{where} needs x: one row for each sample.")
    data = as_data(x, f"{where}: x"), None if y is None else as_data(y, f"{where}: y"), sample_weight
    if sample_weight is not None:
        weight = as_array(numbers(sample_weight, f"{where}: sample_weight"), "float32")
        if weight.ndim == 0 or not np.isfinite(weight).all():
            raise ValueError(f"{where}: sample_weight is a finite number for each sample, but got {sample_weight!r}.")
        data = *data[:2], weight
    n = len(leaves(data[0])[0])
    for name, part in zip(("x", "y", "sample_weight"), data):
        for array in leaves(part) if part is not None else []:
            if len(array) != n:
                hint = "Each sample needs its own row in both: do they come from the same split?"
                if isinstance(data[0], list):
                    hint = (
                        f"x is a list of {len(data[0])} arrays, taken for as many inputs. Samples go in as np.stack(x)."
                    )
                raise ValueError(f"{where}: x has {n} samples, but {name} has {len(array)}. {hint}")
    if n == 0:
        raise ValueError(f"{where}: there are no samples, x has shape {leaves(data[0])[0].shape}.")
    return data


def batches(data, batch_size, order=None):
    """Cut (x, y, sample_weight) into batches, in the given order of samples or as they lie."""
    n = len(leaves(data[0])[0])
    for start in range(0, n, batch_size):
        rows = slice(start, start + batch_size) if order is None else order[start : start + batch_size]
        yield [pick(part, rows) for part in data]


def split(data, share):
    """The first samples for training, the last `share` of them for validation."""
    require_number("fit: validation_split is the share held out. It", share, 0, 1, below=True)
    n = len(leaves(data[0])[0])
    cut = math.floor(n * (1 - share))
    if share and cut in (0, n):
        raise ValueError(f"fit: validation_split={share} of {n} samples leaves one side without any.")
    return [pick(part, slice(cut)) for part in data], [pick(part, slice(cut, n)) for part in data]


def class_weights(y, class_weight):
    """The weight of each sample by its class; classes that are not named weigh 1."""
    if not isinstance(class_weight, dict) or y is None:
        raise ValueError(f"class_weight is a dict, class → weight, and needs labels y, but got {class_weight!r}.")
    labels = np.asarray(y)
    labels = labels.argmax(-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.reshape(len(labels))
    weights = np.ones(len(labels), "float32")
    for label, weight in class_weight.items():
        weights[labels == label] = weight
    return weights


def triple(data):
    """(x, y, sample_weight), the last None if it is not given."""
    if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
        raise ValueError(f"fit: validation_data is (x, y) or (x, y, sample_weight), but got a {type(data).__name__}.")
    return *data, *[None] * (3 - len(data))


def listed(items):
    """None, one thing or several, as a list."""
    return list(items) if isinstance(items, (list, tuple)) else [] if items is None else [items]


def shown(verbose):
    """The callbacks that print what `verbose` asks for."""
    known = {0: [], 1: [ProgressBar()], 2: [EpochLines()], "auto": [ProgressBar()]}
    if verbose not in known:
        raise ValueError(f"fit: verbose is 0, 1, 2 or 'auto', but got {verbose!r}.")
    return known[verbose]


def positive(value, name):
    return int(require_number(name, value, 1, whole=True))


# ---------------------------------------------------------------- the loop


class Trainer:
    """The part of a model that learns from data."""

    optimizer = None
    loss = None
    stop_training = False

    def compile(self, optimizer="rmsprop", loss=None, metrics=None, **left_out):
        """Choose how to learn.

        Args:
            optimizer: a name or an object of `optimizers`.
            loss: a name, an object of `losses`, or a function of (y_true, y_pred).
            metrics: list of names, objects of `metrics` or functions of (y_true, y_pred).
        """
        nothing = {"loss_weights": None, "weighted_metrics": None, "run_eagerly": False, "steps_per_execution": 1}
        nothing |= {"jit_compile": "auto", "auto_scale_loss": True}
        refuse("compile", left_out, nothing, known=["optimizer", "loss", "metrics"])
        if loss is None:
            raise ValueError("compile needs a loss: the number that training makes small, such as 'mse'.")
        asked = listed(metrics)
        for metric in asked:
            measures.get("accuracy" if isinstance(metric, str) and metric == "acc" else metric)
        function = losses.get(loss)
        if not isinstance(function, losses.Loss):
            function = losses.LossFunctionWrapper(function, name=getattr(function, "__name__", "loss"))
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss
        self._loss_function = function
        self._metrics_asked = asked
        self._metrics = None  # made when the first batch shows the shape of y
        self.reset_metrics()

    def _require_compiled(self, method):
        if self.optimizer is None:
            raise RuntimeError(f"{method} needs compile first: model.compile(optimizer='adam', loss='mse'), for one.")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        """The loss of a batch, as a tensor with one number."""
        if y is None:
            raise ValueError("The loss compares the outputs with targets, but there is no y. Give x and y.")
        return self._loss_function(y, y_pred, sample_weight)

    def _forward(self, x, training):
        return self(*x, training=training) if isinstance(x, list) else self(x, training=training)

    def _train_step(self, x, y, sample_weight, variables, step):
        """Learn from one batch: predict, measure, differentiate, move the weights."""
        y_pred = self._forward(x, training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight)
        self._count(loss.item(), x, y, y_pred, step)
        self.optimizer.apply(gradients(loss, variables), variables)

    def _test_step(self, x, y, sample_weight):
        with no_grad():
            y_pred = self._forward(x, training=False)
            loss = self.compute_loss(x, y, y_pred, sample_weight)
        self._count(loss.item(), x, y, y_pred)

    # ------------------------------------------------------------ keeping count

    def _count(self, loss, x, y, y_pred, step=None):
        """Add a batch to the running means. While training, `step` is (epoch or None, batch)."""
        if step is not None and not math.isfinite(loss):
            raise FloatingPointError(self._explain(loss, x, y, *step))
        n = len(leaves(x)[0])
        self._loss_sum += loss * n
        self._samples += n
        if self._metrics is None:
            self._metrics = [measures.get_metric(m, y, y_pred) for m in self._metrics_asked]
            names = ["loss", *(m.name for m in self._metrics)]
            if len(set(names)) < len(names):
                raise ValueError(
                    f"The logs need a name for each, but there are {', '.join(names)}. Pass name=... to one."
                )
        for metric in self._metrics:
            metric.update_state(y, y_pred)

    def reset_metrics(self):
        """Start the running means of loss and metrics again."""
        self._loss_sum = 0.0
        self._samples = 0
        for metric in self._metrics or []:
            metric.reset_state()

    def _logs(self):
        """The means since `reset_metrics`, by name. The loss counts each sample once, also in a smaller last batch."""
        logs = {"loss": self._loss_sum / max(self._samples, 1)}
        return logs | {m.name: float(m.result()) for m in self._metrics or []}

    def _explain(self, loss, x, y, epoch, batch):
        """Where a loss of NaN or infinity comes from: data, weights, the first layer that shows it, or the loss."""
        if not all(np.isfinite(a).all() for a in leaves(x)):
            place = "The input x of this batch holds NaN or infinity already: clean the data first."
        elif y is not None and not all(np.isfinite(a).all() for a in leaves(y)):
            place = "The targets y of this batch hold NaN or infinity already: clean the data first."
        else:
            place = self._first_bad_layer(x)
        when = f"batch {batch}" if epoch is None else f"batch {batch} in epoch {epoch}"
        return (
            f"The loss of {when} is {loss}, so training stops. {place} Usual causes: a learning rate that is too "
            "large, inputs that are not scaled (to 0…1, or mean 0 and variance 1), a log or a division that meets a "
            "zero."
        )

    def _first_bad_layer(self, x):
        for layer in self._sublayers():
            for v in layer._own_weights():
                if not np.isfinite(v.data).all():
                    return f"The weight '{v.name}' of {layer!r} is no longer finite: an earlier step was too large."
        bad = []

        def watch(layer, y):
            if not bad and isinstance(y, Tensor) and not np.isfinite(y.data).all():
                bad.append(layer)

        with no_grad(), watching(watch):
            self._forward(x, training=True)
        if bad:
            return f"It first appears in the output of {bad[0]!r}."
        return "All layers give finite outputs: it arises in the loss."

    # ------------------------------------------------------------ what a user calls

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        **left_out,
    ):
        """Train: show the model all samples, batch after batch, `epochs` times.

        Args:
            x, y: inputs and targets, one row for each sample.
            batch_size: samples in a step; 32 by default.
            epochs: the number of the last epoch, counted from `initial_epoch`.
            verbose: 0 prints nothing, 1 a progress bar, 2 a line for each epoch.
            callbacks: list of objects of `callbacks`.
            validation_split: share of the samples, from the end, that is held out to measure.
            validation_data: (x, y) to measure on after each epoch.
            shuffle: whether each epoch has a new random order.
            class_weight: class → weight, where some classes should count more.
            sample_weight: a weight for each sample.

        Returns:
            A `History`: what each epoch reported.
        """
        nothing = {"validation_freq": 1, "steps_per_epoch": None, "validation_steps": None}
        nothing["validation_batch_size"] = None
        refuse("fit", left_out, nothing, known=["batch_size", "epochs", "verbose", "callbacks", "shuffle"])
        if shuffle not in (True, False):
            raise NotImplementedError(f"fit(shuffle={shuffle!r}): only True and False are known to dlcore.")
        self._require_compiled("fit")
        batch_size = positive(32 if batch_size is None else batch_size, "fit: batch_size")
        require_number("fit: epochs", epochs, whole=True)
        if class_weight is not None and sample_weight is not None:
            raise ValueError("fit: give either class_weight or sample_weight, not both.")
        if class_weight is not None:
            sample_weight = class_weights(y, class_weight)
        data, held_out = checked(x, y, sample_weight, "fit"), None
        if validation_data is not None:
            held_out = checked(*triple(validation_data), "fit: validation_data")
        elif validation_split:
            data, held_out = split(data, validation_split)
        self._make_weights(data[0])
        n = len(leaves(data[0])[0])
        self.history = History()
        params = {"epochs": epochs, "steps": math.ceil(n / batch_size), "verbose": verbose}
        calls = CallbackList([*listed(callbacks), self.history, *shown(verbose)], self, params)
        self.stop_training = False
        calls.call("on_train_begin")
        for epoch in range(initial_epoch, epochs):
            calls.call("on_epoch_begin", epoch)
            logs = self._epoch(epoch, data, batch_size, self._shuffler().permutation(n) if shuffle else None, calls)
            if held_out:
                logs |= {f"val_{name}": value for name, value in self._measure(held_out, batch_size).items()}
            calls.call("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        calls.call("on_train_end")
        return self.history

    def _epoch(self, epoch, data, batch_size, order, calls):
        """A step on every batch, in the given order of samples; the means over the epoch."""
        before, after = calls.listeners("on_train_batch_begin"), calls.listeners("on_train_batch_end")
        variables = self.trainable_variables
        self.reset_metrics()
        with np.errstate(all="ignore"):  # a loss that is not finite is reported by _count, with its cause
            for i, batch in enumerate(batches(data, batch_size, order)):
                for listener in before:
                    listener(i, {})
                self._train_step(*batch, variables, (epoch + 1, i))
                for listener in after:
                    listener(i, self._logs())
                if self.stop_training:
                    break
        return self._logs()

    def _shuffler(self):
        """The random generator for the order of samples; it goes on from fit to fit."""
        if self._order is None:
            self._order = self._generator("shuffling")
        return self._order

    def _measure(self, data, batch_size):
        self.reset_metrics()
        for batch in batches(data, batch_size):
            self._test_step(*batch)
        return self._logs()

    def evaluate(
        self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, return_dict=False, **left_out
    ):
        """Loss and metrics on data, without learning from it.

        Returns:
            The loss, or a list of loss and metrics, or a dict by name with `return_dict`.
        """
        refuse("evaluate", left_out, {"steps": None, "callbacks": None}, known=["batch_size", "verbose", "return_dict"])
        self._require_compiled("evaluate")
        batch_size = positive(32 if batch_size is None else batch_size, "evaluate: batch_size")
        logs = self._measure(checked(x, y, sample_weight, "evaluate"), batch_size)
        if verbose:
            print(line(logs))
        return results(logs, return_dict)

    def predict(self, x, batch_size=None, verbose="auto", **left_out):
        """The outputs for all samples, as a NumPy array. `verbose` may be given as in Keras: nothing is printed."""
        refuse("predict", left_out, {"steps": None, "callbacks": None}, known=["batch_size", "verbose"])
        batch_size = positive(32 if batch_size is None else batch_size, "predict: batch_size")
        data = checked(x, None, None, "predict")
        outputs = [self.predict_on_batch(batch) for batch, _, _ in batches(data, batch_size)]
        if isinstance(outputs[0], list):
            return [np.concatenate(parts) for parts in zip(*outputs)]
        return np.concatenate(outputs)

    def predict_on_batch(self, x):
        """The outputs for one batch."""
        with no_grad():
            y = self._forward(x, training=False)
        return [part.data for part in y] if isinstance(y, (list, tuple)) else y.data

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One training step on one batch.

        Returns:
            As `evaluate`, for this batch alone, with the weights from before the step.
        """
        self._require_compiled("train_on_batch")
        if class_weight is not None:
            sample_weight = class_weights(y, class_weight)
        data = checked(x, y, sample_weight, "train_on_batch")
        self._make_weights(data[0])
        self.reset_metrics()
        with np.errstate(all="ignore"):
            self._train_step(*data, self.trainable_variables, (None, self.optimizer.iterations.item()))
        return results(self._logs(), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics on one batch, without learning."""
        self._require_compiled("test_on_batch")
        self.reset_metrics()
        self._test_step(*checked(x, y, sample_weight, "test_on_batch"))
        return results(self._logs(), return_dict)

    def _make_weights(self, x):
        """Let one sample through, so that layers that wait for an input make their weights."""
        if not self.built:
            with no_grad():
                self._forward(pick(x, slice(1)), training=False)


def results(logs, return_dict):
    if return_dict:
        return logs
    return list(logs.values()) if len(logs) > 1 else logs["loss"]
