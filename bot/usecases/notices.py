"""Notices: short messages to everybody in a channel, beside its digests."""

from __future__ import annotations

from bot.card import block
from bot.model import BlockRole, Button, Post, PostRole


def notice(title: str, *lines: str, buttons: tuple[Button, ...] = ()) -> Post:
    """Make a notice of a title and sentences, with buttons below where there are any."""
    blocks = (block(BlockRole.TITLE, title), *(block(BlockRole.BODY, line) for line in lines))
    return Post(role=PostRole.NOTICE, part=0, blocks=blocks, plain="\n".join((title, *lines)), buttons=buttons)
