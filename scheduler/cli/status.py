"""`paperround status` and `paperround reconcile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bot.text import counted
from scheduler.cli.common import Json, Whole, print_json, run, whole_number
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.ports import UntakenJobs
    from bot.usecases.reconcile import ReconcileResult
    from bot.usecases.status import ChannelStatus, SourceTrouble, Status
    from scheduler.idle import Work
    from scheduler.services import Services

Weeks = Annotated[
    int | None,
    typer.Option(
        "--weeks",
        metavar="NUMBER",
        parser=whole_number(1, 52),
        help="Look at the digests of so many weeks, 52 at most; \\[reconcile] weeks if not given.",
    ),
]

FEW: Final = 20
"""Of how many channels each is told of by itself."""

_KINDS = {
    "ReactionAdded": ("reaction added", "reactions added"),
    "ReactionRemoved": ("reaction taken back", "reactions taken back"),
    "ReplyPosted": ("new summary", "new summaries"),
    "ReplyEdited": ("summary changed", "summaries changed"),
    "ReplyDeleted": ("summary removed", "summaries removed"),
}


def status(json: Json = False, whole: Whole = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Show the state of each channel and source, and what to do about a fault. Asks nothing outside."""

    async def command(services: Services) -> None:
        from bot.usecases.status import look  # noqa: PLC0415 - not for `--help`
        from scheduler import configuration_check, full_queues, unheard  # noqa: PLC0415 - as above
        from scheduler.idle import work_of  # noqa: PLC0415 - as above
        from scheduler.untaken_jobs import untaken_jobs  # noqa: PLC0415 - as above

        found = await look(
            await services.current_channels(),
            await services.specs(),
            set(services.chats),
            services.reading,
            services.clock,
        )
        work, untaken = await work_of(services), await untaken_jobs(services)
        queues, silent = await full_queues.full_queues(services), await unheard.unheard(services)
        differing = await configuration_check.differing(services)
        if json:
            document = status_document(
                found,
                services.database,
                work,
                untaken,
                full=list(queues),
                unheard=silent,
                differing=differing,
            )
            print_json(document)
        else:
            for line, remedy in (
                (full_queues.full_line(queues), full_queues.REMEDY),
                (unheard.unheard_line(silent), unheard.REMEDY),
                (differing, configuration_check.REMEDY),
            ):
                if line:
                    say(f"{line}.")
                    say(f"  {remedy}")
            said = f"{services.database} {await services.database_fault() or 'answers'}."
            _print(found, work, untaken, said, whole=whole)

    run(command, registering=False)


def reconcile(weeks: Weeks = None) -> None:
    """
    Compare the last weeks' messages with the platforms, and apply what was missed: reactions and replies, removed and deleted
    ones too.
    """

    async def command(services: Services) -> bool:
        from bot.errors import UsageError  # noqa: PLC0415 - not for `--help`

        span = weeks or services.settings.reconcile.weeks
        kept = services.settings.retention.member_weeks
        if 0 < kept <= span:
            raise UsageError(
                f"{span} weeks reach back to what [retention] member_weeks = {kept} deleted, and would bring it back. Look at fewer weeks."
            )
        found = await services.look_over(weeks=weeks)
        for one in found:
            say(_mended(one))
        silent = {channel.platform for channel in await services.current_channels()} - services.chats.keys()
        for platform in sorted(silent):
            say(f"{platform} was not asked. {services.remedy(platform)} to reach it.")
        if not found:
            say(
                f"Nothing was posted in {'the last week' if span == 1 else f'the last {span} weeks'}, so there is nothing to look at."
            )
        return not any(one.unseen for one in found)

    if not run(command):
        raise typer.Exit(1)


def channels_told(channels: Sequence[ChannelStatus], *, whole: bool) -> list[str]:
    """
    Say how each channel stands. Of more than `FEW`, unless the `whole` is wanted, in one line how all of them do, and of each that needs care, or that
    people paused, as many as `FEW` in all.
    """
    from bot.usecases.status import channel_lines, channels_line  # noqa: PLC0415 - not for `--help`

    lines: list[str] = []
    shown: Sequence[ChannelStatus] = channels
    if len(channels) > FEW and not whole:
        lines.append(f"{channels_line(channels)} Each of them: paperround status --all")
        shown = [one for one in channels if one.needs_care or one.pause]
        shown = sorted(shown, key=lambda one: not one.needs_care)[:FEW]
    for one in shown:
        lines.append(f"#{one.channel.name} on {one.channel.platform}")
        lines += [f"  {line}" for line in channel_lines(one)]
    return lines


def _mended(one: ReconcileResult) -> str:
    """What was found in a channel: `reading (slack): 11 messages looked at; 2 reactions added, 1 summary changed.`."""
    told = [f"{number} {_KINDS[kind][number != 1]}" for kind, number in sorted(one.differences.items())]
    seen = f"{one.channel} ({one.platform}): {counted(one.looked_at, 'message')} looked at; {', '.join(told) or 'nothing was missed'}."
    if one.unseen:
        seen += f" {one.unseen} could not be looked at: {(one.because or 'no answer').rstrip('.')}."
    return seen


def status_document(
    found: Status,
    database: str,
    work: Work | None = None,
    untaken: Sequence[UntakenJobs] = (),
    *,
    full: Sequence[str] = (),
    unheard: Sequence[str] = (),
    differing: str = "",
) -> dict[str, Any]:
    """The status as `status --json` prints it. Instants are ISO 8601, UTC. `work` is null where one process serves the database."""
    return {
        "at": _iso(found.at),
        "well": found.well and not (work and work.fault) and not untaken and not full and not unheard and not differing,
        "database": database,
        "work": work and {"last": _iso(work.last), "idle": bool(work.fault)},
        "full_queues": list(full),
        "unheard": list(unheard),
        "configurations_differ": differing or None,
        "untaken_jobs": [_untaken_document(one) for one in untaken],
        "channels": [_channel_document(one) for one in found.channels],
        "sources": {
            "on": found.sources,
            "last_collect": _iso(found.last_collect),
            "troubles": [_source_document(one) for one in found.troubles],
        },
        "inbox": {"waiting": found.waiting, "oldest": _iso(found.oldest)},
    }


def _untaken_document(one: UntakenJobs) -> dict[str, Any]:
    return {"name": one.name, "queue": one.queue, "number": one.number, "since": _iso(one.since)}


def _channel_document(one: ChannelStatus) -> dict[str, Any]:
    last, pause = one.last, one.pause
    return {
        "name": one.channel.name,
        "platform": one.channel.platform,
        "connected": one.connected,
        "next_digest": {"at": _iso(one.next_at), "due": one.due},
        "last_digest": last
        and {
            "week": last.week,
            "messages": last.progress.messages,
            "sent": last.progress.sent,
            "left_out": last.progress.left_out,
            "trouble": last.trouble,
        },
        "paused": pause
        and {
            "because": pause.because,
            "since": _iso(pause.since),
            "by_people": pause.by_people,
            "remedy": pause.remedy,
        },
        "skipped": [{"week": skip.week, "because": skip.because, "at": _iso(skip.at)} for skip in one.skipped],
    }


def _source_document(one: SourceTrouble) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "state": one.state.value,
        "since": _iso(one.since),
        "why": one.why,
        "next_try": _iso(one.next_try),
        "remedy": one.remedy,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _print(found: Status, work: Work | None, untaken: Sequence[UntakenJobs], database: str, *, whole: bool) -> None:
    from bot.usecases.status import inbox_line, source_line  # noqa: PLC0415 - not for `--help`
    from scheduler import idle, untaken_jobs  # noqa: PLC0415 - as above

    if work and work.fault:
        say(f"{work.fault}.")
        say(f"  {idle.REMEDY}")
    if line := untaken_jobs.untaken_line(untaken):
        say(f"{line}.")
        say(f"  {untaken_jobs.REMEDY}")
    for line in channels_told(found.channels, whole=whole):
        say(line)
    never = "none has answered yet" if found.troubles else "never asked yet"
    last = f"last answered {found.last_collect:%Y-%m-%d %H:%M} UTC" if found.last_collect else never
    say(f"Sources: {found.sources} on, {last}, {f'{len(found.troubles)} in trouble' if found.troubles else 'all well'}")
    for trouble in found.troubles:
        say(f"  {source_line(trouble)}")
        say(f"    {trouble.remedy}")
    say(inbox_line(found) or "Inbox: every event from chat is applied.")
    say(database)
