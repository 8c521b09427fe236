"""An editor's pass: shown privately, changed by number, kept as operations, and gone out by itself at its hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dedupe import mentions_of
from bot.model import ItemKind, Member
from bot.ports import Batch
from bot.usecases.editors import editors_of, tell_editors
from bot.usecases.review import announce
from tests.command_context import CommandFixture
from tests.factories import ADA, NOW, at, entry, stored

BEN = Member(id="u7", name="Ben")


@pytest.fixture
async def desk() -> CommandFixture:
    """A channel with three works in its week."""
    desk = CommandFixture()
    for number in (1, 2, 3):
        await say(desk, number)
    return desk


async def say(desk: CommandFixture, number: int) -> None:
    one = entry(f"2608.0000{number}", title=f"Work {number}", published=at(days=1))
    batch = Batch(
        source_id="arxiv",
        entries=(stored(one),),
        mentions=mentions_of(one, NOW),
        titles={f"arxiv:{one.external_id}": one.title},
    )
    async with desk.database.unit_of_work() as uow:
        await uow.entries.store([batch])
        await uow.commit()


async def order(desk: CommandFixture) -> list[str]:
    (channel,) = await desk.commands._command_context.channels()
    return [pick.item.title for pick in (await desk.preview(channel)).picks]


async def test_changed_by_number(desk: CommandFixture) -> None:
    """A number is what was on the screen; the digest that is compiled later has the changes, and what came meanwhile."""
    before = await order(desk)
    assert "It is posted" in await desk.ask("review", admin=True)
    assert "is taken out" in await desk.ask("review remove 1", admin=True)
    assert before[1:] == await order(desk)
    moved = await desk.ask("review move 2 1", admin=True)
    assert f"“{before[2]}” is number 1" in moved
    assert [before[2], before[1]] == await order(desk)
    await say(desk, 4)

    later = await order(desk)
    assert {before[2], before[1], "Work 4"} == set(later)
    assert before[2] == later[0]


async def test_two_editors(desk: CommandFixture) -> None:
    """What one editor changes moves no number on the other's screen: each takes out what they saw under it."""
    before = await order(desk)
    await desk.ask("review", admin=True)
    await desk.ask("review", member=BEN, admin=True)
    await desk.ask("review remove 1", member=BEN, admin=True)

    assert f"“{before[1]}” is taken out" in await desk.ask("review remove 2", admin=True)
    assert [before[2]] == await order(desk)


async def test_undone_is_ones_own(desk: CommandFixture) -> None:
    """Each editor takes back their own last change, whatever another one changed since; who made none, the last of all."""
    before = await order(desk)
    await desk.ask("review", admin=True)
    await desk.ask("review", member=BEN, admin=True)
    await desk.ask("review remove 1", admin=True)
    await desk.ask("review remove 2", member=BEN, admin=True)

    assert f"Taken back: “{before[0]}” is taken out" in await desk.ask("review undo", admin=True)
    assert [before[0], before[2]] == await order(desk)
    assert f"Taken back: “{before[1]}” is taken out" in await desk.ask("review undo", admin=True)
    assert before == await order(desk)


async def test_undone(desk: CommandFixture) -> None:
    """The last change is taken back, one by one."""
    before = await order(desk)
    await desk.ask("review", admin=True)
    await desk.ask("review remove 1", admin=True)
    await desk.ask("review remove 1", admin=True)

    assert "Taken back" in await desk.ask("review undo", admin=True)
    assert before[1:] == await order(desk)
    await desk.ask("review undo", admin=True)
    assert before == await order(desk)
    assert "Nothing was changed yet." in await desk.ask("review undo", admin=True)


async def test_put_in(desk: CommandFixture) -> None:
    """A work that an editor adds is looked up, proposed, and a pick."""
    desk.works.know("https://arxiv.org/abs/2608.09999", "Our Own", ItemKind.PAPER)

    assert "Our Own is proposed" in await desk.ask("review add https://arxiv.org/abs/2608.09999", admin=True)
    assert "Our Own" in await order(desk)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("remove 9", "There is no 9"),
        ("remove 0", "There is no 0"),
        ("move 1", "Write: /paperround review move 5 1"),
        ("remove 1 2", "Write: /paperround review remove 3"),
        ("burn", "I do not know 'review burn'"),
        ("90d", "'90d' is no time for a review. Write hours, like \"12h\""),
    ],
)
async def test_what_is_not_understood(desk: CommandFixture, text: str, said: str) -> None:
    """A typing error is answered with what would be right, and changes nothing."""
    await desk.ask("review", admin=True)
    before = await order(desk)

    assert said in await desk.ask(f"review {text}", admin=True)
    assert before == await order(desk)


async def test_who_may(desk: CommandFixture) -> None:
    """Editors may, and those who keep the channel; who else asks is told. Only the latter set how long."""
    assert "may edit its digest" in await desk.ask("review", member=BEN)
    await desk.ask("review join", member=BEN, admin=True)
    assert "The digest as it stands" in await desk.ask("review", member=BEN)
    assert "may change how its digest is reviewed" in await desk.ask("review 12h", member=BEN)
    await desk.ask("review leave", member=BEN)

    assert "may edit its digest" in await desk.ask("review", member=BEN)


async def test_switched_on_and_off(desk: CommandFixture) -> None:
    """Who switches it on is an editor."""
    assert "12h before it is due, and you are one of them" in await desk.ask("review 12h", admin=True)
    (channel,) = await desk.commands._command_context.channels()
    assert (timedelta(hours=12), (ADA.id,)) == (channel.review, channel.editors)
    assert "without a review" in await desk.ask("review off", admin=True)
    (channel,) = await desk.commands._command_context.channels()

    assert not channel.review


async def test_told_once_in_time(desk: CommandFixture) -> None:
    """Editors are told once, when the time has come, and privately; without anybody to tell it is tried again."""
    await desk.posted()  # the first digest is out: the next one is a week away
    (channel,) = await desk.commands._command_context.channels()
    channel = replace(channel, review=timedelta(hours=12), editors=(ADA.id,))
    due = NOW + timedelta(days=7)
    heard: list[str] = []
    compiled: list[str] = []

    async def preview(one):
        compiled.append(one.name)
        return replace(await desk.preview(one), week="2026-W35")

    async def go(now, reached=1) -> bool:
        async def tell(blocks) -> int:
            if reached:
                heard.append("\n".join("".join(span.text for span in block.spans) for block in blocks))
            return reached

        return await announce(channel, now, desk.database.unit_of_work, preview, tell)

    found = [
        await go(due - timedelta(hours=13)),
        await go(due - timedelta(hours=11), reached=0),
        await go(due - timedelta(hours=10)),
        await go(due - timedelta(hours=9)),
    ]

    assert [False, False, True, False] == found
    assert 2 == len(compiled)  # not at each tick
    (said,) = heard
    assert "before it goes out" in said
    assert "/paperround review" in said


async def test_told_to_whom(desk: CommandFixture) -> None:
    """Editors that are named are told, each alone; one who takes no messages keeps none from the others."""
    channel = replace(desk.channel, editors=(BEN.id, ADA.id))
    desk.chat.silent.add(BEN.id)

    assert (BEN.id, ADA.id) == await editors_of(channel, desk.database.unit_of_work)
    assert 1 == await tell_editors(channel, (), {"fake": desk.chat}, desk.database.unit_of_work)
    assert [ADA.id] == [member for member, _ in desk.chat.told]
    assert 0 == await tell_editors(
        replace(channel, platform="web"), (), {"fake": desk.chat}, desk.database.unit_of_work
    )
