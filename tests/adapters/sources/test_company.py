"""Documents that are handed over together: each gets what it would get alone."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from adapters.sources.parse.document import Unreadable
from adapters.sources.parse.pool import Parser
from bot.errors import SourceError
from tests.adapters.sources.test_parse_pool import alive, spin
from tests.waiting import PATIENCE, until

LOST = "gave an answer that the reader did not survive"
TOO_LARGE = "gave an answer that is too large or too deep to be read"


class WatchedParser(Parser):
    """The parser, noting how many documents go in each hand-over."""

    def __init__(self, **limits):
        super().__init__(**limits)
        self.batches = []

    async def _answers(self, batch):
        self.batches.append(len(batch.documents))
        return await super()._answers(batch)


@pytest.fixture
async def watched():
    """Makes parsers of one process (or more), and ends them."""
    made = []

    def make(**limits):
        made.append(WatchedParser(**{"workers": 1} | limits))
        return made[-1]

    yield make
    for parser in made:
        await parser.aclose()


def held(gate: str) -> None:
    """Read until somebody closes the other end of a pipe; where it is gone by now, as for whoever is read again, that has happened."""
    with suppress(FileNotFoundError):
        Path(gate).read_bytes()


def let_go(gate: Path) -> None:
    """Let everybody go on who is held there, and nobody be held any more."""
    with gate.open("wb"):  # waits for whoever reads
        gate.unlink()


@asynccontextmanager
async def busy(parser) -> AsyncIterator[None]:
    """Keep the process busy until all that was begun here waits for it, however long this machine takes for that."""
    with tempfile.TemporaryDirectory() as folder:
        gate = Path(folder) / "gate"
        os.mkfifo(gate)
        blocker = asyncio.create_task(parser.run("blocker", held, str(gate)))
        await until(lambda: parser.batches)
        yield
        await asyncio.sleep(0)  # each of them takes its place in line
        await asyncio.to_thread(let_go, gate)
        await blocker


async def in_company(parser, *calls) -> list[asyncio.Task]:
    """Have documents wait for a busy process, so that they are handed over together."""
    await parser.run("first", os.getpid)
    parser.batches.clear()
    async with busy(parser):
        return [asyncio.create_task(parser.run(f"it-{n}", *call)) for n, call in enumerate(calls)]


async def told(waiting) -> list[object]:
    """What each was given; of an error its source and reason."""
    found = await asyncio.gather(*waiting, return_exceptions=True)
    return [f"{each.source_id} {each.reason}" if isinstance(each, SourceError) else each for each in found]


def refuse(reason: str) -> None:
    raise Unreadable(reason)


def descend(depth: int) -> int:
    return descend(depth + 1)


class Unloadable:
    """Can be sent, and not be received."""

    def __reduce__(self):
        return len, ()


async def test_what_waits_goes_together(watched):
    """What waits while the process is busy is handed over together, at most eight of them, and each gets its own answer."""
    parser = watched()

    waiting = await in_company(parser, *((len, "x" * n) for n in range(10)))

    assert await told(waiting) == list(range(10))
    assert parser.batches == [1, 8, 2]


async def test_much_does_not_travel_together(watched):
    """No more than a megabyte is handed over together, and what is larger goes alone."""
    parser = watched()

    waiting = await in_company(parser, *((len, b"x" * size) for size in (400_000, 500_000, 200_000, 3_000_000, 1, 1)))

    assert await told(waiting) == [400_000, 500_000, 200_000, 3_000_000, 1, 1]
    assert parser.batches == [1, 2, 1, 1, 2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bomb", "reason"),
    [
        ((spin, 60.0), "gave an answer that took more than 0.5 s of work to be read"),
        ((sum, range(10**12)), "gave an answer that took more than 0.5 s of work to be read"),
        ((time.sleep, 60), "gave an answer that could not be read within 2 s"),
        ((os._exit, 3), LOST),
        ((Unloadable,), LOST),
        ((bytes, 2_000_000_000), TOO_LARGE),
        ((descend, 0), TOO_LARGE),
        ((refuse, "gave an HTML page instead of a feed"), "gave an HTML page instead of a feed"),
    ],
)
async def test_a_bomb_hurts_nobody_else(watched, bomb, reason):
    """Of eight documents that travel together one is a bomb: seven are read, and that one is an error in its own name."""
    # Half a second of work takes a busy machine many seconds of the clock, which only a bomb that waits is to run out of.
    parser = watched(work=0.5, timeout=2.0 if bomb[0] is time.sleep else 60.0)
    calls = [(len, "x" * n) for n in range(8)]
    calls[3] = bomb

    waiting = await in_company(parser, *calls)

    assert await told(waiting) == [0, 1, 2, f"it-3 {reason}", 4, 5, 6, 7]
    assert parser.batches[1] == 8


async def test_an_answer_that_cannot_be_received_hurts_nobody_in_the_other_process(watched):
    """It ends the pool with both of its processes, twice; what was read in the other one is read all the same."""
    parser = watched(workers=2)

    calls = [(Unloadable,) if n == 5 else (len, "x" * n) for n in range(24)]

    assert await told(await in_company(parser, *calls)) == [f"it-5 {LOST}" if n == 5 else n for n in range(24)]


async def test_other_errors_are_passed_on(watched):
    """An error that nobody has thought of is that of its own document, too."""
    first, second = await told(await in_company(watched(), (int, "no number"), (int, "7")))

    assert (type(first), second) == (ValueError, 7)


async def test_every_document_has_its_own_measure_in_company(watched):
    """What those before it in the same hand-over have cost is not held against a document."""
    parser = watched(work=0.3)

    waiting = await in_company(parser, (spin, 0.2), (spin, 0.2), (len, "abc"))

    assert await told(waiting) == [None, None, 3]
    assert parser.batches[:2] == [1, 3]


@pytest.mark.slow
async def test_who_needs_longer_is_read_alone(watched):
    """In company the limit on work is tight; a document that needs more is read alone, with all that is its own."""
    parser = watched(work=3.0)

    waiting = await in_company(parser, (len, "abc"), (spin, 1.4))

    assert await told(waiting) == [3, None]
    assert parser.batches == [1, 2, 1, 1]


async def test_nobody_waits_for_the_slow(watched):
    """What comes after a slow document is handed over again when its share of time is up."""
    parser = watched()

    waiting = await in_company(parser, (time.sleep, 0.4), (len, "abc"), (len, "abcd"))

    assert await told(waiting) == [None, 3, 4]
    assert parser.batches == [1, 3, 2]


async def test_a_process_taken_away_amid_several(watched):
    """When the system kills the process while it reads several, none of them notices."""
    parser = watched()
    process = await parser.run("it", os.getpid)
    waiting = await in_company(parser, (time.sleep, 0.2), (len, "abc"))
    await until(lambda: parser.batches[-1] == 2)

    os.kill(process, signal.SIGKILL)

    assert await told(waiting) == [None, 3]


async def test_one_given_up_harms_no_other(watched):
    """A source whose time is over takes nothing from those whose documents travel with its own."""
    parser = watched()
    waiting = await in_company(parser, (time.sleep, 0.2), (len, "abc"), (len, "abcd"))
    await until(lambda: parser.batches[-1] == 3)

    waiting[1].cancel()

    slow, given_up, other = await told(waiting)
    assert (slow, type(given_up), other) == (None, asyncio.CancelledError, 4)


async def test_what_is_given_up_is_not_read(watched):
    """A document that nobody waits for any more is not handed over."""
    parser = watched()
    async with busy(parser):
        waiting = [asyncio.create_task(parser.run("it", len, text)) for text in ("a", "ab")]
        await asyncio.sleep(0)

        waiting[0].cancel()

    assert (await told(waiting))[1] == 2
    assert parser.batches == [1, 1]


async def test_a_process_is_free_when_all_have_given_up(watched):
    """What is read for nobody is ended, so that it holds no process."""
    parser = watched()
    waiting = await in_company(parser, (time.sleep, 3600), (len, "abc"))
    await until(lambda: parser.batches[-1] == 2)

    for each in waiting:
        each.cancel()

    assert await asyncio.wait_for(parser.run("it", len, "abc"), PATIENCE) == 3


async def test_rests_after_company(watched):
    """Some time after the last documents there is no process any more, and the next ones get a new one."""
    parser = watched(idle=0.05)
    process = await parser.run("it", os.getpid)
    await told(await in_company(parser, (len, "abc"), (os._exit, 3), (len, "abc")))

    await until(lambda: not alive(process))

    assert await told(await in_company(parser, (len, "abc"), (len, "abc"))) == [3, 3]


async def test_stops_at_once(watched):
    """When all is closed, those who wait are told so, whether their documents were handed over or not."""
    parser = watched()
    waiting = await in_company(parser, (time.sleep, 60), (len, "abc"), *[(len, "x")] * 8)
    await until(lambda: parser.batches[-1] == 8)

    await parser.aclose()

    assert {type(each) for each in await told(waiting)} == {asyncio.CancelledError}
