"""Recap: what a digest opens with of the weeks before."""

from __future__ import annotations

from bot.model import Recap
from bot.usecases.channel_past import past_of
from bot.usecases.recap import recap_of
from tests.factories import ADA, BEN, DAY, HOUR, NOW, channel, digest, item, pick, posting, reaction, ref, summary
from tests.fake_storage import FakeDatabase

FIRST = item("arxiv:2608.00001", title="First")
SECOND = item("arxiv:2608.00002", title="Second")
LATER = NOW + 7 * DAY


async def _sent() -> FakeDatabase:
    database = FakeDatabase()
    async with database.unit_of_work() as uow:
        await uow.digests.add(digest(pick(FIRST), pick(SECOND, rank=2), compiled_at=NOW))
        await uow.postings.plan(
            [posting(rank, item_key=key, ref=ref(f"m{rank}")) for rank, key in enumerate((FIRST.key, SECOND.key), 1)]
        )
        await uow.commit()
    return database


async def _recap(database: FakeDatabase, week: str = "2026-W35") -> Recap:
    async with database.unit_of_work() as uow:
        return await recap_of(channel(), week, LATER, await past_of(channel(), uow), uow)


class TestRecap:
    async def test_nothing_before_the_first_digest(self) -> None:
        assert await _recap(FakeDatabase()) == Recap()

    async def test_tells_what_was_written_since_the_last_digest(self) -> None:
        database = await _sent()
        async with database.unit_of_work() as uow:
            await uow.summaries.put(summary(item_key=FIRST.key, at=NOW + HOUR))
            await uow.summaries.put(summary(message_id="old", item_key=SECOND.key, at=NOW - HOUR))
            await uow.commit()
        assert [work.title for work in (await _recap(database)).told] == ["First"]

    async def test_the_best_received_comes_first(self) -> None:
        database = await _sent()
        async with database.unit_of_work() as uow:
            await uow.summaries.put(summary(message_id="a", item_key=FIRST.key, member=ADA, at=NOW + 2 * HOUR))
            await uow.summaries.put(summary(message_id="b", item_key=SECOND.key, member=ADA, at=NOW + HOUR))
            await uow.summaries.put(summary(message_id="c", item_key=SECOND.key, member=BEN, at=NOW + HOUR))
            await uow.commit()
        assert [work.title for work in (await _recap(database)).told] == ["Second", "First"]

    async def test_a_must_read_without_a_word_is_named_once(self) -> None:
        database = await _sent()
        async with database.unit_of_work() as uow:
            for one in await uow.postings.of("reading", "2026-W34"):
                await uow.reactions.put(reaction(ref=one.ref, emoji="⭐", at=NOW + HOUR))
            await uow.summaries.put(summary(item_key=SECOND.key, at=NOW + HOUR))
            await uow.commit()
        found = await _recap(database)
        assert [work.title for work in found.owed] == ["First"]
        async with database.unit_of_work() as uow:
            await uow.digests.add(digest(week="2026-W35", recap=found, compiled_at=LATER))
            await uow.commit()
        assert (await _recap(database, "2026-W36")).owed == ()
