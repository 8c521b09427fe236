"""The kind `feed`: RSS, Atom and JSON Feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Self

from adapters.sources.http.caching import fresh_until
from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.request import Request, Response
from adapters.sources.http.secrets import may_keep
from adapters.sources.parse.cut import whole_part
from adapters.sources.parse.feed import ARCHIVE, LinkUse, ParsedFeed, Reading, parse_feed
from adapters.sources.parse.marketing import words_of
from adapters.sources.parse.pool import Parser
from bot.errors import SourceError
from bot.model import FetchResult, Section, SourceSpec
from bot.ports import Clock

_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_REPEATS: Final = 3
"""How often a permanent redirect must be seen before it is believed: a misconfigured proxy moves a whole site for an afternoon."""
_ISSUES: Final = 60
_SLACK: Final = timedelta(hours=1)
"""A window that begins earlier by less than this is the same: its start is reckoned from the time of asking."""
_READER: Final = 3
"""Counts up when entries are read differently: what was read by an older one is then read again, even if it did not change."""


@dataclass(frozen=True, slots=True)
class FeedNote:
    """
    What a feed source notes for next time. `asked` is a hash of the configured address (which may hold a secret): for
    another address nothing of this is true. `since` is from when on the feed was read. `remark` and `partial` are what there was
    to say of it: they hold for as long as it does not change. `marks` tell its newest entries again. `stuck`: its ETag and date
    stay the same when it changes, so it is always read in full. `issues` is where each issue was first found, by its name.
    """

    asked: str
    since: str = ""
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    moved_to: str | None = None
    moves: int = 0
    remark: str | None = None
    partial: bool = False
    marks: Sequence[str] = ()
    stuck: bool = False
    issues: Mapping[str, str] = field(default_factory=dict)
    reader: int = _READER

    @classmethod
    def of(cls, state: Mapping[str, object], url: str) -> Self:
        """Read a state, or start over if it was written for another address or by another reader."""
        fresh = cls(asked=sha256(url.encode()).hexdigest()[:16])
        if state.get("asked") != fresh.asked or state.get("reader") != _READER:
            return fresh
        known = {name: state[name] for name in cls.__slots__ if name in state}
        return replace(fresh, **known)  # type: ignore[arg-type]  # our own state, written by `as_state`

    def as_state(self) -> dict[str, object]:
        """The note as plain values, empty ones left out."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}

    @property
    def is_moved(self) -> bool:
        return self.moved_to is not None and self.moves >= _REPEATS

    def reaches(self, since: datetime) -> bool:
        """Tell whether what was read covers everything from `since` on, give or take what a clock is off."""
        return not self.since or since >= datetime.fromisoformat(self.since) - _SLACK

    def forgetting(self) -> Self:
        """The same without what allows an answer to be 'nothing new'."""
        return replace(self, etag=None, last_modified=None, digest=None, remark=None, partial=False)


class FeedSource:
    """
    One feed. Options:

    - `archive`: how many of the newest entries are kept however old they are (default 20)
    - `fallbacks`: other addresses of the same feed, asked in order when its own fails
    - `same_title`: entries are told apart by the name of their issue, so that two addresses give one issue
    - `rewrite`: pairs of beginnings of addresses, what is said and what is meant
    - `boilerplate`: phrases that every issue repeats (`boilerplate.stripped`)
    - `links`: what the addresses in an entry's text are for: `about` (default; a short text about one linked work is a mention of
      that work, no card of its own), `mentions` (default for newsletters: what is linked is mentioned), `off`
    - `marketing`: words for the rule that marks marketing (`marketing.is_marketing`), which labs are held to
    """

    def __init__(self, spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        note = FeedNote.of(state, self._spec.url)
        if not note.reaches(since):
            note = note.forgetting()  # what is older was left out when the feed was read
        try:
            note, response = await self._ask(note)
            digest = sha256(response.body).hexdigest()[:32]
            if response.not_modified or digest == note.digest:
                return FetchResult(
                    state=note.as_state(),
                    not_modified=True,
                    note=note.remark,
                    partial=note.partial,
                    rests_until=self._rest(response),
                )
            feed, remark = await self._read(response, since), None
        except SourceError as error:
            feed, remark = await self._read_elsewhere(error, since)
            note, response, digest = note.forgetting(), None, None
        return self._result(replace(note, since=since.isoformat()), response, digest, feed, remark)

    def _result(
        self, note: FeedNote, response: Response | None, digest: str | None, feed: ParsedFeed, remark: str | None
    ) -> FetchResult:
        entries = feed.entries
        if self._spec.options.get("same_title") is True:
            # Where an issue was first found, there it stays: another address would make another item of it.
            entries = tuple(replace(each, url=note.issues.get(each.external_id, each.url)) for each in entries)
            note = replace(note, issues={each.external_id: each.url for each in entries[:_ISSUES]})
        said = "; ".join(filter(None, [feed.note, remark])) or None
        return FetchResult(
            entries=entries,
            state=_noted(note, response, digest, feed, said).as_state(),
            note=said,
            partial=feed.partial,
            newest=feed.newest,
            rhythm_days=feed.rhythm_days,
            rests_until=self._rest(response) if response else None,
            gap=_ROLLED_OVER if response and note.marks and not _shared(note, feed) else None,
        )

    def _rest(self, response: Response) -> datetime | None:
        return fresh_until(response.headers, self._clock())

    async def _read_elsewhere(self, error: SourceError, since: datetime) -> tuple[ParsedFeed, str]:
        """Read the first of the other addresses that answers; `error` is what the feed's own did, raised if none does."""
        for url in words_of(self._spec.options, "fallbacks"):
            try:
                response = await self._get(FeedNote(asked=""), url, trusted=self._spec.trusted)
                return await self._read(response, since), f"{error.reason}, so another address of it was read"
            except SourceError:
                continue
        raise error

    async def _ask(self, note: FeedNote) -> tuple[FeedNote, Response]:
        if note.is_moved:
            try:
                return note, await self._get(note, note.moved_to or "", trusted=False)
            except SourceError:
                # The new address does not answer: what we believed may be wrong, so ask the configured one.
                note = replace(note.forgetting(), moved_to=None, moves=0)
        response = await self._get(note, self._spec.url, trusted=self._spec.trusted)
        return _with_move(note, response), response

    async def _get(self, note: FeedNote, url: str, *, trusted: bool) -> Response:
        return await self._fetcher.get(
            Request(
                source_id=self._spec.id,
                url=url,
                headers={"Accept": _ACCEPT},
                etag=None if note.stuck else note.etag,
                last_modified=None if note.stuck else note.last_modified,
                trusted=trusted,
                may_be_cut=True,
            )
        )

    async def _read(self, response: Response, since: datetime) -> ParsedFeed:
        spec, options = self._spec, self._spec.options
        archive = options.get("archive", ARCHIVE)
        reading = Reading(
            source_id=spec.id,
            kind=spec.item_kind,
            section=spec.section,
            url=response.url,
            asked=spec.url,
            content_type=response.headers.get("content-type", ""),
            since=since,
            now=self._clock(),
            archive=archive if isinstance(archive, int) else ARCHIVE,
            links=_link_use(spec),
            boilerplate=words_of(options, "boilerplate"),
            rewrite=_pairs(options.get("rewrite")),
            marketing=words_of(options, "marketing") if spec.section is Section.LABS else None,
            by_title=options.get("same_title") is True,
        )
        body, breaks_off = whole_part(response.body)
        feed: ParsedFeed = await self._parser.run(spec.id, parse_feed, body, reading)
        if not (breaks_off or response.cut):
            return feed
        remark = "its answer breaks off, and what comes before was read"
        return replace(feed, note="; ".join(filter(None, (remark, feed.note))), partial=True)


_MARKS: Final = 200
_ROLLED_OVER: Final = "may have lost entries between two looks: nothing that it showed the last time is there any more"


def _shared(note: FeedNote, feed: ParsedFeed) -> bool:
    """Whether the feed still shows an entry of the last time; an empty one has lost nothing, and tells nothing."""
    return not feed.marks or not set(note.marks).isdisjoint(feed.marks)


def _noted(
    note: FeedNote, response: Response | None, digest: str | None, feed: ParsedFeed, remark: str | None
) -> FeedNote:
    """What to remember of a feed that was read. What broke off is asked for as a whole the next time."""
    headers = response.headers if response else {}
    told = headers.get("etag"), headers.get("last-modified")
    same = digest is not None and note.digest is not None and any(told) and told == (note.etag, note.last_modified)
    fresh = replace(
        note,
        etag=told[0],
        last_modified=told[1],
        digest=digest,
        remark=remark,
        partial=feed.partial,
        marks=(list(feed.marks[:_MARKS]) if response else None) or note.marks,
        stuck=note.stuck or (same and bool(set(feed.marks[:_MARKS]).difference(note.marks))),
    )
    return fresh.forgetting() if response and response.cut else fresh


def _link_use(spec: SourceSpec) -> LinkUse:
    """What a source's links are for, where its options do not say: a newsletter's issue is never just about one of them."""
    usual = LinkUse.MENTIONS if spec.section is Section.NEWSLETTERS else LinkUse.ABOUT
    said = spec.options.get("links")
    return LinkUse(said) if isinstance(said, str) and said in set(LinkUse) else usual


def _pairs(rules: object) -> tuple[tuple[str, str], ...]:
    """The rules of `rewrite`; their catalogue has checked them."""
    return tuple((str(old), str(new)) for old, new in rules) if isinstance(rules, list | tuple) else ()


def _with_move(note: FeedNote, response: Response) -> FeedNote:
    # An address with a key in it is not remembered: the redirect is followed each time instead.
    if response.moved_to is None or not may_keep(response.moved_to):
        return replace(note, moved_to=None, moves=0)
    moves = note.moves + 1 if response.moved_to == note.moved_to else 1
    return replace(note, moved_to=response.moved_to, moves=moves)
