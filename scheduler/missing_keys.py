"""
What a process cannot do for want of a key, or of a token that is accepted: it leaves that to processes that can, and says so as its own fault.

Nothing follows for the channels there: another process may serve them well, so that none is paused and nobody is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.errors import ChatError, TokenRefused
from bot.ports import StoresTokens
from bot.text import counted
from scheduler.other_tokens import others
from scheduler.services import Services


async def undecryptable(services: Services, platform: str) -> Collection[str]:
    """The workspaces on a platform whose token this process cannot decrypt. Raises `StorageError`."""
    served = services.platforms.get(platform)
    if not isinstance(served, StoresTokens):
        return ()
    await served.read_tokens()
    return served.undecryptable()


async def is_own_fault(services: Services, platform: str, error: ChatError) -> bool:
    """
    Tell whether a platform refuses the token that this process was started with, where others with other settings may work, and note it. Where tokens are
    stored all processes have the same one; where one process does everything, nobody else can. So does one that refuses anything while another process has
    another bot's token: which of both it does not want is not known here. Raises `StorageError`.
    """
    if services.queue is None:
        return False
    if platform in await others(services):
        return True
    if not isinstance(error, TokenRefused):
        return False
    if isinstance(services.platforms.get(platform), StoresTokens):
        return False
    services.token_refused.add(platform)
    return True


def parts(services: Services) -> Sequence[str]:
    """What the health checks call the keys of each platform that needs some, and the token of each other one."""
    return [
        _part(name) if isinstance(platform, StoresTokens) else _token(name)
        for name, platform in sorted(services.platforms.items())
    ]


def _token(platform: str) -> str:
    return f"{platform} token"


def _part(platform: str) -> str:
    return f"{platform} keys"


def impaired(services: Services) -> Mapping[str, str]:
    """Say of each platform of which this process serves some workspaces only, as they were read last, what is missed; without names."""
    found = {
        _token(
            name
        ): "the token of this process is not accepted; what is due there is done by processes with another one"
        for name in sorted(services.token_refused)
    } | {
        _token(name): "another process has another token than this one; what is refused to either pauses nothing"
        for name in sorted(services.other_tokens)
    }
    for name, platform in services.platforms.items():
        # "" stands for the workspace of the channels that name none, which is named beside.
        sealed = [one for one in platform.undecryptable() if one] if isinstance(platform, StoresTokens) else []
        if sealed:
            which = counted(len(sealed), "workspace")
            found[_part(name)] = (
                f"the tokens of {which} cannot be opened with the keys of this process, which leaves what is due there to others"
            )
    return found
