"""What of a feed that breaks off is whole."""

from __future__ import annotations

import pytest

from adapters.sources.parse.cut import whole_part

RSS = b"<?xml version='1.0'?><rss><channel><item>1</item><item>2</item></channel></rss>"
ATOM = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>1</entry><entry>2</entry></feed>"
PREFIXED = b"<atom:feed xmlns:atom='http://www.w3.org/2005/Atom'><atom:entry>1</atom:entry><atom:entry>2</atom:entry></atom:feed>"
RDF = b"<rdf:RDF><channel><title>t</title></channel><item>1</item><item>2</item></rdf:RDF>"


@pytest.mark.parametrize("document", [RSS, ATOM, PREFIXED, RDF])
def test_whole_entries_are_kept(document):
    """Wherever it breaks off, the entries that are whole stay, and what is opened is closed."""
    second = document.index(b">2<") + 1
    kept, cut = whole_part(document[:second])

    assert cut
    assert b">1<" in kept
    assert b">2<" not in kept
    assert kept.endswith(document[document.rindex(b"</") :])
    assert kept.count(b"<channel>") == kept.count(b"</channel>")


@pytest.mark.parametrize("document", [RSS, ATOM, PREFIXED, RDF])
@pytest.mark.parametrize("after", [b"", b"\n\n", b"<!-- cached -->", b"<!-- " + b"x" * 9_000 + b" -->"])
def test_a_whole_one_stays_as_it_is(document, after):
    """A feed that is whole is not touched, whatever a server adds behind it."""
    assert whole_part(document + after) == (document + after, False)


@pytest.mark.parametrize("body", [b"", b"<html><body>", b'{"items": [', b"<rss><channel><title>t", b"<opml>"])
def test_what_has_nothing_whole(body):
    """What is no feed, or has no whole entry, stays as it is."""
    assert whole_part(body) == (body, False)
