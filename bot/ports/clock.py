"""The clock, as the core asks for the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Gives the present instant: aware, UTC. Never goes back by itself."""
