"""`/paperround page`: a link for whoever asks, and for nobody else."""

from __future__ import annotations

from dataclasses import replace

from bot.model import CommandCall
from tests.command_context import CommandFixture
from tests.factories import ADA


async def asked(address: str | None, **what) -> str:
    fixture = CommandFixture()
    calls: list[CommandCall] = []

    async def page_link(call: CommandCall) -> str:
        calls.append(call)
        return address or ""

    context = replace(fixture.commands._command_context, page_link=page_link if address else None)
    fixture.commands._command_context = context
    said = await fixture.ask("page", **what)
    assert [ADA] * len(calls) == [call.member for call in calls]
    urls = [span.url for block in fixture.answer.blocks for span in block.spans if span.url]
    assert ([address] if address else []) == urls
    return said


async def test_a_link():
    """Whoever asks gets a link of their own, and is told how long it is good."""
    assert "ten minutes" in await asked("https://papers.example.org/enter/x")


async def test_outside_any_channel():
    """It is answered where no digest comes, too: what one may read is not told by where one asks."""
    assert "ten minutes" in await asked("https://papers.example.org/enter/x", channel_id="elsewhere")


async def test_an_address_of_this_machine():
    """An address that leads to the asker's own machine is said to be one, with what the operator can set."""
    assert "set url" in await asked("http://127.0.0.1:8321/enter/x")
    assert "set url" not in await asked("https://papers.example.org/enter/x")


async def test_without_a_page():
    """Where no page is served there is no link."""
    assert "There is no page here." == await asked(None)
