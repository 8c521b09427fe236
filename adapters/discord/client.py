"""
Gateway client: discord.py's, with raw payloads, a budget for IDENTIFY, and what it leaves open closed.

Every payload is handled as it came (docs/platform-facts.md#b5), and one that discord.py cannot parse is logged instead of
ending the connection. Before each IDENTIFY the day's budget is asked: Discord resets the token after a thousand of them
(docs/platform-facts.md#b10).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import discord

from adapters.discord.rest import LONGEST_WAIT

Take = Callable[[str, Mapping[str, Any], str], None]
"""Handler of a payload: its name, its data, and a mark that is the same when it is sent again."""

Spend = Callable[[], Awaitable[None]]
"""Waits until an IDENTIFY may be sent, and spends one of the budget; raises where there is none left."""

Setup = Callable[[discord.Client], Awaitable[None]]
"""Prepares a client between login and the first connection: commands, jobs."""

# Without these two parsed there is no session; the supervisor connects again.
_VITAL: Final = frozenset({"READY", "RESUMED"})

logger = logging.getLogger(__name__)


Pressed = Callable[[discord.Interaction], Awaitable[None]]
"""Called for every interaction: commands, buttons, forms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHooks:
    """Callbacks of a client. `lost` is called when a connection ends, however briefly."""

    take: Take
    spend: Spend
    lost: Callable[[], None]
    setup: Setup | None = None
    pressed: Pressed | None = None
    shard: tuple[int, int] | None = None
    http_trace: aiohttp.TraceConfig = field(default_factory=aiohttp.TraceConfig)


def intents(*, words: bool) -> discord.Intents:
    """Give the intents we ask for: servers, messages, reactions; with `words`, what messages say, which is privileged (docs/platform-facts.md#b4)."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.guild_reactions = True
    wanted.message_content = words
    return wanted


def _shortened(record: logging.LogRecord) -> bool:
    """Say in one line that discord.py tries again: it does so for as long as the gateway is away, each time with a traceback."""
    if str(record.msg).startswith("Attempting a reconnect"):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = None
    return True


logging.getLogger("discord.client").addFilter(_shortened)
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
"""We never speak, so what voice would need may be missing without a word."""


class Listener(discord.Client):
    """discord.py client without caches of messages and members: payloads go to the hooks as they came."""

    def __init__(self, hooks: ClientHooks, *, words: bool = True) -> None:
        shard_id, shard_count = hooks.shard or (None, None)
        super().__init__(
            intents=intents(words=words),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=LONGEST_WAIT,
            http_trace=hooks.http_trace,
            shard_id=shard_id,
            shard_count=shard_count,
        )
        self._client_hooks = hooks
        parsers = self._connection.parsers
        for name, parse in list(parsers.items()):
            parsers[name] = self._guarded(name, parse)

    async def setup_hook(self) -> None:
        """Prepare, once a process of this client, before anything is heard."""
        if self._client_hooks.setup is not None:
            await self._client_hooks.setup(self)

    async def on_disconnect(self) -> None:
        """Pass on that the connection is away."""
        self._client_hooks.lost()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Pass on what a member did: the buttons of a digest outlive the process that posted it."""
        if self._client_hooks.pressed is not None:
            await self._client_hooks.pressed(interaction)

    async def before_identify_hook(self, _shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002 - the first one counts, too
        """Take one IDENTIFY from the budget that all connections of the bot share."""
        await self._client_hooks.spend()

    def _guarded(self, name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
        def guarded(data: Any) -> None:
            try:
                self._client_hooks.take(name, data, self._mark())
                parse(data)
            except Exception:
                if name in _VITAL:
                    raise
                # The edge: Discord changes payloads at will, and one that we cannot read must not cost the others.
                logger.exception("A payload could not be read: %s", name, extra={"action": "payload_not_read"})

        return guarded

    def _mark(self) -> str:
        """Session and sequence number of the payload being read: RESUME repeats what we missed with the same numbers."""
        session, sequence = getattr(self.ws, "session_id", None), getattr(self.ws, "sequence", None)
        return f"{session}/{sequence}" if session and sequence else ""
