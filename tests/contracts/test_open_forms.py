"""
What settings forms promise that are open at once, on every platform that has them in chat: the fake, Slack, Discord.

Each promise is told of the page in `tests/adapters/web/library/test_library.py`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from bot.model import Answer, Channel
from bot.usecases.channels import change
from bot.usecases.command_edge import answer_after
from bot.usecases.open_forms import marks_of
from tests.command_context import lines_of
from tests.contracts.test_subscribing import Harness, OnDiscord, OnFake, OnSlack, on, set_up
from tests.fake_slack import text_of
from tests.waiting import until


class Forms:
    """A channel that has its digest, whose settings form is open several times."""

    def __init__(self, platform: Harness) -> None:
        self.platform = platform

    async def begin(self) -> None:
        await set_up(self.platform)
        await self.platform.press("start later")
        await self.platform.shows("Started.")

    async def open(self) -> Any:
        """Open the form; gives what it takes to send it. On Discord, whose forms have five fields at most, it is the page with this field."""
        one = self.platform
        before = len(
            one.discord.responses
            if isinstance(one, OnDiscord)
            else one.slack.windows
            if isinstance(one, OnSlack)
            else ()
        )
        await one.type("settings")
        if isinstance(one, OnFake):
            return one._answer
        if isinstance(one, OnSlack):
            await until(lambda: len(one.slack.windows) > before)
            return len(one.slack.windows) - 1
        assert isinstance(one, OnDiscord)
        await until(lambda: len(one.discord.responses) > before)
        return one.discord.responses[-1]["data"]

    async def send(self, form: Any, **values: str) -> str:
        """Fill in fields of a form that was opened, and send it; gives what is shown then."""
        one = self.platform
        if isinstance(one, OnFake):
            assert isinstance(form, Answer)
            assert form.form
            call = one._call("settings", values={**form.form, **values})
            answer = await one.desk.commands(replace(call, shown=marks_of(form.form)))
            return "\n".join("".join(span.text for span in block.spans) for block in answer.blocks)
        if isinstance(one, OnSlack):
            view = one.slack.windows[form]
            fields = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
            shown = {
                name: field.get("initial_value")
                or field.get("initial_time")
                or field.get("initial_option", {}).get("value", "")
                for name, field in fields.items()
            }
            given = {name: {"value": value} for name, value in {**shown, **values}.items()}
            answer = await one.slack.submit(one.ada, given, form)
            if "One moment" in json.dumps(answer):  # a busy machine: what came of it follows in the same window
                await until(lambda: "One moment" not in json.dumps(one.slack.windows[form]))
                answer = {"view": one.slack.windows[form]}
            return json.dumps(answer, ensure_ascii=False)
        assert isinstance(one, OnDiscord)
        before = len(one.discord.responses)
        await one.discord.fill_in(one.ada, one.place, form, **values)
        await until(lambda: len(one.discord.responses) > before)
        return json.dumps(one.discord.responses[-1], ensure_ascii=False)

    async def page(self, form: Any, field: str) -> Any:
        """Open the page of a form that has this field; a form that has no pages is that page."""
        one = self.platform
        if not isinstance(one, OnDiscord):
            return form
        buttons = [button for row in form["components"] for button in row["components"]]
        (button,) = [button for button in buttons if field in button["label"]]
        before = len(one.discord.responses)
        await one.discord.press_in_answer(one.ada, one.place, form, button["custom_id"])
        await until(lambda: len(one.discord.responses) > before)
        return one.discord.responses[-1]["data"]

    async def opened(self, field: str) -> Any:
        return await self.page(await self.open(), field)

    async def again(self, form: Any, field: str) -> Any:
        """Open a form again of which something was wrong; where it stayed open, it is the same one."""
        one = self.platform
        return await self.page(one.discord.responses[-1]["data"], field) if isinstance(one, OnDiscord) else form

    async def completed(self, form: Any, words: str) -> Any:
        """Wait until a form that was opened says these words above its fields; gives it as it is then."""
        one = self.platform
        if isinstance(one, OnFake):
            assert isinstance(form, Answer)
            later = await answer_after(form)
            assert later is not None
            assert words in lines_of(later)
            return later
        if isinstance(one, OnSlack):
            await until(lambda: words in text_of(one.slack.windows[form]["blocks"]))
            return form
        assert isinstance(one, OnDiscord)
        await until(lambda: words in json.dumps(one.discord.responses[-1]))
        return one.discord.responses[-1]

    async def channel(self) -> Channel:
        (_, found) = await self.platform.desk.context.channels()
        return found


@pytest.fixture(params=["fake", "slack", "discord"])
async def forms(request: pytest.FixtureRequest) -> AsyncIterator[Forms]:
    async with on(request.param) as platform:
        found = Forms(platform)
        await found.begin()
        yield found


async def test_nothing_is_taken_back(forms: Forms) -> None:
    """Of two forms that are open at once, the one that is sent second leaves what the first one changed, and changes what was changed in it."""
    first, second = await forms.opened("Weekday"), await forms.opened("Weekday")
    await forms.send(first, weekday="friday")
    said = await forms.send(second, time="16:30")
    found = await forms.channel()

    assert (5, time(16, 30)) == (found.weekday, found.time)
    assert "since this form was opened" not in said


async def test_one_field_changed_in_both(forms: Forms) -> None:
    """Where both forms changed one field the later one holds, and whoever sent it is told what stood there; not where both say the same."""
    first, second = await forms.opened("Weekday"), await forms.opened("Weekday")
    await forms.send(first, time="10:00", zone="Europe/Paris")
    said = await forms.send(second, time="16:30", zone="Europe/Paris")
    found = await forms.channel()

    assert (time(16, 30), "Europe/Paris") == (found.time, found.zone)
    assert "Time had been set to '10:00' since this form was opened. What you sent holds now." in said
    assert "Time zone had been set" not in said


async def test_a_wrong_field_is_corrected(forms: Forms) -> None:
    """What was right beside a wrong field is stored with the correction, and what another form changed meanwhile stays."""
    first, second = await forms.opened("Weekday"), await forms.opened("Weekday")
    await forms.send(first, weekday="friday")
    wrong = await forms.send(second, time="late", zone="Europe/Paris")
    again = await forms.again(second, "Weekday")
    await forms.send(again, time="16:30", zone="Europe/Paris")
    found = await forms.channel()

    assert "Write hours and minutes, like 09:00" in wrong
    assert (5, time(16, 30), "Europe/Paris") == (found.weekday, found.time, found.zone)


async def test_open_at_once(forms: Forms) -> None:
    """A form opens while the known works are still read; whom none of them is by stands in it when they are, and it can be sent as before."""
    desk, words = forms.platform.desk, "I know no work of the last 8 weeks that meets author: Nobody Atall"
    await desk.publish("2608.01111", "Tea for agents", "Percy Liang")
    await change(await forms.channel(), {"follow": ("author:Nobody Atall",)}, desk.database.unit_of_work)
    desk.database.texts_are_read.clear()
    form = await forms.open()
    desk.database.texts_are_read.set()
    later = await forms.completed(form, words)
    await forms.send(await forms.page(later, "Weekday"), weekday="friday")

    assert 5 == (await forms.channel()).weekday
