"""
What stands on the Discord of `tests/fake_discord.py`, as Discord shows it, and what people do there.

Each act is dispatched as the event that the gateway would send of it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from discord import Permissions

EPHEMERAL = 1 << 6
"""A message flag: one member alone sees it."""

EPOCH = 1_420_070_400_000
TEXT, PUBLIC_THREAD, FORUM = 0, 11, 15
ADMINISTRATOR = 1 << 3
Shard = tuple[int, int]
"""Its number, from 0, and how many there are."""

EVERYTHING = str(((1 << 50) - 1) & ~ADMINISTRATOR)


class Refusal(Exception):
    """An answer of the API that is no success."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


def shard_hears(shard: Shard, guild_id: str | None) -> bool:
    """Whether a shard hears the events of a server; those of none, as direct messages, are the first shard's."""
    number, count = shard
    return number == (int(guild_id) >> 22) % count if guild_id else number == 0


class World:
    """
    Servers, channels, messages, people. While `refuses_words`, what people write is kept from the bot.

    On each server everybody has `permissions`, and whoever has one of `roles` those of that role, too; the bot has `my_roles`.
    """

    def __init__(self) -> None:
        self.offset = timedelta()
        self.refuses_words = False
        self.permissions = EVERYTHING
        self.roles: dict[str, str] = {}
        self.my_roles: list[str] = []
        self.member_of = True
        self._count = 0
        self.users: dict[str, dict[str, Any]] = {}
        self.elsewhere: set[str] = set()
        self.managers: set[str] = set()
        self.system_channel: str | None = None
        self.me = self.user("Paper Round", bot=True)
        self.guild_id = self.snowflake()
        self.guild_ids = [self.guild_id]
        self.channels: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.pressed: dict[str, tuple[str, str, str]] = {}
        self.reacted: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.bursts: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    async def dispatch(self, name: str, data: Any) -> None:
        """Send an event to whoever listens."""
        raise NotImplementedError

    # time and ids

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def snowflake(self) -> str:
        self._count += 1
        milliseconds = int(self.now().timestamp() * 1000) - EPOCH
        return str((milliseconds << 22) + self._count)

    # setting up

    def user(self, name: str, *, bot: bool = False) -> dict[str, Any]:
        found = {
            "id": self.snowflake(), "username": name.lower().replace(" ", "."), "global_name": name,
            "discriminator": "0", "avatar": None, "bot": bot,
        }  # fmt: skip
        self.users[found["id"]] = found
        return found

    def guild_on(self, shard: Shard) -> str:
        """One more server, which this shard hears; gives its id, for `channel`."""
        guild_id = self.snowflake()
        while not shard_hears(shard, guild_id) or guild_id in self.guild_ids:
            guild_id = str(int(guild_id) + (1 << 22))
        self.guild_ids.append(guild_id)
        return guild_id

    def channel(self, name: str, kind: int = TEXT, **more: Any) -> str:
        channel_id = self.snowflake()
        self.channels[channel_id] = {
            "id": channel_id, "type": kind, "name": name, "guild_id": self.guild_id, "position": 0, "parent_id": None,
            "permission_overwrites": [], "topic": None, "nsfw": False, "rate_limit_per_user": 0, "flags": 0,
            **({"available_tags": [], "default_reaction_emoji": None} if kind == FORUM else {}),
            **more,
        }  # fmt: skip
        return channel_id

    # what people do

    async def say(self, user: dict[str, Any], channel_id: str, text: str, *, answers: str | None = None) -> str:
        """Somebody writes; in a thread if `channel_id` is one, as an answer if `answers` names a message there."""
        message = self._message(channel_id, user, {"content": text})
        if answers:
            original = self.messages[channel_id].get(answers)
            message |= {"type": 19, "message_reference": {"channel_id": channel_id, "message_id": answers}}
            message["referenced_message"] = original
        self._archive(channel_id, archived=False)
        await self.dispatch("MESSAGE_CREATE", self._with_member(message))
        return message["id"]

    async def rewrite(self, channel_id: str, message_id: str, text: str) -> None:
        """The author of a message edits it."""
        message = self.messages[channel_id][message_id]
        message |= {"content": text, "edited_timestamp": self.now().isoformat()}
        await self.dispatch("MESSAGE_UPDATE", self._with_member(message))

    async def remove(self, channel_id: str, *message_ids: str) -> None:
        """Messages are deleted: one, or several at once."""
        for message_id in message_ids:
            self.messages[channel_id].pop(message_id)
        base = {"channel_id": channel_id, **self._within(channel_id)}
        if len(message_ids) == 1:
            await self.dispatch("MESSAGE_DELETE", {"id": message_ids[0], **base})
        else:
            await self.dispatch("MESSAGE_DELETE_BULK", {"ids": list(message_ids), **base})

    async def react(
        self, user: dict[str, Any], channel_id: str, message_id: str, emoji: str, *, burst: bool = False
    ) -> None:
        """Somebody puts an emoji on, plainly or with a burst; a custom one is `name:id`."""
        if self._archived(channel_id):
            raise Refusal(400, 50083, "Thread is archived")
        users = (self.bursts if burst else self.reacted)[channel_id, message_id][emoji]
        if user["id"] not in users:
            users.append(user["id"])
            payload = self._reaction(user, channel_id, message_id, emoji)
            member = {
                "user": user,
                "roles": [],
                "joined_at": self.now().isoformat(),
                "deaf": False,
                "mute": False,
                "flags": 0,
            }
            await self.dispatch("MESSAGE_REACTION_ADD", payload | {"member": member})

    async def unreact(self, user: dict[str, Any], channel_id: str, message_id: str, emoji: str) -> None:
        """Somebody takes an emoji back."""
        self.reacted[channel_id, message_id][emoji].remove(user["id"])
        await self.dispatch("MESSAGE_REACTION_REMOVE", self._reaction(user, channel_id, message_id, emoji))

    async def clear(self, channel_id: str, message_id: str, emoji: str | None = None) -> None:
        """A moderator clears a message of one emoji, or of all."""
        base = {"channel_id": channel_id, "message_id": message_id, **self._within(channel_id)}
        if emoji is None:
            self.reacted.pop((channel_id, message_id), None)
            await self.dispatch("MESSAGE_REACTION_REMOVE_ALL", base)
        else:
            self.reacted[channel_id, message_id].pop(emoji, None)
            await self.dispatch("MESSAGE_REACTION_REMOVE_EMOJI", base | {"emoji": emoji_payload(emoji)})

    async def fold(self, thread_id: str) -> None:
        """A thread is archived."""
        self._archive(thread_id, archived=True)
        await self.dispatch("THREAD_UPDATE", self.channels[thread_id])

    async def invite(self) -> None:
        """Somebody who manages the server lets us in."""
        self.member_of = True
        await self.dispatch("GUILD_CREATE", self._guild() | self._inside())

    async def command(self, user: dict[str, Any], channel_id: str, name: str) -> str:
        """Somebody uses a sub-command of `/paperround`; gives the interaction's id."""
        option = {"type": 1, "name": name, "options": []}
        data = {"id": "1", "name": "paperround", "type": 1, "options": [option], **self._within(channel_id)}
        return await self.interact(user, channel_id, 2, data)

    async def press(self, user: dict[str, Any], channel_id: str, message_id: str, custom_id: str) -> str:
        """Somebody presses a button under a message; gives the interaction's id."""
        message = self._shown(self.messages[channel_id][message_id])
        offered = [one["custom_id"] for row in message.get("components") or () for one in row["components"]]
        assert custom_id in offered, offered
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        number = await self.interact(user, channel_id, 3, data, message=message)
        self.pressed[number] = (message_id, user["id"], custom_id)
        return number

    async def choose(self, user: dict[str, Any], channel_id: str, message_id: str, place: int) -> str:
        """Somebody chooses from the menu under a message what stands at a place, from 0; gives the interaction's id."""
        message = self._shown(self.messages[channel_id][message_id])
        (menu,) = [one for row in message["components"] for one in row["components"] if one["type"] == 3]
        data = {
            "custom_id": menu["custom_id"],
            "component_type": 3,
            "id": 1,
            "values": [menu["options"][place]["value"]],
        }
        return await self.interact(user, channel_id, 3, data, message=message)

    async def press_in_answer(
        self, user: dict[str, Any], channel_id: str, answer: dict[str, Any], custom_id: str
    ) -> str:
        """Somebody presses a button under an answer that they alone see; gives the interaction's id."""
        offered = [one["custom_id"] for row in answer.get("components") or () for one in row["components"]]
        assert custom_id in offered, offered
        message = self._message(channel_id, self.me, answer)
        del self.messages[channel_id][message["id"]]
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        return await self.interact(user, channel_id, 3, data, message=message | {"flags": EPHEMERAL})

    async def fill_in(self, user: dict[str, Any], channel_id: str, form: dict[str, Any], **values: str) -> str:
        """Somebody sends a form that was opened for them; what they leave alone is sent as it stood there. Gives the interaction's id."""
        fields = [row["component"] for row in form["components"] if "component" in row]
        sent = [
            {"type": 18, "id": number, "component": {"type": 4, "id": 100 + number, "custom_id": one["custom_id"],
             "value": values.get(one["custom_id"].partition("#")[0], one.get("value") or "")}}
            for number, one in enumerate(fields, start=1)
        ]  # fmt: skip
        data = {"custom_id": form["custom_id"], "components": sent}
        return await self.interact(user, channel_id, 5, data)

    async def interact(
        self, user: dict[str, Any], channel_id: str, kind: int, data: dict[str, Any], **more: Any
    ) -> str:
        """Send an interaction of a member; gives its id."""
        number = self.snowflake()
        member = self._acting(user)
        await self.dispatch(
            "INTERACTION_CREATE",
            {
                "id": number, "application_id": self.me["id"], "type": kind, "token": f"token-{number}", "version": 1,
                **self._within(channel_id), "channel_id": channel_id, "channel": self.channels[channel_id],
                "member": member, "data": data, "locale": "en-US", "app_permissions": self.permissions,
                "entitlements": [], "attachment_size_limit": 1, "authorizing_integration_owners": {}, "context": 0,
                **more,
            },
        )  # fmt: skip
        return number

    def _acting(self, user: dict[str, Any]) -> dict[str, Any]:
        manages = str(Permissions(manage_guild=True).value) if user["id"] in self.managers else "0"
        joined = self.now().isoformat()
        return {
            "user": user,
            "roles": [],
            "permissions": manages,
            "joined_at": joined,
            "deaf": False,
            "mute": False,
            "flags": 0,
        }

    # state as Discord shows it

    def _within(self, channel_id: str) -> dict[str, str]:
        """What an event says of the server that a channel is on: nothing for a direct message."""
        channel = self.channels.get(channel_id, {"guild_id": self.guild_id})
        return {"guild_id": channel["guild_id"]} if "guild_id" in channel else {}

    def _guild(self, guild_id: str | None = None) -> dict[str, Any]:
        guild_id = guild_id or self.guild_id
        role = {
            "id": guild_id,
            "name": "@everyone",
            "permissions": self.permissions,
            "position": 0,
            "color": 0,
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        more = [role | {"id": one, "name": one, "permissions": permissions} for one, permissions in self.roles.items()]
        return {
            "id": guild_id, "name": "Lab", "icon": None, "owner_id": "1", "roles": [role, *more], "emojis": [], "features": [],
            "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
            "system_channel_flags": 0, "premium_tier": 0, "preferred_locale": "en-US", "nsfw_level": 0, "stickers": [],
            "system_channel_id": self.system_channel,
        }  # fmt: skip

    def _on(self, guild_id: str) -> list[dict[str, Any]]:
        """The channels and threads of a server."""
        return [one for one in self.channels.values() if one.get("guild_id") == guild_id]

    def _inside(self, guild_id: str | None = None) -> dict[str, Any]:
        here = self._on(guild_id or self.guild_id)
        threads = [one for one in here if one["type"] == PUBLIC_THREAD and not self._archived(one["id"])]
        member = {
            "user": self.me,
            "roles": list(self.my_roles),
            "joined_at": self.now().isoformat(),
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
        return {
            "channels": [one for one in here if one["type"] != PUBLIC_THREAD], "threads": threads,
            "members": [member], "member_count": 2, "large": False, "unavailable": False, "joined_at": self.now().isoformat(),
            "voice_states": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
        }  # fmt: skip

    def _message(
        self, channel_id: str, author: dict[str, Any], body: dict[str, Any], *, message_id: str | None = None
    ) -> dict[str, Any]:
        message = {
            "id": message_id or self.snowflake(), "channel_id": channel_id, "author": author, "type": 0, "flags": 0, "content": "",
            "timestamp": self.now().isoformat(), "edited_timestamp": None, "tts": False, "mention_everyone": False,
            "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "components": [], "pinned": False,
            **{name: part for name, part in body.items() if name not in {"nonce", "enforce_nonce", "allowed_mentions"}},
        }  # fmt: skip
        if reference := body.get("message_reference"):
            asked = {"channel_id": channel_id, "message_id": reference["message_id"]}
            message |= {"type": 19, "message_reference": asked}
            message["referenced_message"] = self.messages[channel_id].get(reference["message_id"])
        self.messages[channel_id][message["id"]] = message
        return message

    def _with_member(self, message: dict[str, Any]) -> dict[str, Any]:
        member = {"roles": [], "joined_at": self.now().isoformat(), "deaf": False, "mute": False, "flags": 0}
        return message | self._within(message["channel_id"]) | {"member": member}

    def _shown(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message as it is read over REST: with its reactions, without its nonce, blank if words are kept from the bot."""
        where = message["channel_id"], message["id"]
        normal, burst = self.reacted[where], self.bursts[where]
        reactions = [
            {
                "emoji": emoji_payload(emoji), "count": len(normal[emoji]) + len(burst[emoji]), "me_burst": False,
                "me": self.me["id"] in normal[emoji], "burst_colors": [],
                "count_details": {"normal": len(normal[emoji]), "burst": len(burst[emoji])},
            }
            for emoji in {**normal, **burst} if normal[emoji] or burst[emoji]
        ]  # fmt: skip
        shown = self._blank(message) if self.refuses_words else message
        return shown | {"reactions": reactions}

    def _reaction(self, user: dict[str, Any], channel_id: str, message_id: str, emoji: str) -> dict[str, Any]:
        return {
            "user_id": user["id"], "channel_id": channel_id, "message_id": message_id, **self._within(channel_id),
            "emoji": emoji_payload(emoji), "burst": False, "type": 0,
        }  # fmt: skip

    def _archived(self, channel_id: str) -> bool:
        return bool(self.channels.get(channel_id, {}).get("thread_metadata", {}).get("archived"))

    def _archive(self, channel_id: str, *, archived: bool) -> None:
        if "thread_metadata" in self.channels.get(channel_id, {}):
            self.channels[channel_id]["thread_metadata"]["archived"] = archived

    def _known(self, table: dict[str, Any], key: str, code: int, message: str) -> Any:
        if key not in table:
            raise Refusal(404, code, message)
        return table[key]

    def _may(self, name: str) -> None:
        if not getattr(Permissions(int(self.permissions)), name):
            raise Refusal(403, 50013, "Missing Permissions")


def emoji_payload(text: str) -> dict[str, Any]:
    name, _, emoji_id = text.partition(":")
    return {"name": name, "id": emoji_id or None}
