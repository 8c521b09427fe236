"""What a lab announces is told from what it found."""

from __future__ import annotations

import time

import pytest

from adapters.sources.parse.announcements import ANNOUNCEMENT, DISPUTE, RELEASE, announced


@pytest.mark.parametrize(
    "title",
    [
        "Introducing Gemini 3.7 Flash", "GPT-5.6: Frontier intelligence that scales with your ambition", "Claude Opus 4.6", "Previewing GPT-5.6 Sol: a next-generation model",
        "Gemini Robotics 2 brings whole body intelligence to robots",
    ],
)  # fmt: skip
def test_releases(title: str) -> None:
    """A model named with its version is a release."""
    assert announced(title) == RELEASE


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Expanding Daybreak as the Cyber Defense Window Narrows", ""),
        ("Putting frontier cyber models in more trusted hands", ""),
        ("Introducing computer use in Gemini 3.5 Flash", ""),
        ("Our position on open models", ""),
        ("Anthropic opens Seoul office", ""),
        ("A workbench for scientists", "The new workbench is available in preview."),
        ("Safer browsing", "The lab announces an initiative with partners."),
    ],
)
def test_announcements(title: str, summary: str) -> None:
    """Products, programmes and policy are announcements, by the title or by what the summary says."""
    assert announced(title, summary) == ANNOUNCEMENT


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("A word on our rival", "The lab addresses a baseless lawsuit and corrects claims about its employees."),
        ("Setting the record straight", "What we did and did not say."),
        ("Our response to recent allegations", "The company responds to the allegations of a former partner."),
    ],
)
def test_disputes(title: str, summary: str) -> None:
    """A company's side in a quarrel is none of research."""
    assert announced(title, summary) == DISPUTE


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Why language models get this wrong", "They mix up dates."),
        ("A dataset of court opinions", "A benchmark of lawsuits for legal language models."),
        ("AMIE demonstrates video consultations in a first-of-its-kind study", "Introducing AMIE."),
        ("Introducing GeneBench-Pro", ""),
        ("Introducing Gemma 4 12B: a unified, encoder-free multimodal model", ""),
        ("GPT-5.5 System Card", ""),
        ("Which tokens does a hybrid model predict better?", ""),
        ("Scaling oversight", "We show in a study of forty teams that it holds. It introduces a method."),
    ],
)
def test_research(title: str, summary: str) -> None:
    """What tells of a study, a benchmark or a method announces nothing, however it begins; nor does what says nothing of either."""
    assert announced(title, summary) is None


def test_a_label_decides() -> None:
    """What its publisher files under research is none."""
    assert announced("Introducing our new assistant", labels=["Research"]) is None


@pytest.mark.parametrize("title", ["Claude-" + "x." * 150, "GPT" + " a" * 150, "gemini a-" * 33, "improving " * 30])
def test_no_title_takes_long(title: str) -> None:
    """A title made to be searched in every way is read in a blink."""
    began = time.process_time()
    announced(title, "new a b c " * 200)

    assert time.process_time() - began < 0.5
