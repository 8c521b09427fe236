"""Parsing of short posts, as people write them on X and Bluesky: a headline, and the work it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sources.parse.links import quotation
from adapters.sources.parse.post_title import without_addresses
from bot.item_keys import PAPERS, WORKS, item_key
from bot.model import Link
from bot.text import cut

TITLE: Final = 140
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s")


def headline(text: str, handle: str) -> str:
    """A post has no title: its first sentence, without addresses, stands for one."""
    first = _SENTENCE.split(without_addresses(text), maxsplit=1)[0].rstrip(" :-–—")
    return cut(first, TITLE) or (f"A post by @{handle}" if handle else "A post")


def is_work(url: str) -> bool:
    """Tell whether an address is that of a paper or a repository."""
    return (item_key(url) or "").startswith(WORKS)


def about_and_links(
    text: str, addresses: Sequence[str], quoted: Sequence[str] = ()
) -> tuple[str | None, tuple[Link, ...]]:
    """
    Give the work that a post is about, and the links to other works, each with the words around it.

    It is about the only paper that it links to, else the only repository, else its only link: a post on two papers is about neither
    and mentions both, as feeds have it. The addresses in a post that it quotes count where it links to no work itself.
    """
    own = list(dict.fromkeys(addresses))
    shown = own if any(is_work(url) for url in own) else list(dict.fromkeys([*own, *quoted]))
    works = {key: url for url in reversed(shown) if (key := item_key(url) or "").startswith(WORKS)}
    about = _subject(works) if works else shown[0] if len(shown) == 1 else None
    others = (url for url in shown if url in works.values() and url != about)
    return about, tuple(Link(url=url, quote=quotation(text, url)) for url in others)


def _subject(works: Mapping[str, str]) -> str | None:
    """The address of the only paper among works by their keys, else of the only repository."""
    papers = [url for key, url in works.items() if key.startswith(PAPERS)]
    found = papers or list(works.values())
    return found[0] if len(found) == 1 else None
