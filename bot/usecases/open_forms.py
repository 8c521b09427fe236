"""
Forms with a channel's settings that are open at once, once it has its digest or while it is set up: each brings along a mark of what it showed in every field, and only what says something else by then is
written. So the form that is saved second takes back nothing of what the first one changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from bot.model import Channel
from bot.ports import UnitOfWorkFactory
from bot.text import clean, cut
from bot.usecases.channels import LABELS, ON_THE_PAGE, change, form_of

_DIGITS: Final = 8
"""Of a mark: what two values of one field have in common once in four thousand million times."""

_TOLD: Final = 200
"""Characters of a value that was written over, as it is told."""


def marks_of(form: Mapping[str, str]) -> dict[str, str]:
    """
    Give a mark of what each field of a form shows, short enough to travel with it. White space makes no difference.

    >>> marks_of({"topics": "agents,  robots"}) == marks_of({"topics": "agents, robots "})
    True
    """
    return {name: sha256(clean(value).encode()).hexdigest()[:_DIGITS] for name, value in form.items()}


def filled_in(form: Mapping[str, str], shown: Mapping[str, str], channel: Channel) -> dict[str, str]:
    """
    Give the fields of a form that say something else than it showed, by its marks; of a field without one, than the channel is set to.

    The others are not laid over the configuration: what nobody changed in chat stays the operator's to change.
    """
    before = marks_of(form_of(channel, ON_THE_PAGE)) | dict(shown)
    given = marks_of(form)
    return {name: value for name, value in form.items() if name in ON_THE_PAGE and given[name] != before[name]}


async def save(
    channel: Channel,
    values: Mapping[str, object],
    filled: Mapping[str, str],
    shown: Mapping[str, str],
    unit_of_work: UnitOfWorkFactory,
) -> tuple[tuple[str, ...], list[str]]:
    """
    Store the values of fields that were filled in, but for those that say what the channel is set to at that instant.

    Give the names of what was stored, and a sentence for each field that was changed while the form was open, too: the later word holds.
    """
    stored: dict[str, object] = {}
    met: list[str] = []

    def remaining(now: Channel) -> Mapping[str, object]:
        nonlocal stored, met
        stored, met = beside(now, values, filled, shown)
        return stored

    await change(channel, remaining, unit_of_work)
    return tuple(stored), met


def beside(
    now: Channel, values: Mapping[str, object], filled: Mapping[str, str], shown: Mapping[str, str]
) -> tuple[dict[str, object], list[str]]:
    """
    Give of the values of fields that were filled in those that say something else than the channel is set to `now`, and a sentence for each that was
    changed while the form was open, too.
    """
    present = form_of(now, ON_THE_PAGE)
    marks, given = marks_of(present), marks_of(filled)
    stored = {name: value for name, value in values.items() if given.get(name) != marks.get(name, "")}
    met = [
        changed_meanwhile(name, present[name])
        for name in stored
        if name in filled and shown.get(name, marks[name]) != marks[name]
    ]
    return stored, met


def changed_meanwhile(name: str, was: str) -> str:
    """Say of a field that it `was` set to something else while the form was open, before what is saved now."""
    label = LABELS.get(name, name.capitalize())
    return (
        f"{label} had been set to '{cut(was, _TOLD) or 'nothing'}' since this form was opened. What you sent holds now."
    )
