"""Unit of work: one transaction, with the repositories on it."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.database import READONLY
from adapters.storage.repositories.alerts import SqlAlerts
from adapters.storage.repositories.channels import SqlChannels
from adapters.storage.repositories.citations import SqlCitationKeys
from adapters.storage.repositories.classics import SqlOwnClassics
from adapters.storage.repositories.decided import SqlDecidedWorks
from adapters.storage.repositories.digests import SqlDigests, SqlPostings
from adapters.storage.repositories.entries import SqlEntries
from adapters.storage.repositories.events import SqlEvents
from adapters.storage.repositories.forgotten import SqlForgotten
from adapters.storage.repositories.interests import SqlCardRequests, SqlTastes
from adapters.storage.repositories.items import SqlItems
from adapters.storage.repositories.people import SqlMembers
from adapters.storage.repositories.reconciled import SqlReconciledChannels
from adapters.storage.repositories.reminders import SqlReminders
from adapters.storage.repositories.retention import SqlRetention
from adapters.storage.repositories.search import SqlSearch
from adapters.storage.repositories.search_index import SearchIndex
from adapters.storage.repositories.sentences import SqlSentences
from adapters.storage.repositories.sources import SqlSourceRecords, SqlSourceSettings
from adapters.storage.repositories.tokens import SqlApiTokens
from adapters.storage.repositories.triage import SqlPresses, SqlReactions, SqlSummaries
from adapters.storage.repositories.undrawn import SqlUndrawn
from adapters.storage.repositories.wake_ups import SqlWakeUps
from adapters.storage.repositories.work import SqlLeases, SqlNotes
from bot import ports
from bot.errors import StorageError

TURN_SECONDS = 60
"""How long a unit of work waits for its turn on SQLite. Whoever nests two gets an error for it, and no endless wait."""

# The second one is PostgreSQL's own; SQLite does not look at it.
_OPTIONS: dict[bool, dict[str, bool]] = {False: {}, True: {READONLY: True, "postgresql_readonly": True}}


class SqlUnitOfWork:
    """
    `bot.ports.UnitOfWork` on an engine. The transaction begins with the first statement, not with the context.

    What the database says is raised as a `StorageError`, caused by the error itself (`create_engine`). One that is `readonly` waits on SQLite
    for no writer, and no writer waits for it.
    """

    sources: ports.SourceRecords
    source_settings: ports.SourceSettings
    entries: ports.Entries
    items: ports.Items
    digests: ports.Digests
    postings: ports.Postings
    reconciled: ports.ReconciledChannels
    events: ports.Events
    reactions: ports.Reactions
    presses: ports.Presses
    undrawn: ports.Undrawn
    decided: ports.DecidedWorks
    summaries: ports.Summaries
    search: ports.Search
    card_requests: ports.CardRequests
    tastes: ports.Tastes
    citation_keys: ports.CitationKeys
    own_classics: ports.OwnClassics
    sentences: ports.Sentences
    members: ports.Members
    forgotten: ports.Forgotten
    retention: ports.Retention
    api_tokens: ports.ApiTokens
    reminders: ports.Reminders
    alerts: ports.Alerts
    channels: ports.Channels
    wake_ups: ports.WakeUps
    leases: ports.Leases
    notes: ports.Notes

    def __init__(self, engine: AsyncEngine, *, readonly: bool = False, turn: asyncio.Lock | None = None) -> None:
        self._connection = engine.connect()
        self._readonly = readonly
        self._turn = turn

    async def __aenter__(self) -> Self:
        if self._turn is not None:
            await _wait_for(self._turn)
        try:
            return await self._entered()
        except BaseException:
            self._give_back_turn()
            raise

    def _give_back_turn(self) -> None:
        if self._turn is not None:
            self._turn.release()
            self._turn = None

    async def _entered(self) -> Self:
        connection = await self._connection.__aenter__()
        await connection.execution_options(**_OPTIONS[self._readonly])
        self.sources = SqlSourceRecords(connection)
        self.source_settings = SqlSourceSettings(connection)
        self._touched = touched = set[str]()
        self.entries = SqlEntries(connection, touched)
        self.items = SqlItems(connection, touched)
        self._picked = picked = dict[str, set[str]]()
        self.digests = SqlDigests(connection, picked)
        self.postings = SqlPostings(connection)
        self.reconciled = SqlReconciledChannels(connection)
        self.events = SqlEvents(connection)
        self.reactions = SqlReactions(connection)
        self.presses = SqlPresses(connection)
        self.undrawn = SqlUndrawn(connection)
        self.decided = SqlDecidedWorks(connection)
        self._written = written = set[tuple[str, str]]()
        self.summaries = SqlSummaries(connection, written)
        self.search = SqlSearch(connection)
        self.card_requests = SqlCardRequests(connection)
        self.tastes = SqlTastes(connection)
        self.citation_keys = SqlCitationKeys(connection)
        self.own_classics = SqlOwnClassics(connection)
        self.sentences = SqlSentences(connection)
        self.members = SqlMembers(connection)
        self.forgotten = SqlForgotten(connection, touched)
        self.retention = SqlRetention(connection, touched, written)
        self.api_tokens = SqlApiTokens(connection)
        self.reminders = SqlReminders(connection)
        self.alerts = SqlAlerts(connection)
        self.channels = SqlChannels(connection)
        self.wake_ups = SqlWakeUps(connection)
        self.leases = SqlLeases(connection)
        self.notes = SqlNotes(connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing gives the connection back, and what was not committed is rolled back; a cancelled task waits for it.
        try:
            await self._connection.__aexit__(kind, error, trace)
        finally:
            self._give_back_turn()

    async def commit(self) -> None:
        # In the same transaction: what is committed is found, and what was deleted is not.
        index = SearchIndex(self._connection)
        if self._touched:
            await index.refresh(self._touched)
        if places := {(channel, key) for channel, key in self._written if key not in self._touched}:
            await index.written(places)
        self._touched.clear()
        self._written.clear()
        if self._picked:
            for channel, keys in self._picked.items():
                await index.picked(channel, keys)
            self._picked.clear()
        await self._connection.commit()


async def _wait_for(turn: asyncio.Lock) -> None:
    try:
        await asyncio.wait_for(turn.acquire(), TURN_SECONDS)
    except TimeoutError:
        raise StorageError(
            f"Another piece of work of this program has been writing to the database for over {TURN_SECONDS} seconds. Try again."
        ) from None


class SqlUnitOfWorkFactory:
    """
    Creates units of work on one engine: the `bot.ports.UnitOfWorkFactory` of the process.

    On SQLite, which takes one writer at a time, those that may write wait in line. SQLite itself lets them try again and again, and the one
    that is unlucky for fifteen seconds fails: of fifty channels that were served side by side on a busy machine, 22 did.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._turn = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    def __call__(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self._engine, turn=self._turn)

    def reading(self) -> SqlUnitOfWork:
        """A read-only unit of work."""
        return SqlUnitOfWork(self._engine, readonly=True)
