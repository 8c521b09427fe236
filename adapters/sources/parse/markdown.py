"""
Markdown → its words: emphasis, links, headings, quotes and list signs off, as people write them on Reddit. Pure.

On purpose no parser: a sign goes only where it has its partner and stands where a reader would see markup, so that
`2**10`, `snake_case` and `*args` stay. Code and addresses are left as they are, but for what is escaped in an address.
"""

from __future__ import annotations

import re
from typing import Final

LINK: Final = re.compile(
    r"!?\[([^\[\]]{0,500})\]"
    r"\(\s{0,3}<?((?:https?://|mailto:|/|\#)[^\s()<>]{0,2000}(?:\([^\s()]{0,200}\)[^\s()<>]{0,200})?)>?(?:\s{1,3}\"[^\"\n]{0,300}\")?\s{0,3}\)"
)
"""A link or picture: its words, then where it leads."""
_IMAGE: Final = re.compile(
    r"!\[([^\[\]]{0,500})\](?:\([^()\n]{0,2000}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)|\[[^\[\]]{0,100}\])"
)
"""A picture, wherever it lies: its description is all that can be read of it."""
_FENCE: Final = re.compile(r"(?m)^[ \t]{0,3}(?:`{3,}[^`\n]{0,100}|~{3,}[^~\n]{0,100})$\n?")
_TABLE_RULE: Final = re.compile(r"[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+[ \t:-]*")
_CELL_END: Final = re.compile(r"[ \t]*(?<!\\)\|[ \t]*")
ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~>|^])")

_PARAGRAPHS: Final = re.compile(r"(\n[ \t]*\n)")
_VERBATIM: Final = re.compile(r"(`{1,3}[^`]{1,2000}`{1,3}|https?://[^\s<>()\[\]\"'`|*]{1,2000})")
_RULE: Final = re.compile(r"(?m)^[ \t]*(?:(?:[-*_][ \t]*){3,}|\|?(?:[ \t]*:?-+:?[ \t]*\|)+[ \t:-]*)$")
_LINE_SIGNS: Final = re.compile(r"(?m)^[ \t]{0,3}(?:>!?[ \t]{0,3})*(?:#{1,6}[ \t]+|#{2,6}(?=\w)|[*+-][ \t]+)?")
_SPOILER: Final = re.compile(r"(?<!\S)>!|!<(?!\S)")
# Strong before plain emphasis, so that `***x***` comes apart from the outside. Only Latin letters and digits beside a sign keep
# it: Chinese and Japanese put no spaces around emphasis.
_PAIRED: Final = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"(?<![A-Za-z0-9\\*])\*{2,3}(?=[^\s*])(.{1,1000}?)(?<=[^\s\\])\*{2,3}",
        r"(?<![\w\\])__(?=[^\s_])(.{1,1000}?)(?<=[^\s\\])__(?!\w)",
        r"(?<![\\~])~~(?=[^\s~])(.{1,1000}?)(?<=[^\s\\])~~",
        r"(?<![A-Za-z0-9\\*])\*(?=[^\s*])([^*]{1,1000}?)(?<=[^\s\\])\*(?![A-Za-z0-9*])",
        r"(?<![\w\\])_(?=[^\s_])([^_]{1,1000}?)(?<=[^\s\\])_(?!\w)",
    )
)


def unmarked(markdown: str) -> str:
    r"""
    Give the words of a text in Markdown, line by line; what is escaped comes out as the character that was meant.

    >>> unmarked("## *First*, a **bold** [word](https://example.org/a_b)")
    'First, a bold word'
    """
    text = _without_tables(_FENCE.sub("", _IMAGE.sub(r"\1", markdown.replace(_ASIDE, ""))))
    text = LINK.sub(lambda link: link[1] or link[2], text)
    text = _LINE_SIGNS.sub("", _RULE.sub("", text))
    return "".join(_paragraph(part) for part in _PARAGRAPHS.split(text))


def _without_tables(text: str) -> str:
    """Rows of cells → lines of words. A table is what has a rule of dashes under its first row; any other bar is a character."""
    lines = text.split("\n")
    in_table = False
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        in_table = "|" in line and (in_table or ("|" in following and _TABLE_RULE.fullmatch(following) is not None))
        if in_table and not _TABLE_RULE.fullmatch(line):
            lines[number] = _row(line)
    return "\n".join(lines)


def _row(line: str) -> str:
    cells = (cell.strip() for cell in _CELL_END.split(line.strip()))
    return " ".join(cell for cell in cells if cell)


def _paragraph(text: str) -> str:
    """Emphasis ends with its paragraph; code and addresses in it are put aside meanwhile, for emphasis may reach round them."""
    if text.isspace():
        return text
    kept = [part.strip("`") if part[0] == "`" else ESCAPED.sub(r"\1", part) for part in _VERBATIM.findall(text)]
    text = _SPOILER.sub("", _VERBATIM.sub(_ASIDE, text))
    for sign in _PAIRED:
        text = sign.sub(r"\1", text)
    pieces = ESCAPED.sub(r"\1", text).split(_ASIDE)
    return "".join(piece + verbatim for piece, verbatim in zip(pieces, [*kept, ""], strict=True))


_ASIDE: Final = "\x00"
"""Stands for what was put aside; no text may hold one (`bot.text.clean` takes it out)."""
