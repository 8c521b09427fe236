"""Who is who on the local channel: a name is one person's, on as many devices as they like."""

from __future__ import annotations

import re

import pytest

from adapters.web.app import create_app
from adapters.web.channel.lookalikes import skeleton
from tests.adapters.web import demo


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "ada",
        "ＡＤＡ",
        "A\u200bda",
        "Ada\u2060",
        "\u2067Ada",
        "Аdа",
        "A d a",
        "Ada\ufe0f",
        "Ada\u3164",
        "AԀa",
        "ɑda",
        "ᴀda",
        "ᎪdᎪ",
        "ꓮda",
        "Ada.",
        "“Ada”",
        "-Ada_",
    ],
)
def test_lookalikes(name):
    """What a reader takes for one another is one: fullwidth, invisible, letters of other scripts, case, spaces, a sign at an end."""
    assert skeleton("Ada") == skeleton(name)


@pytest.mark.parametrize("name", ["Adá", "Adam", "Ida", "阿达", "Αδα Δ", "...", "-", "🎉"])
def test_others(name):
    """Accents and other letters tell two people apart."""
    assert skeleton("Ada") != skeleton(name)


@pytest.mark.parametrize("name", ["Ada", "ada", "Ａda", "A\u200bda", "Аda"])
async def test_a_name_that_is_taken(ada, app, opened, chat, name):
    """A name that somebody has, or that looks like theirs, is refused, and it is said how one is the same person on another device."""
    other = opened(app, Accept="application/json")
    response = await other.post("/you", data={"name": name})

    assert 422 == response.status_code
    assert "Somebody here is called Ada already" in response.json()["say"]
    assert "Another device" in response.json()["say"]
    assert 200 == (await ada.post("/you", data={"name": "Ada"})).status_code


async def test_a_name_told_with_a_reaction(ada, app, opened, chat):
    """The same holds where a name is told on the way to something else, which is not done then."""
    refs = await demo.post_week(chat)
    other = opened(app, Accept="application/json")
    path = f"/c/local/m/{refs[1].message_id}/reactions"
    response = await other.post(path, data={"put": "⭐", "name": "Ada"})

    assert 422 == response.status_code
    assert [] == await chat.store.reactions_on("local", [refs[1].message_id])


async def test_another_device(ada, app, opened, chat):
    """The link of the first device makes the second one the same member, once."""
    page = (await ada.post("/you/device")).text
    link = re.search(r'value="http://[^/"]+(/enter/[^"]+)"', page)
    assert link
    second, third = opened(app, Accept="application/json"), opened(app)
    shown = await second.get(link[1])
    entered = await second.post(link[1])
    refs = await demo.post_week(chat)
    for device in (ada, second):
        await device.post(f"/c/local/m/{refs[1].message_id}/reactions", data={"put": "⭐"})

    assert "Ada" in shown.text
    assert 303 == entered.status_code
    assert 410 == (await third.post(link[1])).status_code
    assert ["Ada"] == [one.member.name for one in await chat.store.reactions_on("local", [refs[1].message_id])]


async def test_nobody_has_no_other_device(app, opened):
    """Who has told no name cannot be anywhere else either."""
    assert 409 == (await opened(app).post("/you/device")).status_code


async def test_by_the_password(chat, opened):
    """Behind a password, whoever gives it again may say that a taken name is theirs; a wrong one changes nothing."""
    app = create_app(chat, demo.site(password="morning paper"))
    first, second = opened(app), opened(app)
    for browser in (first, second):
        await browser.post("/login", data={"password": "morning paper"})
    await first.post("/you", data={"name": "Ada"})
    taken = await second.post("/you", data={"name": "ADA"})
    wrong = await second.post("/you/claim", data={"taken": "Ada", "password": "evening paper"})
    right = await second.post("/you/claim", data={"taken": "Ada", "password": "morning paper"})

    assert "/you/claim" in taken.text
    assert (403, 303) == (wrong.status_code, right.status_code)
    assert 'value="Ada"' in (await second.get("/you")).text
