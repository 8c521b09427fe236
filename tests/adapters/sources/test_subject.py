"""Which work a post is about: what several posts end with, and what a post only cites, is no post's subject."""

from __future__ import annotations

import pytest

from tests.adapters.sources.test_works_of_feeds import item, keys, read, rss

PAPER = "https://arxiv.org/abs/2608.08888"


def posts(*bodies: str, titles: bool = True) -> list[str]:
    """The works of a feed with these texts, each with a page and, if wanted, a title of its own."""
    return keys(
        read(
            rss(
                *(
                    item(f"Episode {n}" if titles else "", f"https://it.example/{n}", f"g{n}", f"1{n} Aug 2026 10:00:00 GMT", body)
                    for n, body in enumerate(bodies)
                )
            )
        )
    )  # fmt: skip


class TestSharedLinks:
    @pytest.mark.parametrize(
        "line",
        [
            "Code and more: https://github.com/acme/show",
            'Read <a href="https://github.com/acme/show/">our repository</a>',
            f"Our paper: {PAPER}",
            "Read the report: https://doi.org/10.1145/1.2",
            "Our paper, arXiv:2608.08888",
        ],
    )
    @pytest.mark.parametrize("count", [2, 3])
    def test_are_nobodys_subject(self, line: str, count: int) -> None:
        """A link that several entries of one feed end with makes them neither one work nor that work."""
        found = posts(*(f"About number {n}. {line}" for n in range(count)))

        assert len(set(found)) == count
        assert {key.partition(":")[0] for key in found} == {"url"}

    @pytest.mark.parametrize("line", [f"Our paper: {PAPER}", "We are hiring at https://jobs.example/all"])
    def test_under_posts_without_titles(self, line: str) -> None:
        """Posts without titles that end with the same line are works of their own."""
        assert len(set(posts(f"Good morning. {line}", f"Good evening. {line}", titles=False))) == 2

    def test_two_posts_about_one_paper(self) -> None:
        """Posts without titles that speak of one paper in their own words are both mentions of it."""
        found = posts(f"Loved this on rewards {PAPER}", f"Ana's group again, what a week: {PAPER}", titles=False)

        assert found == ["arxiv:2608.08888"] * 2

    def test_a_name_that_begins_alike(self) -> None:
        """Another repository whose name begins with this one's is another one."""
        found = posts("Code: https://github.com/acme/show", "Code: https://github.com/acme/show-two")

        assert sorted(found) == ["code:github.com/acme/show", "code:github.com/acme/show-two"]


class TestTitledPosts:
    def about(self, title: str, body: str, date: str = "13 Aug 2026 10:00:00 GMT") -> str:
        return keys(read(rss(item(title, "https://it.example/1", "g", date, body))))[0]

    @pytest.mark.parametrize(
        "body",
        [
            "Zebra is our open model. It builds on the Transformer (arXiv:1706.03762).",
            "Zebra is our open model, and reads maps. It builds on the Transformer paper (https://arxiv.org/abs/1706.03762).",
            'Our model follows the recipe of <a href="https://arxiv.org/abs/2608.08888">Giraffe</a>.',
            f"We compared it with the method of this paper: {PAPER}",
            f"Unlike Giraffe (arXiv:2608.08888) it reads maps. {'It is fast. ' * 12}",
            f"It reads maps of cities, of coasts and of the sea floor. {'It runs on a phone. ' * 8} Paper: {PAPER}",
            "Trained by us, on code of https://github.com/o/n",
            "Read the paper that started it: https://arxiv.org/abs/1706.03762",
        ],
    )
    def test_that_cite_are_their_own(self, body: str) -> None:
        """A post with a page, a title and a text of its own that cites a work is not that work."""
        assert self.about("Introducing Zebra", body) == "url:https://it.example/1"

    @pytest.mark.parametrize(
        ("title", "body"),
        [
            ("Reading group: rewards", f"We read the paper {PAPER} together. Sponsor: buy things at https://shop.example"),
            ("New from us", PAPER),
            ("New from us", f'<a href="{PAPER}">Here.</a>'),
            ("Out now", f"Paper: {PAPER}, code: https://github.com/o/n"),
            ("Small Reward Models", f'{"Rewards are hard to get right. " * 9}See <a href="{PAPER}">Small reward models</a>.'),
            ("[2608.08888] Small Reward Models", f"{'Rewards are hard to get right. ' * 9} {PAPER}"),
            (f"Loved this {PAPER}", f"Loved this {PAPER}"),
            ("Loved this on rewards", f"Loved this on rewards {PAPER}"),
            ("Loved this on rew…", f"Loved this on rewards and on much else besides, go and see {PAPER}"),
        ],
    )  # fmt: skip
    def test_that_point_are_mentions(self, title: str, body: str) -> None:
        """A post whose title names the one work it links to, or whose text is little more than the link, is a mention of it."""
        assert self.about(title, body) == "arxiv:2608.08888"

    def test_what_is_cited_is_mentioned(self) -> None:
        """What a post cites is still a work that it mentions."""
        (entry,) = read(rss(item("Introducing Zebra", "https://it.example/1", "g", body=f"Builds on {PAPER}"))).entries

        assert (entry.about, [link.url for link in entry.links]) == (None, [PAPER])
