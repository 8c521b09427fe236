"""Encryption of tokens at rest: Fernet, with keys that can be rotated (docs/platform-facts.md#a18)."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import PaperRoundError


class EncryptionError(PaperRoundError):
    """A text was encrypted with a key that we do not have, or was tampered with."""


class Encryption:
    """Encrypts with the first of its keys, and decrypts with any of them."""

    def __init__(self, keys: str) -> None:
        """Parse keys as `PAPERROUND_KEYS` has them, separated by commas; raises `ValueError` for what is none."""
        self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])

    def encrypt(self, text: str) -> str:
        """Encrypt and sign a text."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Decrypt a text. Raises `EncryptionError`."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken:
            raise _no_key() from None

    def reencrypt(self, encrypted: str) -> str:
        """Encrypt what is encrypted with the first key. Raises `EncryptionError`."""
        try:
            return self._fernet.rotate(encrypted).decode()
        except InvalidToken:
            raise _no_key() from None


def _no_key() -> EncryptionError:
    return EncryptionError("None of the keys in PAPERROUND_KEYS opens it. Add the key that it was encrypted with.")


def new_key() -> str:
    """A new key for `PAPERROUND_KEYS`."""
    return Fernet.generate_key().decode()
