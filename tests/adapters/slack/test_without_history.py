"""Without the right to read channels, which Slack refuses to some apps: what still works, what does not, and that nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.slack.doctor import examine
from bot.errors import ChatBlind, ChatRefused
from bot.rendering import render
from tests import factories
from tests.fake_slack import SCOPES, Fault
from tests.slack_harness import CHANNEL, build, ignore, serve

LESS = ",".join(one for one in SCOPES.split(",") if not one.endswith(":history"))
(HEAD, PICK, FOOT) = render(factories.digest_of(["arxiv:1"]), CHANNEL)


@pytest.fixture
async def room(slack):
    slack.scopes = LESS
    found = build(slack)
    serve(slack, found)
    await found.chat.listen(ignore)
    yield found
    await found.chat.close()


async def test_reactions_are_read(room, slack):
    """Decisions come by reactions all the same; of words a snapshot says nothing, so that nothing known is taken for deleted."""
    ref = await room.chat.post(CHANNEL, PICK, "key")
    await slack.react(slack.person("Ada"), ref.message_id, "star")
    found = await room.chat.snapshot(ref)

    assert ["T1:UADA"] == [member.id for member, _ in found.reactions]
    assert ((), True) == (found.replies, found.hidden)
    assert 0 == slack.count("conversations.replies")


async def test_nothing_is_looked_for(room, slack):
    """Whether a message stands cannot be looked for, which is said as such; the channel's past cannot be read, with the reason."""
    with pytest.raises(ChatBlind, match="without the right to read"):
        await room.chat.find(CHANNEL, "key", factories.NOW - timedelta(hours=1))
    with pytest.raises(ChatRefused, match="channels:history"):
        await room.chat.links(CHANNEL, 10)
    assert 0 == slack.count("conversations.history")


async def test_doctor(room, slack):
    """Doctor says what is missing and takes it for no fault; another scope that is missing is one."""

    async def looked():
        room.api._identity = None
        found = await examine(room.api, room.directory, [CHANNEL], app_token=None, signing_secret="x")
        return next(one for one in found if "scope" in one.what or "installed without" in one.what)

    without = await looked()
    slack.scopes = LESS.replace("reactions:read,", "")
    fault = await looked()

    assert without.well
    assert "summaries come by form" in without.what
    assert not fault.well


async def test_unknown_scopes(slack):
    """Where Slack does not tell our scopes, we read as ever."""
    slack.scopes = ""
    found = build(slack)
    slack.faults["conversations.history"] = [Fault(error="channel_not_found")]
    with pytest.raises(ChatRefused):
        await found.chat.find(CHANNEL, "key", factories.NOW)
    await found.chat.close()

    assert 1 == slack.count("conversations.history")
