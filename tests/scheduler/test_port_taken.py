"""A role whose port is taken ends with what to do, and with nothing else."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import SettingsError, UsageError
from scheduler.cli.roles import machines_of
from scheduler.queue import InProcessQueue
from scheduler.roles.clock import clock
from scheduler.roles.gateway import gateway
from scheduler.roles.health import RoleHealth
from scheduler.roles.worker import worker
from scheduler.runner import listening_socket
from scheduler.services import Services
from tests.scheduler.test_jobs import Lodge

Machines = Callable[[RoleHealth], Mapping[str, Coroutine[Any, Any, None]]]


async def works(services: Services, machines: Machines) -> None:
    await worker(services, 1, machines, print)


async def wakes(services: Services, machines: Machines) -> None:
    await clock(services, machines, print)


async def listens(services: Services, machines: Machines) -> None:
    platforms: Any = {"discord": NoShards()}
    await gateway(replace(services, platforms=platforms), "", machines, print)


class NoShards:
    """A platform as far as a role looks at it before it begins."""

    shards = ()


@pytest.mark.parametrize(("role", "command"), [(works, "worker"), (wakes, "clock"), (listens, "discord")])
async def test_taken(
    role: Callable[[Services, Machines], Coroutine[Any, Any, None]], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the option by which the port was given, and does not say that it works; no part was begun of which Python would say that nobody waited for it."""
    with listening_socket("127.0.0.1", 0) as other, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        port = other.getsockname()[1]

        def machines(_: RoleHealth) -> Mapping[str, Coroutine[Any, Any, None]]:
            listening_socket("127.0.0.1", port, command)
            raise AssertionError

        services = replace(Lodge().services, queue=InProcessQueue())
        with pytest.raises(SettingsError, match=rf"--port: 127\.0\.0\.1:{port} cannot .*paperround {command} --port"):
            await role(services, machines)
        gc.collect()

    assert "" == capsys.readouterr().out
    assert [str(one.message) for one in warned if one.category is RuntimeWarning] == []


@pytest.mark.parametrize("command", ["worker", "clock", "discord"])
def test_a_host_without_a_port(command: str) -> None:
    """A role that would serve nothing at the host it was given says so, and what to do."""
    services = Lodge().services
    with pytest.raises(UsageError, match=rf"without --port nothing is.*paperround {command} --host ::1 --port 8331"):
        machines_of(services, "::1", None, command)
    assert {} == machines_of(services, None, None, command)(None)  # type: ignore[arg-type]
