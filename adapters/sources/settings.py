"""How sources are asked: the `[fetch]` table of the configuration file, handed to the `SourceFactory` as it is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FetchSettings(BaseModel):
    """
    `deadline_seconds` bounds one question with its redirects and retries, `max_megabytes` a decoded body, `at_once` the questions side by
    side. With `allow_private` the operator's own sources may be at private addresses. `user_agent` replaces what we call ourselves,
    `contact` is added to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow_private: bool = False
    deadline_seconds: float = Field(20, gt=0, le=300)
    max_megabytes: float = Field(5, gt=0, le=100)
    at_once: int = Field(24, ge=1, le=128)
    user_agent: str | None = Field(None, max_length=200)
    contact: str | None = Field(None, max_length=200)
