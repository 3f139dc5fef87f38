"""The set-up check says what is missing and what to do about it."""

import pytest

from dlcore.utils import check_setup, setup


def test_complete_set_up(capsys):
    check_setup()
    printed = capsys.readouterr().out
    assert printed.endswith("Everything is in place.\n")
    assert printed.count("ok ") == len(setup.NEEDED) + 1


def test_in_a_page_nothing_is_asked_to_be_installed(capsys, monkeypatch):
    monkeypatch.setattr("sys.platform", "emscripten")
    check_setup()
    told = capsys.readouterr().out
    assert "ok       Python in this page" in told and "TensorFlow" in told and "pip" not in told


def test_old_python_and_its_cure(capsys):
    check_setup(oldest_python=(99, 0))
    printed = capsys.readouterr().out
    assert "missing  Python 99.0 or newer: this is 3." in printed
    assert "Everything is in place" not in printed
    assert "python.org" in setup.python_problem((3, 8), (3, 11))


def test_absent_package(monkeypatch, capsys):
    monkeypatch.setattr(setup, "installed_version", lambda name: None if name == "matplotlib" else "99.0")
    check_setup()
    assert (
        "missing  matplotlib, for the figures. Run `make book`, or `pip install matplotlib`" in capsys.readouterr().out
    )


def test_old_package():
    assert setup.package_problem("numpy", "99.1", "all computing").startswith("numpy 99.1 or newer")
    assert "pip install --upgrade numpy" in setup.package_problem("numpy", "99.1", "all computing")


@pytest.mark.parametrize(("older", "newer"), [("2.9", "2.10"), ("1.26.4", "2.0"), ("2.0.0rc1", "2.1")])
def test_versions_compare_as_numbers(older, newer):
    assert setup.parts(older) < setup.parts(newer)
