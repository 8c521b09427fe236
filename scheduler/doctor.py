"""`paperround doctor`: findings on settings, database, address, channels, platforms and sources, each with its remedy."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.contradictions import contradictions
from bot.errors import SettingsError, StorageError
from bot.model import Channel, Finding, SourceStatus
from bot.text import counted
from bot.usecases.known_works import KnownWorks, unmet_lines
from bot.usecases.status import Pause, pause_lines, paused
from scheduler import clock_check, configuration_check, full_queues, jobs, token_check, unheard
from scheduler.bootstrap.database import check_alone, check_database, database_remedy
from scheduler.bootstrap.pages import check_address
from scheduler.idle import REMEDY, Work, work_of
from scheduler.other_tokens import others
from scheduler.runner import listening_socket
from scheduler.running import Running, find_processes, find_running, impaired
from scheduler.services import Services
from scheduler.untaken_jobs import REMEDY as UNTAKEN_REMEDY
from scheduler.untaken_jobs import untaken_jobs, untaken_line

FEW: Final = 20
"""Of how many things of a kind each is told of by itself."""

ASKED_ABOUT: Final = 40
"""
About how many channels a platform is asked, and how many of its workspaces are, unless the whole is wanted. A workspace of Slack's takes
some fifty such questions a minute (tier 3, https://docs.slack.dev/reference/methods/conversations.info): of thousands it would be hours.
"""


async def examine(
    services: Services, host: str | None = None, port: int | None = None, *, whole: bool = False
) -> list[Finding]:
    """
    Examine everything that a running Paper Round needs, by the rules of `up`. Asks no source and posts nothing; asks the platforms
    for which there is a token, and the Paper Round that runs, if one does. `host` and `port` are what `up` would be given. Where there are more than `FEW`
    channels, those that are well are summed up, and platforms are asked about `ASKED_ABOUT` of them, unless the `whole` is wanted.
    """
    return [
        Finding(well=True, what="Settings are complete and valid"),
        await _database(services),
        *await _clock(services),
        *await _work(services),
        *await _untaken(services),
        *await _roles(services),
        *await _address(services, host, port),
        *await _channels(services, whole=whole),
        *await _platforms(services, whole=whole),
        *await _sources(services),
    ]


def summed_up(findings: Sequence[Finding]) -> list[Finding]:
    """
    Sum up what many findings are about: those that are not well come first, as many as `FEW` of them by themselves, and in one line how many are well.
    Others, and those about what there are few of, stay as they are.
    """
    numbers = Counter(one.about for one in findings if one.about)
    found: list[Finding] = []
    summed: set[str] = set()
    for one in findings:
        if numbers[one.about] <= FEW:
            found.append(one)
        elif one.about not in summed:
            summed.add(one.about)
            found += _summary([other for other in findings if other.about == one.about], one.about)
    return found


def _summary(findings: Sequence[Finding], about: str) -> list[Finding]:
    faults = [one for one in findings if not one.well]
    found = faults[:FEW]
    if more := len(faults[FEW:]):
        what = f"{counted(more, about)} beside {'is' if more == 1 else 'are'} not well"
        found.append(Finding(well=False, what=what, remedy=f"Mend those above first. Each of them: {_ALL}"))
    if well := len(findings) - len(faults):
        what = f"{counted(well, about)} {'is' if well == 1 else 'are'} well; each of them: {_ALL}"
        found.append(Finding(well=True, what=what))
    return found


_ALL: Final = "paperround doctor --all"


async def _database(services: Services) -> Finding:
    if fault := await services.database_fault():
        return Finding(well=False, what=f"{services.database} {fault}", remedy=database_remedy(fault))
    try:
        # A damaged page is met only by whoever reads it, which may be in a year: here all are read.
        await asyncio.to_thread(check_database, services.settings)
    except StorageError as error:
        what, _, remedy = str(error).partition(". ")
        return Finding(well=False, what=what, remedy=remedy)
    return Finding(well=True, what=f"{services.database} answers, is up to date, and takes a write")


async def _clock(services: Services) -> list[Finding]:
    """Whether this machine and the database's agree on the time, where they may be two."""
    found = await clock_check.disagreement(services)
    if found is None:
        return []
    if found:
        return [Finding(well=False, what=found, remedy=clock_check.REMEDY)]
    return [Finding(well=True, what="This machine's clock agrees with the database's")]


async def _work(services: Services) -> list[Finding]:
    """Whether anybody does what is due. Before the first start nobody has to, and that nobody did is no fault."""
    work = await work_of(services)
    if work is None:
        return []
    if work.last is None and await find_running(services) is None:
        return [Finding(well=True, what=f"{work.fault}: paperround worker and clock do, or paperround up")]
    if work.fault:
        return [Finding(well=False, what=work.fault, remedy=REMEDY)]
    return [
        Finding(well=True, what=f"Somebody works: what is due was last looked for at {work.last:%Y-%m-%d %H:%M:%S} UTC")
    ]


async def _untaken(services: Services) -> list[Finding]:
    """Whether jobs wait that no worker takes."""
    line = untaken_line(await untaken_jobs(services))
    return [Finding(well=False, what=line, remedy=UNTAKEN_REMEDY)] if line else []


async def _roles(services: Services) -> list[Finding]:
    """What the processes that share the work leave undone: queues near their bound, connections without an owner; and whether all have the same configuration."""
    told = (
        (full_queues.full_line(await full_queues.full_queues(services)), full_queues.REMEDY),
        (unheard.unheard_line(await unheard.unheard(services)), unheard.REMEDY),
        (await configuration_check.differing(services), configuration_check.REMEDY),
        *((line, token_check.REMEDY) for line in token_check.in_words(await others(services))),
    )
    return [Finding(well=False, what=line, remedy=remedy) for line, remedy in told if line]


async def _address(services: Services, host: str | None, port: int | None) -> list[Finding]:
    """Where the page is, or would be; of a place that was named, which of our processes answers there."""
    living = await find_processes(services)
    wanted = host or services.settings.web.host, services.settings.web.port if port is None else port
    page = next((one for one in living if one.serves_page), None)
    there = next((one for one in living if one.is_at(*wanted)), None)
    given = host is not None or port is not None
    if found := there if given else page or there:
        return [Finding(well=True, what=_runs(found)), *await _impaired(found)]
    if not given and _goes_on(await work_of(services)):
        return [
            Finding(well=True, what="The page is served by no process of this machine; those that share the work do it")
        ]
    return [*_alone(services, page), *_binding(services, *wanted)]


def _runs(one: Running) -> str:
    if one.serves_page:
        return f"Paper Round runs, and serves the local channel at {one.address}"
    return f"A paperround {one.command} runs, and answers machines at {one.address}"


def _goes_on(work: Work | None) -> bool:
    """Whether processes share the work, and some do it."""
    return work is not None and work.last is not None and not work.fault


async def _impaired(running: Running) -> list[Finding]:
    """What the Paper Round that runs does not do, though it is ready."""
    return [
        Finding(
            well=False,
            what=f"Of the Paper Round at {running.address}, {part}: {fault}",
            remedy="It goes on trying. Where that lasts, its log says why (relay_away, relay_failed, installation_sealed, delivery_interrupted).",
        )
        for part, fault in (await impaired(running)).items()
    ]


def _alone(services: Services, running: Running | None) -> list[Finding]:
    try:
        check_alone(services)
    except StorageError as error:
        if running is None:
            what = f"Another Paper Round is serving {services.database}, and does not answer where it should"
            return [Finding(well=False, what=what, remedy="Look into its log, and start it again.")]
        what, remedy = str(error).split(". ", 1)
        return [Finding(well=False, what=f"{what}, at {running.address}", remedy=remedy)]
    return []


def _binding(services: Services, host: str, port: int) -> list[Finding]:
    where = f"{host}:{port}"
    try:
        check_address(services, host)
        listening_socket(host, port).close()
    except SettingsError as error:
        fault = error.faults[0]
        return [
            Finding(
                well=False,
                what=f"{where}: {fault.problem.removeprefix(where).strip()}",
                remedy=f"{fault.remedy.removesuffix('.')}.",
            )
        ]
    if port == 0:
        return [Finding(well=True, what=f"{host} can be listened on, at any free port")]
    return [Finding(well=True, what=f"{where} is free for the local channel")]


async def next_step(services: Services, findings: Sequence[Finding]) -> str:
    """What to do now, as one line: somebody who has just installed it must not have to guess."""
    if not all(finding.well for finding in findings):
        return "Next: mend what says NO, from the top; then run paperround doctor again."
    running = await find_running(services)
    if running is None and _goes_on(await work_of(services)):
        return "Nothing to do: it runs, in processes that share the work. None of this machine serves the page: paperround web does."
    if running is None:
        return "Next: paperround up (or make up), which posts this week's digest and says where to read it."
    channels = await services.current_channels()
    if any(channel.platform != "web" for channel in channels):
        return f"Nothing to do: it runs. The local channel is at {running.address}."
    return f"Next: open {running.address}. To bring it to Slack or Discord: docs/slack.md, docs/discord.md."


async def _channels(services: Services, *, whole: bool) -> list[Finding]:
    channels = await services.current_channels()
    pauses = {channel.name: pause for channel, pause in await paused(channels, services.reading)}
    faults = {one.name: fault for one in channels if (fault := _fault(services, one, pauses.get(one.name)))}
    in_words = await _well(services, channels) if whole or len(channels) <= FEW else {}
    found = [
        replace(faults.get(one.name) or Finding(well=True, what=in_words.get(one.name, "")), about="channel")
        for one in channels
    ]
    return found if whole else summed_up(found)


def _fault(services: Services, channel: Channel, pause: Pause | None) -> Finding | None:
    """Why no digest comes in a channel. A pause by people is as they wish; one by the platform needs somebody's help."""
    if channel.platform not in services.chats:
        return Finding(
            well=False,
            what=f"Channel {channel.name} is on {channel.platform}, which cannot be reached without its token",
            remedy=f"{services.remedy(channel.platform)}, or remove the channel.",
        )
    if pause:
        what = pause_lines(channel, pause)[0].removesuffix(".")
        return Finding(well=pause.by_people, what=f"{_called(channel)} · {what}", remedy=pause.remedy)
    return None


async def _well(services: Services, channels: Sequence[Channel]) -> dict[str, str]:
    """What is told of channels in which a digest will come, by name: when, and what of their settings does nothing."""
    lines = await services.next_digest_lines(channels)
    known, told = KnownWorks(services.reading, services.clock()), dict[str, str]()
    for channel in channels:
        missing = await unmet_lines("follow", channel.follow, known)
        against = [
            one.removesuffix(".") for one in (*contradictions(channel.follow, channel.mute, channel.topics), *missing)
        ]
        told[channel.name] = " · ".join([_called(channel), lines[channel.name], *against])
    return told


def _called(channel: Channel) -> str:
    return f"Channel #{channel.name} on {channel.platform}"


async def _platforms(services: Services, *, whole: bool) -> list[Finding]:
    return [
        replace(one, what=f"{platform.words.name}: {one.what}")
        for platform in services.platforms.values()
        for one in (await platform.examine() if whole else summed_up(await platform.examine(ASKED_ABOUT)))
    ]


async def _sources(services: Services) -> list[Finding]:
    reports = await jobs.reports(services)
    failed = [report for report in reports if report.state is SourceStatus.FAILING]
    on = sum(1 for spec in await services.specs() if spec.enabled)
    if await jobs.last_collect(services) is None and not failed:
        what = f"{_sources_are(on)} on; none was asked yet. To ask them: paperround collect"
        return [Finding(well=True, what=what)]
    if len(failed) == on > 1:
        ((why, _),) = Counter(report.error for report in failed).most_common(1)
        remedy = "See that names are resolved on this machine, and that it may go out to the web (https); then: paperround collect"
        return [Finding(well=False, what=f"None of {on} sources could be read; most say: {why}", remedy=remedy)]
    faults = [
        Finding(
            well=False,
            what=f"Source {r.id} failed: {r.error}",
            remedy=f"Ask it again with: paperround sources check {r.id}",
        )
        for r in failed
    ]
    return faults or [Finding(well=True, what=f"{_sources_are(on)} on, and none failed when it was last asked")]


def _sources_are(number: int) -> str:
    return f"{counted(number, 'source')} {'is' if number == 1 else 'are'}"
