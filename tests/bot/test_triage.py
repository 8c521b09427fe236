"""What people did, read as decisions and summaries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import DEFAULT_MEANINGS, Decision, Meaning, Reaction
from bot.text import clean
from bot.triage import MAX_SUMMARY, decisions, meaning_of, plain_emoji, summary_text
from tests.examples import examples
from tests.factories import ADA, BEN, NOW, PAPER, at, reaction, ref

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
            ("thumbsdown::skin-tone-4", "thumbsdown"),
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

    @settings(max_examples=examples(150), deadline=None)
    @given(st.text(st.one_of(st.characters(), st.sampled_from("/\n\r\x0b\u2028 \u200b\u202e")), max_size=30))
    def test_any_reply(self, reply: str) -> None:
        """Any reply is None or clean lines, and reading it again changes nothing."""
        text = summary_text(reply)

        assert text is None or text == summary_text(text)
        assert text is None or [line for line in text.split("\n") if line != clean(line)] == []
