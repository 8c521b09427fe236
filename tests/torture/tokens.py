"""Stored Slack tokens: rotations of their key that are killed at work, and two processes that refresh the same tokens at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from slack_sdk.oauth.installation_store.models.installation import Installation
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.slack.oauth.encryption import Encryption, new_key
from adapters.slack.oauth.installations import Installations
from adapters.slack.oauth.tables import installations
from adapters.storage.database import create_engine
from tests.fake_slack import BOT, SECRET
from tests.fake_slack_app import CLIENT_ID, CLIENT_SECRET, FakeSlackApp, fake_slack_app

if TYPE_CHECKING:
    from tests.torture.chores import Start

REFRESHED = ("T1", "T2")
"""Workspaces whose tokens run out."""

LASTING = tuple(f"T{number}" for number in range(10, 40))
"""Workspaces whose tokens last, so that a rotation has something to do."""

LIFETIME = 12 * 3600
LONGEST = 40.0
"""Seconds that a process may take which is left to its end."""


class StoredTokens:
    """The commands on a world's stored tokens. `start` starts one of them; `findings` takes what is wrong afterwards."""

    def __init__(self, rng: random.Random, folder: Path, address: str, start: Start) -> None:
        self._rng = rng
        self._folder = folder / "workspaces"
        self._address = address
        self._start = start
        self.kills = 0
        self.refreshes = 0
        self.findings: list[str] = []

    async def rotate_and_refresh(self) -> None:
        """
        Kill rotations and let one come to its end; then let two processes refresh the tokens that run out.

        With the keys of both ends each token opens whenever the rotation was killed; with the new one alone once it is done. Each refresh
        token is good once, so that a second refresh of a workspace would lose its token.
        """
        self._folder.mkdir(exist_ok=True)
        (self._folder / "paperround.toml").touch()
        if not await self._done("migrate"):
            return
        engine = create_engine(self._address)
        try:
            async with fake_slack_app(*REFRESHED) as slack:
                slack.lives = LIFETIME
                tokens = await self._installed(engine, slack, old := new_key())
                await self._rotate(engine, old, new := new_key(), tokens)
                await self._refresh(engine, slack, new)
        finally:
            async with engine.begin() as connection:
                await connection.execute(delete(installations))
            await engine.dispose()

    async def _installed(self, engine: AsyncEngine, slack: FakeSlackApp, key: str) -> Mapping[str, str]:
        store = Installations(engine, Encryption(key))
        for team in (*REFRESHED, *LASTING):
            granted = slack._granted(slack.workspaces[team]) if team in REFRESHED else {"access_token": f"xoxb-{team}"}
            found = Installation(
                team_id=team, team_name=team, bot_token=granted["access_token"], bot_id="B1", bot_user_id=BOT, user_id="UADA",
                bot_refresh_token=granted.get("refresh_token"), bot_token_expires_at=int(time.time()) + 60 if team in REFRESHED else None,
            )  # fmt: skip
            await store.async_save(found)
        return {team: found.bot_token or "" for team, found in (await store.all()).items() if found}

    async def _rotate(self, engine: AsyncEngine, old: str, new: str, tokens: Mapping[str, str]) -> None:
        keys = {"PAPERROUND_KEYS": f"{new},{old}"}
        for _ in range(self._rng.randint(1, 3)):
            life = self._start("keys", "rotate", env=keys, cwd=self._folder)
            await asyncio.sleep(self._rng.choice([self._rng.uniform(0, 0.4), self._rng.uniform(0, 1.5)]))
            self.kills += life.strike()
            await self._opens(engine, f"{new},{old}", tokens, "after a rotation that was killed")
        if await self._done("keys", "rotate", env=keys):
            await self._opens(engine, new, tokens, "with the new key, after a rotation")

    async def _opens(self, engine: AsyncEngine, keys: str, tokens: Mapping[str, str], when: str) -> None:
        found = {
            team: one.bot_token if one else None
            for team, one in (await Installations(engine, Encryption(keys)).all()).items()
        }
        self.findings += [
            f"the token of {team} does not open {when}" for team, token in tokens.items() if found.get(team) != token
        ]

    async def _refresh(self, engine: AsyncEngine, slack: FakeSlackApp, key: str) -> None:
        env = {
            "SLACK_CLIENT_ID": CLIENT_ID, "SLACK_CLIENT_SECRET": CLIENT_SECRET, "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{slack.url}api/", "SLACK_BOT_TOKEN": None, "SLACK_APP_TOKEN": None, "PAPERROUND_KEYS": key,
        }  # fmt: skip
        both = [self._start("refresh-tokens", env=env, cwd=self._folder) for _ in range(2)]
        for life in both:
            await asyncio.to_thread(life.process.wait, LONGEST)
            if life.process.poll():
                self.findings.append(f"a refresh failed: {life.log.read_text('utf-8', 'replace')[-300:]}")
        self.refreshes += len(slack.calls)
        if len(slack.calls) != len(REFRESHED):
            self.findings.append(f"{len(REFRESHED)} tokens were refreshed {len(slack.calls)} times by two processes")
        await self._opens(engine, key, {team: slack.workspaces[team].token for team in REFRESHED}, "as Slack gave it")

    async def _done(self, *command: str, env: Mapping[str, str | None] | None = None) -> bool:
        life = self._start(*command, env=env or {}, cwd=self._folder)
        await asyncio.to_thread(life.process.wait, LONGEST)
        if life.process.poll():
            self.findings.append(f"{' '.join(command)} failed: {life.log.read_text('utf-8', 'replace')[-300:]}")
        return life.process.poll() == 0
