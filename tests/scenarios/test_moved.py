"""A database that is moved to PostgreSQL goes on where it was: what was posted stays posted once, what was written is still there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from tests.databases import new_postgresql, opened
from tests.scenarios.program import Program

pytestmark = [pytest.mark.process, pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    found = Program(tmp_path)
    yield found
    found.stop()


async def messages(address: str) -> list[tuple[str, str, str]]:
    """The messages of the page: channel, id, and the key by which each is posted once."""
    async with opened(address) as engine, engine.connect() as connection:
        found = await connection.execute(text("SELECT channel_id, message_id, key FROM board_messages ORDER BY number"))
        return [(row[0], row[1], row[2]) for row in found]


async def test_moved(program: Program, tmp_path: Path) -> None:
    """The sample week and a reply to it, moved between two starts: nothing is posted again, and an old service is not begun on the file."""
    address = program.up("--sample")
    before = await messages(f"sqlite:///{tmp_path / 'paperround.db'}")
    head = f"/c/{before[0][0]}/m/{before[0][1]}"
    async with httpx.AsyncClient(base_url=address, headers={"Origin": address}) as browser:
        await browser.post("/you", data={"name": "Ada"})
        said = {"text": "Worth our Friday.", "token": "form-1"}
        assert (await browser.post(f"{head}/replies", data=said)).status_code == 303
    served = program.run("move", await new_postgresql())
    assert program.stop() == 0
    assert served.returncode == 1
    assert "Stop it" in served.stderr, served.stderr

    database = await new_postgresql()
    moved = program.run("move", database)
    assert moved.returncode == 0, moved.stderr
    assert "moved, and compared" in moved.stdout.replace("\n", " ")
    for command in (["up", "--sample", "--port", "0"], ["status"], ["doctor"], ["post"], ["reconcile"]):
        refused = program.run(*command)
        assert refused.returncode == 1, f"the old file is used no more: {command}"
        assert "was moved on" in refused.stderr.replace("\n", " "), refused.stderr

    program.environment["DATABASE_URL"] = database
    address = program.up("--sample")
    async with httpx.AsyncClient(base_url=address) as browser:
        assert "Worth our Friday." in (await browser.get(f"{head}/thread")).text
    assert program.stop() == 0
    assert await messages(database) == before
    assert len(before) > 3
