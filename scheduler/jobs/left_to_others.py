"""Jobs that a worker leaves to another one: those about a workspace whose stored token it cannot decrypt (`scheduler.missing_keys`)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.model import MessageRef
from bot.ports import JobRequest
from scheduler.jobs.requests import about_platform
from scheduler.missing_keys import undecryptable
from scheduler.services import Services

AGAIN: Final = timedelta(seconds=2)
"""After how long a job may be taken again that this process left to another one. It doubles, for it may be this one that takes it, or nobody has the key."""

LONGEST: Final = timedelta(seconds=30)

_BY_SUBJECT: Final = frozenset({"digest", "review", "backfill"})
_BY_ARGUMENT: Final = frozenset({"cards", "reconcile_channel"})
"""The jobs about one channel: those whose subject it is, and those that are told it."""


async def left_to_others(services: Services, job: JobRequest) -> bool:
    """Put a job back that is about a workspace whose token this process cannot decrypt; tell whether it was. Raises `StorageError`."""
    platform = next((name for name in services.platforms if about_platform(job, name)), "")
    # Most often all are known here, and nothing more is asked.
    if not (sealed := await undecryptable(services, platform)) or await _workspace(services, job) not in sealed:
        services.left.pop(job.key, None)
        return False
    times = services.left[job.key] = services.left.get(job.key, 0) + 1
    wait = min(LONGEST, AGAIN * 2 ** min(times - 1, 10))
    await services.shared_queue().defer(job, wait=wait / services.speed)
    return True


async def _workspace(services: Services, job: JobRequest) -> str | None:
    """The workspace that a job is about; None for one that is about none, or about a channel that is served no more."""
    told = job.arguments.get("workspace")
    if isinstance(told, str):
        return told
    if job.name in _BY_SUBJECT:
        name: object = job.subject
    elif job.name in _BY_ARGUMENT:
        name = job.arguments["channel"]
    elif job.name == "redraw":
        where = job.arguments
        ref = MessageRef(
            platform=str(where["platform"]), channel_id=str(where["channel"]), message_id=str(where["message"])
        )
        async with services.reading() as uow:
            posting = await uow.postings.at(ref)
        name = posting.channel if posting else ""
    else:
        return None
    return next((one.workspace for one in await services.current_channels() if one.name == name), None)
