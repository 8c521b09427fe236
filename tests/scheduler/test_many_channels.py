"""What `status` and `doctor` print of a thousand channels: those that need care are found by reading."""

from __future__ import annotations

from dataclasses import replace

from bot.model import Channel, DigestProgress, Finding
from bot.usecases.status import ChannelStatus, LastDigest, Pause
from scheduler.cli.status import FEW, channels_told
from scheduler.doctor import summed_up
from tests.factories import NOW


def stands(number: int) -> ChannelStatus:
    channel = Channel(name=f"c{number}", platform="slack", id=f"C{number}")
    return ChannelStatus(channel=channel, connected=True, due=False, next_at=NOW, last=None, pause=None)


def test_status() -> None:
    """One line for all of them, then those that need care, then those that people paused; few are told of one by one, and all where that is asked for."""
    channels = [stands(number) for number in range(1000)]
    pause = Pause(because="is_archived", since=None, by_people=False, remedy="Mend it.")
    trouble = LastDigest("2026-W34", DigestProgress(messages=3, sent=1, trouble="no answer"))
    channels[3] = replace(channels[3], pause=replace(pause, because="summer", by_people=True))
    channels[500] = replace(channels[500], pause=pause)
    channels[700] = replace(channels[700], connected=False)
    channels[999] = replace(channels[999], last=trouble)

    lines = channels_told(channels, whole=False)

    assert (
        "1,000 channels: 3 need care, 1 is paused by people, 996 are well. Each of them: paperround status --all"
        == lines[0]
    )
    named = ["#c500 on slack", "#c700 on slack", "#c999 on slack", "#c3 on slack"]
    assert named == [line for line in lines if line.startswith("#")]
    assert "  Paused: is_archived." in lines
    assert len(lines) < FEW
    assert 1000 == len([line for line in channels_told(channels, whole=True) if line.startswith("#")])
    some = channels[:FEW]
    assert [f"#{one.channel.name} on slack" for one in some] == [
        line for line in channels_told(some, whole=False) if line.startswith("#")
    ]


def test_status_where_many_need_care() -> None:
    """As many as are told of are told of, and how many there are says the first line."""
    lost = [replace(stands(number), connected=False) for number in range(1000)]
    lines = channels_told(lost, whole=False)

    assert lines[0].startswith("1,000 channels: 1,000 need care. ")
    assert FEW == len([line for line in lines if line.startswith("#")])


def test_doctor() -> None:
    """Faults first, as many as are told of by themselves; the others, and what is well, in a line each; nothing else changes its place."""
    first, last = Finding(well=True, what="we are Paper Round"), Finding(well=True, what="the gateway answers")
    many = [
        Finding(well=number % 10 > 0, what=f"channel {number}", remedy="x", about="channel") for number in range(1000)
    ]

    found = summed_up([first, *many[:500], last, *many[500:]])

    assert (first, last) == (found[0], found[-1])
    assert [f"channel {number}" for number in range(0, 200, 10)] == [one.what for one in found[1:21]]
    assert [
        (False, "80 channels beside are not well"),
        (True, "900 channels are well; each of them: paperround doctor --all"),
    ] == [(one.well, one.what) for one in found[21:23]]
    assert 24 == len(found)
    few = [first, *many[:20], last]
    assert few == summed_up(few)
