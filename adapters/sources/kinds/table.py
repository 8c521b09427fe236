"""
Table of the kinds of sources: one row each, with its options, secrets, and the module that reads it.

The rows stand here and not in the modules they name, because every command reads them: importing the five modules that were
there at first cost 60 ms of CPU at each start, a third more than all else that is imported before a command runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.sources.kinds.options import (
    Kind,
    Secret,
    address,
    addresses,
    choices,
    flag,
    number,
    pairs,
    text,
    whole,
    words,
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "feed": Kind(
            "adapters.sources.kinds.feed:FeedSource",
            options={
                "archive": whole(0),
                "boilerplate": words(),
                "fallbacks": addresses(),
                "links": text("about", "mentions", "off"),
                "marketing": words(),
                "rewrite": pairs(),
                "same_title": flag(),
            },
        ),
        "arxiv": Kind(
            "adapters.sources.kinds.arxiv:ArxivSource",
            options={
                "authors": words(),
                "categories": words(),
                "interval": number(0),
                "most": whole(1),
                "page": whole(1),
                "patience": number(0),
                "query": text(),
                "rss_url": address(),
            },
        ),
        "huggingface": Kind(
            "adapters.sources.kinds.huggingface:HuggingFaceSource",
            options={"most_pages": whole(1), "organisations": words()},
        ),
        "reddit": Kind(
            "adapters.sources.kinds.reddit:RedditSource",
            options={
                "arctic_url": address(),
                "beginner": words(),
                "oauth_url": address(),
                "routes": choices("rss", "arctic", "oauth"),
                "self_promotion": words(),
                "token_url": address(),
            },
            secrets=(
                Secret("reddit_feed_token", "Private feed token of a Reddit account (reddit.com/prefs/feeds)"),
                Secret("reddit_feed_user", "Name of the Reddit account that the feed token belongs to", hidden=False),
                Secret("reddit_client_id", "Id of an approved Reddit app, if you have one", hidden=False),
                Secret("reddit_client_secret", "Secret of that Reddit app"),
            ),
        ),
        "x": Kind(
            "adapters.sources.kinds.x:XListSource",
            options={"monthly_posts": whole(0)},
            secrets=(Secret("x_bearer_token", "Bearer token of the X API; the x-list source is off without it"),),
            needs="x_bearer_token",
            missing="no bearer token",
        ),
        "openreview": Kind(
            "adapters.sources.kinds.openreview:OpenReviewSource",
            options={"most": whole(1), "stage": text("accepted", "submitted"), "venue": text()},
            one_of=("venue",),
            url="https://api2.openreview.net/notes",
        ),
        "semanticscholar": Kind(
            "adapters.sources.kinds.semanticscholar:SemanticScholarSource",
            options={"authors": words(), "cites": words(), "most": whole(1)},
            secrets=(
                Secret(
                    "semantic_scholar_api_key", "Key of the Semantic Scholar API; without one it is asked as a stranger"
                ),
            ),
            one_of=("authors", "cites"),
            url="https://api.semanticscholar.org/graph/v1",
        ),
        "hackernews": Kind(
            "adapters.sources.kinds.hackernews:HackerNewsSource",
            options={"least": whole(0), "points": whole(0), "words": words()},
            url="https://hn.algolia.com/api/v1/search_by_date",
        ),
        "bluesky": Kind(
            "adapters.sources.kinds.bluesky:BlueskySource",
            options={"actor": text(), "feed": text(), "list": text(), "most_pages": whole(1)},
            one_of=("actor", "feed", "list"),
            url="https://public.api.bsky.app/xrpc",
        ),
    }
)

SECRETS: Final[tuple[Secret, ...]] = tuple(secret for kind in KINDS.values() for secret in kind.secrets)
"""The secrets of all kinds."""
