"""scikit-learn's bundled data sets, from the files of its package, as its own loaders give them."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

DATA = Path(__file__).parent / "data"
LEAVES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
SUBSTANCES = """alcohol malic_acid ash alcalinity_of_ash magnesium total_phenols flavanoids nonflavanoid_phenols
proanthocyanins color_intensity hue od280/od315_of_diluted_wines proline""".split()
SHAPES = "radius,texture,perimeter,area,smoothness,compactness,concavity,concave points,symmetry,fractal dimension"
VALUES = "age sex bmi bp s1 s2 s3 s4 s5 s6".split()


def load_digits():
    table = np.loadtxt(DATA / "digits.csv.gz", delimiter=",")
    data, target = table[:, :-1], table[:, -1].astype(int)
    return SimpleNamespace(data=data, target=target, images=data.reshape(-1, 8, 8), target_names=np.arange(10))


def load_iris():
    return classes("iris.csv", LEAVES)


def load_wine():
    return classes("wine_data.csv", SUBSTANCES)


def load_breast_cancer():
    columns = [how.format(what) for how in ("mean {}", "{} error", "worst {}") for what in SHAPES.split(",")]
    return classes("breast_cancer.csv", np.array(columns))


def load_diabetes(*, scaled=True):
    if scaled:
        raise ValueError("A page holds the unscaled measures only: load_diabetes(scaled=False).")
    return SimpleNamespace(
        data=np.loadtxt(DATA / "diabetes_data_raw.csv.gz"),
        target=np.loadtxt(DATA / "diabetes_target.csv.gz"),
        feature_names=VALUES,
    )


def classes(file, columns):
    """A table whose first line tells its size and the names of its classes, and whose last column is the class."""
    with open(DATA / file, encoding="utf-8") as table:
        names = np.array(next(table).strip().split(",")[2:])
        rows = np.loadtxt(table, delimiter=",")
    data, target = rows[:, :-1], rows[:, -1].astype(int)
    return SimpleNamespace(data=data, target=target, target_names=names, feature_names=columns)
