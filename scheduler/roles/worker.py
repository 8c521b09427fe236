"""The role that works: it does what is in the queue, of every platform, and listens to nobody."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from bot.errors import StorageError
from bot.ports import JobRequest
from scheduler.bootstrap.pages import live_relay
from scheduler.configuration_precedence import Precedence
from scheduler.jobs.requests import places
from scheduler.jobs.shared import at_start, do, knows
from scheduler.roles.health import LIVE, RoleHealth
from scheduler.roles.process import deferred_at_start, helpers, run_parts
from scheduler.schema_watch import watch_schema
from scheduler.services import Services


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
