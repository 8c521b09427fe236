"""Blocks of an answer to one member: lines, titles, works in a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from bot.card import LINE_TITLE, linked, short
from bot.model import Answer, Block, BlockRole, Item, Pick, PlatformWords, Span

_OPERATORS: Final = re.compile(r"(\S+ it (?:off|on) with|Do without it): (paperround sources (?:dis|en)able \S+)")
_HERE: Final = re.compile(r"paperround sources (list|check|remove)")


COMMAND: Final = "/paperround"


def command(asks: str) -> str:
    """Give a command as it is typed in chat."""
    return f"{COMMAND} {asks}"


def say(*lines: str) -> Answer:
    """Make an answer of sentences, a line each."""
    return Answer(blocks=tuple(note(line) for line in lines))


def refuse(what: str, words: PlatformWords) -> Answer:
    """Say who may do what somebody asked for."""
    return say(f"Only {words.admins} may {what}. Ask one of them.")


def title(text: str) -> Block:
    """Make a heading."""
    return Block(role=BlockRole.TITLE, spans=(Span(text=text, strong=True),))


def note(text: str) -> Block:
    """Make a line."""
    return Block(role=BlockRole.NOTE, spans=(Span(text=text),))


def numbered(pick: Pick, remark: str = "") -> Block:
    """Make a line of a work with its number in the digest."""
    work = linked(short(pick.item.title, LINE_TITLE) or "(untitled)", pick.item.url, strong=True)
    spans = (Span(text=f"{pick.rank}. "), work, *((Span(text=f" · {remark}"),) if remark else ()))
    return Block(role=BlockRole.BODY, spans=spans)


def work(item: Item, remark: str = "") -> Block:
    """Make a line of a work."""
    return named(item.title, item.url, remark)


def named(title: str, url: str, remark: str = "") -> Block:
    """Make a line of a work of which the title and the address are known."""
    found = linked(short(title, LINE_TITLE) or "(untitled)", url)
    return Block(role=BlockRole.BODY, spans=(found, *((Span(text=f" · {remark}"),) if remark else ())))


def as_lines(card: Iterable[Block]) -> Iterator[Block]:
    """Make lines of an answer of a card's blocks: what stands side by side on a card is parted by dots, who said something is in brackets."""
    for one in card:
        first, *others = one.spans or (None,)
        if first is None or one.role in {BlockRole.TITLE, BlockRole.BODY, BlockRole.NOTE}:
            spans = one.spans
        elif one.role in {BlockRole.NEW, BlockRole.WORDS, BlockRole.QUOTE}:
            spans = (first, *(part for said in others[:1] for part in (Span(text=" ("), said, Span(text=")"))))
        else:
            why = one.role is BlockRole.WHY
            lead = (Span(text="Why:", strong=True), replace(first, text=f" {first.text}")) if why else (first,)
            spans = (*lead, *(part for other in others for part in (Span(text=" · "), other)))
        if spans:
            yield replace(one, spans=spans)


def begins_paragraph(block: Block, before: Block | None) -> bool:
    """
    Tell whether a line of an answer stands apart from the one before: a heading does, and in all there is to say of a work why it is here, and
    what its card does not show.
    """
    if before is None:
        return False
    return block.role in {BlockRole.TITLE, BlockRole.WHY} or (
        block.role is BlockRole.MORE and before.role is not block.role
    )


def in_chat(text: str) -> str:
    """
    Put a remedy that names the command line into what is asked for in chat, or say who can do it.

    >>> in_chat("See them all with: paperround sources list")
    'See them all with: /paperround sources'
    >>> in_chat("It is off; switch it on with: paperround sources enable arxiv")
    'It is off; the operator can: paperround sources enable arxiv'
    """
    text = _OPERATORS.sub(lambda found: f"{'The' if found[1][0].isupper() else 'the'} operator can: {found[2]}", text)
    return _HERE.sub(lambda found: "/paperround sources" + ("" if found[1] == "list" else f" {found[1]}"), text)
