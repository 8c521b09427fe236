"""
Payloads as the gateway sends them, beside the events they are. The files follow Discord's documentation of gateway events and its
changelog; what a file is called says what happened.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.discord.emojis import Emojis
from adapters.discord.events import TABLE, GatewayPayload, Translator
from adapters.discord.places import Places
from adapters.discord.replies import People
from adapters.discord.rest import Rest
from bot.model import Channel, Member, MessageRef, Reaction

FOLDER = Path(__file__).parent / "payloads"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json") if not path.stem.endswith(".events"))
CHANNEL, CARD, OTHER, ME = "1406600000000000001", "1406700000000000001", "1406600000000000002", "1406600000000000099"
ADA = {"id": "1406600000000000011", "username": "ada.l", "global_name": "Ada Lovelace"}
NOW = datetime(2026, 8, 17, 10, 0, tzinfo=UTC)


async def me() -> str:
    return ME


async def known(ref: MessageRef) -> list[Reaction]:
    ada = Member(id=ADA["id"], name=ADA["global_name"])
    states = (("⭐", True), ("👀", True), ("✅", False))
    return [Reaction(ref=ref, member=ada, emoji=emoji, present=present, at=NOW) for emoji, present in states]


@pytest.fixture
def hidden() -> list[str]:
    return []


@pytest.fixture
def translator(hidden) -> Translator:
    rest = Rest("never asked")
    places, people = Places(rest, [Channel(name="reading", platform="discord", id=CHANNEL)]), People(rest)
    places.learn({"id": CHANNEL, "type": 0})
    places.learn({"id": CARD, "type": 11, "parent_id": CHANNEL})
    places.learn({"id": OTHER, "type": 0, "parent_id": "1406600000000000008"})
    people.member(ADA)
    return Translator(places, people, Emojis(), me=me, known=known, hidden=lambda: hidden.append("once"))


def recorded(name: str, mark: str = "session/7") -> GatewayPayload:
    payload = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return GatewayPayload(payload["t"], payload["d"], NOW, mark)


def in_short(event) -> dict:
    """An event as the files write it."""
    fields = {
        name: value
        for name, value in asdict(event).items()
        if name not in {"event_id", "reconciled"} and not (name == "rank" and value is None)
    }
    at = fields.pop("at")
    short = {"kind": type(event).__name__}
    for name, value in fields.items():
        short[name] = list(value.values()) if isinstance(value, dict) else value
    return short if at == NOW else short | {"at": at.isoformat(timespec="microseconds")}


@pytest.mark.parametrize("name", NAMES)
async def test_payload(translator, name):
    """Each payload becomes its events, and nothing else."""
    expected = json.loads((FOLDER / f"{name}.events.json").read_text("utf-8"))

    assert expected == [in_short(event) for event in await translator.events_of(recorded(name))]


@pytest.mark.parametrize("name", NAMES)
async def test_repeated(translator, name):
    """A payload that is sent again gives the same ids; no two events of one payload share theirs."""
    first = [event.event_id for event in await translator.events_of(recorded(name))]
    again = [event.event_id for event in await translator.events_of(recorded(name))]

    assert first == again
    assert len(first) == len(set(first))


async def test_reacted_again(translator):
    """The same reaction put on a second time is another event."""
    first = await translator.events_of(recorded("reaction_added", "session/7"))
    second = await translator.events_of(recorded("reaction_added", "session/9"))

    assert first[0].event_id != second[0].event_id


async def test_hidden_words(translator, hidden):
    """Words that are kept from us are noticed."""
    await translator.events_of(recorded("reply_hidden"))

    assert ["once"] == hidden


async def test_renamed_emoji(translator):
    """A custom emoji stays the same one when it is renamed, and when it is deleted."""
    names = []
    for emoji_name in ("shipit", "ship_it", None):
        payload = recorded("reaction_added_custom")
        payload.data["emoji"]["name"] = emoji_name
        names += [event.emoji for event in await translator.events_of(payload)]

    assert [":shipit:1200000000000000001"] * 3 == names


def test_every_kind():
    """For every kind of payload that we read there is a file."""
    assert set(TABLE) <= {json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["t"] for name in NAMES}
