from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.sources.kinds.x import XListSource
from adapters.sources.kinds.x_api import parse_x_page
from adapters.sources.parse.document import Unreadable
from bot.errors import SourceError
from bot.model import Attention, ItemKind, Section, SourceSpec
from tests.adapters.sources.conftest import NOW, QUICK, tagged
from tests.local_server import Canned

PAGE = (Path(__file__).parent / "data" / "x_page.json").read_bytes()
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
TOKEN = {"x_bearer_token": "s3cret-bearer"}
FIRST = 2_056_000_000_000_000_000


def page_of(*posts: tuple[int, datetime], following: str | None = None) -> Canned:
    data = [{"id": str(number), "text": f"post {number}", "created_at": at.isoformat()} for number, at in posts]
    return Canned(json.dumps({"data": data, "meta": {"result_count": len(data), "next_token": following}}).encode())


def pages(count: int, *, days: float = 1, size: int = 100) -> list[Canned]:
    """So many pages of posts, each a day older than the one before, each naming the next."""
    return [
        page_of(
            *((FIRST - n * 1000 - m, NOW - timedelta(days=n * days, minutes=m)) for m in range(size)),
            following=f"page{n + 1}",
        )
        for n in range(count)
    ]


def late(answer: Canned, seconds: float):
    """The same answer after so many seconds."""

    async def behave(writer) -> None:
        await asyncio.sleep(seconds)
        writer.write(answer.raw())

    return behave


@pytest.fixture
def make_source(fetcher, parser, server):
    def make(*answers: Canned, secrets=TOKEN, trusted: bool = True, **options) -> XListSource:
        url = server.on("/2/lists/1/tweets", *answers)
        spec = SourceSpec(id="it", kind="x", name="It", url=url, section=Section.COMMUNITY, item_kind=ItemKind.DISCUSSION, trusted=trusted, options=options)  # fmt: skip
        return XListSource(spec, fetcher, parser, lambda: NOW, secrets)

    return make


def test_name_of_signs_alone():
    """Who is called by emoji alone is named by the handle."""
    page = parse_x_page(
        PAGE.replace(b'"name": "One"', '"name": "🔥🔥"'.encode()), "it", ItemKind.DISCUSSION, Section.COMMUNITY
    )

    assert ("@one",) == page.entries[0].authors


def test_reads_posts():
    """Addresses are written out, a paper is what a post is about, likes are votes, and the first sentence stands for a title."""
    page = parse_x_page(PAGE, "it", ItemKind.DISCUSSION, Section.COMMUNITY)
    release, repost, bare = page.entries

    assert release.title == "We release Thing-7B & its recipe."
    assert release.abstract == (
        "We release Thing-7B & its recipe. Paper: https://arxiv.org/abs/2608.00011 code: https://github.com/example/thing"
    )
    assert (release.url, release.authors) == ("https://x.com/one/status/2057000000000000005", ("One",))
    assert (release.about, release.attention) == ("https://arxiv.org/abs/2608.00011", Attention(votes=120, comments=7))
    assert [link.url for link in release.links] == ["https://github.com/example/thing"]
    assert (bare.about, bare.authors, bare.url) == (
        "https://blog.example/post",
        (),
        "https://x.com/i/status/2057000000000000003",
    )
    assert (release.published, bare.published) == (datetime(2026, 8, 16, 10, tzinfo=UTC), None)
    assert page.oldest == datetime(2026, 5, 20, 7, 26, 31, 868_000, UTC)
    assert (page.count, page.following) == (6, "7140w")
    assert repost.external_id == "2001000000000000001"


def test_folds_reposts():
    """A repost is the post it repeats, by its author, on the day it was repeated, without the repost's own counts."""
    repost = parse_x_page(PAGE, "it", ItemKind.DISCUSSION, Section.COMMUNITY).entries[1]

    assert (repost.url, repost.authors) == ("https://x.com/someone/status/2001000000000000001", ("@someone",))
    assert repost.title == "A note on evaluation that I keep coming back to."
    assert (repost.published, repost.attention) == (datetime(2026, 8, 15, 10, tzinfo=UTC), Attention())


def test_the_original_counts_more_than_its_repost():
    """Where a list holds both, the original's own record is kept."""
    posts = [
        {"id": "20", "text": "RT @a: One thing.", "referenced_tweets": [{"type": "retweeted", "id": "10"}]},
        {"id": "10", "text": "One thing.", "public_metrics": {"like_count": 3}},
        {"id": "21", "text": "RT @a: One thing.", "referenced_tweets": [{"type": "retweeted", "id": "10"}]},
    ]
    (entry,) = parse_x_page(json.dumps({"data": posts}).encode(), "it", ItemKind.POST, Section.LABS).entries

    assert (entry.external_id, entry.attention.votes) == ("10", 3)


@pytest.mark.parametrize(
    "body",
    [b"", b"<!doctype html>no", b"[]", b'{"data": {}}', b'{"title": "Unauthorized", "status": 401}', b'{"a":' * 10_000],
)
def test_names_what_is_no_list(body):
    """What is no list is an error."""
    with pytest.raises(Unreadable):
        parse_x_page(body, "it", ItemKind.POST, Section.LABS)


async def test_an_empty_list_is_no_error(make_source):
    """A list without posts is a list."""
    assert (await make_source(Canned(b'{"meta": {"result_count": 0}}')).fetch(SINCE, {})).entries == ()


async def test_asks_with_its_token(make_source, server):
    """The token goes into the header; the fields that we read are asked for, a hundred posts at a time."""
    await make_source(page_of((FIRST, NOW))).fetch(SINCE, {})

    query = parse_qs(urlsplit(server.asked[0].path).query)
    assert server.asked[0].headers["authorization"] == "Bearer s3cret-bearer"
    assert query["max_results"] == ["100"]
    assert "public_metrics" in query["tweet.fields"][0]


@pytest.mark.parametrize(("secrets", "trusted"), [({}, True), (TOKEN, False)])
async def test_is_nothing_without_a_token(make_source, server, secrets, trusted):
    """Without a token nobody is asked; a source that was added from chat is shown none."""
    with pytest.raises(SourceError, match="has no bearer token"):
        await make_source(page_of(), secrets=secrets, trusted=trusted).fetch(SINCE, {})

    assert server.asked == []


async def test_pages_back_to_the_window(make_source, server):
    """Pages are asked for until one reaches back before the window, and no further."""
    result = await make_source(*pages(30)).fetch(SINCE, {})

    tokens = [parse_qs(urlsplit(each.path).query).get("pagination_token") for each in server.asked]
    assert tokens == [None, *([f"page{n}"] for n in range(1, 8))]
    assert (len(result.entries), result.note, result.partial) == (800, None, False)
    assert result.state["posts"] == 800


async def test_stops_at_what_it_knows(make_source, server):
    """What was read last time is not paid for again, unless an older window is asked for."""
    source = make_source(*pages(3), page_of((1, NOW - timedelta(days=9))))
    state = (await source.fetch(SINCE, {})).state
    server.asked.clear()
    make_source(*pages(30))
    again = await source.fetch(SINCE, state)

    assert len(server.asked) == 1
    assert again.state["posts"] == state["posts"] + 100
    assert len((await source.fetch(SINCE - timedelta(days=5), again.state)).entries) > 100


async def test_a_page_named_twice_is_the_last(make_source, server):
    """A server that names the same page for ever is asked twice."""
    await make_source(page_of((FIRST, NOW), following="same")).fetch(SINCE, {})

    assert len(server.asked) == 2


async def test_keeps_its_budget(make_source, server):
    """It stops before the page that could exceed the month's posts, and says so."""
    result = await make_source(*pages(30), monthly_posts=350).fetch(SINCE, {})

    assert (len(server.asked), result.state["posts"]) == (3, 300)
    assert (result.partial, result.note) == (
        True,
        "has used 300 of its 350 posts this month, so no further page was asked for",
    )


async def test_a_used_up_budget_asks_nothing(make_source, server):
    """With the month's posts used up nobody is asked; the next month starts at zero."""
    source = make_source(page_of((FIRST, NOW)), monthly_posts=200)
    spent = await source.fetch(SINCE, {"month": "2026-08", "posts": 150})
    next_month = await source.fetch(SINCE, {"month": "2026-07", "posts": 150})

    assert (spent.entries, spent.state["posts"]) == ((), 150)
    assert (len(next_month.entries), next_month.state) == (
        1,
        {"month": "2026-08", "posts": 1, "newest": FIRST, "since": SINCE.isoformat()},
    )
    assert len(server.asked) == 1


async def test_what_was_paid_for_is_counted(make_source):
    """If a later page fails, what came before is given, and both are counted."""
    result = await make_source(pages(1)[0], Canned(status=500)).fetch(SINCE, {})

    assert (len(result.entries), result.state["posts"]) == (100, 200)
    assert (result.partial, result.note) == (True, "answered 500 after 100 posts")
    assert "newest" not in result.state


@pytest.mark.parametrize("answer", [Canned(b"<!doctype html>no"), Canned(b""), late(Canned(), 3), Canned(status=500)])
async def test_a_failure_is_counted(make_source, server, answer):
    """A first page that fails may have been paid for: the error carries the count, and the budget holds over failures."""
    source, state = make_source(answer, monthly_posts=250), {"month": "2026-08", "posts": 0, "newest": 7, "since": "s"}
    for _ in range(2):
        with pytest.raises(SourceError) as caught:
            await source.fetch(SINCE, state)
        state = caught.value.state
    asked = len(server.asked)
    spent = await source.fetch(SINCE, state)

    assert state == {"month": "2026-08", "posts": 200, "newest": 7, "since": "s"}
    assert (len(server.asked), spent.state["posts"]) == (asked, 200)


async def test_a_refusal_costs_nothing(make_source):
    """What X refused it did not deliver: a token that lapsed does not use up the month."""
    with pytest.raises(SourceError) as caught:
        await make_source(Canned(status=401)).fetch(SINCE, {"month": "2026-08", "posts": 30})

    assert caught.value.state == {"month": "2026-08", "posts": 30}


async def test_stops_in_time(make_fetcher, parser, server):
    """A list that answers slowly is left before whoever collects gives it up, with what was read until then."""
    url = server.on("/2/lists/1/tweets", *(late(page, 1.0) for page in pages(30, days=0.01)))
    fetcher = make_fetcher(limits=replace(QUICK, deadline=2.5))
    spec = SourceSpec(id="it", kind="x", name="It", url=url, section=Section.COMMUNITY, trusted=True)
    result = await XListSource(spec, fetcher, parser, lambda: NOW, TOKEN).fetch(SINCE, {})

    assert 15 > len(server.asked), "thirty pages take half a minute"
    assert len(result.entries) == result.state["posts"] >= 100
    assert "took too long to be read any further" in result.note


async def test_a_missing_piece_is_read_next_time(make_source, server):
    """After a reading that was cut short, nothing counts as known."""
    cut = await make_source(*pages(30), monthly_posts=200).fetch(SINCE, {})
    server.asked.clear()
    await make_source(*pages(30)).fetch(SINCE, cut.state)

    assert len(server.asked) == 8


@pytest.mark.parametrize(
    ("answer", "reason", "wait"),
    [
        (Canned(status=401), "does not accept the bearer token", None),
        (Canned(status=402), "the credits of the token are used up", None),
        (Canned(status=403), "does not let this bearer token read the list", None),
        (Canned(status=429, headers={"Retry-After": "7"}), "asks us to slow down", 7),
        (
            Canned(status=429, headers={"x-rate-limit-reset": str(int(NOW.timestamp()) + 600)}),
            "asks us to slow down",
            600,
        ),
    ],
)
async def test_says_why_it_was_refused(make_source, server, answer, reason, wait):
    """A refusal is told in words, with the time until it ends, and not tried again at once."""
    with pytest.raises(SourceError, match=reason) as caught:
        await make_source(answer).fetch(SINCE, {})

    assert caught.value.retry_after == wait
    assert len(server.asked) == 1
    assert "s3cret" not in repr(caught.value)


async def test_stops_before_the_limit(make_source, server):
    """When X says that nothing remains, the next page waits for the next time."""
    first = page_of((FIRST, NOW), following="more")
    result = await make_source(Canned(first.body, headers={"x-rate-limit-remaining": "0"})).fetch(SINCE, {})

    assert (len(server.asked), result.note, result.partial) == (1, "allows no further page for now", True)


async def test_what_has_not_changed_costs_nothing(make_source, server):
    """A list in which nothing has changed since it was read is asked once, and no post is counted."""
    source = make_source(tagged(page_of((FIRST, NOW)), '"a"'))
    first = await source.fetch(SINCE, {})
    second = await source.fetch(SINCE, first.state)

    assert (len(first.entries), second.entries, second.not_modified) == (1, (), True)
    assert (second.state, len(server.asked)) == (first.state, 2)


async def test_a_new_post_is_seen(make_source):
    """What was posted since is read, whatever the tag said before."""
    source = make_source(tagged(page_of((FIRST, NOW)), '"a"'))
    state = (await source.fetch(SINCE, {})).state
    make_source(tagged(page_of((FIRST + 1, NOW), (FIRST, NOW)), '"b"'))

    assert len((await source.fetch(SINCE, state)).entries) == 2


async def test_no_condition_after_a_reading_in_part(make_source):
    """Where something is missing, or an older window is asked for, the first page is wanted again, changed or not."""
    first, *_ = pages(1)
    part = await make_source(tagged(first, '"a"'), Canned(status=500)).fetch(SINCE, {})
    whole = await make_source(tagged(first, '"a"'), page_of((1, NOW - timedelta(days=9)))).fetch(SINCE, part.state)
    older = await make_source(tagged(first, '"a"'), page_of((1, NOW))).fetch(SINCE - timedelta(days=5), whole.state)

    assert [101, 101] == [len(whole.entries), len(older.entries)]
