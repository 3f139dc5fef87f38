"""Real data that comes with an installed package, so that it needs no network.

All return `((x_train, y_train), (x_test, y_test))`, with every fifth row held out for the test, of each class if there
are classes, in the order of the original. So the split is always the same.
"""

from importlib import import_module

import numpy as np


def digits():
    """Handwritten digits in 8×8 pixels, from scikit-learn: `((x_train, y_train), (x_test, y_test))`.

    x has shape (n, 8, 8), float32, from 0 (paper) to 1 (ink); y has shape (n,), int64, 0 to 9. Of each digit every
    fifth image is held out for the test, in the order of the original: 1,442 to train, 355 to test, always the same.

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository 1998
    (the 1,797 images of its test part), CC BY 4.0.
    """
    bundle = from_sklearn("digits")
    x, y = (bundle.images / 16).astype(np.float32), bundle.target.astype(np.int64)
    return every_fifth_held_out(x, y, groups=y)


def iris():
    """Three kinds of iris by the measures of their flowers: `((x_train, y_train), (x_test, y_test))`.

    x has shape (120, 4) and (30, 4), float32: length and width of the sepal, length and width of the petal, in cm;
    y has shape (n,), int64: 0 setosa, 1 versicolor, 2 virginica, equally many of each.

    Source: R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7, 1936; UCI
    Machine Learning Repository, CC BY 4.0.
    """
    return classes_of("iris")


def wine():
    """Wines of three growers by chemical analysis: `((x_train, y_train), (x_test, y_test))`.

    x has shape (144, 13) and (34, 13), float32: alcohol, malic acid, ash, its alkalinity, magnesium, phenols,
    flavanoids, other phenols, proanthocyanins, colour, hue, OD280/OD315 and proline, each on a scale of its own
    (proline up to 1,680, hue about 1); y has shape (n,), int64: the grower, 0 to 2.

    Source: S. Aeberhard and M. Forina, "Wine", UCI Machine Learning Repository 1992, CC BY 4.0.
    """
    return classes_of("wine")


def breast_cancer():
    """Tumours by measures of their cells' nuclei: `((x_train, y_train), (x_test, y_test))`.

    x has shape (456, 30) and (113, 30), float32: ten measures such as radius, texture and smoothness, each as mean,
    as standard error and as worst (mean of the three largest), on scales of their own; y has shape (n,), int64:
    0 malignant, 1 benign.

    Source: W. Wolberg, O. Mangasarian, N. Street and W. Street, "Breast Cancer Wisconsin (Diagnostic)", UCI Machine
    Learning Repository 1993, CC BY 4.0.
    """
    return classes_of("breast_cancer")


def diabetes():
    """How far diabetes went in a year, by ten measures at its start: `((x_train, y_train), (x_test, y_test))`.

    x has shape (354, 10) and (88, 10), float32: age, sex (1 or 2), body mass index, mean blood pressure and six values
    from the blood, on scales of their own; y has shape (n,), float32, from 25 to 346: a number to be predicted.

    Source: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least Angle Regression", Annals of Statistics 32 (2),
    2004.
    """
    bundle = from_sklearn("diabetes", scaled=False)
    return every_fifth_held_out(bundle.data.astype(np.float32), bundle.target.astype(np.float32))


def from_sklearn(name, **how):
    """What scikit-learn's own loader gives."""
    try:
        loaders = import_module("sklearn.datasets")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"datasets.{name}() takes its data from scikit-learn, which is not installed: pip install scikit-learn.",
            name="sklearn",
        ) from None
    return getattr(loaders, f"load_{name}")(**how)


def classes_of(name):
    """A table of measures with a class for each row, split."""
    bundle = from_sklearn(name)
    y = bundle.target.astype(np.int64)
    return every_fifth_held_out(bundle.data.astype(np.float32), y, groups=y)


def every_fifth_held_out(x, y, groups=None):
    """`((x_train, y_train), (x_test, y_test))`: every fifth row, of each group if there are groups, is for the test."""
    groups = np.zeros(len(y)) if groups is None else groups
    held_out = np.zeros(len(y), bool)
    for group in np.unique(groups):
        held_out[np.flatnonzero(groups == group)[4::5]] = True
    return (x[~held_out], y[~held_out]), (x[held_out], y[held_out])
