"""CSL-JSON, as Zotero and pandoc read it (docs.citationstyles.org, CSL 1.0.2)."""

from __future__ import annotations

import json
from typing import Any, Final

from adapters.exports.notes import keywords, summaries
from bot.citation import name_parts
from bot.exporting import Export, Work, doi_of, venue_of
from bot.model import ItemKind

_TYPES: Final = {
    ItemKind.POST: "post-weblog",
    ItemKind.NEWSLETTER: "post-weblog",
    ItemKind.DISCUSSION: "post",
    ItemKind.CODE: "software",
    ItemKind.TALK: "speech",
}


def render(export: Export) -> str:
    """Give every work as an item of one list."""
    return json.dumps([item_of(work) for work in export.works], ensure_ascii=False, indent=2) + "\n"


def item_of(work: Work) -> dict[str, Any]:
    """Give a work as CSL-JSON."""
    item, venue = work.item, venue_of(work.item)
    paper = "paper-conference" if venue and not item.key.startswith("arxiv:") else "article"
    fields = {
        "id": work.citation_key,
        "type": _TYPES.get(item.kind, paper),
        "title": item.title,
        "author": [_name(author) for author in item.authors],
        "issued": {"date-parts": [[work.dated.year, work.dated.month, work.dated.day]]},
        "container-title": venue,
        "DOI": doi_of(item),
        "URL": item.url,
        "abstract": item.abstract,
        "keyword": ", ".join(keywords(work)),
        "note": "\n\n".join([*summaries(work), *([f"Code: {item.code_url}"] if item.code_url else [])]),
    }
    return {name: value for name, value in fields.items() if value}


def _name(author: str) -> dict[str, str]:
    given, family = name_parts(author)
    return {"family": family, "given": given} if given else {"literal": family}
