"""
Teasers: the two or three sentences of a post, a newsletter or a discussion that say what it is about. Pure.

People open a post with a greeting, an excuse, a remark on the post itself, or its title again, and paste addresses into it. All of that
goes; what is left is shown as written. Who sums a post up in its own 'TL;DR' is quoted from there, and where the first sentences only lead up to
what its author made or found, that sentence begins.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import regex

from bot.function_words import FUNCTION_WORDS
from bot.sentences import sentences
from bot.stems import stem

SHOWN: Final = 2
"""Sentences of a teaser."""

SHORT: Final = 120
"""Characters below which two sentences have a third beside them: 'GD respects that.' says nothing without what does not."""

LED_UP_TO: Final = 8
"""Sentences among which the one is looked for that says what the author made."""

_REPEATS: Final = 0.7
"""From which part on of its words of content in the title a sentence only repeats it."""

_FEW: Final = 4
"""Words of a sentence that its source cut off, with which it says nothing yet, and of a summary that is none."""

_GREETED: Final = (
    r"there|all|everyone|everybody|every one|guys|folks|friends|people|community|team|again|y['’]all|redditors?|hn|ml|ai|fellow|reddit|researchers?"
    r"|/?r/\w+|(?:from|of) (?:the )?\w+"
)
_GREETING: Final = regex.compile(
    rf"(?:hi|hello|hey|hiya|howdy|greetings|dear|good (?:morning|evening|afternoon|day))\b(?:(?:,? (?:{_GREETED})\b)+\s*[,!.:;👋🙂–—-]*\s+|\s*[,!.:;👋🙂–—-]+\s+)",
    regex.IGNORECASE,
)
_GREETING_WITHIN: Final = regex.compile(
    rf"(?<=[^.!?…\s]) +(?-i:H)(?:i|ello|ey),? (?:{_GREETED})\b[,!.:]\s+", regex.IGNORECASE
)
"""A greeting behind a heading that a line end, and no stop, parted from it."""
_TLDR: Final = regex.compile(r"(?<![\p{L}\p{N}])TL[;:,]?\s?DR\b\s*(?:[:;,–—]|(?<=\s)-|-(?!\w))+\s*", regex.IGNORECASE)
_SUMMED_UP: Final = regex.compile(r"(?:abstract|summary|overview)\b\s*(?:[:–—]|-(?!\w))+\s*", regex.IGNORECASE)

_ADDRESS: Final = regex.compile(
    r"(?P<label>(?:(?<=^|[.!?…)]\s)|(?<=\())[\p{L}\p{N}'’ /&-]{2,50}:\s*)?(?P<url>https?://[^\s<>()\[\]\"“”|*]+)(?:\s*\((?:https?://[^\s()]*)\))?"
)
_LABEL: Final = regex.compile(
    r"\b(?:links?|repo(?:sitory)?|git(?:hub|lab)|code|papers?|preprint|arxiv|pdf|demos?|web ?site|site|page|project|blog(?: ?post)?|post|article|write-?up|video"
    r"|data ?sets?|data|docs?|documentation|colab|notebook|hugging ?face|hf|models?|weights|app|discord|live|here|source|pypi|try it(?: out)?|read more|more)\b",
    regex.IGNORECASE,
)
"""What stands before an address and only says what it leads to."""
_BESIDE_LABEL: Final = frozenset(
    "available check complete details download find full github info interactive link links live official open original out public read see source technical test trained try view visit watch".split()
)
"""Words that stand beside these: 'Full paper', 'Check out the demo'."""
_SAYS_NOTHING: Final = regex.compile(
    r"(?:^|\.)(?:redd\.it|redditmedia\.com|imgur\.com|substackcdn\.com|t\.co|bit\.ly|lnkd\.in|ow\.ly|buff\.ly|tinyurl\.com|goo\.gl)$|\.(?:png|jpe?g|gif|webp)$",
    regex.IGNORECASE,
)
"""Hosts of pictures and of shortened addresses, and names of picture files: none of them says where a link leads."""

_HEADING: Final = regex.compile(
    r"(?:(?:just|so|also|and|but),? )*(?:quick |small |short )?(?:update|note|preface|context|background)\b\s*\d*\s*(?:[:–—]|-(?!\w))+\s*",
    regex.IGNORECASE,
)
"""A word before a sentence that is of the post itself or of its subject, as what follows tells."""
_OF_THE_POST: Final = regex.compile(
    r"(?:I|I['’]\w+|my|(?:fixed|added|edited|corrected|removed|updated|typos?|links?) (?:an?|the|some|more|my|it|this|that|here|below|in|to|typos?|links?|fixed|added)|(?:re)?solved|(?:the|this|that) (?:\w+ )?(?:post|posts|thread|title|flair|links?|typo|comments?|question))\b",
    regex.IGNORECASE,
)

_ASIDE: Final = regex.compile(
    r"^(?:(?:first(?:ly)?|first of all|before (?:I|we) (?:start|begin)|to be clear|just|so|also|and|but),? )*(?:"
    r"(?:I|we) (?:just |also |first |really )?(?:want(?:ed)?|would like|need|have|['’]d like) to (?:clarify|preface|start by|apologi[sz]e|be clear|say (?:up ?front|that (?:I am|I['’]m|this is) not))"
    r"|(?:quick |small |short |full |mandatory )?(?:disclaimer|disclosure|edit|ps|p\.s\.)\b\s*\d*\s*(?:[:–—]|-(?!\w))"
    r"|(?:sorry|apologies|apologi[sz]ing)\b(?!-)|(?:long|first)[- ]?time (?:lurker|poster|reader)|(?:I['’]m |I am )?not sure (?:if|whether|that) (?:this|it|here)"
    r"|dear mod(?:erator)?s\b|mods\s*[,:]|mod(?:erator)?s,? (?:please|feel|kindly|delete|remove|if|let me)\b|english is(?:n['’]t| not) (?:\w+ )?(?:my|our)\b|please (?:be (?:kind|gentle)|let me know|delete|remove|forgive|excuse|bear)"
    r"|(?:I )?hope (?:this|it|you|everyone|that)\b|(?:I['’]m|I am) (?:new|fairly new|quite new) (?:here|to (?:this|the sub))|(?:this is )?my first (?:post|time)|throwaway (?:account|because|for|since)\b"
    r"|thanks\b(?! to\b)|thanks to (?:all|every(?:one|body)|you|those|the (?:mod(?:erator)?s|community|team|reviewers|authors))\b|thank you\b|any (?:\w+ ){0,3}(?:is|are|would be) (?:\w+ )?(?:appreciated|welcome|helpful)"
    r"|this is (?:the |a )?(?:\w+ )?(?:project|post|follow[- ]?up|update|continuation|part)\b[^.]{0,80}\b(?:my|our) (?:\w+ ){0,2}posts?\b"
    r"|it['’]?s been (?:\w+ ){1,5}since (?:I|we|my|our|the last)\b|(?:some|many|most) of you (?:may|might|probably|will)\b|as (?:some|many) of you\b"
    r"|(?:I['’]ve |I have )?been working on this (?:for|since|over)\b|(?:basically |almost )?(?:all|most|some) of my (?:\w+ )?(?:descriptions?|wording|phrasing|english)\b"
    r"|posting (?:this|here)\b|cross-?post(?:ed|ing)?\b|(?:full|more) (?:text|post|story|details?|write-?up) (?:here|below|in the)\b"
    r"|welcome (?:back )?to\b|(?:please )?subscribe\b|if you(?:['’]d| would)? (?:like|enjoy|love|want)\b[^.]{0,60}\b(?:subscrib\w+|(?:support|share|forward) (?:it|this|us|me|my|our))\b"
    r"|(?:happy|glad) to (?:answer|discuss|hear)\b|let me know\b|feel free\b|what do you think\b|thoughts\?"
    r")",
    regex.IGNORECASE,
)
"""What is said of the post itself, or to those who read it, and not of its subject."""

_MADE: Final = regex.compile(
    r"\b(?:I|we)(?:['’]ve| have)?(?: \w+ly| just| recently| also| then| therefore| finally)? (?:built|made|wrote|created|developed|designed|trained|released|open[- ]sourced|implemented|ported"
    r"|compiled|fine-?tuned|found|discovered|tested|measured|benchmarked|compared|analy[sz]ed|ran|introduced?|proposed?|presented?|show(?:ed)?|observed?)\b",
    regex.IGNORECASE,
)
_OWN: Final = regex.compile(
    r"\b(?:I|we|my|our|I['’](?:m|ve|d)|we['’](?:re|ve))\b|^(?:this|the) (?:paper|work|post|repo|library|tool|project|dataset)\b",
    regex.IGNORECASE,
)
_LEANS: Final = regex.compile(
    r"^(?:\w+[ ,]+){0,2}(?:it|its|this|that|these|those|they|them|their|he|she)\b", regex.IGNORECASE
)
_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")
_OPENS_SMALL: Final = regex.compile(r"^\p{Ll}+(?=[\s,;:.!?'’-])")
_BEGINS_AS_SUBJECT: Final = regex.compile(r"(?:the|this|that|our|my|an?|their|its)\b", regex.IGNORECASE)
_GOES_ON: Final = regex.compile(r"\s+\p{Ll}")
"""How a sentence goes on behind an address: 'The paper: https://a.example shows that gates work'."""
_JOINTS: Final = " ,;:–—-•*|>"


def teaser(title: str, text: str, *, of_a_post: bool = False, publisher: str = "") -> str:
    """
    Give the two sentences of a plain text (three, where they are short) that say what it is about; empty where it says nothing besides its title.

    `of_a_post` says that members of a forum wrote it, who come to the point later than editors; `publisher` is the name that a newsletter may put
    before its text.

    >>> teaser("A linter for PyTorch", "Hi all! Sorry for the long post. I built a linter, see https://lint.example. It finds NaNs. And more.", of_a_post=True)
    'I built a linter, see lint.example. It finds NaNs.'
    """
    told = sentences(_GREETING_WITHIN.sub(". ", _summed_up(_without_addresses(_without_publisher(text, publisher)))))
    kept = _unrepeated([one for sentence in told if (one := _opened(sentence)) and not _is_aside(one)], title)
    start = _start(kept) if of_a_post else 0
    shown = [one for one in kept[start : start + SHOWN] if not _is_stump(one)]
    if sum(map(len, shown)) < SHORT:
        shown += [one for one in kept[start + SHOWN : start + SHOWN + 1] if not _is_stump(one)]
    return " ".join(shown)


def _without_publisher(text: str, publisher: str) -> str:
    if not publisher or not text.startswith(publisher):
        return text
    head, colon, rest = text.partition(": ")
    return rest if colon and len(head) <= len(publisher) + 30 and "." not in head else text


def _summed_up(text: str) -> str:
    """Give a text from its own 'TL;DR' on, wherever that stands."""
    marks = list(_TLDR.finditer(text))
    rest = text[marks[-1].end() :] if marks else ""
    return rest if len(_WORD.findall(rest)) > _FEW else text


def _without_addresses(text: str) -> str:
    """Take addresses out of a text: with the words that only say what they lead to, else the host's name is left in its place."""
    return " ".join(_ADDRESS.sub(_addressed, text).split()) if "://" in text else text


def _addressed(found: regex.Match[str]) -> str:
    label, url = found["label"] or "", found["url"]
    stop = url[-1] if url[-1] in ".,;:!?" else ""
    try:
        parts = urlsplit(url.rstrip(".,;:!?…"))
        host, path = (parts.hostname or "").removeprefix("www."), parts.path
    except ValueError:
        host, path = "", ""
    if label and _LABEL.search(label):
        labels, goes_on = _only_labels(label), _GOES_ON.match(found.string, found.end())
        if goes_on and (not labels or _BEGINS_AS_SUBJECT.match(label)):
            return label.rstrip(": ")
        if labels:
            return " "
    if not host or "." not in host or _SAYS_NOTHING.search(host) or _SAYS_NOTHING.search(path):
        return f"{label} "
    return f"{label}{' ' if label and not label.endswith(' ') else ''}{host}{stop or _stop_before(found.string, found.end())}"


def _only_labels(label: str) -> bool:
    """Tell whether these words only say what an address leads to: 'Code', 'The full paper', but not 'The paper Learning to see'."""
    rest = _WORD.findall(_LABEL.sub(" ", label).casefold())
    return all(one in FUNCTION_WORDS or one in _BESIDE_LABEL for one in rest)


def _stop_before(text: str, place: int) -> str:
    """A full stop where a new line, now a space, began with a capital: 'I built https://a.example It maps towns'."""
    return "." if regex.match(r"\s+(?:\p{Lu}\p{Ll}*) \p{Ll}", text[place : place + 40]) else ""


def _opened(sentence: str) -> str:
    """
    Give a sentence without a greeting and without the label of a summary before it, begun with a capital, unless its first word is one that may be
    a name: 'avatarin uses it'.
    """
    rest = sentence.lstrip(_JOINTS)
    while found := _GREETING.match(f"{rest} ") or _SUMMED_UP.match(rest) or _HEADING.match(rest):
        if found.re is _HEADING and _OF_THE_POST.match(rest, found.end()) and not _MADE.search(rest):
            return ""
        rest = rest[found.end() :].lstrip(_JOINTS)
    small = _OPENS_SMALL.match(rest)
    if small and (rest != sentence or small[0] in FUNCTION_WORDS):
        return rest[:1].upper() + rest[1:]
    return rest


def _is_aside(sentence: str) -> bool:
    return not _content(sentence) or _ASIDE.search(sentence) is not None


def _is_stump(sentence: str) -> bool:
    return sentence.endswith("…") and len(_WORD.findall(sentence)) <= _FEW


def _unrepeated(told: list[str], title: str) -> list[str]:
    """
    Leave out the first sentences as far as they only repeat the title; one that says a little more is kept where the next one leans on it ('Does it
    bias the reviewers?').
    """
    titled = _content(title)
    for place, one in enumerate(told):
        words, following = _content(one), told[place + 1] if place + 1 < len(told) else ""
        more = words - titled
        if len(more) > (1 - _REPEATS) * len(words) or (more and _LEANS.search(following)):
            return told[place:]
    return []


def _content(text: str) -> set[str]:
    return {stem(word) for word in map(str.casefold, _WORD.findall(text)) if word not in FUNCTION_WORDS}


def _start(told: list[str]) -> int:
    """Where the first sentence and the one behind it speak of nothing of their author's, begin with what the author made or found."""
    if any(_OWN.search(one) for one in told[:SHOWN]):
        return 0
    return next((place for place, one in enumerate(told[:LED_UP_TO]) if _MADE.search(one)), 0)
