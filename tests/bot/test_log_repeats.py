"""Sentences that strangers can cause are logged once a minute."""

from __future__ import annotations

import logging

from bot.log_repeats import OnceAMinute


def record(sentence: str, *facts: object, error: BaseException | None = None, **extra: object) -> logging.LogRecord:
    """A warning, or an error with its traceback."""
    level, trace = (logging.ERROR, (type(error), error, error.__traceback__)) if error else (logging.WARNING, None)
    made = logging.LogRecord("strangers", level, "", 0, sentence, facts, trace)
    made.__dict__.update(extra)
    return made


def raised(kind: type[Exception]) -> Exception:
    """An error that was raised, always at the same place."""

    def fail() -> None:
        raise kind

    try:
        fail()
    except kind as error:
        return error


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_once_a_minute() -> None:
    """The first passes; the next one after a minute says how many did not, whatever the facts in the sentence were."""
    clock = Clock()
    once = OnceAMinute(now=clock)
    passed = [once.filter(record("refused %s", number)) for number in range(5)]
    clock.now = 60.0
    later = record("refused %s", 6)

    assert [True, False, False, False, False] == passed
    assert (True, 4) == (once.filter(later), later.left_out)


def test_sentences_apart() -> None:
    """Another sentence, and the same with another error, are told all the same."""
    once = OnceAMinute(now=Clock())

    assert once.filter(record("one"))
    assert once.filter(record("another"))
    assert once.filter(record("failed", error=raised(ValueError)))
    assert not once.filter(record("failed", error=raised(ValueError)))
    assert once.filter(record("failed", error=raised(KeyError)))


def test_quiet_ones_pass() -> None:
    """What is below a warning is not ours to hold back, and neither are other actions than those named."""
    once = OnceAMinute(actions={"unsigned"}, now=Clock())
    told = logging.LogRecord("strangers", logging.INFO, "", 0, "told", (), None)

    assert [True] * 3 == [once.filter(told) for _ in range(3)]
    assert [True] * 3 == [once.filter(record("other", action="other")) for _ in range(3)]
    assert [True, False] == [once.filter(record("unsigned", action="unsigned")) for _ in range(2)]


def test_bounded() -> None:
    """However many sentences there are, few are remembered."""
    once = OnceAMinute(now=Clock())
    for number in range(1000):
        once.filter(record(f"sentence {number}"))

    assert len(once._told) <= 100
