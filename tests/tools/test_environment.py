"""A wrong Python, or none, is told so at once, and nothing half-made is left."""

import os
import shutil
import subprocess
import sys

import pytest

from build_tools import make_environment
from build_tools.project import ROOT, TOOLS


def put(folder, name, script):
    """An executable shell script."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def find_python(folder, **env):
    """find_python.sh with only `folder` on the PATH."""
    shell = shutil.which("sh")
    env = {"PATH": str(folder), **env}
    command = [shell, str(TOOLS / "find_python.sh")]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


OLD = 'case "$2" in *version_info*) exit 1;; *) echo 3.8.10;; esac'
NEW = "exit 0"


def test_no_python_at_all(tmp_path):
    done = find_python(tmp_path)
    assert done.returncode != 0
    assert "needs Python 3.11 or newer, and there is no python3" in done.stderr
    assert "python.org" in done.stderr


def test_only_an_old_python(tmp_path):
    put(tmp_path, "python3", OLD)
    done = find_python(tmp_path)
    assert done.returncode != 0
    assert "python3 is 3.8.10" in done.stderr


def test_an_old_python3_beside_a_newer_one(tmp_path):
    put(tmp_path, "python3", OLD)
    newer = put(tmp_path, "python3.12", NEW)
    done = find_python(tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, str(newer))


def test_the_named_python_is_the_only_one_tried(tmp_path):
    put(tmp_path, "python3", NEW)
    assert find_python(tmp_path, PYTHON="python9").returncode != 0


@pytest.mark.parametrize("command", ["book", "test"])
def test_make_stops_with_the_message_and_makes_nothing(tmp_path, command):
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "build_tools").mkdir()
    for name in ("find_python.sh", "make_environment.py"):
        shutil.copy(TOOLS / name, tmp_path / "build_tools")
    done = subprocess.run(
        ["make", command, "PYTHON=python-that-is-not-there"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "there is no python-that-is-not-there" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_python_without_venv_is_told_what_to_install(tmp_path, monkeypatch, capsys):
    broken = put(tmp_path / "bin", "python3", "echo 'ensurepip is not available'; exit 1")
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(SystemExit, match="(?s)ensurepip is not available.*apt install python3-venv"):
        make_environment.make_environment(tmp_path / "env")
    assert not (tmp_path / "env").exists()


def test_a_failing_installation_stops_with_a_non_zero_exit(tmp_path, monkeypatch):
    environment = tmp_path / "env"
    (environment / "bin").mkdir(parents=True)
    put(environment / "bin", "python", 'case "$2" in install) exit 0;; pip) echo no network >&2; exit 1;; esac; exit 0')
    with pytest.raises(SystemExit, match="failed at: python -m pip install"):
        make_environment.make_environment(environment)


def test_where_uv_fails_pip_installs(tmp_path):
    environment, called = tmp_path / "env", tmp_path / "called"
    (environment / "bin").mkdir(parents=True)
    put(environment / "bin", "python", f'echo "$@" >> {called}; case "$2" in uv) exit 1;; esac; exit 0')
    make_environment.make_environment(environment)
    calls = called.read_text().splitlines()
    by_uv = [call for call in calls if call.startswith("-m uv pip install") and "requirements.txt" in call]
    by_pip = [call for call in calls if call.startswith("-m pip install") and " -r " in call]
    assert len(by_uv) == len(by_pip) == 1
    assert calls.index(by_uv[0]) < calls.index(by_pip[0])


def test_requirements_are_pinned_and_hold_no_address_or_path():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert pins
    assert all("==" in line for line in pins)
    assert not [line for line in lines if "://" in line or "--index" in line or f"{os.sep}home" in line]


def test_the_lock_file_holds_hashes_and_no_registry():
    lock = (TOOLS / "package-lock.json").read_text(encoding="utf-8")
    assert "integrity" in lock
    assert "resolved" not in lock
    assert "://" not in lock
