"""Channel's past: what its members decided and wrote, and which digests it had, read once for all that a new digest asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import Channel, Decision, DigestSpan, Skip, Summary
from bot.ports import UnitOfWork
from bot.usecases.decided import channel_decisions


@dataclass(frozen=True, slots=True)
class ChannelPast:
    """
    The keys of a channel's frozen digests (`weeks`), those of them that were skipped after all, what the others cover, the latest first (`spans`), every
    decision that stands, and every summary.

    `summaries` are those that still have words.
    """

    weeks: Sequence[str]
    skipped: Sequence[Skip]
    spans: Sequence[DigestSpan]
    decisions: Sequence[Decision]
    summaries: Sequence[Summary]


async def past_of(channel: Channel, uow: UnitOfWork) -> ChannelPast:
    """Read a channel's past."""
    past = await uow.digests.past(channel.name)
    return ChannelPast(
        weeks=past.weeks,
        skipped=past.skipped,
        spans=past.spans,
        decisions=await channel_decisions(channel, uow),
        summaries=[one for one in await uow.summaries.of_channel(channel.name) if one.text],
    )
