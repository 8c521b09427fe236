"""Tables on a terminal that lose nothing: what does not fit beside goes below, wrapped at words; without a terminal, nothing is wrapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.text import Text

_GAP: Final = 2
_INDENT: Final = 2
_NARROWEST: Final = 32
"""Narrowest column of remarks, in terminal cells: below that a remark reads better under its row."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header. `below` is the cell's text without the header, with {} for the cell; 'name cell' if not given."""

    name: str
    right: bool = False
    below: str = ""

    def said(self, cell: str) -> str:
        """A cell's text on a line below its row."""
        return (self.below or f"{self.name} {{}}").replace("{}", cell)


@dataclass(frozen=True, slots=True)
class Row:
    """A cell for each column, the style of the second (a state word), and what there is to remark on it."""

    cells: Sequence[str]
    style: str
    remark: str = ""


def show(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Print a table to standard output, as wide as the terminal; where that is none, as wide as its words."""
    from rich.console import Console  # noqa: PLC0415 - not for `--help`

    console = Console()
    for line in lines(columns, rows, console.width if console.file.isatty() else None):
        console.print(line, soft_wrap=True)


def lines(columns: Sequence[Column], rows: Sequence[Row], width: int | None) -> Iterator[Text]:
    """
    Lay a table out in lines of at most `width` cells; None wraps nothing.

    The first columns that fit make the row; the cells of the others stand below it with their names, and so does a remark that
    does not fit beside. Each word stays whole if it is no longer than a line.
    """
    from rich.text import Text  # noqa: PLC0415 - as above

    wide = [max(_cells(each) for each in (c.name, *(row.cells[n] for row in rows))) for n, c in enumerate(columns)]
    shown = _fitting(wide, width)
    space = None if width is None else width - sum(wide[:shown]) - _GAP * shown
    longest = max((_cells(row.remark) for row in rows), default=0)
    beside = shown == len(columns) and (space is None or space >= min(longest, _NARROWEST))
    yield from _beside([Text(c.name, "bold") for c in columns[:shown]], Text(), columns, wide, space)
    for row in rows:
        cells = [Text(cell, row.style if n == 1 else "") for n, cell in enumerate(row.cells)]
        remark = Text(row.remark, "dim")
        yield from _beside(cells[:shown], remark if beside else Text(), columns, wide, space)
        more = [c.said(cell) for c, cell in zip(columns[shown:], row.cells[shown:], strict=True) if cell]
        below = [Text(line) for line in _packed(more, (width or 0) - _INDENT)]
        for line in [*below, *([] if beside else [remark])]:
            yield from (
                Text(" " * _INDENT) + part for part in _folded(line, None if width is None else width - _INDENT)
            )


def _fitting(wide: Sequence[int], width: int | None) -> int:
    """Count the columns that fit side by side; the first is always there."""
    if width is None:
        return len(wide)
    fits = [n for n in range(1, len(wide) + 1) if sum(wide[:n]) + _GAP * (n - 1) <= width]
    return max(fits, default=1)


def _beside(
    cells: Sequence[Text], remark: Text, columns: Sequence[Column], wide: Sequence[int], space: int | None
) -> Iterator[Text]:
    """Give a row, and what its remark has of further lines under the remark's first."""
    from rich.text import Text  # noqa: PLC0415 - as above

    first = Text()
    for cell, column, width in zip(cells, columns, wide, strict=False):
        padding = " " * (width - cell.cell_len)
        first += (Text(padding) + cell if column.right else cell + Text(padding)) + Text(" " * _GAP)
    indent = " " * first.cell_len
    for number, part in enumerate(_folded(remark, space) or [Text()]):
        line = (first if number == 0 else Text(indent)) + part
        line.rstrip()
        yield line


def _packed(words: Sequence[str], width: int) -> Iterator[str]:
    """Join words to lines, as many as fit on one; none is broken here."""
    line = ""
    for word in words:
        longer = f"{line}{' ' * _GAP}{word}" if line else word
        if line and _cells(longer) > width:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _folded(text: Text, width: int | None) -> list[Text]:
    from rich.console import Console  # noqa: PLC0415 - as above

    if not text:
        return []
    if width is None:
        return [text]
    parts = list(text.wrap(Console(), max(width, 1), overflow="fold"))
    for part in parts:
        part.rstrip()
    return parts


def _cells(text: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415 - as above

    return cell_len(text)
