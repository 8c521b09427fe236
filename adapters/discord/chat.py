"""`bot.ports.Chat` and `bot.ports.Redraws` for Discord. Posting and snapshots need REST alone; listening, the gateway."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Protocol

from cachetools import LRUCache
from discord.utils import snowflake_time, time_snowflake

from adapters.discord.answers import messages_of
from adapters.discord.embeds import bare_message, face_of, key_in, mentioning, message_of, missing_buttons, thread_name
from adapters.discord.embeds import is_pick as is_picks
from adapters.discord.errors import (
    FORM_INVALID,
    PLATFORM,
    TAKES_NO_MESSAGES,
    THREAD_ARCHIVED,
    TOO_MANY_REACTIONS,
    UNKNOWN_EMOJI,
    UNKNOWN_MESSAGE,
    code_of,
)
from adapters.discord.intake import Intake
from adapters.discord.places import ANNOUNCEMENTS, Places
from adapters.discord.replies import counts
from adapters.discord.rest import PAGE, Rest
from adapters.discord.servers import FORUMS, THREADS
from adapters.discord.settings import ForumPosts
from adapters.discord.snapshot import SnapshotReader
from adapters.discord.threads import Forum, Threads
from bot.errors import ChatError, ChatRefused, ChatRejected
from bot.model import Answer, Block, Channel, LinkPage, MessageRef, Post, PostRole, SharedLink, Snapshot
from bot.objections import objects
from bot.ports import EventSink
from bot.rendering import HEAD_PART, posting_key
from bot.usecases.redraw import RedrawQueue

NOTED: Final = "📝"
REDRAW_SECONDS: Final = 3.0
QUICK_REDRAW: Final = 0.4
"""Seconds between two redraws of one card while there are few: a tap is seen within a second."""

_REMEMBERED: Final = 2000
"""Of how many messages it is remembered that they have the buttons of this version."""

# A reply whose thread has been folded away, or which bears 20 sorts of reaction, is recorded all the same.
_UNMARKED: Final = frozenset({THREAD_ARCHIVED, TOO_MANY_REACTIONS})
# Where there is no mark, or no reply any more, none has to be taken away.
_NOT_THERE: Final = frozenset({THREAD_ARCHIVED, UNKNOWN_EMOJI, UNKNOWN_MESSAGE})

logger = logging.getLogger(__name__)


class Connection(Protocol):
    """Event source: hands the gateway's payloads to the intake."""

    async def open(self) -> None:
        """Connect, and stay connected; returns once it is, or after a while of trying."""
        ...

    async def close(self) -> None:
        """Disconnect. Doing it twice is harmless."""
        ...


class DiscordChat:
    """`bot.ports.Chat` on Discord. Every call but `listen` works without the gateway."""

    def __init__(
        self,
        rest: Rest,
        places: Places,
        looker: SnapshotReader,
        intake: Intake,
        line: Connection,
        *,
        redraw_interval: float = REDRAW_SECONDS,
        seed_legend: bool = False,
        mentions: Mapping[str, str] = MappingProxyType({}),
        publish: bool = False,
        forum_posts: Callable[[str], ForumPosts] = lambda _: ForumPosts.PICKS,
    ) -> None:
        self._rest = rest
        self._places = places
        self._looker = looker
        self._intake = intake
        self._line = line
        self._seed_legend = seed_legend
        self._mentions = mentions
        self._publish = publish
        self._forum_posts = forum_posts
        self._threads = Threads(rest)
        self._forum = Forum(rest)
        self._has_buttons: LRUCache[str, bool] = LRUCache(_REMEMBERED)
        self._redraws = RedrawQueue(self._draw, redraw_interval, quick=QUICK_REDRAW)

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        self._places.watch(channel.id)
        place = await self._places.channel(channel.id)
        role = self._role(channel, post, place)
        if place.get("type") in FORUMS:
            ref = await self._in_forum(channel, place, post, key, role)
            await self._seed(channel, ref, post)
            return ref
        message = await self._send(channel.id, post, key, role)
        if post.role is PostRole.PICK and place.get("type") not in THREADS:
            await self._threads.open(channel.id, str(message["id"]), thread_name(post))
        ref = self._ref(channel.id, message)
        self._has_buttons[ref.message_id] = True
        await self._seed(channel, ref, post)
        if self._publish and post.role is PostRole.HEAD and place.get("type") == ANNOUNCEMENTS:
            await self._crosspost(ref)
        return ref

    async def _in_forum(
        self, channel: Channel, place: Mapping[str, Any], post: Post, key: str, role: str | None
    ) -> MessageRef:
        """Post into a forum: as a post of its own, or into the one that the week's head began, unless that is gone."""
        inside = self._forum_posts(channel.id) is ForumPosts.WEEK and post.role is not PostRole.HEAD and post.week
        thread = await self._forum.of_week(place, posting_key(channel.name, post.week, HEAD_PART)) if inside else None
        if thread is None:
            return await self._forum.post(place, post, key, role)
        return self._ref(thread, await self._send(thread, post, key, role))

    def _role(self, channel: Channel, post: Post, place: Mapping[str, Any]) -> str | None:
        """The role that a message notifies: the head's alone, and never @everyone, which on Discord is a role with the server's id."""
        role = self._mentions.get(channel.id) if post.role is PostRole.HEAD else None
        if role is not None and role == str(place.get("guild_id")):
            logger.warning(
                "The role to mention is @everyone, which is left out", extra={"action": "everyone_not_mentioned"}
            )
            return None
        return role

    async def _crosspost(self, ref: MessageRef) -> None:
        """Publish a message to the servers that follow its channel. It is posted already, so that a failure is no reason to post it again."""
        path = "/channels/{channel_id}/messages/{message_id}/crosspost"
        try:
            await self._rest.ask("POST", path, channel_id=ref.channel_id, message_id=ref.message_id)
        except ChatError as error:
            logger.warning("The head is not published: %s", error.reason, extra={"action": "head_not_published"})

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        self._places.watch(channel.id)
        place, after = await self._places.channel(channel.id), time_snowflake(since)
        if place.get("type") in FORUMS:
            return await self._forum.find(place, key, after)
        me = await self._rest.me()
        path = "/channels/{channel_id}/messages"
        async for message in self._rest.pages(path, after=str(after), channel_id=channel.id):
            if message["author"]["id"] == me and key_in(message) == key:
                if is_picks(message) and place.get("type") not in THREADS:
                    await self._threads.ensure(message)
                return self._ref(channel.id, message)
        return None

    async def shows_newest_first(self, channel: Channel) -> bool:
        """`bot.ports.NewestFirst`: a forum lists its posts by their newest activity, or by when they were begun; a week's post is a thread."""
        whole = self._forum_posts(channel.id) is ForumPosts.WEEK
        return not whole and (await self._places.channel(channel.id)).get("type") in FORUMS

    async def has_past(self, channel: Channel) -> bool:
        """`bot.ports.History`."""
        return (await self._places.channel(channel.id)).get("type") not in FORUMS

    async def links(self, channel: Channel, most: int, start: str = "") -> LinkPage:
        """`bot.ports.History`: what people linked to in the channel itself; a forum has no messages of its own."""
        place = await self._places.channel(channel.id)
        if place.get("type") in FORUMS:
            return LinkPage()
        limit = min(PAGE, most)
        params: dict[str, str | int] = {"limit": limit, **({"before": start} if start else {})}
        path = "/channels/{channel_id}/messages"
        page = await self._rest.ask("GET", path, params=params, channel_id=channel.id)
        found: list[SharedLink] = []
        for message in sorted(page, key=lambda one: -int(one["id"])):
            if not message["author"].get("bot"):
                at = snowflake_time(int(message["id"]))
                found += [SharedLink(url=url, at=at) for url in links_in(str(message.get("content") or ""))]
        following = str(min(int(one["id"]) for one in page)) if len(page) == limit else ""
        return LinkPage(links=tuple(found), messages=len(page), following=following)

    async def all_answers(self, ref: MessageRef) -> Snapshot:
        """`bot.ports.History`: who may see a channel is a member of its server."""
        return await self.snapshot(ref)

    async def objection(self, channel: Channel, since: datetime) -> MessageRef | None:
        """`bot.ports.History`: anybody's words in the channel itself; in a forum nobody writes outside of posts."""
        place = await self._places.channel(channel.id)
        if place.get("type") in FORUMS:
            return None
        me = await self._rest.me()
        path = "/channels/{channel_id}/messages"
        async for message in self._rest.pages(path, after=str(time_snowflake(since)), channel_id=channel.id):
            if counts(message, me) and message["author"]["id"] != me and objects(str(message.get("content") or "")):
                return self._ref(channel.id, message)
        return None

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        return await self._looker.snapshot(ref)

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        try:
            await self._react(ref.channel_id, ref.message_id, NOTED, "PUT" if recorded else "DELETE")
        except ChatError as error:
            if code_of(error) not in (_UNMARKED if recorded else _NOT_THERE):
                raise

    async def tell(self, member_id: str, blocks: Sequence[Block]) -> None:
        """`bot.ports.DirectMessages`: opened by us, at the member's own request (discord.com/developers/docs/resources/user#create-dm)."""
        opened = await self._rest.ask("POST", "/users/@me/channels", json={"recipient_id": member_id})
        for message in messages_of(Answer(blocks=tuple(blocks))):
            try:
                path = "/channels/{channel_id}/messages"
                await self._rest.ask("POST", path, json=message, sends=True, channel_id=str(opened["id"]))
            except ChatError as error:
                if code_of(error) == TAKES_NO_MESSAGES:
                    reason = "the member takes no direct messages from members of this server"
                    raise ChatRefused(PLATFORM, reason) from error
                raise

    async def message_url(self, channel: Channel, ref: MessageRef) -> str | None:
        """`bot.ports.MessageAddresses`: a pick's thread has the id of its message, and in a forum it is the message's channel."""
        place = await self._places.channel(channel.id)
        server = place.get("guild_id")
        if not server:
            return None
        here = f"https://discord.com/channels/{server}"
        begins = place.get("type") in FORUMS and ref.channel_id == channel.id
        return f"{here}/{ref.message_id}" if begins else f"{here}/{ref.channel_id}/{ref.message_id}"

    async def listen(self, sink: EventSink) -> None:
        self._intake.start(sink)
        await self._line.open()

    async def stop_listening(self) -> None:
        await self._line.close()
        await self._intake.stop()

    async def close(self) -> None:
        await self.stop_listening()
        await self._redraws.close()
        await self._rest.close()

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        """Replace the content of a message of ours, at most once in a few seconds. Raises `ChatError`."""
        await self._redraws.redraw(ref, post)

    async def settled(self) -> None:
        """Wait until everything received so far is handed on."""
        await self._intake.settled()

    async def _send(self, channel_id: str, post: Post, key: str, role: str | None = None) -> Any:
        path = "/channels/{channel_id}/messages"
        message = mentioning(message_of(post, key), role) if role else message_of(post, key)
        try:
            return await self._rest.ask("POST", path, json=message, sends=True, channel_id=channel_id)
        except ChatError as error:
            if code_of(error) != FORM_INVALID:
                raise
            # A limit that we do not know of. One item in plain words is better than a digest that stops there.
            logger.exception("Discord rejected the format of a message", extra={"action": "form_refused", "key": key})
        try:
            return await self._rest.ask("POST", path, json=bare_message(post, key), sends=True, channel_id=channel_id)
        except ChatError as error:
            if code_of(error) != FORM_INVALID:
                raise
            raise ChatRejected(PLATFORM, error.reason) from error

    async def _seed(self, channel: Channel, ref: MessageRef, post: Post) -> None:
        """Add the channel's emoji to a card, if wanted. A digest does not wait for one that fails."""
        if post.role is not PostRole.PICK or not self._seed_legend or not channel.triage.by_reactions:
            return
        for emoji in channel.meanings:
            try:
                await self._react(await self._places.channel_holding(ref), ref.message_id, emoji.strip(":"))
            except ChatError as error:
                logger.warning("The legend lacks %s: %s", emoji, error, extra={"action": "legend_not_seeded"})

    async def _react(self, channel_id: str, message_id: str, emoji: str, method: str = "PUT") -> None:
        path = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me"
        await self._rest.ask(method, path, channel_id=channel_id, message_id=message_id, emoji=emoji)

    async def _draw(self, ref: MessageRef, post: Post) -> None:
        where = await self._places.channel_holding(ref)
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            buttons = await self._buttons_to_add(where, ref, post)
            face = {**face_of(post), **buttons}
            await self._rest.ask("PATCH", path, json=face, channel_id=where, message_id=ref.message_id)
            self._has_buttons[ref.message_id] = True
        except ChatError as error:
            if code_of(error) != THREAD_ARCHIVED:
                raise

    async def _buttons_to_add(self, where: str, ref: MessageRef, post: Post) -> Mapping[str, Any]:
        """The buttons of a message that it has not yet, for it was sent by an earlier version; each message is looked at once."""
        if ref.message_id in self._has_buttons:
            return {}
        path = "/channels/{channel_id}/messages/{message_id}"
        return missing_buttons(post, await self._rest.ask("GET", path, channel_id=where, message_id=ref.message_id))

    def _ref(self, channel_id: str, message: Any) -> MessageRef:
        return MessageRef(platform=PLATFORM, channel_id=channel_id, message_id=str(message["id"]))


_ADDRESS: Final = re.compile(r"https?://[^\s<>\[\]()|]+")


def links_in(text: str) -> list[str]:
    """Web addresses in a message's text, each once."""
    return list(dict.fromkeys(found.rstrip(".,;:!?'\"*_~`") for found in _ADDRESS.findall(text)))
