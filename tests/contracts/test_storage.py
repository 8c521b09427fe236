"""The storage suite: what every unit of work promises, be it the fake, SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Interval, bindparam, text

from adapters.storage.repositories.work import SqlLeases
from bot.api_token import ApiToken
from bot.classics import Classic
from bot.credit import paused_by
from bot.errors import StorageError
from bot.events import ChatEvent, ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.forgetting import BY_NAME
from bot.model import (
    CARD_PARTS,
    Alert,
    Attention,
    CardRequest,
    ChannelOrigin,
    ChannelState,
    Digest,
    DigestProgress,
    Entry,
    Item,
    ItemKind,
    Lease,
    Link,
    MachineSentence,
    Meaning,
    Member,
    MemberWishes,
    Mention,
    MessageRef,
    Pick,
    PickRole,
    Posting,
    PostingState,
    Press,
    Reaction,
    Reason,
    ReconciledChannel,
    Reminder,
    Section,
    ShownPick,
    Skip,
    SourceRecord,
    SourceReport,
    SourceSetting,
    SourceStatus,
    StoredEntry,
    Summary,
    TasteWork,
    Window,
)
from bot.ports import Batch, UnitOfWork, UnitOfWorkFactory, Upserted
from bot.usecases.press import apply_press
from tests import factories
from tests.factories import digest_of

MONDAY = datetime(2026, 8, 10, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
WEEK = Window(start=MONDAY, end=MONDAY + 7 * DAY)
ADA = Member(id="U1", name="Ada")
BEN = Member(id="U2", name="Ben")


def an_entry(external_id: str = "one", *, source: str = "arxiv", **said: Any) -> Entry:
    plain = {"kind": ItemKind.PAPER, "section": Section.PAPERS, "title": "A title", "url": "https://example.org/1"}
    return Entry(source_id=source, external_id=external_id, **(plain | said))


def stored(entry: Entry, *, seen: datetime = MONDAY, backlog: bool = False) -> StoredEntry:
    return StoredEntry(entry=entry, first_seen=seen, backlog=backlog)


def a_mention(one: StoredEntry, key: str, **said: Any) -> Mention:
    entry = one.entry
    return Mention(
        key=key,
        source_id=entry.source_id,
        external_id=entry.external_id,
        at=one.at,
        **({"url": entry.url, "title": entry.title} | said),
    )


def batch(one: StoredEntry, *mentions: Mention, titles: Mapping[str, str] | None = None) -> Batch:
    names = {mention.key: mention.title for mention in mentions} if titles is None else titles
    return Batch(source_id=one.entry.source_id, entries=(one,), mentions=mentions, titles=names)


async def store(unit_of_work: UnitOfWorkFactory, *batches: Batch) -> dict[str, Upserted]:
    async with unit_of_work() as unit:
        told = await unit.entries.store(batches)
        await unit.commit()
    return told


async def say(unit_of_work: UnitOfWorkFactory, key: str, external_id: str = "one", **said: Any) -> StoredEntry:
    """One entry about one item."""
    one = stored(an_entry(external_id, **said))
    await store(unit_of_work, batch(one, a_mention(one, key)))
    return one


async def merge(unit_of_work: UnitOfWorkFactory, loser: str, winner: str) -> None:
    async with unit_of_work() as unit:
        await unit.items.merge(loser, winner)
        await unit.commit()


async def keys_in(unit_of_work: UnitOfWorkFactory, window: Window = WEEK) -> list[str]:
    async with unit_of_work() as unit:
        return [key for key, _, _ in await unit.entries.between(window)]


def a_pick(key: str, rank: int = 1) -> Pick:
    item = Item(
        key=key,
        kind=ItemKind.PAPER,
        section=Section.PAPERS,
        title="A title",
        url="https://example.org/1",
        authors=("Ada Lovelace",),
        published=MONDAY,
        attention={"huggingface": Attention(votes=98)},
        mentions=(Mention(key=key, source_id="arxiv", external_id="one", url="u", title="A title", at=MONDAY),),
    )
    reasons = (Reason(name="topic", text="your topic 'agent safety'", weight=0.5),)
    return Pick(rank=rank, section=Section.PAPERS, item=item, minutes=9, score=1.25, reasons=reasons)


def a_digest(*keys: str, channel: str = "reading", week: str = "2026-W33") -> Digest:
    report = SourceReport(id="arxiv", kind="arxiv", state=SourceStatus.OK, fetched=20, new=3, newest=MONDAY)
    return Digest(
        channel=channel,
        week=week,
        window=WEEK,
        budget_minutes=60,
        minutes=9 * len(keys),
        picks=tuple(a_pick(key, rank) for rank, key in enumerate(keys, start=1)),
        left_out={"papers": 214},
        sources=(report,),
        compiled_at=MONDAY + 7 * DAY,
    )


def a_posting(part: int = 1, *, channel: str = "reading", week: str = "2026-W33", **what: Any) -> Posting:
    return Posting(
        channel=channel, week=week, part=part, **({"key": f"{channel}/{week}/{part}", "item_key": f"key:{part}"} | what)
    )


def a_ref(message_id: str = "m1", platform: str = "slack") -> MessageRef:
    return MessageRef(platform=platform, channel_id="C1", message_id=message_id)


def posted(posting: Posting, message_id: str, at: datetime = MONDAY) -> Posting:
    return replace(posting, state=PostingState.POSTED, attempt=1, attempted_at=at, ref=a_ref(message_id))


def a_reaction(*, present: bool = True, at: datetime = MONDAY, **what: Any) -> Reaction:
    return Reaction(**({"ref": a_ref(), "member": ADA, "emoji": "⭐"} | what), present=present, at=at)


def a_summary(text: str = "Worth it.", **what: Any) -> Summary:
    plain = {
        "ref": a_ref("r1"),
        "parent": a_ref("m1"),
        "channel": "reading",
        "item_key": "key:1",
        "member": ADA,
        "at": MONDAY,
    }
    return Summary(text=text, **(plain | what))


async def send(unit_of_work: UnitOfWorkFactory, posting: Posting, message_id: str, at: datetime = MONDAY) -> Posting:
    sent = posted(posting, message_id, at)
    async with unit_of_work() as unit:
        await unit.postings.plan([posting])
        await unit.postings.save(sent)
        await unit.commit()
    return sent


async def react(unit_of_work: UnitOfWorkFactory, *reactions: Reaction) -> list[bool]:
    async with unit_of_work() as unit:
        told = [await unit.reactions.put(reaction) for reaction in reactions]
        await unit.commit()
    return told


def a_press(event_id: str, **what: Any) -> Press:
    plain = {"channel": "reading", "item_key": "key:1", "ref": a_ref(), "member": ADA, "at": MONDAY}
    return Press(**({"event_id": event_id, "meaning": Meaning.MUST_READ, "present": True} | plain | what))


async def decide(unit_of_work: UnitOfWorkFactory, *presses: Press) -> list[bool]:
    async with unit_of_work() as unit:
        told = [await unit.presses.add(press) for press in presses]
        await unit.commit()
    return told


async def write(unit_of_work: UnitOfWorkFactory, *summaries: Summary) -> list[bool]:
    async with unit_of_work() as unit:
        told = [await unit.summaries.put(summary) for summary in summaries]
        await unit.commit()
    return told


class TestUnitOfWork:
    async def test_committed_stays(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What was committed is there for the next unit of work."""
        async with unit_of_work() as unit:
            await unit.channels.start("reading", MONDAY)
            await unit.commit()

        async with unit_of_work() as unit:
            assert MONDAY == await unit.channels.started("reading")

    async def test_without_commit_nothing_stays(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Leaving without a commit leaves nothing behind."""
        async with unit_of_work() as unit:
            await unit.channels.start("reading", MONDAY)

        async with unit_of_work() as unit:
            assert await unit.channels.started("reading") is None

    async def test_an_error_rolls_back_and_goes_on(self, unit_of_work: UnitOfWorkFactory) -> None:
        """An error inside undoes everything and reaches the caller as it was."""
        with pytest.raises(LookupError, match="mine"):  # noqa: PT012 - the error comes from within
            async with unit_of_work() as unit:
                await unit.channels.start("reading", MONDAY)
                raise LookupError("mine")

        async with unit_of_work() as unit:
            assert await unit.channels.started("reading") is None

    async def test_sees_its_own_writes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Before the commit, a unit of work sees what it wrote itself."""
        async with unit_of_work() as unit:
            await unit.channels.start("reading", MONDAY)

            assert MONDAY == await unit.channels.started("reading")


class TestSourceRecords:
    async def test_round_trip(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A record comes back as it was saved, the source's own state included."""
        record = SourceRecord(
            id="arxiv",
            state={"etag": 'W/"1"', "cursor": [1, {"deep": None}]},
            first_success=MONDAY,
            failures=2,
            report=SourceReport(id="arxiv", kind="arxiv", state=SourceStatus.FAILING, error="timed out", seconds=1.5),
        )
        async with unit_of_work() as unit:
            await unit.sources.save([record, SourceRecord(id="hn")])
            await unit.commit()

        async with unit_of_work() as unit:
            assert {"arxiv": record, "hn": SourceRecord(id="hn")} == await unit.sources.all()

    async def test_settings(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What people set for a source comes back, is replaced by the next, and can be forgotten once."""
        first = SourceSetting(
            id="mine", values={"kind": "feed", "url": "https://example.org/"}, trusted=True, by="Ada", at=MONDAY
        )
        second = replace(first, values={"enabled": False})
        async with unit_of_work() as unit:
            await unit.source_settings.save(first)
            await unit.source_settings.save(second)
            await unit.commit()

        async with unit_of_work() as unit:
            assert {"mine": second} == await unit.source_settings.all()
            assert [True, False] == [await unit.source_settings.forget("mine") for _ in range(2)]
            assert {} == await unit.source_settings.all()

    async def test_replaces(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Saving a record again replaces it; saving none is harmless."""
        async with unit_of_work() as unit:
            await unit.sources.save([SourceRecord(id="arxiv", failures=1)])
            await unit.sources.save([SourceRecord(id="arxiv", failures=2)])
            await unit.sources.save([])

            assert {"arxiv": SourceRecord(id="arxiv", failures=2)} == await unit.sources.all()


class TestStoringEntries:
    async def test_new_then_known(self, unit_of_work: UnitOfWorkFactory) -> None:
        """An entry is new once; offered again unchanged, it is neither new nor changed."""
        one = stored(an_entry())
        first = await store(unit_of_work, batch(one, a_mention(one, "key:1")))

        second = await store(unit_of_work, batch(one, a_mention(one, "key:1")))

        assert {"arxiv": Upserted(new=frozenset({"one"}))} == first
        assert {"arxiv": Upserted()} == second

    async def test_nothing(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A batch without entries, and no batch at all, are harmless."""
        empty = Batch(source_id="arxiv", entries=(), mentions=(), titles={})

        assert {} == await store(unit_of_work)
        assert {"arxiv": Upserted()} == await store(unit_of_work, empty)

    async def test_round_trip(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Entry and mention come back as they were said."""
        entry = an_entry(
            abstract="Ω ∈ ℝ, “quoted”",
            authors=("Ada", "Ben"),
            published=MONDAY + HOUR + timedelta(microseconds=1),
            attention=Attention(votes=98),
            links=(Link(url="https://example.org/2", text="here", quote="see here"),),
        )
        one = stored(entry, seen=MONDAY + 2 * HOUR)
        mention = a_mention(one, "key:1", direct=False, quote="see here")
        await store(unit_of_work, batch(one, mention))

        async with unit_of_work() as unit:
            assert [("key:1", one, mention)] == await unit.entries.between(WEEK)

    async def test_votes_are_a_change(self, unit_of_work: UnitOfWorkFactory) -> None:
        """More votes make an entry changed; it keeps the instant and the backlog of its first time."""
        one = stored(an_entry(attention=Attention(votes=1)))
        more = stored(an_entry(attention=Attention(votes=2)), seen=MONDAY + DAY, backlog=True)
        await store(unit_of_work, batch(one, a_mention(one, "key:1")))

        told = await store(unit_of_work, batch(more, a_mention(more, "key:1")))

        assert {"arxiv": Upserted(changed=frozenset({"one"}))} == told
        async with unit_of_work() as unit:
            [(_, kept, mention)] = await unit.entries.of_items(["key:1"])
        assert replace(one, entry=more.entry) == kept
        assert one.first_seen == mention.at

    async def test_same_external_id_of_two_sources(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Entries of two sources are two, even with one external id, and each source is told of its own."""
        here, there = stored(an_entry()), stored(an_entry(source="hn"))

        told = await store(unit_of_work, batch(here, a_mention(here, "key:1")), batch(there, a_mention(there, "key:1")))

        assert {"arxiv": Upserted(new=frozenset({"one"})), "hn": Upserted(new=frozenset({"one"}))} == told
        assert ["key:1", "key:1"] == await keys_in(unit_of_work)

    async def test_the_newest_of_each_source(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The newest entries of the sources that are asked for come first, so many of each, undated ones last; others are missing."""
        dates = {"old": MONDAY, "new": MONDAY + 2 * DAY, "middle": MONDAY + DAY, "undated": None}
        said = [stored(an_entry(name, published=at)) for name, at in dates.items()]
        other, silent = stored(an_entry("other", source="hn")), stored(an_entry("x", source="silent"))
        for one in (*said, other, silent):
            await store(unit_of_work, batch(one, a_mention(one, "key:1")))

        async with unit_of_work() as unit:
            newest = await unit.entries.newest(["arxiv", "hn", "unknown"], 3)
            every = await unit.entries.newest(["arxiv"], 9)

        assert {"arxiv": ["new", "middle", "old"], "hn": ["other"]} == {
            source: [each.external_id for each in found] for source, found in newest.items()
        }
        assert [one.external_id for one in every["arxiv"]][-1] == "undated"

    async def test_mentions_that_are_no_longer_made(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A changed entry speaks of what it speaks of now; other entries' mentions stay."""
        await say(unit_of_work, "key:old", "other")
        one, other = stored(an_entry(title="First")), stored(an_entry(title="Second"))
        await store(unit_of_work, batch(one, a_mention(one, "key:old"), a_mention(one, "key:both")))

        await store(unit_of_work, batch(other, a_mention(other, "key:both"), a_mention(other, "key:new")))

        async with unit_of_work() as unit:
            spoken = await unit.entries.of_items(["key:old", "key:both", "key:new"])
        assert [("key:both", "one"), ("key:new", "one"), ("key:old", "other")] == [
            (key, mention.external_id) for key, _, mention in spoken
        ]

    async def test_aliases_are_followed(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What speaks of an alias speaks of the item behind it."""
        await merge(unit_of_work, "key:alias", "key:1")

        await say(unit_of_work, "key:alias")

        assert ["key:1"] == await keys_in(unit_of_work)

    async def test_two_mentions_of_one_item(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Where two mentions of one entry fold into one item, the direct one stays."""
        await merge(unit_of_work, "key:alias", "key:1")
        one = stored(an_entry())

        await store(unit_of_work, batch(one, a_mention(one, "key:alias", direct=False), a_mention(one, "key:1")))

        async with unit_of_work() as unit:
            [(_, _, mention)] = await unit.entries.of_items(["key:1"])
        assert a_mention(one, "key:1") == mention


class TestEntriesTexts:
    async def test_latest(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The works spoken of directly inside the window, the latest first, and no more than asked for."""
        late = MONDAY + 30 * DAY
        for key, at in [
            ("key:1", WEEK.start),
            ("key:2", WEEK.start + DAY),
            ("key:3", WEEK.start + 2 * DAY),
            ("key:4", WEEK.end),
        ]:
            one = stored(an_entry(key, published=at, title=f"On {key}", abstract="said", tags=("sparse",)), seen=late)
            await store(unit_of_work, batch(one, a_mention(one, key)))
        async with unit_of_work() as unit:
            found = await unit.entries.texts(WEEK, 2)

        assert [text.key for text in found] == ["key:3", "key:2"]
        assert (found[0].title, found[0].abstract) == ("On key:3", "said\nsparse")
        assert found[0].day == (WEEK.start + 2 * DAY).date()

    async def test_longest_abstract(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Of what several entries say of one work the longest abstract counts; what merely links to it says nothing of it."""
        late = MONDAY + 30 * DAY
        for name, abstract in [("a", "short"), ("b", "much longer"), ("c", "longest of all by far")]:
            one = stored(an_entry(name, published=WEEK.start, title=name, abstract=abstract, tags=()), seen=late)
            await store(unit_of_work, batch(one, a_mention(one, "key:1", direct=name != "c")))
        async with unit_of_work() as unit:
            (found,) = await unit.entries.texts(WEEK, 9)

        assert (found.title, found.abstract) == ("b", "much longer")


class TestEntriesSeenAfter:
    async def test_what_is_new(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Works spoken of inside the window by an entry that was first seen later than an instant; what a first collect found is none of them."""
        for key, at, seen in [
            ("key:new", WEEK.start, MONDAY + HOUR),
            ("key:known", WEEK.start, MONDAY),
            ("key:old", WEEK.start - HOUR, MONDAY + HOUR),
        ]:
            one = stored(an_entry(key, published=at), seen=seen)
            await store(unit_of_work, batch(one, a_mention(one, key)))
        backlog = replace(stored(an_entry("b", published=WEEK.start), seen=MONDAY + HOUR), backlog=True)
        await store(unit_of_work, batch(backlog, a_mention(backlog, "key:backlog")))
        again = stored(an_entry("key:known", published=WEEK.start, title="Corrected"), seen=MONDAY + HOUR)
        await store(unit_of_work, batch(again, a_mention(again, "key:known")))

        async with unit_of_work() as unit:
            assert {"key:new"} == await unit.entries.seen_after(MONDAY, WEEK)


class TestEntriesRevision:
    async def test_stored_and_replaced(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The revision is another one once an entry is stored, replaced, or found to be of another item, or a source's record changed; reading leaves it."""
        seen = []
        for what in ({}, {"title": "Another title"}):
            one = stored(an_entry("a", **what))
            await store(unit_of_work, batch(one, a_mention(one, "key:1")))
            async with unit_of_work() as unit:
                await unit.entries.between(WEEK)
                seen += [await unit.entries.revision(), await unit.entries.revision()]
        async with unit_of_work() as unit:
            await unit.items.merge("key:2", "key:1")
            await unit.commit()
            seen.append(await unit.entries.revision())
            for failures in (0, 1):
                await unit.sources.save([SourceRecord(id="arxiv", failures=failures)])
                seen.append(await unit.entries.revision())

        assert seen[0] == seen[1]
        assert seen[2] == seen[3]
        assert len(set(seen)) == 5


class TestEntriesWithdrawn:
    async def said(self, unit_of_work: UnitOfWorkFactory, key: str, *, direct: bool = True, **what: Any) -> None:
        one = stored(an_entry(f"of {key}", **what))
        await store(unit_of_work, batch(one, a_mention(one, key, direct=direct)))

    async def test_of_what_was_sent(self, unit_of_work: UnitOfWorkFactory) -> None:
        """
        Found is a work that an entry says directly was withdrawn, by its tag and no other word, once it is about a message that was posted since;
        also where the work is found to be another one only later. It is not, once the entry says so no more.
        """
        tags = {"tags": ("cs.LG", "withdrawn")}
        await self.said(unit_of_work, "key:1", **tags)
        await self.said(unit_of_work, "key:2")
        await self.said(unit_of_work, "key:3", title="withdrawn", authors=("withdrawn",), tags=("Withdrawn",))
        await self.said(unit_of_work, "key:4", direct=False, **tags)
        await self.said(unit_of_work, "key:5", **tags)
        for number in (1, 2, 3, 4, 6):
            sent = a_posting(number, item_key=f"key:{number}")
            await send(unit_of_work, sent, f"m{number}", MONDAY)
        async with unit_of_work() as unit:
            found = [await unit.entries.withdrawn(MONDAY), await unit.entries.withdrawn(MONDAY + HOUR)]
            await unit.items.merge("key:5", "key:6")
            found.append(await unit.entries.withdrawn(MONDAY))
            await unit.commit()
        await self.said(unit_of_work, "key:1", title="As it was")
        async with unit_of_work() as unit:
            found.append(await unit.entries.withdrawn(MONDAY))

        assert [{"key:1"}, set(), {"key:1", "key:6"}, {"key:6"}] == found


class TestEntriesBetween:
    async def test_half_open(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The window's start belongs to it, its end does not."""
        late = MONDAY + 30 * DAY
        for key, at in [("key:start", WEEK.start), ("key:end", WEEK.end), ("key:before", WEEK.start - HOUR)]:
            one = stored(an_entry(key, published=at), seen=late)
            await store(unit_of_work, batch(one, a_mention(one, key)))

        assert ["key:start"] == await keys_in(unit_of_work)

    async def test_older_mentions_are_shown_too(self, unit_of_work: UnitOfWorkFactory) -> None:
        """An item spoken of inside the window brings what was said of it before, and nothing said after."""
        late = MONDAY + 30 * DAY
        for name, at in [("in", WEEK.start), ("older", WEEK.start - 9 * DAY), ("later", WEEK.end)]:
            one = stored(an_entry(name, published=at), seen=late)
            await store(unit_of_work, batch(one, a_mention(one, "key:1")))

        async with unit_of_work() as unit:
            spoken = await unit.entries.between(WEEK)

        assert ["older", "in"] == [mention.external_id for _, _, mention in spoken]

    async def test_late_entries_count_from_when_they_were_first_seen(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A late entry is spoken of when we first saw it, and stays there when it is stored again with other content."""
        late = replace(stored(an_entry(published=WEEK.start - 3 * DAY), seen=WEEK.start), late=True)
        votes = Attention(votes=5)
        again = stored(an_entry(published=WEEK.start - 3 * DAY, attention=votes), seen=WEEK.start + DAY)
        for one in (late, again):
            await store(unit_of_work, batch(one, a_mention(one, "key:1")))

        async with unit_of_work() as unit:
            spoken = await unit.entries.between(WEEK)

        assert [(WEEK.start, True, votes)] == [(m.at, s.late, s.entry.attention) for _, s, m in spoken]

    async def test_counts(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Stored entries are counted by source, whatever they are."""
        await store(unit_of_work, batch(stored(an_entry("one"))), batch(stored(an_entry("two"), backlog=True)))
        await store(unit_of_work, batch(stored(an_entry("one", source="lab"))))

        async with unit_of_work() as unit:
            assert {"arxiv": 2, "lab": 1} == await unit.entries.counts()

    async def test_speakers(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Which entries of a source speak directly of a work is answered under the key that was asked, whatever it became."""
        await say(unit_of_work, "key:1", "one")
        await say(unit_of_work, "key:2", "two")
        linked = stored(an_entry("linked"))
        await store(unit_of_work, batch(linked, a_mention(linked, "key:2", direct=False)))
        await merge(unit_of_work, "key:1", "key:2")
        asked = {("arxiv", "key:1"), ("arxiv", "key:2"), ("arxiv", "key:3"), ("lab", "key:1")}

        async with unit_of_work() as unit:
            both = frozenset({"one", "two"})
            assert {("arxiv", "key:1"): both, ("arxiv", "key:2"): both} == await unit.entries.speakers(asked)
            assert {} == await unit.entries.speakers(())

    async def test_backlog_is_left_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What was already old when first seen neither brings an item in nor is shown beside it."""
        old, alone = stored(an_entry("old"), backlog=True), stored(an_entry("alone"), backlog=True)
        await store(unit_of_work, batch(old, a_mention(old, "key:1")), batch(alone, a_mention(alone, "key:2")))
        await say(unit_of_work, "key:1", "new")

        async with unit_of_work() as unit:
            spoken = await unit.entries.between(WEEK)
            everything = await unit.entries.of_items(["key:1", "key:2"])

        assert ["new"] == [mention.external_id for _, _, mention in spoken]
        assert {"new", "old", "alone"} == {mention.external_id for _, _, mention in everything}

    async def test_undated_and_future(self, unit_of_work: UnitOfWorkFactory) -> None:
        """An entry without a date, or with one to come, spoke when we first saw it."""
        undated, future = stored(an_entry("undated")), stored(an_entry("future", published=MONDAY + 99 * DAY))
        await store(
            unit_of_work, batch(undated, a_mention(undated, "key:1")), batch(future, a_mention(future, "key:2"))
        )

        async with unit_of_work() as unit:
            spoken = await unit.entries.between(WEEK)

        assert [MONDAY, MONDAY] == [mention.at for _, _, mention in spoken]

    async def test_many_mentions_of_one_entry(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A newsletter's entry is given with each of the items it speaks of."""
        one = stored(an_entry())
        await store(unit_of_work, batch(one, *(a_mention(one, f"key:{number}") for number in range(9))))

        async with unit_of_work() as unit:
            spoken = await unit.entries.between(WEEK)

        assert [(f"key:{number}", one) for number in range(9)] == [(key, entry) for key, entry, _ in spoken]


class TestItems:
    async def test_stands_for_itself(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A key that is nobody's alias stands for itself, known or not."""
        async with unit_of_work() as unit:
            assert {"key:1": "key:1"} == await unit.items.canonical(["key:1"])
            assert {} == await unit.items.canonical([])

    async def test_mentions_move_over(self, unit_of_work: UnitOfWorkFactory) -> None:
        """After a merge, what was said of the loser was said of the winner; both keys find it."""
        await say(unit_of_work, "key:a", "one")
        await say(unit_of_work, "key:b", "two")

        await merge(unit_of_work, "key:a", "key:b")

        assert ["key:b", "key:b"] == await keys_in(unit_of_work)
        async with unit_of_work() as unit:
            assert await unit.entries.of_items(["key:a"]) == await unit.entries.of_items(["key:b"])
            assert {"key:a": "key:b"} == await unit.items.canonical(["key:a"])

    async def test_winner_unheard_of(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A winner of which nobody has spoken yet takes over what was said of the loser."""
        await say(unit_of_work, "key:a")

        await merge(unit_of_work, "key:a", "key:b")

        assert ["key:b"] == await keys_in(unit_of_work)

    @pytest.mark.parametrize("direct", ["key:a", "key:b"])
    async def test_one_entry_spoke_of_both(self, unit_of_work: UnitOfWorkFactory, direct: str) -> None:
        """An entry that spoke of both speaks of the winner once; the direct mention stays."""
        one = stored(an_entry())
        mentions = [a_mention(one, key, direct=key == direct, quote=key) for key in ("key:a", "key:b")]
        await store(unit_of_work, batch(one, *mentions))

        await merge(unit_of_work, "key:a", "key:b")

        async with unit_of_work() as unit:
            [(_, _, mention)] = await unit.entries.of_items(["key:b"])
        assert (True, direct) == (mention.direct, mention.quote)

    async def test_chains_are_followed(self, unit_of_work: UnitOfWorkFactory) -> None:
        """An alias of a loser becomes an alias of the winner, whichever name the merge is told."""
        await merge(unit_of_work, "key:a", "key:b")
        await merge(unit_of_work, "key:b", "key:c")
        await merge(unit_of_work, "key:a", "key:d")

        async with unit_of_work() as unit:
            found = await unit.items.canonical(["key:a", "key:b", "key:c", "key:d"])

        assert dict.fromkeys(["key:a", "key:b", "key:c", "key:d"], "key:d") == found

    @pytest.mark.parametrize(("loser", "winner"), [("key:a", "key:b"), ("key:b", "key:a"), ("key:b", "key:b")])
    async def test_twice_or_in_a_circle(self, unit_of_work: UnitOfWorkFactory, loser: str, winner: str) -> None:
        """Merging what is one item already, either way round, changes nothing."""
        await say(unit_of_work, "key:a")
        await merge(unit_of_work, "key:a", "key:b")

        await merge(unit_of_work, loser, winner)

        assert ["key:b"] == await keys_in(unit_of_work)
        async with unit_of_work() as unit:
            assert {"key:a": "key:b", "key:b": "key:b"} == await unit.items.canonical(["key:a", "key:b"])

    async def test_what_was_decided_is_found_under_the_new_key(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Sent picks, postings, reactions and summaries of the loser are the winner's after a merge."""
        await say(unit_of_work, "key:1")
        async with unit_of_work() as unit:
            await unit.digests.add(a_digest("key:1"))
            await unit.commit()
        await send(unit_of_work, a_posting(1), "m1")
        await react(unit_of_work, a_reaction())
        await write(unit_of_work, a_summary())

        await merge(unit_of_work, "key:1", "key:b")

        async with unit_of_work() as unit:
            assert {"key:b"} == await unit.digests.sent_keys("reading")
            assert ["key:b"] == [one.item_key for one in await unit.postings.of("reading", "2026-W33")]
            assert ["key:b"] == [key for key, _ in await unit.reactions.of_channel("reading")]
            assert ["key:b"] == [one.item_key for one in await unit.summaries.of_channel("reading")]

    async def test_what_is_written_under_an_alias(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What is written under an old key after the merge is the winner's as well."""
        await merge(unit_of_work, "key:1", "key:b")
        async with unit_of_work() as unit:
            await unit.digests.add(a_digest("key:1"))
            await unit.commit()
        await send(unit_of_work, a_posting(1), "m1")
        await write(unit_of_work, a_summary())

        async with unit_of_work() as unit:
            assert {"key:b"} == await unit.digests.sent_keys("reading")
            assert ["key:b"] == [one.item_key for one in await unit.postings.of("reading", "2026-W33")]
            assert ["key:b"] == [one.item_key for one in await unit.summaries.of_channel("reading")]


class TestDigests:
    async def test_round_trip(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A digest comes back whole: picks, items, reasons and reports."""
        digest = a_digest("key:1", "key:2")
        async with unit_of_work() as unit:
            assert await unit.digests.add(digest)
            await unit.commit()

        async with unit_of_work() as unit:
            assert digest == await unit.digests.get("reading", "2026-W33")
            assert await unit.digests.get("reading", "2026-W34") is None

    async def test_frozen(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A second digest for the same week is refused, and the first one stays as it was."""
        async with unit_of_work() as unit:
            await unit.digests.add(a_digest("key:1"))

            assert not await unit.digests.add(a_digest("key:2", "key:3"))
            assert a_digest("key:1") == await unit.digests.get("reading", "2026-W33")
            assert {"key:1"} == await unit.digests.sent_keys("reading")

    async def test_weeks(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Weeks are the channel's own, oldest first, across the turn of the year."""
        async with unit_of_work() as unit:
            for channel, week in [("reading", "2027-W01"), ("reading", "2026-W53"), ("other", "2026-W40")]:
                await unit.digests.add(a_digest("key:1", channel=channel, week=week))

            assert ["2026-W53", "2027-W01"] == await unit.digests.weeks("reading")

    async def test_shown(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The picks of the weeks asked for, in the order of the digests, each with what it was chosen for; those of others are not among them."""
        later = MONDAY + 7 * DAY
        drawn = replace(a_pick("key:2", 2), explore=True, propensity=0.5)
        newest = a_digest("key:1")
        async with unit_of_work() as unit:
            await unit.digests.add(replace(newest, picks=(*newest.picks, drawn)))
            await unit.digests.add(replace(a_digest("key:3", week="2026-W32"), compiled_at=MONDAY))
            await unit.digests.add(a_digest("key:4", week="2026-W31"))
            await unit.digests.add(a_digest("key:5", channel="other"))
            found = await unit.digests.shown("reading", ["2026-W32", "2026-W33", "2026-W34"])

        assert found == [
            ShownPick("2026-W32", MONDAY, "key:3", PickRole.TASTE),
            ShownPick("2026-W33", later, "key:1", PickRole.TASTE),
            ShownPick("2026-W33", later, "key:2", PickRole.EXPLORED),
        ]

    async def test_sent_keys(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The keys sent are the channel's own, those of the weeks left out apart."""
        async with unit_of_work() as unit:
            await unit.digests.add(a_digest("key:1", week="2026-W32"))
            await unit.digests.add(a_digest("key:2", week="2026-W33"))
            await unit.digests.add(a_digest("key:3", channel="other"))

            assert {"key:1", "key:2"} == await unit.digests.sent_keys("reading")
            assert {"key:1"} == await unit.digests.sent_keys("reading", besides=["2026-W33"])
            assert frozenset() == await unit.digests.sent_keys("nobody")

    async def test_cards_that_were_asked_for_are_sent(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A line is not among the keys sent until somebody asked for its card."""
        line = a_pick("key:9", 2)
        async with unit_of_work() as unit:
            await unit.digests.add(replace(a_digest("key:1"), also=(line,)))
            assert {"key:1"} == await unit.digests.sent_keys("reading")

            await unit.postings.plan([a_posting(CARD_PARTS + 2, item_key="key:9"), a_posting(2, item_key=None)])

            assert {"key:1", "key:9"} == await unit.digests.sent_keys("reading")
            assert frozenset() == await unit.digests.sent_keys("reading", besides=["2026-W33"])


class TestPostings:
    async def test_planned_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Planning again adds what is missing and leaves alone what is there."""
        sent = await send(unit_of_work, a_posting(1), "m1")
        async with unit_of_work() as unit:
            await unit.postings.plan([a_posting(2), a_posting(1), a_posting(0, item_key=None)])
            await unit.postings.plan([])

            assert [a_posting(0, item_key=None), sent, a_posting(2)] == await unit.postings.of("reading", "2026-W33")

    async def test_progress_is_kept(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Saving keeps state, attempt, address and error; never another key or item."""
        sending = replace(
            a_posting(1, key="another", item_key="another"),
            state=PostingState.SENDING,
            attempt=2,
            attempted_at=MONDAY,
            last_error="timed out",
        )
        async with unit_of_work() as unit:
            await unit.postings.plan([a_posting(1)])
            await unit.postings.save(sending)

            assert [replace(sending, key=a_posting(1).key, item_key="key:1")] == await unit.postings.of(
                "reading", "2026-W33"
            )

    async def test_of_items(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The cards of a work that were sent are found in every channel, also under the key that it had then."""
        first = await send(unit_of_work, a_posting(1), "m1")
        other = await send(unit_of_work, a_posting(1, channel="other", key="k2", item_key="key:2"), "m2")
        async with unit_of_work() as unit:
            await unit.postings.plan([a_posting(2)])
            await unit.items.merge("key:2", "key:1")

            both = [replace(other, item_key="key:1"), first]
            assert both == await unit.postings.of_items(["key:1"])
            assert both == await unit.postings.of_items(["key:2"])
            assert [] == await unit.postings.of_items(["key:3"])

    async def test_in_the_order_of_their_days(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What a channel was sent in several rhythms comes in the order of its days, and not of its keys' text."""
        weeks = ["2026-W30", "2026-07", "2026-06-29-extra", "2026-W34-4", "2026-08-03"]
        async with unit_of_work() as unit:
            await unit.postings.plan(
                [factories.posting(week=one, key=one, state=PostingState.SENDING) for one in weeks]
            )
            await unit.digests.skip([Skip(channel="reading", week=one, because="away", at=MONDAY) for one in weeks])
            await unit.commit()

        by_day = ["2026-06-29-extra", "2026-07", "2026-W30", "2026-08-03", "2026-W34-4"]
        async with unit_of_work() as unit:
            assert by_day == await unit.postings.unfinished("reading")
            assert by_day == [one.week for one in await unit.postings.under_way()]
            assert by_day == [one.week for one in await unit.digests.skipped("reading")]

    async def test_unfinished(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A week is unfinished while one of its messages is to be sent, or looked for even though the week was skipped."""
        async with unit_of_work() as unit:
            for week, state in [
                ("2026-W30", PostingState.SENDING),
                ("2026-W31", PostingState.PENDING),
                ("2026-W32", PostingState.PENDING),
                ("2026-W33", PostingState.POSTED),
            ]:
                await unit.postings.plan([a_posting(1, week=week, key=week)])
                await unit.postings.save(replace(a_posting(1, week=week, key=week), state=state, attempted_at=MONDAY))
            skips = [Skip(channel="reading", week=week, because="away", at=MONDAY) for week in ("2026-W30", "2026-W31")]
            await unit.digests.skip(skips)

            assert ["2026-W30", "2026-W32"] == await unit.postings.unfinished("reading")
            assert [] == await unit.postings.unfinished("other")

    async def test_unplanned(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The state of a posting that was never planned cannot be saved."""
        async with unit_of_work() as unit:
            with pytest.raises(StorageError):
                await unit.postings.save(a_posting(1))

    async def test_at_its_address(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A sent posting is found by its address; an address of somebody else's message finds none."""
        sent = await send(unit_of_work, a_posting(1), "m1")

        async with unit_of_work() as unit:
            assert sent == await unit.postings.at(a_ref("m1"))
            assert await unit.postings.at(a_ref("m1", platform="discord")) is None
            assert await unit.postings.at(a_ref("m2")) is None
            asked = {a_ref("m1"), a_ref("m1", platform="discord"), a_ref("m2")}
            assert {a_ref("m1"): sent} == await unit.postings.at_all(asked)
            assert {} == await unit.postings.at_all([])

    async def test_one_address_one_posting(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Two postings cannot be the same message."""
        await send(unit_of_work, a_posting(1), "m1")

        with pytest.raises(StorageError):
            await send(unit_of_work, a_posting(2), "m1")

    async def test_posted_since(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What was posted at or after an instant is found in the order of sending; what is under way is not."""
        late = await send(unit_of_work, a_posting(1), "m1", MONDAY + HOUR)
        exact = await send(unit_of_work, a_posting(2), "m2", MONDAY)
        await send(unit_of_work, a_posting(3), "m3", MONDAY - HOUR)
        async with unit_of_work() as unit:
            await unit.postings.plan([a_posting(4)])
            await unit.postings.save(replace(a_posting(4), state=PostingState.SENDING, attempted_at=MONDAY))

            assert [exact, late] == await unit.postings.posted_since(late.channel, MONDAY)
            assert [] == await unit.postings.posted_since("agents", MONDAY)

    async def test_what_was_posted_where(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Channels in which something was posted at or after an instant are found, each once."""
        for part, channel, at in (
            (1, "agents", MONDAY),
            (2, "agents", MONDAY + HOUR),
            (3, "robots", MONDAY),
            (4, "old", MONDAY - HOUR),
        ):
            await send(unit_of_work, a_posting(part, channel=channel), f"m{part}", at)
        async with unit_of_work() as unit:
            assert [("slack", "agents"), ("slack", "robots")] == await unit.postings.channels_since(MONDAY)

    async def test_not_noted(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Of the messages about some works, those that were posted since and have no note, at most so many; what is asked again once they have is the rest."""
        await send(unit_of_work, a_posting(1, item_key="key:1"), "m1", MONDAY)
        await send(unit_of_work, a_posting(2, item_key="key:2"), "m2", MONDAY + HOUR)
        await send(unit_of_work, a_posting(1, item_key="key:1", channel="agents"), "m3", MONDAY)
        await send(unit_of_work, a_posting(3, item_key="key:1"), "m4", MONDAY - HOUR)
        await send(unit_of_work, a_posting(4, item_key="key:3"), "m5", MONDAY)
        async with unit_of_work() as unit:
            await unit.postings.plan([a_posting(5, item_key="key:1")])
            found: list[str] = []
            for _ in range(3):
                some = await unit.postings.not_noted({"key:1", "key:2"}, "told/", MONDAY, 2)
                found += [one.ref.message_id for one in some if one.ref]
                for one in some:
                    await unit.notes.put(f"told/{one.key}", "yes")

            assert ["m1", "m2", "m3"] == sorted(found)
            assert 3 == len(await unit.postings.not_noted({"key:1", "key:2"}, "other/", MONDAY, 5))
            assert [] == await unit.postings.not_noted(set(), "other/", MONDAY, 5)

    async def test_under_way(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Only what is being sent is under way, of whatever week and channel: neither what is planned, nor what is posted."""
        sending = replace(a_posting(1, week="2026-W02"), state=PostingState.SENDING, attempt=1, attempted_at=MONDAY)
        elsewhere = replace(a_posting(2, channel="agents"), state=PostingState.SENDING, attempt=1, attempted_at=MONDAY)
        await send(unit_of_work, a_posting(3), "m3")
        async with unit_of_work() as unit:
            await unit.postings.plan([a_posting(4), a_posting(1, week="2026-W02"), a_posting(2, channel="agents")])
            before = await unit.postings.under_way()
            for one in (sending, elsewhere):
                await unit.postings.save(one)

            assert ([], [elsewhere, sending]) == (before, await unit.postings.under_way())


EVENTS: list[ChatEvent] = [
    ReactionAdded(event_id="1", ref=a_ref(), member=ADA, emoji="👀", at=MONDAY),
    ReactionRemoved(event_id="2", ref=a_ref(), member=ADA, emoji="👀", at=MONDAY, reconciled=True),
    ReplyPosted(event_id="3", parent=a_ref(), ref=a_ref("r1"), member=BEN, text="Good.\n“Très”", at=MONDAY),
    ReplyEdited(event_id="4", parent=a_ref(), ref=a_ref("r1"), member=BEN, text="Better.", at=MONDAY),
    ReplyDeleted(event_id="5", ref=a_ref("r1"), at=MONDAY),
]


class TestEvents:
    async def test_round_trip_in_the_order_of_receipt(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Events wait in the order of receipt, each of its own kind; those of one instant in the order of storing."""
        async with unit_of_work() as unit:
            for event in [EVENTS[4], *EVENTS[:4]]:
                await unit.events.add(event, MONDAY + HOUR if event is EVENTS[4] else MONDAY)

            assert EVENTS == await unit.events.waiting()
            assert EVENTS[:2] == await unit.events.waiting(limit=2)

    async def test_page_by_page(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A page begins behind an event, in the order of receipt, whether that one still waits or not; behind one that is unknown there is none."""
        async with unit_of_work() as unit:
            for event in [EVENTS[4], *EVENTS[:4]]:
                await unit.events.add(event, MONDAY + HOUR if event is EVENTS[4] else MONDAY)
            await unit.events.applied([EVENTS[1].event_id], MONDAY, "recorded")

            assert EVENTS[2:4] == await unit.events.waiting(2, after=EVENTS[1].event_id)
            assert EVENTS[4:] == await unit.events.waiting(2, after=EVENTS[3].event_id)
            assert [] == await unit.events.waiting(after=EVENTS[4].event_id)
            assert [] == await unit.events.waiting(after="unheard of")

    async def test_delivered_twice(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The same event is stored once, applied or not."""
        async with unit_of_work() as unit:
            assert await unit.events.add(EVENTS[0], MONDAY)
            assert not await unit.events.add(EVENTS[0], MONDAY + HOUR)
            await unit.events.applied(["1"], MONDAY, "recorded")

            assert not await unit.events.add(EVENTS[0], MONDAY + HOUR)
            assert [] == await unit.events.waiting()

    async def test_many_at_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Many are stored at once, in their order, each once; it is told which were news, and what is applied already waits no more."""
        async with unit_of_work() as unit:
            assert frozenset() == await unit.events.add_all([], MONDAY)
            assert await unit.events.add(EVENTS[0], MONDAY)

            outcomes = {EVENTS[0].event_id: "recorded", EVENTS[1].event_id: "recorded"}
            told = await unit.events.add_all([*EVENTS, EVENTS[1]], MONDAY, outcomes)

            assert {event.event_id for event in EVENTS[1:]} == told
            assert [EVENTS[0], *EVENTS[2:]] == await unit.events.waiting()
            assert frozenset() == await unit.events.add_all(EVENTS, MONDAY)
            await unit.events.applied([event.event_id for event in EVENTS[2:]], MONDAY, "recorded")
            await unit.events.applied([], MONDAY, "recorded")
            assert EVENTS[:1] == await unit.events.waiting()

    async def test_applied(self, unit_of_work: UnitOfWorkFactory) -> None:
        """An applied event waits no longer; the others do."""
        async with unit_of_work() as unit:
            for event in EVENTS[:2]:
                await unit.events.add(event, MONDAY)
            await unit.events.applied(["1"], MONDAY, "recorded")
            await unit.events.applied(["unheard of"], MONDAY, "recorded")

            assert [EVENTS[1]] == await unit.events.waiting()

    async def test_depth(self, unit_of_work: UnitOfWorkFactory) -> None:
        """It is told how many events wait, and since when the oldest of them does."""
        async with unit_of_work() as unit:
            assert (0, None) == await unit.events.depth()
            for number, event in enumerate(EVENTS):
                await unit.events.add(event, MONDAY + number * HOUR)
            await unit.events.applied(["1"], MONDAY + 9 * HOUR, "recorded")

            assert (len(EVENTS) - 1, MONDAY + HOUR) == await unit.events.depth()


class TestReactions:
    async def test_two_at_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Two processes that hear of the same reactions and people in another order do not block each other."""
        people = [Member(id=f"U{number:03}", name=str(number)) for number in range(300)]

        async def record(heard: Sequence[Member]) -> None:
            for turn in range(4):
                async with unit_of_work() as unit:
                    await unit.members.put("slack", heard)
                    await unit.reactions.put_all(
                        [a_reaction(member=one, at=MONDAY + n * HOUR + turn * DAY) for n, one in enumerate(heard)]
                    )
                    await unit.events.add_all([replace(EVENTS[0], event_id=one.id) for one in heard], MONDAY)
                    await unit.commit()

        await asyncio.gather(record(people), record(people[::-1]))

        async with unit_of_work() as unit:
            assert len(people) == len(await unit.reactions.on(a_ref()))

    async def test_many_at_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Of many at once, and of what is known, the last one written wins; of two at one instant, the one that came later."""
        await react(unit_of_work, a_reaction(member=BEN, at=MONDAY + DAY))
        async with unit_of_work() as unit:
            await unit.reactions.put_all([])
            await unit.reactions.put_all(
                [
                    a_reaction(present=False, at=MONDAY + HOUR),
                    a_reaction(at=MONDAY),
                    a_reaction(member=BEN, present=False, at=MONDAY),
                    a_reaction(emoji="👀"),
                    a_reaction(emoji="👀", present=False),
                ]
            )
            await unit.commit()

        async with unit_of_work() as unit:
            assert {("U1", "⭐", False), ("U2", "⭐", True), ("U1", "👀", False)} == {
                (one.member.id, one.emoji, one.present) for one in await unit.reactions.on(a_ref())
            }

    async def test_round_trip(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Reactions on a message come back, those taken back included, oldest first."""
        taken_back = a_reaction(member=BEN, present=False, at=MONDAY - HOUR)
        await react(unit_of_work, a_reaction(), taken_back, a_reaction(ref=a_ref("m2")))

        async with unit_of_work() as unit:
            assert [taken_back, a_reaction()] == await unit.reactions.on(a_ref())

    async def test_last_writer_wins(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The later one counts, whichever is heard first, and of two at one instant the one heard last."""
        later, same = a_reaction(present=False, at=MONDAY + HOUR), a_reaction(present=True, at=MONDAY + HOUR)

        told = await react(unit_of_work, later, a_reaction(), same)

        assert [True, False, True] == told
        async with unit_of_work() as unit:
            assert [same] == await unit.reactions.on(a_ref())

    async def test_of_channel(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Reactions on the channel's picks come with their item; those on its head or on other messages do not."""
        await send(unit_of_work, a_posting(0, item_key=None), "head")
        await send(unit_of_work, a_posting(1), "m1")
        await send(unit_of_work, a_posting(2), "m2")
        await send(unit_of_work, a_posting(1, channel="other"), "m9")
        second = a_reaction(at=MONDAY + HOUR, present=False)
        first = a_reaction(ref=a_ref("m2"), member=BEN)
        await react(unit_of_work, second, first, *(a_reaction(ref=a_ref(name)) for name in ("head", "m9", "unknown")))

        async with unit_of_work() as unit:
            assert [("key:2", first), ("key:1", second)] == await unit.reactions.of_channel("reading")


class TestPresses:
    async def test_round_trip(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Presses come back oldest first, those that took something back included, of a channel or of one item in it."""
        first, second = a_press("e2"), a_press("e1", at=MONDAY + HOUR, present=False)
        other, elsewhere = a_press("e3", item_key="key:2", member=BEN), a_press("e4", channel="other")

        assert [True] * 4 == await decide(unit_of_work, second, first, other, elsewhere)
        async with unit_of_work() as unit:
            assert [first, other, second] == await unit.presses.of_channel("reading")
            assert [first, second] == await unit.presses.of_item("reading", "key:1")
            assert [] == await unit.presses.of_item("reading", "key:1", BEN.id)

    async def test_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The same event again changes nothing, whatever it says now."""
        told = await decide(unit_of_work, a_press("e1"), a_press("e1", present=False), a_press("e1"))

        assert [True, False, False] == told
        async with unit_of_work() as unit:
            assert [a_press("e1")] == await unit.presses.of_channel("reading")

    async def test_two_at_one_instant(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Of two presses of one button at one instant, each in a transaction of its own, the second takes the first one back."""
        async with unit_of_work() as unit:
            await unit.postings.plan([factories.posting(ref=factories.ref(), state=PostingState.POSTED)])
            await unit.commit()

        async def press(event_id: str) -> None:
            async with unit_of_work() as unit:
                assert await apply_press(factories.pressed(event_id=event_id), [], unit)
                await asyncio.sleep(0.2)  # long enough for both to have read, if nothing kept one of them waiting
                await unit.commit()

        await asyncio.gather(press("e1"), press("e2"))

        async with unit_of_work() as unit:
            assert [False, True] == sorted(one.present for one in await unit.presses.of_channel("reading"))

    async def test_after_a_merge(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What was pressed before and after two items became one is found under either key."""
        await say(unit_of_work, "key:1")
        await decide(unit_of_work, a_press("e1"))

        await merge(unit_of_work, "key:1", "key:b")

        await decide(unit_of_work, a_press("e2"))
        async with unit_of_work() as unit:
            assert ["key:b", "key:b"] == [one.item_key for one in await unit.presses.of_channel("reading")]
            assert 2 == len(await unit.presses.of_item("reading", "key:1"))
            assert 2 == len(await unit.presses.of_item("reading", "key:b"))

    async def test_beside_reactions_of_an_item(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Reactions of one item are found on every message about it, of everybody or of one member."""
        await send(unit_of_work, a_posting(1), "m1")
        await send(unit_of_work, a_posting(2, item_key="key:1"), "m2")
        await send(unit_of_work, a_posting(3), "m3")
        first, second = a_reaction(), a_reaction(ref=a_ref("m2"), member=BEN, at=MONDAY + HOUR)
        await react(unit_of_work, first, second, a_reaction(ref=a_ref("m3")))

        async with unit_of_work() as unit:
            assert [first, second] == await unit.reactions.of_item("reading", "key:1")
            assert [second] == await unit.reactions.of_item("reading", "key:1", BEN.id)


class TestUndrawn:
    async def test_until_they_are_drawn(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A message is noted until it was drawn for the last event on it; the oldest come first, and none that is newer than asked for."""
        first, second, third = a_ref("m1"), a_ref("m2"), a_ref("m3")
        async with unit_of_work() as unit:
            await unit.undrawn.note({}, MONDAY)
            await unit.undrawn.note({first: "e1", second: "e2"}, MONDAY)
            await unit.undrawn.note({third: "e3"}, MONDAY + HOUR)
            await unit.undrawn.note({first: "e4"}, MONDAY + 2 * HOUR)
            await unit.undrawn.drawn({})
            await unit.undrawn.drawn({first: "e1", a_ref("unknown"): "e9"})
            await unit.commit()

        async with unit_of_work() as unit:
            assert {} == await unit.undrawn.noted_until(MONDAY - HOUR, 10)
            assert {second: "e2", third: "e3"} == await unit.undrawn.noted_until(MONDAY + HOUR, 10)
            assert [second, third, first] == list(await unit.undrawn.noted_until(MONDAY + 2 * HOUR, 10))
            assert [second] == list(await unit.undrawn.noted_until(MONDAY + 2 * HOUR, 1))
            await unit.undrawn.drawn({first: "e4", second: "e2", third: "e3"})
            assert {} == await unit.undrawn.noted_until(MONDAY + 2 * HOUR, 10)


class TestSummaries:
    async def test_round_trip(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A summary comes back as it was written, by its own address and by that of the message it answers."""
        summary = a_summary("Worth it.\n“Très” 🙂", edited_at=MONDAY + HOUR)
        assert [True] == await write(unit_of_work, summary)

        async with unit_of_work() as unit:
            assert summary == await unit.summaries.get(summary.ref)
            assert [summary] == await unit.summaries.on(a_ref("m1"))
            assert [summary] == await unit.summaries.of_channel("reading")
            assert [summary] == await unit.summaries.of_member(summary.ref.platform, summary.member.id)
            assert [] == await unit.summaries.of_member(summary.ref.platform, "somebody else")
            assert [] == await unit.summaries.of_member("elsewhere", summary.member.id)
            assert await unit.summaries.get(a_ref("m1")) is None
            assert [] == await unit.summaries.on(summary.ref)

    async def test_edited(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A later edit takes the place of the words before; an older one, or the same again, changes nothing."""
        edited = a_summary("Better.", edited_at=MONDAY + 2 * HOUR)

        told = await write(
            unit_of_work, a_summary(), edited, edited, a_summary("Between.", edited_at=MONDAY + HOUR), a_summary()
        )

        assert [True, True, False, False, False] == told
        async with unit_of_work() as unit:
            assert edited == await unit.summaries.get(edited.ref)

    async def test_history(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What a summary said before is kept with when it was written, in that order, and goes with the summary."""
        first, edited = a_summary(), a_summary("Better.", edited_at=MONDAY + 2 * HOUR)
        await write(unit_of_work, first, edited, a_summary("Between.", edited_at=MONDAY + HOUR), first)
        async with unit_of_work() as unit:
            before = await unit.summaries.history(first.ref)
            await unit.summaries.delete(first.ref, MONDAY + DAY)
            after = await unit.summaries.history(first.ref)

        assert [(MONDAY, first.text), (MONDAY + HOUR, "Between.")] == before
        assert [] == after

    async def test_first_words(self, unit_of_work: UnitOfWorkFactory) -> None:
        """However often it is edited, and in whatever order we hear of it, a summary was written when its first words were."""
        later = a_summary("Better.", at=MONDAY + HOUR, edited_at=MONDAY + HOUR)
        elsewhere = replace(later, ref=a_ref("r2"))

        told = await write(unit_of_work, a_summary(), later, elsewhere, a_summary(ref=a_ref("r2")))

        async with unit_of_work() as unit:
            found = [await unit.summaries.get(ref) for ref in (later.ref, elsewhere.ref)]
        assert told == [True, True, True, False]
        assert found == [replace(later, at=MONDAY), replace(elsewhere, at=MONDAY)]

    async def test_deleted_stays_deleted(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A deleted summary keeps its row without its text, and no edit brings it back."""
        await write(unit_of_work, a_summary(), a_summary("Better.", edited_at=MONDAY + HOUR))
        async with unit_of_work() as unit:
            assert await unit.summaries.delete(a_ref("r1"), MONDAY + DAY)
            assert not await unit.summaries.delete(a_ref("r1"), MONDAY + 2 * DAY)
            assert not await unit.summaries.delete(a_ref("unknown"), MONDAY)
            await unit.commit()

        assert [False] == await write(unit_of_work, a_summary("Again.", edited_at=MONDAY + 3 * DAY))
        async with unit_of_work() as unit:
            gone = a_summary("", edited_at=MONDAY + HOUR, deleted_at=MONDAY + DAY)
            assert [gone] == await unit.summaries.on(a_ref("m1"))
            assert [] == await unit.summaries.of_channel("reading")
            assert [] == await unit.summaries.of_member(gone.ref.platform, gone.member.id)

    async def test_put_as_deleted(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A summary that is put as deleted is deleted, known before or not, and its text is not kept."""
        known, unknown = a_summary(), a_summary(ref=a_ref("r2"), deleted_at=MONDAY)

        told = await write(unit_of_work, known, replace(known, deleted_at=MONDAY + HOUR), unknown)

        assert [True, True, True] == told
        async with unit_of_work() as unit:
            assert ["", ""] == [one.text for one in await unit.summaries.on(a_ref("m1"))]

    async def test_of_channel_oldest_first(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A channel's summaries are its own, oldest first."""
        first, second = a_summary(ref=a_ref("r9")), a_summary(ref=a_ref("r1"), at=MONDAY + HOUR)
        await write(unit_of_work, second, first, a_summary(ref=a_ref("r5"), channel="other"))

        async with unit_of_work() as unit:
            assert [first, second] == await unit.summaries.of_channel("reading")
            theirs = await unit.summaries.of_member(first.ref.platform, first.member.id)
            assert ["other", "reading", "reading"] == [one.channel for one in theirs]

    async def test_of_items(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Words on a work are found in whatever channel they were written, followed through the aliases, deleted ones left out."""
        await merge(unit_of_work, "key:1", "key:b")
        await write(
            unit_of_work,
            a_summary("Later.", ref=a_ref("r2"), channel="other", at=MONDAY + HOUR),
            a_summary(),
            a_summary("Gone.", ref=a_ref("r3")),
            a_summary("Elsewhere.", ref=a_ref("r4"), item_key="key:2"),
        )
        async with unit_of_work() as unit:
            await unit.summaries.delete(a_ref("r3"), MONDAY + HOUR)

            assert ["Worth it.", "Later."] == [one.text for one in await unit.summaries.of_items(["key:1"])]
            assert ["Later."] == [one.text for one in await unit.summaries.of_items(["key:1"], ["other", "third"])]
            assert [] == await unit.summaries.of_items(["key:1"], [])
            assert [] == await unit.summaries.of_items([])


def a_request(rank: int = 2, member: Member = ADA, **what: Any) -> CardRequest:
    plain = {"channel": "reading", "week": "2026-W33", "item_key": f"key:{rank}", "at": MONDAY}
    return CardRequest(rank=rank, member=member, **(plain | what))


class TestCardRequests:
    async def test_each_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Who asked for which card is noted once, at the first time, and told oldest first."""
        later = a_request(3, at=MONDAY + HOUR)
        async with unit_of_work() as unit:
            for one in (later, a_request(), replace(a_request(), at=MONDAY + DAY), a_request(channel="other")):
                await unit.card_requests.put(one)

            assert [a_request(), later] == await unit.card_requests.of_channel("reading")

    async def test_merged(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A request follows its work, merged before or after."""
        await merge(unit_of_work, "key:2", "key:b")
        async with unit_of_work() as unit:
            await unit.card_requests.put(a_request())
            await unit.items.merge("key:b", "key:c")

            assert ["key:c"] == [one.item_key for one in await unit.card_requests.of_channel("reading")]


class TestTastes:
    WORK = TasteWork(channel="reading", key="key:1", title="A title", authors=("A",), at=MONDAY, origin="a list")

    async def test_told_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A work is noted once for each channel; how many were new is told, and forgetting takes the channel's own."""
        other = replace(self.WORK, channel="other")
        async with unit_of_work() as unit:
            assert 2 == await unit.tastes.add([self.WORK, replace(self.WORK, title="Another"), other])
            assert 0 == await unit.tastes.add([self.WORK])
            assert ["other", "reading"] == await unit.tastes.channels()
            assert ["reading"] == await unit.tastes.channels({"reading", "nobody"})
            assert [] == await unit.tastes.channels([])
            assert [self.WORK] == await unit.tastes.of_channel("reading")
            assert 1 == await unit.tastes.forget("reading")
            assert 0 == await unit.tastes.forget("reading")
            assert ["other"] == await unit.tastes.channels()
            assert ([], [other]) == (await unit.tastes.of_channel("reading"), await unit.tastes.of_channel("other"))

    async def test_some_forgotten(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Some works of a channel are forgotten by their key of now, also where they were noted under an alias; the others stay, and other channels'."""
        other = replace(self.WORK, channel="other")
        async with unit_of_work() as unit:
            await unit.tastes.add([self.WORK, replace(self.WORK, key="key:3"), other])
            await unit.items.merge("key:1", "key:2")
            assert 0 == await unit.tastes.forget("reading", ["key:1", "key:9"])
            assert 1 == await unit.tastes.forget("reading", ["key:2"])
            assert ["key:3"] == [one.key for one in await unit.tastes.of_channel("reading")]
            assert ["other", "reading"] == await unit.tastes.channels()

    async def test_described(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What was found out of a work since replaces what was noted; a work that was forgotten meanwhile does not come back."""
        bare, known = replace(self.WORK, title=""), replace(self.WORK, abstract="Words.")
        async with unit_of_work() as unit:
            await unit.tastes.add([bare, replace(bare, channel="other")])
            await unit.tastes.describe([known, replace(known, key="key:9")])

            assert [known] == await unit.tastes.of_channel("reading")
            assert [replace(bare, channel="other")] == await unit.tastes.of_channel("other")

    async def test_two_that_are_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Two works of a list that turn out to be one are told as one."""
        async with unit_of_work() as unit:
            await unit.tastes.add([self.WORK, replace(self.WORK, key="key:2")])
            await unit.items.merge("key:1", "key:2")

            assert ["key:2"] == [one.key for one in await unit.tastes.of_channel("reading")]

    async def test_described_by_its_later_key(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What was found out of a work that was noted under an older key is noted, too."""
        async with unit_of_work() as unit:
            await unit.tastes.add([replace(self.WORK, title="")])
            await unit.items.merge("key:1", "key:2")
            await unit.tastes.describe([replace(self.WORK, key="key:2")])

            assert [replace(self.WORK, key="key:2")] == await unit.tastes.of_channel("reading")


class TestOwnClassics:
    FIRST = Classic(title="One", url="https://arxiv.org/abs/1706.03762", why="It lasts.")
    SECOND = Classic(title="Two", url="https://arxiv.org/abs/1512.03385", why="It lasts, too.", year=2015)

    async def test_a_list_of_the_channels_own_in_the_order_of_adding(self, unit_of_work: UnitOfWorkFactory) -> None:
        async with unit_of_work() as unit:
            assert await unit.own_classics.add("reading", self.SECOND, MONDAY)
            assert await unit.own_classics.add("reading", self.FIRST, MONDAY + HOUR)
            assert not await unit.own_classics.add("reading", self.SECOND, MONDAY + 2 * HOUR)
            assert await unit.own_classics.add("other", self.FIRST, MONDAY)
            assert [self.SECOND, self.FIRST] == await unit.own_classics.of_channel("reading")

    async def test_taken_off_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        async with unit_of_work() as unit:
            await unit.own_classics.add("reading", self.FIRST, MONDAY)
            assert await unit.own_classics.remove("reading", self.FIRST.key)
            assert not await unit.own_classics.remove("reading", self.FIRST.key)
            assert [] == await unit.own_classics.of_channel("reading")


class TestReminders:
    ADAS = Reminder(platform="slack", member_id="U1", weekday=1, time=time(10), zone="UTC", next_at=MONDAY)

    async def test_one_for_each_member(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The last wish takes the place of the one before; who has none has none."""
        later = replace(self.ADAS, time=time(11), next_at=MONDAY + HOUR)
        async with unit_of_work() as unit:
            await unit.reminders.put(self.ADAS)
            await unit.reminders.put(later)
            assert later == await unit.reminders.get("slack", "U1")
            assert await unit.reminders.get("slack", "U2") is None
            assert await unit.reminders.remove("slack", "U1")
            assert not await unit.reminders.remove("slack", "U1")

    async def test_due(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What is due is told, the longest waiting first, and put off by one alone."""
        bens = replace(self.ADAS, member_id="U2", next_at=MONDAY - HOUR)
        after = replace(self.ADAS, next_at=MONDAY + 7 * DAY)
        async with unit_of_work() as unit:
            await unit.reminders.put(self.ADAS)
            await unit.reminders.put(bens)
            assert [] == await unit.reminders.due("slack", MONDAY - DAY, 10)
            assert [bens, self.ADAS] == await unit.reminders.due("slack", MONDAY, 10)
            assert [bens] == await unit.reminders.due("slack", MONDAY, 1)
            assert [] == await unit.reminders.due("discord", MONDAY, 10)
            assert await unit.reminders.put_off(self.ADAS, after)
            assert not await unit.reminders.put_off(self.ADAS, after)
            assert [bens] == await unit.reminders.due("slack", MONDAY, 10)


class TestMixedRhythms:
    async def test_oldest_first(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A channel's weeks are told in the order of their days, whatever rhythm it had when."""
        weeks = ["2026-08-17-extra", "2026-W34", "2026-W36", "2026-09-30", "sample"]
        async with unit_of_work() as unit:
            for week in reversed(weeks):
                await unit.digests.add(digest_of([], channel="reading", week=week))
            assert weeks == await unit.digests.weeks("reading")


class TestAlerts:
    ONE = Alert(
        channel="reading",
        item_key="arxiv:2608.00001",
        day=MONDAY.date(),
        at=MONDAY,
        key="pr1",
        title="A title",
        url="https://arxiv.org/abs/2608.00001",
        why="By Ada, whom you follow",
        source="arXiv",
    )

    async def test_each_work_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A work is planned once in a channel, counts on its day, and is told under the key that it has now."""
        async with unit_of_work() as unit:
            other, again = replace(self.ONE, channel="other"), replace(self.ONE, day=MONDAY.date() + DAY)
            assert 2 == await unit.alerts.plan(self.ONE, other)
            assert 1 == await unit.alerts.plan(again, replace(self.ONE, item_key="arxiv:2608.00003"))
            assert 0 == await unit.alerts.plan()
            days = {"reading": self.ONE.day, "other": self.ONE.day + DAY, "quiet": self.ONE.day}
            assert {"reading": 2} == await unit.alerts.on_days(days)
            assert {"other": 1} == await unit.alerts.on_days({"other": self.ONE.day})
            assert {} == await unit.alerts.on_days({})
            channels, keys = ["reading", "other", "quiet"], ["arxiv:2608.00002", "arxiv:2608.00003"]
            assert {("reading", "arxiv:2608.00003")} == await unit.alerts.told(channels, keys)
            await unit.items.merge(self.ONE.item_key, "arxiv:2608.00002")
            assert {(name, "arxiv:2608.00002") for name in ("reading", "other")} | {
                ("reading", "arxiv:2608.00003")
            } == await unit.alerts.told(channels, keys)
            assert frozenset() == await unit.alerts.told(["other"], keys[1:])
            assert frozenset() == await unit.alerts.told([], keys)

    async def test_under_way(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What is planned or being sent is under way, the oldest first; what was never planned cannot be saved."""
        older = replace(self.ONE, item_key="arxiv:2608.00009", at=MONDAY - HOUR)
        sending = replace(self.ONE, state=PostingState.SENDING, attempted_at=MONDAY)
        async with unit_of_work() as unit:
            await unit.alerts.plan(self.ONE)
            await unit.alerts.plan(older)
            await unit.alerts.save(sending)
            assert [older, sending] == await unit.alerts.under_way(["reading"])
            assert [] == await unit.alerts.under_way(["other"])
            await unit.alerts.save(replace(sending, state=PostingState.POSTED))
            assert [older] == await unit.alerts.under_way(["reading"])
            assert {"reading"} == await unit.alerts.unsent()
            await unit.alerts.save(replace(older, state=PostingState.LEFT_OUT))
            assert not await unit.alerts.unsent()
            with pytest.raises(StorageError):
                await unit.alerts.save(replace(self.ONE, channel="other"))


class TestSentences:
    async def test_kept_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What a model said is kept as it was said first, found by its key, and its cost is summed from an instant on."""
        first = MachineSentence(key="k1", text="A sentence.", tokens=300, at=MONDAY)
        later = MachineSentence(key="k2", text="", tokens=20, at=MONDAY + DAY)
        async with unit_of_work() as unit:
            await unit.sentences.put([first, later, replace(first, text="Another.")])

            assert {"k1": "A sentence.", "k2": ""} == await unit.sentences.get_all(["k1", "k2", "k3"])
            assert [320, 20, 0] == [await unit.sentences.tokens_since(MONDAY + n * DAY) for n in range(3)]
            assert {} == await unit.sentences.get_all([])

    async def test_reserved(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What is reserved counts as spent until an answer says what it cost, and stays spent where none comes; what cost nothing is given back."""
        said = MachineSentence(key="k1", text="A sentence.", tokens=300, at=MONDAY + DAY)
        async with unit_of_work() as unit:
            await unit.sentences.reserve({"k1": 500, "k2": 400, "k3": 50}, MONDAY)
            assert {} == await unit.sentences.get_all(["k1"])
            assert [950, 0] == [await unit.sentences.tokens_since(MONDAY + n * DAY) for n in range(2)]
            assert {"k1", "k3"} == await unit.sentences.open_since(["k1", "k3", "k9"], MONDAY - DAY)
            assert set() == await unit.sentences.open_since(["k1"], MONDAY)
            assert {"k1", "k2", "k3"} == await unit.sentences.open_since(None, MONDAY - DAY)
            await unit.commit()

        async with unit_of_work() as unit:
            await unit.sentences.put([said])
            await unit.sentences.reserve({"k1": 500, "k2": 450}, MONDAY + DAY)
            await unit.sentences.release(["k1", "k3", "k9"], paid=False)
            await unit.sentences.release(["k3"], paid=True)
            await unit.commit()

        async with unit_of_work() as unit:
            assert {"k1": "A sentence."} == await unit.sentences.get_all(["k1", "k2", "k3"])
            assert {"k2"} == await unit.sentences.open_since(["k1", "k2", "k3"], MONDAY)
            assert 300 + 400 + 450 == await unit.sentences.tokens_since(MONDAY)
            assert [300, 0] == [await unit.sentences.dearest_since(MONDAY + n * DAY) for n in range(1, 3)]
            await unit.sentences.release(["k2"], paid=True)
            await unit.sentences.release(["k2"], paid=True)
            assert 300 + 850 == await unit.sentences.tokens_since(MONDAY)
            await unit.sentences.put([MachineSentence(key="k2", text="", tokens=30, at=MONDAY + DAY)])
            assert {"k1": "A sentence.", "k2": ""} == await unit.sentences.get_all(["k1", "k2"])
            assert 300 + 850 + 30 == await unit.sentences.tokens_since(MONDAY)

    async def test_dearest(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What was lost of tries without an answer is spent, but is no part of what the answer cost that came in the end."""
        async with unit_of_work() as unit:
            for _ in range(2):
                await unit.sentences.reserve({"k1": 1000}, MONDAY)
                await unit.sentences.release(["k1"], paid=True)
            await unit.sentences.reserve({"k1": 1000}, MONDAY)  # whose process died
            await unit.sentences.reserve({"k1": 1000}, MONDAY)
            await unit.sentences.put([MachineSentence(key="k1", text="A sentence.", tokens=400, at=MONDAY)])

            assert 400 == await unit.sentences.dearest_since(MONDAY)
            assert 3000 + 400 == await unit.sentences.tokens_since(MONDAY)


class TestMembers:
    async def test_newer_name(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What a member did bears the name known last, on that platform only; no name takes none away."""
        await react(unit_of_work, a_reaction())
        await write(unit_of_work, a_summary())
        async with unit_of_work() as unit:
            await unit.members.put("slack", [replace(ADA, name="Ada L."), Member(id="U1"), Member(id="U3")])
            await unit.members.put("discord", [replace(ADA, name="somebody else")])
            await unit.members.put("slack", [])
            await unit.commit()

        async with unit_of_work() as unit:
            [reaction], [summary] = await unit.reactions.on(a_ref()), await unit.summaries.on(a_ref())
        assert ["Ada L.", "Ada L."] == [reaction.member.name, summary.member.name]

    async def test_never_named(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Where only an id was learned, the name that came with the deed stays."""
        await react(unit_of_work, a_reaction())
        async with unit_of_work() as unit:
            await unit.members.put("slack", [Member(id="U1")])

            assert [a_reaction()] == await unit.reactions.on(a_ref())

    async def test_wishes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What a member follows and mutes is theirs on that platform alone, and the last that was said."""
        wishes = MemberWishes(follow=("author:Ada",), mute=("word:tea",))
        async with unit_of_work() as unit:
            await unit.members.put_wishes("slack", "U1", MemberWishes(follow=("word:x",)))
            await unit.members.put_wishes("slack", "U1", wishes)

            assert wishes == await unit.members.wishes("slack", "U1")
            assert MemberWishes() == await unit.members.wishes("discord", "U1")


class TestChannels:
    async def test_states(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What is known of a channel comes back as it was saved last; when it started does not change any more."""
        paused = ChannelState(
            name="a", started=MONDAY, paused_because="archived", paused_at=MONDAY, values={"budget_minutes": 30}
        )
        async with unit_of_work() as unit:
            await unit.channels.start("b", MONDAY)
            await unit.channels.save(replace(paused, paused_because="away"))
            await unit.channels.save(replace(paused, started=MONDAY + DAY))
            await unit.commit()

        async with unit_of_work() as unit:
            assert {"a": paused, "b": ChannelState(name="b", started=MONDAY)} == await unit.channels.all()

    async def test_places(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A channel's place comes back with who subscribed it; no two channels are in one place, and one without a place is in none."""
        chat = ChannelState(
            name="a",
            platform="slack",
            id="T1/C1",
            team="T1",
            origin=ChannelOrigin.CHAT,
            set_up_by="T1:U1",
            stopped=MONDAY,
        )
        async with unit_of_work() as unit:
            for state in (
                chat,
                ChannelState(name="b"),
                ChannelState(name="c"),
                replace(chat, name="d", platform="discord"),
            ):
                await unit.channels.save(state)
            await unit.channels.start("b", MONDAY)
            await unit.commit()

        with pytest.raises(StorageError):
            async with unit_of_work() as unit:
                await unit.channels.save(replace(chat, name="e"))
        async with unit_of_work() as unit:
            known = await unit.channels.all()
        assert (chat, MONDAY, {"a", "b", "c", "d"}) == (known["a"], known["b"].started, known.keys())

    async def test_first_start_counts(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The first start is the one that counts, for each channel."""
        async with unit_of_work() as unit:
            assert await unit.channels.started("reading") is None
            assert MONDAY == await unit.channels.start("reading", MONDAY)
            assert MONDAY == await unit.channels.start("reading", MONDAY + DAY)
            assert MONDAY + DAY == await unit.channels.start("other", MONDAY + DAY)

    async def test_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """One channel is read by its name."""
        async with unit_of_work() as unit:
            await unit.channels.start("b", MONDAY)
            assert ChannelState(name="b", started=MONDAY) == await unit.channels.get("b")
            assert await unit.channels.get("c") is None

    async def test_changes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A caller that has the versions is given what was saved or started since, and nothing else; a second start changes nothing."""
        async with unit_of_work() as unit:
            for name in ("a", "b", "c"):
                await unit.channels.save(ChannelState(name=name))
            await unit.commit()
        async with unit_of_work() as unit:
            known = {name: version for name, (version, _) in (await unit.channels.changed({})).items()}
            assert {"a", "b", "c"} == known.keys()
            assert {} == await unit.channels.changed(known)

            await unit.channels.save(ChannelState(name="b", paused_because="away"))
            await unit.channels.start("c", MONDAY)
            await unit.channels.start("d", MONDAY)
            changed = await unit.channels.changed(known)
            assert {"b": "away", "c": None, "d": None} == {
                name: state.paused_because for name, (_, state) in changed.items()
            }
            known |= {name: version for name, (version, _) in changed.items()}
            await unit.channels.start("c", MONDAY + DAY)
            assert {} == await unit.channels.changed(known)


class TestWakeUps:
    NAMES = ("a", "b", "c")

    async def prepared(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Three channels that are to be looked at in a day."""
        async with unit_of_work() as unit:
            for name in self.NAMES:
                await unit.channels.save(ChannelState(name=name, started=MONDAY))
            await unit.wake_ups.note(dict.fromkeys(self.NAMES, MONDAY + DAY), MONDAY)
            await unit.commit()

    async def test_due(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Due is what has come, what nobody noted, and what a clock noted that was ahead; a stopped channel never is."""
        await self.prepared(unit_of_work)
        async with unit_of_work() as unit:
            await unit.channels.save(ChannelState(name="new"))
            await unit.channels.save(ChannelState(name="over", stopped=MONDAY))
            await unit.wake_ups.note({"b": MONDAY + HOUR}, MONDAY)
            await unit.commit()

        async with unit_of_work() as unit:
            assert ["new"] == await unit.wake_ups.due(MONDAY)
            assert ["b", "new"] == await unit.wake_ups.due(MONDAY + HOUR)
            assert ["a", "b", "c", "new"] == await unit.wake_ups.due(MONDAY + DAY)
            assert ["a", "b", "c", "new"] == await unit.wake_ups.due(MONDAY - HOUR)

    async def test_whatever_changes_a_schedule_wakes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A setting, a first start, a digest, a week skipped or not any more, a message planned: each wakes its own channel."""
        skip = Skip(channel="b", week="2026-W30", because="away", at=MONDAY)
        changes: dict[str, Callable[[UnitOfWork], Awaitable[object]]] = {
            "settings": lambda unit: unit.channels.save(ChannelState(name="b", started=MONDAY)),
            "digest": lambda unit: unit.digests.add(a_digest("key:1", channel="b")),
            "skip": lambda unit: unit.digests.skip([skip]),
            "unskip": lambda unit: unit.digests.unskip("b", "2026-W30"),
            "planned": lambda unit: unit.postings.plan([replace(a_posting(1), channel="b")]),
        }
        for name, change in changes.items():
            await self.prepared(unit_of_work)
            async with unit_of_work() as unit:
                await unit.wake_ups.note(dict.fromkeys(self.NAMES, MONDAY + DAY), MONDAY)
                assert [] == await unit.wake_ups.due(MONDAY), name
                await change(unit)
                assert ["b"] == await unit.wake_ups.due(MONDAY), name
                await unit.commit()

    async def test_a_first_start_wakes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A channel that is served for the first time is awake, one that was started before stays asleep."""
        async with unit_of_work() as unit:
            await unit.channels.save(ChannelState(name="a"))
            await unit.wake_ups.note({"a": MONDAY + DAY}, MONDAY)
            await unit.channels.start("a", MONDAY)
            assert ["a"] == await unit.wake_ups.due(MONDAY)
            await unit.wake_ups.note({"a": MONDAY + DAY}, MONDAY)
            await unit.channels.start("a", MONDAY + HOUR)
            assert [] == await unit.wake_ups.due(MONDAY)

    async def test_held_and_forgotten(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Who holds channels is given what is kept of them; what is forgotten is due, and names without a channel do no harm."""
        await self.prepared(unit_of_work)
        async with unit_of_work() as unit:
            held = await unit.wake_ups.hold(["a", "c", "nobody"])
            assert {name: ChannelState(name=name, started=MONDAY) for name in ("a", "c")} == held
            await unit.wake_ups.note({"nobody": MONDAY + DAY}, MONDAY)
            await unit.wake_ups.forget()
            assert ["a", "b", "c"] == await unit.wake_ups.due(MONDAY)
            assert {} == await unit.wake_ups.hold([])

    async def test_waiting_for_sources(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A channel whose digest waits for sources is woken by what is set for one; what it has seen of them is kept."""
        failing, well = SourceRecord(id="lab", failures=2), SourceRecord(id="arxiv", last_success=MONDAY)
        wakes: dict[str, Callable[[UnitOfWork], Awaitable[object]]] = {
            "set": lambda unit: unit.source_settings.save(
                SourceSetting(id="lab", values={"enabled": False}, at=MONDAY)
            ),
            "taken back": lambda unit: unit.source_settings.forget("lab"),
        }
        for name, change in wakes.items():
            await self.prepared(unit_of_work)
            async with unit_of_work() as unit:
                await unit.wake_ups.note(dict.fromkeys(self.NAMES, MONDAY + DAY), MONDAY, {"a": "one", "c": "two"})
                await unit.commit()
            async with unit_of_work() as unit:
                assert {"a": "one", "c": "two"} == await unit.wake_ups.waiting(), name
                await unit.sources.save([failing, well])
                assert [] == await unit.wake_ups.due(MONDAY), name
                await change(unit)
                assert ["a", "c"] == await unit.wake_ups.due(MONDAY), name
                assert {} == await unit.wake_ups.waiting(), name
                await unit.commit()

    async def test_waiting_no_more(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A channel that is noted again without waiting sleeps through what is set for a source; one that is awake anyway waits no more."""
        await self.prepared(unit_of_work)
        async with unit_of_work() as unit:
            await unit.wake_ups.note(dict.fromkeys(self.NAMES, MONDAY + DAY), MONDAY, {"a": "", "b": ""})
            await unit.wake_ups.note({"a": MONDAY + DAY}, MONDAY)
            await unit.channels.save(ChannelState(name="b", started=MONDAY, team="T1"))
            assert {} == await unit.wake_ups.waiting()
            await unit.source_settings.save(SourceSetting(id="lab", values={"enabled": False}, at=MONDAY))
            assert ["b"] == await unit.wake_ups.due(MONDAY)

    async def test_until_when_the_last_ones_covered(self, unit_of_work: UnitOfWorkFactory) -> None:
        """
        By channel, of the digests whose window ended inside another one; one compiled before its window had ended covered until then. The sample, skipped
        weeks and channels without any do not count.
        """
        window = Window(start=MONDAY, end=MONDAY + 7 * DAY)
        made = {
            ("a", "2026-W32"): (MONDAY, MONDAY),
            ("a", "2026-W33"): (MONDAY + 6 * DAY, MONDAY + 5 * DAY),
            ("a", "2026-W34"): (MONDAY + 7 * DAY, MONDAY + 7 * DAY),
            ("b", "2026-W32"): (MONDAY + DAY, MONDAY + 9 * DAY),
            ("b", "2026-W33"): (MONDAY + 2 * DAY, MONDAY + 2 * DAY),
            ("b", "sample"): (MONDAY + 3 * DAY, MONDAY + 3 * DAY),
            ("c", "2026-W31"): (MONDAY - DAY, MONDAY - DAY),
            ("d", "2026-W33"): (MONDAY + DAY, MONDAY + DAY),
        }
        async with unit_of_work() as unit:
            for (channel, week), (end, compiled) in made.items():
                cover = Window(start=end - 7 * DAY, end=end)
                one = a_digest("key:1", channel=channel, week=week)
                await unit.digests.add(replace(one, window=cover, compiled_at=compiled))
            await unit.digests.skip([Skip(channel="b", week="2026-W33", because="late", at=MONDAY)])

            found = await unit.digests.last_ends(["a", "b", "c"], window)
            assert {"a": MONDAY + 5 * DAY, "b": MONDAY + DAY} == found
            assert {} == await unit.digests.last_ends([], window)

    async def test_what_digests_cover(self, unit_of_work: UnitOfWorkFactory) -> None:
        """The spans of a channel's digests come latest first, without the sample and without skipped weeks."""
        weeks = ["2026-W31", "2026-W32", "2026-W33"]
        async with unit_of_work() as unit:
            assert await unit.digests.last_end() is None
            for week in [*weeks, "sample"]:
                await unit.digests.add(a_digest("key:1", week=week))
            await unit.digests.add(a_digest("key:1", week="2026-W40", channel="other"))
            await unit.digests.add(a_digest("key:1", week="sample", channel="new"))
            await unit.digests.skip([Skip(channel="reading", week="2026-W32", because="away", at=MONDAY)])
            whole = await unit.digests.get("reading", "2026-W33")
            assert whole

            spans = await unit.digests.spans("reading", 60)
            assert ["2026-W33", "2026-W31"] == [span.week for span in spans]
            assert (whole.window, whole.compiled_at) == (spans[0].window, spans[0].compiled_at)
            assert max((one.newest for one in whole.sources if one.newest), default=None) == spans[0].newest
            assert ["2026-W33"] == [span.week for span in await unit.digests.spans("reading", 1)]
            for channel in ("reading", "other", "new", "nobody"):
                past = await unit.digests.past(channel)
                assert await unit.digests.weeks(channel) == list(past.weeks)
                assert await unit.digests.skipped(channel) == list(past.skipped)
                assert await unit.digests.spans(channel, 60) == list(past.spans)
            names = ("reading", "other", "new", "nobody")
            assert {name: await unit.digests.past(name) for name in names} == await unit.digests.pasts(names)
            after = await unit.digests.pasts(["reading"], whole.window.end + timedelta(seconds=1))
            assert ((), ()) == (after["reading"].weeks, after["reading"].spans)
            assert ["2026-W32"] == [one.week for one in after["reading"].skipped]
            assert whole.window.end == await unit.digests.last_end()
            assert {"reading": whole.window.end} == await unit.digests.ends("2026-W33", ["reading", "other", "nobody"])
            assert {} == await unit.digests.ends("2026-W33", [])

    async def test_how_far_digests_are_sent(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Of each channel with messages of a week it is told how many are sent and left out, and what was last said of the first that is not sent."""
        week = a_posting(1).week
        async with unit_of_work() as unit:
            for channel, parts in (("a", 4), ("b", 1), ("c", 1)):
                await unit.postings.plan(
                    [replace(a_posting(n), channel=channel, key=f"{channel} {n}") for n in range(1, parts + 1)]
                )
            await unit.postings.plan([replace(a_posting(1), channel="b", week="2026-W01", key="earlier")])
            await unit.postings.save(replace(posted(a_posting(1), "m1"), channel="a", last_error="before it was sent"))
            for part, state, said in (
                (2, PostingState.LEFT_OUT, "too long"),
                (3, PostingState.PENDING, "away"),
                (4, PostingState.SENDING, "later"),
            ):
                await unit.postings.save(replace(a_posting(part), channel="a", state=state, last_error=said))

            assert {
                "a": DigestProgress(messages=4, sent=1, left_out=1, trouble="away"),
                "b": DigestProgress(messages=1, sent=0),
            } == await unit.postings.progress(week, ["a", "b", "nobody"])
            assert {} == await unit.postings.progress(week, [])

    async def test_unfinished_channels(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A channel is unfinished while a message of a week that was not skipped is to be sent, or any is on its way."""
        async with unit_of_work() as unit:
            for channel in ("a", "b", "c", "d"):
                await unit.postings.plan([replace(a_posting(1), channel=channel, key=channel)])
            await unit.postings.save(replace(posted(a_posting(1), "m1"), channel="a"))
            await unit.postings.save(replace(a_posting(1), channel="d", state=PostingState.SENDING))
            skip = Skip(channel="c", week=a_posting(1).week, because="away", at=MONDAY)
            await unit.digests.skip([skip, replace(skip, channel="d")])
            assert {"b", "d"} == await unit.postings.unfinished_channels()
            for channel in "abcd":
                assert bool(await unit.postings.unfinished(channel)) is (channel in {"b", "d"})


class TestSkips:
    async def test_recorded_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A week is skipped for the reason that was given first; each channel has its own."""
        first = Skip(channel="reading", week="2026-W33", because="Paper Round did not run", at=MONDAY)
        second = Skip(channel="reading", week="2026-W32", because="paused", at=MONDAY)
        async with unit_of_work() as unit:
            await unit.digests.skip([first, second])
            await unit.digests.skip([replace(first, because="another reason")])
            await unit.digests.skip([])
            await unit.commit()
        async with unit_of_work() as unit:
            assert [second, first] == await unit.digests.skipped("reading")
            assert [] == await unit.digests.skipped("robots")

    async def test_what_was_not_posted_may_come_again(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Of a digest that was skipped half way, only the picks that were posted count as sent."""
        digest = a_digest("key:1", "key:2")
        async with unit_of_work() as unit:
            await unit.digests.add(digest)
            await unit.postings.plan([a_posting(1), a_posting(2)])
            await unit.postings.save(posted(a_posting(1), "m1"))
            assert {"key:1", "key:2"} == await unit.digests.sent_keys("reading")
            await unit.digests.skip([Skip(channel="reading", week=digest.week, because="too late", at=MONDAY)])
            assert {"key:1"} == await unit.digests.sent_keys("reading")
            assert set() == await unit.digests.sent_keys("reading", besides=[digest.week])


class TestReconciledChannels:
    async def test_missing(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A round misses the channels with messages of the last weeks there: those never looked at first, then whose look was the longest ago."""
        for number, (channel, at) in enumerate(
            (("agents", MONDAY), ("robots", MONDAY), ("vision", MONDAY), ("speech", MONDAY), ("old", MONDAY - HOUR))
        ):
            await send(unit_of_work, a_posting(number, channel=channel), f"m{number}", at)
        async with unit_of_work() as unit:
            for channel, number, at in (
                ("agents", 1, MONDAY + HOUR),
                ("vision", 1, MONDAY),
                ("robots", 2, MONDAY),
                ("old", 0, MONDAY),
            ):
                await unit.reconciled.note(ReconciledChannel(platform="slack", channel=channel, round=number, at=at))
            await unit.commit()
        async with unit_of_work() as unit:
            missing = [one.channel for one in await unit.reconciled.missing("slack", 2, MONDAY)]

            assert ["speech", "vision", "agents"] == missing
            assert ["speech"] == [one.channel for one in await unit.reconciled.missing("slack", 1, MONDAY)]
            assert [] == await unit.reconciled.missing("discord", 2, MONDAY)

    async def test_note(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What was noted last stands, but for a later round: who looked for an earlier one, and was slow, takes nothing back."""
        later = ReconciledChannel(platform="slack", channel="agents", round=3, at=MONDAY)
        earlier = replace(later, round=2, at=MONDAY + HOUR, trying=3, tries=2, again=MONDAY + 2 * HOUR)
        async with unit_of_work() as unit:
            unknown = await unit.reconciled.of("slack", "agents")
            for one in (later, earlier):
                await unit.reconciled.note(one)
            await unit.commit()
        async with unit_of_work() as unit:
            assert unknown == ReconciledChannel(platform="slack", channel="agents")
            assert replace(earlier, round=3) == await unit.reconciled.of("slack", "agents")
            assert unknown == replace(await unit.reconciled.of("discord", "agents"), platform="slack")

    async def test_without_messages(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Before anything was sent nothing is missing."""
        async with unit_of_work() as unit:
            assert [] == await unit.reconciled.missing("slack", 1, MONDAY)
            assert [] == await unit.postings.channels_since(MONDAY)


class TestLeases:
    NAME = "deliver/reading"

    async def test_one_owner_at_a_time(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Who holds a lease is left alone until it runs out; each claim has a higher token."""
        async with unit_of_work() as unit:
            ours = await unit.leases.claim(self.NAME, "we", MONDAY, MONDAY + MINUTE)
            assert ours == Lease(name=self.NAME, owner="we", token=1, until=MONDAY + MINUTE)
            assert await unit.leases.claim(self.NAME, "they", MONDAY, MONDAY + MINUTE) is None
            assert await unit.leases.claim("deliver/robots", "they", MONDAY, MONDAY + MINUTE)
            await let_pass(unit, MINUTE)
            theirs = await unit.leases.claim(self.NAME, "they", MONDAY + MINUTE, MONDAY + 2 * MINUTE)
            assert theirs
            assert theirs.token == 2
            await unit.commit()
        async with unit_of_work() as unit:
            assert not await unit.leases.renew(ours, MONDAY + MINUTE, MONDAY + 9 * MINUTE)
            (held,) = await unit.leases.held(MONDAY + MINUTE)
            assert (held.name, held.owner, held.token) == (self.NAME, "they", 2)
            assert MONDAY + 2 * MINUTE - timedelta(seconds=10) < held.until <= MONDAY + 2 * MINUTE

    async def test_renewed_and_released(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Renewed it holds longer, even if it ran out unnoticed; released it is free at once, and is not renewed."""
        async with unit_of_work() as unit:
            lease = await unit.leases.claim(self.NAME, "we", MONDAY, MONDAY + MINUTE)
            assert await unit.leases.renew(lease, MONDAY, MONDAY + 3 * MINUTE)
            await let_pass(unit, 2 * MINUTE)
            assert await unit.leases.claim(self.NAME, "they", MONDAY + 2 * MINUTE, MONDAY + 4 * MINUTE) is None
            await let_pass(unit, 2 * MINUTE)
            assert await unit.leases.renew(lease, MONDAY + 4 * MINUTE, MONDAY + 7 * MINUTE)
            await unit.leases.release(lease)
            assert not await unit.leases.renew(lease, MONDAY + 4 * MINUTE, MONDAY + 5 * MINUTE)
            taken = await unit.leases.claim(self.NAME, "they", MONDAY + 4 * MINUTE, MONDAY + 5 * MINUTE)
            assert taken
            assert taken.token == 2
            await unit.leases.release(lease)
            assert await unit.leases.renew(taken, MONDAY + 4 * MINUTE, MONDAY + 5 * MINUTE)

    async def test_claimed_again_by_its_owner(self, unit_of_work: UnitOfWorkFactory) -> None:
        """An owner that claims twice holds the later one only."""
        async with unit_of_work() as unit:
            first = await unit.leases.claim(self.NAME, "we", MONDAY, MONDAY + MINUTE)
            second = await unit.leases.claim(self.NAME, "we", MONDAY, MONDAY + MINUTE)
            assert not await unit.leases.renew(first, MONDAY, MONDAY + MINUTE)
            assert await unit.leases.renew(second, MONDAY, MONDAY + MINUTE)

    async def test_clock_set_back(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What was held when the clock was set back is held for its length once more, and not until the clock has come so far again."""
        async with unit_of_work() as unit:
            ours = await unit.leases.claim(self.NAME, "we", MONDAY, MONDAY + MINUTE)
            assert ours
            await let_pass(unit, -HOUR)
            before = MONDAY - HOUR
            (held,) = await unit.leases.held(before)
            assert held.until <= before + MINUTE
            assert await unit.leases.claim(self.NAME, "they", before, before + MINUTE) is None
            assert await unit.leases.renew(ours, before, before + MINUTE), "whoever lives keeps it"
            await let_pass(unit, MINUTE)
            theirs = await unit.leases.claim(self.NAME, "they", before + MINUTE, before + 2 * MINUTE)
            assert theirs
            assert theirs.token == 2

    async def test_gone_when_the_clock_was_set_back(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Whose owner is gone by then is free a lease's length after somebody asked for it."""
        async with unit_of_work() as unit:
            assert await unit.leases.claim(self.NAME, "gone", MONDAY, MONDAY + MINUTE)
            await let_pass(unit, -HOUR)
            at = MONDAY - HOUR
            assert await unit.leases.claim(self.NAME, "they", at, at + MINUTE) is None
            await let_pass(unit, MINUTE / 2)
            at += MINUTE / 2
            assert await unit.leases.claim(self.NAME, "they", at, at + MINUTE) is None, "asking does not prolong it"
            await let_pass(unit, MINUTE / 2)
            at += MINUTE / 2
            assert await unit.leases.claim(self.NAME, "they", at, at + MINUTE)

    async def test_owners_are_gone(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A forgotten owner holds nothing, and renews nothing; the others keep what they have."""
        async with unit_of_work() as unit:
            lost = await unit.leases.claim(self.NAME, "gone", MONDAY, MONDAY + MINUTE)
            await unit.leases.claim("deliver/robots", "alive", MONDAY, MONDAY + MINUTE)
            await unit.leases.forget("gone")
            assert ["deliver/robots"] == [one.name for one in await unit.leases.held(MONDAY)]
            assert not await unit.leases.renew(lost, MONDAY, MONDAY + MINUTE)
            assert await unit.leases.claim(self.NAME, "we", MONDAY, MONDAY + MINUTE)

    async def test_dropped(self, unit_of_work: UnitOfWorkFactory) -> None:
        """What nobody has held for so long is dropped, given back or not; what is held stays, however long ago it was claimed."""
        async with unit_of_work() as unit:
            released = await unit.leases.claim(self.NAME, "we", MONDAY, MONDAY + MINUTE)
            assert released
            await unit.leases.release(released)
            await unit.leases.claim("deliver/robots", "gone", MONDAY, MONDAY + MINUTE)
            await unit.leases.claim("listen/slack", "alive", MONDAY, MONDAY + 3 * HOUR)
            await let_pass(unit, HOUR)
            now = MONDAY + HOUR
            lately = await unit.leases.claim("deliver/lately", "we", now, now + MINUTE)
            assert lately
            await unit.leases.release(lately)

            assert await unit.leases.drop(now, 2 * HOUR) == 0
            assert await unit.leases.drop(now, HOUR / 2) == 2

            assert ["listen/slack"] == [one.name for one in await unit.leases.held(now)]
            again = await unit.leases.claim("deliver/lately", "they", now, now + MINUTE)
            assert again
            assert again.token == 2, "it was not dropped"


async def let_pass(unit: UnitOfWork, span: timedelta) -> None:
    """
    Let leases age, or the clock go back. By the caller's clock that is done with what is given next; where the server's counts, they are made older
    or newer instead.
    """
    if isinstance(unit.leases, SqlLeases) and unit.leases._by_server:
        older = text("UPDATE leases SET until = until - :span, written_at = written_at - :span")
        await unit.leases._connection.execute(older.bindparams(bindparam("span", span, Interval)))


class TestNotes:
    async def test_put_and_replaced(self, unit_of_work: UnitOfWorkFactory) -> None:
        async with unit_of_work() as unit:
            assert await unit.notes.get("discord commands") is None
            await unit.notes.put("discord commands", "a")
            await unit.notes.put("discord commands", "b")
            await unit.commit()
        async with unit_of_work() as unit:
            assert await unit.notes.get("discord commands") == "b"

    async def test_by_the_beginning_of_their_names(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A prefix is taken letter by letter: a wildcard of a database's is none."""
        async with unit_of_work() as unit:
            for name in ("one/a", "one/b", "one", "other/a", "on%/a", "on%/b"):
                await unit.notes.put(name, name[-1])
            assert {"one/a": "a", "one/b": "b"} == await unit.notes.beginning("one/")
            assert {"on%/a": "a", "on%/b": "b"} == await unit.notes.beginning("on%/")

    async def test_forgotten(self, unit_of_work: UnitOfWorkFactory) -> None:
        async with unit_of_work() as unit:
            await unit.notes.put("one", "a")
            await unit.notes.put("other", "b")
            for _ in range(2):
                await unit.notes.forget("one")
            assert (None, "b") == (await unit.notes.get("one"), await unit.notes.get("other"))


async def test_citation_keys(unit_of_work: UnitOfWorkFactory) -> None:
    """A citation key is given once: neither does a work get another one, nor a key another work; aliases are followed."""
    async with unit_of_work() as unit:
        await unit.citation_keys.give({"a": "lovelace", "b": "hopper"})
        await unit.citation_keys.give({"a": "other", "c": "hopper", "d": "liskov"})
        await unit.commit()
    await say(unit_of_work, "b")
    await merge(unit_of_work, "b", "z")

    async with unit_of_work() as unit:
        assert {"hopper": "z", "liskov": "d", "lovelace": "a"} == await unit.citation_keys.all()


async def test_forgotten_members(unit_of_work: UnitOfWorkFactory) -> None:
    """A sweep removes all of whom the list names, imported too, and nothing of others, be it under the same id elsewhere; twice is harmless."""
    await say(unit_of_work, "a")
    async with unit_of_work() as unit:
        for platform in ("slack", "slack/imported", "discord"):
            ref = MessageRef(platform=platform, channel_id="C1", message_id="m1")
            for member in (ADA, BEN):
                await unit.reactions.put(Reaction(ref=ref, member=member, emoji="⭐", present=True, at=MONDAY))
                own = MessageRef(platform=platform, channel_id="C1", message_id=f"r-{member.id}")
                written = Summary(
                    ref=own, parent=ref, channel="c", item_key="a", member=member, text="first", at=MONDAY
                )
                await unit.summaries.put(written)
                await unit.summaries.put(replace(written, text="second", edited_at=MONDAY + HOUR))
                await unit.members.put(platform, [member])
                await unit.members.put_wishes(platform, member.id, MemberWishes(follow=("word:x",)))
        await unit.forgotten.add("slack", "U1", MONDAY)
        await unit.forgotten.add("slack", "U1", MONDAY)
        swept = await unit.forgotten.sweep()
        again = await unit.forgotten.sweep()
        await unit.commit()

    async with unit_of_work() as unit:
        check = await unit.forgotten.check()
        written = await unit.summaries.of_channel("c")
        assert (True, True, False, False) == (
            check("slack", "U1"),
            check("slack/imported", "U1"),
            check("discord", "U1"),
            check("slack", "U2"),
        )
        assert [("discord", "U1")] == [(one.ref.platform, one.member.id) for one in written if one.member.id == "U1"]
        assert 3 == sum(one.member.id == "U2" for one in written)
        assert [MemberWishes(), MemberWishes(follow=("word:x",))] == [
            await unit.members.wishes(platform, "U1") for platform in ("slack", "discord")
        ]
        assert (1, frozenset({"a"}), 0) == (swept.members, swept.keys, again.rows)
        assert await unit.forgotten.remove("slack", "U1")
        assert not await unit.forgotten.remove("slack", "U1")


async def test_people_and_names(unit_of_work: UnitOfWorkFactory) -> None:
    """Everybody with a row is known, and every name in a sentence of ours that nobody bears; such a name is forgotten by itself, and twice is harmless."""
    async with unit_of_work() as unit:
        await unit.members.put("slack", [ADA])
        for name, by in (("a", ADA.name), ("b", "Eve; really")):
            state = ChannelState(name=name, platform="slack", id=f"C-{name}", paused_because=paused_by(by, "secret"))
            await unit.channels.save(state)
        known = await unit.forgotten.people()
        await unit.forgotten.add(BY_NAME, "Eve; really", MONDAY)
        first, again = await unit.forgotten.sweep(), await unit.forgotten.sweep()
        await unit.commit()

    async with unit_of_work() as unit:
        paused = {name: one.paused_because for name, one in (await unit.channels.all()).items()}
        left = await unit.forgotten.people()
    row, named = sorted(known, key=lambda one: one.id, reverse=True)
    assert ("slack", ADA.id, {ADA.name}) == (row.platform, row.id, row.names)
    assert ("", "", {"Eve; really"}) == (named.platform, named.id, named.names)
    assert {"a": f"{ADA.name} paused it: secret", "b": "a member paused it"} == paused
    assert (1, 0, [row]) == (first.members, again.members, left)


async def test_forgotten_editors(unit_of_work: UnitOfWorkFactory) -> None:
    """Who set a channel up or edits its digest is forgotten there too, also one who never did anything else; the other editors stay."""
    async with unit_of_work() as unit:
        for name, platform in (("a", "slack"), ("b", "discord")):
            state = ChannelState(name=name, platform=platform, id=f"C-{name}", set_up_by="U1")
            await unit.channels.save(replace(state, values={"editors": ("U1", "U2"), "budget_minutes": 30}))
        await unit.forgotten.add("slack", "U1", MONDAY)
        first, again = await unit.forgotten.sweep(), await unit.forgotten.sweep()
        await unit.commit()

    async with unit_of_work() as unit:
        found = await unit.channels.all()
    told = {
        name: (one.set_up_by, list(one.values["editors"]), one.values["budget_minutes"]) for name, one in found.items()
    }
    assert {"a": ("", ["U2"], 30), "b": ("U1", ["U1", "U2"], 30)} == told
    assert (1, 0) == (first.members, again.members)


async def test_retention_of_entries(unit_of_work: UnitOfWorkFactory) -> None:
    """An old entry of no work that was taken up loses its text and is not new again; others stay whole."""
    texts = {"abstract": "A text.", "brief": "Short.", "links": (Link(url="https://example.org/x", quote="quoted"),)}
    for key in ("taken", "passed", "young"):
        one = stored(an_entry(key, **texts), seen=MONDAY + (DAY if key == "young" else 0 * DAY))
        await store(unit_of_work, batch(one, a_mention(one, key, quote="said")))
    async with unit_of_work() as unit:
        await unit.digests.add(a_digest("taken"))
        trimmed = await unit.retention.trim_entries(MONDAY + HOUR, 10)
        again = await unit.retention.trim_entries(MONDAY + HOUR, 10)
        await unit.commit()
    async with unit_of_work() as unit:
        left = {
            key: entry.entry.abstract for key, entry, _ in await unit.entries.of_items(["taken", "passed", "young"])
        }
    whole = stored(an_entry("passed", **texts))
    told = await store(unit_of_work, batch(whole, a_mention(whole, "passed")))

    assert (1, 0) == (trimmed, again)
    assert {"taken": "A text.", "passed": "", "young": "A text."} == left
    assert frozenset() == told["arxiv"].new


async def test_retention_of_acts(unit_of_work: UnitOfWorkFactory) -> None:
    """Decisions and words of before an instant go, with their history; later ones stay."""
    async with unit_of_work() as unit:
        for number, at in enumerate((MONDAY, MONDAY + DAY)):
            ref = MessageRef(platform="slack", channel_id="C1", message_id=f"m{number}")
            own = MessageRef(platform="slack", channel_id="C1", message_id=f"r{number}")
            await unit.reactions.put(Reaction(ref=ref, member=ADA, emoji="⭐", present=True, at=at))
            written = Summary(ref=own, parent=ref, channel="c", item_key="a", member=ADA, text="first", at=at)
            await unit.summaries.put(written)
            await unit.summaries.put(replace(written, text="second", edited_at=at + HOUR))
        dropped = await unit.retention.drop_acts(MONDAY + HOUR, 10)
        again = await unit.retention.drop_acts(MONDAY + HOUR, 10)
        await unit.commit()

    async with unit_of_work() as unit:
        assert (2, 0) == (dropped, again)
        assert ["r1"] == [one.ref.message_id for one in await unit.summaries.of_channel("c")]


async def test_retention_of_many_acts(unit_of_work: UnitOfWorkFactory) -> None:
    """Not more of each kind are dropped at once than were asked for; again and again, until none is left that is old."""
    async with unit_of_work() as unit:
        for number in range(5):
            ref = MessageRef(platform="slack", channel_id="C1", message_id=f"m{number}")
            own = MessageRef(platform="slack", channel_id="C1", message_id=f"r{number}")
            await unit.reactions.put(Reaction(ref=ref, member=ADA, emoji="⭐", present=True, at=MONDAY))
            await unit.summaries.put(
                Summary(ref=own, parent=ref, channel="c", item_key="a", member=ADA, text="first", at=MONDAY)
            )
        await unit.commit()
    dropped = []
    for _ in range(4):
        async with unit_of_work() as unit:
            dropped.append(await unit.retention.drop_acts(MONDAY + HOUR, 2))
            await unit.commit()

    async with unit_of_work() as unit:
        assert [4, 4, 2, 0] == dropped
        assert [] == await unit.summaries.of_channel("c")


async def test_api_tokens(unit_of_work: UnitOfWorkFactory) -> None:
    """A token is found by its hash until it is revoked; a name is given once, and its use is noted once a day."""
    one = ApiToken(name="bot", made=MONDAY, platform="slack", member_id="U1", channels=("reading",))
    async with unit_of_work() as unit:
        assert await unit.api_tokens.add(one, "a" * 64)
        assert not await unit.api_tokens.add(one, "b" * 64)
        noted = [await unit.api_tokens.used("a" * 64, MONDAY + hours * HOUR) for hours in (1, 2, 26)]
        await unit.commit()

    async with unit_of_work() as unit:
        found = await unit.api_tokens.of_hash("a" * 64)
        assert replace(one, used=MONDAY + 26 * HOUR) == found
        assert [found] == await unit.api_tokens.all()
        assert [True, False, True] == noted
        assert None is await unit.api_tokens.of_hash("b" * 64)
        assert await unit.api_tokens.revoke("bot")
        assert not await unit.api_tokens.revoke("bot")
        assert None is await unit.api_tokens.of_hash("a" * 64)
