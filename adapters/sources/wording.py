"""Words of the configuration that decide over a title. Shared by the rules that put tags on entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def decided(title: str, words: Collection[str]) -> bool | None:
    """
    Tell what the operator's words decide: a word that occurs in the title says yes; one written with `!` before it says no
    and comes first (`!` alone always does); None if none of them occurs. Case is of no account.

    >>> decided("A Webinar on Codex", ["webinar", "!codex"]), decided("Nothing", ["webinar"])
    (False, None)
    """
    said = title.casefold()
    if any(word[1:].strip().casefold() in said for word in words if word.startswith("!")):
        return False
    if any(word.strip().casefold() in said for word in words if word.strip() and not word.startswith("!")):
        return True
    return None


def words_of(options: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Give an option that is a list of words."""
    found = options.get(name)
    return tuple(str(word) for word in found) if isinstance(found, list | tuple) else ()
