"""Several workspaces: how they install and leave, and that what is one's is never another's."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from adapters.slack.oauth.app import App
from adapters.slack.oauth.encryption import Encryption, new_key
from adapters.slack.oauth.token_rotation import BEFORE
from adapters.slack.oauth.workspaces import HOME, InstallationStore, Workspaces
from adapters.slack.settings import SlackSettings
from adapters.slack.workspace import Hooks, SlackTiming
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.errors import ChatError, ChatRefused
from bot.events import ReactionAdded, ReplyPosted
from bot.model import Answer, Channel, MessageRef
from bot.rendering import render
from tests import factories
from tests.databases import migrated_sqlite, opened
from tests.fake_slack import SECRET, Fault, event, signed
from tests.fake_slack_app import CLIENT_ID, CLIENT_SECRET, FakeSlackApp, fake_slack_app, state_of
from tests.slack_harness import Waits
from tests.waiting import until

ONE = Channel(name="one", platform="slack", id="T1/C1")
TWO = Channel(name="two", platform="slack", id="T2/#papers")
SINCE = datetime(2026, 8, 1, tzinfo=UTC)
(HEAD, PICK, _) = render(factories.digest_of(["arxiv:1"]), ONE)
HALF_A_DAY = 12 * 3600
WRONG = (
    {"event": None},
    {"event": "reaction_added"},
    {"event": {}},
    {"event": {"type": "reaction_added", "item": "C1"}},
    {"event": {"type": "tokens_revoked", "tokens": "all"}},
    {"authorizations": "T1"},
    {"authorizations": [None]},
    {"team": "T1"},
    {"view": []},
    {"view": "home"},
)


@dataclass
class Core:
    """What the core hears."""

    events: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    news: list = field(default_factory=list)
    looked: int = 0

    async def sink(self, event) -> None:
        self.events.append(event)

    async def answer(self, call) -> Answer:
        self.calls.append(call)
        return Answer()

    async def heard(self, channel_id, because) -> None:
        self.news.append((channel_id, because))

    async def look_over(self) -> None:
        self.looked += 1


@dataclass
class World:
    """An app on the fake, on a database, with its core; `built` makes another process of it."""

    slack: FakeSlackApp
    engine: AsyncEngine
    core: Core = field(default_factory=Core)
    key: str = field(default_factory=new_key)
    channels: tuple[Channel, ...] = (ONE, TWO)
    waits: Waits = field(default_factory=Waits)
    now: float = 0.0
    owner: str = "we"
    made: list[Workspaces] = field(default_factory=list)

    def built(self, **more) -> Workspaces:
        kept = InstallationStore(
            engine=self.engine,
            encryption=Encryption(more.pop("key", self.key)),
            unit_of_work=SqlUnitOfWorkFactory(self.engine),
            owner=lambda: self.owner,
        )
        app = App(
            client_id=CLIENT_ID,
            client_secret=more.pop("secret", CLIENT_SECRET),
            signing_secret=SECRET,
            api_url=self.slack.url + "api/",
        )
        core = self.core
        hooks = Hooks(commands=core.answer, news=core.heard, reconnected=core.look_over)
        timing = SlackTiming(message_interval=0.0, redraw_interval=0.0)
        found = Workspaces(
            app,
            more.pop("channels", self.channels),
            kept,
            hooks=hooks,
            settings=SlackSettings(admins=("T1:UADA",)),
            timing=timing,
            timer=self.waits.timer(),
            now=lambda: datetime.now(UTC).timestamp() + self.now,
        )
        self.made.append(found)
        return found

    async def serve(self, **more) -> Workspaces:
        """Serve a process of it on the web, listening."""
        found = self.built(**more)
        self.slack.serve_to(Starlette(routes=found.routes()))
        await found.listen(self.core.sink)
        return found


def _typed(slack, **more):
    form = {"command": "/paperround", "text": "mine", "user_id": "UADA", "team_id": slack.team, "channel_id": "C1"}
    return {**form, "trigger_id": "trigger1", "response_url": slack.url + "response", "token": "x", **more}


@pytest.fixture
async def world(tmp_path: Path, tmp_path_factory) -> AsyncIterator[World]:
    """Two workspaces that may install us."""
    async with (
        opened(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as engine,
        fake_slack_app("T1", "T2") as slack,
    ):
        found = World(slack, engine)
        yield found
        for one in found.made:
            await one.close()


class TestInstalling:
    async def test_from_beginning_to_end(self, world):
        """The browser is sent to Slack with what we ask for, and comes back; what is left to do is said, with the workspace's id."""
        chat = await world.serve()
        begun = await world.slack.begin()
        assert (302, True) == (
            begun.status_code,
            "chat%3Awrite" in begun.headers["location"] or "chat:write" in begun.headers["location"],
        )
        assert begun.headers["location"].startswith(world.slack.url + "oauth/v2/authorize?")
        assert {"secure", "httponly"} <= {part.strip().lower() for part in begun.headers["set-cookie"].split(";")}

        done = await world.slack.come_back(code=world.slack.agree("T1"), state=state_of(begun))

        assert (200, True) == (done.status_code, "team = &quot;T1&quot;" in done.text or 'team = "T1"' in done.text)
        assert "no-store" in done.headers["cache-control"]
        assert "xoxb-token1" not in done.text
        assert (await chat.store.one("T1")).bot_token == world.slack.workspaces["T1"].token
        assert [("T1/C1", None)] == world.core.news

    async def test_denied(self, world):
        """Who cancels in Slack is told that nothing was changed; no words of the address are shown."""
        await world.serve()
        state = state_of(await world.slack.begin())

        denied = await world.slack.come_back(error="access_denied", state=state)
        odd = await world.slack.come_back(error="<script>alert(1)</script>", state=state)

        assert (200, True) == (denied.status_code, "cancelled" in denied.text)
        assert "script" not in odd.text
        assert [] == world.slack.calls

    async def test_a_state_again(self, world):
        """Going back in the browser installs nothing twice."""
        await world.serve()
        state = state_of(await world.slack.begin())
        await world.slack.come_back(code=world.slack.agree("T1"), state=state)
        world.slack.keep_cookie(state)

        again = await world.slack.come_back(code=world.slack.agree("T2"), state=state)

        assert (401, True) == (again.status_code, "done already" in again.text)
        assert 1 == len(world.slack.calls)

    async def test_a_state_that_ran_out(self, world):
        """Who takes longer than ten minutes begins again."""
        await world.serve()
        state = state_of(await world.slack.begin())
        world.now += 601

        late = await world.slack.come_back(code=world.slack.agree("T1"), state=state)

        assert (401, True) == (late.status_code, "too long ago" in late.text)
        assert [] == world.slack.calls

    @pytest.mark.parametrize("query", [{}, {"code": "stolen"}, {"code": "stolen", "state": "made up"}])
    async def test_nobody_began_it(self, world, query):
        """Without a state of ours in this very browser, no code is taken."""
        await world.serve()

        assert (await world.slack.come_back(**query)).status_code == 400
        assert [] == world.slack.calls

    async def test_the_log_stays_short(self, world, caplog):
        """Anybody may come back from Slack without having been there: that is told once a minute."""
        await world.serve()
        for number in range(5):
            await world.slack.come_back(code=f"stolen {number}")

        assert 1 >= sum("An install failed" in one for one in caplog.messages)

    async def test_another_browser(self, world):
        """A link sent by a stranger installs nothing: the cookie is in the browser that began."""
        await world.serve()
        state = state_of(await world.slack.begin())
        world.slack.forget_cookies()

        assert (await world.slack.come_back(code=world.slack.agree("T1"), state=state)).status_code == 400
        assert [] == world.slack.calls

    async def test_slack_does_not_take_the_code(self, world, caplog):
        """Its word is in the log, the code is not."""
        caplog.set_level(logging.DEBUG, "adapters")
        await world.serve()
        state = state_of(await world.slack.begin())

        failed = await world.slack.come_back(code="code-canary", state=state)

        assert (401, True) == (failed.status_code, "in the log" in failed.text)
        assert "invalid_code" in caplog.text
        assert "code-canary" not in caplog.text

    async def test_slack_cannot_be_reached(self, world):
        """It is said, and nothing is kept."""
        chat = await world.serve()
        world.slack.faults = [Fault(drops=True)]

        assert (await world.slack.install("T1")).status_code == 502
        assert {} == await chat.store.all()

    async def test_a_whole_organisation(self, world, monkeypatch):
        """An install for a whole organisation serves its workspaces under the organisation's own id, and each event finds it."""
        organisation = {"team": None, "enterprise": {"id": "E1", "name": "Labs"}, "is_enterprise_install": True}
        granted = world.slack._granted
        monkeypatch.setattr(world.slack, "_granted", lambda slack: granted(slack) | organisation)
        where = replace(ONE, id="E1/C1")
        chat = await world.serve(channels=(where,))
        assert "Installed in Labs" in (await world.slack.install("T1")).text
        one = world.slack.workspaces["T1"]
        one.users["UADA"] = {
            "id": "UADA",
            "team_id": "T1",
            "name": "ada",
            "enterprise_user": {"enterprise_id": "E1", "teams": ["T1"]},
        }
        ref = await chat.post(where, PICK, "k")
        item = {"type": "message", "channel": "C1", "ts": ref.message_id}
        inner = {"type": "reaction_added", "user": "UADA", "reaction": "star", "item": item, "item_user": "UBOT"}
        body = event({**inner, "event_ts": "1786950000.1"}, "EvS1", team="T1")
        body["authorizations"] = [{"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}]
        await one.deliver("events_api", body)
        await one.deliver("slash_commands", _typed(one, enterprise_id="E1"))
        await until(lambda: world.core.calls)

        assert ["E1:UADA"] == [told.member.id for told in world.core.events]
        assert ["E1/C1"] == [call.channel_id for call in world.core.calls]

    async def test_neither_workspace_nor_organisation(self, world, monkeypatch):
        """An install of which Slack does not say what it is for is refused in words."""
        granted = world.slack._granted
        monkeypatch.setattr(world.slack, "_granted", lambda slack: granted(slack) | {"team": None})
        chat = await world.serve()

        refused = await world.slack.install("T1")

        assert (500, True) == (refused.status_code, "for which workspace" in refused.text)
        assert {} == await chat.store.all()

    async def test_the_database_is_away(self, world, monkeypatch, caplog):
        """It is said, without a word of what was to be kept."""
        chat = await world.serve()
        async with world.engine.begin() as connection:
            await connection.exec_driver_sql("ALTER TABLE slack_installations RENAME TO gone")

        failed = await world.slack.install("T1")

        assert 500 == failed.status_code
        assert not [secret for secret in world.slack.given if secret in failed.text + caplog.text]
        assert chat


class TestServing:
    async def test_each_its_own(self, world):
        """Digests, reactions, replies, commands and home tabs of two workspaces do not meet, though all ids in them are alike."""
        chat = await world.serve()
        for team in ("T1", "T2"):
            await world.slack.install(team)
        one, two = world.slack.workspaces.values()

        first, second = await chat.post(ONE, PICK, "k"), await chat.post(TWO, PICK, "k")

        assert [("C1", 1), ("C2", 1)] == [
            (first.channel_id, len(one.sent("C1"))),
            (second.channel_id, len(two.sent("C2"))),
        ]
        assert (first, second) == (await chat.find(ONE, "k", SINCE), await chat.find(TWO, "k", SINCE))
        assert first.message_id == second.message_id
        ada, ben = one.person("Ada"), two.person("Ada")
        await one.react(ada, first.message_id, "star", "C1")
        await two.reply(ben, second.message_id, "Worth it.", "C2")
        assert [(ReactionAdded, "T1:UADA", "C1"), (ReplyPosted, "T2:UADA", "C2")] == [
            (type(told), told.member.id, told.ref.channel_id) for told in world.core.events
        ]
        shown = [await chat.snapshot(ref) for ref in (first, second)]
        assert [(1, 0), (0, 1)] == [(len(each.reactions), len(each.replies)) for each in shown]
        await chat.acknowledge(shown[1].replies[0].ref)
        await chat.redraw(second, HEAD)

        await one.command(ada, "mine", "C1")
        await two.command(ben, "mine", "C2")
        await two.open_home(ben)
        await until(lambda: len(world.core.calls) == 3)
        assert [("T1/C1", "T1:UADA", True), ("T2/#papers", "T2:UADA", False), ("T2/#papers", "T2:UADA", False)] == [
            (call.channel_id, call.member.id, call.admin) for call in world.core.calls
        ]
        assert (0, 0) == (one.count("auth.test") - 1, two.count("auth.test") - 1)  # those of the installs

    async def test_a_stranger_installs(self, world):
        """Who can reach the page can install; he gets nothing, is told nothing, and takes over no channel without a workspace."""
        mine = replace(ONE, id="C1")
        chat = await world.serve(channels=(mine,))
        await world.slack.install("T1")
        await world.slack.install("T2")
        two = world.slack.workspaces["T2"]
        eve = two.person("Eve", is_admin=True)

        for channel in ("C2", "C1"):
            await two.command(eve, "settings", channel)
        await two.open_home(eve)
        await until(lambda: len(world.core.calls) == 3)

        assert ["T2/C2", "T2/C1", "T2/nowhere"] == [call.channel_id for call in world.core.calls]
        assert "C1" == (await chat.post(mine, PICK, "k")).channel_id
        assert [] == two.sent("C2")
        await world.slack.uninstall("T1")
        with pytest.raises(ChatRefused, match="not installed in workspace T1"):
            await chat.post(mine, PICK, "k2")
        assert [] == two.sent("C2")

    async def test_a_channel_that_two_workspaces_share(self, world):
        """An event in it comes once, in either's name: it is for the one whose channel it is, and the other's people are outsiders."""
        chat = await world.serve(channels=(ONE,))
        await world.slack.install("T1")
        await world.slack.install("T2")
        one = world.slack.workspaces["T1"]
        ref = await chat.post(ONE, PICK, "k")
        eve, ada = "UEVE", one.person("Ada")
        one.users[eve] = {"id": eve, "team_id": "T2", "name": "eve"}
        for number, user in enumerate((eve, ada)):
            item = {"type": "message", "channel": "C1", "ts": ref.message_id}
            inner = {"type": "reaction_added", "user": user, "reaction": "star", "item": item, "item_user": "UBOT"}
            body = event({**inner, "event_ts": "1786950000.1"}, f"EvS{number}", shared=True, team="T2")
            await one.deliver("events_api", body)

        assert ["T1:UADA"] == [told.member.id for told in world.core.events]

    async def test_what_becomes_of_a_shared_channel_elsewhere(self, world):
        """That one workspace archives, leaves or renumbers a channel that it shares is nothing to the one that gets a digest there."""
        chat = await world.serve(channels=(ONE,))
        await world.slack.install("T1")
        await world.slack.install("T2")
        world.core.news.clear()
        ref = await chat.post(ONE, PICK, "k")
        for inner in (
            {"type": "channel_archive", "channel": "C1"},
            {"type": "channel_deleted", "channel": "C1"},
            {"type": "member_left_channel", "channel": "C1", "user": "UBOT"},
            {"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C9", "channel": "C1"},
        ):
            assert 200 == await world.slack.told("T2", inner)
            await world.slack.workspaces["T1"].deliver(
                "events_api", event(inner, "Ev" + inner["type"], shared=True, team="T2")
            )
        item = {"type": "message", "channel": "C1", "ts": ref.message_id}
        reacted = {"type": "reaction_added", "user": "UEVE", "reaction": "star", "item": item, "item_user": "UBOT"}
        await world.slack.told("T2", {**reacted, "event_ts": "1786950000.1"})

        assert ([], []) == (world.core.news, world.core.events)
        await world.slack.told("T1", {"type": "channel_archive", "channel": "C1"})
        assert ["T1/C1"] == [channel for channel, _ in world.core.news]

    async def test_two_workspaces_of_one_organisation(self, world):
        """In a channel that they share, an event in the other's name is for the one that gets the digest, and its people count."""
        world.slack.enterprise = "E1"
        chat = await world.serve(channels=(ONE,))
        await world.slack.install("T1")
        await world.slack.install("T2")
        ref = await chat.post(ONE, PICK, "k")
        one = world.slack.workspaces["T1"]
        one.users["UEVE"] = {
            "id": "UEVE",
            "team_id": "T2",
            "name": "eve",
            "enterprise_user": {"enterprise_id": "E1", "teams": ["T2"]},
        }
        item = {"type": "message", "channel": "C1", "ts": ref.message_id}
        inner = {"type": "reaction_added", "user": "UEVE", "reaction": "star", "item": item, "item_user": "UBOT"}
        body = event({**inner, "event_ts": "1786950000.1"}, "EvS1", team="T2")
        body["authorizations"][0]["enterprise_id"] = "E1"
        await one.deliver("events_api", body)

        assert ["T1:UEVE"] == [told.member.id for told in world.core.events]

    async def test_nobody_installed_us(self, world):
        """Before anybody did, posting is refused with the remedy, and what comes in leaves no trace."""
        chat = await world.serve()

        with pytest.raises(ChatRefused, match="/slack/install"):
            await chat.post(ONE, PICK, "k")
        with pytest.raises(ChatRefused, match="/slack/install"):
            await chat.check(ONE)
        with pytest.raises(ChatRefused):
            await chat.snapshot(MessageRef(platform="slack", channel_id="C9", message_id="1.1"))
        assert 200 == await world.slack.told("T9", {"type": "channel_archive", "channel": "C1"})
        assert {} == await world.slack.workspaces["T1"].command("UADA", "mine")
        assert ([], []) == (world.core.events, world.core.news)

    @pytest.mark.parametrize("more", WRONG)
    async def test_what_slack_would_not_send(self, world, more):
        """Signed garbage is refused, whomever it is for, and leaves no trace."""
        await world.serve()
        await world.slack.install("T1")
        body = {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": {"type": "reaction_added"}}
        raw = json.dumps({**body, **more}).encode()

        headers = {"Content-Type": "application/json", **signed(raw)}
        answer = await world.slack._browser.post("/slack/events", content=raw, headers=headers)

        assert 400 == answer.status_code
        assert [] == world.core.events

    async def test_slack_looks_whether_we_are_there(self, world):
        """The questions that Slack asks of the address itself are answered before anybody installed us."""
        await world.serve()
        raw = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
        headers = {"Content-Type": "application/json", **signed(raw)}
        assert {"challenge": "abc"} == (
            await world.slack._browser.post("/slack/events", content=raw, headers=headers)
        ).json()
        form = b"ssl_check=1&token=x"
        headers = {"Content-Type": "application/x-www-form-urlencoded", **signed(form)}
        assert 200 == (await world.slack._browser.post("/slack/events", content=form, headers=headers)).status_code

    async def test_another_process_installed_it(self, world):
        """A workspace that is not known here is looked for where it is kept, and one that is gone is known soon."""
        here, there = world.built(), await world.serve()
        await here.listen(world.core.sink)
        await world.slack.install("T1")
        world.waits.time += 6
        app = Starlette(routes=here.routes())
        world.slack.workspaces["T1"].serve_to(app)
        await world.slack.workspaces["T1"].command("UADA", "mine")
        await until(lambda: len(world.core.calls) == 1)
        assert await here.post(ONE, PICK, "k")

        await there.store.async_delete_all(enterprise_id=None, team_id="T1")
        world.waits.time += 61
        with pytest.raises(ChatRefused, match="T1"):
            await here.post(ONE, PICK, "k2")

    async def test_messages_of_channels_without_a_place(self, world):
        """After a restart, and for a channel that is not configured any more, Slack tells whose a message is."""
        await world.serve()
        await world.slack.install("T1")
        await world.slack.install("T2")
        ref = await world.made[0].post(TWO, PICK, "k")
        again = world.built()
        bare = world.built(channels=())

        assert ref == (await again.snapshot(ref)).ref == (await bare.snapshot(ref)).ref
        world.slack.workspaces["T1"].faults["conversations.info"] = [Fault(status=500)]
        with pytest.raises(ChatError, match=r"conversations\.info"):
            await world.built(channels=()).snapshot(ref)


class TestLeaving:
    async def test_uninstalled(self, world):
        """The token is deleted, the channels are paused with what to do; installed again they go on, and what was missed is looked for."""
        chat = await world.serve()
        await world.slack.install("T1")
        await world.slack.install("T2")
        world.core.news.clear()

        await world.slack.uninstall("T1")
        await until(lambda: world.core.news)

        (name, because), *_ = world.core.news
        assert ("T1/C1", True, {"T2"}) == (
            name,
            "not installed in workspace T1" in because,
            set(await chat.store.all()),
        )
        with pytest.raises(ChatRefused) as refused:
            await chat.check(ONE)
        assert refused.value.reason == because
        assert await chat.post(TWO, PICK, "k")

        looked = world.core.looked
        await world.slack.install("T1")
        assert ("T1/C1", None) == world.core.news[-1]
        assert await chat.post(ONE, PICK, "k")
        await until(lambda: world.core.looked == looked + 1)

    async def test_another_token_was_revoked(self, world):
        """A person's token that was taken back is none of ours."""
        chat = await world.serve()
        await world.slack.install("T1")

        assert 200 == await world.slack.told("T1", {"type": "tokens_revoked", "tokens": {"oauth": ["UADA"]}})
        assert ["T1"] == list(await chat.store.all())

    async def test_an_old_event_comes_again(self, world):
        """Slack tells for hours what was not acknowledged: of an install that is over, it ends none that is new."""
        chat = await world.serve()
        await world.slack.install("T1")

        assert 200 == await world.slack.told("T1", {"type": "app_uninstalled"}, at=1_000_000)
        assert ["T1"] == list(await chat.store.all())
        world.slack.workspaces["T1"].faults["auth.test"] = [Fault(status=500)] * 9
        assert 503 == await world.slack.told("T1", {"type": "app_uninstalled"}, at=1_000_000)
        assert ["T1"] == list(await chat.store.all())

    async def test_the_keys_are_gone(self, world, caplog):
        """
        What this process cannot open is not lost, and no fault of a channel: nothing is refused for good and no channel spoken of, events are to be
        delivered again; doctor and, once, the log say which key is missing.
        """
        here = await world.serve()
        await world.slack.install("T1")
        ref = await here.post(ONE, PICK, "k")
        world.core.news.clear()
        chat = await world.serve(key=new_key())

        assert 503 == await world.slack.told("T1", {"type": "channel_archive", "channel": "C1"})
        asked = (
            lambda: chat.post(ONE, PICK, "k"),
            lambda: chat.check(ONE),
            lambda: chat.tell("T1:UADA", ()),
            lambda: chat.reader("T1:UADA", [ONE]),
            lambda: chat.may_change("T1:UADA", ONE),
            lambda: chat.snapshot(ref),
            lambda: chat.snapshot(replace(ref, channel_id="C9")),
        )
        for ask in asked:
            with pytest.raises(ChatError, match="PAPERROUND_KEYS of this process") as raised:
                await ask()
            assert ChatError is type(raised.value)
        await chat.renew()
        assert (["T1"], [], []) == (sorted(chat.undecryptable() - {""}), list(here.undecryptable()), world.core.news)
        assert any("PAPERROUND_KEYS" in looked.what for looked in await chat.examine() if not looked.well)
        assert 1 == caplog.text.count("The installation of workspace T1 cannot be opened by this process")
        with pytest.raises(ChatRefused, match="not installed in workspace T2"):
            await chat.post(TWO, PICK, "k")

    async def test_the_first_workspace_cannot_be_opened(self, world):
        """Channels that name no workspace are in the first one that installed us, whichever process looks first: who cannot open that one settles nothing."""
        first, second = new_key(), new_key()
        unnamed = replace(ONE, id="C1")
        await world.serve(key=first)
        await world.slack.install("T1")
        await world.serve(key=second)
        await world.slack.install("T2")
        async with world.made[0]._stored.unit_of_work() as uow:
            await uow.notes.forget(HOME)
            await uow.commit()

        blind = world.built(key=second, channels=(unnamed,))
        with pytest.raises(ChatError, match="PAPERROUND_KEYS of this process"):
            await blind.check(unnamed)
        assert {"T1", ""} == blind.undecryptable()
        both = world.built(key=f"{first},{second}", channels=(unnamed,))
        await both.check(unnamed)
        assert "T1" == both._home


class TestRenewing:
    @pytest.fixture
    async def chat(self, world) -> Workspaces:
        """Installed in T1, with a token that lives twelve hours."""
        world.slack.lives = HALF_A_DAY
        found = await world.serve()
        await world.slack.install("T1")
        return found

    async def test_in_time(self, world, chat):
        """A token is renewed hours before its end, and not before; the room goes on with the new one."""
        token = world.slack.workspaces["T1"].token
        await chat.renew()
        assert token == world.slack.workspaces["T1"].token
        world.now = HALF_A_DAY - BEFORE + 1

        await chat.renew()

        assert token != world.slack.workspaces["T1"].token
        assert await chat.post(ONE, PICK, "k")
        assert world.slack.workspaces["T1"].token == (await chat.store.one("T1")).bot_token

    async def test_after_a_long_sleep(self, world, chat):
        """Whoever posts with a token that has run out renews it first, no job needed."""
        world.now = 3 * HALF_A_DAY

        assert await chat.post(ONE, PICK, "k")
        assert 2 == len(world.slack.calls)

    async def test_somebody_else_is_at_it(self, world, chat):
        """Under another's lease nothing is asked: a refresh token is good once."""
        world.now = HALF_A_DAY
        now = datetime.now(UTC)
        async with chat._stored.unit_of_work() as uow:
            assert await uow.leases.claim("slack token T1", "another", now, now.replace(year=now.year + 1))
            await uow.commit()

        await chat.renew()

        assert 1 == len(world.slack.calls)

    async def test_two_processes(self, world, chat):
        """Of two that renew one after the other, the second finds it done."""
        world.now = HALF_A_DAY - BEFORE + 1
        other = world.built()
        world.owner = "they"
        await other.renew()
        world.now = 0

        await chat._renewal._alone("T1")

        assert 2 == len(world.slack.calls)
        assert world.slack.workspaces["T1"].token == (await chat.store.one("T1")).bot_token

    async def test_many_workspaces(self, world, chat, monkeypatch):
        """Nothing is asked of the database for those whose token is not due; those that are due are renewed side by side, one that fails aside."""
        await world.slack.install("T2")
        asked = []
        one = chat.store.one

        async def counted(team):
            asked.append(team)
            return await one(team)

        monkeypatch.setattr(chat.store, "one", counted)
        before = {team: (await one(team)).bot_token for team in ("T1", "T2")}
        await chat.renew()
        assert [] == asked

        world.now = HALF_A_DAY - BEFORE + 1
        together, most, ask = set(), 0, chat._renewal._ask

        async def slow(found):
            nonlocal most
            together.add(found.team_id)
            most = max(most, len(together))
            await asyncio.sleep(0.1)
            together.discard(found.team_id)
            if found.team_id == "T2":
                raise TimeoutError
            return await ask(found)

        monkeypatch.setattr(chat._renewal, "_ask", slow)
        await chat.renew()

        assert 2 == most
        assert ["T1"] == [team for team, token in before.items() if (await one(team)).bot_token != token]

    @pytest.mark.parametrize("fault", [Fault(drops=True), Fault(error="internal_error", status=500), Fault(error="bad_client_secret")])  # fmt: skip
    async def test_it_did_not_work(self, world, chat, fault):
        """What passes, or is the operator's to mend, pauses nothing: it is tried again."""
        world.core.news.clear()
        world.now = HALF_A_DAY - BEFORE + 1
        world.slack.faults = [fault]

        await chat.renew()
        assert [] == world.core.news
        await chat.renew()

        assert world.slack.workspaces["T1"].token == (await chat.store.one("T1")).bot_token
        assert 3 == len(world.slack.calls)

    async def test_slack_will_not(self, world, chat, caplog):
        """A refresh token that Slack does not know pauses the workspace's channels, with what to do."""
        world.core.news.clear()
        world.now = HALF_A_DAY - BEFORE + 1
        world.slack._refresh.clear()

        await chat.renew()

        ((name, because),) = world.core.news
        assert ("T1/C1", True) == (name, "Install again at /slack/install" in because)
        assert not [secret for secret in world.slack.given if secret in caplog.text]


async def test_doctor(world):
    """Each workspace is named with what was found in it, and a channel whose workspace did not install us with the remedy."""
    world.slack.lives = HALF_A_DAY
    chat = await world.serve()
    assert [False] * 3 == [looked.well for looked in await chat.examine()]
    await world.slack.install("T1")

    found = await chat.examine()

    bad = [looked for looked in found if not looked.well]
    assert ["channel two: Paper Round is not installed in workspace T2"] == [looked.what for looked in bad]
    assert "/slack/install" in bad[0].remedy
    told = "\n".join(looked.what for looked in found)
    assert {"Lab T1 (T1): we are @paperround in Lab", "Lab T1 (T1): we are a member of #papers"} <= set(
        told.split("\n")
    )
    assert "is renewed in time" in told
    assert not [secret for secret in world.slack.given if secret in told]


async def test_doctor_of_many_workspaces(world):
    """Of many workspaces so many are asked as is wanted, and that is said."""
    chat = await world.serve()
    for team in ("T1", "T2"):
        await world.slack.install(team)

    found = await chat.examine(1)

    assert "1 of 2 workspaces were looked at" in "\n".join(one.what for one in found)
    asked = {one.what.partition(":")[0] for one in found if one.about == "workspace check"}
    assert {"Lab T1 (T1)"} == asked


async def test_no_token_in_clear(world, tmp_path, caplog):
    """Nothing that is written has a token, a secret or a state in it: not the file, not its log, not a line of ours."""
    caplog.set_level(logging.DEBUG, "adapters")
    world.slack.lives = HALF_A_DAY
    chat = await world.serve()
    begun = await world.slack.begin()
    await world.slack.come_back(code=world.slack.agree("T1"), state=state_of(begun))
    world.now = HALF_A_DAY
    await chat.renew()
    world.now = 0
    await chat.post(ONE, PICK, "k")
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("adapters", "bot")))

    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if "paperround.db" in path.name)

    assert (4, True) == (len(world.slack.given), b"slack_installations" in written)
    secrets = [*world.slack.given, CLIENT_SECRET, SECRET, state_of(begun), world.key]
    assert [] == [secret for secret in secrets if secret.encode() in written or secret in ours + repr(chat._app)]
