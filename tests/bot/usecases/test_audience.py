"""Who may read what, as the platforms say: cached for minutes, and hidden while a platform is away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import ChatError
from bot.model import Channel
from bot.usecases.audience import READER_AGE, SCOPE_AGE, UNKNOWN_AGE, Audience
from bot.visibility import OPERATOR
from tests.fake_membership import FakeMembership
from tests.waiting import PATIENCE

ALL = Channel(name="all", platform="fake", id="C1")
LAB = Channel(name="lab", platform="fake", id="C2")
FAR = Channel(name="far", platform="away", id="C3")


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 8, 17, 7, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def fake() -> FakeMembership:
    fake = FakeMembership()
    fake.private = {"lab"}
    fake.join("ada", "home", "lab")
    fake.join("bob", "home")
    return fake


@pytest.fixture
def audience(fake, watch) -> Audience:
    async def channels():
        return [ALL, LAB, FAR]

    return Audience({"fake": fake}, channels, watch)


async def test_who_reads_what(audience):
    """A member reads the workspace's public channels and the private ones that they are in; a stranger nothing."""
    assert {"all", "lab"} == await audience.readable_by("fake", "ada")
    assert {"all"} == await audience.readable_by("fake", "bob")
    assert frozenset() == await audience.readable_by("fake", "mallory")
    assert frozenset() == await audience.readable_by("gone", "ada")


async def test_what_a_channel_shows(audience):
    """A private channel's cards show public words, and a public channel's no private ones; a channel whose platform is away its own."""
    assert {"all"} == {one.name for one in await audience.shown_in(ALL)}
    assert {"all", "lab"} == {one.name for one in await audience.shown_in(LAB)}
    assert {"far"} == {one.name for one in await audience.shown_in(FAR)}


async def test_other_workspaces_are_not_asked(fake, watch):
    """What a card may show is asked of the channels in its own workspace alone: there may be thousands of others."""
    here = [Channel(name=f"here-{number}", platform="fake", id=f"H{number}", team="T1") for number in range(3)]
    elsewhere = [Channel(name=f"there-{number}", platform="fake", id=f"E{number}", team="T2") for number in range(40)]

    async def channels():
        return [*elsewhere, *here]

    await Audience({"fake": fake}, channels, watch).shown_in(here[0])
    assert len(here) == fake.asked


async def test_who_reads_asks_for_their_own_workspaces(fake, watch):
    """Of whom may read what, the platform is asked of their workspaces' channels alone, and of nothing for whoever reads everything."""
    here = [Channel(name=f"here-{number}", platform="fake", id=f"H{number}", team="home") for number in range(3)]
    unnamed = Channel(name="unnamed", platform="fake", id="U1")
    elsewhere = [Channel(name=f"there-{number}", platform="fake", id=f"E{number}", team="T2") for number in range(40)]

    async def channels():
        return [*elsewhere, *here, unnamed, FAR]

    audience = Audience({"fake": fake}, channels, watch)
    everything = await audience.readable(OPERATOR)
    asked_for_everything = fake.asked
    found = await audience.readable_by("fake", "bob")

    assert (45, 0) == (len(everything), asked_for_everything)
    assert {one.name for one in (*here, unnamed)} == found
    assert len(here) + 1 == fake.asked - 1, "and who reads is asked once"


async def test_it_is_asked_once(audience, fake, watch):
    """What is known is not asked again, until it may have changed."""
    await audience.readable_by("fake", "bob")
    before = fake.asked
    await audience.readable_by("fake", "bob")
    assert before == fake.asked

    fake.inside["lab"].add("bob")
    watch.now += READER_AGE
    assert {"all", "lab"} == await audience.readable_by("fake", "bob")


async def test_who_left_reads_no_more(audience, fake, watch):
    """A channel made private, and a member who left, are noticed within minutes."""
    assert {"all"} == await audience.readable_by("fake", "bob")
    fake.private.add("all")
    watch.now += SCOPE_AGE
    assert frozenset() == await audience.readable_by("fake", "bob")
    del fake.people["ada"]
    assert frozenset() == await audience.readable_by("fake", "ada")


async def test_a_platform_that_is_away(audience, fake, watch):
    """While a platform does not answer, nothing of it is shown but a channel's own words to itself; soon it is asked again."""
    fake.away = True
    assert {"lab"} == {one.name for one in await audience.shown_in(LAB)}
    assert frozenset() == await audience.readable_by("fake", "ada")
    with pytest.raises(ChatError):
        await audience.told_readable_by("fake", "ada")

    fake.away = False
    watch.now += UNKNOWN_AGE
    assert {"all", "lab"} == {one.name for one in await audience.shown_in(LAB)}
    assert {"all", "lab"} == await audience.readable_by("fake", "ada")


async def test_a_hanging_platform(audience, fake, monkeypatch):
    """A platform that takes too long holds up no card."""
    monkeypatch.setattr("bot.usecases.audience.PATIENCE", 0.01)

    async def hang(channel):
        await asyncio.Event().wait()

    fake.scope = hang
    assert {"lab"} == {one.name for one in await audience.shown_in(LAB)}


def test_ages_are_short():
    """Nobody reads for longer than a quarter of an hour what is not theirs any more."""
    assert SCOPE_AGE + READER_AGE <= timedelta(minutes=15)


async def test_a_workspace_that_hangs(fake, watch):
    """While one workspace does not answer, another one's channels are asked; who waits for the same channel asks once."""
    hangs = Channel(name="hangs", platform="fake", id="H1", team="T1")
    well = Channel(name="well", platform="fake", id="W1", team="T2")
    answers, scope = asyncio.Event(), fake.scope

    async def slow(channel):
        if channel is hangs:
            await answers.wait()
        return await scope(channel)

    fake.scope = slow

    async def channels():
        return (hangs, well)

    audience = Audience({"fake": fake}, channels, watch)
    waiting = [asyncio.create_task(audience.shown_in(hangs)) for _ in range(3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        assert [well] == await audience.shown_in(well)
    waiting[0].cancel()
    answers.set()

    assert [[hangs], [hangs]] == await asyncio.gather(*waiting[1:])
    assert 2 == fake.asked


async def test_channels_whose_workspace_nobody_named(fake, watch):
    """A channel without a named workspace may be in any: it is asked about, in the order of the channels."""
    known = [
        Channel(name=name, platform="fake", id=name, team=team)
        for name, team in (("a", ""), ("b", "T1"), ("c", "T2"), ("d", ""))
    ]

    async def channels():
        return tuple(known)

    audience = Audience({"fake": fake}, channels, watch)

    assert ["b", "a", "d"] == [one.name for one in await audience.shown_in(known[1])]
    assert ["a", "b", "c", "d"] == [one.name for one in await audience.shown_in(known[0])]
