"""Leases that could not be given back, of all who claim one: nobody waits for the end of a lease whose owner lives and does nothing under it any more."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.slack.oauth.token_rotation import TokenRotation
from bot.errors import StorageError
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.usecases.alert import send_alerts
from bot.usecases.deliver import deliver
from bot.usecases.unreleased import UnreleasedLeases
from scheduler import configuration_check, configuration_precedence, jobs, token_check
from scheduler.configuration_precedence import Precedence
from scheduler.jobs.collect_round import LEASE, round_unless_taken
from scheduler.other_tokens import lease_names
from scheduler.ownership import Connection, owned
from scheduler.settings.settings import Settings
from tests.bot.usecases import test_alert, test_deliver
from tests.factories import HOUR, WEEK
from tests.fake_storage import FakeDatabase
from tests.scheduler.test_jobs import Lodge

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Claimer:
    """Somebody who claims a lease, as `we`: its name, and what is done under it on a database."""

    lease: str
    database: UnitOfWorkFactory
    unreleased: UnreleasedLeases
    act: Callable[[UnitOfWorkFactory], Awaitable[object]]


async def a_delivery() -> Claimer:
    services = test_deliver.Services()
    await services.freeze()

    async def act(database: UnitOfWorkFactory) -> None:
        await deliver(
            test_deliver.CHANNEL, WEEK, services.chat, database, services.clock, owner="we", unreleased=services.unreleased
        )  # fmt: skip

    return Claimer(test_deliver.LEASE_NAME, services.database.unit_of_work, services.unreleased, act)


async def alerts() -> Claimer:
    watch = await test_alert.Watch().ready()
    watch.now += HOUR
    await watch.brings("2608.00001")
    watch.now += HOUR
    await watch.plan()

    async def act(database: UnitOfWorkFactory) -> None:
        await send_alerts(
            watch.channel, watch.chat, database, lambda: watch.now, owner="we", unreleased=watch.unreleased
        )

    return Claimer("alerts/reading", watch.database.unit_of_work, watch.unreleased, act)


async def a_connection() -> Claimer:
    services = replace(Lodge().services, owner="we", speed=1000.0)

    async def act(database: UnitOfWorkFactory) -> None:
        async with owned(replace(services, unit_of_work=database), Connection("listen/slack")):
            pass

    return Claimer("listen/slack", services.unit_of_work, services.unreleased, act)


async def a_round() -> Claimer:
    services = replace(Lodge().services, owner="we")

    async def act(database: UnitOfWorkFactory) -> None:
        async with round_unless_taken(replace(services, unit_of_work=database)):
            pass

    return Claimer(LEASE, services.unit_of_work, services.unreleased, act)


class Installed:
    """The installation of a workspace whose token is to be renewed; whoever looks a second time finds that somebody else has done it."""

    def __init__(self) -> None:
        self._ends = [1.0, None]

    async def one(self, _: str) -> Any:
        return SimpleNamespace(bot_token_expires_at=self._ends.pop(0))


async def a_token() -> Claimer:
    database, unreleased = FakeDatabase().unit_of_work, UnreleasedLeases()
    not_asked: Any = None

    async def act(losing: UnitOfWorkFactory) -> None:
        store: Any = Installed()
        rotation = TokenRotation(
            not_asked, store, not_asked, losing, lambda: datetime.now(UTC), lambda: "we", unreleased=unreleased
        )
        await rotation.renew("T1")

    return Claimer("slack token T1", database, unreleased, act)


async def a_configuration() -> Claimer:
    services = replace(Lodge().services, owner="we", settings=Settings())

    async def act(database: UnitOfWorkFactory) -> None:
        watch = configuration_check._Watch(replace(services, unit_of_work=database))
        try:
            await watch.look()
        finally:
            await watch.end()

    name = configuration_check.PREFIX + configuration_check.fingerprint(services.settings)
    return Claimer(name, services.unit_of_work, services.unreleased, act)


async def a_bot() -> Claimer:
    settings: Any = SimpleNamespace(platforms={"discord": SimpleNamespace(bot_token_given=lambda: "one")})
    services = replace(Lodge().services, owner="we", settings=settings)

    async def act(database: UnitOfWorkFactory) -> None:
        watch = token_check._Watch(replace(services, unit_of_work=database))
        try:
            await watch.look()
        finally:
            await watch.end()

    return Claimer(lease_names(settings)["discord"], services.unit_of_work, services.unreleased, act)


async def a_file_to_work_by() -> Claimer:
    shared: Any = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
    services = replace(Lodge().services, owner="we", settings=Settings(), engine=shared)

    async def act(database: UnitOfWorkFactory) -> None:
        precedence = Precedence(replace(services, unit_of_work=database))
        try:
            await precedence.look()
        finally:
            await precedence._end()

    name = f"{configuration_precedence.PREFIX}0/{configuration_check.fingerprint(services.settings)}"
    return Claimer(name, services.unit_of_work, services.unreleased, act)


CLAIMERS = (a_delivery, alerts, a_connection, a_round, a_token, a_configuration, a_bot, a_file_to_work_by)


def losing(database: UnitOfWorkFactory, method: str, error: BaseException, *, after: bool) -> UnitOfWorkFactory:
    """A database that fails where a lease is claimed or released: before the commit, or `after` it, so that its answer is lost."""

    @asynccontextmanager
    async def unit_of_work() -> AsyncIterator[UnitOfWork]:
        async with database() as uow:
            kept: Any = uow
            done, commit = getattr(kept.leases, method), kept.commit

            async def fails() -> None:
                if after:
                    await commit()
                raise error

            async def noted(*given: Any) -> Any:
                kept.commit = fails
                return await done(*given)

            setattr(kept.leases, method, noted)
            yield uow

    return unit_of_work


@pytest.mark.parametrize("claimer", CLAIMERS)
@pytest.mark.parametrize(
    ("method", "error", "after"),
    [
        ("claim", asyncio.CancelledError(), True),
        ("release", StorageError("The database is away."), False),
    ],
    ids=["the answer to the claim is lost", "it cannot be given back"],
)
async def test_given_back_later(
    claimer: Callable[[], Awaitable[Claimer]], method: str, error: BaseException, *, after: bool
) -> None:
    """
    Whoever claims a lease gives it back once the database answers: where the process was told to stop before it knew that it has it, and where it could
    not give it back.
    """
    one = await claimer()
    await asyncio.gather(one.act(losing(one.database, method, error, after=after)), return_exceptions=True)
    soon = datetime(2026, 1, 1, tzinfo=UTC)  # before the lease runs out, by whichever clock it was claimed
    async with one.database() as uow:
        assert await uow.leases.claim(one.lease, "they", soon, soon + HOUR) is None, "it is held"

    await one.unreleased.release(one.database)

    async with one.database() as uow:
        assert await uow.leases.claim(one.lease, "they", soon, soon + HOUR)


async def test_given_back_by_a_tick() -> None:
    """`up`, which another one stands by for on PostgreSQL, gives back at its next tick what it could not."""
    services = Lodge().services
    async with services.unit_of_work() as uow:
        lease = await uow.leases.claim("listen/slack", "we", services.clock(), services.clock() + HOUR)
        await uow.commit()
    assert lease
    services.unreleased.add(lease)

    await jobs.tick(services)

    async with services.unit_of_work() as uow:
        assert await uow.leases.claim("listen/slack", "they", services.clock(), services.clock() + HOUR)


def claiming_functions() -> dict[str, str]:
    """The functions of ours that claim a lease, with the source of all of their module."""
    found = {}
    for part in ("bot", "adapters", "scheduler"):
        for file in sorted((ROOT / part).rglob("*.py")):
            text = file.read_text("utf-8")
            if ".leases.claim(" in text:
                found[f"{file.relative_to(ROOT)}"] = text
    return found


def test_all_who_claim() -> None:
    """Whoever claims a lease notes it where that fails: each module that claims one does so, and is tried above."""
    modules = claiming_functions()
    noting = {
        name
        for name, text in modules.items()
        if any(isinstance(one, ast.With) and "noted_on_failure" in ast.unparse(one.items[0]) for one in ast.walk(ast.parse(text)))
    }  # fmt: skip

    assert modules.keys() == noting
    assert len(CLAIMERS) == len(modules)
