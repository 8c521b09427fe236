"""Pages (GET): the channel, a thread, the picker without JavaScript, and the fragments that JavaScript fetches."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from adapters.web.channel.views import digest_views
from adapters.web.pages.context import PageContext
from bot.model import Channel

_DIGESTS = 4
_MESSAGES = 400


class Pages:
    """The GET routes of the page."""

    def __init__(self, context: PageContext) -> None:
        self._context = context

    def routes(self) -> list[Route]:
        """The routes."""
        message = "/c/{channel_id}/m/{message_id}"
        return [
            Route("/", self.first),
            Route("/you", self.you),
            Route("/c/{channel_id}", self.show),
            Route("/c/{channel_id}/newest", self.newest),
            Route(message, self.message),
            Route(f"{message}/thread", self.thread),
            Route(f"{message}/react", self.react),
        ]

    async def first(self, request: Request) -> HTMLResponse:
        """The first channel; where every channel is on another platform, a note that says where they are."""
        if self._context.site.channels:
            return await self.show(request)
        return self._context.html("elsewhere.html", notices=await self._context.site.notices())

    async def show(self, request: Request) -> HTMLResponse:
        """The channel: this week's digest first, earlier ones below, a thread beside it if one is asked for."""
        channel, visitor = self._context.channel(request), await self._context.visitor(request)
        version = self._context.chat.hub.version  # taken before looking, so that nothing falls between page and stream
        before = _number(request.query_params.get("before"))
        heads = await self._context.chat.store.heads(channel.id, before=before, limit=_DIGESTS + 1)
        first = heads[_DIGESTS - 1] if len(heads) > _DIGESTS else 0
        rows = await self._context.chat.store.messages(channel.id, first=first, before=before, limit=_MESSAGES)
        views = await self._context.views(channel, rows, visitor.member)
        thread = request.query_params.get("thread")
        now = self._context.site.clock()
        return self._context.html(
            "channel.html",
            **await self._frame(channel),
            me=visitor.member,
            version=version,
            newest=await self._newest(channel),
            digests=digest_views(views, ZoneInfo(channel.zone), now),
            before=before,
            earlier=first or None,
            thread=await self._context.view(channel, thread, visitor.member) if thread else None,
            said=request.query_params.get("said"),
        )

    async def newest(self, request: Request) -> JSONResponse:
        """The place of the newest digest: what a hidden window asks, so that its tab can say that one has come."""
        return JSONResponse({"newest": await self._newest(self._context.channel(request))})

    async def message(self, request: Request) -> HTMLResponse:
        """One message alone, as it now stands: what an open window fetches when something changed, and a page for who opens its address."""
        return await self._part(request, "_message.html" if _is_part(request) else "alone.html", thread=False)

    async def thread(self, request: Request) -> HTMLResponse:
        """One thread alone: what an open window shows beside the channel, and a page for who opens its address."""
        return await self._part(request, "_thread.html" if _is_part(request) else "alone.html", thread=True)

    async def react(self, request: Request) -> HTMLResponse:
        """The emoji picker as a page of its own, for browsers without JavaScript."""
        return await self._part(request, "react.html")

    async def you(self, request: Request) -> HTMLResponse:
        """Where a member's name is changed."""
        visitor = await self._context.visitor(request)
        return self._context.html("name.html", me=visitor.member, action="/you", fields={}, problem=None, taken="")

    async def _part(self, request: Request, template: str, **more: Any) -> HTMLResponse:
        channel, visitor = self._context.channel(request), await self._context.visitor(request)
        view = await self._context.view(channel, request.path_params["message_id"], visitor.member)
        return self._context.html(template, **await self._frame(channel), me=visitor.member, message=view, **more)

    async def _newest(self, channel: Channel) -> int:
        return next(iter(await self._context.chat.store.heads(channel.id, before=None, limit=1)), 0)

    async def _frame(self, channel: Channel) -> dict[str, Any]:
        site = self._context.site
        return {
            "channel": channel,
            "channels": site.channels,
            "next_digest": await site.next_digest(channel),
            "notices": sorted(await site.notices(), key=lambda notice: notice.channel not in {"", channel.name}),
            "locked": site.password is not None,
            "library": site.library is not None,
        }


def _is_part(request: Request) -> bool:
    """Whether an open window asks for a part of itself, and not somebody for a page."""
    return "x-part" in request.headers


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - what an INTEGER column holds
