"""What counts as an objection to something that was announced: a reaction that does not approve, and words that plainly object."""

from __future__ import annotations

import re
from typing import Final

from bot.emojis import plain_emoji

_APPROVING: Final = frozenset(
    map(
        plain_emoji,
        (
            *("👍", "👌", "✅", "☑️", "✔️", "🆗", "💯", "🆒", "👏", "🙌", "💪", "🤝", "🫡", "🎉", "🥳", "🎊", "🚀", "🔥", "⭐", "🌟", "✨", "🤩", "🤗"),
            *("❤️", "🧡", "💛", "💚", "💙", "💜", "🤎", "🖤", "🤍", "💖", "💕", "😍", "🥰", "😻", "🫶", "♥️"),
            *("😀", "😃", "😄", "😁", "😊", "🙂", "☺️", "😎", "😺"),
        ),
    )
)  # fmt: skip

_SHORT: Final = 6
"""Of how many words a message is at most whose first word alone refuses: a longer one that begins with 'No' may speak of anything."""

_REFUSES: Final = re.compile(
    r"(?:(?:please|pls|hey|hi|hmm|uh|um|oh)\W+)*(?:no|nope|nah|never|veto|stop|don.?t|do not|not (?:me|us|here|this|ok|okay|fine|please|with me)|against|nein|non|🛑|⛔|🚫|👎|✋|❌|🙅)(?!\w)",
    re.IGNORECASE,
)
_OBJECTS: Final = re.compile(
    r"\b(?:i|we|i.d|we.d|i must|i.m going to|i have to)\W+(?:\w+ly\W+|do\W+|also\W+|too\W+)?(?:object|veto|refuse|disagree)\b"
    r"|\b(?:my|an|our|strong) objections?\b|^\W*objections?\W*$|\bi.m against\b|\bwe.re against\b|\bi am against\b|\bwe are against\b"
    r"|\b(?:do not|don.?t|not|never|nicht) (?:want|agree|consent|like|okay|ok)\b.{0,40}\b(?:this|that|it|bot|read|channel|history|past)\b"
    r"|\b(?:do not|don.?t|rather not|not) (?:read|learn|look (?:into|through|at)|go through|scan|crawl|touch)\b",
    re.IGNORECASE,
)
_NO_OBJECTION: Final = re.compile(
    r"\bno (?:objections?|problem|worries|issues?|concerns?)\b|\b(?:do not|don.?t|not|nothing) (?:object|mind)\b",
    re.IGNORECASE,
)


def approves(emoji: str) -> bool:
    """
    Tell whether a reaction plainly approves; one that nobody can be sure of does not.

    >>> [approves("👍🏽"), approves("🎉"), approves("🙅"), approves(":shipit:")]
    [True, True, False, False]
    """
    return plain_emoji(emoji) in _APPROVING


def objects(text: str) -> bool:
    """
    Tell whether a message in a channel plainly objects to what was announced above it. Whoever answers that itself need not be so plain.

    >>> [objects("No, I object."), objects("please don't"), objects("I don't want it to read our channel")]
    [True, True, True]
    >>> [objects("No objection from me"), objects("No, the meeting of the vision group is on Tuesday."), objects("Nice paper!")]
    [False, False, False]
    """
    words = text.strip()
    if _NO_OBJECTION.search(words):
        return False
    return bool(_OBJECTS.search(words) or (len(words.split()) <= _SHORT and _REFUSES.match(words)))
