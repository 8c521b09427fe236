"""
What a member may ask us in chat, the same on every platform: an adapter hands in a `CommandCall` and shows the `Answer`.

Reading is for everybody; changes are for those whom the platform lets change things, and the others are told why (docs/platform-facts.md#e4).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from bot.due import channel_next_due
from bot.errors import PaperRoundError
from bot.model import (
    Answer,
    Block,
    BlockRole,
    Channel,
    CommandCall,
    Digest,
    Meaning,
    Member,
    PlatformWords,
    SourceSpec,
    Span,
)
from bot.ports import Clock, FeedFinder, UnitOfWorkFactory
from bot.rendering import MEANING_WORDS, local_time
from bot.usecases import channels as channel_settings
from bot.usecases import sources as managing
from bot.usecases import status as standing
from bot.usecases.recall import Remembered, remember
from bot.usecases.suggest import suggest

HELP: Final = (
    ("now", "see the next digest as it stands; only you see it"),
    ("mine", "my reading list, and what I owe a summary"),
    ("topics", "what this channel is about; `topics a, b` sets it"),
    ("sources", "where we read; `sources add URL`, `sources remove ID`, `sources check ID`"),
    ("settings", "weekday, time, zone, budget, exploration, topics, what emoji mean"),
    ("add URL", "propose something for the next digest"),
    ("pause", "post nothing until `resume`"),
    ("resume", "go on"),
    ("status", "the next digest, the last one, and whether all is well"),
    ("help", "this list"),
)
_VERBS: Final = (*(line.split()[0] for line, _ in HELP), "home")
_LISTED: Final = 12

_OPERATORS: Final = re.compile(r"(\S+ it (?:off|on) with|Do without it): (paperround sources (?:dis|en)able \S+)")
_HERE: Final = re.compile(r"paperround sources (list|check|remove)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """What the commands work with: how to get at channels and sources as they are now, and at the outside; `words` says how each platform is spoken of."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    channels: Callable[[], Awaitable[Sequence[Channel]]]
    tables: Callable[[], frozenset[str]]
    specs: Callable[[], Awaitable[Sequence[SourceSpec]]]
    preview: Callable[[Channel], Awaitable[Digest]]
    check: Callable[[SourceSpec], Awaitable[str]]
    finder: Callable[[], AbstractAsyncContextManager[FeedFinder]]
    words: Mapping[str, PlatformWords] = field(default_factory=dict)


class Commands:
    """`bot.ports.CommandSink`."""

    def __init__(self, context: CommandContext) -> None:
        self._command_context = context

    async def __call__(self, call: CommandCall) -> Answer:
        verb, _, rest = call.text.strip().partition(" ")
        verb, rest = verb.lower() or "help", rest.strip()
        try:
            channel = await self._channel(call)
            if channel is None and verb not in {"help", "home"}:
                return _say(
                    "This channel gets no digest. Ask in one that does, or let the operator add it to the configuration."
                )
            return await self._answer(verb, rest, call, channel)
        except PaperRoundError as error:
            return _say(_in_chat(str(error)))

    async def _channel(self, call: CommandCall) -> Channel | None:
        mine = [channel for channel in await self._command_context.channels() if channel.platform == call.platform]
        if not call.channel_id:
            return mine[0] if mine else None
        return next((channel for channel in mine if call.channel_id in {channel.id, channel.name}), None)

    async def _answer(self, verb: str, rest: str, call: CommandCall, channel: Channel | None) -> Answer:
        if verb == "help" or channel is None:
            return _help(self._words(call))
        handlers: dict[str, Callable[[str, CommandCall, Channel], Awaitable[Answer]]] = {
            "now": self._now,
            "mine": self._mine,
            "topics": self._topics,
            "sources": self._sources,
            "settings": self._settings,
            "add": self._add,
            "pause": self._pause,
            "resume": self._resume,
            "status": self._status,
            "home": self._home,
        }
        handler = handlers.get(verb)
        if handler is None:
            near = get_close_matches(verb, _VERBS, n=1)
            return _say(f"I do not know {verb!r}. " + (f"Did you mean {near[0]}?" if near else "Try help."))
        return await handler(rest, call, channel)

    async def _now(self, _rest: str, _call: CommandCall, channel: Channel) -> Answer:
        digest = await self._command_context.preview(channel)
        picks = f"{len(digest.picks)} {'pick' if len(digest.picks) == 1 else 'picks'}"
        head = f"If it were posted now: {picks}, {digest.minutes} of {digest.budget_minutes} minutes."
        return Answer(blocks=(_title(head), *_picks(digest)))

    async def _mine(self, _rest: str, call: CommandCall, channel: Channel) -> Answer:
        known = await remember([channel], self._command_context.unit_of_work)
        return Answer(blocks=tuple(_reading_list(known, call.member.id)))

    async def _topics(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        if not rest:
            now = ", ".join(channel.topics) or "none yet"
            return _say(f"Topics of this channel: {now}.", "Set them with: topics reward models, agent safety")
        return await self._set({"topics": rest}, call, channel)

    async def _settings(self, _rest: str, call: CommandCall, channel: Channel) -> Answer:
        if call.values:
            return await self._set(dict(call.values), call, channel)
        if not call.admin:
            return _refuse("change the settings", self._words(call))
        return Answer(blocks=(_title("Settings"),), form=channel_settings.form_of(channel))

    async def _set(self, form: dict[str, str], call: CommandCall, channel: Channel) -> Answer:
        if not call.admin:
            return _refuse("change the settings", self._words(call))
        values, faults = channel_settings.read_form(form)
        if faults:
            return Answer(blocks=tuple(_note(f"{name}: {fault}") for name, fault in faults.items()), faults=faults)
        await channel_settings.change(channel, values, self._command_context.unit_of_work)
        now = channel_settings.form_of(
            next(c for c in await self._command_context.channels() if c.name == channel.name)
        )
        return _say("Changed.", *(f"{name.replace('_', ' ')}: {now[name] or 'none'}" for name in values))

    async def _sources(self, rest: str, call: CommandCall, _channel: Channel) -> Answer:
        context, (verb, _, what) = self._command_context, rest.partition(" ")
        specs = await context.specs()
        if verb == "check":
            return _say(await context.check(managing.named(what.strip(), specs)))
        if verb in {"add", "remove"} and not call.admin:
            return _refuse(f"{verb} sources", self._words(call))
        if verb == "add":
            async with context.finder() as finder:
                who = managing.Who(call.member.name or call.member.id)
                source_id, found = await managing.add(
                    what.strip(), who, specs, finder, context.unit_of_work, context.clock
                )
            return _say(f"{found.title or found.url} is followed from now on, as {source_id}.")
        if verb == "remove":
            await managing.remove(what.strip(), specs, context.tables(), context.unit_of_work)
            return _say(f"{what.strip()} is not followed any more.")
        if verb:
            return _say(f"I do not know 'sources {verb}'. Try sources add URL, sources remove ID or sources check ID.")
        known = await managing.states(specs, context.unit_of_work)
        return Answer(blocks=(_title("Sources"), *(_note(_in_a_line(one)) for one in known)))

    async def _add(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        poster = _poster(call)
        title = await suggest(rest, poster, channel, self._command_context.unit_of_work, self._command_context.clock)
        whose = "your name" if poster.id == call.member.id else f"the name of {poster.name or 'who posted it'}"
        return _say(f"{title} is proposed for the next digest, in {whose}.")

    async def _pause(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        if not call.admin:
            return _refuse("pause the channel", self._words(call))
        because = f"{call.member.name or 'somebody'} paused it" + (f": {rest}" if rest else "")
        done = await channel_settings.pause(
            channel, because, self._command_context.unit_of_work, self._command_context.clock, by_people=True
        )
        return _say(
            "Paused. Nothing is posted here until: resume" if done else "It is paused already. Go on with: resume"
        )

    async def _resume(self, _rest: str, call: CommandCall, channel: Channel) -> Answer:
        if not call.admin:
            return _refuse("resume the channel", self._words(call))
        done = await channel_settings.resume(channel, self._command_context.unit_of_work)
        return _say(self._next(channel) if done else "It was not paused.")

    async def _status(self, _rest: str, _call: CommandCall, channel: Channel) -> Answer:
        context = self._command_context
        # It is asked in the channel, so its platform can be reached.
        found = await standing.look(
            [channel], await context.specs(), {channel.platform}, context.unit_of_work, context.clock
        )
        lines = [
            *standing.channel_lines(found.channels[0]),
            *([_in_chat(standing.source_line(one)) for one in found.troubles] or ["All sources are well."]),
            *filter(None, [standing.inbox_line(found)]),
        ]
        return Answer(blocks=(_title("Status"), *(_note(line) for line in lines)))

    async def _home(self, _rest: str, call: CommandCall, channel: Channel) -> Answer:
        known = await remember([channel], self._command_context.unit_of_work)
        week = max((week for one in known for week in one.weeks), default=None)
        picks = [one for one in known if week in one.weeks]
        settings = [
            f"{name.replace('_', ' ')}: {value or 'none'}" for name, value in channel_settings.form_of(channel).items()
        ]
        return Answer(
            blocks=(
                _title(f"#{channel.name}"),
                _note(self._next(channel)),
                *(_link(one) for one in picks[:_LISTED]),
                *_reading_list(known, call.member.id),
                _title("Settings"),
                *(_note(line) for line in settings),
            )
        )

    def _words(self, call: CommandCall) -> PlatformWords:
        return self._command_context.words.get(call.platform) or PlatformWords(name=call.platform)

    def _next(self, channel: Channel) -> str:
        return f"Next digest: {local_time(channel_next_due(channel, self._command_context.clock()), channel.zone)}."


def _reading_list(known: Sequence[Remembered], member: str) -> list[Block]:
    """What a member has marked and not read yet, must-reads first; then what was read and has no words of theirs."""
    open_ones: dict[Meaning, list[Remembered]] = {Meaning.MUST_READ: [], Meaning.TO_READ: []}
    owed = []
    for one in known:
        mine = {decision.meaning for decision in one.decisions if decision.member.id == member}
        written = any(summary.member.id == member for summary in one.summaries)
        if Meaning.READ in mine and not written:
            owed.append(one)
        elif Meaning.READ not in mine and (first := next((m for m in open_ones if m in mine), None)):
            open_ones[first].append(one)
    blocks = [_title("My reading list")]
    for meaning, items in open_ones.items():
        blocks += [_link(one, MEANING_WORDS[meaning]) for one in items[:_LISTED]]
    if len(blocks) == 1:
        blocks.append(_note("Nothing is waiting for you."))
    if owed:
        blocks += [
            _title("I read these, and the team has no words of mine yet"),
            *(_link(one) for one in owed[:_LISTED]),
        ]
    return blocks


def _in_chat(text: str) -> str:
    """
    Put a remedy that names the command line into what is asked for in chat, or say who can do it.

    >>> _in_chat("See them all with: paperround sources list")
    'See them all with: /paperround sources'
    >>> _in_chat("It is off; switch it on with: paperround sources enable arxiv")
    'It is off; the operator can: paperround sources enable arxiv'
    """
    text = _OPERATORS.sub(lambda found: f"{'The' if found[1][0].isupper() else 'the'} operator can: {found[2]}", text)
    return _HERE.sub(lambda found: "/paperround sources" + ("" if found[1] == "list" else f" {found[1]}"), text)


def _poster(call: CommandCall) -> Member:
    """Give the member in whose name something is proposed: who posted the link, where the platform says so, else who asks."""
    posted_by = call.values.get("by_id")
    return Member(id=posted_by, name=call.values.get("by", "")) if posted_by else call.member


def _in_a_line(one: managing.SourceState) -> str:
    return f"{one.spec.name} ({one.spec.id}): {one.report.state.value}" + (
        f", {one.report.error}" if one.report.error else ""
    )


def _picks(digest: Digest) -> list[Block]:
    return [
        Block(
            role=BlockRole.BODY,
            spans=(
                Span(text=f"{pick.rank}. "),
                Span(text=pick.item.title, url=pick.item.url, strong=True),
                Span(text=f" · {pick.minutes} min · " + "; ".join(reason.text for reason in pick.reasons[:2])),
            ),
        )
        for pick in digest.picks
    ] or [_note("Nothing new yet.")]


def _link(one: Remembered, remark: str = "") -> Block:
    spans = (Span(text=one.item.title, url=one.item.url), *((Span(text=f" · {remark}"),) if remark else ()))
    return Block(role=BlockRole.BODY, spans=spans)


def _help(words: PlatformWords) -> Answer:
    lines = (*HELP[:-1], *words.commands, HELP[-1])
    return Answer(blocks=(_title("Paper Round"), *(_note(f"{command} · {words}") for command, words in lines)))


def _refuse(what: str, words: PlatformWords) -> Answer:
    return _say(f"Only {words.admins} may {what}. Ask one of them.")


def _say(*lines: str) -> Answer:
    return Answer(blocks=tuple(_note(line) for line in lines))


def _title(text: str) -> Block:
    return Block(role=BlockRole.TITLE, spans=(Span(text=text, strong=True),))


def _note(text: str) -> Block:
    return Block(role=BlockRole.NOTE, spans=(Span(text=text),))
