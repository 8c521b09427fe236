"""Where Discord is. discord.py keeps both addresses on classes; this is the one place that sets them, and sets them back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

API: Final = "https://discord.com/api/v10"
GATEWAY: Final = "wss://gateway.discord.gg/"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of Discord's API and gateway; another server takes Discord's place in tests, or behind a proxy."""

    api: str = API
    gateway: str = GATEWAY

    def use(self) -> Endpoints:
        """Point discord.py here; give what it pointed to before."""
        before = Endpoints(Route.BASE, str(DiscordWebSocket.DEFAULT_GATEWAY))
        Route.BASE = self.api.rstrip("/")
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self.gateway)
        return before
