from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from bot.following import MOST, in_passing, in_words, matches, muted, prominence, read_wish, read_wishes, reason_of
from bot.model import ItemKind
from tests.factories import item

WORK = item(
    title="World Models, Sparsely",
    abstract="A router skips keys.",
    authors=("Percy Liang", "Jürgen Schmidhuber", "Liu"),
    institutions=("Google DeepMind",),
    tags=("state space models",),
)


@pytest.mark.parametrize(
    ("wish", "met"),
    [
        ("author:Percy Liang", True),
        ("author:P. Liang", True),
        ("author:liang", True),
        ("author:Percy", False),
        ("author:Peter Liang", False),
        ("author:Paul Liu", False),
        ("author:Jürgen Schmidhuber", True),
        ("lab:DeepMind", True),
        ("lab:Mind", False),
        ("lab:deepmind google", False),
        ("word:world models", True),
        ("word:world-models", True),
        ("word:model", True),
        ("word:world", True),
        ("word:or", False),
        ("word:sparsely routed", False),
        ("word:state space models", True),
        ("source:arxiv", True),
        ("source:reddit", False),
    ],
)
def test_matches(wish: str, met: bool) -> None:  # noqa: FBT001 - a table
    """A wish is met by whole words, a name by its last word and what is given of the first ones, a source by its id."""
    assert ((wish,) if met else ()) == matches(WORK, [wish])


@pytest.mark.parametrize(
    ("text", "wish"),
    [("Author: Percy  Liang", "author:Percy Liang"), ("labs:OpenAI", "lab:OpenAI"), ("word: RLHF: a word", "word:RLHF: a word"), ("著者", "word:著者"), ("author：山田", "author:山田"), ("2:4 sparsity", "word:2:4 sparsity"), ("x", "word:x")],
)  # fmt: skip
def test_reading(text: str, wish: str) -> None:
    """A wish is written with what it is, or is a word."""
    assert wish == read_wish(text)


@pytest.mark.parametrize("text", ["author:", "...", "word: " + "x" * 81, ",".join(f"w{n}" for n in range(MOST + 1))])
def test_what_is_none(text: str) -> None:
    """What names nothing, or is endless, is refused with what would be right."""
    with pytest.raises(ValueError, match="Write"):
        read_wishes(text)


def test_reading_many() -> None:
    """Wishes are parted by commas, and each counts once."""
    assert ("author:A B", "word:c") == read_wishes("author: A B, c, , c")


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("authors: A B; word: x", ("author:A B", "word:x")),
        ("authors: A B, C D, lab: E, f", ("author:A B", "author:C D", "lab:E", "word:f")),
        ("author: A B, c", ("author:A B", "word:c")),
        ("author: A B\nsource: arxiv", ("author:A B", "source:arxiv")),
        ("Percy Liang, word: percy  liang", ("word:Percy Liang",)),
        ("CLIP, clip, Clips", ("word:CLIP", "word:clip", "word:Clips")),
        ("US", ("word:US",)),
    ],
)
def test_as_people_write(text: str, wishes: tuple[str, ...]) -> None:
    """Commas, semicolons and lines part wishes, a plural holds for those behind it, and one spelt twice is one."""
    assert wishes == read_wishes(text)


@pytest.mark.parametrize("word", ["the", "of the", "And"])
def test_a_word_that_tells_nothing(word: str) -> None:
    """A word that stands in nearly every work is refused, may be taken away, and mutes nothing where it was kept before."""
    with pytest.raises(ValueError, match="Write what works are about"):
        read_wishes(f"word: {word}")

    assert (f"word:{word}",) == read_wishes(word, to_keep=False)
    assert () == matches(item(title="Of the And", abstract=""), (f"word:{word}",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "autor: Percy Liang",
            "There is no 'autor:'. Write author:, lab:, word: or source:. Did you mean author: Percy Liang?",
        ),
        ("Institution: Google", "Did you mean lab: Google?"),
        ("keywords: agents", "Did you mean word: agents?"),
        ("words: a b, surce: arxiv", "Did you mean source: arxiv?"),
        ("RLHF: a survey", "A word with a colon in it is written word: RLHF: a survey"),
    ],
)
def test_a_kind_that_is_none(text: str, words: str) -> None:
    """A mistyped kind is told, with the one that is meant, and is no word; what was kept so before can be taken away."""
    with pytest.raises(ValueError, match="There is no") as refused:
        read_wishes(text)

    assert words in str(refused.value)
    assert f"word:{text.partition(', ')[2] or text}" in read_wishes(text, to_keep=False)


def test_muting() -> None:
    """Without wishes everything stays; a muted work goes."""
    assert [WORK] == muted([WORK], ())
    assert [] == muted([WORK], ("lab:google",))


@pytest.mark.parametrize(
    ("word", "title", "met"),
    [
        ("agent", "LLM Agents at work", True),
        ("agent", "Agentic coding", True),
        ("agents", "One agent", True),
        ("LLM agent", "LLM agents", True),
        ("diffusion model", "Diffusion Models", True),
        ("quantization", "Quantized networks", True),
        ("agent", "Reagents in chemistry", False),
        ("crypto", "Cryptography", False),
        ("CLIP", "Two CLIPs", True),
        ("CLIP", "CLIP-like encoders", True),
        ("CLIP", "A video clip", False),
        ("CLIP", "Video clips", False),
        ("CT", "PET/CT of the chest", True),
        ("CT", "Script unification of the CTS", False),
        ("CT", "A bound of ct", False),
        ("US", "What the model tells us", False),
        ("IT", "It works", False),
        ("GPT-4", "gpt-4 compared", False),
        ("GPT-4", "GPT-4 compared", True),
        ("R", "An r package", True),
        ("CLIP", "Gradient clipping", False),
        ("RAG", "RAGs compared", True),
        ("US", "U-Net", False),
        ("tying", "Weights that are tied", True),
        ("skies", "A sky of stars", True),
        ("happiness", "Happy agents", True),
        ("GANs", "A GAN", True),
        ("LLM agent", "LLMs as agents", False),
        ("GPT 4", "GPT-4 compared", True),
        ("Gauß", "On Gauß processes", True),
        ("gauss", "On Gauß processes", True),
        ("Straße", "STRASSE und Weg", True),
        ("İstanbul", "Maps of İstanbul", True),
        ("efficient", "An e\ufb03cient router", True),
        ("flow matching", "\ufb02ow matching again", True),
        ("Gauß", "Reden über Gaußsche Kurven", False),
    ],
)
def test_forms_of_a_word(word: str, title: str, met: bool) -> None:  # noqa: FBT001 - a table
    """A word is met in its plural and in what is made of it, else a mute would let the plural through; an abbreviation as it is written, and in its plural."""
    assert ([] if met else [1]) == [1 for _ in muted([item(title=title, abstract="")], (f"word:{word}",))]


def test_keeps_no_text() -> None:
    """Looking for words leaves nothing of the texts behind, however many there are."""
    texts = [f"Work {n} on agentic agents and CLIPs" for n in range(100)]
    before = [sys.getrefcount(text) for text in texts]
    assert 100 == sum(bool(matches(item(title=text), ("word:agent", "word:CLIP"))) for text in texts)

    assert before == [sys.getrefcount(text) for text in texts]


def test_a_word_said_twice_in_two_forms() -> None:
    """Two forms side by side are two mentions."""
    assert not in_passing(item(title="Bandits", abstract="Agentic agents."), "word:agent")


def test_words() -> None:
    """Why a followed work is here is said by the source's name, and a wish is shown as it was written."""
    assert "in arXiv, which you follow" == reason_of("source:arxiv", {"arxiv": "arXiv"})
    assert "author: Percy Liang" == in_words("author:Percy Liang")


def test_in_passing() -> None:
    """A word that stands once in an abstract is mentioned in passing; in a title, among the keywords or twice it is what the work is about."""
    once, twice = (
        item(title="Bandits", abstract="A bound on quantization."),
        item(title="Bandits", abstract="Quantization, and quantization again."),
    )

    assert in_passing(once, "word:quantization")
    assert not in_passing(twice, "word:quantization")
    assert not in_passing(item(title="On Quantization", abstract=""), "word:quantization")
    assert not in_passing(item(title="Bandits", abstract="", tags=("quantization",)), "word:quantization")
    assert not in_passing(once, "author:Ada B")


def test_machine_made_keywords() -> None:
    """Of a paper whose abstract is known no keyword makes a mention more: it comes before nothing, and is told last. A post's keywords are its author's own."""
    abstract, tags = "It plans on a diffusion backbone.", ("video diffusion model", "diffusion transformer")
    paper = item(title="AtlasVLA", abstract=abstract, tags=tags)
    caching = item(title="BAG", abstract="Diffusion is slow, so diffusion is cached.")

    assert in_passing(paper, "word:diffusion")
    assert prominence(paper, "word:diffusion") < prominence(caching, "word:diffusion")
    assert not in_passing(replace(paper, kind=ItemKind.POST), "word:diffusion")
