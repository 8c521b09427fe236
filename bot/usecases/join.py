"""Join: works that no address joined, but their titles do. What is joined stays joined: the one key becomes an alias of the other."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.dedupe import Row
from bot.item_keys import WORKS, address_of, item_key
from bot.model import Entry, ItemKind, StoredEntry, Window
from bot.ports import UnitOfWorkFactory
from bot.titles import (
    GENERIC,
    OWN,
    TitleIndex,
    content_word_count,
    is_same_title,
    normal_title,
    own_word_count,
    surnames,
)

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
    a corrected title or address; and one long title over several sources, of one text or day. Two arXiv papers are never one.
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
    title = normal_title(entry.title)
    generic = content_word_count(title) < GENERIC or own_word_count(title) < OWN
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
    """
    One title that several sources give, each for one work: they mean the same one where they agree in more than the title (`_agree`).

    A source that gives it to two works has it as the name of a column.
    """
    bearing: dict[str, list[tuple[str, StoredEntry]]] = defaultdict(list)
    for key, stored in told:
        if stored.entry.kind in _SPEAKS_OF_ONE and not key.startswith("arxiv:"):
            bearing[normal_title(stored.entry.title)].append((key, stored))
    pairs: dict[str, str] = {}
    for title, group in bearing.items():
        works = {(stored.entry.source_id, key) for key, stored in group}
        if len({key for key, _ in group}) > 1 and len({source for source, _ in works}) == len(works):
            pairs |= _agreeing(title, group)
    return pairs


def _agreeing(title: str, group: Told) -> dict[str, str]:
    """Join those that agree with the one that stays; of the others, those that agree among themselves."""
    speakers: dict[str, list[StoredEntry]] = defaultdict(list)
    for key, stored in sorted(group, key=lambda one: (not one[0].startswith(WORKS), one[1].at, one[0])):
        speakers[key].append(stored)
    pairs: dict[str, str] = {}
    while speakers:
        first = next(iter(speakers))
        staying = speakers.pop(first)
        for key, said in list(speakers.items()):
            if all(_agree(title, one, other) for one in staying for other in said):
                pairs[key] = first
                staying += speakers.pop(key)
    return pairs


_SAME_DAYS: Final = timedelta(days=2)
"""Within which a title with nothing else to go by is given again: a day is 26 hours early somewhere, a post is shared the next morning."""
_SAME_WEEK: Final = timedelta(days=7)
"""Within which a text is posted a second time elsewhere."""
_LEAST_WORDS: Final = 5
"""Words of a text that says something; below, it is 'Comments' or 'Read more'."""
_COMPARED: Final = 300
"""Characters of two texts that are compared: one of them may be the other's teaser."""
_NEAR: Final = 85.0
"""Least likeness (rapidfuzz's partial ratio, 0 to 100) of two texts that are one, or one of which is a piece of the other."""


def _agree(title: str, one: StoredEntry, other: StoredEntry) -> bool:
    """
    Whether two entries under one title mean one work: by an author in common; or, under a title that names a work by itself, by
    their texts within a week, and where one has no text, by their days. Papers of the same title are one unless their authors say no.
    """
    apart = abs(one.at - other.at)
    mine, theirs = surnames(one.entry.authors), surnames(other.entry.authors)
    papers = [each.entry.kind is ItemKind.PAPER for each in (one, other)]
    if own_word_count(title) < GENERIC:
        return bool(mine & theirs) and (any(papers) or apart <= _SAME_WEEK)
    if mine & theirs:
        return True
    if any(papers):
        return not (all(papers) and mine and theirs)
    texts = [each.entry.abstract for each in (one, other)]
    if any(len(text.split()) < _LEAST_WORDS for text in texts):
        return apart <= _SAME_DAYS
    return apart <= _SAME_WEEK and _is_near(*texts)


def _is_near(one: str, other: str) -> bool:
    from rapidfuzz import fuzz  # noqa: PLC0415 - only joins by title need it

    shorter, longer = sorted((one, other), key=len)
    return fuzz.partial_ratio(shorter[:_COMPARED].casefold(), longer[: 2 * _COMPARED].casefold()) >= _NEAR
