from __future__ import annotations

import pytest

from bot.grounding import ground_of, is_grounded

TITLE = "Foo: Sparse Attention for Long Context"
TOLD = (
    "Attention over long texts is slow. We present Foo, a sparse attention framework whose router skips most keys of a long context. "
    "Experiments on LongBench show that Foo outperforms Bar by 3.1 points and is four times faster than dense LLMs. "
    "The router writes its choice to a small cache."
)
SAID = "Foo introduces a sparse attention framework that skips most keys"


def grounded(sentence: str, *, title: str = TITLE, abstract: str = TOLD) -> bool:
    return is_grounded(sentence, ground_of(title, abstract))


@pytest.mark.parametrize(
    "ending",
    [
        "",
        " of long contexts",
        " and is 4 times faster than dense large language models",
        ", outperforming Bar by 3.1 points on LongBench",
        ", and surpasses Bar by 3.1 points",
        ", whose choices are written to a cache",
        ", as described and reported there",
    ],
)
def test_other_forms(ending: str) -> None:
    """A word counts in its other forms, as a short form, as one of the same meaning, and a number as a word or a figure."""
    assert grounded(f"{SAID}{ending}.")


@pytest.mark.parametrize(
    "ending",
    [
        ", and Acme sells it",
        ", and investigates nothing",
        " and is not faster",
        " and is 5 times faster",
        ", which everyone uses",
        " in the safety pipeline of a robust text corpus",
    ],
)
def test_words_that_stand_nowhere(ending: str) -> None:
    """A word that neither stands in the abstract nor only links refuses a sentence; so does a denial, a figure, a call, and a third word of the trade."""
    assert not grounded(f"{SAID}{ending}.")


def test_words_picked_here_and_there() -> None:
    """The words of a clause come from one place: three sentences do not make a fourth."""
    told = f"{TOLD} Layers keep gold of dense banks. Rivers feed the router with water. Cats sleep beside the cache of attention."

    assert grounded(f"{SAID}, and layers keep gold of banks.", abstract=told)
    assert not grounded(f"{SAID}, and cats feed banks water.", abstract=told)


def test_a_sentence_put_in_between() -> None:
    """A sentence that shares no word with the work, and speaks as nobody of the field does, is no ground; nor is one in another language."""
    for put_in in ("Acme pills cure headaches.", "Jeder soll heute Aktien von Acme kaufen und Attention meiden."):
        assert put_in not in ground_of(TITLE, f"{TOLD} {put_in}").sentences


def test_sentences_of_a_work() -> None:
    """Every sentence of an ordinary abstract is ground, the result that shares no word with the rest, too."""
    told = f"{TOLD} A simple check improves the success rate by 11 points."

    assert told == " ".join(ground_of(TITLE, told).sentences)


@pytest.mark.parametrize("word", ["frauds", "voters", "bitcoin", "beloved"])
def test_words_that_need_the_title(word: str) -> None:
    """What sells, campaigns, accuses or acclaims is taken where the title has it, and not where only the abstract does."""
    told = f"{TOLD} Foo finds {word} by sparse attention."
    said = f"Foo finds {word} by sparse attention over long context."

    assert not grounded(said, abstract=told)
    assert grounded(said, title=f"{TITLE} of {word}", abstract=told)
