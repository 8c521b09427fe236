"""
Addresses that open a feed by a key in them: private podcasts, paid newsletters, feeds of an account. Pure.

Told only where it is plain, for such an address is refused in chat. What is merely doubtful is kept out of exports by the adapters.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

_NAMED_A_KEY: Final = re.compile(
    r"(?:(?:access|api|auth|bearer|feed|private|rss|secret|user|x)[_\-]?)?(?:token|key|secret)|apikey|auth(?:orization)?|pass(?:word|wd|phrase)|pwd|sig(?:nature)?|"
    r"x-amz-signature|credentials?",
    re.IGNORECASE,
)
_PERHAPS_A_KEY: Final = frozenset({"code", "feed", "hash", "id", "private", "t", "user", "uuid"})
"""Names under which keys stand, and other values, too: there the value must look like a key."""
_LIKE_A_KEY: Final = re.compile(r"(?=[\w~\-]*\d)(?=[\w~\-]*[A-Za-z])[\w~\-]{24,}", re.ASCII)
_PRIVATE_PATH: Final = re.compile(r"/private/(?=[^/]*\d)(?=[^/]*[a-z])[\w.\-]{12,}(?:/|$)", re.IGNORECASE | re.ASCII)


def opens_by_key(url: str) -> bool:
    """
    Tell whether an address plainly holds a key: a parameter that is called one, or a value that looks like one where keys stand.

    >>> opens_by_key("https://lab.example/feed?token=abc"), opens_by_key("https://lab.example/?feed=rss2&keyword=x")
    (True, False)
    """
    parts = urlsplit(url)
    asked = [(name.strip(), value.strip()) for name, value in parse_qsl(parts.query)]
    return (
        any(_NAMED_A_KEY.fullmatch(name) for name, _ in asked)
        or any(name.lower() in _PERHAPS_A_KEY and _LIKE_A_KEY.fullmatch(value) for name, value in asked)
        or _PRIVATE_PATH.search(parts.path) is not None
    )
