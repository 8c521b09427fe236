"""Some weeks of a team in a database, and the library's pages on it."""

from __future__ import annotations

import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.web.app import create_app
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.store import BoardStore
from adapters.web.http.access_store import AccessStore
from adapters.web.library.context import LibraryContext
from adapters.web.platform import WebMembership
from bot.model import Channel
from bot.ports import Membership
from bot.usecases.audience import Audience
from bot.usecases.library import Library
from bot.usecases.record import Recorder
from tests.adapters.web import demo
from tests.databases import migrated_sqlite, opened
from tests.half_year import CHANNEL, HalfYear, half_year
from tests.invented_works import SPECS


@dataclass
class Shelf:
    """A database with weeks in it, and what the pages are built from. `people` are memberships by platform."""

    engine: AsyncEngine
    year: HalfYear
    channels: list[Channel] = field(default_factory=lambda: [CHANNEL])
    people: dict[str, Membership] = field(default_factory=lambda: {"web": WebMembership()})
    admins: set[str] = field(default_factory=set)

    @property
    def access(self) -> AccessStore:
        return AccessStore(self.engine, self.year.clock)

    def context(self) -> LibraryContext:
        units = self.year.units

        async def channels():
            return self.channels

        async def specs():
            return SPECS

        async def may_change(platform, member_id, channel):
            return member_id in self.admins

        return LibraryContext(
            library=Library(units.reading),
            audience=Audience(self.people, channels, self.year.clock),
            reading=units.reading,
            unit_of_work=units,
            channels=channels,
            specs=specs,
            receive=Recorder(units, self.year.clock, {"web": self.year.chat}, channels=channels).receive,
            may_change=may_change,
        )

    def app(self, **site) -> Starlette:
        web = tuple(channel for channel in self.channels if channel.platform == "web")
        told = {"channels": web, "clock": self.year.clock, "library": self.context()}
        return create_app(self.year.chat, demo.site(**(told | site)))


@asynccontextmanager
async def filled_shelf(session: Path, test: Path) -> AsyncIterator[Shelf]:
    """A copy, in `test`, of the same three weeks for each test; they are made once, in `session`."""
    made, told = session / "weeks.db", session / "weeks.txt"
    if not told.exists():
        async with opened(await migrated_sqlite(session, test)) as engine:
            year = await half_year(SqlUnitOfWorkFactory(engine), BoardStore(engine), weeks=3, per_week=14)
        shutil.copy(test / "paperround.db", made)
        told.write_text(year.now.isoformat(), "utf-8")
    shutil.copy(made, test / "paperround.db")
    async with opened(f"sqlite:///{test / 'paperround.db'}") as engine:
        now = datetime.fromisoformat(told.read_text("utf-8"))
        chat = WebChannel(BoardStore(engine), lambda: year.now)
        year = HalfYear(CHANNEL, chat, SqlUnitOfWorkFactory(engine), random.Random(1), now=now)
        yield Shelf(engine, year)


@pytest.fixture
async def shelf(tmp_path, tmp_path_factory) -> AsyncIterator[Shelf]:
    async with filled_shelf(tmp_path_factory.getbasetemp(), tmp_path) as found:
        yield found
