"""What a channel follows comes first; what it mutes, and what is no research, does not come."""

from __future__ import annotations

import pytest

from bot.card import why
from bot.digest.eligibility import LEAST_PAPERS
from bot.model import Digest, Reason, Score, Section
from bot.ranking.ranked import Ranked
from tests.candidates import chosen, papers, thing
from tests.factories import ranked


class TestWishes:
    def test_a_followed_author(self) -> None:
        """What a channel follows comes in before everything else, and says why."""
        followed = ranked(thing(900, authors=("Percy Liang",)), 0.0)
        digest = chosen([*papers(100), followed], follow=("author:Percy Liang",), explore=0.0)
        found = next(pick for pick in digest.picks if pick.item.key == followed.item.key)

        assert "by Percy Liang, whom you follow" == found.reasons[0].text

    @pytest.mark.parametrize("explore", [0.0, 1.0])
    def test_what_is_followed_stands_first(self, explore: float) -> None:
        """What a channel follows opens its section, among the picks and the lines, and gives its place to no exploration."""
        followed = [ranked(thing(n, title=f"Speech recognition {n}"), 0.1) for n in range(900, 902)]
        lab, other = ranked(thing(1, Section.LABS, "deepmind"), 0.1), ranked(thing(2, Section.LABS, "openai"), 0.9)
        follow = ("word:speech recognition", "source:deepmind")
        made = chosen([*papers(100), *followed, lab, other], follow=follow, explore=explore)
        labs = [pick.item.key for pick in made.picks if pick.section is Section.LABS]

        assert {one.item.key for one in followed} == {pick.item.key for pick in made.picks[:2]}
        assert lab.item.key == labs[0]
        assert not any(pick.explore for pick in made.picks[:2])

    def test_a_followed_source_that_has_everything(self) -> None:
        """A followed source with most of a section's works puts nothing first and is no reason on a card; another wish comes before it, and no piece of it is far."""
        word = ranked(thing(900, title="Sparse attention"), 0.1)
        forum = [ranked(thing(n, Section.COMMUNITY, "reddit"), 0.1) for n in range(1000, 1030)]
        other = [ranked(thing(n, source="huggingface"), 0.3) for n in range(2000, 2020)]
        follow = ("source:arxiv", "word:sparse attention", "source:reddit")
        made = chosen([*papers(100), word, *other, *forum], follow=follow, topics=("x",), informed=True, explore=0.0)

        assert word.item.key == made.picks[0].item.key
        assert "about 'sparse attention', which you follow" == made.picks[0].reasons[0].text
        assert all("which you follow" not in text for pick in made.picks[1:] for text in why(pick, {}))
        assert Section.COMMUNITY in {pick.section for pick in made.picks}

    def test_what_is_near_in_meaning(self) -> None:
        """A work that the channel's topics or decisions reach, though by no word of theirs, says so."""
        near = ranked(thing(1), 0.5, on_topic=True)
        with_topics, without = (chosen([near], topics=topics, explore=0.0).picks[0] for topics in (("robots",), ()))

        assert "close to your topics" == with_topics.reasons[0].text
        assert "like what you marked" == without.reasons[0].text

    def test_a_muted_word(self) -> None:
        """What a channel mutes is neither a pick nor a line."""
        digest = chosen(
            [ranked(thing(1, title="Crypto agents")), ranked(thing(2, title="Agents"))], mute=("word:crypto",)
        )

        assert ["url:https://arxiv.example/2"] == [pick.item.key for pick in (*digest.picks, *digest.also)]

    def test_what_is_muted_is_not_counted(self) -> None:
        """The works that a digest says it chose among, and left out, are none that the channel mutes."""
        works = [ranked(thing(n, title="Crypto agents" if n < 30 else "Agents"), 0.5) for n in range(70)]
        digest = chosen(works, mute=("word:crypto",), explore=0.0)

        assert 40 == len(digest.picks) + sum(digest.left_out.values())

    def test_a_followed_source_is_never_far(self) -> None:
        """A followed newsletter comes though nothing in it is on the channel's topics."""
        letter = ranked(thing(1, Section.NEWSLETTERS, "import-ai"), 0.05)
        made = chosen([letter, *papers(30, on_topic=True)], topics=("x",), informed=True, follow=("source:import-ai",))

        assert letter.item.key in {pick.item.key for pick in made.picks}

    @pytest.mark.parametrize(
        ("title", "comes"),
        [
            ("How to flip a machine from denying sentience", False),
            ("How machines translate novels", True),
            ("Machine translation of novels", True),
        ],
    )
    @pytest.mark.parametrize("section", [Section.COMMUNITY, Section.LABS, Section.NEWSLETTERS])
    def test_half_a_topic_is_far(self, section: Section, title: str, comes: bool) -> None:  # noqa: FBT001 - a table
        """In a channel with topics a high score brings no post, note or newsletter that has but one word of a topic; without topics it does."""
        post = ranked(thing(1, section, "a-source", title=title, abstract="It took 200 steps."), 0.96)
        near = papers(100, on_topic=True)
        with_topics = chosen([post, *near], topics=("machine translation",), informed=True)
        without = chosen([post, *near], informed=True)

        assert comes is (post.item.key in {pick.item.key for pick in (*with_topics.picks, *with_topics.also)})
        assert post.item.key in {pick.item.key for pick in without.picks}


class TestNoResearch:
    @pytest.mark.parametrize(
        ("title", "number"),
        [
            ("ICDM 2026 Results Waiting Place [D]", 0),
            ("Deadlines at NeurIPS", 0),
            ("PhD admissions [D]", 0),
            ("Results on ImageNet [R]", 1),
        ],
    )
    def test_talk_of_formalities(self, title: str, number: int) -> None:
        """What a forum says of deadlines, results of reviews and careers is no pick."""
        assert number == len(chosen([ranked(thing(1, Section.COMMUNITY, title=title), 0.9)]).picks)

    @pytest.mark.parametrize(
        ("title", "number"),
        [
            ("PhD procrastination: how do you cope?", 0),
            ("Career advice for a second-year student", 0),
            ("ICLR rebuttal waiting room", 0),
            ("Why do learning rates warm up?", 1),
            ("Career trajectories of neurons during pretraining", 1),
        ],
    )
    def test_chatter(self, title: str, number: int) -> None:
        """Talk about careers, moods and conferences' formalities is no research, in a channel without topics too."""
        talk = ranked(thing(1, Section.COMMUNITY, "forum", title=title))
        assert number == len(chosen([talk]).picks)

    @pytest.mark.parametrize("tag", ["announcement", "release"])
    def test_one_announcement(self, tag: str) -> None:
        """Of what labs announce a digest has one, picks and lines together, beside all that tells of research and all on its topics."""
        announced = [ranked(thing(n, Section.LABS, f"lab{n}", tags=(tag,)), 0.9 - n / 100) for n in range(6)]
        research = [ranked(thing(n, Section.LABS, f"lab{n}"), 0.5) for n in (10, 11)]
        on_topic = [ranked(thing(n, Section.LABS, f"lab{n}", tags=(tag,)), 0.4, on_topic=True) for n in (20, 21)]
        made = chosen([*announced, *research, *on_topic, *papers(40)], budget_minutes=120)

        listed = [pick.item.key for pick in (*made.picks, *made.also) if pick.section is Section.LABS]
        assert {announced[0].item.key, *(one.item.key for one in (*research, *on_topic))} == set(listed)

    def test_a_programme_is_a_line(self) -> None:
        """A programme or product is told in a line, not as a card, be it the only note of a lab; where nothing else is there it comes."""
        programme = ranked(thing(1, Section.LABS, "lab1", tags=("announcement",)), 0.9)
        release = ranked(thing(2, Section.LABS, "lab2", tags=("release",)), 0.5)
        made = chosen([programme, *papers(40)])

        assert programme.item.key not in {pick.item.key for pick in made.picks}
        assert programme.item.key in {pick.item.key for pick in made.also}
        assert release.item.key in {pick.item.key for pick in chosen([programme, release, *papers(40)]).picks}
        assert [programme.item.key] == [pick.item.key for pick in chosen([programme]).picks]

    def test_announcements_where_there_is_room(self) -> None:
        """Where everything else is a pick and there is room, all that is announced is told in lines; marketing never is."""
        research = [ranked(thing(n, Section.LABS, f"lab{n}"), 0.5) for n in (10, 11)]
        announced = [ranked(thing(n, Section.LABS, f"lab{n}", tags=("announcement",)), 0.9 - n / 100) for n in range(3)]
        sold = ranked(thing(5, Section.LABS, "lab5", tags=("marketing",)), 0.9)
        made = chosen([*announced, *research, sold])

        assert {one.item.key for one in research} == {pick.item.key for pick in made.picks}
        assert {one.item.key for one in announced} == {pick.item.key for pick in made.also}

    def test_a_programme_is_no_pick_beside_what_lies_far(self) -> None:
        """Where a channel's interest is known and only a programme is near, what lies far of research has the room, and the programme is a line."""
        programme = ranked(thing(1, Section.LABS, "lab1", tags=("announcement",)), 0.9)
        discussion = ranked(thing(2, Section.COMMUNITY, "forum"), 0.3)
        made = chosen([programme, discussion], informed=True)

        assert [discussion.item.key] == [pick.item.key for pick in made.picks]
        assert [programme.item.key] == [pick.item.key for pick in made.also]

    @pytest.mark.parametrize("tag", ["marketing", "beginner", "question", "self-promotion"])
    def test_no_filler(self, tag: str) -> None:
        """What is no research fills no section, be it the only thing there, on the channel's topics or followed."""
        filler = thing(1, Section.COMMUNITY, title="Robots: help me choose a PC", tags=(tag,))
        followed = chosen([ranked(filler, 0.9)], follow=("word:robots",))

        assert () == chosen([ranked(filler, 0.9)]).picks
        assert () == chosen([ranked(filler, 0.9, on_topic=True)], topics=("robots",), informed=True).picks
        assert () == (*followed.picks, *followed.also)

    @pytest.mark.parametrize(
        "title",
        [
            "My robotics PhD procrastination problem",
            "AC comment and our reply disappeared on OpenReview [D]",
            "Hiring in robotics: how is the job market?",
            "Robotics paper desk-rejected from CoRL [D]",
        ],
    )
    def test_chatter_on_a_topic(self, title: str) -> None:
        """A topic's word in talk of careers and conferences' formalities makes no research of it."""
        talk = ranked(thing(1, Section.COMMUNITY, "forum", title=title), 0.9, on_topic=True)

        assert () == chosen([talk], topics=("robotics",), informed=True).picks

    def test_a_question_that_a_member_proposed(self) -> None:
        """What a member proposed comes, though a rule took it for a question."""
        reason = Reason(name="suggested", text="suggested by Ada", weight=4.5)
        one = thing(1, Section.COMMUNITY, tags=("question", "suggested by Ada"))

        assert 1 == len(chosen([Ranked.of(one, Score(value=0.5, reasons=(reason,)), on_topic=False)]).picks)

    def test_of_little_interest(self) -> None:
        """Where it is known what a channel wants, what lies far from it and is no paper does not come, be it the best of its section."""
        far = [
            ranked(thing(n, section, f"source{n}"), 0.05)
            for n, section in enumerate([Section.LABS, Section.NEWSLETTERS, Section.COMMUNITY] * 3)
        ]
        near = papers(50, on_topic=True)
        without = chosen([*far, *near], budget_minutes=61)
        with_topics = chosen([*far, *near], topics=("robots",), budget_minutes=61, informed=True)

        def number(digest: Digest, section: Section) -> int:
            return sum(pick.section is section for pick in digest.picks)

        assert [0, 0, 0] == [number(with_topics, section) for section in list(Section)[1:]]
        assert min(number(without, section) for section in list(Section)[1:]) > 1
        decided = chosen([*far, *near], budget_minutes=61, informed=True)
        assert [0, 0, 0] == [number(decided, section) for section in list(Section)[1:]]


class TestUnreached:
    @pytest.mark.parametrize(("reached", "picked"), [(0, 5), (3, 5), (5, 5), (8, 8)])
    def test_rather_shorter(self, reached: int, picked: int) -> None:
        """A digest is not filled with papers that no topic reaches, however high they stand; of fewer than five it is made up to five."""
        near = [ranked(thing(n), 0.2, about={"robots": 3.0}) for n in range(reached)]
        made = chosen(
            [*papers(60, start=100), *near], topics=("robots",), informed=True, explore=0.0, budget_minutes=120
        )

        assert picked == len(made.picks)
        assert {one.item.key for one in near} <= {pick.item.key for pick in made.picks}

    @pytest.mark.parametrize("others", [4, 11, 22, 23, 24, 25, 40])
    def test_a_quiet_week(self, others: int) -> None:
        """However few papers a week has, what nobody asked for makes the digest up to five, and fills no hour; no number of works is a bound."""
        near = [ranked(thing(0), 0.9, about={"robots": 3.0})]
        made = chosen(
            [*near, *papers(others, start=100)], topics=("robots",), informed=True, explore=0.0, budget_minutes=400
        )

        assert LEAST_PAPERS == len(made.picks)

    def test_a_quiet_week_without_topics(self) -> None:
        """Where nobody asked for anything, of so few papers none is left out while there is room."""
        assert 12 == len(chosen(papers(12), explore=0.0, budget_minutes=400).picks)

    def test_where_nobody_asked(self) -> None:
        """A channel without topics, or of which nothing is known by meaning, has its digest filled."""
        for what in ({"informed": True}, {"topics": ("robots",)}):
            assert len(chosen(papers(60), explore=0.0, budget_minutes=60, **what).picks) > LEAST_PAPERS

    def test_explored(self) -> None:
        """What is not reached may still be drawn to explore, and takes no place of what is, while there is room."""
        near = [ranked(thing(n), 0.9, about={"robots": 3.0}) for n in range(8)]
        made = chosen(
            [*near, *papers(60, start=100)], topics=("robots",), informed=True, explore=0.5, budget_minutes=120
        )

        assert (16, 8) == (len(made.picks), sum(pick.explore for pick in made.picks))
