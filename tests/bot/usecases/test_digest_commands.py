"""Lists of a digest's picks in answers."""

from __future__ import annotations

from bot.model import Reason
from bot.usecases.digest_commands import picked
from tests import factories


def test_why_in_a_list() -> None:
    """A pick is listed with what a reader decides by, as on its card; how many took notice, and since when it is there, is a click away."""
    topic = Reason(name="topics", text="your topic 'agents'", weight=0.5)
    notice = Reason(name="attention", text="more notice than 93% of this week's papers", weight=0.9)
    new = Reason(name="freshness", text="new on Monday", weight=0.1)
    digest = factories.digest(
        factories.pick(reasons=(topic, notice, new)), factories.pick(rank=2, reasons=(notice, new))
    )

    said = ["".join(span.text for span in line.spans) for line in picked(digest)]

    assert [" · 8 min · your topic 'agents'", f" · 8 min · {notice.text}"] == [one[one.index(" · ") :] for one in said]
