"""
What a stranger can put into a feed, a name, a reaction, a reply or a command, taken the whole way: a feed on loopback is asked through the
guard, read in a killable process, compiled, frozen, and posted through the real adapters; then it is read as the platform itself would read it.

Nothing pings, nothing forges, nothing reaches inside, nothing is lost. The rules of each step have tests of their own beside their modules.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from html import escape, unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from adapters.slack.workspace import Hooks
from adapters.sources.build import SourceFactory
from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.request import FetchLimits
from adapters.sources.http.ssrf import SsrfGuard
from adapters.sources.http.transport import Connections
from adapters.sources.settings import FetchSettings
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.web.channel import board
from bot.exporting import as_document
from bot.model import (
    Channel,
    Digest,
    Member,
    MessageRef,
    Section,
    SourceReport,
    SourceSpec,
    SourceStatus,
    Window,
)
from bot.ports import UnitOfWorkFactory
from bot.usecases.cards import ask_for_card
from bot.usecases.collect import collect
from bot.usecases.compile import compile_digest
from bot.usecases.deliver import deliver, freeze
from bot.usecases.recall import remember
from bot.usecases.reconcile import look_over
from bot.usecases.record import Recorder
from bot.usecases.redraw import Redrawer, one_by_one
from tests.adapters.discord.harness import discord_over_wire
from tests.adapters.discord.test_commands import guild_with
from tests.adapters.web import demo
from tests.command_context import CommandFixture
from tests.databases import migrated_sqlite, opened
from tests.fake_chat import ticking
from tests.fake_slack import fake_slack
from tests.fake_storage import FakeDatabase
from tests.local_server import Canned, LocalServer, local_server
from tests.slack_harness import build, ignore, serve, slack_over
from tests.waiting import until
from tests.web_harness import web_on

NOW, WEEK = demo.START, "2026-W34"
WINDOW = Window(start=NOW - timedelta(days=7), end=NOW)
AGENT = "PaperRound/test"


# ---- what a platform shows


@dataclass(frozen=True)
class Seen:
    """A message as its platform reads it: words, links with their words, and whatever else it would act upon."""

    words: str
    links: tuple[tuple[str, str], ...]
    acts: tuple[str, ...]


def of_slack(message: dict[str, Any]) -> Seen:
    """Slack reads `<...>` in mrkdwn and in the text of a message as a control, and makes a bare address a link."""
    texts = [(message["text"], True)]
    words, links, acts = [], [], []
    for block in message.get("blocks") or []:
        if block["type"] == "rich_text":
            elements = [one for part in block["elements"] for one in part["elements"]]
            texts += [("".join(one["text"] for one in elements), False)]
            links += [(one["text"], one["url"]) for one in elements if one["type"] == "link"]
            continue
        found = [block["text"]] if "text" in block else block.get("elements", [])
        if block["type"] == "actions":
            found = [one["text"] for one in found if "text" in one]
        texts += [(one["text"], one["type"] == "mrkdwn") for one in found]
    for text, marked in texts:
        if not marked:
            words.append(text)
            continue
        for control in re.findall(r"<([^>]*)>", text):
            target, _, label = control.partition("|")
            if target.startswith(("http://", "https://")):
                links.append((unescape(label), unescape(target)))
            else:
                acts.append(control)
        rest = re.sub(r"<[^>]*>", " ", text)
        acts += re.findall(r"https?://\S+|[<>]|@(?:everyone|here|channel)\b", rest)
        words.append(unescape(re.sub(r"<[^>|]*\|([^>]*)>", r"\1", text)))
    return Seen("\n".join(words), tuple(links), tuple(acts))


DISCORD_ACTS = re.compile(
    r"(?<!\\)<(?:@|#|t:|/|a?:\w)|(?<!\\)@(?:everyone|here)\b|(?<![\\(])https?://\S+|discord\.gg/|^#{1,3} |\|\||```",
    re.MULTILINE,
)
DISCORD_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\((https?://[^)\s]*)\)")


def of_discord(message: dict[str, Any]) -> Seen:
    """Discord reads its markup in content and embeds; an embed's title links to the embed's address."""
    embeds = message.get("embeds") or []
    texts = [message.get("content") or "", *(embed.get("description") or "" for embed in embeds)]
    texts += [field[part] for embed in embeds for field in embed.get("fields", []) for part in ("name", "value")]
    titles = [(embed["title"], embed.get("url")) for embed in embeds if embed.get("title")]
    links = [(_bare(words), url) for text in texts for words, url in DISCORD_LINK.findall(text)]
    links += [(_bare(title), url) for title, url in titles if url]
    loose = [DISCORD_LINK.sub(lambda found: f"[{found[1]}]", text) for text in texts]
    acts = [act for text in [*loose, *(title for title, _ in titles)] for act in DISCORD_ACTS.findall(text)]
    words = "\n".join(_bare(text) for text in [*texts, *(title for title, _ in titles)])
    return Seen(words, tuple(links), tuple(acts))


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).replace("\u200b", "")


def of_page(html: str) -> Seen:
    """A browser runs scripts and handlers, loads what it is told to load, and follows links. Our own files and forms are ours."""
    tree = LexborHTMLParser(html)
    acts = [
        node.html[:200] for node in tree.css("script, iframe, object, embed, base, style, link, img") if not _ours(node)
    ]
    acts += [name for node in tree.css("*") for name in node.attributes if name.startswith("on") or name == "style"]
    links = [(node.text(), node.attributes["href"] or "") for node in tree.css("article a[href]")]
    links = [(words, url) for words, url in links if not url.startswith(("/c/", "#"))]
    return Seen("\n".join(node.text() for node in tree.css("article")), tuple(links), tuple(acts))


def _ours(node: Any) -> bool:
    return str(node.attributes.get("src") or node.attributes.get("href")).startswith("/static/")


# ---- a platform with a database behind it


class Stage:
    """One platform of the chat contract suite, and a database; the recorder listens."""

    def __init__(self, name: str, harness: Any, units: UnitOfWorkFactory, server: LocalServer) -> None:
        self.name = name
        self.harness = harness
        self.units = units
        self.server = server
        self.channel: Channel = replace(harness.channel, budget_minutes=600)
        self.clock = ticking(NOW)
        chats = {self.channel.platform: harness.chat}
        redraws = chats if hasattr(harness.chat, "redraw") else {}
        self.redrawer = Redrawer(redraws, self._channels, units)
        self.recorder = Recorder(units, self.clock, chats, changed=one_by_one(self.redrawer.changed))

    async def _channels(self) -> tuple[Channel, ...]:
        return (self.channel,)

    async def listens(self) -> None:
        await self.harness.chat.listen(self.recorder.receive)

    async def reads(self, *feeds: bytes, name: str = "A Lab") -> list[SourceReport]:
        """Ask feeds, as a collect does."""
        self.specs = [
            SourceSpec(
                id=f"lab{n}",
                kind="feed",
                name=name,
                url=self.server.on(f"/feed{n}", Canned(feed)),
                section=Section.LABS,
            )
            for n, feed in enumerate(feeds)
        ]
        room = SourceFactory(lambda: NOW, FetchSettings(allow_private=True), agent=AGENT)
        try:
            sources = {spec.id: room.source(spec) for spec in self.specs}
            reports = await collect(self.specs, sources, self.units, lambda: NOW, since=WINDOW.start)
        finally:
            await room.aclose()
        return list(reports)

    async def posts(self) -> Digest:
        """Compile, freeze and send what was read, and a card for each line as well."""
        digest = await compile_digest(self.channel, WEEK, WINDOW, self.units, specs=self.specs, now=NOW)
        await freeze(digest, self.channel, self.units)
        async with self.units() as uow:
            for line in digest.also:
                await ask_for_card(digest, line, Member(id="U1", name="Ada"), NOW, uow)
            await uow.commit()
        await deliver(self.channel, WEEK, self.harness.chat, self.units, self.clock, owner="we")
        return digest

    async def refs(self) -> list[MessageRef]:
        """The addresses of the picks."""
        async with self.units() as uow:
            return [one.ref for one in await uow.postings.of(self.channel.name, WEEK) if one.ref and one.item_key]

    def card(self, ref: MessageRef) -> dict[str, Any]:
        """A message of ours as Slack or Discord has it now; both refuse one that is beyond their limits."""
        if self.name == "slack":
            return self.harness.slack._message("C1", ref.message_id)
        return self.harness.fake.messages[ref.channel_id][ref.message_id]

    async def page(self, path: str = "/c/local") -> str:
        assert self.name == "web"
        await self.harness.member("Viewer")
        (browser, *_) = self.harness._browsers.values()
        response = await browser.get(path, headers={"Accept": "text/html"})
        assert 200 == response.status_code, response.text
        return response.text

    async def shown(self) -> list[Seen]:
        """Everything of ours that the platform shows, message by message; the page is one."""
        if self.name == "web":
            return [of_page(await self.page())]
        if self.name == "slack":
            return [of_slack(message) for message in self.harness.slack.sent()]
        fake = self.harness.fake
        sending = [
            body for method, path, body in fake.requests if body and method in {"POST", "PATCH"} and "message" in path
        ]
        quiet = [one for one in sending if "content" in one and one["allowed_mentions"] != {"parse": []}]
        assert [] == quiet
        ours = [m for room in fake.messages.values() for m in room.values() if m["author"]["id"] == fake.me["id"]]
        return [of_discord(message) for message in ours]


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with local_server() as running:
        yield running


@pytest.fixture(params=["web", "slack", "discord"])
async def stage(request, tmp_path, tmp_path_factory, server) -> AsyncIterator[Stage]:
    address = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    platforms: dict[str, Callable[[], Any]] = {
        "web": lambda: web_on(address), "slack": lambda: slack_over("http"), "discord": discord_over_wire,
    }  # fmt: skip
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(opened(address))
        harness = await stack.enter_async_context(platforms[request.param]())
        found = Stage(request.param, harness, SqlUnitOfWorkFactory(engine), server)
        await found.listens()
        yield found


# ---- feeds


def rss(*items: str, site: str = "https://lab.example/") -> bytes:
    head = f"<title>A Lab</title><link>{site}</link><description>d</description>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(number: int, title: str, text: str = "", link: str | None = None, author: str = "") -> str:
    """An entry whose title and text are HTML, as in most feeds; it bears a word of its own by which it is found again."""
    link = f"https://lab.example/{number}" if link is None else link
    by = f'<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">{escape(author)}</dc:creator>' if author else ""
    return (
        f"<item><title>{escape(f'{mark(number)} {title}')}</title><link>{escape(link)}</link><guid>n{number}</guid>{by}"
        f"<pubDate>Thu, 13 Aug 2026 0{number % 10}:00:00 GMT</pubDate><description>{escape(text)}</description></item>"
    )


def mark(number: int) -> str:
    return "Zz" + "".join("bdfgklmnpr"[int(digit)] + "a" for digit in f"{number:03}")


TEXTS = [
    "<!channel> look", "<!everyone|everyone> look", "<!here>", "<!subteam^S1|@staff>", "<@U1> and <@W2|ada>", "<#C1|general>",
    "<@123456789012345678> <@!123456789012345678> <@&123456789012345678>", "<#123456789012345678>", "<t:0:R>", "</paperround now:1>",
    "<a:party:123456789012345678>", "@everyone @here @channel", "@every\u200bone", "@every\u2060one @he\u00adre", "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;", "＠everyone", "[https://bank.example](https://evil.example/login)", "[bank](<https://evil.example>)",
    "[a]: https://evil.example", "![x](https://evil.example/pixel.gif)", "<https://evil.example|https://bank.example>",
    "https://evil.example/bare www.evil.example discord.gg/evil", "<mailto:a@evil.example|b@bank.example>", "# BIG ## big -# small",
    "> quoted >>> all", "||hidden|| ~~gone~~ `code` ```block", "*bold* _low_ **bold** __under__", ":skull: :evil:123456789012345678",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<a href='javascript:alert(1)'>click</a>", "<iframe src='https://evil.example'></iframe>", "<style>*{display:none}</style>",
    "</article></main><h1>Forged</h1>", '" onmouseover="alert(1)', "{{ 7 * 7 }} {% raw %} ${7*7} %s {0}", "<!--", "]]>", "\u202egnp.exe",
    "\u2066isolated\u2069 \u202bembedded", "a\u200bb\u200cc\u200dd\ufeffe", "\u034f\u115f\u3164\u17b4", "e" + "\u0301" * 3000,
    "\U000e0041\U000e0042 tags", "\x85\u2028\u2029line", "\ufdfd" * 400, "😀" * 1500, "wide " * 2000, "x" * 6000, "\\" * 300, "&" * 2000,
    "'; DROP TABLE entries; --", "=cmd|'/c calc'!A1", "\r\nSet-Cookie: a=b", "$(reboot) `reboot`", "%0a%0d%00", "NaN", "null",
]  # fmt: skip

LINKS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)", "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)", "file:///etc/passwd", "ftp://evil.example/", "https://bank.example@evil.example/", "https://a:b@evil.example/",
    "//evil.example/x", "https:evil.example", "https:///evil.example", "https://evil.example/a|b>c<d", "https://evil.example/)](https://x.example",
    "https://evil.example/\u202egpj.exe", "https://evil.example/" + "a" * 5000, "https://b\u0430nk.example/", "https://[::1]/", "https://",
    "https://evil.example:99999/", "https://evil.example\\@bank.example/", "slack://open", "https://evil.example/%0d%0aX: y", "#here", "",
]  # fmt: skip


@pytest.mark.parametrize("part", range(3))
async def test_texts(stage: Stage, part: int) -> None:
    """Whatever stands in a title, a text, an author's or a source's name: all of it arrives, as words, and nothing acts."""
    texts = TEXTS[part::3]  # a digest has 25 cards at most
    items = [item(n, text, f"<p>{text}</p>", author=text[:200]) for n, text in enumerate(texts)]
    reports = await stage.reads(
        *(rss(*items[n::4]) for n in range(4)), name="<!channel> @everyone [b](https://evil.example)"
    )
    await arrives(stage, texts)

    assert {SourceStatus.OK} == {report.state for report in reports}


async def test_links(stage: Stage) -> None:
    """An address that is none, or that no browser should be sent to, is shown as words alone; the entry is not lost."""
    await stage.reads(
        *(rss(item(n, "On links", link=link), site=f"https://lab{n}.example/") for n, link in enumerate(LINKS))
    )
    await arrives(stage, LINKS)


async def arrives(stage: Stage, table: list[str]) -> None:
    """Post what was read: every entry is there, nothing acts, and every link is honest."""
    digest = await stage.posts()
    shown = await stage.shown()

    everything = "\n".join(one.words for one in shown)
    chosen = [
        text
        for n, text in enumerate(table)
        if any(mark(n) in pick.item.title for pick in (*digest.picks, *digest.also))
    ]
    assert len(table) == len(digest.picks) + sum(digest.left_out.values())
    assert len(chosen) > 0.9 * len(table)
    assert [] == [text for text in chosen if mark(table.index(text)) not in everything]
    assert [] == [act for one in shown for act in one.acts]
    assert [] == [(words, url) for one in shown for words, url in one.links if not honest(words, url)]
    assert [] == re.findall(r"[\u202a-\u202e\u2066-\u2069\u2060\ufeff\u00ad\u034f]|[\U000e0000-\U000e007f]", everything)


def honest(words: str, url: str) -> bool:
    """A link leads to the web, hides no user in its address, and its words are no address of another host."""
    parts = urlsplit(url)
    named = {urlsplit(found).hostname for found in re.findall(r"https?[:∶]//[^\s)\]>|]+", words)}
    shown = parts.hostname and f"({parts.hostname})" in words
    return (
        parts.scheme in {"http", "https"} and "@" not in parts.netloc and len(url) <= 2000 and url.isprintable()
        and url.isascii() and (named <= {parts.hostname} or bool(shown))
    )  # fmt: skip


# ---- ten thousand reactions

CROWD = 10_000


async def crowd_reacts(stage: Stage, ref: MessageRef) -> None:
    """Ten thousand people put a star on a message while nobody of ours is there."""
    if stage.name == "web":
        store = stage.harness.chat.store
        async with store._engine.begin() as connection:
            rows = [{"member_id": f"m{n}", "name": f"Member {n}", "named_at": NOW} for n in range(CROWD)]
            await connection.execute(
                board.members.insert(), [{k: v for k, v in r.items() if k in board.members.c} for r in rows]
            )
            await connection.execute(
                board.reactions.insert(),
                [
                    {"channel_id": ref.channel_id, "message_id": ref.message_id, "member_id": f"m{n}", "emoji": "⭐", "at": NOW,
                     "present": True, "turn": 1}
                    for n in range(CROWD)
                ],
            )  # fmt: skip
    elif stage.name == "slack":
        slack = stage.harness.slack
        people = [slack.person(f"Member{n}") for n in range(CROWD)]
        slack._message("C1", ref.message_id)["reactions"] = [{"name": "star", "users": people, "count": CROWD}]
    else:
        fake = stage.harness.fake
        fake.reacted[ref.channel_id, ref.message_id]["⭐"] = [fake.user(f"Member {n}")["id"] for n in range(CROWD)]


@pytest.mark.slow
async def test_ten_thousand_reactions(stage: Stage) -> None:
    """Each of them is recorded by a look at the platform, the card stays within its limits, and nobody else waits meanwhile."""
    await stage.reads(rss(item(1, "Much liked")))
    await stage.posts()
    (ref,) = await stage.refs()
    await crowd_reacts(stage, ref)
    began, held = time.process_time(), []
    # As a service does (`scheduler.runner`): what was imported is no part of what is looked through for garbage.
    gc.collect()
    gc.freeze()
    feeling = asyncio.create_task(feel(held))
    chats = {stage.channel.platform: stage.harness.chat}
    (mended,) = await look_over(chats, stage.units, stage.recorder.receive_all, stage.clock)
    await stage.recorder.settle()
    took = time.process_time() - began
    feeling.cancel()
    gc.unfreeze()
    (again,) = await look_over(chats, stage.units, stage.recorder.receive_all, stage.clock)

    assert ({"ReactionAdded": CROWD}, {}) == (mended.differences, again.differences)
    if stage.name == "slack":
        # Once for each, however often the message is looked over.
        assert stage.harness.slack.count("users.info") < 1.1 * CROWD
    if stage.name == "web":
        page = await stage.page()
        assert "9,950 more" in page
        assert len(page) < 50_000
    else:
        await until(lambda: "9997 more" in str(stage.card(ref)))
    (known,) = as_document(await remember([stage.channel], stage.units))["items"]
    assert CROWD == len({one["member"] for one in known["decisions"]})
    assert took < 120
    # 10, 56 and 25 ms when this was written; 165, 814 and 253 before.
    assert max(held) < 0.2


async def feel(held: list[float]) -> None:
    """Note how many seconds the loop's thread computes between two of our turns; what others do on the processor does not count."""
    while True:
        began = time.thread_time()
        await asyncio.sleep(0.01)
        held.append(time.thread_time() - began)


# ---- reaching inside, and wearing out

PRIVATE = [
    "127.0.0.1", "127.1", "127.0.0.1.", "localhost", "LOCALHOST.", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
    "017700000001", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]",
    "[2001:0:53aa:64c:0:7f00:80ff:fffe]", "[2001::1]", "[fe80::1]", "[fe80::5efe:7f00:1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]",
    "[ff02::1]", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "100.64.0.1",
    "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛocalhost",
]  # fmt: skip


async def asked_by_a_stranger(
    server: LocalServer, *urls: str, guard: SsrfGuard | None = None, trusted: bool = False
) -> list[SourceReport]:
    """Ask addresses that somebody gave in chat, with everything allowed to the operator that there is to allow."""
    specs = [
        SourceSpec(id=f"s{n}", kind="feed", name="S", url=url, section=Section.LABS, trusted=trusted)
        for n, url in enumerate(urls)
    ]
    room = SourceFactory(
        lambda: NOW,
        FetchSettings(allow_private=True, deadline_seconds=3.0),
        agent=AGENT,
        ports=frozenset({80, 443, server.port}),
    )
    if guard:
        limits = FetchLimits(agent=AGENT, deadline=3.0, wait_initial=0.01, wait_max=0.02)
        room.fetcher = Fetcher(Connections(guard), lambda: NOW, limits)
    try:
        sources = {spec.id: room.source(spec) for spec in specs}
        return list(await collect(specs, sources, FakeDatabase().unit_of_work, lambda: NOW, since=WINDOW.start))
    finally:
        await room.aclose()


async def test_no_way_inside(server: LocalServer) -> None:
    """No spelling of an address inside is asked for a stranger, and each refusal says why; the server there hears nothing."""
    reports = await asked_by_a_stranger(server, *(f"http://{host}:{server.port}/feed" for host in PRIVATE))

    assert [] == [host for host, one in zip(PRIVATE, reports, strict=True) if one.state is not SourceStatus.FAILING]
    assert [] == server.asked
    odd = {
        one.error for one in reports if not re.search(r"private network|could not be resolved|is none", one.error or "")
    }
    assert set() == odd


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["64:ff9b::7f00:1"], ["fe80::1%lo"]])
async def test_a_name_that_leads_inside(server: LocalServer, answers: list[str]) -> None:
    """A name is refused if one of its addresses is inside."""

    async def resolve(host: str, port: int) -> list[str]:
        return answers

    guard = SsrfGuard(ports=frozenset({server.port}), resolve=resolve)
    (report,) = await asked_by_a_stranger(server, f"http://name.example:{server.port}/feed", guard=guard)

    assert "private network" in (report.error or "")
    assert [] == server.asked


async def test_a_name_that_changes(server: LocalServer) -> None:
    """A name that leads elsewhere a moment after it was checked gains nothing: it is asked for once, and connected to as checked."""
    answers = ["127.0.0.1", "10.255.255.1", "10.255.255.1"]

    async def resolve(host: str, port: int) -> list[str]:
        return [answers.pop(0)]

    server.on("/feed", Canned(rss(item(1, "As checked"))))
    guard = SsrfGuard(allow_private=True, ports=frozenset({server.port}), resolve=resolve)
    (report,) = await asked_by_a_stranger(server, f"http://name.example:{server.port}/feed", guard=guard, trusted=True)

    assert (SourceStatus.OK, 1, 2) == (report.state, len(server.asked), len(answers))


@pytest.mark.parametrize(
    "inside", ["http://127.0.0.1:1/", "http://[::1]/", "http://169.254.169.254/latest/", "//0/", "http://2130706433/"]
)
@pytest.mark.parametrize("stage", ["web"], indirect=True)
async def test_a_chain_that_leads_inside(stage: Stage, inside: str) -> None:
    """A source of the operator's own that sends us on and on, and then inside, is a failure in the receipt; the others are read."""
    for n in range(3):
        stage.server.on(f"/hop{n}", Canned(status=302, headers={"Location": f"/hop{n + 1}"}))
    stage.server.on("/hop3", Canned(status=302, headers={"Location": inside}))
    good = rss(item(1, "Good"))
    bad = SourceSpec(id="bad", kind="feed", name="Bad", url=stage.server.url + "/hop0", section=Section.LABS)
    report, digest = await beside(stage, good, bad)

    assert SourceStatus.FAILING is report.state
    assert re.search(r"private network|port 1", report.error or "")
    assert 1 == len(digest.picks)


async def beside(stage: Stage, good: bytes, bad: SourceSpec) -> tuple[SourceReport, Digest]:
    """Read a good feed and a bad one at once, and post what came of it."""
    await stage.reads(good)
    room = SourceFactory(lambda: NOW, FetchSettings(allow_private=True, deadline_seconds=2.0), agent=AGENT)
    try:
        (report,) = await collect([bad], {bad.id: room.source(bad)}, stage.units, lambda: NOW, since=WINDOW.start)
    finally:
        await room.aclose()
    return report, await stage.posts()


def laughs() -> bytes:
    nested = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{nested}]><rss><channel><title>&l9;</title></channel></rss>'.encode()


GZIP = {"Content-Encoding": "gzip"}


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


WEARING: dict[str, Callable[[], Any]] = {
    "gzip": lambda: Canned(gzip.compress(b"0" * 200_000_000), headers=GZIP),
    "gzip in gzip": lambda: Canned(
        gzip.compress(gzip.compress(b"0" * 200_000_000)), headers={"Content-Encoding": "gzip, gzip"}
    ),
    "entities": lambda: Canned(laughs()),
    "outside entity": lambda: Canned(
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>'
    ),
    "zip": lambda: Canned(b"PK\x03\x04" + b"\0" * 1_000_000),
    "deep": lambda: Canned(b"<rss><channel>" + b"<a>" * 200_000),
    "deep text": lambda: Canned(rss(item(2, "Deep", "<div>" * 300_000))),
    "deep json": lambda: Canned(b"[" * 1_000_000, headers={"Content-Type": "application/feed+json"}),
    "endless": lambda: drip,
    "a path": lambda: Canned(b"/etc/passwd"),
    "nothing": lambda: Canned(b""),
}


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["web"], indirect=True)
@pytest.mark.parametrize("what", WEARING)
async def test_what_wears_out(stage: Stage, what: str) -> None:
    """Bombs, drips and depths end within their limits, and take nothing else along: the other source is read and posted."""
    bad = SourceSpec(
        id="bad", kind="feed", name="Bad", url=stage.server.on("/bad", WEARING[what]()), section=Section.LABS
    )
    began = time.perf_counter()
    report, digest = await beside(stage, rss(item(1, "Good")), bad)

    assert (1 if what == "deep text" else 0) == report.fetched
    assert report.error or report.state is not SourceStatus.FAILING
    assert any(mark(1) in pick.item.title for pick in digest.picks)
    assert "root:" not in repr(await stage.shown())
    assert time.perf_counter() - began < 300


# ---- long replies, strangers' names

LONGEST = {"web": 40_000, "slack": 40_000, "discord": 4_000}
"""The longest text that each platform takes of a member; on Discord that is one who pays for it."""


@pytest.mark.parametrize("letter", ["word ", "&", "😀", "word\n"])
async def test_the_longest_reply(stage: Stage, letter: str) -> None:
    """A reply as long as the platform takes it is kept whole, exported whole, and shown whole where it is ours to show it."""
    limit = LONGEST[stage.name]
    text = (letter * limit)[: limit - 5].strip() + " end."
    await stage.reads(rss(item(1, "Much said")))
    await stage.posts()
    (ref,) = await stage.refs()
    ada = await stage.harness.member("Ada")
    await stage.harness.reply(ada, ref, escape(text, quote=False) if stage.name == "slack" else text)
    await stage.recorder.settle()

    (known,) = as_document(await remember([stage.channel], stage.units))["items"]
    assert [text] == [one["text"] for one in known["summaries"]]
    if stage.name == "web":
        page = LexborHTMLParser(await stage.page(f"/c/local?thread={ref.message_id}"))
        assert any("".join(text.split()) in "".join(node.text().split()) for node in page.css("body"))
    (mended,) = await look_over(
        {stage.channel.platform: stage.harness.chat}, stage.units, stage.recorder.receive_all, stage.clock
    )
    assert {} == mended.differences


async def test_strangers_names(stage: Stage) -> None:
    """A member's name on a card is words, whatever it says."""
    await stage.reads(rss(item(1, "Liked by strangers")))
    await stage.posts()
    (ref,) = await stage.refs()
    for name in ("<!channel>", "<b>@here</b>", "[x](https://e.example)"):
        await stage.harness.react(await stage.harness.member(name), ref, "⭐")
    await stage.recorder.settle()
    if stage.name != "web":
        await until(lambda: "here" in str(stage.card(ref)))

    shown = await stage.shown()
    assert [] == [act for one in shown for act in one.acts]
    assert [] == [(words, url) for one in shown for words, url in one.links if not honest(words, url)]


# ---- commands from somebody without the right

CHANGES = [
    "settings",
    "topics agents",
    "sources add https://evil.example/feed",
    "sources remove arxiv",
    "pause",
    "resume",
]


@pytest.mark.parametrize("command", CHANGES)
async def test_a_command_without_the_right_on_slack(command: str) -> None:
    """Somebody who is no admin is told who may, and nothing is changed."""
    desk = CommandFixture("slack")
    async with fake_slack() as slack:
        slack.person("Eve")
        room = build(slack, hooks=Hooks(commands=desk.commands))
        serve(slack, room)
        await room.chat.listen(ignore)
        before = snapshot(desk)
        await slack.command("UEVE", command)
        await until(lambda: slack.answers or slack.windows)
        await room.chat.close()

    assert "Only workspace admins" in json.dumps(slack.answers)
    assert [] == slack.windows
    assert before == snapshot(desk)


@pytest.mark.parametrize("command", ["settings", "pause", "resume"])
async def test_a_command_without_the_right_on_discord(command: str) -> None:
    """Somebody who may not manage the server is told who may, and nothing is changed."""
    desk = CommandFixture("discord")
    async with guild_with(desk.commands) as guild:
        desk.channels[0] = desk.channel = replace(desk.channel, id=str(guild.channel.id))
        before = snapshot(desk)
        result = await guild.ada.slash(guild.channel, f"paperround {command}")

        said = str([embed.to_dict() for embed in result.response.embeds])
        assert "Only members who may manage the server may" in said
    assert before == snapshot(desk)


async def test_an_act_without_the_right_on_the_page(tmp_path, tmp_path_factory) -> None:
    """Nobody but its author changes or deletes a reply, and who tries is told so."""
    async with web_on(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as harness:
        refs = await demo.post_week(harness.chat)
        ada, eve = await harness.member("Ada"), await harness.member("Eve")
        reply = await harness.reply(ada, refs[1], "Mine.")
        refused = [
            await harness._browsers[eve.id].post(f"/c/local/r/{reply.message_id}/{act}", data={"text": "Forged."})
            for act in ("edit", "delete")
        ]
        (kept,) = (await harness.chat.snapshot(refs[1])).replies

    assert [(403, "Only its author can change a reply.")] * 2 == [
        (one.status_code, one.json()["say"]) for one in refused
    ]
    assert "Mine." == kept.text


def snapshot(desk: CommandFixture) -> str:
    """Everything that a command could change."""
    return repr(vars(desk.database.tables))
