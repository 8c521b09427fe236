"""The pigeons' settings: a token, and a `[pigeon]` table."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from adapters.platform_settings import PlatformSettings


class PigeonSettings(PlatformSettings):
    """A loft and how many birds fly at once."""

    remedy: ClassVar[str] = "Set PIGEON_TOKEN"

    token: SecretStr | None = Field(None, validation_alias="PIGEON_TOKEN", description="Token of the loft")
    birds: int = Field(3, ge=1, examples=["birds = 5"])

    @property
    def configured(self) -> bool:
        return self.token is not None
