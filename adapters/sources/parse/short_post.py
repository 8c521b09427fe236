"""Parsing of short posts, as people write them on X and Bluesky: a headline, and the work it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from adapters.sources.parse.links import quotation
from adapters.sources.parse.post_title import without_addresses
from bot.keys import WORKS, item_key
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


def about_and_links(text: str, addresses: Sequence[str]) -> tuple[str | None, tuple[Link, ...]]:
    """
    Give the work that a post is about (the first paper or repository that it links to, else its only link), and the links to other
    works, each with the words around it.
    """
    works = [url for url in addresses if is_work(url)]
    about = works[0] if works else addresses[0] if len(addresses) == 1 else None
    return about, tuple(Link(url=url, quote=quotation(text, url)) for url in works if url != about)
