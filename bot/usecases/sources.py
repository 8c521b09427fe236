"""
Sources, managed by people: add, remove, enable, disable, import, export. Used by the command line, and by chat commands alike.

What people set is laid over the catalogue and the configuration file, and kept in the database; the configuration file itself is
the operator's and is never written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import urlsplit

from bot.canonical_url import canonical_url
from bot.channel_sources import OWN, OWN_BEFORE, own_sources, with_one_more
from bot.errors import UsageError
from bot.model import (
    FoundFeed,
    ListedFeed,
    Section,
    SourceRecord,
    SourceReport,
    SourceSetting,
    SourceSpec,
    SourceStatus,
)
from bot.ports import Clock, FeedFinder, UnitOfWorkFactory
from bot.private_address import opens_by_key
from bot.text import clean, cut, safe_url
from bot.usecases.compile import source_reports

MOST_ADDED: Final = 200
"""How many sources may be added by people: a workspace that follows more reads none of them."""

_SLUG: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """A source as `sources list` shows it: its spec, its last report, what we remember, and how many entries it gave so far."""

    spec: SourceSpec
    report: SourceReport
    record: SourceRecord | None
    entries: int


def remark(state: SourceState, now: datetime) -> str:
    """
    Say what there is to say of a source beyond its state: why, and of one that fails since when and until when it is left alone.

    `collect` by hand does not wait for that. Empty where all is well.
    """
    report, record = state.report, state.record
    said = [report.error] if report.error else []
    if report.state is SourceStatus.FAILING and record:
        if record.failing_since:
            said.append(f"failing since {_day(record.failing_since, now)}")
        if record.next_try and record.next_try > now:
            day = f"{_day(record.next_try, now)}, " if record.next_try.date() != now.date() else ""
            said.append(f"paused until {day}{record.next_try:%H:%M} UTC")
    if (
        record
        and record.gap
        and record.gap_at
        and now - record.gap_at < _TOLD
        and record.gap not in (report.error or "")
    ):
        often = f", so it is asked every {record.look_every:g} h" if record.look_every else ""
        said.append(f"on {_day(record.gap_at, now)} it {record.gap}{often}")
    return ", ".join(said)


_TOLD: Final = timedelta(days=7)
"""How long it is told of a source that it may have lost entries."""


def _day(at: datetime, now: datetime) -> str:
    return f"{at.day} {at:%B}" if at.year == now.year else f"{at.day} {at:%B %Y}"


@dataclass(frozen=True, slots=True)
class Who:
    """
    Who changes a source. Only the operator, at the command line, may point one at a private address; what somebody in a `channel` adds is
    that channel's own.
    """

    name: str
    operator: bool = False
    channel: str = ""


def laid_over(
    tables: Mapping[str, Mapping[str, Any]], settings: Collection[SourceSetting]
) -> dict[str, dict[str, Any]]:
    """Give the `[sources]` tables of the configuration with what people set laid over them."""
    merged = {source_id: dict(table) for source_id, table in tables.items()}
    for setting in settings:
        values = {name: value for name, value in setting.values.items() if name != OWN}
        merged[setting.id] = {**merged.get(setting.id, {}), **values}
    return merged


def with_owners(specs: Sequence[SourceSpec], settings: Mapping[str, SourceSetting]) -> tuple[SourceSpec, ...]:
    """Mark the sources that were added in chat: only the channels that did read them."""
    return tuple(
        replace(spec, own=True) if (s := settings.get(spec.id)) and s.values.get(OWN) else spec for spec in specs
    )


class AlreadyFollowed(UsageError):
    """An address is of a source that is there already."""

    def __init__(self, message: str, spec: SourceSpec) -> None:
        super().__init__(message)
        self.spec = spec


def untrusted(specs: Sequence[SourceSpec], settings: Mapping[str, SourceSetting]) -> tuple[SourceSpec, ...]:
    """Take trust from the sources whose address somebody else than the operator set."""
    return tuple(
        replace(spec, trusted=False) if (s := settings.get(spec.id)) and "url" in s.values and not s.trusted else spec
        for spec in specs
    )


async def states(specs: Sequence[SourceSpec], unit_of_work: UnitOfWorkFactory) -> list[SourceState]:
    """Tell how every source stands, in the order of `specs`."""
    async with unit_of_work() as uow:
        records = await uow.sources.all()
        counts = await uow.entries.counts()
    reports = source_reports(specs, records)
    return [
        SourceState(spec=spec, report=report, record=records.get(spec.id), entries=counts.get(spec.id, 0))
        for spec, report in zip(specs, reports, strict=True)
    ]


async def add(
    url: str,
    who: Who,
    specs: Sequence[SourceSpec],
    finder: FeedFinder,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    *,
    section: Section | None = None,
) -> tuple[str, FoundFeed]:
    """
    Add the source behind an address as somebody pasted it, to a section if one is named; give the new source's id and what was found.

    Raises `UsageError` for what is no web address, holds a password, in chat also a key that opens it, is followed already (under whatever address), or is one too
    many; `SourceError` where no source is found. Adding the same source twice says that it is followed.
    """
    address = pasted_address(url)
    _may_be_said_here(address, who)
    found = await finder.find(address, trusted=who.operator)
    _may_be_said_here(found.url, who)
    _must_be_new(found, specs)
    async with unit_of_work() as uow:
        settings = await uow.source_settings.all()
        feeds = [spec for spec in specs if spec.kind == "feed"]
        said = await uow.entries.newest([spec.id for spec in feeds], _COMPARED) if found.titles else {}
        same = next(
            (spec for spec in feeds if same_titles(found.titles, [one.title for one in said.get(spec.id, ())])), None
        )
        if same:
            raise AlreadyFollowed(f"That is {same.name} under another address. {_followed(same)}", same)
        if _added(settings) >= MOST_ADDED:
            raise UsageError(
                f"{MOST_ADDED} sources were added already. Remove one first: paperround sources remove ID."
            )
        # Not the id of an own source that was removed, either: what that one said is still stored.
        before = own_sources((), await uow.notes.get(OWN_BEFORE))
        source_id = new_id(found, {*settings, *before, *(spec.id for spec in specs)})
        values = _values(found, section) | ({OWN: True} if who.channel else {})
        # Trust is in the address that the operator typed, not in where its page leads; what is no feed is asked at an address of ours.
        trusted = who.operator and (found.kind != "feed" or urlsplit(found.url).netloc == urlsplit(address).netloc)
        await uow.source_settings.save(
            SourceSetting(id=source_id, values=values, trusted=trusted, by=who.name, at=clock())
        )
        await uow.commit()
    return source_id, found


_FEED_SCHEME: Final = re.compile(r"^(?:feeds?|rss|itpc|pcast|podcast):(?://)?(?=\S)", re.IGNORECASE)
_MARKDOWN: Final = re.compile(r"^\[[^\]]*\]\((?P<url>[^()\s]+)\)$")
_OWN_SERVER: Final = re.compile(
    r"(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\])(?=[:/?#]|$)|[\w.\-]+:(?!443\b)\d{2,5}(?=[/?#]|$)",
    re.IGNORECASE,
)
_HANDLE: Final = re.compile(r"^@(?P<name>[\w.\-]+)@(?P<host>[\w\-]+(?:\.[\w\-]+)+)$")
_ACCOUNT: Final = re.compile(r"^@(?P<handle>(?:[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?\.)+[a-z][a-z0-9\-]*)$", re.IGNORECASE)
"""A handle of Bluesky is a host of its owner's (atproto.com/specs/handle)."""
_AT_URI: Final = re.compile(
    r"^at://(?P<who>[\w.:%\-]+)(?:/app\.bsky\.(?P<what>graph\.list|feed\.generator|feed\.post)/(?P<key>[\w.~:\-]+))?/?$",
    re.ASCII,
)
_AT_PAGES: Final = {"graph.list": "lists", "feed.generator": "feed", "feed.post": "post"}
_PASSWORD: Final = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.\-]*://)?(?P<user>[^/?#\s]*)@(?=[^/?#\s@]+)", re.IGNORECASE)


def pasted_address(said: str) -> str:
    """
    Give the web address in what somebody pasted: between brackets or quotes, as a link of Slack or Markdown, with `feed:` before it,
    or without `https://`.

    Raises `UsageError` for what is none, and for one with a user or password in it, without repeating these.

    >>> pasted_address("<feed://example.org/blog|Our blog>")
    'https://example.org/blog'
    """
    text = clean(said).strip(" \"'`“”„‚‘’«».,")
    text = text[1:-1].partition("|")[0] if text.startswith("<") and text.endswith(">") else text
    found = _MARKDOWN.match(text)
    text = _FEED_SCHEME.sub("", found["url"] if found else text)
    text = _page_of_account(text)
    scheme, separator, rest = text.partition("://") if "://" in text.partition("?")[0] else ("", "://", text)
    # Who names no scheme means the web: in private, but for a server of one's own, which is known by its port or number.
    scheme = scheme or ("http" if _OWN_SERVER.match(rest) else "https")
    if _PASSWORD.match(rest.lstrip("/")):
        raise UsageError(
            "The address holds a user or a password, which would be kept in the database for everybody to read who has it. "
            'Set the source in the configuration file instead: [sources.my-feed] with kind = "feed" and its url.'
        )
    address = safe_url(f"{scheme}{separator}{rest}") if not scheme.strip().startswith("javascript") else None
    if address is None or not urlsplit(address).hostname:
        # What is no address may hold a password all the same.
        shown = "That" if "@" in text else repr(cut(text.partition("?")[0], 80))
        raise UsageError(f"{shown} is no web address. Give one like https://example.org/blog.")
    return address


def _page_of_account(text: str) -> str:
    """The page of an account that is named by its handle, or by an at:// address; any other text as it is."""
    if found := _HANDLE.match(text):
        return f"https://{found['host']}/@{found['name']}"
    if found := _ACCOUNT.match(text):
        return f"https://bsky.app/profile/{found['handle']}"
    if found := _AT_URI.match(text):
        below = f"/{_AT_PAGES[found['what']]}/{found['key']}" if found["what"] else ""
        return f"https://bsky.app/profile/{found['who']}{below}"
    if text.startswith("@") and not text.startswith("@/"):
        raise UsageError(
            f"{cut(text, 80)!r} names an account, but not where it is. Give the address of its page, or a handle with its "
            "host like @name@social.example or @name.bsky.social."
        )
    return text


def _may_be_said_here(url: str, who: Who) -> None:
    """Refuse an address with a key in it from anybody but the operator. Raises `UsageError`, which does not repeat it."""
    if opens_by_key(url) and not who.operator:
        raise UsageError(
            "The address holds a key that opens it, and would be kept in the database with it. Ask the operator to set it in the "
            'configuration file: [sources.my-feed] with kind = "feed" and its url (for Reddit, REDDIT_FEED_TOKEN and '
            "REDDIT_FEED_USER in the environment). Who can read this channel has seen the key: best ask its site for a new one."
        )


def kept_with_it(url: str) -> str:
    """Say to the operator that a source's address is kept with the key in it; else nothing."""
    return (
        " Its address holds a key, which is kept in the database in clear and shown nowhere; in the configuration file it would not be."
        if opens_by_key(url)
        else ""
    )


def in_place_of(found: FoundFeed) -> str:
    """Say what is followed where the address that was given is of a part of it alone; else nothing."""
    return f" The address is of one page of it; what is followed is {found.instead}." if found.instead else ""


def _values(found: FoundFeed, section: Section | None) -> dict[str, object]:
    values: dict[str, object] = {"kind": found.kind, "url": found.url, "name": _name(found)}
    under = section or found.section
    if found.options:
        values["options"] = dict(found.options)
    if under is not None:
        values["section"] = under.value
    if found.item_kind is not None:
        values["item_kind"] = found.item_kind.value
    return values


def _added(settings: Mapping[str, SourceSetting]) -> int:
    return sum("url" in setting.values for setting in settings.values())


def _must_be_new(found: FoundFeed, specs: Sequence[SourceSpec]) -> None:
    same = next((spec for spec in specs if _asks_the_same(spec, found)), None)
    if same:
        raise AlreadyFollowed(f"{same.name} is followed already, as {same.id}.{_if_off(same)}", same)


def _followed(spec: SourceSpec) -> str:
    return f"It is followed already, as {spec.id}.{_if_off(spec)}"


def _if_off(spec: SourceSpec) -> str:
    return "" if spec.enabled else f" It is off; switch it on with: paperround sources enable {spec.id}"


def _asks_the_same(spec: SourceSpec, found: FoundFeed) -> bool:
    """Whether a source asks at the same address, or at another one of the same feed, and for nothing that the other does not ask for."""
    if spec.kind != found.kind:
        return False
    others = spec.options.get("fallbacks")
    addresses = [spec.url, *(others if isinstance(others, list | tuple) else ())]
    narrowed = _ASKED_FOR.intersection(spec.options)
    if not narrowed <= found.options.keys():
        return False
    if spec.kind == "feed":
        return canonical_url(found.url) in {canonical_url(str(each)) for each in addresses}
    # An interface may be asked through a mirror or a proxy: what it is asked for tells, or the end of the address.
    asked = all(_covers(spec.options.get(name), value) for name, value in found.options.items())
    return asked if found.options else _end_of(spec.url).endswith(_end_of(found.url))


def _end_of(url: str) -> str:
    return urlsplit(canonical_url(url)).path.casefold()


_ASKED_FOR: Final = frozenset({"actor", "authors", "cites", "feed", "list", "organisations", "query", "venue"})
"""Options that narrow what a source is asked for."""


def _covers(known: object, wanted: object) -> bool:
    if isinstance(known, list | tuple) and isinstance(wanted, list | tuple):
        return {str(each).casefold() for each in wanted} <= {str(each).casefold() for each in known}
    return known == wanted


_COMPARED: Final = 40
_LEAST_SHARED: Final = 2
_TELLING: Final = 12
"""Letters from which on a title is hardly another's by chance ('Release notes' has that many, so that two must be shared)."""


def same_titles(found: Collection[str], known: Collection[str]) -> bool:
    """
    Tell whether two feeds show the same entries, whatever their addresses: half of the shorter one's titles, and two at least.

    >>> same_titles(["Import AI 469: Agents at work", "Import AI 468: Chips", "x"], ["IMPORT AI 469: Agents at work", "Import AI 468: Chips"])
    True
    """
    one, other = (
        {" ".join(title.casefold().split()) for title in titles if len(title) >= _TELLING} for titles in (found, known)
    )
    shared = len(one & other)
    return shared >= _LEAST_SHARED and 2 * shared >= min(len(one), len(other))


def _name(found: FoundFeed) -> str:
    return cut(clean(found.title), 80) or urlsplit(found.url).hostname or found.url


def new_id(found: FoundFeed, taken: Collection[str]) -> str:
    """
    Make a short id of what a feed calls itself, unlike all that are taken.

    >>> new_id(FoundFeed(url="https://lab.example/feed", title="Über Lab: News!"), {"uber-lab-news"})
    'uber-lab-news-2'
    """
    plain = unicodedata.normalize("NFKD", _name(found)).encode("ascii", "ignore").decode().lower()
    base = _SLUG.sub("-", plain).strip("-")[:40].strip("-") or "feed"
    return next(name for n in range(1, len(taken) + 2) if (name := base if n == 1 else f"{base}-{n}") not in taken)


async def remove(
    source_id: str, specs: Sequence[SourceSpec], tables: Collection[str], unit_of_work: UnitOfWorkFactory
) -> None:
    """Remove a source that somebody added; what it said stays known. Raises `UsageError` for one that is built in or configured."""
    spec = named(source_id, specs)
    async with unit_of_work() as uow:
        setting = (await uow.source_settings.all()).get(spec.id)
        if setting is None or "url" not in setting.values:
            where = "is in the configuration file" if spec.id in tables else "is built in"
            raise UsageError(
                f"{spec.id} {where} and cannot be removed. Switch it off with: paperround sources disable {spec.id}"
            )
        await uow.source_settings.forget(spec.id)
        if setting.values.get(OWN):
            await uow.notes.put(OWN_BEFORE, with_one_more(await uow.notes.get(OWN_BEFORE), spec.id))
        await uow.commit()


async def switch(
    source_id: str, who: Who, specs: Sequence[SourceSpec], unit_of_work: UnitOfWorkFactory, clock: Clock, *, on: bool
) -> SourceSpec:
    """Switch a source on or off; give it. Doing it twice is harmless. Raises `UsageError` if there is no such source."""
    spec = named(source_id, specs)
    async with unit_of_work() as uow:
        known = (await uow.source_settings.all()).get(spec.id) or SourceSetting(id=spec.id, at=clock(), trusted=True)
        values = {**known.values, "enabled": on}
        await uow.source_settings.save(replace(known, values=values, by=who.name, at=clock()))
        await uow.commit()
    return spec


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of importing one feed: its address, and either the new source's id and section, if one was named, or why not."""

    url: str
    source_id: str | None = None
    section: Section | None = None
    problem: str | None = None


async def import_feeds(
    feeds: Sequence[ListedFeed],
    who: Who,
    specs: Sequence[SourceSpec],
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    *,
    section: Section | None = None,
) -> list[Imported]:
    """
    Add many feeds without asking them first; give what came of each, in their order.

    All go to `section`; if none is named, each goes to the one under which it is listed. What is followed already or is no
    address is named and left out; the others are added all the same.
    """
    done: list[Imported] = []
    known = list(specs)
    async with unit_of_work() as uow:
        settings = await uow.source_settings.all()
        before = own_sources((), await uow.notes.get(OWN_BEFORE))
        for feed in feeds:
            under = section or feed.section
            if feed.problem:
                done.append(Imported(feed.url, problem=feed.problem))
                continue
            try:
                found = FoundFeed(url=feed.url, title=feed.title)
                setting = _imported(found, under, who, known, settings, clock, before=before)
            except UsageError as error:
                done.append(Imported(feed.url, problem=str(error)))
                continue
            await uow.source_settings.save(setting)
            settings[setting.id] = setting
            fresh = replace(known[0], id=setting.id, kind="feed", url=str(setting.values["url"]), name=feed.title)
            known.append(replace(fresh, options={}, enabled=True))
            done.append(Imported(feed.url, source_id=setting.id, section=under))
        await uow.commit()
    return done


def _imported(
    feed: FoundFeed,
    section: Section | None,
    who: Who,
    known: Sequence[SourceSpec],
    settings: Mapping[str, SourceSetting],
    clock: Clock,
    *,
    before: Collection[str],
) -> SourceSetting:
    address = pasted_address(feed.url)
    if _added(settings) >= MOST_ADDED:
        raise UsageError(f"{MOST_ADDED} sources were added already")
    found = replace(feed, url=address)
    _must_be_new(found, known)
    source_id = new_id(found, {*settings, *before, *(spec.id for spec in known)})
    # A file of addresses comes from somewhere; nobody has looked at each of them.
    return SourceSetting(id=source_id, values=_values(found, section), trusted=False, by=who.name, at=clock())


def named(source_id: str, specs: Sequence[SourceSpec]) -> SourceSpec:
    """Give the source of this id; raises `UsageError` with the nearest one if there is none, and no word of an address."""
    found = next((spec for spec in specs if spec.id == source_id), None)
    if found is None and set(source_id) & set("/@"):
        # Not repeated: an address may have a password in it.
        raise UsageError("That is an address, and not the id of a source. See the ids with: paperround sources list")
    if found is None:
        near = get_close_matches(source_id, [spec.id for spec in specs], n=1)
        hint = f"Did you mean {near[0]}?" if near else "See them all with: paperround sources list"
        raise UsageError(f"There is no source {source_id!r}. {hint}")
    return found
