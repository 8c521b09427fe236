"""
Which work an entry of a feed is about, where its text links to one. Pure.

To take a post for the work that it links to is to give the post up, for good. So a post with a title must say that it is about that
work; a paper that is cited, or a link that several entries end with, is mentioned and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from adapters.sources.parse.document import Draft
from bot.item_keys import PAPERS, WORKS, address_of, item_key
from bot.model import Link
from bot.text import clean, plain_title, words
from bot.titles import normal_title

SHORT_POST: Final = 150
"""Words of a text that is no more than a pointer to what it links to: a post on Mastodon has eighty, a teaser a hundred."""

_LITTLE: Final = 30
"""Words beside a link, under a title, that are little more than the link."""
_BARE_LINK: Final = 4
"""Words beside a link that say nothing by themselves: 'More on this here'."""
_OLD: Final = 12
"""Months after which a paper is cited rather than announced."""
_LEAD: Final = 4
"""Words before a link that tell a line which several posts end with."""

_ADDRESS: Final = re.compile(r"https?://\S+")
_REPOSTED: Final = re.compile(r"^(?:RT by @\w{1,30}|RT @\w{1,30}):\s*")
_TAG: Final = re.compile(r"<[^>]*>?")
_BEGUN: Final = re.compile(r"https?://(?:www\.)?(?:[\w.-]+/(?:\w+/)*)?$")
_BREAK: Final = re.compile(r"</?(?:p|br|li|div|hr|tr|h\d)\b[^>]*>")
_LINE: Final = re.compile(r"[.!?…]\s+|\n")
_ARXIV: Final = re.compile(r"arxiv:(\d\d)(\d\d)\.")
_SENTENCE: Final = re.compile(r"[.!?…]\s+")
_POINTS: Final = re.compile(
    r"\b(?:papers?|preprints?|manuscript|report|article|study|abstract|poster|slides|read|reading|arxiv|code|repo|repository|github|release[sd]?)\b",
    re.IGNORECASE,
)
"""What is said of a work that a post is about."""
_CITES: Final = re.compile(
    r"\b(?:buil(?:ds?|t|ding) (?:up)?on|based (?:up)?on|on top of|inspired by|follow(?:s|ing|up to)|exten(?:ds|ding|sion of)"
    r"|compar(?:es?|ed|ing|ison) (?:\w+ ){0,3}(?:with|to|against)|unlike|as in|see also|cf|outperforms?|beats?|better than|trained (?:on|with|by)"
    r"|fine-?tuned|initiali[sz]ed|distill?ed|evaluated|measured|tested|(?:introduced|proposed|described|published) (?:in|by)|variants? of|version of"
    r"|implement(?:s|ed|ing|ation of)|thanks to|cit(?:es|ed|ing)|(?:original|earlier|previous|prior|classic|famous|seminal|related|background)"
    r"|powered by|stars?|support|sponsors?|manifesto|mission|principles)\b",
    re.IGNORECASE,
)
"""What is said of a work that a post only names: what it builds on, what it is measured against, what every post ends with."""


@dataclass(frozen=True)
class LinksOfFeed:
    """The addresses in a feed's entries, for telling a link that several of them end with."""

    drafts: Sequence[Draft]
    _found: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def repeated(self, url: str, draft: Draft, *, titled: bool) -> bool:
        """
        Tell whether another entry links to the same work, so that it is the subject of neither.

        Two posts without titles may both be about one paper; only the same words before the link tell that it is their last line.
        """
        named = self._naming(item_key(url) or url)
        others = {lead for post, lead in named if post != _post(draft)}
        if titled:
            return bool(others)
        return any(lead and lead in others for post, lead in named if post == _post(draft))

    def _naming(self, key: str) -> tuple[tuple[str, str], ...]:
        """The entries that name a work: each by what it says, with the words before the address."""
        if key not in self._found:
            address = address_of(key).partition("://")[2].removeprefix("www.").lower()
            written = key.partition(":")[2].lower() if key.startswith(PAPERS) else address
            here = re.compile(rf"(?<![\w.-]){re.escape(written)}(?![\w-])")
            hits = ((post, text, here.search(text)) for post, text in self._texts)
            self._found[key] = tuple((post, _lead(text[: hit.start()])) for post, text, hit in hits if hit)
        return self._found[key]

    @cached_property
    def _texts(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (_post(draft), f"{draft.title}\n{draft.summary}\n{draft.content}".lower()) for draft in self.drafts
        )


def _post(draft: Draft) -> str:
    """What an entry says, without addresses: a post and its repost say the same."""
    title = _REPOSTED.sub("", draft.title)
    return clean(_ADDRESS.sub("", title)) or clean(_ADDRESS.sub("", _TAG.sub(" ", draft.content or draft.summary)))


def _lead(before: str) -> str:
    """The last words before an address, of its own line or sentence."""
    text = _TAG.sub(" ", _BREAK.sub("\n", _BEGUN.sub("", before)))
    return " ".join(re.findall(r"\w+", _LINE.split(text)[-1])[-_LEAD:])


def subject_of(
    draft: Draft, title: str, abstract: str, length: int, links: Sequence[Link], feed: LinksOfFeed
) -> str | None:
    """
    Give the address of the one work that a short post of `length` words is about; None if it is about none, or itself.

    That is the only paper it links to, else the only repository; of a post without a title, as on Mastodon, the only page. A post
    with a title and words of its own is about a work only if its title names the work or the text is little more than the link.
    """
    if length > SHORT_POST:
        return None
    linked = {key: link for link in links if (key := item_key(link.url))}
    titled = has_title(draft, abstract)
    key = _only(linked, titled=titled)
    if key is None:
        return None
    link = linked[key]
    if _is_named(key, link, title):
        return link.url
    if feed.repeated(link.url, draft, titled=titled) or _is_cited(key, link, draft.published, titled=titled):
        return None
    return link.url if not titled or _is_pointer(link, title, abstract, length) else None


def has_title(draft: Draft, abstract: str) -> bool:
    """Tell whether an entry has a title, and not its text, or the beginning of it, in the place of one."""
    written = plain_title(draft.title)
    if not written or "://" in written:
        return False
    text, named = normal_title(_ADDRESS.sub(" ", abstract)), normal_title(written)
    return not (named == text or (written.endswith(("…", "...")) and text.startswith(named)))


def _only(linked: dict[str, Link], *, titled: bool) -> str | None:
    for kinds in (PAPERS, WORKS):
        found = [key for key in linked if key.startswith(kinds)]
        if found:
            return found[0] if len(found) == 1 else None
    return next(iter(linked)) if not titled and len(linked) == 1 else None


def _is_named(key: str, link: Link, title: str) -> bool:
    """Whether the title is the work's: it has its number in it, or is the words of the link."""
    number = key.partition(":")[2]
    return (key.startswith(PAPERS) and number in title.lower()) or (
        bool(link.text) and normal_title(link.text) == normal_title(title)
    )


def _is_cited(key: str, link: Link, published: datetime | None, *, titled: bool) -> bool:
    """Whether the words before the link say that it is cited; without a title, the very last of them."""
    sentence = _before(key, link)
    if not titled:
        return any(not re.search(r"[,:;–—]", sentence[hit.end() :]) for hit in _CITES.finditer(sentence))
    number = _ARXIV.match(key)
    if number and published:
        months = (published.year - 2000 - int(number[1])) * 12 + published.month - int(number[2])
        if months > _OLD:
            return True
    return bool(_CITES.search(sentence))


def _before(key: str, link: Link) -> str:
    """What the sentence of a link says before it."""
    places = (link.quote.lower().find(each.lower()) for each in _ways(key, link) if each)
    place = min((each for each in places if each >= 0), default=len(link.quote))
    return _SENTENCE.split(link.quote[:place])[-1]


def _ways(key: str, link: Link) -> Iterator[str]:
    yield from (link.text, link.url.partition("://")[2].removeprefix("www."))
    if key.startswith(PAPERS):
        yield key.partition(":")[2]


def _is_pointer(link: Link, title: str, abstract: str, length: int) -> bool:
    said = clean(_ADDRESS.sub(" ", abstract.removeprefix(title)))
    count = words(said) if said else 0
    return count <= _BARE_LINK or (
        max(count, length - words(title)) <= _LITTLE and bool(_POINTS.search(f"{_before('', link)} {link.text}"))
    )
