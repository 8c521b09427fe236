"""
Everyday names: what people call a thing that papers call otherwise. Pure.

English Wikipedia has both names of each pair for one subject: its articles 'Self-driving car', 'Unmanned aerial vehicle', 'Brain-computer interface',
'Recommender system', 'Speech recognition' and 'Speech synthesis' begin with them. What a topic is in other words is learnt from works that have its own
(`bot.ranking.topics`), and of 'self-driving cars' none may have these: in a captured week of 2,300 works, 32 of which have 'autonomous driving' or 'autonomous
vehicles', nothing was about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.ranking.field_families import family_of
from bot.ranking.spaced_text import tokens

_DRIVING: Final = ("autonomous driving", "autonomous vehicle", "autonomous vehicles")

_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "automated driving": _DRIVING,
        "automated vehicle": _DRIVING,
        "autonomous car": _DRIVING,
        "brain machine interface": ("brain computer interface", "brain computer interfaces"),
        "driverless car": _DRIVING,
        "drone": ("UAV", "UAVs", "unmanned aerial vehicle", "unmanned aerial vehicles"),
        "recommendation engine": ("recommender system", "recommender systems"),
        "self driving": _DRIVING,
        "self driving car": _DRIVING,
        "self driving vehicle": _DRIVING,
        "speech to text": ("speech recognition",),
        "text to speech": ("speech synthesis",),
    }
)
"""By what people say, in the singular and without hyphens."""


def other_names(topic: str) -> tuple[str, ...]:
    """
    Give what papers call a topic that people call otherwise, and the other words for a field (`bot.ranking.field_families`); nothing for any other.

    >>> other_names("Self-driving cars")[0], other_names("agricultural"), other_names("cars")
    ('autonomous driving', ('agriculture',), ())
    """
    if family := family_of(topic):
        return tuple(word for word in family if word != topic.casefold())
    return _NAMES.get(" ".join(tokens(topic)), ())
