"""No section is crowded out by another one."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.digest.composition import choose
from bot.model import Section
from bot.ranking import rank
from tests.candidates import KIND, chosen, papers, thing
from tests.factories import NOW, WEEK, WINDOW, channel, ranked


class TestSections:
    def test_each_section_gets_its_best(self) -> None:
        """Six hundred papers do not drown the one newsletter, the lab's note or the discussion, however they score."""
        others = [
            ranked(thing(1, Section.LABS, "openai"), 0.1),
            ranked(thing(2, Section.NEWSLETTERS, "import-ai"), 0.1),
            ranked(thing(3, Section.COMMUNITY, "reddit"), 0.1),
            ranked(thing(4, Section.COMMUNITY, "reddit"), 0.05),
        ]
        digest = chosen([*papers(600, value=0.9), *others])

        assert {"https://openai.example/1", "https://import-ai.example/2", "https://reddit.example/3"} <= {
            pick.item.key.removeprefix("url:") for pick in digest.picks
        }

    def test_reading_order(self) -> None:
        """Papers first, then labs, newsletters and talk; the better first within each."""
        candidates = [
            ranked(thing(n, section), value)
            for n, (section, value) in enumerate(
                [(Section.COMMUNITY, 0.9), (Section.PAPERS, 0.1), (Section.PAPERS, 0.2), (Section.LABS, 0.5)]
            )
        ]

        assert [(p.section.value, p.score) for p in chosen(candidates).picks] == [
            ("papers", 0.2),
            ("papers", 0.1),
            ("labs", 0.5),
            ("community", 0.9),
        ]

    def test_many_labs_beat_many_posts_of_one(self) -> None:
        """Of four notes of one lab and one each of three others, somewhat weaker, the others come in."""
        one = [ranked(thing(n, Section.LABS, "loud"), 0.6) for n in range(8)]
        others = [ranked(thing(n, Section.LABS, f"lab{n}"), 0.5) for n in range(3)]
        digest = chosen([*one, *others], budget_minutes=16)

        assert {"loud", "lab0", "lab1", "lab2"} == {pick.item.mentions[0].source_id for pick in digest.picks}

    @pytest.mark.parametrize("section", [Section.LABS, Section.NEWSLETTERS])
    def test_a_rare_piece_is_not_crowded_out(self, section: Section) -> None:
        """What comes rarely is in, against fifty newer pieces on the channel's very topics."""
        kind = KIND[section]
        old = thing(0, section, "distill", title="Feature visualization", published=WINDOW.start)
        loud = [thing(n, section, f"lab{n % 5}", title=f"Robots {n}") for n in range(1, 51)]
        ours = channel(topics=("robots",), budget_minutes=30)
        order = rank([old, *loud], ours, WINDOW, names={}, rare={"distill"})
        digest = choose(order, ours, week=WEEK, window=WINDOW, sources=[], now=NOW)

        assert "distill" in {pick.item.mentions[0].source_id for pick in digest.picks if pick.item.kind is kind}


@pytest.mark.parametrize("most", [24, 25])
def test_shares_of_the_cards(most: int) -> None:
    """Where cards bind before the minutes do, the sections share them as they share an hour; a longer budget takes none away."""
    found = [
        *papers(200, value=0.9),
        *(ranked(thing(n, Section.LABS, f"lab{n}"), 0.5) for n in range(300, 310)),
        *(ranked(thing(n, Section.COMMUNITY, f"forum{n}", words=200), 0.5) for n in range(400, 440)),
    ]

    def shares(minutes: int) -> Counter[Section]:
        ours = channel(budget_minutes=minutes, explore=0.0)
        made = choose(found, ours, week=WEEK, window=WINDOW, sources=[], now=NOW, most=most)
        assert len(made.picks) <= most
        return Counter(pick.section for pick in made.picks)

    hour, half_day = shares(60), shares(240)
    assert most == half_day.total() > hour.total()
    assert all(half_day[section] >= hour[section] > 0 for section in (Section.PAPERS, Section.LABS, Section.COMMUNITY))
