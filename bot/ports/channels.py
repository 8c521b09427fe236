"""Repositories of channels: what is kept of each, when to look at it next, and what it liked, cites and chose as classics."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.classics import Classic
from bot.model import ChannelState, TasteWork


class Channels(Protocol):
    """What is kept of channels. Key: channel name; platform and platform's id together are unique, too."""

    async def started(self, channel: str) -> datetime | None:
        """When the channel was first served; None if never."""
        ...

    async def all(self) -> dict[str, ChannelState]:
        """What is kept of channels, by name, stopped ones included."""
        ...

    async def get(self, channel: str) -> ChannelState | None:
        """What is kept of one channel."""
        ...

    async def changed(self, known: Mapping[str, int]) -> dict[str, tuple[int, ChannelState]]:
        """
        Give what is kept of the channels whose version is not the one that is known, by name, with that version.

        A version grows with each change that `save` or `start` makes. Where nothing changed this costs one short question.
        """
        ...

    async def save(self, state: ChannelState) -> None:
        """
        Insert or replace what is kept of a channel; `started` once set stays as it is.

        Raises `StorageError` where another channel is in the same place (platform and id).
        """
        ...

    async def start(self, channel: str, now: datetime) -> datetime:
        """Note the first service of a channel; gives the instant that counts (an earlier one, if there is one)."""
        ...


class WakeUps(Protocol):
    """
    When each channel is to be looked at next. Key: channel name; of channels that nobody noted yet there is none.

    Whatever a channel's schedule follows from forgets its wake-up in the same transaction: its settings and its start (`Channels`), a
    digest frozen, a week skipped or not skipped any more (`Digests`), a message planned (`Postings`). So one that is stored may come too
    early, and never too late. That of a channel whose digest waits for sources is forgotten by what is set for any (`SourceSettings`); what a source's
    answer means to it is told by what it has seen of them.
    """

    async def due(self, now: datetime) -> list[str]:
        """
        Give the channels whose wake-up has come or is not known, in the order of names; stopped ones are left out.

        One that was noted by a clock ahead of `now` is not known: that clock was put right since.
        """
        ...

    async def hold(self, channels: Collection[str]) -> dict[str, ChannelState]:
        """
        Keep these channels from being changed by others until this unit of work ends; give what is kept of them.

        One that somebody else is changing, or that is not kept, is missing.
        """
        ...

    async def note(
        self, wakes: Mapping[str, datetime], now: datetime, waiting: Mapping[str, str] | None = None
    ) -> None:
        """
        Note the wake-ups (UTC) of channels that are held, as worked out at `now`; and of which of them the digest is `waiting` for sources, each with what
        it has seen of them, in a word of the caller's.
        """
        ...

    async def waiting(self) -> dict[str, str]:
        """Give the channels whose digest waits for sources and that are asleep meanwhile, in the order of names, with what was noted as seen."""
        ...

    async def forget(self) -> None:
        """Forget every channel's wake-up: all are to be looked at."""
        ...


class Tastes(Protocol):
    """Works that channels liked before we knew them. Key: (channel, item key)."""

    async def add(self, works: Sequence[TasteWork]) -> int:
        """Note works; one that is noted already stays as it is. Gives how many were new."""
        ...

    async def describe(self, works: Sequence[TasteWork]) -> None:
        """Replace what is noted of works by what was found out since; one that is not noted, or was forgotten, is not noted by this."""
        ...

    async def of_channel(self, channel: str) -> list[TasteWork]:
        """Every work of the channel, each once under its canonical key, in the order of keys."""
        ...

    async def channels(self, among: Collection[str] | None = None) -> list[str]:
        """The names of the channels that have works, in their order; of those `among` some, where these are given."""
        ...

    async def forget(self, channel: str, keys: Collection[str] | None = None) -> int:
        """Remove the channel's works, or those among them with one of these canonical keys; gives how many rows there were."""
        ...


class OwnClassics(Protocol):
    """The classics that channels chose for themselves. Unique by channel and item key."""

    async def add(self, channel: str, classic: Classic, at: datetime) -> bool:
        """Add a work to a channel's list; False, and the list stays as it is, where it is there already."""
        ...

    async def of_channel(self, channel: str) -> list[Classic]:
        """Give a channel's list, in the order in which it was made."""
        ...

    async def remove(self, channel: str, key: str) -> bool:
        """Take a work off a channel's list; False where it is not there."""
        ...


class CitationKeys(Protocol):
    """The keys by which works are cited. Key: citation key; each item key has one at most, and keeps it for ever."""

    async def all(self) -> dict[str, str]:
        """Every citation key with its work's canonical item key, in the order of citation keys."""
        ...

    async def give(self, keys: Mapping[str, str]) -> None:
        """Keep citation keys of works (item key → citation key); a work that has one keeps it, and a key that is taken stays where it is."""
        ...
