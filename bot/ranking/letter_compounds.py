"""
Letter compounds: words that a single letter or digit makes what they are, like Q-learning, A/B, top-k and GPT-5, written as one word. Pure.

Taken apart, nothing is left of them but a word that says something else: of Q-learning 'learning', of n-gram 'gram'.
"""

from __future__ import annotations

import re
from typing import Final

from bot.function_words import FUNCTION_WORDS

_BETWEEN: Final = re.compile(
    r"""
    [-‐‑@/\ ]  # first of all, for so a text is gone through in half the time
    (?:(?<=[-‐‑@])(?:
            (?<=[^\W_]{2}.)(?=\d(?!\w)|[^\W\d_](?!\w)(?![-‐‑]\w))  # top-k, GPT-5, pass@1; of Mask-R-CNN the letter belongs to what follows
            |(?<=[^\w'’.\\][^\W_].)(?<!-a.)(?=[^\W_])  # Q-learning, 4-bit, X-ray; no 'a' as in 'needle-in-a-haystack'
        )
        |(?<=/)(?<=\W[^\W\d_].)(?=[^\W\d_](?!\w))  # A/B
        |(?<=\ )(?:
            (?<=[^\W_]{2}.)(?=\d(?![\w%‐-]))  # Llama 3
            |(?<=[^\w'’.\\/@‐-][^\W\d_].)(?<![ai].)(?=[^\W\d_]{2})  # T cells; no "model's gain", and no article
        )
    )
    """,
    re.VERBOSE,
)
"""What stands between the parts of a letter compound in a text without case that begins with a space."""

_NUMBERED: Final = re.compile(r"([^\W\d_]{2,})(\d(?:\.\d{1,2})*)")
"""A name with its number, in a topic whose letter compounds are one word; of one letter, like L2, it is none."""

_BEFORE: Final = re.compile(r"[^\W_]+$")
_AFTER: Final = re.compile(r"[^\W_]+")
_WORD: Final = re.compile(r"\w+")
_LONGEST: Final = 40
"""Letters of a word, so that only these are looked at before a letter or digit."""


def with_letter_compounds(text: str) -> str:
    """
    Give a text, without case, with its letter compounds as one word, and at its end the words that they are made of. A digit after a space stays apart:
    most count something.

    >>> with_letter_compounds("deep q-learning beats llama 3")
    'deep qlearning beats llama 3 learning'
    """
    joined, others = _joined(text, apart=True)
    return " ".join([joined, *others]) if others else joined


def letter_compounds_joined(topic: str, *, apart: bool = False) -> str:
    """
    Give a topic, without case, with its letter compounds as one word: who asks for Q-learning asks for no learning of another kind. A digit after a space
    may stay `apart`.

    >>> letter_compounds_joined("deep Q-learning"), letter_compounds_joined("$k$-NN"), letter_compounds_joined("a model")
    ('deep qlearning', 'knn', 'a model')
    """
    return _joined(topic.casefold(), apart=apart)[0]


def numbered_name(topic: str) -> tuple[str, str] | None:
    """
    Give a topic that is a name with its number, however it is typed, as works write it: as one word and with a space; None for any other.

    >>> numbered_name("Llama 3"), numbered_name("GPT-4.1"), numbered_name("Qwen3"), numbered_name("type 2 diabetes"), numbered_name("over 5")
    (('llama3', 'llama 3'), ('gpt4.1', 'gpt 4.1'), ('qwen3', 'qwen 3'), None, None)
    """
    found = _NUMBERED.fullmatch(letter_compounds_joined(topic.strip()))
    return (found[0], f"{found[1]} {found[2]}") if found else None


def letter_compounds(topic: str) -> frozenset[str]:
    """
    Give the letter compounds of a topic, each as one word.

    >>> sorted(letter_compounds("A/B tests of GPT-5")), letter_compounds("self-play")
    (['a_b', 'gpt5'], frozenset())
    """
    folded = topic.casefold()
    return frozenset(_WORD.findall(_joined(folded)[0])) - frozenset(_WORD.findall(folded))


def _joined(text: str, *, apart: bool = False) -> tuple[str, list[str]]:
    """
    Give a text, without case, with its letter compounds as one word, and their parts of several letters; a digit after a space may stay
    `apart`.
    """
    # Formulas in a text are set between dollar signs: $k$-means.
    text = f" {text}".replace("$", "")
    pieces: list[str] = []
    others: list[str] = []
    end = 0
    for found in _BETWEEN.finditer(text):
        before, after = (
            _BEFORE.search(text, max(0, found.start() - _LONGEST), found.start()),
            _AFTER.match(text, found.end()),
        )
        # A part belongs to one compound: of GPT-5-mini the digit to GPT.
        if before and after and before.start() > end and _is_compound(before[0], found[0], after[0]):
            if apart and found[0] == " " and len(before[0]) > 1:
                continue
            others += [part for part in (before[0], after[0]) if len(part) > 1]
            # 'A/B' is no 'ab', and 'I/O' is not in 'github.io'.
            pieces += [text[end : found.start()], "_" if found[0] == "/" else ""]
            end = found.end()
    return "".join([*pieces, text[end:]])[1:], others


def _is_compound(before: str, sign: str, after: str) -> bool:
    """Tell whether two words, one of them a letter or digit, are one; those of 'over 5', 'T and F' and '2-3' are not."""
    if (before + after).isdigit():
        return False
    return sign != " " or (before if len(before) > 1 else after) not in FUNCTION_WORDS
