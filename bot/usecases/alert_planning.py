"""
Alert planning: find what is new since the last look once for all channels that want alerts, and plan it in those that follow it.

What a quiet look costs does not grow with the number of channels; what one after a collect costs grows with what is new and with how many are told.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from bot.alert import MOST_A_DAY, alert_key, first_seen, most_prominent_first, news, wanted, why, wishes_of
from bot.channel_sources import read_by
from bot.dedupe import Row
from bot.following import matches, terms_of
from bot.joined_tastes import each_once
from bot.model import Alert, Channel, Item, SourceRecord, SourceSpec, TasteWork, Window
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.titles import TitleIndex
from bot.usecases.taste import taste_of
from bot.wish_index import WishIndex

REACH: Final = timedelta(days=2)
"""How long after we saw it a work is news, where nobody looked meanwhile. What is older waits for the digest."""

LOOKED: Final = "alerts looked at"
"""The note of the last look that was finished: when, and what the revision of the entries was."""

_BEGAN: Final = f"{LOOKED}/"
"""The beginning of the notes, one a channel, that say from when on it wants alerts."""

_SOONER: Final = timedelta(hours=1)
"""How far each look reaches back before the one before it: an entry is stored a moment after it was seen."""

_CHANNELS_AT_A_TIME: Final = 200
"""For how many channels alerts are planned in one transaction."""

_AT_A_TIME: Final = 200
"""How many works are looked at before others have their turn."""

Specs = Callable[[], Awaitable[Sequence[SourceSpec]]]


class AlertPlanner:
    """
    Plans alerts. What channels follow, and when each began to want alerts, is kept between looks, and read again only of channels that changed.

    The last look is noted once everything of it is planned: one that is broken off is made again, and a work is planned once in a channel.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, reading: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work
        self._reading = reading
        self._channels: Sequence[Channel] = ()
        self._asking: dict[str, Channel] = {}
        self._began: dict[str, datetime] = {}
        self._index = WishIndex()
        self._revision: str | None = None

    @property
    def wanted(self) -> bool:
        """Whether any channel wanted alerts at the last look."""
        return bool(self._asking)

    async def plan(self, channels: Sequence[Channel], specs: Specs, now: datetime) -> int:
        """
        Plan what the channels that want alerts are told of; give how many alerts. `channels` are all there are, the same object while none has changed.

        A channel's first look only notes the time: alerts begin with what comes after. Running it twice is harmless.
        """
        await self._know(channels, now)
        if not self._asking:
            return 0
        async with self._reading() as uow:
            revision = await uow.entries.revision()
            if revision == self._revision:
                return 0  # nothing was stored since
            noted, _, known = (await uow.notes.get(LOOKED) or "").partition(" ")
            # After a clock that ran ahead was put right nothing is news for an hour.
            looked = min(datetime.fromisoformat(noted), now + _SOONER) if noted else now - REACH
            since = max(looked - _SOONER, now - REACH, min(self._began[name] for name in self._asking))
            new = [] if noted and known == revision else await _new(since, now, uow)
            records = await uow.sources.all() if new else {}
        planned = 0
        if new:
            look = _Look(new, await specs(), records)
            candidates = iter((await self._candidates(look)).items())
            while piece := dict(islice(candidates, _CHANNELS_AT_A_TIME)):
                followed = {name: look.items(self._asking[name], keys) for name, keys in piece.items()}
                planned += await self._plan({name: items for name, items in followed.items() if items}, look.names, now)
        async with self._unit_of_work() as uow:
            await uow.notes.put(LOOKED, f"{max(now, looked).isoformat()} {revision}")
            await uow.commit()
        self._revision = revision
        return planned

    async def _know(self, channels: Sequence[Channel], now: datetime) -> None:
        """Take in which channels want alerts, and of what."""
        if channels is self._channels:
            return
        asking = {one.name: one for one in channels if wishes_of(one)}
        await self._begin(asking.keys() - self._began.keys(), now)
        for name in self._asking.keys() - asking.keys():
            self._index.put(name, ())
        for name, channel in asking.items():
            if self._asking.get(name) is not channel:
                self._index.put(name, wishes_of(channel))
        self._asking, self._channels = asking, channels

    async def _begin(self, names: AbstractSet[str], now: datetime) -> None:
        """Read from when on these channels want alerts; note that it is from now on of those of which nothing is noted."""
        if not names:
            return
        async with self._reading() as uow:
            noted = await uow.notes.beginning(_BEGAN)
        # A look reaches back by as much before the instant that is noted.
        new = {name: now + _SOONER for name in names if _BEGAN + name not in noted}
        if new:
            async with self._unit_of_work() as uow:
                for name, began in sorted(new.items()):
                    await uow.notes.put(_BEGAN + name, began.isoformat())
                await uow.commit()
        for name in names:
            began = new.get(name) or datetime.fromisoformat(noted[_BEGAN + name].partition(" ")[0])
            self._began[name] = min(began, now + _SOONER) - _SOONER

    async def _candidates(self, look: _Look) -> dict[str, list[str]]:
        """Give the keys of the new works that each channel may have to be told of, by the channel's name."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for number, (key, rows) in enumerate(look.rows.items(), start=1):
            if number % _AT_A_TIME == 0:
                await asyncio.sleep(0)
            oldest = first_seen(rows)
            names = {name for wish in self._index.near(_terms(rows)) for name in self._index.wishing(wish)}
            for name in names:
                if oldest is not None and oldest > self._began[name]:
                    found[name].append(key)
        return {name: sorted(found[name]) for name in sorted(found)}

    async def _plan(self, followed: Mapping[str, Sequence[Item]], names: Mapping[str, str], now: datetime) -> int:
        """
        Plan alerts on works that channels follow, by their names, and were neither told of nor sent before, nor named in a list, as many as each one's day has
        room for; give how many. The questions are as many for two hundred channels as for one, but for those that handed a list over.
        """
        days = {name: now.astimezone(ZoneInfo(self._asking[name].zone)).date() for name in followed}
        async with self._reading() as uow:  # nobody waits for who finds that there is nothing to do
            room = await _room(days, uow)
            new = await _not_told({name: items for name, items in followed.items() if room[name]}, uow)
            lists = {name: await taste_of(name, uow) for name in await uow.tastes.channels(new)} if new else {}
        if lists:
            # In a thread: a list may name thousands of works by title alone.
            new = await asyncio.to_thread(_not_known, new, lists)
        if not new:
            return 0
        async with self._unit_of_work() as uow:
            await uow.leases.lock("alerts planned")  # of two that look at once none goes beyond the day's room
            room = await _room({name: days[name] for name in new}, uow)
            alerts = [
                _alert(channel, item, names, now)
                for name, items in new.items()
                for channel in [self._asking[name]]
                for item in most_prominent_first(items, channel)[: room[name]]
            ]
            planned = await uow.alerts.plan(*alerts)
            await uow.commit()
        return planned


class _Look:
    """The works that are new at a look, their rows by key, and what each kind of channels is told of them."""

    def __init__(self, rows: Sequence[Row], specs: Sequence[SourceSpec], records: Mapping[str, SourceRecord]) -> None:
        self.rows: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            self.rows[row[0]].append(row)
        self.names = {spec.id: spec.name for spec in specs}
        self._specs = specs
        self._records = records
        self._items: dict[tuple[str, frozenset[str]], Item | None] = {}
        self._read: dict[tuple[tuple[str, ...], ...], frozenset[str]] = {}
        self._met: dict[tuple[str, frozenset[str], str], bool] = {}

    def items(self, channel: Channel, keys: Sequence[str]) -> list[Item]:
        """Give those of the works that a channel is alerted to, as the sources that it reads tell of them."""
        kind = (channel.sources, channel.sources_added, channel.sources_off)
        if kind not in self._read:
            self._read[kind] = read_by(channel, self._specs)
        read = self._read[kind]
        found = [item for key in keys if (item := self._item(key, read))]
        return wanted(found, channel, lambda item, wish: self._meets(item, read, wish))

    def _item(self, key: str, read: frozenset[str]) -> Item | None:
        """A work as these sources tell of it; None where it is no news of theirs. It is folded once for all channels that read the same."""
        if (key, read) not in self._items:
            here = [row for row in self.rows[key] if row[1].entry.source_id in read]
            self._items[key, read] = news(here, self._records)
        return self._items[key, read]

    def _meets(self, item: Item, read: frozenset[str], wish: str) -> bool:
        name = item.key, read, wish
        if name not in self._met:
            self._met[name] = bool(matches(item, [wish]))
        return self._met[name]


async def _new(since: datetime, now: datetime, uow: UnitOfWork) -> list[Row]:
    """Read every row of the works of which all that was ever said was first seen after an instant."""
    # A day that a source names begins before the instant at which it was seen.
    keys = await uow.entries.seen_after(since, Window(start=since - REACH, end=now + REACH))
    rows = await uow.entries.of_items(keys) if keys else []
    known = {key for key, stored, _ in rows if stored.first_seen <= since or stored.backlog}
    return [row for row in rows if row[0] not in known]


def _terms(rows: Sequence[Row]) -> set[str]:
    """The terms of a work, whichever of those who speak of it a channel reads."""
    said = [stored.entry for _, stored, _ in rows]
    return terms_of(
        (name for entry in said for name in entry.authors),
        (text for entry in said for text in (entry.title, entry.abstract, *entry.tags)),
    )


async def _room(days: Mapping[str, date], uow: UnitOfWork) -> dict[str, int]:
    """How many alerts each of these channels may have yet on its day."""
    had = await uow.alerts.on_days(days)
    return {name: max(0, MOST_A_DAY - had.get(name, 0)) for name in days}


async def _not_told(followed: Mapping[str, Sequence[Item]], uow: UnitOfWork) -> dict[str, list[Item]]:
    """Leave out of channels' works those that they were told of, or that a digest sent, and channels to which none is left."""
    keys = {item.key for items in followed.values() for item in items}
    told = await uow.alerts.told(followed, keys)
    brought = {(channel, key) for key, weeks in (await uow.digests.brought(keys)).items() for channel, _ in weeks}
    new: dict[str, list[Item]] = {}
    for name, items in followed.items():
        # Of a week that was not sent works were chosen, too: what was is asked of the few to which that applies.
        sent = await uow.digests.sent_keys(name) if any((name, item.key) in brought for item in items) else ()
        if left := [item for item in items if (name, item.key) not in told and item.key not in sent]:
            new[name] = left
    return new


def _not_known(new: Mapping[str, Sequence[Item]], lists: Mapping[str, Sequence[TasteWork]]) -> dict[str, list[Item]]:
    """Leave out of channels' works those that a list which they handed over names, by key or by title: these the team knows, as a digest has it."""
    left: dict[str, list[Item]] = {}
    for name, items in new.items():
        titles = partial(TitleIndex, [(item.key, item.title, item.authors) for item in items])
        known = {one.key for one in each_once(lists.get(name, ()), titles)}
        if unknown := [item for item in items if item.key not in known]:
            left[name] = unknown
    return left


def _alert(channel: Channel, item: Item, names: Mapping[str, str], now: datetime) -> Alert:
    reason, source = why(item, channel, names)
    return Alert(
        channel=channel.name,
        item_key=item.key,
        day=now.astimezone(ZoneInfo(channel.zone)).date(),
        at=now,
        key=alert_key(channel.name, item.key),
        title=item.title,
        url=item.url or "",
        why=reason,
        source=source,
    )
