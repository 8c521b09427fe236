"""Lists on the page: what came next, the picks of a compact digest, and the card that a press on a number brings."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from adapters.web.app import create_app
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.views import digest_views, message_views
from bot.model import Answer, Block, BlockRole, CommandCall, Layout, PostRole, Span
from bot.rendering import DigestParts, render
from bot.usecases.notices import notice
from tests.adapters.web import demo
from tests.factories import channel, digest, item, pick

ALSO = tuple(pick(item(f"url:{n}", title=f"Work {n}", url=f"https://w.example/{n}"), rank=n) for n in range(2, 31))
WEEK = digest(pick(), also=ALSO)


class Core:
    def __init__(self) -> None:
        self.calls: list[CommandCall] = []

    async def __call__(self, call: CommandCall) -> Answer:
        self.calls.append(call)
        return Answer(blocks=(Block(role=BlockRole.NOTE, spans=(Span(text="It comes."),)),))


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
async def asked(chat: WebChannel, core: Core):
    site = replace(demo.site(), commands=core)
    transport = httpx.ASGITransport(app=create_app(chat, site))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def also_message(chat: WebChannel) -> str:
    ids = [(await chat.post(demo.CHANNEL, post, f"k{post.part}")).message_id for post in render(WEEK, demo.CHANNEL)]
    return ids[2]


async def test_a_list(asked: httpx.AsyncClient, chat: WebChannel) -> None:
    """'Also this week' lists the works under their numbers, and the further ones behind a click."""
    await also_message(chat)
    text = (await asked.get("/")).text

    assert "Also this week" in text
    assert all(f'href="https://w.example/{n}"' in text for n in range(2, 31))
    assert text.index("Work 16") < text.index("14 further works") < text.index("Work 17")


async def test_a_press(asked: httpx.AsyncClient, chat: WebChannel, core: Core) -> None:
    """A press on a number asks the core for that card, of that week, in the member's name; what it answers is said."""
    message = await also_message(chat)
    sent = {"name": "Ada", "number": "14"}
    json = {"accept": "application/json", "origin": "http://127.0.0.1"}
    answer = await asked.post(f"/c/local/m/{message}/card", data=sent, headers=json)

    assert (200, "It comes.") == (answer.status_code, answer.json()["say"])
    assert [("web", "local", "card 2026-W34/14", "Ada", False)] == [
        (one.platform, one.channel_id, one.text, one.member.name, one.admin) for one in core.calls
    ]


@pytest.mark.parametrize("number", ["1", "99", "-2", "x", "", "9" * 400, "２"])
async def test_no_such_line(asked: httpx.AsyncClient, chat: WebChannel, core: Core, number: str) -> None:
    """A number that the message does not list asks for nothing."""
    message = await also_message(chat)
    json = {"accept": "application/json", "origin": "http://127.0.0.1"}
    answer = await asked.post(f"/c/local/m/{message}/card", data={"name": "Ada", "number": number}, headers=json)

    assert 404 == answer.status_code
    assert [] == core.calls


async def test_where_a_card_stands(chat: WebChannel) -> None:
    """A card that was asked for stands with its own digest, before the foot, whatever was posted since."""
    later = replace(WEEK, week="2026-W35", also=())
    cards = DigestParts(WEEK, channel())
    posts = [*render(WEEK, channel()), *render(later, channel()), cards[1014], cards[1003]]
    for number, post in enumerate(posts):
        await chat.post(demo.CHANNEL, post, f"k{number}")
    rows = await chat.store.messages("local", first=0, before=None, limit=50)
    views = message_views(demo.CHANNEL, rows, [], [], None)
    newest, older = (
        [getattr(row, "text", None) or row.title for row in one]
        for one in digest_views(views, demo.START.tzinfo, demo.START)
    )

    assert [] == [one for one in newest if one == "Asked for"]
    start = older.index("Asked for")
    assert ["Asked for", "Work 3", "Work 14"] == older[start : start + 3]
    assert len(older) == start + 4


async def test_a_notice_behind_the_foot(chat: WebChannel) -> None:
    """A card that was asked for stands before the foot, also where a notice came after it; the notice is no digest's foot."""
    posts = [*render(WEEK, channel()), notice("Paused", "Ada paused it."), DigestParts(WEEK, channel())[1014]]
    for number, post in enumerate(posts):
        await chat.post(demo.CHANNEL, post, f"k{number}")
    rows = await chat.store.messages("local", first=0, before=None, limit=50)
    views = message_views(demo.CHANNEL, rows, [], [], None)
    (shown,) = digest_views(views, demo.START.tzinfo, demo.START)

    roles = [row.post.role for row in shown if hasattr(row, "post")]
    assert [PostRole.PICK, PostRole.FOOT, PostRole.NOTICE] == roles[-3:]


async def test_a_compact_digest(asked: httpx.AsyncClient, chat: WebChannel) -> None:
    """The picks of a compact digest are lines under one heading."""
    for post in render(replace(WEEK, layout=Layout.COMPACT), demo.CHANNEL):
        await chat.post(demo.CHANNEL, post, f"k{post.part}")
    text = (await asked.get("/")).text

    assert "The picks" in text
    assert 'aria-label="Bring the card of 1: ' in text


@pytest.mark.parametrize("layout", list(Layout))
async def test_what_can_be_done_here(asked: httpx.AsyncClient, chat: WebChannel, layout: Layout) -> None:
    """Head and lists say what is pressed on the page, and nothing of keycaps and menus, which it has not."""
    for post in render(replace(WEEK, layout=layout), demo.CHANNEL):
        await chat.post(demo.CHANNEL, post, f"k{post.part}")
    text = (await asked.get("/")).text

    assert "Press a number, and the work gets its card here" in text
    assert "keycap" not in text
    assert "Choose" not in text


@pytest.mark.parametrize("emoji", ["1️⃣", "⭐"])
async def test_no_reactions_to_a_list(asked: httpx.AsyncClient, chat: WebChannel, emoji: str) -> None:
    """A reaction to a list would mean nothing, so it is refused, with what to do instead where the emoji means something elsewhere."""
    message = await also_message(chat)
    sent, json = {"name": "Ada", "put": emoji}, {"accept": "application/json", "origin": "http://127.0.0.1"}
    answer = await asked.post(f"/c/local/m/{message}/reactions", data=sent, headers=json)

    assert 422 == answer.status_code
    assert "press a number" in answer.json()["say"]
