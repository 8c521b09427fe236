"""Repositories of what people did: events, reactions, presses, summaries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.events import ChatEvent
from bot.model import Meaning, Member, MessageRef, Press, Reaction, Summary


class Events(Protocol):
    """The inbox: raw events, stored before anything is done with them. Key: event id."""

    async def add(self, event: ChatEvent, received: datetime) -> bool:
        """Store an event; False if it is already there."""
        ...

    async def add_all(
        self, events: Sequence[ChatEvent], received: datetime, outcomes: Mapping[str, str] | None = None
    ) -> frozenset[str]:
        """
        Store many at once; give the ids of those that were not there, each once.

        Those that are applied in the same transaction, by id with a word for what came of it, are in `outcomes`: they do not wait.
        """
        ...

    async def waiting(self, limit: int = 500, after: str | None = None) -> list[ChatEvent]:
        """Events that have not been applied, in the order of receipt; with the id of one in `after`, only those behind it, whether or not it still waits."""
        ...

    async def depth(self) -> tuple[int, datetime | None]:
        """How many events have not been applied, and when the oldest of them was received (UTC)."""
        ...

    async def applied(self, event_ids: Collection[str], now: datetime, outcome: str) -> None:
        """Mark events as applied, with a word for what came of them."""
        ...


class Reactions(Protocol):
    """State of reactions. Key: (message, member, emoji)."""

    async def put(self, reaction: Reaction) -> bool:
        """Store it unless a later one is known (last writer by `at` wins, an equal one too); False if it was not stored."""
        ...

    async def put_all(self, reactions: Sequence[Reaction]) -> None:
        """Store many at once, each as `put` does."""
        ...

    async def on(self, ref: MessageRef) -> list[Reaction]:
        """Every reaction known on one message, those taken back included."""
        ...

    async def of_channel(self, channel: str) -> list[tuple[str, Reaction]]:
        """Every reaction (canonical item key, itself) on the channel's picks, those taken back included, oldest first."""
        ...

    async def of_item(self, channel: str, key: str, member_id: str | None = None) -> list[Reaction]:
        """Every reaction on the channel's messages about one item, or those of one member alone, oldest first."""
        ...


class Presses(Protocol):
    """What was decided by button. Key: event id."""

    async def add(self, press: Press) -> bool:
        """Store a press; False, and nothing is changed, if it is there already."""
        ...

    async def of_channel(self, channel: str) -> list[Press]:
        """Every press in the channel, with canonical item keys, oldest first."""
        ...

    async def of_item(self, channel: str, key: str, member_id: str | None = None) -> list[Press]:
        """Every press on one item in the channel, or those of one member alone, oldest first."""
        ...


class Undrawn(Protocol):
    """
    The messages that may not show yet what was decided on them. Key: address of the message.

    Noted in the transaction in which the decision is recorded, and taken out once whoever draws was told; what is left there belongs to a process
    that died in between.
    """

    async def note(self, changed: Mapping[MessageRef, str], now: datetime) -> None:
        """Note messages, each with the id of the event that was applied last."""
        ...

    async def drawn(self, shown: Mapping[MessageRef, str]) -> None:
        """Take out messages that show what there was up to this event; one on which something else was decided since stays."""
        ...

    async def noted_until(self, latest: datetime, limit: int) -> dict[MessageRef, str]:
        """Give the messages that were noted up to an instant, with their events; the oldest first, at most so many."""
        ...


Signs = Mapping[str, Mapping[str, Meaning]]
"""What emoji mean in channels: channel → emoji as it is stored → meaning."""


@dataclass(frozen=True, slots=True)
class Acts:
    """What members did about works: reactions as (channel, canonical item key, itself), and presses; those taken back included."""

    reactions: Sequence[tuple[str, str, Reaction]] = ()
    presses: Sequence[Press] = ()


class DecidedWorks(Protocol):
    """
    What members decided on or wrote of, over many works or channels at once: of sets of works, since a search has no time to read every act
    of a year, and of a digest's works, since to ask for each of them in each channel takes hundreds of queries.

    What stands is what `bot.triage.decisions` says. Keys are canonical; `members` are ids, None for everybody.
    """

    async def acts(self, channels: Collection[str], keys: Collection[str]) -> Acts:
        """Give every act on these works in these channels, oldest first. Keys are followed through the aliases."""
        ...

    async def emojis(self) -> list[str]:
        """Give every emoji that anybody ever reacted with, as it is stored."""
        ...

    async def people(self, signs: Signs, members: Collection[str] | None = None) -> list[Member]:
        """Give who decided on something in these channels, with the names by which people know them now."""
        ...

    async def works(
        self, signs: Signs, meanings: Collection[Meaning] = (), members: Collection[str] | None = None
    ) -> frozenset[str]:
        """Give the works on which somebody's decision in these channels is one of these meanings, or any if none is given."""
        ...

    async def written(self, channels: Collection[str], members: Collection[str] | None = None) -> frozenset[str]:
        """Give the works that have a summary in these channels."""
        ...

    async def writers(self, channels: Collection[str]) -> list[Member]:
        """Give who wrote a summary in these channels, with the names by which people know them now."""
        ...


class Summaries(Protocol):
    """Members' own words. Key: address of the reply."""

    async def put(self, summary: Summary) -> bool:
        """
        Insert, or replace what is older (by `edited_at`, else `at`); the older text is kept in the history, whichever comes first,
        and `at` stays that of the first words. A deleted one stays deleted. False if nothing was changed.
        """
        ...

    async def delete(self, ref: MessageRef, now: datetime) -> bool:
        """Remove text and history, keep the row with `deleted_at`; False if there is no such summary, or it is gone already."""
        ...

    async def get(self, ref: MessageRef) -> Summary | None:
        """The summary that this reply became, or None."""
        ...

    async def history(self, ref: MessageRef) -> list[tuple[datetime, str]]:
        """The texts that a summary had before its present one, each with when it was written, oldest first; none of a deleted one."""
        ...

    async def on(self, parent: MessageRef) -> list[Summary]:
        """The summaries that came from replies to this message, deleted ones included."""
        ...

    async def of_channel(self, channel: str) -> list[Summary]:
        """Every summary of the channel that is not deleted, with canonical item keys, oldest first."""
        ...

    async def of_member(self, platform: str, member_id: str) -> list[Summary]:
        """Every summary of a member that is not deleted, in whatever channel, with canonical item keys, oldest first."""
        ...

    async def changed_since(self, since: datetime) -> list[Summary]:
        """Give the summaries that were edited or deleted at or after an instant, in every channel."""
        ...

    async def of_items(self, keys: Collection[str], channels: Collection[str] | None = None) -> list[Summary]:
        """Every summary of these works that is not deleted, of these channels or, without them, of all; oldest first."""
        ...
