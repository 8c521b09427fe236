"""For every test: how long one may take, which may start processes, and what is kept for all of them."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import settings

from tests.examples import examples

# How long one example takes says more about who else uses the machine than about the code; benchmarks measure time.
settings.register_profile("paperround", deadline=None, max_examples=examples(100))
settings.load_profile("paperround")

MAY_START_PROCESSES = ("browser", "postgres", "process", "replay")
_started: list[str] | None = None


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event == "subprocess.Popen" and _started is not None:
        _started.append(str(arguments[0]))


sys.addaudithook(_audit)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Ten thousand tests and their modules stay to the end: no collection of garbage looks through them, neither now nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Fixtures may start no more than their test may."""
    with _no_process_unless_marked(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that starts a program without one of the markers that leave it out of `make test-fast`."""
    with _no_process_unless_marked(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """What a test that runs the program's own logging lets through is no other test's: which one comes next is chance where several run at once."""
    try:
        yield
    finally:
        logging.root.setLevel(logging.WARNING)


def pytest_sessionfinish() -> None:
    """
    Stop the PostgreSQL server of this process before it ends: pytest-xdist kills a worker that takes ten seconds to exit, and a server
    of a few hundred databases, and its files, would stay. The fork server ends with it.
    """
    if databases := sys.modules.get("tests.databases"):
        databases.stop_postgresql()
    if fork_server := sys.modules.get("tests.fork_server"):
        fork_server.program_server().close()


@contextmanager
def _no_process_unless_marked(item: pytest.Item) -> Iterator[None]:
    """
    Hold that the fast tests are fast: programs are what the others wait for.

    The audit event is Python's own (docs.python.org/3/library/audit_events.html), so no way of starting one goes unseen. Worker
    processes of the parse pool are forked, cost little and are no programs.
    """
    global _started  # noqa: PLW0603 - an audit hook cannot be taken away again, so it asks what to do
    _started = None if any(item.get_closest_marker(name) for name in MAY_START_PROCESSES) else []
    try:
        yield
        assert not _started, f"mark this test `process`: it started {_started}"
    finally:
        _started = None
