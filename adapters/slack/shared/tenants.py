"""The workspaces that we serve now: a room for each that installed us, in step with what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from slack_sdk.oauth.installation_store.models.installation import Installation

from adapters.slack.api import Identity
from adapters.slack.build import SlackRoom
from adapters.slack.pacing import Timer
from adapters.slack.shared.store import Installations

FRESH: Final = 60.0
"""How many seconds may pass until what another process stored is known here, too."""

ASK_AGAIN: Final = 5.0
"""How soon the database is asked again for a workspace that is not known: Slack may send many events of one that left."""


@dataclass(slots=True, kw_only=True)
class Tenant:
    """One workspace: its room, and its channels' names there with those of the configuration (`C1` → `T1/C1`)."""

    installation: Installation
    room: SlackRoom
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def team(self) -> str:
        """Slack's id of the workspace."""
        return str(self.installation.team_id)

    def called(self) -> str:
        """Give the workspace's name and id for a sentence."""
        return f"{self.installation.team_name} ({self.team})" if self.installation.team_name else self.team


def identity_of(installation: Installation) -> Identity:
    """Say who we are in a workspace, without asking it."""
    return Identity(
        team_id=str(installation.team_id),
        user_id=installation.bot_user_id or "",
        bot_id=installation.bot_id or "",
        team=installation.team_name or "",
    )


class Tenants:
    """
    Keeps a room a workspace. `furnish` builds one; `settle` hears of all installations before any is built.

    A token that was renewed is put into the room that stands, so that what it learned of people and of waits is not lost.
    """

    def __init__(
        self,
        store: Installations,
        furnish: Callable[[Installation], Tenant],
        settle: Callable[[Mapping[str, Installation]], Awaitable[None]],
        timer: Timer,
    ) -> None:
        self._store, self._furnish, self._settle, self._timer = store, furnish, settle, timer
        self._tenants: dict[str, Tenant] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()
        self.sealed: frozenset[str] = frozenset()

    def known(self) -> Mapping[str, Tenant]:
        """Give the workspaces as they were read last."""
        return self._tenants

    async def all(self, fresh: float = FRESH) -> Mapping[str, Tenant]:
        """Give every workspace, as stored at most `fresh` seconds ago. Raises `StorageError` where nothing is known yet."""
        async with self._reading:
            if self._read_at is None or self._timer.now() - self._read_at > fresh:
                await self._read()
        return self._tenants

    async def of(self, teams: Iterable[str]) -> Tenant | None:
        """Give the first of these workspaces that installed us; None for none."""
        teams = list(teams)
        for fresh in (FRESH, ASK_AGAIN):
            tenants = await self.all(fresh)
            found = next((tenants[team] for team in teams if team in tenants), None)
            if found is not None:
                return found
        return None

    async def reload(self) -> Mapping[str, Tenant]:
        """Give every workspace as it is stored now."""
        return await self.all(-1.0)

    async def aclose(self) -> None:
        """Let go of every workspace; a later call takes them up again."""
        async with self._reading:
            gone, self._tenants, self._read_at = list(self._tenants.values()), {}, None
            await asyncio.gather(*(one.room.chat.close() for one in gone), return_exceptions=True)

    async def _read(self) -> None:
        stored = await self._store.all()
        found = {team: one for team, one in stored.items() if one is not None}
        await self._settle(found)
        self.sealed = frozenset(stored.keys() - found.keys())
        for team in self._tenants.keys() - found.keys():
            await self._tenants.pop(team).room.chat.close()
        for team, one in found.items():
            there = self._tenants.get(team)
            if there is not None and identity_of(there.installation) == identity_of(one):
                there.installation, there.room.api.token = one, one.bot_token or ""
                continue
            if there is not None:
                await there.room.chat.close()
            self._tenants[team] = self._furnish(one)
        self._read_at = self._timer.now()
