"""
A simulated half year: 26 weeks, eight members of different habits, on the local channel and through the real use-cases.

`python -m tests.half_year FILE` makes a database to look at, and says how to serve it. The same seed makes the same half year.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.web.channel.board import derived_id
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.store import BoardStore
from bot.model import Channel, Digest, FetchResult, Member, Pick
from bot.usecases.cards import ask_for_card
from bot.usecases.collect import collect
from bot.usecases.compile import compile_digest, due_digest
from bot.usecases.deliver import deliver, freeze
from bot.usecases.record import Recorder
from tests.databases import opened
from tests.fake_ranker import FakeRanker
from tests.fake_sources import FakeSource
from tests.invented_works import SPECS, SUMMARIES, TOPICS, entries_of_week, works_of_week

START = datetime(2026, 2, 9, 8, 0, tzinfo=UTC)
"""Monday of 2026-W07, nine o'clock in Berlin: the first digest."""

CHANNEL = Channel(name="reading", platform="web", id="reading", zone="Europe/Berlin", topics=TOPICS, budget_minutes=75)


@dataclass(frozen=True)
class Habit:
    """
    How somebody reads. Shares are of the picks they look at: `must` and `later` marked, `read` of the marked read later, `writes` of
    the read summarised; `skips` are marked as not for us. `weeks` are those in which they take part at all.
    """

    name: str
    looks: float = 1.0
    must: float = 0.1
    later: float = 0.2
    read: float = 0.6
    writes: float = 0.5
    skips: float = 0.05
    language: str = "en"
    loves: str = ""
    weeks: tuple[int, int] = (0, 99)
    edits: float = 0.0
    asides: float = 0.0
    takes_back: float = 0.0
    asks: float = 0.0

    @property
    def member(self) -> Member:
        """Who they are on the local channel."""
        return Member(id=derived_id("half-year", self.name), name=self.name)


HABITS = (
    Habit("Ada Brandt", must=0.25, later=0.2, read=0.85, writes=0.8, loves="agent safety", edits=0.1),
    Habit("Ben Carter", later=0.5, must=0.05, read=0.35, writes=0.1),
    Habit("Chloé Dubois", must=0.1, read=0.7, writes=0.6, language="fr", loves="interpretability"),
    Habit("陈伟", must=0.15, later=0.2, read=0.8, writes=0.5, language="zh", loves="evaluation"),
    Habit("Farid Haddad", looks=0.6, skips=0.5, must=0.05, read=0.5, writes=0.3, language="ar"),
    Habit("Grace Okafor", looks=0.8, must=0.2, read=0.7, writes=0.7, edits=0.5, asides=0.2, asks=0.5),
    Habit("Ingrid Müller", must=0.15, read=0.6, writes=0.4, language="de", weeks=(9, 99), takes_back=0.2),
    Habit("José Álvarez", looks=0.4, must=0.1, later=0.4, read=0.3, writes=0.9, weeks=(0, 17), asides=0.3),
)


class WeekSource(FakeSource):
    """A source that says what it has to say this week; each week that is something else."""

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        found = await super().fetch(since, {})
        return replace(found, state={"since": since.isoformat()})


@dataclass
class HalfYear:
    """The channel on a database, and its time. `digests` are those that were sent; `counts` what people did, counted as they did it."""

    channel: Channel
    chat: WebChannel
    units: SqlUnitOfWorkFactory
    chance: random.Random
    now: datetime = START
    per_week: int = 45
    digests: list[Digest] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    habits: tuple[Habit, ...] = HABITS

    def clock(self) -> datetime:
        return self.now

    async def run(self, weeks: int = 26) -> None:
        """Let the weeks pass, one after another."""
        recorder = Recorder(self.units, self.clock, {self.channel.platform: self.chat})
        await self.chat.listen(recorder.receive)
        async with self.units() as uow:
            await uow.channels.start(self.channel.name, START - timedelta(days=8))
            await uow.commit()
        for habit in self.habits:
            await self.chat.rename(habit.member)
        for index in range(weeks):
            await self._week(index)
            await recorder.settle()

    async def _week(self, index: int) -> None:
        start = START + timedelta(weeks=index - 1)
        works = works_of_week(start, index, self.per_week, self.chance)
        said = entries_of_week(works, start, index, self.chance)
        sources = {spec.id: WeekSource(spec, said[spec.id]) for spec in SPECS}
        if index % 9 == 4:
            sources["reddit"].error = "answered 429 Too Many Requests three times"
        self.now = START + timedelta(weeks=index)
        reports = await collect(SPECS, sources, self.units, self.clock, since=start)
        assert reports
        due = await due_digest(self.channel, self.units, self.now)
        assert due, f"no digest is due at {self.now}"
        week, window = due
        digest = await compile_digest(
            self.channel, week, window, self.units, specs=SPECS, now=self.now, ranker=FakeRanker()
        )
        await freeze(digest, self.channel, self.units)
        await deliver(self.channel, week, self.chat, self.units, self.clock, owner="half year")
        self.digests.append(digest)
        await self._people(index, digest)

    async def _people(self, index: int, digest: Digest) -> None:
        acts: list[tuple[datetime, Callable[[], Awaitable[None]]]] = []
        refs = await self._messages(digest)
        for habit in self.habits:
            if habit.weeks[0] <= index <= habit.weeks[1] and self.chance.random() < 0.92:
                acts += self._acts(habit, digest, refs)
        for when, act in sorted(acts, key=lambda pair: pair[0]):
            self.now = when
            await act()

    async def _messages(self, digest: Digest) -> Mapping[str, str]:
        async with self.units() as uow:
            postings = await uow.postings.of(self.channel.name, digest.week)
        return {one.item_key: one.ref.message_id for one in postings if one.item_key and one.ref}

    def _acts(
        self, habit: Habit, digest: Digest, refs: Mapping[str, str]
    ) -> list[tuple[datetime, Callable[[], Awaitable[None]]]]:
        chance, acts = self.chance, []
        began = self.now + timedelta(minutes=chance.randrange(10, 60 * 30))
        for place, pick in enumerate(digest.picks):
            message, at = refs.get(pick.item.key), began + timedelta(minutes=2 * place)
            if message is None or chance.random() > habit.looks:
                continue
            loved = 0.35 if habit.loves and habit.loves in _said(pick) else 0.0
            roll = chance.random()
            if roll < habit.must + loved:
                acts.append((at, self._react(habit, message, "⭐")))
            elif roll < habit.must + loved + habit.later:
                acts.append((at, self._react(habit, message, "👀")))
            elif roll < habit.must + loved + habit.later + habit.skips:
                acts.append((at, self._react(habit, message, "👎")))
                continue
            else:
                continue
            if chance.random() < habit.read:
                read_at = at + timedelta(hours=chance.randrange(2, 90))
                acts.append((read_at, self._react(habit, message, "✅")))
                if chance.random() < habit.writes:
                    acts.append((read_at + timedelta(minutes=9), self._write(habit, message)))
        if digest.also and chance.random() < habit.asks:
            acts.append((began + timedelta(hours=1), self._ask(habit, digest, chance.choice(digest.also[:10]))))
        return acts

    def _react(self, habit: Habit, message: str, emoji: str) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            await self.chat.react(self.channel.id, message, habit.member, emoji, put=True)
            self._count(emoji)

        return act

    def _write(self, habit: Habit, message: str) -> Callable[[], Awaitable[None]]:
        text = self.chance.choice(SUMMARIES[habit.language])
        token = f"{habit.name}-{message}"
        aside, edits, gone = (self.chance.random() < share for share in (habit.asides, habit.edits, habit.takes_back))

        async def act() -> None:
            if aside:
                words = "// has anybody got their code to run?"
                await self.chat.reply(self.channel.id, message, habit.member, text=words, token=f"{token}-aside")
            kept = await self.chat.reply(self.channel.id, message, habit.member, text=text, token=token)
            if edits:
                self.now += timedelta(minutes=4)
                better = f"{text} (I checked the numbers since: they hold.)"
                await self.chat.edit(self.channel.id, kept.message_id, habit.member, better)
            if gone:
                self.now += timedelta(minutes=5)
                await self.chat.delete(self.channel.id, kept.message_id, habit.member)
            self._count("taken back" if gone else "summaries")

        return act

    def _ask(self, habit: Habit, digest: Digest, pick: Pick) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            async with self.units() as uow:
                await ask_for_card(digest, pick, habit.member, self.now, uow)
                await uow.commit()
            await deliver(self.channel, digest.week, self.chat, self.units, self.clock, owner="half year")
            self._count("cards")

        return act

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def _said(pick: Pick) -> str:
    return " ".join(reason.text for reason in pick.reasons)


async def half_year(
    units: SqlUnitOfWorkFactory,
    store: BoardStore,
    *,
    weeks: int = 26,
    seed: int = 1,
    channel: Channel = CHANNEL,
    per_week: int = 45,
) -> HalfYear:
    """Let a half year pass on a migrated database; gives what happened."""
    told: list[HalfYear] = []
    chat = WebChannel(store, lambda: told[0].now)
    year = HalfYear(channel, chat, units, random.Random(seed), per_week=per_week)
    told.append(year)
    await year.run(weeks)
    return year


async def _main(file: Path, weeks: int, seed: int) -> None:
    async with opened(f"sqlite:///{file}") as engine:
        await migrate(engine)
        year = await half_year(SqlUnitOfWorkFactory(engine), BoardStore(engine), weeks=weeks, seed=seed)
    config = file.with_suffix(".toml")
    topics = ", ".join(f'"{topic}"' for topic in TOPICS)
    config.write_text(
        f'[[channels]]\nname = "reading"\nplatform = "web"\nid = "reading"\nzone = "Europe/Berlin"\nbudget_minutes = 75\ntopics = [{topics}]\n',
        "utf-8",
    )
    settings = f"DATABASE_URL=sqlite:///{file} PAPERROUND_CONFIG={config} PAPERROUND_NOW={year.now.isoformat()}"
    sys.stdout.write(f"{len(year.digests)} digests; {year.counts}\n{settings} paperround up\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.file.exists():
        parser.error(f"{given.file} is there already. Name another file, or remove it.")
    asyncio.run(_main(given.file.resolve(), given.weeks, given.seed))
