"""What every ranker promises, the fake one too."""

from __future__ import annotations

import asyncio
import contextlib
import math
import multiprocessing
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from adapters.ranking.process import ProcessRanker
from bot.errors import CorpusGone, RankingError
from bot.ports import Ranker
from bot.ranking.question import Question, Text
from bot.ranking.regions import region_numbers
from bot.ranking.signals import Opinion, Signal
from tests.fake_ranker import FakeRanker

NOW = datetime(2026, 8, 17, 9, tzinfo=UTC)
FIELDS = {
    "safety": "Auditing hidden objectives of language models with interpretability and red teaming of reward hacking",
    "vision": "Rendering video frames with gaussian splatting and diffusion for novel view synthesis of scenes",
    "robots": "Grasping objects with a dexterous hand by imitation of demonstrations in simulation and policy learning",
}
TEXTS = [
    Text(f"arxiv:{field}/{n}", f"{said.split()[0]} {n}", f"{said}, part {n} {said.split()[n % 5]}", (f"Ada {field}",))
    for field, said in FIELDS.items()
    for n in range(12)
]
KEYS = [text.key for text in TEXTS]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process() -> AsyncIterator[ProcessRanker]:
    """One for the whole suite, for its process takes a second to begin."""
    made = ProcessRanker(lambda: NOW)
    yield made
    await made.close()


@pytest_asyncio.fixture(params=["fake", "process"], loop_scope="module")
async def ranker(request, process: ProcessRanker) -> Ranker:
    return FakeRanker() if request.param == "fake" else process


async def best(ranker: Ranker, question: Question, corpus: str = "weeks") -> set[str]:
    """The fields of the five works that stand highest."""
    found = await ranker.relevance(corpus, question)
    order = sorted(found, key=lambda key: (-found[key].score, key))
    return {key.removeprefix("arxiv:").split("/")[0] for key in order[:5]}


async def test_a_corpus_is_loaded_first(ranker: Ranker) -> None:
    """A corpus that is not loaded is said to be gone; one that is loaded is held, in the place of the one before."""
    with pytest.raises(CorpusGone):
        await ranker.relevance("nothing", Question(KEYS))
    await ranker.load("before", TEXTS[:3])
    await ranker.load("weeks", TEXTS)

    assert await ranker.holds("weeks")
    assert not await ranker.holds("before")


async def test_topics(ranker: Ranker) -> None:
    """With topics alone, the works about them stand highest, and say to which of them they are near."""
    await ranker.load("weeks", TEXTS)
    question = Question(KEYS, topics=("interpretability", "red teaming"))
    found = await ranker.relevance("weeks", question)

    assert {"safety"} == await best(ranker, question)
    assert {"interpretability", "red teaming"} == set(found["arxiv:safety/1"].near)
    assert not found["arxiv:robots/1"].near


async def test_a_topic_with_a_capital_inside(ranker: Ranker) -> None:
    """How a topic is capitalised changes no score: who asks for RedHand asks neither for what is red nor for hands."""
    await ranker.load("weeks", TEXTS)
    names = ("RedHand", "redhand", "REDHAND", "red teaming", "Red Teaming", "RED teaming")
    found = {name: await ranker.relevance("weeks", Question(KEYS, topics=(name,))) for name in names}
    scores = {name: {key: one.score for key, one in answer.items()} for name, answer in found.items()}

    assert scores["RedHand"] == scores["redhand"] == scores["REDHAND"]
    assert scores["red teaming"] == scores["Red Teaming"] == scores["RED teaming"]
    assert not any(one.near or one.about for one in found["RedHand"].values())


async def test_decisions(ranker: Ranker) -> None:
    """With decisions alone, works like the liked ones stand highest, and name the one that they are like; not themselves."""
    await ranker.load("weeks", TEXTS)
    question = Question(KEYS, signals=[Signal("arxiv:robots/1", 1.0, 1.0), Signal("arxiv:vision/1", -0.5, 1.0)])
    found = await ranker.relevance("weeks", question)

    assert {"robots"} == await best(ranker, question)
    assert found["arxiv:robots/2"].like == ("arxiv:robots/1",)
    assert found["arxiv:robots/1"].like == ()


async def test_liked_works_of_long_ago(ranker: Ranker) -> None:
    """A liked work need not be of the corpus: its text is in the question."""
    await ranker.load("without", TEXTS[1:])
    liked = Text("arxiv:long-ago", TEXTS[0].title, TEXTS[0].abstract)
    question = Question(KEYS, signals=[Signal(liked.key, 1.0, 1.0)], liked=[liked])

    assert {"safety"} == await best(ranker, question, "without")


async def test_neither_topics_nor_decisions(ranker: Ranker) -> None:
    """Where nothing is known of what a channel wants, every work is as near as any other."""
    await ranker.load("weeks", TEXTS)

    assert {0.0} == {one.score for one in (await ranker.relevance("weeks", Question(KEYS))).values()}


async def test_a_skip_alone(ranker: Ranker) -> None:
    """Where a work was skipped and nothing liked, what is like it stands lower, and nothing else higher than another."""
    await ranker.load("weeks", TEXTS)
    question = Question(KEYS, signals=[Signal("arxiv:vision/1", -0.5, 1.0)])
    found = await ranker.relevance("weeks", question)

    lower = {key: one.score for key, one in found.items() if "vision" in key}
    assert max(lower.values()) < min(one.score for key, one in found.items() if "vision" not in key)


async def test_typical(ranker: Ranker) -> None:
    """Of a week nothing is known of, works of each subject stand for the others; a skip counts all the same."""
    await ranker.load("weeks", TEXTS)
    found = await ranker.relevance("weeks", Question(KEYS, typical=True))

    assert all(one.stands_for >= 0 and not one.near and not one.like for one in found.values())
    assert max(one.stands_for for one in found.values()) >= len(KEYS) // len(FIELDS) // 2
    skipped = Question(KEYS, signals=[Signal("arxiv:vision/1", -0.5, 1.0)], typical=True)
    less = await ranker.relevance("weeks", skipped)
    assert any(less[key].score < found[key].score for key in KEYS if "vision" in key)


async def test_what_is_not_there(ranker: Ranker) -> None:
    """Works that are not of the corpus are left out of the answer; signals on works without a text teach nothing."""
    await ranker.load("weeks", TEXTS)
    question = Question(["arxiv:none", KEYS[0]], signals=[Signal("arxiv:none", 1.0, 1.0)])

    assert {KEYS[0]} == set(await ranker.relevance("weeks", question))


async def test_other_works_each_time(ranker: Ranker) -> None:
    """Each question is answered for the works that it asks about, whichever were asked about before, of this corpus or another one."""
    topic = ("gaussian splatting",)
    for name, texts in (("weeks", TEXTS), ("backwards", TEXTS[::-1])):
        await ranker.load(name, texts)
        for asked in (KEYS, KEYS[5:20], ["arxiv:none", *KEYS[:7]], KEYS[20:5:-1], KEYS):
            found = await ranker.relevance(name, Question(asked, topics=topic))
            of_field = {key.split(":")[1].split("/")[0] for key, one in found.items() if topic[0] in one.near}

            assert [key for key in asked if key in KEYS] == list(found)
            assert of_field == ({"vision"} if any("vision" in key for key in asked) else set())


async def test_nothing_asked(ranker: Ranker) -> None:
    """A week in which nothing competes has an answer, too: an empty one."""
    await ranker.load("weeks", TEXTS)
    liked = [Signal("arxiv:robots/1", 1.0, 1.0)]

    assert {} == await ranker.relevance("weeks", Question([], topics=("interpretability",), signals=liked))


async def test_same_question_same_answer(ranker: Ranker) -> None:
    """The same question gives the same answer, whatever was asked before."""
    await ranker.load("weeks", TEXTS)
    question = Question(KEYS, topics=("diffusion",), signals=[Signal(KEYS[3], 1.0, 0.7)])
    first = await ranker.relevance("weeks", question)
    await ranker.relevance("weeks", Question(KEYS, topics=("imitation",)))

    assert first == await ranker.relevance("weeks", question)


@pytest.mark.parametrize("texts", [[], [Text("arxiv:1", "", "")], [Text("arxiv:1", "\u202e", "\ud800", ("\x00",))]])
async def test_hardly_any_works(ranker: Ranker, texts: list[Text]) -> None:
    """A corpus of nothing, of a work without a word, or of characters that are none, is answered for like any other."""
    await ranker.load(repr(texts), texts)
    found = await ranker.relevance(repr(texts), Question([text.key for text in texts], topics=("agents", "…")))

    assert {text.key for text in texts} == set(found)


async def test_closed(ranker: Ranker) -> None:
    """Once closed it holds nothing; what is asked later starts it again."""
    await ranker.load("weeks", TEXTS)
    await ranker.close()
    await ranker.close()

    assert not await ranker.holds("weeks")
    await ranker.load("weeks", TEXTS)
    assert {"vision"} == await best(ranker, Question(KEYS, topics=("gaussian splatting",)))


async def test_regions(ranker: Ranker) -> None:
    """Works are put into regions as by the plain rule, whatever is loaded and whoever asked before, and by several at once."""
    texts = [(text.title, text.abstract) for text in TEXTS]
    asked = [texts, texts[5:], texts[::-1], [*texts, ("another work", "of other words")], [], texts]

    assert [region_numbers(one) for one in asked] == await asyncio.gather(*(ranker.regions(one) for one in asked))


async def test_regions_in_another_process(process: ProcessRanker) -> None:
    """A process that began since is sent again what it needs; one that was closed begins once more."""
    texts = [(text.title, text.abstract) for text in TEXTS]
    before = await process.regions(texts)
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    with contextlib.suppress(RankingError):  # who asked in that moment
        await process.regions(texts[3:])
    again = await process.regions(texts)
    await process.close()

    assert region_numbers(texts) == before == again == await process.regions(texts)


async def test_works_for_regions_are_bounded(process: ProcessRanker, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more works are kept than are meant to be, on neither side, and whatever is asked beyond is right all the same."""
    monkeypatch.setattr("adapters.ranking.process.KEPT_WORKS", 40)
    for start in range(0, 200, 25):
        texts = [(f"{FIELDS['vision']} {n % 7}", f"letter{chr(97 + n % 20) * 4}") for n in range(start, start + 30)]
        assert region_numbers(texts) == await process.regions(texts)
        assert len(process._sent._numbers) <= 40


async def test_members_who_disagree(process: ProcessRanker) -> None:
    """Where members like works of different fields, each group of them has a score for the works that reach it; the real one alone tells them apart."""
    await process.load("weeks", TEXTS)
    liked = {0: "robots", 1: "vision"}
    told = [
        Signal(f"arxiv:{field}/{n}", 1.0, 1.0, opinions=(Opinion(member, 1.0, 1.0),))
        for member, field in liked.items()
        for n in range(3)
    ]
    found = await process.relevance("weeks", Question(KEYS, signals=told))

    assert {group.voters for one in found.values() for group in one.groups} == {1}
    reached = {
        number: {
            key.split(":")[1].split("/")[0] for key, one in found.items() for p in one.groups if p.number == number
        }
        for number in liked
    }
    assert sorted(reached.values(), key=str) == [{"robots"}, {"vision"}]


async def test_what_cannot_be_calculated(process: ProcessRanker, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the calculation stumbles over is a `RankingError`, with its cause in the log; the next question is answered."""
    await process.load("weeks", TEXTS)
    with pytest.raises(RankingError, match="stumbled over"):
        await process.relevance("weeks", Question(KEYS, signals=[Signal(KEYS[0], math.nan, 1.0)], topics=(None,)))  # type: ignore[arg-type]

    assert ["ranking_stumbled"] == [record.action for record in caplog.records]
    assert {"vision"} == await best(process, Question(KEYS, topics=("gaussian splatting",)))


async def test_killed(process: ProcessRanker) -> None:
    """A process that is killed amid its work is a `RankingError`; what is asked next begins another."""
    await process.load("weeks", TEXTS)
    loading = asyncio.create_task(
        process.load("more", [Text(f"{n}", f"word{n}", f"a{n} b{n} " * 400) for n in range(30_000)])
    )
    await asyncio.sleep(0.3)
    for child in multiprocessing.active_children():
        child.kill()
    with pytest.raises(RankingError):
        await loading
    await process.load("weeks", TEXTS)

    assert {"vision"} == await best(process, Question(KEYS, topics=("gaussian splatting",)))
