"""`paperround backtest`: how well the ranking would have chosen, beside other methods."""

from __future__ import annotations

import contextlib
import lzma
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bot.text import counted
from scheduler.cli.common import Json, a_day, print_json, run, whole_number
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from bot.backtest.protocol import Backtest, Trial
    from bot.backtest.records import Choice, OwnRecords, Work
    from scheduler.services import Services


SECONDS_BETWEEN_LINES: Final = 30.0
"""How often progress is told where nobody watches a bar."""


_UTF8: Final = "utf-8-sig"
"""UTF-8, with the mark that Windows' programs put at its beginning, or without."""


class Track(StrEnum):
    """Which works are candidates."""

    HF = "hf"
    ALL = "all"


Items = Annotated[
    Path | None,
    typer.Argument(metavar="[ITEMS.jsonl[.xz]]", help="Works, one JSON object a line; your own database if not given."),
]
Decisions = Annotated[Path | None, typer.Argument(metavar="[DECISIONS.jsonl]", help="Decisions on them, one a line.")]
Topics = Annotated[Path | None, typer.Option("--topics", help="A JSON object: channel → its topics.")]
From = Annotated[
    date | None,
    typer.Option(
        "--from", parser=a_day, metavar="2026-08-01", help="The first day that counts; its week counts whole."
    ),
]
To = Annotated[
    date | None,
    typer.Option("--to", parser=a_day, metavar="2026-08-01", help="The last day on which a week may begin."),
]
Source = Annotated[Track, typer.Option("--source", help="hf: what Hugging Face listed; all: everything.")]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes",
        metavar="NUMBER",
        parser=whole_number(1, 1_000),
        help="How many processes rank side by side; as many as there are processors if not given.",
    ),
]


def backtest(
    items: Items = None,
    decisions: Decisions = None,
    topics: Topics = None,
    since: From = None,
    until: To = None,
    source: Source = Track.ALL,
    processes: Processes = None,
    json: Json = False,  # noqa: FBT002 - Typer's way of an option
) -> None:
    """Rank past weeks again from what was known before each of them, and compare with votes, recency and a linear SVM."""
    from bot.backtest.protocol import document  # noqa: PLC0415 - numpy is not for `--help`
    from bot.errors import UsageError  # noqa: PLC0415

    plan = _planned(items, decisions, topics, since, until, source)
    weeks = plan.weeks()
    if not weeks:
        raise UsageError(f"There is no week to rank again: {_why_none(plan, source, items, decisions)}")
    if topics and (strangers := plan.topics.keys() - plan.channels()):
        if strangers == plan.topics.keys():
            raise UsageError(
                f"{topics} names no channel that decided on anything. There are: {', '.join(sorted(plan.channels()))}."
            )
        say(
            f"{topics}: {', '.join(sorted(strangers))} decided on nothing, so {'its' if len(strangers) == 1 else 'their'} topics count for nothing.",
            err=True,
        )
    found = document(_measured(plan, weeks, processes or os.cpu_count() or 1, silent=json))
    if json:
        print_json(found)
        return
    _show(found)
    if items is None:
        _say_whom_it_favours(found)


def _say_whom_it_favours(found: dict[str, Any]) -> None:
    """Say what one's own decisions cannot prove, and what the figures are among what was shown."""
    say(
        "On your own decisions only what a digest or a list showed could be chosen: that favours paperround, which chose what was shown, before all others."
    )
    if among := found.get("among_shown"):
        figures = [f"{name} {of['ndcg@10']:.3f} ({of['ci'][0]:.3f} to {of['ci'][1]:.3f})" for name, of in among.items()]
        weeks = counted(max(of["n"] for of in among.values()), "week of a channel", "weeks of channels")
        say(f"Among the shown works alone, which favours none, nDCG@10 is: {', '.join(figures)}; {weeks}.")


def _say_unknown(choices: Sequence[Choice], works: Sequence[Work], items: Path, decisions: Path) -> None:
    """Say how many decisions count for nothing, since no work has their key."""
    keys = {work.key for work in works}
    unknown = [choice.key for choice in choices if choice.key not in keys]
    if unknown and len(unknown) < len(choices):
        say(
            f"{decisions}: {len(unknown):,} of {counted(len(choices), 'decision')} count for nothing, since {items} has no work with their key, like {unknown[0]!r}.",
            err=True,
        )


def _why_none(plan: Backtest, source: Track, items: Path | None, decisions: Path | None) -> str:
    """Say why there is no week, and what to do about it."""
    if items is None:
        return "no work that a channel decided on was seen in the given time. Let a team decide on some first, or give two files, works and decisions."
    if not any(one.chosen for one in plan.standing()):
        return f"all decisions of {decisions} are skips. Give some of works that were wanted."
    if replace(plan, start=None, end=None).weeks():
        given = ["--from"] * bool(plan.start) + ["--to"] * bool(plan.end)
        weeks = replace(plan, start=None, end=None).weeks()
        return (
            f"no work that a channel chose was seen in the given time. They were seen in the weeks from {weeks[0]} "
            f"to {weeks[-1]}: give another {' or '.join(given)}, or none."
        )
    if source is not Track.ALL:
        return f"no work that was chosen in {decisions} is one of --source {source.value} in {items}. Try --source all."
    return (
        f"no work that was chosen in {decisions} is one of {items}. Use the same keys in both: "
        f"there it is {plan.choices[0].key!r}, here {plan.works[0].key!r}."
    )


def own_quality(*, silent: bool) -> dict[str, Any] | None:
    """Give how well the ranking would have chosen in the team's own weeks, as `backtest --json` does; None where there is none yet."""
    from bot.backtest.protocol import document  # noqa: PLC0415 - numpy is not for `--help`

    plan = _planned(None, None, None, None, None, Track.ALL)
    weeks = plan.weeks()
    return document(_measured(plan, weeks, os.cpu_count() or 1, silent=silent)) if weeks else None


def _planned(
    items: Path | None,
    decisions: Path | None,
    topics: Path | None,
    start: date | None,
    end: date | None,
    source: Track,
) -> Backtest:
    from bot.backtest import records  # noqa: PLC0415 - numpy is not for `--help`
    from bot.backtest.protocol import Backtest, track  # noqa: PLC0415
    from bot.errors import UsageError  # noqa: PLC0415

    if (items is None) != (decisions is None):
        raise UsageError(
            "Give both files, works and decisions, or neither: without files, your own database is measured."
        )
    if start and end and start > end:
        raise UsageError(f"--from {start} is after --to {end}. Turn them round.")
    words = None
    if topics:
        with _opened(topics) as lines:
            words = records.topics("".join(lines), str(topics))
    if items is None or decisions is None:
        own = _own()
        plan = Backtest.of_own(own, track(own.works, source.value), start, end)
        return plan if words is None else replace(plan, topics=words)
    with _opened(items) as lines:
        works = records.works(lines, str(items))
    with _opened(decisions) as lines:
        choices = records.choices(lines, str(decisions))
    _say_unknown(choices, works, items, decisions)
    return Backtest(track(works, source.value), choices, words or {}, start, end)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[Iterator[str]]:
    """Open a text file, unpacked if it is .xz. Raises `UsageError` naming it, for what cannot be read at any point."""
    from bot.errors import UsageError  # noqa: PLC0415 - not for `--help`

    try:
        with lzma.open(file, "rt", encoding=_UTF8) if file.suffix == ".xz" else file.open(encoding=_UTF8) as lines:
            yield lines
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror or error}. Give the path of a file that is there."
        ) from None
    except (lzma.LZMAError, EOFError):
        raise UsageError(f"{file} is no whole .xz file. Fetch it again, or give the unpacked file.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is no text in UTF-8. Save it as UTF-8.") from None


def _own() -> OwnRecords:
    """Give what the operator's own database holds."""

    async def command(services: Services) -> OwnRecords:
        from bot.usecases.measure import own_records  # noqa: PLC0415 - not for `--help`

        return await own_records(await services.current_channels(), services.reading)

    return run(command, registering=False)


def _measured(plan: Backtest, weeks: Sequence[date], processes: int, *, silent: bool) -> list[Trial]:
    """Rank the weeks, every n-th in one process, so that long and short ones mix."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    shares = [share for share in (weeks[start::processes] for start in range(processes)) if share]
    context = get_context("spawn")
    done = context.Queue()
    with (
        _told(len(weeks), silent=silent) as tell,
        _one_thread_each(),
        ProcessPoolExecutor(len(shares), mp_context=context, initializer=_begin, initargs=(done,)) as pool,
    ):
        futures = [pool.submit(_share, plan, share) for share in shares]
        while not all(future.done() for future in futures):
            with contextlib.suppress(Empty):
                done.get(timeout=0.5)
                tell()
        trials = [trial for future in futures for trial in future.result()]
    return sorted(trials, key=lambda trial: (trial.week, trial.channel, trial.method, -trial.history))


_DONE: Any = None


def _begin(done: Any) -> None:
    global _DONE  # noqa: PLW0603 - the process's own
    _DONE = done


def _share(plan: Backtest, weeks: Sequence[date]) -> list[Trial]:
    from bot.backtest.protocol import run as ranked  # noqa: PLC0415 - in the process that ranks

    return ranked(plan, weeks, told=_DONE.put)


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Have each process calculate in one thread: the processes are as many as the processors already."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _told(weeks: int, *, silent: bool) -> Iterator[Callable[[], None]]:
    """Show a bar of the weeks on a terminal, and a line now and then elsewhere, as in a log; nothing when `silent`."""
    if silent:
        yield lambda: None
        return
    if not sys.stderr.isatty():
        yield _lines(weeks)
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Ranking past weeks", total=weeks)
        yield lambda: bar.update(task, advance=1)


def _lines(weeks: int) -> Callable[[], None]:
    """Give what counts the weeks done, and says so in a line at most twice a minute."""
    done, said = 0, time.monotonic()

    def tell() -> None:
        nonlocal done, said
        done += 1
        if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            say(f"{done} of {counted(weeks, 'week')} ranked", err=True)

    return tell


def _show(found: dict[str, Any]) -> None:
    from bot.backtest.protocol import GROUPS  # noqa: PLC0415 - numpy is not for `--help`
    from scheduler.cli.tables import Column, Row, show  # noqa: PLC0415

    say(
        f"{counted(found['channels'], 'channel')}, {counted(found['weeks'], 'week')}. nDCG@10 with its 95 % interval; the rest are means.\n"
    )
    columns = [
        Column("history"),
        Column("method"),
        *(Column(name, right=True) for name in ("nDCG@10", "95 %", "P@10", "R@10", "R@20", "n", "s/week")),
    ]
    groups = {"all known": found["methods"], **{f"{name} decisions": of for name, of in found["by_history"].items()}}
    for group, methods in groups.items():
        show(columns, [Row(_cells(group, name, figures), "") for name, figures in methods.items()])
        say()
    if GROUPS[0][1] in found["by_history"]:
        say("Beside no decisions, only topics, `svm` is shown with its whole history.")


def _cells(group: str, name: str, figures: dict[str, Any]) -> list[str]:
    low, high = figures["ci"]
    means = [f"{figures[key]:.3f}" for key in ("precision@10", "recall@10", "recall@20")]
    return [
        group,
        name,
        f"{figures['ndcg@10']:.3f}",
        f"{low:.3f} to {high:.3f}",
        *means,
        str(figures["n"]),
        f"{figures['seconds_per_week']:.2f}",
    ]
