"""What a language model may cost in a week is never passed, however many digests ask at once, in however many processes; held on every database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.errors import SummarizerError
from bot.ports import UnitOfWorkFactory
from bot.usecases.phrase import WEEK, Phrasing, phrase
from tests.factories import NOW, digest, item, pick

TOLD = "We present Foo, a sparse attention framework whose router skips most keys of a long context. " * 3
BOUND = 5_000
COST = 900


class Model:
    """Takes its time, and its cost is what it says."""

    model = "tiny"

    def __init__(self) -> None:
        self.answers = 0

    async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
        await asyncio.sleep(0.05)
        self.answers += 1
        return f"{json.loads(messages[1]['content'])['title']} is a sparse attention framework.", COST

    async def close(self) -> None:
        pass


async def test_a_bound_for_all(unit_of_work: UnitOfWorkFactory) -> None:
    """Of six channels at once, each with works of its own and a store of its own as in a process of its own, all together keep to the bound."""
    model = Model()
    asked = Phrasing(summarizer=model, weekly_tokens=BOUND)
    works = [
        [item(f"a:{channel}-{n}", title=f"Foo {channel} {n}", abstract=TOLD) for n in range(3)] for channel in range(6)
    ]

    def process() -> UnitOfWorkFactory:
        return (
            SqlUnitOfWorkFactory(unit_of_work._engine)
            if isinstance(unit_of_work, SqlUnitOfWorkFactory)
            else unit_of_work
        )

    await asyncio.gather(
        *(
            phrase(digest(*(pick(one, rank) for rank, one in enumerate(own, start=1))), asked, process(), lambda: NOW)
            for own in works
        )
    )

    async with unit_of_work() as unit:
        spent = await unit.sentences.tokens_since(NOW - WEEK)
    assert 0 < model.answers * COST == spent <= BOUND


class Unreliable(Model):
    """Answers every other time alone; what it does not answer is paid for all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.questions = 0

    async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
        self.questions += 1
        if self.questions % 2:
            raise SummarizerError("it did not answer in time")
        return await super().complete(messages, most_tokens)


async def test_a_bound_that_lets_ask(unit_of_work: UnitOfWorkFactory) -> None:
    """A model that fails every other time, paid for, uses its bound up by what it was asked, and what was lost makes no later question dearer."""
    model = Unreliable()
    bound = 40 * COST
    asked = Phrasing(summarizer=model, weekly_tokens=bound)
    works = [pick(item(f"a:{n}", title=f"Foo {n}", abstract=TOLD), n + 1) for n in range(60)]

    for start in [0, *range(0, 60, 4)] * 3:
        await phrase(digest(*works[start : start + 4]), asked, unit_of_work, lambda: NOW)

    async with unit_of_work() as unit:
        spent = await unit.sentences.tokens_since(NOW - WEEK)
        assert COST == await unit.sentences.dearest_since(NOW - WEEK)
    assert bound / 3 < model.answers * COST <= spent <= bound
