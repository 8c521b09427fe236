"""Checks of `paperround doctor` on Slack: token, permissions, membership, Socket Mode, the clock; with the remedy of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.api import HISTORY, SlackApi, granted
from adapters.slack.directory import Directory
from bot.errors import ChatError
from bot.model import Channel, Finding
from bot.side_by_side import side_by_side

SCOPES: Final = (
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "reactions:read",
    "reactions:write",
    "users:read",
)
"""OAuth scopes that we need; docs/slack.md says why. The manifest asks for exactly these."""

WITHOUT_HISTORY: Final = (
    "summaries come by form and 'Keep as summary' and not by replies, and a message that may or may not have been posted is not looked for, "
    "nor sent again, but told to the editors"
)
"""What an app without the history scopes does without."""

AT_ONCE: Final = 8
"""How many questions a workspace is asked side by side. Where it says that these are too many, it is waited for."""

_SKEW: Final = 60.0
_INSTALL: Final = "Update the app with adapters/slack/manifest.yaml and install it into the workspace again."


async def examine(
    api: SlackApi,
    directory: Directory,
    channels: Iterable[Channel],
    *,
    app_token: str | None,
    signing_secret: str | None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Finding]:
    """Look at everything Slack needs in a workspace. Asks Slack, posts nothing, changes nothing."""

    async def look(channel: Channel) -> Finding:
        return replace(await _membership(api, directory, channel), about="channel")

    try:
        answer = await api.read("auth.test")
    except ChatError as error:
        return [_trouble("Slack does not answer to our token", error)]
    return [
        Finding(well=True, what=f"we are @{answer.get('user')} in {answer.get('team')}"),
        _scopes(answer),
        _skew(answer, clock()),
        *await side_by_side(look, channels, AT_ONCE),
        await _way_in(api, app_token, signing_secret),
    ]


def _scopes(answer: AsyncSlackResponse) -> Finding:
    have = granted(answer)
    missing = [scope for scope in SCOPES if scope not in have]
    if not have:
        return Finding(well=True, what="it does not tell which permissions we have")
    if missing and set(missing) == HISTORY:
        return Finding(well=True, what=f"installed without {' and '.join(missing)}: {WITHOUT_HISTORY}")
    if missing:
        return Finding(well=False, what=f"the app lacks the scopes {', '.join(missing)}", remedy=_INSTALL)
    return Finding(well=True, what=f"all {len(SCOPES)} scopes are granted")


def _skew(answer: AsyncSlackResponse, now: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(_header(answer, "date"))
    except (TypeError, ValueError):
        return Finding(well=True, what="it does not tell what time it is")
    seconds = (now - theirs.astimezone(UTC)).total_seconds()
    if abs(seconds) > _SKEW:
        side = "fast" if seconds > 0 else "slow"
        return Finding(
            well=False,
            what=f"our clock is {abs(seconds):.0f} seconds {side}",
            remedy="Set the clock (NTP). Signatures are good for five minutes, and a digest falls due by the clock.",
        )
    return Finding(well=True, what="our clock agrees with theirs")


async def _membership(api: SlackApi, directory: Directory, channel: Channel) -> Finding:
    try:
        channel_id = await directory.id_of(channel.id)
        found = (await api.read("conversations.info", channel=channel_id)).get("channel") or {}
    except ChatError as error:
        return _trouble(f"channel {channel.name} cannot be looked at", error)
    if found.get("is_archived"):
        return Finding(
            well=False, what=f"channel {channel.name} is archived", remedy="Unarchive it, or configure another."
        )
    if not found.get("is_member"):
        remedy = "Invite it there with: /invite @Paper Round"
        return Finding(well=False, what=f"we are not a member of channel {channel.name}", remedy=remedy)
    return Finding(well=True, what=f"we are a member of #{found.get('name') or channel.name}")


async def _way_in(api: SlackApi, app_token: str | None, signing_secret: str | None) -> Finding:
    if app_token:
        try:
            await api.read("apps.connections.open", token=app_token)
        except ChatError as error:
            remedy = (
                "SLACK_APP_TOKEN is an app-level token (xapp-...) with the scope connections:write; Socket Mode is on."
            )
            return Finding(well=False, what=f"Socket Mode does not open: {error.reason}", remedy=remedy)
        return Finding(well=True, what="Socket Mode opens")
    if signing_secret:
        return Finding(well=True, what="events come in over signed HTTP at /slack/events")
    remedy = "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP; without one, reactions are read only when we look."
    return Finding(well=False, what="there is no way in for reactions and replies", remedy=remedy)


def _trouble(what: str, error: ChatError) -> Finding:
    problem, _, remedy = error.reason.partition(". ")
    return Finding(well=False, what=f"{what}: {problem}", remedy=remedy or "Try again in a while.")


def _header(answer: AsyncSlackResponse, name: str) -> str:
    return str(next((value for key, value in answer.headers.items() if key.lower() == name), ""))
