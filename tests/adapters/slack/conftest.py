"""A fake Slack, and our room on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.slack.workspace import SlackPlatform
from tests.fake_slack import FakeSlack, fake_slack
from tests.slack_harness import Waits, build


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A workspace on loopback."""
    async with fake_slack() as found:
        yield found


@pytest.fixture
def waits() -> Waits:
    """A timer whose waits pass at once."""
    return Waits()


@pytest.fixture
async def room(slack, waits) -> AsyncIterator[SlackPlatform]:
    """Our room, which waits for nothing in earnest."""
    found = build(slack, timer=waits.timer(), message_interval=1.0)
    yield found
    await found.chat.close()
