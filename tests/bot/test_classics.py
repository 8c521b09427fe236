"""Classics: which comes next, and its place in a digest."""

from __future__ import annotations

from adapters.classics.shipped import shipped
from bot.classics import Classic, next_classic, with_classic
from bot.item_keys import item_key
from bot.model import BlockRole
from bot.rendering import render
from tests.factories import channel, digest, item, pick

FIRST = Classic(
    title="Attention Is All You Need", url="https://arxiv.org/abs/1706.03762", why="Read it once.", year=2017
)
SECOND = Classic(title="Random Forests", url="https://doi.org/10.1023/A:1010933404324", why="The baseline.", year=2001)


class TestShipped:
    def test_enough_works_each_with_a_key_of_its_own(self) -> None:
        keys = [one.key for one in shipped()]
        assert len(keys) >= 60
        assert len(set(keys)) == len(keys)

    def test_every_address_has_a_key_and_every_work_a_reason(self) -> None:
        assert [one.url for one in shipped() if item_key(one.url) is None] == []
        assert [one.title for one in shipped() if not one.why.endswith(".") or not one.authors or not one.year] == []


class TestNext:
    def test_goes_through_the_list_and_ends(self) -> None:
        assert next_classic([FIRST, SECOND], set(), 60, 0.3) == FIRST
        assert next_classic([FIRST, SECOND], {FIRST.key}, 60, 0.3) == SECOND
        assert next_classic([FIRST, SECOND], {FIRST.key, SECOND.key}, 60, 0.3) is None

    def test_has_no_place_in_a_small_budget(self) -> None:
        assert next_classic([FIRST], set(), 10, 0.3) is None


class TestPlace:
    def test_last_of_the_picks_and_lines_go_on_behind_it(self) -> None:
        made = with_classic(digest(pick(), also=(pick(item("arxiv:2608.00009"), rank=2),)), FIRST, 0.3)
        assert [(one.rank, one.classic) for one in made.picks] == [(1, False), (2, True)]
        assert [one.rank for one in made.also] == [3]

    def test_costs_its_share_of_the_minutes(self) -> None:
        before = digest(pick(), minutes=10)
        assert with_classic(before, FIRST, 0.5).minutes == 15

    def test_a_work_that_is_picked_already_is_not_there_twice(self) -> None:
        before = digest(pick(FIRST.item))
        assert with_classic(before, FIRST, 0.3) == before

    def test_its_card_says_year_and_why(self) -> None:
        posts = render(with_classic(digest(pick()), FIRST, 0.3), channel())
        card = next(post for post in posts if post.classic)
        said = {block.role: " · ".join(span.text for span in block.spans) for block in card.blocks}
        assert said[BlockRole.WHY] == "Read it once."
        assert said[BlockRole.SEEN] == "2017"
        assert "classic" in said[BlockRole.BADGES]
