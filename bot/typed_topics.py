"""Topics as people type them: what is none is refused with what would be right, and one in several spellings is kept once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import regex

from bot.ranking.letter_compounds import numbered_name
from bot.ranking.sought_topic import says_something
from bot.spellings import american
from bot.stems import stem
from bot.typed_lists import typed_list

_WORD: Final = regex.compile(r"[\p{L}\p{N}\p{M}+#*&.]+")
_PLAIN: Final = regex.compile(r"[\p{L}\p{M}]+")


_NO_TOPICS: Final = frozenset({"none", "no topics", "nothing", "off", "clear", "empty", "-", "–", "—"})
"""What people write, alone, who want no topics."""


class NoTopic(ValueError):
    """A text that is no topic: `problem` says why, `remedy` what would be right."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem, self.remedy = problem, remedy
        super().__init__(f"{problem}. {remedy}")


def read_topic(text: str) -> str:
    """Read one topic. Raises `NoTopic` for what tells no work from another, like 'the' or an emoji."""
    topic = text.strip()
    if not topic:
        raise NoTopic("a topic without a word", 'Name it, like "agent safety", or leave it out')
    if not says_something(topic):
        works = "is in nearly all works" if regex.search(r"[\p{L}\p{N}]", topic) else "has no word in it"
        raise NoTopic(f"{topic!r} {works}", 'Write what works are about, like "agent safety"')
    return topic


def read_topics(text: str) -> tuple[str, ...]:
    """
    Read topics as a list that people write; none where a word alone says that there shall be none. Raises `NoTopic`.

    >>> read_topics("LLM agents, llm agent, LLM-agents, agents"), read_topics("None.")
    (('LLM agents', 'agents'), ())
    """
    if text.strip().rstrip(".!").casefold() in _NO_TOPICS:
        return ()
    return each_once(map(read_topic, typed_list(text)))


def each_once(topics: Iterable[str]) -> tuple[str, ...]:
    """Give topics, each once and as it is spelt first, however else it is spelt: with capitals, a plural, a hyphen, the British or the American way."""
    found: dict[str, str] = {}
    for topic in topics:
        found.setdefault(spelt_alike(topic), topic)
    return tuple(found.values())


def spelt_twice(text: str) -> Sequence[tuple[str, str]]:
    """
    Give what `read_topics` leaves out of a list, each with the topic that it is another spelling of; what is typed the same is not told.

    >>> spelt_twice("music, musics, music")
    [('musics', 'music')]
    """
    first: dict[str, str] = {}
    return [
        (topic, kept) for topic in typed_list(text) if (kept := first.setdefault(spelt_alike(topic), topic)) != topic
    ]


def spelt_alike(topic: str) -> str:
    """
    Give what the spellings of a topic have in common: the stems of its words. Signs that are part of a word stay: C++ is not C.

    >>> spelt_alike("Modelling LLM-Agents") == spelt_alike("modeling llm agent"), spelt_alike("C++") == spelt_alike("C")
    (True, False)
    >>> {spelt_alike(topic) for topic in ("Llama 3", "llama-3", "Llama3")}
    {'llama3'}
    """
    if numbered := numbered_name(topic):
        return numbered[0]
    words = (word.strip(".") for word in _WORD.findall(american(topic)))
    return " ".join(stem(word) if _PLAIN.fullmatch(word) else word for word in words) or topic
