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
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import urlsplit

from bot.errors import UsageError
from bot.keys import canonical_url
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
    return ", ".join(said)


def _day(at: datetime, now: datetime) -> str:
    return f"{at.day} {at:%B}" if at.year == now.year else f"{at.day} {at:%B %Y}"


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes a source. Only the operator, at the command line, may point one at a private address."""

    name: str
    operator: bool = False


def laid_over(
    tables: Mapping[str, Mapping[str, Any]], settings: Collection[SourceSetting]
) -> dict[str, dict[str, Any]]:
    """Give the `[sources]` tables of the configuration with what people set laid over them."""
    merged = {source_id: dict(table) for source_id, table in tables.items()}
    for setting in settings:
        merged[setting.id] = {**merged.get(setting.id, {}), **setting.values}
    return merged


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
    Add the feed behind an address, to a section if one is named; give the new source's id and the feed that was found.

    Raises `UsageError` for what is no web address, is followed already, or is one too many; `SourceError` where no feed is found.
    Adding the same feed twice says that it is followed.
    """
    address = safe_url(url if "://" in url else f"https://{url}")
    if address is None:
        raise UsageError(f"{cut(clean(url), 80)!r} is no web address. Give one like https://example.org/blog.")
    found = await finder.find(address, trusted=who.operator)
    _must_be_new(found.url, specs)
    async with unit_of_work() as uow:
        settings = await uow.source_settings.all()
        if _added(settings) >= MOST_ADDED:
            raise UsageError(
                f"{MOST_ADDED} sources were added already. Remove one first: paperround sources remove ID."
            )
        source_id = new_id(found, {*settings, *(spec.id for spec in specs)})
        values = _values(found, section)
        # Trust is in the address that the operator typed, not in where its page leads.
        trusted = who.operator and urlsplit(found.url).netloc == urlsplit(address).netloc
        await uow.source_settings.save(
            SourceSetting(id=source_id, values=values, trusted=trusted, by=who.name, at=clock())
        )
        await uow.commit()
    return source_id, found


def _values(found: FoundFeed, section: Section | None) -> dict[str, object]:
    values: dict[str, object] = {"kind": "feed", "url": found.url, "name": _name(found)}
    return values if section is None else {**values, "section": section.value}


def _added(settings: Mapping[str, SourceSetting]) -> int:
    return sum("url" in setting.values for setting in settings.values())


def _must_be_new(url: str, specs: Sequence[SourceSpec]) -> None:
    same = next((spec for spec in specs if canonical_url(spec.url) == canonical_url(url)), None)
    if same:
        state = "" if same.enabled else f" It is off; switch it on with: paperround sources enable {same.id}"
        raise UsageError(f"{same.name} is followed already, as {same.id}.{state}")


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
        for feed in feeds:
            under = section or feed.section
            if feed.problem:
                done.append(Imported(feed.url, problem=feed.problem))
                continue
            try:
                setting = _imported(FoundFeed(url=feed.url, title=feed.title), under, who, known, settings, clock)
            except UsageError as error:
                done.append(Imported(feed.url, problem=str(error)))
                continue
            await uow.source_settings.save(setting)
            settings[setting.id] = setting
            known.append(replace(known[0], id=setting.id, url=str(setting.values["url"]), name=feed.title))
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
) -> SourceSetting:
    address = safe_url(feed.url)
    if address is None:
        raise UsageError("no web address")
    if _added(settings) >= MOST_ADDED:
        raise UsageError(f"{MOST_ADDED} sources were added already")
    _must_be_new(address, known)
    found = replace(feed, url=address)
    source_id = new_id(found, {*settings, *(spec.id for spec in known)})
    # A file of addresses comes from somewhere; nobody has looked at each of them.
    return SourceSetting(id=source_id, values=_values(found, section), trusted=False, by=who.name, at=clock())


def named(source_id: str, specs: Sequence[SourceSpec]) -> SourceSpec:
    """Give the source of this id; raises `UsageError` with the nearest one if there is none."""
    found = next((spec for spec in specs if spec.id == source_id), None)
    if found is None:
        near = get_close_matches(source_id, [spec.id for spec in specs], n=1)
        hint = f"Did you mean {near[0]}?" if near else "See them all with: paperround sources list"
        raise UsageError(f"There is no source {source_id!r}. {hint}")
    return found
