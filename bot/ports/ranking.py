"""Ports of what calculates elsewhere: the ranking's process and a language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from bot.backtest.records import OwnRecords
from bot.ranking.question import Question, Relevance, Text
from bot.ranking.regions import Written


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

    async def regions(self, texts: Sequence[Written]) -> list[int]:
        """Put works into regions of like ones, as `bot.ranking.regions.region_numbers` does. Needs no corpus. Raises `RankingError`."""
        ...

    async def close(self) -> None:
        """Stop what it runs and free what it holds. Doing it twice is harmless; what is asked later starts it again."""
        ...


class Backtester(Protocol):
    """Ranks past weeks again, elsewhere than on the event loop; a week takes seconds to minutes."""

    async def measure(
        self, records: OwnRecords, weeks: Sequence[date]
    ) -> Mapping[tuple[str, date], Mapping[str, float]]:
        """
        Give for each channel and each of these weeks (Mondays) in which it chose something the nDCG at ten by method: `paperround`, `votes`
        and `recency`. Raises `RankingError`.
        """
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
