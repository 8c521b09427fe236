"""What people do is recorded once, in whatever order we hear of it, and nothing of it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import StorageError
from bot.events import ChatEvent, ReplyDeleted
from bot.exporting import as_document
from bot.model import Channel, Meaning, Member, PostingState
from bot.triage import SummaryRule
from bot.usecases import record
from bot.usecases.deliver import deliver, freeze
from bot.usecases.recall import remember
from bot.usecases.record import MESSAGE_WAIT, Recorder
from tests.examples import examples
from tests.factories import (
    ADA,
    BEN,
    DAY,
    NOW,
    WEEK,
    at,
    channel,
    deleted,
    digest,
    edited,
    item,
    pick,
    posting,
    pressed,
    reacted,
    ref,
    replied,
    unreacted,
)
from tests.fake_chat import FakeChat, ticking
from tests.fake_storage import FakeDatabase, FakePostings, FakeUnitOfWork

CHANNEL = channel()
AGENTS = "arxiv:2608.00001"


class Club:
    """A channel with its digest of the week posted, its people, and us listening."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.clock = ticking()
        self.chat = FakeChat(clock=self.clock)
        self.recorder = Recorder(self.unit_of_work, self.clock, {"fake": self.chat})

    def unit_of_work(self) -> FakeUnitOfWork:
        return self.database.unit_of_work()

    async def open(self) -> None:
        frozen = digest(pick(item(AGENTS, title="Agents")), pick(item("arxiv:2608.00002", title="Robots"), rank=2))
        await freeze(frozen, CHANNEL, self.unit_of_work)
        await deliver(CHANNEL, WEEK, self.chat, self.unit_of_work, self.clock, owner="we")
        await self.chat.listen(self.recorder.receive)

    async def known(self) -> dict[str, list[tuple[str, str]]]:
        """What is known of the first pick: who decided what, and who wrote what."""
        document = as_document(await remember([CHANNEL], self.unit_of_work))["items"][0]
        return {
            "decisions": [(one["member"], one["decision"]) for one in document["decisions"]],
            "summaries": [(one["member"], one["text"]) for one in document["summaries"]],
        }


@pytest.fixture
async def club() -> Club:
    club = Club()
    await club.open()
    return club


class TestReactions:
    async def test_a_reaction(self, club: Club) -> None:
        """A reaction on a pick is a decision on its item."""
        await club.chat.react(ADA, club.chat.ref_of("Agents"), "⭐")

        assert await club.known() == {"decisions": [("Ada", "must-read")], "summaries": []}

    async def test_taken_back(self, club: Club) -> None:
        """A reaction that is taken back is no decision any more."""
        agents = club.chat.ref_of("Agents")
        await club.chat.react(ADA, agents, "⭐")
        await club.chat.react(ADA, agents, "👀")
        await club.chat.unreact(ADA, agents, "⭐")

        assert (await club.known())["decisions"] == [("Ada", "to-read")]

    async def test_any_emoji_is_kept(self, club: Club) -> None:
        """An emoji without meaning is recorded all the same: its meaning may be set later."""
        await club.chat.react(ADA, club.chat.ref_of("Agents"), "🎉")

        assert [one.emoji for one in club.database.tables.reactions.values()] == ["🎉"]
        assert (await club.known())["decisions"] == []

    async def test_deleted_twice(self, club: Club) -> None:
        """A deletion of what is deleted already does not wait for a reply to delete."""
        answer = await club.chat.reply(ADA, club.chat.ref_of("Agents"), "Gone soon.")
        await club.chat.delete(answer)
        await club.recorder.receive(ReplyDeleted(event_id="once more", ref=answer, at=club.clock()))

        async with club.unit_of_work() as uow:
            assert [] == await uow.events.waiting()

    async def test_on_the_head(self, club: Club) -> None:
        """A reaction on the head decides nothing."""
        await club.chat.react(ADA, club.chat.ref_of("Paper Round ·"), "⭐")

        assert (await club.known())["decisions"] == []


class TestPresses:
    async def test_a_press(self, club: Club) -> None:
        """A press is a decision on the card's item; the same button again takes it back."""
        agents = club.chat.ref_of("Agents")
        await club.chat.press(ADA, agents, Meaning.MUST_READ)
        await club.chat.press(BEN, agents, Meaning.SKIP)

        assert (await club.known())["decisions"] == [("Ada", "must-read"), ("Ben", "skip")]
        await club.chat.press(ADA, agents, Meaning.MUST_READ)
        assert (await club.known())["decisions"] == [("Ben", "skip")]

    async def test_restores_what_stood_before(self, club: Club) -> None:
        """Taking a press back restores the reaction that stood before it."""
        agents = club.chat.ref_of("Agents")
        await club.chat.react(ADA, agents, "👀")
        await club.chat.press(ADA, agents, Meaning.SKIP)
        assert (await club.known())["decisions"] == [("Ada", "skip")]

        await club.chat.press(ADA, agents, Meaning.SKIP)
        assert (await club.known())["decisions"] == [("Ada", "to-read")]

    async def test_delivered_twice(self, club: Club) -> None:
        """A press that is delivered again is the same press, and does not take itself back."""
        await club.chat.press(ADA, club.chat.ref_of("Agents"), Meaning.MUST_READ)
        (event,) = club.chat.delivered
        await club.chat.repeat(event)
        await asyncio.gather(club.chat.repeat(event), club.chat.repeat(event))

        assert (await club.known())["decisions"] == [("Ada", "must-read")]

    async def test_many_at_once(self, club: Club) -> None:
        """Presses that come in one batch count in the order in which they were made."""
        agents = club.chat.ref_of("Agents")
        meanings = [Meaning.MUST_READ, Meaning.SKIP, Meaning.MUST_READ, Meaning.READ, Meaning.SKIP, Meaning.SKIP]
        events = [pressed(f"p{n}", one, ref=agents, at=at(hours=-n)) for n, one in enumerate(meanings)]
        await club.recorder.receive_all([*reversed(events), events[2]])

        assert (await club.known())["decisions"] == [("Ada", "must-read"), ("Ada", "read")]

    async def test_before_its_message_is_known(self, club: Club) -> None:
        """A press that overtakes the note of its message's address waits, and counts once that is there."""
        agents = club.chat.ref_of("Agents")
        (posting_,) = [one for one in club.database.tables.postings.values() if one.ref == agents]
        place = (posting_.channel, posting_.week, posting_.part)
        club.database.tables.postings[place] = replace(posting_, ref=None, state=PostingState.SENDING)
        await club.chat.press(ADA, agents, Meaning.MUST_READ)
        club.database.tables.postings[place] = posting_

        assert 1 == await club.recorder.apply_waiting()
        assert (await club.known())["decisions"] == [("Ada", "must-read")]

    async def test_on_a_line(self, club: Club) -> None:
        """A press on a line is about the work of that number; a number that is not there decides nothing."""
        head = club.chat.ref_of("Paper Round ·")
        await club.chat.press(ADA, head, Meaning.MUST_READ, 1)
        await club.chat.press(ADA, head, Meaning.MUST_READ, 99)

        assert (await club.known())["decisions"] == [("Ada", "must-read")]
        assert 1 == len(club.database.tables.presses)
        async with club.unit_of_work() as uow:
            assert [] == await uow.events.waiting()


class TestReplies:
    async def test_a_reply(self, club: Club) -> None:
        """A reply in a pick's thread is its member's summary, and is acknowledged."""
        answer = await club.chat.reply(ADA, club.chat.ref_of("Agents"), "Worth it.")

        assert await club.known() == {"decisions": [], "summaries": [("Ada", "Worth it.")]}
        assert club.chat.acknowledged == [answer]

    async def test_too_little_for_a_summary(self, club: Club) -> None:
        """An 'ok' stays a reply and is no summary; edited to a sentence it becomes one, and back again it is none."""
        club.recorder.summaries = SummaryRule(3)
        answer = await club.chat.reply(BEN, club.chat.ref_of("Agents"), "ok")
        first, marked = (await club.known())["summaries"], list(club.chat.acknowledged)
        await club.chat.edit(answer, "有用")
        second = (await club.known())["summaries"]
        await club.chat.edit(answer, "+1")

        assert ([], []) == (first, marked)
        assert [("Ben", "有用")] == second
        assert [] == (await club.known())["summaries"]

    async def test_a_conversation(self, club: Club) -> None:
        """Remarks are kept out, corrections replace, deletions remove, everybody may write, and only summaries are acknowledged."""
        agents = club.chat.ref_of("Agents")
        sent = len(club.chat.transcript)
        first = await club.chat.reply(ADA, agents, "The benchmark is the gift.")
        remark = await club.chat.reply(BEN, agents, "// lunch?")
        await club.chat.edit(first, "The benchmark is the gift, the agents tie.")
        await club.chat.edit(remark, "Reads well, proves little.")
        second = await club.chat.reply(ADA, agents, "A third thing")
        await club.chat.delete(second)

        assert club.chat.transcript[sent:] == [
            "Ada: The benchmark is the gift.",
            "Paper Round: 📝",
            "Ben: // lunch?",
            "Ada corrects: The benchmark is the gift, the agents tie.",
            "Ben corrects: Reads well, proves little.",
            "Paper Round: 📝",
            "Ada: A third thing",
            "Paper Round: 📝",
            "Ada deletes a reply",
        ]
        assert (await club.known())["summaries"] == [
            ("Ada", "The benchmark is the gift, the agents tie."),
            ("Ben", "Reads well, proves little."),
        ]

    async def test_made_a_remark_and_back(self, club: Club) -> None:
        """A summary that becomes a remark is none any more, which its 📝 does not deny, and can become one again."""
        answer = await club.chat.reply(ADA, club.chat.ref_of("Agents"), "Worth it.")
        await club.chat.edit(answer, "// worth it?")
        between = await club.known()
        assert club.chat.acknowledged == []
        await club.chat.edit(answer, "Worth it after all.")

        assert between["summaries"] == []
        assert (await club.known())["summaries"] == [("Ada", "Worth it after all.")]

    async def test_deleted_words_are_gone(self, club: Club) -> None:
        """What was deleted is nowhere among summaries, their history, or what waits."""
        answer = await club.chat.reply(ADA, club.chat.ref_of("Agents"), "a secret")
        await club.chat.edit(answer, "another secret")
        await club.chat.delete(answer)

        assert "secret" not in repr((club.database.tables.summaries, club.database.tables.history))

    async def test_on_the_head(self, club: Club) -> None:
        """A reply to the head is no summary of anything, and is not acknowledged."""
        await club.chat.reply(ADA, club.chat.ref_of("Paper Round ·"), "Nice week")

        assert club.database.tables.summaries == {}
        assert club.chat.acknowledged == []


class TestSafety:
    async def test_not_stored_not_taken(self, club: Club) -> None:
        """An event that could not be stored is refused, so that the platform sends it again; then it counts once."""
        agents, working = club.chat.ref_of("Agents"), club.unit_of_work

        class Broken(FakeUnitOfWork):
            async def commit(self) -> None:
                raise StorageError("the disk is full")

        club.recorder._unit_of_work = lambda: Broken(club.database)
        await club.chat.react(ADA, agents, "⭐")
        refused, club.recorder._unit_of_work = list(club.chat.undelivered), working
        await club.chat.redeliver()
        await club.chat.repeat(refused[0])

        assert len(refused) == 1
        assert (await club.known())["decisions"] == [("Ada", "must-read")]

    async def test_stored_but_not_applied(self, club: Club) -> None:
        """An event that is stored is taken, though applying it failed, and is applied later."""

        class HalfBroken(FakeUnitOfWork):
            async def commit(self) -> None:
                if len(self._tables.outcomes) > 0:
                    raise StorageError("the disk is full")
                await super().commit()

        working, club.recorder._unit_of_work = club.recorder._unit_of_work, lambda: HalfBroken(club.database)
        await club.chat.react(ADA, club.chat.ref_of("Agents"), "⭐")
        club.recorder._unit_of_work = working
        before = await club.known()
        applied = await club.recorder.apply_waiting()

        assert (club.chat.undelivered, before["decisions"], applied) == ([], [], 1)
        assert (await club.known())["decisions"] == [("Ada", "must-read")]

    async def test_one_that_cannot_be_applied(self, club: Club) -> None:
        """An event that fails each time does not hold up the ones behind it."""
        poison = Member(id="U666")

        class Choking(FakeUnitOfWork):
            async def __aenter__(self) -> Any:
                await super().__aenter__()
                put = self.members.put

                async def choke(platform: str, members: Sequence[Member]) -> None:
                    if poison in members:
                        raise ZeroDivisionError
                    await put(platform, members)

                self.members.put = choke
                return self

        club.recorder._unit_of_work = lambda: Choking(club.database)
        agents = club.chat.ref_of("Agents")
        async with club.unit_of_work() as unit:
            await unit.events.add(reacted("e1", ref=agents, member=poison), NOW)
            await unit.events.add(reacted("e2", ref=agents, member=BEN), NOW + timedelta(seconds=1))
            await unit.commit()
        applied = await club.recorder.apply_waiting()

        assert applied == 1
        assert (await club.known())["decisions"] == [("Ben", "must-read")]

    @pytest.mark.parametrize("fault", ["down", "refuses"])
    async def test_acknowledging_fails(self, club: Club, fault: str) -> None:
        """A reply that we cannot acknowledge is a summary all the same."""
        setattr(club.chat.faults, fault, True)
        await club.chat.reply(ADA, club.chat.ref_of("Agents"), "Worth it.")

        assert (await club.known())["summaries"] == [("Ada", "Worth it.")]
        assert club.chat.undelivered == []

    async def test_no_platform_to_acknowledge_on(self, club: Club) -> None:
        """A reply from a platform that is not connected now is a summary all the same."""
        club.recorder._chats = {}
        await club.chat.reply(ADA, club.chat.ref_of("Agents"), "Worth it.")

        assert (await club.known())["summaries"] == [("Ada", "Worth it.")]

    async def test_names(self, club: Club) -> None:
        """A member is called by the newest name we heard."""
        agents = club.chat.ref_of("Agents")
        await club.chat.react(Member(id="U9", name="Old"), agents, "⭐")
        await club.chat.react(Member(id="U9", name="New"), agents, "👀")

        assert (await club.known())["decisions"] == [("New", "to-read")]


class TestUnknownMessages:
    async def test_the_event_overtakes_the_posting(self, club: Club) -> None:
        """An event on a message that is not known to be ours yet waits, and is applied once it is."""
        late = ref("late")
        clock = club.clock()
        await club.recorder.receive(reacted("e1", ref=late, at=clock))
        await club.recorder.receive(replied("e2", parent=late, ref=ref("answer"), at=clock))
        before = await club.recorder.apply_waiting()
        async with club.unit_of_work() as unit:
            await unit.postings.plan([posting(99, item_key=AGENTS)])
            await unit.postings.save(posting(99, ref=late, state=PostingState.POSTED, attempted_at=NOW))
            await unit.commit()
        after = await club.recorder.apply_waiting()

        assert (before, after) == (0, 2)
        assert await club.known() == {"decisions": [("Ada", "must-read")], "summaries": [("Ada", "Worth it.")]}

    async def test_not_ours(self, club: Club) -> None:
        """What is on no message of ours is put aside after some minutes, and stores nothing."""
        club.recorder._clock = lambda: NOW + MESSAGE_WAIT
        await club.recorder.receive(reacted("e1", ref=ref("another")))
        await club.recorder.receive(replied("e2", parent=ref("another"), ref=ref("answer")))

        assert club.database.tables.outcomes == {"e1": "not ours", "e2": "not ours"}
        assert (club.database.tables.reactions, club.database.tables.summaries) == ({}, {})
        assert await club.recorder.apply_waiting() == 0

    @pytest.mark.parametrize("days", [2, 44])
    async def test_sent_and_not_noted(self, club: Club, days: int) -> None:
        """While a message may have been sent by one of us who did not live to note it, an event waits, be it for weeks in which none of us runs."""
        lost, later = ref("lost"), NOW + days * DAY
        sending = posting(99, item_key=AGENTS, state=PostingState.SENDING, attempted_at=NOW)
        async with club.unit_of_work() as unit:
            await unit.postings.plan([sending])
            await unit.postings.save(sending)
            await unit.commit()
        await club.recorder.receive(replied("e1", parent=lost, ref=ref("answer"), at=NOW))
        club.recorder._clock = lambda: later
        before = await club.recorder.apply_waiting()
        async with club.unit_of_work() as unit:
            await unit.postings.save(replace(sending, state=PostingState.POSTED, ref=lost))
            await unit.commit()
        after = await club.recorder.apply_waiting()

        assert (before, after) == (0, 1)
        assert (await club.known())["summaries"] == [("Ada", "Worth it.")]

    async def test_behind_hundreds_that_wait(self, club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hundreds of events that wait, oldest first, keep none behind them from being applied, and are not tried one by one in every tick."""
        monkeypatch.setattr(record, "_AT_ONCE", 50)
        sending = posting(99, item_key=AGENTS, state=PostingState.SENDING, attempted_at=NOW)
        agents = club.chat.ref_of("Agents")
        async with club.unit_of_work() as unit:
            await unit.postings.plan([sending])
            await unit.postings.save(sending)
            for number in range(120):
                await unit.events.add(reacted(f"e{number}", ref=ref(f"other {number}"), at=NOW), NOW)
            await unit.events.add(reacted("pressed", ref=agents, member=BEN, at=NOW), NOW + timedelta(seconds=1))
            await unit.commit()
        club.recorder._clock = lambda: NOW + DAY
        opened = 0

        def counted_units() -> FakeUnitOfWork:
            nonlocal opened
            opened += 1
            return FakeUnitOfWork(club.database)

        club.recorder._unit_of_work = counted_units

        assert 1 == await club.recorder.apply_waiting()
        assert (await club.known())["decisions"] == [("Ben", "must-read")]
        assert opened < 12

    @pytest.mark.parametrize(("under_way", "waits"), [("reading", True), ("other", False), ("removed", False)])
    async def test_under_way_elsewhere(self, club: Club, under_way: str, *, waits: bool) -> None:
        """In a channel where nothing is under way nothing waits longer than some minutes, whatever another one waits for."""
        here, other = channel(name="reading"), channel(name="other", id="C2")

        async def channels() -> Sequence[Channel]:
            return [here, other]

        club.recorder._channels = channels
        sending = replace(posting(99, item_key=AGENTS, state=PostingState.SENDING, attempted_at=NOW), channel=under_way)
        async with club.unit_of_work() as unit:
            await unit.postings.plan([sending])
            await unit.postings.save(sending)
            await unit.commit()
        club.recorder._clock = lambda: NOW + DAY
        await club.recorder.receive(reacted("e1", ref=ref("unknown"), at=NOW))

        assert ({} if waits else {"e1": "not ours"}) == club.database.tables.outcomes

    @pytest.mark.parametrize("look_up", ["at", "at_all"])
    async def test_noted_while_it_is_looked_up(self, club: Club, look_up: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A message that another process notes as posted right after it was looked up, and not found, is not taken for nobody's: neither by who was told
        of the event just now, late, nor by who looks at what waits.
        """
        lost, later = ref("lost"), NOW + 2 * DAY
        sending = posting(99, item_key=AGENTS, state=PostingState.SENDING, attempted_at=NOW)
        async with club.unit_of_work() as unit:
            await unit.postings.plan([sending])
            await unit.postings.save(sending)
            await unit.commit()
        looked_up: Callable[..., Awaitable[object]] = getattr(FakePostings, look_up)

        async def noted(self: FakePostings, of: object) -> object:
            found = await looked_up(self, of)
            place = (sending.channel, sending.week, sending.part)
            for tables in (self.tables, club.database.tables):
                tables.postings[place] = replace(sending, state=PostingState.POSTED, ref=lost)
            return found

        if look_up == "at":
            club.recorder._clock = lambda: later
            monkeypatch.setattr(FakePostings, look_up, noted)
        await club.recorder.receive(replied("e1", parent=lost, ref=ref("answer"), at=NOW))
        club.recorder._clock = lambda: later
        monkeypatch.setattr(FakePostings, look_up, noted)
        assert {} == club.database.tables.outcomes
        applied = sum([await club.recorder.apply_waiting() for _ in range(2)])

        assert 1 == applied
        assert (await club.known())["summaries"] == [("Ada", "Worth it.")]

    async def test_deleted_before_posted(self, club: Club) -> None:
        """A deletion that overtakes its reply is carried out when the reply comes."""
        now, agents = club.clock(), club.chat.ref_of("Agents")
        await club.recorder.receive(deleted("e1", ref=ref("answer"), at=now))
        await club.recorder.receive(replied("e2", parent=agents, ref=ref("answer"), at=now - timedelta(seconds=5)))
        await club.recorder.apply_waiting()

        assert (await club.known())["summaries"] == []


# ---- any order

PARENT, ANSWER, OTHER = ref("m1"), ref("r1"), ref("r2")


def second(n: int) -> Any:
    return NOW + timedelta(seconds=n)


HISTORY: list[ChatEvent] = [
    reacted("e01", at=second(1)),
    reacted("e02", emoji="👀", at=second(2)),
    unreacted("e03", at=second(3)),
    reacted("e04", member=BEN, emoji="👎🏽", at=second(4)),
    reacted("e05", at=second(5)),
    unreacted("e06", emoji="👀", at=second(6)),
    replied("e07", "first", ref=ANSWER, at=second(7)),
    edited("e08", "// a remark", ref=ANSWER, at=second(8)),
    edited("e09", "back again", ref=ANSWER, at=second(9)),
    replied("e10", "to be deleted", ref=OTHER, member=BEN, at=second(10)),
    edited("e11", "still to be deleted", ref=OTHER, member=BEN, at=second(11)),
    deleted("e12", ref=OTHER, at=second(12)),
]


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    """Hypothesis calls plain functions."""
    return asyncio.run(work())


async def told(events: Sequence[ChatEvent], known_after: int = 0) -> Any:
    """What is exported after these events, where the message is known to be ours after so many of them."""
    club = Club()
    club.recorder._clock = lambda: second(60)
    frozen = digest(pick(item(AGENTS)))
    await freeze(frozen, CHANNEL, club.unit_of_work)
    for number, event in enumerate([*events, None]):
        if number == min(known_after, len(events)):
            async with club.unit_of_work() as unit:
                (_, card, _) = await unit.postings.of("reading", WEEK)
                await unit.postings.save(
                    posting(
                        1,
                        key=card.key,
                        item_key=AGENTS,
                        ref=PARENT,
                        state=PostingState.POSTED,
                        attempted_at=at(hours=1),
                    )
                )
                await unit.commit()
        if event:
            await club.recorder.receive(event)
    await club.recorder.apply_waiting()
    await club.recorder.apply_waiting()
    return as_document(await remember([CHANNEL], club.unit_of_work))


@settings(max_examples=examples(60), deadline=None)
@given(st.permutations(HISTORY), st.lists(st.sampled_from(HISTORY), max_size=6), st.integers(0, len(HISTORY)))
def test_any_order(events: list[ChatEvent], repeated: list[ChatEvent], known_after: int) -> None:
    """The same events in any order, some twice, before or after we know the message for ours, leave the same behind."""
    in_order = run(lambda: told(HISTORY))
    (document,) = in_order["items"]

    assert [(one["member"], one["decision"]) for one in document["decisions"]] == [
        ("Ben", "skip"),
        ("Ada", "must-read"),
    ]
    assert [(one["member"], one["text"]) for one in document["summaries"]] == [("Ada", "back again")]
    assert in_order == run(lambda: told([*events, *repeated], known_after))


async def test_events_of_last_week_wait_no_longer(club: Club) -> None:
    """An event on an unknown message that reaches us a day late is put aside at once."""
    await club.recorder.receive(reacted("e1", ref=ref("another"), at=NOW - DAY))

    assert club.database.tables.outcomes == {"e1": "not ours"}
