"""What an item is ranked beside: its channel, the week, and everything else that was said in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.model import Channel, Window
from bot.ranking.candidate_index import Candidate, Competition
from bot.ranking.features import TopicMatch, is_read_whole
from bot.ranking.liked import HANDED_OVER, SHARED_HERE
from bot.ranking.question import Relevances
from bot.ranking.weights import attention_worth


class RankingContext:
    """What an item is ranked beside: its channel, the week, and everything else that was said in it."""

    def __init__(
        self,
        channel: Channel,
        window: Window,
        competition: Competition,
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
        self.competition = competition

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

    def name(self, source: str) -> str:
        return self.names.get(source, source)
