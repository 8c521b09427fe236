"""Citation keys, as people write them in papers: first author, year, first telling word of the title. Pure."""

from __future__ import annotations

import itertools
import string
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import regex

from bot.model import Item

_PARTICLES: Final = frozenset(
    "da de del della den der di do dos du el la las le los ten ter van vom von zu zum zur".split()
)
# Not `bot.function_words`: a citation key has its word from this list, and stays as it is for ever.
_NO_WORDS: Final = frozenset(
    "a an and are as at by do for from how in is of on or that the to towards via what when where why with".split()
)
_LETTERS: Final = regex.compile(r"[^\p{L}\p{N}]+")
_UNSPACED: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")


def name_parts(author: str) -> tuple[str, str]:
    """
    Split a person's name into (given, family); the whole of it is the family name where nothing tells them apart.

    >>> name_parts("Laurens van der Maaten"), name_parts("Hopper, Grace"), name_parts("OpenAI"), name_parts("王小明")
    (('Laurens', 'van der Maaten'), ('Grace', 'Hopper'), ('', 'OpenAI'), ('', '王小明'))
    """
    if ", " in author:
        family, _, given = author.partition(", ")
        return given.strip(), family.strip()
    words = author.split()
    if len(words) < 2 or _UNSPACED.search(author):  # noqa: PLR2004 - a given and a family name
        return "", author.strip()
    first = next((at for at, word in enumerate(words[1:], 1) if word.lower() in _PARTICLES), len(words) - 1)
    return " ".join(words[:first]), " ".join(words[first:])


def citation_keys(items: Iterable[Item], taken: Collection[str]) -> dict[str, str]:
    """
    Give each of these works (by item key) a citation key that is not `taken`, in lower-case letters and digits of ASCII.

    >>> from types import SimpleNamespace as S; from datetime import date
    >>> citation_keys([S(key="a", authors=("Ada Lovelace",), title="On the Reward", published=date(2026, 1, 1), work_date=None)], ())
    {'a': 'lovelace2026reward'}
    """
    used, given = set(taken), {}
    for item in items:
        key = next(one for one in _candidates(item) if one not in used)
        used.add(key)
        given[item.key] = key
    return given


def _candidates(item: Item) -> Iterator[str]:
    stem = _stem(item)
    yield stem
    for size in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=size):
            yield f"{stem}-{''.join(letters)}"


def _stem(item: Item) -> str:
    author = _plain(name_parts(item.authors[0])[1]) if item.authors else ""
    words = (_plain(word) for word in item.title.split() if word.casefold() not in _NO_WORDS)
    word = next((word for word in words if word), "")
    year = (item.work_date or item.published).year
    named = f"{author[:30]}{year}{word[:30]}"
    # Of a name in another script nothing is left; its work's own key is.
    return named if author or word else f"{_plain(item.key)[-30:]}{year}" if _plain(item.key) else f"work{year}"


def _plain(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.casefold())
    bare: str = _LETTERS.sub("", apart)
    return bare.encode("ascii", "ignore").decode()
