"""Works behind links to lists: an address that leads to a list stands for the works in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.errors import SourceError
from bot.text import counted, cut, shown_url
from bot.usecases.command_context import WorkFinders
from bot.usecases.taste import Reference

MOST_LISTS: Final = 5
"""Lists that are asked for what stands in them, of those that a member gives at once: somebody waits, and each may take its time."""

_SHOWN: Final = 120


async def expand_lists(references: Sequence[Reference], finders: WorkFinders) -> tuple[list[Reference], list[str]]:
    """
    Put the works of a list in the place of an address that leads to one; give all works, and in sentences what was not taken.

    At most `MOST_LISTS` lists are asked, whatever they answer. One that fails, holds no work or is beyond them is no work itself.
    """
    found: list[Reference] = []
    problems: list[str] = []
    asked, beyond = 0, list[str]()
    async with finders() as finder:
        for one in references:
            if one.title or not one.url or not finder.is_list(one.url):
                found.append(one)
                continue
            if asked == MOST_LISTS:
                beyond.append(_shown(one.url))
                continue
            asked += 1
            try:
                works = await finder.listed(one.url)
            except SourceError as error:
                problems.append(f"A list could not be read: {error}. Paste it again later.")
                continue
            if not works:
                problems.append(f"There is no paper in the list {_shown(one.url)}.")
            found += [Reference(url=work.url, title=work.title, authors=work.authors, at=one.at) for work in works]
    if beyond:
        problems.append(
            f"I read {MOST_LISTS} lists at once, and left out {counted(len(beyond), 'list')}, from {beyond[0]} on. Give me the rest again by themselves."
        )
    return found, problems


def _shown(url: str) -> str:
    return cut(shown_url(url), _SHOWN)
