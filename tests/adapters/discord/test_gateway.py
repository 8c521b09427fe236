"""The gateway over a real websocket: what is received, what is survived, and what is reconciled afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from adapters.discord import places as placing
from adapters.discord import supervisor as calling
from adapters.discord.client import ClientHooks, Listener
from adapters.discord.identify_budget import BudgetSpent, IdentifyBudget
from adapters.discord.platform import Hooks
from adapters.discord.settings import DiscordSettings
from adapters.discord.supervisor import ConnectionState, ReconnectDelays
from bot.errors import ChatError, ChatRefused, UsageError
from bot.events import ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyPosted
from bot.model import Answer, Block, BlockRole, Member, MessageRef, Reaction, Span
from bot.rate_limits import InProcessRateLimiter
from bot.usecases.reconcile import differing_replies
from tests.adapters.discord.harness import caught_up, channel_on, free, nothing, room_on
from tests.adapters.web import demo
from tests.discord_gateway import ONLY_SHARD
from tests.timeline import Timeline
from tests.waiting import PATIENCE, until


@dataclass
class Ears:
    """Everything the room tells: events, calls for reconciliation, news of channels."""

    events: list = field(default_factory=list)
    reconciled: int = 0
    news: list = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    joined: list = field(default_factory=list)

    async def sink(self, event) -> None:
        self.events.append(event)

    async def reconcile(self) -> None:
        self.reconciled += 1

    async def hear_news(self, channel_id: str, because: str | None) -> None:
        self.news.append((channel_id, because))

    async def hear_joined(self, *told: str) -> None:
        self.joined.append(told)

    async def known(self, ref: MessageRef) -> list[Reaction]:
        return self.reactions


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def room(discord, channel, ears):
    hooks = Hooks(reconcile=ears.reconcile, news=ears.hear_news, joined=ears.hear_joined, known=ears.known)
    room = room_on(discord, channel, hooks=hooks)
    await room.chat.listen(ears.sink)
    yield room
    await room.chat.close()


@pytest.fixture
async def ref(room, channel) -> MessageRef:
    return await room.chat.post(channel, demo.pick(1, "OpenART"), "key-1")


@pytest.fixture
def ada(discord) -> dict:
    return discord.user("Ada")


async def back(discord, room) -> None:
    """Wait until the room is connected again and has heard everything."""
    await until(lambda: discord.listening and room.alive)
    await caught_up(discord, room)


class TestHearing:
    async def test_by_reference(self, discord, channel, room, ears, ref, ada):
        """A message that answers the card counts like one in its thread; other messages do not, nor do answers to others."""
        await discord.say(ada, channel.id, "By reference.", answers=ref.message_id)
        chatter = await discord.say(ada, channel.id, "Chatter.")
        await discord.say(ada, channel.id, "To the chatter.", answers=chatter)
        await caught_up(discord, room)

        (event,) = ears.events
        assert isinstance(event, ReplyPosted)
        assert (ref, "By reference.") == (event.parent, event.text)

    async def test_other_channels(self, discord, room, ears, ada):
        """What happens in channels without a digest is not ours, nor stored."""
        other = discord.channel("lunch")
        message = await discord.say(ada, other, "Pizza?")
        await discord.react(ada, other, message, "⭐")
        await discord.remove(other, message)
        await caught_up(discord, room)

        assert [] == ears.events

    async def test_link_previews(self, discord, channel, room, ears, ref, ada):
        """That Discord drew a link's preview is no edit."""
        reply = await discord.say(ada, ref.message_id, "See https://a.example")
        message = discord.messages[ref.message_id][reply]
        await discord.dispatch(
            "MESSAGE_UPDATE", message | {"guild_id": discord.guild_id, "embeds": [{"url": "https://a.example"}]}
        )
        await caught_up(discord, room)

        assert [ReplyPosted] == [type(event) for event in ears.events]

    async def test_skin_tones(self, discord, channel, room, ears, ref, ada):
        """An emoji is one emoji in every skin; a custom one is known by its id."""
        await discord.react(ada, channel.id, ref.message_id, "👎🏽")
        await discord.react(ada, channel.id, ref.message_id, "shipit:123456789012345678")
        await caught_up(discord, room)

        assert ["👎", ":shipit:123456789012345678"] == [event.emoji for event in ears.events]

    async def test_removed_by_somebody_unseen(self, discord, channel, room, ears, ref, ada):
        """A removal carries no name; it is asked for once."""
        await discord.react(ada, channel.id, ref.message_id, "⭐")
        room.intake._translator._people._names.clear()  # white box: as if the reaction was put on before we started
        await discord.unreact(ada, channel.id, ref.message_id, "⭐")
        await caught_up(discord, room)

        assert isinstance(ears.events[-1], ReactionRemoved)
        assert Member(id=ada["id"], name="Ada") == ears.events[-1].member

    async def test_cleared_in_one_skin(self, discord, channel, room, ears, ref, ada):
        """Discord clears an emoji in one skin; which of them stand is looked for, since we know them as one."""
        await until(lambda: ears.reconciled == 1)
        ears.reactions = [
            Reaction(ref=ref, member=Member(id="7", name="G"), emoji="👎", present=True, at=datetime.now(UTC))
        ]
        await discord.clear(channel.id, ref.message_id, "👎")

        await until(lambda: ears.reconciled == 2)

    @pytest.mark.parametrize(("cleared", "left"), [(None, set()), ("⭐", {"👀"})])
    async def test_bulk_clears(self, discord, channel, room, ears, ref, ada, cleared, left):
        """A clear says nothing of people: each reaction that is recorded there is taken back."""
        grace = Member(id="7", name="Grace")
        at = datetime.now(UTC)
        ears.reactions = [
            Reaction(ref=ref, member=grace, emoji=emoji, present=present, at=at)
            for emoji, present in (("⭐", True), ("👀", True), ("✅", False))
        ]
        await discord.clear(channel.id, ref.message_id, cleared)
        await caught_up(discord, room)

        assert {ReactionRemoved} == {type(event) for event in ears.events}
        assert {"⭐", "👀"} - left == {event.emoji for event in ears.events}

    async def test_bulk_deletion(self, discord, room, ears, ref, ada):
        """Messages deleted together are deleted one by one for us."""
        replies = [await discord.say(ada, ref.message_id, f"{number}") for number in range(3)]
        await discord.remove(ref.message_id, *replies)
        await caught_up(discord, room)

        assert replies == [event.ref.message_id for event in ears.events if isinstance(event, ReplyDeleted)]

    async def test_deleted_thread(self, discord, channel, room, ears, ref):
        """A thread that is deleted takes its replies with it, of which nothing is said: we look for ourselves."""
        await until(lambda: ears.reconciled == 1)
        thread = discord.channels[ref.message_id]
        await discord.dispatch(
            "THREAD_DELETE", {"id": thread["id"], "guild_id": discord.guild_id, "parent_id": channel.id, "type": 11}
        )

        await until(lambda: ears.reconciled == 2)

    async def test_folded_before_we_came(self, discord, channel, ears, ada):
        """A reply in a thread that nobody told us of is placed by asking."""
        first = room_on(discord, channel)
        ref = await first.chat.post(channel, demo.pick(1, "OpenART"), "key-1")
        await first.chat.close()
        await discord.fold(ref.message_id)
        second = room_on(discord, channel)
        await second.chat.listen(ears.sink)
        await discord.say(ada, ref.message_id, "Unfolded by this.")
        await caught_up(discord, second)
        await second.chat.close()

        assert [ref] == [event.parent for event in ears.events]

    async def test_failing_sink(self, discord, channel, ears, ada):
        """What could not be recorded is looked for soon."""

        async def failing(event) -> None:
            raise RuntimeError("the database is away")

        room = room_on(discord, channel, hooks=Hooks(reconcile=ears.reconcile))
        await room.chat.listen(failing)
        ref = await room.chat.post(channel, demo.pick(1, "OpenART"), "key-1")
        await until(lambda: ears.reconciled == 1)
        await discord.react(ada, channel.id, ref.message_id, "⭐")

        await until(lambda: ears.reconciled == 2)
        await room.chat.close()


class TestSurviving:
    @pytest.mark.parametrize("code", [None, 4000, 1001, 1000])
    async def test_dropped(self, discord, channel, room, ears, ref, ada, code):
        """A connection that drops is resumed: what happened in between arrives, in order, without reconciliation."""
        await until(lambda: ears.reconciled == 1)
        await discord.drop(code)
        await discord.react(ada, channel.id, ref.message_id, "⭐")
        await discord.unreact(ada, channel.id, ref.message_id, "⭐")
        await back(discord, room)

        assert [ReactionAdded, ReactionRemoved] == [type(event) for event in ears.events]
        assert (1, 1) == (len(discord.identifies), ears.reconciled)

    async def test_reconnect_asked_for(self, discord, channel, room, ears, ref, ada):
        """Opcode 7 asks us to reconnect; nothing is lost."""
        await discord.send_op(7)
        await discord.react(ada, channel.id, ref.message_id, "⭐")
        await until(lambda: discord.resumes == 1)
        await back(discord, room)

        assert 1 == len(ears.events)

    async def test_invalidated(self, discord, channel, room, ears, ref, ada):
        """Opcode 9 ends the session: a new one begins, and what was missed is looked for."""
        await until(lambda: ears.reconciled == 1)
        await discord.send_op(9, False)

        await until(lambda: len(discord.identifies) == 2)
        await until(lambda: ears.reconciled == 2)

    async def test_resume_refused(self, discord, channel, room, ears, ref, ada):
        """A session that Discord has forgotten cannot be resumed: the same."""
        await until(lambda: ears.reconciled == 1)
        discord.refuses_resume = True
        await discord.drop()

        await until(lambda: ears.reconciled == 2)
        assert 2 == len(discord.identifies)

    async def test_strange_payload(self, discord, channel, room, ears, ref, ada, caplog):
        """A payload that discord.py cannot read costs nothing but itself."""
        await discord.dispatch("MESSAGE_CREATE", {"guild_id": discord.guild_id, "id": "x"})
        await discord.dispatch("GUILD_ROLE_CREATE", {"nonsense": True})
        await discord.dispatch("SOMETHING_NEW", {"a": 1})
        await discord.react(ada, channel.id, ref.message_id, "⭐")
        await caught_up(discord, room)

        assert [ReactionAdded] == [type(event) for event in ears.events]
        assert 1 == len(discord.identifies)
        assert "payload_not_read" in {getattr(record, "action", "") for record in caplog.records}

    async def test_garbage(self, discord, channel, room, ears, ref, ada):
        """Something that is no JSON ends the client; a new one is made, and what was missed is looked for."""
        await until(lambda: ears.reconciled == 1)
        await discord.send_raw("<html>bad gateway</html>")

        await until(lambda: len(discord.identifies) == 2)
        await until(lambda: ears.reconciled == 2)
        await discord.react(ada, channel.id, ref.message_id, "⭐")
        await caught_up(discord, room)
        assert 1 == len(ears.events)

    async def test_first_connection_fails(self, discord, channel, ears, caplog):
        """discord.py 2.7.1 ends with an AttributeError when its first connection fails; we try again."""
        discord.fail("GET /gateway/ ", 503, times=2)
        room = room_on(discord, channel)
        await room.chat.listen(ears.sink)

        assert room.alive
        await room.chat.close()
        said = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
        assert not [one for one in said if "AttributeError" in one]
        assert [one for one in said if "WSServerHandshakeError" in one]

    async def test_login_fails(self, discord, channel, ears):
        """So we do when the API is down."""
        discord.fail("GET /", 503, times=4)
        room = room_on(discord, channel)
        await room.chat.listen(ears.sink)

        assert room.alive
        await room.chat.close()

    async def test_down_for_long(self, discord, channel, ears, caplog):
        """Nothing waits for a Discord that is down: listening returns, goes on trying, and connects when it is back."""
        discord.fail("GET /", 503, times=10_000)
        room = room_on(discord, channel, pauses=ReconnectDelays(first=0.01, longest=0.05, open_timeout=0.2))
        await room.chat.listen(ears.sink)
        assert not room.alive
        await until(lambda: "503" in room.notice or "connection" in room.notice)

        discord.faults.clear()
        await until(lambda: room.alive)
        await room.chat.close()

    async def test_commands_refused(self, discord, channel, ears):
        """Commands that cannot be registered do not keep us from listening."""
        discord.fail("PUT /applications", 400, body={"code": 30034, "message": "Max number of daily creates reached"})
        room = room_on(discord, channel)
        await room.chat.listen(ears.sink)

        assert room.alive
        await room.chat.close()


class TestRights:
    async def test_no_message_content(self, discord, channel, ears, ada, caplog):
        """Without the privileged intent we start all the same, say so once, and never take blanks for words."""
        discord.refuses_words = True
        room = room_on(discord, channel)
        with caplog.at_level(logging.WARNING):
            await room.chat.listen(ears.sink)
            ref = await room.chat.post(channel, demo.pick(1, "OpenART"), "key-1")
            await discord.react(ada, channel.id, ref.message_id, "⭐")
            for text in ("You cannot read this.", "Nor this."):
                await discord.say(ada, ref.message_id, text)
            await caught_up(discord, room)
        await room.chat.close()

        assert [ReactionAdded] == [type(event) for event in ears.events]
        assert 1 == sum(1 for record in caplog.records if getattr(record, "action", "") == "words_hidden")

    async def test_blanks_are_no_deletions(self, discord, channel, room, ref, ada):
        """What we know of replies stays as it is where Discord hides their words."""
        await discord.say(ada, ref.message_id, "Known.")
        discord.refuses_words = True

        assert [] == differing_replies(await room.chat.snapshot(ref), [], datetime.now(UTC))

    async def test_wrong_token(self, discord, channel, ears, caplog):
        """A wrong token is said in plain words, tried rarely, and stops nothing else."""
        room = room_on(discord, channel, pauses=ReconnectDelays(refused=600, open_timeout=PATIENCE))
        room.supervisor._token = room.rest._token = "wrong"
        await room.chat.listen(ears.sink)

        assert ConnectionState.REFUSED is room.supervisor.state
        assert "DISCORD_BOT_TOKEN" in room.notice
        assert "gateway_not_reached" not in {getattr(record, "action", "") for record in caplog.records}
        assert len(discord.requests) <= 2
        await room.chat.close()

    async def test_final_close(self, discord, channel, room, ears):
        """A close code that no attempt can mend is said in plain words."""
        await discord.drop(4013)

        await until(lambda: room.supervisor.state is not ConnectionState.CONNECTED)
        await until(lambda: len(discord.identifies) == 2)

    async def test_few_connections_left(self, discord, channel, ears):
        """Discord says how many connections are left today; when few are, we wait, for at a thousand it takes the token away."""
        discord.session_limit |= {"remaining": 10, "reset_after": 400}
        room = room_on(discord, channel, pauses=ReconnectDelays(first=0.01, open_timeout=0.2))
        await room.chat.listen(ears.sink)
        assert [] == discord.identifies

        discord.session_limit |= {"remaining": 1000}
        await until(lambda: room.alive)
        await room.chat.close()

    async def test_shard(self, discord, channel, ears):
        """A process may serve a part of the servers."""
        room = room_on(discord, channel, shard="0/2")
        await room.chat.listen(ears.sink)
        await room.chat.close()

        assert [0, 2] == discord.identifies[0]["shard"]

    async def test_range(self, discord, channel, ears):
        """A process may serve several shards, each with a connection of its own; it is up while all of them are."""
        room = room_on(discord, channel, shards=8)
        room.choose_shards("2-4")
        await room.chat.listen(ears.sink)
        assert room.alive
        assert [(2, 8), (3, 8), (4, 8)] == discord.connected
        await room.chat.close()

        assert [[2, 8], [3, 8], [4, 8]] == sorted(one["shard"] for one in discord.identifies)
        assert not room.alive

    @pytest.mark.parametrize("text", ["4-2", "7-8", "a", "0-3/2", "-1", ""])
    async def test_no_range(self, discord, channel, text):
        """What is no range of the bot's shards is refused with what would be one."""
        room = room_on(discord, channel, shards=8)
        with pytest.raises(UsageError, match="like 0-3"):
            room.choose_shards(text)
        await room.chat.close()

    @pytest.mark.parametrize(("settings", "text"), [({"shards": 8}, "0-3/99"), ({"shard": "0/2"}, "0-3/8")])
    async def test_range_of_another_number(self, discord, channel, settings, text):
        """A range of another number than the settings say is refused: Discord would divide the servers twice."""
        room = room_on(discord, channel, **settings)
        with pytest.raises(UsageError, match="divide it into as many"):
            room.choose_shards(text)
        await room.chat.close()

    def test_shard_and_shards_of_another_number(self):
        """Settings that contradict one another say so before anything begins."""
        (fault,) = DiscordSettings(shard="0/2", shards=8).faults(())
        assert "'0/2' is of 2 shards, and shards says 8" in fault.problem
        assert not [*DiscordSettings(shard="0-3/8", shards=8).faults(()), *DiscordSettings(shards=8).faults(())]

    async def test_budget(self):
        """In any day there are nine hundred connections at most, over all processes of the bot; who asks for more is told when to try again."""
        now = 0.0
        limiter = InProcessRateLimiter(lambda: now)

        async def at_once(_: float) -> None:
            pass

        replicas = [IdentifyBudget(limiter, pause=0, sleep=at_once) for _ in range(2)]
        spent = 0
        for minute in range(24 * 60):
            now = minute * 60.0
            for budget in replicas * 3:
                with contextlib.suppress(BudgetSpent):
                    await budget.spend()
                    spent += 1
        with pytest.raises(BudgetSpent) as caught:
            await asyncio.gather(*(replicas[0].spend() for _ in range(3)))

        assert 800 < spent <= 900
        assert 60 < caught.value.wait <= 2 * 86_400 / 450

    async def test_identifies_follow_one_another(self):
        """Replicas that begin at once connect one after another."""
        timeline, spent = Timeline(), list[float]()
        limiter = InProcessRateLimiter(timeline)

        async def replica() -> None:
            await IdentifyBudget(limiter, pause=5.0, sleep=timeline.sleep).spend()
            spent.append(timeline.now)

        await timeline.run(*(replica() for _ in range(4)))

        assert [0, 5, 10, 15] == spent

    async def test_identifies_of_a_large_bot(self):
        """Shards that Discord lets begin at once do, as it divides them; those of the same rest follow one another."""
        timeline, spent = Timeline(), dict[int, float]()
        limiter = InProcessRateLimiter(timeline)

        async def replica(shard: int) -> None:
            budget = IdentifyBudget(limiter, pause=5.0, sleep=timeline.sleep)
            budget.at_once = 4
            await budget.spend(shard)
            spent[shard] = timeline.now

        await timeline.run(*(replica(shard) for shard in range(10)))

        assert {shard: shard // 4 * 5.0 for shard in range(10)} == spent

    async def test_identifies_arrive_one_after_another(self):
        """However long the way to Discord is for each, up to half a second, none arrives within five seconds of another."""
        timeline, arrived = Timeline(), list[float]()
        limiter = InProcessRateLimiter(timeline)

        async def replica(way: float) -> None:
            await IdentifyBudget(limiter, sleep=timeline.sleep).spend()
            arrived.append(timeline.now + way)

        await timeline.run(*(replica(way) for way in (0.5, 0.0, 0.4, 0.1)))

        assert min(later - earlier for earlier, later in pairwise(arrived)) >= 5


class TestAccess:
    """Channels that are lost, and ours again."""

    async def test_channel_deleted(self, discord, channel, room, ears):
        """A deleted channel is told at once."""
        await caught_up(discord, room)
        ears.news.clear()
        await discord.dispatch("CHANNEL_DELETE", discord.channels.pop(channel.id))
        await caught_up(discord, room)

        ((channel_id, because),) = ears.news
        assert channel.id == channel_id
        assert "deleted" in because

    async def test_removed_after_a_channel_was_deleted(self, discord, channel, room, ears):
        """Why a deleted channel gets nothing is not overwritten when we are removed from its server later, nor by a look at it."""
        await caught_up(discord, room)
        ears.news.clear()
        await discord.dispatch("CHANNEL_DELETE", discord.channels.pop(channel.id))
        await discord.dispatch("GUILD_DELETE", {"id": discord.guild_id})
        await caught_up(discord, room)
        with pytest.raises(ChatRefused) as refused:
            await room.check(channel)

        ((_, because),) = ears.news
        assert refused.value.reason == because

    async def test_removed_and_invited_again(self, discord, channel, room, ears):
        """Removed from the server, and invited again."""
        await caught_up(discord, room)
        ears.news.clear()
        await discord.dispatch("GUILD_DELETE", {"id": discord.guild_id})
        await caught_up(discord, room)
        await discord.dispatch("GUILD_CREATE", discord._guild() | discord._inside())
        await caught_up(discord, room)

        assert [True, False] == [because is not None for _, because in ears.news]

    async def test_invited(self, discord, channel, room, ears):
        """A server that invites us is greeted once in its system channel, if we may write there; those that we were on are not."""
        inside = discord._guild() | discord._inside()
        await discord.dispatch("GUILD_CREATE", inside | {"system_channel_id": channel.id})
        fresh = inside | {"id": "77", "system_channel_id": channel.id, "joined_at": "2026-08-17"}
        await discord.dispatch("GUILD_CREATE", fresh | {"id": "78", "system_channel_id": None})
        for _ in range(2):
            await discord.dispatch("GUILD_CREATE", fresh)
        await until(lambda: ears.joined)
        await caught_up(discord, room)

        assert [(channel.id, "77", "77 2026-08-17")] == ears.joined

        discord.permissions = "0"
        await discord.dispatch("GUILD_CREATE", fresh | {"id": "79"})
        await caught_up(discord, room)
        await asyncio.gather(*room._arrivals._greeting)
        assert 1 == len(ears.joined)

    async def test_outage(self, discord, channel, room, ears):
        """A server that Discord cannot reach for a while is not lost."""
        await caught_up(discord, room)
        ears.news.clear()
        await discord.dispatch("GUILD_DELETE", {"id": discord.guild_id, "unavailable": True})
        await caught_up(discord, room)

        assert [] == ears.news

    async def test_permission_lost(self, discord, channel, room, ears):
        """A permission that is taken away is named; given back, the channel is ours again."""
        await caught_up(discord, room)
        ears.news.clear()
        deny = {"id": discord.guild_id, "type": 0, "allow": "0", "deny": str(1 << 11)}
        for overwrites in ([deny], []):
            discord.channels[channel.id]["permission_overwrites"] = overwrites
            await discord.dispatch("CHANNEL_UPDATE", discord.channels[channel.id])
            await caught_up(discord, room)

        (_, lost), (_, ours) = ears.news
        assert "Send Messages" in lost
        assert ours is None

    @pytest.mark.parametrize("name", ["GUILD_MEMBER_UPDATE", "GUILD_ROLE_DELETE", "GUILD_ROLE_UPDATE"])
    async def test_role_lost(self, discord, channel, ears, name):
        """What a role gave us is lost with the role, on whichever end it is taken away, and is ours again with it."""
        role, all_of_it, on = "77", discord.permissions, {"guild_id": discord.guild_id}
        discord.permissions, discord.roles, discord.my_roles = "0", {role: all_of_it}, [role]
        room = room_on(discord, channel, hooks=Hooks(news=ears.hear_news))
        await room.chat.listen(ears.sink)
        await caught_up(discord, room)

        async def change(permissions: str | None, *ours: str) -> None:
            before = role in discord.roles
            discord.roles, discord.my_roles = {role: permissions} if permissions is not None else {}, list(ours)
            if permissions is None:
                await discord.dispatch("GUILD_ROLE_DELETE", {**on, "role_id": role})
            elif name != "GUILD_MEMBER_UPDATE":
                told = "GUILD_ROLE_UPDATE" if before else "GUILD_ROLE_CREATE"
                await discord.dispatch(told, {**on, "role": {"id": role, "permissions": permissions}})
            if name != "GUILD_ROLE_UPDATE" and permissions is not None:
                await discord.dispatch("GUILD_MEMBER_UPDATE", {**on, "user": discord.me, "roles": list(ours)})
            await caught_up(discord, room)

        lost = {"GUILD_MEMBER_UPDATE": (all_of_it,), "GUILD_ROLE_DELETE": (None,), "GUILD_ROLE_UPDATE": ("0", role)}
        await change(*lost[name])
        await change(all_of_it, role)
        await room.chat.close()

        assert [False, True, False] == [because is not None for _, because in ears.news]

    async def test_roles_of_others(self, discord, channel, room, ears, ada):
        """Other members' roles are none of our business."""
        await caught_up(discord, room)
        ears.news.clear()
        await discord.dispatch("GUILD_MEMBER_UPDATE", {"guild_id": discord.guild_id, "user": ada, "roles": []})
        await caught_up(discord, room)

        assert [] == ears.news

    async def test_many_channels(self, discord, ears, ada):
        """Looking at the channels of all servers, as at each start, asks Discord nothing, and no event waits for it."""
        channels = [channel_on(discord) for _ in range(40)]
        room = room_on(discord, *channels, hooks=Hooks(news=ears.hear_news))
        await room.chat.listen(ears.sink)
        await caught_up(discord, room)
        await room.chat.close()

        assert {(channel.id, None) for channel in channels} == set(ears.news)
        assert [] == [path for _, path, _ in discord.requests if path.startswith(("/channels", "/guilds"))]

    async def test_looks_hold_up_nothing(self, discord, channel, ears, ada):
        """What has to be asked of Discord about a channel keeps no event waiting, however late the answer is; nor is a channel lost without asking."""
        discord.permissions = "0"
        room = room_on(discord, channel, hooks=Hooks(news=ears.hear_news))
        discord.answering.clear()
        await room.chat.listen(ears.sink)
        await until(lambda: discord.asked("GET /guilds") or discord.asked(f"GET /channels/{channel.id}"))
        message = discord._message(channel.id, discord.me, {"content": ""})["id"]
        await discord.react(ada, channel.id, message, "⭐")
        await until(lambda: ears.events)
        assert [] == ears.news

        discord.answering.set()
        await caught_up(discord, room)
        await room.chat.close()
        ((_, because),) = ears.news
        assert "View Channel" in because


class TestPlaces:
    """Where an event is: what the gateway told is not asked."""

    @pytest.fixture
    def lunch(self, discord) -> str:
        return discord.channel("lunch")

    async def test_elsewhere(self, discord, channel, ears, ada, monkeypatch):
        """What happens in channels and threads that are not ours asks Discord nothing, however many there are; also in those that come later."""
        monkeypatch.setattr(placing, "_REMEMBERED", 10)
        places = [discord.channel(f"lunch {number}") for number in range(50)]
        threads = [await thread_in(discord, one) for one in places]
        room = room_on(discord, channel)
        await room.chat.listen(ears.sink)
        await caught_up(discord, room)
        later = discord.channel("supper")
        await discord.dispatch("CHANNEL_CREATE", discord.channels[later])
        before = len(discord.requests)
        for place in (*places, *threads, later, await thread_in(discord, later)):
            message = await discord.say(ada, place, "Pizza?")
            await discord.react(ada, place, message, "⭐")
            await discord.remove(place, message)
        await caught_up(discord, room)
        await room.chat.close()

        assert [] == discord.requests[before:]
        assert [] == ears.events

    async def test_unknown_thread_elsewhere(self, discord, channel, ears, ada, lunch):
        """A thread that was archived when we came is asked about once."""
        thread = await thread_in(discord, lunch)
        discord._archive(thread, archived=True)
        room = room_on(discord, channel)
        await room.chat.listen(ears.sink)
        for number in range(3):
            await discord.say(ada, thread, f"{number}")
            await caught_up(discord, room)
        await room.chat.close()

        assert 1 == discord.asked(f"GET /channels/{thread}")
        assert [] == ears.events

    async def test_server_without_ours(self, discord, channel, ears, ada):
        """On a server without a channel of ours nothing is asked, be it in a thread that nobody told of."""
        other = discord.guild_on(ONLY_SHARD)
        thread = await thread_in(discord, discord.channel("lunch", guild_id=other))
        discord._archive(thread, archived=True)
        room = room_on(discord, channel)
        await room.chat.listen(ears.sink)
        await discord.say(ada, thread, "Pizza?")
        await caught_up(discord, room)
        await room.chat.close()

        assert 0 == discord.asked(f"GET /channels/{thread}")

    async def test_asking_holds_up_nothing(self, discord, channel, ears, ada):
        """While a thread is asked about, other channels' events are told; its own follow in their order."""
        first = room_on(discord, channel)
        refs = [await first.chat.post(channel, demo.pick(one, "OpenART"), f"key-{one}") for one in (1, 2)]
        await first.chat.close()
        discord._archive(refs[0].message_id, archived=True)
        second = room_on(discord, channel)
        await second.chat.listen(ears.sink)
        await caught_up(discord, second)
        discord.answering.clear()
        said = await discord.say(ada, refs[0].message_id, "Unfolded by this.")
        await discord.rewrite(refs[0].message_id, said, "Unfolded by it.")
        await discord.react(ada, channel.id, refs[1].message_id, "⭐")
        await until(lambda: ears.events)
        assert [refs[1]] == [event.ref for event in ears.events]

        discord.answering.set()
        await discord.remove(refs[0].message_id, said)
        await caught_up(discord, second)
        await second.chat.close()
        assert ["ReactionAdded", "ReplyPosted", "ReplyEdited", "ReplyDeleted"] == [
            type(event).__name__ for event in ears.events
        ]


async def thread_in(discord, channel_id: str) -> str:
    """A thread in a channel, begun by somebody else."""
    body = {"name": "Where to eat"}
    return (await discord._thread(discord.snowflake(), channel_id, body))["id"]


class TestMadeWhole:
    async def test_not_all_was_seen(self, discord, channel):
        """A reconciliation that could not look everywhere, or failed, is repeated until it could."""
        runs = []

        async def look() -> None:
            runs.append(len(runs))
            if len(runs) == 1:
                raise RuntimeError("the database is away")
            with contextlib.suppress(ChatError):
                await room.chat.snapshot(ref)

        room = room_on(discord, channel, hooks=Hooks(reconcile=look), again=0.01, soon=0.1)
        ref = await room.chat.post(channel, demo.pick(1, "OpenART"), "key-1")
        discord.fail(f"GET /channels/{channel.id}/messages/{ref.message_id}", 503, times=2)
        await room.chat.listen(Ears().sink)
        await until(lambda: len(runs) == 4)
        await asyncio.sleep(0.3)
        await room.chat.close()

        assert 4 == len(runs)

    async def test_deleted_card(self, discord, channel, ears):
        """A card that was deleted can never be looked at again, and has nobody look for it again."""

        async def look() -> None:
            await ears.reconcile()
            with contextlib.suppress(ChatError):
                await room.chat.snapshot(ref)

        room = room_on(discord, channel, hooks=Hooks(reconcile=look), again=0.01)
        ref = await room.chat.post(channel, demo.pick(1, "OpenART"), "key-1")
        await discord.remove(channel.id, ref.message_id)
        await room.chat.listen(ears.sink)
        await until(lambda: ears.reconciled == 1)
        await asyncio.sleep(0.3)
        await room.chat.close()

        assert 1 == ears.reconciled

    async def test_not_for_ever(self, discord, channel, ears, monkeypatch):
        """What fails again and again has us look for an hour, not for ever."""
        monkeypatch.setattr(calling, "LONGEST", 0.0)

        async def look() -> None:
            await ears.reconcile()
            raise RuntimeError("the database is away")

        room = room_on(discord, channel, hooks=Hooks(reconcile=look), again=0.0, calm=0.0)
        await room.chat.listen(ears.sink)
        await until(lambda: ears.reconciled == 1 + calling.TRIES)
        await asyncio.sleep(0.1)
        await room.chat.close()

        assert ears.reconciled == 1 + calling.TRIES

    async def test_gap(self, discord, channel, room, ears, ref, ada):
        """Events that nobody can replay are found on the messages themselves."""
        reply = await discord.say(ada, ref.message_id, "Before.")
        discord.deaf = True
        await discord.react(ada, channel.id, ref.message_id, "⭐")
        await discord.rewrite(ref.message_id, reply, "After.")
        await discord.say(ada, channel.id, "By reference.", answers=ref.message_id)
        discord.deaf = False

        snapshot = await room.chat.snapshot(ref)
        assert [(ada["id"], "⭐")] == [(member.id, emoji) for member, emoji in snapshot.reactions]
        assert ["After.", "By reference."] == [one.text for one in snapshot.replies]


class TestInteractions:
    async def test_slow_answer(self, discord, channel, ears, ada):
        """An answer that takes longer than Discord waits is announced in time, and follows."""
        gate = asyncio.Event()

        async def core(call) -> Answer:
            await gate.wait()
            return Answer(blocks=(Block(role=BlockRole.NOTE, spans=(Span(text="At last."),)),))

        room = room_on(discord, channel, hooks=Hooks(commands=core), slow=0.05)
        await room.chat.listen(ears.sink)
        await discord.command(ada, channel.id, "now")
        await until(lambda: discord.responses)
        gate.set()
        await until(lambda: len(discord.responses) == 2)
        await room.chat.close()

        first, second = discord.responses
        assert (5, 64) == (first["type"], first["data"]["flags"])
        assert "At last." == second["embeds"][0]["description"]

    async def test_outdated_command(self, discord, channel, room, ears, ada):
        """A command that Discord still offers and we do not know any more is answered, too."""
        await discord.command(ada, channel.id, "of-yesterday")
        await until(lambda: discord.responses)

        assert "has changed" in discord.responses[0]["data"]["embeds"][0]["description"]

    async def test_registered_once(self, discord, channel, room, ears):
        """The commands are registered with the first connection, and not again with the next ones."""
        await discord.send_raw("garbage")
        await until(lambda: len(discord.identifies) == 2)

        assert 1 == len(discord.commands)


def test_pinned_internals():
    """What we use of discord.py's inside is there: the parsers that we look over, and the number of the last payload."""
    client = Listener(ClientHooks(take=free, spend=nothing, lost=free))

    assert {"MESSAGE_REACTION_ADD", "MESSAGE_CREATE", "READY", "RESUMED"} <= client._connection.parsers.keys()
