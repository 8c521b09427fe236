"""What a member proposes is looked up before it is a card, and is a candidate in its own channel alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import ItemKind
from bot.usecases.compile import compile_digest
from bot.usecases.suggest import complete, is_for, suggest
from tests.command_context import CommandFixture
from tests.factories import ADA, NOW, WEEK, WINDOW, channel

PAPER = "https://arxiv.org/abs/1706.03762"
ADDRESS = "arxiv.org/abs/1706.03762"


@pytest.fixture
def desk() -> CommandFixture:
    return CommandFixture()


async def picks(desk: CommandFixture, where) -> dict[str, object]:
    digest = await compile_digest(where, WEEK, WINDOW, desk.database.unit_of_work, specs=desk.specs, now=NOW)
    return {pick.item.title: pick.item for pick in digest.picks}


async def test_bears_its_own_title(desk: CommandFixture) -> None:
    """What nobody spoke of is looked up: its card bears a title, authors and abstract, and not an address."""
    desk.works.know(PAPER, "Attention Is All You Need", ItemKind.PAPER, authors=("A. Vaswani",), abstract="We propose.")

    assert "Attention Is All You Need is proposed for the next digest, in your name." == await desk.ask(
        f"add {PAPER}v7"
    )

    (item,) = (await picks(desk, desk.channel)).values()
    assert (item.title, item.authors, item.abstract, item.kind) == (
        "Attention Is All You Need",
        ("A. Vaswani",),
        "We propose.",
        ItemKind.PAPER,
    )


async def test_a_short_link_leads_to_the_work(desk: CommandFixture) -> None:
    """A link that leads to a paper proposes the paper: the same one by its number is the same proposal."""
    desk.works.know("https://short.example/x", "Attention Is All You Need", ItemKind.PAPER, url=PAPER)
    desk.works.know(PAPER, "Attention Is All You Need", ItemKind.PAPER)

    await desk.ask("add https://short.example/x")
    await desk.ask(f"add {PAPER}")

    assert ["arxiv:1706.03762"] == [item.key for item in (await picks(desk, desk.channel)).values()]


async def test_is_not_asked_twice(desk: CommandFixture) -> None:
    """A work whose title is known is not looked up again."""
    desk.works.know(PAPER, "Attention Is All You Need", ItemKind.PAPER)

    await desk.ask(f"add {PAPER}")
    await desk.ask(f"add {PAPER}")

    assert [PAPER] == desk.works.asked


async def test_what_does_not_answer_is_proposed_all_the_same(desk: CommandFixture) -> None:
    """A work that cannot be looked up is proposed by its address, which is said; later it is asked again, for two weeks."""
    works = desk.database.unit_of_work, desk.opened_works
    assert "I could not find out its title yet" in await desk.ask(f"add {PAPER}")
    assert [ADDRESS] == list(await picks(desk, desk.channel))

    silent = await complete(works[0], lambda: NOW + timedelta(hours=1), works[1])
    desk.works.know(PAPER, "Attention Is All You Need", ItemKind.PAPER)
    too_late = await complete(works[0], lambda: NOW + timedelta(days=15), works[1])
    in_time = await complete(works[0], lambda: NOW + timedelta(days=1), works[1])
    again = await complete(works[0], lambda: NOW + timedelta(days=1), works[1])

    assert (0, 0, 1, 0) == (silent, too_late, in_time, again)
    assert ["Attention Is All You Need"] == list(await picks(desk, desk.channel))


async def test_stays_in_its_own_channel(desk: CommandFixture) -> None:
    """What one channel proposed is a candidate nowhere else, and its title is not told where the same address is proposed again."""
    secret = "https://docs.example/d/1"
    desk.works.know(secret, "Whom we will buy")
    other = channel("other")
    await desk.ask(f"add {secret}")

    proposal = await suggest(secret, ADA, other, desk.database.unit_of_work, lambda: NOW)

    assert "docs.example/d/1" == proposal.title
    assert ["Whom we will buy"] == list(await picks(desk, desk.channel))
    assert ["docs.example/d/1"] == list(await picks(desk, other))


async def test_a_name_that_comes_again(desk: CommandFixture) -> None:
    """A channel on another platform that bears the name of one that is gone does not inherit what was proposed there."""
    desk.works.know(PAPER, "Attention Is All You Need", ItemKind.PAPER)
    await desk.ask(f"add {PAPER}")
    elsewhere = replace(desk.channel, platform="slack", id="C7")

    (entry,) = (await _proposals(desk)).values()

    assert is_for(entry, desk.channel)
    assert not is_for(entry, elsewhere)
    assert not await picks(desk, elsewhere)


async def test_proposals_of_before_count(desk: CommandFixture) -> None:
    """A proposal that was stored without its workspace still counts in its channel."""
    await desk.ask(f"add {PAPER}")
    (entry,) = (await _proposals(desk)).values()

    assert is_for(replace(entry, tags=entry.tags[:2]), desk.channel)


async def _proposals(desk: CommandFixture):
    async with desk.database.unit_of_work() as uow:
        found = await uow.entries.newest(["team"], 9)
    return {one.external_id: one for one in found["team"]}
