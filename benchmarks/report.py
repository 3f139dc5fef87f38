"""The page of the book that shows how fast dlcore is, made from what the benchmark recorded."""

import json
from pathlib import Path

from .contenders import CONTENDERS
from .workloads import WORKLOADS

RECORD = Path(__file__).with_name("results.json")
PAGE = Path(__file__).resolve().parents[1] / "chapters" / "back-matter" / "speed.md"
AHEAD = 0.97  # below this multiple of dlcore's time another counts as faster


def ratio(measured, name):
    """A contender's time over dlcore's; None where it has none."""
    ours, theirs = (measured.get(each, {}).get("ms") for each in ("dlcore", name))
    return theirs / ours if ours and theirs else None


def cell(measured, name, kind):
    """An entry of a table: "ratio", "ms", or megabytes "imported" or "peak". Empty where there is none."""
    value = ratio(measured, name) if kind == "ratio" else measured.get(name, {}).get(kind)
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 or kind in ("imported", "peak") else f"{value:.2g}" if value < 10 else f"{value:.1f}"


def absences(workloads):
    """Sentences for what was not measured: "tinygrad, W3: not written: …"."""
    return [
        f"{name}, {workload}: {result['absent']}"
        for workload, measured in workloads.items()
        for name, result in measured.items()
        if "absent" in result
    ]
