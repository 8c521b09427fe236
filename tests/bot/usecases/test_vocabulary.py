"""What is offered as a topic while somebody types: the words of the last week's works."""

from __future__ import annotations

from datetime import timedelta

from bot.dedupe import mentions_of
from bot.ports import Batch
from bot.usecases.vocabulary import FRESH, Vocabulary
from tests.factories import NOW, at, entry, stored
from tests.fake_storage import FakeDatabase


async def say(database: FakeDatabase, *titles: str, source: str = "arxiv", start: int = 0) -> None:
    """Let a source say works of these titles."""
    for number, title in enumerate(titles, start=start):
        one = entry(f"2608.{number:05}", source, title=title, published=at(days=1))
        kept = stored(one)
        batch = Batch(
            source_id=source,
            entries=(kept,),
            mentions=mentions_of(one, NOW),
            titles={f"arxiv:{one.external_id}": title},
        )
        async with database.unit_of_work() as uow:
            await uow.entries.store([batch])
            await uow.commit()


async def test_the_week_s_words() -> None:
    """Terms of several works are offered, the most frequent first; common words and those of one work are not."""
    database, now = FakeDatabase(), NOW
    await say(
        database,
        "Reward models for agents",
        "On reward models",
        "Reward models again",
        "Agents that plan",
        "Many agents",
        "Agents",
    )
    vocabulary = Vocabulary(database.unit_of_work, lambda: now)

    assert {"agents": 4, "reward models": 3} == await vocabulary.terms()
    assert ["agents", "reward models"] == list(await vocabulary.terms())


async def test_no_topic_that_finds_everything() -> None:
    """What every work of the field is about is offered neither as a word nor as a pair; with a word of its own it is."""
    database = FakeDatabase()
    titles = [
        "Large language models",
        "Results of language models",
        "Learning language models",
        "Vision language models",
    ]
    await say(database, *titles, *["World models"] * 3)

    assert {"world models": 3} == await Vocabulary(database.unit_of_work, lambda: NOW).terms()


async def test_counted_again_after_a_while() -> None:
    """It is counted once an hour, not with each letter."""
    database, now = FakeDatabase(), NOW
    vocabulary = Vocabulary(database.unit_of_work, lambda: now)
    assert {} == await vocabulary.terms()
    await say(database, "World models", "World models 2", "World models 3")
    assert {} == await vocabulary.terms()
    now += FRESH + timedelta(seconds=1)

    assert {"world models": 3} == await vocabulary.terms()


async def test_proposals_stay_where_they_are() -> None:
    """What members proposed is offered to nobody elsewhere."""
    database = FakeDatabase()
    await say(database, *["Secret merger plans"] * 5, source="team")

    assert {} == await Vocabulary(database.unit_of_work, lambda: NOW).terms()
