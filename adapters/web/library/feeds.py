"""
Atom feeds (RFC 4287) at secret addresses: a channel's digests, its must-reads, a member's summaries. And the page where one makes and revokes
them.

A feed has the rights of who made it, asked of their platform each time it is read: who leaves a channel reads its feed no more. A reader
that has it already is told so (ETag), and one whose address was revoked that it is gone for good (410), so that it asks no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from adapters.web.channel.validation import ActionRefused
from adapters.web.http.access_store import Feed
from adapters.web.http.guards import read_form
from adapters.web.http.sessions import LIBRARY
from adapters.web.library.frame import Frame, channel_page, item_page
from bot.card import byline
from bot.errors import ChatError
from bot.forgetting import writer_mark
from bot.model import Channel, Meaning
from bot.text import counted, cut
from bot.usecases.readers import member_sums, written_by
from bot.visibility import OPERATOR

ATOM: Final = "http://www.w3.org/2005/Atom"
DIGEST: Final = "digest"
MUST_READS: Final = "must-reads"
SUMMARIES: Final = "summaries"

_OF_AN_IRI: Final = ":/?#[]@!$&'()*+,;=-._~%"

_WEEKS: Final = 8
_WORDS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry of a feed. `id` never changes; `text` is plain."""

    id: str
    title: str
    link: str
    at: datetime
    text: str
    author: str = "Paper Round"


class Feeds:
    """The routes of feeds."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[Route]:
        """The routes; a feed itself needs no session, its address is the secret."""
        return [
            Route("/feed/{secret}", self.read),
            Route(f"{LIBRARY}/feeds", self.show),
            Route(f"{LIBRARY}/feeds", self.make, methods=["POST"]),
            Route(f"{LIBRARY}/feeds/revoke", self.revoke, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """One's feeds with their addresses, and what one can make feeds of."""
        viewer = await self._frame.viewer(request)
        mine = await self._frame.access.feeds_of(viewer.person)
        together = viewer.together(request.query_params.get("channel"))
        writers = [one for one in await member_sums(together, self._frame.library.reading) if one.written]
        marks = {writer_mark(one.platform, one.member.id): one.member.name for one in writers}
        return self._frame.html(
            "feeds.html",
            viewer,
            "feeds",
            feeds=mine,
            together=together,
            writers=writers,
            marks=marks,
            base=self._base(request),
        )

    async def make(self, request: Request) -> Response:
        """Make a feed's address."""
        viewer, form = await self._frame.viewer(request), await read_form(request)
        kind, _, rest = form.get("what", "").partition(" ")
        if kind in {DIGEST, MUST_READS}:
            await self._frame.access.make_feed(viewer.person, kind, viewer.channel(rest).name)
        elif kind == SUMMARIES and rest.count(" ") == 1:
            platform, _, member_id = rest.partition(" ")
            await self._frame.access.make_feed(viewer.person, kind, "", writer_mark(platform, member_id))
        else:
            raise ActionRefused("Choose what the feed is to be of.", 422)
        return RedirectResponse(f"{LIBRARY}/feeds", 303)

    async def revoke(self, request: Request) -> Response:
        """Revoke the address of one's own feed: it answers nobody any more."""
        viewer, form = await self._frame.viewer(request), await read_form(request)
        await self._frame.access.revoke_feed(viewer.person, form.get("secret", ""))
        return RedirectResponse(f"{LIBRARY}/feeds", 303)

    async def read(self, request: Request) -> Response:
        """The feed, as far as who made it may read now."""
        feed: Feed | None = await self._frame.access.feed(request.path_params["secret"])
        if feed is None:
            return PlainTextResponse("There is no feed at this address, or it was revoked.\n", 410)
        try:
            channels = await self._channels(feed)
        except ChatError:
            headers = {"Retry-After": "600"}
            return PlainTextResponse("The chat does not tell just now who may read this.\n", 503, headers)
        base = self._base(request)
        title, entries = await self._entries(feed, channels, base)
        links = {"self": f"{base}/feed/{feed.secret}", "alternate": base + LIBRARY}
        body = atom(f"urn:paperround:feed:{feed.secret[:8]}", title, links, entries, feed.made)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        # To be kept by whose feed it is, and asked for each time: rights may have changed.
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if _has(request, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/atom+xml", headers=headers)

    async def _channels(self, feed: Feed) -> list[Channel]:
        audience, person = self._frame.library.audience, feed.person
        reader = OPERATOR if person.operator else await audience.reader(person.platform, person.member_id)
        names = await audience.readable(reader)
        return [channel for channel in await self._frame.library.channels() if channel.name in names]

    async def _entries(self, feed: Feed, channels: list[Channel], base: str) -> tuple[str, list[FeedEntry]]:
        if feed.kind == SUMMARIES:
            return await self._summaries(feed, channels, base)
        channel = next((one for one in channels if one.name == feed.channel), None)
        if channel is None:
            return "Nothing here that you may read", []
        if feed.kind == DIGEST:
            return f"#{channel.name}: the week's picks", await self._digests(channel, base)
        return f"#{channel.name}: must-reads", await self._must_reads(channel, base)

    async def _digests(self, channel: Channel, base: str) -> list[FeedEntry]:
        weeks, _ = await self._frame.library.library.weeks(channel, most=_WEEKS)
        found = []
        for one in weeks:
            lines = [f"{pick.rank}. {pick.title} ({pick.minutes} min)" for pick in one.facts.picks]
            found.append(
                FeedEntry(
                    id=f"urn:paperround:{channel.name}:{one.facts.week}",
                    title=f"{one.facts.week}: {counted(len(lines), 'pick')}, {counted(one.facts.minutes, 'minute')}",
                    link=base + channel_page(channel, one.facts.week),
                    at=one.facts.compiled_at,
                    text="\n".join(lines),
                )
            )
        return found

    async def _must_reads(self, channel: Channel, base: str) -> list[FeedEntry]:
        weeks, _ = await self._frame.library.library.weeks(channel, most=_WEEKS)
        found = []
        for one in weeks:
            view = await self._frame.library.library.week(channel, one.facts.week)
            for work in (*view.picks, *view.asked) if view else ():
                must = [d for d in work.marks.decisions if d.meaning is Meaning.MUST_READ]
                if not must:
                    continue
                names = [d.member.name or "somebody" for d in must]
                said = f"Must-read for {byline(names) if channel.names_shown else len(names)}."
                words = [f"“{s.text}” {s.member.name}" for s in work.marks.summaries]
                found.append(
                    FeedEntry(
                        id=f"urn:paperround:{channel.name}:must:{work.key}",
                        title=work.pick.item.title,
                        link=base + item_page(work.key),
                        at=must[0].at,
                        text="\n".join([said, *words]),
                    )
                )
        return sorted(found, key=lambda entry: entry.at, reverse=True)

    async def _summaries(self, feed: Feed, channels: list[Channel], base: str) -> tuple[str, list[FeedEntry]]:
        library = self._frame.library
        people = await member_sums(channels, library.reading)
        writer = next((one for one in people if writer_mark(one.platform, one.member.id) == feed.about), None)
        if writer is None:
            return "Summaries by nobody whom you may read", []
        words = await written_by(writer.platform, writer.member.id, channels, library.reading, library.library.facts)
        name = words[0].summary.member.name if words else "nobody"
        return f"Summaries by {name}", [
            FeedEntry(
                id=f"urn:paperround:summary:{one.summary.ref.platform}:{one.summary.ref.channel_id}:{one.summary.ref.message_id}",
                title=one.title,
                link=base + item_page(one.summary.item_key),
                at=one.summary.edited_at or one.summary.at,
                text=one.summary.text,
                author=one.summary.member.name or "somebody",
            )
            for one in words[:_WORDS]
        ]

    def _base(self, request: Request) -> str:
        return self._frame.library.url or f"{request.url.scheme}://{request.headers.get('host', '')}"


def _has(request: Request, tag: str) -> bool:
    """Whether a reader has this very document (RFC 9110, If-None-Match: a weak comparison)."""
    known = request.headers.get("If-None-Match", "")
    return "*" in known.split() or tag in {one.strip().removeprefix("W/") for one in known.split(",")}


def atom(feed_id: str, title: str, links: Mapping[str, str], entries: Iterable[FeedEntry], made: datetime) -> bytes:
    """Write an Atom document; `links` are addresses by their relation. Characters that XML does not admit are left out. Pure."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed")
    entries = list(entries)
    _add(root, "id", feed_id)
    _add(root, "title", title)
    _add(root, "updated", _instant(max((one.at for one in entries), default=made)))
    for relation, address in links.items():
        ET.SubElement(root, f"{{{ATOM}}}link", {"href": address, "rel": relation})
    for one in entries:
        entry = ET.SubElement(root, f"{{{ATOM}}}entry")
        # An id is an IRI: the name of a channel may have spaces.
        _add(entry, "id", quote(one.id, safe=_OF_AN_IRI))
        _add(entry, "title", cut(one.title, 300) or "(untitled)")
        _add(entry, "updated", _instant(one.at))
        ET.SubElement(entry, f"{{{ATOM}}}link", {"href": one.link, "rel": "alternate"})
        _add(ET.SubElement(entry, f"{{{ATOM}}}author"), "name", one.author)
        _add(entry, "content", one.text).set("type", "text")
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = "".join(sign for sign in text if sign in "\n\t" or _admitted(sign))
    return element


def _admitted(sign: str) -> bool:
    """Whether XML 1.0 admits a character."""
    return sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
