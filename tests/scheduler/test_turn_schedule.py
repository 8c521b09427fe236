"""When a channel tries again whose workspace has as many being served as it may."""

from __future__ import annotations

from scheduler.turn_schedule import IN_ALL, IN_LANE, LATEST, SOONEST, TurnSchedule


class Clock:
    """Seconds, moved by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def waits(schedule: TurnSchedule, lane: str, number: int) -> list[float]:
    """How long so many channels of a lane wait that ask one after the other."""
    return [round(schedule.wait(lane).total_seconds(), 3) for _ in range(number)]


def test_evenly_spaced() -> None:
    """Channels of one workspace try again one after the other, the first that asked first, and none at once."""
    schedule = TurnSchedule(Clock())

    assert [SOONEST + IN_LANE * place for place in range(4)] == waits(schedule, "A", 4)
    assert [SOONEST] == waits(schedule, "B", 1), "another workspace has a schedule of its own"


def test_what_waiting_costs() -> None:
    """However many wait, a workspace that no place is known for is tried so often in a minute and not more."""
    clock = Clock()
    schedule = TurnSchedule(clock)
    due = sorted(clock.now + schedule.wait("A").total_seconds() for _ in range(200))
    tries = 0
    while due[0] < 1000.0 + 600:
        clock.now = due.pop(0)
        tries += 1
        due = sorted([*due, clock.now + schedule.wait("A").total_seconds()])

    assert 0.95 * 597 / IN_LANE < tries < 1.05 * 600 / IN_LANE


def test_who_is_waited_for() -> None:
    """A workspace is waited for from the first that found no place until somebody notes that nobody waits any more."""
    schedule = TurnSchedule(Clock())
    waits(schedule, "A", 2)
    assert (True, False) == (schedule.is_waited_for("A"), schedule.is_waited_for("B"))
    schedule.nobody_waits("A")
    assert not schedule.is_waited_for("A")


def test_many_workspaces() -> None:
    """Tries of all workspaces together are so many; each has its share of them."""
    schedule = TurnSchedule(Clock())
    lanes = [f"T{number}" for number in range(50)]
    for lane in lanes:
        waits(schedule, lane, 1)

    for lane in lanes:
        earlier, later = waits(schedule, lane, 2)
        assert 50 * IN_ALL == round(later - earlier, 3)


def test_nobody_waits_for_ever() -> None:
    """The last of very many comes after half an hour all the same; and a workspace that nobody waits for any more is forgotten."""
    clock = Clock()
    schedule = TurnSchedule(clock)

    assert LATEST == max(waits(schedule, "A", 5_000))
    clock.now += LATEST
    assert [SOONEST, SOONEST + IN_LANE] == waits(schedule, "B", 2)
