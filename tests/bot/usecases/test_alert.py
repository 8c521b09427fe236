"""Alerts: at once, at most three a day, each work once, never what was there before, and never twice after a crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.alert import rendered
from bot.errors import ChatBlind, ChatError, ChatRejected, ChatUnsettled
from bot.model import Channel, MessageRef, Post, PostingState, Skip, SourceRecord, SourceSpec, TasteWork
from bot.ports import Batch
from bot.rendering import posting_key
from bot.usecases import alert_planning
from bot.usecases.alert import TOO_LATE, send_alerts
from bot.usecases.alert_planning import AlertPlanner
from bot.usecases.deliver import LEASE, freeze
from bot.usecases.unreleased import UnreleasedLeases
from tests.bot.usecases.test_deliver import Crash, FragileDatabase, Fuse
from tests.factories import HOUR, NOW, WEEK, channel, digest_of, entry, mention, spec, stored
from tests.fake_chat import FakeChat, ticking

LIANG = "author:Percy Liang"


class Watch:
    """A channel that wants alerts, and a source that goes on bringing works."""

    def __init__(self) -> None:
        self.database = FragileDatabase()
        self.chat = FakeChat()
        self.unreleased = UnreleasedLeases()
        self.now = NOW
        self.channel = channel(follow=(LIANG, "word:world models", "source:arxiv", "lab:DeepMind"), alerts=True)
        self.restart()
        self.specs = [spec("arxiv"), spec("letter"), spec("other", own=True)]

    async def ready(self) -> Watch:
        async with self.database.unit_of_work() as uow:
            asked = NOW - timedelta(days=30)
            await uow.sources.save([SourceRecord(id=one.id, first_success=asked) for one in self.specs])
            await uow.commit()
        await self.plan()
        return self

    async def brings(self, number: str, source: str = "arxiv", *, backlog: bool = False, **what) -> str:
        key = f"arxiv:{number}"
        what = {"authors": ("Percy Liang",), "published": self.now, "url": f"https://arxiv.org/abs/{number}"} | what
        said = entry(f"{source}-{number}", source, **what)
        spoke = mention(key, source, said.external_id, at=self.now, url=what["url"], title=said.title)
        kept = stored(said, first_seen=self.now, backlog=backlog)
        batch = Batch(source_id=source, entries=(kept,), mentions=(spoke,), titles={key: said.title})
        async with self.database.unit_of_work() as uow:
            await uow.entries.store([batch])
            await uow.commit()
        return key

    async def plan(self) -> int:
        async def specs() -> list[SourceSpec]:
            return self.specs

        return await self.planner.plan([self.channel], specs, self.now)

    def restart(self) -> None:
        """Forget what a process keeps."""
        self.planner = AlertPlanner(self.database.unit_of_work, self.database.unit_of_work)

    async def look(self) -> list[str]:
        """Go on by an hour and a half, look, send, and give what was said now."""
        self.now += timedelta(minutes=90)
        before = len(self.chat.messages)
        await self.plan()
        await self.send()
        return [sent.post.plain for sent in self.chat.messages[before:]]

    async def send(self, owner: str = "we") -> int:
        return await send_alerts(
            self.channel,
            self.chat,
            self.database.unit_of_work,
            lambda: self.now,
            owner=owner,
            unreleased=self.unreleased,
        )

    def states(self) -> list[PostingState]:
        return [one.state for one in self.database.tables.alerts.values()]


@pytest.fixture
async def watch() -> Watch:
    return await Watch().ready()


async def test_told_at_once(watch: Watch) -> None:
    """A new work by a followed author is told once, with its title as a link, why, and where it stood."""
    watch.now += HOUR
    await watch.brings("2608.00001", title="Holistic evaluation")
    assert ["Holistic evaluation\nBy Percy Liang, whom you follow · Arxiv"] == await watch.look()
    assert "https://arxiv.org/abs/2608.00001" == watch.chat.messages[0].post.blocks[0].spans[0].url
    assert [] == await watch.look()
    await watch.brings("2608.00001", "letter", title="Holistic evaluation, discussed")
    assert [] == await watch.look()


async def test_words_and_nothing_else(watch: Watch) -> None:
    """Words are met; a followed source or lab is no alert, nor what is muted, nor another channel's own source."""
    watch.now += HOUR
    nobody = {"authors": ("Nobody",)}
    await watch.brings("2608.00001", title="On world models", **nobody)
    await watch.brings("2608.00002", title="On cats", institutions=("DeepMind",), **nobody)
    await watch.brings("2608.00003", "other", title="World models elsewhere", **nobody)
    await watch.brings("2608.00004", title="World models for crypto", **nobody)
    watch.channel = replace(watch.channel, mute=("word:crypto",))
    assert ["On world models\nAbout 'world models', which you follow · Arxiv"] == await watch.look()


async def test_what_a_list_names(watch: Watch) -> None:
    """A work that a list of the channel names, by its address or by its title and authors, is known to the team and no alert; to another channel it is."""
    listed = TasteWork(channel="reading", key="arxiv:2608.00001", title="", origin="a list", at=NOW)
    by_title = replace(
        listed, key="doi:10.1/x", title="Holistic evaluation of tea leaves at scale", authors=("Percy Liang",)
    )
    async with watch.database.unit_of_work() as uow:
        await uow.tastes.add([listed, by_title, replace(listed, channel="other", key="arxiv:2608.00003")])
        await uow.commit()
    watch.now += HOUR
    await watch.brings("2608.00001", title="World models of tea")
    await watch.brings("2608.00002", title="Holistic Evaluation of Tea Leaves at Scale")
    await watch.brings("2608.00003", title="World models of coffee")

    assert ["World models of coffee"] == [one.partition("\n")[0] for one in await watch.look()]


async def test_off_by_default(watch: Watch) -> None:
    """Without the setting nothing is looked at, and nothing is told."""
    watch.channel = channel(follow=(LIANG,))
    watch.now += HOUR
    await watch.brings("2608.00001")
    assert [] == await watch.look()


async def test_three_a_day(watch: Watch) -> None:
    """The fourth waits for the digest; on the next day of the channel's zone there is room again."""
    watch.channel = replace(watch.channel, zone="Asia/Tokyo")  # its day ends at 15:00 UTC
    watch.now += HOUR
    for number in range(5):
        await watch.brings(f"2608.0000{number}")
    (said,) = await watch.look()
    assert 3 == said.count("By Percy Liang")
    await watch.brings("2608.00008")
    assert [] == await watch.look()
    watch.now = NOW.replace(hour=15)
    await watch.brings("2608.00009")
    assert 1 == len(await watch.look())


async def test_the_most_prominent_first(watch: Watch) -> None:
    """Where more is new than a day has room for, it goes to who is followed, then to titles with a followed word, then to who says it most often."""
    watch.now += HOUR
    nobody = {"authors": ("Nobody",)}
    await watch.brings("2608.00001", title="Ships", abstract="Of use to world models.", **nobody)
    await watch.brings(
        "2608.00002", title="Boats", abstract="A world model. The world model sails, as world models do.", **nobody
    )
    await watch.brings("2608.00003", title="Boats with world models", **nobody)
    await watch.brings("2608.00004", title="Rafts", abstract="Unlike world models.")
    (said,) = await watch.look()
    assert {"Rafts", "Boats with world models", "Boats"} == set(said.splitlines()[::2])
    assert "By Percy Liang" in said


async def test_no_backlog(watch: Watch) -> None:
    """Neither what a source had before its first collect, nor what was seen before alerts were wanted, nor an old work once more."""
    watch.database.tables.notes.clear()
    watch.restart()
    await watch.brings("2608.00001")
    watch.now += HOUR / 2
    await watch.plan()
    watch.now += HOUR / 4
    await watch.brings("2608.00001", "letter")
    await watch.brings("2608.00002", backlog=True)
    async with watch.database.unit_of_work() as uow:
        await uow.sources.save([SourceRecord(id="letter", first_success=watch.now)])
        await uow.commit()
    await watch.brings("2608.00003", "letter")
    assert [] == await watch.look()


async def test_sent_already(watch: Watch) -> None:
    """What a digest brought is no news; what was told under a key that became an alias is not told again."""
    watch.now += HOUR
    await freeze(digest_of(["arxiv:2608.00001"], channel="reading"), watch.channel, watch.database.unit_of_work)
    await watch.brings("2608.00001")
    await watch.brings("2608.00002")
    assert 1 == len(await watch.look())
    async with watch.database.unit_of_work() as uow:
        await uow.items.merge("arxiv:2608.00002", "arxiv:2608.00005")
        await uow.commit()
    async with watch.database.unit_of_work() as uow:
        assert {("reading", "arxiv:2608.00005")} == await uow.alerts.told(["reading"], ["arxiv:2608.00005"])
        assert not await uow.digests.sent_keys("reading") & {"arxiv:2608.00005"}, "it may still be a pick"


async def waits_for_two_days(watch: Watch) -> list[str]:
    """A channel that was paused meanwhile: its alerts of two of its days wait. Gives the keys of the works."""
    keys = []
    for hours in (1, 13):
        watch.now = NOW + hours * HOUR
        keys += [
            await watch.brings(f"2608.000{hours:02}{number}", title=f"Work {hours}-{number}") for number in range(3)
        ]
        watch.now += HOUR
        await watch.plan()
    return keys


async def test_resumed(watch: Watch) -> None:
    """A channel that is resumed is told of what waits in one message, without what is too old."""
    watch.channel = replace(watch.channel, zone="Asia/Tokyo")  # its day ends at 15:00 UTC
    await waits_for_two_days(watch)
    assert 6 == len(watch.states())
    assert 6 == await watch.send()
    (message,) = watch.chat.messages
    assert [f"Work {hours}-{number}" for hours in (1, 13) for number in range(3)] == message.post.plain.split("\n")[::2]
    assert {PostingState.POSTED} == set(watch.states())
    assert 0 == await watch.send()


async def test_resumed_late(watch: Watch) -> None:
    """Of what waits only what is no day old is told."""
    watch.channel = replace(watch.channel, zone="Asia/Tokyo")
    await waits_for_two_days(watch)
    watch.now = NOW + 2 * HOUR + TOO_LATE + HOUR
    assert 3 == await watch.send()
    assert ["Work 13-0", "Work 13-1", "Work 13-2"] == watch.chat.messages[0].post.plain.split("\n")[::2]


async def test_several_that_may_stand(watch: Watch) -> None:
    """One message of several works, whose answer was lost, is found for all of them; what is new meanwhile comes in another one."""
    watch.chat.faults.drops = 1
    watch.now += HOUR
    for number in range(2):
        await watch.brings(f"2608.0000{number}")
    with pytest.raises(ChatUnsettled):
        await watch.look()
    assert [PostingState.SENDING] * 2 == watch.states()
    await watch.brings("2608.00005")
    assert 1 == len(await watch.look())
    assert [2, 1] == [one.post.plain.count("By Percy Liang") for one in watch.chat.messages]
    assert [PostingState.POSTED] * 3 == watch.states()


async def test_one_of_several_is_refused(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a platform takes a message of several works in no form, each is told by itself, and the one that is wrong is left out."""
    post = watch.chat.post

    async def refuses(where: Channel, said: Post, key: str) -> MessageRef:
        if "Odd" in said.plain:
            raise ChatRejected("fake", "no such message")
        return await post(where, said, key)

    monkeypatch.setattr(watch.chat, "post", refuses)
    watch.now += HOUR
    for number, title in enumerate(("First", "Odd", "Last")):
        await watch.brings(f"2608.0000{number}", title=title)
    assert ["First", "Last"] == [said.partition("\n")[0] for said in await watch.look()]
    assert [PostingState.POSTED, PostingState.LEFT_OUT, PostingState.POSTED] == watch.states()


async def test_slept_before_it_is_sent(watch: Watch) -> None:
    """A process that stood still after it noted that it sends, for longer than the lease lasts, leaves it to whoever took over."""
    watch.now += HOUR
    await watch.brings("2608.00001")
    watch.now += HOUR
    await watch.plan()
    looks = 0

    def clock() -> datetime:
        nonlocal looks
        looks += 1
        if looks == 4:
            watch.now += LEASE
            name, lease = next(iter(watch.database.tables.leases.items()))
            watch.database.tables.leases[name] = replace(
                lease, owner="they", token=lease.token + 1, until=watch.now + HOUR
            )
        return watch.now

    assert 0 == await send_alerts(watch.channel, watch.chat, watch.database.unit_of_work, clock, owner="we")
    assert [] == watch.chat.messages
    assert [PostingState.SENDING] == watch.states()


@pytest.mark.parametrize("same_key", [True, False])
async def test_dropped_answer(watch: Watch, same_key: bool) -> None:  # noqa: FBT001 - a table
    """A message whose answer was lost is found, and not sent again."""
    watch.chat = FakeChat(clock=ticking(NOW + 3 * HOUR), refuses_same_key=same_key)
    watch.chat.faults.drops = 1
    watch.now += HOUR
    await watch.brings("2608.00001")
    with pytest.raises(ChatUnsettled):
        await watch.look()
    assert [PostingState.SENDING] == watch.states()
    assert 0 == len(await watch.look())
    assert 1 == len(watch.chat.messages)
    assert [PostingState.POSTED] == watch.states()


async def test_platform_away(watch: Watch) -> None:
    """A platform that is away gets the alert later; after a day it is dropped, for then it is no news."""
    watch.chat.faults.down = True
    watch.now += HOUR
    await watch.brings("2608.00001")
    with pytest.raises(ChatError):
        await watch.look()
    watch.chat.faults.down = False
    assert 1 == len(await watch.look())
    await watch.brings("2608.00002")
    await watch.plan()
    watch.now += HOUR
    await watch.plan()
    watch.now += TOO_LATE
    assert 0 == await watch.send()
    assert {PostingState.POSTED, PostingState.LEFT_OUT} == set(watch.states())


async def test_nobody_can_look(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be seen whether it stands, and where it is taken in no form, it is left out."""

    async def blind(*_: object) -> None:
        raise ChatBlind("fake", "no right to look")

    async def rejects(*_: object) -> None:
        raise ChatRejected("fake", "no such message")

    watch.chat.faults.drops = 1
    watch.now += HOUR
    await watch.brings("2608.00001")
    with pytest.raises(ChatUnsettled):
        await watch.look()
    monkeypatch.setattr(watch.chat, "find", blind)
    assert [] == await watch.look()
    monkeypatch.setattr(watch.chat, "post", rejects)
    await watch.brings("2608.00002")
    assert [] == await watch.look()
    assert [PostingState.LEFT_OUT] * 2 == watch.states()


async def test_two_at_once(watch: Watch) -> None:
    """Of two processes one sends."""
    watch.now += HOUR
    await watch.brings("2608.00001")
    watch.now += HOUR
    await watch.plan()
    async with watch.database.unit_of_work() as uow:
        await uow.leases.claim("alerts/reading", "they", watch.now, watch.now + HOUR)
        await uow.commit()
    assert 0 == await watch.send()
    assert [PostingState.PENDING] == watch.states()


@pytest.mark.parametrize("commit", [1, 3], ids=["of the claim", "of what was posted"])
async def test_a_commit_whose_answer_is_lost(watch: Watch, commit: int) -> None:
    """A lease that was claimed or renewed in it is given back once the database answers: nobody waits for its end."""
    watch.now += HOUR
    await watch.brings("2608.00001")
    watch.now += HOUR
    await watch.plan()
    watch.database.fuse = Fuse(commit, after=True)
    with pytest.raises(Crash):
        await watch.send()
    watch.database.fuse = Fuse()

    await watch.unreleased.release(watch.database.unit_of_work)
    assert 1 == await watch.send("they") + (commit == 3)
    assert 1 == len(watch.chat.messages)
    assert [PostingState.POSTED] == watch.states()


async def test_foreign_words(watch: Watch) -> None:
    """A title cannot forge where it leads, and what it is called on the platform is its own for ever."""
    watch.now += HOUR
    await watch.brings("2608.00001", title="https://bank.example is down\u202e")
    (said,) = await watch.look()
    assert said.startswith("https://bank.example is down (arxiv.org)")
    (alert,) = watch.database.tables.alerts.values()
    assert alert.key == watch.chat.messages[0].key == posting_key("reading", "alert arxiv:2608.00001", 0)
    assert rendered([alert]) == rendered([alert])


async def plan_in(watch: Watch, channels: list[Channel]) -> int:
    async def specs() -> list[SourceSpec]:
        return watch.specs

    return await watch.planner.plan(channels, specs, watch.now)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_dies_amid_a_look(monkeypatch: pytest.MonkeyPatch, after: bool) -> None:  # noqa: FBT001 - a table
    """Whichever commit of a look a process dies at, the next process plans what was left, and nothing twice or beyond the day's room."""
    monkeypatch.setattr(alert_planning, "_CHANNELS_AT_A_TIME", 1)
    many = [channel(f"c{number}", follow=(LIANG,), alerts=True) for number in range(4)]
    died, number = True, 0
    while died:
        number += 1
        watch = await Watch().ready()
        await plan_in(watch, many)
        watch.now += HOUR
        for paper in range(5):
            await watch.brings(f"2608.0000{paper}")
        watch.now += HOUR
        watch.database.fuse = Fuse(number, after=after)
        try:
            await plan_in(watch, many)
            died = False
        except Crash:
            watch.database.fuse = Fuse()
            watch.restart()
            await plan_in(watch, many)
        watch.database.fuse = Fuse()
        watch.restart()
        assert 0 == await plan_in(watch, many)
        keys = {f"arxiv:2608.0000{paper}" for paper in range(3)}
        assert {(one.name, key) for one in many for key in keys} == watch.database.tables.alerts.keys(), number
    assert number > len(many)


async def test_sent_by_a_digest_that_did_not_come(watch: Watch) -> None:
    """Of channels that are asked for together each goes by its own: what was chosen for a week that was skipped was not sent, and is news there."""
    other = channel("other", follow=(LIANG,), alerts=True)
    await plan_in(watch, [watch.channel, other])
    watch.now += HOUR
    for one, key in ((watch.channel, "arxiv:2608.00001"), (other, "arxiv:2608.00001")):
        await freeze(digest_of([key], channel=one.name), one, watch.database.unit_of_work)
    async with watch.database.unit_of_work() as uow:
        skip = Skip(channel="other", week=WEEK, because="nothing was sent", at=watch.now)
        await uow.digests.skip([skip])
        await uow.commit()
    await watch.brings("2608.00001")
    watch.now += HOUR

    assert 1 == await plan_in(watch, [watch.channel, other])
    assert {("other", "arxiv:2608.00001")} == watch.database.tables.alerts.keys()


async def test_two_processes_look(watch: Watch) -> None:
    """What one process has looked at, another one plans nothing of; a channel that comes later is told of what comes after it."""
    other = AlertPlanner(watch.database.unit_of_work, watch.database.unit_of_work)
    watch.now += HOUR
    await watch.brings("2608.00001")
    watch.now += HOUR
    assert 1 == await watch.plan()
    watch.planner, late = other, channel("late", follow=(LIANG,), alerts=True)
    assert 0 == await plan_in(watch, [watch.channel, late])
    watch.now += HOUR
    await watch.brings("2608.00002")
    watch.now += HOUR
    assert 2 == await plan_in(watch, [watch.channel, late])
    assert {("reading", "arxiv:2608.00001"), *((one, "arxiv:2608.00002") for one in ("reading", "late"))} == set(
        watch.database.tables.alerts
    )


async def test_as_the_sources_that_are_read_tell(watch: Watch) -> None:
    """A word that only another channel's own source says of a work is not met; a work that a source which is not read had before is no news."""
    own = channel("own", follow=("word:sparse",), alerts=True, sources=("other",))
    shared = channel("shared", follow=("word:sparse",), alerts=True)
    await plan_in(watch, [own, shared])
    watch.now += HOUR
    await watch.brings("2608.00001", title="Plainly", abstract="Nothing")
    await watch.brings(
        "2608.00001",
        "other",
        title="Sparse",
        abstract="Sparse, and told at length",
        about="https://arxiv.org/abs/2608.00001",
    )
    await watch.brings("2608.00002", "other", title="Sparse once more")
    watch.now += HOUR
    await plan_in(watch, [own, shared])
    assert {("own", "arxiv:2608.00001"), ("own", "arxiv:2608.00002")} == set(watch.database.tables.alerts)
    watch.now += timedelta(hours=3)
    await watch.brings("2608.00002", title="Sparse once more")
    watch.now += HOUR
    await plan_in(watch, [own, shared])
    assert {"own"} == {name for name, _ in watch.database.tables.alerts}


async def test_as_an_earlier_version_noted_it(watch: Watch) -> None:
    """The look of a version that noted a revision with each channel is gone on from: nothing before it, everything after it."""
    watch.database.tables.notes.clear()
    watch.restart()
    await watch.brings("2608.00001")
    watch.now += timedelta(hours=3)
    async with watch.database.unit_of_work() as uow:
        await uow.notes.put("alerts looked at/reading", f"{watch.now.isoformat()} 0123456789abcdef")
        await uow.commit()
    watch.now += HOUR
    await watch.brings("2608.00002")
    watch.now += HOUR
    assert 1 == await watch.plan()
    assert {("reading", "arxiv:2608.00002")} == set(watch.database.tables.alerts)
