"""What is worked out once for all channels gives what working it out for one would."""

from __future__ import annotations

from datetime import date

import numpy as np

from bot.ranking.corpus import Corpus
from bot.ranking.history import corpus_of
from bot.ranking.interest import Taste, interest
from bot.ranking.question import Relevance, Relevances
from bot.ranking.regression import _without
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
    The inverse without some works is that of the smaller matrix, zeros in their place, as near as its single precision goes; it is not written
    out for it.
    """
    inverse, chance = corpus(works()).inverse, np.random.default_rng(1)
    across = chance.normal(size=(5, len(inverse))).astype(np.float32)
    for gone in (np.array([], np.intp), np.array([3, 17, 40])):
        stays = np.setdiff1d(np.arange(len(inverse)), gone)
        plain = np.zeros(inverse.shape)
        plain[np.ix_(stays, stays)] = np.linalg.inv(np.linalg.inv(inverse.astype(float))[np.ix_(stays, stays)])
        carried, diagonal = _without(inverse, gone, across)
        np.testing.assert_allclose(carried, across @ plain, atol=1e-5)
        np.testing.assert_allclose(diagonal, np.diag(plain), atol=1e-5)


def test_without_any_work() -> None:
    """Of a week before the first work nothing is asked, and nothing is found; nor does numpy warn of a mean of nothing."""
    topics = [TOKENIZER.terms("agents", "", ())]
    found = interest(corpus([]), Taste(topics=topics), [], kin=5)

    assert (0, {}) == (len(found.scores), found.subjects)


def test_an_answer_is_a_mapping() -> None:
    """An answer kept as numbers says the same as a relevance for each work."""
    each = {"a:1": Relevance(0.5, {}), "a:2": Relevance(1.5, {"agents": 0.2}, ("a:9",))}
    found = Relevances({"a:1": 0.5, "a:2": 1.5}, {"a:2": each["a:2"]})

    assert each == found == Relevances.of(each)
    assert (list(each), 2, found) == (list(found), len(found), Relevances.of(found))
    assert found.get("a:3") is None
