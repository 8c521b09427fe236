"""Who may change things: one setting, honoured by every command and by the pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.permission import Changers, has_right
from bot.usecases.commands import Commands
from bot.visibility import Reader
from tests.command_context import CommandFixture

CHANGES = (
    "settings",
    "pause",
    "resume",
    "stop",
    "setup",
    "topics agents",
    "follow agents",
    "unfollow agents",
    "mute agents",
    "unmute agents",
    "sources add https://lab.example",
    "sources disable arxiv",
    "taste forget",
    "classics off",
    "review 12h",
)
HERE = Reader(platform="slack", teams=frozenset({"T1"}), member_id="T1:U1")


@pytest.mark.parametrize("text", CHANGES)
@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_anyone(text: str, platform: str) -> None:
    """Where anyone may, every change is a member's; a guest is told who may, in words that are true."""
    desk = CommandFixture(platform)
    assert "Only " in await desk.ask(text, platform=platform)
    desk.commands = Commands(replace(desk.context, changers=Changers.ANYONE))
    assert "Only members of this workspace who are no guests may" in await desk.ask(text, platform=platform, guest=True)
    assert "Only " not in await desk.ask(text, platform=platform)


async def test_admin_who_is_a_guest() -> None:
    """What the platform says goes before the setting."""
    desk = CommandFixture()
    desk.commands = Commands(replace(desk.context, changers=Changers.ANYONE))
    assert "Only" not in await desk.ask("pause", admin=True, guest=True)


@pytest.mark.parametrize(
    ("reader", "may"),
    [
        (HERE, True),
        (replace(HERE, guest=True), False),
        (replace(HERE, elsewhere=True), True),
        (replace(HERE, teams=frozenset()), False),
        (replace(HERE, member_id=""), False),
    ],
)
def test_on_the_pages(reader: Reader, may: bool) -> None:  # noqa: FBT001 - a table
    """A full member may where anyone may, and nobody by being a member where only admins may."""
    assert may == has_right(reader, Changers.ANYONE)
    assert not has_right(reader, Changers.ADMINS)
