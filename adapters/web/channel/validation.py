"""Validation of what people type into the page: pure functions that give the cleaned text, or refuse it with the remedy."""

from __future__ import annotations

import unicodedata

MAX_REPLY = 40_000
"""Characters in a reply: what Slack takes, so that a summary can be carried over."""

MAX_NAME = 40

# Marks that turn the reading direction of everything behind them: a name must not reorder the line it stands in.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class ActionRefused(Exception):
    """An action that cannot be done. The text is for the visitor; `status` is the HTTP status."""

    def __init__(self, text: str, status: int = 400) -> None:
        self.status = status
        super().__init__(text)


class NameTaken(ActionRefused):
    """A name that somebody has already, or that looks like theirs (`name`)."""

    def __init__(self, name: str, *, behind_password: bool) -> None:
        self.name = name
        ways = "choose 'Another device' beside your name on the first one, and open its link here"
        more = ", or say so with the page's password at 'Your name'" if behind_password else ""
        super().__init__(
            f"Somebody here is called {name} already. If that is you, {ways}{more}. Else choose another name.", 409
        )


def checked_reply(text: str) -> str:
    """A reply's text as it is stored: line ends normalised, control characters removed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(character for character in text if character in "\n\t" or _is_text(character)).strip()
    if not text:
        raise ActionRefused("There is nothing in this reply yet. Two sentences are plenty.", 422)
    if len(text) > MAX_REPLY:
        over = len(text) - MAX_REPLY
        raise ActionRefused(f"This reply is too long by {over:,}; {MAX_REPLY:,} characters are the most.", 422)
    return text


def checked_name(name: str) -> str:
    """A member's name as it is stored: on one line, without control characters and bidirectional marks."""
    kept = "".join(character if _is_text(character) else " " for character in name if character not in _BIDI)
    name = " ".join(kept.split())
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise ActionRefused("A name needs at least one letter.", 422)
    if len(name) > MAX_NAME:
        raise ActionRefused(f"This name is too long; {MAX_NAME} characters are the most.", 422)
    return name


def _is_text(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cs"}
