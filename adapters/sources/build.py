"""From a spec to the source that can be asked. What a kind needs is imported when the first of its kind is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from adapters.sources.http.request import FetchLimits
from adapters.sources.kinds.sample import KIND as SAMPLE
from adapters.sources.kinds.sample import SampleSource
from adapters.sources.kinds.table import KINDS
from adapters.sources.settings import FetchSettings
from bot.errors import UsageError
from bot.model import SourceSpec
from bot.ports import Clock, Source

if TYPE_CHECKING:
    from adapters.sources.http.fetcher import Fetcher
    from adapters.sources.http.pacing import HostPacing
    from adapters.sources.parse.pool import Parser

NO_SECRETS: Final[Mapping[str, str]] = MappingProxyType({})


def build_source(
    spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock, secrets: Mapping[str, str] = NO_SECRETS
) -> Source:
    """
    Build the source that a spec describes. Raises `UsageError` for a kind that nobody can ask.

    Of `secrets` (by the names of their settings) a source is shown those of its own kind and no others.
    """
    kind = KINDS.get(spec.kind)
    if kind is None:
        known = ", ".join(sorted(KINDS))
        raise UsageError(f"{spec.id}: sources of the kind {spec.kind!r} cannot be asked. It must be one of {known}.")
    module, _, name = kind.reader.partition(":")
    reader: Callable[..., Source] = getattr(import_module(module), name)
    if not kind.secrets:
        return reader(spec, fetcher, parser, clock)
    own = {secret.name: secrets[secret.name] for secret in kind.secrets if secret.name in secrets}
    return reader(spec, fetcher, parser, clock, own)


class SourceFactory:
    """
    Everything that asking sources takes, for one process: one fetcher, one parser, one clock, the secrets.

    `agent` is what we call ourselves (`http.request.user_agent` makes it). `pacing` is shared with whatever else asks sources, a pace of its own if not
    given. Nothing is connected or started before the first
    question, and nothing heavy imported before there is a source that asks: the sample week does without.
    """

    def __init__(
        self,
        clock: Clock,
        settings: FetchSettings,
        *,
        agent: str,
        ports: frozenset[int] | None = None,
        secrets: Mapping[str, str] = NO_SECRETS,
        pacing: HostPacing | None = None,
    ) -> None:
        self._clock = clock
        self._pacing = pacing
        self._settings = settings
        self._agent = agent
        self._ports = ports
        self._secrets = dict(secrets)

    @cached_property
    def fetcher(self) -> Fetcher:
        from adapters.sources.http.fetcher import Fetcher  # noqa: PLC0415 - only who asks pays for the network
        from adapters.sources.http.ssrf import WEB_PORTS, SsrfGuard  # noqa: PLC0415 - as above
        from adapters.sources.http.transport import Connections  # noqa: PLC0415 - as above

        guard = SsrfGuard(allow_private=self._settings.allow_private, ports=self._ports or WEB_PORTS)
        limits = FetchLimits(
            agent=self._agent,
            deadline=self._settings.deadline_seconds,
            max_bytes=int(self._settings.max_megabytes * 1_000_000),
        )
        return Fetcher(Connections(guard), self._clock, limits, self._pacing)

    @cached_property
    def parser(self) -> Parser:
        from adapters.sources.parse.pool import Parser  # noqa: PLC0415 - as above

        return Parser()

    def source(self, spec: SourceSpec, *, full: bool = False) -> Source:
        """Build one source, which with `full` asks for everything and not only for what has changed. Raises `UsageError` for an unknown kind."""
        if spec.kind == SAMPLE:
            return SampleSource(spec, self._clock)
        fetcher = self.fetcher.unconditional() if full else self.fetcher
        return build_source(spec, fetcher, self.parser, self._clock, self._secrets)

    async def aclose(self) -> None:
        """Close connections and end the reading processes."""
        for name in ("fetcher", "parser"):
            if name in self.__dict__:
                await getattr(self, name).aclose()
