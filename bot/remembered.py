"""What is remembered of an item in a channel: the weeks that brought it, the decisions, the summaries."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model import Decision, Item, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """
    An item that a channel's digest brought, as a pick or because somebody asked for its card, with what the team made of it.

    `weeks` are those whose digest brought it.
    """

    channel: str
    weeks: tuple[str, ...]
    item: Item
    decisions: tuple[Decision, ...]
    summaries: tuple[Summary, ...]
