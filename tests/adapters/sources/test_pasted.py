"""Addresses as people paste them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.catalog import laid_over
from adapters.sources.kinds.arxiv import ArxivOptions, question
from adapters.sources.pasted import NoSource, Recognised, recognised
from bot.model import ItemKind, Section
from tests.adapters.sources.conftest import NOW

ARXIV = [
    ("https://arxiv.org/list/cs.LG/recent", {"categories": ["cs.LG"]}),
    ("http://www.arxiv.org/list/cs.lg/new?skip=0&show=2000", {"categories": ["cs.LG"]}),
    ("https://export.arxiv.org/list/stat.ML/pastweek", {"categories": ["stat.ML"]}),
    ("https://arxiv.org/list/cs/recent", {"categories": ["cs.*"]}),
    ("https://arxiv.org/list/hep-th/new", {"categories": ["hep-th"]}),
    ("https://arxiv.org/list/physics.comp-ph/new", {"categories": ["physics.comp-ph"]}),
    ("https://arxiv.org/archive/q-bio", {"categories": ["q-bio.*"]}),
    ("https://rss.arxiv.org/rss/cs.LG+cs.CL", {"categories": ["cs.LG", "cs.CL"]}),
    ("https://rss.arxiv.org/atom/cs.RO", {"categories": ["cs.RO"]}),
    ("https://arxiv.org/a/hinton_g_1", {"authors": ["hinton_g"]}),
    ("https://arxiv.org/a/hinton_g_1.atom2", {"authors": ["hinton_g"]}),
    ("https://arxiv.org/search/?query=Hinton%2C+Geoffrey&searchtype=author", {"authors": ["Hinton, Geoffrey"]}),
    ("https://arxiv.org/search/cs?searchtype=author&query=Hinton%2C+G", {"authors": ["Hinton, G"]}),
    ("https://arxiv.org/find/cs/1/au:+Hinton_G/0/1/0/all/0/1", {"authors": ["Hinton_G"]}),
    ("https://arxiv.org/search/?query=mixture+of+experts&searchtype=all", {"query": "all:mixture AND all:experts"}),
    ("https://arxiv.org/search/?query=%22state+space%22+models&searchtype=title", {"query": 'ti:"state space" AND ti:models'}),
    ("https://arxiv.org/a/de_freitas_n_1", {"authors": ["de_freitas_n"]}),
    ("https://arxiv.org/search/?query=mamba&searchtype=title&order=-announced_date_first", {"query": "ti:mamba"}),
    ("https://arxiv.org/search/math?query=zeta&searchtype=abstract", {"categories": ["math.*"], "query": "abs:zeta"}),
    (
        ("https://arxiv.org/search/advanced?advanced=&terms-0-operator=AND&terms-0-term=state+space&terms-0-field=title"
        "&terms-1-operator=OR&terms-1-term=mamba&terms-1-field=abstract&terms-2-operator=NOT&terms-2-term=Gu&terms-2-field=author"),
        {"query": "(((ti:state AND ti:space)) OR abs:mamba) ANDNOT au:Gu"},
    ),
    ("https://export.arxiv.org/api/query?search_query=all:electron+AND+submittedDate:[202601010000+TO+202601020000]&start=0", {"query": "all:electron"}),
]  # fmt: skip
OTHERS = [
    ("https://www.reddit.com/r/LocalLLaMA/", "reddit", "https://www.reddit.com/r/LocalLLaMA/top/.rss?t=week", {}),
    ("https://old.reddit.com/r/LocalLLaMA/new/", "reddit", "https://www.reddit.com/r/LocalLLaMA/top/.rss?t=week", {}),
    *(
        (f"https://www.reddit.com/r/LocalLLaMA{end}", "reddit", "https://www.reddit.com/r/LocalLLaMA/top/.rss?t=week", {})
        for end in (".rss", "/.rss", "/new.rss", ".json", "/new/.rss?sort=new")
    ),
    ("https://openreview.net/submissions?venue=ICLR.cc/2026/Conference", "openreview", None, {"venue": "ICLR.cc/2026/Conference"}),
    ("https://openreview.net/submissions?page=2&venue=NeurIPS.cc%2F2026%2FWorkshop%2FSafe%2FRejected_Submission", "openreview", None, {"venue": "NeurIPS.cc/2026/Workshop/Safe"}),
    ("https://openreview.net/group?id=ICLR.cc/2026/Conference/", "openreview", None, {"venue": "ICLR.cc/2026/Conference"}),
    ("https://ana.bsky.social", "bluesky", None, {"actor": "ana.bsky.social"}),
    ("https://huggingface.co/deepseek-ai/models", "huggingface", None, {"organisations": ["deepseek-ai"]}),
    ("https://r/LocalLLaMA", "reddit", "https://www.reddit.com/r/LocalLLaMA/top/.rss?t=week", {}),
    ("https://openreview.net/group?id=ICLR.cc/2026/Conference#tab-accept-oral", "openreview", None, {"venue": "ICLR.cc/2026/Conference"}),
    ("https://api2.openreview.net/notes?content.venueid=ICLR.cc/2026/Conference", "openreview", None, {"venue": "ICLR.cc/2026/Conference"}),
    ("https://openreview.net/submissions?venue=x&venueid=TMLR/2026", "openreview", None, {"venue": "TMLR/2026"}),
    ("https://openreview.net/group?id=TMLR", "openreview", None, {"venue": "TMLR"}),
    ("https://huggingface.co/deepseek-ai", "huggingface", None, {"organisations": ["deepseek-ai"]}),
    ("https://huggingface.co/organizations/deepseek-ai/activity/papers", "huggingface", None, {"organisations": ["deepseek-ai"]}),
    ("https://hf.co/deepseek-ai/papers", "huggingface", None, {"organisations": ["deepseek-ai"]}),
    ("https://huggingface.co/papers", "huggingface", None, {}),
    ("https://www.semanticscholar.org/author/Ashish-Vaswani/40348417", "semanticscholar", None, {"authors": ["40348417"]}),
    (f"https://www.semanticscholar.org/paper/Attention/{'a' * 40}?sort=x", "semanticscholar", None, {"cites": ["a" * 40]}),
    ("https://bsky.app/profile/lab.example.com", "bluesky", None, {"actor": "lab.example.com"}),
    ("https://bsky.app/profile/did:plc:abc/lists/3k", "bluesky", None, {"list": "at://did:plc:abc/app.bsky.graph.list/3k"}),
    ("https://bsky.app/profile/lab.example.com/feed/ml", "bluesky", None, {"feed": "at://lab.example.com/app.bsky.feed.generator/ml"}),
    ("https://news.ycombinator.com/news", "hackernews", None, {}),
    ("https://x.com/i/lists/1217249059016204288", "x", "https://api.x.com/2/lists/1217249059016204288/tweets", {}),
]  # fmt: skip
FEEDS = [
    ("https://github.com/acme/tool", "https://github.com/acme/tool/releases.atom"),
    ("https://github.com/acme/tool.git", "https://github.com/acme/tool/releases.atom"),
    ("https://github.com/acme/tool/blob/main/README.md", "https://github.com/acme/tool/releases.atom"),
    ("https://github.com/acme/tool/releases/tag/v1", "https://github.com/acme/tool/releases.atom"),
    ("https://github.com/acme/tool/tags", "https://github.com/acme/tool/tags.atom"),
    ("https://github.com/acme/tool/commits/main/docs", "https://github.com/acme/tool/commits/main/docs.atom"),
    ("https://github.com/acme", "https://github.com/acme.atom"),
    ("https://gitlab.com/group/sub/tool/-/issues", "https://gitlab.com/group/sub/tool/-/tags?format=atom"),
    ("https://codeberg.org/acme/tool", "https://codeberg.org/acme/tool/releases.rss"),
    (
        "https://www.youtube.com/channel/UCbfYPyITQ-7l4upoX8nvctg/videos",
        "https://www.youtube.com/feeds/videos.xml?channel_id=UCbfYPyITQ-7l4upoX8nvctg",
    ),
    ("https://m.youtube.com/user/somebody", "https://www.youtube.com/feeds/videos.xml?user=somebody"),
    ("https://www.youtube.com/playlist?list=PLabc_1", "https://www.youtube.com/feeds/videos.xml?playlist_id=PLabc_1"),
    ("https://medium.com/@somebody/a-post-1234", "https://medium.com/feed/@somebody"),
    ("https://medium.com/a-lab", "https://medium.com/feed/a-lab"),
    ("https://somebody.medium.com/a-post-1", "https://somebody.medium.com/feed"),
    ("https://letter.substack.com/p/an-issue", "https://letter.substack.com/feed"),
    ("https://open.substack.com/pub/letter/p/an-issue", "https://letter.substack.com/feed"),
    ("https://arxiv.org/a/0000-0002-1825-0097", "https://arxiv.org/a/0000-0002-1825-0097.atom"),
    ("https://huggingface.co/blog", "https://huggingface.co/blog/feed.xml"),
]
WORKS = [
    "https://arxiv.org/abs/1706.03762", "https://arxiv.org/pdf/1706.03762v7", "https://huggingface.co/papers/1706.03762", "https://openreview.net/forum?id=abc",
    "https://www.youtube.com/watch?v=abc", "https://youtu.be/abc", "https://www.reddit.com/r/x_y/comments/1abc/t/", "https://bsky.app/profile/a.example.com/post/3k",
    "https://huggingface.co/deepseek-ai/DeepSeek-V3", "https://huggingface.co/deepseek-ai/DeepSeek-V3/tree/main", "https://huggingface.co/datasets/acme/set",
    "https://huggingface.co/spaces/acme/demo", "https://huggingface.co/blog/a-post", "https://huggingface.co/blog/acme/a-post", "https://huggingface.co/collections/acme/c-1",
    "https://openreview.net/references/pdf?id=abc", "https://openreview.net/revisions?id=abc", "https://medium.com/p/0123456789ab",
    "https://news.ycombinator.com/item?id=1", "https://x.com/somebody", "https://twitter.com/somebody/status/1",
]  # fmt: skip
LOOKED_AT = [
    "https://example.org/blog", "https://arxiv.org/", "https://arxiv.org/list/", "https://github.com/", "https://github.com/topics/llm", "https://github.com/a/b/releases.atom",
    "https://www.youtube.com/@somebody", "https://www.youtube.com/feeds/videos.xml?channel_id=UCx", "https://notarxiv.org/list/cs.LG/new", "https://openreview.net/",
    "https://huggingface.co/models", "https://huggingface.co/", "https://substack.com/@somebody", "https://letter.substack.com/feed", "https://medium.com/feed/x",
    "https://www.reddit.com/r/x_y/search.rss?q=llm", "https://bsky.social/xrpc/x", "https://openreview.net/submissions?venue=ICLR%202026%20Oral",
    "https://mastodon.social/@somebody", "https://gist.github.com/a/b",
]  # fmt: skip


@pytest.mark.parametrize(("url", "options"), ARXIV)
def test_arxiv(url, options):
    """A category, an author or a search of arXiv is a source of that, in the section of papers."""
    found = recognised(url)

    assert (found.kind, dict(found.options), found.url) == ("arxiv", options, "https://export.arxiv.org/api/query")
    assert (found.section, found.item_kind) == (Section.PAPERS, ItemKind.PAPER)


@pytest.mark.parametrize(("url", "kind", "asked", "options"), OTHERS)
def test_other_kinds(url, kind, asked, options):
    """What a kind of its own can ask is of that kind."""
    found = recognised(url)

    assert (found.kind, dict(found.options)) == (kind, options)
    assert asked is None or found.url == asked


@pytest.mark.parametrize(("url", "feed"), FEEDS)
def test_feeds_of_known_sites(url, feed):
    """Where a well-known site keeps its feeds is known."""
    found = recognised(url)

    assert (found.kind, found.url) == ("feed", feed)


@pytest.mark.parametrize(
    ("url", "instead"),
    [
        ("https://letter.substack.com/p/an-issue", "all of the newsletter"),
        ("https://open.substack.com/pub/letter/p/an-issue", "all of the newsletter"),
        ("https://letter.substack.com/", ""),
        ("https://medium.com/@somebody/a-post-0123456789ab", "all of @somebody"),
        ("https://medium.com/@somebody/about", ""),
        ("https://somebody.medium.com/a-post-0123456789ab", "all that appears there"),
        ("https://somebody.medium.com/", ""),
        ("https://github.com/acme/tool/releases/tag/v1", "all releases of acme/tool"),
        ("https://github.com/acme/tool/issues/7", "all releases of acme/tool"),
        ("https://github.com/acme/tool/commit/abc", "all commits of acme/tool"),
        ("https://github.com/acme/tool/releases", ""),
        ("https://github.com/acme/tool", ""),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PLabc_1", "all of the playlist"),
        ("https://www.youtube.com/playlist?list=PLabc_1", ""),
    ],
)
def test_a_part_of_a_source(url, instead):
    """Where the address of one page becomes the source that it is a part of, what is followed instead is said."""
    assert recognised(url).instead == instead


@pytest.mark.parametrize("url", WORKS)
def test_what_is_no_source(url):
    """A single work, post or discussion is refused with what to give instead."""
    with pytest.raises(NoSource, match=r"[Gg]ive|To follow|enable"):
        recognised(url)


@pytest.mark.parametrize("url", LOOKED_AT)
def test_what_is_to_be_looked_at(url):
    """Everything else is asked."""
    assert recognised(url) is None


@pytest.mark.parametrize("url", [url for url, *_ in [*ARXIV, *OTHERS]])
def test_makes_a_source_that_is_right(url):
    """What is recognised passes the check of what may be said of a source."""
    found = recognised(url)
    table = {"kind": found.kind, "url": found.url, "name": found.name, "options": dict(found.options)}

    assert laid_over({"mine": table})[1] == ()
    assert found.name


@given(
    st.text(max_size=60),
    st.sampled_from(
        [
            "arxiv.org/list",
            "github.com",
            "reddit.com/r",
            "openreview.net/group?id=",
            "huggingface.co",
            "bsky.app/profile",
        ]
    ),
)
def test_any_address_is_answered(rest, site):
    """Whatever stands behind the name of a site, the answer is a source, none, or a sentence."""
    try:
        found = recognised(f"https://{site}/{rest}")
    except (NoSource, ValueError):
        return
    assert found is None or isinstance(found, Recognised)


class TestArxivQuestions:
    SINCE, TO = NOW.replace(day=10), NOW

    @pytest.mark.parametrize(
        ("options", "asked"),
        [
            ({"authors": ["hinton_g"]}, "au:hinton_g AND "),
            ({"authors": ["Hinton, Geoffrey", "Yann LeCun"]}, '(au:"Geoffrey Hinton" OR au:"Yann LeCun") AND '),
            ({"query": 'all:"mixture of experts" OR ti:moe'}, '(all:"mixture of experts" OR ti:moe) AND '),
            ({"categories": ["cs.LG"], "authors": ["hinton_g"], "query": "ti:x"}, "cat:cs.LG AND au:hinton_g AND (ti:x) AND "),
        ],
    )  # fmt: skip
    def test_narrowed(self, options, asked):
        """Authors and a query narrow what is asked for; without categories, all are asked."""
        known = ArxivOptions.of(options)

        assert known.narrow
        assert question(known.categories, self.SINCE, self.TO, authors=known.authors, query=known.query).startswith(
            asked + "submittedDate:["
        )

    def test_not_narrowed(self):
        """Without either, the usual categories are asked."""
        assert (ArxivOptions.of({}).categories[0], ArxivOptions.of({}).narrow) == ("cs.LG", False)
