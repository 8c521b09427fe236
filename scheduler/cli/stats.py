"""`paperround stats`: what each channel was sent and marked, and what exploration tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.errors import UsageError
from bot.text import counted
from scheduler.cli.backtest import own_quality
from scheduler.cli.common import Json, print_json, run
from scheduler.cli.tables import Column, Row, show
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from bot.model import Channel
    from bot.usecases.figures import Figures, SourceYield, WeekFigures
    from bot.usecases.stats import ChannelStats, Exploration
    from scheduler.services import Services

OneChannel = Annotated[str | None, typer.Option("--channel", help="The channel's name; all of them if not given.")]

Choice = Annotated[
    bool,
    typer.Option(
        "--choice", help="Also how well the choice was made, by ranking your past weeks again; takes minutes."
    ),
]

_WEEKS = (
    Column("week"),
    Column("shown", right=True),
    Column("marked", right=True),
    Column("read", right=True),
    Column("skipped", right=True),
    Column("summarised", right=True),
    Column("words", right=True),
    Column(""),
)
_SOURCES = (
    Column("source"),
    Column("shown", right=True),
    Column("marked", right=True),
    Column("read", right=True),
    Column("summarised", right=True),
    Column("rate", right=True),
    Column(""),
)
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


def stats(
    channel: OneChannel = None,
    member: Annotated[
        str | None,
        typer.Option("--member", help="Also this member's own figures, for when they ask: a name, or an id."),
    ] = None,
    choice: Choice = False,  # noqa: FBT002 - Typer's way of an option
    json: Json = False,  # noqa: FBT002 - as above
) -> None:
    """
    Show what each channel was sent and marked, week by week and source by source, and what exploration found.

    Sums of the channel alone, from three members up; asks nothing outside.
    """

    async def command(services: Services) -> list[tuple[ChannelStats, Figures]]:
        from bot.usecases.digest_facts import DigestFacts  # noqa: PLC0415 - not for `--help`
        from bot.usecases.export import called  # noqa: PLC0415
        from bot.usecases.figures import channel_figures  # noqa: PLC0415
        from bot.usecases.recall import remember  # noqa: PLC0415
        from bot.usecases.stats import channel_stats  # noqa: PLC0415

        chosen = _chosen(channel, await services.current_channels())
        sums = await channel_stats(chosen, services.reading, services.clock)
        member_id = None
        if member is not None:
            known = await remember(chosen, services.reading)
            decided = [one.member for place in known for one in place.decisions]
            written = [one.member for place in known for one in place.summaries]
            ids = called(member, [*decided, *written])
            if len(ids) > 1:
                raise UsageError(f"Several are called {member!r}: {', '.join(sorted(ids))}. Give the id.")
            (member_id,) = ids
        facts = DigestFacts()
        figures = [await channel_figures(one, services.reading, facts, member_id=member_id) for one in chosen]
        return list(zip(sums, figures, strict=True))

    found = run(command, registering=False)
    quality = own_quality(silent=json) if choice else None
    if json:
        document: dict[str, Any] = {"channels": [{**_document(one), **_figures(of)} for one, of in found]}
        print_json(document | ({"choice": quality} if choice else {}))
        return
    _show(found)
    if choice:
        _show_quality(quality)


def _show(found: Sequence[tuple[ChannelStats, Figures]]) -> None:
    from bot.usecases.stats import exploration_in_words  # noqa: PLC0415

    show(_COLUMNS, [Row(_cells(one), "") for one, _ in found])
    for one, figures in found:
        say(f"\n#{one.channel.name}")
        for line in exploration_in_words(one):
            say(f"  {line}")
        if not figures.enough:
            say(
                f"  What was marked and summarised, by weeks and sources, is told from three members up, so that sums tell of nobody; so far {figures.members} took part."
            )
        elif figures.weeks:
            say(
                "\nWeek by week. Words: of the works that somebody wants to read or has read, how many have a summary.\n"
            )
            show(_WEEKS, [Row(_week_cells(week), "") for week in figures.weeks])
            say("\nSource by source: what each brought, and what came of it.\n")
            show(_SOURCES, [Row(_source_cells(source), "") for source in figures.sources])
        if own := figures.own:
            say(
                f"\nOwn figures: {own.marked} marked, {own.read} read, {own.skipped} passed over, {counted(own.written, 'summary', 'summaries')} written, "
                f"{own.owed} read without words yet."
            )


def _week_cells(week: WeekFigures) -> list[str]:
    share = week.wanted_and_summarised / week.wanted if week.wanted else 0.0
    numbers = (week.shown, week.marked, week.read, week.skipped, week.summarised)
    words = f"{week.wanted_and_summarised} of {week.wanted}"
    return [week.week, *(str(number) for number in numbers), words, _bar(share) if week.wanted else ""]


def _source_cells(source: SourceYield) -> list[str]:
    numbers = (source.shown, source.marked, source.read, source.summarised)
    return [source.source, *(str(number) for number in numbers), f"{source.rate:.0%}", _bar(source.rate)]


def _bar(share: float) -> str:
    """A share from 0 to 1 as a bar of twenty cells."""
    return "█" * round(20 * share) + "░" * (20 - round(20 * share))


def _show_quality(quality: dict[str, Any] | None) -> None:
    say("\nThe choice's own quality: past weeks, ranked again from what was known before each.\n")
    if quality is None:
        say("No week yet in which a channel decided on something.")
        return
    rows = [
        Row([name, f"{of['ndcg@10']:.3f}", "{:.3f} to {:.3f}".format(*of["ci"]), _bar(of["ndcg@10"])], "")
        for name, of in quality["methods"].items()
    ]
    show((Column("method"), Column("nDCG@10", right=True), Column("95 %"), Column("")), rows)
    say("More of it: paperround backtest")


def _figures(found: Figures) -> dict[str, Any]:
    """Weeks, sources and topics as `stats --json` prints them; empty while fewer than three members took part. `own` is null unless asked for."""
    wanted = sum(week.wanted for week in found.weeks)
    written = sum(week.wanted_and_summarised for week in found.weeks)
    return {
        "members": found.members,
        "thirty_second_rule": {
            "wanted": wanted,
            "with_summary": written,
            "share": written / wanted if wanted else None,
        },
        "weeks": [asdict(week) for week in found.weeks],
        "sources": [asdict(source) | {"rate": source.rate} for source in found.sources],
        "topics": {topic: list(counts) for topic, counts in found.topics.items()} if found.enough else {},
        "own": asdict(found.own) if found.own else None,
    }


def _chosen(name: str | None, channels: tuple[Channel, ...]) -> list[Channel]:
    found = [one for one in channels if name in {None, one.name}]
    if not found:
        known = ", ".join(one.name for one in channels)
        raise UsageError(f"There is no channel {name!r}. Configured are: {known}.")
    return found


def _cells(one: ChannelStats) -> list[str]:
    found, estimate = one.exploration, one.exploration.estimate
    withheld = one.marked is None
    share = (
        f"{estimate.rate:.0%} ({estimate.low:.0%} to {estimate.high:.0%})"
        if estimate
        else ""
        if withheld
        else "too few yet"
    )
    numbers = (one.digests, one.picks, one.cards, one.marked, one.summarised)
    return [
        one.channel.name,
        *("" if number is None else str(number) for number in numbers),
        "" if one.rate is None else f"{one.rate:.0%}",
        str(found.explored),
        "" if found.liked is None else str(found.liked),
        share,
    ]


def _document(one: ChannelStats) -> dict[str, Any]:
    """A channel's sums as `stats --json` prints them. Shares are from 0 to 1; what fewer than three members made of it is null."""
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
