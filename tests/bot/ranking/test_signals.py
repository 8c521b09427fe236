"""What members did, read as taste."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import Decision, Meaning, Member
from bot.ranking.liked import HANDED_OVER, SHARED_HERE, liked_words
from bot.ranking.signals import Voice, signals, voices
from tests.factories import ADA, BEN, DAY, NOW

YEAR = timedelta(weeks=52)


def decided(meaning: Meaning, key: str = "a", member: Member = ADA, days: int = 0) -> Decision:
    return Decision(channel="reading", item_key=key, member=member, meaning=meaning, at=NOW - days * DAY)


def liked(*decisions: Decision, wrote: bool = False) -> float:
    summaries = [(ADA.id, "a", NOW)] if wrote else []
    (one,) = voices(decisions, summaries)
    return one.liked


class TestVoices:
    def test_order(self) -> None:
        """must-read > to-read > a card asked for, read > nothing > skip."""
        (asked,) = voices([], [], [(ADA.id, "a", NOW)])
        by_meaning = [liked(decided(m)) for m in (Meaning.MUST_READ, Meaning.TO_READ, Meaning.READ)]
        order = [*by_meaning, asked.liked, 0.0, liked(decided(Meaning.SKIP))]

        assert order == sorted(order, reverse=True)
        assert len(set(order)) == len(order)

    def test_last_interest_counts(self) -> None:
        """Of must-read, to-read and skip a member means the last; *read* beside it lowers nothing."""
        assert liked(decided(Meaning.SKIP, days=2), decided(Meaning.MUST_READ)) == 1.0
        assert liked(decided(Meaning.MUST_READ, days=2), decided(Meaning.SKIP)) < 0
        assert liked(decided(Meaning.MUST_READ, days=2), decided(Meaning.READ)) == 1.0

    def test_summary(self) -> None:
        """A summary is a strong yes; one that warns, beside a skip, stays a no."""
        assert liked(wrote=True) == liked(decided(Meaning.TO_READ), wrote=True) == 1.0
        assert liked(decided(Meaning.SKIP), wrote=True) < 0

    def test_a_card_asked_for_and_a_decision(self) -> None:
        """Who decided on a work has said more than by asking for its card."""
        (one,) = voices([decided(Meaning.SKIP)], [], [(ADA.id, "a", NOW)])

        assert one.liked < 0


class TestSignals:
    def test_one_decision_each(self) -> None:
        """One member's fresh decisions count one each."""
        said = [Voice("U1", key, 1.0, NOW) for key in "abc"]

        assert [1.0] * 3 == pytest.approx([one.counts for one in signals(said, {}, NOW)])

    def test_nobody_drowns_the_others(self) -> None:
        """Who marks a hundred times as much as another counts ten times as much in all; together they count as many as they are."""
        said = [Voice("U1", f"a{n}", 1.0, NOW) for n in range(100)] + [Voice("U2", "b", 1.0, NOW)]
        found = {one.key: one.counts for one in signals(said, {}, NOW)}

        assert sum(found.values()) == pytest.approx(101)
        assert sum(found[f"a{n}"] for n in range(100)) == pytest.approx(10 * found["b"])

    def test_members_who_disagree(self) -> None:
        """A work that one member must read and another skips lies between, and counts for both."""
        (one,) = signals([Voice("U1", "a", 1.0, NOW), Voice("U2", "a", -0.5, NOW)], {}, NOW)

        assert (one.liked, one.counts) == (0.25, 2.0)

    def test_half_life(self) -> None:
        """A decision counts half after its half-life, and a quarter after two; one from the future counts as fresh."""
        said = [Voice("U1", f"a{n}", 1.0, NOW - n * YEAR) for n in (-1, 0, 1, 2)]

        assert [one.counts for one in signals(said, {}, NOW, YEAR)] == pytest.approx([1.0, 1.0, 0.5, 0.25])

    def test_shown_and_unmarked(self) -> None:
        """What was shown and nobody marked counts as not liked, less than a decision; what somebody marked is no such work."""
        found = signals([Voice("U1", "a", 1.0, NOW)], {"a": NOW, "b": NOW}, NOW)

        assert [("a", 1.0), ("b", 0.0)] == [(one.key, one.liked) for one in found]
        assert found[1].counts < found[0].counts

    def test_liked_by_exploring(self) -> None:
        """A liked work that was drawn to explore counts four times; one that was not liked counts as ever."""
        said = [Voice("U1", "a", 1.0, NOW), Voice("U1", "b", -0.5, NOW), Voice("U1", "c", 1.0, NOW)]

        assert pytest.approx([4.0, 1.0, 1.0]) == [one.counts for one in signals(said, {}, NOW, explored={"a", "b"})]

    def test_nothing(self) -> None:
        """Where nobody did anything, there is no signal."""
        assert signals([], {}, NOW) == []


class TestWords:
    @pytest.mark.parametrize(
        ("decisions", "wrote", "expected"),
        [
            ([decided(Meaning.MUST_READ)], (), "which one of you marked must-read"),
            ([decided(Meaning.MUST_READ), decided(Meaning.MUST_READ, member=BEN)], (), "which two of you marked must-read"),
            ([decided(Meaning.TO_READ), decided(Meaning.MUST_READ, member=BEN)], (), "which one of you marked must-read"),
            ([decided(Meaning.TO_READ)], (ADA.id,), "which one of you marked to-read"),
            ([], (ADA.id, BEN.id), "which two of you wrote about"),
        ],
    )  # fmt: skip
    def test_who_liked_it(self, decisions: list[Decision], wrote: tuple[str, ...], expected: str) -> None:
        """A liked work is named by its title, with how many liked it and how."""
        said = liked_words(decisions, [(member, "a") for member in wrote], {"a": "Sparse Attention"})

        assert {"a": f'"Sparse Attention", {expected}'} == said

    def test_handed_over(self) -> None:
        """A work of a list that was handed over is named as such, and not as marked; unless a member said something of it."""
        titles = {"a": "Sparse Attention", "b": "Lanterns"}
        said = liked_words([decided(Meaning.SKIP, "b")], [], titles, {"a": HANDED_OVER, "b": HANDED_OVER})

        assert {"a": '"Sparse Attention", which is on the list you gave us'} == said
        shared = liked_words([], [], titles, {"a": SHARED_HERE})
        assert {"a": '"Sparse Attention", which was shared here before'} == shared

    @pytest.mark.parametrize(
        "decisions", [[decided(Meaning.READ)], [decided(Meaning.MUST_READ, days=1), decided(Meaning.SKIP)]]
    )
    def test_what_was_not_liked(self, decisions: list[Decision]) -> None:
        """What was merely read, or skipped in the end, is not called liked."""
        assert liked_words(decisions, [], {"a": "Sparse Attention"}) == {}
