"""
Two hundred invented feeds (or more) on loopback, in a process of their own: `python benchmarks/local_feeds.py` prints its address.

They are mixed as the built-in catalogue is: of ten feeds three carry the full text of their entries (some 1,500 words with
links and emphasis; the newsletters of the captured week have 2,500 to 3,900), seven a teaser of thirty words. The feeds are the
same in every run. Answers are gzipped for those who take that, bear an ETag, and are 304 where nothing has changed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from pathlib import Path

FEEDS = 200
ENTRIES = 20
FULL_OF_TEN = 3
PARAGRAPHS = 38
NOW = datetime(2026, 8, 17, 9, tzinfo=UTC)

_WORDS = (
    "model training attention reward agent policy gradient benchmark evaluation language vision the a of and to in we show that "
    "large small sparse dense learning data scaling law token context window inference memory robust simple new method results on"
).split()


def body(number: int) -> bytes:
    """One feed, RSS 2.0."""
    chance = random.Random(number)
    site = f"https://site{number}.example"
    items = "".join(_item(chance, site, place, full=number % 10 < FULL_OF_TEN) for place in range(ENTRIES))
    head = f"<title>Feed {number}</title><link>{site}/</link><description>Invented.</description>"
    spaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:atom="http://www.w3.org/2005/Atom"'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {spaces}><channel>{head}{items}</channel></rss>'.encode()


def _item(chance: random.Random, site: str, place: int, *, full: bool) -> str:
    link = f"{site}/posts/{place}-{'-'.join(chance.choices(_WORDS, k=4))}"
    date = format_datetime(NOW - timedelta(hours=8 * place + chance.randrange(8)))
    text = "".join(_paragraph(chance, site) for _ in range(PARAGRAPHS if full else 0))
    content = f"<content:encoded><![CDATA[{text}]]></content:encoded>" if full else ""
    return (
        f"<item><title>{escape(words(chance, 8).title())}</title><link>{link}</link><guid>{link}</guid><pubDate>{date}</pubDate>"
        f"<dc:creator>Ada {place}</dc:creator><category>{chance.choice(_WORDS)}</category><category>research</category>"
        f"<description>{escape('<p>' + words(chance, 30) + '</p>')}</description>{content}</item>"
    )


def _paragraph(chance: random.Random, site: str) -> str:
    link = f'<a href="{site}/about/{chance.randrange(99)}">{words(chance, 3)}</a>'
    return f"<p>{words(chance, 18)} <em>{words(chance, 2)}</em> &amp; {link} {words(chance, 17)}.</p>\n"


def words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(_WORDS, k=count))


class _Served:
    """One feed as it is sent: with an ETag, plain and packed."""

    def __init__(self, number: int) -> None:
        plain = body(number)
        self.etag = f'"{sha256(plain).hexdigest()[:16]}"'.encode()
        packed = gzip.compress(plain, 6)
        self.packed = self._answer(packed, b"Content-Encoding: gzip\r\n")
        self.plain = self._answer(plain, b"")
        self.unchanged = b"HTTP/1.1 304 Not Modified\r\nETag: " + self.etag + b"\r\n\r\n"

    def _answer(self, sent: bytes, more: bytes) -> bytes:
        return self._head(b"Content-Length: %d\r\n%s" % (len(sent), more)) + sent

    def _head(self, more: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: " + self.etag + b"\r\n" + more + b"\r\n"

    def to(self, request: bytes) -> bytes:
        if self.etag in request:
            return self.unchanged
        return self.packed if b"gzip" in request else self.plain


async def serve(count: int) -> None:
    feeds = {f"/feed/{number}".encode(): _Served(number) for number in range(count)}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(feeds[request.split(b" ", 2)[1]].to(request))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=256)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def served(count: int = FEEDS) -> Iterator[str]:
    """Give the address of a server of so many feeds in another process, for the length of the block."""
    command = [sys.executable, str(Path(__file__)), "--feeds", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=FEEDS)
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.feeds))
