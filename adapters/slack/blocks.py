"""
A neutral post in Block Kit, within every limit by construction: each text is cut to its own room, then blocks are taken while they fit
into the message (docs/platform-facts.md#a1: 50 blocks, and about 13,200 characters over all of them; we stay well below both).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from adapters.slack import rich_text
from adapters.slack.mrkdwn import (
    carries,
    carries_words,
    harmless,
    link,
    mrkdwn,
    plain_text,
    seen,
    shorten,
    units,
    unquoted,
)
from bot.model import Block, BlockRole, Button, Post, PostRole, Span
from bot.pressing import PRESS
from bot.rendering import shown_number
from bot.usecases.summarise import SUMMARISE

Kit = dict[str, Any]
"""One block, as Slack's API takes it."""

HEADER: Final = 150
SECTION: Final = 3000
ELEMENTS: Final = 10
FALLBACK: Final = 4000
ASK: Final = "ask"
"""The action of every button and menu of ours: its value is a question as it is typed behind `/paperround`."""
_LINE: Final = 1800
_LABEL: Final = 900
_FOLDED: Final = 150
"""From how many characters on a paragraph may be folded; Slack does not say where it does. A shorter one has less than three lines on a phone."""
_OPTION: Final = 75
_SHORT_OPTION: Final = 40
"""How long the options of the menu below are where each line has one, too, for both share a message."""
_OPTIONS: Final = 100
_LINE_LINK: Final = 900
_LONG_LINK: Final = 600  # ten of them on one line must leave room for the rest of the message


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """How many blocks a surface takes, and how many characters of JSON over all of them."""

    blocks: int
    units: int


MESSAGE: Final = SizeLimit(40, 10_000)
TAB: Final = SizeLimit(100, 30_000)
LISTED: Final = SizeLimit(40, 12_500)
"""A list with a menu at each line: what Slack takes, or it is dressed with one menu for all of them."""
LINE_MENU: Final = 640
"""What a line's menu and paragraph take beside its words, together with the line's place in the message's own menu; measured by its test."""
_MORE: Final = "There is more, which does not fit here."
_PICTURE: Final = "A picture of the work, as its source shows it"
_WITH_BUTTONS: Final = frozenset({PostRole.PICK, PostRole.FOOT, PostRole.NOTICE})


def message_blocks(post: Post) -> list[Kit]:
    """Dress a post of a digest as a message. What it shows only to those who ask is a press of a button away."""
    return _with_picture(_message_blocks(post), post)


def _with_picture(blocks: list[Kit], post: Post) -> list[Kit]:
    """Put a work's picture at the side of its first paragraph; one of rich text takes nothing at its side."""
    place = next((number for number, block in enumerate(blocks) if block["type"] == "section"), None)
    if post.picture is None or place is None or "accessory" in blocks[place]:
        return blocks
    picture = {"type": "image", "image_url": post.picture, "alt_text": _PICTURE}
    return [*blocks[:place], blocks[place] | {"accessory": picture}, *blocks[place + 1 :]]


def _message_blocks(post: Post) -> list[Kit]:
    if post.role in _WITH_BUTTONS and (offered := [*_decisions(post), *_more(post)]):
        # The buttons first: a long card is cut, and can be decided on all the same.
        actions = buttons(offered)
        room = SizeLimit(MESSAGE.blocks - 1, MESSAGE.units - _size(actions))
        return [*_fitting(post, room), actions]
    if post.week and any(len(block.rows) > 1 for block in post.blocks):
        return [*_fitting(post, MESSAGE), buttons([Button(words="Sources", asks=f"receipt {post.week}")])]
    if post.role is PostRole.LIST and post.buttons:
        for lines in (_lines_with_menus, _lines_with_menus_and_few_cards):
            full = list(_all_dressed(post, lines))
            if _fits(full, LISTED):
                return full
    return _fitting(post, MESSAGE)


def _decisions(post: Post) -> list[Button]:
    """Give a post's own buttons; a card that is decided on is summarised as well, and a notice is not."""
    if post.role is PostRole.PICK and post.buttons:
        return [*post.buttons, Button(words="Summarise", asks=SUMMARISE)]
    return list(post.buttons)


def _more(post: Post) -> list[Button]:
    """Bring what a card leaves out: a title of rich text takes no button at its side, so that of every card stands in the row."""
    more = post.role is PostRole.PICK and any(block.role is BlockRole.MORE for block in post.blocks)
    return [Button(words="More", asks=f"why {post.week}/{post.rank}")] if more and post.week else []


def _fitting(post: Post, limit: SizeLimit) -> list[Kit]:
    """Dress a post, with its lines as markup, which takes less room, where they would not fit as rich text."""
    rich = list(_all_dressed(post, _lines))
    return rich if _fits(rich, limit) else within(_all_dressed(post, _packed_lines), limit)


def _fits(blocks: Sequence[Kit], limit: SizeLimit) -> bool:
    return len(blocks) < limit.blocks and sum(map(_size, blocks)) < limit.units


def _all_dressed(post: Post, lines: Callable[[Sequence[Block], Post], list[Kit]]) -> Iterator[Kit]:
    shown = [block for block in post.blocks if block.role is not BlockRole.MORE]
    for listed, blocks in groupby(shown, key=lambda block: block.role is BlockRole.LINE):
        if listed:
            yield from lines(list(blocks), post)
        else:
            for block in blocks:
                yield from _dressed(block, post)


def buttons(asked: Sequence[Button]) -> Kit:
    """Make a row of buttons; one that is chosen stands out."""
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": f"{action_of(one.asks)}:{number}",
                "text": plain_text(shorten(one.words, _OPTION), emoji=True),
                "value": one.asks,
                **({"style": "primary"} if one.chosen else {}),
            }
            for number, one in enumerate(asked)
        ],
    }


def action_of(asks: str) -> str:
    """
    Give the action that a button bears by what it asks: a decision and a summary are no questions.

    In one row each has an action of its own, as Slack wants it: this, a colon and its number.
    """
    verb = asks.partition(" ")[0]
    return verb if verb in {PRESS, SUMMARISE} else ASK


def fallback(text: str) -> str:
    """Write a post as one string: for notifications, screen readers, and where blocks are refused. It pings nobody."""
    return shorten("\n".join(seen(line) for line in text.splitlines()).strip(), FALLBACK, harmless) or "Paper Round"


def within(blocks: Iterable[Kit], limit: SizeLimit) -> list[Kit]:
    """Take blocks while they fit; say so where some are left."""
    kept: list[Kit] = []
    more = context([plain_text(_MORE)])
    left = limit.units - _size(more)
    for block in blocks:
        left -= _size(block)
        if left < 0 or len(kept) == limit.blocks - 1:
            return [*kept, more]
        kept.append(block)
    return kept


def _size(block: Kit) -> int:
    return units(json.dumps(block, ensure_ascii=False)) + 2


def _dressed(block: Block, post: Post) -> list[Kit]:
    spans = _visible(block.spans)
    if not spans:
        return []
    if block.role is BlockRole.TITLE:
        return [header(spans)] if post.role is not PostRole.PICK else [_card_title(spans, post)]
    return _DRESSES.get(block.role, _line)(block, spans)


def _visible(spans: Sequence[Span]) -> list[Span]:
    made = [Span(text=seen(span.text), url=span.url, strong=span.strong) for span in spans]
    return [span for span in made if span.text.strip()]


def header(spans: Sequence[Span]) -> Kit:
    """Make a heading, which Slack shows large and bold."""
    return {"type": "header", "text": plain_text(shorten(_joined(spans), HEADER))}


def _card_title(spans: Sequence[Span], post: Post) -> Kit:
    """Write a card's title as markup, or as rich text where markup would not carry it as it stands."""
    shown = spans[:8]
    room = SECTION // len(shown) - 50
    if all(carries(span.text) for span in shown):
        ranked = f"*{post.rank}*  " if post.rank is not None else ""
        return section(mrkdwn(f"{ranked}*{''.join(link(span.url, span.text, room) for span in shown)}*"))
    number = [rich_text.words(f"{post.rank}", bold=True), rich_text.words("  ")] if post.rank is not None else []
    return rich_text.block([*number, *(rich_text.link(span.url, span.text, room, bold=True) for span in shown)])


def _lines_with_menus(blocks: Sequence[Block], post: Post, *, keycaps: bool = True) -> list[Kit]:
    """Write each line as a paragraph of its own, with a menu that decides on it, and below them the menu for cards: of all, or of those without `keycaps`."""
    lines = [(block, spans) for block in blocks if (spans := _visible(block.spans))]
    kits = [kit for line in lines for kit in _line_with_menu(*line, post)]
    asked = lines if keycaps else [line for line in lines if not line[0].keycap]
    words = "The card of one of these:" if keycaps else "The card of a line without a keycap:"
    return [*kits, *_menu(asked, post, "card", words, _SHORT_OPTION)]


def _lines_with_menus_and_few_cards(blocks: Sequence[Block], post: Post) -> list[Kit]:
    """Write them so where titles take more room than most: lines with a keycap have their card by that alone."""
    return _lines_with_menus(blocks, post, keycaps=False)


def _line_with_menu(block: Block, spans: Sequence[Span], post: Post) -> list[Kit]:
    """
    Write one line with its menu beside it; with its menu below it where markup would not carry its title as it stands.

    Rich text carries any title, and takes no menu at its side.
    """
    menu = _line_menu(block, post)
    if carries(spans[0].text):
        return [{**section(mrkdwn(_list_line(block, spans))), "accessory": menu}]
    return [rich_text.block(_rich_line(block, spans)), {"type": "actions", "elements": [menu]}]


def _line_menu(block: Block, post: Post) -> Kit:
    offered = [(one.words, f"{one.asks}/{block.number}") for one in post.buttons]
    offered.append(("Summarise", f"{SUMMARISE} {block.number}"))
    options = [{"text": plain_text(words, emoji=True), "value": asks} for words, asks in offered]
    return {"type": "overflow", "action_id": f"{PRESS}:line", "options": options}


def _lines(blocks: Sequence[Block], post: Post) -> list[Kit]:
    """
    Write lines of a list, and a menu below that brings the card of one, or decides on it.

    They are markup where that carries every title as it stands, else rich text.
    """
    lines = [(block, spans) for block in blocks if (spans := _visible(block.spans))]
    if all(carries(spans[0].text) for _, spans in lines):
        return _packed_lines(blocks, post)
    kits = rich_text.packed([_rich_line(*line) for line in lines], SECTION)
    return [*kits, *_menu_below(lines, post)]


def _packed_lines(blocks: Sequence[Block], post: Post) -> list[Kit]:
    """Write them as markup, in as few paragraphs as they fit into."""
    lines = [(block, spans) for block in blocks if (spans := _visible(block.spans))]
    kits = [section(mrkdwn(text)) for text in packed([_list_line(*line) for line in lines], SECTION)]
    return [*kits, *_menu_below(lines, post)]


def _menu_below(lines: Sequence[tuple[Block, Sequence[Span]]], post: Post) -> list[Kit]:
    if post.buttons:
        return _menu(lines, post, "line", "Decide on one of these:")
    return _menu(lines, post, "card", "The card of one of these:")


def _menu(
    lines: Sequence[tuple[Block, Sequence[Span]]], post: Post, asks: str, words: str, room: int = _OPTION
) -> list[Kit]:
    """Make a menu of lines that asks something about the one that is chosen; none where lines have no numbers."""
    options = [
        {
            "text": plain_text(shorten(f"{block.number}. {spans[0].text}", room)),
            "value": f"{asks} {post.week}/{block.number}",
        }
        for block, spans in lines
        if block.number is not None
    ]
    if not post.week or not options:
        return []
    menu = {
        "type": "static_select",
        "action_id": ASK,
        "placeholder": plain_text("Choose"),
        "options": options[:_OPTIONS],
    }
    return [{**section(plain_text(words)), "accessory": menu}]


def _list_line(block: Block, spans: Sequence[Span]) -> str:
    title = link(spans[0].url, spans[0].text, _LINE_LINK)
    why = shorten(" · ".join(span.text for span in spans[1:]), _LABEL, harmless)
    shown = shown_number(block)
    number = "" if shown is None else f"*{shown}*  "
    return f"{f'{block.keycap} ' if block.keycap else ''}{number}{title}{f' · {why}' if why.strip() else ''}"


def _rich_line(block: Block, spans: Sequence[Span]) -> list[Kit]:
    shown = shown_number(block)
    number = [rich_text.words(f"{shown}", bold=True), rich_text.words("  ")] if shown is not None else []
    why = shorten(" · ".join(span.text for span in spans[1:]), _LABEL)
    return [
        *([rich_text.words(f"{block.keycap} ")] if block.keycap else []),
        *number,
        rich_text.link(spans[0].url, spans[0].text, _LINE_LINK),
        *([rich_text.words(f" · {why}")] if why.strip() else []),
    ]


def section(text: Kit) -> Kit:
    """Make a paragraph, which is shown whole: Slack may fold a long one behind 'see more' (docs/platform-facts.md#a1)."""
    made: Kit = {"type": "section", "text": text}
    return made | {"expand": True} if units(text["text"]) > _FOLDED else made


def context(elements: list[Kit]) -> Kit:
    """Make a line of small grey text."""
    return {"type": "context", "elements": elements}


def _line(block: Block, spans: Sequence[Span]) -> list[Kit]:
    """
    Spans side by side, parted by dots, as one text: Slack wraps each element of small text by itself, so that on a phone a date stood in a column
    beside its links.
    """
    drawn = block.role in {BlockRole.LEGEND, BlockRole.DECISIONS}
    shown = [Span(text=f"Why: {spans[0].text}", url=spans[0].url), *spans[1:]] if block.role is BlockRole.WHY else spans
    return [context([_as_markup(shown)] if _is_markup(shown) else _elements(shown, ELEMENTS, emoji=drawn))]


def _is_markup(spans: Sequence[Span]) -> bool:
    """Whether spans are one text as markup: some are links, the words between them stay their own characters, and all of it has room."""
    linked = [span for span in spans if span.url]
    words = [span.text for span in spans if not span.url]
    return bool(linked) and all(map(carries_words, words)) and units(_as_markup(spans)["text"]) < _LINE


def _as_markup(spans: Sequence[Span]) -> Kit:
    pieces = [
        link(span.url, span.text, _LINE, most_url=_LONG_LINK) if span.url else harmless(span.text) for span in spans
    ]
    return mrkdwn(" · ".join(pieces))


def _elements(spans: Sequence[Span], room: int, *, emoji: bool) -> list[Kit]:
    """Neighbours without a link share an element; past the tenth, links are given up."""
    groups: list[list[Span]] = []
    for span in spans:
        if (groups and len(groups) == room) or (groups and span.url is None and groups[-1][-1].url is None):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [_element(group, dot="· " if number else "", emoji=emoji) for number, group in enumerate(groups)]


def _element(group: Sequence[Span], *, dot: str, emoji: bool) -> Kit:
    if len(group) == 1 and group[0].url is not None:
        return mrkdwn(dot + link(group[0].url, group[0].text, _LINE, most_url=_LONG_LINK))
    words = " · ".join(span.text.strip() for span in group)
    return plain_text(dot + shorten(words, _LINE), emoji=emoji)


def prose(spans: Sequence[Span], limit: int = SECTION, words: Callable[[str], str] = harmless) -> Kit:
    """
    Make a block of spans as they follow one another: markup, or rich text where markup would put look-alikes for a text's own signs.

    `words` writes what is neither link nor emphasis into markup.
    """
    text = paragraph(spans, limit, words)
    if text["type"] == "plain_text" or all(_carried(span, words) for span in spans):
        return section(text)
    elements, left = [], limit
    for span in spans:
        if span.url:
            made = [rich_text.link(span.url, span.text.strip(), min(_LABEL, left), bold=span.strong)]
        else:
            cut = shorten(span.text, left)
            made = [rich_text.words(cut, bold=span.strong)] if cut else []
        left -= sum(units(one["text"]) for one in made)
        elements += made
        if left < 1:
            break
    return rich_text.block(elements)


def _carried(span: Span, words: Callable[[str], str]) -> bool:
    return carries(span.text) if span.url else carries_words(span.text, words)


def paragraph(spans: Sequence[Span], limit: int = SECTION, words: Callable[[str], str] = harmless) -> Kit:
    """Make one text object of spans as they follow one another, links and emphasis among them; `words` writes what is neither."""
    if not any(span.url or span.strong or "\n" in span.text for span in spans):
        return plain_text(shorten(_joined(spans), limit))
    # Lines are markup, too: not every client breaks plain text where it says so.
    text, pieces = 0, []
    for span in spans:
        piece = _inline(span, min(_LABEL + _LONG_LINK, limit - text), words)
        text += units(piece)
        pieces.append(piece)
    return mrkdwn("".join(pieces))


def _inline(span: Span, limit: int, dress: Callable[[str], str]) -> str:
    edge = " " if span.text[:1] == " " else ""
    if limit < 2 * len("**") + len(edge):
        return ""
    room = limit - len(edge) - 2
    words = link(span.url, span.text.strip(), room) if span.url else shorten(span.text[len(edge) :], room, dress)
    return edge + (f"*{words}*" if span.strong and words.strip() == words and words else words)


def _joined(spans: Sequence[Span]) -> str:
    # Where one ends with '<' and the next begins with '@' they would ping together.
    return seen("".join(span.text for span in spans).strip())


def _body(_block: Block, spans: Sequence[Span]) -> list[Kit]:
    return [prose(spans)]


def _quote(_block: Block, spans: Sequence[Span]) -> list[Kit]:
    said, source = spans[0].text.strip().replace("\n", " "), spans[1:]
    if not all(map(carries_words, (said, *(span.text for span in source[:1])))):
        by = [rich_text.words("  "), rich_text.link(source[0].url, source[0].text, _LABEL)] if source else []
        return [rich_text.quote([rich_text.words(shorten(said, _LINE)), *by])]
    words = shorten(said, _LINE, lambda text: unquoted(harmless(text)))
    named = " · ".join(link(span.url, span.text, _LABEL) for span in source[:1])
    return [section(mrkdwn(f"> {words}" + (f"  {named}" if named else "")))]


def _note(_block: Block, spans: Sequence[Span]) -> list[Kit]:
    text = paragraph(spans, _LINE)
    # A line of small text takes no rich text: where it cannot carry a title as it stands, the line is as large as the others.
    whole = text["type"] == "plain_text" or all(_carried(span, harmless) for span in spans)
    return [context([text]) if whole else prose(spans, _LINE)]


def packed(lines: Iterable[str], limit: int) -> list[str]:
    """Put lines, each shorter than `limit`, together into as few texts as they fit into."""
    texts: list[str] = []
    for line in lines:
        if texts and units(texts[-1]) + units(line) < limit:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return texts


def _new(_block: Block, spans: Sequence[Span]) -> list[Kit]:
    """What is new; who says so, where it is not the authors, stands behind it."""
    by = [Span(text=f" ({span.text})") for span in spans[1:2]]
    return [prose([spans[0], *by])]


_DRESSES: Final[dict[BlockRole, Callable[[Block, Sequence[Span]], list[Kit]]]] = {
    BlockRole.BODY: _body,
    BlockRole.NEW: _new,
    BlockRole.WORDS: _quote,
    BlockRole.QUOTE: _quote,
    BlockRole.NOTE: _note,
    BlockRole.ASKING: _note,
    BlockRole.RECEIPT: _note,
}
