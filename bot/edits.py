"""
Edits of a digest by its editors: operations on works, applied to the digest that is compiled when it is due. Pure.

They name works and not ranks, so that what is collected between a look and the hour moves nothing that was decided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.budget import card_cost
from bot.model import Digest, Pick


class Verb(StrEnum):
    """What an edit does to a work."""

    REMOVE = "remove"
    MOVE = "move"
    """Put it at a place among the picks, whether it was a pick or a line."""
    ADD = "add"
    """Make it a pick, behind the others, if it is not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One operation on the work `key`; `place` counts from 1. `title` is what the work was called, and `by` the member's id."""

    verb: Verb
    key: str
    title: str
    place: int = 0
    by: str = ""


def edited(digest: Digest, edits: Sequence[Edit]) -> Digest:
    """
    Apply edits in their order; one of a work that is no candidate any more changes nothing. Without any, the digest stays as it is.

    Ranks are counted again, and the minutes with them: editors may go beyond the budget, and the digest says what it takes.
    """
    picks, also = list(digest.picks), list(digest.also)
    for edit in edits:
        found = next((pick for pick in [*picks, *also] if pick.item.key == edit.key), None)
        if found is None or (edit.verb is Verb.ADD and found in picks):
            continue
        picks, also = [one for one in picks if one != found], [one for one in also if one != found]
        if edit.verb is not Verb.REMOVE:
            place = min(max(edit.place, 1), len(picks) + 1) if edit.verb is Verb.MOVE else len(picks) + 1
            picks.insert(place - 1, found)
    if (picks, also) == (list(digest.picks), list(digest.also)):
        return digest
    changed = _cost(picks, digest.rate) - _cost(digest.picks, digest.rate)
    return replace(
        digest,
        picks=_ranked(picks, 1),
        also=_ranked(also, len(picks) + 1),
        minutes=max(0, math.floor(digest.minutes + changed + 0.5)),
    )


def _cost(picks: Sequence[Pick], rate: float | None) -> float:
    return sum(pick.minutes if rate is None else card_cost(pick.minutes, rate) for pick in picks)


def _ranked(picks: Sequence[Pick], start: int) -> tuple[Pick, ...]:
    return tuple(replace(pick, rank=rank) for rank, pick in enumerate(picks, start=start))
