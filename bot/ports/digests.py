"""Repositories of what is sent: frozen digests, their messages and how far these are reconciled, alerts, and the cards that somebody asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.model import (
    Alert,
    CardRequest,
    Digest,
    DigestPast,
    DigestProgress,
    DigestSpan,
    MessageRef,
    Posting,
    ReconciledChannel,
    ShownPick,
    Skip,
    Window,
)


class Digests(Protocol):
    """Frozen digests. Key: (channel, week)."""

    async def add(self, digest: Digest) -> bool:
        """Freeze a digest; False, and nothing is changed, if that channel already has one for that week."""
        ...

    async def get(self, channel: str, week: str) -> Digest | None:
        """The frozen digest, or None."""
        ...

    async def weeks(self, channel: str) -> list[str]:
        """The weeks that have a digest, oldest first."""
        ...

    async def spans(self, channel: str, most: int) -> list[DigestSpan]:
        """What the channel's last digests cover, the latest period first, at most so many; no sample, and none of one that was skipped."""
        ...

    async def past(self, channel: str) -> DigestPast:
        """What `weeks`, `skipped` and `spans` (all of them) tell, in one look."""
        ...

    async def pasts(self, channels: Collection[str], since: datetime | None = None) -> dict[str, DigestPast]:
        """Give `past` of each of these channels, in as many queries for one as for thousands; of digests whose window ended before `since` nothing is told."""
        ...

    async def last_end(self) -> datetime | None:
        """The latest end of any digest's window, in whatever channel (UTC); samples left out."""
        ...

    async def ends(self, week: str, channels: Collection[str]) -> dict[str, datetime]:
        """Give when the window of this period's digest ends (UTC) in those of these channels that have one."""
        ...

    async def last_ends(self, channels: Collection[str], window: Window) -> dict[str, datetime]:
        """
        By channel, until when the last of its digests covered that were sent and whose own window ended inside `window`; one that was compiled before
        its window had ended covered until then. A channel without such a digest is missing.
        """
        ...

    async def sent_keys(self, channel: str, *, besides: Collection[str] = ()) -> frozenset[str]:
        """
        The canonical item keys of every pick in the channel's digests and of every card that was asked for, those of the weeks
        `besides` left out. A work that was a mere line is not among them.

        Of a week that was skipped after all only what had been posted by then counts.
        """
        ...

    async def brought(self, keys: Collection[str]) -> dict[str, list[tuple[str, str]]]:
        """
        Give the digests (channel, week) that brought each of these works, as a pick or as a card somebody asked for, by canonical
        key, oldest week first; a work that none brought is missing.
        """
        ...

    async def shown(self, channel: str, weeks: Collection[str]) -> list[ShownPick]:
        """The picks of the channel's digests of these weeks, in the order in which the digests were compiled; canonical keys."""
        ...

    async def skip(self, skips: Sequence[Skip]) -> None:
        """Record weeks that have no digest; one that is recorded already stays as it is."""
        ...

    async def unskip(self, channel: str, week: str) -> None:
        """Let a week count again: somebody wants its digest after all."""
        ...

    async def skipped(self, channel: str) -> list[Skip]:
        """The weeks of this channel that were skipped, oldest first."""
        ...


class Postings(Protocol):
    """Messages to be sent. Key: (channel, week, part); a posted one is also unique by its `MessageRef`."""

    async def plan(self, postings: Sequence[Posting]) -> None:
        """Insert those that do not exist yet; leave the others alone."""
        ...

    async def of(self, channel: str, week: str) -> list[Posting]:
        """The postings of one digest, in the order of their parts."""
        ...

    async def save(self, posting: Posting) -> None:
        """Replace state, attempt, ref and last error of a planned posting."""
        ...

    async def at(self, ref: MessageRef) -> Posting | None:
        """The posting that was sent to this address, or None: not one of ours."""
        ...

    async def at_all(self, refs: Collection[MessageRef]) -> dict[MessageRef, Posting]:
        """The postings that were sent to these addresses; an address that is not one of ours is missing."""
        ...

    async def of_items(self, keys: Collection[str]) -> list[Posting]:
        """Give the messages about these items that were sent, in every channel, under whatever key of theirs; by channel, week and part."""
        ...

    async def posted_since(self, channel: str, since: datetime) -> list[Posting]:
        """Postings of a channel in state posted whose last attempt began at or after `since`, in the order of sending: what reconcile looks at."""
        ...

    async def channels_since(self, since: datetime) -> list[tuple[str, str]]:
        """The platforms and channels of which `posted_since` gives anything with an address there, in order."""
        ...

    async def not_noted(self, keys: Collection[str], prefix: str, since: datetime, most: int) -> list[Posting]:
        """
        Postings in state posted about items with these canonical keys, whose last attempt began at or after `since`, and whose key
        after `prefix` is no note's name: at most so many of them, and fewer only where there are no more.
        """
        ...

    async def unfinished(self, channel: str) -> list[str]:
        """
        The weeks of a channel with a message still to be sent or looked for, oldest first: one in state sending, whatever the week, or
        one in state pending of a week that was not skipped.
        """
        ...

    async def unfinished_channels(self) -> frozenset[str]:
        """The channels of which `unfinished` gives any week."""
        ...

    async def progress(self, week: str, channels: Collection[str]) -> dict[str, DigestProgress]:
        """Tell how far the digests of this period are sent in those of these channels in which any message of it is planned."""
        ...

    async def under_way(self) -> list[Posting]:
        """Postings in state sending, of whatever week: their messages may stand on the platform without our knowing the address."""
        ...


class Alerts(Protocol):
    """Works that channels were told of at once. Key: channel and item key."""

    async def plan(self, *alerts: Alert) -> int:
        """Keep alerts that are to be sent; nothing is changed where a channel has one for that work. Give how many were kept."""
        ...

    async def save(self, alert: Alert) -> None:
        """Keep how an alert stands. Raises `StorageError` for one that was never planned."""
        ...

    async def on_days(self, channels: Mapping[str, date]) -> dict[str, int]:
        """Tell how many alerts each of these channels has on a day of its own, whatever became of them; of those that have none nothing is told."""
        ...

    async def told(self, channels: Collection[str], keys: Collection[str]) -> frozenset[tuple[str, str]]:
        """Give which of these channels have alerts for which of these works, by their canonical keys: pairs of channel and key."""
        ...

    async def under_way(self, channels: Collection[str]) -> list[Alert]:
        """Give the alerts of these channels that are planned or being sent, by channel, the oldest first."""
        ...

    async def unsent(self) -> frozenset[str]:
        """Give the names of the channels that have alerts which are planned or being sent. An index answers it, however many were sent."""
        ...


class CardRequests(Protocol):
    """Who wanted to see the card of a work that was a line. Key: (channel, week, rank, member)."""

    async def put(self, request: CardRequest) -> None:
        """Note a request; one that is noted already stays as it is."""
        ...

    async def of_channel(self, channel: str) -> list[CardRequest]:
        """Every request in the channel, with canonical item keys, oldest first."""
        ...


class ReconciledChannels(Protocol):
    """How far reconciling has come with each channel. Key: platform and channel."""

    async def missing(self, platform: str, number: int, since: datetime) -> list[ReconciledChannel]:
        """
        The channels with messages on a platform, sent since then, with which this round is not done; the one that was looked at the longest ago first,
        those never looked at before all.
        """
        ...

    async def of(self, platform: str, channel: str) -> ReconciledChannel:
        """How far it has come with a channel."""
        ...

    async def note(self, reconciled: ReconciledChannel) -> None:
        """Keep how far it has come with a channel; a later round that is noted already stays."""
        ...
