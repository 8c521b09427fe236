"""A digest of nearly nothing waits for sources that fail, and not for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.digest.waiting import PATIENCE, waits, waits_anyway
from bot.model import Digest, SourceStatus
from tests.candidates import chosen, papers
from tests.factories import WINDOW, report


class TestWaits:
    SOURCES = (
        *(report(name, state=SourceStatus.FAILING) for name in ("arxiv", "openai", "distill")),
        report("chinai"),
        report("x-list", state=SourceStatus.OFF),
        report("lab", state=SourceStatus.NEW),
    )

    def empty(self, **what: Any) -> Digest:
        return replace(chosen([]), **({"sources": self.SOURCES, "compiled_at": WINDOW.end} | what))

    def test_counts_what_failed_of_what_was_asked(self) -> None:
        """Every failure counts, of quiet sources too; what is off or has not had its turn was not asked."""
        assert waits(self.empty(), {"distill"}) == "nothing was found, and 3 of 4 sources failed"

    def test_a_quiet_source_alone_holds_up_nothing(self) -> None:
        """Of what says nothing for months, nobody waits for an answer."""
        assert waits(self.empty(), {"arxiv", "openai", "distill"}) is None

    def test_not_for_ever(self) -> None:
        """With picks it does not wait while a quarter of the sources answers, and without them not beyond its patience."""
        full = replace(chosen(papers(1)), sources=self.SOURCES, compiled_at=WINDOW.end)

        assert waits(full, set()) is None
        assert waits(self.empty(compiled_at=WINDOW.end + PATIENCE), set())
        assert waits(replace(full, sources=self.SOURCES[:3]), set()) == "3 of 3 sources failed"
        late = WINDOW.end + PATIENCE + timedelta(seconds=1)
        assert waits(replace(full, sources=self.SOURCES[:3], compiled_at=late), set()) is None
        assert waits(self.empty(compiled_at=WINDOW.end + PATIENCE + timedelta(seconds=1)), set()) is None

    def test_without_a_digest(self) -> None:
        """Where hardly any source answered it waits whatever its picks, and that is known before they are; else it depends on them."""
        few, some = self.SOURCES[:3], self.SOURCES
        late = WINDOW.end + PATIENCE + timedelta(seconds=1)

        assert waits_anyway(few, WINDOW, WINDOW.end, set()) == "3 of 3 sources failed"
        for digest in (self.empty(sources=few), replace(chosen(papers(1)), sources=few, compiled_at=WINDOW.end)):
            assert waits(digest, set())
        assert waits_anyway(some, WINDOW, WINDOW.end, set()) is None
        assert waits_anyway(few, WINDOW, late, set()) is None
        assert waits_anyway(few, WINDOW, WINDOW.end, {"arxiv", "openai", "distill"}) is None
        assert waits_anyway((), WINDOW, WINDOW.end, set()) is None
