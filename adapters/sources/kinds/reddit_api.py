"""What Reddit's feeds, its API and Arctic Shift say of posts → one form. Pure; run in the reading process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any, Final
from urllib.parse import urljoin

from adapters.sources.http.redirects import is_at
from adapters.sources.parse.document import Draft, Unreadable, what_else
from adapters.sources.parse.feed import TITLE
from adapters.sources.parse.latex import readable_prose
from adapters.sources.parse.links import links_in, quotation
from adapters.sources.parse.markdown import ESCAPED, LINK, unmarked
from bot.item_keys import WORKS, item_key
from bot.model import Link
from bot.text import clean, closed, plain, plain_title, safe_url

_HOME: Final = "https://www.reddit.com"
_MOST: Final = 500
_LONGEST: Final = 40_000
"""Characters of a post that are read; Reddit itself takes no more."""
_MOST_LINKS: Final = 10
_GONE: Final = frozenset(
    {"[removed]", "[deleted]", "[removed by reddit]", "[deleted by user]", "[ removed by reddit ]"}
)
_ID: Final = re.compile(r"(?:^t3_|/comments/)(?P<id>[a-z0-9]{4,12})(?:/|$)")
_SUBMITTED: Final = re.compile(
    r"\s*submitted by\s+/?u/\S+(?:\s+to\s+/?r/\S+)?(?:\s*\[link\])?(?:\s*\[comments\])?\s*$", re.IGNORECASE
)
_PARAGRAPH: Final = re.compile(r"<p>(.*)</p>", re.DOTALL)
_ANY_TAG: Final = re.compile(r"<[a-zA-Z/!][^<>]*>")
_LEADS_TO: Final = re.compile(r"""<a href="([^"<>]{1,2000})">\s*\[link\]\s*</a>""")
_BARE_LINK: Final = re.compile(r"https?://[^\s<>()\[\]\"'`|*]{1,2000}")
_UNCLOSED: Final = re.compile(r"(?<!\S)(?:(\*{1,3}|_{1,2})(?=\w)(?![^\n]*\1)|\[(?![^\n]*\]))(?=[^\n]*\Z)")
_CUT_LINK: Final = re.compile(r"!?\[([^\[\]\n]{1,500})\]\([^()\s]*\Z")
_SOCIAL_HOSTS: Final = (
    "reddit.com",
    "redd.it",
    "redditmedia.com",
    "imgur.com",
    "youtube.com",
    "youtu.be",
    "x.com",
    "twitter.com",
)
"""Where a post's own picture, clip or quarrel lives: nothing that it could be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedditPost:
    """
    A post. `link` is what it leads to, outside of Reddit, `links` the works in its text; `gone` says that it was removed.
    `words` counts its text where that was given whole.
    """

    id: str
    title: str
    author: str = ""
    url: str
    link: str | None = None
    text: str = ""
    words: int | None = None
    links: tuple[Link, ...] = ()
    flair: str = ""
    created: datetime | None = None
    score: int | None = None
    comments: int | None = None
    gone: bool = False


def parse_top(body: bytes, url: str, content_type: str) -> tuple[RedditPost, ...]:
    """Read a subreddit's RSS (which is Atom), in its order. There are no scores in it. Raises `Unreadable` if it is none."""
    from adapters.sources.parse.xmlfeed import read_xml_feed  # noqa: PLC0415 - the other routes need no feedparser

    if not body.strip():
        raise Unreadable("gave an empty answer")
    drafts = read_xml_feed(body, url, content_type).drafts[:_MOST]
    length = _length_of_excerpts([len(_markdown_of(_html_of(draft)) or "") for draft in drafts])
    return tuple(post for draft in drafts if (post := _from_draft(draft, length)))


def _html_of(draft: Draft) -> str:
    return (draft.content or draft.summary)[:_LONGEST]


def _markdown_of(html: str) -> str | None:
    """
    What was written, where a mirror hands that on instead of what Reddit makes of it; None where it is Reddit's own HTML.

    Reddit puts a post's text into an element of the class `md`.
    """
    if 'class="md"' in html:
        return None
    paragraph = _PARAGRAPH.search(html)
    if paragraph:  # its last space tells that a text was cut between two words
        return unescape(_ANY_TAG.sub("", paragraph[1]))
    return _SUBMITTED.sub("", unescape(_ANY_TAG.sub("", html))).strip()


def _from_draft(draft: Draft, length_of_excerpts: int | None) -> RedditPost | None:
    found = _ID.search(draft.guid) or _ID.search(draft.link or "")
    title = readable_prose(plain_title(draft.title, TITLE))
    if not found or not title or draft.link is None:
        return None
    html = _html_of(draft)
    written = _markdown_of(html)
    whole = written is None or len(written) != length_of_excerpts
    if written is None:
        text = readable_prose(_SUBMITTED.sub("", plain(html)))
    else:
        text = _plain_markdown(written if whole else _excerpt(written))
    leads_to = _LEADS_TO.search(html)
    works = list(_works_in(written, whole=whole)) if written else []
    works = works or [link for link in links_in(html, draft.link) if link.text != "[link]" and _is_work(link.url)]
    return RedditPost(
        id=found["id"],
        title=title,
        author=_author(draft.authors[0] if draft.authors else ""),
        url=draft.link,
        link=_outside(unescape(leads_to[1])) if leads_to else None,
        text=text,
        words=len(text.split()) or None if whole else None,
        links=tuple(works[:_MOST_LINKS]),
        created=draft.published,
        gone=_is_gone(text, title, ""),
    )


def parse_arctic(body: bytes) -> tuple[RedditPost, ...]:
    """Read what Arctic Shift gives for a search of posts. Raises `Unreadable` if it is none."""
    found = _json(body)
    posts = found.get("data")
    if not isinstance(posts, list):
        raise Unreadable("gave JSON of another shape than a list of posts")
    return _from_records(posts)


def parse_listing(body: bytes) -> tuple[RedditPost, ...]:
    """Read a listing of Reddit's own API. Raises `Unreadable` if it is none."""
    data = _json(body).get("data")
    children = data.get("children") if isinstance(data, Mapping) else None
    if not isinstance(children, list):
        raise Unreadable("gave JSON of another shape than a listing")
    return _from_records([each.get("data") for each in children if isinstance(each, Mapping)])


def parse_token(body: bytes) -> str:
    """Read the access token that Reddit gives to an app. Raises `Unreadable` if there is none."""
    token = _json(body).get("access_token")
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{8,4000}", token):
        raise Unreadable("gave no access token; the app's id or secret may be wrong")
    return token


def _json(body: bytes) -> Mapping[str, Any]:
    if not body.strip():
        raise Unreadable("gave an empty answer")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable(what_else(body, "a list of posts")) from None
    if not isinstance(found, Mapping):
        raise Unreadable("gave JSON of another shape than a list of posts")
    return found


def _from_records(records: Sequence[object]) -> tuple[RedditPost, ...]:
    known = [record for record in records[:_MOST] if isinstance(record, Mapping)]
    length = _length_of_excerpts([len(_text(record, "selftext")) for record in known])
    return tuple(post for record in known if (post := _from_record(record, length)))


def _length_of_excerpts(lengths: Sequence[int]) -> int | None:
    """
    The length at which an archive cuts its texts, None where it gives them whole: no two posts are the longest by chance.

    People often end a post without a full stop; that alone must not make it look cut.
    """
    longest = max(lengths, default=0)
    return longest if lengths.count(longest) > 1 else None


def _excerpt(markdown: str) -> str:
    """A text that was cut, ended at a whole word, without the signs whose partners were cut off."""
    kept = _CUT_LINK.sub(r"\1 ", markdown).rstrip(" \n*_~`[(")
    at_a_word = kept != markdown and kept[-1:].isalnum()
    if kept.count("`") % 2:
        before, _, code = kept.rpartition("`")
        kept = before + code
    return _UNCLOSED.sub("", f"{kept}…" if at_a_word else closed(kept))


def _from_record(record: Mapping[str, Any], length_of_excerpts: int | None) -> RedditPost | None:
    number, title = _text(record, "id"), readable_prose(plain_title(_text(record, "title"), TITLE))
    page = safe_url(_joined(_text(record, "permalink")))
    if not re.fullmatch(r"[a-z0-9]{2,12}", number) or not title or page is None:
        return None
    raw = _text(record, "selftext")
    whole = len(raw) != length_of_excerpts
    source = unescape(raw[:_LONGEST] if whole else _excerpt(raw[:_LONGEST]))
    text = _plain_markdown(source)
    return RedditPost(
        id=number,
        title=title,
        author=_author(_text(record, "author")),
        url=page,
        link=_outside(_joined(_text(record, "url"))),
        text=text,
        words=len(text.split()) or None if whole else None,
        links=tuple(_works_in(source)),
        flair=clean(_text(record, "link_flair_text"))[:40],
        created=_instant(record.get("created_utc")),
        score=_number(record, "score"),
        comments=_number(record, "num_comments"),
        gone=_is_gone(text, title, _text(record, "author")) or bool(record.get("removed_by_category")),
    )


def _works_in(markdown: str, *, whole: bool = True) -> Iterator[Link]:
    """The works that a text in Markdown links to, in its order, each once; one that is not `whole` was cut at its end."""
    named = {match.start(2): match[1] for match in LINK.finditer(markdown)}
    seen: set[str] = set()
    for match in _BARE_LINK.finditer(markdown):
        url = safe_url(ESCAPED.sub(r"\1", match[0]).rstrip(".,;:!?"))
        if url is None or url in seen or not _is_work(url) or len(seen) >= _MOST_LINKS:
            continue
        seen.add(url)
        words = clean(_plain_markdown(named.get(match.start(), "")))
        start, end = markdown.rfind("\n", 0, match.start()) + 1, markdown.find("\n", match.end())
        line = markdown[start : end if end > 0 else None]
        around = _plain_markdown(line if whole or end > 0 else _excerpt(line))
        yield Link(url=url, text=words[:280], quote=quotation(around, words))


def _plain_markdown(markdown: str) -> str:
    """The words of a text in Markdown, in one line."""
    return readable_prose(plain(unmarked(markdown)))


def _is_work(url: str) -> bool:
    return (item_key(url) or "").startswith(WORKS)


def _outside(url: str | None) -> str | None:
    """An address outside of Reddit that a post can be about."""
    safe = safe_url(url)
    return None if safe is None or any(is_at(safe, host) for host in _SOCIAL_HOSTS) else safe


def _joined(url: str) -> str:
    try:
        return urljoin(_HOME, url.strip()) if url.strip() else ""
    except ValueError:
        return ""


def _is_gone(text: str, title: str, author: str) -> bool:
    return text.strip().lower() in _GONE or title.strip().lower() in _GONE or author == "[deleted]"


def _author(name: str) -> str:
    return clean(name.removeprefix("/u/").removeprefix("u/"))[:60]


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _number(record: Mapping[str, Any], name: str) -> int | None:
    value = record.get(name)
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else None


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(value), UTC) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError, OSError):
        return None
