"""What can be said of an item before anybody has rated anything. Each feature is between 0 and 1. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from bot.function_words import FUNCTION_WORDS
from bot.model import Item, Window
from bot.ranking.letter_compounds import letter_compounds_joined, numbered_name
from bot.ranking.sought_topic import NEAR, says_something, signed_words, sought
from bot.ranking.spaced_text import WORD, singular, tokens
from bot.ranking.word_forms import joined_words, root
from bot.spellings import spellings

_MARKS: Final = ",;:.()[]'\""
_SHORT_AT_LEAST: Final = 2
_SHORT_AT_MOST: Final = 5
"""Letters of a topic of one word that may be an abbreviation."""
_TELLING: Final = 3
"""Letters of an abbreviation from which on it stands for its words."""


NOTICED: Final = 5
"""Votes and comments, together, from which on somebody has taken notice."""


class AttentionScale:
    """
    Says how an item's attention stands among everything its source gave this week.

    Counts of different sources cannot be compared (98 votes are much on Hugging Face and little on Reddit), percentiles
    can. Comments count as votes do: both are somebody's time.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        counts: dict[str, list[int]] = defaultdict(list)
        for item in items:
            for source, attention in item.attention.items():
                counts[source].append((attention.votes or 0) + (attention.comments or 0))
        self._counts = {source: sorted(values) for source, values in counts.items()}

    def best(self, item: Item) -> tuple[float, str | None]:
        """
        Give the item's best percentile, 0 to 1, and the source it has it from; 0 and None where nobody counts.

        The percentile is the share of that source's items with strictly fewer votes and comments. Fewer than five of them are
        no notice at all: their order is chance, and the first vote is the author's own.
        """
        found = [
            (self._percentile(source, (a.votes or 0) + (a.comments or 0)), source)
            for source, a in item.attention.items()
        ]
        return max(found, default=(0.0, None))

    def _percentile(self, source: str, count: int) -> float:
        if count < NOTICED:
            return 0.0
        values = self._counts[source]
        return bisect_left(values, count) / len(values)


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """Which of the channel's topics an item is about, which it only comes near to, and how surely (0 to 1)."""

    topics: tuple[str, ...]
    near: tuple[str, ...]
    strength: float


NO_MATCH: Final = TopicMatch(topics=(), near=(), strength=0.0)


def match_topics(item: Item, topics: Sequence[str]) -> TopicMatch:
    """
    Match a channel's topics, plain words, in title and abstract.

    An item is about a topic whose words stand together and in order: 1.0 in the title, 0.7 in the abstract. Where they
    stand a few words apart it is near (0.2); all over the text is nothing: 'world' and 'model' are in a tenth of all papers.
    Case, hyphens ('change-point' and 'changepoint'), the plural's s and a version at a name's end ('AlphaFold3' for 'AlphaFold') make no difference, nor whether a word is spelt the British or the American
    way, nor of a topic of several words in which part of speech they stand ('differentially private', 'differential privacy').
    """
    known = folded(item.title, item.abstract, item.tags)
    wanted = [
        topic
        for topic in topics
        if says_something(topic) and any(all(part in known for part in parts) for parts in sought_parts(topic))
    ]
    if not wanted:
        return NO_MATCH
    return match_of([(sought(topic).strength(item.title, item.abstract), topic) for topic in wanted])


def match_of(strengths: Iterable[tuple[float, str]]) -> TopicMatch:
    """Give the match of an item from how strongly it has each of some topics, one at least; equal ones in the order given."""
    found = sorted(strengths, key=lambda pair: -pair[0])
    return TopicMatch(
        topics=tuple(topic for strength, topic in found if strength > NEAR),
        near=tuple(topic for strength, topic in found if strength == NEAR),
        strength=found[0][0],
    )


def is_read_whole(topic: str) -> bool:
    """
    Tell whether the ranker's terms, words of two letters and more and letter compounds, hold all that a topic says. Of 'C++' they hold nothing, of 'modern
    C++' the wrong half, of a name with its number ('Llama 3') the name, and letters alone ('I/O') are in few works; such a topic counts where it stands
    (`match_topics`).
    """
    return (
        says_something(topic)
        and not signed_words(topic)
        and not numbered_name(topic)
        and any(len(word) > 1 for word in tokens(topic))
    )


@lru_cache(maxsize=4096)  # a week's works, for every channel
def folded(title: str, abstract: str, tags: tuple[str, ...]) -> str:
    """Give all that an item says in one text, without case; at its end once more the words with a hyphen, written as one."""
    text = f"{title} {abstract} {' '.join(tags)}".casefold()
    return " ".join([text, *dict.fromkeys(joined_words(text))])


def sought_parts(topic: str) -> list[list[str]]:
    """Give for each way of writing a topic pieces of it, all of which are in a text (`folded`) that has it."""
    ways = [tokens(spelt) for spelt in spellings(topic)]
    if len(ways[0]) > 1:
        ways.append([root(word) for word in ways[0]])
    if numbered := numbered_name(topic):
        ways.append(tokens(numbered[1]))
    return ways


@lru_cache(maxsize=16384)  # a week's works, for every channel with such a topic
def stands_joined(topic: str, title: str, abstract: str) -> bool:
    """Tell whether a work writes as one what a topic writes with a hyphen, so that a ranker that goes by words does not find it."""
    return sought(topic).is_only_joined(title, abstract)


def words_had(topic: str, text: str) -> tuple[list[str], bool]:
    """
    Give the words of a topic that stand anywhere in a text, as the topic spells them, and whether that is the whole topic. An abbreviation counts as
    what its letters begin, and what it begins as the abbreviation. Words that a hyphen joins are one where they stand together, and with a letter or digit
    nothing else; a word like 'to' says nothing.

    >>> words_had("scaling laws", "Conservation laws")
    (['laws'], False)
    >>> words_had("LLM agents", "Agents on large language models")
    (['LLM', 'agents'], True)
    >>> words_had("on-device training", "Training on every device"), words_had("on-device training", "On-device inference")
    ((['device', 'training'], False), (['on-device'], False))
    >>> words_had("deep Q-learning", "Deep learning"), words_had("T cells", "T-cell receptors")
    ((['deep'], False), (['T cells'], True))
    """
    spaced, initials = _read(text)
    had: list[str] = []
    whole = True
    for unit, own, spelt in _units(topic):
        if unit is not None and any(one in spaced for one in own):
            # Words that a hyphen joins: they stand together, or as one word.
            had += [unit] if unit.casefold() not in FUNCTION_WORDS else []
            continue
        if unit is not None and any(len(word) == 1 for word, *_ in spelt):
            whole = False
            continue
        for word, says, ways, short in spelt:
            stands = any(one in spaced for one in ways) or (short is not None and short in initials)
            if stands and says:
                had.append(word)
            whole &= stands or not says
        whole &= unit is None  # of a compound the words apart are another thing
    return had, whole or _is_abbreviated(topic, spaced)


def has_whole(topic: str, text: str) -> bool:
    """Tell whether a whole topic stands in a text, as `words_had` tells it."""
    spaced, initials = _read(text)
    for unit, own, spelt in _units(topic):
        if unit is not None:
            if not any(one in spaced for one in own):
                break
            continue
        if not all(
            not says or any(one in spaced for one in ways) or (short is not None and short in initials)
            for _, says, ways, short in spelt
        ):
            break
    else:
        return True
    return _is_abbreviated(topic, spaced)


def _is_abbreviated(topic: str, spaced: str) -> bool:
    short = _abbreviation(topic)
    return short is not None and short in spaced


@lru_cache(maxsize=1024)
def _abbreviation(topic: str) -> str | None:
    """Give the first letters of a topic's words as a word in a text; None of those that are too few to tell anything."""
    short = "".join(word[0] for word in tokens(topic))
    return f" {short} " if len(short) >= _TELLING else None


_Spelt = tuple[str, bool, tuple[str, ...], str | None]
"""A word of a topic: as it is spelt, whether it says something, its ways of standing in a text, and the letters by which several words may stand for it."""


@lru_cache(maxsize=1024)
def _units(topic: str) -> tuple[tuple[str | None, tuple[str, ...], tuple[_Spelt, ...]], ...]:
    """
    Give what a topic's spaces part, letter compounds being one: of words that a hyphen joins the unit itself and its ways of standing in a text; the words
    of any.
    """
    found = []
    for unit in _parted(topic):
        spelt = WORD.findall(unit)
        own = [singular(word.casefold()) for word in spelt]
        words = tuple(
            (
                one,
                one.casefold() not in FUNCTION_WORDS,
                tuple(f" {way} " for way in spellings(word)),
                word if len(word) >= _TELLING else None,
            )
            for one, word in zip(spelt, own, strict=True)
        )
        joined_up = (f" {' '.join(own)} ", f" {''.join(own)} ") if len(own) > 1 else ()
        found.append((unit.strip(_MARKS) if joined_up else None, joined_up, words))
    return tuple(found)


def _parted(topic: str) -> list[str]:
    """Part a topic at its spaces, but for those within a letter compound: 'T cells'."""
    parted: list[str] = []
    for word in topic.split():
        if parted and " " not in letter_compounds_joined(f"{parted[-1]} {word}"):
            parted[-1] += f" {word}"
        else:
            parted.append(word)
    return parted


@lru_cache(maxsize=8192)  # a week's works, for every channel
def _read(text: str) -> tuple[str, str]:
    """Give `spaced_text.spaced` of a text, and the first letters of its words."""
    words = tokens(text)
    return f" {' '.join(words)} ", "".join([word[0] for word in words])


def naming_any(topics: Iterable[str]) -> Callable[[str], bool]:
    """
    Give what tells whether a title names one of the topics, as it is written, in a plural, or where either of both is an abbreviation of the other's words.

    >>> names_any = naming_any(["LLMS"])
    >>> names_any("Lazy Training of Large Language Models"), names_any("Training on large models of language")
    (True, False)
    >>> naming_any(["large language model"])("LLM training")
    True
    """
    ways = [_ways_of_naming(topic) for topic in topics]

    def names(title: str) -> bool:
        # Plain loops, for it runs hundreds of times a channel.
        spaced, initials = _read(title)
        for sayings, short in ways:
            if short is not None and short in initials:
                return True
            for said in sayings:
                if said in spaced:
                    return True
        return False

    return names


@lru_cache(maxsize=1024)
def _ways_of_naming(topic: str) -> tuple[tuple[str, ...], str | None]:
    """Give the ways of saying a topic with a space before and after them; and of one word that may be an abbreviation the letters."""
    words = tokens(topic)
    sayings = [f" {' '.join(tokens(spelt))} " for spelt in spellings(topic)] if words else []
    if len(words) > 1:
        return (*sayings, f" {''.join(word[0] for word in words)} "), None
    may_be = words and _SHORT_AT_LEAST <= len(words[0]) <= _SHORT_AT_MOST
    return tuple(sayings), words[0] if may_be else None


def freshness(item: Item, window: Window) -> float:
    """Say how late in the window the item came: 0 at its start, 1 at its end."""
    span = (window.end - window.start) or timedelta(days=7)
    return min(1.0, max(0.0, (item.published - window.start) / span))


def independent_sources(item: Item) -> tuple[str, ...]:
    """Name the sources that speak of an item, each once, those that speak of it directly first."""
    ordered = sorted(item.mentions, key=lambda mention: not mention.direct)
    return tuple(dict.fromkeys(mention.source_id for mention in ordered))


def with_code(item: Item) -> bool:
    """Tell whether the work's code can be had."""
    return item.code_url is not None or item.key.startswith("code:")
