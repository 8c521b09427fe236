from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Liu et al. reach 3.5 points. We reach 4.1!", ["Liu et al. reach 3.5 points.", "We reach 4.1!"]),
        ("As Liu et al. (2024) say, no. See Fig. 2.", ["As Liu et al. (2024) say, no.", "See Fig. 2."]),
        ("Tools, e.g. GPT-4.1 vs. o3, i.e. models. Ok?", ["Tools, e.g. GPT-4.1 vs. o3, i.e. models.", "Ok?"]),
        ("Layers, heads, etc. The rest follows.", ["Layers, heads, etc.", "The rest follows."]),
        ("J. Smith and K.-R. Müller agree. So do I. Then?", ["J. Smith and K.-R. Müller agree.", "So do I.", "Then?"]),
        ("The U.S. Army fell. It was in the U.S. we think.", ["The U.S. Army fell.", "It was in the U.S. we think."]),
        ("A loss $L = a. B$ is new. It costs $5. Ok.", ["A loss $L = a. B$ is new.", "It costs $5.", "Ok."]),
        ("It (e.g. here. There) holds. Next.", ["It (e.g. here. There) holds.", "Next."]),
        ("An open ( is no end. Next one.", ["An open ( is no end.", "Next one."]),
        ("Latent representations.However, torch.Tensor stays.", ["Latent representations.", "However, torch.Tensor stays."]),
        ("We find: 1. First. 2. Second.", ["We find: 1.", "First.", "2. Second."]),
        ("From the placement. vToken maintains it, eq. xLSTM too.", ["From the placement.", "vToken maintains it, eq. xLSTM too."]),
        ("It is useful. https://a.example/b.c is the page.", ["It is useful.", "https://a.example/b.c is the page."]),
        ("With K items we vary the size of K. Teacher-forced runs.", ["With K items we vary the size of K.", "Teacher-forced runs."]),
        ("We follow the work of K. Smith. Ok.", ["We follow the work of K. Smith.", "Ok."]),
        ("We do two things. (i) A protocol. (ii) Data (e.g. ours).", ["We do two things.", "(i) A protocol.", "(ii) Data (e.g. ours)."]),
        ("It takes 0.46 ms. With one point, less.", ["It takes 0.46 ms.", "With one point, less."]),
        ("He said “stop.” We went on.", ["He said “stop.”", "We went on."]),
        ("本文提出了GPT-4.5的方法。在ImageNet上达到87.5%。", ["本文提出了GPT-4.5的方法。", "在ImageNet上达到87.5%。"]),
        ("यह एक वाक्य है। यह दूसरा है।", ["यह एक वाक्य है।", "यह दूसरा है।"]),
        ("هل هذا جيد؟ نعم.", ["هل هذا جيد؟", "نعم."]),
        ("no stop at all", ["no stop at all"]),
        ("  ", []),
    ],
)  # fmt: skip
def test_sentences(text: str, expected: list[str]) -> None:
    """A stop that shortens, counts, or stands in a formula or brackets ends nothing, in any script."""
    assert expected == sentences(text)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_nothing_is_lost(text: str) -> None:
    """Whatever the text: its sentences are the text again, but for white space."""
    assert "".join(text.split()) == "".join("".join(sentences(text)).split())


@pytest.mark.parametrize("piece", ["A. ", "(a. ", "$a. ", "et al. ", "。", "a.However, "])
def test_hostile_length(piece: str) -> None:
    """A text made to be slow is cut in time all the same."""
    began = time.process_time()
    sentences(piece * (6000 // len(piece)))

    assert 1.0 > time.process_time() - began
