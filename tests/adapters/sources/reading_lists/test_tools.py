"""Lists as the tools of a research group write them: each names its works by their addresses, with titles, abstracts and people."""

from __future__ import annotations

import json

import pytest

from adapters.sources.reading_lists.read import read_list
from bot.item_keys import item_key

TITLE = "LongLoRA: Efficient Fine-tuning of BERT"
ABSTRACT = "We present O(n^2) & 5% of <s> tokens."
PEOPLE = ("Yukang Chen", "Shengju van der Qian")

ZOTERO = r"""
@misc{chen_longlora_2024,
	title = {{LongLoRA}: {Efficient} {Fine}-tuning of {BERT}},
	url = {http://arxiv.org/abs/2309.12307},
	doi = {10.48550/arXiv.2309.12307},
	abstract = {We present O(n{\textasciicircum}2) \& 5\% of {\textless}s{\textgreater} tokens.},
	urldate = {2024-03-12},
	publisher = {arXiv},
	author = {Chen, Yukang and van der Qian, Shengju},
	note = {arXiv:2309.12307 [cs, stat]
Comment: 9 pages},
	file = {Preprint PDF:/home/me/Zotero/x.pdf:application/pdf},
}"""
BETTER_BIBTEX = r"""
@online{chenLongLoRA2024,
  title = {{{LongLoRA}}: {{Efficient Fine-tuning}} of {{BERT}}},
  author = {Chen, Yukang and family=Qian, given=Shengju, prefix=van der, useprefix=true},
  date = {2024-03-08}, eprint = {2309.12307}, eprinttype = {arXiv}, eprintclass = {cs},
  abstract = {We present O(n\textasciicircum 2) \& 5\% of \textless s\textgreater{} tokens.},
  urldate = {2024-03-12}, pubstate = {prepublished}
}"""
MENDELEY = r"""
@article{Chen2024,
abstract = {We present O(n{\^{}}2) {\&} 5{\%} of {\textless}s{\textgreater} tokens.},
archivePrefix = {arXiv}, arxivId = {2309.12307},
author = {Chen, Yukang and van der Qian, Shengju},
eprint = {2309.12307},
title = {{LongLoRA: Efficient Fine-tuning of BERT}},
url = {http://arxiv.org/abs/2309.12307 http://x.example/a{\_}b},
mendeley-groups = {To read}
}"""
PAPERPILE = r"""
@UNPUBLISHED{Chen2024-ab,
  title         = "{LongLoRA}: Efficient Fine-tuning of {BERT}",
  author        = "Chen, Yukang and van der Qian, Shengju",
  abstract      = "We present O(n\^{}2) \& 5\% of \textless{}s\textgreater{} tokens.",
  month         =  mar, year = 2024, archivePrefix = "arXiv", primaryClass = "cs.CL", eprint = "2309.12307"
}"""
JABREF = r"""
% Encoding: UTF-8
@Article{Chen2024,
  author       = {Yukang Chen and Shengju van der Qian},
  title        = {{LongLoRA}: Efficient Fine-tuning of {BERT}},
  abstract     = {We present O(n^2) & 5% of <s> tokens.},
  creationdate = {2024-03-12T10:00:00},
  eprint       = {arXiv:2309.12307v3},
  file         = {:http\://arxiv.org/pdf/2309.12307v3:PDF},
  groups       = {Efficiency},
}

@Comment{jabref-meta: databaseType:biblatex;}"""
GOOGLE_SCHOLAR = r"""
@article{chen2023longlora,
  title={LongLoRA: Efficient Fine-tuning of BERT},
  author={Chen, Yukang and van der Qian, Shengju and others},
  journal={arXiv preprint arXiv:2309.12307},
  year={2023}
}"""
SEMANTIC_SCHOLAR = r"""
@article{Chen2023LongLoRAEF,
  title={LongLoRA: Efficient Fine-tuning of BERT},
  author={Yukang Chen and Shengju van der Qian},
  journal={ArXiv}, year={2023}, volume={abs/2309.12307},
  url={https://api.semanticscholar.org/CorpusID:262084134}
}"""
DBLP = r"""
@article{DBLP:journals/corr/abs-2309-12307,
  author       = {Yukang Chen and
                  Shengju van der Qian},
  title        = {LongLoRA: Efficient Fine-tuning of {BERT}},
  journal      = {CoRR}, volume = {abs/2309.12307}, year = {2023},
  url          = {https://doi.org/10.48550/arXiv.2309.12307},
  biburl       = {https://dblp.org/rec/journals/corr/abs-2309-12307.bib}
}"""
BY_HAND = r"""
@misc{chen, author = "Chen, Yukang and van der Qian, Shengju", title = "LongLoRA: Efficient {Fine-tuning} of BERT",
  howpublished = "\url{https://arxiv.org/abs/2309.12307}"}"""
ZOTERO_RIS = """TY  - GEN\r
TI  - LongLoRA: Efficient Fine-tuning of BERT\r
AU  - Chen, Yukang\r
AU  - van der Qian, Shengju\r
AB  - We present O(n^2) & 5% of\r
AB  - <s> tokens.\r
DA  - 2024/03/08/\r
DO  - 10.48550/arXiv.2309.12307\r
UR  - http://arxiv.org/abs/2309.12307\r
Y2  - 2024/03/12/10:00:00\r
N1  - arXiv:2309.12307 [cs]\r
ER  - \r
"""
ENDNOTE_RIS = """TY  - JOUR
AU  - Chen, Yukang
AU  - van der Qian, Shengju
T1  - LongLoRA: Efficient Fine-tuning of BERT
JO  - arXiv preprint arXiv:2309.12307
N2  - We present O(n^2) & 5% of <s> tokens.
UR  - <Go to ISI>://WOS:000
ER  -

TY  - JOUR
TI  - The next one, without its end
"""
MENDELEY_RIS = """TY - JOUR
T1 - LongLoRA: Efficient Fine-tuning of BERT
A1 - Chen, Yukang
A1 - van der Qian, Shengju
AB - We present O(n^2) & 5% of <s> tokens.
UR - http://arxiv.org/abs/2309.12307
ER -
"""
ZOTERO_API = [
    {
        "key": "AB",
        "data": {
            "itemType": "preprint",
            "title": TITLE,
            "abstractNote": ABSTRACT,
            "archiveID": "arXiv:2309.12307",
            "creators": [
                {"creatorType": "author", "firstName": "Yukang", "lastName": "Chen"},
                {"creatorType": "author", "firstName": "Shengju", "lastName": "van der Qian"},
                {"creatorType": "editor", "name": "Springer, Inc."},
            ],
            "dateAdded": "2024-03-12T10:00:00Z",
        },
    },
    {"key": "N", "data": {"itemType": "attachment", "title": "Snapshot", "url": "http://arxiv.org/abs/2309.12307"}},
    {"key": "M", "data": {"itemType": "note", "note": "hi"}},
]
BETTER_BIBTEX_JSON = {
    "config": {"label": "BetterBibTeX JSON"},
    "collections": {},
    "items": [{**ZOTERO_API[0]["data"], "attachments": [{"itemType": "attachment", "title": "Full", "url": "x"}]}],
}
CSL = [
    {
        "id": "http://zotero.org/users/1/items/AB",
        "type": "article",
        "title": 'LongLoRA: Efficient Fine-tuning of <span class="nocase">BERT</span>',
        "abstract": ABSTRACT,
        "number": "arXiv:2309.12307",
        "author": [{"family": "Chen", "given": "Yukang"}, {"family": "van der Qian", "given": "Shengju"}],
        "accessed": {"date-parts": [["2024", 3, 12]]},
    }
]  # fmt: skip
CSL_NOTE = [{**CSL[0], "number": None, "note": "ArXiv: 2309.12307 [cs]\nPMID: 1"}]
S2_WORK = {
    "paperId": "x",
    "title": TITLE,
    "abstract": ABSTRACT,
    "externalIds": {"ArXiv": "2309.12307", "CorpusId": 1},
    "url": "https://www.semanticscholar.org/paper/x",
    "authors": [{"authorId": "1", "name": PEOPLE[0]}, {"authorId": "2", "name": PEOPLE[1]}],
    "references": [{"title": "A cited one"}],
}
PAPERPILE_JSON = [
    {
        "title": TITLE,
        "abstract": ABSTRACT,
        "author": [{"first": "Yukang", "last": "Chen"}, {"first": "Shengju", "last": "van der Qian"}],
        "arxivid": "2309.12307",
        "url": ["http://x.example", "http://arxiv.org/abs/2309.12307"],
        "created": 1710237600,
    }
]
HUGGING_FACE = {
    "slug": "o/efficient",
    "title": "Efficient",
    "items": [{"type": "paper", "id": "2309.12307", "title": TITLE, "summary": ABSTRACT, "authors": [{"name": PEOPLE[0]}, {"name": PEOPLE[1]}]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "document", "abstract", "added"),
    [
        ("zotero.bib", ZOTERO, True, "2024-03-12"),
        ("bbt.bib", BETTER_BIBTEX, True, "2024-03-12"),
        ("mendeley.bib", MENDELEY, True, None),
        ("paperpile.bib", PAPERPILE, True, None),
        ("jabref.bib", JABREF, True, "2024-03-12"),
        ("scholar.bib", GOOGLE_SCHOLAR, False, None),
        ("s2.bib", SEMANTIC_SCHOLAR, False, None),
        ("dblp.bib", DBLP, False, None),
        ("hand.bib", BY_HAND, False, None),
        ("zotero.ris", ZOTERO_RIS, True, "2024-03-12"),
        ("endnote.txt", ENDNOTE_RIS, True, None),
        ("mendeley.ris", MENDELEY_RIS, True, None),
        ("zotero_api.json", json.dumps(ZOTERO_API), True, "2024-03-12"),
        ("bbt.json", json.dumps(BETTER_BIBTEX_JSON), True, "2024-03-12"),
        ("csl.json", json.dumps(CSL), True, "2024-03-12"),
        ("csl_note.json", json.dumps(CSL_NOTE), True, "2024-03-12"),
        ("s2.json", json.dumps(S2_WORK), True, None),
        ("s2_cited.json", json.dumps({"data": [{"citedPaper": S2_WORK}]}), True, None),
        ("s2_likely.json", json.dumps({"recommendedPapers": [S2_WORK]}), True, None),
        ("paperpile.json", json.dumps(PAPERPILE_JSON), True, "2024-03-12"),
        ("collection.json", json.dumps(HUGGING_FACE), True, None),
    ],
)
def test_tools(name: str, document: str, *, abstract: bool, added: str | None) -> None:
    """What a tool says of a work is read whole: its title without braces, its abstract where it has one, its people, its number, its day."""
    found = read_list(name, document.encode()).references[0]

    assert (TITLE, PEOPLE) == (found.title, found.authors)
    assert "arxiv:2309.12307" == item_key(found.url)
    assert (ABSTRACT if abstract else "") == found.abstract
    assert added == (found.at and f"{found.at:%Y-%m-%d}")


def test_what_zotero_keeps_beside() -> None:
    """Attachments and notes are no works, though they have titles and addresses."""
    found = read_list("api.json", json.dumps(ZOTERO_API).encode())

    assert (1, ("2 attachments or notes",)) == (len(found.references), found.left_out)


def test_a_record_without_its_end() -> None:
    """The last record of a RIS file counts, too, where its end is missing."""
    assert ["The next one, without its end"] == [
        one.title for one in read_list("e.ris", ENDNOTE_RIS.encode()).references[1:]
    ]


def test_merged_files() -> None:
    """Two works under one key, and one with a field twice, are read: files that were merged have both. One that is cut off is counted."""
    merged = """@article{smith, title={One}}
@article{smith, title={Another}}
@article{b, title={A third}, file={x}, file={y}}
@article{c, title={cut off
@article{d, title={The last}}"""
    found = read_list("merged.bib", merged.encode())

    assert ["One", "Another", "A third", "The last"] == [one.title for one in found.references]
    assert ("1 record that cannot be read (c (line 4))",) == found.left_out


def test_people_of_a_bibliography() -> None:
    """Names of organisations stay whole, particles where they belong, and 'others' is nobody."""
    names = r"{DeepSeek-AI} and {Barnes and Noble, Inc.} and van Beethoven, Ludwig and {\O}rsted, Andr{\'e} and others"
    found = read_list("a.bib", f"@misc{{a, title={{A}}, author={{{names}}}}}".encode())

    assert ("DeepSeek-AI", "Barnes and Noble, Inc.", "Ludwig van Beethoven", "André Ørsted") == found.references[
        0
    ].authors
