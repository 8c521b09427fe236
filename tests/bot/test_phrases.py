"""What tells one pile of works from another is said in phrases that people would write."""

from __future__ import annotations

import pytest

from bot.phrases import Phrase, Written, phrases, standing_in

OTHERS = [
    Written(
        f"other:{n}", f"A glove that grasps, number {n}", "We propose a method. Memory is saved and code is released."
    )
    for n in range(400)
]


def works(*titles: str, text: str = "") -> list[Written]:
    return [Written(f"mine:{n}", title, text) for n, title in enumerate(titles)]


def said(mine: list[Written], others: list[Written] = OTHERS, most: int = 6) -> list[str]:
    return [phrase.text for phrase in phrases(mine, others, most)]


def test_as_people_write_them() -> None:
    """Phrases are written as the works write them: no stems, hyphens and abbreviations kept, title case taken off."""
    mine = works(
        "Text-to-SQL with LLM Agents",
        "A Benchmark of Text-to-SQL",
        "Mixture-of-Experts and KV Cache",
        "A KV Cache for Mixture-of-Experts",
    )

    assert {"text-to-SQL", "KV cache", "mixture-of-experts"} == set(said(mine))


@pytest.mark.parametrize(
    ("titles", "text", "phrase"),
    [
        (("Kimi K3: The Escalation", "Recap: more on Kimi K3", "Kimi K3 Redraws the Frontier"), "", "Kimi K3"),
        (("DeepSeek-Coder V2 and Trees", "Wan V2 and Rivers", "Wan V2 on Stones"), "", "Wan V2"),
        (("Selective Mamba Layers", "Mamba Layers for Rivers"), "We stack Mamba layers.", "Mamba layers"),
        (("Bayesian Routing", "Bayesian Routing of Ships"), "They compare Bayesian routing.", "Bayesian routing"),
        (("Sparse Attention", "Sparse Attention for Ships"), "Sparse attention skips. Sparse heads.", "sparse attention"),
    ],
)  # fmt: skip
def test_names(titles: tuple[str, ...], text: str, phrase: str) -> None:
    """A name keeps its capital, by the version that follows it or by how texts write it; the first word of a sentence is none."""
    assert phrase in said(works(*titles, text=text))


def test_an_example() -> None:
    """Each phrase has a work that shows it, in whose title it stands if there is one; works of several phrases are no example twice."""
    mine = [
        Written("a", "A router", "Sparse attention skips keys."),
        Written("b", "Sparse attention and reward models"),
        Written("c", "Reward models that fail"),
    ]
    found = {phrase.text: phrase for phrase in phrases(mine, OTHERS)}

    assert ("a", "b") == found["sparse attention"].works
    assert {"sparse attention": "b", "reward models": "c"} == {text: phrase.example for text, phrase in found.items()}


def test_what_any_abstract_says() -> None:
    """What abstracts of any subject say, or what our whole field is about, is no taste; nor what stands in titles of nobody."""
    boilerplate = "We propose large language models that achieve state-of-the-art performance and mitigate failures."
    mine = works("Glass", "Iron", "Copper", text=boilerplate)

    assert [] == said(mine)
    assert [] == said(
        works("LLMs for Large Language Models", "A Large Language Model: LLMs", "Language Models as LLMs")
    )


def test_slogans() -> None:
    """A title's grammar is no subject."""
    mine = works(
        "Attention Is All You Need", "Textbooks Are All You Need", "Do We Really Need It?", "Hyperbole Is All You Need"
    )

    assert [] == said(mine)


def test_too_little() -> None:
    """Of one work nothing is told, nor of two that share a word: it may be chance."""
    assert [] == said(works("Sparse attention revisited"))
    assert [] == said(works("Sparse attention", "Attention sinks"))
    assert [] == said([])


def test_common_elsewhere() -> None:
    """What others say as often is not told."""
    others = [Written(f"other:{n}", f"Sparse attention {n}") for n in range(40)]

    assert [] == said(works("Sparse attention a", "Sparse attention b", "Sparse attention c"), others)


def test_nothing_to_compare_with() -> None:
    """Beside too few others it is what three works share that is told."""
    assert ["sparse attention"] == said(works("Sparse attention a", "Sparse attention b", "On sparse attention"), [])


def test_parts() -> None:
    """A longer phrase takes the place of its parts, and no two phrases say the same."""
    mine = works(*(f"Neural radiance fields {name}" for name in ("indoors", "outdoors", "at night", "at sea")))

    assert ["neural radiance fields"] == said(mine)
    assert [] == phrases(mine, OTHERS, besides=[Phrase("radiance field", ("x",), "x")])


def test_each_says_something_else() -> None:
    """Two subjects of a team both come, though one has many more works."""
    many = [f"Reward models and preference data {n}" for n in range(10)]

    assert {"reward models", "text-to-speech"} <= set(
        said(works(*many, "Text-to-speech one", "Text-to-speech two"), most=3)
    )


def test_standing_in() -> None:
    """A phrase stands in a work in any form of its words."""
    phrase = Phrase("reward models", ("a", "b"), "a")

    assert ["mine:0"] == standing_in(phrase, works("A reward model", "Models of reward"))
