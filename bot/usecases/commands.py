"""
What a member may ask us in chat, the same on every platform: an adapter hands in a `CommandCall` and shows the `Answer`.

Reading is for everybody; changes are for those whom the platform lets change things, and the others are told why (docs/platform-facts.md#e4).
A command is one row of `TABLE`; its handler lives in the use-case module of its subject.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from bot.errors import PaperRoundError
from bot.model import Answer, Block, BlockRole, Channel, CommandCall, Span
from bot.permission import with_right
from bot.usecases import (
    channel_commands,
    classic_commands,
    decide,
    digest_commands,
    page_command,
    reading_list,
    receipt,
    remind,
    review,
    search,
    source_commands,
    status_commands,
    subscribe,
    suggest,
    summarise,
    taste_commands,
    wishes,
)
from bot.usecases.answers import command as typed
from bot.usecases.answers import in_chat, refuse, say, title
from bot.usecases.command_context import Command, CommandContext, Permission


async def _help(context: CommandContext, call: CommandCall, _channel: Channel | None = None, _rest: str = "") -> Answer:
    lines = (*HELP[:-1], *context.words_of(call).commands, HELP[-1])
    return Answer(blocks=(title("Paper Round"), *(_row(usage, about) for usage, about in lines)))


def _row(usage: str, about: str) -> Block:
    return Block(role=BlockRole.NOTE, spans=(Span(text=usage, strong=True), Span(text=f" · {about}")))


async def _help_elsewhere(context: CommandContext, call: CommandCall, _rest: str) -> Answer:
    return await _help(context, call)


TABLE: Final = (
    Command(
        usage="now",
        about="see the next digest as it stands; only you see it",
        handler=digest_commands.now,
    ),
    Command(
        usage="mine",
        about="my reading list, and what I owe a summary",
        handler=reading_list.mine,
    ),
    Command(
        usage="find WORDS",
        about='search works and our own words, like: find "reward models" by:ada',
        handler=search.find,
    ),
    Command(
        usage="remind",
        about="my list and what I owe, once a week to me alone: 'remind monday 10:00', 'remind off'",
        handler=remind.remind,
    ),
    Command(
        usage="card N",
        about="the card of a line of the digest, with a thread of its own, for everybody here",
        handler=digest_commands.card,
    ),
    Command(
        usage="more",
        about="the works that came after those of 'also this week'",
        handler=digest_commands.more,
    ),
    Command(
        usage="why N",
        about="all there is to say of a work of the digest",
        handler=digest_commands.why,
    ),
    Command(
        usage="topics",
        about="what this channel is about; 'topics a, b' sets it, 'topics none' ends it",
        handler=channel_commands.topics,
        permission=Permission.READ_OR_CHANGE,
        change="change the settings",
    ),
    Command(
        usage="follow",
        about="what always comes first, like 'follow author: Percy Liang'; 'mine follow' is for your list alone",
        handler=wishes.follow,
        permission=Permission.READ_OR_CHANGE,
        change="change what the channel follows",
    ),
    Command(
        usage="unfollow",
        about="what shall not come first any more",
        handler=wishes.unfollow,
        permission=Permission.READ_OR_CHANGE,
        change="change what the channel follows",
    ),
    Command(
        usage="mute",
        about="what never comes, like 'mute word: crypto'; 'mine mute' is for your list alone",
        handler=wishes.mute,
        permission=Permission.READ_OR_CHANGE,
        change="change what the channel mutes",
    ),
    Command(
        usage="unmute",
        about="what may be sent again",
        handler=wishes.unmute,
        permission=Permission.READ_OR_CHANGE,
        change="change what the channel mutes",
    ),
    Command(
        usage="taste",
        about="what this channel seems to like; 'taste' with links or 'taste history' tells us, 'taste forget' takes it back",
        handler=taste_commands.taste,
    ),
    Command(
        usage="classics",
        about="one work a week for the basics: what comes next; 'classics add URL why it lasts', 'classics off'",
        handler=classic_commands.classics,
    ),
    Command(
        usage="sources",
        about="where we read; 'sources add URL', and 'remove', 'enable', 'disable' or 'check' with an ID, for this channel",
        handler=source_commands.sources,
    ),
    Command(
        usage="settings",
        about="weekday, time, zone, budget, exploration, topics, what emoji mean",
        handler=channel_commands.settings,
        permission=Permission.CHANGE,
        change="change the settings",
    ),
    Command(
        usage="add URL",
        about="propose something for the next digest",
        handler=suggest.add,
    ),
    Command(
        usage="review",
        about="the digest before it goes out, for its editors: 'review remove 3', 'review move 5 1', 'review add URL'; 'review 12h'",
        handler=review.review,
    ),
    Command(
        usage="pause",
        about="post nothing until 'resume'",
        handler=channel_commands.pause,
        permission=Permission.CHANGE,
        change="pause the channel",
    ),
    Command(
        usage="resume",
        about="go on",
        handler=channel_commands.resume,
        permission=Permission.CHANGE,
        change="resume the channel",
    ),
    Command(
        usage="status",
        about="the next digest, the last one, and whether all is well",
        handler=status_commands.status,
    ),
    Command(
        usage="stats",
        about="how much was sent, marked and summarised here, and what exploration tells; 'stats me' is for me alone",
        handler=status_commands.stats,
    ),
    Command(
        usage="setup",
        about="bring the digest into this channel",
        handler=subscribe.setup,
        elsewhere=subscribe.setup_elsewhere,
        permission=Permission.CHANGE,
        change="set the channel up",
    ),
    Command(
        usage="stop",
        about="no digest any more; what was written is kept",
        handler=subscribe.stop,
        permission=Permission.CHANGE,
        change="end the digest",
    ),
    Command(
        usage="start",
        handler=subscribe.start,
        elsewhere=subscribe.start_elsewhere,
        permission=Permission.CHANGE,
        change="set the channel up",
    ),
    Command(
        usage="page",
        about="the library in a browser: weeks, works, words, figures",
        handler=page_command.page,
        elsewhere=page_command.page_elsewhere,
    ),
    Command(usage="chosen CHANNEL MESSAGE PRESS", handler=decide.chosen, elsewhere=decide.chosen_elsewhere),
    Command(usage="line WEEK/N", handler=decide.line),
    Command(usage="summarise CHANNEL MESSAGE", handler=summarise.summarise),
    Command(usage="place N", handler=summarise.place),
    Command(usage="receipt WEEK", handler=receipt.receipt),
    Command(usage="home", handler=reading_list.home, elsewhere=_help_elsewhere),
    Command(usage="help", about="this list", handler=_help, elsewhere=_help_elsewhere),
)
"""Every command, in the order of the help; a new one is one row here, and a row in Discord's tree."""

HELP: Final = tuple((command.usage, command.about) for command in TABLE if command.about)

_ELSEWHERE: Final = re.compile(r"(?:(.*) )?in (\S+)")
"""How a button outside any channel says which one it is about."""

_BY_VERB: Final = {command.verb: command for command in TABLE}


class Commands:
    """`bot.ports.CommandSink`."""

    def __init__(self, context: CommandContext) -> None:
        self._command_context = context

    async def __call__(self, call: CommandCall) -> Answer:
        verb, _, rest = call.text.strip().partition(" ")
        verb, rest = verb.lower() or "help", rest.strip()
        call = with_right(call, self._command_context.changers)
        try:
            return await self._answer(_BY_VERB.get(verb), verb, rest, call)
        except PaperRoundError as error:
            return say(in_chat(str(error)))

    async def _is_forgotten(self, call: CommandCall) -> bool:
        async with self._command_context.unit_of_work() as uow:
            return (await uow.forgotten.check())(call.platform, call.member.id)

    async def _answer(self, command: Command | None, verb: str, rest: str, call: CommandCall) -> Answer:
        context, (channel, rest) = self._command_context, await self._channel(call, rest)
        if command and not command.allowed(call, rest):
            return refuse(command.change, context.words_of(call))
        if channel is None:
            if command and command.elsewhere:
                return await command.elsewhere(context, call, rest)
            return say(f"This channel gets no digest. Ask in one that does, or set it up here: {typed('setup')}")
        if command is None:
            near = get_close_matches(verb, _BY_VERB, n=1)
            return say(
                f"I do not know {verb!r}. " + (f"Did you mean {typed(near[0])}?" if near else f"Try {typed('help')}.")
            )
        if verb != "help" and await self._is_forgotten(call):
            return say(
                "You asked to be forgotten, so nothing of what you do is kept, and this might be. Whoever runs Paper Round can let you take "
                "part again."
            )
        return await command.handler(context, call, channel, rest)

    async def _channel(self, call: CommandCall, rest: str) -> tuple[Channel | None, str]:
        """Give the channel that is asked about, and the words without its name; in the home tab that is the one they name, else any that the member reads."""
        mine = [channel for channel in await self._command_context.channels() if channel.platform == call.platform]
        if call.channel_id:
            return next((channel for channel in mine if call.channel_id in {channel.id, channel.name}), None), rest
        readable = await self._command_context.readable_by(call.platform, call.member.id)
        mine = [channel for channel in mine if channel.name in readable]
        named = _ELSEWHERE.fullmatch(rest)
        if named:
            return next((channel for channel in mine if channel.name == named[2]), None), named[1] or ""
        return (mine[0] if mine else None), rest
