"""One work, one key; two works, two keys."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.canonical_url import canonical_url
from bot.item_keys import _held, _of_address, _ordinary_page, address_of, entry_address, item_key
from tests.examples import examples

QUICK = settings(max_examples=examples(150), deadline=None)

NEW_IDS = st.builds(
    "{:02}{:02}.{:05}".format, st.integers(7, 99), st.integers(1, 12), st.integers(0, 99_999)
) | st.builds("{:02}{:02}.{:04}".format, st.integers(7, 14), st.integers(1, 12), st.integers(0, 9999))
OLD_IDS = st.builds(
    "{}/{:02}{:02}{:03}".format,
    st.sampled_from(["hep-th", "cs", "math", "astro-ph", "cond-mat", "q-bio", "quant-ph", "cmp-lg"]),
    st.integers(91, 99) | st.integers(0, 7),
    st.integers(1, 12),
    st.integers(1, 999),
)
ARXIV_IDS = NEW_IDS | OLD_IDS
WAYS = st.sampled_from([
    "{}", "arXiv:{}", "arxiv: {}", " {}v2 ", "https://arxiv.org/abs/{}", "http://arxiv.org/abs/{}v1", "https://www.arxiv.org/abs/{}v12",
    "https://arxiv.org/pdf/{}", "https://arxiv.org/pdf/{}.pdf", "https://arxiv.org/pdf/{}v3.pdf", "https://arxiv.org/html/{}v1",
    "https://arxiv.org/abs/{}?context=cs.LG", "https://arxiv.org/abs/{}#comments", "https://arxiv.org/abs/{}/", "https://export.arxiv.org/abs/{}",
    "https://ARXIV.org/abs/{}", "https://arxiv.org//abs/{}", "https://arxiv.org/abs/arXiv:{}", "https://arxiv.org/format/{}", "arxiv.org/abs/{}",
    "https://ar5iv.labs.arxiv.org/html/{}", "https://ar5iv.org/abs/{}", "https://www.alphaxiv.org/abs/{}", "https://alphaxiv.org/overview/{}v2",
    "https://huggingface.co/papers/{}", "https://hf.co/papers/{}", "https://huggingface.co/papers/{}#community", "https://www.semanticscholar.org/arxiv/{}",
    "https://api.semanticscholar.org/arXiv:{}", "https://doi.org/10.48550/arXiv.{}", "https://dx.doi.org/10.48550/ARXIV.{}v1", "10.48550/arXiv.{}",
    "doi:10.48550/arXiv.{}", "DOI: 10.48550/arxiv.{}", "Doi:10.48550/arXiv.{}", "https://scirate.com/arxiv/{}", "https://img.shields.io/badge/arXiv-{}-b31b1b.svg",
    "https://papers.cool/arxiv/{}", "https://paperswithcode.com/paper/{}", "https://paperswithcode.com/paper/{}-some-title-2-1", "https://paperswithcode.com/?arxiv_id={}",
    "https://www.paperswithcode.com/search?q_meta=&q={}&q_type=", "https://web.archive.org/web/20240102030405/https://arxiv.org/abs/{}",
    "http://web.archive.org/web/2024id_/http://arxiv.org/pdf/{}v2", "https://web.archive.org/web/2024/https://paperswithcode.com/search?q={}",
    "https://www.emergentmind.com/papers/{}",
])  # fmt: skip
ADDRESSES = st.one_of(
    st.text(max_size=40),
    st.text(max_size=40).map("https://example.org/{}".format),
    st.text(max_size=30).map("https://{}.example/a".format),
    st.builds(
        "{}://{}{}/{}".format,
        st.sampled_from(["http", "https"]),
        st.sampled_from(
            "www.www.example.org EXAMPLE.org. example.org:443 [::1]:8080 arxiv.org github.com gitlab.com doi.org twitter.com dl.acm.org "
            "web.archive.org www.web.archive.org. paperswithcode.com openreview.net reddit.com foo.substack.com medium.com www. huggingface.co scholar.archive.org img.shields.io".split()
        ),
        st.sampled_from(
            [
                "",
                "/abs",
                "/a/index.html",
                "/o/n",
                "/doi",
                "/forum?id=",
                "/10.1/",
                "/web/2024/http:/",
                "/web/1/",
                "/search?q=",
            ]
        ),
        st.text(st.sampled_from("abc01.9/?&=%25#+;()<>é ~:@-_vV"), max_size=25),
    ),
    st.text(st.sampled_from("abc01.9/?&=%25#+;()<>é~:"), max_size=15).map("https://doi.org/10.1145/{}".format),
)


class TestArxiv:
    @QUICK
    @given(ARXIV_IDS, WAYS)
    def test_every_way_leads_to_one_key(self, identifier: str, way: str) -> None:
        """Versions, formats, mirrors, wrappers and the arXiv's own DOI fold into the arXiv key."""
        assert f"arxiv:{identifier}" == (
            item_key(way.format(identifier)) or item_key("https://" + way.format(identifier))
        )

    @QUICK
    @given(ARXIV_IDS, ARXIV_IDS, WAYS, WAYS)
    def test_two_identifiers_never_meet(self, one: str, other: str, way: str, another: str) -> None:
        """Two different identifiers never share a key, however they are written."""
        assume(one != other)

        assert item_key(way.format(one)) != item_key(another.format(other)) or item_key(way.format(one)) is None

    @pytest.mark.parametrize(
        ("address", "key"),
        [
            ("https://arxiv.org/abs/math.GT/0309136", "arxiv:math/0309136"),
            ("https://arxiv.org/abs/MATH/0309136v2", "arxiv:math/0309136"),
            ("https://arxiv.org/abs/hep-th%2F9901001", "arxiv:hep-th/9901001"),
            ("https://arxiv.org/abs/0704.0001", "arxiv:0704.0001"),
            ("https://huggingface.co/papers/2511.01234?utm_source=x", "arxiv:2511.01234"),
            ("https://paperswithcode.com/paper/2301.00001-some-title", "arxiv:2301.00001"),
            ("https://paperswithcode.com/paper/2301.00001v2-some-title/review/", "arxiv:2301.00001"),
            ("https://paperswithcode.com/paper/?arxiv_id=2301.00001", "arxiv:2301.00001"),
            ("https://paperswithcode.com/search?q=arXiv%3A2301.00001", "arxiv:2301.00001"),
        ],
    )
    def test_by_name(self, address: str, key: str) -> None:
        """Subject classes, case and encoded slashes make no difference."""
        assert key == item_key(address)

    @pytest.mark.parametrize(
        "address",
        [
            "https://arxiv.org/list/cs.LG/recent",
            "https://arxiv.org/abs/2511.012345",
            "https://arxiv.org/abs/2513.01234",
            "https://arxiv.org/abs/hep-th/99010012",
            "https://arxiv.org/abs/2511.\u0660\u0661\u0662\u0663\u0664",
            "https://info.arxiv.org/help/1234567",
            "https://huggingface.co/datasets/2511.01234",
            "https://huggingface.co/papers/date/2026-08-10",
            "https://paperswithcode.com/paper/some-title-2301.00001",
            "https://paperswithcode.com/paper/2301.000012-title",
            "https://paperswithcode.com/search?q=after+2301.00001",
            "https://paperswithcode.com/dataset/2301.00001-x",
            "https://example.org/search?q=2301.00001",
            "https://www.semanticscholar.org/author/Y.-LeCun/1688882",
            "https://chatpaper.com/chatpaper/paper/1234567",
            "https://example.org/abs/2511.01234",
            "https://notarxiv.org/abs/2511.01234",
        ],
    )
    def test_numbers_that_are_no_identifier(self, address: str) -> None:
        """A page that merely has a number in its address stays a page."""
        assert (item_key(address) or "").startswith("url:")


class TestOtherSchemes:
    @pytest.mark.parametrize(
        ("address", "key"),
        [
            ("https://doi.org/10.1145/3689031.3696075", "doi:10.1145/3689031.3696075"),
            ("doi:10.1145/ABC", "doi:10.1145/abc"),
            ("https://dl.acm.org/doi/10.1145/3689031.3696075", "doi:10.1145/3689031.3696075"),
            ("https://dl.acm.org/doi/pdf/10.1145/3689031.3696075?download=true", "doi:10.1145/3689031.3696075"),
            ("https://onlinelibrary.wiley.com/doi/10.1002/abc.1/full", "doi:10.1002/abc.1"),
            ("https://doi.org/10.1016/0370-2693(85)91178-7", "doi:10.1016/0370-2693(85)91178-7"),
            ("https://openreview.net/forum?id=AbC_1-2", "openreview:AbC_1-2"),
            ("https://openreview.net/pdf?id=AbC_1-2", "openreview:AbC_1-2"),
            ("https://openreview.net/forum?id=AbC_1-2&noteId=xyz", "openreview:AbC_1-2"),
            ("https://github.com/Owner/Name", "code:github.com/owner/name"),
            ("https://github.com/owner/name.git", "code:github.com/owner/name"),
            ("https://github.com/owner/name/tree/main/docs?tab=readme#x", "code:github.com/owner/name"),
            ("http://www.github.com/owner/name/", "code:github.com/owner/name"),
            ("https://gitlab.com/group/sub/project/-/tree/main", "code:gitlab.com/group/sub/project"),
            ("https://gitlab.com/owner/name/blob/master/README.md", "code:gitlab.com/owner/name"),
            ("https://github.com/topics/agents", "url:https://github.com/topics/agents"),
            ("https://github.com/owner", "url:https://github.com/owner"),
        ],
    )
    def test_by_name(self, address: str, key: str) -> None:
        """DOIs, OpenReview forums and repositories are known by their own identifiers, whatever page of theirs is named."""
        assert key == item_key(address)

    def test_projects_of_a_group_are_apart(self) -> None:
        """GitLab's groups nest; two projects of one group are two works."""
        assert item_key("https://gitlab.com/group/sub/one") != item_key("https://gitlab.com/group/sub/two")

    def test_case_matters_on_openreview(self) -> None:
        """OpenReview's identifiers differ by case."""
        assert item_key("https://openreview.net/forum?id=abc") != item_key("https://openreview.net/forum?id=ABC")


class TestPages:
    @pytest.mark.parametrize(
        "address",
        [
            "https://example.org/a", "http://example.org/a", "https://www.example.org/a/", "HTTPS://EXAMPLE.ORG:443/a", "http://example.org:80/a#part",
            "https://example.org/a?utm_source=x&utm_medium=y", "https://example.org/a?fbclid=1", "https://example.org//a", "https://example.org./a",
            "https://example.org/a/index.html", "https://example.org/%61", " https://example.org/a\n", "https://example.org/a?gclid=&ref=hn",
        ],
    )  # fmt: skip
    def test_ways_of_writing_one_page(self, address: str) -> None:
        """Scheme, case of the host, default port, fragment, slash at the end and tracking make no difference."""
        assert item_key(address) == "url:https://example.org/a"

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("https://example.org/?p=1", "https://example.org/?p=2"),
            ("https://example.org/a", "https://example.org/A"),
            ("https://example.org/a?q=%FE", "https://example.org/a?q=%FF"),
            ("https://example.org/a?b", "https://example.org/a?c"),
            ("https://example.org/a?b=1&b=2", "https://example.org/a?b=1"),
            ("https://example.org:8080/a", "https://example.org:8081/a"),
            ("https://one.example.org/a", "https://two.example.org/a"),
            ("https://www.youtube.com/watch?v=one", "https://www.youtube.com/watch?v=two"),
            ("https://news.ycombinator.com/item?id=1", "https://news.ycombinator.com/item?id=2"),
            ("https://www.reddit.com/search?q=one", "https://www.reddit.com/search?q=two"),
            ("https://medium.com/search?q=one", "https://medium.com/search?q=two"),
            ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ],
    )
    def test_different_pages_stay_apart(self, one: str, other: str) -> None:
        """What tells two pages from each other is kept."""
        assert item_key(one) != item_key(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (
                "https://old.reddit.com/r/ML/comments/1abc/title/?share_id=x",
                "https://www.reddit.com/r/ML/comments/1abc/title",
            ),
            ("https://twitter.com/who/status/123?s=20", "https://x.com/who/status/123"),
            ("https://some.substack.com/p/post?r=1abc&triedRedirect=true", "https://some.substack.com/p/post"),
            ("https://medium.com/@who/a-title-0a1b2c3d4e5f?source=rss", "https://medium.com/@who/a-title-0a1b2c3d4e5f"),
            ("https://m.youtube.com/watch?v=one", "https://www.youtube.com/watch?v=one"),
            ("https://example.org/a?b=1&a=2", "https://example.org/a?a=2&b=1"),
        ],
    )
    def test_known_sites_fold(self, one: str, other: str) -> None:
        """On sites whose posts are told by their path, the query says nothing of which post it is."""
        assert item_key(one) == item_key(other)

    @pytest.mark.parametrize(
        "address",
        [
            "https://web.archive.org/web/20240102030405/https://example.org/a?b=1",
            "http://web.archive.org/web/20240102030405if_/http://www.example.org/a?b=1",
            "https://web.archive.org/web/2024/example.org/a?b=1",
            "https://web.archive.org/web/2024/https:/example.org/a?b=1",
            "https://web.archive.org./web/2024/%68ttps://example.org/a?b=1",
            "https://web.archive.org" + "/web/2024/https://web.archive.org" * 7 + "/web/2024/https://example.org/a?b=1",
            "https://web.archive.org/web/2025/https://web.archive.org/web/2024/https://example.org/a?b=1",
        ],
    )
    def test_an_archived_page_is_the_page(self, address: str) -> None:
        """What the Wayback Machine shows is the page that it holds."""
        assert item_key(address) == "url:https://example.org/a?b=1"

    @pytest.mark.parametrize(
        "address",
        [
            "https://web.archive.org/",
            "https://web.archive.org/web/2024",
            "https://web.archive.org/save/https://example.org/a",
            "https://web.archive.org/web/2024/javascript:alert(1)",
        ],
    )
    def test_other_pages_of_the_archive_are_its_own(self, address: str) -> None:
        """Where nothing is held, the address stands for itself."""
        assert (item_key(address) or "").startswith("url:https://web.archive.org")

    @QUICK
    @given(
        st.dictionaries(st.text("abcé&=%", min_size=1, max_size=3), st.text(max_size=6), max_size=3),
        st.dictionaries(st.text("abcé&=%", min_size=1, max_size=3), st.text(max_size=6), max_size=3),
    )
    def test_meaningful_queries_never_merge(self, one: dict[str, str], other: dict[str, str]) -> None:
        """Two pages whose parameters differ have two keys; the same parameters in any order have one."""
        from urllib.parse import urlencode  # noqa: PLC0415

        keys = [item_key(f"https://example.org/a?{urlencode(query)}") for query in (one, other)]
        turned = item_key(f"https://example.org/a?{urlencode(dict(reversed(one.items())))}")

        assert (keys[0] == keys[1]) == (one == other)
        assert keys[0] == turned


@pytest.mark.parametrize(
    "nothing",
    ["", " ", "nonsense", "javascript:alert(1)", "mailto:a@b.org", "https://", "https:///a", "10.", "10.1/", "doi:", "arxiv:", "ftp://arxiv.org/abs/2511.01234",
     "https://user:pw@arxiv.org/abs/2511.01234", "\x00", "2511.012345", "https://[::1/a", "https://./a"],
)  # fmt: skip
def test_no_address_no_key(nothing: str) -> None:
    """What leads nowhere has no key."""
    assert item_key(nothing) is None


@settings(max_examples=examples(400), deadline=None)
@given(ADDRESSES)
def test_keys_are_idempotent(address: str) -> None:
    """Any text gives a key or None, never an error, and the address of a key leads to the key again."""
    key = item_key(address)

    if key is not None:
        assert key == item_key(address_of(key))


HOSTS = st.lists(
    st.sampled_from("www a arxiv org doi com web archive hf co github - xn--a 1 medium m huggingface".split()),
    min_size=1,
    max_size=5,
).map(".".join)
PATHS = st.lists(
    st.sampled_from(
        [*"a A index.html Index.html default.php . .. ~x 1706.03762 doi 10.1234 abs - index.htm ;".split(), ""]
    ),
    max_size=5,
).map(lambda segments: "".join(f"/{segment}" for segment in segments))


@settings(max_examples=examples(600), deadline=None)
@given(st.builds("{}{}{}{}".format, st.sampled_from(["http://", "https://"]), HOSTS, PATHS, st.sampled_from(["", "/"])))
def test_ordinary_pages_need_no_rule(address: str) -> None:
    """Where an address is taken for an ordinary page at the first look, its key is the one that all rules together give."""
    key = _ordinary_page(address)

    if key is not None:
        assert key == _of_address(_held(address))


@pytest.mark.parametrize(
    ("key", "address"),
    [
        ("arxiv:2511.01234", "https://arxiv.org/abs/2511.01234"),
        ("doi:10.1002/a<b>", "https://doi.org/10.1002/a%3Cb%3E"),
        ("openreview:AbC", "https://openreview.net/forum?id=AbC"),
        ("code:github.com/o/n", "https://github.com/o/n"),
        ("url:https://example.org/a?b=c", "https://example.org/a?b=c"),
        (entry_address("lab", "1"), entry_address("lab", "1")),
    ],
)
def test_address_of_a_key(key: str, address: str) -> None:
    """Every key leads to where a person finds the work."""
    assert address == address_of(key)


def test_entries_without_a_page() -> None:
    """What stands for the address of an entry is its own key, another one for each source and entry, whatever their names."""
    ids = [("lab", "1"), ("lab", "2"), ("group", "1"), ("lab", "\ud800 <x> a/b")]
    addresses = [entry_address(*one) for one in ids]

    assert 4 == len(set(addresses))
    assert addresses == [item_key(address) for address in addresses]
    assert [None, None] == [item_key("entry:lab/1"), item_key(addresses[0] + "/../x")]


def test_canonical_url_is_idempotent() -> None:
    """Folding what is folded changes nothing."""
    url = canonical_url("http://www.www.example.org//a/index.html/index.html?b=%7e&a=%C3%A9#x")

    assert url == canonical_url(url)
