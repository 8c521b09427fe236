"""Reading lists that people hand over: in four forms, well made or not."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.references import LARGEST, MOST, read_list
from bot.errors import UsageError
from bot.usecases.taste import Reference

ARXIV = "https://arxiv.org/abs/2608.01234"
ADDED = datetime(2026, 8, 1, tzinfo=UTC)

BIB = r"""
@comment{nothing}
@article{a, title={A {Study} of the {\'E}tude}, author={Lovelace, Ada and Grace Hopper}, eprint={2608.01234v2}, archivePrefix={arXiv},
  abstract={We show $\alpha$.}, date-added={2026-08-01 10:00:00 +0200}}
@inproceedings{b, title="Quoted", doi={https://doi.org/10.1145/3, broken
@misc{c, title={Fine}, month=jan, url={https://w.example/c}}
@misc{d, note={says nothing}}
"""
RIS = """TY  - JOUR
TI  - A Study
AU  - Lovelace, Ada
DO  - 10.1145/3
AB  - We show.
Y2  - 2026/08/01
ER  -
TY  - GEN
UR  - https://w.example/c
ER  -
"""
CSL = [
    {"title": "A Study", "author": [{"family": "Lovelace", "given": "Ada"}], "DOI": "10.48550/arXiv.2608.01234"},
    {"title": 7, "URL": "javascript:alert(1)"},
    "no record",
]
SCHOLAR = {"data": [{"dateAdded": "2026-08-01", "paper": {"title": "A Study", "externalIds": {"ArXiv": "2608.01234"}, "authors": [{"name": "Ada"}]}}]}  # fmt: skip
OPML = """<?xml version="1.0"?><opml version="2.0"><body>
<outline text="A Study" type="link" url="https://arxiv.org/abs/2608.01234"/>
<outline text="A feed" xmlUrl="https://lab.example/feed"/></body></opml>"""


@pytest.mark.parametrize(
    ("name", "document", "expected", "skipped"),
    [
        (
            "refs.bib",
            BIB,
            [
                Reference(url=ARXIV, title="A Study of the Étude", abstract="We show α.", authors=("Ada Lovelace", "Grace Hopper"), at=ADDED),
                Reference(url="https://w.example/c", title="Fine"),
            ],
            2,
        ),
        (
            "refs.RIS",
            RIS,
            [
                Reference(url="https://doi.org/10.1145/3", title="A Study", abstract="We show.", authors=("Ada Lovelace",), at=ADDED),
                Reference(url="https://w.example/c"),
            ],
            0,
        ),
        (
            "zotero.json",
            json.dumps(CSL),
            [Reference(url="https://doi.org/10.48550/arXiv.2608.01234", title="A Study", authors=("Ada Lovelace",))],
            2,
        ),
        ("scholar.json", json.dumps(SCHOLAR), [Reference(url=ARXIV, title="A Study", authors=("Ada",), at=ADDED)], 0),
        ("links.opml", OPML, [Reference(url=ARXIV, title="A Study")], 1),
    ],
    ids=["bib", "ris", "csl", "scholar", "opml"],
)  # fmt: skip
def test_reading(name: str, document: str, expected: list[Reference], skipped: int) -> None:
    """Titles, authors, addresses and dates are read in every form; what names no work is counted."""
    found = read_list(name, document.encode())

    assert expected == list(found.references)
    assert skipped == found.skipped


@pytest.mark.parametrize(
    ("name", "document", "words"),
    [
        ("refs.docx", b"", "I read .bib, .ris, .json and .opml"),
        ("refs", b"", "I read .bib"),
        ("refs.json", b"{", "is no json file"),
        ("refs.json", b"[" * 100_000, "is no json file"),
        ("refs.json", b'"x"', "is no json file"),
        ("refs.opml", b"<opml>", "is no opml file"),
        ("refs.opml", b'<!DOCTYPE a [<!ENTITY b "c">]><opml/>', "is no opml file"),
        ("refs.ris", b"hello", "is no ris file"),
        ("refs.bib", b"hello", "holds no work"),
        ("refs.bib", b" " * (LARGEST + 1), "is larger than 20 MB"),
    ],
)
def test_what_is_no_list(name: str, document: bytes, words: str) -> None:
    """What is no list is refused by its name, with what to do."""
    with pytest.raises(UsageError, match=words) as refused:
        read_list(name, document)

    assert name in str(refused.value)


def test_endless() -> None:
    """Of a whole library the first five thousand works are taken, and the rest is counted."""
    found = read_list("all.json", json.dumps([{"title": f"Work {n}"} for n in range(MOST + 7)]).encode())

    assert (MOST, 7) == (len(found.references), found.skipped)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["a.bib", "a.ris", "a.json", "a.opml"]),
    st.binary(max_size=300) | st.text(max_size=300).map(str.encode),
)
def test_anything(name: str, document: bytes) -> None:
    """Whatever is handed over is read, or refused by its name."""
    with contextlib.suppress(UsageError):
        assert read_list(name, document).references
