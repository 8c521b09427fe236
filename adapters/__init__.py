"""Everything that touches the outside: chat platforms, sources, the database. Adapters do not import one another."""
