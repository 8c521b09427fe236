"""
The server's clock, by which jobs wait and workers live: what was noted by it before it was set back is brought into line with it.

Else a worker that died just before would count as alive until the clock has caught up, and a job that waits, with all that is asked for meanwhile under its
key, would wait as much longer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from procrastinate import BaseConnector

logger = logging.getLogger(__name__)

NOTICED: Final = timedelta(seconds=1)
"""From how much on a clock that lags behind the time that passed was set back: less is the way there and back, and how a clock is slewed."""

# Whoever lives beats again within seconds; whoever does not is found by its lease from now on.
_WORKERS: Final = """
WITH ahead AS (UPDATE procrastinate_workers SET last_heartbeat = now() WHERE last_heartbeat > now())
SELECT clock_timestamp() AS now
"""

# When a job was put in, or put back, is noted beside it, and is then as much too late. Set to now, it is brought into line once.
_JOBS: Final = """
WITH before AS (
    SELECT jobs.id, scheduled_at - put_in.at AS wait FROM procrastinate_jobs AS jobs
    CROSS JOIN LATERAL (SELECT max(at) AS at FROM procrastinate_events WHERE job_id = jobs.id AND type <> 'scheduled') AS put_in
    WHERE status = 'todo' AND scheduled_at > now() AND put_in.at > now()
    FOR UPDATE OF jobs SKIP LOCKED
), noted AS (
    UPDATE procrastinate_events AS events SET at = now() FROM before
    WHERE job_id = before.id AND type <> 'scheduled' AND at > now()
)
UPDATE procrastinate_jobs AS jobs SET scheduled_at = now() + greatest(wait, interval '0') FROM before WHERE jobs.id = before.id
RETURNING jobs.id
"""


class ServerClock:
    """Notices that the server's clock was set back, and brings into line what was noted by it before."""

    def __init__(self, connector: BaseConnector, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._connector = connector
        self._monotonic = monotonic
        self._seen: tuple[float, datetime] | None = None

    async def bring_into_line(self) -> None:
        """
        Do so for the workers, and, the first time and wherever the clock was set back since the last time, for the jobs that wait: these are many. Of two
        processes that do it the second one finds nothing.
        """
        asked = self._monotonic()
        (row,) = await self._connector.execute_query_all_async(_WORKERS)
        if not self._was_set_back(asked, row["now"]):
            return
        moved = await self._connector.execute_query_all_async(_JOBS)
        if moved:
            logger.warning(
                "The database's clock was set back: %s jobs that wait for their time do so from now on, for as long as they were to",
                len(moved),
                extra={"action": "jobs_rescheduled", "number": len(moved)},
            )

    def _was_set_back(self, asked: float, now: datetime) -> bool:
        """Whether the clock was set back since the last question; also at the first one, for it may have been before."""
        seen, self._seen = self._seen, (self._monotonic(), now)
        return seen is None or now - seen[1] < timedelta(seconds=asked - seen[0]) - NOTICED
