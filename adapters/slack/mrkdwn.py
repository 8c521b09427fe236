"""
Slack's mrkdwn: writing it with foreign text escaped, and reading it.

Only our own words, and links with an escaped label, are ever written as mrkdwn; everything else goes out as `plain_text` or as rich text
(`rich_text.py`), in which Slack reads no markup. Look-alikes are left for the words of links in small text, where Slack takes no rich text. `verbatim` keeps Slack from linking bare addresses and names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any, Final

from bot.text import clean, cut, isolated, safe_url

# What would format at the edge of a word has a look-alike that does not; Slack knows no escape for it (its guide offers only & < >),
# and a zero-width space at its side may as well make it format. Titles with such signs are written as rich text.
_LOOKALIKES: Final = str.maketrans({"*": "∗", "~": "∼", "`": "'", "|": "∣"})
_EDGE_UNDERSCORE: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# A short name is made of letters, digits, _ + - and ' alone, and an address goes on with //: a zero-width space ends both.
_SHORT_NAME: Final = re.compile(r":(?=[\w+'\-]+:)")
_ADDRESS: Final = re.compile(r":(?=//)")
_SPLIT: Final = "\u200b"
_DEAD_COLON: Final = f":{_SPLIT}"
# Two texts side by side may make a short name that neither has; the address of a link keeps its colons.
_JOINED_NAME: Final = re.compile(r"(<[^<>|]*)|:(?=[\w+'\-]+:)")
_LOOKALIKE_COLON: Final = "∶"
_BRACKET: Final = re.compile(r"[<>]")
_QUOTE_SIGN: Final = re.compile(r"^(\s*)&gt;", re.MULTILINE)
# In plain_text these are dead already, and escaped in markup; a zero-width space is a second lock.
_PING: Final = re.compile(r"<(?=[!@#])|@(?=everyone\b|here\b|channel\b)", re.IGNORECASE)
_CONTROL: Final = re.compile(r"<([^<>]*)>")
_MENTION: Final = re.compile(r"@[UW][A-Z0-9]+")
TEXT: Final = 3000
"""Most UTF-16 units of a text object."""
_MOST_NAMED: Final = 10
"""How many mentioned users of one message are looked up: one that mentions a crowd must not delay the author of the next."""


def units(text: str) -> int:
    """Length in UTF-16 units, as JavaScript counts: Slack's limits are the stricter for an emoji, whichever way it counts."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def shorten(text: str, limit: int, dress: Callable[[str], str] = str) -> str:
    """Cut a text so that `dress` of it has at most `limit` UTF-16 units, and give that."""
    space = limit
    while units(dressed := dress(cut(text, space))) > limit:
        space = min(space - 1, space * limit // units(dressed))
    return dressed


def seen(text: str) -> str:
    """
    Make a span's text safe to carry, line by line, and dead to whoever reads pings out of plain text; what is seen stays as it is.

    A space at its edge stays, since it parts it from the next span.

    >>> seen("<!channel> or @here").replace(chr(0x200B), "|")
    '<|!channel> or @|here'
    """
    return _PING.sub(lambda match: match[0] + _SPLIT, visible(text))


def visible(text: str) -> str:
    """Make text safe to carry, line by line, for places in which Slack reads nothing: what is typed there again is what was given."""
    return "\n".join(_visible_line(line) for line in text.split("\n"))


def _visible_line(line: str) -> str:
    inner = clean(line)
    if not inner:
        return " " if line.strip("\t\r\f\v ") != line and line else ""
    return (" " if line[:1].isspace() else "") + inner + (" " if line[-1:].isspace() else "")


def escape(text: str) -> str:
    """Escape the three characters that Slack's guide names, and no others."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def harmless(text: str) -> str:
    """Escape foreign text for mrkdwn, so that it neither pings, links, formats nor draws an emoji."""
    return copyable(_ADDRESS.sub(_DEAD_COLON, text))


def copyable(text: str) -> str:
    """
    Write words for one member into mrkdwn so that an address in them can be copied as it stands, and nothing else does anything.

    Only for `verbatim` text, in which Slack makes no link of a bare address.
    """
    return escape(_SHORT_NAME.sub(_DEAD_COLON, _EDGE_UNDERSCORE.sub("ˍ", text.translate(_LOOKALIKES))))


def label(text: str) -> str:
    """Write foreign text as the words of a link: harmless, on one line, without what could end the link."""
    return harmless(" ".join(text.split()))


def carries(text: str) -> bool:
    """
    Whether the words of a link written as markup are surely the text's own characters: none replaced by a look-alike, and no bracket, which
    Slack documents as escaped in texts and is silent on in a link's words.
    """
    line = " ".join(text.split())
    return not _BRACKET.search(line) and label(line).replace("\u200b", "") == escape(line).replace("\u200b", "")


def carries_words(text: str, dress: Callable[[str], str] = harmless) -> bool:
    """Whether words that `dress` writes into markup are the text's own characters, none replaced by a look-alike."""
    return dress(text).replace("\u200b", "") == escape(text).replace("\u200b", "")


def link(url: str | None, text: str, limit: int, *, most_url: int = 2000) -> str:
    """Link a text, at most `limit` units in all; where the address cannot be carried, the words alone are left."""
    safe = safe_url(url) if text.strip() else None
    address = escape(safe) if safe and len(safe) <= most_url else ""
    space = limit - units(address) - 3
    if not address or space < limit // 10:
        return shorten(text, limit, _label_apart)
    return f"<{address}|{shorten(text, space, _label_apart)}>"


def _label_apart(text: str) -> str:
    """Write the words of a link so that what stands beside it keeps its place, whichever way they are written."""
    return isolated(label(text))


def plain_text(text: str, *, emoji: bool = False) -> dict[str, Any]:
    """Make a text object in which Slack reads no markup; with `emoji` it draws `:names:`."""
    return {"type": "plain_text", "text": text, "emoji": emoji}


def mrkdwn(text: str) -> dict[str, Any]:
    """
    Make a text object of markup. A line that begins with a foreign `>` is no quote, and two texts side by side make no emoji.

    >>> mrkdwn("<https://lab.example:80/a:b:|A> asks:" + "fire" + ": <https://lab.example|B>")["text"].replace(chr(0x200B), "|")
    '<https://lab.example:80/a:b:|A> asks:|fire: <https://lab.example|B>'
    """
    own = _apart(unquoted(text), _DEAD_COLON)
    if units(own) > TEXT:
        # It was cut to Slack's limit: signs that take no more room than before.
        own = _apart(_QUOTE_SIGN.sub(r"\1›", text), _LOOKALIKE_COLON)
    return {"type": "mrkdwn", "text": own, "verbatim": True}


def unquoted(text: str) -> str:
    """Keep lines of escaped text from reading as quotes, which Slack takes an escaped `>` for, too."""
    return _QUOTE_SIGN.sub(rf"\1{_SPLIT}&gt;", text)


def _apart(text: str, colon: str) -> str:
    return _JOINED_NAME.sub(lambda match: match[1] or colon, text)


def mentioned(text: str) -> tuple[str, ...]:
    """
    Give the ids of the users that a message mentions and whose names are worth asking for: each once, in order, at most ten.

    >>> mentioned("<@U12>, <@U7|ada>, <#C1|papers> and <@U12>")
    ('U12', 'U7')
    """
    targets = (match[1].partition("|")[0] for match in _CONTROL.finditer(text))
    found = dict.fromkeys(each[1:] for each in targets if _MENTION.fullmatch(each))
    return tuple(found)[:_MOST_NAMED]


def readable(text: str, names: Mapping[str, str] | None = None) -> str:
    """
    Read what a member wrote: mentions and links as words, nothing escaped.

    `names` gives the names of those who are `mentioned`, by id; who is in it under no name keeps the id. The same text reads the same
    with the same names, so that a reply seen again looks edited at most once: when a name is known that was not before.

    >>> readable("see <https://example.org|this> &amp; ask <@U12> or <@U7>", {"U12": "Ada"})
    'see this (https://example.org) & ask @Ada or @U7'
    """
    known = {f"@{each}": clean((names or {}).get(each, "")) for each in mentioned(text)}
    pieces, end = [], 0
    for match in _CONTROL.finditer(text):
        # A name is no markup of Slack's: it is put in as it is, after what was escaped is read.
        name = known.get(match[1].partition("|")[0])
        pieces += [unescape(text[end : match.start()]), f"@{name}" if name else unescape(_words(match))]
        end = match.end()
    return "".join([*pieces, unescape(text[end:])])


def typed(text: str) -> str:
    """
    Read the text of a command as it was typed: links as their addresses alone, names as names, nothing escaped.

    Slack sends it escaped, since the manifest asks for ids instead of names (docs/platform-facts.md#a20).

    >>> typed("sources add <https://lab.example/feed|lab.example/feed>")
    'sources add https://lab.example/feed'
    >>> typed("pause R&amp;D asks <@U1|ada>")
    'pause R&D asks @ada'
    """
    return unescape(_CONTROL.sub(_typed, text))


def _typed(match: re.Match[str]) -> str:
    target, _, words = match[1].partition("|")
    if target.startswith("mailto:"):
        return words or target.removeprefix("mailto:")
    return _words(match) if target[:1] in {"@", "#", "!"} else target


def _words(match: re.Match[str]) -> str:
    target, _, words = match[1].partition("|")
    if target[:1] in {"@", "#"}:
        return target[0] + (words or target[1:])
    if target.startswith("!"):
        return words or "@" + target[1:].partition("^")[0]
    target = target.removeprefix("mailto:")
    return target if not words or words == target else f"{words} ({target})"


def addresses(text: str) -> list[str]:
    """Give the web addresses that a member's message links to, each once, in order."""
    found = (match[1].partition("|")[0] for match in _CONTROL.finditer(text))
    return list(dict.fromkeys(safe for one in found if (safe := safe_url(unescape(one)))))
