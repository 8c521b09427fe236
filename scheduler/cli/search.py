"""`paperround search`: full text over works and the team's words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.cli.common import Json, print_json, run, whole_number
from scheduler.cli.wrapping import for_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text

    from bot.search.excerpt import Run
    from bot.usecases.search import Found, SearchResult
    from scheduler.services import Services

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="WORDS...",
        help='words, "a phrase", begin*, -without, by:MEMBER, decision:must-read, source:import-ai, week:2026-W30..2026-W34, '
        "has:code, has:summary",
        show_default=False,
    ),
]


def search(
    words: Words,
    channel: Annotated[
        str | None, typer.Option("--channel", help="Look into this channel's words alone; into all if not given.")
    ] = None,
    most: Annotated[
        int,
        typer.Option(
            "--most", metavar="NUMBER", parser=whole_number(1, 500), help="How many results to show, 500 at most."
        ),
    ] = 20,
    json: Json = False,  # noqa: FBT002 - Typer's way of an option
) -> None:
    """Search titles, authors, abstracts, quotations and the team's own words."""

    async def command(services: Services) -> None:
        from bot.usecases.search import complete  # noqa: PLC0415 - not for `--help`
        from bot.usecases.search import search as ask  # noqa: PLC0415

        channels = await services.current_channels()
        readable = {(await services.channel(channel)).name} if channel else {one.name for one in channels}
        await complete(services.unit_of_work)
        result = await ask(
            _question(words), channels, readable, services.reading, most=most, specs=await services.specs()
        )
        if json:
            print_json(document(result))
        else:
            _show(result)

    run(command, registering=False)


def _question(words: Iterable[str]) -> str:
    """
    What the shell made of a phrase in quotes is one word with spaces in it: a phrase again.

    One that says more than a phrase can (`"by:Ada has:summary"`, `"agent* -safety"`) is a question in quotes, and stays as it is.
    """
    from bot.search.query import is_question  # noqa: PLC0415 - not for `--help`

    return " ".join(word if " " not in word or '"' in word or is_question(word) else _quoted(word) for word in words)


def _quoted(word: str) -> str:
    name, colon, value = word.partition(":")
    return f'{name}:"{value}"' if colon and name.isalpha() and not value.startswith(" ") else f'"{word}"'


def document(result: SearchResult) -> dict[str, Any]:
    """A result as `search --json` prints it. `marks` are (first character, one after the last) in the text beside them."""
    return {"results": [_document(one) for one in result.found], "more": result.more}


def _document(one: Found) -> dict[str, Any]:
    item = one.item
    return {
        "key": item.key,
        "title": item.title,
        "url": item.url,
        "authors": list(item.authors),
        "kind": item.kind.value,
        "published": item.published.isoformat(),
        "digests": [{"channel": channel, "week": week} for channel, week in one.digests],
        "summaries": one.summaries,
        "excerpts": [{"where": excerpt.where, **_marks(excerpt.runs)} for excerpt in one.excerpts],
    }


def _marks(runs: Iterable[Run]) -> dict[str, Any]:
    text, marks = "", []
    for run_ in runs:
        if run_.marked:
            marks.append([len(text), len(text) + len(run_.text)])
        text += run_.text
    return {"text": text, "marks": marks}


def _show(result: SearchResult) -> None:
    from rich.console import Console  # noqa: PLC0415 - not for `--help`
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    if not result.found:
        console.print("Nothing was found. Fewer words find more; a beginning like agent* finds what begins so.")
        return
    for one in result.found:
        console.print(_styled(one.title, "bold"), soft_wrap=not console.is_terminal)
        # An address is whole, and may be copied: neither cut at the edge nor broken there.
        console.print(Text(for_terminal(f"  {_about(one)}", sys.stdout), "dim"), soft_wrap=True)
        for excerpt in one.excerpts:
            console.print(Padding(Text(f"{excerpt.where}: ", "cyan") + _styled(excerpt.runs), (0, 0, 0, 2)))
        console.print()
    if result.more:
        console.print("There is more: ask for it with --most, or with one word more.")


def _about(one: Found) -> str:
    authors = ", ".join(one.item.authors[:3]) + (" and others" if len(one.item.authors) > 3 else "")  # noqa: PLR2004 - three names fit
    digests = ", ".join(f"{week} in #{channel}" for channel, week in one.digests[-2:])
    return " · ".join(part for part in (authors, digests, one.item.url) if part)


def _styled(runs: Iterable[Run], style: str = "") -> Text:
    from rich.text import Text  # noqa: PLC0415

    text = Text("")
    for run_ in runs:
        text.append(run_.text, f"{style} black on yellow".strip() if run_.marked else style)
    return text
