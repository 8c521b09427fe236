"""What the team knows, as values for other programs, and as one JSON document. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.model import (
    CardRequest,
    Decision,
    Digest,
    Item,
    ItemKind,
    Member,
    NamedWork,
    Pick,
    Reminder,
    SourceReport,
    Summary,
)
from bot.remembered import Remembered

FORMAT: Final = "paperround"

VERSION: Final = 1
"""Of the JSON document: fields are only ever added to it. Another number is another document."""

INSTANCE: Final = "instance"
"""Name of the note with the id of this Paper Round."""

NOBODY: Final = Member(id="")
"""Stands in a decision for whoever made it, where a channel shows counts alone."""

_ARXIV_DOI: Final = "10.48550/arXiv."
_PMLR: Final = re.compile(r"pmlr:v(\d+)/")
_ACL: Final = re.compile(r"acl:(\d{4})\.([a-z]+)-")
_NAMES_A_YEAR: Final = re.compile(r"[A-Z].*\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A work with all that the team made of it, channel by channel (`places`), and the key by which it is cited."""

    key: str
    citation_key: str
    item: Item
    places: tuple[Remembered, ...]

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What members decided, over all channels, oldest first."""
        return tuple(sorted((one for place in self.places for one in place.decisions), key=lambda one: one.at))

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """What members wrote, over all channels, oldest first."""
        return tuple(sorted((one for place in self.places for one in place.summaries), key=lambda one: one.at))

    @property
    def dated(self) -> datetime:
        """When the work itself appeared, as far as is known; else when a source first spoke of it."""
        return self.item.work_date or self.item.published


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """
    What is kept of a member beside decisions and summaries, for them alone: what they `follow` and `mute`, their reminder, the cards they
    asked for, and the texts that each of their summaries had before (`earlier`), each with when it was written (UTC).
    """

    platform: str
    member: Member
    follow: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()
    reminder: Reminder | None = None
    requests: tuple[CardRequest, ...] = ()
    earlier: tuple[tuple[Summary, tuple[tuple[datetime, str], ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """
    What is handed out: works in the order in which they were sent, and the digests that brought them.

    `channels` are names with their platforms, `instance` is the id of the Paper Round that knows it. `narrowed`: something was asked for, so what is missing may still be known.
    `kept` is there where a single member's own was asked for.
    """

    works: tuple[Work, ...]
    digests: tuple[Digest, ...]
    channels: Mapping[str, str]
    at: datetime
    instance: str = ""
    narrowed: bool = False
    kept: tuple[Kept, ...] = ()


def doi_of(item: Item) -> str | None:
    """
    Give a work's DOI; a paper of arXiv has one by its number.

    >>> from types import SimpleNamespace
    >>> doi_of(SimpleNamespace(key="arxiv:2511.01234"))
    '10.48550/arXiv.2511.01234'
    """
    scheme, _, value = item.key.partition(":")
    if scheme == "doi":
        return value
    return f"{_ARXIV_DOI}{value}" if scheme == "arxiv" else None


def venue_of(item: Item) -> str | None:
    """Give where a paper appeared, as its key and its source tell; None where neither does. A preprint server is a venue, too."""
    scheme, _, value = item.key.partition(":")
    if found := _PMLR.match(item.key):
        return f"Proceedings of Machine Learning Research, volume {found[1]}"
    if found := _ACL.match(item.key):
        return f"{found[2].upper()} {found[1]}"
    if scheme == "neurips":
        return f"Advances in Neural Information Processing Systems, {value.partition('/')[0]}"
    if scheme == "openreview":
        return next((tag for tag in item.tags if _NAMES_A_YEAR.match(tag)), "OpenReview")
    if scheme == "arxiv":
        return "arXiv"
    return None


def as_document(remembered: Iterable[Remembered]) -> dict[str, Any]:
    """
    Give items with mentions, decisions and summaries as one JSON-ready document: `{"items": [...]}`, an item once for each channel.

    Instants are ISO 8601 in UTC. A member is named as people call them; `member_id` is the platform's own.
    """
    return {"items": [_item(one) for one in remembered]}


def whole_document(export: Export) -> dict[str, Any]:
    """
    Give an export as the JSON document that another Paper Round imports: items as in `as_document`, channels and weeks.

    `also` are the works that a week named in a line alone ('also this week'); where a selection was asked for, there are none. A week has all
    that its digest froze: `beyond` are the works for which there was no line either, `left_out` counts by section what did not fit, and
    `receipt` says how each source did.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "instance": export.instance,
        "exported": export.at.isoformat(),
        "channels": [{"name": name, "platform": platform} for name, platform in export.channels.items()],
        "citation_keys": {work.key: work.citation_key for work in export.works},
        **as_document(place for work in export.works for place in work.places),
        "also": [_facts(item) for item in _only_as_lines(export)],
        "weeks": [_week(digest) for digest in export.digests],
        **({"kept": [_kept(one) for one in export.kept]} if export.kept else {}),
    }


def _kept(one: Kept) -> dict[str, Any]:
    asked = one.reminder
    return {
        "platform": one.platform,
        "member": one.member.name or one.member.id,
        "member_id": one.member.id,
        "follow": list(one.follow),
        "mute": list(one.mute),
        "reminder": asked and {"weekday": asked.weekday, "time": f"{asked.time:%H:%M}", "zone": asked.zone},
        "card_requests": [
            {"key": r.item_key, "channel": r.channel, "week": r.week, "when": r.at.isoformat()} for r in one.requests
        ],
        "earlier_summaries": [
            {"key": now.item_key, "channel": now.channel, "text": text, "when": at.isoformat()}
            for now, texts in one.earlier
            for at, text in texts
        ],
    }


def _only_as_lines(export: Export) -> list[Item]:
    if export.narrowed:
        return []
    known = {work.key for work in export.works}
    lines = {pick.item.key: pick.item for digest in export.digests for pick in digest.also}
    return [item for key, item in lines.items() if key not in known]


def _facts(item: Item) -> dict[str, Any]:
    """What sources say of a work."""
    return {
        "key": item.key,
        "kind": item.kind.value,
        "section": item.section.value,
        "title": item.title,
        "url": item.url,
        "authors": list(item.authors),
        "institutions": list(item.institutions),
        "abstract": item.abstract,
        "published": item.published.isoformat(),
        "work_date": item.work_date.isoformat() if item.work_date else None,
        "doi": doi_of(item),
        "venue": venue_of(item) if item.kind is ItemKind.PAPER else None,
        "code": item.code_url,
        "project": item.project_url,
        "tags": list(item.tags),
        "words": item.words,
        "brief": item.brief,
        "brief_by": item.brief_by,
        "code_stars": item.code_stars,
        "picture": item.picture,
        "attention": {source: {"votes": one.votes, "comments": one.comments} for source, one in item.attention.items()},
        "mentions": [
            {
                "source": m.source_id,
                "url": m.url,
                "title": m.title,
                "quote": m.quote,
                "at": m.at.isoformat(),
                "direct": m.direct,
            }
            for m in item.mentions
        ],
    }


def _item(one: Remembered) -> dict[str, Any]:
    return {
        **_facts(one.item),
        "channel": one.channel,
        "weeks": list(one.weeks),
        "decisions": [
            {
                "member": d.member.name or d.member.id,
                "member_id": d.member.id,
                "decision": d.meaning.value,
                "when": d.at.isoformat(),
            }
            for d in one.decisions
        ],
        "summaries": [
            {
                "member": s.member.name or s.member.id,
                "member_id": s.member.id,
                "text": s.text,
                "when": s.at.isoformat(),
                "edited": s.edited_at.isoformat() if s.edited_at else None,
                "message": [s.ref.platform, s.ref.channel_id, s.ref.message_id],
            }
            for s in one.summaries
        ],
    }


def _week(digest: Digest) -> dict[str, Any]:
    return {
        "channel": digest.channel,
        "week": digest.week,
        "compiled": digest.compiled_at.isoformat(),
        "from": digest.window.start.isoformat(),
        "to": digest.window.end.isoformat(),
        "budget_minutes": digest.budget_minutes,
        "minutes": digest.minutes,
        "layout": digest.layout.value,
        "menus": digest.menus,
        "line_menu": digest.line_menu,
        "picks": [_pick(pick) for pick in digest.picks],
        "also": [_pick(pick) for pick in digest.also],
        "beyond": [
            {
                "key": one.key,
                "section": one.section.value,
                "title": one.title,
                "url": one.url,
                "why": one.why,
                "sources": list(one.sources),
                "on_topic": one.on_topic,
            }
            for one in digest.beyond
        ],
        "left_out": dict(digest.left_out),
        "receipt": [_report(one) for one in digest.sources],
        "rate": digest.rate,
        "sample": digest.sample,
        "late": digest.late,
        "unmatched": list(digest.unmatched),
        "used_up": list(digest.used_up),
        "in_passing": list(digest.in_passing),
        "barely_named": list(digest.barely_named),
        "muted": list(digest.muted),
        "unclear": list(digest.unclear),
        "respelt": [{"topic": topic, "taken_for": right} for topic, right in digest.respelt],
        "short": {
            "reached": digest.short.reached,
            "added": digest.short.added,
            "muted": [{"topic": topic, "by": wish} for topic, wish in digest.short.muted],
            "kept_out": [{"by": wish, "papers": number} for wish, number in digest.short.kept_out],
            "read": list(digest.short.read),
        }
        if digest.short
        else None,
        "changed": digest.changed.isoformat() if digest.changed else None,
        "looking_around": digest.looking_around,
        "skipped": [{"week": one.week, "because": one.because, "at": one.at.isoformat()} for one in digest.skipped],
        "recap": {"told": list(map(_named, digest.recap.told)), "owed": list(map(_named, digest.recap.owed))},
    }


def _named(work: NamedWork) -> dict[str, Any]:
    return {"key": work.key, "title": work.title, "url": work.url}


def _report(one: SourceReport) -> dict[str, Any]:
    return {
        "source": one.id,
        "kind": one.kind,
        "state": one.state.value,
        "name": one.name,
        "fetched": one.fetched,
        "new": one.new,
        "newest": one.newest.isoformat() if one.newest else None,
        "seconds": one.seconds,
        "error": one.error,
        "partial": one.partial,
        "failing_since": one.failing_since.isoformat() if one.failing_since else None,
        "answered_at": one.answered_at.isoformat() if one.answered_at else None,
    }


def _pick(pick: Pick) -> dict[str, Any]:
    return {
        "rank": pick.rank,
        "key": pick.item.key,
        "section": pick.section.value,
        "minutes": pick.minutes,
        "score": pick.score,
        "explore": pick.explore,
        "propensity": pick.propensity,
        "sentence": pick.sentence,
        "sentence_by": pick.sentence_by,
        "classic": pick.classic,
        "reasons": [{"name": one.name, "text": one.text, "weight": one.weight} for one in pick.reasons],
    }
