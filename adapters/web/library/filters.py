"""Template filters of the library's pages: addresses, days and ages in words, and how things are grouped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.web.channel.views import SECTION_NAMES, linked
from adapters.web.library.frame import channel_page, item_page, member_page
from bot.card import noticed
from bot.due import covered_days
from bot.model import Channel, Decision, Digest, Item, Meaning, Member, Mention, Window
from bot.text import cut
from bot.usecases.digest_facts import WeekFacts
from bot.usecases.library import Shown

_DAY: Final = 86_400
_WEEK: Final = 7
_MONTHS: Final = 60


def day(at: datetime, zone: str) -> str:
    """A day as a person says it, in a zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y}"


def days(digest: Digest | WeekFacts, zone: str) -> str:
    """The days that a digest covers, as in '9 to 15 February 2026'."""
    if digest.sample:
        return "The sample week"
    window = digest.window if isinstance(digest, Digest) else Window(start=digest.start, end=digest.end)
    first, last = covered_days(window, zone)
    if first == last:
        return f"{last.day} {last:%B %Y}"
    begins = f"{first.day} {first:%B}" if first.month != last.month else str(first.day)
    begins += f" {first.year}" if first.year != last.year else ""
    return f"{begins} to {last.day} {last:%B %Y}"


def age(at: datetime, now: datetime) -> str:
    """How long ago something was, as in '3 days ago'."""
    gone = max(0, int((now - at).total_seconds() // _DAY))
    if gone == 0:
        return "today"
    if gone < 2 * _WEEK:
        return "yesterday" if gone == 1 else f"{gone} days ago"
    return f"{gone // _WEEK} weeks ago" if gone < _MONTHS else f"{gone // 30} months ago"


def by_meaning(decisions: Iterable[Decision]) -> list[tuple[Meaning, list[Member]]]:
    """Members by what they decided, each once, must-reads first; what nobody decided is left out."""
    found: dict[Meaning, dict[str, Member]] = {}
    for one in decisions:
        found.setdefault(one.meaning, {})[one.member.id] = one.member
    return [(meaning, list(found[meaning].values())) for meaning in Meaning if meaning in found]


def by_channel(decisions: Iterable[Decision]) -> list[tuple[str, list[Decision]]]:
    """Decisions by channel, in the order in which channels first decided."""
    found: dict[str, list[Decision]] = {}
    for one in decisions:
        found.setdefault(one.channel, []).append(one)
    return list(found.items())


def by_section(works: Sequence[Shown]) -> list[tuple[str, list[Shown]]]:
    """Picks under the headings that the digest had, in its order."""
    found: dict[str, list[Shown]] = {}
    for one in works:
        name = "Exploration" if one.pick.explore else SECTION_NAMES[one.pick.section]
        found.setdefault(name, []).append(one)
    return list(found.items())


def emoji_of(channel: Channel, meaning: Meaning) -> str:
    """The first emoji that means this in a channel."""
    return next((emoji for emoji, known in channel.meanings.items() if known is meaning), "")


def sources_once(item: Item) -> list[Mention]:
    """A work's mentions, the first of each source."""
    return list({mention.source_id: mention for mention in reversed(item.mentions)}.values())[::-1]


def mentions_in_time(item: Item) -> list[tuple[Mention, str]]:
    """A work's mentions, oldest first, the last of each source with the notice that its readers took, as in '12 votes, 1 comment'."""
    mentions = sorted(item.mentions, key=lambda one: one.at)
    last = {mention.source_id: mention for mention in mentions}
    return [(one, noticed(item.attention.get(one.source_id)) if last[one.source_id] is one else "") for one in mentions]


def shortened(text: str, most: int) -> str:
    """A text on one line, cut at a word."""
    return cut(" ".join(text.split()), most)


FILTERS: Final[Mapping[str, Any]] = {
    "age": age,
    "by_channel": by_channel,
    "by_meaning": by_meaning,
    "by_section": by_section,
    "channel_page": channel_page,
    "day": day,
    "days": days,
    "emoji_of": emoji_of,
    "item_page": item_page,
    "mentions_in_time": mentions_in_time,
    "linked": linked,
    "member_page": lambda member_id, platform, channel="": member_page(platform, member_id, channel),
    "shortened": shortened,
    "sources_once": sources_once,
    "upper_first": lambda text: text[:1].upper() + text[1:],
}
