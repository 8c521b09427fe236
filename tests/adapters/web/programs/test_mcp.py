"""The MCP server: the same answers as the API, in memory, over HTTP by token, and on standard input and output."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import httpx
import pytest

from bot.api_token import ApiToken
from tests.adapters.web.programs.conftest import KEY, World
from tests.factories import NOW

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mcp import Client, StdioServerParameters

    from adapters.web.programs.mcp_server import mcp_server

TOOLS = {"search", "item", "week", "reading_list", "statistics"}


def told(result: object) -> dict:
    return json.loads(result.content[0].text)


async def test_what_an_assistant_asks(here: World) -> None:
    """The tools are there, and say what the team thinks of a paper."""
    caller = await here.programs.caller_of(ApiToken(name="x", made=NOW))

    async with Client(mcp_server(here.programs, caller)) as client:
        assert TOOLS == {tool.name for tool in (await client.list_tools()).tools}
        item = told(await client.call_tool("item", {"key": f"https://arxiv.org/abs/{KEY.partition(':')[2]}"}))
        found = told(await client.call_tool("search", {"question": "judge"}))
        nothing = told(await client.call_tool("item", {"key": "arxiv:1"}))
        wrong = await client.call_tool("search", {"question": "has:video"})

    assert "public words :tada: 強化" == item["summaries"][0]["text"]
    assert 2 == len(found["results"])
    assert "knows nothing" in nothing["error"]
    assert wrong.is_error
    assert "has:code" in wrong.content[0].text


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("search", {}, "search needs the argument 'question', for example 'reward model by:ada'."),
        (
            "search",
            {"query": "judge"},
            "search has no argument 'query'. Its arguments: question, most (may be left out).",
        ),
        ("search", {"question": ["judge"]}, "The argument 'question' of search must be a text, for example"),
        ("search", {"question": "judge", "most": "many"}, "The argument 'most' of search must be a whole number"),
        ("item", {"key": None}, "The argument 'key' of item must be a text, for example 'arxiv:2511.01234'."),
        ("week", {}, "week needs the argument 'channel', for example 'reading-group'."),
        ("reading_list", {"member": "ada"}, "reading_list has no argument 'member'. Its arguments: none."),
        ("delete", {}, "There is no tool 'delete'. There are: search, item, week, reading_list, statistics."),
        ("search", {"question": "has:video"}, "has:video is not known. There are has:code and has:summary."),
    ],
)
async def test_wrong_arguments(here: World, tool: str, arguments: dict, said: str) -> None:
    """A call that cannot be answered is told what is wrong and what would be right, in our words alone, in memory as over HTTP."""
    caller = await here.programs.caller_of(ApiToken(name="x", made=NOW))

    async with Client(mcp_server(here.programs, caller)) as client:
        wrong = await client.call_tool(tool, arguments)
    over_http = (await post(here, "ada", "tools/call", name=tool, arguments=arguments)).json()["result"]

    assert wrong.is_error
    assert wrong.content[0].text.startswith(said)
    assert over_http["isError"] is True
    assert wrong.content[0].text == over_http["content"][0]["text"]


async def test_what_it_may_not_read(here: World) -> None:
    """A member's assistant reads what the member reads."""
    caller = await here.programs.caller_of(ApiToken(name="x", made=NOW, platform="fake", member_id="U1"))

    async with Client(mcp_server(here.programs, caller)) as client:
        asked = [
            await client.call_tool("search", {"question": "words"}),
            await client.call_tool("item", {"key": "arxiv:2608.00002"}),
            await client.call_tool("week", {"channel": "secret"}),
            await client.call_tool("statistics", {"channel": "secret"}),
            await client.call_tool("reading_list", {}),
        ]

    assert "canary" not in "".join(result.content[0].text for result in asked)


async def post(here: World, token: str | None, method: str, **params: object) -> httpx.Response:
    headers = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        **({"Authorization": f"Bearer {here.tokens.get(token, token)}"} if token else {}),
    }
    transport = httpx.ASGITransport(app=here.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://papers.example.org") as client:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return await client.post("/mcp", json=body, headers=headers)


async def test_over_http(here: World) -> None:
    """At /mcp a request is answered by its token, whatever name the server is called by; without one it is refused."""
    answer = await post(here, "ada", "tools/call", name="search", arguments={"question": "words"})

    assert 200 == answer.status_code, answer.text
    assert "public words" in answer.text
    assert "canary" not in answer.text
    assert TOOLS == {tool["name"] for tool in (await post(here, "ada", "tools/list")).json()["result"]["tools"]}
    assert [401, 401] == [(await post(here, token, "tools/list")).status_code for token in (None, "pr_wrong")]
    async with here.database.unit_of_work() as uow:
        await uow.api_tokens.revoke("ada")
        await uow.commit()
    assert 401 == (await post(here, "ada", "tools/list")).status_code


@pytest.mark.process
async def test_on_standard_input_and_output(tmp_path: Path) -> None:
    """`paperround mcp` speaks nothing but the protocol on standard output."""
    (tmp_path / "paperround.toml").write_text('[[channels]]\nname = "reading"\n', "utf-8")
    program = StdioServerParameters(
        command=sys.executable, args=["-m", "scheduler", "mcp"], cwd=str(tmp_path), env={"PYTHONPATH": str(Path.cwd())}
    )

    async with Client(program) as client:
        assert TOOLS == {tool.name for tool in (await client.list_tools()).tools}
        assert {"results": [], "more": False} == told(await client.call_tool("search", {"question": "reward"}))
