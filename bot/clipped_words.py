"""
Clipped words: short forms of our field's everyday speech, which its papers write out. A team that types 'LLM evals' means works on evaluation. Pure.

Wiktionary has each as a clipping or a written number in a word ('math', 'eval', 'crypto', 'net', 'sim2real'). Abbreviations of initials are learnt from the works themselves
(`bot.ranking.abbreviations`), other clipped words from those that have both (`bot.ranking.topics`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import regex

_LONG: Final[Mapping[str, str]] = MappingProxyType(
    {
        "convnet": "convolutional network",
        "convnets": "convolutional networks",
        "crypto": "cryptocurrency",
        "eval": "evaluation",
        "evals": "evaluations",
        "hyperparam": "hyperparameter",
        "hyperparams": "hyperparameters",
        "interp": "interpretability",
        "math": "mathematical",
        "maths": "mathematical",
        "nets": "networks",
        "recsys": "recommender systems",
        "stats": "statistics",
    }
)
"""'Mathematical' stands for the noun, too: both have one stem, and beside other words papers have the adjective."""

_WORD: Final = regex.compile(r"(?<![\p{L}\p{N}_])\p{L}+(?![\p{L}\p{N}_])")
_TO: Final = regex.compile(r"(?<![\p{L}\p{N}_])(\p{L}{3,})2(\p{L}{3,})(?![\p{L}\p{N}_])")


def unclipped(text: str) -> str:
    """
    Give a text without case, with its clipped words as papers write them; 'sim2real' as words that 'to' joins.

    >>> unclipped("Maths reasoning"), unclipped("sim2real, LLM evals"), unclipped("neural nets")
    ('mathematical reasoning', 'sim-to-real, llm evaluations', 'neural networks')
    """
    folded = _TO.sub(r"\1-to-\2", text.casefold())
    return str(_WORD.sub(lambda found: _LONG.get(found[0], found[0]), folded))
