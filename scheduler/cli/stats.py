"""`paperround stats`: what each channel was sent and marked, and what exploration tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.errors import UsageError
from scheduler.cli.common import Json, print_json, run
from scheduler.cli.tables import Column, Row, show
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from bot.model import Channel
    from bot.usecases.stats import ChannelStats, Exploration
    from scheduler.services import Services

OneChannel = Annotated[str | None, typer.Option("--channel", help="The channel's name; all of them if not given.")]

_COLUMNS = (
    Column("channel"),
    Column("digests", right=True),
    Column("picks", right=True),
    Column("cards", right=True),
    Column("marked", right=True),
    Column("summarised", right=True),
    Column("rate", right=True),
    Column("explored", right=True),
    Column("liked", right=True),
    Column("would like"),
)


def stats(channel: OneChannel = None, json: Json = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """
    Show what each channel was sent and marked, and estimate what share of the works outside its topics it would like.

    Sums of the channel alone; asks nothing outside.
    """

    async def command(services: Services) -> None:
        from bot.usecases.stats import channel_stats, exploration_in_words  # noqa: PLC0415 - not for `--help`

        chosen = _chosen(channel, await services.current_channels())
        found = await channel_stats(chosen, services.reading, services.clock)
        if json:
            print_json({"channels": [_document(one) for one in found]})
            return
        show(_COLUMNS, [Row(_cells(one), "") for one in found])
        for one in found:
            say(f"\n#{one.channel.name}")
            for line in exploration_in_words(one):
                say(f"  {line}")

    run(command)


def _chosen(name: str | None, channels: tuple[Channel, ...]) -> list[Channel]:
    found = [one for one in channels if name in {None, one.name}]
    if not found:
        known = ", ".join(one.name for one in channels)
        raise UsageError(f"There is no channel {name!r}. Configured are: {known}.")
    return found


def _cells(one: ChannelStats) -> list[str]:
    found, estimate = one.exploration, one.exploration.estimate
    share = f"{estimate.rate:.0%} ({estimate.low:.0%} to {estimate.high:.0%})" if estimate else "too few yet"
    numbers = (one.digests, one.picks, one.cards, one.marked, one.summarised)
    return [
        one.channel.name,
        *(str(number) for number in numbers),
        f"{one.rate:.0%}",
        str(found.explored),
        str(found.liked),
        share,
    ]


def _document(one: ChannelStats) -> dict[str, Any]:
    """A channel's sums as `stats --json` prints them. Shares are from 0 to 1."""
    return {
        "name": one.channel.name,
        "platform": one.channel.platform,
        "digests": one.digests,
        "picks": one.picks,
        "cards": one.cards,
        "marked": one.marked,
        "summarised": one.summarised,
        "marking_rate": one.rate,
        "exploration": _exploration(one.exploration),
    }


def _exploration(found: Exploration) -> dict[str, Any]:
    """What exploration tells; `estimate` is null while it is too few, and `interval` its 95 % interval."""
    from bot.usecases.stats import POPULATION  # noqa: PLC0415 - as above

    estimate = found.estimate
    return {
        "explored": found.explored,
        "liked": found.liked,
        "counted": found.counted,
        "waiting": found.waiting,
        "unweighted": found.unweighted,
        "population": POPULATION,
        "estimate": estimate and {"rate": estimate.rate, "interval": [estimate.low, estimate.high]},
    }
