"""The program with something changed, as the fork server calls it for some tests."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import timedelta
from typing import Final

LEASE: Final = 4.0
"""Seconds of a lease on a platform that is listened to, in place of thirty."""

SHORT_LEASE: Final = "tests.scenarios.variants:short_lease"
QUICK: Final = "tests.scenarios.variants:quick"
WARNED: Final = "tests.scenarios.variants:warned"


def short_lease() -> None:
    """With a lease that nobody has to wait for."""
    from scheduler import __main__, kept_leases  # noqa: PLC0415 - tests that only ask for a name load no program

    kept_leases.HELD = timedelta(seconds=LEASE)
    __main__.main()


def quick() -> None:
    """With ticks and pauses of two seconds, and a database that is looked at twice a second."""
    from scheduler import __main__, backoff, health, jobs, runner  # noqa: PLC0415 - as above

    backoff.FIRST = backoff.LONGEST = timedelta(seconds=2)
    health.CHECK_AGAIN = 0.5
    runner.JOBS = tuple(replace(job, every=timedelta(seconds=2)) if job.name == "tick" else job for job in jobs.JOBS)
    __main__.main()


def warned() -> None:
    """With what Python says of each thing that was left open, as by PYTHONWARNINGS."""
    from scheduler import __main__  # noqa: PLC0415 - as above

    warnings.simplefilter("always", ResourceWarning)
    __main__.main()
