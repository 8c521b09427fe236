"""What a channel likes and dislikes is said in words that its members find true, with what they rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Decision, Meaning, TasteWork
from bot.phrases import Written
from bot.remembered import Remembered
from bot.usecases.taste import Reference, tell
from bot.usecases.taste_in_words import MOST_LIKED, in_words
from tests.command_context import CommandFixture
from tests.factories import ADA, NOW, channel, digest, item, pick, summary

OTHERS = [Written(f"other:{n}", f"A glove that grasps {n}", "We propose a method.") for n in range(60)]


def known(title: str, *meanings: Meaning, **what) -> Remembered:
    work = item(
        f"title:{title}", title=title, url=f"https://example.org/{title.replace(' ', '-')}", abstract="", **what
    )
    taken = tuple(
        Decision(channel="reading", item_key=work.key, member=ADA, meaning=meaning, at=NOW) for meaning in meanings
    )
    return Remembered(channel="reading", weeks=("2026-W34",), item=work, decisions=taken, summaries=())


def told(*titles: str, origin: str = "thesis.bib") -> list[TasteWork]:
    return [TasteWork(channel="reading", key=f"taste:{t}", title=t, at=NOW, origin=origin) for t in titles]


def lines(works: list[Remembered], tastes: list[TasteWork] = [], **settings) -> list[str]:  # noqa: B006 - never changed
    answer = in_words(channel(**settings), works, tastes, OTHERS)
    return ["".join(span.text for span in block.spans) for block in answer.blocks]


def test_liked_and_disliked() -> None:
    """Each phrase comes with how many works have it and one of them, and it is said how much was decided."""
    liked = [known(f"Sparse attention {n}", Meaning.MUST_READ) for n in range(4)] + [
        known("Robots", Meaning.TO_READ, Meaning.READ)
    ]
    skipped = [known(f"Video diffusion {n}", Meaning.SKIP) for n in range(3)]
    said = lines([*liked, *skipped])

    assert "What I know of this channel's taste: 4 must-read; 1 to-read; 3 skipped." == said[0]
    assert ["You seem to like:", "• sparse attention (4 works), as in “Sparse attention 3”"] == said[1:3]
    assert "And, unlike the others, “Robots”." == said[3]
    assert ["You seem to dislike:", "• video diffusion (3 skipped works), as in “Video diffusion 2”"] == said[4:6]


def test_a_kind_of_it() -> None:
    """A work on radiance fields is not unlike those on neural radiance fields."""
    liked = [known(f"Neural radiance fields {n}", Meaning.TO_READ) for n in range(5)]
    said = lines([*liked, known("A radiance field", Meaning.TO_READ), known("Robots", Meaning.TO_READ)])

    assert "• neural radiance fields (5 works), as in “Neural radiance fields 4”" in said
    assert "And, unlike the others, “Robots”." in said


def test_what_is_liked_is_not_disliked() -> None:
    """What the liked works are about as well is no reason for skipping some."""
    liked = [known(f"Sparse attention {n}", Meaning.TO_READ) for n in range(8)]
    said = lines([*liked, *(known(f"Sparse attention of robots {n}", Meaning.SKIP) for n in range(2))])

    assert not any(
        "sparse attention" in line
        for line in said[said.index("You seem to dislike:") :]
        if "You seem to dislike:" in said
    )


def test_left_unmarked() -> None:
    """What was shown again and again and marked by nobody is said apart, of a channel that marks other works."""
    shown = [known(f"Protein folding {n}") for n in range(4)]
    marks = [known(f"Sparse attention {n}", Meaning.MUST_READ) for n in range(6)]

    assert "• protein folding (4 works), as in “Protein folding 3”" in lines([*shown, *marks])
    assert not any("unmarked:" in line for line in lines([*shown, *marks[:2]]))


def test_a_topic_that_was_skipped_through() -> None:
    """A topic of which every work was skipped is asked about; one of which any is liked, hardly any was skipped or most were left alone is not."""
    agents = [known(f"LLM agents {n}", Meaning.SKIP) for n in range(4)]
    asked = "You skipped all 4 works on 'LLM agents' that you were shown. It stays a topic until you change that: /paperround topics"

    assert asked in lines(agents, topics=("LLM agents", "robots"))
    unmarked = [known(f"Agents of an LLM {n}") for n in range(5)]
    said = lines([*agents, *unmarked[:1]], topics=("LLM agents",))
    assert any(line.startswith("Of 5 works on 'LLM agents' you skipped 4 and marked none to be read.") for line in said)
    liked = known("More LLM agents", Meaning.TO_READ)
    for works in ([*agents, liked], agents[:2], [*agents, *unmarked]):
        assert not any("stays a topic" in line for line in lines(works, topics=("LLM agents", "robots")))
    assert not any(
        "stays a topic" in line for line in lines(agents, told("An LLM agent for hands"), topics=("LLM agents",))
    )


def test_too_little() -> None:
    """Where nothing or little is known, or nothing is shared, that is said, and what decides until then."""
    few = [known(f"Sparse attention {n}", Meaning.MUST_READ) for n in range(3)]
    nothing = lines([], topics=("reward models",))

    assert "Nothing was marked here yet." == nothing[0]
    assert "until then I go by your topics (reward models)" in nothing[1]
    assert 1 == sum("reward models" in line for line in nothing)
    assert "what most people take notice of" in lines([])[1]
    assert "That is little yet: what 3 works share may be chance." in lines(few)
    two = lines([known("Glass", Meaning.READ), few[0]])
    assert "That is too little yet to say what the 2 works that you like have in common." == two[1]
    assert "That is too little yet to say what you like." in lines(few[:1])


def test_what_nobody_has_marked_yet() -> None:
    """What came but now is left unmarked by nobody; what an earlier digest brought, too, is."""
    shown = [known(f"Protein folding {n}") for n in range(4)]
    marks = [known(f"Sparse attention {n}", Meaning.MUST_READ) for n in range(6)]
    before = [replace(one, weeks=("2026-W32", *one.weeks)) for one in shown]
    young, old = (
        in_words(channel(), [*works, *marks], [], OTHERS, young={"2026-W34"}).blocks for works in (shown, before)
    )

    assert "What I know of this channel's taste: 6 must-read." == young[0].spans[0].text
    assert not any("unmarked" in span.text for block in young for span in block.spans)
    assert "What I know of this channel's taste: 6 must-read; 4 shown and unmarked." == old[0].spans[0].text


def test_a_list_of_titles() -> None:
    """Of a list without abstracts it is said that titles are all that is known; slogans make no subject."""
    said = lines([], told("Attention Is All You Need", "Textbooks Are All You Need", "What Matters in Training?"))

    assert "What I know of this channel's taste: 3 works told beforehand (thesis.bib), all by title alone." == said[0]
    assert said[1].startswith("That is too little yet to say what the 3 works that you like have in common.")
    assert "• “Attention Is All You Need”" in said


def test_a_long_list() -> None:
    """Of a list that is looked at in part it is said in which."""
    long = lines([], told(*(f"Sparse attention {number}" for number in range(MOST_LIKED + 1))))

    assert "What I know of this channel's taste: 401 works told beforehand (thesis.bib), all by title alone." == long[0]
    assert "What follows is of 400 of them." == long[1]
    assert not any("What follows" in line for line in lines([], told("Sparse attention")))


def test_wishes() -> None:
    """What the channel follows and mutes, whose works it keeps marking, and its topics stand below."""
    works = [
        known(f"Work {name}", Meaning.READ, authors=("Ada Lovelace",), institutions=("Robot Lab",)) for name in "abc"
    ]
    said = lines(works, follow=("author:Percy Liang", "lab:DeepMind"), mute=("word:crypto",), topics=("agents",))

    assert [
        "Often by: Ada Lovelace (3 works), Robot Lab (3 works).",
        "You follow author: Percy Liang, lab: DeepMind.",
        "You mute word: crypto.",
        "Your topics count beside this, for less the more you mark: agents.",
    ] == said[-4:]


def test_a_summary_is_liking() -> None:
    """Who wrote about a work liked it, unless it was skipped."""
    one = known("Glass")
    words = summary(item_key=one.item.key)
    written = Remembered(channel="reading", weeks=one.weeks, item=one.item, decisions=(), summaries=(words,))

    assert "1 summarised" in lines([written])[0]


async def test_the_command() -> None:
    """The command compares with what was collected lately, and links its examples."""
    desk = CommandFixture()
    await tell(
        [Reference(title=f"Sparse attention {n}") for n in range(5)],
        "thesis.bib",
        desk.channel,
        desk.database.unit_of_work,
        NOW,
    )

    assert "• sparse attention (5 works), as in “Sparse attention 0”" in await desk.ask("taste show")


def test_examples_are_linked() -> None:
    """A work that the channel was sent is linked."""
    answer = in_words(channel(), [known(f"Sparse attention {n}", Meaning.TO_READ) for n in range(5)], [], OTHERS)
    linked = [span.url for block in answer.blocks for span in block.spans if span.url]

    assert ["https://example.org/Sparse-attention-4"] == linked


@pytest.mark.parametrize(("days", "unmarked"), [(4, False), (6, True)])
async def test_how_old_a_digest_is(days: int, *, unmarked: bool) -> None:
    """What nobody marked says something five days after it was sent."""
    desk = CommandFixture()
    async with desk.database.unit_of_work() as uow:
        await uow.digests.add(digest(pick(), channel=desk.channel.name, compiled_at=NOW - timedelta(days=days)))
        await uow.commit()

    assert unmarked == ("1 shown and unmarked" in await desk.ask("taste show"))
