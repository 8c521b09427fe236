"""Relevance: how near the works of a week are to what a channel wants, by its topics, its decisions and the last eight weeks."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from bot.coverage import NO_VOTES, share_of_topics, votes_for
from bot.dedupe import fold
from bot.due import WEEK
from bot.errors import CorpusGone, RankingError
from bot.exploration import own_fields
from bot.model import (
    Channel,
    Decision,
    Item,
    Meaning,
    PickRole,
    Section,
    ShownPick,
    TasteWork,
    Window,
)
from bot.periods import in_order, is_period
from bot.ports import Ranker, UnitOfWork, UnitOfWorkFactory
from bot.ranking.change import REMEMBERED, SETTLED, Answer, Change, answer_to, latest_change
from bot.ranking.features import NOTICED, folded, has_whole, is_read_whole
from bot.ranking.fields import categories, in_field, subject_of
from bot.ranking.liked import HANDED_OVER, SHARED_HERE, liked_words
from bot.ranking.question import LOOKS_BACK, Question, Relevance, Relevances, Text
from bot.ranking.signals import SHOWN_DIGESTS, TASTE, Said, Signal, Voice, signals, voices
from bot.ranking.weights import REACHED
from bot.topic_changes import TopicChanges, note_of, read
from bot.usecases.channel_past import ChannelPast
from bot.usecases.spoken import end_of_day
from bot.usecases.taste import FROM_HISTORY

logger = logging.getLogger(__name__)

_HANDED_OVER: Final = "handed over"
"""Whose voice the works are that a channel handed over; no member's id has a space in it."""

MOST_TEXTS: Final = 30_000
"""The works that are loaded: those of the week on top of those that are known from before."""

TRIES: Final = 2
"""How often a ranker is asked; what fails twice fails for the same reason."""

MOST_NOTICED: Final = 20
LEAST_NOTICED: Final = 5
"""How many of the week's papers stand for the wishes of a channel that has said nothing yet: as many as topics take for feedback."""

ASKED_MORE: Final = 3.0
"""
How much higher than otherwise, in standard deviations, a work must stand to be like the liked ones where no work is about any topic: so far as topics still
count beside likes. Of two likes alone hardly a work stands so high, of forty those that are plainly like them.
"""

TOLD_APART: Final = 100
HALF: Final = 0.5
"""Of how many liked works, at most, the titles tell what is near them, and what each must still count: an old list would leave hardly a title to explore."""


@dataclass(frozen=True, slots=True)
class Found:
    """
    How near each work is, by key, and how liked works are spoken of, by key ("" of one that is no example). Without topics and likes, `assumed` says that nearness is to the week's
    most noticed papers, given of all but papers, for these have votes; or, where nothing was noticed, how typical works are. `change` is what is known of a
    change of the channel's interest, `likes` how many works it liked, by what each still counts, `titles` those of the works of which it counts most, `fields` what several of these lie in (`bot.exploration`). `votes` are what its decisions leave of each topic's
    share, of one whose works were skipped (`bot.coverage.votes_for`). `agreeing` are the topics whose works the other topics bear out. `unclear` says that the only topic is a word of several senses, and nothing tells which is
    meant.
    """

    relevance: Mapping[str, Relevance] = field(default_factory=lambda: MappingProxyType({}))
    liked: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    assumed: bool = False
    change: Change = field(default_factory=Change)
    likes: float = 0.0
    titles: Sequence[str] = ()
    fields: AbstractSet[str] = frozenset()
    votes: Mapping[str, float] = field(default_factory=lambda: NO_VOTES)
    agreeing: Sequence[str] = ()
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What the channel did: decided, wrote, asked for, handed over; and what it was shown, and when."""

    decisions: Sequence[Decision]
    summaries: Sequence[Said]
    asked_for: Sequence[Said]
    tastes: Sequence[TasteWork]
    shown: Mapping[str, datetime]
    explored: AbstractSet[str]
    change: Change
    topics: TopicChanges | None = None
    """When the channel's topics became others, those of now included."""

    @property
    def under_other_topics(self) -> bool:
        """Tell whether anything was liked while the channel asked for something else."""
        return bool(self.topics and self.topics.steps)

    def signals(self, now: datetime, half_life: timedelta, on_topics: AbstractSet[str] = frozenset()) -> list[Signal]:
        """
        Give all of it as signals. What was handed over is one voice more, beside the members'. Likes of before the topics changed count less, but for
        works that are `on_topics` of now, by key.
        """

        def of_before(voice: Voice) -> float:
            return 1.0 if self.topics is None or voice.key in on_topics else self.topics.counts(voice.at)

        handed_over = [Voice(_HANDED_OVER, work.key, TASTE, work.at) for work in self.tastes]
        said = voices(self.decisions, self.summaries, self.asked_for)
        return signals([*said, *handed_over], self.shown, now, half_life, self.explored, self.change.since, of_before)


async def relevance(
    channel: Channel,
    competing: Sequence[Item],
    history: History,
    unit_of_work: UnitOfWorkFactory,
    ranker: Ranker,
    *,
    due: datetime,
    until: datetime,
    revision: str,
    now: datetime,
    empty: Sequence[str] = (),
    by_words: bool = False,
) -> Found:
    """
    Say how near works are to what a channel wants. `due` is when the digest falls due, `until` the end of what is looked at for it; `revision` is
    that of the entries (`Entries.revision`) from which the works that compete come. `empty` are topics that no work of the week is about: where the channel
    has no other one they say in which sense its likes are meant (`_in_the_sense_of`), and nothing more.

    Of a channel that has liked nothing yet and has no topics, the week's most noticed papers stand for what it wants, so that a forum
    without votes is not ranked by how new its posts are, nor a lab by how often it announces something. Where nothing was noticed either, what is
    typical of each section comes first, and the rest of it after that. One whose topics are told `by_words` alone has said what it wants: nothing is found.

    Where the ranker fails, the digest must not: it is logged, and nothing is found.
    """
    told = history.signals(now, channel.half_life)
    # The rest would mislead: the works that have a 'the' would stand before those that have none.
    topics = tuple(topic for topic in channel.topics if is_read_whole(topic))
    assumed = not topics and not any(signal.liked > 0 for signal in told)
    if assumed and by_words:
        return Found(change=history.change)
    sense = () if topics or assumed else tuple(topic for topic in empty if is_read_whole(topic))
    noticed = most_noticed(competing) if assumed else []
    if assumed:
        told = [*(signal for signal in told if signal.skipped), *(Signal(item.key, 1.0, 1.0) for item in noticed)]
    # What counts is told by what was known a week ago, as in the backtest, whatever the channel's rhythm: all that are due on a day share it.
    looked_at = Window(start=due - WEEK - LOOKS_BACK, end=end_of_day(until))
    week = (due - WEEK).astimezone(UTC).date()
    corpus = f"{week} {looked_at.end} {revision}"
    of_signals: list[Item] = []
    if told:
        async with unit_of_work() as uow:
            of_signals = fold(await uow.entries.of_items([signal.key for signal in told]))
    texts = {work.key: Text(work.key, work.title, work.abstract, work.authors) for work in history.tastes}
    texts |= {item.key: Text.of(item) for item in of_signals}
    if topics and history.under_other_topics:
        # In a thread: hundreds of works are read through, beside whoever reacts meanwhile.
        on_topics = await asyncio.to_thread(_on_any, topics, texts)
        told = history.signals(now, channel.half_life, on_topics)
    known = [signal for signal in told if signal.key in texts]
    questions = (
        _without_wishes(competing, known, texts, noticed=bool(noticed))
        if assumed
        else [_question([item.key for item in competing], known, texts, topics or sense, channel.description)]
    )
    found: dict[str, float] = {}
    details: dict[str, Relevance] = {}
    aboutness: dict[str, float] = {}
    agreeing, unsensed = tuple[str, ...](), tuple[str, ...]()
    unclear = False
    try:
        for question in questions:
            answer = Relevances.of(await _asked(question, corpus, week, looked_at, unit_of_work, ranker))
            found |= answer.scores
            details |= answer.details
            aboutness |= answer.aboutness
            agreeing, unsensed, unclear = answer.agreeing, answer.unsensed, answer.unclear
    except RankingError as error:
        logger.warning("%s: %s", channel.name, error, extra={"action": "ranking_failed", "channel": channel.name})
        return Found()
    together = Relevances(found, details, aboutness, unsensed=unsensed)
    if assumed:
        return Found(together, assumed=True)
    titles = {key: text.title for key, text in texts.items()}
    written = [(member, key) for member, key, _ in history.summaries]
    before = {work.key: SHARED_HERE if work.origin == FROM_HISTORY else HANDED_OVER for work in history.tastes}
    likes = math.fsum(signal.counts for signal in known if signal.liked > 0)
    if sense:
        together = _in_the_sense_of(together, likes)
    # An issue of a newsletter is about five things, so that no work is like it: it is liked, and no example.
    issues = {item.key for item in of_signals if item.section is Section.NEWSLETTERS}
    words = liked_words(history.decisions, written, titles, before)
    liked = {key: "" if key in issues else said for key, said in words.items()}
    counts = {signal.key: signal.counts for signal in known if signal.liked > 0 and liked.get(signal.key)}
    most = [key for key in sorted(counts, key=lambda key: (-counts[key], key))[:TOLD_APART] if counts[key] >= HALF]
    return Found(
        _without_themselves(together, titles, competing),
        liked,
        change=history.change,
        likes=likes,
        titles=[titles[key] for key in most],
        fields=own_fields(item for item in of_signals if item.key in most),
        # In a thread: hundreds of works are read through, beside whoever reacts meanwhile.
        votes=await asyncio.to_thread(_votes, topics, known, texts) if known and len(topics) > 1 else NO_VOTES,
        agreeing=agreeing,
        unclear=unclear and bool(topics),
    )


def _votes(topics: Sequence[str], told: Sequence[Signal], texts: Mapping[str, Text]) -> Mapping[str, float]:
    """
    Say of topics of which works were skipped what is left of their shares, each member's word counting as in all that is learnt. Which topics a work is about is
    told by their words in it, or by the field that they name.
    """
    said = [
        (texts[signal.key], [one for one in signal.opinions if one.counts > 0]) for signal in told if signal.opinions
    ]
    if not any(one.liked < 0 for _, opinions in said for one in opinions):
        return NO_VOTES
    liked: defaultdict[str, float] = defaultdict(float)
    skipped: defaultdict[str, float] = defaultdict(float)
    for text, opinions in said:
        for topic in topics:
            if _is_on(topic, text):
                liked[topic] += math.fsum(one.counts for one in opinions if one.liked > 0)
                skipped[topic] += math.fsum(one.counts for one in opinions if one.liked < 0)
    return {topic: votes_for(liked[topic], count) for topic, count in skipped.items() if count}


def _is_on(topic: str, text: Text) -> bool:
    """Tell whether a work is on a topic, by its words in it or by the field that it names."""
    of_field = bool(categories(topic)) and in_field(topic, text.abstract.split())
    return of_field or has_whole(subject_of(topic), folded(text.title, text.abstract, ()))


def _on_any(topics: Sequence[str], texts: Mapping[str, Text]) -> AbstractSet[str]:
    """Give the keys of the works that are on any of these topics."""
    return {key for key, text in texts.items() if any(_is_on(topic, text) for topic in topics)}


def _in_the_sense_of(found: Relevances, likes: float) -> Relevances:
    """
    Give what was found by topics that no work is about, beside `likes`, so many: the order, in which what is like a liked work in another field than theirs
    stands low, and which works are plainly like the liked ones. Near the topics themselves is nothing.
    """
    least = REACHED + ASKED_MORE * share_of_topics(likes)
    details = {}
    for key, one in found.details.items():
        alike = one if one.score >= least else one._replace(like=(), akin=False, a_little_like=())
        details[key] = alike._replace(near={}, about={})
    return found.with_details(details)


def _without_themselves(found: Relevances, titles: Mapping[str, str], competing: Sequence[Item]) -> Relevances:
    """
    Leave out of what works are like those of the very same title: a list's 'World Models', without authors, may be the work itself, and is never told
    as why it is here.
    """
    if not titles:
        return found
    of_title: defaultdict[str, set[str]] = defaultdict(set)
    for key, title in titles.items():
        of_title[title.casefold()].add(key)
    details = dict(found.details)
    for item in competing:
        one = details.get(item.key)
        if one and (one.like or one.a_little_like) and (own := of_title.get(item.title.casefold())):
            like, little = ([key for key in keys if key not in own] for keys in (one.like, one.a_little_like))
            details[item.key] = one._replace(like=tuple(like), a_little_like=tuple(little))
    return found.with_details(details)


def most_noticed(items: Sequence[Item]) -> list[Item]:
    """Give the papers that most people took notice of, at most `MOST_NOTICED`; none where hardly any was noticed."""
    counts = {item.key: max([0, *(a.votes or 0 for a in item.attention.values())]) for item in items}
    papers = [item for item in items if item.section is Section.PAPERS and counts[item.key] >= NOTICED]
    papers.sort(key=lambda item: (-counts[item.key], item.key))
    return papers[:MOST_NOTICED] if len(papers) >= LEAST_NOTICED else []


def _question(
    keys: Iterable[str],
    told: Sequence[Signal],
    texts: Mapping[str, Text],
    topics: Sequence[str] = (),
    description: str = "",
    *,
    typical: bool = False,
) -> Question:
    liked = [texts[signal.key] for signal in told]
    return Question(sorted(keys), tuple(topics), told, liked, description=description, typical=typical)


def _by_section(items: Iterable[Item]) -> dict[Section, list[str]]:
    found: dict[Section, list[str]] = {section: [] for section in Section}
    for item in items:
        found[item.section].append(item.key)
    return found


def _without_wishes(
    competing: Sequence[Item], told: Sequence[Signal], texts: Mapping[str, Text], *, noticed: bool
) -> list[Question]:
    """
    Give the questions of a channel that has not said what it wants. What was skipped falls in all of them.

    Where the most noticed papers are among what was `told`, papers have their votes, and nothing else is asked of them; all others are asked for as
    near to those. Where hardly anything was noticed, each section is asked for what stands for it: what is new is no better than the rest.
    """
    sections = _by_section(competing)
    if not noticed:
        return [_question(keys, told, texts, typical=True) for keys in sections.values() if keys]
    skips = [signal for signal in told if signal.skipped]
    papers = sections.pop(Section.PAPERS)
    others = [key for keys in sections.values() for key in keys]
    return [_question(others, told, texts), *([_question(papers, skips, texts)] if skips else [])]


async def _asked(
    question: Question,
    corpus: str,
    week: date,
    looked_at: Window,
    unit_of_work: UnitOfWorkFactory,
    ranker: Ranker,
) -> Mapping[str, Relevance]:
    """Ask, with the corpus loaded first where it is not; a second time where that failed, for a process that died begins again."""
    last: RankingError = CorpusGone(corpus)
    for _ in range(TRIES):
        try:
            if not await ranker.holds(corpus):
                async with unit_of_work() as uow:
                    texts = await uow.entries.texts(looked_at, MOST_TEXTS)
                await ranker.load(corpus, texts, week)
            return await ranker.relevance(corpus, question)
        except RankingError as error:
            last = error
    raise last


async def history_of(
    channel: Channel, past: ChannelPast, tastes: Sequence[TasteWork], uow: UnitOfWork, now: datetime
) -> History:
    """Read what a channel did, for `relevance`; `tastes` are the works that it told beforehand, each once."""
    weeks = sorted(filter(is_period, past.weeks), key=in_order)
    picks = await uow.digests.shown(channel.name, weeks[-REMEMBERED:])
    picks = [pick for pick in picks if pick.role is not PickRole.CLASSIC]
    taken = past.decisions
    written = [(summary.member.id, summary.item_key, summary.at) for summary in past.summaries]
    # Who keeps to what was marked (explore = 0) keeps to it, whatever the marking.
    told = [pick for pick in picks if now - pick.at >= SETTLED]
    change = latest_change(_answers(told, taken, written)) if channel.explore else Change()
    return History(
        decisions=taken,
        summaries=written,
        asked_for=[(one.member.id, one.item_key, one.at) for one in await uow.card_requests.of_channel(channel.name)],
        tastes=tastes,
        shown={pick.item_key: pick.at for pick in picks if pick.week in weeks[-SHOWN_DIGESTS:]},
        explored={pick.item_key for pick in picks if pick.role is PickRole.EXPLORED},
        change=change,
        topics=_changes(await uow.notes.get(note_of(channel.name)), channel, now),
    )


def _changes(note: str | None, channel: Channel, now: datetime) -> TopicChanges | None:
    """Give the changes of a channel's topics, with that which no digest has followed yet."""
    changes = read(note)
    return changes.followed_by(channel.topics, now) if changes else None


def _answers(picks: Sequence[ShownPick], taken: Sequence[Decision], written: Sequence[Said]) -> list[Answer]:
    """Say what came of each digest, oldest first."""
    liked = {one.item_key for one in taken if one.meaning is not Meaning.SKIP} | {key for _, key, _ in written}
    decided = liked | {one.item_key for one in taken}
    by_digest: dict[tuple[datetime, str], list[ShownPick]] = {}
    for pick in picks:
        by_digest.setdefault((pick.at, pick.week), []).append(pick)
    return [
        answer_to(
            when,
            [pick.item_key for pick in mine if pick.role is PickRole.TASTE],
            [pick.item_key for pick in mine if pick.role is not PickRole.TASTE],
            liked,
            decided,
        )
        for (when, _), mine in sorted(by_digest.items())
    ]
