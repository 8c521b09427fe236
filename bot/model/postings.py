"""Postings: messages that are to be sent, and who sends them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.model.messages import MessageRef


class PostingState(StrEnum):
    """How far a message has come."""

    PENDING = "pending"
    SENDING = "sending"
    POSTED = "posted"
    LEFT_OUT = "left_out"
    """The platform will not take it, not even in its plainest form; or the digest's time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """
    The right to do a piece of work (`name`) alone, until `until` (UTC).

    `owner` is who has it; `token` grows with every claim, so that an owner who slept can tell that somebody else had it since.
    """

    name: str
    owner: str
    token: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciledChannel:
    """
    How far reconciling has come with a channel's messages on a platform.

    `round` is the last round that is done with it, 0 for none; `at` is when it was looked at last, for good or not (UTC). Where the platform did not
    show all of it, `tries` counts the looks in the round `trying`, and `again` is when the next one may be (UTC).
    """

    platform: str
    channel: str
    round: int = 0
    at: datetime | None = None
    trying: int = 0
    tries: int = 0
    again: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One message to be sent, with its state. Unique by (`channel`, `week`, `part`); `key` is what the platform is given."""

    channel: str
    week: str
    part: int
    key: str
    item_key: str | None
    state: PostingState = PostingState.PENDING
    attempt: int = 0
    attempted_at: datetime | None = None
    ref: MessageRef | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """
    A new work that a channel is told of at once, in a message outside its digests. Unique by (`channel`, `item_key`), for ever.

    `day` is the channel's own calendar day on which it was planned, `at` the instant (UTC); `key` is what the platform is given, of several that are told in one message that of the first. What the
    message says is kept, so that a second try says the same.
    """

    channel: str
    item_key: str
    day: date
    at: datetime
    key: str
    title: str
    url: str
    why: str
    source: str
    state: PostingState = PostingState.PENDING
    attempted_at: datetime | None = None
