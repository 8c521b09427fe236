"""
A world to die in: a platform with people, a database, two sources, and a program that is started again after each death.

The platform and the database outlive the program; everything else is built again, as at a start of `paperround up`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Collection, Coroutine, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bot.events import ChatEvent
from bot.model import Attention, Channel, Digest, Entry, ItemKind, MessageRef, Posting, Section, SourceSpec
from bot.ports import EventSink, UnitOfWorkFactory
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList
from bot.usecases.reconcile import WEEKS, reconcile
from bot.usecases.record import Recorder
from bot.usecases.redraw import Redrawer, one_by_one
from scheduler import jobs
from scheduler.backoff import Backoff
from scheduler.services import Services
from tests.adapters.web import demo
from tests.fake_sources import FakeSource
from tests.reliability.plug import Manner, Plug, WiredChat, WiredSource, wired_clock, wired_units

START = demo.START
MINUTE = timedelta(minutes=1)
MOST_MINUTES = 30
"""How many minutes the program may take to heal."""

AGREE = "Worth our Friday: the ablation is honest."

SPECS = (
    SourceSpec(id="arxiv", kind="arxiv", name="arXiv", url="https://export.arxiv.org/", section=Section.PAPERS),
    SourceSpec(id="lab", kind="feed", name="A Lab", url="https://lab.example/", section=Section.LABS),
)
SETTINGS: Any = SimpleNamespace(
    fetch=SimpleNamespace(at_once=4, deadline_seconds=20), reconcile=SimpleNamespace(weeks=6), sources={}
)


class Moments:
    """The program's clock: it goes on by a little with each look, and by more when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=20)
        return self.now


class WeekHouse(Services):
    """A house with two sources of our own."""

    async def specs(self) -> tuple[SourceSpec, ...]:
        return SPECS

    def open_sources(self, specs: Sequence[SourceSpec], full: Collection[str] = ()) -> Any:
        return contextlib.nullcontext({spec.id: self.settings.wired[spec.id] for spec in specs})


def entry(spec: SourceSpec, number: int, at: datetime) -> Entry:
    """Something that a source said."""
    kind = ItemKind.PAPER if spec.section is Section.PAPERS else ItemKind.POST
    return Entry(
        source_id=spec.id, external_id=f"{spec.id}/{number}", kind=kind, section=spec.section, published=at,
        title=f"Agents that check {spec.id} result {number}", url=f"https://{spec.id}.example/{number}",
        abstract="We check what agents say.", attention=Attention(votes=50 + number),
    )  # fmt: skip


class World:
    """One channel for one week. `harness` is a platform of the chat contract suite, `units` a database."""

    def __init__(self, harness: Any, units: UnitOfWorkFactory, clock: Moments | None = None) -> None:
        self.harness = harness
        self.units = units
        self.channel: Channel = harness.channel
        self.clock = clock or Moments()
        self.sources = {
            spec.id: FakeSource(spec, [entry(spec, n, START - timedelta(days=n)) for n in (1, 2)]) for spec in SPECS
        }
        self.plug = self.pulled = Plug()
        self.services: WeekHouse | None = None
        self.deaths = 0
        self.kept: dict[str, ChatEvent] = {}
        self.sink: EventSink | None = None
        self.post_bag: list[ChatEvent] | None = None
        """While there is one, the platform's events lie in it instead of reaching us."""

    # the program

    async def start(self, plug: Plug | None = None) -> None:
        """Start the program, as `paperround up` does; what the one before was sending is free, for it is surely dead."""
        self.plug = plug or Plug()
        units, clock = wired_units(self.units, self.plug), wired_clock(self.clock, self.plug)
        chat = WiredChat(self.harness.chat, self.channel.platform, self.plug)
        chats = {self.channel.platform: chat}

        channels = ChannelList((self.channel,), units)
        redraws = chats if hasattr(self.harness.chat, "redraw") else {}
        redrawer = Redrawer(redraws, channels.read, units)
        recorder = Recorder(units, clock, chats, changed=one_by_one(redrawer.changed))
        before, self.services = self.services, WeekHouse(
            settings=SimpleNamespace(
                **vars(SETTINGS), wired={i: WiredSource(one, i, self.plug) for i, one in self.sources.items()}
            ),
            clock=clock, unit_of_work=units, reading=units, channels=channels, chats=chats, recorder=recorder,
            engine=None, builders=SimpleNamespace(classics=tuple), audience=Audience({}, channels.read, clock), backoff=Backoff(), owner=f"life {self.deaths}",
        )  # fmt: skip
        sink = recorder.receive

        plug = self.plug

        async def keep(event: ChatEvent) -> None:
            """What the platform sees of us: an event is taken, or the connection is gone."""
            if self.post_bag is not None:
                self.post_bag.append(event)
                return
            outcome = await _or_death(sink(event), plug)
            if outcome is not None:
                raise ConnectionResetError from outcome
            self.kept[event.event_id] = event

        self.sink = keep
        await chat.listen(keep)
        if before is not None:
            async with units() as uow:
                await uow.leases.forget(before.owner)
                await uow.commit()
        await recorder.apply_waiting()
        await self.reconcile()

    async def start_over(self, plug: Plug) -> None:
        """Start the program with a plug that is pulled in it, maybe before it has started."""
        self.deaths += 1
        if not await self._until_death(self.start(plug)) and not plug.pulled:
            raise AssertionError("it does not start")

    async def hears(self, event: ChatEvent) -> None:
        """The platform tells an event, whenever and however often it likes; if it is not taken, that is that."""
        assert self.sink is not None
        with contextlib.suppress(ConnectionResetError):
            await self.sink(event)
        await self._until_death(self._house.recorder.settle())

    async def tick(self) -> None:
        await jobs.tick(self._house)

    async def reconcile(self, weeks: int = WEEKS) -> None:
        services = self._house
        await reconcile(
            services.chats, services.unit_of_work, services.recorder.receive_all, services.clock, weeks=weeks
        )

    @property
    def _house(self) -> WeekHouse:
        assert self.services is not None
        return self.services

    async def live(self, what: str) -> None:
        """Let the program do a thing; where it dies of it, start it again and let it do it then."""
        for _ in range(3):
            if await self._until_death(getattr(self, what)()):
                return
        raise AssertionError(f"{what} does not come to an end: {self.plug.where}")

    async def _until_death(self, doing: Coroutine[Any, Any, None]) -> bool:
        """Let the program do a thing until it has done it or dies; then it is started again. Tells whether it was done."""
        outcome = await _or_death(self._settled(doing), self.plug)
        if self.plug.dead:
            self.deaths += 1
            self.clock.now += MINUTE
            await self.start()
            return False
        if outcome is not None and not self.plug.pulled:
            raise outcome
        return outcome is None  # else it failed, as the port says it may, and the next tick heals it

    async def _settled(self, doing: Coroutine[Any, Any, None]) -> None:
        await doing
        if self.services is not None:
            await self.services.recorder.settle()

    # the week

    async def week(self, plug: Plug) -> None:
        """A week, with the plug pulled somewhere: collect, post, react, answer, correct, take back, look over."""
        # What a dead program's tasks had to say is nobody's business.
        asyncio.get_running_loop().set_exception_handler(lambda _, context: None)
        self.pulled = plug
        if not await self._until_death(self.start(plug)) and plug.at:
            await self.start()
        await self.live("tick")
        for _ in range(MOST_MINUTES):
            if await self._all_sent():
                break
            self.clock.now += MINUTE
            await self.live("tick")
        else:
            raise AssertionError(f"not all sent after {MOST_MINUTES} minutes: {self.plug.where}")
        await self._people()
        self.clock.now += MINUTE
        await self.live("tick")
        await self.live("reconcile")
        await self.live("tick")

    async def _people(self) -> None:
        """What people do is done, whether we live to see it or not."""
        people = self.harness
        ada, grace = await people.member("Ada"), await people.member("Grace")
        first, second = [p.ref for p in await self.postings() if p.item_key and p.ref][:2]
        await self.act(people.react(ada, first, "⭐"))
        await self.act(people.react(grace, first, "👀"))
        await self.act(people.react(ada, second, "👎"))
        await self.act(people.unreact(ada, second, "👎"))
        kept = await self.act(people.reply(ada, first, "Worth our Friday."))
        gone = await self.act(people.reply(grace, second, "I take this back."))
        await self.act(people.edit(ada, kept, AGREE))
        await self.act(people.delete(grace, gone))

    async def act(self, doing: Any) -> Any:
        done = await doing
        await self._until_death(self._house.recorder.settle())
        return done

    # what must hold

    async def postings(self) -> list[Posting]:
        async with self.units() as uow:
            weeks = await uow.digests.weeks(self.channel.name)
            return [one for week in weeks for one in await uow.postings.of(self.channel.name, week)]

    async def _all_sent(self) -> bool:
        postings = await self.postings()
        return bool(postings) and all(one.ref for one in postings)

    async def faults(self) -> list[str]:
        """Say everything that is not as it must be after a week, whatever happened in it."""
        lost = await self.lost_events()
        await self.harness.look()
        async with self.units() as uow:
            weeks = await uow.digests.weeks(self.channel.name)
            digests: list[Digest] = [d for w in weeks if (d := await uow.digests.get(self.channel.name, w))]
            waiting = await uow.events.waiting()
            skipped = await uow.digests.skipped(self.channel.name)
        postings = await self.postings()
        faults = [f"weeks {weeks}"] if len(weeks) != 1 else []
        faults += [f"skipped {skipped}"] if skipped else []
        faults += [f"{event.event_id} waits" for event in waiting]
        # A source that fails holds no digest up: its works come a week later. Nothing else may cost a pick.
        picks = {2, 4} if self.pulled.manner is Manner.FAILS and " fetch " in self.pulled.where else {4}
        faults += [f"{len(digest.picks)} picks" for digest in digests if len(digest.picks) not in picks]
        faults += [f"{event_id} was taken and is not there" for event_id in lost]
        faults += self._sent_faults(postings)
        for posting in postings:
            if posting.ref and posting.item_key:
                faults += await self._told_faults(posting.ref)
        return faults

    async def lost_events(self) -> frozenset[str]:
        """Which events we said we had taken are not in the inbox, applied or not: those that could be added."""
        async with self.units() as uow:
            return await uow.events.add_all(list(self.kept.values()), self.clock())

    def _sent_faults(self, postings: Sequence[Posting]) -> list[str]:
        keys = Counter(self.harness.sent_keys())
        wanted = [posting.key for posting in postings]
        faults = [f"{key} sent {count} times" for key, count in keys.items() if count > 1]
        faults += [f"{key} was not sent" for key in wanted if key not in keys]
        faults += [f"{key} is nobody's" for key in keys if key not in wanted]
        if list(keys) != wanted:
            faults.append("out of order")
        return faults

    async def _told_faults(self, ref: MessageRef) -> list[str]:
        """Say where what we know of a message differs from what the platform shows."""
        shown = await self.harness.chat.snapshot(ref)
        async with self.units() as uow:
            known = {(one.member.id, one.emoji) for one in await uow.reactions.on(ref) if one.present}
            words = {one.ref: one.text for one in await uow.summaries.on(ref) if one.deleted_at is None}
        wanted = {(member.id, emoji) for member, emoji in shown.reactions}
        said = {reply.ref: reply.text for reply in shown.replies}
        faults = [] if known == wanted else [f"reactions {known} where {wanted} is shown"]
        return faults + ([] if words == said else [f"summaries {words} where {said} is shown"])


async def _or_death(doing: Coroutine[Any, Any, None], plug: Plug) -> BaseException | None:
    """Do a thing until it is done or the program is dead; give what came of it, None if all went well."""
    task, death = asyncio.create_task(doing), asyncio.create_task(plug.death.wait())
    await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
    for one in (task, death):
        one.cancel()
    outcome, _ = await asyncio.gather(task, death, return_exceptions=True)
    return outcome
