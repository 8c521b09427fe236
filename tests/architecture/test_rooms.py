"""The plan of the rooms is the house as it stands: every module has its place on the page, once, and no other is named."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
RINGS = ("bot", "adapters", "scheduler")


def rooms(ring: str) -> list[tuple[str, str]]:
    """What the page lists in a ring: (module or folder, what is said of it), in its order."""
    listed = re.search(rf"(?m)^    {ring}/\n((?:      .+\n)+)", PAGE)
    assert listed, f"the page has no list of {ring}/"
    found: list[tuple[str, str]] = []
    for line in listed[1].splitlines():
        if entry := re.match(r" {6}(\S+) +(.+)", line):
            found.append((entry[1], entry[2]))
        else:
            name, said = found.pop()
            found.append((name, f"{said} {line.strip()}"))
    return found


def modules(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.py")} - {"__init__.py"}


def folders(folder: Path) -> set[str]:
    return {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}


@pytest.mark.parametrize("ring", RINGS)
def test_the_plan_is_the_house(ring: str) -> None:
    """Each module and folder of a ring stands on the page once; nothing is listed that is not there."""
    expected = Counter(modules(ROOT / ring) | folders(ROOT / ring))

    assert expected == Counter(name for name, _ in rooms(ring))


@pytest.mark.parametrize(
    ("folder", "said"), [(f"{ring}/{name}", said) for ring in RINGS for name, said in rooms(ring) if name.endswith("/")]
)
def test_every_module_of_a_room_is_named(folder: str, said: str) -> None:
    """What is in a folder is named where the folder is told."""
    inside = {Path(name).stem for name in modules(ROOT / folder) | folders(ROOT / folder)}

    assert set() == inside - set(re.findall(r"\w+", said))
