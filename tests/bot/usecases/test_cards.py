"""Cards on demand, told as what people do in the channel and what then stands there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from bot.errors import ChatError
from bot.model import CARD_PARTS, Channel, Layout, LeftOut, Member, Names, PostingState, PostRole, Section
from bot.usecases.audience import Audience
from bot.usecases.cards import earlier_words, own_words
from bot.usecases.deliver import deliver, freeze
from bot.usecases.recall import remember
from tests.command_context import CommandFixture
from tests.factories import ADA, BEN, NOW, WEEK, at, channel, digest, item, pick, posting, reaction, ref, summary
from tests.fake_chat import ticking
from tests.fake_membership import FakeMembership

ALSO = tuple(pick(item(f"url:{n}", title=f"Work {n}"), rank=n) for n in range(2, 31))


class Week(CommandFixture):
    """A digest with one pick and a list, posted to a channel on a fake platform."""

    shown_in = staticmethod(own_words)

    async def post(self, **what) -> None:
        frozen = digest(pick(), channel=self.channel.name, **({"also": ALSO} | what))
        await freeze(frozen, self.channel, self.database.unit_of_work)
        await self.chat.listen(self.recorder.receive)
        await self.go_on()

    async def go_on(self) -> int:
        return await deliver(
            self.channel, WEEK, self.chat, self.database.unit_of_work, lambda: NOW, owner="we", shown_in=self.shown_in
        )

    @property
    def cards(self) -> list[int | None]:
        return [sent.post.rank for sent in self.chat.messages if sent.post.part > CARD_PARTS]

    def message(self, role: PostRole):
        return next(sent.ref for sent in self.chat.messages if sent.post.role is role)

    async def keys(self) -> list[tuple[str, str]]:
        async with self.database.unit_of_work() as uow:
            return [(one.item_key, one.member.id) for one in await uow.card_requests.of_channel(self.channel.name)]


@pytest.fixture
async def week() -> Week:
    found = Week()
    await found.post()
    return found


async def test_a_command(week: Week) -> None:
    """Anybody may ask for a line's card; it comes once, however often it is asked for, and every asker is noted."""
    assert "14 gets its card, with a thread of its own." == await week.ask("card 14")
    await week.go_on()
    assert "14 has its card already; it stands in the channel." == await week.ask("card 14.", member=BEN)
    assert "14 has its card" in await week.ask("card #14")
    await week.go_on()

    assert [14] == week.cards
    assert [("url:14", ADA.id), ("url:14", BEN.id)] == await week.keys()


async def test_at_once() -> None:
    """Where the platform can be reached, the card is there before the answer."""
    week = Week()
    await week.post()

    async def bring(channel, asked):
        assert WEEK == asked
        await week.go_on()

    week.commands._command_context = replace(week.commands._command_context, bring=bring)
    await week.ask("card 30")

    assert [30] == week.cards


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("card", "Say which one by its number in the list, like: /paperround card 14"),
        ("card x", "Say which one by its number in the list, like: /paperround card 14"),
        ("card 1", "1 is a pick, and has its card already."),
        ("card 31", "There is no work with the number 31. The list goes from 2 to 30."),
        ("card 2026-W01/2", "There is no work with the number 2 here."),
        ("why", "Say which one by its number in the digest, like: /paperround why 3"),
        ("why 99", "There is no work with the number 99 here."),
    ],
)
async def test_what_cannot_be(week: Week, text: str, words: str) -> None:
    """A number that is none, or has its card, is told so, and nothing is planned."""
    before = week.database.tables.copy()

    assert words == await week.ask(text)
    assert before == week.database.tables


async def test_a_paused_channel(week: Week) -> None:
    """Where nothing is posted, no card is."""
    await week.ask("pause", admin=True)

    assert "Nothing is posted here until: /paperround resume" == await week.ask("card 14")
    assert [] == week.cards


@pytest.mark.parametrize(("emoji", "ranks"), [("1️⃣", [2]), ("1⃣", [2]), ("🔟", [11]), ("⭐", []), ("1", [])])
async def test_a_keycap(week: Week, emoji: str, ranks: list[int]) -> None:
    """On the list a keycap asks for the card of its line, and means only this; it is a signal, too."""
    await week.chat.react(ADA, week.message(PostRole.ALSO), emoji)
    await week.go_on()

    assert ranks == week.cards
    assert [(f"url:{rank}", ADA.id) for rank in ranks] == await week.keys()


async def test_a_keycap_elsewhere(week: Week) -> None:
    """On a pick, or the head, a keycap is an emoji like any other."""
    for role in (PostRole.PICK, PostRole.HEAD, PostRole.FOOT):
        await week.chat.react(ADA, week.message(role), "1️⃣")
    await week.go_on()

    assert [] == week.cards


async def test_two_people_at_once(week: Week) -> None:
    """Two people who press the same keycap get one card."""
    for member in (ADA, BEN):
        await week.chat.react(member, week.message(PostRole.ALSO), "3️⃣")
    await week.go_on()

    assert [4] == week.cards
    assert 2 == len(await week.keys())


async def test_taken_back(week: Week) -> None:
    """A keycap that is taken back brings nothing, and takes nothing away."""
    also = week.message(PostRole.ALSO)
    await week.chat.react(ADA, also, "1️⃣")
    await week.go_on()
    await week.chat.unreact(ADA, also, "1️⃣")
    await week.go_on()

    assert [2] == week.cards


async def test_a_crash_in_between(week: Week) -> None:
    """A platform that fails, or a process that dies after the question, costs no card and brings no second one."""
    await week.ask("card 14")
    week.chat._refuses_same_key, week.chat.clock = False, ticking(NOW)
    week.chat.faults.down = True
    with pytest.raises(ChatError):
        await week.go_on()
    week.chat.faults.down, week.chat.faults.drops = False, 1
    with pytest.raises(ChatError):
        await week.go_on()
    await week.go_on()
    await week.go_on()

    assert [14] == week.cards


async def test_it_is_a_pick_like_any_other(week: Week) -> None:
    """A card that was asked for takes decisions and summaries, is remembered, and is not sent again; a mere line may be."""
    await week.ask("card 14")
    await week.go_on()
    card = next(sent.ref for sent in week.chat.messages if sent.post.rank == 14)
    await week.chat.react(ADA, card, "⭐")
    listed = await week.ask("mine")
    await week.chat.reply(ADA, card, "Worth it.")
    known = await remember([week.channel], week.database.unit_of_work)
    async with week.database.unit_of_work() as uow:
        sent = await uow.digests.sent_keys(week.channel.name)
        postings = await uow.postings.of(week.channel.name, WEEK)

    assert ["Worth it."] == [one.text for found in known if found.item.key == "url:14" for one in found.summaries]
    assert "must-read" in listed
    assert {"arxiv:2608.01234", "url:14"} == sent
    assert {PostingState.POSTED} == {one.state for one in postings}


async def test_compact() -> None:
    """In a compact digest every pick is a line, and gets its card when somebody asks."""
    week = Week()
    await week.post(layout=Layout.COMPACT)
    await week.chat.react(ADA, week.message(PostRole.LIST), "1️⃣")
    await week.go_on()

    assert [1] == week.cards
    assert "1 has its card already" in await week.ask("card 1")


async def test_more(week: Week) -> None:
    """`more` goes on where the list ends; without further works it says so."""
    more = await week.ask("more")
    alone = Week()
    await alone.post(also=ALSO[:3])

    assert "17. Work 17 · your topic 'agents'" in more
    assert "Work 16" not in more
    assert "There is nothing more this week." == await alone.ask("more")


@pytest.mark.parametrize(
    ("topics", "said"), [(("agents",), "Not on your topics, but next in order:"), ((), "Next in order:")]
)
async def test_more_of_what_is_on_no_topic(topics: tuple[str, ...], said: str) -> None:
    """Where the list has ended, `more` gives the next twenty of what was left out, and says what they are; behind a few lines there are so many less."""
    beyond = tuple(
        LeftOut(key=f"k:{n}", section=Section.PAPERS, title=f"Left out {n}", url=f"https://x.example/{n}", why="new")
        for n in range(50)
    )
    weeks = [Week(), Week()]
    for one, also in zip(weeks, (ALSO[:3], ALSO), strict=True):
        one.channel = replace(one.channel, topics=topics)
        one.channels = [one.channel]
        await one.post(also=also, beyond=beyond)
    without, with_lines = [await one.ask("more") for one in weeks]

    assert said in without
    assert "Left out 19 · new" in without
    assert "Left out 20" not in without
    assert with_lines.index("17. Work 17") < with_lines.index(said) < with_lines.index("Left out 0")
    assert 20 == with_lines.count("Work ") + with_lines.count("Left out ")


@pytest.mark.parametrize(
    "said",
    [
        [("new on Monday", False), ("by Percy Liang", True)],
        [("about 'agents', which you follow", False), ("like “Foo”", True)],
        [("new on Monday", None), ("close to your topic 'agents'", None)],
    ],
)
async def test_more_of_what_is_on_a_topic(said: list[tuple[str, bool | None]]) -> None:
    """What is on a topic and found no place among the lines is not said to be on none; it goes before what is. Of before, the words tell."""
    beyond = [
        LeftOut(
            key=f"k:{n}", section=Section.PAPERS, title=f"Left out {n}", url="https://x.example", why=why, on_topic=on
        )
        for n, (why, on) in enumerate(said, start=1)
    ]
    week = Week()
    week.channel = replace(week.channel, topics=("agents",))
    week.channels = [week.channel]
    await week.post(also=ALSO[:3], beyond=tuple(beyond))
    more = await week.ask("more")

    order = [more.index(one) for one in ("Next in order:", "Left out 2", "Not on your topics", "Left out 1")]
    assert order == sorted(order)


async def test_why(week: Week) -> None:
    """`why N` tells all there is of a pick or a line."""
    assert "your topic 'agents'" in await week.ask("why 14")
    assert "On arxiv:2608.01234" in await week.ask(f"why {WEEK}/1")
    assert "Why: your topic 'agents'" in await week.ask("why 14")


@pytest.mark.parametrize("period", ["2026-W34-4", "2026-08", "2026-08-17", "2026-08-17-extra"])
async def test_a_digest_of_any_rhythm(period: str) -> None:
    """The buttons under a digest name its period, whatever its rhythm; an extra one is the first that a team sees."""
    week = Week()
    await freeze(
        digest(pick(), channel=week.channel.name, week=period, also=ALSO), week.channel, week.database.unit_of_work
    )

    assert "your topic 'agents'" in await week.ask(f"why {period}/14")
    assert "14 gets its card" in await week.ask(f"card {period}/14")


class TestEarlierWords:
    async def words(self, *written, readable: Collection[str] = ("reading",)) -> dict[str, list[str]]:
        week = Week()
        ours = digest(pick(), channel=week.channel.name, compiled_at=NOW)
        async with week.database.unit_of_work() as uow:
            for one in written:
                await uow.summaries.put(one)
            found = await earlier_words(ours, [channel(name) for name in readable], uow)
            await uow.commit()
        return {key: [one.text for one in made.summaries] for key, made in found.items()}

    async def test_before_the_digest(self) -> None:
        """What was written on a work before the digest is told; what came since is in its own thread."""
        found = await self.words(summary("Old.", at=at(days=9)), summary("New.", "r2", at=NOW))

        assert {"arxiv:2608.01234": ["Old."]} == found

    @pytest.mark.parametrize(("readable", "shown"), [({"reading"}, {}), ({"reading", "other"}, ["Old."])])
    async def test_of_another_channel(self, readable, shown) -> None:
        """Words of another channel are told where everybody may read them, and nowhere else."""
        found = await self.words(summary("Old.", at=at(days=9), channel="other"), readable=readable)

        assert shown == found.get("arxiv:2608.01234", {})

    @pytest.mark.parametrize("private", [False, True])
    async def test_what_its_readers_may_read(self, *, private: bool) -> None:
        """A card says what a public channel of the same workspace wrote, and in which channel; a private channel's words stay there."""
        week = Week()
        membership = FakeMembership()
        membership.private = {"other"} if private else set()

        async def channels():
            return [week.channel, replace(week.channel, name="other", id="C2")]

        audience = Audience({"fake": membership}, channels, lambda: NOW)
        async with week.database.unit_of_work() as uow:
            await uow.summaries.put(summary("Old.", at=at(days=9), channel="other"))
            await uow.commit()
        week.shown_in = audience.shown_in
        await week.post()
        card = next(sent.post for sent in week.chat.messages if sent.post.rank == 1)

        assert private != ("“Old.”" in card.plain)
        assert private != ("in #other" in card.plain)

    async def test_on_the_card(self) -> None:
        """The card that is sent says them first; once their author takes them back, the next drawing is without."""
        week = Week()
        async with week.database.unit_of_work() as uow:
            await uow.summaries.put(summary("Old.", at=at(days=9), member=Member(id="U9", name="Cy")))
            await uow.commit()
        await week.post()
        card = next(sent.post for sent in week.chat.messages if sent.post.rank == 1)

        assert "“Old.” · Cy, 8 August" == card.plain.splitlines()[1]

    @pytest.mark.parametrize("names", list(Names))
    async def test_what_another_channel_decided(self, names: Names) -> None:
        """A card says what a channel that may be shown here decided on the same work before: by name, or counted where that one counts."""
        week = Week()
        other = channel("other", id="C2", names=names)
        async with week.database.unit_of_work() as uow:
            await uow.postings.plan([posting(channel="other", key="k9")])
            sent = replace(posting(channel="other", key="k9"), state=PostingState.POSTED, ref=ref("m9"))
            await uow.postings.save(sent)
            await uow.reactions.put(reaction(ref=ref("m9"), at=at(days=9)))
            await uow.reactions.put(reaction("👀", BEN, ref=ref("m9"), at=NOW))
            await uow.commit()

        async def shown_in(here: Channel) -> Collection[Channel]:
            return (here, other)

        week.shown_in = shown_in
        await week.post()
        card = next(sent.post for sent in week.chat.messages if sent.post.rank == 1)

        assert ("In #other · must-read: Ada" if names is Names.SHOWN else "In #other · must-read: 1") in card.plain
        assert "Ben" not in card.plain
