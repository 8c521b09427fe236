"""
The ports: what the core asks of the outside, as small Protocols. Each docstring is the contract; one behaviour suite in
`tests/contracts` runs on the fake and on every real adapter.
"""

from __future__ import annotations

from bot.ports.channels import Channels, CitationKeys, OwnClassics, Tastes, WakeUps
from bot.ports.chat import (
    Backlog,
    Chat,
    CommandSink,
    DirectMessages,
    EventSink,
    Hearing,
    History,
    Membership,
    MessageAddresses,
    NewestFirst,
    Platform,
    QueuesEvents,
    Redraws,
    StoresTokens,
)
from bot.ports.clock import Clock
from bot.ports.digests import Alerts, CardRequests, Digests, Postings, ReconciledChannels
from bot.ports.people import ApiTokens, Forgotten, Members, Person, Reminders, Retention, Swept
from bot.ports.queue import (
    AT_ONCE,
    MAIN,
    JobCheck,
    JobHandler,
    JobQueue,
    JobRequest,
    QueueDepth,
    UntakenJobs,
    every_job,
)
from bot.ports.ranking import Backtester, Ranker, Summarizer
from bot.ports.rate_limits import HORIZON, RateLimit, RateLimiter
from bot.ports.search import Search, SearchQuestion
from bot.ports.sources import FeedFinder, Source, WorkFinder
from bot.ports.triage import Acts, DecidedWorks, Events, Presses, Reactions, Summaries, Undrawn
from bot.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from bot.ports.work import Leases, Notes
from bot.ports.works import Batch, Entries, Items, Sentences, SourceRecords, SourceSettings, Upserted

__all__ = [
    "AT_ONCE",
    "HORIZON",
    "MAIN",
    "Acts",
    "Alerts",
    "ApiTokens",
    "Backlog",
    "Backtester",
    "Batch",
    "CardRequests",
    "Channels",
    "Chat",
    "CitationKeys",
    "Clock",
    "CommandSink",
    "DecidedWorks",
    "Digests",
    "DirectMessages",
    "Entries",
    "EventSink",
    "Events",
    "FeedFinder",
    "Forgotten",
    "Hearing",
    "History",
    "Items",
    "JobCheck",
    "JobHandler",
    "JobQueue",
    "JobRequest",
    "Leases",
    "Members",
    "Membership",
    "MessageAddresses",
    "NewestFirst",
    "Notes",
    "OwnClassics",
    "Person",
    "Platform",
    "Postings",
    "Presses",
    "QueueDepth",
    "QueuesEvents",
    "Ranker",
    "RateLimit",
    "RateLimiter",
    "Reactions",
    "ReconciledChannels",
    "Redraws",
    "Reminders",
    "Retention",
    "Search",
    "SearchQuestion",
    "Sentences",
    "Source",
    "SourceRecords",
    "SourceSettings",
    "StoresTokens",
    "Summaries",
    "Summarizer",
    "Swept",
    "Tastes",
    "Undrawn",
    "UnitOfWork",
    "UnitOfWorkFactory",
    "UntakenJobs",
    "Upserted",
    "WakeUps",
    "WorkFinder",
    "every_job",
]
