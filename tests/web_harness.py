"""The local channel for the suites that run on every platform: people who send the forms of its page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from adapters.web.app import create_app
from adapters.web.channel.board import derived_id, metadata
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.store import BoardStore
from adapters.web.pages.context import MEMBER_COOKIE
from bot.events import ChatEvent
from bot.model import Meaning, Member, MessageRef
from tests.adapters.web import demo
from tests.databases import opened
from tests.fake_chat import ticking


class WebHarness:
    """People who send the page's forms, each with a cookie jar of their own."""

    refuses_same_key = True
    has_buttons = False

    def __init__(self, chat: WebChannel, stack: AsyncExitStack) -> None:
        self.chat = chat
        self._stack = stack
        self.channel = demo.CHANNEL
        self._app = create_app(chat, demo.site())
        self._browsers: dict[str, httpx.AsyncClient] = {}
        self._forms = 0

    async def member(self, name: str) -> Member:
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://127.0.0.1:8321")
        browser.headers.update({"Origin": "http://127.0.0.1:8321", "Accept": "application/json"})
        await self._stack.enter_async_context(browser)
        (await browser.post("/you", data={"name": name})).raise_for_status()
        member = Member(id=derived_id("member", browser.cookies[MEMBER_COOKIE]), name=name)
        self._browsers[member.id] = browser
        return member

    async def react(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self._send(member, f"/m/{ref.message_id}/reactions", put=emoji)

    async def unreact(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self._send(member, f"/m/{ref.message_id}/reactions", take=emoji)

    async def press(self, member: Member, ref: MessageRef, meaning: Meaning) -> None:
        """The page decides by its chips, which are reactions."""

    async def reply(self, member: Member, ref: MessageRef, text: str) -> MessageRef:
        self._forms += 1
        answer = await self._send(member, f"/m/{ref.message_id}/replies", text=text, token=f"form-{self._forms}")
        return MessageRef(platform="web", channel_id=ref.channel_id, message_id=str(answer["id"]))

    async def edit(self, member: Member, reply: MessageRef, text: str) -> None:
        await self._send(member, f"/r/{reply.message_id}/edit", text=text)

    async def delete(self, member: Member, reply: MessageRef) -> None:
        await self._send(member, f"/r/{reply.message_id}/delete")

    async def is_noted(self, member: Member, parent: MessageRef, reply: MessageRef) -> bool:
        shown = await self._browsers[member.id].get(f"/c/{self.channel.id}/m/{parent.message_id}/thread")
        return "Recorded as a summary" in shown.text

    async def act_as_bot(self, ref: MessageRef) -> None:
        """The page gives the bot no way to react or reply; its 📝 is all it does, and that is tested by itself."""

    async def _send(self, member: Member, path: str, **fields: str) -> dict[str, object]:
        response = await self._browsers[member.id].post(f"/c/{self.channel.id}{path}", data=fields)
        response.raise_for_status()
        answer: dict[str, object] = response.json()
        return answer


@asynccontextmanager
async def web_on(address: str) -> AsyncIterator[WebHarness]:
    """The local channel on a migrated database."""
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(opened(address))
        async with engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                await connection.execute(table.delete())
        harness = WebHarness(WebChannel(BoardStore(engine), ticking(demo.START)), stack)
        await harness.chat.listen(ignore)
        yield harness


async def ignore(event: ChatEvent) -> None:
    """Take an event and do nothing."""
