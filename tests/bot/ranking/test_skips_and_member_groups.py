"""What skips teach before and beside likes, and what members who want different things do."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from bot.ranking.corpus import Corpus
from bot.ranking.history import corpus_of
from bot.ranking.interest import Interest, interest
from bot.ranking.profile import Profile
from bot.ranking.signals import Signal, Voice, signals
from bot.ranking.terms import Terms, Tokenizer
from tests.factories import NOW

TOKENIZER = Tokenizer()
FIELDS = (
    "robots grasp tactile gripper torque wrist joint",
    "speech phoneme speaker prosody codec vowel accent",
    "proteins folding residue ligand assay enzyme binding",
    "tariffs auction bidder market equilibrium price seller",
)
KNOWN, WEEK = 240, 40


def work(number: int) -> Terms:
    """A work of one of four fields, with four of its seven words and words that everybody uses."""
    words = FIELDS[number % 4].split()
    chosen = " ".join(words[(number // 4 + step) % 7] for step in range(4))
    return TOKENIZER.terms(chosen, f"{chosen} we propose a method number{number // 2}", ())


@pytest.fixture(scope="module")
def weeks() -> tuple[Corpus, list[Terms]]:
    """Some two hundred works of before and forty of this week, a quarter of each field."""
    terms = [work(number) for number in range(KNOWN + WEEK)]
    days = [date(2026, 8, 3)] * KNOWN + [date(2026, 8, 10)] * WEEK
    return corpus_of([f"a:{number}" for number in range(len(terms))], terms, days, date(2026, 8, 10)), terms


def asked(weeks: tuple[Corpus, list[Terms]], told: list[Signal]) -> Interest:
    corpus, terms = weeks
    places = [int(one.key.removeprefix("a:")) for one in told]
    profile = Profile(signals=told, works=[terms[place] for place in places], places=places)
    return interest(corpus, profile, range(KNOWN, KNOWN + WEEK), kin=WEEK)


def of_field(number: int) -> slice:
    return slice(number, None, 4)


def voices(member: str, field: int, liked: float, many: int) -> list[Voice]:
    return [Voice(member, f"a:{field + 4 * n}", liked, NOW) for n in range(many)]


class TestSkips:
    def test_nothing_liked(self, weeks: tuple[Corpus, list[Terms]]) -> None:
        """Two skips, fourteen works unmarked, and no like: what is like the skipped falls, and the rest is as it was."""
        shown = {f"a:{1 + 4 * n}": NOW for n in range(14)}
        scores = asked(weeks, signals(voices("U1", 0, -0.5, 2), shown, NOW)).scores

        assert scores[of_field(0)].max() < 0
        assert {0.0} == {*scores[of_field(1)], *scores[of_field(2)], *scores[of_field(3)]}

    def test_nobody_marked_anything(self, weeks: tuple[Corpus, list[Terms]]) -> None:
        """What was shown and left unmarked says nothing where nothing was liked."""
        assert {0.0} == {*asked(weeks, signals([], {f"a:{n}": NOW for n in range(14)}, NOW)).scores}

    def test_one_like_and_eight_skips(self, weeks: tuple[Corpus, list[Terms]]) -> None:
        """The like leads, however many skips there are: what is unlike the skipped, and unlike the liked, does not stand beside what is like it."""
        like, skips = voices("U1", 1, 1.0, 1), voices("U1", 0, -0.5, 8)
        found = asked(weeks, signals([*like, *skips], {}, NOW))
        alone = asked(weeks, signals(like, {}, NOW))

        best = np.argsort(-found.scores)
        assert {row % 4 for row in best[:5]} == {1}
        assert {row % 4 for row in best[-5:]} == {0}
        np.testing.assert_allclose(found.scores[of_field(2)], alone.scores[of_field(2)], atol=0.5)
        assert found.akin is not None
        assert not found.akin.any()  # of one liked work there is nothing that several have in common

    def test_what_several_have_in_common(self, weeks: tuple[Corpus, list[Terms]]) -> None:
        """What stands out by what was liked, and is like several of the liked works, is akin to them; other fields are not."""
        found = asked(weeks, signals(voices("U1", 1, 1.0, 12), {}, NOW))

        assert found.akin is not None
        assert not found.akin[of_field(0)].any()
        assert all(not found.akin[row] or row % 4 == 1 for row in range(WEEK))

    def test_likes_and_skips_apart(self) -> None:
        """Who skips much likes no less: likes are weighed beside likes, skips beside skips."""
        said = [
            *voices("Ann", 0, 1.0, 2),
            *voices("Ann", 1, -0.5, 6),
            *voices("Bob", 1, 1.0, 8),
            *voices("Bob", 0, -0.5, 4),
        ]
        less = [voice for voice in said if voice.member != "Ann" or voice.liked > 0]

        def weight(spoken: list[Voice]) -> float:
            opinions = [one for signal in signals(spoken, {}, NOW) for one in signal.opinions]
            return sum(one.counts for one in opinions if one.member == 0 and one.liked > 0)

        assert weight(said) == pytest.approx(weight(less))


class TestTastes:
    def test_two_who_disagree(self, weeks: tuple[Corpus, list[Terms]]) -> None:
        """Each has a score of his own: what the one skips does not fall for the other, who stands as high as the one with four times as many likes."""
        said = [
            *voices("Ann", 0, 1.0, 3),
            *voices("Ann", 1, -0.5, 6),
            *voices("Bob", 1, 1.0, 12),
            *voices("Bob", 0, -0.5, 5),
        ]
        found = asked(weeks, signals(said, {}, NOW))

        assert found.in_groups is not None
        assert sorted(found.voters) == [1, 1]
        bob, ann = found.in_groups.T
        assert bob[of_field(1)].min() > bob[of_field(0)].max()
        assert ann[of_field(0)].min() > ann[of_field(1)].max()
        ours, theirs = found.scores[of_field(0)].mean(), found.scores[of_field(1)].mean()
        assert min(ours, theirs) > max(found.scores[of_field(2)].max(), found.scores[of_field(3)].max())

    def test_who_agree(self, weeks: tuple[Corpus, list[Terms]]) -> None:
        """Members who like works of one field are learnt from together, though they like other works of it."""
        said = [*voices("Ann", 0, 1.0, 6), *(Voice("Bob", f"a:{4 * n}", 1.0, NOW) for n in range(20, 26))]

        assert asked(weeks, signals(said, {}, NOW)).in_groups is None

    def test_who_said_little(self, weeks: tuple[Corpus, list[Terms]]) -> None:
        """One like makes no group: it counts in that of the others."""
        said = [*voices("Ann", 0, 1.0, 6), *voices("Bob", 1, 1.0, 1)]

        assert asked(weeks, signals(said, {}, NOW)).in_groups is None
