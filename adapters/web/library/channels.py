"""The page of all channels that one may read, to be searched by name: the side bar has no room for very many."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.web.http.sessions import LIBRARY
from adapters.web.library.frame import Frame, page_number

A_PAGE: Final = 100
"""How many channels are on one page."""

_LONGEST: Final = 100


class ChannelsPage:
    """The route of the page of channels."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[Route]:
        """The route."""
        return [Route(f"{LIBRARY}/channels", self.show)]

    async def show(self, request: Request) -> Response:
        """The channels that one may read, or those whose name has some letters in it, so many at a time."""
        viewer = await self._frame.viewer(request)
        text = request.query_params.get("q", "").strip().lstrip("#").casefold()[:_LONGEST]
        found = [one for one in viewer.channels if text in one.name.casefold()]
        pages = max(1, -(-len(found) // A_PAGE))
        page = min(page_number(request), pages)
        shown = found[(page - 1) * A_PAGE : page * A_PAGE]
        return self._frame.html(
            "channels.html", viewer, "channels", found=shown, text=text, number=len(found), page=page, pages=pages
        )
