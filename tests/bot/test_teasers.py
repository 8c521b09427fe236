"""Teasers: what is shown of a post, a newsletter or a discussion."""

from __future__ import annotations

import pytest

from bot.teasers import teaser

TITLE = "Compact routers for mixtures of experts"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hi all, we trained four routers on one GPU.", "We trained four routers on one GPU."),
        ("Hello everyone! Hey r/MachineLearning, we trained four routers.", "We trained four routers."),
        ("Hey there 👋 The gate is the bottleneck here.", "The gate is the bottleneck here."),
        ("i trained four routers on one GPU.", "I trained four routers on one GPU."),
        ("vLLM uses it. avatarin uses it as well.", "vLLM uses it. avatarin uses it as well."),
        ("avatarin uses it as well.", "avatarin uses it as well."),
        ("High sparsity hurts. Hello World is a test.", "High sparsity hurts. Hello World is a test."),
        ("A new gate for sparse nets Hey everyone. It is a table of signs.", "A new gate for sparse nets. It is a table of signs."),
    ],
)  # fmt: skip
def test_without_a_greeting(text: str, shown: str) -> None:
    """Nobody is greeted on a card, at the beginning of a post or behind its heading; words that begin alike stay."""
    assert teaser(TITLE, text) == shown


@pytest.mark.parametrize(
    "aside",
    [
        "First, I want to clarify that I am not claiming that gates think.",
        "I just wanted to preface this by saying that I am no expert.",
        "Disclaimer: I work there.",
        "Edit: typo fixed.",
        "Sorry for the long post!",
        "Long time lurker here.",
        "Not sure if this is the right place.",
        "English isn't my first language.",
        "Any feedback is very welcome.",
        "This is the project my last two posts were building towards.",
        "It’s been around six months since I last posted here.",
        "I've been working on this for the last few months.",
        "Thanks in advance!",
        "Welcome to The Letter, a newsletter about gates.",
        "If you’d like to support this, please subscribe.",
    ],
)
def test_without_asides(aside: str) -> None:
    """What is said of the post itself, or to its readers, makes way for what the post says."""
    assert teaser(TITLE, f"{aside} The gate is a table of signs.") == "The gate is a table of signs."


@pytest.mark.parametrize(
    "told",
    [
        "Thanks to a new gate, experts cost nothing.",
        "Moderators are networks that route tokens.",
        "Context-aware gates route tokens.",
        "Note-taking agents route tokens.",
        "Sorry-Bench measures what gates refuse.",
        "English is not the only language of gates.",
        "Throwaway keys route tokens.",
        "It's been ten years since AlexNet routed tokens.",
        "If you want few parameters, shared gates route tokens.",
        "Abstract-level plans route tokens.",
        "The TLDR-bench corpus has gates that route tokens.",
    ],
)
def test_what_begins_like_an_aside(told: str) -> None:
    """A sentence about the subject stays, though its first words might begin an aside."""
    assert teaser(TITLE, told) == told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Update: the model is now on 7B.", "The model is now on 7B."),
        ("Update 2: we released the weights of all gates.", "We released the weights of all gates."),
        ("Background: sparse nets are slow.", "Sparse nets are slow."),
        ("Quick note - fixed points are no gates.", "Fixed points are no gates."),
        ("Note: I am no expert. The gate is a table of signs.", "The gate is a table of signs."),
        ("Update: fixed the link. The gate is a table of signs.", "The gate is a table of signs."),
        ("Context: my English is bad. The gate is a table of signs.", "The gate is a table of signs."),
        ("Update: thanks for all comments! The gate is a table of signs.", "The gate is a table of signs."),
        ("Note: the title is wrong. The gate is a table of signs.", "The gate is a table of signs."),
        ("Mods, this is my work. The gate is a table of signs.", "The gate is a table of signs."),
        ("Thanks to everyone who wrote. The gate is a table of signs.", "The gate is a table of signs."),
    ],
)
def test_a_word_before_a_sentence(text: str, shown: str) -> None:
    """Of an update, a note and the background the word goes, and with it what is said of the post or its author alone."""
    assert teaser(TITLE, text) == shown


def test_nothing_but_asides() -> None:
    """A card says nothing rather than only an excuse."""
    assert teaser(TITLE, "First, I want to clarify that gates do not think. For fun, I…") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("TL;DR: The gate is a table of signs.", "The gate is a table of signs."),
        ("Gates are slow. The reason is unclear. TLDR - we replace the gate by a table of signs.", "We replace the gate by a table of signs."),
        ("Gates are slow enough for us. TL;DR: yes", "Gates are slow enough for us. TL;DR: yes"),
        ("Abstract: The gate is a table of signs.", "The gate is a table of signs."),
    ],
)  # fmt: skip
def test_summed_up_by_its_author(text: str, shown: str) -> None:
    """Who sums a post up is quoted from there, without the label."""
    assert teaser(TITLE, text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Repo with dataset links: https://github.com/ada/gates The gate is a table of signs.", "The gate is a table of signs."),
        ("The gate is a table of signs. Code: https://github.com/ada/ga…", "The gate is a table of signs."),
        ("https://preview.redd.it/1.png?width=681&s=f5 Does anyone know these peaks?", "Does anyone know these peaks?"),
        ("The gate is a table of signs https://t.co/abc", "The gate is a table of signs"),
        ("So we built:https://gates.example It maps all towns.", "So we built: gates.example. It maps all towns."),
        ("The gates of https://www.gates.example/a?b=c, and ours, are signs.", "The gates of gates.example, and ours, are signs."),
        ("The paper Learning to see: https://arxiv.org/abs/1 shows that gates work.", "The paper Learning to see shows that gates work."),
        ("The paper: https://arxiv.org/abs/1 shows that gates work.", "The paper shows that gates work."),
        ("Here the model forgets its keys: https://gates.example It maps towns.", "Here the model forgets its keys: gates.example. It maps towns."),
        ("I built a demo: https://gates.example It maps towns.", "I built a demo: gates.example. It maps towns."),
        ("Full paper: https://arxiv.org/abs/1 The gate is a table of signs.", "The gate is a table of signs."),
        ("Code: https://github.com/ada/gates i trained four routers.", "I trained four routers."),
        ("A page of https://a℀b.example/x is no address.", "A page of is no address."),
    ],
)  # fmt: skip
def test_without_addresses(text: str, shown: str) -> None:
    """An address is not read; where the sentence needs it, its host's name stands for it."""
    assert teaser(TITLE, text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Compact routers for mixtures of experts. The gate is a table of signs.", "The gate is a table of signs."),
        ("Compact routers for mixtures of experts.", ""),
        ("Compact routers for mixtures of experts. It is a table of signs.", "It is a table of signs."),
        ("Are compact routers for experts worse? Does it hurt experts?", "Are compact routers for experts worse? Does it hurt experts?"),
        ("The gate is a table of signs. It makes compact routers for experts.", "The gate is a table of signs. It makes compact routers for experts."),
    ],
)  # fmt: skip
def test_the_title_is_not_said_again(text: str, shown: str) -> None:
    """A first sentence that repeats the title is left out, unless the next one leans on it."""
    assert teaser(TITLE, text) == shown


def test_what_its_author_made() -> None:
    """Where a post only leads up to what its author made, that sentence begins; an editor's first sentences stay."""
    text = "Language models are good. Speech models are good. Put together they read no dates. So I built a normaliser. It takes a millisecond. And so on."

    assert teaser(TITLE, text, of_a_post=True) == "So I built a normaliser. It takes a millisecond."
    assert teaser(TITLE, text) == "Language models are good. Speech models are good. Put together they read no dates."


def test_short_sentences() -> None:
    """Two short sentences have a third beside them; after two of the usual length it stops."""
    short = "In a factored model the loss is invariant. Gradient descent respects that. Adam does not. And so on."
    usual = f"The gate is {'a table of many signs and ' * 4}no more. It learns. It rests."

    assert (
        teaser(TITLE, short)
        == "In a factored model the loss is invariant. Gradient descent respects that. Adam does not."
    )
    assert teaser(TITLE, usual).endswith("no more. It learns.")


def test_what_was_cut_off() -> None:
    """A second sentence of which a few words are left says nothing."""
    assert teaser(TITLE, "The gate is a table of signs. SSOG (Sum Of…") == "The gate is a table of signs."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The Batch AI News and Insights: There will be no jobpocalypse.", "There will be no jobpocalypse."),
        (
            "The Batch told this first. The rest: silence is golden here.",
            "The Batch told this first. The rest: silence is golden here.",
        ),
    ],
)
def test_without_its_publishers_name(text: str, shown: str) -> None:
    """What a newsletter puts before every issue is not said again."""
    assert teaser(TITLE, text, publisher="The Batch") == shown
