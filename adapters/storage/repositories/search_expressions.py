"""
The languages of both full-text indexes: a document as FTS5's columns or a tsvector, a question as an FTS5 expression or a tsquery. Pure.

Both sides of each language stand here together, for what is asked must be spelt as it was stored.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from bot.search.query import Term
from bot.search.tokens import tokens
from bot.search_documents import SearchDocument

_BREAK: Final = "·"
"""Stands between two texts of a field, so that no phrase reaches from one into the other. No token holds it."""

_PAIRS: Final = 65_536
"""
How many numbers there are for two words that follow one another. PostgreSQL's index knows which words a document holds, and not in which
order: of a phrase of common words it would have to look at most documents. With the numbers of its pairs it looks at some hundreds.
"""

_LAST_PLACE: Final = 16_000
"""PostgreSQL counts the places of words up to 16,383."""

_FIELDS: Final = ("title", "words", "people", "said", "abstract")

_TITLED: Final = "T"
"""Before a title's word PostgreSQL has it once more, without a place: its index knows no weights. Words of texts have no capitals."""

_LETTERS: Final = {"title": "A", "words": "B", "people": "C", "said": "C", "abstract": "D"}

_NOBODY: Final = "Snobody"
"""The scope of no document."""


class Expressions:
    """A question in the database's own language, as values: for everybody's works, for titles, for what channels said."""

    def __init__(self, terms: Sequence[Term], readable: Collection[str], *, postgresql: bool, paired: bool) -> None:
        self.pairs = sorted({pair for term in terms if not term.without for pair in pairs_of(term)}) if paired else []
        self.wanted = [term for term in terms if not term.without]
        self.unwanted = [term for term in terms if term.without]
        self.size = sum(len(term.tokens) for term in self.wanted)
        scope = _scope_lexeme if postgresql else _scope_token
        scopes = [scope(channel) for channel in sorted(readable)] or [_NOBODY]
        if postgresql:
            found = " & ".join([_tsquery(term) for term in self.wanted])
            titles = " & ".join([_title(term) for term in self.wanted])
            shut = " | ".join([_tsquery(term) for term in self.unwanted])
            ours = " | ".join(f"'{scope}'" for scope in scopes)
            but = f" & !({shut})" if shut else ""
            self.values = {
                "match": f"({found}){but}",
                "title": f"({titles}){but}",
                "ours": f"({found}){but} & ({ours})",
                "shut": f"({shut}) & ({ours})",
            }
        else:
            scopes = [f'"{one}"' for one in scopes]
            found = " AND ".join([_fts(term) for term in self.wanted])
            shut = " OR ".join([_fts(term) for term in self.unwanted])
            ours = f"scope : ({' OR '.join(scopes)})"
            but = f" NOT ({shut})" if shut else ""
            self.values = {
                "match": f"({found}){but}",
                "title": f"(title : ({found})){but}",
                "ours": f"(({found}) AND {ours}){but}",
                "shut": f"({shut}) AND {ours}",
            }


def words_of(one: SearchDocument) -> dict[str, list[list[str]]]:
    """The tokens of each field, text by text."""
    texts = {
        "title": (one.title,),
        "words": one.words,
        "people": one.people,
        "said": one.said,
        "abstract": (one.abstract,),
    }
    return {field: [found for part in texts[field] if (found := tokens(part))] for field in _FIELDS}


def columns(scope: str, words: Mapping[str, list[list[str]]]) -> dict[str, str]:
    return {
        "scope": _scope_token(scope),
        **{field: f" {_BREAK} ".join(" ".join(part) for part in words[field]) for field in _FIELDS},
    }


def vector(scope: str, words: Mapping[str, list[list[str]]]) -> dict[str, Any]:
    """A tsvector as text: each word with its places and their weights; and the pairs. Between two texts a place stays free."""
    pairs: set[int] = set()
    places: dict[str, list[str]] = defaultdict(list)
    at = 0
    for field in _FIELDS:
        for part in words[field]:
            pairs.update(map(_pair, part, part[1:]))
            for word in part:
                at += 1
                if at < _LAST_PLACE:
                    places[word].append(f"{at}{_LETTERS[field]}")
            at += 1
    titled = dict.fromkeys(f"'{_TITLED}{word}'" for part in words["title"] for word in part)
    placed = (f"'{word}':{','.join(where)}" for word, where in places.items())
    return {"vector": " ".join([f"'{_scope_lexeme(scope)}'", *titled, *placed]), "pairs": sorted(pairs)}


def pairs_of(term: Term) -> list[int]:
    """The pairs of whole words in a term; a last word that is a beginning is in none."""
    whole = term.tokens[:-1] if term.prefix else term.tokens
    return list(map(_pair, whole, whole[1:]))


def _scope_token(scope: str) -> str:
    """
    A scope as a word of FTS5, whatever the channel is called, that no text holds and no beginning of a word finds; none of what is public.

    It has no case to tell a scope by: its tokenizer does not know capitals.
    """
    return f"{_BREAK}{scope.encode().hex()}" if scope else ""


def _scope_lexeme(scope: str) -> str:
    """The same for PostgreSQL, by a capital: words of texts have none."""
    return f"S{scope.encode().hex()}"


def _pair(word: str, following: str) -> int:
    """Two words that follow one another as a number. Others may have the same: whoever finds by it looks at the words as well."""
    return zlib.crc32(f"{word} {following}".encode()) % _PAIRS


def _fts(term: Term) -> str:
    phrase = f'"{" ".join(term.tokens)}"' + (" *" if term.prefix else "")
    return f"({' OR '.join([phrase, *(f'{chr(34)}{other}{chr(34)}' for other in term.others)])})"


def _tsquery(term: Term, weight: str = "") -> str:
    last = len(term.tokens) - 1
    phrase = " <-> ".join(
        _lexeme(word, ("*" if term.prefix and number == last else "") + weight)
        for number, word in enumerate(term.tokens)
    )
    return f"({' | '.join([phrase, *(_lexeme(other, weight) for other in term.others)])})"


def _title(term: Term) -> str:
    """The term in a title. The index knows its words; whether they follow one another is seen in what it finds."""
    last = len(term.tokens) - 1
    words = " & ".join(
        _lexeme(f"{_TITLED}{word}", "*" if term.prefix and number == last else "")
        for number, word in enumerate(term.tokens)
    )
    phrase = f" & {_tsquery(term, 'A')}" if last else ""
    return f"({' | '.join([words + phrase, *(_lexeme(_TITLED + other, '') for other in term.others)])})"


def _lexeme(word: str, how: str) -> str:
    return f"'{word}'" + (f":{how}" if how else "")
