"""Data sets: shapes, splits and seeds of those that are made or bundled, and what the real ones hold."""

import hashlib
import importlib.util
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from dlcore import datasets

# ---------------------------------------------------------------- made by a formula


@pytest.mark.parametrize(("name", "classes"), [("moons", 2), ("circles", 2), ("spirals", 3), ("xor", 2)])
def test_generated_sets_have_the_promised_form(name, classes):
    make = getattr(datasets, name)
    x, y = make(101, seed=3)
    assert x.shape == (101, 2) and x.dtype == np.float32
    assert y.shape == (101,) and y.dtype == np.int64
    assert set(y) == set(range(classes))
    assert np.ptp(np.bincount(y)) <= 1  # the classes are equally large
    again, _ = make(101, seed=3)
    other, _ = make(101, seed=4)
    assert np.array_equal(x, again) and not np.array_equal(x, other)
    assert datasets.available(name)


def test_circles_have_their_radii():
    x, y = datasets.circles(50, noise=0, factor=0.3)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.where(y == 0, 1, 0.3), atol=1e-6)


def test_moons_are_half_circles():
    x, y = datasets.moons(60, noise=0)
    np.testing.assert_allclose(np.linalg.norm(x[y == 0], axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(x[y == 1] - [1, 0.5], axis=1), 1, atol=1e-6)
    assert (x[y == 0, 1] >= 0).all() and (x[y == 1, 1] <= 0.5).all()


def test_spirals_are_one_arm_turned():
    x, y = datasets.spirals(400, classes=4, noise=0)
    angle = np.arctan2(x[:, 1], x[:, 0]) - 4 * np.linalg.norm(x, axis=1)
    turned = np.exp(1j * (angle - 2 * np.pi * y / 4))
    np.testing.assert_allclose(turned, 1, atol=1e-5)


def test_xor_without_noise_is_the_truth_table():
    x, y = datasets.xor(4, noise=0)
    assert x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("arguments", [{"n": 1}, {"n": 2.5}, {"n": True}, {"noise": -1}, {"noise": np.nan}])
def test_generated_sets_refuse_nonsense(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        datasets.moons(**arguments)


def test_other_arguments_are_checked_too():
    with pytest.raises(ValueError, match="factor"):
        datasets.circles(factor=1)
    with pytest.raises(ValueError, match="classes"):
        datasets.spirals(classes=1)


# ---------------------------------------------------------------- bundled


def test_digits_are_split_the_same_way_always():
    (x_train, y_train), (x_test, y_test) = datasets.digits()
    assert x_train.shape == (1442, 8, 8) and x_test.shape == (355, 8, 8)
    assert x_train.dtype == np.float32 and x_train.min() == 0 and x_train.max() == 1
    assert y_train.dtype == np.int64
    share = np.bincount(y_test) / (np.bincount(y_test) + np.bincount(y_train))
    assert np.all(np.abs(share - 0.2) < 0.005)  # stratified
    digest = hashlib.sha256(np.concatenate([y_train, y_test]).tobytes()).hexdigest()
    assert digest.startswith("c8df6b4a39826bbb")
    assert datasets.available("digits")


@pytest.mark.parametrize(
    ("name", "rows", "features", "y_dtype"),
    [
        ("iris", (120, 30), 4, np.int64),
        ("wine", (144, 34), 13, np.int64),
        ("breast_cancer", (456, 113), 30, np.int64),
        ("diabetes", (354, 88), 10, np.float32),
    ],
)
def test_bundled_tables_are_split_the_same_way_always(name, rows, features, y_dtype):
    from sklearn import datasets as original

    (x_train, y_train), (x_test, y_test) = getattr(datasets, name)()
    assert x_train.shape == (rows[0], features) and x_test.shape == (rows[1], features)
    assert y_train.shape == rows[:1] and y_test.shape == rows[1:]
    assert x_train.dtype == np.float32 and y_train.dtype == y_test.dtype == y_dtype
    if y_dtype == np.int64:
        share = np.bincount(y_test) / (np.bincount(y_test) + np.bincount(y_train))
        assert np.all(np.abs(share - 0.2) < 0.02)  # stratified
    x, y = getattr(original, f"load_{name}")(return_X_y=True, **({"scaled": False} if name == "diabetes" else {}))
    together = {(*x, float(y)) for x, y in zip([*x_train, *x_test], [*y_train, *y_test])}
    assert together == {(*x, float(y)) for x, y in zip(x.astype(np.float32), y)}  # every row is in one of the two
    assert datasets.available(name)


def test_every_fifth_row_is_held_out():
    (x_train, y_train), (x_test, y_test) = datasets.bundled.every_fifth_held_out(np.arange(12), np.arange(12))
    assert x_test.tolist() == y_test.tolist() == [4, 9]
    assert x_train.tolist() == y_train.tolist() == [0, 1, 2, 3, 5, 6, 7, 8, 10, 11]
    groups = np.array([0, 1] * 6)
    _, (x_test, _) = datasets.bundled.every_fifth_held_out(np.arange(12), np.arange(12), groups)
    assert x_test.tolist() == [8, 9]


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not datasets.available("iris")
    with pytest.raises(ModuleNotFoundError, match=r"datasets.iris\(\) takes its data.*pip install scikit-learn"):
        datasets.iris()


# ---------------------------------------------------------------- stand-ins

FETCHED = ("shakespeare", "names", "sentiment", "movielens", "chorales")


def flat(value):
    """Everything in a data set, one thing after the other, for comparison."""
    return [x for v in value for x in flat(v)] if isinstance(value, (tuple, list)) else [np.asarray(value).tolist()]


@pytest.mark.parametrize("name", FETCHED)
def test_a_stand_in_needs_no_network_and_is_always_the_same(name, monkeypatch):
    monkeypatch.setattr(datasets.fetched, "obtain", lambda source: pytest.fail("a stand-in is not fetched"))
    module = getattr(datasets, name)
    assert flat(module.default()) == flat(module.default())


@pytest.mark.parametrize("name", ["sentiment", "movielens", "chorales"])
def test_another_seed_gives_another_stand_in(name):
    default = getattr(datasets, name).default
    assert flat(default(seed=0)) == flat(default()) != flat(default(seed=1))


def test_the_stand_in_for_shakespeare():
    text = datasets.shakespeare.default()
    assert text.startswith("Shall I compare thee") and text.endswith("false compare.\n")
    assert 2_500 < len(text) < 4_000
    assert all(len(sonnet.splitlines()) == 14 for sonnet in text.split("\n\n"))


def test_the_stand_in_for_names():
    names = datasets.names.default()
    assert len(names) == len(set(names)) == 366
    assert names == sorted(names)
    assert all(name.isascii() and name.isalpha() and name.islower() for name in names)


def test_the_stand_in_for_sentiment():
    (x_train, y_train), (x_test, y_test) = datasets.sentiment.default()
    assert x_train.shape == y_train.shape == (960,) and x_test.shape == y_test.shape == (240,)
    assert y_train.dtype == np.uint8 and y_train.mean() == y_test.mean() == 0.5
    assert len({*x_train, *x_test}) == 1200 and all(type(sentence) is str for sentence in x_train)
    label = dict(zip([*x_train, *x_test], [*y_train, *y_test]))
    assert label["the soup was good."] == label["the soup was not awful."] == 1
    assert label["the soup was not good."] == label["nobody can say that the soup was good."] == 0
    assert label["honestly this place was a mess."] == 0


def test_the_stand_in_for_movielens_can_be_predicted():
    (x_train, y_train), (x_test, y_test) = datasets.movielens.default()
    assert x_train.shape == (8000, 2) and x_test.shape == (2000, 2) and y_test.shape == (2000,)
    assert x_train.dtype == np.int64 and y_train.dtype == np.float32
    x = np.concatenate([x_train, x_test])
    assert x.min(0).tolist() == [0, 0] and x.max(0).tolist() == [199, 149]
    assert set(np.unique(y_train)) == set(np.arange(1, 11) / 2)
    assert len({*map(tuple, x.tolist())}) == 10_000  # nobody rates a film twice
    guess = y_train.mean()  # the average person gives the average film this; and then, by how much each of them differs
    for person_or_film, number in zip(x_train.T, x_test.T):
        sums, counts = np.bincount(person_or_film, y_train), np.bincount(person_or_film)
        guess = guess + (sums / counts - y_train.mean())[number]
    assert np.mean((guess - y_test) ** 2) < 0.8 * np.var(y_test)


def test_the_stand_in_for_chorales():
    splits = datasets.chorales.default()
    assert [len(split) for split in splits] == [120, 40, 40]
    pieces = [piece for split in splits for piece in split]
    assert len({piece.tobytes() for piece in pieces}) == 200
    for piece in pieces:
        assert piece.shape == (32, 4) and piece.dtype == np.uint8
        assert (np.diff(piece.astype(int), axis=1) > 0).all()  # the voices don't cross
        key = piece[0, 0] % 12
        degrees = (piece.astype(int) - key) % 12
        assert np.isin(degrees, [0, 2, 4, 5, 7, 9, 11]).all()
        for row in (0, -1):
            assert set(degrees[row]) == {0, 4, 7} and degrees[row, 0] == 0
        assert set(degrees[-2]) == {7, 11, 2}
        assert np.abs(np.diff(piece[:, 1:].astype(int), axis=0)).max() <= 7  # the upper voices don't leap


# ---------------------------------------------------------------- what there is


def test_an_unknown_set_gets_the_nearest_name():
    with pytest.raises(ValueError, match="Did you mean 'mnist'"):
        datasets.available("minst")


@pytest.mark.parametrize("name", FETCHED)
def test_the_error_without_a_network_names_the_stand_in(name):
    source = datasets.REGISTRY[name]
    assert f"datasets.{name}.default()" in source.instead
    assert set(source.parts) == set(source.files)  # of a text, the whole is verified


# ---------------------------------------------------------------- the real ones


def real(*names):
    """Marks a test that needs real data; the network is not asked for it."""
    folder = Path(os.environ.get("DLCORE_DATA_DIR") or "nowhere")
    files = [file for name in names for file in datasets.REGISTRY[name].files]
    missing = [file for file in files if not (folder / file).is_file()]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)} in DLCORE_DATA_DIR")


@real("mnist")
def test_the_real_mnist():
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert all(array.dtype == np.uint8 for array in (x_train, y_train, x_test, y_test))
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@real("shakespeare")
def test_the_real_shakespeare():
    text = datasets.shakespeare.load_data()
    assert len(text) == 1_115_394 and len(set(text)) == 65
    assert text.startswith("First Citizen:\nBefore we proceed any further, hear me speak.\n")
    assert set(datasets.shakespeare.default()) <= set(text)


@real("names")
def test_the_real_names():
    names = datasets.names.load_data()
    assert len(names) == 32_033 and len(set(names)) == 29_494
    assert names[:3] == ["emma", "olivia", "ava"] and names[-1] == "zzyzx"
    assert {len(name) for name in names} == set(range(2, 16))
    assert len(set("".join(names))) == 26


@real("sentiment")
def test_the_real_sentences():
    (x_train, y_train), (x_test, y_test) = datasets.sentiment.load_data()
    assert x_train.shape == y_train.shape == (2400,) and x_test.shape == y_test.shape == (600,)
    assert y_train.dtype == np.uint8 and y_train.sum() == 1200 and y_test.sum() == 300
    assert x_train[1] == "Good case, Excellent value." and y_train[1] == 1
    assert x_train[800].startswith("A very, very, very slow-moving, aimless movie") and y_train[800] == 0
    assert x_train[1600] == "Wow... Loved this place." and y_train[1600] == 1
    assert y_test[:200].sum() == y_test[200:400].sum() == y_test[400:].sum() == 100  # of each site half
    assert not any('"' in x or "\t" in x or "  " in x or x != x.strip() or not x for x in [*x_train, *x_test])
    assert all(type(x) is str for x in x_train)


@real("movielens")
def test_the_real_ratings():
    (x_train, y_train), (x_test, y_test) = datasets.movielens.load_data()
    assert x_train.shape == (80_669, 2) and x_test.shape == (20_167, 2)
    assert x_train.dtype == np.int64 and y_train.dtype == np.float32
    x, y = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
    assert [len(np.unique(column)) for column in x.T] == [610, 9724] and x.max(0).tolist() == [609, 9723]
    assert x_train[:3].tolist() == [[0, 0], [0, 2], [0, 5]] and y_train[:5].tolist() == [4, 4, 4, 5, 3]
    counts = [1370, 2811, 1791, 7551, 5550, 20047, 13136, 26818, 8551, 13211]
    assert Counter(y.tolist()) == dict(zip(np.arange(1, 11) / 2, counts))
    assert len(set(x_test[:, 1]) - set(x_train[:, 1])) == 770  # as the docstring says


@real("chorales")
def test_the_real_chorales():
    splits = datasets.chorales.load_data()
    assert [len(split) for split in splits] == [229, 76, 77]
    pieces = [piece for split in splits for piece in split]
    assert {piece.shape[1] for piece in pieces} == {4} and {piece.dtype for piece in pieces} == {np.dtype("uint8")}
    lengths = [len(piece) for piece in pieces]
    assert (min(lengths), max(lengths), sum(lengths)) == (25, 160, 23_134)
    assert splits[0][0][:2].tolist() == [[60, 72, 79, 88], [0, 72, 79, 88]]
    notes = np.concatenate(pieces)
    assert notes[notes > 0].min() == 43 and notes.max() == 96
    assert (np.sort(notes, axis=1) == notes).all()
    assert Counter((notes > 0).sum(1).tolist()) == {4: 20_835, 3: 2_205, 2: 17, 1: 13, 0: 64}
