"""The headless browser that looks at the built pages: where it is, how to start it quietly, how to get one."""

import os
import shutil

#: Keep it from asking other hosts for anything.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
MISSING = (
    "no Chromium here, so the pages can't be looked at: get one with `apt-get install chromium` (Debian, Ubuntu) "
    "or from your system's packages, or name it in CHROMIUM=/path/to/chromium"
)


def executable() -> str | None:
    """The path of Chromium or Chrome: CHROMIUM where that is set, else what the PATH has; None if there is none."""
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else NAMES
    return next((path for path in map(shutil.which, candidates) if path), None)


def must_be_there() -> bool:
    """Whether a missing browser is a failure, as in CI, or a reason to skip."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}
