"""What an item is ranked beside: its channel, the week, and everything else that was said in it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain, repeat
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import Channel, Section, Window
from bot.ranking.candidate_index import Candidate
from bot.ranking.features import AttentionScale, TopicMatch, is_read_whole
from bot.ranking.liked import HANDED_OVER, SHARED_HERE
from bot.ranking.question import Relevances
from bot.ranking.weights import attention_worth


class RankingContext:
    """What an item is ranked beside: its channel, the week, and everything else that was said in it."""

    def __init__(
        self,
        channel: Channel,
        window: Window,
        candidates: Sequence[Candidate],
        *,
        fresh: Mapping[Candidate, float],
        matches: Mapping[Candidate, TopicMatch],
        people: frozenset[str],
        names: Mapping[str, str],
        rare: frozenset[str],
        archives: frozenset[str],
        relevance: Relevances,
        liked: Mapping[str, str],
        likes: float | None,
        assumed: bool,
    ) -> None:
        self.channel = channel
        self.zone = ZoneInfo(channel.zone)
        self.last_day = window.end.astimezone(self.zone).date()
        self.fresh = fresh
        self.matches = matches
        self.people = people
        self.names = names
        self.rare = rare
        self.archives = archives
        self.relevance = relevance
        self.liked = liked
        self.assumed = assumed
        known = likes if likes is not None else math.inf
        self.attention = attention_worth(known if relevance and not assumed else 0.0, topics=bool(channel.topics))
        self.notice = _notice(candidates)
        self._candidates = candidates

    @cached_property
    def unread(self) -> frozenset[str]:
        """
        Give the topics that a ranker does not find, and that count where they stand: `people`, those of which its terms hold nothing, and where few works are
        known, a word that only one or two of them have.
        """
        unread = self.people.union([topic for topic in self.channel.topics if not is_read_whole(topic)])
        if not self.relevance or self.assumed:
            return unread
        known = {topic for detail in self.relevance.details.values() for topic in (*detail.near, *detail.about)}
        return unread | ({topic for match in self.matches.values() for topic in match.topics} - known)

    @cached_property
    def scale(self) -> AttentionScale:
        # Few have any.
        return AttentionScale(filter(_attention, map(_item, self._candidates)))

    @cached_property
    def liked_in_words(self) -> str:
        """Say what was liked in all: nobody marked what the team gave us a list of, or shared before we came."""
        words = [one for one in self.liked.values() if one]
        if words and all(one.endswith(HANDED_OVER) for one in words):
            return "the list you gave us"
        if words and all(one.endswith(SHARED_HERE) for one in words):
            return "what was shared here before"
        return (
            "what you liked before"
            if words and all(one.endswith((HANDED_OVER, SHARED_HERE)) for one in words)
            else "what you marked"
        )

    @cached_property
    def pieces(self) -> Counter[str]:
        return Counter([one.origin for one in self._candidates])

    def name(self, source: str) -> str:
        return self.names.get(source, source)


_item: Final = attrgetter("item")
_attention: Final = attrgetter("attention")
_noticed: Final = attrgetter("notice")


def _notice(candidates: Sequence[Candidate]) -> dict[Candidate, float]:
    """Give each item's notice, the logarithm of its votes and comments, in standard deviations over its section."""
    sections: dict[Section, list[Candidate]] = defaultdict(list)
    for one in candidates:
        sections[one.item.section].append(one)
    found: dict[Candidate, float] = {}
    for of in sections.values():
        logs = list(map(_noticed, of))
        mean = math.fsum(logs) / len(logs)
        # Most have none, and so the same.
        times = Counter(logs)
        squares = chain.from_iterable(repeat((value - mean) ** 2, often) for value, often in times.items())
        deviation = math.sqrt(math.fsum(squares) / len(logs))
        known = {value: (value - mean) / deviation if deviation else 0.0 for value in times}
        found.update(zip(of, map(known.__getitem__, logs), strict=True))
    return found
