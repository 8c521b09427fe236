"""
What many channels cost: the first tick, a tick with nothing due, and the hour at which all of them are due.

    python benchmarks/herd.py [--channels 100 1000 10000] [--deliver 100 1000] [--loop 100 1000] [--week | --mixed] [--sample N]

Of so many channels, set up in chat, four in five are on Slack, in workspaces of eight, and one in five is on Discord, on servers of four; every
other one has the compact layout, the others cards with a thread each. One in ten wants alerts, for an author and two words, and one in ten has its digest
reviewed twelve hours before, by nobody as yet. All have a digest of the week before and read the same 2,000 invented works
of `digest.py` on SQLite. Each number of channels is a process of its own, so that its memory is its own.

Our adapters speak to platforms in memory that enforce the limits of the real ones and answer after a tenth of a second (`strict_platforms.py`);
HTTP itself is left out. Waiting is simulated, work is not: an hour of pacing passes in the time that the work in it takes (`simulated_time.py`).

- `start`: the tick after a start, at which every channel is looked at.
- `reviews`: the looks after that at the channels with a review, which have nobody to show it to; a look per one of these channels.
- `alerts`: the look after a collect of everything, of which nothing is news, for all that want alerts.
- `tastes`: a look at whose liked works are to be looked up, where none are; `quality`: the look at what is to be measured of the choice, once a week,
  without the ranking itself; `told`: the look after a collect of which everything is news, and `alerts sent`, until all are.
- `quiet`: a tick with nothing due, the median of five; `all`: one that looks at every channel, as all did before wake-ups were stored (its
  looks are cheaper now than they were then, since what a digest covers is read without the digest). For the numbers in `--loop`.
- `compile`: one digest by itself, of twenty channels with topics of their own, which works are about, after the first four; wall and CPU of all
  processes, then CPU of this one and of ranking's apart. `compile again`: the same channels once more, when their topics were looked for before.
  `compile mixed`: the same channels as if they were weekly, fortnightly and daily in turn, with three budgets, after the first six.
- `herd`: everything is due at Monday 09:00, and a clock ticks every half minute until all is sent. For the numbers in `--deliver`. A checker then
  compares what the platforms were sent with what was due: every digest once, every message once.
- with `--week`, instead of the herd: due instants are spread over a week, which the clock lives through.
- with `--mixed` a third of the herd each is weekly, fortnightly and daily, and budgets differ.

Times are of the wall clock and, behind the stroke, of CPU, ranking's process included; memory is this process's peak.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aiosqlite
from slack_sdk.oauth.installation_store.models.installation import Installation
from sqlalchemy import event, text, update

from adapters.discord.embeds import key_in
from adapters.discord.platform import DiscordPlatform
from adapters.ranking.process import ProcessRanker
from adapters.slack.api import SlackApi
from adapters.slack.oauth.app import App
from adapters.slack.oauth.encryption import Encryption, new_key
from adapters.slack.oauth.installations import Installations
from adapters.slack.oauth.workspaces import InstallationStore, Workspaces
from adapters.slack.pacing import Timer
from adapters.sources.catalog import specs as configured
from adapters.storage.database import create_engine
from adapters.storage.tables import entries, mentions
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from benchmarks.digest import COUNTS, Told, filled
from benchmarks.invented_texts import TOPICS
from benchmarks.local_feeds import NOW
from benchmarks.simulated_time import SimulatedLoop
from benchmarks.strict_platforms import LARGE, StrictDiscord, StrictSlack, large_channel
from bot.due import channel_due_period, channel_window
from bot.model import Channel, ChannelOrigin, ChannelState, Rhythm, SourceSpec
from bot.ports import Source
from bot.rate_limits import InProcessRateLimiter
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList, subscribed
from bot.usecases.compile import compile_digest
from bot.usecases.quality import UNTIL as QUALITY
from bot.usecases.record import Recorder
from scheduler import jobs
from scheduler.jobs.histories import look_up_tastes
from scheduler.jobs.upkeep import measure as measure_choice
from scheduler.runner import tune_interpreter
from scheduler.services import Services

WORKSPACE: Final = 8
DUE: Final = NOW
"""Monday 09:00 UTC, the hour at which all are due."""

RHYTHMS: Final = (Rhythm.WEEKLY, Rhythm.FORTNIGHTLY, Rhythm.DAILY)
"""Those of a mixed herd; all are due on that Monday."""

BUDGETS: Final = (30, 60, 120)
"""Minutes."""

TICK: Final = 30.0
ANSWER: Final = 0.1
"""Seconds that a platform takes to answer a request."""

KEY: Final = new_key()


class Bench(Services):
    """The services with the invented sources."""

    async def specs(self) -> tuple[SourceSpec, ...]:
        return tuple(spec for spec in configured() if spec.id in COUNTS)

    @contextlib.asynccontextmanager
    async def open_sources(
        self,
        specs: Sequence[SourceSpec],
        full: Collection[str] = (),  # noqa: ARG002 - they say all each time
    ) -> AsyncIterator[Mapping[str, Source]]:
        yield {spec.id: Told(spec, COUNTS[spec.id]) for spec in specs}


class Queries:
    """Counts the statements that an engine runs."""

    def __init__(self, engine: Any) -> None:
        self.number = 0
        event.listen(engine.sync_engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.number += 1


def cpu() -> float:
    """Seconds of CPU of this process and of those it has ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


async def took(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    began, before = time.perf_counter(), cpu()
    await work()
    return time.perf_counter() - began, cpu() - before


def state_of(number: int, *, spread: bool, mixed: bool = False, workspace: int = WORKSPACE) -> ChannelState:
    """A channel, due on Monday at nine; if `spread`, at one of the hours of the week that this starts; if `mixed`, of one of three rhythms and budgets."""
    group, place = divmod(number, 5)
    if place == 0:
        platform, team, where = "discord", StrictDiscord.guild_of(str(group)), f"{group + 10**17}"
        team = StrictDiscord.guild_of(where)
    else:
        slack = group * 4 + place - 1
        platform, team = "slack", f"T{slack // workspace}"
        where = f"{team}/C{slack}"
    own_hour = (
        {"weekday": number % 7 + 1, "time": f"{number // 7 % 24:02}:{number // 168 % 4 * 15:02}"} if spread else {}
    )
    return ChannelState(
        name=f"channel-{number}",
        platform=platform,
        id=where,
        team=team,
        origin=ChannelOrigin.CHAT,
        started=DUE - timedelta(weeks=6),
        values={
            "zone": "UTC",
            "layout": "compact" if group % 2 else "cards",
            "topics": [TOPICS[number % 12], f"{TOPICS[number // 12 % 12]} {TOPICS[number % 7]}"],
            **own_hour,
            **({"alerts": True, "follow": follows(number)} if number % 10 == 3 else {}),
            **({"review": "12h"} if number % 10 == 7 else {}),
            **({"rhythm": RHYTHMS[number % 3].value, "budget_minutes": BUDGETS[number // 3 % 3]} if mixed else {}),
        },
    )


def follows(number: int) -> list[str]:
    """What a channel that wants alerts follows: one that many others follow, too, and two of its own."""
    return [f"word:{TOPICS[number % 12]}", f"word:wish {number}", f"author:Ada Author{number}"]


def large_state_of(number: int, first: int) -> ChannelState:
    """A channel of the large workspace, called by its number behind `first`, as the others are."""
    like = state_of(5 * (number // 4) + 1, spread=False)
    return dataclasses.replace(
        like, name=f"channel-{first + number}", id=f"{LARGE}/{large_channel(number)}", team=LARGE
    )


async def populate(
    services: Services, number: int, *, spread: bool, mixed: bool = False, workspace: int = WORKSPACE, large: int = 0
) -> None:
    """Store so many channels, and those of a `large` workspace, each with a digest of the period before, and the workspaces that installed us."""
    states = [state_of(one, spread=spread, mixed=mixed, workspace=workspace) for one in range(number)]
    states += [large_state_of(one, number) for one in range(large)]
    number = len(states)
    first = subscribed(states[0])
    week = channel_due_period(first, DUE - timedelta(days=1))
    specs = await services.specs()
    digest = await compile_digest(
        first, week, channel_window(first, week), services.reading, specs=specs, now=DUE - timedelta(days=6)
    )
    # Without works: what was sent must not be missing from the week that is measured.
    bare = dataclasses.replace(digest, picks=(), also=(), beyond=(), left_out={})
    for start in range(0, number, 500):
        async with services.unit_of_work() as uow:
            for state in states[start : start + 500]:
                await uow.channels.save(state)
                channel = subscribed(state)
                before = channel_due_period(channel, DUE - timedelta(minutes=30))
                window = channel_window(channel, before)
                await uow.digests.add(dataclasses.replace(bare, channel=state.name, week=before, window=window))
            await uow.commit()
    store = Installations(services.engine, Encryption(KEY))
    for team in sorted({state.team for state in states if state.platform == "slack"}):
        await store.async_save(Installation(
            user_id="U1", team_id=team, bot_token=f"xoxb-{team}", bot_id="B1", bot_user_id="UBOT", installed_at=1.0,
            bot_scopes=["channels:history", "chat:write"],
        ))  # fmt: skip


@dataclasses.dataclass(frozen=True)
class World:
    """The platforms that enforce their limits, and the clock."""

    slack: StrictSlack
    discord: StrictDiscord
    loop: SimulatedLoop

    @property
    def instants(self) -> list[float]:
        return sorted([*self.slack.instants, *self.discord.instants])

    @property
    def posted(self) -> Counter[str]:
        """How often each message was sent, by its key."""
        return Counter(key for one in (self.slack.posted, self.discord.posted) for keys in one.values() for key in keys)


def connected(world: World, services: Services) -> dict[str, Any]:
    """Our adapters on the strict platforms."""

    async def once(api: SlackApi, method: str, arguments: dict[str, Any], *, writes: bool) -> Any:  # noqa: ARG001 - as it is called
        # Refused or taken as it is sent, so that the lag of this loop, which serves both sides, bunches no requests.
        try:
            return world.slack.call(str(arguments.get("token", api.token)), method, arguments)
        finally:
            await asyncio.sleep(ANSWER)

    SlackApi._once = once  # type: ignore[assignment, method-assign] # noqa: SLF001 - where HTTP would begin
    timer, limiter = Timer(world.loop.time, asyncio.sleep), services.limiter
    stored = InstallationStore(
        engine=services.engine, encryption=Encryption(KEY), unit_of_work=services.unit_of_work, owner=lambda: "bench"
    )
    app = App(client_id="1", client_secret="secret", signing_secret="secret")
    slack = Workspaces(app, services.channels.on("slack"), stored, timer=timer, clock=services.clock, limiter=limiter)
    discord = DiscordPlatform("token", services.channels.on("discord"), services.clock, limiter=limiter)

    async def late(route: Any, **given: Any) -> Any:
        answer = await world.discord.request(route, **given)
        await asyncio.sleep(ANSWER)
        return answer

    discord.rest._given = lambda: SimpleNamespace(request=late)  # type: ignore[assignment] # noqa: SLF001 - as above
    return {"slack": slack, "discord": discord}


class Stopped:
    """The clock of the services: it stands still until it is to `run`, so that every part before is measured at the same instant."""

    def __init__(self, at: datetime, loop: SimulatedLoop) -> None:
        self._at, self._loop, self._began = at, loop, 0.0

    def __call__(self) -> datetime:
        return self._at + timedelta(seconds=self._loop.time() - self._began if self._began else 0.0)

    def advance(self, by: timedelta) -> None:
        """Stand still a little later."""
        self._at += by

    def run(self, at: datetime) -> None:
        """Go on from an instant."""
        self._at, self._began = at, self._loop.time()


def services_on(engine: Any, clock: Stopped, loop: SimulatedLoop, world: World) -> Bench:
    """The service on a database, with our adapters on the strict platforms."""
    for name in ("_connect", "_execute", "close"):  # what goes to the connection's thread
        setattr(aiosqlite.Connection, name, loop.counted(getattr(aiosqlite.Connection, name)))
    ProcessRanker._run = loop.counted(ProcessRanker._run)  # type: ignore[assignment, method-assign] # noqa: SLF001 - what goes to its process
    units = SqlUnitOfWorkFactory(engine)
    channels = ChannelList((), units)
    settings: Any = SimpleNamespace(
        fetch=SimpleNamespace(at_once=8, deadline_seconds=20), reconcile=SimpleNamespace(weeks=6), sources={}
    )
    chats: dict[str, Any] = {}
    memberships: dict[str, Any] = {}
    platforms: dict[str, Any] = {}
    ranker = ProcessRanker(clock, None, idle=1e9)  # simulated seconds
    builders: Any = SimpleNamespace(classics=tuple)
    services = Bench(
        settings=settings, clock=clock, unit_of_work=units, reading=units.reading, channels=channels, chats=chats, platforms=platforms,
        recorder=Recorder(units, clock, {}), engine=engine, builders=builders, ranker=ranker,
        audience=Audience(memberships, channels.read, clock), limiter=InProcessRateLimiter(loop.time),
    )  # fmt: skip
    for name, platform in connected(world, services).items():
        chats[name], memberships[name] = platform.chat, platform.membership
        platforms[name] = SimpleNamespace(chat=platform.chat, words=platform.words)
    return services


async def measure(number: int, folder: str, given: argparse.Namespace) -> None:
    address = f"sqlite:///{folder}/paperround.db"
    await filled(address)
    engine = create_engine(address)
    loop: Any = asyncio.get_running_loop()
    world = World(StrictSlack(loop.time), StrictDiscord(loop.time, key_in), loop)
    clock = Stopped(DUE - timedelta(minutes=20), loop)
    services = services_on(engine, clock, loop, world)
    await populate(services, number, spread=given.week, mixed=given.mixed)
    await just_collected(services)
    queries = Queries(engine)

    def told(what: str, wall: float, used: float, each: float | None = None) -> None:
        asked = f"   {queries.number / (each or 1):9.1f} queries" + (" a channel" if each else "")
        a_channel = f"   {1000 * wall / each:7.1f} / {1000 * used / each:7.1f} ms a channel" if each else ""
        print(f"{number:7} {what:13} {1000 * wall:11.1f} / {1000 * used:11.1f} ms{asked}{a_channel}", flush=True)
        queries.number = 0

    told("start", *await took(lambda: jobs.tick(services)), number)
    queries.number = 0
    told("reviews", *await took(lambda: reviewed(services)), max(1, number // 10))
    await collected_again(services)
    queries.number = 0
    told("alerts", *await took(lambda: jobs.alert(services)))
    walls = [await took(lambda: jobs.tick(services)) for _ in range(5)]
    queries.number //= 5
    told("quiet", statistics.median(wall for wall, _ in walls), statistics.median(used for _, used in walls))
    if number in given.loop:
        told("all", *await took(lambda: jobs.tick(services, jobs.every_channel)), number)
    await kept_up(services, told)
    await compiled(services, told)
    if number in given.deliver or given.week:
        before = await size_of(engine)
        clock.run(DUE - timedelta(minutes=10) if given.week else DUE + timedelta(seconds=1))
        began, ranked = loop.time(), ranking_cpu()
        end = DUE + (timedelta(days=7, minutes=-20) if given.week else timedelta(hours=3))
        wanted = given.sample or number
        wall, used = await took(lambda: lived_through(services, wanted, end, whole=given.week))
        told("week" if given.week else "herd", wall, used + ranking_cpu() - ranked, await sent(services))
        tell_herd(world, number, began)
        print(
            f"{number:7} {(await size_of(engine) - before) * 1024 / await sent(services):.0f} KB of database a digest"
        )
        await check(services, world, number, whole=not given.sample)
    else:
        await all_is_news(services, clock, queries, told)
    for pool in services.deliveries.values():
        await pool.close()  # of a sample some are still being served
    size = await size_of(engine)
    if services.ranker:
        await services.ranker.close()
    await engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{number:7} {peak:.0f} MB at most, database {size:.0f} MB", flush=True)


async def just_collected(services: Services) -> None:
    """Note that all sources were asked now, so that no tick asks them."""
    async with services.unit_of_work() as uow:
        await uow.notes.put(jobs.ROUND, services.clock().isoformat())
        records = await uow.sources.all()
        await uow.sources.save([dataclasses.replace(one, last_success=services.clock()) for one in records.values()])
        await uow.commit()


async def reviewed(services: Services) -> None:
    """Look at the channels with a review until there is none that was not looked at."""
    while services.review_schedule.due(await services.current_channels(), services.clock(), 1):
        await jobs.announce_reviews(services)  # which waits for those that it began


async def collected_again(services: Services) -> None:
    """Have everything told once more as a collect does it: the records of the sources change, and with them the revision."""
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
        later = services.clock() + timedelta(seconds=1)
        await uow.sources.save([dataclasses.replace(one, last_success=later) for one in records.values()])
        await uow.commit()


class NoRanking:
    """Measures nothing: what is read for it is what is looked at here."""

    async def measure(self, *_: object) -> dict[object, object]:
        return {}


async def kept_up(services: Services, told: Callable[[str, float, float], None]) -> None:
    """Look whose liked works are to be looked up, and measure one week's choice, as once a week."""
    told("tastes", *await took(lambda: look_up_tastes(services)))
    no_ranking: Any = NoRanking()
    async with services.unit_of_work() as uow:
        await uow.notes.put(QUALITY, (services.clock() - timedelta(weeks=4)).date().isoformat())
        await uow.commit()
    told("quality", *await took(lambda: measure_choice(dataclasses.replace(services, backtester=no_ranking))))


async def all_is_news(
    services: Services, clock: Stopped, queries: Queries, told: Callable[[str, float, float], None]
) -> None:
    """Have everything that is stored be seen for the first time after the channels began to want alerts; plan these, and send them."""
    clock.advance(timedelta(minutes=5))
    async with services.engine.begin() as connection:
        await connection.execute(update(entries).values(first_seen=clock(), backlog=False))
        await connection.execute(update(mentions).values(at=clock()))
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
        known = clock() - timedelta(days=9)
        await uow.sources.save(
            [dataclasses.replace(one, first_success=known, last_success=clock()) for one in records.values()]
        )
        await uow.commit()
    clock.advance(timedelta(minutes=1))
    channels = await services.current_channels()
    queries.number = 0
    told("told", *await took(lambda: services.alert_planner.plan(channels, services.specs, clock())))
    told("alerts sent", *await took(lambda: all_told(services)))


async def all_told(services: Services) -> None:
    """Send the alerts that are planned."""
    while True:
        await jobs.alert(services)
        async with services.reading() as uow:
            if not await uow.alerts.unsent():
                return
        await asyncio.sleep(1)


async def size_of(engine: Any) -> float:
    """MB of the database, without its log."""
    async with engine.connect() as connection:
        pages, each = [await connection.scalar(text(f"PRAGMA page_{what}")) for what in ("count", "size")]
        return float(pages * each) / 2**20


async def lived_through(services: Services, number: int, end: datetime, *, whole: bool) -> None:
    """Tick every half minute until `end`; unless the `whole` time is to be lived through, until all is sent."""
    loop = asyncio.get_running_loop()
    told, start, used = 0, loop.time(), cpu() + ranking_cpu()
    while services.clock() < end:
        began = loop.time()
        await jobs.tick(services)
        done = await sent(services)
        if done >= told + PROGRESS:
            told, took_so_far = done, cpu() + ranking_cpu() - used
            minutes = (loop.time() - start) / 60
            print(
                f"        {done:,} sent after {minutes:.1f} simulated minutes, {took_so_far:.0f} s of CPU", flush=True
            )
        if not whole and done >= number:
            return
        busy = any(pool.running or pool.waiting for pool in services.deliveries.values())
        pause = TICK if busy or not whole else QUIET_TICK
        await asyncio.sleep(max(0.0, pause - (loop.time() - began)))


PROGRESS: Final = 500
"""After how many digests more it is said how far it is."""

QUIET_TICK: Final = 300.0
"""Seconds between ticks of the simulated week while nothing is being sent: most of its twenty thousand would do nothing."""


async def sent(services: Services) -> int:
    """How many digests of this herd are all sent."""
    async with services.engine.connect() as connection:
        left = await connection.scalar(
            text("SELECT count(DISTINCT channel) FROM postings WHERE state IN ('pending', 'sending')")
        )
        frozen = await connection.scalar(text("SELECT count(DISTINCT channel) FROM postings"))
        return int(frozen or 0) - int(left or 0)


def tell_herd(world: World, number: int, began: float) -> None:
    """Say how long it took by the simulated clock, and what the platforms saw."""
    slack, discord = world.slack, world.discord
    for name, instants, calls, refused in (
        ("Slack", slack.instants, sum(slack.calls.values()), sum(slack.refused.values())),
        ("Discord", discord.instants, sum(discord.calls.values()), discord.refused),
    ):
        last = max(instants, default=began) - began
        print(
            f"{number:7} {name}: the last of {len(instants):,} messages after {last / 60:.1f} simulated minutes; {calls:,} requests, "
            f"{refused} refused"
        )
    print(f"{number:7} {world.loop.skipped / 60:.1f} minutes of waiting were skipped")


async def check(services: Services, world: World, number: int, *, whole: bool) -> None:
    """
    Compare what the platforms were sent with what was due: each digest once, each message once. Raises `AssertionError`.

    Unless the `whole` herd was served, some digests are under way, and only what was sent is looked at.
    """
    async with services.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT channel, week, key, state FROM postings"))).all()
    weeks = Counter((row.channel, row.week) for row in rows)
    due = {(one.name, channel_due_period(one, services.clock())) for one in await services.current_channels()}
    posted, planned = world.posted, {row.key for row in rows}
    twice = [key for key, times in posted.items() if times > 1]
    assert not twice, f"sent twice: {twice[:5]}"
    assert posted.keys() <= planned, "messages that were not planned"
    assert weeks.keys() <= due, "digests that were not due"
    if whole:
        assert len(due) == number, f"{len(due)} channels"
        assert weeks.keys() == due, f"{len(due - weeks.keys())} digests did not come"
        assert {row.state for row in rows} == {"posted"}, Counter(row.state for row in rows)
        assert posted.keys() == planned, "planned messages that did not come"
    what = "all that were due" if whole else "some still being sent"
    print(f"{number:7} checked: {len(weeks)} digests, {what}; {len(posted):,} messages, each once", flush=True)


async def compiled(services: Services, told: Callable[[str, float, float, float], None]) -> None:
    """Compile the digests of twenty channels, as the clock does it when they are due, without freezing them."""
    specs, known = await services.specs(), (await services.current_channels())[:24]

    async def one(channel: Channel) -> None:
        week = channel_due_period(channel, DUE)
        await compile_digest(
            channel, week, channel_window(channel, week), services.reading, specs=specs, now=DUE, ranker=services.ranker,
            spoken=services.spoken,
        )  # fmt: skip

    async def some(few: Sequence[Channel]) -> None:
        for channel in few:
            await one(channel)

    plain = [dataclasses.replace(one, rhythm=Rhythm.WEEKLY) for one in known]
    mixed = [
        dataclasses.replace(one, rhythm=RHYTHMS[place % 3], budget_minutes=BUDGETS[place // 3 % 3])
        for place, one in enumerate(known)
    ]
    for what, channels, warm in (("compile", plain, 4), ("compile again", plain, 4), ("compile mixed", mixed, 6)):
        await some(channels[:warm])
        told("(warm)", 0, 0, warm)
        began = ranking_cpu()
        wall, used = await took(lambda few=channels[warm:]: some(few))  # type: ignore[misc]
        ranked, number = ranking_cpu() - began, len(channels[warm:])
        told(what, wall, used + ranked, number)
        print(
            f"{'':7} {'  of that':13} {1000 * used / number:.1f} ms of CPU a channel in this process, {1000 * ranked / number:.1f} in ranking's",
            flush=True,
        )


def ranking_cpu() -> float:
    """Seconds of CPU of the processes that we run (Linux only, else 0)."""
    tasks = Path(f"/proc/{os.getpid()}/task")
    children = {pid for one in tasks.glob("*/children") for pid in one.read_text().split()} if tasks.is_dir() else set()
    ticks = 0
    for pid in children:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--deliver", type=int, nargs="*", default=[100, 1_000, 10_000])
    parser.add_argument("--loop", type=int, nargs="*", default=[100, 1_000])
    parser.add_argument(
        "--week", action="store_true", help="live through a week in which the channels are due at hours of their own"
    )
    parser.add_argument("--mixed", action="store_true", help="of three rhythms and budgets")
    parser.add_argument("--sample", type=int, help="of all that are due, serve so many, and stop then")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        tune_interpreter()  # as every process that makes digests does
        with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=SimulatedLoop) as runner:
            runner.run(measure(given.one, folder, given))
        return
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{os.cpu_count()} cores, load before: {load}; {datetime.now(UTC):%Y-%m-%d}\n", flush=True)
    for number in given.channels:
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--one", str(number)], check=True)


if __name__ == "__main__":
    main()
