"""OpenReview: the papers of a venue."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.sources.kinds.openreview import OpenReviewSource, parse_notes
from adapters.sources.parse.document import Unreadable
from bot.errors import SourceError
from bot.item_keys import item_key
from bot.model import ItemKind, Section, SourceSpec
from tests.adapters.sources.conftest import NOW
from tests.local_server import Asked, Canned

BODY = (Path(__file__).parent / "data" / "openreview_notes.json").read_bytes()
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
VENUE = "TestConf.org/2026/Conference"


def asked(one: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(one.path).query).items()}


@pytest.fixture
def make_source(fetcher, parser):
    def make(url: str, **options: Any) -> OpenReviewSource:
        spec = SourceSpec(
            id="it", kind="openreview", name="It", url=url, section=Section.PAPERS, options={"venue": VENUE, **options}
        )
        return OpenReviewSource(spec, fetcher, parser, lambda: NOW)

    return make


def many(count: int, start: int = 0, total: int | None = None) -> Canned:
    """A page of notes."""
    one = json.loads(BODY)["notes"][0]
    notes = [{**one, "id": f"n{start + place}", "forum": f"n{start + place}"} for place in range(count)]
    return Canned(json.dumps({"notes": notes, "count": count if total is None else total}).encode())


async def test_gives_what_was_accepted(make_source, server):
    """A venue's papers come with their authors, abstract, code and how they were accepted; what is withdrawn, rejected, deleted or old does not."""
    result = await make_source(server.on("/notes", Canned(BODY))).fetch(SINCE, {})

    first, second = result.entries
    assert (first.title, first.authors) == ("Agents that plan with care", ("Ann Author", "Bo Writer"))
    assert (first.url, item_key(first.url)) == ("https://openreview.net/forum?id=aB3_x-9YzQ", "openreview:aB3_x-9YzQ")
    assert (first.published, first.kind) == (datetime(2026, 8, 13, 9, tzinfo=UTC), ItemKind.PAPER)
    assert (first.code_url, first.tags) == (
        "https://github.com/lab/care",
        ("TestConf 2026 Poster", "agents", "evaluation"),
    )
    assert first.abstract.startswith("We study a thing & find")
    assert (second.title, second.authors, second.tags[0]) == ("Scaling <think> budgets", (), "TestConf 2026 Oral")
    assert (result.partial, result.newest) == (False, datetime(2026, 8, 13, 9, tzinfo=UTC))


@pytest.mark.parametrize(("options", "venueid"), [({}, VENUE), ({"stage": "submitted"}, f"{VENUE}/Submission")])
async def test_asks_for_a_stage(make_source, server, options, venueid):
    """Papers of the programme are asked for, or those under review."""
    await make_source(server.on("/notes", Canned(BODY)), **options).fetch(SINCE, {})

    assert asked(server.asked[0])["content.venueid"] == venueid


async def test_reads_page_by_page(make_source, server):
    """A large venue is read in pages to its end."""
    source = make_source(server.on("/notes", many(1000, total=1500), many(500, 1000, 1500)))
    result = await source.fetch(SINCE, {})

    assert [asked(one)["offset"] for one in server.asked] == ["0", "1000"]
    assert (len(result.entries), result.partial) == (1500, False)


async def test_keeps_what_came_before_a_failure(make_source, server):
    """If a later page fails, the earlier ones are given, and it is said that something is missing."""
    source = make_source(server.on("/notes", many(1000, total=1500), Canned(status=404)))
    result = await source.fetch(SINCE, {})

    assert (len(result.entries), result.partial) == (1000, True)
    assert result.note.endswith("after 1000 papers")


async def test_says_what_it_left_unread(make_source, server):
    """At its cap it stops, and says so."""
    result = await make_source(server.on("/notes", many(500, total=1500)), most=500).fetch(SINCE, {})

    assert (result.partial, result.note) == (True, "took the newest 500 of 1500 papers")


async def test_a_first_page_that_fails_is_a_failure(make_source, server):
    """A refusal is one of this source, in words."""
    with pytest.raises(SourceError, match="answered 403"):
        await make_source(server.on("/notes", Canned(status=403))).fetch(SINCE, {})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty answer"), (b"<html>no", "HTML page instead of a list of papers"), (b"[]", "another shape"), (b'{"notes": 1}', "another shape"),
        (b'{"name": "ForbiddenError", "message": "Not <b>allowed</b>"}', "gave no list, but: Not <b>allowed</b>"),
    ],
)  # fmt: skip
def test_names_what_is_none(body, reason):
    """What is no list of notes is told as what it is."""
    with pytest.raises(Unreadable, match=reason):
        parse_notes(body, "it", Section.PAPERS)


@pytest.mark.parametrize("odd", [None, 1, "x", [], {}, {"value": 7}, {"value": None}])
@pytest.mark.parametrize("field", ["title", "authors", "abstract", "keywords", "venue", "venueid", "code"])
def test_survives_any_field(field, odd):
    """A field of another type costs that field, or the paper, and nothing else."""
    notes = json.loads(BODY)
    notes["notes"][0]["content"][field] = odd
    notes["notes"][0]["pdate"] = odd

    assert len(parse_notes(json.dumps(notes).encode(), "it", Section.PAPERS).entries) in {2, 3}
