"""A member's reading list, as a command, and the home tab that shows it beside the week and the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.following import matches
from bot.model import Answer, Block, Channel, CommandCall, Meaning
from bot.remembered import Remembered
from bot.rendering import MEANING_WORDS
from bot.usecases import channels, wishes
from bot.usecases.answers import note, title, work
from bot.usecases.channel_commands import next_line
from bot.usecases.command_context import CommandContext
from bot.usecases.recall import remember

_LISTED: Final = 12


async def mine(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`mine`: the list of whoever asks; `mine follow ...` and its like are wishes for that list."""
    if rest:
        return await wishes.mine(rest, call, context.unit_of_work, await context.specs())
    known = await remember([channel], context.unit_of_work)
    own = await wishes.of_member(call, context.unit_of_work)
    known = [one for one in known if not matches(one.item, own.mute)]
    return Answer(blocks=(*_reading_list(known, call.member.id), *wishes.new_for(own, known, call.member.id)))


async def home(context: CommandContext, call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """The home tab: the latest week, the reading list of whoever opens it, the settings."""
    known = await remember([channel], context.unit_of_work)
    week = max((week for one in known for week in one.weeks), default=None)
    picks = [one for one in known if week in one.weeks]
    settings = [f"{name.replace('_', ' ')}: {value or 'none'}" for name, value in channels.form_of(channel).items()]
    return Answer(
        blocks=(
            title(f"#{channel.name}"),
            note(next_line(context, channel)),
            *(work(one.item) for one in picks[:_LISTED]),
            *_reading_list(known, call.member.id),
            title("Settings"),
            *(note(line) for line in settings),
        )
    )


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
