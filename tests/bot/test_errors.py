"""Errors speak to people."""

from __future__ import annotations

import inspect

import pytest

from bot import errors
from bot.errors import ChatError, ChatRefused, ChatUnsettled, Fault, PaperRoundError, SettingsError, SourceError


def test_one_root() -> None:
    """Every error we raise on purpose can be caught by one name."""
    classes = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Exception)]

    assert [one for one in classes if not issubclass(one, PaperRoundError)] == []


def test_every_error_stands_in_the_tree() -> None:
    """The tree at the head of the file names every class."""
    tree = errors.__doc__ or ""
    names = [name for name, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Exception)]

    assert [name for name in names if name not in tree] == []


def test_a_fault_names_key_problem_and_remedy() -> None:
    """A fault reads as one line: the key, what is wrong, what would be right."""
    fault = Fault("web.port", "too large", "Use a port up to 65535")

    assert str(fault) == "web.port: too large. Use a port up to 65535"


@pytest.mark.parametrize(("count", "words"), [(1, "has 1 fault:"), (2, "has 2 faults:")])
def test_faults_are_counted(count: int, words: str) -> None:
    """The report says how many faults there are, one fault in the singular."""
    error = SettingsError((Fault("key", "wrong", "Right"),) * count)

    assert words in str(error)
    assert len(str(error).splitlines()) == count + 1


def test_the_subject_is_an_attribute() -> None:
    """Who failed and why can be read without taking the sentence apart."""
    error = SourceError("arxiv", "answered 503", retry_after=30.0)

    assert (error.source_id, error.reason, error.retry_after, error.gone) == ("arxiv", "answered 503", 30.0, False)
    assert str(error) == "arxiv: answered 503"


@pytest.mark.parametrize("kind", [ChatUnsettled, ChatRefused])
def test_kinds_of_chat_error(kind: type[ChatError]) -> None:
    """An unsettled message and a refused one are both errors of the chat, with their platform."""
    error = kind("slack", "timed out")

    assert isinstance(error, ChatError)
    assert (error.platform, str(error)) == ("slack", "slack: timed out")
