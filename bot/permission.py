"""Permission: who may change things in a channel, as the operator set it for every platform. Pure."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from bot.model import CommandCall, PlatformWords
from bot.visibility import Reader

_MEMBERS: Final = "members of this workspace who are no guests"


class Changers(StrEnum):
    """Who may change things: those whom the platform takes for admins, or every member."""

    ADMINS = "admins"
    ANYONE = "anyone"


def with_right(call: CommandCall, changers: Changers) -> CommandCall:
    """
    Give the call with the right to change things that the setting gives to who asks.

    A guest, a stranger, and one whom the platform did not name have it only where the platform itself takes them for an admin.
    """
    return replace(call, admin=True) if changers is Changers.ANYONE and not call.guest else call


def has_right(reader: Reader, changers: Changers) -> bool:
    """Tell the same of who reads a channel on the pages, and may read it. Nobody has it whom the platform does not know as a member."""
    return changers is Changers.ANYONE and bool(reader.member_id and reader.teams) and not reader.guest


def in_words(words: PlatformWords, changers: Changers) -> PlatformWords:
    """Speak of a platform so that a refusal names those who have the right."""
    return replace(words, admins=_MEMBERS) if changers is Changers.ANYONE else words
