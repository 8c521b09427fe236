from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.sources.http.request import Response
from adapters.sources.kinds.feed import FeedSource
from bot.errors import SourceError
from bot.model import ItemKind, Section, SourceSpec
from tests.adapters.sources.conftest import NOW, tagged
from tests.local_server import Canned

SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
FEED = (
    b'<rss version="2.0"><channel><title>t</title><link>https://x.example</link><item><title>one</title><link>https://x.example/1</link>'
    b"<pubDate>Wed, 12 Aug 2026 12:00:00 GMT</pubDate><description>&lt;a href='https://y.example/'&gt;y&lt;/a&gt;</description></item></channel></rss>"
)


@pytest.fixture
def make_source(fetcher, parser):
    def make(url: str, **more) -> FeedSource:
        spec = SourceSpec(id="it", kind="feed", name="It", url=url, section=more.pop("section", Section.LABS), **more)
        return FeedSource(spec, fetcher, parser, lambda: NOW)

    return make


async def test_gives_entries_and_remembers(make_source, server):
    """A feed's entries come in the name of its source; what helps to ask for changes only is kept."""
    url = server.on("/feed", Canned(FEED, headers={"ETag": '"1"', "Last-Modified": "then"}))
    result = await make_source(url, item_kind=ItemKind.TALK).fetch(SINCE, {})

    (entry,) = result.entries
    assert (entry.source_id, entry.kind, entry.title) == ("it", ItemKind.TALK, "one")
    assert (result.state["etag"], result.state["last_modified"]) == ('"1"', "then")
    assert (result.newest, result.rhythm_days) == (datetime(2026, 8, 12, 12, tzinfo=UTC), None)


async def test_says_not_modified(make_source, server):
    """An unchanged feed is told as such, and what was known of it stays known."""
    source = make_source(server.on("/feed", Canned(FEED, headers={"ETag": '"1"'}), Canned(status=304)))
    first = await source.fetch(SINCE, {})
    second = await source.fetch(SINCE, first.state)

    assert (second.not_modified, second.entries, second.state) == (True, (), first.state)


async def test_knows_an_unchanged_body(make_source, server):
    """A server without marks of change is seen through: the same body is not read again."""
    source = make_source(server.on("/feed", Canned(FEED)))
    first = await source.fetch(SINCE, {})

    assert (await source.fetch(SINCE, first.state)).not_modified


async def test_tells_how_long_an_answer_is_good(make_source, server):
    """A server's word on when to come back is passed on, with an answer and with 'not modified'."""
    good = {"ETag": '"1"', "Cache-Control": "max-age=600"}
    source = make_source(server.on("/feed", Canned(FEED, headers=good), Canned(status=304, headers=good)))
    first = await source.fetch(SINCE, {})
    second = await source.fetch(SINCE, first.state)

    assert (first.rests_until, second.rests_until) == (NOW + timedelta(minutes=10),) * 2


@pytest.mark.parametrize(("earlier", "asks_anew"), [(1, False), (3_600_000, False), (3_600_001, True)])
async def test_a_window_of_nearly_the_same_start(make_source, server, earlier, asks_anew):
    """A start that wavers by less than an hour throws no ETag away, and many such steps do not add up unseen."""
    url = server.on("/feed", tagged(Canned(FEED), '"1"'))
    source = make_source(url)
    state = (await source.fetch(SINCE, {})).state
    half = (await source.fetch(SINCE - timedelta(milliseconds=earlier) / 2, state)).state
    server.asked.clear()
    await source.fetch(SINCE - timedelta(milliseconds=earlier), half)

    assert ("if-none-match" not in server.asked[0].headers) == asks_anew


async def test_reads_anew_for_an_older_window(make_source, server):
    """Asked for older entries than last time, it takes no 'not modified' for an answer."""
    source = make_source(server.on("/feed", Canned(FEED, headers={"ETag": '"1"'})))
    first = await source.fetch(SINCE, {})
    second = await source.fetch(SINCE.replace(day=1), first.state)

    assert len(second.entries) == 1
    assert "if-none-match" not in server.asked[1].headers


async def test_forgets_for_another_address(make_source, server):
    """What was remembered of one address is not held against another, and no address is remembered in clear."""
    old = server.on("/s3cret", Canned(FEED, headers={"ETag": '"1"'}))
    state = (await make_source(old).fetch(SINCE, {})).state
    await make_source(server.on("/new", Canned(FEED))).fetch(SINCE, state)

    assert "if-none-match" not in server.asked[1].headers
    assert "s3cret" not in repr(state)


@pytest.mark.parametrize(
    ("section", "options", "links"),
    [
        (Section.LABS, {}, ["https://y.example/"]),
        (Section.NEWSLETTERS, {}, ["https://y.example/"]),
        (Section.COMMUNITY, {"links": "mentions"}, ["https://y.example/"]),
        (Section.NEWSLETTERS, {"links": "off"}, []),
    ],
)
async def test_opens_links(make_source, server, section, options, links):
    """The links inside the text are taken from every section's sources, unless the source's options say otherwise."""
    url = server.on("/feed", Canned(FEED))
    result = await make_source(url, section=section, options=options).fetch(SINCE, {})

    assert [link.url for link in result.entries[0].links] == links


class TestShortPosts:
    POST = (
        '<rss version="2.0"><channel><title>Ana</title><link>https://ml.example/@ana</link><item><guid>1</guid>'
        "<link>https://ml.example/@ana/1</link><description>{}</description></item></channel></rss>"
    )

    async def about(self, make_source, server, text, **what):
        url = server.on("/feed", Canned(self.POST.format(text).encode()))
        (entry,) = (await make_source(url, section=what.pop("section", Section.LABS), **what).fetch(SINCE, {})).entries
        return entry.about, [link.url for link in entry.links]

    @pytest.mark.parametrize(
        ("text", "about"),
        [
            ("Loved https://arxiv.org/abs/2608.08888 today", "https://arxiv.org/abs/2608.08888"),
            ("Paper https://doi.org/10.1145/1.2, code https://github.com/o/n", "https://doi.org/10.1145/1.2"),
            ("Our tool: https://github.com/o/n.", "https://github.com/o/n"),
            ("On arXiv:2608.08888v2, at last", "https://arxiv.org/abs/2608.08888"),
            ('Read &lt;a href="https://lab.example/post"&gt;this&lt;/a&gt;', "https://lab.example/post"),
            ("https://arxiv.org/abs/2608.00001 against https://arxiv.org/abs/2608.00002", None),
            ("Good morning, coffee first", None),
            ("word " * 200 + "https://arxiv.org/abs/2608.08888", None),
        ],
    )
    async def test_is_about_the_one_work(self, make_source, server, text, about):
        """A short post that links to one paper, or else to one repository, is about it; a long one, or one about two, is not."""
        assert (await self.about(make_source, server, text))[0] == about

    async def test_an_issue_is_its_own(self, make_source, server):
        """A newsletter's issue is never about its only link, nor is a post of a source that only mentions."""
        text = "Loved https://arxiv.org/abs/2608.08888 today"
        issue = await self.about(make_source, server, text, section=Section.NEWSLETTERS)
        mention = await self.about(make_source, server, text, options={"links": "mentions"})

        assert issue == mention == (None, ["https://arxiv.org/abs/2608.08888"])


class TestMoves:
    async def test_believes_a_permanent_redirect_the_third_time(self, make_source, server):
        """Seen three times, a permanent redirect is remembered and the new address asked directly."""
        server.on("/new", Canned(FEED))
        source = make_source(server.on("/old", Canned(status=301, headers={"Location": "/new"})))
        state = {}
        for _ in range(4):
            state = (await source.fetch(SINCE, state)).state

        # The new address has lost the operator's trust with it, so loopback is refused there and the old one asked again.
        assert [each.path for each in server.asked] == ["/old", "/new"] * 4
        assert state["moves"] == 1

    async def test_asks_the_new_address(self, fetcher, parser, server):
        """A public feed that has moved is asked where it is now."""
        asked = []

        class Told:
            async def get(self, ask):
                asked.append((ask.url, ask.trusted))
                server.on("/x", Canned(FEED))
                answer = await fetcher.get(replace(ask, url=server.url + "/x", trusted=True))
                return replace(answer, moved_to="https://new.example/feed" if "old" in ask.url else None)

        spec = SourceSpec(id="it", kind="feed", name="It", url="https://old.example/feed", section=Section.LABS)
        source, state = FeedSource(spec, Told(), parser, lambda: NOW), {}
        for _ in range(5):
            state = (await source.fetch(SINCE, state)).state

        assert asked == [("https://old.example/feed", True)] * 3 + [("https://new.example/feed", False)] * 2

    async def test_forgets_a_redirect_that_is_over(self, make_source, server):
        """A permanent redirect that is taken back is not counted on."""
        server.on("/new", Canned(FEED))
        move = Canned(status=308, headers={"Location": "/new"})
        source = make_source(server.on("/old", move, move, Canned(FEED), move))
        state = {}
        for expected in (1, 2, None, 1):
            state = (await source.fetch(SINCE, state)).state

            assert state.get("moves") == expected


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Canned(b"<!doctype html><title>Our blog</title>"), "gave an HTML page instead of a feed"),
        (Canned(b""), "gave an empty answer"),
        (Canned(b"/etc/passwd"), "gave something that is not a feed"),
        (Canned(bytes(range(256)) * 40), "gave something that is not a feed"),
    ],
)
async def test_names_what_it_got_instead(make_source, server, answer, reason):
    """What is no feed is an error of this source, with the reason."""
    with pytest.raises(SourceError) as caught:
        await make_source(server.on("/feed", answer)).fetch(SINCE, {})

    assert (caught.value.source_id, caught.value.reason) == ("it", reason)


ISSUE = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>t</title><link>{home}</link><item><title>{title}</title>'
    "<link>{home}/{page}</link><guid>{home}/?p=1</guid><pubDate>Mon, 10 Aug 2026 12:00:00 GMT</pubDate><description>Welcome to Letters, a letter. Subscribe now"
    " The news: it works [&amp;#8230;]</description><content:encoded><![CDATA[<p>See <a href='https://arxiv.org/abs/2608.00011'>this</a> and"
    " <a href='{home}/issue-1/'>the last one</a>.</p>]]></content:encoded></item></channel></rss>"
)


def issue(home: str, page: str = "letters-12", title: str = "Letters 12: It works") -> Canned:
    return Canned(ISSUE.format(home=home, page=page, title=title).encode())


class TestNewsletters:
    async def test_takes_off_what_every_issue_says(self, make_source, server):
        """Greetings and the marks of an excerpt are no part of what an issue says; its words are counted in the full text."""
        url = server.on("/feed", issue("https://a.example"))
        options = {"boilerplate": ["Welcome to Letters…Subscribe now"]}
        (entry,) = (await make_source(url, section=Section.NEWSLETTERS, options=options).fetch(SINCE, {})).entries

        assert (entry.abstract, entry.words) == ("The news: it works…", 7)

    async def test_rewrites_addresses(self, make_source, server):
        """An issue is given at the address where people read it, and that site's own pages are no mentions."""
        url = server.on("/feed", issue("https://hub.example"))
        options = {"rewrite": [["https://hub.example/", "https://www.paper.example/letters/"]]}
        (entry,) = (await make_source(url, section=Section.NEWSLETTERS, options=options).fetch(SINCE, {})).entries

        assert entry.url == "https://www.paper.example/letters/letters-12"
        assert [link.url for link in entry.links] == ["https://arxiv.org/abs/2608.00011"]

    async def test_two_addresses_are_one_issue(self, make_source, server):
        """When the first address fails the second is read; the issue keeps its name and the address where it was first found."""
        other = server.on("/other", issue("https://b.example", "p/letters-12", "Letters 12 — it works!"))
        failing = server.on(
            "/feed", issue("https://a.example"), Canned(status=403), Canned(status=403), issue("https://a.example")
        )
        source = make_source(failing, options={"fallbacks": [other], "same_title": True})
        results = [await source.fetch(SINCE, {})]
        for _ in range(3):
            results.append(await source.fetch(SINCE, results[-1].state))

        assert {entry.external_id for result in results for entry in result.entries} == {"letters-12"}
        assert {entry.url for result in results for entry in result.entries} == {"https://a.example/letters-12"}
        assert [result.note for result in results] == [
            None,
            "answered 403 (does not let us in), so another address of it was read",
            "answered 403 (does not let us in), so another address of it was read",
            None,
        ]

    async def test_the_second_address_may_fail_too(self, make_source, server):
        """Then the error is that of the first."""
        source = make_source(
            server.on("/feed", Canned(status=403)),
            options={"fallbacks": [server.on("/other", Canned(b"<!doctype html>"))]},
        )

        with pytest.raises(SourceError, match="answered 403"):
            await source.fetch(SINCE, {})


class TestSecretsInAddresses:
    @pytest.mark.parametrize(
        ("address", "kept"),
        [
            ("https://new.example/feed", True), ("https://new.example/a-long-name-of-a-blog-2026/feed.xml?page=2", True), ("https://me:pw@new.example/feed", False),
            ("https://new.example/feed?token=x", False), ("https://new.example/feed?user=me", False), ("https://new.example/private/4f9c2d7e8a1b4f9c2d7e8a1b/feed", False),
            ("https://new.example/?x=ZXlKaGJHY2lPaUpJVXpJMU5pSjk1", False),
        ],
    )  # fmt: skip
    async def test_remembers_no_key(self, parser, address, kept):
        """A redirect to an address with a key in it is followed each time, but never written down."""

        class Told:
            async def get(self, ask):
                return Response(status=200, url=ask.url, body=FEED, moved_to=address)

        spec = SourceSpec(id="it", kind="feed", name="It", url="https://old.example/feed", section=Section.LABS)
        state = (await FeedSource(spec, Told(), parser, lambda: NOW).fetch(SINCE, {})).state

        assert (state.get("moved_to") == address) == kept
        assert kept or address.partition("://")[2] not in repr(state)


@pytest.mark.parametrize(
    ("section", "title", "options", "expected"),
    [
        (Section.LABS, "How finance teams use Codex", {}, True),
        (Section.LABS, "Introducing ThingBench", {}, False),
        (Section.LABS, "Introducing ThingBench", {"marketing": ["thingbench"]}, True),
        (Section.COMMUNITY, "How finance teams use Codex", {}, False),
    ],
)
async def test_marks_marketing_of_labs(make_source, server, section, title, options, expected):
    """What a lab sells is marked; nobody else is held to that rule."""
    url = server.on("/feed", issue("https://a.example", title=title))
    (entry,) = (await make_source(url, section=section, options=options).fetch(SINCE, {})).entries

    assert ("marketing" in entry.tags) == expected


def items(*numbers: int, day: int = 12, cut: str = "") -> bytes:
    """A feed that shows these entries."""
    rows = (
        f'<item><title>Work {n}</title><link>https://x.example/{n}</link><guid isPermaLink="false">g{n}</guid>'
        f"<pubDate>{day} Aug 2026 0{n % 10}:00:00 GMT</pubDate></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>t</title>{"".join(rows)}{cut or "</channel></rss>"}'.encode()


class TestRollingOver:
    async def fetched(self, make_source, server, first: bytes, *later: bytes):
        """What each look after the first gives."""
        source = make_source(server.on("/feed", *map(Canned, (first, *later))))
        result = await source.fetch(SINCE, {})
        for _ in later:
            result = await source.fetch(SINCE, dict(result.state))
        return result

    async def test_nothing_in_common(self, make_source, server):
        """A feed that shows nothing of what it showed at the last look may have lost entries, and says so."""
        result = await self.fetched(make_source, server, items(1, 2, 3), items(7, 8, 9, day=15))

        assert len(result.entries) == 3
        assert "may have lost entries between two looks" in result.gap

    @pytest.mark.parametrize(
        "later", [items(3, 4), items(1, 2, 3, 4, 5), items(), items(1), items(1, 2, 3).replace(b">g", b">h")]
    )
    async def test_something_in_common(self, make_source, server, later):
        """One entry that is known is enough, and so are titles where all guids changed; an empty feed tells nothing."""
        assert (await self.fetched(make_source, server, items(1, 2, 3), later)).gap is None

    async def test_titles_that_come_again(self, make_source, server):
        """Titles that are the same every day are no entries in common."""
        daily = items(1, 2).replace(b"Work 1", b"The daily").replace(b"Work 2", b"The daily")
        later = items(5, 6, day=15).replace(b"Work 5", b"The daily").replace(b"Work 6", b"The daily")

        assert (await self.fetched(make_source, server, daily, later)).gap

    TEXT = b"<description>A lab opened the weights of its largest model.</description>"

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (items(1), items(1).replace(b"g1", b"h1").replace(b"Work 1", b"Work one").replace(b"/1<", b"/one<")),
            (
                items(1).replace(b"</item>", TEXT + b"</item>"),
                items(1, day=13).replace(b"</item>", TEXT + b"</item>").replace(b"g1", b"h1"),
            ),
        ],
        ids=["a headline, its address and guid", "a date and a guid"],
    )
    async def test_a_correction_is_no_loss(self, make_source, server, before, after):
        """A feed whose only entry got another headline, address and guid, or another date, has lost nothing."""
        assert (await self.fetched(make_source, server, before, after)).gap is None

    async def test_many_at_one_instant(self, make_source, server):
        """Where many entries have one instant and one text, these tell none of them again."""
        first, later = (
            items(*numbers).replace(b"0%d:00" % numbers[0], b"04:00").replace(b"0%d:00" % numbers[1], b"04:00")
            for numbers in ((1, 2), (8, 9))
        )

        assert (await self.fetched(make_source, server, first, later)).gap

    async def test_through_an_empty_answer(self, make_source, server):
        """An empty answer in between makes nobody forget what was known."""
        assert (await self.fetched(make_source, server, items(1, 2), items(), items(8, 9))).gap

    async def test_told_once(self, make_source, server):
        """At the next look the new entries are the known ones."""
        assert (await self.fetched(make_source, server, items(1, 2), items(8, 9), items(8, 9, 10))).gap is None

    async def test_an_archive_beyond_the_window(self, make_source, server):
        """Entries that are left out for their age are still in common."""
        old, new = items(*range(1, 40), day=1), items(*range(40, 70), *range(1, 40), day=1)

        assert (await self.fetched(make_source, server, old, new)).gap is None


class TestBreakingOff:
    @pytest.mark.parametrize(
        "answer",
        [
            Canned(items(1, 2, cut="<item><title>Half of wh")),
            Canned(items(1, 2, cut="<item><title>Half of what</title><link>https://x.exam")),
            Canned(items(1, 2), headers={"Content-Length": "9999", "Connection": "close"}).raw(),
            Canned(items(1, 2, cut="<item><tit"), headers={"Content-Length": "9999"}).raw(),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(items(1, 2)), items(1, 2)),
        ],
    )
    async def test_keeps_what_is_whole(self, make_source, server, answer):
        """Of a feed that breaks off, in itself or on its way, the whole entries are kept, and that it was read in part is said."""
        result = await make_source(server.on("/feed", answer)).fetch(SINCE, {})

        assert [entry.title for entry in result.entries] == ["Work 2", "Work 1"]
        assert result.partial
        assert "breaks off" in result.note

    async def test_asks_for_the_whole_next_time(self, make_source, server):
        """What broke off on its way is not taken for what the server calls by its ETag."""
        broken = Canned(items(1, 2), headers={"Content-Length": "9999", "ETag": '"1"'}).raw()
        source = make_source(server.on("/feed", broken, broken, broken, tagged(Canned(items(1, 2, 3)), '"1"')))
        first = await source.fetch(SINCE, {})
        second = await source.fetch(SINCE, first.state)

        assert (first.partial, second.partial, len(second.entries)) == (True, False, 3)

    async def test_nothing_whole(self, make_source, server):
        """Where nothing is whole, it is a failure."""
        broken = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
        with pytest.raises(SourceError, match="in the middle of its answer"):
            await make_source(server.on("/feed", broken)).fetch(SINCE, {})


async def test_a_fault_is_told_for_as_long_as_it_is_there(make_source, server):
    """What there was to say of a feed stays said while the feed does not change, and goes when it is read without that."""
    faulty = items(1, 2).replace(b"Work 1", b"Work & 1")
    url = server.on("/feed", tagged(Canned(faulty), '"1"'))
    source = make_source(url)
    first = await source.fetch(SINCE, {})
    second = await source.fetch(SINCE, first.state)
    server.on("/feed", Canned(items(1, 2)))
    third = await source.fetch(SINCE, second.state)

    assert "faults" in first.note
    assert (second.not_modified, second.note) == (True, first.note)
    assert third.note is None


class TestStuckMarks:
    async def test_are_seen_through_by_a_full_read(self, make_fetcher, parser, server):
        """A full read sends no condition, and finds what an ETag hides that never changes; such an ETag is not believed again."""
        url = server.on("/feed", tagged(Canned(items(1)), '"same"'))
        spec = SourceSpec(id="it", kind="feed", name="It", url=url, section=Section.LABS)
        often, fully = (
            FeedSource(spec, each, parser, lambda: NOW) for each in (make_fetcher(), make_fetcher().unconditional())
        )
        state = (await often.fetch(SINCE, {})).state
        server.on("/feed", tagged(Canned(items(1, 2)), '"same"'))
        hidden = await often.fetch(SINCE, state)
        found = await fully.fetch(SINCE, hidden.state)
        server.on("/feed", tagged(Canned(items(1, 2, 3)), '"same"'))
        later = await often.fetch(SINCE, found.state)

        assert hidden.not_modified
        assert [entry.title for entry in found.entries] == ["Work 2", "Work 1"]
        assert [entry.title for entry in later.entries] == ["Work 3", "Work 2", "Work 1"]

    async def test_a_weak_mark_may_stay(self, make_source, server):
        """Bytes that change without a new entry (a date of building) make no mark a stuck one."""
        answers = (Canned(body, headers={"ETag": 'W/"1"'}) for body in (items(1), items(1) + b"<!-- built later -->"))
        source = make_source(server.on("/feed", *answers))
        first = await source.fetch(SINCE, {})
        await source.fetch(SINCE, (await source.fetch(SINCE, first.state)).state)

        assert server.asked[2].headers["if-none-match"] == 'W/"1"'
