"""
Addresses as people paste them: what of them is a source of its own kind, and where the feed of a well-known site stands. Pure.

What is known here needs no look at the page. Everything else is found by asking (`discover`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from adapters.sources.kinds.table import KINDS
from bot.model import ItemKind, Section

ARXIV_API: Final = "https://export.arxiv.org/api/query"
HF_API: Final = "https://huggingface.co/api/daily_papers"


class NoSource(Exception):
    """The address is of something that is no source. The text says what it is and what to do, to be read after the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """
    What an address is: a source of `kind` with `options`, called `name`. Of the kind `feed`, `url` is where the feed stands, and is to
    be asked for its name. `instead` says what is followed where the address is of a part of it alone: 'all of the newsletter'.
    """

    kind: str
    url: str
    name: str = ""
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    section: Section | None = None
    item_kind: ItemKind | None = None
    instead: str = ""


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    path: str
    query: Mapping[str, str]

    @property
    def segments(self) -> list[str]:
        return [part for part in self.path.split("/") if part]


def recognised(url: str) -> Recognised | None:
    """
    Tell what an address is, if that can be told from it; None if it is to be looked at. Raises `NoSource` for a single work and the
    like.

    >>> recognised("https://arxiv.org/list/cs.LG/recent").options["categories"]
    ['cs.LG']
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    address = _Address(host, unquote(parts.path), dict(parse_qsl(parts.query)))
    for site, rule in _SITES.items():
        if host == site or host.endswith(f".{site}"):
            return rule(address)
    return None


def _feed(url: str, **more: Any) -> Recognised:
    return Recognised(kind="feed", url=url, **more)


def _papers(kind: str, name: str, options: Mapping[str, object], url: str = "") -> Recognised:
    return Recognised(
        kind=kind,
        url=url or KINDS[kind].url,
        name=name,
        options=options,
        section=Section.PAPERS,
        item_kind=ItemKind.PAPER,
    )


# arXiv. Archives with subject classes are asked for as a group (arxiv.org/category_taxonomy).

_GROUPS: Final = frozenset("astro-ph cond-mat cs econ eess math nlin physics q-bio q-fin stat".split())
_CATEGORY: Final = re.compile(
    r"(?P<archive>[a-z]+(?:-[a-z]+)?)(?:\.(?P<subject>[A-Za-z]{2}|[a-z]{2,3}-[a-z]{2,4}|[a-z-]{2,10}))?"
)
_AUTHOR_ID: Final = re.compile(r"(?P<name>[a-z][a-z'\-]*(?:_[a-z][a-z'\-]*)+)_\d+", re.IGNORECASE)
_ORCID: Final = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.IGNORECASE)
_FIELDS: Final = {
    "title": "ti",
    "abstract": "abs",
    "comments": "co",
    "journal_ref": "jr",
    "acm_class": "cat",
    "msc_class": "cat",
    "all": "all",
}


def _arxiv(at: _Address) -> Recognised | None:
    place, *rest = at.segments or [""]
    rule = _ARXIV.get(place)
    return rule(at, rest) if rule else None


def _arxiv_categories(said: str) -> Recognised | None:
    found = [_category(each) for each in re.split(r"[+,\s]+", said) if each]
    categories = [each for each in found if each]
    if not categories or len(categories) < len(found):
        return None
    return _papers(
        "arxiv",
        f"arXiv {' and '.join(each.removesuffix('.*') for each in categories)}",
        {"categories": categories},
        ARXIV_API,
    )


def _category(said: str) -> str | None:
    found = _CATEGORY.fullmatch(said)
    if found is None:
        return None
    if found["subject"]:
        subject = found["subject"]
        return f"{found['archive']}.{subject.upper() if len(subject) == 2 else subject}"  # noqa: PLR2004 - cs.LG, but physics.chem-ph
    return f"{said}.*" if said in _GROUPS else said


def _arxiv_author(said: str) -> Recognised | None:
    said = re.sub(r"\.(?:atom2?|html|js)$", "", said)
    if _ORCID.fullmatch(said):
        return _feed(f"https://arxiv.org/a/{said}.atom", section=Section.PAPERS, item_kind=ItemKind.PAPER)
    found = _AUTHOR_ID.fullmatch(said)
    return _arxiv_authors(found["name"]) if found else None


def _arxiv_authors(name: str) -> Recognised:
    plain = " ".join(name.replace("_", " ").split())
    return _papers("arxiv", f"arXiv: {plain.title() if plain.islower() else plain}", {"authors": [name]}, ARXIV_API)


def _arxiv_search(at: _Address, rest: list[str]) -> Recognised | None:
    if rest[:1] == ["advanced"]:
        return _arxiv_advanced(at.query)
    said, kind = at.query.get("query", "").strip(), at.query.get("searchtype", "all")
    if not said:
        return None
    if kind == "author":
        return _arxiv_authors(said)
    group = rest[0] if rest and rest[0] in _GROUPS else None
    return _arxiv_query(_all_of(_FIELDS.get(kind, "all"), said), said, [f"{group}.*"] if group else [])


def _arxiv_advanced(query: Mapping[str, str]) -> Recognised | None:
    """An advanced search: its terms, joined as they are there (arxiv.org/search/advanced)."""
    built, said = "", []
    for number in range(10):
        term, kind = query.get(f"terms-{number}-term", "").strip(), query.get(f"terms-{number}-field", "all")
        if not term:
            continue
        operator = {"OR": "OR", "NOT": "ANDNOT"}.get(query.get(f"terms-{number}-operator", "AND"), "AND")
        clause = f"au:{_term(term)}" if kind == "author" else _all_of(_FIELDS.get(kind, "all"), term, grouped=True)
        built = f"({built}) {operator} {clause}" if built else clause
        said.append(term)
    return _arxiv_query(built, ", ".join(said)) if built else None


_PHRASE: Final = re.compile(r'"[^"]+"|[^\s"]+')
_SMALL_WORDS: Final = frozenset("a an and as at by for from in is of on or the to with".split())


def _all_of(kind: str, said: str, *, grouped: bool = False) -> str:
    """What the site's own search finds: every word and every phrase, in any order; small words are in no index."""
    found = [_term(each) for each in _PHRASE.findall(said)]
    telling = [each for each in found if each and each.casefold() not in _SMALL_WORDS] or [_term(said)]
    clauses = " AND ".join(f"{kind}:{each}" for each in telling)
    return f"({clauses})" if grouped and len(telling) > 1 else clauses


def _term(said: str) -> str:
    words = " ".join(re.sub(r'[()"\\]', " ", said).split())
    return f'"{words}"' if " " in words else words


def _arxiv_query(query: str, said: str, categories: Sequence[str] = ()) -> Recognised:
    within = {"categories": list(categories)} if categories else {}
    return _papers("arxiv", f"arXiv: {said}", {**within, "query": query}, ARXIV_API)


def _arxiv_find(rest: list[str]) -> Recognised | None:
    """The old form of an author's search, as abstract pages have linked it: /find/cs/1/au:+Hinton_G/0/1/0/all/0/1."""
    found = next((part for part in rest if part.startswith("au:")), None)
    return _arxiv_authors(found.removeprefix("au:").strip("+ ").replace("+", " ")) if found else None


def _arxiv_api(at: _Address) -> Recognised | None:
    query = re.sub(r"\s+AND\s+submittedDate:\[[^\]]*\]", "", at.query.get("search_query", "")).strip()
    return _arxiv_query(query, query) if query else None


def _arxiv_work(*_: object) -> Recognised | None:
    raise NoSource(f"is one paper and no source. {_CITING}")


_CITING: Final = 'To follow who cites it, set a source of kind = "semanticscholar" with its number in options.cites (docs/sources.md)'
_ARXIV: Final[Mapping[str, Callable[[_Address, list[str]], Recognised | None]]] = {
    "list": lambda _, rest: _arxiv_categories(rest[0]) if rest else None,
    "archive": lambda _, rest: _arxiv_categories(rest[0]) if rest else None,
    "catchup": lambda _, rest: _arxiv_categories(rest[0]) if rest else None,
    "rss": lambda _, rest: _arxiv_categories(rest[0]) if rest else None,
    "atom": lambda _, rest: _arxiv_categories(rest[0]) if rest else None,
    "a": lambda _, rest: _arxiv_author(rest[0]) if rest else None,
    "search": _arxiv_search,
    "find": lambda _, rest: _arxiv_find(rest),
    "api": lambda at, _: _arxiv_api(at),
    "abs": _arxiv_work,
    "pdf": _arxiv_work,
    "html": _arxiv_work,
}


# Code hosts

_NO_OWNERS: Final = frozenset(
    "about apps blog collections contact customer-stories enterprise events explore features issues login marketplace new notifications orgs "
    "pricing pulls readme search security settings signup site sponsors topics trending".split()
)


def _github(at: _Address) -> Recognised | None:
    owner, name, place, *rest = [*at.segments, "", "", ""][: max(3, len(at.segments))]
    if at.host != "github.com" or at.path.endswith(".atom") or not owner or owner.casefold() in _NO_OWNERS:
        return None
    if not name:
        return _feed(f"https://github.com/{owner}.atom")
    name = name.removesuffix(".git")
    repository = f"https://github.com/{owner}/{name}"
    if place == "commits" and rest:
        return _feed(f"{repository}/commits/{quote('/'.join(rest))}.atom", item_kind=ItemKind.CODE)
    if place in {"commits", "commit"}:
        instead = f"all commits of {owner}/{name}" if place == "commit" else ""
        return _feed(f"{repository}/commits.atom", item_kind=ItemKind.CODE, instead=instead)
    shown = place if place in {"discussions", "tags"} else "releases"
    # The pages of a project's files are the project; one release, issue or discussion is a part of what is followed.
    part = bool(rest) if place in {"releases", "tags", "discussions"} else place not in {"", "tree", "blob"}
    return _feed(
        f"{repository}/{shown}.atom", item_kind=ItemKind.CODE, instead=f"all {shown} of {owner}/{name}" if part else ""
    )


def _gitlab(at: _Address) -> Recognised | None:
    names = [part for part in at.path.partition("/-/")[0].split("/") if part]
    if at.host != "gitlab.com" or len(names) < 2 or "format=atom" in str(at.query):  # noqa: PLR2004 - group and project
        return None
    return _feed(f"https://gitlab.com/{'/'.join(names)}/-/tags?format=atom", item_kind=ItemKind.CODE)


def _codeberg(at: _Address) -> Recognised | None:
    if len(at.segments) < 2 or at.path.endswith((".rss", ".atom")):  # noqa: PLR2004 - owner and name
        return None
    return _feed(f"https://codeberg.org/{'/'.join(at.segments[:2])}/releases.rss", item_kind=ItemKind.CODE)


# Papers elsewhere

_VENUE: Final = re.compile(r"[A-Za-z0-9_.\-]+(?:/[A-Za-z0-9_.\-]+)*")
_VENUE_NAMES: Final = ("id", "content.venueid", "venueid", "venue")
_OPENREVIEW_WORKS: Final = frozenset({"forum", "pdf", "attachment", "references", "revisions"})


def _openreview(at: _Address) -> Recognised | None:
    venue = next((at.query[name] for name in _VENUE_NAMES if at.query.get(name)), "")
    place = at.segments[:1]
    if place and place[0] in _OPENREVIEW_WORKS:
        raise NoSource(
            f"is one paper and no source: give its venue, like https://openreview.net/group?id=ICLR.cc/2026/Conference. {_CITING}"
        )
    if "invitation" in at.query:
        venue = at.query["invitation"].partition("/-/")[0]
    venue = re.sub(r"/(?:\w+_)?Submission$", "", venue.strip("/"))
    if place not in (["group"], ["notes"], ["venue"], ["submissions"]) or not _VENUE.fullmatch(venue):
        return None
    words = [
        part.partition(".")[0] if part.lower().endswith((".cc", ".org", ".com")) else part for part in venue.split("/")
    ]
    name = " ".join(part for part in words if part != "Conference")
    return _papers("openreview", f"OpenReview: {name}", {"venue": venue})


def _semantic_scholar(at: _Address) -> Recognised | None:
    if at.segments[:1] == ["author"] and at.segments[-1].isdigit():
        named = at.segments[1].replace("-", " ") if len(at.segments) > 2 else at.segments[-1]  # noqa: PLR2004 - word, name and number
        return _papers("semanticscholar", f"Papers by {named}", {"authors": [at.segments[-1]]})
    number = next((part for part in at.segments if re.fullmatch(r"[0-9a-f]{40}", part, re.IGNORECASE)), None)
    if at.segments[:1] in (["paper"], ["reader"]) and number:
        named = at.segments[1].replace("-", " ") if at.segments[1] != number else number[:8]
        return _papers("semanticscholar", f"Papers that cite {named}", {"cites": [number.lower()]})
    return None


_HF_PLACES: Final = frozenset(
    "api blog chat collections datasets docs enterprise inference join learn login models new organizations papers posts pricing search "
    "settings spaces tasks terms-of-service welcome".split()
)


def _hugging_face(at: _Address) -> Recognised | None:
    place = at.segments[0] if at.segments else ""
    if place == "papers":
        if len(at.segments) > 1 and re.match(r"\d{4}\.\d{4,5}", at.segments[1]):
            return _arxiv_work()
        return _papers("huggingface", "Hugging Face", {}, HF_API)
    if place == "blog":
        if len(at.segments) > 1 and at.segments[1] not in {"feed.xml", "community"}:
            raise NoSource("is one post and no source. To follow the whole blog, give https://huggingface.co/blog")
        return _feed("https://huggingface.co/blog/feed.xml")
    if place in _HF_WORKS and len(at.segments) > 1:
        raise NoSource(_one_of(_HF_WORKS[place], at.segments[1]))
    if place == "organizations" and len(at.segments) > 1:
        place = at.segments[1]
    elif not place or place.casefold() in _HF_PLACES:
        return None
    elif len(at.segments) > 1 and at.segments[1] not in _HF_TABS:
        raise NoSource(_one_of("model", place))
    return _papers("huggingface", f"Hugging Face: {place}", {"organisations": [place]}, HF_API)


_HF_TABS: Final = frozenset(
    "activity collections datasets followers following likes models papers posts spaces".split()
)
"""Pages of an organisation that lie below its own."""
_HF_WORKS: Final = {"datasets": "data set", "spaces": "space", "collections": "collection"}


def _one_of(what: str, owner: str) -> str:
    return f"is one {what} and no source. To follow the papers of who made it, give https://huggingface.co/{owner}"


# People and their posts

_REDDIT_NAME: Final = re.compile(r"[A-Za-z0-9_]{2,21}(?:\+[A-Za-z0-9_]{2,21})*")


def _reddit(at: _Address) -> Recognised | None:
    segments = at.segments if at.host != "r" else ["r", *at.segments]
    segments = [
        *segments[:1],
        *(re.sub(r"\.(?:rss|xml|json)$", "", each, flags=re.IGNORECASE) for each in segments[1:]),
    ]
    if segments[:1] != ["r"] or len(segments) < 2 or not _REDDIT_NAME.fullmatch(segments[1]):  # noqa: PLR2004 - the letter and the name
        return None
    if segments[2:3] == ["search"]:
        return None  # its own feed shows what is searched for, and nothing else
    if "comments" in segments:
        raise NoSource(
            f"is one discussion and no source: give the subreddit, like https://www.reddit.com/r/{segments[1]}"
        )
    return Recognised(
        kind="reddit",
        url=f"https://www.reddit.com/r/{segments[1]}/top/.rss?t=week",
        name=f"r/{segments[1]}",
        section=Section.COMMUNITY,
        item_kind=ItemKind.DISCUSSION,
    )


def _bluesky(at: _Address) -> Recognised | None:
    who, place, key, *_ = [*at.segments[1:], "", "", ""]
    if at.host.endswith(".bsky.social"):  # a handle, which is also a host that leads to its account
        who, place = at.host, ""
    elif at.segments[:1] != ["profile"] or not who:
        return None
    if place == "post":
        raise NoSource(f"is one post and no source: give the account, like https://bsky.app/profile/{who}")
    option, value, name = "actor", who, f"@{who}"
    if place == "lists" and key:
        option, value, name = "list", f"at://{who}/app.bsky.graph.list/{key}", f"Bluesky list of @{who}"
    elif place == "feed" and key:
        option, value, name = "feed", f"at://{who}/app.bsky.feed.generator/{key}", f"Bluesky feed {key}"
    return Recognised(
        kind="bluesky",
        url=KINDS["bluesky"].url,
        name=name,
        options={option: value},
        section=Section.COMMUNITY,
        item_kind=ItemKind.DISCUSSION,
    )


def _hacker_news(at: _Address) -> Recognised | None:
    if "id" in at.query:
        raise NoSource(
            "is one discussion and no source. Hacker News is built in: paperround sources enable hacker-news"
        )
    return Recognised(
        kind="hackernews",
        url=KINDS["hackernews"].url,
        name="Hacker News",
        section=Section.COMMUNITY,
        item_kind=ItemKind.DISCUSSION,
    )


_X_LIST: Final = re.compile(r"/i/lists/(\d{1,20})")


def _x(at: _Address) -> Recognised | None:
    found = _X_LIST.match(at.path)
    if found is None:
        raise NoSource(
            "cannot be followed: X gives programs only lists, and for money. Give a list, or a feed that stands in for it"
        )
    return Recognised(
        kind="x",
        url=f"https://api.x.com/2/lists/{found[1]}/tweets",
        name=f"X list {found[1]}",
        section=Section.COMMUNITY,
        item_kind=ItemKind.DISCUSSION,
    )


_CHANNEL: Final = re.compile(r"UC[\w-]{22}")
YOUTUBE: Final = "https://www.youtube.com/feeds/videos.xml?"


def _youtube(at: _Address) -> Recognised | None:
    place, name, *_ = [*at.segments, "", ""]
    if at.query.get("list", "").startswith("PL"):
        instead = "all of the playlist" if place != "playlist" else ""
        return _feed(f"{YOUTUBE}playlist_id={quote(at.query['list'])}", item_kind=ItemKind.TALK, instead=instead)
    if place == "channel" and _CHANNEL.fullmatch(name):
        return _feed(f"{YOUTUBE}channel_id={name}", item_kind=ItemKind.TALK)
    if place == "user" and name:
        return _feed(f"{YOUTUBE}user={quote(name)}", item_kind=ItemKind.TALK)
    if place in {"watch", "shorts", "live"} or at.host == "youtu.be":
        raise NoSource("is one video and no source: give the channel, like https://www.youtube.com/@name")
    return None


def youtube_channel(page: bytes) -> str | None:
    """Give the feed of the channel that a page of YouTube is about; None where it names none."""
    found = re.search(
        rb'(?:"externalId":"|"channelId":"|itemprop="(?:identifier|channelId)" content="|/channel/)(UC[\w-]{22})', page
    )
    return f"{YOUTUBE}channel_id={found[1].decode()}" if found else None


_MEDIUM_POST: Final = re.compile(r"(?:^|-)[0-9a-f]{8,12}$")
_NO_MEDIUM_ACCOUNTS: Final = frozenset("feed m me new-story search tag tags topic topics".split())


def _medium(at: _Address) -> Recognised | None:
    place, *rest = at.segments or [""]
    if at.host != "medium.com":
        return _feed(f"https://{at.host}/feed", instead="all that appears there" if place and place != "feed" else "")
    if place == "p":
        raise NoSource("is one post and no source: give its author, like https://medium.com/@name")
    if not place or place in _NO_MEDIUM_ACCOUNTS:
        return None
    one = bool(rest) and bool(_MEDIUM_POST.search(rest[-1]))
    return _feed(f"https://medium.com/feed/{quote(place, safe='@')}", instead=f"all of {place}" if one else "")


_SUBSTACK_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")


def _substack(at: _Address) -> Recognised | None:
    place, name, *rest = [*at.segments, "", ""]
    whole = "all of the newsletter" if "p" in rest or place == "p" else ""
    if at.host == "open.substack.com" and place == "pub" and _SUBSTACK_NAME.fullmatch(name):
        return _feed(f"https://{name}.substack.com/feed", section=Section.NEWSLETTERS, instead=whole)
    if at.host in {"substack.com", "open.substack.com"} or place == "feed":
        return None
    return _feed(f"https://{at.host}/feed", section=Section.NEWSLETTERS, instead=whole)


_SITES: Final[Mapping[str, Callable[[_Address], Recognised | None]]] = {
    "arxiv.org": _arxiv,
    "github.com": _github,
    "gitlab.com": _gitlab,
    "codeberg.org": _codeberg,
    "openreview.net": _openreview,
    "semanticscholar.org": _semantic_scholar,
    "huggingface.co": _hugging_face,
    "hf.co": _hugging_face,
    "reddit.com": _reddit,
    "r": _reddit,
    "bsky.app": _bluesky,
    "bsky.social": _bluesky,
    "news.ycombinator.com": _hacker_news,
    "x.com": _x,
    "twitter.com": _x,
    "youtube.com": _youtube,
    "youtu.be": _youtube,
    "medium.com": _medium,
    "substack.com": _substack,
}
