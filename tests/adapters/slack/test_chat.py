"""What Slack does when all is not well, and what we make of it; the rest is in the suite that all platforms share."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.slack.errors import REFUSALS
from adapters.slack.events import instant
from adapters.slack.pacing import POSTING
from bot.errors import ChatError, ChatRefused, ChatRejected, ChatUnsettled, TokenRefused
from bot.events import ReplyEdited, ReplyPosted
from bot.model import Block, BlockRole, Channel, MessageRef, Span, Summary, Triage
from bot.rate_limits import InProcessRateLimiter
from bot.rendering import render
from bot.usecases.reconcile import differing_replies
from tests import factories
from tests.fake_chat import links_of
from tests.fake_slack import BOT_ID, START, Fault, text_of
from tests.slack_harness import CHANNEL, build, serve
from tests.waiting import PATIENCE, until

POSTS = render(factories.digest_of(["arxiv:1", "arxiv:2"]), CHANNEL)
HEAD, PICK = POSTS[0], POSTS[1]
UNKNOWN_OUTCOMES = [
    Fault(drops=True),
    Fault(drops=True, after=True),
    Fault(status=500),
    Fault(status=502, body="<html>Bad gateway</html>"),
    Fault(body="<html>It is all well</html>"),
    Fault(body="not even HTML", status=200),
    *(Fault(error=word) for word in ("fatal_error", "internal_error", "request_timeout", "service_unavailable")),
]


HOUR = timedelta(hours=1)


class Inbox(list):
    """A sink that keeps what it is told."""

    async def __call__(self, told) -> None:
        self.append(told)


def summary_of(event: ReplyPosted | ReplyEdited) -> Summary:
    """What the core keeps of a reply."""
    return Summary(
        ref=event.ref,
        parent=event.parent,
        channel="reading",
        item_key="arxiv:1",
        member=event.member,
        text=event.text,
        at=event.at,
    )


class TestHistory:
    async def test_what_people_shared(self, room, slack):
        """Links that people shared are given newest first, with their instants; bots', our own and those in threads are not."""
        slack.page = 2
        said = [
            ("UADA", "an old one: <https://arxiv.org/abs/2608.1|arxiv.org>", {}),
            ("UADA", "no link at all", {}),
            ("UBOT2", "<https://arxiv.org/abs/2608.2>", {"bot_id": "B2"}),
            (
                "UBEN",
                "<https://arxiv.org/abs/2608.3> and <https://a.example/?a=1&amp;b=2>, <@UADA>, <mailto:a@b.example>",
                {},
            ),
        ]
        for user, text, more in said:
            slack.messages["C1"].append({"type": "message", "user": user, "text": text, "ts": slack.next_ts(), **more})
        await room.chat.post(CHANNEL, PICK, "key")
        found = await links_of(room.chat, CHANNEL, 1000)

        assert ["https://arxiv.org/abs/2608.3", "https://a.example/?a=1&b=2", "https://arxiv.org/abs/2608.1"] == [
            one.url for one in found
        ]
        assert found[0].at > found[-1].at >= START

    async def test_no_further_than_asked(self, room, slack):
        """So many messages are read, and no more."""
        for n in range(9):
            slack.messages["C1"].append(
                {"type": "message", "user": "UADA", "text": f"<https://a.example/{n}>", "ts": slack.next_ts()}
            )

        assert [f"https://a.example/{n}" for n in (8, 7, 6)] == [
            one.url for one in await links_of(room.chat, CHANNEL, 3)
        ]

    async def test_an_objection_in_the_channel(self, room, slack):
        """The message that plainly objects is given, of whatever page and workspace; what was said before, by bots, by us or in threads is not."""
        slack.page = 2

        def say(user: str, text: str, **more: Any) -> str:
            ts = slack.next_ts()
            slack.messages["C1"].append({"type": "message", "user": user, "text": text, "ts": ts, **more})
            return ts

        say("UADA", "No, I object.")
        announced = await room.chat.post(CHANNEL, PICK, "key")
        since = instant(announced.message_id)
        say("UBOT2", "I object.", bot_id="B2")
        say("UADA", "No.", thread_ts=announced.message_id)
        say("UBEN", "a fine idea, <@UADA>")
        assert await room.chat.objection(CHANNEL, since) is None
        objected = say("UOUT", "<@UADA> please don't read our channel")
        for _ in range(5):
            say("UBEN", "lunch?")

        assert objected == (await room.chat.objection(CHANNEL, since)).message_id

    async def test_an_app_that_may_look_once_a_minute(self, slack):
        """A page has fifteen messages, and says that the next one is to be asked for a minute later; it begins where the last one ended, in another process, too."""
        for n in range(20):
            slack.messages["C1"].append(
                {"type": "message", "user": "UADA", "text": f"<https://a.example/{n}>", "ts": slack.next_ts()}
            )
        found: list[str] = []
        start, waits = "", []
        for _ in range(2):
            slack.page = 15
            room = build(slack, history_per_minute=1)
            page = await room.chat.links(CHANNEL, 1000, start)
            await room.api.aclose()
            found += [one.url for one in page.links]
            waits.append(page.wait)
            start = page.following
            slack.messages["C1"].append(
                {"type": "message", "user": "UADA", "text": "<https://a.example/new>", "ts": slack.next_ts()}
            )

        assert [f"https://a.example/{n}" for n in range(19, -1, -1)] == found
        assert ("", [timedelta(minutes=1)] * 2) == (start, waits)


class TestPosting:
    async def test_as_it_should_be(self, room, slack):
        """A post is blocks with words for notifications; nothing unfolds, and its metadata is a key that says nothing."""
        await room.chat.post(CHANNEL, PICK, "opaque")

        (call,) = [call.arguments for call in slack.calls if call.method == "chat.postMessage"]
        assert {"event_type": "digest_posted", "event_payload": {"key": "opaque"}} == call["metadata"]
        assert [False, False, False] == [call[name] for name in ("unfurl_links", "unfurl_media", "link_names")]
        assert "On arxiv:1" in call["text"]
        assert "On arxiv:1" in text_of(call["blocks"])

    @pytest.mark.parametrize("fault", UNKNOWN_OUTCOMES, ids=str)
    async def test_nobody_knows(self, room, slack, fault):
        """What may have been posted is not posted again; the core must look first."""
        slack.faults["chat.postMessage"] = [fault]

        with pytest.raises(ChatUnsettled):
            await room.chat.post(CHANNEL, PICK, "key")
        assert 1 == slack.count("chat.postMessage")

    async def test_timeout(self, room, slack):
        """An answer that does not come in time says nothing about the message."""
        room.api.timeout = 0.05
        slack.faults["chat.postMessage"] = [Fault(slow=0.2)]

        with pytest.raises(ChatUnsettled, match="no answer in time"):
            await room.chat.post(CHANNEL, PICK, "key")

    async def test_dropped_after_accepting(self, room, slack):
        """A message that was accepted while the connection dropped is found by its key, and stands once."""
        slack.faults["chat.postMessage"] = [Fault(drops=True, after=True)]
        with pytest.raises(ChatUnsettled):
            await room.chat.post(CHANNEL, PICK, "key")

        found = await room.chat.find(CHANNEL, "key", START)

        assert [found.message_id] == [message["ts"] for message in slack.sent()]

    async def test_nobody_there(self, slack):
        """Where no connection can be made, nothing was posted: trying again is safe."""
        room = build(slack)
        room.api.base_url = "http://127.0.0.1:9/api/"

        with pytest.raises(ChatError, match="cannot be reached") as raised:
            await room.chat.post(CHANNEL, PICK, "key")
        await room.chat.close()
        assert not isinstance(raised.value, ChatUnsettled)

    @pytest.mark.parametrize("word", [*REFUSALS, "restricted_action_read_only_channel"])
    async def test_refused(self, room, slack, word):
        """What only a person can mend is refused with what is wrong and what to do."""
        slack.faults["chat.postMessage"] = [Fault(error=word)]

        with pytest.raises(ChatRefused, match=word) as raised:
            await room.chat.post(CHANNEL, PICK, "key")
        problem, _, remedy = raised.value.reason.partition(". ")
        assert problem
        assert remedy

    async def test_missing_scope(self, room, slack):
        """A missing permission is named."""
        slack.faults["chat.postMessage"] = [Fault(error="missing_scope", needed="chat:write")]

        with pytest.raises(ChatRefused, match="chat:write"):
            await room.chat.post(CHANNEL, PICK, "key")

    async def test_really_refused(self, slack):
        """A wrong token, a channel we are not in, one that is archived, one that is not there: each is refused."""
        wrong = build(slack, token="xoxb-wrong")
        room = build(slack)
        slack.channels["C2"] = {"id": "C2", "name": "secret", "is_member": False, "is_archived": False}
        slack.channels["C3"] = {"id": "C3", "name": "old", "is_member": True, "is_archived": True}
        for chat, channel, word in (
            (wrong.chat, "C1", "invalid_auth"),
            (room.chat, "C2", "not_in_channel"),
            (room.chat, "C3", "is_archived"),
            (room.chat, "C4", "channel_not_found"),
            (room.chat, "#nowhere", "#nowhere"),
        ):
            with pytest.raises(ChatRefused, match=word) as raised:
                await chat.post(replace(CHANNEL, id=channel), PICK, "key")
            assert isinstance(raised.value, TokenRefused) is (chat is wrong.chat)
        await wrong.chat.close()
        await room.chat.close()

    async def test_passing_error(self, room, slack):
        """An error of another kind may pass, and is neither a refusal nor unsettled."""
        slack.faults["chat.postMessage"] = [Fault(error="message_limit_exceeded")]

        with pytest.raises(ChatError, match="message_limit_exceeded") as raised:
            await room.chat.post(CHANNEL, PICK, "key")
        assert ChatError is type(raised.value)

    async def test_blocks_refused(self, room, slack):
        """Should Slack ever refuse our blocks, the words are posted alone: one bad item must not hold up a digest."""
        slack.faults["chat.postMessage"] = [Fault(error="invalid_blocks")]
        await room.chat.post(CHANNEL, PICK, "key")

        (message,) = slack.sent()
        assert "On arxiv:1" in message["text"]
        assert "blocks" not in message

    async def test_a_picture_refused(self, room, slack):
        """A picture that Slack cannot fetch is refused with the whole message: the card comes without it, and is drawn again without it."""
        slack.faults["chat.postMessage"] = [Fault(error="invalid_blocks")]
        slack.faults["chat.update"] = [Fault(error="invalid_blocks")]
        card = replace(PICK, picture="https://cdn.lab.example/gone.png")
        ref = await room.chat.post(CHANNEL, card, "key")
        await room.chat.redraw(ref, card)
        await until(
            lambda: "edited" in str(slack.sent()) or 2 == len([c for c in slack.calls if c.method == "chat.update"])
        )

        (message,) = slack.sent()
        assert "gone.png" not in str(message)
        assert "accessory" not in str(message["blocks"])
        assert message["blocks"]

    async def test_words_refused_too(self, room, slack):
        """What Slack takes in no form is told as such: the digest goes on without it."""
        slack.faults["chat.postMessage"] = [Fault(error="invalid_blocks"), Fault(error="msg_too_long")]

        with pytest.raises(ChatRejected, match="msg_too_long"):
            await room.chat.post(CHANNEL, PICK, "key")
        assert slack.sent() == []

    async def test_by_name(self, room, slack):
        """A channel may be configured by its name; it is looked up once."""
        slack.page = 1
        slack.channels["C9"] = {"id": "C9", "name": "reading", "is_member": True, "is_archived": False}
        slack.messages["C9"] = []
        for part in range(3):
            ref = await room.chat.post(replace(CHANNEL, id="#reading"), PICK, f"key{part}")

        assert "C9" == ref.channel_id
        assert 2 == slack.count("conversations.list")

    async def test_by_name_and_archived(self, room, slack):
        """One that is archived is told as such, not as one that is not there, and posted to as soon as it is not."""
        slack.channels["C1"]["is_archived"] = True
        slack.channels["C9"] = {"id": "C9", "name": "reading", "is_member": True, "is_archived": True}
        slack.messages["C9"] = []
        by_name = replace(CHANNEL, id="#reading")

        with pytest.raises(ChatRefused, match="is archived"):
            await room.chat.post(by_name, PICK, "key")
        slack.channels["C9"]["is_archived"] = False
        assert "C9" == (await room.chat.post(by_name, PICK, "key")).channel_id

    async def test_name_comes_later(self, room, slack, waits):
        """A name that was not found is looked for again after a minute: somebody may have invited us meanwhile."""
        by_name = replace(CHANNEL, id="#reading")
        with pytest.raises(ChatRefused, match="no channel #reading"):
            await room.chat.post(by_name, PICK, "key")
        slack.channels["C9"] = {"id": "C9", "name": "reading", "is_member": True, "is_archived": False}
        slack.messages["C9"] = []
        waits.time += 61

        assert "C9" == (await room.chat.post(by_name, PICK, "key")).channel_id


class TestPacing:
    async def test_one_a_second(self, room, slack, waits):
        """A week of 120 items arrives whole, a message a second, in order."""
        for part in range(122):
            await room.chat.post(CHANNEL, replace(PICK, plain=f"part {part}"), f"key{part}")

        assert [f"part {part}" for part in range(122)] == [message["text"] for message in slack.sent()]
        assert 121 == pytest.approx(sum(waits.slept))

    async def test_each_channel_by_itself(self, room, slack, waits):
        """Another channel need not wait."""
        slack.channels["C2"] = {"id": "C2", "name": "b", "is_member": True, "is_archived": False}
        slack.messages["C2"] = []
        await room.chat.post(CHANNEL, PICK, "a")
        await room.chat.post(Channel(name="b", platform="slack", id="C2"), PICK, "b")

        assert [] == waits.slept

    async def test_retry_after(self, room, slack, waits):
        """What Slack asks us to wait is waited for, then it is tried again; nothing is posted twice."""
        slack.faults["chat.postMessage"] = [Fault(retry_after=7), Fault(retry_after=3)]
        await room.chat.post(CHANNEL, PICK, "key")

        assert 10 == pytest.approx(sum(waits.slept), abs=0.1)
        assert 1 == len(slack.sent())

    async def test_for_all_callers(self, room, slack, waits):
        """One caller's wait holds for every caller of that method, and for no other method."""
        slack.faults["chat.postMessage"] = [Fault(retry_after=7)]
        ref = await room.chat.post(CHANNEL, PICK, "key")
        slept = sum(waits.slept)
        slack.faults["chat.postMessage"] = [Fault(retry_after=3600)]
        with pytest.raises(ChatError):
            await room.chat.post(CHANNEL, PICK, "second")
        await room.chat.acknowledge(ref)
        with pytest.raises(ChatError):
            await room.chat.post(CHANNEL, PICK, "third")

        assert sum(waits.slept) - slept <= 2
        assert 3 == slack.count("chat.postMessage")

    async def test_for_another_process(self, slack, waits):
        """What Slack asks one process to wait, another one that serves the workspace waits, too."""
        shared = InProcessRateLimiter(waits.now)
        ours, theirs = (build(slack, timer=waits.timer(), limiter=shared) for _ in range(2))
        slack.faults["chat.postMessage"] = [Fault(retry_after=3600)]
        with pytest.raises(ChatError):
            await ours.chat.post(CHANNEL, PICK, "key")
        with pytest.raises(ChatError) as raised:
            await theirs.chat.post(CHANNEL, PICK, "second")
        for room in (ours, theirs):
            await room.chat.close()

        assert 3600 == pytest.approx(raised.value.retry_after)
        assert 1 == slack.count("chat.postMessage")

    async def test_a_second_apart_after_a_wait_for_the_workspace(self, slack, waits):
        """A message that waited for its workspace's turn is a second before the next one in its channel, as every message is."""
        limiter = InProcessRateLimiter(waits.now)
        room = build(slack, timer=waits.timer(), limiter=limiter, message_interval=1.0)
        await limiter.block("slack//chat.postMessage", 0.9)
        for number in range(2):
            await room.chat.post(CHANNEL, PICK, f"key{number}")
        await room.chat.close()

        assert [0.9, 1.0] == pytest.approx(waits.slept)

    async def test_a_workspace_takes_some_hundreds_a_minute(self, room, slack, waits):
        """Over all channels of a workspace at most 290 messages a minute are sent, however many of them are due (docs/platform-facts.md#a4)."""
        for number in range(60):
            name = f"C{number + 10}"
            slack.channels[name] = {"id": name, "name": name, "is_member": True, "is_archived": False}
            slack.messages[name] = []
            await room.chat.post(Channel(name=name, platform="slack", id=name), PICK, f"key{number}")

        assert 11.55 == pytest.approx(sum(waits.slept), abs=0.3)
        _, interval, burst = POSTING
        assert 285 < 60 / interval + burst <= 291

    async def test_too_long(self, room, slack):
        """A wait longer than `max_wait` is told to the caller, and not slept through."""
        slack.faults["chat.postMessage"] = [Fault(retry_after=3600)]

        with pytest.raises(ChatError, match="ratelimited") as raised:
            await room.chat.post(CHANNEL, PICK, "key")
        assert 3600 == pytest.approx(raised.value.retry_after)
        assert not isinstance(raised.value, ChatUnsettled)

    async def test_history_rate(self, slack, waits):
        """An app that may look once a minute looks once a minute, fifteen objects at a time (docs/platform-facts.md#a8)."""
        room = build(slack, timer=waits.timer(), history_per_minute=1)
        ref = await room.chat.post(CHANNEL, PICK, "key")
        await room.chat.snapshot(ref)
        await room.chat.snapshot(ref)
        await room.chat.close()

        assert 60 == pytest.approx(sum(waits.slept))
        looks = [call.arguments["limit"] for call in slack.calls if call.method == "conversations.replies"]
        assert ["15", "15"] == looks


class TestFinding:
    async def test_far_back(self, room, slack):
        """It is found however much was said since, a page at a time."""
        ref = await room.chat.post(CHANNEL, PICK, "key")
        slack.page = 7
        for number in range(30):
            slack.messages["C1"].append({"type": "message", "user": "UX", "text": str(number), "ts": slack.next_ts()})

        assert ref == await room.chat.find(CHANNEL, "key", START)

    async def test_forged(self, room, slack):
        """Metadata can be written by any app and read by every member: a message counts only if it is ours."""
        forged = {"event_type": "digest_posted", "event_payload": {"key": "key"}}
        slack.messages["C1"].append({"user": "UX", "bot_id": "BX", "ts": slack.next_ts(), "metadata": forged})

        assert None is await room.chat.find(CHANNEL, "key", START)

    async def test_never_guesses(self, room, slack):
        """Where it cannot look to the end, it does not say that there is none: that would post twice."""
        slack.page = 1
        for _ in range(60):
            slack.messages["C1"].append({"type": "message", "user": "UX", "text": "x", "ts": slack.next_ts()})

        with pytest.raises(ChatError, match="too much was said"):
            await room.chat.find(CHANNEL, "key", START)


class TestSnapshot:
    async def test_everybody(self, room, slack):
        """Every member is counted, where a message elsewhere names only some; a thread is read to its end."""
        ref = await room.chat.post(CHANNEL, PICK, "key")
        message = slack.sent()[0]
        users = [slack.person(f"member{number}") for number in range(60)]
        message["reactions"] = [{"name": "star", "users": users, "count": 60}]
        slack.page = 20
        for number, user in enumerate(users):
            slack.messages["C1"].append(
                {"user": user, "text": f"reply {number}", "ts": slack.next_ts(), "thread_ts": ref.message_id}
            )

        snapshot = await room.chat.snapshot(ref)

        assert 60 == len(snapshot.reactions)
        assert [f"reply {number}" for number in range(60)] == [reply.text for reply in snapshot.replies]

    async def test_no_bots_no_strangers(self, room, slack):
        """Other bots, and people of other workspaces, are left out; skin tones fold, custom emoji keep their names."""
        ref = await room.chat.post(CHANNEL, PICK, "key")
        ada, robot = slack.person("Ada"), slack.person("Robot", is_bot=True)
        stranger = slack.person("Stranger", team_id="T9")
        slack.sent()[0]["reactions"] = [
            {"name": "+1::skin-tone-3", "users": [ada, robot], "count": 2},
            {"name": "thumbsup", "users": [ada], "count": 1},
            {"name": "party_parrot", "users": [ada, stranger], "count": 2},
        ]

        snapshot = await room.chat.snapshot(ref)

        assert [("Ada", "👍"), ("Ada", ":party_parrot:")] == [(who.name, emoji) for who, emoji in snapshot.reactions]

    async def test_answers_of_outsiders(self, room, slack):
        """Who answers an announcement is heard from whichever workspace; bots and we are not."""
        ref = await room.chat.post(CHANNEL, PICK, "key")
        stranger, robot = slack.person("Stranger", team_id="T9"), slack.person("Robot", is_bot=True)
        slack.sent()[0]["reactions"] = [{"name": "octagonal_sign", "users": [stranger, robot], "count": 2}]
        slack.messages["C1"].append(
            {"user": stranger, "text": "no", "ts": slack.next_ts(), "thread_ts": ref.message_id}
        )

        of_here, of_all = await room.chat.snapshot(ref), await room.chat.all_answers(ref)

        assert ((), ()) == (of_here.reactions, of_here.replies)
        assert ["🛑"] == [emoji for _, emoji in of_all.reactions]
        assert ["no"] == [reply.text for reply in of_all.replies]

    async def test_outsiders_if_wanted(self, slack):
        """If people of other workspaces count, each counts as of their own."""
        room = build(slack, outsiders=True)
        ref = await room.chat.post(CHANNEL, PICK, "key")
        slack.sent()[0]["reactions"] = [{"name": "star", "users": [slack.person("Stranger", team_id="T9")], "count": 1}]

        ((member, _),) = (await room.chat.snapshot(ref)).reactions
        await room.chat.close()
        assert "T9:USTRANGER" == member.id

    async def test_without_names(self, room, slack):
        """Whom Slack does not tell of is counted without a name."""
        ref = await room.chat.post(CHANNEL, PICK, "key")
        slack.sent()[0]["reactions"] = [{"name": "star", "users": ["UGONE"], "count": 1}]

        ((member, _),) = (await room.chat.snapshot(ref)).reactions
        assert ("T1:UGONE", "") == (member.id, member.name)

    async def test_mentioned(self, room, slack):
        """A reply reads the same when it is heard and when it is looked at: who is mentioned by name, whom Slack does not tell of by id."""
        inbox = Inbox()
        await room.chat.listen(inbox)
        ref = await room.chat.post(CHANNEL, PICK, "key")
        ada, ben = slack.person("Ada"), slack.person("Ben")
        serve(slack, room)
        written = await slack.reply(ben, ref.message_id, f"A *nice* paper, <@{ada}> and <@UGONE>, for <#C9|maths>")
        await slack.edit(written, f"A *very nice* paper, <@{ada}> and <@UGONE>")
        snapshot = await room.chat.snapshot(ref)

        assert [
            "A *nice* paper, @Ada and @UGONE, for #maths",
            "A *very nice* paper, @Ada and @UGONE",
        ] == [told.text for told in inbox]
        assert [inbox[1].text] == [reply.text for reply in snapshot.replies]
        assert not snapshot.hidden

    async def test_mentioned_and_known_late(self, room, slack):
        """A name that was not known in time is put right once when the thread is looked at, and never again."""
        inbox = Inbox()
        await room.chat.listen(inbox)
        ref = await room.chat.post(CHANNEL, PICK, "key")
        serve(slack, room)
        ada, ben = slack.person("Ada"), slack.person("Ben")
        await room.people.person(ben)
        slack.faults["users.info"] = [Fault(gate=(gate := asyncio.Event()), drops=True)]
        async with asyncio.timeout(PATIENCE):
            await slack.reply(ben, ref.message_id, f"Ask <@{ada}>")
        gate.set()
        (first,) = inbox
        once = differing_replies(await room.chat.snapshot(ref), [summary_of(first)], first.at + HOUR)
        twice = differing_replies(await room.chat.snapshot(ref), [summary_of(once[0])], first.at + HOUR)

        assert "Ask @UADA" == first.text
        assert ["Ask @Ada"] == [event.text for event in once]
        assert [] == twice

    async def test_mentioned_while_slack_cannot_tell(self, room, slack, waits):
        """While nobody tells who was mentioned, replies are not compared: one that reads without its name was not edited."""
        inbox = Inbox()
        await room.chat.listen(inbox)
        ref = await room.chat.post(CHANNEL, PICK, "key")
        serve(slack, room)
        ada, ben = slack.person("Ada"), slack.person("Ben")
        await slack.reply(ben, ref.message_id, f"Ask <@{ada}>")
        waits.time += 2 * 24 * 3600
        slack.faults["users.info"] = [Fault(status=500)] * 2
        meanwhile = await room.chat.snapshot(ref)
        waits.time += 120
        after = await room.chat.snapshot(ref)
        known = [summary_of(inbox[0])]

        assert meanwhile.hidden
        assert [] == differing_replies(meanwhile, known, inbox[0].at + HOUR)
        assert not after.hidden
        assert [] == differing_replies(after, known, inbox[0].at + HOUR)

    async def test_read_again(self, room, slack):
        """A dropped connection while reading is tried again: nothing is done twice by looking twice."""
        ref = await room.chat.post(CHANNEL, PICK, "key")
        slack.faults["conversations.replies"] = [Fault(drops=True)]

        assert ref == (await room.chat.snapshot(ref)).ref


class TestLegend:
    async def test_seeded(self, slack):
        """If so configured, the legend's emoji stand on each card, where they mean something, and nowhere else."""
        room = build(slack, seed_legend=True)
        await room.chat.post(CHANNEL, HEAD, "head")
        await room.chat.post(CHANNEL, PICK, "pick")
        await room.chat.post(replace(CHANNEL, triage=Triage.BUTTONS), PICK, "another")
        await room.chat.close()

        head, pick, by_buttons = slack.sent()
        assert ["star", "eyes", "white_check_mark", "-1"] == [one["name"] for one in pick["reactions"]]
        assert "reactions" not in {**head, **by_buttons}

    async def test_never_counts(self, slack):
        """What we seeded is nobody's decision."""
        room = build(slack, seed_legend=True)
        ref = await room.chat.post(CHANNEL, PICK, "pick")

        assert () == (await room.chat.snapshot(ref)).reactions
        await room.chat.close()

    async def test_not_seeded(self, slack):
        """That it cannot be seeded is no reason to say the card was not posted."""
        room = build(slack, seed_legend=True)
        slack.faults["reactions.add"] = [Fault(error="too_many_reactions")]
        ref = await room.chat.post(CHANNEL, PICK, "pick")
        await room.chat.close()

        assert ref.message_id == slack.sent()[0]["ts"]


class TestRedrawing:
    @pytest.fixture
    async def quick(self, slack):
        room = build(slack, redraw_interval=0.05)
        yield room
        await room.chat.close()

    def decided(self, word):
        line = Block(role=BlockRole.DECISIONS, spans=(Span(text=f"⭐ {word}"),))
        return replace(PICK, blocks=(*PICK.blocks, line))

    async def test_last_state_wins(self, slack):
        """Of many states within a few seconds, the first and the last are drawn."""
        slow = build(slack, redraw_interval=1.5)
        ref = await slow.chat.post(CHANNEL, PICK, "key")
        for number in range(20):
            await slow.chat.redraw(ref, self.decided(f"member {number}"))
        await until(lambda: slack.count("chat.update") > 1)
        await until(lambda: "member 19" in text_of(slack.sent()[0]["blocks"]))
        await slow.chat.close()

        assert 2 == slack.count("chat.update")

    async def test_on_closing(self, quick, slack):
        """What waits to be drawn is drawn before we go."""
        ref = await quick.chat.post(CHANNEL, PICK, "key")
        await quick.chat.redraw(ref, self.decided("one"))
        await quick.chat.redraw(ref, self.decided("two"))
        await quick.chat.close()

        assert "two" in text_of(slack.sent()[0]["blocks"])

    async def test_found_again(self, quick, slack):
        """A message that was redrawn keeps its key."""
        ref = await quick.chat.post(CHANNEL, PICK, "key")
        await quick.chat.redraw(ref, self.decided("one"))

        assert ref == await quick.chat.find(CHANNEL, "key", START - timedelta(days=1))

    async def test_gone(self, quick):
        """A message that is gone cannot be redrawn; the caller is told at once, and later only the log."""
        missing = MessageRef(platform="slack", channel_id="C1", message_id="1.000000")
        with pytest.raises(ChatError, match="message_not_found"):
            await quick.chat.redraw(missing, PICK)
        await quick.chat.redraw(missing, PICK)
        await asyncio.sleep(0.1)


async def test_who_we_are(room):
    """Who we are is asked once."""
    first, second = await room.api.identity(), await room.api.identity()

    assert first is second
    assert BOT_ID == first.bot_id


class TestCustomEmoji:
    @pytest.mark.parametrize("granted", [True, False])
    async def test_aliases(self, slack, granted):
        """An alias of the workspace's own is the emoji that it stands for, where Slack lets us know; else it keeps its name."""
        if granted:
            slack.emoji = {
                "must": "alias:fav",
                "fav": "alias:star",
                "loop": "alias:loop",
                "parrot": "https://e.example/p.gif",
            }
        heard = []

        async def hear(event):
            heard.append(event.emoji)

        room = build(slack)
        serve(slack, room)
        await room.chat.listen(hear)
        ref = await room.chat.post(CHANNEL, PICK, "key")
        ada = slack.person("Ada")
        for name in ("must", "our_parrot", "spins"):
            await slack.react(ada, ref.message_id, name)
        shown = [emoji for _, emoji in (await room.chat.snapshot(ref)).reactions]
        await room.chat.close()

        assert ["⭐" if granted else ":must:", ":our_parrot:", ":spins:"] == heard == shown
