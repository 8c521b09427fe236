"""
Recording of metrics: wrappers around each `Chat` and `Source`, and a handler of log records.

The core knows nothing of them. Each `Chat` and each `Source` is put into a wrapper that times its calls; what has no port of
its own (an event applied, a job failed) is read off the log records, whose `action` names are stable (docs/operations.md) and
whose `extra` fields carry the measured values. So nothing in `bot/` or `adapters/` needs to know that anybody counts, and what
is counted is what is logged.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bot.errors import SourceError
from bot.events import ChatEvent
from bot.model import Channel, FetchResult, MessageRef, Post, Snapshot
from bot.ports import Chat, EventSink, NewestFirst, RateLimit, RateLimiter, Source

if TYPE_CHECKING:
    from scheduler.metric_registry import MetricRegistry

LOGGERS: Final = ("bot", "adapters", "scheduler")
"""Our loggers: their records are counted from INFO upwards, whatever of them is printed."""


class Metrics:
    """Records metrics, once it is started: only a service is ever asked for them, and Prometheus' library takes its time to load."""

    def __init__(self) -> None:
        self.registry: MetricRegistry | None = None
        self.last_event: dict[str, float] = {}

    def start(self) -> MetricRegistry:
        """Record from now on, from log records too. Doing it twice is harmless."""
        if self.registry is None:
            from scheduler.metric_registry import MetricRegistry  # noqa: PLC0415 - see above

            self.registry = MetricRegistry()
            self._log_records = LogRecordCounter(self.registry)
            for name in LOGGERS:
                logger = logging.getLogger(name)
                logger.addHandler(self._log_records)
                logger.setLevel(min(logging.INFO, logger.getEffectiveLevel()))
        return self.registry

    def stop(self) -> None:
        """Stop recording from log records."""
        if self.registry is not None:
            for name in LOGGERS:
                logging.getLogger(name).removeHandler(self._log_records)
                logging.getLogger(name).setLevel(logging.NOTSET)
            self.registry = None

    def collected(self) -> None:
        """Count a collect."""
        if self.registry:
            self.registry.collects.inc()

    def fetched(self, outcome: str, seconds: float) -> None:
        """Record how asking one source went, and how long it took."""
        if self.registry:
            self.registry.fetch_seconds.labels(outcome).observe(seconds)
            if outcome not in {"ok", "unchanged"}:
                self.registry.failures.labels("fetch", outcome).inc()

    def posted(self, platform: str, seconds: float, error: BaseException | None) -> None:
        """Record how sending one message went, and how long it took."""
        if self.registry:
            self.registry.posts.labels(platform, "posted" if error is None else type(error).__name__).inc()
            self.registry.post_seconds.labels(platform).observe(seconds)

    def reserved(self, platform: str, seconds: float) -> None:
        """Record how far ahead the turn is that a request got."""
        if self.registry:
            self.registry.turn_wait.labels(platform).observe(seconds)

    def throttled(self, platform: str) -> None:
        """Count that a platform asked us to wait."""
        if self.registry:
            self.registry.throttled.labels(platform).inc()

    def failed(self, what: str, error: BaseException) -> None:
        """Count a failure; its kind is the class of the error."""
        if self.registry:
            self.registry.failures.labels(what, type(error).__name__).inc()

    def received(self, platform: str, event: ChatEvent) -> None:
        """Count an event of a platform."""
        self.last_event[platform] = time.time()
        if self.registry:
            self.registry.received.labels(platform, type(event).__name__).inc()

    def lagged(self, seconds: float) -> None:
        """Record by how much the event loop was late."""
        if self.registry:
            self.registry.loop_lag.observe(seconds)


class LogRecordCounter(logging.Handler):
    """
    Logging handler that counts records by their `action`; of some it reads more:

    `event_applied` and `events_applied`: `seconds` and, for the latter, `number`. `job_failed`: the error's class.
    """

    def __init__(self, registry: MetricRegistry) -> None:
        super().__init__(logging.INFO)
        self._registry = registry

    def emit(self, record: logging.LogRecord) -> None:
        action = getattr(record, "action", None)
        if not isinstance(action, str):
            return
        self._registry.actions.labels(action, record.levelname).inc()
        if action in {"event_applied", "events_applied"}:
            self._registry.applied.inc(getattr(record, "number", 1))
            self._registry.apply_seconds.observe(getattr(record, "seconds", 0.0))
        elif action == "job_failed" and record.exc_info and record.exc_info[0]:
            self._registry.failures.labels("job", record.exc_info[0].__name__).inc()


class InstrumentedChat:
    """Instrumented `bot.ports.Chat`: times the calls of the one inside."""

    def __init__(self, inside: Chat, platform: str, metrics: Metrics) -> None:
        self._inside = inside
        self._platform = platform
        self._meter = metrics

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        with self._failing("post"), _timed(lambda took, error: self._meter.posted(self._platform, took, error)):
            return await self._inside.post(channel, post, key)

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        with self._failing("find"):
            return await self._inside.find(channel, key, since)

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        with self._failing("snapshot"):
            return await self._inside.snapshot(ref)

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        with self._failing("acknowledge"):
            await self._inside.acknowledge(ref, recorded=recorded)

    async def shows_newest_first(self, channel: Channel) -> bool:
        return isinstance(self._inside, NewestFirst) and await self._inside.shows_newest_first(channel)

    async def listen(self, sink: EventSink) -> None:
        async def heard(event: ChatEvent) -> None:
            self._meter.received(self._platform, event)
            with self._failing("store"):
                await sink(event)

        with self._failing("listen"):
            await self._inside.listen(heard)

    async def stop_listening(self) -> None:
        await self._inside.stop_listening()

    async def close(self) -> None:
        await self._inside.close()

    @contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._meter.failed(what, error)
            raise


class InstrumentedRateLimiter:
    """Instrumented `bot.ports.RateLimiter`: how long callers wait for the turns of the one inside, and how often a platform asked to wait."""

    def __init__(self, inside: RateLimiter, metrics: Metrics) -> None:
        self._inside = inside
        self._meter = metrics

    @property
    def shared(self) -> bool:
        return self._inside.shared

    async def reserve(self, limit: RateLimit) -> float:
        wait = await self._inside.reserve(limit)
        self._meter.reserved(_platform(limit.bucket), wait)
        return wait

    async def block(self, bucket: str, seconds: float) -> None:
        self._meter.throttled(_platform(bucket))
        await self._inside.block(bucket, seconds)

    async def blocked(self, bucket: str) -> float:
        return await self._inside.blocked(bucket)

    async def tidy(self) -> None:
        await self._inside.tidy()


def _platform(bucket: str) -> str:
    return bucket.partition("/")[0]


class InstrumentedSource:
    """Instrumented `bot.ports.Source`: times the calls of the one inside."""

    def __init__(self, inside: Source, metrics: Metrics) -> None:
        self._inside = inside
        self._meter = metrics

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        outcome = "ok"

        def told(took: float, error: BaseException | None) -> None:
            self._meter.fetched(_outcome(error) or outcome, took)

        with _timed(told):
            result = await self._inside.fetch(since, state)
            outcome = "unchanged" if result.not_modified else "ok"
            return result


def _outcome(error: BaseException | None) -> str | None:
    """Kind of a failure to fetch; None for none."""
    match error:
        case None:
            return None
        case SourceError(gone=True):
            return "gone"
        case SourceError(retry_after=wait) if wait:
            return "asked_to_wait"
        case SourceError():
            return "failed"
        case Exception():
            return "fault"
    return "broken_off"  # cancelled: it did not come to an end in its time


@contextmanager
def _timed(told: Callable[[float, BaseException | None], None]) -> Iterator[None]:
    """Seconds that something took, and the error that ended it."""
    began = time.perf_counter()
    try:
        yield
    except BaseException as error:
        told(time.perf_counter() - began, error)
        raise
    told(time.perf_counter() - began, None)
