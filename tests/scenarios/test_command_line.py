"""The command line as its user reads it: exit codes that scripts can go by, and messages that name what to do."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import socket
from pathlib import Path

import pytest

from tests.fork_server import program_server
from tests.local_server import local_server
from tests.scenarios.program import Program

pytestmark = pytest.mark.process


async def hangs(writer: asyncio.StreamWriter) -> None:
    """Take the question, and say nothing for ever."""
    await asyncio.sleep(3600)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", b"nonsense", hangs])
async def test_a_source_that_fails(program: Program, answer: object) -> None:
    """`sources check` of one that fails ends with 1 within the deadline, in both forms."""
    async with local_server() as server:
        url = server.on("/feed", answer)
        program.configured(
            "[fetch]\nallow_private = true\ndeadline_seconds = 2\n"
            f'[sources.lab]\nkind = "feed"\nname = "Lab"\nurl = "{url}"'
        )
        told = await asyncio.to_thread(program.run, "sources", "check", "lab")
        document = await asyncio.to_thread(program.run, "sources", "check", "lab", "--json")

    (found,) = json.loads(document.stdout)["sources"]
    assert (1, 1) == (told.returncode, document.returncode)
    assert "failing" in told.stdout
    assert "failing" == found["state"]
    assert found["seconds"] <= 2 * 3 + 1, "three deadlines of a question"


def test_a_week_in_the_future(program: Program) -> None:
    """A preview of a week that has not begun says so; one of a week that has says nothing of the kind."""
    program.configured("[fetch]\ndeadline_seconds = 1\n[sources.arxiv]\nenabled = false")
    ahead = program.run("preview", "--week", "2027-W01", "--json")
    now = program.run("preview", "--week", "2026-W34", "--json")

    assert "2027-W01 is in the future: it covers what comes from 2026-12-28 on" in ahead.stderr
    assert "in the future" not in now.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("up", "--port", "99999"), "'99999' is no whole number from 0 to 65,535."),
        (("up", "--port", "http"), "'http' is no whole number from 0 to 65,535."),
        (("doctor", "--port", "-1"), "'-1' is no whole number from 0 to 65,535."),
        (("reconcile", "--weeks", "0"), "'0' is no whole number from 1 to 52."),
        (("search", "--most", "x", "word"), "'x' is no whole number from 1 to 500."),
    ],
)
def test_numbers(program: Program, arguments: tuple[str, ...], told: str) -> None:
    """A number that does not fit is refused in words of ours."""
    done = program.run(*arguments)
    said = " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.stderr).split())

    assert (2, True) == (done.returncode, told in said), said


@pytest.mark.parametrize("document", ["junk", "{}", '{"items": 3}', "[]"])
def test_no_internals(program: Program, document: str) -> None:
    """What a file is not is said without the sentences of the libraries that read it."""
    (program.folder / "export.json").write_text(document)
    done = program.run("import", "export.json")

    assert 2 == done.returncode
    assert "is no export of Paper Round" in done.stderr
    assert not re.search(r"Input should|Value error|pydantic|Invalid JSON|type=", done.stderr)


def test_a_port_that_is_taken(program: Program) -> None:
    """Whoever finds the port taken reads what to type."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = program.run("up", "--port", str(port))

    assert 2 == done.returncode
    assert f"127.0.0.1:{port} cannot be listened on (it is taken)" in done.stderr
    assert re.search(r"make up PORT=\d+, or paperround up --port \d+", done.stderr)


def on_a_terminal(program: Program, *arguments: str) -> list[str]:
    """The lines of a command on a terminal of eighty columns."""
    program.environment = {"COLUMNS": "80"}
    ours, theirs = pty.openpty()
    said = b""
    try:
        terminal = Path(os.ttyname(theirs))
        process = program_server().start(arguments, program.folder, program.environ(), terminal)
        ended = False
        while not ended:
            ended = process.poll() is not None
            while select.select([ours], [], [], 0.02)[0]:
                said += os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)
    return re.sub(r"\x1b\[[0-9;]*m", "", said.decode()).splitlines()


@pytest.mark.parametrize("arguments", [("doctor",), ("export",), ("stats",), ("status",), ("channels", "list")])
def test_on_a_terminal(program: Program, arguments: tuple[str, ...]) -> None:
    """On a terminal of eighty columns no word of a long message is broken, whatever the command."""
    program.configured("[[channels]]\nname = 'a-channel-whose-name-is-about-as-long-as-names-may-be-here-still'")
    lines = on_a_terminal(program, *arguments)

    assert [] == [line for line in lines if len(line.rstrip()) > 80]
    assert len(lines) > 1


def test_long_messages_on_a_terminal(program: Program) -> None:
    """What does not fit in a line is told in several."""
    program.configured("[web]\nhost = '0.0.0.0'")
    lines = on_a_terminal(program, "doctor")

    assert any("the page would be open to everybody" in " ".join(lines[n : n + 2]) for n in range(len(lines)))
    assert [] == [line for line in lines if len(line.rstrip()) > 80]


def test_the_database_is_named_once(program: Program) -> None:
    """`migrate` says what is up to date."""
    assert "The database paperround.db is up to date.\n" == program.run("migrate").stdout
