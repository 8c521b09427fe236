"""What people set is compared with the works that are known: who follows nobody is told so, and who types an author as a topic is told what does more."""

from __future__ import annotations

import pytest

from tests.command_context import CommandFixture


@pytest.fixture
async def desk() -> CommandFixture:
    made = CommandFixture()
    await made.publish("2608.01111", "Tea for agents", "Percy Liang", "Wei Zhang")
    return made


UNMET = (
    "I know no work of the last 8 weeks that meets author: Hinton, word: coffee. What comes is put first all the same."
)


async def test_nobody_is_met(desk: CommandFixture) -> None:
    """Whom no known work is by, and what none names, is told wherever it is set and listed, until somebody comes; what is met is not."""
    said = [
        await desk.ask("follow author: Hinton; author: P. Liang; word: coffee, word: agent, lab: Nowhere", admin=True),
        await desk.ask_to_the_end("settings", admin=True),
        await desk.ask("taste show"),
        await desk.ask("settings", admin=True, values={"follow": "author: Hinton, word: coffee"}),
        await desk.ask("follow"),
    ]
    await desk.publish("2608.02222", "More coffee", "Geoffrey Hinton")
    after = [await desk.ask("follow"), await desk.ask_to_the_end("settings", admin=True), await desk.ask("taste show")]

    assert [] == [one for one in said if UNMET not in one]
    assert [] == [one for one in after if "I know no work" in one]


async def test_what_is_muted(desk: CommandFixture) -> None:
    """A mute that keeps out nothing so far is told as such, also a member's own."""
    assert "that meets author: Hinton. What comes is kept out all the same." in await desk.ask(
        "mute author: Hinton", admin=True
    )
    assert "that meets word: coffee. What comes is kept out all the same." in await desk.ask("mine mute coffee")


async def test_works_of_long_ago() -> None:
    """Who wrote the last known work months ago is told of as nobody; before anything was collected nothing is said."""
    desk = CommandFixture()
    before = await desk.ask("follow author: Hinton", admin=True)
    await desk.publish("2601.01111", "Old tea", "Geoffrey Hinton", days=90)
    await desk.publish("2608.01111", "Tea for agents", "Percy Liang")

    assert "I know no work" not in before
    assert "that meets author: Hinton" in await desk.ask("follow")


async def test_a_topic_that_is_a_person(desk: CommandFixture) -> None:
    """A topic that is an author's name is told how to put their works first, unless they are followed; other topics are not."""
    hint = "'percy liang' is an author's name: as a topic it brings their works, and to put these first: /paperround follow author: Percy Liang"
    said = await desk.ask("topics percy liang, world models, Zhang", admin=True)
    form = await desk.ask("settings", admin=True, values={"topics": "percy liang, tea"})
    await desk.ask("follow author: Percy Liang", admin=True)

    assert hint in said
    assert "is an author's name" not in said.replace(hint, "")
    assert hint in form
    assert "is an author's name" not in await desk.ask("topics percy liang", admin=True)
