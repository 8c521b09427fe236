"""The page over HTTP: what it shows, and what people can do on it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from adapters.web.app import create_app
from adapters.web.channel.store import BoardStore
from adapters.web.channel.validation import MAX_REPLY
from adapters.web.channel.views import message_views
from bot.errors import StorageError
from bot.events import ReactionAdded, ReplyPosted
from bot.model import Block, BlockRole, Meaning, Member, Post, PostRole, Span
from tests.adapters.web import demo


@pytest.fixture
async def refs(chat):
    return await demo.post_week(chat)


@pytest.fixture
def first(refs):
    """The path of the first pick."""
    return f"/c/local/m/{refs[1].message_id}"


async def page(browser, path="/"):
    response = await browser.get(path, headers={"Accept": "text/html"})
    assert 200 == response.status_code
    return response.text


class TestShowing:
    async def test_digest(self, browser, refs):
        """The channel shows head, picks in their sections, and foot."""
        text = await page(browser)

        places = [
            text.index(word)
            for word in ("10 to 16 August", "Papers", "OpenART", "Labs", "Newsletters", "Community", "Left out")
        ]
        assert sorted(places) == places
        assert "Monday, 17 August" in text
        assert "r/MachineLearning</td>" in text

    async def test_newest_digest_first(self, browser, chat, refs):
        """This week's digest stands above last week's."""
        newer = replace(demo.head(), blocks=(demo.block(BlockRole.TITLE, "Paper Round · 17 to 23 August"),))
        await demo.post_week(chat, "2026-W35", [newer])
        text = await page(browser)

        assert text.index("17 to 23 August") < text.index("10 to 16 August")

    async def test_earlier_weeks(self, browser, chat):
        """Only some digests are on one page; the others are a click away."""
        for week in range(6):
            title = demo.block(BlockRole.TITLE, f"Week number {week}")
            await demo.post_week(chat, f"2026-W{week:02}", [replace(demo.head(), blocks=(title,))])
        text = await page(browser)
        earlier = re.search(r'href="(/c/local\?before=\d+)"', text)

        assert ["5", "4", "3", "2"] == re.findall(r">Week number (\d)<", text)
        assert earlier
        assert ["1", "0"] == re.findall(r">Week number (\d)<", await page(browser, earlier[1]))

    async def test_empty(self, browser):
        """A channel without a digest says what will come, and when."""
        text = await page(browser)

        assert "The round has not come by yet." in text
        assert 2 == text.count("Next digest: Monday, 24 August, 09:00")

    async def test_sample_is_marked(self, browser, chat):
        """A note in the head is shown as a banner."""
        await demo.post_week(chat, posts=[demo.head("Sample week: invented papers.")])

        assert '<p class="note" dir="auto">Sample week: invented papers.</p>' in await page(browser)

    @pytest.mark.parametrize("role", PostRole)
    async def test_odd_posts(self, browser, chat, role):
        """A post without any block, or with blocks in odd places, is still shown; how to ask for a line is said in the page's own words."""
        odd = tuple(Block(role=kind, spans=(Span(text=f"odd {kind}"),)) for kind in BlockRole)
        await demo.post_week(chat, posts=[Post(role=role, part=0, blocks=(), plain="Only plain words")])
        await demo.post_week(chat, "odd", [Post(role=role, part=0, blocks=odd, plain="odd")])
        text = await page(browser)

        assert "Only plain words" in text
        assert [BlockRole.ASKING] == [kind for kind in BlockRole if f"odd {kind}" not in text]
        assert "Press a number" in text

    async def test_several_channels(self, chat, opened):
        """Each channel has its page; the first one is the first page."""
        other = replace(demo.CHANNEL, name="robots & co", id="C 2/x")
        app = create_app(chat, demo.site(channels=(demo.CHANNEL, other)))
        await chat.post(other, demo.head(), "w34/0")
        browser = opened(app)

        assert "The round has not come by yet." in await page(browser)
        assert 404 == (await browser.get("/c/nowhere")).status_code
        text = await page(browser)
        assert 'href="/c/C%202%2Fx"' in text
        assert "robots &amp; co" in text

    @pytest.mark.parametrize("password", [None, "morning paper"])
    async def test_no_channel(self, chat, opened, password):
        """Where every channel is on another platform, the first page says so and names the setting; the rest is not there."""
        client = opened(create_app(chat, demo.site(channels=(), password=password)))
        if password:
            await client.post("/login", data={"password": password})
        response = await client.get("/")

        assert 200 == response.status_code
        assert "Its digests arrive in your team's chat" in response.text
        assert '<code>platform = "web"</code>' in response.text
        assert 404 == (await client.get("/c/local")).status_code

    async def test_health(self, browser):
        """Whoever watches over the process gets a plain answer."""
        response = await browser.get("/healthz")

        assert (200, "ok") == (response.status_code, response.text)

    async def test_static_files(self, browser):
        """The page's files are cached for ever under an address that changes with them."""
        path = re.search(r'href="(/static/\w+/base.css)"', await page(browser))[1]
        fresh, stale = await browser.get(path), await browser.get("/static/old/base.css")

        assert "immutable" in fresh.headers["cache-control"]
        assert "no-cache" == stale.headers["cache-control"]
        assert fresh.text == stale.text
        assert 404 == (await browser.get("/static/old/..%2fapp.py")).status_code


class TestActing:
    async def test_name_is_asked_first(self, browser, first, recorder):
        """Who has no name yet is asked for one, and the act is done with it."""
        asked = await browser.post(f"{first}/reactions", data={"put": "⭐"})
        assert "What should the team call you?" in asked.text
        assert 'name="put" value="⭐"' in asked.text
        assert [] == recorder.events

        done = await browser.post(f"{first}/reactions", data={"put": "⭐", "name": "  Ada   Lovelace "})
        assert 303 == done.status_code
        (event,) = recorder.events
        assert isinstance(event, ReactionAdded)
        assert ("Ada Lovelace", "⭐") == (event.member.name, event.emoji)

    async def test_member_cookie(self, app, opened, refs):
        """The cookie is out of reach for scripts and other sites, and is not the member's id."""
        browser = opened(app)
        response = await browser.post("/you", data={"name": "Ada"})
        cookie = response.headers["set-cookie"]

        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert browser.cookies["paperround_member"] not in await page(browser)

    async def test_rename(self, ada, first, recorder):
        """A new name is shown everywhere; the member stays the same one."""
        await ada.post(f"{first}/reactions", data={"put": "⭐"})
        await ada.post("/you", data={"name": "Countess"})
        await ada.post(f"{first}/reactions", data={"put": "👀"})
        text = await page(ada)

        assert "to read: Countess" in text
        assert 1 == len({event.member.id for event in recorder.events})

    @pytest.mark.parametrize("name", ["", "   ", "\u202e\u200f", "x" * 41, "\x00\x1b"])
    async def test_bad_names(self, app, opened, name):
        """A name that is empty, endless or made of nothing but control marks is refused."""
        response = await opened(app).post("/you", data={"name": name})

        assert 422 == response.status_code
        assert "set-cookie" not in response.headers

    async def test_reaction_in_words(self, ada, grace, first):
        """Decisions are told by name, one's own are marked, and other emoji are counted."""
        await ada.post(f"{first}/reactions", data={"put": "⭐"})
        await grace.post(f"{first}/reactions", data={"put": "⭐"})
        await grace.post(f"{first}/reactions", data={"put": "🔥"})
        text = await page(ada, first)

        assert 'aria-label="must-read: Ada, Grace (2)" aria-pressed="true"' in text
        assert 'aria-label="fire: Grace (1)" aria-pressed="false"' in text
        assert "<bdi>Ada</bdi>, <bdi>Grace</bdi>" in text

    async def test_taking_back(self, ada, first):
        """A reaction can be taken back."""
        await ada.post(f"{first}/reactions", data={"put": "⭐"})
        await ada.post(f"{first}/reactions", data={"take": "⭐"})

        assert "must-read: nobody yet" in await page(ada, first)

    async def test_other_meanings(self, chat, opened):
        """A channel with its own emoji offers those."""
        channel = replace(demo.CHANNEL, meanings={"🦉": Meaning.MUST_READ})
        browser = opened(create_app(chat, demo.site(channels=(channel,))), Accept="application/json")
        refs = await demo.post_week(chat)
        path = f"/c/local/m/{refs[1].message_id}"

        assert "must-read: nobody yet" in await page(browser, path)
        assert (await browser.post(f"{path}/reactions", data={"put": "🦉", "name": "Ada"})).is_success

    @pytest.mark.parametrize("emoji", ["", "x", "<b>", "⭐⭐"])
    async def test_no_emoji(self, ada, first, emoji, recorder):
        """What is not on offer cannot be put on a message."""
        assert 422 == (await ada.post(f"{first}/reactions", data={"put": emoji})).status_code
        assert [] == recorder.events

    async def test_reply_without_javascript(self, browser, first, refs):
        """A plain form leads back to the thread, where the reply is."""
        fields = {"text": "Line one.\r\nLine two.", "token": "t", "name": "Ada"}
        response = await browser.post(f"{first}/replies", data=fields)

        assert 303 == response.status_code
        path = response.headers["location"]
        assert f"/c/local?thread={refs[1].message_id}#r-" in path
        assert "Line one.\nLine two." in await page(browser, path)

    async def test_same_form_twice(self, ada, first, recorder):
        """A form that arrives twice is one reply; another text in the same form is another."""
        for text in ("Mine.", "Mine.", "Mine too."):
            await ada.post(f"{first}/replies", data={"text": text, "token": "t"})

        assert 2 == (await page(ada, f"{first}/thread")).count('<li class="reply"')
        assert ["Mine.", "Mine.", "Mine too."] == [event.text for event in recorder.events]
        assert 2 == len({event.event_id for event in recorder.events})

    async def test_recorded_mark(self, ada, first):
        """A summary bears its mark; what begins with // is kept out and says so."""
        await ada.post(f"{first}/replies", data={"text": "A summary.", "token": "1"})
        await ada.post(f"{first}/replies", data={"text": "// an aside", "token": "2"})
        text = await page(ada, f"{first}/thread")

        assert 1 == text.count("📝")
        assert 1 == text.count("kept out of the summaries</span>")
        assert "2 replies, 1 summary" in await page(ada, first)

    async def test_reply_limits(self, ada, first):
        """The longest reply is taken in any writing; one character more is refused with the remedy, and an empty one too."""
        longest = await ada.post(f"{first}/replies", data={"text": "🦉" * MAX_REPLY, "token": "1"})
        too_long = await ada.post(f"{first}/replies", data={"text": "x" * (MAX_REPLY + 1), "token": "2"})
        empty = await ada.post(f"{first}/replies", data={"text": " \n\x00 ", "token": "3"})

        assert longest.is_success
        assert (422, "This reply is too long by 1; 40,000 characters are the most.") == (
            too_long.status_code,
            too_long.json()["say"],
        )
        assert (422, "There is nothing in this reply yet. Two sentences are plenty.") == (
            empty.status_code,
            empty.json()["say"],
        )

    async def test_only_the_author(self, ada, grace, first):
        """Other people's replies can be neither edited nor deleted, and do not offer it."""
        reply = (await ada.post(f"{first}/replies", data={"text": "Mine.", "token": "1"})).json()["id"]

        assert 403 == (await grace.post(f"/c/local/r/{reply}/edit", data={"text": "Yours."})).status_code
        assert 403 == (await grace.post(f"/c/local/r/{reply}/delete")).status_code
        assert "own-edit" not in await page(grace, f"{first}/thread")
        assert "own-edit" in await page(ada, f"{first}/thread")

    async def test_deleted_is_gone(self, ada, first):
        """A deleted reply leaves no word behind and cannot come back."""
        reply = (await ada.post(f"{first}/replies", data={"text": "Regret.", "token": "1"})).json()["id"]
        await ada.post(f"/c/local/r/{reply}/delete")

        assert "Regret." not in await page(ada, f"{first}/thread")
        assert 404 == (await ada.post(f"/c/local/r/{reply}/edit", data={"text": "Back."})).status_code

    async def test_unrecorded_is_kept(self, ada, browser, first, recorder):
        """While nothing can be recorded, acts stay on the board and people are told so."""
        recorder.broken = True
        answer = await ada.post(f"{first}/replies", data={"text": "Keep this.", "token": "1"})
        plain = await browser.post(f"{first}/reactions", data={"put": "⭐", "name": "Grace"})

        assert {"recorded": False, "say": "Saved. It will be recorded soon."}.items() <= answer.json().items()
        assert "Saved. It will be recorded soon." in await page(browser, plain.headers["location"])
        assert "Keep this." in await page(ada, f"{first}/thread")
        assert "📝" not in await page(ada, f"{first}/thread")

    async def test_missing_message(self, ada, recorder):
        """Nothing can be done to a message that is not there."""
        for path, fields in (("reactions", {"put": "⭐"}), ("replies", {"text": "x", "token": "1"})):
            assert 404 == (await ada.post(f"/c/local/m/nothing/{path}", data=fields)).status_code
        assert [] == recorder.events

    async def test_links_in_replies(self, ada, first, recorder):
        """An address in a reply is a link, without the full stop behind it."""
        await ada.post(f"{first}/replies", data={"text": "See https://example.org/a_(b). <b>", "token": "1"})
        text = await page(ada, f"{first}/thread")

        assert '<a href="https://example.org/a_(b)" target="_blank" rel="noopener noreferrer nofollow">' in text
        assert "&lt;b&gt;" in text
        assert isinstance(recorder.events[0], ReplyPosted)


async def test_the_newest_interest_is_shown(chat, refs):
    """A member's chips show what stands: a later interest takes the place of an earlier one, and gives it back; ✅ stands beside it."""
    ada, ref = Member(id="ada", name="Ada"), refs[1]
    await chat.store.put_member(ada, demo.START)

    async def act(emoji: str, *, put: bool = True) -> list[str]:
        await chat.react(ref.channel_id, ref.message_id, ada, emoji, put=put)
        message = await chat.store.message(ref.channel_id, ref.message_id)
        found = await chat.store.reactions_on(ref.channel_id, [ref.message_id])
        (view,) = message_views(demo.CHANNEL, [message], found, [], ada)
        return [chip.emoji for chip in view.chips if chip.mine]

    assert ["⭐"] == await act("⭐")
    assert ["👎"] == await act("👎")
    assert ["⭐"] == await act("⭐")
    assert ["⭐"] == await act("⭐")
    assert ["⭐", "✅"] == await act("✅")
    assert ["✅", "👎"] == await act("⭐", put=False)


async def test_what_strangers_write_into_the_log(browser, monkeypatch, caplog):
    """Who asks again and again for a page that cannot be served fills no log."""

    async def fails(*_, **__):
        raise StorageError("The database is away.")

    monkeypatch.setattr(BoardStore, "heads", fails)
    answers = [(await browser.get("/")).status_code for _ in range(5)]

    assert [503] * 5 == answers
    assert 1 >= sum("The database is away." in one for one in caplog.messages)
