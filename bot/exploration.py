"""What is said of a pick that explores: that it lies outside what the channel asks for, and where. Pure."""

from __future__ import annotations

import re
from typing import Final

from bot.model import Channel, Item, Reason

_FIELDS: Final = {
    "cs.AR": "hardware",
    "cs.CL": "language",
    "cs.CR": "security",
    "cs.CV": "computer vision",
    "cs.CY": "computers and society",
    "cs.DB": "databases",
    "cs.DC": "distributed computing",
    "cs.GR": "graphics",
    "cs.HC": "people and computers",
    "cs.IR": "information retrieval",
    "cs.MA": "multi-agent systems",
    "cs.NE": "evolutionary computing",
    "cs.RO": "robotics",
    "cs.SD": "sound",
    "cs.SE": "software engineering",
    "cs.SI": "social networks",
    "eess.AS": "speech and audio",
    "eess.IV": "imaging",
    "math.OC": "optimisation",
    "quant-ph": "quantum physics",
    "stat.ML": "statistics",
}
"""arXiv's categories (arxiv.org/category_taxonomy) as people call the field; cs.AI and cs.LG say nothing, everything is in them."""
_REMARKS: Final = frozenset(
    {
        "cross-list",
        "cross",
        "new",
        "replace",
        "replace-cross",
        "marketing",
        "announcement",
        "release",
        "question",
        "beginner",
        "self-promotion",
    }
)
_REMARK_BEGINNINGS: Final = ("suggested by ", "for ")
_CATEGORY: Final = re.compile(r"[a-z\-]+(\.[A-Za-z\-]{2,})?")


def outside_reason(item: Item, channel: Channel) -> Reason:
    """Say that a work was drawn from outside what the channel asks for, and where it lies, as far as its keywords tell."""
    what = "outside your topics" if channel.topics else "something else than usual"
    where = next((field for tag in item.tags if tag not in item.institutions and (field := _field(tag))), None)
    return Reason(name="exploration", text=f"{what}: {where}" if where else f"{what}, on purpose", weight=0.0)


def _field(tag: str) -> str | None:
    """Give a keyword as people say it; a category that says nothing, or a source's remark, gives none."""
    if tag in _REMARKS or tag.startswith(_REMARK_BEGINNINGS):
        return None
    return _FIELDS.get(tag, None if "." in tag and _CATEGORY.fullmatch(tag) else tag)
