from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.highlights import Highlights, highlights, tells_result

BACKGROUND = "Recent attention models achieve remarkable success, but they are slow."
NEW = "We present FlashFoo, a sparse attention framework that skips most keys."
DETAIL = "Specifically, a router picks blocks of keys for each query."
RESULT = "Experiments on LongBench show that FlashFoo outperforms Bar by 3.1 points while it is 4.2x faster."
CODE = "Code is available at https://foo.example/code."
TITLE = "FlashFoo: Sparse Attention for Long Context"


def test_an_abstract() -> None:
    """Of an abstract the sentence of what is new and the sentence of what came of it are taken, wherever they stand."""
    told = f"{BACKGROUND} {NEW} {DETAIL} {RESULT} {CODE}"

    assert Highlights(new=NEW, result=RESULT) == highlights(TITLE, told)


@pytest.mark.parametrize(
    ("announced", "behind", "result"),
    [
        ("Our results reveal two key findings.", "First, larger models drift more.", "Larger models drift more."),
        ("The evaluation of ten LLMs reveals several findings.", "The best solves 31% of the tasks.", "The best solves 31% of the tasks."),
        ("Our experiments yield several insights.", "Depth helps.", "Depth helps."),
        ("We surpass all baselines by 3% and provide valuable insights.", "Depth helps.", "We surpass all baselines by 3% and provide valuable insights."),
        ("Our results reveal two patterns for reasoning - early and late.", "Depth helps.", "Our results reveal two patterns for reasoning - early and late."),
        ("Experiments show several new state-of-the-art results.", "Depth helps.", "Experiments show several new state-of-the-art results."),
        ("Our results reveal that two findings of before fail.", "Depth helps.", "Our results reveal that two findings of before fail."),
    ],
)  # fmt: skip
def test_what_only_announces(announced: str, behind: str, result: str) -> None:
    """A sentence that only says that there are findings is no result; the one behind it is."""
    assert result == highlights(TITLE, f"{BACKGROUND} {NEW} {DETAIL} {announced} {behind} {CODE}").result


@pytest.mark.parametrize("opening", ["This system achieves", "That router achieves", "There, a router achieves"])
def test_a_result_by_itself(opening: str) -> None:
    """Of two results the one is told that does not begin with what stood before it."""
    told = f"{BACKGROUND} {NEW} {DETAIL} {opening} a gain of 3.1 points over Bar. FlashFoo achieves a gain of 3.2 points over Bar."

    assert "FlashFoo achieves a gain of 3.2 points over Bar." == highlights(TITLE, told).result


@pytest.mark.parametrize(
    "other",
    [
        "Our benchmark establishes a reference point for a novel and sparse attention over a long context.",
        "This work provides new insights into a sparse attention, and enables its users to improve its context.",
        "Our proof builds on a novel framework that enables sparse attention, and leverages its keys.",
    ],
)
def test_conclusions(other: str) -> None:
    """What a work is good for, and how its proof goes, is not what is new where that is told, too."""
    new = "We analyse why attention takes so much time, and where its keys come from, and look at long texts."

    assert new == highlights(TITLE, f"{BACKGROUND} {new} {other}").new


def test_what_others_reached() -> None:
    """What an abstract tells of others, before it says what is new, is no result of it."""
    assert Highlights(new=NEW, result="") == highlights(TITLE, f"{BACKGROUND} {NEW} {DETAIL}")


@pytest.mark.parametrize(
    "lead",
    [
        "In this paper, we present",
        "To address this gap, we present",
        "Building on this insight, we therefore present",
        "More specifically, we present",
        "(2) We further present",
        "In this paper, to address this gap, we present",
        "Here we present",
        "In this work we present",
        "To bridge the gap, we present",
        "To address both of these, we present",
        "To tackle the first challenge,we present",
        "On the one hand, we present",
    ],
)
def test_lead_in(lead: str) -> None:
    """What leads over from a sentence that the card does not show is taken off; a purpose that stands by itself stays."""
    told = f"{BACKGROUND} {NEW.replace('We present', lead)} {CODE}"

    assert NEW == highlights(TITLE, told).new


@pytest.mark.parametrize(
    ("opening", "kept"),
    [
        ("Building on SlowFoo, we present", ""),
        ("Based on the released cache, we present", ""),
        ("Inspired by our analysis, we present", ""),
        ("Building on Barlow, we present", "Building on Barlow, we present"),
        ("Inspired by the human brain, we present", "Inspired by the human brain, we present"),
        ("Based on SlowFoo, FlashFoo and both, we present", "Based on SlowFoo, FlashFoo and both, we present"),
    ],
)
def test_an_opening_that_joins(opening: str, kept: str) -> None:
    """An opening that names what was told of before is taken off; what was not stays, as does a list."""
    before = "SlowFoo keeps a cache that was released with an analysis."
    told = f"{BACKGROUND} {before} {NEW.replace('We present', opening)} {CODE}"

    assert NEW.replace("We present", kept or "We present") == highlights(TITLE, told).new


@pytest.mark.parametrize("opening", ["Complementing the bounds", "Together with the bounds", "Beyond our bounds"])
def test_what_comes_second(opening: str) -> None:
    """What is put beside something that was told of before is not what is new; that comes first, and what came of it after it."""
    study = "We study bandits with two arms, and what holds of them where each is an oracle."
    proof = "We prove the lower bounds, which show that regret is not constant."
    algorithm = "we give a new elimination algorithm for bandits, one that enables finite action."
    found = highlights("Bandits: bounds and algorithms", f"{study} {proof} {opening}, {algorithm}")

    assert (study, proof) == (found.new, found.result)


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        (" to resolve this limitation", ""),
        (" designed to address these challenges", ""),
        (" that tackles these two drawbacks", ""),
        (", tailored to this setting", ""),
        (" that addresses these challenges by routing keys", " that addresses these challenges by routing keys"),
        (" and transfers to this setting", " and transfers to this setting"),
        (" to resolve the limitation of dense keys", " to resolve the limitation of dense keys"),
    ],
)
def test_end(end: str, kept: str) -> None:
    """An end that only refers to what the card does not show is taken off; one that says something stays."""
    told = f"{BACKGROUND} {NEW[:-1]}{end}. {CODE}"

    assert f"{NEW[:-1]}{kept}." == highlights(TITLE, told).new


def test_an_end_that_is_half_of_the_sentence() -> None:
    """Of a sentence that would say nothing without its end, nothing is taken off."""
    assert (
        "We build FlashFoo to resolve this limitation."
        == highlights(TITLE, "We build FlashFoo to resolve this limitation.").new
    )


@pytest.mark.parametrize(
    ("title", "told", "new"),
    [
        (
            "Post-training Quantization for Hybrid Iterative Generative Models",
            "Iterative generative models span hybrid paradigms, and post-training quantization of them costs quality. We introduce HyGenQ, a framework for them.",
            "We introduce HyGenQ, a framework for them.",
        ),
        (
            "Every Parcel Counts: Dispersing Information for Loss-Resilient Compression",
            "Lost parcels leave holes, and repairing them costs time. We propose a loss-resilient compression scheme that addresses both. We introduce an inter-channel redistribution that spreads energy over all channels of a parcel.",
            "We introduce an inter-channel redistribution that spreads energy over all channels of a parcel.",
        ),
        (
            "It's How You Ask: Linguistic Bias in Language Models",
            "Who asks politely is answered briefly. We show that hedges and tag questions elicit shorter answers of four language models, and less formal ones. Our work calls for upstream consideration of the influences of linguistic variation in how people ask.",
            "We show that hedges and tag questions elicit shorter answers of four language models, and less formal ones.",
        ),
        (
            "Robustness of AI-Art Detectors under Generator Shift",
            "Most AI-art detectors are trained on one generator family, leaving their robustness to others open. In this chapter, we analyze how detectors bear a shift of generators on artworks of ten styles.",
            "We analyze how detectors bear a shift of generators on artworks of ten styles.",
        ),
        (
            "Dynamic Mixture-of-Experts Serving",
            "Huang and Lou introduced Dynamic Mixture-of-Experts Serving and gave a competitive algorithm. We prove that the competitive ratio of serving is in fact constant for arbitrary numbers of experts.",
            "We prove that the competitive ratio of serving is in fact constant for arbitrary numbers of experts.",
        ),
        (
            "Density at the Threshold",
            "A recent result of Franks et al. (2026) established density guarantees under the sample threshold. We prove that the estimator exists with high probability at half of that threshold, for every n and k.",
            "We prove that the estimator exists with high probability at half of that threshold, for every n and k.",
        ),
        (
            "Detection under Concept Drift",
            (
                "Detection degrades under drift as devices evolve. We show that these two decisions under concept drift should be treated separately. "
                "(2) We develop a detector of concept drift that captures behaviour directly."
            ),
            "We develop a detector of concept drift that captures behaviour directly.",
        ),
        (
            "Reading a Human Mind",
            "Models of human reading predict where people look, a map per image. I test the leading models of reading against 11 million gaze points of 3,023 adults from all states.",
            "I test the leading models of reading against 11 million gaze points of 3,023 adults from all states.",
        ),
        (
            "Evo-Foo: A Structured Memory for Evolving Agents",
            (
                "Agents forget. We formulate online learning, where a frozen agent improves by updating a structured memory of tasks. "
                "Our extensive analysis demonstrates the effectiveness of Evo-Foo and provides an understanding of how evolving agents can effectively learn on the fly."
            ),
            "We formulate online learning, where a frozen agent improves by updating a structured memory of tasks.",
        ),
        (
            "A Dataset of Drug Response",
            (
                "Models of drug response are an active area with a growing number of datasets. We substantially expand a dataset of drug response. "
                "To evaluate the impact of the drug response dataset, we trained models on a dataset of each kind."
            ),
            "We substantially expand a dataset of drug response.",
        ),
    ],
)
def test_background(title: str, told: str, new: str) -> None:
    """What is new is what this work does, whatever the field's own sentences have of the title's words; what others did is not."""
    assert new == highlights(title, told).new


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Third, our analysis shows a gain of 3.1 points.", "Our analysis shows a gain of 3.1 points."),
        ("Towards this, our analysis shows a gain of 3.1 points.", "Our analysis shows a gain of 3.1 points."),
        ("Crucially, we find a gain of 3.1 points.", "We find a gain of 3.1 points."),
        ("We test that assumption: a gain of 3.1 points is achieved.", "A gain of 3.1 points is achieved."),
        ("Results: FlashFoo achieves a gain of 3.1 points.", "FlashFoo achieves a gain of 3.1 points."),
        ("(ii) We find a gain of 3.1 points.", "We find a gain of 3.1 points."),
        ("At a rate that is high, we find a gain.", "At a rate that is high, we find a gain."),
        ("We address this by building a thing: it achieves 3 points.", "We address this by building a thing: it achieves 3 points."),
    ],
)  # fmt: skip
def test_no_dangling_opening(sentence: str, said: str) -> None:
    """What counts on, labels or leads over from what the card does not show is taken off a result, and nothing else."""
    assert said == highlights(TITLE, f"{NEW} {DETAIL} {sentence}").result


@pytest.mark.parametrize(
    "result",
    [
        "Empirical results with supervised fine-tuning and preference optimization on two datasets of dialogues (INSPIRED and ReDial) show that it helps.",
        "The full system ranks 2nd on the official leaderboard.",
        "An executable model verifies the protocol in 2,808,230 states with zero violations.",
        "FlashFoo reaches a mean AUROC of 0.83 on scans of other clinics.",
        "Sparse decoding has a higher throughput than the dense one.",
        "While one setting remained comparable, models that were trained so showed consistent improvements in the others.",
        "We disprove the conjecture with two explicit matrices.",
        "The algorithms establish a regret of O(√T) in both settings.",
    ],
)
def test_results_in_other_words(result: str) -> None:
    """A rank, a count, a comparison or a proof is a result, too."""
    assert result == highlights(TITLE, f"{BACKGROUND} {NEW} {DETAIL} {result}").result


@pytest.mark.parametrize(
    "other",
    [
        "Mehrotra has since settled the cost, showing that no learner achieves less.",
        "We introduce a directional search that improves exploration.",
        "We demonstrate that this is not the case.",
        "It is trained on a reduced-order environment.",
        "While much progress has been achieved in explaining images, segmentation leaves room.",
        "These results position the data as a resource of improved worth.",
    ],
)
def test_no_result(other: str) -> None:
    """What others found, what else was made, and what nobody understands alone is no result."""
    assert "" == highlights(TITLE, f"{NEW} {DETAIL} {other}").result


def test_a_plain_result_before_a_vague_one() -> None:
    """Of two results the one with a figure is told."""
    vague = "Extensive experiments demonstrate the effectiveness of FlashFoo."
    plain = "FlashFoo reduces latency by 41% compared with Bar."

    assert plain == highlights(TITLE, f"{NEW} {vague} {plain}").result


def test_a_purpose_stays() -> None:
    """A purpose that needs no sentence before it is not taken off."""
    told = f"{BACKGROUND} To skip most keys of a long context, we present FlashFoo, a sparse attention framework."

    assert "To skip most keys of a long context, we present" in highlights(TITLE, told).new


def test_without_cues() -> None:
    """Where no sentence bears a cue, as in a language we know none of, the first that says something whole is taken."""
    told = "Dieses Verfahren wählt für jede Anfrage wenige Schlüssel aus und lässt alle übrigen weg. Kurz. Ende."

    assert told.startswith(highlights("Spärliche Aufmerksamkeit", told).new)


def test_chinese() -> None:
    """A Chinese abstract has its own cues."""
    told = "注意力很慢。本文提出一种稀疏注意力方法。实验结果表明速度提升三倍。"

    assert Highlights(new="本文提出一种稀疏注意力方法。", result="实验结果表明速度提升三倍。") == highlights(
        "稀疏注意力", told
    )


def test_nothing_to_tell() -> None:
    """An empty abstract has no highlights, and one of a single sentence no result beside it."""
    assert Highlights() == highlights("A title", "  ")
    assert Highlights(new="All is one.") == highlights("A title", "All is one.")


@given(st.text(max_size=400), st.text(max_size=2000))
def test_only_what_stands_there(title: str, abstract: str) -> None:
    """Whatever the text, every word of a highlight stands in the abstract."""
    found = highlights(title, abstract)

    assert all(word.casefold() in abstract.casefold() for word in f"{found.new} {found.result}".split()[1:])


@pytest.mark.parametrize(
    "piece", ["we a", "To this ", ", an a ", "1.1", "results x ", "a. ", "framework ", "by this, "]
)
def test_hostile_length(piece: str) -> None:
    """A text made to be slow costs no more than half a second."""
    began = time.process_time()
    highlights(piece * 3, piece * (100_000 // len(piece)))

    assert 0.5 > time.process_time() - began


def test_tells_result() -> None:
    """A comparison or an outcome is a result; a plan is none."""
    assert tells_result(RESULT)
    assert not tells_result(NEW)


@pytest.mark.parametrize(
    ("between", "said"),
    [
        ("A second policy is trained.", "Its lead over chance grows from 2 % to 17 % on hard games."),
        ("Two policies are trained.", "Both policies outperform the best human by 12 points."),
        ("Two caches are put before it.", "They outperform Bar by 12 points."),
        ("Every rule is said to be needed.", "We show this is not so: 12 % of the rules suffice."),
        ("Games were conjectured to end.", "We prove this long-standing conjecture."),
    ],
)
def test_a_pronoun_that_points_nowhere(between: str, said: str) -> None:
    """A result that begins with what only the sentence before it names is not shown without that; behind the sentence of what is new it is."""
    new = "We present Foo, an arena for agents that play games."
    apart = highlights("Foo: games", f"Games are hard. {new} Their rules are fixed. {between} {said}")
    behind = highlights("Foo: games", f"Games are hard. {new} {said}")

    assert new == apart.new == behind.new
    assert said != apart.result
    assert said == behind.result


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("Foo keeps all rules in one table.", "It outperforms Bar by 12 points."),
        ("Our arena keeps all rules in one table.", "It outperforms Bar by 12 points."),
        ("Ten players were asked.", "These results show that Foo outperforms Bar."),
        ("Ten players were asked.", "It is shown that Foo outperforms Bar by 12 points."),
        ("Ten players were asked.", "Both speed and accuracy are 12 % higher than those of Bar."),
    ],
)
def test_a_pronoun_whose_noun_is_shown(before: str, said: str) -> None:
    """A pronoun that stands for the work, which the title names, or for what follows it, is no hindrance."""
    found = highlights(
        "Foo: games", f"Games are hard. We present Foo, an arena for agents that play games. {before} {said}"
    )

    assert said == found.result
