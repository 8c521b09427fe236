"""Rendering of command answers in Block Kit: ephemeral messages, the home tab, and modals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.slack.blocks import MESSAGE, SECTION, TAB, Kit, SizeLimit, buttons, header, prose, section, within
from adapters.slack.mrkdwn import copyable, plain_text, seen, shorten, units, visible
from bot.channel_fields import WEEKDAYS
from bot.model import Answer, Block, BlockRole, Classics, Layout, Rhythm, Span, Triage
from bot.usecases.answers import begins_paragraph
from bot.usecases.channels import LABELS

TITLE: Final = 24
_INPUT: Final = 3000
_LONG_LIST: Final = 8
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "rhythm": tuple(rhythm.value for rhythm in Rhythm),
    "layout": tuple(layout.value for layout in Layout),
    "triage": tuple(way.value for way in Triage),
    "classics": tuple(choice.value for choice in Classics),
    "alerts": ("off", "on"),
    "pictures": ("off", "on"),
}
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
ACTION: Final = "value"
_HINTS: Final[Mapping[str, str]] = {
    "rhythm": "How often a digest comes; monthly on the first such weekday, daily on every day",
    "weekday": "On which the digest is posted; twice a week, three days later as well",
    "time": "On the channel's own clock",
    "zone": "By its IANA name, like Europe/Berlin",
    "budget_minutes": "Minutes a week, from 5 to 600",
    "explore": "The share of the papers that come from outside the topics, like 20 %",
    "topics": "Separated by commas, like agent safety, world models",
    "description": "A sentence or two, which say in what sense the topics are meant",
    "follow": "What always comes first, like author: Percy Liang, lab: DeepMind, word: world models, source: arxiv",
    "mute": "What never comes, written the same way",
    "layout": "A card for each pick, or the picks as lines, in as few messages as hold them",
    "triage": "By buttons on each card, by reactions, or both; what was decided counts either way",
    "classics": "One work a week for the basics: shipped, own or off",
    "alerts": "New works by an author or about a word you follow, at once; at most three a day",
    "pictures": "A card shows the picture that a source gives of its work",
    "summary": "Two sentences are enough. They stand in the pick's thread, in your name.",
    "number": "Its number in the latest digest, like 3",
    "emoji": "Each with must-read, to-read, read or skip, like ⭐ must-read, 👀 to-read",
}
"""Hints of the fields in forms."""
_LABELS: Final[Mapping[str, str]] = {
    **LABELS,
    "summary": "What it says, and what to make of it",
    "number": "Which pick",
}
SUMMARY: Final = "summary"
_LONG: Final = frozenset({"description"})
"""Fields that hold sentences."""
_NOTHING: Final = [section(plain_text("There is nothing to show."))]


def answer_blocks(answer: Answer, limit: SizeLimit = MESSAGE) -> list[Kit]:
    """Render an answer: titles as headings, everything else as lines put together into paragraphs."""
    return [*within(_grouped(answer.blocks), limit), *([buttons(answer.buttons)] if answer.buttons else [])] or _NOTHING


def home_view(answer: Answer) -> Kit:
    """Render the home tab."""
    return {"type": "home", "blocks": answer_blocks(answer, TAB)}


def said_view(answer: Answer, private: str = "") -> Kit:
    """
    Render the view that replaces a form that was accepted. `private` comes back with a press on one of its buttons.

    A window scrolls: what can be pressed stands above a long list and not below its end, where nobody sees it.
    """
    blocks = answer_blocks(answer)
    if answer.buttons and blocks[0]["type"] == "header" and len(answer.blocks) > _LONG_LIST:
        blocks.insert(1, blocks.pop())
    return _window(blocks) | {"private_metadata": private}


def form_view(answer: Answer, callback: str, private: str) -> Kit:
    """Render a modal: one input for each field, with its present value. `private` comes back with it."""
    fields = [_field(name, value) for name, value in (answer.form or {}).items()]
    rest = [block for block in answer.blocks if block.role is not BlockRole.TITLE]
    blocks = [*within(_grouped(rest), MESSAGE), *fields][: TAB.blocks]
    return _window(blocks or _NOTHING) | {
        "callback_id": callback,
        "private_metadata": private,
        "submit": plain_text(shorten(seen(answer.submit), TITLE) or "Save"),
    }


def values_of(state: Mapping[str, Any]) -> dict[str, str]:
    """Parse a submitted form: field name → value."""
    return {name: _value(actions.get(ACTION) or {}) for name, actions in state.items()}


def errors_of(answer: Answer) -> dict[str, str]:
    """Errors of a form by field, as Slack shows them."""
    return {name: shorten(seen(fault), _INPUT) for name, fault in answer.faults.items()}


def _window(blocks: list[Kit]) -> Kit:
    return {"type": "modal", "title": plain_text("Paper Round"), "close": plain_text("Close"), "blocks": blocks}


def _grouped(blocks: Sequence[Block]) -> Iterator[Kit]:
    """Join lines into paragraphs as long as Slack takes them, and break where one begins."""
    waiting: list[Span] = []
    before: Block | None = None
    for block in blocks:
        spans = [Span(text=seen(span.text), url=span.url, strong=span.strong) for span in block.spans]
        line = [span for span in spans if span.text.strip()]
        if not line:
            continue
        if begins_paragraph(block, before) or _length(waiting) + _length(line) > SECTION:
            yield from _paragraph(waiting)
            waiting = []
        before = block
        if block.role is BlockRole.TITLE:
            yield header(line)
        else:
            waiting += [Span(text="\n"), *line] if waiting else line
    yield from _paragraph(waiting)


def _paragraph(spans: Sequence[Span]) -> Iterator[Kit]:
    if spans:
        yield prose(spans, words=copyable)


def _length(spans: Sequence[Span]) -> int:
    """Upper estimate of the length of spans once they are escaped."""
    return sum(units(span.text) + units(span.url or "") + 40 + 4 * span.text.count("&") for span in spans)


def _field(name: str, value: str) -> Kit:
    words, hint = _LABELS.get(name, name.replace("_", " ").capitalize()), _HINTS.get(name, "")
    return {
        "type": "input",
        "block_id": name[:255],
        "optional": True,
        "label": plain_text(shorten(seen(words), 100) or "Value"),
        "element": _element(name, value) | {"action_id": ACTION},
        **({"hint": plain_text(hint)} if hint else {}),
    }


def _element(name: str, value: str) -> Kit:
    if name == "weekday" and value in WEEKDAYS:
        options = [{"text": plain_text(day.capitalize()), "value": day} for day in WEEKDAYS]
        return {"type": "static_select", "options": options, "initial_option": options[WEEKDAYS.index(value)]}
    if name == "time" and _CLOCK.fullmatch(value):
        return {"type": "timepicker", "initial_time": value}
    choices = _CHOICES.get(name, ())
    if value in choices:
        options = [{"text": plain_text(choice.capitalize()), "value": choice} for choice in choices]
        return {"type": "static_select", "options": options, "initial_option": options[choices.index(value)]}
    if name == SUMMARY:
        # As it was written: what is cut or cleaned here would be lost when it is sent again.
        return {"type": "plain_text_input", "multiline": True, "max_length": _INPUT} | (
            {"initial_value": value[:_INPUT]} if value else {}
        )
    said = shorten(visible(value), _INPUT)
    lines = {"multiline": True} if name in _LONG else {}
    return {"type": "plain_text_input"} | lines | ({"initial_value": said} if said else {})


def _value(given: Mapping[str, Any]) -> str:
    chosen = (given.get("selected_option") or {}).get("value")
    return str(given.get("value") or chosen or given.get("selected_time") or "").strip()
