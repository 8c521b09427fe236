"""Base class of settings that come from environment variables and `.env`; tables of the configuration file are passed in."""

from __future__ import annotations

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class EnvironmentSettings(BaseSettings):
    """
    Settings whose fields with an alias come from the environment variable of that name, and all others from what is passed in.

    The environment comes before `.env`, and both before what is passed in. Field descriptions are the comments of `.env.example`.
    Secrets are `SecretStr`: they show as asterisks in a repr, and no error message quotes them.
    """

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        # Every setting of the environment has its own alias. The tables of the file are not to be had there, and no variable's
        # name can hold this sign.
        env_prefix="=",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def environment(cls) -> dict[str, str]:
        """Environment variables that are read here, each with its description, in order."""
        return {
            field.validation_alias: field.description or ""
            for field in cls.model_fields.values()
            if isinstance(field.validation_alias, str)
        }

    @classmethod
    def table(cls) -> tuple[str, ...]:
        """Names of the fields that do not come from the environment, in order."""
        return tuple(name for name, field in cls.model_fields.items() if not isinstance(field.validation_alias, str))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings names the arguments
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, dotenv_settings, init_settings
