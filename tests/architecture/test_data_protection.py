"""What docs/data-protection.md says is stored of people is what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.slack.oauth import tables as installations
from adapters.storage import tables
from adapters.web.channel import board
from adapters.web.http import access_store

PAGE = Path(__file__).parents[2] / "docs" / "data-protection.md"
TABLES = [
    table
    for module in (tables, board, access_store, installations)
    for table in module.metadata.sorted_tables
    if "member_id" in table.c
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_of_members_is_told_of(table) -> None:
    """The table of what is stored names each table that bears a member's id."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]

    assert any(f"`{table.name}`" in row for row in rows), f"{table.name} bears members' ids; say in {PAGE.name} why"
