"""Two workspaces' worth of channels, and an application that serves them to programs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from adapters.web.programs.api import Api
from adapters.web.programs.mcp_server import McpEndpoint
from bot.api_token import ApiToken, hashed, new_secret
from bot.model import Channel, Names, PostingState
from bot.usecases.library import Library
from bot.usecases.programs import Programs
from tests.factories import ADA, BEN, NOW, channel, digest, item, pick, posting, reaction, ref, summary
from tests.fake_storage import FakeDatabase

OURS, THEIRS = channel("reading"), channel("secret", id="C2")
KEY = "arxiv:2608.00001"


@dataclass
class World:
    """What is asked, and tokens to ask with."""

    app: Starlette
    programs: Programs
    database: FakeDatabase
    tokens: dict[str, str]


async def no_url(_channel: Channel, _ref: object) -> str | None:
    return None


async def world(names: Names = Names.SHOWN) -> World:
    """`reading`, that Ada and Ben read, and `secret`, that only Ben reads; each with a work, a decision and a summary of its own."""
    database = FakeDatabase()
    async with database.unit_of_work() as uow:
        for number, (where, member, words) in enumerate(
            ((OURS, ADA, "public words"), (THEIRS, BEN, "canary words")), 1
        ):
            key = f"arxiv:2608.0000{number}"
            one = item(key, title=f"Reward models {number}", abstract="We train a judge.", authors=("Grace Hopper",))
            await uow.digests.add(digest(pick(one), channel=where.name))
            plain = {"channel": where.name, "item_key": key, "key": f"{where.name}/1"}
            await uow.postings.plan([posting(1, **plain)])
            await uow.postings.save(posting(1, **plain, state=PostingState.POSTED, ref=ref(f"m{number}")))
            await uow.reactions.put(reaction("⭐", member, ref=ref(f"m{number}")))
            own = {"parent": ref(f"m{number}"), "item_key": key, "channel": where.name, "member": member}
            await uow.summaries.put(summary(f"{words} :tada: 強化", f"r{number}", **own))
        made = {
            "operator": ApiToken(name="operator", made=NOW),
            "ada": ApiToken(name="ada", made=NOW, platform="fake", member_id="U1"),
            "bound": ApiToken(name="bound", made=NOW, channels=("reading",)),
        }
        tokens = {name: new_secret() for name in made}
        for name, token in made.items():
            await uow.api_tokens.add(token, hashed(tokens[name]))
        await uow.commit()

    async def readable_by(_platform: str, member_id: str) -> frozenset[str]:
        return frozenset({"reading"} if member_id == "U1" else {"reading", "secret"})

    async def channels() -> list[Channel]:
        return [replace(OURS, names=names), THEIRS]

    programs = Programs(
        unit_of_work=database.unit_of_work,
        writing=database.unit_of_work,
        channels=channels,
        readable_by=readable_by,
        message_url=no_url,
        library=Library(database.unit_of_work),
        clock=lambda: NOW,
    )
    app = Starlette(routes=[*Api(programs).routes(), Route("/mcp", McpEndpoint(programs))])
    return World(app, programs, database, tokens)


@pytest.fixture
async def here() -> World:
    return await world()
