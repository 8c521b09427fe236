"""What Slack says of channels, one by one or many at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.slack import channel_info
from adapters.slack.channel_info import FEW, FRESH_SECONDS, ChannelInfo
from bot.errors import ChatError


class Api:
    """Counts what is asked; knows channels C0 to C99, all public but C7, and is in all but C99."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.org_wide = self.away = False

    async def identity(self) -> Any:
        return self

    async def read(self, method: str, **arguments: Any) -> dict[str, Any]:
        self.asked.append(method)
        await asyncio.sleep(0)
        if self.away:
            raise ChatError("slack", "503")
        if method == "conversations.info":
            return {"channel": _channel(arguments["channel"])}
        first = int(arguments["cursor"] or 0)
        listed = [_channel(f"C{number}") for number in range(first, min(first + 50, 99))]
        return {"channels": listed, "response_metadata": {"next_cursor": str(first + 50) if first + 50 < 99 else ""}}


def _channel(one: str) -> dict[str, Any]:
    return {"id": one, "is_private": one == "C7"}


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def api() -> Api:
    return Api()


async def test_many_at_once(api: Api) -> None:
    """A digest in a large workspace asks for all its channels: a few are asked for alone, the others come from one list, with the same answers."""
    info: Any = ChannelInfo(api)  # type: ignore[arg-type]
    found = await asyncio.gather(*(info.of(f"C{number}") for number in range(96)))

    assert [number == 7 for number in range(96)] == [one["is_private"] for one in found]
    assert (FEW, 2) == (api.asked.count("conversations.info"), api.asked.count("users.conversations"))


async def test_one_that_is_not_listed(api: Api) -> None:
    """One that we are not in is asked for by itself."""
    info: Any = ChannelInfo(api)  # type: ignore[arg-type]
    await asyncio.gather(*(info.of(f"C{number}") for number in range(FEW + 1)))

    assert "C99" == (await info.of("C99"))["id"]
    assert "conversations.info" == api.asked[-1]


async def test_a_minute_later(api: Api) -> None:
    """A list is no older than a minute; and few are asked for one by one then as well."""
    clock = Seconds()
    info: Any = ChannelInfo(api, clock)  # type: ignore[arg-type]
    for _ in range(2):
        await asyncio.gather(*(info.of(f"C{number}") for number in range(20)))
        clock.now += FRESH_SECONDS

    assert (2 * FEW, 4) == (api.asked.count("conversations.info"), api.asked.count("users.conversations"))


async def test_what_is_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the channels of a list nothing but their flags is kept, and these for no longer than they count."""
    monkeypatch.setattr(channel_info, "FRESH_SECONDS", 0.05)
    info: Any = ChannelInfo(api, lambda: 0.0)  # type: ignore[arg-type]
    found = await asyncio.gather(*(info.of(f"C{number}") for number in range(FEW + 3)))

    assert {"is_private"} == found[-1].keys()
    await asyncio.sleep(0.2)
    assert info._listing is None


async def test_a_list_that_fails(api: Api) -> None:
    """It is said, and asked for the next time."""
    info: Any = ChannelInfo(api)  # type: ignore[arg-type]
    await asyncio.gather(*(info.of(f"C{number}") for number in range(FEW)))
    api.away = True
    with pytest.raises(ChatError):
        await info.of("C8")
    api.away = False

    assert (await info.of("C7"))["is_private"]


async def test_an_organisation(api: Api) -> None:
    """In an installation for a whole organisation each is asked for: a list would be that of one workspace."""
    api.org_wide = True
    info: Any = ChannelInfo(api)  # type: ignore[arg-type]
    await asyncio.gather(*(info.of(f"C{number}") for number in range(20)))

    assert ["conversations.info"] * 20 == api.asked
