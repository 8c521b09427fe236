"""A record of a reading list in nobody's format, and the work that it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final, NamedTuple

from adapters.sources.parse.latex import readable
from bot.item_keys import WORKS, item_key
from bot.text import clean, counted, cut, names, plain_title, safe_url
from bot.usecases.taste import Reference

LONGEST: Final = 20_000
"""Characters of a field that are looked at: no abstract is longer, and making one readable takes its time."""

MOST_READ: Final = 20_000
"""Records of one list that are read at most: more than are taken, since some of them are no works."""

_TITLE: Final = 300
_ABSTRACT: Final = 2_500
_NUMBER: Final = r"(?P<number>\d{4}\.\d{4,5}|[a-z\-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?"
_ARXIV: Final = re.compile(rf"(?:arxiv\s*:\s*)?{_NUMBER}(?:\s*\[[\w.\-, ]+\])?", re.IGNORECASE)
# Where it is written among other words: 'arXiv preprint arXiv:2309.12307', and the volume of DBLP and Semantic Scholar, 'abs/2309.12307'.
_NAMED: Final = re.compile(rf"(?:\barxiv\s*:\s*|\babs/){_NUMBER}(?!\w)", re.IGNORECASE)
_DOI: Final = re.compile(r"10\.\d{4,9}/\S+")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_DAY: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")

_BEFORE_ZONE: Final = re.compile(r"\s+(?=[+-]\d{4}$)")


class LeftOut(Enum):
    """What of a list is no work of it, in words for one and for many."""

    NO_WORK = ("attachment or note", "attachments or notes")
    FEED = ("feed, which `paperround sources import` takes", "feeds, which `paperround sources import` takes")
    VOLUME = ("volume of proceedings", "volumes of proceedings")
    NAMELESS = ("record without an address or a title", "records without an address or a title")
    UNREADABLE = ("record that cannot be read", "records that cannot be read")
    TOO_MANY = ("work beyond the first 5,000", "works beyond the first 5,000")

    def counted(self, number: int) -> str:
        """Say how many there are of it."""
        return counted(number, *self.value)


class ReadRecords(NamedTuple):
    """What was read of a list: its records; how much of it is none, by the reason; and which ones cannot be read, as somebody finds them in the file."""

    records: Sequence[Record]
    left_out: Counter[LeftOut]
    unreadable: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """
    What a record says of itself: title, abstract and names as plain text, the rest as written.

    `arxiv` are fields whose first line may be an arXiv number and nothing else, `mentions` those that may name one among other words; `urls` are
    fields that hold addresses; `added` are fields that say when the work came into the list, the likeliest first. A `volume` is no work, but what works
    stand in, as the format says; its title may say so, too (`bot.volumes`).
    """

    title: str = ""
    abstract: str = ""
    authors: Sequence[str] = ()
    arxiv: Sequence[str] = ()
    mentions: Sequence[str] = ()
    doi: str = ""
    urls: Sequence[str] = ()
    added: Sequence[str] = ()
    volume: bool = False


def reference_of(record: Record) -> Reference | None:
    """Give the work that a record names, its texts bounded; None where it names none."""
    title = cut(clean(record.title), _TITLE)
    url = _address(record)
    if not url and not title:
        return None
    return Reference(
        url=url,
        title=title,
        abstract=cut(clean(record.abstract), _ABSTRACT),
        authors=names(cut(clean(author), 100) for author in record.authors),
        at=next(filter(None, map(_instant, record.added)), None),
    )


MOST_NAMED: Final = 5
"""Records that cannot be read of which each is named."""


def named(places: Sequence[str]) -> str:
    """
    Say which records are meant, the first ones by name.

    >>> named(["b (line 3)", "line 9"]), named([f"line {n}" for n in range(1, 9)])
    ('b (line 3), line 9', 'line 1, line 2, line 3, line 4, line 5 and 3 more')
    """
    more = len(places) - MOST_NAMED
    return ", ".join(places[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def first_records(text: str, begins: re.Pattern[str]) -> tuple[str, int]:
    """Give a text up to `MOST_READ` records, each of which begins as told, and how many more there are."""
    starts = [found.start() for found in begins.finditer(text)]
    return (text, 0) if len(starts) <= MOST_READ else (text[: starts[MOST_READ]], len(starts) - MOST_READ)


def as_prose(text: str) -> str:
    """A title or an abstract in which markup and LaTeX are meant as such; '<s>' and 'x<y' are words of our field."""
    return readable(plain_title(text[:LONGEST]))


def turned(name: str) -> str:
    """Put a name that is sorted by its family name the usual way round: 'Lovelace, Ada'."""
    family, comma, given = name.partition(",")
    return readable(f"{given.strip()} {family.strip()}" if comma else name.strip())


def _address(record: Record) -> str:
    """
    The address that tells most of a work: its arXiv number, its page at arXiv, its DOI, a page that has a number of its own, any page. arXiv's comes before a
    publisher's, for it is what a week's works are known by.
    """
    numbers = (_ARXIV.fullmatch(each.strip().partition("\n")[0].strip()) for each in record.arxiv)
    if found := next(filter(None, (*numbers, *map(_NAMED.search, record.mentions))), None):
        return f"https://arxiv.org/abs/{found['number']}"
    urls = list(_urls(record.urls))
    if arxiv := next((url for url in urls if (item_key(url) or "").startswith("arxiv:")), None):
        return arxiv
    if doi := _DOI.search(record.doi):
        return safe_url(f"https://doi.org/{doi[0]}") or ""
    return next((url for url in urls if (item_key(url) or "").startswith(WORKS)), urls[0] if urls else "")


def _urls(fields: Iterable[str]) -> Iterator[str]:
    """The addresses in fields: some programs put several into one, by a space between them."""
    for field in fields:
        for found in _ADDRESS.findall(field[:10_000]):
            if url := safe_url(found):
                yield url


def _instant(text: str) -> datetime | None:
    """Read when a work came into the list; a day is its beginning. None for what is no date."""
    try:
        found = datetime.fromisoformat(_BEFORE_ZONE.sub("", text.strip()))
    except ValueError:
        day = _DAY.match(text.strip())
        try:
            return datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=UTC) if day else None
        except ValueError:
            return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
