"""Join: works that no address joined, but their titles do. What is joined stays joined: the one key becomes an alias of the other."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.dedupe import Row
from bot.keys import WORKS, address_of, item_key
from bot.model import Entry, ItemKind, StoredEntry, Window
from bot.ports import UnitOfWorkFactory
from bot.titles import GENERIC, TitleIndex, content_words, is_same_title, normal_title, surnames

logger = logging.getLogger(__name__)

REACH: Final = timedelta(days=21)
"""How far back a paper may lie that somebody names by its title alone: talk follows a paper by days, not by months."""

_SPEAKS_OF_ONE: Final = frozenset({ItemKind.PAPER, ItemKind.POST, ItemKind.DISCUSSION, ItemKind.CODE})


async def join_by_title(
    unit_of_work: UnitOfWorkFactory, now: datetime, *, reading: UnitOfWorkFactory | None = None
) -> int:
    """
    Merge what is one work under two keys (`same_works`); give how many were merged.

    Two arXiv papers are never merged, whatever their titles, and neither is a newsletter's issue. Mentions, decisions and
    summaries of what is merged are found under the paper from then on. Running it twice is harmless. With `reading`, whoever
    writes meanwhile does not wait until three weeks of entries are read.
    """
    async with (reading or unit_of_work)() as uow:
        rows = await uow.entries.between(Window(start=now - REACH, end=now + timedelta.resolution))
    # A few hundred milliseconds of work at 10,000 titles: not on the event loop, where heartbeats wait.
    pairs = await asyncio.to_thread(same_works, rows)
    if pairs:
        async with unit_of_work() as uow:
            for loser, winner in pairs:
                await uow.items.merge(loser, winner)
            await uow.commit()
        logger.info("Joined %s items by title", len(pairs), extra={"action": "joined_by_title"})
    return len(pairs)


def same_works(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """
    Find the items that are one work under two keys: (the key that is given up, the key that stays), sorted.

    Those are: keys that today's rules write otherwise; what bears the title of a known arXiv paper; what one source said twice with
    a corrected title or address; and one long title over several sources. Two arXiv papers are never one.
    """
    told = [(key, stored) for key, stored, mention in rows if mention.direct]
    pairs = {
        **_same_title(told),
        **_of_arxiv(told),
        **_said_twice(told),
        **_written_otherwise({key for key, *_ in rows}),
    }
    return sorted(pairs.items())


Told = Sequence[tuple[str, StoredEntry]]


def _written_otherwise(keys: Iterable[str]) -> dict[str, str]:
    """Keys are for ever, and their rules grow: what is stored under an older form becomes an alias of the newer one."""
    now = {key: item_key(address_of(key)) for key in keys if key.startswith(("url:", "doi:"))}
    return {key: other for key, other in now.items() if other and other != key}


def _of_arxiv(told: Told) -> dict[str, str]:
    papers, others = TitleIndex(), []
    for key, stored in told:
        entry = stored.entry
        if key.startswith("arxiv:"):
            papers.add(key, entry.title, entry.authors if entry.kind is ItemKind.PAPER else ())
        elif entry.kind in _SPEAKS_OF_ONE:
            others.append((key, entry))
    found = ((key, papers.find(entry.title, _signing(entry))) for key, entry in others)
    return {key: paper for key, paper in found if paper}


def _signing(entry: Entry) -> Sequence[str]:
    """The authors that count: a paper's always; who writes about one is asked for only where the title is anybody's."""
    generic = content_words(normal_title(entry.title)) < GENERIC
    return entry.authors if entry.kind is ItemKind.PAPER or generic else ()


def _said_twice(told: Told) -> dict[str, str]:
    """What a source gave twice becomes what it gave last."""
    alike: dict[tuple[str, datetime, str], list[tuple[str, StoredEntry]]] = defaultdict(list)
    for key, stored in told:
        entry = stored.entry
        if entry.published and (entry.abstract or not entry.whole_day):
            alike[entry.source_id, entry.published, entry.abstract].append((key, stored))
    pairs: dict[str, str] = {}
    for group in alike.values():
        ordered = sorted(group, key=lambda one: (one[1].first_seen, one[0]))
        for place, (key, stored) in enumerate(ordered):
            later = next(
                (
                    other
                    for other, late in reversed(ordered[place + 1 :])
                    if is_same_title(stored.entry.title, late.entry.title)
                ),
                key,
            )
            if later != key and not (key.startswith(WORKS) and later.startswith(WORKS)):
                loser, winner = (later, key) if key.startswith(WORKS) else (key, later)
                pairs[loser] = winner
    return pairs


def _same_title(told: Told) -> dict[str, str]:
    """One long title that several sources give, each for one work: they mean the same one. A short one only with an author in common."""
    bearing: dict[str, list[tuple[str, StoredEntry]]] = defaultdict(list)
    for key, stored in told:
        if stored.entry.kind in _SPEAKS_OF_ONE and not key.startswith("arxiv:"):
            bearing[normal_title(stored.entry.title)].append((key, stored))
    pairs: dict[str, str] = {}
    for title, group in bearing.items():
        keys = {key for key, _ in group}
        works = {(stored.entry.source_id, key) for key, stored in group}
        if len(keys) > 1 and len({source for source, _ in works}) == len(works) and _agree(title, group):
            first = min(group, key=lambda one: (not one[0].startswith(WORKS), one[1].at, one[0]))[0]
            pairs |= {key: first for key in keys if key != first}
    return pairs


def _agree(title: str, group: Told) -> bool:
    """Whether nothing speaks against one work: papers with other authors, or a title that anybody may write."""
    generic = content_words(title) < GENERIC
    people = [surnames(stored.entry.authors) for _, stored in group if stored.entry.kind is ItemKind.PAPER or generic]
    signed = [names for names in people if names]
    if generic and len(signed) < len(group):
        return False
    return not signed or bool(frozenset.intersection(*signed))
