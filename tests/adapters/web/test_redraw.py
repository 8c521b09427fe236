"""A message of the local page that is drawn again."""

from __future__ import annotations

from dataclasses import replace

from bot.model import Block, BlockRole, MessageRef, Post, PostRole, Span
from bot.redrawing import with_withdrawal
from tests.factories import channel

CHANNEL = channel(platform="web", id="reading")
CARD = Post(
    role=PostRole.PICK, part=1, blocks=(Block(role=BlockRole.TITLE, spans=(Span(text="A title"),)),), plain="A title"
)
DECIDED = Block(role=BlockRole.DECISIONS, spans=(Span(text="⭐ Ada"),))


async def shown(chat, ref: MessageRef) -> Post:
    message = await chat.store.message(ref.channel_id, ref.message_id)
    return message.post


async def test_shows_what_it_is_told(chat):
    """A card that is drawn again shows what it then says, without the decisions, which the page draws by itself."""
    ref = await chat.post(CHANNEL, CARD, "key")
    gone = with_withdrawal(CARD)
    await chat.redraw(ref, replace(gone, blocks=(*gone.blocks, DECIDED)))

    assert await shown(chat, ref) == gone


async def test_tells_windows_of_changes_only(chat):
    """Drawn again as it is, a card troubles no window; nor does one that is not there."""
    ref = await chat.post(CHANNEL, CARD, "key")
    before = chat.hub.version
    await chat.redraw(ref, replace(CARD, blocks=(*CARD.blocks, DECIDED)))
    await chat.redraw(replace(ref, message_id="none"), CARD)
    unchanged = chat.hub.version
    await chat.redraw(ref, with_withdrawal(CARD))

    assert unchanged == before != chat.hub.version
