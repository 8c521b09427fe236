"""Export of what the team knows, in forms that other programs read. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.usecases.recall import Remembered


def as_document(remembered: Iterable[Remembered]) -> dict[str, Any]:
    """
    Give items with mentions, decisions and summaries as one JSON-ready document: `{"items": [...]}`.

    Instants are ISO 8601 in UTC. A member is named as people call them; `member_id` is the platform's own.
    """
    return {"items": [_item(one) for one in remembered]}


def _item(one: Remembered) -> dict[str, Any]:
    item = one.item
    return {
        "key": item.key,
        "kind": item.kind.value,
        "section": item.section.value,
        "title": item.title,
        "url": item.url,
        "authors": list(item.authors),
        "channel": one.channel,
        "weeks": list(one.weeks),
        "mentions": [{"source": m.source_id, "url": m.url, "title": m.title} for m in item.mentions],
        "decisions": [
            {
                "member": d.member.name or d.member.id,
                "member_id": d.member.id,
                "decision": d.meaning.value,
                "when": d.at.isoformat(),
            }
            for d in one.decisions
        ],
        "summaries": [
            {
                "member": s.member.name or s.member.id,
                "member_id": s.member.id,
                "text": s.text,
                "when": s.at.isoformat(),
                "edited": s.edited_at.isoformat() if s.edited_at else None,
            }
            for s in one.summaries
        ],
    }
