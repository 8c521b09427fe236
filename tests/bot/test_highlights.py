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
    ],
)
def test_lead_in(lead: str) -> None:
    """What leads over from a sentence that the card does not show is taken off; a purpose that stands by itself stays."""
    told = f"{BACKGROUND} {NEW.replace('We present', lead)} {CODE}"

    assert NEW == highlights(TITLE, told).new


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
    began = time.perf_counter()
    highlights(piece * 3, piece * (100_000 // len(piece)))

    assert 0.5 > time.perf_counter() - began


def test_tells_result() -> None:
    """A comparison or an outcome is a result; a plan is none."""
    assert tells_result(RESULT)
    assert not tells_result(NEW)
