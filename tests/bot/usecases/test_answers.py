"""Answers name a command as it is typed: whoever copies `resume` into a channel has written a word, and asked nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import bot
from bot.model import Block, BlockRole, Span
from bot.usecases.answers import begins_paragraph, command, note, title
from bot.usecases.commands import TABLE

SAID = sorted(
    path for path in Path(bot.__file__).parent.rglob("*.py") if path.name not in {"commands.py", "command_context.py"}
)
VERBS = "|".join(sorted({one.verb for one in TABLE if one.about}))
BARE = re.compile(rf"(?:: |\b(?:Try|ask|with) )(?P<verb>{VERBS})(?= |$|[.,;\"'])")
"""A verb after what leads up to a command: a colon, 'Try', 'ask' or 'with'."""

WORDS = {"with sources", "with more"}
"""English, and no command."""


def texts(tree: ast.AST) -> Iterator[str]:
    """The texts of a module that may be said: every string but the docstrings, what is put into one left out."""
    silent = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    silent |= {id(part) for node in joined for part in node.values}
    for node in joined:
        yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


def bare(text: str) -> list[str]:
    found = [one[0].strip(" :") for one in BARE.finditer(text)]
    return [one for one in found if one not in WORDS]


@pytest.mark.parametrize("path", SAID, ids=lambda path: path.name)
def test_commands_as_typed(path: Path) -> None:
    """No answer names a bare verb; `bot.usecases.answers.command` writes it as it is typed."""
    said = [text for text in texts(ast.parse(path.read_text("utf-8"))) if bare(text)]
    assert not said, f"write it with command(): {said}"


@pytest.mark.parametrize("text", ["Set them with: topics a, b", "Go on with: resume", "Try help.", "ask: taste show"])
def test_the_scan_can_fail(text: str) -> None:
    """What the scan is for is found by it, and what `command` writes is not."""
    assert bare(text)
    assert not bare(f"Go on with: {command('resume')}")


MARKED = re.compile(r"`\w[^`\n]*`|\*\*\w|\w\*\*")
"""Words between backticks or stars, as markdown has them."""


@pytest.mark.parametrize("path", sorted(Path(bot.__file__).parent.rglob("*.py")), ids=lambda path: path.name)
def test_no_markup(path: Path) -> None:
    """No text has markup of its own: platforms show it as it stands, a backtick as a backtick."""
    said = [text for text in texts(ast.parse(path.read_text("utf-8"))) if MARKED.search(text)]
    assert not said, f"a span is strong, and what is typed stands in quotes: {said}"


@pytest.mark.parametrize("text", ["post nothing until `resume`", "this is **bold**"])
def test_the_scan_for_markup_can_fail(text: str) -> None:
    """What the scan is for is found by it, and quotes are not."""
    assert MARKED.search(text)
    assert not MARKED.search("post nothing until 'resume'")


def test_what_stands_apart() -> None:
    """In all there is to say of a work, why it is here and what its card does not show begin paragraphs; a list's lines do not."""
    roles = (
        BlockRole.TITLE,
        BlockRole.NEW,
        BlockRole.BODY,
        BlockRole.WHY,
        BlockRole.SEEN,
        BlockRole.MORE,
        BlockRole.MORE,
    )
    blocks = [Block(role=role, spans=(Span(text=role.value),)) for role in roles]
    apart = [one.role for before, one in pairwise(blocks) if begins_paragraph(one, before)]

    assert [BlockRole.WHY, BlockRole.MORE] == apart
    assert not begins_paragraph(blocks[0], None)
    assert not begins_paragraph(note("A line."), note("Another."))
    assert begins_paragraph(title("More of this week"), note("A line."))
