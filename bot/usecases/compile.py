"""Compile: what was collected becomes a channel's digest for a week. Reads only; `deliver` freezes what it gives."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cache, partial
from typing import Final
from zoneinfo import ZoneInfo

from bot.budget import MOST_CARDS, card_cost, marking_rate
from bot.candidates import candidates, reading_window
from bot.channel_sources import read_by
from bot.classics import Classic, next_classic, with_classic
from bot.digest.composition import choose
from bot.digest.last_places import Explore
from bot.digest.missing_topics import with_missing_topics
from bot.due import WEEK, channel_due_period, channel_window, first_instant, following_period, second_due
from bot.edits import edited
from bot.errors import RankingError
from bot.joined_tastes import each_once, joined
from bot.model import (
    Channel,
    Classics,
    Decision,
    Digest,
    DigestSpan,
    Item,
    Meaning,
    Recap,
    Section,
    SourceRecord,
    SourceReport,
    SourceSpec,
    SourceStatus,
    TasteWork,
    Window,
)
from bot.periods import LENGTHS, extra_period, in_order, is_period, second_of
from bot.ports import Ranker, UnitOfWork, UnitOfWorkFactory
from bot.ranking import exploration, rank
from bot.ranking.candidate_index import CandidateIndex
from bot.ranking.change import LOOKING_AROUND
from bot.ranking.features import is_read_whole
from bot.ranking.question import Relevances
from bot.ranking.regions import Regions, regions, together
from bot.ranking.sought_topic import says_something
from bot.source_state import gap_since
from bot.titles import TitleIndex
from bot.topic_changes import note_of, read
from bot.topic_check import TopicCheck, checked
from bot.typed_topics import each_once as topics_once
from bot.typed_topics import spelt_alike
from bot.unmatched import used_up
from bot.usecases.channel_past import ChannelPast, past_of
from bot.usecases.edits import load as load_review
from bot.usecases.recap import recap_of
from bot.usecases.relevance import Found, history_of, relevance
from bot.usecases.spoken import Spoken, SpokenCache
from bot.usecases.suggest import NAME, SOURCE
from bot.usecases.taste import taste_of

logger = logging.getLogger(__name__)

LATE: Final = timedelta(hours=2)
"""A digest that comes more than this after it fell due says so."""

GRACE: Final = timedelta(hours=48)
"""How long after a window's end a collect may still be the one that was made for its digest."""


NEAR: Final = timedelta(hours=12)
"""A first look within this of a due instant is that period's digest; else it is extra, and the channel's own day has its own."""

FIRST_LOOK: Final = timedelta(days=7)
"""How far back a first digest looks, to the beginning of that day."""

MOST_WEEKS: Final = 60
"""How many digests back one is looked for that covers a week: over a year, after a clock that was a year wrong."""


CHANGE_TOLD: Final = timedelta(weeks=4)
"""For how long after a change of interest the digest says that it follows it: two digests must pass before it is known."""


async def due_digest(
    channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime, *, by_hand: bool = False
) -> tuple[str, Window] | None:
    """
    Tell which period's digest is due in a channel and not frozen yet, and what it covers; None if there is none.

    On the very first start that is a first look at once (`first_look`). Later it is the period whose due instant came last; of several
    missed ones the latest alone, and none if that is `channel.catch_up` late, unless somebody asks for it `by_hand`, and none that
    another digest covers already. A week whose day was moved on after its digest may have a second one (`second_due`), which is not caught
    up with unless it waited for sources. A channel that was set up again may have one at once (`ChannelState.at_once`). A digest covers the
    time since the last one that was sent, at most the rhythm and a week, so that no two windows of a channel overlap, whatever its day, zone
    and rhythm were set to in between.
    """
    async with unit_of_work() as uow:
        return await due_in(channel, uow, now, by_hand=by_hand)


async def due_in(
    channel: Channel, uow: UnitOfWork, now: datetime, *, by_hand: bool = False
) -> tuple[str, Window] | None:
    """`due_digest` inside a unit of work."""
    state = await uow.channels.get(channel.name)
    started = state.served_since if state else None
    if state is None or started is None:
        week, window = first_look(channel, now)
        return None if week in await uow.digests.weeks(channel.name) else (week, window)
    if state.at_once and (look := await _look_again(channel, started, uow, now)):
        return look
    week = channel_due_period(channel, now)
    window = channel_window(channel, week)
    served_since = state.started if by_hand and state.started else started
    if window.end <= served_since or (now - window.end > channel.catch_up and not by_hand):
        return None
    taken = await uow.digests.weeks(channel.name)
    its_own = week if week not in taken else await _second_due(channel, week, now - window.end, taken, uow)
    if its_own is None or await covered_by(channel.name, its_own, window, uow, now):
        return None
    return its_own, await _since_last(channel, window, uow)


async def _look_again(
    channel: Channel, restarted: datetime, uow: UnitOfWork, now: datetime
) -> tuple[str, Window] | None:
    """
    Tell the digest that was asked for at once when a channel was set up again; None if it came, or is too late.

    It has the period of a first look at that instant, or, where that one was sent before, one of its own; it covers what came since the last.
    """
    taken = await uow.digests.weeks(channel.name)
    its_period, window = first_look(channel, restarted)
    extra = extra_period(restarted.astimezone(ZoneInfo(channel.zone)).date())
    spans = {one.week: one for one in await _sent(channel.name, uow)}
    came = its_period in spans and spans[its_period].compiled_at >= restarted
    week = extra if its_period in taken and not came else its_period
    if came or week in taken or now - restarted > channel.catch_up:
        return None
    return week, await _since_last(channel, replace(window, end=now), uow)


async def note_waiting(channel: Channel, week: str, unit_of_work: UnitOfWorkFactory) -> None:
    """Note that a second digest of a week waits for sources, so that it comes when they were waited for long enough, with what there is."""
    if second_of(week) is None:
        return
    async with unit_of_work() as uow:
        if await _expect(channel, week, uow):
            await uow.commit()


async def expect_second(channel: Channel, now: datetime, uow: UnitOfWork) -> None:
    """
    Note that the week of the channel's next due instant after `now` will have a second digest, if it will, so that it comes although nobody was
    there when it fell due. The caller commits.

    Without the note one that is `NEAR` late is taken for one whose day was moved to the past, which nobody expects any more.
    """
    if second := await _second(channel, following_period(channel, channel_due_period(channel, now)), uow):
        await _expect(channel, second, uow)


async def _expect(channel: Channel, second: str, uow: UnitOfWork) -> bool:
    """Note it; False if it was noted before."""
    if await uow.notes.get(_expected_note(channel)) == second:
        return False
    await uow.notes.put(_expected_note(channel), second)
    return True


def _expected_note(channel: Channel) -> str:
    return f"second digest waits {channel.name}"


async def _second_due(
    channel: Channel, week: str, late: timedelta, taken: Collection[str], uow: UnitOfWork
) -> str | None:
    """Give the period of the second digest of a week if that is due, `late` after the channel's hour; None if it came, or is not expected any more."""
    second = await _second(channel, week, uow)
    if second is None or second in taken:
        return None
    expected = late > NEAR and second == await uow.notes.get(_expected_note(channel))
    return second if late <= NEAR or expected else None


async def _second(channel: Channel, week: str, uow: UnitOfWork) -> str | None:
    """Give the period of the second digest that a week has whose first one was sent; None if it has none."""
    first = next((one for one in await _sent(channel.name, uow) if one.week == week), None)
    return second_due(channel, week, first.window.end) if first else None


def first_look(channel: Channel, now: datetime) -> tuple[str, Window]:
    """
    Give the period of a channel's first digest, and what it covers: the last seven days, from the beginning of the first of them.

    It is extra, so that a Friday's channel that starts on a Monday has its first look at once and its own Friday as well; close to a
    due instant it is that period's, for two digests within hours of each other would leave the second one empty.
    """
    local = ZoneInfo(channel.zone)
    window = Window(start=first_instant((now - FIRST_LOOK).astimezone(local).date(), time.min, local), end=now)
    due = channel_due_period(channel, now)
    if now - channel_window(channel, due).end < NEAR:
        return due, window
    following, its_own = upcoming(channel, now)
    return (following if its_own.end - now < NEAR else extra_period(now.astimezone(local).date())), window


async def covered_by(channel: str, week: str, window: Window, uow: UnitOfWork, now: datetime) -> DigestSpan | None:
    """
    Give the digest of another week that covers the end of this one's window; None if there is none.

    A clock that was set back makes a week due again that a later digest covered, and a channel that moved may have a week that ends
    before the one before it does. A digest that was made under a clock ahead of `now` counts only where that clock was right, for a
    wrong one must not silence a channel for the weeks to come.
    """
    for one in await _sent(channel, uow):
        covers = one.week != week and one.window.start < window.end <= one.window.end
        if covers and (one.compiled_at <= now or _was_timely(one)):
            return one
    return None


def _was_timely(digest: DigestSpan) -> bool:
    """Tell whether a digest was made when it seemed to be: its sources, whose clocks are not ours, had spoken within its window."""
    return digest.newest is not None and digest.newest >= digest.window.start


async def ends_after(channel: str, week: str, window: Window, uow: UnitOfWork) -> DigestSpan | None:
    """Give a digest of another week that was sent and ends at or after the end of this window; None if there is none."""
    return next((one for one in await _sent(channel, uow) if one.week != week and one.window.end >= window.end), None)


async def _since_last(channel: Channel, window: Window, uow: UnitOfWork) -> Window:
    """
    Let a window begin where the last digest that was sent before its end ended.

    One that was made by hand before its window had ended ended when it was compiled: what came after that is not in it.
    """
    ends = [
        min(one.window.end, one.compiled_at) for one in await _sent(channel.name, uow) if one.window.end < window.end
    ]
    most = LENGTHS[channel.rhythm] + WEEK
    return replace(window, start=max(*ends, window.end - most)) if ends else window


async def _sent(channel: str, uow: UnitOfWork) -> list[DigestSpan]:
    """Give what a channel's digests cover that were not skipped after all, the latest period first, as far back as one can cover."""
    return await uow.digests.spans(channel, MOST_WEEKS)


def _compiled_before(week: str, past: ChannelPast) -> datetime | None:
    """Give when the last digest of an earlier period was compiled."""
    before = (one for one in past.spans[:MOST_WEEKS] if is_period(week) and in_order(one.week) < in_order(week))
    return next((one.compiled_at for one in before), None)


async def next_digest(channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime) -> datetime:
    """
    Give the instant, UTC, at which the channel's next digest falls due: `now` if one is due, else that of the next week that has none.

    A first digest in the middle of a week is that week's, so the week's own instant passes without another one.
    """
    async with unit_of_work() as uow:
        return await next_digest_in(channel, uow, now)


async def next_digest_in(channel: Channel, uow: UnitOfWork, now: datetime) -> datetime:
    """`next_digest` inside a unit of work."""
    if await due_in(channel, uow, now):
        return now
    return (await next_week_in(channel, uow, now))[1].end


async def next_week(channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime) -> tuple[str, Window]:
    """Give the next period that falls due after `now` and has no digest yet, and what it will cover."""
    async with unit_of_work() as uow:
        return await next_week_in(channel, uow, now)


async def next_week_in(channel: Channel, uow: UnitOfWork, now: datetime) -> tuple[str, Window]:
    """`next_week` inside a unit of work."""
    taken = set(await uow.digests.weeks(channel.name))
    week, window = upcoming(channel, now)
    while week in taken:
        second = await _second(channel, week, uow)
        if second and second not in taken:
            return second, await _since_last(channel, window, uow)
        week, window = upcoming(channel, window.end)
    return week, window


def upcoming(channel: Channel, now: datetime) -> tuple[str, Window]:
    """Give the period that falls due next by the clock alone, and the span from the one before it."""
    week = following_period(channel, channel_due_period(channel, now))
    return week, channel_window(channel, week)


async def compile_digest(
    channel: Channel,
    week: str,
    window: Window,
    unit_of_work: UnitOfWorkFactory,
    *,
    specs: Sequence[SourceSpec],
    now: datetime,
    sample: bool = False,
    ranker: Ranker | None = None,
    classics: Sequence[Classic] = (),
    spoken: SpokenCache | None = None,
    line_menu: int = 0,
) -> Digest:
    """
    Choose a channel's picks for a week from what has been collected, leaving out what an earlier digest already sent.

    Only the sources that the channel asks for count, all of them if it names none. Gives the same digest for the same
    store; what the window covers and nobody mentioned inside it is no candidate. Without a `ranker`, topics are phrases and decisions teach
    nothing. `classics` are the shipped ones; the channel says whether it wants them. What was
    read and folded for another channel is taken from `spoken`. `line_menu` is the platform's (`PlatformWords`). What its editors changed is applied last.
    """
    reading = reading_window(window, min(now, window.end + GRACE))
    async with unit_of_work() as uow:
        said = await (spoken or SpokenCache()).of(reading, uow)
        past = await past_of(channel, uow)
        weeks = past.weeks
        # Whatever week it was sent in: a clock that was set back, or a week asked for by hand, brings nothing again.
        sent = await uow.digests.sent_keys(channel.name, besides=[week, *(one for one in weeks if not is_period(one))])
        late = now - window.end > LATE and await uow.channels.started(channel.name) is not None
        rate = marking_rate(len(sent), len(sent & marked_works(past.decisions)))
        edits = () if sample else (await load_review(channel.name, week, uow)).edits
        recap = Recap() if sample else await recap_of(channel, week, now, past, uow)
        tastes = await taste_of(channel.name, uow)
        if tastes:  # in a thread: what lists name by title alone is looked for among a week's thousands
            tastes = await asyncio.to_thread(each_once, tastes, said.titles)
        known = {one.key for one in tastes}
        classic = None if sample else await _classic(channel, classics, sent, tastes, rate, uow)
        history = await history_of(channel, past, tastes, uow, now) if ranker else None
        # Only the sense of a channel's only topic is asked for.
        asked_before = len(channel.topics) != 1 or await _asked_before(channel, past, uow)
    # Folding and choosing takes a quarter of a second: in a thread, so that whoever reacts meanwhile is heard.
    competing, shown, reports = await asyncio.to_thread(
        _competing,
        channel,
        window,
        reading,
        said,
        sent=sent,
        known=known,
        compiled_before=_compiled_before(week, past),
        records=said.records,
        specs=specs,
    )
    taken, topics, empty, people = await asyncio.to_thread(
        _topics_read, channel.topics, competing, said.index, sample=sample
    )
    # What nothing is about asks for nothing: half of its words would bring what nobody wants. Without any other topic the week's best come.
    asked = replace(channel, topics=tuple(topic for topic in topics if topic not in empty))
    by_words = _are_told_by_words(asked.topics, people)
    found = Found()
    if ranker and history:
        found = await relevance(
            # Who wrote a work is no matter of meaning.
            replace(asked, topics=tuple(topic for topic in asked.topics if topic not in people)),
            competing,
            history,
            unit_of_work,
            ranker,
            due=window.end,
            until=reading.end,
            revision=said.revision,
            now=now,
            empty=[topic for topic in empty if topic not in people],
            by_words=by_words,
        )
    digest = await asyncio.to_thread(
        _chosen,
        # Rounded up: rounded to the nearest, the digest's cards may cost more than its budget.
        replace(asked, budget_minutes=asked.budget_minutes - math.ceil(card_cost(classic.minutes, rate)))
        if classic
        else asked,
        week,
        window,
        competing,
        found,
        said.index,
        reports=reports,
        specs=specs,
        now=now,
        sample=sample,
        rate=rate,
        most=MOST_CARDS - 1 if classic else MOST_CARDS,
        empty=empty,
        by_words=by_words,
        group=_regions_by(ranker, channel) if ranker else regions,
    )
    if sample:
        return digest
    about = _about(found, competing, said.index)
    nothing_left = [topic for topic in topics if topic in empty or not about(topic)]
    gone = (
        await asyncio.to_thread(used_up, nothing_left, shown, competing, said.index) if nothing_left and shown else ()
    )
    digest = replace(digest, used_up=gone, unmatched=tuple(topic for topic in digest.unmatched if topic not in gone))
    # Where there are no works at all, none speaks of anything.
    left = [topic for topic in topics if topic not in {*empty, *gone}] if competing else []
    digest = with_missing_topics(digest, left, about, channel.mute)
    if classic:
        digest = with_classic(replace(digest, budget_minutes=channel.budget_minutes), classic, rate)
    digest = edited(digest, edits)
    changed = found.change.since if found.change.since and now - found.change.since <= CHANGE_TOLD else None
    before = [in_order(one) for one in weeks if is_period(one) and one not in {skip.week for skip in past.skipped}]
    told = max((one for one in before if one < in_order(week)), default=None)
    since = [
        skip
        for skip in sorted(past.skipped, key=lambda one: in_order(one.week))
        if (told is None or told < in_order(skip.week)) and in_order(skip.week) < in_order(week)
    ]
    return replace(
        digest,
        unclear=tuple(asked.topics) if found.unclear and not asked_before else (),
        line_menu=line_menu,
        recap=recap,
        skipped=tuple(since),
        changed=changed,
        respelt=tuple(taken.items()),
        late=late,
    )


def _topics_read(
    typed: Sequence[str], competing: Sequence[Item], index: CandidateIndex, *, sample: bool
) -> tuple[Mapping[str, str], Sequence[str], Sequence[str], AbstractSet[str]]:
    """
    Say of a channel's topics which are mistyped and what for, what they are then, each once, which of these no work is about, and which are authors. A sample is
    no place to say the first and the third.
    """
    found = TopicCheck({}, topics_once(typed), ()) if sample else checked(typed, competing, index)
    return found.respelt, found.read, found.unmatched, {topic for topic in found.read if index.by(topic)}


async def _asked_before(channel: Channel, past: ChannelPast, uow: UnitOfWork) -> bool:
    """Tell whether a digest by the channel's present topics came before: what it asked about them is not asked again."""
    noted = read(await uow.notes.get(note_of(channel.name)))
    if noted is None:
        return any(map(is_period, past.weeks))
    return set(map(spelt_alike, noted.topics)) == set(map(spelt_alike, channel.topics))


def _about(found: Found, competing: Sequence[Item], index: CandidateIndex) -> Callable[[str], list[Item]]:
    """Give what gives the works that are about a topic: as a ranker says, else by its words or its author."""
    told_of = bool(found.relevance) and not found.assumed
    of_topic: defaultdict[str, list[Item]] = defaultdict(list)
    if told_of:
        details = Relevances.of(found.relevance).details
        for item in competing:
            if one := details.get(item.key):
                for topic in one.about:
                    of_topic[topic].append(item)

    @cache
    def about(topic: str) -> list[Item]:
        if told_of and is_read_whole(topic) and not index.by(topic):
            return of_topic.get(topic, [])
        candidates, having = set(index.of(competing)), index.matches([topic])  # it knows other channels' windows, too
        return [one.item for one, match in having.items() if match.topics and one in candidates]

    return about


async def _classic(
    channel: Channel,
    shipped: Sequence[Classic],
    sent: Collection[str],
    tastes: Sequence[TasteWork],
    rate: float,
    uow: UnitOfWork,
) -> Classic | None:
    """Give the classic whose turn it is: of the channel's own list first, and of the shipped ones none that it named among its `tastes`."""
    if channel.classics is Classics.OFF:
        return None
    own = await uow.own_classics.of_channel(channel.name)
    read = _read_before(shipped, tastes)
    offered = [one for one in shipped if one.key not in read] if channel.classics is Classics.SHIPPED else []
    wanted = [*own, *offered]
    canonical = await uow.items.canonical([one.key for one in wanted])
    known = [one for one in wanted if not {one.key, canonical[one.key]} & set(sent)]
    return next_classic(known, sent, channel.budget_minutes, rate)


def _read_before(classics: Sequence[Classic], tastes: Sequence[TasteWork]) -> AbstractSet[str]:
    """Give the keys of tastes, and of those classics that they name by title and authors."""
    if not tastes:
        return frozenset()
    index = partial(TitleIndex, [(one.key, one.title, one.authors) for one in classics])
    pairs = joined(((one.key, one.title, one.authors) for one in tastes), index)
    return {one.key for one in tastes} | set(pairs.values())


def _competing(
    channel: Channel,
    window: Window,
    reading: Window,
    said: Spoken,
    *,
    sent: Collection[str],
    known: AbstractSet[str],
    compiled_before: datetime | None,
    records: Mapping[str, SourceRecord],
    specs: Sequence[SourceSpec],
) -> tuple[tuple[Item, ...], list[Item], list[SourceReport]]:
    """
    Give what may be picked of what was said in the window, and what an earlier digest brought of it; with it, what each source brought. Touches nothing.
    `sent` is what earlier digests brought, `known` what the channel told us of itself.
    """
    wanted = read_by(channel, specs)
    told = said.told(channel, wanted, window, reading, compiled_before)
    reports = [
        replace(report, fetched=told.read.get(report.id, 0))
        for report in reports_of(channel, specs, records, since=window.start)
    ]
    # What a list named the team knows, as what it was sent; a member who proposes it all the same has a reason.
    items = [item for item in told.items if item.key not in known or _is_proposed(item)] if known else told.items
    shown = [item for item in told.items if item.key in sent] if sent else []
    # The same tuple for all to whom it is new, as which the index remembers it.
    competing = tuple(candidates(items, sent)) if shown or known else told.candidates
    return competing, shown, reports


def _is_proposed(item: Item) -> bool:
    return any(mention.source_id == SOURCE for mention in item.mentions)


def _chosen(
    channel: Channel,
    week: str,
    window: Window,
    competing: Sequence[Item],
    found: Found,
    index: CandidateIndex,
    *,
    reports: Sequence[SourceReport],
    specs: Sequence[SourceSpec],
    now: datetime,
    sample: bool,
    rate: float,
    most: int,
    empty: Sequence[str],
    by_words: bool,
    group: Regions,
) -> Digest:
    """
    Rank and choose, `most` cards at most, for a channel without its `empty` topics; touches nothing. With `by_words` the words of the others say all that is
    on them; `group` puts works into regions.
    """
    explore: Explore = partial(exploration.explore, group=group)
    ranked = rank(
        competing,
        channel,
        window,
        names={SOURCE: NAME, **{spec.id: spec.name for spec in specs}},
        rare={spec.id for spec in specs if spec.quiet},
        archives={spec.id for spec in specs if spec.section is Section.PAPERS},
        relevance=found.relevance,
        liked=found.liked,
        likes=found.likes,
        assumed=found.assumed,
        index=index,
    )
    if found.change.suspected:
        channel = replace(channel, explore=max(channel.explore, LOOKING_AROUND))
        # What the old interest nearly reaches is no place to look for a new one.
        explore = partial(exploration.explore, margin=0.0, group=group)
    digest = choose(
        ranked,
        channel,
        week=week,
        window=window,
        sources=reports,
        now=now,
        sample=sample,
        rate=rate,
        unmatched=empty,
        informed=(bool(found.relevance) and not found.assumed) or by_words,
        decided=found.likes,
        liked=found.titles,
        liked_fields=found.fields,
        votes=found.votes,
        agreeing=found.agreeing,
        most=most,
        explore=explore,
        index=index,
    )
    return replace(digest, looking_around=found.change.suspected)


def _are_told_by_words(topics: Sequence[str], people: AbstractSet[str]) -> bool:
    """Tell whether all of a channel's topics are authors, or signs like 'C++': where they stand says what is on them, and no ranker knows more."""
    return bool(topics) and all(
        topic in people or (says_something(topic) and not is_read_whole(topic)) for topic in topics
    )


def _regions_by(ranker: Ranker, channel: Channel) -> Regions:
    """Give what has a ranker put works into regions, from any thread but the event loop's; where it fails, they are put together here."""
    loop = asyncio.get_running_loop()

    def group(items: Sequence[Item]) -> list[list[Item]]:
        texts = [(item.title, item.abstract) for item in items]
        asked = asyncio.run_coroutine_threadsafe(ranker.regions(texts), loop)
        try:
            return together(items, asked.result())
        except RankingError as error:
            logger.warning("%s: %s", channel.name, error, extra={"action": "regions_failed", "channel": channel.name})
            return regions(items)

    return group


def marked_works(decisions: Iterable[Decision]) -> AbstractSet[str]:
    """Give the works that somebody marked to be read, or read."""
    return {one.item_key for one in decisions if one.meaning is not Meaning.SKIP}


def reports_of(
    channel: Channel, specs: Sequence[SourceSpec], records: Mapping[str, SourceRecord], *, since: datetime | None = None
) -> list[SourceReport]:
    """Give the last reports of the sources that a channel reads, as its digest tells of them (`source_reports`)."""
    wanted = read_by(channel, specs)
    return source_reports([spec for spec in specs if spec.id in wanted and not spec.offered], records, since=since)


def source_reports(
    specs: Sequence[SourceSpec], records: Mapping[str, SourceRecord], *, since: datetime | None = None
) -> list[SourceReport]:
    """
    Give each source's last report; for one that was never asked, one that says so.

    With `since`, what a source may have lost from then on is told as well, even if it was well when it was last asked.
    """
    reports = [_last_report(spec, records.get(spec.id)) for spec in specs]
    return [gap_since(report, records.get(report.id), since) for report in reports] if since else reports


def _last_report(spec: SourceSpec, record: SourceRecord | None) -> SourceReport:
    if not spec.enabled:
        return SourceReport(id=spec.id, kind=spec.kind, name=spec.name, state=SourceStatus.OFF, error=spec.off_because)
    if record and record.report:
        since = record.failing_since if record.report.state is SourceStatus.FAILING else None
        return replace(record.report, failing_since=since, answered_at=record.last_success)
    return SourceReport(id=spec.id, kind=spec.kind, name=spec.name, state=SourceStatus.NEW, error="not asked yet")
