"""Stored installations: one row a workspace, encrypted, with keys that can be changed; and states that are good once."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk.oauth.installation_store.models.installation import Installation
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.slack.oauth.encryption import Encryption, EncryptionError, new_key
from adapters.slack.oauth.installations import Installations, renewed
from adapters.slack.oauth.states import MOST, SECONDS, OAuthStates
from tests.databases import migrated_postgresql, migrated_sqlite, opened

TOKEN, REFRESH = "xoxe.xoxb-1-secret", "xoxe-1-secret"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def engine(request, tmp_path: Path, tmp_path_factory) -> AsyncIterator[AsyncEngine]:
    """A migrated and empty database."""
    if request.param == "sqlite":
        address = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    else:
        address = await migrated_postgresql()
    async with opened(address) as found:
        async with found.begin() as connection:
            await connection.execute(text("DELETE FROM slack_installations"))
            await connection.execute(text("DELETE FROM slack_states"))
        yield found


def installation(team: str = "T1", token: str = TOKEN, refresh: str | None = REFRESH) -> Installation:
    return Installation(
        team_id=team,
        team_name="Lab",
        bot_token=token,
        bot_id="B1",
        bot_user_id="U1",
        bot_refresh_token=refresh,
        bot_token_expires_at=1_800_000_000 if refresh else None,
        user_id="UADA",
        user_token="xoxp-never-kept",
        installed_at=1_700_000_000.0,
    )


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")))


async def test_one_row_an_installation(engine):
    """Installing again replaces; what we do not ask for is not kept; deleting leaves nothing."""
    store = Installations(engine, Encryption(new_key()))
    await store.async_save(installation())
    await store.async_save(installation(token="xoxb-2"))
    await store.async_save(installation("T2", "xoxb-3", None))

    found = await store.all()
    assert {"T1": "xoxb-2", "T2": "xoxb-3"} == {team: one.bot_token for team, one in found.items()}
    assert found["T1"].user_token is None
    assert (await store.async_find_bot(enterprise_id=None, team_id="T1")).bot_user_id == "U1"

    await store.async_delete_installation(enterprise_id=None, team_id="T1", user_id="UADA")
    assert await store.one("T1")
    await store.async_delete_all(enterprise_id=None, team_id="T1")
    assert ["T2"] == list(await store.all())
    assert await store.async_find_installation(enterprise_id=None, team_id="T1") is None


async def test_an_organisation_is_no_workspace(engine):
    """An installation without a workspace is not kept: nobody would know whose it is."""
    with pytest.raises(ValueError, match="workspace"):
        await Installations(engine, Encryption(new_key())).async_save(
            Installation(enterprise_id="E1", user_id="U", is_enterprise_install=True)
        )


async def test_nothing_in_clear(tmp_path, tmp_path_factory):
    """Neither the file nor its log has a token in it, nor a state."""
    async with opened(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as engine:
        await Installations(engine, Encryption(new_key())).async_save(installation())
        state = await OAuthStates(engine, Encryption(new_key())).async_issue()
        written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if "paperround" in path.name)

    assert (tmp_path / "paperround.db").exists()
    assert b"slack_installations" in written
    assert [] == [secret for secret in (TOKEN, REFRESH, "-secret", "xoxp", state) if secret.encode() in written]


async def test_who_installed_us_is_not_kept(engine):
    """Neither a new installation says who installed us, nor one of an earlier version once it was written again; it works as before."""
    encryption = Encryption(new_key())
    store = Installations(engine, encryption)
    await store.async_save(installation())
    before = {
        "team_id": "T2",
        "bot_token": "xoxb-2",
        "bot_user_id": "U2",
        "user_id": "UADA",
        "bot_scopes": ["chat:write"],
    }
    async with engine.begin() as connection:
        row = {"team": "T2", "content": encryption.encrypt(json.dumps(before))}
        await connection.execute(
            text("INSERT INTO slack_installations (team_id, content) VALUES (:team, :content)"), row
        )

    assert (1, 0) == (await store.drop_installers(), await store.drop_installers())
    async with engine.begin() as connection:
        sealed = (await connection.execute(text("SELECT content FROM slack_installations"))).scalars()
        assert not [one for one in sealed if "UADA" in encryption.decrypt(one)]
    found = await store.all()
    assert {"T1": TOKEN, "T2": "xoxb-2"} == {team: one.bot_token for team, one in found.items()}
    assert ["chat:write"] == list(found["T2"].bot_scopes)


async def test_changing_keys(engine):
    """The first key encrypts, all decrypt; once reencrypted, the old one is not needed any more."""
    old, new = new_key(), new_key()
    await Installations(engine, Encryption(old)).async_save(installation())

    both = Installations(engine, Encryption(f"{new}, {old}"))
    assert TOKEN == (await both.one("T1")).bot_token
    assert {"T1": None} == await Installations(engine, Encryption(new)).all()
    assert (1, ()) == await both.reencrypt_all()
    assert {"T1": None} == await Installations(engine, Encryption(old)).all()
    assert TOKEN == (await Installations(engine, Encryption(new)).one("T1")).bot_token


async def test_changing_to_keys_that_open_nothing(engine):
    """What none of the keys opens is named, left as it is, and keeps the others from nothing."""
    old, new = new_key(), new_key()
    await Installations(engine, Encryption(old)).async_save(installation())
    await Installations(engine, Encryption(new)).async_save(installation("T2"))

    assert (1, ("T1",)) == await Installations(engine, Encryption(new)).reencrypt_all()
    assert TOKEN == (await Installations(engine, Encryption(old)).one("T1")).bot_token


async def test_a_row_in_anothers_place(engine):
    """Who can write the database cannot give one workspace the token of another."""
    store = Installations(engine, Encryption(new_key()))
    await store.async_save(installation())
    await store.async_save(installation("T2", "xoxb-3"))
    async with engine.begin() as connection:
        swap = "UPDATE slack_installations SET content = (SELECT content FROM slack_installations WHERE team_id = 'T2')"
        await connection.execute(text(swap))

    assert await store.one("T1") is None
    assert (await store.one("T2")).bot_token == "xoxb-3"


async def test_what_was_tampered_with():
    """Neither text that is no encryption nor one bit of difference opens."""
    encryption = Encryption(new_key())
    sealed = encryption.encrypt("words")

    for wrong in ("words", "", sealed[:-4] + "AAA="):
        with pytest.raises(EncryptionError, match="PAPERROUND_KEYS"):
            encryption.decrypt(wrong)
    assert "words" == encryption.decrypt(encryption.reencrypt(sealed))


async def test_replacing_what_is_there_only(engine):
    """A renewal that comes too late, after another one, or after the workspace left, changes nothing."""
    store = Installations(engine, Encryption(new_key()))
    first = installation()
    second = installation(token="xoxb-2", refresh="xoxe-2")
    assert not await store.replace(first, second)
    await store.async_save(first)
    await store.reencrypt_all()

    assert await store.replace(first, second)
    assert not await store.replace(first, installation(token="xoxb-late", refresh="xoxe-3"))
    assert "xoxb-2" == (await store.one("T1")).bot_token


async def test_a_bot_saved_by_the_sdk(engine):
    """The SDK may hand over a token alone: it takes the place of the one that is there."""
    store = Installations(engine, Encryption(new_key()))
    bot = installation(token="xoxb-2").to_bot()
    await store.async_save_bot(bot)
    assert {} == await store.all()
    await store.async_save(installation())

    await store.async_save_bot(bot)

    found = await store.one("T1")
    assert ("xoxb-2", "Lab") == (found.bot_token, found.team_name)
    assert "xoxb-2" == renewed(installation(), bot).bot_token


async def test_a_state_is_good_once(engine):
    """Of two who bring the same state at once one is let in; one that we did not issue lets nobody in."""
    encryption = Encryption(new_key())
    states = OAuthStates(engine, encryption)
    state = await states.async_issue()

    assert [False, True] == sorted(await asyncio.gather(states.async_consume(state), states.async_consume(state)))
    assert not await states.async_consume(state)
    forged = encryption.encrypt("xoxb-a token that we keep").rstrip("=")
    other = await OAuthStates(engine, Encryption(new_key())).async_issue()
    for one in ("", "never issued", "ünissued", "a" * 200, state[:-1], forged, other):
        assert not await states.async_consume(one)


async def test_a_state_runs_out(engine):
    """After ten minutes it is of no use, and what was used is forgotten then."""
    now = 1000.0
    states = OAuthStates(engine, Encryption(new_key()), now=lambda: now)
    used, state = await states.async_issue(), await states.async_issue()
    assert await states.async_consume(used)
    now += SECONDS

    assert not await states.async_consume(state)
    assert not await states.async_consume(used)
    assert await states.async_consume(await states.async_issue())
    assert 1 == await count(engine, "slack_states")


async def test_many_states(engine):
    """Anybody can begin to install, as often as they like: nothing is stored of it, and what others began stays good."""
    states = OAuthStates(engine, Encryption(new_key()))
    mine = await states.async_issue()
    for _ in range(2000):
        await states.async_issue()

    assert 0 == await count(engine, "slack_states")
    assert await states.async_consume(mine)


async def test_many_used_states(tmp_path, tmp_path_factory):
    """Of states that were used only so many are remembered, the latest."""
    now = 1000.0
    async with opened(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as engine:
        with sqlite3.connect(tmp_path / "paperround.db") as direct:
            rows = ((f"{number:064}", 1000 + number / MOST) for number in range(1, MOST + 50))
            direct.executemany("INSERT INTO slack_states VALUES (?, ?)", rows)
        states = OAuthStates(engine, Encryption(new_key()), now=lambda: now)

        assert await states.async_consume(await states.async_issue())
        assert MOST == await count(engine, "slack_states")
