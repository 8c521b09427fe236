"""
Joining by title, where no address joins: a newsletter that names a paper, a forum post that quotes one.

Conservative on purpose, since a wrong join shows one team's words under another's paper. Two titles are one only if they
are nearly the same *and* agree in everything that tells works of one family apart: numbers, versions, sequels, models.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import regex

ALIKE: Final = 90.0
"""
Least likeness (rapidfuzz's normalised indel ratio, 0 to 100) of two titles that may be one. Measured on 1,055 titles of
curated lists against 36,444 papers; see `benchmarks/joining.py`.
"""

_RAREST: Final = 4
GENERIC: Final = 4
"""
Least number of words of meaning in a title that names a work by itself. 'World Models', 'Release notes' and 'Reward Hacking' have
been written over many works, 'Call for papers and workshop proposals' every year: below this, titles are one only where authors agree.
"""
OWN: Final = (
    2  # words that do not recur, in a title that names a paper: of a thousand titles of papers, all have as many
)
_LONG_ENOUGH: Final = 3  # words; one that is alike
_LONG_HEAD: Final = 4  # words; one that is the whole of another before its colon
_LONG_TAIL: Final = 6  # words; one that is the whole of another after its colon
_PUNCTUATION: Final = regex.compile(r"[^\p{L}\p{N}]+")
_BRACKETED: Final = regex.compile(r"^\s*(?:\[[^\]]{1,20}\]\s*)+|\s*(?:\[[^\]]{1,20}\]\s*)+$")
# What tells one work of a family from another: numbers and versions, Roman numerals, single letters, number words, yes and no.
_TELLING: Final = regex.compile(
    r"^(?:\p{L}*\d[\p{L}\d]*|[ivx]{1,4}|(?!a$)\p{L}|plus|one|two|three|four|five|six|seven|eight|nine|ten|first|second|third|fourth|fifth"
    r"|yes|no|not|non|never|without|pro|max|mini|lite|next|large|small|base)$"
)
_SHORT: Final = {
    "llm": "large language model",
    "llms": "large language models",
    "mllm": "multimodal large language model",
    "mllms": "multimodal large language models",
    "vlm": "vision language model",
    "vlms": "vision language models",
    "rl": "reinforcement learning",
    "rag": "retrieval augmented generation",
    "cot": "chain of thought",
}
_NUMBER: Final = regex.compile(r"\p{N}+")
_LATEX: Final = regex.compile(r"\\[a-zA-Z]+|[{}$^_~]")


def normal_title(title: str) -> str:
    """
    Fold the ways of writing one title: case, accents, punctuation, LaTeX signs, the field's abbreviations, a forum's `[R]`.

    >>> normal_title("[R] TidalDecode: Fast & Accurate  Décoding.")
    'tidaldecode fast and accurate decoding'
    """
    bare = _LATEX.sub("", _BRACKETED.sub("", title)).replace("&", " and ").replace("+", " plus ")
    folded = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c)).casefold()
    return " ".join(_SHORT.get(word, word) for word in _PUNCTUATION.sub(" ", folded).split())


def telling(normal: str) -> Counter[str]:
    """Give the words of a normalised title that no work of the same family shares: numbers, versions, sequels."""
    return Counter(word for word in normal.split() if _TELLING.match(word))


def numbers(normal: str) -> list[str]:
    """
    Give the numbers of a normalised title, in order: 'v1 2' and 'v12' are two versions, 'gpt 4' and 'gpt4' one.

    >>> numbers("tool v1 2"), numbers("tool v12")
    (['1', '2'], ['12'])
    """
    found: list[str] = _NUMBER.findall(normal)
    return found


def content_word_count(normal: str) -> int:
    """Count the words of a normalised title that mean something by themselves; the same word counts once."""
    return len({word for word in normal.split() if word not in _SMALL})


def own_word_count(normal: str) -> int:
    """
    Count the words of a normalised title that do not recur in announcements by anybody either.

    >>> own_word_count("monthly update of the alignment team"), own_word_count("reward hacking in frontier models")
    (1, 4)
    """
    return len({word for word in normal.split() if word not in _SMALL and word not in _RECURRING})


def is_same_title(one: str, other: str) -> bool:
    """
    Tell whether two titles are two ways of writing one: alike but for slips of the pen, and the same in all that tells works apart.

    >>> is_same_title("Lab opens model wieghts", "Lab opens model weights"), is_same_title("Poll of May 3", "Poll of May 4")
    (True, False)
    """
    from rapidfuzz import fuzz  # noqa: PLC0415 - only joins by title need it

    first, second = normal_title(one), normal_title(other)
    if numbers(first) != numbers(second) or telling(first) != telling(second):
        return False
    return first == second or (fuzz.ratio(first, second) >= ALIKE and _same_name(first, second))


def _squeezed(normal: str) -> str:
    """'multi agent' and 'multiagent' are one."""
    return normal.replace(" ", "")


class TitleIndex:
    """
    Finds a known work by a title that somebody wrote. Holds normalised titles; looking one up takes well under a millisecond
    among 50,000.
    """

    def __init__(self, works: Iterable[tuple[str, str, Sequence[str]]] = ()) -> None:
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._by_head: dict[str, list[int]] = defaultdict(list)
        self._by_tail: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._works: list[tuple[str, str, frozenset[str]]] = []
        for key, title, authors in works:
            self.add(key, title, authors)

    def add(self, key: str, title: str, authors: Sequence[str] = ()) -> None:
        """Make a work known. The same work may be known by several titles."""
        normal = normal_title(title)
        number = len(self._works)
        self._works.append((key, normal, surnames(authors)))
        self._exact[_squeezed(normal)].append(number)
        head, colon, tail = title.partition(":")
        if colon:
            self._by_head[normal_title(head)].append(number)
            self._by_tail[normal_title(tail)].append(number)
        for word in set(normal.split()):
            self._by_word[word].append(number)

    def find(self, title: str, authors: Sequence[str] = ()) -> str | None:
        """
        Give the key of the one work that this title names; None if there is none, or more than one that it could be.

        Where both sides name authors, they decide: no author in common means another work. A generic title (`GENERIC`) names a
        work only together with an author.
        """
        normal = normal_title(title)
        length = len(normal.split())
        if not length:
            return None
        people = surnames(authors)
        generic = content_word_count(normal) < GENERIC or own_word_count(normal) < OWN
        if generic and not people:
            return None
        same = [n for n in self._exact.get(_squeezed(normal), ()) if numbers(self._works[n][1]) == numbers(normal)]
        found = self._one_of(same, people, agreed=generic)
        if not found and length >= _LONG_ENOUGH:
            found = self._one_of(self._alike(normal), people, agreed=generic)
        if generic:
            return found
        if not found and length >= _LONG_HEAD:
            found = self._one_of(self._by_head.get(normal, ()), people)
        return found or self._one_of(self._without_name(title, normal), people)

    def _without_name(self, title: str, normal: str) -> list[int]:
        """Find the works whose title is this one but for a name and a colon before it, on one of the two sides only."""
        _, colon, tail = title.partition(":")
        if not colon:
            return self._by_tail.get(normal, []) if len(normal.split()) >= _LONG_TAIL else []
        bare = normal_title(tail)
        return self._exact.get(_squeezed(bare), []) if len(bare.split()) >= _LONG_TAIL else []

    def _one_of(self, places: Iterable[int], people: frozenset[str], *, agreed: bool = False) -> str | None:
        """The one work among these; where `agreed`, an author must be in common."""
        known = ((self._works[n][0], self._works[n][2]) for n in places)
        keys = {key for key, theirs in known if people & theirs or (not agreed and (not people or not theirs))}
        return keys.pop() if len(keys) == 1 else None

    def _alike(self, normal: str) -> list[int]:
        """Find the works whose title is nearly this one, among those that share its rarest words."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - only joins by title need it

        words = sorted({w for w in normal.split() if w in self._by_word}, key=lambda w: len(self._by_word[w]))
        places = list({n for word in words[:_RAREST] for n in self._by_word[word][:_COMMON]})
        titles = [self._works[n][1] for n in places]
        found = process.extract(normal, titles, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=5)
        own = telling(normal)
        return [places[index] for other, _, index in found if telling(other) == own and _same_name(normal, other)]


def _same_name(one: str, other: str) -> bool:
    """
    Tell whether every word of weight in either title is in the other, typing errors allowed.

    Titles of a family differ in the work's own name and in nothing else: 'Kimi-VL Technical Report', 'MiMo-VL Technical Report'.
    """
    return _words_in(one.split(), other.split()) and _words_in(other.split(), one.split())


def _words_in(words: Sequence[str], others: Sequence[str]) -> bool:
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - as above

    missing = [word for word in words if word not in others and word not in _SMALL]
    for word in missing:
        near = process.extractOne(word, others, scorer=fuzz.ratio, score_cutoff=_TYPING_ERROR)
        # 'supervised' is no slip of the pen for 'unsupervised'.
        if near is None or near[0].endswith(word) or word.endswith(near[0]):
            return False
    return True


_SMALL: Final = frozenset(
    "a an the of for in on and to with via by from at as is are into over using based towards toward under through".split()
)
"""
Words that come and go in one title. Fewer than `bot.function_words`: what asks, numbers or denies tells two titles apart ('Attention Is All You
Need', 'Attention Is Not All You Need').
"""

_RECURRING: Final = frozenset(
    "our we us your new newest latest recent last past coming upcoming current today best top favourite"
    " favorite favourites favorites most"
    " day days daily week weeks weekly weekend month months monthly quarter quarterly year years yearly annual biweekly fortnightly"
    " january february march april june july august september october november december spring summer autumn fall winter"
    " monday tuesday wednesday thursday friday saturday sunday"
    " ai ml news newsletter update updates digest roundup recap brief briefs briefly bulletin issue edition episode podcast link links list notes note"
    " highlights summary release releases released changelog announcement announcements announcing introducing welcome meet meeting meetings hello"
    " call calls paper papers publication publications proposals proposal submission submissions participation application applications apply"
    " deadline deadlines registration register nominations nominate workshop workshops tutorial tutorials conference conferences seminar"
    " seminars symposium school talk talks event events webinar meetup poster posters session sessions"
    " team teams group groups lab labs community people staff member members fellow fellows fellowship fellowships intern interns internship"
    " internships student students phd postdoc faculty residency hiring hire job jobs position positions opening openings vacancies career careers"
    " research researchers reading reads read discussion discussions thread threads question questions ask anything ama open"
    " available join joining accepted program programme schedule agenda award awards winners prize grant grants".split()
)
"""Words of which announcements and regular columns are made; months that are also words ('may') are left out."""

_TYPING_ERROR: Final = 75.0
_COMMON: Final = 2000
"""Of a word that more works than this have in their titles, only so many are looked at: it tells nothing."""


def surnames(authors: Sequence[str]) -> frozenset[str]:
    """Give the last names of authors, folded: what two ways of writing one person mostly share."""
    return frozenset(normal_title(author).split()[-1] for author in authors if normal_title(author))
