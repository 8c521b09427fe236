"""Pictures of works: which addresses a chat platform may be given to show one from. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from bot.private_address import opens_by_key
from bot.text import safe_url

_LONGEST: Final = 1000
_PUBLIC_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+", re.IGNORECASE)
_INSIDE: Final = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".corp", ".home.arpa")


def safe_picture(url: str | None) -> str | None:
    """
    Give the address of a picture if a platform may be told it: https on its own port, at a host with a public name, and without a key.

    The platform fetches it, and its members' clients may: an address inside somebody's network, or one that tells who was sent it,
    has no place there. Anything else gives None.

    >>> safe_picture("https://cdn.lab.example/a.png")
    'https://cdn.lab.example/a.png'
    >>> [safe_picture(f"{one}/a.png") for one in ("http://lab.example", "https://10.0.0.1", "https://wiki.corp", "https://[::1]")]
    [None, None, None, None]
    >>> safe_picture("https://lab.example/a.png?token=abc")
    """
    found = safe_url(url)
    if found is None or len(found) > _LONGEST:
        return None
    parts = urlsplit(found)
    host = parts.hostname or ""
    if parts.scheme != "https" or parts.port or not _PUBLIC_HOST.fullmatch(host) or host.lower().endswith(_INSIDE):
        return None
    return None if opens_by_key(found) else found
