"""Setting a channel up in chat, told as question and answer: form, preview, start, stop, and back again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.errors import ChatRefused
from bot.model import Channel, ChannelOrigin, CommandCall, PostingState, SourceRecord, SourceStatus, Window
from bot.spread import delay_of
from bot.usecases.catchup import skip_missed
from bot.usecases.command_context import SubscriptionRules
from bot.usecases.commands import Commands
from bot.usecases.compile import due_digest, next_digest
from bot.usecases.deliver import deliver, freeze
from bot.usecases.subscribe import FIELDS, welcome
from tests.command_context import CommandFixture
from tests.factories import ADA, DAY, HOUR, NOW, WEEK, WINDOW, digest, digest_of, ref, report

WHERE = {"channel_id": "C9", "admin": True, "team": "T1", "zone": "Europe/Berlin"}
FILLED = {"topics": "reward models", "weekday": "friday", "time": "16:00", "zone": "Europe/Berlin"}


@pytest.fixture
def desk() -> CommandFixture:
    return CommandFixture()


async def filled(desk: CommandFixture, **changes: str) -> str:
    """Fill the form in and wait for the preview; gives its words."""
    await desk.ask("setup", values={**FILLED, **changes}, **WHERE)
    assert desk.answer.then
    desk.answer = await desk.answer.then()
    return "\n".join("".join(span.text for span in block.spans) for block in desk.answer.blocks)


async def states(desk: CommandFixture):
    async with desk.database.unit_of_work() as uow:
        return await uow.channels.all()


async def test_the_form(desk: CommandFixture) -> None:
    """In a channel without a digest the form is offered, in the member's own zone; what is wrong is told at its field, and nothing is kept."""
    await desk.ask("setup", **WHERE)
    assert list(FIELDS) == list(desk.answer.form)
    assert "weekly" == desk.answer.form["rhythm"]
    assert ("Europe/Berlin", "Preview") == (desk.answer.form["zone"], desk.answer.submit)

    await desk.ask("setup", values={**FILLED, "time": "late"}, **WHERE)
    assert {"time"} == desk.answer.faults.keys()
    assert {} == await states(desk)


async def test_the_zone_of_the_neighbours(desk: CommandFixture) -> None:
    """Where the platform tells no member's zone, the form begins with that of another channel of the workspace, and of no other one."""
    nameless = {**WHERE, "zone": ""}
    await desk.ask("setup", **nameless)
    assert "UTC" == desk.answer.form["zone"]

    desk.channels = [
        replace(desk.channel, team="T2", zone="Asia/Tokyo"),
        replace(desk.channel, name="b", team="T1", zone="Europe/Paris"),
    ]
    await desk.ask("setup", **nameless)
    assert "Europe/Paris" == desk.answer.form["zone"]


async def test_the_preview(desk: CommandFixture) -> None:
    """What was filled in is acknowledged at once; then its preview comes, with a start at once, one at its hour, and the way back."""
    said = await filled(desk)

    assert 1 == desk.collected
    assert "The first digest, as it stands" in said
    assert ["start now", "start later", "setup"] == [button.asks for button in desk.answer.buttons]
    assert "Friday" in desk.answer.buttons[1].words
    (draft,) = (await states(desk)).values()
    assert ("reading-group", "C9", "T1", ADA.id) == (draft.name, draft.id, draft.team, draft.set_up_by)
    assert [desk.channel.name] == [one.name for one in await desk.context.channels()]
    await desk.ask("setup", **WHERE)
    assert "reward models" == desk.answer.form["topics"]


async def test_a_preview_without_works(desk: CommandFixture) -> None:
    """A preview without a work says nothing of picks and minutes; where no source answered, it says that, and what comes of it."""
    assert "as it stands: nothing yet" in await filled(desk)

    async with desk.database.unit_of_work() as uow:
        failed = [report(one.id, state=SourceStatus.FAILING, error="timed out") for one in desk.specs]
        await uow.sources.save([SourceRecord(id=one.id, failures=2, report=one) for one in failed])
        await uow.commit()
    said = await filled(desk)
    assert "None of the sources could be read just now" in said
    assert "comes as soon as they answer" in said


async def test_where_we_cannot_post(desk: CommandFixture) -> None:
    """The reason and the remedy are told in place of the preview, and what was filled in is kept."""
    desk.refusal = ChatRefused("fake", "not in the channel. Invite it with /invite @Paper Round")

    assert "Invite it with /invite" in await filled(desk)
    assert 0 == desk.collected
    assert ["setup"] == [button.asks for button in desk.answer.buttons]


@pytest.mark.parametrize(("when", "due"), [("now", 1), ("later", 0)])
async def test_start(desk: CommandFixture, when: str, due: int) -> None:
    """Started, the channel is served: with its first digest at once, or at its hour. A second press changes nothing."""
    await filled(desk)

    for _ in range(2):
        assert "Next digest: Friday" in await desk.ask(f"start {when}", **WHERE)
    started = (await desk.context.channels())[-1]
    assert ("reading-group", ChannelOrigin.CHAT, ("reward models",)) == (started.name, started.origin, started.topics)
    assert due == desk.delivered
    assert bool(due) == bool(await due_digest(started, desk.database.unit_of_work, NOW))


async def test_spread_out() -> None:
    """Where digests are spread over an hour, each answer names the instant at which this channel's comes, and the settings how much later it is."""
    desk = CommandFixture(spread=timedelta(hours=1))
    minutes = delay_of("reading-group", timedelta(hours=1)) // timedelta(minutes=1)
    assert 0 < minutes < 60
    comes = f"16:{minutes:02} (Europe/Berlin)"
    await filled(desk)

    assert comes in desk.answer.buttons[1].words
    assert comes in await desk.ask("start later", **WHERE)
    assert f"{minutes} minutes after the time" in await desk.ask("settings", **WHERE)
    assert "16:00" == desk.answer.form["time"]


async def test_stop_and_back(desk: CommandFixture) -> None:
    """Ended, nothing comes any more, and the channel is told; set up again, it is the same channel with its settings and its past."""
    await filled(desk)
    await desk.ask("start later", **WHERE)

    assert "kept" in await desk.ask("stop", **WHERE)
    assert 1 == len(await desk.context.channels())
    ((where, post, _),) = desk.announced
    assert ("reading-group", True) == (where.name, "Ada ended the digest here" in post.plain)
    assert "gets no digest" in await desk.ask("now", **WHERE)

    await filled(desk, weekday="monday")
    assert ["start now", "start later", "setup"] == [button.asks for button in desk.answer.buttons]
    assert desk.answer.buttons[1].words.startswith("Go on, ")
    await desk.ask("start later", **WHERE)
    back = (await desk.context.channels())[-1]
    assert ("reading-group", 1) == (back.name, back.weekday)
    assert (await states(desk))["reading-group"].paused_because is None


async def sent(desk: CommandFixture, where: Channel, week: str, window: Window, now: datetime) -> None:
    """A digest was sent in a channel."""
    what = replace(digest(), channel=where.name, week=week, window=window, compiled_at=now)
    await freeze(what, where, desk.database.unit_of_work)
    async with desk.database.unit_of_work() as uow:
        for one in await uow.postings.of(where.name, week):
            await uow.postings.save(
                replace(one, state=PostingState.POSTED, ref=ref(f"{week}/{one.part}"), attempted_at=now)
            )
        await uow.commit()


@pytest.mark.parametrize("when", ["now", "later"])
async def test_begun_again_at_once_or_at_its_hour(desk: CommandFixture, when: str) -> None:
    """Set up again, the channel has a digest at once or at its hour, as chosen, also where its hour passed while it was ended."""
    await filled(desk)
    await desk.ask("start now", **WHERE)
    first = (await desk.context.channels())[-1]
    week, window = await due_digest(first, desk.database.unit_of_work, NOW - 9 * DAY) or ("", WINDOW)
    await sent(desk, first, week, window, NOW - 9 * DAY)
    await desk.ask("stop", **WHERE)

    await filled(desk, weekday="monday", time="07:00")
    said = await desk.ask(f"start {when}", **WHERE)

    back = (await desk.context.channels())[-1]
    found = await due_digest(back, desk.database.unit_of_work, NOW)
    if when == "later":
        assert ("Next digest: Monday 24 August" in said, None) == (True, found)
        return
    assert "on its way" in said
    assert found
    assert "2026-W34" == found[0], "two hours after its hour that is the week's own"
    await sent(desk, back, *found, NOW)
    assert window.end == found[1].start, "it goes on where the last one ended"
    assert await due_digest(back, desk.database.unit_of_work, NOW + HOUR) is None
    assert NOW + 6 * DAY < await next_digest(back, desk.database.unit_of_work, NOW + HOUR)


async def test_begun_again_after_this_weeks(desk: CommandFixture) -> None:
    """Where this week's digest was sent before the channel ended, the one that comes at once is extra, once, and the next one on its day."""
    await filled(desk, weekday="monday", time="07:00")
    await desk.ask("start later", **WHERE)
    here = (await desk.context.channels())[-1]
    await sent(desk, here, "2026-W34", WINDOW, NOW - HOUR)
    await desk.ask("stop", **WHERE)

    await filled(desk, weekday="monday", time="07:00")
    await desk.ask("start now", **WHERE)

    back = (await desk.context.channels())[-1]
    week, window = await due_digest(back, desk.database.unit_of_work, NOW + HOUR) or ("", WINDOW)
    assert "2026-08-17-extra" == week
    await sent(desk, back, week, window, NOW + HOUR)
    assert await due_digest(back, desk.database.unit_of_work, NOW + 2 * HOUR) is None


async def test_the_operators_channel(desk: CommandFixture) -> None:
    """A channel of the file is the operator's: `setup` gives its settings, `stop` says who ends it."""
    await desk.ask("setup", admin=True)
    assert "explore" in desk.answer.form
    assert "configuration file" in await desk.ask("stop", admin=True)


@pytest.mark.parametrize("text", ["setup", "start now", "stop"])
async def test_who_may(desk: CommandFixture, text: str) -> None:
    """Only those whom the platform lets change things set a channel up, or end it."""
    assert (await desk.ask(text, channel_id="C1" if text == "stop" else "C9")).startswith("Only those who keep")
    assert {} == await states(desk)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (SubscriptionRules(most=1), "serves 1 channel already"),
        (SubscriptionRules(teams=frozenset({"T2"})), "not admitted this workspace. Give them its id, T1"),
    ],
)
async def test_bounds(rules: SubscriptionRules, said: str) -> None:
    """The operator's bounds hold for the form and for the start."""
    desk = CommandFixture(rules=rules)

    assert said in await desk.ask("setup", **WHERE)
    assert said in await desk.ask("start now", **WHERE)


async def test_names(desk: CommandFixture) -> None:
    """Two channels that people call alike have names of their own, whatever became of the first."""
    await filled(desk)
    await desk.ask("setup", values=FILLED, **{**WHERE, "channel_id": "C8"})

    assert {"reading-group", "reading-group-2"} == (await states(desk)).keys()


async def test_welcome(desk: CommandFixture) -> None:
    """Invited, we say hello with a button that asks to set the channel up; where a digest comes already, nothing."""
    await welcome(desk.context, "fake", "C9", "T1", "Ev1")
    await welcome(desk.context, "fake", "C1", "T1", "Ev2")

    ((where, post, key),) = desk.announced
    assert ("C9", "welcome Ev1", ["setup"]) == (where.id, key, [button.asks for button in post.buttons])
    assert "For another channel, ask there: /paperround setup" in post.plain


async def test_before_anything(desk: CommandFixture) -> None:
    """Outside any channel, and before a form was filled in, we say where to begin."""
    elsewhere = CommandCall(platform="other", channel_id="", member=ADA, admin=True, text="setup")
    answer = await desk.commands(elsewhere)

    assert "Ask in the channel that is to get the digest" in answer.blocks[0].spans[0].text
    assert "Begin with: /paperround setup" in await desk.ask("start now", **WHERE)


async def test_a_pause_amid_a_digest(desk: CommandFixture) -> None:
    """Who pauses amid a digest learns how much of it is missing and when that comes; who resumes it, that it comes now. Afterwards neither is said."""
    await freeze(digest_of(["arxiv:2608.01234"]), desk.channel, desk.database.unit_of_work)

    paused = await desk.ask("pause", admin=True)
    assert "3 of the 3 messages of the digest of the week of 17 August are not sent yet. The rest comes once" in paused
    assert "may still arrive" in paused
    resumed = await desk.ask("resume", admin=True)
    assert "The rest of the digest of the week of 17 August comes in a moment: 3 messages." in resumed
    await deliver(desk.channel, WEEK, desk.chat, desk.database.unit_of_work, lambda: NOW, owner="we")
    assert "not sent yet" not in await desk.ask("pause", admin=True)
    assert "The rest" not in await desk.ask("resume", admin=True)


@pytest.mark.parametrize(
    ("later", "because", "then"),
    [
        (timedelta(days=7, hours=1), "the next one is due", "The digest of Monday 24 August, 09:00 comes in a moment."),
        (timedelta(hours=49), "it is too late for it", "Next digest: Monday 24 August, 09:00."),
    ],
)
async def test_resumed_too_late(desk: CommandFixture, later: timedelta, because: str, then: str) -> None:
    """What catch-up leaves out by then is not promised: who resumes learns that and why, and when the next digest comes."""
    await freeze(digest_of(["arxiv:2608.01234"]), desk.channel, desk.database.unit_of_work)
    assert "unless the next digest is due by then, or this one is more than 48 hours late." in await desk.ask(
        "pause", admin=True
    )
    desk.context = replace(desk.context, clock=lambda: NOW + later)
    desk.commands = Commands(desk.context)

    resumed = await desk.ask("resume", admin=True)
    assert f"The rest of the digest of the week of 17 August is not sent any more: {because}. {then}" in resumed
    await skip_missed(desk.channel, desk.database.unit_of_work, NOW + later)
    assert "not sent yet" not in await desk.ask("pause", admin=True)
    assert "The rest" not in await desk.ask("resume", admin=True)


async def test_a_pause_is_told_in_the_channel(desk: CommandFixture) -> None:
    """Everybody there learns who paused it, why and how it goes on; asked again, nothing is told."""
    assert "until: /paperround resume" in await desk.ask("pause holidays", admin=True)
    assert "It is paused already" in await desk.ask("pause", admin=True)
    await desk.ask("resume", admin=True)

    paused, resumed = (post.plain for _, post, _ in desk.announced)
    assert "Ada paused it: holidays" in paused
    assert "/paperround resume" in paused
    assert "Ada resumed it" in resumed
