"""A post in Block Kit: within every limit for any text, and with nothing in it that pings, forges or formats."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
import slackblocks
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View

from adapters.slack.answers import answer_blocks, errors_of, form_view, home_view, said_view, values_of
from adapters.slack.blocks import fallback, message_blocks
from adapters.slack.mrkdwn import addresses, harmless, link, mentioned, readable, shorten, units
from adapters.slack.workspace import WORDS
from bot.model import Answer, Block, BlockRole, Button, Layout, Post, PostRole, Span, Triage
from bot.rendering import render
from bot.usecases.answers import as_lines
from bot.usecases.channels import FIELDS
from bot.usecases.notices import notice
from tests import factories
from tests.examples import examples
from tests.fake_slack import check_blocks, text_of

# Whole words of what could do harm, among any text at all, so that the search does not have to find them letter by letter.
NASTY = st.sampled_from(
    [
        "<!channel>",
        "<!here>",
        "<@U123>",
        "<#C123|x>",
        "@everyone",
        "@channel",
        "<https://evil.example|good>",
        "*b*",
        "_i_",
        "~s~",
        "`c`",
        "```",
        ":fire:",
        "&amp;",
        "&lt;!here&gt;",
        "> q",
        "|",
        "https://a.example|b",
        "\n",
        "\u202e",
        "\u200b",
        "👩🏽‍💻",
        "\ud800",
        "\x00",
        " ",
        "&" * 50,
        "<" * 50,
        "字" * 2000,
        "🙂" * 2000,
        "w " * 2000,
    ]
)
TEXT = st.lists(st.one_of(NASTY, st.text(max_size=8)), max_size=5).map("".join)
URL = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "https://example.org/a?b=1&c=2",
            "https://example.org/a|b>c",
            "javascript:alert(1)",
            "https://example.org/" + "&" * 1900,
            "https://example.org/" + "x" * 3000,
            "http://",
        ]
    ),
    st.text(max_size=30).map("https://example.org/".__add__),
)
SPAN = st.builds(Span, text=TEXT, url=URL, strong=st.booleans())
ROW = st.lists(TEXT, min_size=1, max_size=4).map(tuple)
BLOCK = st.builds(
    Block,
    role=st.sampled_from(BlockRole),
    spans=st.lists(SPAN, max_size=12).map(tuple),
    rows=st.one_of(st.just(()), st.lists(ROW, max_size=12).map(tuple)),
)
POST = st.builds(
    Post,
    role=st.sampled_from(PostRole),
    part=st.integers(0, 200),
    blocks=st.lists(BLOCK, max_size=12).map(tuple),
    plain=TEXT,
    rank=st.one_of(st.none(), st.integers(1, 200)),
)
ANSWER = st.builds(
    Answer,
    blocks=st.lists(BLOCK, max_size=12).map(tuple),
    form=st.one_of(st.none(), st.dictionaries(st.sampled_from(["weekday", "time", "zone", "topics"]), TEXT)),
    faults=st.dictionaries(st.sampled_from(["weekday", "zone"]), TEXT),
)

# What our own hand may write in markup: links to the web, bold around them, a quote at the start. Nothing else in angle brackets.
LINK = re.compile(r"<https?://[^<>|\s]+\|[^<>|\n]*>")


def texts(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every text object in blocks."""
    return [t for b in blocks for t in _texts(b)]


def _texts(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Rich text is no markup, so that what it says may be as it stands; and a menu in a row says nothing by itself."""
    if block["type"] == "rich_text":
        return [{"type": "plain_text", "text": one["text"]} for part in block["elements"] for one in part["elements"]]
    if block["type"] == "actions":
        return [one["text"] for one in block["elements"] if "text" in one]
    return list(block.get("elements") or [block.get("text") or block.get("label")])


def harm_in(text: dict[str, Any]) -> str | None:
    """Say what in a text object could do harm; None for a clean one."""
    said = text["text"]
    if re.search(r"<[!@#]|@(everyone|here|channel)\b", said, re.IGNORECASE):
        return "pings"
    if text["type"] == "plain_text":
        return None
    if text.get("verbatim") is not True:
        return "lets Slack find links and names"
    rest = LINK.sub("link", said.removeprefix("> "))
    if re.search(r"[<>]|&(?!amp;|lt;|gt;)", rest):
        return "is not escaped"
    if re.search(r"[~`]|:[\w+'-]+:|^\s*&gt;", rest, re.MULTILINE):
        return "formats"
    return None


def validate(blocks: list[dict[str, Any]]) -> None:
    """Let the SDK's models and slackblocks judge, beside our own reading of the limits."""
    for one in SdkBlock.parse_all(json.loads(json.dumps(blocks))):
        assert one is not None
        one.validate_json()
    for block in blocks:
        if block["type"] not in {"input", "rich_text"}:  # of which slackblocks reads nothing back
            slackblocks.Block.from_dict(block)


@given(post=POST)
@settings(max_examples=examples(120), deadline=None)
def test_any_post_fits(post):
    """Whatever a source says, the message is within Slack's limits, and what it says is only words."""
    blocks = message_blocks(post)

    check_blocks(blocks)
    validate(blocks)
    assert len(blocks) <= 40
    assert units(json.dumps(blocks, ensure_ascii=False)) <= 10_000
    assert [] == [harm for text in texts(blocks) if (harm := harm_in(text))]
    json.dumps(blocks, ensure_ascii=False).encode()


@given(text=TEXT)
@settings(max_examples=examples(100), deadline=None)
def test_any_fallback_fits(text):
    """The words for notifications are never empty, at most 4,000 long, and ping nobody."""
    words = fallback(text)

    assert 1 <= units(words) <= 4000
    assert not re.search(r"[<>]|@(everyone|here|channel)\b|&(?!amp;|lt;|gt;)", words, re.IGNORECASE)


@given(answer=ANSWER)
@example(Answer(blocks=(Block(role=BlockRole.TITLE, spans=(Span(text="<"), Span(text="@everyone"))),)))
@example(Answer(blocks=(Block(role=BlockRole.BODY, spans=(Span(text="ask:"), Span(text="fire"), Span(text=": now"))),)))
@settings(max_examples=examples(60), deadline=None)
def test_any_answer_fits(answer):
    """An answer fits into a message, into the home tab and into a window, with or without a form."""
    for blocks, most in (
        (answer_blocks(answer), 40),
        (home_view(answer)["blocks"], 100),
        (said_view(answer)["blocks"], 100),
        (form_view(answer, "form", "{}")["blocks"], 100),
    ):
        check_blocks(blocks, 100 if most == 100 else 50)
        validate(blocks)
        assert len(blocks) <= most
        assert [] == [harm for text in texts(blocks) if (harm := harm_in(text))]
    View(**form_view(answer, "form", "{}")).validate_json()
    assert set(answer.faults) == set(errors_of(answer))


@given(text=TEXT, limit=st.integers(0, 300))
@settings(max_examples=examples(100), deadline=None)
def test_shorten(text, limit):
    """A text is cut to its room as it is after escaping."""
    assert units(shorten(text, limit, harmless)) <= limit


def test_pick_card():
    """A pick is a bold linked title with its rank, lines of what is known, the abstract, and who spoke of it."""
    paper = factories.item(title="Fast & <small>", authors=("Ada", "Ben"), abstract="We prove 2 * 3 * 4.", code_url="https://c.example/x?a=1&b=2")  # fmt: skip
    post = render(factories.digest(factories.pick(paper)), factories.channel())[1]

    assert text_of(message_blocks(post)).splitlines() == [
        "1  Fast & <small>",
        "We prove 2 * 3 * 4.",
        "Why: your topic 'agents'",
        "15 August · <https://arxiv.example/arxiv:2608.01234|Arxiv>",
        "Ada, Ben",
        "8 min · <https://c.example/x?a=1&amp;b=2|code>",
        "⭐ Must-read 👀 To read ✅ Read 👎 Not for us Summarise",
    ]


@pytest.mark.parametrize("url", [None, "https://lab.example/1"], ids=["plain text", "markup"])
def test_a_long_result_is_whole(url: str | None) -> None:
    """Whatever paragraph is longer than a line or two is never folded behind 'see more', neither a result nor a list."""
    short, long = "It is 3x faster.", "It is faster than every other one that we know of, " * 6 + "by 31.4%."
    made = [
        message_blocks(
            Post(
                role=PostRole.PICK,
                part=1,
                blocks=(Block(role=BlockRole.BODY, spans=(Span(text=text, url=url),)),),
                plain=text,
            )
        )
        for text in (short, long)
    ]
    lines = tuple(
        Block(role=BlockRole.LINE, number=n, spans=(Span(text=f"Work {n} of many", url="https://lab.example/"),))
        for n in range(20)
    )
    listed = message_blocks(Post(role=PostRole.ALSO, part=2, blocks=lines, plain="Also this week"))

    assert [False, True] == [any(block.get("expand") is True for block in blocks) for blocks in made]
    assert {True} == {block.get("expand", False) for block in listed if block["type"] == "section"}
    for blocks in (*made, listed):
        check_blocks(blocks)
        validate(blocks)


def test_more_of_a_card():
    """What a card shows only to those who ask is a press of a button away, and not in the message."""
    told = "Attention is slow. We present Foo, a sparse attention framework for long texts. It has a router."
    post = render(factories.digest(factories.pick(factories.item(abstract=told))), factories.channel())[1]
    blocks = message_blocks(post)

    check_blocks(blocks)
    assert ("More", "why 2026-W34/1") == (
        blocks[-1]["elements"][-1]["text"]["text"],
        blocks[-1]["elements"][-1]["value"],
    )
    assert "router" not in text_of(blocks)


def test_lines():
    """'Also this week' is a paragraph of lines with number, keycap and why, and a menu that brings the card of one."""
    also = tuple(
        factories.pick(factories.item(f"url:{n}", title=f"Work {n}", url=f"https://w.example/{n}"), rank=n)
        for n in range(2, 17)
    )
    post = render(factories.digest(factories.pick(), also=also), factories.channel())[2]
    blocks = message_blocks(post)

    check_blocks(blocks)
    assert "1️⃣ *2*  <https://w.example/2|Work 2> · your topic 'agents'" == text_of(blocks).splitlines()[1]
    menu = blocks[-2]["accessory"]
    assert [f"card 2026-W34/{n}" for n in range(2, 17)] == [one["value"] for one in menu["options"]]


@pytest.mark.parametrize("triage", list(Triage))
def test_titles_are_their_own_characters(triage):
    """Nothing in a title is replaced, wherever it stands: on a card, in a list with menus and in one without."""
    title = "A* Search: *Fast* _and_ `exact` | 5 ~ 6 :fire: <b> [R]_"
    works = [factories.pick(factories.item(f"url:{n}", title=title, url=f"https://w.example/{n}"), rank=n) for n in (1, 2, 3)]  # fmt: skip
    posts = render(factories.digest(works[0], also=tuple(works[1:])), factories.channel(triage=triage))
    links = [one for post in posts for block in message_blocks(post) for one in rich_links(block)]

    assert [(f"https://w.example/{n}", title) for n in (1, 2, 3)] == [(one["url"], one["text"]) for one in links]
    for post in posts:
        check_blocks(message_blocks(post))


def rich_links(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The links in a block of rich text."""
    parts = block["elements"] if block["type"] == "rich_text" else ()
    return [one for part in parts for one in part["elements"] if one["type"] == "link"]


@pytest.mark.parametrize("number", [1, 8, 12, 17, 25])
@pytest.mark.parametrize(
    "title", ["A Title of Seventy Characters, as Papers of This Field Have Them, Really", "w" * 140, "A* search"]
)
def test_a_menu_at_each_line(number: int, title: str):
    """In the compact layout each line of each message has its menu, however many picks there are; the messages are about as long as one another."""
    works = [
        factories.item(f"url:{n}", title=f"{n} {title}", url=f"https://arxiv.org/abs/2608.{n:05}")
        for n in range(1, number + 1)
    ]
    ours = factories.digest(
        *(factories.pick(one, rank) for rank, one in enumerate(works, start=1)),
        layout=Layout.COMPACT,
        line_menu=WORDS.line_menu,
    )
    lists = [message_blocks(post) for post in render(ours, factories.channel()) if post.role is PostRole.LIST]
    menus = [[one["options"][-1]["value"] for one in of_type(blocks, "overflow")] for blocks in lists]

    assert [f"summarise {n}" for n in range(1, number + 1)] == [one for values in menus for one in values]
    assert max(map(len, menus)) - min(map(len, menus)) <= len(menus)
    assert len(lists) <= -(-number // 13), "not one message more than the platform's limits make of it"
    for blocks in lists:
        check_blocks(blocks)
        assert units(json.dumps(blocks, ensure_ascii=False)) < 12_500


@pytest.mark.parametrize("title", ["למידה עמוקה של רשתות", "מודל A* לחיפוש", "التعلم العميق"])
def test_written_from_the_right(title: str):
    """A title in Hebrew or Arabic is isolated in lines and cards, as markup and as rich text, so that number and reason keep their places."""
    work = factories.item("url:1", title=title, url="https://w.example/1")
    posts = render(factories.digest(factories.pick(work), also=(factories.pick(work, rank=2),)), factories.channel())
    told = [json.dumps(message_blocks(post), ensure_ascii=False) for post in posts[1:3]]

    assert all(f"\u2068{title}\u2069" in one for one in told)
    plain = render(factories.digest(factories.pick(factories.item("url:1", title="Deep"))), factories.channel())[1]
    assert "\u2068" not in json.dumps(message_blocks(plain), ensure_ascii=False)


def of_type(blocks: Any, kind: str) -> list[dict[str, Any]]:
    """What is of a type among blocks and everything in them, in order."""
    if isinstance(blocks, list):
        return [found for one in blocks for found in of_type(one, kind)]
    if not isinstance(blocks, dict):
        return []
    inner = [found for one in blocks.values() for found in of_type(one, kind)]
    return [blocks, *inner] if blocks.get("type") == kind else inner


def test_long_lists_still_fit():
    """Rich text takes more room than markup: where it would not fit, no line of a list is lost."""
    title, end = "A* " + "w" * 100, "x" * 40
    works = [factories.item(f"url:{n}", title=f"{n} {title}", url=f"https://w.example/{n}{end}") for n in range(2, 17)]
    also = tuple(factories.pick(one, rank=rank) for rank, one in enumerate(works, start=2))
    post = render(factories.digest(factories.pick(), also=also), factories.channel())[2]
    blocks = message_blocks(post)

    check_blocks(blocks)
    assert all(f"/{n}x" in json.dumps(blocks) for n in range(2, 17))


def test_receipt():
    """The receipt is one line; its table is a press of a button away."""
    foot = render(factories.digest(factories.pick()), factories.channel())[-1]
    line, *_, row = message_blocks(foot)

    assert "Read: 1 of 1 source, 20 entries." in text_of([line])
    assert [("Sources", "receipt 2026-W34")] == [(one["text"]["text"], one["value"]) for one in row["elements"]]


def test_crowded_post():
    """A post of hundreds of long blocks is cut to what a message takes, and says so."""
    line = Block(role=BlockRole.BODY, spans=(Span(text="w " * 1000),))
    small = Block(role=BlockRole.NOTE, spans=(Span(text="note"),))
    for lines in ([line] * 300, [small] * 300):
        blocks = message_blocks(Post(role=PostRole.PICK, part=1, blocks=tuple(lines), plain="many"))

        check_blocks(blocks)
        assert "There is more" in text_of(blocks[-1:])


def test_long_receipt():
    """Three hundred sources do not break the message."""
    reports = tuple(factories.report(f"source-{number}", error="x" * 200) for number in range(300))
    foot = render(factories.digest(factories.pick(), sources=reports), factories.channel())[-1]
    check_blocks(message_blocks(foot))


def test_link_that_is_none():
    """An address that must not be linked leaves its words, and so does one that is too long."""
    assert "title" == link("javascript:alert(1)", "title", 3000)
    assert "title" == link("https://example.org/" + "x" * 2500, "title", 3000)


def test_readable():
    """What members write is read as they see it; who is not known by name keeps the id."""
    said = "&lt;b&gt; <@U12> <@U1|ada> <#C1|papers> <!here> <https://a.example/?x=1&amp;y=2> <mailto:a@b.example|a@b.example>"

    assert "<b> @U12 @ada #papers @here https://a.example/?x=1&y=2 a@b.example" == readable(said)
    assert ["https://a.example/?x=1&y=2"] == addresses(said)


def test_names():
    """A member who is mentioned is called by name, as it stands and on one line; nobody else is, and a channel has its label."""
    names = {"U12": "Ada <&lt; L.", "U7": "Bob\nBabbage", "C1": "no member", "U9": "", "here": "no member"}
    said = "<@U12> &amp; <@U7|bob>: <#C1|papers> <#C1> <@U9> <@U9|cy> <!here> <@U8> &lt;@U12&gt;"

    assert "@Ada <&lt; L. & @Bob Babbage: #papers #C1 @U9 @cy @here @U8 <@U12>" == readable(said, names)
    assert ("U12", "U7", "U9", "U8") == mentioned(said)


def test_a_crowd_is_mentioned():
    """Only the first ten have names, each time the same, whoever else is known."""
    users = [f"U{number}" for number in range(100, 130)]
    names = {user: f"N{user[1:]}" for user in users}
    said = " ".join(f"<@{user}>" for user in [users[0], *users])

    assert tuple(users[:10]) == mentioned(said)
    assert " ".join(["@N100", *(f"@N{n}" for n in range(100, 110)), *(f"@U{n}" for n in range(110, 130))]) == readable(
        said, names
    )


def test_form():
    """A form has a field for each setting, with its present value; a weekday is chosen from a list, a time from a clock."""
    view = form_view(Answer(form={"weekday": "friday", "time": "09:00", "budget_minutes": "60", "topics": ""}), "form", "{}")  # fmt: skip
    fields = {block["block_id"]: block["element"] for block in view["blocks"]}

    assert "friday" == fields["weekday"]["initial_option"]["value"]
    assert "09:00" == fields["time"]["initial_time"]
    assert "60" == fields["budget_minutes"]["initial_value"]
    assert "initial_value" not in fields["topics"]


def test_form_says_what_to_write():
    """Each field of the settings bears its name and what to write into it; one that we do not know its own name."""
    view = form_view(Answer(form={**dict.fromkeys(FIELDS, ""), "new_one": ""}), "form", "{}")
    *known, other = view["blocks"]

    assert all(block["hint"]["text"] for block in known)
    assert {"Exploration", "What emoji mean", "Reading time"} < {block["label"]["text"] for block in known}
    assert ("New one", False) == (other["label"]["text"], "hint" in other)
    lines = [block["block_id"] for block in known if block["element"].get("multiline")]
    assert ["description"] == lines, "sentences have room, lists have a line"


def test_examples_can_be_copied():
    """An address that we give as an example is written as it is typed, and nothing else in an answer does anything."""
    lines = ("Give one like https://arxiv.org/abs/2511.01234.", "<!here> bold :tada: <https://evil.example>")
    (section,) = answer_blocks(
        Answer(blocks=tuple(Block(role=BlockRole.NOTE, spans=(Span(text=one),)) for one in lines))
    )
    text = section["text"]["text"]

    assert section["text"]["verbatim"]
    assert "like https://arxiv.org/abs/2511.01234." in text
    assert not any(live in text for live in ("<", ":tada:"))


def test_form_values():
    """What comes back from a form is read whatever kind of field it was."""
    state = {
        "topics": {"value": {"type": "plain_text_input", "value": " agents "}},
        "weekday": {"value": {"type": "static_select", "selected_option": {"value": "monday"}}},
        "time": {"value": {"type": "timepicker", "selected_time": "10:30"}},
        "zone": {"value": {"type": "plain_text_input", "value": None}},
    }

    assert {"topics": "agents", "weekday": "monday", "time": "10:30", "zone": ""} == values_of(state)


def test_a_notice_with_a_button() -> None:
    """A hello has its own button, and none to summarise it."""
    post = notice("Hello", "I bring the week's research.", buttons=(Button(words="Set up", asks="setup"),))

    rows = [block["elements"] for block in message_blocks(post) if block["type"] == "actions"]

    assert [["Set up"]] == [[one["text"]["text"] for one in row] for row in rows]


def test_a_window_with_a_long_list() -> None:
    """What can be pressed stands above a long list, and below a short one."""
    line = Block(role=BlockRole.LINE, spans=(Span(text="A work"),))
    title, button = (
        Block(role=BlockRole.TITLE, spans=(Span(text="As it stands"),)),
        Button(words="Start", asks="start now"),
    )

    kinds = [
        [block["type"] for block in said_view(Answer(blocks=(title, *lines), buttons=(button,)))["blocks"]]
        for lines in ([line] * 20, [line])
    ]

    assert [["header", "actions", "section"], ["header", "section", "actions"]] == kinds


def test_own_characters() -> None:
    """Brackets, calls to everybody, quote signs and short names keep their own characters in answers and messages, and do nothing."""
    said = "> <!channel> @everyone a<b>c :fire: <https://evil.example|x>"
    linked = Span(text=said, url="https://lab.example/")
    blocks = tuple(
        Block(role=role, spans=(Span(text=said), Span(text=" by "), linked))
        for role in (BlockRole.TITLE, BlockRole.NOTE, BlockRole.BODY, BlockRole.WORDS)
    )
    kits = answer_blocks(Answer(blocks=blocks))
    kits += message_blocks(Post(role=PostRole.PICK, part=1, blocks=blocks, plain="", rank=1))

    shown = unescape(text_of(kits)).replace("\u200b", "")
    assert 2 * len(blocks) <= shown.count(said)
    assert [] == [sign for sign in "‹›＠∶" if sign in shown]
    assert [] == [harm for text in texts(kits) if (harm := harm_in(text))]


@pytest.mark.parametrize(
    ("spans", "kinds"),
    [
        (("1 August", "arXiv>"), ["mrkdwn"]),
        (("1 August",), ["plain_text"]),
        (("`1` August", "arXiv>"), ["plain_text", "mrkdwn"]),  # a sign that markup would replace
        (("1 August" * 222, "arXiv>"), ["plain_text", "mrkdwn"]),  # no room for both in one text
    ],
)
def test_small_text_is_one(spans: tuple[str, ...], kinds: list[str]) -> None:
    """Words and links side by side are one text, so that a narrow window wraps them as one, wherever markup carries them as they stand."""
    made = tuple(Span(text=text.rstrip(">"), url="https://a.example/" if text[-1] == ">" else None) for text in spans)
    for role in (BlockRole.SEEN, BlockRole.WHY):
        (kit,) = message_blocks(
            Post(role=PostRole.PICK, part=1, blocks=(Block(role=role, spans=made),), plain="", rank=1)
        )

        check_blocks([kit])
        assert kinds == [one["type"] for one in kit["elements"]]
        assert text_of([kit]).startswith("Why: " if role is BlockRole.WHY else spans[0][:3])


def test_paragraphs_of_an_answer() -> None:
    """What begins a paragraph is one of its own; other lines are put together."""
    roles = (BlockRole.TITLE, BlockRole.NEW, BlockRole.BODY, BlockRole.WHY, BlockRole.SEEN, BlockRole.MORE)
    kits = answer_blocks(Answer(blocks=tuple(Block(role=role, spans=(Span(text=role.value),)) for role in roles)))

    assert ["title", "new\nbody", "why\nseen", "more"] == [text_of([kit]) for kit in kits]


def test_why_in_an_answer() -> None:
    """In all there is to say of a work, what leads up to its reason is bold, and parted from it by a space."""
    why = Block(role=BlockRole.WHY, spans=(Span(text="your topic 'agents'"), Span(text="by Ada")))
    (kit,) = answer_blocks(Answer(blocks=tuple(as_lines([why]))))

    assert "*Why:* your topic 'agents' · by Ada" == kit["text"]["text"]


def test_what_a_form_gives_back() -> None:
    """What stands in a field is what was given, so that saving it again changes nothing."""
    said = "@everyone, <!here> :fire:"
    (field,) = form_view(Answer(blocks=(), form={"topics": said}), "settings", "")["blocks"]

    assert said == field["element"]["initial_value"]


SIGNS = "2 * 3 * 4, ~ten~ `code` and a|b, _so_"


def test_signs_outside_titles() -> None:
    """What somebody wrote, what a work says and what an answer links keep their own characters, and none is replaced by a look-alike."""
    link_to = Span(text=SIGNS, url="https://lab.example/")
    blocks = (
        Block(role=BlockRole.WORDS, spans=(Span(text=f"“{SIGNS}”"), Span(text="Ada, 3 August"))),
        Block(role=BlockRole.QUOTE, spans=(Span(text="“Plain.”"), link_to)),
        Block(role=BlockRole.NEW, spans=(Span(text=SIGNS),)),
        Block(role=BlockRole.BODY, spans=(Span(text="On "), link_to)),
        Block(role=BlockRole.NOTE, spans=(Span(text="On "), link_to)),
    )
    post = Post(role=PostRole.PICK, part=1, blocks=blocks, plain="", rank=1)
    answer = Answer(blocks=(Block(role=BlockRole.NOTE, spans=(Span(text=f"{SIGNS}: "), link_to)),))

    for kits, times in ((message_blocks(post), 5), (answer_blocks(answer), 2)):
        check_blocks(kits)
        assert times == text_of(kits).count(SIGNS)
        assert [] == [harm for text in texts(kits) if (harm := harm_in(text))]


@pytest.mark.parametrize("title", ["Plain", "2 * 3 * 4"])
def test_a_picture(title: str) -> None:
    """A picture stands beside the card's first paragraph, under a title of rich text as well; where the channel wants none there is none."""
    paper = factories.item(title=title, abstract="We prove it.", picture="https://cdn.lab.example/a.png")
    digest = factories.digest(factories.pick(paper))
    shown, plain = (message_blocks(render(digest, factories.channel(pictures=wanted))[1]) for wanted in (True, False))

    check_blocks(shown)
    assert ["https://cdn.lab.example/a.png"] == [one["accessory"]["image_url"] for one in shown if "accessory" in one]
    assert [] == [one for one in plain if "accessory" in one]
