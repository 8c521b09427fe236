"""Alembic's environment for `migrate`: it works on the connection, and in the transaction, that it is given."""

from __future__ import annotations

from alembic import context

# Both databases can roll back a CREATE TABLE. Alembic does not believe it of SQLite, because Python's driver once committed
# before every such statement; ours is told not to (see `database`).
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)

with context.begin_transaction():
    context.run_migrations()
