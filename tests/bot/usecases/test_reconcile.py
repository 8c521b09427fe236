"""What people did while we were not listening is reconciled."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ChatError, MessageGone
from bot.events import ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.exporting import as_document
from bot.model import DEFAULT_MEANINGS, Meaning, Member, MessageRef, Snapshot
from bot.triage import SummaryRule, meaning_of, summary_text
from bot.usecases.deliver import CLOCK_SKEW, deliver, freeze
from bot.usecases.recall import remember
from bot.usecases.reconcile import differing_reactions, differing_replies, look_over, reconcile
from bot.usecases.record import Recorder
from tests.examples import examples
from tests.factories import ADA, BEN, HOUR, NOW, WEEK, channel, digest, item, pick, reaction, ref, reply, summary
from tests.fake_chat import FakeChat, ticking
from tests.fake_storage import FakeDatabase

CHANNEL = channel()
AGENTS, ROBOTS = "arxiv:2608.00001", "arxiv:2608.00002"


class Club:
    """A channel with a digest posted; `listening` says whether what people do reaches us."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.clock = ticking()
        self.chat = FakeChat(clock=self.clock)
        self.recorder = Recorder(self.database.unit_of_work, self.clock, {"fake": self.chat})

    async def open(self) -> None:
        frozen = digest(pick(item(AGENTS, title="Agents")), pick(item(ROBOTS, title="Robots"), rank=2))
        await freeze(frozen, CHANNEL, self.database.unit_of_work)
        await deliver(CHANNEL, WEEK, self.chat, self.database.unit_of_work, self.clock, owner="we")

    async def listening(self, *, now: bool = True) -> None:
        if now:
            await self.chat.listen(self.recorder.receive)
        else:
            await self.chat.close()

    async def reconcile(self, **what: int) -> int:
        return await reconcile(
            {"fake": self.chat}, self.database.unit_of_work, self.recorder.receive_all, self.clock, **what
        )

    async def known(self) -> dict[str, tuple[set[tuple[str, str]], set[tuple[str, str]]]]:
        """What we know of each item: what each member's reactions mean, words by member."""
        document = as_document(await remember([CHANNEL], self.database.unit_of_work))
        async with self.database.unit_of_work() as uow:
            reactions = await uow.reactions.of_channel(CHANNEL.name)
        marked = [
            (key, one.member.id, meaning_of(one.emoji, DEFAULT_MEANINGS)) for key, one in reactions if one.present
        ]
        return {
            one["key"]: (
                {(who, meaning.value) for key, who, meaning in marked if meaning and key == one["key"]},
                {(s["member_id"], s["text"]) for s in one["summaries"]},
            )
            for one in document["items"]
        }

    def shown(self) -> dict[str, tuple[set[tuple[str, str]], set[tuple[str, str]]]]:
        """The same as the platform shows it."""
        return {
            sent.post.item_key: (
                {
                    (who.id, meaning.value)
                    for who, emoji in sent.reactions
                    if (meaning := meaning_of(emoji, DEFAULT_MEANINGS))
                },
                {(r.member.id, text) for r in sent.replies.values() if (text := summary_text(r.text))},
            )
            for sent in self.chat.messages
            if sent.post.item_key
        }


@pytest.fixture
async def club() -> Club:
    club = Club()
    await club.open()
    return club


def test_a_renamed_emoji() -> None:
    """A custom emoji that was renamed is the same one: nobody took anything back, and nothing became newer. Once it is gone, it is."""
    known = [reaction(":old:1200000000000000001")]
    here = known[0].ref
    shown = Snapshot(ref=here, reactions=((known[0].member, ":new:1200000000000000001"),), replies=())

    assert [] == differing_reactions(shown, known, NOW)
    (gone,) = differing_reactions(Snapshot(ref=here, reactions=(), replies=()), known, NOW)
    assert isinstance(gone, ReactionRemoved)
    assert ":old:1200000000000000001" == gone.emoji


class TestPresses:
    async def test_stay(self, club: Club) -> None:
        """A platform shows no press, so reconciling compares reactions alone and takes none for withdrawn."""
        agents = club.chat.ref_of("Agents")
        await club.listening()
        await club.chat.press(ADA, agents, Meaning.SKIP)
        await club.listening(now=False)
        await club.chat.react(BEN, agents, "⭐")

        assert 1 == await club.reconcile()
        document = as_document(await remember([CHANNEL], club.database.unit_of_work))["items"][0]
        assert [("Ada", "skip"), ("Ben", "must-read")] == sorted(
            (one["member"], one["decision"]) for one in document["decisions"]
        )


class TestReconcile:
    async def test_all_that_was_missed(self, club: Club) -> None:
        """Reactions and replies that nobody heard are found on the platform."""
        agents = club.chat.ref_of("Agents")
        await club.chat.react(ADA, agents, "⭐")
        await club.chat.reply(BEN, agents, "Worth it.")
        await club.chat.reply(BEN, agents, "// lunch?")
        found = await club.reconcile()

        assert found == 2
        assert await club.known() == {AGENTS: ({("U1", "must-read")}, {("U2", "Worth it.")}), ROBOTS: (set(), set())}

    async def test_what_was_taken_back(self, club: Club) -> None:
        """What was taken back, corrected or deleted while we were away is so here, too."""
        agents = club.chat.ref_of("Agents")
        await club.listening()
        await club.chat.react(ADA, agents, "⭐")
        first, second = await club.chat.reply(ADA, agents, "One"), await club.chat.reply(BEN, agents, "Two")
        await club.listening(now=False)
        await club.chat.unreact(ADA, agents, "⭐")
        await club.chat.edit(first, "One, corrected")
        await club.chat.delete(second)
        found = await club.reconcile()

        assert found == 3
        assert (await club.known())[AGENTS] == (set(), {("U1", "One, corrected")})

    async def test_second_time(self, club: Club) -> None:
        """Once whole, nothing more is found."""
        await club.chat.react(ADA, club.chat.ref_of("Agents"), "⭐")
        await club.chat.reply(ADA, club.chat.ref_of("Robots"), "Worth it.")
        await club.reconcile()
        before = club.database.tables.copy()
        again = await club.reconcile()

        assert again == 0
        assert club.database.tables == before

    async def test_marked(self, club: Club) -> None:
        """What was found so is marked as such, and acknowledged like everything else."""
        answer = await club.chat.reply(ADA, club.chat.ref_of("Agents"), "Worth it.")
        await club.reconcile()

        assert [event.reconciled for _, event in club.database.tables.events.values()] == [True]
        assert club.chat.acknowledged == [answer]

    async def test_a_message_that_cannot_be_looked_at(self, club: Club) -> None:
        """A message that the platform cannot show is passed over; what is known of it stays, and the others are looked at."""
        agents, robots = club.chat.ref_of("Agents"), club.chat.ref_of("Robots")
        await club.listening()
        await club.chat.react(ADA, agents, "⭐")
        await club.listening(now=False)
        await club.chat.react(BEN, robots, "👎")
        club.chat.messages = [sent for sent in club.chat.messages if sent.ref != agents]
        found = await club.reconcile()

        assert found == 1
        assert await club.known() == {AGENTS: ({("U1", "must-read")}, set()), ROBOTS: ({("U2", "skip")}, set())}

    async def test_told_once(self, club: Club, caplog: pytest.LogCaptureFixture) -> None:
        """Why no message of a platform can be looked at is told once, not for each of them."""
        await club.listening()
        club.chat.faults.down = True
        await club.reconcile()

        assert 1 == len([one for one in caplog.records if getattr(one, "action", "") == "snapshot_failed"])

    async def test_vanished_messages_are_told_once(self, club: Club, caplog: pytest.LogCaptureFixture) -> None:
        """That messages are gone from a platform is one line, though each has a reason of its own."""
        await club.listening()
        reasons = iter(f"there is no message {number}" for number in range(99))

        async def vanished(ref: MessageRef) -> Snapshot:
            raise MessageGone("fake", next(reasons))

        club.chat.snapshot = vanished  # type: ignore[method-assign]
        await club.reconcile()

        (told,) = [one.getMessage() for one in caplog.records if getattr(one, "action", "") == "snapshot_failed"]
        assert "messages of reading on fake: there is no message 0; and for" in told

    async def test_platform_down(self, club: Club) -> None:
        """While the platform is down nothing is found, and nothing known is lost."""
        await club.listening()
        await club.chat.react(ADA, club.chat.ref_of("Agents"), "⭐")
        club.chat.faults.down = True

        assert await club.reconcile() == 0
        assert (await club.known())[AGENTS][0] == {("U1", "must-read")}

    async def test_a_platform_that_hangs(self, club: Club) -> None:
        """After three messages in a row that could not be looked at for now, the rest is left: each may have been a wait of a minute."""
        asked: list[MessageRef] = []

        async def late(ref: MessageRef) -> Snapshot:
            asked.append(ref)
            raise ChatError("fake", "no answer")

        club.chat.snapshot = late  # type: ignore[method-assign]
        (found,) = await look_over(
            {"fake": club.chat}, club.database.unit_of_work, club.recorder.receive_all, club.clock
        )

        assert 3 == len(asked)
        assert (0, len(club.chat.messages), "no answer", True) == (
            found.looked_at, found.unseen, found.because, found.passing,
        )  # fmt: skip

    @pytest.mark.parametrize(("fault", "passing"), [("refuses_token", True), ("refuses", False)])
    async def test_what_is_looked_for_again(self, club: Club, fault: str, *, passing: bool) -> None:
        """A channel that its platform refuses is done with; where it refuses our token, it is looked at again, as by a process with another one."""
        setattr(club.chat.faults, fault, True)

        (found,) = await look_over(
            {"fake": club.chat}, club.database.unit_of_work, club.recorder.receive_all, club.clock
        )

        assert (0, passing) == (found.looked_at, found.passing)

    async def test_another_platform(self, club: Club) -> None:
        """Messages of a platform that is not connected are left alone."""
        await club.chat.react(ADA, club.chat.ref_of("Agents"), "⭐")

        assert await reconcile({}, club.database.unit_of_work, club.recorder.receive_all, club.clock) == 0

    async def test_weeks(self, club: Club) -> None:
        """Only the last weeks are looked at."""
        await club.chat.react(ADA, club.chat.ref_of("Agents"), "⭐")
        later = ticking(club.clock() + timedelta(weeks=3))

        async def look(weeks: int) -> int:
            return await reconcile(
                {"fake": club.chat}, club.database.unit_of_work, club.recorder.receive_all, later, weeks=weeks
            )

        assert [await look(2), await look(4)] == [0, 1]

    async def test_an_event_that_comes_after_all(self, club: Club) -> None:
        """An event that was only delayed changes nothing after it was found on the platform."""
        agents = club.chat.ref_of("Agents")
        heard: list[ReactionAdded] = []

        async def delayed(event: ReactionAdded) -> None:
            heard.append(event)

        await club.chat.listen(delayed)
        await club.chat.react(ADA, agents, "⭐")
        await club.chat.unreact(ADA, agents, "⭐")
        await club.chat.react(BEN, agents, "👀")
        answer = await club.chat.reply(ADA, agents, "One")
        await club.chat.edit(answer, "Two")
        await club.reconcile()
        whole = await club.known()
        for event in heard:
            await club.recorder.receive(event)

        assert await club.known() == whole == club.shown()

    async def test_what_comes_in_meanwhile(self, club: Club) -> None:
        """What people do while the platform is being asked is neither taken for gone nor brought back."""
        agents = club.chat.ref_of("Agents")
        await club.listening()
        await club.chat.react(ADA, agents, "⭐")
        ask = club.chat.snapshot

        async def asked(ref: MessageRef) -> Snapshot:
            shown = await ask(ref)
            if ref == agents:
                await club.chat.unreact(ADA, agents, "⭐")
                await club.chat.react(BEN, agents, "👀")
                await club.chat.reply(BEN, agents, "Just now.")
            return shown

        club.chat.snapshot = asked
        await club.reconcile()

        assert {(BEN.id, "Just now.")} == (await club.known())[AGENTS][1]
        assert await club.known() == club.shown()


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["react", "unreact", "reply", "edit", "delete", "listen", "stop"]),
        st.sampled_from([ADA, BEN]),
        st.sampled_from(["Agents", "Robots"]),
        st.sampled_from(["⭐", "⭐️", "👎", "👎🏽", "🎉"]),
        st.sampled_from(["one", "two", "// three", "//", " "]),
        st.integers(0, 3),
    ),
    max_size=25,
)


async def live(club: Club, acts: list[tuple[str, Member, str, str, str, int]]) -> None:
    """People do these things, as far as they can be done."""
    answers: list[MessageRef] = []
    for act, who, title, emoji, text, number in acts:
        on = club.chat.ref_of(title)
        there = (who, emoji) in club.chat._sent(on).reactions
        if act in {"listen", "stop"}:
            await club.listening(now=act == "listen")
        elif act == "react" and not there:
            await club.chat.react(who, on, emoji)
        elif act == "unreact" and there:
            await club.chat.unreact(who, on, emoji)
        elif act == "reply":
            answers.append(await club.chat.reply(who, on, text))
        elif act == "edit" and answers:
            await club.chat.edit(answers[number % len(answers)], text)
        elif act == "delete" and answers:
            await club.chat.delete(answers.pop(number % len(answers)))


@settings(max_examples=examples(100), deadline=None)
@given(ACTS)
def test_any_history(acts: list[tuple[str, Member, str, str, str, int]]) -> None:
    """Whatever people did, and whatever of it we heard, one look makes what we know what the platform shows; a second finds nothing."""

    async def story() -> None:
        club = Club()
        await club.open()
        await live(club, acts)
        await club.reconcile()

        assert await club.known() == club.shown()
        assert await club.reconcile() == 0

    asyncio.run(story())


class TestReactions:
    def test_difference(self) -> None:
        """What is shown and not known was added, what is known and not shown was taken back."""
        shown = Snapshot(ref=ref(), reactions=((ADA, "⭐"), (BEN, "👀")))
        events = differing_reactions(
            shown, [reaction("👀", BEN), reaction("✅", BEN), reaction("⭐", present=False)], NOW
        )

        assert [(type(e), e.member, e.emoji, e.at) for e in events] == [
            (ReactionAdded, ADA, "⭐", NOW + timedelta.resolution),
            (ReactionRemoved, BEN, "✅", NOW + timedelta.resolution),
        ]

    @pytest.mark.parametrize("minutes", [-10, 0, 10])
    def test_clocks_apart(self, minutes: int) -> None:
        """However far our clock is from the platform's, a difference comes after what we know and before what is told next."""
        now, later = NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=max(minutes, 0))
        (removed,) = differing_reactions(Snapshot(ref=ref()), [reaction("⭐")], now)
        (added,) = differing_reactions(
            Snapshot(ref=ref(), reactions=((ADA, "⭐"),)), [reaction("⭐", present=False)], now
        )

        for event in (removed, added):
            assert NOW < event.at <= max(NOW + timedelta.resolution, later - CLOCK_SKEW)

    def test_never_heard_of(self) -> None:
        """A reaction that is new to us is dated a minute back: what its member does next has the later time by any clock."""
        (added,) = differing_reactions(Snapshot(ref=ref(), reactions=((ADA, "⭐"),)), [], NOW)

        assert added.at == NOW - CLOCK_SKEW

    def test_dressing(self) -> None:
        """Skin tones and selectors make no difference: a platform may show an emoji another way than it told of it."""
        shown = Snapshot(ref=ref(), reactions=((ADA, "⭐"), (ADA, "👎")))

        assert differing_reactions(shown, [reaction("⭐️"), reaction("👎🏽")], NOW) == []

    def test_both_ways_taken_back(self) -> None:
        """Where one emoji was known in two ways, both are taken back together."""
        events = differing_reactions(Snapshot(ref=ref()), [reaction("👎"), reaction("👎🏽")], NOW)

        assert {event.emoji for event in events} == {"👎", "👎🏽"}
        assert len({event.event_id for event in events}) == 2

    def test_same_difference_same_event(self) -> None:
        """The same difference found twice at the same time is one event."""
        shown = Snapshot(ref=ref(), reactions=((ADA, "⭐"),))

        assert differing_reactions(shown, [], NOW) == differing_reactions(shown, [], NOW)


class TestReplies:
    def test_posted(self) -> None:
        """A reply we do not know was posted when its platform says, with the words it has now."""
        (event,) = differing_replies(Snapshot(ref=ref(), replies=(reply("New", edited_at=NOW + HOUR),)), [], NOW + HOUR)

        assert isinstance(event, ReplyPosted)
        assert (event.parent, event.ref, event.text, event.at) == (ref(), ref("r1"), "New", NOW)

    def test_edited(self) -> None:
        """A reply with other words was edited when its platform says."""
        shown = Snapshot(ref=ref(), replies=(reply("New", edited_at=NOW + HOUR),))
        (event,) = differing_replies(shown, [summary("Old")], NOW + 2 * HOUR)

        assert isinstance(event, ReplyEdited)
        assert (event.text, event.at) == ("New", NOW + HOUR)

    @pytest.mark.parametrize("edited_at", [None, NOW - HOUR, NOW])
    def test_edited_at_no_later_time(self, edited_at: object) -> None:
        """Where a platform's time of the edit is missing or too coarse to be later than what we know, our own time counts."""
        shown = Snapshot(ref=ref(), replies=(reply("New", edited_at=edited_at),))
        (event,) = differing_replies(shown, [summary("Old")], NOW + 2 * HOUR)

        assert event.at == NOW + 2 * HOUR - CLOCK_SKEW

    def test_deleted(self) -> None:
        """A summary whose reply is gone was deleted; one that is deleted already is left alone."""
        known = [summary(), summary("", "r2", deleted_at=NOW)]
        (event,) = differing_replies(Snapshot(ref=ref()), known, NOW + HOUR)

        assert isinstance(event, ReplyDeleted)
        assert event.ref == ref("r1")

    @pytest.mark.parametrize(
        ("text", "known", "found"),
        [
            ("ok", None, 0),
            ("ok", "", 0),
            ("ok", "ok", 0),
            ("ok", "It is worth it", 1),
            ("yes", "", 1),
            ("有用", None, 1),
        ],
    )
    def test_too_little_for_a_summary(self, text: str, known: str | None, found: int) -> None:
        """By a rule, two letters are no difference, but for words that they took the place of; what is recorded stays."""
        shown = Snapshot(ref=ref(), replies=(reply(text),))
        kept = [] if known is None else [summary(known)]

        assert found == len(differing_replies(shown, kept, NOW + HOUR, SummaryRule(3)))

    def test_deleted_here_shown_there(self) -> None:
        """What was deleted here does not come back, though a platform still shows it."""
        shown = Snapshot(ref=ref(), replies=(reply(),))

        assert differing_replies(shown, [summary("", deleted_at=NOW)], NOW) == []

    @pytest.mark.parametrize(("text", "known"), [("// no", ""), (" Worth  it. ", "Worth it."), ("", "")])
    def test_same_words(self, text: str, known: str) -> None:
        """Words are compared as they are kept."""
        assert differing_replies(Snapshot(ref=ref(), replies=(reply(text),)), [summary(known)], NOW) == []
