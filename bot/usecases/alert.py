"""
Alert: tell a channel at once of a new work by an author, or about a word, that it follows, where it wants that.

An alert is planned before it is sent (`bot.usecases.alert_planning`), marked `sending` before and `posted` after; one found in `sending` is
looked for on the platform before it is sent again, as a digest's messages are (`bot.usecases.deliver`). Its work may still be a pick.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.alert import alert_key, rendered
from bot.errors import ChatBlind, ChatRejected, ChatUnsettled
from bot.model import Alert, Channel, Lease, PostingState
from bot.ports import Chat, Clock, UnitOfWorkFactory
from bot.usecases.deliver import CLOCK_ERROR, LEASE, POST_SECONDS
from bot.usecases.unreleased import UnreleasedLeases, noted_on_failure, release

logger = logging.getLogger(__name__)

TOO_LATE: Final = timedelta(days=1)
"""An alert that could not be begun for so long is dropped."""


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
    Send a channel's alerts that are not sent yet, all that wait in one message: who resumes a channel may have those of two days. Gives of how many works
    it was told. Raises `ChatError` where the platform does; calling again goes on where it stopped. Of two that send at once the second sends nothing. A lease that
    cannot be given back in the end is noted in `unreleased`.
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
    sending = _Sending(channel, chat, lease, now + LEASE, unit_of_work, clock)
    try:
        for message in _messages(waiting):
            await sending.send(message)
    except _LeaseLost:
        logger.warning("%s was taken over by another process", lease.name, extra={"action": "lease_lost"})
    finally:
        await release(lease, unit_of_work, unreleased)
    return sending.told


def _messages(waiting: Sequence[Alert]) -> list[list[Alert]]:
    """Give the alerts that are told in one message each: those of one that may have been sent, then all others."""
    begun: dict[str, list[Alert]] = {}
    for one in waiting:
        if one.state is PostingState.SENDING:
            begun.setdefault(one.key, []).append(one)
    planned = [one for one in waiting if one.state is not PostingState.SENDING]
    return [*begun.values(), *([planned] if planned else [])]


class _LeaseLost(Exception):
    """Somebody else sends the channel's alerts by now."""


@dataclass(slots=True)
class _Sending:
    """A channel's alerts on their way, under a lease that lasts until `held_until`; `told` is of how many works the channel was told."""

    channel: Channel
    chat: Chat
    lease: Lease
    held_until: datetime
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    told: int = 0

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Send alerts in one message, unless it stands. Raises `_LeaseLost`."""
        first = alerts[0]
        if first.state is PostingState.SENDING and first.attempted_at is not None:
            try:
                if await self.chat.find(self.channel, first.key, first.attempted_at - CLOCK_ERROR):
                    await self._keep(alerts, PostingState.POSTED)
                    return
            except ChatBlind:
                # It may stand there, and nobody can look: an alert twice is worse than none.
                await self._keep(alerts, PostingState.LEFT_OUT)
                return
        now = self.clock()
        late = [one for one in alerts if now - one.at > TOO_LATE]
        if late:
            await self._keep(late, PostingState.LEFT_OUT)
        fresh = [one for one in alerts if one not in late]
        if fresh:
            await self._post([replace(one, key=fresh[0].key, attempted_at=one.attempted_at or now) for one in fresh])

    async def _post(self, alerts: Sequence[Alert]) -> None:
        await self._keep(alerts, PostingState.SENDING)
        while self.clock() + timedelta(seconds=POST_SECONDS) > self.held_until:
            # The process slept, or the database took its time: somebody else may be sending by now. This asks.
            await self._keep(alerts, PostingState.SENDING)
        try:
            async with asyncio.timeout(POST_SECONDS):
                await self.chat.post(self.channel, rendered(alerts), alerts[0].key)
        except TimeoutError:
            reason = f"it is unknown whether an alert was posted: it took longer than {POST_SECONDS} seconds"
            raise ChatUnsettled(self.channel.platform, reason) from None
        except ChatRejected:
            if len(alerts) == 1:
                await self._keep(alerts, PostingState.LEFT_OUT)
                return
            for one in alerts:  # one of them may be what is wrong
                await self._post([replace(one, key=alert_key(one.channel, one.item_key))])
            return
        await self._keep(alerts, PostingState.POSTED)

    async def _keep(self, alerts: Sequence[Alert], state: PostingState) -> None:
        now = self.clock()
        async with self.unit_of_work() as uow:
            if not await uow.leases.renew(self.lease, now, now + LEASE):
                raise _LeaseLost
            for alert in alerts:
                await uow.alerts.save(replace(alert, state=state))
            await uow.commit()
        self.held_until = now + LEASE
        self.told += len(alerts) if state is PostingState.POSTED else 0
        name = self.channel.name
        for alert in alerts:
            facts = {"channel": name, "key": alert.key}
            if state is PostingState.POSTED:
                logger.info("Alert posted in %s", name, extra={"action": "alert_posted", **facts})
            elif state is PostingState.LEFT_OUT:
                logger.info("Alert left out in %s", name, extra={"action": "alert_left_out", **facts})
