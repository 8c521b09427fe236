"""Pool of workspaces: the platform of each workspace that installed the app, built from its stored installation and kept up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from slack_sdk.oauth.installation_store.models.installation import Installation

from adapters.slack.api import Identity
from adapters.slack.oauth.installations import Installations
from adapters.slack.pacing import Timer
from adapters.slack.workspace import SlackPlatform

FRESH: Final = 60.0
"""How many seconds may pass until what another process stored is read here, too."""

ASK_AGAIN: Final = 5.0
"""Seconds between two queries for a workspace that is not known: Slack may send many events of one that left."""


@dataclass(slots=True, kw_only=True)
class Tenant:
    """One workspace: its installation and its platform; `named` gives its channels' names."""

    installation: Installation
    workspace: SlackPlatform
    named: Callable[[], Mapping[str, str]] = dict

    @property
    def names(self) -> Mapping[str, str]:
        """Its channels' names there with those of the core (`C1` → `T1/C1`), as they are now."""
        return self.named()

    @property
    def team(self) -> str:
        """Slack's id of the workspace."""
        return str(self.installation.team_id)

    def called(self) -> str:
        """The workspace's name and id for a sentence."""
        return f"{self.installation.team_name} ({self.team})" if self.installation.team_name else self.team


def identity_of(installation: Installation) -> Identity:
    """Our identity in a workspace, from its installation."""
    return Identity(
        team_id=str(installation.team_id),
        user_id=installation.bot_user_id or "",
        bot_id=installation.bot_id or "",
        enterprise_id=installation.enterprise_id or "",
        scopes=frozenset(installation.bot_scopes or ()),
        team=installation.team_name or "",
    )


class WorkspacePool:
    """
    Pool of platforms, one a workspace. `build` creates one; `settle` is called with all installations before any is built.

    A refreshed token is set on the existing platform, so that its caches and rate limits are kept.
    """

    def __init__(
        self,
        store: Installations,
        build: Callable[[Installation], Tenant],
        settle: Callable[[Mapping[str, Installation]], Awaitable[None]],
        timer: Timer,
    ) -> None:
        self._store, self._build, self._settle, self._timer = store, build, settle, timer
        self._tenants: dict[str, Tenant] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()
        self.undecryptable: frozenset[str] = frozenset()

    def known(self) -> Mapping[str, Tenant]:
        """The workspaces as they were read last."""
        return self._tenants

    async def all(self, fresh: float = FRESH) -> Mapping[str, Tenant]:
        """Every workspace, as stored at most `fresh` seconds ago. Raises `StorageError` where nothing is known yet."""
        async with self._reading:
            if self._read_at is None or self._timer.now() - self._read_at > fresh:
                await self._read()
        return self._tenants

    async def of(self, teams: Iterable[str]) -> Tenant | None:
        """The first of these workspaces that installed the app; None for none."""
        teams = list(teams)
        for fresh in (FRESH, ASK_AGAIN):
            tenants = await self.all(fresh)
            found = next((tenants[team] for team in teams if team in tenants), None)
            if found is not None:
                return found
        return None

    async def reload(self) -> Mapping[str, Tenant]:
        """Every workspace as it is stored now."""
        return await self.all(-1.0)

    async def aclose(self) -> None:
        """Close every workspace; a later call opens them again."""
        async with self._reading:
            gone, self._tenants, self._read_at = list(self._tenants.values()), {}, None
            await asyncio.gather(*(one.workspace.chat.close() for one in gone), return_exceptions=True)

    async def _read(self) -> None:
        stored = await self._store.all()
        found = {team: one for team, one in stored.items() if one is not None}
        self.undecryptable = frozenset(stored.keys() - found.keys())
        await self._settle(found)
        for team in self._tenants.keys() - found.keys():
            await self._tenants.pop(team).workspace.chat.close()
        for team, one in found.items():
            there = self._tenants.get(team)
            if there is not None and identity_of(there.installation) == identity_of(one):
                there.installation, there.workspace.api.token = one, one.bot_token or ""
                continue
            if there is not None:
                await there.workspace.chat.close()
            self._tenants[team] = self._build(one)
        self._read_at = self._timer.now()
