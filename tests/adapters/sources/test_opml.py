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
