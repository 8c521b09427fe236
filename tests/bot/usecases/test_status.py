"""How everything stands, in plain words: what is paused, why, since when, what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.events import ReactionAdded
from bot.model import PostingState, Skip, SourceRecord, SourceStatus
from bot.usecases import channels as channel_settings
from bot.usecases.deliver import deliver, freeze
from bot.usecases.status import Status, channel_lines, inbox_line, look, paused, source_line
from tests.factories import ADA, NOW, WEEK, at, channel, digest, item, pick, ref, report, spec
from tests.fake_chat import FakeChat
from tests.fake_storage import FakeDatabase

CHANNEL = channel(zone="Europe/Berlin")


class CommandContext:
    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.chat = FakeChat()
        self.specs = [spec("arxiv"), spec("letter")]
        self.platforms = {"fake"}

    async def post(self) -> None:
        await freeze(digest(pick(item())), CHANNEL, self.database.unit_of_work)
        await deliver(CHANNEL, WEEK, self.chat, self.database.unit_of_work, lambda: NOW, owner="us")

    async def look(self) -> Status:
        return await look([CHANNEL], self.specs, self.platforms, self.database.unit_of_work, lambda: NOW)

    async def lines(self) -> list[str]:
        return channel_lines((await self.look()).channels[0])


@pytest.fixture
def context() -> CommandContext:
    return CommandContext()


async def test_at_the_beginning(context: CommandContext) -> None:
    """Before anything was posted, a digest is due; all is well."""
    assert ["The next digest is due now.", "No digest was posted yet."] == await context.lines()
    found = await context.look()
    assert (True, 2, None, "") == (found.well, found.sources, found.last_collect, inbox_line(found))


async def test_waiting_for_sources(context: CommandContext) -> None:
    """A digest that is due while sources fail comes as soon as they answer; one that is not due yet has its instant."""
    failed = report("arxiv", state=SourceStatus.FAILING, error="answered 503")
    async with context.database.unit_of_work() as uow:
        await uow.sources.save([SourceRecord(id="arxiv", report=failed, failures=1, failing_since=NOW)])
        await uow.commit()
    waiting = await context.lines()
    await context.post()

    assert "The next digest comes as soon as the sources answer." == waiting[0]
    assert "Next digest: Monday 24 August, 09:00 (Europe/Berlin)." == (await context.lines())[0]


async def test_all_is_sent(context: CommandContext) -> None:
    """The next one is told on the channel's wall clock, the last one with how much of it is sent."""
    await context.post()

    assert [
        "Next digest: Monday 24 August, 09:00 (Europe/Berlin).",
        "Last digest: the week of 17 August, all sent.",
    ] == await context.lines()


async def test_not_all_is_sent(context: CommandContext) -> None:
    """What is not sent yet is told with what the platform said, and what is left out with how much."""
    await context.post()
    postings = context.database.tables.postings
    first, second, *_ = postings
    postings[first] = replace(postings[first], state=PostingState.SENDING, last_error="no answer in time", ref=None)
    postings[second] = replace(postings[second], state=PostingState.LEFT_OUT, ref=None)

    assert [
        "Last digest: the week of 17 August, 1 of 3 messages sent, 1 left out.",
        "It is not all sent: no answer in time. It is tried again by itself.",
    ] == (await context.lines())[1:]
    assert not (await context.look()).well


@pytest.mark.parametrize(
    ("by_people", "remedy"),
    [
        (True, "Whoever paused it can resume it with: /paperround resume"),
        (False, "Mend what fake says; it is tried again every hour, and goes on by itself."),
    ],
)
async def test_paused(context: CommandContext, *, by_people: bool, remedy: str) -> None:
    """A pause stands first: why, since when, what to do; and that a digest will not come."""
    await context.post()
    uow = context.database.unit_of_work
    await channel_settings.pause(CHANNEL, "Paper Round is not in the channel.", uow, lambda: NOW, by_people=by_people)

    assert [
        "Paused: Paper Round is not in the channel (since Monday 17 August, 11:00 (Europe/Berlin)).",
        remedy,
        "No digest comes while it is paused; the next is due on Monday 24 August, 09:00 (Europe/Berlin).",
        "Last digest: the week of 17 August, all sent.",
    ] == await context.lines()
    ((name, pause),) = await paused([CHANNEL], uow)
    assert (CHANNEL, NOW, by_people) == (name, pause.since, pause.by_people)


async def test_not_connected(context: CommandContext) -> None:
    """A platform that cannot be reached is told with what would reach it."""
    context.platforms = set()

    assert "Fake cannot be reached from here. Set FAKE_BOT_TOKEN, or remove the channel." in await context.lines()


async def test_skipped_weeks(context: CommandContext) -> None:
    """Weeks without a digest are told with the reason."""
    async with context.database.unit_of_work() as uow:
        await uow.digests.skip([Skip(channel=CHANNEL.name, week="2026-W33", because="away for 3 days", at=NOW)])
        await uow.commit()

    assert "No digest for the week of 10 August (2026-W33): away for 3 days." == (await context.lines())[-1]


async def test_sources_in_trouble(context: CommandContext) -> None:
    """A source that fails and one that fell silent are told: since when, why, what to do. One that is off is nobody's trouble."""
    failed = report("arxiv", state=SourceStatus.FAILING, error="answered 503")
    stale = report(
        "letter", state=SourceStatus.STALE, error="nothing since 1 July 2026, usually weekly", newest=at(days=47)
    )
    off = report("off", state=SourceStatus.FAILING, error="answered 404")
    context.specs.append(spec("off", enabled=False))
    async with context.database.unit_of_work() as uow:
        await uow.sources.save(
            [
                SourceRecord(id="arxiv", report=failed, failures=3, failing_since=at(days=3), next_try=NOW),
                SourceRecord(id="letter", report=stale, last_success=at(hours=1)),
                SourceRecord(id="off", report=off, failures=3),
            ]
        )
        await uow.commit()

    found = await context.look()

    assert [
        "Arxiv: failing since 14 August, answered 503.",
        "Letter: stale, nothing since 1 July 2026, usually weekly.",
    ] == [source_line(one) for one in found.troubles]
    assert ["arxiv", "letter"] == [one.remedy.split()[-1] for one in found.troubles]
    assert (at(hours=1), False) == (found.last_collect, found.well)


async def test_events_that_wait(context: CommandContext) -> None:
    """Events that are stored and not applied are told with the age of the oldest."""
    async with context.database.unit_of_work() as uow:
        event = ReactionAdded(event_id="1", ref=ref(), member=ADA, emoji="⭐", at=NOW)
        await uow.events.add(event, NOW)
        await uow.commit()

    assert (
        "1 event from chat is stored and waits to be applied, the oldest since 2026-08-17 09:00 UTC."
    ) == inbox_line(await context.look())
