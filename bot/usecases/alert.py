"""
Alert: tell a channel at once of a new work by an author, or about a word, that it follows, where it wants that.

An alert is planned before it is sent, marked `sending` before and `posted` after; one found in `sending` is looked for on the platform
before it is sent again, as a digest's messages are (`bot.usecases.deliver`). Its work may still be a pick.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.alert import MOST_A_DAY, news, rendered, wanted, why, wishes_of
from bot.channel_sources import read_by
from bot.errors import ChatBlind, ChatRejected, ChatUnsettled
from bot.model import Alert, Channel, Item, Lease, PostingState, SourceSpec, Window
from bot.ports import Chat, Clock, UnitOfWork, UnitOfWorkFactory
from bot.rendering import posting_key
from bot.usecases.deliver import CLOCK_ERROR, LEASE, POST_SECONDS
from bot.usecases.unreleased import UnreleasedLeases, noted_on_failure

logger = logging.getLogger(__name__)

REACH: Final = timedelta(days=2)
"""How long after we saw it a work is news, where nobody looked meanwhile. What is older waits for the digest."""

TOO_LATE: Final = timedelta(days=1)
"""An alert that could not be begun for so long is dropped."""

_LOOKED: Final = "alerts looked at/"
_SOONER: Final = timedelta(hours=1)
"""How far each look reaches back before the one before it: an entry is stored a moment after it was seen."""


async def plan_alerts(
    channels: Sequence[Channel], specs: Sequence[SourceSpec], unit_of_work: UnitOfWorkFactory, now: datetime
) -> int:
    """
    Plan what the channels that want alerts are told of, since each was looked at last; give how many.

    A channel's first look only notes the time: alerts begin with what comes after. Running it twice is harmless.
    """
    asking = [one for one in channels if wishes_of(one)]
    if not asking:
        return 0
    async with unit_of_work() as uow:
        revision = await uow.entries.revision()
        planned = 0
        for channel in asking:
            noted, _, known = (await uow.notes.get(_LOOKED + channel.name) or "").partition(" ")
            # A first look has no news; so has one after a clock that ran ahead was put right.
            looked = min(datetime.fromisoformat(noted), now + _SOONER) if noted else now + _SOONER
            if noted and known == revision:
                continue  # nothing was stored since
            if noted:
                since = max(looked - _SOONER, now - REACH)
                planned += await _plan(channel, specs, await _news(channel, specs, since, now, uow), now, uow)
            await uow.notes.put(_LOOKED + channel.name, f"{max(now, looked).isoformat()} {revision}")
        await uow.commit()
    return planned


async def _news(
    channel: Channel, specs: Sequence[SourceSpec], since: datetime, now: datetime, uow: UnitOfWork
) -> list[Item]:
    """Give the works that a channel is alerted to, of those which are new since an instant."""
    read = read_by(channel, specs)
    # A day that a source names begins before the instant at which it was seen.
    spoken = await uow.entries.between(Window(start=since - REACH, end=now + REACH))
    keys = {key for key, stored, _ in spoken if stored.first_seen > since and stored.entry.source_id in read}
    rows = await uow.entries.of_items(keys)
    known = {key for key, stored, _ in rows if stored.first_seen <= since or stored.backlog}
    told = await uow.digests.sent_keys(channel.name) | await uow.alerts.told(channel.name) | known
    here = (row for row in rows if row[1].entry.source_id in read)
    return wanted(news(here, since, await uow.sources.all()), channel, told)


async def _plan(
    channel: Channel, specs: Sequence[SourceSpec], items: Sequence[Item], now: datetime, uow: UnitOfWork
) -> int:
    """Plan alerts on works, as many as the day has room for; give how many."""
    names = {spec.id: spec.name for spec in specs}
    day = now.astimezone(ZoneInfo(channel.zone)).date()
    room = max(0, MOST_A_DAY - await uow.alerts.on_day(channel.name, day))
    for item in items[:room]:
        reason, source = why(item, channel, names)
        key = posting_key(channel.name, f"alert {item.key}", 0)
        await uow.alerts.plan(
            Alert(
                channel=channel.name,
                item_key=item.key,
                day=day,
                at=now,
                key=key,
                title=item.title,
                url=item.url or "",
                why=reason,
                source=source,
            )
        )
    return len(items[:room])


async def under_way(channels: Iterable[Channel], unit_of_work: UnitOfWorkFactory) -> frozenset[str]:
    """Give the names of the channels that have alerts which are not sent yet."""
    async with unit_of_work() as uow:
        return frozenset(one.channel for one in await uow.alerts.under_way([one.name for one in channels]))


async def send_alerts(
    channel: Channel,
    chat: Chat,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    *,
    owner: str,
    unreleased: UnreleasedLeases | None = None,
) -> int:
    """
    Send a channel's alerts that are not sent yet; give how many were posted. Raises `ChatError` where the platform does; calling again
    goes on where it stopped. Of two that send at once the second sends nothing. A lease that cannot be given back in the end is noted in `unreleased`.
    """
    now = clock()
    with noted_on_failure(unreleased) as held:
        async with unit_of_work() as uow:
            lease = await uow.leases.claim(f"alerts/{channel.name}", owner, now, now + LEASE)
            held.extend([lease] if lease else [])
            waiting = await uow.alerts.under_way([channel.name]) if lease else []
            await uow.commit()
    if lease is None:
        return 0
    sending = _Sending(channel, chat, lease, unit_of_work, clock)
    sent = 0
    try:
        for alert in waiting:
            done = await sending.send(alert)
            if done is None:
                break
            sent += done.state is PostingState.POSTED
    finally:
        with noted_on_failure(unreleased, lease):
            async with unit_of_work() as uow:
                await uow.leases.release(lease)
                await uow.commit()
    return sent


@dataclass(frozen=True, slots=True)
class _Sending:
    """A channel's alerts on their way, under a lease."""

    channel: Channel
    chat: Chat
    lease: Lease
    unit_of_work: UnitOfWorkFactory
    clock: Clock

    async def send(self, alert: Alert) -> Alert | None:
        """Send one alert; give how it stands then, None where somebody else has the lease by now."""
        if alert.state is PostingState.SENDING and alert.attempted_at is not None:
            try:
                if await self.chat.find(self.channel, alert.key, alert.attempted_at - CLOCK_ERROR):
                    return await self._keep(replace(alert, state=PostingState.POSTED))
            except ChatBlind:
                # It may stand there, and nobody can look: an alert twice is worse than none.
                return await self._keep(replace(alert, state=PostingState.LEFT_OUT))
        if self.clock() - alert.at > TOO_LATE:
            return await self._keep(replace(alert, state=PostingState.LEFT_OUT))
        begun = replace(alert, state=PostingState.SENDING, attempted_at=alert.attempted_at or self.clock())
        return await self._post(begun) if await self._keep(begun) else None

    async def _post(self, alert: Alert) -> Alert | None:
        try:
            async with asyncio.timeout(POST_SECONDS):
                await self.chat.post(self.channel, rendered(alert), alert.key)
        except TimeoutError:
            reason = f"it is unknown whether an alert was posted: it took longer than {POST_SECONDS} seconds"
            raise ChatUnsettled(self.channel.platform, reason) from None
        except ChatRejected:
            return await self._keep(replace(alert, state=PostingState.LEFT_OUT))
        return await self._keep(replace(alert, state=PostingState.POSTED))

    async def _keep(self, alert: Alert) -> Alert | None:
        now = self.clock()
        async with self.unit_of_work() as uow:
            if not await uow.leases.renew(self.lease, now, now + LEASE):
                return None
            await uow.alerts.save(alert)
            await uow.commit()
        name = self.channel.name
        if alert.state is PostingState.POSTED:
            logger.info("Alert posted in %s", name, extra={"action": "alert_posted", "channel": name, "key": alert.key})
        elif alert.state is PostingState.LEFT_OUT:
            logger.info(
                "Alert left out in %s", name, extra={"action": "alert_left_out", "channel": name, "key": alert.key}
            )
        return alert
