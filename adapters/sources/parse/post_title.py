"""Titles of posts without the addresses in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.item_keys import WORKS, item_key
from bot.text import clean

_BRACKETED: Final = re.compile(r"(?P<opened>[(\[]?)(?P<url>https?://\S+)")
_AFTER: Final = ".,;:!?)]}\"'”’"
"""What a sentence puts after an address."""
_ASKS_FOR_MORE: Final = frozenset(
    "about against an and as at beyond by comparing compared for from in into like of on onto or our over per see than the their"
    " through to toward towards under unlike upon versus via vs with without".split()
)
"""A phrase that ends with one of these lacks its object: 'a follow-up to', 'compared with'."""
_GOES_ON: Final = frozenset(
    "and are beats can claims does fails has have improves introduces is makes or outperforms proposes shows surpasses versus vs"
    " was were will".split()
)
"""A phrase that begins with one of these lacks its subject: 'vs', 'is out', 'shows that'."""


def without_addresses(post: str) -> str:
    """
    Give the words of a post without the addresses of works and the one that it ends with; '' for a post of addresses alone.

    An address that the sentence needs stays, without its scheme: 'Two papers: a.example/1 vs a.example/2'. One of no work
    that stands amid the words is left as it is.

    >>> without_addresses("A new paper: https://arxiv.org/abs/2608.00001")
    'A new paper'
    >>> without_addresses("Our follow-up to https://arxiv.org/abs/2608.00001 is out!")
    'Our follow-up to arxiv.org/abs/2608.00001 is out!'
    """
    return clean("".join(_pieces(post))).rstrip(" :-–—")


def _pieces(post: str) -> Iterator[str]:
    found = list(_BRACKETED.finditer(post))
    starts = [address.start() for address in found]
    ends_at = _end_of_words(post, found)
    place = 0
    for address, following in zip(found, [*starts, len(post)][1:], strict=True):
        url = address["url"].rstrip(_AFTER)
        end = address.start("url") + len(url)
        before = post[place : address.start()]
        yield before
        if not address["opened"] and _is_needed(before, post[end:following]):
            yield url.partition("://")[2].removeprefix("www.")
        elif _is_work(url) or address.start() >= ends_at:
            yield " "
            end = address.end()
        else:
            yield address["opened"] + url
        place = end
    yield post[place:]


def _end_of_words(post: str, found: Sequence[re.Match[str]]) -> int:
    """Where nothing but addresses follows."""
    end = len(post)
    for address in reversed(found):
        if post[address.end() : end].strip():
            break
        end = address.start()
    return end


def _is_needed(before: str, after: str) -> bool:
    """Whether the words on one side of an address are no whole phrase without it."""
    last, first = before.split()[-1:], after.split(maxsplit=1)[:1]
    return any(word.casefold().rstrip(".") in _ASKS_FOR_MORE for word in last) or any(
        word.casefold().rstrip(".") in _GOES_ON for word in first
    )


def _is_work(url: str) -> bool:
    return (item_key(url) or "").startswith(WORKS)
