"""Backup, restore, status and reconcile as an operator uses them: beside the program that runs."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from adapters.unfinished import written_beside
from tests.scenarios.program import Program
from tests.waiting import PATIENCE

pytestmark = pytest.mark.process


def asked(address: str) -> tuple[int, str]:
    """What a machine hears at an address."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_beside_the_program_that_runs(program: Program) -> None:
    """While the service runs it is copied, looked at and put back; it goes on, is ready all the time, and shows what was put back."""
    address = program.up("--sample")
    assert (200, "ok") == asked(f"{address}/healthz")
    assert 200 == asked(f"{address}/readyz")[0]

    first, again = program.run("backup", "copy.db"), program.run("backup", "copy.db")
    assert (0, 2) == (first.returncode, again.returncode)
    assert "Put it back with: paperround restore copy.db" in first.stdout
    assert "--force" in again.stderr

    before = program.document("status")
    assert ("web", True, None) == tuple(before["channels"][0][key] for key in ("platform", "connected", "paused"))
    sent = before["channels"][0]["last_digest"]
    assert sent["sent"] == sent["messages"] > 5
    looked = program.run("reconcile")
    assert f"general (web): {sent['messages']} messages looked at; nothing was missed." in looked.stdout

    done = program.run("restore", "copy.db")
    assert 0 == done.returncode, done.stderr
    assert any("before-restore" in path.name for path in program.folder.iterdir())
    assert before["channels"] == [
        {**one, "next_digest": before["channels"][0]["next_digest"]} for one in program.document("status")["channels"]
    ]
    code, text = asked(f"{address}/readyz")
    assert (200, []) == (code, list(json.loads(text)["not_ready"]))
    assert "Sample week" in asked(address)[1]
    assert "paperround_posts_total" in asked(f"{address}/metrics")[1]
    assert 0 == program.stop()


def test_a_start_removes_what_a_killed_backup_left(program: Program) -> None:
    """The service removes unfinished copies beside its database when it starts, and says so; one that is being written stays."""
    program.up("--sample")
    program.stop()
    with written_beside(program.folder / "one.db") as left:
        name = left.name
    (program.folder / name).write_bytes(b"somebody's words")
    (program.folder / f"{name}.owner").touch()

    with written_beside(program.folder / "two.db") as being_written:
        program.up("--sample")
        assert {being_written.name, f"{being_written.name}.owner"} == {
            path.name for path in program.folder.iterdir() if ".partial" in path.name
        }
    assert 0 == program.stop()


def test_the_words_of_the_status(program: Program) -> None:
    """A channel on a platform without a token is told with what would reach it, and the database without more than its name."""
    program.configured('[[channels]]\nname = "lab"\nplatform = "slack"\nid = "C1"\n[reconcile]\nweeks = 2\n')

    status, reconcile = program.run("status"), program.run("reconcile")

    assert "Slack cannot be reached from here. Set SLACK_BOT_TOKEN, or remove the channel." in status.stdout
    assert status.stdout.endswith("The database paperround.db answers.\n")
    assert "slack was not asked. Set SLACK_BOT_TOKEN to reach it." in reconcile.stdout
    assert "Nothing was posted in the last 2 weeks" in reconcile.stdout
