"""The files for containers, by their own linters. Nothing is run: there is no container engine where the tests run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.mark.process
def test_dockerfile() -> None:
    """Hadolint finds nothing to mend."""
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([str(hadolint), "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.process
def test_compose() -> None:
    """The compose file is valid by the schema of the Compose Specification."""
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_goes_into_the_image() -> None:
    """The build copies everything that it installs, and neither secrets nor a database."""
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"
    assert {
        "!adapters",
        "!bot",
        "!scheduler",
        "!requirements.lock",
        "!pyproject.toml",
        "!README.md",
        "!LICENSE",
    } <= set(ignored)
    assert not [line for line in ignored if line.startswith("!") and (".env" in line or ".db" in line)]


def test_containers_write_to_their_volumes_alone() -> None:
    """Paper Round's container has a read-only file system and no rights that it does not need."""
    service = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["paperround"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "\nUSER 10001\n" in (ROOT / "Dockerfile").read_text("utf-8")
