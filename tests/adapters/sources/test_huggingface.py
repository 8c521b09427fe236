from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.sources.kinds.huggingface import HuggingFaceSource, weeks
from adapters.sources.kinds.huggingface_api import parse_daily_page
from adapters.sources.parse.document import Unreadable
from bot.errors import SourceError
from bot.model import Attention, ItemKind, Section, SourceSpec
from tests.adapters.sources.conftest import NOW
from tests.local_server import Canned

PAGE = (Path(__file__).parent / "data" / "daily_papers.json").read_bytes()
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)


def papers(first: int, count: int) -> bytes:
    return json.dumps(
        [{"paper": {"id": f"2608.{n:05}", "title": f"paper {n}"}} for n in range(first, first + count)]
    ).encode()


@pytest.fixture
def source(fetcher, parser, server):
    spec = SourceSpec(
        id="huggingface", kind="huggingface", name="HF", url=server.url + "/api/daily_papers", section=Section.PAPERS
    )
    return HuggingFaceSource(spec, fetcher, parser, lambda: NOW)


def by_week_and_page(server, pages: dict[tuple[str, int], Canned]) -> None:
    def answer(asked):
        query = parse_qs(urlsplit(asked.path).query)
        found = pages.get((query["week"][0], int(query["p"][0])), Canned(b"[]", headers={"ETag": '"empty"'}))
        tag = found.headers.get("ETag")
        return Canned(status=304) if tag and asked.headers.get("if-none-match") == tag else found

    server.on("/api/daily_papers", answer)


def test_authors_that_name_nobody():
    """An author without a letter or digit is none."""
    days = json.loads(PAGE)
    days[0]["paper"]["authors"] = [{"name": "Mind Lab"}, {"name": ":"}, {"name": "王"}, None, {"name": "&nbsp;–"}]
    first = parse_daily_page(json.dumps(days).encode(), "huggingface", Section.PAPERS).entries[0]

    assert ("Mind Lab", "王") == first.authors


def test_reads_a_paper():
    """A paper comes with its votes, code, stars and keywords, and leads to the work itself."""
    page = parse_daily_page(PAGE, "huggingface", Section.PAPERS)
    first, second = page.entries

    assert (first.title, first.url, first.about) == (
        "A Thing That Works", "https://huggingface.co/papers/2608.00001", "https://arxiv.org/abs/2608.00001",
    )  # fmt: skip
    assert (first.kind, first.attention) == (ItemKind.PAPER, Attention(votes=98, comments=3))
    assert (first.code_url, first.code_stars, first.project_url) == ("https://github.com/example/thing", 23, None)
    assert (first.abstract, first.brief) == ("We do a thing. It works.", "A thing works.")
    assert (first.authors, first.tags) == (("Ada Example",), ("Example Lab", "agents", "graphs"))
    assert first.published == datetime(2026, 8, 14, tzinfo=UTC)
    assert (second.attention, second.code_stars) == (Attention(), None)


def test_leaves_out_what_it_cannot_understand():
    """A broken object costs itself only."""
    page = parse_daily_page(PAGE, "huggingface", Section.PAPERS)

    assert (page.count, page.skipped) == (5, 3)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "gave an empty answer"),
        (b'{"status": "success", "data": []}', "gave JSON of another shape than a list of papers"),
        (b"[\"{'paper': {}}\", 1]", "gave a list of 2 in which nothing is a paper"),
        (b"<!doctype html><title>Just a moment", "gave an HTML page instead of a list of papers"),
        (b"[{", "gave JSON that is not a list of papers"),
        (b"[" * 100_000, "gave JSON that is not a list of papers"),
        (b"\xff\xfe\x00", "gave something that is not a list of papers"),
    ],
)
def test_names_what_is_no_page(body, reason):
    """What is no list of papers is an error that says what it is."""
    with pytest.raises(Unreadable, match=reason):
        parse_daily_page(body, "huggingface", Section.PAPERS)


def test_an_empty_list_is_no_error():
    """On Monday morning the week has no papers yet."""
    assert parse_daily_page(b"[]", "huggingface", Section.PAPERS).entries == ()


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        ((2026, 8, 10, 9), (2026, 8, 17, 9), ["2026-W33", "2026-W34"]),
        ((2026, 8, 10), (2026, 8, 16, 23), ["2026-W33"]),
        ((2026, 12, 28), (2027, 1, 4, 9), ["2026-W53", "2027-W01"]),
        ((2026, 8, 17, 9), (2026, 8, 17, 9), ["2026-W34"]),
    ],
)
def test_names_the_weeks_of_a_window(since, now, expected):
    """Every ISO week that the window touches is asked for, across the turn of the year too."""
    assert expected == weeks(datetime(*since, tzinfo=UTC), datetime(*now, tzinfo=UTC))


async def test_reads_every_page_of_every_week(source, server):
    """A week is read until a short page."""
    by_week_and_page(
        server,
        {
            ("2026-W33", 0): Canned(papers(0, 100)),
            ("2026-W33", 1): Canned(papers(100, 20)),
            ("2026-W34", 0): Canned(papers(120, 3)),
        },
    )
    result = await source.fetch(SINCE, {})

    assert len(result.entries) == 123
    assert len(server.asked) == 3


async def test_reads_again_only_what_changed(source, server):
    """Pages that did not change are not sent again; if none did, the source did not either."""
    pages = {
        ("2026-W33", 0): Canned(papers(0, 100), headers={"ETag": '"a"'}),
        ("2026-W33", 1): Canned(papers(100, 20), headers={"ETag": '"b"'}),
    }
    by_week_and_page(server, pages)
    first = await source.fetch(SINCE, {})
    second = await source.fetch(SINCE, first.state)
    pages["2026-W33", 1] = Canned(papers(100, 30), headers={"ETag": '"c"'})
    third = await source.fetch(SINCE, second.state)

    assert (second.not_modified, second.entries, second.state) == (True, (), first.state)
    assert (third.not_modified, len(third.entries)) == (False, 30)
    assert len(server.asked) == 9


async def test_counts_what_it_left_out(source, server):
    """The number of objects left out is in the note."""
    by_week_and_page(server, {("2026-W33", 0): Canned(PAGE)})

    result = await source.fetch(SINCE, {})

    assert (result.partial, result.note) == (True, "left out 3 that could not be understood")


async def test_says_when_a_week_is_cut_off(server, fetcher, parser):
    """A week with more papers than are asked for is read in part, and says so."""
    by_week_and_page(server, {("2026-W33", 0): Canned(papers(0, 100)), ("2026-W33", 1): Canned(papers(100, 20))})
    url = f"{server.url}/api/daily_papers"
    one, two = (
        HuggingFaceSource(
            SourceSpec(id="it", kind="huggingface", name="It", url=url, section=Section.PAPERS, options={"most_pages": most}),
            fetcher, parser, lambda: NOW,
        )
        for most in (1, 2)
    )  # fmt: skip

    results = [await source.fetch(SINCE, {}) for source in (one, two)]

    assert [(each.partial, each.note) for each in results] == [
        (True, "took the first 100 papers of 2026-W33"),
        (False, None),
    ]


class TestPartialAnswers:
    async def test_a_page_that_fails(self, source, server):
        """The pages before one that fails are kept, and the next time that page is asked for again."""
        pages = {
            ("2026-W33", 0): Canned(papers(0, 100), headers={"ETag": '"a"'}),
            ("2026-W33", 1): Canned(status=500),
        }
        by_week_and_page(server, pages)
        first = await source.fetch(SINCE, {})
        pages["2026-W33", 1] = Canned(papers(100, 20))
        second = await source.fetch(SINCE, first.state)

        assert (len(first.entries), first.partial) == (100, True)
        assert first.note.endswith("after 100 papers of 2026-W33")
        assert (len(second.entries), second.partial) == (20, False)

    async def test_a_week_that_does_not_exist(self, source, server):
        """A week that is refused costs nothing but itself, whichever comes first."""
        for refused, answered in (("2026-W33", "2026-W34"), ("2026-W34", "2026-W33")):
            by_week_and_page(server, {(refused, 0): Canned(status=400), (answered, 0): Canned(papers(0, 3))})
            result = await source.fetch(SINCE, {})

            assert (len(result.entries), result.partial) == (3, True)
            assert result.note.endswith(f"for {refused}")

    async def test_nothing_at_all(self, source, server):
        """Where no week is answered, that is an error."""
        server.on("/api/daily_papers", Canned(status=500))

        with pytest.raises(SourceError, match="answered 500"):
            await source.fetch(SINCE, {})


def test_a_listing_is_a_day():
    """The day on which a paper was listed is that whole day; the paper's own date is kept beside it."""
    days = json.loads(PAGE)
    days[0]["paper"] |= {"submittedOnDailyAt": "2026-08-13T00:00:00.000Z", "publishedAt": "2026-08-01T00:00:00.000Z"}
    first = parse_daily_page(json.dumps(days).encode(), "huggingface", Section.PAPERS).entries[0]

    assert (first.published, first.whole_day) == (datetime(2026, 8, 13, tzinfo=UTC), True)
    assert first.work_date == datetime(2026, 8, 1, tzinfo=UTC)


def test_a_title_keeps_its_tokens():
    """What is no element of HTML stays in a title."""
    days = json.loads(PAGE)
    days[0]["paper"]["title"] = "Does <think> help when x<y?"

    assert (
        parse_daily_page(json.dumps(days).encode(), "huggingface", Section.PAPERS).entries[0].title
        == "Does <think> help when x<y?"
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [("https://cdn.example.org/p.png", "https://cdn.example.org/p.png"), ("http://10.0.0.1/p.png", None), (7, None)],
)
def test_reads_a_picture(given: object, found: str | None):
    """The picture that the list shows of a paper comes along, where its address may be shown."""
    days = [{**json.loads(PAGE)[0], "thumbnail": given}]

    (paper,) = parse_daily_page(json.dumps(days).encode(), "huggingface", Section.PAPERS).entries

    assert found == paper.picture
