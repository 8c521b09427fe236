"""The page of platform facts: every reference to it resolves, and every fact has a source that can be opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "platform-facts.md"
FACTS = {
    found[1].lower(): found[2] for found in re.finditer(r"(?ms)^### (\w+)\n(.*?)(?=^##|\Z)", PAGE.read_text("utf-8"))
}
PLACES = ("bot", "adapters", "scheduler", "tests", "benchmarks", "docs")

REFERENCE = re.compile(r"platform-facts\.md((?:#\w+(?:, (?=#))?)+)")
BARE = re.compile(r"\((?:platform_facts )?[A-E]\d{1,2}(?:, [A-E]\d{1,2})*\)|platform_facts")
"""A fact that is cited without saying where it stands."""


def texts() -> Iterator[tuple[str, str]]:
    """Every text that may cite a fact, by its path."""
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*")):
            if path.suffix in {".py", ".md", ".toml"} and path not in {PAGE, Path(__file__)}:
                yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def test_every_reference_resolves() -> None:
    """`docs/platform-facts.md#a14` names a heading of that page."""
    cited = {(path, one) for path, text in texts() for found in REFERENCE.findall(text) for one in found.split(", ")}

    assert len(cited) > 40
    assert [] == sorted((path, one) for path, one in cited if one.removeprefix("#") not in FACTS)


def test_no_fact_is_cited_bare() -> None:
    """A letter and a number alone lead nowhere."""
    assert [] == [(path, found) for path, text in texts() for found in BARE.findall(text)]


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_has_a_source(name: str) -> None:
    """A fact says what holds, in bold, and where that can be looked up."""
    assert re.match(r"\n\*\*.+?\*\*", FACTS[name], re.DOTALL)
    assert re.search(r"\]\(https://[^)\s]+\)", FACTS[name])


def test_in_order() -> None:
    """The facts stand in order, none twice and none left out."""
    by_letter: dict[str, list[int]] = {}
    for name in re.findall(r"(?m)^### (\w+)$", PAGE.read_text("utf-8")):
        by_letter.setdefault(name[0], []).append(int(name[1:]))

    assert {letter: list(range(1, len(numbers) + 1)) for letter, numbers in by_letter.items()} == by_letter
