"""
Follow and mute filters: what a channel always wants to see, and what never. Pure.

Each is written `author: Name`, `lab: Name`, `word: phrase` or `source: id`; without a prefix it is a word. A word is met in
its other forms, too ('agent' in 'agents' and 'agentic'), for who mutes a word means the thing; one in capitals, like CLIP, as
it is written and in its plural (CLIPs), for 'clip', 'us' and 'it' are other words. A followed work
comes before all others of its section; a muted one is no candidate, whoever else asks for it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

import regex

from bot.function_words import FUNCTION_WORDS
from bot.model import Item, ItemKind
from bot.stems import stem
from bot.text import clean
from bot.typed_lists import typed_list

KINDS: Final = ("author", "lab", "word", "source")
LONGEST: Final = 80
MOST: Final = 100

_WORDS: Final = regex.compile(r"[\p{L}\p{N}]+")
_WRITTEN: Final = regex.compile(r"(author|lab|word|source)(s?)\s*[:：]\s*(.*)", regex.IGNORECASE)
_OF_A_KIND: Final = regex.compile(r"([\p{L}\p{M} _\-]+?)\s*[:：]\s*(.*)")
_WITHOUT_COLON: Final = regex.compile(
    r"(?P<kind>(?i:authors?|by|labs?))\s+(?P<name>\p{Lu}[\p{L}\p{M}'’.\-]*(?: [\p{L}\p{M}'’.\-]+){0,4})"
)
"""A kind without its colon before a name with a capital, as in 'author LeCun'; 'author attribution' is a phrase."""

_A_NAME: Final = regex.compile(
    r"\p{Lu}[\p{L}\p{M}'’.\-]*(?: (?:\p{Lu}[\p{L}\p{M}'’.\-]*|de|da|di|van|von|der|den|la|le|bin|al)){1,4}"
)
"""A person's name as it is written: words that begin with a capital, as in 'Percy Liang' or 'Laurens van der Maaten'."""

_MEANT: Final[Mapping[str, str]] = {
    **{kind: kind for kind in KINDS},
    **dict.fromkeys(("person", "name", "by", "researcher", "writer"), "author"),
    **dict.fromkeys(("institution", "institute", "university", "company", "organisation", "organization", "affiliation", "group", "team"), "lab"),
    **dict.fromkeys(("keyword", "topic", "phrase", "term", "text", "about", "tag", "title"), "word"),
    **dict.fromkeys(("feed", "site", "venue", "journal", "newsletter"), "source"),
}  # fmt: skip
"""What people write for a kind, in the singular: it is not guessed at, only offered."""


class UnknownKind(ValueError):
    """A text with a kind before its colon that is none: `problem` says which, `remedy` what would be right."""

    def __init__(self, kind: str, name: str) -> None:
        near = difflib.get_close_matches(kind.casefold(), [*_MEANT, *(f"{one}s" for one in _MEANT)], n=1, cutoff=0.7)
        meant = _MEANT.get(near[0]) or _MEANT[near[0].removesuffix("s")] if near else ""
        hint = (
            f"Did you mean {meant}: {name}" if meant else f"A word with a colon in it is written word: {kind}: {name}"
        )
        self.problem = f"There is no '{kind}:'"
        self.remedy = f"Write author:, lab:, word: or source:. {hint}{'?' if meant else ''}"
        super().__init__(f"{self.problem}. {self.remedy}")


def read_wish(text: str) -> str:
    """
    Read one wish as people write it, into the form that is kept: `kind:name`. Raises `ValueError` with what would be right.

    >>> [read_wish(one) for one in ("Author: Percy Liang", "world models", "lab:DeepMind")]
    ['author:Percy Liang', 'word:world models', 'lab:DeepMind']
    """
    found = _WRITTEN.fullmatch(clean(text))
    if not found and (other := _OF_A_KIND.fullmatch(clean(text))):
        raise UnknownKind(other[1].strip(), other[2])
    kind, name = (found[1].lower(), found[3].strip()) if found else ("word", clean(text))
    if not found and (slip := _WITHOUT_COLON.fullmatch(name)):
        meant = "lab" if slip["kind"].casefold().startswith("lab") else "author"
        raise ValueError(f"Did you mean {meant}: {slip['name']}? A word that begins so is written word: {name}")
    if not found and name.startswith("@"):
        raise ValueError(
            f"Write a person's name, like author: Percy Liang. {name} is a name on a network, where nobody is looked for"
        )
    if not _WORDS.search(name):
        raise ValueError("Write author:, lab:, word: or source: and a name, like author: Percy Liang")
    if len(name) > LONGEST:
        raise ValueError(f"Write at most {LONGEST} characters")
    return f"{kind}:{name}"


def read_wishes(text: str, *, to_keep: bool = True) -> tuple[str, ...]:
    """
    Read wishes separated by commas, semicolons or lines, each once however it is spelt. A plural ('authors:') holds for those behind it, too.

    Raises `ValueError` with what would be right; `to_keep` is False for those that are taken away, which need not name anything.

    >>> read_wishes("authors: Percy Liang, percy liang, Yann LeCun; word: world models")
    ('author:Percy Liang', 'author:Yann LeCun', 'word:world models')
    """
    found = list[str]()
    for part in parted_wishes(text):
        try:
            wish = read_wish(part)
        except UnknownKind:
            if to_keep:
                raise
            wish = f"word:{clean(part)}"
        if to_keep and wish.startswith("word:") and not tells_apart(wish.removeprefix("word:")):
            raise ValueError(f"Write what works are about: {wish.removeprefix('word:')!r} is in nearly all of them")
        found.append(wish)
    once = wishes_once(found)
    if len(once) > MOST:
        raise ValueError(f"Write at most {MOST} of them")
    return once


def wishes_once(wishes: Iterable[str]) -> tuple[str, ...]:
    """Give wishes, each once and as it is spelt first."""
    found: dict[str, str] = {}
    for wish in wishes:
        found.setdefault(spelt_alike(wish), wish)
    return tuple(found.values())


def parted_wishes(text: str) -> list[str]:
    """
    Part wishes as people write them, each with its kind where a plural before it names one. Behind an author a person's name is an author's, too.

    >>> parted_wishes("authors: Percy Liang, Yann LeCun; word: world models")
    ['authors: Percy Liang', 'authors: Yann LeCun', 'word: world models']
    >>> parted_wishes("author: Yann LeCun, Percy Liang, world models")
    ['author: Yann LeCun', 'author: Percy Liang', 'world models']
    """
    found, kind, is_plural = list[str](), "", False
    for part in typed_list(text):
        written = _WRITTEN.fullmatch(part)
        if written or _OF_A_KIND.fullmatch(part):
            kind, is_plural = (written[1] + written[2], bool(written[2])) if written else ("", False)
            found.append(part)
            continue
        if not is_plural and not (kind.lower() == "author" and _A_NAME.fullmatch(part)):
            kind = ""
        found.append(f"{kind}: {part}" if kind else part)
    return found


def spelt_alike(wish: str) -> str:
    """
    Give what two wishes share that are one, but for how they are spelt. A word in capitals is another one.

    >>> spelt_alike("author:Percy  Liang") == spelt_alike("author:percy liang"), spelt_alike("word:CLIP") == spelt_alike("word:clip")
    (True, False)
    """
    kind, _, name = wish.partition(":")
    words = _WORDS.findall(name) if kind == "word" and _is_written_so(name) else _tokens(name)
    return f"{kind}:{' '.join(words)}" if words else wish


def are_one(wish: str, other: str) -> bool:
    """
    Tell whether two wishes name the same: a word in another form, an author with initials, or one name in two spellings.

    >>> are_one("word:robots", "word:robot"), are_one("word:music", "word:music retrieval")
    (True, False)
    """
    return spelt_alike(wish) == spelt_alike(other) or (keeps_out(wish, other) and keeps_out(other, wish))


def in_words(wish: str) -> str:
    """
    Say a wish for a list or a form.

    >>> in_words("author:Percy Liang")
    'author: Percy Liang'
    """
    kind, _, name = wish.partition(":")
    return f"{kind}: {name}"


def matches(item: Item, wishes: Iterable[str]) -> tuple[str, ...]:
    """
    Give the wishes that a work meets, in their order.

    An author or lab is met by all words of the name in order, at the borders of words, case and accents' spelling aside; an author's first
    names may be given by their initials ('P. Liang' is Percy Liang). A word is met in title, abstract and keywords, in any of its forms. A source is met
    where it speaks of the work, directly or not.
    """
    return tuple(wish for wish in wishes if _MEETS[wish.partition(":")[0]](item, wish.partition(":")[2]))


@lru_cache(maxsize=100 * MOST)
def terms_of_wish(wish: str) -> frozenset[str]:
    """
    Give terms that each work has (`terms_of`) which meets a wish for an author or a word; none of a wish that nothing meets.

    >>> [sorted(terms_of_wish(one)) for one in ("author:P. Liang", "word:world models", "word:CLIP", "word:the")]
    [['by liang'], ['of model', 'of world'], ['as clip'], []]
    """
    kind, _, name = wish.partition(":")
    tokens = _tokens(name)
    if kind == "author":
        return frozenset(f"by {token}" for token in tokens[-1:])
    if kind != "word" or not tokens or not tells_apart(name):
        return frozenset()
    if name.isupper():
        return frozenset(f"as {token}" for token in tokens)
    return frozenset(f"of {stem(token)}" for token in tokens)


def terms_of(authors: Iterable[str], texts: Iterable[str]) -> set[str]:
    """
    Give the terms by which it is found which wishes a work may meet: its authors' last names, its words as they are written and without a plural's
    s, and their stems.

    >>> wishes = ("author:P. Liang", "word:world model", "word:CLIP", "word:agents")
    >>> terms = terms_of(["Percy Liang"], ["World models, agentic", "of CLIPs"])
    >>> [terms_of_wish(one) <= terms for one in wishes]
    [True, True, True, True]
    """
    words = {word for text in texts for word in _tokens(text)}
    last_names = {tokens[-1] for author in authors if (tokens := _tokens(author))}
    return {
        *(f"by {name}" for name in last_names),
        *(f"as {word}" for word in words),
        *(f"as {word[:-1]}" for word in words if word.endswith("s")),
        *(f"of {stem(word)}" for word in words),
    }


def in_passing(item: Item, wish: str) -> bool:
    """Tell whether a work that meets a wish only mentions it: a word that stands at most once in its abstract, and not in what names it (`_naming`)."""
    kind, _, name = wish.partition(":")
    if kind != "word":
        return False
    if any(_times(name, text) for text in _naming(item)):
        return False
    return _times(name, item.abstract) < 2  # noqa: PLR2004 - once is in passing


def prominence(item: Item, wish: str) -> tuple[int, int]:
    """
    Say how plainly a work meets a wish, for comparing: by whom it is before a word in what names it (`_naming`), that before one in its abstract alone, and
    each word the plainer the more often it stands there.
    """
    kind, _, name = wish.partition(":")
    if kind != "word":
        return 2, 0
    named = sum(_times(name, text) for text in _naming(item))
    return min(named, 1), named + _times(name, item.abstract)


def _naming(item: Item) -> Sequence[str]:
    """
    Give the texts of which a word in one says that the work is about it: the title, and the keywords, but of a paper whose abstract is known. That tells more:
    Hugging Face has a machine find ten keywords to each paper, 'diffusion transformer' to one that names its backbone in half a sentence.
    """
    return (item.title,) if item.kind is ItemKind.PAPER and item.abstract else (item.title, *item.tags)


def reason_of(wish: str, names: Mapping[str, str]) -> str:
    """Say why a followed work is here, as a colleague would; `names` are the sources' names by id."""
    kind, _, name = wish.partition(":")
    return {
        "author": f"by {name}, whom you follow",
        "lab": f"from {name}, which you follow",
        "word": f"about '{name}', which you follow",
        "source": f"in {names.get(name, name)}, which you follow",
    }[kind]


def unmet(wishes: Iterable[str], works: Iterable[tuple[str, Sequence[str]]]) -> tuple[str, ...]:
    """
    Give the authors and words among wishes that none of some works meets, of each of which its text and its authors are given. A lab is never among
    them, for few sources name any.

    >>> unmet(["author:G. Hinton", "author:Hinton", "word:agents", "word:tea", "lab:Tea"], [("Agentic coffee", ["Anna Hinton"])])
    ('author:G. Hinton', 'word:tea')
    """
    kinds = {wish: wish.partition(":") for wish in wishes}
    left = {wish: name for wish, (kind, _, name) in kinds.items() if kind in {"author", "word"}}
    people = {wish: _tokens(name) for wish, name in left.items() if kinds[wish][0] == "author"}
    for text, authors in works:
        last_names = {last_name(author) for author in authors} if people else set()
        met = [
            wish
            for wish, name in left.items()
            if (
                any(_same_person(people[wish], _tokens(author)) for author in authors)
                if wish in people and people[wish][-1] in last_names
                else wish not in people and _times(name, text) > 0
            )
        ]
        for wish in met:
            del left[wish]
            people.pop(wish, None)
        if not left:
            break
    return tuple(left)


def muted(items: Sequence[Item], mute: Iterable[str]) -> list[Item]:
    """Give the works without those that are muted."""
    wishes = tuple(mute)
    return [item for item in items if not matches(item, wishes)] if wishes else list(items)


def keeps_out(muted: str, wish: str) -> bool:
    """
    Tell whether muting one thing keeps out all that another wish names.

    >>> keeps_out("word:music", "word:music retrieval"), keeps_out("word:music retrieval", "word:music")
    (True, False)
    >>> keeps_out("author:P. Liang", "author:percy liang"), keeps_out("lab:Google", "lab:Google DeepMind")
    (True, True)
    """
    kind, _, name = muted.partition(":")
    wished, _, wanted = wish.partition(":")
    if kind != wished:
        return False
    if kind == "word":
        return tells_apart(name) and _times(name, wanted) > 0
    if kind == "author":
        return _same_person(_tokens(name), _tokens(wanted))
    return _stands_in(_tokens(name), _tokens(wanted)) if kind == "lab" else name.casefold() == wanted.casefold()


def author_of(authors: Iterable[str], topic: str) -> str:
    """
    Give the one of some authors whose name a topic is; nothing where it is none of theirs.

    Stricter than a wish for an author, for most topics are no names: 'Gan' and 'time series' must name nobody. A first name is written out, or is an initial
    with its full stop.

    >>> authors = ("Chelsea Finn", "Shuo Gan", "Yu-Gang Jiang")
    >>> [author_of(authors, topic) for topic in ("yu-gang jiang", "C. Finn", "Style GAN", "S Gan", "Finn")]
    ['Yu-Gang Jiang', 'Chelsea Finn', '', '', '']
    """
    wanted = _tokens(topic)
    if len(wanted) < 2 or any(len(one) == 1 and f"{one}." not in topic.casefold() for one in wanted):  # noqa: PLR2004 - first and last name
        return ""
    return next((author for author in authors if _is_called(wanted, _tokens(author))), "")


def _is_called(wanted: Sequence[str], known: Sequence[str]) -> bool:
    """Tell whether a name has each of the wanted words, or for an initial one that begins with it, and the last one as its last."""
    return known[-1:] == wanted[-1:] and all(
        any(name == one or (len(name) == 1 and one.startswith(name)) for one in known[:-1]) for name in wanted[:-1]
    )


def last_name(name: str) -> str:
    """
    Give the last word of a name, without case.

    >>> last_name("Rami Al-Rfou'")
    'rfou'
    """
    last = name.rsplit(None, 1)[-1:]
    # A week has 14,000 authors: most of their last words need not be taken to pieces.
    return last[0].casefold() if last and last[0].isalpha() else (_tokens(name) or [""])[-1]


def _by_author(item: Item, name: str) -> bool:
    wanted = _tokens(name)
    return any(_same_person(wanted, _tokens(author)) for author in item.authors)


def _same_person(wanted: Sequence[str], known: Sequence[str]) -> bool:
    if not wanted or not known or wanted[-1] != known[-1]:
        return False
    first, theirs = wanted[:-1], known[:-1]
    if not first:
        return True
    return bool(theirs) and all(
        any(name == one or (1 in {len(name), len(one)} and name[0] == one[0]) for one in theirs) for name in first
    )


def _from_lab(item: Item, name: str) -> bool:
    return any(_stands_in(_tokens(name), _tokens(lab)) for lab in item.institutions)


def _about(item: Item, name: str) -> bool:
    return tells_apart(name) and any(_times(name, text) for text in (item.title, item.abstract, *item.tags))


def tells_apart(word: str) -> bool:
    """Tell whether a word or phrase tells works apart: 'the' is in all of them, and to mute it would mute everything."""
    return _is_written_so(word) or any(token not in FUNCTION_WORDS for token in _tokens(word))


def _is_written_so(word: str) -> bool:
    """Whether a word is meant as it is written: it has two capitals or more, and no small letter."""
    return word.isupper() and sum(map(str.isupper, word)) > 1


def _in_source(item: Item, name: str) -> bool:
    return any(mention.source_id.casefold() == name.casefold() for mention in item.mentions)


_MEETS: Final = {"author": _by_author, "lab": _from_lab, "word": _about, "source": _in_source}


def _tokens(text: str) -> list[str]:
    return [word.casefold() for word in _WORDS.findall(text)]


def _stands_in(wanted: Sequence[str], text: Sequence[str]) -> bool:
    span = len(wanted)
    return bool(span) and any(list(text[at : at + span]) == list(wanted) for at in range(len(text) - span + 1))


def _times(word: str, text: str) -> int:
    """Count how often a word or phrase stands in a text, in any of its forms; one of two capitals or more, and no small letter, as it is written."""
    if not _WORDS.search(word):
        return 0
    sought = _sought(word)
    # Most texts have not even the beginning of the word, and are told apart without being taken to pieces.
    folded = text.casefold()
    if sought.beginning not in folded:
        return 0
    if not sought.stems:
        return sum(1 for _ in sought.pattern.finditer(text))
    # The pattern compares letter by letter, and some letters are folded to two, like ß: there every word is looked at.
    places = sought.pattern if len(folded) == len(text) else _WORDS
    return sum(1 for one in places.finditer(text) if _stems_from(text, one.start(), len(sought.stems)) == sought.stems)


@dataclass(frozen=True, slots=True)
class _Sought:
    """A word as it is looked for: letters that every form of it begins with, where one may stand, and its stems; none for one that is met as written."""

    beginning: str
    pattern: regex.Pattern[str]
    stems: tuple[str, ...] = ()


@lru_cache(maxsize=10 * MOST)  # what many channels wish for
def _sought(word: str) -> _Sought:
    if word.isupper():
        words = [regex.escape(one) for one in _WORDS.findall(word)]
        flags = 0 if _is_written_so(word) else regex.IGNORECASE
        pattern = rf"{_BEFORE}{_APART.join(words)}s?{_BEHIND}"
        return _Sought(_tokens(word)[0], regex.compile(pattern, flags))
    wanted = tuple(map(stem, _tokens(word)))
    # Stemming changes at most the last letter of what it leaves, but for 'dying', 'lying' and 'tying', which become 'die', 'lie' and 'tie'.
    beginning = wanted[0][: -2 if wanted[0].endswith("ie") else -1] or wanted[0]
    return _Sought(beginning, regex.compile(_BEFORE + regex.escape(beginning), regex.IGNORECASE), wanted)


def _stems_from(text: str, start: int, number: int) -> tuple[str, ...]:
    """Give the stems of so many words of a text from a place on."""
    return tuple(stem(found[0].casefold()) for found in islice(_WORDS.finditer(text, start), number))


_BEFORE: Final = r"(?<![\p{L}\p{N}])"
_APART: Final = r"[^\p{L}\p{N}]+"
_BEHIND: Final = r"(?![\p{L}\p{N}])"
