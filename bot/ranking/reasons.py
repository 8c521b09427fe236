"""
Reasons of a score, put into words when somebody looks: of a week's thousands of works a hundred are ever shown, and the words of the
others were most of what ranking cost. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import overload

from bot.model import Reason


class Reasons(Sequence[Reason]):
    """
    A score's reasons, strongest first. `names` are known without the words: those of what a channel wished for and of what a source
    makes of a work; notice, newness, code and damping are not among them.
    """

    __slots__ = ("_in_words", "_known", "names")

    def __init__(self, names: frozenset[str], in_words: Callable[[], Iterable[Reason]]) -> None:
        self.names = names
        self._in_words = in_words
        self._known: tuple[Reason, ...] | None = None

    def _all(self) -> tuple[Reason, ...]:
        if self._known is None:
            self._known = tuple(sorted(self._in_words(), key=lambda reason: -abs(reason.weight)))
        return self._known

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, index: int) -> Reason: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Reason, ...]: ...

    def __getitem__(self, index: int | slice) -> Reason | tuple[Reason, ...]:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return self._all() == tuple(other) if isinstance(other, Reasons | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._all())


def names_of(reasons: Sequence[Reason]) -> frozenset[str]:
    """Give the names of reasons: those of `Reasons.names` alone, where the words are not known yet."""
    return reasons.names if isinstance(reasons, Reasons) else frozenset(reason.name for reason in reasons)
