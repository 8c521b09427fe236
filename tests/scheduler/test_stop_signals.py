"""Signals that stop the process."""

from __future__ import annotations

import signal

from scheduler.stop_signals import NUMBERS, catch


def test_ignored_by_whoever_started_us() -> None:
    """A process that `nohup` started goes on as its terminal is closed; it stops at the other signals."""
    before = {number: signal.getsignal(number) for number in NUMBERS}

    def stop(*_: object) -> None: ...

    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        catch(stop)
        assert {number: signal.getsignal(number) for number in NUMBERS} == {
            signal.SIGTERM: stop,
            signal.SIGINT: stop,
            signal.SIGHUP: signal.SIG_IGN,
        }
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        catch(stop)
        assert signal.getsignal(signal.SIGHUP) is stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
