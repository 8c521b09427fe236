"""One page of Hugging Face's daily papers → entries. Pure; run in the reading process."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

from adapters.sources.parse.dates import read_date
from adapters.sources.parse.document import Unreadable, what_else
from adapters.sources.parse.feed import TITLE
from adapters.sources.parse.latex import readable
from bot.model import Attention, Entry, ItemKind, Section
from bot.pictures import safe_picture
from bot.text import clean, cut, names, plain, plain_title, safe_url
from bot.withdrawal import TAG as WITHDRAWN
from bot.withdrawal import is_withdrawn

MIDNIGHT: Final = time(0)
"""All captured listings say the first instant of a day of UTC: it is the day of the list that they name."""

ABSTRACT: Final = 2500
BRIEF: Final = 400
_KEYWORDS: Final = 12
_ID: Final = re.compile(r"[\w.\-/]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyPage:
    """`count` is how many objects the page held, `skipped` how many of them could not be understood."""

    entries: tuple[Entry, ...]
    count: int
    skipped: int


def parse_daily_page(body: bytes, source_id: str, section: Section, organisations: Collection[str] = ()) -> DailyPage:
    """Read a page of `api/daily_papers`; with `organisations`, of their papers only. Raises `Unreadable` if it is none, or if nothing in it can be understood."""
    if not body.strip():
        raise Unreadable("gave an empty answer")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable(what_else(body, "a list of papers")) from None
    if not isinstance(found, list):
        raise Unreadable("gave JSON of another shape than a list of papers")
    wanted = {name.casefold() for name in organisations}
    listed = [each for each in found if not wanted or _organisation(each) in wanted]
    entries = [entry for each in listed if (entry := _entry(each, source_id, section))]
    if listed and not entries:
        raise Unreadable(f"gave a list of {len(found)} in which nothing is a paper")
    return DailyPage(entries=tuple(entries), count=len(found), skipped=len(listed) - len(entries))


def _organisation(each: object) -> str:
    """The name of the organisation that stands behind a paper, as it is in addresses; empty where none does."""
    paper = each.get("paper") if isinstance(each, Mapping) else None
    found = paper.get("organization") if isinstance(paper, Mapping) else None
    return _text(found, "name").casefold() if isinstance(found, Mapping) else ""


def _entry(each: object, source_id: str, section: Section) -> Entry | None:
    paper = each.get("paper") if isinstance(each, Mapping) else None
    if not isinstance(each, Mapping) or not isinstance(paper, Mapping):
        return None
    number, title = (
        _text(paper, "id"),
        cut(clean(readable(plain_title(_text(paper, "title") or _text(each, "title")))), TITLE),
    )
    if not _ID.fullmatch(number) or not title:
        return None
    abstract = _read(_text(paper, "summary") or _text(each, "summary"), ABSTRACT)
    listed = _instant(paper, "submittedOnDailyAt")
    return Entry(
        source_id=source_id,
        external_id=number,
        kind=ItemKind.PAPER,
        section=section,
        title=title,
        url=f"https://huggingface.co/papers/{number}",
        about=f"https://arxiv.org/abs/{number}",
        authors=_authors(paper),
        abstract=abstract,
        brief=_read(_text(paper, "ai_summary"), BRIEF),
        # The outer `publishedAt` is off by the sender's time zone (captured: four hours before the inner one).
        published=listed or _instant(each, "publishedAt"),
        whole_day=listed is not None and listed.time() == MIDNIGHT,
        work_date=_instant(paper, "publishedAt"),
        attention=Attention(votes=_number(paper, "upvotes"), comments=_number(each, "numComments")),
        code_url=safe_url(_text(paper, "githubRepo")),
        code_stars=_number(paper, "githubStars"),
        project_url=safe_url(_text(paper, "projectPage")),
        tags=(*_tags(paper), *((WITHDRAWN,) if is_withdrawn(title, abstract) else ())),
        institutions=_institutions(paper),
        picture=safe_picture(_text(each, "thumbnail")),
    )


def _read(text: str, limit: int) -> str:
    return cut(clean(readable(plain(text))), limit)


def _authors(paper: Mapping[str, Any]) -> tuple[str, ...]:
    people = paper.get("authors")
    if not isinstance(people, list):
        return ()
    return names(plain(_text(each, "name"), 100) for each in people if isinstance(each, Mapping))


def _tags(paper: Mapping[str, Any]) -> tuple[str, ...]:
    """The organisation that stands behind the paper, then the keywords."""
    first, keywords = list(_institutions(paper)), paper.get("ai_keywords")
    rest = [each for each in keywords if isinstance(each, str)][:_KEYWORDS] if isinstance(keywords, list) else []
    return tuple(dict.fromkeys(tag for each in first + rest if (tag := plain(each, 60))))


def _institutions(paper: Mapping[str, Any]) -> tuple[str, ...]:
    found = paper.get("organization")
    named = _text(found, "fullname") or _text(found, "name") if isinstance(found, Mapping) else ""
    return names([plain(named, 60)])


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _number(holder: Mapping[str, Any], name: str) -> int | None:
    value = holder.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _instant(holder: Mapping[str, Any], name: str) -> datetime | None:
    found = read_date(_text(holder, name))
    return found.instant if found else None
