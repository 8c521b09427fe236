"""Installation store in the database: one row a workspace, its tokens encrypted (docs/platform-facts.md#a18)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.slack.oauth.encryption import Encryption, EncryptionError
from adapters.slack.oauth.tables import installations

# What we keep. We ask for no token of a person and for no webhook, so there is no place for one. Nor is there for who installed us: a
# bot's token acts without them, and whoever asks to be forgotten would stay in a text that no sweep can read.
_FIELDS: Final = (
    "app_id", "enterprise_id", "enterprise_name", "team_id", "team_name", "bot_token", "bot_id", "bot_user_id", "bot_scopes",
    "bot_refresh_token", "bot_token_expires_at", "is_enterprise_install", "token_type", "installed_at",
)  # fmt: skip


class Installations(AsyncInstallationStore):
    """The SDK's installation store, with what the SDK does not ask for. What our keys cannot decrypt counts as missing."""

    def __init__(self, engine: AsyncEngine, encryption: Encryption) -> None:
        self._engine = engine
        self._encryption = encryption
        self._told: dict[str, str] = {}
        """What was said not to open, by workspace: it is read once a minute, and is no news again."""
        # On SQLite this option makes a plain BEGIN of it, so that looking never waits for a writer.
        self._reader = engine.execution_options(paperround_readonly=True)

    @property
    def logger(self) -> logging.Logger:
        return logging.getLogger(__name__)

    # what slack_sdk asks

    async def async_save(self, installation: Installation) -> None:
        """Insert an installation, or replace that of the same workspace. Raises `ValueError` for that of a whole organisation."""
        if not installation.team_id:
            raise ValueError("an installation belongs to a workspace")
        content = self._encryption.encrypt(_document(installation))
        values = {"enterprise_id": installation.enterprise_id, "content": content}
        async with self._engine.begin() as connection:
            statement = _insert(connection).values(team_id=installation.team_id, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["team_id"], set_=values))

    async def async_save_bot(self, bot: Bot) -> None:
        """Replace the tokens of an installation that is there."""
        found = await self.one(bot.team_id or "")
        if found is not None:
            await self.replace(found, renewed(found, bot))

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,  # noqa: ARG002 - the SDK names the arguments
        team_id: str | None,
        user_id: str | None = None,  # noqa: ARG002
        is_enterprise_install: bool | None = False,  # noqa: ARG002
    ) -> Installation | None:
        return await self.one(team_id or "")

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,  # noqa: ARG002 - as above
        team_id: str | None,
        is_enterprise_install: bool | None = False,  # noqa: ARG002
    ) -> Bot | None:
        found = await self.one(team_id or "")
        return found.to_bot() if found else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:  # noqa: ARG002 - as above
        async with self._engine.begin() as connection:
            await connection.execute(delete(installations).where(installations.c.team_id == (team_id or "")))

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Delete a workspace's installation; of one person there is nothing to delete."""
        if user_id is None:
            await self.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)

    # what we ask

    async def one(self, team_id: str) -> Installation | None:
        """A workspace's installation; None if there is none, or it cannot be decrypted."""
        async with self._reader.begin() as connection:
            content = await connection.scalar(_content_of(team_id))
        return None if content is None else self._opened(team_id, content)

    async def all(self) -> dict[str, Installation | None]:
        """Every installation, by workspace; None for one that cannot be decrypted. Raises `StorageError`."""
        async with self._reader.begin() as connection:
            rows = (await connection.execute(select(installations).order_by(installations.c.team_id))).all()
        return {row.team_id: self._opened(row.team_id, row.content) for row in rows}

    async def replace(self, old: Installation, new: Installation) -> bool:
        """
        Replace the old token with a new one, whoever holds a lease; False, and nothing is changed, if the old one is not there
        any more.

        What is compared is the refresh token, which is good once: the same one encrypted again is no change.
        """
        while True:
            async with self._engine.begin() as connection:
                content = await connection.scalar(_content_of(str(old.team_id)))
                there = None if content is None else self._opened(str(old.team_id), content)
                if there is None or there.bot_refresh_token != old.bot_refresh_token:
                    return False
                if await _swap(connection, str(old.team_id), content, self._encryption.encrypt(_document(new))):
                    return True

    async def reencrypt_all(self) -> tuple[int, tuple[str, ...]]:
        """Encrypt every installation with the first key; give how many, and the workspaces whose installation none of the keys decrypts."""
        done, lost = set[str](), set[str]()
        while True:
            async with self._engine.begin() as connection:
                rows = (await connection.execute(select(installations))).all()
                left = [row for row in rows if row.team_id not in done | lost]
                for row in left:
                    try:
                        reencrypted = self._encryption.reencrypt(row.content)
                    except EncryptionError:
                        lost.add(row.team_id)
                        continue
                    # One that was written meanwhile is looked at again.
                    if await _swap(connection, row.team_id, row.content, reencrypted):
                        done.add(row.team_id)
            if not left:
                return len(done), tuple(sorted(lost))

    async def drop_installers(self) -> int:
        """Write the installations again that earlier versions stored with the id of who installed us; give how many."""
        done = 0
        async with self._engine.begin() as connection:
            for row in (await connection.execute(select(installations))).all():
                try:
                    fields = json.loads(self._encryption.decrypt(row.content))
                except EncryptionError:
                    continue
                if fields.keys() - set(_FIELDS):
                    kept = json.dumps({name: fields.get(name) for name in _FIELDS})
                    done += await _swap(connection, row.team_id, row.content, self._encryption.encrypt(kept))
        return done

    def _opened(self, team_id: str, content: str) -> Installation | None:
        try:
            fields: Mapping[str, Any] = json.loads(self._encryption.decrypt(content))
        except EncryptionError as error:
            level = logging.DEBUG if self._told.get(team_id) == content else logging.ERROR
            self._told[team_id] = content
            self.logger.log(
                level,
                "The installation of workspace %s cannot be opened by this process, which leaves it to others: %s",
                team_id,
                error,
                extra={"action": "installation_sealed"},
            )
            return None
        # A row that somebody put in another's place opens, too.
        return _installation(fields) if fields.get("team_id") == team_id else None


def renewed(installation: Installation, bot: Bot) -> Installation:
    """The installation with the token that a renewal gave."""
    fields = json.loads(_document(installation))
    names = ("bot_token", "bot_refresh_token", "bot_token_expires_at")
    return _installation({**fields, **{name: getattr(bot, name) for name in names}})


def _installation(fields: Mapping[str, Any]) -> Installation:
    return Installation(**{**fields, "user_id": ""})  # the SDK asks for it


def _document(installation: Installation) -> str:
    return json.dumps({name: getattr(installation, name) for name in _FIELDS})


def _content_of(team_id: str) -> Any:
    return select(installations.c.content).where(installations.c.team_id == team_id)


async def _swap(connection: AsyncConnection, team_id: str, old: str, new: str) -> bool:
    # No two ciphertexts are alike, so that the old one says whether anything was written since.
    mine = (installations.c.team_id == team_id, installations.c.content == old)
    return (await connection.execute(update(installations).where(*mine).values(content=new))).rowcount == 1


def _insert(connection: AsyncConnection) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(installations)
    return sqlite.insert(installations)
