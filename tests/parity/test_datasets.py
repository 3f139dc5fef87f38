"""MNIST: the arrays are those that Keras loads, and in the same form."""

import os
from pathlib import Path

import numpy as np
import pytest

from dlcore import datasets

mnist = pytest.importorskip("keras.src.datasets.mnist")
FILE = Path(os.environ.get("DLCORE_DATA_DIR") or "nowhere") / "mnist.npz"


@pytest.mark.skipif(not FILE.is_file(), reason="needs mnist.npz in DLCORE_DATA_DIR")
def test_mnist_is_what_keras_loads(monkeypatch):
    addresses = []

    def from_the_folder(fname, origin, **settings):
        addresses.append((origin, settings["file_hash"]))
        return FILE

    monkeypatch.setattr(mnist, "get_file", from_the_folder)
    for ours, theirs in zip(datasets.mnist.load_data(), mnist.load_data(), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert a.dtype == b.dtype == np.uint8
            assert np.array_equal(a, b)
    source = datasets.REGISTRY["mnist"]
    assert addresses == [(source.url, source.sha256)]  # both fetch the same file
