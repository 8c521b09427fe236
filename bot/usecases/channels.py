"""
Channels, as people set them from chat: a form and what comes of it, pausing and resuming. The configuration file is the operator's and is
never written; what is set in chat lies over it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from bot.channel_fields import WEEKDAYS, ChannelFields, InvalidValue, span_in_words
from bot.emojis import contradiction, plain_emoji
from bot.following import in_words, read_wishes
from bot.model import Channel, ChannelState, Meaning, Member
from bot.ports import Clock, UnitOfWork, UnitOfWorkFactory
from bot.text import clean, visible
from bot.topic_changes import TopicChanges, note_of, read
from bot.typed_lists import typed_ids, typed_list
from bot.typed_topics import read_topics

FIELDS: Final = (
    "rhythm",
    "weekday",
    "time",
    "zone",
    "budget_minutes",
    "explore",
    "topics",
    "description",
    "follow",
    "mute",
    "layout",
    "triage",
    "classics",
    "alerts",
    "pictures",
    "emoji",
)
"""The fields of the settings form, in their order."""

ON_THE_PAGE: Final = (*FIELDS, "names", "sources")
"""The fields that can be set on the page: a form in chat holds no more than it does."""

LABELS: Final[Mapping[str, str]] = {
    "rhythm": "Rhythm",
    "weekday": "Weekday",
    "time": "Time",
    "zone": "Time zone",
    "budget_minutes": "Reading time",
    "explore": "Exploration",
    "topics": "Topics",
    "description": "What you work on",
    "follow": "Follow",
    "mute": "Mute",
    "layout": "Layout",
    "triage": "Deciding",
    "classics": "Classics",
    "alerts": "Alerts",
    "pictures": "Pictures",
    "emoji": "What emoji mean",
}
"""What the fields are called in a form in chat, the same on every platform."""

RIGHT: Final[Mapping[str, str]] = {
    "weekday": "Write its English name, like monday",
    "time": "Write hours and minutes, like 09:00",
    "zone": "Write an IANA name, like Europe/Berlin",
    "budget_minutes": "Write whole minutes from 5 to 600, like 45",
    "explore": "Write a share of the papers from 0 % to 100 %, like 20 %",
    "topics": "Write words separated by commas, like agent safety, world models",
    "description": "Write a sentence or two, at most 1,000 characters",
    "follow": "Write author:, lab:, word: or source: and a name, separated by commas, like author: Percy Liang",
    "mute": "Write author:, lab:, word: or source: and a name, separated by commas, like word: crypto",
    "rhythm": "Write weekly, every second week, twice a week, monthly or daily",
    "layout": "Write cards (a message for each pick) or compact (the picks as lines, in as few messages as hold them)",
    "triage": "Write both, buttons or reactions",
    "classics": "Write shipped (your own list, then ours), own (yours alone) or off",
    "alerts": "Write on (new works by an author or about a word that you follow, at once) or off",
    "pictures": "Write on (a card shows the picture that a source gives of its work) or off",
    "emoji": "Write an emoji and what it means, like ⭐ must-read",
    "names": "Write shown (who decided what) or counts (how many)",
    "sources": "Choose some of the sources, or none for all of them",
}
"""What would be right in each field. pydantic's own words are for who writes models, and the settings' examples are TOML."""

_TOML: Final = frozenset({"topics", "emoji"})
"""The fields whose faults speak of quotes and tables, where they come from the configuration."""

_PAIR: Final = re.compile(r"^(\S+)\s+(\S+)$")


def form_of(channel: Channel, fields: Sequence[str] = FIELDS) -> dict[str, str]:
    """Give a channel's settings as these fields of a form."""
    whole = {
        "rhythm": channel.rhythm.value,
        "weekday": WEEKDAYS[channel.weekday - 1],
        "time": f"{channel.time:%H:%M}",
        "zone": channel.zone,
        "budget_minutes": str(channel.budget_minutes),
        "explore": f"{channel.explore:.0%}",
        "topics": ", ".join(channel.topics),
        "description": channel.description,
        "follow": ", ".join(map(in_words, channel.follow)),
        "mute": ", ".join(map(in_words, channel.mute)),
        "layout": channel.layout.value,
        "triage": channel.triage.value,
        "names": channel.names.value,
        "sources": ", ".join(channel.sources),
        "classics": channel.classics.value,
        "alerts": "on" if channel.alerts else "off",
        "pictures": "on" if channel.pictures else "off",
        "emoji": ", ".join(f"{emoji} {meaning.value}" for emoji, meaning in channel.meanings.items()),
    }
    return {name: whole[name] for name in fields}


LONGEST_FIELD: Final = 3000
"""Most characters (UTF-16) that a field of a form in chat holds: Slack's limit, the smallest of the platforms'."""


def fitting(form: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """
    Give the fields of a form that chat can show whole, and the names of those that it cannot.

    Those are left out: shown cut, they would be saved cut.
    """
    long = tuple(name for name, value in form.items() if len(value.encode("utf-16-le")) // 2 > LONGEST_FIELD)
    return {name: value for name, value in form.items() if name not in long}, long


def read_form(form: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """Read a form's fields: the values that are right, and by field what is wrong with the others. An unknown field is left out."""
    given: dict[str, object] = {name: _typed(name, form[name]) for name in ON_THE_PAGE if name in form}
    faults: dict[str, str] = {}
    for name in {"rhythm", "layout", "triage", "classics", "names", "alerts", "pictures"} & given.keys():
        given[name] = str(given[name]).lower()
    for name, reading in _READ.items():
        if name in given:
            try:
                given[name] = reading(str(given[name]))
            except ValueError as error:
                faults[name] = str(error)
                del given[name]
    try:
        read = ChannelFields.model_validate(given)
        given |= {"zone": read.zone} if "zone" in given else {}  # by its own name, however it was typed
    except ValidationError as error:
        for detail in error.errors(include_input=False, include_url=False):
            name = str(detail["loc"][0])
            wrong = detail.get("ctx", {}).get("error")
            faults[name] = str(wrong) if isinstance(wrong, InvalidValue) and name not in _TOML else RIGHT[name]
    return {name: value for name, value in given.items() if name not in faults}, faults


_PROSE: Final = frozenset({"topics", "description", "follow", "mute", "emoji"})
"""Fields whose characters are the writer's own; in the others a wide digit or colon is the plain one."""


_PARTED: Final = frozenset({"topics", "follow", "mute", "emoji"})
"""Fields with a list in them, whose lines part it."""


def _typed(name: str, text: str) -> str:
    if name in _PARTED:
        return visible(text)
    return clean(text if name in _PROSE else unicodedata.normalize("NFKC", text))


def _share(text: str) -> float:
    """Read a share as people write it: `20 %`, `20` or `0.2`."""
    number = float(text.rstrip("% ").replace(",", ".") or "x") if re.fullmatch(r"[\d.,]+\s*%?", text) else None
    if number is None:
        raise ValueError(RIGHT["explore"])
    return number / 100 if "%" in text or number > 1 else number


def _meanings(text: str) -> dict[str, str]:
    """Read `⭐ must-read, 👀 to-read`."""
    pairs: list[tuple[str, str]] = []
    for part in typed_list(text) or [""]:  # without any meaning nobody could decide
        pair = _PAIR.match(part)
        meaning = pair[2].lower() if pair else ""
        if pair is None or meaning not in set(Meaning):
            raise ValueError(f"Write an emoji and one of {', '.join(Meaning)}, like ⭐ must-read, separated by commas")
        pairs.append((plain_emoji(pair[1]), meaning))
    if twice := contradiction(pairs):
        raise ValueError(f"{twice[0]} is named twice, with two meanings: keep one of them")
    return dict(pairs)


_READ: Final[Mapping[str, Callable[[str], object]]] = {
    "explore": _share,
    "emoji": _meanings,
    "topics": read_topics,
    "sources": lambda text: tuple(dict.fromkeys(typed_ids(text))),
    "follow": read_wishes,
    "mute": read_wishes,
}
"""How a field is read that people write in another way than the settings file does."""


def overlaid(channel: Channel, state: ChannelState | None) -> Channel:
    """Give a channel with what people set in chat laid over its configuration. What is not valid any more is left out."""
    if state is None:
        return channel
    channel = replace(channel, **_of_sources(state))
    if not state.values:
        return replace(channel, team=channel.team or state.team)
    values = {name: value for name, value in state.values.items() if name in {*ON_THE_PAGE, *BY_COMMAND}}
    configured = {name: value for name, value in _configured(channel).items() if name not in values}
    try:
        fields = ChannelFields.model_validate({**configured, **values})
    except ValidationError:
        # What an older version took: the rest of what was set counts all the same.
        fields = ChannelFields.model_validate({**still_valid(_configured(channel)), **still_valid(values)})
    found = fields.channel(name=channel.name, platform=channel.platform, id=channel.id, meanings=channel.meanings)
    return replace(found, team=channel.team or state.team, origin=channel.origin, **_of_sources(state))


def still_valid(values: Mapping[str, object]) -> dict[str, object]:
    """Give what is valid of values that were kept: of a list its valid entries, of the others those that are."""
    kept = {
        name: [one for one in value if _is_valid(name, [one])] if isinstance(value, list | tuple) else value
        for name, value in values.items()
    }
    return {name: value for name, value in kept.items() if _is_valid(name, value)}


def _is_valid(name: str, value: object) -> bool:
    try:
        ChannelFields.model_validate({name: value})
    except ValidationError:
        return False
    return True


def _of_sources(state: ChannelState) -> dict[str, Any]:
    """What was set in chat on the channel's sources; an id that does not exist any more does no harm."""
    values = {name: state.values.get(name) for name in (ADDED, OFF)}
    return {name: tuple(map(str, value)) if isinstance(value, list | tuple) else () for name, value in values.items()}


BY_COMMAND: Final = ("review", "editors")
"""Fields that a command of their own sets, and no form."""

ADDED: Final = "sources_added"
OFF: Final = "sources_off"


def chosen_sources(channel: Channel, chosen: Sequence[str] | None) -> dict[str, object]:
    """
    Give the values by which a channel reads these sources (ids) and no others; None for all that channels share, and its own.

    One of its own that is not chosen stays its own and is switched off.
    """
    if chosen is None:
        return {"sources": (), OFF: ()}
    return {"sources": tuple(chosen), OFF: tuple(one for one in channel.sources_added if one not in chosen)}


async def read_source(
    channel: Channel, source_id: str, unit_of_work: UnitOfWorkFactory, *, own: bool, on: bool
) -> None:
    """Let a channel read a source, which is its `own` or shared, or read it no longer. Doing it twice is harmless."""
    async with unit_of_work() as uow:
        state = await state_to_change(channel.name, uow)
        lists = {name: [one for one in found if one != source_id] for name, found in _of_sources(state).items()}
        if on and own:
            lists[ADDED].append(source_id)
        elif not on and not own:
            lists[OFF].append(source_id)
        await uow.channels.save(replace(state, values={**state.values, **lists}))
        await uow.commit()


def _configured(channel: Channel) -> dict[str, object]:
    return {
        "rhythm": channel.rhythm,
        "zone": channel.zone,
        "weekday": channel.weekday,
        "time": f"{channel.time:%H:%M}",
        "budget_minutes": channel.budget_minutes,
        "explore": channel.explore,
        "topics": channel.topics,
        "description": channel.description,
        "follow": channel.follow,
        "mute": channel.mute,
        "classics": channel.classics,
        "layout": channel.layout,
        "triage": channel.triage,
        "names": channel.names,
        "sources": channel.sources,
        "catch_up_hours": channel.catch_up / timedelta(hours=1),
        "half_life_weeks": channel.half_life / timedelta(weeks=1),
        "review": span_in_words(channel.review),
        "editors": channel.editors,
        "alerts": channel.alerts,
        "pictures": channel.pictures,
    }


async def change(
    channel: Channel,
    values: Mapping[str, object] | Callable[[Channel], Mapping[str, object]],
    unit_of_work: UnitOfWorkFactory,
) -> None:
    """
    Lay values over a channel's configuration, beside those that were set before.

    Values that follow from the present ones are a function of the channel as it is at that instant, so that of two changes at once none is
    lost; without any nothing is stored, and what it raises changes nothing.
    """
    async with unit_of_work() as uow:
        state = await state_to_change(channel.name, uow)
        found = values(overlaid(channel, state)) if callable(values) else values
        if found:
            # What its digests asked for so far, where none has noted it: of an older version.
            if "topics" in found and state.started and await uow.notes.get(note_of(channel.name)) is None:
                await note_topics(overlaid(channel, state), state.started, uow)
            plain = {name: plain_value(value) for name, value in found.items()}
            await uow.channels.save(replace(state, values={**state.values, **plain}))
            await uow.commit()


async def note_topics(channel: Channel, at: datetime, uow: UnitOfWork) -> None:
    """Note which topics a channel has, and since when at the latest, where they are others than were noted. The caller commits."""
    before = read(await uow.notes.get(note_of(channel.name)))
    changes = before.followed_by(channel.topics, at) if before else TopicChanges(channel.topics)
    if changes != before:
        await uow.notes.put(note_of(channel.name), changes.written())


async def state_to_change(name: str, uow: UnitOfWork) -> ChannelState:
    """Give what is kept of a channel, a bare one if nothing is. Nobody else who asks so changes it before the unit of work ends."""
    await uow.leases.lock(f"channel {name}")
    return await uow.channels.get(name) or ChannelState(name=name)


def plain_value(value: object) -> object:
    """Give a value as it is kept: as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


async def pause(
    channel: Channel,
    because: str,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    *,
    by_people: bool = False,
    by: Member | None = None,
) -> bool:
    """
    Post nothing in a channel until it is resumed; False if it is paused already, and nothing is changed. Its settings are kept.

    One that people paused only people resume; one that a platform refused resumes by itself when it is well again, unless people
    pause it meanwhile. Of a platform another reason is another pause. `by` is the member who is named in the reason.
    """
    async with unit_of_work() as uow:
        state = await state_to_change(channel.name, uow)
        if state.paused_by_people or (state.paused_because == because and not by_people):
            return False
        await uow.channels.save(replace(state, paused_because=because, paused_at=clock(), paused_by_people=by_people))
        if by and by.name:
            await uow.members.put(channel.platform, [by])
        await uow.commit()
    return True


async def resume(channel: Channel, unit_of_work: UnitOfWorkFactory, *, by_people: bool = True) -> bool:
    """Post in a channel again; False if it was not paused, or people paused it and it is not they who resume it."""
    async with unit_of_work() as uow:
        state = await state_to_change(channel.name, uow)
        if state.paused_because is None or (state.paused_by_people and not by_people):
            return False
        await uow.channels.save(replace(state, paused_because=None, paused_at=None, paused_by_people=False))
        await uow.commit()
    return True
