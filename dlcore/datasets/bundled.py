"""Real data that comes with an installed package, so that it needs no network."""

import numpy as np


def digits():
    """Handwritten digits in 8×8 pixels, from scikit-learn: `((x_train, y_train), (x_test, y_test))`.

    x has shape (n, 8, 8), float32, from 0 (paper) to 1 (ink); y has shape (n,), int64, 0 to 9. Of each digit every
    fifth image is held out for the test, in the order of the original: 1,442 to train, 355 to test, always the same.

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository 1998
    (the 1,797 images of its test part), CC BY 4.0.
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "datasets.digits() takes its images from scikit-learn, which is not installed: pip install scikit-learn.",
            name="sklearn",
        ) from None
    bundle = load_digits()
    x, y = (bundle.images / 16).astype(np.float32), bundle.target.astype(np.int64)
    held_out = np.zeros(len(y), bool)
    for digit in range(10):
        held_out[np.flatnonzero(y == digit)[4::5]] = True
    return (x[~held_out], y[~held_out]), (x[held_out], y[held_out])
