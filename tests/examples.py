"""How many examples a property test takes: as many as it asks for, ten times as many with `PROPERTY_EXAMPLES=10`."""

from __future__ import annotations

import os


def examples(number: int) -> int:
    """Give the number of examples for a test that takes `number` of them in CI; `make test-thorough` multiplies it."""
    return number * int(os.environ.get("PROPERTY_EXAMPLES", "1"))
