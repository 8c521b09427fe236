"""
Entries become items. Pure.

What speaks of the same work meets at its key (`bot.item_keys`); what is told of it in several places is folded into one item.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.identity import says_the_same
from bot.item_keys import address_of, item_key
from bot.model import Attention, Entry, Item, ItemKind, Mention, StoredEntry
from bot.project_pages import code_and_page

Row = tuple[str, StoredEntry, Mention]
"""A mention as the database gives it: canonical item key, its entry, itself."""


def mentions_of(entry: Entry, at: datetime) -> tuple[Mention, ...]:
    """
    Tell what an entry speaks of: first the work itself (`direct`), then the works it links to.

    `at` is when it spoke. An address that leads nowhere gives no mention; a work linked twice is mentioned once, with
    its longer quotation.
    """
    page = item_key(entry.url)
    own = (item_key(entry.about) if entry.about else None) or page
    linked: dict[str, Mention] = {}
    for link in entry.links:
        key = item_key(link.url)
        if key is None or key in {own, page}:
            continue
        if key not in linked or len(link.quote) > len(linked[key].quote):
            linked[key] = Mention(
                key=key,
                source_id=entry.source_id,
                external_id=entry.external_id,
                url=entry.url,
                title=link.text,
                direct=False,
                quote=link.quote,
                at=at,
            )
    if own is None:
        return tuple(linked.values())
    direct = Mention(
        key=own, source_id=entry.source_id, external_id=entry.external_id, url=entry.url, title=entry.title, at=at
    )
    return (direct, *linked.values())


Folded = dict[tuple[str, tuple[tuple[str, str], ...]], Item | None]
"""Items by their key and the entries that they were folded from."""


def fold(rows: Iterable[Row], folded: Folded | None = None) -> list[Item]:
    """
    Fold mentions into items, in the order of their keys. What is in `folded` is taken from there, and what is not is added; it must be of the
    same entries.

    A work that is only linked to, by nobody who speaks of it directly, has no title of its own and gives no item; nor does one of
    which all who speak of it are only supporting.
    The order of `rows` does not matter.
    """
    folded = {} if folded is None else folded
    by_key: dict[str, list[tuple[StoredEntry, Mention]]] = defaultdict(list)
    for key, stored, mention in rows:
        by_key[key].append((stored, mention))
    found = []
    for key in sorted(by_key):
        said = by_key[key]
        name = (key, tuple(sorted((mention.source_id, mention.external_id) for _, mention in said)))
        if name not in folded:
            folded[name] = _fold_one(key, said)
        if (item := folded[name]) is not None:
            found.append(item)
    return found


def _fold_one(key: str, spoken: list[tuple[StoredEntry, Mention]]) -> Item | None:
    said = [
        (stored, replace(mention, spoke=stored.entry.published, whole_day=stored.entry.whole_day))
        for stored, mention in spoken
    ]
    told = sorted(_as_said_last(said), key=lambda pair: (pair[1].at, pair[1].source_id, pair[1].external_id))
    direct = [entry for entry, mention in told if mention.direct]
    telling = [entry for entry in direct if not entry.supporting]
    if not telling:
        return None
    best = min(telling, key=_authority)
    brief = next((entry for entry in direct if entry.brief), None)
    code = max((e for e in direct if e.code_url), key=lambda e: e.code_stars or 0, default=None)
    project_url = next((e.project_url for e in direct if e.project_url), None)
    code_url, project_url = code_and_page(code.code_url if code else None, project_url)
    return Item(
        key=key,
        kind=ItemKind.CODE if key.startswith("code:") else best.kind,
        section=best.section,
        title=best.title,
        url=_address(key, best),
        authors=max((e.authors for e in direct if e.kind is best.kind), key=len),
        abstract=best.abstract or max((e.abstract for e in direct), key=len),
        published=min(mention.at for _, mention in told if mention.direct),
        work_date=min((e.work_date for e in direct if e.work_date), default=None),
        words=best.words,
        code_url=code_url,
        code_stars=code.code_stars if code else None,
        project_url=project_url,
        tags=tuple(dict.fromkeys(tag for e in direct for tag in e.tags)),
        attention=_attention(direct),
        mentions=tuple(mention for _, mention in told),
        brief=brief.brief if brief else "",
        brief_by=brief.source_id if brief else "",
        institutions=tuple(dict.fromkeys(name for e in direct for name in e.institutions)),
        picture=next((e.picture for e in direct if e.picture), None),
    )


def _as_said_last(said: list[tuple[StoredEntry, Mention]]) -> list[tuple[Entry, Mention]]:
    """Of what a source said twice, with a corrected title or address, keep what it said last."""
    kept: list[tuple[StoredEntry, Mention]] = []
    for stored, mention in sorted(said, key=lambda one: one[0].first_seen, reverse=True):
        twice = mention.direct and any(
            other.direct and newer.first_seen > stored.first_seen and says_the_same(stored.entry, newer.entry)
            for newer, other in kept
        )
        if not twice:
            kept.append((stored, mention))
    return [(stored.entry, mention) for stored, mention in kept]


def _authority(entry: Entry) -> tuple[bool, bool, int, str, str]:
    """Sort first the entry that is the work's own page, then papers before talk about them, then the fuller one."""
    return (
        entry.about is not None,
        entry.kind is not ItemKind.PAPER,
        -len(entry.abstract),
        entry.source_id,
        entry.external_id,
    )


def _address(key: str, best: Entry) -> str:
    """
    Papers lead to where the paper is; a discussion leads to the discussion; pages keep their address as the source gave it.

    NeurIPS names its pages by track, which a key does not know.
    """
    if key.startswith(("url:", "entry:", "neurips:")) or best.kind is not ItemKind.PAPER:
        return best.url
    return address_of(key)


def _attention(direct: Iterable[Entry]) -> Mapping[str, Attention]:
    """Take each source's highest count: two posts on one paper in a forum are one forum's attention."""
    counted: dict[str, Attention] = {}
    for entry in direct:
        if entry.attention == Attention():
            continue
        known = counted.get(entry.source_id, Attention())
        counted[entry.source_id] = Attention(
            votes=_larger(known.votes, entry.attention.votes),
            comments=_larger(known.comments, entry.attention.comments),
        )
    return counted


def _larger(one: int | None, other: int | None) -> int | None:
    return max((n for n in (one, other) if n is not None), default=None)
