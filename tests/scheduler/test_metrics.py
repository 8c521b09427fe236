"""What is counted: calls at the ports, and log records by their action."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.errors import ChatError, ChatRefused, SourceError
from bot.events import ReactionAdded
from bot.model import FetchResult, Post, PostRole
from bot.ports import RateLimit
from bot.rate_limits import InProcessRateLimiter
from scheduler.metric_registry import MetricRegistry
from scheduler.metrics import InstrumentedChat, InstrumentedRateLimiter, InstrumentedSource, Metrics
from tests.factories import ADA, channel, ref
from tests.fake_chat import FakeChat

POST = Post(role=PostRole.HEAD, part=0, blocks=(), plain="This week")
AT = datetime(2026, 8, 17, 9, tzinfo=UTC)


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    metrics = Metrics()
    metrics.start()
    yield metrics
    metrics.stop()


def figure(metrics: Metrics, name: str, **labels: str) -> float | None:
    assert isinstance(metrics.registry, MetricRegistry)
    return metrics.registry.registry.get_sample_value(f"paperround_{name}", labels)


class Answers:
    """A source that gives, or raises, what it is told."""

    def __init__(self, answer) -> None:
        self.answer = answer

    async def fetch(self, since, state):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


async def test_posts(metrics: Metrics) -> None:
    """A message that was sent and one that was refused are counted apart, each timed; the error goes through."""
    fake = FakeChat()
    chat = InstrumentedChat(fake, "fake", metrics)
    await chat.post(channel(), POST, "1")
    fake.faults.refuses = True
    with pytest.raises(ChatRefused):
        await chat.post(channel(), POST, "2")

    assert (1, 1, 2) == (
        figure(metrics, "posts_total", platform="fake", outcome="posted"),
        figure(metrics, "posts_total", platform="fake", outcome="ChatRefused"),
        figure(metrics, "post_seconds_count", platform="fake"),
    )
    assert 1 == figure(metrics, "failures_total", what="post", kind="ChatRefused")


async def test_events(metrics: Metrics) -> None:
    """What a platform tells is counted by kind, and it is known when it last told something; what was not stored, too."""
    fake = FakeChat()
    heard: list[object] = []

    async def sink(event) -> None:
        heard.append(event)
        if len(heard) > 1:
            raise ChatError("fake", "no disk")

    await InstrumentedChat(fake, "fake", metrics).listen(sink)
    event = ReactionAdded(event_id="1", ref=ref(), member=ADA, emoji="⭐", at=AT)
    await fake.repeat(event)
    await fake.repeat(event)

    assert 2 == figure(metrics, "events_received_total", platform="fake", kind="ReactionAdded")
    assert 1 == figure(metrics, "failures_total", what="store", kind="ChatError")
    assert {"fake"} == metrics.last_event.keys()
    assert [event] == fake.undelivered


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (FetchResult(), "ok"),
        (FetchResult(not_modified=True), "unchanged"),
        (SourceError("a", "answered 503"), "failed"),
        (SourceError("a", "answered 410", gone=True), "gone"),
        (SourceError("a", "answered 429", retry_after=60), "asked_to_wait"),
        (ValueError("ours"), "fault"),
        (asyncio.CancelledError(), "broken_off"),
    ],
)
async def test_fetches(metrics: Metrics, answer, outcome: str) -> None:
    """Asking a source is timed by how it went; what went wrong is a failure of that kind."""
    source = InstrumentedSource(Answers(answer), metrics)

    if isinstance(answer, BaseException):
        with pytest.raises(type(answer)) as caught:
            await source.fetch(AT, {})
        assert answer is caught.value
    else:
        assert answer == await source.fetch(AT, {})

    assert 1 == figure(metrics, "fetch_seconds_count", outcome=outcome)
    failures = figure(metrics, "failures_total", what="fetch", kind=outcome)
    assert failures == (None if outcome in {"ok", "unchanged"} else 1)


def test_records(metrics: Metrics) -> None:
    """Records are counted by action though they are not printed; those of an event applied bear its time, a failed job's its error."""
    logger = logging.getLogger("bot.usecases.anything")

    logger.info("One", extra={"action": "event_applied", "seconds": 0.02})
    logger.info("Many", extra={"action": "events_applied", "number": 5, "seconds": 0.2})
    logger.debug("Too small a thing", extra={"action": "digest_waits"})
    logger.info("Without a name")
    logger.error("Failed", exc_info=ValueError("no disk"), extra={"action": "job_failed"})

    assert (6, 2) == (figure(metrics, "events_applied_total"), figure(metrics, "apply_seconds_count"))
    assert 1 == figure(metrics, "actions_total", action="event_applied", level="INFO")
    assert figure(metrics, "actions_total", action="digest_waits", level="DEBUG") is None
    assert 1 == figure(metrics, "failures_total", what="job", kind="ValueError")


async def test_nothing_before_the_start() -> None:
    """A command that nobody asks for metrics takes none, and works all the same."""
    metrics, fake = Metrics(), FakeChat()
    before = [*logging.getLogger("bot").handlers]

    await InstrumentedChat(fake, "fake", metrics).find(channel(), "1", AT)
    metrics.collected()
    metrics.lagged(1)
    await InstrumentedSource(Answers(FetchResult()), metrics).fetch(AT, {})

    assert metrics.registry is None
    assert before == logging.getLogger("bot").handlers


async def test_turns(metrics: Metrics) -> None:
    """How long requests wait for their turn is measured, and how often a platform asked to wait, by platform; the turns are the limiter's."""
    limiter = InstrumentedRateLimiter(InProcessRateLimiter(lambda: 0.0), metrics)
    limit = RateLimit(bucket="slack/T1/chat.postMessage", interval=2)
    assert [0, 2, 4] == [await limiter.reserve(limit) for _ in range(3)]
    await limiter.block("discord/requests", 9)
    assert 9 == await limiter.blocked("discord/requests")

    assert 6 == figure(metrics, "turn_wait_seconds_sum", platform="slack")
    assert 1 == figure(metrics, "throttled_total", platform="discord")
