from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text_repairs import repaired


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sequence architec- tures through an inter- mediary", "sequence architectures through an intermediary"),
        ("a single self- contained, data- driven and detail- rich corpus", "a single self-contained, data-driven and detail-rich corpus"),
        ("vision encoders and vision- language space", "vision encoders and vision-language space"),
        ("three out-of- domain sets on the as- sumption that 27- class data hold", "three out-of-domain sets on the assumption that 27-class data hold"),
        ("three- to four-fold, privacy- and security-related", "three- to four-fold, privacy- and security-related"),
        ("oversmoothing- a progressive collapse, an acquisition- rather than possession", "oversmoothing- a progressive collapse, an acquisition- rather than possession"),
        ("speedups of 1.28times–1.63times on 4times4 grids", "speedups of 1.28×–1.63× on 4×4 grids"),
        ("by 6.0 times, sometimes", "by 6.0 times, sometimes"),
        ("97.74 +- 0.10% and 0.5 +/- 0.1", "97.74 ± 0.10% and 0.5 ± 0.1"),
        ("p(x_{i+-r})", "p(x_{i+-r})"),
        ("Adversarial Fr'echet Distance, the models'embedding", "Adversarial Fréchet Distance, the models'embedding"),
        ("the FQTree algorithm{https://github.com/a/b} for trees", "the FQTree algorithm for trees"),
        ("the rate of [jin2018q], as in [pham2013fast,kar2012random]", "the rate of [Jin 2018], as in [Pham 2013, Kar 2012]"),
        ("interactions.Benefiting from it, and torch.Tensor stays", "interactions. Benefiting from it, and torch.Tensor stays"),
        ("ReOrder-OPD:Reliability-Aware, see http://a.example", "ReOrder-OPD: Reliability-Aware, see http://a.example"),
        ("the coverage,while networks(GNNs) and O(log(K)) stay", "the coverage, while networks (GNNs) and O(log(K)) stay"),
        ("To close this gap,we propose a framework (WONDER).Particularly, it wins,reaching 0.8 for (model,benchmark) pairs", "To close this gap, we propose a framework (WONDER). Particularly, it wins, reaching 0.8 for (model,benchmark) pairs"),
        ("at 2,000% a year:…The more you game the system… forever…Research, and so on…", "at 2,000% a year: The more you game the system… forever… Research, and so on…"),
        ('the ``Agentic Loop" framework', "the “Agentic Loop” framework"),
        ("We introduce UserToolBench , a benchmark ; see ,x", "We introduce UserToolBench, a benchmark; see ,x"),
        ("a ''critical bias'': it's the models'' own, f''(x) and ''", "a “critical bias”: it's the models'' own, f''(x) and ''"),
        ("at 1/20^th of the cost, O(n^{-1/2}) and x^{ij}_t", "at 1/20th of the cost, O(n^(-1/2)) and x^(ij)_t"),
        ("on real benchmarks.Code: https://a.example", "on real benchmarks. Code: https://a.example"),
        ("up to 6x faster}. We show", "up to 6x faster. We show"),
        ("for a in {0.1, 0.5} and a set {x}.", "for a in {0.1, 0.5} and a set {x}."),
        ("see https://a.example/world/{Project Website}.", "see https://a.example/world/."),
        ("", ""),
    ],
)  # fmt: skip
def test_repaired(text: str, expected: str) -> None:
    """What a text lost on its way is put back; what may be meant as it stands is left."""
    assert expected == repaired(text)
    assert expected == repaired(expected)


@given(st.text(max_size=400))
def test_no_letter_is_lost(text: str) -> None:
    """Whatever the text, a word is never dropped, but for an address in a footnote's braces and a citation's key."""
    if not any(sign in text for sign in ("{", "[", "times", "'", '"')):
        assert "".join(filter(str.isalnum, text)) == "".join(filter(str.isalnum, repaired(text)))


@pytest.mark.parametrize(
    "piece",
    [
        "ab- cd",
        "ab- cde ",
        "{https://",
        "[abc2000",
        "``",
        "a1times",
        " word.A",
        "(ABC",
        "x{a}",
        "https://a{",
        "x^{",
        "''a ",
        "x}",
    ],
)
def test_hostile_length(piece: str) -> None:
    """A text made to be slow costs no more than a second."""
    began = time.process_time()
    repaired(piece * (20_000 // len(piece)))

    assert 1.0 > time.process_time() - began
