"""
Known works of the last weeks, asked whether they meet what people set: a topic that none is about, or a followed author of whom there is none, is told as such,
and a topic that is an author's name is told what does more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bot.following import author_of, in_words, last_name, unmet
from bot.model import Item, ItemKind, Section, Window
from bot.ports import UnitOfWorkFactory
from bot.ranking.candidate_index import CandidateIndex
from bot.ranking.question import Text
from bot.rendering import check_in_words
from bot.topic_check import TopicCheck, checked
from bot.typed_topics import spelt_alike
from bot.usecases.answers import command

LOOKED_BACK: Final = timedelta(weeks=8)
_WEEKS: Final = LOOKED_BACK // timedelta(weeks=1)
MOST: Final = 20_000
"""The newest works of these weeks that are looked at, which takes about a second, in a thread."""

A_WEEK: Final = 2_500
"""The newest works by which topics are checked first: as many as a week's digest has, in which most topics are found in a fraction of a second."""

_LATER: Final = {"follow": "What comes is put first all the same", "mute": "What comes is kept out all the same"}


class KnownWorks:
    """The works of the last weeks, read when they are first asked for and kept for whoever asks more: a command, or a look at all channels."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, now: datetime) -> None:
        self._unit_of_work = unit_of_work
        self._now = now
        self._texts: list[Text] | None = None

    async def texts(self) -> list[Text]:
        """Give them, the newest `MOST` at most. Raises `StorageError`."""
        if self._texts is None:
            async with self._unit_of_work() as uow:
                self._texts = await uow.entries.texts(Window(start=self._now - LOOKED_BACK, end=self._now), MOST)
        return self._texts


def new_among(topics: Iterable[str], before: Iterable[str]) -> list[str]:
    """Give the topics that were not there before, however they were spelt."""
    had = set(map(spelt_alike, before))
    return [topic for topic in topics if spelt_alike(topic) not in had]


async def topic_lines(topics: Sequence[str], known: KnownWorks) -> list[str]:
    """Say in a digest's own sentences which topics are mistyped, and which none of the last weeks' works is about; nothing where no work is known yet."""
    if not topics or not (texts := await known.texts()):
        return []
    # In a thread: it takes up to some seconds, in which whoever reacts is heard.
    found = await asyncio.to_thread(_check, topics, texts)
    when = f"in the works that I know of the last {_WEEKS} weeks"
    empty = " ".join(check_in_words({}, found.unmatched, when))
    return [*check_in_words(found.respelt, (), when), *([f"{empty} What comes is sent all the same."] if empty else [])]


def _check(topics: Sequence[str], texts: Sequence[Text]) -> TopicCheck:
    """Check topics by the newest works; what these know nothing of by all works."""
    found = checked(topics, tuple(map(_as_item, texts[:A_WEEK])), CandidateIndex())
    doubtful = [topic for topic in topics if found.respelt.get(topic) or topic in found.unmatched]
    if not doubtful or len(texts) <= A_WEEK:
        return found
    return checked(doubtful, tuple(map(_as_item, texts)), CandidateIndex())


def _as_item(text: Text) -> Item:
    # A source's keywords stand in the last line of what a work says; the categories among them are single words.
    said, _, keywords = text.abstract.rpartition("\n")
    return Item(
        key=text.key,
        kind=ItemKind.PAPER,
        section=Section.PAPERS,
        title=text.title,
        url="",
        authors=text.authors,
        abstract=text.abstract,
        tags=tuple(keywords.split()) if said else (),
        published=datetime.combine(text.day, time(), UTC),
    )


async def unmet_lines(field: str, wishes: Sequence[str], known: KnownWorks) -> list[str]:
    """
    Say in a sentence which authors and words that are followed or muted (`field`) none of the last weeks' works meets; nothing where all are met, and
    where nothing is known yet.
    """
    if not any(wish.startswith(("author:", "word:")) for wish in wishes):
        return []
    texts = await known.texts()
    works = ((f"{text.title}\n{text.abstract}", text.authors) for text in texts)
    missing = await asyncio.to_thread(unmet, wishes, works) if texts else ()
    if not missing:
        return []
    named = ", ".join(map(in_words, missing))
    return [f"I know no work of the last {_WEEKS} weeks that meets {named}. {_LATER[field]}."]


async def people_lines(topics: Sequence[str], follow: Iterable[str], known: KnownWorks) -> list[str]:
    """Say of each topic that is the name of an author of the last weeks, and is not followed, how to put their works first."""
    followed = {wish.partition(":")[2].casefold() for wish in follow if wish.startswith("author:")}
    asked = [topic for topic in topics if " " in topic.strip() and topic.casefold() not in followed]
    if not asked:
        return []
    found = await asyncio.to_thread(_people, asked, await known.texts())
    return [
        f"'{topic}' is an author's name: as a topic it brings their works, and to put these first: {command(f'follow author: {name}')}"
        for topic, name in found.items()
        if name.casefold() not in followed
    ]


def _people(topics: Sequence[str], texts: Iterable[Text]) -> dict[str, str]:
    """Give the authors of the same names as topics, as their works write them, by topic."""
    sought = {last_name(topic) for topic in topics}
    authors = dict.fromkeys(name for text in texts for name in text.authors if last_name(name) in sought)
    return {topic: name for topic in topics if (name := author_of(authors, topic))}
