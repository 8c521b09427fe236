"""
Fields: topics that name a whole field, and the categories of arXiv that hold it (`bot.ranking.taxonomy`). Pure.

What is on machine learning hardly says so: the phrase stands in what applies it. Where a team asks for a field, its category tells. A field goes by its
official name, by what people call it, and by its category itself. What is no field here is told by its words: an official name that is a phrase of any
paper ('Performance', 'Applications'), what only a part of a category is on ('reinforcement learning'), and what a category is not much on: most of image and
video processing is medicine, where 'image processing' asks for images.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from bot.ranking.field_families import unambiguous
from bot.ranking.subject import applied_to
from bot.ranking.taxonomy import ARCHIVES, NAMES, categories_of
from bot.ranking.word_forms import ways_of_writing
from bot.telling_words import telling_words

_PHRASES: Final = frozenset(
    {
        "applications",
        "computation",
        "economics",  # of quantitative finance; the archive is below
        "emerging technologies",
        "general economics",
        "general finance",
        "general literature",
        "general mathematics",
        "general physics",
        "history and overview",
        "methodology",
        "performance",
        "quantitative methods",
        "risk management",
    }
)
"""Official names that say no field to who does not know the archive, or another one than the category is."""

_LEARNING: Final = "cs.LG stat.ML"
_NETWORKS: Final = "cs.NI"
_HARDWARE: Final = "cs.AR"
_LANGUAGE: Final = "cs.CL"
_SOUND: Final = "cs.SD eess.AS"
_CONTROL: Final = "cs.SY eess.SY"
_PARALLEL: Final = "cs.DC"
_PARTICLES: Final = "hep-ex hep-lat hep-ph hep-th"
_PHYSICS: Final = (
    f"physics astro-ph cond-mat gr-qc {_PARTICLES} math-ph nlin nucl-ex nucl-th quant-ph"  # arXiv's group of this name
)

EVERYDAY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ai": "cs.AI",
        "applied statistics": "stat.AP",
        "astronomy": "astro-ph",
        "astrophysics": "astro-ph",
        "atmospheric science": "physics.ao-ph",
        "audio": _SOUND,
        "audio processing": _SOUND,
        "automata": "cs.FL",
        "automata theory": "cs.FL",
        "bioinformatics": "q-bio",
        "biology": "q-bio",
        "biomolecules": "q-bio.BM",
        "biophysics": "physics.bio-ph q-bio.BM q-bio.SC",
        "cell biology": "q-bio.CB q-bio.SC",
        "chemistry": "physics.chem-ph",
        "coding theory": "cs.IT math.IT",
        "complexity theory": "cs.CC",
        "computational biology": "q-bio",
        "computational chemistry": "physics.chem-ph",
        "computational engineering": "cs.CE",
        "computational linguistics": _LANGUAGE,
        "computational neuroscience": "q-bio.NC",
        "computational statistics": "stat.CO",
        "computer algebra": "cs.SC",
        "computer architecture": _HARDWARE,
        "computer graphics": "cs.GR",
        "computer hardware": _HARDWARE,
        "computer networking": _NETWORKS,
        "computer networks": _NETWORKS,
        "computer security": "cs.CR",
        "computer vision": "cs.CV",
        "condensed matter": "cond-mat",
        "condensed matter physics": "cond-mat",
        "control": _CONTROL,
        "control engineering": _CONTROL,
        "control systems": _CONTROL,
        "control theory": f"{_CONTROL} math.OC",
        "cosmology": "astro-ph.CO",
        "cryptography": "cs.CR",
        "cv": "cs.CV",
        "cybersecurity": "cs.CR",
        "data structures": "cs.DS",
        "deep learning": f"{_LEARNING} cs.NE",
        "discrete math": "cs.DM math.CO",
        "distributed computing": _PARALLEL,
        "distributed systems": _PARALLEL,
        "economics": "econ q-fin.EC",
        "electrical engineering": "eess",
        "electrical engineering and systems science": "eess",
        "epidemiology": "q-bio.PE",
        "evolutionary biology": "q-bio.PE",
        "evolutionary computation": "cs.NE",
        "evolutionary computing": "cs.NE",
        "finance": "q-fin",
        "formal languages": "cs.FL",
        "game theory": "cs.GT econ.TH",
        "general relativity": "gr-qc",
        "genetics": "q-bio.GN",
        "gravitation": "gr-qc",
        "hardware": _HARDWARE,
        "hci": "cs.HC",
        "high energy physics": _PARTICLES,
        "high performance computing": _PARALLEL,
        "hpc": _PARALLEL,
        "information security": "cs.CR",
        "logic": "math.LO cs.LO",
        "machine learning": _LEARNING,
        "materials": "cond-mat.mtrl-sci",
        "mathematical logic": "math.LO cs.LO",
        "mathematical optimization": "math.OC",
        "mathematical statistics": "math.ST stat.TH",
        "mathematics": "math",
        "meteorology": "physics.ao-ph",
        "ml": _LEARNING,
        "multi agent systems": "cs.MA",
        "natural language processing": _LANGUAGE,
        "network science": "cs.SI physics.soc-ph",
        "networking": _NETWORKS,
        "neurobiology": "q-bio.NC",
        "neuroscience": "q-bio.NC",
        "nlp": _LANGUAGE,
        "nonlinear dynamics": "nlin math.DS",
        "nonlinear sciences": "nlin",
        "nuclear physics": "nucl-ex nucl-th",
        "oceanography": "physics.ao-ph",
        "parallel computing": _PARALLEL,
        "particle physics": _PARTICLES,
        "photonics": "physics.optics",
        "physics": _PHYSICS,
        "population genetics": "q-bio.PE",
        "probability theory": "math.PR",
        "quantitative biology": "q-bio",
        "quantitative finance": "q-fin",
        "quantum computing": "quant-ph",
        "quantum information": "quant-ph",
        "soft matter": "cond-mat.soft",
        "social networks": "cs.SI",
        "sound": _SOUND,
        "speech and audio": _SOUND,
        "speech and audio processing": _SOUND,
        "statistical machine learning": "stat.ML",
        "statistical mechanics": "cond-mat.stat-mech",
        "statistical methodology": "stat.ME",
        "statistical physics": "cond-mat.stat-mech",
        "statistics": "stat.AP stat.CO stat.ME stat.OT stat.TH math.ST",  # machine learning is a field of its own
        "symbolic computation": "cs.SC",
    }
)
"""By what people call a field, in small letters and without a hyphen, its categories or whole archives."""


def _named(topic: str) -> str:
    """Give a topic as the tables have it: without case, commas and hyphens, '&' in a word."""
    return " ".join(topic.casefold().replace("&", " and ").replace(",", " ").replace("-", " ").split())


def _of(said: str) -> tuple[str, ...]:
    parts = said.split()
    return tuple(category for part in parts for category in (categories_of(part) if part in ARCHIVES else (part,)))


def _fields() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for category, name in NAMES.items():
        if _named(name) not in _PHRASES and not name.startswith("Other "):
            found[_named(name)] += (category,)
        found[_named(category)] = (category,)
    # 'cs' is what nearly everything is, and 'math', 'physics' and the like are words; by their names they stand above.
    found |= {_named(archive): categories_of(archive) for archive in ("eess", "stat", "q-bio", "q-fin", "econ", "nlin")}
    found |= {_named(archive): categories_of(archive) for archive in ("astro-ph", "cond-mat")}
    return MappingProxyType(found | {name: _of(said) for name, said in EVERYDAY.items()})


FIELDS: Final = _fields()
"""The categories of every field, by what it goes by."""


@lru_cache(maxsize=4096)  # the topics of all channels
def categories(topic: str) -> tuple[str, ...]:
    """
    Give the categories of the field that a topic names, or to which it applies our own, in either number and spelling; none for a topic that is no field.

    >>> categories("Machine learning"), categories("machine unlearning"), categories("multiagent system"), categories("ML for genomics")
    (('cs.LG', 'stat.ML'), (), ('cs.MA',), ('q-bio.GN',))
    """
    said = (_named(topic), _named(applied_to(topic)))
    return next((FIELDS[way] for one in said for way in ways_of_writing(one) if way in FIELDS), ())


@lru_cache(maxsize=4096)  # the topics of all channels
def subject_of(topic: str) -> str:
    """
    Give by what a topic is looked for: by that to which it applies our field, unless any abstract says so, by its adjective where works of our own field mean
    the noun otherwise.

    >>> subject_of("machine learning for drug discovery"), subject_of("ML for genomics"), subject_of("AI for law"), subject_of("LLMs for code")
    ('drug discovery', 'genomics', 'legal', 'LLMs for code')
    """
    subject = applied_to(topic)
    tells = subject != topic and (categories(subject) or telling_words(subject))
    return unambiguous(subject) if tells else topic


def in_field(topic: str, tags: Collection[str]) -> bool:
    """Tell whether a work, by the categories among its tags, is of the field that a topic names."""
    return any(category in tags for category in categories(topic))


def has_category(tags: Collection[str]) -> bool:
    """Tell whether a work has any category of arXiv among its tags."""
    return any(tag in NAMES for tag in tags)
