"""
What a search takes at 100,000 works, on SQLite and PostgreSQL, beside `LIKE` over the same entries: `python benchmarks/search.py`.

Works are invented: words by a Zipf distribution of 40,000, an abstract of 160 of them, one in fifty with a team's summary. They are stored
the way a collect stores them, so what the index adds to storing is told, too. `--works 20000` is quicker; `--postgresql` needs the server
that the tests start. Each question is asked 15 times; told are the fastest and the median, and the
processor time of ours, which a busy machine does not stretch (PostgreSQL's own is not in it).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
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
    Section,
    StoredEntry,
    Summary,
)
from bot.ports import Batch
from bot.usecases.search import search

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
        "a beginning": "w12*",
        "two Chinese characters": "強化",
        "of one member": "by:ada w3x",
        "with a summary": "has:summary w0x",
        "without a word": "w4x -w1x",
        "of a source": "source:arxiv w40x w41x",
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


async def measure(address: str, number: int, file: Path | None) -> None:
    engine = create_engine(address)
    try:
        await migrate(engine)
        factory = SqlUnitOfWorkFactory(engine)
        seconds = await fill(factory, number)
        print(f"\n{engine.dialect.name}: {number:,} works stored and indexed in {seconds:.0f} s")
        if file:
            print(f"file: {os.path.getsize(file) / 1e6:.0f} MB")  # noqa: PTH202, ASYNC240 - a script
        else:
            async with engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text("ANALYZE"))
        print("| question | results | fastest ms | median ms | CPU ms |\n|---|---|---|---|---|")
        for what, question in QUESTIONS.items():
            spans, found, busy = [], 0, time.process_time()
            for _ in range(ASKED):
                began = time.perf_counter()
                result = await search(question, [CHANNEL], [CHANNEL.name], factory.reading)
                spans.append(1000 * (time.perf_counter() - began))
                found = len(result.found)
            cpu = 1000 * (time.process_time() - busy) / ASKED
            results = f"{found}{'+' if result.more else ''}"
            print(f"| {what} | {results} | {min(spans):.1f} | {statistics.median(spans):.1f} | {cpu:.1f} |")
        for word in ("w9000x", "w0x"):
            spans = []
            for _ in range(3):
                began = time.perf_counter()
                async with engine.connect() as connection:
                    sql = text(
                        "SELECT external_id FROM entries WHERE content LIKE :like ORDER BY first_seen DESC LIMIT 21"
                    )
                    (await connection.execute(sql, {"like": f"% {word} %"})).all()
                spans.append(1000 * (time.perf_counter() - began))
            print(f"| baseline: LIKE for {word}, unranked | | {min(spans):.1f} | {statistics.median(spans):.1f} | |")
    finally:
        await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true", help="measure PostgreSQL instead of SQLite")
    wanted = parser.parse_args()
    if wanted.postgresql:
        from tests.databases import new_postgresql, postgresql_server

        postgresql_server()
        asyncio.run(measure(asyncio.run(new_postgresql()), wanted.works, None))
        return
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "search.db"
        asyncio.run(measure(f"sqlite:///{file}", wanted.works, file))


if __name__ == "__main__":
    main()
