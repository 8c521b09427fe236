"""Bluesky: the posts of an account, a list or a feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.sources.kinds.bluesky import BlueskySource, parse_posts
from adapters.sources.parse.document import Unreadable
from bot.errors import SourceError
from bot.item_keys import item_key
from bot.model import ItemKind, Section, SourceSpec
from tests.adapters.sources.conftest import NOW
from tests.local_server import Canned

BODY = (Path(__file__).parent / "data" / "bluesky_feed.json").read_bytes()
ENDED = json.dumps({**json.loads(BODY), "cursor": None}).encode()
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
DID = "did:plc:abcdefghijklmnop234567ab"
AUTHOR, LIST, FEED = (f"/app.bsky.feed.{name}" for name in ("getAuthorFeed", "getListFeed", "getFeed"))
RESOLVE = "/com.atproto.identity.resolveHandle"


@pytest.fixture
def make_source(fetcher, parser, server):
    def make(**options: Any) -> BlueskySource:
        spec = SourceSpec(
            id="it", kind="bluesky", name="It", url=server.url, section=Section.COMMUNITY, item_kind=ItemKind.DISCUSSION,
            options=options or {"actor": "@ann.example.com"},
        )  # fmt: skip
        return BlueskySource(spec, fetcher, parser, lambda: NOW)

    return make


def query(server, number: int = 0) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(server.asked[number].path).query).items()}


async def test_gives_posts(make_source, server):
    """A post comes with its text, its links written out, its likes, and whom it is by; what is not shown to strangers does not."""
    server.on(AUTHOR, Canned(ENDED))
    result = await make_source().fetch(SINCE, {})
    by_key = {entry.external_id.rpartition("/")[2]: entry for entry in result.entries}

    assert list(by_key) == ["3lnpaper", "3lncard", "3lntwo", "3lnold", "3lnahead"]
    paper = by_key["3lnpaper"]
    assert paper.abstract == "Überraschend gut: agents that plan. https://arxiv.org/abs/2608.01234"
    assert (paper.title, paper.authors) == ("Überraschend gut: agents that plan.", ("Ann Author",))
    assert paper.url == "https://bsky.app/profile/ann.example.com/post/3lnpaper"
    assert (paper.attention.votes, paper.attention.comments) == (5, 2)
    assert query(server) == {"actor": "ann.example.com", "filter": "posts_no_replies", "limit": "100"}


async def test_what_posts_are_about(make_source, server):
    """A post is about the only paper that it links to, or about its only link, also if that is the card below it; other works are mentions."""
    server.on(AUTHOR, Canned(ENDED))
    by_key = {e.external_id.rpartition("/")[2]: e for e in (await make_source().fetch(SINCE, {})).entries}

    assert item_key(by_key["3lnpaper"].about) == "arxiv:2608.01234"
    assert by_key["3lncard"].about == "https://lab.example/blog/notes"
    assert (item_key(by_key["3lntwo"].about), [link.url for link in by_key["3lntwo"].links]) == (
        "arxiv:2608.00001",
        ["https://github.com/lab/two"],
    )
    assert by_key["3lntwo"].abstract.endswith("<think>")
    assert by_key["3lnold"].about is None


async def test_when_posts_are_from(make_source, server):
    """A repost speaks when it repeats, and under its author's name; a post is no younger than when Bluesky saw it."""
    server.on(AUTHOR, Canned(ENDED))
    by_key = {e.external_id.rpartition("/")[2]: e for e in (await make_source().fetch(SINCE, {})).entries}

    assert (by_key["3lnold"].published, by_key["3lnold"].authors) == (datetime(2026, 8, 13, 12, tzinfo=UTC), ("Bo",))
    assert by_key["3lnahead"].published == datetime(2026, 8, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("option", "path", "collection"), [("list", LIST, "app.bsky.graph.list"), ("feed", FEED, "app.bsky.feed.generator")]
)
async def test_lists_and_feeds(make_source, server, option, path, collection):
    """A list or feed is asked for by its owner's DID; who owns a handle is asked once and noted."""
    server.on(path, Canned(ENDED))
    server.on(RESOLVE, Canned(json.dumps({"did": DID}).encode()))
    source = make_source(**{option: f"at://ann.example.com/{collection}/3kabc"})
    first = await source.fetch(SINCE, {})
    await source.fetch(SINCE, first.state)

    assert [urlsplit(one.path).path for one in server.asked] == [RESOLVE, path, path]
    assert query(server, 1)[option] == query(server, 2)[option] == f"at://{DID}/{collection}/3kabc"


async def test_reads_back_to_the_window(make_source, server):
    """Pages are read until they are older than the window."""
    old = json.loads(BODY)
    for each in old["feed"]:
        each.pop("reason", None)
        each["post"].setdefault("record", {})["createdAt"] = "2026-08-01T00:00:00Z"
    server.on(AUTHOR, Canned(BODY), Canned(json.dumps({**old, "cursor": "more"}).encode()))
    result = await make_source().fetch(SINCE, {})

    assert (len(server.asked), query(server, 1)["cursor"], result.partial) == (2, "2026-08-11T09:00:00.000Z", False)


async def test_keeps_pages_before_a_failure(make_source, server):
    """If a later page fails, the earlier ones are given; a cursor that goes nowhere ends it, and so does the cap."""
    server.on(AUTHOR, Canned(BODY), Canned(status=500))
    result = await make_source().fetch(SINCE, {})
    assert (len(result.entries), result.note) == (5, "answered 500 after 100 posts")

    server.on(AUTHOR, Canned(BODY))
    assert not (await make_source().fetch(SINCE, {})).partial
    pages = [Canned(json.dumps({**json.loads(BODY), "cursor": str(n)}).encode()) for n in range(4)]
    server.on(AUTHOR, *pages)
    capped = await make_source(actor="a.example.com", most_pages=2).fetch(SINCE, {})
    assert capped.note == "was read for 2 pages and no further"


async def test_says_what_bluesky_says(make_source, server):
    """An account that does not exist is told in Bluesky's words."""
    server.on(AUTHOR, Canned(b'{"error": "InvalidRequest", "message": "Profile not found"}', 400))
    with pytest.raises(SourceError, match="but: Profile not found"):
        await make_source().fetch(SINCE, {})

    server.on(RESOLVE, Canned(b'{"error": "InvalidRequest", "message": "Unable to resolve handle"}', 400))
    with pytest.raises(SourceError, match="Unable to resolve handle"):
        await make_source(list="at://no.example.com/app.bsky.graph.list/3k").fetch(SINCE, {})


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"feed": {}}'])
def test_names_what_is_none(body):
    """What is no list of posts is told as such."""
    with pytest.raises(Unreadable):
        parse_posts(body, "it", ItemKind.DISCUSSION, Section.COMMUNITY)


@pytest.mark.parametrize("odd", [None, -1, True, "x", [1], {"a": 1}])
@pytest.mark.parametrize("field", ["uri", "author", "record", "embed", "likeCount", "indexedAt", "labels"])
def test_survives_any_field(field, odd):
    """A field of another type costs that field, or the post, and nothing else."""
    found = json.loads(BODY)
    found["feed"][0]["post"][field] = odd

    assert len(parse_posts(json.dumps(found).encode(), "it", ItemKind.DISCUSSION, Section.COMMUNITY).entries) in {4, 5}


@pytest.mark.parametrize(
    "place", [{"byteStart": 5, "byteEnd": 2}, {"byteStart": 0, "byteEnd": 9999}, {"byteStart": 1, "byteEnd": 3}, {}]
)
def test_survives_any_place_of_a_link(place):
    """A link whose place in the text is none is still a link, and the text stays whole."""
    found = json.loads(BODY)
    found["feed"][0]["post"]["record"]["facets"][0]["index"] = place
    entry = parse_posts(json.dumps(found).encode(), "it", ItemKind.DISCUSSION, Section.COMMUNITY).entries[0]

    assert "agents that plan" in entry.abstract


def quoting(quoted: dict[str, Any], *, pictures: bool = False, **own: Any) -> Any:
    """The first post of the feed, quoting another."""
    found = json.loads(BODY)
    post = found["feed"][0]["post"]
    post["record"] = {"text": "Lovely result.", "createdAt": "2026-08-12T09:00:00Z", **own}
    kind = "recordWithMedia" if pictures else "record"
    post["embed"] = {"$type": f"app.bsky.embed.{kind}#view", "record": {"record": quoted} if pictures else quoted}
    return parse_posts(json.dumps(found).encode(), "it", ItemKind.DISCUSSION, Section.COMMUNITY).entries[0]


def facet(address: str) -> dict[str, Any]:
    return {
        "index": {"byteStart": 0, "byteEnd": 3},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": address}],
    }


PAPER_CARD = {"$type": "app.bsky.embed.external#view", "external": {"uri": "https://arxiv.org/abs/2608.00007"}}


@pytest.mark.parametrize("pictures", [False, True])
@pytest.mark.parametrize(
    "quoted",
    [
        {"value": {"text": "Out now"}, "embeds": [PAPER_CARD]},
        {"value": {"text": "see it", "facets": [facet("https://arxiv.org/abs/2608.00007")]}},
        {"value": {"text": "see it"}, "embeds": [{"media": PAPER_CARD}]},
    ],
)
def test_a_quotation_of_a_post_about_a_paper(quoted, pictures):
    """Who quotes a post that links to a paper mentions that paper, in words of their own."""
    entry = quoting(quoted, pictures=pictures)

    assert (item_key(entry.about), entry.abstract, entry.links) == ("arxiv:2608.00007", "Lovely result.", ())


def test_a_quotation_beside_a_work_of_ones_own():
    """What a post links to itself goes before what it quotes; what is not shown to strangers is not looked into."""
    own = quoting({"embeds": [PAPER_CARD]}, facets=[facet("https://arxiv.org/abs/2608.00001")])
    hidden = quoting({"embeds": [PAPER_CARD], "author": {"labels": [{"val": "!no-unauthenticated"}]}})

    assert item_key(own.about) == "arxiv:2608.00001"
    assert hidden.about is None
