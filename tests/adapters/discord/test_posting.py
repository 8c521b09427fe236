"""Posting, finding and looking over real HTTP, against a server that is as strict as Discord, and as unreliable."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.utils import snowflake_time

from adapters.discord.embeds import thread_name
from adapters.discord.errors import NONCE_MEMORY
from adapters.discord.rest import REQUESTS, RateLimits
from adapters.discord.threads import FormSummaries
from bot.errors import ChatError, ChatRefused, ChatRejected, ChatUnsettled, TokenRefused
from bot.model import Block, BlockRole, Member, MessageRef, Post, PostRole, Section, Span
from bot.rate_limits import InProcessRateLimiter
from bot.rendering import decision_buttons
from bot.usecases.deliver import deliver, freeze
from tests import factories
from tests.adapters.discord.harness import channel_on, room_on
from tests.adapters.web import demo
from tests.discord_gateway import Fault
from tests.fake_chat import links_of, ticking
from tests.fake_discord import FORUM, TEXT
from tests.fake_storage import FakeDatabase
from tests.waiting import until

KEY = "pr0123456789abcdef012345"


def pick(rank: int = 1, title: str = "OpenART") -> Post:
    return demo.pick(rank, title, demo.block(BlockRole.BODY, "A red-teaming arena."))


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def messages(discord, channel) -> list[dict]:
    return list(discord.messages[channel.id].values())


class TestHistory:
    async def test_what_people_shared(self, discord, channel, room):
        """Links that people shared are given newest first, page by page and no further than asked; bots' are not."""
        await room.chat.post(channel, pick(), KEY)
        ours = messages(discord, channel)[0]
        for n in range(1, 151):
            bot = n % 10 == 0
            author = {"id": str(n), "username": "ada", "bot": bot}
            said = {
                **ours,
                "id": str(int(ours["id"]) + n),
                "author": author,
                "content": f"see https://a.example/{n}, or (https://b.example).",
            }
            discord.messages[channel.id][said["id"]] = said
        found = await links_of(room.chat, channel, 1000)

        assert [f"https://a.example/{n}" for n in range(150, 0, -1) if n % 10] == [
            one.url for one in found if "a.ex" in one.url
        ]
        assert {"https://b.example"} == {one.url for one in found if "a.ex" not in one.url}
        assert ["https://a.example/149", "https://b.example"] == [
            one.url for one in await links_of(room.chat, channel, 2)
        ]

    @pytest.mark.parametrize(("kind", "has"), [(TEXT, True), (FORUM, False)])
    async def test_what_has_a_past(self, discord, kind, has):
        """A forum has no messages of its own, so there is no past to ask for."""
        channel = channel_on(discord, kind)
        room = room_on(discord, channel)
        found = await room.chat.has_past(channel)
        await room.chat.close()

        assert has is found

    async def test_an_objection_in_the_channel(self, discord, channel, room):
        """The message that plainly objects is given, of whatever page; what was said before the announcement, by bots or by us is not."""
        await room.chat.post(channel, pick(), KEY)
        ours = messages(discord, channel)[0]

        def say(n: int, text: str, *, bot: bool = False) -> str:
            # Ids are instants: half an hour after the announcement, or before it.
            said = str(int(ours["id"]) + ((n * 1000) << 22))
            author = {"id": str(abs(n)), "username": "ada", "bot": bot}
            bare = {key: value for key, value in ours.items() if key not in {"components", "embeds"}}
            discord.messages[channel.id][said] = {**bare, "id": said, "author": author, "content": text}
            return said

        since = snowflake_time(int(ours["id"]))
        say(-100, "No, I object.")
        say(1, "I object.", bot=True)
        assert await room.chat.objection(channel, since) is None
        for n in range(2, 130):
            say(n, "lunch?")
        objected = say(130, "no thanks")

        found = await room.chat.objection(channel, since)
        assert objected == found.message_id


class TestSending:
    async def test_week(self, discord, channel, room):
        """A whole digest is taken as it is: nothing of it is refused by a server with Discord's limits."""
        for post in demo.week():
            await room.chat.post(channel, post, f"key-{post.part}")

        assert len(demo.week()) == len(messages(discord, channel))
        assert [] == discord.refused

    async def test_long_week(self, discord, channel, room):
        """So is one whose every text is as long as texts get."""
        monster = "*[_`~|" * 2000 + "🦉" * 3000
        blocks = tuple(
            Block(
                role=role,
                spans=(Span(text=monster, url="https://a.example/" + "x" * 1900),) * 5,
                rows=((monster,) * 6,) * 60,
            )
            for role in BlockRole
        )
        for part, role in enumerate(PostRole):
            post = Post(role=role, part=part, blocks=blocks, plain=monster, section=Section.LABS, rank=part)
            await room.chat.post(channel, post, f"key-{part}")

        assert len(PostRole) == len(messages(discord, channel))

    async def test_silence(self, discord, channel, room):
        """Nobody is pinged, neither by a message nor by its edit, which Discord reads with allowances of its own."""
        ref = await room.chat.post(channel, pick(title="@everyone"), KEY)
        await room.chat.redraw(ref, pick(title="@here"))

        sent = [
            body
            for method, path, body in discord.requests
            if "/messages" in path and method in {"POST", "PATCH"} and "threads" not in path
        ]
        assert [{"parse": []}] * 2 == [body["allowed_mentions"] for body in sent]

    async def test_lost_answer(self, discord, channel, room):
        """Where the answer is lost, the outcome is unknown; the same key then finds the message that was posted."""
        discord.fail(f"POST /channels/{channel.id}/messages", drop=True, after=True)

        with pytest.raises(ChatUnsettled):
            await room.chat.post(channel, pick(), KEY)
        found = await room.chat.find(channel, KEY, long_ago())
        assert [found.message_id] == [message["id"] for message in messages(discord, channel)]

    async def test_sent_again(self, discord, channel, room):
        """Sent again with the same key, it is one message, with one thread."""
        discord.fail(f"POST /channels/{channel.id}/messages", 503, after=True)
        with pytest.raises(ChatUnsettled):
            await room.chat.post(channel, pick(), KEY)
        ref = await room.chat.post(channel, pick(), KEY)

        assert [ref.message_id] == [message["id"] for message in messages(discord, channel)]

    async def test_never_sent(self, discord, channel, room):
        """Where nothing was posted, nothing is found."""
        discord.fail(f"POST /channels/{channel.id}/messages", 503)

        with pytest.raises(ChatUnsettled):
            await room.chat.post(channel, pick(), KEY)
        assert None is await room.chat.find(channel, KEY, long_ago())

    async def test_deleted_a_moment_ago(self, discord, channel, room):
        """A message that was deleted right after it was posted can be posted again once Discord has forgotten its nonce."""
        ref = await room.chat.post(channel, pick(), KEY)
        await discord.remove(channel.id, ref.message_id)

        with pytest.raises(ChatError) as caught:
            await room.chat.post(channel, pick(), KEY)
        assert NONCE_MEMORY == caught.value.retry_after

    async def test_form_refused(self, discord, channel, room, caplog):
        """A form that Discord does not take, against all we know of it, becomes plain words: one item never blocks a digest."""
        body = {"code": 50035, "message": "Invalid Form Body"}
        discord.fail(f"POST /channels/{channel.id}/messages", 400, body=body)
        ref = await room.chat.post(channel, pick(), KEY)

        assert "OpenART" in discord.messages[channel.id][ref.message_id]["content"]
        assert ref == await room.chat.find(channel, KEY, long_ago())

    async def test_no_form_taken(self, discord, channel, room):
        """What Discord takes in no form is told as such: the digest goes on without it."""
        body = {"code": 50035, "message": "Invalid Form Body"}
        for _ in range(2):
            discord.fail(f"POST /channels/{channel.id}/messages", 400, body=body)

        with pytest.raises(ChatRejected, match="Invalid Form Body"):
            await room.chat.post(channel, pick(), KEY)

    async def test_others_messages(self, discord, channel, room):
        """What others write is never taken for a message of ours, whatever it carries."""
        ref = await room.chat.post(channel, pick(), KEY)
        ours = discord.messages[channel.id][ref.message_id]
        discord.messages[channel.id][ref.message_id] = ours | {"author": discord.user("Mallory")}

        assert None is await room.chat.find(channel, KEY, long_ago())

    async def test_find_in_a_busy_channel(self, discord, channel, room):
        """It is found among hundreds of messages."""
        ada = discord.user("Ada")
        for number in range(130):
            await discord.say(ada, channel.id, f"{number}")
        ref = await room.chat.post(channel, pick(), KEY)
        for number in range(130):
            await discord.say(ada, channel.id, f"{number}")

        assert ref == await room.chat.find(channel, KEY, long_ago())

    async def test_without_gateway(self, discord, channel, room):
        """Posting and looking connect no gateway."""
        ref = await room.chat.post(channel, pick(), KEY)
        await room.chat.snapshot(ref)

        assert [] == discord.identifies


class TestLegend:
    async def test_seeded(self, discord, channel):
        """Where that is wanted, the legend's emoji stand under each card, and under nothing else."""
        room = room_on(discord, channel, seed_legend=True)
        head = await room.chat.post(channel, demo.head(), "head")
        ref = await room.chat.post(channel, pick(), KEY)
        await room.chat.close()

        assert set(channel.meanings) == set(discord.reacted[channel.id, ref.message_id])
        assert {} == dict(discord.reacted[channel.id, head.message_id])

    async def test_in_a_forum(self, discord):
        """So they do in a forum, where each card is a post of its own."""
        forum = channel_on(discord, FORUM)
        room = room_on(discord, forum, seed_legend=True)
        ref = await room.chat.post(forum, pick(), KEY)
        await room.chat.close()

        assert set(forum.meanings) == set(discord.reacted[ref.message_id, ref.message_id])

    async def test_not_allowed(self, discord, channel):
        """Where we may not react, the card is posted all the same."""
        discord.fail("PUT /channels", 403, body={"code": 50013, "message": "Missing Permissions"}, times=4)
        room = room_on(discord, channel, seed_legend=True)
        await room.chat.post(channel, pick(), KEY)
        await room.chat.close()

        assert 1 == len(messages(discord, channel))


class TestThreads:
    async def test_opened(self, discord, channel, room):
        """A pick has a thread, named by its title, that stays open for a week; head and foot have none."""
        ref = await room.chat.post(channel, pick(title="O" * 200), KEY)
        head = await room.chat.post(channel, demo.head(), "head")

        thread = discord.channels[ref.message_id]
        assert 100 == len(thread["name"])
        assert 10080 == thread["thread_metadata"]["auto_archive_duration"]
        assert head.message_id not in discord.channels

    async def test_already_there(self, discord, channel, room):
        """A thread that somebody opened first will do."""
        ref = await room.chat.post(channel, pick(), KEY)
        again = await room.chat.post(channel, pick(), KEY)

        assert ref == again
        assert 2 == discord.asked(f"POST /channels/{channel.id}/messages/{ref.message_id}/threads")

    async def test_died_in_between(self, discord, channel, room):
        """A message whose thread could not be opened is not done; finding it opens the thread."""
        discord.fail(f"POST /channels/{channel.id}/messages/", 503)

        with pytest.raises(ChatUnsettled, match="thread"):
            await room.chat.post(channel, pick(title="Agents [draft]"), KEY)
        found = await room.chat.find(channel, KEY, long_ago())
        assert "Agents [draft]" == discord.channels[found.message_id]["name"]

    @pytest.mark.parametrize("code", [160006, 50013])
    async def test_not_allowed(self, discord, channel, room, caplog, code):
        """Where no thread may be opened, the pick stands without one, and the operator is told why."""
        discord.fail(f"POST /channels/{channel.id}/messages/", 403, body={"code": code, "message": "No"})
        with caplog.at_level(logging.WARNING):
            ref = await room.chat.post(channel, pick(), KEY)

        assert ref.message_id not in discord.channels
        assert ["thread_not_opened"] == [record.action for record in caplog.records]

    async def test_names(self):
        """A thread always has a name."""
        assert "(untitled)" == thread_name(Post(role=PostRole.PICK, part=1, blocks=(), plain=""))


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "remedy"),
        [
            (10003, "Configure another channel"),
            (50001, "Invite it again"),
            (50013, "paperround doctor"),
            (10004, "Invite it again"),
            (160005, "Unlock"),
        ],
    )
    async def test_remedies(self, discord, channel, room, code, remedy):
        """What only a person can mend is refused, with what to do in plain words."""
        discord.fail(f"POST /channels/{channel.id}/messages", 403, body={"code": code, "message": "No"})

        with pytest.raises(ChatRefused, match=remedy):
            await room.chat.post(channel, pick(), KEY)

    async def test_removed_from_the_server(self, discord, channel, room):
        """Removed from the server, we are refused; back on it, we go on."""
        discord.member_of = False
        with pytest.raises(ChatRefused):
            await room.chat.post(channel, pick(), KEY)
        discord.member_of = True

        assert await room.chat.post(channel, pick(), KEY)

    async def test_wrong_token(self, discord, channel):
        """A token that is not accepted is told, never shown, and not asked with again and again."""
        room = room_on(discord, channel)
        room.rest._token = "another.secret.token"  # white box: the token comes from the settings
        for _ in range(5):
            with pytest.raises(TokenRefused, match="DISCORD_BOT_TOKEN") as caught:
                await room.chat.post(channel, pick(), KEY)
        await room.chat.close()

        assert "secret" not in str(caught.value)
        assert 1 == len(discord.requests)

    async def test_asked_to_wait(self, discord, channel, room):
        """A 429 without `Via` is not repeated by discord.py; we hand on how long to wait."""
        discord.fail(f"POST /channels/{channel.id}/messages", 429, headers={"Retry-After": "7"}, body="banned")

        with pytest.raises(ChatError) as caught:
            await room.chat.post(channel, pick(), KEY)
        assert not isinstance(caught.value, ChatUnsettled)
        assert 7.0 == caught.value.retry_after

    async def test_waits_by_itself(self, discord, channel, room):
        """A 429 as Discord sends it is waited for, and the message arrives once."""
        body = {"message": "You are being rate limited.", "retry_after": 0.01, "global": False}
        discord.fail(f"POST /channels/{channel.id}/messages", 429, headers={"Via": "1.1 google"}, body=body)

        await room.chat.post(channel, pick(), KEY)
        assert 1 == len(messages(discord, channel))

    async def test_global_limit(self, discord, channel):
        """Where Discord refuses the whole bot, whoever shares its limiter waits; where it refuses a route, nobody else does."""
        limiter = InProcessRateLimiter(time.monotonic)
        room, url = room_on(discord, channel, limiter=limiter), f"POST /channels/{channel.id}/messages"
        body = {"message": "You are being rate limited.", "retry_after": 0.01, "global": False}
        discord.fail(url, 429, headers={"Via": "1.1 google", "Retry-After": "9"}, body=body)
        await room.chat.post(channel, pick(), KEY)
        assert 0 == await limiter.blocked(REQUESTS.bucket)
        headers = {"Via": "1.1 google", "Retry-After": "0.8", "X-RateLimit-Global": "true"}
        discord.fail(url, 429, headers=headers, body={**body, "global": True})
        posting = asyncio.create_task(room.chat.post(channel, pick(), "another key"))
        await until(lambda: len(messages(discord, channel)) == 2)
        assert 0 < await limiter.blocked(REQUESTS.bucket) <= 0.8
        await posting
        await room.chat.close()

        assert 0 == await limiter.blocked(REQUESTS.bucket), "its thread waited"

    async def test_bots_own_limit(self, discord, channel):
        """Where other processes of the bot use its fifty requests a second up, a request is put off, and the wait is told."""
        limiter = InProcessRateLimiter(time.monotonic)
        await limiter.block(REQUESTS.bucket, 300)
        room = room_on(discord, channel, limiter=limiter)
        with pytest.raises(ChatError, match="as often as it allows") as caught:
            await room.chat.post(channel, pick(), KEY)
        await room.chat.close()

        assert not isinstance(caught.value, ChatUnsettled)
        assert 299 < caught.value.retry_after <= 300
        assert [] == discord.requests

    async def test_page_instead_of_answer(self, discord, channel, room):
        """A success that is no JSON says nothing about the message."""
        discord.fail(f"POST /channels/{channel.id}/messages", 200, raw="<html>challenge</html>")

        with pytest.raises(ChatUnsettled):
            await room.chat.post(channel, pick(), KEY)

    async def test_deadline(self, discord, channel):
        """Discord gets a minute and not more; in a test less."""
        room = room_on(discord, channel, deadline=0.3)
        await room.chat.post(channel, demo.head(), "head")
        discord.fail(f"POST /channels/{channel.id}/messages", 500, times=3)

        with pytest.raises(ChatUnsettled, match="in time"):
            await room.chat.post(channel, pick(), KEY)
        await room.chat.close()

    async def test_looking_is_never_unsettled(self, discord, channel, room):
        """Where nothing was to be posted, there is nothing unsettled."""
        ref = await room.chat.post(channel, pick(), KEY)
        discord.fail(f"GET /channels/{channel.id}/messages", 503)

        with pytest.raises(ChatError) as caught:
            await room.chat.snapshot(ref)
        assert ChatError is type(caught.value)


class TestRestraint:
    """We stop asking before Discord bans the address."""

    def test_after_many_refusals(self):
        """After five thousand refusals within ten minutes nothing is asked until the oldest is forgotten."""
        now = 0.0
        restraint = RateLimits(lambda: now)
        refused = Refused(403)
        for _ in range(5000):
            restraint.check()
            restraint.note(refused, ChatError("discord", "no"))

        with pytest.raises(ChatError, match="bans") as caught:
            restraint.check()
        assert 600.0 == caught.value.retry_after
        now = 601.0
        restraint.check()

    def test_after_a_bad_token(self):
        """After a 401 nothing is asked for five minutes."""
        now = 0.0
        restraint = RateLimits(lambda: now)
        restraint.note(Refused(401), ChatRefused("discord", "the bot token is not accepted"))

        with pytest.raises(ChatRefused, match="token"):
            restraint.check()
        now = 301.0
        restraint.check()


class Refused(Exception):
    """Whatever has a status."""

    def __init__(self, status: int) -> None:
        self.status = status


class TestLooking:
    async def test_reactions(self, discord, channel, room):
        """More people than fit a page, custom emoji, bursts; programs and we ourselves are left out."""
        ref = await room.chat.post(channel, pick(), KEY)
        people = [discord.user(f"Member {number}") for number in range(230)]
        for user in [*people, discord.user("Robot", bot=True), discord.me]:
            await discord.react(user, channel.id, ref.message_id, "⭐")
        await discord.react(people[0], channel.id, ref.message_id, "shipit:123456789012345678")
        await discord.react(people[1], channel.id, ref.message_id, "👎🏽")
        await discord.react(people[2], channel.id, ref.message_id, "🔥", burst=True)

        found = (await room.chat.snapshot(ref)).reactions
        assert {user["id"] for user in people} == {member.id for member, emoji in found if emoji == "⭐"}
        assert {(people[0]["id"], ":shipit:123456789012345678"), (people[1]["id"], "👎"), (people[2]["id"], "🔥")} == {
            (member.id, emoji) for member, emoji in found if emoji != "⭐"
        }

    async def test_nobody_is_asked_for(self, discord, channel, room):
        """Where only we reacted, nobody is asked who did."""
        ref = await room.chat.post(channel, pick(), KEY)
        await discord.react(discord.me, channel.id, ref.message_id, "⭐")
        await room.chat.snapshot(ref)

        assert 0 == discord.asked(f"GET /channels/{channel.id}/messages/{ref.message_id}/reactions")

    async def test_replies(self, discord, channel, room):
        """Replies in the thread and those that refer to the card count; chatter, programs and answers to answers do not."""
        ref = await room.chat.post(channel, pick(), KEY)
        other = await room.chat.post(channel, pick(2, "Two"), "other")
        ada, robot = discord.user("Ada"), discord.user("Robot", bot=True)
        await discord.say(ada, ref.message_id, "In the thread.")
        answer = await discord.say(ada, channel.id, "By reference.", answers=ref.message_id)
        await discord.say(ada, channel.id, "Chatter.")
        await discord.say(ada, channel.id, "To the answer.", answers=answer)
        await discord.say(ada, channel.id, "To the other.", answers=other.message_id)
        await discord.say(robot, ref.message_id, "Beep.")

        replies = (await room.chat.snapshot(ref)).replies
        assert ["In the thread.", "By reference."] == [reply.text for reply in replies]
        assert {Member(id=ada["id"], name="Ada")} == {reply.member for reply in replies}
        assert [ref.message_id, channel.id] == [reply.ref.channel_id for reply in replies]

    async def test_reference_that_changes(self, discord, channel, room):
        """What refers to the card is read again each time: edits and deletions are seen, later answers too."""
        ref = await room.chat.post(channel, pick(), KEY)
        ada = discord.user("Ada")
        first = await discord.say(ada, channel.id, "First.", answers=ref.message_id)
        second = await discord.say(ada, channel.id, "Second.", answers=ref.message_id)
        await room.chat.snapshot(ref)
        await discord.rewrite(channel.id, first, "First, mended.")
        await discord.remove(channel.id, second)
        await discord.say(ada, channel.id, "Third.", answers=ref.message_id)

        assert ["First, mended.", "Third."] == [reply.text for reply in (await room.chat.snapshot(ref)).replies]

    async def test_older_card(self, discord, channel, room):
        """Looking at an older card after a younger one finds its answers, too."""
        older = await room.chat.post(channel, pick(), KEY)
        ada = discord.user("Ada")
        await discord.say(ada, channel.id, "Between.", answers=older.message_id)
        younger = await room.chat.post(channel, pick(2, "Two"), "other")
        await discord.say(ada, channel.id, "After.", answers=younger.message_id)
        await room.chat.snapshot(younger)

        assert ["Between."] == [reply.text for reply in (await room.chat.snapshot(older)).replies]
        assert ["After."] == [reply.text for reply in (await room.chat.snapshot(younger)).replies]

    async def test_folded_thread(self, discord, channel, room):
        """A thread that was folded away still tells its replies; they are recorded without our mark."""
        ref = await room.chat.post(channel, pick(), KEY)
        await discord.say(discord.user("Ada"), ref.message_id, "Late, but here.")
        await discord.fold(ref.message_id)

        (reply,) = (await room.chat.snapshot(ref)).replies
        await room.chat.acknowledge(reply.ref)
        assert "Late, but here." == reply.text

    async def test_deleted_thread(self, discord, channel, room):
        """A thread that was deleted has no replies."""
        ref = await room.chat.post(channel, pick(), KEY)
        await discord.say(discord.user("Ada"), ref.message_id, "Gone soon.")
        del discord.channels[ref.message_id]

        assert () == (await room.chat.snapshot(ref)).replies

    async def test_hidden_words(self, discord, channel, room):
        """Where Discord keeps words from us, we say so instead of taking silence for an answer."""
        ref = await room.chat.post(channel, pick(), KEY)
        await discord.react(discord.user("Grace"), channel.id, ref.message_id, "⭐")
        await discord.say(discord.user("Ada"), ref.message_id, "You cannot read this.")
        discord.refuses_words = True

        snapshot = await room.chat.snapshot(ref)
        assert snapshot.hidden
        assert 1 == len(snapshot.reactions)


class TestRedrawing:
    async def test_at_once(self, discord, channel, room):
        """The first redraw of a message is done at once; its button, and so its key, stays."""
        ref = await room.chat.post(channel, pick(), KEY)
        await room.chat.redraw(ref, pick(title="Another title"))

        assert "1. Another title" == discord.messages[channel.id][ref.message_id]["embeds"][0]["title"]
        assert ref == await room.chat.find(channel, KEY, long_ago())

    async def test_many_at_once(self, discord, channel, room):
        """Of many in a row, the first and the last are drawn."""
        ref = await room.chat.post(channel, pick(), KEY)
        for number in range(20):
            await room.chat.redraw(ref, pick(title=f"Title {number}"))
        await until(lambda: discord.messages[channel.id][ref.message_id]["embeds"][0]["title"] == "1. Title 19")

        assert 2 == discord.asked("PATCH")

    async def test_close(self, discord, channel, room):
        """What waits is drawn before we go."""
        ref = await room.chat.post(channel, pick(), KEY)
        for number in range(3):
            await room.chat.redraw(ref, pick(title=f"Title {number}"))
        await room.chat.close()

        assert "1. Title 2" == discord.messages[channel.id][ref.message_id]["embeds"][0]["title"]

    async def test_failing(self, discord, channel, room):
        """Where drawing fails, the caller is told; the next one is drawn."""
        ref = await room.chat.post(channel, pick(), KEY)
        discord.fail("PATCH", 503)

        with pytest.raises(ChatError):
            await room.chat.redraw(ref, pick(title="One"))
        await room.chat.redraw(ref, pick(title="Two"))
        await until(lambda: discord.messages[channel.id][ref.message_id]["embeds"][0]["title"] == "1. Two")


async def test_forum_reads_from_the_top(discord):
    """A forum lists the newest post first: a digest is begun at its end there, so that it reads from head to foot, with ranks in the titles."""
    database, channel = FakeDatabase(), channel_on(discord, FORUM)
    room = room_on(discord, channel)
    digest = factories.digest_of(["arxiv:2608.00001", "arxiv:2608.00002"], channel=channel.name)
    await freeze(digest, channel, database.unit_of_work)
    await deliver(channel, digest.week, room.chat, database.unit_of_work, ticking(demo.START), owner="we")
    await room.chat.close()
    newest_first = sorted(
        (one for one in discord.channels.values() if one["parent_id"] == channel.id), key=lambda one: -int(one["id"])
    )
    names = [one["name"] for one in newest_first]

    assert ["1. ", "2. "] == [name[:3] for name in names[1:3]]
    assert "Sources" == names[-1]
    assert 4 == len(names)


class TestWeekInAForum:
    """`forum = "week"`: a post a week, the picks messages in it."""

    async def posted(self, discord, **more):
        database, channel = FakeDatabase(), channel_on(discord, FORUM)
        room = room_on(discord, channel, forum="week", **more)
        digest = factories.digest_of(["arxiv:2608.00001", "arxiv:2608.00002"], channel=channel.name)
        await freeze(digest, channel, database.unit_of_work)
        await deliver(channel, digest.week, room.chat, database.unit_of_work, ticking(demo.START), owner="we")
        async with database.unit_of_work() as uow:
            postings = await uow.postings.of(channel.name, digest.week)
        return channel, room, postings

    async def test_one_post(self, discord):
        """The head begins the week's post, and everything else follows in it, from the top."""
        channel, room, postings = await self.posted(discord)
        await room.chat.close()
        (thread,) = [one for one in discord.channels.values() if one["parent_id"] == channel.id]
        said = sorted(discord.messages[thread["id"]], key=int)

        assert [one.ref.message_id for one in postings] == said
        assert [channel.id, *[thread["id"]] * 3] == [one.ref.channel_id for one in postings]

    async def test_after_a_restart(self, discord):
        """Another process finds what stands in it, and goes on in it."""
        channel, room, postings = await self.posted(discord)
        await room.chat.close()
        later = room_on(discord, channel, forum="week")
        found = await later.chat.find(channel, postings[1].key, long_ago())
        card = await later.chat.post(channel, replace(pick(7), week=postings[0].week), KEY)
        url = await later.chat.message_url(channel, card)
        await later.chat.close()

        assert postings[1].ref == found
        assert postings[1].ref.channel_id == card.channel_id
        assert url.endswith(f"/{card.channel_id}/{card.message_id}")

    async def test_who_answers_what(self, discord):
        """A reply by reference is about its pick, and what is said without one is said to the head: neither counts for the other."""
        _, room, postings = await self.posted(discord)
        head, first = postings[0].ref, postings[1].ref
        ada = discord.user("Ada")
        await discord.say(ada, first.channel_id, "A summary.", answers=first.message_id)
        await discord.say(ada, first.channel_id, "Thanks.")
        seen = [await room.chat.snapshot(ref) for ref in (head, first, postings[2].ref)]
        await room.chat.close()

        assert [["Thanks."], ["A summary."], []] == [[one.text for one in snapshot.replies] for snapshot in seen]

    async def test_form(self, discord):
        """A summary that was written in a form becomes a reply to its pick."""
        _, room, postings = await self.posted(discord)
        card = postings[1].ref
        summaries = FormSummaries(room.rest, room._places)
        assert card == await summaries.card(card.channel_id, card.message_id)
        await summaries.write(card, Member(id=discord.user("Ada")["id"], name="Ada"), "From the form.", nonce="1")
        seen = await room.chat.snapshot(card)
        await room.chat.close()

        assert ["From the form."] == [one.text for one in seen.replies]

    async def test_a_deleted_post(self, discord):
        """Where somebody deleted the week's post, a card that is asked for is a post of its own."""
        channel, room, postings = await self.posted(discord)
        thread = postings[0].ref.message_id
        del discord.channels[thread], discord.messages[thread]
        card = await room.chat.post(channel, replace(pick(7), week=postings[0].week), KEY)
        await room.chat.close()

        assert channel.id == card.channel_id


class TestHead:
    ROLE = "223456789012345678"

    @pytest.mark.parametrize("kind", [TEXT, FORUM])
    async def test_mention(self, discord, kind):
        """The role that is named is notified by the head, and nobody else; no other message mentions anybody."""
        channel = channel_on(discord, kind)
        room = room_on(discord, channel, mentions={channel.id: f"<@&{self.ROLE}>"})
        await room.chat.post(channel, demo.head(), "head")
        await room.chat.post(channel, pick(), KEY)
        await room.chat.close()
        sent = [
            body.get("message", body)
            for method, path, body in discord.requests
            if method == "POST"
            and body
            and ("messages" in path or "threads" in path)
            and (body.get("embeds") or body.get("message"))
        ]
        head, card = sent[0], sent[-1]

        assert head["content"].endswith(f"<@&{self.ROLE}>")
        assert {"parse": [], "roles": [self.ROLE]} == head["allowed_mentions"]
        assert {"parse": []} == card["allowed_mentions"]
        assert "<@&" not in card["content"]

    async def test_never_everyone(self, discord, caplog):
        """@everyone is a role with the server's own id: it is left out, and the operator told."""
        channel = channel_on(discord)
        room = room_on(discord, channel, mentions={channel.id: discord.guild_id})
        ref = await room.chat.post(channel, demo.head(), "head")
        await room.chat.close()

        assert "<@&" not in discord.messages[channel.id][ref.message_id]["content"]
        assert "everyone_not_mentioned" in [getattr(one, "action", "") for one in caplog.records]

    @pytest.mark.parametrize(
        ("kind", "publish", "published"), [(5, True, True), (5, False, False), (TEXT, True, False)]
    )
    async def test_published(self, discord, kind, publish, published):
        """In an announcement channel the head is published, if wanted: it alone."""
        channel = channel_on(discord, kind)
        room = room_on(discord, channel, publish=publish)
        await room.chat.post(channel, demo.head(), "head")
        await room.chat.post(channel, pick(), KEY)
        await room.chat.close()

        asked = [path for method, path, _ in discord.requests if path.endswith("/crosspost")]
        assert published == (len(asked) == 1)

    async def test_not_published(self, discord, caplog):
        """That it cannot be published is told, and the head stands."""
        channel = channel_on(discord, 5)
        room = room_on(discord, channel, publish=True)
        discord.faults.append(
            Fault(f"POST /channels/{channel.id}/messages/", status=403, body={"code": 50013, "message": "no"})
        )
        ref = await room.chat.post(channel, demo.head(), "head")
        await room.chat.close()

        assert ref.message_id in discord.messages[channel.id]
        assert "head_not_published" in [getattr(one, "action", "") for one in caplog.records]


class TestForum:
    @pytest.fixture
    def channel(self, discord):
        tags = [
            {"id": "71", "name": "Papers", "moderated": False},
            {"id": "72", "name": "pick", "moderated": True},
            {"id": "73", "name": "news", "moderated": False},
        ]
        return channel_on(discord, FORUM, available_tags=tags, flags=1 << 4)

    async def test_post(self, discord, channel, room):
        """Each post is a thread with its title and the tag of its section; where none fits and one is asked for, the first that we may set."""
        ref = await room.chat.post(channel, pick(), KEY)
        head = await room.chat.post(channel, demo.head(), "head")

        assert ("1. OpenART", ["71"]) == (
            discord.channels[ref.message_id]["name"],
            discord.channels[ref.message_id]["applied_tags"],
        )
        assert ["71"] == discord.channels[head.message_id]["applied_tags"]
        assert channel.id == ref.channel_id

    async def test_no_tag_for_us(self, discord, channel, room):
        """A forum that asks for a tag which only moderators may set is said to a person: asking again would not mend it."""
        for tag in discord.channels[channel.id]["available_tags"]:
            tag["moderated"] = True

        with pytest.raises(ChatRefused, match="asks for a tag"):
            await room.chat.post(channel, pick(), KEY)

    @pytest.mark.parametrize("refusals", [1, 2])
    async def test_form_refused(self, discord, channel, room, refusals):
        """A form that Discord does not take becomes plain words in a forum, too; if it takes none, that is told as such."""
        for _ in range(refusals):
            discord.fail(
                f"POST /channels/{channel.id}/threads", 400, body={"code": 50035, "message": "Invalid Form Body"}
            )
        if refusals == 2:
            with pytest.raises(ChatRejected, match="Invalid Form Body"):
                await room.chat.post(channel, pick(), KEY)
            return
        ref = await room.chat.post(channel, pick(), KEY)

        assert "OpenART" in discord.messages[ref.message_id][ref.message_id]["content"]
        assert ref == await room.chat.find(channel, KEY, long_ago())

    async def test_lost_answer(self, discord, channel, room):
        """There is no nonce in a forum: what was posted is found before anything is sent."""
        discord.fail(f"POST /channels/{channel.id}/threads", 503, after=True)
        with pytest.raises(ChatUnsettled):
            await room.chat.post(channel, pick(), KEY)
        again = await room.chat.post(channel, pick(), KEY)

        assert [again.message_id] == [one["id"] for one in discord.channels.values() if one["parent_id"] == channel.id]

    async def test_find_folded(self, discord, channel, room):
        """A post that was folded away is found, too."""
        ref = await room.chat.post(channel, pick(), KEY)
        await discord.fold(ref.message_id)

        assert ref == await room.chat.find(channel, KEY, long_ago())

    async def test_others_posts(self, discord, channel, room):
        """Posts of others are passed over without a look."""
        ref = await room.chat.post(channel, pick(), KEY)
        discord.channels[ref.message_id]["owner_id"] = "1"

        assert None is await room.chat.find(channel, KEY, long_ago())

    async def test_redraw(self, discord, channel, room):
        """The start of a thread is redrawn in its place."""
        ref = await room.chat.post(channel, pick(), KEY)
        await room.chat.redraw(ref, pick(title="Another"))

        assert "1. Another" == discord.messages[ref.message_id][ref.message_id]["embeds"][0]["title"]


class TestOldCards:
    async def test_buttons_are_added(self, discord, channel, room):
        """A card that an earlier version sent gets its buttons when it is drawn again, and keeps its key; one that has them keeps those."""
        ref = await room.chat.post(channel, pick(), KEY)
        card = discord.messages[ref.channel_id][ref.message_id]
        card["components"] = [row for row in card["components"] if "press" not in str(row)]
        again = room_on(discord, channel)
        for title in ("Another", "A third"):
            await again.chat.redraw(ref, replace(pick(title=title), buttons=decision_buttons(channel)))
            await until(lambda: title in str(card["embeds"]))  # noqa: B023 - awaited in this turn
        await again.chat.close()

        ids = [one["custom_id"] for row in card["components"] for one in row["components"]]
        assert f"paperround:summary:{KEY}" in ids
        assert 4 == sum(one.startswith("paperround:press:1/") for one in ids)
        assert 1 == discord.asked(f"GET /channels/{channel.id}/messages/{ref.message_id}")


class TestClosing:
    async def test_addresses(self, discord, channel, room):
        """While we run, discord.py asks where we told it to; afterwards it has its own addresses back."""
        during = Route.BASE
        await room.chat.close()

        assert discord.url == during
        assert ("https://discord.com/api/v10", "wss://gateway.discord.gg/") == (
            Route.BASE,
            str(DiscordWebSocket.DEFAULT_GATEWAY),
        )

    async def test_unknown_message(self, channel, room):
        """Of a message that is gone there is nothing to tell, and nothing to mark."""
        ref = MessageRef(platform="discord", channel_id=channel.id, message_id="1")

        with pytest.raises(ChatError):
            await room.chat.acknowledge(ref)
