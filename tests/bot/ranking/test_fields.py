"""A topic that names a field is told by the sources' categories, and of a broad one the notice is the order."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bot.ranking.fields import CATEGORIES, categories
from bot.ranking.interest import _in_topics, _Taught
from tests.bot.ranking.test_aboutness import CHORES, PICTURES, SAFETY, Week


def test_the_field_of_a_topic() -> None:
    """A topic names a field however it is written, and nothing that only begins like one."""
    assert ("cs.CV",) == categories(" Computer  Vision")
    assert () == categories("computer vision for pigs")
    assert all(topic == topic.casefold() for topic in CATEGORIES)


def test_works_of_a_field() -> None:
    """What has the field's category is on it, one as much as another, though it does not say so; what says so and has another is not."""
    week = Week()
    week.add("vision", 40, PICTURES, lambda n: f"Portraits {n}", ends="\ncs.CV cs.LG")
    week.add("unknown", 5, PICTURES, lambda n: f"Canvasses {n}")
    week.add("far", 5, CHORES, lambda n: f"Depots {n}")
    week.add("named", 10, SAFETY, lambda n: f"Computer vision {n}", said="computer vision", ends="\ncs.CR cs.LG")
    week.add("other", 100, CHORES, lambda n: f"Items {n}", ends="\ncs.RO")
    found = week.asked("computer vision", "alignment")
    about = {key: one.about["computer vision"] for key, one in found.items() if "computer vision" in one.about}
    of_field = [value for key, value in about.items() if key.startswith("vision")]

    assert {"vision", "unknown"} == {key.partition("/")[0] for key in about}
    assert 40 == len(of_field)
    assert max(of_field) - min(of_field) < 0.25


@pytest.mark.parametrize(("of_the_field", "found"), [(60, True), (30, False)])
def test_the_field_by_another_category(of_the_field: int, *, found: bool) -> None:
    """What is as near to a field as half of its works is of it, though its authors gave another category; where few works are of it, they do not tell."""
    week = Week()
    week.add("vision", of_the_field, PICTURES, lambda n: f"Portraits {n}", ends="\ncs.CV cs.LG")
    week.add("elsewhere", 20, PICTURES, lambda n: f"Portraits {n}", ends="\ncs.LG")
    week.add("other", 100, CHORES, lambda n: f"Items {n}", ends="\ncs.RO")
    about = [key for key, one in week.asked("computer vision", "alignment").items() if "computer vision" in one.about]

    assert found == any(key.startswith("elsewhere") for key in about)
    assert not any(key.startswith("other") for key in about)


@pytest.mark.parametrize(("number", "apart"), [(20, True), (200, False)])
def test_a_broad_topic(number: int, *, apart: bool) -> None:
    """What a topic's first works stand above its others tells them apart where few are about it; where hundreds are, hardly anything does."""
    chance = random.Random(1)
    scores = np.array([[chance.uniform(2, 8) if place < number else chance.gauss(0, 1)] for place in range(2000)])
    nothing = _Taught(np.zeros(2000), np.zeros(2000), 0.0)
    found = np.sort(_in_topics(scores, scores >= 2, [nothing])[:, 0])[::-1]

    assert apart == bool(found[0] - found[7] > 0.05)
