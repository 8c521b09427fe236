"""Values for tests, made with as few words as possible: every argument has a plain default, and keywords override it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.events import DecisionPressed, ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import (
    Channel,
    Digest,
    Entry,
    Item,
    ItemKind,
    Link,
    Meaning,
    Member,
    Mention,
    MessageRef,
    Pick,
    Posting,
    Press,
    Reaction,
    Reason,
    Reply,
    Score,
    Section,
    SourceReport,
    SourceSpec,
    SourceStatus,
    StoredEntry,
    Summary,
    Window,
)
from bot.ranking.question import Relevance
from bot.ranking.ranked import Ranked

NOW = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
"""Monday of 2026-W34, nine o'clock: the instant at which the default channel's digest falls due."""

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WINDOW = Window(start=NOW - 7 * DAY, end=NOW)
WEEK = "2026-W34"
ADA = Member(id="U1", name="Ada")
BEN = Member(id="U2", name="Ben")

PAPER = "2608.01234"


def at(**ago: float) -> datetime:
    """An instant before `NOW`: `at(days=2)` is two days ago."""
    return NOW - timedelta(**ago)


def spec(id: str = "arxiv", **what: Any) -> SourceSpec:  # noqa: A002 - it is what the field is called
    plain: dict[str, Any] = {
        "kind": "feed",
        "name": id.title(),
        "url": f"https://{id}.example/feed",
        "section": Section.PAPERS,
    }
    return SourceSpec(id=id, **(plain | what))


def entry(external_id: str = PAPER, source_id: str = "arxiv", **what: Any) -> Entry:
    plain: dict[str, Any] = {
        "kind": ItemKind.PAPER,
        "section": Section.PAPERS,
        "title": f"On {external_id}",
        "url": f"https://{source_id}.example/{external_id}",
        "published": at(days=2),
    }
    return Entry(source_id=source_id, external_id=external_id, **(plain | what))


def link(url: str = f"https://arxiv.org/abs/{PAPER}", text: str = "this paper", quote: str = "") -> Link:
    return Link(url=url, text=text, quote=quote)


def stored(one: Entry | None = None, **what: Any) -> StoredEntry:
    return StoredEntry(entry=one or entry(), **({"first_seen": at(days=1)} | what))


def mention(key: str = f"arxiv:{PAPER}", source_id: str = "arxiv", external_id: str = PAPER, **what: Any) -> Mention:
    plain: dict[str, Any] = {"url": f"https://{source_id}.example/{external_id}", "title": "A title", "at": at(days=2)}
    return Mention(key=key, source_id=source_id, external_id=external_id, **(plain | what))


def item(key: str = f"arxiv:{PAPER}", source_id: str = "arxiv", **what: Any) -> Item:
    plain: dict[str, Any] = {
        "kind": ItemKind.PAPER,
        "section": Section.PAPERS,
        "title": f"On {key}",
        "url": "https://arxiv.org/abs/" + key.partition(":")[2],
        "published": at(days=2),
        "mentions": (mention(key, source_id, key),),
    }
    return Item(key=key, **(plain | what))


def ranked(
    one: Item | None = None,
    value: float = 0.5,
    *,
    on_topic: bool = False,
    why: str = "of note",
    interest: float = 0.0,
    topics: tuple[str, ...] = (),
    about: dict[str, float] | None = None,
    subject: int | None = None,
    named: tuple[str, ...] | None = None,
) -> Ranked:
    """Give an item with a score. Without `named` it names all the topics that it is about."""
    score = Score(value=value, reasons=(Reason(name="note", text=why, weight=value),))
    found = Ranked.of(
        one or item(), score, on_topic=on_topic or bool(about), interest=interest, topics=topics or tuple(about or ())
    )
    found.known = Relevance(0.0, {}, about=about or {}, subject=subject)
    found.named = found.topics if named is None else named
    return found


def channel(name: str = "reading", **what: Any) -> Channel:
    return Channel(name=name, **({"platform": "fake", "id": "C1"} | what))


def report(id: str = "arxiv", **what: Any) -> SourceReport:  # noqa: A002 - it is what the field is called
    return SourceReport(id=id, **({"kind": "feed", "name": id.title(), "state": SourceStatus.OK, "fetched": 20} | what))


def pick(one: Item | None = None, rank: int = 1, **what: Any) -> Pick:
    one = one or item()
    plain: dict[str, Any] = {
        "section": one.section,
        "minutes": 8,
        "score": 0.5,
        "reasons": (Reason(name="topics", text="your topic 'agents'", weight=0.5),),
    }
    return Pick(rank=rank, item=one, **(plain | what))


def digest(*picks: Pick, **what: Any) -> Digest:
    plain: dict[str, Any] = {
        "channel": "reading",
        "week": WEEK,
        "window": WINDOW,
        "budget_minutes": 60,
        "minutes": sum(one.minutes for one in picks),
        "picks": picks,
        "left_out": {},
        "sources": (report(),),
        "compiled_at": NOW,
    }
    return Digest(**(plain | what))


def digest_of(keys: Iterable[str], **what: Any) -> Digest:
    """A digest with one plain pick for each key."""
    return digest(*(pick(item(key), rank) for rank, key in enumerate(keys, start=1)), **what)


def ref(message_id: str = "m1", platform: str = "fake") -> MessageRef:
    return MessageRef(platform=platform, channel_id="C1", message_id=message_id)


def posting(part: int = 1, **what: Any) -> Posting:
    plain: dict[str, Any] = {"channel": "reading", "week": WEEK, "key": f"k{part}", "item_key": f"arxiv:{PAPER}"}
    return Posting(part=part, **(plain | what))


def reaction(emoji: str = "⭐", member: Member = ADA, *, present: bool = True, **what: Any) -> Reaction:
    return Reaction(emoji=emoji, member=member, present=present, **({"ref": ref(), "at": NOW} | what))


def press(meaning: Meaning = Meaning.MUST_READ, member: Member = ADA, event_id: str = "p1", **what: Any) -> Press:
    plain: dict[str, Any] = {
        "channel": "reading",
        "item_key": f"arxiv:{PAPER}",
        "ref": ref(),
        "present": True,
        "at": NOW,
    }
    return Press(event_id=event_id, meaning=meaning, member=member, **(plain | what))


def reply(text: str = "Worth it.", message_id: str = "r1", **what: Any) -> Reply:
    return Reply(text=text, ref=ref(message_id), **({"member": ADA, "at": NOW} | what))


def summary(text: str = "Worth it.", message_id: str = "r1", **what: Any) -> Summary:
    plain: dict[str, Any] = {
        "parent": ref(),
        "channel": "reading",
        "item_key": f"arxiv:{PAPER}",
        "member": ADA,
        "at": NOW,
    }
    return Summary(text=text, ref=ref(message_id), **(plain | what))


def reacted(event_id: str = "e1", **what: Any) -> ReactionAdded:
    return ReactionAdded(event_id=event_id, **({"ref": ref(), "member": ADA, "emoji": "⭐", "at": NOW} | what))


def unreacted(event_id: str = "e2", **what: Any) -> ReactionRemoved:
    return ReactionRemoved(event_id=event_id, **({"ref": ref(), "member": ADA, "emoji": "⭐", "at": NOW} | what))


def pressed(event_id: str = "e4", meaning: Meaning = Meaning.MUST_READ, **what: Any) -> DecisionPressed:
    return DecisionPressed(event_id=event_id, meaning=meaning, **({"ref": ref(), "member": ADA, "at": NOW} | what))


def replied(event_id: str = "e3", text: str = "Worth it.", **what: Any) -> ReplyPosted:
    plain: dict[str, Any] = {"parent": ref(), "ref": ref("r1"), "member": ADA, "at": NOW}
    return ReplyPosted(event_id=event_id, text=text, **(plain | what))


def edited(event_id: str = "e4", text: str = "Well worth it.", **what: Any) -> ReplyEdited:
    plain: dict[str, Any] = {"parent": ref(), "ref": ref("r1"), "member": ADA, "at": NOW}
    return ReplyEdited(event_id=event_id, text=text, **(plain | what))


def deleted(event_id: str = "e5", **what: Any) -> ReplyDeleted:
    return ReplyDeleted(event_id=event_id, **({"ref": ref("r1"), "at": NOW} | what))
