"""The loop: compile, fit, evaluate, predict. One step of it is `train_step`, and `fit` repeats it."""

import math
import warnings
from inspect import signature

import numpy as np

from .. import losses, optimizers
from .. import metrics as measures  # `metrics` is an argument of compile
from ..callbacks import CallbackList, EpochLines, History, ProgressBar, TerminateOnNaN, line
from ..layers.base import watching
from ..tensor import Tensor, flat, gradients, no_grad
from ..utils import keep_freed_memory, refuse, require_number, unpack_x_y_sample_weight
from . import counting
from .data import Arrays, checked, count, feed, gives_batches, pick, split, weighted


class Run:
    """Where a loop stands: its epoch (None outside fit) and batch, and what training moves and tolerates."""

    skips_validation = False  # whether validation_freq passes over this epoch

    def __init__(self, variables=(), nan_is_an_error=True, epoch=None, batch=0):
        self.variables = variables
        self.nan_is_an_error = nan_is_an_error
        self.epoch = epoch
        self.batch = batch


class Trainer:
    """The part of a model that learns from data."""

    optimizer = None
    loss = None
    stop_training = False
    _mean_loss = None  # the mean of the loss over an epoch so far
    _metrics = ()  # what compile was asked for
    _results = {}  # those of the metrics that `_start` was given: to search anew in each step takes long
    _loss_is_told = False  # whether compute_loss has the argument `training`: one of one's own may do without
    _run = Run()

    def compile(self, optimizer="rmsprop", loss=None, metrics=None, *, run_eagerly=False, steps_per_execution=1,
                jit_compile="auto", **left_out):  # fmt: skip
        """Choose how to learn.

        Args:
            optimizer: a name or an object of `optimizers`.
            loss: a name, an object of `losses`, or a function of (y_true, y_pred). A model with a `train_step` or
                `compute_loss` of its own may do without.
            metrics: list of names, objects of `metrics` or functions of (y_true, y_pred).
            run_eagerly, steps_per_execution, jit_compile: how Keras runs its steps. dlcore has one way, step by step
                and never compiled, so these change nothing here; with Keras, they change no number either.
        """
        nothing = {"loss_weights": None, "weighted_metrics": None, "auto_scale_loss": True}
        refuse("compile", left_out, nothing, list(signature(Trainer.compile).parameters)[1:-1])
        own = type(self).train_step is not Trainer.train_step or type(self).compute_loss is not Trainer.compute_loss
        if loss is None and not own:
            raise ValueError("compile needs a loss: the number that training makes small, such as 'mse'.")
        if isinstance(loss, (list, tuple)) or (isinstance(loss, dict) and "class_name" not in loss):
            raise NotImplementedError(
                "compile takes one loss, for one output. For several, write compute_loss(self, x, y, y_pred, "
                "sample_weight) in a subclass of Model."
            )
        asked = listed(metrics)
        made = counting.made(asked)
        function = losses.get(loss)
        if function is not None and not isinstance(function, losses.Loss):
            function = losses.LossFunctionWrapper(function, name=getattr(function, "__name__", "loss"))
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss
        self._loss_function = function
        self._metrics_asked = asked
        self._metrics = made
        self._mean_loss = measures.Mean("loss")
        self._loss_is_told = "training" in signature(self.compute_loss).parameters
        self.reset_metrics()

    @property
    def compiled(self):
        """Whether compile has been called."""
        return self.optimizer is not None

    def _require_compiled(self, method):
        if not self.compiled:
            raise RuntimeError(f"{method} needs compile first: model.compile(optimizer='adam', loss='mse'), for one.")

    # ------------------------------------------------------------ one step

    def train_step(self, data):
        """Learn from one batch: predict, measure, differentiate, move the weights.

        Write your own in a subclass for a step of your own; fit does the rest.

        Args:
            data: the batch: x, (x, y) or (x, y, sample_weight).

        Returns:
            The logs: name → number.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self._forward(x, training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight)
        self._track(loss.item(), x, y, training=True)
        variables = self._run.variables or self.trainable_variables  # `fit` collects them once
        self.optimizer.apply(gradients(loss, variables, keep=False), variables)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data):
        """Measure one batch; `data` and the result are as for `train_step`."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self._forward(x, training=False)
        told = {"training": False} if self._loss_is_told else {}
        loss = self.compute_loss(x, y, y_pred, sample_weight, **told)
        self._track(loss.item(), x, y)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data):
        """The outputs for one batch."""
        return self._forward(unpack_x_y_sample_weight(data)[0], training=False)

    def _forward(self, x, training):
        """The outputs for x. Several inputs go to `call` as one list, as in Keras, but to call(self, a, b) each."""
        each = isinstance(x, list) and (self._takes_each or len(x) == 1)
        return self(*x, training=training) if each else self(x, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss of a batch with all that `losses` adds to it, as a tensor with one number.

        `training` says whether the batch is to be learned from, where yours needs to know; here it changes nothing.
        """
        if y is None:
            raise ValueError("The loss compares the outputs with targets, but there is no y. Give x and y.")
        if isinstance(y_pred, (list, tuple, dict)):
            raise NotImplementedError(
                f"The model gives {len(y_pred)} outputs, and the loss of compile knows one. Write "
                "compute_loss(self, x, y, y_pred, sample_weight) in the model, which adds up a loss for each."
            )
        loss = self._loss_function(y, y_pred, sample_weight)
        for price in self.losses:  # of the weights, by their regularizers, and whatever add_loss got
            loss = loss + price
        return loss

    # ------------------------------------------------------------ keeping count

    @property
    def metrics(self):
        """The mean of the loss, the metrics of compile, and those that the model and its layers keep as attributes.

        As in Keras, those that a model inside this one keeps don't count: they are for its own training.
        """
        holders = [layer for layer in self._sublayers() if layer is self or not isinstance(layer, Trainer)]
        known = [self._mean_loss] if self.compiled else []
        return list({id(m): m for m in [*known, *self._metrics, *counting.held_by(holders)]}.values())

    @property
    def metrics_names(self):
        """The names of all metrics, in the order of the numbers that `evaluate` gives.

        Keras 3 has one name, "compile_metrics", for all that compile was given; here each has its own.
        """
        return [metric.name for metric in self.metrics]

    def _track(self, loss, x, y, training=False):
        """Add the loss of a batch to its mean, in which each sample counts once, also in a smaller last batch."""
        if training and self._run.nan_is_an_error and not math.isfinite(loss):
            raise FloatingPointError(self._explain(loss, x, y))
        n = count(x)
        self._mean_loss.total += loss * n
        self._mean_loss.count += n

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Take one more batch into the metrics of compile; the logs so far, name → number."""
        for metric in self._metrics:
            metric.update_state(y, y_pred)
        return self.get_metrics_result()

    def get_metrics_result(self):
        """The logs: what each metric has come to since `reset_metrics`, name → number."""
        return {name: result() for name, result in (self._results or counting.results(self.metrics)).items()}

    def reset_metrics(self):
        """Start all metrics again."""
        self._start(self.metrics)

    def _start(self, metrics):
        self._results = counting.results(metrics)
        for metric in metrics:
            metric.reset_state()

    def _explain(self, loss, x, y):
        """Where a loss of NaN or infinity comes from: data, weights, the first layer that shows it, or the loss."""
        if not all(np.isfinite(a).all() for a in flat(x)):
            place = "The input x of this batch holds NaN or infinity already: clean the data first."
        elif y is not None and not all(np.isfinite(a).all() for a in flat(y)):
            place = "The targets y of this batch hold NaN or infinity already: clean the data first."
        else:
            place = self._first_bad_layer(x)
        run = self._run
        when = f"batch {run.batch}" + ("" if run.epoch is None else f" in epoch {run.epoch + 1}")
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

    # ------------------------------------------------------------ the loop

    def _loop(self, kind, step, batches, calls):
        """Call `step` on every batch; the logs of the last one, or None if there was none.

        Args:
            kind: "train", "test" or "predict": which callbacks are called.
        """
        before, after = calls.listeners(f"on_{kind}_batch_begin"), calls.listeners(f"on_{kind}_batch_end")
        run, logs = self._run, None
        for i, batch in enumerate(batches):
            run.batch = i
            for listener in before:
                listener(i, {})
            logs = as_logs(step(batch))
            for listener in after:
                listener(i, logs)
            if kind == "train" and self.stop_training:
                break
        return logs

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
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
        **others,
    ):
        """Train: show the model all samples, batch after batch, `epochs` times.

        Args:
            x, y: inputs and targets, one row for each sample. Or x alone, as something that makes whole batches
                (x, y) or (x, y, sample_weight): a generator, an iterable, a `utils.PyDataset`.
            batch_size: samples in a step; 32 by default, or what steps_per_epoch makes of all samples.
            epochs: the number of the last epoch, counted from 1: so many are trained, less `initial_epoch`.
            verbose: 0 prints nothing, 1 a progress bar, 2 a line for each epoch.
            callbacks: list of objects of `callbacks`.
            validation_split: share of the samples, from the end, that is held out to measure.
            validation_data: (x, y), (x, y, sample_weight) or something that makes batches, to measure on.
            shuffle: whether each epoch has a new random order: of samples, or of a dataset's batches.
            class_weight: class → weight, where some classes should count more.
            sample_weight: a weight for each sample.
            initial_epoch: how many epochs earlier fits have trained; the count goes on behind them.
            steps_per_epoch: batches in an epoch; the next epoch goes on behind them. An endless generator needs it.
            validation_steps: the same for the validation data, which begin anew in each epoch if they can.
            validation_batch_size: as batch_size by default.
            validation_freq: measure after each so many epochs, or a list of epochs, counted from 1.

        Returns:
            A `History`: what each epoch reported.
        """
        refuse_others(Trainer.fit, others)
        self._require_compiled("fit")
        require_number("fit: epochs", epochs, whole=True)
        require_number("fit: initial_epoch", initial_epoch, whole=True)
        measured = epochs_to_measure(validation_freq)
        if shuffle not in (True, False):
            raise NotImplementedError(f"fit(shuffle={shuffle!r}): only True and False are known to dlcore.")
        if validation_split and validation_data is None:
            if gives_batches(x):
                raise ValueError("fit: validation_split cuts arrays. Beside a generator, give validation_data.")
            (x, y, sample_weight), validation_data = split(checked(x, y, sample_weight, "fit"), validation_split)
        batches = feed("fit", x, y, sample_weight, batch_size, steps_per_epoch, "steps_per_epoch",
                       self._shuffler() if shuffle else None, class_weight)  # fmt: skip
        held_out = None
        if validation_data is not None:
            parts, size = triple(validation_data), validation_batch_size
            if isinstance(batches, Arrays) and not gives_batches(parts[0]):
                size = size or batch_size
            held_out = feed("fit: validation_data", *parts, size, validation_steps, "validation_steps")
        keep_freed_memory()
        self._make_weights(batches)
        self.history = History()
        params = {"epochs": epochs, "steps": batches.steps, "verbose": verbose}
        calls = CallbackList([*listed(callbacks), self.history, *shown(verbose)], self, params)
        run = self._run = Run(self.trainable_variables, not any(isinstance(c, TerminateOnNaN) for c in calls.callbacks))
        self.stop_training, logs, metrics = False, None, self.metrics  # found once: a search takes as long as a step
        calls.call("on_train_begin", {})
        for epoch in range(initial_epoch, epochs):
            run.epoch = epoch
            run.skips_validation = held_out is not None and not measured(epoch + 1)
            calls.call("on_epoch_begin", epoch, {})
            self._start(metrics)
            with np.errstate(all="ignore"):  # a loss that is not finite is reported with its cause
                found = self._loop("train", self.train_step, batches.epoch(), calls)
            if found is None and logs is None:
                raise batches.nothing()
            if found is None:
                warnings.warn(
                    f"{batches.where} has nothing left for epoch {epoch + 1} of {epochs}, so training stops. "
                    "A generator for training goes on for ever (while True: ...), with steps_per_epoch.",
                    stacklevel=2,
                )
                break
            logs = found
            if held_out and not run.skips_validation:
                logs |= {f"val_{name}": value for name, value in self._measure(held_out, calls).items()}
            calls.call("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        calls.call("on_train_end", logs or {})
        return self.history

    def _measure(self, batches, calls):
        calls.call("on_test_begin", {})
        self.reset_metrics()
        with no_grad():
            logs = self._loop("test", self.test_step, batches.epoch(anew=True), calls)
        if logs is None:
            raise ValueError(
                f"{batches.where} gives no batch. A generator can be gone through once: make it endless and say how "
                f"many batches to measure on, {batches.steps_name}=..., or give arrays or a PyDataset."
            )
        calls.call("on_test_end", logs)
        return logs

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **others,
    ):
        """Loss and metrics on data, without learning from it. The data are as for `fit`.

        Returns:
            The loss, or a list of loss and metrics, or a dict by name with `return_dict`.
        """
        refuse_others(Trainer.evaluate, others)
        self._require_compiled("evaluate")
        batches = feed("evaluate", x, y, sample_weight, batch_size, steps)
        calls = CallbackList(listed(callbacks), self, {"epochs": 1, "steps": batches.steps, "verbose": verbose})
        logs = self._measure(batches, calls)
        if verbose:
            print(line(logs))
        return results(logs, return_dict)

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None, **others):
        """The outputs for all samples, as a NumPy array. `verbose` may be given as in Keras: nothing is printed."""
        refuse_others(Trainer.predict, others)
        batches = feed("predict", x, None, None, batch_size, steps)
        calls = CallbackList(listed(callbacks), self, {"epochs": 1, "steps": batches.steps, "verbose": verbose})
        outputs = []

        def step(batch):
            outputs.append(arrays(self.predict_step(batch)))
            return {"outputs": outputs[-1]}

        calls.call("on_predict_begin", {})
        with no_grad():
            self._loop("predict", step, batches.epoch(), calls)
        if not outputs:
            raise ValueError(f"{batches.where} gives no batch, so there is nothing to predict.")
        calls.call("on_predict_end", {})
        return joined(outputs)

    def predict_on_batch(self, x):
        """The outputs for one batch."""
        with no_grad():
            return arrays(self._forward(x, training=False))

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One training step on one batch.

        Returns:
            As `evaluate`, for this batch alone, with the weights from before the step.
        """
        self._require_compiled("train_on_batch")
        data = weighted(checked(x, y, sample_weight, "train_on_batch"), class_weight)
        batches = Arrays("train_on_batch", "", data, count(data[0]))
        self._make_weights(batches)
        self._run = Run(self.trainable_variables, batch=self.optimizer.iterations.item())
        self.reset_metrics()
        with np.errstate(all="ignore"):
            logs = [self.train_step(batch) for batch in batches.epoch()]
        return results(as_logs(logs[0]), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics on one batch, without learning."""
        self._require_compiled("test_on_batch")
        data = checked(x, y, sample_weight, "test_on_batch")
        batches = Arrays("test_on_batch", "", data, count(data[0]))
        return results(self._measure(batches, CallbackList([], self, {})), return_dict)

    def _make_weights(self, batches):
        """Let one sample through, so that layers that wait for an input make their weights.

        Also where the model itself is built: a `build` of one's own may leave layers inside without.
        """
        if not all(layer.built for layer in self._sublayers()):
            with no_grad():
                self._forward(pick(unpack_x_y_sample_weight(batches.first())[0], slice(1)), training=False)

    def _shuffler(self):
        """The random generator for the order of samples; it goes on from fit to fit."""
        if self._shuffling is None:
            self._shuffling = self._generator("shuffling")
        return self._shuffling


# ---------------------------------------------------------------- arguments and results


def refuse_others(method, others):
    """Keyword arguments that a method doesn't have, with the nearest one that it has."""
    code = method.__code__
    refuse(method.__name__, others, {}, known=code.co_varnames[1 : code.co_argcount])


def triple(data):
    """(x, y, sample_weight) of what was given as validation_data, None for what it lacks."""
    if gives_batches(data):
        return data, None, None
    if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
        raise ValueError(
            "fit: validation_data is (x, y), (x, y, sample_weight) or something that makes batches, "
            f"but got a {type(data).__name__}."
        )
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


def epochs_to_measure(freq):
    """A function of the epoch's number, counted from 1: whether to measure on the validation data after it."""
    if isinstance(freq, (list, tuple, set)):
        return lambda epoch: epoch in freq
    require_number("fit: validation_freq, if not a list of epochs,", freq, 1, whole=True)
    return lambda epoch: epoch % freq == 0


def as_logs(logs):
    """The logs of a step with plain numbers, whatever a step of one's own put there."""
    if not isinstance(logs, dict):
        raise TypeError(
            f"A step returns its logs, a dict such as {{'loss': loss}}, but got {logs!r}. Is a return missing?"
        )
    return {name: as_log(value) for name, value in logs.items()}


def as_log(value):
    """A log as a number; several as an array of their own, as a Variable goes on changing."""
    if getattr(value, "size", 0) == 1:
        return value.item()
    return value.numpy() if isinstance(value, Tensor) else value


def arrays(y):
    """The outputs of a model, a tensor or a list or dict of them, as NumPy arrays."""
    if isinstance(y, dict):
        return {name: arrays(part) for name, part in y.items()}
    return [arrays(part) for part in y] if isinstance(y, (list, tuple)) else y.data


def joined(batches):
    """The outputs of all batches, one behind the other."""
    if isinstance(batches[0], dict):
        return {name: joined([batch[name] for batch in batches]) for name in batches[0]}
    if isinstance(batches[0], list):
        return [joined(parts) for parts in zip(*batches)]
    return np.concatenate(batches)


def results(logs, return_dict):
    if return_dict:
        return logs
    return list(logs.values()) if len(logs) > 1 else next(iter(logs.values()))
