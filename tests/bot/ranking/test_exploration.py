"""What is drawn from outside, how often, and what follows from it."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from bot.ranking.exploration import (
    LOOKED_AT,
    MARGIN,
    NEAREST,
    draw,
    explore,
    liking_outside,
    propensities,
)
from bot.ranking.ranked import Ranked
from tests.factories import item, ranked

FIELDS = (
    "robots grasping objects",
    "protein folding structure",
    "speech recognition noise",
    "weather forecast climate",
)


def outside(number: int = 60, *, margin: int = 0) -> list[Ranked]:
    """Works of four fields, one much larger than the others, best first; so many of the best are nearly reached by interest."""
    sizes = {field: (0.7, 0.1, 0.1, 0.1)[place] for place, field in enumerate(FIELDS)}
    titles = [field for field, share in sizes.items() for _ in range(round(share * number))]
    return [
        ranked(
            item(f"arxiv:2608.{n:05}", title=f"{title} {n}", abstract=f"{title} study{n}"),
            0.9 - n / 100,
            interest=0.9 * (margin - n) / margin if margin else 0.0,
        )
        for n, title in enumerate(titles)
    ]


def flat(regions: list[dict[str, float]]) -> dict[str, float]:
    return {key: chance for region in regions for key, chance in region.items()}


class TestDraw:
    @pytest.mark.parametrize("margin", [0, 8])
    @pytest.mark.parametrize("number", [1, 2, 3, 7, 17])
    def test_as_often_as_logged(self, number: int, margin: int) -> None:
        """Over 10,000 seeds, each work is drawn as often as its propensity says, within 0.02."""
        works = outside(margin=margin)
        by_region = propensities(works, number)
        chances = flat(by_region)
        draws = 10_000
        counted: Counter[str] = Counter()
        for seed in range(draws):
            counted.update(draw(by_region, f"reading/{seed}"))

        assert all(one.propensity == chances[one.ranked.item.key] for one in explore(works, number, "reading/1"))
        assert all(abs(counted[key] / draws - chance) < 0.02 for key, chance in chances.items())

    @pytest.mark.parametrize("number", [0, 1, 2, 5, 60, 99])
    def test_as_many_as_asked(self, number: int) -> None:
        """As many works are drawn as are asked for, each once; all of them where they are no more."""
        drawn = [one.ranked.item.key for one in explore(outside(), number, "reading/2026-W34")]

        assert (min(number, 60), len(drawn)) == (len(drawn), len(set(drawn)))

    def test_same_seed_same_draw(self) -> None:
        """A week's draw is the same for ever, and the next week's another."""
        drawn = [explore(outside(), 3, f"reading/2026-W{week}") for week in (34, 34, 35)]

        assert drawn[0] == drawn[1] != drawn[2]

    def test_every_field_has_its_share(self) -> None:
        """A field of few works is drawn as often as one of many."""
        works = outside()
        chances = flat(propensities(works, 2))
        shares = [sum(chances[r.item.key] for r in works if r.item.title.startswith(field)) for field in FIELDS]

        assert shares == pytest.approx([0.5] * 4)

    def test_better_works_more_often(self) -> None:
        """Within a field the better work is drawn more often, the best at most twice as often as the worst."""
        works = outside()
        chances = list(flat(propensities(works, 2)).values())[:42]

        assert chances == sorted(chances, reverse=True)
        assert chances[0] == pytest.approx(2 * chances[-1])

    def test_the_margin(self) -> None:
        """Half of the draw goes to what interest nearly reaches, the nearest most; no other work is drawn less than half as often for it."""
        works = outside(margin=8)
        alike, found = (flat(propensities(works, 2, margin=part)) for part in (0.0, MARGIN))
        ordered = [found[one.item.key] for one in works[:9]]

        assert ordered == sorted(ordered, reverse=True)
        assert all(found[key] >= alike[key] / 2 for key in alike)
        assert 0.8 < sum(found[one.item.key] - alike[one.item.key] / 2 for one in works[:9]) < 1
        assert sum(found.values()) == pytest.approx(2)

    @pytest.mark.parametrize("number", [2, 6, 12, 40])
    def test_none_is_sure(self, number: int) -> None:
        """However many are drawn, none comes for sure, unless hardly more may be: half of the time at most, or as often as all the others."""
        found = flat(propensities(outside(margin=8), number))

        assert max(found.values()) <= max(0.5, number / len(found)) + 1e-9
        assert sum(found.values()) == pytest.approx(number)
        assert min(found.values()) > 0

    def test_no_margin(self) -> None:
        """Where nothing is of more interest than the average, and where the interest is in doubt, the regions alone decide."""
        assert propensities(outside(), 2) == propensities(outside(), 2, margin=0.0)
        drawn = [explore(outside(margin=8), 3, f"x/{week}", margin=0.0) for week in range(200)]
        known = flat(propensities(outside(margin=8), 3, margin=0.0))
        assert all(one.propensity == known[one.ranked.item.key] for week in drawn for one in week)

    def test_the_margin_takes_part(self) -> None:
        """Of many works whose interest is near, the nearest thirty take part, and leave the others their places."""
        near = [ranked(item(f"near:{n}", title=f"{FIELDS[0]} {n}"), 0.6, interest=(n + 1) / 101) for n in range(100)]
        far = [ranked(item(f"far:{n}", title=f"{FIELDS[n % 4]} {n}"), 0.3, interest=-1.0) for n in range(500)]
        taking = flat(propensities([*near, *far], 2))

        assert {f"near:{n}" for n in range(70, 100)} == {key for key in taking if key.startswith("near")}
        assert LOOKED_AT + NEAREST == len(taking)

    def test_the_best_take_part(self) -> None:
        """Of many works the best take part, and of equal ones some from the whole week."""
        works = [
            ranked(item(f"arxiv:2608.{n:05}", title=f"{FIELDS[n % 4]} {n}"), 0.5 if n < 300 else 0.2)
            for n in range(900)
        ]
        taking = flat(propensities(works, 3))

        assert len(taking) == LOOKED_AT
        assert {one.item.key for one in works[:300]} < set(taking)
        assert max(taking) > "arxiv:2608.00700"


class TestEstimate:
    def test_none_without_picks(self) -> None:
        """Nothing is estimated of nothing."""
        assert liking_outside([]) is None

    @pytest.mark.slow
    @pytest.mark.parametrize("margin", [0, 8])
    @pytest.mark.parametrize(("liking", "number", "weeks"), [(0.05, 2, 20), (0.2, 2, 20), (0.5, 3, 52), (0.1, 1, 52)])
    def test_covers_the_truth(self, liking: float, number: int, weeks: int, margin: int) -> None:
        """In nine of ten simulated teams, at least, the interval covers the part of all works outside that the team would like."""
        works = outside(margin=margin)
        chances = propensities(works, number)
        known = flat(chances)
        covered, runs = 0, 400
        for run in range(runs):
            chance = random.Random(run)
            likes = {one.item.key: chance.random() < liking for one in works}
            truth = sum(likes.values()) / len(works)
            picks = [(known[key], likes[key]) for week in range(weeks) for key in draw(chances, f"{run}/{week}")]
            found = liking_outside(picks)
            covered += found is not None and found.low <= truth <= found.high

        assert covered / runs >= 0.9
