"""The pages for people: a long one opens with five lines for a newcomer, its links lead somewhere, and the sample configuration is right."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer

from bot.usecases.commands import HELP
from scheduler.bootstrap import configuration
from scheduler.cli import app
from scheduler.settings.settings import environment_names

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
LONG = 800
"""Words: a page of more opens with five lines. Line breaks say nothing of its length, since a paragraph is one line."""
SAMPLE = ROOT / "paperround.example.toml"
CODE_BLOCK = re.compile(r"(?ms)^```.*?^```$")


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub makes anchors of them: lower case, hyphens for spaces, no other sign."""
    headings = re.findall(r"(?m)^#+ (.+)$", CODE_BLOCK.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [p for p in PAGES if p.parent.name == "docs"], ids=lambda page: page.stem)
def test_a_long_page_opens_with_five_lines(page: Path) -> None:
    """Before its first chapter, a page of more than eight hundred words says in five short lines what a newcomer needs."""
    text = page.read_text("utf-8")
    if len(text.split()) <= LONG:
        pytest.skip("a short page")
    opening = text.partition("\n## ")[0].partition("\n- ")[2].split("\n\n")[0]
    lines = ("- " + opening).replace("\n  ", " ").splitlines()

    assert 5 == len(lines)
    assert all(line.startswith("- ") and len(line) <= 200 for line in lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link to a file of ours names one that is there, and each anchor a heading on it."""
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", CODE_BLOCK.sub("", page.read_text("utf-8"))):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            dead.append(target)

    assert [] == dead


def test_readers_learn_what_they_can_ask() -> None:
    """The page for readers names the commands that are for everybody, and none that does not exist."""
    text = (ROOT / "docs" / "reading.md").read_text("utf-8")
    named = set(re.findall(r"`/paperround (\w+)", text))
    known = {line.split()[0] for line, _ in HELP} | {"summary"}

    assert {"mine", "now", "help", "add", "topics"} <= named
    assert named <= known


def test_the_readme_names_every_command() -> None:
    """Who reads the README alone learns of every command of the command line."""
    rows = re.findall(r"(?m)^\| (`paperround [^|]*)\|", (ROOT / "README.md").read_text("utf-8"))
    named = set(re.findall(r"`(?:paperround )?(\w+)", "".join(rows)))
    commands = typer.main.get_command(app).commands

    assert {name for name, command in commands.items() if not command.hidden} <= named


def test_the_sample_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`paperround.example.toml` is without a fault, as it is and with every line switched on."""
    for name in environment_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    text = SAMPLE.read_text("utf-8")
    Path("paperround.toml").write_text(text, "utf-8")
    as_it_is = configuration()

    switched_on = re.sub(r"(?m)^# (?=\[\[|\[\w+\]|\w+ = )", "", text)
    Path("paperround.toml").write_text(switched_on, "utf-8")
    everything = configuration()

    assert ["reading-group"] == [channel.name for channel in as_it_is.channels]
    assert ["reading-group", "papers", "guild"] == [channel.name for channel in everything.channels]
    assert (0, 30) == (as_it_is.schedule.spread_minutes, everything.schedule.spread_minutes)
    assert {"channels", "sources", "fetch", "web", "emoji"} == set(tomllib.loads(text))
