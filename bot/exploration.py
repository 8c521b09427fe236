"""
Draw works that a channel's topics and decisions do not reach. Pure.

Each candidate is as likely as any other of the better half, so that what is drawn is worth a look and nobody's favourite; the seed makes each
week's draw its own, and the same for ever.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Final

from bot.model import Channel, Item, Reason
from bot.ranking import Ranked

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
_CATEGORY: Final = re.compile(r"[a-z\-]+(\.[A-Za-z\-]{2,})?")


def draw(candidates: Sequence[Ranked], number: int, seed: str) -> list[Ranked]:
    """Draw up to `number` of the candidates (best first), in the order in which they were drawn."""
    better = candidates[: max(number, (len(candidates) + 1) // 2)]
    return random.Random(seed).sample(better, min(number, len(better)))  # noqa: S311 - a choice of papers, no secret


def outside_reason(item: Item, channel: Channel) -> Reason:
    """Say that a work was drawn from outside what the channel asks for, and where it lies, as far as its keywords tell."""
    what = "outside your topics" if channel.topics else "something else than usual"
    where = next((field for tag in item.tags if tag not in item.institutions and (field := _field(tag))), None)
    return Reason(name="exploration", text=f"{what}: {where}" if where else f"{what}, on purpose", weight=0.0)


def _field(tag: str) -> str | None:
    """Give a keyword as people say it; a category that says nothing gives none."""
    return _FIELDS.get(tag, None if "." in tag and _CATEGORY.fullmatch(tag) else tag)
