"""What editors change is applied to whatever is compiled when the digest is due."""

from __future__ import annotations

from bot.edits import Edit, Verb, edited
from bot.model import Digest
from tests.factories import digest, item, pick


def of(*numbers: int, also: tuple[int, ...] = (), rate: float | None = 0.3) -> Digest:
    def made(number: int, rank: int):
        return pick(item(f"arxiv:2608.0000{number}", title=f"W{number}"), rank=rank)

    picks = [made(number, rank) for rank, number in enumerate(numbers, start=1)]
    lines = [made(number, rank) for rank, number in enumerate(also, start=len(numbers) + 1)]
    return digest(*picks, also=tuple(lines), rate=rate, minutes=100)


def edit(verb: Verb, number: int, place: int = 0) -> Edit:
    return Edit(verb=verb, key=f"arxiv:2608.0000{number}", title=f"W{number}", place=place)


def shown(found: Digest) -> tuple[str, str]:
    assert [one.rank for one in (*found.picks, *found.also)] == list(range(1, len(found.picks) + len(found.also) + 1))
    return tuple("".join(one.item.title[1:] for one in part) for part in (found.picks, found.also))  # type: ignore[return-value]


def test_each() -> None:
    """Works are taken out, moved and put in; lines become picks; ranks are counted again."""
    before = of(1, 2, 3, also=(4, 5))

    assert ("13", "45") == shown(edited(before, [edit(Verb.REMOVE, 2)]))
    assert ("312", "45") == shown(edited(before, [edit(Verb.MOVE, 3, 1)]))
    assert ("1423", "5") == shown(edited(before, [edit(Verb.MOVE, 4, 2)]))
    assert ("1235", "4") == shown(edited(before, [edit(Verb.ADD, 5)]))
    assert ("123", "4") == shown(edited(before, [edit(Verb.REMOVE, 5)]))
    assert ("231", "45") == shown(edited(before, [edit(Verb.MOVE, 1, 99)]))


def test_in_order_and_again() -> None:
    """Edits follow one another; each twice is each once; what is gone by then changes nothing."""
    before = of(1, 2, 3, also=(4,))
    edits = [
        edit(Verb.MOVE, 4, 1),
        edit(Verb.REMOVE, 2),
        edit(Verb.MOVE, 1, 1),
        edit(Verb.REMOVE, 9),
        edit(Verb.ADD, 3),
    ]

    assert ("143", "") == shown(edited(before, edits)) == shown(edited(before, edits + edits))
    assert ("24", "") == shown(edited(of(2, 3, 4), [edit(Verb.REMOVE, 3), edit(Verb.REMOVE, 1)]))


def test_nothing_to_do() -> None:
    """Without an edit that does something the digest is the same one."""
    before = of(1, 2)

    assert before is edited(before, [])
    assert before is edited(before, [edit(Verb.REMOVE, 9), edit(Verb.ADD, 1)])


def test_minutes() -> None:
    """What it takes is counted again: more for what is put in, less for what is taken out."""
    before = of(1, 2, also=(3,))

    assert edited(before, [edit(Verb.ADD, 3)]).minutes > before.minutes > edited(before, [edit(Verb.REMOVE, 1)]).minutes
    assert edited(of(1, 2, rate=None), [edit(Verb.REMOVE, 1)]).minutes < 100
