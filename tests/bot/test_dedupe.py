"""What is told of one work in several places is one item."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.card import card
from bot.dedupe import Row, fold, mentions_of
from bot.model import Attention, BlockRole, Entry, Item, ItemKind, Section
from tests.examples import examples
from tests.factories import PAPER, at, channel, digest, entry, link, pick, stored

KEY = f"arxiv:{PAPER}"
ABS = f"https://arxiv.org/abs/{PAPER}"

ARXIV = entry(
    PAPER, "arxiv", title="Agents", url=f"{ABS}v2", authors=("A", "B", "C"), abstract="Long and the author's own.",
    published=at(days=5), tags=("cs.LG",),
)  # fmt: skip
HUGGING_FACE = entry(
    PAPER, "huggingface", title="Agents (HF)", url=f"https://huggingface.co/papers/{PAPER}", about=ABS, authors=("A", "B", "C", "D"),
    abstract="Short.", attention=Attention(votes=98, comments=2), code_url="https://github.com/o/n", code_stars=8, published=at(days=4),
)  # fmt: skip
REDDIT = entry(
    "t3_1", "reddit", kind=ItemKind.DISCUSSION, section=Section.COMMUNITY, title="[R] Agents!!", url="https://www.reddit.com/r/ML/comments/1/x",
    about=f"{ABS}v1", authors=("u/somebody", "x", "y", "z", "w"), attention=Attention(votes=40, comments=13), published=at(days=3),
)  # fmt: skip
REDDIT_AGAIN = entry(
    "t3_2", "reddit", kind=ItemKind.DISCUSSION, section=Section.COMMUNITY, title="Agents again", url="https://www.reddit.com/r/ML/comments/2/y",
    about=ABS, attention=Attention(votes=7, comments=30), published=at(days=1),
)  # fmt: skip
LETTER = entry(
    "468", "import-ai", kind=ItemKind.NEWSLETTER, section=Section.NEWSLETTERS, title="Import AI 468", url="https://jack-clark.net/468",
    links=(link(f"{ABS}.pdf", "read more", "Agents are the gift"), link("https://example.org/other", "other")), published=at(days=2),
)  # fmt: skip


def rows_of(*entries: Entry) -> list[Row]:
    return [(m.key, stored(one), m) for one in entries for m in mentions_of(one, stored(one).at)]


def folded(*entries: Entry) -> dict[str, Item]:
    return {one.key: one for one in fold(rows_of(*entries))}


class TestMentions:
    @pytest.mark.parametrize(
        ("code", "page", "told"),
        [
            ("https://github.com/o/n", "https://github.com/o/n", ("https://github.com/o/n", None)),
            ("https://o.github.io/n", "https://o.github.io/n/#top", ("https://o.github.io/n", None)),
            (None, "https://github.com/o/n/tree/main/x", ("https://github.com/o/n/tree/main/x", None)),
            ("https://github.com/o/n", "https://arxiv.org/abs/2608.01234v1", ("https://github.com/o/n", None)),
            (None, "https://huggingface.co/papers/2608.01234", (None, None)),
            ("https://github.com/o/n", "https://o.example/n", ("https://github.com/o/n", "https://o.example/n")),
        ],
    )
    def test_code_and_project_page(
        self, code: str | None, page: str | None, told: tuple[str | None, str | None]
    ) -> None:
        """One address is told once; what is the paper itself or lies in a repository is no project page, on the card of a pick of before either."""
        (found,) = folded(entry(code_url=code, project_url=page)).values()
        frozen = replace(found, code_url=code, project_url=page)

        assert told == (found.code_url, found.project_url)
        badges = next(one for one in card(pick(frozen), digest(), channel()) if one.role is BlockRole.BADGES)
        assert [url for url in told if url] == [span.url for span in badges.spans if span.url]

    def test_the_work_itself_comes_first(self) -> None:
        """An entry speaks of its own work directly, then of what it links to, with the words around the link."""
        direct, linked, other = mentions_of(LETTER, at(days=2))

        assert (direct.key, direct.direct, direct.title) == ("url:https://jack-clark.net/468", True, "Import AI 468")
        assert (linked.key, linked.direct, linked.quote) == (KEY, False, "Agents are the gift")
        assert (other.key, other.url) == ("url:https://example.org/other", LETTER.url)

    def test_what_it_is_about_counts(self) -> None:
        """A page about a work speaks of that work, not of itself."""
        assert [one.key for one in mentions_of(HUGGING_FACE, at())] == [KEY]

    def test_a_work_is_mentioned_once(self) -> None:
        """A work linked twice is mentioned once, with the longer quotation."""
        one = entry(
            "1", "letter", links=(link(quote="short"), link(f"{ABS}v3", quote="the longer one"), link(quote=""))
        )

        assert [m.quote for m in mentions_of(one, at()) if not m.direct] == ["the longer one"]

    def test_own_address_among_the_links(self) -> None:
        """An entry that links to itself, or to what it is about, mentions neither a second time."""
        one = entry(
            "1", "hf", url="https://hf.example/1", about=ABS, links=(link(), link("https://hf.example/1?utm_source=x"))
        )

        assert [m.key for m in mentions_of(one, at())] == [KEY]

    def test_addresses_that_lead_nowhere(self) -> None:
        """A link to nowhere is no mention, and an address to nowhere leaves it to the entry's other one."""
        one = entry("1", "x", about="javascript:alert(1)", links=(link("mailto:a@b.org"), link("#top"), link("")))

        assert [m.key for m in mentions_of(one, at())] == ["url:https://x.example/1"]

    def test_an_entry_without_address(self) -> None:
        """An entry that leads nowhere itself still mentions what it links to."""
        one = entry("1", "letter", url="", links=(link(),))

        assert [(m.key, m.direct) for m in mentions_of(one, at())] == [(KEY, False)]


class TestFold:
    def test_one_work_in_four_places(self) -> None:
        """arXiv, Hugging Face, a forum and a newsletter on one paper are one item, with a mention each."""
        items = folded(LETTER, REDDIT, HUGGING_FACE, ARXIV)
        paper = items[KEY]

        assert {KEY, "url:https://jack-clark.net/468"} == set(items)
        assert {"arxiv", "huggingface", "reddit", "import-ai"} == {m.source_id for m in paper.mentions}
        assert [False] == [m.direct for m in paper.mentions if m.source_id == "import-ai"]

    def test_the_papers_own_page_speaks_for_it(self) -> None:
        """Title, abstract, kind, section and address come from the work's own page, the numbers from those who count."""
        paper = folded(REDDIT, HUGGING_FACE, ARXIV)[KEY]

        assert (paper.title, paper.abstract, paper.url) == ("Agents", "Long and the author's own.", ABS)
        assert (paper.kind, paper.section) == (ItemKind.PAPER, Section.PAPERS)
        assert (paper.code_url, paper.code_stars, paper.tags) == ("https://github.com/o/n", 8, ("cs.LG",))
        assert paper.published == at(days=5)

    def test_who_posts_is_no_author(self) -> None:
        """Whoever shares a paper in a forum does not become its author, however many they are."""
        assert folded(REDDIT, ARXIV)[KEY].authors == ("A", "B", "C")

    def test_only_talk_about_it(self) -> None:
        """A paper known from a forum alone leads to the discussion and is one."""
        talk = folded(REDDIT)[KEY]

        assert (talk.kind, talk.section, talk.url) == (ItemKind.DISCUSSION, Section.COMMUNITY, REDDIT.url)

    def test_link_only_work(self) -> None:
        """A work that is only linked to gives no item."""
        assert set(folded(LETTER)) == {"url:https://jack-clark.net/468"}

    def test_highest_attention(self) -> None:
        """Two posts in one forum are one forum's attention: the most votes, the most comments."""
        paper = folded(REDDIT, REDDIT_AGAIN, HUGGING_FACE, ARXIV)[KEY]

        assert dict(paper.attention) == {
            "reddit": Attention(votes=40, comments=30),
            "huggingface": Attention(votes=98, comments=2),
        }

    def test_an_abstract_from_elsewhere(self) -> None:
        """Where the work's own page has no abstract, another page's is taken."""
        bare = entry(PAPER, "arxiv", url=ABS)

        assert folded(bare, HUGGING_FACE)[KEY].abstract == "Short."

    def test_a_repository_is_code(self) -> None:
        """A repository is code, whoever speaks of it, and leads to where it was found."""
        one = entry("1", "reddit", kind=ItemKind.DISCUSSION, about="https://github.com/O/N/tree/main")

        assert folded(one)["code:github.com/o/n"].kind is ItemKind.CODE

    def test_canonical_key_rules(self) -> None:
        """The key of the row counts, since a mention may have been made before two works were found to be one."""
        rows = [("doi:10.1/x", one, m) for _, one, m in rows_of(ARXIV)]

        assert [one.key for one in fold(rows)] == ["doi:10.1/x"]

    def test_nothing(self) -> None:
        """Nothing said, nothing to show."""
        assert fold([]) == []


SAID = st.lists(
    st.builds(
        lambda n, source, kind, work, days, votes, stars, abstract, linked: entry(
            str(n), source, kind=kind, about=f"https://arxiv.org/abs/2608.0000{work}" if n % 2 else None,
            url=f"https://arxiv.org/abs/2608.0000{work}v{n}" if not n % 3 else f"https://{source}.example/{work}",
            authors=tuple("ABCDE"[:n % 5]), attention=Attention(votes=votes), code_url=stars and f"https://github.com/o/{n}", code_stars=stars,
            published=at(days=days), abstract=abstract, tags=(f"t{n % 3}",), links=(link(f"https://arxiv.org/abs/2608.0000{linked}"),),
        ),
        st.integers(0, 6), st.sampled_from(["arxiv", "hf", "reddit"]), st.sampled_from(ItemKind), st.integers(0, 2), st.integers(0, 2),
        st.none() | st.integers(0, 3), st.none() | st.integers(0, 3), st.sampled_from(["", "x", "y"]), st.integers(0, 2),
    ),
    max_size=8, unique_by=lambda one: (one.source_id, one.external_id),
)  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(SAID, st.randoms(use_true_random=False))
def test_order_is_of_no_account(said: list[Entry], random: object) -> None:
    """However the rows come, the same items come out, in the order of their keys, each mention in exactly one of them."""
    rows = rows_of(*said)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    items = fold(rows)

    assert items == fold(shuffled)
    assert [one.key for one in items] == sorted({key for key, _, m in rows if m.direct})
    assert sum(len(one.mentions) for one in items) == sum(key in {i.key for i in items} for key, _, _ in rows)
