"""Who gets the interpreter when: whoever reacts is to be heard within a tenth of a second, also while a digest is being built."""

from __future__ import annotations

import gc
import sys
from typing import Final

SWITCH_SECONDS: Final = 0.0005
"""
How long a thread that computes keeps the interpreter while another one waits for it, instead of Python's own five milliseconds.

An event is stored and acknowledged in many steps, each of which lets go of the interpreter and asks for it again.
"""


def take_turns() -> None:
    """
    Let threads take turns quickly in this process, and leave what stands at its start out of the garbage collector's full rounds.

    A full round over all that was imported takes some 45 ms, during which nobody is heard; building a digest sets off one or two.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
