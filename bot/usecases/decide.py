"""Decide: what members see after they pressed a decision's button, and the buttons of a line of a compact digest."""

from __future__ import annotations

from dataclasses import replace

from bot.card import LINE_TITLE, short
from bot.model import Answer, Button, Channel, CommandCall, Digest, Meaning, MessageRef, Pick, Posting
from bot.ports import UnitOfWork
from bot.pressing import press_text, read_press, shown_emoji
from bot.rendering import BUTTON_WORDS, decision_buttons, items_of_list
from bot.usecases.answers import say, title
from bot.usecases.command_context import CommandContext
from bot.usecases.decided import item_decisions
from bot.usecases.lines import find_work
from bot.usecases.press import pressed_item
from bot.usecases.summarise import SUMMARISE

_LATER = "Noted. It shows here in a moment."


async def chosen(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """
    `chosen CHANNEL MESSAGE press ...`: what the button that was just pressed left behind, for the member who pressed it.

    Nothing, where the card itself shows it: who presses sees their own name there first.
    """
    channel_id, message_id, text = [*rest.split(" ", 2), "", ""][:3]
    pressed = read_press(text)
    if pressed is None:
        return say("This button is of a later version of Paper Round. Please try again once that runs.")
    ref = MessageRef(platform=call.platform, channel_id=channel_id, message_id=pressed.message_id or message_id)
    async with context.unit_of_work() as uow:
        posting = await uow.postings.at(ref)
        key = await pressed_item(posting, pressed.rank, uow) if posting else None
        if posting is None or key is None:
            return say(_LATER)
        taken = await item_decisions(channel, key, uow, call.member.id)
        presses = await uow.presses.of_item(channel.name, key, call.member.id)
        digest = await uow.digests.get(posting.channel, posting.week)
    thinks = {one.meaning for one in taken}
    last = next((one for one in reversed(presses) if one.meaning is pressed.meaning), None)
    back = last is not None and not last.present
    pick = next((one for one in digest.picks if one.rank == pressed.rank), None) if digest and pressed.rank else None
    words = _said(pressed.meaning, thinks, channel, back=back)
    if digest and pick:
        return _line(digest, pick, channel, ref, thinks, words)
    # Names stand on the card; of those whom it is not for, the number alone, and a reaction may still say what a press took back.
    named = channel.names_shown and pressed.meaning is not Meaning.SKIP
    on_the_card = named and back is not (pressed.meaning in thinks)
    return Answer() if on_the_card else say(words)


async def chosen_elsewhere(_context: CommandContext, _call: CommandCall, _rest: str) -> Answer:
    """The same in a channel whose digest was ended: the press is kept as it was, and its cards are not redrawn any more."""
    return say("Noted. The digest of this channel was ended, so its cards do not show it.")


async def line(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`line WEEK/N`: the buttons of a line of a compact digest, with what the member has chosen."""
    async with context.unit_of_work() as uow:
        found = await find_work(rest, channel, uow)
        if found is None:
            return say("There is no such line here any more.")
        digest, pick = found
        posting = await _list_of(digest, pick, uow)
        taken = await item_decisions(channel, pick.item.key, uow, call.member.id)
    if posting is None or posting.ref is None:
        return say("The list of this digest is not posted yet. Please try again in a moment.")
    return _line(digest, pick, channel, posting.ref, {one.meaning for one in taken}, "")


def _said(meaning: Meaning, thinks: set[Meaning], channel: Channel, *, back: bool) -> str:
    emoji, words = shown_emoji(channel).get(meaning, ""), BUTTON_WORDS[meaning]
    named = f"{emoji} {words}".strip()
    if back and meaning in thinks:
        return f"{named} still stands, by your reaction: take that back as well, if you mean it."
    if meaning not in thinks:
        return f"Taken back: {named}."
    return f"You chose {named}. Press it again to take it back."


def _line(digest: Digest, pick: Pick, channel: Channel, place: MessageRef, thinks: set[Meaning], words: str) -> Answer:
    decide = [
        replace(one, asks=press_text(meaning, pick.rank, place.message_id), chosen=meaning in thinks)
        for one, meaning in zip(decision_buttons(channel), BUTTON_WORDS, strict=False)
    ]
    buttons = [
        *decide,
        Button(words="Summarise", asks=f"{SUMMARISE} {place.channel_id} {place.message_id} {pick.rank}"),
        Button(words="Card", asks=f"card {digest.week}/{pick.rank}"),
    ]
    heading = title(f"{pick.rank}. {short(pick.item.title, LINE_TITLE)}")
    return Answer(blocks=(heading, *(say(words).blocks if words else ())), buttons=tuple(buttons))


async def _list_of(digest: Digest, pick: Pick, uow: UnitOfWork) -> Posting | None:
    postings = await uow.postings.of(digest.channel, digest.week)
    return next((one for one in postings if pick.item.key in items_of_list(digest, one.part) and one.ref), None)
