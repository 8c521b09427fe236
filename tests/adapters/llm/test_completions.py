"""An OpenAI-compatible endpoint on loopback: asked as it wants to be, and whatever it answers is borne."""

from __future__ import annotations

import json

import pytest

from adapters.llm.completions import LARGEST, ChatCompletions
from bot.errors import SummarizerError
from tests.local_server import Canned, LocalServer, local_server

ASKED = [{"role": "system", "content": "Do."}, {"role": "user", "content": "{}"}]
PATH = "/v1/chat/completions"


def completion(content: object = "A sentence.", **more: object) -> Canned:
    return Canned(json.dumps({"choices": [{"message": {"content": content}}], **more}).encode())


@pytest.fixture
async def server():
    async with local_server() as found:
        yield found


async def complete(server: LocalServer, key: str | None = "s3cret") -> tuple[str, int | None]:
    model = ChatCompletions(f"{server.url}/v1/", "tiny", key, seconds=0.5)
    try:
        return await model.complete(ASKED, 120)
    finally:
        await model.close()
        await model.close()


async def test_asked_and_answered(server: LocalServer) -> None:
    """The model is asked by its name, with the key, within bounds; the words come back with what they cost."""
    server.on(PATH, completion(usage={"total_tokens": 42}))

    assert ("A sentence.", 42) == await complete(server)
    (asked,) = server.asked
    assert "Bearer s3cret" == asked.headers["authorization"]
    assert {"model": "tiny", "messages": ASKED, "max_tokens": 120, "temperature": 0} == json.loads(asked.body)


async def test_without_key_and_usage(server: LocalServer) -> None:
    """A local model wants no key, and may not say what it cost."""
    server.on(PATH, completion(usage={"total_tokens": "many"}))

    assert ("A sentence.", None) == await complete(server, key=None)
    assert "authorization" not in server.asked[0].headers


async def test_thoughts(server: LocalServer) -> None:
    """A model that used up its tokens on thoughts says nothing, and has cost something; thoughts before an answer are none of it."""
    server.on(PATH, completion(None, usage={"total_tokens": 900}))
    assert ("", 900) == await complete(server)

    server.on(PATH, completion("<think>Well.</think>A sentence."))
    assert ("A sentence.", None) == await complete(server)


async def test_what_cost_nothing(server: LocalServer) -> None:
    """A refusal cost nothing, and nor did an endpoint that was not reached; an answer that broke off may have."""
    free = []
    for answer in (Canned(b"no", 401), b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx", Canned(b"<html>")):
        server.on(PATH, answer)
        with pytest.raises(SummarizerError) as raised:
            await complete(server)
        free.append(raised.value.free)
    with pytest.raises(SummarizerError) as raised:
        await ChatCompletions("http://127.0.0.1:9/v1", "tiny", seconds=0.5).complete(ASKED, 10)

    assert [True, False, False, True] == [*free, raised.value.free]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Canned(b"no", 401), "it answered 401"),
        (Canned(b"", 302, {"Location": "http://127.0.0.1:1/elsewhere"}), "it answered 302"),
        (Canned(b"<html>"), "no completion"),
        (Canned(b"[" * 100_000), "no completion"),
        (Canned(b'{"choices": []}'), "no completion"),
        (Canned(b"3"), "no completion"),
        (completion(["A sentence."]), "no completion"),
        (Canned(b'{"choices": [{"message": "A sentence."}]}'), "no completion"),
        (completion("x" * LARGEST), "more than a sentence takes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx", "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\n\r\n{", "no completion"),
    ],
)
async def test_what_is_no_answer(server: LocalServer, answer, words: str) -> None:
    """Refusals, redirects, noise and floods are one error with a reason, and the key is in none of them."""
    server.on(PATH, answer)
    with pytest.raises(SummarizerError, match=words) as raised:
        await complete(server)

    assert "s3cret" not in f"{raised.value!r} {raised.value.__cause__!r}"
    assert 1 == len(server.asked)


async def test_silence(server: LocalServer) -> None:
    """An endpoint that says nothing is given up after its time."""

    async def hang(writer):
        await writer.drain()
        import asyncio  # noqa: PLC0415

        await asyncio.sleep(2)

    server.on(PATH, hang)
    with pytest.raises(SummarizerError, match="cannot be reached"):
        await complete(server)


async def test_nobody_there() -> None:
    """An endpoint that is not there is an error like any other."""
    with pytest.raises(SummarizerError, match="cannot be reached"):
        await ChatCompletions("http://127.0.0.1:9/v1", "tiny", seconds=0.5).complete(ASKED, 10)
