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

    assert {"reinforcment learning", "reinforcement learning", "agents"} == set(week.picks[0].topics)


async def test_both_spellings() -> None:
    """A channel that has a topic in its right spelling and in mistyped ones has what they brought counted for each of them."""
    database, made = FakeDatabase(), digest_of(["arxiv:2608.00001"])
    why = Reason(name="topics", text="your topic 'robotics'", weight=1.0)
    respelt = (("robtics", "robotics"), ("roboticss", "robotics"))
    made = replace(made, picks=tuple(replace(one, reasons=(why,)) for one in made.picks), respelt=respelt)
    await freeze(made, channel(), database.unit_of_work)
    async with database.unit_of_work() as uow:
        (week,) = await DigestFacts().weeks(made.channel, uow)

    assert {"robotics", "robtics", "roboticss"} == set(week.picks[0].topics)


async def test_a_topic_that_is_a_person() -> None:
    """What came for its author counts for the topic that names the author, as the channel spells it."""
    database, made = FakeDatabase(), digest_of(["arxiv:2608.00001", "arxiv:2608.00002"])
    said = ["by Conor O'Brien", "by Chelsea Finn, your topic 'C. Finn'"]
    reasons = [Reason(name="topics", text=text, weight=1.0) for text in said]
    made = replace(
        made, picks=tuple(replace(one, reasons=(why,)) for one, why in zip(made.picks, reasons, strict=True))
    )
    await freeze(made, channel(), database.unit_of_work)
    async with database.unit_of_work() as uow:
        (week,) = await DigestFacts().weeks(made.channel, uow)

    assert [("Conor O'Brien",), ("C. Finn",)] == [pick.topics for pick in week.picks]
