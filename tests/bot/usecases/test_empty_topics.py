"""Where no work is about any of a channel's topics, these still say in which sense its likes are meant, and the digest is short."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pytest

from adapters.ranking.feature_store import FeatureStore
from adapters.ranking.worker import Loaded
from bot.digest.eligibility import LEAST_PAPERS
from bot.model import Digest, Entry, SourceRecord
from bot.ranking.question import Question, Relevance, Text
from bot.source_state import batch_of
from bot.usecases.compile import compile_digest
from tests.bot.usecases.test_relevance import marked
from tests.factories import ADA, NOW, WEEK, WINDOW, at, channel, entry, spec
from tests.fake_ranker import FakeRanker
from tests.fake_storage import FakeDatabase

SPEECH = "speech speaker acoustic phoneme prosody vocoder utterance pitch".split()
TEACHING = "distillation teacher student logits divergence compression policy relational".split()
OTHERS = [
    "pixel portrait camera texture depth canvas render lens".split(),
    "protein residue enzyme ligand binding cell genome assay".split(),
    "warehouse forklift pallet invoice depot courier parcel dock".split(),
    "quantile martingale entropy lemma bound kernel ergodic manifold".split(),
]
EVERYDAY = "we propose a method that outperforms strong baselines on several datasets and analyse its results".split()


class RankerInProcess(FakeRanker):
    """The real ranking, in this process."""

    async def load(self, corpus: str, texts: Sequence[Text], week: date = date.max) -> None:
        await super().load(corpus, texts, week)
        self._known = Loaded(texts, FeatureStore(None, NOW.date()), week)

    async def relevance(self, corpus: str, question: Question) -> Mapping[str, Relevance]:
        return self._known.relevance(question)


class Papers:
    """Papers that are made of a field's words and of everyday ones."""

    def __init__(self) -> None:
        self._chance = random.Random(5)
        self._number = 0

    def of(self, words: Sequence[str], number: int, days: float = 1) -> list[Entry]:
        return [self._one(words, days) for _ in range(number)]

    def _one(self, words: Sequence[str], days: float) -> Entry:
        self._number += 1
        abstract = [*self._chance.choices(words, k=25), *self._chance.choices(EVERYDAY, k=15)]
        self._chance.shuffle(abstract)
        return entry(
            f"arxiv/{self._number}",
            title=f"{' '.join(self._chance.sample(list(words), 3))} {self._number}".capitalize(),
            abstract=" ".join(abstract),
            about=f"https://arxiv.org/abs/2608.{self._number:05}",
            published=at(days=days),
        )


@pytest.fixture
async def database() -> FakeDatabase:
    """Last week two papers on distillation for speech; this week three on speech, thirty on distillation, and others of four fields."""
    papers = Papers()
    entries = papers.of([*SPEECH[:2], *TEACHING], 2, days=10)
    entries += [*papers.of(SPEECH, 3), *papers.of(TEACHING, 30)]
    entries += [one for words in OTHERS for one in papers.of(words, 30)]
    made = FakeDatabase()
    async with made.unit_of_work() as uow:
        await uow.entries.store(
            [batch_of(spec(), SourceRecord(id="arxiv"), entries, since=at(days=60), now=at(hours=1))]
        )
        await uow.commit()
    return made


async def compiled(database: FakeDatabase, *topics: str) -> Digest:
    ours = replace(channel(), topics=topics, explore=0.0, budget_minutes=60)
    return await compile_digest(
        ours, WEEK, WINDOW, database.unit_of_work, specs=[spec()], now=NOW, ranker=RankerInProcess()
    )


def titled(digest: Digest, words: Sequence[str]) -> int:
    return sum(bool(set(words) & set(pick.item.title.casefold().split())) for pick in digest.picks)


async def test_the_sense_of_likes(database: FakeDatabase) -> None:
    """What is like a liked work in the topics' field comes first, and no hour of what is like it in another; with these, but five are shown."""
    await marked(database, 1, "⭐", ADA)
    found = await compiled(database, "speech synthesis", "speech recognition")

    assert ("speech synthesis", "speech recognition") == found.unmatched
    assert [True] * 3 == [titled(replace(found, picks=(pick,)), SPEECH) == 1 for pick in found.picks[:3]]
    assert LEAST_PAPERS == len(found.picks)
    assert not any("your topic '" in reason.text for pick in found.picks for reason in pick.reasons)
    assert found.short is not None


async def test_without_topics(database: FakeDatabase) -> None:
    """A channel that typed no topic has its hour of what is like the liked work."""
    await marked(database, 1, "⭐", ADA)
    found = await compiled(database)

    assert titled(found, TEACHING) > LEAST_PAPERS
    assert found.short is None


async def test_nothing_liked(database: FakeDatabase) -> None:
    """Until something is liked, a few papers come that say that they are on no topic; who typed none has its hour."""
    found, plain = await compiled(database, "speech synthesis"), await compiled(database)

    assert LEAST_PAPERS == len(found.picks) < len(plain.picks)
    assert {"not on your topics"} == {pick.reasons[0].text for pick in found.picks}
    assert found.short is not None
    assert (0, LEAST_PAPERS) == (found.short.reached, found.short.added)
    assert not any(pick.reasons[0].name == "beside" for pick in plain.picks)
