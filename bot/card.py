"""
Content of a card, in the order in which a reader decides: what the team said of it before, what is new and what came of it, why
it is here, how old it is and who spoke of it, who made it, how long it takes. Pure.

What nobody decides by (percentiles, the whole abstract) is there for those who ask: a block of the role `more`. What a section
says already ('paper' under Papers) is not said again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.clauses import cut_at_clause, cut_to_figure
from bot.few_words import QUOTED, in_few_words
from bot.highlights import READ, highlights
from bot.lost_names import with_its_name
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
    NamedWork,
    Pick,
    Reason,
    Section,
    SourceReport,
    Span,
    Summary,
)
from bot.project_pages import code_and_page
from bot.quotations import quotation_of
from bot.ranking.weights import DAMPING
from bot.spoken_day import spoken_day, work_day
from bot.teasers import teaser
from bot.text import clean, counted, cut, safe_url
from bot.text_repairs import repaired


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedElsewhere:
    """What members of another channel decided on a work; `named` is False where that channel shows counts and no names."""

    channel: str
    decisions: tuple[Decision, ...]
    named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What was made of a work before a digest: the summaries, and what was decided in other channels."""

    summaries: tuple[Summary, ...] = ()
    elsewhere: tuple[DecidedElsewhere, ...] = ()


MEANING_WORDS: Final[Mapping[Meaning, str]] = {
    Meaning.MUST_READ: "must-read",
    Meaning.TO_READ: "to read",
    Meaning.READ: "read",
    Meaning.SKIP: "not for us",
}

NOTHING: Final = Earlier()

Words = Mapping[str, Earlier]
"""What the team made of works before a digest, by item key."""

NO_WORDS: Final[Words] = MappingProxyType({})

TITLE_LIMIT: Final = 300
SENTENCE_LIMIT: Final = 400
RESULT_LIMIT: Final = 320
BODY_LIMIT: Final = 700
QUOTE_LIMIT: Final = 280
NAME_LIMIT: Final = 80
NAMING_LIMIT: Final = 150
"""Longest words before the host that tells where they really lead: no platform cuts it off."""
NOTE_LIMIT: Final = 280
"""How many characters a remark holds at most: why a week was skipped, what went wrong with a source."""
LINE_TITLE: Final = 120
TOPIC_LIMIT: Final = 50
"""How many characters of a topic a reason repeats: whoever typed a sentence knows how it goes on."""
_SHOWN_AUTHORS: Final = 3
_SHOWN_REASONS: Final = 3
_SHOWN_WORDS: Final = 2
_SHOWN_WORKS: Final = 6
_MARKUP: Final = re.compile(
    r"(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*])|\*\*|__|`|\\(?=[\[\]()*_#~`])|\[(?=[^\]]+\]\()|(?<=\w)\]\([^)\s]*\)?"
)
_ENDED: Final = re.compile(r"[.!?…。！？\"”’')\]]$")
_TITLE_LIKE: Final = 120
# With or without its protocol: both look like an address in an address bar.
_NAMED_HOST: Final = re.compile(r"(?:https?://|\bwww\.)(?:[^\s/?#@]*@)?([^\s/?#:()<>\[\]|\"']+)", re.IGNORECASE)


BESIDE: Final = "beside"
"""The name of the reason which says that a work is on no topic of the channel."""

BEHIND_A_CLICK: Final = frozenset(
    {
        "sources",
        "attention",
        "freshness",
        "code",
        "marketing",
        "dispute",
        "announcement",
        "question",
        "beginner",
        "self-promotion",
    }
)
"""Reasons that say in other words what stands on the card already, that nobody decides by, or that are none for it."""

_USUAL: Final[Mapping[Section, ItemKind]] = {
    Section.PAPERS: ItemKind.PAPER,
    Section.LABS: ItemKind.POST,
    Section.NEWSLETTERS: ItemKind.NEWSLETTER,
    Section.COMMUNITY: ItemKind.DISCUSSION,
}


def card(pick: Pick, digest: Digest, channel: Channel, words: Words = NO_WORDS) -> list[Block]:
    """Give the blocks of a pick's card; a block without spans is to be left out."""
    item, names = pick.item, source_names(digest)
    zone = ZoneInfo(channel.zone)
    new = _what_is_new(pick, names)
    shown = sum(len(one.spans[0].text) for one in new if one.spans and one.role is not BlockRole.QUOTE)
    reasons = why(pick, names)
    return [
        block(BlockRole.TITLE, linked(short(repaired(item.title), TITLE_LIMIT) or "(untitled)", item.url, strong=True)),
        *quoted(words.get(item.key, NOTHING).summaries, channel, zone),
        *_decided_elsewhere(words.get(item.key, NOTHING)),
        *new,
        block(BlockRole.WHY, *reasons),
        block(BlockRole.SEEN, *(_year(item) if pick.classic else _seen(item, names, zone, reasons))),
        block(BlockRole.SEEN, _works(item, digest)),
        block(BlockRole.BYLINE, *_signed(item, names)),
        block(BlockRole.BADGES, *_badges(pick)),
        *_more(pick, names, shown + 1),
    ]


def line_of(pick: Pick, names: Mapping[str, str]) -> Block:
    """Give a work as a line of a list: its title as a link, and why in few words (`bot.few_words`). `names` are the sources' names by id."""
    title = linked(short(repaired(pick.item.title), LINE_TITLE) or "(untitled)", pick.item.url, strong=True)
    return Block(role=BlockRole.LINE, spans=(title, *_some(_in_few_words(pick, names))), number=pick.rank)


def why(pick: Pick, names: Mapping[str, str]) -> list[str]:
    """Say why a work is here: the reasons that a reader decides by, else what there is."""
    said = [_with_topics_cut(reason) for reason in pick.reasons if reason.name not in BEHIND_A_CLICK]
    # 'by Percy Liang' is said by 'by Percy Liang, whom you follow'.
    deciding = [short(text, NOTE_LIMIT) for text in said if not any(one.startswith(f"{text}, ") for one in said)]
    # That a work is not what was asked for has to be known, and says nothing of why it came.
    rest = _least(pick, names) if all(reason.name in {BESIDE, *BEHIND_A_CLICK} for reason in pick.reasons) else []
    return [*deciding, *rest][:_SHOWN_REASONS]


def _with_topics_cut(reason: Reason) -> str:
    """Give a reason in words, without the end of a topic that is a sentence."""
    if reason.name != "topics":
        return reason.text
    return QUOTED.sub(lambda found: f"'{short(found[0][1:-1], TOPIC_LIMIT)}'", reason.text)


def _least(pick: Pick, names: Mapping[str, str]) -> list[str]:
    """Of reasons that nobody decides by, one is better than none: how many took notice, before that it is new."""
    noticed = {source: attention.votes for source, attention in pick.item.attention.items() if attention.votes}
    if noticed:
        most = max(noticed, key=lambda source: (noticed[source], source))
        return [f"{counted(noticed[most], 'vote', 'votes')} on {names.get(most, most)}"]
    # That a work is damped is none; the best of those that are left comes first.
    told = [reason for reason in pick.reasons if reason.name != BESIDE]
    ordered = sorted(told, key=lambda reason: (reason.name in DAMPING, reason.name != "attention"))
    return [short(reason.text, NOTE_LIMIT) for reason in ordered[:1]]


def _in_few_words(pick: Pick, names: Mapping[str, str]) -> str:
    if pick.classic:
        return "for the basics"
    reason = next(iter(why(pick, names)), "")
    if pick.explore:  # where it lies is what a reader decides by
        return reason.partition(", ")[0]
    return in_few_words(reason)


# ---- the parts of a card


def quoted(
    written: Sequence[Summary], channel: Channel, zone: ZoneInfo, *, work: NamedWork | None = None
) -> list[Block]:
    """Quote what the team wrote, newest first, each with its author and day; with `work`, for where its card is not there, with its title."""
    found = []
    for one in sorted(written, key=lambda summary: summary.at, reverse=True)[:_SHOWN_WORDS]:
        where = "" if one.channel == channel.name else f" in #{short(one.channel, NAME_LIMIT)}"
        who = f"{short(one.member.name, NAME_LIMIT) or 'somebody'}{where}, {_day(one.at, zone)}"
        about = linked(f"{who}, on {short(work.title, NAME_LIMIT)}", work.url) if work else who
        if text := short(one.text, QUOTE_LIMIT):
            found.append(block(BlockRole.WORDS, f"“{text}”", about))
    return found


def _decided_elsewhere(earlier: Earlier) -> list[Block]:
    """Say what other channels, whose decisions may be shown here, decided on a work, a line each."""
    lines = []
    for other in earlier.elsewhere:
        said = []
        for meaning in (Meaning.MUST_READ, Meaning.TO_READ, Meaning.READ):
            members = [one.member.name or "somebody" for one in other.decisions if one.meaning is meaning]
            if members:
                said.append(f"{MEANING_WORDS[meaning]}: {byline(members) if other.named else len(members)}")
        if said:
            lines.append(block(BlockRole.NOTE, f"In #{short(other.channel, NAME_LIMIT)} · {' · '.join(said)}"))
    return lines[:_SHOWN_WORDS]


def _what_is_new(pick: Pick, names: Mapping[str, str]) -> list[Block]:
    """
    Say what is new: as a newsletter put it, else as the operator's language model or the source's machine did (which is said), else in the
    abstract's own sentence.

    What came of it follows in the abstract's sentence, whoever said what is new. A work that is no paper shows its teaser instead.
    """
    item = pick.item
    found = quotation_of(item)
    quotes = []
    if found is not None:
        mention, words = found
        who = linked(names.get(mention.source_id, mention.source_id), mention.url)
        quotes = [block(BlockRole.QUOTE, f"“{short(_in_prose(words), QUOTE_LIMIT)}”", who)]
    if item.kind is not ItemKind.PAPER:
        text = _whole(short(_in_prose(item.abstract), READ))
        publisher = next((names.get(mention.source_id, "") for mention in item.mentions if mention.direct), "")
        of_a_post = item.section is Section.COMMUNITY
        said = teaser(repaired(item.title), text, of_a_post=of_a_post, publisher=publisher)
        return [*quotes, block(BlockRole.NEW, cut(said, SENTENCE_LIMIT))]
    title = repaired(item.title)
    told = highlights(title, clean(with_its_name(title, _in_prose(item.abstract))))
    result = block(BlockRole.BODY, cut_to_figure(told.result, RESULT_LIMIT))
    if quotes:
        return [*quotes, result]
    if sentence := short(pick.sentence, SENTENCE_LIMIT):
        by = short(pick.sentence_by, NAME_LIMIT)
        return [block(BlockRole.NEW, sentence, f"written by machine, {by}" if by else "written by machine"), result]
    if brief := short(repaired(item.brief), SENTENCE_LIMIT):
        by = names.get(item.brief_by, item.brief_by)
        return [block(BlockRole.NEW, brief, f"machine summary, {by}" if by else "machine summary"), result]
    return [block(BlockRole.NEW, cut_at_clause(told.new, SENTENCE_LIMIT)), result]


def _in_prose(text: str) -> str:
    """Give a text without markup, and with what it lost on its way put back."""
    return _MARKUP.sub("", repaired(text))


def _whole(teaser: str) -> str:
    """Mark a teaser that its source cut amid a word or sentence; what is as short as a title was written so."""
    if len(teaser) < _TITLE_LIKE or _ENDED.search(teaser):
        return teaser
    return teaser.rpartition(" ")[0].rstrip(" ,;:([") + "…"


def _seen(item: Item, names: Mapping[str, str], zone: ZoneInfo, reasons: Sequence[str]) -> list[Span | str]:
    """Say from when a work is, and who spoke of it; when, where that was another day. Votes that are the reason are not said twice."""
    first: dict[str, Mention] = {}
    for mention in sorted(item.mentions, key=lambda m: not m.direct):
        first.setdefault(mention.source_id, mention)
    day = work_day(item, zone)
    seen: list[Span | str] = [_written(day)]
    for source, mention in first.items():
        spoke = spoken_day(mention, zone)
        when = "" if spoke == day else f", {_written(spoke)}"
        said = any(reason.endswith(f" on {names.get(source, source)}") for reason in reasons)
        notice = "" if said else noticed(item.attention.get(source))
        seen.append(linked(f"{names.get(source, source)}{when}{f' ({notice})' if notice else ''}", mention.url))
    return seen


def _signed(item: Item, names: Mapping[str, str]) -> list[str]:
    """Name the authors and the first institution, each once: a lab that signs its own posts stands there as their source already."""
    spoke = {names.get(mention.source_id, "").casefold() for mention in item.mentions}
    authors = [name for name in item.authors if name.casefold() not in spoke]
    shown = spoke | {name.casefold() for name in authors[:_SHOWN_AUTHORS]}
    return [
        byline(authors),
        *(short(name, NAME_LIMIT) for name in item.institutions[:1] if name.casefold() not in shown),
    ]


def _year(item: Item) -> list[Span | str]:
    return [str(item.work_date.year)] if item.work_date else []


def noticed(attention: Attention | None) -> str:
    """Say how much notice a source's readers took, as in '12 votes, 1 comment'; empty where it counts none."""
    if attention is None:
        return ""
    return ", ".join(counted(n, word) for n, word in ((attention.votes, "vote"), (attention.comments, "comment")) if n)


def _day(at: datetime, zone: ZoneInfo) -> str:
    return _written(at.astimezone(zone).date())


def _written(day: date) -> str:
    return f"{day.day} {day:%B}"


def _works(item: Item, digest: Digest) -> str:
    """Say which other picks of the digest a newsletter speaks of."""
    own = {(m.source_id, m.external_id) for m in item.mentions if m.direct}
    ranks = [
        str(pick.rank)
        for pick in digest.picks
        if any(not m.direct and (m.source_id, m.external_id) in own for m in pick.item.mentions)
    ]
    if not ranks:
        return ""
    return f"speaks of {counted(len(ranks), 'work', 'works')} in this digest ({', '.join(ranks[:_SHOWN_WORKS])})"


def _badges(pick: Pick) -> list[Span | str]:
    item = pick.item
    badges: list[Span | str] = [] if item.kind is _USUAL[pick.section] else [item.kind.value]
    badges.append(f"{pick.minutes} min")
    # Once more: a pick of before was frozen with what its source called a page.
    code, page = code_and_page(item.code_url, item.project_url)
    if code:
        stars = f"code ★ {item.code_stars:,}" if item.code_stars else "code"
        badges.append(Span(text=stars, url=safe_url(code)))
    if page:
        badges.append(Span(text="project page", url=safe_url(page)))
    if pick.explore:
        badges.append("exploration")
    if pick.classic:
        badges.append("classic")
    return badges


def _more(pick: Pick, names: Mapping[str, str], shown_already: int) -> list[Block]:
    """Give what is behind a click: the abstract, where more of it is known than `shown_already` characters, and the reasons left."""
    shown = set(why(pick, names))
    rest = [text for reason in pick.reasons if (text := short(reason.text, NOTE_LIMIT)) and text not in shown]
    abstract = short(_in_prose(pick.item.abstract), BODY_LIMIT)
    return [block(BlockRole.MORE, abstract if len(abstract) > shown_already else ""), block(BlockRole.MORE, *rest)]


# ---- words that cards and other posts share


def block(role: BlockRole, *spans: Span | str) -> Block:
    """Make a block of what says something."""
    made = [Span(text=span) if isinstance(span, str) else span for span in spans]
    return Block(role=role, spans=tuple(span for span in made if span.text))


def short(text: str, limit: int) -> str:
    """Make a foreign text safe and short. The adapters clean what they store; what slips past one of them ends here."""
    return cut(clean(text), limit)


def linked(text: str, url: str | None, *, strong: bool = False) -> Span:
    """
    Make a link of foreign words. Words that name an address elsewhere do not hide where they lead: the true host stands behind them.

    >>> linked("https://bank.example is down", "https://lab.example/1").text
    'https://bank.example is down (lab.example)'
    """
    safe = safe_url(url)
    host = urlsplit(safe).hostname if safe else None
    named = {found.lower().removeprefix("www.") for found in _NAMED_HOST.findall(text)}
    elsewhere = host and named - {host.removeprefix("www.")}
    return Span(text=f"{cut(text, NAMING_LIMIT)} ({host})" if elsewhere else text, url=safe, strong=strong)


def source_name(report: SourceReport) -> str:
    """Give the name under which a source is spoken of."""
    return short(report.name, NAME_LIMIT) or report.id


def source_names(digest: Digest) -> dict[str, str]:
    """Give the names of a digest's sources by their ids."""
    return {report.id: source_name(report) for report in digest.sources}


def byline(authors: Sequence[str]) -> str:
    """
    Name the first three authors and say how many more there are.

    >>> byline(["A", "B", "C", "D", "E"])
    'A, B, C and 2 more'
    """
    # Only as many are made safe as are shown: ten thousand may have decided.
    rest = iter(authors)
    shown = list(islice((name for author in rest if (name := short(author, 60))), _SHOWN_AUTHORS))
    more = sum(1 for author in rest if author)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _some(text: str) -> tuple[Span, ...]:
    return (Span(text=text),) if text else ()
