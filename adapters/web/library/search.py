"""The search page: a question in the language of `bot.search.query`, and the works and words that answer it."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.web.http.sessions import LIBRARY
from adapters.web.library.frame import Frame, page_number
from bot.errors import UsageError
from bot.usecases.search import AT_ONCE, search

_LONGEST: Final = 400

EXAMPLES: Final = (
    ("reward models", "both words, in any form and place"),
    ('"reward models"', "the phrase, word for word"),
    ("robot*", "whatever begins so"),
    ("agents -browser", "the one without the other"),
    ("by:ada", "what somebody decided on or wrote of, by a name of theirs"),
    ("decision:must-read", "must-read, to-read, read or skip"),
    ("source:import-ai", 'what a source spoke of, by its id or its name, as in source:"Import AI"'),
    ("week:2026-W30..2026-W34", "what was sent in these weeks, or in one"),
    ("has:summary", "what has words of the team; has:code is what has code"),
)
"""Questions that show the language, each with what it finds."""


class SearchPage:
    """The route of the search."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[Route]:
        """The route."""
        return [Route(f"{LIBRARY}/search", self.show)]

    async def show(self, request: Request) -> Response:
        """The form, and what the question found, twenty at a time."""
        viewer = await self._frame.viewer(request)
        text = request.query_params.get("q", "")[:_LONGEST].strip()
        page = page_number(request)
        found, problem = None, None
        if text:
            names = frozenset(channel.name for channel in viewer.channels)
            try:
                asker = (viewer.platform, viewer.member.id) if viewer.member else None
                found = await search(
                    text,
                    viewer.channels,
                    names,
                    self._frame.library.reading,
                    skip=(page - 1) * AT_ONCE,
                    asker=asker,
                    specs=await self._frame.library.specs(),
                )
            except UsageError as error:
                problem = str(error)
        return self._frame.html(
            "search.html",
            viewer,
            "search",
            text=text,
            found=found,
            problem=problem,
            page=page,
            examples=EXAMPLES,
        )
