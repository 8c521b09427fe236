"""Storage of a digest's edits, and of when it was shown to its editors: a note a channel and week, kept until the digest is long sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from bot.edits import Edit, Verb
from bot.ports import UnitOfWork

MOST: Final = 200
"""Most edits of one digest that are kept, the latest."""

Listed = tuple[tuple[str, str], ...]
"""Keys and titles of works, the first of which was shown as number 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """
    What editors did to the digest of a channel and week. `listed` are the works by the numbers under which all editors were shown them, and
    `seen` those under which one of them, by the member's id, saw them later: a number means what is on their own screen, whatever another
    editor does meanwhile. `shown`: the editors were told of it; `tried`: when they were to be (UTC), and nobody was reached.
    """

    channel: str
    week: str
    edits: tuple[Edit, ...] = ()
    listed: Listed = ()
    seen: Mapping[str, Listed] = field(default_factory=dict)
    shown: bool = False
    tried: datetime | None = None

    def with_edit(self, edit: Edit) -> Review:
        """The review with one more edit."""
        return replace(self, edits=(*self.edits, edit)[-MOST:])

    def seen_by(self, member_id: str) -> Listed:
        """The works by their numbers as an editor saw them last."""
        return self.seen.get(member_id, self.listed)


async def load(channel: str, week: str, uow: UnitOfWork) -> Review:
    """Read a digest's review; an empty one where there is none, or it cannot be read."""
    empty = Review(channel=channel, week=week)
    try:
        found: dict[str, Any] = json.loads(await uow.notes.get(_name(channel, week)) or "{}")
        return replace(
            empty,
            edits=tuple(Edit(**{**one, "verb": Verb(one["verb"])}) for one in found.get("edits", ())),
            listed=_listed(found.get("listed", ())),
            seen={str(member): _listed(works) for member, works in found.get("seen", {}).items()},
            shown=bool(found.get("shown")),
            tried=datetime.fromisoformat(found["tried"]) if found.get("tried") else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return empty


async def load_to_change(channel: str, week: str, uow: UnitOfWork) -> Review:
    """Read a digest's review, of which nobody else changes anything before the unit of work ends: of two edits at once none is lost."""
    await uow.leases.lock(_name(channel, week))
    return await load(channel, week, uow)


async def save(review: Review, uow: UnitOfWork) -> None:
    """Keep a review in place of what was kept of it."""
    edits = [
        {"verb": one.verb.value, "key": one.key, "title": one.title, "place": one.place, "by": one.by}
        for one in review.edits
    ]
    document: dict[str, Any] = {
        "edits": edits,
        "listed": review.listed,
        "seen": dict(review.seen),
        "shown": review.shown,
    }
    if review.tried:
        document["tried"] = review.tried.isoformat()
    await uow.notes.put(_name(review.channel, review.week), json.dumps(document, ensure_ascii=False))


def _listed(works: Iterable[tuple[str, str]]) -> Listed:
    return tuple((str(key), str(title)) for key, title in works)


def _name(channel: str, week: str) -> str:
    return f"review {channel}/{week}"
