"""The command about classics."""

from __future__ import annotations

import pytest

from tests.command_context import CommandFixture


@pytest.fixture
def desk() -> CommandFixture:
    return CommandFixture()


async def test_lists_what_comes_next(desk: CommandFixture) -> None:
    said = await desk.ask("classics")
    assert "One classic a week" in said
    assert "Attention Is All You Need (2017)" in said


async def test_a_work_of_ones_own_comes_first(desk: CommandFixture) -> None:
    said = await desk.ask("classics add https://arxiv.org/abs/2608.00001 It began our project", admin=True)
    assert "is on your list" in said
    listed = await desk.ask("classics")
    assert listed.index("It began our project") < listed.index("Attention Is All You Need")
    assert "already" in await desk.ask("classics add https://arxiv.org/abs/2608.00001v2 again", admin=True)
    assert "off your list" in await desk.ask("classics remove https://arxiv.org/abs/2608.00001", admin=True)
    assert "not on your list" in await desk.ask("classics remove https://arxiv.org/abs/2608.00001", admin=True)


async def test_can_be_turned_off_and_on(desk: CommandFixture) -> None:
    assert "No classics come here" in await desk.ask("classics off", admin=True)
    assert "Attention" not in await desk.ask("classics")
    assert "own list alone" in await desk.ask("classics own", admin=True)


async def test_only_who_may_changes_it(desk: CommandFixture) -> None:
    assert "only" in (await desk.ask("classics off")).lower()


async def test_what_is_no_address_is_said_so(desk: CommandFixture) -> None:
    assert "is no web address" in await desk.ask("classics add attention", admin=True)
    assert "I do not know" in await desk.ask("classics dance", admin=True)
