"""
What the gateway tells of servers: their channels and active threads, and what our rights in configured channels follow from.

GUILD_CREATE carries all of it, and later events what changes, so that nothing of it has to be asked (docs/platform-facts.md#b12).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

FORUMS: Final = frozenset({15, 16})
"""Channel types whose every message is a thread: forum and media."""

THREADS: Final = frozenset({10, 11, 12})
"""Channel types of threads."""

Payload = Mapping[str, Any]

_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What our rights in a channel follow from, in the shape of Discord's API: the channel, its server, our member there."""

    channel: Payload
    guild: Payload
    member: Payload


@dataclass(slots=True)
class _Server:
    """
    One server. `threads` are the active ones, whose `parents` are kept in one place for all servers; Discord bounds their number, as it does that of channels.

    `owner`, `roles` with their permissions, `ours` among them, and `overwrites` of configured channels are kept where there is such a channel; what is
    None was not told.
    """

    id: str
    me: str | None
    watched: Callable[[], Collection[str]]
    parents: dict[str, str]
    channels: set[str] = field(default_factory=set)
    forums: set[str] = field(default_factory=set)
    threads: set[str] = field(default_factory=set)
    owner: str | None = None
    roles: dict[str, str] | None = None
    ours: tuple[str, ...] | None = None
    overwrites: dict[str, list[Payload]] = field(default_factory=dict)

    def begin(self, data: Payload) -> None:
        """Learn everything, by GUILD_CREATE."""
        for channel in data.get("channels") or ():
            self.put_channel(channel)
        self._add_threads(data.get("threads") or ())
        if not self.channels.isdisjoint(self.watched()):
            self._learn_guild(data)
            us = [one for one in data.get("members") or () if str(one["user"]["id"]) == self.me]
            self.ours = tuple(str(role) for role in us[0].get("roles") or ()) if us else None

    def change_guild(self, data: Payload) -> None:
        if self.roles is not None:
            self._learn_guild(data)

    def leave(self, data: Payload) -> None:
        """Forget our rights, unless the server is away for a while alone; which channels it has is asked after that."""
        if not data.get("unavailable"):
            self.roles = self.ours = None

    def put_channel(self, channel: Payload) -> None:
        channel_id = str(channel["id"])
        self.channels.add(channel_id)
        if channel.get("type") in FORUMS:
            self.forums.add(channel_id)
        if channel_id in self.watched():
            self.overwrites[channel_id] = list(channel.get("permission_overwrites") or ())

    def drop_channel(self, channel: Payload) -> None:
        channel_id = str(channel["id"])
        self.channels.discard(channel_id)
        self.forums.discard(channel_id)
        self.overwrites.pop(channel_id, None)

    def put_thread(self, thread: Payload) -> None:
        """One that is archived is dropped: there is no end of those, and it is told of again when somebody writes there."""
        if (thread.get("thread_metadata") or {}).get("archived"):
            self.drop_thread(thread)
        else:
            self._add_threads([thread])

    def drop_thread(self, thread: Payload) -> None:
        self._drop_threads([str(thread["id"])])

    def sync_threads(self, data: Payload) -> None:
        """Learn all active threads of the channels that are named, or of the server where none are."""
        named = {str(one) for one in data.get("channel_ids") or ()}
        self._drop_threads([one for one in self.threads if not named or self.parents[one] in named])
        self._add_threads(data.get("threads") or ())

    def put_role(self, data: Payload) -> None:
        role = data.get("role") or {}
        if self.roles is not None:
            self.roles[str(role["id"])] = str(role["permissions"])

    def drop_role(self, data: Payload) -> None:
        role = str(data["role_id"])
        if self.roles is not None:
            self.roles.pop(role, None)
        if self.ours is not None:
            self.ours = tuple(one for one in self.ours if one != role)

    def change_member(self, data: Payload) -> None:
        if self.ours is not None and str(data["user"]["id"]) == self.me:
            self.ours = tuple(str(role) for role in data["roles"])

    def _learn_guild(self, data: Payload) -> None:
        roles = data.get("roles")
        self.owner = str(data["owner_id"]) if data.get("owner_id") else None
        self.roles = {str(role["id"]): str(role["permissions"]) for role in roles} if roles else None

    def _add_threads(self, threads: Collection[Payload]) -> None:
        for thread in threads:
            if parent := thread.get("parent_id"):
                self.threads.add(str(thread["id"]))
                self.parents[str(thread["id"])] = str(parent)

    def _drop_threads(self, ids: Collection[str]) -> None:
        for thread in ids:
            self.threads.discard(thread)
            self.parents.pop(thread, None)


class Servers:
    """Servers as the gateway tells of them. `watched` gives the configured channels, of which more is kept than of others."""

    def __init__(self, watched: Callable[[], Collection[str]]) -> None:
        self._watched = watched
        self._me: str | None = None
        self._servers: dict[str, _Server] = {}
        self._parents: dict[str, str] = {}

    @property
    def me(self) -> str | None:
        """Our own user id; None before READY."""
        return self._me

    def learn(self, name: str, data: Payload) -> None:
        """Take note of what a payload of the gateway tells."""
        if name == "READY":
            self._me = str((data.get("user") or {}).get("id") or "") or None
        elif name == "GUILD_CREATE" and not data.get("unavailable"):
            if before := self._servers.get(str(data["id"])):
                before.sync_threads({})
            server = self._servers[str(data["id"])] = _Server(str(data["id"]), self._me, self._watched, self._parents)
            server.begin(data)
        elif (change := _CHANGES.get(name)) and (found := self._servers.get(_server_of(name, data))):
            change(found, data)

    def knows(self, server_id: str) -> bool:
        """Whether a server was told of."""
        return server_id in self._servers

    def channels(self, server_id: str) -> frozenset[str] | set[str]:
        """Ids of a server's channels, without threads; none of a server that was not told of."""
        server = self._servers.get(server_id)
        return server.channels if server else _NONE

    def parent(self, thread_id: str) -> str | None:
        """The channel of an active thread; None for one that was not told of."""
        return self._parents.get(thread_id)

    def is_forum(self, server_id: str, channel_id: str) -> bool:
        """Whether each message of a channel is a thread; False for one that was not told of."""
        server = self._servers.get(server_id)
        return server is not None and channel_id in server.forums

    def rights(self, server_id: str, channel_id: str) -> Rights | None:
        """What our rights in a configured channel follow from; None where a part of it was not told."""
        server = self._servers.get(server_id)
        if server is None or server.me is None or server.roles is None or server.ours is None:
            return None
        if (overwrites := server.overwrites.get(channel_id)) is None:
            return None
        roles = [{"id": role, "permissions": permissions} for role, permissions in server.roles.items()]
        return Rights(
            channel={"id": channel_id, "permission_overwrites": overwrites},
            guild={"id": server_id, "owner_id": server.owner, "roles": roles},
            member={"user": {"id": server.me}, "roles": server.ours},
        )


def _server_of(name: str, data: Payload) -> str:
    return str(data.get("id" if name in {"GUILD_UPDATE", "GUILD_DELETE"} else "guild_id"))


_CHANGES: Final[Mapping[str, Callable[[_Server, Payload], None]]] = {
    "GUILD_UPDATE": _Server.change_guild,
    "GUILD_DELETE": _Server.leave,
    "GUILD_ROLE_CREATE": _Server.put_role,
    "GUILD_ROLE_UPDATE": _Server.put_role,
    "GUILD_ROLE_DELETE": _Server.drop_role,
    "GUILD_MEMBER_UPDATE": _Server.change_member,
    "CHANNEL_CREATE": _Server.put_channel,
    "CHANNEL_UPDATE": _Server.put_channel,
    "CHANNEL_DELETE": _Server.drop_channel,
    "THREAD_CREATE": _Server.put_thread,
    "THREAD_UPDATE": _Server.put_thread,
    "THREAD_DELETE": _Server.drop_thread,
    "THREAD_LIST_SYNC": _Server.sync_threads,
}
