"""Prometheus metrics of the process. docs/operations.md says what each means; a test compares the two."""

from __future__ import annotations

import contextlib
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

_POST: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_FETCH: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60, 180)
_APPLY: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_TURN: Final = (0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60)
_LAG: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

_POOLS: Final = {
    "deliveries": "Channels that are being served, or wait for it",
    "reminders": "Members who are being reminded, or wait for it",
    "reviews": "Channels whose digest is being shown to its editors, or waits for it",
    "backfills": "Channels whose past is being read, or waits for it",
    "look_backs": "Channels that are being looked back at, or wait for it",
}
"""The pools of a process (`Services.pools_by_name`), with what is in each."""


class MetricRegistry:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        # A second series for each, which only OpenMetrics has a use for; the library gives the function no types.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.build = Info("paperround_build", "Which Paper Round this is", registry=registry)
        self.collects = Counter("paperround_collects", "Rounds of asking sources", registry=registry)
        self.fetch_seconds = Histogram(
            "paperround_fetch_seconds", "Asking one source", ["outcome"], buckets=_FETCH, registry=registry
        )
        self.posts = Counter("paperround_posts", "Messages sent", ["platform", "outcome"], registry=registry)
        self.post_seconds = Histogram(
            "paperround_post_seconds", "Sending one message", ["platform"], buckets=_POST, registry=registry
        )
        self.received = Counter(
            "paperround_events_received", "What platforms told us", ["platform", "kind"], registry=registry
        )
        self.applied = Counter("paperround_events_applied", "Events that were applied", registry=registry)
        self.apply_seconds = Histogram(
            "paperround_apply_seconds", "Applying what is taken together", buckets=_APPLY, registry=registry
        )
        self.failures = Counter("paperround_failures", "What failed, by kind", ["what", "kind"], registry=registry)
        self.actions = Counter("paperround_actions", "Log records by action", ["action", "level"], registry=registry)
        self.loop_lag = Histogram(
            "paperround_loop_lag_seconds", "By how much the event loop was late", buckets=_LAG, registry=registry
        )
        self.paused = Gauge("paperround_channels_paused", "Channels in which nothing is posted now", registry=registry)
        self.waiting = Gauge("paperround_inbox_waiting", "Events stored and not applied", registry=registry)
        self.oldest = Gauge("paperround_inbox_oldest_seconds", "Age of the oldest of them", registry=registry)
        self.turn_wait = Histogram(
            "paperround_turn_wait_seconds",
            "Wait for a turn to ask a platform",
            ["platform"],
            buckets=_TURN,
            registry=registry,
        )
        self.throttled = Counter(
            "paperround_throttled", "Refusals with a time to wait", ["platform"], registry=registry
        )
        self.pools = {
            name: (
                Gauge(f"paperround_{name}", what, ["platform", "state"], registry=registry),
                Gauge(
                    f"paperround_{name}_bound",
                    "How many of them there may be",
                    ["platform", "state"],
                    registry=registry,
                ),
            )
            for name, what in _POOLS.items()
        }
        self.heard = Gauge(
            "paperround_heard", "Events that were heard and are not stored", ["platform", "state"], registry=registry
        )
        self.heard_bound = Gauge(
            "paperround_heard_bound", "How many of them there may be", ["platform", "state"], registry=registry
        )
        self.failing_workspaces = Gauge(
            "paperround_workspaces_failing", "Workspaces whose platform failed last", ["platform"], registry=registry
        )
        self.jobs = Gauge(
            "paperround_jobs", "Jobs in a queue of background work", ["queue", "state"], registry=registry
        )
        self.job_bound = Gauge(
            "paperround_jobs_bound", "How many jobs may wait in that queue", ["queue"], registry=registry
        )
        self.last_collect = Gauge(
            "paperround_last_collect_timestamp_seconds", "When a source last answered", registry=registry
        )
        self.ready = Gauge("paperround_ready", "1 if this part works, else 0", ["part"], registry=registry)

    def forget_part(self, part: str) -> None:
        """Tell of a part no more whether it works."""
        with contextlib.suppress(KeyError):
            self.ready.remove(part)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
