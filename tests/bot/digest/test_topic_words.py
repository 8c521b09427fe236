"""While there is room, works come that have the word that tells a topic in their title; nothing of another field does."""

from __future__ import annotations

import pytest

from bot.digest.eligibility import LEAST_PAPERS
from bot.digest.topic_words import NEXT, come_next, dwelling_on_any
from bot.model import Digest
from bot.ranking.candidate_index import CandidateIndex
from bot.ranking.ranked import Ranked
from bot.telling_words import telling_words
from tests.candidates import chosen, papers, thing
from tests.factories import ranked


def work(number: int, title: str, abstract: str = "", aboutness: float = 0.0) -> Ranked:
    found = ranked(thing(number, title=title, abstract=abstract), 0.3)
    found.aboutness = aboutness
    return found


def next_to(topic: str, title: str, abstract: str = "", aboutness: float = 0.0) -> bool:
    """Whether a work comes next to a topic, among a few others with words of it."""
    mine = work(1, title, abstract, aboutness)
    others = [work(n, f"Learning machines of agents, images and forecasts {n}") for n in range(2, 6)]
    return [mine.item.key] == [one.item.key for one in come_next([mine], [mine, *others], [topic])]


class TestComeNext:
    @pytest.mark.parametrize(
        ("title", "abstract", "comes"),
        [
            ("Agentic search", "A large language model asks.", True),
            ("Small language model agents", "They act.", True),
            ("GUI agents", "Driven by MLLMs.", True),
            ("Agents of decay in limestone", "Rain and lichens.", False),
            ("Search", "An agent asks a large language model.", False),
        ],
    )
    def test_language_models(self, title: str, abstract: str, comes: bool) -> None:  # noqa: FBT001 - a table
        """'agents' of 'LLM agents' in a title, in any form, is enough where language models are spoken of anywhere, in any form."""
        assert comes is next_to("LLM agents", title, abstract, aboutness=-0.5)

    @pytest.mark.parametrize(
        ("title", "abstract", "aboutness", "comes"),
        [
            ("Sign language translation", "Translated by machine.", NEXT, True),
            ("Image translation", "Translated by machine.", NEXT - 0.1, False),
            ("Image translation", "Of one style to another.", NEXT, False),
            ("Machine learning for dialects", "In machine translation.", NEXT, False),
        ],
    )
    def test_several_words(self, title: str, abstract: str, aboutness: float, comes: bool) -> None:  # noqa: FBT001 - a table
        """Of several telling words the rarest must be in the title and all anywhere, and the work must be about the topic to some degree: other fields have such words, too."""
        assert comes is next_to("machine translation", title, abstract, aboutness)

    @pytest.mark.parametrize("topic", ["alignment", "deep learning", "the"])
    def test_no_such_topic(self, topic: str) -> None:
        """What has a topic of one word is about it or has it in another sense; a topic of general words tells nothing."""
        assert not next_to(topic, f"Cross-modal {topic} of images", f"A {topic}.", aboutness=9.0)

    def test_the_order(self) -> None:
        """They come in the order of the topics, each once, with the topic as the reason."""
        some = [work(n, f"Agent safety {n}", "An LLM.", aboutness=n) for n in range(3)]
        found = come_next(some, some, ["LLM agents", "LLM safety"])

        assert [2, 1, 0] == [one.aboutness for one in found]
        assert {"close to your topic 'LLM agents'"} == {one.reasons[0].text for one in found}

    def test_words(self) -> None:
        """A work dwells on a word that it has in its title or three times, in any form; what only begins so is another word."""
        said = [
            "Agents act. An agent asks. Agentic?",
            "An agent acts.",
            "Agenda after agenda of agencies, and an agenda.",
        ]

        assert frozenset({"agent"}) == telling_words("LLM agents")
        works = [work(1, "Work", one).item for one in said]
        index = CandidateIndex()
        found = index.of(works)
        for dwells in (dwelling_on_any({"agent"}), dwelling_on_any({"agent"}, index)):
            assert [True, False, False] == [dwells(one) for one in found]


class TestRoom:
    @staticmethod
    def digest(minutes: int, *, near: int = 6, further: int = 12, explore: float = 0.0) -> Digest:
        """Choose of works on a topic, works that come next to it, and many of other fields that everybody votes for."""
        return chosen(
            [
                *(ranked(thing(n, title="LLM agents"), 0.9, about={"LLM agents": 3.0}) for n in range(near)),
                *(work(n, "Agentic search", "By an LLM.", aboutness=0.1) for n in range(100, 100 + further)),
                *papers(60, value=0.8, start=200),
            ],
            topics=("LLM agents",),
            informed=True,
            explore=explore,
            budget_minutes=minutes,
        )

    def test_filled(self) -> None:
        """A small week's digest is filled with works next to the topic, behind what is on it; those for which there is no room are listed. Nothing else comes."""
        made = self.digest(30)
        titles = [pick.item.title for pick in made.picks]

        assert ["LLM agents"] * 6 == titles[:6]
        assert {"Agentic search"} == set(titles[6:])
        assert made.minutes > 25
        assert {"Agentic search"} == {line.item.title for line in made.also}

    def test_all_of_them(self) -> None:
        """Where there are few of them, the digest is rather short than filled with other fields."""
        made = self.digest(120, further=3)

        assert (9, 0) == (len(made.picks), len(made.also))

    def test_no_room(self) -> None:
        """Where what is on the topic fills the budget, nothing changes: they are neither picks nor lines."""
        made = self.digest(30, near=40)

        assert {"LLM agents"} == {one.item.title for one in (*made.picks, *made.also)}

    def test_made_up(self) -> None:
        """A digest that is made up to a few papers is made up with them first."""
        made = self.digest(60, near=1, further=2)

        assert 1 + 2 == sum(pick.item.title in {"LLM agents", "Agentic search"} for pick in made.picks)
        assert LEAST_PAPERS == len(made.picks)

    @pytest.mark.parametrize(("aboutness", "comes"), [(0.0, False), (NEXT, True)])
    def test_made_up_with_another_sense_last(self, aboutness: float, comes: bool) -> None:  # noqa: FBT001 - parametrised
        """What has a topic's word in another sense, which the ranker found it to be hardly about, makes a digest up only where there is nothing else."""
        about = ranked(thing(1, title="Refusals"), 0.9, about={"alignment": 3.0})
        elsewhere = [work(n, "Alignment of maps", aboutness=aboutness) for n in range(100, 110)]
        others = papers(60, value=0.2, start=200)
        made = chosen([about, *elsewhere, *others], topics=("alignment",), informed=True, explore=0.0)
        added = {pick.item.title for pick in made.picks} - {"Refusals"}

        assert LEAST_PAPERS == len(made.picks)
        assert ("Alignment of maps" in added) == comes

    def test_they_explore_nothing(self) -> None:
        """What comes next to a topic is never drawn to explore, and gives its place to what is, where there is no room for both."""
        made = self.digest(30, explore=0.3)
        explored = [pick for pick in made.picks if pick.explore]

        assert round(0.3 * len(made.picks)) == len(explored)
        assert "Agentic search" not in {pick.item.title for pick in explored}
