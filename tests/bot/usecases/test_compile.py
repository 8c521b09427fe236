"""The right week, and in it what was said then and not sent before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.budget import MOST_CARDS, card_cost
from bot.classics import Classic
from bot.digest.eligibility import LEAST_PAPERS
from bot.model import (
    Attention,
    Channel,
    Digest,
    Entry,
    ItemKind,
    Rhythm,
    Section,
    Skip,
    SourceRecord,
    SourceReport,
    SourceSpec,
    SourceStatus,
    Window,
)
from bot.periods import LENGTHS
from bot.ranking.question import Question, Relevance, Relevances
from bot.source_state import batch_of
from bot.usecases.catchup import AWAY, skip_missed
from bot.usecases.compile import compile_digest, due_digest, next_digest, next_week, source_reports
from bot.usecases.deliver import freeze
from tests.factories import DAY, HOUR, NOW, WEEK, WINDOW, at, channel, digest, digest_of, entry, link, report, spec
from tests.fake_ranker import FakeRanker
from tests.fake_storage import FakeDatabase

CHANNEL = channel()
ARXIV, HF, LETTER = spec(), spec("huggingface"), spec("letter", section=Section.NEWSLETTERS)
SPECS = (ARXIV, HF, LETTER)


def paper(number: int, source: str = "arxiv", **what: Any) -> Entry:
    about = f"https://arxiv.org/abs/2608.{number:05}"
    plain = {"about": about, "published": at(days=1), "code_url": "https://github.com/o/n"}
    return entry(f"{source}/{number}", source, **(plain | what))


@pytest.fixture
def database() -> FakeDatabase:
    return FakeDatabase()


async def said(database: FakeDatabase, *entries: Entry, seen: datetime = NOW, since: datetime = WINDOW.start) -> None:
    """A collect at `seen` found these entries; every source is asked for the first time."""
    async with database.unit_of_work() as unit:
        for source in {one.source_id for one in entries}:
            mine = [one for one in entries if one.source_id == source]
            await unit.entries.store([batch_of(spec(source), SourceRecord(id=source), mine, since=since, now=seen)])
        await unit.commit()


async def compiled(database: FakeDatabase, ours: Channel = CHANNEL, **what: Any) -> Digest:
    plain = {"specs": SPECS, "now": NOW, "week": WEEK, "window": WINDOW}
    given = plain | what
    return await compile_digest(ours, given.pop("week"), given.pop("window"), database.unit_of_work, **given)


def keys(of: Digest) -> list[str]:
    return [pick.item.key.removeprefix("arxiv:2608.0000") for pick in of.picks]


class Certain(FakeRanker):
    """Says that works which have one of some words in their title are about the topic of that name."""

    def __init__(self, *topics: str) -> None:
        super().__init__()
        self._topics = topics
        self.unclear = False

    async def relevance(self, corpus: str, question: Question) -> Mapping[str, Relevance]:
        found = await super().relevance(corpus, question)
        titles = {key: text.title.casefold() for key, text in self._loaded[1].items()} if self._loaded else {}
        asked = [topic for topic in self._topics if topic in question.topics]
        about = {key: {topic: 2.0 for topic in asked if topic in titles[key]} for key in found}
        details = {key: one._replace(about=about[key]) for key, one in found.items()}
        return Relevances({key: one.score for key, one in details.items()}, details, unclear=self.unclear)


class TestDue:
    async def due(self, database: FakeDatabase, now: datetime, ours: Channel = CHANNEL) -> tuple[str, Window] | None:
        return await due_digest(ours, database.unit_of_work, now)

    async def missed(self, database: FakeDatabase, now: datetime, ours: Channel) -> list[str]:
        skips = await skip_missed(ours, database.unit_of_work, now)
        return [skip.week for skip in skips if skip.because == AWAY]

    async def test_first_start(self, database: FakeDatabase) -> None:
        """On the very first start a first look is due at once, an extra one, and covers the last seven days from the beginning of the first."""
        now = NOW + 2 * DAY + 3 * HOUR

        assert await self.due(database, now) == (
            "2026-08-19-extra",
            Window(start=datetime(2026, 8, 12, tzinfo=UTC), end=now),
        )

    async def test_first_start_in_the_channels_zone(self, database: FakeDatabase) -> None:
        """The day of a first look, and the day that it begins with, are those of the channel's own calendar."""
        late = NOW + 3 * DAY + 14 * HOUR + timedelta(minutes=30)
        berlin = channel(zone="Europe/Berlin")

        assert (await self.due(database, late) or ("",))[0] == "2026-08-20-extra"
        found, window = await self.due(database, late, berlin) or ("", WINDOW)
        assert (found, window.start) == ("2026-08-21-extra", datetime(2026, 8, 13, 22, tzinfo=UTC))

    @pytest.mark.parametrize(("hours", "week"), [(-13, 0), (-11, 1), (0, 1), (11, 1), (13, 0)])
    async def test_first_start_near_its_hour(self, database: FakeDatabase, hours: int, week: int) -> None:
        """A first look within half a day of a due instant is that week's digest, and no second one follows within hours."""
        now = NOW + hours * HOUR
        found, window = await self.due(database, now) or ("", WINDOW)
        assert bool(week) == (found == "2026-W34")

        first = replace(digest(), week=found, window=window, compiled_at=now)
        await freeze(first, CHANNEL, database.unit_of_work)
        following = await next_digest(CHANNEL, database.unit_of_work, now)
        assert following - now > 11 * HOUR

    async def test_friday_channel_started_on_monday(self, database: FakeDatabase) -> None:
        """It has its first look at once, and its own Friday as well, which covers what came since; then every Friday."""
        friday, now = channel(weekday=5), NOW + HOUR
        found, window = await self.due(database, now, friday) or ("", WINDOW)
        await freeze(replace(digest(), week=found, window=window, compiled_at=now), friday, database.unit_of_work)

        assert await self.due(database, now, friday) is None
        assert await next_digest(friday, database.unit_of_work, now) == NOW + 4 * DAY
        assert await self.due(database, NOW + 4 * DAY, friday) == ("2026-W34", Window(start=now, end=NOW + 4 * DAY))
        assert [] == await self.missed(database, NOW + 5 * DAY, friday)
        assert ["2026-W34"] == await self.missed(database, NOW + 12 * DAY, friday)

    @pytest.mark.parametrize(
        ("weekday", "rhythm", "second"),
        [
            (5, Rhythm.WEEKLY, "2026-W34-extra"),
            (4, Rhythm.WEEKLY, "2026-W34-extra"),
            (3, Rhythm.WEEKLY, None),
            (7, Rhythm.FORTNIGHTLY, "2026-W34-extra"),
            (5, Rhythm.FORTNIGHTLY, None),
        ],
    )
    async def test_moved_on_after_its_digest(
        self, database: FakeDatabase, weekday: int, rhythm: Rhythm, second: str | None
    ) -> None:
        """A channel moved from Monday to Friday after Monday's digest has a short one on that Friday, too, and then each of its days."""
        await freeze(digest(), CHANNEL, database.unit_of_work)
        moved, its_day = channel(weekday=weekday, rhythm=rhythm), NOW + (weekday - 1) * DAY

        assert await self.due(database, NOW + HOUR, moved) is None
        found = await self.due(database, its_day, moved)
        assert found == (second and (second, Window(start=NOW, end=its_day)))
        told, window = await next_week(moved, database.unit_of_work, NOW + HOUR)
        assert (told, window.end) == ((second, its_day) if second else (told, its_day + LENGTHS[rhythm]))
        if found is None:
            return
        await freeze(
            replace(digest(), week=found[0], window=found[1], compiled_at=its_day), moved, database.unit_of_work
        )
        assert await self.due(database, its_day, moved) is None
        following, after = await next_week(moved, database.unit_of_work, its_day)
        assert (following == "2026-W35") == (rhythm is Rhythm.WEEKLY)
        assert await self.due(database, after.end, moved) == (following, Window(start=its_day, end=after.end))
        assert [] == await self.missed(database, after.end, moved)

    async def test_moved_on_is_not_caught_up_with(self, database: FakeDatabase) -> None:
        """Who moves to Friday on Saturday gets nothing on the Saturday: the next Friday covers it all."""
        await freeze(digest(), CHANNEL, database.unit_of_work)
        friday = channel(weekday=5)

        assert await self.due(database, NOW + 5 * DAY, friday) is None
        found = ("2026-W35", Window(start=NOW, end=NOW + 11 * DAY))
        assert await self.due(database, NOW + 11 * DAY, friday) == found

    @pytest.mark.parametrize(
        ("rhythm", "most"),
        [
            (Rhythm.WEEKLY, 14),
            (Rhythm.FORTNIGHTLY, 21),
            (Rhythm.TWICE_A_WEEK, 11),
            (Rhythm.MONTHLY, 42),
            (Rhythm.DAILY, 8),
        ],
    )
    async def test_covers_its_rhythm_and_a_week(self, database: FakeDatabase, rhythm: Rhythm, most: int) -> None:
        """After a time away a digest covers its rhythm and a week, and no more."""
        ours = channel(rhythm=rhythm)
        await freeze(digest(), ours, database.unit_of_work)
        _, window = await due_digest(ours, database.unit_of_work, NOW + 200 * DAY, by_hand=True) or ("", WINDOW)

        assert window.end - window.start == most * DAY

    async def test_another_rhythm(self, database: FakeDatabase) -> None:
        """Stored weeks stay what they are when the rhythm changes, and the next digest begins where the last one ended."""
        await freeze(digest(), CHANNEL, database.unit_of_work)
        daily = channel(rhythm=Rhythm.DAILY)

        assert await self.due(database, NOW, daily) is None
        assert await self.due(database, NOW + DAY, daily) == ("2026-08-18", Window(start=NOW, end=NOW + DAY))
        assert [] == await self.missed(database, NOW + DAY, daily)
        assert ["2026-08-18", "2026-08-19"] == await self.missed(database, NOW + 3 * DAY, daily)

    async def test_frozen_is_not_due(self, database: FakeDatabase) -> None:
        """A week that has its digest is not due again, until the next is."""
        await freeze(digest(), CHANNEL, database.unit_of_work)

        assert await self.due(database, NOW) is None
        assert await self.due(database, NOW + 7 * DAY - timedelta(seconds=1)) is None
        assert await self.due(database, NOW + 7 * DAY) == ("2026-W35", Window(start=NOW, end=NOW + 7 * DAY))

    async def test_several_missed(self, database: FakeDatabase) -> None:
        """Of several weeks that were missed the latest alone is due, and covers the time since the last digest, two weeks at most."""
        await freeze(digest(), CHANNEL, database.unit_of_work)

        assert await self.due(database, NOW + 22 * DAY) == ("2026-W37", Window(start=NOW + 7 * DAY, end=NOW + 21 * DAY))
        assert await self.due(database, NOW + 70 * DAY) == (
            "2026-W44",
            Window(start=NOW + 56 * DAY, end=NOW + 70 * DAY),
        )

    async def test_too_late(self, database: FakeDatabase) -> None:
        """A digest that is later than the channel will have it is not due any more, except by hand."""
        await freeze(digest(), CHANNEL, database.unit_of_work)
        now = NOW + 9 * DAY

        assert await self.due(database, now)
        assert await self.due(database, now + HOUR) is None
        assert await self.due(database, now, channel(catch_up=2 * HOUR)) is None
        assert await due_digest(CHANNEL, database.unit_of_work, now + HOUR, by_hand=True)

    async def test_nothing_before_the_first_start(self, database: FakeDatabase) -> None:
        """A week that fell due before the channel was first served is none of its."""
        now = NOW + 2 * DAY
        await freeze(
            digest(compiled_at=now, window=Window(start=now - 7 * DAY, end=now)), CHANNEL, database.unit_of_work
        )

        assert await self.due(database, now + HOUR) is None

    @pytest.mark.parametrize("started", [NOW, NOW + 2 * DAY, NOW + 4 * DAY + HOUR, NOW + 6 * DAY])
    async def test_no_gap_after_the_first_digest(self, database: FakeDatabase, started: datetime) -> None:
        """Whenever in the week a channel starts, its next digest leaves no time uncovered after the first."""
        ours = channel(weekday=5)
        week, window = await self.due(database, started, ours) or ("", WINDOW)
        await freeze(digest(week=week, window=window, compiled_at=started), ours, database.unit_of_work)
        looked_at = [await self.due(database, started + hours * HOUR, ours) for hours in range(1, 24 * 14)]
        _, following = next(due for due in looked_at if due)

        assert following.start <= window.end < following.end

    async def test_after_one_made_early_by_hand(self, database: FakeDatabase) -> None:
        """A digest that was made by hand before its window had ended ended when it was compiled; the next one goes on there."""
        await freeze(digest(compiled_at=NOW - 3 * DAY), CHANNEL, database.unit_of_work)

        assert await self.due(database, NOW + 7 * DAY) == (
            "2026-W35",
            Window(start=NOW - 3 * DAY, end=NOW + 7 * DAY),
        )

    async def test_another_weekday(self, database: FakeDatabase) -> None:
        """When a channel's weekday is changed, the next digest covers what lies between."""
        await freeze(digest(), CHANNEL, database.unit_of_work)
        later = NOW + 11 * DAY

        assert await self.due(database, later, channel(weekday=5)) == ("2026-W35", Window(start=NOW, end=later))

    async def test_a_sample_is_no_start(self, database: FakeDatabase) -> None:
        """After the sample week the channel's first real week is still due at once."""
        await freeze(digest(week="sample", sample=True), CHANNEL, database.unit_of_work)

        assert (await self.due(database, NOW) or ("",))[0] == "2026-W34"


class TestCandidates:
    async def test_what_was_said_in_the_week(self, database: FakeDatabase) -> None:
        """What was said inside the window counts, from its first instant to before its last."""
        await said(
            database,
            paper(1, published=WINDOW.start),
            paper(2, published=NOW - timedelta(seconds=1)),
            paper(3, published=NOW),
            paper(4, published=WINDOW.start - timedelta(seconds=1)),
            seen=NOW + HOUR,
            since=at(days=30),
        )

        assert sorted(keys(await compiled(database))) == ["1", "2"]

    async def test_what_a_later_week_sent(self, database: FakeDatabase) -> None:
        """A week that is made up for by hand does not repeat what the week after it has sent."""
        await said(database, paper(1), paper(2))
        await freeze(digest_of(["arxiv:2608.00001"], week="2026-W35"), CHANNEL, database.unit_of_work)

        assert keys(await compiled(database)) == ["2"]

    async def test_a_listing_day_competes_twice(self, database: FakeDatabase) -> None:
        """A Monday's listing competes in the digest that falls due on it and, unsent, once more in the next with its new votes."""
        monday = NOW.replace(hour=0)
        listing = [paper(number, "huggingface", published=monday, whole_day=True) for number in (1, 2)]
        await said(database, *listing)
        first = await compiled(database)
        await freeze(replace(first, picks=first.picks[:1]), CHANNEL, database.unit_of_work)
        voted = [replace(one, attention=Attention(votes=50)) for one in listing]
        await said(database, *voted, seen=NOW + DAY)
        following = Window(start=NOW, end=NOW + 7 * DAY)
        second = await compiled(database, week="2026-W35", window=following, now=following.end)
        third = Window(start=following.end, end=following.end + 7 * DAY)

        assert sorted(keys(first)) == ["1", "2"]
        assert [dict(pick.item.attention)["huggingface"].votes for pick in second.picks] == [50]
        assert keys(second) == [key for key in ["1", "2"] if key not in keys(first)[:1]]
        assert keys(await compiled(database, week="2026-W36", window=third, now=third.end)) == []

    async def test_one_work_is_one_pick(self, database: FakeDatabase) -> None:
        """A paper that two sources and a newsletter speak of is one pick with three mentions."""
        letter = entry(
            "1",
            "letter",
            kind=ItemKind.NEWSLETTER,
            section=Section.NEWSLETTERS,
            links=(link("https://arxiv.org/pdf/2608.00001v2"),),
        )
        await said(database, paper(1), paper(1, "huggingface"), letter)
        picks = (await compiled(database)).picks

        assert [sorted(m.source_id for m in pick.item.mentions) for pick in picks] == [
            ["arxiv", "huggingface", "letter"],
            ["letter"],
        ]

    async def test_a_topic_of_no_work(self, database: FakeDatabase) -> None:
        """A topic that nothing is about brings nothing by half of its words: the digest is that of the other topics, and says so."""
        about = ["Conformal field theory", "Conformal maps", "Bandits", "Other things", "More of them"]
        await said(database, *(paper(number, title=title) for number, title in enumerate(about, start=1)))
        topics = ("conformal prediction", "bandits")
        made = await compiled(database, replace(CHANNEL, topics=topics, explore=0.0), ranker=FakeRanker())
        alone = await compiled(database, replace(CHANNEL, topics=topics[1:], explore=0.0), ranker=FakeRanker())

        assert ("conformal prediction",) == made.unmatched
        assert made.picks == alone.picks

    async def test_a_topic_in_another_sense(self, database: FakeDatabase) -> None:
        """A topic whose word works have, while the ranker takes none to be about it, is told of as such, and not as one that nobody writes of."""
        titles = ["Bandits", "More bandits", "A symmetry of bandits", "Other things", "More of them"]
        await said(database, *(paper(number, title=title) for number, title in enumerate(titles, start=1)))
        ours = replace(CHANNEL, topics=("bandits", "symmetry", "quantum radar"), explore=0.0)
        made = await compiled(database, ours, ranker=Certain("bandits"))
        found = await compiled(database, ours, ranker=Certain("bandits", "symmetry"))

        assert (("quantum radar",), ("symmetry",), ()) == (made.unmatched, made.in_passing, made.muted)
        assert (("quantum radar",), (), ()) == (found.unmatched, found.in_passing, found.muted)

    async def test_a_topic_of_talk_alone(self, database: FakeDatabase) -> None:
        """A topic that only works are about which cannot come, like talk about reviews, is told of: nothing of it is shown."""
        talk = entry("talk", title="Stanford: reviews of NeurIPS", section=Section.COMMUNITY)
        await said(database, talk, *(paper(number, title=f"Bandits of kind {number}") for number in range(1, 20)))
        ours = replace(CHANNEL, topics=("bandits", "Stanford"), explore=0.0)
        made = await compiled(database, ours, ranker=Certain("bandits", "stanford"))

        assert ("Stanford",) == made.in_passing
        assert () == made.unmatched

    async def test_a_week_without_works(self, database: FakeDatabase) -> None:
        """Where nothing was collected, no work speaks of a topic in passing."""
        made = await compiled(database, replace(CHANNEL, topics=("bandits", "symmetry")), ranker=FakeRanker())

        assert ((), ()) == (made.in_passing, made.unmatched)

    async def test_a_topic_that_is_unclear(self, database: FakeDatabase) -> None:
        """The first digest by its topics asks in which sense one of several is meant, and no later one, until the topics are others."""
        await said(database, *(paper(number, title=f"Bandits of kind {number}") for number in range(1, 90)))
        ranker, ours = Certain("bandits"), replace(CHANNEL, topics=("bandits",), explore=0.0)
        ranker.unclear = True
        first = await compiled(database, ours, ranker=ranker)
        again = await compiled(database, ours, ranker=ranker)
        await freeze(first, ours, database.unit_of_work)
        later = await compiled(database, replace(ours, topics=("Bandit",)), week="2026-W35", ranker=ranker)
        others = await compiled(database, replace(ours, topics=("kind",)), week="2026-W35", ranker=ranker)

        assert [("bandits",), ("bandits",), (), ("kind",)] == [one.unclear for one in (first, again, later, others)]

    async def test_a_topic_that_is_muted(self, database: FakeDatabase) -> None:
        """A topic of which all works are muted is told of as such; by a ranker or by words alone."""
        works = [paper(number, title=f"Bandits of kind {number}") for number in range(1, 20)]
        await said(database, *works, paper(20, title="A symmetry", authors=("Ada Lovelace",)))
        ours = replace(CHANNEL, topics=("bandits", "symmetry"), mute=("author:Ada Lovelace",), explore=0.0)
        by_words = await compiled(database, ours)
        by_meaning = await compiled(database, ours, ranker=Certain("bandits", "symmetry"))

        assert [((), ("symmetry",))] * 2 == [(one.in_passing, one.muted) for one in (by_words, by_meaning)]

    async def test_a_topic_that_is_a_person(self, database: FakeDatabase) -> None:
        """An author's name brings that author's works first; what the ranker makes of its words changes nothing, and the rest is that of the other topics."""
        titles = ["Finn the fish", "Chelsea", "Bandits", "Other things", "More of them"]
        papers = [paper(number, title=title) for number, title in enumerate(titles, start=1)]
        await said(database, *papers, paper(6, title="Grasping", authors=("Chelsea Finn", "Ada Lovelace")))
        made = await compiled(
            database, replace(CHANNEL, topics=("C. Finn", "bandits"), explore=0.0), ranker=FakeRanker()
        )

        assert not made.unmatched
        assert {"Grasping", "Bandits"} == {pick.item.title for pick in made.picks[:2]}
        assert "by Chelsea Finn, your topic 'C. Finn'" in {one.text for pick in made.picks[:2] for one in pick.reasons}

    @pytest.mark.parametrize("topic", ["Chelsea Finn", "C++", "Llama 3"])
    async def test_topics_that_no_ranker_reads(self, database: FakeDatabase, topic: str) -> None:
        """Topics that are authors, signs, or names with their number, alone ask for something: the rest of the week does not fill the digest, and the head says so."""
        strangers = [paper(number, title=f"Work {number} for a llama, in 3 parts") for number in range(30)]
        await said(database, *strangers, paper(90, title="Grasping in C++ by Llama-3.1", authors=("Chelsea Finn",)))
        made = await compiled(
            database, replace(CHANNEL, topics=(topic,), explore=0.0, budget_minutes=60), ranker=FakeRanker()
        )

        assert "Grasping in C++ by Llama-3.1" == made.picks[0].item.title
        assert LEAST_PAPERS == len(made.picks)
        assert made.short
        assert (1, LEAST_PAPERS - 1) == (made.short.reached, made.short.added)

    async def test_a_topic_whose_works_were_shown(self, database: FakeDatabase) -> None:
        """A second digest of the same days says that a topic's works are used up, and not that nothing was about it."""
        await said(
            database, paper(1, title="Bandits"), *(paper(number, title="Folding proteins") for number in range(2, 9))
        )
        ours = replace(CHANNEL, topics=("bandits", "quantum radar"), explore=0.0)
        first = await compiled(database, ours)
        await freeze(
            replace(first, picks=tuple(pick for pick in first.picks if pick.item.title == "Bandits")),
            ours,
            database.unit_of_work,
        )
        again = await compiled(database, ours, week="2026-W35")

        assert (("quantum radar",), ()) == (first.unmatched, first.used_up)
        assert (("quantum radar",), ("bandits",)) == (again.unmatched, again.used_up)

    async def test_regions_elsewhere(self, database: FakeDatabase, caplog: pytest.LogCaptureFixture) -> None:
        """A ranker is asked for the regions of what is drawn from outside; where it fails, they are put together here, to the same digest."""
        fields = ("Grasping objects", "Folding proteins", "Recognizing speech", "Forecasting weather")
        titles = [f"{fields[number % 4]} of kind {number}" for number in range(40)]
        await said(database, *(paper(number, title=title) for number, title in enumerate(["Bandits", *titles])))
        ranker = FakeRanker()
        ours = replace(CHANNEL, topics=("bandits",), explore=1.0, budget_minutes=60)
        made = await compiled(database, ours, ranker=ranker)
        asked, ranker.fails_regions = ranker.grouped, True
        failed = await compiled(database, ours, ranker=ranker)

        assert 1 == asked == ranker.grouped
        assert any(0 < (pick.propensity or 0) < 1 for pick in made.picks)
        assert made == failed
        assert "regions_failed" in {getattr(record, "action", "") for record in caplog.records}

    async def test_a_mistyped_topic(self, database: FakeDatabase) -> None:
        """A topic with a word that nobody writes is served as the one that is meant, and the digest says so; spelt right it is served the same."""
        about = [f"Reinforcement learning of {what}" for what in ("planes", "ships", "trains")]
        others = ["Bandits", "Learning from few examples", "Metric learning"]
        await said(database, *(paper(number, title=title) for number, title in enumerate([*others, *about], start=1)))
        typed, right = [
            await compiled(database, replace(CHANNEL, topics=(topic,), explore=0.0), ranker=FakeRanker())
            for topic in ("reinforcment learning", "reinforcement learning")
        ]

        assert (("reinforcment learning", "reinforcement learning"),) == typed.respelt
        assert () == right.respelt
        assert typed.picks == right.picks

    @pytest.mark.parametrize(
        "classics", [(), (Classic(title="Forests", url="https://doi.org/10.1023/A:1", why="The baseline."),)]
    )
    async def test_not_more_cards_than_anybody_looks_through(
        self, database: FakeDatabase, classics: tuple[Classic, ...]
    ) -> None:
        """Four hours are 25 cards, the classic among them."""
        await said(database, *(paper(number) for number in range(1, 60)))
        made = await compiled(database, replace(CHANNEL, budget_minutes=240), classics=classics)

        assert MOST_CARDS == len(made.picks)
        assert bool(classics) == made.picks[-1].classic

    @pytest.mark.parametrize("budget", [14, 15, 20, 33, 60])
    async def test_within_the_budget(self, database: FakeDatabase, budget: int) -> None:
        """What the cards cost together stays within the budget, the classic among them."""
        await said(database, *(paper(number) for number in range(1, 60)))
        classic = Classic(title="Forests", url="https://doi.org/10.1023/A:1", why="The baseline.")
        made = await compiled(database, replace(CHANNEL, budget_minutes=budget), classics=[classic])

        assert made.rate is not None
        assert made.picks[-1].classic
        assert sum(card_cost(one.minutes, made.rate) for one in made.picks) <= budget
        assert made.minutes <= budget

    async def test_what_was_sent(self, database: FakeDatabase) -> None:
        """What an earlier digest brought is not brought again, under whatever key it was known then."""
        await said(database, paper(1), paper(2), paper(3))
        await freeze(digest_of(["arxiv:2608.00001", "doi:10.1/x"], week="2026-W33"), CHANNEL, database.unit_of_work)
        async with database.unit_of_work() as unit:
            await unit.items.merge("doi:10.1/x", "arxiv:2608.00002")
            await unit.commit()

        assert keys(await compiled(database)) == ["3"]
        assert len((await compiled(database, channel("other"))).picks) == 3

    async def test_archive(self, database: FakeDatabase) -> None:
        """What was old when we first asked is no candidate, though a newsletter links to it now."""
        letter = entry(
            "1",
            "letter",
            kind=ItemKind.NEWSLETTER,
            section=Section.NEWSLETTERS,
            links=(link("https://arxiv.org/abs/2608.00001"),),
        )
        await said(database, paper(1, published=at(days=30)), letter)

        assert keys(await compiled(database)) == ["url:https://letter.example/1"]

    async def test_its_own_sources(self, database: FakeDatabase) -> None:
        """A channel that names its sources gets what they say, and nothing of the others, mentions and receipt included."""
        await said(database, paper(1), paper(1, "huggingface"), paper(2))
        made = await compiled(database, channel(sources=("huggingface",)))

        assert [[m.source_id for m in pick.item.mentions] for pick in made.picks] == [["huggingface"]]
        assert [one.id for one in made.sources] == ["huggingface"]

    async def test_spoken_of_by_its_own_sources_now(self, database: FakeDatabase) -> None:
        """What a channel's own source said weeks ago is not brought up because another one speaks of it now."""
        await said(database, paper(1, published=at(days=10)), paper(1, "huggingface"), since=at(days=30))

        assert keys(await compiled(database)) == ["1"]
        assert keys(await compiled(database, channel(sources=("arxiv",)))) == []

    async def test_same_store_same_digest(self, database: FakeDatabase) -> None:
        """Compiling twice gives the same, and changes nothing."""
        await said(database, *(paper(n) for n in range(30)))
        before = database.tables.copy()

        assert await compiled(database) == await compiled(database)
        assert database.tables == before


class TestMarks:
    @pytest.mark.parametrize(("hours", "late"), [(0, False), (2, False), (3, True)])
    async def test_late(self, database: FakeDatabase, hours: int, late: bool) -> None:  # noqa: FBT001 - parametrised
        """A digest that is compiled well after it fell due is late; a sample never is, nor one of a channel not yet served."""
        assert (await compiled(database, now=NOW + hours * HOUR)).late is False
        async with database.unit_of_work() as uow:
            await uow.channels.start("reading", NOW - 30 * DAY)
            await uow.commit()

        assert (await compiled(database, now=NOW + hours * HOUR)).late is late
        assert (await compiled(database, now=NOW + hours * HOUR, sample=True)).late is False

    async def test_skipped(self, database: FakeDatabase) -> None:
        """The weeks without a digest since the last one are named with the reason; older ones were named before."""
        skips = [Skip(channel="reading", week=week, because="away", at=NOW) for week in ("2026-W30", "2026-W33")]
        async with database.unit_of_work() as uow:
            await uow.digests.add(digest(week="2026-W32"))
            await uow.digests.skip(skips)
            await uow.commit()

        assert (await compiled(database)).skipped == (skips[1],)


class TestReports:
    def reports(self, *specs: SourceSpec, **records: SourceRecord) -> list[tuple[SourceStatus, str | None]]:
        return [(one.state, one.error) for one in source_reports(specs, records)]

    def test_last_report(self) -> None:
        """A source's last report is given as it was."""
        told = report(state=SourceStatus.STALE, error="nothing since July")

        assert source_reports([ARXIV], {"arxiv": SourceRecord(id="arxiv", report=told)}) == [told]

    def test_failing_since(self) -> None:
        """What is remembered of a failing source's first failure is in its report, whatever wrote that; of one that is well, nothing."""
        failing, well = report(state=SourceStatus.FAILING), report(failing_since=NOW)
        records = [SourceRecord(id="arxiv", report=one, failing_since=NOW) for one in (failing, well)]

        assert [source_reports([ARXIV], {"arxiv": one})[0].failing_since for one in records] == [NOW, None]

    def test_answered_at(self) -> None:
        """A report says when its source answered last, be it days ago."""
        record = SourceRecord(id="arxiv", report=report(), last_success=at(days=3))

        assert at(days=3) == source_reports([ARXIV], {"arxiv": record})[0].answered_at

    def test_off_and_never_asked(self) -> None:
        """A source that is off says why, whatever it said before; one that was never asked says that."""
        off = replace(ARXIV, enabled=False, off_because="needs a token")
        asked = SourceRecord(id="arxiv", report=report())

        assert self.reports(off, arxiv=asked) == [(SourceStatus.OFF, "needs a token")]
        assert self.reports(HF) == [(SourceStatus.NEW, "not asked yet")]


class TestWhatSourcesDid:
    """The receipt of a digest tells how each source did in its window."""

    async def reports(
        self, database: FakeDatabase, record: SourceRecord, *specs: SourceSpec
    ) -> dict[str, SourceReport]:
        async with database.unit_of_work() as unit:
            await unit.sources.save([record])
            await unit.commit()
        return {one.id: one for one in (await compiled(database, specs=specs or SPECS)).sources}

    @pytest.mark.parametrize(("days", "partial"), [(1, True), (6, True), (8, False)])
    async def test_what_may_be_lost(self, database: FakeDatabase, days: float, *, partial: bool) -> None:
        """That entries of the window may be lost is told, also if a later look went well; what was lost before it is not."""
        well = SourceRecord(
            id="arxiv",
            last_success=NOW,
            report=report(),
            gap="may have lost entries",
            gap_at=NOW - timedelta(days=days),
        )
        told = (await self.reports(database, well))["arxiv"]

        assert (told.partial, "may have lost entries" in (told.error or "")) == (partial, partial)

    async def test_what_is_only_offered(self, database: FakeDatabase) -> None:
        """A source that nobody has switched on is in no receipt; one that somebody switched off is."""
        offered = spec("offered", enabled=False, off_because="off until it is switched on", offered=True)
        off = spec("off", enabled=False, off_because="switched off")
        told = await self.reports(database, SourceRecord(id="arxiv"), ARXIV, offered, off)

        assert list(told) == ["arxiv", "off"]

    async def test_a_story_alone_is_no_candidate(self, database: FakeDatabase) -> None:
        """What only supports a work is chosen with that work and never without."""
        alone = entry(
            "hn/1",
            "hn",
            url="https://hn.example/1",
            about="https://lab.example/post",
            supporting=True,
            published=at(days=1),
        )
        story = entry("hn/2", "hn", url="https://hn.example/2", about="https://arxiv.org/abs/2608.00001", supporting=True,
                      published=at(days=1), attention=Attention(votes=40))  # fmt: skip
        await said(database, alone, story, paper(1))
        digest = await compiled(database, specs=(*SPECS, spec("hn")))

        assert [pick.item.key for pick in digest.picks] == ["arxiv:2608.00001"]
        assert digest.picks[0].item.attention["hn"].votes == 40
