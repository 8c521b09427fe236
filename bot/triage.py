"""
Triage: reactions read as decisions, replies as summaries. Pure.

What an emoji means is a setting of the channel; an adapter only says that somebody added it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import regex

from bot.model import Decision, Meaning, Reaction
from bot.text import clean

KEEP_OUT: Final = "//"
"""A reply that begins so is a remark between people and no summary."""

MAX_SUMMARY: Final = 40_000
"""Longest text of a summary in characters: Slack's own limit for a message, the largest of the platforms'."""

# A skin tone says who waves, not what it means; the variation selector only asks for the coloured glyph (Unicode TR51).
_DRESSING: Final = regex.compile(r"[\U0001F3FB-\U0001F3FF\uFE0E\uFE0F]|::skin-tone-[2-6]")


def plain_emoji(emoji: str) -> str:
    """
    Strip skin tones and variation selectors, so that every way of writing an emoji meets at one.

    >>> plain_emoji("👎🏽")
    '👎'
    """
    bare: str = _DRESSING.sub("", emoji)
    return bare


def meaning_of(emoji: str, meanings: Mapping[str, Meaning]) -> Meaning | None:
    """Tell what an emoji means in a channel; None for one that means nothing there."""
    wanted = plain_emoji(emoji)
    return next((meaning for known, meaning in meanings.items() if plain_emoji(known) == wanted), None)


def decisions(
    channel: str, meanings: Mapping[str, Meaning], reactions: Iterable[tuple[str, Reaction]]
) -> tuple[Decision, ...]:
    """
    Read (item key, reaction) pairs as decisions, oldest first.

    One per member, item and meaning: two emoji of one meaning are one decision, taken at the earlier instant. A reaction
    taken back is no decision. A member may hold several meanings of one item (⭐ and ✅: a must-read, read by now).
    """
    found: dict[tuple[str, str, str, Meaning], Decision] = {}
    known: dict[str, Meaning | None] = {}
    for key, reaction in sorted(reactions, key=lambda pair: pair[1].at):
        if reaction.emoji not in known:
            known[reaction.emoji] = meaning_of(reaction.emoji, meanings)
        meaning = known[reaction.emoji]
        if meaning is None or not reaction.present:
            continue
        identity = (key, reaction.ref.platform, reaction.member.id, meaning)
        found.setdefault(
            identity, Decision(channel=channel, item_key=key, member=reaction.member, meaning=meaning, at=reaction.at)
        )
    return tuple(found.values())


def summary_text(reply: str) -> str | None:
    """
    Give the words of a reply as a summary keeps them, line breaks included; None where it is kept out (`//`) or says nothing.

    >>> summary_text("// lunch?")
    """
    lines = [clean(line) for line in reply.strip().splitlines()]
    text = "\n".join(lines).strip()
    return None if not text or text.startswith(KEEP_OUT) else text[:MAX_SUMMARY]
