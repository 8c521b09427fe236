"""What goes into a reference as a note: what the team decided and wrote, as plain text."""

from __future__ import annotations

from bot.exporting import Work


def keywords(work: Work) -> list[str]:
    """The decisions, each once, and the channels: what a reference manager makes tags of."""
    return list(dict.fromkeys([*(one.meaning.value for one in work.decisions), *(one.channel for one in work.places)]))


def summaries(work: Work) -> list[str]:
    """Each summary with who wrote it and when."""
    return [f"{one.member.name or one.member.id}, {one.at:%Y-%m-%d}: {one.text}" for one in work.summaries]
