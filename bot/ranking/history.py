"""
History of a ranked week: which works say what counts in it. One rule for the digests and for the backtest, so that what is measured is what is
delivered. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from bot.ranking.corpus import Corpus
from bot.ranking.sampling import sampled
from bot.ranking.terms import Terms

KNOWN: Final = 20_000
"""
Works of before the week from which vocabulary and sample come, the latest; of arXiv's computer science with all that a week brings beside it
these are some nine weeks. More of them did no better in the backtest; where a week brings a hundred, fewer weeks than these did worse.
"""

FEEDBACK_SPAN: Final = timedelta(weeks=8)
"""How far back the works are still read, in which topics look for feedback."""


def corpus_of(keys: Sequence[str], terms: Sequence[Terms], days: Sequence[date], week: date) -> Corpus:
    """
    Prepare works, in the order given, for the ranking of those first seen on `week`, a day, or later; `days` are when each was first seen.

    Vocabulary, sample and feedback are of what was known before that day. Where that is less than what came since, as in the first week of an
    installation, all of it counts.
    """
    everything = range(len(keys))
    before = [place for place in everything if days[place] < week]
    known: Sequence[int] = everything
    if 2 * len(before) >= len(keys):
        known = sorted(sorted(before, key=lambda place: (days[place], keys[place]))[-KNOWN:])
    since = week - FEEDBACK_SPAN
    recent = [place for place in known if days[place] >= since] or known
    sample = [known[place] for place in sampled([keys[place] for place in known])]
    return Corpus.of([terms[place] for place in known], terms, recent, sample)
