"""
Phrasal nouns: words made of a verb and a particle, like trade-off, roll-out and speed-up, which are as often written as one. Pure.

With a hyphen they fall apart into a word that says something else: a work with a trade-off is none on trading.
"""

from __future__ import annotations

import re
from typing import Final

MARK: Final = "_"
"""Stands behind the first word of a phrasal noun."""

_JOINT: Final = re.compile(r"(?<=[a-z]{3})[-‐‑](?=(?:off|up|out|in|down|over|on|back|away|through)s?(?![\w‐‑-]))")
"""The hyphen of a phrasal noun in a text without case. One that goes on after the particle is another compound: 'human-in-the-loop', 'time-on-task'."""


def phrasal_nouns_joined(text: str) -> str:
    """
    Give a text, without case, with its phrasal nouns as one word.

    >>> phrasal_nouns_joined("a trade-off of roll-outs with a human-in-the-loop")
    'a tradeoff of rollouts with a human-in-the-loop'
    """
    return _JOINT.sub("", text)


def phrasal_nouns_marked(text: str) -> str:
    """
    Give a text, without case, with its phrasal nouns as two words, the first of which is marked (`MARK`), so that it can be told from the verb.

    >>> phrasal_nouns_marked("a trade-off of roll-outs")
    'a trade_ off of roll_ outs'
    """
    return _JOINT.sub(f"{MARK} ", text)
