"""Whatever a server answers, a reader gives something bounded, or says by the one error it has that this is none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sources.discover import feeds_in
from adapters.sources.kinds.arxiv_api import parse_arxiv_page
from adapters.sources.kinds.arxiv_rss import parse_arxiv_rss
from adapters.sources.kinds.huggingface_api import parse_daily_page
from adapters.sources.kinds.reddit_api import RedditPost, parse_arctic, parse_listing, parse_token, parse_top
from adapters.sources.kinds.x_api import parse_x_page
from adapters.sources.parse.document import Unreadable
from bot.model import Entry, ItemKind, Section
from tests.examples import examples

DATA = Path(__file__).parent / "data"
READERS = {
    "arxiv": lambda body: parse_arxiv_page(body, "it", Section.PAPERS, ("cs.LG",)).entries,
    "arxiv-rss": lambda body: parse_arxiv_rss(body, "it", Section.PAPERS),
    "huggingface": lambda body: parse_daily_page(body, "it", Section.PAPERS).entries,
    "reddit-top": partial(parse_top, url="https://www.reddit.com/r/x/top/.rss", content_type="application/atom+xml"),
    "arctic": parse_arctic,
    "listing": parse_listing,
    "x": lambda body: parse_x_page(body, "it", ItemKind.POST, Section.COMMUNITY).entries,
}
SAMPLES = {
    "arxiv": "arxiv_page.xml", "arxiv-rss": "arxiv_announced.rss", "huggingface": "daily_papers.json", "reddit-top": "reddit_top.atom",
    "arctic": "reddit_posts.json", "listing": "reddit_listing.json", "x": "x_page.json",
}  # fmt: skip
JSON_READERS = ("huggingface", "arctic", "listing", "x")
SLOW = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def hold(found: Iterable[Entry | RedditPost]) -> None:
    """What was read is short, and leads to the web."""
    found = list(found)
    assert len(found) <= 2000
    for each in found:
        assert 0 < len(each.title) <= 300
        assert each.url.startswith(("http://", "https://"))
        assert all(link.url.startswith(("http://", "https://")) and len(link.quote) <= 280 for link in each.links)


def read(reader: str, body: bytes) -> None:
    try:
        found = READERS[reader](body)
    except Unreadable:
        return
    hold(found)


@pytest.mark.parametrize("reader", READERS)
@SLOW
@given(st.binary(max_size=300))
def test_any_bytes(reader, body):
    """Bytes of any kind."""
    read(reader, body)


@pytest.mark.parametrize("reader", READERS)
@SLOW
@given(st.data())
def test_a_damaged_answer(reader, data):
    """A real answer with pieces cut out, doubled or overwritten."""
    body = (DATA / SAMPLES[reader]).read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 400)))
        body = (
            body[:start]
            + data.draw(st.sampled_from([b"", b"\x00", b"<", b'"', b"\xff", b"]]>", body[start:end] * 2]))
            + body[end:]
        )
    read(reader, body)


odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1e999", "https://", "-1", "[removed]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inside for place in places(each, (*path, key)))]


@pytest.mark.parametrize("reader", JSON_READERS)
@SLOW
@given(st.data())
def test_a_field_of_the_wrong_kind(reader, data):
    """A real answer in which some fields hold something else than they should."""
    document = {"it": json.loads((DATA / SAMPLES[reader]).read_bytes())}
    for _ in range(data.draw(st.integers(1, 5))):
        *way, last = data.draw(st.sampled_from([place for place in places(document) if place]))
        holder = document
        for step in way:
            holder = holder[step]
        holder[last] = data.draw(odd)
    read(reader, json.dumps(document["it"]).encode())


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"data":' * 50_000, b"<feed>" + b"<entry>" * 20_000, b"<" * 100_000, b"{}", b"[]", b"null", b'"x"', b"\xef\xbb\xbf", b"\xff\xfe<\x00r\x00"],
    ids=lambda body: body[:8].decode("latin-1"),
)  # fmt: skip
def test_deep_and_endless_nonsense(reader, body):
    """What is meant to hurt does not."""
    read(reader, body)


@given(st.binary(max_size=300))
def test_any_token(body):
    """A token is one of visible signs, or none."""
    try:
        token = parse_token(body)
    except Unreadable:
        return

    assert token.isprintable()


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(
        lambda text: f'<link rel=alternate type="application/rss+xml" href="{text}">'.encode("utf-8", "replace")
    )
)
def test_any_page(body):
    """The feeds of a page are few, and of the web."""
    try:
        found = feeds_in(body, "https://x.example/a")
    except Unreadable:
        return

    assert len(found) <= 5
    assert all(url.startswith(("http://", "https://")) for url in found)
