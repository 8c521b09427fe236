"""
Messages for faults of the settings: each says what is wrong and what would be right, with an example.

pydantic's own words are for who writes the models ('Input should be a valid tuple'), so none of them is passed on.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from bot.channel_fields import InvalidValue
from bot.errors import Fault

EXAMPLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "channels": "[[channels]]",
        "channels.name": 'name = "reading-group"',
        "channels.platform": 'platform = "web"',
        "channels.id": 'id = "C0123ABCD"',
        "channels.team": 'team = "T0123ABCD"',
        "channels.zone": 'zone = "Europe/Berlin"',
        "channels.weekday": 'weekday = "friday"',
        "channels.time": 'time = "16:30"',
        "channels.budget_minutes": "budget_minutes = 45",
        "channels.catch_up_hours": "catch_up_hours = 24",
        "channels.half_life_weeks": "half_life_weeks = 26",
        "channels.names": 'names = "counts"',
        "channels.explore": "explore = 0.3",
        "channels.classics": 'classics = "own"',
        "channels.rhythm": 'rhythm = "twice a week"',
        "channels.alerts": "alerts = true",
        "channels.pictures": "pictures = true",
        "channels.review": 'review = "12h"',
        "channels.editors": 'editors = ["T0123ABCD:U0123ABCD"]',
        "channels.layout": 'layout = "compact"',
        "channels.triage": 'triage = "buttons"',
        "channels.follow": 'follow = ["author: Percy Liang"]',
        "channels.mute": 'mute = ["word: crypto"]',
        "channels.topics": 'topics = ["reward models", "agent safety"]',
        "channels.description": 'description = "We study oversight of language models."',
        "channels.sources": 'sources = ["arxiv", "huggingface"]',
        "channels.emoji": 'emoji = {"🔥" = "must-read"}',
        "sources": "[sources.arxiv]",
        "fetch": "[fetch]",
        "fetch.allow_private": "allow_private = true",
        "fetch.deadline_seconds": "deadline_seconds = 30",
        "fetch.max_megabytes": "max_megabytes = 10",
        "fetch.at_once": "at_once = 8",
        "fetch.user_agent": 'user_agent = "our-reader/1.0"',
        "fetch.contact": 'contact = "library@example.org"',
        "chat": "[chat]",
        "chat.who": 'who = "anyone"',
        "chat.max_channels": "max_channels = 20",
        "chat.workspaces": 'workspaces = ["T0123ABCD"]',
        "web": "[web]",
        "web.host": 'host = "0.0.0.0"',
        "web.port": "port = 8080",
        "web.url": 'url = "https://papers.example.org"',
        "web.hosts": 'hosts = ["papers.example.org"]',
        "web.proxies": 'proxies = ["10.0.0.0/8"]',
        "schedule": "[schedule]",
        "schedule.spread_minutes": "spread_minutes = 30",
        "reconcile": "[reconcile]",
        "reconcile.weeks": "weeks = 10",
        "retention": "[retention]",
        "retention.entry_weeks": "entry_weeks = 26",
        "retention.member_weeks": "member_weeks = 104",
        "summaries": "[summaries]",
        "summaries.least_letters": "least_letters = 20",
        "emoji": 'emoji = {"⭐" = "must-read"}',
        "PAPERROUND_NOW": "PAPERROUND_NOW=2026-08-17T09:00:00+00:00",
        "PAPERROUND_LOG_LEVEL": "PAPERROUND_LOG_LEVEL=INFO",
        "ZOTERO_KEY": "ZOTERO_KEY=P9NiFoyLeZu2bZNvvuQPDWsd",
        "LLM_BASE_URL": "LLM_BASE_URL=http://127.0.0.1:11434/v1",
        "LLM_MODEL": "LLM_MODEL=llama3.1:8b",
        "LLM_WEEKLY_TOKENS": "LLM_WEEKLY_TOKENS=200000",
    }
)
"""How each setting is written, by table and key. A test holds the page on settings against it."""

_NO_WHOLE_NUMBER: Final = ("no whole number", "Write digits without quotes, like {example}")
_NO_NUMBER: Final = ("no number", "Write a number without quotes, like {example}")
_NO_TRUTH: Final = ("neither true nor false", "Write one of the two without quotes, like {example}")
_NO_TABLE: Final = ("no table", "Write a table, like {example}")
_NONE_OF_THESE: Final = ("none of {expected}", "Write one of them, like {example}")
_NO_INSTANT: Final = ("no instant", "Write date, time and offset, like {example}")

PLAIN: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "missing": ("missing", "Add it, like {example}"),
        "tuple_type": ("no list", "Write a list, like {example}"),
        "dict_type": _NO_TABLE,
        "model_type": _NO_TABLE,
        "string_type": ("no text", "Write text in quotes, like {example}"),
        "string_unicode": ("not readable as UTF-8", "Write it in UTF-8, like {example}"),
        "string_too_long": ("longer than {max_length} characters", "Write fewer, like {example}"),
        "enum": _NONE_OF_THESE,
        "literal_error": _NONE_OF_THESE,
        "int_type": _NO_WHOLE_NUMBER,
        "int_parsing": _NO_WHOLE_NUMBER,
        "int_parsing_size": _NO_WHOLE_NUMBER,
        "int_from_float": _NO_WHOLE_NUMBER,
        "finite_number": _NO_WHOLE_NUMBER,
        "float_type": _NO_NUMBER,
        "float_parsing": _NO_NUMBER,
        "bool_type": _NO_TRUTH,
        "bool_parsing": _NO_TRUTH,
        "greater_than": ("not more than {gt:g}", "Write more than {gt:g}, like {example}"),
        "greater_than_equal": ("not {ge:g} or more", "Write {ge:g} or more, like {example}"),
        "less_than_equal": ("not {le:g} or less", "Write {le:g} or less, like {example}"),
        "datetime_parsing": _NO_INSTANT,
        "datetime_from_date_parsing": _NO_INSTANT,
    }
)
"""The kinds of error that our models raise (https://docs.pydantic.dev/latest/errors/validation_errors/), in our words."""

_UNKNOWN_KIND: Final = ("not what belongs here", "Write it like {example}")


def faults_of(error: ValidationError, keys: Mapping[str, Sequence[str]]) -> list[Fault]:
    """Translate pydantic's errors to faults. `keys` names the keys that each table knows."""
    return [_fault(detail, keys) for detail in error.errors(include_input=False, include_url=False)]


def platform_faults_of(error: ValidationError, platform: str, examples: Mapping[str, str]) -> list[Fault]:
    """Translate pydantic's errors in a platform's settings to faults. `examples` shows how each key of its table is written."""
    found = []
    for detail in error.errors(include_input=False, include_url=False):
        location = tuple(part for part in detail["loc"] if part != "[key]")
        name = str(location[0])
        inside = name in examples
        fault = _fault({**detail, "loc": location}, {}, examples.get(name))
        found.append(Fault(f"{platform}.{_key(location)}", fault.problem, fault.remedy) if inside else fault)
    return found


def _fault(detail: Mapping[str, Any], keys: Mapping[str, Sequence[str]], example: str | None = None) -> Fault:
    # An error of a mapping's key has '[key]' behind the key itself.
    location = tuple(part for part in detail["loc"] if part != "[key]")
    key, context = _key(location), detail.get("ctx", {})
    if isinstance(wrong := context.get("error"), InvalidValue):
        return Fault(key, wrong.problem, wrong.remedy)
    if detail["type"] == "extra_forbidden":
        names = keys.get(str(location[0]), ())
        return Fault(key, "no such key", nearest(str(location[-1]), names) or f"Known are {', '.join(names)}")
    if (
        location[0] == "channels"
        and detail["type"] in {"tuple_type", "model_type"}
        and location[1:] in {(), location[1:2]}
    ):
        return Fault(key, "no channel", 'A channel is a table of its own, [[channels]], with name = "reading-group"')
    problem, remedy = PLAIN.get(detail["type"], _UNKNOWN_KIND)
    return Fault(key, problem.format(**context), remedy.format(**context, example=example or _example(location)))


def _example(location: tuple[int | str, ...]) -> str:
    """How the setting at a place is written; where it has no example of its own, its table's."""
    names = [part for part in location if isinstance(part, str)]
    return EXAMPLES.get(".".join(names[:2])) or EXAMPLES.get(names[0]) or f"{names[0]}=text"


def _key(location: tuple[int | str, ...]) -> str:
    """A place in the document as people write it: `channels[0].zone`."""
    return "".join(_step(part) for part in location).lstrip(".")


def _step(part: int | str) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f'."{part}"' if not part or any(sign.isspace() for sign in part) else f".{part}"


def nearest(name: str, known: Mapping[str, str] | Sequence[str]) -> str | None:
    """'Did you mean ...?' for the known name that looks most like this one; of a mapping, its value."""
    names = known if isinstance(known, Mapping) else {one: one for one in known}
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"Did you mean {names[near[0]]}?" if near else None
