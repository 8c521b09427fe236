from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.sources.feeds import FeedSource
from bot.errors import SourceError
from bot.model import ItemKind, Section, SourceSpec
from tests.adapters.sources.conftest import NOW
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


async def test_opens_newsletters_only(make_source, server):
    """The links inside the text are taken from newsletters."""
    url = server.on("/feed", Canned(FEED))
    plain, newsletter = [
        await make_source(url, section=section).fetch(SINCE, {}) for section in (Section.LABS, Section.NEWSLETTERS)
    ]

    assert plain.entries[0].links == ()
    assert [link.url for link in newsletter.entries[0].links] == ["https://y.example/"]


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
        (Canned(b"<!doctype html><title>Just a moment...</title>"), "gave an HTML page instead of a feed"),
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
