"""Canonical names of emoji on Discord: a custom one by its id, any other without skin tone and variation selector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.emojis import plain_emoji


class Emojis:
    """
    Canonical names of emoji, as settings and events write them: `⭐`, or `:shipit:123456789012345678` for a custom one.

    A custom emoji can be renamed, and has no name any more once it is deleted: the first name we heard stays its name.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def named(self, emoji: Mapping[str, Any]) -> str:
        """
        Name an emoji as Discord describes it.

        >>> Emojis().named({"id": None, "name": "👎🏽"})
        '👎'
        """
        name, emoji_id = str(emoji.get("name") or ""), emoji.get("id")
        if not emoji_id:
            return plain_emoji(name)
        if name:
            self._names.setdefault(str(emoji_id), name)
        return f":{self._names.get(str(emoji_id), '_')}:{emoji_id}"


def wire_name(emoji: Mapping[str, Any]) -> str:
    """Name an emoji as Discord's addresses do: `name:id` for a custom one."""
    name, emoji_id = str(emoji.get("name") or "_"), emoji.get("id")
    return f"{name}:{emoji_id}" if emoji_id else name
