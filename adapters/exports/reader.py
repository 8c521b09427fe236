"""Reads the JSON document of an export back into values, strictly: a field that is wrong is named with its place."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from bot.errors import UsageError
from bot.exporting import Export, Work
from bot.model import (
    Attention,
    Decision,
    Digest,
    Item,
    ItemKind,
    Layout,
    LeftOut,
    Meaning,
    Member,
    Mention,
    MessageRef,
    NamedWork,
    Pick,
    Reason,
    Recap,
    Section,
    Shortness,
    Skip,
    SourceReport,
    SourceStatus,
    Summary,
    Window,
)
from bot.periods import is_period
from bot.remembered import Remembered
from bot.text import clean, safe_url
from bot.triage import MAX_SUMMARY

LARGEST: Final = 500_000_000
"""Longest document in bytes."""


def _address(value: str | None) -> str | None:
    if value is not None and safe_url(value) is None:
        raise ValueError("it is no web address")
    return value


def _week(value: str) -> str:
    if not is_period(value) and value != "sample":
        raise ValueError("it is no week like 2026-W34")
    return value


Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
Line = Annotated[str, AfterValidator(clean), Field(max_length=5_000)]
Name = Annotated[str, Field(min_length=1, max_length=2_000)]
Address = Annotated[str, AfterValidator(_address), Field(max_length=2_000)]
Week = Annotated[str, AfterValidator(_week)]


class _Part(BaseModel):
    """A part of the document. What a later version adds is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Mention(_Part):
    source: Name
    url: Address
    title: Line
    quote: Line = ""
    at: Instant
    direct: bool = True


class _Decision(_Part):
    member: Line
    member_id: Name
    decision: Meaning
    when: Instant


class _Summary(_Part):
    member: Line
    member_id: Name
    text: Annotated[str, Field(min_length=1, max_length=MAX_SUMMARY)]
    when: Instant
    edited: Instant | None = None
    message: tuple[Name, Name, Name]


class _Attention(_Part):
    votes: int | None = None
    comments: int | None = None


class _Facts(_Part):
    key: Name
    kind: ItemKind
    section: Section
    title: Line
    url: Address
    authors: tuple[Line, ...] = ()
    institutions: tuple[Line, ...] = ()
    abstract: Annotated[str, Field(max_length=200_000)] = ""
    published: Instant
    work_date: Instant | None = None
    code: Address | None = None
    project: Address | None = None
    tags: tuple[Line, ...] = ()
    words: int | None = None
    brief: Annotated[str, Field(max_length=20_000)] = ""
    brief_by: Line = ""
    code_stars: int | None = None
    picture: Annotated[str | None, AfterValidator(lambda address: address and safe_url(address))] = None
    attention: dict[Name, _Attention] = {}
    mentions: tuple[_Mention, ...] = ()


class _Item(_Facts):
    channel: Name
    weeks: tuple[Week, ...] = ()
    decisions: tuple[_Decision, ...] = ()
    summaries: tuple[_Summary, ...] = ()


class _Reason(_Part):
    name: Line
    text: Line
    weight: float


class _Pick(_Part):
    rank: Annotated[int, Field(ge=1, le=999)]
    key: Name
    section: Section
    minutes: Annotated[int, Field(ge=0)]
    score: float
    explore: bool = False
    propensity: float | None = None
    sentence: Line = ""
    sentence_by: Line = ""
    classic: bool = False
    reasons: tuple[_Reason, ...] = ()


class _LeftOut(_Part):
    key: Name
    section: Section
    title: Line
    url: Address
    why: Line = ""
    sources: tuple[Name, ...] = ()
    on_topic: bool | None = None


class _Report(_Part):
    source: Name
    kind: Name
    state: SourceStatus
    name: Line = ""
    fetched: int = 0
    new: int = 0
    newest: Instant | None = None
    seconds: float = 0.0
    error: Line | None = None
    partial: bool = False
    failing_since: Instant | None = None
    answered_at: Instant | None = None


class _Skip(_Part):
    week: Week
    because: Line
    at: Instant


class _NamedWork(_Part):
    key: Name
    title: Line
    url: Address


class _Recap(_Part):
    told: tuple[_NamedWork, ...] = ()
    owed: tuple[_NamedWork, ...] = ()


class _Muted(_Part):
    topic: Line
    by: Line


class _KeptOut(_Part):
    by: Line
    papers: Annotated[int, Field(ge=0)]


class _Short(_Part):
    reached: Annotated[int, Field(ge=0)]
    added: Annotated[int, Field(ge=0)] = 0
    muted: tuple[_Muted, ...] = ()
    kept_out: tuple[_KeptOut, ...] = ()
    read: tuple[Line, ...] = ()


class _Respelt(_Part):
    topic: Line
    taken_for: Line


class _Digest(_Part):
    channel: Name
    week: Week
    compiled: Instant
    start: Annotated[Instant, Field(alias="from")]
    end: Annotated[Instant, Field(alias="to")]
    budget_minutes: int
    minutes: int
    layout: Layout = Layout.CARDS
    menus: bool = False
    line_menu: Annotated[int, Field(ge=0, le=10_000)] = 0
    picks: tuple[_Pick, ...]
    also: tuple[_Pick, ...] = ()
    beyond: tuple[_LeftOut, ...] = ()
    left_out: dict[Section, Annotated[int, Field(ge=0)]] = {}
    receipt: tuple[_Report, ...] = ()
    rate: float | None = None
    sample: bool = False
    late: bool = False
    unmatched: tuple[Line, ...] = ()
    used_up: tuple[Line, ...] = ()
    in_passing: tuple[Line, ...] = ()
    barely_named: tuple[Line, ...] = ()
    muted: tuple[Line, ...] = ()
    unclear: tuple[Line, ...] = ()
    respelt: tuple[_Respelt, ...] = ()
    short: _Short | None = None
    changed: Instant | None = None
    looking_around: bool = False
    skipped: tuple[_Skip, ...] = ()
    recap: _Recap = _Recap()


class _Channel(_Part):
    name: Name
    platform: Name


class _Document(_Part):
    format: Literal["paperround"]
    version: Literal[1]
    instance: str = ""
    exported: Instant
    channels: tuple[_Channel, ...]
    citation_keys: dict[str, Annotated[str, Field(max_length=200)]] = {}
    items: tuple[_Item, ...]
    also: tuple[_Facts, ...] = ()
    weeks: tuple[_Digest, ...]


def read(name: str, content: bytes) -> Export:
    """Read a document; `name` is its file's. Raises `UsageError`, which names the first places that are wrong."""
    if len(content) > LARGEST:
        raise UsageError(f"{name} is larger than {LARGEST // 1_000_000} MB.")
    try:
        found = _Document.model_validate_json(content)
    except ValidationError as error:
        raise UsageError(_in_words(name, error)) from error
    platforms = {one.name: one.platform for one in found.channels}
    items = {one.key: _item(one) for one in (*found.also, *found.items)}
    places: dict[str, list[Remembered]] = defaultdict(list)
    for one in found.items:
        places[one.key].append(_place(one, items[one.key], platforms.get(one.channel, "unknown")))
    return Export(
        works=tuple(
            Work(key=key, citation_key=found.citation_keys.get(key, ""), item=items[key], places=tuple(known))
            for key, known in places.items()
        ),
        digests=tuple(_digest(one, items) for one in found.weeks),
        channels=platforms,
        at=found.exported,
        instance=found.instance,
    )


def _fault(error: ErrorDetails) -> str:
    """One of pydantic's errors for whoever has the file: its own sentences are for who writes the models."""
    place = ".".join(map(str, error["loc"])) or "the document"
    match error["type"]:
        case "json_invalid":
            where = re.search(r"line \d+ column \d+", error["msg"])
            return f"{place} is no JSON{f', at {where[0]}' if where else ''}"
        case "missing":
            return f"{place} is missing"
        case "value_error":
            return f"{place}: {error['ctx']['error']}"
    return f"{place} is not what belongs there"


def _in_words(name: str, error: ValidationError) -> str:
    faults = error.errors(include_input=False, include_url=False)
    places = [_fault(one) for one in faults[:3]]
    more = f", and {len(faults) - 3} more" if len(faults) > 3 else ""  # noqa: PLR2004 - those that are shown
    return f"{name} is no export of Paper Round that can be read ({'; '.join(places)}{more}). Make it with: paperround export --format json"


def _item(one: _Facts) -> Item:
    return Item(
        key=one.key,
        kind=one.kind,
        section=one.section,
        title=one.title,
        url=one.url,
        authors=one.authors,
        institutions=one.institutions,
        abstract=one.abstract,
        published=one.published,
        work_date=one.work_date,
        words=one.words,
        code_url=one.code,
        project_url=one.project,
        tags=one.tags,
        brief=one.brief,
        brief_by=one.brief_by,
        code_stars=one.code_stars,
        picture=one.picture,
        attention={
            source: Attention(votes=said.votes, comments=said.comments) for source, said in one.attention.items()
        },
        mentions=tuple(
            Mention(
                key=one.key,
                source_id=said.source,
                external_id=f"{number}",
                url=said.url,
                title=said.title,
                quote=said.quote,
                at=said.at,
                direct=said.direct,
            )
            for number, said in enumerate(one.mentions)
        ),
    )


def _place(one: _Item, item: Item, platform: str) -> Remembered:
    return Remembered(
        channel=one.channel,
        weeks=one.weeks,
        item=item,
        decisions=tuple(
            Decision(
                channel=one.channel,
                item_key=one.key,
                member=Member(id=said.member_id, name=said.member),
                meaning=said.decision,
                at=said.when,
            )
            for said in one.decisions
        ),
        summaries=tuple(_summary(said, one, platform) for said in one.summaries),
    )


def _summary(said: _Summary, one: _Item, platform: str) -> Summary:
    written, place, message = said.message
    return Summary(
        ref=MessageRef(platform=written, channel_id=place, message_id=message),
        parent=MessageRef(platform=platform, channel_id=one.channel, message_id=""),
        channel=one.channel,
        item_key=one.key,
        member=Member(id=said.member_id, name=said.member),
        text=said.text,
        at=said.when,
        edited_at=said.edited,
    )


def _digest(one: _Digest, items: dict[str, Item]) -> Digest:
    return Digest(
        channel=one.channel,
        week=one.week,
        window=Window(start=one.start, end=one.end),
        budget_minutes=one.budget_minutes,
        minutes=one.minutes,
        picks=tuple(_pick(pick, items[pick.key]) for pick in one.picks if pick.key in items),
        also=tuple(_pick(pick, items[pick.key]) for pick in one.also if pick.key in items),
        left_out={section.value: count for section, count in one.left_out.items()},
        sources=tuple(map(_report, one.receipt)),
        compiled_at=one.compiled,
        layout=one.layout,
        menus=one.menus,
        line_menu=one.line_menu,
        beyond=tuple(
            LeftOut(
                key=work.key,
                section=work.section,
                title=work.title,
                url=work.url,
                why=work.why,
                sources=work.sources,
                on_topic=work.on_topic,
            )
            for work in one.beyond
        ),
        rate=one.rate,
        sample=one.sample,
        late=one.late,
        unmatched=one.unmatched,
        used_up=one.used_up,
        in_passing=one.in_passing,
        barely_named=one.barely_named,
        muted=one.muted,
        unclear=one.unclear,
        respelt=tuple((topic.topic, topic.taken_for) for topic in one.respelt),
        short=Shortness(
            reached=one.short.reached,
            added=one.short.added,
            muted=tuple((muted.topic, muted.by) for muted in one.short.muted),
            kept_out=tuple((mute.by, mute.papers) for mute in one.short.kept_out),
            read=one.short.read,
        )
        if one.short
        else None,
        changed=one.changed,
        looking_around=one.looking_around,
        skipped=tuple(
            Skip(channel=one.channel, week=skip.week, because=skip.because, at=skip.at) for skip in one.skipped
        ),
        recap=Recap(told=tuple(map(_named, one.recap.told)), owed=tuple(map(_named, one.recap.owed))),
    )


def _named(one: _NamedWork) -> NamedWork:
    return NamedWork(key=one.key, title=one.title, url=one.url)


def _report(one: _Report) -> SourceReport:
    return SourceReport(
        id=one.source,
        kind=one.kind,
        state=one.state,
        name=one.name,
        fetched=one.fetched,
        new=one.new,
        newest=one.newest,
        seconds=one.seconds,
        error=one.error,
        partial=one.partial,
        failing_since=one.failing_since,
        answered_at=one.answered_at,
    )


def _pick(one: _Pick, item: Item) -> Pick:
    return Pick(
        rank=one.rank,
        section=one.section,
        item=item,
        minutes=one.minutes,
        score=one.score,
        explore=one.explore,
        propensity=one.propensity,
        sentence=one.sentence,
        sentence_by=one.sentence_by,
        classic=one.classic,
        reasons=tuple(Reason(name=why.name, text=why.text, weight=why.weight) for why in one.reasons),
    )
