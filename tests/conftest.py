"""For every test."""

from __future__ import annotations

from hypothesis import settings

# How long one example takes says more about who else uses the machine than about the code; benchmarks measure time.
settings.register_profile("paperround", deadline=None)
settings.load_profile("paperround")
