"""One contender at one workload, in a process of its own: takes numbers of steps on stdin, answers on stdout.

python -m benchmarks.worker W1 dlcore      then, for one, the line 20: train twenty steps
"""

import contextlib
import importlib
import json
import os
import platform
import sys
import time
from importlib import metadata

from .contenders import CONTENDERS, NotWrittenError

#: Whose versions are recorded.
PACKAGES = [
    "numpy", "keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "mygrad", "autograd", "tinygrad",
]  # fmt: skip


def resident(peak: bool = False) -> float | None:
    """Megabytes of memory that this process holds now, or the most that it ever held; None where nobody counts."""
    try:
        with open("/proc/self/status") as status:
            lines = dict(line.split(":", 1) for line in status)
        return int(lines["VmHWM" if peak else "VmRSS"].split()[0]) / 1024
    except OSError:
        return None


def share_cores(threads: int) -> None:
    """Leave this process as many cores as it is to have threads, for libraries that count cores themselves."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def setting() -> dict:
    """What is measured with: hardware, NumPy's matrix products, versions."""
    from dlcore.utils.system import blas, hardware

    found = {}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    name, kernels, _ = blas()
    return {
        "hardware": str(hardware()),
        "blas": f"{name} ({kernels} kernels)" if kernels else name,
        "python": platform.python_version(),
        "versions": found,
    }


def main(workload: str, name: str) -> None:
    """Answer requests on stdin until it ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints shall not stand among the answers

    def answer(**entries):
        answers.write(json.dumps(entries) + "\n")

    share_cores(int(os.environ["OMP_NUM_THREADS"]))
    contender = CONTENDERS[name]
    try:
        for package in contender.packages:
            importlib.import_module(package)
    except ImportError as error:
        return answer(absent=f"not installed: {error.name}")
    imported = resident()
    try:
        run = contender.make(workload)
    except NotWrittenError as reason:
        return answer(absent=f"not written: {reason}")
    answer(imported=imported)
    for line in sys.stdin:
        start = time.perf_counter()
        run(int(line))
        answer(seconds=time.perf_counter() - start, peak=resident(peak=True))


if __name__ == "__main__":
    if sys.argv[1] == "setting":
        print(json.dumps(setting()))
    else:
        main(*sys.argv[1:])
