"""
A digest in words: neutral posts of spans, links and blocks. No Block Kit, no embeds, no HTML; each platform dresses them.

Posts are made anew from the frozen digest, so the same digest always gives the same posts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.due import covered_days
from bot.model import (
    Attention,
    Block,
    BlockRole,
    Channel,
    Decision,
    Digest,
    Item,
    ItemKind,
    Meaning,
    Mention,
    Pick,
    Post,
    PostRole,
    Section,
    Skip,
    SourceReport,
    SourceStatus,
    Span,
    Window,
)
from bot.text import clean, cut, safe_url

TITLE_LIMIT: Final = 300
BODY_LIMIT: Final = 700
QUOTE_LIMIT: Final = 280
NAME_LIMIT: Final = 80
NAMING_LIMIT: Final = 150
"""Longest words before the host that tells where they really lead: no platform cuts it off."""
NOTE_LIMIT: Final = 280
_SHOWN_AUTHORS: Final = 3
_WEEK: Final = 7
_SHOWN_REASONS: Final = 3
_SHOWN_QUOTES: Final = 2
_SHOWN_WORKS: Final = 6

# With or without its protocol: both look like an address in an address bar.
_NAMED_HOST: Final = re.compile(r"(?:https?://|\bwww\.)(?:[^\s/?#@]*@)?([^\s/?#:()<>\[\]|\"']+)", re.IGNORECASE)

MEANING_WORDS: Final[Mapping[Meaning, str]] = {
    Meaning.MUST_READ: "must-read",
    Meaning.TO_READ: "to read",
    Meaning.READ: "read",
    Meaning.SKIP: "not for us",
}
_KIND_WORDS: Final[Mapping[ItemKind, str]] = {kind: kind.value for kind in ItemKind}
_SECTION_PLURAL: Final[Mapping[str, tuple[str, str]]] = {
    Section.PAPERS.value: ("paper", "papers"),
    Section.LABS.value: ("lab note", "lab notes"),
    Section.NEWSLETTERS.value: ("newsletter", "newsletters"),
    Section.COMMUNITY.value: ("discussion", "discussions"),
}


def posting_key(channel: str, week: str, part: int) -> str:
    """
    Give the key under which a platform knows one message of a digest: 24 characters, the same for the same part, for ever.

    Discord admits 25 characters in a nonce; Slack's metadata must hold nothing that tells anybody anything.
    """
    return "pr" + hashlib.blake2b(f"{channel}\n{week}\n{part}".encode(), digest_size=11).hexdigest()


def render(digest: Digest, channel: Channel) -> list[Post]:
    """Turn a digest into its posts in order: head, one for each pick, foot. Part numbers count from 0."""
    names = {report.id: _name(report) for report in digest.sources}
    ranks = {pick.item.key: pick.rank for pick in digest.picks}
    works = _works_by_entry(digest)
    head = _post(PostRole.HEAD, 0, _head(digest, channel))
    cards = [
        _post(PostRole.PICK, part, _card(pick, names, ranks, works), pick=pick)
        for part, pick in enumerate(digest.picks, start=1)
    ]
    return [head, *cards, _post(PostRole.FOOT, len(cards) + 1, _foot(digest))]


def _post(role: PostRole, part: int, blocks: Sequence[Block], *, pick: Pick | None = None) -> Post:
    return Post(
        role=role,
        part=part,
        blocks=tuple(block for block in blocks if block.spans),
        plain="\n".join(" · ".join(span.text for span in block.spans) for block in blocks if block.spans),
        item_key=pick.item.key if pick else None,
        section=pick.section if pick else None,
        rank=pick.rank if pick else None,
    )


def _block(role: BlockRole, *spans: Span | str) -> Block:
    made = [Span(text=span) if isinstance(span, str) else span for span in spans]
    return Block(role=role, spans=tuple(span for span in made if span.text))


def _short(text: str, limit: int) -> str:
    """Make a foreign text safe and short. The adapters clean what they store; what slips past one of them ends here."""
    return cut(clean(text), limit)


def _linked(text: str, url: str | None, *, strong: bool = False) -> Span:
    """
    Make a link of foreign words. Words that name an address elsewhere do not hide where they lead: the true host stands behind them.

    >>> _linked("https://bank.example is down", "https://lab.example/1").text
    'https://bank.example is down (lab.example)'
    """
    safe = safe_url(url)
    host = urlsplit(safe).hostname if safe else None
    named = {found.lower().removeprefix("www.") for found in _NAMED_HOST.findall(text)}
    elsewhere = host and named - {host.removeprefix("www.")}
    return Span(text=f"{cut(text, NAMING_LIMIT)} ({host})" if elsewhere else text, url=safe, strong=strong)


def _name(report: SourceReport) -> str:
    return _short(report.name, NAME_LIMIT) or report.id


# ---- head and foot


def _head(digest: Digest, channel: Channel) -> list[Block]:
    looked_through = len(digest.picks) + sum(digest.left_out.values())
    chosen = _count(len(digest.picks), "pick", "picks")
    badges = [
        f"{digest.minutes} of {digest.budget_minutes} minutes",
        f"{chosen} of {_count(looked_through, 'work', 'works')}" if digest.left_out else chosen,
        *_receipt_in_short(digest.sources),
    ]
    return [
        _block(BlockRole.TITLE, f"Paper Round · {span_of_days(*covered_days(digest.window, channel.zone))}"),
        _block(BlockRole.BADGES, *badges),
        *_notes(digest),
        _block(BlockRole.LEGEND, *legend(channel.meanings)),
        _block(BlockRole.NOTE, "Reply in a pick's thread with two sentences in your own words: that is its summary."),
    ]


def _receipt_in_short(reports: Sequence[SourceReport]) -> list[str]:
    """Say how many of the sources that were asked were read, and name those that failed; the foot has the details."""
    asked = [report for report in reports if report.state.asked]
    failing = [_name(report) for report in asked if report.state is SourceStatus.FAILING]
    if not asked:
        return []
    said = [f"{len(asked) - len(failing)} of {_count(len(asked), 'source', 'sources')} read"]
    return [*said, f"failing: {byline(failing)}"] if failing else said


def _notes(digest: Digest) -> list[Block]:
    notes = []
    if digest.sample:
        notes.append(
            "Sample week: invented papers that ship with Paper Round, to try it out. Nothing here was collected."
        )
    if digest.late:
        notes.append("This digest is late: it fell due while Paper Round could not send it.")
    notes += _skipped(digest.skipped)
    if not digest.picks:
        states = [report.state for report in digest.sources]
        unread = any(state.asked for state in states) and not any(state.answered for state in states)
        notes.append(
            "None of the sources could be read." if unread else "Nothing new this week that was worth your time."
        )
    return [_block(BlockRole.NOTE, note) for note in notes]


def _skipped(skips: Sequence[Skip]) -> list[str]:
    """Say which weeks had no digest, and why, a line for each reason."""
    weeks: dict[str, list[str]] = {}
    for skip in skips:
        weeks.setdefault(_short(skip.because, NOTE_LIMIT), []).append(skip.week)
    return [f"No digest came for {_listed(names)}: {because}." for because, names in weeks.items()]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def with_left_out(foot: Post, titles: Sequence[str]) -> Post:
    """Name in a digest's foot the picks that the platform did not take in any form; without any, the foot stays as it is."""
    if not titles:
        return foot
    named = ", ".join(f"“{_short(title, NAME_LIMIT)}”" for title in titles[:_SHOWN_WORKS])
    more = f" and {len(titles) - _SHOWN_WORKS} more" if len(titles) > _SHOWN_WORKS else ""
    note = f"Chosen, but not taken by the platform: {named}{more}."
    return replace(foot, blocks=(*foot.blocks, _block(BlockRole.NOTE, note)), plain=f"{foot.plain}\n{note}")


def legend(meanings: Mapping[str, Meaning]) -> list[str]:
    """Say what each emoji means in a channel, each in a few words: `⭐ must-read`."""
    return [f"{emoji} {MEANING_WORDS[meaning]}" for emoji, meaning in meanings.items()]


def span_of_days(first: date, last: date) -> str:
    """
    Say a span of days in words, the year only where it changes.

    >>> span_of_days(date(2026, 8, 10), date(2026, 8, 16))
    '10 to 16 August'
    """
    if first == last:
        return f"{first.day} {first:%B}"
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{start} to {last.day} {last:%B}"


def local_time(instant: datetime, zone: str) -> str:
    """
    Say an instant on a channel's wall clock, with the zone's name where that is not UTC.

    >>> from datetime import UTC
    >>> local_time(datetime(2026, 8, 24, 7, tzinfo=UTC), "Europe/Berlin")
    'Monday 24 August, 09:00 (Europe/Berlin)'
    """
    at = instant.astimezone(ZoneInfo(zone))
    return f"{at:%A} {at.day} {at:%B}, {at:%H:%M}" + ("" if zone == "UTC" else f" ({zone})")


def _foot(digest: Digest) -> list[Block]:
    blocks = []
    if digest.sources:
        blocks.append(
            Block(
                role=BlockRole.RECEIPT,
                spans=(
                    Span(
                        text=receipt_line(
                            digest.sources,
                            (len(digest.picks), len(digest.picks) + sum(digest.left_out.values())),
                            digest.window,
                        )
                    ),
                ),
                rows=receipt_rows(digest.sources),
            )
        )
    if digest.left_out:
        counted = [
            _count(n, *_SECTION_PLURAL.get(section, (section, section))) for section, n in digest.left_out.items()
        ]
        blocks.append(_block(BlockRole.NOTE, "Left out: " + ", ".join(counted) + "."))
    return blocks or [_block(BlockRole.NOTE, "That was the round.")]


def receipt_line(
    reports: Sequence[SourceReport], chosen: tuple[int, int] | None = None, window: Window | None = None
) -> str:
    """
    Say in one line what was read: how many sources were reached, and by name those that were not, or only in part.

    With `chosen`, also how many items were chosen of how many; with `window`, whether it includes days that a digest before it missed.
    """
    asked = [r for r in reports if r.state.asked]
    reached = [r for r in asked if r.state.answered]
    read = sum(r.fetched for r in asked)
    parts = [f"Read: {len(reached)} of {_count(len(asked), 'source', 'sources')}, {_count(read, 'entry', 'entries')}."]
    if chosen:
        parts.append(f"Chosen: {chosen[0]:,} of {_count(chosen[1], 'item', 'items')}.")
    if window:
        days = round((window.end - window.start) / timedelta(days=1))
        missed = f"{days - _WEEK} missed ones included" if days > _WEEK else "no missed ones"
        parts.append(f"Covered: {_count(days, 'day', 'days')}, {missed}.")
    partly = [_name(r) for r in reached if r.partial]
    if partly:
        parts.append(f"Read in part: {', '.join(partly)}.")
    for state, word in (
        (SourceStatus.FAILING, "Failing"),
        (SourceStatus.STALE, "Stale"),
        (SourceStatus.QUIET, "Quiet as usual"),
        (SourceStatus.OFF, "Off"),
        (SourceStatus.NEW, "Not asked yet"),
    ):
        named = [_name(r) for r in reports if r.state is state]
        if named:
            parts.append(f"{word}: {', '.join(named)}.")
    return " ".join(parts)


def receipt_rows(reports: Sequence[SourceReport]) -> tuple[tuple[str, ...], ...]:
    """Give the receipt as a table, head first: source, state, entries read, new, newest, remark."""
    head = ("Source", "State", "Read", "New", "Newest", "Remark")
    return (head, *(_receipt_row(report) for report in reports))


def _receipt_row(report: SourceReport) -> tuple[str, ...]:
    newest = f"{report.newest:%Y-%m-%d}" if report.newest else ""
    return (
        _name(report),
        report.state.value,
        str(report.fetched),
        str(report.new),
        newest,
        _short(_remark(report), NOTE_LIMIT),
    )


def _remark(report: SourceReport) -> str:
    since = report.failing_since
    said = (report.error, f"failing since {since.day} {since:%B %Y}" if since else None)
    return ", ".join(filter(None, said))


# ---- the card of a pick


def _card(
    pick: Pick, names: Mapping[str, str], ranks: Mapping[str, int], works: Mapping[tuple[str, str], Sequence[str]]
) -> list[Block]:
    item = pick.item
    blocks = [
        _block(
            BlockRole.TITLE,
            _linked(_short(item.title, TITLE_LIMIT) or "(untitled)", item.url, strong=True),
        ),
        _block(BlockRole.BADGES, *_badges(pick)),
        _block(BlockRole.BYLINE, byline(item.authors)),
        _block(BlockRole.SEEN, *_seen(item, names)),
    ]
    if opened := _works(item, ranks, works):
        blocks.append(_block(BlockRole.SEEN, opened))
    # Where it was seen stands on the card already.
    why = [reason for reason in pick.reasons if reason.name != "sources"] or pick.reasons
    blocks.append(_block(BlockRole.WHY, *(_short(reason.text, NOTE_LIMIT) for reason in why[:_SHOWN_REASONS])))
    blocks.append(_block(BlockRole.BODY, _short(item.abstract, BODY_LIMIT)))
    blocks.extend(_quotes(item, names))
    return blocks


def _badges(pick: Pick) -> list[Span | str]:
    item = pick.item
    badges: list[Span | str] = [_KIND_WORDS[item.kind], f"{pick.minutes} min"]
    if item.code_url:
        badges.append(
            Span(
                text=f"code ★ {item.code_stars:,}" if item.code_stars is not None else "code",
                url=safe_url(item.code_url),
            )
        )
    if item.project_url:
        badges.append(Span(text="project page", url=safe_url(item.project_url)))
    if pick.explore:
        badges.append("exploration")
    return badges


_NAMED: Final = frozenset({Meaning.MUST_READ, Meaning.TO_READ, Meaning.READ})


def with_decisions(post: Post, taken: Sequence[Decision], channel: Channel) -> Post:
    """
    Give a pick's post with what its readers decided: who, for what is worth a name, and how many said it is not for us.

    Without decisions the post stays as it is.
    """
    # The first emoji of a meaning is the one that is shown.
    emoji = {meaning: sign for sign, meaning in reversed(tuple(channel.meanings.items()))}
    spans = []
    for meaning in Meaning:
        members = [decision.member.name or "somebody" for decision in taken if decision.meaning is meaning]
        if members:
            who = byline(members) if meaning in _NAMED else str(len(members))
            spans.append(Span(text=f"{emoji[meaning]} {who}"))
    if not spans:
        return post
    block = Block(role=BlockRole.DECISIONS, spans=tuple(spans))
    return replace(post, blocks=(*post.blocks, block))


def byline(authors: Sequence[str]) -> str:
    """
    Name the first three authors and say how many more there are.

    >>> byline(["A", "B", "C", "D", "E"])
    'A, B, C and 2 more'
    """
    # Only as many are made safe as are shown: ten thousand may have decided.
    rest = iter(authors)
    shown = list(islice((name for author in rest if (name := _short(author, 60))), _SHOWN_AUTHORS))
    more = sum(1 for author in rest if author)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _seen(item: Item, names: Mapping[str, str]) -> list[Span]:
    first: dict[str, Mention] = {}
    for mention in sorted(item.mentions, key=lambda m: not m.direct):
        first.setdefault(mention.source_id, mention)
    return [
        _linked(names.get(source, source) + _noticed(item.attention.get(source)), mention.url)
        for source, mention in first.items()
    ]


def _noticed(attention: Attention | None) -> str:
    if attention is None:
        return ""
    counts = [
        _count(n, word, f"{word}s") for n, word in ((attention.votes, "vote"), (attention.comments, "comment")) if n
    ]
    return f" ({', '.join(counts)})" if counts else ""


def _works_by_entry(digest: Digest) -> dict[tuple[str, str], list[str]]:
    """Find, for every newsletter entry, the other picks of this digest that it speaks of."""
    found: dict[tuple[str, str], list[str]] = {}
    for pick in digest.picks:
        for mention in pick.item.mentions:
            if not mention.direct:
                found.setdefault((mention.source_id, mention.external_id), []).append(pick.item.key)
    return found


def _works(item: Item, ranks: Mapping[str, int], works: Mapping[tuple[str, str], Sequence[str]]) -> str | None:
    keys = [key for m in item.mentions if m.direct for key in works.get((m.source_id, m.external_id), ())]
    if not keys:
        return None
    numbers = ", ".join(str(ranks[key]) for key in keys[:_SHOWN_WORKS])
    return f"speaks of {_count(len(keys), 'work', 'works')} in this digest ({numbers})"


def _quotes(item: Item, names: Mapping[str, str]) -> list[Block]:
    quoted = [(m, words) for m in item.mentions if not m.direct and (words := _short(m.quote, QUOTE_LIMIT))]
    return [
        _block(
            BlockRole.QUOTE,
            f"“{words}”",
            _linked(names.get(m.source_id, m.source_id), m.url),
        )
        for m, words in quoted[:_SHOWN_QUOTES]
    ]


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
