"""BibTeX, RIS and CSL-JSON, read back by parsers that we did not write; CSV and HTML."""

from __future__ import annotations

import csv
import io
import json
import warnings
from dataclasses import replace

import bibtexparser
import pytest
import rispy
from citeproc.source.json import CiteProcJSON
from pybtex.database import parse_string
from pylatexenc.latex2text import LatexNodes2Text

from adapters.exports.forms import FORMS, render
from adapters.exports.table import COLUMNS
from bot.errors import UsageError
from bot.exporting import Export
from tests.adapters.exports.conftest import AUTHORS, TITLES, WORDS

KEYS = [f"lovelace2026w{rank}" for rank in range(1, 5)]

LONELY = ["a } b", "a { b", "so :} and {", "}{", "}, @misc{evil, title = {z}", "ends in \\", "{even} {{more}} }"]
"""What strict BibTeX, which counts braces and knows no backslash, would take for the end of a field, or never for it."""


def test_bibtex_by_bibtexparser(export: Export) -> None:
    """Every work is an entry with its key, and nothing was refused."""
    library = bibtexparser.parse_string(render("bibtex", export))

    assert [] == library.failed_blocks
    assert KEYS == [entry.key for entry in library.entries]
    first = library.entries_dict[KEYS[0]]
    assert ("misc", "2608.00001", "10.48550/arXiv.2608.00001", "2026", "8") == (
        first.entry_type,
        *(first[name] for name in ("eprint", "doi", "year", "month")),
    )
    assert "must-read, skip, reading" == first["keywords"]
    assert "ACL 2026" == library.entries_dict[KEYS[2]]["booktitle"]


def test_bibtex_by_pybtex(export: Export) -> None:
    """People are people with family names, organisations are one name, and titles survive."""
    found = parse_string(render("bibtex", export), "bibtex")

    assert KEYS == list(found.entries)
    people = found.entries[KEYS[0]].persons["author"]
    assert [(["Ada"], ["Lovelace"]), (["Laurens"], ["Maaten"]), (["María-José"], ["Ñandú"])] == [
        (one.first_names, one.last_names) for one in (people[0], people[1], people[4])
    ]
    assert ["van", "der"] == people[1].prelast_names
    assert [["{王小明}"], ["{Centre for Law and Order}"]] == [one.last_names for one in people[2:4]]


@pytest.mark.parametrize("words", LONELY)
def test_a_brace_without_its_fellow(export: Export, words: str) -> None:
    """Whatever somebody wrote or named, every parser reads the file whole, and what was written is what is read."""
    work, *others = export.works
    one = replace(
        work.item,
        title=words,
        abstract=words,
        authors=(words,),
        url=f"https://e.org/{words}",
        code_url=f"https://e.org/{words}",
    )
    place = replace(work.places[0], item=one, summaries=tuple(replace(s, text=words) for s in work.places[0].summaries))
    text = render("bibtex", replace(export, works=(replace(work, item=one, places=(place,)), *others)))

    strict, tolerant = parse_string(text, "bibtex"), bibtexparser.parse_string(text)
    assert KEYS == list(strict.entries)
    assert (KEYS, []) == ([entry.key for entry in tolerant.entries], tolerant.failed_blocks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fields = strict.entries[KEYS[0]].fields
        read = [LatexNodes2Text().latex_to_text(fields[name]) for name in ("title", "abstract", "annote")]
    assert [words, words] == read[:2]
    assert words in read[2]


def test_what_tex_makes_of_it(export: Export) -> None:
    """Read as LaTeX, each title is what it was."""
    found = parse_string(render("bibtex", export), "bibtex")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        titles = [LatexNodes2Text().latex_to_text(one.fields["title"]) for one in found.entries.values()]
    # pylatexenc reads \textasciicircum as the modifier letter.
    assert list(TITLES.values()) == [title.replace("ˆ", "^") for title in titles]


def test_ris_by_rispy(export: Export) -> None:
    """Every work is a record, a line a field, whatever line breaks were in it."""
    records = rispy.loads(render("ris", export))

    assert list(TITLES.values()) == [one["title"] for one in records]
    first = records[0]
    assert KEYS == [one["id"] for one in records]
    assert ("UNPB", "2026/08/08", "10.48550/arXiv.2608.00001", "arXiv") == tuple(
        first[name] for name in ("type_of_reference", "date", "doi", "secondary_title")
    )
    assert ["UNPB", "UNPB", "CONF", "BLOG"] == [one["type_of_reference"] for one in records]
    assert ["Lovelace, Ada", "van der Maaten, Laurens", "王小明"] == first["authors"][:3]
    assert f"Ada, 2026-08-17: {' '.join(WORDS.split())}" == first["notes"][0]


def test_csl_by_citeproc(export: Export) -> None:
    """Every work is an item that a citation processor takes, with its words unchanged."""
    items = json.loads(render("csl-json", export))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = CiteProcJSON(items)
    assert set(KEYS) == set(source)
    assert list(TITLES.values()) == [one["title"] for one in items]
    assert {"family": "van der Maaten", "given": "Laurens"} == items[0]["author"][1]
    assert {"literal": "王小明"} == items[0]["author"][2]
    assert WORDS in items[0]["note"]


def test_csv(export: Export) -> None:
    """A row for each work; what a spreadsheet would run as a formula is text."""
    rows = list(csv.DictReader(io.StringIO(render("csv", export), newline="")))

    assert list(COLUMNS) == list(rows[0])
    titles = list(TITLES.values())
    assert [*titles[:3], f"'{titles[3]}"] == [row["title"] for row in rows]
    assert "; ".join(AUTHORS) == rows[0]["authors"]
    assert "Ada: must-read; Ben: skip" == rows[0]["decisions"]
    assert WORDS in rows[0]["summaries"]


def test_html(export: Export) -> None:
    """On the page everything foreign is text, and nothing is fetched."""
    page = render("html", export)

    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert ":tada: 🎉" in page
    assert "<script" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if form.render])
def test_nothing_known(form: str) -> None:
    """Of nothing, every form is a document still."""
    from tests.adapters.exports.conftest import make_export  # noqa: PLC0415

    assert render(form, make_export(works=(), digests=())) is not None


def test_a_folder_is_no_text(export: Export) -> None:
    """Markdown needs a folder, and says so."""
    with pytest.raises(UsageError, match="--out FOLDER"):
        render("markdown", export)
