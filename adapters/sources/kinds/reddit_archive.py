"""Arctic Shift, an archive of Reddit by volunteers: every post of a subreddit, with its score."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import urlencode

from adapters.sources.http.caching import Condition, condition, noted
from adapters.sources.http.request import Response
from adapters.sources.kinds.reddit_api import RedditPost, parse_arctic
from adapters.sources.parse.pool import Parser
from bot.errors import SourceError
from bot.text import counted

_PAGE: Final = 100
_MOST_PAGES: Final = 10
_SETTLED: Final = timedelta(hours=36)
"""Arctic Shift reads a post when it appears and again after 36 hours (arctic_shift issue 21); before that, its score is 1."""
_HOUR: Final = 3600


class Asking(Protocol):
    """Asks Arctic Shift; raises `SourceError`."""

    def __call__(self, url: str, asked: Condition) -> Awaitable[Response]: ...


@dataclass(frozen=True, slots=True)
class Posts:
    """
    What a route gave, best posts first, and what to remember of it (plain values). `unchanged`: all of it was given before,
    so there are none. `complete`: nothing of the window is missing; else `note` may say why.
    """

    posts: Sequence[RedditPost] = ()
    kept: object = field(default_factory=dict)
    unchanged: bool = False
    complete: bool = True
    note: str | None = None


class ArcticShift:
    """The posts of one subreddit at one address of the archive. `source_id` is for whom it is asked."""

    def __init__(self, source_id: str, address: str, subreddit: str, ask: Asking, parser: Parser) -> None:
        self._source_id = source_id
        self._address = address
        self._subreddit = subreddit
        self._ask = ask
        self._parser = parser

    async def posts(self, since: datetime, now: datetime, before: object = None) -> Posts:
        """
        Every post of the window, best first; a score that is not settled yet is left out.

        If a later page fails, what came before is given. Raises `SourceError` if the first one does.

        The window is widened to whole hours, so that within an hour the question is the same one. `before` is what was
        remembered of the last answer, given only if all posts of that are stored.
        """
        first = int(since.timestamp()) // _HOUR * _HOUR
        if await self._is_unchanged(first, now, before):
            return Posts(kept=before, unchanged=True)
        found: dict[str, RedditPost] = {}
        kept: list[Mapping[str, object]] = []
        after, complete, note = first, False, None
        for _ in range(_MOST_PAGES):
            url = self._page(after, now)
            try:
                response = await self._ask(url, Condition())
                posts = await self._parser.run(self._source_id, parse_arctic, response.body)
            except SourceError as error:
                if not found:
                    raise
                note = f"{error.reason} after {counted(len(found), 'post')}"
                break
            kept.append({**noted(url, response), "after": after})
            new = [post for post in posts if post.id not in found]
            found |= {post.id: settled(post, now) for post in new}
            dates = [int(post.created.timestamp()) for post in new if post.created]
            complete = len(posts) < _PAGE or not dates
            if complete:
                break
            after = max(dates)
        ranked = sorted(found.values(), key=lambda post: (-(post.score or 0), post.id))
        return Posts(
            ranked, kept if complete and all("asked" in page for page in kept) else [], complete=complete, note=note
        )

    async def _is_unchanged(self, first: int, now: datetime, before: object) -> bool:
        """Ask whether any page has changed since it was read, the newest first: there it is known soonest."""
        pages = [page for page in before if isinstance(page, Mapping)] if isinstance(before, list) else []
        if not pages or pages[0].get("after") != first:
            return False
        for page in reversed(pages):
            url = self._page(page.get("after"), now)
            asked = condition(page, url)
            if not asked or not (await self._ask(url, asked)).not_modified:
                return False
        return True

    def _page(self, after: object, now: datetime) -> str:
        query = {
            "subreddit": self._subreddit,
            "after": after,
            "before": (int(now.timestamp()) // _HOUR + 1) * _HOUR,
            "limit": _PAGE,
            "sort": "asc",
        }
        return f"{self._address}?{urlencode(query)}"


def settled(post: RedditPost, now: datetime) -> RedditPost:
    """The same without a score that is none yet: 1 and no comments on a post that has not been read a second time."""
    fresh = post.created is not None and now - post.created < _SETTLED
    return replace(post, score=None, comments=None) if fresh and (post.score or 0) <= 1 and not post.comments else post
