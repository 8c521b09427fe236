"""Strangers hold nothing: the program under a limit of 64 open files, with hundreds of requests that are never told to their end."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.scenarios.program import FromDisk
from tests.waiting import PATIENCE

pytestmark = pytest.mark.process

HALF = b"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nX-"


class FewFiles(FromDisk):
    """The program with 64 files, and what it says in a file."""

    def command(self, *arguments: str) -> list[str]:
        return ["sh", "-c", 'ulimit -n 64; exec "$@" 2>log', "sh", *super().command(*arguments)]


@contextlib.contextmanager
def strangers(address: str, count: int, said: bytes) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 5))
            with contextlib.suppress(ConnectionError):
                one.sendall(said)
        yield


@pytest.mark.parametrize(("count", "said"), [(80, HALF), (300, b"")], ids=["half-sent requests", "silent connections"])
def test_few_files(tmp_path: Path, count: int, said: bytes) -> None:
    """The page, the health check and the database's work go on, and the log has no more to say than a line or two."""
    program = FewFiles(tmp_path)
    address = program.up("--sample")
    try:
        for _ in range(3):
            with strangers(address, count, said):
                for path in ("/healthz", "/", "/readyz"):
                    began = time.monotonic()
                    status = httpx.get(address + path, timeout=PATIENCE, follow_redirects=True).status_code

                    # Who is not given another one's place waits for ten seconds, until that one's time is over.
                    assert (200, True) == (status, time.monotonic() - began < 9), path
    finally:
        code = program.stop()

    log = (tmp_path / "log").read_text()
    assert (0, True) == (code, len(log.splitlines()) <= 5), log[:2000]
    assert "Traceback" not in log
