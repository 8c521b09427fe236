"""The query language: what is understood, and what is said of the rest."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.model import Meaning
from bot.search.query import Query, Term, parse


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("zebra", Query(terms=(Term(("zebra",), others=("zebras",)),))),
        ('"Zebra Crossing"', Query(terms=(Term(("zebra", "crossing")),))),
        ("zeb*", Query(terms=(Term(("zeb",), prefix=True),))),
        ("a -b", Query(terms=(Term(("a",)), Term(("b",), without=True)))),
        ('by:"Ada Lovelace" a', Query(terms=(Term(("a",)),), by=("Ada Lovelace",))),
        ("by:@ada", Query(by=("ada",))),
        ("decision:must-read decision:READ", Query(decisions=(Meaning.MUST_READ, Meaning.READ))),
        ("source:import-ai", Query(sources=("import-ai",))),
        ("week:2026-W30", Query(weeks=("2026-W30", "2026-W30"))),
        ("week:2026-w30..2026-W34", Query(weeks=("2026-W30", "2026-W34"))),
        ("week:..2026-W34", Query(weeks=("0000-W01", "2026-W34"))),
        ("has:code has:summary", Query(has=frozenset({"code", "summary"}))),
        ("doi:10.1", Query(terms=(Term(("doi", "10", "1")),))),
        ("“zebra crossing”", Query(terms=(Term(("zebra", "crossing")),))),
        ("policies", Query(terms=(Term(("policies",), others=("policy",)),))),
        ("loss", Query(terms=(Term(("loss",)),))),
    ],
)
def test_what_is_understood(asked: str, expected: Query) -> None:
    """Words, phrases, beginnings, exclusions and filters are told apart."""
    assert expected == parse(asked)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", "nothing to look for"),
        ("🎉 !!", "nothing to look for"),
        ("-zebra", "Say what is"),
        ("decision:maybe", "decision:maybe is no decision. There are must-read, to-read, read, skip"),
        ("has:video", "has:code and has:summary"),
        ("week:2026-W60", "week:2026-W60 is no week"),
        ("week:2026-W34..2026-W30", "Write week:2026-W30..2026-W34"),
        ("x" * 501, "500 is the most"),
        ("a " * 30, "24 is the most"),
    ],
)
def test_what_is_refused(asked: str, told: str) -> None:
    """What cannot be asked is told with what can."""
    with pytest.raises(UsageError, match=told):
        parse(asked)


@given(st.text(max_size=100))
def test_any_text(asked: str) -> None:
    """Any text is a question or refused in words."""
    with contextlib.suppress(UsageError):
        assert Query() != parse(asked)
