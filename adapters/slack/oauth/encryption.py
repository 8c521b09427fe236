"""Encryption of what is kept in the database but must not be read there: Fernet, with keys that can be changed (docs/platform-facts.md#a18)."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import PaperRoundError


class EncryptionError(PaperRoundError):
    """Something was sealed with a key that we do not have, or was tampered with."""


class Encryption:
    """Seals with the first of its keys, and opens what any of them has sealed."""

    def __init__(self, keys: str) -> None:
        """Take keys as `PAPERROUND_KEYS` has them, separated by commas; raises `ValueError` for what is none."""
        self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])

    def close(self, text: str) -> str:
        """Give a text encrypted and signed."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Give the text that was sealed. Raises `EncryptionError`."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise _no_key() from None

    def anew(self, sealed: str) -> str:
        """Give the same text, sealed with the first key. Raises `EncryptionError`."""
        try:
            return self._fernet.rotate(sealed).decode()
        except InvalidToken:
            raise _no_key() from None


def _no_key() -> EncryptionError:
    return EncryptionError("None of the keys in PAPERROUND_KEYS opens it. Add the key that it was sealed with.")


def new_key() -> str:
    """Make a key for `PAPERROUND_KEYS`."""
    return Fernet.generate_key().decode()
