"""Charts: what is drawn is what the numbers are, foreign text stays text, and each says in words what it shows."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from adapters.web.library.charts import bar, columns, share_over_weeks, stacked_weeks

HOSTILE = '"><script>alert(1)</script>'


def test_a_bar_for_each_week():
    """Each week's parts stand on one another and are as high as their numbers; a part of nothing is not drawn."""
    root = ET.fromstring(stacked_weeks(["2026-W30", "2026-W31"], [(2, 0, 4, 0, 2), (1, 1, 1, 0, 0)]))
    rects = root.findall("rect")
    heights = [float(one.attrib["height"]) for one in rects]

    assert 6 == len(rects)
    assert abs(heights[1] - 2 * heights[0]) < 0.2
    assert "img" == root.attrib["role"]
    assert "2 weeks, in all: 3 summarised, 1 read, 5 to read" in root.attrib["aria-label"]
    assert ["2026-W30: 2 summarised", "2026-W30: 4 to read"] == [one.find("title").text for one in rects[:2]]


def test_a_week_without_a_share():
    """A week of which there is no share is no point of the line."""
    root = ET.fromstring(share_over_weeks(["W1", "W2", "W3"], [0.5, None, 1.0], "The rule"))

    assert 2 == len(root.findall("circle"))
    assert "The rule. From 50% in the first week to 100% in the last." == root.attrib["aria-label"]


def test_nothing_yet():
    """Without weeks the charts are empty and whole."""
    for drawn in (stacked_weeks([], []), share_over_weeks([], [], "The rule"), columns([], "topic"), bar(0, 0, "none")):
        assert ET.fromstring(drawn) is not None


def test_hostile_text():
    """A topic's or a week's name cannot leave its place."""
    for drawn in (
        stacked_weeks([HOSTILE], [(1, 0, 0, 0, 0)]),
        share_over_weeks([HOSTILE], [0.5], HOSTILE),
        columns([1], HOSTILE),
        bar(1, 2, HOSTILE),
    ):
        assert "<script" not in drawn
        assert ET.fromstring(drawn) is not None
