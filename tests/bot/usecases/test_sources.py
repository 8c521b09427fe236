"""Sources as people manage them: what is said of each, and where what they add belongs."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.model import FoundFeed, ListedFeed, Section, SourceRecord, SourceStatus
from bot.usecases.sources import SourceState, Who, add, import_feeds, remark
from tests.factories import DAY, HOUR, NOW, at, report, spec
from tests.fake_storage import FakeDatabase

OPERATOR = Who("the operator", operator=True)


class FakeFinder:
    """Finds at every address a feed of that address."""

    async def find(self, url: str, *, trusted: bool) -> FoundFeed:
        return FoundFeed(url=url, title="It", entries=3)


def standing(
    *, next_try: datetime | None = None, failing_since: datetime | None = None, **about: object
) -> SourceState:
    record = SourceRecord(id="arxiv", failing_since=failing_since, next_try=next_try)
    return SourceState(spec=spec(), report=report(**about), record=record, entries=0)


class TestRemark:
    def test_of_one_that_is_well(self) -> None:
        """There is nothing to say, and a pause that a source asked for itself is no trouble."""
        assert remark(standing(), NOW) == ""
        assert remark(standing(next_try=NOW + HOUR), NOW) == ""

    @pytest.mark.parametrize(
        ("since", "until", "expected"),
        [
            (NOW, NOW + HOUR, "answered 503, failing since 17 August, paused until 10:00 UTC"),
            (at(days=5), NOW + 7 * DAY, "answered 503, failing since 12 August, paused until 24 August, 09:00 UTC"),
            (at(days=300), NOW - HOUR, "answered 503, failing since 21 October 2025"),
            (None, None, "answered 503"),
        ],
    )
    def test_of_one_that_fails(self, since: datetime | None, until: datetime | None, expected: str) -> None:
        """It is said why, since when (the year where it is another one), and until when nobody but people asks it."""
        failing = standing(state=SourceStatus.FAILING, error="answered 503", failing_since=since, next_try=until)

        assert remark(failing, NOW) == expected

    def test_of_one_that_was_switched_off_while_it_failed(self) -> None:
        """What is off is off: how it failed before is of no account."""
        off = standing(state=SourceStatus.OFF, error="switched off", failing_since=at(days=2), next_try=NOW + HOUR)

        assert remark(off, NOW) == "switched off"


class TestSections:
    @pytest.mark.parametrize(("section", "expected"), [(None, None), (Section.PAPERS, "papers")])
    async def test_add(self, section: Section | None, expected: str | None) -> None:
        """A source is added to the section that was named; without one, the catalogue decides."""
        database = FakeDatabase()
        source_id, _ = await add(
            "https://lab.example/",
            OPERATOR,
            [spec()],
            FakeFinder(),
            database.unit_of_work,
            lambda: NOW,
            section=section,
        )
        async with database.unit_of_work() as unit:
            assert (await unit.source_settings.all())[source_id].values.get("section") == expected

    @pytest.mark.parametrize(
        ("section", "expected"), [(None, [None, "community"]), (Section.NEWSLETTERS, ["newsletters", "newsletters"])]
    )
    async def test_import(self, section: Section | None, expected: list[str | None]) -> None:
        """Feeds go to the section under which they are listed; one that was named goes before all of them."""
        feeds = [
            ListedFeed(url="https://one.example/", title="One"),
            ListedFeed(url="https://two.example/", title="Two", section=Section.COMMUNITY),
        ]
        database = FakeDatabase()
        done = await import_feeds(feeds, OPERATOR, [spec()], database.unit_of_work, lambda: NOW, section=section)
        async with database.unit_of_work() as unit:
            settings = await unit.source_settings.all()

        assert [settings[one.source_id].values.get("section") for one in done] == expected
        assert [one.section for one in done] == [each and Section(each) for each in expected]
        assert [settings[one.source_id].values["name"] for one in done] == ["One", "Two"]
