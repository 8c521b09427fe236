"""
Reading of messages as replies: what people write, and what they wrote in our form, which we post for them.

Without the message content intent, Discord blanks what people write (docs/platform-facts.md#b4). An honest message is never
blank, so a blank one is one whose text is hidden from us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from cachetools import LRUCache

from adapters.discord.embeds import CONTENT, SILENT, Payload
from adapters.discord.errors import PLATFORM
from adapters.discord.markdown import fitted
from adapters.discord.rest import Rest
from bot.errors import ChatError
from bot.model import Member, MessageRef, Reply
from bot.text import clean, cut

DEFAULT: Final = 0
REPLY: Final = 19
FORM_LIMIT: Final = 1800
"""Longest summary written in a form: with the line that names its author it stays within a message."""

_SPOKEN: Final = frozenset({DEFAULT, REPLY})
_NAME_LENGTH: Final = 80
_VISIBLE: Final = tuple(
    "content attachments embeds sticker_items poll components message_snapshots activity call".split()
)
_EDIT: Final = re.compile(r"paperround:edit:(\d+)(?:/(\d+))?")
_HEAD: Final = re.compile(r"-# (.*?) writes(?: on \d+)?:", re.DOTALL)

Message = Mapping[str, Any]


def ref_of(message: Message) -> MessageRef:
    """Address of a message, as Discord has it."""
    return MessageRef(platform=PLATFORM, channel_id=str(message["channel_id"]), message_id=str(message["id"]))


def instant(text: str) -> datetime:
    """Parse a timestamp of Discord's to UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def counts(message: Message, me: str) -> bool:
    """Whether a message is somebody's text: not a system message, not a program's, not the start of its own thread."""
    if message.get("type", DEFAULT) not in _SPOKEN or message["id"] == message["channel_id"]:
        return False
    author = message.get("author") or {}
    return writer_of(message) is not None if author.get("id") == me else not _by_program(message)


def _by_program(message: Message) -> bool:
    return bool(message.get("webhook_id")) or is_bot(message.get("author") or {})


def is_hidden(message: Message) -> bool:
    """Whether Discord blanked the text of a message."""
    return not any(message.get(part) for part in _VISIBLE)


def reply_of(message: Message, people: People) -> Reply:
    """The reply that a message is; only for one that `counts`."""
    edited = message.get("edited_timestamp")
    writer = writer_of(message)
    text = str(message.get("content") or "")
    return Reply(
        ref=ref_of(message),
        member=writer or people.member(message["author"]),
        text=text.partition("\n")[2] if writer else text,
        at=instant(message["timestamp"]),
        edited_at=instant(edited) if edited else None,
        rank=_rank_in(message),
    )


def answered(message: Message) -> str | None:
    """Id of the message in the same channel that this one answers by reference; None where it answers none."""
    reference = message.get("message_reference") or {}
    if message.get("type") != REPLY or reference.get("type", 0) != 0:
        return None
    same = str(reference.get("channel_id") or message["channel_id"]) == str(message["channel_id"])
    found = reference.get("message_id")
    return str(found) if found and same else None


def written_message(member: Member, text: str, rank: int | None = None) -> Payload:
    """
    The message by which we post what a member wrote in our form. Its button carries the member's id, from which it is read back, and under
    a list the number of the line that it is about.
    """
    name = fitted(member.name, _NAME_LENGTH) or "A member"
    about = f" on {rank}" if rank else ""
    content = f"-# {name} writes{about}:\n{text[:FORM_LIMIT]}"[:CONTENT]
    whose = f"{member.id}/{rank}" if rank else member.id
    button = {"type": 2, "style": 2, "label": "Edit", "custom_id": f"paperround:edit:{whose}"}
    return {
        "content": content,
        "allowed_mentions": dict(SILENT),
        "components": [{"type": 1, "components": [button]}],
        "flags": 4,  # no previews of links, which the member did not ask for
    }


def writer_of(message: Message) -> Member | None:
    """Who wrote in our form what this message of ours says; None where it is no such message."""
    found = _edit_of(message)
    if found is None:
        return None
    head = _HEAD.match(str(message.get("content") or "").partition("\n")[0])
    return Member(id=found[1], name=re.sub(r"\\(.)", r"\1", head[1]) if head else "")


def _rank_in(message: Message) -> int | None:
    found = _edit_of(message)
    return int(found[2]) if found and found[2] else None


def _edit_of(message: Message) -> re.Match[str] | None:
    ids = (
        str(component.get("custom_id") or "")
        for row in message.get("components") or ()
        for component in row.get("components") or ()
    )
    return next((found for custom_id in ids if (found := _EDIT.fullmatch(custom_id))), None)


_REMEMBERED: Final = 10_000


class People:
    """
    LRU cache of members' names by user id, as members name themselves everywhere (not by their nickname on one server).

    The nickname comes with some events and not with others, nor with the list of who reacted; one person must have one name.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._names: LRUCache[str, str] = LRUCache(_REMEMBERED)

    def member(self, user: Mapping[str, Any]) -> Member:
        """The member behind a user object."""
        user_id = str(user["id"])
        name = cut(clean(str(user.get("global_name") or user.get("username") or "")), _NAME_LENGTH)
        if name:
            self._names[user_id] = name
        return Member(id=user_id, name=name or self._names.get(user_id, ""))

    def knows(self, user_id: str) -> bool:
        """Whether `named` can tell without asking Discord."""
        return user_id in self._names

    async def named(self, user_id: str) -> Member:
        """The member with this id; the name is empty where Discord does not tell it now."""
        if name := self._names.get(user_id):
            return Member(id=user_id, name=name)
        try:
            return self.member(await self._rest.ask("GET", "/users/{user_id}", user_id=user_id))
        except ChatError:
            return Member(id=user_id)


def is_bot(user: Mapping[str, Any]) -> bool:
    """Whether a user is a program: those neither triage nor summarise."""
    return bool(user.get("bot") or user.get("system"))
