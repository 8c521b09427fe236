"""
How long the digests of one hour keep the machine busy, by the number of channels: what was measured, and what follows from it beyond.

    python benchmarks/scale_chart.py [--out docs]

The points are measured: CPU as `benchmarks/scale.md` has it, of one process on one core (`herd.py`) and of two workers on two (`herd_roles.py`).
The lines are reckoned: the dearest digest of each, with what topics add at most, and Discord's limit for a fifth of the channels. Printed is how many
channels fill an hour by each. The chart, `scale-hour.png`, wants matplotlib, which Paper Round itself does without.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

TABLES: Final = Path(__file__).with_name("scale.md")
TOPICS: Final = 0.050
"""Seconds of CPU that topics which works are about add to a digest at most: compiled 40 ms without and 89 with new ones."""

ON_DISCORD: Final = 1 / 5
REQUESTS: Final = 25
A_SECOND: Final = 41
"""A digest's requests to Discord where every other channel is compact, and how many all processes of a bot make in a second."""

MANY: Final = 1_000
"""Channels from which on the start of each process hardly weighs."""

HOUR: Final = 60
CHANNELS: Final = (0, 40_000)


def rows(text: str, heading: str) -> Iterator[dict[str, str]]:
    """Give the rows of the first table under a heading, by the names of their columns."""
    lines = text.partition(f"\n## {heading}\n")[2].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    first = next(number for number, line in enumerate(lines) if line.startswith("|"))
    for line, row in zip(lines[first + 2 :], cells[first + 2 :], strict=True):
        if not line.startswith("|"):
            return
        yield dict(zip(cells[first], row, strict=True))


def measured(text: str, heading: str, column: str) -> dict[int, float]:
    """Give seconds of CPU a digest by the number of channels."""
    return {
        int(row["channels"].replace(",", "")): float(row[column].removesuffix(" ms")) / 1_000
        for row in rows(text, heading)
    }


def dearest(points: dict[int, float]) -> float:
    """Give the most that a digest cost where many were due."""
    return max(seconds for channels, seconds in points.items() if channels >= MANY)


def minutes(channels: float, seconds: float, cores: int = 1) -> float:
    """Give how long so many digests keep so many cores busy."""
    return channels * seconds / cores / 60


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    options.add_argument("--out", type=Path, help="a folder for the chart; wants matplotlib")
    given = options.parse_args()
    if given.out and not find_spec("matplotlib"):
        options.error("--out draws with matplotlib, which is not installed. Try: .venv/bin/pip install matplotlib")
    text = TABLES.read_text("utf-8")
    one = measured(text, "herd.py", "a digest, compiled and sent")
    several = measured(text, "herd_roles.py", "in all")
    lines = {
        "one process, SQLite, one core": dearest(one) + TOPICS,
        "two workers, PostgreSQL, two cores": (dearest(several) + TOPICS) / 2,
        "Discord's limit, for a fifth of the channels": ON_DISCORD * REQUESTS / A_SECOND,
    }
    for name, seconds in lines.items():
        print(f"{name}: {seconds * 1_000:.0f} ms a channel, an hour at {math.floor(HOUR * 60 / seconds):,} channels")
    if given.out:
        draw(one, several, list(lines.items()), given.out)


def draw(one: dict[int, float], several: dict[int, float], lines: Sequence[tuple[str, float]], folder: Path) -> None:
    """Draw the points and lines."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(8, 4.2))
    colours = ("#2a6f97", "#c1666b", "#4f772d")
    for (name, seconds), colour, style in zip(lines, colours, ("--", "--", ":"), strict=True):
        axis.plot(
            CHANNELS, [minutes(each, seconds) for each in CHANNELS], style, color=colour, label=f"reckoned: {name}"
        )
    for points, cores, colour, name in ((one, 1, colours[0], "one process"), (several, 2, colours[1], "two workers")):
        taken = [minutes(many, each, cores) for many, each in points.items()]
        axis.plot(list(points), taken, "o", color=colour, label=f"measured: {name}, topics meet no work")
    axis.axhline(HOUR, color="#5a5a5a", linewidth=1)
    axis.text(CHANNELS[1] / 80, HOUR + 2, "an hour", color="#5a5a5a")
    axis.set(xlim=CHANNELS, ylim=(0, 120))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.set_xlabel("channels due at one hour")
    axis.set_ylabel("minutes on cores that are free")
    axis.grid(alpha=0.3)
    axis.legend(loc="upper left", fontsize=8)
    figure.tight_layout()
    figure.savefig(folder / "scale-hour.png", dpi=110)


if __name__ == "__main__":
    main()
