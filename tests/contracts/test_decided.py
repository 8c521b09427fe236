"""The suite of which works were decided on: what a search asks the database says the same as `bot.triage.decisions`, on every storage."""

from __future__ import annotations

import random
from datetime import timedelta

from bot.model import DEFAULT_MEANINGS, Meaning, Member, Press, Reaction
from bot.ports import Acts, UnitOfWorkFactory
from bot.triage import decisions, meaning_of
from tests.contracts.test_storage import (
    ADA,
    BEN,
    MONDAY,
    a_posting,
    a_press,
    a_reaction,
    a_ref,
    a_summary,
    decide,
    merge,
    react,
    say,
    send,
    write,
)

EMOJIS = ("⭐", "⭐️", "👀", "👎", "👎🏽", "✅", "🎉")


def signs(*channels: str) -> dict[str, dict[str, Meaning]]:
    known = {emoji: meaning for emoji in EMOJIS if (meaning := meaning_of(emoji, DEFAULT_MEANINGS))}
    return dict.fromkeys(channels, known)


async def test_the_same_rule(unit_of_work: UnitOfWorkFactory) -> None:
    """Whatever was reacted and pressed, taken back or at one instant, the works are those of the decisions that stand."""
    chance = random.Random(5)
    for part in range(1, 9):
        await send(unit_of_work, a_posting(part), f"m{part}")
        await send(unit_of_work, a_posting(part, channel="other"), f"o{part}")
    people = [ADA, BEN, Member(id="U3", name="Cy")]
    spans = [MONDAY + timedelta(hours=hours) for hours in range(4)]
    reactions: list[Reaction] = []
    presses: list[Press] = []
    for number in range(160):
        here, part = chance.choice("mo"), chance.randint(1, 8)
        at, member = chance.choice(spans), chance.choice(people)
        present = chance.random() < 0.7
        if chance.random() < 0.5:
            emoji = chance.choice(EMOJIS)
            reactions.append(a_reaction(ref=a_ref(f"{here}{part}"), member=member, emoji=emoji, present=present, at=at))
        else:
            channel, meaning = "reading" if here == "m" else "other", chance.choice(list(Meaning))
            what = {"channel": channel, "item_key": f"key:{part}", "member": member, "meaning": meaning, "at": at}
            presses.append(a_press(f"e{number:03}", present=present, **what))
    await react(unit_of_work, *reactions)
    await decide(unit_of_work, *presses)

    async with unit_of_work() as unit:
        taken = {
            channel: decisions(
                channel,
                DEFAULT_MEANINGS,
                await unit.reactions.of_channel(channel),
                await unit.presses.of_channel(channel),
            )
            for channel in ("reading", "other")
        }
        for channels in (("reading",), ("other",), ("reading", "other")):
            stands = [one for channel in channels for one in taken[channel]]
            for meanings in ((), *((one,) for one in Meaning), (Meaning.READ, Meaning.SKIP)):
                for ids in (None, ["U1"], ["U2", "U3"], []):
                    expected = {
                        one.item_key
                        for one in stands
                        if (not meanings or one.meaning in meanings) and (ids is None or one.member.id in ids)
                    }
                    assert expected == await unit.decided.works(signs(*channels), meanings, ids), (
                        channels,
                        meanings,
                        ids,
                    )
            assert {one.member.id for one in stands} == {one.id for one in await unit.decided.people(signs(*channels))}
        assert {one.emoji for one in reactions} == set(await unit.decided.emojis())
        assert frozenset() == await unit.decided.works({})


async def test_acts(unit_of_work: UnitOfWorkFactory) -> None:
    """Acts on many works in many channels come at once, oldest first, each under its channel and the key its work bears now."""
    for part in (1, 2, 3):
        await send(unit_of_work, a_posting(part), f"m{part}")
        await send(unit_of_work, a_posting(part, channel="other"), f"o{part}")
    await say(unit_of_work, "key:1")
    later = a_reaction(ref=a_ref("o2"), member=BEN, at=MONDAY + timedelta(hours=1), present=False)
    await react(unit_of_work, later, a_reaction(ref=a_ref("m1")), a_reaction(ref=a_ref("m3")))
    first, second = a_press("e2"), a_press("e1", channel="other", at=MONDAY + timedelta(hours=1), present=False)
    await decide(unit_of_work, second, first, a_press("e3", item_key="key:3"), a_press("e4", channel="third"))
    await merge(unit_of_work, "key:1", "key:b")

    async with unit_of_work() as unit:
        found = await unit.decided.acts(["reading", "other"], ["key:1", "key:2"])
        here = await unit.decided.acts(["reading"], ["key:b"])
        nothing = [await unit.decided.acts([], ["key:1"]), await unit.decided.acts(["reading"], [])]

    assert [("reading", "key:b", a_reaction(ref=a_ref("m1"))), ("other", "key:2", later)] == found.reactions
    assert [("reading", "key:b", "e2"), ("other", "key:b", "e1")] == [
        (one.channel, one.item_key, one.event_id) for one in found.presses
    ]
    assert (1, 1) == (len(here.reactions), len(here.presses))
    assert [Acts([], []), Acts([], [])] == nothing


async def test_words(unit_of_work: UnitOfWorkFactory) -> None:
    """Who wrote, and of what, is told for summaries with words in the channels, and for none that is deleted."""
    gone = a_summary("Never mind.", ref=a_ref("r2"), member=BEN, item_key="key:2")
    await write(unit_of_work, a_summary(), gone)
    async with unit_of_work() as unit:
        await unit.summaries.delete(gone.ref, MONDAY + timedelta(hours=1))
        await unit.commit()

    async with unit_of_work() as unit:
        assert {"key:1"} == await unit.decided.written(["reading", "other"])
        assert {"key:1"} == await unit.decided.written(["reading"], ["U1"])
        assert frozenset() == await unit.decided.written(["reading"], ["U2"])
        assert frozenset() == await unit.decided.written(["other"])
        assert [ADA] == await unit.decided.writers(["reading", "other"])
        assert [] == await unit.decided.writers(["other"])
