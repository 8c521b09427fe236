"""Quotes: what shows somebody's words is found again."""

from __future__ import annotations

from dataclasses import replace

from bot.model import NamedWork, PostingState, Recap
from bot.usecases.quotes import quoting_messages, redraw_changed_quotes
from tests.factories import DAY, HOUR, NOW, digest, item, pick, posting, ref, summary
from tests.fake_storage import FakeDatabase

WORK = item("arxiv:2608.00001", title="First")
NEXT = NOW + 7 * DAY


async def _two_weeks() -> FakeDatabase:
    """A work is sent and written about; the next week's head tells of it, and another channel sends it later."""
    database = FakeDatabase()
    recap = Recap(told=(NamedWork(key=WORK.key, title="First", url=WORK.url),))
    async with database.unit_of_work() as uow:
        await uow.digests.add(digest(pick(WORK), compiled_at=NOW))
        await uow.digests.add(digest(week="2026-W35", compiled_at=NEXT, recap=recap))
        for number, planned in enumerate(
            [
                posting(0, item_key=None, key="head"),
                posting(1, item_key=WORK.key, key="card"),
                posting(0, week="2026-W35", item_key=None, key="next head"),
                posting(1, channel="other", week="2026-W35", item_key=WORK.key, key="other card"),
            ]
        ):
            at = NEXT if planned.week == "2026-W35" else NOW
            sent = replace(planned, state=PostingState.POSTED, ref=ref(f"m{number}"), attempted_at=at)
            await uow.postings.plan([planned])
            await uow.postings.save(sent)
        await uow.summaries.put(summary(item_key=WORK.key, at=NOW + HOUR))
        await uow.commit()
    return database


async def test_later_cards_and_the_head_that_tells_of_it() -> None:
    database = await _two_weeks()
    async with database.unit_of_work() as uow:
        found = await quoting_messages([summary(item_key=WORK.key, at=NOW + HOUR)], uow)
    assert {one.message_id for one in found} == {"m2", "m3"}


async def test_drawn_once_more_after_a_deletion() -> None:
    database = await _two_weeks()
    async with database.unit_of_work() as uow:
        await uow.summaries.delete(ref("r1"), NEXT + DAY)
        await uow.commit()
    drawn = []

    async def redraw(refs) -> None:
        drawn.extend(refs)

    assert await redraw_changed_quotes(database.unit_of_work, NEXT + 2 * DAY, redraw) == 2
    assert await redraw_changed_quotes(database.unit_of_work, NEXT + 5 * DAY, redraw) == 0
    assert {one.message_id for one in drawn} == {"m2", "m3"}
