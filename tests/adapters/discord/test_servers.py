"""What the gateway tells of servers: after each payload what it says holds, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.discord.access import permissions_in
from adapters.discord.servers import Servers

SERVER, OURS, LUNCH, FORUM, ROLE, ME = "1", "10", "11", "12", "20", "42"
SEND = 1 << 11
ON: dict[str, Any] = {"guild_id": SERVER}


def whole(**more: Any) -> dict[str, Any]:
    """A GUILD_CREATE: everybody may nothing, our role may send."""
    return {
        "id": SERVER,
        "owner_id": "2",
        "roles": [{"id": SERVER, "permissions": "0"}, {"id": ROLE, "permissions": str(SEND)}],
        "members": [{"user": {"id": "7"}, "roles": []}, {"user": {"id": ME}, "roles": [ROLE]}],
        "channels": [{"id": OURS, "type": 0}, {"id": LUNCH, "type": 0}, {"id": FORUM, "type": 15}],
        "threads": [{"id": "100", "parent_id": OURS}, {"id": "110", "parent_id": LUNCH}],
        **more,
    }


@pytest.fixture
def servers() -> Servers:
    servers = Servers(lambda: {OURS})
    servers.learn("READY", {"user": {"id": ME}})
    servers.learn("GUILD_CREATE", whole())
    return servers


def may_send(servers: Servers) -> bool | None:
    """Whether we may send in our channel; None where that has to be asked."""
    rights = servers.rights(SERVER, OURS)
    return permissions_in(rights.channel, rights.guild, rights.member).send_messages if rights else None


DENIED = {"id": ROLE, "type": 0, "allow": "0", "deny": str(SEND)}


@pytest.mark.parametrize(
    ("name", "data", "may"),
    [
        ("GUILD_ROLE_UPDATE", {"role": {"id": ROLE, "permissions": "0"}}, False),
        ("GUILD_ROLE_UPDATE", {"role": {"id": "21", "permissions": "0"}}, True),
        ("GUILD_ROLE_CREATE", {"role": {"id": "21", "permissions": "0"}}, True),
        ("GUILD_ROLE_DELETE", {"role_id": ROLE}, False),
        ("GUILD_MEMBER_UPDATE", {"user": {"id": ME}, "roles": []}, False),
        ("GUILD_MEMBER_UPDATE", {"user": {"id": "7"}, "roles": []}, True),
        ("CHANNEL_UPDATE", {"id": OURS, "type": 0, "permission_overwrites": [DENIED]}, False),
        ("CHANNEL_UPDATE", {"id": LUNCH, "type": 0, "permission_overwrites": [DENIED]}, True),
        ("CHANNEL_DELETE", {"id": OURS, "type": 0}, None),
        ("GUILD_DELETE", {"id": SERVER}, None),
        ("GUILD_DELETE", {"id": SERVER, "unavailable": True}, True),
        ("GUILD_CREATE", {"id": SERVER, "unavailable": True}, True),
        ("GUILD_CREATE", whole(members=[]), None),
        ("GUILD_CREATE", whole(roles=[]), None),
        ("GUILD_UPDATE", {"id": SERVER, "owner_id": ME, "roles": [{"id": SERVER, "permissions": "0"}]}, True),
        ("GUILD_UPDATE", {"id": SERVER, "owner_id": "2", "roles": [{"id": SERVER, "permissions": "0"}]}, False),
    ],
)
def test_rights(servers: Servers, name: str, data: dict[str, Any], *, may: bool | None) -> None:
    """Our rights follow from all that was told; where a part is missing, that is said."""
    assert may_send(servers) is True
    servers.learn(name, ON | data)

    assert may_send(servers) is may


def test_a_role_that_is_given_later(servers: Servers) -> None:
    """A role that came after us counts as soon as it is given to us."""
    servers.learn("GUILD_ROLE_DELETE", ON | {"role_id": ROLE})
    servers.learn("GUILD_ROLE_CREATE", ON | {"role": {"id": "21", "permissions": str(SEND)}})
    assert may_send(servers) is False

    servers.learn("GUILD_MEMBER_UPDATE", ON | {"user": {"id": ME}, "roles": ["21"]})
    assert may_send(servers) is True


@pytest.mark.parametrize(
    ("name", "data", "parents"),
    [
        ("THREAD_CREATE", {"id": "111", "parent_id": LUNCH}, [OURS, LUNCH, LUNCH]),
        ("THREAD_UPDATE", {"id": "100", "parent_id": OURS, "thread_metadata": {"archived": True}}, [None, LUNCH, None]),
        ("THREAD_UPDATE", {"id": "111", "parent_id": OURS, "thread_metadata": {"archived": False}}, [OURS, LUNCH, OURS]),
        ("THREAD_DELETE", {"id": "110", "parent_id": LUNCH, "type": 11}, [OURS, None, None]),
        ("THREAD_LIST_SYNC", {"channel_ids": [LUNCH], "threads": [{"id": "111", "parent_id": LUNCH}]}, [OURS, None, LUNCH]),
        ("THREAD_LIST_SYNC", {"threads": [{"id": "111", "parent_id": LUNCH}]}, [None, None, LUNCH]),
        ("GUILD_CREATE", whole(threads=[]), [None, None, None]),
    ],
)  # fmt: skip
def test_threads(servers: Servers, name: str, data: dict[str, Any], parents: list[str | None]) -> None:
    """Of each active thread its channel is known, and no other one is kept."""
    servers.learn(name, ON | data)

    assert parents == [servers.parent(one) for one in ("100", "110", "111")]


def test_channels(servers: Servers) -> None:
    """A server's channels are known, and which of them are forums; nothing of a server that was not told of."""
    assert ({OURS, LUNCH, FORUM}, set()) == (servers.channels(SERVER), servers.channels("9"))
    assert [False, True] == [servers.is_forum(SERVER, one) for one in (OURS, FORUM)]
    servers.learn("CHANNEL_CREATE", ON | {"id": "13", "type": 0})
    servers.learn("CHANNEL_DELETE", ON | {"id": FORUM, "type": 15})

    assert {OURS, LUNCH, "13"} == servers.channels(SERVER)
