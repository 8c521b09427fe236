"""What must be set so that several workspaces of Slack can share one Paper Round, and what goes not with it. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from bot.errors import Fault

if TYPE_CHECKING:
    from scheduler.settings.settings import Settings

KEY_REMEDY: Final = "Make one with: paperround keys new"
_KEY_BYTES: Final = 32
_BASIC: Final = "Copy it from Basic Information, App Credentials, of the Slack app"


def keys_in(text: str) -> tuple[str, ...]:
    """Give the keys of a list that is separated by commas."""
    return tuple(key.strip() for key in text.split(",") if key.strip())


def is_key(text: str) -> bool:
    """Tell whether a text is a Fernet key: 32 bytes in URL-safe base64 (https://github.com/fernet/spec)."""
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def sharing_faults(settings: Settings) -> list[Fault]:
    """Give what is missing beside SLACK_CLIENT_ID, what cannot stand beside it, and workspaces that are named without it."""
    return [*_of_channels(settings), *(_of_the_app(settings) if settings.slack_client_id else ())]


def _of_the_app(settings: Settings) -> Iterator[Fault]:
    missing = "missing beside SLACK_CLIENT_ID"
    if settings.slack_client_secret is None:
        yield Fault("SLACK_CLIENT_SECRET", missing, _BASIC)
    if settings.slack_signing_secret is None:
        yield Fault("SLACK_SIGNING_SECRET", f"{missing}: the events of several workspaces come over HTTP", _BASIC)
    if settings.seal_keys is None:
        yield Fault("PAPERROUND_KEYS", f"{missing}: workspaces' tokens are kept encrypted", KEY_REMEDY)
    if settings.slack_bot_token is not None:
        remedy = "Unset it, and let its workspace install at /slack/install like the others; or unset SLACK_CLIENT_ID"
        yield Fault("SLACK_BOT_TOKEN", "serves one workspace, SLACK_CLIENT_ID serves those that install us", remedy)
    if settings.slack_app_token is not None:
        remedy = "Unset it, and give Slack the address /slack/events; or unset SLACK_CLIENT_ID"
        yield Fault("SLACK_APP_TOKEN", "Socket Mode serves one workspace", remedy)


def _of_channels(settings: Settings) -> Iterator[Fault]:
    for number, channel in enumerate(settings.channels):
        key = f"channels[{number}].team"
        if channel.team and channel.platform != "slack":
            yield Fault(key, f"a channel on {channel.platform} is in no workspace of Slack's", "Leave it out")
        elif channel.team and not settings.slack_client_id:
            remedy = "Leave it out, or set SLACK_CLIENT_ID for several workspaces"
            yield Fault(key, "SLACK_BOT_TOKEN serves one workspace, which need not be named", remedy)
