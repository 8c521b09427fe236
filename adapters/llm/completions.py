"""
`POST {base}/chat/completions`, as OpenAI defined it and vLLM, Ollama, llama.cpp, LM Studio and most providers answer it.

The endpoint is the operator's own choice, so it may be a private address; it is not followed elsewhere, and what it answers is bounded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from bot.errors import SummarizerError

SECONDS: Final = 20.0
LARGEST: Final = 200_000
"""Bytes of an answer: a sentence with its envelope has a few hundred."""


_THOUGHT: Final = "</think>"
"""What ends the thoughts of a model that thinks aloud, where its server leaves them in the answer."""


class ChatCompletions:
    """`bot.ports.Summarizer` on an OpenAI-compatible endpoint. `base` is its address up to and without `/chat/completions`."""

    def __init__(self, base: str, model: str, key: str | None = None, *, seconds: float = SECONDS) -> None:
        self.model = model
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._url = f"{base.rstrip('/')}/chat/completions"
        self._client = httpx.AsyncClient(headers=headers, timeout=seconds, follow_redirects=False)

    async def complete(self, messages: Sequence[Mapping[str, str]], most_tokens: int) -> tuple[str, int | None]:
        """Ask once. Raises `SummarizerError`; nothing of the key is in it."""
        asked = {"model": self.model, "messages": list(messages), "max_tokens": most_tokens, "temperature": 0}
        try:
            async with self._client.stream("POST", self._url, json=asked) as response:
                body = await _read(response)
        except httpx.HTTPError as error:
            # Who was not reached was not paid; one that broke off, or took too long, may have been.
            unasked = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            raise SummarizerError(f"it cannot be reached ({type(error).__name__})", free=unasked) from error
        if not response.is_success:
            raise SummarizerError(f"it answered {response.status_code}", free=True)
        return _answer(body)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def _read(response: httpx.Response) -> bytes:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > LARGEST:
            raise SummarizerError("it answered more than a sentence takes")
    return body


def _answer(body: bytes) -> tuple[str, int | None]:
    try:
        found: Any = json.loads(body)
        text = found["choices"][0]["message"].get("content")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise SummarizerError("it answered what is no completion") from error
    if text is not None and not isinstance(text, str):
        raise SummarizerError("it answered what is no completion")
    usage = found.get("usage")
    total = usage.get("total_tokens") if isinstance(usage, Mapping) else None
    # A model that thinks may use up its tokens before it says a word: paid for, and nothing.
    said = (text or "").rpartition(_THOUGHT)[2]
    return said, total if isinstance(total, int) and not isinstance(total, bool) and total > 0 else None
