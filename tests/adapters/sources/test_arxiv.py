from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.sources.kinds.arxiv import ArxivSource, question
from adapters.sources.kinds.arxiv_api import parse_arxiv_page
from adapters.sources.kinds.arxiv_rss import parse_arxiv_rss
from adapters.sources.parse.document import Unreadable
from bot.errors import SourceError
from bot.model import ItemKind, Section, SourceSpec
from tests.adapters.sources.conftest import NOW, tagged
from tests.local_server import Canned

DATA = Path(__file__).parent / "data"
PAGE = (DATA / "arxiv_page.xml").read_bytes()
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)


def page_of(*ids: str, total: int) -> Canned:
    entries = "".join(f"<entry><id>http://arxiv.org/abs/{each}v1</id><title>{each}</title></entry>" for each in ids)
    return Canned(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><totalResults xmlns="http://a9.com/-/spec/opensearch/1.1/">{total}</totalResults>{entries}</feed>'.encode()
    )


@pytest.fixture
def make_source(fetcher, parser, server):
    def make(*answers: Canned, since_path: str = "/api/query", **options) -> ArxivSource:
        url = server.on(since_path, *answers)
        options = {"interval": 0, "patience": 0, **options}
        spec = SourceSpec(id="arxiv", kind="arxiv", name="arXiv", url=url, section=Section.PAPERS, options=options)
        return ArxivSource(spec, fetcher, parser, lambda: NOW)

    return make


def test_reads_a_record():
    """A record gives the work without its version, names without TeX, one-line titles, the primary category first."""
    first, second = parse_arxiv_page(PAGE, "arxiv", Section.PAPERS).entries

    assert (first.external_id, first.url, first.kind) == (
        "2608.00001",
        "https://arxiv.org/abs/2608.00001",
        ItemKind.PAPER,
    )
    assert first.title == "A Title That Runs Over Two Lines: On Erdős Graphs"
    assert first.authors == ("André Exämple", "Zoë Ørsted")
    assert first.tags == ("cs.LG", "hep-th", "revised")
    assert first.published == datetime(2026, 8, 11, 17, 59, 56, tzinfo=UTC)
    assert first.code_url == "https://github.com/example/thing"
    assert (second.external_id, second.code_url) == ("math.GT/0309136", "https://huggingface.co/example/model-7b")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ((DATA / "arxiv_error.xml").read_bytes(), "did not understand the question: malformed search_query"),
        (b"", "gave an empty answer"),
        (b"<html><body>busy", "gave an HTML page instead of a feed"),
        (b"<rss/>", "gave XML that is not a feed"),
        (b"Rate exceeded.", "gave something that is not a feed"),
    ],
)
def test_names_what_is_no_page(body, reason):
    """ArXiv's feed of one 'Error' is told apart from papers, and anything else from its feed."""
    with pytest.raises(Unreadable, match=reason):
        parse_arxiv_page(body, "arxiv", Section.PAPERS)


def test_asks_for_categories_and_window():
    """The question names the categories and the window of submission, in UTC."""
    assert question(["cs.LG", "stat.ML"], SINCE, NOW) == (
        "(cat:cs.LG OR cat:stat.ML) AND submittedDate:[202608100900 TO 202608170900]"
    )


async def test_pages_through(make_source, server):
    """Pages are asked for until all results are there, newest first."""
    source = make_source(page_of("2608.00001", "2608.00002", total=3), page_of("2608.00003", total=3), page=2)
    result = await source.fetch(SINCE, {})

    queries = [parse_qs(urlsplit(each.path).query) for each in server.asked]
    assert [entry.external_id for entry in result.entries] == ["2608.00001", "2608.00002", "2608.00003"]
    assert [(query["start"], query["max_results"], query["sortOrder"]) for query in queries] == [
        (["0"], ["2"], ["descending"]),
        (["2"], ["2"], ["descending"]),
    ]


async def test_stops_at_its_cap(make_source):
    """It takes no more than it was told to, and says so."""
    source = make_source(page_of("2608.00001", "2608.00002", total=9), page_of("2608.00003", total=9), page=2, most=3)
    result = await source.fetch(SINCE, {})

    assert (len(result.entries), result.note, result.partial) == (3, "took the newest 3 of 9 papers", True)


async def test_doubts_an_empty_answer(make_source, server):
    """No papers in a whole week is an answer to be asked for again."""
    result = await make_source(page_of(total=0), page_of(total=5), page_of("2608.00001", total=1)).fetch(SINCE, {})

    assert (len(result.entries), len(server.asked)) == (1, 3)


async def test_gives_an_empty_answer_up(make_source):
    """Empty three times is an error, not an empty week."""
    with pytest.raises(SourceError, match="gave no papers where there must be some, three times"):
        await make_source(page_of(total=0)).fetch(SINCE, {})


@pytest.mark.parametrize("failure", [Canned(status=500), page_of(total=3)])
async def test_keeps_what_it_has_when_a_later_page_fails(make_source, failure):
    """If a later page fails, the pages before it are given, with a note."""
    result = await make_source(page_of("2608.00001", "2608.00002", total=3), failure, page=2).fetch(SINCE, {})

    assert len(result.entries) == 2
    assert result.note.endswith("after 2 of 3 papers")


@pytest.mark.parametrize("status", [406, 429, 503])
async def test_is_patient_with_throttling(make_source, status):
    """429, 503 and arXiv's own 406 are tried again."""
    assert (await make_source(Canned(status=status), page_of("2608.00001", total=1)).fetch(SINCE, {})).entries


async def test_passes_on_what_arxiv_says(make_source):
    """The error that arXiv answers 400 with is passed on in its words."""
    error = Canned((DATA / "arxiv_error.xml").read_bytes(), status=400)

    with pytest.raises(SourceError, match="did not understand the question: malformed search_query"):
        await make_source(error).fetch(SINCE, {})


def test_tells_cross_lists_apart():
    """A paper whose own category was not asked for is a cross-list; a category may be asked for with a star."""
    for asked, expected in ((("hep-th", "cs.CV"), True), (("cs.LG",), False), (("cs.*",), False), ((), False)):
        paper = parse_arxiv_page(PAGE, "arxiv", Section.PAPERS, asked).entries[0]

        assert ("cross-list" in paper.tags) == expected


def test_authors_that_name_nobody():
    """Of 'Mind Lab :' arXiv makes two authors; the one that is a sign is left out."""
    page = PAGE.replace(
        b"<author>", b"<author><name>Mind Lab</name></author><author><name>:</name></author><author>", 1
    )
    announced = (DATA / "arxiv_announced.rss").read_bytes().replace(b"creator>Andr", b"creator>Mind Lab, :, Andr", 1)
    (read, _), (told, _) = (
        parse_arxiv_page(page, "arxiv", Section.PAPERS).entries,
        parse_arxiv_rss(announced, "arxiv", Section.PAPERS),
    )

    assert ("Mind Lab", "André Exämple", "Zoë Ørsted") == read.authors == told.authors


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_reads_an_announcement(form):
    """New papers and cross-lists are taken, replacements are not; the announcement's own words are off the abstract."""
    new, crossed = parse_arxiv_rss((DATA / f"arxiv_announced.{form}").read_bytes(), "arxiv", Section.PAPERS)

    assert (new.external_id, new.url, new.title) == (
        "2608.00011",
        "https://arxiv.org/abs/2608.00011",
        "SE(3)-Nets for Gödel Numbers",
    )
    assert (new.abstract, new.authors) == (
        "We count to 10³. Code: https://github.com/example/nets.",
        ("André Exämple", "Zoë Ørsted"),
    )
    assert (new.tags, new.code_url) == (("cs.LG", "cs.AI"), "https://github.com/example/nets")
    assert new.published == datetime(2026, 8, 14, 4, tzinfo=UTC)
    assert (crossed.external_id, crossed.tags) == ("hep-th/9901001", ("hep-th", "cs.LG", "cross-list"))


@pytest.mark.parametrize("body", [b"", b"<html><body>busy", b"Rate exceeded.", b"<opml/>"])
def test_names_what_is_no_announcement(body):
    """What is no announcement is an error."""
    with pytest.raises(Unreadable):
        parse_arxiv_rss(body, "arxiv", Section.PAPERS)


async def test_reads_the_announcement_when_the_interface_fails(make_source, server):
    """If the query API does not answer, the day's RSS is better than nothing, and the note says so."""
    rss = server.on("/rss/cs.LG+cs.CL", Canned((DATA / "arxiv_announced.rss").read_bytes())).removesuffix("cs.LG+cs.CL")
    source = make_source(Canned(status=503), categories=["cs.LG", "cs.CL"], rss_url=rss)
    result = await source.fetch(SINCE, {})

    assert len(result.entries) == 2
    assert result.newest == datetime(2026, 8, 14, 4, tzinfo=UTC)
    assert (result.partial, result.note) == (True, "answered 503 three times, so only the daily announcement was read")


@pytest.mark.parametrize(
    "answer", [Canned(status=503), Canned(b'<rss version="2.0"><channel/></rss>'), Canned(b"<!doctype html>")]
)
async def test_the_announcement_may_be_of_no_help(make_source, server, answer):
    """If it fails too, or is empty as on a weekend, the error is the API's own."""
    rss = server.on("/rss/cs.LG", answer).removesuffix("cs.LG")

    with pytest.raises(SourceError, match="answered 500"):
        await make_source(Canned(status=500), categories=["cs.LG"], rss_url=rss).fetch(SINCE, {})


async def test_a_mirror_is_asked_alone(make_source, server):
    """Who asks a mirror of the API does not have the real RSS asked behind his back."""
    with pytest.raises(SourceError):
        await make_source(Canned(status=500)).fetch(SINCE, {})

    assert {each.path.partition("?")[0] for each in server.asked} == {"/api/query"}


class TestConditions:
    async def test_asks_for_changes_only(self, make_source, server):
        """Asked the same again, arXiv may say that nothing has changed: one question, and no paper twice."""
        source = make_source(tagged(page_of("2608.00001", total=1), '"a"'))
        first = await source.fetch(SINCE, {})
        second = await source.fetch(SINCE + timedelta(hours=2), first.state)

        assert (len(first.entries), first.not_modified) == (1, False)
        assert (second.entries, second.not_modified, second.note) == ((), True, None)
        assert second.state == first.state
        assert len({each.path for each in server.asked}) == 1

    async def test_a_new_paper_is_seen(self, make_source, server):
        """What came since is given, with everything else, whatever the tag said before."""
        source = make_source(tagged(page_of("2608.00001", total=1), '"a"'))
        state = (await source.fetch(SINCE, {})).state
        make_source(tagged(page_of("2608.00002", "2608.00001", total=2), '"b"'))

        assert len((await source.fetch(SINCE, state)).entries) == 2

    @pytest.mark.parametrize("since", [NOW - timedelta(days=15), NOW - timedelta(days=28)])
    async def test_another_window_is_another_question(self, make_source, since):
        """For another window nothing counts as known."""
        source = make_source(tagged(page_of("2608.00001", total=1), '"a"'))
        state = (await source.fetch(SINCE, {})).state

        assert (await source.fetch(since, state)).entries

    async def test_other_categories_are_another_question(self, make_source):
        """Who asks for other categories is given all of them."""
        answer = tagged(page_of("2608.00001", total=1), '"a"')
        state = (await make_source(answer).fetch(SINCE, {})).state

        assert (await make_source(answer, categories=["cs.RO"]).fetch(SINCE, state)).entries

    @pytest.mark.parametrize("options", [{"page": 1}, {"page": 1, "most": 1}])
    async def test_a_reading_in_part_is_not_remembered(self, make_source, options):
        """If a page failed or there were too many, the missing papers are asked for next time."""
        answers = [tagged(page_of("2608.00001", total=2), '"a"'), Canned(status=500)]
        first = await make_source(*answers, **options).fetch(SINCE, {})
        whole = make_source(tagged(page_of("2608.00001", total=2), '"a"'), page_of("2608.00002", total=2), page=1)

        assert first.partial
        assert len((await whole.fetch(SINCE, first.state)).entries) == 2

    async def test_later_pages_are_asked_for_as_a_whole(self, make_source):
        """Only the first page is asked for on condition; a 'not modified' that nobody asked for is a fault."""
        source = make_source(page_of("2608.00001", total=2), Canned(status=304), page=1)
        unasked = make_source(Canned(status=304), since_path="/other")

        result = await source.fetch(SINCE, {})

        assert (result.partial, result.note.startswith("answered that nothing has changed")) == (True, True)
        with pytest.raises(SourceError, match="which it was not asked"):
            await unasked.fetch(SINCE, {})

    async def test_the_announcement_is_asked_for_changes_too(self, make_source, server):
        """The second route has a memory of its own, and leaves that of the first as it is."""
        announced = tagged(Canned((DATA / "arxiv_announced.rss").read_bytes()), '"rss"')
        rss = server.on("/rss/cs.LG", announced).removesuffix("cs.LG")
        source = make_source(tagged(page_of("2608.00001", total=1), '"a"'), categories=["cs.LG"], rss_url=rss)
        well = await source.fetch(SINCE, {})
        make_source(Canned(status=500))
        ill = await source.fetch(SINCE, well.state)
        still_ill = await source.fetch(SINCE, ill.state)
        make_source(tagged(page_of("2608.00001", total=1), '"a"'))
        again = await source.fetch(SINCE, still_ill.state)

        assert (len(ill.entries), len(still_ill.entries), still_ill.not_modified) == (2, 0, True)
        assert (still_ill.partial, still_ill.note) == (True, "answered 500, so only the daily announcement was read")
        assert (again.not_modified, again.partial, again.note) == (True, False, None)


def record_of(number: str, submitted: str, abstract: str = "An abstract.", comment: str = "", version: int = 1) -> str:
    said = f"<arxiv:comment>{comment}</arxiv:comment>" if comment else ""
    return (
        f"<entry><id>http://arxiv.org/abs/{number}v{version}</id><title>On {number}</title><published>{submitted}</published>"
        f"<summary>{abstract}</summary>{said}</entry>"
    )


def feed_of(*records: str) -> Canned:
    return Canned(
        (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">'
            f'<totalResults xmlns="http://a9.com/-/spec/opensearch/1.1/">{len(records)}</totalResults>{"".join(records)}</feed>'
        ).encode()
    )


class TestModeration:
    async def test_asks_for_two_weeks(self, make_source, server):
        """Moderation holds papers for more than a week, so the question reaches two weeks back at least."""
        source = make_source(page_of("2608.00001", total=1))
        for days in (1, 7, 20):
            await source.fetch(NOW - timedelta(days=days), {})

        asked = [parse_qs(urlsplit(each.path).query)["search_query"][0] for each in server.asked]
        assert [each.partition("[")[2][:8] for each in asked] == ["20260803", "20260803", "20260728"]

    async def test_a_held_paper_speaks_when_it_is_announced(self, make_source):
        """A number that follows those of later papers tells that a paper was held; others count from their submission."""
        answer = feed_of(
            record_of("2608.11001", "2026-08-12T10:00:00Z"),
            record_of("2608.11003", "2026-08-05T10:00:00Z"),
            record_of("2608.11004", "2026-08-13T10:00:00Z"),
            record_of("2608.11005", "2026-08-11T10:00:00Z"),
        )
        found = {each.external_id: each for each in (await make_source(answer).fetch(SINCE, {})).entries}

        held = found["2608.11003"]
        assert (held.published, held.work_date) == (
            datetime(2026, 8, 12, 10, tzinfo=UTC),
            datetime(2026, 8, 5, 10, tzinfo=UTC),
        )
        assert all(each.published == each.work_date for each in found.values() if each is not held)


class TestWithdrawn:
    async def test_bears_the_tag(self, make_source):
        """A paper that says that it was withdrawn, in abstract or comment, is marked; any other is not."""
        answer = feed_of(
            record_of(
                "2608.00001", "2026-08-12T10:00:00Z", "This paper has been withdrawn due to an error.", version=2
            ),
            record_of("2608.00002", "2026-08-12T10:00:00Z", comment="Withdrawn by the authors", version=2),
            record_of(
                "2608.00003", "2026-08-12T10:00:00Z", "We study withdrawn drugs.", "supersedes a withdrawn paper"
            ),
        )
        found = (await make_source(answer).fetch(SINCE, {})).entries

        assert [each.external_id for each in found if "withdrawn" in each.tags] == ["2608.00001", "2608.00002"]
