"""Slack for the chat suite where two workspaces installed us: people act in the one, the other must not come between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from adapters.slack.oauth.app import App
from adapters.slack.oauth.encryption import Encryption, new_key
from adapters.slack.oauth.workspaces import InstallationStore, Workspaces
from adapters.slack.workspace import SlackTiming
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.model import Channel
from tests.databases import opened
from tests.fake_slack import SECRET
from tests.fake_slack_app import CLIENT_ID, CLIENT_SECRET, fake_slack_app
from tests.slack_harness import CHANNEL, SlackHarness, ignore

TWO = Channel(name="two", platform="slack", id="T2/C2")


@asynccontextmanager
async def slack_shared(address: str) -> AsyncIterator[SlackHarness]:
    """The adapter on a migrated database and two fresh workspaces, listening; people are in the first."""
    async with opened(address) as engine, fake_slack_app("T1", "T2") as slack:
        app = App(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, signing_secret=SECRET, api_url=slack.url + "api/")
        kept = InstallationStore(
            engine=engine,
            encryption=Encryption(new_key()),
            unit_of_work=SqlUnitOfWorkFactory(engine),
            owner=lambda: "we",
        )
        chat = Workspaces(app, [CHANNEL, TWO], kept, timing=SlackTiming(message_interval=0.0, redraw_interval=0.05))
        slack.serve_to(Starlette(routes=chat.routes()))
        await chat.listen(ignore)
        for team in ("T1", "T2"):
            await slack.install(team)
        room = (await chat._tenants.all())["T1"].workspace
        harness = SlackHarness(slack.workspaces["T1"], room)
        harness.chat = chat
        try:
            yield harness
        finally:
            await chat.close()
            await room.chat.close()  # in which people may have acted after the chat was closed
