"""What keeps the page the team's own."""

from __future__ import annotations

import pytest

from adapters.web.app import create_app
from adapters.web.channel.views import safe_url
from adapters.web.http.binding import answers_to, check_binding
from adapters.web.http.guards import MAX_BODY
from adapters.web.http.sessions import SESSION_SECONDS, Sessions, Throttle, own_path
from bot.errors import SettingsError
from bot.model import Block, BlockRole, Section, Span
from tests.adapters.web import demo

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


@pytest.fixture
def guarded(chat):
    """The page behind a password, open to the network."""
    return create_app(chat, demo.site(password="morning paper", host="0.0.0.0"))


class TestAnswers:
    @pytest.mark.parametrize(
        "path", ["/", "/c/local", "/c/none", "/you", "/healthz", "/static/x/base.css", "/nothing", "/c/local/m/x"]
    )
    async def test_headers(self, browser, path):
        """Every answer bears the policy, found or not."""
        headers = (await browser.get(path)).headers

        assert POLICY == headers["content-security-policy"]
        assert "nosniff" == headers["x-content-type-options"]
        assert "no-referrer" == headers["referrer-policy"]

    async def test_headers_on_failure(self, chat, app, opened, tmp_path):
        """Even the answer to a fault of our own bears the policy, and tells nothing of the fault."""
        refs = await demo.post_week(chat)
        chat.store = None
        response = await opened(app).get(f"/c/local/m/{refs[1].message_id}")

        assert (500, POLICY) == (response.status_code, response.headers["content-security-policy"])
        assert "NoneType" not in response.text

    async def test_nothing_inline(self, browser, chat):
        """No page needs more than the policy grants: no inline script, style or handler."""
        await demo.lively(chat, await demo.post_week(chat))
        for path in ("/", "/you"):
            text = (await browser.get(path)).text
            assert [] == [
                word for word in ("<style", " style=", "<script>", " onclick=", "javascript:") if word in text
            ]

    async def test_hostile_text(self, browser, chat):
        """Foreign text stays text, wherever it stands."""
        blocks = tuple(
            Block(
                role=role,
                spans=(Span(text=HOSTILE), Span(text=HOSTILE, url="https://example.org/")),
                rows=((HOSTILE,), (HOSTILE,)),
            )
            for role in BlockRole
        )
        await demo.post_week(chat, posts=[demo.pick(1, HOSTILE, *blocks), demo.foot()])
        text = (await browser.get("/")).text

        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text

    async def test_hostile_member(self, ada, app, opened, chat):
        """A name and a reply are text too."""
        refs = await demo.post_week(chat)
        path = f"/c/local/m/{refs[1].message_id}"
        await ada.post("/you", data={"name": HOSTILE[:40]})
        await ada.post(f"{path}/replies", data={"text": f"{HOSTILE}</textarea>", "token": "1"})
        text = (await ada.get(f"{path}/thread")).text

        assert "<script>alert" not in text
        assert "</textarea></textarea>" not in text

    async def test_what_hides_in_a_reply(self, ada, chat):
        """What turns or hides a reply's text is not shown; its author can still edit what they wrote."""
        refs = await demo.post_week(chat)
        path = f"/c/local/m/{refs[1].message_id}"
        await ada.post("/you", data={"name": "Ada"})
        said = "Look \u202egro.elpmaxe//:sptth\u202c\u200b and https://arxiv.org@evil.example/x"
        await ada.post(f"{path}/replies", data={"text": said, "token": "1"})
        text = (await ada.get(f"{path}/thread")).text
        shown, _, edit = text.partition('class="own"')

        assert not {"\u202e", "\u200b"} & set(shown)
        assert "Look gro.elpmaxe//:sptth and https://arxiv.org@evil.example/x" in shown
        assert "evil.example/x</a>" not in shown
        assert said in edit

    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "data:text/html,x",
            "//example.org",
            "https://",
            "ftp://example.org/",
            "https://a\n.org/",
            "https://[",
            "x" * 3000,
        ],
    )
    async def test_bad_links(self, browser, chat, url):
        """What is no fair web address is shown as text, without a link."""
        await demo.post_week(
            chat,
            posts=[
                demo.pick(
                    1, "A title", demo.block(BlockRole.SEEN, demo.link("Somewhere", url)), url=url, section=Section.LABS
                )
            ],
        )
        text = (await browser.get("/")).text

        assert None is safe_url(url)
        assert "A title" in text
        assert "<bdi>Somewhere</bdi>" in text

    async def test_fair_links(self, browser, chat):
        """Links out give nothing away and get nothing of us."""
        await demo.post_week(chat)
        text = (await browser.get("/")).text

        assert text.count('target="_blank"') == text.count('target="_blank" rel="noopener noreferrer nofollow"') > 0


class TestOrigin:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "http://127.0.0.1:9999"},
            {"Origin": "null"},
            {},
        ],
    )
    async def test_foreign_acts(self, app, opened, headers, recorder):
        """An act that does not come from a page of ours is not done."""
        client = opened(app)
        for name in ("Sec-Fetch-Site", "Origin"):
            del client.headers[name]
        response = await client.post("/you", data={"name": "Mallory"}, headers=headers)

        assert 403 == response.status_code
        assert "set-cookie" not in response.headers

    async def test_plain_form_on_plain_http(self, guarded, opened):
        """Behind a password a plain form with a hidden origin is taken: its cookie would not come from another site."""
        client = opened(guarded)
        await client.post("/login", data={"password": "morning paper"})
        del client.headers["Sec-Fetch-Site"]

        assert 303 == (await client.post("/you", data={"name": "Ada"}, headers={"Origin": "null"})).status_code


class TestHost:
    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8321", "", "127.0.0.1.evil.example"])
    async def test_rebinding(self, browser, host):
        """A name that is not ours gets nothing, whatever address it points to."""
        assert 421 == (await browser.get("/", headers={"Host": host})).status_code

    async def test_remedy(self, browser):
        """Who comes by a name that was not told to us reads which setting takes it, and not the name they sent."""
        response = await browser.get("/", headers={"Host": "papers.example"})

        assert "add the name to `hosts` under `[web]` in paperround.toml" in response.text
        assert "papers.example" not in response.text

    async def test_remedy_helps(self, chat, opened):
        """With the name among `hosts`, the page answers to it."""
        client = opened(create_app(chat, demo.site(hosts=frozenset({"papers.example"}))))

        assert 200 == (await client.get("/", headers={"Host": "papers.example"})).status_code

    @pytest.mark.parametrize(
        ("header", "host", "expected"),
        [
            ("localhost:8321", "127.0.0.1", True),
            ("[::1]:8321", "127.0.0.1", True),
            ("LOCALHOST.", "127.0.0.1", True),
            ("papers.example:443", "127.0.0.1", True),
            ("192.168.0.5:8321", "127.0.0.1", False),
            ("192.168.0.5:8321", "192.168.0.5", True),
            ("192.168.0.5:8321", "0.0.0.0", True),
            ("[fe80::1]:8321", "::", True),
            ("evil.example", "0.0.0.0", False),
        ],
    )
    def test_names(self, header, host, expected):
        """We answer to loopback, to what we listen on, and to names we were given."""
        assert expected is answers_to(header, host, {"papers.example"})


class TestSize:
    async def test_body(self, ada, chat):
        """A body beyond all measure is refused before it is kept in memory."""
        refs = await demo.post_week(chat)
        response = await ada.post(f"/c/local/m/{refs[1].message_id}/replies", data={"text": "x" * MAX_BODY})

        assert 413 == response.status_code

    async def test_fields(self, ada):
        """A form of thousands of fields is refused."""
        assert 400 == (await ada.post("/you", data={f"f{n}": "x" for n in range(50)})).status_code

    async def test_kind(self, ada):
        """Only plain forms are taken."""
        assert 415 == (await ada.post("/you", json={"name": "Ada"})).status_code


class TestBinding:
    @pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
    def test_loopback(self, host):
        """On this machine alone no password is asked for."""
        check_binding(host, None)

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.0.5", "papers.example"])
    @pytest.mark.parametrize("password", [None, "", "  "])
    def test_beyond(self, host, password):
        """Beyond this machine nothing is served without a password, and the report names the setting."""
        with pytest.raises(SettingsError, match=r"web\.password: the page would be open to everybody"):
            check_binding(host, password, key="web.password")

    def test_with_password(self):
        """With a password it may listen anywhere."""
        check_binding("0.0.0.0", "morning paper")

    async def test_application(self, chat):
        """An open application cannot even be built."""
        with pytest.raises(SettingsError):
            create_app(chat, demo.site(host="0.0.0.0"))


class TestPassword:
    async def test_nothing_without(self, guarded, opened, chat):
        """Without the password nothing of the channel is seen: one is sent to the login."""
        refs = await demo.post_week(chat)
        client = opened(guarded)
        response = await client.get(f"/c/local?thread={refs[1].message_id}")

        assert (303, f"/login?next=%2Fc%2Flocal%3Fthread%3D{refs[1].message_id}") == (
            response.status_code,
            response.headers["location"],
        )
        assert 401 == (await client.post("/you", data={"name": "Ada"})).status_code
        assert 401 == (await client.get("/events", headers={"Accept": "text/event-stream"})).status_code
        assert POLICY == response.headers["content-security-policy"]
        assert 200 == (await client.get("/healthz")).status_code

    async def test_entering(self, guarded, opened):
        """With the password one gets where one wanted to go, and stays in."""
        client = opened(guarded)
        response = await client.post("/login", data={"password": "morning paper", "next": "/c/local"})

        assert (303, "/c/local") == (response.status_code, response.headers["location"])
        assert "HttpOnly" in response.headers["set-cookie"]
        assert 200 == (await client.get("/")).status_code

    async def test_leaving(self, guarded, opened):
        """Logging out ends it."""
        client = opened(guarded)
        await client.post("/login", data={"password": "morning paper"})
        await client.post("/logout")

        assert 303 == (await client.get("/")).status_code

    async def test_guessing(self, guarded, opened):
        """Guesses become slow; somebody at another address is not held up."""
        client, other = opened(guarded), opened(guarded, address="192.0.2.8")
        answers = [(await client.post("/login", data={"password": f"guess {n}"})).status_code for n in range(7)]
        late = await client.post("/login", data={"password": "morning paper"})

        assert [403] * 5 + [429] * 2 == answers
        assert 429 == late.status_code
        assert int(late.headers["retry-after"]) >= 1
        assert 303 == (await other.post("/login", data={"password": "morning paper"})).status_code

    async def test_one_guesser_locks_nobody_out(self, guarded, opened):
        """However often one address guesses, the right password passes at once from every other, of either protocol."""
        attacker = opened(guarded, address="::ffff:192.0.2.7")
        for number in range(40):
            await attacker.post("/login", data={"password": f"guess {number}"})
        assert 429 == (await attacker.post("/login", data={"password": "morning paper"})).status_code

        answers = [
            (await opened(guarded, address=address).post("/login", data={"password": "morning paper"})).status_code
            for address in ("::ffff:192.0.2.8", "192.0.2.9", "2001:db8::1", "127.0.0.1")
        ]

        assert [303] * 4 == answers

    async def test_many_guessers_lock_nobody_out(self, guarded, opened):
        """Guessed at from many addresses, the page still takes the right password from any other."""
        for number in range(40):
            await opened(guarded, address=f"198.51.100.{number}").post("/login", data={"password": "guess"})
        member = opened(guarded, address="192.0.2.8")

        assert 303 == (await member.post("/login", data={"password": "morning paper"})).status_code

    @pytest.mark.parametrize("peer", ["10.3.2.1", "::ffff:10.3.2.1", "127.0.0.1", "172.16.0.9"])
    async def test_behind_a_proxy(self, chat, opened, peer):
        """Behind a proxy that is named, one guesser locks nobody else out, and cookies are for https alone; elsewhere nobody is believed."""
        app = create_app(chat, demo.site(password="morning paper", host="0.0.0.0", proxies=("10.0.0.0/8", "127.0.0.1")))
        https = {"X-Forwarded-Proto": "https"}
        guesser = opened(app, address=peer, **https, **{"X-Forwarded-For": "198.51.100.9, 192.0.2.7"})
        member = opened(app, address=peer, **https, **{"X-Forwarded-For": "192.0.2.8"})
        for number in range(8):
            await guesser.post("/login", data={"password": f"guess {number}"})
        answer = await member.post("/login", data={"password": "morning paper"})

        named = peer != "172.16.0.9"
        assert (303 if named else 429) == answer.status_code
        assert named is ("Secure" in answer.headers.get("set-cookie", ""))

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.3.2.1"])
    async def test_forged_addresses(self, chat, opened, address):
        """Beside a proxy anybody can claim any address: 120 guesses from 120 addresses are not all looked at, and members come in."""
        site = demo.site(password="morning paper", host="0.0.0.0", proxies=("10.0.0.0/8", "127.0.0.1", "::1"))
        app = create_app(chat, site)
        member = opened(app, address=address, **{"X-Forwarded-For": "192.0.2.8"})
        await member.post("/login", data={"password": "morning paper"})
        await member.post("/logout")
        answers = []
        for number in range(120):
            forger = opened(app, address=address, **{"X-Forwarded-For": f"198.51.100.{number}"})
            answers.append(await forger.post("/login", data={"password": f"guess {number}"}))
        stranger = opened(app, address="203.0.113.5")

        assert [403] * 30 == [answer.status_code for answer in answers][:30]
        assert answers[-1].status_code == 429
        assert sum(answer.status_code == 403 for answer in answers) <= 35
        assert 303 == (await member.post("/login", data={"password": "morning paper"})).status_code
        assert 303 == (await stranger.post("/login", data={"password": "morning paper"})).status_code

    async def test_unnamed_proxies(self, chat, opened):
        """With other proxies named, not even this machine is believed: what it claims is one guesser."""
        app = create_app(chat, demo.site(password="morning paper", proxies=("10.0.0.0/8",)))
        answers = [
            await opened(app, address="127.0.0.1", **{"X-Forwarded-For": f"192.0.2.{n}"}).post(
                "/login", data={"password": "guess"}
            )
            for n in range(7)
        ]

        assert [403] * 5 + [429] * 2 == [answer.status_code for answer in answers]

    async def test_a_known_browser(self, guarded, opened):
        """A browser that has logged in before waits for its own guesses only, and a forged one is not known."""
        member, forger = opened(guarded), opened(guarded)
        await member.post("/login", data={"password": "morning paper"})
        await member.post("/logout")
        forger.cookies.set("paperround_known", f"{member.cookies['paperround_known'][:-3]}abc")
        for number in range(8):
            await opened(guarded).post("/login", data={"password": f"guess {number}"})

        assert 429 == (await forger.post("/login", data={"password": "morning paper"})).status_code
        for _ in range(5):
            assert 403 == (await member.post("/login", data={"password": "guess"})).status_code
        assert 429 == (await member.post("/login", data={"password": "morning paper"})).status_code

    @pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "", "/\nx"])
    def test_nobody_is_sent_away(self, target):
        """A login leads to a page of ours, whatever the address says."""
        assert "/" == own_path(target)


class TestSessions:
    def test_forged_cookies(self):
        """Only cookies of ours are valid, under this password, for some weeks."""
        now = 1_000_000.0
        ours, others = Sessions("one", lambda: now), Sessions("two", lambda: now)
        cookie = ours.issue()
        claim, _, signature = cookie.rpartition(".")

        assert ours.valid(cookie)
        assert [] == [
            bad
            for bad in ("", ".", "x", claim, f"{claim}.", f"9{claim}.{signature}", "ü.ü", others.issue())
            if ours.valid(bad)
        ]

        now -= 299  # a clock may be set back a little, not far
        assert ours.valid(cookie)
        now -= 2
        assert not ours.valid(cookie)

        now = 1_000_000.0 + SESSION_SECONDS
        assert not ours.valid(cookie)

    def test_password(self):
        """The password itself is admitted and no other."""
        sessions = Sessions("Straße ⭐", lambda: 0.0)

        assert sessions.admits("Straße ⭐")
        assert not sessions.admits("strasse ⭐")


class TestThrottle:
    def test_waiting(self):
        """The wait doubles, has an end, and is over once the password was known."""
        now = 0.0
        throttle = Throttle(lambda: now)
        waits = []
        for _ in range(14):
            throttle.failed("2001:db8::1")
            waits.append(throttle.wait("2001:db8::2"))

        assert [0.0] * 4 + [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0] == waits
        now = 59.0
        assert 1.0 == throttle.wait("2001:db8::1")
        throttle.passed("2001:db8::ffff")
        assert 0.0 == throttle.wait("2001:db8::1")

    def test_unrest(self):
        """While many guess from everywhere, a second guess waits; nobody's first does, and quiet returns."""
        now = 0.0
        throttle = Throttle(lambda: now)
        for number in range(40):
            throttle.failed(f"198.51.100.{number}")

        assert 0.0 == throttle.wait("192.0.2.8")
        throttle.failed("192.0.2.8")
        assert 1.0 == throttle.wait("192.0.2.8")
        now = 120.0
        throttle.failed("192.0.2.8")
        assert 0.0 == throttle.wait("192.0.2.8")

    def test_who_knows_it_is_no_unrest(self):
        """However many log in, the right password is never counted against the others."""
        throttle = Throttle(lambda: 0.0)
        for number in range(100):
            throttle.failed(f"198.51.100.{number}")
            throttle.passed(f"198.51.100.{number}")
        throttle.failed("192.0.2.8")

        assert 0.0 == throttle.wait("192.0.2.8")

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("::ffff:192.0.2.7", "192.0.2.7", True),
            ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
            ("fe80::1%eth0", "fe80::2", True),
            ("2001:db8::1", "2001:db8:0:1::1", False),
            ("", "192.0.2.7", False),
        ],
    )
    def test_who_is_one_guesser(self, one, other, same):
        """One IPv4 address or one IPv6 network is one guesser, however the socket writes it."""
        throttle = Throttle(lambda: 0.0)
        for _ in range(5):
            throttle.failed(one)

        assert same is (throttle.wait(other) > 0)

    def test_bounded(self):
        """However many addresses guess, the memory of them stays small."""
        throttle = Throttle(lambda: 0.0)
        for number in range(3000):
            throttle.failed(f"10.0.{number // 250}.{number % 250}")

        assert len(throttle._failures) <= 1000
