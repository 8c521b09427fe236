"""
Nobody reads what is not theirs: three workspaces with two private channels and a public one each, twelve members, and a word in every
summary that tells which channel it was written in. Each channel also reads a source of its own, which says that word of a work that all
know, and of one that only it knows.

Every page, feed, search, card, export and answer, also of the JSON API and of MCP, is looked at as each member; a word of a channel that
they cannot read is in none.
"""

from __future__ import annotations

import copy
import html
import json
import re
import shutil
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import make_url
from starlette.applications import Starlette

from adapters.exports.forms import FORMS, render
from adapters.exports.vault import write_vault
from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.web.app import create_app
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.store import BoardStore
from adapters.web.http.access_store import AccessStore, Person
from adapters.web.library.context import LibraryContext
from adapters.web.library.feeds import DIGEST, MUST_READS, SUMMARIES
from adapters.web.programs.api import Api
from bot.api_token import ApiToken, hashed, new_secret
from bot.model import Channel, CommandCall, Member, PlatformWords, SourceSetting, SourceSpec
from bot.ports import UnitOfWorkFactory
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList
from bot.usecases.collect import collect
from bot.usecases.command_context import CommandContext
from bot.usecases.commands import TABLE, Commands
from bot.usecases.compile import compile_digest
from bot.usecases.deliver import deliver, freeze
from bot.usecases.digest_facts import DigestFacts
from bot.usecases.export import Wanted, gather
from bot.usecases.figures import channel_figures
from bot.usecases.library import Library
from bot.usecases.programs import Programs
from bot.usecases.record import Recorder
from bot.usecases.search import complete
from bot.usecases.suggest import suggest
from tests.adapters.web import demo
from tests.command_context import Finder
from tests.databases import migrated_sqlite, new_postgresql, opened
from tests.factories import DAY, NOW, WINDOW, digest_of, entry, spec
from tests.fake_chat import FakeChat
from tests.fake_membership import FakeMembership
from tests.fake_sources import FakeSource

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mcp import Client

    from adapters.web.programs.mcp_server import mcp_server

TEAMS = ("T1", "T2", "T3")
WORKS = tuple(f"2608.0000{number}" for number in range(1, 5))
SPECS = (spec("arxiv"),)
HOME = "http://127.0.0.1:8321"


def word(channel: str) -> str:
    """The word that stands in everything that was written in a channel."""
    return f"canary{channel.replace('-', '')}x"


def own_spec(channel: Channel) -> SourceSpec:
    """The source that a channel alone reads."""
    return spec(f"feed-{channel.name}", own=True, name=f"Feed of {word(channel.name)}")


def only_there(channel: str) -> str:
    """The address of a work that only a channel's own source speaks of."""
    return f"https://feeds.example.org/{channel}/post"


@dataclass
class World:
    """The channels on one platform, in whose database everything is."""

    units: SqlUnitOfWorkFactory
    channels: list[Channel] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    membership: FakeMembership = field(default_factory=lambda: FakeMembership("slack"))
    readers: list[str] = field(default_factory=list)
    """Those of the people as whom everything is looked at."""

    def __post_init__(self) -> None:
        self.chat = FakeChat("slack", clock=lambda: self.now)
        self.now = NOW
        self.audience = Audience({"slack": self.membership}, self.all, lambda: self.now)
        self.recorder = Recorder(self.units, lambda: self.now, {"slack": self.chat}, channels=self.all)
        self.commands = Commands(
            CommandContext(
                unit_of_work=self.units,
                clock=lambda: self.now,
                channels=ChannelList(self.channels, self.units).read,
                tables=frozenset,
                specs=self.specs,
                preview=self.preview,
                check=lambda _: self.never(),
                finder=Finder,  # type: ignore[arg-type]  # no command here asks for a feed
                shown_in=self.audience.shown_in,
                readable_by=self.audience.readable_by,
                words={"slack": PlatformWords(name="Slack")},
            )
        )

    async def all(self) -> list[Channel]:
        return self.channels

    async def specs(self):
        return (*SPECS, *map(own_spec, self.channels))

    async def never(self) -> str:
        return ""

    async def preview(self, channel: Channel):
        return await compile_digest(channel, "2026-W36", WINDOW, self.units, specs=await self.specs(), now=self.now)

    def furnish(self) -> None:
        for team in TEAMS:
            names = [f"{team}-{kind}" for kind in ("all", "one", "two")]
            for name in names:
                own = (f"feed-{name}",)
                self.channels.append(Channel(name=name, platform="slack", id=f"C-{name}", team=team, sources_added=own))
                self.membership.teams[name] = team
            self.membership.private |= set(names[1:])
            for number, inside in enumerate((names[:2], [names[0], names[2]], names, names[:1])):
                self.people[f"{team}:U{number}"] = team
                self.membership.join(f"{team}:U{number}", team, *inside)

    def theirs(self, member_id: str) -> frozenset[str]:
        """What a member may read, said here once more and not asked of the rule: their workspace's open channel, and where they are in."""
        team = self.people[member_id]
        return frozenset(
            {f"{team}-all"} | {name for name, inside in self.membership.inside.items() if member_id in inside}
        )

    async def live(self) -> None:
        """Two weeks: in the first everybody writes where they are; in the second other channels are sent the same works."""
        await self.chat.listen(self.recorder.receive)
        entries = [entry(key, title=f"On retrieval {key}", abstract="A study of retrieval.") for key in WORKS]
        await collect(SPECS, {"arxiv": FakeSource(SPECS[0], entries)}, self.units, lambda: NOW, since=NOW - 7 * DAY)
        for channel in self.channels:
            await self._follow(channel)
        for number, channel in enumerate(self.channels):
            await self._send(channel, "2026-W34", [f"arxiv:{WORKS[number % 2]}"])
            for member_id in self.people:
                if channel.name in self.membership.inside and member_id in self.membership.inside[channel.name]:
                    await self._write(channel, Member(id=member_id, name=f"Member {member_id}"))
            await suggest(f"https://example.org/{word(channel.name)}", Member(id="U"), channel, self.units, lambda: NOW)
        await self.recorder.settle()
        self.now = NOW + 8 * DAY
        for number, channel in enumerate(self.channels):
            await self._send(channel, "2026-W35", [f"arxiv:{WORKS[1 - number % 2]}", f"arxiv:{WORKS[2]}"])
        await complete(self.units)

    def shown(self) -> dict[str, Any]:
        """What the platform shows, and what time it is."""
        own = {"clock", "faults", "_sink"}
        return copy.deepcopy({"now": self.now, "chat": {k: v for k, v in vars(self.chat).items() if k not in own}})

    async def go_on(self, shown: dict[str, Any]) -> None:
        """Go on where another world, in a copy of whose database this one is, has come to."""
        again = copy.deepcopy(shown)
        self.now = again["now"]
        vars(self.chat).update(again["chat"])
        await self.chat.listen(self.recorder.receive)

    async def _follow(self, channel: Channel) -> None:
        """Let a channel's own source speak."""
        own, secret = own_spec(channel), word(channel.name)
        async with self.units() as uow:
            await uow.source_settings.save(SourceSetting(id=own.id, values={"own": True, "url": own.url}, at=NOW))
            await uow.commit()
        works = [f"https://arxiv.org/abs/{WORKS[0]}", only_there(channel.name)]
        said = [
            entry(f"{number}", own.id, url=url, title=f"Of {secret}", abstract=f"All of {secret}.")
            for number, url in enumerate(works)
        ]
        await collect([own], {own.id: FakeSource(own, said)}, self.units, lambda: NOW, since=NOW - 7 * DAY)

    async def _send(self, channel: Channel, week: str, keys: list[str]) -> None:
        frozen = digest_of(keys, channel=channel.name, week=week, compiled_at=self.now)
        await freeze(frozen, channel, self.units)
        await deliver(
            channel, week, self.chat, self.units, lambda: self.now, owner="we", shown_in=self.audience.shown_in
        )

    async def _write(self, channel: Channel, member: Member) -> None:
        card = next(one.ref for one in self.chat.messages if one.ref.channel_id == channel.id and one.post.rank == 1)
        self.now += timedelta(minutes=1)
        await self.chat.react(member, card, "⭐")
        await self.chat.react(member, card, "✅")
        await self.chat.reply(member, card, f"Worth it, says {word(channel.name)} of {channel.name}.")

    def app(self, units: UnitOfWorkFactory, engine) -> object:
        context = LibraryContext(
            library=Library(units),
            audience=self.audience,
            reading=units,
            unit_of_work=units,
            channels=self.all,
            specs=self.specs,
            receive=self.recorder.receive,
        )
        site = demo.site(channels=(), clock=lambda: self.now, library=context, password="of the operator")
        return create_app(WebChannel(BoardStore(engine), lambda: self.now), site)


_LIVED: dict[str, tuple[str, dict[str, Any]]] = {}
"""By kind of database, the one in which two weeks were lived, which no test changes, and what the platform shows of them."""


async def lived(kind: str, session: Path) -> tuple[str, dict[str, Any]]:
    """Live the two weeks once for all tests of this process; gives the address of their database, and what the platform shows."""
    if kind not in _LIVED:
        folder = session / "lived"
        folder.mkdir(exist_ok=True)
        address = await (new_postgresql() if kind == "postgresql" else migrated_sqlite(session, folder))
        async with opened(address) as engine:
            await migrate(engine)
            found = World(SqlUnitOfWorkFactory(engine))
            found.furnish()
            await found.live()
        _LIVED[kind] = address, found.shown()
    return _LIVED[kind]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def world(request, tmp_path, tmp_path_factory) -> AsyncIterator[tuple[World, object, AccessStore]]:
    address, shown = await lived(request.param, tmp_path_factory.getbasetemp())
    if request.param == "postgresql":
        address = await new_postgresql(str(make_url(address).database))
    else:
        shutil.copy(str(make_url(address).database), tmp_path / "paperround.db")
        address = f"sqlite:///{tmp_path / 'paperround.db'}"
    async with opened(address) as engine:
        units = SqlUnitOfWorkFactory(engine)
        found = World(units)
        found.furnish()
        # The workspaces are alike. A database decides how words are found, which one workspace's members show; on one all are looked at.
        found.readers = [one for one, team in found.people.items() if team == TEAMS[0] or request.param == "sqlite"]
        await found.go_on(shown)
        yield found, found.app(units, engine), AccessStore(engine, lambda: found.now)


def browser(app) -> httpx.AsyncClient:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOME)
    client.headers.update({"Sec-Fetch-Site": "same-origin"})
    return client


async def crawl(client: httpx.AsyncClient, world: World) -> dict[str, str]:
    """Every page that is linked from the library, and every page of everybody else that somebody could guess."""
    channels = [channel.name for channel in world.channels]
    guessed = [f"/library/c/{name}{page}" for name in channels for page in ("", "/statistics", "/sources", "/settings")]
    guessed += [
        f"/library/c/{name}/2026-W{week}{page}" for name in channels for week in (34, 35) for page in ("", "/left-out")
    ]
    guessed += [f"/library/member/slack/{quote(member)}" for member in world.people]
    guessed += [f"/library/item/arxiv:{key}" for key in WORKS]
    guessed += [f"/library/item/url:https:%2F%2Fexample.org%2F{word(name)}" for name in channels]
    guessed += [f"/library/item/url:{quote(only_there(name), safe='')}" for name in channels]
    guessed += [f"/library/search?q={word(name)}" for name in channels]
    guessed += [f"/library/search?q=source:feed-{name}" for name in channels]
    guessed += [
        f"/library/search?q={quote(text)}"
        for text in ("worth", "by:member", "decision:must-read", "has:summary", "canary*", "retrieval", "source:arxiv")
    ]
    waiting, pages = ["/library", "/library/list", "/library/members", "/library/feeds", *guessed], {}
    while waiting:
        path = waiting.pop()
        if path in pages:
            continue
        response = await client.get(path)
        pages[path] = response.text
        links = {html.unescape(link) for link in re.findall(r'href="(/library[^"#]*)', response.text)}
        waiting += sorted(links - pages.keys())
    return pages


def strange(text: str, theirs: frozenset[str], world: World, *, asked: str = "") -> list[str]:
    """The words in a text that stand for channels that are not theirs; what they asked for themselves is no word of ours."""
    bare = text.replace(asked, "") if asked else text
    return [one.name for one in world.channels if one.name not in theirs and word(one.name) in bare]


async def test_pages_and_feeds(world):
    """No page and no feed shows a member a word of a channel that they cannot read, and all of the others' are there."""
    found, app, access = world
    for member_id in found.readers:
        theirs = found.theirs(member_id)
        async with browser(app) as client:
            secret = await access.make_link(Person(platform="slack", member_id=member_id, name=member_id))
            await client.post(f"/enter/{secret}")
            pages = await crawl(client, found)
            whats = [f"{kind} {channel.name}" for kind in (DIGEST, MUST_READS) for channel in found.channels]
            for what in (*whats, *(f"{SUMMARIES} slack {other}" for other in found.people)):
                await client.post("/library/feeds", data={"what": what})
            mine = await access.feeds_of(Person(platform="slack", member_id=member_id))
            for feed in mine:
                pages[f"/feed/{feed.secret}"] = (await client.get(f"/feed/{feed.secret}")).text
        seen = "".join(pages.values())

        assert len(pages) > 100
        assert {} == {
            path: names
            for path, text in pages.items()
            if (names := strange(text, theirs, found, asked=path.rpartition("=")[2].rpartition("%2F")[2] or "-"))
        }
        assert [] == [name for name in theirs if word(name) not in seen]


async def test_a_feed_of_who_left(world):
    """The feed of somebody who left a channel shows nothing of it any more, without being revoked."""
    found, app, access = world
    person = Person(platform="slack", member_id="T1:U0", name="Ada")
    feed = await access.make_feed(person, MUST_READS, "T1-one")
    async with browser(app) as client:
        before = (await client.get(f"/feed/{feed.secret}")).text
        found.membership.inside["T1-one"].discard("T1:U0")
        found.now += timedelta(minutes=15)
        after = (await client.get(f"/feed/{feed.secret}")).text

    assert word("T1-one") in before
    assert word("T1-one") not in after


async def test_a_guest(world):
    """A guest of a workspace reads the channels that they joined, and not even its public ones besides; programs of theirs likewise."""
    found, app, access = world
    found.membership.guests.add("T1:U0")
    found.membership.inside["T1-all"].discard("T1:U0")
    theirs = frozenset({"T1-one"})
    async with browser(app) as client:
        secret = await access.make_link(Person(platform="slack", member_id="T1:U0", name="Guest"))
        await client.post(f"/enter/{secret}")
        pages = await crawl(client, found)
    programs = programs_of(found)
    caller = await programs.caller(await token_of(found, "T1:U0"))
    assert caller is not None
    told = [await programs.search(caller, question, 100) for question in QUESTIONS]
    told += [await programs.item(caller, f"arxiv:{key}") for key in WORKS]

    assert {} == {
        path: names
        for path, text in pages.items()
        if (names := strange(text, theirs, found, asked=path.rpartition("=")[2].rpartition("%2F")[2] or "-"))
    }
    assert [] == strange(f"{told}", theirs, found)
    assert word("T1-one") in f"{told}"
    assert word("T1-one") in "".join(pages.values())


async def test_the_operator(world):
    """Whoever has the password reads what they host."""
    found, app, _ = world
    async with browser(app) as client:
        await client.post("/login", data={"password": "of the operator"})
        seen = "".join((await crawl(client, found)).values())

    assert [] == [one.name for one in found.channels if word(one.name) not in seen]


async def test_cards(world):
    """A card shows its own channel's words and those that everybody in it may read: of public channels of its workspace."""
    found, _, _ = world
    scopes = {one.name: await found.membership.scope(one) for one in found.channels}
    shown = 0
    for channel in found.channels:
        public = {name for name, one in scopes.items() if one.team == channel.team and not one.private}
        text = "\n".join(
            f"{one.post.plain} {one.post.blocks}" for one in found.chat.messages if one.ref.channel_id == channel.id
        )
        assert [] == strange(text, frozenset(public | {channel.name}), found)
        shown += any(word(name) in text for name in public - {channel.name})

    assert shown == 2 * len(TEAMS)


async def test_answers(world):
    """No command's answer holds such a word, wherever a member of the workspace can ask it, and what a form is filled with neither."""
    found, _, _ = world
    asked = 0
    for member_id in found.readers:
        theirs, team = found.theirs(member_id), found.people[member_id]
        places = ["", *(one.id for one in found.channels if one.team == team and one.name in theirs)]
        texts = [command.verb for command in TABLE if command.verb not in {"pause", "resume"}]
        texts += ["why 1", "why 2026-W34/1", "find worth", "find by:member", "find has:summary", "stats", "export"]
        for place in places:
            for text in texts:
                call = CommandCall(
                    platform="slack", channel_id=place, member=Member(id=member_id, name="Me"), admin=True, text=text
                )
                answer = await found.commands(call)
                asked += 1

                assert [] == strange(f"{answer}", theirs, found), f"{text!r} of {member_id} in {place!r}"
    assert asked > 42 * len(found.readers)


async def test_proposals(world):
    """What a channel proposed is a candidate there, and in no digest of another channel."""
    found, _, _ = world
    for channel in found.channels:
        window = replace(WINDOW, end=NOW + DAY)
        digest = await compile_digest(
            channel, "2026-W36", window, found.units, specs=await found.specs(), now=NOW + DAY
        )
        text = f"{digest}"

        assert [] == strange(text, frozenset({channel.name}), found)
        assert word(channel.name) in text


async def no_url(_channel: Channel, _ref: object) -> str | None:
    return None


def programs_of(world: World) -> Programs:
    return Programs(
        unit_of_work=world.units.reading,
        writing=world.units,
        channels=world.all,
        readable_by=world.audience.readable_by,
        message_url=no_url,
        library=Library(world.units.reading),
        clock=lambda: world.now,
        specs=world.specs,
    )


async def token_of(world: World, member_id: str) -> str:
    """The secret of a token that speaks for a member."""
    secret = new_secret()
    async with world.units() as uow:
        token = ApiToken(name=member_id, made=world.now, platform="slack", member_id=member_id)
        await uow.api_tokens.add(token, hashed(secret))
        await uow.commit()
    return secret


QUESTIONS = ("worth", "by:member", "decision:must-read", "has:summary", "canary*", "retrieval")


async def test_the_api(world):
    """A token speaks for its member: no address of the API tells such a word, and all of their own channels' are there."""
    found, _, _ = world
    app = Starlette(routes=Api(programs_of(found)).routes())
    names = [channel.name for channel in found.channels]
    paths = ["channels", "reading-list", *(f"items/arxiv:{key}" for key in WORKS)]
    paths += [f"search?q={quote(question)}&most=100" for question in (*QUESTIONS, *map(word, names))]
    paths += [f"statistics/{name}" for name in names]
    paths += [f"weeks/{name}/{week}" for name in names for week in ("2026-W34", "2026-W35", "latest")]
    paths += [f"items/url:https:%2F%2Fexample.org%2F{word(name)}" for name in names]
    paths += [f"items/url:{quote(only_there(name), safe='')}" for name in names]
    paths += [f"search?q=source:feed-{name}" for name in names]
    for member_id in found.readers:
        theirs, seen = found.theirs(member_id), ""
        async with browser(app) as client:
            client.headers["Authorization"] = f"Bearer {await token_of(found, member_id)}"
            for path in paths:
                answer = await client.get(f"/api/v1/{path}")
                seen += answer.text

                assert answer.status_code in {200, 404}, path
                assert [] == strange(answer.text, theirs, found), f"{path} as {member_id}"
        assert [] == [name for name in theirs if word(name) not in seen]


async def test_an_assistant(world):
    """What a member's assistant is told by MCP holds no such word either."""
    found, _, _ = world
    programs = programs_of(found)
    names = [channel.name for channel in found.channels]
    asked = [("reading_list", {}), *(("item", {"key": f"arxiv:{key}"}) for key in WORKS)]
    asked += [("search", {"question": question, "most": 100}) for question in (*QUESTIONS, *map(word, names))]
    asked += [("week", {"channel": name, "week": "2026-W34"}) for name in names]
    asked += [("statistics", {"channel": name}) for name in names]
    for member_id in found.readers:
        theirs, seen = found.theirs(member_id), ""
        caller = await programs.caller(await token_of(found, member_id))
        assert caller is not None
        async with Client(mcp_server(programs, caller)) as client:
            for tool, arguments in asked:
                result = await client.call_tool(tool, arguments)
                text = "".join(part.text for part in result.content) + json.dumps(result.structured_content)
                seen += text

                assert [] == strange(text, theirs, found), f"{tool} {arguments} as {member_id}"
        assert [] == [name for name in theirs if word(name) not in seen]


async def test_exports(world, tmp_path: Path):
    """An export of the channels that a member reads, whole or of their own, holds no such word in any form."""
    found, _, _ = world
    for member_id in found.readers:
        theirs = found.theirs(member_id)
        channels = [channel for channel in found.channels if channel.name in theirs]
        for number, wanted in enumerate((Wanted(), Wanted(member=member_id), Wanted(since=NOW))):
            export = await gather(channels, wanted, found.units, lambda: found.now)
            folder = tmp_path / f"{member_id.replace(':', '-')}-{number}"
            write_vault(export, folder)
            texts = {form: render(form, export) for form, about in FORMS.items() if about.render}
            texts["markdown"] = "".join(f"{note} {note.read_text('utf-8')}" for note in folder.rglob("*.md"))

            assert {} == {form: names for form, text in texts.items() if (names := strange(text, theirs, found))}
            assert [] == [name for name in theirs if word(name) not in texts["json"]]


async def test_statistics(world):
    """A channel's figures are of that channel alone: as many works, marks and words as were there."""
    found, _, _ = world
    facts = DigestFacts()
    for channel in found.channels:
        inside = len(found.membership.inside[channel.name])
        figures = await channel_figures(channel, found.units.reading, facts, member_id="T1:U0")
        (first, second) = figures.weeks or (None, None)

        assert inside == figures.members
        assert (first is None) == (inside < 3)
        if first and second:
            assert (1, 1, 1) == (first.shown, first.read, first.summarised)
            assert (2, 0, 0) == (second.shown, second.read, second.summarised)
        assert [] == strange(f"{figures}", frozenset({channel.name}), found)
        own = figures.own
        assert own is not None
        assert own.written == ("T1:U0" in found.membership.inside[channel.name])
