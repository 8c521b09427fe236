"""
Summaries that members write in our form, or keep from any message: we post them into the thread, in the member's name.

Such a message is read back as its member's reply by its metadata, which only we can have written on a message of ours. Its words stand
in blocks of plain text, so that Slack reads no markup in them and they come back as they were written.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from typing import Any, Final

from cachetools import LRUCache

from adapters.slack.api import SlackApi, page_of
from adapters.slack.blocks import SECTION, context, fallback, section
from adapters.slack.directory import Directory
from adapters.slack.errors import PLATFORM, SlackFault
from adapters.slack.events import instant
from adapters.slack.intake import Intake
from adapters.slack.mrkdwn import plain_text, seen, shorten
from bot.errors import ChatError, ChatRefused
from bot.events import ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import Member, MessageRef, Reply

EVENT_TYPE: Final = "summary_written"
EDIT: Final = "edit_summary"
LIMIT: Final = 3000
"""Longest summary written in a form: what a field of Slack's takes, and one paragraph of a message."""

_NAME: Final = 80
_JOINT: Final = " · "
_ABOUT: Final = re.compile(r"on (\d{1,4}), written in a form")
_REMEMBERED: Final = 1000


class FormSummaries:
    """Posts and edits summaries that members wrote in a form."""

    def __init__(self, api: SlackApi, directory: Directory, intake: Intake) -> None:
        self._api = api
        self._directory = directory
        self._intake = intake
        self._tried: LRUCache[str, bool] = LRUCache(_REMEMBERED)

    async def write(self, parent: MessageRef, member: Member, text: str, *, rank: int | None, key: str) -> None:
        """
        Post a member's words into a message's thread, and store them. The same `key` again posts nothing a second time.

        Raises `ChatError` where they do not stand there, and whatever kept them from being stored.
        """
        channel_id, name = await self._directory.id_of(parent.channel_id), hashlib.sha256(key.encode()).hexdigest()[:24]
        thread = parent.message_id
        # Looked for where it was tried before: its answer may have been lost. Slack grants few looks, so not each time.
        ts = await self._posted(channel_id, thread, name) if name in self._tried else None
        self._tried[name] = True
        ts = ts or await self._post(channel_id, thread, member, text, rank, name)
        ref = MessageRef(platform=PLATFORM, channel_id=parent.channel_id, message_id=ts)
        await self._intake.tell(
            ReplyPosted(
                event_id=f"{PLATFORM}/{ref.channel_id}/{ts}/written", parent=parent, ref=ref, member=member, text=text,
                at=instant(ts), rank=rank,
            )
        )  # fmt: skip

    async def rewrite(self, message: Mapping[str, Any], channel_id: str, member: Member, text: str, at: str) -> None:
        """Replace words that we posted for a member, `at` a timestamp of Slack's; without any, take them away. Raises `ChatError`."""
        ts, found = str(message["ts"]), await self._message(channel_id, message)
        # Without the right to read threads Slack may tell nothing but what the form kept of the message.
        rank = rank_of(found) or message.get("rank")
        place = {"platform": PLATFORM, "channel_id": self._directory.origin(channel_id)}
        ref = MessageRef(message_id=ts, **place)
        if not text:
            await self._api.write("chat.delete", channel=channel_id, ts=ts)
            await self._intake.tell(
                ReplyDeleted(event_id=f"{PLATFORM}/{ref.channel_id}/{ts}/deleted", ref=ref, at=instant(at))
            )
            return
        known = _payload(found) or {"key": "", "member": member.id, "rank": rank or 0}
        metadata = {"event_type": EVENT_TYPE, "event_payload": {**known, "edited": at}}
        await self._api.write(
            "chat.update", channel=channel_id, ts=ts, metadata=metadata, **_content(member, text, rank)
        )
        parent = MessageRef(message_id=str(message.get("thread_ts") or ts), **place)
        await self._intake.tell(
            ReplyEdited(
                event_id=f"{PLATFORM}/{ref.channel_id}/{ts}/rewritten/{at}", parent=parent, ref=ref, member=member,
                text=text, at=instant(at), rank=rank,
            )
        )  # fmt: skip

    async def _post(self, channel_id: str, thread: str, member: Member, text: str, rank: int | None, key: str) -> str:
        payload = {"key": key, "member": member.id, "rank": rank or 0}
        try:
            sent = await self._api.attempt(
                "chat.postMessage",
                channel=channel_id,
                thread_ts=thread,
                metadata={"event_type": EVENT_TYPE, "event_payload": payload},
                unfurl_links=False,
                unfurl_media=False,
                link_names=False,
                **_content(member, text, rank),
            )
        except SlackFault as fault:
            raise fault.as_chat_error("chat.postMessage", writes=True) from fault
        return str(sent["ts"])

    async def _posted(self, channel_id: str, thread: str, key: str) -> str | None:
        """The message that was posted with this key before, if Slack lets us look."""
        try:
            response = await self._api.read(
                "conversations.replies", channel=channel_id, ts=thread, include_all_metadata=True, limit=self._api.page
            )
        except ChatRefused:
            return None  # without the scope for it; a form is sent once, unless an answer was lost
        messages, _ = page_of(response, "messages")
        return next((str(one["ts"]) for one in messages if _payload(one).get("key") == key), None)

    async def _message(self, channel_id: str, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """The message with its metadata, which an interaction may leave out."""
        if _payload(message):
            return message
        try:
            response = await self._api.read(
                "conversations.replies",
                channel=channel_id,
                ts=str(message.get("thread_ts") or message["ts"]),
                include_all_metadata=True,
                limit=self._api.page,
            )
        except ChatError:
            return message
        messages, _ = page_of(response, "messages")
        return next((one for one in messages if one.get("ts") == message["ts"]), message)


def written_reply(parent: MessageRef, message: Mapping[str, Any]) -> Reply | None:
    """The reply that a message of ours is, written by a member in our form; None where it is no such message."""
    payload = _payload(message)
    # Its button bears the member, too: where metadata is not told, the words must not seem to be gone.
    writer = str(payload.get("member") or writer_in(message))
    if not writer:
        return None
    edited = payload.get("edited")
    ts = str(message["ts"])
    return Reply(
        ref=MessageRef(platform=PLATFORM, channel_id=parent.channel_id, message_id=ts),
        member=Member(id=writer, name=_name_in(message)),
        text=words_in(message),
        at=instant(ts),
        edited_at=instant(str(edited)) if edited else None,
        rank=rank_of(message),
    )


def words_in(message: Mapping[str, Any]) -> str:
    """What the member wrote."""
    blocks = message.get("blocks") or ()
    texts = [
        block["text"] for block in blocks if block.get("type") == "section" and block["text"]["type"] == "plain_text"
    ]
    return html.unescape(str(texts[0]["text"])) if texts else ""


def writer_in(message: Mapping[str, Any]) -> str:
    """Id of the member who wrote it, as its button carries it; empty where it is no such message."""
    blocks = message.get("blocks") or ()
    offered = [one for block in blocks if block.get("type") == "actions" for one in block["elements"]]
    return next((str(one["value"]) for one in offered if one.get("action_id") == EDIT), "")


def rank_of(message: Mapping[str, Any]) -> int | None:
    """Number of the line that it is about, under a list: by its metadata, and where that is not told, as it says itself."""
    if told := int(_payload(message).get("rank") or 0):
        return told
    said = _ABOUT.fullmatch(_signature(message).rpartition(_JOINT)[2])
    return int(said[1]) if said else None


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = message.get("metadata") or {}
    return (metadata.get("event_payload") or {}) if metadata.get("event_type") == EVENT_TYPE else {}


def _name_in(message: Mapping[str, Any]) -> str:
    return _signature(message).rpartition(_JOINT)[0]


def _signature(message: Mapping[str, Any]) -> str:
    """The line below the words: who wrote them, and about which line."""
    blocks = message.get("blocks") or ()
    texts = [one["text"] for block in blocks if block.get("type") == "context" for one in block["elements"]]
    return html.unescape(str(texts[0])) if texts else ""


def _content(member: Member, text: str, rank: int | None) -> dict[str, Any]:
    name = shorten(seen(member.name), _NAME) or "A member"
    about = f"on {rank}, written in a form" if rank else "written in a form"
    button = {"type": "button", "action_id": EDIT, "text": plain_text("Edit"), "value": member.id}
    return {
        "text": fallback(f"{name}: {text}"),
        "blocks": [
            section(plain_text(text[:SECTION])),
            context([plain_text(f"{name}{_JOINT}{about}")]),
            {"type": "actions", "elements": [button]},
        ],
    }
