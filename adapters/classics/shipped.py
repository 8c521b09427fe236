"""The list of classics that ships with the project, read from `works.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from bot.classics import Classic


@cache
def shipped() -> tuple[Classic, ...]:
    """Give the works in their order, which alternates between subfields. Reads the file once."""
    works = tomllib.loads(files(__package__).joinpath("works.toml").read_text(encoding="utf-8"))["works"]
    return tuple(
        Classic(
            title=work["title"],
            url=work["url"],
            why=work["why"],
            authors=tuple(work["authors"]),
            year=work["year"],
        )
        for work in works
    )
