"""Every entry of a feed is the work that it is: none swallows another, none is mistaken for another."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest

from adapters.sources.parse.feed import LinkUse, ParsedFeed, Reading, parse_feed
from bot.dedupe import mentions_of
from bot.model import Entry, ItemKind, Section

NOW = datetime(2026, 8, 17, 9, tzinfo=UTC)


def read(body: str | bytes, source: str = "it", **what: object) -> ParsedFeed:
    reading = {
        "kind": ItemKind.POST,
        "section": Section.LABS,
        "url": f"https://{source}.example/feed",
        "since": NOW - timedelta(days=7),
        "now": NOW,
        "links": LinkUse.ABOUT,
    }
    return parse_feed(body.encode() if isinstance(body, str) else body, Reading(source_id=source, **(reading | what)))


def rss(*items: str, title: str = "Feed", page: str = "https://it.example/") -> str:
    return f'<rss version="2.0"><channel><title>{title}</title><link>{page}</link>{"".join(items)}</channel></rss>'


def item(
    title: str = "", link: str = "", guid: str = "", date: str = "Thu, 13 Aug 2026 10:00:00 GMT", body: str = "words"
) -> str:
    named = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return (
        f"<item><title>{escape(title)}</title><link>{link}</link>{named}<pubDate>{date}</pubDate>"
        f"<description>{escape(body)}</description></item>"
    )


def keys(feed: ParsedFeed) -> list[str]:
    return [next(m.key for m in mentions_of(entry, NOW) if m.direct) for entry in feed.entries]


def atom(*entries: str, title: str = "Release notes from tool") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><id>t</id><title>{title}</title>{"".join(entries)}</feed>'


def release(name: str, kind: str = "releases/tag", host: str = "github.com/acme/tool") -> str:
    return (
        f'<entry><id>tag:{name}</id><updated>2026-08-13T10:00:00Z</updated><title>{name}</title><content type="html">notes of {name}</content>'
        f'<link rel="alternate" href="https://{host}/{kind}/{name}"/></entry>'
    )


class TestOneEntryOneWork:
    @pytest.mark.parametrize(
        "items",
        [
            [item(f"Change {n}", f"https://docs.example/log#2026-08-1{n}", f"g{n}") for n in range(3)],
            [item(f"Change {n}", f"https://docs.example/log#2026-08-1{n}") for n in range(3)],
            [item(f"Episode {n}", "https://pod.example/show?src=rss", f"ep-{n}") for n in range(3)],
            [item(f"Poll {n}", "https://polls.example/poll.html") for n in range(3)],
            [item("Poll", "https://polls.example/poll.html", date=f"1{n} Aug 2026 10:00:00 GMT") for n in range(3)],
            [item(f"Note {n}", f"https://notes.example/{n}", "same") for n in range(3)],
            [item(f"Note {n}", "https://notes.example/all", "same") for n in range(3)],
            [item(f"Change {n}", "https://github.com/acme/tool", f"g{n}") for n in range(3)],
            [item(f"v1.{n}", f"https://github.com/acme/tool/releases/tag/v1.{n}", f"g{n}") for n in range(3)],
            [item(f"Fix {n}", f"https://github.com/acme/tool/commit/abc{n}", f"g{n}") for n in range(3)],
            [item(f"v1.{n}", f"https://gitlab.com/a/b/-/tags/v1.{n}", f"g{n}") for n in range(3)],
        ],
    )
    def test_are_as_many_works_as_entries(self, items: list[str]) -> None:
        """Entries with guids, titles or dates of their own are works of their own, wherever they lead."""
        assert len(set(keys(read(rss(*items))))) == len(items)

    def test_said_twice(self) -> None:
        """Entries of the same title, instant and text are one work, whatever their guids."""
        twice = [item("One", "https://a.example/1", "a"), item("One", "https://a.example/1?x", "b")]

        assert len(read(rss(*twice)).entries) == 1

    def test_a_session_in_the_address(self) -> None:
        """Without a guid, a session's name in the address makes no other entry of it."""
        first, second = (
            read(rss(item("One", f"https://a.example/1?sid={sid}"))).entries[0].external_id
            for sid in ("8f3ab0c1d2e4", "0ba4c2d1e3f5")
        )

        assert first == second

    def test_a_repost_is_the_same_post(self) -> None:
        """A post and its repost lead to one post, which is a mention of the work in their text."""
        posts = [
            item("New paper https://arxiv.org/abs/2608.08888", "https://nitter.example/ana/status/17#m", "17"),
            item(
                "RT by @bob: New paper https://arxiv.org/abs/2608.08888", "https://nitter.example/ana/status/17#m", "18"
            ),
        ]
        found = read(rss(*posts))

        assert keys(found) == ["arxiv:2608.08888"] * 2
        assert [entry.title for entry in found.entries] == ["New paper"] * 2


class TestReleases:
    @pytest.mark.parametrize(
        ("entry", "title"),
        [
            (release("v13"), "acme/tool v13"),
            (release("Tool 13.1"), "Tool 13.1"),
            (release("Big cleanup"), "acme/tool Big cleanup"),
            (release("Mend the cache", "commit"), "acme/tool: Mend the cache"),
            (release("Tool crashes", "issues"), "Tool crashes"),
            (release("v2", "-/releases", "gitlab.com/group/sub/lib"), "group/sub/lib v2"),
            (release("1.2.3", "project/thing", "packages.example"), "thing 1.2.3"),
            (release("A post", "blog", "lab.example"), "A post"),
        ],
    )
    def test_carry_their_project(self, entry: str, title: str) -> None:
        """A release's title carries its project, where it does not name it; any other title stays as it is."""
        assert [each.title for each in read(atom(entry)).entries] == [title]


class TestTitles:
    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("Does <think> help?", "Does <think> help?"),
            ("From <s> to </s>", "From <s> to </s>"),
            ("A List<T> of x<y and <b>bold</b>", "A List<T> of x<y and bold"),
            ("x <b and c> d", "x <b and c> d"),
            ("<|endoftext|> &lt;a&gt; &amp; more", "<|endoftext|> <a> & more"),
            ('<a href="https://x.example">Linked</a><br/>twice', "Linked twice"),
            ("E<sub>2</sub> <mml:math><mml:mi>x</mml:mi></mml:math>", "E2 x"),
            ("<script>alert(1)</script>Safe", "Safe"),
        ],
    )
    def test_keep_what_is_no_element(self, written: str, shown: str) -> None:
        """Elements of HTML go, all else that looks like one stays, and references are resolved once."""
        assert [each.title for each in read(rss(item(written, "https://a.example/1", "g"))).entries] == [shown]

    def test_literal(self) -> None:
        """What Atom calls text, and every title of JSON, is shown as it is written."""
        written = "A <b>tag</b> & List<T>"
        in_atom = atom(
            f'<entry><id>1</id><title type="text">{escape(written)}</title><link href="https://a.example/1"/></entry>'
        )
        in_json = json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "F",
                "items": [{"id": "1", "url": "https://a.example/1", "title": written, "content_text": written}],
            }
        )

        assert [read(body).entries[0].title for body in (in_atom, in_json)] == [written] * 2
        assert read(in_json).entries[0].abstract == written


class TestExcerpts:
    def abstract(self, body: str, full: str = "") -> str:
        content = f"<content:encoded>{escape(full)}</content:encoded>" if full else ""
        entry = item("T", "https://a.example/1", "g", body=body).replace("</item>", f"{content}</item>")
        feed = rss(entry).replace("<rss ", '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" ')
        return read(feed).entries[0].abstract

    def test_markdown(self) -> None:
        """Markdown that a feed hands on as it was written is shown without its signs; what is none stays."""
        assert (
            self.abstract("## News\n\n**Bold** [words](https://b.example/a_b) and `code`") == "News Bold words and code"
        )
        assert self.abstract("<p>**Bold** and 2**10</p>") == "Bold and 2**10"
        assert self.abstract("snake_case * 2 and a_b") == "snake_case * 2 and a_b"

    def test_is_not_cut_inside_a_word(self) -> None:
        """An excerpt ends with a whole word: where it is cut by us, and where the full text shows that its source cut it."""
        assert self.abstract("Short " + "x" * 3000) == "Short…"
        assert self.abstract("We show that mod...", "<p>We show that models read.</p>") == "We show that…"
        assert self.abstract("We show that models.", "<p>We show that models. They read.</p>") == "We show that models."

    def test_relative_links_count_from_their_own_base(self) -> None:
        """A relative address in a text counts from the text's `xml:base`."""
        body = atom(
            '<entry><id>1</id><title>T</title><link href="https://a.example/1"/>'
            '<content type="html" xml:base="https://b.example/sub/">&lt;a href="paper"&gt;it&lt;/a&gt;</content></entry>'
        )

        assert [link.url for link in read(body).entries[0].links] == ["https://b.example/sub/paper"]


class TestMarkdown:
    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("| Model | Score |\n|---|---|\n| A | 1.5 |", "Model Score A 1.5"),
            ("See\n```python\nx = 1\n```\nhere", "See x = 1 here"),
            ("See ![a plot](plots/a.png) here", "See a plot here"),
        ],
    )
    def test_signs_go(self, written: str, shown: str) -> None:
        """Tables, fences and pictures of a text in Markdown are words in its excerpt."""
        assert [each.abstract for each in read(rss(item("T", "https://a.example/1", "g", body=written))).entries] == [
            shown
        ]


class TestListingsOfArxiv:
    @pytest.mark.parametrize("element", ["<arxiv:announce_type>{}</arxiv:announce_type>", ""])
    def test_replacements_and_cross_lists(self, element: str) -> None:
        """In arXiv's own feed, and in a mirror's that leaves out its element, new papers are told from cross-lists, which bear a tag, and replacements, which are left out."""
        body = rss(
            *(
                item(f"On {kind}", f"https://arxiv.org/abs/2608.0000{n}", f"oai:arXiv.org:2608.0000{n}v1", body=f"arXiv:2608.0000{n}v1 Announce Type: {kind}\nAbstract: Words.")
                .replace("</item>", f"{element.format(kind)}</item>")
                for n, kind in enumerate(["new", "cross", "replace", "replace-cross"])
            )
        ).replace("<rss ", '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" ')  # fmt: skip
        found = read(body, kind=ItemKind.PAPER)

        assert sorted((each.title, each.tags, each.abstract) for each in found.entries) == [
            ("On cross", ("cross-list",), "Words."),
            ("On new", (), "Words."),
        ]


def test_dates_that_could_not_be_read_are_counted() -> None:
    """An entry whose date cannot be read is undated, and the source's remark says of how many that is true."""
    found = read(
        rss(
            *(
                item(f"T{n}", f"https://a.example/{n}", f"g{n}", date=date)
                for n, date in enumerate(["13 Aug 2026", "soon", "03/04/2026"])
            )
        )
    )

    assert found.note == "could not read the dates of 2 entries"
    assert sum(each.published is None for each in found.entries) == 2


class TestHosts:
    """The cases beside the checkout, where they are there."""

    def entries(self, shared: Path, name: str) -> tuple[Entry, ...]:
        case = shared / "hosts" / "cases" / name
        if not case.is_file():
            pytest.skip("the cases of hosts are not beside the checkout")
        return read(case.read_bytes(), name.partition(".")[0]).entries

    @pytest.mark.parametrize(
        ("name", "works"),
        [("chg-releases.2.xml", 3), ("chg-anchors.2.xml", 3), ("chg-noguid.2.xml", 3), ("anchors.xml", 3), ("podcast.xml", 3), ("one-guid.xml", 10)],
    )  # fmt: skip
    def test_every_entry_is_a_work(self, shared: Path, name: str, works: int) -> None:
        """Feeds that are about one thing give as many works as entries."""
        assert len({mentions_of(each, NOW)[0].key for each in self.entries(shared, name)}) == works

    @pytest.mark.parametrize(("name", "posts"), [("mastodon.xml", 1), ("nitter.xml", 2), ("youtube.xml", 1)])
    def test_posts_are_mentions(self, shared: Path, name: str, posts: int) -> None:
        """A short post about a paper is a mention of it."""
        keys = [mentions_of(each, NOW)[0].key for each in self.entries(shared, name)]

        assert keys.count("arxiv:2608.08888") == posts

    def test_dates(self, shared: Path) -> None:
        """Of the dates that people write one names a zone that three countries use; all others are read."""
        assert [each.external_id for each in self.entries(shared, "dates.xml") if each.published is None] == ["d-ist"]
