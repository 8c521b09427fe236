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
    "cs.CL": "natural language",
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
INSIDE: Final = frozenset({"interest", "like", "taste", "topics", "typical"})
"""Reasons that say of a work that it is what the channel asks for, or typical of the week: one that was drawn from outside has none of them."""
_OWN: Final = 2
"""Picks that lie in a field, at least, from which on it is one of the channel's own; of many picks a fifth."""
_A_FIFTH: Final = 0.2
_CATEGORY: Final = re.compile(r"[a-z\-]+(\.[A-Za-z\-]{2,})?")
_LANGUAGE: Final = "cs.CL"
_LANGUAGE_MODELS: Final = "language models"
_OF_LANGUAGE: Final = (
    (_LANGUAGE_MODELS, re.compile(r"\b(?:M?LLM|VLM|LVLM|LRM)s?\b|\blanguage[- ]models?\b|\bGPT\b", re.IGNORECASE)),
    ("speech", re.compile(r"\bspeech\b|\bASR\b|\bspoken\b", re.IGNORECASE)),
    ("translation", re.compile(r"\btranslation\b", re.IGNORECASE)),
)
"""What cs.CL, in which half of a week's works are, is about as people say it, by the words of the work; the rest is language itself."""


def outside_reason(item: Item, channel: Channel, own: AbstractSet[str] = frozenset()) -> Reason:
    """
    Say that a work was drawn from outside what the channel asks for, and where it lies, as far as arXiv's categories tell.

    A field of the channel's `own`, or one that its topics name, is not named: computer vision is not outside what a team of 3D vision asks for,
    be the work itself. Of a work with several fields the first is named that is none of those.
    """
    what = "outside your topics" if channel.topics else "something other than usual"
    asked = " ".join(channel.topics).casefold()
    named = {_LANGUAGE_MODELS} if _OF_LANGUAGE[0][1].search(asked) else set()
    where = next((field for field in _fields_of(item) if field not in own | named and field not in asked), None)
    return Reason(name="exploration", text=f"{what}: {where}" if where else f"{what}, on purpose", weight=0.0)


def own_fields(items: Iterable[Item]) -> frozenset[str]:
    """
    Give the fields of the works that were chosen for what the channel asks for: those of a fifth of them, and of two at least. A work that
    names language models lies among them, too, whatever its category.
    """
    chosen = list(items)
    counts = Counter(field for item in chosen for field in {*_fields_of(item), *_models_of(item)})
    return frozenset(field for field, count in counts.items() if count >= max(_OWN, _A_FIFTH * len(chosen)))


def _fields_of(item: Item) -> list[str]:
    """Give the fields of a work, those of its main category first, each once."""
    return list(dict.fromkeys(field for tag in item.tags if (field := _field(tag, item))))


def _models_of(item: Item) -> list[str]:
    return [_LANGUAGE_MODELS] if _OF_LANGUAGE[0][1].search(f"{item.title} {item.abstract}") else []


def _field(tag: str, item: Item) -> str | None:
    """Give a category of arXiv as people say it. A keyword names the work as often as its field, and gives none."""
    if tag == _LANGUAGE:
        return next(
            (name for name, words in _OF_LANGUAGE if words.search(f"{item.title} {item.abstract}")), _FIELDS[tag]
        )
    return _FIELDS.get(tag) or (_ARCHIVES.get(tag.partition(".")[0]) if _CATEGORY.fullmatch(tag) else None)
