"""
Cache of Slack's users: names for people, and the flags that decide what they may do.

Nothing here may delay an acknowledgement: an event waits a moment for a name and goes on without it. A name that comes later is
reported to `learned`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache

from adapters.slack.api import Identity, SlackApi
from adapters.slack.errors import PLATFORM, SlackFault
from adapters.slack.pacing import Timer
from bot.model import Member
from bot.ports import UnitOfWorkFactory

ADMIN_AGE: Final = 300.0
NAME_AGE: Final = 24 * 3600.0
_FAILED_AGE: Final = 60.0
_CACHED: Final = 20_000
"""Size of the cache of members: some six megabytes. A crowd on one message has to fit, or everybody in it would be asked for again each time the message is looked over."""

_AT_ONCE: Final = 4

Learned = Callable[[Sequence[Member]], Awaitable[None]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """
    A user, as far as we care. `known` is false where Slack did not say; `passing` is why, if asking again may well be answered:
    Slack could not be asked, or told us to wait. `gone`: the account is deactivated. `zone` is their own time zone, an IANA name. On
    Enterprise Grid `enterprise_id` is the organisation's, and `teams` are the workspaces of it that the user is a member of, of which
    `team_id` is but the first.
    """

    id: str
    team_id: str = ""
    name: str = ""
    bot: bool = False
    admin: bool = False
    guest: bool = False
    gone: bool = False
    known: bool = True
    passing: bool = False
    zone: str = ""
    enterprise_id: str = ""
    teams: frozenset[str] = frozenset()


def member_id(team_id: str, user_id: str) -> str:
    """Id of a member: a user's id alone says nothing about the workspace it belongs to (docs/platform-facts.md#a19)."""
    return f"{team_id}:{user_id}"


def user_of(member_id: str) -> str:
    """
    Id of a user within its workspace, from a member's id.

    >>> user_of("T1:U1")
    'U1'
    """
    return member_id.rpartition(":")[2]


def person_of(user: Mapping[str, Any]) -> Person:
    """Parse a user object."""
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    # On Enterprise Grid a user has one id in all workspaces (docs.slack.dev/reference/objects/user-object, `enterprise_user`).
    grid = user.get("enterprise_user") or {}
    return Person(
        id=str(user.get("id") or ""),
        team_id=str(user.get("team_id") or profile.get("team") or ""),
        name=next((str(name) for name in names if name), ""),
        bot=bool(user.get("is_bot") or user.get("id") == "USLACKBOT"),
        admin=any(one.get(flag) for one in (user, grid) for flag in ("is_admin", "is_owner", "is_primary_owner")),
        guest=bool(
            user.get("is_restricted")
            or user.get("is_ultra_restricted")
            or user.get("is_stranger")
            or user.get("deleted")
        ),
        gone=bool(user.get("deleted")),
        zone=str(user.get("tz") or ""),
        enterprise_id=str(grid.get("enterprise_id") or ""),
        teams=frozenset(map(str, grid.get("teams") or ())),
    )


def outsider(person: Person, me: Identity) -> bool:
    """Whether somebody is neither of our workspace nor of another one of the same organisation, as far as Slack says."""
    if not person.known or not person.team_id or person.team_id == me.team_id or me.team_id in person.teams:
        return False
    return not me.enterprise_id or person.enterprise_id != me.enterprise_id


def _passes(fault: SlackFault) -> bool:
    """Whether a failed look-up may succeed later. Slack's own codes (`user_not_found`) are one word each, ours are several."""
    return fault.unsettled or fault.retry_after is not None or " " in fault.error


class People:
    """LRU cache over `users.info`, of at most twenty thousand users. `learned` is called with names that came too late for an event."""

    def __init__(self, api: SlackApi, timer: Timer, *, moment: float = 0.3, learned: Learned | None = None) -> None:
        self._api = api
        self._timer = timer
        self._moment = moment
        self._learned = learned
        self._known: LRUCache[str, tuple[float, Person]] = LRUCache(_CACHED)
        self._asking: dict[str, asyncio.Task[Person]] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._late: set[str] = set()

    async def person(self, user_id: str, max_age: float = NAME_AGE) -> Person:
        """A user, as known at most `max_age` seconds ago; one whom Slack does not tell of is not `known`."""
        remembered = self._remembered(user_id, max_age)
        if remembered is not None:
            return remembered
        return await asyncio.shield(self._ask(user_id))

    async def soon(self, user_id: str) -> Person:
        """A user within a moment; where that is too short, or many are being asked for, one who is not `known`."""
        found = await self._within_a_moment(user_id)
        if found is None and user_id in self._asking:
            self._late.add(user_id)
        return found or Person(id=user_id, known=False)

    async def names_soon(self, user_ids: Sequence[str]) -> dict[str, str]:
        """Names of users by id, as far as they are known within a moment. What is learned later is not reported."""
        found = await asyncio.gather(*map(self._within_a_moment, user_ids))
        return {person.id: person.name for person in found if person}

    async def aclose(self) -> None:
        """Cancel what is being asked."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _within_a_moment(self, user_id: str) -> Person | None:
        found = self._remembered(user_id, NAME_AGE)
        if found:
            return found
        asked = self._ask(user_id)
        if len(self._asking) <= _AT_ONCE:
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(asked), self._moment)
        return None

    def _remembered(self, user_id: str, max_age: float) -> Person | None:
        found = self._known.get(user_id)
        if found is None:
            return None
        at, person = found
        return person if self._timer.now() - at <= (max_age if person.known else _FAILED_AGE) else None

    def _ask(self, user_id: str) -> asyncio.Task[Person]:
        task = self._asking.get(user_id)
        if task is None:
            task = self._asking[user_id] = asyncio.create_task(self._look_up(user_id), name=f"slack user {user_id}")
            task.add_done_callback(lambda _: self._asking.pop(user_id, None))
        return task

    async def _look_up(self, user_id: str) -> Person:
        async with self._places:
            try:
                found = person_of((await self._api.look("users.info", user=user_id)).get("user") or {})
            except SlackFault as fault:
                error = fault.as_chat_error("users.info", writes=False)
                logger.info("Slack does not tell who %s is: %s", user_id, error, extra={"action": "slack_user_unknown"})
                found = Person(id=user_id, known=False, passing=_passes(fault))
        self._known[user_id] = (self._timer.now(), found)
        await self._tell(found)
        return found

    async def _tell(self, person: Person) -> None:
        if person.id not in self._late:
            return
        self._late.discard(person.id)
        me = self._api.known_identity()
        if self._learned and me and person.known and person.name and not person.bot:
            team = person.team_id or me.team_id
            await self._learned([Member(id=member_id(team, person.id), name=person.name)])


class MemberNames:
    """Stores the names of members that came too late for their event."""

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    async def store(self, members: Sequence[Member]) -> None:
        """Insert, or take over the newer name."""
        async with self._unit_of_work() as uow:
            await uow.members.put(PLATFORM, members)
            await uow.commit()
