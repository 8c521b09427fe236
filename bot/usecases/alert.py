"""
Alert: tell a channel at once of a new work by an author, or about a word, that it follows, where it wants that.

An alert is planned before it is sent (`bot.usecases.alert_planning`), marked `sending` before and `posted` after; one found in `sending` is
looked for on the platform before it is sent again, as a digest's messages are (`bot.usecases.deliver`). Its work may still be a pick.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.alert import rendered
from bot.errors import ChatBlind, ChatRejected, ChatUnsettled
from bot.model import Alert, Channel, Lease, PostingState
from bot.ports import Chat, Clock, UnitOfWorkFactory
from bot.usecases.deliver import CLOCK_ERROR, LEASE, POST_SECONDS
from bot.usecases.unreleased import UnreleasedLeases, noted_on_failure

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
