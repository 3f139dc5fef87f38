"""Runs everything that CI runs, stage by stage: one line a stage, the output of a stage that fails, a summary.

    python -m build_tools.run_tests [stage …]

A failing stage doesn't stop the next one. The exit code is the number of stages that failed, 0 when all is well.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from typing import NamedTuple

from build_tools.execute_notebooks import QUIET
from build_tools.project import ROOT

PYTHON = sys.executable
PYTEST = [PYTHON, "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider"]
#: Notebooks, parity and unit tests share the cores; a file's tests stay together.
WORKERS = ["-n", os.environ.get("TEST_WORKERS", str(min(os.cpu_count() or 1, 4))), "--dist", "loadfile"]
#: Workers share the cores: BLAS threads of theirs that wait for each other would take many times as long.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Stage(NamedTuple):
    """A named list of commands, all of which must succeed."""

    name: str
    what: str
    commands: list[list[str]]


STAGES = [
    Stage(
        "lint",
        "ruff: errors and format",
        [[PYTHON, "-m", "ruff", "check", "."], [PYTHON, "-m", "ruff", "format", "--check", "."]],
    ),
    Stage("unit", "dlcore and the tools", [[*PYTEST, *WORKERS, "tests/dlcore", "tests/tools"]]),
    Stage(
        "parity",
        "dlcore against Keras",
        [
            [*PYTEST, *WORKERS, "tests/parity", "--ledger", "_build/parity.json"],
            [PYTHON, "-m", "build_tools.parity_page", "--check"],
        ],
    ),
    Stage(
        "notebooks",
        "every notebook executed and compared",
        [
            [*PYTEST, *WORKERS, "-p", "build_tools.nbval_plugin", "--nbval", "--nbval-current-env"]
            + ["--nbval-sanitize-with", "tests/book/sanitize.cfg", "--nbval-cell-timeout", "300", "chapters"]
        ],
    ),
    Stage("structure", "every chapter has its parts", [[*PYTEST, "tests/book", "-m", "not alone and not pages"]]),
    Stage("alone", "a notebook in an empty folder", [[*PYTEST, "tests/book", "-m", "alone"]]),
    Stage(
        "pages",
        "the built pages in Chromium",
        [[PYTHON, "-m", "build_tools.build_book"], [*PYTEST, *WORKERS, "-rs", "tests/book", "-m", "pages"]],
    ),
]


class Result(NamedTuple):
    """How a stage went."""

    stage: Stage
    passed: bool
    seconds: float
    summary: str
    output: str


def run_stage(stage: Stage) -> Result:
    """Run a stage's commands up to the first that fails."""
    start, output, passed = time.perf_counter(), "", True
    for command in stage.commands:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**ONE_THREAD, **os.environ, **QUIET},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        output += done.stdout
        if done.returncode:
            passed = False
            break
    return Result(stage, passed, time.perf_counter() - start, shortest_summary(output), output)


def shortest_summary(output: str) -> str:
    """pytest's counts, such as `12 passed, 1 skipped`, from the last command's output; '' where there are none."""
    found = re.findall(
        r"^=* ?((?:\d+ (?:passed|failed|skipped|errors?|deselected|warnings?)(?:, )?)+)", output, re.MULTILINE
    )
    kept = [part for part in (found[-1].split(", ") if found else []) if not re.search("deselected|warning", part)]
    return ", ".join(part.strip() for part in kept)


def skipped_lines(output: str) -> list[str]:
    """The reasons that pytest gives for skipped tests, so that nothing is left out unseen."""
    return sorted(set(re.findall(r"^SKIPPED.*$", output, re.MULTILINE)))


def report(result: Result) -> None:
    """The stage's one line; for a failed stage all that it said."""
    verdict = "ok  " if result.passed else "FAIL"
    counts = f", {result.summary}" if result.summary else ""
    print(f"{verdict} {result.stage.name:<10} {result.seconds:5.0f} s  {result.stage.what}{counts}", flush=True)
    for line in skipped_lines(result.output):
        print(f"     {line}")
    if not result.passed:
        print("\n".join(f"     | {line}" for line in result.output.rstrip().splitlines()), flush=True)


def main() -> int:
    """Run the named stages, or all."""
    names = [stage.name for stage in STAGES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", metavar="stage", help=f"of: {', '.join(names)}")
    wanted = parser.parse_args().stages
    unknown = set(wanted) - set(names)
    if unknown:
        parser.error(f"there is no stage {', '.join(sorted(unknown))}; the stages are {', '.join(names)}")
    results = []
    for stage in STAGES:
        if stage.name in wanted or not wanted:
            results.append(run_stage(stage))
            report(results[-1])
    failed = [result.stage.name for result in results if not result.passed]
    seconds = sum(result.seconds for result in results)
    if failed:
        print(f"\n{len(failed)} of {len(results)} stages failed ({', '.join(failed)}), {seconds:.0f} s")
    else:
        print(f"\nAll {len(results)} stages passed, {seconds:.0f} s")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
