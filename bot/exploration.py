"""What is said of a pick that explores: that it lies outside what the channel asks for, and where. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from bot.model import Channel, Item, Reason

_FIELDS: Final = {
    "cs.AR": "hardware",
    "cs.CC": "complexity theory",
    "cs.CE": "computational engineering",
    "cs.CG": "computational geometry",
    "cs.CL": "language",
    "cs.CR": "security",
    "cs.CV": "computer vision",
    "cs.CY": "computers and society",
    "cs.DB": "databases",
    "cs.DC": "distributed computing",
    "cs.DL": "digital libraries",
    "cs.DM": "discrete mathematics",
    "cs.DS": "algorithms and data structures",
    "cs.ET": "emerging technologies",
    "cs.FL": "formal languages",
    "cs.GR": "graphics",
    "cs.GT": "game theory",
    "cs.HC": "people and computers",
    "cs.IR": "information retrieval",
    "cs.IT": "information theory",
    "cs.LO": "logic",
    "cs.MA": "multi-agent systems",
    "cs.MM": "multimedia",
    "cs.MS": "mathematical software",
    "cs.NA": "numerical analysis",
    "cs.NE": "evolutionary computing",
    "cs.NI": "networks",
    "cs.OS": "operating systems",
    "cs.PL": "programming languages",
    "cs.RO": "robotics",
    "cs.SC": "computer algebra",
    "cs.SD": "sound",
    "cs.SE": "software engineering",
    "cs.SI": "social networks",
    "cs.SY": "control",
    "eess.AS": "speech and audio",
    "eess.IV": "imaging",
    "eess.SY": "control",
    "math.OC": "optimisation",
    "quant-ph": "quantum physics",
    "stat.ML": "statistics",
}
"""arXiv's categories (arxiv.org/category_taxonomy) as people call the field; cs.AI and cs.LG say nothing, everything is in them."""
_ARCHIVES: Final = {
    "astro-ph": "astrophysics",
    "cond-mat": "condensed matter",
    "econ": "economics",
    "eess": "signal processing",
    "gr-qc": "gravitation",
    "hep-ex": "particle physics",
    "hep-lat": "particle physics",
    "hep-ph": "particle physics",
    "hep-th": "particle physics",
    "math": "mathematics",
    "math-ph": "mathematical physics",
    "nlin": "nonlinear dynamics",
    "nucl-ex": "nuclear physics",
    "nucl-th": "nuclear physics",
    "physics": "physics",
    "q-bio": "biology",
    "q-fin": "finance",
    "stat": "statistics",
}
"""arXiv's archives outside computer science, for categories that are not named above: all of them, so that none reaches a card as it is written."""
_OWN: Final = 2
"""Picks of a field from which on it is one of the channel's own."""
_CATEGORY: Final = re.compile(r"[a-z\-]+(\.[A-Za-z\-]{2,})?")


def outside_reason(item: Item, channel: Channel, own: AbstractSet[str] = frozenset()) -> Reason:
    """
    Say that a work was drawn from outside what the channel asks for, and where it lies, as far as arXiv's categories tell.

    A field of the channel's `own` is not named: computer vision is not outside what a team of 3D vision asks for, be the work itself.
    """
    what = "outside your topics" if channel.topics else "something other than usual"
    field = _field_of(item)
    where = field if field not in own else None
    return Reason(name="exploration", text=f"{what}: {where}" if where else f"{what}, on purpose", weight=0.0)


def own_fields(items: Iterable[Item]) -> frozenset[str]:
    """Give the fields of the works that were chosen for what the channel asks for: those of two of them or more."""
    counts = Counter(field for item in items if (field := _field_of(item)))
    return frozenset(field for field, count in counts.items() if count >= _OWN)


def _field_of(item: Item) -> str | None:
    return next((field for tag in item.tags if (field := _field(tag))), None)


def _field(tag: str) -> str | None:
    """Give a category of arXiv as people say it. A keyword names the work as often as its field, and gives none."""
    return _FIELDS.get(tag) or (_ARCHIVES.get(tag.partition(".")[0]) if _CATEGORY.fullmatch(tag) else None)
