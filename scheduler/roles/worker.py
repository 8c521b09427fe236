"""The role that works: it does what is in the queue, of every platform, and listens to nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from bot.errors import StorageError
from bot.ports import JobRequest
from scheduler.bootstrap.pages import live_relay
from scheduler.bootstrap.platforms import platforms_in_use
from scheduler.configuration_precedence import Precedence
from scheduler.jobs.requests import places
from scheduler.jobs.shared import at_start, do, knows
from scheduler.roles.health import LIVE, RoleHealth
from scheduler.roles.process import deferred_at_start, helpers, run_parts
from scheduler.schema_watch import watch_schema
from scheduler.services import Services

logger = logging.getLogger(__name__)


async def worker(
    services: Services,
    concurrency: int,
    machines: Callable[[RoleHealth], Mapping[str, Coroutine[Any, Any, None]]],
    say: Callable[[str], None],
) -> None:
    """Work until a signal comes; what is under way then gets some seconds, and is done by another worker if it needs more."""
    services.serve_at_once(concurrency)
    health = RoleHealth(services, [], needs_queue=True, is_idle=lambda: precedence.stands_by)
    served = machines(health)  # first: where its port is taken, or needs a password, nothing else is begun
    precedence = Precedence(services)
    say(f"Working, on {concurrency} channels of each platform at once.   (Ctrl-C stops it)")

    async def done(job: JobRequest) -> None:
        try:
            await do(services, job)
        except StorageError:
            health.did_job(reached=False)
            raise
        health.did_job(reached=True)

    async def work() -> None:
        await services.shared_queue().work(done, places(services, concurrency), knows)

    await warn_of_platforms_left_out(services)
    await deferred_at_start(services, *at_start())
    await run_parts(
        {
            "schema": watch_schema(services),
            "jobs": precedence.working(work),
            "precedence of configuration files": precedence.watch(),
            **served,
        },
        {LIVE: live_relay(services, only_tells=True).run(), **helpers(services, health)},
        say,
    )


async def warn_of_platforms_left_out(services: Services) -> None:
    """Say of each platform in use whose secrets this process was not given that it does nothing there: what is due waits for a worker that was."""
    try:
        in_use = await platforms_in_use(services)
    except StorageError:
        return  # whoever needs the database says so
    for platform in in_use:
        if platform not in services.platforms:
            logger.warning(
                "Nothing is done on %s by this worker, which was not given its token: what is due there waits for one that was. %s",
                platform,
                services.remedy(platform),
                extra={"action": "platform_left_out", "platform": platform},
            )
