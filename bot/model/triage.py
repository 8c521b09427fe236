"""Triage: what members decide and write, and what teaches a channel's taste."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.channels import Meaning
from bot.model.messages import Member, MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """A fact: this member had (`present`) or took back this emoji on that message, as last heard at `at`."""

    ref: MessageRef
    member: Member
    emoji: str
    present: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """
    A fact: this member chose (`present`) or took back a decision on a work by a button, at `at`. Unique by `event_id`.

    `ref` is the message that bore the button. The last press of a member, work and meaning is the one that stands.
    """

    event_id: str
    channel: str
    item_key: str
    ref: MessageRef
    member: Member
    meaning: Meaning
    present: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    What a member thinks of one item in its channel, by reaction or by button, since `at`.

    Each member has at most one interest (must-read, to-read or skip) in an item, and beside it may have read it.
    """

    channel: str
    item_key: str
    member: Member
    meaning: Meaning
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRequest:
    """
    A member wanted to see the card of a work that was a line. Unique by (`channel`, `week`, `rank`, `member.id`); `at` is the first time.

    It says something of what the channel cares about, though less than a decision does.
    """

    channel: str
    week: str
    rank: int
    item_key: str
    member: Member
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLink:
    """A web address that somebody shared in a channel, and when (UTC)."""

    url: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """
    The links in one page of a channel's messages, newest first, and how many `messages` it had. `following` is where the page of older messages begins,
    '' where there are none; `wait` is how far apart the platform wants two pages to be asked for.
    """

    links: tuple[SharedLink, ...] = ()
    messages: int = 0
    following: str = ""
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TasteWork:
    """
    A work that a channel liked before we knew it: from a list somebody handed over. Unique by (`channel`, `key`).

    It counts as a to-read decision taken at `at` (UTC). `origin` says where it came from, in words for people; who shared it is not kept.
    One that the list said too little of was looked up at its address `look_ups` times, the last time at `looked_up` (UTC); where its registry answered
    and has no more to say, `look_ups` is as many as there ever are.
    """

    channel: str
    key: str
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    at: datetime
    origin: str = ""
    look_ups: int = 0
    looked_up: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """
    A member's own words on an item. Unique by (`ref.platform`, `ref.channel_id`, `ref.message_id`), the reply's address.

    `parent` is the message it answers. A deleted summary keeps its row with `deleted_at` set and an empty text.
    """

    ref: MessageRef
    parent: MessageRef
    channel: str
    item_key: str
    member: Member
    text: str
    at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
