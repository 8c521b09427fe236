"""The library's pages, as who may read them sees them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from html import unescape
from itertools import pairwise
from urllib.parse import unquote

import feedparser
import pytest

from adapters.web.http.access_store import Person
from adapters.web.library.viewer import MANY
from adapters.web.pages.context import MEMBER_COOKIE
from bot.errors import StorageError
from bot.model import Channel, Meaning, Names
from bot.usecases.audience import READER_AGE
from bot.usecases.channels import ON_THE_PAGE, overlaid
from bot.usecases.decided import channel_decisions
from tests.fake_membership import FakeMembership
from tests.half_year import CHANNEL, HABITS
from tests.invented_works import SPECS

PAGES = (
    "/library",
    "/library/c/reading",
    "/library/c/reading/2026-W08",
    "/library/c/reading/2026-W08/left-out",
    "/library/list",
    "/library/members",
    "/library/search",
    "/library/search?q=agents",
    "/library/c/reading/statistics",
    "/library/c/reading/sources",
    "/library/c/reading/settings",
    "/library/feeds",
    "/library/channels",
    "/library/channels?q=READ&page=2",
)


async def as_member(shelf, browser, name: str = HABITS[0].name) -> None:
    """Let a browser be one of the team on the local channel."""
    member = next(habit.member for habit in HABITS if habit.name == name)
    browser.cookies.set(MEMBER_COOKIE, await shelf.access.make_device(member.id))


async def keys_of_week(shelf, week: str = "2026-W08") -> list[str]:
    async with shelf.year.units.reading() as uow:
        digest = await uow.digests.get("reading", week)
    assert digest
    return [pick.item.key for pick in digest.picks]


class TestPages:
    @pytest.mark.parametrize("path", PAGES)
    async def test_every_page(self, shelf, opened, path):
        """Every page answers, needs nothing that the policy forbids, has one heading of the first order, and no heading left out."""
        response = await opened(shelf.app()).get(path)

        assert 200 == response.status_code
        assert [] == [word for word in ("<style", " style=", "<script>", " onclick=") if word in response.text]
        levels = [int(level) for level in re.findall(r"<h([1-6])", response.text.partition("<main")[2])]
        assert 1 == levels[0]
        assert 1 == levels.count(1)
        assert all(after <= before + 1 for before, after in pairwise(levels))

    async def test_a_work(self, shelf, opened):
        """A work's permalink tells who spoke of it, what was decided and every word with what it said before."""
        async with shelf.year.units.reading() as uow:
            summaries = [
                one
                for one in await uow.summaries.of_channel("reading")
                if one.edited_at and one.item_key.startswith("arxiv:")
            ]
        browser = opened(shelf.app())
        page = (await browser.get(f"/library/item/{summaries[0].item_key}")).text

        assert "earlier version" in page
        assert summaries[0].member.name in page
        assert "must-read" in page
        assert "thread=" in page
        assert f"https://doi.org/10.48550/arXiv.{summaries[0].item_key.partition(':')[2]}" in page
        assert [] == re.findall(r"<footer>(?:(?!</footer>).)*<time datetime", page), "a date is torn apart in Arabic"
        assert 404 == (await browser.get("/library/item/arxiv:0000.00000")).status_code

    async def test_words_of_several_channels(self, shelf, opened):
        """Where more than one channel is read, it is said in which of them words were written."""
        async with shelf.year.units.reading() as uow:
            (first, *_) = await uow.summaries.of_channel("reading")
        path = f"/library/item/{first.item_key}"
        alone = (await opened(shelf.app()).get(path)).text
        shelf.channels = [CHANNEL, Channel(**{**_fields(CHANNEL), "name": "other", "id": "other"})]
        among = (await opened(shelf.app()).get(path)).text

        assert "<bdi>#reading</bdi></footer>" not in alone
        assert "<bdi>#reading</bdi></footer>" in among

    async def test_a_week_and_what_is_behind_it(self, shelf, opened):
        """A week shows its picks in order; what was left out goes on with the ranks behind them."""
        browser = opened(shelf.app())
        week = (await browser.get("/library/c/reading/2026-W08")).text
        left = (await browser.get("/library/c/reading/2026-W08/left-out")).text
        keys = await keys_of_week(shelf)

        found = [unquote(one) for one in re.findall(r'class="title"[^>]*><a href="/library/item/([^"]+)"', week)]
        assert keys == found[: len(keys)]
        assert 'class="line-rank"' in left
        assert 404 == (await browser.get("/library/c/reading/2030-W01")).status_code
        assert 404 == (await browser.get("/library/c/nothing")).status_code

    async def test_search(self, shelf, opened):
        """What is looked for is marked; a question that cannot be read says why."""
        browser = opened(shelf.app())

        # A word that stands in newsletters' quotations alone, so that it does not matter which works came.
        found = (await browser.get("/library/search?q=honest+source:import-ai")).text
        assert "<mark>honest</mark>" in found
        assert "quoted by import-ai" not in found
        assert "quoted by Import AI" in found
        assert 'role="alert"' in (await browser.get("/library/search?q=week:never")).text

    async def test_how_to_ask(self, shelf, opened):
        """Each question that is shown as an example is one that can be asked."""
        browser = opened(shelf.app())
        page = (await browser.get("/library/search")).text
        asked = re.findall(r'<dt><a href="([^"]+)">', page)

        assert len(asked) > 6
        assert [] == [one for one in asked if "alert" in (await browser.get(unescape(one))).text]


class TestReadingList:
    async def test_done(self, shelf, opened):
        """✅ takes a work off the list; it is recorded as a decision like any other."""
        browser = opened(shelf.app())
        await as_member(shelf, browser, "Ben Carter")
        page = (await browser.get("/library/list")).text
        assert "✅ takes one off, and so does your summary in its thread." in page
        form = re.search(r'name="channel" value="([^"]+)"><input type="hidden" name="key" value="([^"]+)"', page)
        assert form
        before = page.count(">Done<") + page.count("✅</span> Done")
        response = await browser.post("/library/list/done", data={"channel": form[1], "key": form[2]})
        after = (await browser.get("/library/list")).text

        assert 303 == response.status_code
        assert before - 1 == after.count(">Done<") + after.count("✅</span> Done")
        async with shelf.year.units.reading() as uow:
            taken = await channel_decisions(CHANNEL, uow)
        ben = HABITS[1].member.id
        assert Meaning.READ in {one.meaning for one in taken if one.item_key == form[2] and one.member.id == ben}

    async def test_taken_back(self, shelf, opened):
        """What was just called read can be put back where it was; pressed by mistake, it costs nothing."""
        browser = opened(shelf.app())
        await as_member(shelf, browser, "Ben Carter")
        field = re.compile(r'name="channel" value="([^"]+)"><input type="hidden" name="key" value="([^"]+)"')
        before = field.findall((await browser.get("/library/list")).text)
        response = await browser.post("/library/list/done", data=dict(zip(("channel", "key"), before[0], strict=True)))
        told = (await browser.get(response.headers["location"])).text
        offered = field.search(told.partition("Take it back")[0])
        assert offered
        shelf.year.now += timedelta(seconds=5)
        await browser.post("/library/list/done", data={"channel": offered[1], "key": offered[2]})
        after = (await browser.get("/library/list")).text

        assert before[0] == offered.groups()
        assert before == field.findall(after)
        assert "Take it back" not in after

    async def test_nobody(self, shelf, opened):
        """Who has told no name has no list, and cannot end anybody's."""
        browser = opened(shelf.app())
        response = await browser.post("/library/list/done", data={"channel": "reading", "key": "x"})

        assert "your name" in (await browser.get("/library/list")).text
        assert 404 == response.status_code


class TestNames:
    async def test_counts(self, shelf, opened):
        """A channel that shows counts tells how many decided and of nobody who; words bear their author's name."""
        shelf.channels = [Channel(**{**_fields(CHANNEL), "names": Names.COUNTS})]
        page = (await opened(shelf.app()).get("/library/c/reading/2026-W08")).text
        marks = "".join(re.findall(r'<ul class="marks".*?</ul>', page, re.DOTALL))

        assert re.search(r"must-read</span>: \d", marks)
        assert [] == [habit.name for habit in HABITS if habit.name in marks]
        assert "<cite>" in page


class TestEntering:
    async def test_a_link_is_good_once(self, shelf, opened):
        """A link opens a session at a press, once; looking at it, as programs that preview links do, uses nothing up."""
        people = FakeMembership("slack")
        people.join("T1:U1", "T1")
        shelf.people["slack"] = people
        app = shelf.app(password="morning paper")
        secret = await shelf.access.make_link(Person(platform="slack", member_id="T1:U1", name="Ada"))
        browser, other = opened(app), opened(app)

        assert "Ada" in (await other.get(f"/enter/{secret}")).text
        assert 303 == (await browser.post(f"/enter/{secret}")).status_code
        assert 410 == (await other.post(f"/enter/{secret}")).status_code
        assert 410 == (await other.get(f"/enter/{secret}")).status_code
        assert 200 == (await browser.get("/library")).status_code
        assert 303 == (await other.get("/library")).status_code

    async def test_a_link_grows_old(self, shelf, opened):
        """After ten minutes a link opens nothing."""
        secret = await shelf.access.make_link(Person(platform="slack", member_id="T1:U1", name="Ada"))
        now = shelf.year.now
        try:
            shelf.year.now += READER_AGE * 2
            assert 410 == (await opened(shelf.app()).post(f"/enter/{secret}")).status_code
        finally:
            shelf.year.now = now

    async def test_a_member_of_another_workspace(self, shelf, opened):
        """Who came in by a link reads their own workspace: not the local channel, nor its library."""
        people = FakeMembership("slack")
        people.join("T1:U1", "T1")
        shelf.people["slack"] = people
        browser = opened(shelf.app(password="morning paper"))
        secret = await shelf.access.make_link(Person(platform="slack", member_id="T1:U1", name="Ada"))
        await browser.post(f"/enter/{secret}")

        assert 404 == (await browser.get("/library/c/reading")).status_code
        assert "/library" == (await browser.get("/")).headers["location"]
        assert 401 == (await browser.post("/you", data={"name": "Eve"})).status_code

    async def test_leaving(self, shelf, opened):
        """Logging out ends the session on the server: its cookie opens nothing any more."""
        app = shelf.app(password="morning paper")
        browser = opened(app)
        await browser.post("/login", data={"password": "morning paper"})
        cookies = dict(browser.cookies)
        before = (await browser.get("/library")).status_code
        await browser.post("/logout")
        thief = opened(app)
        thief.cookies.update(cookies)

        assert 200 == before
        assert 303 == (await thief.get("/library")).status_code
        assert 303 == (await thief.get("/")).status_code

    @pytest.mark.parametrize("password", ["morning paper", None])
    async def test_leaving_as_a_member(self, shelf, opened, password):
        """So it does for who came in by a link, with a password on the page and without; their other device stays in."""
        people = FakeMembership("slack")
        people.join("T1:U1", "T1")
        shelf.people["slack"] = people
        app = shelf.app(password=password)
        browser, phone, thief = opened(app), opened(app), opened(app)
        for one in (browser, phone):
            secret = await shelf.access.make_link(Person(platform="slack", member_id="T1:U1", name="Ada of Slack"))
            await one.post(f"/enter/{secret}")
        thief.cookies.update(dict(browser.cookies))
        before = (await thief.get("/library")).text
        await browser.post("/logout")

        assert "Ada of Slack" in before
        assert "Ada of Slack" not in (await thief.get("/library", follow_redirects=True)).text
        assert "Ada of Slack" in (await phone.get("/library")).text

    async def test_another_password(self, shelf, opened):
        """Another password ends the sessions that began with the one before."""
        browser = opened(shelf.app(password="morning paper"))
        await browser.post("/login", data={"password": "morning paper"})
        again = opened(shelf.app(password="evening paper"))
        again.cookies.update(dict(browser.cookies))

        assert 303 == (await again.get("/library")).status_code

    async def test_a_platform_that_is_away(self, shelf, opened):
        """While a member's platform does not tell what they may read, they are told so, and read nothing."""
        people = FakeMembership("slack")
        people.away = True
        shelf.people["slack"] = people
        browser = opened(shelf.app())
        secret = await shelf.access.make_link(Person(platform="slack", member_id="T1:U1", name="Ada"))
        await browser.post(f"/enter/{secret}")

        assert 503 == (await browser.get("/library")).status_code


class TestSettings:
    async def test_saving(self, shelf, opened):
        """Whoever sits at the machine changes the local channel; what is wrong is told beside its field, and nothing is changed then."""
        browser = opened(shelf.app(), address="127.0.0.1")
        page = "/library/c/reading/settings"
        elsewhere = await opened(shelf.app()).post(page, data={"topics": "speech"})
        wrong = await browser.post(page, data={"topics": "speech", "budget_minutes": "much"})
        right = await browser.post(page, data={"topics": "speech, robots", "names": "counts"})
        async with shelf.year.units() as uow:
            values = (await uow.channels.all())["reading"].values
            state = (await uow.channels.all())["reading"]
            await uow.channels.save(type(state)(name=state.name, started=state.started))
            await uow.commit()

        assert 403 == elsewhere.status_code
        assert 422 == wrong.status_code
        assert "Write whole minutes" in wrong.text
        assert 303 == right.status_code
        assert {"topics": ["speech", "robots"], "names": "counts"} == dict(values)

    async def test_forms_that_are_open_at_once(self, shelf, opened):
        """A form that is saved second takes nothing back; of what both changed the later word holds, and what stood there is told."""
        browser, page = opened(shelf.app(), address="127.0.0.1"), "/library/c/reading/settings"

        async def form(shown: str = "") -> dict[str, object]:
            shown = shown or (await browser.get(page)).text
            fields = dict(re.findall(r'<input class="field" id="[^"]+" name="(\w+)" value="([^"]*)"', shown))
            fields |= dict(re.findall(r'<textarea id="[^"]+" name="(\w+)"[^>]*>([^<]*)<', shown))
            (marks,) = re.findall(r'name="shown" value="([^"]*)"', shown)
            (said,) = re.findall(r'name="sources" value="(\w+)" checked', shown)
            picked = re.findall(r'name="source" value="([^"]+)" checked', shown)
            return {name: unescape(text) for name, text in (fields | {"shown": marks}).items()} | {
                "sources": said,
                "source": picked,
            }

        async def send(form, **values) -> tuple[int, str]:
            answer = await browser.post(page, data={**form, **values})
            async with shelf.year.units() as uow:
                shelf.channels = [overlaid(CHANNEL, (await uow.channels.all()).get("reading"))]
            return answer.status_code, answer.text

        first, second, third = await form(), await form(), await form()
        few, fewer = first["source"][1:], first["source"][2:]
        assert 303 == (await send(first, topics="reward models", source=few))[0]
        status, wrong = await send(second, time="late")
        assert 422 == status
        assert (303, "") == await send(await form(wrong), time="16:30")
        assert (("reward models",), tuple(few), "16:30") == (
            shelf.channels[0].topics, shelf.channels[0].sources, f"{shelf.channels[0].time:%H:%M}",
        )  # fmt: skip
        status, said = await send(third, topics="robots", source=fewer)
        assert 200 == status
        assert "Topics had been set to 'reward models' since this form was opened. What you sent" in unescape(said)
        assert "Sources had been set to '" in unescape(said)
        assert (("robots",), tuple(fewer)) == (shelf.channels[0].topics, shelf.channels[0].sources)
        assert 303 == (await send(await form(), shown="no marks", topics="speech"))[0]

    async def test_every_field(self, shelf, opened):
        """Each field has a name for people, and one of a few values is chosen, not typed."""
        page = (await opened(shelf.app(), address="127.0.0.1").get("/library/c/reading/settings")).text
        labels = dict(re.findall(r'<label for="f-(\w+)">([^<]+)</label>', page))
        labels["sources"] = re.findall(r"<legend>([^<]+)</legend>", page)[0]
        few = {name for name in ON_THE_PAGE if isinstance(getattr(CHANNEL, name, None), StrEnum)}

        assert set(ON_THE_PAGE) == labels.keys()
        assert [] == [name for name, label in labels.items() if name == label or not label[0].isupper()]
        assert set() == few - set(re.findall(r'<select class="field" id="f-(\w+)"', page))

    async def test_lists_and_contradictions(self, shelf, opened):
        """A list is parted by its lines as by commas, a mistyped kind is told beside its field, and what is followed and muted, or met by nothing, is told on the page."""
        browser, page = opened(shelf.app(), address="127.0.0.1"), "/library/c/reading/settings"
        wrong = await browser.post(page, data={"follow": "autor: A B"})
        await browser.post(page, data={"topics": "speech\r\nrobots"})
        async with shelf.year.units() as uow:
            state = (await uow.channels.all())["reading"]
            await uow.channels.save(type(state)(name=state.name, started=state.started))
            await uow.commit()
        shelf.channels = [replace(CHANNEL, follow=("word:music", "author:Nobody Atall"), mute=("word:music",))]

        opened_page = (await browser.get(page)).text
        assert f'data-later="{page}?works"' in opened_page
        assert "What comes is put first" not in opened_page
        assert (
            "that meets word: music, author: Nobody Atall. What comes is put first"
            in (await browser.get(f"{page}?works")).text
        )
        assert "Did you mean author: A B?" in unescape(wrong.text)
        assert ["speech", "robots"] == state.values["topics"]
        assert "word: music is followed, and never comes" in (await browser.get(page)).text

    async def test_a_topic_that_nothing_is_about(self, shelf, opened):
        """Who sets a topic that no known work is about is told so on the page that follows, and of no other topic."""
        browser, page = opened(shelf.app(), address="127.0.0.1"), "/library/c/reading/settings"
        shelf.channels = [replace(CHANNEL, topics=("storks",))]
        answer = await browser.post(page, data={"topics": "storks, attention, quantum radar"}, follow_redirects=False)
        shelf.channels = [replace(CHANNEL, topics=("storks", "attention", "quantum radar"))]
        (later,) = re.findall(r'data-later="([^"]+)"', (await browser.get(answer.headers["location"])).text)
        others = (await browser.get(f"{page}?works&topic=folk+music")).text

        assert f"{page}?works&topic=attention&topic=quantum+radar" == unescape(later)
        assert "of the last 8 weeks was about 'quantum radar'. What comes is sent all the same." in unescape(
            (await browser.get(unescape(later))).text
        )
        assert "folk music" not in others
        assert "data-later" not in (await browser.get(page)).text

    async def test_spread_out(self, shelf, opened):
        """Where digests of one hour are spread, the time says by how much this channel's comes later, to whoever reads it; else nothing."""
        page, later = "/library/c/reading/settings", "Its digest comes 12 minutes after the time"
        mine, anybodys = opened(shelf.app(), address="127.0.0.1"), opened(shelf.app())
        assert [False, False] == [later in (await one.get(page)).text for one in (mine, anybodys)]

        shelf.channels = [replace(CHANNEL, delay=timedelta(minutes=12))]
        shown = [(await one.get(page)).text for one in (mine, anybodys)]
        assert f"clock of the zone. {later}" in shown[0]
        assert f"09:00. {later}" in shown[1]

    async def test_sources_by_name(self, shelf, opened):
        """Sources are chosen by name. Whoever takes one off the list of all has the others; none is no choice; all is all again."""
        browser = opened(shelf.app(), address="127.0.0.1")
        page = "/library/c/reading/settings"
        everything = [spec.id for spec in SPECS]

        async def chosen(**data) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
            answer = await browser.post(page, data=data)
            async with shelf.year.units() as uow:
                (channel,) = [overlaid(CHANNEL, (await uow.channels.all()).get("reading"))]
            shelf.channels = [channel]
            return answer.status_code, channel.sources, channel.sources_off

        shown = (await browser.get(page)).text
        assert all(f'value="{spec.id}" checked' in shown and f"<bdi>{spec.name}</bdi>" in shown for spec in SPECS)
        assert (303, (), ()) == await chosen(sources="all", source=everything), "nothing was changed"
        assert (303, tuple(everything[1:]), ()) == await chosen(sources="all", source=everything[1:])
        assert (303, ("arxiv",), ()) == await chosen(sources="some", source=["arxiv"])
        assert (422, ("arxiv",), ()) == await chosen(sources="some")
        assert (422, ("arxiv",), ()) == await chosen(sources="some", source=["arxiv", "gone"])
        assert (303, (), ()) == await chosen(sources="all", source=["arxiv"])

    async def test_own_sources_stay_own(self, shelf, opened):
        """What another channel added in chat is not offered; one's own that is not chosen is switched off, and can be chosen again."""
        mine, theirs = (replace(SPECS[-1], id=name, name=name.title(), own=True) for name in ("mine", "theirs"))

        async def specs():
            return (*SPECS, mine, theirs)

        shelf.channels = [replace(CHANNEL, sources_added=("mine",))]
        app = shelf.app(library=replace(shelf.context(), specs=specs))
        browser = opened(app, address="127.0.0.1")
        page = "/library/c/reading/settings"
        shown = (await browser.get(page)).text
        refused = await browser.post(page, data={"sources": "some", "source": ["theirs"]})
        await browser.post(page, data={"sources": "some", "source": ["arxiv"]})
        async with shelf.year.units() as uow:
            values = (await uow.channels.all())["reading"].values

        assert ("Mine" in shown, "Theirs" in shown) == (True, False)
        assert 422 == refused.status_code
        assert (["arxiv"], ["mine"]) == (values["sources"], values["sources_off"])

    async def test_digest_now(self, shelf, opened):
        """Whoever may change the settings has the digest posted at once and is told what came of it; nobody else, and no failure is hidden."""
        asked: list[str] = []

        async def send(channel):
            asked.append(channel.name)
            if len(asked) > 1:
                raise StorageError("The disk is full.")
            return "The digest of 2026-W10 was posted."

        app = shelf.app(library=replace(shelf.context(), digest_now=send))
        page = "/library/c/reading/settings"
        here, elsewhere = opened(app, address="127.0.0.1"), opened(app)
        shown = (await here.get(page)).text
        refused = await elsewhere.post(f"{page}/digest")
        sent = await here.post(f"{page}/digest")
        failed = await here.post(f"{page}/digest")
        absent = await opened(shelf.app(), address="127.0.0.1").post(f"{page}/digest")

        assert "Post the digest now" in shown
        assert "Post the digest now" not in (await elsewhere.get(page)).text
        assert 403 == refused.status_code
        assert "The digest of 2026-W10 was posted." in sent.text
        assert 409 == failed.status_code
        assert "The disk is full." in failed.text
        assert 503 == absent.status_code
        assert ["reading", "reading"] == asked

    async def test_who_may(self, shelf, opened):
        """A member whom the platform lets change nothing sees the settings and changes nothing."""
        people = FakeMembership("slack")
        people.join("T1:U1", "home")
        shelf.people["slack"] = people
        shelf.channels = [CHANNEL, Channel(name="team", platform="slack", id="C1")]
        browser = opened(shelf.app())
        secret = await shelf.access.make_link(Person(platform="slack", member_id="T1:U1", name="Ada"))
        await browser.post(f"/enter/{secret}")
        page = "/library/c/team/settings"

        assert "<textarea" not in (await browser.get(page)).text
        assert 403 == (await browser.post(page, data={"topics": "mine"})).status_code
        assert 403 == (await browser.post(f"{page}/pause")).status_code
        shelf.admins.add("T1:U1")
        assert "<textarea" in (await browser.get(page)).text


class TestFeeds:
    async def test_feeds(self, shelf, opened):
        """Each feed is Atom that a reader takes whole; revoked, its address answers nobody."""
        browser = opened(shelf.app())
        await as_member(shelf, browser)
        ada = HABITS[0].member
        for what in ("digest reading", "must-reads reading", f"summaries web {ada.id}"):
            assert 303 == (await browser.post("/library/feeds", data={"what": what})).status_code
        addresses = re.findall(r'value="http://[^"/]+(/feed/[^"]+)"', (await browser.get("/library/feeds")).text)
        reader = opened(shelf.app(password="closed"))
        feeds = [feedparser.parse((await reader.get(address)).content) for address in addresses]

        assert [False] * 3 == [feed.bozo for feed in feeds]
        assert ["#reading: the week's picks", "#reading: must-reads", "Summaries by Ada Brandt"] == [
            feed.feed.title for feed in feeds
        ]
        assert all(feed.entries for feed in feeds)
        assert [f"http://127.0.0.1:8321{address}" for address in addresses] == [
            next(link.href for link in feed.feed.links if link.rel == "self") for feed in feeds
        ]

        await browser.post("/library/feeds/revoke", data={"secret": addresses[0].rpartition("/")[2]})
        assert 410 == (await reader.get(addresses[0])).status_code, "a reader asks no more"
        assert 200 == (await reader.get(addresses[1])).status_code

    async def test_as_a_reader_asks(self, shelf, opened):
        """A reader finds the feed from the page, is told when nothing is new, and gets it again when something is; each entry once."""
        browser, reader = opened(shelf.app()), opened(shelf.app(password="closed"))
        await as_member(shelf, browser)
        await browser.post("/library/feeds", data={"what": "must-reads reading"})
        page = (await browser.get("/library/feeds")).text
        (address,) = re.findall(
            r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)"', page
        )

        first = await reader.get(address)
        tag = first.headers["ETag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            same = await reader.get(address, headers={"If-None-Match": known})
            assert (304, b"", tag) == (same.status_code, same.content, same.headers["ETag"])
        assert 200 == (await reader.get(address, headers={"If-None-Match": '"other"'})).status_code
        assert 200 == (await reader.head(address)).status_code
        assert "private, no-cache" == first.headers["Cache-Control"], "rights may change, so it is asked for each time"
        entries = feedparser.parse(first.content).entries
        assert len(entries) == len({one.id for one in entries})
        assert all(one.updated_parsed and one.link.startswith("http://127.0.0.1:8321/library/item/") for one in entries)

        async with shelf.year.units() as uow:
            work = unquote(entries[0].link.rpartition("/item/")[2])
            (written, *_) = await uow.summaries.of_channel("reading")
            await uow.summaries.put(
                replace(written, ref=replace(written.ref, message_id="new"), item_key=work, text="New words.")
            )
            await uow.commit()
        changed = await reader.get(address, headers={"If-None-Match": tag})
        assert 200 == changed.status_code
        assert "New words." in changed.text

    async def test_of_a_channel_that_is_not_theirs(self, shelf, opened):
        """Nobody makes a feed of what they may not read."""
        shelf.channels = []
        response = await opened(shelf.app()).post("/library/feeds", data={"what": "digest reading"})

        assert 404 == response.status_code


def _fields(channel: Channel) -> dict[str, object]:
    return {name: getattr(channel, name) for name in channel.__slots__}


class TestManyChannels:
    """Whoever reads very many channels, as who runs Paper Round for many workspaces."""

    @pytest.fixture
    def operator(self, shelf, opened):
        """A browser of whoever has the password, where there are 250 channels."""
        shelf.channels = [
            CHANNEL,
            *(Channel(name=f"team-{number}", platform="slack", id=f"C{number}", team="T1") for number in range(249)),
        ]

        async def enter():
            browser = opened(shelf.app(password="open sesame"))
            assert 303 == (await browser.post("/login", data={"password": "open sesame"})).status_code
            return browser

        return enter

    async def test_the_side_bar(self, operator, shelf, opened):
        """It names some channels and the one that is shown, and leads to all; where there are few it names each, and nothing leads elsewhere."""
        browser = await operator()
        first, last = [(await browser.get(f"/library/c/{name}")).text for name in ("reading", "team-248")]
        shelf.channels = shelf.channels[:3]
        few = (await opened(shelf.app(), address="127.0.0.1").get("/library")).text

        assert MANY == side_bar(first) == side_bar(last)
        assert ("team-248</bdi></a>" in first, "team-248</bdi></a>" in last) == (False, True)
        assert 'href="/library/channels">All 250 channels</a>' in unescape(first)
        assert "/library/channels" not in few

    async def test_found_by_name(self, operator):
        """All are on a page of their own, a hundred at a time, and found by a part of the name, whatever its case."""
        browser = await operator()
        pages = [(await browser.get(f"/library/channels?page={number}")).text for number in (1, 2, 3, 9)]
        found = (await browser.get("/library/channels", params={"q": "#TEAM-24"})).text
        none = (await browser.get("/library/channels", params={"q": "<nobody>"})).text

        assert [100, 100, 50, 50] == [page.count('class="channel-name"') for page in pages]
        assert "page 2 of 3" in pages[1]
        assert 10 == found.count('class="channel-name"')
        assert "10 channels" in found
        assert "No channel of yours is called so." in none
        assert "&lt;nobody&gt;" in none

    async def test_members_and_feeds_of_one(self, operator, shelf):
        """Members and feeds are those of one channel: the first, or the one that is chosen; a name that is none of theirs is refused."""
        browser = await operator()
        first = (await browser.get("/library/members")).text
        chosen = (await browser.get("/library/members?channel=team-7")).text
        feeds = (await browser.get("/library/feeds?channel=team-7")).text
        person = re.search(r'href="(/library/member/[^"]+)"', first)
        refused = await browser.get("/library/members?channel=nobody")

        assert 'in <a href="/library/c/reading">#<bdi>reading</bdi>' in first
        assert HABITS[0].name in first
        assert HABITS[0].name not in chosen
        assert 2 == feeds.count("<option")
        assert "digest team-7" in feeds
        assert person
        assert 200 == (await browser.get(unescape(person[1]))).status_code
        assert 404 == refused.status_code

    async def test_words_of_a_member(self, operator, shelf):
        """What a member wrote is shown in whichever channels it was, none being named; in one that is named, what they wrote there."""
        browser = await operator()
        shelf.channels = [*shelf.channels[1:], shelf.channels[0]]
        page = f"/library/member/web/{HABITS[0].member.id}"
        whole, here, elsewhere = [
            await browser.get(page + asked) for asked in ("", "?channel=reading", "?channel=team-7")
        ]

        assert [200, 200, 404] == [one.status_code for one in (whole, here, elsewhere)]
        assert 'class="title"' in whole.text
        assert whole.text.count('class="title"') == here.text.count('class="title"')


def side_bar(page: str) -> int:
    """How many channels the side bar names."""
    return page[page.index('id="channels-label"') : page.index("</nav>")].count("<bdi>")
