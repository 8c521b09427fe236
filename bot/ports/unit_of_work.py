"""The unit of work: one transaction with every repository on it."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from bot.ports.channels import Channels, CitationKeys, OwnClassics, Tastes, WakeUps
from bot.ports.digests import Alerts, CardRequests, Digests, Postings, ReconciledChannels
from bot.ports.people import ApiTokens, Forgotten, Members, Reminders, Retention
from bot.ports.search import Search
from bot.ports.triage import DecidedWorks, Events, Presses, Reactions, Summaries, Undrawn
from bot.ports.work import Leases, Notes
from bot.ports.works import Entries, Items, Sentences, SourceRecords, SourceSettings


class UnitOfWork(Protocol):
    """
    One transaction, as an async context. Leaving without `commit()` rolls back. On SQLite a write begins IMMEDIATE.

    The repositories are attributes; each is of use inside the context only.
    """

    sources: SourceRecords
    source_settings: SourceSettings
    entries: Entries
    items: Items
    digests: Digests
    postings: Postings
    reconciled: ReconciledChannels
    events: Events
    reactions: Reactions
    presses: Presses
    undrawn: Undrawn
    decided: DecidedWorks
    summaries: Summaries
    search: Search
    card_requests: CardRequests
    tastes: Tastes
    citation_keys: CitationKeys
    own_classics: OwnClassics
    sentences: Sentences
    members: Members
    forgotten: Forgotten
    retention: Retention
    api_tokens: ApiTokens
    reminders: Reminders
    alerts: Alerts
    channels: Channels
    wake_ups: WakeUps
    leases: Leases
    notes: Notes

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def commit(self) -> None:
        """Make everything since the context was entered durable, or raise and change nothing."""
        ...


UnitOfWorkFactory = Callable[[], UnitOfWork]
"""Gives a fresh unit of work, to be entered at once."""
