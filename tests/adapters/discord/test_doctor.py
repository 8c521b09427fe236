"""What the doctor sees on Discord, and what it says to do."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from discord import Permissions

from adapters.discord.access import AT_ONCE, NEEDED, WANTED, permissions_in
from adapters.discord.doctor import _channels, invitation
from adapters.discord.platform import DiscordPlatform
from adapters.discord.rest import Endpoints
from bot.errors import ChatRefused
from bot.model import Channel
from tests.adapters.discord.harness import room_on
from tests.fake_chat import ticking
from tests.fake_discord import TOKEN


def troubles(found) -> list[tuple[str, str]]:
    return [(one.what, one.remedy) for one in found if not one.well]


async def test_all_is_well(room):
    """Where everything stands, nothing is to be done; and the invitation is shown."""
    found = await room.examine()

    assert [] == troubles(found)
    assert "we are Paper Round" in [one.what for one in found]
    assert "oauth2/authorize" in found[-1].what


async def test_spends_nothing(discord, room):
    """Looking posts nothing and takes no connection from the day's budget."""
    await room.examine()

    assert [] == discord.identifies
    assert {"GET"} == {method for method, _, _ in discord.requests}


async def test_wrong_token(discord, channel):
    """A wrong token is the only thing worth saying then."""
    room = DiscordPlatform("wrong", [channel], ticking(), endpoints=Endpoints(discord.url, discord.gateway_url))
    ((what, remedy),) = troubles(await room.examine())
    await room.chat.close()

    assert "token is not accepted" in what
    assert "DISCORD_BOT_TOKEN" in remedy


async def test_hidden_words(discord, room):
    """An intent that is off is named, with the place where to turn it on."""
    discord.refuses_words = True
    ((what, remedy),) = troubles(await room.examine())

    assert "Message Content Intent is off" in what
    assert "discord.com/developers" in remedy


async def test_missing_permissions(discord, channel, room):
    """What we lack in a channel is named as Discord's settings name it."""
    discord.permissions = str(Permissions(view_channel=True, send_messages=True, embed_links=True).value)
    ((what, _),) = troubles(await room.examine())

    assert "Read Message History, Create Public Threads, Send Messages in Threads, Add Reactions" in what
    with pytest.raises(ChatRefused, match="Read Message History"):
        await room.check(channel)


async def test_unknown_channel(discord, channel, room):
    """A channel that is not there is said with what to do."""
    del discord.channels[channel.id]
    ((what, remedy),) = troubles(await room.examine())

    assert "the channel is gone" in what
    assert "Configure another channel" in remedy


async def test_gateway_away(discord, room):
    """A gateway that cannot be reached is told from an API that can."""
    discord.fail("GET /gateway/ ", 503)
    ((what, remedy),) = troubles(await room.examine())

    assert "gateway does not answer" in what
    assert "DISCORD_GATEWAY_URL" in remedy


async def test_few_connections_left(discord, room):
    """A crash loop shows in how few connections are left."""
    discord.session_limit["remaining"] = 7
    ((what, _),) = troubles(await room.examine())

    assert "7 of 1000" in what


def test_invitation():
    """The invitation asks for exactly what we use, and for commands."""
    query = parse_qs(urlsplit(invitation({"id": "42"})).query)
    wanted = Permissions(**dict.fromkeys((*NEEDED, *WANTED), True))

    assert [str(wanted.value)] == query["permissions"]
    assert ["bot applications.commands"] == query["scope"]


def role(role_id: str, *names: str) -> dict:
    return {"id": role_id, "permissions": str(Permissions(**dict.fromkeys(names, True)).value)}


def overwrite(target: str, *, allow: tuple[str, ...] = (), deny: tuple[str, ...] = ()) -> dict:
    return {
        "id": target,
        "allow": str(Permissions(**dict.fromkeys(allow, True)).value),
        "deny": str(Permissions(**dict.fromkeys(deny, True)).value),
    }


GUILD = {
    "id": "1",
    "owner_id": "9",
    "roles": [role("1", "view_channel"), role("2", "send_messages"), role("3", "administrator")],
}


@pytest.mark.parametrize(
    ("roles", "overwrites", "may_view", "may_send"),
    [
        ([], [], True, False),
        (["2"], [], True, True),
        (["2"], [overwrite("1", deny=("send_messages",))], True, False),
        (["2"], [overwrite("1", deny=("send_messages",)), overwrite("2", allow=("send_messages",))], True, True),
        (["2"], [overwrite("2", deny=("send_messages",)), overwrite("5", allow=("send_messages",))], True, True),
        (["2"], [overwrite("5", deny=("view_channel",))], False, True),
        (["3"], [overwrite("1", deny=("view_channel", "send_messages"))], True, True),
    ],
)
def test_permissions(roles, overwrites, may_view, may_send):
    """Roles add up; overwrites for everyone, for roles and for the member follow, the later the stronger; administrators may everything."""
    member = {"user": {"id": "5"}, "roles": roles}
    found = permissions_in({"permission_overwrites": overwrites}, GUILD, member)

    assert (may_view, may_send) == (found.view_channel, found.send_messages)


async def test_room_without_channels(discord):
    """A bot that is on no server yet still shows how to invite it."""
    room = room_on(discord)
    found = await room.examine()
    await room.chat.close()

    assert [] == troubles(found)
    assert f"client_id={discord.me['id']}" in found[-1].what
    assert TOKEN not in repr(found)


async def test_channels_side_by_side():
    """Some channels are looked at side by side, few of them, and told in their order."""
    under_way, most = 0, 0

    class Slow:
        async def missing(self, channel_id: str) -> tuple[list[str], list[str]]:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            for _ in range(10 - int(channel_id)):
                await asyncio.sleep(0)
            under_way -= 1
            return [], ["Add Reactions"] if channel_id == "7" else []

    channels = [Channel(name=f"c{number}", platform="discord", id=str(number)) for number in range(10)]
    found = await _channels(Slow(), channels, None)

    assert most == AT_ONCE
    assert all(f"channel c{number}" in one.what for number, one in enumerate(found))
    some = await _channels(Slow(), channels, 5)
    assert [f"channel c{number}" for number in (0, 2, 4, 6, 8)] == [one.what.split(" is")[0] for one in some[:-1]]
    assert some[-1].what.startswith("5 of 10 channels were looked at")
    assert [("in channel c7 we lack Add Reactions", False)] == [(one.what, one.well) for one in found if not one.well]
