"""What a feed's format gives before our own rules see it: a `Document` of `Draft`s, and the error for what is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final


class Unreadable(Exception):
    """The document is not what was asked for. The text is the reason, to be read after the name of the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    One entry as its format gave it: addresses resolved and safe, texts as HTML (what was literal text is escaped).

    `published` with `whole_day` is the first instant of the day that was named; `misdated` says that there is a date which could not
    be read. `base` is where relative addresses in the texts count from, if that is not the entry's page. `replaces` says that
    it is announced as another version of an older work, `crossed` that it is listed under another category, too. `picture` is the address of
    one that belongs to it.
    """

    guid: str = ""
    title: str = ""
    link: str | None = None
    authors: tuple[str, ...] = ()
    summary: str = ""
    content: str = ""
    published: datetime | None = None
    whole_day: bool = False
    misdated: bool = False
    base: str | None = None
    replaces: bool = False
    crossed: bool = False
    tags: tuple[str, ...] = ()
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed as its format gave it. `page` is the address of the site it belongs to; `broken` says that parts of it could not be read."""

    drafts: tuple[Draft, ...]
    title: str = ""
    page: str | None = None
    broken: bool = False


_HTML: Final = re.compile(rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


def what_else(body: bytes, wanted: str = "a feed") -> str:
    """Say what a body is that is not what was wanted. It goes to people, so nothing of it is repeated."""
    if _HTML.match(body[:4096]):
        return f"gave an HTML page instead of {wanted}"
    first = body.lstrip()[:1]
    what = "JSON" if first in {b"{", b"["} else "XML" if first == b"<" else "something"
    return f"gave {what} that is not {wanted}"
