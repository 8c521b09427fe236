"""Range of shards, as it is written in settings and on the command line; without discord.py, which settings do without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_RANGE: Final = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?(?:/(\d{1,4}))?")


@dataclass(frozen=True, slots=True)
class ShardRange:
    """Shards `first` to `last` (included, from 0) of `count`."""

    first: int
    last: int
    count: int

    @classmethod
    def parse(cls, text: str, count: int | None = None) -> ShardRange | None:
        """Read `0/2` or `0-3/8`; with a `count`, also `0` and `0-3`. None for what is none of these."""
        found = _RANGE.fullmatch(text.strip())
        if found is None or not (found[3] or count):
            return None
        first, last, of = int(found[1]), int(found[2] or found[1]), int(found[3] or count or 0)
        return cls(first, last, of) if first <= last < of else None

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Each shard as Discord wants it: its number, and how many there are."""
        return ((number, self.count) for number in range(self.first, self.last + 1))
