"""Time and memory of a training step: dlcore's `fit` beside Keras's, PyTorch's loop, and the from-scratch libraries'.

    python -m benchmarks.steps                 prints the tables
    python -m benchmarks.steps --record        and keeps them: benchmarks/results.json and the book's page about speed

Each contender trains in a process of its own, with the same number of threads, on the same cores. All of a workload
take turns, so that whatever else the machine does meets every one of them. Times are medians of the turns after
warm-up, ratios those of medians. Ratios carry over to other machines, milliseconds do not.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from . import report
from .contenders import CONTENDERS, environment
from .workloads import WORKLOADS

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / ".venv-bench" / "bin" / "python"
BUSY = 1.0  # load average from which times mean little
TURN = 0.5  # seconds that a contender's turn should last, where it can stop after any step
TABLES = {"ratio": "a step, as a multiple of dlcore's", "ms": "a step in ms", "peak": "peak memory in MB"}


class Worker:
    """A contender's process."""

    def __init__(self, python: str, workload: str, name: str, threads: int):
        self.steps = WORKLOADS[workload].steps * WORKLOADS[workload].epochs
        self.whole = CONTENDERS[name].whole
        self.times, self.peak = [], None
        self.complaints = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", workload, name],
            cwd=ROOT,
            env=environment(CONTENDERS[name], threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            text=True,
        )
        ready = self.answer()
        self.imported, self.absent = ready.get("imported"), ready.get("absent")

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"absent": f"failed: {self.last_words()}"}

    def last_words(self) -> str:
        """The last line of what a process that ended has said."""
        self.complaints.seek(0)
        return self.complaints.read().strip().rpartition("\n")[2]

    def seconds(self, steps: int) -> float:
        """Seconds a step, measured over so many."""
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        answer = self.answer()
        if "absent" in answer:
            raise RuntimeError(f"{' '.join(self.process.args[1:])} {answer['absent']}")
        self.peak = answer["peak"]
        return answer["seconds"] / steps

    def warm_up(self) -> None:
        """What compiles, compiles; what may stop after any step, learns how many fill a turn."""
        for _ in range(2):
            seconds = self.seconds(self.steps if self.whole else 3)
        if not self.whole:
            self.steps = min(max(int(TURN / seconds), 3), self.steps)

    def take_turn(self) -> None:
        self.times.append(self.seconds(self.steps))

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()

    def result(self) -> dict:
        if self.absent:
            return {"absent": self.absent}
        low, middle, high = (1e3 * t for t in (min(self.times), statistics.median(self.times), max(self.times)))
        times = {"ms": rounded(middle), "fastest": rounded(low), "slowest": rounded(high)}
        return times | {"imported": rounded(self.imported), "peak": rounded(self.peak)}


def rounded(x: float | None) -> float | None:
    """Three digits: more is noise."""
    return None if x is None else float(f"{x:.3g}")


def measure(python: str, workload: str, names: list[str], repeats: int, threads: int) -> dict:
    """Contender → what was measured, all taking turns."""
    workers = {name: Worker(python, workload, name, threads) for name in names}
    present = [worker for worker in workers.values() if not worker.absent]
    for worker in present:
        worker.warm_up()
    for _ in range(repeats):
        for worker in present:
            worker.take_turn()
    for worker in workers.values():
        worker.stop()
    return {name: worker.result() for name, worker in workers.items()}


def show(measured: dict) -> None:
    """Print the tables."""
    for kind, title in TABLES.items():
        print(f"\n{title:<36}" + "".join(f"{workload:>9}" for workload in measured))
        for name in CONTENDERS:
            cells = [report.cell(measured[workload], name, kind) for workload in measured]
            if any(cells):
                print(f"{name:<36}" + "".join(f"{cell or '–':>9}" for cell in cells))
    for text in report.absences(measured):
        print(f"\n{text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9, help="turns of each contender (default 9)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each contender (default 2)")
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), metavar="W", help="workloads")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), metavar="NAME")
    parser.add_argument("--python", default=str(OWN) if OWN.exists() else sys.executable, help="of the contenders")
    parser.add_argument("--record", action="store_true", help="keep the results, and write the page from them")
    parser.add_argument("--page", action="store_true", help="measure nothing: write the page from what is kept")
    arguments = parser.parse_args()
    if arguments.page:
        report.write_page()
        return
    names = ["dlcore", *(name for name in arguments.contenders if name != "dlcore")]
    if arguments.record and (len(names), len(arguments.only)) != (len(CONTENDERS), len(WORKLOADS)):
        parser.error("--record keeps whole runs: leave --only and --contenders out.")
    about = subprocess.run([arguments.python, "-m", "benchmarks.worker", "setting"], cwd=ROOT, capture_output=True)
    record = {
        "date": f"{datetime.date.today():%Y-%m-%d}",
        "command": " ".join(["python -m benchmarks.steps", *arguments_given()]),
        "threads": arguments.threads,
        "repeats": arguments.repeats,
        **json.loads(about.stdout),
        "workloads": {},
    }
    if hasattr(os, "getloadavg"):
        record["load"] = rounded(os.getloadavg()[0])
        if record["load"] > BUSY:
            print(
                f"The machine is busy (load average {record['load']:g}): threads that lack a core wait for each other."
            )
    print(record["hardware"], record["versions"])
    for workload in arguments.only:
        print(f"{workload}: {WORKLOADS[workload].what} …", flush=True)
        measured = measure(arguments.python, workload, names, arguments.repeats, arguments.threads)
        record["workloads"][workload] = measured
    show(record["workloads"])
    if arguments.record:
        report.RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        report.write_page()


def arguments_given() -> list[str]:
    """The command line without the interpreter's place, which is this machine's own."""
    given = sys.argv[1:]
    if "--python" in given:
        i = given.index("--python")
        given = given[:i] + given[i + 2 :]
    return given


if __name__ == "__main__":
    main()
