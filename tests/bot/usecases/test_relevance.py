"""What a channel wants, asked of a ranker: topics, decisions, what was shown, and the works of eight weeks."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from bot.due import channel_due_period, channel_window
from bot.model import Attention, Channel, Entry, Item, Meaning, Rhythm, Section, SourceRecord, TasteWork
from bot.ranking.question import Question, Relevance
from bot.ranking.signals import BEFORE_CHANGE
from bot.source_state import batch_of
from bot.usecases.channel_past import past_of
from bot.usecases.compile import compile_digest
from bot.usecases.deliver import freeze
from bot.usecases.relevance import Found, history_of, most_noticed, relevance
from bot.usecases.spoken import SpokenCache
from bot.usecases.taste import FROM_HISTORY, taste_of
from tests.factories import (
    ADA,
    BEN,
    DAY,
    NOW,
    WEEK,
    WINDOW,
    at,
    channel,
    digest_of,
    entry,
    item,
    posting,
    press,
    reaction,
    ref,
    spec,
    summary,
)
from tests.fake_ranker import FakeRanker
from tests.fake_storage import FakeDatabase

ABSTRACTS = {
    1: "probing hidden features of language models with dictionary learning",
    2: "rendering scenes with gaussian splatting",
    3: "steering hidden features of language models",
    4: "grasping objects with a dexterous hand",
    5: "gaussian splatting for large scenes",
}


def paper(number: int, **what: object) -> Entry:
    plain = {
        "title": f"Work {number}",
        "abstract": ABSTRACTS[number],
        "about": f"https://arxiv.org/abs/2608.{number:05}",
        "published": at(days=1),
    }
    return entry(f"arxiv/{number}", **(plain | what))


def key(number: int) -> str:
    return f"arxiv:2608.{number:05}"


@pytest.fixture
def ranker() -> FakeRanker:
    return FakeRanker()


@pytest.fixture
async def database() -> FakeDatabase:
    """Two papers of weeks ago, three of this week."""
    made = FakeDatabase()
    entries = [paper(1, published=at(days=20)), paper(2, published=at(days=20)), *(paper(n) for n in (3, 4, 5))]
    async with made.unit_of_work() as uow:
        await uow.entries.store(
            [batch_of(spec(), SourceRecord(id="arxiv"), entries, since=at(days=60), now=at(hours=1))]
        )
        await uow.commit()
    return made


async def found(
    database: FakeDatabase,
    ranker: FakeRanker,
    ours: Channel | None = None,
    until: datetime = NOW,
    asked: Sequence[Item] | None = None,
) -> Found:
    ours = ours or channel()
    async with database.unit_of_work() as uow:
        history = await history_of(ours, await past_of(ours, uow), await taste_of(ours.name, uow), uow, NOW)
        revision = await uow.entries.revision()
    return await relevance(
        ours,
        asked or [item(key=key(n), attention={}) for n in (3, 4, 5)],
        history,
        database.unit_of_work,
        ranker,
        due=until,
        until=until,
        revision=revision,
        now=NOW,
    )


def best(one: Found) -> str:
    return max(one.relevance, key=lambda each: one.relevance[each].score)


async def marked(database: FakeDatabase, number: int, emoji: str, *members: object, present: bool = True) -> None:
    """Last week's digest showed papers 1 and 2; these members reacted to one of them."""
    await freeze(digest_of([key(1), key(2)], week="2026-W32"), channel(), database.unit_of_work)
    async with database.unit_of_work() as uow:
        await uow.postings.plan([posting(n, week="2026-W32", key=f"w{n}", item_key=key(n)) for n in (1, 2)])
        for n in (1, 2):
            sent = posting(n, week="2026-W32", key=f"w{n}", item_key=key(n))
            await uow.postings.save(
                sent.__class__(**{f: getattr(sent, f) for f in sent.__slots__} | {"ref": ref(f"m{n}")})
            )
        for member in members:
            await uow.reactions.put(reaction(emoji, member, ref=ref(f"m{number}"), present=present, at=at(days=5)))
        await uow.commit()


async def test_nothing_known(database: FakeDatabase, ranker: FakeRanker) -> None:
    """Without topics, decisions and anybody's notice, what is typical of each section is asked for: the newest is no better than the rest."""
    posts = [item(key=key(n), section=Section.COMMUNITY, attention={}) for n in (4, 5)]
    papers = [item(key=key(n), attention={}) for n in (1, 2, 3)]
    told = await found(database, ranker, asked=[*papers, *posts])

    assert told.assumed
    among = {one: each.stands_for for one, each in told.relevance.items()}
    assert among == dict.fromkeys([one.key for one in papers], 3) | dict.fromkeys([one.key for one in posts], 2)


async def test_a_skip_and_nothing_liked(database: FakeDatabase, ranker: FakeRanker) -> None:
    """Until something is liked papers keep the order of their votes, but for what is like a skipped one; nothing is said to be like anything."""
    await marked(database, 2, "👎", ADA)
    votes = {"huggingface": Attention(votes=50)}
    papers = [item(key=f"arxiv:2608.1{n:04}", title=f"Noticed {n}", attention=votes) for n in range(5)]
    told = await found(database, ranker, asked=[*papers, item(key=key(4)), item(key=key(5))])

    assert (told.assumed, told.liked, told.likes) == (True, {}, 0)
    assert told.relevance[key(5)].score < told.relevance[key(4)].score


async def test_the_most_noticed(database: FakeDatabase, ranker: FakeRanker) -> None:
    """Of a channel that has said nothing, papers are ranked by votes; what has none is ranked by nearness to those that have most."""
    votes = {"huggingface": Attention(votes=50)}
    papers = [item(key=f"arxiv:2608.1{n:04}", title=f"Noticed {n}", attention=votes) for n in range(5)]
    posts = [item(key=key(n), section=Section.COMMUNITY, attention={}) for n in (3, 4)]

    assert [one.key for one in papers] == [one.key for one in most_noticed([*posts, *papers])]
    assert [] == most_noticed([*posts, *papers[:4]])
    told = await found(database, ranker, asked=[*papers, *posts])
    assert told.assumed
    assert not {one.key for one in papers} & told.relevance.keys()


async def test_topics(database: FakeDatabase, ranker: FakeRanker) -> None:
    """A channel's topics are asked for."""
    assert key(4) == best(await found(database, ranker, channel(topics=("dexterous hand",))))


async def test_a_topic_that_says_nothing(database: FakeDatabase, ranker: FakeRanker) -> None:
    """A topic by which nothing can be told apart is none: the others are asked for alone."""
    alone = await found(database, ranker, channel(topics=("dexterous hand",)))

    assert alone == await found(database, ranker, channel(topics=("the", "dexterous hand", "🔥")))
    assert (await found(database, ranker, channel(topics=("the", "🔥")))).assumed


async def test_a_topic_of_signs(database: FakeDatabase, ranker: FakeRanker) -> None:
    """Of a topic whose signs are part of its words the ranker would look for the wrong half, so it is not asked."""
    alone = await found(database, ranker, channel(topics=("dexterous hand",)))

    assert alone == await found(database, ranker, channel(topics=("red C++", "dexterous hand")))


async def test_decisions(database: FakeDatabase, ranker: FakeRanker) -> None:
    """What members liked weeks ago is looked for this week, and can be named."""
    await marked(database, 1, "⭐", ADA, BEN)
    now = await found(database, ranker)

    assert key(3) == best(now)
    assert now.liked[key(1)] == '"Work 1", which two of you marked must-read'
    assert now.relevance[key(3)].like == (key(1),)
    assert ["Work 1"] == now.titles


async def test_an_issue_is_no_example(database: FakeDatabase, ranker: FakeRanker) -> None:
    """A liked issue of a newsletter teaches what is wanted, and is named as like nothing, for it is about several things."""
    issue = paper(1, section=Section.NEWSLETTERS, about="https://letter.example/1", published=at(days=20))
    async with database.unit_of_work() as uow:
        letter = spec("a-letter", section=Section.NEWSLETTERS)
        await uow.entries.store(
            [batch_of(letter, SourceRecord(id="a-letter"), [issue], since=at(days=60), now=at(hours=1))]
        )
        await uow.summaries.put(summary(item_key="url:https://letter.example/1"))
        await uow.commit()
    now = await found(database, ranker)

    assert key(3) == best(now)
    assert {"url:https://letter.example/1": ""} == dict(now.liked)
    assert [] == now.titles


async def test_skips(database: FakeDatabase, ranker: FakeRanker) -> None:
    """What members skipped is looked away from."""
    await marked(database, 2, "👎", ADA)
    scores = (await found(database, ranker)).relevance

    assert key(5) == min(scores, key=lambda each: scores[each].score)


async def test_topics_that_are_skipped(database: FakeDatabase, ranker: FakeRanker) -> None:
    """Of a topic whose works were skipped part of its share is left, more of it where some were liked; a skip of something else takes nothing away."""
    ours = channel(topics=("hidden features", "gaussian splatting"))
    await marked(database, 1, "👎", ADA, BEN)
    skipped = await found(database, ranker, ours)
    await marked(database, 2, "⭐", ADA)
    liked = await found(database, ranker, ours)
    await marked(database, 2, "👎", BEN)
    both = await found(database, ranker, ours)

    assert {"hidden features"} == set(skipped.votes) == set(liked.votes)
    assert {"hidden features", "gaussian splatting"} == set(both.votes)
    assert 0 < both.votes["hidden features"] < both.votes["gaussian splatting"] < 1
    assert {} == (await found(database, ranker, channel(topics=("hidden features",)))).votes, "it has no other one"


async def test_taken_back(database: FakeDatabase, ranker: FakeRanker) -> None:
    """A reaction that was taken back teaches nothing."""
    await marked(database, 1, "⭐", ADA, present=False)

    assert (await found(database, ranker)).assumed


async def test_summaries(database: FakeDatabase, ranker: FakeRanker) -> None:
    """Who wrote about a work liked it."""
    async with database.unit_of_work() as uow:
        await uow.summaries.put(summary(item_key=key(1)))
        await uow.commit()

    assert key(3) == best(await found(database, ranker))


async def test_handed_over(database: FakeDatabase, ranker: FakeRanker) -> None:
    """A work of a list that was handed over teaches, though no source ever spoke of it."""
    work = TasteWork(
        channel="reading", key="doi:10.1/x", title="Dexterous hands", abstract="grasping objects", at=at(days=9)
    )
    async with database.unit_of_work() as uow:
        await uow.tastes.add([work])
        await uow.commit()

    assert key(4) == best(await found(database, ranker))


@pytest.mark.parametrize(
    ("origin", "words"),
    [("thesis.bib", "which is on the list you gave us"), (FROM_HISTORY, "which was shared here before")],
)
async def test_where_it_came_from(database: FakeDatabase, ranker: FakeRanker, origin: str, words: str) -> None:
    """What a card says of a work of taste is true: a list that somebody gave us, or the channel's own past."""
    work = TasteWork(channel="reading", key="doi:10.1/x", title="Dexterous hands", at=at(days=9), origin=origin)
    async with database.unit_of_work() as uow:
        await uow.tastes.add([work])
        await uow.commit()

    assert [f'"Dexterous hands", {words}'] == list((await found(database, ranker)).liked.values())


async def test_loaded_once_for_all_channels(database: FakeDatabase, ranker: FakeRanker) -> None:
    """The works of the last months are loaded once, however many channels ask; again once more is stored, and for another week."""
    for name in "abc":
        await found(database, ranker, channel(name, topics=("hand",)))
    loads = [ranker.loads]
    async with database.unit_of_work() as uow:
        more = [paper(1, published=at(days=2), title="Said again")]
        await uow.entries.store([batch_of(spec(), SourceRecord(id="arxiv"), more, since=at(days=60), now=at(hours=1))])
        await uow.commit()
    await found(database, ranker, channel(topics=("hand",)))
    loads.append(ranker.loads)
    await found(database, ranker, channel(topics=("hand",)), NOW + DAY)

    assert [1, 2, 3] == [*loads, ranker.loads]


async def test_rhythms_share_what_is_loaded(database: FakeDatabase, ranker: FakeRanker) -> None:
    """Whatever the rhythm of a channel, what is due on one day looks at the same works, which are loaded once."""
    spoken = SpokenCache()
    for rhythm in (Rhythm.WEEKLY, Rhythm.DAILY, Rhythm.FORTNIGHTLY, Rhythm.TWICE_A_WEEK, Rhythm.WEEKLY):
        ours = channel(str(rhythm), topics=("dexterous hand",), rhythm=rhythm)
        due = channel_due_period(ours, NOW)
        window = channel_window(ours, due)
        assert window.end == NOW
        digest = await compile_digest(
            ours, due, window, database.unit_of_work, specs=[spec()], now=NOW, ranker=ranker, spoken=spoken
        )
        assert digest.picks or rhythm is Rhythm.DAILY
    assert ranker.loads == 1


async def test_gone_meanwhile(database: FakeDatabase, ranker: FakeRanker) -> None:
    """A corpus that is gone between loading and asking is loaded again."""
    ranker.forgets = 1

    assert key(4) == best(await found(database, ranker, channel(topics=("dexterous hand",))))
    assert ranker.loads == 2


async def test_out_of_order(database: FakeDatabase, ranker: FakeRanker, caplog: pytest.LogCaptureFixture) -> None:
    """A ranker that fails costs the digest nothing but its better order: phrases and votes must do, and it is logged."""
    ranker.fails = True
    with caplog.at_level(logging.WARNING):
        digest = await compile_digest(
            channel(topics=("dexterous hand",), explore=0),
            WEEK,
            WINDOW,
            database.unit_of_work,
            specs=[spec()],
            now=NOW,
            ranker=ranker,
        )

    assert key(4) == digest.picks[0].item.key
    assert ["ranking_failed"] == [record.action for record in caplog.records]


async def test_in_the_digest(database: FakeDatabase, ranker: FakeRanker) -> None:
    """What is like a work that two members marked must-read leads the digest, and says so."""
    await marked(database, 1, "⭐", ADA, BEN)
    digest = await compile_digest(
        channel(explore=0), WEEK, WINDOW, database.unit_of_work, specs=[spec()], now=NOW, ranker=ranker
    )

    assert key(3) == digest.picks[0].item.key
    assert 'like "Work 1", which two of you marked must-read' in [reason.text for reason in digest.picks[0].reasons]


@pytest.mark.parametrize(
    ("named", "offered"),
    [
        ({"key": "arxiv:2608.00003"}, False),
        ({"key": "title:probing"}, False),
        ({"key": "doi:10.1145/3", "authors": ("A. Lovelace",)}, False),
        ({"key": "title:probing", "authors": ("Alan Turing",)}, True),
    ],
)
async def test_handed_over_is_never_offered(ranker: FakeRanker, named: dict[str, Any], *, offered: bool) -> None:
    """A work that a list names, be it without arXiv's number, is no candidate, and nothing is like itself; one of the same title by others is another one."""
    database, title = FakeDatabase(), "Probing hidden features of language models"
    week = [paper(3, title=title, authors=["Ada Lovelace"]), paper(4), paper(5)]
    work = TasteWork(channel="reading", title=title, abstract=ABSTRACTS[1], at=at(days=9), **named)
    async with database.unit_of_work() as uow:
        batch = batch_of(spec(), SourceRecord(id="arxiv"), week, since=at(days=60), now=at(hours=1))
        await uow.entries.store([batch])
        await uow.tastes.add([work])
        await uow.commit()
    digest = await compile_digest(
        channel(explore=0), WEEK, WINDOW, database.unit_of_work, specs=[spec()], now=NOW, ranker=ranker
    )
    shown = [pick for pick in (*digest.picks, *digest.also) if pick.item.key == key(3)]

    assert offered == bool(shown)
    assert not [reason.text for pick in shown for reason in pick.reasons if title in reason.text]


def test_meanings_are_the_channels_own() -> None:
    """The test's emoji mean what they are taken to mean."""
    assert (Meaning.MUST_READ, Meaning.SKIP) == tuple(channel().meanings[emoji] for emoji in ("⭐", "👎"))


class Listening(FakeRanker):
    """Keeps the last question."""

    question: Question

    async def relevance(self, corpus: str, question: Question) -> Mapping[str, Relevance]:
        self.question = question
        return await super().relevance(corpus, question)


@pytest.mark.parametrize(("explore", "counts"), [(0.2, BEFORE_CHANGE), (0.0, 1.0)])
async def test_a_change_of_interest(database: FakeDatabase, explore: float, counts: float) -> None:
    """Of a team that ceased to mark what its taste brought, likes of before hardly count, if it explores at all."""
    ranker, reading = Listening(), channel(explore=explore)
    for number in range(8):
        keys = [key(1) if number == place == 0 else f"key:{10 * number + place}" for place in range(10)]
        sent = digest_of(keys, week=f"2026-W{20 + number}", compiled_at=at(days=70 - 7 * number))
        await freeze(sent, reading, database.unit_of_work)
    async with database.unit_of_work() as uow:
        for number in (*range(40), 45, 55, 65, 75):
            said = Meaning.TO_READ if number < 40 else Meaning.SKIP
            of = key(1) if number == 0 else f"key:{number}"
            await uow.presses.add(press(said, event_id=of, item_key=of, at=at(days=60 if number < 40 else 9)))
        await uow.commit()
    await found(database, ranker, reading, asked=[item(key(3))])

    (liked,) = [one for one in ranker.question.signals if one.key == key(1)]
    assert liked.counts == pytest.approx(counts, rel=0.15)


FIELDS = ("Grasping with robots", "Folding of proteins")


class Steps(FakeRanker):
    """Finds each work of interest by its number: the first nearly reached, each further one a little less."""

    async def relevance(self, corpus: str, question: Question) -> Mapping[str, Relevance]:
        return {key: Relevance(0.95 - place / 20, {}) for place, key in enumerate(sorted(question.asked))}


@pytest.mark.parametrize("suspected", [False, True])
async def test_where_a_suspected_change_looks(*, suspected: bool) -> None:
    """What the old interest nearly reaches is drawn more often than the rest, but not while the interest is in doubt."""
    reading, past = channel(explore=0.5, budget_minutes=40), FakeDatabase()
    works = [
        entry(
            f"arxiv/{n}",
            title=f"{FIELDS[n % 2]} {n}",
            abstract=f"{FIELDS[n % 2]} study{n}",
            about=f"https://arxiv.org/abs/2608.{n:05}",
            published=at(days=1),
        )
        for n in range(1, 81)
    ]
    async with past.unit_of_work() as uow:
        await uow.entries.store([batch_of(spec(), SourceRecord(id="arxiv"), works, since=at(days=60), now=at(hours=1))])
        for number in (*range(40), 45):
            said = Meaning.TO_READ if number < 40 else Meaning.SKIP
            await uow.presses.add(press(said, event_id=f"{number}", item_key=f"key:{number}", at=at(days=9)))
        await uow.commit()
    for number in range(5 if suspected else 4):
        keys = [f"key:{10 * number + place}" for place in range(10)]
        sent = digest_of(keys, week=f"2026-W{20 + number}", compiled_at=at(days=49 - 7 * number))
        await freeze(sent, reading, past.unit_of_work)
    digest = await compile_digest(reading, WEEK, WINDOW, past.unit_of_work, specs=[spec()], now=NOW, ranker=Steps())

    chances = [pick.propensity or 0.0 for pick in digest.picks if pick.explore]
    assert digest.looking_around is suspected
    assert len(chances) > 1
    assert suspected is (max(chances) < 0.1)


@pytest.mark.parametrize(("explore", "expected"), [(0.2, 0.5), (0.7, 0.7), (0.0, 0.0)])
async def test_a_suspected_change(database: FakeDatabase, explore: float, expected: float) -> None:
    """After one digest that a team passed over, half of the papers are drawn to explore, or as many as ever where that is more."""
    reading = channel(explore=explore, budget_minutes=200)
    for number in range(5):
        keys = [f"key:{10 * number + place}" for place in range(10)]
        sent = digest_of(keys, week=f"2026-W{20 + number}", compiled_at=at(days=49 - 7 * number))
        await freeze(sent, reading, database.unit_of_work)
    async with database.unit_of_work() as uow:
        for number in (*range(40), 45):
            said = Meaning.TO_READ if number < 40 else Meaning.SKIP
            await uow.presses.add(press(said, event_id=f"{number}", item_key=f"key:{number}", at=at(days=9)))
        await uow.commit()
    digest = await compile_digest(
        reading, WEEK, WINDOW, database.unit_of_work, specs=[spec()], now=NOW, ranker=Listening()
    )

    papers = [pick for pick in digest.picks if pick.section is Section.PAPERS]
    assert digest.looking_around is bool(explore)
    assert round(expected * len(papers)) == sum(pick.explore for pick in papers)
