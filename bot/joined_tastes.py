"""Joining of works that lists name: by title and authors, as works that were collected are joined (`bot.titles`). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.item_keys import WORKS
from bot.model import TasteWork
from bot.titles import TitleIndex

Named = tuple[str, str, Sequence[str]]
"""A work as somebody names it: its key, its title, its authors."""

_ARXIV: Final = "arxiv:"


def joined(works: Iterable[Named], known: Callable[[], TitleIndex] | None = None) -> dict[str, str]:
    """
    Give of works that have another one's title and authors the key of that one, by their own key.

    The key that stays is the one that digests' works bear: that of arXiv, then any that names a work wherever it is shown. Two arXiv papers are never
    one. `known` gives works that were collected, and is asked only if a work has another key than arXiv's: what is one of them has its key.

    >>> joined([("doi:10.1/x", "Attention for tea leaves at scale", ["Ada Lovelace"]), ("arxiv:2608.01234", "Attention for Tea Leaves at Scale", [])])
    {'doi:10.1/x': 'arxiv:2608.01234'}
    """
    named = sorted({key: (key, title, authors) for key, title, authors in works if title}.values(), key=_rank)
    pairs: dict[str, str] = {}
    if all(key.startswith(_ARXIV) for key, *_ in named):
        return pairs
    collected, index = known() if known else TitleIndex(), TitleIndex()
    for key, title, authors in named:
        if not key.startswith(_ARXIV):
            found = collected.find(title, authors) or index.find(title, authors)
            if found and found != key:
                pairs[key] = found
        index.add(pairs.get(key, key), title, authors)
    return pairs


def each_once(works: Sequence[TasteWork], known: Callable[[], TitleIndex] | None = None) -> list[TasteWork]:
    """Give works of taste, each once, in the order of their keys: of those that are one (`joined`) the one of which most is known, under the key that stays."""
    pairs = joined(((one.key, one.title, one.authors) for one in works), known)
    alike: dict[str, list[TasteWork]] = defaultdict(list)
    for one in works:
        alike[pairs.get(one.key, one.key)].append(one)
    return [replace(max(alike[key], key=_says), key=key) for key in sorted(alike)]


def _rank(one: Named) -> tuple[bool, bool, str]:
    key = one[0]
    return not key.startswith(_ARXIV), not key.startswith(WORKS), key


def _says(one: TasteWork) -> tuple[bool, bool, bool]:
    return bool(one.title), bool(one.abstract), one.key.startswith(_ARXIV)
