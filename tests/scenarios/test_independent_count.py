"""The thirty-second rule and the yields of sources agree with a count made from the raw events alone, by other code."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta

from bot.events import ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyPosted
from bot.model import Member, PostingState
from bot.usecases.digest_facts import DigestFacts
from bot.usecases.figures import channel_figures
from bot.usecases.record import Recorder
from tests.factories import NOW, channel, digest, item, mention, pick, posting, ref
from tests.fake_storage import FakeDatabase

WEEKS = [f"2026-W{number}" for number in range(10, 36)]
MEMBERS = [Member(id=f"U{n}", name=f"N{n}") for n in range(8)]
SOURCES = ("arxiv", "huggingface", "import-ai", "reddit")
WANT, READ, SKIP = "⭐👀", "✅", "👎"


async def test_half_a_year() -> None:
    """Of 26 weeks of eight members who put, take back, write and delete, both counts say the same."""
    chance, database = random.Random(5), FakeDatabase()
    recorder = Recorder(database.unit_of_work, lambda: NOW, {})
    sources: dict[str, set[str]] = {}
    weeks: dict[str, list[str]] = {}
    for week in WEEKS:
        picks = []
        for rank in range(1, 8):
            key = f"arxiv:{week}-{rank}"
            told = chance.sample(SOURCES, k=chance.randint(1, 3))
            sources[key] = set(told)
            picks.append(
                pick(item(key, mentions=tuple(mention(key, source, f"{key}{source}") for source in told)), rank)
            )
        weeks[week] = [one.item.key for one in picks]
        async with database.unit_of_work() as uow:
            await uow.digests.add(digest(*picks, week=week))
            for rank, key in enumerate(weeks[week], 1):
                plain = {"channel": "reading", "week": week, "item_key": key}
                await uow.postings.plan([posting(rank, **plain)])
                await uow.postings.save(posting(rank, **plain, state=PostingState.POSTED, ref=ref(key)))
            await uow.commit()
    log = acts(chance, [key for keys in weeks.values() for key in keys])
    for start in range(0, len(log), 200):
        await recorder.receive_all(log[start : start + 200])
    await recorder.settle()

    figures = await channel_figures(channel("reading"), database.unit_of_work, DigestFacts())

    wanted, written, marked, read = counted(log)
    for week in figures.weeks:
        keys = set(weeks[week.week])
        assert (len(keys), len(keys & wanted), len(keys & wanted & written)) == (
            week.shown,
            week.wanted,
            week.wanted_and_summarised,
        )
        assert (len(keys & marked), len(keys & read), len(keys & written)) == (week.marked, week.read, week.summarised)
    for one in figures.sources:
        keys = {key for key, told in sources.items() if one.source in told}
        assert (len(keys), len(keys & wanted), len(keys & read), len(keys & written)) == (
            one.shown,
            one.marked,
            one.read,
            one.summarised,
        )
    assert set(SOURCES) == {one.source for one in figures.sources}
    assert len(WEEKS) == len(figures.weeks)
    assert wanted & written
    assert wanted - written


def acts(chance: random.Random, keys: list[str]) -> list:
    """What members do, at instants of their own."""
    log, number = [], 0
    for key in keys:
        for member in MEMBERS:
            if chance.random() < 0.6:
                continue
            emoji, number = chance.choice([*WANT, READ, SKIP]), number + 1
            at = NOW + timedelta(seconds=10 * number)
            log.append(ReactionAdded(event_id=f"a{number}", ref=ref(key), member=member, emoji=emoji, at=at))
            if chance.random() < 0.2:
                later = at + timedelta(seconds=1)
                log.append(ReactionRemoved(event_id=f"r{number}", ref=ref(key), member=member, emoji=emoji, at=later))
            if chance.random() < 0.15:
                own = ref(f"reply{number}")
                words = {"parent": ref(key), "ref": own, "member": member, "text": "Worth the time.", "at": at}
                log.append(ReplyPosted(event_id=f"p{number}", **words))
                if chance.random() < 0.3:
                    log.append(ReplyDeleted(event_id=f"d{number}", ref=own, at=at + timedelta(seconds=2)))
    return log


def counted(log: list) -> tuple[set[str], set[str], set[str], set[str]]:
    """Works that somebody wants or has read, those with words, those marked to be read, those read: from the events in their order."""
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    replies: dict[str, str] = {}
    for event in log:
        match event:
            case ReactionAdded():
                held[event.ref.message_id, event.member.id].add(event.emoji)
            case ReactionRemoved():
                held[event.ref.message_id, event.member.id].discard(event.emoji)
            case ReplyPosted():
                replies[event.ref.message_id] = event.parent.message_id
            case ReplyDeleted():
                replies.pop(event.ref.message_id, None)
    marked = {key for (key, _), emoji in held.items() if emoji & set(WANT)}
    read = {key for (key, _), emoji in held.items() if READ in emoji}
    return marked | read, set(replies.values()), marked, read
