"""What the book adds to nbval: `pytest --nbval -p build_tools.nbval_plugin chapters`.

Cells tagged `mnist` are executed but compared only where MNIST is at hand. stderr is not compared. After a notebook's
first failing cell the rest is skipped, since what follows from one fault is no news. Each notebook gets one line.
"""

import collections
import os

import pytest

from build_tools.execute_notebooks import QUIET
from build_tools.project import chapter_name

_failed: dict[str, int] = {}


def pytest_configure(config):
    """Keep TensorFlow's log lines out of every kernel."""
    os.environ.update(QUIET)


def pytest_collection_modifyitems(items):
    """Choose what is compared."""
    cells = [item for item in items if hasattr(item, "cell")]
    compare_mnist = mnist_is_at_hand() if any("mnist" in tags(item) for item in cells) else True
    for item in cells:
        item.parent.skip_compare = tuple({*item.parent.skip_compare, "stderr"})
        if "mnist" in tags(item) and not compare_mnist:
            item.options["check"] = False


def tags(item) -> list[str]:
    """The tags of a notebook's cell."""
    return item.cell.metadata.get("tags", [])


def mnist_is_at_hand() -> bool:
    """Whether the chapters will find MNIST in a folder, the cache or the network."""
    from dlcore import datasets

    return datasets.available("mnist")


def pytest_runtest_setup(item):
    """Skip what comes after a notebook's first failing cell."""
    first = _failed.get(str(item.path))
    if hasattr(item, "cell") and first is not None:
        pytest.skip(f"cell {first} failed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Remember a notebook's first failing cell."""
    report = yield
    if report.failed and hasattr(item, "cell"):
        _failed.setdefault(str(item.path), item.cell_num)
    return report


def pytest_terminal_summary(terminalreporter):
    """One line a notebook."""
    rows = collections.defaultdict(lambda: {"passed": 0, "failed": 0, "skipped": 0, "seconds": 0.0})
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            path, _, _ = report.nodeid.partition("::")
            if path.endswith(".ipynb"):
                rows[path]["failed" if outcome == "error" else outcome] += 1
                rows[path]["seconds"] += report.duration
    if not rows:
        return
    terminalreporter.section("notebooks")
    for path, row in sorted(rows.items()):
        verdict = "FAIL" if row["failed"] else "ok  "
        left = f", {row['skipped']} not run" if row["skipped"] else ""
        line = f"{verdict} {chapter_name(path)}: {row['passed']} cells{left}, {row['seconds']:.0f} s"
        terminalreporter.write_line(line, red=bool(row["failed"]))
