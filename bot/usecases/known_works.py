"""
Known works of the last weeks, asked whether they meet what people set: a followed author of whom there is none is told as such, and a topic that
is an author's name is told what does more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.following import author_of, in_words, last_name, unmet
from bot.model import Window
from bot.ports import UnitOfWorkFactory
from bot.ranking.question import Text
from bot.usecases.answers import command

LOOKED_BACK: Final = timedelta(weeks=8)
MOST: Final = 20_000
"""The newest works of these weeks that are looked at, which takes about a second, in a thread."""

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
    weeks = LOOKED_BACK // timedelta(weeks=1)
    named = ", ".join(map(in_words, missing))
    return [f"I know no work of the last {weeks} weeks that meets {named}. {_LATER[field]}."]


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
