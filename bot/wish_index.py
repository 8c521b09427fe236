"""Wish index: which of many channels may want a work, found by its authors and words and not by asking each of them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from bot.following import terms_of_wish


class WishIndex:
    """
    What channels wish for, by the terms that works have which meet it (`bot.following.terms_of`).

    What it finds may still not be met: `bot.following.matches` decides. What it does not find is not met.
    """

    def __init__(self) -> None:
        self._wishes: dict[str, tuple[str, ...]] = {}
        self._channels: defaultdict[str, set[str]] = defaultdict(set)
        self._by_term: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)

    def put(self, channel: str, wishes: Sequence[str]) -> None:
        """Note what a channel wishes for, in place of what was noted of it; nothing where it wishes for nothing any more."""
        for wish in self._wishes.pop(channel, ()):
            self._channels[wish].discard(channel)
            if not self._channels[wish]:
                del self._channels[wish]
                if terms := terms_of_wish(wish):
                    del self._by_term[_rarest(terms)][wish]
        for wish in wishes:
            self._channels[wish].add(channel)
            if terms := terms_of_wish(wish):
                self._by_term[_rarest(terms)][wish] = terms
        if wishes:
            self._wishes[channel] = tuple(dict.fromkeys(wishes))

    def near(self, terms: AbstractSet[str]) -> list[str]:
        """Give the wishes, each once, that a work of these terms may meet."""
        here = terms & self._by_term.keys()
        return sorted(wish for term in here for wish, wanted in self._by_term[term].items() if wanted <= terms)

    def wishing(self, wish: str) -> AbstractSet[str]:
        """Give the names of the channels that wish for it."""
        return self._channels.get(wish, set())


def _rarest(terms: Iterable[str]) -> str:
    """The term by which a wish is looked up: long words stand in fewer works than short ones."""
    return max(terms, key=lambda one: (len(one), one))
