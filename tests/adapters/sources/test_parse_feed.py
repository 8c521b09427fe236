from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.parse import feed as documents
from adapters.sources.parse.document import Unreadable
from adapters.sources.parse.feed import Reading, parse_feed
from bot.dedupe import mentions_of
from bot.model import ItemKind, Section
from tests.adapters.sources.conftest import NOW

DATA = Path(__file__).parent / "data"
READING = Reading(
    source_id="it", kind=ItemKind.POST, section=Section.LABS, url="https://feeds.example/feed.xml", now=NOW
)


def told(value):
    """A value in the form of the expectation files."""
    return value.isoformat() if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", ["plain.rss", "nested.atom", "wrong_types.json"])
def test_reads(name):
    """Each format, with the faults that real feeds have, gives what stands in the file beside it."""
    expected = json.loads((DATA / f"{name}.json").read_text())
    found = parse_feed((DATA / name).read_bytes(), READING)

    wanted = expected.pop("entries")
    assert expected == {key: told(getattr(found, key)) for key in expected}
    assert wanted == [
        {key: told(getattr(entry, key)) for key in want} for entry, want in zip(found.entries, wanted, strict=True)
    ]


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>t</title><link>https://x.example</link>{"".join(items)}</channel></rss>'.encode()


def item(number: int, date: datetime | None = None, **more: str) -> str:
    fields = {"title": f"entry {number}", "link": f"https://x.example/{number}", "guid": str(number), **more}
    if date:
        fields["pubDate"] = f"{date:%a, %d %b %Y %H:%M:%S GMT}"
    return f"<item>{''.join(f'<{name}>{value}</{name}>' for name, value in fields.items())}</item>"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ('<media:thumbnail url="https://cdn.example.org/a.png"/>', "https://cdn.example.org/a.png"),
        ('<media:content url="https://cdn.example.org/b.jpg" medium="image"/>', "https://cdn.example.org/b.jpg"),
        (
            '<enclosure url="https://cdn.example.org/c.webp" type="image/webp" length="1"/>',
            "https://cdn.example.org/c.webp",
        ),
        ('<enclosure url="https://cdn.example.org/talk.mp3" type="audio/mpeg" length="1"/>', None),
        ('<media:thumbnail url="http://cdn.example.org/a.png"/>', None),
        ('<media:thumbnail url="https://192.168.0.1/a.png"/>', None),
        ('<media:thumbnail url="javascript:alert(1)"/>', None),
        ('<media:thumbnail url="/a.png"/>', "https://x.example.org/a.png"),
    ],
)
def test_pictures(given, found):
    """A feed's thumbnail is the entry's picture, else a picture that it has or encloses; an address that is not safe to show is none."""
    head = '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>t</title><link>https://x.example.org</link>'
    body = (
        f"{head}<item><title>a</title><link>https://x.example.org/1</link><guid>1</guid>{given}</item></channel></rss>"
    )

    (entry,) = parse_feed(body.encode(), READING).entries

    assert found == entry.picture


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "gave an empty answer"),
        (b" \r\n\t", "gave an empty answer"),
        (b"\xef\xbb\xbf", "gave an empty answer"),
        (b"<!doctype html><title>Just a moment...</title>", "gave an HTML page instead of a feed"),
        (b"<!-- hi --> <HTML><body>", "gave an HTML page instead of a feed"),
        (b"/etc/passwd", "gave something that is not a feed"),
        (str(Path(__file__).parent / "data" / "plain.rss").encode(), "gave something that is not a feed"),
        (b"http://127.0.0.1/feed.xml", "gave something that is not a feed"),
        (bytes(range(256)) * 40, "gave something that is not a feed"),
        (b'<?xml version="1.0" encoding="\x00UTF-8"?><rss version="2.0"/>', "gave XML that is not a feed"),
        (b"<opml version='2.0'/>", "gave XML that is not a feed"),
        (b'{"error": "no"}', "gave JSON that is not a feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', "gave JSON that is not a feed"),
        (b'{"version": "https://jsonfeed.org/vers', "gave JSON that is broken"),
        (b'{"a":' * 100_000, "gave JSON that is broken"),
        (b"[1, 2]", "gave JSON that is not a feed"),
    ],
)
def test_names_what_is_no_feed(body, reason):
    """What is no feed is an error that says what it is; a body that is a path or an address is never opened."""
    with pytest.raises(Unreadable, match=reason):
        parse_feed(body, READING)


def test_an_empty_feed_is_no_error():
    """A feed without entries is a feed."""
    assert parse_feed(rss(), READING).entries == ()


def test_keeps_the_newest_500():
    """Of a feed of thousands the newest 500 are kept, whatever their order, and the rest is counted."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = parse_feed(rss(*(item(n, start + timedelta(minutes=n)) for n in range(1200))), READING)

    assert {entry.external_id for entry in found.entries} == {str(n) for n in range(700, 1200)}
    assert found.note == "kept the newest 500 entries and left 700 out"


@pytest.mark.parametrize(("minute", "missed"), [(600, True), (700, False)])
def test_tells_a_cut_archive_from_cut_news(minute, missed):
    """What is left out of an archive is missed by nobody; where it is of the window, the feed was read in part."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    reading = replace(READING, since=start + timedelta(minutes=minute))
    found = parse_feed(rss(*(item(n, start + timedelta(minutes=n)) for n in range(1200))), reading)

    assert (found.partial, found.note) == (missed, "kept the newest 500 entries and left 700 out")


def test_undated_ones_come_last():
    """Entries without a date push none with a date out: they follow in the feed's own order, as far as there is room."""
    start = datetime(2026, 8, 1, tzinfo=UTC)
    undated = [item(n) for n in range(1000, 1600)]
    found = parse_feed(rss(*undated, *(item(n, start + timedelta(minutes=n)) for n in range(30))), READING)

    expected = [*(str(n) for n in reversed(range(30))), *(str(n) for n in range(1000, 1470))]
    assert [entry.external_id for entry in found.entries] == expected
    assert found.note == "kept the newest 500 entries and left 130 out"


def test_leaves_old_ones_out_beyond_the_newest_few():
    """Of a whole archive, what is older than asked for is left out beyond the newest `archive`; undated ones stay."""
    since = datetime(2026, 8, 10, tzinfo=UTC)
    old = [item(n, since - timedelta(days=n)) for n in range(1, 50)]
    new = [item(100 + n, since + timedelta(hours=n)) for n in range(6)]
    reading = Reading(**{**{name: getattr(READING, name) for name in READING.__slots__}, "since": since, "archive": 3})
    found = parse_feed(rss(*old, *new, item(200)), reading)

    assert {entry.external_id for entry in found.entries} == {"100", "101", "102", "103", "104", "105", "200"}
    assert found.newest == since + timedelta(hours=5)


def test_a_date_to_come_says_nothing_of_freshness():
    """An entry dated in the future keeps its date, but is not the newest word of its feed."""
    found = parse_feed(rss(item(1, NOW - timedelta(days=2)), item(2, NOW + timedelta(days=30))), READING)

    assert found.newest == NOW - timedelta(days=2)
    assert max(entry.published for entry in found.entries) == NOW + timedelta(days=30)


def test_tells_apart_what_has_no_name():
    """Entries without guid and link are told apart by title and date, the same way every time."""
    body = rss("<item><title>a</title></item>", "<item><title>b</title></item>", "<item><title>a</title></item>")
    first, second = parse_feed(body, READING), parse_feed(body, READING)

    assert len(first.entries) == 2
    assert [entry.external_id for entry in first.entries] == [entry.external_id for entry in second.entries]


def test_bounds_what_it_passes_on():
    """Titles, abstracts, names and identities have a longest length."""
    body = rss(item(1, title="x" * 5000, guid="g" * 5000, description="word " * 5000, author="n" * 5000))
    (entry,) = parse_feed(body, READING).entries

    assert (len(entry.title), len(entry.external_id) < 300) == (300, True)
    assert len(entry.abstract) <= 1500
    assert all(len(author) <= 100 for author in entry.authors)


def test_authors_that_name_nobody():
    """An author without a letter or digit is none."""
    body = rss(item(1, title="A note", author=":"), item(2, title="Another", author="3Blue1Brown"))

    assert [(), ("3Blue1Brown",)] == [entry.authors for entry in parse_feed(body, READING).entries]


def test_a_bomb_of_entities_is_defused():
    """Entities within entities give no more than a few characters or an error, never gigabytes."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    body = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]><rss version="2.0"><channel><item><title>&l11;</title></item></channel></rss>'.encode()
    try:
        found = parse_feed(body, READING)
    except Unreadable:
        return

    assert all(len(entry.title) <= 300 for entry in found.entries)


def test_never_reads_files_for_a_feed():
    """An external entity is not resolved."""
    secret = DATA / "issue.html"
    body = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]><rss version="2.0"><channel><item><title>a &x;</title><link>https://x.example/</link></item></channel></rss>'.encode()
    found = parse_feed(body, READING)

    assert "Welcome" not in repr(found)


def test_learns_how_often_a_feed_speaks():
    """The rhythm is that of all dated entries, also of those left out; dates to come and bursts say nothing."""
    weekly = [item(n, NOW - timedelta(days=7 * n)) for n in range(1, 12)]
    burst = [item(100 + n, NOW - timedelta(days=7, minutes=n)) for n in range(5)]
    reading = replace(READING, since=NOW - timedelta(days=3), archive=1)
    found = parse_feed(rss(*weekly, *burst, item(999, NOW + timedelta(days=90))), reading)

    assert found.rhythm_days == 7
    assert parse_feed(rss(item(1, NOW), item(2, NOW)), reading).rhythm_days is None


def test_a_summary_cut_in_mid_word_is_closed():
    """A summary that stops in mid-word says that it goes on; a text that is given whole keeps its last word."""
    cut_short, whole = "It is easier to read. " * 10 + "For fun, I dec", "It is easier to read. " * 10 + "So it is"
    content = f"<content:encoded>{whole}</content:encoded>"
    items = [item(1, description=cut_short), item(2, description=whole).replace("</item>", f"{content}</item>")]
    body = rss(*items).replace(b"<rss ", b'<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" ')

    assert ["For fun, I…", "So it is"] == [
        entry.abstract.rpartition("read. ")[2] for entry in parse_feed(body, READING).entries
    ]


def test_formulas_are_readable():
    """TeX on a blog is written as people read it; what only looks like it is left."""
    items = [
        r"<item><title>On $\nabla L$</title><description>The step is $\alpha \nabla L$.</description></item>",
        "<item><title>Is it 50$ or 60$?</title><description>From $5 to $10, -- in $HOME.</description></item>",
    ]
    found = [(entry.title, entry.abstract) for entry in parse_feed(rss(*items), READING).entries]

    assert [("On ∇ L", "The step is α ∇ L."), ("Is it 50$ or 60$?", "From $5 to $10, -- in $HOME.")] == found


def test_a_caption_is_no_summary():
    """The words under a picture are not the entry's own, wherever they stand; unless there are no others."""
    media = '<media:content url="https://x.example/p.png"/><media:description>A cat &amp;amp; a dog</media:description>'
    body = (
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><link>https://x.example</link>'
        f"<item><title>a</title>{media}<description>&lt;p&gt;Real.&lt;/p&gt;</description></item>"
        f"<item><title>b</title><description>Real.</description>{media}</item>"
        f"<item><title>c</title>{media}<description>Real.</description><content:encoded>&lt;p&gt;The full text.&lt;/p&gt;</content:encoded></item>"
        f"<item><title>d</title>{media}</item></channel></rss>"
    ).encode()
    found = {entry.title: entry for entry in parse_feed(body, READING).entries}

    assert [found[title].abstract for title in "abcd"] == ["Real.", "Real.", "Real.", "A cat & a dog"]
    assert (found["c"].words, found["a"].words) == (3, None)


@given(
    st.binary(max_size=200)
    | st.text(max_size=300).map(
        lambda text: (
            f"<rss><channel><item><title>{text}</title><link>{text}</link><guid>{text}</guid></item></channel></rss>".encode(
                "utf-8", "replace"
            )
        )
    )
)
def test_any_document_is_read_or_named(body):
    """Whatever the document, there is a feed or an `Unreadable`; what is read is short and leads to the web."""
    try:
        found = parse_feed(body, replace(READING, links=True, marketing=(), by_title=True, since=NOW))
    except Unreadable:
        return

    assert all(len(entry.title) <= 300 and len(entry.abstract) <= 1500 for entry in found.entries)
    assert all(entry.url.startswith(("http://", "https://")) for entry in found.entries)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "id title url content_html content_text summary date_published tags authors author name external_url".split()
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=4), json_values, json_values)
def test_any_json_is_read_or_named(items, title, home):
    """Fields of every wrong type are passed over."""
    document = {"version": "https://jsonfeed.org/version/1.1", "title": title, "home_page_url": home, "items": items}

    assert len(parse_feed(json.dumps(document).encode(), READING).entries) <= len(items)


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "https://x.example", "https://x.example/#{}"])
def test_entries_without_a_page_of_their_own(link):
    """Each of them is a work of its own, known again when the feed is read again; it leads to the feed's page."""
    links = [link.format(number) for number in (1, 2)]
    feed = rss(*(item(number, link=one) for number, one in enumerate(links)))
    first, again = [
        [mention.key for entry in parse_feed(feed, READING).entries for mention in mentions_of(entry, NOW)]
        for _ in "12"
    ]

    assert 2 == len(set(first))
    assert first == again
    assert {"https://x.example"} == {one.url.partition("#")[0].rstrip("/") for one in parse_feed(feed, READING).entries}


PRIVATE = "https://me:s3cret-pw@feeds.example/all.xml?token=s3cret-tok&page=1#top"


@pytest.mark.parametrize("link", ["", "#c1", "?x=1", PRIVATE.replace("me:s3cret-pw@", "").replace("&", "&amp;")])
@pytest.mark.parametrize("page", ["", "https://feeds.example/all.xml?token=s3cret-tok"])
@pytest.mark.parametrize(
    "body",
    [
        '<rss version="2.0"><channel><title>t</title><link>{page}</link><item><title>one</title><link>{link}</link><guid>{link}</guid></item></channel></rss>',
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><link href="{page}"/><entry><title>one</title><link href="{link}"/><id>{link}</id></entry></feed>',
        '{{"version": "https://jsonfeed.org/version/1.1", "home_page_url": "{page}", "items": [{{"id": "{link}", "title": "one", "url": "{link}"}}]}}',
    ],
)
def test_never_shows_what_opens_it(body, page, link):
    """An entry without a page of its own is not given the feed's address with user and query, nor is one that names it."""
    found = parse_feed(
        body.format(page=page, link=link).encode(),
        replace(READING, url=PRIVATE, links=True, section=Section.NEWSLETTERS),
    )

    assert len(found.entries) == 1
    assert found.entries[0].url.startswith("https://feeds.example/all.xml")
    assert "s3cret" not in repr(found)


def test_never_shows_a_path_that_opens_it():
    """A key may be a part of the path, too: then the site alone is left."""
    url = "https://feeds.example/private/a1b2c3d4e5f6a7b8c9d0e1f2/rss"
    (entry,) = parse_feed(
        b"<rss version='2.0'><channel><item><title>one</title></item></channel></rss>", replace(READING, url=url)
    ).entries

    assert entry.url == "https://feeds.example/"


def test_a_query_that_is_no_key_stays():
    """Addresses that differ in their query only are kept apart, though the feed's own has one."""
    url = "https://feeds.example/?feed=rss2"
    found = parse_feed(
        rss(item(1, link="https://feeds.example/?p=1"), item(2, link="https://feeds.example/?p=2")),
        replace(READING, url=url),
    )

    assert [entry.url for entry in found.entries] == ["https://feeds.example/?p=1", "https://feeds.example/?p=2"]


@given(st.text(st.characters(max_codepoint=127)) | st.text(st.sampled_from("<>a \n\t\x0b\x1c\x1f\x7f")) | st.text())
def test_counts_the_words_of_any_text(html):
    """Words are counted without being made, and are as many as if they had been."""
    assert documents._length(html) == len(re.sub(r"<[^>]*>", " ", html).split())
