"""What the command line says of itself, read as on a terminal of eighty columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

from scheduler.cli import app
from scheduler.cli.wrapping import wrapped

RUN = CliRunner()


def commands(group: object, *names: str) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command and group, with the words that lead to it."""
    yield names, group
    for name, one in getattr(group, "commands", {}).items():
        yield from commands(one, *names, name)


ALL = dict(commands(typer.main.get_command(app)))


def words(text: str) -> str:
    """A text without boxes, markup and line ends."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text.replace("\\[", "[")).split())


def shown(*names: str, columns: int = 80) -> str:
    done = RUN.invoke(app, [*names, "--help"], env={"COLUMNS": str(columns), "TERMINAL_WIDTH": str(columns)})
    assert 0 == done.exit_code
    return done.output


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_help_is_whole(names: tuple[str, ...]) -> None:
    """Each command's and option's words are shown, brackets among them; a paragraph flows."""
    told = words(shown(*names, columns=400))

    assert words(ALL[names].help or "") in told
    assert [] == [one.help for one in ALL[names].params if getattr(one, "help", None) and words(one.help) not in told]


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_no_word_is_broken(names: tuple[str, ...]) -> None:
    """At eighty columns every word is whole: each stands in the wide page as well."""
    wide = set(words(shown(*names, columns=400)).split())
    narrow = words(shown(*names)).split()

    assert [] == [word for word in narrow if word not in wide]


def test_version() -> None:
    """--version says which one this is."""
    done = RUN.invoke(app, ["--version"])

    assert (0, f"Paper Round {version('paperround')}\n") == (done.exit_code, done.output)


@pytest.mark.parametrize("width", [40, 80])
def test_wrapped(width: int) -> None:
    """Lines end between words, go on as far indented as they began, and an address is not broken."""
    address = "https://example.org/" + "a" * 100
    text = f"ok  {'word ' * 30}\n  {'indented-word ' * 10}\n{address}\nshort"
    lines = wrapped(text, width).splitlines()

    assert text.split() == " ".join(lines).split()
    assert [] == [line for line in lines if len(line) > width and line != address]
    assert address in lines
    assert all(line.startswith(("ok  ", "    ", "  indented", address, "short")) for line in lines)


@pytest.mark.parametrize("role", ["worker", "clock", "discord"])
def test_the_address_of_a_role_is_no_page(role: str) -> None:
    """What a role without a page serves at `--host` is said as it is."""
    said = words(shown(role))
    assert "Where /healthz, /readyz and /metrics are served" in said
    assert "local channel" not in said
