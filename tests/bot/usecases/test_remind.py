"""Reminders: nobody gets one unasked, nobody gets one twice, and a platform that is away delays it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.errors import ChatError
from bot.model import Channel
from bot.usecases.command_context import ReadableBy
from bot.usecases.remind import due, send
from tests.command_context import CommandFixture
from tests.factories import ADA, BEN, NOW

TEN = NOW + timedelta(hours=1)
"""Monday ten o'clock."""


@pytest.fixture
async def desk() -> CommandFixture:
    found = CommandFixture()
    await found.posted()
    first = next(sent.ref for sent in found.chat.messages if sent.post.item_key)
    await found.chat.react(ADA, first, "⭐")
    await found.chat.react(BEN, first, "⭐")
    return found


async def _run(desk: CommandFixture, now: datetime, readable_by: ReadableBy | None = None) -> int:
    async def channels() -> list[Channel]:
        return [desk.channel]

    units = desk.database.unit_of_work
    return sum(
        [
            await send(
                one, channels, desk.chat, readable_by or desk.readable_by, desk.chat.message_url, units, lambda: now
            )
            for one in await due("fake", units, now)
        ]
    )


async def test_asked_for_shown_and_ended(desk: CommandFixture) -> None:
    assert "You get no reminder" in await desk.ask("remind")
    assert "first on Monday 17 August, 10:00" in await desk.ask("remind monday 10:00")
    assert "on Mondays at 10:00 (UTC)" in await desk.ask("remind")
    assert "no more reminders" in await desk.ask("remind off")
    assert "asked for none" in await desk.ask("remind off")


@pytest.mark.parametrize("wrong", ["monday", "someday 10:00", "monday 25:00", "monday 10:00 Mars/Olympus", "10:00"])
async def test_what_is_no_time_is_told(desk: CommandFixture, wrong: str) -> None:
    assert "Write a day and a time" in await desk.ask(f"remind {wrong}")


async def test_the_hour_is_the_members_own(desk: CommandFixture) -> None:
    assert "Monday 17 August, 19:00 (Asia/Tokyo)" in await desk.ask("remind monday 19:00 Asia/Tokyo")


async def test_sent_once_to_who_asked(desk: CommandFixture) -> None:
    await desk.ask("remind monday 10:00")
    assert await _run(desk, NOW) == 0
    assert await _run(desk, TEN) == 1
    assert await _run(desk, TEN + timedelta(minutes=1)) == 0
    ((member, blocks),) = desk.chat.told
    said = " ".join(span.text for block in blocks for span in block.spans)
    assert member == ADA.id
    assert "1 work, about 8 minutes" in said
    assert "remind off" in said
    assert await _run(desk, TEN + timedelta(days=7)) == 1


async def test_nothing_to_say_is_not_said(desk: CommandFixture) -> None:
    desk.readable = frozenset()
    await desk.ask("remind monday 10:00")
    assert await _run(desk, TEN) == 0
    assert desk.chat.told == []


@pytest.mark.parametrize("fault", ["down", "refuses_token"])
async def test_a_platform_that_is_away_delays_it(desk: CommandFixture, fault: str) -> None:
    """So does one that does not accept our token, which is no word of the member's."""
    await desk.ask("remind monday 10:00")
    setattr(desk.chat.faults, fault, True)
    assert await _run(desk, TEN) == 0
    setattr(desk.chat.faults, fault, False)
    assert await _run(desk, TEN + timedelta(minutes=5)) == 0
    assert await _run(desk, TEN + timedelta(minutes=10)) == 1
    assert await _run(desk, TEN + timedelta(minutes=30)) == 0


async def test_a_platform_that_does_not_tell_what_may_be_read(desk: CommandFixture) -> None:
    """A list of nothing is no reason to wait another week."""
    await desk.ask("remind monday 10:00")

    async def untold(platform: str, _: str) -> frozenset[str]:
        raise ChatError(platform, "it does not answer")

    assert await _run(desk, TEN, untold) == 0
    assert await _run(desk, TEN + timedelta(minutes=10)) == 1
    assert len(desk.chat.told) == 1


async def test_after_half_a_day_it_is_dropped(desk: CommandFixture) -> None:
    await desk.ask("remind monday 10:00")
    assert await _run(desk, TEN + timedelta(hours=13)) == 0
    assert await _run(desk, TEN + timedelta(days=7)) == 1


async def test_who_takes_none_is_asked_no_more(desk: CommandFixture) -> None:
    await desk.ask("remind monday 10:00")
    desk.chat.silent.add(ADA.id)
    assert await _run(desk, TEN) == 0
    assert "You get no reminder" in await desk.ask("remind")


async def test_where_nobody_can_be_written_to(desk: CommandFixture) -> None:
    desk.direct.clear()
    assert "cannot write to members alone" in await desk.ask("remind monday 10:00")
