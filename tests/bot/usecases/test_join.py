from __future__ import annotations

from datetime import timedelta

import pytest

from bot.dedupe import mentions_of
from bot.model import ItemKind, Section
from bot.ports import Batch
from bot.usecases.join import join_by_title
from tests.factories import NOW, entry, stored
from tests.fake_storage import FakeDatabase

TITLE = "Lanterns: Small Reward Models that Know When They Do Not Know"
PAPER = entry("2608.01234", url="https://arxiv.org/abs/2608.01234", title=TITLE, authors=("Mira Okafor",))
THREAD = entry(
    "t1",
    "forum",
    url="https://forum.example/t1",
    title=f"[R] {TITLE}",
    kind=ItemKind.DISCUSSION,
    section=Section.COMMUNITY,
)


@pytest.fixture
def database() -> FakeDatabase:
    return FakeDatabase()


async def store(database: FakeDatabase, *entries) -> None:
    async with database.unit_of_work() as uow:
        for one in map(stored, entries):
            found = mentions_of(one.entry, one.at)
            titles = {m.key: m.title for m in found}
            await uow.entries.store(
                [Batch(source_id=one.entry.source_id, entries=(one,), mentions=found, titles=titles)]
            )
        await uow.commit()


async def canonical(database: FakeDatabase, key: str) -> str:
    async with database.unit_of_work() as uow:
        return (await uow.items.canonical([key]))[key]


async def test_a_thread_about_a_paper_joins_it(database: FakeDatabase) -> None:
    """A discussion under a paper's title becomes a mention of the paper; joining again finds nothing to do."""
    await store(database, PAPER, THREAD)

    joined = [await join_by_title(database.unit_of_work, NOW) for _ in range(2)]

    assert [1, 0] == joined
    assert "arxiv:2608.01234" == await canonical(database, "url:https://forum.example/t1")


@pytest.mark.parametrize(
    "other",
    [
        entry("n1", "letter", url="https://letter.example/1", title=TITLE, kind=ItemKind.NEWSLETTER, section=Section.NEWSLETTERS),
        entry("2608.09999", "arxiv", url="https://arxiv.org/abs/2608.09999", title=TITLE),
        entry("w1", "journal", url="https://doi.org/10.1000/x", title=TITLE, authors=("Somebody Else",)),
        entry("t2", "forum", url="https://forum.example/t2", title="Lanterns II: Small Reward Models that Know When They Do Not Know", kind=ItemKind.POST),
    ],
    ids=["newsletter", "another arXiv paper", "other authors", "sequel"],
)  # fmt: skip
async def test_what_stays_apart(database: FakeDatabase, other) -> None:
    """A newsletter's issue, another arXiv paper, other authors' work and a sequel are not merged."""
    await store(database, PAPER, other)

    assert 0 == await join_by_title(database.unit_of_work, NOW)


async def test_old_papers_are_left_alone(database: FakeDatabase) -> None:
    """A title is matched against the papers of the last three weeks, not against all there ever were."""
    await store(database, PAPER, THREAD)

    assert 0 == await join_by_title(database.unit_of_work, NOW + timedelta(days=60))
