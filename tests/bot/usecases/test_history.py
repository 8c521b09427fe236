"""Learning from what a channel shared before: announced, stopped by anybody, and no more than was said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import ChatError, StorageFull
from bot.model import LinkPage, MessageRef, SharedLink, TasteWork
from bot.ports import Clock
from bot.usecases.history import MESSAGES, PAUSE, failed, go_on, waiting
from bot.usecases.history_plans import HOLD, NOTE
from bot.usecases.taste import MOST, Reference, Told, taste_of, tell
from bot.usecases.taste_lookups import AGAIN, look_up, look_up_by_and_by
from tests.command_context import CommandFixture
from tests.factories import ADA, BEN, NOW, at
from tests.fake_chat import FakeChat
from tests.fake_storage import FakeTastes

SHARED = [
    SharedLink(url="https://arxiv.org/abs/2608.01111", at=at(days=30)),
    SharedLink(url="https://arxiv.org/pdf/2608.01111v2", at=at(days=40)),
    SharedLink(url="https://github.com/o/n", at=at(days=50)),
    SharedLink(url="https://cats.example/gif", at=at(days=60)),
]


class OldChat(FakeChat):
    """A platform with a past."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock, refuses_same_key=False)
        self.asked: list[int] = []
        self.shared = SHARED
        self.page = 200
        self.wait = timedelta(0)

    async def links(self, channel, most: int, start: str = "") -> LinkPage:
        """A message a link; the newest first."""
        self._check()
        self.asked.append(most)
        begin = int(start or 0)
        end = begin + min(most, self.page)
        shown = tuple(self.shared[begin:end])
        following = str(end) if end < len(self.shared) else ""
        return LinkPage(links=shown, messages=len(shown), following=following, wait=self.wait)


class Past(CommandFixture):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.chat = OldChat(lambda: self.now)
        context = self.commands._command_context
        self.commands._command_context = replace(context, has_past=self.chat.has_past, clock=lambda: self.now)

    async def later(self, **more: float) -> str | None:
        self.now += timedelta(**more)
        return await go_on(self.channel, self.chat, self.chat, self.database.unit_of_work, lambda: self.now)

    async def fails(self, **more: float) -> None:
        with pytest.raises(ChatError) as raised:
            await self.later(**more)
        await failed(self.channel, raised.value, self.database.unit_of_work, lambda: self.now)

    async def looked_up(self) -> int:
        return await look_up_by_and_by(self.database.unit_of_work, self.opened_works, lambda: self.now)

    async def look_ups(self) -> list[tuple[str, int]]:
        async with self.database.unit_of_work() as uow:
            return [(one.title, one.look_ups) for one in await uow.tastes.of_channel(self.channel.name)]

    async def told(self) -> list[tuple[str, str]]:
        async with self.database.unit_of_work() as uow:
            return [(one.key, f"{one.at:%d %B}") for one in await uow.tastes.of_channel(self.channel.name)]


@pytest.fixture
def past() -> Past:
    return Past()


async def test_a_day_later(past: Past) -> None:
    """An admin asks, the channel is told once, and after a day the works that were shared are known, each once, and nothing else."""
    assert "I tell the channel now" in await past.ask("taste history", admin=True)
    assert "I tell the channel as soon as I can" in await past.ask("taste history", admin=True)
    assert {past.channel.name} == await waiting(past.database.unit_of_work)
    assert ["announced", None] == [await past.later(), await past.later(hours=23)]
    assert "It is announced already" in await past.ask("taste history", admin=True)
    assert [] == await past.told()
    assert ["reading", None] == [await past.later(hours=1), await past.later(hours=1)]

    assert [("arxiv:2608.01111", "18 July"), ("code:github.com/o/n", "28 June")] == await past.told()
    assert [MESSAGES] == past.chat.asked
    assert 1 == len(past.chat.messages)
    assert "Ada asked me to learn from the works" in past.chat.messages[0].post.plain


async def test_page_by_page(past: Past) -> None:
    """A page is read at a time; one that fails is asked for again and loses none before it, and what is linked to on two pages counts once."""
    past.chat.page = 1
    await past.ask("taste history", admin=True)
    await past.later()
    assert "looking" == await past.later(hours=24)
    assert "I look through this channel's last messages" in await past.ask("taste history", admin=True)
    assert "looking" == await past.later()
    past.chat.faults.down = True
    await past.fails()
    past.chat.faults.down = False
    assert [None, "looking", "reading"] == [await past.later(), await past.later(minutes=10), await past.later()]

    assert [MESSAGES, MESSAGES - 1, MESSAGES - 2, MESSAGES - 3] == past.chat.asked
    assert [("arxiv:2608.01111", "18 July"), ("code:github.com/o/n", "28 June")] == await past.told()
    assert "2 works found" in await past.ask("taste history", admin=True)
    async with past.database.unit_of_work() as uow:
        note = await uow.notes.get(f"{NOTE}: {past.channel.name}")
        assert "https://" not in note, (
            "of what was seen nothing is kept longer than it is read but what an objection takes back"
        )
    assert "done" == await past.later(days=3)
    async with past.database.unit_of_work() as uow:
        assert "" == await uow.notes.get(f"{NOTE}: {past.channel.name}")


async def test_no_more_than_a_thousand(past: Past) -> None:
    """Of a longer past the last thousand messages are read."""
    past.chat.shared = SHARED[:1] * 1500
    await past.ask("taste history", admin=True)
    await past.later()
    assert ["looking"] * 4 + ["reading"] == [await past.later(hours=24), *[await past.later() for _ in range(4)]]
    assert [1000, 800, 600, 400, 200] == past.chat.asked


async def test_at_the_platforms_pace(past: Past) -> None:
    """The next page is read after the pause that the platform wants; one that others' requests keep from its turn after the pause that it names."""
    past.chat.page, past.chat.wait = 2, timedelta(minutes=1)
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    assert frozenset() == await waiting(past.database.unit_of_work, past.now)
    assert await past.later(seconds=59) is None
    busy = ChatError("fake", "it is asked as often as it allows", retry_after=90)
    await failed(past.channel, busy, past.database.unit_of_work, lambda: past.now)
    assert await past.later(seconds=89) is None
    assert {past.channel.name} == await waiting(past.database.unit_of_work, past.now + timedelta(seconds=1))
    assert "reading" == await past.later(seconds=1)
    assert [MESSAGES, MESSAGES - 2] == past.chat.asked


async def test_two_read_one_page(past: Past) -> None:
    """Of two processes at one page the later one changes nothing, also where the other came to the end of the past meanwhile."""
    past.chat.page = 2
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    gate, links = asyncio.Event(), past.chat.links
    slow = OldChat(lambda: past.now)

    async def slowly(channel, most: int, start: str = "") -> LinkPage:
        page = await links(channel, 1, start)
        await gate.wait()
        return page

    slow.links = slowly
    other = asyncio.create_task(go_on(past.channel, past.chat, slow, past.database.unit_of_work, lambda: past.now))
    await asyncio.sleep(0)
    assert "reading" == await past.later()
    gate.set()

    assert "reading" == await other
    assert 2 == len(await past.told())


async def test_asked_again_after_it_was_given_up(past: Past) -> None:
    """What was seen for a wish that was given up is not gone on from: the next one begins with the newest messages."""
    past.chat.page = 2
    await past.ask("taste history", admin=True)
    await past.later()
    assert "looking" == await past.later(hours=24)
    past.chat.faults.down = True
    await past.fails(days=15)
    past.chat.faults.down = False
    past.now += timedelta(hours=1)
    await past.ask("taste history", admin=True)
    await past.later()

    assert "looking" == await past.later(hours=24)
    assert [MESSAGES, MESSAGES] == past.chat.asked


async def test_what_was_shared_teaches(past: Past) -> None:
    """What was shared is looked up by and by, the way is told to who asks, and its end to the channel, once."""
    past.works.know(
        "https://arxiv.org/abs/2608.01111", "Sparse attention", abstract="We prune heads.", authors=("Ada",)
    )
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    assert "2 works found, 0 of them read so far" in await past.ask("taste history", admin=True)
    assert 1 == await past.looked_up()
    assert "2 works found, 1 of them read so far" in await past.ask("taste history", admin=True)
    assert await past.later(minutes=1) is None, "what did not answer has a second turn"
    past.now += timedelta(hours=1)
    assert 0 == await past.looked_up()
    assert ["done", None] == [await past.later(minutes=1), await past.later(hours=9)]

    async with past.database.unit_of_work() as uow:
        known = {one.key: (one.title, one.abstract) for one in await taste_of(past.channel.name, uow)}
    assert ("Sparse attention", "We prune heads.") == known["arxiv:2608.01111"]
    assert 2 == len(past.chat.messages)
    assert "I found 2 works in its last 1,000 messages, and have read 1 of them." in past.chat.messages[1].post.plain
    assert frozenset() == await waiting(past.database.unit_of_work)


async def test_a_crash_while_it_is_read(past: Past) -> None:
    """A crash between two look-ups loses none of them, and after one at the last message it is not sent twice."""
    for number in (1, 2):
        past.works.know(f"https://arxiv.org/abs/2608.0111{number}", f"Work {number}")
    past.chat.shared = [SharedLink(url=f"https://arxiv.org/abs/2608.0111{number}", at=at(days=30)) for number in (1, 2)]
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    past.works.dies_at = 2
    with pytest.raises(RuntimeError, match="dies here"):
        await past.looked_up()
    assert [("Work 1", 5), ("", 0)] == await past.look_ups()
    past.works.dies_at = 0
    assert 1 == await past.looked_up()
    past.chat.faults.drops = 1
    with pytest.raises(ChatError):
        await past.later(minutes=1)

    assert "done" == await past.later(minutes=1)
    assert 2 == len(past.chat.messages)


async def test_a_full_disk_while_it_is_read(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that fails among several look-ups is told as such, not as a group of errors that nobody catches."""
    links = [Reference(url=f"https://arxiv.org/abs/2608.0111{number}") for number in range(3)]
    await tell(links, "a list", past.channel, past.database.unit_of_work, past.now)

    async def describe(self: FakeTastes, works: Sequence[TasteWork]) -> None:
        raise StorageFull("The disk is full.")

    monkeypatch.setattr(FakeTastes, "describe", describe)
    with pytest.raises(StorageFull):
        await past.looked_up()
    with pytest.raises(StorageFull):
        await look_up(links, past.channel, past.database.unit_of_work, past.opened_works, lambda: past.now)


async def test_several_failures_at_once(
    past: Past, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Of look-ups that fail together the first one is told, and each of the others stands in the log."""
    links = [Reference(url=f"https://arxiv.org/abs/2608.0111{number}") for number in range(3)]
    await tell(links, "a list", past.channel, past.database.unit_of_work, past.now)
    failures = [StorageFull(f"The disk {number} is full.") for number in range(3)]
    left = iter(failures)

    async def describe(self: FakeTastes, works: Sequence[TasteWork]) -> None:
        raise next(left)

    monkeypatch.setattr(FakeTastes, "describe", describe)
    with pytest.raises(StorageFull) as raised:
        await past.looked_up()
    logged = [record for record in caplog.records if getattr(record, "action", "") == "taste_lookup_failed"]
    shown = [record.exc_info[1] for record in logged if record.exc_info]

    assert failures == [raised.value, *shown]


async def test_what_does_not_answer(past: Past) -> None:
    """A work that does not answer holds the channel's news up for two turns, and is asked for again with growing pauses, five times in all."""
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    for _ in range(2):
        assert await past.later(hours=1) is None
        assert 0 == await past.looked_up()
    assert "done" == await past.later(minutes=1)
    assert "could not read them yet; I go on trying" in past.chat.messages[1].post.plain
    asked = len(past.works.asked)
    await past.looked_up()
    assert asked == len(past.works.asked), "not again at once"
    for _ in range(40):
        past.now += timedelta(hours=6)
        await past.looked_up()
    assert (1 + len(AGAIN)) * 2 == len(past.works.asked)
    await past.ask("taste https://arxiv.org/abs/2608.01111", admin=True)
    past.works.know("https://arxiv.org/abs/2608.01111", "Sparse attention")
    past.now += timedelta(hours=1)
    assert 1 == await past.looked_up(), "told again, it is tried again"


async def test_a_paper_that_waits_for_its_abstract(past: Past) -> None:
    """A titled paper whose registry did not answer is asked for again; one whose registry has no abstract of it is not."""
    paper = Reference(url="https://arxiv.org/abs/2608.01111", title="Sparse attention")
    await tell([paper], "a list", past.channel, past.database.unit_of_work, past.now)
    assert [0, 0] == [await past.looked_up(), await past.looked_up()]
    assert [("Sparse attention", 1)] == await past.look_ups()
    past.works.know(paper.url, paper.title)
    past.now += AGAIN[0]
    assert 1 == await past.looked_up()
    past.now += timedelta(days=30)
    assert 0 == await past.looked_up()
    assert 2 == len(past.works.asked)


async def test_what_was_known_before(past: Past) -> None:
    """Works of the past that a list had told already count as read."""
    links = [Reference(url=one.url, title="Known", abstract="We know.") for one in SHARED[1:3]]
    await tell(links, "a list", past.channel, past.database.unit_of_work, past.now)
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    assert "2 works found, 2 of them read so far" in await past.ask("taste history", admin=True)

    assert "done" == await past.later(minutes=1)
    assert "I found 2 works in its last 1,000 messages, and have read them." in past.chat.messages[1].post.plain


async def test_forgotten_meanwhile(past: Past) -> None:
    """What was forgotten while it was looked up is not told as what counts from now on."""
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    await past.ask("taste forget", admin=True)
    assert "2 works found, and forgotten since." in await past.ask("taste history", admin=True)

    assert "done" == await past.later(minutes=1)
    assert 1 == len(past.chat.messages)


@pytest.mark.parametrize(
    ("room", "said"), [(0, "I found 2 works in its last 1,000 messages, and kept none"), (1, "I kept 1 of them")]
)
async def test_a_taste_that_is_full(past: Past, room: int, said: str) -> None:
    """Works for which there is no room are told as such."""
    library = [Reference(title=f"Work {number}") for number in range(MOST - room)]
    await tell(library, "a list", past.channel, past.database.unit_of_work, past.now)
    past.works.know("https://arxiv.org/abs/2608.01111", "Sparse attention", abstract="We prune heads.")
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    await past.looked_up()

    assert "done" == await past.later(days=3)
    assert said in past.chat.messages[1].post.plain
    assert "a channel's taste holds 5,000 works" in past.chat.messages[1].post.plain


async def test_a_past_without_works(past: Past) -> None:
    """Where nothing was shared, that is what the channel is told."""
    past.chat.shared = SHARED[-1:]
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)

    assert "done" == await past.later(minutes=1)
    assert "I found no link to a paper or to code" in past.chat.messages[1].post.plain


async def test_deleting_is_an_objection(past: Past) -> None:
    """Who deletes the announcement objects: nothing is read, and it may be asked for another time."""
    await past.ask("taste history", admin=True)
    await past.later()
    past.chat.messages.clear()

    assert "stopped" == await past.later(hours=2), "and that is seen within the hour"
    assert ([], ["Somebody objected, so I do not learn from what was shared in this channel."]) == (
        past.chat.asked,
        [sent.post.plain.splitlines()[1] for sent in past.chat.messages],
    )


async def test_a_platform_that_stays_away(past: Past) -> None:
    """What cannot be looked at is tried again after a pause, says so, and is given up after a fortnight without having been read."""
    await past.ask("taste history", admin=True)
    await past.later()
    past.chat.faults.down = True
    await past.fails(hours=24)
    assert await past.later(minutes=9) is None, "it waits"
    assert "It waits, since" in await past.ask("taste history", admin=True)
    await past.fails(days=14)
    past.chat.faults.down = False

    assert await past.later(days=1) is None
    assert ([], frozenset()) == (past.chat.asked, await waiting(past.database.unit_of_work))
    said = await past.ask("taste history", admin=True)
    assert "The platform did not let me the last time; I try once more.\nI tell the channel now" in said
    assert "objected" not in said


OBJECTIONS = ("🛑", "👎🏽", "🙅", "🤨", ":shipit:", "reply", "// reply", "said")


async def object_by(past: Past, objection: str) -> MessageRef:
    """Ben objects in some way; gives the message on which he should see that it was heard."""
    announcement = past.chat.messages[0].ref
    if objection == "said":
        return past.chat.say(past.channel, "No, I object.")
    if "reply" in objection:
        return await past.chat.reply(BEN, announcement, objection.replace("reply", "Hm, is that so?"))
    await past.chat.react(BEN, announcement, objection)
    return announcement


@pytest.mark.parametrize("objection", OBJECTIONS)
async def test_anybody_stops_it(past: Past, objection: str) -> None:
    """Any reply, a reaction that does not approve, or plain words below, by anybody: nothing is read, who objected sees 📝, and the channel is told."""
    await past.ask("taste history", admin=True)
    await past.later()
    heard = await object_by(past, objection)

    assert "stopped" == await past.later(hours=1), "not only when the day is over"
    assert ([], [heard]) == (past.chat.asked, past.chat.acknowledged)
    assert 2 == len(past.chat.messages)
    assert "Somebody objected, so I do not learn from" in past.chat.messages[1].post.plain
    assert "forgotten again" not in past.chat.messages[1].post.plain
    assert await past.later(days=30) is None


async def test_anybody_of_another_workspace_stops_it(past: Past) -> None:
    """In a channel that is shared with another workspace its members are heard like everybody, though their decisions do not count."""
    await past.ask("taste history", admin=True)
    await past.later()
    past.chat.outsiders = {BEN.id}
    await object_by(past, "🛑")

    assert () == (await past.chat.snapshot(past.chat.messages[0].ref)).reactions
    assert "stopped" == await past.later(hours=1)


@pytest.mark.parametrize(
    "said",
    [
        "No objection from me",
        "Have you seen https://arxiv.org/abs/2608.01111?",
        "Stop words matter more than you would think",
    ],
)
async def test_talk_is_no_objection(past: Past, said: str) -> None:
    """What else is said in the channel stops nothing, nor does what was said before the announcement."""
    past.chat.say(past.channel, "No.")
    past.now += timedelta(minutes=1)
    await past.ask("taste history", admin=True)
    await past.later()
    past.now += timedelta(minutes=1)
    past.chat.say(past.channel, said)

    assert "reading" == await past.later(hours=24)


@pytest.mark.parametrize("objection", OBJECTIONS)
@pytest.mark.parametrize("state", ["looking", "reading"])
async def test_an_objection_while_it_is_read(past: Past, state: str, objection: str) -> None:
    """Who objects while the past is read stops that, too: what was noted is taken back, and what the channel was told otherwise stays."""
    past.chat.page = 1 if state == "looking" else 200
    links = [Reference(url="https://arxiv.org/abs/2608.01111", title="Known", abstract="We know.")]
    await tell(links, "a list", past.channel, past.database.unit_of_work, past.now)
    await past.ask("taste history", admin=True)
    await past.later()
    assert state == await past.later(hours=24)
    assert (1 if state == "looking" else 2) == len(await past.told())
    await object_by(past, objection)
    asked = len(past.chat.asked)

    assert "stopped" == await past.later(minutes=10)
    assert await past.later(days=3) is None
    assert [("arxiv:2608.01111", "17 August")] == await past.told()
    assert (asked, 2) == (len(past.chat.asked), len(past.chat.messages))
    taken = "I had begun: what I noted of 1 work is forgotten again." in past.chat.messages[1].post.plain
    assert taken == (state == "reading")
    async with past.database.unit_of_work() as uow:
        assert "" == await uow.notes.get(f"{NOTE}: {past.channel.name}")


async def test_what_an_earlier_wish_brought_stays(past: Past) -> None:
    """An objection to a second reading takes back what that one brought, and not what came in the first, to which nobody objected."""
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    assert "done" == await past.later(days=3)
    past.chat.shared = [SharedLink(url="https://arxiv.org/abs/2608.02222", at=at(days=1)), *SHARED]
    await past.ask("taste history", admin=True)
    await past.later(minutes=1)
    await past.later(hours=24)
    assert 3 == len(await past.told())
    await past.chat.react(BEN, past.chat.messages[2].ref, "🛑")

    assert "stopped" == await past.later(minutes=10)
    assert ["arxiv:2608.01111", "code:github.com/o/n"] == [key for key, _ in await past.told()]


async def test_a_crash_while_it_is_noted(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """Works that were noted by a process that did not live to note how far it came are taken back by an objection like all others."""
    await past.ask("taste history", admin=True)
    await past.later()
    with monkeypatch.context() as patched:

        async def dies(*given: object) -> Told:
            await tell(*given)
            raise RuntimeError("dies here")

        patched.setattr("bot.usecases.history.tell", dies)
        with pytest.raises(RuntimeError, match="dies here"):
            await past.later(hours=24)
    assert 2 == len(await past.told())
    await object_by(past, "🛑")

    assert "stopped" == await past.later(minutes=10)
    assert [] == await past.told()


async def test_told_once_that_it_is_stopped(past: Past) -> None:
    """Where the platform drops the message, it is looked for; where it is away, nothing is read meanwhile, and the channel is told once it is back."""
    await past.ask("taste history", admin=True)
    await past.later()
    await past.later(hours=24)
    await object_by(past, "🛑")
    past.chat.faults.drops = 1
    await past.fails(minutes=10)
    assert [] == await past.told(), "taken back before anybody is told"
    assert "Somebody objected, so I learn nothing" in await past.ask("taste history", admin=True)

    assert "stopped" == await past.later(minutes=10)
    assert 2 == len(past.chat.messages)


async def test_asked_again_after_an_objection(past: Past) -> None:
    """After an objection nobody may ask for a week, and the next announcement says that somebody objected, also to one that the platform ended since."""
    await past.ask("taste history", admin=True)
    await past.later()
    await past.chat.react(BEN, past.chat.messages[0].ref, "🛑")
    await past.later(hours=1)
    refused = await past.ask("taste history", admin=True)
    assert "Somebody objected on 17 August. You may ask again from 24 August on" in refused
    assert frozenset() == await waiting(past.database.unit_of_work)
    past.now += PAUSE
    assert "Somebody objected on 17 August, which I tell the channel, too." in await past.ask(
        "taste history", admin=True
    )

    assert "announced" == await past.later(minutes=1)
    assert (
        "Somebody objected to this on 17 August; I was asked to ask you once more." in past.chat.messages[2].post.plain
    )
    assert "objected to this" not in past.chat.messages[0].post.plain
    past.chat.faults.down = True
    await past.fails(days=15)
    past.chat.faults.down = False
    await past.ask("taste history", admin=True)
    assert "announced" == await past.later(minutes=1)
    assert "Somebody objected to this on 17 August" in past.chat.messages[3].post.plain


async def test_says_where_to_answer(past: Past) -> None:
    """The announcement names the ways that are heard, in words that are true in a thread, by a reference and in a post."""
    await past.ask("taste history", admin=True)
    await past.later()

    said = past.chat.messages[0].post.plain
    assert "react to this message with 🛑" in said
    assert "use Reply on this message" in said
    assert "answer here" not in said


@pytest.mark.parametrize("approval", ["🎉", "👍🏽", "❤️", ":+1:"])
async def test_an_approval_is_no_objection(past: Past, approval: str) -> None:
    """A reaction that plainly approves stops nothing."""
    await past.ask("taste history", admin=True)
    await past.later()
    await past.chat.react(BEN, past.chat.messages[0].ref, approval)

    assert "reading" == await past.later(hours=24)
    assert [] == past.chat.acknowledged


async def test_a_crash_at_the_announcement(past: Past) -> None:
    """An announcement that may or may not have been posted is looked for, and posted once."""
    await past.ask("taste history", admin=True)
    past.chat.faults.drops = 1
    with pytest.raises(ChatError):
        await past.later()

    assert "announced" == await past.later()
    assert 1 == len(past.chat.messages)


async def test_a_platform_that_is_away(past: Past) -> None:
    """Where the past cannot be read now, it is tried again, and read once."""
    await past.ask("taste history", admin=True)
    await past.later()
    past.chat.faults.down = True
    with pytest.raises(ChatError):
        await past.later(hours=24)
    past.chat.faults.down = False

    assert "reading" == await past.later()
    assert HOLD == timedelta(hours=24)


async def test_who_may_and_where(past: Past) -> None:
    """Only an admin may ask, and only where a channel has a past that can be read: a forum has none, and is told so before anybody is told anything."""
    assert "may have me learn from the channel's past" in await past.ask("taste history", member=ADA)
    assert "may have the channel's taste forgotten" in await past.ask("taste forget", member=ADA)
    assert "may tell the channel's taste" in await past.ask("taste https://arxiv.org/abs/2608.01111", member=ADA)
    past.chat.forums = {past.channel.id}
    assert "I cannot look into this channel's past" in await past.ask("taste history", admin=True)
    assert frozenset() == await waiting(past.database.unit_of_work)
