"""The address of the page, bound at start."""

from __future__ import annotations

import resource
import socket
from pathlib import Path

import pytest

from bot.errors import SettingsError
from scheduler.runner import listening_socket


def open_sockets() -> int:
    return sum(one.is_socket() for one in Path("/proc/self/fd").iterdir() if one.exists())


def test_a_port_that_is_taken() -> None:
    """The address and the remedy are named, and no socket is left open."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        before = open_sockets()

        with pytest.raises(
            SettingsError, match=r"127\.0\.0\.1:\d+ cannot be listened on \(it is taken\).* make up PORT=\d+.* --port"
        ):
            listening_socket("127.0.0.1", other.getsockname()[1])

        assert before == open_sockets()


def test_the_command_that_was_asked() -> None:
    """The remedy is of the command that could not listen."""
    told = r"choose another port: paperround web --port \d+"
    with listening_socket("127.0.0.1", 0) as first, pytest.raises(SettingsError, match=told):
        listening_socket("127.0.0.1", first.getsockname()[1], "web")


def test_two_starts_at_one_instant() -> None:
    """Who was given the address has it from then on: one that starts at the same instant is told that it is taken."""
    with listening_socket("127.0.0.1", 0) as first, pytest.raises(SettingsError, match="it is taken"):
        listening_socket("127.0.0.1", first.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "port", "told"),
    [
        ("192.0.2.1", 8321, r"web\.host: .*this machine has no such address\)\. Name an address of it with --host"),
        ("no.such.name.invalid", 8321, r"web\.host: .*this machine has no such address"),
    ],
)
def test_no_such_address(host: str, port: int, told: str) -> None:
    """An address that is not this machine's is named as that, and not as a port that is taken."""
    with pytest.raises(SettingsError, match=told):
        listening_socket(host, port)


def test_any_free_port() -> None:
    """Port 0 is any free one."""
    with listening_socket("127.0.0.1", 0) as bound:
        assert bound.getsockname()[1] > 0


def test_no_more_files_may_be_open() -> None:
    """That is no fault of the address, and nothing that a person has to correct in the configuration."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            listening_socket("127.0.0.1", 0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
