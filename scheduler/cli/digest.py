"""`paperround preview` and `paperround post`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.errors import PaperRoundError, UsageError
from bot.text import counted
from scheduler.cli.common import (
    ChannelName,
    ChannelToChange,
    Json,
    Week,
    print_json,
    report_document,
    run,
    source_progress,
)
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from bot.model import Channel, Digest, Pick, Post, Window
    from scheduler.services import Services


Details = Annotated[
    bool, typer.Option("--details", help="Show what cards keep behind a click as well: the abstract, and the numbers.")
]


def preview(channel: ChannelName = None, week: Week = None, json: Json = False, details: Details = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Show the digest of a week as it stands, without posting anything."""

    async def command(services: Services) -> None:
        chosen = await services.channel(channel)
        digest = await _compiled(services, chosen, week, silent=json)
        _warn_of_the_future(services, digest)
        if json:
            print_json(digest_document(digest))
        else:
            _print(digest, chosen, details=details)
            await _warn_of_age(services, digest)

    run(command)


def post(channel: ChannelToChange = None, week: Week = None) -> None:
    """Post the digest that is due, or go on with one that was interrupted."""

    async def command(services: Services) -> None:
        from bot.digest.waiting import waits  # noqa: PLC0415
        from bot.usecases import deliver as delivering  # noqa: PLC0415
        from bot.usecases.under_way import under_way_line  # noqa: PLC0415
        from scheduler.sending import send_planned  # noqa: PLC0415

        chosen = await services.channel_to_change(channel)
        chat = services.chat(chosen)
        digest = await _compiled(services, chosen, week, silent=False, posting=True)
        quiet = {spec.id for spec in await services.specs() if spec.quiet}
        async with services.unit_of_work() as uow:
            there = await uow.digests.get(chosen.name, digest.week) is not None
        if not there and (because := waits(digest, quiet)):
            raise PaperRoundError(
                f"{digest.week} is not posted: {because}. Try again when they answer: paperround sources list"
            )
        if not there and all(pick.classic for pick in digest.picks) and week is not None:
            raise UsageError(f"--week: nothing was collected for {digest.week}, so there is nothing to post.")
        async with services.unit_of_work() as uow:
            await uow.digests.unskip(chosen.name, digest.week)
            await uow.commit()
        if not there:
            digest = await services.phrased(digest)
        fresh = await delivering.freeze(digest, chosen, services.unit_of_work)
        async with services.sending[chosen.name]:
            done = await send_planned(services, chosen, digest.week, chat, by_hand=True)
        sent = done.messages
        if done.stopped:
            raise PaperRoundError(
                f"{digest.week} is not all posted in {chosen.name}: {done.stopped} after {counted(sent, 'message')}. The rest comes once it is resumed, unless the "
                f"next digest is due by then: paperround channels resume {chosen.name}"
            )
        under_way = await under_way_line(chosen, digest.week, services.reading, services.clock())
        if under_way:
            number = f"{counted(sent, 'message')} {'was' if sent == 1 else 'were'}" if sent else "nothing was"
            say(f"{chosen.name}: {number} sent from here; {under_way}.")
        elif not fresh and not sent:
            say(f"{digest.week} is already posted in {chosen.name}. Nothing was sent.")
        else:
            picks = ", ".join(
                counted(number, what)
                for number, what in ((sent, "message"), (len(digest.picks), "pick"), (digest.minutes, "minute"))
            )
            say(f"Posted {digest.week} in {chosen.name}: {picks}.")

    run(command)


def _warn_of_the_future(services: Services, digest: Digest) -> None:
    """Say of a week that has not begun that it has not: what is shown of it is empty for that reason, and for no fault."""
    if digest.window.start > services.clock():
        say(
            f"{digest.week} is in the future: it covers what comes from {digest.window.start:%Y-%m-%d} on, so nothing can be in it "
            "yet. See the next digest with: paperround preview",
            err=True,
        )


async def _warn_of_age(services: Services, digest: Digest) -> None:
    """Warn where the last collect was long before the end of the digest's window: the digest then lacks what was said since."""
    from scheduler import jobs  # noqa: PLC0415

    last = await jobs.last_collect(services)
    until = min(services.clock(), digest.window.end)
    if last and until - last > timedelta(days=1):
        say(
            f"The sources were last asked on {last:%Y-%m-%d}: what came since then is not in it. Ask them with: paperround collect",
            err=True,
        )


async def _compiled(
    services: Services, channel: Channel, week: str | None, *, silent: bool, posting: bool = False
) -> Digest:
    """The frozen digest of a week, else one compiled from what is collected; collects first if that was never done."""
    from bot.usecases.compile import compile_digest  # noqa: PLC0415
    from scheduler import jobs  # noqa: PLC0415

    chosen, window = await _week(services, channel, week, posting=posting)
    async with services.unit_of_work() as uow:
        frozen = await uow.digests.get(channel.name, chosen)
    if frozen:
        return frozen
    last = await jobs.last_collect(services)
    if last is None or (posting and services.clock() - last > jobs.FRESH):
        with source_progress(await services.specs(), silent=silent) as progress:
            await jobs.collect(services, since=min(window.start, services.clock() - jobs.SINCE), progress=progress)
    return await compile_digest(
        channel,
        chosen,
        window,
        services.reading,
        specs=await services.specs(),
        now=services.clock(),
        ranker=services.ranker,
        classics=services.builders.classics(),
        line_menu=services.line_menu(channel),
    )


async def _week(services: Services, channel: Channel, week: str | None, *, posting: bool) -> tuple[str, Window]:
    """The week that is meant and its window: the named one, else the due one, else (to preview) the next."""
    from bot.due import channel_due_period, channel_window  # noqa: PLC0415
    from bot.usecases.compile import due_digest, next_week  # noqa: PLC0415

    now = services.clock()
    due = await due_digest(channel, services.unit_of_work, now, by_hand=True)
    if week is None:
        if due:
            return due
        if not posting:
            return await next_week(channel, services.unit_of_work, now)
        latest = channel_due_period(channel, now)
        window = channel_window(channel, latest)
        await _refuse_earlier(services, channel, latest, window)
        return latest, window
    try:
        window = channel_window(channel, week)
    except ValueError as error:
        raise UsageError(f"--week: {error}") from None
    if due and due[0] == week:
        return due if due[1].end < window.end else (week, window)
    if posting:
        await _refuse_earlier(services, channel, week, window)
    if posting and window.end > now + timedelta(seconds=1):
        raise UsageError(
            f"--week: {week} falls due in {channel.name} on {window.end:%Y-%m-%d %H:%M} UTC. Until then, see it with: paperround preview"
        )
    return week, window


async def _refuse_earlier(services: Services, channel: Channel, week: str, window: Window) -> None:
    """Raise `UsageError` for a week without a digest whose window ends before that of a digest that was sent."""
    from bot.usecases.compile import ends_after  # noqa: PLC0415

    async with services.reading() as uow:
        there = await uow.digests.get(channel.name, week)
        later = None if there else await ends_after(channel.name, week, window, uow)
    if later:
        raise UsageError(
            f"{later.week} was sent in {channel.name} and covers all until {later.window.end:%Y-%m-%d %H:%M} UTC, so {week} is not "
            f"posted after it. See what it would hold with: paperround preview --week {week}"
        )


def digest_document(digest: Digest) -> dict[str, Any]:
    """A digest as `preview --json` prints it. `left_out` counts the candidates that did not fit."""
    return {
        "week": digest.week,
        "channel": digest.channel,
        "covers": {"from": digest.window.start.isoformat(), "to": digest.window.end.isoformat()},
        "budget_minutes": digest.budget_minutes,
        "minutes": digest.minutes,
        "marking_rate": digest.rate,
        "left_out": sum(digest.left_out.values()),
        "left_out_by_section": dict(digest.left_out),
        "picks": [_pick_document(pick) for pick in digest.picks],
        "also": [_pick_document(pick) for pick in digest.also],
        "topics_without_works": list(digest.unmatched),
        "topics_used_up": list(digest.used_up),
        "topics_in_passing": list(digest.in_passing),
        "topics_barely_named": list(digest.barely_named),
        "topics_muted": list(digest.muted),
        "topics_unclear": list(digest.unclear),
        "topics_respelt": dict(digest.respelt),
        "sources": [report_document(report) for report in digest.sources],
    }


def _pick_document(pick: Pick) -> dict[str, Any]:
    item = pick.item
    return {
        "rank": pick.rank,
        "section": pick.section.value,
        "key": item.key,
        "kind": item.kind.value,
        "title": item.title,
        "url": item.url,
        "authors": list(item.authors),
        "minutes": pick.minutes,
        "score": pick.score,
        "explore": pick.explore,
        "classic": pick.classic,
        "reasons": [reason.text for reason in pick.reasons],
        "mentions": [{"source": m.source_id, "url": m.url, "title": m.title} for m in item.mentions],
    }


def _print(digest: Digest, channel: Channel, *, details: bool) -> None:
    from rich.console import Console  # noqa: PLC0415

    from bot.rendering import render  # noqa: PLC0415

    console = Console(width=min(Console().width, 110))
    section = None
    for post in render(digest, channel):
        name = _heading(post)
        if name != section and name:
            console.print(f"\n[bold]{name.upper()}[/bold]")
        section = name
        _print_post(console, post, details=details)


def _heading(post: Post) -> str | None:
    if post.explore:
        return "exploration"
    return "basics" if post.classic else post.section and post.section.value


def _print_post(console: Any, post: Any, *, details: bool) -> None:
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from bot.model import BlockRole  # noqa: PLC0415

    styles = {
        BlockRole.TITLE: "bold",
        BlockRole.WHY: "italic",
        BlockRole.BYLINE: "dim",
        BlockRole.SEEN: "cyan",
        BlockRole.QUOTE: "dim",
    }
    for block in post.blocks:
        if block.role is BlockRole.MORE and not (details and post.rank):
            continue
        # Text, not markup: foreign words could otherwise dress themselves up, or hide.
        line = Text(block.joint.join(span.text for span in block.spans), styles.get(block.role, ""))
        if block.role is BlockRole.TITLE and post.rank:
            line = Text(f"{post.rank:>2}  ", "bold") + line
            console.print(line)
        elif block.role is BlockRole.LINE:
            console.print(Text(f"{block.number:>2}  ", "bold") + line)
        elif block.role is BlockRole.WHY:
            console.print(Padding(Text("Why: ", "italic") + line, (0, 0, 0, 4)))
        else:
            console.print(Padding(line, (0, 0, 0, 4 if post.rank else 0)))
    console.print()
