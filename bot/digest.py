"""
Choose what fits the team's reading time: ranked items become a digest. Pure.

The budget is a knapsack: each card costs a minute for looking and a part of its reading time (`bot.budget`). It is shared out over the
sections first, so that a week of six hundred papers does not drown the one newsletter; what a section leaves over goes to the papers, then
to the rest. Within a section the next pick is the one with the most value for its cost, less what it repeats of those picked already
(`bot.diversity`). The last of the papers give their place to exploration, which comes at the end and says that it is one.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from bot.budget import FIRST_RATE, MOST_CARDS, card_cost
from bot.coverage import Coverage
from bot.diversity import Likeness
from bot.exploration import outside_reason, own_fields
from bot.following import in_passing, matches, muted, reason_of
from bot.model import Channel, Digest, Item, LeftOut, Pick, Reason, Section, SourceReport, SourceStatus, Window
from bot.ranking import DAMPING, Ranked
from bot.ranking.exploration import Drawn
from bot.ranking.exploration import explore as draw
from bot.text import counted, cut, reading_minutes

SHARES: Final[Mapping[Section, float]] = {
    Section.PAPERS: 0.54,
    Section.LABS: 0.20,
    Section.NEWSLETTERS: 0.16,
    Section.COMMUNITY: 0.10,
}
"""How the budget is shared out. Each section gets its best pick first, even where that costs more than its share."""

ALSO: Final = 15
"""How many works 'also this week' lists below the picks."""

FURTHER: Final = 20
"""How many more are kept for those who ask for them."""

BEYOND: Final = 100
"""How many of the works that were no pick are kept in all, those that `also` lists among them."""

SAME_SOURCE: Final = 0.6
"""What a further pick of the same source in a section is worth, outside the papers: four labs beat four posts of one lab."""

HALVED: Final = 10
"""So many places below another one, a work of the same section is worth half as much."""

LIKE: Final = 0.25
"""What a full likeness to an earlier pick costs: a double of the best work falls some four places, a mere relative hardly one."""

COSTLY: Final = 0.5
"""
The power of its cost by which a pick's value is divided: at 0 a long piece is as good as a short one, at 1 the digest is made of what is
short. The greedy rule for a budget of H. Lin and J. Bilmes, 'Multi-document Summarization via Budgeted Maximization' (2010).
"""

COMPARED: Final = 120
"""How many of a section's best are compared with one another; more than four times of what is ever picked."""

NEVER: Final = frozenset({"marketing"})
FILLER: Final = frozenset({"beginner", "question", "self-promotion"})
"""
What a source's rule found to be something else than research: never a pick, on the channel's very topics neither, for a topic's word stands in
a plea for help as easily as in a result. A section of nothing else stays empty. Only what a member proposed may come all the same.
"""

ANNOUNCED: Final = frozenset({"announcement", "release"})
"""
What a source's rule found to announce a product, a model, a programme: of these a digest has one at most beside those
on the channel's topics. Most of what a lab publishes in a week is of this kind.
"""

LISTED: Final = frozenset({"announcement"})
"""Of these what is told in a line and is no pick, unless there is nothing else: a programme or product. A model by its name and version may be one."""

TASTE: Final = frozenset({"follow", "topics", "like"})
"""Reasons that say by which of the channel's wishes a work is here."""

FLOOR: Final[Mapping[Section, float]] = {Section.LABS: 0.8, Section.NEWSLETTERS: 0.5, Section.COMMUNITY: 0.8}
"""
Below this score a channel whose interest is known takes none in a lab's note, a newsletter or a discussion that is not on its topics: it does
not come, and its minutes go to the papers. A note and a discussion are few words, of which one in common with a topic makes a score of 0.7;
a newsletter is about many things. Papers need no floor, the best of thousands is near.
"""

_VENUE: Final = r"(?:ICML|NeurIPS|ICLR|AAAI|ACL|EMNLP|NAACL|CVPR|ICCV|ECCV|WACV|KDD|ICDM|IJCAI|TMLR|ARR|UAI|AISTATS|COLM|CoRL|ICRA|OpenReview|CMT)"
_FORMALITY: Final = (
    r"(?:results?|notifications?|decisions?|reviews?|reviewers?|rebuttals?|deadlines?|camera[- ]ready|acceptances?|rejections?|scores|submissions?"
    r"|prestige|visa|registration|waiting|comments?|repl(?:y|ies)|ACs?|area chairs?|meta-?reviews?|desk[- ]reject(?:s|ed|ions?)?|accepted|rejected|withdrawn|chances)"
)
_CHATTER: Final = re.compile(
    rf"\b{_VENUE}\b.*\b{_FORMALITY}\b|\b{_FORMALITY}\b.*\b{_VENUE}\b|\b(?:salary|job market|hiring|internships?|ph\.?d admissions?)\b"
    r"|\b(?:procrastinat\w+|imposter syndrome|work-life balance|career (?:advice|change|switch|path))\b",
    re.IGNORECASE,
)
"""Talk about conferences' formalities, careers and moods: much of what a forum holds, and no research."""

FOLLOWED: Final = 0.5
"""The share of the budget within which what is followed comes before everything else."""

FIRST_OF_ALL: Final = frozenset({"follow", "rare", "suggested"})
"""Reasons that nothing crowds out: what the channel follows, what comes once in a blue moon, what a member proposed."""


PATIENCE: Final = timedelta(hours=12)
"""How long after it fell due a digest of nearly nothing waits for sources that fail."""

FEW: Final = 0.25
"""Where a smaller part of the sources answered, a digest would be made of what was left over from the week before."""


def waits(digest: Digest, quiet: AbstractSet[str]) -> str | None:
    """
    Say why a digest should not be frozen yet; None if it may be.

    A frozen digest is its week's only one. So while sources fail that are not `quiet` anyway, one without picks waits, and so does
    one for which hardly any source answered, as when the network is not up yet: until the next collect, twelve hours at most
    after it fell due. Counted are all that failed, of all that were asked.
    """
    failed = [report.id for report in digest.sources if report.state is SourceStatus.FAILING]
    chosen = [pick for pick in digest.picks if not pick.classic]
    if quiet >= set(failed) or digest.compiled_at - digest.window.end > PATIENCE:
        return None
    asked = sum(1 for report in digest.sources if report.state.asked)
    if not chosen:
        return f"nothing was found, and {len(failed)} of {counted(asked, 'source')} failed"
    if sum(1 for report in digest.sources if report.state.answered) < FEW * asked:
        return f"{len(failed)} of {counted(asked, 'source')} failed"
    return None


def is_unread(digest: Digest) -> bool:
    """Tell whether sources were asked and none of them answered."""
    states = [report.state for report in digest.sources]
    return any(state.asked for state in states) and not any(state.answered for state in states)


def waits_until(digest: Digest) -> datetime:
    """Give the instant from which a digest that waits is frozen as it is."""
    return digest.window.end + PATIENCE


def minutes_of(item: Item) -> int:
    """Estimate an item's reading time in minutes (the rule is `bot.text.reading_minutes`)."""
    return reading_minutes(item.kind, abstract=item.abstract, full_words=item.words)


Explore = Callable[[Sequence[Ranked], int, str], Sequence[Drawn]]
"""Draws so many of the candidates (best first) that the channel's topics and decisions do not reach; the text makes each week's draw its own."""


@dataclass(slots=True)
class _Choice:
    """
    The picks so far, in the order in which they were taken, and the minutes that are left.

    `most` is how many cards there may be; `values` are the candidates' values within their section, at most 1; `costs` what their cards cost. While there is something of
    `follow_left`, what is followed comes first; after that it competes with the rest, or one broad word would be the whole digest.
    `compared` are the candidates whose likeness to the picks of their section counts; `ahead` the picks that came before the rest.
    """

    left: float
    costs: Mapping[str, float]
    values: Mapping[str, float]
    likeness: Likeness
    follow_left: float = math.inf
    most: float = MOST_CARDS
    chosen: dict[str, Ranked] = field(default_factory=dict)
    firsts: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=lambda: Coverage(()))
    announcements: AbstractSet[str] = frozenset()
    barred: AbstractSet[str] = frozenset()
    ahead: set[str] = field(default_factory=set)
    compared: AbstractSet[str] = field(default_factory=frozenset)
    taken: dict[Section, list[str]] = field(default_factory=lambda: {section: [] for section in Section})
    nearest: dict[str, tuple[int, float]] = field(default_factory=dict)

    def take(self, ranked: Ranked, *, compare: bool = False) -> float:
        """Take a pick, with `compare` as one that those which are like it fall behind; give its cost."""
        key, cost = ranked.item.key, self.costs[ranked.item.key]
        if self.first(ranked):
            self.ahead.add(key)
        self.chosen[key] = ranked
        self.left -= cost
        if ranked.item.section is Section.PAPERS:
            self.coverage.take(ranked.topics)
        if key in self.announcements:
            self.barred = self.announcements
        if ranked.names & {"follow"}:
            self.follow_left -= cost
        if compare:
            self.taken[ranked.item.section].append(key)
        return cost

    def give_back(self, ranked: Ranked) -> None:
        self.left += self.costs[ranked.item.key]
        if ranked.item.section is Section.PAPERS:
            self.coverage.give_back(ranked.topics)
        del self.chosen[ranked.item.key]

    def open(self, candidates: Iterable[Ranked]) -> list[Ranked]:
        if len(self.chosen) >= self.most:
            return []
        chosen, barred, costs, left = self.chosen, self.barred, self.costs, self.left + 1e-9
        return [r for r in candidates if costs[key := r.item.key] <= left and key not in chosen and key not in barred]

    def of(self, section: Section) -> list[Ranked]:
        return [ranked for ranked in self.chosen.values() if ranked.item.section is section]

    def gain(self, ranked: Ranked) -> float:
        """What a candidate adds for its cost: less for what is like it, for topics that have their share, and for further pieces of its source."""
        key = ranked.item.key
        value = max(0.01, self.values[key] - LIKE * self._nearest(ranked))
        if ranked.item.section is Section.PAPERS:
            value *= self.coverage.worth(ranked.topics)
        else:
            own = ranked.candidate.origin
            value *= SAME_SOURCE ** sum(1 for other in self.of(ranked.item.section) if other.candidate.origin == own)
        return value / math.pow(self.costs[key], COSTLY)

    def _most(self, ranked: Ranked) -> float:
        """What a candidate adds at most: where nothing is like it, and nothing else of its source is picked."""
        covers = self.coverage.worth(ranked.topics) if ranked.item.section is Section.PAPERS else 1.0
        return covers * max(0.01, self.values[ranked.item.key]) / math.pow(self.costs[ranked.item.key], COSTLY)

    def _nearest(self, ranked: Ranked) -> float:
        """Give the greatest likeness to a pick of the same section; picks that came since it was last asked for are compared now."""
        key = ranked.item.key
        if key not in self.compared:
            return 0.0
        seen, nearest = self.nearest.get(key, (0, 0.0))
        taken = self.taken[ranked.item.section]
        if seen < len(taken):
            nearest = max(nearest, *(self.likeness.between(one, key) for one in taken[seen:]))
            self.nearest[key] = (len(taken), nearest)
        return nearest

    def worthiest(self, candidates: Sequence[Ranked]) -> Ranked:
        """Give the candidate of the greatest value, whatever it costs."""
        values = self.values
        return min(candidates, key=lambda r: (not self.first(r), -values[r.item.key], r.item.key))

    def best(self, candidates: Sequence[Ranked]) -> Ranked:
        """
        Give the candidate of the greatest gain; of equal ones that whose key comes first.

        Gains only shrink as picks are taken, so they are looked at in the order of what they are at most, until no other can be as great
        (M. Minoux, 'Accelerated greedy algorithms for maximizing submodular set functions', 1978): of a hundred candidates a few are compared.
        """
        pool = [r for r in candidates if self.first(r)] if self.firsts else []
        at_most = sorted([(-self._most(r), r.item.key, r) for r in pool or candidates], key=itemgetter(0, 1))
        best = None
        for most, key, ranked in at_most:
            if best is not None and most > best[0]:
                break
            found = (-self.gain(ranked), key, ranked)
            if best is None or found[:2] < best[:2]:
                best = found
        assert best is not None, "nobody asks for the best of none"  # noqa: S101 - says to mypy what callers see to
        return best[2]

    def first(self, ranked: Ranked) -> bool:
        """Whether a candidate comes before the rest."""
        names = self.firsts.get(ranked.item.key)
        if not names:
            return False
        return bool(names - {"follow"}) or ("follow" in names and self.follow_left > 0)


def _first(ranked: Ranked) -> bool:
    return bool(ranked.names) and not FIRST_OF_ALL.isdisjoint(ranked.names)


def choose(
    ranked: Sequence[Ranked],
    channel: Channel,
    *,
    week: str,
    window: Window,
    sources: Sequence[SourceReport],
    now: datetime,
    sample: bool = False,
    rate: float = FIRST_RATE,
    unmatched: Sequence[str] = (),
    explore: Explore = draw,
    informed: bool = False,
    most: int = MOST_CARDS,
) -> Digest:
    """
    Choose a week's picks for a channel, within its reading budget and at most `most` of them. What was `ranked` comes best first.

    The sum of what the picks' cards cost at this `rate` is at most the budget, unless not even one item costs as little as that: then the
    best one is picked alone. What the channel mutes and what is no research is no candidate; what it follows comes before the rest.
    Ranks count from 1 in reading order: sections first, in each what comes before the rest, then by score; exploration at the end. The works that came next are in `also`,
    with ranks that go on. `informed` says that the scores know what the channel wants, by the meaning of its topics or by its decisions. The same input gives
    the same digest.
    """
    names = {report.id: report.name or report.id for report in sources}
    wanted = _candidates(ranked, channel, names, informed=informed)
    compared = [r.item for section in _by_section(wanted).values() for r in section[:COMPARED]]
    announced = {r.item.key: r.item.tags for r in wanted if _announces(r)}
    begin = partial(
        _Choice,
        left=channel.budget_minutes,
        costs={r.item.key: card_cost(r.candidate.minutes, rate) for r in wanted},
        values=_values(wanted, len(set(channel.topics))),
        likeness=Likeness(compared),
        follow_left=FOLLOWED * channel.budget_minutes,
        firsts={r.item.key: r.names & FIRST_OF_ALL for r in wanted if _first(r)},
        announcements=set(announced),
        barred={key for key, tags in announced.items() if not LISTED.isdisjoint(tags)},
        compared={item.key for item in compared},
    )
    choice = _fill_sections(begin, wanted, channel, most)
    if not choice.chosen and wanted:
        choice.take(choice.worthiest(wanted))
    drawn = _explore(choice, wanted, channel, week, explore)
    outside = {one.ranked.item.key: one for one in drawn}
    inside = [r for r in choice.chosen.values() if r.item.key not in outside]
    own, beside = own_fields(r.item for r in inside), not channel.topics or not set(channel.topics) <= set(unmatched)
    exploring = {key: outside_reason(one.ranked.item, channel, own, beside=beside) for key, one in outside.items()}
    numbered = _numbered([*_in_order(inside), *(one.ranked for one in drawn)], exploring)
    picks = tuple(
        replace(pick, propensity=outside[pick.item.key].propensity) if pick.explore else pick for pick in numbered
    )
    taken = {pick.item.key for pick in picks}
    left = [r for r in wanted if r.item.key not in taken]
    # Where nothing is about any topic, the next ones of all are better than none.
    asked_for = informed and not set(channel.topics) <= set(unmatched)
    # Of what is announced the best is listed, unless one is picked.
    unlisted = set(announced) - (set() if taken & announced.keys() else set(list(announced)[:1]))
    near = [r for r in left if r.item.key not in unlisted and (not asked_for or _is_reached(r))]
    also = _next(near, choice)
    left_out = Counter(r.item.section.value for r in ranked if r.item.key not in taken)
    return Digest(
        channel=channel.name,
        week=week,
        window=window,
        budget_minutes=channel.budget_minutes,
        minutes=math.floor(sum(card_cost(pick.minutes, rate) for pick in picks) + 0.5),
        picks=picks,
        left_out={section.value: left_out[section.value] for section in Section if left_out[section.value]},
        sources=tuple(sources),
        compiled_at=now,
        sample=sample,
        rate=rate,
        also=tuple(_numbered(also, {}, start=len(picks) + 1)),
        unmatched=tuple(unmatched),
        layout=channel.layout,
        beyond=_beyond(left, {r.item.key for r in also}),
    )


def _candidates(
    ranked: Sequence[Ranked], channel: Channel, names: Mapping[str, str], *, informed: bool
) -> list[Ranked]:
    """Leave out what is muted or no research, and put what is followed first, for that reason."""
    heard = {item.key for item in muted([r.item for r in ranked], channel.mute)} if channel.mute else None
    found = []
    for one in ranked:
        if heard is not None and one.item.key not in heard:
            continue
        met = matches(one.item, channel.follow) if channel.follow else ()
        reasons = [_followed(one.item, wish, names) for wish in met]
        followed = any(reason.name == "follow" for reason in reasons)
        if _is_filler(one, informed=informed, followed=followed):
            continue
        if one.on_topic and not met and TASTE.isdisjoint(one.names):
            close = "close to your topics" if channel.topics else "like what you marked"
            reasons.append(Reason(name="interest", text=close, weight=0.1))
        found.append(one.because(reasons) if reasons else one)
    return found


def _followed(item: Item, wish: str, names: Mapping[str, str]) -> Reason:
    """Say which wish a work meets; one that it only mentions is told, and puts it before nothing."""
    if in_passing(item, wish):
        return Reason(name="mention", text=f"mentions '{wish.partition(':')[2]}', which you follow", weight=0.1)
    return Reason(name="follow", text=reason_of(wish, names), weight=1.0)


def _is_filler(ranked: Ranked, *, informed: bool, followed: bool = False) -> bool:
    """
    Tell whether a work does not earn its place: no research, or, where interest is known, a section's piece that is far from it.

    What is no research is none on the channel's topics either. What a member proposed is always worth a look; what is `followed` or
    published rarely is never far.
    """
    item, tags = ranked.item, ranked.item.tags
    if not NEVER.isdisjoint(tags):
        return True
    if item.section is Section.PAPERS or "suggested" in ranked.names:
        return False
    if not FILLER.isdisjoint(tags) or (item.section is Section.COMMUNITY and _CHATTER.search(item.title)):
        return True
    return informed and not (ranked.on_topic or followed or _first(ranked)) and ranked.value < FLOOR[item.section]


def _is_reached(ranked: Ranked) -> bool:
    """
    Tell whether the channel's topics or decisions reach a work, or something else puts it before all others. Of papers there is always a next one:
    a list that was filled up with it would show a team whose topic few works are about what it did not ask for.
    """
    return (
        ranked.item.section is not Section.PAPERS
        or ranked.on_topic
        or not TASTE.isdisjoint(ranked.names)
        or _first(ranked)
    )


def _announces(ranked: Ranked) -> bool:
    """Tell whether a lab's note announces something that the channel did not ask for."""
    item = ranked.item
    return (
        item.section is Section.LABS and bool(ANNOUNCED & set(item.tags)) and not ranked.on_topic and not _first(ranked)
    )


def _by_section(candidates: Iterable[Ranked]) -> dict[Section, list[Ranked]]:
    found: dict[Section, list[Ranked]] = {section: [] for section in SHARES}
    for ranked in candidates:
        found[ranked.item.section].append(ranked)
    return found


def _values(candidates: Iterable[Ranked], topics: int = 0) -> dict[str, float]:
    """
    Bring each section's order, whatever its scores are made of, to values: 1 for the best, half of that ten places below.

    Scores may be sums, probabilities or ranks; what they say alike is the order. Equal scores share a place. With several `topics` a paper's
    value is the geometric mean of that in its section and the best that it has among the papers of a topic, for the best of one topic may
    stand below thirty of another.
    """
    values: dict[str, float] = {}
    sections = _by_section(candidates)
    for section in sections.values():
        values |= _by_place(section)
    if topics > 1:
        of_topics: dict[str, list[Ranked]] = defaultdict(list)
        for one in sections[Section.PAPERS]:
            for topic in one.topics:
                of_topics[topic].append(one)
        best: dict[str, float] = {}
        for mine in of_topics.values():
            for key, value in _by_place(mine).items():
                best[key] = max(value, best.get(key, 0.0))
        values |= {key: math.sqrt(values[key] * value) for key, value in best.items()}
    return values


def _by_place(section: Sequence[Ranked]) -> dict[str, float]:
    scores = sorted({r.value for r in section}, reverse=True)
    of_scores = {score: math.pow(0.5, place / HALVED) for place, score in enumerate(scores)}
    return {r.item.key: of_scores[r.value] for r in section}


def _fill_sections(begin: partial[_Choice], wanted: Sequence[Ranked], channel: Channel, most: int) -> _Choice:
    """Choose within the sections' shares of the budget; where that is more cards than there may be, within the same shares of the cards."""
    everything = _by_section(wanted)
    # What stands below all of these has no chance beside them; it is looked at when none of them fits any more.
    firsts = begin.keywords["firsts"]
    sections = {
        section: [*mine[:COMPARED], *(r for r in mine[COMPARED:] if r.item.key in firsts)]
        for section, mine in everything.items()
    }
    choice = begin(coverage=Coverage(channel.topics), most=math.inf)
    _share_out(choice, sections, everything, channel)
    if len(choice.chosen) > most:
        places = _places(choice, channel.budget_minutes, most)
        choice = begin(coverage=Coverage(channel.topics), most=most)
        _share_out(choice, sections, everything, channel, places)
    choice.most = most
    # What is left over, of an empty section too, goes to the papers, then to whatever still fits.
    for section in SHARES:
        while fitting := choice.open(sections[section]) or choice.open(everything[section]):
            choice.take(choice.best(fitting), compare=True)
    return choice


def _share_out(
    choice: _Choice,
    sections: Mapping[Section, Sequence[Ranked]],
    everything: Mapping[Section, Sequence[Ranked]],
    channel: Channel,
    places: Mapping[Section, int] = MappingProxyType({}),
) -> None:
    """Give each section its best, then the best within its share of the minutes, and of the `places` where these are counted."""
    for section, mine in everything.items():
        if fitting := choice.open(sections[section]) or choice.open(mine):
            choice.take(choice.worthiest(fitting), compare=True)
    for section, share in SHARES.items():
        mine = choice.of(section)
        minutes = share * channel.budget_minutes - sum(choice.costs[r.item.key] for r in mine)
        _fill(choice, sections[section], minutes, places.get(section, math.inf) - len(mine))


def _places(choice: _Choice, minutes: int, most: int) -> dict[Section, int]:
    """
    Cut what was chosen within shares of these minutes to `most` cards, as a smaller budget would: that of the most minutes whose shares are no more
    cards. So a longer budget takes no card from any section.
    """
    while True:
        found = {
            section: _within(share * minutes, [choice.costs[key] for key in choice.taken[section]])
            for section, share in SHARES.items()
        }
        if sum(found.values()) <= most or minutes <= 0:
            return found
        minutes -= 1


def _within(minutes: float, costs: Sequence[float]) -> int:
    """Say how many cards of these costs are taken within a share of minutes, as `_fill` does; the first one is taken anyway."""
    taken = 0.0
    for number, cost in enumerate(costs):
        if number and cost >= 2 * (minutes - taken):
            return number
        taken += cost
    return len(costs)


def _fill(choice: _Choice, candidates: Sequence[Ranked], minutes: float, places: float) -> None:
    """Take the best until the share of minutes or places is used up, rounded to whole picks: the last one may reach over its minutes by less than half."""
    taken, before = 0.0, len(choice.chosen)
    while len(choice.chosen) - before < places and (fitting := choice.open(candidates)):
        best = choice.best(fitting)
        if choice.costs[best.item.key] >= 2 * (minutes - taken):
            break
        taken += choice.take(best, compare=True)


def _explore(choice: _Choice, wanted: Sequence[Ranked], channel: Channel, week: str, explore: Explore) -> list[Drawn]:
    """
    Give the last of the papers' places to exploration: of n paper picks, `explore` times n, rounded.

    Drawn is from what fits in their stead, is on no topic and of less interest than the week's average. Where too little lies outside, the papers
    that were chosen keep their places, and what came before the rest always does.
    """
    papers = choice.of(Section.PAPERS)
    giving = [r for r in papers if r.item.key not in choice.ahead]
    places = min(round(channel.explore * len(papers)), len(giving))
    if not places:
        return []
    giving = giving[-places:]
    kept = {r.item.key for r in papers} - {r.item.key for r in giving}
    for one in giving:
        choice.give_back(one)
    papers_left = [r for r in wanted if r.item.section is Section.PAPERS and r.item.key not in kept]
    outside = [r for r in papers_left if not r.on_topic and r.interest <= 0]
    room = choice.left / places
    fitting = [r for r in outside if choice.costs[r.item.key] <= room + 1e-9]
    drawn = list(explore(fitting, places, f"{channel.name}/{week}"))
    taken = {one.ranked.item.key for one in drawn}
    for one in (*(each.ranked for each in drawn), *(r for r in giving if r.item.key not in taken)):
        if len(choice.of(Section.PAPERS)) < len(papers):
            choice.take(one)
    return drawn


def _in_order(chosen: Iterable[Ranked]) -> list[Ranked]:
    """Give works in reading order: by section, in each those that come before all others, then the better ones."""
    order = list(Section)
    return sorted(chosen, key=lambda r: (order.index(r.item.section), not _first(r), -r.value, r.item.key))


def _next(left: Sequence[Ranked], choice: _Choice) -> list[Ranked]:
    """Give the works that came next: for 'also this week', then for those who ask for more, each in the sections' proportions."""
    first = _shared_out(left, ALSO, choice)
    taken = {r.item.key for r in first}
    further = _shared_out([r for r in left if r.item.key not in taken], FURTHER, choice)
    return [*first, *further]


def _beyond(left: Sequence[Ranked], listed: AbstractSet[str]) -> tuple[LeftOut, ...]:
    """Give the works behind the listed ones; they are in order already."""
    rest = [r for r in left if r.item.key not in listed]
    return tuple(
        LeftOut(
            key=one.item.key,
            section=one.item.section,
            title=cut(one.item.title, 300),
            url=one.item.url,
            why=next((cut(reason.text, 120) for reason in one.reasons if reason.name not in DAMPING), ""),
            sources=tuple(dict.fromkeys(mention.source_id for mention in one.item.mentions)),
        )
        for one in rest[: BEYOND - len(listed)]
    )


def _shared_out(left: Sequence[Ranked], number: int, choice: _Choice) -> list[Ranked]:
    sections = {
        section: sorted(mine, key=lambda r: r.item.key not in choice.firsts) if choice.firsts else mine
        for section, mine in _by_section(left).items()
    }
    places = {section: min(len(sections[section]), round(number * share)) for section, share in SHARES.items()}
    for section in SHARES:
        places[section] += min(len(sections[section]) - places[section], number - sum(places.values()))
    found = [
        r
        for section, mine in sections.items()
        if section is not Section.PAPERS
        for r in mine[: max(0, places[section])]
    ]
    return _in_order([*_covering(sections[Section.PAPERS][:COMPARED], max(0, places[Section.PAPERS]), choice), *found])


def _covering(papers: Sequence[Ranked], number: int, choice: _Choice) -> list[Ranked]:
    """Give the next papers by their value and what is due to their topics, after the picks and those that were listed before."""
    left = [(one.item.key in choice.firsts, choice.values[one.item.key], one) for one in papers]
    found: list[Ranked] = []
    while left and len(found) < number:
        # The first of equals, for they come in order.
        worths = [(first, value * choice.coverage.worth(one.topics)) for first, value, one in left]
        _, _, best = left.pop(worths.index(max(worths)))
        choice.coverage.take(best.topics)
        found.append(best)
    return found


def _numbered(ordered: Iterable[Ranked], exploring: Mapping[str, Reason], start: int = 1) -> Iterable[Pick]:
    return (_pick(number, one, exploring.get(one.item.key)) for number, one in enumerate(ordered, start=start))


def _pick(number: int, ranked: Ranked, exploring: Reason | None) -> Pick:
    reasons = tuple(reason for reason in ranked.reasons if reason.weight)
    if all(reason.name in DAMPING for reason in reasons):  # why it is not wanted is not why it is here
        reasons = (*[reason for reason in ranked.reasons if reason.name not in DAMPING][:1], *reasons)
    return Pick(
        rank=number,
        section=ranked.item.section,
        item=ranked.item,
        minutes=ranked.candidate.minutes,
        score=round(ranked.value, 4),
        reasons=(exploring, *reasons) if exploring else reasons,
        explore=exploring is not None,
    )
