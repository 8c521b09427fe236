"""
Topics that no work of the week is about, so that a digest can say so: a typing error is found in the first week. Pure.

Meant generously, since a topic that is called empty must be empty: a work counts where the beginnings of all of a topic's words stand
somewhere in its title, abstract or keywords ('interpretability' by 'interpretable', 'agents' by 'agentic').
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.model import Item

_WORD: Final = re.compile(r"\w+")
_SHORT: Final = 4
_BEGINNING: Final = 0.7


def unmatched(topics: Sequence[str], items: Sequence[Item]) -> tuple[str, ...]:
    """Give the topics that none of the items is about; none where there are no items to be about anything."""
    if not topics or not items:
        return ()
    texts = [f"{item.title} {item.abstract} {' '.join(item.tags)}".casefold() for item in items]
    return tuple(topic for topic in topics if not _found(topic, texts))


def _found(topic: str, texts: Sequence[str]) -> bool:
    beginnings = [_beginning(word) for word in _WORD.findall(topic.casefold())]
    return not beginnings or any(all(one in text for one in beginnings) for text in texts)


def _beginning(word: str) -> str:
    return word if len(word) <= _SHORT else word[: max(_SHORT, round(_BEGINNING * len(word)))]
