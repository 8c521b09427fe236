"""
What a search takes at 100,000 works, on SQLite and PostgreSQL, beside `LIKE` over the same entries: `python benchmarks/search.py`.

Works are invented: words by a Zipf distribution of 40,000, an abstract of 160 of them. One in fifty was in a digest, has a team's summary
and some of eight members' decisions: 40 weeks of 50. They are stored the way a collect stores them, so what the index adds to storing is
told, too. `--works 20000` is quicker; `--postgresql` needs the server that the tests start. `--database ADDRESS` names a database that is
kept: an empty one is filled, one that holds works is only asked, which saves the minutes of filling while a query is worked on. Each question is asked 15 times; told are the
fastest and the median, and the processor time, which a busy machine hardly stretches: ours, and that of PostgreSQL's processes (read from
/proc, in steps of 10 ms over all 15).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import text

from adapters.storage.database import create_engine
from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.model import (
    Channel,
    Entry,
    ItemKind,
    Member,
    Mention,
    MessageRef,
    Posting,
    PostingState,
    Reaction,
    Section,
    StoredEntry,
    Summary,
)
from bot.ports import Batch
from bot.search_documents import INDEXED, VERSION
from bot.usecases.search import search
from tests.factories import digest_of

NOW = datetime(2026, 8, 17, 9, tzinfo=UTC)
WORDS = 40_000
BATCH = 1_000
ASKED = 15
CHANNEL = Channel(name="reading-group", platform="web", id="C1")
QUESTIONS = MappingProxyType(
    {
        "a rare word": "w9000x",
        "two ordinary words": "w200x w350x",
        "the commonest word": "w0x",
        "three of the commonest": "w0x w1x w2x",
        "a phrase": '"w3x w5x"',
        "a phrase of words that many works hold": '"w20x w30x"',
        "a phrase of four of the commonest, in few works": '"w0x w1x w2x w0x"',
        "a phrase that ends in a beginning": '"w0x w1"*',
        "twenty of the commonest": " ".join(f"w{n}x" for n in range(20)),
        "a common and a rare word": "w0x w9000x",
        "a beginning": "w12*",
        "the beginning of every word": "w*",
        "two Chinese characters": "強化",
        "a Chinese title": "強化学習による報酬モデル",
        "of one member": "by:ada w3x",
        "of one member, by a rare word": "by:ada w9000x",
        "what a member decided": "by:member3 decision:must-read",
        "must-reads": "decision:must-read w3x",
        "of some weeks": "week:2026-W10..2026-W20 w3x",
        "with a summary": "has:summary w0x",
        "without a word": "w4x -w1x",
        "of a source": "source:arxiv w40x w41x",
        "of a source that said nothing": "source:nothing w0x",
        "with code, which none has": "has:code w0x",
        "everything at once": 'by:ada decision:read source:arxiv week:2026-W01.. has:summary w3x "w0x w1x"',
        "nothing": "zebra",
    }
)


def works(number: int) -> Iterator[tuple[StoredEntry, Mention]]:
    chance = random.Random(7)
    words = [f"w{n}x" for n in range(WORDS)]
    weights, total = [], 0.0
    for n in range(WORDS):
        total += 1 / (n + 4)
        weights.append(total)

    def some(count: int) -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=count))

    for n in range(number):
        chinese = " 強化学習による報酬モデル" if n % 500 == 0 else ""
        at = NOW - timedelta(minutes=5 * (number - n))
        entry = Entry(
            source_id="arxiv",
            external_id=f"{n}",
            kind=ItemKind.PAPER,
            section=Section.PAPERS,
            title=some(9) + chinese,
            url=f"https://arxiv.org/abs/{n}",
            authors=tuple(f"{some(1)} {some(1)}" for _ in range(4)),
            abstract=some(160),
            published=at,
        )
        key = f"arxiv:{n:07}"
        yield (
            StoredEntry(entry=entry, first_seen=at),
            Mention(key=key, source_id="arxiv", external_id=f"{n}", url=entry.url, title=entry.title, at=at),
        )


async def fill(factory: SqlUnitOfWorkFactory, number: int) -> float:
    began, batch = time.perf_counter(), []
    for n, one in enumerate(works(number), 1):
        batch.append(one)
        if len(batch) == BATCH or n == number:
            async with factory() as uow:
                titles = {mention.key: mention.title for _, mention in batch}
                entries, mentions = zip(*batch, strict=True)
                await uow.entries.store([Batch(source_id="arxiv", entries=entries, mentions=mentions, titles=titles)])
                for _, mention in batch[::50]:
                    await uow.summaries.put(_summary(mention))
                await uow.commit()
            batch = []
    return time.perf_counter() - began


async def decide(factory: SqlUnitOfWorkFactory, number: int) -> None:
    """Let forty digests have brought the works with summaries, and eight members have decided on them."""
    chance = random.Random(8)
    people = [Member(id=f"U{n}", name="Ada" if n == 1 else f"Member{n}") for n in range(1, 9)]
    keys = [f"arxiv:{n:07}" for n in range(number) if n % BATCH % 50 == 0]
    for nth, start in enumerate(range(0, len(keys), 50)):
        day = NOW - timedelta(weeks=40 - nth)
        week = f"{day:%G-W%V}"
        found = digest_of(keys[start : start + 50], channel=CHANNEL.name, week=week)
        async with factory() as uow:
            await uow.digests.add(found)
            for pick in found.picks:
                ref = MessageRef(platform="web", channel_id="C1", message_id=f"card-{pick.item.key}")
                posting = Posting(
                    channel=CHANNEL.name, week=week, part=pick.rank, key=f"{week} {pick.rank}", item_key=pick.item.key
                )
                await uow.postings.plan([posting])
                await uow.postings.save(replace(posting, state=PostingState.POSTED, attempted_at=day, ref=ref))
                reactions = [
                    Reaction(ref=ref, member=one, emoji=emoji, present=True, at=day)
                    for one in people
                    for emoji, share in (("⭐", 0.15), ("👀", 0.25), ("✅", 0.3), ("👎", 0.1))
                    if chance.random() < share
                ]
                await uow.reactions.put_all(reactions)
            await uow.notes.put(INDEXED, VERSION)
            await uow.commit()


def _summary(mention: Mention) -> Summary:
    ref = MessageRef(platform="web", channel_id="C1", message_id=f"reply-{mention.key}")
    return Summary(
        ref=ref,
        parent=MessageRef(platform="web", channel_id="C1", message_id=f"card-{mention.key}"),
        channel=CHANNEL.name,
        item_key=mention.key,
        member=Member(id="U1", name="Ada"),
        text=f"Worth it for {mention.title}",
        at=NOW,
    )


def server_cpu(backend: int | None) -> float:
    """The milliseconds of processor time that the processes of the backend's server have used so far; 0 without one."""
    if backend is None:
        return 0.0
    known: dict[int, list[str]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            known[int(stat.parent.name)] = stat.read_text().rpartition(")")[2].split()
    parent = known[backend][1]
    ticks = sum(int(one[11]) + int(one[12]) for one in known.values() if one[1] == parent)
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


async def measure(address: str, number: int, only: str = "") -> None:
    engine = create_engine(address)
    postgresql = engine.dialect.name == "postgresql"
    try:
        await migrate(engine)
        factory = SqlUnitOfWorkFactory(engine)
        async with engine.connect() as connection:
            filled = await connection.scalar(text("SELECT count(*) FROM entries"))
        if filled:
            print(f"\n{engine.dialect.name}: {filled:,} works that were there")
        else:
            seconds = await fill(factory, number)
            await decide(factory, number)
            print(f"\n{engine.dialect.name}: {number:,} works stored and indexed in {seconds:.0f} s")
        if postgresql:
            async with engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text("ANALYZE"))
        else:
            print(f"file: {os.path.getsize(engine.url.database or '') / 1e6:.0f} MB")  # noqa: PTH202, ASYNC240 - a script
        async with engine.connect() as connection:
            backend = await connection.scalar(text("SELECT pg_backend_pid()")) if postgresql else None
        print("| question | results | fastest ms | median ms | CPU ms | server's CPU ms |\n|---|---|---|---|---|---|")
        for what, question in QUESTIONS.items():
            if only not in what:
                continue
            spans, found, busy, server = [], 0, time.process_time(), server_cpu(backend)
            for _ in range(ASKED):
                began = time.perf_counter()
                result = await search(question, [CHANNEL], [CHANNEL.name], factory.reading)
                spans.append(1000 * (time.perf_counter() - began))
                found = len(result.found)
            cpu = 1000 * (time.process_time() - busy) / ASKED
            results = f"{found}{'+' if result.more else ''}"
            theirs = (server_cpu(backend) - server) / ASKED
            print(
                f"| {what} | {results} | {min(spans):.1f} | {statistics.median(spans):.1f} | {cpu:.1f} | {theirs:.1f} |"
            )
        for word in () if only else ("w9000x", "w0x"):
            spans = []
            for _ in range(3):
                began = time.perf_counter()
                async with engine.connect() as connection:
                    sql = text(
                        "SELECT external_id FROM entries WHERE content LIKE :like ORDER BY first_seen DESC LIMIT 21"
                    )
                    (await connection.execute(sql, {"like": f"% {word} %"})).all()
                spans.append(1000 * (time.perf_counter() - began))
            print(f"| baseline: LIKE for {word}, unranked | | {min(spans):.1f} | {statistics.median(spans):.1f} | | |")
    finally:
        await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true", help="measure PostgreSQL instead of SQLite")
    parser.add_argument("--database", metavar="ADDRESS", help="a database that is kept, as DATABASE_URL names one")
    parser.add_argument(
        "--only", metavar="WORDS", default="", help="ask only the questions whose description holds these words"
    )
    wanted = parser.parse_args()
    if wanted.database:
        asyncio.run(measure(wanted.database, wanted.works, wanted.only))
        return
    if wanted.postgresql:
        from tests.databases import new_postgresql, postgresql_server

        postgresql_server()
        asyncio.run(measure(asyncio.run(new_postgresql()), wanted.works, wanted.only))
        return
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "search.db"
        asyncio.run(measure(f"sqlite:///{file}", wanted.works, wanted.only))


if __name__ == "__main__":
    main()
