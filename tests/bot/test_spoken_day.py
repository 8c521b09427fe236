"""The date on a card is true: from when the work is, and when which source spoke."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.dedupe import fold
from bot.model import BlockRole, Item
from bot.ranking import rank
from bot.rendering import render
from bot.spoken_day import named_day, spoken_day, work_day
from tests.factories import NOW, PAPER, WINDOW, channel, digest, entry, mention, pick, report, stored

NEW_YORK = ZoneInfo("America/New_York")
LISTED = datetime(2026, 8, 13, tzinfo=UTC)
WRITTEN = datetime(2026, 8, 1, tzinfo=UTC)


def listed() -> Item:
    """A paper of 1 August that Hugging Face listed on the 13th."""
    one = entry(source_id="huggingface", published=LISTED, whole_day=True, work_date=WRITTEN)
    (item,) = fold([(f"arxiv:{PAPER}", stored(one), mention(source_id="huggingface", at=LISTED))])
    return item


@pytest.mark.parametrize("hours", [-11, -5, 0, 2, 9, 11])
def test_a_day_is_that_day(hours: int) -> None:
    """The first instant of a day in any zone names that day, wherever it is read."""
    first = datetime.fromisoformat(f"2026-08-13T00:00:00{hours:+03}:00").astimezone(UTC)

    assert named_day(first) == date(2026, 8, 13)


def test_which_day() -> None:
    """A day is itself, an instant is on the channel's calendar, and without a date it is the day on which we saw it."""
    day = mention(at=LISTED, spoke=LISTED, whole_day=True)

    assert spoken_day(day, NEW_YORK) == date(2026, 8, 13)
    assert spoken_day(mention(at=LISTED, spoke=LISTED), NEW_YORK) == date(2026, 8, 12)
    assert spoken_day(mention(at=LISTED), NEW_YORK) == date(2026, 8, 12)


def test_a_work_has_its_own_date() -> None:
    """A work is from the day that a source gives it, not from the day on which it was listed."""
    assert work_day(listed(), NEW_YORK) == date(2026, 8, 1)


def test_the_reason_says_both() -> None:
    """A listed paper is not called new: the reason says from when it is and since when the source has it; of a new one, the day."""
    older = listed()
    fresh = fold(
        [
            (
                "arxiv:1",
                stored(entry("1", published=LISTED, work_date=LISTED)),
                mention("arxiv:1", external_id="1", at=LISTED),
            )
        ]
    )[0]
    names = {"huggingface": "Hugging Face", "arxiv": "arXiv"}
    texts = {
        ranked.item.key: [reason.text for reason in ranked.score.reasons if reason.name == "freshness"]
        for ranked in rank([older, fresh], channel(), WINDOW, names=names)
    }

    assert texts == {
        f"arxiv:{PAPER}": ["from 1 August, on Hugging Face since 13 August"],
        "arxiv:1": ["new on Thursday"],
    }


def test_the_card_says_both() -> None:
    """The card gives the work's date, and beside each source that spoke on another day, that day."""
    card = render(
        digest(pick(listed()), sources=(report("huggingface", name="Hugging Face"),), compiled_at=NOW),
        channel(zone="America/New_York"),
    )[1]
    seen = next(block for block in card.blocks if block.role is BlockRole.SEEN)

    assert [span.text for span in seen.spans] == ["1 August", "Hugging Face, 13 August"]
