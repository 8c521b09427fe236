"""`bot.ports.Membership` for one workspace of Slack, from `users.info`, `users.conversations` and what it says of channels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from adapters.slack.api import Identity, SlackApi, page_of
from adapters.slack.channel_info import ChannelInfo
from adapters.slack.directory import Directory
from adapters.slack.errors import PLATFORM
from adapters.slack.people import ADMIN_AGE, People, Person, outsider
from bot.errors import ChatError
from bot.model import Channel
from bot.visibility import ChannelScope, Reader

_PAGE: Final = 200
_PAGES: Final = 50


class SlackMembership:
    """Membership in one workspace. `channels:read`, `groups:read` and `users:read` suffice; of a private channel we have to be a member."""

    def __init__(self, api: SlackApi, people: People, directory: Directory, admins: Collection[str] = ()) -> None:
        self._admins = frozenset(one.rpartition(":")[2] for one in admins)
        self._api = api
        self._people = people
        self._directory = directory
        self._channels = ChannelInfo(api)

    async def scope(self, channel: Channel) -> ChannelScope:
        channel_id = await self._directory.id_of(channel.id)
        found = await self._channels.of(channel_id)
        # A channel of an Enterprise Grid organisation may be in several of its workspaces, one of Slack Connect in several organisations.
        shared = any(found.get(word) for word in ("is_shared", "is_ext_shared", "is_org_shared"))
        return ChannelScope(
            name=channel.name,
            platform=PLATFORM,
            id=channel.id,
            team=(await self._api.identity()).team_id or None,
            private=bool(found.get("is_private", True)),
            shared=shared,
        )

    async def reader(self, member_id: str, channels: Sequence[Channel]) -> Reader:
        team, _, user_id = member_id.partition(":")
        me = await self._api.identity()
        nobody = Reader(platform=PLATFORM, member_id=member_id)
        if team != me.team_id or not user_id:
            return nobody
        person = await self._people.person(user_id, ADMIN_AGE)
        if person.passing:
            raise ChatError(PLATFORM, "it did not tell who is asking")
        if not person.known or person.gone or person.bot or outsider(person, me):
            return nobody
        joined = await self._joined(user_id)
        names = [one.name for one in channels if await self._id_of(one) in joined]
        return Reader(
            platform=PLATFORM,
            teams=frozenset({me.team_id}),
            member_id=member_id,
            channels=frozenset(names),
            guest=person.guest,
            # In Slack itself they see of this workspace only the channels that they are in.
            elsewhere=_of_another_workspace(person, me),
        )

    async def may_change(self, member_id: str, channel: Channel) -> bool:  # noqa: ARG002 - Slack asks for the workspace's admins alone
        team, _, user_id = member_id.partition(":")
        me = await self._api.identity()
        if team != me.team_id or not user_id:
            return False
        person = await self._people.person(user_id, ADMIN_AGE)
        if person.passing:
            raise ChatError(PLATFORM, "it did not tell who is asking")
        if not person.known or person.gone or outsider(person, me):
            return False
        return person.admin or user_id in self._admins

    async def _id_of(self, channel: Channel) -> str | None:
        try:
            return await self._directory.id_of(channel.id)
        except ChatError:
            return None

    async def _joined(self, user_id: str) -> frozenset[str]:
        """Ids of the channels that somebody is in: the public ones, and of the private ones those that we are in, too."""
        found: set[str] = set()
        cursor = ""
        for _ in range(_PAGES):
            answer = await self._api.read(
                "users.conversations",
                user=user_id,
                types="public_channel,private_channel",
                limit=_PAGE,
                cursor=cursor or None,
            )
            channels, cursor = page_of(answer, "channels")
            found |= {str(one.get("id")) for one in channels}
            if not cursor:
                break
        return frozenset(found)


def _of_another_workspace(person: Person, me: Identity) -> bool:
    """Whether somebody of our organisation is a member of its other workspaces only (Enterprise Grid)."""
    return not me.org_wide and person.team_id not in {"", me.team_id} and me.team_id not in person.teams
