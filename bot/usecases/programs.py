"""
Programs: what a team's own programs and assistants may ask, as documents ready for JSON; the same for the API and for MCP.

Everything is read-only, and asked with the channels that whoever asks may read: nothing else is in any answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.api_token import PREFIX, ApiToken, hashed
from bot.errors import UsageError
from bot.exporting import doi_of, venue_of
from bot.model import Channel, Decision, Item, SourceSpec, Summary
from bot.periods import is_period
from bot.ports import Clock, UnitOfWorkFactory
from bot.search.excerpt import Run
from bot.usecases.command_context import MessageUrl
from bot.usecases.figures import channel_figures
from bot.usecases.library import Library, Shown
from bot.usecases.reading_list import ListedWork, reading_list
from bot.usecases.search import Found, search

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: the channels that may be read, and the member whose list is meant, empty for the operator's own programs."""

    readable: frozenset[str]
    platform: str = ""
    member_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Answers programs. `readable_by` says what a member may read (`bot.usecases.audience`)."""

    unit_of_work: UnitOfWorkFactory
    writing: UnitOfWorkFactory
    channels: Callable[[], Awaitable[Sequence[Channel]]]
    readable_by: Callable[[str, str], Awaitable[frozenset[str]]]
    message_url: MessageUrl
    library: Library
    clock: Clock
    specs: Callable[[], Awaitable[Sequence[SourceSpec]]] | None = None

    async def caller(self, secret: str) -> Caller | None:
        """Give who bears this token; None where it is no token, or was revoked."""
        if not secret.startswith(PREFIX):
            return None
        name = hashed(secret)
        async with self.unit_of_work() as uow:
            token = await uow.api_tokens.of_hash(name)
        if token is None:
            return None
        now = self.clock()
        if token.used is None or now.date() != token.used.date():
            async with self.writing() as uow:
                if await uow.api_tokens.used(name, now):
                    await uow.commit()
        return await self.caller_of(token)

    async def caller_of(self, token: ApiToken) -> Caller:
        """Give whom a token speaks for, as the platform says at this time what its member may read."""
        if token.member_id:
            readable = await self.readable_by(token.platform, token.member_id)
        else:
            readable = frozenset(channel.name for channel in await self.channels())
        if token.channels:
            readable &= frozenset(token.channels)
        return Caller(readable=readable, platform=token.platform, member_id=token.member_id)

    async def search(self, caller: Caller, words: str, most: int = 20, skip: int = 0) -> Json:
        """Search works and the team's words. Raises `UsageError` for a question that is none."""
        asker = (caller.platform, caller.member_id) if caller.member_id else None
        found = await search(
            words,
            await self.channels(),
            caller.readable,
            self.unit_of_work,
            most=most,
            skip=skip,
            asker=asker,
            specs=await self.specs() if self.specs else (),
        )
        return {"results": [_found(one) for one in found.found], "more": found.more}

    async def item(self, caller: Caller, key: str) -> Json | None:
        """Give everything known of a work, by its key or an address of it; None where nothing is."""
        view = await self.library.item(key, await self._readable(caller))
        if view is None:
            found = (await self.search(caller, key, 1))["results"] if ":" in key else []
            view = await self.library.item(found[0]["key"], await self._readable(caller)) if found else None
        if view is None:
            return None
        item, channels = view.item, await self._readable(caller)
        return {
            **_work(item),
            "abstract": item.abstract,
            "institutions": list(item.institutions),
            "mentions": [
                {"source": m.source_id, "url": m.url, "title": m.title, "quote": m.quote, "at": _iso(m.at)}
                for m in item.mentions
            ],
            "digests": [{"channel": one.channel.name, "week": one.week, "rank": one.pick.rank} for one in view.brought],
            **_decided(view.decisions, channels, caller),
            "summaries": [_summary(one.summary) for one in view.words],
            "similar": [{"key": one.key, "title": one.title, "url": one.url} for one in view.similar],
        }

    async def week(self, caller: Caller, channel: str, week: str) -> Json | None:
        """Give a channel's week with what the team made of it; `latest` is the last one. None where there is none to be read."""
        found = next((one for one in await self._readable(caller) if one.name == channel), None)
        if found is None:
            return None
        if week == "latest":
            sums, _ = await self.library.weeks(found, most=1)
            if not sums:
                return None
            week = sums[0].facts.week
        if not is_period(week) and week != "sample":
            raise UsageError(f"{week!r} is no week. Write one like 2026-W34, or latest.")
        view = await self.library.week(found, week)
        if view is None:
            return None
        return {
            "channel": channel,
            "week": week,
            "minutes": view.digest.minutes,
            "picks": [_shown(one, found, caller) for one in (*view.picks, *view.asked)],
            "also": [_shown(one, found, caller) for one in view.lines],
            "before": view.before,
            "after": view.after,
        }

    async def reading_list(self, caller: Caller) -> Json:
        """Give the list of the member whose token it is. Raises `UsageError` for a token that is nobody's in particular."""
        if not caller.member_id:
            raise UsageError(
                "This token is nobody's in particular, and so has no reading list. Make one with --member."
            )
        channels = [one for one in await self._readable(caller) if one.platform == caller.platform]
        async with self.unit_of_work() as uow:
            own = await uow.members.wishes(caller.platform, caller.member_id)
        found = await reading_list(caller.member_id, channels, self.unit_of_work, self.message_url, own, most=100)
        return {
            "minutes": found.minutes,
            "waiting": [_listed(one) for one in found.waiting],
            "owed": [_listed(one) for one in found.owed],
        }

    async def statistics(self, caller: Caller, channel: str) -> Json | None:
        """Give a channel's figures: sums from three members up, and the caller's own."""
        found = next((one for one in await self._readable(caller) if one.name == channel), None)
        if found is None:
            return None
        member = caller.member_id or None
        figures = await channel_figures(found, self.unit_of_work, self.library.facts, member_id=member)
        return {
            "channel": channel,
            "members": figures.members if figures.enough else None,
            "weeks": [asdict(one) for one in figures.weeks],
            "sources": [asdict(one) | {"rate": one.rate} for one in figures.sources],
            "own": asdict(figures.own) if figures.own else None,
        }

    async def channel_names(self, caller: Caller) -> Json:
        """Give the channels that may be read."""
        return {"channels": [{"name": one.name, "platform": one.platform} for one in await self._readable(caller)]}

    async def _readable(self, caller: Caller) -> list[Channel]:
        return [one for one in await self.channels() if one.name in caller.readable]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _work(item: Item) -> Json:
    return {
        "key": item.key,
        "title": item.title,
        "url": item.url,
        "authors": list(item.authors),
        "kind": item.kind.value,
        "published": _iso(item.work_date or item.published),
        "doi": doi_of(item),
        "venue": venue_of(item),
        "code": item.code_url,
    }


def _found(one: Found) -> Json:
    return {
        **_work(one.item),
        "digests": [{"channel": channel, "week": week} for channel, week in one.digests],
        "summaries": one.summaries,
        "excerpts": [{"where": found.where, "text": _plain(found.runs)} for found in one.excerpts],
    }


def _plain(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)


def _shown(one: Shown, channel: Channel, caller: Caller) -> Json:
    return {
        **_work(one.pick.item),
        "key": one.key,
        "rank": one.pick.rank,
        "minutes": one.pick.minutes,
        **_decided(one.marks.decisions, [channel], caller),
        "summaries": [_summary(said) for said in one.marks.summaries],
    }


def _decided(decisions: Sequence[Decision], channels: Sequence[Channel], caller: Caller) -> Json:
    """
    Decisions with who made them, and how many there are of each. In a channel that shows counts alone the caller's own are the only ones
    that bear a member.
    """
    by_name = {one.name: one for one in channels}
    shown = [
        one
        for one in decisions
        if by_name[one.channel].names_shown
        or (by_name[one.channel].platform, one.member.id) == (caller.platform, caller.member_id)
    ]
    numbers = Counter((one.channel, one.meaning) for one in decisions)
    return {
        "decisions": [_decision(one) for one in shown],
        "counts": [
            {"channel": channel, "decision": meaning.value, "members": number}
            for (channel, meaning), number in sorted(numbers.items())
        ],
    }


def _decision(one: Decision) -> Json:
    return {
        "member": one.member.name or one.member.id,
        "decision": one.meaning.value,
        "channel": one.channel,
        "at": _iso(one.at),
    }


def _summary(one: Summary) -> Json:
    return {
        "member": one.member.name or one.member.id,
        "text": one.text,
        "channel": one.channel,
        "at": _iso(one.at),
        "edited": _iso(one.edited_at),
    }


def _listed(one: ListedWork) -> Json:
    return {
        **_work(one.item),
        "channel": one.channel,
        "decision": one.meaning.value,
        "since": _iso(one.since),
        "minutes": one.minutes,
        "thread": one.thread,
    }
