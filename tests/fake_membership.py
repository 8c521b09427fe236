"""`bot.ports.Membership` as a table: which channel is where and private, and who is in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bot.errors import ChatError
from bot.model import Channel
from bot.visibility import ChannelScope, Reader


class FakeMembership:
    """
    A platform's membership. `teams` are the channels' workspaces and `private` and `shared` some of them, by name; `people` are members'
    workspaces; `inside` says who is in a channel. While `away`, it does not answer.
    """

    def __init__(self, platform: str = "fake") -> None:
        self.platform = platform
        self.teams: dict[str, str] = {}
        self.private: set[str] = set()
        self.shared: set[str] = set()
        self.people: dict[str, str] = {}
        self.guests: set[str] = set()
        self.admins: set[str] = set()
        self.inside: dict[str, set[str]] = defaultdict(set)
        self.away = False
        self.asked = 0

    def join(self, member_id: str, team: str, *channels: str) -> None:
        """Let somebody be in a workspace, and in channels there."""
        self.people[member_id] = team
        for name in channels:
            self.inside[name].add(member_id)

    async def scope(self, channel: Channel) -> ChannelScope:
        self._answer()
        return ChannelScope(
            name=channel.name,
            platform=self.platform,
            id=channel.id,
            team=self.teams.get(channel.name, "home"),
            private=channel.name in self.private,
            shared=channel.name in self.shared,
        )

    async def reader(self, member_id: str, channels: Sequence[Channel]) -> Reader:
        self._answer()
        if member_id not in self.people:
            return Reader(platform=self.platform, member_id=member_id)
        return Reader(
            platform=self.platform,
            teams=frozenset({self.people[member_id]}),
            member_id=member_id,
            channels=frozenset(one.name for one in channels if member_id in self.inside[one.name]),
            guest=member_id in self.guests,
        )

    async def may_change(self, member_id: str, channel: Channel) -> bool:
        self._answer()
        return member_id in self.admins and self.people.get(member_id) == self.teams.get(channel.name, "home")

    def _answer(self) -> None:
        self.asked += 1
        if self.away:
            raise ChatError(self.platform, "it does not answer")
