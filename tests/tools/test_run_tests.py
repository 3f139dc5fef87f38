"""`make test`: one line a stage, a failing stage is shown and doesn't stop the others, the exit code says so."""

import sys

import pytest

from build_tools import run_tests
from build_tools.run_tests import Stage


def python(code):
    """A command that runs a line of Python."""
    return [sys.executable, "-c", code]


GOOD = Stage("good", "does well", [python("print('3 passed, 1 skipped in 0.1s')")])
BAD = Stage("bad", "does not", [python("print('the reason'); raise SystemExit(3)"), python("print('never run')")])


@pytest.fixture
def run(monkeypatch, capsys):
    """run(stage names, of these stages) → (exit code, what was printed)."""

    def run(*names, stages=(BAD, GOOD)):
        monkeypatch.setattr(run_tests, "STAGES", list(stages))
        monkeypatch.setattr(sys, "argv", ["run_tests", *names])
        return run_tests.main(), capsys.readouterr().out

    return run


def test_a_failing_stage_is_shown_counted_and_does_not_stop_the_next(run):
    code, said = run()
    lines = said.splitlines()
    assert code == 1
    assert lines[0].startswith("FAIL bad")
    assert "     | the reason" in lines
    assert "never run" not in said
    assert any(line.startswith("ok   good") and line.endswith("does well, 3 passed, 1 skipped") for line in lines)
    assert lines[-1].startswith("1 of 2 stages failed (bad)")


def test_all_good(run):
    code, said = run("good")
    assert code == 0
    assert "FAIL" not in said
    assert "All 1 stages passed" in said


def test_an_unknown_stage_is_refused_with_the_known_ones(run, capsys):
    with pytest.raises(SystemExit) as stopped:
        run("goood")
    assert stopped.value.code != 0
    assert "no stage goood; the stages are bad, good" in capsys.readouterr().err


def test_skipped_tests_are_named(run):
    skipping = Stage(
        "some", "skips", [python("print('SKIPPED [1] tests/a.py:3: no Chromium here'); print('1 skipped')")]
    )
    _, said = run(stages=[skipping])
    assert "     SKIPPED [1] tests/a.py:3: no Chromium here" in said


def test_no_test_of_the_book_escapes_the_stages():
    marks = [
        command[command.index("-m", 3) + 1]
        for stage in run_tests.STAGES
        for command in stage.commands
        if "tests/book" in command
    ]
    assert sorted(marks) == ["alone", "not alone and not pages", "pages"]
    places = {part for stage in run_tests.STAGES for command in stage.commands for part in command}
    assert {"tests/dlcore", "tests/tools", "tests/parity", "tests/book", "chapters"} <= places
