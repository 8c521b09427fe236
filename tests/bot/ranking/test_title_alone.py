"""What a liked work says that is known by its title alone."""

from __future__ import annotations

import random

from adapters.ranking.feature_store import FeatureStore
from adapters.ranking.worker import Loaded
from bot.ranking.question import Question, Text
from bot.ranking.signals import Signal
from tests.adapters.ranking.test_feature_store import TODAY

FIELDS = {
    "attention": "attention heads kernels softmax queries keys context positions",
    "radiance": "radiance fields view synthesis rendering scenes cameras geometry",
    "robots": "robots grasping objects gloves tactile arms kitchens policies",
    "proteins": "proteins folding binding sites residues chains structures docking",
    "speech": "speech recognition acoustic noise transcripts speakers accents audio",
}


def test_a_slogan_says_little() -> None:
    """Beside two titles that name their subject, three slogans do not bring every work that has their one word."""
    chance = random.Random(5)
    texts = []
    for field, words in FIELDS.items():
        for n in range(40):
            said = chance.sample(words.split(), 4) + chance.choices(
                "we propose methods on several benchmarks".split(), k=20
            )
            texts.append(Text(f"{field}/{n}", f"On {field}", " ".join([field, *said])))
    slogans = [
        Text(f"slogan/{n}", f"Attention Is {what} You Need", "") for n, what in enumerate(("All", "Not All", "What"))
    ]
    named = [Text(f"named/{n}", "Neural radiance fields for view synthesis of scenes", "") for n in range(2)]
    liked = [*slogans, *named]
    question = Question([text.key for text in texts], (), [Signal(text.key, 1.0, 1.0) for text in liked], liked)
    found = Loaded(texts, FeatureStore(None, TODAY)).relevance(question)
    best = sorted(found, key=lambda key: -found[key].score)[:10]

    assert {"radiance"} == {key.partition("/")[0] for key in best}
