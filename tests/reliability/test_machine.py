"""
A team and its bot, step by step in any order that Hypothesis thinks of, against a model that is trivial: what people see on the platform.

Events come twice, late, in another order or never; the program dies between two steps or in the middle of one; the clock goes on, and the
channel moves to another zone. In the end, after one look over, what we know is what people did, and no message came twice.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.model import MessageRef
from tests.examples import examples
from tests.factories import ADA, BEN
from tests.reliability.platforms import fake_world
from tests.reliability.plug import Plug
from tests.reliability.world import SPECS, World, entry

EMOJIS = ("⭐", "👀", "✅", "👎", "🎉")
WORDS = ("Worth our Friday.", "We knew that.", "// not for the record", "The ablation is honest.")
ZONES = ("UTC", "America/New_York", "Pacific/Apia", "Pacific/Kiritimati", "Australia/Lord_Howe", "Africa/Casablanca")

members = st.sampled_from([ADA, BEN])
emojis = st.sampled_from(EMOJIS)
words = st.sampled_from(WORDS)
which = st.integers(0, 10_000)


class Team(RuleBasedStateMachine):
    """The platform's side is the model: `reactions` and `replies` are what people put there and did not take away."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.opened = fake_world(refuses_same_key=False)
        self.world: World = self.do(self.opened.__aenter__())
        self.reactions: set[tuple[MessageRef, str, str]] = set()
        self.replies: dict[MessageRef, tuple[MessageRef, str]] = {}
        self.told = 0

    def do(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(doing)

    @property
    def chat(self) -> Any:
        return self.world.harness.chat

    def cards(self) -> list[MessageRef]:
        return [one.ref for one in self.chat.messages if one.post.item_key]

    def card(self, number: int) -> MessageRef:
        cards = self.cards()
        return cards[number % len(cards)]

    # the program

    @initialize()
    def starts(self) -> None:
        self.do(self.world.start())
        self.do(self.world.live("tick"))
        assert self.cards()

    @rule()
    def ticks(self) -> None:
        self.do(self.world.live("tick"))

    @rule(hours=st.sampled_from([1, 13, 60, 24 * 7, 24 * 20]))
    def time_passes(self, hours: int) -> None:
        """The sources go on talking meanwhile; whether the program was awake for it is up to the other rules."""
        self.world.clock.now += timedelta(hours=hours)
        for spec in SPECS:
            self.told += 1
            self.world.sources[spec.id].entries.append(entry(spec, 100 + self.told, self.world.clock.now))

    @rule(zone=st.sampled_from(ZONES))
    def moves(self, zone: str) -> None:
        """The channel's zone is changed; as any change of the configuration, at a start."""
        self.world.channel = replace(self.world.channel, zone=zone)
        self.do(self.world.start())

    @rule()
    def dies(self) -> None:
        """Between two steps."""
        self.world.deaths += 1
        self.do(self.world.start())

    @rule(number=st.integers(1, 40), after=st.booleans(), what=st.sampled_from(["tick", "reconcile"]))
    def dies_in_it(self, number: int, after: bool, what: str) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """In the middle of one, wherever that is."""
        self.do(self.world.start_over(Plug(number, after=after)))
        self.do(self.world.live(what))

    @rule()
    def looks_over(self) -> None:
        self.do(self.world.live("reconcile"))

    # people

    @rule(member=members, emoji=emojis, number=which)
    def reacts(self, member: Any, emoji: str, number: int) -> None:
        ref = self.card(number)
        if (ref, member.id, emoji) not in self.reactions:
            self.reactions.add((ref, member.id, emoji))
            self.do(self.world.act(self.chat.react(member, ref, emoji)))

    @precondition(lambda self: self.reactions)
    @rule(number=which)
    def takes_back(self, number: int) -> None:
        ref, member_id, emoji = sorted(self.reactions, key=str)[number % len(self.reactions)]
        self.reactions.remove((ref, member_id, emoji))
        member = ADA if member_id == ADA.id else BEN
        self.do(self.world.act(self.chat.unreact(member, ref, emoji)))

    @rule(member=members, text=words, number=which)
    def replies_to(self, member: Any, text: str, number: int) -> None:
        parent = self.card(number)
        reply = self.do(self.world.act(self.chat.reply(member, parent, text)))
        self.replies[reply] = (parent, text)

    @precondition(lambda self: self.replies)
    @rule(text=words, number=which)
    def corrects(self, text: str, number: int) -> None:
        reply = sorted(self.replies, key=str)[number % len(self.replies)]
        self.replies[reply] = (self.replies[reply][0], text)
        self.do(self.world.act(self.chat.edit(reply, text)))

    @precondition(lambda self: self.replies)
    @rule(number=which)
    def deletes(self, number: int) -> None:
        reply = sorted(self.replies, key=str)[number % len(self.replies)]
        del self.replies[reply]
        self.do(self.world.act(self.chat.delete(reply)))

    # the connection

    @rule()
    def events_are_withheld(self) -> None:
        if self.world.post_bag is None:
            self.world.post_bag = []

    @precondition(lambda self: self.world.post_bag)
    @rule(random=st.randoms(use_true_random=False), share=st.sampled_from([0.0, 0.5, 1.0]))
    def events_come_late(self, random: Any, share: float) -> None:
        """In any order, some of them twice, and some never."""
        events, self.world.post_bag = list(self.world.post_bag or ()), None
        arriving = [event for event in events if random.random() < share]
        arriving += random.sample(arriving, len(arriving) // 2)
        random.shuffle(arriving)
        for event in arriving:
            self.do(self.world.hears(event))

    @precondition(lambda self: self.world.kept)
    @rule(number=which)
    def one_comes_again(self, number: int) -> None:
        events = list(self.world.kept.values())
        self.do(self.world.hears(events[number % len(events)]))

    # what holds

    @invariant()
    def nothing_comes_twice(self) -> None:
        twice = {key: count for key, count in Counter(self.world.harness.sent_keys()).items() if count > 1}
        assert twice == {}

    def teardown(self) -> None:
        try:
            if self.world.services is not None:
                self.do(self._in_the_end())
        finally:
            self.do(self.opened.__aexit__(None, None, None))
            self.loop.close()

    async def _in_the_end(self) -> None:
        world = self.world
        world.post_bag = None
        await world.start()
        world.clock.now += timedelta(minutes=20)
        await world.live("tick")
        await world.reconcile(
            weeks=520
        )  # people may have acted on any card; the last six weeks are what is looked over by itself
        await world.live("tick")
        postings = {one.ref: one for one in await world.postings() if one.ref}
        async with world.units() as uow:
            known = {
                (ref, one.member.id, one.emoji)
                for ref in postings
                for one in await uow.reactions.on(ref)
                if one.present
            }
            words_of = {
                one.ref: (one.parent, one.text) for ref in postings for one in await uow.summaries.on(ref) if one.text
            }
        assert {one.ref for one in self.chat.messages} == set(postings), "a message that is in no table"
        assert known == self.reactions
        assert words_of == {ref: said for ref, said in self.replies.items() if not said[1].startswith("//")}
        assert await world.lost_events() == frozenset()


Team.TestCase.settings = settings(
    max_examples=examples(25), stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestTeam = Team.TestCase
