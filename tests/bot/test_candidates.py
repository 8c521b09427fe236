"""Which works compete in a digest."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.candidates import candidates, spoken_in, within
from bot.dedupe import fold
from bot.model import StoredEntry
from tests.factories import DAY, HOUR, NOW, PAPER, WINDOW, at, entry, mention, stored

MONDAY = NOW.replace(hour=0)
"""The first instant of the day on which the default window ends; that window begins on the Monday before."""


def listed(day: datetime, seen: datetime = NOW, *, late: bool = False) -> StoredEntry:
    return StoredEntry(entry=entry(published=day, whole_day=True), first_seen=seen, late=late)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (listed(MONDAY - 8 * DAY), False),
        (listed(MONDAY - 7 * DAY), True),
        (listed(MONDAY), True),
        (listed(MONDAY + DAY, NOW + 2 * DAY), False),
        (listed(MONDAY - 7 * DAY, late=True), True),
        (listed(MONDAY - 7 * DAY, NOW - 8 * DAY, late=True), False),
        (stored(entry(published=WINDOW.start)), True),
        (stored(entry(published=WINDOW.start - HOUR)), False),
        (stored(entry(published=NOW), first_seen=NOW + HOUR), False),
        (stored(entry(published=None), first_seen=NOW + HOUR), True),
    ],
)
def test_spoken_in(one: StoredEntry, expected: bool) -> None:  # noqa: FBT001 - a value of the table
    """A day counts in every window that has an hour of it, an instant in the one that holds it, the undated when it is seen."""
    assert expected == spoken_in(one, WINDOW)


def test_a_day_that_ends_where_the_window_begins_is_over() -> None:
    """A listing whose day is over when the window begins competed in the one before."""
    window = type(WINDOW)(start=MONDAY, end=MONDAY + 7 * DAY)

    assert not spoken_in(listed(MONDAY - DAY), window)
    assert spoken_in(listed(MONDAY), window)


def test_stored_after_the_last_digest() -> None:
    """What the digest before could not know competes in this one, whatever its date."""
    before = stored(entry(published=WINDOW.start - HOUR), first_seen=WINDOW.start + HOUR)

    assert spoken_in(before, WINDOW, compiled_before=WINDOW.start)
    assert not spoken_in(before, WINDOW, compiled_before=WINDOW.start + HOUR)


def test_all_that_was_said_of_what_competes() -> None:
    """An item that is spoken of inside the window brings along what was said of it before, and nothing said afterwards."""
    rows = [
        (
            f"arxiv:{PAPER}",
            stored(entry(str(days), published=at(days=days)), first_seen=at(days=days - 1)),
            mention(external_id=str(days), at=at(days=days)),
        )
        for days in (9, 2, -1)
    ]

    assert ["9", "2"] == [one.entry.external_id for _, one, _ in within(rows, WINDOW)]
    assert [] == within(rows[:1], WINDOW)


def test_neither_sent_nor_withdrawn() -> None:
    """What a digest has sent does not compete again, and a withdrawn paper not at all."""
    rows = [
        ("arxiv:1", stored(entry("1")), mention("arxiv:1")),
        ("arxiv:2", stored(entry("2", tags=("cs.LG", "withdrawn"))), mention("arxiv:2")),
        ("arxiv:3", stored(entry("3")), mention("arxiv:3")),
    ]

    assert ["arxiv:3"] == [item.key for item in candidates(fold(rows), {"arxiv:1"})]
