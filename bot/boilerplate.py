"""Boilerplate: what abstracts of any subject say of themselves, and what any work of our field is about. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from bot.stems import stem

OF_ANY_ABSTRACT: Final = frozenset(
    "ability able about abstract accuracy achieve achieved achieves achieving across address addresses additional against allow allows along among analysis "
    "analyze application applications apply approach approaches art available average baseline baselines because before being benchmark benchmarks best better "
    "between beyond both broad build called capabilities capability capable capture case cases challenge challenges challenging code common compared "
    "comparable complex comprehensive compute conduct consider consistently contrast contribution contributions cost costs create critical current currently "
    "data dataset datasets demonstrate demonstrated demonstrates demonstrating deep depend design designed despite detailed develop developed different difficult "
    "direct directly diverse domain domains due during each easily effect effective effectively effectiveness efficiency efficient efficiently either eliminate empirical empirically "
    "enable enables enabling end enhance enhances ensure entire especially establish evaluate evaluated evaluating evaluation evaluations even evidence example "
    "examples existing experiment experimental experiments explicit explicitly explore extensive extend face features field finally find finding findings "
    "first five focus following four framework frameworks full fully fundamental further furthermore gap general generally generate given github goal good "
    "great greater ground growing handle high higher highly however http https human identify impact implementation important improve improved "
    "improvement improvements improves improving include including increase increasing increasingly individual information input instead integrate introduce "
    "introduced introduces introducing investigate issue issues key known lack large larger last latest lead leads learn learned learning less leverage leverages leveraging "
    "level levels like limitation limitations limited little long low lower made main mainly make makes making many mean means measure mechanism mechanisms "
    "method methodology methods metric metrics model modeling models moreover much multiple namely natural nature need needs network networks neural new next "
    "notably number obtain offer often one only open order original other others otherwise out outperform outperforming outperforms output outputs overall "
    "own paper papers part particular particularly per perform performance performs point points poor popular potential powerful practical practice "
    "present presented presents prevent previous primarily principle prior problem problems process processes produce promising proper propose proposed proposes proposing "
    "provide provides providing public publicly quality question questions range rate rather real recent recently reduce reduces reducing related relative "
    "release released remain remains report require required requires requiring research researchers respectively result resulting results reveal reveals "
    "rich role same scale second see set setting settings several show showing shown shows significant significantly similar simple simply "
    "since single size small solution solutions solve some source specific specifically standard state step steps still strategy strategies strong structure study studies "
    "substantial substantially success successful successfully such suffer suggest superior support system systems task tasks technique techniques test thereby therefore "
    "third thorough three thus time together top traditional train trained training two type types typically understand understanding unified unlike "
    "url utilize utilizing validate value various versatile via was way ways well whether wide widely within without word words work works world year years yet large-scale "
    "art arxiv cs stat eess lg ai cl cv ml project page website".split()
)
"""
Words that abstracts of any subject have, beside the function words: they are no topic and no taste. What a sentence may add to an abstract is another
question, with lists of its own (`bot.grounding`): there 'diffusion' is allowed and 'best' is not.
"""

OF_OUR_FIELD: Final = (
    "language",
    "language model",
    "large language",
    "large language model",
    "large model",
    "LLM",
    "LLMs",
    "MLLM",
    "MLLMs",
    "multimodal LLMs",
    "VLM",
    "VLMs",
    "LVLM",
    "LVLMs",
    "neural network",
    "machine learning",
    "deep learning",
    "foundation model",
    "technical report",
    "real world",
    "open source",
    "AI",
    "ML",
)
"""True of every team, and useful to none."""


def is_general(term: tuple[str, ...]) -> bool:
    """Tell whether a phrase, given by the stems of its words, says nothing of what a team of our field is about."""
    return term in _general() or (len(term) == 1 and term[0] in _anywhere())


def begins_and_ends_apart(term: tuple[str, ...]) -> bool:
    """Tell whether a phrase neither begins nor ends with a word of any abstract."""
    return term[0] not in _anywhere() and term[-1] not in _anywhere()


# Made when they are first asked for: the stemmer is not imported before.
@lru_cache(maxsize=1)
def _anywhere() -> frozenset[str]:
    return frozenset(map(stem, OF_ANY_ABSTRACT))


@lru_cache(maxsize=1)
def _general() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(stem(word) for word in text.casefold().split()) for text in OF_OUR_FIELD)
