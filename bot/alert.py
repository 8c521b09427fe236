"""Alerts: which new works a channel is told of at once, and the message that tells it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.card import LINE_TITLE, NAME_LIMIT, linked, short
from bot.dedupe import Row, fold
from bot.following import matches, muted, prominence, reason_of
from bot.model import Alert, Block, BlockRole, Channel, Item, Post, PostRole, SourceRecord, Span
from bot.rendering import posting_key
from bot.withdrawal import TAG as WITHDRAWN

MOST_A_DAY: Final = 3
"""How many alerts a channel gets on one day of its own calendar. The others are in the digest like any work."""

FIRST_COLLECT: Final = timedelta(hours=1)
"""What a source gave so soon after its first answer was there before we asked: no news."""

_KINDS: Final = ("author:", "word:")


def wishes_of(channel: Channel) -> tuple[str, ...]:
    """Give what a channel is alerted to: the authors and words that it follows. A lab or a source would be an alert a day."""
    return tuple(wish for wish in channel.follow if wish.startswith(_KINDS)) if channel.alerts else ()


def first_seen(rows: Sequence[Row]) -> datetime | None:
    """
    Tell when a work was first seen by any source; None where there is one whose backlog it was in. `rows` hold every entry of it: a known paper
    that is spoken of once more is no news.
    """
    if any(stored.backlog for _, stored, _ in rows):
        return None
    return min((stored.first_seen for _, stored, _ in rows), default=None)


def news(rows: Sequence[Row], records: Mapping[str, SourceRecord]) -> Item | None:
    """Fold into an item what some sources say of a new work; None where one of them had it before its first collect."""
    told = all(_is_news(row, records) for row in rows)
    return next(iter(fold(rows)), None) if told else None


def wanted(items: Iterable[Item], channel: Channel, meets: Callable[[Item, str], bool]) -> list[Item]:
    """Give the works that a channel is alerted to; `meets` tells whether a work meets a wish. What it mutes is none of them."""
    wishes = wishes_of(channel)
    new = [one for one in items if WITHDRAWN not in one.tags and one.url]
    return muted([one for one in new if any(meets(one, wish) for wish in wishes)], channel.mute)


def most_prominent_first(items: Iterable[Item], channel: Channel) -> list[Item]:
    """Put works that a channel is alerted to in order: those first that meet a wish most plainly, for a day has room for few."""
    wishes = wishes_of(channel)
    return sorted(items, key=lambda item: max(prominence(item, wish) for wish in matches(item, wishes)), reverse=True)


def why(item: Item, channel: Channel, names: Mapping[str, str]) -> tuple[str, str]:
    """Say for which wish a work is told of, and which source spoke of it; `names` are the sources' names by id."""
    wish = max(matches(item, wishes_of(channel)), key=lambda one: prominence(item, one))
    reason = reason_of(wish, names)
    source = min(item.mentions, key=lambda one: (not one.direct, one.at)).source_id if item.mentions else ""
    return reason[:1].upper() + reason[1:], short(names.get(source, source), NAME_LIMIT)


def alert_key(channel: str, item_key: str) -> str:
    """The key of the message that tells of a work alone."""
    return posting_key(channel, f"alert {item_key}", 0)


def rendered(alerts: Sequence[Alert]) -> Post:
    """Render alerts as a message: of each its title as a link, why it comes, where it stood."""
    blocks, plain = list[Block](), list[str]()
    for alert in alerts:
        title = linked(short(alert.title, LINE_TITLE) or "(untitled)", alert.url, strong=True)
        told = " · ".join(one for one in (alert.why, alert.source) if one)
        blocks += [
            Block(role=BlockRole.BODY, spans=(title,)),
            Block(role=BlockRole.NOTE, spans=(Span(text=told),)),
        ]
        plain += [title.text, told]
    return Post(role=PostRole.NOTICE, part=0, blocks=tuple(blocks), plain="\n".join(plain))


def _is_news(row: Row, records: Mapping[str, SourceRecord]) -> bool:
    _, stored, _ = row
    record = records.get(stored.entry.source_id)
    if record is None or record.first_success is None:
        return False
    return stored.first_seen - record.first_success > FIRST_COLLECT
