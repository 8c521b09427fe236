"""Feeds that broke other people's readers, from the folder beside the checkout; what each must give is in one table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.sources.parse.document import Unreadable
from adapters.sources.parse.feed import Reading, parse_feed
from bot.model import ItemKind, Section
from tests.adapters.sources.conftest import NOW

EXPECTED = json.loads((Path(__file__).parent / "data" / "nasty.expected.json").read_text())

pytestmark = pytest.mark.replay


def outcome(body: bytes) -> dict[str, object]:
    reading = Reading(
        source_id="it", kind=ItemKind.POST, section=Section.NEWSLETTERS, url="https://feeds.example/feed", content_type="application/xml", now=NOW, links=True
    )  # fmt: skip
    try:
        found = parse_feed(body, reading)
    except Unreadable as error:
        return {"error": str(error)}
    told = {
        "entries": len(found.entries),
        "first": found.entries[0].title[:30] if found.entries else None,
        "newest": found.newest.isoformat() if found.newest else None,
        "note": found.note,
    }
    return {name: value for name, value in told.items() if value is not None}


@pytest.mark.parametrize("name", EXPECTED)
def test_gives_what_the_table_says(shared, name):
    """Each gives its entries, or an error that says what it is instead."""
    assert outcome((shared / "data" / "nasty" / name).read_bytes()) == EXPECTED[name]


def test_the_table_is_complete(shared):
    """Every file of the folder is in the table."""
    there = {file.name for file in (shared / "data" / "nasty").iterdir() if file.suffix != ".md"}

    assert set(EXPECTED) == there
