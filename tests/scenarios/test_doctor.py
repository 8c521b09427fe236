"""`paperround doctor` goes by the rules of `paperround up`: what one finds well, the other does not refuse, and the other way round."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.ports import Batch
from tests import factories
from tests.databases import opened
from tests.scenarios.program import Program, replay_config

pytestmark = pytest.mark.process


def findings(program: Program, *arguments: str) -> tuple[int, str]:
    done = program.run("doctor", *arguments)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


@pytest.fixture
def taken() -> int:
    """A port on which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_before_the_first_start(program: Program) -> None:
    """A newcomer hears that all is well, and what to do next."""
    code, said = findings(program, "--port", "0")

    assert (0, "") == (code, "".join(line for line in said.splitlines() if line.startswith("NO")))
    assert said.splitlines()[-1].startswith("Next: paperround up (or make up)")
    assert "aiosqlite" not in said


def test_one_that_runs(program: Program, taken: int) -> None:
    """A Paper Round that runs is well, and known on whatever port it is; on another port `up` would be refused, and so says doctor."""
    address = program.up("--sample")
    code, said = findings(program)
    there = findings(program, "--port", address.rpartition(":")[2])
    elsewhere, why = findings(program, "--port", "0")
    program.stop()
    stopped, after = findings(program, "--port", str(taken))

    assert (0, True) == (code, f"Paper Round runs, and serves the local channel at {address}" in said), said
    assert f"Next: open {address}." in said
    assert (0, said) == there
    assert (1, True) == (elsewhere, f"NO  Another Paper Round is serving paperround.db already, at {address}" in why), (
        why
    )
    assert (1, True) == (stopped, f"NO  127.0.0.1:{taken}: " in after), after
    assert program.run("up", "--port", str(taken)).returncode == 2


def test_another_program_on_its_port(program: Program, taken: int) -> None:
    """Who listens on our port and is not ours is no Paper Round, whatever was noted before."""
    program.configured(f"[web]\nport = {taken}")
    code, said = findings(program)

    assert (1, True) == (code, f"NO  127.0.0.1:{taken}: cannot be listened on (it is taken)" in said), said
    assert said.splitlines()[-1].startswith("Next: mend what says NO")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "papers.example"])
def test_an_open_address(program: Program, host: str) -> None:
    """An address beyond this machine without a password is refused by both, in the same words."""
    program.configured(f'[web]\nhost = "{host}"\nport = 0')
    code, said = findings(program)
    refused = program.run("up")

    words = "the page would be open to everybody"
    assert (1, 2) == (code, refused.returncode)
    assert words in said
    assert words in refused.stderr


def test_killed(program: Program) -> None:
    """One that was killed is not taken for one that runs."""
    program.up("--sample")
    program.running.kill()
    program.running.wait()
    code, said = findings(program, "--port", "0")

    assert (0, False) == (code, "Paper Round runs" in said)


def test_no_source_at_all(program: Program) -> None:
    """Where no source can be reached, one line says so and what to see to, and not each of them."""
    program.configured(replay_config("http://127.0.0.1:9"))
    program.run("collect")
    code, said = findings(program, "--port", "0")
    refused = [line for line in said.splitlines() if line.startswith("NO")]

    assert 1 == code
    assert ["NO  None of 13 sources could be read; most say: refused the connection three times"] == refused
    assert "may go out to the web" in said


def test_a_damaged_page(program: Program) -> None:
    """Pages that nothing else reads are looked at, too: damage is found before somebody needs them, and what to do is said."""
    assert program.run("migrate").returncode == 0
    database = program.folder / "paperround.db"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE ballast (text TEXT)")
        connection.executemany("INSERT INTO ballast VALUES (?)", [(f"{number:01000}",) for number in range(60)])
    sound, _ = findings(program, "--port", "0")
    whole = database.read_bytes()
    database.write_bytes(whole[:-20_000] + b"x" * 20_000)
    damaged, said = findings(program, "--port", "0")

    assert (0, 1) == (sound, damaged), said
    assert "NO  paperround.db is damaged" in said
    assert "paperround restore FILE" in said


def test_what_contradicts(program: Program) -> None:
    """What a channel of the file follows and mutes as well is told, and is no fault."""
    program.configured('[[channels]]\nname = "ours"\nfollow = ["word: music"]\nmute = ["word: music"]\n')
    code, said = findings(program, "--port", "0")

    assert 0 == code
    assert "word: music is followed, and never comes: this channel mutes word: music, and muting goes before" in said


def test_whom_no_work_is_by(program: Program) -> None:
    """Whom a channel of the file follows, though no known work is by them, is told, and is no fault."""
    program.configured('[[channels]]\nname = "ours"\nfollow = ["author: Nobody Atall", "author: Ada Lovelace"]\n')
    program.run("migrate")
    asyncio.run(_brought_by_ada(program.folder / "paperround.db"))
    code, said = findings(program, "--port", "0")

    assert 0 == code
    assert "meets author: Nobody Atall. What comes is put first all the same" in said


async def _brought_by_ada(database: Path) -> None:
    """Let a work of Ada's be known, of two days before the program's clock."""
    at = datetime(2026, 8, 15, tzinfo=UTC)
    work = factories.stored(factories.entry(authors=("Ada Lovelace",), published=at), first_seen=at)
    async with opened(f"sqlite:///{database}") as engine, SqlUnitOfWorkFactory(engine)() as uow:
        mentions = (factories.mention(at=at),)
        await uow.entries.store([Batch(source_id="arxiv", entries=(work,), mentions=mentions, titles={})])
        await uow.commit()
