"""CSV: a row for each work and channel (RFC 4180, UTF-8)."""

from __future__ import annotations

import csv
import io
from typing import Final

from adapters.exports.notes import decided, summaries
from bot.exporting import Export, Work, doi_of, venue_of
from bot.remembered import Remembered

COLUMNS: Final = (
    "citation_key", "key", "kind", "title", "authors", "url", "doi", "venue", "published", "code", "channel", "weeks", "decisions",
    "summaries", "abstract",
)  # fmt: skip

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (owasp.org, CSV injection): an apostrophe before it makes it text."""


def render(export: Export) -> str:
    """Give the table, with its head."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for work in export.works:
        writer.writerows([_harmless(cell) for cell in _row(work, place)] for place in work.places)
    return text.getvalue()


def _row(work: Work, place: Remembered) -> list[str]:
    item = work.item
    return [
        work.citation_key,
        work.key,
        item.kind.value,
        item.title,
        "; ".join(item.authors),
        item.url,
        doi_of(item) or "",
        venue_of(item) or "",
        f"{work.dated:%Y-%m-%d}",
        item.code_url or "",
        place.channel,
        "; ".join(place.weeks),
        "; ".join(decided(place)),
        "\n\n".join(summaries(Work(key=work.key, citation_key="", item=item, places=(place,)))),
        item.abstract,
    ]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
