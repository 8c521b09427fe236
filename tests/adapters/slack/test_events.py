"""Payloads as Slack sends them, in files, beside what they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.slack.emojis import character_of, name_of
from adapters.slack.events import instant, parse_event, timestamp
from bot.events import ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import DEFAULT_MEANINGS, Member, MessageRef
from tests.fake_slack import BOT, TEAM

PAYLOADS = Path(__file__).parent / "payloads"
ADA = Member(id="T1:UADA")
PARENT = MessageRef(platform="slack", channel_id="C1", message_id="1755414000.000100")
REPLY = MessageRef(platform="slack", channel_id="C1", message_id="1755414010.000200")


def at(second: int, micro: int) -> datetime:
    return datetime(2025, 8, 17, 7, 0, second, micro, tzinfo=UTC)


EXPECTED = {
    "reaction_added": ReactionAdded(event_id="Ev1", ref=PARENT, member=ADA, emoji="⭐", at=at(5, 100)),
    "reaction_added_alias": ReactionAdded(event_id="Ev1", ref=PARENT, member=ADA, emoji="👍", at=at(5, 100)),
    "reaction_added_custom": ReactionAdded(event_id="Ev1", ref=PARENT, member=ADA, emoji=":party_parrot:", at=at(5, 100)),
    "reaction_added_skin_tone": ReactionAdded(event_id="Ev1", ref=PARENT, member=ADA, emoji="👎", at=at(5, 100)),
    "reaction_added_to_another": None,
    "reaction_added_by_us": None,
    "reaction_added_to_file": None,
    "reaction_removed": ReactionRemoved(event_id="Ev1", ref=PARENT, member=ADA, emoji="⭐", at=at(6, 300)),
    "message_outside_threads": None,
    "message_parent": None,
    "message_in_another_thread": None,
    "message_by_bot": None,
    "message_joined": None,
    "message_reply": ReplyPosted(
        event_id="Ev1", parent=PARENT, ref=REPLY, member=ADA, text="Fast & <small> (https://a.example)", at=at(10, 200)
    ),
    "message_thread_broadcast": ReplyPosted(
        event_id="Ev1", parent=PARENT, ref=REPLY, member=ADA, text="To all of you.", at=at(10, 200)
    ),
    "message_with_file": ReplyPosted(
        event_id="Ev1", parent=PARENT, ref=REPLY, member=ADA, text="See the figure.", at=at(10, 200)
    ),
    "message_changed": ReplyEdited(
        event_id="Ev1", parent=PARENT, ref=REPLY, member=ADA, text="As meant.", at=at(12, 400)
    ),
    "message_changed_unfurled": None,
    "message_changed_parent": None,
    "message_deleted": ReplyDeleted(event_id="Ev1", ref=REPLY, at=at(20, 500)),
    "message_deleted_outside_threads": None,
    "message_deleted_by_bot": None,
    "unknown": None,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_payload(name):
    """A payload is one of our events, or of no concern."""
    found = parse_event(json.loads((PAYLOADS / f"{name}.json").read_text("utf-8")), TEAM, BOT)

    assert EXPECTED[name] == (found.event if found else None)


def test_every_file_is_expected():
    """Each payload file has its expected value."""
    assert sorted(EXPECTED) == sorted(path.stem for path in PAYLOADS.glob("*.json"))


def test_two_edits_in_one_second():
    """The second edit has the same mark and other words: it is one, and another gesture than the first. Without other words it is none."""
    first = json.loads((PAYLOADS / "message_changed.json").read_text("utf-8"))
    second = json.loads((PAYLOADS / "message_changed.json").read_text("utf-8"))
    second["event"]["previous_message"] = first["event"]["message"]
    nothing = parse_event(second, TEAM, BOT)
    second["event"]["message"]["text"] = "As meant, after all."
    read_first, read_second = parse_event(first, TEAM, BOT), parse_event(second, TEAM, BOT)

    assert nothing is None
    assert read_first
    assert read_second
    assert ("As meant.", "As meant, after all.") == (read_first.event.text, read_second.event.text)
    assert read_first.gesture != read_second.gesture


def test_two_in_one_second():
    """Two acts within a second keep their order, and a timestamp comes back as it was."""
    first, second = instant("1755414000.000100"), instant("1755414000.000200")

    assert first < second
    assert "1755414000.000200" == timestamp(second)


def test_emojis_there_and_back():
    """Every emoji that means something by default has a name that Slack takes, and comes back under it."""
    assert list(DEFAULT_MEANINGS) == [character_of(str(name_of(emoji))) for emoji in DEFAULT_MEANINGS]
    assert "white_check_mark" == name_of("✅")
    assert "heart" == name_of("❤️")
    assert "👩‍💻" == character_of("female-technologist")
    assert "🇩🇪" == character_of("flag-de")
