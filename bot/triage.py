"""
Triage: reactions and presses read as decisions, replies as summaries. Pure.

What an emoji means is a setting of the channel; an adapter only says that somebody added it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import regex

from bot.emojis import found_in
from bot.model import Decision, Meaning, Member, Press, Reaction
from bot.text import clean

KEEP_OUT: Final = "//"
"""A reply that begins so is a remark between people and no summary."""

MAX_SUMMARY: Final = 40_000
"""Longest text of a summary in characters: Slack's own limit for a message, the largest of the platforms'."""


def meaning_of(emoji: str, meanings: Mapping[str, Meaning]) -> Meaning | None:
    """Tell what an emoji means in a channel; None for one that means nothing there."""
    return found_in(emoji, meanings)


INTERESTS: Final = (Meaning.SKIP, Meaning.TO_READ, Meaning.MUST_READ)
"""What a member has one of at most on each work; `read` stands beside it. Of two acts at one instant the later of these counts."""


@dataclass(frozen=True, slots=True)
class _Act:
    """A reaction or press that stands: not taken back."""

    key: str
    platform: str
    member: Member
    meaning: Meaning
    at: datetime


def decisions(
    channel: str,
    meanings: Mapping[str, Meaning],
    reactions: Iterable[tuple[str, Reaction]],
    presses: Iterable[Press] = (),
) -> tuple[Decision, ...]:
    """
    Read a channel's (item key, reaction) pairs and presses as decisions, oldest first.

    A member's interest in a work (must-read, to-read or skip) is the newest act of theirs that stands, reaction or press, so that
    taking it back restores what stood before. That they have read it is a decision of its own, which lowers no interest. One that was
    taken in two ways counts from the earlier one.
    """
    of_member: dict[tuple[str, str, str], list[_Act]] = {}
    for act in sorted([*_by_reaction(meanings, reactions), *_by_press(presses)], key=_order):
        of_member.setdefault((act.key, act.platform, act.member.id), []).append(act)
    found = [act for acts in of_member.values() for act in (_interest(acts), _reading(acts)) if act]
    return tuple(
        Decision(channel=channel, item_key=act.key, member=act.member, meaning=act.meaning, at=act.at)
        for act in sorted(found, key=_order)
    )


def takes_back(
    meaning: Meaning, meanings: Mapping[str, Meaning], reactions: Iterable[Reaction], presses: Sequence[Press]
) -> bool:
    """
    Tell whether a member who presses the button of `meaning` takes it back; all acts are theirs, and on one work.

    They do where a press of theirs stands and is what they think. Pressed while something else is what they think, it is chosen again;
    a reaction stays theirs to take back.
    """
    if not any(act.meaning is meaning for act in _by_press(presses)):
        return False
    key = next((press.item_key for press in presses), "")
    taken = decisions("", meanings, [(key, one) for one in reactions], presses)
    return any(one.meaning is meaning for one in taken)


def _by_reaction(meanings: Mapping[str, Meaning], reactions: Iterable[tuple[str, Reaction]]) -> Iterator[_Act]:
    known: dict[str, Meaning | None] = {}
    for key, reaction in reactions:
        if reaction.emoji not in known:
            known[reaction.emoji] = meaning_of(reaction.emoji, meanings)
        meaning = known[reaction.emoji]
        if meaning is not None and reaction.present:
            yield _Act(key, reaction.ref.platform, reaction.member, meaning, reaction.at)


def _by_press(presses: Iterable[Press]) -> Iterator[_Act]:
    last: dict[tuple[str, str, str, Meaning], Press] = {}
    for press in sorted(presses, key=lambda press: (press.at, press.event_id)):
        last[press.item_key, press.ref.platform, press.member.id, press.meaning] = press
    for press in last.values():
        if press.present:
            yield _Act(press.item_key, press.ref.platform, press.member, press.meaning, press.at)


def _order(act: _Act) -> tuple[datetime, int, str, str]:
    return act.at, INTERESTS.index(act.meaning) if act.meaning in INTERESTS else -1, act.member.id, act.key


def _interest(acts: Sequence[_Act]) -> _Act | None:
    """The newest interest among one member's acts on one work, oldest first; from when on it was theirs without a break."""
    found: _Act | None = None
    for act in acts:
        if act.meaning in INTERESTS and (found is None or found.meaning is not act.meaning):
            found = act
    return found


def _reading(acts: Sequence[_Act]) -> _Act | None:
    return next((act for act in acts if act.meaning is Meaning.READ), None)


# A character that is a word or a syllable by itself: two of them may be a sentence (有用, 좋다). Vowel signs belong to their letters'
# own scripts; accents, which belong to none (Inherited), are no letters.
_WORD_CHARACTER: Final = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Yi}\p{Vai}\p{Ethiopic}\p{Cherokee}\p{Canadian_Aboriginal}]"
)
_LETTER: Final = regex.compile(r"[\p{L}\p{N}[\p{M}--\p{Script=Inherited}]]", regex.V1)


@dataclass(frozen=True, slots=True)
class SummaryRule:
    """
    Which replies are summaries: those of `least_letters` letters and digits at least, so that 'ok', '+1' and '🔥🔥' are none.

    A character that stands for a word or a syllable (Chinese, Japanese, Korean, ...) counts for two of them: '有用' is a sentence.
    What is no summary stays a reply.
    """

    least_letters: int = 0

    def text(self, reply: str) -> str | None:
        """The words as a summary keeps them (`summary_text`); None where they are none."""
        text = summary_text(reply)
        return None if text is None or _letters(text) < self.least_letters else text


EVERY_REPLY: Final = SummaryRule()
"""The rule by which every reply with words is a summary."""


def _letters(text: str) -> int:
    return len(_LETTER.findall(text)) + len(_WORD_CHARACTER.findall(text))


def summary_text(reply: str) -> str | None:
    """
    Give the words of a reply as a summary keeps them, line breaks included; None where it is kept out (`//`) or says nothing.

    >>> summary_text("// lunch?")
    """
    lines = [clean(line) for line in reply.strip().splitlines()]
    text = "\n".join(lines).strip()
    return None if not text or text.startswith(KEEP_OUT) else text[:MAX_SUMMARY]
