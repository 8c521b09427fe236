"""Contradictions in what a channel or member asks for: what is followed, or is a topic, and muted as well, so that it never comes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.following import in_words, keeps_out


def contradictions(
    follow: Iterable[str], mute: Sequence[str], topics: Iterable[str] = (), whose: str = "this channel"
) -> list[str]:
    """
    Say in sentences which wishes and topics `whose` mutes keep out, since muting goes before.

    >>> contradictions(["word:Music"], ["word:music"])
    ['word: Music is followed, and never comes: this channel mutes word: music, and muting goes before.']
    >>> contradictions([], ["word:music"], ["singing", "music retrieval"])
    ["What says your topic 'music retrieval' is kept out: this channel mutes word: music, and muting goes before."]
    """
    wishes = [(wish, f"{in_words(wish)} is followed, and never comes") for wish in follow]
    wanted = [(f"word:{topic}", f"What says your topic '{topic}' is kept out") for topic in topics]
    return [
        f"{said}: {whose} mutes {in_words(muted)}, and muting goes before."
        for wish, said in (*wishes, *wanted)
        if (muted := next((one for one in mute if keeps_out(one, wish)), None))
    ]
