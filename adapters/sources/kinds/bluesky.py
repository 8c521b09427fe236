"""
The kind `bluesky`: the posts of an account, a list or a feed, from Bluesky's public API (docs.bsky.app/docs/api,
`app.bsky.feed.getAuthorFeed`, `getListFeed` and `getFeed`), which needs no account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from adapters.sources.http.request import Request
from adapters.sources.parse.document import Unreadable
from adapters.sources.parse.feed import newest_of, rhythm_days
from adapters.sources.parse.payload import instant, listed, loaded, number, rows, table, text
from adapters.sources.parse.short_post import about_and_links, headline
from bot.errors import SourceError
from bot.model import Attention, Entry, FetchResult, ItemKind, Section, SourceSpec
from bot.ports import Clock
from bot.text import clean, cut, names, safe_url

if TYPE_CHECKING:
    from adapters.sources.http.fetcher import Fetcher
    from adapters.sources.parse.pool import Parser

_PAGE: Final = 100
_MOST_PAGES: Final = 10
_TEXT: Final = 1500
_WANTED: Final = "a list of posts"
_REFUSALS: Final = frozenset({400, 404})
_DID: Final = re.compile(r"did:[a-z]+:[\w.:%\-]{1,200}")
_POST: Final = re.compile(r"at://(?P<did>did:[a-z]+:[\w.:%\-]{1,200})/app\.bsky\.feed\.post/(?P<key>[\w.~:\-]{1,60})")
_HANDLE: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]{0,61}", re.IGNORECASE)
_PRIVATE: Final = frozenset({"!no-unauthenticated", "!hide", "!takedown", "porn", "sexual", "graphic-media", "spam"})
"""Labels of posts that are not shown to who is not signed in, or to nobody (docs.bsky.app, 'Labels and moderation')."""


class BlueskySource:
    """
    The posts of one of: `actor`, an account by its handle or DID; `list` or `feed`, by its at:// address. Replies of an account
    are left out, reposts are folded into the post that they repeat, and a post that links to a paper or repository is about that.

    Read page by page back to the window's start, `most_pages` of a hundred at most (default 10). If a later page fails, what came
    before is given, with a note.
    """

    def __init__(self, spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        most = spec.options.get("most_pages", _MOST_PAGES)
        self._most_pages = most if isinstance(most, int) else _MOST_PAGES

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        now = self._clock()
        known = state.get("did")
        did = known if isinstance(known, str) else None
        method, query = self._question()
        handle = _owner(query)
        if handle and did is None:
            did = await self._resolved(handle)
        if handle and did:
            query = {name: value.replace(f"at://{handle}/", f"at://{did}/", 1) for name, value in query.items()}
        posts, remark = await self._posts(method, query, since)
        dates = [entry.published for entry in posts.values()]
        return FetchResult(
            entries=tuple(posts.values()),
            state={"did": did} if did else {},
            note=remark,
            partial=remark is not None,
            newest=newest_of(dates, now),
            rhythm_days=rhythm_days(dates, now),
        )

    def _question(self) -> tuple[str, dict[str, str]]:
        options = self._spec.options
        for name, method in (("list", "app.bsky.feed.getListFeed"), ("feed", "app.bsky.feed.getFeed")):
            if options.get(name):
                return method, {name: str(options[name])}
        actor = str(options.get("actor", "")).removeprefix("@")
        return "app.bsky.feed.getAuthorFeed", {"actor": actor, "filter": "posts_no_replies"}

    async def _posts(
        self, method: str, query: Mapping[str, str], since: datetime
    ) -> tuple[dict[str, Entry], str | None]:
        posts: dict[str, Entry] = {}
        cursor = ""
        for number_ in range(self._most_pages):
            try:
                page = await self._page(method, query, cursor)
            except SourceError as error:
                if not number_:
                    raise
                return posts, f"{error.reason} after {number_ * _PAGE} posts"
            for entry in page.entries:
                posts.setdefault(entry.external_id, entry)
            if page.following in {None, cursor} or not page.dates or max(page.dates) < since:
                return posts, None
            cursor = page.following or ""
        return posts, f"was read for {self._most_pages} pages and no further"

    async def _page(self, method: str, query: Mapping[str, str], cursor: str) -> Page:
        asked = {**query, "limit": str(_PAGE), **({"cursor": cursor} if cursor else {})}
        body = await self._asked(method, asked)
        spec = self._spec
        return await self._parser.run(spec.id, parse_posts, body, spec.id, spec.item_kind, spec.section)

    async def _resolved(self, handle: str) -> str:
        """The DID of a handle: lists and feeds are named by it."""
        body = await self._asked("com.atproto.identity.resolveHandle", {"handle": handle})
        return await self._parser.run(self._spec.id, parse_did, body)

    async def _asked(self, method: str, query: Mapping[str, str]) -> bytes:
        spec = self._spec
        response = await self._fetcher.get(
            Request(
                source_id=spec.id,
                url=f"{spec.url.rstrip('/')}/{method}?{urlencode(query)}",
                headers={"Accept": "application/json"},
                trusted=spec.trusted,
                accept=_REFUSALS,
                wanted=_WANTED,
            )
        )
        return response.body


def _owner(query: Mapping[str, str]) -> str | None:
    """The handle in an at:// address; None where there is none, or a DID stands there already."""
    for value in query.values():
        if value.startswith("at://"):
            authority = value.removeprefix("at://").partition("/")[0]
            return None if _DID.fullmatch(authority) else authority
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of posts, when each of them was shown there, and the cursor of the next page, None for the last."""

    entries: tuple[Entry, ...]
    dates: tuple[datetime, ...]
    following: str | None


def parse_did(body: bytes) -> str:
    """Read who a handle belongs to. Raises `Unreadable` if nobody is named."""
    found = loaded(body, "the owner of a handle")
    did = text(found, "did")
    if not _DID.fullmatch(did):
        said = cut(clean(text(found, "message")), 140)
        raise Unreadable(f"does not know whose list or feed that is{f': {said}' if said else ''}")
    return did


def parse_posts(body: bytes, source_id: str, kind: ItemKind, section: Section) -> Page:
    """Read a page of posts. Raises `Unreadable` if it is none, with what the API says instead."""
    found = loaded(body, _WANTED)
    shown = listed(found, "feed", _WANTED)
    entries = [entry for each in shown if (entry := _entry(each, (source_id, kind, section)))]
    cursor = text(found, "cursor")
    return Page(
        entries=tuple(entries),
        dates=tuple(at for each in shown if (at := _shown_at(each))),
        following=cursor or None,
    )


def _entry(shown: Mapping[str, Any], of: tuple[str, ItemKind, Section]) -> Entry | None:
    post = table(shown, "post")
    record, author = table(post, "record"), table(post, "author")
    found = _POST.fullmatch(text(post, "uri"))
    if found is None or _labels(post) & _PRIVATE or _labels(author) & _PRIVATE:
        return None
    written, addresses = _expanded(record, table(post, "embed"))
    quoted = _quoted(table(post, "embed"))
    if not written:
        return None
    handle = text(author, "handle")
    handle = handle if _HANDLE.fullmatch(handle) else ""
    about, links = about_and_links(written, addresses, quoted)
    person = names((clean(text(author, "displayName")),)) or ((f"@{handle}",) if handle else ())
    return Entry(
        source_id=of[0],
        external_id=f"{found['did']}/{found['key']}",
        kind=of[1],
        section=of[2],
        title=headline(written, handle),
        url=f"https://bsky.app/profile/{handle or found['did']}/post/{found['key']}",
        about=about,
        authors=names(person),
        abstract=cut(written, _TEXT),
        published=_shown_at(shown),
        attention=Attention(votes=number(post, "likeCount"), comments=number(post, "replyCount")),
        words=len(written.split()),
        links=links,
    )


def _labels(holder: Mapping[str, Any]) -> set[str]:
    return {text(label, "val") for label in rows(holder, "labels") if label.get("neg") is not True}


def _shown_at(shown: Mapping[str, Any]) -> datetime | None:
    """
    When a post was shown: a repost when it repeats, any other by its own word, but not later than Bluesky saw it, for the word is the
    author's (docs.bsky.app, 'Timestamps').
    """
    reason, post = table(shown, "reason"), table(shown, "post")
    if text(reason, "$type").endswith("#reasonRepost"):
        return instant(text(reason, "indexedAt"))
    dates = [at for at in (instant(text(table(post, "record"), "createdAt")), instant(text(post, "indexedAt"))) if at]
    return min(dates, default=None)


def _expanded(record: Mapping[str, Any], embed: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The text with its links written out, and the addresses that lead out of Bluesky, those of a card below the text among them."""
    said = text(record, "text")[:10_000].encode()
    pieces: list[bytes] = []
    addresses: list[str] = []
    done = 0
    for begin, end, address in sorted(_links(record)):
        if done <= begin <= end <= len(said):
            pieces += [said[done:begin], address.encode()]
            done = end
        addresses.append(address)
    pieces.append(said[done:])
    return clean(b"".join(pieces).decode("utf-8", "replace")), _outside([*addresses, *_cards(embed)])


def _cards(embed: Mapping[str, Any]) -> Iterator[str]:
    """The address of the card below a post, alone or beside what it quotes."""
    card = safe_url(text(table(embed, "external") or table(table(embed, "media"), "external"), "uri"))
    if card:
        yield card


def _outside(addresses: Sequence[str]) -> list[str]:
    """The addresses that lead out of Bluesky, each once."""
    inside = ("https://bsky.app/", "https://go.bsky.app/")
    return list(dict.fromkeys(each for each in addresses if not each.startswith(inside)))


def _quoted(embed: Mapping[str, Any]) -> list[str]:
    """The addresses in the post that a post quotes (`app.bsky.embed.record#view`, with pictures `recordWithMedia#view`)."""
    record = table(embed, "record")
    post = table(record, "record") or record
    if _labels(post) & _PRIVATE or _labels(table(post, "author")) & _PRIVATE:
        return []
    shown = [address for each in rows(post, "embeds")[:5] for address in _cards(each)]
    return _outside([*(address for _, _, address in sorted(_links(table(post, "value")))), *shown])


def _links(record: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    """The links in a text: where each begins and ends, in bytes of UTF-8, and where it leads (`app.bsky.richtext.facet`)."""
    for facet in rows(record, "facets")[:50]:
        place = table(facet, "index")
        begin, end = number(place, "byteStart"), number(place, "byteEnd")
        for feature in rows(facet, "features"):
            address = safe_url(text(feature, "uri"))
            if address and begin is not None and end is not None:
                yield begin, end, address
