"""What is said of an outage of the job queue's database."""

from __future__ import annotations

import logging

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException

from adapters.queue.outage import OVER_SECONDS, Outage, is_news, sentence_of


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def wrapped(cause: BaseException) -> ConnectorException:
    """An error as procrastinate raises it."""
    error = ConnectorException()
    error.__cause__ = cause
    return error


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_once_an_outage(caplog: pytest.LogCaptureFixture) -> None:
    """However often it is met and in whatever words the connection broke off, an outage is told once, with what to do, and once that it is over."""
    clock = Seconds()
    outage = Outage(lambda error: f"The database 'papers' cannot be reached: {error}. See that it runs.", clock)
    outage.answered()
    for said in ("connection refused", "couldn't get a connection after 10.00 sec", "server closed the connection"):
        outage.failed(wrapped(psycopg.OperationalError(said)))
        clock.now += 3
        outage.answered()
    outage.failed(psycopg.errors.AdminShutdown("terminating connection"))
    clock.now += OVER_SECONDS
    outage.answered()
    outage.answered()

    first = (
        "The job queue is not served: The database 'papers' cannot be reached: connection refused. See that it runs. It goes on by itself once that is "
        "mended"
    )
    assert [first, "The job queue has been served again for half a minute"] == told(caplog)
    outage.failed(OSError("no route"))
    assert len(told(caplog)) == 3, "the next one is another one"


def test_another_kind_of_fault(caplog: pytest.LogCaptureFixture) -> None:
    """A server that is back and takes no writes is something else to mend, and is told, too."""
    outage = Outage(sentence_of, Seconds())
    outage.failed(psycopg.OperationalError("connection refused"))
    outage.failed(wrapped(psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT")))
    outage.failed(wrapped(psycopg.errors.ReadOnlySqlTransaction("cannot execute UPDATE")))

    assert len(told(caplog)) == 2
    assert "takes no writes now" in told(caplog)[1]


def test_kinds_that_alternate(caplog: pytest.LogCaptureFixture) -> None:
    """Each of two kinds is told once in an outage, however often they take turns, and again in the next one."""
    clock = Seconds()
    outage = Outage(sentence_of, clock)
    kinds = (psycopg.errors.TooManyConnections("too many clients"), psycopg.OperationalError("no connection in time"))
    for number in range(6):
        outage.failed(kinds[number % 2])
        clock.now += 3

    assert len(told(caplog)) == 2
    clock.now += OVER_SECONDS
    outage.answered()
    outage.failed(kinds[0])
    assert len(told(caplog)) == 4


@pytest.mark.parametrize(
    ("error", "news"), [(wrapped(psycopg.OperationalError("away")), False), (TypeError("ours"), True), (None, True)]
)
def test_what_procrastinate_logs(error: Exception | None, *, news: bool) -> None:
    """Its tracebacks of a database that is away say nothing that is not told already; those of faults do."""
    told = (type(error), error, None) if error else None
    record = logging.LogRecord("procrastinate.utils", logging.ERROR, __file__, 1, "listener error", (), told)  # type: ignore[arg-type]

    assert news is is_news(record)
