"""
Protocol of the backtest: for each channel and each week with a work that it chose, rank the week's works from what was known
before.

Every such team-week is ranked with all decisions known before its Monday, and once more as if the team had begun lately: with
its topics and no decision at all, with its latest 3, and with its latest 10. The methods' own figures are of the first kind
alone; the groups by history are of all of them, each by as many decisions as were known.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from bot.backtest.measures import MEASURES, interval, ndcg
from bot.backtest.methods import METHODS, Method, Prepared, Team, Week, noon
from bot.backtest.records import Choice, OwnRecords, RankingSettings, Shown, Work, monday, standing
from bot.ranking.change import REMEMBERED, SETTLED, Answer, answer_to, latest_change
from bot.ranking.question import LOOKS_BACK
from bot.ranking.signals import SHOWN_DIGESTS

GROUPS: Final = ((0, "0"), (1, "1-4"), (5, "5-19"), (20, "20-99"), (100, "100+"))
"""The groups by history: the least number of decisions, and what the group is called."""

SHORT: Final = (0, 3, 10)
"""The histories of a team that began lately, in decisions."""

HISTORY_NEEDED: Final = "svm"
"""The method that without decisions has nothing to rank by: beside topics alone it is shown with its whole history."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One ranking of one week for one team: by which method, with how many decisions known, and how well it did."""

    channel: str
    week: date
    method: str
    history: int
    whole: bool
    measures: Mapping[str, float]
    seconds: float
    by_topics: bool = True
    """Whether the team has topics to rank by."""
    among_shown: float | None = None
    """nDCG@10 among the works of the week that the channel was shown, where it is known which those are, and the channel wanted some of them and not all."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """
    What is to be measured: the works of one track, the decisions on them, the channels' topics and other settings, and what they were shown, if
    that is known. `looks_back` is how far back vocabulary and sample reach, None for as far as the works go.
    """

    works: Sequence[Work]
    choices: Sequence[Choice]
    topics: Mapping[str, Sequence[str]] = field(default_factory=dict)
    start: date | None = None
    end: date | None = None
    shown: Sequence[Shown] = ()
    settings: Mapping[str, RankingSettings] = field(default_factory=dict)
    looks_back: timedelta | None = None

    @classmethod
    def of_own(
        cls, records: OwnRecords, works: Sequence[Work], start: date | None = None, end: date | None = None
    ) -> Backtest:
        """Give that of what is stored, ranked as the digests were: by the channels' settings and as far back as those look. `works` are those of the track."""
        return cls(
            works, records.choices, records.topics, start, end, records.shown, records.settings, looks_back=LOOKS_BACK
        )

    def standing(self) -> list[Choice]:
        """Give what stands of the decisions in the end."""
        return standing(self.choices)

    def channels(self) -> set[str]:
        """Name the channels that decided on anything."""
        return {one.channel for one in self.choices}

    def weeks(self) -> list[date]:
        """The Mondays of the weeks in which a channel chose a work that was seen in that week, oldest first."""
        mondays = {work.key: work.week for work in self.works}
        found = {mondays[one.key] for one in self.standing() if one.chosen and one.key in mondays}
        return sorted(
            week
            for week in found
            if (not self.start or week >= monday(self.start)) and (not self.end or week <= self.end)
        )


def track(works: Iterable[Work], source: str) -> list[Work]:
    """Keep the works of a track: `hf`, those that Hugging Face listed; `all` of them."""
    return [work for work in works if source == "all" or work.source != "arxiv"]


def run(
    backtest: Backtest,
    weeks: Sequence[date],
    methods: Sequence[str] = tuple(METHODS),
    told: Callable[[date], None] = lambda _: None,
) -> list[Trial]:
    """Rank these weeks by these methods. Deterministic but for `seconds`, which is wall time; `told` is called with each week done."""
    built = {name: METHODS[name](backtest.works) for name in methods}
    days = [work.seen for work in backtest.works]
    found = []
    for week in weeks:
        known = bisect_left(days, week)
        until = bisect_left(days, date.fromordinal(week.toordinal() + 7))
        since = week - backtest.looks_back if backtest.looks_back else date.min
        found += _week(backtest, Week(week, range(known), range(known, until), since), built)
        told(week)
    return found


def _week(backtest: Backtest, week: Week, methods: Mapping[str, Method]) -> list[Trial]:
    places = {backtest.works[place].key: row for row, place in enumerate(week.candidates)}
    before = {backtest.works[place].key for place in week.known}
    chosen: dict[str, set[int]] = defaultdict(set)
    histories: dict[str, list[Choice]] = defaultdict(list)
    for choice in standing(choice for choice in backtest.choices if choice.key in places):
        if choice.chosen:
            chosen[choice.channel].add(places[choice.key])
    for choice in standing(choice for choice in backtest.choices if choice.at < week.monday and choice.key in before):
        histories[choice.channel].append(choice)
    shown: dict[str, list[Shown]] = defaultdict(list)
    offered: dict[str, set[int]] = defaultdict(set)
    for one in backtest.shown:
        if one.at < week.monday and one.key in before:
            shown[one.channel].append(one)
        if one.key in places:
            offered[one.channel].add(places[one.key])
    found = []
    for name, method in methods.items():
        began = time.perf_counter()
        prepared = method.prepare(week)
        share = (time.perf_counter() - began) / max(1, len(chosen))
        for channel, wanted in sorted(chosen.items()):
            history, topics = histories[channel], backtest.topics.get(channel, ())
            for size in _histories(len(history), name, topics=bool(topics)):
                settings = backtest.settings.get(channel, RankingSettings())
                team = _team(topics, settings, history, size, shown[channel], week.monday)
                order, seconds = _ranked(prepared, team)
                relevant = [row in wanted for row in order]
                found.append(
                    Trial(
                        channel,
                        week.monday,
                        name,
                        size,
                        whole=size == len(history),
                        measures={each: measure(relevant) for each, measure in MEASURES.items()},
                        seconds=seconds + share,
                        by_topics=bool(topics),
                        among_shown=_among(order, offered[channel], wanted),
                    )
                )
    return found


def _team(
    topics: Sequence[str],
    settings: RankingSettings,
    history: Sequence[Choice],
    size: int,
    shown: Sequence[Shown],
    week: date,
) -> Team:
    """Give what is known of a channel by its latest `size` decisions; where these are not all, as if it was shown nothing before the first of them."""
    cut = len(history) - size
    if cut:
        shown = [one for one in shown if size and one.at >= history[cut].at]
    latest = sorted({one.at for one in shown})[-SHOWN_DIGESTS:]
    hidden = frozenset(one.key for one in history[:cut])
    seen = {one.key: one.at for one in shown if one.at in latest and one.key not in hidden}
    changed = latest_change(_answers(shown, history[cut:], week)).since if settings.explores else None
    explored = frozenset(one.key for one in shown if one.explored)
    return Team(topics, history[cut:], hidden, seen, explored, settings, changed)


def _answers(shown: Sequence[Shown], history: Sequence[Choice], week: date) -> list[Answer]:
    """Say what came of each digest, those of a day as one, oldest first, as far as a digest of this week would know."""
    liked, decided = {one.key for one in history if one.chosen}, {one.key for one in history}
    by_day: dict[date, list[Shown]] = defaultdict(list)
    for one in shown:
        if week - one.at >= SETTLED:
            by_day[one.at].append(one)
    return [
        answer_to(
            noon(day),
            [one.key for one in mine if not one.explored],
            [one.key for one in mine if one.explored],
            liked,
            decided,
        )
        for day, mine in sorted(by_day.items())[-REMEMBERED:]
    ]


def _histories(known: int, method: str, *, topics: bool) -> list[int]:
    """Say with how many of the latest decisions a week is ranked, the whole history first."""
    short = [size for size in SHORT if size < known and (size or (topics and method != HISTORY_NEEDED))]
    return [known, *short]


def _ranked(prepared: Prepared, team: Team) -> tuple[list[int], float]:
    began = time.perf_counter()
    scores = prepared.scores(team)
    seconds = time.perf_counter() - began
    return sorted(range(len(scores)), key=lambda row: (-scores[row], row)), seconds


def _among(order: Sequence[int], shown: set[int], wanted: set[int]) -> float | None:
    """Give nDCG@10 of the order of those that were shown; none where every order of them is as good as any other."""
    relevant = [row in wanted for row in order if row in shown]
    return ndcg(relevant) if any(relevant) and not all(relevant) else None


def document(trials: Sequence[Trial]) -> dict[str, Any]:
    """Give the figures as `backtest --json` prints them; `among_shown` is in them where it is known what was shown."""
    whole = [trial for trial in trials if trial.whole]
    names = [name for name in METHODS if any(trial.method == name for trial in trials)]
    groups = {name: _group(trials, name) for _, name in GROUPS}
    among = {
        name: [one.among_shown for one in whole if one.method == name and one.among_shown is not None] for name in names
    }
    return {
        "weeks": len({trial.week for trial in trials}),
        "channels": len({trial.channel for trial in trials}),
        "methods": {name: _figures([trial for trial in whole if trial.method == name]) for name in names},
        "by_history": {
            group: {name: _figures(of[name]) for name in names if of.get(name)} for group, of in groups.items() if of
        },
        **({"among_shown": {name: _mean(of) for name, of in among.items() if of}} if any(among.values()) else {}),
    }


def _mean(values: Sequence[float]) -> dict[str, Any]:
    mean = round(math.fsum(values) / len(values), 4)
    return {"ndcg@10": mean, "ci": [round(end, 4) for end in interval(values)], "n": len(values)}


def _group(trials: Sequence[Trial], group: str) -> dict[str, list[Trial]]:
    found: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        # Of those without decisions only who has topics: without either there is nothing to measure.
        if group_of(trial.history) == group and (trial.history or trial.by_topics):
            found[trial.method].append(trial)
    if group == GROUPS[0][1] and found:
        weeks = {(trial.channel, trial.week) for of in found.values() for trial in of}
        found[HISTORY_NEEDED] = [
            trial
            for trial in trials
            if trial.method == HISTORY_NEEDED and trial.whole and (trial.channel, trial.week) in weeks
        ]
    return found


def group_of(history: int) -> str:
    """Give the group that so many decisions belong to."""
    return next(name for least, name in reversed(GROUPS) if history >= least)


def _figures(trials: Sequence[Trial]) -> dict[str, Any]:
    values = {name: [trial.measures[name] for trial in trials] for name in MEASURES}
    means = {name: round(math.fsum(of) / len(of), 4) for name, of in values.items()}
    return {
        "ndcg@10": means["ndcg@10"],
        "ci": [round(end, 4) for end in interval(values["ndcg@10"])],
        **{name: mean for name, mean in means.items() if name != "ndcg@10"},
        "n": len(trials),
        "seconds_per_week": round(math.fsum(trial.seconds for trial in trials) / len(trials), 4),
        "intervals": {name: [round(end, 4) for end in interval(of)] for name, of in values.items()},
    }
