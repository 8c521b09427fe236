"""
Escaping of foreign text for Discord's markdown, within its length limits; links only where we set them.

Escaping comes last, after `bot.text.clean`, and lengthens a text; so the length that is cut to is that of the escaped text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from discord.utils import escape_mentions

from bot.model import Span
from bot.text import clean, cut, isolated, safe_url

# discord.utils.escape_markdown leaves a lone bracket, an angle bracket and the colon of an address as they are, so that a
# foreign text could close our own link label, forge a timestamp (`<t:0>`) or become a link by itself.
_SPECIAL: Final = re.compile(r"[\\`*_~|\[\]()<>#]|(?<=\w):(?=//)|^[-+](?=\s|$)|^\d+(?=\.\s)|(?<=discord)\.|@(?=\w)")
_CUSTOM_EMOJI: Final = re.compile(r"(?<![\w<\\]):(\w{2,32}):(\d{15,22})(?!\d)")


def size(text: str) -> int:
    """
    Length of a text as Discord may count it: in UTF-16 units, the larger of the two ways of counting.

    >>> size("a🙂")
    3
    """
    return len(text) + sum(1 for sign in text if ord(sign) > 0xFFFF)  # noqa: PLR2004 - the end of the basic plane


def escape(text: str) -> str:
    r"""
    Take every meaning that Discord sees in a text away: markup, mentions, links, timestamps.

    >>> escape("<@1> [x](https://a.example)")
    '\\<\\@1\\> \\[x\\]\\(https\\://a.example\\)'
    """
    return escape_mentions(_SPECIAL.sub(lambda found: _escaped(found.group()), text))


def _escaped(sign: str) -> str:
    return f"{sign}\\" if sign.isdigit() else f"\\{sign}"


def fitted(text: str, limit: int) -> str:
    """Clean and escape a text, cut so that what is sent is at most `limit` long. A cut never falls inside an escape."""
    plain = clean(text)
    shown, space = escape(plain), limit
    while size(shown) > limit and space > 0:
        space -= max(1, space // 8)
        shown = escape(cut(plain, space))
    return shown if size(shown) <= limit else ""


def plain(text: str, limit: int) -> str:
    """
    Clean and cut a text for a place where Discord reads no markup (a thread's name, a footer).

    >>> plain("Scaling  agents", 12)
    'Scaling…'
    """
    wanted = clean(text)
    shown, space = cut(wanted, limit), limit
    while size(shown) > limit:
        space -= 1
        shown = cut(wanted, space)
    return shown


def linked(span: Span, space: int) -> str:
    """Write a span within `space`: as a link where it has an address that may be shown and there is space for it."""
    url = safe_url(span.url)
    if url:
        address = url.replace("(", "%28").replace(")", "%29")
        label = _apart(span.text, space - size(address) - 4)
        if label:
            return _strong(f"[{label}]({address})", span, space)
    return _strong(_apart(span.text, space), span, space)


def _apart(text: str, limit: int) -> str:
    """Fit a text so that what stands beside it keeps its place, whichever way it is written."""
    return isolated(fitted(text, limit - len(isolated(text)) + len(text)))


def _strong(text: str, span: Span, space: int) -> str:
    return f"**{text}**" if span.strong and text and size(text) + 4 <= space else text


def line(spans: Iterable[Span], space: int, joint: str = " · ") -> str:
    """Write spans side by side within `space`; what does not fit any more is left out from the end."""
    shown, ending = "", ""
    for span in spans:
        # Cleaning takes the spaces at the borders of a span away; where spans follow one another closely, they part them.
        parted = joint or (" " if ending.isspace() or span.text[:1].isspace() else "")
        before = parted if shown else ""
        piece = linked(span, space - size(shown) - size(before))
        if piece:
            shown += before + piece
        elif span.text.strip():
            break
        ending = span.text[-1:]
    return shown


def with_custom_emoji(text: str) -> str:
    r"""
    Show custom emoji, as our events and settings name them, where an escaped text of our own speaks of them.

    >>> with_custom_emoji(r":ship\_it:123456789012345678 must-read")
    '<:ship_it:123456789012345678> must-read'
    """
    bare = re.sub(r":(?:\w|\\_){2,64}:\d{15,22}", lambda found: found.group().replace("\\", ""), text)
    return _CUSTOM_EMOJI.sub(r"<:\1:\2>", bare)
