"""What people did, read as decisions and summaries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.emojis import plain_emoji
from bot.model import DEFAULT_MEANINGS, Decision, Meaning, Press, Reaction
from bot.text import clean
from bot.triage import (
    EVERY_REPLY,
    INTERESTS,
    MAX_SUMMARY,
    SummaryRule,
    decisions,
    meaning_of,
    summary_text,
    takes_back,
)
from tests.examples import examples
from tests.factories import ADA, BEN, NOW, PAPER, at, press, reaction, ref

KEY = f"arxiv:{PAPER}"


def decided(*reactions: Reaction, key: str = KEY) -> list[tuple[str, str]]:
    made = decisions("reading", DEFAULT_MEANINGS, [(key, one) for one in reactions])
    return [(one.member.name, one.meaning.value) for one in made]


class TestEmoji:
    @pytest.mark.parametrize(
        ("emoji", "bare"),
        [
            ("👎", "👎"),
            ("👎🏻", "👎"),
            ("👎🏿", "👎"),
            ("⭐️", "⭐"),
            ("⭐\ufe0e", "⭐"),
            ("✔️", "✔"),
            ("thumbsdown::skin-tone-4", "👎"),
            (":custom:", ":custom:"),
        ],
    )
    def test_dressing(self, emoji: str, bare: str) -> None:
        """Skin tones and variation selectors say nothing about what is meant."""
        assert bare == plain_emoji(emoji)

    @pytest.mark.parametrize(
        ("emoji", "meaning"),
        [
            ("⭐", Meaning.MUST_READ),
            ("⭐️", Meaning.MUST_READ),
            ("👎🏽", Meaning.SKIP),
            ("👀", Meaning.TO_READ),
            ("✅", Meaning.READ),
            ("🎉", None),
            ("", None),
            ("🏽", None),
        ],
    )
    def test_meaning(self, emoji: str, meaning: Meaning | None) -> None:
        """However an emoji is dressed it means the same; one that is not in the legend means nothing."""
        assert meaning is meaning_of(emoji, DEFAULT_MEANINGS)

    def test_dressed_in_the_settings(self) -> None:
        """It does not matter which way the channel's settings write an emoji."""
        assert meaning_of("✔", {"✔️": Meaning.READ}) is Meaning.READ


class TestDecisions:
    def test_a_reaction_is_a_decision(self) -> None:
        """A decision says who decided what about which item, where and when."""
        (one,) = decisions("reading", DEFAULT_MEANINGS, [(KEY, reaction("⭐"))])

        assert one == Decision(channel="reading", item_key=KEY, member=ADA, meaning=Meaning.MUST_READ, at=NOW)

    def test_taken_back(self) -> None:
        """What was taken back is no decision."""
        assert decided(reaction("⭐", present=False), reaction("👀")) == [("Ada", "to-read")]

    def test_without_meaning(self) -> None:
        """An emoji that means nothing here decides nothing."""
        assert decided(reaction("🎉")) == []

    def test_two_emoji_of_one_meaning(self) -> None:
        """Two ways of saying one thing are one decision, taken when it was first said."""
        made = decisions("reading", DEFAULT_MEANINGS, [(KEY, reaction("👎🏽")), (KEY, reaction("👎", at=at(hours=1)))])

        assert [(one.meaning, one.at) for one in made] == [(Meaning.SKIP, at(hours=1))]

    def test_one_of_two_taken_back(self) -> None:
        """A decision said twice stands until both are taken back."""
        assert decided(reaction("👎🏽", present=False), reaction("👎")) == [("Ada", "skip")]

    def test_several_meanings(self) -> None:
        """A must-read that is read by now is both."""
        assert decided(reaction("✅"), reaction("⭐", at=at(hours=1))) == [("Ada", "must-read"), ("Ada", "read")]

    def test_the_newest_interest(self) -> None:
        """Of several interests the newest counts; taken back, what stood before it."""
        first, second = reaction("⭐"), reaction("👎", at=at(hours=-30))

        assert decided(first, second) == [("Ada", "skip")]
        assert decided(first, reaction("👎", at=at(hours=-31), present=False)) == [("Ada", "must-read")]

    def test_each_member_decides(self) -> None:
        """Everybody decides for themselves, oldest first."""
        assert decided(reaction("⭐", ADA), reaction("⭐", BEN, at=at(hours=1))) == [
            ("Ben", "must-read"),
            ("Ada", "must-read"),
        ]

    def test_an_item_in_two_digests(self) -> None:
        """The same decision on two messages about one item is one."""
        assert decided(reaction("⭐"), reaction("⭐", ref=ref("m2"))) == [("Ada", "must-read")]

    def test_two_platforms(self) -> None:
        """The same id on two platforms is two people."""
        assert len(decided(reaction("⭐"), reaction("⭐", ref=ref(platform="other")))) == 2

    @settings(max_examples=examples(60), deadline=None)
    @given(
        st.lists(
            st.builds(
                lambda emoji, member, present, hours, message: reaction(
                    emoji, member, present=present, at=at(hours=hours), ref=ref(message)
                ),
                st.sampled_from(["⭐", "⭐️", "👎", "👎🏽", "✅", "🎉"]),
                st.sampled_from([ADA, BEN]),
                st.booleans(),
                st.integers(0, 3),
                st.sampled_from(["m1", "m2"]),
            ),
            max_size=10,
        ),
        st.randoms(use_true_random=False),
    )
    def test_order_is_of_no_account(self, reactions: list[Reaction], random: object) -> None:
        """The same reactions in any order are the same decisions, one for each member and meaning."""
        pairs = [(KEY, one) for one in reactions]
        shuffled = list(pairs)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        made = decisions("reading", DEFAULT_MEANINGS, pairs)

        assert set(made) == set(decisions("reading", DEFAULT_MEANINGS, shuffled))
        assert len({(one.member, one.meaning) for one in made}) == len(made)
        assert [one.at for one in made] == sorted(one.at for one in made)


def thought(*presses: Press, by_reaction: tuple[Reaction, ...] = ()) -> list[str]:
    """What is thought by those who pressed and reacted."""
    made = decisions("reading", DEFAULT_MEANINGS, [(KEY, one) for one in by_reaction], presses)
    return sorted(one.meaning.value for one in made)


MUST, SKIP, READ = Meaning.MUST_READ, Meaning.SKIP, Meaning.READ


class TestPresses:
    def test_a_press_is_a_decision(self) -> None:
        """A press is a decision like a reaction."""
        (one,) = decisions("reading", DEFAULT_MEANINGS, [], [press(MUST)])

        assert one == Decision(channel="reading", item_key=KEY, member=ADA, meaning=MUST, at=NOW)

    def test_pressed_again(self) -> None:
        """The last press of a meaning is the one that stands, in whatever order they are given."""
        back = press(MUST, event_id="p2", present=False, at=at(hours=-30))

        assert thought(press(MUST), back) == thought(back, press(MUST)) == []

    def test_the_newest_act(self) -> None:
        """Press or reaction, the newest is what a member thinks."""
        assert thought(press(MUST), by_reaction=(reaction("👎", at=at(hours=-30)),)) == ["skip"]
        assert thought(press(SKIP, at=at(hours=-30)), by_reaction=(reaction("⭐"),)) == ["skip"]

    def test_withdrawn(self) -> None:
        """Taking back restores what stood before, be it a press or a reaction."""
        back = press(SKIP, event_id="p3", present=False, at=at(hours=-31))

        assert thought(press(MUST), press(SKIP, event_id="p2", at=at(hours=-30)), back) == ["must-read"]
        assert thought(press(SKIP, event_id="p2", at=at(hours=-30)), back, by_reaction=(reaction("👀"),)) == ["to-read"]

    def test_read_beside_it(self) -> None:
        """Having read a must-read lowers nothing, and taking that back neither."""
        read = press(READ, event_id="p2", at=at(hours=-30))

        assert thought(press(MUST), read) == ["must-read", "read"]
        assert thought(press(MUST), read, press(READ, event_id="p3", at=at(hours=-31), present=False)) == ["must-read"]

    def test_since_when(self) -> None:
        """What was said twice in a row counts from the first time; said again after something else, from then."""
        said = [
            press(MUST, event_id="a", at=at(hours=-1)),
            press(SKIP, event_id="b", at=at(hours=-2)),
            press(MUST, event_id="c", at=at(hours=-3)),
        ]
        (one,) = decisions("reading", DEFAULT_MEANINGS, [(KEY, reaction("⭐", at=at(hours=-4)))], said)

        assert (one.meaning, one.at) == (MUST, at(hours=-3))

    def test_what_a_button_does(self) -> None:
        """Pressed while it is what the member thinks, a button takes back; else it chooses."""

        def back(meaning: Meaning, *presses: Press, by_reaction: tuple[Reaction, ...] = ()) -> bool:
            return takes_back(meaning, DEFAULT_MEANINGS, by_reaction, presses)

        skipped = press(SKIP, event_id="p2", at=at(hours=-30))
        assert back(MUST, press(MUST))
        assert not back(MUST)
        assert not back(SKIP, press(MUST))
        assert not back(MUST, press(MUST), skipped)
        assert back(READ, press(READ), skipped)

    def test_a_button_beside_a_reaction(self) -> None:
        """A reaction is taken back where it was made; the button says the same once more, and takes only that back."""
        star, thumb = (reaction("⭐"),), (reaction("👎", at=at(hours=-30)),)

        assert not takes_back(MUST, DEFAULT_MEANINGS, star, [])
        assert takes_back(MUST, DEFAULT_MEANINGS, star, [press(MUST)])
        assert not takes_back(MUST, DEFAULT_MEANINGS, thumb, [press(MUST)])

    @settings(max_examples=examples(60), deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(list(Meaning)), st.sampled_from([ADA, BEN])), max_size=12))
    def test_one_interest(self, buttons: list[tuple[Meaning, object]]) -> None:
        """Whatever is pressed in whatever order, each member has one interest at most, and the last press is seen."""
        presses: list[Press] = []
        for number, (meaning, member) in enumerate(buttons):
            mine = [one for one in presses if one.member == member]
            present = not takes_back(meaning, DEFAULT_MEANINGS, [], mine)
            presses.append(press(meaning, member, f"p{number:02}", present=present, at=at(hours=-number)))  # type: ignore[arg-type]
            made = decisions("reading", DEFAULT_MEANINGS, [], presses)
            thinks = [one.meaning for one in made if one.member == member]

            assert present is (meaning in thinks)
            assert len([one for one in thinks if one in INTERESTS]) <= 1


class TestSummaryText:
    @pytest.mark.parametrize(
        "reply", ["", " ", "\n\n", "\u200b", "//", "// lunch?", "  // lunch?", "\u200b//x", "\n\n// x\nbut"]
    )
    def test_kept_out(self, reply: str) -> None:
        """A reply that says nothing, or begins with //, is no summary."""
        assert summary_text(reply) is None

    @pytest.mark.parametrize(
        ("reply", "text"),
        [
            ("Worth it.", "Worth it."),
            ("  one \n\n two  \n", "one\n\ntwo"),
            ("see https://example.org//a", "see https://example.org//a"),
            ("/ one slash", "/ one slash"),
            ("first\n// second", "first\n// second"),
            ("a\u202eb\x00c", "abc"),
            ("👩🏽‍🔬 ok", "👩🏽‍🔬 ok"),
        ],
    )
    def test_words(self, reply: str, text: str) -> None:
        """The words are kept with their line breaks, without what hides in them."""
        assert text == summary_text(reply)

    def test_longest(self) -> None:
        """Forty thousand characters are kept, and not one more."""
        assert len(summary_text("x" * 50_000) or "") == MAX_SUMMARY == 40_000
        assert len(summary_text("x" * 40_000) or "") == 40_000

    @pytest.mark.parametrize(
        "reply",
        [
            "ok",
            "OK!",
            "+1",
            "👍",
            "🔥🔥",
            "👩🏽‍🔬 ok",
            "?!",
            "…",
            "no.",
            "o\u0301k",
            "好",
            "はい"[:1],
            "כן",
            "да",
            "a\u200bb",
        ],
    )
    def test_says_too_little(self, reply: str) -> None:
        """Two letters are no sentence, whatever stands around them; without a rule they are words like others."""
        assert SummaryRule(3).text(reply) is None
        assert EVERY_REPLY.text(reply) == summary_text(reply) is not None

    @pytest.mark.parametrize(
        "reply",
        [
            "yes",
            "Ok, so",
            "92.4",
            "有用",
            "不行。",
            "はい",
            "좋다",
            "ヤバ",
            "نعم",
            "हाँ",
            "ดีมาก",
            "Это да",
            "see #3 a",
            "ꆈꌠ",
            "Xin",
            "ሰላ",
        ],
    )
    def test_says_enough(self, reply: str) -> None:
        """Three letters may be a word, and two characters of a script of words or syllables a sentence."""
        assert SummaryRule(3).text(reply) == summary_text(reply) == reply

    @pytest.mark.parametrize("reply", ["// lunch?", "", " "])
    def test_rule_and_aside(self, reply: str) -> None:
        """What is kept out stays so under every rule."""
        assert [None] * 3 == [SummaryRule(least).text(reply) for least in (0, 1, 3)]

    @settings(max_examples=examples(150), deadline=None)
    @given(st.text(st.one_of(st.characters(), st.sampled_from("/\n\r\x0b\u2028 \u200b\u202e")), max_size=30))
    def test_any_reply(self, reply: str) -> None:
        """Any reply is None or clean lines, and reading it again changes nothing."""
        text = summary_text(reply)

        assert text is None or text == summary_text(text)
        assert text is None or [line for line in text.split("\n") if line != clean(line)] == []
