"""
The suppression list: who asked to be forgotten, as keyed hashes, so that nothing brings them back and the list names nobody. Pure.

A hash is HMAC-SHA256 of platform and member id under a key of this Paper Round. Whoever has the list alone cannot tell whom it names; the
key is beside it in the database, since a restored backup must know both, so that it is no protection from who has the whole database.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from hashlib import sha256
from typing import Final

KEY: Final = "forgotten key"
"""Name of the note with the key."""

IMPORTED: Final = "/imported"
"""What the name of a platform bears where its messages were imported (`bot.usecases.import_export`): the same people."""


BY_NAME: Final = "by name"
"""Stands for the platform where a name is on the list: sentences of ours may name a member of whom no row tells (`bot.credit`)."""


def new_key() -> str:
    """Make a key, in hexadecimal digits."""
    return secrets.token_hex(32)


def fingerprint(key: str, platform: str, member_id: str) -> str:
    """
    Give the hash of a member, 64 hexadecimal digits.

    >>> fingerprint("00", "slack", "U1") == fingerprint("00", "slack/imported", "U1")
    True
    """
    name = f"{platform.removesuffix(IMPORTED)}\0{member_id}"
    return hmac.new(bytes.fromhex(key), name.encode(), sha256).hexdigest()


def writer_mark(platform: str, member_id: str) -> str:
    """Give what is kept of the member whose summaries a feed is of. Whoever guesses an id can tell it, so it goes with the member."""
    return sha256(f"{platform} {member_id}".encode()).hexdigest()


def is_forgotten(platform: str, member_id: str, key: str | None, hashes: Collection[str]) -> bool:
    """Whether a member is on the list."""
    return bool(key and hashes) and fingerprint(key or "", platform, member_id) in hashes
