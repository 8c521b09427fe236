"""A topic that names a field is told by the sources' categories, and of a broad one the notice is the order."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bot.ranking.fields import FIELDS, categories, in_field
from bot.ranking.interest import _in_topics, _Taught
from bot.ranking.taxonomy import CATEGORIES
from tests.bot.ranking.test_aboutness import BOUNDS, CHORES, PICTURES, SAFETY, Week


@pytest.mark.parametrize(
    ("topic", "category"),
    [
        (" Computer  Vision", "cs.CV"),
        ("computer architecture", "cs.AR"),
        ("networking", "cs.NI"),
        ("Bioinformatics", "q-bio.GN"),
        ("computational biology", "q-bio.NC"),
        ("multi-agent system", "cs.MA"),
        ("database", "cs.DB"),
        ("Data Structures & Algorithms", "cs.DS"),
        ("optimisation and control", "math.OC"),
        ("cell behaviour", "q-bio.CB"),
        ("cs.CL", "cs.CL"),
        ("q-fin", "q-fin.TR"),
        ("physics", "quant-ph"),
    ],
)
def test_the_field_of_a_topic(topic: str, category: str) -> None:
    """A topic names a field by its official name, by an everyday one or by its category, however it is written."""
    assert category in categories(topic)
    assert in_field(topic, ("tables", category))


@pytest.mark.parametrize(
    "topic", ["computer vision for pigs", "performance", "applications", "math", "networks", "reinforcement learning"]
)
def test_no_field(topic: str) -> None:
    """What only begins like a field names none, nor does a word of any paper that arXiv calls a category by."""
    assert () == categories(topic)


def test_fields_have_categories() -> None:
    """Every field is made of arXiv's categories alone."""
    assert {category for of_field in FIELDS.values() for category in of_field} <= set(CATEGORIES)


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


def test_a_field_of_few_works() -> None:
    """What has the category is of the field, be it two works that do not say its name; works with half of the name, or its stem, are of another one."""
    week = Week()
    week.add("wired", 2, CHORES, lambda n: f"Depots {n}", ends="\ncs.LG cs.NI")
    week.add("neural", 60, PICTURES, lambda n: f"Neural network {n}", said="network networks network", ends="\ncs.LG")
    week.add("other", 60, BOUNDS, lambda n: f"Items {n}", ends="\nstat.ML")

    assert {"wired/0", "wired/1"} == _about(week, "networking")


def test_an_archive() -> None:
    """A field that is a whole archive has the works of all its categories, of each however few."""
    week = Week()
    for category in ("BM", "GN", "NC", "PE", "QM"):
        week.add(category, 2, CHORES, lambda n: f"Depots {n}", ends=f"\ncs.LG q-bio.{category}")
    week.add("other", 100, BOUNDS, lambda n: f"Biology of items {n}", ends="\nstat.ML")

    assert {"BM", "GN", "NC", "PE", "QM"} == {key.partition("/")[0] for key in _about(week, "computational biology")}


def test_what_is_called_by_a_field() -> None:
    """Of a field that is not broad is also what dwells on its name and lies near its works, and it comes first; far from these a name of one word is another thing."""
    week = Week()
    week.add("steered", 15, CHORES, lambda n: f"Depots {n}", ends="\neess.SY")
    week.add("called", 3, CHORES, lambda n: f"Control of depots {n}", ends="\ncs.LG")
    week.add("pictured", 10, PICTURES, lambda n: f"Control of portraits {n}", ends="\ncs.CV")
    week.add("other", 600, [*BOUNDS, *SAFETY], lambda n: f"Items {n}", ends="\nstat.ML")
    found = week.asked("control")
    about = {key: one.about["control"] for key, one in found.items() if "control" in one.about}

    assert {"steered", "called"} == {key.partition("/")[0] for key in about}
    assert {"called"} == {key.partition("/")[0] for key in sorted(about, key=lambda key: -about[key])[:3]}


def test_a_field_of_half_of_the_week() -> None:
    """What half of the week is on has no middle that takes the other half along."""
    week = Week()
    for name, field in (("bounds", BOUNDS), ("safety", SAFETY), ("chores", CHORES), ("pictures", PICTURES)):
        week.add(f"{name}-ai", 60, field, lambda n: f"Items {n}", ends="\ncs.AI cs.LG")
        week.add(name, 60, field, lambda n: f"Items {n}", ends="\ncs.LG")

    assert 240 <= len(_about(week, "artificial intelligence")) < 300


def _about(week: Week, topic: str) -> set[str]:
    return {key for key, one in week.asked(topic).items() if topic in one.about}


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
