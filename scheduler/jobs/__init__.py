"""Jobs of the service, a file for each. The schedule itself is in the database: a job only asks what is due."""

from __future__ import annotations

from scheduler.jobs.alerts import alert
from scheduler.jobs.collecting import (
    COLLECT,
    COLLECT_EVERY,
    FRESH,
    ROUND,
    SINCE,
    collect,
    collect_age,
    is_long_ago,
    last_collect,
    reports,
    to_look_again,
)
from scheduler.jobs.delivering import Delivery, deliver_due, digest_now, freeze, go_on, serve_channel
from scheduler.jobs.due_channels import (
    Choice,
    awake,
    awake_or_waiting,
    current_states,
    due,
    due_in_channel,
    every_channel,
    is_any_due,
    may_send,
)
from scheduler.jobs.histories import learn_from_histories
from scheduler.jobs.pauses import LOOK_AGAIN, admitted, channel_news, refused, tell_of_pauses
from scheduler.jobs.periodic import JOBS, Job, tick
from scheduler.jobs.reconciling import begin_round, reconcile
from scheduler.jobs.reminders import send_reminders
from scheduler.jobs.reviews import announce_reviews
from scheduler.jobs.sample import SAMPLE_WEEK, deliver_sample, has_begun
from scheduler.jobs.upkeep import daily, keep_up, renew_tokens, tidy

__all__ = [
    "COLLECT",
    "COLLECT_EVERY",
    "FRESH",
    "JOBS",
    "LOOK_AGAIN",
    "ROUND",
    "SAMPLE_WEEK",
    "SINCE",
    "Choice",
    "Delivery",
    "Job",
    "admitted",
    "alert",
    "announce_reviews",
    "awake",
    "awake_or_waiting",
    "begin_round",
    "channel_news",
    "collect",
    "collect_age",
    "current_states",
    "daily",
    "deliver_due",
    "deliver_sample",
    "digest_now",
    "due",
    "due_in_channel",
    "every_channel",
    "freeze",
    "go_on",
    "has_begun",
    "is_any_due",
    "is_long_ago",
    "keep_up",
    "last_collect",
    "learn_from_histories",
    "may_send",
    "reconcile",
    "refused",
    "renew_tokens",
    "reports",
    "send_reminders",
    "serve_channel",
    "tell_of_pauses",
    "tick",
    "tidy",
    "to_look_again",
]
