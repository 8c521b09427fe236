"""Dispatch by workspace: which one a request of Slack's is for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.slack.commands import HOME

LEAVING: Final = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events that end an installation."""

Body = Mapping[str, Any]


def split(channel_id: str) -> tuple[str, str]:
    """Workspace and channel of a configured channel's id; '' where the configuration names no workspace."""
    team, slash, local = channel_id.partition("/")
    return (team, local) if slash else ("", channel_id)


def wants(body: Body) -> bool:
    """Whether an event is to be answered, as `SlackCommands.wants` of a workspace says."""
    event = body["event"]
    return bool(event["type"] == HOME and event["user"])


def teams_of(body: Body) -> list[str]:
    """
    Workspaces that a request may be for, the likeliest first.

    In a shared channel an event's `team_id` may be the other side's; `authorizations` names the installation it is sent for
    (docs/platform-facts.md#a19).
    """
    view, user = body.get("view") or {}, body.get("user")
    found = [
        *(one.get("team_id") for one in body.get("authorizations") or ()),
        view.get("app_installed_team_id"),
        body.get("team_id"),
        body.get("context_team_id"),
        (body.get("team") or {}).get("id"),
        user.get("team_id") if isinstance(user, Mapping) else None,
    ]
    return [team for team in dict.fromkeys(found) if isinstance(team, str) and team]


def channel_of(body: Body) -> str:
    """Channel in which an event happened; '' for none."""
    event = body["event"]
    channel = event.get("channel") or (event.get("item") or {}).get("channel") or ""
    return str(channel.get("id") or "" if isinstance(channel, Mapping) else channel)


def ends(body: Body) -> bool:
    """Whether an event ends an installation: of revoked tokens, ours is among them."""
    event = body["event"]
    return event["type"] == "app_uninstalled" or (
        event["type"] == "tokens_revoked" and bool((event.get("tokens") or {}).get("bot"))
    )
