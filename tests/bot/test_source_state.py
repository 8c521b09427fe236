"""What a source's answer means: what of it is news, how the source stands, and when it is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.announcement import announced_at
from bot.errors import SourceError
from bot.model import Attention, Entry, FetchResult, ItemKind, Section, SourceRecord, SourceReport, SourceStatus
from bot.ports import Upserted
from bot.source_state import (
    LATENESS,
    LONGEST_REST,
    SourceAnswer,
    asked_since,
    backoff,
    batch_of,
    gap_since,
    not_asked,
    record_of,
    report_of,
    status_of,
    wants_another_look,
    wants_full_read,
)
from tests.factories import DAY, HOUR, NOW, PAPER, at, entry, link, report, spec

MINUTE = timedelta(minutes=1)
SINCE = at(days=7)
NEVER = SourceRecord(id="arxiv")
LATELY = SourceRecord(id="arxiv", first_success=at(days=30), last_success=at(hours=12))


def placed(published: datetime | None, record: SourceRecord = LATELY) -> tuple[bool, bool, datetime]:
    """Whether an entry is archive, whether it is late, and when it counts."""
    (one,) = batch_of(spec(), record, [entry(published=published)], since=SINCE, now=NOW).entries
    return one.backlog, one.late, one.at


def answer(result: FetchResult | None = None, error: SourceError | None = None, **what: Any) -> SourceAnswer:
    record = what.pop("record", LATELY)
    return SourceAnswer(what.pop("spec", spec(**what)), record, 1.23456, result=result, error=error)


class TestNews:
    @pytest.mark.parametrize(
        ("published", "expected"),
        [
            (at(days=1), (False, False, at(days=1))),
            (SINCE, (False, False, SINCE)),
            (SINCE - MINUTE, (True, False, SINCE - MINUTE)),
            (None, (True, False, NOW)),
            (NOW + DAY, (False, False, NOW)),
        ],
    )
    def test_first_time(self, published: datetime | None, expected: tuple[bool, bool, datetime]) -> None:
        """Of a source that is new to us, what is undated or older than asked for counts as seen; the future counts as now."""
        assert expected == placed(published, NEVER)

    @pytest.mark.parametrize(
        ("published", "expected"),
        [
            (at(hours=1), (False, False, at(hours=1))),
            (at(hours=12), (False, False, at(hours=12))),
            (at(hours=13), (False, True, NOW)),
            (at(days=4), (False, True, NOW)),
            (NOW - LATENESS, (False, True, NOW)),
            (NOW - LATENESS - MINUTE, (True, True, NOW)),
            (None, (False, False, NOW)),
            (NOW + DAY, (False, False, NOW)),
        ],
    )
    def test_later(self, published: datetime | None, expected: tuple[bool, bool, datetime]) -> None:
        """What reaches us after its time has been read counts from now, unless it is more than two weeks old."""
        assert expected == placed(published)

    def test_after_weeks_without_a_look(self) -> None:
        """What was said since the last look is news, however long ago that was; only what was there before is archive."""
        away = SourceRecord(id="arxiv", first_success=at(days=60), last_success=at(days=20))

        assert placed(at(days=19), away) == (False, False, at(days=19))
        assert placed(at(days=21), away)[0]

    def test_asked_since(self) -> None:
        """A source is asked back to its last answer, four weeks at most, or as far as is wanted."""
        days = (1, 10, 60)
        asked = [asked_since(SourceRecord(id="arxiv", last_success=at(days=ago)), SINCE, NOW) for ago in days]

        assert asked == [SINCE, at(days=10, hours=1), at(days=28)]
        assert asked_since(NEVER, SINCE, NOW) == SINCE

    @pytest.mark.parametrize(("hours", "late"), [(11, False), (13, True)])
    def test_a_day_is_late_when_it_is_over(self, hours: int, late: bool) -> None:  # noqa: FBT001 - a value of the table
        """A source that names days may still speak on a day that has not ended: it is late only where the day was read to its end."""
        day = at(hours=hours) - DAY
        (one,) = batch_of(spec(), LATELY, [entry(published=day, whole_day=True)], since=SINCE, now=NOW).entries

        assert one.late == late

    def test_a_new_source_is_late_for_what_was_sent(self) -> None:
        """What a new source said in a week that was a digest already counts from now on, for that digest could not have it."""
        (one,) = batch_of(
            spec(), NEVER, [entry(published=at(days=3))], since=SINCE, now=NOW, read_until=at(days=1)
        ).entries

        assert (one.backlog, one.at) == (False, NOW)

    @pytest.mark.parametrize(
        ("submitted", "announced"),
        [
            ("2026-08-07T17:59:00+00:00", "2026-08-10T00:00:00+00:00"),
            ("2026-08-07T18:00:00+00:00", "2026-08-11T00:00:00+00:00"),
            ("2026-08-08T12:00:00+00:00", "2026-08-11T00:00:00+00:00"),
            ("2026-08-10T12:00:00+00:00", "2026-08-11T00:00:00+00:00"),
            ("2026-08-06T18:30:00+00:00", "2026-08-10T00:00:00+00:00"),
            ("2026-01-14T18:59:00+00:00", "2026-01-15T01:00:00+00:00"),
        ],
    )
    def test_announcements(self, submitted: str, announced: str) -> None:
        """ArXiv announces in the evening of a working day what was in by 14:00 in New York, Friday's on Sunday."""
        assert announced_at(datetime.fromisoformat(submitted)) == datetime.fromisoformat(announced)

    @pytest.mark.parametrize(
        ("url", "backlog"), [("https://arxiv.org/abs/2608.01234", False), ("https://lab.example/1", True)]
    )
    def test_a_paper_announced_in_the_window(self, url: str, backlog: bool) -> None:  # noqa: FBT001 - a value of the table
        """Of arXiv, when it is first asked, a paper submitted before the window and announced inside it is news from now on; no other entry is."""
        before = SINCE - MINUTE
        one, old = batch_of(
            spec(),
            NEVER,
            [entry("1", url=url, published=day, work_date=day) for day in (before, before - 7 * DAY)],
            since=SINCE,
            now=NOW,
        ).entries

        assert (one.backlog, one.at == NOW, old.backlog) == (backlog, not backlog, True)

    def test_failing_at_first(self) -> None:
        """A source that has never answered is new to us, however often it was asked."""
        failed = SourceRecord(id="arxiv", failures=3, failing_since=at(days=3))

        assert placed(at(days=30), failed)[0]

    def test_batch(self) -> None:
        """A batch holds the entries, what each speaks of, and a title for everything spoken of."""
        letter = entry(
            "1", "letter", kind=ItemKind.NEWSLETTER, section=Section.NEWSLETTERS, links=(link(text="a paper"),)
        )
        batch = batch_of(spec("letter"), LATELY, [letter], since=SINCE, now=NOW)

        assert (batch.source_id, [one.entry for one in batch.entries]) == ("letter", [letter])
        assert batch.titles == {"url:https://letter.example/1": "On 1", f"arxiv:{PAPER}": "a paper"}
        assert {mention.at for mention in batch.mentions} == {NOW}

    def test_a_works_own_title_counts(self) -> None:
        """A work that one entry links to and another is about has its own title, in whatever order they come."""
        letter, paper = (
            entry("1", links=(link(text="this"),)),
            entry("2", url=f"https://arxiv.org/abs/{PAPER}", title="Agents"),
        )

        for entries in ([letter, paper], [paper, letter]):
            assert batch_of(spec(), LATELY, entries, since=SINCE, now=NOW).titles[f"arxiv:{PAPER}"] == "Agents"


class TestReport:
    def test_answered(self) -> None:
        """A source that answered says how much it gave, how much of it was new, and when it last said something."""
        result = FetchResult(
            entries=(entry("1", published=at(days=1)), entry("2", published=at(hours=3))), note="one dropped"
        )
        told = report_of(answer(result), Upserted(new=frozenset({"2"})), NOW)

        assert told == SourceReport(
            id="arxiv", kind="feed", name="Arxiv", state=SourceStatus.OK, fetched=2, new=1, newest=at(hours=3), seconds=1.235, error="one dropped",
        )  # fmt: skip

    def test_changed_is_not_new(self) -> None:
        """An entry whose votes changed is not new."""
        result = FetchResult(entries=(entry(attention=Attention(votes=2)),))

        assert report_of(answer(result), Upserted(changed=frozenset({PAPER})), NOW).new == 0

    def test_unchanged(self) -> None:
        """A source without anything new says so, and keeps the time of its newest entry."""
        record = SourceRecord(id="arxiv", newest=at(days=2), last_success=at(days=1))
        told = report_of(answer(FetchResult(not_modified=True), record=record), Upserted(), NOW)

        assert (told.state, told.newest, told.fetched) == (SourceStatus.UNCHANGED, at(days=2), 0)

    def test_failed(self) -> None:
        """A source that failed says why, and keeps the time of its newest entry."""
        record = SourceRecord(id="arxiv", newest=at(days=2))
        told = report_of(answer(error=SourceError("arxiv", "answered 503"), record=record), Upserted(), NOW)

        assert (told.state, told.error, told.newest) == (SourceStatus.FAILING, "answered 503", at(days=2))

    def test_failing_since(self) -> None:
        """The first failure in a row is the instant since when a source is failing; one that answers is not."""
        before = SourceRecord(id="arxiv", failures=2, failing_since=at(days=3))
        error = SourceError("arxiv", "answered 503")
        told = [report_of(answer(error=error, record=record), Upserted(), NOW) for record in (LATELY, before)]
        well = report_of(answer(FetchResult(), record=before), Upserted(), NOW)

        assert [each.failing_since for each in told] == [NOW, at(days=3)]
        assert well.failing_since is None

    def test_read_in_part(self) -> None:
        """That something of the window is missing is told as such and in words, also of a source that is stale by what was read."""
        result = FetchResult(partial=True, note="took the newest 3 of 9 papers")
        old = SourceRecord(id="arxiv", newest=at(days=30), rhythm_days=1.0)
        told, stale = (report_of(answer(result, record=record), Upserted(), NOW) for record in (LATELY, old))

        assert (told.partial, told.error) == (True, "read in part: took the newest 3 of 9 papers")
        assert (stale.state, stale.partial) == (SourceStatus.STALE, True)
        assert stale.error == "nothing since 18 July 2026, usually daily; read in part: took the newest 3 of 9 papers"

    @pytest.mark.parametrize(
        ("newest", "expected"), [(at(hours=1), at(hours=1)), (NOW + DAY, at(days=2)), (None, at(days=2))]
    )
    def test_newest(self, newest: datetime | None, expected: datetime) -> None:
        """The newest is what the source says itself; a date in the future is not believed."""
        result = FetchResult(
            entries=(entry(), entry("2", published=NOW + 9 * DAY), entry("3", published=None)), newest=newest
        )

        assert report_of(answer(result), Upserted(), NOW).newest == expected


class TestStanding:
    @pytest.mark.parametrize(
        ("days", "rhythm", "expected"),
        [
            (6.9, 1, SourceStatus.OK),
            (7.1, 1, SourceStatus.STALE),
            (13.9, 3, SourceStatus.OK),
            (14.1, 3, SourceStatus.STALE),
            (20, 7, SourceStatus.OK),
            (22, 7, SourceStatus.STALE),
            (89, 30, SourceStatus.OK),
            (91, 30, SourceStatus.STALE),
            (400, None, SourceStatus.OK),
        ],
    )
    def test_stale(self, days: float, rhythm: float | None, expected: SourceStatus) -> None:
        """Stale is who has said nothing for three times its rhythm, and for a week at least; for two who is not daily."""
        state, _ = status_of(spec(), rhythm, newest=at(days=days), now=NOW, not_modified=False)

        assert expected is state

    @pytest.mark.parametrize("rhythm", [0.5, 1, 3.5])
    @pytest.mark.parametrize(
        ("days", "expected"), [(11, SourceStatus.OK), (13.9, SourceStatus.OK), (14.1, SourceStatus.STALE)]
    )
    def test_a_labs_holidays(self, days: float, rhythm: float, expected: SourceStatus) -> None:
        """A lab that is silent for eleven days has neither moved nor ended, however often it usually publishes."""
        lab = spec(section=Section.LABS)

        assert expected is status_of(lab, rhythm, newest=at(days=days), now=NOW, not_modified=False)[0]

    def test_stale_in_words(self) -> None:
        """A stale source says since when, and how often it usually speaks."""
        newest = at(days=24)
        _, words = status_of(spec(), 7, newest=newest, now=NOW, not_modified=True)

        assert words == "nothing since 24 July 2026, usually weekly"

    @pytest.mark.parametrize(
        ("days", "word"),
        [
            (0.3, "daily"),
            (3, "several times a week"),
            (7, "weekly"),
            (14, "every two weeks"),
            (30, "monthly"),
            (90, "rarely"),
        ],
    )
    def test_rhythm_in_words(self, days: float, word: str) -> None:
        """A rhythm is said in words that people use."""
        _, words = status_of(spec(), days, newest=at(days=1000), now=NOW, not_modified=False)

        assert (words or "").endswith(f"usually {word}")

    @pytest.mark.parametrize(
        ("days", "expected"), [(1, SourceStatus.OK), (8, SourceStatus.QUIET), (900, SourceStatus.QUIET)]
    )
    def test_quiet(self, days: float, expected: SourceStatus) -> None:
        """A source that seldom speaks is quiet, never stale."""
        assert status_of(spec(quiet=True), 1, newest=at(days=days), now=NOW, not_modified=False) == (expected, None)


class TestGaps:
    """A source that shows only so many entries may lose some between two looks."""

    GAP = FetchResult(gap="may have lost entries")

    def after(self, *results: FetchResult, days: float = 0.5) -> SourceRecord:
        """What is remembered after these answers, one every so many days, the last one now."""
        record = LATELY
        for place, result in enumerate(results):
            now = at(days=days * (len(results) - 1 - place))
            one = answer(result, record=record)
            record = record_of(one, report_of(one, Upserted(), now), now)
        return record

    def test_are_told(self) -> None:
        """The report says that it was read in part, and why."""
        told = report_of(answer(self.GAP), Upserted(), NOW)

        assert (told.partial, told.error) == (True, "read in part: may have lost entries")

    def test_stay_told_in_the_window_of_a_digest(self) -> None:
        """A look that goes well does not undo what was lost before; a digest that begins later does not tell of it."""
        record = self.after(self.GAP, FetchResult())
        well = report_of(answer(FetchResult(), record=record), Upserted(), NOW)
        told = gap_since(well, record, SINCE)

        assert not well.partial
        assert (told.partial, told.error) == (True, "read in part: on 16 August it may have lost entries")
        assert gap_since(well, record, NOW) == well
        assert gap_since(well, LATELY, SINCE) == gap_since(well, None, SINCE) == well

    @pytest.mark.parametrize(("gaps", "hours"), [(1, 6.0), (2, 3.0), (3, 1.5), (4, 1.0), (9, 1.0)])
    def test_make_for_more_looks(self, gaps: int, hours: float) -> None:
        """Each time it is asked twice as often, up to once an hour."""
        record = self.after(*[self.GAP] * gaps)

        assert record.look_every == hours
        assert not wants_another_look(record, NOW + timedelta(hours=hours) - MINUTE)
        assert wants_another_look(record, NOW + timedelta(hours=hours))

    @pytest.mark.parametrize(("looks", "hours"), [(27, 6.0), (28, None)])
    def test_are_forgotten_in_time(self, looks: int, hours: float | None) -> None:
        """After two weeks without one it is asked as often as the others."""
        assert self.after(self.GAP, *[FetchResult()] * looks).look_every == hours

    def test_respect_what_a_source_says(self) -> None:
        """A source that says when it will have news is not asked before."""
        record = replace(self.after(self.GAP), next_try=NOW + 8 * HOUR)

        assert not wants_another_look(record, NOW + 7 * HOUR)
        assert wants_another_look(record, NOW + 9 * HOUR)

    def test_others_wait_for_their_turn(self) -> None:
        """A source that lost nothing is asked in the round of all; one that failed when its rest is over."""
        failed = replace(LATELY, failures=1, next_try=NOW)

        assert not wants_another_look(LATELY, NOW + 99 * DAY)
        assert wants_another_look(failed, NOW)
        assert not wants_another_look(failed, NOW - MINUTE)


class TestFullReads:
    @pytest.mark.parametrize(
        ("last", "expected"),
        [
            (None, True),
            (NOW, False),
            (at(days=6), False),
            (at(days=7), True),
            (at(days=7) + timedelta(seconds=5), True),
            (at(days=7) + timedelta(hours=1), True),
            (NOW + DAY, True),
        ],
    )
    def test_once_a_week(self, last: datetime | None, *, expected: bool) -> None:
        """A source is asked for everything at each weekly collect, however early, and at once where that was never noted, or by a clock that ran ahead."""
        assert wants_full_read(replace(LATELY, full_read=last), NOW) == expected

    @pytest.mark.parametrize(("full", "expected"), [(True, NOW), (False, at(days=3))])
    def test_are_noted(self, *, full: bool, expected: datetime) -> None:
        """An answer to such a question is noted; another answer, and a failure, change nothing."""
        before = replace(LATELY, full_read=at(days=3))
        one = replace(answer(FetchResult(), record=before), full=full)
        failed = replace(answer(error=SourceError("arxiv", "answered 503"), record=before), full=True)

        assert record_of(one, report(), NOW).full_read == expected
        assert record_of(failed, report(), NOW).full_read == at(days=3)


class TestRecord:
    def test_success(self) -> None:
        """After an answer the source's own note is kept, and every failure is forgotten."""
        before = SourceRecord(id="arxiv", failures=3, failing_since=at(days=1), next_try=at(hours=1), rhythm_days=2.0)
        told = report(newest=at(hours=3))
        after = record_of(answer(FetchResult(state={"etag": "x"}), record=before), told, NOW)

        assert after == SourceRecord(
            id="arxiv", state={"etag": "x"}, first_success=NOW, last_success=NOW, newest=at(hours=3), rhythm_days=2.0, report=told
        )  # fmt: skip

    def test_failure(self) -> None:
        """After a failure the note is kept as it was, and the source rests."""
        before = SourceRecord(
            id="arxiv", state={"etag": "x"}, last_success=at(days=2), failures=1, failing_since=at(days=1)
        )
        after = record_of(answer(error=SourceError("arxiv", "answered 503"), record=before), report(), NOW)

        assert (after.state, after.last_success, after.failing_since) == ({"etag": "x"}, at(days=2), at(days=1))
        assert (after.failures, after.next_try) == (2, NOW + 10 * MINUTE)

    def test_failure_that_cost(self) -> None:
        """A failure that brings a note of its own is remembered with it."""
        before = SourceRecord(id="x", state={"posts": 0})
        error = SourceError("x", "did not answer", state={"posts": 100})

        assert record_of(answer(error=error, record=before), report(), NOW).state == {"posts": 100}

    @pytest.mark.parametrize(
        ("until", "expected"), [(None, None), (NOW + HOUR, NOW + HOUR), (NOW + 300 * DAY, NOW + LONGEST_REST)]
    )
    def test_rest(self, until: datetime | None, expected: datetime | None) -> None:
        """A source that says when it will have news is left alone until then, some hours at most."""
        assert record_of(answer(FetchResult(rests_until=until)), report(), NOW).next_try == expected


class TestBackoff:
    @pytest.mark.parametrize(
        ("failures", "minutes"), [(1, 5), (2, 10), (3, 20), (6, 160), (9, 1280), (10, 1440), (10_000, 1440), (0, 5)]
    )
    def test_doubling(self, failures: int, minutes: int) -> None:
        """Five minutes, doubling with each failure, a day at most."""
        assert backoff(failures, None) == minutes * MINUTE

    @pytest.mark.parametrize(
        ("seconds", "expected"),
        [
            (1, 5 * MINUTE),
            (3600, HOUR),
            (1e6, DAY),
            (1e30, DAY),
            (float("inf"), DAY),
            (-5, 5 * MINUTE),
            (float("nan"), DAY),
        ],
    )
    def test_what_the_source_asks_for(self, seconds: float, expected: timedelta) -> None:
        """What a source asks for is the least, a day the most, whatever number it sends."""
        assert backoff(1, seconds) == expected

    def test_gone(self) -> None:
        """A source that is gone rests for a week."""
        assert backoff(1, None, gone=True) == 7 * DAY


class TestNotAsked:
    def test_off(self) -> None:
        """A source that is off is not asked, and it is said why."""
        told = not_asked(spec(enabled=False, off_because="needs a token"), LATELY, NOW, respect_backoff=False)

        assert told is not None
        assert (told.state, told.error) == (SourceStatus.OFF, "needs a token")

    @pytest.mark.parametrize(
        ("respect", "hours", "asked"),
        [(True, 1, False), (False, 1, True), (True, 0, True), (True, -1, True), (True, 24 * 400, True)],
    )
    def test_resting(self, respect: bool, hours: int, asked: bool) -> None:  # noqa: FBT001 - parametrised
        """A source that failed is left alone until its time, unless somebody asks by hand, or a clock that ran ahead named it."""
        record = SourceRecord(id="arxiv", failures=1, next_try=NOW + hours * HOUR, report=report(error="answered 503"))

        assert asked == (not_asked(spec(), record, NOW, respect_backoff=respect) is None)


def test_entries_stay_as_said() -> None:
    """What is stored is what the source said."""
    said: Entry = entry(title=" odd <title> ")

    assert batch_of(spec(), NEVER, [said], since=SINCE, now=NOW).entries[0].entry is said


def test_what_was_said_while_its_source_was_down() -> None:
    """What a source said inside a window that was read while it was down counts from when it reached us."""
    down = SourceRecord(id="arxiv", first_success=at(days=30), last_success=at(days=2))
    sunday = entry(published=at(days=1))

    kept = [
        batch_of(spec(), down, [sunday], since=SINCE, now=NOW, read_until=end).entries[0] for end in (None, at(hours=1))
    ]

    assert [(False, at(days=1)), (True, NOW)] == [(one.late, one.at) for one in kept]
