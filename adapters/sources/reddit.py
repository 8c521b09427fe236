"""The kind `reddit`: the top of a subreddit's week, by up to three routes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from adapters.sources.asking import Ask, Response
from adapters.sources.fetcher import Fetcher
from adapters.sources.parsing import Parser
from adapters.sources.redditpage import RedditPost, parse_arctic, parse_listing, parse_token, parse_top
from adapters.sources.redditrules import (
    BEGINNER,
    SELF_PROMOTION,
    flair_of,
    is_beginners,
    is_self_promotion,
    without_reposts,
)
from adapters.sources.rhythm import newest_of, rhythm_days
from adapters.sources.routes import other_address
from adapters.sources.wording import words_of
from bot.errors import SourceError
from bot.keys import item_key
from bot.model import Attention, Entry, FetchResult, SourceSpec
from bot.ports import Clock
from bot.text import cut

SITE: Final = "reddit.com"
ARCTIC: Final = "https://arctic-shift.photon-reddit.com/api/posts/search"
OAUTH: Final = "https://oauth.reddit.com/r/{}/top"
TOKEN: Final = "https://www.reddit.com/api/v1/access_token"  # noqa: S105 - where one is got, not one
ROUTES: Final = ("rss", "arctic", "oauth")
NAMES: Final = {"rss": "RSS", "arctic": "Arctic Shift", "oauth": "Reddit's API"}

_TOP: Final = 100
"""Posts of a list; RSS and API give no more at once."""
_PAGE: Final = 100
_MOST_PAGES: Final = 10
_SETTLED: Final = timedelta(hours=36)
"""Arctic Shift reads a post when it appears and again after 36 hours (arctic_shift issue 21); before that, its score is 1."""
_SLOW_DOWN: Final = frozenset({422})
"""Arctic Shift's 'slow down', by its own documentation."""
_ABSTRACT: Final = 1500
_PAPERS: Final = ("arxiv:", "doi:", "openreview:")


class RedditSource:
    """
    One subreddit. Options: `routes` in the order in which they are tried (default rss, arctic, oauth), `arctic_url`,
    `oauth_url`, `token_url` (their addresses; the real ones only while `url` is on reddit.com), `beginner` and
    `self_promotion` (words for the rules in `redditrules`).

    RSS gives the top of the week in its order, without scores; with the owner's feed token it works from where Reddit
    refuses strangers. Arctic Shift gives every post with its score, and adds the scores to what RSS gave. Reddit's API
    gives both, to those who have an app. What was removed is left out.
    """

    def __init__(
        self, spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock, secrets: Mapping[str, str]
    ) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        # A key goes where the operator's own configuration sends it, and nowhere else.
        self._secrets = dict(secrets) if spec.trusted else {}
        self._arctic = other_address(spec.options, "arctic_url", spec.url, SITE, ARCTIC)
        self._oauth = other_address(spec.options, "oauth_url", spec.url, SITE, OAUTH.format(self._subreddit))
        self._token = other_address(spec.options, "token_url", spec.url, SITE, TOKEN)

    @property
    def _subreddit(self) -> str:
        parts = urlsplit(self._spec.url).path.split("/")
        return next((name for before, name in pairwise(parts) if before == "r" and name), "")

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:  # noqa: ARG002 - scores are read anew
        now = self._clock()
        failures: list[tuple[str, SourceError]] = []
        for route in self._usable():
            try:
                posts = await self._by(route, since, now)
            except SourceError as error:
                failures.append((route, error))
                continue
            return await self._result(route, posts, failures, since, now)
        raise self._failed(failures)

    def _usable(self) -> list[str]:
        usable = {
            "rss": True,
            "arctic": bool(self._arctic and self._subreddit),
            "oauth": bool(
                self._oauth and self._token and {"reddit_client_id", "reddit_client_secret"} <= set(self._secrets)
            ),
        }
        routes = words_of(self._spec.options, "routes") or ROUTES
        return [route for route in dict.fromkeys(routes) if usable.get(route)] or ["rss"]

    async def _by(self, route: str, since: datetime, now: datetime) -> Sequence[RedditPost]:
        if route == "rss":
            return await self._top()
        return await (self._all(since, now) if route == "arctic" else self._listing())

    async def _result(
        self,
        route: str,
        posts: Sequence[RedditPost],
        failures: Sequence[tuple[str, SourceError]],
        since: datetime,
        now: datetime,
    ) -> FetchResult:
        remarks = [f"{NAMES[each]} {error.reason}" for each, error in failures]
        if route == "rss" and "arctic" in self._usable() and not any(each == "arctic" for each, _ in failures):
            try:
                posts = with_scores(posts, await self._all(since, now))
            except SourceError as error:
                remarks.append(f"no scores: {NAMES['arctic']} {error.reason}")
        dates = [post.created for post in posts]
        standing = without_reposts([post for post in posts if not post.gone])
        entries = {post.id: self._entry(post) for post in standing}
        return FetchResult(
            entries=tuple(entries.values()),
            note="; ".join(remarks) or None,
            newest=newest_of(dates, now),
            rhythm_days=rhythm_days(dates, now),
        )

    def _failed(self, failures: Sequence[tuple[str, SourceError]]) -> SourceError:
        if len(failures) == 1:
            return failures[0][1]
        waits = [error.retry_after for _, error in failures if error.retry_after is not None]
        reason = "; ".join(f"{NAMES[route]} {error.reason}" for route, error in failures)
        return SourceError(self._spec.id, reason, retry_after=min(waits, default=None))

    async def _top(self) -> Sequence[RedditPost]:
        response = await self._ask(self._feed_address(), headers={"Accept": "application/atom+xml"})
        kind = response.headers.get("content-type", "")
        # Not the address that was asked: relative links count from the page, and it may hold the token.
        return await self._parser.run(self._spec.id, parse_top, response.body, self._spec.url, kind)

    def _feed_address(self) -> str:
        parts = urlsplit(self._spec.url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        query.setdefault("limit", str(_TOP))
        if {"reddit_feed_token", "reddit_feed_user"} <= set(self._secrets):
            query |= {"feed": self._secrets["reddit_feed_token"], "user": self._secrets["reddit_feed_user"]}
        return urlunsplit(parts._replace(query=urlencode(query)))

    async def _all(self, since: datetime, now: datetime) -> Sequence[RedditPost]:
        """Every post of the window, oldest page first; a score that is not settled yet is left out."""
        found: dict[str, RedditPost] = {}
        after = int(since.timestamp())
        for _ in range(_MOST_PAGES):
            query = {
                "subreddit": self._subreddit,
                "after": after,
                "before": int(now.timestamp()),
                "limit": _PAGE,
                "sort": "asc",
            }
            response = await self._ask(f"{self._arctic}?{urlencode(query)}", throttled=_SLOW_DOWN)
            posts = await self._parser.run(self._spec.id, parse_arctic, response.body)
            new = [post for post in posts if post.id not in found]
            found |= {post.id: settled(post, now) for post in new}
            dates = [int(post.created.timestamp()) for post in new if post.created]
            if len(posts) < _PAGE or not dates:
                break
            after = max(dates)
        return sorted(found.values(), key=lambda post: (-(post.score or 0), post.id))

    async def _listing(self) -> Sequence[RedditPost]:
        secret = f"{self._secrets['reddit_client_id']}:{self._secrets['reddit_client_secret']}"
        response = await self._ask(
            self._token or "",
            headers={"Authorization": f"Basic {b64encode(secret.encode()).decode()}"},
            form={"grant_type": "client_credentials"},
        )
        token = await self._parser.run(self._spec.id, parse_token, response.body)
        query = urlencode({"t": "week", "limit": _TOP, "raw_json": 1})
        response = await self._ask(f"{self._oauth}?{query}", headers={"Authorization": f"Bearer {token}"})
        return await self._parser.run(self._spec.id, parse_listing, response.body)

    async def _ask(self, url: str, **more: Any) -> Response:
        return await self._fetcher.get(Ask(source_id=self._spec.id, url=url, trusted=self._spec.trusted, **more))

    def _entry(self, post: RedditPost) -> Entry:
        spec, about = self._spec, about_of(post)
        return Entry(
            source_id=spec.id,
            external_id=f"t3_{post.id}",
            kind=spec.item_kind,
            section=spec.section,
            title=post.title,
            url=post.url,
            about=about,
            authors=(post.author,) if post.author else (),
            abstract=cut(post.text, _ABSTRACT),
            published=post.created,
            attention=Attention(votes=post.score, comments=post.comments),
            words=post.words,
            tags=self._tags(post, about),
            links=post.links,
        )

    def _tags(self, post: RedditPost, about: str | None) -> tuple[str, ...]:
        options = self._spec.options
        shows_paper = (item_key(about or "") or "").startswith(_PAPERS)
        flair, linked = (
            flair_of(post.flair, post.title),
            [*filter(None, (post.link,)), *(link.url for link in post.links)],
        )
        asks = is_beginners(post.title, post.text, words_of(options, "beginner"))
        sells = is_self_promotion(
            post.title,
            with_paper=shows_paper,
            only_code=bool(linked) and all((item_key(each) or "").startswith("code:") for each in linked),
            flair=flair,
            words=words_of(options, "self_promotion"),
        )
        found = (flair, BEGINNER if asks else None, SELF_PROMOTION if sells else None)
        return tuple(tag for tag in found if tag)


def about_of(post: RedditPost) -> str | None:
    """
    What a post is about, if that is something else than itself: the page it leads to; else, unless it is a discussion, the
    first work its text links to. A discussion that names a paper is still about its own question.
    """
    if post.link:
        return post.link
    return post.links[0].url if post.links and flair_of(post.flair, post.title) != "[D]" else None


def settled(post: RedditPost, now: datetime) -> RedditPost:
    """The same without a score that is none yet: 1 and no comments on a post that has not been read a second time."""
    fresh = post.created is not None and now - post.created < _SETTLED
    return replace(post, score=None, comments=None) if fresh and (post.score or 0) <= 1 and not post.comments else post


def with_scores(posts: Sequence[RedditPost], known: Sequence[RedditPost]) -> list[RedditPost]:
    """Add to each post what another route knows of it: score, comments, flair, its whole text, and that it was removed."""
    by_id = {post.id: post for post in known}
    return [_joined(post, by_id.get(post.id)) for post in posts]


def _joined(post: RedditPost, other: RedditPost | None) -> RedditPost:
    if other is None:
        return post
    fuller = other if len(other.text) > len(post.text) else post
    return replace(
        post,
        score=other.score,
        comments=other.comments,
        flair=post.flair or other.flair,
        link=post.link or other.link,
        text=fuller.text,
        words=fuller.words,
        links=post.links or other.links,
        gone=post.gone or other.gone,
    )
