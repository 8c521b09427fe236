"""How many examples a property test takes: as many as it asks for, times `PROPERTY_EXAMPLES` (10 to be thorough, 0.2 to be quick)."""

from __future__ import annotations

import os


def examples(number: int) -> int:
    """Give the number of examples for a test that takes `number` of them in CI; `make test-thorough` and `make test-fast` scale it."""
    return max(1, round(number * float(os.environ.get("PROPERTY_EXAMPLES", "1"))))
