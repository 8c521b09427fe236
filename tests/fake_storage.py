"""
The database that is not there: every repository of `bot.ports` on plain dicts, held to the same suite as the real ones.

`FakeDatabase().unit_of_work` is a unit-of-work factory. What is committed can be looked at in `FakeDatabase().tables`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Self

from bot.api_token import ApiToken
from bot.channel_sources import OWN_BEFORE, own_sources
from bot.classics import Classic
from bot.credit import credited, without_credit
from bot.errors import StorageError
from bot.events import ChatEvent
from bot.forgetting import BY_NAME, IMPORTED
from bot.model import (
    CARD_PARTS,
    Alert,
    CardRequest,
    ChannelState,
    Decision,
    Digest,
    DigestPast,
    DigestProgress,
    DigestSpan,
    Entry,
    Lease,
    MachineSentence,
    Meaning,
    Member,
    MemberWishes,
    Mention,
    MessageRef,
    Posting,
    PostingState,
    Press,
    Reaction,
    ReconciledChannel,
    Reminder,
    ShownPick,
    Skip,
    SourceRecord,
    SourceSetting,
    StoredEntry,
    Summary,
    TasteWork,
    Window,
)
from bot.periods import in_order, is_period, oldest_first
from bot.ports import Acts, Batch, Person, SearchQuestion, Swept, Upserted
from bot.ports.triage import Signs
from bot.ranking.question import Text
from bot.search.query import Term, within
from bot.search.tokens import tokens
from bot.search_documents import PUBLIC, SearchDocument, documents
from bot.triage import decisions
from bot.withdrawal import TAG

EntryId = tuple[str, str]
Spoken = tuple[str, StoredEntry, Mention]

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

TURN_TIMEOUT = 5.0
"""Seconds a unit of work waits for another one; whoever nests two gets an error for it, and no endless wait."""


@dataclass(frozen=True)
class OpenQuestion:
    """A question to a language model without its answer: what is reserved for it, and since when."""

    reserved: int
    at: datetime


@dataclass
class Tables:
    """Everything there is, by natural key. Values are frozen, so a copy of the dicts is a snapshot."""

    sources: dict[str, SourceRecord] = field(default_factory=dict)
    source_settings: dict[str, SourceSetting] = field(default_factory=dict)
    entries: dict[EntryId, StoredEntry] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    mentions: dict[tuple[str, EntryId], Mention] = field(default_factory=dict)
    digests: dict[tuple[str, str], Digest] = field(default_factory=dict)
    picks: dict[tuple[str, str, int], str] = field(default_factory=dict)
    postings: dict[tuple[str, str, int], Posting] = field(default_factory=dict)
    events: dict[str, tuple[datetime, ChatEvent]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    reactions: dict[tuple[MessageRef, str, str], Reaction] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    undrawn: dict[MessageRef, tuple[str, datetime]] = field(default_factory=dict)
    summaries: dict[MessageRef, Summary] = field(default_factory=dict)
    history: dict[MessageRef, tuple[tuple[datetime, str], ...]] = field(default_factory=dict)
    card_requests: dict[tuple[str, str, int, str], CardRequest] = field(default_factory=dict)
    citation_keys: dict[str, str] = field(default_factory=dict)
    tastes: dict[tuple[str, str], TasteWork] = field(default_factory=dict)
    own_classics: dict[tuple[str, str], tuple[datetime, Classic]] = field(default_factory=dict)
    sentences: dict[str, MachineSentence] = field(default_factory=dict)
    open_questions: dict[str, OpenQuestion] = field(default_factory=dict)
    lost_tokens: dict[str, int] = field(default_factory=dict)
    reminders: dict[tuple[str, str], Reminder] = field(default_factory=dict)
    alerts: dict[tuple[str, str], Alert] = field(default_factory=dict)
    api_tokens: dict[str, ApiToken] = field(default_factory=dict)
    forgotten: dict[tuple[str, str], datetime] = field(default_factory=dict)
    members: dict[tuple[str, str], str] = field(default_factory=dict)
    member_wishes: dict[tuple[str, str], MemberWishes] = field(default_factory=dict)
    channels: dict[str, datetime] = field(default_factory=dict)
    channel_states: dict[str, ChannelState] = field(default_factory=dict)
    channel_versions: dict[str, int] = field(default_factory=dict)
    wake_ups: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    skips: dict[tuple[str, str], Skip] = field(default_factory=dict)
    reconciled: dict[tuple[str, str], ReconciledChannel] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    leases_written: dict[str, datetime] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Tables:
        return Tables(**{one.name: dict(getattr(self, one.name)) for one in fields(self)})

    def wake_waiting(self) -> None:
        """Forget the wake-ups of the channels that wait for sources."""
        for name in self.waiting:
            self.wake_ups.pop(name, None)
        self.waiting.clear()

    def canonical(self, key: str) -> str:
        return self.aliases.get(key, key)

    def named(self, platform: str, member: Member) -> Member:
        return Member(id=member.id, name=self.members.get((platform, member.id)) or member.name)


class FakeDatabase:
    """Holds what is committed. One unit of work at a time, as on SQLite."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.turn = asyncio.Lock()
        self.texts_are_read = asyncio.Event()
        """Whoever asks for texts waits for it: cleared, there are as many as take a while."""
        self.texts_are_read.set()

    def unit_of_work(self) -> FakeUnitOfWork:
        return FakeUnitOfWork(self)


class FakeUnitOfWork:
    """`bot.ports.UnitOfWork` on a copy of the tables, which takes their place on commit."""

    def __init__(self, database: FakeDatabase) -> None:
        self._database = database

    async def __aenter__(self) -> Self:
        try:
            # Not `wait_for`, which on Python 3.11 forgets that it was cancelled in the moment in which it gets what it waits for.
            async with asyncio.timeout(TURN_TIMEOUT):
                await self._database.turn.acquire()
        except TimeoutError:
            raise StorageError("Another unit of work is still open. Leave it before you enter this one.") from None
        self._tables = tables = self._database.tables.copy()
        self.sources = FakeSourceRecords(tables)
        self.source_settings = FakeSourceSettings(tables)
        self.entries = FakeEntries(tables, self._database.texts_are_read)
        self.items = FakeItems(tables)
        self.digests = FakeDigests(tables)
        self.postings = FakePostings(tables)
        self.reconciled = FakeReconciledChannels(tables)
        self.events = FakeEvents(tables)
        self.reactions = FakeReactions(tables)
        self.presses = FakePresses(tables)
        self.undrawn = FakeUndrawn(tables)
        self.decided = FakeDecidedWorks(tables)
        self.summaries = FakeSummaries(tables)
        self.search = FakeSearch(tables)
        self.card_requests = FakeCardRequests(tables)
        self.tastes = FakeTastes(tables)
        self.citation_keys = FakeCitationKeys(tables)
        self.own_classics = FakeOwnClassics(tables)
        self.sentences = FakeSentences(tables)
        self.members = FakeMembers(tables)
        self.forgotten = FakeForgotten(tables)
        self.retention = FakeRetention(tables)
        self.api_tokens = FakeApiTokens(tables)
        self.reminders = FakeReminders(tables)
        self.alerts = FakeAlerts(tables)
        self.channels = FakeChannels(tables)
        self.wake_ups = FakeWakeUps(tables)
        self.leases = FakeLeases(tables)
        self.notes = FakeNotes(tables)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.turn.release()

    async def commit(self) -> None:
        self._database.tables = self._tables.copy()


@dataclass
class FakeSourceRecords:
    tables: Tables

    async def all(self) -> dict[str, SourceRecord]:
        return dict(self.tables.sources)

    async def save(self, records: Collection[SourceRecord]) -> None:
        self.tables.sources.update({record.id: record for record in records})


@dataclass
class FakeSourceSettings:
    tables: Tables

    async def all(self) -> dict[str, SourceSetting]:
        return dict(self.tables.source_settings)

    async def save(self, setting: SourceSetting) -> None:
        self.tables.source_settings[setting.id] = setting
        self.tables.wake_waiting()

    async def forget(self, source_id: str) -> bool:
        self.tables.wake_waiting()
        return self.tables.source_settings.pop(source_id, None) is not None


@dataclass
class FakeEntries:
    tables: Tables
    texts_are_read: asyncio.Event

    async def counts(self) -> dict[str, int]:
        return dict(Counter(source_id for source_id, _ in self.tables.entries))

    async def texts(self, window: Window, most: int) -> list[Text]:
        await self.texts_are_read.wait()
        found: dict[str, list[tuple[datetime, Entry]]] = {}
        for key, stored, mention in self._spoken():
            if mention.direct and not stored.backlog and window.start <= mention.at < window.end:
                found.setdefault(key, []).append((mention.at, stored.entry))
        order = sorted(found, key=lambda key: (-min(at for at, _ in found[key]).timestamp(), key))
        texts = []
        for key in order[:most]:
            said = max((entry for _, entry in found[key]), key=lambda entry: len(entry.abstract))
            day = min(at for at, _ in found[key]).date()
            texts.append(Text.said(key, said.title, said.abstract, said.authors, said.tags, day))
        return texts

    async def revision(self) -> str:
        known = self.tables.entries.items(), self.tables.sources.items()
        return repr((*(sorted(one, key=str) for one in known), self.tables.aliases))

    async def speakers(self, asked: Collection[tuple[str, str]]) -> dict[tuple[str, str], frozenset[str]]:
        found = {
            (source, key): frozenset(
                entry[1]
                for (item, entry), one in self.tables.mentions.items()
                if one.direct and entry[0] == source and item == self.tables.canonical(key)
            )
            for source, key in asked
        }
        return {pair: entries for pair, entries in found.items() if entries}

    async def store(self, batches: Sequence[Batch]) -> dict[str, Upserted]:
        told: dict[str, Upserted] = {}
        for batch in batches:
            here, before = self._store_entries(batch), told.get(batch.source_id, Upserted())
            self._store_mentions(batch, here)
            told[batch.source_id] = Upserted(new=before.new | here.new, changed=before.changed | here.changed)
        return told

    async def between(self, window: Window) -> list[Spoken]:
        spoken = [one for one in self._spoken() if not one[1].backlog and one[2].at < window.end]
        inside = {key for key, _, mention in spoken if mention.at >= window.start}
        return [one for one in spoken if one[0] in inside]

    async def of_items(self, keys: Collection[str]) -> list[Spoken]:
        wanted = {self.tables.canonical(key) for key in keys}
        return [one for one in self._spoken() if one[0] in wanted]

    async def withdrawn(self, since: datetime) -> set[str]:
        sent = {
            one.item_key
            for one in self.tables.postings.values()
            if one.state == PostingState.POSTED and one.attempted_at and one.attempted_at >= since
        }
        return {key for key, one, spoke in self._spoken() if spoke.direct and TAG in one.entry.tags and key in sent}

    async def seen_after(self, instant: datetime, window: Window) -> set[str]:
        return {
            key
            for key, one, mention in self._spoken()
            if not one.backlog and one.first_seen > instant and window.start <= mention.at < window.end
        }

    async def newest(self, source_ids: Collection[str], most: int) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for (source_id, _), stored in self.tables.entries.items():
            if source_id in source_ids:
                found.setdefault(source_id, []).append(stored.entry)
        oldest = datetime.min.replace(tzinfo=UTC)
        return {
            source_id: sorted(said, key=lambda one: one.published or oldest, reverse=True)[:most]
            for source_id, said in found.items()
        }

    def _store_entries(self, batch: Batch) -> Upserted:
        new, changed = set(), set()
        for stored in batch.entries:
            place = stored.entry.source_id, stored.entry.external_id
            known = self.tables.entries.get(place)
            if known is None:
                new.add(place[1])
                self.tables.entries[place] = stored
            elif known.entry != stored.entry:
                changed.add(place[1])
                self.tables.entries[place] = replace(known, entry=stored.entry)
        return Upserted(new=frozenset(new), changed=frozenset(changed))

    def _store_mentions(self, batch: Batch, told: Upserted) -> None:
        mentions = self.tables.mentions
        for place in [one for one in mentions if one[1][0] == batch.source_id and one[1][1] in told.changed]:
            del mentions[place]
        for mention in batch.mentions:
            if mention.external_id in told.new | told.changed:
                self._store_mention(mention, batch.titles.get(mention.key, mention.title))

    def _store_mention(self, mention: Mention, title: str) -> None:
        key, entry = self.tables.canonical(mention.key), (mention.source_id, mention.external_id)
        self.tables.items.setdefault(key, title)
        there = self.tables.mentions.get((key, entry))
        if there is None or (mention.direct and not there.direct):
            self.tables.mentions[key, entry] = replace(mention, key=key, at=self.tables.entries[entry].at)

    def _spoken(self) -> list[Spoken]:
        found = [(key, self.tables.entries[entry], one) for (key, entry), one in self.tables.mentions.items()]
        return sorted(found, key=lambda one: (one[0], one[2].at, one[2].source_id, one[2].external_id))


@dataclass
class FakeItems:
    tables: Tables

    async def canonical(self, keys: Collection[str]) -> dict[str, str]:
        return {key: self.tables.canonical(key) for key in keys}

    async def merge(self, loser: str, winner: str) -> None:
        lost, kept = self.tables.canonical(loser), self.tables.canonical(winner)
        if lost == kept:
            return
        if lost in self.tables.items:
            self.tables.items.setdefault(kept, self.tables.items.pop(lost))
        self._move_mentions(lost, kept)
        for alias in [alias for alias, key in self.tables.aliases.items() if key == lost]:
            self.tables.aliases[alias] = kept
        self.tables.aliases[lost] = kept
        self._repoint(lost, kept)

    def _move_mentions(self, lost: str, kept: str) -> None:
        mentions = self.tables.mentions
        for key, entry in [place for place in mentions if place[0] == lost]:
            moved, there = replace(mentions.pop((key, entry)), key=kept), mentions.get((kept, entry))
            if there is None or (moved.direct and not there.direct):
                mentions[kept, entry] = moved

    def _repoint(self, lost: str, kept: str) -> None:
        tables = self.tables
        tables.picks.update({place: kept for place, key in tables.picks.items() if key == lost})
        for rows in (tables.postings, tables.presses, tables.summaries, tables.card_requests):
            rows.update({place: replace(one, item_key=kept) for place, one in rows.items() if one.item_key == lost})


@dataclass
class FakeDigests:
    tables: Tables

    async def add(self, digest: Digest) -> bool:
        place = digest.channel, digest.week
        if place in self.tables.digests:
            return False
        self.tables.digests[place] = digest
        self.tables.picks.update({(*place, one.rank): self.tables.canonical(one.item.key) for one in digest.picks})
        self.tables.wake_ups.pop(digest.channel, None)
        return True

    async def get(self, channel: str, week: str) -> Digest | None:
        return self.tables.digests.get((channel, week))

    async def weeks(self, channel: str) -> list[str]:
        return sorted((week for owner, week in self.tables.digests if owner == channel), key=oldest_first)

    async def spans(self, channel: str, most: int) -> list[DigestSpan]:
        skipped = {skip.week for skip in await self.skipped(channel)}
        weeks = sorted(
            (week for week in await self.weeks(channel) if is_period(week) and week not in skipped), key=in_order
        )
        return [_span(self.tables.digests[channel, week]) for week in reversed(weeks)][:most]

    async def past(self, channel: str) -> DigestPast:
        weeks, skipped = await self.weeks(channel), await self.skipped(channel)
        return DigestPast(
            weeks=tuple(weeks), skipped=tuple(skipped), spans=tuple(await self.spans(channel, len(weeks)))
        )

    async def pasts(self, channels: Collection[str], since: datetime | None = None) -> dict[str, DigestPast]:
        found = dict[str, DigestPast]()
        for name in channels:
            whole = await self.past(name)
            kept = {
                week for week in whole.weeks if since is None or self.tables.digests[name, week].window.end >= since
            }
            found[name] = replace(
                whole,
                weeks=tuple(week for week in whole.weeks if week in kept),
                spans=tuple(one for one in whole.spans if one.week in kept),
            )
        return found

    async def last_end(self) -> datetime | None:
        ends = (digest.window.end for (_, week), digest in self.tables.digests.items() if is_period(week))
        return max(ends, default=None)

    async def ends(self, week: str, channels: Collection[str]) -> dict[str, datetime]:
        found = {channel: self.tables.digests.get((channel, week)) for channel in channels}
        return {channel: digest.window.end for channel, digest in found.items() if digest}

    async def last_ends(self, channels: Collection[str], window: Window) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for name in channels:
            spans = [one for one in await self.spans(name, 10_000) if window.start <= one.window.end < window.end]
            if spans:
                found[name] = max(min(one.window.end, one.compiled_at) for one in spans)
        return found

    async def sent_keys(self, channel: str, *, besides: Collection[str] = ()) -> frozenset[str]:
        postings = self.tables.postings.values()
        posted = {(one.week, one.item_key) for one in postings if one.channel == channel and one.ref is not None}
        picked = {
            (week, key)
            for (owner, week, _), key in self.tables.picks.items()
            if owner == channel and ((channel, week) not in self.tables.skips or (week, key) in posted)
        }
        asked = {(one.week, one.item_key) for one in postings if one.channel == channel and one.part > CARD_PARTS}
        return frozenset(key for week, key in picked | asked if key and week not in besides)

    async def brought(self, keys: Collection[str]) -> dict[str, list[tuple[str, str]]]:
        wanted = {self.tables.canonical(key) for key in keys}
        found: dict[str, set[tuple[str, str]]] = {}
        for (channel, week, _), key in self.tables.picks.items():
            found.setdefault(key, set()).add((week, channel))
        for one in self.tables.postings.values():
            if one.item_key and one.part > CARD_PARTS:
                found.setdefault(one.item_key, set()).add((one.week, one.channel))
        return {
            key: [
                (channel, week)
                for week, channel in sorted(found[key], key=lambda pair: (oldest_first(pair[0]), pair[1]))
            ]
            for key in sorted(wanted & found.keys())
        }

    async def shown(self, channel: str, weeks: Collection[str]) -> list[ShownPick]:
        digests = [self.tables.digests[channel, week] for week in set(weeks) if (channel, week) in self.tables.digests]
        return [
            ShownPick(one.week, one.compiled_at, self.tables.picks[channel, one.week, pick.rank], pick.role)
            for one in sorted(digests, key=lambda digest: (digest.compiled_at, digest.week))
            for pick in sorted(one.picks, key=lambda pick: pick.rank)
        ]

    async def skip(self, skips: Sequence[Skip]) -> None:
        for one in skips:
            self.tables.skips.setdefault((one.channel, one.week), one)
            self.tables.wake_ups.pop(one.channel, None)

    async def unskip(self, channel: str, week: str) -> None:
        self.tables.skips.pop((channel, week), None)
        self.tables.wake_ups.pop(channel, None)

    async def skipped(self, channel: str) -> list[Skip]:
        return sorted(
            (one for one in self.tables.skips.values() if one.channel == channel),
            key=lambda one: oldest_first(one.week),
        )


def _span(digest: Digest) -> DigestSpan:
    newest = max((one.newest for one in digest.sources if one.newest), default=None)
    return DigestSpan(week=digest.week, window=digest.window, compiled_at=digest.compiled_at, newest=newest)


@dataclass
class FakePostings:
    tables: Tables

    async def plan(self, postings: Sequence[Posting]) -> None:
        for one in postings:
            key = one.item_key and self.tables.canonical(one.item_key)
            self.tables.postings.setdefault((one.channel, one.week, one.part), replace(one, item_key=key))
            self.tables.wake_ups.pop(one.channel, None)

    async def of(self, channel: str, week: str) -> list[Posting]:
        found = [one for one in self.tables.postings.values() if (one.channel, one.week) == (channel, week)]
        return sorted(found, key=lambda one: one.part)

    async def save(self, posting: Posting) -> None:
        place = posting.channel, posting.week, posting.part
        planned, there = self.tables.postings.get(place), posting.ref and await self.at(posting.ref)
        if planned is None:
            raise StorageError(f"Posting {place} was never planned.")
        if there and (there.channel, there.week, there.part) != place:
            raise StorageError(f"Posting {place} says it was sent to the address of another one.")
        self.tables.postings[place] = replace(posting, key=planned.key, item_key=planned.item_key)

    async def at(self, ref: MessageRef) -> Posting | None:
        return next((one for one in self.tables.postings.values() if one.ref == ref), None)

    async def at_all(self, refs: Collection[MessageRef]) -> dict[MessageRef, Posting]:
        return {one.ref: one for one in self.tables.postings.values() if one.ref and one.ref in refs}

    async def of_items(self, keys: Collection[str]) -> list[Posting]:
        wanted = {self.tables.canonical(key) for key in keys}
        found = [one for one in self.tables.postings.values() if one.state == PostingState.POSTED and one.item_key]
        mine = [one for one in found if self.tables.canonical(one.item_key or "") in wanted]
        return sorted(mine, key=lambda one: (one.channel, oldest_first(one.week), one.part))

    async def posted_since(self, channel: str, since: datetime) -> list[Posting]:
        found = [(one.attempted_at, one) for one in _sent_since(self.tables, since) if one.channel == channel]
        return [one for _, one in sorted(found, key=lambda pair: (str(pair[0]), pair[1].week, pair[1].part))]

    async def channels_since(self, since: datetime) -> list[tuple[str, str]]:
        return sorted({(one.ref.platform, one.channel) for one in _sent_since(self.tables, since) if one.ref})

    async def not_noted(self, keys: Collection[str], prefix: str, since: datetime, most: int) -> list[Posting]:
        found = [one for one in _sent_since(self.tables, since) if one.item_key in keys]
        return [one for one in found if prefix + one.key not in self.tables.notes][:most]

    async def unfinished(self, channel: str) -> list[str]:
        return sorted(
            {
                one.week
                for one in self.tables.postings.values()
                if one.channel == channel
                and (
                    one.state is PostingState.SENDING
                    or (one.state is PostingState.PENDING and (channel, one.week) not in self.tables.skips)
                )
            },
            key=oldest_first,
        )

    async def unfinished_channels(self) -> frozenset[str]:
        channels = {channel for channel, _, _ in self.tables.postings}
        return frozenset([channel for channel in channels if await self.unfinished(channel)])

    async def progress(self, week: str, channels: Collection[str]) -> dict[str, DigestProgress]:
        found = dict[str, DigestProgress]()
        for name in channels:
            if planned := await self.of(name, week):
                states = [one.state for one in planned]
                is_open = {PostingState.PENDING, PostingState.SENDING}
                found[name] = DigestProgress(
                    messages=len(planned),
                    sent=states.count(PostingState.POSTED),
                    left_out=states.count(PostingState.LEFT_OUT),
                    trouble=next((one.last_error for one in planned if one.state in is_open and one.last_error), None),
                )
        return found

    async def under_way(self) -> list[Posting]:
        found = [one for one in self.tables.postings.values() if one.state == PostingState.SENDING]
        return sorted(found, key=lambda one: (one.channel, oldest_first(one.week), one.part))


def _sent_since(tables: Tables, since: datetime) -> list[Posting]:
    sent = [one for one in tables.postings.values() if one.state == PostingState.POSTED]
    return [one for one in sent if one.attempted_at is not None and one.attempted_at >= since]


@dataclass
class FakeReconciledChannels:
    tables: Tables

    async def missing(self, platform: str, number: int, since: datetime) -> list[ReconciledChannel]:
        sent = {one.channel for one in _sent_since(self.tables, since) if one.ref and one.ref.platform == platform}
        found = [await self.of(platform, channel) for channel in sent]
        return sorted((one for one in found if one.round < number), key=lambda one: (one.at or LONG_AGO, one.channel))

    async def of(self, platform: str, channel: str) -> ReconciledChannel:
        return self.tables.reconciled.get((platform, channel)) or ReconciledChannel(platform=platform, channel=channel)

    async def note(self, reconciled: ReconciledChannel) -> None:
        known = await self.of(reconciled.platform, reconciled.channel)
        kept = replace(reconciled, round=max(reconciled.round, known.round))
        self.tables.reconciled[reconciled.platform, reconciled.channel] = kept


@dataclass
class FakeEvents:
    tables: Tables

    async def add(self, event: ChatEvent, received: datetime) -> bool:
        if event.event_id in self.tables.events:
            return False
        self.tables.events[event.event_id] = (received, event)
        return True

    async def add_all(
        self, events: Sequence[ChatEvent], received: datetime, outcomes: Mapping[str, str] | None = None
    ) -> frozenset[str]:
        fresh = frozenset([event.event_id for event in events if await self.add(event, received)])
        self.tables.outcomes |= {one: outcome for one, outcome in (outcomes or {}).items() if one in fresh}
        return fresh

    async def waiting(self, limit: int = 500, after: str | None = None) -> list[ChatEvent]:
        stored = sorted(self.tables.events.items(), key=lambda row: row[1][0])
        if after is not None:
            stored = (
                stored[[event_id for event_id, _ in stored].index(after) + 1 :] if after in self.tables.events else []
            )
        return [event for event_id, (_, event) in stored if event_id not in self.tables.outcomes][:limit]

    async def depth(self) -> tuple[int, datetime | None]:
        rows = [row for event_id, row in self.tables.events.items() if event_id not in self.tables.outcomes]
        return len(rows), min((received for received, _ in rows), default=None)

    async def applied(self, event_ids: Collection[str], now: datetime, outcome: str) -> None:
        self.tables.outcomes |= {event_id: outcome for event_id in event_ids if event_id in self.tables.events}


@dataclass
class FakeReactions:
    tables: Tables

    async def put(self, reaction: Reaction) -> bool:
        place = reaction.ref, reaction.member.id, reaction.emoji
        known = self.tables.reactions.get(place)
        if known is not None and known.at > reaction.at:
            return False
        self.tables.reactions[place] = reaction
        return True

    async def put_all(self, reactions: Sequence[Reaction]) -> None:
        for one in reactions:
            await self.put(one)

    async def on(self, ref: MessageRef) -> list[Reaction]:
        return self._found(lambda reaction: reaction.ref == ref)

    async def of_channel(self, channel: str) -> list[tuple[str, Reaction]]:
        postings = [one for one in self.tables.postings.values() if one.channel == channel]
        keys = {one.ref: one.item_key for one in postings if one.ref and one.item_key}
        return [(keys[one.ref], one) for one in self._found(lambda reaction: reaction.ref in keys)]

    async def of_item(self, channel: str, key: str, member_id: str | None = None) -> list[Reaction]:
        wanted = self.tables.canonical(key)
        found = [one for item_key, one in await self.of_channel(channel) if item_key == wanted]
        return [one for one in found if member_id in {None, one.member.id}]

    def _found(self, wanted: Callable[[Reaction], bool]) -> list[Reaction]:
        found = [
            replace(one, member=self.tables.named(one.ref.platform, one.member))
            for one in self.tables.reactions.values()
            if wanted(one)
        ]
        return sorted(found, key=lambda one: (one.at, *_order(one.ref), one.member.id, one.emoji))


@dataclass
class FakePresses:
    tables: Tables

    async def add(self, press: Press) -> bool:
        if press.event_id in self.tables.presses:
            return False
        self.tables.presses[press.event_id] = replace(press, item_key=self.tables.canonical(press.item_key))
        return True

    async def of_channel(self, channel: str) -> list[Press]:
        found = [
            replace(one, member=self.tables.named(one.ref.platform, one.member))
            for one in self.tables.presses.values()
            if one.channel == channel
        ]
        return sorted(found, key=lambda one: (one.at, one.event_id))

    async def of_item(self, channel: str, key: str, member_id: str | None = None) -> list[Press]:
        found = [one for one in await self.of_channel(channel) if one.item_key == self.tables.canonical(key)]
        return [one for one in found if member_id in {None, one.member.id}]


@dataclass
class FakeUndrawn:
    tables: Tables

    async def note(self, changed: Mapping[MessageRef, str], now: datetime) -> None:
        self.tables.undrawn |= {ref: (event_id, now) for ref, event_id in changed.items()}

    async def drawn(self, shown: Mapping[MessageRef, str]) -> None:
        known = self.tables.undrawn
        self.tables.undrawn = {ref: row for ref, row in known.items() if shown.get(ref) != row[0]}

    async def noted_until(self, latest: datetime, limit: int) -> dict[MessageRef, str]:
        found = [(at, ref, event_id) for ref, (event_id, at) in self.tables.undrawn.items() if at <= latest]
        return {ref: event_id for _, ref, event_id in sorted(found, key=lambda row: row[0])[:limit]}


@dataclass
class FakeDecidedWorks:
    tables: Tables

    async def acts(self, channels: Collection[str], keys: Collection[str]) -> Acts:
        wanted = {self.tables.canonical(key) for key in keys}
        reactions, presses = FakeReactions(self.tables), FakePresses(self.tables)
        reacted = [
            (channel, key, one)
            for channel in sorted(set(channels))
            for key, one in await reactions.of_channel(channel)
            if key in wanted
        ]
        pressed = [
            one for channel in set(channels) for one in await presses.of_channel(channel) if one.item_key in wanted
        ]
        return Acts(
            sorted(reacted, key=lambda row: (row[2].at, *_order(row[2].ref), row[2].member.id, row[2].emoji)),
            sorted(pressed, key=lambda one: (one.at, one.event_id)),
        )

    async def emojis(self) -> list[str]:
        return sorted({emoji for _, _, emoji in self.tables.reactions})

    async def people(self, signs: Signs, members: Collection[str] | None = None) -> list[Member]:
        taken = await self._decisions(signs, members)
        return list({one.member.id: one.member for one in taken}.values())

    async def works(
        self, signs: Signs, meanings: Collection[Meaning] = (), members: Collection[str] | None = None
    ) -> frozenset[str]:
        taken = await self._decisions(signs, members)
        return frozenset(one.item_key for one in taken if not meanings or one.meaning in meanings)

    async def written(self, channels: Collection[str], members: Collection[str] | None = None) -> frozenset[str]:
        written = await self._summaries(channels)
        return frozenset(one.item_key for one in written if members is None or one.member.id in members)

    async def writers(self, channels: Collection[str]) -> list[Member]:
        return list({one.member.id: one.member for one in await self._summaries(channels)}.values())

    async def _decisions(self, signs: Signs, members: Collection[str] | None) -> list[Decision]:
        reactions, presses = FakeReactions(self.tables), FakePresses(self.tables)
        return [
            one
            for channel, known in signs.items()
            for one in decisions(
                channel,
                {emoji: known[emoji] for emoji in known},
                [(key, one) for key, one in await reactions.of_channel(channel) if one.emoji in known],
                await presses.of_channel(channel),
            )
            if members is None or one.member.id in members
        ]

    async def _summaries(self, channels: Collection[str]) -> list[Summary]:
        summaries = FakeSummaries(self.tables)
        return [one for channel in channels for one in await summaries.of_channel(channel) if one.text]


@dataclass
class FakeSummaries:
    tables: Tables

    async def put(self, summary: Summary) -> bool:
        summary = replace(summary, item_key=self.tables.canonical(summary.item_key))
        known = self.tables.summaries.get(summary.ref)
        if summary.deleted_at is not None:
            summary = replace(summary, text="")
            if known is not None:
                return await self.delete(summary.ref, summary.deleted_at or summary.at)
        if known is not None and not self._is_replaced(known, summary):
            if known.deleted_at is None and summary.text not in {"", known.text}:
                written = known.edited_at or known.at
                offered = min(summary.edited_at or summary.at, written - timedelta(microseconds=1))
                self._keep_old(known.ref, offered, summary.text)
            self.tables.summaries[summary.ref] = replace(known, at=min(known.at, summary.at))
            return False
        first = min(known.at, summary.at) if known else summary.at
        self.tables.summaries[summary.ref] = replace(summary, at=first)
        return True

    async def delete(self, ref: MessageRef, now: datetime) -> bool:
        known = self.tables.summaries.get(ref)
        if known is None or known.deleted_at is not None:
            return False
        self.tables.summaries[ref] = replace(known, text="", deleted_at=now)
        self.tables.history.pop(ref, None)
        return True

    async def get(self, ref: MessageRef) -> Summary | None:
        return next(iter(self._found(lambda summary: summary.ref == ref)), None)

    async def history(self, ref: MessageRef) -> list[tuple[datetime, str]]:
        return sorted(self.tables.history.get(ref, ()))

    def _keep_old(self, ref: MessageRef, written: datetime, text: str) -> None:
        kept = dict(self.tables.history.get(ref, ()))
        self.tables.history[ref] = tuple(({written: text} | kept).items())

    async def on(self, parent: MessageRef) -> list[Summary]:
        return self._found(lambda summary: summary.parent == parent)

    async def of_channel(self, channel: str) -> list[Summary]:
        return self._found(lambda summary: summary.channel == channel and summary.deleted_at is None)

    async def of_member(self, platform: str, member_id: str) -> list[Summary]:
        whose = platform, member_id
        return self._found(lambda one: (one.ref.platform, one.member.id) == whose and one.deleted_at is None)

    async def changed_since(self, since: datetime) -> list[Summary]:
        return self._found(
            lambda summary: any(at is not None and at >= since for at in (summary.edited_at, summary.deleted_at))
        )

    async def of_items(self, keys: Collection[str], channels: Collection[str] | None = None) -> list[Summary]:
        wanted = {self.tables.canonical(key) for key in keys}
        return self._found(
            lambda summary: (
                summary.item_key in wanted
                and summary.deleted_at is None
                and (channels is None or summary.channel in channels)
            )
        )

    def _is_replaced(self, known: Summary, summary: Summary) -> bool:
        if known.deleted_at or (known.edited_at or known.at) >= (summary.edited_at or summary.at):
            return False
        if known.text != summary.text:
            self._keep_old(known.ref, known.edited_at or known.at, known.text)
        return True

    def _found(self, wanted: Callable[[Summary], bool]) -> list[Summary]:
        found = [
            replace(one, member=self.tables.named(one.ref.platform, one.member))
            for one in self.tables.summaries.values()
            if wanted(one)
        ]
        return sorted(found, key=lambda one: (one.at, *_order(one.ref)))


@dataclass
class FakeSearch:
    """Reads everything each time: there is no index that could be behind."""

    tables: Tables

    async def find(self, question: SearchQuestion, readable: Collection[str], most: int, skip: int = 0) -> list[str]:
        scopes = {PUBLIC, *readable}
        found = []
        for key in self._keys():
            here = [one for one in self._documents(key) if one.scope in scopes]
            if here and self._answers(key, here, question, readable):
                found.append((max(self._weight(one, question) for one in here), key))
        return [key for _, key in sorted(found, key=lambda pair: (-pair[0], pair[1]))][skip : skip + most]

    async def refresh(self, keys: Collection[str]) -> None:
        pass

    async def keys_after(self, key: str, most: int) -> list[str]:
        return [one for one in self._keys() if one > key][:most]

    def _keys(self) -> list[str]:
        written = {one.item_key for one in self.tables.summaries.values()}
        return sorted({*self.tables.items, *self.tables.picks.values(), *written})

    def _documents(self, key: str) -> list[SearchDocument]:
        rows = [
            (key, self.tables.entries[entry], one) for (item, entry), one in self.tables.mentions.items() if item == key
        ]
        places = sorted(
            (week, channel, rank) for (channel, week, rank), item in self.tables.picks.items() if item == key
        )
        picked = {
            channel: next(one.item for one in self.tables.digests[channel, week].picks if one.rank == rank)
            for week, channel, rank in places
        }
        written = [one for one in self.tables.summaries.values() if one.item_key == key and one.deleted_at is None]
        own = own_sources(self.tables.source_settings.values(), self.tables.notes.get(OWN_BEFORE))
        return documents(key, rows, picked, sorted(written, key=lambda one: (one.at, *_order(one.ref))), own)

    def _answers(
        self, key: str, here: Sequence[SearchDocument], question: SearchQuestion, readable: Collection[str]
    ) -> bool:
        wanted = [term for term in question.terms if not term.without]
        unwanted = [term for term in question.terms if term.without]
        spoke = {entry[0] for item, entry in self.tables.mentions if item == key}
        weeks = [week for (channel, week, _), item in self.tables.picks.items() if item == key and channel in readable]
        written = [one for one in self.tables.summaries.values() if one.item_key == key and one.channel in readable]
        return (
            any(all(_stands_in(term, one) for term in wanted) for one in here)
            and not any(_stands_in(term, one) for term in unwanted for one in here)
            and (question.only is None or key in question.only)
            and (not question.sources or bool(spoke & set(question.sources)))
            and (question.weeks is None or any(within(week, question.weeks) for week in weeks))
            and (not question.has_code or any(one.has_code for one in here))
            and (not question.has_summary or any(one.text and one.deleted_at is None for one in written))
        )

    def _weight(self, one: SearchDocument, question: SearchQuestion) -> int:
        titled = replace(one, people=(), abstract="", said=(), words=())
        return sum(_stands_in(term, titled) for term in question.terms)


def _stands_in(term: Term, one: SearchDocument) -> bool:
    texts = (one.title, *one.people, one.abstract, *one.said, *one.words)
    return any(_stands_in_words(term, tokens(text)) for text in texts)


def _stands_in_words(term: Term, words: Sequence[str]) -> bool:
    if set(words) & set(term.others):
        return True
    size, (*before, last) = len(term.tokens), term.tokens
    pieces = [words[at : at + size] for at in range(len(words) - size + 1)]
    return any(
        list(piece[:-1]) == before and (piece[-1].startswith(last) if term.prefix else piece[-1] == last)
        for piece in pieces
    )


@dataclass
class FakeCardRequests:
    tables: Tables

    async def put(self, request: CardRequest) -> None:
        place = request.channel, request.week, request.rank, request.member.id
        kept = replace(request, item_key=self.tables.canonical(request.item_key))
        self.tables.card_requests.setdefault(place, kept)

    async def of_channel(self, channel: str) -> list[CardRequest]:
        found = [one for one in self.tables.card_requests.values() if one.channel == channel]
        return sorted(found, key=lambda one: (one.at, one.week, one.rank, one.member.id))


@dataclass
class FakeReminders:
    tables: Tables

    async def put(self, reminder: Reminder) -> None:
        self.tables.reminders[reminder.platform, reminder.member_id] = reminder

    async def get(self, platform: str, member_id: str) -> Reminder | None:
        return self.tables.reminders.get((platform, member_id))

    async def remove(self, platform: str, member_id: str) -> bool:
        return self.tables.reminders.pop((platform, member_id), None) is not None

    async def due(self, platform: str, now: datetime, limit: int) -> list[Reminder]:
        found = [one for one in self.tables.reminders.values() if one.platform == platform and one.next_at <= now]
        return sorted(found, key=lambda one: (one.next_at, one.platform, one.member_id))[:limit]

    async def put_off(self, before: Reminder, after: Reminder) -> bool:
        known = self.tables.reminders.get((before.platform, before.member_id))
        if known is None or known.next_at != before.next_at:
            return False
        await self.put(after)
        return True


@dataclass
class FakeAlerts:
    tables: Tables

    async def plan(self, *alerts: Alert) -> int:
        before = len(self.tables.alerts)
        for alert in alerts:
            self.tables.alerts.setdefault((alert.channel, alert.item_key), alert)
        return len(self.tables.alerts) - before

    async def save(self, alert: Alert) -> None:
        if (alert.channel, alert.item_key) not in self.tables.alerts:
            raise StorageError(f"The alert on {alert.item_key} was never planned.")
        self.tables.alerts[alert.channel, alert.item_key] = alert

    async def on_days(self, channels: Mapping[str, date]) -> dict[str, int]:
        return dict(Counter(one.channel for one in self.tables.alerts.values() if channels.get(one.channel) == one.day))

    async def told(self, channels: Collection[str], keys: Collection[str]) -> frozenset[tuple[str, str]]:
        pairs = {(name, self.tables.canonical(key)) for name, key in self.tables.alerts}
        return frozenset((name, key) for name, key in pairs if name in channels and key in keys)

    async def under_way(self, channels: Collection[str]) -> list[Alert]:
        states = {PostingState.PENDING, PostingState.SENDING}
        found = [one for one in self.tables.alerts.values() if one.channel in channels and one.state in states]
        return sorted(found, key=lambda one: (one.channel, one.at, one.item_key))

    async def unsent(self) -> frozenset[str]:
        states = {PostingState.PENDING, PostingState.SENDING}
        return frozenset(one.channel for one in self.tables.alerts.values() if one.state in states)


@dataclass
class FakeOwnClassics:
    tables: Tables

    async def add(self, channel: str, classic: Classic, at: datetime) -> bool:
        fresh = (channel, classic.key) not in self.tables.own_classics
        self.tables.own_classics.setdefault((channel, classic.key), (at, classic))
        return fresh

    async def of_channel(self, channel: str) -> list[Classic]:
        mine = [(at, key, one) for (name, key), (at, one) in self.tables.own_classics.items() if name == channel]
        return [one for _, _, one in sorted(mine, key=lambda found: found[:2])]

    async def remove(self, channel: str, key: str) -> bool:
        return self.tables.own_classics.pop((channel, key), None) is not None


@dataclass
class FakeTastes:
    tables: Tables

    async def add(self, works: Sequence[TasteWork]) -> int:
        before = len(self.tables.tastes)
        for one in works:
            self.tables.tastes.setdefault((one.channel, one.key), one)
        return len(self.tables.tastes) - before

    async def describe(self, works: Sequence[TasteWork]) -> None:
        for one in works:
            for channel, key in list(self.tables.tastes):
                if channel == one.channel and one.key in {key, self.tables.canonical(key)}:
                    self.tables.tastes[channel, key] = one

    async def of_channel(self, channel: str) -> list[TasteWork]:
        found: dict[str, TasteWork] = {}
        for _, one in sorted(self.tables.tastes.items()):
            if one.channel == channel:
                key = self.tables.canonical(one.key)
                found.setdefault(key, replace(one, key=key))
        return [found[key] for key in sorted(found)]

    async def channels(self, among: Collection[str] | None = None) -> list[str]:
        return sorted({channel for channel, _ in self.tables.tastes if among is None or channel in among})

    async def forget(self, channel: str, keys: Collection[str] | None = None) -> int:
        gone = [
            place
            for place in self.tables.tastes
            if place[0] == channel and (keys is None or self.tables.canonical(place[1]) in keys)
        ]
        for place in gone:
            del self.tables.tastes[place]
        return len(gone)


@dataclass
class FakeCitationKeys:
    tables: Tables

    async def all(self) -> dict[str, str]:
        return {key: self.tables.canonical(work) for key, work in sorted(self.tables.citation_keys.items())}

    async def give(self, keys: Mapping[str, str]) -> None:
        for work, key in keys.items():
            if work not in self.tables.citation_keys.values():
                self.tables.citation_keys.setdefault(key, work)


@dataclass
class FakeSentences:
    tables: Tables

    async def get_all(self, keys: Collection[str]) -> dict[str, str]:
        return {key: self.tables.sentences[key].text for key in keys if key in self.tables.sentences}

    async def open_since(self, keys: Collection[str] | None, since: datetime) -> set[str]:
        asked = self.tables.open_questions
        return {key for key, one in asked.items() if (keys is None or key in keys) and one.reserved and one.at > since}

    async def reserve(self, tokens: Mapping[str, int], now: datetime) -> None:
        for key, reserved in tokens.items():
            if key not in self.tables.sentences:
                self._lose(key)
                self.tables.open_questions[key] = OpenQuestion(reserved, now)

    async def release(self, keys: Collection[str], *, paid: bool) -> None:
        for key in self.tables.open_questions.keys() & set(keys):
            one = self.tables.open_questions[key]
            if paid:
                self._lose(key)
            self.tables.open_questions[key] = replace(one, reserved=0)

    def _lose(self, key: str) -> None:
        if key in self.tables.open_questions:
            before = self.tables.lost_tokens.get(key, 0)
            self.tables.lost_tokens[key] = before + self.tables.open_questions[key].reserved

    async def put(self, sentences: Sequence[MachineSentence]) -> None:
        for one in sentences:
            self.tables.open_questions.pop(one.key, None)
            self.tables.sentences.setdefault(one.key, one)

    async def tokens_since(self, since: datetime) -> int:
        answered = {key: one.tokens for key, one in self.tables.sentences.items() if one.at >= since}
        waiting = {key: one.reserved for key, one in self.tables.open_questions.items() if one.at >= since}
        return sum(cost + self.tables.lost_tokens.get(key, 0) for key, cost in (answered | waiting).items())

    async def dearest_since(self, since: datetime) -> int:
        return max((one.tokens for one in self.tables.sentences.values() if one.at >= since), default=0)


@dataclass
class FakeForgotten:
    tables: Tables

    async def add(self, platform: str, member_id: str, now: datetime) -> None:
        self.tables.forgotten.setdefault((platform, member_id), now)

    async def remove(self, platform: str, member_id: str) -> bool:
        return self.tables.forgotten.pop((platform, member_id), None) is not None

    async def check(self) -> Callable[[str, str], bool]:
        known = frozenset(self.tables.forgotten)
        return lambda platform, member_id: (platform.removesuffix(IMPORTED), member_id) in known

    async def people(self) -> list[Person]:
        found: dict[tuple[str, str], set[str]] = {}
        acts = (*self.tables.reactions.values(), *self.tables.presses.values(), *self.tables.summaries.values())
        for one in acts:
            found.setdefault((one.ref.platform, one.member.id), set()).add(one.member.name)
        for place, name in self.tables.members.items():
            found.setdefault(place, set()).add(name)
        borne = {name for names in found.values() for name in names}
        people = [Person(platform=p, id=one, names=frozenset(names - {""})) for (p, one), names in found.items()]
        paused = {who for one in self.tables.channel_states.values() for who in credited(one.paused_because or "")}
        return people + [
            Person(platform="", id="", names=frozenset({one})) for one in paused if one and one not in borne
        ]

    async def sweep(self) -> Swept:
        check, tables = await self.check(), self.tables
        gone: set[str] = set()
        keys: set[str] = set()
        refs: set[MessageRef] = set()
        rows = 0
        for place, one in list(tables.reactions.items()):
            if check(one.ref.platform, one.member.id):
                gone.add(one.member.id)
                refs.add(one.ref)
                rows += 1
                del tables.reactions[place]
        for name, press in list(tables.presses.items()):
            if check(press.ref.platform, press.member.id):
                gone.add(press.member.id)
                refs.add(press.ref)
                rows += 1
                del tables.presses[name]
        for ref, summary in list(tables.summaries.items()):
            if check(ref.platform, summary.member.id):
                gone.add(summary.member.id)
                keys.add(summary.item_key)
                refs.add(summary.parent)
                rows += 1
                tables.history.pop(ref, None)
                del tables.summaries[ref]
        for table in (tables.members, tables.member_wishes):
            for member in [one for one in table if check(*one)]:
                gone.add(member[1])
                rows += 1
                del table[member]
        gone |= self._sweep_channels() | await self._sweep_credits()
        return Swept(members=len(gone), rows=rows, keys=frozenset(keys), refs=frozenset(refs))

    async def _sweep_credits(self) -> set[str]:
        """Take names that are on the list out of who paused a channel."""
        check, found = await self.check(), set[str]()
        for name, state in list(self.tables.channel_states.items()):
            because = state.paused_because or ""
            if named := [one for one in credited(because) if check(BY_NAME, one)]:
                found.update(named)
                uncredited = without_credit(because, named)
                self.tables.channel_states[name] = replace(state, paused_because=uncredited)
        return found

    def _sweep_channels(self) -> set[str]:
        """Take the forgotten out of who set a channel up and who edits its digest."""
        found: set[str] = set()
        for name, state in list(self.tables.channel_states.items()):
            editors = tuple(map(str, state.values.get("editors", ())))  # type: ignore[arg-type]  # a list of ids
            named = {one for one in (state.set_up_by, *editors) if one}
            theirs = {one for one in named if (state.platform, one) in self.tables.forgotten}
            if theirs:
                found |= theirs
                left = {"editors": [one for one in editors if one not in theirs]} if "editors" in state.values else {}
                set_up_by = "" if state.set_up_by in theirs else state.set_up_by
                self.tables.channel_states[name] = replace(state, set_up_by=set_up_by, values={**state.values, **left})
        return found


@dataclass
class FakeApiTokens:
    tables: Tables

    async def add(self, token: ApiToken, hashed: str) -> bool:
        if token.name in {one.name for one in self.tables.api_tokens.values()}:
            return False
        self.tables.api_tokens[hashed] = token
        return True

    async def of_hash(self, hashed: str) -> ApiToken | None:
        return self.tables.api_tokens.get(hashed)

    async def used(self, hashed: str, now: datetime) -> bool:
        known = self.tables.api_tokens.get(hashed)
        if known is None or (known.used and now - known.used <= timedelta(days=1)):
            return False
        self.tables.api_tokens[hashed] = replace(known, used=now)
        return True

    async def all(self) -> list[ApiToken]:
        return sorted(self.tables.api_tokens.values(), key=lambda one: one.name)

    async def revoke(self, name: str) -> bool:
        found = [key for key, one in self.tables.api_tokens.items() if one.name == name]
        for key in found:
            del self.tables.api_tokens[key]
        return bool(found)


@dataclass
class FakeRetention:
    tables: Tables

    async def trim_entries(self, before: datetime, most: int) -> int:
        tables = self.tables
        kept = {*tables.picks.values(), *(one.item_key for one in tables.postings.values() if one.item_key)}
        kept |= {one.item_key for one in tables.summaries.values()} | {
            tables.canonical(key) for _, key in tables.tastes
        }
        spoke = {entry for key, entry in tables.mentions if key in kept}
        trimmed = 0
        for place, stored in sorted(tables.entries.items()):
            entry = stored.entry
            full = bool(entry.abstract or entry.links or entry.brief)
            if trimmed < most and full and stored.first_seen < before and place not in spoke:
                tables.entries[place] = replace(stored, entry=replace(entry, abstract="", links=(), brief=""))
                trimmed += 1
        return trimmed

    async def drop_acts(self, before: datetime, most: int) -> int:
        tables, rows = self.tables, 0
        for table in (tables.reactions, tables.presses, tables.summaries, tables.card_requests):
            for place in [place for place, one in table.items() if one.at < before][:most]:
                rows += 1
                del table[place]
        return rows


@dataclass
class FakeMembers:
    tables: Tables

    async def put(self, platform: str, members: Iterable[Member]) -> None:
        for member in members:
            if member.name or (platform, member.id) not in self.tables.members:
                self.tables.members[platform, member.id] = member.name

    async def wishes(self, platform: str, member_id: str) -> MemberWishes:
        return self.tables.member_wishes.get((platform, member_id), MemberWishes())

    async def put_wishes(self, platform: str, member_id: str, wishes: MemberWishes) -> None:
        self.tables.member_wishes[platform, member_id] = wishes


@dataclass
class FakeChannels:
    tables: Tables

    async def started(self, channel: str) -> datetime | None:
        return self.tables.channels.get(channel)

    async def start(self, channel: str, now: datetime) -> datetime:
        if channel not in self.tables.channels:
            self.tables.channels[channel] = now
            self._changed(channel)
        return self.tables.channels[channel]

    def _changed(self, channel: str) -> None:
        self.tables.channel_versions[channel] = self.tables.channel_versions.get(channel, 0) + 1
        self.tables.wake_ups.pop(channel, None)

    async def all(self) -> dict[str, ChannelState]:
        names = self.tables.channels.keys() | self.tables.channel_states.keys()
        states = {name: self.tables.channel_states.get(name) or ChannelState(name=name) for name in sorted(names)}
        return {name: replace(state, started=self.tables.channels.get(name)) for name, state in states.items()}

    async def get(self, channel: str) -> ChannelState | None:
        return (await self.all()).get(channel)

    async def changed(self, known: Mapping[str, int]) -> dict[str, tuple[int, ChannelState]]:
        versions = self.tables.channel_versions
        return {
            name: (versions.get(name, 0), state)
            for name, state in (await self.all()).items()
            if known.get(name) != versions.get(name, 0)
        }

    async def save(self, state: ChannelState) -> None:
        place = (state.platform, state.id)
        taken = [one for one in self.tables.channel_states.values() if one.id and (one.platform, one.id) == place]
        if state.id and any(one.name != state.name for one in taken):
            raise StorageError(f"another channel is in the place of {state.name}")
        if state.started:
            await self.start(state.name, state.started)
        self.tables.channel_states[state.name] = replace(state, started=None)
        self._changed(state.name)


@dataclass
class FakeWakeUps:
    tables: Tables

    async def due(self, now: datetime) -> list[str]:
        states = await FakeChannels(self.tables).all()
        return [name for name, state in states.items() if state.stopped is None and not self._asleep(name, now)]

    def _asleep(self, name: str, now: datetime) -> bool:
        wake, noted = self.tables.wake_ups.get(name, (now, now))
        return noted <= now < wake

    async def hold(self, channels: Collection[str]) -> dict[str, ChannelState]:
        states = await FakeChannels(self.tables).all()
        return {name: states[name] for name in channels if name in states}

    async def note(
        self, wakes: Mapping[str, datetime], now: datetime, waiting: Mapping[str, str] | None = None
    ) -> None:
        states = await FakeChannels(self.tables).all()
        self.tables.wake_ups.update({name: (at, now) for name, at in wakes.items() if name in states})
        for name in wakes:
            self.tables.waiting.pop(name, None)
        self.tables.waiting.update({name: seen for name, seen in (waiting or {}).items() if name in states})

    async def waiting(self) -> dict[str, str]:
        return {name: seen for name, seen in sorted(self.tables.waiting.items()) if name in self.tables.wake_ups}

    async def forget(self) -> None:
        self.tables.wake_ups.clear()


@dataclass
class FakeLeases:
    tables: Tables

    async def claim(self, name: str, owner: str, now: datetime, until: datetime) -> Lease | None:
        known = self.tables.leases.get(name)
        if known and known.owner != owner and known.until > now:
            if self.tables.leases_written[name] > now:
                self._write(replace(known, until=until), now)
            return None
        lease = Lease(name=name, owner=owner, token=known.token + 1 if known else 1, until=until)
        self._write(lease, now)
        return lease

    def _write(self, lease: Lease, now: datetime) -> None:
        self.tables.leases[lease.name] = lease
        self.tables.leases_written[lease.name] = now

    async def renew(self, lease: Lease, now: datetime, until: datetime) -> bool:
        mine = self._set(lease, until)
        if mine:
            self.tables.leases_written[lease.name] = now
        return mine

    def _set(self, lease: Lease, until: datetime) -> bool:
        known = self.tables.leases.get(lease.name)
        mine = known and (known.owner, known.token) == (lease.owner, lease.token) and known.until > LONG_AGO
        if mine:
            self.tables.leases[lease.name] = replace(lease, until=until)
        return bool(mine)

    async def release(self, lease: Lease) -> None:
        self._set(lease, LONG_AGO)

    async def held(self, now: datetime) -> list[Lease]:
        written = self.tables.leases_written
        return [
            replace(one, until=min(one.until, now + (one.until - written[name])))
            for name, one in sorted(self.tables.leases.items())
            if one.until > now
        ]

    async def drop(self, now: datetime, unused: timedelta) -> int:
        written = self.tables.leases_written
        ended = [name for name, one in self.tables.leases.items() if one.until <= now and written[name] < now - unused]
        for name in ended:
            del self.tables.leases[name], written[name]
        return len(ended)

    async def forget(self, owner: str) -> None:
        for lease in [one for one in self.tables.leases.values() if one.owner == owner]:
            self.tables.leases[lease.name] = replace(lease, until=LONG_AGO)

    async def lock(self, name: str) -> None:
        """Units of work are alone here anyway."""


@dataclass
class FakeNotes:
    tables: Tables

    async def get(self, name: str) -> str | None:
        return self.tables.notes.get(name)

    async def beginning(self, prefix: str) -> dict[str, str]:
        return {name: text for name, text in self.tables.notes.items() if name.startswith(prefix)}

    async def put(self, name: str, text: str) -> None:
        self.tables.notes[name] = text

    async def forget(self, name: str) -> None:
        self.tables.notes.pop(name, None)


def _order(ref: MessageRef) -> tuple[str, str, str]:
    return ref.platform, ref.channel_id, ref.message_id
