"""Resolves build_tools/requirements.in into requirements.txt: the same pins on every platform, from Python 3.11."""

import subprocess
import sys
import tempfile
from pathlib import Path

from build_tools.project import ROOT

HEADER = "# Pinned by `make pins` from build_tools/requirements.in; change that file, not this one.\n"


def pin(output: Path = ROOT / "requirements.txt") -> None:
    """Write the pins. uv does the resolving; it is installed beside the environment, not into it."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", folder, "uv"], check=True)
        resolve = [f"{folder}/bin/uv", "pip", "compile", "build_tools/requirements.in", "--quiet", "--no-header"]
        resolve += [
            "--universal",
            "--python-version",
            "3.11",
            "--no-emit-index-url",
            "--upgrade",
            "--output-file",
            str(output),
        ]
        subprocess.run(resolve, check=True, cwd=ROOT)
    output.write_text(HEADER + output.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    pin()
