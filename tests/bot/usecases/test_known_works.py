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


EMPTY = "Nothing in the works that I know of the last 8 weeks was about {}. What comes is sent all the same."


async def test_a_topic_that_nothing_is_about(desk: CommandFixture) -> None:
    """Whoever sets topics that no known work is about is told so, by command and form; of those that were there before nothing is said."""
    said = await desk.ask("topics tea, quantum radar, storks", admin=True)
    again = await desk.ask("topics Quantum radars, folk music, agents", admin=True)
    form = await desk.ask("settings", admin=True, values={"topics": "agents, baking"})
    others = await desk.ask("settings", admin=True, values={"budget_minutes": "30"})

    assert EMPTY.format("'quantum radar' or 'storks'") in said
    assert EMPTY.format("'folk music'") in again
    assert EMPTY.format("'baking'") in form
    assert "that I know of" not in others


async def test_topics_before_anything_was_collected() -> None:
    """Where no work is known, or the last one is of long ago, there is nothing to say of a topic; a topic of older works is told when newer ones are known."""
    desk = CommandFixture()
    first = await desk.ask("topics storks", admin=True)
    await desk.publish("2601.01111", "Old tea", "Geoffrey Hinton", days=90)
    second = await desk.ask("topics tea", admin=True)
    await desk.publish("2608.01111", "Agents", "Percy Liang")

    assert "that I know of" not in first + second
    assert EMPTY.format("'old tea'") in await desk.ask("topics old tea", admin=True)


async def test_a_mistyped_topic(desk: CommandFixture) -> None:
    """A typing error is told with what it is taken for, as by a digest's head."""
    for number in range(3):
        await desk.publish(f"2608.0333{number}", f"Reinforcement learning {number}", "Wei Zhang")
    taken = "I took 'reinforcment learning' for 'reinforcement learning'."

    assert taken in await desk.ask("topics tea, reinforcment learning", admin=True)


async def test_a_topic_of_older_works(desk: CommandFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the newest works know nothing of is looked for in those of all eight weeks."""
    await desk.publish("2607.01111", "Storks", "Percy Liang", days=40)
    monkeypatch.setattr("bot.usecases.known_works.A_WEEK", 1)

    said = await desk.ask("topics storks, quantum radar", admin=True)

    assert EMPTY.format("'quantum radar'") in said
