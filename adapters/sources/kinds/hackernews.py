"""
The kind `hackernews`: the stories of the week, by Algolia's search of Hacker News (hn.algolia.com/api).

A story is a mention of what it links to, with its points; it becomes a card of its own only where many voted for it and it is
about research.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from adapters.sources.http.request import Request
from adapters.sources.parse.feed import TITLE, newest_of, rhythm_days
from adapters.sources.parse.payload import epoch, instant, listed, loaded, number, text
from adapters.sources.parse.short_post import is_work
from bot.errors import SourceError
from bot.model import Attention, Entry, FetchResult, ItemKind, Section, SourceSpec
from bot.ports import Clock
from bot.text import clean, cut, names, plain, safe_url

if TYPE_CHECKING:
    from adapters.sources.http.fetcher import Fetcher
    from adapters.sources.parse.pool import Parser

POINTS: Final = 100
LEAST: Final = 5
WORDS: Final = (
    "ai", "agi", "alignment", "benchmark", "chatgpt", "claude", "cuda", "deep learning", "deepmind", "deepseek", "diffusion", "embedding",
    "embeddings", "fine-tuning", "gemini", "gpt", "gpu", "gradient", "hugging face", "inference", "interpretability", "language model",
    "language models", "llama", "llm", "llms", "machine learning", "mistral", "ml", "model", "models", "neural", "openai", "pytorch",
    "reinforcement learning", "rl", "robotics", "tensorflow", "tokenizer", "training", "transformer", "transformers",
)  # fmt: skip
"""Words of a title by which a story is about research, if its link does not show it."""

_PAGE: Final = 1000
"""The most that the search gives for one question ('hitsPerPage', 1000), which is why each day is one."""
_PAGE_BYTES: Final = 10_000_000
_ABSTRACT: Final = 1500
_WANTED: Final = "a list of stories"
_ID: Final = re.compile(r"\d{1,12}")


class HackerNewsSource:
    """
    The stories since the window's start, day by day, so that votes that come in later are read, too. If a day fails, the others are
    given, with a note.

    Options: `points`, from how many on a story may be a card of its own (default 100; below, it is only a mention of a work that
    another source speaks of); `least`, from how many on it is read at all (default 5); `words`, of which one must be in the title
    of a story that is a card, unless it links to a paper or a repository (a default list; `[]` asks for none).
    """

    def __init__(self, spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        points, least, words = (spec.options.get(name) for name in ("points", "least", "words"))
        self._points = points if isinstance(points, int) else POINTS
        self._least = least if isinstance(least, int) else LEAST
        self._words = tuple(map(str, words)) if isinstance(words, list | tuple) else WORDS

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:  # noqa: ARG002 - nothing is noted
        now = self._clock()
        stories: dict[str, Entry] = {}
        remarks: list[str] = []
        failures: list[SourceError] = []
        asked = list(days(since, now))
        for begin, end in asked:
            try:
                page = await self._day(begin, end)
            except SourceError as error:
                failures.append(error)
                remarks.append(f"{begin.day} {begin:%B}: {error.reason}")
                continue
            stories |= {entry.external_id: entry for entry in page.entries}
            if page.total > page.count:
                remarks.append(f"took {page.count} of {page.total} stories of {begin.day} {begin:%B}")
        if failures and len(failures) == len(asked):
            raise failures[0]
        dates = [entry.published for entry in stories.values()]
        return FetchResult(
            entries=tuple(stories.values()),
            note="; ".join(remarks) or None,
            partial=bool(remarks),
            newest=newest_of(dates, now),
            rhythm_days=rhythm_days(dates, now),
        )

    async def _day(self, begin: datetime, end: datetime) -> Page:
        spec = self._spec
        first, last = int(begin.timestamp()), int(end.timestamp())
        filters = f"created_at_i>={first},created_at_i<{last},points>={self._least}"
        query = urlencode({"tags": "story", "numericFilters": filters, "hitsPerPage": _PAGE})
        response = await self._fetcher.get(
            Request(
                source_id=spec.id,
                url=f"{spec.url}{'&' if '?' in spec.url else '?'}{query}",
                headers={"Accept": "application/json"},
                trusted=spec.trusted,
                max_bytes=_PAGE_BYTES,
                wanted=_WANTED,
            )
        )
        return await self._parser.run(
            spec.id, parse_stories, response.body, spec.id, spec.section, self._points, self._words
        )


def days(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """
    The days of UTC that a window touches, the first from the window's start on.

    >>> [f"{a:%d %H} to {b:%d %H}" for a, b in days(datetime(2026, 8, 10, 9, tzinfo=UTC), datetime(2026, 8, 12, 1, tzinfo=UTC))]
    ['10 09 to 11 00', '11 00 to 12 00', '12 00 to 13 00']
    """
    begin = since.astimezone(UTC)
    while begin <= now:
        end = begin.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        yield begin, end
        begin = end


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The stories of one answer, how many it held, and how many there are."""

    entries: tuple[Entry, ...]
    count: int
    total: int


def parse_stories(body: bytes, source_id: str, section: Section, points: int, words: Sequence[str]) -> Page:
    """
    Read an answer of the search. Raises `Unreadable` if it is none.

    A story with fewer than `points`, or that is not about research by its link or one of `words`, only supports a work that others
    speak of.
    """
    found = loaded(body, _WANTED)
    hits = listed(found, "hits", _WANTED)
    telling = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE) if words else None
    entries = [entry for hit in hits if (entry := _entry(hit, source_id, section, points, telling))]
    return Page(entries=tuple(entries), count=len(hits), total=number(found, "nbHits") or len(hits))


def _entry(
    hit: Mapping[str, Any], source_id: str, section: Section, points: int, telling: re.Pattern[str] | None
) -> Entry | None:
    object_id, title = (
        text(hit, "objectID") or str(number(hit, "story_id") or ""),
        cut(clean(text(hit, "title")), TITLE),
    )
    if not _ID.fullmatch(object_id) or not title:
        return None
    link, votes = safe_url(text(hit, "url")), number(hit, "points")
    said = plain(text(hit, "story_text"))
    researched = (link is not None and is_work(link)) or telling is None or telling.search(title) is not None
    return Entry(
        source_id=source_id,
        external_id=object_id,
        kind=ItemKind.DISCUSSION,
        section=section,
        title=title,
        url=f"https://news.ycombinator.com/item?id={object_id}",
        about=link,
        authors=names((cut(clean(text(hit, "author")), 100),)),
        abstract=cut(said, _ABSTRACT),
        published=epoch(hit.get("created_at_i")) or instant(text(hit, "created_at")),
        attention=Attention(votes=votes, comments=number(hit, "num_comments")),
        words=len(said.split()) or None,
        supporting=(votes or 0) < points or not researched,
    )
