"""Frame of the library's pages: who looks, the side bar, the templates; and the addresses of pages within it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse

from adapters.web.http.access_store import AccessStore
from adapters.web.http.sessions import LIBRARY, PERSON
from adapters.web.library.context import LibraryContext
from adapters.web.library.viewer import Viewer, viewer_of
from bot.model import Channel, MessageRef

if TYPE_CHECKING:
    from adapters.web.pages.context import PageContext


_PAGES: Final = 500


def channel_page(channel: Channel, *parts: str) -> str:
    """Where a channel's pages are; with parts, a page of it."""
    return "/".join([LIBRARY, "c", quote(channel.name, safe=""), *(quote(part, safe="") for part in parts)])


def item_page(key: str) -> str:
    """Permalink of a work."""
    return f"{LIBRARY}/item/{quote(key, safe=':')}"


def member_page(platform: str, member_id: str, channel: str = "") -> str:
    """Where a member's page is; with a channel, what they wrote there for whoever reads very many (`Viewer.together`)."""
    page = f"{LIBRARY}/member/{quote(platform, safe='')}/{quote(member_id, safe=':')}"
    return f"{page}?channel={quote(channel, safe='')}" if channel else page


def page_number(request: Request) -> int:
    """Which page of several is asked for; the first one where that is no number, or too large a one."""
    number = request.query_params.get("page", "1")
    return int(number) if number.isascii() and number.isdigit() and 0 < int(number[:4]) < _PAGES else 1


class Frame:
    """Shared by all pages of the library. Immutable."""

    def __init__(self, context: PageContext, library: LibraryContext) -> None:
        self._context = context
        self.library = library

    async def viewer(self, request: Request) -> Viewer:
        """Who sends this request. Raises `ActionRefused` where their platform does not tell what they may read."""
        person = request.scope.get(PERSON)
        local = None if person is not None and not person.operator else (await self._context.visitor(request)).member
        return await viewer_of(request, self.library, local)

    def html(self, template: str, viewer: Viewer, here: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page of the library; `here` is the entry of the side bar that it belongs to."""
        inside = viewer.person.operator or viewer.person.platform != "web"
        context = {"channel": None} | context
        beside = viewer.beside(context["channel"])
        return self._context.html(
            f"library/{template}", status, viewer=viewer, here=here, inside=inside, beside=beside, **context
        )

    def now(self) -> datetime:
        """The present instant."""
        return self._context.site.clock()

    @property
    def access(self) -> AccessStore:
        """The store of feeds and sessions."""
        return self._context.access

    async def thread(self, channel: Channel, ref: MessageRef | None) -> str | None:
        """Where a card's thread is read: on the local channel, or on its platform."""
        if ref is None:
            return None
        if channel.platform == "web":
            return f"/c/{quote(channel.id, safe='')}?thread={ref.message_id}#m-{ref.message_id}"
        return await self.library.message_url(channel, ref)
