"""
Translation of Slack's payloads to `bot.events`: a table from an event's type to its parser (docs/platform-facts.md#a16, #a17).
Pure.

None for what a bot did, what is not about a message of ours as far as the payload tells, and what is neither decision nor
reply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.slack.emojis import character_of
from adapters.slack.errors import PLATFORM
from adapters.slack.mrkdwn import readable
from adapters.slack.people import member_id
from bot.events import (
    ChatEvent,
    DecisionPressed,
    ReactionAdded,
    ReactionRemoved,
    ReplyDeleted,
    ReplyEdited,
    ReplyPosted,
)
from bot.model import Member, MessageRef
from bot.pressing import Pressed

Payload = Mapping[str, Any]

# A message of one of these subtypes is still somebody's words; every other subtype is Slack's own talk (joins, topics, bots).
_WORDS: Final = frozenset({"", "thread_broadcast", "file_share", "me_message"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MemberEvent:
    """
    An event with what its checks need: the user's id, and what may tell that they are not of this workspace.

    `gesture` is the message's `client_msg_id`. `written` is a reply's text as Slack has it: the event's own was read without
    knowing anybody's name.
    """

    event: ChatEvent
    user_id: str
    team_id: str
    gesture: str = ""
    written: str = ""


def instant(ts: str) -> datetime:
    """
    Parse a Slack timestamp, to the microsecond: two acts of one second must not change places.

    >>> instant("1755414000.000200").isoformat()
    '2025-08-17T07:00:00.000200+00:00'
    """
    seconds, _, fraction = ts.partition(".")
    return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(f"{fraction:0<6}"[:6] or 0))


def timestamp(at: datetime) -> str:
    """Format an instant as Slack does."""
    since = at - _EPOCH
    return f"{since.days * 86400 + since.seconds}.{since.microseconds:06}"


def parse_event(body: Payload, team_id: str, user_id: str) -> MemberEvent | None:
    """
    Parse an `event_callback` for the bot `user_id` of the workspace `team_id`; None for what does not concern us.

    Raises `ValueError`, `KeyError` or `TypeError` for what Slack would not send.
    """
    event = body["event"]
    kind = str(event["type"])
    if kind == "message":
        kind = f"message/{event.get('subtype') or ''}"
    read = _TABLE.get(kind)
    return read(_Envelope(body, event, team_id, user_id)) if read else None


@dataclass(frozen=True, slots=True)
class _Envelope:
    body: Payload
    event: Payload
    team_id: str
    own_id: str

    @property
    def event_id(self) -> str:
        return str(self.body["event_id"])

    def at(self) -> datetime:
        return instant(str(self.event.get("event_ts") or self.event["ts"]))

    def ref(self, ts: object, channel: object = None) -> MessageRef:
        return MessageRef(platform=PLATFORM, channel_id=str(channel or self.event["channel"]), message_id=str(ts))

    def member(self, user: str) -> Member:
        return Member(id=member_id(self.team_id, user))

    def by_member(self, event: ChatEvent, user: str, message: Payload | None = None) -> MemberEvent:
        words = message or {}
        team = str(words.get("user_team") or words.get("team") or "")
        return MemberEvent(
            event, user, team, gesture=str(words.get("client_msg_id") or ""), written=str(words.get("text") or "")
        )


def _reaction(kind: type[ReactionAdded | ReactionRemoved]) -> Callable[[_Envelope], MemberEvent | None]:
    def read(envelope: _Envelope) -> MemberEvent | None:
        event, user = envelope.event, str(envelope.event["user"])
        item = event.get("item") or {}
        author = event.get("item_user") or envelope.own_id
        if item.get("type") != "message" or user == envelope.own_id or author != envelope.own_id:
            return None
        made = kind(
            event_id=envelope.event_id,
            ref=envelope.ref(item["ts"], item["channel"]),
            member=envelope.member(user),
            emoji=character_of(str(event["reaction"])),
            at=envelope.at(),
        )
        return envelope.by_member(made, user)

    return read


def press_of(body: Payload, pressed: Pressed | None) -> DecisionPressed | None:
    """
    Parse a `block_actions` interaction as a press of that button; None where there is no message of a channel in it.

    Its key is Slack's own for the act: `action_ts` tells two presses of one member apart, and is the same when it is sent again.
    """
    action: Payload = next(iter(body.get("actions") or []), {})
    container = body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    message = str((pressed.message_id if pressed else None) or container.get("message_ts") or "")
    stamp, user = str(action.get("action_ts") or ""), str(body["user"]["id"])
    if pressed is None or not channel or not message or not stamp:
        return None
    return DecisionPressed(
        event_id=f"{PLATFORM}/{channel}/{message}/{user}/{pressed.meaning.value}/{pressed.rank or 0}/{stamp}",
        ref=MessageRef(platform=PLATFORM, channel_id=channel, message_id=message),
        member=Member(id=user),
        meaning=pressed.meaning,
        at=instant(stamp),
        rank=pressed.rank,
    )


def _posted(envelope: _Envelope) -> MemberEvent | None:
    message = envelope.event
    if not is_reply(message, envelope.own_id):
        return None
    user = str(message["user"])
    event = ReplyPosted(
        event_id=envelope.event_id,
        parent=envelope.ref(message["thread_ts"]),
        ref=envelope.ref(message["ts"]),
        member=envelope.member(user),
        text=readable(str(message.get("text") or "")),
        at=instant(str(message["ts"])),
    )
    return envelope.by_member(event, user, message)


def _changed(envelope: _Envelope) -> MemberEvent | None:
    message, before = envelope.event["message"], envelope.event.get("previous_message") or {}
    # Slack also says 'changed' when a thread grows or a link unfolds; only an edit has, or moves, the mark of one. The mark counts in
    # whole seconds, so that of two edits in one second the second has new words alone.
    edited = (message.get("edited") or {}).get("ts")
    same = (edited, message.get("text")) == ((before.get("edited") or {}).get("ts"), before.get("text"))
    if not is_reply(message, envelope.own_id) or not edited or same:
        return None
    user = str(message["user"])
    event = ReplyEdited(
        event_id=envelope.event_id,
        parent=envelope.ref(message["thread_ts"]),
        ref=envelope.ref(message["ts"]),
        member=envelope.member(user),
        text=readable(str(message.get("text") or "")),
        # The mark of an edit counts in whole seconds; the event's own time tells two edits of one second apart.
        at=max(instant(str(edited)), envelope.at()),
    )
    # The id stays that of the message through all its edits, each of which is a gesture of its own.
    gesture = message.get("client_msg_id")
    return envelope.by_member(
        event, user, {**message, "client_msg_id": f"{gesture}/{edited}/{event.text}" if gesture else ""}
    )


def _deleted(envelope: _Envelope) -> MemberEvent | None:
    gone = envelope.event.get("previous_message") or {}
    ts = str(envelope.event.get("deleted_ts") or gone["ts"])
    if gone and not is_reply(gone, envelope.own_id):
        return None
    event = ReplyDeleted(event_id=envelope.event_id, ref=envelope.ref(ts), at=envelope.at())
    return envelope.by_member(event, str(gone.get("user") or ""), {**gone, "client_msg_id": ""})


def is_reply(message: Payload, own_id: str) -> bool:
    """Whether a message is a person's reply in a thread that is not somebody else's."""
    thread = message.get("thread_ts")
    begun_by = message.get("parent_user_id") or own_id
    return (
        bool(thread)
        and thread != message.get("ts")
        and begun_by == own_id
        and bool(message.get("user"))
        and message.get("user") != own_id
        and not message.get("bot_id")
        and str(message.get("subtype") or "") in _WORDS
    )


_TABLE: Final[Mapping[str, Callable[[_Envelope], MemberEvent | None]]] = {
    "reaction_added": _reaction(ReactionAdded),
    "reaction_removed": _reaction(ReactionRemoved),
    **{f"message/{subtype}": _posted for subtype in _WORDS},
    "message/message_changed": _changed,
    "message/message_deleted": _deleted,
}
