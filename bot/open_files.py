"""Too many open files: how an error says so, of this process or of the whole machine."""

from __future__ import annotations

import errno
from typing import Final

_TOO_MANY: Final = frozenset({errno.EMFILE, errno.ENFILE})


def is_too_many(error: BaseException) -> bool:
    """Whether an error says that this process, or the whole machine, has too many files open."""
    return isinstance(error, OSError) and error.errno in _TOO_MANY
