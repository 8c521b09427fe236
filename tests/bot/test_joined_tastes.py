"""What lists name without arXiv's number is the work that has its title and authors, and counts once over all lists."""

from __future__ import annotations

import pytest

from bot.joined_tastes import each_once, joined
from bot.model import TasteWork
from bot.titles import TitleIndex
from bot.usecases.taste import Reference, taste_of, tell
from tests.factories import NOW, at, channel
from tests.fake_storage import FakeDatabase

TITLE = "Steering hidden features of large models"
ARXIV = Reference(url="https://arxiv.org/abs/2608.01111", title=TITLE, authors=("Ada Lovelace",))
DOI = Reference(url="https://doi.org/10.1145/3", title=TITLE.upper(), authors=("A. Lovelace", "Grace Hopper"))
TITLE_ALONE = Reference(title=f"{{{TITLE}}}.", abstract="We steer.")
ANOTHER = Reference(title=TITLE, authors=("Alan Turing",))


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        (DOI, ARXIV, "arxiv:2608.01111"),
        (ARXIV, DOI, "arxiv:2608.01111"),
        (TITLE_ALONE, ARXIV, "arxiv:2608.01111"),
        (TITLE_ALONE, DOI, "doi:10.1145/3"),
        (DOI, TITLE_ALONE, "doi:10.1145/3"),
    ],
)
async def test_over_two_lists(first: Reference, second: Reference, key: str) -> None:
    """A work that two lists name in two ways is new in the first alone, and counts once, under the key that digests' works bear."""
    database, ours = FakeDatabase(), channel()
    told = [await tell([one], "a list", ours, database.unit_of_work, NOW) for one in (first, second, second)]
    at_once = await tell([first, second], "a list", channel(name="others"), database.unit_of_work, NOW)
    async with database.unit_of_work() as uow:
        known = each_once(await taste_of(ours.name, uow))

    assert [(1, 1), (1, 0), (1, 0)] == [(one.works, one.new) for one in told]
    assert (1, 1) == (at_once.works, at_once.new)
    assert [key] == [one.key for one in known]


async def test_another_work() -> None:
    """Of one title by other authors there are two works, and two papers of arXiv are never one."""
    database, ours = FakeDatabase(), channel()
    second = Reference(url="https://arxiv.org/abs/2608.02222", title=TITLE, authors=("Ada Lovelace",))
    told = [await tell([one], "a list", ours, database.unit_of_work, NOW) for one in (ARXIV, ANOTHER, second)]

    assert [1, 1, 1] == [one.new for one in told]


def test_of_the_week() -> None:
    """What was collected under a key of its own gives that key to what a list names by title; a short title needs an author in common."""
    week = TitleIndex([("arxiv:2608.03333", "World models", ["Ada Lovelace"]), ("arxiv:2608.01111", TITLE, [])])
    named = [("title:a", "World Models", ()), ("title:b", "World Models", ("Ada Lovelace",)), ("title:c", TITLE, ())]

    assert {"title:b": "arxiv:2608.03333", "title:c": "arxiv:2608.01111"} == joined(named, lambda: week)


def test_what_is_known_stays() -> None:
    """Of records of one work that stays of which most is known."""
    bare = TasteWork(channel="c", key="arxiv:2608.01111", title=TITLE, at=at(days=1))
    full = TasteWork(channel="c", key="title:x", title=TITLE, abstract="We steer.", at=at(days=9))

    assert [("arxiv:2608.01111", "We steer.")] == [(one.key, one.abstract) for one in each_once([bare, full])]
