"""What is worked out once for all channels gives what working it out for one would."""

from __future__ import annotations

import pickle
import random
from datetime import date

import numpy as np
import pytest
from scipy import sparse

from bot.ranking.corpus import NOISE, Corpus
from bot.ranking.entries import Entries
from bot.ranking.history import corpus_of
from bot.ranking.interest import KIN, interest
from bot.ranking.likeness import likeness_to_few
from bot.ranking.meanings import OF_ONE_SUBJECT, Points
from bot.ranking.order import best_first
from bot.ranking.profile import Profile
from bot.ranking.question import MemberGroup, Relevance, Relevances
from bot.ranking.regression import Examples, _without, regression
from bot.ranking.signals import Signal
from bot.ranking.skips import fall, nearness_to_skipped
from bot.ranking.terms import Terms, Tokenizer

TOKENIZER = Tokenizer()
WORDS = ("sparse attention for long contexts", "robot hands that grasp", "agents play games", "the same few words")


def works(number: int = 60) -> list[Terms]:
    return [
        TOKENIZER.terms(f"{WORDS[n % 4]} {n}", f"{WORDS[n % 3]} once more, number{n // 2}", ()) for n in range(number)
    ]


def corpus(terms: list[Terms]) -> Corpus:
    return corpus_of([f"a:{n}" for n in range(len(terms))], terms, [date(2026, 8, 3)] * len(terms), date(2026, 8, 10))


def test_terms_of_a_topic() -> None:
    """Which part of a topic a work has is the same by the index as by looking, for terms that count and for those that do not."""
    terms = works()
    ours = corpus(terms)
    for text in ("sparse attention", "number7 hands", "nothing of it", "the same words", "agents number7"):
        topic = TOKENIZER.terms(text, "", ()).ids
        looked = [np.isin(topic, work.ids).sum() / len(topic) for work in terms]
        assert looked == ours.having(topic).tolist()


def test_terms_that_come_with_a_word() -> None:
    """What stands in no work without a word is known with it, the word itself included, and nothing that stands without it, too."""
    ours = corpus(works())
    places, known = ours.vocabulary.columns(TOKENIZER.terms("attention", "", ()).ids)
    pair, _ = ours.vocabulary.columns(TOKENIZER.terms("sparse attention", "", ()).ids)
    for place in places[known].tolist():
        rows = ours.rows.toarray() > 0
        looked = [n for n in range(rows.shape[1]) if rows[:, n].any() and not (rows[:, n] & ~rows[:, place]).any()]
        assert looked == ours.always_with(place).tolist()
        assert set(pair.tolist()) <= set(looked)


def test_without_some_works() -> None:
    """
    What the inverse carries without some works is what that of the smaller matrix carries, zeros in their place, as near as its single precision goes;
    it is not written out for it.
    """
    ours, chance = corpus(works()), np.random.default_rng(1)
    kernel = (ours.background @ ours.background.T).toarray().astype(float) + 1 + NOISE * np.eye(len(ours.sample))
    examples = Examples.of(ours, ours.rows[chance.choice(60, 5)], np.full(5, -1))
    for gone in (np.array([], np.intp), np.array([3, 17, 40])):
        stays = np.setdiff1d(np.arange(len(kernel)), gone)
        plain = np.zeros(kernel.shape)
        plain[np.ix_(stays, stays)] = np.linalg.inv(kernel[np.ix_(stays, stays)])
        carried, sums, diagonal = _without(ours, gone, examples)
        np.testing.assert_allclose(carried, (examples.across + 1) @ plain, atol=1e-6)
        np.testing.assert_allclose(sums, ((examples.across + 1) @ plain).sum(axis=1), atol=1e-6)
        np.testing.assert_allclose(diagonal, np.diag(plain), atol=1e-6)


def some_works(number: int, seed: int) -> list[Terms]:
    """Works of words by chance, a few frequent and many rare."""
    chance = random.Random(seed)
    return [
        TOKENIZER.terms(
            " ".join(f"word{int(300 ** chance.random())}" for _ in range(8)),
            " ".join(f"word{int(3000 ** chance.random())}" for _ in range(60)),
            (),
        )
        for _ in range(number)
    ]


def same_examples(found: Examples, direct: Examples) -> None:
    np.testing.assert_array_equal(found.places, direct.places)
    np.testing.assert_allclose(found.rows.toarray(), direct.rows.toarray(), atol=1e-9)
    for mine, other in zip(
        (found.within, found.across, found.carried, found.sums),
        (direct.within, direct.across, direct.carried, direct.sums),
        strict=True,
    ):
        np.testing.assert_allclose(mine, other, atol=1e-6)


def test_examples_without_terms() -> None:
    """Examples from which terms are taken away, few, many or none, are those that would be made of works without these terms."""
    ours, chance = corpus(some_works(1500, 1)), np.random.default_rng(1)
    places = np.sort(chance.choice(1500, 40, replace=False))
    examples = Examples.of(ours, ours.rows[places], places)
    for number in (0, 1, 30, ours.rows.shape[1]):
        columns = chance.choice(ours.rows.shape[1], number, replace=False)
        without = ours.rows[places].toarray()
        without[:, columns] = 0
        same_examples(examples.without(ours, columns), Examples.of(ours, sparse.csr_array(without), places))


def test_some_examples() -> None:
    """Some of the examples are those that would be made of their works alone."""
    ours = corpus(some_works(300, 2))
    places = np.array([4, -1, 7, 90])
    examples = Examples.of(ours, ours.rows[np.array([4, 5, 7, 90])], places)
    for which in ([0, 1, 2, 3], [1, 3], []):
        mine = np.array(which, np.intp)
        same_examples(examples.some(which), Examples.of(ours, examples.rows[mine], places[mine]))


@pytest.mark.parametrize("strange", [[], [2], [0, 1, 3], [0, 1, 2, 3]])
def test_examples_of_works(strange: list[int]) -> None:
    """Works that the corpus has with other terms, or has not, are examples by their own terms, and the others as they stand there, each in its place."""
    terms, others = some_works(300, 2), some_works(4, 7)
    ours, places = corpus(terms), np.array([90, 4, 7, 5])
    given = [others[n] if n in strange else terms[place] for n, place in enumerate(places.tolist())]
    found = Examples.of_works(ours, given, places)
    same_examples(found, Examples.of(ours, ours.vocabulary.rows(given, ours.least), places))


def test_entries() -> None:
    """The entries of some rows or columns, empty ones and none among them, are what these hold, and add up to their weighed sum."""
    ours = corpus(some_works(60, 6))
    rows = sparse.csr_array(sparse.vstack([ours.rows, sparse.csr_array((1, ours.rows.shape[1]))]))
    for lines in (np.array([7, 60, 3]), np.array([60]), np.zeros(0, np.intp)):
        found, weights = Entries.of(rows, lines), np.arange(1.0, 1 + len(lines))
        written = sparse.csr_array((found.values, (found.lines, found.across)), shape=(len(lines), rows.shape[1]))
        np.testing.assert_array_equal(written.toarray(), rows.toarray()[lines])
        np.testing.assert_allclose(found.weighed(weights, rows.shape[1]), weights @ rows.toarray()[lines])
    columns = np.array([4, 0])
    np.testing.assert_allclose(
        Entries.of(ours.columns, columns).weighed(np.ones(2), 60), ours.rows.toarray()[:, columns].sum(axis=1)
    )


def test_likeness_to_few() -> None:
    """The likeness of works to a few others is the product of their rows, and 0 where these have no term."""
    ours = corpus(some_works(300, 5))
    few = sparse.csr_array(sparse.vstack([ours.rows[[3, 90, 7]], sparse.csr_array((1, ours.rows.shape[1]))]))
    for works in (ours.rows, ours.rows[:0], few):
        np.testing.assert_allclose(likeness_to_few(works, few), (works @ few.T).toarray(), atol=1e-6)


def test_kept_likeness_is_the_same_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of works' likeness to the background is what is found without it, whichever works were asked for before, and where too many were."""
    monkeypatch.setattr("bot.ranking.corpus.ACROSS", 60)
    ours, chance = corpus(some_works(300, 4)), np.random.default_rng(4)
    for _ in range(5):
        places = chance.choice(300, 25, replace=False)
        np.testing.assert_array_equal(ours.across_at(places), ours.across(ours.rows[places]))
        np.testing.assert_array_equal(ours.across_at(places[:5]), ours.across(ours.rows[places[:5]]))


def test_a_regression_is_that_of_the_whole_kernel() -> None:
    """What is learnt is what the whole kernel ridge regression gives, and each work's left-out prediction what it gives without the work."""
    ours = corpus(some_works(200, 3))
    places = np.array([3, 50, 120])
    liked, counts = np.array([1.0, 0.5, -0.5]), np.array([1.0, 0.5, 0.25])
    found = regression(ours, Examples.of(ours, ours.rows[places], places), liked, counts)

    others = np.setdiff1d(ours.sample, places)
    everything = np.concatenate([places, others])
    rows = ours.rows.toarray().astype(float)[everything]
    targets = np.concatenate([liked, np.zeros(len(others))])
    noise = np.concatenate([NOISE * counts.sum() / (counts * len(ours.sample)), np.full(len(others), NOISE)])

    alike = rows @ rows.T

    def predicted(without: int, asked: int) -> tuple[float, float]:
        """Give what is predicted of a work, the constant apart, and the constant."""
        stays = np.flatnonzero(np.arange(len(everything)) != without)
        weights = np.linalg.solve(alike[np.ix_(stays, stays)] + 1 + np.diag(noise[stays]), targets[stays])
        return float(alike[asked, stays] @ weights), float(weights.sum())

    whole = [predicted(-1, asked) for asked in range(len(everything))]
    np.testing.assert_allclose(rows @ found.weights, [value for value, _ in whole], atol=1e-5)
    constant = whole[0][1]
    left_out = [sum(predicted(each, each)) - constant for each in range(len(everything))]
    np.testing.assert_allclose(found.left_out[everything], left_out, atol=1e-5)


def test_the_first_of_many() -> None:
    """The best are those that come first in the order of all, equal ones in the order they stand in."""
    chance = np.random.default_rng(4)
    for number in (0, 1, 7, 400):
        scores = chance.integers(0, 20, number).astype(float)
        for most in (0, 1, 5, 120, 1_000):
            assert np.argsort(-scores, kind="stable")[:most].tolist() == best_first(scores, most).tolist()


def test_subjects_one_by_one() -> None:
    """Works are in the groups in which they are when each is compared with the leaders before it."""
    chance = np.random.default_rng(5)
    middles = chance.normal(size=(12, 8))
    vectors = middles[chance.integers(0, 12, 300)] + 0.6 * chance.normal(size=(300, 8))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    points = Points(vectors, np.zeros(8), np.eye(8), np.arange(300))
    works = chance.permutation(300)[:200]
    leaders: list[int] = []
    looked = []
    for work in works.tolist():
        alike = vectors[leaders] @ vectors[work] if leaders else np.zeros(0)
        if len(alike) and alike.max() >= OF_ONE_SUBJECT:
            looked.append(int(alike.argmax()))
        else:
            looked.append(len(leaders))
            leaders.append(work)

    assert 15 < len(leaders) < 180
    assert looked == points.groups(works)


def test_falls_as_by_dense_rows() -> None:
    """How far works fall for skips is what the cosine of each of them with each skipped one says."""
    ours, chance = corpus(some_works(300, 6)), np.random.default_rng(6)
    places, skipped, counts = np.arange(50, 250), np.array([3, 60, 70]), chance.random(3)
    near = nearness_to_skipped(ours.rows[skipped], ours.columns_at(places))
    alike = np.clip((ours.rows.toarray()[places] @ ours.rows.toarray()[skipped].T - 0.06) / (0.2 - 0.06), 0, 1)

    assert alike.any()
    np.testing.assert_allclose(fall(near, counts), np.minimum(3, alike @ counts), atol=1e-5)


def test_without_any_work() -> None:
    """Of a week before the first work nothing is asked, and nothing is found; nor does numpy warn of a mean of nothing."""
    topics = [TOKENIZER.terms("agents", "", ())]
    found = interest(corpus([]), Profile(topics=topics), [], kin=5)

    assert (0, {}) == (len(found.scores), found.subjects)


def test_an_answer_is_a_mapping() -> None:
    """An answer kept as numbers says the same as a relevance for each work."""
    each = {"a:1": Relevance(0.5, {}), "a:2": Relevance(1.5, {"agents": 0.2}, ("a:9",))}
    found = Relevances({"a:1": 0.5, "a:2": 1.5}, {"a:2": each["a:2"]})

    assert each == found == Relevances.of(each)
    assert (list(each), 2, found) == (list(found), len(found), Relevances.of(found))
    assert found.get("a:3") is None


def test_an_answer_between_processes() -> None:
    """What was packed is the same again, and nothing is said of works that are not known."""
    one = Relevance(1.5, {"agents": 0.2}, ("a:9",), {"agents": 2.0}, 3, True, {MemberGroup(0, 2): 1.25}, 4, ("a:8",))
    bare = Relevance(0.5, {"agents": 0.1})
    found = Relevances({"a:1": 0.5, "a:2": 1.5}, {"a:1": bare, "a:2": one}, {"a:2": 0.75}, unclear=True)
    asked = ["a:3", "a:2", "a:1"]
    again = Relevances.unpacked(pickle.loads(pickle.dumps(found.packed(asked))), asked)

    assert (found.scores, found.details, found.aboutness) == (again.scores, again.details, again.aboutness)
    assert again.unclear
    assert ["a:2", "a:1"] == list(again)


def test_like_by_more_than_one_word() -> None:
    """A work is like a liked one by several words of it; one word in both titles, however rare, is no likeness, be it the greatest by its cosine."""
    rest = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda omicron".split()
    chance = random.Random(5)
    others = [
        TOKENIZER.terms(" ".join(chance.sample(rest, 3)), " ".join(chance.sample(rest, 6)), ()) for _ in range(60)
    ]
    liked = TOKENIZER.terms("Zebras", "they graze on northern plains in herds with striped foals", ())
    alike = TOKENIZER.terms("Grazing", "northern herds with striped foals on the plains", ())
    surface = TOKENIZER.terms("Zebras", "alpha beta gamma", ())
    again = [TOKENIZER.terms(f"{word} zebras graze", "northern plains herds striped foals", ()) for word in rest[:3]]
    ours = corpus([*others, liked, alike, surface, *again])
    found = interest(
        ours, Profile(signals=[Signal("k:0", 1.0, 1.0)], works=[liked], places=[60]), list(range(61, 66)), kin=5
    )
    cosines = (ours.rows[[61, 62]] @ ours.rows[[60]].T).toarray().ravel()

    assert cosines.min() >= KIN
    assert 0 in found.kin
    assert 1 not in {*found.kin, *found.little}
    assert not {*found.kin} & {*found.little}
