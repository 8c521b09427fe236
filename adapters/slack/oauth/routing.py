"""Dispatch by workspace: which one a request of Slack's is for. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from adapters.slack.commands import HOME
from adapters.slack.intake import NEWS
from bot.model import Channel

LEAVING: Final = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events that end an installation."""

Body = Mapping[str, Any]


def split(channel_id: str) -> tuple[str, str]:
    """Workspace and channel of a configured channel's id; '' where the configuration names no workspace."""
    team, slash, local = channel_id.partition("/")
    return (team, local) if slash else ("", channel_id)


def team_of(channel_id: str, home: str | None) -> str:
    """Workspace of a configured channel; `home`, where channels are whose workspace is not named, or '' while that is unknown."""
    return split(channel_id)[0] or home or ""


class ChannelIndex:
    """Some channels by workspace, and by what Slack calls them. Made again when there are others, or another `home`."""

    def __init__(self, channels: Sequence[Channel], home: str | None) -> None:
        self.channels, self.home = channels, home
        self._in_team: defaultdict[str, list[Channel]] = defaultdict(list)
        self._serving: defaultdict[str, list[str]] = defaultdict(list)
        for channel in channels:
            team = team_of(channel.id, home)
            self._in_team[team].append(channel)
            self._serving[split(channel.id)[1]].append(team)

    def in_team(self, team: str) -> Sequence[Channel]:
        """Give the channels of a workspace."""
        return self._in_team.get(team, ())

    def serving(self, local: str) -> Sequence[str]:
        """Give the workspaces in which a channel, by Slack's own id, is served."""
        return self._serving.get(local, ()) if local else ()


def wants(body: Body) -> bool:
    """Whether an event is to be answered, as `SlackCommands.wants` of a workspace says."""
    event = body["event"]
    return bool(event["type"] == HOME and event["user"])


def teams_of(body: Body) -> list[str]:
    """
    Workspaces that a request may be for, the likeliest first.

    In a shared channel an event's `team_id` may be the other side's; `authorizations` names the installation it is sent for
    (docs/platform-facts.md#a19). One for a whole organisation bears the organisation's id, and comes after its workspaces' own.
    """
    view, user = body.get("view") or {}, body.get("user")
    found: list[Any] = [
        *authorized(body),
        view.get("app_installed_team_id"),
        body.get("team_id"),
        body.get("context_team_id"),
        (body.get("team") or {}).get("id"),
        user.get("team_id") if isinstance(user, Mapping) else None,
        body.get("enterprise_id"),
        body.get("context_enterprise_id"),
        (body.get("enterprise") or {}).get("id"),
    ]
    return [team for team in dict.fromkeys(found) if isinstance(team, str) and team]


def authorized(body: Body) -> list[str]:
    """Installations that an event is sent for, as Slack says in it; none where it says nothing."""
    names = (
        one.get("enterprise_id") if one.get("is_enterprise_install") else one.get("team_id")
        for one in body.get("authorizations") or ()
    )
    return [name for name in names if isinstance(name, str) and name]


def owner_of(body: Body, owners: Mapping[str, str]) -> str | None:
    """
    Which of the workspaces that have an event's channel configured (each with its organisation's id, or '') it is for; None for none.

    Slack's authorizations decide: what becomes of a channel in one workspace is nothing to another one that shares it. Only what people do
    in a channel that organisations or workspaces share comes once, in the name of any of them; whose members they are is asked then.
    """
    named: list[Any] = authorized(body) or [body.get("team_id")]
    found = next((team for team in owners if team in named), None)
    if found or body["event"]["type"] in NEWS:
        return found
    organisations = {one.get("enterprise_id") for one in body.get("authorizations") or ()}
    sharing = [team for team, organisation in owners.items() if organisation and organisation in organisations]
    return next(iter([*sharing, *owners]), None) if sharing or body.get("is_ext_shared_channel") else None


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
