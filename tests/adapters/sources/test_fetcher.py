from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest

from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.pacing import HostPacing, HostQueue
from adapters.sources.http.request import user_agent, wait_asked
from bot.errors import SourceError, StorageError
from bot.rate_limits import InProcessRateLimiter
from tests.adapters.sources.conftest import NOW, QUICK, ask
from tests.local_server import Canned
from tests.waiting import PATIENCE


async def failing(fetcher, question) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await fetcher.get(question)
    return caught.value


class TestManners:
    async def test_says_who_it_is(self, fetcher, server):
        """Every request carries our name, and offers what we can unpack."""
        await fetcher.get(ask(server.on("/feed", Canned(b"hello"))))

        sent = server.asked[0].headers
        assert (sent["user-agent"], sent["accept-encoding"]) == (QUICK.agent, "gzip, deflate, br, zstd")

    @pytest.mark.parametrize(
        ("about", "name"),
        [
            (("1", "https://a.example", "me@a.example"), "PaperRound/1 (+https://a.example; me@a.example)"),
            (("1", "", "me@a.example"), "PaperRound/1 (me@a.example)"),
            (("1", "", ""), "PaperRound/1"),
        ],
    )
    def test_names_whom_to_ask(self, about, name):
        """The name holds an address for complaints where there is one."""
        assert name == user_agent(*about)

    async def test_asks_only_for_what_changed(self, fetcher, server):
        """The marks of the last answer are sent back as they were, and 'not modified' is an answer."""
        url = server.on("/feed", Canned(status=304))
        answer = await fetcher.get(ask(url, etag='W/"x"', last_modified="Mon, 10 Aug 2026 10:00:00 GMT"))

        sent = server.asked[0].headers
        assert answer.not_modified
        assert (sent["if-none-match"], sent["if-modified-since"]) == ('W/"x"', "Mon, 10 Aug 2026 10:00:00 GMT")

    async def test_keeps_a_connection(self, fetcher, server):
        """Questions to one host that follow one another share a connection."""
        url = server.on("/feed", Canned(b"hello"))
        for _ in range(3):
            await fetcher.get(ask(url))

        assert [each.connection for each in server.asked] == [1, 1, 1]

    async def test_survives_a_connection_closed_in_between(self, fetcher, server):
        """A kept connection that the server has closed costs a new one, not an error."""
        url = server.on("/feed", Canned(b"one", headers={"Connection": "keep-alive"}), b"", Canned(b"two"))
        await fetcher.get(ask(url))

        assert (await fetcher.get(ask(url))).body == b"two"

    async def test_sends_user_and_password_of_the_address(self, fetcher, server):
        """What stands before the @ of an address goes into a header, not into the request line."""
        url = server.on("/feed", Canned(b"hello")).replace("//", "//me:p%40ss@")
        await fetcher.get(ask(url))

        assert server.asked[0].headers["authorization"] == "Basic bWU6cEBzcw=="
        assert "me" not in server.asked[0].headers["host"]

    async def test_writes_odd_addresses_as_the_protocol_wants(self, fetcher, server):
        """Letters outside ASCII and spaces in an address are percent-encoded."""
        server.on("/caf%C3%A9%20x", Canned(b"hello"))

        assert (await fetcher.get(ask(server.url + "/café x?q=ü"))).body == b"hello"
        assert server.asked[0].path == "/caf%C3%A9%20x?q=%C3%BC"


class TestSize:
    @pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw", "two"])
    async def test_unpacks(self, fetcher, server, encoding):
        """Gzip (also of several members) and both readings of 'deflate' are unpacked."""
        body = b"hello " * 1000
        raw = zlib.compressobj(wbits=-15)
        packed = {
            "gzip": gzip.compress(body),
            "deflate": zlib.compress(body),
            "raw": raw.compress(body) + raw.flush(),
            "two": gzip.compress(body[:3000]) + gzip.compress(body[3000:]) + b"\0\0",
        }[encoding]
        name = "gzip" if encoding in {"gzip", "two"} else "deflate"
        url = server.on("/feed", Canned(packed, headers={"Content-Encoding": name}))

        assert (await fetcher.get(ask(url))).body == body

    async def test_reads_chunks(self, fetcher, server):
        """A body in chunks is put together."""
        raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"

        assert (await fetcher.get(ask(server.on("/feed", raw)))).body == b"hello"

    async def test_reads_to_the_end_of_the_connection(self, fetcher, server):
        """A body without a length ends with the connection."""
        assert (await fetcher.get(ask(server.on("/feed", b"HTTP/1.0 200 OK\r\n\r\nhello")))).body == b"hello"

    @pytest.mark.parametrize("packed", [True, False])
    async def test_stops_at_the_cap(self, fetcher, server, packed):
        """A body is cut off at the cap on its unpacked size: a bomb is an error that says how large is too large."""
        body = b" " * 30_000_000
        headers = {"Content-Encoding": "gzip"} if packed else {}
        url = server.on("/feed", Canned(gzip.compress(body, 1) if packed else body, headers=headers))

        assert (await failing(fetcher, ask(url))).reason == (
            "gave an answer of more than 5 MB: if that is meant, raise max_megabytes under [fetch] in the configuration"
        )

    async def test_lets_one_question_have_more(self, fetcher, server):
        """A question may bring a cap of its own."""
        url = server.on("/feed", Canned(b" " * 6_000_000))

        assert len((await fetcher.get(ask(url, max_bytes=7_000_000))).body) == 6_000_000

    async def test_allows_what_is_configured(self, make_fetcher, server):
        """Who raises `max_megabytes` beyond what a kind asks for gets that."""
        url = server.on("/feed", Canned(b" " * 6_000_000))
        fetcher = make_fetcher(limits=replace(QUICK, max_bytes=7_000_000))

        assert len((await fetcher.get(ask(url, max_bytes=1_000))).body) == 6_000_000

    async def test_says_that_unpacking_failed(self, fetcher, server):
        """A body that is not packed as it says is an error."""
        url = server.on("/feed", Canned(b"not gzip at all", headers={"Content-Encoding": "gzip"}))

        assert "could not be unpacked" in (await failing(fetcher, ask(url))).reason


class TestFailures:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (Canned(status=404), "answered 404 (knows no such page; its address may have changed)"),
            (Canned(status=403), "answered 403 (does not let us in)"),
            (Canned(status=500), "answered 500"),
            (Canned(status=503), "answered 503 three times"),
            (Canned(status=302), "answered 302 without saying where to go"),
            (b"", "closed the connection without an answer three times"),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel",
                "closed the connection in the middle of its answer three times",
            ),
            (b"220 mail.example ESMTP\r\n\r\n", "did not answer in the language of the web (HTTP)"),
        ],
    )
    async def test_says_what_went_wrong(self, fetcher, server, answer, reason):
        """Every failure is a sentence in plain words."""
        assert (await failing(fetcher, ask(server.on("/feed", answer)))).reason == reason

    async def test_is_told_when_nobody_listens(self, fetcher, unused_tcp_port):
        """A refused connection is tried again, then reported."""
        assert (
            await failing(fetcher, ask(f"http://127.0.0.1:{unused_tcp_port}/"))
        ).reason == "refused the connection three times"

    @pytest.mark.parametrize(
        "url", ["ftp://example.org/x", "file:///etc/passwd", "/etc/passwd", "http://", "http://a:b:c/", ""]
    )
    async def test_asks_the_web_only(self, fetcher, url):
        """An address that is none of the web is refused before anything is done."""
        assert "http://" in (await failing(fetcher, ask(url))).reason

    async def test_never_repeats_a_secret(self, fetcher, server):
        """No part of an address gets into an error, for it may hold a token or a password."""
        url = server.on("/s3cret", Canned(status=403)).replace("//", "//s3cret:s3cret@") + "?token=s3cret"
        error = await failing(fetcher, ask(url))

        assert "s3cret" not in str(error) + repr(error) + repr(error.__cause__)

    async def test_marks_what_is_gone(self, fetcher, server):
        """410 is not asked again, and marked so that nobody else does."""
        assert (await failing(fetcher, ask(server.on("/feed", Canned(status=410))))).gone
        assert len(server.asked) == 1

    @pytest.mark.parametrize("behaviour", ["silent", "dripping"])
    async def test_gives_up_at_the_deadline(self, make_fetcher, server, behaviour):
        """Neither silence nor a byte now and then keeps us longer than the deadline."""

        async def silent(writer):
            await asyncio.sleep(30)

        async def dripping(writer):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                writer.write(b" ")
                await asyncio.sleep(0.02)

        url = server.on("/feed", {"silent": silent, "dripping": dripping}[behaviour])
        fetcher = make_fetcher(limits=replace(QUICK, deadline=0.2))

        assert (await failing(fetcher, ask(url))).reason == "did not answer within 0.2 s"

    async def test_tells_the_failure_rather_than_the_deadline(self, make_fetcher, server):
        """If the time ends between two attempts, what went wrong with the last one is told."""
        url = server.on("/feed", Canned(status=503))
        fetcher = make_fetcher(limits=replace(QUICK, deadline=0.2, wait_initial=0.5, wait_max=0.5))

        assert (await failing(fetcher, ask(url))).reason == "answered 503"


class TestPatience:
    @pytest.mark.parametrize("first", [Canned(status=503), Canned(status=429), Canned(status=502), b""])
    async def test_tries_again(self, fetcher, server, first):
        """What may pass is tried again."""
        assert (await fetcher.get(ask(server.on("/feed", first, first, Canned(b"hello"))))).body == b"hello"

    async def test_counts_a_hosts_own_ways_of_saying_slow_down(self, fetcher, server):
        """A status that means 'slow down' to one host is tried again there, and nowhere else."""
        url = server.on("/feed", Canned(status=406), Canned(b"hello"))

        assert (await fetcher.get(ask(url, throttled=frozenset({406})))).body == b"hello"
        server.on("/feed", Canned(status=406))
        assert (await failing(fetcher, ask(url))).reason == "answered 406"

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("120", 120),
            ("Mon, 17 Aug 2026 09:00:30 GMT", 30),
            ("Mon, 10 Aug 2026 09:00:00 GMT", 0),
            ("soon", None),
            (None, None),
        ],
    )
    def test_reads_how_long_to_wait(self, value, seconds):
        """Retry-After is a number of seconds or a date; a date that has passed means at once."""
        assert seconds == wait_asked(value, lambda: NOW)

    async def test_waits_as_long_as_it_is_told(self, make_fetcher, server):
        """Retry-After is honoured."""
        url = server.on("/feed", Canned(status=503, headers={"Retry-After": "1"}), Canned(b"hello"))
        await make_fetcher(limits=replace(QUICK, deadline=3)).get(ask(url))

        assert server.asked[1].at - server.asked[0].at >= 1

    async def test_comes_back_later_if_the_wait_is_too_long(self, fetcher, server):
        """A wait that the deadline has no room for is passed on instead of waited for."""
        url = server.on("/feed", Canned(status=429, headers={"Retry-After": "3600"}))
        error = await failing(fetcher, ask(url))

        assert (error.retry_after, len(server.asked)) == (3600, 1)
        assert error.reason == "answered 429 (asks us to slow down)"


class TestRedirects:
    async def test_follows(self, fetcher, server):
        """Redirects are followed, relative ones too; the address that answered is told."""
        server.on("/b", Canned(b"hello"))
        url = server.on("/a", Canned(status=302, headers={"Location": "b?x=1"}))
        answer = await fetcher.get(ask(url))

        assert (answer.body, answer.url, answer.moved_to) == (b"hello", server.url + "/b?x=1", None)

    async def test_tells_where_permanent_ones_led(self, fetcher, server):
        """The permanent part of a chain of redirects is told, so that it may be remembered."""
        server.on("/c", Canned(b"hello"))
        server.on("/b", Canned(status=302, headers={"Location": "/c"}))
        url = server.on("/a", Canned(status=301, headers={"Location": "/b"}))

        assert (await fetcher.get(ask(url))).moved_to == server.url + "/b"

    async def test_stops_going_round(self, fetcher, server):
        """Six hops are too many, and a way back to where we were is one too many."""
        for number in range(9):
            server.on(f"/{number}", Canned(status=302, headers={"Location": f"/{number + 1}"}))
        url = server.on("/a", Canned(status=301, headers={"Location": "/b"}))
        server.on("/b", Canned(status=301, headers={"Location": "/a"}))

        assert (await failing(fetcher, ask(server.url + "/0"))).reason == "sent us on more than 5 times"
        assert "round in a circle" in (await failing(fetcher, ask(url))).reason

    @pytest.mark.parametrize(
        "location", ["http://169.254.169.254/latest/meta-data", "http://localhost/x", "http://[::1]/x", "//0/x"]
    )
    async def test_leaves_trust_behind(self, fetcher, server, location):
        """A trusted source cannot send us to another private address, whatever is allowed for its own."""
        url = server.on("/a", Canned(status=302, headers={"Location": location}))

        assert (await failing(fetcher, ask(url))).reason == "leads to an address in a private network, which is refused"

    async def test_counts_another_port_as_another_place(self, fetcher, server):
        """Another port of the same machine is another server, which the operator did not name."""
        url = server.on("/a", Canned(status=302, headers={"Location": "http://127.0.0.1:6379/"}))

        assert "port 6379" in (await failing(fetcher, ask(url))).reason

    @pytest.mark.parametrize("location", ["file:///etc/passwd", "javascript:alert(1)", "gopher://x/"])
    async def test_stays_on_the_web(self, fetcher, server, location):
        """A redirect out of the web is refused."""
        url = server.on("/a", Canned(status=301, headers={"Location": location}))

        assert "http://" in (await failing(fetcher, ask(url))).reason

    async def test_tells_nobody_else_our_keys(self):
        """Authorization and the like go to the host they were given for, not to where it sends us; and trust stays there."""
        asked = []

        def answer(request):
            asked.append(request)
            return httpx.Response(302, headers={"Location": "https://other.example/b"}) if len(asked) == 1 else FINE

        await Fetcher(httpx.MockTransport(answer), lambda: NOW).get(
            ask("https://first.example/a", headers={"Authorization": "Bearer s3cret"}, etag="x")
        )

        first, other = asked
        assert (first.headers["authorization"], first.headers["if-none-match"]) == ("Bearer s3cret", "x")
        assert (other.headers["host"], other.headers["user-agent"]) == ("other.example", "PaperRound")
        assert (first.extensions["trusted"], other.extensions["trusted"]) == (True, False)
        assert not {"authorization", "if-none-match"} & other.headers.keys()


FINE = httpx.Response(200, content=b"hello")


class TestPace:
    async def test_a_slow_answer_does_not_hold_up_our_own_server(self):
        """On a host of ours, who waits for longer than a second makes room for the next."""
        lane = HostQueue(places=1, interval=0, max_hold=0.02)
        entered: list[int] = []
        answered = asyncio.Event()

        async def slowly(name: int) -> None:
            async with lane.turn():
                entered.append(name)
                await answered.wait()

        running = [asyncio.create_task(slowly(name)) for name in range(3)]
        async with asyncio.timeout(PATIENCE):
            while len(entered) < 3:  # noqa: ASYNC110 - the queue under test has no event to wait for
                await asyncio.sleep(0.01)

        assert [0, 1, 2] == entered
        assert not any(task.done() for task in running)
        answered.set()
        await asyncio.gather(*running)

    async def test_keeps_a_lane_to_one_connection_at_its_interval(self, make_fetcher, server):
        """Questions of one lane go one by one, an interval apart, over one connection."""
        urls = [server.on(f"/{n}", Canned(b"hello")) for n in range(4)]
        fetcher = make_fetcher()
        await asyncio.gather(*(fetcher.get(ask(url, lane="slow", interval=0.05)) for url in urls))

        times = [each.at for each in server.asked]
        assert all(later - earlier >= 0.05 for earlier, later in pairwise(times))
        assert {each.connection for each in server.asked} == {1}

    @pytest.mark.parametrize("shared", [True, False])
    async def test_keeps_a_lane_across_processes(self, make_fetcher, server, shared):
        """Processes that share a limiter share a named lane; where nothing is shared each has its own."""
        limiter = InProcessRateLimiter(time.monotonic)
        limiter.shared = shared
        urls = [server.on(f"/{n}", Canned(b"hello")) for n in range(4)]
        processes = [make_fetcher(lanes=HostPacing(limiter=limiter)) for _ in range(2)]
        questions = zip(processes * 2, urls, strict=True)
        await asyncio.gather(*(fetcher.get(ask(url, lane="slow", interval=0.1)) for fetcher, url in questions))

        times = [each.at for each in server.asked]
        assert shared == all(later - earlier >= 0.1 for earlier, later in pairwise(times))
        assert 4 == len(times)

    async def test_fails_alone_where_its_pace_cannot_be_agreed_on(self, make_fetcher, server):
        """Without the database that keeps a lane for all processes its source fails, as any other failure of one; nothing is asked."""

        class Away(InProcessRateLimiter):
            shared = True

            async def reserve(self, limit):
                msg = f"the database does not answer about {limit.bucket}"
                raise StorageError(msg)

        fetcher = make_fetcher(lanes=HostPacing(limiter=Away(time.monotonic)))
        found = await failing(fetcher, ask(server.on("/feed", Canned(b"hello")), lane="slow", interval=0.1))

        assert "the database does not answer about source/slow" in found.reason
        assert not server.asked

    async def test_asks_a_strangers_host_by_twos(self, make_fetcher, server):
        """Of many questions to one public host, two are on their way at a time."""
        running = most = 0

        async def slowly(writer):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.02)
            running -= 1
            writer.write(Canned(b"hello", headers={"Connection": "close"}).raw())

        url = server.on("/feed", slowly)
        fetcher = make_fetcher(lanes=HostPacing(interval=0, private_places=2))
        await asyncio.gather(*(fetcher.get(ask(url)) for _ in range(6)))

        assert most == 2
