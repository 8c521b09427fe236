"""
Intake of Slack's events: stored before they are acknowledged, each once, people's acts only (docs/platform-facts.md#a10, #a11,
#a16, #a19).

Socket Mode and HTTP hand the same bodies in here, and acknowledge when this returns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from cachetools import LRUCache

from adapters.slack.api import Identity, SlackApi
from adapters.slack.directory import Directory
from adapters.slack.emojis import CustomEmojis
from adapters.slack.errors import SlackFault
from adapters.slack.events import MemberEvent, parse_event
from adapters.slack.mrkdwn import mentioned, readable
from adapters.slack.pacing import Timer
from adapters.slack.people import People, Person, member_id, outsider
from bot.events import (
    ChatEvent,
    DecisionPressed,
    ReactionAdded,
    ReactionRemoved,
    ReplyDeleted,
    ReplyEdited,
    ReplyPosted,
)
from bot.ports import EventSink

Joined = Callable[[str, str, str], Awaitable[None]]
"""Called when our bot was invited into a channel (its id), in a workspace (its id), with the event's own key."""

ChannelNews = Callable[[str, str | None], Awaitable[None]]
"""Called when a channel (its id; '' for the whole workspace) cannot be posted to any more, with the reason, or can again (None)."""

_REMEMBERED: Final = 20_000
_OUTSIDER_SECONDS: Final = 2.0

_AWAY: Final[Mapping[str, str]] = {
    "channel_archive": "is_archived",
    "group_archive": "is_archived",
    "channel_deleted": "channel_not_found",
    "group_deleted": "channel_not_found",
    "channel_left": "not_in_channel",
    "group_left": "not_in_channel",
    "member_left_channel": "not_in_channel",
    "app_uninstalled": "account_inactive",
    "tokens_revoked": "account_inactive",  # comes with `app_uninstalled`, before it or after
    "team_access_revoked": "team_access_not_granted",
}
"""Event → the error code that posting would have met, so that both give one reason, reported once."""

_BACK: Final = frozenset({"channel_unarchive", "group_unarchive"})
_RENAMED: Final = frozenset({"channel_rename", "group_rename"})
_SHARED: Final = frozenset({"channel_shared", "channel_unshared"})
_OURS: Final = frozenset({"member_joined_channel", "member_left_channel"})

NEWS: Final = frozenset({*_AWAY, *_BACK, *_OURS, *_RENAMED, *_SHARED, "channel_id_changed"})
"""Events about channels and the installation, as the manifest subscribes to them."""

logger = logging.getLogger(__name__)


class NobodyListens(Exception):
    """An event came before `listen`, or after `close`: it must not be acknowledged, so that Slack delivers it again."""


class Intake:
    """Stores events, several at once. `outsiders` counts people of other workspaces, too (Slack Connect)."""

    def __init__(
        self,
        api: SlackApi,
        people: People,
        directory: Directory,
        timer: Timer,
        *,
        news: ChannelNews | None = None,
        joined: Joined | None = None,
        outsiders: bool = False,
    ) -> None:
        self._api = api
        self._people = people
        self._directory = directory
        self._timer = timer
        self._news = news
        self.emojis = CustomEmojis(api)
        self._joined = joined
        self._outsiders = outsiders
        self._stored: LRUCache[str, str] = LRUCache(_REMEMBERED)
        self.sink: EventSink | None = None
        self.heard_at: float | None = None

    async def take(self, body: Mapping[str, Any]) -> None:
        """
        Store the event in a body; returns when Slack may be acknowledged.

        Raises whatever kept it from being stored, and `ValueError` for what is no event of Slack's.
        """
        self.heard_at = self._timer.now()
        if body.get("type") == "app_rate_limited":
            logger.warning(
                "Slack withholds events: more than 30,000 in an hour", extra={"action": "slack_rate_limited"}
            )
            return
        await self._directory.recall()
        me = self._api.known_identity() or await self._api.identity()
        try:
            kind = str(body["event"]["type"])
            found = parse_event(body, me.team_id, me.user_id)
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"this is no event of Slack's: {error!r}") from error
        if kind in NEWS:
            await self._hear_news(kind, body["event"], me, str(body.get("event_id") or ""))
        elif found is None:
            logger.debug("Passed over an event %s", kind, extra={"action": "slack_event_passed_over"})
        else:
            await self._store(found, me, shared=bool(body.get("is_ext_shared_channel")))

    async def press(self, event: DecisionPressed, user_id: str, team_id: str) -> bool:
        """
        Store a press; returns when Slack may be acknowledged, False where it is none of a member's.

        Raises whatever kept it from being stored.
        """
        self.heard_at = self._timer.now()
        if self.sink is None:
            raise NobodyListens("nobody listens to Slack's events yet")
        me = self._api.known_identity() or await self._api.identity()
        named = await self._named(MemberEvent(event, user_id, team_id), me, shared=team_id not in {"", me.team_id})
        if named is None:
            return False
        await self.tell(named)
        return True

    async def tell(self, event: ChatEvent) -> None:
        """Store what a member did through us, whom the caller has looked at. Raises whatever kept it from being stored."""
        if self.sink is None:
            raise NobodyListens("nobody listens to Slack's events yet")
        await self.sink(event)

    async def _store(self, found: MemberEvent, me: Identity, *, shared: bool) -> None:
        if self.sink is None:
            raise NobodyListens("nobody listens to Slack's events yet")
        event_id, gesture = found.event.event_id, _gesture(found)
        if event_id in self._stored or self._stored.get(gesture, event_id) != event_id:
            return
        event = await self._named(found, me, shared=shared)
        if event is not None:
            await self.tell(event)  # who it is may have been asked for, and the listening been ended meanwhile
        self._stored[event_id] = event_id
        if gesture:
            self._stored[gesture] = event_id

    async def _named(self, found: MemberEvent, me: Identity, *, shared: bool) -> ChatEvent | None:
        """The event with its member's name; None where it is no member's."""
        event = found.event
        # Of another workspace as the event says; whether of another organisation, only `users.info` tells.
        elsewhere = not self._outsiders and found.team_id not in {"", me.team_id}
        if elsewhere and not me.enterprise_id:
            return None
        if isinstance(event, ReplyDeleted):
            return self._placed(event)
        person, names = await self._who(found, shared=shared or elsewhere)
        if person.bot or (not self._outsiders and outsider(person, me)) or (elsewhere and not person.known):
            return None
        if isinstance(event, ReactionAdded | ReactionRemoved):
            event = replace(event, emoji=self.emojis.resolve(event.emoji))
        if isinstance(event, ReplyPosted | ReplyEdited):
            event = replace(event, text=readable(found.written, names))
        team = person.team_id if self._outsiders and person.team_id else me.team_id
        return self._placed(
            replace(event, member=replace(event.member, id=member_id(team, found.user_id), name=person.name))
        )

    async def _who(self, found: MemberEvent, *, shared: bool) -> tuple[Person, dict[str, str]]:
        """Who did it, and the names of those who are mentioned; both are waited for concurrently."""
        asked = mentioned(found.written)
        if not asked:
            return await self._author(found.user_id, shared=shared), {}
        return await asyncio.gather(self._author(found.user_id, shared=shared), self._people.names_soon(asked))

    async def _author(self, user_id: str, *, shared: bool) -> Person:
        if shared:
            # Only users.info tells a stranger's reaction from a member's; in time, or reconciling finds it.
            return await asyncio.wait_for(self._people.person(user_id), _OUTSIDER_SECONDS)
        return await self._people.soon(user_id)

    def _placed(self, event: ChatEvent) -> ChatEvent:
        """The event at the address that its message was posted to, should the channel have a new id since."""
        first = self._directory.origin(event.ref.channel_id)
        if first == event.ref.channel_id:
            return event
        placed = replace(event, ref=replace(event.ref, channel_id=first))
        parent = getattr(placed, "parent", None)
        return placed if parent is None else replace(placed, parent=replace(parent, channel_id=first))

    async def _hear_news(self, kind: str, event: Mapping[str, Any], me: Identity, event_id: str) -> None:
        self._directory.look_again()
        channel = event.get("channel")
        channel_id = str(channel.get("id") if isinstance(channel, Mapping) else channel or "")
        if kind == "channel_id_changed":
            await self._directory.moved(str(event["old_channel_id"]), str(event["new_channel_id"]))
            logger.warning(
                "Slack gave the channel %s the id %s. Write the new one into the configuration",
                event["old_channel_id"],
                event["new_channel_id"],
                extra={"action": "slack_channel_moved"},
            )
        elif kind in _RENAMED:
            await self._hear_of_name(channel_id, str(event["channel"]["name"]))
        elif kind in _SHARED:
            logger.info("Channel %s: %s", channel_id, kind, extra={"action": "slack_channel_news"})
        elif _concerns_us(kind, event, me):
            away = SlackFault(_AWAY[kind]).as_chat_error(kind, writes=False).reason if kind in _AWAY else None
            logger.info("Channel %s: %s", channel_id, away or "is there again", extra={"action": "slack_channel_news"})
            if self._news:
                await self._news(await self._directory.configured(channel_id), away)
            if self._joined and kind == "member_joined_channel":
                await self._joined(await self._directory.configured(channel_id), me.team_id, event_id)

    async def _hear_of_name(self, channel_id: str, name: str) -> None:
        """Keep serving a channel that was renamed, by its id, which is kept over a restart; the operator is told what it is called now."""
        called = await self._directory.configured(channel_id)
        if called not in {channel_id, f"#{name}", name}:
            logger.warning(
                "The channel %s is called #%s now, and served on. The configuration reads better with that, or its id %s",
                called,
                name,
                channel_id,
                extra={"action": "slack_channel_renamed"},
            )


def _concerns_us(kind: str, event: Mapping[str, Any], me: Identity) -> bool:
    """Whether it was our bot that joined or left, and our workspace or token that was revoked."""
    if kind in _OURS:
        return event.get("user") == me.user_id
    if kind == "team_access_revoked":
        return me.team_id in (event.get("team_ids") or ())
    if kind == "tokens_revoked":
        bots = (event.get("tokens") or {}).get("bot")
        return bots is None or me.user_id in bots
    return True


def _gesture(found: MemberEvent) -> str:
    """
    Deduplication key of what a person did: Slack may show one gesture as two messages with different timestamps
    (docs/platform-facts.md#a11).
    """
    return f"{type(found.event).__name__}/{found.event.ref.channel_id}/{found.gesture}" if found.gesture else ""
