from __future__ import annotations

import contextlib
import os
import signal
import time

import pytest

from adapters.sources.parse.feed import Reading, parse_feed
from adapters.sources.parse.pool import Parser
from bot.errors import SourceError
from bot.model import ItemKind, Section
from tests.waiting import until


@pytest.fixture
async def parser():
    running = Parser(workers=1)
    yield running
    await running.aclose()


async def failing(parser, function, *args) -> str:
    with pytest.raises(SourceError) as caught:
        await parser.run("it", function, *args)
    return caught.value.reason


async def test_reads_in_another_process(parser):
    """What is read is read elsewhere, so that it can be killed."""
    assert await parser.run("it", os.getpid) != os.getpid()


async def test_kills_what_takes_too_long():
    """A document that takes too long is given up, and the next one is read as if nothing had been."""
    parser = Parser(workers=1, timeout=2)
    try:
        assert await failing(parser, time.sleep, 60) == "gave an answer that could not be read within 2 s"
        assert await parser.run("it", len, "abc") == 3
    finally:
        await parser.aclose()


async def test_kills_what_works_too_long():
    """A document that keeps the processor busy is given up long before the clock runs out, even inside of C."""
    parser = Parser(workers=1, work=0.5)
    try:
        for busy in ((spin, 60.0), (sum, range(10**12))):
            assert await failing(parser, *busy) == "gave an answer that took more than 0.5 s of work to be read"
        assert await parser.run("it", len, "abc") == 3
    finally:
        await parser.aclose()


async def test_waiting_is_no_work():
    """A document whose reader has to wait for the processor is read all the same."""
    parser = Parser(workers=1, work=0.2)
    try:
        assert await parser.run("it", time.sleep, 0.6) is None
    finally:
        await parser.aclose()


async def test_every_document_has_its_own_measure():
    """What the documents before have cost is not held against the next one."""
    parser = Parser(workers=1, work=0.6)
    try:
        process = await parser.run("it", os.getpid)
        for _ in range(4):
            await parser.run("it", spin, 0.25)

        assert await parser.run("it", os.getpid) == process
    finally:
        await parser.aclose()


def spin(seconds: float) -> None:
    """Keep the processor busy, swallowing whatever is raised meanwhile."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        with contextlib.suppress(BaseException):
            sum(range(1000))


async def test_survives_a_reader_that_does_not(parser):
    """A process that dies is an error of its document alone."""
    assert await failing(parser, os._exit, 3) == "gave an answer that the reader did not survive"
    assert await parser.run("it", len, "abc") == 3


async def test_replaces_a_reader_that_was_taken_away(parser):
    """A process that the system kills while it waits is replaced, and the next document does not notice."""
    os.kill(await parser.run("it", os.getpid), signal.SIGKILL)

    assert await parser.run("it", len, "abc") == 3


async def test_bounds_memory(parser):
    """A document that needs a gigabyte is an error, and takes nobody along."""
    assert await failing(parser, bytes, 2_000_000_000) == "gave an answer that is too large or too deep to be read"
    assert await parser.run("it", len, "abc") == 3


async def test_passes_on_what_a_reader_says(parser):
    """What the reader says against a document is the reason of the error."""
    reading = Reading(source_id="it", kind=ItemKind.POST, section=Section.LABS, url="https://it.example/feed")

    assert await failing(parser, parse_feed, b"<!doctype html>", reading) == "gave an HTML page instead of a feed"


async def test_rests_when_idle():
    """Some time after the last document there is no process any more, and the next document gets a new one."""
    parser = Parser(workers=1, idle=0.05)
    try:
        first = await parser.run("it", os.getpid)
        await until(lambda: not alive(first))
        assert await parser.run("it", os.getpid) != first
    finally:
        await parser.aclose()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
