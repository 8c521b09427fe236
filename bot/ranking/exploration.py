"""
Exploration: works that topics and decisions do not reach, drawn by chance, with the chance of each known. Pure.

The works outside are put into regions of like works (`bot.ranking.regions`). Half of the draw goes to the regions alike, and within
a region to the better works more than to the others. The other half goes to the margin, the works that interest nearly reaches: there the model is
least sure (uncertainty sampling, Lewis and Gale 1994, doi:10.1007/978-1-4471-2099-5_1), and a place costs least, for the next picks of taste stand
there. A mixture of what is known with a uniform draw is how EXP3 keeps both (Auer, Cesa-Bianchi, Freund and Schapire 2002,
doi:10.1137/S0097539701398375): no work outside is drawn less than half as often as by regions alone. The draw is systematic sampling with unequal
probabilities (Madow 1949, doi:10.1214/aoms/1177729988): each work is drawn with exactly the probability that is worked out for it beforehand, its
propensity. What comes of the picks can therefore be told of all works outside, by inverse propensity (Horvitz and Thompson 1952,
doi:10.1080/01621459.1952.10483446).
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final
from zlib import crc32

from bot.ranking.ranked import Ranked
from bot.ranking.regions import Regions, regions

WORTH: Final = 2.0
"""How much more often the best work of a region is drawn than its worst: enough to be worth a look, too little to hide the rest."""

LOOKED_AT: Final = 400
"""Works outside that take part beside the margin, the best; below them nobody would thank us."""

MARGIN: Final = 0.5
"""The part of the draw that goes to the margin. Without it two places cost more than 5 % of what is found, with it less: docs/ranking.md."""

HALVED: Final = 3.0
"""So many places further from being reached, a work of the margin is drawn half as often."""

NEAREST: Final = 30
"""Works of the margin that take part, the nearest; the last of them is drawn a thousandth as often as the first."""


MOST_SURE: Final = 0.5
"""
How likely a work may be drawn at most, if half as many are drawn as may be: what was sure to come would be no draw, and nothing could be told from it of the
others. Where many places explore, the margin's nearest would be.
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """
    A work that was drawn, and the probability (more than 0, at most 1) with which it was to be drawn. `region` are the works of its region, itself among
    them, `others` those of all other regions.
    """

    ranked: Ranked
    propensity: float
    region: Sequence[Ranked] = ()
    others: Sequence[Ranked] = ()


def explore(
    outside: Sequence[Ranked], number: int, seed: str, *, margin: float = MARGIN, group: Regions = regions
) -> list[Drawn]:
    """
    Draw `number` works of those outside (best first), all of them where they are no more. The seed makes each week's draw its own. `margin` is
    the part that goes to those that interest nearly reaches: 0 while the interest itself is in doubt. `group` puts works into regions.

    The same input gives the same draw; over seeds, each work is drawn as often as its propensity says.
    """
    chances = propensities(outside, number, margin=margin, group=group)
    by_key = {one.key: one for one in outside}
    of_region = {key: region for region in chances for key in region}
    found = []
    for key in draw(chances, seed)[:number]:
        mine = of_region[key]
        region = [by_key[other] for other in mine]
        others = [by_key[other] for other in of_region if other not in mine]
        found.append(Drawn(by_key[key], mine[key], region, others))
    return found


def draw(chances: Sequence[Mapping[str, float]], seed: str) -> list[str]:
    """
    Draw keys, each with its own probability; as many as the probabilities add up to, if that is a whole number.

    The regions, and the works of each, are shuffled by the seed, so that any works may come together; those of one region seldom do.
    """
    chance = random.Random(seed)  # noqa: S311 - a choice of papers, no secret
    start = chance.random()
    found, before = [], 0.0
    for region in chance.sample(chances, len(chances)):
        for key in chance.sample(list(region), len(region)):
            after = before + region[key]
            if math.floor(after - start + 1 - 1e-12) > math.floor(before - start + 1 - 1e-12):
                found.append(key)
            before = after
    return found


def propensities(
    outside: Sequence[Ranked], number: int, *, margin: float = MARGIN, group: Regions = regions
) -> list[dict[str, float]]:
    """
    Give the probability with which each work is drawn when `number` are, a mapping a region; they add up to `number` at most.

    Of what is not the `margin`'s every region has the same share, and within it the better works have more, by their rank, up to `WORTH` times
    the share of its worst. Where nothing is of more interest than the week's average, there is no margin.
    """
    taking = _taking_part(outside)
    if not taking or number <= 0:
        return []
    if len(taking) <= number:
        return [{one.key: 1.0} for one in taking]
    grouped = group([one.item for one in taking])
    weights: dict[str, float] = {}
    for region in grouped:
        steps = max(1, len(region) - 1)
        worth = [1 + (WORTH - 1) * (1 - place / steps) for place in range(len(region))]
        weights |= {item.key: each / sum(worth) / len(grouped) for item, each in zip(region, worth, strict=True)}
    near = _margin(taking)
    if near and margin:
        weights = {key: (1 - margin) * weight + margin * near.get(key, 0.0) for key, weight in weights.items()}
    capped = _capped(weights, number, max(MOST_SURE, number / len(weights)))
    return [{item.key: capped[item.key] for item in region} for region in grouped]


def _margin(taking: Sequence[Ranked]) -> dict[str, float]:
    """Share 1 out over the works that interest nearly reaches, the nearest of them first; none where it comes near nothing."""
    nearest = sorted(taking, key=lambda one: (-one.interest, one.key))[:NEAREST]
    if nearest[0].interest <= 0:
        return {}
    weights = [math.pow(0.5, place / HALVED) for place in range(len(nearest))]
    return {one.key: weight / sum(weights) for one, weight in zip(nearest, weights, strict=True)}


def _taking_part(outside: Sequence[Ranked]) -> list[Ranked]:
    """Give the works that may be drawn, of those outside, best first: the margin, and the best of what is of less interest than the average."""
    above = sorted([one for one in outside if one.interest > 0], key=lambda one: (-one.interest, one.key))
    return sorted([*above[:NEAREST], *_best([one for one in outside if one.interest <= 0])], key=lambda one: -one.value)


def _best(outside: Sequence[Ranked]) -> list[Ranked]:
    """Give the `LOOKED_AT` works of the greatest values, best first."""
    # Below the score of the last one nobody takes part, so that only the others are put in order.
    values = sorted([one.value for one in outside], reverse=True)
    least = values[LOOKED_AT - 1] if len(values) > LOOKED_AT else -math.inf
    # Many may be equal, as what nobody votes for: a checksum takes of those from the whole week, and not its first days.
    order = [(-one.value, crc32(one.key.encode()), one.key, one) for one in outside if one.value >= least]
    return [one for *_, one in sorted(order, key=itemgetter(0, 1, 2))[:LOOKED_AT]]


def _capped(weights: Mapping[str, float], number: int, most: float) -> dict[str, float]:
    """Scale weights so that they add up to `number` and none is more than `most`."""
    capped: set[str] = set()
    while len(capped) < len(weights):
        rest = math.fsum(weight for key, weight in weights.items() if key not in capped)
        factor = (number - most * len(capped)) / rest
        above = {key for key, weight in weights.items() if key not in capped and weight * factor > most}
        if not above:
            return {key: most if key in capped else weight * factor for key, weight in weights.items()}
        capped |= above
    return dict.fromkeys(weights, most)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate from 0 to 1 with its 95 % interval, from so many picks."""

    rate: float
    low: float
    high: float
    picks: int


def liking_outside(picks: Sequence[tuple[float, bool]]) -> Estimate | None:
    """
    Estimate which part of the works outside a channel would like, from explored picks as (propensity, liked); None without any.

    The works are those that could be drawn: the margin and the best `LOOKED_AT` of each week. Of the works below nothing is known.

    The self-normalised estimate of inverse propensity (Hajek 1971) with its linearised variance (Särndal, Swensson and Wretman 1992, 5.7),
    and two liked and two passed over added to the picks for the interval, so that few picks give a wide one (Agresti and Coull 1998,
    doi:10.1080/00031305.1998.10480550).
    """
    if not picks:
        return None
    weights = [1 / propensity for propensity, _ in picks]
    total = math.fsum(weights)
    rate = math.fsum(weight for weight, (_, liked) in zip(weights, picks, strict=True) if liked) / total
    effective = total * total / math.fsum(weight * weight for weight in weights)
    centre = (rate * effective + 2) / (effective + 4)
    margin = 1.96 * math.sqrt(centre * (1 - centre) / (effective + 4))
    return Estimate(rate, max(0.0, centre - margin), min(1.0, centre + margin), len(picks))
