"""A digest that is frozen and not all sent: who sends it just now, in a sentence for whoever asked for it by hand."""

from __future__ import annotations

from datetime import datetime

from bot.model import Channel, PostingState
from bot.periods import in_words
from bot.ports import UnitOfWorkFactory
from bot.text import counted
from bot.usecases.deliver import SETTLED, lease_of


async def under_way_line(channel: Channel, week: str, reading: UnitOfWorkFactory, now: datetime) -> str | None:
    """
    Say of a digest that is frozen how much of it is posted, and whether another process is sending the rest, and what becomes of it should that one have
    died; without a full stop. None where all is sent.
    """
    async with reading() as uow:
        postings = await uow.postings.of(channel.name, week)
        held = {lease.name: lease for lease in await uow.leases.held(now)}
    if all(one.state in SETTLED for one in postings):
        return None
    posted = sum(one.state is PostingState.POSTED for one in postings)
    digest = f"the digest of {in_words(week)}"
    so_far = f"{posted} of {counted(len(postings), 'message')} {'is' if posted == 1 else 'are'} posted"
    if lease := held.get(lease_of(channel.name, week)):
        return (
            f"another process is sending {digest} just now: {so_far}. Should it have died, the rest is sent after "
            f"{lease.until:%H:%M:%S} UTC by whichever process asks for it first"
        )
    return f"{digest} is not all sent: {so_far}, and nobody is sending the rest just now. The next tick of a Paper Round that runs goes on with it"
