"""What was solved is remembered in a notebook, by a file that may be missing, broken or forbidden."""

import json
import os

import numpy as np
import pytest

from dlcore import exercises
from dlcore.exercises import memory


def double(x):
    return 2 * x


def double_solution(x):
    return 2 * x


def triple(x):
    return 3 * x


def right(function=double):
    return exercises.check(function, function, [1.0])


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The file of a reader in a notebook."""
    file = tmp_path / "home" / "progress.json"
    monkeypatch.setenv("DLCORE_PROGRESS", str(file))
    monkeypatch.setattr(memory, "in_a_notebook", lambda: True)
    return file


def test_what_is_right_is_remembered_once_by_its_name(file):
    assert exercises.solved() == []
    for function in (triple, double, double):
        right(function)
    assert exercises.solved() == ["double", "triple"]
    assert json.loads(file.read_text()) == {"version": 1, "exercises": ["double", "triple"]}
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"]


def test_what_is_wrong_nameless_or_the_book_s_solution_is_not(file):
    exercises.check(double, triple, [1.0])
    right(double_solution)
    right(lambda x: x)
    exercises.check(..., double, [1.0])
    assert not file.exists() and exercises.solved() == []


def test_outside_of_a_notebook_nothing_is_kept(file, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("DLCORE_PROGRESS", str(file))
    right()
    assert not file.exists()


def test_an_empty_setting_keeps_nothing_and_none_means_the_home_folder(file, monkeypatch, tmp_path):
    monkeypatch.setenv("DLCORE_PROGRESS", "")
    right()
    assert exercises.solved() == []
    monkeypatch.delenv("DLCORE_PROGRESS")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    right()
    assert (tmp_path / "me" / ".dlcore" / "progress.json").exists() and exercises.solved() == ["double"]


def test_a_file_that_a_page_exported_stays_whole(file):
    file.parent.mkdir()
    exported = {"version": 1, "read": ["chapters/a"], "quizzes": ["chapters/a#q"], "exercises": ["nand"]}
    file.write_text(json.dumps(exported))
    right()
    assert json.loads(file.read_text()) == {**exported, "exercises": ["double", "nand"]}


@pytest.mark.parametrize(
    "broken",
    ["", "{", "[1]", "3", '{"version": 2, "exercises": []}', '{"version": 1, "exercises": {"a": 1}}', "[" * 100_000]
    + ['{"version": 1, "exercises": [1]}', '{"version": 1, "exercises": ["' + "a" * memory.LARGEST + '"]}', "\0\udcff"],
)
def test_a_broken_file_harms_no_check_is_left_alone_and_told_of(file, broken, capsys):
    file.parent.mkdir()
    file.write_bytes(broken.encode("utf-8", "surrogateescape"))
    before = file.read_bytes()
    assert right().solved and capsys.readouterr().out == "Right: double agrees with the reference on 1 case.\n"
    assert file.read_bytes() == before
    with pytest.raises(ValueError, match=r"progress\.json.* delete it"):
        exercises.solved()


@pytest.mark.parametrize("fault", ["the folder is a file", "the disk is full", "no home"])
def test_a_disk_that_takes_nothing_harms_no_check(file, fault, monkeypatch, capsys):
    def refuse(*arguments, **settings):
        raise RuntimeError if fault == "no home" else OSError(28, "No space left on device")

    if fault == "the folder is a file":
        file.parent.write_text("")
    elif fault == "no home":
        monkeypatch.delenv("DLCORE_PROGRESS")
        monkeypatch.setattr(memory.Path, "home", refuse)
    else:
        monkeypatch.setattr(os, "replace", refuse)
    assert right().solved and capsys.readouterr().out == "Right: double agrees with the reference on 1 case.\n"
    assert not file.exists() and (not file.parent.is_dir() or not list(file.parent.iterdir()))


def test_remembering_changes_nothing_that_the_reader_holds(file):
    x = np.ones(3)
    exercises.check(double, double, [(x,)])
    assert np.array_equal(x, np.ones(3)) and exercises.solved() == ["double"]
