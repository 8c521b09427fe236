"""A card that was sent says so when its paper is withdrawn later, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.model import MessageRef, Post, Posting, PostingState, SourceRecord
from bot.redrawing import WITHDRAWN
from bot.source_state import batch_of
from bot.usecases.deliver import freeze
from bot.usecases.redraw import Redrawer
from bot.usecases.withdrawals import tell_withdrawn
from tests.factories import NOW, PAPER, WEEK, at, channel, digest_of, entry, ref, spec
from tests.fake_storage import FakeDatabase

CHANNEL = channel()
ON_ARXIV = entry(url=f"https://arxiv.org/abs/{PAPER}", published=at(days=3))


class Screen:
    """A platform that remembers what it was told to show."""

    def __init__(self) -> None:
        self.shown: list[Post] = []

    async def redraw(self, _ref: MessageRef, post: Post) -> None:
        self.shown.append(post)


@pytest.fixture
async def database() -> FakeDatabase:
    """A store in which the paper was sent."""
    database = FakeDatabase()
    await says(database)
    await freeze(digest_of([f"arxiv:{PAPER}"]), CHANNEL, database.unit_of_work)
    async with database.unit_of_work() as uow:
        for one in await uow.postings.of(CHANNEL.name, WEEK):
            sent = replace(one, state=PostingState.POSTED, ref=ref(f"m{one.part}"), attempted_at=NOW)
            await uow.postings.save(sent)
        await uow.commit()
    return database


async def says(database: FakeDatabase, *tags: str) -> None:
    async with database.unit_of_work() as uow:
        record = SourceRecord(id="arxiv", last_success=at(days=1))
        await uow.entries.store([batch_of(spec(), record, [replace(ON_ARXIV, tags=tags)], since=at(days=7), now=NOW)])
        await uow.commit()


async def told(database: FakeDatabase, screen: Screen) -> int:
    async def channels() -> list[object]:
        return [CHANNEL]

    redrawer = Redrawer({"fake": screen}, channels, database.unit_of_work)  # type: ignore[arg-type]  # channels of the fake

    async def redraw(refs: object) -> None:
        for one in refs:  # type: ignore[attr-defined]  # refs of messages
            await redrawer.changed(one)

    return await tell_withdrawn(database.unit_of_work, NOW, redraw)


async def test_a_card_says_so_once(database: FakeDatabase) -> None:
    """When its paper is withdrawn a card is drawn with the sentence that says so, below its title; and not a second time."""
    screen = Screen()
    before = await told(database, screen)
    await says(database, "cs.LG", "withdrawn")
    counts = [await told(database, screen), await told(database, screen)]

    assert (before, counts, len(screen.shown)) == (0, [1, 0], 1)
    assert screen.shown[0].blocks[1].spans[0].text == WITHDRAWN
    assert screen.shown[0].plain.endswith(WITHDRAWN)


async def test_cards_of_many(database: FakeDatabase) -> None:
    """
    However many cards a withdrawn paper has, each is drawn, some hundreds between two transactions; whoever goes on after a crash draws what was not
    noted, and nothing of before.
    """
    await sent_to(database, 450)
    await says(database, "withdrawn")
    drawn: list[list[str]] = []

    async def crashes(refs: Sequence[MessageRef]) -> None:
        if len(drawn) == 1:
            raise RuntimeError("killed")
        drawn.append([one.message_id for one in refs])

    async def goes_on(refs: Sequence[MessageRef]) -> None:
        drawn.append([one.message_id for one in refs])

    with pytest.raises(RuntimeError, match="killed"):
        await tell_withdrawn(database.unit_of_work, NOW, crashes)
    rest = await tell_withdrawn(database.unit_of_work, NOW, goes_on)

    assert (200, 251) == (len(drawn[0]), rest)
    assert [200, 200, 51] == [len(one) for one in drawn]
    assert 451 == len({ref for refs in drawn for ref in refs})


async def sent_to(database: FakeDatabase, number: int) -> None:
    """Let the paper have been sent to so many channels more."""
    async with database.unit_of_work() as uow:
        for one in range(number):
            card = Posting(channel=f"of {one}", week=WEEK, part=1, key=f"of {one}", item_key=f"arxiv:{PAPER}")
            await uow.postings.plan([card])
            sent = replace(card, state=PostingState.POSTED, ref=ref(f"of {one}"), attempted_at=NOW)
            await uow.postings.save(sent)
        await uow.commit()


async def test_whatever_draws_it(database: FakeDatabase) -> None:
    """Whoever decides on the card of a withdrawn paper sees it drawn with that sentence; any other without it."""
    screen = Screen()

    async def channels() -> list[object]:
        return [CHANNEL]

    redrawer = Redrawer({"fake": screen}, channels, database.unit_of_work)  # type: ignore[arg-type]  # as above
    await redrawer.changed(ref("m1"))
    await says(database, "withdrawn")
    await redrawer.changed(ref("m1"))

    assert [WITHDRAWN in post.plain for post in screen.shown] == [False, True]
