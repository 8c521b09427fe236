"""Pages of weeks and works: the index of weeks, one week, what was left out of it, and a work with everything that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.web.channel.validation import ActionRefused
from adapters.web.http.sessions import LIBRARY
from adapters.web.library.channels import ChannelsPage
from adapters.web.library.context import LibraryContext
from adapters.web.library.feeds import Feeds
from adapters.web.library.frame import Frame
from adapters.web.library.people import People
from adapters.web.library.search import SearchPage
from adapters.web.library.settings import SettingsPage
from adapters.web.library.statistics import StatisticsPages
from bot.card import source_names
from bot.channel_sources import shown_to
from bot.exporting import doi_of, venue_of
from bot.model import Channel
from bot.periods import is_period
from bot.usecases.library import WeekView
from bot.usecases.source_names import names_of_sources

if TYPE_CHECKING:
    from adapters.web.pages.context import PageContext


class LibraryPages:
    """The GET routes of weeks and works, and the routes of every other page of the library."""

    def __init__(self, context: PageContext, library: LibraryContext) -> None:
        self._frame = Frame(context, library)
        self._library = library.library
        others = (ChannelsPage, People, SearchPage, StatisticsPages, SettingsPage, Feeds)
        self._others = [route for page in others for route in page(self._frame).routes()]

    def routes(self) -> list[Route]:
        """The routes."""
        channel = f"{LIBRARY}/c/{{channel}}"
        return [
            Route(LIBRARY, self.first),
            *self._others,
            Route(channel, self.weeks),
            Route(f"{channel}/{{week}}", self.week),
            Route(f"{channel}/{{week}}/left-out", self.left_out),
            Route(f"{LIBRARY}/item/{{key:path}}", self.item),
        ]

    async def first(self, request: Request) -> Response:
        """The weeks of the first channel that one may read."""
        viewer = await self._frame.viewer(request)
        if not viewer.channels:
            return self._frame.html("nothing.html", viewer, "weeks")
        return await self.weeks(request)

    async def weeks(self, request: Request) -> Response:
        """The weeks of a channel, newest first, a quarter at a time."""
        viewer = await self._frame.viewer(request)
        name = request.path_params.get("channel")
        channel = viewer.channel(name) if name else viewer.channels[0]
        before = request.query_params.get("before")
        shown, more = await self._library.weeks(channel, before=before if before and is_period(before) else None)
        coming = self._frame.library.next_digest
        return self._frame.html(
            "weeks.html",
            viewer,
            "weeks",
            channel=channel,
            weeks=shown,
            more=more,
            before=before,
            coming=await coming(channel) if coming else "",
        )

    async def week(self, request: Request) -> Response:
        """One week: its picks with what became of them, what else there was, and where it came from."""
        viewer = await self._frame.viewer(request)
        channel, found = await self._week(request, viewer.channel(request.path_params["channel"]))
        threads = {one.key: await self._frame.thread(channel, one.card) for one in (*found.picks, *found.asked)}
        return self._frame.html(
            "week.html",
            viewer,
            "weeks",
            channel=channel,
            week=found,
            threads=threads,
            names=source_names(found.digest),
            zone=ZoneInfo(channel.zone),
        )

    async def left_out(self, request: Request) -> Response:
        """The next hundred works of a week, by rank."""
        viewer = await self._frame.viewer(request)
        channel, found = await self._week(request, viewer.channel(request.path_params["channel"]))
        return self._frame.html(
            "left_out.html", viewer, "weeks", channel=channel, week=found, names=source_names(found.digest)
        )

    async def item(self, request: Request) -> Response:
        """A work, with everything that is known of it in the channels that one may read."""
        viewer = await self._frame.viewer(request)
        found = await self._library.item(request.path_params["key"], viewer.channels)
        if found is None:
            raise ActionRefused("There is no such work here, as far as you may read.", 404)
        specs = shown_to(viewer.channels, await self._frame.library.specs())
        async with self._frame.library.reading() as uow:
            names = await names_of_sources(specs, uow)
        threads = [(one, await self._frame.thread(one.channel, one.card)) for one in found.brought]
        channels = {channel.name: channel for channel in viewer.channels}
        return self._frame.html(
            "item.html",
            viewer,
            "weeks",
            found=found,
            names=names,
            brought=threads,
            channels=channels,
            doi=doi_of(found.item),
            venue=venue_of(found.item),
        )

    async def _week(self, request: Request, channel: Channel) -> tuple[Channel, WeekView]:
        found = await self._library.week(channel, request.path_params["week"])
        if found is None:
            raise ActionRefused("There is no digest of that week here.", 404)
        return channel, found
