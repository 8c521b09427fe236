"""
A post as Discord takes it: one embed for a pick, a line of text and an embed for head and foot. Pure: values in, payload out.

Every message is within Discord's limits by construction (Discord's documentation of messages and embeds): what does not fit is cut or
left out here, since the API refuses the whole message otherwise and with it the rest of the digest. One embed a message means
that embeds of different picks never meet in one message, where Discord would merge those that share an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from adapters.discord.markdown import fitted, line, plain, size, with_custom_emoji
from bot.model import Block, BlockRole, Button, Post, PostRole, Section
from bot.pressing import PRESS
from bot.rendering import shown_number
from bot.text import safe_url

Payload = dict[str, Any]

CONTENT: Final = 2000
TITLE: Final = 256
DESCRIPTION: Final = 4096
FOOTER: Final = 2048
NONCE: Final = 25
CUSTOM_ID: Final = 100
THREAD_NAME: Final = 100
_OPTION: Final = 100
_OPTIONS: Final = 25
IN_A_ROW: Final = 5
"""Most buttons of a row (Discord's documentation of components)."""

SILENT: Final[Mapping[str, Any]] = {"parse": []}
"""Allowed mentions: none. Sent with every message and every edit, for an edit is parsed again with Discord's default (all of them)."""

UNTITLED: Final = "(untitled)"
_COLOURS: Final = {
    Section.PAPERS: 0x3B5BDB,
    Section.LABS: 0x0B7285,
    Section.NEWSLETTERS: 0xB35C00,
    Section.COMMUNITY: 0x5F3DC4,
}
_PLAIN_COLOUR: Final = 0x4F545C
_LEADS: Final = {
    BlockRole.WHY: "**Why:** ",
    BlockRole.QUOTE: "> ",
    BlockRole.WORDS: "> ",
    BlockRole.NOTE: "-# ",
    BlockRole.ASKING: "-# ",
}
_SMALL: Final = "-# "
_FACTS: Final = frozenset({BlockRole.SEEN, BlockRole.BYLINE, BlockRole.BADGES})
"""What is small print on a card, so that what is new and why it is here are read first."""
_APART: Final = frozenset({BlockRole.BODY, BlockRole.WHY})
"""Blocks that begin a paragraph."""
_UNSEEN: Final = frozenset({BlockRole.DECISIONS, BlockRole.TITLE, BlockRole.MORE})
"""What a description leaves out: titles and decisions have a place of their own, `more` is for those who press the button."""
_DRESSED: Final = frozenset({BlockRole.LEGEND, BlockRole.DECISIONS})

_BUTTONS: Final = {
    PostRole.HEAD: ("mine", "My reading list"),
    PostRole.PICK: ("summary", "Summarise"),
    PostRole.LIST: ("mine", "My reading list"),
    PostRole.ALSO: ("mine", "My reading list"),
    PostRole.FOOT: ("status", "Status"),
    PostRole.NOTICE: ("help", "What I can do"),
}
_CUSTOM: Final = re.compile(r":([^:\s]+):(\d+)")
_MARKER: Final = re.compile(r"paperround:(mine|summary|status|help):(.+)", re.DOTALL)


def message_of(post: Post, key: str) -> Payload:
    """
    Give the whole message for a post: content, embed, a button, the nonce.

    The button's id carries `key`, which is how a message of ours is known again: Discord does not give the nonce back to
    those who read a channel, and a marker in the text would be a marker that people see.
    """
    return {**face_of(post), "components": _components(post, key), "nonce": key[:NONCE], "enforce_nonce": True}


def mentioning(message: Payload, role_id: str) -> Payload:
    """Give a message that mentions one role, and lets Discord notify that one and nobody else."""
    said = f"<@&{role_id}>"
    content = str(message.get("content") or "")
    room = CONTENT - size(said) - 1
    content = f"{content} {said}" if content and size(content) <= room else content or said
    return {**message, "content": content, "allowed_mentions": {"parse": [], "roles": [role_id]}}


def face_of(post: Post) -> Payload:
    """Give what people see of a post: what an edit replaces. Buttons, reactions and thread stay."""
    title = _title(post)
    if post.role is PostRole.PICK:
        return {"content": "", "embeds": [_pick(post, title)], "allowed_mentions": dict(SILENT)}
    headed = {PostRole.HEAD, PostRole.LIST, PostRole.ALSO, PostRole.NOTICE}
    content = f"**{fitted(title, CONTENT - 4)}**" if post.role in headed and title else ""
    return {"content": content, "embeds": [_embed(post)], "allowed_mentions": dict(SILENT)}


def missing_buttons(post: Post, message: Mapping[str, Any]) -> Payload:
    """
    Give the buttons that a message of ours lacks, as what an edit replaces: all of them, or nothing where it has each.

    An edit without them leaves those that stand, so that a card of an earlier version would never be decided on by a tap.
    """
    key = key_in(message)
    if key is None:
        return {}
    wanted = _components(post, key)
    return {} if _ids(wanted) <= _ids(message.get("components") or ()) else {"components": wanted}


def _ids(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {str(component.get("custom_id") or "") for row in rows for component in row.get("components") or ()}


def bare_message(post: Post, key: str) -> Payload:
    """Give the plainest message for a post, for the case that Discord refuses the form of the fuller one."""
    content = fitted(post.plain, CONTENT) or UNTITLED
    return {**message_of(post, key), "content": content, "embeds": []}


def thread_name(post: Post) -> str:
    """Give the name of a post's thread: its title, 1 to 100 characters."""
    return plain(_title(post), THREAD_NAME) or plain(post.plain.replace("\n", " · "), THREAD_NAME) or UNTITLED


def forum_name(post: Post) -> str:
    """
    Give the title of a post in a forum, where titles are all that a list of them shows: a pick's bears its rank, the foot says what it holds.

    The rank is what people speak of ('number 3'), and tells the order where Discord shows another one.
    """
    if post.role is PostRole.FOOT:
        return "Sources"
    number = f"{post.rank}. " if post.role is PostRole.PICK and post.rank is not None else ""
    return number + plain(thread_name(post), THREAD_NAME - size(number))


def key_in(message: Mapping[str, Any]) -> str | None:
    """Give the posting key that a message of ours carries; None for any other message."""
    for row in message.get("components") or ():
        for component in row.get("components") or ():
            found = _MARKER.fullmatch(str(component.get("custom_id") or ""))
            if found:
                return found[2]
    return None


def is_pick(message: Mapping[str, Any]) -> bool:
    """Tell whether a message of ours is a pick's: those have a thread."""
    ids = (
        str(component.get("custom_id") or "")
        for row in message.get("components") or ()
        for component in row.get("components") or ()
    )
    return any(found[1] == "summary" for custom_id in ids if (found := _MARKER.fullmatch(custom_id)))


def name_in(message: Mapping[str, Any]) -> str:
    """Give the name for the thread of a pick as it stands on Discord: its embed's title without our number and escapes."""
    title = next((str(embed.get("title") or "") for embed in message.get("embeds") or ()), "")
    bare = re.sub(r"\\(.)", r"\1", re.sub(r"^\d+\. ", "", title))
    return plain(bare, THREAD_NAME) or UNTITLED


def _components(post: Post, key: str) -> list[Payload]:
    """Give a message's buttons; a card has one for what it does not show, a list a menu that brings a card."""
    act, label = _BUTTONS[post.role]
    buttons = [_button(label, f"{act}:{key}")]
    if post.role is PostRole.PICK and post.week and any(block.role is BlockRole.MORE for block in post.blocks):
        buttons.append(_button("More", f"ask:why {post.week}/{post.rank}"))
    if post.week and any(len(block.rows) > 1 for block in post.blocks):
        buttons.append(_button("Sources", f"ask:receipt {post.week}"))
    if post.role is PostRole.ALSO and any(block.role is BlockRole.MORE for block in post.blocks):
        buttons.append(_button("Further works", "ask:more"))
    rows = [{"type": 1, "components": buttons}]
    if post.role in {PostRole.PICK, PostRole.FOOT, PostRole.NOTICE} and post.buttons:
        own = [decision(one) for one in post.buttons]
        if post.role is PostRole.PICK or len(own) + len(buttons) > IN_A_ROW:
            rows.insert(0, {"type": 1, "components": own})
        else:
            rows = [{"type": 1, "components": [*own, *buttons]}]
    lines = [block for block in post.blocks if block.role is BlockRole.LINE and block.number is not None]
    asks, words = ("line", "Decide on one") if post.role is PostRole.LIST and post.buttons else ("card", "Bring a card")
    if lines and post.week:
        options = [
            {"label": plain(f"{block.number}. {_words(block)}", _OPTION), "value": f"{asks} {post.week}/{block.number}"}
            for block in lines[:_OPTIONS]
        ]
        menu = {"type": 3, "custom_id": "paperround:ask:chosen", "placeholder": words, "options": options}
        rows.append({"type": 1, "components": [menu]})
    return rows


def decision(button: Button) -> Payload:
    """Make a decision's button, or one that asks something; one that is chosen stands out."""
    verb, _, rest = button.asks.partition(" ")
    act = f"{PRESS}:{rest}" if verb == PRESS else f"ask:{button.asks}"
    emoji, _, words = button.words.partition(" ")
    made = _button(button.words, act)
    if custom := _CUSTOM.fullmatch(emoji):
        # A custom emoji is drawn beside a button's words, not in them.
        made |= {"label": words, "emoji": {"name": custom[1], "id": custom[2]}}
    return made | {"style": 1 if button.chosen else 2}


def _button(label: str, asks: str) -> Payload:
    return {"type": 2, "style": 2, "label": label, "custom_id": f"paperround:{asks}"[:CUSTOM_ID]}


def _words(block: Block) -> str:
    return block.spans[0].text if block.spans else UNTITLED


def _title(post: Post) -> str:
    spans = next((block.spans for block in post.blocks if block.role is BlockRole.TITLE), ())
    return " ".join(span.text for span in spans)


def _pick(post: Post, title: str) -> Payload:
    embed = _embed(post)
    number = f"{post.rank}. " if post.rank is not None else ""
    embed["title"] = number + (fitted(title, TITLE - size(number)) or UNTITLED)
    spans = next((block.spans for block in post.blocks if block.role is BlockRole.TITLE), ())
    url = next((found for span in spans if (found := safe_url(span.url))), None)
    if url:
        embed["url"] = url
    if post.picture:
        embed["thumbnail"] = {"url": post.picture}
    return embed


def _embed(post: Post) -> Payload:
    """Give everything below the title. A receipt's table is behind a button."""
    colour = _COLOURS[post.section] if post.section else _PLAIN_COLOUR
    return {
        "description": description_of(post.blocks, DESCRIPTION, card=post.role is PostRole.PICK) or "\u200b",
        "color": colour,
    }


def description_of(blocks: tuple[Block, ...], room: int, *, card: bool = False) -> str:
    """Write blocks as paragraphs within `room`, in their order; the facts of a `card` as small print. What was decided is never crowded out by what was said."""
    decided = [_paragraph(block, room // 4) for block in blocks if block.role is BlockRole.DECISIONS]
    ending = "\n".join(part for part in decided if part)
    left = room - size(ending) - 1 if ending else room
    written = ""
    for block in blocks:
        if block.role in _UNSEEN:
            continue
        joint = _joint(block) if written else ""
        small = _SMALL if card and block.role in _FACTS else ""
        part = _paragraph(block, left - size(written) - size(joint), small)
        written += joint + part if part else ""
    return "\n".join(part for part in (written, ending) if part)


def _joint(block: Block) -> str:
    return "\n\n" if block.role in _APART else "\n"


def _paragraph(block: Block, room: int, small: str = "") -> str:
    lead = _line_lead(block) if block.role is BlockRole.LINE else _LEADS.get(block.role, small)
    text = line(block.spans, room - size(lead), block.joint)
    if not text:
        return ""
    dressed = with_custom_emoji(text) if block.role in _DRESSED else text
    return lead + (dressed if size(dressed) <= room - size(lead) else text)


def _line_lead(block: Block) -> str:
    """Write the number of a line of a list, behind its keycap where it has one that says another."""
    shown = shown_number(block)
    number = f"**{shown}** " if shown is not None else ""
    return f"{block.keycap} {number}" if block.keycap else number
