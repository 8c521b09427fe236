"""
Charts as SVG, drawn on the server: no script, no request, no style of their own (the style sheet colours their classes).

Each has a title and a description for who does not see it; the page puts the numbers in a table beside it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup, escape

from bot.ranking.exploration import Estimate
from bot.text import counted

STAGES: Final = ("summarised", "read", "to read", "not for us", "undecided")
"""How far a work came, in the order of the bars from below."""

_WIDTH: Final = 720
_HEIGHT: Final = 220
_LEFT: Final = 46
_BELOW: Final = 34
_ABOVE: Final = 10
_LABELS: Final = 9
_HALF: Final = 50


def stacked_weeks(weeks: Sequence[str], stages: Sequence[Sequence[int]]) -> Markup:
    """Draw a bar for each week, its works stacked by how far they came."""
    most = _even(max((sum(one) for one in stages), default=0))
    step = (_WIDTH - _LEFT) / max(1, len(weeks))
    parts = [_grid(most)]
    for place, (week, counts) in enumerate(zip(weeks, stages, strict=True)):
        x, level = _LEFT + place * step + step * 0.15, 0
        for number, count in enumerate(counts):
            if count:
                top, bottom = _y(level + count, most), _y(level, most)
                said = f"{week}: {count} {STAGES[number]}"
                parts.append(
                    f'<rect class="stage-{number}" x="{x:.1f}" y="{top:.1f}" width="{step * 0.7:.1f}" height="{bottom - top:.1f}">'
                    f"<title>{escape(said)}</title></rect>"
                )
            level += count
    parts.append(_weeks_below(weeks, step))
    total = [sum(one[number] for one in stages) for number in range(len(STAGES))]
    words = ", ".join(f"{count} {name}" for count, name in zip(total, STAGES, strict=True))
    return _svg("Works by week and how far they came", f"{counted(len(weeks), 'week')}, in all: {words}.", parts)


def share_over_weeks(weeks: Sequence[str], shares: Sequence[float | None], title: str) -> Markup:
    """Draw a share, 0 to 1, as a line over weeks; a week without one is left out of the line."""
    step = (_WIDTH - _LEFT) / max(1, len(weeks))
    points = [
        (_LEFT + place * step + step / 2, _y(share * 100, 100), weeks[place], share)
        for place, share in enumerate(shares)
        if share is not None
    ]
    parts = [_grid(100, "%")]
    if points:
        path = " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y, _, _) in enumerate(points))
        parts.append(f'<path class="trend" d="{path}"/>')
        parts += [
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escape(week)}: {share:.0%}</title></circle>'
            for x, y, week, share in points
        ]
    parts.append(_weeks_below(weeks, step))
    known = [share for share in shares if share is not None]
    said = f"From {known[0]:.0%} in the first week to {known[-1]:.0%} in the last." if known else "Nothing yet."
    return _svg(title, said, parts)


def lines_over_weeks(weeks: Sequence[str], lines: Mapping[str, Sequence[float]], title: str) -> Markup:
    """Draw some values from 0 to 1 as lines over the same weeks, each by its name."""
    step = (_WIDTH - _LEFT) / max(1, len(weeks))
    parts, said = [_grid(1)], []
    for number, (name, values) in enumerate(lines.items()):
        points = [
            (_LEFT + place * step + step / 2, _y(value, 1), weeks[place], value) for place, value in enumerate(values)
        ]
        path = " ".join(f"{'L' if place else 'M'}{x:.1f} {y:.1f}" for place, (x, y, _, _) in enumerate(points))
        parts.append(f'<path class="trend line-{number}" d="{path}"/>')
        parts += [
            f'<circle class="dot line-{number}" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escape(f"{week}, {name}: {value:.2f}")}</title></circle>'
            for x, y, week, value in points
        ]
        said += [f"{name} {sum(values) / len(values):.2f}"] if values else []
    parts.append(_weeks_below(weeks, step))
    return _svg(title, f"On average {', '.join(said)}." if said else "Nothing yet.", parts)


def interval(estimate: Estimate, title: str) -> Markup:
    """Draw a share with its interval on a scale from 0 to 100 %."""
    low, rate, high = (_LEFT + (_WIDTH - 2 * _LEFT) * share for share in (estimate.low, estimate.rate, estimate.high))
    ends = "".join(
        f'<text class="tick" x="{_LEFT + (_WIDTH - 2 * _LEFT) * share:.1f}" y="44" text-anchor="middle">{share:.0%}</text>'
        for share in (0, 0.5, 1)
    )
    label = escape(f"{title}: {estimate.rate:.0%}, most likely between {estimate.low:.0%} and {estimate.high:.0%}.")
    return _drawn(
        f'<svg class="chart" viewBox="0 0 {_WIDTH} 50" role="img" aria-label="{label}">'
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _LEFT}" y1="18" y2="18"/>'
        f'<line class="trend" x1="{low:.1f}" x2="{high:.1f}" y1="18" y2="18"/>'
        f'<circle class="dot" cx="{rate:.1f}" cy="18" r="6"/>{ends}</svg>'
    )


def bar(value: float, most: float, label: str) -> Markup:
    """Draw one bar in a table; the number stands beside it."""
    width = 100 * value / most if most else 0
    drawn = f'<svg class="bar-cell" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
    return _drawn(
        f'{drawn}<rect class="bar-ground" width="100" height="10"/><rect class="bar-fill" width="{width:.1f}" height="10"/></svg>'
    )


def columns(counts: Sequence[int], label: str) -> Markup:
    """Draw a row of small columns: how often something was there, week by week."""
    most, step = max(counts, default=0) or 1, 6
    rects = "".join(
        f'<rect class="spark" x="{place * step}" y="{24 - 22 * count / most:.1f}" width="{step - 1.5}" height="{22 * count / most + 1:.1f}"/>'
        for place, count in enumerate(counts)
    )
    width = max(1, len(counts)) * step
    return _drawn(
        f'<svg class="spark-row" viewBox="0 0 {width} 26" width="{width}" height="26" role="img" aria-label="{escape(label)}">{rects}</svg>'
    )


def _even(most: int) -> int:
    """The top of a scale of whole numbers, so that its middle is one as well."""
    return max(2, most + most % 2)


def _y(value: float, most: float) -> float:
    return _ABOVE + (_HEIGHT - _ABOVE - _BELOW) * (1 - value / most)


def _grid(most: int, unit: str = "") -> str:
    steps = (0, most // 2, most) if most > 1 else (0, 0.5, 1)
    lines = []
    for value in steps:
        y = _y(value, most)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value}{unit}</text>')
    return "".join(lines)


def _weeks_below(weeks: Sequence[str], step: float) -> str:
    every = max(1, -(-len(weeks) // _LABELS))
    return "".join(
        f'<text class="tick" x="{_LEFT + place * step + step / 2:.1f}" y="{_HEIGHT - 3}" text-anchor="middle">{escape(week.partition("-")[2])}</text>'
        for place, week in enumerate(weeks)
        if place % every == 0
    )


def _svg(title: str, description: str, parts: Sequence[str]) -> Markup:
    label = escape(f"{title}. {description}")
    return _drawn(
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _drawn(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - whatever is foreign in it is escaped above
