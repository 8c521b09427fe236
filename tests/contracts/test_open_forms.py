"""
What forms with a channel's settings promise that are open at once, on every platform that has them in chat: the fake, Slack, Discord.

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
from bot.usecases.channel_list import subscribed
from bot.usecases.channels import change
from bot.usecases.command_edge import answer_after
from bot.usecases.open_forms import marks_of
from tests.command_context import lines_of
from tests.contracts.test_subscribing import Harness, OnDiscord, OnFake, OnSlack, on, set_up
from tests.fake_slack import text_of
from tests.waiting import until


class Forms:
    """A channel whose form is open several times: that of its settings, or the one that sets it up."""

    def __init__(self, platform: Harness, command: str = "settings") -> None:
        self.platform = platform
        self.command = command

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
        await one.type(self.command)
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
            call = one._call(self.command, values={**form.form, **values})
            answer = await one.desk.commands(replace(call, shown=marks_of(form.form)))
            return lines_of(await answer_after(answer) or answer)
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
            if "One moment" in json.dumps(
                answer
            ):  # a preview, or a busy machine: what came of it follows in the same window
                await until(lambda: "One moment" not in json.dumps(one.slack.windows[form]))
                answer = {"view": one.slack.windows[form]}
            return json.dumps(answer, ensure_ascii=False)
        assert isinstance(one, OnDiscord)
        before = len(one.discord.responses)
        await one.discord.fill_in(one.ada, one.place, form, **values)
        await until(
            lambda: len(one.discord.responses) > before and "One moment" not in json.dumps(one.discord.responses[-1])
        )
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


@pytest.fixture(params=["fake", "slack", "discord"])
async def drafts(request: pytest.FixtureRequest) -> AsyncIterator[Forms]:
    """A channel without a digest."""
    async with on(request.param) as platform:
        yield Forms(platform, "setup")


async def draft(drafts: Forms) -> Channel:
    async with drafts.platform.desk.database.unit_of_work() as uow:
        (state,) = (await uow.channels.all()).values()
    return subscribed(state)


async def test_two_who_set_it_up(drafts: Forms) -> None:
    """Of two first forms that are open at once, the one that is sent second leaves what the first one filled in, and is told which field it changed, too."""
    first, second = await drafts.open(), await drafts.open()
    await drafts.send(first, topics="reward models", budget_minutes="45", zone="Europe/Paris")
    said = await drafts.send(second, topics="robots", zone="Europe/Paris", layout="compact")
    found = await draft(drafts)

    assert (("robots",), 45, "Europe/Paris", "compact") == (
        found.topics,
        found.budget_minutes,
        found.zone,
        found.layout,
    )
    assert "The first digest, as it stands" in said
    assert "Topics had been set to 'reward models' since this form was opened. What you sent holds now." in said
    assert 1 == said.count("since this form was opened")


async def test_a_form_that_is_sent_again(drafts: Forms) -> None:
    """Who sets a channel up and changes it before it starts has what the last form says, also where that is what stood there at first."""
    await drafts.send(await drafts.open(), topics="robots", budget_minutes="45")
    said = await drafts.send(await drafts.open(), topics="reward models", budget_minutes="60")
    found = await draft(drafts)

    assert (("reward models",), 60) == (found.topics, found.budget_minutes)
    assert "since this form was opened" not in said
