"""What the page makes of the board's rows and of people's words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.web.channel.emojis import NAMES, PICKER
from adapters.web.channel.validation import MAX_NAME, ActionRefused, checked_name, checked_reply
from adapters.web.channel.views import day_name, face, linked, safe_url
from bot.model import DEFAULT_MEANINGS, Member

TODAY = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Ada", "A"), ("Ada Lovelace", "AL"), ("jörg von der müller", "JM"), ("ليلى", "ل"), ("", ""), ("🦉", "🦉")],
)
def test_initials(name, initials):
    """A face shows the first letters of the first and the last name."""
    assert initials == face(Member(id="a", name=name)).initials


@pytest.mark.parametrize(
    ("at", "expected"),
    [(TODAY, "Monday, 17 August"), (TODAY.replace(year=2025), "Sunday, 17 August 2025")],
)
def test_days(at, expected):
    """Days are named as people name them, with the year where it is another one."""
    assert expected == day_name(at, TODAY)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("no link", []),
        ("see https://a.example/x, and http://b.example.", ["https://a.example/x", "http://b.example"]),
        ("javascript:alert(1) HTTPS://upper.example", []),
        ("(https://a.example/x)", ["https://a.example/x"]),
        ('https://a.example/"onclick=', ["https://a.example/"]),
    ],
)
def test_linked(text, links):
    """Addresses in a reply become links, and no word of the reply is lost."""
    spans = linked(text)

    assert links == [span.url for span in spans if span.url]
    assert text == "".join(span.text for span in spans)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (
            "https://en.wikipedia.org/wiki/Attention_(machine_learning)",
            ["https://en.wikipedia.org/wiki/Attention_(machine_learning)"],
        ),
        ("(see https://x.example/a_(b)_(c)).", ["https://x.example/a_(b)_(c)"]),
        (
            "„https://a.example/x“ ‚https://a.example/y‘ »https://a.example/z«",
            [f"https://a.example/{one}" for one in "xyz"],
        ),
        ("[https://x.example/a], {https://x.example/b}", ["https://x.example/a", "https://x.example/b"]),
        ("https://x.example/?q[]=1&b={c}", ["https://x.example/?q[]=1&b=%7Bc%7D"]),
        ("**https://x.example/a**, 'https://x.example/b'…", ["https://x.example/a", "https://x.example/b"]),
        ("见https://x.example/a。好（https://x.example/b）", ["https://x.example/a", "https://x.example/b"]),
        ("https://münchen.example/", ["https://xn--mnchen-3ya.example/"]),
        ("https://arxiv.org@evil.example/abs/1 https://me:pw@x.example", []),
        ("https:// http://[ https://...", []),
        ("https://x.example/" + ")" * 39_000, []),
    ],
)
def test_whole_addresses(text, links):
    """An address ends where its sentence goes on, brackets of its own included; one with a user in front of the host is none."""
    spans = linked(text)

    assert links == [span.url for span in spans if span.url]
    assert text == "".join(span.text for span in spans)


def test_a_user_is_no_address():
    """Nowhere on the page does a link name a user in front of its host."""
    assert safe_url("https://arxiv.org@evil.example/") is None


def test_safe_url_keeps_what_is_fair():
    """An address is given back as it came."""
    fair = "https://example.org/a?b=c&d=%20#e"

    assert fair == safe_url(fair)
    assert None is safe_url(None)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada \n Lovelace ", "Ada Lovelace"),
        ("A\u202eda\x07", "Ada"),
        ("ليلى", "ليلى"),
        ("x" * MAX_NAME, "x" * MAX_NAME),
    ],
)
def test_names(typed, kept):
    """A name is kept on one line, without marks that turn the text around."""
    assert kept == checked_name(typed)


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "\u202e", "x" * (MAX_NAME + 1)])
def test_names_refused(typed):
    """A name nobody could see, or too long a one, is refused."""
    with pytest.raises(ActionRefused):
        checked_name(typed)


def test_replies():
    """Line ends are made alike, tabs stay, other control characters go."""
    assert "a\n\tb\nc" == checked_reply(" a\r\n\tb\rc\x00\x1b\x85\ud800 ")


def test_picker():
    """Every emoji is offered once under a name of its own, those of the default meanings among them."""
    characters = [emoji.character for _, group in PICKER for emoji in group]

    assert len(characters) == len(set(characters)) == len(set(NAMES.values()))
    assert set(DEFAULT_MEANINGS) <= set(characters)
