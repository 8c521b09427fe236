"""Input of the backtest: works and what channels decided about them, read from JSON lines. Bad input is named by file and line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from bot.errors import UsageError
from bot.model import Meaning
from bot.ranking.signals import HALF_LIFE
from bot.typed_lists import typed_list
from bot.typed_topics import NoTopic, each_once, read_topic

T = TypeVar("T")

SOURCES: Final = ("hf", "arxiv", "both")
"""Where a work was seen: among the papers of Hugging Face, in arXiv's listings, or in both."""

DECISIONS: Final = frozenset({*(meaning.value for meaning in Meaning), "summary"})

INTEREST: Final = frozenset({Meaning.MUST_READ.value, Meaning.TO_READ.value, Meaning.SKIP.value})
"""Decisions of which the last one stands."""


@dataclass(frozen=True, slots=True)
class Work:
    """A work as it was seen on its day, `seen`; `attention` is the votes and comments each source counted then."""

    key: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    seen: date
    attention: Mapping[str, int]
    source: str

    @property
    def week(self) -> date:
        """The Monday of the ISO week in which it was seen."""
        return monday(self.seen)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a channel decided about a work, and on which day; by which `member`, where that is told."""

    channel: str
    key: str
    decision: str
    at: date
    member: str = ""

    @property
    def chosen(self) -> bool:
        """Whether the channel wanted the work: everything but a skip."""
        return self.decision != Meaning.SKIP.value


@dataclass(frozen=True, slots=True)
class Shown:
    """A pick of a channel's digest, and on which day it was shown; whether it was drawn to explore."""

    channel: str
    key: str
    at: date
    explored: bool = False


@dataclass(frozen=True, slots=True)
class RankingSettings:
    """
    The settings of a channel beside its topics that its ranking goes by. Where it does not explore, no change of its interest is looked for. The
    defaults are those of a channel.
    """

    description: str = ""
    half_life: timedelta = HALF_LIFE
    explores: bool = True


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """
    What is stored, as the backtest reads it: every work, what channels decided on them and were shown of them, and the channels' topics and other
    settings.
    """

    works: Sequence[Work]
    choices: Sequence[Choice]
    shown: Sequence[Shown]
    topics: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, RankingSettings] = field(default_factory=dict)


def monday(day: date) -> date:
    """Give the Monday of a day's ISO week."""
    return day - timedelta(days=day.weekday())


def works(lines: Iterable[str], name: str) -> list[Work]:
    """
    Read works, oldest first, each key once (what a file says first counts). Raises `UsageError` with file, line and remedy.

    `title` and `seen` must be there; what else is missing is empty.
    """
    found: dict[str, Work] = {}
    for work in _read(lines, name, _work):
        found.setdefault(work.key, work)
    if not found:
        raise UsageError(f"{name} has no work in it. One line a work, like {_WORK_EXAMPLE}")
    return sorted(found.values(), key=lambda work: (work.seen, work.key))


def choices(lines: Iterable[str], name: str) -> list[Choice]:
    """Read decisions, oldest first; those of a day as they stand. Raises `UsageError` with file, line and remedy."""
    found = sorted(_read(lines, name, _choice), key=lambda one: (one.at, one.channel, one.key))
    if not found:
        raise UsageError(f"{name} has no decision in it. One line a decision, like {_CHOICE_EXAMPLE}")
    return found


def standing(choices: Iterable[Choice]) -> list[Choice]:
    """
    Give what stands of decisions that come oldest first: of each member and work the last interest, and once each that it was read and summarised.

    As in a channel, interest is one meaning, the last; what is said twice is said once.
    """
    found: dict[tuple[str, str, str, str], Choice] = {}
    for one in choices:
        place = (one.channel, one.member, one.key, "" if one.decision in INTEREST else one.decision)
        if (known := found.get(place)) is None or known.decision != one.decision:
            found[place] = one
    return sorted(found.values(), key=lambda one: (one.at, one.channel, one.key))


def topics(text: str, name: str) -> dict[str, tuple[str, ...]]:
    """Read the topics of channels: an object of channel → list of words. Raises `UsageError`."""
    try:
        found = json.loads(text, parse_constant=_no_number)
        if not isinstance(found, dict):
            raise TypeError  # noqa: TRY301 - one remedy for every way of being wrong
        return {channel: _topics(_texts(words)) for channel, words in found.items()}
    except NoTopic as error:
        raise UsageError(f"{name}: {error}.") from None
    except _NoText as error:
        raise UsageError(f"{name}: the topic {error}. Write it in quotes, or leave it out.") from None
    except (ValueError, TypeError, RecursionError):
        raise UsageError(f'{name} is no object of topics. Write {{"channel": ["topic", "another topic"]}}') from None


class _NoText(ValueError):
    """A value in a place where a text belongs."""


def _topics(texts: Iterable[str]) -> tuple[str, ...]:
    """Read topics as a channel's settings do."""
    return each_once(read_topic(part) for text in texts for part in typed_list(text) or [text])


_WORK_EXAMPLE: Final = '{"key": "arxiv:2608.01234", "title": "…", "abstract": "…", "authors": ["…"], "seen": "2026-08-17", "attention": {"huggingface": 12}, "source": "hf"}'
_CHOICE_EXAMPLE: Final = (
    '{"channel": "reading", "key": "arxiv:2608.01234", "decision": "must-read", "at": "2026-08-18"}'
)


def _read(lines: Iterable[str], name: str, read: Callable[[Mapping[str, Any]], T]) -> Iterator[T]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line, parse_constant=_no_number)
            if not isinstance(values, dict):
                raise TypeError("it is no object")  # noqa: TRY301 - told with the line's number, as the others
            yield read(values)
        except json.JSONDecodeError as error:
            # Each line is read by itself, so the line that the error counts is always its first or the end of it.
            place = min(error.pos + 1, len(line.rstrip()))
            raise UsageError(f"{name}, line {number}: it is no JSON at character {place}. {_example(read)}") from None
        except KeyError as error:
            raise UsageError(f"{name}, line {number}: {error.args[0]!r} is missing. {_example(read)}") from None
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
            raise UsageError(f"{name}, line {number}: {why}. {_example(read)}") from None


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _example(read: Callable[..., object]) -> str:
    return f"Write it like {_WORK_EXAMPLE if read is _work else _CHOICE_EXAMPLE}"


def _work(values: Mapping[str, Any]) -> Work:
    source = _text_or(values, "source", "hf")
    if source not in SOURCES:
        raise ValueError(f"the source {source!r} is none of {', '.join(SOURCES)}")
    return Work(
        key=_text(values, "key"),
        title=_text(values, "title"),
        abstract=_text_or(values, "abstract"),
        authors=_texts(values.get("authors") or ()),
        seen=_day(values, "seen"),
        attention=_attention(values.get("attention") or {}),
        source=source,
    )


def _choice(values: Mapping[str, Any]) -> Choice:
    decision = _text(values, "decision")
    if decision not in DECISIONS:
        raise ValueError(f"the decision {decision!r} is none of {', '.join(sorted(DECISIONS))}")
    return Choice(
        channel=_text(values, "channel"),
        key=_text(values, "key"),
        decision=decision,
        at=_day(values, "at"),
        member=_text_or(values, "member"),
    )


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values[key]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key!r} is no text")
    return value


def _text_or(values: Mapping[str, Any], key: str, default: str = "") -> str:
    """Take a text that may be missing or null; what is there and no text is refused."""
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key!r} is {_shown(value)}, which is no text")
    return value or default


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"{_shown(values)} is no list of texts")
    for value in values:
        if not isinstance(value, str):
            raise _NoText(f"{_shown(value)} is no text")
    return tuple(values)


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:40]


MOST_VOTES: Final = 10**9
EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2200, 1, 1)


def _attention(values: object) -> dict[str, int]:
    if not isinstance(values, dict):
        raise TypeError(f"the attention {_shown(values)} is no object of source → number")
    return {name: _count(count, name) for name, count in values.items()}


def _count(value: object, name: str) -> int:
    """Take a whole number, or null for none. A number written as a text, true and false are refused as what they are."""
    if value is None:
        return 0
    whole = isinstance(value, float) and value.is_integer()
    if isinstance(value, bool) or not (isinstance(value, int) or whole):
        raise ValueError(f"the attention of {name!r} is {_shown(value)}, which is no whole number")
    count = int(value)  # type: ignore[call-overload]  # a number, as was asked above
    if not 0 <= count <= MOST_VOTES:
        raise ValueError(f"the attention of {name!r} is negative, or more than a thousand million")
    return int(count)


def _day(values: Mapping[str, Any], key: str) -> date:
    """Take a day, or the day of an instant."""
    text = _text(values, key)
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        raise ValueError(f"{key!r} is {text[:40]!r}, which is no day") from None
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"{key!r} is {day}, which is not between {EARLIEST:%Y} and {LATEST:%Y}")
    return day
