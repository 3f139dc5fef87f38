"""Makes .venv and installs the pinned requirements and dlcore into it. Run by the Makefile with the system's Python."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def python_of(environment: Path) -> Path:
    """The environment's interpreter."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(*command) -> None:
    """Run a command and stop, with its own words on the screen, if it fails."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        shown = " ".join(Path(part).name if i == 0 else str(part) for i, part in enumerate(command))
        raise SystemExit(f"Making the environment failed at: {shown}\nThe reason stands above.")


def is_usable(python: Path) -> bool:
    """Whether there is an interpreter with pip, new enough for the book."""
    if not python.exists():
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(python), "-c", probe], capture_output=True, check=False).returncode == 0


def make_environment(environment: Path, ranges: bool = False) -> None:
    """Fill `environment`; what is already there is kept.

    With `ranges`, the newest releases that pyproject.toml and requirements.in allow, not the pins: the weekly check.
    """
    python = python_of(environment)
    if not is_usable(python):
        shutil.rmtree(environment, ignore_errors=True)
        print(f"Making {environment.name} with Python {sys.version.split()[0]} …", flush=True)
        command = [sys.executable, "-m", "venv", environment]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            shutil.rmtree(environment, ignore_errors=True)
            raise SystemExit(
                f"This Python can't make a virtual environment:\n{(made.stdout + made.stderr).strip()}\n"
                "On Debian and Ubuntu: apt install python3-venv."
            )
    needs = ROOT / ("build_tools/requirements.in" if ranges else "requirements.txt")
    print(f"Installing {needs.name} …", flush=True)
    run(*pip(python), *([] if ranges else ["-c", needs]), "uv")
    install(python, *(["--upgrade"] if ranges else []), "-r", needs)
    install(python, "--no-deps", "-e", ROOT)


def pip(python: Path) -> list:
    """The command that installs with pip."""
    return [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]


def install(python: Path, *what) -> None:
    """Install with uv, which takes seconds; where it can't, with pip: uv reads no pip.conf, so it knows no mirror."""
    uv = [python, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    if subprocess.run([*uv, *what], capture_output=True, check=False).returncode:
        run(*pip(python), *what)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", type=Path, default=ROOT / ".venv")
    parser.add_argument("--ranges", action="store_true", help="newest releases in range, not the pins")
    arguments = parser.parse_args()
    make_environment(arguments.environment, arguments.ranges)
