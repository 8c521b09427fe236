"""Web addresses in a message that somebody proposes: in its text, embeds and buttons, and on our own cards those of the works alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import discord

from bot.text import safe_url

_ADDRESS: Final = re.compile(r"https?://[^\s<>\[\]()]+(?:\([^\s<>\[\]()]*\)[^\s<>\[\]()]*)*")
_WORK: Final = re.compile(
    r"^(?:(?:\S+ )?\*\*\d+\*\*|[1-9]\ufe0f?\u20e3|🔟) (?:\*\*)?\[(?:\\.|[^\]\\])*\]\(<?(https?://[^\s>]+?)>?\)"
)
"""How the line of a work begins in a message of ours: a keycap, its number where the keycap says another one, its title as a link."""


def links_in(message: discord.Message, *, ours: bool = False) -> list[str]:
    """
    Give the web addresses in a message, each once, in the order in which they are read; those of what it forwards, too.

    Other programs write in embeds, and link by buttons. Of a message of `ours` it is the works that are meant, not who spoke of them.
    """
    found = _works(message) if ours else _all(message)
    return list(dict.fromkeys(safe for one in found if (safe := safe_url(one))))


def _works(message: discord.Message) -> Iterator[str]:
    for embed in message.embeds:
        if embed.url:
            yield embed.url
            continue
        for line in (embed.description or "").splitlines():
            if work := _WORK.match(line):
                yield work[1]


def _all(message: discord.Message) -> Iterator[str]:
    parts: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    for part in parts:
        yield from _in_text(part.content)
        for embed in part.embeds:
            yield from _in_embed(embed)
        yield from _in_components(part.components)


def _in_embed(embed: discord.Embed) -> Iterator[str]:
    if embed.url:
        yield embed.url
    for text in (embed.title, embed.description, *(part for one in embed.fields for part in (one.name, one.value))):
        yield from _in_text(text or "")


def _in_components(components: Sequence[Any]) -> Iterator[str]:
    """The addresses of buttons, and in texts, whatever holds them."""
    for one in components:
        if address := getattr(one, "url", None):
            yield str(address)
        yield from _in_text(str(getattr(one, "content", None) or ""))
        yield from _in_components(getattr(one, "children", None) or ())


def _in_text(text: str) -> Iterator[str]:
    for found in _ADDRESS.findall(text):
        yield found.rstrip(".,;:!?'\"*_~|`")
