"""
The ports: what the core asks of the outside, as small Protocols. Each docstring is the contract; one behaviour suite in
`tests/contracts` runs on the fake and on every real adapter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from bot.api_token import ApiToken
from bot.classics import Classic
from bot.events import ChatEvent
from bot.model import (
    Alert,
    Answer,
    Block,
    CardRequest,
    Channel,
    ChannelState,
    CommandCall,
    Digest,
    DigestSpan,
    Entry,
    FetchResult,
    Finding,
    FoundFeed,
    FoundWork,
    Lease,
    MachineSentence,
    Member,
    MemberWishes,
    Mention,
    MessageRef,
    PlatformWords,
    Post,
    Posting,
    Press,
    Reaction,
    Reminder,
    SharedLink,
    ShownPick,
    Skip,
    Snapshot,
    SourceRecord,
    SourceSetting,
    StoredEntry,
    Summary,
    TasteWork,
    Window,
)
from bot.ranking.question import Question, Relevance, Text
from bot.search.query import Term
from bot.visibility import ChannelScope, Reader

Clock = Callable[[], datetime]
"""Gives the present instant: aware, UTC. Never goes back by itself."""

EventSink = Callable[[ChatEvent], Awaitable[None]]
"""Takes one event. Returns only after the event is stored for good; if it raises, the adapter must not acknowledge."""


CommandSink = Callable[[CommandCall], Awaitable[Answer]]
"""Answers one command. Never raises for what a member can mend: that is an answer, too."""


class Source(Protocol):
    """A place we collect from. Called by `usecases.collect`, at most one call at a time for each source."""

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        """
        Give what the source has said since `since`; older entries may be among it. In no particular order.

        `state` is what the last successful call returned, empty at first. Entries are unique by `external_id`.
        Takes bounded time and memory whatever the other side does. Raises `SourceError` and nothing else that is expected.
        """
        ...


class Chat(Protocol):
    """A chat platform, in six methods. Slack, Discord, the local web channel and the fake pass the same contract suite."""

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        """
        Send one post into the channel; give the address of the message.

        `key` is the posting's own: where the platform can refuse a second message with the same key, it does, and the
        first one's address is given. Raises `ChatUnsettled` when it is unknown whether it was sent, `ChatRefused` when a
        person must act, `ChatError` when trying again later may help.
        """
        ...

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        """Look on the platform for the message that was sent with this key at or after `since`; None if there is none."""
        ...

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        """Tell which reactions and replies people have on this message now, our own left out. Raises `ChatError`."""
        ...

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        """Mark a person's reply as recorded (with 📝), or take the mark away. Doing it twice is harmless. Raises `ChatError`."""
        ...

    async def listen(self, sink: EventSink) -> None:
        """Deliver every event to `sink` from now on; returns once connected. The bot's own events are left out."""
        ...

    async def close(self) -> None:
        """Stop listening and close every connection. Doing it twice is harmless."""
        ...


@runtime_checkable
class History(Protocol):
    """A platform whose past messages can be read. A `Chat` may be one, too."""

    async def links(self, channel: Channel, most: int) -> list[SharedLink]:
        """
        Give the web addresses that people shared in a channel's last `most` messages, newest first; bots' are left out.

        At the platform's own pace. Raises `ChatError`.
        """
        ...


@runtime_checkable
class DirectMessages(Protocol):
    """A platform on which we can write to one member alone. A `Chat` may be one, too. Nobody gets a message unasked."""

    async def tell(self, member_id: str, blocks: Sequence[Block]) -> None:
        """
        Send one member a message that nobody else sees. What does not fit into one message is left out, and the message says so.

        Raises `ChatRefused` where the member takes none, `ChatUnsettled` when it is unknown whether it was sent, else `ChatError`.
        """
        ...


@runtime_checkable
class MessageAddresses(Protocol):
    """A platform whose messages have addresses that a browser or its own app opens. A `Chat` may be one, too."""

    async def message_url(self, channel: Channel, ref: MessageRef) -> str | None:
        """Give the address of a message in a channel, which opens its thread where it has one; None where it is not known now."""
        ...


@runtime_checkable
class NewestFirst(Protocol):
    """A platform that shows some channels from the newest message down. A `Chat` may be one, too."""

    async def shows_newest_first(self, channel: Channel) -> bool:
        """Tell whether a channel is one: a digest is sent there from its end, so that it reads from its head. Raises `ChatError`."""
        ...


class Redraws(Protocol):
    """A platform on which a message of ours can be edited, to show what was decided. The local channel redraws by itself."""

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        """Replace the content of a message; its reactions and its thread stay. Raises `ChatError`."""
        ...


class Membership(Protocol):
    """Who is where on a platform: what `bot.visibility` decides by. Asks the platform each time; `usecases.audience` caches."""

    async def scope(self, channel: Channel) -> ChannelScope:
        """
        Give a channel's workspace, and whether it is private or shared with another one. What the platform leaves open is private.

        Raises `ChatError` where it did not answer.
        """
        ...

    async def reader(self, member_id: str, channels: Sequence[Channel]) -> Reader:
        """
        Give a member's workspaces, and those of these channels that they are in; nothing of one whom the platform does not know (any more).

        Raises `ChatError` where it did not answer.
        """
        ...

    async def may_change(self, member_id: str, channel: Channel) -> bool:
        """Tell whether the platform lets a member change a channel's settings, as it does for commands. Raises `ChatError`."""
        ...


class Platform(Protocol):
    """
    A chat platform as the process runs it: its chat, and what the process needs beside it. Built by the `build` function in the
    platform's own folder; the process loops over all platforms and knows none by name.
    """

    @property
    def chat(self) -> Chat:
        """The platform as a chat."""
        ...

    @property
    def redraws(self) -> Redraws | None:
        """Redraws messages after a decision; None for a platform that does so by itself."""
        ...

    @property
    def membership(self) -> Membership:
        """Who may read which channel there."""
        ...

    @property
    def words(self) -> PlatformWords:
        """How the platform is spoken of."""
        ...

    async def title(self, channel: Channel) -> str:
        """What people there call a channel, without a `#`. Raises `ChatError`."""
        ...

    async def check(self, channel: Channel) -> None:
        """Look whether we can post in a channel; raises `ChatRefused` with the remedy where we cannot, else `ChatError`."""
        ...

    async def is_alive(self) -> bool:
        """Tell whether events can come in now: that is what liveness means, not that the process runs."""
        ...

    async def examine(self) -> Sequence[Finding]:
        """Examine everything that the platform needs, for `paperround doctor`. Posts nothing and changes nothing."""
        ...

    def routes(self) -> Sequence[object]:
        """Give the routes that the web application serves for the platform, as its framework's own objects."""
        ...

    async def renew(self) -> None:
        """Renew what runs out, such as tokens. Called every ten minutes."""
        ...


@dataclass(frozen=True, slots=True)
class Upserted:
    """What storing entries changed: external ids never seen before, and those whose content is now another one."""

    new: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one source gave in one fetch, as it is to be stored: its entries and what each of them speaks of."""

    source_id: str
    entries: tuple[StoredEntry, ...]
    mentions: tuple[Mention, ...]
    titles: Mapping[str, str]


class SourceRecords(Protocol):
    """What we remember of sources. Key: source id."""

    async def all(self) -> dict[str, SourceRecord]:
        """Every record, by source id."""
        ...

    async def save(self, records: Collection[SourceRecord]) -> None:
        """Insert or replace each record."""
        ...


class SourceSettings(Protocol):
    """What people set for sources while we run. Key: source id."""

    async def all(self) -> dict[str, SourceSetting]:
        """Every setting, by source id."""
        ...

    async def save(self, setting: SourceSetting) -> None:
        """Insert or replace one source's setting."""
        ...

    async def forget(self, source_id: str) -> bool:
        """Remove a source's setting; False if there is none."""
        ...


class FeedFinder(Protocol):
    """Looks for the source behind an address that a person gave."""

    async def find(self, url: str, *, trusted: bool) -> FoundFeed:
        """
        Tell from the address what source it is, or ask it; if it is a page, follow the feed that it names. Only with `trusted` may it
        be a private address.

        Raises `SourceError` in the name of the address where it cannot be asked, or there is no source.
        """
        ...


class WorkFinder(Protocol):
    """Looks up what stands behind an address that a person gave."""

    async def find(self, url: str) -> FoundWork:
        """
        Tell the title of the work at an address, and what else is known of it; a private address is never asked.

        Raises `SourceError` in the name of the address where nobody says, in bounded time.
        """
        ...


class Ranker(Protocol):
    """
    Says how near works are to what a channel wants. It calculates, elsewhere than on the event loop, and keeps the features of works.

    The works of the last weeks are loaded once, as a corpus with a name, and serve every channel's question about them.
    """

    async def holds(self, corpus: str) -> bool:
        """Whether the corpus of this name is loaded; it may be gone again a moment later."""
        ...

    async def load(self, corpus: str, texts: Sequence[Text], week: date = date.max) -> None:
        """
        Load the works of a corpus in the place of any other; one that is loaded already stays. Raises `RankingError`.

        `week` is the first day (UTC) of what is to be ranked: what counts is learnt from the works of before (`bot.ranking.history`).
        """
        ...

    async def relevance(self, corpus: str, question: Question) -> Mapping[str, Relevance]:
        """
        Answer a question about works of a corpus, by key. The same corpus and question give the same answer.

        Raises `CorpusGone` where it is not loaded (any more), `RankingError` for everything else.
        """
        ...

    async def close(self) -> None:
        """Stop what it runs and free what it holds. Doing it twice is harmless; what is asked later starts it again."""
        ...


class Entries(Protocol):
    """Entries and what they mention. Keys: (source id, external id) for entries, that plus item key for mentions."""

    async def store(self, batches: Sequence[Batch]) -> dict[str, Upserted]:
        """
        Store each batch's entries, items and mentions; tell by source id what was new and what changed.

        An entry already stored with the same content is left alone, one with other content is replaced but keeps its
        `first_seen`, `backlog` and `late`. A mention's key is first followed through the aliases. Items that do not exist yet
        are created from `titles` (item key → title).
        """
        ...

    async def between(self, window: Window) -> list[tuple[str, StoredEntry, Mention]]:
        """Every mention (canonical item key, its entry, itself) of the items that were spoken of inside the window, backlog left out."""
        ...

    async def speakers(self, asked: Collection[tuple[str, str]]) -> dict[tuple[str, str], frozenset[str]]:
        """
        Which entries of a source speak directly of a work, by (source id, item key); a pair that has none is missing.

        Each key is first followed through the aliases; it is answered under the key that was asked.
        """
        ...

    async def texts(self, window: Window, most: int) -> list[Text]:
        """
        What the works say that were spoken of directly inside the window: the latest `most` of them, by the day on which they were first
        spoken of inside it, the latest first. Of what several entries say of a work it is the longest abstract, with its title.
        """
        ...

    async def revision(self) -> str:
        """A text that is another one as soon as an entry was stored or replaced, or two items were found to be one."""
        ...

    async def counts(self) -> dict[str, int]:
        """How many entries are stored of each source that gave any."""
        ...

    async def of_items(self, keys: Collection[str]) -> list[tuple[str, StoredEntry, Mention]]:
        """Every mention (canonical item key, its entry, itself) of these items."""
        ...

    async def newest(self, source_ids: Collection[str], most: int) -> dict[str, list[Entry]]:
        """The newest entries of each of these sources, at most so many of each; a source without any is missing."""
        ...


class Items(Protocol):
    """Identity of items. Key: item key; an alias leads to exactly one item, for ever."""

    async def canonical(self, keys: Collection[str]) -> dict[str, str]:
        """Follow each key through the aliases; a key that is nobody's alias stands for itself."""
        ...

    async def merge(self, loser: str, winner: str) -> None:
        """
        Make `loser` an alias of `winner`: its mentions and aliases move over, and everything that was decided or written
        under the old key is found under the new one. Doing it twice is harmless.
        """
        ...


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

    async def last_end(self) -> datetime | None:
        """The latest end of any digest's window, in whatever channel (UTC); samples left out."""
        ...

    async def with_digest(self, week: str, channels: Collection[str]) -> frozenset[str]:
        """Give those of these channels that have a digest of this period."""
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

    async def posted_since(self, since: datetime) -> list[Posting]:
        """Postings in state posted whose last attempt began at or after `since`: what reconcile looks at."""
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

    async def under_way(self) -> list[Posting]:
        """Postings in state sending, of whatever week: their messages may stand on the platform without our knowing the address."""
        ...


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

    async def waiting(self, limit: int = 500) -> list[ChatEvent]:
        """Events that have not been applied, in the order of receipt."""
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

    async def changed_since(self, since: datetime) -> list[Summary]:
        """Give the summaries that were edited or deleted at or after an instant, in every channel."""
        ...

    async def of_items(self, keys: Collection[str]) -> list[Summary]:
        """Every summary of these works, in whatever channel, that is not deleted, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuestion:
    """
    What the index is asked: the terms, and what the work must have beside them.

    `sources` are ids of which one spoke of it; `weeks` (first and last) are of the digests that brought it; `only` are the keys among
    which it must be, None for any. `has_summary`: somebody wrote of it.
    """

    terms: tuple[Term, ...] = ()
    sources: tuple[str, ...] = ()
    weeks: tuple[str, str] | None = None
    has_code: bool = False
    has_summary: bool = False
    only: frozenset[str] | None = None


class Search(Protocol):
    """
    The full-text index of works and of what members wrote of them. Key: (item key, scope), see `bot.search_documents`.

    It is kept up in the transaction that changes what it holds: what is committed is found, and what is deleted is not.
    """

    async def find(self, question: SearchQuestion, readable: Collection[str], most: int, skip: int = 0) -> list[str]:
        """
        Give the canonical keys of the works that answer, best first, at most so many after the first `skip`.

        Best is by weight, the channels' own works first, where hundreds answer. Where more do, some hundreds of them are weighed at most, and
        of a common word those that say it in their titles come first, then the newest. So many are too many where a database estimates
        that; how far one can leaf through them is at least the first thousand.
        What was said in a channel that is not `readable` (channel names) is not looked at. Without terms the latest come first.
        """
        ...

    async def refresh(self, keys: Collection[str]) -> None:
        """Index these works again, from what is stored; one of which nothing is stored any more leaves the index."""
        ...

    async def keys_after(self, key: str, most: int) -> list[str]:
        """Give the keys of works that ought to be in the index, in their order, after this one."""
        ...


class CardRequests(Protocol):
    """Who wanted to see the card of a work that was a line. Key: (channel, week, rank, member)."""

    async def put(self, request: CardRequest) -> None:
        """Note a request; one that is noted already stays as it is."""
        ...

    async def of_channel(self, channel: str) -> list[CardRequest]:
        """Every request in the channel, with canonical item keys, oldest first."""
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

    async def forget(self, channel: str) -> int:
        """Remove the channel's works; gives how many there were."""
        ...


class CitationKeys(Protocol):
    """The keys by which works are cited. Key: citation key; each item key has one at most, and keeps it for ever."""

    async def all(self) -> dict[str, str]:
        """Every citation key with its work's canonical item key, in the order of citation keys."""
        ...

    async def give(self, keys: Mapping[str, str]) -> None:
        """Keep citation keys of works (item key → citation key); a work that has one keeps it, and a key that is taken stays where it is."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep removed: of how many members, how many rows; `keys` of works of which words are gone, `refs` to be drawn again."""

    members: int = 0
    rows: int = 0
    keys: frozenset[str] = frozenset()
    refs: frozenset[MessageRef] = frozenset()


class Forgotten(Protocol):
    """The suppression list: members who asked to be forgotten, by a keyed hash (`bot.forgetting`)."""

    async def add(self, platform: str, member_id: str, now: datetime) -> None:
        """Put a member on the list; one who is there stays."""
        ...

    async def remove(self, platform: str, member_id: str) -> bool:
        """Take a member off the list: they want to take part again. False if they are not on it."""
        ...

    async def check(self) -> Callable[[str, str], bool]:
        """Give the question whether a member (platform, id) is on the list, as it stands now."""
        ...

    async def sweep(self) -> Swept:
        """Remove everything that is stored of members on the list: decisions, words with their history, names, wishes, events."""
        ...


class ApiTokens(Protocol):
    """Tokens by which programs read. Key: name; each hash is unique, too."""

    async def add(self, token: ApiToken, hashed: str) -> bool:
        """Keep a token under its hash; False, and nothing is changed, if there is one of that name."""
        ...

    async def of_hash(self, hashed: str) -> ApiToken | None:
        """The token with this hash; None if there is none, or it was revoked."""
        ...

    async def used(self, hashed: str, now: datetime) -> bool:
        """Note that a token was used, at most once a day; False if nothing was noted."""
        ...

    async def all(self) -> list[ApiToken]:
        """Every token, by name."""
        ...

    async def revoke(self, name: str) -> bool:
        """Remove a token; False if there is none of that name."""
        ...


class Retention(Protocol):
    """What is dropped after a time, where an operator says so. Each is idempotent."""

    async def trim_entries(self, before: datetime, most: int) -> int:
        """
        Drop the texts of at most `most` entries first seen before an instant that made no work which was sent, marked or written about.

        Their title, address and key stay, so that none of them is new again. Gives how many were trimmed.
        """
        ...

    async def drop_acts(self, before: datetime) -> int:
        """Drop decisions, summaries with their history, and requests of before an instant; give how many rows."""
        ...


class Members(Protocol):
    """People, by platform and id."""

    async def put(self, platform: str, members: Iterable[Member]) -> None:
        """Insert, or take over the newer name."""
        ...

    async def wishes(self, platform: str, member_id: str) -> MemberWishes:
        """What a member follows and mutes; nothing, of one who never said."""
        ...

    async def put_wishes(self, platform: str, member_id: str, wishes: MemberWishes) -> None:
        """Insert or replace what a member follows and mutes."""
        ...


class Reminders(Protocol):
    """Members' wishes for a weekly message to them alone. Unique by platform and member id."""

    async def put(self, reminder: Reminder) -> None:
        """Keep a reminder; it takes the place of the member's last one."""
        ...

    async def get(self, platform: str, member_id: str) -> Reminder | None:
        """Give a member's reminder."""
        ...

    async def remove(self, platform: str, member_id: str) -> bool:
        """Forget a member's reminder; False if there was none."""
        ...

    async def due(self, now: datetime, limit: int) -> list[Reminder]:
        """Give the reminders that are due at `now`, those that wait longest first."""
        ...

    async def put_off(self, before: Reminder, after: Reminder) -> bool:
        """Replace a reminder, if it is still due when `before` was; False, and nothing is changed, where somebody else was quicker."""
        ...


class Alerts(Protocol):
    """Works that channels were told of at once. Key: channel and item key."""

    async def plan(self, alert: Alert) -> bool:
        """Keep an alert that is to be sent; False, and nothing is changed, if the channel has one for that work."""
        ...

    async def save(self, alert: Alert) -> None:
        """Keep how an alert stands. Raises `StorageError` for one that was never planned."""
        ...

    async def on_day(self, channel: str, day: date) -> int:
        """Tell how many alerts a channel has on a day, whatever became of them."""
        ...

    async def told(self, channel: str) -> frozenset[str]:
        """Give the canonical keys of the works that a channel has alerts for."""
        ...

    async def under_way(self, channels: Collection[str]) -> list[Alert]:
        """Give the alerts of these channels that are planned or being sent, by channel, the oldest first."""
        ...


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
    early, and never too late.
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

    async def note(self, wakes: Mapping[str, datetime], now: datetime) -> None:
        """Note the wake-ups (UTC) of channels that are held, as worked out at `now`."""
        ...

    async def forget(self) -> None:
        """Forget every channel's wake-up: all are to be looked at."""
        ...


class Sentences(Protocol):
    """What a language model answered. Key: what it was asked."""

    async def get_all(self, keys: Collection[str]) -> dict[str, str]:
        """The answers that are known, by key; an empty one was not taken."""
        ...

    async def put(self, sentences: Sequence[MachineSentence]) -> None:
        """Keep answers; one that is kept already stays as it is."""
        ...

    async def tokens_since(self, since: datetime) -> int:
        """How many tokens the answers since then have cost."""
        ...


class Summarizer(Protocol):
    """A language model that is asked one thing at a time."""

    model: str
    """Its name, as it is told on a card."""

    async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
        """
        Answer messages (each with `role` and `content`); with the tokens that it cost in all, where that is told.

        Takes bounded time and memory. Raises `SummarizerError` and nothing else that is expected.
        """
        ...

    async def close(self) -> None:
        """Close the connections. Doing it twice is harmless."""
        ...


class Leases(Protocol):
    """Who alone may do a piece of work. Key: name."""

    async def claim(self, name: str, owner: str, now: datetime, until: datetime) -> Lease | None:
        """Take the lease, with a higher token than any before; None if somebody else holds it at `now`."""
        ...

    async def renew(self, lease: Lease, until: datetime) -> bool:
        """Hold the lease until `until`; False, and nothing is changed, if it was claimed or released since."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens if it was claimed by somebody else since."""
        ...

    async def held(self, now: datetime) -> list[Lease]:
        """The leases that have not run out at `now`, by name."""
        ...

    async def forget(self, owner: str) -> None:
        """End every lease of this owner, for a caller who is certain that its process has ended."""
        ...


class Notes(Protocol):
    """Short texts of our own, to be found after a restart. Key: name."""

    async def get(self, name: str) -> str | None:
        """Give what was put last under this name; None if nothing was."""
        ...

    async def put(self, name: str, text: str) -> None:
        """Insert or replace."""
        ...


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
    events: Events
    reactions: Reactions
    presses: Presses
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


class JobQueue(Protocol):
    """Work to be done soon, outside the caller's turn."""

    async def defer(self, job: Callable[[], Awaitable[None]], key: str) -> bool:
        """Run `job` soon; False, and nothing happens, while a job with the same key is waiting or running."""
        ...
