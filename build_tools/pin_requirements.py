"""Resolves build_tools/requirements.in into requirements.txt: the same pins on every platform, from Python 3.11."""

import subprocess
import sys
from pathlib import Path

from build_tools.project import ROOT

HEADER = "# Pinned by `make pins` from build_tools/requirements.in; change that file, not this one.\n"


def pin(output: Path = ROOT / "requirements.txt") -> None:
    """Write the pins."""
    resolve = [sys.executable, "-m", "uv", "pip", "compile", "build_tools/requirements.in", "--quiet", "--no-header"]
    resolve += ["--universal", "--python-version", "3.11", "--no-emit-index-url", "--upgrade"]
    subprocess.run([*resolve, "--output-file", output], check=True, cwd=ROOT)
    output.write_text(HEADER + output.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    pin()
