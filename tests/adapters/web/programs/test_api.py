"""The JSON API: what it tells, to whom, and that it keeps to its own OpenAPI document."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any

import httpx
import pytest

from adapters.web.programs.openapi import DOCUMENT
from bot.model import Member, MemberWishes, Names, PostingState
from tests.adapters.web.programs.conftest import KEY, World, world
from tests.factories import ADA, BEN, WEEK, digest, item, pick, posting, reaction, ref

PATHS = (
    "/channels",
    "/search?q=words",
    "/search?q=reward&most=1",
    f"/items/{KEY}",
    "/items/arxiv:2608.00002",
    "/items/https://arxiv.org/abs/2608.00002",
    f"/weeks/reading/{WEEK}",
    f"/weeks/secret/{WEEK}",
    "/weeks/reading/latest",
    "/reading-list",
    "/statistics/reading",
    "/statistics/secret",
)


async def ask(here: World, path: str, token: str | None = "operator", method: str = "GET") -> httpx.Response:
    headers = {"Authorization": f"Bearer {here.tokens.get(token, token)}"} if token else {}
    transport = httpx.ASGITransport(app=here.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, f"/api/v1{path}", headers=headers)


async def mark_another(here: World) -> None:
    """In the week before, Ada starred a work of which she has not written."""
    key = "arxiv:2608.00003"
    async with here.database.unit_of_work() as uow:
        one = item(key, title="Reward models 3", authors=("Grace Hopper",))
        await uow.digests.add(digest(pick(one), channel="reading", week="2026-W33"))
        plain = {"channel": "reading", "week": "2026-W33", "item_key": key, "key": "reading/2026-W33/1"}
        await uow.postings.plan([posting(1, **plain)])
        await uow.postings.save(posting(1, **plain, state=PostingState.POSTED, ref=ref("m3")))
        await uow.reactions.put(reaction("⭐", ADA, ref=ref("m3")))
        await uow.commit()


async def test_what_it_tells(here: World) -> None:
    """A work is told with everything that the team made of it; every script survives."""
    await mark_another(here)
    found = (await ask(here, f"/items/{KEY}")).json()

    assert ("Reward models 1", ["Grace Hopper"], "10.48550/arXiv.2608.00001") == (
        found["title"],
        found["authors"],
        found["doi"],
    )
    assert [("Ada", "must-read")] == [(one["member"], one["decision"]) for one in found["decisions"]]
    assert [("Ada", "public words :tada: 強化")] == [(one["member"], one["text"]) for one in found["summaries"]]
    (result,) = (await ask(here, "/search?q=強化 public")).json()["results"]
    assert "public words :tada: 強化" == result["excerpts"][0]["text"]
    week = (await ask(here, "/weeks/reading/latest")).json()
    assert (WEEK, [KEY]) == (week["week"], [one["key"] for one in week["picks"]])
    listed = (await ask(here, "/reading-list", "ada")).json()
    assert [("must-read", "reading")] == [(one["decision"], one["channel"]) for one in listed["waiting"]]


async def test_what_a_member_mutes(here: World) -> None:
    """The reading list leaves out what its member mutes, as it does in chat."""
    await mark_another(here)
    async with here.database.unit_of_work() as uow:
        await uow.members.put_wishes("fake", "U1", MemberWishes(mute=("author:Grace Hopper",)))
        await uow.commit()

    assert [] == (await ask(here, "/reading-list", "ada")).json()["waiting"]


async def test_a_channel_that_shows_counts() -> None:
    """Where no names stand beside decisions, all are told how many decided, and only oneself by name; words are signed."""
    here = await world(names=Names.COUNTS)

    for path, work in ((f"/items/{KEY}", dict), ("/weeks/reading/latest", lambda week: week["picks"][0])):
        theirs, own = [work((await ask(here, path, token)).json()) for token in ("operator", "ada")]
        assert [] == theirs["decisions"]
        assert [{"channel": "reading", "decision": "must-read", "members": 1}] == theirs["counts"]
        assert ["Ada"] == [one["member"] for one in own["decisions"]]
        assert ["Ada"] == [one["member"] for one in theirs["summaries"]]
    assert "Ada" not in (await ask(here, "/statistics/reading")).text


@pytest.mark.parametrize("token", ["ada", "bound"])
@pytest.mark.parametrize("path", PATHS)
async def test_what_one_may_not_read(here: World, token: str, path: str) -> None:
    """No answer holds a word of a channel that its token does not read, nor that channel's name."""
    answer = await ask(here, path, token)

    assert "canary" not in answer.text
    assert "Ben" not in answer.text
    if "secret" in path:
        assert 404 == answer.status_code
    if path == "/channels":
        assert ["reading"] == [one["name"] for one in answer.json()["channels"]]


async def test_the_operators_token(here: World) -> None:
    """The operator's reads everything, but has no reading list."""
    assert "canary" in (await ask(here, "/items/arxiv:2608.00002")).text
    answer = await ask(here, "/reading-list")
    assert 400 == answer.status_code
    assert "--member" in answer.json()["error"]


@pytest.mark.parametrize("token", [None, "", "wrong", "pr_wrong"])
async def test_without_a_token(here: World, token: str | None) -> None:
    """Without a token, or with one that was never made, nothing is told but how to get one."""
    for path in PATHS:
        answer = await ask(here, path, token)
        assert (401, "Bearer") == (answer.status_code, answer.headers["www-authenticate"])
        assert "paperround token new" in answer.json()["error"]


async def test_revoked(here: World) -> None:
    """A revoked token opens nothing from that moment on; what is kept of a token does not open anything either."""
    assert 200 == (await ask(here, "/channels", "bound")).status_code
    stored = next(hash_ for hash_, one in here.database.tables.api_tokens.items() if one.name == "ada")
    async with here.database.unit_of_work() as uow:
        await uow.api_tokens.revoke("bound")
        await uow.commit()

    assert 401 == (await ask(here, "/channels", "bound")).status_code
    assert 401 == (await ask(here, "/channels", stored)).status_code


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/search?q=", 400, "nothing to look for"),
        ("/search?q=has:video", 400, "has:code"),
        ("/search?q=x&most=0", 400, "from 1 to 100"),
        ("/search?q=x&skip=-1", 400, "from 0"),
        ("/weeks/reading/2026-W99", 400, "no week"),
        ("/weeks/nowhere/latest", 404, "nothing of that name"),
        ("/items/arxiv:9999.99999", 404, "nothing of that name"),
        ("/items/%0Aarxiv:9999", 404, "nothing of that name"),
        ("/nothing", 404, "nothing at this address"),
        ("/nothing%0A", 404, "nothing at this address"),
    ],
)
async def test_what_cannot_be_answered(here: World, path: str, status: int, told: str) -> None:
    """What is wrong is said in a sentence."""
    answer = await ask(here, path)

    assert status == answer.status_code
    assert told in answer.json()["error"]


async def test_read_only(here: World) -> None:
    """Nothing is changed by it: other methods are refused."""
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert 405 == (await ask(here, "/channels", method=method)).status_code


def test_by_its_own_document() -> None:
    """Tried with a hundred odd requests of each kind, every answer is one that the OpenAPI document tells of, and none a fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis  # noqa: PLC0415 - takes a second
        from hypothesis import HealthCheck, Phase, settings  # noqa: PLC0415
        from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: PLC0415 - as above

    there = asyncio.run(world())
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", there.app)
    headers = {"Authorization": f"Bearer {there.tokens['operator']}"}
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        def check(case: Any) -> None:
            nonlocal tried
            tried += 1
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # Which words are a question, and which weeks there are, no schema tells.
                case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        strategy = operation.as_strategy()
        from hypothesis import given  # noqa: PLC0415 - as above

        quick = settings(
            max_examples=40, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        quick(given(case=strategy)(check))()
    assert tried > 100


def strict(schema: Any) -> Any:
    """The same schema, by which an object has no field that it does not name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    more = {"additionalProperties": False} if "properties" in schema else {}
    return {name: strict(value) for name, value in schema.items()} | more


async def test_the_document_tells_every_field(here: World) -> None:
    """Each answer that has something in it has the fields that the document names, all of them and no other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis  # noqa: PLC0415 - takes a second

        document = json.loads(json.dumps(DOCUMENT))
        document["components"]["schemas"] = strict(document["components"]["schemas"])
        schema = schemathesis.openapi.from_dict(document)
    await mark_another(here)
    async with here.database.unit_of_work() as uow:
        for member in (ADA, BEN, Member(id="U3", name="Cleo")):
            await uow.reactions.put(reaction("✅", member, ref=ref("m1")))
        await uow.commit()
    answers = {
        "/channels": "/channels",
        "/search": "/search?q=words",
        "/items/{key}": f"/items/{KEY}",
        "/weeks/{channel}/{week}": f"/weeks/reading/{WEEK}",
        "/reading-list": "/reading-list",
        "/statistics/{channel}": "/statistics/reading",
    }
    assert {f"/api/v1{path}" for path in answers} == document["paths"].keys()
    for path, address in answers.items():
        answer = await ask(here, address, "ada")
        assert 200 == answer.status_code, address
        assert all(
            value
            for name, value in answer.json().items()
            if name in {"results", "picks", "waiting", "weeks", "sources", "own"}
        )
        schema[f"/api/v1{path}"]["GET"].validate_response(answer)


async def test_the_document_is_valid(here: World) -> None:
    """The document is public, and tells of every route there is."""
    document = (await ask(here, "/openapi.json", None)).json()

    routes = {route.path.replace(":anything", "") for route in here.app.routes if route.path.startswith("/api/v1/")}
    assert {*document["paths"], "/api/v1/openapi.json", "/api/v1/{rest}"} == routes
    assert "pr_" not in json.dumps(document)
