"""Mapping of Slack's errors to ours: whether it may have been done, whether somebody must act, or whether it passes."""

from __future__ import annotations

import json
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import ChatError, ChatRefused, ChatUnsettled, TokenRefused

PLATFORM: Final = "slack"

# chat.postMessage's own error table says of `fatal_error` that 'it's possible some aspect of the operation succeeded' (docs/platform-facts.md#a6).
_UNSETTLED: Final = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})

_INVITE: Final = "Invite Paper Round into it with: /invite @Paper Round"
_AGAIN: Final = "Install the app again; where SLACK_BOT_TOKEN is set, put its new bot token there"
_ADMIN: Final = "Ask an admin of the workspace to allow it"

# The channel's first, then the whole installation's (docs/platform-facts.md#a22): what is wrong, and what somebody can do about it.
REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "channel_not_found": (
        "there is no such channel, or it is private and we are not in it",
        f"Check its id. {_INVITE}",
    ),
    "not_in_channel": ("we are no longer a member of the channel", _INVITE),
    "is_archived": ("the channel is archived", "Unarchive it, or remove it from the configuration"),
    "no_permission": ("the workspace does not let us post there", _ADMIN),
    "restricted_action": ("an admin restricted who may post there", _ADMIN),
    "missing_scope": (
        "the app lacks a permission",
        "Install it again from adapters/slack/manifest.yaml; `paperround doctor` names what is missing",
    ),
    "access_denied": ("the workspace does not let us in", _ADMIN),
    "team_access_not_granted": ("the organisation does not grant us this workspace", "Ask one of its admins to grant it to the app"),
    "ekm_access_denied": ("the workspace's keys are withheld", _ADMIN),
    "invalid_auth": ("Slack does not know our token", _AGAIN),
    "not_authed": ("no token was given", _AGAIN),
    "account_inactive": ("the app was uninstalled, or our token was revoked", _AGAIN),
    "token_revoked": ("our token was revoked", _AGAIN),
    "token_expired": ("our token has expired", _AGAIN),
    "org_login_required": ("the workspace moved into an organisation", _AGAIN),
    "team_added_to_org": ("the workspace is moving into an organisation", "Wait until that is done. " + _AGAIN),
    "not_allowed_token_type": ("this kind of token cannot do that", "SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-"),
}  # fmt: skip

_OF_THE_TOKEN: Final = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}
)

# Definitive: nothing was posted, and the same blocks will never be taken. The text alone is still worth sending.
UNDRAWABLE: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})


# Definitive, too, with the text alone: what chat.postMessage says of a message's content.
UNPOSTABLE: Final = UNDRAWABLE | {"msg_too_long", "no_text"}


class SlackFault(Exception):
    """A call that failed: Slack's error code, if it gave one, how long it asks us to wait, and which scopes it needs."""

    def __init__(
        self, error: str, *, retry_after: float | None = None, unsettled: bool = False, needed: str = ""
    ) -> None:
        self.error = error
        self.needed = needed
        self.retry_after = retry_after
        self.unsettled = unsettled
        super().__init__(error)

    def as_chat_error(self, method: str, *, writes: bool) -> ChatError:
        """The error as the port has it; with `writes`, an open outcome is `ChatUnsettled`."""
        if self.unsettled and writes:
            return ChatUnsettled(PLATFORM, f"it is unknown whether {method} was done ({self.error})")
        known = REFUSALS.get("restricted_action" if self.error.startswith("restricted_action") else self.error)
        if known:
            word = f"{self.error}: {self.needed}" if self.needed else self.error
            kind = TokenRefused if self.error in _OF_THE_TOKEN else ChatRefused
            return kind(PLATFORM, f"{known[0]} ({word}). {known[1]}")
        reason = f"{method} was not done ({self.error})"
        return ChatError(PLATFORM, reason, retry_after=self.retry_after)


def fault_of(error: Exception) -> SlackFault | None:
    """Map what the SDK raised; None for what is no failed call but a bug of ours."""
    if isinstance(error, SlackApiError):
        return _answered(error.response)
    # Before a connection stands, nothing can have been sent; aiohttp raises the same family for both.
    if isinstance(error, aiohttp.ClientConnectorError):
        return SlackFault("Slack cannot be reached")
    if isinstance(error, TimeoutError):
        return SlackFault("no answer in time", unsettled=True)
    if isinstance(error, aiohttp.ClientError | ConnectionError):
        return SlackFault("the connection dropped", unsettled=True)
    # The SDK trips over a body that is JSON but no object, or text where JSON should be.
    if isinstance(error, AttributeError | json.JSONDecodeError):
        return SlackFault("the answer is no JSON object", unsettled=True)
    return None


def _answered(response: Any) -> SlackFault:
    # The SDK hands over its own response, or aiohttp's where it could not read the body.
    status: int = response.status_code if hasattr(response, "status_code") else response.status
    data = getattr(response, "data", None)
    word = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or word in {"ratelimited", "rate_limited"}:  # noqa: PLR2004 - Too Many Requests
        return SlackFault("ratelimited", retry_after=_seconds(response.headers.get("Retry-After")))
    if not word:
        return SlackFault(f"HTTP {status} without an answer", unsettled=not 400 <= status < 500)  # noqa: PLR2004
    needed = str(data.get("needed") or "") if isinstance(data, dict) else ""
    return SlackFault(word, unsettled=word in _UNSETTLED or status >= 500, needed=needed)  # noqa: PLR2004


def _seconds(header: str | None) -> float:
    try:
        return max(0.0, float(header or ""))
    except ValueError:
        return 30.0
