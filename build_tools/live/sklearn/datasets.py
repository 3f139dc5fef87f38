"""scikit-learn's bundled data sets, from the files of its package, as its own loaders give them."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

DATA = Path(__file__).parent / "data"


def load_digits():
    table = np.loadtxt(DATA / "digits.csv.gz", delimiter=",")
    data, target = table[:, :-1], table[:, -1].astype(int)
    return SimpleNamespace(data=data, target=target, images=data.reshape(-1, 8, 8))


def load_iris():
    return classes("iris.csv")


def load_wine():
    return classes("wine_data.csv")


def load_breast_cancer():
    return classes("breast_cancer.csv")


def load_diabetes(*, scaled=True):
    if scaled:
        raise ValueError("A page holds the unscaled measures only: load_diabetes(scaled=False).")
    return SimpleNamespace(
        data=np.loadtxt(DATA / "diabetes_data_raw.csv.gz"), target=np.loadtxt(DATA / "diabetes_target.csv.gz")
    )


def classes(file):
    """A table whose first line tells its size and the names of its classes, and whose last column is the class."""
    with open(DATA / file, encoding="utf-8") as table:
        names = np.array(next(table).strip().split(",")[2:])
        rows = np.loadtxt(table, delimiter=",")
    return SimpleNamespace(data=rows[:, :-1], target=rows[:, -1].astype(int), target_names=names)
