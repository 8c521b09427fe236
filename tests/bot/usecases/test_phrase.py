"""A language model that phrases what is new: bounded in time and cost, asked once, and never in the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

from bot.errors import SummarizerError
from bot.model import BlockRole
from bot.rendering import render
from bot.usecases.phrase import Phrasing, phrase
from tests.factories import NOW, channel, digest, item, mention, pick
from tests.fake_storage import FakeDatabase

TOLD = (
    "Attention over long texts is slow. We present Foo, a sparse attention framework whose router skips most keys of a long context. "
    "Experiments on LongBench show that Foo outperforms Bar by 3.1 points while it is 4.2x faster than all others."
)


class Model:
    """Answers with a sentence on the work; counts what it was asked."""

    model = "tiny"

    def __init__(self, *, seconds: float = 0.0, fails: bool = False, tokens: int | None = 300) -> None:
        self.asked: list[str] = []
        self._seconds, self._fails, self._tokens = seconds, fails, tokens

    async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
        title = json.loads(messages[1]["content"])["title"]
        self.asked.append(title)
        await asyncio.sleep(self._seconds)
        if self._fails:
            raise SummarizerError("it answered 500")
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


async def test_a_model_that_fails() -> None:
    """A model that fails is asked for four works, and the digest is as it was."""
    model = Model(fails=True)

    assert week(10) == await phrased(week(10), model)
    assert 4 == len(model.asked)


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


async def test_what_needs_none() -> None:
    """A work that a newsletter put into words, or with next to no abstract, is not asked about."""
    model = Model()
    quoted = week(1, mentions=(mention(direct=False, quote="a gift"),))
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
