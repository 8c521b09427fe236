"""The titles and abstracts of the captured week, in which nothing may be lost with their LaTeX."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from pathlib import Path

import pytest

from adapters.sources.parse.latex import readable
from adapters.sources.parse.latex_symbols import SWITCHES

pytestmark = pytest.mark.replay

# What is not read: names of commands, and the arguments that only they read.
SILENT = re.compile(r"\\(?:textcolor|color|colorbox|vspace|hspace|label)\*?\{[^{}]*\}|\\[A-Za-z]+\*?")


@pytest.fixture(scope="module")
def texts(shared: Path) -> list[str]:
    files = (shared / "data" / "arxiv" / "week_2026W33").glob("*.json.gz")
    papers = [paper for file in files for paper in json.loads(gzip.decompress(file.read_bytes()))["papers"]]
    return sorted(
        {text for paper in papers for text in (paper["title"], paper.get("abstract") or paper.get("summary") or "")}
    )


def letters(text: str) -> str:
    """The letters and figures of a text, small and raised ones like the others."""
    return "".join(each for each in unicodedata.normalize("NFKD", text) if each.isascii() and each.isalnum())


def holds(whole: str, part: str) -> bool:
    """Whether all of `part` is in `whole`, in its order."""
    rest = iter(whole)
    return all(each in rest for each in part)


def test_nothing_is_lost(texts):
    """Every letter and figure that was not part of a command is still there, in its order."""
    plain = [text for text in texts if "\\href" not in text]  # an address moves behind its words
    lost = [text for text in plain if not holds(letters(readable(text)), letters(SILENT.sub(" ", text)))]

    assert len(texts) > 5000
    assert lost == []


def test_text_without_latex_is_left_alone(texts):
    """What has no sign of LaTeX comes through to the letter."""
    assert all(readable(text) == text for text in texts if not re.search(r"[\\$~`]|--|\{,\}", text))


def test_little_is_left_of_it(texts):
    """Of the commands that are known nothing is left, and of authors' own, which nobody can know, next to nothing."""
    raw = [text for text in texts if re.search(r"\\[A-Za-z]|\d\{,\}\d", readable(text))]
    left = {found for text in texts for found in re.findall(r"\\([A-Za-z]+)", readable(text))}

    assert left & {"textbf", "emph", "mathrm", "mathcal", "times", "sqrt", "frac", "texttt", *SWITCHES} == set()
    assert len(raw) / len(texts) <= 0.001
