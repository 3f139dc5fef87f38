"""CI's entry point: it names the data beside the checkout, says CI=true, and hands over to `make test`."""

import os
import shutil
import subprocess

import pytest
import yaml

from build_tools.project import ROOT


@pytest.fixture
def run_ci(tmp_path):
    """Run .ci/run in a copy where `make` and `chromium` are stand-ins that print what they see."""
    checkout = tmp_path / "checkout"
    (checkout / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", checkout / ".ci")
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, script in {
        "make": 'echo "make $* CI=$CI data=${DLCORE_DATA_DIR:-none}"; exit 3',
        "chromium": ":",
    }.items():
        (commands / name).write_text(f"#!/bin/sh\n{script}\n")
        (commands / name).chmod(0o755)

    def run(**env):
        path = f"{commands}:{os.environ['PATH']}"
        env = {"PATH": path, "HOME": str(tmp_path), **env}
        command = ["bash", str(checkout / ".ci" / "run")]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=tmp_path)

    return run


def test_the_exit_code_is_that_of_make_test(run_ci):
    done = run_ci()
    assert done.stdout.strip() == "make test CI=true data=none"
    assert done.returncode == 3


def test_data_beside_the_checkout_is_used_unless_a_folder_is_named(run_ci, tmp_path):
    (tmp_path / "shared" / "data").mkdir(parents=True)
    assert run_ci().stdout.strip().endswith(f"data={tmp_path}/shared/data")
    assert run_ci(DLCORE_DATA_DIR="/elsewhere").stdout.strip().endswith("data=/elsewhere")


@pytest.mark.parametrize("name", ["test", "newest"])
def test_workflows_call_the_same_script(name):
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert any(step.get("run") == "bash .ci/run" for step in steps)
    # YAML reads the key `on` as true.
    triggers = workflow[True]
    assert set(triggers) >= ({"push", "pull_request"} if name == "test" else {"schedule"})
