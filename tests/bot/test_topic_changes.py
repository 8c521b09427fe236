"""After topics changed what was liked before counts by what stayed of them, and what is liked from then on in full."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import TasteWork
from bot.ranking.signals import BEFORE_CHANGE
from bot.topic_changes import TopicChanges, counting, note_of, read
from bot.usecases.channel_past import past_of
from bot.usecases.channels import change
from bot.usecases.deliver import freeze
from bot.usecases.relevance import history_of, relevance
from tests.command_context import CommandFixture
from tests.factories import NOW, at, channel, digest_of
from tests.fake_ranker import FakeRanker
from tests.fake_storage import FakeDatabase

OLD, NEW = ("3D vision", "LLM agents"), ("speech recognition", "text to speech")


def test_by_what_stays() -> None:
    """Of topics that are all others next to nothing is left, of one more among four most; spelling and order change nothing, nor do a channel's first topics or the end of all."""
    one_more = counting(OLD, (*OLD, "speech"))

    assert BEFORE_CHANGE == counting(OLD, NEW)
    assert BEFORE_CHANGE < counting(OLD, ("LLM agents", "speech")) < one_more < 1
    assert 1 == counting((), NEW) == counting(OLD, ()) == counting(OLD, ("LLM-agents", "3D visions"))


def test_one_after_the_other() -> None:
    """A like counts by every change after it, as it was written down; what follows without a change is none."""
    changes = TopicChanges(OLD).followed_by(NEW, at(days=40)).followed_by((*NEW, "music"), at(days=20))
    again = read(changes.followed_by((*NEW, "musics"), NOW).written())

    assert again is not None
    assert changes.steps == again.steps
    counts = [again.counts(at(days=days)) for days in (50, 30, 10)]
    assert counts == sorted(counts)
    assert 1 == counts[-1] > counts[1] > 0.5
    assert counts[0] < BEFORE_CHANGE


async def noted(database: FakeDatabase) -> TopicChanges | None:
    async with database.unit_of_work() as uow:
        return read(await uow.notes.get(note_of("reading")))


async def test_noted_with_digests() -> None:
    """Each digest notes its channel's topics, and when they became others: of the configuration or of chat, and a sample notes nothing."""
    database = FakeDatabase()
    await freeze(digest_of(["a"], week="sample", sample=True), channel(topics=OLD), database.unit_of_work)
    assert await noted(database) is None
    for days, week, topics in (
        (21, "2026-W31", OLD),
        (14, "2026-W32", OLD),
        (7, "2026-W33", NEW),
        (0, "2026-W34", NEW),
    ):
        digest = digest_of(["a"], week=week, compiled_at=at(days=days))
        await freeze(digest, channel(topics=topics), database.unit_of_work)

    assert TopicChanges(NEW, ((at(days=7), BEFORE_CHANGE),)) == await noted(database)


async def test_noted_by_an_older_version() -> None:
    """Where no digest has noted its topics, those that somebody changes in chat are noted then; before any digest nothing is."""
    database = FakeDatabase()
    ours = channel(topics=OLD)
    await change(ours, {"topics": NEW}, database.unit_of_work)
    assert await noted(database) is None
    async with database.unit_of_work() as uow:
        await uow.channels.start(ours.name, at(days=90))
        await uow.commit()
    await change(ours, {"topics": ("music",)}, database.unit_of_work)

    assert TopicChanges(NEW) == await noted(database)


@pytest.mark.parametrize(
    ("topics", "expected"),
    [(OLD, [1, 1, 1]), (NEW, [BEFORE_CHANGE, 1, 1]), ((), [1, 1, 1])],
    ids=["kept", "others", "none"],
)
async def test_in_the_ranking(topics: tuple[str, ...], expected: list[float]) -> None:
    """What was liked before is asked for by what it still counts; what is on the new topics, and what was liked since, counts in full."""
    database, ranker, ours = FakeDatabase(), Asked(), channel(topics=topics, half_life=timedelta(weeks=5000))
    liked = [
        TasteWork(channel="reading", key="doi:10.1/a", title="Rendering scenes", at=at(days=30)),
        TasteWork(channel="reading", key="doi:10.1/b", title="A speech recognition model", at=at(days=30)),
        TasteWork(channel="reading", key="doi:10.1/c", title="Painting with words", at=at(days=3)),
    ]
    async with database.unit_of_work() as uow:
        since = TopicChanges(OLD).followed_by(topics, at(days=9))
        await uow.notes.put(note_of("reading"), since.written())
        history = await history_of(ours, await past_of(ours, uow), liked, uow, NOW)
    await relevance(ours, [], history, database.unit_of_work, ranker, due=NOW, until=NOW, revision="1", now=NOW)

    assert expected == pytest.approx([signal.counts for signal in ranker.asked], rel=0.01)


class Asked(FakeRanker):
    """Keeps the signals of what it was asked last."""

    async def relevance(self, corpus, question):
        self.asked = question.signals
        return await super().relevance(corpus, question)


async def test_said_in_chat() -> None:
    """Whoever changes topics is told what becomes of what was marked; where nothing was, or nothing changes, nothing is said."""
    desk = CommandFixture()
    before = await desk.ask("topics 3D vision, LLM agents", admin=True)
    await desk.posted()
    others = await desk.ask("topics speech recognition", admin=True)
    more = await desk.ask("topics speech recognition, music", admin=True)
    same = await desk.ask("topics music, speech recognitions", admin=True)

    assert "marked before" not in before
    assert "what you marked before counts for next to nothing, unless it is on them" in others
    assert "what you marked before counts for 50%" in more
    assert "marked before" not in same
