"""Emoji of the picker, with their names and search words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Emoji:
    """One emoji: its name is for screen readers, `words` are what else it is found by."""

    character: str
    name: str
    words: str = ""


PICKER: tuple[tuple[str, tuple[Emoji, ...]], ...] = (
    (
        "Deciding",
        (
            Emoji("⭐", "star", "must read favourite"),
            Emoji("👀", "eyes", "to read look later"),
            Emoji("✅", "check mark", "read done yes"),
            Emoji("👎", "thumbs down", "skip no not for us"),
            Emoji("👍", "thumbs up", "good yes like"),
            Emoji("❤️", "heart", "love"),
            Emoji("🔥", "fire", "hot great"),
            Emoji("💯", "hundred points", "perfect agree"),
            Emoji("📌", "pushpin", "keep pin"),
            Emoji("🔖", "bookmark", "later save"),
            Emoji("❓", "question mark", "unclear why"),
            Emoji("❗", "exclamation mark", "important"),
            Emoji("⏳", "hourglass", "waiting later time"),
            Emoji("⏰", "alarm clock", "soon remind time"),
            Emoji("🚫", "prohibited", "no stop"),
            Emoji("♻️", "recycling", "again seen before"),
        ),
    ),
    (
        "Saying",
        (
            Emoji("🙏", "folded hands", "thanks please"),
            Emoji("👏", "clapping hands", "bravo applause"),
            Emoji("🙌", "raising hands", "hooray"),
            Emoji("💪", "flexed arm", "strong"),
            Emoji("🤝", "handshake", "agree together"),
            Emoji("👋", "waving hand", "hello bye"),
            Emoji("✋", "raised hand", "me stop mine"),
            Emoji("👉", "pointing right", "this see"),
            Emoji("🫡", "salute", "on it"),
            Emoji("🎉", "party popper", "celebrate congratulations tada"),
            Emoji("🎁", "gift", "present"),
            Emoji("🏆", "trophy", "best win state of the art"),
            Emoji("🥇", "first place medal", "best win gold"),
            Emoji("☕", "coffee", "break long read morning"),
        ),
    ),
    (
        "Feeling",
        (
            Emoji("😀", "grinning face", "happy smile"),
            Emoji("😂", "tears of joy", "laugh funny"),
            Emoji("🙂", "slight smile", "ok"),
            Emoji("😍", "heart eyes", "love"),
            Emoji("🤩", "star-struck", "wow great"),
            Emoji("😎", "sunglasses", "cool"),
            Emoji("🤔", "thinking face", "hmm doubt"),
            Emoji("🤨", "raised eyebrow", "doubt sceptical"),
            Emoji("😮", "open mouth", "surprise wow"),
            Emoji("🤯", "exploding head", "mind blown"),
            Emoji("😅", "sweat smile", "phew"),
            Emoji("😴", "sleeping face", "boring tired"),
            Emoji("😕", "confused face", "unclear"),
            Emoji("😢", "crying face", "sad"),
            Emoji("🙄", "rolling eyes", "hype again"),
            Emoji("🫠", "melting face", "too much"),
        ),
    ),
    (
        "Working",
        (
            Emoji("🧠", "brain", "model learning neuroscience"),
            Emoji("🤖", "robot", "agent robotics"),
            Emoji("🧪", "test tube", "experiment try"),
            Emoji("🔬", "microscope", "research science"),
            Emoji("📈", "rising chart", "scaling results better"),
            Emoji("📉", "falling chart", "worse loss"),
            Emoji("📚", "books", "survey reading"),
            Emoji("📄", "page", "paper document"),
            Emoji("📝", "memo", "note summary"),
            Emoji("💡", "light bulb", "idea"),
            Emoji("🛠️", "tools", "build code engineering"),
            Emoji("💻", "laptop", "code implementation"),
            Emoji("🐛", "bug", "mistake error"),
            Emoji("⚡", "high voltage", "fast speed"),
            Emoji("🔒", "lock", "safety closed security"),
            Emoji("🚀", "rocket", "launch ship fast"),
            Emoji("🎯", "bullseye", "goal on topic"),
            Emoji("🌱", "seedling", "early new grow"),
        ),
    ),
)

NAMES: Mapping[str, str] = MappingProxyType({emoji.character: emoji.name for _, group in PICKER for emoji in group})
"""What each emoji of the picker is called."""
