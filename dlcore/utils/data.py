"""Preparing data."""

import numpy as np

from .checks import require_number


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
