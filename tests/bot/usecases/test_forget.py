"""Forgetting a member, as a use-case: who is meant, what goes, what comes after."""

from __future__ import annotations

import pytest

from bot.errors import UsageError
from bot.events import ReplyDeleted
from bot.model import PostingState
from bot.usecases.forget import Person, forget, meant
from bot.usecases.record import Recorder
from tests.factories import (
    ADA,
    BEN,
    NOW,
    channel,
    digest,
    edited,
    item,
    pick,
    posting,
    reacted,
    reaction,
    ref,
    replied,
    summary,
)
from tests.fake_storage import FakeDatabase

HERE = channel("reading")
KEY = "arxiv:2608.00001"
KNOWN = [
    Person(platform="slack", id="U1", names=frozenset({"Ada Lovelace", "Ada King"})),
    Person(platform="slack", id="U2", names=frozenset({"Ben"})),
    Person(platform="discord", id="77", names=frozenset({"Ben"})),
    Person(platform="discord", id="78", names=frozenset({"🎉"})),
    Person(platform="slack/imported", id="U1", names=frozenset({"Ada Lovelace"})),
]


@pytest.mark.parametrize(
    ("name", "platform", "found"),
    [
        ("ada", None, "U1"),
        ("King", None, "U1"),
        ("U2", None, "U2"),
        ("ben", "discord", "77"),
        ("U9", "slack", "U9"),
        ("🎉", None, "78"),
    ],
)
def test_who_is_meant(name: str, platform: str | None, found: str) -> None:
    """A name they bore or their id names a person; somebody unknown needs a platform."""
    assert found == meant(name, KNOWN, platform).id


@pytest.mark.parametrize(("name", "told"), [("ben", "Several may be meant.*77.*Give the id"), ("zoe", "Nobody called")])
def test_who_is_not_clear(name: str, told: str) -> None:
    """Two of a name are told apart by the one who asks, and nobody is forgotten by mistake."""
    with pytest.raises(UsageError, match=f"(?s){told}|Several may be meant"):
        meant(name, KNOWN)


@pytest.fixture
async def database() -> FakeDatabase:
    database = FakeDatabase()
    async with database.unit_of_work() as uow:
        await uow.digests.add(digest(pick(item(KEY))))
        await uow.postings.plan([posting(1, channel="reading", item_key=KEY)])
        await uow.postings.save(posting(1, channel="reading", item_key=KEY, state=PostingState.POSTED, ref=ref("m1")))
        await uow.reactions.put(reaction("⭐", ref=ref("m1")))
        await uow.reactions.put(reaction("👎", BEN, ref=ref("m1")))
        await uow.summaries.put(summary("Mine.", parent=ref("m1"), item_key=KEY, channel="reading"))
        await uow.summaries.put(
            summary("As Ada says.", "r2", parent=ref("m1"), item_key=KEY, channel="reading", member=BEN)
        )
        await uow.members.put("fake", [ADA, BEN])
        await uow.commit()
    return database


async def test_what_goes(database: FakeDatabase) -> None:
    """Theirs goes, others' stays; the card is drawn again, and words of others that name them are counted."""
    drawn = []

    async def redraw(refs):
        drawn.extend(refs)

    found = await forget(
        Person(platform="fake", id="U1", names=frozenset({"Ada"})), [HERE], database.unit_of_work, lambda: NOW, redraw
    )

    assert ["U2"] == [one.member.id for one in database.tables.reactions.values()]
    assert ["As Ada says."] == [one.text for one in database.tables.summaries.values()]
    assert [("fake", "U2")] == list(database.tables.members)
    assert [ref("m1")] == drawn
    assert 1 == found.named_by_others


async def test_what_comes_after(database: FakeDatabase) -> None:
    """Nothing that arrives of them is stored, not even as an event; of others it is."""

    async def redraw(refs):
        pass

    await forget(Person(platform="fake", id="U1"), [HERE], database.unit_of_work, lambda: NOW, redraw)
    recorder = Recorder(database.unit_of_work, lambda: NOW, {})
    events = [
        reacted("e1", ref=ref("m1")),
        replied("e2", parent=ref("m1"), ref=ref("r9")),
        edited("e3", parent=ref("m1"), ref=ref("r9")),
        ReplyDeleted(event_id="e4", ref=ref("r9"), at=NOW),
        reacted("e5", ref=ref("m1"), member=BEN, emoji="⭐"),
    ]

    await recorder.receive_all(events)
    await recorder.settle()

    assert {"e4", "e5"} == set(database.tables.events)
    assert {"U2"} == {one.member.id for one in database.tables.reactions.values()}
    assert ["As Ada says."] == [one.text for one in database.tables.summaries.values()]
