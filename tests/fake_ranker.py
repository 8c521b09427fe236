"""A ranker without any mathematics: a work is as near as it shares words with topics and liked works. In this process, and quick."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from bot.errors import CorpusGone, RankingError
from bot.ranking.question import Question, Relevance, Text
from bot.ranking.regions import Written, region_numbers


class FakeRanker:
    """Keeps the promises of `bot.ports.Ranker`. `fails` makes it fail, `fails_regions` at regions; `loads` counts how often a corpus was loaded, `grouped` how often it gave regions."""

    def __init__(self) -> None:
        self.fails = self.fails_regions = False
        self.grouped = 0
        self.loads = 0
        self.forgets = 0
        self._loaded: tuple[str, dict[str, Text]] | None = None

    async def holds(self, corpus: str) -> bool:
        return self._loaded is not None and self._loaded[0] == corpus

    async def load(self, corpus: str, texts: Sequence[Text], week: date = date.max) -> None:
        if self.fails:
            raise RankingError("is out of order")
        if await self.holds(corpus):
            return
        self.loads += 1
        self._loaded = (corpus, {text.key: text for text in texts})

    async def relevance(self, corpus: str, question: Question) -> Mapping[str, Relevance]:
        if self.fails:
            raise RankingError("is out of order")
        if self.forgets:
            self.forgets -= 1
            self._loaded = None
        if self._loaded is None or self._loaded[0] != corpus:
            raise CorpusGone(corpus)
        known = self._loaded[1]
        liked = {text.key: words(text) for text in question.liked} | {key: words(text) for key, text in known.items()}
        if question.typical:
            return {key: self._typical(key, question, known, liked) for key in question.asked if key in known}
        raw = {key: self._one(known[key], question, liked) for key in question.asked if key in known}
        if not raw:
            return {}
        mean = sum(score for score, _, _ in raw.values()) / len(raw)
        spread = (sum((score - mean) ** 2 for score, _, _ in raw.values()) / len(raw)) ** 0.5 or 1.0
        return {key: Relevance((score - mean) / spread, near, like) for key, (score, near, like) in raw.items()}

    async def regions(self, texts: Sequence[Written]) -> list[int]:
        if self.fails or self.fails_regions:
            raise RankingError("is out of order")
        self.grouped += 1
        return region_numbers(texts)

    def _typical(
        self, key: str, question: Question, known: Mapping[str, Text], liked: Mapping[str, frozenset[str]]
    ) -> Relevance:
        alike = sum(bool(words(known[key]) & words(known[other])) for other in question.asked if other in known)
        return Relevance(alike + self._one(known[key], question, liked)[0], {}, stands_for=alike)

    def _one(
        self, text: Text, question: Question, liked: Mapping[str, frozenset[str]]
    ) -> tuple[float, dict[str, float], tuple[str, ...]]:
        mine = words(text)
        near = {t: float(len(w & mine)) / len(w) for t in question.topics if (w := words(Text("", t, ""))) and w & mine}
        score = sum(near.values())
        like = []
        for signal in question.signals:
            shared = mine & liked.get(signal.key, frozenset())
            score += signal.liked * signal.counts * len(shared) / (1 + len(mine))
            if shared and signal.liked > 0 and signal.key != text.key:
                like.append(signal.key)
        return score, near, tuple(like)

    async def close(self) -> None:
        self._loaded = None


def words(text: Text) -> frozenset[str]:
    """Give the words of a text that have four letters or more, each without its plural s."""
    found = re.findall(r"[a-z]{4,}", f"{text.title} {text.abstract}".lower())
    return frozenset(word.removesuffix("s") for word in found)
