"""Reading lists that people hand over: in which encoding, well made or not, and what is said of what is left out."""

from __future__ import annotations

import contextlib
import json
import re
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.reading_lists.read import LARGEST, MOST, read_list
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


VOLUMES_BIB = """
@proceedings{p1, title={Tea 2026}, doi={10.1145/9}}
@book{P2, title={All of Tea}, url={https://w.example/all}}
@book{own, title={A Book of Its Own}}
@inproceedings{a, title={A Study}, crossref={p1}}
@incollection{b, title={A Chapter}, crossref={p2}}
@misc{c, title={Proceedings of the Third Workshop on Tea}}
"""
VOLUMES_RIS = """TY  - CONF
TI  - A Study
ER  -
TY  - CONF
TI  - Proceedings of the Third Workshop on Tea
ER  -
TY  - JFULL
TI  - Journal of Tea
ER  -
"""


@pytest.mark.parametrize(
    ("name", "document", "titles", "number"),
    [
        ("refs.bib", VOLUMES_BIB, ["A Book of Its Own", "A Study", "A Chapter"], 3),
        ("refs.ris", VOLUMES_RIS, ["A Study"], 2),
        ("csl.json", json.dumps([{"type": "article", "title": "A Study"}, {"type": "periodical", "title": "Tea"}]), ["A Study"], 1),
    ],
)  # fmt: skip
def test_volumes(name: str, document: str, titles: list[str], number: int) -> None:
    """A volume is no work of a list beside the papers that stand in it, and is counted as what it is."""
    found = read_list(name, document.encode())

    assert titles == [one.title for one in found.references]
    assert (f"{number} volume{'s' if number > 1 else ''} of proceedings",) == found.left_out


def test_two_addresses() -> None:
    """Of a record with a DOI and its page at arXiv the key stays that digests' works bear; any other page is worth less than the DOI."""
    records = """@article{a, title={A Study}, doi={10.1109/5}, url={http://arxiv.org/abs/2608.01234}}
    @article{b, title={Another}, doi={10.1109/6}, url={https://ieeexplore.ieee.org/document/6}}"""

    assert ["http://arxiv.org/abs/2608.01234", "https://doi.org/10.1109/6"] == [
        one.url for one in read_list("refs.bib", records.encode()).references
    ]


def test_a_feed_readers_export() -> None:
    """An outline of feeds alone holds no work, and whoever hands it over is told what takes it."""
    feeds = OPML.replace('<outline text="A Study" type="link" url="https://arxiv.org/abs/2608.01234"/>', "")

    with pytest.raises(
        UsageError,
        match=r"feeds.opml holds 1 feed, and no work. A feed is a source: paperround sources import feeds.opml",
    ):
        read_list("feeds.opml", feeds.encode())


def test_which_cannot_be_read() -> None:
    """Of many records that cannot be read the first are named as they are found in the file, the others counted; so where nothing else is in it."""
    broken = "\n".join(f'@misc{{key{n}, title="open, note={{a' for n in range(8))
    fine = "@misc{fine, title={Fine}}\n"
    (said,) = read_list("refs.bib", f"{fine}{broken}".encode()).left_out

    assert said.startswith("8 records that cannot be read (key0 (line 2), key1 (line 3), ")
    assert said.endswith(" and 3 more)")
    with pytest.raises(UsageError, match=r"Of it I cannot read: key0 \(line 1\)"):
        read_list("refs.bib", broken.encode())


@pytest.mark.parametrize(
    ("name", "document", "expected", "left_out"),
    [
        (
            "refs.bib",
            BIB,
            [
                Reference(url=ARXIV, title="A Study of the Étude", abstract="We show α.", authors=("Ada Lovelace", "Grace Hopper"), at=ADDED.replace(hour=8)),
                Reference(url="https://w.example/c", title="Fine"),
            ],
            ("1 record without an address or a title", "1 record that cannot be read (b (line 5))"),
        ),
        (
            "refs.RIS",
            RIS,
            [
                Reference(url="https://doi.org/10.1145/3", title="A Study", abstract="We show.", authors=("Ada Lovelace",), at=ADDED),
                Reference(url="https://w.example/c"),
            ],
            (),
        ),
        (
            "zotero.json",
            json.dumps(CSL),
            [Reference(url="https://doi.org/10.48550/arXiv.2608.01234", title="A Study", authors=("Ada Lovelace",))],
            ("1 record without an address or a title", "1 record that cannot be read (number 3)"),
        ),
        ("scholar.json", json.dumps(SCHOLAR), [Reference(url=ARXIV, title="A Study", authors=("Ada",), at=ADDED)], ()),
        ("links.opml", OPML, [Reference(url=ARXIV, title="A Study")], ("1 feed, which `paperround sources import` takes",)),
    ],
    ids=["bib", "ris", "csl", "scholar", "opml"],
)  # fmt: skip
def test_reading(name: str, document: str, expected: list[Reference], left_out: tuple[str, ...]) -> None:
    """Titles, authors, addresses and dates are read in every form; what names no work is counted by its reason."""
    found = read_list(name, document.encode())

    assert expected == list(found.references)
    assert left_out == found.left_out


@pytest.mark.parametrize(
    ("name", "document", "words"),
    [
        ("refs.docx", b"", "I read .bib, .ris, .json and .opml"),
        ("refs.pages", b"", "I read .bib"),
        ("refs", b"nothing here", "holds no work"),
        ("refs.enl", b"\0\1", "In EndNote choose File, Export"),
        ("refs.xml", b"<?xml version='1.0'?><xml><records/></xml>", "In EndNote choose File, Export"),
        ("refs.rdf", b"", "In Zotero choose Export Library"),
        ("refs.bib", "@a{b, title={深層学習}}".encode("shift-jis"), "in an encoding that I cannot tell. Export the list as UTF-8"),
        ("refs.json", b"{", "is no json file"),
        ("refs.json", b"[" * 100_000, "is no json file"),
        ("refs.json", b'"x"', "is no json file"),
        ("refs.opml", b"<opml>", "is no opml file"),
        ("refs.opml", b'<!DOCTYPE a [<!ENTITY b "c">]><opml/>', "is no opml file"),
        ("refs.ris", b"hello", "is no ris file"),
        ("refs.bib", b"hello", "holds no work"),
        ("refs.bib", b" " * (LARGEST + 1), "is larger than 20 MB"),
    ],
)  # fmt: skip
def test_what_is_no_list(name: str, document: bytes, words: str) -> None:
    """What is no list is refused by its name, with what to do."""
    with pytest.raises(UsageError, match=words) as refused:
        read_list(name, document)

    assert name in str(refused.value)


def test_endless() -> None:
    """Of a whole library the first five thousand works are taken, attachments aside, and the rest is said to be beyond them."""
    library = [{"itemType": "attachment", "title": "PDF"}, *({"title": f"Work {n}"} for n in range(MOST + 7))]
    found = read_list("all.json", json.dumps(library).encode())

    assert MOST == len(found.references)
    assert ("1 attachment or note", "7 works beyond the first 5,000") == found.left_out


UMLAUTS = "@misc{a, title={Künstliche Intelligenz für Müller}, author={Peña, José}}"
NAMES = ("José Peña",)


@pytest.mark.parametrize(
    ("document", "guessed"),
    [
        (UMLAUTS.encode(), ""),
        (UMLAUTS.encode("utf-8-sig"), ""),
        (UMLAUTS.encode("utf-16"), ""),
        (UMLAUTS.encode("utf-16-le"), ""),
        (UMLAUTS.encode("utf-16-be"), ""),
        (UMLAUTS.encode("utf-32"), ""),
        (UMLAUTS.encode("latin-1"), "Windows-1252 (Latin-1)"),
        (("% Encoding: ISO8859_15\n\n" + UMLAUTS).encode("iso8859-15"), ""),
        (("% Encoding: Cp1252\r\n\r\n" + UMLAUTS).encode("cp1252"), ""),
        (("% Encoding: punycode\n" + UMLAUTS).encode(), ""),
        (("@comment{old}\r" + UMLAUTS).encode("mac-roman"), "Mac Roman"),
    ],
)
def test_encodings(document: bytes, guessed: str) -> None:
    """A list is read in the encoding that it was written in; where nothing tells which, it is said what it was taken for."""
    found = read_list("refs.bib", document)

    assert ["Künstliche Intelligenz für Müller"] == [one.title for one in found.references]
    assert (NAMES, guessed) == (found.references[0].authors, found.guessed)


def test_a_broken_letter() -> None:
    """One letter that is broken does not turn the others of a file in UTF-8 into nonsense."""
    broken = UMLAUTS.encode().replace("José".encode(), b"Jos\xe9")
    found = read_list("refs.bib", broken)

    assert ("Künstliche Intelligenz für Müller", "") == (found.references[0].title, found.guessed)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8"])
def test_outlines_in_any_encoding(encoding: str) -> None:
    """An outline is read once, by its own bytes, whatever encoding it declares."""
    document = (
        f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="Müller" url="{ARXIV}"/></body></opml>'
    )

    assert [Reference(url=ARXIV, title="Müller")] == list(read_list("a.opml", document.encode(encoding)).references)


@pytest.mark.parametrize("declared", ["utf-16", "UTF-16LE", "utf-32", "cp037"])
@pytest.mark.parametrize("end", ["", " ", "  ", "   "])
def test_an_encoding_that_cannot_be(declared: str, end: str) -> None:
    """An outline in UTF-8 that declares an encoding in which its declaration could not have been read (.NET writes such) is read, whatever its length."""
    document = f'<?xml version="1.0" encoding="{declared}"?><opml><body><outline text="Müller" url="{ARXIV}"/></body></opml>{end}'

    assert [Reference(url=ARXIV, title="Müller")] == list(read_list("a.opml", document.encode()).references)


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("EndNote.txt", "TY  - JOUR\nTI  - A Study\nER  - \n"),
        ("scholar.txt", "@misc{a, title={A Study}}"),
        ("noted.txt", '[\n {"title": "A Study"}]'),
        ("links.xml", "<?xml version='1.0'?>\n<opml><body><outline text='A Study' url='https://w.example'/></body></opml>"),
    ],
)  # fmt: skip
def test_by_what_it_holds(name: str, document: str) -> None:
    """A list whose ending does not tell is read by what it holds: EndNote saves RIS as .txt."""
    assert ["A Study"] == [one.title for one in read_list(name, document.encode()).references]


def test_a_citation_among_links() -> None:
    """Notes with links are read for their links, also where one of them is followed by how it is cited."""
    document = "# To read\n- https://arxiv.org/abs/2608.01234\n```\n@misc{a, title={A Study}}\n```\nTY  - is a tag"

    assert [Reference(url=ARXIV)] == list(read_list("links.md", document.encode()).references)


def test_pasted_links() -> None:
    """A text is read for the works that it names: links, arXiv numbers, DOIs, each once."""
    document = "# To read\n- 2608.01234v2\n- arXiv:2608.01234\n* [x](https://w.example/a_(b)), doi:10.1145/3.\nIn 2024, 12.5 of 1999.12345"
    found = read_list("links.md", document.encode())

    assert [ARXIV, "https://w.example/a_(b)", "https://doi.org/10.1145/3"] == [one.url for one in found.references]


MEGABYTES = 2_000_000


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("a.txt", "https://a.example/" + ")" * MEGABYTES),
        ("a.ris", "TY  - X\nTI  - a\n" + "b\n" * MEGABYTES),
        ("a.bib", "@a{" * (MEGABYTES // 3)),
        ("a.bib", "@a{x, title={t}}\n" * (MEGABYTES // 17)),
        ("a.bib", "@a{x, title={t}, abstract={" + "\\textit{a} $x$ " * (MEGABYTES // 16) + "}}"),
        ("a.bib", "@a{x, title={t}, author={" + "A and " * (MEGABYTES // 6) + "B}}"),
    ],
    ids=["an address", "lines without end", "never closed", "one key", "an abstract", "people"],
)
def test_made_to_take_long(name: str, document: str) -> None:
    """A list that was made to take long is read within seconds: each of these took minutes, or grew with the square of its size."""
    began = process_time()
    with contextlib.suppress(UsageError):
        read_list(name, document.encode())

    assert process_time() - began < 20


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["a.bib", "a.ris", "a.json", "a.opml", "a.txt", "a.xml"]),
    st.binary(max_size=300) | st.text(max_size=300).map(str.encode),
)
def test_anything(name: str, document: bytes) -> None:
    """Whatever is handed over is read, or refused by its name."""
    with contextlib.suppress(UsageError):
        assert read_list(name, document).references


@pytest.mark.parametrize("ending", ["bib", "ris", "json", "opml", "txt"])
def test_a_list_without_a_work(ending: str) -> None:
    """Who gives a list without a work is shown how one is written there, and that can be read; an empty file is called so."""
    nothing = {"ris": b"TY  - JOUR\nER  - ", "json": b"[1]", "opml": b"<opml><body/></opml>"}.get(ending, b"nothing")
    with pytest.raises(UsageError, match=r"holds no work with an address or a title\.") as refused:
        read_list(f"some.{ending}", nothing)
    (shown,) = re.findall(r"Write a work like (.+), or export the list again\.", str(refused.value))
    written = shown.replace(", one a line", "").replace(" and ER", ", ER").removesuffix(", each on its own line")
    written = written.replace(", ", "\n") if ending == "ris" else written
    written = f"<opml><body>{written}</body></opml>" if ending == "opml" else written

    assert 1 == len(read_list(f"some.{ending}", written.encode()).references)
    with pytest.raises(UsageError, match=rf"^empty\.{ending} is empty\. Export the list again\.$"):
        read_list(f"empty.{ending}", b" \n")


@pytest.mark.parametrize(("name", "document"), [("a.json", b'[\n{"title"'), ("a.opml", b"<opml>\n<body>")])
def test_where_it_breaks_off(name: str, document: bytes) -> None:
    """Of a file that breaks off the line is told."""
    with pytest.raises(UsageError, match="that I can read: line 2 is wrong"):
        read_list(name, document)
