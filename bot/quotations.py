"""
Quotations: what somebody else wrote of a work, as far as it tells what the work is. Pure.

A newsletter links to a paper in passing far more often than it presents it: among the benchmarks that another work was tested on, as the source of
a method, behind a lone 'paper'. Of 115 links to papers in a summer of The Batch and a newsletter on models, some twenty stood in a sentence about the
paper. Only such a sentence is shown in place of the paper's own: one that presents what is linked ('researchers at X introduced Foo'), begins with its name
('Foo measures ...'), or follows its title.
"""

from __future__ import annotations

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
_PRESENTING: Final = regex.compile(rf"\b(?:{_PEOPLE})\b[^.;!?]{{0,160}}?\b(?:{_PRESENTED})\b", regex.IGNORECASE)
_BETWEEN: Final = r"(?:\s+|,\s+|\s*[\"“‘'(]\s*)(?:(?!(?:on|upon|with|using|via|from|against|by|for|than|over|to|in|of|as|how|that|and)\b)[\p{Ll}\-]+,?\s+){0,5}[\"“‘'(]*"
"""What may stand between such a verb and the name: 'introduced a family of models, Foo' and not 'tested Bar on Foo'."""
_NOUN: Final = regex.compile(
    r"(?:technical |new |recent |white )?(?:papers?|study|report|preprint|article|research|work)", regex.IGNORECASE
)
_CREDITS: Final = regex.compile(r"^(?:\s*(?:\([^()]{0,200}\)|\[[^\[\]]{0,100}\]))*\s*[:.–—-]*\s*")
_CUT: Final = regex.compile(r"[\s,;:]*…$")
_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")
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
            return _closed([told[:1].upper() + told[1:], *whole[place + 1 :]])
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
        if len(_WORD.findall(head)) >= 3 and text.casefold().startswith(head.casefold()):  # noqa: PLR2004 - fewer may begin any sentence
            rest = text[len(head) :]
            told = sentences(_CREDITS.sub("", rest, count=1))
            return _closed(told) if told and told[0][:1].isupper() and not _repeats(told[0], title) else ""
    return ""


def _is_about(sentence: str, linked: str, title: str) -> bool:
    named = [regex.escape(name) for name in _names(linked, title)]
    if named:
        name = rf"(?:{'|'.join(named)})"
        if regex.match(
            rf"(?:The )?{name}(?:\s*\([^()]*\))?(?:,? (?:which |is |are |was |can |lets |\p{{Ll}}{{2,}}s )|, an? |: \p{{Ll}}| by [^:.]{{1,60}}: )",
            sentence,
        ):
            return True
        if regex.search(rf"{_PRESENTING.pattern}{_BETWEEN}{name}", sentence, regex.IGNORECASE):
            return True
    if regex.search(rf"\b{regex.escape(linked)}\b", sentence) is None or not linked:
        return False
    if _NOUN.fullmatch(linked):
        return (
            regex.search(rf"\b(?:{_PRESENTED}|according|detailed|details|suggests?)\b", sentence, regex.IGNORECASE)
            is not None
            and " · " not in sentence
        )
    verb = regex.fullmatch(_PRESENTED + r"|tested|tests", linked.partition(" ")[0], regex.IGNORECASE)
    people = regex.search(rf"\b(?:{_PEOPLE})\b[^.;!?]{{0,160}}?\b{regex.escape(linked)}", sentence, regex.IGNORECASE)
    return verb is not None and people is not None


def _names(linked: str, title: str) -> list[str]:
    """Give what a work may be called by: the words of the link, unless they are any word, and a short title, or what of it stands before its colon."""
    head = title.partition(":")[0].strip()
    head = head if len(head.split()) <= _SHORT_NAME else ""
    link = linked.strip(" .,;:\"“”'")
    own = link and (any(map(str.isupper, link)) or len(link.split()) > 1 or link.casefold() in title.casefold().split())
    return [name for name in dict.fromkeys([link if own and not _NOUN.fullmatch(link) else "", head]) if name]


def _repeats(told: str, title: str) -> bool:
    words = {word for word in map(str.casefold, _WORD.findall(told)) if word not in FUNCTION_WORDS}
    return len(words - set(map(str.casefold, _WORD.findall(title)))) < _FEW
