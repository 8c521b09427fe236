"""What Discord is sent for a post: within every limit, harmless, and known again."""

from __future__ import annotations

import re
import string
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.discord.embeds import bare_message, face_of, forum_name, is_pick, key_in, message_of, name_in, thread_name
from adapters.discord.markdown import escape, fitted, line, size, with_custom_emoji
from bot.model import Block, BlockRole, Button, Post, PostRole, Section, Span
from bot.usecases.notices import notice
from tests.adapters.web import demo
from tests.examples import examples

KEY = "pr0123456789abcdef012345"

# Any code point, lone surrogates too: what slips past a source ends here.
anything = st.text(st.characters(categories=None), max_size=400) | st.text("[]()<>@#:/\\*_`~|-1. \n", max_size=400)
addresses = st.none() | anything | st.from_regex(r"https?://[a-z]{1,9}\.example/[^\s]{0,2100}", fullmatch=True)
spans = st.builds(Span, text=anything, url=addresses, strong=st.booleans())
rows = st.lists(st.tuples(*[anything] * 6), max_size=40).map(tuple)
blocks = st.builds(
    Block, role=st.sampled_from(BlockRole), spans=st.lists(spans, max_size=6).map(tuple), rows=rows | st.just(())
)
posts = st.builds(
    Post,
    role=st.sampled_from(PostRole),
    part=st.integers(0, 40),
    blocks=st.lists(blocks, max_size=12).map(tuple),
    plain=anything,
    section=st.none() | st.sampled_from(Section),
    rank=st.none() | st.integers(1, 200),
)


def total(embeds: list[dict]) -> int:
    """Everything that Discord adds up over the embeds of one message."""
    return sum(
        size(embed.get("title", ""))
        + size(embed.get("description", ""))
        + size(embed.get("footer", {}).get("text", ""))
        + sum(size(field["name"]) + size(field["value"]) for field in embed.get("fields", ()))
        for embed in embeds
    )


def assert_within_limits(message: dict) -> None:
    assert size(message["content"]) <= 2000
    assert message["content"] or message["embeds"]
    assert len(message["embeds"]) <= 1
    assert total(message["embeds"]) <= 6000
    assert len(message["nonce"]) <= 25
    for embed in message["embeds"]:
        assert size(embed.get("title", "")) <= 256
        assert 1 <= size(embed["description"]) <= 4096
        assert len(embed.get("fields", ())) <= 25
        for field in embed.get("fields", ()):
            assert 1 <= size(field["name"]) <= 256
            assert 1 <= size(field["value"]) <= 1024


def texts(message: dict) -> list[str]:
    found = [message["content"]]
    for embed in message["embeds"]:
        found += [embed.get("title", ""), embed["description"]]
        found += [part for field in embed.get("fields", ()) for part in (field["name"], field["value"])]
    return found


ESCAPED = re.compile(r"\\.", re.DOTALL)
LIVE = re.compile(r"<@|<#|<t:|@everyone|@here|(?<!\()https?://|discord\.gg")
OUR_LINK = re.compile(r"\[[^\[\]]*\]\((https?://[^\s()<>]+)\)")


@settings(max_examples=examples(120), deadline=None)
@given(post=posts)
def test_any_post(post):
    """Whatever a post holds, the message is within every limit, pings nobody and links only where a span says so."""
    message = message_of(post, KEY)

    assert_within_limits(message)
    assert {"parse": []} == message["allowed_mentions"]
    for text in texts(message):
        bare = OUR_LINK.sub("", ESCAPED.sub("", text))
        assert not LIVE.search(bare), bare
        assert "](" not in bare


@settings(max_examples=examples(60), deadline=None)
@given(post=posts)
def test_any_bare_post(post):
    """The plainest form is within every limit, too, and carries the same key."""
    message = bare_message(post, KEY)

    assert_within_limits(message)
    assert KEY == key_in(message)


@settings(max_examples=examples(60), deadline=None)
@given(post=posts)
def test_any_thread_name(post):
    """A thread's name has 1 to 100 characters."""
    assert 1 <= size(thread_name(post)) <= 100


@settings(max_examples=examples(120), deadline=None)
@given(text=anything, limit=st.integers(0, 300))
@example(text="_" * 400, limit=299)
def test_any_cut(text, limit):
    """A cut text is within its limit and never ends inside an escape."""
    shown = fitted(text, limit)

    assert size(shown) <= limit
    assert not ESCAPED.sub("", shown).endswith("\\")


def test_a_pick():
    """A pick is one embed: number and title as a link, what is new, why it is here, the facts as small print, then what was decided."""
    ours = demo.pick(
        3,
        "Agents [draft] at *work*",
        demo.block(BlockRole.QUOTE, "“worth it”", Span(text="Import AI", url="https://importai.example/(1)")),
        demo.block(BlockRole.BODY, "A red-teaming arena."),
        demo.block(BlockRole.WHY, "your topic 'agents'"),
        demo.block(BlockRole.SEEN, "1 August", Span(text="arXiv", url="https://arxiv.org/abs/2608.00003")),
        demo.block(BlockRole.BYLINE, "A. One, B. Two"),
        demo.block(BlockRole.BADGES, "paper", "9 min", Span(text="code ★ 8", url="https://github.com/a/b")),
        demo.block(BlockRole.DECISIONS, "⭐ two members", ":ship_it:123456789012345678 one"),
    )

    (embed,) = face_of(ours)["embeds"]

    assert r"3. Agents \[draft\] at \*work\*" == embed["title"]
    assert "https://arxiv.org/abs/2608.00003" == embed["url"]
    assert (
        "> “worth it” · [Import AI](https://importai.example/%281%29)\n\n"
        "A red-teaming arena.\n\n"
        "**Why:** your topic 'agents'\n"
        "-# 1 August · [arXiv](https://arxiv.org/abs/2608.00003)\n"
        "-# A. One, B. Two\n"
        "-# paper · 9 min · [code ★ 8](https://github.com/a/b)\n"
        "⭐ two members · <:ship_it:123456789012345678> one"
    ) == embed["description"]


def test_head_and_foot():
    """The head says its title in the message itself, where notifications show it; the foot is one line."""
    head, foot = face_of(demo.head()), face_of(demo.foot())

    assert "**Paper Round · 10 to 16 August**" == head["content"]
    assert "⭐ must-read · 👀 to read" in head["embeds"][0]["description"]
    assert "fields" not in foot["embeds"][0]


def test_addresses_differ():
    """No two messages of a week share an embed's address, and none has two embeds."""
    embeds = [face_of(post)["embeds"] for post in demo.week()]
    addresses = [embed["url"] for found in embeds for embed in found if "url" in embed]

    assert {1} == {len(found) for found in embeds}
    assert len(addresses) == len(set(addresses))


def test_key():
    """The key is found again in the message, and in no message of others."""
    message = message_of(demo.pick(1, "One"), KEY)

    assert KEY == key_in(message)
    assert None is key_in({"components": [{"type": 1, "components": [{"type": 2, "custom_id": "other:1"}]}]})
    assert None is key_in({})


def test_picks_are_known():
    """A pick is told from head and foot by its button, and its thread's name from its title."""
    ours = message_of(demo.pick(12, "Agents [draft] at *work*"), KEY)

    assert [True, False, False] == [is_pick(ours), is_pick(message_of(demo.head(), KEY)), is_pick({})]
    assert "Agents [draft] at *work*" == name_in(ours)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone", "\\@\u200beveryone"),
        ("<@123456789012345678>", "\\<\\@\u200b123456789012345678\\>"),
        ("[free](https://evil.example)", "\\[free\\]\\(https\\://evil.example\\)"),
        ("a_b*c", "a\\_b\\*c"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("2. item", "2\\. item"),
        ("f(x) < 3, a-b", "f\\(x\\) \\< 3, a-b"),
    ],
)
def test_escaping(text, shown):
    """Every meaning that Discord sees in a text is taken away."""
    assert shown == escape(text)


def test_custom_emoji_of_others():
    """An emoji's code is drawn only in the lines where we speak of emoji."""
    body = demo.block(BlockRole.BODY, ":ship_it:123456789012345678")
    (embed,) = face_of(demo.pick(1, "One", body))["embeds"]

    assert "<:" not in embed["description"]
    assert "plain :text:12 stays" == with_custom_emoji("plain :text:12 stays")


def test_every_printable_sign_survives():
    """What is escaped is still there: taking the escapes away gives the text."""
    text = "x" + string.punctuation + "é漢🙂"

    assert text == ESCAPED.sub(lambda found: found.group()[1:], fitted(text, 500)).replace("\u200b", "")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("1. ", "Title", " · 4 min"), "1. Title · 4 min"),
        (("Ti", "tle"), "Title"),
        (("a ", " b"), "a b"),
        (("a", " ", "b"), "a b"),
    ],
)
def test_spaces_between_spans(texts, expected):
    """Spans that follow one another closely keep the space at their borders, and only that."""
    assert expected == line([Span(text=text) for text in texts], 100, joint="")


def test_written_from_the_right():
    """A title in Hebrew or Arabic is isolated, so that number and reason keep their places on its line; others stay as they are, and limits hold."""
    hebrew = Span(text="למידה עמוקה (GPT)", url="https://a.example/1", strong=True)
    shown = line((hebrew, Span(text="your topic 'agents'")), 200)

    assert "**[\u2068למידה עמוקה \\(GPT\\)\u2069](https://a.example/1)** · your topic 'agents'" == shown
    assert "[Deep](https://a.example/1)" == line((Span(text="Deep", url="https://a.example/1"),), 200)
    for space in range(30, 60):
        assert size(line((hebrew,), space)) <= space


def test_a_notice():
    """A hello says its title, is called by it in a forum, has its own button, and carries its key."""
    post = notice("Hello", "I bring the week's research.", buttons=(Button(words="Set up", asks="setup"),))

    message = message_of(post, "key")

    assert ("**Hello**", "Hello", "key") == (message["content"], forum_name(post), key_in(message))
    assert [["Set up", "What I can do"]] == [
        [one["label"] for one in row["components"]] for row in message["components"]
    ]


def test_a_notice_with_many_buttons():
    """A row takes five buttons: where a notice's own leave no room, they have a row to themselves."""
    post = notice("Preview", "Well?", buttons=tuple(Button(words=f"Button {n}", asks="setup") for n in range(5)))

    assert [5, 1] == [len(row["components"]) for row in message_of(post, "key")["components"]]


def test_a_picture():
    """A picture is the embed's thumbnail; without one there is none."""
    post = demo.pick(1, "OpenART", demo.block(BlockRole.BODY, "An arena."))

    shown = face_of(replace(post, picture="https://cdn.lab.example/a.png"))["embeds"][0]

    assert {"url": "https://cdn.lab.example/a.png"} == shown["thumbnail"]
    assert "thumbnail" not in face_of(post)["embeds"][0]
