"""Rendering of command answers: ephemeral messages, and modals. A modal has at most five fields on Discord, so a longer form has pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import discord

from adapters.discord.embeds import CUSTOM_ID, DESCRIPTION, SILENT, Payload
from adapters.discord.markdown import line, plain, size
from bot.model import Answer, Block, BlockRole
from bot.usecases.answers import begins_paragraph
from bot.usecases.channels import LABELS, RIGHT

FIELDS: Final = 5
"""Most fields that a form may have (Discord's documentation of modals)."""

MESSAGES: Final = 4
"""Most messages an answer is given in; past them it says how much is left out."""

LABEL: Final = 45
HINT: Final = 100
VALUE: Final = 4000
_MARK: Final = "#"
"""Parts a field's name from the marks of what it shows, in its custom id."""
_LONG: Final = 60
_KEPT: Final = 900.0
_SENTENCES: Final = frozenset({"description"})
"""Fields that hold sentences."""


def messages_of(answer: Answer) -> list[Payload]:
    """Render an answer as one or more ephemeral messages, each with one embed."""
    texts = list(_pages(answer.blocks))
    faults = [f"{_label(name)}: {fault}" for name, fault in answer.faults.items()]
    if faults and not texts:
        texts = [plain("\n".join(faults), DESCRIPTION)]
    left_out = len(texts) - MESSAGES
    if left_out > 0:
        texts = [*texts[:MESSAGES], f"-# {left_out} more pages are left out."]
    return [
        {"embeds": [{"description": text}], "allowed_mentions": dict(SILENT)} for text in texts or ["Nothing to show."]
    ]


def _pages(blocks: tuple[Block, ...]) -> list[str]:
    """Split blocks into pages, line by line."""
    pages: list[str] = []
    page = ""
    before: Block | None = None
    for block in blocks:
        title = block.role is BlockRole.TITLE
        text = line(block.spans, DESCRIPTION - 8, joint=" · " if title else "")
        if not text:
            continue
        joint = "" if not page else "\n\n" if begins_paragraph(block, before) else "\n"
        before = block
        if size(page) + size(joint) + size(text) > DESCRIPTION:
            pages.append(page)
            page, joint = "", ""
        page += joint + text
    return [*pages, page] if page else pages


def pages_of(form: Mapping[str, str]) -> list[dict[str, str]]:
    """
    Share a form's fields out over pages of at most five, evenly and in their order.

    >>> [len(page) for page in pages_of(dict.fromkeys("abcdefg", ""))]
    [4, 3]
    """
    names = list(form)
    pages = -(-len(names) // FIELDS)
    share, more = divmod(len(names), pages) if pages else (0, 0)
    found, start = [], 0
    for number in range(pages):
        end = start + share + (number < more)
        found.append({name: form[name] for name in names[start:end]})
        start = end
    return found


PAIR: Final = ("weekday", "time")
PAIRED: Final = "weekday and time"
LATER: Final = "rhythm"
"""A field that waits for the settings, where it alone would make a second page."""


def joined(form: Mapping[str, str]) -> dict[str, str]:
    """
    Join weekday and time into one field and leave out the rhythm, where that lets a form fit onto one page: the settings have it.

    >>> joined({"topics": "", "weekday": "friday", "time": "16:00", "zone": "", "budget_minutes": "", "layout": ""})["weekday and time"]
    'friday 16:00'
    """
    fitting = {name: value for name, value in form.items() if name != LATER}
    if len(fitting) != FIELDS + 1 or not fitting.keys() >= set(PAIR):
        return dict(form)
    both = " ".join(form[name] for name in PAIR)
    return {
        (PAIRED if name == PAIR[0] else name): (both if name == PAIR[0] else value)
        for name, value in fitting.items()
        if name != PAIR[1]
    }


def parted(values: Mapping[str, str]) -> dict[str, str]:
    """
    Part the field again that `joined` made.

    >>> parted({"weekday and time": "friday 16:00", "zone": "UTC"})
    {'weekday': 'friday', 'time': '16:00', 'zone': 'UTC'}
    """
    found: dict[str, str] = {}
    for name, value in values.items():
        weekday, _, at = value.strip().partition(" ")
        found |= (
            dict(zip(PAIR, (weekday.rstrip(",，、،"), at.strip()), strict=True)) if name == PAIRED else {name: value}
        )
    return found


class Form(discord.ui.Modal):
    """
    One page of a form. What was wrong with a field is said beside it.

    It comes back with its custom id, and each field with its name and the mark of what it showed, if it has one, so that whoever runs then
    can read it: `fields_of`, `shown_in`.
    """

    def __init__(
        self,
        title: str,
        fields: Mapping[str, str],
        custom_id: str,
        faults: Mapping[str, str] | None = None,
        shown: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title=plain(title, LABEL) or "Paper Round", timeout=_KEPT, custom_id=custom_id)
        for name, value in list(fields.items())[:FIELDS]:
            hint = plain((faults or {}).get(name) or _HINTS.get(name) or RIGHT.get(name, ""), HINT) or None
            self.add_item(
                discord.ui.Label(text=_label(name), description=hint, component=_input(name, value, shown or {}))
            )


def fields_of(interaction: discord.Interaction) -> dict[str, str]:
    """What was filled into a form that was sent, by field name."""
    return {custom_id.partition(_MARK)[0]: value for custom_id, value in _sent(interaction).items()}


def shown_in(interaction: discord.Interaction) -> dict[str, str]:
    """The marks of what a form showed that was sent, by the names of the settings' fields."""
    found: dict[str, str] = {}
    for custom_id in _sent(interaction):
        name, _, marks = custom_id.partition(_MARK)
        found |= dict(zip(_parts(name), marks.split(","), strict=False)) if marks else {}
    return found


def _sent(interaction: discord.Interaction) -> dict[str, str]:
    data: Mapping[str, Any] = interaction.data or {}
    rows = [row.get("component") or row for row in data.get("components") or ()]
    found = [one for row in rows for one in (row.get("components") or [row]) if "custom_id" in one]
    return {str(one["custom_id"]): str(one.get("value") or "") for one in found}


_HINTS: Final[Mapping[str, str]] = {
    "topics": "Separated by commas, like agent safety, world models",
    "description": "What you work on, in a sentence or two: in what sense the topics are meant",
    "weekday and time": "Like friday 16:00, once a week; /paperround settings knows other rhythms",
    "zone": "Its IANA name, like Europe/Berlin",
    "budget_minutes": "Reading time in minutes a week, from 5 to 600",
    "layout": "cards (a message for each pick) or compact (lines in few messages)",
}


class Pages(discord.ui.View):
    """
    A button for each page of a form; `faults` lets it be corrected. `custom_id` is that of a page's button without its number.

    Pressed, it comes back with that id, after a restart, too.
    """

    def __init__(self, form: Mapping[str, str], custom_id: str, faults: Mapping[str, str] | None = None) -> None:
        super().__init__(timeout=_KEPT)
        for number, page in enumerate(pages_of(form)):
            wrong = any(name in (faults or {}) for name in page)
            style = discord.ButtonStyle.danger if wrong else discord.ButtonStyle.secondary
            label = plain(", ".join(_label(name) for name in page), 80)
            self.add_item(discord.ui.Button(label=label, style=style, custom_id=f"{custom_id}{number}"))


def _label(name: str) -> str:
    return plain(LABELS.get(name, name.replace("_", " ").capitalize()), LABEL) or "Value"


def _parts(name: str) -> tuple[str, ...]:
    """The names of the fields that a form's field stands for."""
    return PAIR if name == PAIRED else (name,)


def _marked(name: str, shown: Mapping[str, str]) -> str:
    """A field's custom id: its name, and the marks of what it shows."""
    parts = _parts(name)
    return f"{name}{_MARK}{','.join(shown[one] for one in parts)}" if shown.keys() >= set(parts) else name


def _input(name: str, value: str, shown: Mapping[str, str]) -> discord.ui.TextInput[Form]:
    long = len(value) > _LONG or name in _SENTENCES
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    return discord.ui.TextInput(
        style=style, default=value[:VALUE], required=False, max_length=VALUE, custom_id=_marked(name, shown)[:CUSTOM_ID]
    )
