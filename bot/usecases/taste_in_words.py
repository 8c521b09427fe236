"""Taste in words: what a channel seems to like and to dislike, each with a work that shows it, and which decisions that rests on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.card import linked, short
from bot.following import in_words as wish_in_words
from bot.joined_tastes import each_once
from bot.model import Answer, Block, BlockRole, Channel, Item, Meaning, Span, TasteWork, Window
from bot.phrases import Phrase, Written, phrases, standing_in
from bot.ports import UnitOfWorkFactory
from bot.ranking.change import SETTLED
from bot.ranking.features import folded, has_whole
from bot.remembered import Remembered
from bot.text import counted
from bot.usecases.answers import command, note, say
from bot.usecases.known_works import KnownWorks, unmet_lines
from bot.usecases.recall import remember
from bot.usecases.taste import taste_of

COMPARED_WITH: Final = timedelta(weeks=8)
"""What was collected lately is what a channel's works are told from."""

MOST_COMPARED: Final = 2_000
MOST_LIKED: Final = 400
"""The newest works that are looked at: a taste of years ago is none of today."""

FEW: Final = 5
"""With fewer works than this whatever they share may be chance, and it is said so."""

EACH_MATTERS: Final = 10
"""Up to so many liked works those are named that have nothing in common with the others."""

LEAST_PASSED_OVER: Final = 3
"""Unmarked works that must share something before it is told: people are away, too."""

LEAST_SKIPPED: Final = 3
"""Skipped works on a topic, none of which anybody liked, from which on it is asked whether it shall stay one."""

YOUNG: Final = 10
"""The latest digests of which it is asked whether they are so young that what is unmarked there says nothing: more than five days have."""

_OFTEN: Final = 3
"""Works of one person or lab from which on they are named."""

_NAMED: Final = 3
_TITLE: Final = 90

_STRENGTH: Final = {Meaning.MUST_READ: 3, Meaning.TO_READ: 2, Meaning.READ: 1}


@dataclass(frozen=True, slots=True)
class _Piles:
    """A channel's works by what it made of them: liked ones, the surest and newest first; skipped ones; those that nobody marked."""

    liked: Sequence[Remembered]
    skipped: Sequence[Remembered]
    unmarked: Sequence[Remembered]


async def show(channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime) -> Answer:
    """`taste show`: what the channel seems to like and to dislike. Reads only."""
    known = await remember([channel], unit_of_work)
    async with unit_of_work() as uow:
        told = await taste_of(channel.name, uow)
        lately = await uow.entries.texts(Window(start=now - COMPARED_WITH, end=now), MOST_COMPARED)
        spans = await uow.digests.spans(channel.name, YOUNG)
    missing = await unmet_lines("follow", channel.follow, KnownWorks(unit_of_work, now))
    others = [Written(text.key, text.title, text.abstract) for text in lately]
    young = {span.week for span in spans if now - span.compiled_at < SETTLED}
    # Some thousands of texts: in a thread, so that whoever reacts meanwhile is heard.
    return await asyncio.to_thread(in_words, channel, known, told, others, missing, young)


def in_words(
    channel: Channel,
    known: Sequence[Remembered],
    told: Sequence[TasteWork],
    others: Sequence[Written],
    missing: Sequence[str] = (),
    young: Collection[str] = (),
) -> Answer:
    """
    Say what a channel likes and dislikes, and from how much that is known. `known` are the works that it was sent, `told` those that it told
    beforehand, `others` what was collected lately, from which its own are told apart, `missing` says in sentences what of its wishes nothing met lately.
    Of the digests of `young` weeks nobody has had the time to leave anything unmarked.
    """
    piles, told = _piles(known, young), each_once(told)
    urls = {one.item.key: one.item.url for one in known}
    mine = [*(_of_item(one.item) for one in piles.liked), *(_of_taste(one) for one in told if one.title)]
    of_all = {one.key: one for one in mine}
    mine = list(of_all.values())[:MOST_LIKED]
    own = {one.key for one in mine} | urls.keys()
    rest = [one for one in others if one.key not in own]
    likes = phrases(mine, rest)
    skipped = [_of_item(one.item) for one in piles.skipped]
    dislikes = _told_apart(phrases(skipped, [*rest, *mine], 4, besides=likes), skipped, mine)
    passed = [_of_item(one.item) for one in piles.unmarked] if len(piles.liked) >= FEW else []
    over = phrases(passed, [*rest, *mine], 8, besides=[*likes, *dislikes])
    # A single word that unmarked works share says nothing of why nobody marked them.
    over = [
        one for one in _told_apart(over, passed, mine) if len(one.works) >= LEAST_PASSED_OVER and not one.is_a_word
    ][:_NAMED]
    titles = {one.key: one.title for one in (*mine, *skipped, *passed)}

    def listed(lead: str, found: Sequence[Phrase], noun: str) -> list[Block]:
        return [note(lead), *(_line(one, noun, titles, urls) for one in found)] if found else []

    return Answer(
        blocks=(
            note(_rests_on(piles, told)),
            *map(note, _looked_at(mine, of_all)),
            *_honest(mine, likes, channel),
            *listed("You seem to like:", likes, "work"),
            *_unlike_the_rest(mine, likes),
            *listed("You seem to dislike:", dislikes, "skipped work"),
            *listed("Often shown and left unmarked:", over, "work"),
            *map(note, _skipped_topics(channel, piles, mine)),
            *map(note, _people(piles.liked, told)),
            # Where nothing is liked it is said above what counts instead.
            *map(note, _wishes(channel if mine else replace(channel, topics=()), missing)),
        )
    )


def _looked_at(mine: Sequence[Written], of_all: Collection[str]) -> list[str]:
    """Say that what follows is counted in a part of the liked works, where it is."""
    return [f"What follows is of {len(mine):,} of them."] if len(mine) < len(of_all) else []


def _piles(known: Sequence[Remembered], young: Collection[str]) -> _Piles:
    liked, skipped, unmarked = [], [], []
    for one in known:
        meanings = {decision.meaning for decision in one.decisions}
        if meanings & _STRENGTH.keys() or (one.summaries and Meaning.SKIP not in meanings):
            liked.append(one)
        elif Meaning.SKIP in meanings:
            skipped.append(one)
        elif not all(week in young for week in one.weeks):
            unmarked.append(one)
    newest = liked[::-1]  # they come in the order in which they were sent
    return _Piles(sorted(newest, key=_strength, reverse=True), skipped[::-1], unmarked[::-1])


def _strength(one: Remembered) -> int:
    return max([3 * bool(one.summaries), *(_STRENGTH.get(decision.meaning, 0) for decision in one.decisions)])


def _of_item(item: Item) -> Written:
    return Written(item.key, item.title, item.abstract)


def _of_taste(one: TasteWork) -> Written:
    return Written(one.key, one.title, one.abstract)


def _told_apart(found: Iterable[Phrase], works: Sequence[Written], mine: Sequence[Written]) -> list[Phrase]:
    """Leave out what the liked works say half as often as these: it is what the channel is about, and no reason to pass them over."""
    told = []
    for one in found:
        ours = len(standing_in(one, mine)) / max(1, len(mine))
        if ours < len(one.works) / len(works) / 2:
            told.append(one)
    return told


def _line(phrase: Phrase, noun: str, titles: dict[str, str], urls: dict[str, str]) -> Block:
    title = short(titles[phrase.example], _TITLE)
    shown = linked(title, urls[phrase.example]) if phrase.example in urls else Span(text=title)
    lead = Span(text=f"• {phrase.text} ({counted(len(phrase.works), noun)}), as in “")
    return Block(role=BlockRole.BODY, spans=(lead, shown, Span(text="”")))


def _rests_on(piles: _Piles, told: Sequence[TasteWork]) -> str:
    marked = Counter(_mark(one) for one in piles.liked)
    parts = [f"{marked[mark]} {mark}" for mark in ("must-read", "to-read", "read", "summarised") if marked[mark]]
    if piles.skipped:
        parts.append(f"{len(piles.skipped)} skipped")
    if piles.unmarked:
        parts.append(f"{len(piles.unmarked)} shown and unmarked")
    if told:
        origins = ", ".join(sorted({one.origin for one in told if one.origin}))
        parts.append(f"{counted(len(told), 'work')} told beforehand{f' ({origins})' if origins else ''}")
        parts[-1] += _known_by("address", sum(1 for one in told if not one.title), len(told))
        parts[-1] += _known_by("title", sum(1 for one in told if one.title and not one.abstract), len(told))
    return f"What I know of this channel's taste: {'; '.join(parts)}." if parts else "Nothing was marked here yet."


def _known_by(what: str, number: int, of: int) -> str:
    if not number:
        return ""
    return f", {'all' if number == of else number} by {what} alone"


def _mark(one: Remembered) -> str:
    meanings = {decision.meaning for decision in one.decisions}
    return next((str(meaning.value) for meaning in _STRENGTH if meaning in meanings), "summarised")


def _honest(mine: Sequence[Written], likes: Sequence[Phrase], channel: Channel) -> list[Block]:
    """Say where that is too little."""
    if not mine:
        by = f"your topics ({', '.join(channel.topics)})" if channel.topics else "what most people take notice of"
        ask = f"Mark picks, or tell works that you like: {command('taste LINKS')}"
        return list(say(f"That is too little yet to say what you like; until then I go by {by}. {ask}").blocks)
    if not likes:
        # That they share nothing is not known: of a dozen titles many share a word that any title has.
        what = f"the {len(mine)} works that you like have in common" if len(mine) > 1 else "you like"
        lines = [f"That is too little yet to say what {what}.", "You like:"]
        return [*say(*lines).blocks, *(note(f"• “{short(one.title, _TITLE)}”") for one in mine[:_NAMED])]
    if len(mine) < FEW:
        return list(say(f"That is little yet: what {len(mine)} works share may be chance.").blocks)
    return []


def _unlike_the_rest(mine: Sequence[Written], likes: Sequence[Phrase]) -> list[Block]:
    """Name some liked works of which no phrase was told, as long as a channel has so few that each of them matters."""
    # Where 'neural radiance fields' are told of, a work on radiance fields is not unlike.
    told = {key for phrase in likes for key in (*phrase.works, *standing_in(phrase.ending, mine))}
    rest = [one for one in mine if one.key not in told]
    if not likes or not rest or len(mine) > EACH_MATTERS:
        return []
    named = ", ".join(f"“{short(one.title, _TITLE)}”" for one in rest[:_NAMED])
    return [note(f"And, unlike the others, {named}{f' and {len(rest) - _NAMED} more' if len(rest) > _NAMED else ''}.")]


def _skipped_topics(channel: Channel, piles: _Piles, liked: Sequence[Written]) -> list[str]:
    """
    Ask about each topic of which whatever was marked was skipped. It stays what the channel asks for until that is said otherwise, however often its works
    are skipped.
    """
    lines = []
    for topic in channel.topics:
        skipped, unmarked = (
            sum(1 for one in works if has_whole(topic, folded(one.item.title, one.item.abstract, ())))
            for works in (piles.skipped, piles.unmarked)
        )
        if skipped < max(LEAST_SKIPPED, unmarked) or any(
            has_whole(topic, folded(one.title, one.text, ())) for one in liked
        ):
            continue
        said = f"You skipped all {skipped} works on '{topic}' that you were shown."
        if unmarked:
            said = f"Of {skipped + unmarked} works on '{topic}' you skipped {skipped} and marked none to be read."
        lines.append(f"{said} It stays a topic until you change that: {command('topics')}")
    return lines


def _people(liked: Sequence[Remembered], told: Sequence[TasteWork]) -> list[str]:
    authors = Counter(
        name for names in [*(one.item.authors for one in liked), *(one.authors for one in told)] for name in {*names}
    )
    labs = Counter(lab for one in liked for lab in {*one.item.institutions})
    named = [
        f"{short(name, _TITLE)} ({counted(count, 'work')})"
        for counts in (authors, labs)
        for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_NAMED]
        if count >= _OFTEN
    ]
    return [f"Often by: {', '.join(named)}."] if named else []


def _wishes(channel: Channel, missing: Sequence[str]) -> list[str]:
    lines = []
    if channel.follow:
        lines += [f"You follow {', '.join(map(wish_in_words, channel.follow))}.", *missing]
    if channel.mute:
        lines.append(f"You mute {', '.join(map(wish_in_words, channel.mute))}.")
    if channel.topics:
        lines.append(f"Your topics count beside this, for less the more you mark: {', '.join(channel.topics)}.")
    return lines
