"""
What exploration costs and what it finds: 52 simulated weeks of one team's digest, with and without.

    python benchmarks/explore.py [--first 0] [--seeds 8] [--out docs]

A week brings fifty works of ten fields, each with words of its own. The team likes two fields; every week it is shown twelve works, ranked by
`bot.ranking.interest` on what it liked before, and marks three in five of those that are of its fields and
skips one in ten of the others. With exploration a fifth of the twelve is drawn
by `bot.ranking.exploration`. At week 26 the team's interest moves to two fields that it had no decision on (`moving`), or it does not (`still`).
Recall is the part of the week's works of its fields that the digest shows, of what twelve places can show. Printed: the weeks until the new
interest reaches half of its attainable recall (four weeks' mean), the same for an explorer who is told when it moves and to which fields, as
the bound of what so many places can do, and what exploration costs where nothing moves; means over seeds. With
`--out`, the curves as PNG (matplotlib, which Paper Round itself does without).
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

from bot.model import Item, ItemKind, Meaning, Score, Section
from bot.ranking.change import LOOKING_AROUND, Answer, Change, latest_change
from bot.ranking.corpus import Corpus
from bot.ranking.exploration import MARGIN, explore
from bot.ranking.interest import interest
from bot.ranking.profile import Profile
from bot.ranking.ranked import Ranked
from bot.ranking.sampling import sampled
from bot.ranking.signals import LIKED, Voice, signals
from bot.ranking.terms import Terms, Tokenizer
from bot.ranking.weights import REACHED

WEEKS: Final = 52
MOVES: Final = 26
FIELDS: Final = 10
PER_WEEK: Final = 50
SHOWN: Final = 12
MARKING: Final = 0.6
SKIPPING: Final = 0.1
SHARE: Final = 0.2
HALF_LIFE: Final = timedelta(weeks=4)
START: Final = datetime(2026, 1, 5, tzinfo=UTC)
EVERYDAY: Final = [f"common{n}" for n in range(200)]


@dataclass
class Team:
    """What a team was shown and marked."""

    voices: list[Voice] = field(default_factory=list)
    shown: dict[str, datetime] = field(default_factory=dict)
    explored: set[str] = field(default_factory=set)
    answers: list[Answer] = field(default_factory=list)


@dataclass(frozen=True)
class Work:
    item: Item
    field: int
    terms: Terms


def works(seed: int) -> list[list[Work]]:
    """Give each week's works."""
    chance, tokenizer = random.Random(seed), Tokenizer()
    vocabulary = [[f"field{n}word{m}" for m in range(60)] for n in range(FIELDS)]
    weeks = []
    for week in range(WEEKS):
        found = []
        for number in range(PER_WEEK):
            mine, other = chance.randrange(FIELDS), chance.randrange(FIELDS)
            said = [
                *chance.choices(vocabulary[mine], k=16),
                *chance.choices(vocabulary[other], k=4),
                *chance.choices(EVERYDAY, k=40),
            ]
            chance.shuffle(said)
            title, abstract = " ".join(said[:6]), " ".join(said)
            item = Item(
                key=f"arxiv:{week}/{number}", kind=ItemKind.PAPER, section=Section.PAPERS, title=title, url="https://arxiv.org",
                abstract=abstract, published=START + week * timedelta(weeks=1),
            )  # fmt: skip
            found.append(Work(item, mine, tokenizer.terms(title, abstract, ())))
        weeks.append(found)
    return weeks


@dataclass(frozen=True)
class Known:
    """A week's corpus, and where works stand in it, by key."""

    corpus: Corpus
    places: dict[str, int]


@functools.cache
def world(seed: int) -> tuple[list[list[Work]], dict[int, Known]]:
    """Give each week's works, and each week's corpus: its own works after those of the eight weeks before, in which topics and likes look around."""
    weeks = works(seed)
    corpora = {}
    for number in range(3, WEEKS):
        before = [work for week in weeks[max(0, number - 8) : number] for work in week]
        everything = [*before, *weeks[number]]
        terms = [work.terms for work in everything]
        sample = sampled([work.item.key for work in everything])
        places = {work.item.key: place for place, work in enumerate(everything)}
        corpora[number] = Known(Corpus.of(terms, terms, range(len(before)), sample), places)
    return weeks, corpora


def recalls(seed: int, share: float, *, moving: bool, knowing: bool = False) -> list[float]:
    """Give the recall of each week. Who is `knowing` is told when the interest moves and to which fields, and draws from these alone."""
    (weeks, corpora), chance, team = world(seed), random.Random(f"{seed}/team"), Team()
    known: dict[str, Terms] = {}
    before = {0, 1}
    for number, week in enumerate(weeks[:3]):  # what the team brought along: a list of works that it liked
        for work in week:
            known[work.item.key] = work.terms
            if work.field in before:
                team.voices.append(Voice("U1", work.item.key, 1.0, START + number * timedelta(weeks=1)))
    found = []
    for number in range(3, WEEKS):
        wanted = {2, 3} if moving and number >= MOVES else before
        now = START + number * timedelta(weeks=1)
        told = (START + MOVES * timedelta(weeks=1), wanted) if knowing and number > MOVES else None
        shown = digest(team, corpora[number], weeks[number], known, now, share, f"{seed}/{number}", told)
        before_it, marked = len(team.voices), 0
        for work in shown:
            team.shown[work.item.key] = now
            known[work.item.key] = work.terms
            if work.field in wanted and chance.random() < MARKING:
                team.voices.append(Voice("U1", work.item.key, 1.0, now))
                marked += work.item.key not in team.explored
            elif work.field not in wanted and chance.random() < SKIPPING:
                team.voices.append(Voice("U1", work.item.key, LIKED[Meaning.SKIP], now))
        chosen = sum(work.item.key not in team.explored for work in shown)
        team.answers.append(Answer(now, chosen, marked, answered=len(team.voices) > before_it))
        there = sum(work.field in wanted for work in weeks[number])
        found.append(sum(work.field in wanted for work in shown) / min(SHOWN, there))
    return found


def digest(
    team: Team,
    known_of: Known,
    week: Sequence[Work],
    known: dict[str, Terms],
    now: datetime,
    share: float,
    seed: str,
    told_of: tuple[datetime, set[int]] | None = None,
) -> list[Work]:
    """
    Choose the week's works: the nearest to what the team liked, and a share of those that are not near.

    `told_of` is when the interest changed and to which fields, for an explorer who is told.
    """
    recent = {key: at for key, at in team.shown.items() if now - at <= timedelta(weeks=8)}
    change = Change(told_of[0]) if told_of else latest_change(team.answers) if share else Change()
    told = signals(team.voices, recent, now, HALF_LIFE, team.explored, change.since)
    profile = Profile(
        signals=told,
        works=[known[signal.key] for signal in told],
        places=[known_of.places.get(signal.key, -1) for signal in told],
    )
    last = known_of.corpus.rows.shape[0]
    scores = interest(known_of.corpus, profile, range(last - len(week), last)).scores
    order = sorted(range(len(week)), key=lambda place: (-scores[place], week[place].item.key))
    exploring = round((max(share, LOOKING_AROUND) if change.suspected else share) * SHOWN)
    picks = [week[place] for place in order[: SHOWN - exploring]]
    by_key = {work.item.key: work for work in week}
    outside = [
        Ranked.of(week[place].item, Score(value=float(scores[place])), on_topic=False, interest=float(scores[place]))
        for place in order[SHOWN - exploring :]
        if scores[place] < REACHED and (not told_of or week[place].field in told_of[1])
    ]
    drawn = [
        by_key[one.ranked.item.key]
        for one in explore(outside, exploring, seed, margin=0.0 if change.suspected else MARGIN)
    ]
    team.explored |= {work.item.key for work in drawn}
    return [*picks, *drawn]


def smooth(values: Sequence[float], width: int = 4) -> list[float]:
    return [statistics.fmean(values[max(0, n - width + 1) : n + 1]) for n in range(len(values))]


def weeks_to_half(curve: Sequence[float]) -> int:
    """Weeks after the move until the four weeks' mean reaches half of what can be attained; as many as there are, if never."""
    after = curve[MOVES - 3 :]
    reached = (n + 1 for n in range(len(after)) if statistics.fmean(after[max(0, n - 3) : n + 1]) >= 0.5)
    return next(reached, len(after))


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    options.add_argument("--first", type=int, default=0, help="the first seed")
    options.add_argument("--seeds", type=int, default=8, help="how many")
    options.add_argument(
        "--out", type=Path, help="a folder for the curves; wants matplotlib, which is not installed otherwise"
    )
    given = options.parse_args()
    if given.out and not find_spec("matplotlib"):
        options.error("--out draws with matplotlib, which is not installed. Try: .venv/bin/pip install matplotlib")
    seeds = range(given.first, given.first + given.seeds)
    runs = {
        (moving, share): [recalls(seed, share, moving=moving) for seed in seeds]
        for moving in (True, False)
        for share in (0.0, SHARE)
    }
    without, with_it = ([weeks_to_half(run) for run in runs[True, share]] for share in (0.0, SHARE))
    print(f"The interest moves: half of the recall after {statistics.fmean(with_it):.1f} weeks with exploration, {statistics.fmean(without):.1f} without "
          f"({statistics.fmean(without) / statistics.fmean(with_it):.1f} times as long); at most {WEEKS - MOVES} weeks were looked at.")  # fmt: skip
    knowing = [weeks_to_half(recalls(seed, SHARE, moving=True, knowing=True)) for seed in seeds]
    print(f"An explorer who is told when it moves and to which fields: {statistics.fmean(knowing):.1f} weeks.")
    still = {share: statistics.fmean(statistics.fmean(run[5:]) for run in runs[False, share]) for share in (0.0, SHARE)}
    print(
        f"Nothing moves: recall {still[SHARE]:.3f} with exploration, {still[0.0]:.3f} without: it costs {1 - still[SHARE] / still[0.0]:.1%}."
    )
    if given.out:
        draw(runs, given.out)


def draw(runs: dict[tuple[bool, float], list[list[float]]], folder: Path) -> None:
    """Draw the curves."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
    for axis, moving in zip(axes, (True, False), strict=True):
        for share, colour in ((0.0, "#8a8a8a"), (SHARE, "#2a6f97")):
            mean = [statistics.fmean(week) for week in zip(*runs[moving, share], strict=True)]
            axis.plot(range(3, WEEKS), smooth(mean), color=colour, label=f"explore = {share:g}")
        axis.set_title("The interest moves at week 26" if moving else "Nothing moves")
        axis.set_xlabel("week")
        axis.set_ylim(0, 1.02)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("recall of 12 places, four weeks' mean")
    axes[1].legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(folder / "ranking-exploration.png", dpi=110)


if __name__ == "__main__":
    main()
