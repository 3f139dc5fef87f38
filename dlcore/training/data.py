"""Data on its way into a model: arrays, generators and datasets, all as batches, epoch by epoch.

`Arrays` cuts batches out of arrays, `Stream` takes them as a generator or dataset makes them. A batch is what
`train_step` gets: x, (x, y) or (x, y, sample_weight).
"""

import itertools
import math
import warnings

import numpy as np

from ..tensor import Tensor, as_array, flat, numbers
from ..utils import pack_x_y_sample_weight, require_number

MANY = 10_000  # batches in an epoch of unknown length: time to ask whether it ends at all

# ---------------------------------------------------------------- arrays


def as_data(x, what):
    """Arrays for a model: one, or a list, tuple or dict of them for a model with several inputs."""
    if isinstance(x, dict):
        return {name: as_data(item, what) for name, item in x.items()}
    if isinstance(x, (list, tuple)) and any(isinstance(item, (np.ndarray, Tensor)) and item.ndim for item in x):
        return [as_data(item, what) for item in x]
    if hasattr(x, "__next__"):
        raise TypeError(f"{what} is a generator. A generator gives whole batches (x, y), and is given as x alone.")
    array = numbers(x, what)
    if array.dtype.kind == "c":
        raise TypeError(f"{what} holds complex numbers, but a model computes with real ones.")
    if array.ndim == 0:
        raise ValueError(f"{what} is the single number {array}, but should hold one row for each sample.")
    return array


def count(data):
    """The number of samples."""
    return len(flat(data)[0])


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
    n = count(data[0])
    for name, part in zip(("x", "y", "sample_weight"), data):
        for array in flat(part) if part is not None else []:
            if len(array) != n:
                hint = "Each sample needs its own row in both: do they come from the same split?"
                if isinstance(data[0], list):
                    hint = (
                        f"x is a list of {len(data[0])} arrays, taken for as many inputs. Samples go in as np.stack(x)."
                    )
                raise ValueError(f"{where}: x has {n} samples, but {name} has {len(array)}. {hint}")
    if n == 0:
        raise ValueError(f"{where}: there are no samples, x has shape {flat(data[0])[0].shape}.")
    return data


def split(data, share):
    """The first samples for training, the last `share` of them for validation."""
    require_number("fit: validation_split is the share held out. It", share, 0, 1, below=True)
    n = count(data[0])
    cut = math.floor(n * (1 - share))
    if share and cut in (0, n):
        raise ValueError(f"fit: validation_split={share} of {n} samples leaves one side without any.")
    return [pick(part, slice(cut)) for part in data], [pick(part, slice(cut, n)) for part in data]


def weighted(data, class_weight):
    """`data` with a weight for each sample by its class; classes that are not named weigh 1."""
    x, y, sample_weight = data
    if class_weight is None:
        return data
    if sample_weight is not None:
        raise ValueError("Give either class_weight or sample_weight, not both.")
    if not isinstance(class_weight, dict) or y is None or isinstance(y, (list, dict)):
        raise ValueError(
            f"class_weight is a dict, class → weight, and needs labels y, one array, but got {class_weight!r}."
        )
    labels = class_of_each(y)
    weights = np.ones(len(y), "float32")
    for label, weight in class_weight.items():
        if not isinstance(label, (int, float, np.number, np.bool_)):
            raise ValueError(f"class_weight: a class is a number, as in y, but got {label!r}.")
        what = f"class_weight: the weight of class {label}"
        weights[labels == label] = require_number(what, weight, -math.inf)
    return x, y, weights


def class_of_each(y):
    """The class of each sample as a number, from labels that are numbers or one-hot."""
    if y.ndim == 1 or y.shape[1:] == (1,):
        return y.reshape(len(y))
    if y.ndim > 2 or not np.allclose(y.sum(axis=1), 1, atol=1e-3):
        raise ValueError(
            f"class_weight needs one class for each sample, as a number or one-hot, but y has shape {y.shape} and is "
            "neither. Labels of steps, or several to a sample, need sample_weight."
        )
    return y.argmax(axis=1)


# ---------------------------------------------------------------- batches


class Feed:
    """Batches, epoch by epoch.

    Args:
        where: how messages begin.
        steps_name: what messages call the argument that says how many batches an epoch has.
        size: batches in one pass over the data, None where nobody knows.
        steps: batches in an epoch if they were asked for; the next epoch goes on where this one stopped.
    """

    def __init__(self, where, steps_name, size, steps):
        self.where = where
        self.steps_name = steps_name
        self.size = size
        self.asked = steps
        self._pass = None  # the pass over the data that the next batch comes from
        self._seen = 0  # batches of this pass so far

    @property
    def steps(self):
        """Batches in an epoch, as far as that is known."""
        return self.asked or self.size

    def batches(self):
        """One pass over the data."""
        raise NotImplementedError

    def first(self):
        """The first batch; the epoch that follows begins with it all the same."""
        self._pass = self.batches()
        for batch in self._pass:
            self._pass = itertools.chain([batch], self._pass)
            return batch
        raise self.nothing()

    def nothing(self):
        return ValueError(f"{self.where} gives no batch at all. Has the generator been used up by an earlier loop?")

    def epoch(self, anew=False):
        """The batches of one epoch, which goes on where the last one stopped, or begins `anew` if the data can."""
        if self._pass is None or anew:
            self._pass, self._seen = self.batches(), 0
        given = 0
        for batch in itertools.islice(self._pass, self.asked):
            yield batch
            given += 1
            if given == MANY and self.steps is None:
                warnings.warn(
                    f"{self.where} has given {MANY:,} batches, and no end in sight. Is it endless? "
                    f"Then say how many make an epoch: {self.steps_name}=...",
                    stacklevel=2,
                )
        self._seen += given
        if self.asked is None or given < self.asked or self._seen == self.size:
            self._pass = None
        if self.asked and given < self.asked:
            warnings.warn(
                f"{self.where} ended after {given} of the {self.asked} batches that {self.steps_name} asks for. "
                "A generator for training goes on for ever (while True: ...); arrays and datasets start anew with the "
                "next epoch.",
                stacklevel=2,
            )


class Arrays(Feed):
    """Batches cut out of arrays; in a new random order in each pass with a `shuffler`, a random generator."""

    def __init__(self, where, steps_name, data, batch_size=None, steps=None, shuffler=None):
        if batch_size is None:
            batch_size = math.ceil(count(data[0]) / steps) if steps else 32
        self.batch_size = require_number(f"{where}: batch_size", batch_size, 1, whole=True)
        super().__init__(where, steps_name, math.ceil(count(data[0]) / batch_size), steps)
        self.data = data
        self.shuffler = shuffler

    def batches(self):
        n = count(self.data[0])
        order = None if self.shuffler is None else self.shuffler.permutation(n)
        for start in range(0, n, self.batch_size):
            rows = slice(start, start + self.batch_size)
            yield pack_x_y_sample_weight(*(pick(part, rows if order is None else order[rows]) for part in self.data))


class Stream(Feed):
    """Batches as a generator, an iterable or a dataset (`__len__` and `__getitem__`) makes them.

    The batches of a dataset come in a new random order in each pass with a `shuffler`, a random generator.
    """

    def __init__(self, where, steps_name, source, steps=None, shuffler=None, class_weight=None):
        has_length = hasattr(source, "__len__")
        super().__init__(where, steps_name, len(source) if has_length else None, steps)
        self.by_index = has_length and hasattr(source, "__getitem__")
        self.source = source
        self.shuffler = shuffler
        self.class_weight = class_weight

    def batches(self):
        if not self.by_index:
            yield from map(self._checked, self.source)
            return
        for i in range(self.size) if self.shuffler is None else self.shuffler.permutation(self.size):
            yield self._checked(self.source[int(i)])

    def _checked(self, batch):
        where = f"{self.where}: a batch"
        if not isinstance(batch, tuple) or not 1 <= len(batch) <= 3:
            found = f"a tuple of {len(batch)}" if isinstance(batch, tuple) else f"a {type(batch).__name__}"
            raise TypeError(f"{where} is a tuple, (x, y) or (x, y, sample_weight), but got {found}.")
        data = checked(*batch, *[None] * (3 - len(batch)), where)
        return pack_x_y_sample_weight(*weighted(data, self.class_weight))

    def epoch(self, anew=False):
        getattr(self.source, "on_epoch_begin", nothing)()
        yield from super().epoch(anew)
        getattr(self.source, "on_epoch_end", nothing)()


def nothing():
    """What is called where a dataset has no such method."""


def gives_batches(x):
    """Whether x makes batches itself: a generator, an iterable, a dataset. Arrays and lists of them don't."""
    if hasattr(x, "__array__") or isinstance(x, (list, tuple, dict, str, bytes, type(None))):
        return False
    return hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))


def feed(method, x, y=None, sample_weight=None, batch_size=None, steps=None, steps_name="steps", shuffler=None,
         class_weight=None):  # fmt: skip
    """The feed for what `fit`, `evaluate` or `predict` was given."""
    if steps is not None:
        require_number(f"{method}: {steps_name}", steps, 1, whole=True)
    if not gives_batches(x):
        data = weighted(checked(x, y, sample_weight, method), class_weight)
        return Arrays(method, steps_name, data, batch_size, steps, shuffler)
    for name, value in (("y", y), ("sample_weight", sample_weight), ("batch_size", batch_size)):
        if value is not None:
            raise ValueError(
                f"{method}: x is a {type(x).__name__} that makes whole batches (x, y, sample_weight), "
                f"so {name} can't be given beside it."
            )
    return Stream(f"{method}: the {type(x).__name__}", steps_name, x, steps, shuffler, class_weight)
