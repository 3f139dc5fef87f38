"""Preparing data."""

import numpy as np

from .checks import require_number
from .names import refuse


def to_categorical(x, num_classes=None):
    """Class numbers as one-hot rows, float32: 2 of 4 classes → [0, 0, 1, 0].

    Args:
        x: integers of shape (…) or (…, 1).
        num_classes: the length of a row; the largest label plus one by default.

    Returns:
        An array of shape (…, num_classes).
    """
    labels = np.asarray(x)
    if labels.size and (labels.dtype.kind not in "iubf" or not np.array_equal(labels, labels.astype("int64"))):
        raise ValueError(f"to_categorical needs whole class numbers, but got {labels.dtype} such as {labels.flat[0]}.")
    labels = labels.astype("int64")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        num_classes = int(labels.max(initial=0)) + 1
    require_number("to_categorical: num_classes", num_classes, 1, whole=True)
    if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
        raise ValueError(
            f"to_categorical: labels run from {labels.min()} to {labels.max()}, "
            f"but {num_classes} classes are numbered 0 to {num_classes - 1}."
        )
    return (labels[..., None] == np.arange(num_classes)).astype("float32")


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """What `train_step` gets for a batch: x alone, (x, y) or (x, y, sample_weight)."""
    if sample_weight is not None:
        return x, y, sample_weight
    if y is not None:
        return x, y
    return (x,) if isinstance(x, (list, tuple)) else x


def unpack_x_y_sample_weight(data):
    """(x, y, sample_weight) out of what `train_step` gets, None for what is not there."""
    data = tuple(data) if isinstance(data, (list, tuple)) else (data,)
    if not 1 <= len(data) <= 3:
        raise ValueError(f"A batch is x, (x,), (x, y) or (x, y, sample_weight), but got {len(data)} things.")
    return data + (None,) * (3 - len(data))


class PyDataset:
    """Base of a data set that makes its batches one at a time, for data too large for one array.

        class Pages(PyDataset):
            def __len__(self):                # how many batches
                return 100

            def __getitem__(self, index):     # one of them, a tuple (x, y) or (x, y, sample_weight)
                return load(index)

    `model.fit(Pages())` takes them in a new random order in each epoch, unless `shuffle=False`.
    """

    def __init__(self, **left_out):
        refuse("PyDataset", left_out, {"workers": 1, "use_multiprocessing": False, "max_queue_size": 10})

    def __len__(self):
        raise NotImplementedError(f"{type(self).__name__} needs a method __len__(self): how many batches there are.")

    def __getitem__(self, index):
        """The batch of that number, counted from 0."""
        raise NotImplementedError(f"{type(self).__name__} needs a method __getitem__(self, index): one batch.")

    @property
    def num_batches(self):
        """How many batches there are."""
        return len(self)

    def on_epoch_begin(self):
        """Called before each epoch."""

    def on_epoch_end(self):
        """Called after each epoch, for one to shuffle."""
