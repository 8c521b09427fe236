"""Semantic Scholar: who cites a work, and what an author writes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.sources.http.pacing import HostPacing
from adapters.sources.kinds.semanticscholar import SemanticScholarSource, author_id, paper_id, parse_papers
from adapters.sources.parse.document import Unreadable
from bot.errors import SourceError
from bot.item_keys import item_key
from bot.model import Section, SourceSpec
from tests.adapters.sources.conftest import NOW
from tests.local_server import Canned

DATA = Path(__file__).parent / "data"
CITATIONS, PAPERS = ((DATA / f"semanticscholar_{name}.json").read_bytes() for name in ("citations", "papers"))
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
CITED = "/paper/ARXIV:1706.03762/citations"
LAST = {**json.loads(CITATIONS), "next": None}


class Unhurried(HostPacing):
    """Pacing without a wait."""

    def named(self, name: str, interval: float):
        return super().named(name, 0.0)


@pytest.fixture
def make_source(make_fetcher, parser, server):
    def make(secrets: dict[str, str] | None = None, *, trusted: bool = True, **options: Any) -> SemanticScholarSource:
        spec = SourceSpec(
            id="it", kind="semanticscholar", name="It", url=server.url + "/", section=Section.PAPERS, options=options, trusted=trusted
        )  # fmt: skip
        return SemanticScholarSource(spec, make_fetcher(lanes=Unhurried()), parser, lambda: NOW, secrets or {})

    return make


async def test_gives_who_cites_a_work(make_source, server):
    """Papers that cite a work come under their own names, dated by the day of their publication; those of long ago do not."""
    server.on(CITED, Canned(json.dumps(LAST).encode()))
    result = await make_source(cites=["https://arxiv.org/abs/1706.03762v5"]).fetch(SINCE, {})

    assert [entry.title for entry in result.entries] == [
        "Attention, revisited",
        "A journal article",
        "No names known",
        "Undated",
    ]
    keys = [item_key(entry.about or entry.url) for entry in result.entries[:3]]
    assert keys[:2] == ["arxiv:2608.01234", "doi:10.1145/1234567.7654321"]
    assert keys[2].startswith("url:https://semanticscholar.org/paper/cccc")
    assert result.entries[0].published == datetime(2026, 8, 13, tzinfo=UTC)
    assert (result.entries[0].authors, result.entries[3].published) == (("Ann Author", "Bo Writer"), None)


async def test_asks_for_what_is_new(make_source, server):
    """Only papers of the last two weeks are asked for, a hundred at a time, page by page."""
    server.on(CITED, Canned(CITATIONS), Canned(json.dumps(LAST).encode()))
    await make_source(cites=["arXiv:1706.03762"]).fetch(SINCE, {})
    first, second = (parse_qs(urlsplit(one.path).query) for one in server.asked)

    assert first["publicationDateOrYear"] == ["2026-08-03:"]
    assert ([first["offset"], second["offset"]], first["limit"]) == ([["0"], ["100"]], ["100"])


async def test_gives_what_authors_write(make_source, server):
    """An author is followed by number or page; a paper that comes twice is one."""
    server.on(CITED, Canned(json.dumps(LAST).encode()))
    server.on("/author/40348417/papers", Canned(PAPERS))
    source = make_source(cites=["1706.03762"], authors=["https://www.semanticscholar.org/author/A-Vaswani/40348417"])
    result = await source.fetch(SINCE, {})

    assert [entry.title for entry in result.entries][-1] == "Next paper"
    assert len(result.entries) == 5


async def test_one_that_fails_costs_no_other(make_source, server):
    """What one work's citations could not be read for is told; the other one's are given."""
    server.on("/author/1/papers", Canned(PAPERS))
    server.on("/author/2/papers", Canned(b'{"error": "Author with id 2 not found"}', 404))
    result = await make_source(authors=["1", "2"]).fetch(SINCE, {})

    assert (len(result.entries), result.partial) == (2, True)
    assert result.note == "2: gave no list, but: Author with id 2 not found"


async def test_all_that_fail_are_a_failure(make_source, server):
    """Where nothing could be read, the source failed, with what the API said."""
    server.on("/author/2/papers", Canned(b'{"error": "Author with id 2 not found"}', 404))
    with pytest.raises(SourceError, match="Author with id 2 not found"):
        await make_source(authors=["2"]).fetch(SINCE, {})


async def test_keeps_pages_before_a_failure(make_source, server):
    """If a later page fails, the earlier ones are given."""
    server.on(CITED, Canned(CITATIONS), Canned(status=500))
    result = await make_source(cites=["1706.03762"]).fetch(SINCE, {})

    assert (len(result.entries), result.note) == (4, "answered 500 after 100 papers")


async def test_stops_at_its_cap(make_source, server):
    """At its cap it stops, and says so."""
    server.on(CITED, Canned(CITATIONS))
    result = await make_source(cites=["1706.03762"], most=100).fetch(SINCE, {})

    assert (len(server.asked), result.note) == (1, "took the first 100 papers")


@pytest.mark.parametrize(("trusted", "sent"), [(True, "s3cret-key"), (False, None)])
async def test_the_key_goes_where_the_operator_said(make_source, server, trusted, sent):
    """The key is sent to the address that the configuration names, not to one from chat, and stands in no error."""
    server.on("/author/1/papers", Canned(b'{"error": "Forbidden"}', 404))
    source = make_source({"semantic_scholar_api_key": "s3cret-key"}, authors=["1"], trusted=trusted)
    with pytest.raises(SourceError) as caught:
        await source.fetch(SINCE, {})

    assert [one.headers.get("x-api-key") for one in server.asked] == ([sent] if trusted else [])
    assert "s3cret" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("https://arxiv.org/abs/1706.03762v7", "ARXIV:1706.03762"), ("1706.03762", "ARXIV:1706.03762"),
        ("https://doi.org/10.1145/3292500.3330701", "DOI:10.1145/3292500.3330701"), ("a" * 40, "a" * 40), ("CorpusId:215416146", "CorpusId:215416146"),
        (f"https://www.semanticscholar.org/paper/Attention-is-All/{'B' * 40}", "b" * 40), ("Attention is all you need", None), ("", None),
    ],
)  # fmt: skip
def test_names_of_papers(said, name):
    """A work may be named as people name it."""
    assert name == paper_id(said)


@pytest.mark.parametrize(
    ("said", "name"),
    [("1741101", "1741101"), ("https://www.semanticscholar.org/author/O.-Etzioni/1741101?sort=x", "1741101"),
     ("https://www.semanticscholar.org/author/1741101", "1741101"), ("Oren", None), ("https://x.example/1", None)],
)  # fmt: skip
def test_names_of_authors(said, name):
    """An author may be named by number or page."""
    assert name == author_id(said)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"data": {}}', b'{"message": "Too Many Requests"}'])
def test_names_what_is_none(body):
    """What is no list of papers is told as such."""
    with pytest.raises(Unreadable):
        parse_papers(body, "it", Section.PAPERS)


@pytest.mark.parametrize("odd", [None, 1, "x", [1], {"a": 1}])
@pytest.mark.parametrize(
    "field", ["paperId", "title", "authors", "externalIds", "publicationDate", "abstract", "venue"]
)
def test_survives_any_field(field, odd):
    """A field of another type costs that field, or the paper, and nothing else."""
    found = json.loads(CITATIONS)
    found["data"][0]["citingPaper"][field] = odd

    assert len(parse_papers(json.dumps(found).encode(), "it", Section.PAPERS).entries) in {4, 5}
