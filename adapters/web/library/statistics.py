"""Pages of figures: a channel's weeks, the thirty-second rule and its topics; and what each source yields."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.web.http.sessions import LIBRARY
from adapters.web.library.charts import (
    STAGES,
    bar,
    columns,
    interval,
    lines_over_weeks,
    share_over_weeks,
    stacked_weeks,
)
from adapters.web.library.frame import Frame
from adapters.web.library.viewer import Viewer
from bot.channel_sources import shown_to
from bot.model import Channel
from bot.text import counted
from bot.usecases.figures import Figures, channel_figures
from bot.usecases.quality import quality_of
from bot.usecases.sources import states
from bot.usecases.stats import channel_stats, exploration_in_words

_WEEKS: Final = 26


class StatisticsPages:
    """The routes of figures."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(f"{LIBRARY}/c/{{channel}}/statistics", self.show),
            Route(f"{LIBRARY}/c/{{channel}}/sources", self.sources),
        ]

    async def show(self, request: Request) -> Response:
        """A channel's last half year in figures, and one's own."""
        viewer = await self._frame.viewer(request)
        channel = viewer.channel(request.path_params["channel"])
        found = await self._figures(channel, viewer)
        weeks = found.weeks[-_WEEKS:]
        names = [one.week for one in weeks]
        shares = [one.wanted_and_summarised / one.wanted if one.wanted else None for one in weeks]
        title = "Of the works that somebody marked, the share with a summary"
        library = self._frame.library
        (sums,) = await channel_stats([channel], library.reading, self._frame.now, library.library.facts)
        explored = sums.exploration
        quality = await quality_of(channel, library.reading) if found.enough else ()
        return self._frame.html(
            "statistics.html",
            viewer,
            "statistics",
            channel=channel,
            found=found,
            exploration=exploration_in_words(sums),
            estimate=interval(explored.estimate, "Of such works, the share that you would like")
            if explored.estimate
            else "",
            explored=explored,
            quality=quality,
            quality_rows=[
                (one.week, f"{one.ours:.2f}", f"{one.by_votes:.2f}", f"{one.newest_first:.2f}") for one in quality
            ],
            quality_drawn=lines_over_weeks(
                [one.week for one in quality],
                {"as chosen": [one.ours for one in quality], "by votes": [one.by_votes for one in quality]},
                "How well the works that you wanted were ranked, nDCG at ten",
            ),
            weeks=weeks,
            stages=STAGES,
            week_rows=[(one.week, *one.stages) for one in weeks],
            rule_rows=[(one.week, one.wanted, one.wanted_and_summarised) for one in weeks],
            bars=stacked_weeks(names, [one.stages for one in weeks]),
            rule=share_over_weeks(names, shares, title),
            topics={
                topic: (
                    sum(counts),
                    columns(
                        counts[-_WEEKS:], f"{topic}: {counted(sum(counts), 'work')} over {counted(len(counts), 'week')}"
                    ),
                )
                for topic, counts in found.topics.items()
            },
        )

    async def sources(self, request: Request) -> Response:
        """What each source brought to a channel and what came of it, with how the source stands."""
        viewer = await self._frame.viewer(request)
        channel = viewer.channel(request.path_params["channel"])
        found = await self._figures(channel, viewer)
        specs = shown_to([channel], await self._frame.library.specs())
        known = {one.spec.id: one for one in await states(specs, self._frame.library.reading)}
        most = max((one.shown for one in found.sources), default=0)
        rows = [(one, bar(one.shown, most, f"shown {one.shown}"), known.get(one.source)) for one in found.sources]
        silent = [
            one
            for one in known.values()
            if one.spec.enabled and one.spec.id not in {row.source for row in found.sources}
        ]
        return self._frame.html(
            "sources.html", viewer, "sources", channel=channel, rows=rows, silent=silent, found=found
        )

    async def _figures(self, channel: Channel, viewer: Viewer) -> Figures:
        own = viewer.member.id if viewer.member and viewer.platform == channel.platform else None
        library = self._frame.library
        return await channel_figures(channel, library.reading, library.library.facts, member_id=own)
