"""What a channel was sent and marked, in sums, and what exploration tells of the works outside."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Layout, Meaning, Member, MessageRef, Posting, PostingState, Skip
from bot.ranking.exploration import draw, propensities
from bot.ranking.ranked import Ranked
from bot.usecases.deliver import deliver, freeze
from bot.usecases.stats import ENOUGH, POPULATION, ChannelStats, Explored, channel_stats, exploration, in_words
from tests.command_context import CommandFixture
from tests.examples import examples
from tests.factories import ADA, BEN, NOW, WEEK, channel, digest, item, pick, posting, press, ranked, reaction, summary
from tests.fake_storage import FakeDatabase

CHANNEL = channel(topics=("agents",))
FIELDS = ("robots grasping objects", "protein folding structure", "speech recognition noise", "weather forecasting")


def week_of(number: int) -> str:
    return f"{2025 + (number - 1) // 52}-W{(number - 1) % 52 + 1:02}"


def ref_of(key: str) -> MessageRef:
    return MessageRef(platform="fake", channel_id="C1", message_id=key)


class Past:
    """What a channel was sent over the weeks, a posted message a pick, and what was made of it."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.weeks = 0

    async def send(self, *picks: tuple[str, float | None, str], age: int = 30, sent: bool = True) -> None:
        """Send a week's picks, each as (key, propensity, the emoji on it); one with a propensity explores, one without is of before."""
        self.weeks += 1
        week = week_of(self.weeks)
        chosen = [
            pick(item(key), rank, explore=key.startswith("out:"), propensity=propensity)
            for rank, (key, propensity, _) in enumerate(picks, start=1)
        ]
        postings = [
            replace(posting(one.rank, week=week, item_key=one.item.key, key=f"{week}/{one.rank}")) for one in chosen
        ]
        async with self.database.unit_of_work() as uow:
            await uow.digests.add(digest(*chosen, week=week, compiled_at=NOW - timedelta(days=age)))
            await uow.postings.plan(postings)
            for one in postings if sent else ():
                await uow.postings.save(_posted(one))
            for key, _, emoji in picks:
                if emoji:
                    await uow.reactions.put(reaction(emoji, ref=ref_of(key)))
            await uow.commit()

    async def join(self) -> None:
        await join(self.database)

    async def look(self) -> ChannelStats:
        (found,) = await channel_stats([CHANNEL], self.database.unit_of_work, lambda: NOW)
        return found


async def join(database: FakeDatabase, channel: str = CHANNEL.name) -> None:
    """Have three members decide on a work that no digest brought, so that sums are told and count nothing of it."""
    async with database.unit_of_work() as uow:
        for member in (ADA, BEN, Member(id="U3")):
            what = {"item_key": "other:1", "channel": channel}
            await uow.presses.add(press(Meaning.SKIP, member, f"p-{member.id}", **what))
        await uow.commit()


def _posted(one: Posting) -> Posting:
    return replace(one, state=PostingState.POSTED, ref=ref_of(one.item_key or ""), attempt=1)


@pytest.fixture
def past() -> Past:
    return Past()


async def test_before_the_first_digest(past: Past) -> None:
    """A channel that was sent nothing has sums of nothing, and is told so."""
    assert [
        "0 digests with 0 picks so far.",
        "What was marked and summarised is told from three members up, so that it tells of nobody; so far nobody took part.",
        "Exploration: no pick was drawn from outside what you ask for yet.",
    ] == in_words(await past.look())


async def test_sums(past: Past) -> None:
    """Picks, cards marked by anybody, and marked works with a summary are each counted once, however many members marked them."""
    await past.send(("arxiv:1", None, "⭐"), ("arxiv:2", None, "👎"), ("arxiv:3", None, "✅"))
    await past.send(("arxiv:4", None, ""), ("arxiv:5", None, "👀"))
    async with past.database.unit_of_work() as uow:
        await uow.reactions.put(reaction("⭐", BEN, ref=ref_of("arxiv:1")))
        await uow.reactions.put(reaction("⭐", ref=ref_of("arxiv:4"), present=False))
        for number, (key, member) in enumerate([("arxiv:1", ADA), ("arxiv:1", BEN), ("arxiv:4", ADA)]):
            await uow.summaries.put(summary(message_id=f"r{number}", item_key=key, member=member, parent=ref_of(key)))
        await uow.commit()
    few = await past.look()
    await past.join()
    found = await past.look()

    assert (2, 5, 5, None, None, None) == (few.digests, few.picks, few.cards, few.marked, few.summarised, few.rate)
    assert "You marked" not in " ".join(in_words(few))
    assert (2, 5, 5, 3, 1) == (found.digests, found.picks, found.cards, found.marked, found.summarised)
    assert pytest.approx((0.3 * 20 + 3) / 25) == found.rate
    assert "Of the 3 works that you marked, 1 has a summary." in in_words(found)


async def test_what_was_never_sent(past: Past) -> None:
    """A digest that did not go out, a pick that was left out and the sample week count for nothing."""
    await past.send(("out:1", 0.1, ""), sent=False)
    await past.send(("out:2", 0.1, ""), ("arxiv:2", None, ""))
    async with past.database.unit_of_work() as uow:
        await uow.digests.skip([Skip(channel=CHANNEL.name, week=week_of(1), because="away", at=NOW)])
        (left_out, _) = await uow.postings.of(CHANNEL.name, week_of(2))
        await uow.postings.save(replace(left_out, state=PostingState.LEFT_OUT, ref=None))
        await uow.digests.add(digest(pick(item("out:3"), explore=True, propensity=0.1), week="sample", sample=True))
        await uow.postings.plan([sample := posting(1, week="sample", item_key="out:3", key="sample/1")])
        await uow.postings.save(_posted(sample))
        await uow.reactions.put(reaction("⭐", ref=ref_of("out:3")))
        await uow.commit()
    await past.join()
    found = await past.look()

    assert (1, 1, 0, 0) == (found.digests, found.picks, found.marked, found.exploration.explored)


@pytest.mark.parametrize(
    ("topics", "marks", "outside"),
    [
        (("agents",), "", "outside what you ask for"),
        (("agents",), "👀", "outside what you ask for"),
        ((), "", "beyond the most noticed"),
        ((), "👎", "outside what you mark"),
    ],
)
async def test_outside_of_what(past: Past, topics: tuple[str, ...], marks: str, outside: str) -> None:
    """What was explored lies outside the topics; without any outside what is marked; and where nothing ever was, beyond what most noticed."""
    await past.send(("out:1", 0.1, marks), ("arxiv:2", None, ""))
    found = await past.look()
    found = replace(found, channel=replace(found.channel, topics=topics))

    assert f"Exploration: 1 pick drawn from {outside}." == in_words(found)[-1]


async def test_joined_works(past: Past) -> None:
    """A pick whose work was found to be another one since is liked when that is."""
    await past.send(("out:1", 0.1, ""), ("arxiv:2", None, "⭐"))
    async with past.database.unit_of_work() as uow:
        await uow.items.merge("out:1", "arxiv:2")
        await uow.commit()
    assert (await past.look()).exploration.liked is None, "of one member nothing is told"
    await past.join()

    assert 1 == (await past.look()).exploration.liked


async def test_exploration_in_words(past: Past) -> None:
    """What exploration found is an estimate with its interval, and of which works that speaks."""
    for number in range(12):
        await past.send((f"out:{number}", 0.05, "👀" if number < 3 else "👎"))
    assert ["Exploration: 12 picks drawn from outside what you ask for."] == in_words(await past.look())[-1:]
    await past.join()

    assert [
        "Exploration: 12 picks drawn from outside what you ask for, of which you liked 3.",
        "You would like about 25 % of such works, most likely between 9 and 54 % (95 % interval, from 12 picks).",
        f"'Such works' are the {POPULATION}. Of works below these nothing is known.",
    ] == in_words(await past.look())[-3:]


async def test_too_few(past: Past) -> None:
    """Below ten picks no share is claimed; one week's picks are still open, and those of before have no propensity."""
    for number in range(ENOUGH - 1):
        await past.send((f"out:{number}", 0.05, "⭐"))
    await past.send(("out:open", 0.05, "⭐"), age=6)
    await past.send(("out:before", None, ""))
    await past.join()
    found = await past.look()

    assert found.exploration.estimate is None
    assert [
        "Exploration: 11 picks drawn from outside what you ask for, of which you liked 10.",
        "Too few yet to tell how much of the rest you would like: 9 of 10 picks.",
        "1 pick of the last seven days has time to be marked.",
        "1 pick of before cannot be weighed: their chance was not kept.",
    ] == in_words(found)[-4:]


async def test_off() -> None:
    """Where exploration is switched off, that is why there is nothing to tell."""
    (found,) = await channel_stats([channel(explore=0.0)], FakeDatabase().unit_of_work, lambda: NOW)

    assert "It is off: explore = 0." in in_words(found)[-1]


def test_rare_draws_weigh_more() -> None:
    """A work that is drawn a tenth as often as another stands for ten times as many."""
    age = timedelta(days=8)
    found = exploration([*[Explored(0.1, True, age)] * 10, *[Explored(0.01, False, age)] * 10])

    assert found.estimate is not None
    assert pytest.approx(1 / 11) == found.estimate.rate


async def test_in_chat() -> None:
    """`stats` tells a channel's sums to any member, and names nobody."""
    desk = CommandFixture()
    await desk.posted()
    first = next(sent.ref for sent in desk.chat.messages if sent.post.item_key)
    await desk.chat.react(ADA, first, "⭐")
    await desk.chat.reply(ADA, first, "Worth it.")
    few = await desk.ask("stats", member=BEN)
    for member in (BEN, Member(id="U3")):
        await desk.chat.react(member, first, "👀")
    said = await desk.ask("stats", member=BEN)

    assert "1 digest with 1 pick so far.\nYou marked 1 of 1 card; the budget reckons with 33 %" in said
    assert "Of the 1 work that you marked, 1 has a summary." in said
    assert ADA.name not in said
    assert "You marked" not in few
    assert "so far 1 took part" in few
    assert "you marked 1 work to be read, read 0, passed over 0 and wrote 1 summary" in await desk.ask(
        "stats me", member=ADA
    )
    assert "you marked 1 work to be read" in await desk.ask("stats me", member=BEN)


async def test_compact() -> None:
    """Picks that are lines of one message were sent with it, whether or not the card that somebody asks for is there yet."""
    desk = CommandFixture()
    one = digest(*(pick(item(f"arxiv:{n}"), n) for n in (1, 2)), channel=desk.channel.name, layout=Layout.COMPACT)
    await freeze(one, desk.channel, desk.database.unit_of_work)
    await deliver(desk.channel, WEEK, desk.chat, desk.database.unit_of_work, lambda: NOW, owner="we")
    await desk.ask("card 2")
    await join(desk.database, desk.channel.name)

    assert "1 digest with 2 picks so far.\nYou marked 0 of 2 cards" in await desk.ask("stats")


def pool(number: int) -> list[Ranked]:
    """Works of four fields, one much larger than the others, best first."""
    titles = [FIELDS[0] if n % 10 < 7 else FIELDS[n % 10 - 6] for n in range(number)]
    return [
        ranked(
            item(f"out:{number}/{n}", title=f"{title} {n}", abstract=f"{title} study{n}"),
            0.9 - n / 1000,
            interest=0.9 - n / 10,
        )
        for n, title in enumerate(titles)
    ]


POOLS = [propensities(pool(number), 2) for number in (40, 90, 150)]


@pytest.mark.slow
@pytest.mark.parametrize("one_field", [False, True])
@pytest.mark.parametrize(("liking", "weeks"), [(0.05, 26), (0.2, 12), (0.2, 40), (0.5, 26)])
async def test_covers_the_truth(liking: float, weeks: int, *, one_field: bool) -> None:
    """
    In nine of ten simulated teams, at least, the interval covers the share that the team would like of all works drawn from.

    Weeks differ in how many works lie outside, and a team likes the better works, which are drawn more often, more than the rest; or it
    likes works of one field alone, which has one region however many works.
    """
    covered, runs = 0, examples(200)
    for run in range(runs):
        chance, past, likes = random.Random(run), Past(), []
        for week in range(weeks):
            regions = POOLS[week % len(POOLS)]
            known = {key: each for region in regions for key, each in region.items()}
            places = {key: int(key.partition("/")[2]) / len(known) for key in known}
            of_field = {key: 1.4 * (int(key.partition("/")[2]) % 10 < 7) for key in known}
            liked = {
                key: chance.random() < liking * (of_field[key] if one_field else 1.5 - places[key]) for key in known
            }
            likes += liked.values()
            drawn = draw(regions, f"{run}/{week}")
            await past.send(*((f"{key}/{week}", known[key], "👀" if liked[key] else "") for key in drawn))
        await past.join()
        found = (await past.look()).exploration
        truth = sum(likes) / len(likes)
        covered += found.estimate is not None and found.estimate.low <= truth <= found.estimate.high

    assert covered / runs >= 0.9
