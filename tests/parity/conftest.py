"""The ledger: what was held against Keras, how far apart the two were, and what was allowed.

    pytest tests/parity --ledger FILE

writes it as JSON; `build_tools/parity_page.py` checks that no public name is missing and makes a page of the book.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from dlcore.tensor import Tensor

pytest.importorskip("keras")


def pytest_addoption(parser):
    parser.addoption("--ledger", type=Path, help="write what was held against Keras to this JSON file")


def pytest_configure(config):
    config.ledger = {}


class Ledger:
    """Holds results of dlcore against Keras's, and keeps book of it by public name."""

    def __init__(self, entries):
        self.entries = entries

    def holds(self, name, what, ours, theirs, tolerance):
        """Assert max|ours − theirs| ≤ tolerance · max(1, max|theirs|), and record the difference on that scale.

        Args:
            name: public, without "dlcore.": "layers.Conv2D".
            what: what is compared: "output, padding same".
            ours, theirs: numbers, arrays, tensors, or lists of them.
            tolerance: 0 asks for the same bits.
        """
        largest = max(
            (difference(name, what, a, b) for a, b in zip(listed(ours), listed(theirs), strict=True)), default=0.0
        )
        assert largest <= tolerance, f"{name}, {what}: differs by {largest:.3g} from Keras, allowed is {tolerance:g}"
        entry = self.entries.setdefault(name, {"comparisons": 0, "difference": 0.0, "tolerance": 0.0})
        entry["comparisons"] += 1
        entry["difference"] = max(entry["difference"], largest)
        entry["tolerance"] = max(entry["tolerance"], float(tolerance))


def listed(values):
    return list(values) if isinstance(values, (list, tuple)) else [values]


def difference(name, what, ours, theirs):
    """The largest difference of two arrays, in units of the largest entry where that is above 1."""
    ours, theirs = as_numbers(ours), as_numbers(theirs)
    assert ours.shape == theirs.shape, f"{name}, {what}: shape {ours.shape}, but Keras has {theirs.shape}"
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    if same.all():
        return 0.0
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(ours - theirs))
    finite = np.abs(theirs[np.isfinite(theirs)])
    return float(np.where(np.isnan(gap), np.inf, gap).max() / max(1.0, finite.max(initial=0.0)))


def as_numbers(x):
    """x as float64; Keras's tensors know how to become arrays."""
    return np.asarray(x.data if isinstance(x, Tensor) else x).astype(np.float64)


@pytest.fixture
def ledger(request):
    return Ledger(request.config.ledger)


# ---------------------------------------------------------------- from the workers into one file


def merge(entries, more):
    for name, new in more.items():
        entry = entries.setdefault(name, {"comparisons": 0, "difference": 0.0, "tolerance": 0.0})
        entry["comparisons"] += new["comparisons"]
        for key in ("difference", "tolerance"):
            entry[key] = max(entry[key], new[key])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    merge(node.config.ledger, getattr(node, "workeroutput", {}).get("ledger", {}))


def pytest_sessionfinish(session):
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["ledger"] = config.ledger
    elif config.option.ledger:
        config.option.ledger.parent.mkdir(parents=True, exist_ok=True)
        config.option.ledger.write_text(json.dumps(config.ledger, indent=1, sort_keys=True) + "\n", encoding="utf-8")
