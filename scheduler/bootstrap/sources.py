"""Sources of works: built when they are asked, with one fetcher and one parser under them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from bot.model import SourceSpec
from bot.ports import FeedFinder, RateLimiter, Source, WorkFinder
from scheduler.metrics import InstrumentedSource
from scheduler.services import Services

if TYPE_CHECKING:
    from adapters.sources.build import SourceFactory
    from adapters.sources.http.pacing import HostPacing

HOME: Final = "https://github.com/paperround/paperround"
"""Address in the User-Agent, where an operator who sees us in the logs can read who we are."""


@contextlib.asynccontextmanager
async def open_sources(
    services: Services, specs: Sequence[SourceSpec], full: Collection[str]
) -> AsyncIterator[Mapping[str, Source]]:
    """Build the enabled sources among `specs` with one fetcher and one parser under them; close both at the end."""
    task = asyncio.current_task()
    async with _source_factory(services) as factory:
        if task:
            services.asking.add(task)
        try:
            yield {
                spec.id: InstrumentedSource(factory.source(spec, full=spec.id in full), services.metrics)
                for spec in specs
                if spec.enabled
            }
            services.metrics.collected()
        finally:
            if task:
                services.asking.discard(task)


@contextlib.asynccontextmanager
async def open_finder(services: Services) -> AsyncIterator[FeedFinder]:
    """Build what finds the feeds of a page; closed at the end."""
    from adapters.sources.discover import Finder  # noqa: PLC0415

    async with _source_factory(services) as factory:
        yield Finder(factory.fetcher, factory.parser)


@contextlib.asynccontextmanager
async def open_works(services: Services) -> AsyncIterator[WorkFinder]:
    """Build what looks works up by their address or title; closed at the end."""
    from adapters.sources.lookup import Lookup  # noqa: PLC0415

    async with _source_factory(services) as factory:
        yield Lookup(factory.fetcher, factory.parser)


@contextlib.asynccontextmanager
async def _source_factory(services: Services) -> AsyncIterator[SourceFactory]:
    """Build the factory of sources, with its fetcher and parser; closed at the end."""
    from adapters.sources.build import SourceFactory  # noqa: PLC0415
    from adapters.sources.http.request import user_agent  # noqa: PLC0415

    fetch = services.settings.fetch
    factory = SourceFactory(
        services.clock,
        fetch,
        agent=fetch.user_agent or user_agent(version("paperround"), HOME, fetch.contact or ""),
        secrets=services.settings.secrets(),
        pacing=services.pacing,
    )
    try:
        yield factory
    finally:
        await factory.aclose()


def source_pacing(limiter: RateLimiter) -> HostPacing:
    """Build what keeps the pace of each host that sources ask."""
    from adapters.sources.http.pacing import HostPacing  # noqa: PLC0415 - `--help` does without

    return HostPacing(limiter=limiter)


def sample_specs() -> tuple[SourceSpec, ...]:
    """The sources of the sample week, which ask nobody."""
    from adapters.sources.kinds.sample import specs  # noqa: PLC0415

    return specs()
