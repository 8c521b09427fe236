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
from bot.following import matches
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
from bot.rendering import MEANING_WORDS, local_time, time_in_words
from bot.text import shown_url
from bot.usecases import channels as channel_settings
from bot.usecases import history, lines, stats, status, taste, wishes
from bot.usecases import sources as managing
from bot.usecases.answers import note, refuse, say, title, work
from bot.usecases.cards import ShownIn, own_words
from bot.usecases.recall import Remembered, remember
from bot.usecases.suggest import suggest

HELP: Final = (
    ("now", "see the next digest as it stands; only you see it"),
    ("mine", "my reading list, and what I owe a summary"),
    ("card N", "the card of a line of the digest, with a thread of its own, for everybody here"),
    ("more", "the works that came after those of 'also this week'"),
    ("why N", "all there is to say of a work of the digest"),
    ("topics", "what this channel is about; `topics a, b` sets it"),
    ("follow", "what always comes first, like `follow author: Percy Liang`; `mine follow` is for your list alone"),
    ("unfollow", "what shall not come first any more"),
    ("mute", "what never comes, like `mute word: crypto`; `mine mute` is for your list alone"),
    ("unmute", "what may be sent again"),
    (
        "taste",
        "what this channel seems to like; `taste` with links or `taste history` tells us, `taste forget` takes it back",
    ),
    ("sources", "where we read; `sources add URL`, `sources remove ID`, `sources check ID`"),
    ("settings", "weekday, time, zone, budget, exploration, topics, what emoji mean"),
    ("add URL", "propose something for the next digest"),
    ("pause", "post nothing until `resume`"),
    ("resume", "go on"),
    ("status", "the next digest, the last one, and whether all is well"),
    ("stats", "how much was sent, marked and summarised here, and what exploration tells"),
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
    histories: frozenset[str] = frozenset()
    bring: lines.Bring | None = None
    """Sends a card that somebody asked for at once; without it the next tick does."""
    shown_in: ShownIn = own_words
    """Gives the channels whose words may be shown to everybody in a channel."""


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
                return say(
                    "This channel gets no digest. Ask in one that does, or let the operator add it to the configuration."
                )
            return await self._answer(verb, rest, call, channel)
        except PaperRoundError as error:
            return say(_in_chat(str(error)))

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
            "card": self._card,
            "more": self._more,
            "why": self._all_about,
            "topics": self._topics,
            "follow": self._follow,
            "unfollow": self._unfollow,
            "mute": self._mute,
            "unmute": self._unmute,
            "taste": self._taste,
            "sources": self._sources,
            "settings": self._settings,
            "add": self._add,
            "pause": self._pause,
            "resume": self._resume,
            "status": self._status,
            "stats": self._stats,
            "home": self._home,
        }
        handler = handlers.get(verb)
        if handler is None:
            near = get_close_matches(verb, _VERBS, n=1)
            return say(f"I do not know {verb!r}. " + (f"Did you mean {near[0]}?" if near else "Try help."))
        return await handler(rest, call, channel)

    async def _now(self, _rest: str, _call: CommandCall, channel: Channel) -> Answer:
        digest = await self._command_context.preview(channel)
        picks = f"{len(digest.picks)} {'pick' if len(digest.picks) == 1 else 'picks'}"
        head = f"If it were posted now: {picks}, {time_in_words(digest)}."
        return Answer(blocks=(title(head), *_picks(digest)))

    async def _card(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        context = self._command_context
        return await lines.bring_card(rest, call, channel, context.unit_of_work, context.clock, context.bring)

    async def _more(self, _rest: str, _call: CommandCall, channel: Channel) -> Answer:
        return await lines.further_lines(channel, self._command_context.unit_of_work)

    async def _all_about(self, rest: str, _call: CommandCall, channel: Channel) -> Answer:
        return await lines.all_about(rest, channel, self._command_context.unit_of_work, self._command_context.shown_in)

    async def _follow(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        return await self._wish("follow", rest, call, channel, add=True)

    async def _unfollow(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        return await self._wish("follow", rest, call, channel, add=False)

    async def _mute(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        return await self._wish("mute", rest, call, channel, add=True)

    async def _unmute(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        return await self._wish("mute", rest, call, channel, add=False)

    async def _wish(self, field: str, rest: str, call: CommandCall, channel: Channel, *, add: bool) -> Answer:
        if rest and not call.admin:
            return refuse(f"change what the channel {'follows' if field == 'follow' else 'mutes'}", self._words(call))
        present = channel.follow if field == "follow" else channel.mute
        changed = wishes.changed(present, rest, add=add)
        if isinstance(changed, str):
            return say(changed)
        if changed != present:
            await channel_settings.change(channel, {field: changed}, self._command_context.unit_of_work)
        return wishes.listed(field, changed, await self._command_context.specs())

    async def _taste(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        context, verb = self._command_context, rest.partition(" ")[0].lower()
        if verb in {"", "show"}:
            return await taste.show(channel, context.unit_of_work)
        if not call.admin:
            return refuse("tell the channel's taste", self._words(call))
        if verb == "history":
            if call.platform not in context.histories:
                return say("I cannot look into this channel's past. Paste links instead: taste LINKS")
            return await history.ask_history(channel, call.member, context.unit_of_work, context.clock())
        if verb == "forget":
            return await taste.forget(channel, context.unit_of_work)
        return await taste.from_links(rest, channel, context.unit_of_work, context.clock())

    async def _mine(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        context = self._command_context
        if rest:
            return await wishes.mine(rest, call, context.unit_of_work, await context.specs())
        known = await remember([channel], context.unit_of_work)
        own = await wishes.of_member(call, context.unit_of_work)
        known = [one for one in known if not matches(one.item, own.mute)]
        return Answer(blocks=(*_reading_list(known, call.member.id), *wishes.new_for(own, known, call.member.id)))

    async def _topics(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        if not rest:
            now = ", ".join(channel.topics) or "none yet"
            return say(f"Topics of this channel: {now}.", "Set them with: topics reward models, agent safety")
        return await self._set({"topics": rest}, call, channel)

    async def _settings(self, _rest: str, call: CommandCall, channel: Channel) -> Answer:
        if call.values:
            return await self._set(dict(call.values), call, channel)
        if not call.admin:
            return refuse("change the settings", self._words(call))
        return Answer(blocks=(title("Settings"),), form=channel_settings.form_of(channel))

    async def _set(self, form: dict[str, str], call: CommandCall, channel: Channel) -> Answer:
        if not call.admin:
            return refuse("change the settings", self._words(call))
        values, faults = channel_settings.read_form(form)
        if faults:
            return Answer(blocks=tuple(note(f"{name}: {fault}") for name, fault in faults.items()), faults=faults)
        await channel_settings.change(channel, values, self._command_context.unit_of_work)
        now = channel_settings.form_of(
            next(c for c in await self._command_context.channels() if c.name == channel.name)
        )
        return say("Changed.", *(f"{name.replace('_', ' ')}: {now[name] or 'none'}" for name in values))

    async def _sources(self, rest: str, call: CommandCall, _channel: Channel) -> Answer:
        context, (verb, _, what) = self._command_context, rest.partition(" ")
        specs = await context.specs()
        if verb == "check":
            return say(await context.check(managing.named(what.strip(), specs)))
        if verb in {"add", "remove"} and not call.admin:
            return refuse(f"{verb} sources", self._words(call))
        if verb == "add":
            async with context.finder() as finder:
                who = managing.Who(call.member.name or call.member.id)
                source_id, found = await managing.add(
                    what.strip(), who, specs, finder, context.unit_of_work, context.clock
                )
            return say(
                f"{found.title or shown_url(found.url)} is followed from now on, as {source_id}.{managing.in_place_of(found)}"
            )
        if verb == "remove":
            await managing.remove(what.strip(), specs, context.tables(), context.unit_of_work)
            return say(f"{what.strip()} is not followed any more.")
        if verb:
            return say(f"I do not know 'sources {verb}'. Try sources add URL, sources remove ID or sources check ID.")
        known = await managing.states(specs, context.unit_of_work)
        return Answer(blocks=(title("Sources"), *(note(_in_a_line(one)) for one in known)))

    async def _add(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        poster = _poster(call)
        title = await suggest(rest, poster, channel, self._command_context.unit_of_work, self._command_context.clock)
        whose = "your name" if poster.id == call.member.id else f"the name of {poster.name or 'who posted it'}"
        return say(f"{title} is proposed for the next digest, in {whose}.")

    async def _pause(self, rest: str, call: CommandCall, channel: Channel) -> Answer:
        if not call.admin:
            return refuse("pause the channel", self._words(call))
        because = f"{call.member.name or 'somebody'} paused it" + (f": {rest}" if rest else "")
        done = await channel_settings.pause(
            channel, because, self._command_context.unit_of_work, self._command_context.clock, by_people=True
        )
        return say(
            "Paused. Nothing is posted here until: resume" if done else "It is paused already. Go on with: resume"
        )

    async def _resume(self, _rest: str, call: CommandCall, channel: Channel) -> Answer:
        if not call.admin:
            return refuse("resume the channel", self._words(call))
        done = await channel_settings.resume(channel, self._command_context.unit_of_work)
        return say(self._next(channel) if done else "It was not paused.")

    async def _status(self, _rest: str, _call: CommandCall, channel: Channel) -> Answer:
        context = self._command_context
        # It is asked in the channel, so its platform can be reached.
        found = await status.look(
            [channel], await context.specs(), {channel.platform}, context.unit_of_work, context.clock
        )
        lines = [
            *status.channel_lines(found.channels[0]),
            *([_in_chat(status.source_line(one)) for one in found.troubles] or ["All sources are well."]),
            *filter(None, [status.inbox_line(found)]),
        ]
        return Answer(blocks=(title("Status"), *(note(line) for line in lines)))

    async def _stats(self, _rest: str, _call: CommandCall, channel: Channel) -> Answer:
        context = self._command_context
        (found,) = await stats.channel_stats([channel], context.unit_of_work, context.clock)
        return Answer(blocks=(title("Statistics"), *(note(line) for line in stats.in_words(found))))

    async def _home(self, _rest: str, call: CommandCall, channel: Channel) -> Answer:
        known = await remember([channel], self._command_context.unit_of_work)
        week = max((week for one in known for week in one.weeks), default=None)
        picks = [one for one in known if week in one.weeks]
        settings = [
            f"{name.replace('_', ' ')}: {value or 'none'}" for name, value in channel_settings.form_of(channel).items()
        ]
        return Answer(
            blocks=(
                title(f"#{channel.name}"),
                note(self._next(channel)),
                *(work(one.item) for one in picks[:_LISTED]),
                *_reading_list(known, call.member.id),
                title("Settings"),
                *(note(line) for line in settings),
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
    blocks = [title("My reading list")]
    for meaning, items in open_ones.items():
        blocks += [work(one.item, MEANING_WORDS[meaning]) for one in items[:_LISTED]]
    if len(blocks) == 1:
        blocks.append(note("Nothing is waiting for you."))
    if owed:
        blocks += [
            title("I read these, and the team has no words of mine yet"),
            *(work(one.item) for one in owed[:_LISTED]),
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
    ] or [note("Nothing new yet.")]


def _help(words: PlatformWords) -> Answer:
    lines = (*HELP[:-1], *words.commands, HELP[-1])
    return Answer(blocks=(title("Paper Round"), *(note(f"{command} · {about}") for command, about in lines)))
