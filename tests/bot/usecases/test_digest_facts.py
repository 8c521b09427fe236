from __future__ import annotations

from dataclasses import replace

from bot.model import Reason
from bot.usecases.deliver import freeze
from bot.usecases.digest_facts import DigestFacts
from tests.factories import channel, digest_of
from tests.fake_storage import FakeDatabase


async def test_a_mistyped_topic() -> None:
    """What a mistyped topic brought, told on the card as what was meant, counts for the topic as the channel has it."""
    database, made = FakeDatabase(), digest_of(["arxiv:2608.00001"])
    why = Reason(name="topics", text="your topics 'reinforcement learning' and 'agents'", weight=1.0)
    respelt = (("reinforcment learning", "reinforcement learning"),)
    made = replace(made, picks=tuple(replace(one, reasons=(why,)) for one in made.picks), respelt=respelt)
    await freeze(made, channel(), database.unit_of_work)
    async with database.unit_of_work() as uow:
        (week,) = await DigestFacts().weeks(made.channel, uow)

    assert ("reinforcment learning", "agents") == week.picks[0].topics
