"""What every platform promises of who is where: run on the fake, on Slack with one workspace and with several, on Discord, and on the local page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from adapters.slack.people import member_id
from adapters.web.platform import WebMembership
from bot.errors import ChatError
from bot.model import Channel
from bot.permission import Changers, has_right
from bot.ports import Membership
from bot.visibility import may_read
from tests.adapters.discord.harness import channel_on, room_on
from tests.databases import migrated_sqlite
from tests.fake_discord import FakeDiscord, fake_discord
from tests.fake_membership import FakeMembership
from tests.fake_slack import TEAM, FakeSlack, Fault, fake_slack
from tests.slack_harness import build
from tests.slack_shared import slack_shared

VIEW = str(1 << 10)


class Harness(Protocol):
    """A platform with a public and a private channel in one workspace, and people in and beside it."""

    membership: Membership
    public: Channel
    private: Channel

    def person(self, name: str, *channels: Channel) -> str:
        """Somebody in the workspace, and in these channels; gives their id."""
        ...

    def stranger(self) -> str:
        """Somebody of another workspace."""
        ...

    def away(self) -> None:
        """Let the platform fail at the next questions."""
        ...


class OnFake:
    def __init__(self) -> None:
        self.membership = self.fake = FakeMembership()
        self.fake.private = {"lab"}
        self.public = Channel(name="papers", platform="fake", id="C1")
        self.private = Channel(name="lab", platform="fake", id="C2")

    def person(self, name: str, *channels: Channel) -> str:
        self.fake.join(name, "home", *(channel.name for channel in channels))
        return name

    def stranger(self) -> str:
        self.fake.join("mallory", "elsewhere", "papers", "lab")
        return "mallory"

    def away(self) -> None:
        self.fake.away = True


class OnSlack:
    def __init__(self, slack: FakeSlack, membership: Membership, stranger: str = "T9:U9") -> None:
        self.slack, self.membership, self._stranger = slack, membership, stranger
        slack.channels["C2"] = {"id": "C2", "name": "lab", "is_member": True, "is_archived": False, "is_private": True}
        self.public = Channel(name="reading", platform="slack", id="C1")
        self.private = Channel(name="lab", platform="slack", id="#lab")

    def person(self, name: str, *channels: Channel) -> str:
        user = self.slack.person(name)
        self.slack.joined[user] = {{"C1": "C1", "#lab": "C2"}[channel.id] for channel in channels}
        return member_id(TEAM, user)

    def stranger(self) -> str:
        return self._stranger

    def away(self) -> None:
        for method in ("conversations.info", "users.info"):
            self.slack.faults[method] = [Fault(status=500)] * 9


class OnDiscord:
    def __init__(self, fake: FakeDiscord) -> None:
        self.fake = fake
        closed = [{"id": fake.guild_id, "type": 0, "deny": VIEW, "allow": "0"}]
        self.public = channel_on(fake)
        lab = fake.channel("lab", permission_overwrites=closed)
        self.private = Channel(name="lab", platform="discord", id=lab)
        self.room = room_on(fake, self.public, self.private)
        self.membership = self.room.membership

    def person(self, name: str, *channels: Channel) -> str:
        user = str(self.fake.user(name)["id"])
        if self.private in channels:
            overwrite = {"id": user, "type": 1, "deny": "0", "allow": VIEW}
            self.fake.channels[self.private.id]["permission_overwrites"].append(overwrite)
        return user

    def stranger(self) -> str:
        user = str(self.fake.user("Mallory")["id"])
        self.fake.elsewhere.add(user)
        return user

    def away(self) -> None:
        self.fake.fail("GET /guilds", 503, times=9)


@pytest.fixture(params=["fake", "slack", "slack-shared", "discord"])
async def platform(request, tmp_path, tmp_path_factory) -> AsyncIterator[Harness]:
    if request.param == "fake":
        yield OnFake()
    elif request.param == "slack":
        async with fake_slack() as slack:
            room = build(slack)
            yield OnSlack(slack, room.membership)
            await room.chat.close()
    elif request.param == "slack-shared":
        async with slack_shared(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as harness:
            yield OnSlack(harness.slack, harness.chat, "T2:U1")
    else:
        async with fake_discord() as fake:
            on = OnDiscord(fake)
            yield on
            await on.room.chat.close()


async def test_scopes(platform):
    """A channel is of its workspace, and private where not every member may read it."""
    public, private = [await platform.membership.scope(one) for one in (platform.public, platform.private)]

    assert (platform.public.name, platform.public.platform, platform.public.id) == (public.name, public.platform, public.id)  # fmt: skip
    assert public.team
    assert public.team == private.team
    assert (False, True) == (public.private, private.private)
    assert not public.shared


async def test_members(platform):
    """A member reads public channels whether or not they joined them, and the private ones that they are in."""
    channels = [platform.public, platform.private]
    scopes = [await platform.membership.scope(one) for one in channels]
    ada = await platform.membership.reader(platform.person("Ada", *channels), channels)
    bob = await platform.membership.reader(platform.person("Bob"), channels)

    assert [True, True] == [may_read(ada, scope) for scope in scopes]
    assert [True, False] == [may_read(bob, scope) for scope in scopes]


async def test_strangers(platform):
    """Somebody of another workspace reads nothing, and neither does who is not known."""
    channels = [platform.public, platform.private]
    scopes = [await platform.membership.scope(one) for one in channels]
    for stranger in (platform.stranger(), "", "nobody"):
        reader = await platform.membership.reader(stranger, channels)

        assert not any(may_read(reader, scope) for scope in scopes)


async def test_a_platform_that_is_away(platform):
    """Where the platform does not answer, that is an error and no answer."""
    ada = platform.person("Ada", platform.private)
    platform.away()
    with pytest.raises(ChatError):
        await platform.membership.reader(ada, [platform.private])


async def test_the_local_page():
    """Who can open the local page reads every local channel, and none of another platform."""
    channel = Channel(name="papers", platform="web", id="local")
    membership: Membership = WebMembership()
    scope, reader = await membership.scope(channel), await membership.reader("anybody", [channel])

    assert may_read(reader, scope)
    assert not scope.private


async def test_guests_and_leavers_on_slack():
    """A guest reads the channels they joined; a deactivated account and a bot nothing; a channel that strangers share says so."""
    async with fake_slack() as slack:
        room = build(slack)
        on = OnSlack(slack, room.membership)
        channels = [on.public, on.private]
        slack.channels["C1"]["is_ext_shared"] = True
        scopes = [await on.membership.scope(one) for one in channels]
        rights = {}
        for name, flags in {
            "Guest": {"is_restricted": True},
            "Gone": {"deleted": True},
            "Robot": {"is_bot": True},
            "Elsewhere": {"team_id": "T9"},
        }.items():
            user = slack.person(name, **flags)
            slack.joined[user] = {"C2"}
            reader = await on.membership.reader(member_id(TEAM, user), channels)
            rights[name] = [may_read(reader, scope) for scope in scopes]
        await room.chat.close()

    assert {
        "Guest": [False, True],
        "Gone": [False, False],
        "Robot": [False, False],
        "Elsewhere": [False, False],
    } == rights
    assert [True, False] == [scope.shared for scope in scopes]


async def test_an_organisation_on_slack():
    """
    Of Enterprise Grid: who is of another workspace of the organisation reads what they are in, of a channel without a wall only that, too;
    its admins may change things, its members where anyone may, and those of other organisations nothing.
    """
    async with fake_slack() as slack:
        slack.enterprise = {"enterprise_id": "E1"}
        room = build(slack)
        on = OnSlack(slack, room.membership)
        channels = [on.public, on.private]
        scopes = [await on.membership.scope(one) for one in channels]
        grid = {"enterprise_id": "E1", "teams": ["T2"]}
        rights = {}
        for name, joined, flags in (
            ("Eve", {"C2"}, {"team_id": "T2", "enterprise_user": grid}),
            ("Boss", set(), {"team_id": "T2", "enterprise_user": {**grid, "is_admin": True}}),
            ("Both", set(), {"team_id": "T2", "enterprise_user": {**grid, "teams": ["T2", "T1"]}}),
            ("Mal", {"C2"}, {"team_id": "T9", "is_admin": True, "enterprise_user": {"enterprise_id": "E9"}}),
            ("Guest", {"C2"}, {"team_id": "T2", "is_restricted": True, "enterprise_user": grid}),
        ):
            user = slack.person(name, **flags)
            slack.joined[user] = joined
            reader = await on.membership.reader(member_id(TEAM, user), channels)
            may = await on.membership.may_change(member_id(TEAM, user), on.public)
            anyone = has_right(reader, Changers.ANYONE)
            rights[name] = [*(may_read(reader, scope) for scope in scopes), may, anyone]
        await room.chat.close()

    assert {
        "Eve": [False, True, False, True],
        "Boss": [False, False, True, True],
        "Both": [True, False, False, True],
        "Mal": [False, False, False, False],
        "Guest": [False, True, False, False],
    } == rights


async def test_what_slack_leaves_open_is_private():
    """A channel of which Slack does not say whether it is private counts as private."""
    async with fake_slack() as slack:
        room = build(slack)
        del slack.channels["C1"]["is_private"]
        scope = await room.membership.scope(Channel(name="reading", platform="slack", id="C1"))
        await room.chat.close()

    assert scope.private
