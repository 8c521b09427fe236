"""
Presses of decision buttons, translated to `DecisionPressed` and stored.

A button's custom id is `paperround:` and what `bot.pressing` writes, with a colon for its first space: `paperround:press:1/must-read` under a
card. Discord hands it back for as long as the message stands, so that a restart, or an upgrade a year later, still answers it.
"""

from __future__ import annotations

import discord

from adapters.discord.errors import PLATFORM
from adapters.discord.intake import Intake
from adapters.discord.places import Places
from bot.events import DecisionPressed, ReplyPosted
from bot.model import Member, MessageRef
from bot.ports import Clock
from bot.pressing import Pressed


class Presses:
    """Stores presses."""

    def __init__(self, intake: Intake, places: Places, clock: Clock) -> None:
        self._intake = intake
        self._places = places
        self._clock = clock

    async def store(self, interaction: discord.Interaction, pressed: Pressed, member: Member) -> MessageRef | None:
        """
        Store a press; give the address of the message that bears the work, None where that is none of ours.

        The interaction's id is the press's own: two processes that hear of it store it once. Raises whatever kept it from being stored.
        """
        at, channel_id = self._clock(), str(interaction.channel_id or "")
        own = str(interaction.message.id) if interaction.message else ""
        ref = await self._message(channel_id, pressed.message_id or own, own)
        if ref is None:
            return None
        await self._intake.tell(
            DecisionPressed(
                event_id=f"{PLATFORM}/press/{interaction.id}",
                ref=ref,
                member=member,
                meaning=pressed.meaning,
                at=at,
                rank=pressed.rank,
            )
        )
        return ref

    async def keep(self, parent: MessageRef, message: discord.Message, author: Member) -> None:
        """Record a message in a pick's thread as its author's summary, whatever it says. Raises whatever kept it from being stored."""
        ref = MessageRef(platform=PLATFORM, channel_id=str(message.channel.id), message_id=str(message.id))
        stamp = message.edited_at or message.created_at
        event_id = f"{PLATFORM}/{ref.channel_id}/{ref.message_id}/kept/{stamp.isoformat()}"
        await self._intake.tell(
            ReplyPosted(
                event_id=event_id, parent=parent, ref=ref, member=author, text=message.content, at=message.created_at
            )
        )

    async def _message(self, channel_id: str, message_id: str, own: str) -> MessageRef | None:
        """The message's address in its configured channel, which in a forum is not the thread that it begins."""
        if message_id and message_id == own:
            return await self._places.card(channel_id, message_id)
        home = await self._places.home(channel_id)
        if not home or not message_id:
            return None
        inside = home != channel_id and await self._places.is_forum(home) and not await self._places.begins(message_id)
        return MessageRef(platform=PLATFORM, channel_id=channel_id if inside else home, message_id=message_id)
