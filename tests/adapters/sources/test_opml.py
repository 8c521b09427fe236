from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.opml import read_opml, write_opml
from bot.errors import UsageError
from bot.model import ListedFeed, Section, SourceSpec

LIST = b"""<?xml version="1.0"?><opml version="1.1"><head><title>mine</title></head><body>
<outline text="Blogs"><outline type="rss" text="One &amp; only" title="" xmlUrl="https://one.example/feed?a=1&amp;b=2"/>
<OUTLINE TITLE="Two" XMLURL=" https://two.example/atom "/><outline text="no feed"/></outline>
<outline text="again" xmlUrl="https://one.example/feed?a=1&amp;b=2"/></body></opml>"""


def spec(url: str, name: str = "It", section: Section = Section.LABS) -> SourceSpec:
    return SourceSpec(id="it", kind="feed", name=name, url=url, section=section)


def test_reads_a_list():
    """Feeds come in their order, from every level, each once, whatever the case of the names."""
    assert read_opml(LIST) == [
        ListedFeed(url="https://one.example/feed?a=1&b=2", title="One & only"),
        ListedFeed(url="https://two.example/atom", title="Two"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        b"", b"not xml", b"<html/>", b"<opml", b'<!DOCTYPE opml [<!ENTITY x "y">]><opml/>', b'<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml/>',
        b"<opml>" + b"<outline>" * 100 + b"</outline>" * 100 + b"</opml>", b'<?xml version="1.0" encoding="nonsense"?><opml/>', b" " * 5_000_001,
    ],
)  # fmt: skip
def test_refuses_what_is_none(document):
    """What is no OPML, or tries to be clever, is refused with a sentence."""
    with pytest.raises(UsageError, match="file"):
        read_opml(document)


ROW = '<outline text="{}" type="rss" xmlUrl="https://a.example/f?x=1{}y=2"/>'


def opml(*rows: str, before: str = '<?xml version="1.0"?>') -> str:
    return f'{before}<opml version="1.0"><body>{"".join(rows)}</body></opml>'


@pytest.mark.parametrize(
    "document",
    [
        opml(ROW.format("Q &amp; Ä", "&amp;")).encode(),
        opml(ROW.format("Q & Ä", "&")).encode(),
        opml(ROW.format("Q &amp; &Auml;", "&#38;")).encode(),
        opml(ROW.format("Q & Ä", "&"), before="\ufeff").encode(),
        b"\n\n " + opml(ROW.format("Q & Ä", "&")).encode(),
        opml(ROW.format("Q & Ä", "&"), before='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"),
        opml(ROW.format("Q & Ä", "&"), before='<?xml version="1.0" encoding="utf-8"?>').encode("utf-16-le"),
        opml(ROW.format("Q & Ä", "&"), before="").encode("utf-16-be"),
        opml(ROW.format("Q & Ä", "&"), before='\ufeff<?xml version="1.0"?>').encode("utf-32"),
        opml(ROW.format("Q & Ä", "&"), before='<?xml version="1.0" encoding="ISO-8859-1"?>').encode("latin-1"),
        opml(ROW.format("Q & Ä", "&"), before='<?xml version="1.0" encoding="utf-8"?>').encode("cp1252"),
        opml(ROW.format("Q & \x0cÄ", "&")).encode(),
        opml("<!-- a & b -->", '<outline text="a < b & c <d>">', ROW.format("Q & Ä", "&"), "</outline>").encode(),
        opml(ROW.format("Q & Ä", "&"), before='<?xml version="1.0"?><!DOCTYPE opml [<!ELEMENT opml ANY>]>').encode(),
        opml(ROW.format("Q & Ä", "&"), before='<!DOCTYPE opml SYSTEM "http://x.example/opml.dtd">').encode(),
        opml(ROW.format("Q & Ä", "&"), before='<!DOCTYPE opml PUBLIC "-//X//DTD OPML 1.0//EN" "opml.dtd">').encode(),
        opml(*["<outline text='g'>"] * 30, ROW.format("Q & Ä", "&"), *["</outline>"] * 30).encode(),
    ],
)
def test_reads_what_readers_write(document):
    """Bare ampersands, names of HTML, a document type, groups in groups, and whatever encoding: the feed is read."""
    assert read_opml(document) == [ListedFeed(url="https://a.example/f?x=1&y=2", title="Q & Ä")]


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("HTML+XPath", "is no feed, but a web page that FreshRSS takes apart (HTML+XPath)"),
        ("XML+XPath", "is no feed, but a document that FreshRSS takes apart (XML+XPath)"),
        ("JSON+DotNotation", "is no feed, but a document that FreshRSS takes apart (JSON+DotNotation)"),
        ("HTML+XPath+JSON+DotNotation", "is no feed, but a web page that FreshRSS takes apart (HTML+XPath+JSON+DotNotation)"),
        ("include", "is no feed, but another list: import that one by itself"),
        ("JSONFeed", None), ("RSS", None), ("atom", None), ("", None),
    ],
)  # fmt: skip
def test_names_what_is_no_feed(kind, problem):
    """A row that a reader takes apart by itself is listed as what it is, and its neighbours are read."""
    rows = (
        f'<outline text="a" type="{kind}" xmlUrl="https://a.example/"/><outline text="b" xmlUrl="https://b.example/"/>'
    )

    assert [feed.problem for feed in read_opml(opml(rows).encode())] == [problem, None]


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ("<opml>\n<body>\n<outline text=oops/>\n</body></opml>", 3),
        ('<?xml version="1.0"?>\n<opml>\n\n<body></head></opml>', 4),
        ("\n\n<opml><body>", 3),
        ('<opml>\n<outline text="a" text="b"/></opml>', 2),
        ('<!DOCTYPE opml [\n<!ENTITY a "b">]><opml/>', 2),
        ("<opml>\n" + "<outline>\n" * 60, 51),
    ],
)
def test_an_error_names_the_line(document, line):
    """What cannot be read is told by its line, as an editor counts."""
    with pytest.raises(UsageError, match=rf"line {line}\b.*Export the list of feeds"):
        read_opml(document.encode())


def test_entities_do_not_grow():
    """A document of entities is refused before any of them is written out."""
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    with pytest.raises(UsageError, match="defines an entity"):
        read_opml(f'<!DOCTYPE opml [<!ENTITY l0 "ha">{laughs}]><opml>&l9;</opml>'.encode())


def test_what_is_written_can_be_read():
    """Sections become folders, and signs of markup in names and addresses survive."""
    specs = [spec("https://a.example/?x=1&y=<2>", 'A & "B"'), spec("https://b.example/", "B", Section.COMMUNITY)]
    written = write_opml(specs)

    assert 'text="community"' in written
    assert read_opml(written.encode()) == [
        ListedFeed(url=specs[0].url, title=specs[0].name, section=Section.LABS),
        ListedFeed(url=specs[1].url, title="B", section=Section.COMMUNITY),
    ]


def test_groups_are_sections():
    """A group that is called like a section is that section, for all within it; other groups change nothing."""
    document = b"""<opml><body><outline text="Papers"><outline xmlUrl="https://a.example/"/><outline text="More">
        <outline xmlUrl="https://b.example/" text="labs"><outline xmlUrl="https://c.example/"/></outline></outline>
        <outline title="COMMUNITY" text="labs"><outline xmlUrl="https://d.example/"/></outline></outline>
        <outline text="Mine"><outline xmlUrl="https://e.example/"/></outline><outline xmlUrl="https://f.example/"/></body></opml>"""

    assert [feed.section for feed in read_opml(document)] == [
        Section.PAPERS, Section.PAPERS, Section.PAPERS, Section.COMMUNITY, None, None,
    ]  # fmt: skip


def test_sections_survive_being_written():
    """What was exported is imported into the sections that it came from."""
    specs = [spec(f"https://{section.value}.example/", section=section) for section in Section]

    assert [feed.section for feed in read_opml(write_opml(specs).encode())] == list(Section)


def test_an_empty_list_is_one():
    """Nothing to follow is a list, too."""
    assert read_opml(write_opml([]).encode()) == []


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: f"<opml><outline xmlUrl='{text}'/></opml>".encode("utf-8", "replace"))
)
def test_any_file_is_read_or_refused(document):
    """Whatever the file, there is a list or a `UsageError`."""
    with contextlib.suppress(UsageError):
        assert isinstance(read_opml(document), list)


@given(st.text(max_size=80))
def test_any_name_can_be_written(name):
    """No name breaks the document."""
    assert len(read_opml(write_opml([spec("https://x.example/feed", name)]).encode())) == 1
