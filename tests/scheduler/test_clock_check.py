"""A machine whose clock is not the database's is told of, by the log and by doctor."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import StorageError
from scheduler import doctor
from scheduler.clock_check import warn_of_disagreement
from scheduler.jobs import JOBS, tidy
from scheduler.roles.process import _aside, clock_checked
from scheduler.services import Services
from tests.scheduler.test_jobs import Lodge


def whose_clock_is(error: timedelta | None) -> Services:
    async def found(_: Services) -> timedelta | None:
        return error

    builders: Any = SimpleNamespace(clock_error=found)
    return replace(Lodge().services, builders=builders)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (timedelta(seconds=40), "This machine's clock is 40 seconds ahead of the database's"),
        (timedelta(seconds=-6), "This machine's clock is 6 seconds behind the database's"),
    ],
)
async def test_wrong(caplog: pytest.LogCaptureFixture, error: timedelta, words: str) -> None:
    """The log and doctor say which way, by how much, and what to do."""
    services = whose_clock_is(error)
    with caplog.at_level(logging.WARNING):
        await warn_of_disagreement(services)
    (record,) = caplog.records
    assert (record.action, record.getMessage().startswith(f"{words}. Keep both by NTP")) == ("clocks_disagree", True)  # type: ignore[attr-defined]

    (finding,) = await doctor._clock(services)
    assert (finding.well, finding.what) == (False, words)


@pytest.mark.parametrize(("error", "said"), [(timedelta(seconds=4), 1), (None, 0)])
async def test_right(caplog: pytest.LogCaptureFixture, error: timedelta | None, said: int) -> None:
    """Some seconds are no matter; where there is one clock nothing is said at all."""
    services = whose_clock_is(error)
    await warn_of_disagreement(services)
    findings = await doctor._clock(services)
    assert (caplog.records, len(findings), all(one.well for one in findings)) == ([], said, True)


async def test_the_database_is_away(caplog: pytest.LogCaptureFixture) -> None:
    """That it does not answer is told as its own fault, and starts are not kept by it."""

    async def away(_: Services) -> timedelta | None:
        raise StorageError("The database does not answer.")

    builders: Any = SimpleNamespace(clock_error=away)
    await warn_of_disagreement(replace(Lodge().services, builders=builders))
    assert caplog.records == []


async def test_a_check_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours in looking ends the clock check, which is named; memory is given back all the same."""

    async def fails(_: Services) -> timedelta | None:
        raise RuntimeError("nobody thought of this")

    builders: Any = SimpleNamespace(clock_error=fails)
    services = replace(Lodge().services, builders=builders)
    await _aside("clock check", clock_checked(services))
    await tidy(services)
    (record,) = caplog.records
    assert record.getMessage().startswith("The clock check of this process came to an end")


def test_both_are_jobs_of_one_process() -> None:
    """Where one process does everything, it gives memory back and looks at the clock, as every role's process does."""
    assert {job.name: job.run for job in JOBS}.items() >= {"tidy": tidy, "clock check": warn_of_disagreement}.items()
