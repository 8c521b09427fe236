"""What a channel can be set to, and the checks of each field: shared by the settings file, the form in chat and the page."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import regex
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.emojis import contradiction, plain_emoji
from bot.following import UnknownKind, parted_wishes, read_wish, tells_apart, wishes_once
from bot.model import NINE, Channel, Classics, Layout, Meaning, Names, Rhythm, Triage, WallTime
from bot.typed_lists import typed_ids, typed_list
from bot.typed_topics import NoTopic, each_once, read_topic

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class InvalidValue(ValueError):
    """A value that a channel or setting cannot have: `problem` says why, `remedy` what would be right."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem}. {remedy}")


_WEEKDAY_REMEDY: Final = "Write its English name, like monday, or its number, 1 (Monday) to 7 (Sunday)"


def _weekday(value: object) -> object:
    """Take a weekday by its English name or its ISO number, 1 for Monday."""
    if isinstance(value, str) and value.strip() in {str(number) for number in range(1, len(WEEKDAYS) + 1)}:
        return int(value)  # a form has text alone
    if isinstance(value, str):
        named = [
            number
            for number, name in enumerate(WEEKDAYS, start=1)
            if value.strip() and name.startswith(value.strip().lower())
        ]
        if len(named) == 1:
            return named[0]
        raise InvalidValue(f"{value!r} is no weekday", _WEEKDAY_REMEDY)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= len(WEEKDAYS):
        return value
    raise InvalidValue(f"{value!r} is no weekday", _WEEKDAY_REMEDY)


def _clock_time(value: object) -> object:
    if isinstance(value, time):
        return value
    try:
        return datetime.strptime(str(value), "%H:%M").time()  # noqa: DTZ007 - a wall-clock time has no zone of its own
    except ValueError:
        raise InvalidValue(f"{value!r} is no time of day", "Write hours and minutes, like 09:00") from None


def _zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        typed = str(value).strip().casefold().replace(" ", "_")
        if same := next((name for name in _zone_names() if name.casefold() == typed), None):
            return same
        near = difflib.get_close_matches(str(value), _zone_names(), n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InvalidValue(f"{value!r} is no time zone", f"Write an IANA name, like Europe/Berlin.{hint}") from None
    return value


def is_zone(value: str) -> bool:
    """Tell whether a text names a time zone."""
    try:
        _zone(value)
    except InvalidValue:
        return False
    return bool(value)


def _zone_names() -> list[str]:
    from zoneinfo import available_timezones  # noqa: PLC0415 - walks the disk; wanted only for a hint

    return sorted(available_timezones())


def _topic(value: str) -> str:
    try:
        return read_topic(value)
    except NoTopic as error:
        raise InvalidValue(error.problem, error.remedy) from None


def _parted(how: Callable[[str], Sequence[str]]) -> BeforeValidator:
    """Part each text of a list once more, since people write several into one; what has nothing in it stays, to be refused by name."""

    def parted(value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        return [part for one in value for part in ((how(one) or [one]) if isinstance(one, str) else [one])]

    return BeforeValidator(parted)


def _ids_once(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


# One sign as people see it, with a picture, a flag's letter or a keycap in it; or a custom emoji's name, with its number on Discord.
_EMOJI: Final = regex.compile(
    r"(?=\X\Z)(?=.*[\p{Extended_Pictographic}\p{Regional_Indicator}\u20E3])"
    r"[\p{Emoji}\p{Emoji_Component}\p{Extended_Pictographic}]+|:[^\s:]+:\d{0,20}"
)


def _emoji(value: str) -> str:
    plain = plain_emoji(value.strip())
    if not _EMOJI.fullmatch(plain):
        raise InvalidValue(
            f"{value!r} is no emoji", 'Write the emoji itself, like "⭐", or a custom one by its name, ":shipit:"'
        )
    # A short name is kept as the emoji that it names, since that is what is shown; a character as it was typed.
    return plain if value.strip().startswith((":", "<")) else value.strip()


def _one_meaning_each(value: object) -> object:
    """Refuse one emoji with two meanings, however each is spelt: the later one would silently count."""
    if isinstance(value, Mapping):
        twice = contradiction((str(emoji).strip(), meaning) for emoji, meaning in value.items())
        if twice:
            first, second = twice
            raise InvalidValue(f"{first!r} and {second!r} are one emoji with two meanings", "Keep one of them")
    return value


def _wish(value: str) -> str:
    try:
        wish = read_wish(value)
    except UnknownKind as error:
        raise InvalidValue(error.problem, error.remedy) from None
    except ValueError as error:
        raise InvalidValue(f"{value!r} names nothing", str(error)) from None
    kind, _, name = wish.partition(":")
    if kind == "word" and not tells_apart(name):
        raise InvalidValue(f"{name!r} is in nearly all works", "Write what works are about, like word: world models")
    return wish


_SPAN: Final = regex.compile(r"(?P<count>\d{1,3}(?:\.\d)?) ?(?P<unit>h|d)", regex.IGNORECASE)
_LONGEST_REVIEW: Final = timedelta(days=3)


def span(text: str) -> timedelta:
    """
    Read a span of time as people write it; `off` is none. Raises `InvalidValue`.

    >>> span("12h") == span("0.5d") == timedelta(hours=12)
    True
    """
    said = text.strip().lower()
    found = _SPAN.fullmatch(said)
    length = timedelta(hours=float(found["count"]) * (24 if found["unit"] == "d" else 1)) if found else timedelta(0)
    if (not found and said not in {"", "0", "off"}) or length > _LONGEST_REVIEW:
        raise InvalidValue(f"{text!r} is no time for a review", 'Write hours, like "12h", at most three days, or "off"')
    return length


def span_in_words(length: timedelta) -> str:
    """Write a span of time as it is read; see `span`."""
    return f"{length / timedelta(hours=1):g}h" if length else "off"


def _review(value: str) -> str:
    return span_in_words(span(value))


Wish = Annotated[str, AfterValidator(_wish)]
Wishes = Annotated[tuple[Wish, ...], _parted(parted_wishes), AfterValidator(wishes_once)]
Topic = Annotated[str, AfterValidator(_topic)]
Topics = Annotated[tuple[Topic, ...], _parted(typed_list), AfterValidator(each_once)]
Ids = Annotated[tuple[str, ...], _parted(typed_ids), AfterValidator(_ids_once)]
Emoji = Annotated[str, AfterValidator(_emoji)]
Meanings = Annotated[Mapping[Emoji, Meaning], BeforeValidator(_one_meaning_each)]
"""What emoji mean: each, in whatever spelling, one thing."""


class ChannelFields(BaseModel):
    """
    What a channel can be set to, with its checks. The settings file, the form in chat and the page all validate through this one model.

    Unknown keys are refused. `weekday` is ISO 8601's (1 is Monday), `time` wall-clock time in `zone`, `budget_minutes` minutes a week,
    `explore` a share from 0 to 1, `half_life_weeks` weeks. Raises pydantic's `ValidationError`; an `InvalidValue` inside it holds problem and remedy.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Annotated[str, BeforeValidator(_zone)] = "UTC"
    weekday: Annotated[int, BeforeValidator(_weekday)] = 1
    time: Annotated[WallTime, BeforeValidator(_clock_time)] = NINE
    budget_minutes: int = Field(60, ge=5, le=600)
    explore: float = Field(0.2, ge=0, le=1)
    topics: Topics = ()
    description: Annotated[str, AfterValidator(str.strip)] = Field("", max_length=1000)
    layout: Layout = Layout.CARDS
    triage: Triage = Triage.BOTH
    follow: Wishes = ()
    mute: Wishes = ()
    sources: Ids = ()
    emoji: Meanings | None = None
    catch_up_hours: float = Field(48, gt=0, le=168)
    half_life_weeks: float = Field(52, ge=1, le=1040)
    rhythm: Rhythm = Rhythm.WEEKLY
    names: Names = Names.SHOWN
    classics: Classics = Classics.SHIPPED
    review: Annotated[str, AfterValidator(_review)] = "off"
    editors: Ids = ()
    alerts: bool = False
    pictures: bool = False

    def channel(self, *, name: str, platform: str, id: str, meanings: Mapping[str, Meaning]) -> Channel:  # noqa: A002 - the field's own name
        """Give the channel with these fields; `meanings` count where it names none of its own."""
        return Channel(
            name=name,
            platform=platform,
            id=id,
            zone=self.zone,
            weekday=self.weekday,
            time=self.time,
            budget_minutes=self.budget_minutes,
            explore=self.explore,
            topics=self.topics,
            description=self.description,
            meanings=self.emoji or meanings,
            sources=self.sources,
            catch_up=timedelta(hours=self.catch_up_hours),
            layout=self.layout,
            triage=self.triage,
            follow=self.follow,
            mute=self.mute,
            half_life=timedelta(weeks=self.half_life_weeks),
            rhythm=self.rhythm,
            names=self.names,
            classics=self.classics,
            review=span(self.review),
            editors=self.editors,
            alerts=self.alerts,
            pictures=self.pictures,
        )
