"""
Quotations: what somebody else wrote of a work, as far as it tells what the work is. Pure.

A newsletter links to a paper in passing far more often than it presents it: among the benchmarks that another work was tested on, as the source of
a method, behind a lone 'paper'. Of 115 links to papers in a summer of The Batch and a newsletter on models, some twenty stood in a sentence about the
paper. Only such a sentence is shown in place of the paper's own: one that presents what is linked ('researchers at X introduced Foo'), begins with its name
('Foo measures ...'), or follows its title.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import regex

from bot.function_words import FUNCTION_WORDS
from bot.model import Item, Mention
from bot.sentences import sentences
from bot.text import clean

_LABEL: Final = regex.compile(
    r"^(?:what['’]s new|the news|news|new|new (?:paper|research|work)|in brief|why it matters|behind the news|how it works|key insight|results?|context|paper|read more|more)\s*:\s+",
    regex.IGNORECASE,
)
_PRESENTED: Final = (
    r"(?:introduc|propos|present|develop|releas|unveil|publish|describ|defin|design|creat|demonstrat|report|investigat|analy[sz]|examin|interpret|evaluat|announc|open[- ]sourc)(?:ed|es|e|s)"
    r"|built|builds?|trained|trains|showed|shows?|found|finds?|mapped|maps|studied|studies|wrote|made|debuted"
)
_PEOPLE: Final = (
    r"colleagues|(?:co-?)?authors?|researchers?|scientists?|engineers?|teams?|groups?|labs?|universit\w+|institute\w*|college|(?:this|the|a|new) (?:\w+ )?(?:paper|work|study|report|preprint)|we"
    r"|google|deepmind|microsoft|meta|apple|nvidia|openai|anthropic|alibaba|tencent|bytedance|deepseek|moonshot|mistral|amazon|ibm|stanford|berkeley|mit|cmu|tsinghua|oxford"
)
_PERSON: Final = regex.compile(rf"\b(?:{_PEOPLE})\b", regex.IGNORECASE)
_VERB: Final = regex.compile(rf"\b(?:{_PRESENTED})\b", regex.IGNORECASE)
_TESTED: Final = regex.compile(rf"{_PRESENTED}|tested|tests", regex.IGNORECASE)
_TOLD: Final = regex.compile(rf"\b(?:{_PRESENTED}|according|detailed|details|suggests?)\b", regex.IGNORECASE)
_REACH: Final = 160
"""Characters between those who present a work and the verb."""
_GAP: Final = regex.compile(r"[\s,\"“‘'(]*")
_SMALL_WORD: Final = regex.compile(
    r"(?!(?:on|upon|with|using|via|from|against|by|for|than|over|to|in|of|as|how|that|and)\b)[\p{Ll}\-]+(?=[,\s])"
)
_SMALL_WORDS: Final = 5
"""What may stand between the verb and the name: 'introduced a family of models, Foo' and not 'tested Bar on Foo'."""
_SUBJECT: Final = regex.compile(
    r"(?:\s*\([^()]*\))?(?:,? (?:which |is |are |was |can |lets |\p{Ll}{2,}s )|, an? |: \p{Ll}| by [^:.]{1,60}: )"
)
"""How a sentence goes on that begins with what it is about."""
_GOES_ON: Final = regex.compile(r"[\-–.]?[\p{L}\p{N}_]")
"""What makes a name the beginning of a longer one."""
_NOUN: Final = regex.compile(
    r"(?:technical |new |recent |white )?(?:papers?|study|report|preprint|article|research|work)", regex.IGNORECASE
)
_CLAUSE: Final = regex.compile(r"[.;!?](?=\s)")
_CREDITS: Final = regex.compile(r"^(?:\s*(?:\([^()]{0,200}\)|\[[^\[\]]{0,100}\]))*\s*[:.–—-]*\s*")
_CUT: Final = regex.compile(r"[\s,;:]*…$")
_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")
_STUMP: Final = 80
"""Characters up to which a sentence that was cut off tells nothing yet."""
_SHORT_NAME: Final = 4
"""Words of a name at most."""
_FEW: Final = 3
"""Words of content that a quotation needs besides the title's to tell anything."""


def quotation_of(item: Item) -> tuple[Mention, str] | None:
    """Give the first mention of a work whose words tell what it is, with the words to show; None where all name it in passing."""
    for mention in item.mentions:
        if not mention.direct and mention.quote and (told := telling(mention.quote, mention.title, item.title)):
            return mention, told
    return None


def telling(quote: str, linked: str, title: str) -> str:
    """
    Give the part of a quotation, from a whole sentence on, that tells what the work of this title is; `linked` are the words of the link in it.

    >>> telling("What's new: Ada Byron and colleagues introduced Foo, which skips keys of low weight.", "Foo", "Foo: sparse attention")
    'Ada Byron and colleagues introduced Foo, which skips keys of low weight.'
    >>> telling("On Bar, Baz and Foo the models kept their level.", "Foo", "Foo: sparse attention")
    ''
    """
    text = clean(quote)
    behind = _behind_title(text, linked, title)
    if behind:
        return behind
    whole = sentences(text.removeprefix("…"))[text.startswith("…") :]
    for place, one in enumerate(whole):
        if _is_about(told := _LABEL.sub("", one), linked, title) and not _repeats(told, title):
            said = _closed([told[:1].upper() + told[1:], *whole[place + 1 :]])
            if not said.endswith("…") or len(said) > _STUMP:
                return said
    return ""


def _closed(told: list[str]) -> str:
    """Join sentences, without a last one that was cut off, if it is not the only one."""
    if len(told) > 1 and told[-1].endswith("…"):
        told = told[:-1]
    closed: str = _CUT.sub("…", " ".join(told))
    return closed


def _behind_title(text: str, linked: str, title: str) -> str:
    """Give what follows a work's title, as digests of papers have it: 'Foo: sparse attention (A. Byron): This paper skips keys.'"""
    text = _LABEL.sub("", text)
    for head in (title, linked):
        if len(_WORD.findall(head)) >= 3 and _is_name_at(text, 0, head):  # noqa: PLR2004 - fewer may begin any sentence
            rest = text[len(head) :]
            told = sentences(_CREDITS.sub("", rest, count=1))
            return _closed(told) if told and told[0][:1].isupper() and not _repeats(told[0], title) else ""
    return ""


def _is_about(sentence: str, linked: str, title: str) -> bool:
    names = _names(linked, title)
    told = sentence.removeprefix("The ")
    if any(told.startswith(name) and _SUBJECT.match(told, len(name)) for name in names):
        return True
    if any(_is_presented(sentence, verb, names) for verb in _VERB.finditer(sentence)):
        return True
    found = regex.search(rf"\b{regex.escape(linked)}\b", sentence) if linked else None
    if found is None:
        return False
    if _NOUN.fullmatch(linked):
        return " · " not in sentence and _TOLD.search(sentence) is not None
    verb = linked.partition(" ")[0]
    return _TESTED.fullmatch(verb) is not None and _has_people_before(sentence, found.start())


def _is_presented(sentence: str, verb: regex.Match[str], names: Sequence[str]) -> bool:
    """Tell whether this verb has people before it and one of the names behind it, with a few small words between."""
    if not names or not _has_people_before(sentence, verb.start()):
        return False
    place = verb.end()
    for _ in range(_SMALL_WORDS + 1):
        place = _GAP.match(sentence, place).end()
        if any(_is_name_at(sentence, place, name) for name in names):
            return True
        word = _SMALL_WORD.match(sentence, place)
        if word is None:
            return False
        place = word.end()
    return False


def _is_name_at(sentence: str, place: int, name: str) -> bool:
    """Tell whether a name stands here, and not the beginning of a longer one: 'Foo' is neither in 'Foobar' nor in 'Foo-2'."""
    end = place + len(name)
    return sentence[place:end].casefold() == name.casefold() and not _GOES_ON.match(sentence, end)


def _has_people_before(sentence: str, place: int) -> bool:
    clause = _CLAUSE.split(sentence[max(0, place - _REACH) : place])[-1]
    return _PERSON.search(clause) is not None


def _names(linked: str, title: str) -> list[str]:
    """Give what a work may be called by: the words of the link, unless they are any word, and a short title, or what of it stands before its colon."""
    head = title.partition(":")[0].strip()
    head = head if len(head.split()) <= _SHORT_NAME and head.casefold() not in FUNCTION_WORDS else ""
    link = linked.strip(" .,;:\"“”'")
    own = link.casefold() not in FUNCTION_WORDS and (
        any(map(str.isupper, link)) or len(link.split()) > 1 or link.casefold() in title.casefold().split()
    )
    return [name for name in dict.fromkeys([link if own and not _NOUN.fullmatch(link) else "", head]) if len(name) > 1]


def _repeats(told: str, title: str) -> bool:
    words = {word for word in map(str.casefold, _WORD.findall(told)) if word not in FUNCTION_WORDS}
    return len(words - set(map(str.casefold, _WORD.findall(title)))) < _FEW
