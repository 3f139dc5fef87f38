"""The page of the book that shows how fast dlcore is, made from what the benchmark recorded."""

import json
from pathlib import Path

from .contenders import CONTENDERS
from .workloads import WORKLOADS

RECORD = Path(__file__).with_name("results.json")
PAGE = Path(__file__).resolve().parents[1] / "chapters" / "back-matter" / "speed.md"
#: Why a contender is faster than dlcore, wherever it is.
WHY = {
    "Keras": "TensorFlow spreads every operation over both threads; NumPy uses the second one for matrix products "
    "only.",
    "Keras, jit": "XLA compiles the whole step into one program, which passes over memory fewer times.",
    "Keras, JAX": "JAX compiles the whole step into one program, which passes over memory fewer times and needs no "
    "Python until it is done.",
    "PyTorch": "it spreads every operation over both threads; NumPy uses the second one for matrix products only. "
    "With one thread each the two are nearly level.",
    "MyGrad": "its loop does less than `fit`, which counts metrics and calls callbacks.",
    "autograd": "its loop does less than `fit`, which counts metrics and calls callbacks.",
    "tinygrad": "it compiles the step for this processor.",
}
#: More exactly, for one workload.
WHY_HERE = {
    ("PyTorch", "W3"): "the matrices of a single time step are small, and NumPy's products gain little from a second "
    "thread there. With one thread each the two are nearly level.",
}

INTRO = """# Speed: `dlcore` beside Keras, PyTorch and others

`dlcore` is written to be read. This page shows what that costs, and where it costs nothing.
Small networks train a step at a time in each library:

"""
HOW = """
Each library trains in a process of its own with {threads}, and all take turns, so that whatever else the
machine does meets every one of them. The numbers are medians of {repeats} turns after warm-up.
`dlcore` and Keras run the same program, in which only the import differs, as you would call it: `fit`, which shuffles,
keeps count of loss and metrics and calls callbacks. The others run a training loop, which shuffles and keeps the mean
loss and nothing else. What a compiler needs once, before the first step, is left out.

Measured on {date} on {hardware}, with Python {python}, {versions}, and {blas} for NumPy's matrix products{load}, by
`{command}`.
Trust the ratios more than the times: another processor has other times, and somewhat other ratios.
"""


def ratio(measured: dict, name: str) -> float | None:
    """A contender's time over dlcore's; None where it has none."""
    ours, theirs = (measured.get(each, {}).get("ms") for each in ("dlcore", name))
    return theirs / ours if ours and theirs else None


def cell(measured: dict, name: str, kind: str) -> str:
    """An entry of a table: "ratio", "ms", or megabytes "imported" or "peak". Empty where there is none."""
    value = ratio(measured, name) if kind == "ratio" else measured.get(name, {}).get(kind)
    if value is None:
        return ""
    decimals = 0 if value >= 100 or kind in ("imported", "peak") else 1 if value >= 10 else 2 if value >= 0.1 else 3
    return f"{value:.{decimals}f}"


def absences(workloads: dict) -> list[str]:
    """Sentences for what was not measured: "W3, tinygrad: not written: …"."""
    return [
        f"{workload}, {name}: {result['absent']}"
        for workload, measured in workloads.items()
        for name, result in measured.items()
        if "absent" in result
    ]


def table(workloads: dict, kind: str) -> str:
    """A row for each contender, a column for each workload."""
    lines = [f"| | {' | '.join(workloads)} |", "|---|" + "---:|" * len(workloads)]
    for name, contender in CONTENDERS.items():
        cells = [cell(measured, name, kind) or "–" for measured in workloads.values()]
        lines.append(f"| {name}: {contender.what} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def faster(workloads: dict) -> str:
    """Who is faster than dlcore, where, and why: a line for each reason. Then who may or may not be."""
    lines, close = {}, []
    for name in (name for name in CONTENDERS if name not in ("dlcore", "products")):
        for workload, measured in workloads.items():
            r = ratio(measured, name)
            if r is None or r >= 1:
                continue
            if measured[name]["ms"] < measured["dlcore"]["fastest"]:
                reason = WHY_HERE.get((name, workload)) or WHY[name]
                lines.setdefault((name, reason), []).append(f"{workload} ({r:.2f} of `dlcore`'s time)")
            else:
                close.append(f"{name} on {workload} ({r:.2f})")
    found = [f"- **{name}** on {', '.join(where)}: {reason}\n" for (name, reason), where in lines.items()]
    open_ones = f"\nToo close to call, as the turns of both overlap: {', '.join(close)}.\n" if close else ""
    return ("".join(found) or "Nobody is.\n") + open_ones


def shares(workloads: dict) -> str:
    """How much of dlcore's step is its matrix products."""
    parts = [(workload, ratio(measured, "products")) for workload, measured in workloads.items()]
    return ", ".join(f"{share:.0%} on {workload}" for workload, share in parts if share is not None)


def page(record: dict) -> str:
    """The page as Markdown."""
    workloads = record["workloads"]
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    load = f" (load average {record['load']:g} at the start)" if record.get("load") is not None else ""
    threads = "1 thread" if record["threads"] == 1 else f"{record['threads']} threads"
    missing = "".join(f"- {text}\n" for text in absences(workloads))
    parts = [
        INTRO,
        "".join(f"- **{name}**: {WORKLOADS[name].what}.\n" for name in workloads),
        HOW.format(**{**record, "versions": versions, "load": load, "threads": threads}),
        "\n## Time of a step, where `dlcore` takes 1\n\nAbove 1 is slower than `dlcore`, below 1 is faster.\n\n",
        table(workloads, "ratio"),
        f"\nNot measured:\n\n{missing}" if missing else "",
        "\n## Where another is faster, and why\n\n"
        "Whoever is listed is faster in its median turn than `dlcore` in its fastest one.\n\n",
        faster(workloads),
        "\n## The limit\n\nA step can't take less time than its matrix products, which NumPy hands to a library "
        f"written for the processor by hand. They are {shares(workloads)} of `dlcore`'s step. The rest passes over "
        "memory once or a few times for each operation, and where the matrices are small it is Python.\n",
        "\n## Milliseconds\n\n",
        table(workloads, "ms"),
        "\n## Memory\n\nThe most that a process held while it trained, in MB, its data and its libraries counted. "
        "PyPI's PyTorch for Linux brings CUDA's libraries along.\n\n",
        table(workloads, "peak"),
        "\nWhat of it the imports alone take:\n\n",
        table({"MB": typical(workloads)}, "imported"),
    ]
    return "".join(parts)


def typical(workloads: dict) -> dict:
    """What each contender measured on the first workload that it took part in."""
    found = {}
    for measured in workloads.values():
        for name, result in measured.items():
            if "absent" not in result:
                found.setdefault(name, result)
    return found


def write_page() -> None:
    PAGE.write_text(page(json.loads(RECORD.read_text(encoding="utf-8"))), encoding="utf-8")
