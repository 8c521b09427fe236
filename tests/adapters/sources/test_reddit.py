from __future__ import annotations

import json
from base64 import b64decode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.sources.kinds.reddit import RedditSource
from adapters.sources.kinds.reddit_api import parse_arctic, parse_listing, parse_token, parse_top
from adapters.sources.parse.document import Unreadable
from bot.errors import SourceError
from bot.model import Attention, Entry, FetchResult, ItemKind, Section, SourceSpec
from tests.adapters.sources.conftest import NOW, tagged
from tests.local_server import Canned

DATA = Path(__file__).parent / "data"
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
TOP = Canned((DATA / "reddit_top.atom").read_bytes(), headers={"Content-Type": "application/atom+xml"})
POSTS = Canned((DATA / "reddit_posts.json").read_bytes())
LISTING = Canned((DATA / "reddit_listing.json").read_bytes())
BLOCKED = Canned(b"<!doctype html>blocked", status=403)
APP = {"reddit_client_id": "app", "reddit_client_secret": "s3cret-app"}
FEED = {"reddit_feed_token": "s3cret-feed", "reddit_feed_user": "owner"}


@pytest.fixture
def make_source(fetcher, parser, server):
    def make(
        top: Canned, *, arctic: Canned | None = None, oauth: Canned | None = None, secrets=None, **options
    ) -> RedditSource:
        url = server.on("/r/Example/top/.rss", top) + "?t=week"
        if arctic:
            options["arctic_url"] = server.on("/arctic", arctic)
        if oauth:
            options["oauth_url"] = server.on("/r/Example/top", oauth)
            options["token_url"] = server.on(
                "/token", Canned(b'{"access_token": "t0ken-of-the-day", "expires_in": 86400}')
            )
        spec = SourceSpec(
            id="it",
            kind="reddit",
            name="It",
            url=url,
            section=Section.COMMUNITY,
            item_kind=ItemKind.DISCUSSION,
            options=options,
        )
        return RedditSource(spec, fetcher, parser, lambda: NOW, secrets or {})

    return make


def by_id(result: FetchResult) -> dict[str, Entry]:
    return {entry.external_id: entry for entry in result.entries}


class TestRoutes:
    async def test_the_top_list_keeps_its_order(self, make_source):
        """RSS gives the top of the week in its order, without scores, and without what was removed."""
        result = await make_source(TOP).fetch(SINCE, {})

        assert [entry.external_id for entry in result.entries] == ["t3_bbb222", "t3_aaa111", "t3_eee555", "t3_ccc333"]
        assert {entry.attention for entry in result.entries} == {Attention()}

    async def test_scores_are_added(self, make_source, server):
        """Where Arctic Shift can be asked, the top list gets its scores, and what was removed since is left out."""
        found = by_id(await make_source(TOP, arctic=POSTS).fetch(SINCE, {}))

        assert found["t3_aaa111"].attention == Attention(votes=210, comments=34)
        assert set(found) == {"t3_aaa111", "t3_bbb222", "t3_ccc333"}
        query = parse_qs(urlsplit(server.asked[-1].path).query)
        assert (query["subreddit"], query["after"], query["before"]) == (
            ["Example"],
            [str(int(SINCE.timestamp()))],
            [str(int(NOW.timestamp()) + 3600)],
        )

    async def test_scores_are_no_condition(self, make_source):
        """If Arctic Shift fails, the top list comes without scores, and a note says why."""
        result = await make_source(TOP, arctic=Canned(status=422)).fetch(SINCE, {})

        assert len(result.entries) == 4
        assert result.note == "no scores: Arctic Shift answered 422 (asks us to slow down) three times"
        assert not result.partial

    async def test_arctic_stands_in(self, make_source):
        """Where Reddit refuses us, Arctic Shift alone is enough; the best posts come first."""
        result = await make_source(BLOCKED, arctic=POSTS).fetch(SINCE, {})

        assert [entry.external_id for entry in result.entries] == ["t3_aaa111", "t3_bbb222", "t3_ccc333", "t3_fff666"]
        assert result.note == "RSS answered 403 (does not let us in)"

    async def test_a_later_page_of_the_archive_fails(self, make_source, server):
        """The posts before a page that fails are kept, and the source is read in part."""
        first = [
            {
                "id": f"aa{n:04}",
                "title": f"[R] Post {n}",
                "permalink": f"/r/Example/comments/aa{n:04}/x/",
                "created_utc": 1786400000 + n,
                "score": 5,
                "selftext": "",
            }
            for n in range(100)
        ]
        source = make_source(BLOCKED, arctic=POSTS)
        server.on(
            "/arctic",
            Canned(json.dumps({"data": first}).encode()),
            Canned(status=500),
            Canned(status=500),
            Canned(status=500),
        )
        result = await source.fetch(SINCE, {})

        assert (len(result.entries), result.partial) == (100, True)
        assert "after 100 posts" in result.note

    def test_a_mirror_that_hands_on_markdown(self):
        """Markdown that a mirror cuts at a fixed length is shown without its signs, to its last whole word; Reddit's HTML as it is."""
        texts = [
            "**TL;DR:** We read `many` " + "words " * 40,
            "It has a [`link`](https://a.example/x) and *First, " + "more " * 40,
        ]
        entries = "".join(
            f'<entry><id>t3_aaaa{n}</id><title>[D] Post {n}</title><link href="https://www.reddit.com/r/E/comments/aaaa{n}/x/"/>'
            f'<content type="html">&lt;p&gt;{text[:206]}&lt;/p&gt; submitted by /u/x</content></entry>'
            for n, text in enumerate(texts)
        )
        feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>t</title>{entries}</feed>'
        first, second = parse_top(feed.encode(), "https://www.reddit.com/r/E", "application/atom+xml")

        assert first.text.startswith("TL;DR: We read many words")
        assert first.text.endswith(" words…")
        assert second.text.startswith("It has a link and First, more")
        assert [post.words for post in (first, second)] == [None, None]

    def test_titles_keep_their_tokens(self):
        """A title's references are resolved, and what is no element of HTML stays."""
        post = {
            "id": "aa1111",
            "title": "[R] Does &lt;think&gt; help when x&lt;y?",
            "permalink": "/r/E/comments/aa1111/x/",
        }

        assert [one.title for one in parse_arctic(json.dumps({"data": [post]}).encode())] == [
            "[R] Does <think> help when x<y?"
        ]

    async def test_the_api_is_the_last_resort(self, make_source, server):
        """With an app's id and secret, Reddit's API is asked when nothing else answers."""
        source = make_source(BLOCKED, arctic=Canned(status=500), oauth=LISTING, secrets=APP)
        result = await source.fetch(SINCE, {})

        token, listing = server.asked[-2:]
        assert by_id(result)["t3_aaa111"].attention.votes == 210
        assert b64decode(token.headers["authorization"].removeprefix("Basic ")) == b"app:s3cret-app"
        assert token.body == b"grant_type=client_credentials"
        assert listing.headers["authorization"] == "Bearer t0ken-of-the-day"

    async def test_the_order_is_the_operators(self, make_source, server):
        """Routes are tried in the configured order, and only those."""
        await make_source(TOP, arctic=POSTS, routes=["arctic"]).fetch(SINCE, {})

        assert [each.path.partition("?")[0] for each in server.asked] == ["/arctic"]

    async def test_all_of_them_may_fail(self, make_source):
        """If no route answers, the error names each."""
        with pytest.raises(SourceError) as caught:
            await make_source(BLOCKED, arctic=Canned(status=500)).fetch(SINCE, {})

        assert caught.value.reason == "RSS answered 403 (does not let us in); Arctic Shift answered 500"

    async def test_a_mirror_is_asked_alone(self, make_source, server):
        """Who points the source at a mirror does not have the real services asked behind his back."""
        with pytest.raises(SourceError, match="answered 403"):
            await make_source(BLOCKED, secrets=APP).fetch(SINCE, {})

        assert [each.path.partition("?")[0] for each in server.asked] == ["/r/Example/top/.rss"]

    async def test_pages_through(self, make_source, server):
        """Arctic Shift is asked until it has no more, each page after the last post of the one before."""
        start = 1786500000
        many = [
            {
                "id": f"{n:06d}",
                "title": f"post {n}",
                "permalink": f"/r/Example/comments/{n:06d}/x/",
                "created_utc": start + n,
            }
            for n in range(150)
        ]

        def page(asked):
            after = int(parse_qs(urlsplit(asked.path).query)["after"][0])
            rows = [each for each in many if each["created_utc"] >= after][:100]
            return Canned(json.dumps({"data": rows}).encode())

        source = make_source(BLOCKED, arctic=POSTS)
        server.on("/arctic", page)

        assert len((await source.fetch(SINCE, {})).entries) == 150


def posts(count: int) -> list[dict]:
    return [
        {
            "id": f"{n:06d}",
            "title": f"post {n}",
            "permalink": f"/r/Example/comments/{n:06d}/x/",
            "created_utc": 1786500000 + n,
            "score": n,
        }
        for n in range(count)
    ]


class Archive:
    """Arctic Shift with these posts, and a tag for each page that is a hash of it."""

    def __init__(self, rows: list[dict]) -> None:
        self.rows = rows

    def __call__(self, asked):
        after = int(parse_qs(urlsplit(asked.path).query)["after"][0])
        body = json.dumps({"data": [each for each in self.rows if each["created_utc"] >= after][:100]}).encode()
        return tagged(Canned(body), f'"{sha256(body).hexdigest()[:8]}"')(asked)


class TestConditions:
    async def test_the_top_list_is_asked_for_changes(self, make_source, server):
        """A list that has not changed is not read again; one that has is."""
        source = make_source(tagged(TOP, '"a"'))
        first = await source.fetch(SINCE, {})
        second = await source.fetch(SINCE, first.state)
        server.on("/r/Example/top/.rss", tagged(TOP, '"b"'))
        third = await source.fetch(SINCE, second.state)

        assert (len(first.entries), len(second.entries), len(third.entries)) == (4, 0, 4)
        assert (second.not_modified, second.state) == (True, first.state)

    async def test_new_scores_bring_the_list_with_them(self, make_source, server):
        """Where only scores have changed, the list is read again with them; where nothing has, nothing is."""
        source = make_source(tagged(TOP, '"a"'), arctic=tagged(POSTS, '"b"'))
        first = await source.fetch(SINCE, {})
        second = await source.fetch(SINCE, first.state)
        server.on("/arctic", tagged(Canned(POSTS.body.replace(b"210", b"211")), '"c"'))
        third = await source.fetch(SINCE, second.state)

        assert (second.entries, second.not_modified, second.state) == ((), True, first.state)
        assert by_id(third)["t3_aaa111"].attention.votes == 211
        assert set(by_id(third)) == set(by_id(first))

    async def test_scores_that_failed_are_asked_for_again(self, make_source, server):
        """If scores were missing, a list that has not changed is read again once they are there."""
        source = make_source(tagged(TOP, '"a"'), arctic=Canned(status=500))
        first = await source.fetch(SINCE, {})
        second = await source.fetch(SINCE, first.state)
        server.on("/arctic", tagged(POSTS, '"b"'))
        third = await source.fetch(SINCE, second.state)

        assert (second.not_modified, second.note) == (True, "no scores: Arctic Shift answered 500")
        assert by_id(third)["t3_aaa111"].attention.votes == 210

    async def test_a_new_list_forgets_the_scores_it_lacks(self, make_source, server):
        """If the list changed while scores failed, the tag of older scores does not stand for those of the new posts."""
        source = make_source(tagged(TOP, '"a"'), arctic=tagged(POSTS, '"b"'))
        state = (await source.fetch(SINCE, {})).state
        server.on("/r/Example/top/.rss", tagged(TOP, '"c"'))
        server.on("/arctic", Canned(status=500))
        state = (await source.fetch(SINCE, state)).state
        server.on("/arctic", tagged(POSTS, '"b"'))

        assert by_id(await source.fetch(SINCE, state))["t3_aaa111"].attention.votes == 210

    async def test_another_route_is_read_as_a_whole(self, make_source, server):
        """What one route gave is not what another has: after a change of route nothing counts as known."""
        source = make_source(tagged(TOP, '"a"'), arctic=tagged(POSTS, '"b"'))
        by_list = await source.fetch(SINCE, {})
        server.on("/r/Example/top/.rss", BLOCKED)
        by_archive = await source.fetch(SINCE, by_list.state)
        unchanged = await source.fetch(SINCE, by_archive.state)
        server.on("/r/Example/top/.rss", tagged(TOP, '"a"'))
        again = await source.fetch(SINCE, unchanged.state)

        assert "t3_fff666" in by_id(by_archive)
        assert (unchanged.entries, unchanged.not_modified) == ((), True)
        assert unchanged.note == "RSS answered 403 (does not let us in)"
        assert set(by_id(again)) == set(by_id(by_list))

    async def test_every_page_of_the_archive_counts(self, make_source, server):
        """The archive has not changed if none of its pages has; one that did, or a new post, brings them all."""
        source, archive = make_source(BLOCKED, arctic=POSTS, routes=["arctic"]), Archive(posts(150))
        server.on("/arctic", archive)
        first = await source.fetch(SINCE, {})
        same = await source.fetch(SINCE, first.state)
        archive.rows[3]["score"] = 999
        scored = await source.fetch(SINCE, same.state)
        archive.rows.append({**archive.rows[0], "id": "zzzzzz", "created_utc": 1786600000})
        grown = await source.fetch(SINCE, scored.state)

        assert [len(each.entries) for each in (first, same, scored, grown)] == [150, 0, 150, 151]
        assert same.not_modified

    async def test_an_archive_cut_off_is_not_remembered(self, make_source, server):
        """More posts than are read make a reading in part, which no tag stands for."""
        source = make_source(BLOCKED, arctic=POSTS, routes=["arctic"])
        server.on("/arctic", Archive(posts(1200)))
        first = await source.fetch(SINCE, {})

        assert (first.partial, first.note) == (True, f"took the first {len(first.entries)} posts")
        assert (await source.fetch(SINCE, first.state)).entries

    async def test_the_api_is_asked_for_changes(self, make_source, server):
        """Reddit's API, too, need not send twice what it sent once."""
        source = make_source(BLOCKED, oauth=tagged(LISTING, '"a"'), secrets=APP)
        first = await source.fetch(SINCE, {})
        second = await source.fetch(SINCE, first.state)

        assert (bool(first.entries), second.entries, second.not_modified) == (True, (), True)

    async def test_the_token_is_not_remembered(self, make_source):
        """What is kept for next time holds no part of an address, for that holds the owner's token."""
        assert "s3cret" not in repr((await make_source(tagged(TOP, '"a"'), secrets=FEED).fetch(SINCE, {})).state)


class TestSecrets:
    async def test_the_feed_token_goes_along(self, make_source, server):
        """The owner's token and name are part of the question, and of nothing else."""
        result = await make_source(TOP, secrets=FEED).fetch(SINCE, {})

        query = parse_qs(urlsplit(server.asked[0].path).query)
        assert (query["feed"], query["user"], query["t"]) == (["s3cret-feed"], ["owner"], ["week"])
        assert "s3cret" not in repr(result)

    async def test_a_strangers_source_gets_none(self, fetcher, parser, server):
        """A source that was added from chat is shown no secret."""
        spec = SourceSpec(
            id="it", kind="reddit", name="It", url="https://evil.example/r/x/", section=Section.LABS, trusted=False
        )

        assert "s3cret" not in RedditSource(spec, fetcher, parser, lambda: NOW, FEED)._feed_address()


class TestPosts:
    async def test_what_a_post_is_about(self, make_source):
        """A link post is about its link, a project about its code; a discussion that names a paper is about itself."""
        found = by_id(await make_source(BLOCKED, arctic=POSTS).fetch(SINCE, {}))

        assert found["t3_aaa111"].about == "https://arxiv.org/abs/2608.00011"
        assert found["t3_bbb222"].about == "https://github.com/example/plat_form"
        assert found["t3_ccc333"].about is None
        assert [link.url for link in found["t3_ccc333"].links] == ["https://arxiv.org/abs/1706.03762"]
        assert found["t3_ccc333"].links[0].quote == "I read this & more."
        assert found["t3_fff666"].about is None

    async def test_what_kind_of_post_it_is(self, make_source):
        """Flair is kept; beginners' questions and self-promotion are marked, by either route."""
        for top, arctic in ((BLOCKED, POSTS), (TOP, None)):
            found = by_id(await make_source(top, arctic=arctic).fetch(SINCE, {}))

            assert found["t3_aaa111"].tags == ("[R]",)
            assert found["t3_bbb222"].tags == ("[P]", "self-promotion")
            assert found["t3_ccc333"].tags == ("[D]", "beginner")

    async def test_the_rules_can_be_changed(self, make_source):
        """The operator's words decide."""
        result = await make_source(TOP, beginner=["sampler"], self_promotion=["!no-code"]).fetch(SINCE, {})

        assert by_id(result)["t3_aaa111"].tags == ("[R]", "beginner")
        assert by_id(result)["t3_bbb222"].tags == ("[P]",)

    async def test_its_text_is_plain(self, make_source):
        """Neither Markdown nor the feed's own table and buttons are left in the text."""
        by_feed, by_archive = [
            by_id(await make_source(top, arctic=arctic).fetch(SINCE, {}))["t3_bbb222"].abstract
            for top, arctic in ((TOP, None), (BLOCKED, POSTS))
        ]

        assert by_feed == "Hey, try it."
        assert by_archive == "Hey, try it. More: https://example.org/"

    def test_a_mirror_that_renders_nothing(self):
        """A mirror's feed that hands on what was written is read as what was meant."""
        body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>t3_abc12</id><title>A tool [P]</title>
            <link href="https://www.reddit.com/r/MachineLearning/comments/abc12/a_tool/"/><author><name>/u/ada</name></author>
            <content type="html">&lt;p&gt;[**City**](https://github.com/ada/city) maps \\~540 towns&lt;/p&gt; submitted by /u/ada</content></entry></feed>"""
        (post,) = parse_top(body, "https://mirror.example/", "application/atom+xml")

        assert post.text == "City maps ~540 towns"

    def test_formulas_are_readable(self):
        """TeX in a post is written as people read it, whichever route brought the post; an amount of money is none."""
        raw = r"A prefix ($L \\in \[100, 3000\]$ tokens) moves $\\nabla L$, for \$5 or 10$ a month."
        (by_archive,) = parse_arctic(_posts([raw]))
        feed = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>t3_abc12</id><title>On $\\nabla L$ [R]</title>
            <link href="https://www.reddit.com/r/MachineLearning/comments/abc12/a/"/><author><name>/u/ada</name></author>
            <content type="html">&lt;div class="md"&gt;&lt;p&gt;It moves $\\nabla L$.&lt;/p&gt;&lt;/div&gt;</content></entry></feed>"""
        (by_feed,) = parse_top(feed.encode(), "https://www.reddit.com/", "application/atom+xml")

        assert by_archive.text == "A prefix (L ∈ [100, 3000] tokens) moves ∇ L, for $5 or 10$ a month."
        assert (by_feed.title, by_feed.text) == ("On ∇ L [R]", "It moves ∇ L.")

    def test_what_is_said_of_a_work_is_plain(self):
        """The words around a link are no Markdown, and do not hold who submitted the post."""
        body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>t3_abc12</id><title>On ECA [D]</title>
            <link href="https://www.reddit.com/r/MachineLearning/comments/abc12/a/"/><author><name>/u/ada</name></author>
            <content type="html">&lt;p&gt;[ECA](https://arxiv.org/abs/1910.03151) follows [SE](https://arxiv.org/abs/1709.01507).&lt;/p&gt; submitted by /u/ada</content></entry></feed>"""
        (post,) = parse_top(body, "https://mirror.example/", "application/atom+xml")
        entry = """<entry><id>t3_{0}</id><title>A tool [P]</title><link href="https://www.reddit.com/r/MachineLearning/comments/{0}/a/"/>
            <content type="html">&lt;p&gt;{1}&lt;/p&gt; submitted by /u/ada</content></entry>"""
        excerpt = "It is a tool. GitHub: [https://github.com/ada/tool](https://git"
        cut = "".join(entry.format(f"abc1{n}", excerpt) for n in range(2))
        broken = parse_top(
            f'<feed xmlns="http://www.w3.org/2005/Atom">{cut}</feed>'.encode(), "https://mirror.example/", ""
        )

        assert [link.quote for link in post.links] == ["ECA follows SE."] * 2
        assert {link.quote for post in broken for link in post.links} == {
            "It is a tool. GitHub: https://github.com/ada/tool…"
        }

    def test_an_excerpt_is_closed(self):
        """Where an archive cuts every text at one length, none ends in mid-word; a whole text keeps its last word."""
        start = "*First, I want to clarify.*\n\n" + "It is **easier** to read. " * 6
        ends = [
            "For fun, I dec",
            "It is **",
            "See **bold te",
            "Read [my lon",
            "Read [this](https://exa",
            "as it saw ",
            "> The end.",
        ]
        padded = [start + "x" * (215 - len(start) - len(end)) + f"\n\n{end}" for end in ends]
        by_cut = [post.text for post in parse_arctic(_posts([*padded, "> A short one, by [me](https://a.example)"]))]
        by_whole = [post.text for post in parse_arctic(_posts([start + "Thanks in advance", "short"]))]

        assert by_cut[0].startswith("First, I want to clarify. It is easier to read.")
        assert ["For fun, I…", "It is…", "See bold…", "Read my…", "Read this…", "as it saw…", "The end."] == [
            text.rpartition("xx ")[2] for text in by_cut[:-1]
        ]
        assert "A short one, by me" == by_cut[-1]
        assert by_whole[0].endswith(" Thanks in advance")

    async def test_a_young_score_is_none(self, make_source):
        """A score of 1 on a post of yesterday has not been counted yet."""
        found = by_id(await make_source(BLOCKED, arctic=POSTS).fetch(SINCE, {}))

        assert (found["t3_fff666"].attention, found["t3_ccc333"].attention.votes) == (Attention(), 1)

    async def test_removed_posts_count_for_the_rhythm_only(self, make_source):
        """The newest date is that of the newest post, whatever became of it."""
        result = await make_source(BLOCKED, arctic=POSTS).fetch(SINCE, {})

        assert result.newest == datetime.fromtimestamp(1786900000, UTC)
        assert result.rhythm_days is None or result.rhythm_days >= 1


def _posts(texts: list[str]) -> bytes:
    posts = [
        {"id": f"aaa{n}", "title": "It", "permalink": f"/r/x/comments/aaa{n}/it/", "selftext": text}
        for n, text in enumerate(texts)
    ]
    return json.dumps({"data": posts}).encode()


@pytest.mark.parametrize(
    "parse", [parse_arctic, parse_listing, parse_token, lambda body: parse_top(body, "https://x.example", "")]
)
@pytest.mark.parametrize("body", [b"", b"<!doctype html>no", b"[1]", b'{"data": 1}', b'{"a":' * 10_000, b"\xff\xfe"])
def test_names_what_is_none(parse, body):
    """What is none of these is an error that says what it is."""
    with pytest.raises(Unreadable):
        parse(body)
