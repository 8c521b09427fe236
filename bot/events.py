"""
Chat events, in our own terms, past tense. An adapter translates its vendor's payload into one of these and nothing else.

`event_id` is unique and the same when the platform delivers the event again. `at` is the instant the platform gives, or the
instant of receipt where it gives none (Discord's reactions have no timestamp).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.model import Meaning, Member, MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionAdded:
    """`member` put `emoji` on the message `ref`."""

    event_id: str
    ref: MessageRef
    member: Member
    emoji: str
    at: datetime
    reconciled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionRemoved:
    """`member` took `emoji` back from the message `ref`."""

    event_id: str
    ref: MessageRef
    member: Member
    emoji: str
    at: datetime
    reconciled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPressed:
    """
    `member` pressed the button of `meaning` on the message `ref`; on a list, that of the line with the number `rank`.

    Pressing again takes it back: which of the two a press does is settled when it is applied, since the button is the same. A platform
    keeps no trace of a press, so that none can be found again by reconciling.
    """

    event_id: str
    ref: MessageRef
    member: Member
    meaning: Meaning
    at: datetime
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPosted:
    """`member` answered in the thread of `parent`, a list's line with the number `rank` if one is named; the answer is the message `ref`."""

    event_id: str
    parent: MessageRef
    ref: MessageRef
    member: Member
    text: str
    at: datetime
    reconciled: bool = False
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyEdited:
    """The author of the reply `ref` changed it to `text`; `rank` is the number of the list's line that it is about, if it names one."""

    event_id: str
    parent: MessageRef
    ref: MessageRef
    member: Member
    text: str
    at: datetime
    reconciled: bool = False
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDeleted:
    """The reply `ref` is gone."""

    event_id: str
    ref: MessageRef
    at: datetime
    reconciled: bool = False


ChatEvent = ReactionAdded | ReactionRemoved | DecisionPressed | ReplyPosted | ReplyEdited | ReplyDeleted
