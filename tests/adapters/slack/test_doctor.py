"""What the doctor finds, and what it says to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.slack.workspace import SlackPlatform, Tokens
from tests.fake_slack import APP_TOKEN, SCOPES, SECRET, TOKEN, Fault
from tests.slack_harness import CHANNEL


@pytest.fixture
def look(slack):
    """Examine with these tokens and channels."""

    async def examine(channels=(CHANNEL,), **tokens):
        plain = {"bot": TOKEN, "app": APP_TOKEN, "api_url": slack.url + "api/"}
        room = SlackPlatform(Tokens(**(plain | tokens)), channels)
        found = await room.examine()
        await room.chat.close()
        return found

    return examine


async def test_all_well(look):
    """Token, scopes, clock, membership and Socket Mode are looked at, and nothing is to be done."""
    found = await look()

    assert [
        "we are @paperround in Lab",
        "all 9 scopes are granted",
        "our clock agrees with theirs",
        "we are a member of #papers",
        "Socket Mode opens",
    ] == [one.what for one in found]
    assert all(one.well for one in found)


async def test_wrong_token(look):
    """A token that Slack does not know: nothing else can be looked at."""
    (found,) = await look(bot="xoxb-wrong")

    assert not found.well
    assert "invalid_auth" in found.what
    assert "SLACK_BOT_TOKEN" in found.remedy


async def test_scopes(look, slack):
    """Missing permissions are named."""
    slack.scopes = SCOPES.replace("reactions:read,", "").replace(",users:read", "")
    found = (await look())[1]

    assert not found.well
    assert "reactions:read, users:read" in found.what
    assert "manifest.yaml" in found.remedy


@pytest.mark.parametrize(("skew", "word"), [(timedelta(minutes=5), "slow"), (timedelta(minutes=-5), "fast")])
async def test_clock(look, slack, skew, word):
    """A clock that is off by minutes is told, and which way."""
    slack.skew = skew
    found = (await look())[2]

    assert not found.well
    assert word in found.what


async def test_channels(look, slack):
    """Each channel is looked at: one that is well, one we are not in, two archived, one of them by its name, one that is not there."""
    slack.channels["C2"] = {"id": "C2", "name": "secret", "is_member": False, "is_archived": False}
    slack.channels["C3"] = {"id": "C3", "name": "old", "is_member": True, "is_archived": True}
    channels = [replace(CHANNEL, name=name, id=name) for name in ("#papers", "C2", "C3", "#old", "#gone")]
    found = (await look(channels))[3:8]

    assert [True, False, False, False, False] == [one.well for one in found]
    assert ["channel C3 is archived", "channel #old is archived"] == [one.what for one in found[2:4]]
    remedies = ("/invite", "Unarchive", "Unarchive", "spelling")
    assert all(word in one.remedy for one, word in zip(found[1:], remedies, strict=True))


async def test_ways_in(look, slack):
    """Socket Mode that does not open, signed HTTP, and no way in at all."""
    slack.faults["apps.connections.open"] = [Fault(error="not_allowed_token_type")]
    closed = (await look())[-1]
    over_http = (await look(app=None, signing_secret=SECRET))[-1]
    nothing = (await look(app=None))[-1]

    assert [False, True, False] == [closed.well, over_http.well, nothing.well]
    assert "connections:write" in closed.remedy
    assert "SLACK_APP_TOKEN" in nothing.remedy


async def test_some_of_many_channels(slack):
    """Of many channels so many are asked about as is wanted, spread over them, and that is said; each where there are no more."""
    channels = [replace(CHANNEL, name=f"c{number}", id="C1") for number in range(100)]
    room = SlackPlatform(Tokens(bot=TOKEN, app=APP_TOKEN, api_url=slack.url + "api/"), channels)
    some = await room.examine(8)
    asked = slack.count("conversations.info")
    every = await room.examine()
    await room.chat.close()

    assert (8, 108) == (asked, slack.count("conversations.info"))
    assert 8 == sum(one.about == "channel" for one in some)
    assert (
        "8 of 100 channels were looked at, spread evenly over them; all of them: paperround doctor --all"
        == some[-1].what
    )
    assert "were looked at" not in every[-1].what
