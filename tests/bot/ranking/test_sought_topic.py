"""How a topic is looked for in the text of a work."""

from __future__ import annotations

import random

from bot.ranking.sought_topic import IN_ABSTRACT, NEAR, sought

WITHIN = 4
"""How many other words may stand between those of a topic that is only near."""


def test_near_is_what_has_all_words_in_one_span() -> None:
    """A text that has not a topic's words in order is near it where some span of it, hardly longer than the topic, has them all."""
    chance = random.Random(1)
    words = ["red", "green", "blue", *"abcdefghij"]
    seen = {0.0: 0, NEAR: 0}
    for _ in range(3000):
        topic = chance.sample(words[:3], chance.randint(2, 3))
        text = chance.choices(words, k=chance.randint(0, 30))
        found = sought(" ".join(topic)).strength("", " ".join(text))
        if found == IN_ABSTRACT:
            continue
        span = len(topic) + WITHIN
        assert (found == NEAR) == any(
            set(topic) <= set(text[start : start + span]) for start in range(max(1, len(text) - span + 1))
        )
        seen[found] += 1
    assert min(seen.values()) > 300
