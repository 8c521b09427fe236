"""Both ways in: what is stored before it is acknowledged, what is sent back, and what leaves no trace."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import Final

import httpx
import pytest
from starlette.applications import Starlette

from adapters.slack.errors import SlackFault
from adapters.slack.http_events import MAX_BODY
from adapters.slack.workspace import Hooks
from bot.errors import ChatError, ChatRefused
from bot.model import Answer
from bot.rendering import render
from tests import factories
from tests.fake_slack import BOT, SECRET, Fault, event, signed
from tests.slack_harness import CHANNEL, QUICK, build, ignore, serve
from tests.waiting import PATIENCE, until

(_, PICK, _) = render(factories.digest_of(["arxiv:1"]), CHANNEL)


class Inbox(list):
    """A sink that can fail, and stores nothing while its `gate` is closed."""

    fails = False
    asked = 0

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, told) -> None:
        self.asked += 1
        await self.gate.wait()
        if self.fails:
            raise RuntimeError("the database is away")
        self.append(told)


class Core:
    """Answers whatever it is asked."""

    def __init__(self):
        self.calls = []

    async def __call__(self, call):
        self.calls.append(call)
        return Answer()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ACTION = {"type": "message_action", "callback_id": "add_to_digest", "user": {"id": "U1"}, "message": {}, "response_url": "http://127.0.0.1/"}  # fmt: skip
VIEW = {"callback_id": "form", "state": {"values": {}}}
WRONG = [
    {},
    {"type": 3},
    {"type": "block_actions"},
    {"type": "block_actions", "user": {"id": "U1"}, "team": []},
    {**ACTION, "user": None},
    {**ACTION, "user": "U1"},
    {**ACTION, "message": None},
    {**ACTION, "message": []},
    {**ACTION, "channel": "C1"},
    {**ACTION, "response_url": None},
    {**ACTION, "callback_id": None},
    {"type": "view_submission", "user": {"id": "U1"}},
    {"type": "view_submission", "user": {"id": "U1"}, "view": {"callback_id": "form"}},
    {"type": "view_submission", "user": {"id": "U1"}, "view": {**VIEW, "state": None}},
    {"type": "view_submission", "user": {"id": "U1"}, "view": {**VIEW, "state": {"values": [3]}}},
    {
        "type": "view_submission",
        "user": {"id": "U1"},
        "view": {**VIEW, "state": {"values": {"zone": {"value": "UTC"}}}},
    },
    {"type": "view_submission", "user": {"id": "U1"}, "view": {**VIEW, "private_metadata": "{"}},
    {"type": "view_submission", "user": {"id": "U1"}, "view": {**VIEW, "private_metadata": "[]"}},
    {"type": "view_submission", "user": {}, "view": VIEW},
]


def interaction(**payload: object) -> bytes:
    return str(httpx.QueryParams({"payload": json.dumps(payload)})).encode()


@pytest.fixture
def core():
    return Core()


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
async def listening(slack, inbox, core):
    """Our room, heard and asked over signed HTTP."""
    room = build(slack, hooks=Hooks(commands=core))
    serve(slack, room)
    await room.chat.listen(inbox)
    yield room
    await room.chat.close()


@pytest.fixture
async def caller(listening):
    """Anybody on the web who finds our address."""
    transport = httpx.ASGITransport(Starlette(routes=listening.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def reaction(ts: str, user: str = "UADA", **more: object) -> dict[str, object]:
    item = {"type": "message", "channel": "C1", "ts": ts}
    return {"type": "reaction_added", "user": user, "reaction": "star", "item": item, "event_ts": "1.0", **more}


async def send(caller: httpx.AsyncClient, body: bytes, **headers: str | bytes) -> int:
    kind = {"Content-Type": "application/json"}
    return (await caller.post("/slack/events", content=body, headers={**kind, **headers})).status_code


class TestHttp:
    async def test_challenge(self, caller):
        """Slack's first request is answered with its challenge."""
        body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"}).encode()
        headers = {"Content-Type": "application/json", **signed(body)}
        answer = await caller.post("/slack/events", content=body, headers=headers)

        assert {"challenge": "3eZbrw1a"} == answer.json()

    async def test_bad_signatures(self, caller, inbox, slack):
        """What Slack did not sign, or signed long ago, is refused; nothing is looked at and nothing is kept."""
        body = json.dumps(event(reaction("1.0"), "Ev1")).encode()
        good = signed(body)
        stamp = good["X-Slack-Request-Timestamp"]
        bad = [
            {},
            signed(body, secret="another"),
            signed(body + b" "),
            signed(body, at=time.time() - 301),
            signed(body, at=time.time() + 301),
            {"X-Slack-Request-Timestamp": stamp},
            {**good, "X-Slack-Request-Timestamp": "soon"},
            {**good, "X-Slack-Signature": b"v0=\xff\xfe"},
            {**good, "X-Slack-Signature": ""},
        ]
        before = len(slack.calls)

        assert [401] * len(bad) == [await send(caller, body, **headers) for headers in bad]
        assert [] == inbox
        assert before == len(slack.calls)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"{}",
            b'{"type": "event_callback"}',
            b'{"type": "event_callback", "event": 3}',
            b'{"type": "event_callback", "event": {"type": "reaction_added"}, "event_id": "Ev1"}',
            b'{"type": "url_verification"}',
            b"[" * 100_000,
            json.dumps(event({"type": "message", "thread_ts": "1", "ts": "x", "user": "U", "channel": "C"}, "E")).encode(),
        ],
        ids=range(11),
    )  # fmt: skip
    async def test_garbage(self, caller, inbox, body):
        """What is signed and yet no event is a 400, never a 500."""
        assert 400 == await send(caller, body, **signed(body))
        assert [] == inbox

    async def test_no_utf8(self, caller):
        """Bytes that are no text are refused."""
        body = b"\xff\xfe"
        assert 401 == await send(caller, body, **{**signed(b""), "X-Slack-Signature": "v0=0"})

    async def test_too_large(self, caller, inbox):
        """A body over a megabyte is refused before it is read to its end."""
        body = b" " * (MAX_BODY + 1)

        assert 413 == await send(caller, body, **signed(body))

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"a=b",
            b"{",
            b"{&command=/paperround&user_id=U1",
            b"payload=",
            b"payload=%7B",
            b"payload=[]",
            b"payload=null",
            b"payload=3",
            b"payload=%7B%7D",
            b"payload=" + b"[" * 100_000,
            b"command=/paperround",
            b"command=/paperround&user_id=&trigger_id=1&response_url=http://127.0.0.1/",
            b"command=/paperround&user_id=U1",
            b"&".join(b"a%d=b" % number for number in range(200)),
            *(interaction(**wrong) for wrong in WRONG),
        ],
        ids=range(15 + len(WRONG)),
    )  # fmt: skip
    async def test_signed_garbage_form(self, caller, core, slack, body):
        """A signed form that is no command and no interaction is refused at once; nobody is asked, and nothing is logged as a fault."""
        before = len(slack.calls)
        async with asyncio.timeout(PATIENCE):
            status = await send(caller, body, **FORM, **signed(body))

        assert 400 <= status < 500
        assert [] == core.calls
        assert before == len(slack.calls)

    async def test_home_of_nobody(self, caller, core):
        """That nobody opened our home tab is no event."""
        body = json.dumps(event({"type": "app_home_opened", "tab": "home"}, "Ev1")).encode()

        assert 400 == await send(caller, body, **signed(body))
        assert [] == core.calls

    async def test_words_that_bolt_trips_over(self, listening, slack, core):
        """A command may speak of a payload."""
        await slack.command(slack.person("Ada"), "topics payload design")
        await until(lambda: core.calls)

        assert "topics payload design" == core.calls[0].text

    async def test_asked_while_slack_is_away(self, slack, core):
        """An event that arrives while Slack does not tell us who we are is to be delivered again."""
        room = build(slack, hooks=Hooks(commands=core))
        serve(slack, room)
        slack.faults["auth.test"] = [Fault(status=500)]

        assert None is await slack.command(slack.person("Ada"), "mine")
        assert {} == await slack.command("UADA", "mine")
        await until(lambda: core.calls)
        await room.chat.close()

    async def test_bolt_says_nothing(self, listening, slack, core, caplog, monkeypatch):
        """Our token in the environment is no reason for bolt to warn of anything."""
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-test")
        await slack.command(slack.person("Ada"), "mine")
        await until(lambda: core.calls)

        assert [] == [record.getMessage() for record in caplog.records if record.name.startswith("slack_bolt")]

    async def test_other_methods(self, caller):
        """Only what is posted is taken."""
        assert 405 == (await caller.get("/slack/events")).status_code

    async def test_stored_before_acknowledged(self, listening, slack, inbox):
        """Slack is told that we have it when it is stored, not before."""
        ref = await listening.chat.post(CHANNEL, PICK, "key")
        inbox.gate.clear()
        ada = slack.person("Ada")
        telling = asyncio.create_task(slack.react(ada, ref.message_id, "star"))
        await until(lambda: inbox.asked)
        await asyncio.sleep(0.05)

        assert not telling.done()
        inbox.gate.set()
        await telling
        assert 1 == len(inbox)
        assert [] == slack.undelivered

    async def test_not_stored(self, listening, slack, inbox):
        """What could not be stored is not acknowledged, and is stored when it is delivered again."""
        ref = await listening.chat.post(CHANNEL, PICK, "key")
        inbox.fails = True
        await slack.react(slack.person("Ada"), ref.message_id, "star")
        (again,) = slack.undelivered
        inbox.fails = False

        assert {} == await slack.over_http("events_api", again)
        assert 1 == len(inbox)

    async def test_retried(self, listening, slack, inbox):
        """An event that comes three times is told once."""
        body = event(reaction("1.0", slack.person("Ada"), item_user=BOT), "Ev7")

        assert [{}, {}, {}] == [await slack.over_http("events_api", body) for _ in range(3)]
        assert 1 == len(inbox)

    async def test_one_gesture_twice(self, listening, slack, inbox):
        """One message that Slack shows as two, with one client_msg_id, is one reply (docs/platform-facts.md#a11)."""
        ref = await listening.chat.post(CHANNEL, PICK, "key")
        ada = slack.person("Ada")
        for _ in range(2):
            await slack.reply(ada, ref.message_id, "Said once.", client_msg_id="c-1")

        assert ["Said once."] == [told.text for told in inbox]

    async def test_nobody_listens_yet(self, slack):
        """What arrives before we listen must be delivered again."""
        room = build(slack)
        serve(slack, room)
        await slack.tell(reaction("1.0", slack.person("Ada"), item_user=BOT))
        await room.chat.close()

        assert 1 == len(slack.undelivered)

    async def test_nobody_listens_any_more(self, listening, caller, slack, inbox):
        """What arrives while the listening ends, and waits for a name, must be delivered again: it is no bad request."""
        slack.faults["users.info"] = [Fault(gate=(gate := asyncio.Event()))]
        body = json.dumps(event(reaction("1.0", slack.person("Ada"), item_user=BOT), "Ev8")).encode()
        telling = asyncio.create_task(send(caller, body, **signed(body)))
        await until(lambda: any(called.method == "users.info" for called in slack.calls))
        await listening.chat.stop_listening()
        gate.set()

        assert 503 == await telling
        assert not inbox

    async def test_slack_away(self, slack):
        """While we cannot even learn who we are, nothing is acknowledged."""
        room = build(slack)
        serve(slack, room)
        slack.faults["auth.test"] = [Fault(status=500)]
        await slack.tell(reaction("1.0", slack.person("Ada"), item_user=BOT))
        await room.chat.close()

        assert 1 == len(slack.undelivered)

    async def test_too_many_events(self, listening, slack, inbox):
        """That Slack withholds events is acknowledged, and logged."""
        told = {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1, "api_app_id": "A1"}

        assert {} == await slack.over_http("events_api", told)
        assert [] == inbox


class TestPeople:
    async def test_name_comes_late(self, slack, inbox):
        """A name that Slack does not tell in time delays nothing; it is told by itself when it is known."""
        learned: list[object] = []

        async def learn(members):
            learned.extend(members)

        room = build(slack, hooks=Hooks(learned=learn))
        serve(slack, room)
        await room.chat.listen(inbox)
        slack.faults["users.info"] = [Fault(gate=(gate := asyncio.Event()), drops=True)]
        async with asyncio.timeout(PATIENCE):
            await slack.tell(reaction("1.0", slack.person("Ada"), item_user=BOT))

        assert [""] == [told.member.name for told in inbox]
        gate.set()
        await until(lambda: learned)
        await room.chat.close()
        assert [("T1:UADA", "Ada")] == [(member.id, member.name) for member in learned]

    async def test_many_at_once(self, listening, slack, inbox):
        """A hundred strangers in one moment are all heard, and Slack is asked for them at most four at a time."""
        users = [slack.person(f"member{number}") for number in range(100)]
        slack.faults["users.info"] = [Fault(error="internal_error", slow=0.01)] * 5
        await asyncio.gather(*(slack.tell(reaction("1.0", user, item_user=BOT)) for user in users))

        assert 100 == len(inbox)
        assert [] == slack.undelivered

    async def test_bots(self, listening, slack, inbox):
        """What another bot does is no decision."""
        await slack.tell(reaction("1.0", slack.person("Robot", is_bot=True), item_user=BOT))

        assert [] == inbox

    async def test_strangers(self, listening, slack, inbox):
        """In a channel shared with another workspace, its people are not counted, by their reactions or their words."""
        ref = await listening.chat.post(CHANNEL, PICK, "key")
        stranger, ada = slack.person("Stranger", team_id="T9"), slack.person("Ada")
        await slack.tell(reaction(ref.message_id, stranger, item_user=BOT), shared=True)
        await slack.reply(stranger, ref.message_id, "From elsewhere.", team="T9", user_team="T9")
        await slack.tell(reaction(ref.message_id, ada, item_user=BOT), shared=True)

        assert ["T1:UADA"] == [told.member.id for told in inbox]


class TestOrganisation:
    """Enterprise Grid: one organisation of several workspaces, whose members have one id in all of them."""

    GRID: Final = {"enterprise_user": {"enterprise_id": "E1", "teams": ["T2"]}}

    async def test_members_of_its_other_workspaces(self, slack, inbox):
        """Members of another workspace of the same organisation count, by reactions, words and looks; those of others do not."""
        slack.enterprise = {"enterprise_id": "E1"}
        room = build(slack)
        serve(slack, room)
        await room.chat.listen(inbox)
        eve, mal = slack.person("Eve", team_id="T2", **self.GRID), slack.person("Mal", team_id="T9")
        ref = await room.chat.post(CHANNEL, PICK, "key")
        for user, team in ((eve, "T2"), (mal, "T9")):
            await room.people.person(user)  # known before: an event waits for a third of a second to learn who did it
            await slack.react(user, ref.message_id, "star")
            await slack.reply(user, ref.message_id, "From elsewhere.", team=team, user_team=team)
        found = await room.chat.snapshot(ref)
        await room.chat.close()

        assert ["T1:UEVE", "T1:UEVE"] == [told.member.id for told in inbox]
        assert (
            ["T1:UEVE"] == [member.id for member, _ in found.reactions] == [reply.member.id for reply in found.replies]
        )

    async def test_the_token_of_all_of_it(self, slack, inbox):
        """With the token of a whole organisation, channels are found by name in each workspace that lets us in, and its members count."""
        slack.enterprise = {"team_id": "E1", "enterprise_id": "E1", "is_enterprise_install": True}
        slack.channels["C7"] = {"id": "C7", "name": "theirs", "team": "T2", "is_member": True, "is_archived": False}
        room = build(slack)
        serve(slack, room)
        await room.chat.listen(inbox)
        slack.person("Eve", team_id="T2", **self.GRID)
        ref = await room.chat.post(CHANNEL, PICK, "key")
        await slack.react("UEVE", ref.message_id, "star")
        theirs = await room.directory.id_of("#theirs")
        await room.chat.close()

        assert ("C7", ["E1:UEVE"]) == (theirs, [told.member.id for told in inbox])


class TestNews:
    @pytest.fixture
    async def news(self, slack, inbox):
        told: list[tuple[str, str | None]] = []

        async def hear(channel_id, reason):
            told.append((channel_id, reason))

        room = build(slack, hooks=Hooks(news=hear), channels=[replace(CHANNEL, id="#papers")])
        serve(slack, room)
        await room.chat.listen(inbox)
        yield told
        await room.chat.close()

    async def test_away_and_back(self, slack, news):
        """A channel that is archived, or that we are removed from, is told with the remedy; that it is back, too."""
        for inner in (
            {"type": "channel_archive", "channel": "C1", "user": "UADA"},
            {"type": "channel_unarchive", "channel": "C1", "user": "UADA"},
            {"type": "member_left_channel", "channel": "C1", "user": BOT},
            {"type": "member_joined_channel", "channel": "C1", "user": BOT},
            {"type": "member_left_channel", "channel": "C1", "user": "UADA"},
            {"type": "app_uninstalled"},
        ):
            await slack.tell({**inner, "event_ts": "1.0"})

        assert ["#papers"] * 4 + [""] == [channel for channel, _ in news]
        assert [True, False, True, False, True] == [reason is not None for _, reason in news]
        assert "/invite @Paper Round" in str(news[2][1])

    @pytest.mark.parametrize("kind", ["channel_archive", "channel_left"])
    async def test_one_reason(self, listening, slack, news, kind):
        """What we hear and what we find when we look is one reason in the same words, so that it is told once."""
        slack.channels["C1"] |= {"is_archived": True} if kind == "channel_archive" else {"is_member": False}
        await slack.tell({"type": kind, "channel": "C1", "event_ts": "1.0"})
        with pytest.raises(ChatRefused) as found:
            await listening.check(replace(CHANNEL, id="#papers"))

        assert [("#papers", found.value.reason)] == news

    async def test_uninstalled(self, slack, news):
        """Slack tells of an uninstall twice, in either order, and answers as we were told: that is one reason."""
        for inner in ({"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": [BOT]}}):
            await slack.tell({**inner, "event_ts": "1.0"})

        reason = SlackFault("account_inactive").as_chat_error("auth.test", writes=False).reason
        assert [("", reason)] * 2 == news

    async def test_whole_workspace(self, slack, news):
        """What is taken from us is told of every channel; what is taken from others is no news."""
        for inner in (
            {"type": "tokens_revoked", "tokens": {"oauth": ["UADA"], "bot": []}},
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT]}},
            {"type": "team_access_revoked", "team_ids": ["T9"]},
            {"type": "team_access_revoked", "team_ids": ["T1"]},
        ):
            await slack.tell({**inner, "event_ts": "1.0"})

        assert ["", ""] == [channel for channel, _ in news]
        assert ["token was revoked", "organisation"] == [
            word
            for (_, reason), word in zip(news, ("token was revoked", "organisation"), strict=True)
            if word in reason
        ]

    @pytest.mark.parametrize("kind", ["channel_rename", "group_rename"])
    async def test_new_name(self, slack, news, caplog, kind):
        """A channel configured by a name that it has no more goes on, and the operator is told what to write."""
        await slack.tell({"type": "channel_unarchive", "channel": "C1", "user": "UADA"})
        slack.channels["C1"]["name"] = "readings"
        await slack.tell({"type": kind, "channel": {"id": "C1", "name": "readings", "created": 1}})
        await slack.tell({"type": "channel_archive", "channel": "C1", "user": "UADA"})

        assert ["#papers", "#papers"] == [channel for channel, _ in news]
        assert "The channel #papers is called #readings now" in caplog.text

    async def test_shared(self, slack, news):
        """That a channel is shared, or is no more, is no reason to stop."""
        for kind in ("channel_shared", "channel_unshared"):
            await slack.tell({"type": kind, "channel": "C1", "event_ts": "1.0"})

        assert ([], []) == (news, slack.undelivered)

    async def test_archived_when_we_started(self, slack, news):
        """A channel configured by its name that is archived is known all the same, and back when it is unarchived."""
        slack.channels["C1"]["is_archived"] = True
        await slack.tell({"type": "channel_archive", "channel": "C1", "user": "UADA"})
        slack.channels["C1"]["is_archived"] = False
        await slack.tell({"type": "channel_unarchive", "channel": "C1", "user": "UADA"})

        assert [("#papers", True), ("#papers", False)] == [(channel, reason is not None) for channel, reason in news]

    async def test_not_seen_when_we_started(self, slack, news):
        """A channel that we could not see is looked for again as soon as there are news of any."""
        channel = slack.channels.pop("C1")
        await slack.tell({"type": "channel_archive", "channel": "C9", "user": "UADA"})
        slack.channels["C1"] = channel
        await slack.tell({"type": "member_joined_channel", "channel": "C1", "user": BOT})

        assert [("C9", True), ("#papers", False)] == [(channel, reason is not None) for channel, reason in news]

    async def test_new_id(self, listening, slack, inbox):
        """A channel that gets a new id is the same channel: we post to the new one, and its old messages keep their address."""
        ref = await listening.chat.post(CHANNEL, PICK, "key")
        slack.channels["C2"] = {**slack.channels.pop("C1"), "id": "C2"}
        slack.messages["C2"] = slack.messages.pop("C1")
        await slack.tell({"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"})
        again = await listening.chat.post(CHANNEL, PICK, "key2")
        await slack.react(slack.person("Ada"), ref.message_id, "star", channel="C2")
        await slack.reply("UADA", ref.message_id, "Still here.", channel="C2")

        assert "C1" == again.channel_id
        assert [ref, ref] == [inbox[0].ref, inbox[1].parent]
        assert "Still here." == (await listening.chat.snapshot(ref)).replies[0].text

    async def test_new_ids_remembered(self, slack):
        """It is still the same channel after a restart, and after a second change; whichever id is configured by then."""
        moves = Remembered()
        for old, new in (("C1", "C2"), ("C2", "C3")):
            room = build(slack, hooks=Hooks(moves=moves))
            serve(slack, room)
            await room.chat.listen(ignore)
            slack.channels[new] = {**slack.channels.pop(old), "id": new}
            slack.messages[new] = slack.messages.pop(old)
            await slack.tell({"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new})
            await room.chat.close()
        for configured in ("C1", "C3"):
            room = build(slack, hooks=Hooks(moves=moves))
            ref = await room.chat.post(replace(CHANNEL, id=configured), PICK, f"key-{configured}")
            assert "C1" == ref.channel_id
            assert ref == (await room.chat.snapshot(ref)).ref
            await room.chat.close()
        assert 2 == len(slack.messages["C3"])

    async def test_new_name_over_a_restart(self, slack):
        """A channel configured by its name is the same one after a restart, although another one bears its name by now; until it is archived."""
        names, by_name = Remembered(), replace(CHANNEL, id="#papers")

        async def posted() -> str:
            room = build(slack, hooks=Hooks(names=names), channels=[by_name])
            ref = await room.chat.post(by_name, PICK, f"key-{len(slack.messages['C1'])}")
            await room.chat.close()
            return ref.channel_id

        assert "C1" == await posted()
        slack.channels["C1"]["name"] = "readings"
        assert "C1" == await posted()
        slack.channels["C2"] = {**slack.channels["C1"], "id": "C2", "name": "papers"}
        slack.messages["C2"] = []
        assert "C1" == await posted()
        slack.channels["C1"]["is_archived"] = True
        assert "C2" == await posted()
        assert {"T1/papers": "C2"} == names


class Remembered(dict):
    """Which channels moved, or were found by their names, over any number of rooms."""

    async def get(self):
        return dict(self)

    async def put(self, old, new):
        self[old] = new


class TestSocket:
    @pytest.fixture
    async def connected(self, slack, inbox):
        self.reconnected = 0

        async def note():
            self.reconnected += 1

        room = build(slack, socket=True, hooks=Hooks(reconnected=note))
        await room.chat.listen(inbox)
        yield room
        await room.chat.close()

    async def test_stored_before_acknowledged(self, connected, slack, inbox):
        """An envelope is acknowledged when its event is stored; one that could not be stored is not."""
        body = event(reaction("1.0", slack.person("Ada"), item_user=BOT), "Ev7")
        inbox.fails = True
        assert None is await slack.over_socket("events_api", body)
        inbox.fails = False

        assert {} == await slack.over_socket("events_api", body)
        assert {} == await slack.over_socket("events_api", body)
        assert 1 == len(inbox)

    async def test_dropped(self, connected, slack, inbox):
        """A socket that died is replaced, with a fresh ticket, and what was missed is asked for."""
        await slack.hang_up()
        await until(lambda: self.reconnected)

        assert {} == await slack.over_socket("events_api", event(reaction("1.0", item_user=BOT), "Ev7"))
        assert 2 == slack.count("apps.connections.open")
        assert await connected.is_alive()

    async def test_refreshed(self, connected, slack):
        """When Slack announces that it will hang up, the new socket stands before the old one goes."""
        (old,) = slack.sockets
        await slack.hang_up(politely=True)
        await until(lambda: self.reconnected)
        await until(lambda: len(slack.sockets) == 1)

        assert old.closed
        assert 2 == slack.count("apps.connections.open")

    async def test_dead_tickets(self, connected, slack):
        """A ticket that is refused is not tried for ever: each attempt has a new one."""
        slack.dead_tickets = 2
        await slack.hang_up()
        await until(lambda: self.reconnected)

        assert 4 == slack.count("apps.connections.open")

    async def test_silent(self, slack, inbox):
        """A socket on which nothing is heard, not even an answer to a ping, is dead, whatever it says of itself."""
        room = build(slack, socket=True, rhythm=replace(QUICK, quiet=0.3, ping=30.0))
        await room.chat.listen(inbox)
        await until(lambda: slack.count("apps.connections.open") > 1)
        await room.chat.close()

    async def test_without_hello(self, slack, inbox):
        """A socket on which Slack does not say hello is none."""
        slack.greets = False
        room = build(slack, socket=True)

        with pytest.raises(ChatError, match="hello"):
            await room.chat.listen(inbox)
        await room.chat.close()
        assert not await room.is_alive()

    async def test_wrong_token(self, slack, inbox):
        """A token that Slack does not know is told at once, and not tried for ever."""
        slack.faults["apps.connections.open"] = [Fault(error="invalid_auth")]
        room = build(slack, socket=True)

        with pytest.raises(ChatRefused, match="invalid_auth"):
            await room.chat.listen(inbox)
        await room.chat.close()

    async def test_revoked_later(self, connected, slack):
        """A token that is revoked while we run is tried now and then, and its trouble can be seen."""
        slack.faults["apps.connections.open"] = [Fault(error="token_revoked")] * 2
        await slack.hang_up()
        await until(lambda: "token_revoked" in (connected.event_source.trouble or ""))
        await until(lambda: self.reconnected and connected.event_source.trouble is None)


async def test_cancelled_while_it_closes():
    """A connection whose closing is cancelled leaves no open session behind."""
    from adapters.slack.socket_mode import _let_go  # noqa: PLC0415

    class Closes:
        closed = False

        async def close(self):
            self.closed = True

    class Hangs:
        aiohttp_client_session = Closes()

        async def close(self):
            await asyncio.Event().wait()

    connection = Hangs()
    going = asyncio.create_task(_let_go(connection))
    await asyncio.sleep(0)
    going.cancel()
    await asyncio.wait([going])

    assert going.cancelled()
    assert connection.aiohttp_client_session.closed


async def test_no_way_in(slack):
    """Without an app token and a signing secret we post, and look; nothing comes in."""
    from adapters.slack.workspace import SlackPlatform, Tokens  # noqa: PLC0415

    room = SlackPlatform(Tokens(bot="xoxb-test", api_url=slack.url + "api/"), [CHANNEL])
    await room.chat.listen(Inbox())

    assert [] == room.routes()
    await room.chat.close()


def test_secrets_are_not_shown():
    """Tokens do not appear where a value is printed."""
    from adapters.slack.workspace import Tokens  # noqa: PLC0415

    assert "xoxb" not in repr(Tokens(bot="xoxb-1", app="xapp-1", signing_secret=SECRET))
