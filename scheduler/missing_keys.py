"""
What a process does for want of a key: it leaves the workspaces whose stored token it cannot decrypt to processes that can, and says so as its own fault.

Nothing follows for the channels there: another process may serve them well, so that none is paused and nobody is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.ports import StoresTokens
from bot.text import counted
from scheduler.services import Services


async def undecryptable(services: Services, platform: str) -> Collection[str]:
    """The workspaces on a platform whose token this process cannot decrypt. Raises `StorageError`."""
    served = services.platforms.get(platform)
    if not isinstance(served, StoresTokens):
        return ()
    await served.read_tokens()
    return served.undecryptable()


def parts(services: Services) -> Sequence[str]:
    """What the health checks call the keys of each platform that needs some."""
    return [_part(name) for name, platform in sorted(services.platforms.items()) if isinstance(platform, StoresTokens)]


def _part(platform: str) -> str:
    return f"{platform} keys"


def impaired(services: Services) -> Mapping[str, str]:
    """Say of each platform of which this process serves some workspaces only, as they were read last, what is missed; without names."""
    found: dict[str, str] = {}
    for name, platform in services.platforms.items():
        # "" stands for the workspace of the channels that name none, which is named beside.
        sealed = [one for one in platform.undecryptable() if one] if isinstance(platform, StoresTokens) else []
        if sealed:
            which = counted(len(sealed), "workspace")
            found[_part(name)] = (
                f"the tokens of {which} cannot be opened with the keys of this process, which leaves what is due there to others"
            )
    return found
