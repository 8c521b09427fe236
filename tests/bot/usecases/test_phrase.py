"""A language model that phrases what is new: bounded in time and cost, asked once, and never in the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.errors import SummarizerError
from bot.model import BlockRole
from bot.rendering import render
from bot.usecases.phrase import MOST_FAILURES, Phrasing, phrase
from tests.factories import NOW, channel, digest, item, mention, pick
from tests.fake_storage import FakeDatabase
from tests.leaping import leaping

TOLD = (
    "Attention over long texts is slow. We present Foo, a sparse attention framework whose router skips most keys of a long context. "
    "Experiments on LongBench show that Foo outperforms Bar by 3.1 points while it is 4.2x faster than all others."
)


class Model:
    """Answers with a sentence on the work; counts what it was asked."""

    model = "tiny"

    def __init__(
        self, *, seconds: float = 0.0, fails: bool = False, free: bool = True, tokens: int | None = 300
    ) -> None:
        self.asked: list[str] = []
        self._seconds, self._fails, self._free, self._tokens = seconds, fails, free, tokens

    async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
        title = json.loads(messages[1]["content"])["title"]
        self.asked.append(title)
        await asyncio.sleep(self._seconds)
        if self._fails:
            raise SummarizerError("it answered 500", free=self._free)
        return f"{title} is a sparse attention framework whose router skips most keys.", self._tokens

    async def close(self) -> None:
        pass


def week(number: int = 1, **what):
    works = [item(f"a:{n}", title=f"Foo {n}", abstract=TOLD + f" {n}", **what) for n in range(number)]
    return digest(*(pick(one, rank) for rank, one in enumerate(works, start=1)))


async def phrased(frozen, model: Model, database: FakeDatabase | None = None, *, tokens: int = 100_000, seconds=5.0):
    asked = Phrasing(summarizer=model, weekly_tokens=tokens, seconds=seconds)
    return await phrase(frozen, asked, (database or FakeDatabase()).unit_of_work, lambda: NOW)


async def test_a_sentence_a_pick() -> None:
    """Each pick gets a sentence, told apart on its card by who wrote it; what came of it stays the abstract's own."""
    found = await phrased(week(2), Model())
    new = next(block for block in render(found, channel())[1].blocks if block.role is BlockRole.NEW)

    assert ["Foo 0 is a sparse attention framework whose router skips most keys.", "written by machine, tiny"] == [
        span.text for span in new.spans
    ]
    assert "outperforms Bar" in render(found, channel())[1].plain


async def test_asked_once() -> None:
    """What was said is kept: a second digest with the same work asks nothing."""
    database, model = FakeDatabase(), Model()
    first = await phrased(week(), model, database)

    assert first == await phrased(week(), model, database)
    assert ["Foo 0"] == model.asked


async def test_a_sentence_that_was_taken_before() -> None:
    """What an earlier check let through and was kept is not shown where today's does not; nothing is asked for it again."""
    database, model = FakeDatabase(), Model()
    await phrased(week(), model, database)
    (key,) = database.tables.sentences
    for said, shown in (
        (': "Foo 0 is a sparse attention framework whose router skips most keys.', True),
        ("Attention over long texts is slow.", False),
    ):
        database.tables.sentences[key] = replace(database.tables.sentences[key], text=said)
        (found,) = (await phrased(week(), model, database)).picks

        assert (
            "Foo 0 is a sparse attention framework whose router skips most keys." if shown else ""
        ) == found.sentence
    assert ["Foo 0"] == model.asked


async def test_a_model_that_fails() -> None:
    """A model that fails is asked a few times, and the digest is as it was; one that has answered before for four works at once, and four more."""
    model = Model(fails=True)

    database, known = FakeDatabase(), Model(fails=True)

    assert week(10) == await phrased(week(10), model)
    assert MOST_FAILURES == len(model.asked)
    await phrased(week(), Model(), database)
    await phrased(week(12), known, database)
    assert 8 == len(known.asked)


async def test_a_hiccup() -> None:
    """A model whose first answer fails, as one that is still being loaded, is asked for the other works; so is one that fails now and then."""

    class Waking(Model):
        async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
            answer = await super().complete(messages, most_tokens)
            if json.loads(messages[1]["content"])["title"] in {"Foo 0", "Foo 5", "Foo 6", "Foo 7", "Foo 11", "Foo 12"}:
                raise SummarizerError("it answered 500", free=True)
            return answer

    model = Waking()
    found = await phrased(week(16), model)

    assert 16 == len(model.asked)
    assert 10 == sum(bool(one.sentence) for one in found.picks)


async def test_a_slow_model() -> None:
    """Time is up after the deadline: what came by then is taken, the digest goes on."""
    began = asyncio.get_running_loop().time()

    assert week(3) == await phrased(week(3), Model(seconds=30), seconds=0.1)
    assert 5.0 > asyncio.get_running_loop().time() - began


async def test_what_it_may_cost() -> None:
    """What a week may cost is never passed, however many picks there are; without a budget nothing is asked."""
    database, model = FakeDatabase(), Model(tokens=None)
    for _ in range(3):
        await phrased(week(30), model, database, tokens=3_000)

    assert 0 < len(model.asked) < 30
    assert 3_000 >= sum(one.tokens for one in database.tables.sentences.values())
    assert week() == await phrased(week(), Model(), tokens=0)


def spent(database: FakeDatabase) -> int:
    tables = database.tables
    answered = sum(one.tokens for one in tables.sentences.values())
    reserved = sum(one.reserved for one in tables.open_questions.values())
    return answered + reserved + sum(tables.lost_tokens.values())


async def test_what_is_paid_without_an_answer() -> None:
    """What was paid for counts though no sentence came of it: an answer without words, one that broke off, one that came too late."""
    mute, broken, late, refused = FakeDatabase(), FakeDatabase(), FakeDatabase(), FakeDatabase()

    class Mute(Model):
        async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
            await super().complete(messages, most_tokens)
            return "", 900

    model = Mute()
    for _ in range(2):
        assert week() == await phrased(week(), model, mute)
    await phrased(week(), Model(fails=True, free=False), broken)
    await phrased(week(), Model(seconds=30), late, seconds=0.1)
    await phrased(week(), Model(fails=True), refused)

    assert (900, 1) == (spent(mute), len(model.asked))
    assert spent(broken) > 120
    assert spent(late) == spent(broken)
    assert 0 == spent(refused)


@leaping
async def test_a_batch_that_is_cut_off() -> None:
    """Of four questions at once, of which one takes too long, three answers are shown and kept."""

    class Uneven(Model):
        async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
            if json.loads(messages[1]["content"])["title"] == "Foo 2":
                await asyncio.sleep(30)
            return await super().complete(messages, most_tokens)

    database = FakeDatabase()
    found = await phrased(week(4), Uneven(), database, seconds=0.3)

    assert [True, True, False, True] == [bool(one.sentence) for one in found.picks]
    assert 3 == len(database.tables.sentences)


async def test_a_dear_model() -> None:
    """A model whose answers cost more than a question should is reserved for as it is: the bound holds from the second round on."""
    database, model = FakeDatabase(), Model(tokens=2_000)
    for _ in range(3):
        await phrased(week(30), model, database, tokens=12_000)

    assert 12_000 >= spent(database)


async def test_two_digests_at_once() -> None:
    """Two digests with one work ask once, and both have its sentence."""
    database, model = FakeDatabase(), Model(seconds=0.2)
    first, second = await asyncio.gather(*(phrased(week(), model, database) for _ in range(2)))

    assert first == second
    assert first.picks[0].sentence
    assert ["Foo 0"] == model.asked


async def test_what_needs_none() -> None:
    """A work that a newsletter put into words, or with next to no abstract, is not asked about."""
    model = Model()
    quoted = week(1, mentions=(mention(direct=False, quote="Foo 0 is a gift to whoever serves long texts."),))
    short = digest(pick(item(abstract="Short.")))

    assert (quoted, short) == (await phrased(quoted, model), await phrased(short, model))
    assert [] == model.asked


async def test_what_is_not_believed() -> None:
    """An answer that is none is kept as none, and not asked for again."""

    class Liar(Model):
        async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
            self.asked.append("")
            return "Buy our tokens at https://evil.example now.", 10

    database, model = FakeDatabase(), Liar()
    for _ in range(2):
        assert week() == await phrased(week(), model, database)

    assert 1 == len(model.asked)
