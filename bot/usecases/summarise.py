"""Summarise: the form in which a member writes what a work says, beside what the team wrote of it before."""

from __future__ import annotations

import re
from typing import Final

from bot.card import LINE_TITLE, QUOTE_LIMIT, linked, short
from bot.model import CARD_PARTS, Answer, Block, BlockRole, Channel, CommandCall, MessageRef, Summary
from bot.rendering import items_of_list
from bot.usecases.answers import command, note, say
from bot.usecases.command_context import CommandContext
from bot.usecases.lines import find_work
from bot.usecases.press import pressed_item

SUMMARISE: Final = "summarise"
FIELD: Final = "summary"
"""The field of the form."""

SHOWN: Final = 5
"""How many of the team's earlier words stand above the form, the newest first."""

_PLACE: Final = re.compile(r"(\S+) (\S+)(?: (\d{1,4}))?")


async def summarise(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`summarise CHANNEL MESSAGE [N]`: the form for a card's work, or for the line N of a list, with the team's words on it."""
    place = _PLACE.fullmatch(rest)
    if place is None:
        return say("Press 'Summarise' under the pick that you want to write about.")
    readable = await context.shown_in(channel)
    ref = MessageRef(platform=call.platform, channel_id=place[1], message_id=place[2])
    async with context.unit_of_work() as uow:
        posting = await uow.postings.at(ref)
        key = await pressed_item(posting, int(place[3]) if place[3] else None, uow) if posting else None
        digest = await uow.digests.get(posting.channel, posting.week) if posting else None
        if key is None or digest is None:
            return say("This is no pick's message any more.")
        canonical = await uow.items.canonical([pick.item.key for pick in (*digest.picks, *digest.also)])
        written = [
            one
            for one in await uow.summaries.of_items([key])
            if one.text and one.channel in {channel.name for channel in readable}
        ]
    picks = [p for p in (*digest.picks, *digest.also) if key in {p.item.key, canonical[p.item.key]}]
    heading = [linked(short(pick.item.title, LINE_TITLE), pick.item.url, strong=True) for pick in picks[:1]]
    return Answer(
        blocks=(Block(role=BlockRole.BODY, spans=tuple(heading)), *_words(written, channel)), form={FIELD: ""}
    )


async def place(context: CommandContext, _call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`place N`: for the adapter, the message under which a summary of work N of the latest digest belongs, as `values`."""
    async with context.unit_of_work() as uow:
        found = await find_work(rest.strip(), channel, uow)
        if found is None:
            return say("Say which pick it is about by its number in the digest, like 3.")
        digest, pick = found
        postings = [one for one in await uow.postings.of(channel.name, digest.week) if one.ref]
    cards = [one for one in postings if one.item_key and one.part in {pick.rank, CARD_PARTS + pick.rank}]
    lists = [one for one in postings if pick.item.key in items_of_list(digest, one.part)]
    for posting in (*cards, *lists):
        if posting.ref:
            return Answer(
                values={
                    "channel": posting.ref.channel_id,
                    "message": posting.ref.message_id,
                    "rank": "" if posting.item_key else str(pick.rank),
                }
            )
    return say(f"{pick.rank} has no message yet: bring its card with {command(f'card {pick.rank}')}.")


def _words(written: list[Summary], channel: Channel) -> list[Block]:
    newest = sorted(written, key=lambda one: one.at, reverse=True)[:SHOWN]
    lines = []
    for one in newest:
        where = "" if one.channel == channel.name else f" in #{short(one.channel, 80)}"
        lines.append(note(f"{short(one.member.name, 80) or 'Somebody'}{where}: “{short(one.text, QUOTE_LIMIT)}”"))
    return lines
