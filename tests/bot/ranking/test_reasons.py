"""Reasons of a score: put into words when somebody looks, and once."""

from bot.model import Reason
from bot.ranking.reasons import Reasons, names_of

WEAK = Reason(name="freshness", text="new on Friday", weight=0.01)
DAMPED = Reason(name="marketing", text="reads like marketing", weight=-0.4)


def test_names_are_known_before_the_words() -> None:
    asked: list[int] = []

    def in_words() -> list[Reason]:
        asked.append(1)
        return [WEAK, DAMPED]

    reasons = Reasons(frozenset({"rare"}), in_words)
    assert names_of(reasons) == {"rare"}
    assert not asked
    assert tuple(reasons) == (DAMPED, WEAK), "strongest first, whatever its sign"
    assert reasons[:1] == (DAMPED,)
    assert len(asked) == 1


def test_names_of_reasons_in_words_are_all_of_them() -> None:
    assert names_of((WEAK, DAMPED)) == {"freshness", "marketing"}
