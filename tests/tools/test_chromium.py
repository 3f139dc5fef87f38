"""Without a browser the tests of the pages say what is missing and how to get it; in CI they fail."""

import os
import subprocess
import sys

import pytest

from build_tools import chromium
from build_tools.project import ROOT


def test_no_browser_on_the_path(monkeypatch, tmp_path):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.executable() is None
    browser = tmp_path / "google-chrome"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    assert chromium.executable() == str(browser)


@pytest.mark.parametrize(("in_ci", "code", "verdict"), [("", 0, "skipped"), ("true", 1, "no Chromium here")])
def test_what_a_missing_browser_does_to_a_test(tmp_path, in_ci, code, verdict):
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "book" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "test_page.py").write_text("def test_it(browser):\n    pass\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "."],
        cwd=tmp_path,
        env={**os.environ, "CHROMIUM": str(tmp_path / "nowhere"), "CI": in_ci, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert verdict in done.stdout and "apt-get install chromium" in done.stdout
