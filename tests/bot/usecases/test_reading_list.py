"""A member's reading list, as it is told in chat and as the page shows it: the same works, whatever happened to them in which channel."""

from __future__ import annotations

import pytest

from bot.model import MemberWishes, PostingState
from bot.usecases.digest_facts import DigestFacts
from bot.usecases.readers import reading_list as shown_on_the_page
from bot.usecases.reading_list import list_blocks
from bot.usecases.reading_list import reading_list as told_in_chat
from tests.factories import ADA, BEN, DAY, NOW, channel, digest, item, pick, posting, reaction, ref, summary
from tests.fake_storage import FakeDatabase

CHANNELS = (channel("reading"), channel("theory", id="C2"))
MARKED, READ, SUMMARISED = "arxiv:2608.00001", "arxiv:2608.00002", "arxiv:2608.00003"
KEYS = (MARKED, READ, SUMMARISED)


async def no_url(_channel: object, _ref: object) -> str | None:
    return None


@pytest.fixture
async def database() -> FakeDatabase:
    """Two channels that were sent the same three works, all of which Ada starred in both."""
    database = FakeDatabase()
    async with database.unit_of_work() as uow:
        for here in CHANNELS:
            works = [pick(item(key), rank=rank) for rank, key in enumerate(KEYS, 1)]
            await uow.digests.add(digest(*works, channel=here.name))
            for part, key in enumerate(KEYS, 1):
                plain = {"channel": here.name, "item_key": key, "key": f"{here.name}/{part}"}
                await uow.postings.plan([posting(part, **plain)])
                card = ref(f"{here.name}-{part}")
                await uow.postings.save(posting(part, **plain, state=PostingState.POSTED, ref=card))
                await uow.reactions.put(reaction("⭐", ADA, ref=card, at=NOW - DAY))
        await uow.commit()
    return database


async def lists(database: FakeDatabase) -> tuple[tuple[list[str], list[str]], tuple[list[str], list[str]]]:
    """What waits and what is owed, in chat and on the page."""
    async with database.unit_of_work() as uow:
        own = await uow.members.wishes("fake", ADA.id)
    chat = await told_in_chat(ADA.id, CHANNELS, database.unit_of_work, no_url, own)
    page = await shown_on_the_page("fake", ADA.id, CHANNELS, database.unit_of_work, DigestFacts())
    return (
        ([one.item.key for one in chat.waiting], [one.item.key for one in chat.owed]),
        ([one.work.key for one in page.unread], [one.work.key for one in page.owed]),
    )


async def test_once(database: FakeDatabase) -> None:
    """A work that two channels sent waits once."""
    chat, page = await lists(database)

    assert (list(KEYS), []) == chat == page


async def test_done_in_one_channel(database: FakeDatabase) -> None:
    """What was read in one channel is read, and what was written of without a ✅ is neither waiting nor owed; others' words change nothing."""
    async with database.unit_of_work() as uow:
        await uow.reactions.put(reaction("✅", ADA, ref=ref("theory-2")))
        written = {"channel": "reading", "item_key": SUMMARISED}
        await uow.summaries.put(summary("Worth it.", "r1", parent=ref("reading-3"), **written))
        others = {"channel": "reading", "item_key": MARKED, "member": BEN}
        await uow.summaries.put(summary("I read it first.", "r2", parent=ref("reading-1"), **others))
        await uow.commit()
    chat, page = await lists(database)
    done = await shown_on_the_page("fake", ADA.id, CHANNELS, database.unit_of_work, DigestFacts())

    assert ([MARKED], [READ]) == chat == page
    assert [SUMMARISED] == [one.work.key for one in done.done]


async def test_says_what_ends_a_work(database: FakeDatabase) -> None:
    """The list says both ways in which a work leaves it: read, or written of."""
    found = await told_in_chat(ADA.id, CHANNELS, database.unit_of_work, no_url)

    said = "\n".join(span.text for one in list_blocks(found, NOW, named=False) for span in one.spans)
    assert "react ✅, or write your summary in its thread, and it is off this list" in said


async def test_what_they_mute(database: FakeDatabase) -> None:
    """What somebody mutes is on neither list, though they marked it before."""
    async with database.unit_of_work() as uow:
        await uow.members.put_wishes("fake", ADA.id, MemberWishes(mute=("word:00001",)))
        await uow.commit()
    chat, page = await lists(database)

    assert ([READ, SUMMARISED], []) == chat == page
