"""What keeps programs out is named, with what an operator can do; what lets them in is followed."""

from __future__ import annotations

import gzip
import zlib

import brotli
import httpx
import pytest
import zstandard

from adapters.sources.http.body import Body
from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.request import Unanswered
from adapters.sources.http.walls import asks_to_sign_in, sends_on, wall
from bot.errors import SourceError
from tests.adapters.sources.conftest import NOW, ask
from tests.local_server import Asked, Canned

FEED = b"<rss>" + b"hello " * 1000 + b"</rss>"
PLEASE = "ask its publisher to let feed readers in, or set another address of it as its url"


async def reason(fetcher, url: str, **more) -> str:
    with pytest.raises(SourceError) as caught:
        await fetcher.get(ask(url, **more))
    return caught.value.reason


def page(title: str, body: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>".encode()


class TestWalls:
    @pytest.mark.parametrize(
        ("answer", "called"),
        [
            (Canned(page("x"), 403, {"cf-mitigated": "challenge"}), "Cloudflare's challenge, answered 403"),
            (Canned(page("Just a moment..."), 200), "Cloudflare's challenge, answered 200"),
            (Canned(page("Just a moment..."), 503), "Cloudflare's challenge, answered 503"),
            (Canned(gzip.compress(page("Attention Required! | Cloudflare")), 403, {"Content-Encoding": "gzip"}), "Cloudflare"),
            (Canned(page("Making sure you&#39;re not a bot!")), "Anubis"),
            (Canned(page("a", '<script src="/.within.website/x/cmd/anubis/static/main.mjs">')), "Anubis"),
            (Canned(b"", 202, {"x-amzn-waf-action": "challenge"}), "AWS WAF's challenge, answered 202"),
            (Canned(b"", 405, {"x-amzn-waf-action": "captcha"}), "AWS WAF's challenge, answered 405"),
            (Canned(b"", 429, {"x-vercel-mitigated": "challenge"}), "Vercel's checkpoint"),
            (Canned(page("a", "_Incapsula_Resource")), "Imperva"),
            (Canned(page("a", "geo.captcha-delivery.com"), 403), "DataDome"),
            (Canned(page("Access to this page has been denied", '<div id="px-captcha">'), 403), "HUMAN"),
            (Canned(page("Access Denied", "Reference&#32;&#35;18.5f"), 403), "Akamai"),
            (Canned(page("DDOS-GUARD"), 403), "DDoS-Guard"),
            (Canned(page("a", "Please verify you are human"), 200), "a check for browsers"),
            (Canned(b"oops", 520), "its server fails behind Cloudflare, answered 520"),
            (Canned(status=307, headers={"Server": "Sucuri/Cloudproxy", "Location": "/feed"}), "Sucuri"),
            (Canned(b" ", 202), "no answer (202)"),
        ],
    )  # fmt: skip
    async def test_are_named(self, fetcher, server, answer, called):
        """Whatever the status, a wall is named, and with it what an operator can do."""
        told = await reason(fetcher, server.on("/feed", answer))

        assert "programs out" in told
        assert called in told
        assert PLEASE in told

    def test_a_feed_may_speak_of_them(self):
        """A feed whose text tells of such pages is a feed."""
        assert (
            wall(200, {}, b"<?xml version='1.0'?><rss><title>Just a moment: verify you are human</title></rss>") is None
        )

    def test_a_page_may_be_of_a_host_that_has_one(self):
        """A page that Cloudflare let through carries a script of its own."""
        assert (
            wall(
                200,
                {"server": "cloudflare"},
                page("Our lab", "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'>"),
            )
            is None
        )

    async def test_repeats_no_part_of_the_page(self, fetcher, server):
        """What a wall says is not passed on."""
        told = await reason(fetcher, server.on("/feed", Canned(page("Just a moment...", "s3cret"), 403)))

        assert "s3cret" not in told

    async def test_reads_no_more_of_a_refusal_than_it_needs(self, fetcher, server):
        """A refusal may be endless: its beginning is enough."""
        raw = b"HTTP/1.1 403 No\r\n\r\n" + b" " * 3_000_000

        assert await reason(fetcher, server.on("/feed", raw)) == "answered 403 (does not let us in)"

    @pytest.mark.parametrize("status", [204, 205, 300, 401, 404, 407, 451, 505, 525])
    async def test_a_status_is_put_into_words(self, fetcher, server, status):
        """A status that gives nothing to read is a failure, in words."""
        told = await reason(fetcher, server.on("/feed", Canned(b"", status)))

        assert told.startswith(f"answered {status} (")

    async def test_a_page_to_sign_in(self, fetcher, server):
        """A page that asks for a password is no answer, but may be one to who looks for a feed on it."""
        url = server.on("/feed", Canned(page("Sign in", "<form><input name=p type='password'></form>")))

        assert "sign in" in await reason(fetcher, url)
        assert (await fetcher.get(ask(url, page=True))).status == 200

    def test_a_form_in_a_feed_is_none(self):
        """What is no page asks for nothing."""
        assert not asks_to_sign_in(b"<rss><item><input type=password></item></rss>")


class TestCookies:
    async def test_come_back_within_a_question(self, fetcher, server):
        """A host that sends us round until its cookie comes back is read; the next question begins without one."""

        def gate(asked: Asked) -> Canned:
            let_in = Canned(FEED) if "ok=1" in asked.headers.get("cookie", "") else None
            return let_in or Canned(status=302, headers={"Location": "/feed", "Set-Cookie": "ok=1; Path=/"})

        url = server.on("/feed", gate)

        assert (await fetcher.get(ask(url))).body == FEED
        await fetcher.get(ask(url))
        assert ["cookie" in each.headers for each in server.asked] == [False, True, False, True]

    async def test_stay_with_their_host(self):
        """A cookie is sent to the host that set it, and to no other."""
        asked = []

        def answer(request):
            asked.append(request)
            if len(asked) < 3:
                there = "https://other.example/b" if len(asked) == 1 else "https://first.example/c"
                return httpx.Response(302, headers={"Location": there, "Set-Cookie": f"sid={len(asked)}; Path=/"})
            return httpx.Response(200, content=FEED)

        await Fetcher(httpx.MockTransport(answer), lambda: NOW).get(ask("https://first.example/a"))

        assert [each.headers.get("cookie") for each in asked] == [None, None, "sid=1"]

    async def test_a_circle_with_the_same_cookie_is_one(self, fetcher, server):
        """A host that sets its cookie and never takes it leads nowhere."""
        url = server.on("/feed", Canned(status=302, headers={"Location": "/feed", "Set-Cookie": "ok=1"}))

        assert "round in a circle" in await reason(fetcher, url)
        assert len(server.asked) == 2


class TestPagesThatSendOn:
    @pytest.mark.parametrize(
        ("content", "where"),
        [
            ("0; url=/feed.xml", "/feed.xml"),
            ("0;URL='/feed.xml'", "/feed.xml"),
            ("5; /feed.xml", "/feed.xml"),
            ("0;url=https://x.example/?a=1&amp;b=2", "https://x.example/?a=1&b=2"),
            ("600; url=/feed.xml", None),
            ("30", None),
        ],
    )
    def test_where_to(self, content, where):
        """Where a page sends its readers within half a minute; one that only reloads itself sends nowhere."""
        assert where == sends_on(f'<html><head><meta http-equiv="Refresh" content="{content}"></head></html>'.encode())

    async def test_are_followed_once(self, fetcher, server):
        """A page that sends on is followed, and a second one is not."""
        here = '<html><head><meta http-equiv="refresh" content="0; url={}"></head></html>'
        server.on("/b", Canned(FEED))
        url = server.on("/a", Canned(here.format("/b").encode()))
        server.on("/c", Canned(here.format("/a").encode()))

        assert (await fetcher.get(ask(url))).body == FEED
        assert (await fetcher.get(ask(server.url + "/c"))).url == server.url + "/a"

    async def test_take_no_trust_along(self, fetcher, server):
        """Such a page leads to no private address that a redirect would not lead to."""
        there = b'<html><head><meta http-equiv="refresh" content="0; url=http://169.254.169.254/"></head></html>'

        assert "private network" in await reason(fetcher, server.on("/a", Canned(there)))


class TestNotModified:
    async def test_only_who_asks_is_answered(self, fetcher, server):
        """'Not modified' to a question without a condition is a failure."""
        assert "not asked" in await reason(fetcher, server.on("/feed", Canned(status=304)))

    async def test_a_condition_that_was_left_behind(self):
        """Behind a redirect to another host the condition is not sent, so 'not modified' is no answer there either."""
        answers = [httpx.Response(302, headers={"Location": "https://other.example/"}), httpx.Response(304)]
        fetcher = Fetcher(httpx.MockTransport(lambda _: answers.pop(0)), lambda: NOW)

        assert "not asked" in await reason(fetcher, "https://first.example/", etag='"1"')

    async def test_a_full_read_has_no_condition(self, fetcher, server):
        """A full read asks for everything; where answers cost money, the condition stays."""
        url = server.on("/feed", Canned(FEED))
        for paid in (False, True):
            await fetcher.unconditional().get(ask(url, etag='"1"', last_modified="then", paid=paid))

        assert ["if-none-match" in each.headers for each in server.asked] == [False, True]
        assert ["if-modified-since" in each.headers for each in server.asked] == [False, True]


async def test_http2_only(fetcher, server):
    """A host that speaks HTTP/2 only is told as such: its first frame is no text."""
    frame = b"\0\0\0\x04\0\0\0\0\0" + b"\0\0\x08\x07\0\0\0\0\0" + b"\0" * 7 + b"\x01"

    assert "speaks HTTP/2 only" in await reason(fetcher, server.on("/feed", frame))


def unpacked(encoding: str, body: bytes, **more) -> bytes:
    found = Body(encoding, more.pop("limit", 5_000_000), **more)
    for start in range(0, len(body), 1000):
        found.add(body[start : start + 1000])
    return found.whole()


RAW = zlib.compressobj(wbits=-15)
ZSTD = zstandard.ZstdCompressor()
PACKED = {
    "br": ("br", brotli.compress(FEED)),
    "zstd": ("zstd", ZSTD.compress(FEED)),
    "zstd, two frames": ("zstd", ZSTD.compress(FEED[:99]) + ZSTD.compress(FEED[99:])),
    "deflate": ("deflate", zlib.compress(FEED)),
    "bare deflate": ("deflate", RAW.compress(FEED) + RAW.flush()),
    "twice, said": ("gzip, gzip", gzip.compress(gzip.compress(FEED))),
    "twice, not said": ("gzip", gzip.compress(gzip.compress(FEED))),
    "once, said twice": ("gzip, gzip", gzip.compress(FEED)),
    "two ways": ("gzip, br", brotli.compress(gzip.compress(FEED))),
    "a file": ("", gzip.compress(FEED)),
    "a zstd file": ("identity", ZSTD.compress(FEED)),
    "gzip for br": ("br", gzip.compress(FEED)),
    "plain for gzip": ("gzip", FEED),
    "plain for br": ("br", FEED),
    "plain for zstd": ("zstd", FEED),
    "json for deflate": ("deflate", b'{"a": 1}'),
    "no encoding": ("UTF-8", FEED),
    "unknown": ("aws-chunked, gzip", gzip.compress(FEED)),
}


class TestPacking:
    @pytest.mark.parametrize("name", PACKED)
    def test_is_read_as_what_it_is(self, name):
        """A body is unpacked as its bytes want it, whatever its header says."""
        encoding, body = PACKED[name]

        assert unpacked(encoding, body) == (b'{"a": 1}' if "json" in name else FEED)

    @pytest.mark.parametrize("pack", [gzip.compress, brotli.compress, ZSTD.compress], ids=["gzip", "br", "zstd"])
    @pytest.mark.parametrize("said", [True, False])
    def test_a_bomb_is_stopped(self, pack, said):
        """Nothing is unpacked beyond the limit, and a body of just the limit is read."""
        encoding = {gzip.compress: "gzip", brotli.compress: "br"}.get(pack, "zstd")
        encoding = encoding if said or encoding == "br" else ""

        with pytest.raises(Unanswered, match="more than 5 MB"):
            unpacked(encoding, pack(b"<" + b"a" * 50_000_000))
        assert unpacked(encoding, pack(FEED), limit=len(FEED)) == FEED
        with pytest.raises(Unanswered, match="more than"):
            unpacked(encoding, pack(FEED), limit=len(FEED) - 1)

    @pytest.mark.parametrize("name", ["br", "zstd", "deflate", "a file"])
    def test_one_that_ends_early(self, name):
        """What ends early is broken, unless its beginning will do."""
        encoding, body = PACKED[name]
        cut = body[:-6]

        with pytest.raises(Unanswered, match="could not be unpacked"):
            unpacked(encoding, cut)
        assert FEED.startswith(unpacked(encoding, cut, may_be_cut=True))

    @pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
    def test_one_that_is_nothing(self, encoding):
        """What is neither packed nor text is broken."""
        with pytest.raises(Unanswered, match="could not be unpacked"):
            unpacked(encoding, b"\x00\x01 not packed at all")
