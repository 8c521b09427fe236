"""Works put into regions of like ones, by the plain rule and by numpy."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from bot.ranking.region_matrix import RegionMatrix
from bot.ranking.regions import ALIKE, REGIONS, Written, region_numbers, regions
from tests.factories import item

FIELDS = (
    "robots grasping objects",
    "protein folding structure",
    "speech recognition noise",
    "weather forecast climate",
)
WORDS = [f"word{one}{other}" for one in "abcdefghij" for other in "abcdefgh"]


def by_matrix(texts: Sequence[Written]) -> list[int]:
    matrix = RegionMatrix()
    matrix.add(texts)
    return matrix.regions(range(len(texts)))


@pytest.fixture(params=[region_numbers, by_matrix])
def numbers(request: pytest.FixtureRequest) -> Callable[[Sequence[Written]], list[int]]:
    found: Callable[[Sequence[Written]], list[int]] = request.param
    return found


def invented(number: int, seed: int, words: int = 9) -> list[Written]:
    """Works whose fields change from the first to the last."""
    chance = random.Random(seed)
    return [
        (" ".join(chance.choices(WORDS[: words + n % 70], k=4)), " ".join(chance.choices(WORDS[n % 9 :], k=7)))
        for n in range(number)
    ]


def unit_vectors(texts: Sequence[Written]) -> list[dict[str, float]]:
    counts = [Counter(f"{title} {title} {abstract}".split()) for title, abstract in texts]
    known = Counter(word for counted in counts for word in counted)
    found = []
    for counted in counts:
        weights = {word: (1 + math.log(n)) * math.log(len(texts) / known[word]) for word, n in counted.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        found.append({word: weight / length for word, weight in weights.items()})
    return found


def by_definition(texts: Sequence[Written]) -> list[int]:
    vectors = unit_vectors(texts)
    first: list[int] = []
    found: list[int] = []
    for place, mine in enumerate(vectors):
        near = [sum(mine[word] * vectors[one].get(word, 0.0) for word in mine) for one in first]
        if not near or (len(first) < REGIONS and max(near) < ALIKE):
            found.append(len(first))
            first.append(place)
        else:
            found.append(near.index(max(near)))
    return found


def test_like_works_make_a_region(numbers: Callable[[Sequence[Written]], list[int]]) -> None:
    """Like works make a region; there are no more than twelve, however unlike the works are."""
    fields = [(f"{field} {n}", f"{field} study{n}") for n, field in enumerate(FIELDS * 5)]
    strangers = [(f"word{n:05}x strange{n:05}x", "") for n in range(50)]

    assert [0, 1, 2, 3] * 5 == numbers(fields)
    assert set(range(REGIONS)) == set(numbers(strangers))


@pytest.mark.parametrize("seed", range(4))
def test_as_by_the_definition(numbers: Callable[[Sequence[Written]], list[int]], seed: int) -> None:
    """Regions are those of the plain rule: the nearest first work by the cosine, a new region where none is near enough."""
    texts = invented(80, seed)
    found = numbers(texts)

    assert by_definition(texts) == found
    assert 1 < len(set(found))


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [("", "")],
        [("", ""), ("One Same Work", "of few words"), ("", ""), ("One Same Work", "of few words")],
        [("a b c", "1 2 3")] * 30,
        [*(("", "") for _ in range(20)), *invented(40, 5)],
        [*invented(40, 6), *(("", "") for _ in range(20))],
    ],
)
def test_both_agree(texts: list[Written]) -> None:
    """Numpy finds the regions of the plain rule, also of works without words, of the same ones, and of none."""
    assert region_numbers(texts) == by_matrix(texts)


def test_whoever_asked_before() -> None:
    """Which works were put into regions before makes no difference, be they the same ones in part."""
    weeks = [invented(60, seed) for seed in range(3)]
    matrix = RegionMatrix()
    for week in weeks:
        matrix.add(week)
    works = [*weeks[0], *weeks[1], *weeks[2]]
    asked = [range(60), range(20, 60), [*range(30), *range(90, 120)], range(170, 120, -1), range(60)]

    for places in asked:
        assert region_numbers([works[place] for place in places]) == matrix.regions(list(places))


def test_items() -> None:
    """Items are put together by region; within one they stay in their order."""
    items = [item(f"arxiv:2608.{n:05}", title=f"{field} {n}", abstract="") for n, field in enumerate(FIELDS * 3)]

    assert [items[n::4] for n in range(4)] == regions(items)
