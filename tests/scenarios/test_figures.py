"""The figures that pages show agree with a count that is made independently: from what people did, as their platform has it, and the digests."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict

import pytest

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.web.channel.store import BoardStore
from bot.usecases.digest_facts import DigestFacts
from bot.usecases.figures import Figures, channel_figures
from tests.databases import migrated_sqlite, opened
from tests.half_year import CHANNEL, HABITS, half_year


class Counted:
    """What happened, read from the platform's own tables, where the core reads nothing, and from the documents of the digests."""

    def __init__(self, file: str) -> None:
        database = sqlite3.connect(file)
        sent = database.execute("SELECT message_id, week, item_key, part FROM postings WHERE item_key IS NOT NULL")
        self.work = {message: (week, key) for message, week, key, _ in sent}
        self.cards: dict[str, set[str]] = defaultdict(set)
        for week, key in self.work.values():
            self.cards[week].add(key)
        self.sources: dict[str, set[str]] = {}
        for (content,) in database.execute("SELECT content FROM digests"):
            digest = json.loads(content)
            for pick in [*digest["picks"], *digest["also"]]:
                self.sources[pick["item"]["key"]] = {mention["source_id"] for mention in pick["item"]["mentions"]}
        self.marks: dict[str, set[str]] = defaultdict(set)
        for message, emoji in database.execute("SELECT message_id, emoji FROM board_reactions WHERE present"):
            if message in self.work:
                self.marks[self.work[message][1]].add(emoji)
        replies = database.execute("SELECT parent_id, text FROM board_replies WHERE deleted_at IS NULL")
        self.written = {
            self.work[parent][1] for parent, text in replies if parent in self.work and not text.startswith("//")
        }

    def wanted(self, key: str) -> bool:
        return bool(self.marks[key] & set("⭐👀✅"))


async def figures(tmp_path, tmp_path_factory, weeks: int, per_week: int) -> tuple[Figures, Counted]:
    address = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    async with opened(address) as engine:
        units = SqlUnitOfWorkFactory(engine)
        await half_year(units, BoardStore(engine), weeks=weeks, per_week=per_week, seed=5)
        found = await channel_figures(CHANNEL, units.reading, DigestFacts(), member_id=HABITS[0].member.id)
    return found, Counted(str(tmp_path / "paperround.db"))


@pytest.mark.parametrize(("weeks", "per_week"), [(4, 20), pytest.param(26, 45, marks=pytest.mark.slow)])
async def test_the_figures_are_what_happened(tmp_path, tmp_path_factory, weeks, per_week):
    """The thirty-second rule, the team's weeks and each source's yield, counted once more from what people did."""
    found, counted = await figures(tmp_path, tmp_path_factory, weeks, per_week)
    rule = {one.week: (one.shown, one.wanted, one.wanted_and_summarised) for one in found.weeks}
    yields = {one.source: (one.shown, one.marked, one.read, one.summarised) for one in found.sources}
    expected_rule, expected = {}, {}
    for week, keys in counted.cards.items():
        wanted = {key for key in keys if counted.wanted(key)}
        expected_rule[week] = (len(keys), len(wanted), len(wanted & counted.written))
    for source in {source for keys in counted.cards.values() for key in keys for source in counted.sources[key]}:
        mine = [key for keys in counted.cards.values() for key in keys if source in counted.sources[key]]
        expected[source] = (
            len(mine),
            sum(counted.wanted(key) for key in mine),
            sum("✅" in counted.marks[key] for key in mine),
            sum(key in counted.written for key in mine),
        )

    assert weeks == len(counted.cards)
    assert expected_rule == rule
    assert expected == yields
    assert all(sum(one.stages) == one.shown for one in found.weeks)
    assert sum(one.wanted_and_summarised for one in found.weeks) > 0
