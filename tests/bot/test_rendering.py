"""A digest in words: complete, safe, and the same each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.embeds import description_of
from bot.card import BODY_LIMIT, QUOTE_LIMIT, TITLE_LIMIT, Earlier, byline, line_of, why
from bot.exploration import PURPOSE
from bot.model import (
    Attention,
    Block,
    BlockRole,
    Digest,
    ItemKind,
    Layout,
    Meaning,
    NamedWork,
    Post,
    PostRole,
    Reason,
    Recap,
    Section,
    Shortness,
    SourceStatus,
    Window,
)
from bot.receipt import receipt_line, receipt_rows
from bot.rendering import (
    CARD_PARTS,
    IN_ENGLISH,
    KEYCAPS,
    LINES,
    DigestParts,
    items_of_list,
    legend,
    parts_of,
    posting_key,
    rank_of_keycap,
    render,
    span_of_days,
)
from bot.text import clean
from bot.usecases.channels import LABELS
from tests.examples import examples
from tests.factories import (
    NOW,
    PAPER,
    WEEK,
    WINDOW,
    at,
    channel,
    digest,
    item,
    mention,
    pick,
    report,
    summary,
)

ANY = st.text(st.one_of(st.characters(), st.sampled_from("\u202e\u200b\x00 \n<>&@|[]()*_`👩🏽‍🔬")), max_size=40)
LONG = st.sampled_from(
    ["", " ", "word " * 500, "x" * 5000, "é\u0301" * 400, "\u202e\u200b\x07", "<!channel> @everyone"]
)
TEXTS = ANY | LONG
URLS = st.sampled_from(
    ["javascript:alert(1)", "data:text/html,x", "", "https://example.org/a|b", "https://u:p@example.org/", "//x", "https://ex\u0430mple.org/", "file:///x"]
) | ANY  # fmt: skip
SOURCES = st.sampled_from(["arxiv", "huggingface", "import-ai", "nowhere"])
MENTIONS = st.builds(
    lambda source, external, url, title, direct, quote: mention(
        source_id=source, external_id=external, url=url, title=title, direct=direct, quote=quote
    ),
    SOURCES,
    st.sampled_from("abc"),
    URLS,
    TEXTS,
    st.booleans(),
    TEXTS,
)
COUNTS = st.none() | st.integers(0, 10**7)
PICKS = st.builds(
    lambda key, section, kind, title, url, authors, abstract, code, stars, project, attention, mentions, reasons, explore: pick(
        item(
            f"url:{key}", section=section, kind=kind, title=title, url=url, authors=tuple(authors), abstract=abstract, code_url=code, code_stars=stars,
            project_url=project, attention=attention, mentions=tuple(mentions),
        ),
        reasons=tuple(Reason(name="r", text=text, weight=1.0) for text in reasons), explore=explore,
    ),
    st.integers(0, 99), st.sampled_from(Section), st.sampled_from(ItemKind), TEXTS, URLS, st.lists(TEXTS, max_size=5), TEXTS, st.none() | URLS, COUNTS,
    st.none() | URLS, st.dictionaries(SOURCES, st.builds(Attention, votes=COUNTS, comments=COUNTS), max_size=2), st.lists(MENTIONS, max_size=4),
    st.lists(TEXTS, max_size=4), st.booleans(),
)  # fmt: skip
REPORTS = st.lists(
    st.builds(
        lambda source, state, name, error, newest: report(source, state=state, name=name, error=error, newest=newest),
        SOURCES,
        st.sampled_from(SourceStatus),
        TEXTS,
        st.none() | TEXTS,
        st.none() | st.just(NOW),
    ),
    max_size=4,
)
DIGESTS = st.builds(
    lambda picks, reports, left_out, sample, late, also, layout: digest(
        *picks, sources=tuple(reports), left_out=left_out, sample=sample, late=late, also=tuple(also), layout=layout
    ),
    st.lists(PICKS, max_size=4, unique_by=lambda p: p.item.key),
    REPORTS,
    st.dictionaries(st.sampled_from([*(s.value for s in Section), "odd"]), st.integers(1, 9999), max_size=3),
    st.booleans(),
    st.booleans(),
    st.lists(PICKS, max_size=3),
    st.sampled_from(Layout),
)


def rendered(*picks: Any, **what: Any) -> list[Post]:
    return render(digest(*picks, **what), channel())


def line(post: Post, role: BlockRole) -> str:
    """The first block of this role, as one line."""
    found = next((block for block in post.blocks if block.role is role), Block(role=role))
    return " · ".join(span.text for span in found.spans)


def lines(post: Post, role: BlockRole) -> list[str]:
    return [" · ".join(span.text for span in block.spans) for block in post.blocks if block.role is role]


class TestHostileDigests:
    @settings(max_examples=examples(120), deadline=None)
    @given(DIGESTS)
    def test_what_every_post_keeps_to(self, hostile: Digest) -> None:
        """Whatever a digest holds: parts in a row, links to the web alone, no empty block, nothing that hides, lengths kept."""
        posts = render(hostile, channel())
        blocks = [block for post in posts for block in post.blocks]
        spans = [span for block in blocks for span in block.spans]

        assert [post.part for post in posts] == list(range(len(posts)))
        assert {post.part: post.item_key for post in posts} == parts_of(hostile)
        assert (PostRole.HEAD, PostRole.FOOT) == (posts[0].role, posts[-1].role)
        assert len(hostile.picks) * (hostile.layout is Layout.CARDS) == sum(
            post.role is PostRole.PICK for post in posts
        )
        assert bool(hostile.also) == any(post.role is PostRole.ALSO for post in posts)
        assert [
            span.url for span in spans if span.url and not span.url.lower().startswith(("http://", "https://"))
        ] == []
        assert [block.role for block in blocks if not block.spans] == []
        assert [span for span in spans if not span.text or span.text != clean(span.text)] == []
        assert all(post.plain.strip() and post.blocks for post in posts)
        assert (
            max(len(span.text) for block in blocks if block.role is BlockRole.TITLE for span in block.spans)
            <= TITLE_LIMIT
        )
        assert max((len(span.text) for span in spans), default=0) <= BODY_LIMIT
        assert max(len(block.rows) for block in blocks) <= len(hostile.sources) + 1

    @settings(max_examples=examples(30), deadline=None)
    @given(DIGESTS)
    def test_same_digest_same_posts(self, hostile: Digest) -> None:
        """A frozen digest gives the same posts each time, so that a crash changes nothing."""
        assert render(hostile, channel()) == render(hostile, channel())

    def test_no_title(self) -> None:
        """A work without a title is called untitled, and is still a link."""
        span = rendered(pick(item(title=" \u200b ")))[1].blocks[0].spans[0]

        assert (span.text, span.url) == ("(untitled)", f"https://arxiv.org/abs/{PAPER}")

    def test_a_link_that_is_none(self) -> None:
        """A title whose address may not be shown is plain text."""
        assert rendered(pick(item(url="javascript:alert(1)")))[1].blocks[0].spans[0].url is None

    @pytest.mark.parametrize(
        ("title", "shown"),
        [
            ("https://bank.example/login", "https://bank.example/login (arxiv.org)"),
            ("www.bank.example", "www.bank.example (arxiv.org)"),
            ("https://arxiv.org/abs/1 is out", "https://arxiv.org/abs/1 is out"),
            ("www.arxiv.org is twenty", "www.arxiv.org is twenty"),
            ("word " * 40 + "https://bank.example", None),
        ],
    )
    def test_a_title_that_names_another_address(self, title: str, shown: str | None) -> None:
        """Words that look like an address elsewhere do not hide where they lead."""
        (span,) = rendered(pick(item(title=title)))[1].blocks[0].spans

        assert span.text.endswith(" (arxiv.org)") if shown is None else span.text == shown
        assert len(span.text) <= 200


class TestHead:
    def test_head(self) -> None:
        """The head says which days it covers, how long it takes, how many picks of how many works, the receipt in short, and what the emoji mean."""
        head = rendered(pick(), pick(item("a:b"), rank=2), left_out={"papers": 1200, "labs": 3})[0]

        assert line(head, BlockRole.TITLE) == "Paper Round · 10 to 16 August"
        assert line(head, BlockRole.BADGES) == "16 of 60 minutes · 2 picks of 1,205 works · 1 of 1 source read"
        assert line(head, BlockRole.LEGEND) == "⭐ must-read · 👀 to read · ✅ read · 👎 not for us"

    def test_sources_that_are_off_are_not_asked(self) -> None:
        """Only what was asked is counted."""
        head = rendered(pick(), sources=(report(), report("b"), report("c", state=SourceStatus.OFF)))[0]

        assert line(head, BlockRole.BADGES) == "8 of 60 minutes · 1 pick · 2 of 2 sources read"

    def test_what_failed(self) -> None:
        """Sources that failed are named at once, the first three of many; which, and why, is in the foot."""
        failed = [report(name, name=name, state=SourceStatus.FAILING) for name in "vwxyz"]
        quiet = report("b", state=SourceStatus.QUIET)
        head = rendered(pick(), sources=(report(), quiet, *failed))[0]

        assert line(head, BlockRole.BADGES).endswith("2 of 7 sources read · failing: v, w, x and 2 more")

    @pytest.mark.parametrize(
        ("answered", "said"),
        [
            ([0], "1 of 1 source read"),
            ([3], "1 of 1 source read on Friday"),
            ([30, 3], "2 of 2 sources read on Friday"),
            ([7], "1 of 1 source read on 17 August"),
            ([-2], "1 of 1 source read"),
        ],
    )
    def test_when_sources_were_read(self, answered: list[int], said: str) -> None:
        """A digest made days after the last collect says on which day its sources were read; a clock that was ahead says nothing."""
        made = datetime(2026, 8, 24, 7, tzinfo=UTC)
        reports = [report(f"s{n}", answered_at=made - timedelta(days=ago)) for n, ago in enumerate(answered)]
        failing = report("failing", state=SourceStatus.FAILING, answered_at=made)

        head = rendered(pick(), sources=reports, compiled_at=made)[0]
        assert line(head, BlockRole.BADGES).endswith(said)
        head = rendered(pick(), sources=[*reports, failing], compiled_at=made)[0]
        assert said.partition("read")[2] in line(head, BlockRole.BADGES)

    def test_the_day_is_the_channels(self) -> None:
        """What was read at eleven at night in Auckland was read on that day, though it is the same day in UTC."""
        made = datetime(2026, 8, 24, 20, tzinfo=UTC)
        head = render(
            digest(pick(), sources=[report(answered_at=made - timedelta(hours=9))], compiled_at=made),
            channel(zone="Pacific/Auckland"),
        )[0]

        assert line(head, BlockRole.BADGES).endswith("1 of 1 source read on Monday")

    @pytest.mark.parametrize(
        ("what", "words"),
        [
            ({"sample": True}, "Sample week"),
            ({"late": True}, "This digest is late"),
            ({}, "Nothing new this week"),
            ({"sources": (report(), report("b", state=SourceStatus.FAILING))}, "Nothing new this week"),
            ({"sources": (report("b", state=SourceStatus.FAILING),)}, "None of the sources could be read"),
        ],
    )
    def test_notes(self, what: dict[str, Any], words: str) -> None:
        """A sample says that it is one, a late digest that it is late, an empty one that there was nothing."""
        assert any(note.startswith(words) for note in lines(rendered(**what)[0], BlockRole.NOTE))

    def test_legend(self) -> None:
        """The legend follows the channel's own emoji."""
        assert legend({"🔥": Meaning.MUST_READ, "🙈": Meaning.SKIP}) == ["🔥 must-read", "🙈 not for us"]

    def test_what_is_owed_a_word(self) -> None:
        """Works that were marked must-read and that nobody wrote about are named in one sentence, which each way of writing leaves one."""
        owed = tuple(NamedWork(key=f"url:{name}", title=name, url=f"https://w.example/{name}") for name in "AB")
        head = rendered(pick(), recap=Recap(owed=owed))[0]
        said = "Marked must-read, and nobody has written a word on them yet: A, B"

        assert said in head.plain.splitlines()
        assert said in [block.joint.join(span.text for span in block.spans) for block in head.blocks]
        assert "[A](https://w.example/A), [B](https://w.example/B)" in description_of(head.blocks, 4000)

    @pytest.mark.parametrize(
        ("first", "last", "words"),
        [
            (date(2026, 8, 10), date(2026, 8, 16), "10 to 16 August"),
            (date(2026, 8, 31), date(2026, 9, 6), "31 August to 6 September"),
            (date(2026, 12, 28), date(2027, 1, 3), "28 December 2026 to 3 January 2027"),
            (date(2026, 8, 10), date(2026, 8, 10), "10 August"),
        ],
    )
    def test_span_of_days(self, first: date, last: date, words: str) -> None:
        """Month and year are said as often as needed and no more."""
        assert words == span_of_days(first, last)

    def test_days_of_the_channels_zone(self) -> None:
        """The days are those of the channel's own calendar."""
        window = Window(start=datetime(2026, 8, 9, 22, tzinfo=UTC), end=datetime(2026, 8, 16, 22, tzinfo=UTC))
        head = render(digest(window=window), channel(zone="Europe/Berlin"))[0]

        assert line(head, BlockRole.TITLE) == "Paper Round · 10 to 16 August"


class TestTime:
    def test_triage_and_reading(self) -> None:
        """The head says what looking takes and what reading is likely to take; a topic that matches nothing is said so."""
        picks = [pick(item(f"a:{n}"), rank=n, minutes=10) for n in range(1, 12)]
        head = rendered(*picks, rate=0.41, unmatched=("quantum radar", "tea"))[0]

        assert line(head, BlockRole.BADGES).startswith("look 11 minutes, read about 45 · 11 picks")
        assert "Nothing this week was about 'quantum radar' or 'tea'." in lines(head, BlockRole.NOTE)

    def test_many_empty_topics(self) -> None:
        """Of many topics that match nothing six are named, and the others counted; what was mistyped is told with what it was taken for."""
        head = rendered(
            pick(), unmatched=tuple("abcdefgh"), respelt=(("reinforcment", "reinforcement"), ("Robotik", "robotic"))
        )[0]

        assert "Nothing this week was about 'a', 'b', 'c', 'd', 'e', 'f' or 2 others." in lines(head, BlockRole.NOTE)
        assert (
            "Nobody wrote some words of your topics this week, so I took 'reinforcment' for 'reinforcement' and 'Robotik' for 'robotic'."
            in lines(head, BlockRole.NOTE)
        )

    def test_accents_alone(self) -> None:
        """That works write a topic with other accents is no error to tell of."""
        pairs = (("visión", "vision"), ("Schrodinger", "schrödinger"), ("Robotik", "robotic"))

        told = [one for one in lines(rendered(pick(), respelt=pairs)[0], BlockRole.NOTE) if "I took" in one]
        none = lines(rendered(pick(), respelt=pairs[:2])[0], BlockRole.NOTE)

        assert told == ["Nobody wrote some words of your topics this week, so I took 'Robotik' for 'robotic'."]
        assert not any("I took" in one for one in none)

    def test_topics_of_which_nothing_is_shown(self) -> None:
        """The head tells topics whose words stand in works of another sense, and muted ones, from those that nobody writes of."""
        head = rendered(pick(), in_passing=("symmetry", "rain"), muted=("music",))[0]

        assert "This week's works speak of 'symmetry' and 'rain' only in passing, or in another sense." in head.plain
        assert "All that was about 'music' is muted here." in head.plain
        assert "Nothing this week was about" not in head.plain

    @pytest.mark.parametrize(
        ("topics", "said"),
        [
            (("compressed sensing",), "names 'compressed sensing', so I took only a few that share a word with it"),
            (("memory safety", "data pruning"), "names 'memory safety' or 'data pruning', so I took only a few that share a word with these"),
        ],
    )  # fmt: skip
    def test_topics_that_are_barely_named(self, topics: tuple[str, ...], said: str) -> None:
        """The head says of which topics hardly a paper has the words together, and not once more that there are few."""
        head = rendered(pick(), barely_named=topics, short=Shortness(reached=5))[0]

        assert f"Hardly any paper this week {said} or come near. The rest of your time is yours." in head.plain.replace(
            "\n", " "
        )
        assert "Only 5 papers" not in head.plain

    def test_topics_that_are_unclear(self) -> None:
        """The head asks for a description where a word has several senses, and says where it is written."""
        head = rendered(pick(), unclear=("entropy",))[0]

        assert "This week's works mean several things by 'entropy'. Say in a sentence what you work on" in head.plain
        assert LABELS["description"] in head.plain

    def test_topics_that_are_used_up(self) -> None:
        """The head says of which topics all was shown before: it is not the week that had nothing."""
        head = rendered(pick(), used_up=("tea", "radar"))[0]

        assert "You have had all that I found about 'tea' and 'radar'; nothing new came since." in head.plain
        assert "Nothing this week was about" not in head.plain

    @pytest.mark.parametrize(
        ("short", "said"),
        [
            (Shortness(reached=2, added=3), ["Only 2 papers this week came near what you ask for. I added 3 others, and the rest of your time is yours."]),
            (Shortness(reached=1, added=1), ["Only 1 paper this week came near what you ask for. I added 1 other, and the rest of your time is yours."]),
            (Shortness(reached=7), ["Only 7 papers this week came near what you ask for. The rest of your time is yours."]),
            (Shortness(reached=0, added=5), ["No paper this week came near what you ask for. I added 5 others, and the rest of your time is yours."]),
            (Shortness(reached=3, muted=(("LLM agents", "word: agents"),)), ["Only 3 papers this week came near what you ask for. The rest of your time is yours.", "You mute word: agents, so your topic 'LLM agents' brings little."]),
            (Shortness(reached=3, kept_out=(("source: arxiv", 34), ("lab: Meta", 1))), ["Without what you mute, only 3 papers this week came near what you ask for. The rest of your time is yours.", "Of what you mute, source: arxiv keeps out 34 papers and lab: Meta keeps out 1 paper on that."]),
            (Shortness(reached=1, read=("Hugging Face",)), ["Only 1 paper this week came near what you ask for in the only source you read, Hugging Face. The rest of your time is yours."]),
            (Shortness(reached=0, added=2, read=("Hugging Face", "OpenAI")), ["No paper this week came near what you ask for in the only sources you read, Hugging Face and OpenAI. I added 2 others, and the rest of your time is yours."]),
        ],
    )  # fmt: skip
    def test_a_short_digest(self, short: Shortness, said: list[str]) -> None:
        """A digest that leaves minutes unused says why, before how to answer; an empty one has its own words."""
        notes = lines(rendered(pick(), short=short)[0], BlockRole.NOTE)

        assert said == notes[: len(said)]
        assert not any("what you ask for" in one for one in lines(rendered(short=short)[0], BlockRole.NOTE))

    @pytest.mark.parametrize(
        ("name", "wanted"), [("like", "was like what you liked"), ("topics", "came near what you ask for")]
    )
    def test_a_short_digest_of_likes(self, name: str, wanted: str) -> None:
        """Where nothing was about a topic, what is like liked works is not called what the topics ask for."""
        because = (Reason(name=name, text="like it", weight=1.0),)
        notes = lines(
            rendered(pick(reasons=because), unmatched=("tea",), short=Shortness(reached=1))[0], BlockRole.NOTE
        )

        assert f"Only 1 paper this week {wanted}. The rest of your time is yours." in notes

    def test_others_instead(self) -> None:
        """That nothing was about the topics is said once; where the sources are few, with which these are."""
        empty, few = Shortness(reached=0, added=5), Shortness(reached=0, added=5, read=("OpenAI",))
        notes, more = (
            lines(rendered(pick(reasons=()), unmatched=("tea",), short=one)[0], BlockRole.NOTE) for one in (empty, few)
        )

        said = "Nothing this week was about 'tea'."
        assert [said, "I took 5 others instead, and the rest of your time is yours."] == notes[:2]
        assert more[1].startswith("No paper this week came near what you ask for in the only source you read, OpenAI.")

    def test_nothing_chosen(self) -> None:
        """A topic that matches nothing is named where nothing at all was chosen, too."""
        head = rendered(unmatched=("tea",), left_out={"community": 5})[0]

        assert "Nothing this week was about 'tea'." in lines(head, BlockRole.NOTE)

    def test_a_classic(self) -> None:
        """A classic is none of the week's works, so the head counts the same picks as the foot."""
        posts = rendered(pick(), pick(item("a:b"), rank=2, classic=True), left_out={"papers": 8})

        assert " · 1 pick of 9 works, and a classic · " in line(posts[0], BlockRole.BADGES)
        assert "Chosen: 1 of 9 items." in posts[-1].plain

    def test_a_change_of_interest(self) -> None:
        """A digest that follows a change of interest says so, and since when."""
        notes = lines(rendered(pick(), changed=datetime(2026, 8, 3, 7, tzinfo=UTC))[0], BlockRole.NOTE)

        assert any(note.startswith("Since 3 August you marked hardly anything") for note in notes)

    def test_a_suspected_change(self) -> None:
        """A digest that looks around since the last one was passed over says why, if anything was drawn at all."""
        said = "Hardly anything of the last digest was marked."
        for explore in (True, False):
            notes = lines(rendered(pick(explore=explore), looking_around=True)[0], BlockRole.NOTE)
            assert explore is any(note.startswith(said) for note in notes)

    def test_nothing_is_known(self) -> None:
        """A digest of typical works says why, and how to say what is wanted."""
        for name in ("typical", "attention"):
            one = replace(pick(), reasons=(Reason(name=name, text="one of 12 like it this week", weight=0.02),))
            notes = lines(rendered(one)[0], BlockRole.NOTE)
            assert (name == "typical") is any("/paperround topics" in note for note in notes)


ALSO = tuple(pick(item(f"url:{n}", title=f"Work {n}", url=f"https://w.example/{n}"), rank=n) for n in range(2, 31))


class TestLines:
    def test_also_this_week(self) -> None:
        """Below the picks one message lists what came next: numbers that go on, titles as links, why in five words, keycaps on ten of them."""
        posts = rendered(pick(), also=ALSO)
        also = posts[2]
        listed = [block for block in also.blocks if block.role is BlockRole.LINE]

        assert [PostRole.HEAD, PostRole.PICK, PostRole.ALSO, PostRole.FOOT] == [post.role for post in posts]
        assert list(range(2, 17)) == [block.number for block in listed]
        assert [*KEYCAPS, None, None, None, None, None] == [block.keycap for block in listed]
        assert ("Work 2", "https://w.example/2") == (listed[0].spans[0].text, listed[0].spans[0].url)
        assert "2. Work 2 · your topic 'agents'" in also.plain.splitlines()
        assert "React with a line's keycap or choose its number" in also.plain
        assert (None, None) == (also.item_key, also.rank)

    def test_further_works_are_for_those_who_ask(self) -> None:
        """What comes after the list is behind a click, and in no notification."""
        also = rendered(pick(), also=ALSO)[2]

        assert list(range(17, 31)) == [block.number for block in also.blocks if block.role is BlockRole.MORE]
        assert "Work 17" not in also.plain

    def test_on_the_page(self) -> None:
        """The page has no commands, so it does not speak of them."""
        posts = render(digest(pick(), also=ALSO), channel(platform="web"))

        assert "/paperround" not in posts[2].plain

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('like "Sparse Attention", which two of you marked must-read', 'like "Sparse Attention"'),
            ("outside your topics: robotics", "outside your topics"),
            ("new from OpenAI on Tuesday, its only piece this week", "new from OpenAI on Tuesday"),
            ("new from Google AI on Tuesday", "new from Google AI"),
            ("one two three four five six", "one two three four five"),
            ('like "DyPES-VLA: Learning Priors", which Ada marked to read', 'like "DyPES-VLA: Learning Priors"'),
            ("close to your topic 'Alzheimer's disease, early'", "close to 'Alzheimer's disease, early'"),
            ("new on Friday, this week's only one", "new on Friday"),
            ("your topics 'robots' and 'agents'", "your topics 'robots' and 'agents'"),
            ("your topics 'a b', 'c d' and 'e f'", "your topics 'a b', 'c d'"),
            ("your topics 'a b c' and 'd e'", "your topic 'a b c'"),
            ("has 'models' of 'foundation models for time series'", "has 'models' of 'foundation models…'"),
            ("has 'rate', 'click' and 'through' of 'click-through rate prediction'", "has 'rate' of 'click-through rate prediction'"),
            ("has the words of 'agent benchmarks', though not together", "has the words of 'agent benchmarks'"),
            ("close to your topics and to what you liked", "close to your topics"),
            ('like "The Long and the Short of It: Attention", which Ada marked to read', 'like "The Long and the Short…"'),
            ("by Percy Liang, your topic 'P. Liang'", "by Percy Liang"),
        ],
    )  # fmt: skip
    def test_why_in_few_words(self, text: str, words: str) -> None:
        """A line's why has six words at most, and ends where the reason's first clause ends, or after the fifth."""
        also = rendered(pick(), also=(pick(rank=2, reasons=(Reason(name="r", text=text, weight=1),)),))[2]

        assert words == also.blocks[1].spans[1].text
        assert len(words.split()) <= 6

    @pytest.mark.parametrize(
        ("topic", "told"),
        [("大模型", True), ("обучение", True), ("Sprachmodelle", True), ("quantum radar", False), ("Jürgen Schmidhuber", False)],
    )  # fmt: skip
    def test_a_topic_in_another_language(self, topic: str, told: bool) -> None:  # noqa: FBT001 - parametrised
        """Of a topic in another language that nothing is about the head says why; of an English one, or a name, it does not."""
        head = rendered(pick(), unmatched=("tea", topic))[0]

        assert told is (IN_ENGLISH in lines(head, BlockRole.NOTE))

    def test_a_topic_in_a_sentence(self) -> None:
        """Of a topic that is a sentence the card repeats the beginning, and the line less of it; what is like a long title names it whole."""
        topic = "how to make large language models refuse harmful requests without over-refusing benign ones"
        reason = Reason(name="topics", text=f"has 'harmful' of '{topic}'", weight=1)
        like = Reason(name="like", text=f'like "{topic}", which Ada marked to read', weight=0.5)
        _, card, also = rendered(pick(reasons=(reason, like)), also=(pick(rank=2, reasons=(reason,)),))[:3]
        beginning = "has 'harmful' of 'how to make large language models refuse harmful…'"

        assert f"{beginning} · {like.text}" == line(card, BlockRole.WHY)
        assert "has 'harmful' of 'how to make…'" == also.blocks[1].spans[1].text

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (f"outside your topics: information retrieval, {PURPOSE}", "outside your topics: information retrieval"),
            (
                f"something other than usual: computers and society, {PURPOSE}",
                "something other than usual: computers and society",
            ),
            (f"outside your topics, {PURPOSE}", "outside your topics"),
        ],
    )
    def test_where_an_explored_line_lies(self, text: str, words: str) -> None:
        """A line that explores names its field, whole."""
        explored = pick(rank=2, explore=True, reasons=(Reason(name="exploration", text=text, weight=0),))

        assert words == rendered(pick(), also=(explored,))[2].blocks[1].spans[1].text

    def test_compact(self) -> None:
        """In the compact layout the picks are lines of one message, each of which can ask for its card."""
        posts = rendered(pick(), pick(item("a:b"), rank=2), also=ALSO[1:], layout=Layout.COMPACT)

        assert [PostRole.HEAD, PostRole.LIST, PostRole.ALSO, PostRole.FOOT] == [post.role for post in posts]
        assert [1, 2] == [block.number for block in posts[1].blocks if block.role is BlockRole.LINE]
        assert [0, 1, 2, 3] == [post.part for post in posts]

    def test_as_few_messages_as_the_limits_allow(self) -> None:
        """Lines that one message does not hold make a second one, with keycaps of its own."""
        long = [
            pick(item(f"url:{n}", title="x" * 300, url="https://w.example/" + "y" * 300), rank=n) for n in range(1, 21)
        ]
        posts = render(digest(*long, layout=Layout.COMPACT), channel(platform="discord"))
        messages = [
            [b for b in post.blocks if b.role is BlockRole.LINE] for post in posts if post.role is PostRole.LIST
        ]

        assert list(range(1, 21)) == [block.number for message in messages for block in message]
        assert 3 == len(messages)
        assert [KEYCAPS[0]] * 3 == [message[0].keycap for message in messages]
        assert LINES >= max(map(len, messages))

    def test_messages_of_before(self) -> None:
        """A compact digest keeps the messages in which it was sent: when lines had no menus, when they had large ones everywhere, and as those are now."""
        picks = [pick(item(f"url:{n}", title="x" * 70, url=f"https://w.example/{n}"), rank=n) for n in range(1, 18)]
        before = digest(*picks, also=ALSO, layout=Layout.COMPACT)

        assert [17] == _lines_a_message(before)
        assert [9, 8] == _lines_a_message(replace(before, menus=True))
        assert [13] == _lines_a_message(replace(before, picks=before.picks[:13], line_menu=640))
        for ours in (before, replace(before, menus=True), replace(before, line_menu=640)):
            posts = render(ours, channel())
            assert [post.part for post in posts] == list(parts_of(ours))
            assert 1 == rank_of_keycap(ours, 1, "1️⃣")
        assert [f"url:{n}" for n in range(10, 18)] == items_of_list(replace(before, menus=True), 2)

    def test_says_where_the_menus_are(self) -> None:
        """The head of a compact digest speaks of a menu at each line only where there is one."""
        ours = digest(pick(), layout=Layout.COMPACT)

        assert "Choose a pick in the menu below the picks" in render(ours, channel())[0].plain
        assert "at its line" not in render(replace(ours, menus=True), channel())[0].plain
        assert "in the menu at its line, or below" in render(replace(ours, line_menu=640), channel())[0].plain

    @pytest.mark.parametrize("layout", list(Layout))
    @pytest.mark.parametrize("also", [(), ALSO])
    @pytest.mark.parametrize("menu", [0, 640])
    def test_how_to_ask_is_said_once(self, layout: Layout, also: tuple[object, ...], menu: int) -> None:
        """How a line becomes a card is said once in a digest that has lines, however many messages they take."""
        picks = [pick(item(f"url:{n}", title="x" * 70, url=f"https://w.example/{n}"), rank=n) for n in range(1, 26)]
        posts = render(digest(*picks, also=also, layout=layout, line_menu=menu), channel())
        said = [one for post in posts for one in post.blocks if one.role is BlockRole.ASKING]

        assert (1 if also or layout is Layout.COMPACT else 0) == len(said)
        assert all("keycap" in one.spans[0].text for one in said)

    def test_cards_on_demand(self) -> None:
        """A line's card is a pick's card with a part of its own; with cards for picks, only the others can be asked for."""
        ours = digest(pick(), also=ALSO)
        cards = {part: card for part, card in DigestParts(ours, channel()).items() if part >= CARD_PARTS}

        assert [CARD_PARTS + n for n in range(2, 31)] == list(cards)
        assert (PostRole.PICK, "url:14", 14) == (cards[1014].role, cards[1014].item_key, cards[1014].rank)
        assert cards.keys() | {0, 1, 2, 3} == DigestParts(ours, channel()).keys()
        assert CARD_PARTS + 1 in DigestParts(replace(ours, layout=Layout.COMPACT), channel())

    @pytest.mark.parametrize("layout", list(Layout))
    def test_parts(self, layout: Layout) -> None:
        """A message that is rendered by itself is the same as with all others, whichever is asked for first."""
        ours = digest(pick(), pick(item("a:b"), rank=2), also=ALSO[1:], layout=layout)
        parts = DigestParts(ours, channel())
        whole = dict(parts)

        assert render(ours, channel()) == [post for part, post in whole.items() if part < CARD_PARTS]
        lines = (*ours.picks, *ours.also) if layout is Layout.COMPACT else ours.also
        assert [CARD_PARTS + line.rank for line in lines] == [part for part in whole if part >= CARD_PARTS]
        assert len(whole) == len(parts)
        for part, post in whole.items():
            assert post == DigestParts(ours, channel())[part]
        with pytest.raises(KeyError):
            parts[999]

    def test_keycaps(self) -> None:
        """A keycap asks for the work on its line, however its sign is written; elsewhere, and beyond the lines, it means nothing."""
        ours = digest(pick(), also=ALSO[:3])
        compact = digest(pick(), pick(item("a:b"), rank=2), also=ALSO[1:3], layout=Layout.COMPACT)

        assert [2, 3, 4, None, None] == [rank_of_keycap(ours, 2, sign) for sign in ("1⃣", "2️⃣", "3️⃣", "4️⃣", "⭐")]
        assert [None, None] == [rank_of_keycap(ours, part, "1️⃣") for part in (1, 3)]
        assert [1, 3] == [rank_of_keycap(compact, part, "1️⃣") for part in (1, 2)]


def _lines_a_message(ours: Digest) -> list[int]:
    posts = [post for post in render(ours, channel()) if post.role is PostRole.LIST]
    return [sum(block.role is BlockRole.LINE for block in post.blocks) for post in posts]


class TestCard:
    CARD = pick(
        item(
            title="Agents", authors=("A", "B", "C", "D"), abstract="What it says.", institutions=("Agent Lab", "Other"), code_url="https://github.com/o/n", code_stars=1234,
            project_url="https://agents.example/", attention={"huggingface": Attention(votes=98, comments=1)},
            mentions=(
                mention(source_id="arxiv", url="https://arxiv.org/abs/1"), mention(source_id="huggingface", url="https://huggingface.co/papers/1"),
                mention(source_id="import-ai", external_id="468", url="https://jack-clark.net/468", direct=False, quote="The authors introduce Agents, the benchmark for which all of us waited."),
            ),
        ),
        explore=True,
    )  # fmt: skip

    def card(self) -> Post:
        named = tuple(report(source, name=name) for source, name in (("arxiv", "arXiv"), ("huggingface", "Hugging Face"), ("import-ai", "Import AI")))  # fmt: skip
        return rendered(self.CARD, sources=named)[1]

    def test_card(self) -> None:
        """A card says what is new, why it is here, how old it is and who spoke of it when, who wrote it, and how long it takes."""
        card = self.card()

        assert card.plain.splitlines() == [
            "Agents",
            "“The authors introduce Agents, the benchmark for which all of us waited.” · Import AI",
            "your topic 'agents'",
            "15 August · arXiv · Hugging Face (98 votes, 1 comment) · Import AI",
            "A, B, C and 1 more · Agent Lab",
            "8 min · code ★ 1,234 · project page · exploration",
        ]
        assert (card.item_key, card.section, card.rank) == (f"arxiv:{PAPER}", Section.PAPERS, 1)

    @pytest.mark.parametrize(
        ("institution", "said"), [("Mind Lab", "Mind Lab, B"), ("Agent Lab", "Mind Lab, B · Agent Lab")]
    )
    def test_an_institution_that_signs(self, institution: str, said: str) -> None:
        """A lab that is its paper's author is named once."""
        card = rendered(pick(item(authors=("Mind Lab", "B"), institutions=(institution,))))[1]

        assert said == line(card, BlockRole.BYLINE)

    @pytest.mark.parametrize(
        ("authors", "institutions", "said"),
        [
            (("Mind Lab",), (), []),
            (("Ada", "mind lab"), ("Mind Lab",), ["Ada"]),
            (("Other Lab",), ("Mind Lab",), ["Other Lab"]),
        ],
    )
    def test_a_source_that_signs(
        self, authors: tuple[str, ...], institutions: tuple[str, ...], said: list[str]
    ) -> None:
        """A lab that signs what its own feed says is named there, and not once more as its author or institution."""
        post = item(authors=authors, institutions=institutions, kind=ItemKind.POST)
        card = rendered(pick(post), sources=(report(name="Mind Lab"),))[1]

        assert "Mind Lab" in line(card, BlockRole.SEEN)
        assert said == [span.text for block in card.blocks if block.role is BlockRole.BYLINE for span in block.spans]

    def test_behind_a_click(self) -> None:
        """The whole abstract, and numbers that nobody decides by, are there for those who ask."""
        few = Reason(name="attention", text="more notice than 93% of this week's papers", weight=0.9)
        topic = Reason(name="topics", text="your topic 'agents'", weight=0.1)
        told = "Attention is slow. We present Foo, a sparse attention framework for long texts. It has a router."
        card = rendered(pick(item(abstract=told), reasons=(few, topic)))[1]

        assert "your topic 'agents'" == line(card, BlockRole.WHY)
        assert [told, few.text] == lines(card, BlockRole.MORE)

    def test_nothing_but_numbers(self) -> None:
        """Where there is no reason but a number, it is said after all: an empty 'why' would be worse."""
        few = Reason(name="attention", text="more notice than 93% of this week's papers", weight=0.9)
        voted = item(attention={"arxiv": Attention(votes=12)})

        assert few.text == line(rendered(pick(reasons=(few,)))[1], BlockRole.WHY)
        assert "12 votes on Arxiv" == line(rendered(pick(voted, reasons=(few,)))[1], BlockRole.WHY)

    @pytest.mark.parametrize(
        ("what", "new", "result"),
        [
            ({}, "We present Foo, a sparse attention framework for long texts.", "It outperforms Bar by 3.1%."),
            ({"brief": "Foo skips keys.", "brief_by": "hf"}, "Foo skips keys. · machine summary, Hugging Face", "It outperforms Bar by 3.1%."),
            ({"mentions": (mention(), mention(direct=False, quote="Foo is a gift to whoever serves long texts."))}, "", "It outperforms Bar by 3.1%."),
            ({"mentions": (mention(), mention(direct=False, quote="On Bar, Baz and Foo the models kept their level."))},
             "We present Foo, a sparse attention framework for long texts.", "It outperforms Bar by 3.1%."),
            ({"kind": ItemKind.POST}, "Attention is slow. We present Foo, a sparse attention framework for long texts. It outperforms Bar by 3.1%.", ""),
            ({"kind": ItemKind.POST, "abstract": "Hi all, **Foo** is [out](https://foo.example) now. We skip keys."}, "Foo is out now. We skip keys.", ""),
            ({"kind": ItemKind.DISCUSSION, "section": Section.COMMUNITY, "abstract": "Keys are slow. Values are slow. We built Foo."}, "We built Foo.", ""),
        ],
    )  # fmt: skip
    def test_what_is_new(self, what: dict[str, Any], new: str, result: str) -> None:
        """What is new is said by a newsletter, else by the source's machine, which is marked, else by the abstract; then what came of it."""
        told = "Attention is slow. We present Foo, a sparse attention framework for long texts. It outperforms Bar by 3.1%."
        work = item(**({"title": "Foo: sparse attention", "abstract": told} | what))
        card = rendered(pick(work), sources=(report(), report("hf", name="Hugging Face")))[1]

        assert (new, result) == (line(card, BlockRole.NEW), line(card, BlockRole.BODY))

    def test_the_teams_own_words(self) -> None:
        """What the team wrote before stands first, with who wrote it, when, and where if that was elsewhere."""
        known = summary("We tried it: no.", channel="other"), summary("Later: yes.", "r2", at=NOW + timedelta(hours=1))
        card = render(digest(pick()), channel(), {f"arxiv:{PAPER}": Earlier(summaries=known)})[1]

        assert [BlockRole.TITLE, BlockRole.WORDS, BlockRole.WORDS] == [block.role for block in card.blocks][:3]
        assert ["“Later: yes.” · Ada, 17 August", "“We tried it: no.” · Ada in #other, 17 August"] == lines(
            card, BlockRole.WORDS
        )

    def test_who_spoke_when(self) -> None:
        """A source that spoke on another day than the work's says when, on the channel's own calendar."""
        later = mention(source_id="letter", at=datetime(2026, 8, 16, 23, tzinfo=UTC))
        work = item(published=datetime(2026, 8, 12, 23, tzinfo=UTC), mentions=(later,))
        card = render(digest(pick(work)), channel(zone="Europe/Berlin"))[1]

        assert "13 August · letter, 17 August" == line(card, BlockRole.SEEN)

    @pytest.mark.parametrize(
        ("section", "kind", "words"),
        [
            (Section.PAPERS, ItemKind.PAPER, "8 min"),
            (Section.PAPERS, ItemKind.CODE, "code · 8 min"),
            (Section.LABS, ItemKind.POST, "8 min"),
            (Section.LABS, ItemKind.PAPER, "paper · 8 min"),
        ],
    )
    def test_kind(self, section: Section, kind: ItemKind, words: str) -> None:
        """What a section says already is not said again."""
        assert words == line(rendered(pick(item(section=section, kind=kind)))[1], BlockRole.BADGES)

    def test_every_source_is_a_link(self) -> None:
        """From where it was seen one click leads to what was said."""
        seen = next(block for block in self.card().blocks if block.role is BlockRole.SEEN)

        assert [span.url for span in seen.spans] == [
            None,
            "https://arxiv.org/abs/1",
            "https://huggingface.co/papers/1",
            "https://jack-clark.net/468",
        ]

    def test_what_nobody_asked_for(self) -> None:
        """A work that is on no topic of the channel says so first, on its card and in a line, and then how many took notice."""
        beside = Reason(name="beside", text="not on your topics", weight=1.0)
        notice = Reason(name="attention", text="more notice than 98% of this week's papers on Hugging Face", weight=0.4)
        new = Reason(name="freshness", text="new on Monday", weight=0.1)
        voted = pick(item(attention={"huggingface": Attention(votes=64)}), reasons=(beside, notice, new))
        said = [
            [span.text for span in block.spans] for block in rendered(voted)[1].blocks if block.role is BlockRole.WHY
        ]

        assert [["not on your topics", "64 votes on huggingface"]] == said
        assert ["not on your topics", "new on Monday"] == why(pick(reasons=(beside, new)), {})
        assert "not on your topics" == line_of(voted, {}).spans[1].text.strip(" ·")

    def test_a_lost_name(self) -> None:
        """Where an abstract lost its work's name, the card has it from the title."""
        card = rendered(
            pick(
                item(title="Tripwire: a defense", abstract="We present ours, a training-free defense of large models.")
            )
        )[1]

        assert "We present Tripwire, a training-free defense of large models." in card.plain

    def test_long_texts(self) -> None:
        """Title, abstract and quotation are cut, each at its length."""
        long = "word " * 1000
        quote = f"Foo is {'many more words '.join('abcdefghijklmnopq')}"
        said = mention(title="Foo", direct=False, quote=quote)
        card = rendered(pick(item(title=long, abstract=long, mentions=(said,))))[1]

        assert len(line(card, BlockRole.TITLE)) <= TITLE_LIMIT
        assert len(line(card, BlockRole.MORE)) <= BODY_LIMIT
        assert (
            len(next(block for block in card.blocks if block.role is BlockRole.QUOTE).spans[0].text) <= QUOTE_LIMIT + 2
        )

    def test_a_newsletter_names_its_picks(self) -> None:
        """A newsletter's card says which of the other picks it speaks of."""
        paper = pick(item(mentions=(mention(), mention(source_id="letter", external_id="468", direct=False))), rank=1)
        letter = pick(item("url:l", mentions=(mention("url:l", "letter", "468"),), kind=ItemKind.NEWSLETTER), rank=2)

        assert "speaks of 1 work in this digest (1)" in lines(rendered(paper, letter)[2], BlockRole.SEEN)

    @pytest.mark.parametrize(
        ("authors", "words"),
        [
            (["A"], "A"),
            (["A", "B", "C"], "A, B, C"),
            (["A", "B", "C", "D", "E"], "A, B, C and 2 more"),
            (["", "B", " "], "B"),
            (["x" * 100], "x" * 59 + "…"),
        ],
    )
    def test_byline(self, authors: list[str], words: str) -> None:
        """Three authors are named, the others counted, and one without a name is none."""
        assert words == byline(authors)


class TestFoot:
    REPORTS = (
        report("arxiv", name="arXiv", fetched=1200, new=30, newest=NOW),
        report(
            "hf",
            name="Hugging Face",
            state=SourceStatus.FAILING,
            fetched=0,
            error="answered 503",
            failing_since=at(days=3),
        ),
        report("batch", name="The Batch", state=SourceStatus.STALE, fetched=1, error="nothing since 24 July"),
        report("x", name="X", state=SourceStatus.OFF, error="needs X_BEARER_TOKEN"),
    )

    def test_receipt(self) -> None:
        """One line says how many sources were reached and which were not, by name."""
        assert receipt_line(self.REPORTS) == (
            "Read: 2 of 3 sources, 1,201 entries. Failing: Hugging Face. Stale: The Batch."
        )

    def test_receipt_names_what_was_read_in_part(self) -> None:
        """A source that answered, but not with everything, is reached and named; a remark of another kind names nobody."""
        reports = (
            report(
                "arxiv",
                name="arXiv",
                fetched=9,
                partial=True,
                error="read in part: took the newest 6000 of 7000 papers",
            ),
            report("reddit", name="Reddit", fetched=4, error="read in part: is what it says of itself"),
            report("hf", name="Hugging Face", state=SourceStatus.UNCHANGED, fetched=1),
        )

        assert receipt_line(reports) == "Read: 3 of 3 sources, 14 entries. Read in part: arXiv."
        assert "read in part: took the newest 6000 of 7000 papers" in receipt_rows(reports)[1]

    @pytest.mark.parametrize(
        ("window", "words"),
        [
            (WINDOW, "Covered: 7 days, no missed ones."),
            (replace(WINDOW, start=WINDOW.start + timedelta(hours=1)), "Covered: 7 days, no missed ones."),
            (replace(WINDOW, start=WINDOW.start - timedelta(days=14)), "Covered: 21 days, 14 missed ones included."),
        ],
        ids=["a week", "the clock goes forward", "two digests were missed"],
    )
    def test_missed_days(self, window: Window, words: str) -> None:
        """The receipt of every digest says whether it includes days that one before it missed."""
        foot = rendered(window=window)[-1]

        assert words in line(foot, BlockRole.RECEIPT)

    def test_not_asked_yet_is_not_off(self) -> None:
        """A source that has not had its turn is no fault: it is named as what it is, and not counted. One that is off is not listed weekly."""
        reports = (report(), report("x", name="X", state=SourceStatus.OFF), report("lab", state=SourceStatus.NEW))

        assert receipt_line(reports) == "Read: 1 of 1 source, 20 entries. Not asked yet: Lab."
        assert line(rendered(pick(), sources=reports)[0], BlockRole.BADGES).endswith("1 of 1 source read")

    def test_receipt_rows(self) -> None:
        """The table behind it has a row a source, with what went wrong."""
        head, arxiv, failed, *_ = receipt_rows(self.REPORTS)

        assert head == ("Source", "State", "Read", "New", "Newest", "Remark")
        assert arxiv == ("arXiv", "ok", "1200", "30", "2026-08-17", "")
        assert failed == ("Hugging Face", "failing", "0", "0", "", "answered 503, failing since 14 August 2026")

    def test_left_out(self) -> None:
        """What did not fit is counted in words."""
        foot = rendered(left_out={"papers": 1214, "labs": 1})[-1]

        assert "Left out: 1,214 papers, 1 lab note." in lines(foot, BlockRole.NOTE)

    def test_never_empty(self) -> None:
        """The foot of a digest with nothing to account for still says something."""
        assert rendered(sources=())[-1].plain == "That was the round."


class TestPostingKey:
    def test_short_and_unique(self) -> None:
        """No two messages share a key, and no key is longer than Discord's nonce."""
        keys = {
            posting_key(name, week, part)
            for name in ("reading", "reading-1", "leser ünïcode" * 5)
            for week in (WEEK, "2026-W35", "sample")
            for part in range(40)
        }

        assert len(keys) == 3 * 3 * 40
        assert max(len(key) for key in keys) <= 25
        assert all(key.isascii() and key.isalnum() for key in keys)

    def test_for_ever(self) -> None:
        """A key never changes: it is how a message of an earlier version is found again."""
        assert posting_key("reading", "2026-W34", 3) == "pref8dda7fa5b3f9dea9aa22"
