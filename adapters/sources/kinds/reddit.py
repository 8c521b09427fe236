"""The kind `reddit`: the top of a subreddit's week, by up to three routes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from adapters.sources.http.caching import Condition, condition, noted
from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.redirects import other_address
from adapters.sources.http.request import Request, Response
from adapters.sources.kinds.reddit_api import RedditPost, parse_listing, parse_token, parse_top
from adapters.sources.kinds.reddit_archive import ArcticShift, Posts
from adapters.sources.kinds.reddit_rules import (
    BEGINNER,
    QUESTION,
    SELF_PROMOTION,
    flair_of,
    is_beginners,
    is_self_promotion,
    seeks_answers,
    without_reposts,
)
from adapters.sources.parse.feed import newest_of, rhythm_days
from adapters.sources.parse.marketing import words_of
from adapters.sources.parse.pool import Parser
from bot.errors import SourceError
from bot.item_keys import PAPERS, item_key
from bot.model import Attention, Entry, FetchResult, SourceSpec
from bot.ports import Clock
from bot.text import counted, cut, names

SITE: Final = "reddit.com"
ARCTIC: Final = "https://arctic-shift.photon-reddit.com/api/posts/search"
OAUTH: Final = "https://oauth.reddit.com/r/{}/top"
TOKEN: Final = "https://www.reddit.com/api/v1/access_token"  # noqa: S105 - where one is got, not one
ROUTES: Final = ("rss", "arctic", "oauth")
NAMES: Final = {"rss": "RSS", "arctic": "Arctic Shift", "oauth": "Reddit's API"}

_TOP: Final = 100
"""Posts of a list; RSS and API give no more at once."""
_SLOW_DOWN: Final = frozenset({422})
"""Arctic Shift's 'slow down', by its own documentation."""
_ABSTRACT: Final = 1500


class RedditSource:
    """
    One subreddit. Options: `routes` in the order in which they are tried (default rss, arctic, oauth), `arctic_url`,
    `oauth_url`, `token_url` (their addresses; the real ones only while `url` is on reddit.com), `beginner` and
    `self_promotion` (words for the rules in `redditrules`).

    RSS gives the top of the week in its order, without scores; with the owner's feed token it works from where Reddit
    refuses strangers. Arctic Shift gives every post with its score, and adds the scores to what RSS gave. Reddit's API
    gives both, to those who have an app. What was removed is left out.

    A route is asked for changes only if the last answer came by it, too: what another one gave is not what it has.
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

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        now = self._clock()
        failures: list[tuple[str, SourceError]] = []
        for route in self._usable():
            before = state if state.get("by") == route else {}
            try:
                if route == "rss":
                    return await self._ranked(failures, before, since, now)
                posts = await (self._listing(before) if route == "oauth" else self._archived(since, now, before))
            except SourceError as error:
                failures.append((route, error))
                continue
            return self._result(posts, {"by": route, route: posts.kept}, _remarks(failures))
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

    async def _ranked(
        self, failures: Sequence[tuple[str, SourceError]], before: Mapping[str, object], since: datetime, now: datetime
    ) -> FetchResult:
        """The top list, with the scores of Arctic Shift where it can be asked and has not failed as a route already."""
        top, remarks = await self._top(before.get("rss")), _remarks(failures)
        scores = Posts(kept=before.get("arctic") if top.unchanged else None, unchanged=True)
        if "arctic" in self._usable() and not any(each == "arctic" for each, _ in failures):
            try:
                scores = await self._archived(since, now, before if top.unchanged else {})
            except SourceError as error:
                remarks.append(f"no scores: {NAMES['arctic']} {error.reason}")
            if scores.note:
                remarks.append(f"not all scores: {NAMES['arctic']} {scores.note}")
        if top.unchanged and not scores.unchanged:
            # Only the scores are new, and they are of no use without the list.
            top = await self._top(None)
        if not top.unchanged:
            top = replace(top, posts=with_scores(top.posts, scores.posts))
        state = {"by": "rss", "rss": top.kept, "arctic": scores.kept}
        return self._result(top, state, remarks)

    def _result(self, found: Posts, state: Mapping[str, object], remarks: Sequence[str]) -> FetchResult:
        now = self._clock()
        dates = [post.created for post in found.posts]
        kept = without_reposts([post for post in found.posts if not post.gone])
        entries = {post.id: self._entry(post) for post in kept}
        cut_off = [] if found.complete else [found.note or f"took the first {counted(len(found.posts), 'post')}"]
        return FetchResult(
            entries=tuple(entries.values()),
            state={name: value for name, value in state.items() if value},
            not_modified=found.unchanged,
            note="; ".join([*cut_off, *remarks]) or None,
            partial=not found.complete,
            newest=newest_of(dates, now),
            rhythm_days=rhythm_days(dates, now),
        )

    def _failed(self, failures: Sequence[tuple[str, SourceError]]) -> SourceError:
        if len(failures) == 1:
            return failures[0][1]
        waits = [error.retry_after for _, error in failures if error.retry_after is not None]
        reason = "; ".join(f"{NAMES[route]} {error.reason}" for route, error in failures)
        return SourceError(self._spec.id, reason, retry_after=min(waits, default=None))

    async def _top(self, before: object) -> Posts:
        url = self._feed_address()
        asked = condition(before, url)
        response = await self._ask(url, asked, headers={"Accept": "application/atom+xml"})
        if response.not_modified and asked:
            return Posts(kept=before, unchanged=True)
        kind = response.headers.get("content-type", "")
        # Not the address that was asked: relative links count from the page, and it may hold the token.
        posts = await self._parser.run(self._spec.id, parse_top, response.body, self._spec.url, kind)
        return Posts(posts, noted(url, response))

    def _feed_address(self) -> str:
        parts = urlsplit(self._spec.url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        query.setdefault("limit", str(_TOP))
        if {"reddit_feed_token", "reddit_feed_user"} <= set(self._secrets):
            query |= {"feed": self._secrets["reddit_feed_token"], "user": self._secrets["reddit_feed_user"]}
        return urlunsplit(parts._replace(query=urlencode(query)))

    async def _archived(self, since: datetime, now: datetime, before: Mapping[str, object]) -> Posts:
        async def ask(url: str, asked: Condition) -> Response:
            return await self._ask(url, asked, throttled=_SLOW_DOWN)

        archive = ArcticShift(self._spec.id, self._arctic or "", self._subreddit, ask, self._parser)
        return await archive.posts(since, now, before.get("arctic"))

    async def _listing(self, before: Mapping[str, object]) -> Posts:
        secret = f"{self._secrets['reddit_client_id']}:{self._secrets['reddit_client_secret']}"
        response = await self._ask(
            self._token or "",
            headers={"Authorization": f"Basic {b64encode(secret.encode()).decode()}"},
            form={"grant_type": "client_credentials"},
        )
        token = await self._parser.run(self._spec.id, parse_token, response.body)
        url = f"{self._oauth}?{urlencode({'t': 'week', 'limit': _TOP, 'raw_json': 1})}"
        asked = condition(before.get("oauth"), url)
        response = await self._ask(url, asked, headers={"Authorization": f"Bearer {token}"})
        if response.not_modified and asked:
            return Posts(kept=before.get("oauth"), unchanged=True)
        return Posts(await self._parser.run(self._spec.id, parse_listing, response.body), noted(url, response))

    async def _ask(self, url: str, asked: Condition | None = None, **more: Any) -> Response:
        ask = Request(source_id=self._spec.id, url=url, trusted=self._spec.trusted, **(asked or {}), **more)
        return await self._fetcher.get(ask)

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
            authors=names((post.author,)),
            abstract=cut(post.text, _ABSTRACT),
            published=post.created,
            attention=Attention(votes=post.score, comments=post.comments),
            words=post.words,
            tags=self._tags(post, about),
            links=post.links,
        )

    def _tags(self, post: RedditPost, about: str | None) -> tuple[str, ...]:
        options = self._spec.options
        shows_paper = (item_key(about or "") or "").startswith(PAPERS)
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
        seeks = not asks and seeks_answers(post.title, post.text, words_of(options, "beginner"))
        found = (flair, BEGINNER if asks else None, QUESTION if seeks else None, SELF_PROMOTION if sells else None)
        return tuple(tag for tag in found if tag)


def _remarks(failures: Sequence[tuple[str, SourceError]]) -> list[str]:
    return [f"{NAMES[route]} {error.reason}" for route, error in failures]


def about_of(post: RedditPost) -> str | None:
    """
    What a post is about, if that is something else than itself: the page it leads to; else, unless it is a discussion, the
    first work its text links to. A discussion that names a paper is still about its own question.
    """
    if post.link:
        return post.link
    return post.links[0].url if post.links and flair_of(post.flair, post.title) != "[D]" else None


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
