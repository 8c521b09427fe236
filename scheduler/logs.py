"""
Logging: a sentence and a stable action name, on standard error, with secrets redacted.

Our modules log through the standard library and put facts into `extra`; structlog renders them, for a person on a terminal and
as JSON lines elsewhere.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Collection, MutableMapping
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote

import structlog

from bot.errors import PaperRoundError
from bot.log_repeats import OnceAMinute

# Slack's and Discord's tokens, authorization headers, tokens and feed keys in addresses, and passwords before a host.
_SECRETS: Final = re.compile(
    r"xox[abeprs]-[\w-]+|xapp-[\w-]+|xoxe\.[\w.-]+|(?i:bearer|basic|bot)\s+[\w.\-~+/]{12,}=*|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}"
    r"|(?<=[?&])(?i:feed|token|key|access_token|api_key|user)=[^&\s\"']+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
_WARNING_ONLY: Final = (
    "procrastinate",
    "httpx",
    "httpcore",
    "apscheduler",
    "uvicorn",
    "aiosqlite",
    "slack_sdk",
    "slack_bolt",
    "discord",
    "stamina",
)
_HIDDEN: Final = "[hidden]"


_ERROR_ONLY: Final = ("psycopg",)
"""Warns of each attempt to connect while the database is away, and of each that it breaks off; whoever needed the connection says so with an action."""


def _in_our_words(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """
    Put the sentence of an error of ours in place of its traceback, wherever it was caught: it says what is wrong and what to do, and where it was
    raised is no news.
    """
    told = event.get("exc_info")
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, PaperRoundError):
        del event["exc_info"]
        if str(error) not in event["event"]:
            event["event"] = f"{event['event']}: {error}"
    return event


def _shapes(secret: str) -> tuple[str, ...]:
    """A secret as it is, and as it looks in JSON, in an address and in libpq's own way to write one."""
    escaped = secret.replace("\\", "\\\\").replace("'", "\\'")
    return secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe=""), escaped


class Redaction:
    """Redacts what looks like a secret, and what is known to be one, in everything that is logged."""

    def __init__(self, known: Collection[str] = ()) -> None:
        # Short ones are left: hiding every "on" would tell more than it hides.
        long_ones = {secret for secret in known if len(secret) > 5}  # noqa: PLR2004
        shapes = {shape for one in long_ones for shape in _shapes(one)}
        self._known = sorted(shapes, key=len, reverse=True)

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = self.text(value)
        return event

    def line(self, _logger: object, _method: str, line: Any) -> str:
        """A rendered line without its secrets."""
        return self.text(str(line))

    def text(self, text: str) -> str:
        """A text without its secrets."""
        for secret in self._known:
            text = text.replace(secret, _HIDDEN)
        return _SECRETS.sub(_HIDDEN, text)


def configure(level: str, secrets: Collection[str] = ()) -> None:
    """
    Send every log record to standard error, from `level` upwards, without `secrets` or what looks like one.

    Errors of ours are told by their sentence; their traceback is there at DEBUG alone.
    Libraries that log addresses or whole answers (httpx at INFO, slack_sdk at DEBUG; docs/platform-facts.md#e5) are kept at WARNING
    whatever the level.
    """
    redaction = Redaction(secrets)
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([] if level == "DEBUG" else [_in_our_words]),
        structlog.processors.format_exc_info,
        redaction,
    ]
    person = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if person else structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(sys.stderr)
    # Each job of a worker meets the same outage every ten seconds.
    handler.addFilter(OnceAMinute(actions={"job_failed"}))
    handler.setLevel(level)  # records below it may be made all the same, to be counted (scheduler.metrics)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            # Once more as the line stands: a fact may be a mapping, or something whose repr tells too much.
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer, redaction.line],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    _guard_tracebacks(redaction)
    for name in _WARNING_ONLY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _ERROR_ONLY:
        logging.getLogger(name).setLevel(logging.ERROR)


def _guard_tracebacks(redaction: Redaction) -> None:
    """Redact what Python itself writes of an uncaught error, on the main thread or another."""

    def tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        sys.stderr.write(redaction.text("".join(traceback.format_exception(kind, error, trace))))

    sys.excepthook = tell
    threading.excepthook = lambda told: tell(told.exc_type, told.exc_value, told.exc_traceback)
