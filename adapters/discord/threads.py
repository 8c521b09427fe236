"""Threads of picks, and forums, where every message is one. Opening a thread twice has the effect of once (docs/platform-facts.md#b3)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from adapters.discord.embeds import NONCE, bare_message, forum_name, is_pick, key_in, mentioning, message_of, name_in
from adapters.discord.errors import (
    FORM_INVALID,
    NO_ACCESS,
    NO_PERMISSION,
    PLATFORM,
    THREAD_EXISTS,
    TOO_MANY_THREADS,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    code_of,
)
from adapters.discord.places import Places
from adapters.discord.replies import FORM_LIMIT, Message, written_message
from adapters.discord.rest import Rest
from bot.errors import ChatError, ChatRejected, ChatUnsettled
from bot.model import Member, MessageRef, Post

WEEK: Final = 10080
"""`auto_archive_duration` of a thread, in minutes: a week, the longest that Discord offers."""

TAGS: Final = 5
_HAS_THREAD: Final = 1 << 5
_REQUIRES_TAG: Final = 1 << 4
_WRONG_CHANNEL: Final = 50024
_LOOKED_AT: Final = 100

# What keeps a thread from being opened, for good; the card stands all the same, and answers by reference count.
_DOES_WITHOUT: Final = frozenset({TOO_MANY_THREADS, NO_PERMISSION, NO_ACCESS, _WRONG_CHANNEL})

logger = logging.getLogger(__name__)


class Threads:
    """Opens the threads of picks in text and announcement channels."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def open(self, channel_id: str, message_id: str, name: str) -> None:
        """Open the thread of a message that is posted. Raises `ChatUnsettled` where that should be tried again."""
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        body = {"name": name, "auto_archive_duration": WEEK}
        try:
            await self._rest.ask("POST", path, json=body, channel_id=channel_id, message_id=message_id)
        except ChatError as error:
            code = code_of(error)
            if code in _DOES_WITHOUT:
                logger.warning("A pick has no thread: %s", error.reason, extra={"action": "thread_not_opened"})
            elif code != THREAD_EXISTS:
                reason = f"the message is posted, its thread could not be opened: {error.reason}"
                raise ChatUnsettled(PLATFORM, reason, retry_after=error.retry_after) from error

    async def ensure(self, message: Message) -> None:
        """Open the thread of a pick that was found without one: a process died between the message and its thread."""
        if message.get("thread") or int(message.get("flags") or 0) & _HAS_THREAD:
            return
        try:
            await self._rest.ask("GET", "/channels/{channel_id}", channel_id=message["id"])
        except ChatError as error:
            if code_of(error) != UNKNOWN_CHANNEL:
                raise
            await self.open(str(message["channel_id"]), str(message["id"]), name_in(message))


class Forum:
    """
    Posts into forum channels: each message starts a thread, which has its id.

    There is no nonce for that (docs/platform-facts.md#b2), so the forum is searched before anything is sent.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._keys: dict[str, str | None] = {}

    async def post(self, forum: Mapping[str, Any], post: Post, key: str, role: str | None = None) -> MessageRef:
        """Post, unless a thread with this key stands there already; notify a role where one is named. Raises `ChatError`."""
        found = await self._with_key(await self._active(forum), key)
        if found is None:
            found = await self._start(forum, post, key, role)
            self._keys[found] = key
        return _ref(forum, found)

    async def _start(self, forum: Mapping[str, Any], post: Post, key: str, role: str | None) -> str:
        """Start a post's thread; with a message in its plainest form where Discord does not take the fuller one."""
        try:
            message = message_of(post, key)
            return await self._started(forum, post, mentioning(message, role) if role else message)
        except ChatError as error:
            if code_of(error) != FORM_INVALID:
                raise
            logger.exception("Discord rejected the format of a message", extra={"action": "form_refused", "key": key})
        try:
            return await self._started(forum, post, bare_message(post, key))
        except ChatError as error:
            if code_of(error) != FORM_INVALID:
                raise
            raise ChatRejected(PLATFORM, error.reason) from error

    async def _started(self, forum: Mapping[str, Any], post: Post, message: Mapping[str, Any]) -> str:
        # A thread takes no nonce, and a message in it that bears one is refused.
        bare = {name: part for name, part in message.items() if "nonce" not in name}
        body = {"name": forum_name(post), "auto_archive_duration": WEEK, "message": bare}
        body |= {"applied_tags": tags} if (tags := tags_for(forum, post)) else {}
        path = "/channels/{channel_id}/threads"
        thread = await self._rest.ask("POST", path, json=body, sends=True, channel_id=str(forum["id"]))
        return str(thread["id"])

    async def of_week(self, forum: Mapping[str, Any], key: str) -> str | None:
        """Id of the thread that a week's head began, `key` being the head's; None where there is none, or none any more. Raises `ChatError`."""
        known = next((thread for thread, found in self._keys.items() if found == key), None)
        if known is not None and await self._key_of(known) == key:
            return known
        return await self._with_key([*await self._active(forum), *await self._archived(forum)], key)

    async def find(self, forum: Mapping[str, Any], key: str, after: int) -> MessageRef | None:
        """
        Look for the thread that was started with a key, among those with an id above `after`, then for a message in one of our threads.

        Raises `ChatError`.
        """
        threads = [*await self._active(forum), *await self._archived(forum)]
        found = await self._with_key([one for one in threads if int(one) > after], key)
        if found is not None:
            return _ref(forum, found)
        me, path = await self._rest.me(), "/channels/{channel_id}/messages"
        for thread in threads:
            async for message in self._rest.pages(path, after=str(after), channel_id=thread):
                if message["author"]["id"] == me and key_in(message) == key:
                    return MessageRef(platform=PLATFORM, channel_id=thread, message_id=str(message["id"]))
        return None

    async def _active(self, forum: Mapping[str, Any]) -> list[str]:
        answer = await self._rest.ask("GET", "/guilds/{guild_id}/threads/active", guild_id=str(forum["guild_id"]))
        return await self._ours(forum, answer["threads"])

    async def _archived(self, forum: Mapping[str, Any]) -> list[str]:
        path = "/channels/{channel_id}/threads/archived/public"
        params = {"limit": _LOOKED_AT}
        answer = await self._rest.ask("GET", path, params=params, channel_id=str(forum["id"]))
        return await self._ours(forum, answer["threads"])

    async def _ours(self, forum: Mapping[str, Any], threads: list[Mapping[str, Any]]) -> list[str]:
        me, home = await self._rest.me(), str(forum["id"])
        ours = [str(one["id"]) for one in threads if one.get("owner_id") == me and one.get("parent_id") == home]
        return sorted(ours, key=int, reverse=True)[:_LOOKED_AT]

    async def _with_key(self, threads: list[str], key: str) -> str | None:
        for thread_id in threads:
            if thread_id not in self._keys:
                self._keys[thread_id] = await self._key_of(thread_id)
            if self._keys[thread_id] == key:
                return thread_id
        return None

    async def _key_of(self, thread_id: str) -> str | None:
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            return key_in(await self._rest.ask("GET", path, channel_id=thread_id, message_id=thread_id))
        except ChatError as error:
            if code_of(error) in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
                return None
            raise


def tags_for(forum: Mapping[str, Any], post: Post) -> list[str]:
    """
    Choose among a forum's tags those called like the post's section or role; where the forum asks for one, any that we may set.

    Making tags is left to people: it would take the right to change the channel.
    """
    tags = [tag for tag in forum.get("available_tags") or () if not tag.get("moderated")]
    wanted = {post.role.value, post.section.value if post.section else post.role.value}
    chosen = [str(tag["id"]) for tag in tags if str(tag.get("name")).casefold() in wanted][:TAGS]
    if not chosen and int(forum.get("flags") or 0) & _REQUIRES_TAG:
        chosen = [str(tag["id"]) for tag in tags[:1]]
    return chosen


def _ref(forum: Mapping[str, Any], message_id: str) -> MessageRef:
    return MessageRef(platform=PLATFORM, channel_id=str(forum["id"]), message_id=message_id)


_NO_THREAD: Final = frozenset({UNKNOWN_CHANNEL, *_DOES_WITHOUT})
"""Why words cannot go into a thread: there is none, or we may not write there. They become a reply to the card then."""

FIELD: Final = "summary"
LIMIT: Final = FORM_LIMIT


class FormSummaries:
    """Posts and edits summaries that members write in our form."""

    def __init__(self, rest: Rest, places: Places) -> None:
        self._rest = rest
        self._places = places
        self._threads = Threads(rest)

    async def card(self, channel_id: str, message_id: str) -> MessageRef | None:
        """The pick's message that a message in a channel, or the start of a thread, is; None where it is none of ours."""
        ref = await self._places.card(channel_id, message_id)
        if ref is None:
            return None
        try:
            message = await self._message(ref)
        except ChatError as error:
            if code_of(error) in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
                return None
            raise
        ours = message["author"]["id"] == await self._rest.me()
        return ref if ours and key_in(message) and is_pick(message) else None

    async def home(self, channel_id: str) -> str | None:
        """The configured channel that this is, or whose thread it is; None for any other."""
        return await self._places.home(channel_id)

    async def parent(self, channel_id: str) -> MessageRef | None:
        """The message whose thread this is, in a configured channel; None for any other place."""
        home = await self._places.home(channel_id)
        same = home is None or home == channel_id
        return None if same else MessageRef(platform=PLATFORM, channel_id=str(home), message_id=channel_id)

    async def write(
        self, card: MessageRef, member: Member, text: str, *, rank: int | None = None, nonce: str = ""
    ) -> None:
        """
        Post a member's summary into the thread of a pick, or as a reply to its message where there can be no thread.

        With the same `nonce` Discord takes it once, so that two processes that hear of one form post one message. Raises `ChatError`.
        """
        body = written_message(member, text, rank)
        body |= {"nonce": nonce[:NONCE], "enforce_nonce": True} if nonce else {}
        refers = {"message_id": card.message_id, "fail_if_not_exists": False}
        if await self._places.home(card.channel_id) != card.channel_id:
            # A pick in its week's post stands in a thread itself, and can have none.
            await self._post(card.channel_id, {**body, "message_reference": refers})
            return
        try:
            await self._post(card.message_id, body)
        except ChatError as error:
            if code_of(error) not in _NO_THREAD:
                raise
        else:
            return
        message = await self._message(card)
        if is_pick(message):
            await self._threads.open(card.channel_id, card.message_id, name_in(message))
            try:
                await self._post(card.message_id, body)
            except ChatError as error:
                if code_of(error) not in _NO_THREAD:
                    raise
            else:
                return
        await self._post(card.channel_id, {**body, "message_reference": refers})

    async def rewrite(
        self, channel_id: str, message_id: str, member: Member, text: str, *, rank: int | None = None
    ) -> None:
        """Replace a summary that we posted for a member, of a list about its line `rank`. Raises `ChatError`."""
        path = "/channels/{channel_id}/messages/{message_id}"
        written = written_message(member, text, rank)
        body = {part: value for part, value in written.items() if part not in {"flags", "components"}}
        await self._rest.ask("PATCH", path, json=body, channel_id=channel_id, message_id=message_id)

    async def _post(self, channel_id: str, body: Mapping[str, Any]) -> None:
        await self._rest.ask("POST", "/channels/{channel_id}/messages", json=body, sends=True, channel_id=channel_id)

    async def _message(self, card: MessageRef) -> Any:
        where = await self._places.channel_holding(card)
        path = "/channels/{channel_id}/messages/{message_id}"
        return await self._rest.ask("GET", path, channel_id=where, message_id=card.message_id)
