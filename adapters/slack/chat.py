"""
`bot.ports.Chat` and `bot.ports.Redraws` for Slack: post, find, snapshot, acknowledge, redraw. Events come from the event source
it is given.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.answers import answer_blocks
from adapters.slack.api import Identity, SlackApi, page_of
from adapters.slack.blocks import fallback, message_blocks
from adapters.slack.directory import Directory
from adapters.slack.emojis import character_of, learn_names, name_of
from adapters.slack.errors import PLATFORM, UNDRAWABLE, UNPOSTABLE, SlackFault
from adapters.slack.events import instant, is_reply, timestamp
from adapters.slack.intake import Intake
from adapters.slack.mrkdwn import addresses, mentioned, readable
from adapters.slack.pacing import Pace, Timer
from adapters.slack.people import People, Person, member_id, outsider, user_of
from adapters.slack.summaries import written_reply
from bot.errors import ChatBlind, ChatError, ChatRefused, ChatRejected, MessageGone
from bot.model import Answer, Block, Channel, LinkPage, Member, MessageRef, Post, PostRole, Reply, SharedLink, Snapshot
from bot.objections import objects
from bot.ports import EventSink
from bot.usecases.redraw import RedrawQueue

EVENT_TYPE: Final = "digest_posted"
RECORDED: Final = "memo"
_FIRST_LOOK: Final = (
    15  # what apps outside the Marketplace get of one look (docs/platform-facts.md#a8): most often it is enough
)
_PAGES: Final = 40
QUICK_REDRAW: Final = 0.4
"""Seconds between two redraws of one card while there are few: a tap is seen within a second."""
_NO_TAB: Final = "the app's Messages Tab is off. Turn it on under App Home at api.slack.com/apps"
_TAKES_NONE: Final = frozenset(
    {"channel_not_found", "user_not_found", "user_disabled", "cannot_dm_bot", "messages_tab_disabled"}
)
_PEOPLE: Final = 100  # who are asked for together

_NO_HISTORY: Final = "Paper Round was installed without the right to read channels (channels:history, groups:history)"

logger = logging.getLogger(__name__)


class EventSource(Protocol):
    """Where Slack's events come from: Socket Mode or signed HTTP."""

    async def open(self) -> None:
        """Return once events can come in. Raises `ChatError`."""
        ...

    async def close(self) -> None:
        """Let no more events in. Doing it twice is harmless."""
        ...


class SlackChat:
    """`bot.ports.Chat` and `bot.ports.Redraws` for one workspace."""

    def __init__(
        self,
        api: SlackApi,
        people: People,
        directory: Directory,
        intake: Intake,
        event_source: EventSource,
        timer: Timer,
        *,
        seed_legend: bool = False,
        outsiders: bool = False,
        message_interval: float = 1.0,
        redraw_interval: float = 3.0,
    ) -> None:
        self._api = api
        self._people = people
        self._directory = directory
        self._intake = intake
        self._event_source = event_source
        self._seed_legend = seed_legend
        self._outsiders = outsiders
        self._pace = Pace(message_interval, timer)
        self._redraws = RedrawQueue(self._draw, redraw_interval, timer.sleep, quick=QUICK_REDRAW, now=timer.now)

    # what the core asks, as bot.ports.Chat promises

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        channel_id = await self._directory.id_of(channel.id)
        await self._pace.turn(channel_id)
        try:
            sent = await self._send(channel_id, post, key)
        except SlackFault as fault:
            if fault.error in UNPOSTABLE:
                raise ChatRejected(PLATFORM, f"Slack takes the message in no form ({fault.error})") from fault
            raise fault.as_chat_error("chat.postMessage", writes=True) from fault
        finally:
            # It may have waited for the workspace's turn after the channel's own.
            self._pace.used(channel_id)
        ref = self._ref(str(sent.get("channel") or channel_id), str(sent["ts"]))
        if self._seed_legend and post.role is PostRole.PICK and channel.triage.by_reactions:
            await self._seed(ref, channel.meanings)
        return ref

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        channel_id = await self._directory.id_of(channel.id)
        me = await self._api.identity()
        if not me.reads_history:
            raise ChatBlind(PLATFORM, _NO_HISTORY)
        cursor, oldest = "", timestamp(since)
        for page in range(_PAGES):
            response = await self._api.read(
                "conversations.history",
                channel=channel_id,
                oldest=oldest,
                inclusive=True,
                include_all_metadata=True,
                limit=self._api.page if page else _FIRST_LOOK,
                cursor=cursor or None,
            )
            messages, cursor = page_of(response, "messages")
            for message in messages:
                if _is_ours(message, me) and _key_of(message) == key and instant(str(message["ts"])) >= since:
                    return self._ref(channel_id, str(message["ts"]))
            if not cursor:
                return None
        raise ChatError(PLATFORM, "too much was said since to find out whether the message was posted")

    async def has_past(self, channel: Channel) -> bool:  # noqa: ARG002 - on Slack every channel has
        """`bot.ports.History`."""
        return True

    async def links(self, channel: Channel, most: int, start: str = "") -> LinkPage:
        """`bot.ports.History`: what people linked to in the channel itself; threads are left alone."""
        channel_id = await self._directory.id_of(channel.id)
        me = await self._api.identity()
        if not me.reads_history:
            raise ChatRefused(PLATFORM, _NO_HISTORY)
        # From a message's own time on: Slack's cursor may be good for a while only.
        response = await self._api.read(
            "conversations.history", channel=channel_id, limit=min(self._api.page, most), latest=start or None
        )
        messages, cursor = page_of(response, "messages")
        found: list[SharedLink] = []
        for message in messages:
            if message.get("user") and not message.get("bot_id") and not _is_ours(message, me):
                at = instant(str(message["ts"]))
                found += [SharedLink(url=url, at=at) for url in addresses(str(message.get("text") or ""))]
        return LinkPage(
            links=tuple(found),
            messages=len(messages),
            following=str(messages[-1]["ts"]) if cursor and messages else "",
            wait=self._api.between_pages,
        )

    async def all_answers(self, ref: MessageRef) -> Snapshot:
        """`bot.ports.History`: in a shared channel both methods give the other side's people, too (docs/platform-facts.md#a19)."""
        return await self._snapshot(ref, outsiders=True)

    async def objection(self, channel: Channel, since: datetime) -> MessageRef | None:
        """`bot.ports.History`: anybody's words in the channel itself, also of one from another workspace; threads are left alone."""
        channel_id = await self._directory.id_of(channel.id)
        me = await self._api.identity()
        if not me.reads_history:
            raise ChatRefused(PLATFORM, _NO_HISTORY)
        cursor = ""
        for _ in range(_PAGES):
            response = await self._api.read(
                "conversations.history",
                channel=channel_id,
                oldest=timestamp(since),
                limit=self._api.page,
                cursor=cursor or None,
            )
            messages, cursor = page_of(response, "messages")
            for message in messages:
                said = message.get("user") and not message.get("bot_id") and not _is_ours(message, me)
                if said and not message.get("subtype") and objects(readable(str(message.get("text") or ""), {})):
                    return self._ref(channel_id, str(message["ts"]))
            if not cursor:
                break
        return None

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        return await self._snapshot(ref, outsiders=self._outsiders)

    async def _snapshot(self, ref: MessageRef, *, outsiders: bool) -> Snapshot:
        me = await self._api.identity()
        try:
            found = await self._reactions(ref)
        except SlackFault as fault:
            if fault.error == "message_not_found":
                raise MessageGone(PLATFORM, f"there is no message {ref.message_id} (message_not_found)") from fault
            raise fault.as_chat_error("reactions.get", writes=False) from fault
        thread = await self._thread(ref) if me.reads_history else []
        message = found or next((one for one in thread if one.get("ts") == ref.message_id), None)
        if message is None:
            raise MessageGone(PLATFORM, f"there is no message {ref.message_id} in {ref.channel_id}")
        replies = [one for one in thread if is_reply(one, me.user_id)]
        reactions = [(user, one) for one in message.get("reactions") or [] for user in one.get("users") or []]
        users = {user for user, _ in reactions} | {str(one["user"]) for one in replies}
        people = await self._people_of(users, me, outsiders=outsiders)
        named = await self._who({user for one in replies for user in mentioned(str(one.get("text") or ""))})
        names = {person.id: person.name for person in named}
        return Snapshot(
            ref=ref,
            reactions=tuple(
                dict.fromkeys(
                    (people[u], self._intake.emojis.resolve(character_of(one["name"])))
                    for u, one in reactions
                    if u in people
                )
            ),
            replies=(
                *(self._reply(ref, one, people[one["user"]], names) for one in replies if one["user"] in people),
                *(reply for one in thread if _is_ours(one, me) and (reply := written_reply(ref, one))),
            ),
            # Read without the name that it had before, a reply would look edited; who Slack does not know keeps the id each time.
            hidden=not me.reads_history or any(person.passing for person in named),
        )

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        await self._react(ref, RECORDED, "reactions.add" if recorded else "reactions.remove")

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        await self._redraws.redraw(ref, post)

    async def tell(self, member_id: str, blocks: Sequence[Block]) -> None:
        """`bot.ports.DirectMessages`: Slack opens the conversation with a member by itself; `chat:write` is enough."""
        user = user_of(member_id)
        text = "\n".join(block.joint.join(span.text for span in block.spans) for block in blocks)
        try:
            await self._api.attempt(
                "chat.postMessage",
                channel=user,
                text=fallback(text),
                blocks=answer_blocks(Answer(blocks=tuple(blocks))),
                unfurl_links=False,
                unfurl_media=False,
                link_names=False,
            )
        except SlackFault as fault:
            if fault.error in _TAKES_NONE:
                reason = (
                    _NO_TAB
                    if fault.error == "messages_tab_disabled"
                    else f"the member takes no messages from apps ({fault.error})"
                )
                raise ChatRefused(PLATFORM, reason) from fault
            raise fault.as_chat_error("chat.postMessage", writes=True) from fault

    async def message_url(self, channel: Channel, ref: MessageRef) -> str | None:
        """`bot.ports.MessageAddresses`: the address that 'Copy link' gives, by the workspace's own domain where it is known."""
        me = await self._api.identity()
        channel_id = await self._directory.id_of(channel.id)
        if me.url:
            return f"{me.url.rstrip('/')}/archives/{channel_id}/p{ref.message_id.replace('.', '')}"
        return f"https://app.slack.com/client/{me.team_id}/{channel_id}/thread/{channel_id}-{ref.message_id}"

    async def listen(self, sink: EventSink) -> None:
        self._intake.sink = sink
        await self._api.identity()
        await asyncio.to_thread(learn_names)
        await self._intake.emojis.learn()
        await self._event_source.open()

    async def stop_listening(self) -> None:
        await self._event_source.close()
        self._intake.sink = None

    async def close(self) -> None:
        self._intake.sink = None
        await self._event_source.close()
        await self._redraws.close()
        await self._people.aclose()
        await self._api.aclose()

    async def _send(self, channel_id: str, post: Post, key: str) -> AsyncSlackResponse:
        """Post with blocks; where Slack rejects these blocks (nothing is posted then), with the text alone."""
        dressed = {**_content(post), "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": key}}}
        quiet = {"channel": channel_id, "unfurl_links": False, "unfurl_media": False, "link_names": False}
        try:
            return await self._api.attempt("chat.postMessage", **quiet, **dressed)
        except SlackFault as fault:
            if fault.error not in UNDRAWABLE:
                raise
            if post.picture:
                # One that Slack cannot fetch is refused with the whole message (docs/platform-facts.md#a1); the card is worth more than it.
                return await self._send(channel_id, replace(post, picture=None), key)
            logger.error("Slack refused the blocks of a post: %s", fault.error, extra={"action": "blocks_refused", "key": key})  # fmt: skip  # noqa: TRY400
            return await self._api.attempt("chat.postMessage", **quiet, **{**dressed, "blocks": None})

    async def _draw(self, ref: MessageRef, post: Post) -> None:
        channel_id = await self._directory.id_of(ref.channel_id)
        try:
            await self._api.attempt("chat.update", channel=channel_id, ts=ref.message_id, **_content(post))
        except SlackFault as fault:
            if fault.error not in UNDRAWABLE or post.picture is None:
                raise fault.as_chat_error("chat.update", writes=True) from fault
            await self._draw(ref, replace(post, picture=None))

    async def _seed(self, ref: MessageRef, emojis: Iterable[str]) -> None:
        """Add the legend's emoji to a message. It is posted already, so that a failure here is no reason to post it again."""
        for name in filter(None, map(name_of, emojis)):
            try:
                await self._react(ref, name)
            except ChatError as error:
                logger.warning("Could not seed the legend: %s", error, extra={"action": "legend_not_seeded"})
                return

    async def _react(self, ref: MessageRef, name: str, method: str = "reactions.add") -> None:
        channel_id = await self._directory.id_of(ref.channel_id)
        try:
            await self._api.attempt(method, channel=channel_id, timestamp=ref.message_id, name=name)
        except SlackFault as fault:
            if fault.error not in {"already_reacted", "no_reaction"}:
                raise fault.as_chat_error(method, writes=False) from fault

    async def _reactions(self, ref: MessageRef) -> Mapping[str, Any] | None:
        """Give the message with every reaction (a message elsewhere may name only some users); None if it cannot be had so."""
        channel_id = await self._directory.id_of(ref.channel_id)
        try:
            response = await self._api.look("reactions.get", channel=channel_id, timestamp=ref.message_id, full=True)
        except SlackFault as fault:
            if fault.error == "unknown_method":  # of a stand-in for Slack; its threads tell of reactions, too
                return None
            raise
        return response.get("message") or {}

    async def _thread(self, ref: MessageRef) -> list[dict[str, Any]]:
        channel_id, cursor = await self._directory.id_of(ref.channel_id), ""
        messages: list[dict[str, Any]] = []
        for _ in range(_PAGES):
            response = await self._api.read(
                "conversations.replies",
                channel=channel_id,
                ts=ref.message_id,
                include_all_metadata=True,
                limit=self._api.page,
                cursor=cursor or None,
            )
            found, cursor = page_of(response, "messages")
            messages += found
            if not cursor:
                break
        return messages

    async def _people_of(self, users: Iterable[str], me: Identity, *, outsiders: bool) -> dict[str, Member]:
        """Members among users: no bot, not ourselves, and people of another workspace only with `outsiders`."""
        return {
            person.id: Member(id=member_id(self._team(person, me), person.id), name=person.name)
            for person in await self._who(set(users) - {me.user_id})
            if not person.bot and (outsiders or not outsider(person, me))
        }

    async def _who(self, users: Iterable[str]) -> list[Person]:
        asked = sorted(users)
        found: list[Person] = []
        for start in range(0, len(asked), _PEOPLE):
            # In pieces: a task for each of ten thousand at once holds the loop for a second.
            found += await asyncio.gather(*map(self._people.person, asked[start : start + _PEOPLE]))
        return found

    def _team(self, person: Person, me: Identity) -> str:
        return person.team_id if self._outsiders and person.team_id else me.team_id

    def _reply(self, parent: MessageRef, message: Mapping[str, Any], member: Member, names: Mapping[str, str]) -> Reply:
        edited = (message.get("edited") or {}).get("ts")
        return Reply(
            ref=self._ref(parent.channel_id, str(message["ts"])),
            member=member,
            text=readable(str(message.get("text") or ""), names),
            at=instant(str(message["ts"])),
            edited_at=instant(str(edited)) if edited else None,
        )

    def _ref(self, channel_id: str, ts: str) -> MessageRef:
        return MessageRef(platform=PLATFORM, channel_id=self._directory.origin(channel_id), message_id=ts)


def _content(post: Post) -> dict[str, Any]:
    return {"blocks": message_blocks(post), "text": fallback(post.plain)}


def _is_ours(message: Mapping[str, Any], me: Identity) -> bool:
    # Any app may write metadata, and every member can read ours: a message counts only if we sent it.
    return message.get("user") == me.user_id or (bool(me.bot_id) and message.get("bot_id") == me.bot_id)


def _key_of(message: Mapping[str, Any]) -> object:
    metadata = message.get("metadata") or {}
    return (metadata.get("event_payload") or {}).get("key") if metadata.get("event_type") == EVENT_TYPE else None
