"""Repositories of members: names and wishes, reminders, tokens for programs, forgetting and retention."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.api_token import ApiToken
from bot.model import Member, MemberWishes, MessageRef, Reminder


class Members(Protocol):
    """People, by platform and id."""

    async def put(self, platform: str, members: Iterable[Member]) -> None:
        """Insert, or take over the newer name."""
        ...

    async def wishes(self, platform: str, member_id: str) -> MemberWishes:
        """What a member follows and mutes; nothing, of one who never said."""
        ...

    async def put_wishes(self, platform: str, member_id: str, wishes: MemberWishes) -> None:
        """Insert or replace what a member follows and mutes."""
        ...


class Reminders(Protocol):
    """Members' wishes for a weekly message to them alone. Unique by platform and member id."""

    async def put(self, reminder: Reminder) -> None:
        """Keep a reminder; it takes the place of the member's last one."""
        ...

    async def get(self, platform: str, member_id: str) -> Reminder | None:
        """Give a member's reminder."""
        ...

    async def remove(self, platform: str, member_id: str) -> bool:
        """Forget a member's reminder; False if there was none."""
        ...

    async def due(self, platform: str, now: datetime, limit: int) -> list[Reminder]:
        """Give the reminders of a platform that are due at `now`, those that wait longest first."""
        ...

    async def put_off(self, before: Reminder, after: Reminder) -> bool:
        """Replace a reminder, if it is still due when `before` was; False, and nothing is changed, where somebody else was quicker."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """
    A member as far as they are known: `names` are all that they bore.

    Of somebody who is named in a sentence of ours alone (`bot.credit`), platform and id are "".
    """

    platform: str
    id: str
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep removed: of how many members, how many rows; `keys` of works of which words are gone, `refs` to be drawn again."""

    members: int = 0
    rows: int = 0
    keys: frozenset[str] = frozenset()
    refs: frozenset[MessageRef] = frozenset()


class Forgotten(Protocol):
    """The suppression list: members who asked to be forgotten, by a keyed hash (`bot.forgetting`)."""

    async def add(self, platform: str, member_id: str, now: datetime) -> None:
        """Put a member on the list; one who is there stays."""
        ...

    async def remove(self, platform: str, member_id: str) -> bool:
        """Take a member off the list: they want to take part again. False if they are not on it."""
        ...

    async def people(self) -> list[Person]:
        """Give everybody of whom something is stored, and every name in a sentence of ours that none of them bears."""
        ...

    async def check(self) -> Callable[[str, str], bool]:
        """Give the question whether a member (platform, id) is on the list, as it stands now."""
        ...

    async def sweep(self) -> Swept:
        """Remove everything that is stored of members on the list: decisions, words with their history, names, wishes, events."""
        ...


class ApiTokens(Protocol):
    """Tokens by which programs read. Key: name; each hash is unique, too."""

    async def add(self, token: ApiToken, hashed: str) -> bool:
        """Keep a token under its hash; False, and nothing is changed, if there is one of that name."""
        ...

    async def of_hash(self, hashed: str) -> ApiToken | None:
        """The token with this hash; None if there is none, or it was revoked."""
        ...

    async def used(self, hashed: str, now: datetime) -> bool:
        """Note that a token was used, at most once a day; False if nothing was noted."""
        ...

    async def all(self) -> list[ApiToken]:
        """Every token, by name."""
        ...

    async def revoke(self, name: str) -> bool:
        """Remove a token; False if there is none of that name."""
        ...


class Retention(Protocol):
    """What is dropped after a time, where an operator says so. Each is idempotent."""

    async def trim_entries(self, before: datetime, most: int) -> int:
        """
        Drop the texts of at most `most` entries first seen before an instant that made no work which was sent, marked or written about.

        Their title, address and key stay, so that none of them is new again. Gives how many were trimmed.
        """
        ...

    async def drop_acts(self, before: datetime, most: int) -> int:
        """
        Drop decisions, summaries with their history, and requests of before an instant, at most `most` of each kind; give how many rows. None is left once that
        is 0.
        """
        ...
