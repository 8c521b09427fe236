"""Credits: the sentences of ours that name a member, as they are written, read again, and written without a name. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

SOMEBODY: Final = "a member"
"""What stands where a name was."""

PAUSED_BEFORE: Final = "the channel was paused: "
"""What stands before such a sentence where it says why a week had no digest."""

_NOBODY: Final = frozenset({"", SOMEBODY, "somebody", "the operator"})
_PROPOSED: Final = "suggested by "
_AND: Final = "; "
_DONE: Final = re.compile(
    rf"(?P<before>(?:{PAUSED_BEFORE})?)(?P<name>.+?) (?P<what>paused|ended) it(?P<why>: .*)?", re.DOTALL
)


def proposed_by(name: str) -> str:
    """Say who proposed a work; of several, a reason names one after another, parted by `; `."""
    return f"{_PROPOSED}{name or SOMEBODY}"


def paused_by(name: str, why: str = "") -> str:
    """Say who paused a channel, and why, in their own words."""
    return f"{name or 'somebody'} paused it" + (f": {why}" if why else "")


def ended_by(name: str) -> str:
    """Say who ended a channel."""
    return f"{name or 'somebody'} ended it"


def credited(text: str) -> list[str]:
    """
    Give the names in a credit, as they stand there; none of any other text, and where nobody is named.

    >>> credited("the channel was paused: Ada paused it: a holiday"), credited("suggested by Ada; suggested by Ben")
    (['Ada'], ['Ada', 'Ben'])
    """
    if text.startswith(_PROPOSED):
        names = _proposers(text)
    else:
        done = _DONE.fullmatch(text)
        names = [done["name"]] if done else []
    return [name for name in names if name not in _NOBODY]


def without_credit(text: str, names: Collection[str]) -> str:
    """
    Give a credit without these names, and without what they gave as their reason; any other text as it is.

    >>> without_credit("suggested by Ada; suggested by Ben", {"Ada"})
    'suggested by a member; suggested by Ben'
    """
    if text.startswith(_PROPOSED):
        return _AND.join(proposed_by(SOMEBODY if one in names else one) for one in _proposers(text))
    done = _DONE.fullmatch(text)
    if done is None or done["name"] not in names:
        return text
    return f"{done['before']}{SOMEBODY} {done['what']} it"


def _proposers(text: str) -> list[str]:
    return text.removeprefix(_PROPOSED).split(f"{_AND}{_PROPOSED}")
