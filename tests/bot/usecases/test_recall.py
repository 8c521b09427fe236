"""What the team decided and wrote is found again."""

from __future__ import annotations

import pytest

from bot.model import Meaning, MessageRef, PostingState
from bot.remembered import Remembered
from bot.usecases.deliver import freeze
from bot.usecases.recall import remember
from tests.factories import ADA, BEN, HOUR, NOW, WEEK, channel, digest_of, posting, reaction, ref, summary
from tests.fake_storage import FakeDatabase

CHANNEL = channel()
NEXT = "2026-W35"
ONE, TWO, THREE = "arxiv:2608.00001", "arxiv:2608.00002", "arxiv:2608.00003"


async def posted(database: FakeDatabase, week: str, *keys: str, name: str = "reading") -> list[MessageRef]:
    """Freeze a digest of these items and say that it was posted; gives the addresses of its cards."""
    await freeze(digest_of(keys, week=week, channel=name), channel(name), database.unit_of_work)
    refs = [ref(f"{name}/{week}/{part}") for part in range(len(keys) + 2)]
    async with database.unit_of_work() as unit:
        for part, address in enumerate(refs):
            await unit.postings.save(
                posting(part, channel=name, week=week, ref=address, state=PostingState.POSTED, attempted_at=NOW)
            )
        await unit.commit()
    return refs[1:-1]


async def put(database: FakeDatabase, *values: object) -> None:
    async with database.unit_of_work() as unit:
        for value in values:
            await (unit.reactions if hasattr(value, "emoji") else unit.summaries).put(value)
        await unit.commit()


def brief(remembered: list[Remembered]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.item.key, one.weeks) for one in remembered]


async def test_nothing_yet() -> None:
    """A channel that never had a digest has nothing to remember."""
    assert await remember([CHANNEL], FakeDatabase().unit_of_work) == []


async def test_in_the_order_sent() -> None:
    """Items come in the order in which they were sent, week after week, whatever was made of them."""
    database = FakeDatabase()
    await posted(database, NEXT, THREE)
    await posted(database, WEEK, TWO, ONE)

    assert brief(await remember([CHANNEL], database.unit_of_work)) == [(TWO, (WEEK,)), (ONE, (WEEK,)), (THREE, (NEXT,))]


async def test_decisions_and_summaries() -> None:
    """Each item has its own decisions and summaries, oldest first; remarks and what was taken back are left out."""
    database = FakeDatabase()
    one, two = await posted(database, WEEK, ONE, TWO)
    await put(
        database,
        reaction("⭐", ref=one, at=NOW + HOUR),
        reaction("👀", BEN, ref=one, at=NOW),
        reaction("✅", BEN, ref=one, at=NOW, present=False),
        summary("Second.", "r2", parent=two, item_key=TWO, at=NOW + HOUR),
        summary("First.", "r1", parent=two, item_key=TWO, member=BEN),
        summary("", "r3", parent=two, item_key=TWO),
    )
    first, second = await remember([CHANNEL], database.unit_of_work)

    assert [(d.member, d.meaning) for d in first.decisions] == [(BEN, Meaning.TO_READ), (ADA, Meaning.MUST_READ)]
    assert (first.summaries, [s.text for s in second.summaries], second.decisions) == ((), ["First.", "Second."], ())


@pytest.mark.parametrize("winner", [ONE, TWO])
async def test_two_works_that_turned_out_to_be_one(winner: str) -> None:
    """Items that were joined after they were sent are remembered as one, with everything that was said of either."""
    database = FakeDatabase()
    (one,), (two,) = await posted(database, WEEK, ONE), await posted(database, NEXT, TWO)
    await put(database, reaction("⭐", ref=one), summary("Mine.", parent=two, item_key=TWO))
    async with database.unit_of_work() as unit:
        await unit.items.merge(ONE if winner == TWO else TWO, winner)
        await unit.commit()
    (both,) = await remember([CHANNEL], database.unit_of_work)

    assert (both.item.key, both.weeks) == (winner, (WEEK, NEXT))
    assert ([d.meaning for d in both.decisions], [s.text for s in both.summaries]) == ([Meaning.MUST_READ], ["Mine."])


async def test_each_channel_for_itself() -> None:
    """What one channel decided is not what another did."""
    database = FakeDatabase()
    other = channel("other")
    (here,) = await posted(database, WEEK, ONE)
    await posted(database, WEEK, ONE, name="other")
    await put(database, reaction("⭐", ref=here))
    mine, theirs = await remember([CHANNEL, other], database.unit_of_work)

    assert ((mine.channel, len(mine.decisions)), (theirs.channel, len(theirs.decisions))) == (
        ("reading", 1),
        ("other", 0),
    )


async def test_meanings_are_read_anew() -> None:
    """What an emoji means is read from the channel as it is now."""
    database = FakeDatabase()
    (one,) = await posted(database, WEEK, ONE)
    await put(database, reaction("🔥", ref=one))
    changed = channel(meanings={"🔥": Meaning.MUST_READ})

    assert [len(r.decisions) for r in await remember([CHANNEL], database.unit_of_work)] == [0]
    assert [len(r.decisions) for r in await remember([changed], database.unit_of_work)] == [1]
