"""
Mapping of Discord's errors to `ChatError`, `ChatUnsettled` and `ChatRefused`, each with the remedy.

Whether a person must act is read from Discord's own error code (opcodes and status codes), not from the status alone: a 403 for
a locked thread is another matter than a 403 for a channel that we cannot see.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import discord

from bot.errors import ChatError, ChatRefused, ChatUnsettled, TokenRefused
from bot.text import clean, cut

PLATFORM: Final = "discord"

UNKNOWN_CHANNEL: Final = 10003
UNKNOWN_MESSAGE: Final = 10008
UNKNOWN_EMOJI: Final = 10014
TOO_MANY_REACTIONS: Final = 30010
TAG_NEEDED: Final = 40067
FORM_INVALID: Final = 50035
NO_TOKEN: Final = 40001
NO_ACCESS: Final = 50001
TAKES_NO_MESSAGES: Final = 50007
NO_PERMISSION: Final = 50013
THREAD_ARCHIVED: Final = 50083
THREAD_EXISTS: Final = 160004
THREAD_LOCKED: Final = 160005
TOO_MANY_THREADS: Final = 160006

NONCE_MEMORY: Final = 300.0
"""Seconds after which Discord has surely forgotten a nonce: its documentation says 'the past few minutes' (docs/platform-facts.md#b2)."""

_INVITE: Final = "Invite it again with the link that `paperround doctor` shows"
_REFUSALS: Final[Mapping[int, str]] = {
    UNKNOWN_CHANNEL: "the channel is gone, or Paper Round is not on that server. Configure another channel, or invite it again",
    10004: f"Paper Round is not on that server any more. {_INVITE}",
    NO_TOKEN: "the bot token is not accepted. Make a new one at discord.com/developers and set DISCORD_BOT_TOKEN",
    40002: "the bot's account must be verified at discord.com/developers before it may do this",
    TAG_NEEDED: "the forum asks for a tag, and has none that Paper Round may set. Add one to the forum that is not for moderators alone",
    NO_ACCESS: f"Paper Round cannot see the channel: it was removed, or View Channel was taken from it. {_INVITE}",
    50008: "messages cannot be sent in that kind of channel. Configure a text, announcement or forum channel",
    NO_PERMISSION: "Paper Round lacks a permission in the channel. `paperround doctor` names it",
    50024: "that kind of channel does not take a digest. Configure a text, announcement or forum channel",
    THREAD_LOCKED: "the thread is locked. Unlock it, and it goes on",
}
_TOKEN: Final = _REFUSALS[NO_TOKEN]


def failure_of(error: Exception, *, sends: bool) -> ChatError:
    """
    Map an error of discord.py or of the network to ours.

    With `sends`, something new was to be posted: where it is open whether it was, the result is `ChatUnsettled`.
    """
    match error:
        case discord.LoginFailure():
            return TokenRefused(PLATFORM, _TOKEN)
        case discord.RateLimited():
            return ChatError(PLATFORM, "Discord asks us to wait", retry_after=error.retry_after)
        case discord.HTTPException():
            return _of_answer(error, sends=sends)
        case TimeoutError():
            return _lost("Discord did not answer in time", sends=sends)
        case _:
            return _lost(f"the connection to Discord failed ({type(error).__name__})", sends=sends)


def _of_answer(error: discord.HTTPException, *, sends: bool) -> ChatError:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _lost(f"Discord answered {error.status}", sends=sends)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return ChatError(PLATFORM, "Discord asks us to wait", retry_after=_retry_after(error))
    code = NO_TOKEN if error.status == HTTPStatus.UNAUTHORIZED else error.code
    if code in _REFUSALS:
        kind = TokenRefused if code == NO_TOKEN else ChatRefused
        return kind(PLATFORM, _REFUSALS[code])
    said = cut(clean(error.text), 200) or f"error {error.code or error.status}"
    if error.status == HTTPStatus.FORBIDDEN and error.code != THREAD_ARCHIVED:
        return ChatRefused(
            PLATFORM, f"Discord does not allow it: {said}. `paperround doctor` looks at every permission"
        )
    if sends and error.code == UNKNOWN_MESSAGE:
        # The same nonce was posted a moment ago and is deleted by now (docs/platform-facts.md#b2): only waiting lets us post it again.
        reason = "the message was posted a moment ago and has been deleted since"
        return ChatError(PLATFORM, reason, retry_after=NONCE_MEMORY)
    return ChatError(PLATFORM, f"Discord did not take it: {said}")


def _lost(reason: str, *, sends: bool) -> ChatError:
    return ChatUnsettled(PLATFORM, reason) if sends else ChatError(PLATFORM, reason)


def _retry_after(error: discord.HTTPException) -> float | None:
    """Seconds that a 429 without `Via` asks us to wait: discord.py takes it for a ban and does not wait by itself."""
    try:
        return float(error.response.headers.get("Retry-After") or "")
    except ValueError:
        return None


def code_of(error: ChatError) -> int:
    """Discord's error code; 0 where it gave none."""
    return error.__cause__.code if isinstance(error.__cause__, discord.HTTPException) else 0
