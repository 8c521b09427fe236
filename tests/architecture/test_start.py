"""What a start costs: an SDK is imported where its platform is used, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.process
@pytest.mark.parametrize("command", [["--help"], ["up", "--help"], ["status"], ["export", "--json"]])
def test_no_sdk_without_its_token(command: list[str], tmp_path: Path) -> None:
    """Neither help nor a command imports discord.py or Slack's SDK where there is no token for them."""
    (tmp_path / "paperround.toml").write_text('[[channels]]\nname = "reading"\n', "utf-8")
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "scheduler", *command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}

    assert done.returncode == 0, done.stderr[-500:]
    assert "scheduler.cli" in imported
    assert set() == {"discord", "slack_sdk", "slack_bolt"} & imported
    if "--help" in command:
        assert set() == {"asyncio", "sqlalchemy", "httpx", "structlog"} & imported, "help runs nothing"
